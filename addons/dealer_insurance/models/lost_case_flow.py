from odoo import api, fields, models

from odoo.addons.dealer_base.models.guard_mixin import Violation

from .lost_case import LEADERS


class DealerLostCase(models.Model):
    """Transitions of a lost case and the doors by which others register one."""

    _inherit = "dealer.lost.case"

    # ---------------------------------------------------------------- Guards
    def _protected_hint(self, field_name):
        return self.env._("Use the buttons of the lost case.")

    def _guard_shown(self, transition):
        states = {"submit": ("draft", "rejected"), "verify": ("submitted",)}
        return self.filtered(lambda case: case.state in states[transition])

    def _guard_transition_label(self, transition):
        return {
            "submit": self.env._("Submit"),
            "verify": self.env._("Verify"),
        }.get(transition, "")

    def _guard_submit(self):
        """G-X1: reason and channel of the loss; G-X2: nothing is insured here."""
        _ = self.env._
        violations = []
        for case in self:
            if not case.reason_id:
                violations.append(Violation("G-X1", case, _("the reason is missing")))
            elif not case.reason_complete:
                violations.append(
                    Violation(
                        "G-X1",
                        case,
                        _(
                            "reason %(reason)s needs an explanation in words",
                            reason=case.reason_id.display_name,
                        ),
                    )
                )
            if not case.competitor_channel:
                violations.append(
                    Violation("G-X1", case, _("where the customer insures is missing"))
                )
            if case.is_recovered:
                violations.append(Violation("G-X2", case, _("the car is insured here")))
        return violations

    def _guard_verify(self):
        """G-X3: the leader does not verify what he has registered himself."""
        user = self.env.user
        return [
            Violation(
                "G-X3",
                case,
                self.env._("%(user)s has submitted it himself", user=user.name),
            )
            for case in self
            if case.submitted_by_id == user
        ]

    # ----------------------------------------------------------- Transitions
    def action_inform_leader(self):
        """Tell the leader before the car leaves, so that he can help."""
        self.check_access("write")
        self._check_state(
            ("draft", "submitted", "rejected"), self.env._("Inform Leader")
        )
        fresh = self.filtered(lambda case: not case.leader_informed_at)
        fresh._sudo_inform(fields.Datetime.now())
        fresh._ask_leader()
        return True

    def _sudo_inform(self, moment):
        # sudo: the consultant starts the clock but does not correct it
        self.sudo().write({"leader_informed_at": moment})

    def action_submit(self):
        """Register the loss with all its facts."""
        self.check_access("write")
        self._check_state(("draft", "rejected"), self.env._("Submit"))
        self._check_guards("submit")
        self._do_submit()
        return True

    def _do_submit(self):
        now = fields.Datetime.now()
        assists = self._deal_assists()
        for case in self:
            case._write_protected(
                {
                    "submitted_at": now,
                    "submitted_by_id": self.env.uid,
                    "registered_at": case.registered_at or now,
                    "registered_by_id": case.registered_by_id.id or self.env.uid,
                    "rejected_at": False,
                    "rejected_by_id": False,
                    "reject_reason": False,
                }
            )
            assist = assists.get(case)
            if assist and not case.leader_informed_at:
                case._sudo_inform(min(assist.mapped("requested_at")))
        self._close_activities()
        self._ask_leader()

    def action_verify(self):
        """The leader has checked the facts."""
        self.check_access("write")
        self._check_holds(*LEADERS)
        self._check_state(("submitted",), self.env._("Verify"))
        self._check_guards("verify")
        self._write_protected(
            {"verified_at": fields.Datetime.now(), "verified_by_id": self.env.uid}
        )
        self._close_activities()
        return True

    def action_reject(self, reason=None):
        """Give the case back to who has registered it.

        :param reason: what has to be done better; without it a dialog asks
        """
        self.check_access("write")
        self._check_holds(*LEADERS)
        self._check_state(("submitted",), self.env._("Reject"))
        if not (reason or "").strip():
            return self.env["dealer.return.wizard"]._open_for(self, "reject")
        self._write_protected(
            {
                "submitted_at": False,
                "submitted_by_id": False,
                "rejected_at": fields.Datetime.now(),
                "rejected_by_id": self.env.uid,
                "reject_reason": reason.strip(),
            }
        )
        self._close_activities()
        self._ask_consultant()
        return True

    def action_back_to_draft(self):
        """Take a rejected or submitted case back to correct it.

        A submitted one is taken back by who has submitted it or by the leader. The
        time of the first registration stays.
        """
        self.check_access("write")
        self._check_state(("rejected", "submitted"), self.env._("Set to Draft"))
        if self.filtered(
            lambda case: (
                case.state == "submitted" and case.submitted_by_id != self.env.user
            )
        ):
            self._check_holds(*LEADERS)
        self._do_back_to_draft()
        return True

    def _do_back_to_draft(self):
        self._write_protected(
            {
                "submitted_at": False,
                "submitted_by_id": False,
                "rejected_at": False,
                "rejected_by_id": False,
            }
        )
        self._close_activities()

    def action_close(self):
        """Nothing more is to be done for this customer."""
        self.check_access("write")
        self._check_holds(*LEADERS)
        self._check_state(("verified", "analysed"), self.env._("Close"))
        self._do_close()
        return True

    def _do_close(self):
        self._write_protected(
            {"closed_at": fields.Datetime.now(), "closed_by_id": self.env.uid}
        )
        self._close_activities()

    def _do_analyse(self, review):
        """The analysis of the month was accepted: it has learnt from these cases."""
        self._write_protected(
            {"analysed_at": fields.Datetime.now(), "review_id": review.id}
        )

    # ------------------------------------------------------------ Activities
    def _ask_leader(self):
        users = {
            company: company._dealer_post_user(*LEADERS) for company in self.company_id
        }
        for case in self:
            user = users[case.company_id]
            if user and user != self.env.user:
                record = case.with_context(lang=user.lang or self.env.lang)
                summary = (
                    record.env._("Verify the lost case of %(name)s", name=case._who())
                    if case.state == "submitted"
                    else record.env._(
                        "Help: %(name)s is about to leave", name=case._who()
                    )
                )
                record._schedule(user, summary)

    def _ask_consultant(self):
        for case in self:
            user = case.consultant_id.user_id or case.registered_by_id
            if user:
                record = case.with_context(lang=user.lang or self.env.lang)
                record._schedule(
                    user,
                    record.env._("Correct the lost case of %(name)s", name=case._who()),
                    case.reject_reason,
                )

    def _who(self):
        return self.partner_id.name or self.vehicle_id.vin

    def _schedule(self, user, summary, note=None):
        self.activity_schedule(
            "dealer_insurance.activity_lost_case",
            date_deadline=fields.Date.context_today(self),
            user_id=user.id,
            summary=summary,
            note=note or False,
        )

    def _close_activities(self):
        self.activity_unlink(["dealer_insurance.activity_lost_case"])

    # ----------------------------------------------------------------- Doors
    @api.model
    def _register_lost(self, facts_list):
        """Register losses that another screen knows of, such as a lost quote.

        A case that stands for the delivery or the quote already is completed, never
        doubled; what the consultant wrote stays. A case is submitted when its facts
        are complete, else it waits as a draft.

        :param facts_list: list of values of ``dealer.lost.case``; each names
            ``delivery_id``, ``quote_id`` or ``vehicle_id``
        :return: the cases, in the order of the facts
        """
        keys = ("delivery_id", "quote_id")
        known = self.search(
            [
                "|",
                *(
                    (key, "in", [facts[key] for facts in facts_list if facts.get(key)])
                    for key in keys
                ),
            ]
        )
        by_key = {(key, case[key].id): case for key in keys for case in known}
        new, place = [], []
        for facts in facts_list:
            case = next(
                (
                    by_key[key, facts[key]]
                    for key in keys
                    if facts.get(key) and (key, facts[key]) in by_key
                ),
                None,
            )
            place.append(case)
            if case is None:
                new.append(facts)
            elif case.state in ("draft", "rejected"):
                case.write({k: v for k, v in facts.items() if v and not case[k]})
        created = iter(self.create(new))
        cases = self.browse(
            [(next(created) if case is None else case).id for case in place]
        )
        ready = cases.filtered(lambda case: case.state in ("draft", "rejected"))
        stopped = {v.record for v in ready._open_violations("submit")}
        ready = ready.filtered(lambda case: case not in stopped)
        if ready:
            ready.action_submit()
        return cases

    @api.model
    def _create_historical(self, vals_list):
        """Losses of a list of the past: registered because a reason is written.

        Of months before the current one they come closed, for nobody verifies them any
        more; of the current month they are submitted and go the ordinary way.

        :param vals_list: values with ``delivery_id`` and a reason
        :return: the cases
        """
        deliveries = self.env["dealer.delivery"].browse(
            [vals["delivery_id"] for vals in vals_list]
        )
        now = fields.Datetime.now()
        starts = {
            company: company._dealer_local_day(now).replace(day=1)
            for company in deliveries.company_id
        }
        prepared = []
        for vals, delivery in zip(vals_list, deliveries, strict=True):
            day = delivery.delivery_date
            past = bool(day and day < starts[delivery.company_id])
            facts = {
                "company_id": delivery.company_id.id,
                "submitted_at": now,
                "lost_at": False,
                **vals,
            }
            if past:
                facts.update(is_historical=True, closed_at=now)
            else:
                facts.update(
                    registered_at=now,
                    registered_by_id=self.env.uid,
                    submitted_by_id=self.env.uid,
                    lost_at=now,
                )
            prepared.append(facts)
        silent = self.with_context(mail_create_nolog=True, mail_create_nosubscribe=True)
        cases = silent._create_protected(prepared)
        return cases.with_env(self.env)

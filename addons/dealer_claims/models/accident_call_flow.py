from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.dealer_base.models.guard_mixin import GuardError, Violation

from .accident_call import DONE_STATES, STARRED

LEADERS = ("claim_leader", "insurance_manager")
AGENTS = ("hotline_agent", *LEADERS)


class DealerAccidentCall(models.Model):
    """Transitions of a call and their guards (SM-8)."""

    _inherit = "dealer.accident.call"

    is_complete = fields.Boolean(
        string="Record Complete",
        compute="_compute_is_complete",
        store=True,
        help="All fields with a star on the form are filled (S62).",
    )
    missing_text = fields.Char(string="Missing", compute="_compute_missing_text")
    dispatch_minutes = fields.Integer(
        string="Minutes to Dispatch",
        compute="_compute_clocks",
        store=True,
        aggregator="avg",
    )
    is_dispatched_in_time = fields.Boolean(
        string="Dispatched in Time", compute="_compute_clocks", store=True
    )
    is_answered_late = fields.Boolean(
        string="Answered Late", compute="_compute_clocks", store=True
    )

    # -------------------------------------------------------------- Computes
    def _missing_names(self):
        """Starred fields that are empty, and the outcome that is not explained."""
        self.ensure_one()
        names = [name for name in STARRED if not self[name]]
        if self.vin and "plate" in names:
            # A car that is not registered yet has no plate.
            names.remove("plate")
        if self.outcome == "not_returned" and not self.not_return_reason_id:
            names.append("not_return_reason_id")
        return names

    @api.depends(*STARRED, "vin", "outcome", "not_return_reason_id", "is_missed")
    def _compute_is_complete(self):
        for call in self:
            call.is_complete = call.is_missed or not call._missing_names()

    @api.depends("is_complete")
    @api.depends_context("lang")
    def _compute_missing_text(self):
        for call in self:
            names = [] if call.is_complete else call._missing_names()
            labels = [
                self._fields[name]._description_string(self.env) for name in names
            ]
            call.missing_text = self.env._(", ").join(labels)

    @api.depends(
        "call_at",
        "dispatched_at",
        "is_missed",
        "rings",
        "answer_seconds",
        "company_id.dealer_hotline_dispatch_minutes",
        "company_id.dealer_hotline_answer_seconds",
        "company_id.dealer_hotline_answer_rings",
    )
    def _compute_clocks(self):
        for call in self:
            company = call.company_id
            spent = call.dispatched_at and call.dispatched_at - call.call_at
            minutes = int(spent.total_seconds() // 60) if spent else 0
            call.dispatch_minutes = minutes
            call.is_dispatched_in_time = bool(
                call.dispatched_at
                and minutes <= company.dealer_hotline_dispatch_minutes
            )
            call.is_answered_late = bool(
                call.is_missed
                or call.answer_seconds > company.dealer_hotline_answer_seconds
                or call.rings > company.dealer_hotline_answer_rings
            )

    # ---------------------------------------------------------------- Guards
    def _protected_hint(self, field_name):
        return self.env._("Use the buttons of the call.")

    def _guard_shown(self, transition):
        return self.filtered(
            lambda call: {
                "dispatch": call.state in ("new", "guided"),
                "not_return": bool(
                    call.not_return_reason_id
                    and not call.is_to_confirm
                    and call.outcome == "open"
                ),
                "confirm": call.is_to_confirm,
                "close": call.state in ("returned", "not_returned"),
            }[transition]
        )

    def _guard_transition_label(self, transition):
        return {
            "dispatch": self.env._("Dispatch"),
            "not_return": self.env._("Not Returned"),
            "confirm": self.env._("Confirm Not Returned"),
            "close": self.env._("Close"),
        }.get(transition, "")

    def _guard_guide(self):
        """G-H8: the required steps of guidance were told to the caller."""
        violations = []
        for call in self:
            steps = call.step_ids.filtered(
                lambda step: step.is_required and not step.is_done
            )
            if steps:
                violations.append(
                    Violation(
                        "G-H8",
                        call,
                        self.env._(
                            "not ticked yet: %(steps)s",
                            steps="; ".join(steps.mapped("name")),
                        ),
                    )
                )
        return violations

    def _guard_dispatch(self):
        """G-H8 guidance before dispatch; G-H7 mandate of the insurer for our own
        surveyor."""
        violations = self.filtered(lambda call: not call.guided_at)._guard_guide()
        Mandate = self.env["dealer.survey.mandate"]
        found = {}
        for call in self.filtered(lambda call: call.dispatch_to == "own"):
            day = call.company_id._dealer_local_day(
                call.dispatched_at or fields.Datetime.now()
            )
            key = (call.insurer_id, call.company_id, day, call.place)
            if key not in found:
                found[key] = bool(call.insurer_id) and bool(
                    Mandate._find(*key[:3], region=call.place)
                )
            if not found[key]:
                violations.append(
                    Violation(
                        "G-H7",
                        call,
                        self.env._(
                            "%(insurer)s has given the store no mandate for surveys",
                            insurer=call.insurer_id.name
                            or self.env._("an unknown insurer"),
                        ),
                    )
                )
        return violations

    def _guard_not_return(self):
        """Reason (G-H2), number (G-H4) and time (G-H5) of the follow-ups."""
        _ = self.env._
        violations = []
        for call in self:
            company, reason = call.company_id, call.not_return_reason_id
            if not reason:
                violations.append(Violation("G-H2", call, _("the reason is missing")))
            elif reason.needs_text and not (call.not_return_text or "").strip():
                violations.append(
                    Violation(
                        "G-H2",
                        call,
                        _(
                            "reason %(reason)s needs an explanation in words",
                            reason=reason.display_name,
                        ),
                    )
                )
            count, wanted = call.follow_count, company.dealer_hotline_min_follow_ups
            if count < wanted:
                violations.append(
                    Violation(
                        "G-H4",
                        call,
                        _(
                            "%(count)s of %(wanted)s follow-ups were made",
                            count=count,
                            wanted=wanted,
                        ),
                    )
                )
            days = call._followed_days()
            if days < company.dealer_hotline_min_follow_days:
                violations.append(
                    Violation(
                        "G-H5",
                        call,
                        _(
                            "it was followed up for %(days)s of %(wanted)s days",
                            days=days,
                            wanted=company.dealer_hotline_min_follow_days,
                        ),
                    )
                )
        return violations

    def _guard_confirm(self):
        """As to give up, and G-H6: the leader judges, not who has given up."""
        violations = self._guard_not_return()
        user = self.env.user
        violations += [
            Violation(
                "G-H6",
                call,
                self.env._("%(user)s has answered or given it up", user=user.name),
            )
            for call in self
            if user in (call.not_return_asked_by_id | call.agent_id.user_id)
        ]
        return violations

    def _guard_close(self):
        """G-H9: every starred field of the form is filled (S62)."""
        return [
            Violation(
                "G-H9",
                call,
                self.env._("missing: %(fields)s", fields=call.missing_text),
            )
            for call in self
            if not call.is_complete
        ]

    def _return_violations(self, moment):
        """G-H3: a return has a time, after the accident and not in the future."""
        _ = self.env._
        now = fields.Datetime.now()
        violations = []
        for call in self:
            reason = False
            if not moment:
                reason = _("the time of the return is missing")
            elif moment > now + timedelta(minutes=1):
                reason = _("the time of the return lies in the future")
            elif call.accident_at and moment < call.accident_at:
                reason = _("the return lies before the accident")
            if reason:
                violations.append(Violation("G-H3", call, reason))
        return violations

    # ----------------------------------------------------------- Transitions
    def _check_agent(self, states, action):
        self.check_access("write")
        self._check_holds(*AGENTS)
        self._check_state(states, action)

    def action_guide(self):
        """The steps of guidance were told to the caller."""
        self._check_agent(("new",), self.env._("Guided"))
        self._check_guards("guide")
        self._write_protected({"guided_at": fields.Datetime.now()})
        return True

    def action_dispatch(self):
        """Send a surveyor: the insurer's, or our own with a mandate."""
        self._check_agent(("new", "guided", "promised"), self.env._("Dispatch"))
        if self.filtered(lambda call: not call.dispatch_to):
            raise UserError(
                self.env._("Choose who surveys the accident, then dispatch.")
            )
        if self.filtered("dispatched_at"):
            raise UserError(self.env._("The surveyor has been dispatched already."))
        self._check_guards("dispatch")
        self._do_dispatch(fields.Datetime.now())
        return True

    def _do_dispatch(self, moment):
        self.filtered(lambda c: not c.guided_at)._write_protected({"guided_at": moment})
        sent = self.filtered(lambda call: call.dispatch_to != "none")
        sent._write_protected({"dispatched_at": moment})
        self._close_activities("dealer_claims.activity_hotline_dispatch")
        own = sent.filtered(
            lambda call: call.dispatch_to == "own" and not call.survey_ids
        )
        Survey = self.env["dealer.survey"]
        # The survey says itself which of the facts of the call it takes over.
        Survey.create([Survey._prepare_from_call(call) for call in own])

    def action_arrive(self, moment=None):
        """The surveyor is on site.

        :param moment: when, naive UTC; now when empty
        """
        self._check_agent(("dispatched", "promised"), self.env._("On Site"))
        moment = fields.Datetime.to_datetime(moment) or fields.Datetime.now()
        early = self.filtered(
            lambda call: not call.dispatched_at or moment < call.dispatched_at
        )
        if early:
            raise UserError(
                self.env._(
                    "%(names)s: nobody arrives before he was dispatched.",
                    names=", ".join(early.mapped("name")),
                )
            )
        self._write_protected({"arrived_at": moment})
        return True

    def action_return(self, moment=None):
        """The car is in the store, though no claim has received it.

        :param moment: when it came, naive UTC; without it the return is refused
        :raises GuardError: G-H3
        """
        self.check_access("write")
        self._check_holds(*AGENTS, "claim_receptionist")
        self._check_state(
            [
                state
                for state, _l in self._fields["state"].selection
                if state != "closed"
            ],
            self.env._("Returned"),
        )
        moment = fields.Datetime.to_datetime(moment)
        self._raise_violations(self._return_violations(moment))
        self._write_protected({"returned_at": moment})
        self._end_follow_up()
        return True

    def action_undo_return(self):
        """The return was entered for the wrong call."""
        self.check_access("write")
        self._check_holds(*LEADERS)
        self._check_state(("returned",), self.env._("Undo Return"))
        if self.claim_ids.filtered("received_at"):
            raise UserError(
                self.env._("A claim has received the car; correct the claim instead.")
            )
        self._write_protected({"returned_at": False})
        return True

    def action_not_return(self):
        """Give the return up: the claims leader confirms it (S89)."""
        self.check_access("write")
        self._check_holds(*AGENTS)
        done = self.filtered(lambda c: c.state in DONE_STATES or c.is_to_confirm)
        if done:
            raise UserError(
                self.env._(
                    "%(names)s: returned, given up or closed already.",
                    names=", ".join(done.mapped("name")),
                )
            )
        self._check_guards("not_return")
        self._write_protected(
            {
                "not_return_asked_at": fields.Datetime.now(),
                "not_return_asked_by_id": self.env.uid,
            }
        )
        self._ask_leader()
        return True

    def action_confirm(self):
        """The claims leader confirms that the car does not come."""
        self.check_access("write")
        self._check_holds(*LEADERS)
        self._check_to_confirm()
        self._check_guards("confirm")
        self._write_protected(
            {
                "not_returned_at": fields.Datetime.now(),
                "not_returned_by_id": self.env.uid,
            }
        )
        self._end_follow_up()
        return True

    def action_reject(self, reason=None):
        """The leader wants the customer to be asked again.

        :param reason: what has to be tried; without it a dialog asks
        """
        self.check_access("write")
        self._check_holds(*LEADERS)
        self._check_to_confirm()
        if not (reason or "").strip():
            return self.env["dealer.return.wizard"]._open_for(self, "reject")
        self._write_protected(
            {"not_return_asked_at": False, "not_return_asked_by_id": False}
        )
        self._close_activities("dealer_claims.activity_hotline_confirm")
        for call in self:
            call._schedule(
                "dealer_claims.activity_hotline_follow_up",
                call._agent_user(),
                lambda record: record.env._("Ask the customer once more"),
                reason.strip(),
            )
        return True

    def _check_to_confirm(self):
        if self.filtered(lambda call: not call.is_to_confirm):
            raise UserError(self.env._("This call does not wait for the leader."))

    def action_close(self):
        """Nothing more is to be done for this call."""
        self.check_access("write")
        self._check_holds(*AGENTS)
        missed = self.filtered("is_missed")
        (self - missed)._check_state(("returned", "not_returned"), self.env._("Close"))
        missed.filtered(lambda c: c.closed_at)._check_state((), self.env._("Close"))
        self._check_guards("close")
        self._write_protected(
            {"closed_at": fields.Datetime.now(), "closed_by_id": self.env.uid}
        )
        self._end_follow_up()
        return True

    def action_reopen(self):
        """Take a closed or given-up call up again; its history stays."""
        self.check_access("write")
        self._check_holds(*LEADERS)
        self._check_state(("closed", "not_returned"), self.env._("Reopen"))
        self._write_protected(
            {
                "closed_at": False,
                "closed_by_id": False,
                "not_returned_at": False,
                "not_returned_by_id": False,
                "not_return_asked_at": False,
                "not_return_asked_by_id": False,
            }
        )
        return True

    def _raise_violations(self, violations):
        """Refuse like a guard when the facts come with the button."""
        if violations:
            lines = [self._guard_line(violation) for violation in violations]
            raise GuardError("\n".join(lines), violations)

    def _end_follow_up(self):
        self._close_activities(
            "dealer_claims.activity_hotline_follow_up",
            "dealer_claims.activity_hotline_escalation",
            "dealer_claims.activity_hotline_confirm",
        )

    # --------------------------------------------------------------- Dialogs
    def _open_step(self, step):
        self.ensure_one()
        wizard = self.env["dealer.accident.call.wizard"].create(
            {"call_id": self.id, "step": step}
        )
        return {
            "type": "ir.actions.act_window",
            "name": wizard._step_label(),
            "res_model": wizard._name,
            "res_id": wizard.id,
            "view_mode": "form",
            "target": "new",
        }

    def action_open_arrive(self):
        """Ask when the surveyor arrived."""
        self._check_agent(("dispatched", "promised"), self.env._("On Site"))
        return self._open_step("arrive")

    def action_open_return(self):
        """Ask when the car came."""
        self.check_access("write")
        self._check_holds(*AGENTS, "claim_receptionist")
        return self._open_step("return")

    def action_open_follow_up(self):
        """Write down the talk of the follow-up that is due."""
        self.check_access("write")
        self._check_holds(*AGENTS)
        return self._open_step("follow_up")

    def action_open_survey(self):
        """The survey that was made for this call."""
        self.check_access("read")
        return self.survey_ids._get_records_action(name=self.env._("Surveys"))

    def action_open_claim(self):
        """The claims that received the car of this call."""
        self.check_access("read")
        return self.claim_ids._get_records_action(name=self.env._("Claims"))

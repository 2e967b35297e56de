from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from .survey import OPEN_STATES

DISPATCHERS = ("hotline_agent", "claim_leader", "insurance_manager")
LEADERS = ("claim_leader", "insurance_manager")
# What the leader takes back: state -> facts that are cleared; one step at a time.
STEP_BACK = {
    "closed": {"closed_at": False},
    "insurer_confirmed": {"confirmed_at": False, "fee": 0.0},
    "uploaded": {"uploaded_at": False},
    "reported": {"reported_at": False, "reported_by_id": False},
    "on_site": {
        "arrived_at": False,
        "latitude": 0.0,
        "longitude": 0.0,
        "accuracy": 0.0,
        "located_at": False,
    },
    "accepted": {"accepted_at": False},
}


class DealerSurvey(models.Model):
    """Buttons of the survey, forward and back (SM-9).

    The surveyor works on his own surveys only; a leader may do it in his place. The
    hotline and the leaders assign and call off; the leaders take a step back.
    """

    _inherit = "dealer.survey"

    # --------------------------------------------------------------- Helpers
    def _check_mine(self):
        """Only the surveyor himself, or a leader in his place."""
        self._check_holds("survey_agent", *LEADERS)
        if self.env.su or self.env.user.has_group("dealer_base.group_claim_leader"):
            return
        others = self.filtered(lambda s: s.surveyor_id.user_id != self.env.user)
        if others:
            raise AccessError(
                self.env._(
                    "%(names)s: this is the survey of %(surveyor)s. A leader can "
                    "assign it to somebody else.",
                    names=", ".join(others.mapped("name")),
                    surveyor=", ".join(others.surveyor_id.mapped("name"))
                    or self.env._("nobody"),
                )
            )

    def _start(self, states, label):
        self.check_access("write")
        self._check_mine()
        self._check_state(states, label)

    # --------------------------------------------------------------- Forward
    def action_assign(self):
        """Name the surveyor, or another one; a dialog asks whom."""
        self.check_access("write")
        self._check_holds(*DISPATCHERS)
        self._check_state(
            ("draft", "assigned", "rejected", "accepted", "on_site"),
            self.env._("Assign"),
        )
        wizard = self.env["dealer.survey.assign"].create(
            {"survey_ids": [fields.Command.set(self.ids)]}
        )
        return wizard._get_records_action(
            name=self.env._("Assign a Surveyor"), target="new"
        )

    def _assign(self, staff, planned_at=False):
        """Give the surveys to a surveyor after the guards (G-V2, G-V3).

        :param staff: ``dealer.staff`` who goes to the scene
        :param planned_at: when he is expected there
        """
        self.check_access("write")
        self._check_holds(*DISPATCHERS)
        with self.env.cr.savepoint():
            self._do_assign(staff, planned_at)
            self._check_guards("assign")
        return True

    def _prepare_assign_vals(self, staff, planned_at=False):
        vals = {
            "surveyor_id": staff.id,
            "assigned_at": fields.Datetime.now(),
            "rejected_at": False,
            "reject_reason": False,
            **STEP_BACK["accepted"],
            **STEP_BACK["on_site"],
        }
        if planned_at:
            vals["planned_at"] = planned_at
        return vals

    def _do_assign(self, staff, planned_at=False):
        self._write_protected(self._prepare_assign_vals(staff, planned_at))
        self._close_tasks()
        user = staff.user_id
        if not user or user == self.env.user:
            return
        for survey in self:
            record = survey.with_context(lang=user.lang or self.env.lang)
            record._task(
                user,
                record.env._(
                    "Survey %(plate)s, %(place)s",
                    plate=survey.plate or survey.name,
                    place=survey._place_text(),
                ),
            )

    def action_accept(self):
        """The surveyor takes the task (G-V2, G-V3)."""
        self._start(("assigned",), self.env._("Accept"))
        self._check_guards("accept")
        self._write_protected({"accepted_at": fields.Datetime.now()})
        self._close_tasks()
        return True

    def action_arrive(self, position=None):
        """The surveyor is at the scene.

        :param position: what the phone measured: dict with ``latitude``,
            ``longitude`` in degrees and ``accuracy`` in metres; empty when it does not
            tell, which then needs an explanation (G-V9)
        """
        self._start(("accepted",), self.env._("On Site"))
        self._write_protected(self._prepare_arrive_vals(position))
        return True

    def action_locate(self, position=None):
        """Measure the place again, as long as the report is open.

        :param position: like ``action_arrive``
        """
        self._start(("on_site",), self.env._("Measure the Place"))
        vals = self._prepare_position_vals(position)
        if not vals:
            raise UserError(
                self.env._(
                    "The phone does not tell where it is. Allow the place for this "
                    "page, or explain why it is unknown."
                )
            )
        self._write_protected(vals)
        return True

    def _prepare_arrive_vals(self, position=None):
        return {
            "arrived_at": fields.Datetime.now(),
            **self._prepare_position_vals(position),
        }

    @api.model
    def _prepare_position_vals(self, position=None):
        """Fields of a position; nothing for one that is no place on earth."""
        position = position if isinstance(position, dict) else {}
        try:
            latitude = float(position.get("latitude"))
            longitude = float(position.get("longitude"))
            accuracy = float(position.get("accuracy") or 0.0)
        except (TypeError, ValueError):
            return {}
        if not (-90.0 <= latitude <= 90.0 and -180.0 <= longitude <= 180.0):
            return {}
        if not (0.0 <= accuracy < 10**7):
            accuracy = 0.0
        return {
            "latitude": latitude,
            "longitude": longitude,
            "accuracy": accuracy,
            "located_at": fields.Datetime.now(),
        }

    def action_report(self):
        """The report is complete (G-V4, G-V5, G-V6, G-V9); it is frozen from now on."""
        self._start(("on_site",), self.env._("Finish the Report"))
        self._check_guards("report")
        self._write_protected(
            {"reported_at": fields.Datetime.now(), "reported_by_id": self.env.uid}
        )
        return True

    def action_upload(self):
        """The report is in the insurer's system (G-V7)."""
        self._start(("reported",), self.env._("Uploaded"))
        self._check_guards("upload")
        self._write_protected({"uploaded_at": fields.Datetime.now()})
        self._close_tasks()
        return True

    def action_insurer_confirm(self):
        """The insurer has accepted the report; the fee of the mandate is due (E13)."""
        self._start(("uploaded",), self.env._("Confirmed by Insurer"))
        for survey in self:
            survey._write_protected(survey._prepare_insurer_confirm_vals())
        return True

    def _prepare_insurer_confirm_vals(self):
        self.ensure_one()
        return {"confirmed_at": fields.Datetime.now(), "fee": self.mandate_id.fee}

    def action_close(self):
        """Nothing is left to do; the car came in, or it is known why not (G-V8)."""
        self._start(("insurer_confirmed",), self.env._("Close"))
        self._check_guards("close")
        self._write_protected({"closed_at": fields.Datetime.now()})
        self._close_tasks()
        return True

    # ---------------------------------------------------------------- Backward
    def action_reject(self, reason=None):
        """The surveyor gives the task back; the hotline sends somebody else.

        :param reason: why; without it a dialog asks
        """
        self._start(("assigned", "accepted", "on_site"), self.env._("Give Back"))
        if not (reason or "").strip():
            return self.env["dealer.return.wizard"]._open_for(self, "reject")
        self._write_protected(
            {
                "rejected_at": fields.Datetime.now(),
                "reject_reason": reason.strip(),
                **STEP_BACK["accepted"],
                **STEP_BACK["on_site"],
            }
        )
        self._close_tasks()
        for survey in self:
            user = survey.company_id._dealer_post_user(*DISPATCHERS)
            if user and user != self.env.user:
                record = survey.with_context(lang=user.lang or self.env.lang)
                record._task(
                    user,
                    record.env._(
                        "Send another surveyor: %(name)s", name=survey.display_name
                    ),
                    reason,
                )
        return True

    def action_return(self, reason=None):
        """A leader takes the last step back, one at a time.

        :param reason: why; without it a dialog asks
        :raises UserError: the survey stands on an invoice
        """
        self.check_access("write")
        self._check_holds(*LEADERS)
        self._check_state(tuple(STEP_BACK), self.env._("Take Back"))
        if not (reason or "").strip():
            return self.env["dealer.return.wizard"]._open_for(self)
        billed = self.filtered(
            lambda s: s.state == "insurer_confirmed" and s._is_billed()
        )
        if billed:
            raise UserError(
                self.env._(
                    "%(names)s stands on a fee invoice. Finance reverses the invoice "
                    "first.",
                    names=", ".join(billed.mapped("name")),
                )
            )
        for state, surveys in self.grouped("state").items():
            surveys._write_protected(
                {**STEP_BACK[state], "return_reason": reason.strip()}
            )
        for survey in self:
            user = survey.surveyor_id.user_id
            if user and user != self.env.user:
                record = survey.with_context(lang=user.lang or self.env.lang)
                record._task(
                    user,
                    record.env._("Taken back: %(name)s", name=survey.display_name),
                    reason,
                )
        return True

    def action_cancel(self):
        """The insurer or the customer called the survey off."""
        self.check_access("write")
        self._check_holds(*DISPATCHERS)
        self._check_state(
            ("draft", "rejected", *OPEN_STATES[:5]), self.env._("Call Off")
        )
        self._write_protected({"cancelled_at": fields.Datetime.now()})
        self._close_tasks()
        return True

    def action_restore(self):
        """A survey that was called off by mistake goes on where it stood."""
        self.check_access("write")
        self._check_holds(*DISPATCHERS)
        self._check_state(("cancelled",), self.env._("Restore"))
        self._write_protected({"cancelled_at": False})
        return True

    def action_print(self):
        """The survey report as PDF."""
        self.check_access("read")
        return self.env.ref("dealer_claims.action_report_survey").report_action(self)

    # ------------------------------------------------------------ The report
    def write(self, vals):
        """What was reported is not rewritten; the leader takes the report back."""
        frozen = {
            "accident_facts",
            "accident_type",
            "liability",
            "has_injury",
            "third_party",
            "estimated_loss",
            "sketch",
            "customer_signature",
            "signer_name",
            "difference_note",
            "report_no",
            "accident_at",
            "address",
            "region",
            "state_id",
            "insurer_id",
            "vehicle_id",
        }
        if frozen & vals.keys():
            done = self.filtered("reported_at")
            changed = done.filtered(
                lambda s: any(
                    s._fields[name].convert_to_write(s[name], s) != vals[name]
                    for name in frozen & vals.keys()
                )
            )
            if changed:
                raise UserError(
                    self.env._(
                        "%(names)s: the report is finished. A leader can take it back.",
                        names=", ".join(changed.mapped("name")),
                    )
                )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_assigned(self):
        kept = self.filtered("assigned_at")
        if kept:
            raise UserError(
                self.env._(
                    "%(names)s: a survey that was assigned is called off, not deleted.",
                    names=", ".join(kept.mapped("name")),
                )
            )

    # ------------------------------------------------------------ Activities
    def _task(self, user, summary, note=None):
        self.ensure_one()
        self.activity_schedule(
            "dealer_claims.activity_survey",
            date_deadline=self.company_id._dealer_today(),
            user_id=user.id,
            summary=summary,
            note=note or False,
        )

    def _close_tasks(self):
        self.activity_unlink(["dealer_claims.activity_survey"])

    @api.model
    def _cron_upload_overdue(self):
        """Hourly: surveyor and leader hear once of a survey that is not uploaded."""
        cron = self.env["ir.cron"]
        kind = self.env.ref("dealer_claims.activity_survey_overdue")
        for company in self.env["res.company"]._dealer_stores():
            late = self.search(
                Domain("company_id", "=", company.id)
                & Domain("is_upload_overdue", "=", True)
                & Domain("is_historical", "=", False)
            )
            late = late.filtered(lambda s: kind not in s.activity_ids.activity_type_id)
            leader = company._dealer_post_user(*LEADERS)
            cron._commit_progress(remaining=len(late))
            for survey in late:
                for user in survey.surveyor_id.user_id | leader:
                    record = survey.with_context(lang=user.lang or self.env.lang)
                    record.activity_schedule(
                        activity_type_id=kind.id,
                        user_id=user.id,
                        date_deadline=company._dealer_today(),
                        summary=record.env._(
                            "Survey not uploaded in time: %(name)s",
                            name=survey.display_name,
                        ),
                    )
                if not cron._commit_progress(1):
                    return

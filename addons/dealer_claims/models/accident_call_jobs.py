from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from .accident_call import DONE_STATES

BATCH = 200
#: A call this young still may need a surveyor at once; older ones are history.
DISPATCH_WATCH_HOURS = 24


class DealerAccidentCall(models.Model):
    """Clocks of the hotline: who is asked when something is due (S63, S88)."""

    _inherit = "dealer.accident.call"

    report_due_at = fields.Datetime(
        string="Report to the Insurer Until",
        compute="_compute_report_due_at",
        store=True,
        index=True,
        help="Hours after the accident within which the insurer has to know of it.",
    )

    @api.depends("accident_at", "company_id.dealer_hotline_report_hours")
    def _compute_report_due_at(self):
        for call in self:
            hours = call.company_id.dealer_hotline_report_hours
            call.report_due_at = call.accident_at and (
                call.accident_at + timedelta(hours=hours)
            )

    # ------------------------------------------------------------ Activities
    def _agent_user(self):
        """Who follows the call up: its agent, else who has the post in the store."""
        self.ensure_one()
        user = self.agent_id.user_id
        return (user.active and user) or self.company_id._dealer_post_user(
            "hotline_agent"
        )

    def _leader_user(self):
        self.ensure_one()
        return self.company_id._dealer_post_user("claim_leader")

    def _schedule(self, xmlid, user, summary, note=None):
        """An activity in the language of who gets it, once while it is open.

        :param xmlid: activity type
        :param user: res.users, may be empty
        :param summary: function of the record in the language of the user
        """
        self.ensure_one()
        kind = self.env.ref(xmlid)
        if not user or any(
            activity.activity_type_id == kind and activity.user_id == user
            for activity in self.activity_ids
        ):
            return
        record = self.with_context(lang=user.lang or self.env.lang)
        record.activity_schedule(
            xmlid,
            date_deadline=self.company_id._dealer_today(),
            user_id=user.id,
            summary=summary(record),
            note=note or False,
        )

    def _close_activities(self, *xmlids):
        self.activity_unlink(list(xmlids))

    def _ask_leader(self):
        for call in self:
            call._schedule(
                "dealer_claims.activity_hotline_confirm",
                call._leader_user(),
                lambda record: record.env._(
                    "%(plate)s does not return: confirm or ask again",
                    plate=record.plate or record.name,
                ),
            )

    # ------------------------------------------------------------------ Jobs
    @api.model
    def _stores_domain(self):
        stores = self.env["res.company"]._dealer_stores()
        return Domain("company_id", "in", stores.ids)

    @api.model
    def _in_batches(self, calls, work):
        """Work through calls, committing batch by batch.

        :param calls: recordset
        :param work: function of a batch
        """
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(calls))
        for start in range(0, len(calls), BATCH):
            batch = calls[start : start + BATCH]
            work(batch)
            if not cron._commit_progress(len(batch)):
                break

    @api.model
    def _cron_clocks(self):
        """Every few minutes: calls without surveyor, and follow-ups that are due.

        What was asked once is not asked again: an alert leaves its time on the call,
        an activity stays until somebody acts.
        """
        now = fields.Datetime.now()
        open_calls = self._stores_domain() & self._open_domain()
        late = self.search(
            open_calls
            & Domain("dispatched_at", "=", False)
            & Domain("dispatch_alerted_at", "=", False)
            & Domain("is_historical", "=", False)
            & Domain("dispatch_to", "!=", "none")
            & Domain("call_at", ">=", now - timedelta(hours=DISPATCH_WATCH_HOURS))
        ).filtered(
            lambda call: (
                call.call_at
                + timedelta(minutes=call.company_id.dealer_hotline_dispatch_minutes)
                < now
            )
        )
        self._in_batches(late, lambda calls: calls._alert_dispatch(now))
        due = self.search(
            open_calls
            & Domain("is_to_confirm", "=", False)
            & Domain("next_follow_at", "<=", now)
        )
        self._in_batches(due, lambda calls: calls._ask_follow_up(now))

    def _alert_dispatch(self, now):
        for call in self:
            call._schedule(
                "dealer_claims.activity_hotline_dispatch",
                call._agent_user(),
                lambda record: record.env._(
                    "%(plate)s: no surveyor was dispatched yet",
                    plate=record.plate or record.name,
                ),
            )
        self._write_protected({"dispatch_alerted_at": now})

    def _ask_follow_up(self, now):
        """The agent is asked; what lies too long is told to the claims leader."""
        late = self.env["dealer.accident.follow.up"]
        for call in self:
            call._schedule(
                "dealer_claims.activity_hotline_follow_up",
                call._agent_user(),
                lambda record: record.env._(
                    "Follow up %(plate)s", plate=record.plate or record.name
                ),
            )
            hours = call.company_id.dealer_hotline_escalate_hours
            overdue = call.follow_ids._planned().filtered(
                lambda line, hours=hours: (
                    not line.escalated_at
                    and line.planned_at + timedelta(hours=hours) <= now
                )
            )
            if overdue:
                late |= overdue
                call._schedule(
                    "dealer_claims.activity_hotline_escalation",
                    call._leader_user(),
                    lambda record: record.env._(
                        "%(plate)s: nobody has followed it up",
                        plate=record.plate or record.name,
                    ),
                )
        late._sudo_done({"escalated_at": now})

    @api.model
    def _cron_reports(self):
        """Hourly: accidents that the insurer does not know of yet."""
        now = fields.Datetime.now()
        calls = self.search(
            self._stores_domain()
            & Domain("state", "!=", "closed")
            & Domain("is_missed", "=", False)
            & Domain("is_historical", "=", False)
            & Domain("is_reported", "=", False)
            & Domain("report_no", "in", [False, ""])
            & Domain("report_reminded_at", "=", False)
            & Domain("report_due_at", "!=", False)
        ).filtered(
            lambda call: (
                call.report_due_at
                - timedelta(hours=call.company_id.dealer_hotline_report_remind_hours)
                <= now
            )
        )
        self._in_batches(calls, lambda batch: batch._remind_report(now))

    def _remind_report(self, now):
        for call in self:
            call._schedule(
                "dealer_claims.activity_hotline_report",
                call._agent_user(),
                lambda record: record.env._(
                    "%(plate)s: the insurer does not know of the accident yet",
                    plate=record.plate or record.name,
                ),
            )
        self._write_protected({"report_reminded_at": now})

    # ------------------------------------------------------- Return by a claim
    @api.model
    def _returned_calls(self):
        """Open activities of calls whose car a claim has received meanwhile."""
        return self.search(
            self._stores_domain()
            & Domain("state", "in", DONE_STATES)
            & Domain("activity_ids.activity_type_id", "in", self._follow_types().ids)
        )

    @api.model
    def _follow_types(self):
        kinds = self.env["mail.activity.type"]
        for name in ("follow_up", "escalation", "confirm", "dispatch"):
            kinds |= self.env.ref(f"dealer_claims.activity_hotline_{name}")
        return kinds

    @api.model
    def _cron_tidy(self):
        """Daily: questions about cars that are in the store meanwhile are withdrawn,
        and calls without plans get their nodes."""
        self._in_batches(self._returned_calls(), lambda calls: calls._end_follow_up())
        bare = self.search(
            self._stores_domain()
            & self._open_domain()
            & Domain("is_historical", "=", False)
            & Domain("follow_ids", "=", False)
        )
        self._in_batches(bare, lambda calls: calls._plan_follow_ups())

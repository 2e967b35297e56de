from odoo import api, fields, models
from odoo.tools import format_date

ACTIVITY_OVERDUE = "dealer_insurance.mail_activity_remittance_overdue"


class DealerRemittance(models.Model):
    """Reminders of premium that should be with the insurer (S84, R8)."""

    _inherit = "dealer.remittance"

    @api.model
    def _overdue_domain(self, today):
        return [
            ("channel", "=", "collected"),
            ("cashier_signed", "=", True),
            ("amount_held", ">", 0),
            ("balance", "=", 0),
            ("amount_requested", "!=", 0),
            ("voided_at", "=", False),
            ("remit_due_date", "<", today),
        ]

    @api.model
    def _cron_overdue(self):
        """Tell the clerk, and some days later the manager, what is overdue.

        One open activity per agreement and person, with the number of rows and the
        sum; it is brought up to date while something is overdue, and closed after.
        """
        today = fields.Date.context_today(self)
        groups = self.env["dealer.underwriting"]._read_group(
            self._overdue_domain(today),
            ["company_id", "insurer_id"],
            ["__count", "amount_held:sum", "remit_due_date:min", "id:recordset"],
        )
        Cron = self.env["ir.cron"]
        Cron._commit_progress(remaining=len(groups))
        live = self.env["mail.activity"]
        for company, insurer, count, amount, oldest, rows in groups:
            agreement = rows.agreement_id[:1] or self.env["dealer.agreement"]._find(
                insurer, company, today
            )
            if agreement:
                summary = self.env._(
                    "%(count)s receipts of %(insurer)s, %(amount)s, not remitted; the "
                    "oldest was due on %(date)s",
                    count=count,
                    insurer=insurer.display_name,
                    amount=company.currency_id.format(amount),
                    date=format_date(self.env, oldest),
                )
                late = (today - oldest).days >= company.dealer_remit_escalate_days
                users = rows.sorted("remit_due_date")[:1].writer_id.user_id.filtered(
                    "active"
                )
                if late or not users:
                    users |= company._dealer_alert_user()
                live |= self._remind_overdue(agreement, users, summary)
            if not Cron._commit_progress(1):
                return
        done = self.env["mail.activity"].search(
            [
                ("activity_type_id", "=", self.env.ref(ACTIVITY_OVERDUE).id),
                ("res_model", "=", "dealer.agreement"),
                ("id", "not in", live.ids),
            ]
        )
        done.action_feedback(feedback=self.env._("Remitted."))

    def _remind_overdue(self, agreement, users, summary):
        """Write or renew the activity of each person."""
        activity_type = self.env.ref(ACTIVITY_OVERDUE)
        known = agreement.activity_ids.filtered(
            lambda activity: activity.activity_type_id == activity_type
        )
        live = known.filtered(lambda activity: activity.user_id in users)
        stale = live.filtered(lambda activity: activity.summary != summary)
        stale.write({"summary": summary})
        for user in users - live.user_id:
            live |= agreement.activity_schedule(
                ACTIVITY_OVERDUE, user_id=user.id, summary=summary
            )
        return live

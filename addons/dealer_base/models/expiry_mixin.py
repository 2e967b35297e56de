import logging

from odoo import api, fields, models
from odoo.fields import Domain

_logger = logging.getLogger(__name__)


class DealerExpiryMixin(models.AbstractModel):
    """Reminders before a date of the record runs out (domain.md §9.3).

    How many days before is a setting of the store
    (``res.company.dealer_expiry_alert_days``). Which reminder was given is kept
    per date value: a job run twice reminds once, and a prolonged record starts
    anew.
    """

    _name = "dealer.expiry.mixin"
    _description = "Reminders Before Expiry"

    expiry_alerts = fields.Json(copy=False, readonly=True)

    def _expiry_fields(self):
        """Dates that are watched.

        :return: dict of field name -> translated label for the reminder
        """
        return {}

    def _expiry_domain(self):
        """Which records are watched at all; a model may narrow it."""
        return Domain("company_id.active", "=", True)

    def _expiry_user(self):
        """Who gets the reminder: the store's person for alerts, else a manager."""
        self.ensure_one()
        return self.company_id._dealer_alert_user() or self.env.user

    @api.model
    def _cron_expiry_alerts(self):
        """Remind of everything that runs out; safe to run any number of times."""
        today = fields.Date.context_today(self)
        companies = self.env["res.company"].search(
            [("dealer_expiry_alert_days", "!=", False)]
        )
        horizon = max(
            (days for company in companies for days in company._dealer_alert_days()),
            default=0,
        )
        last_day = fields.Date.add(today, days=horizon)
        names = list(self._expiry_fields())
        domain = Domain(self._expiry_domain()) & Domain.OR(
            Domain(name, ">=", today) & Domain(name, "<=", last_day) for name in names
        )
        records = self.search(domain, order="id")
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(records))
        for record in records:
            if not record.try_lock_for_update(allow_referencing=True):
                continue
            try:
                with self.env.cr.savepoint():
                    record._expiry_alert(today)
            except Exception:
                # One bad record must not keep the others from being reminded.
                _logger.exception("Reminder of %s failed", record)
            if not cron._commit_progress(1):
                break

    def _expiry_alert(self, today):
        """Give the reminders due on ``today`` that were not given yet."""
        self.ensure_one()
        nodes = self.company_id._dealer_alert_days()
        alerts = dict(self.expiry_alerts or {})
        for name in self._expiry_fields():
            day = self[name]
            if not day or day < today:
                continue
            due = [node for node in nodes if node >= (day - today).days]
            if not due:
                continue
            node = min(due)
            last_day, last_node = alerts.get(name, ["", 0])
            if last_day == day.isoformat() and last_node <= node:
                continue
            self._expiry_remind(name, day)
            alerts[name] = [day.isoformat(), node]
        if alerts != (self.expiry_alerts or {}):
            self.expiry_alerts = alerts

    def _expiry_remind(self, name, day):
        user = self._expiry_user()
        record = self.with_context(lang=user.lang or self.env.lang)
        label = record._expiry_fields()[name]
        record.activity_schedule(
            "mail.mail_activity_data_todo",
            date_deadline=day,
            user_id=user.id,
            summary=record.env._(
                "%(label)s runs out on %(day)s",
                label=label,
                day=fields.Date.to_string(day),
            ),
        )

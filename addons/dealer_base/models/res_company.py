import re
from datetime import datetime, time

from dateutil import tz

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ResCompany(models.Model):
    _inherit = "res.company"

    dealer_ctpl_fee_cap = fields.Float(
        string="Cap of the CTPL Agency Fee",
        default=0.04,
        digits=(7, 5),
        help="Highest agency fee of compulsory cover, as a share of the premium (R6).",
    )
    dealer_vin_domestic_block = fields.Boolean(
        string="Refuse Wrong Check Digit of Domestic VIN",
        default=True,
        help="A car made in China has a VIN that starts with L and a check digit "
        "that must fit. Without this option a misfit is only remarked.",
    )
    dealer_expiry_alert_days = fields.Char(
        string="Days of Expiry Reminders",
        default="60,30,7",
        help="Days before agreements, licences and registrations run out.",
    )
    dealer_alert_user_id = fields.Many2one(
        "res.users",
        string="Reminders Go To",
        help="Empty: an insurance manager of the store.",
    )
    dealer_renew_days_before = fields.Integer(
        string="Renewal Window Before Expiry (days)",
        default=90,
        help="A new policy counts as renewal when it starts within this many days "
        "before the old one ends.",
    )
    dealer_renew_days_after = fields.Integer(
        string="Renewal Window After Expiry (days)",
        default=30,
    )
    dealer_max_advance_days = fields.Integer(
        string="Issue Ahead at Most (days)",
        default=90,
        help="Insurers accept a renewal only this many days ahead.",
    )
    dealer_remit_days = fields.Integer(
        string="Remit Collected Premium Within (working days)",
        default=2,
        help="Used where an agreement does not say otherwise (R8).",
    )
    dealer_insurer_due_days = fields.Integer(
        string="Insurer Pays Within (days)",
        default=30,
    )
    dealer_archive_entry_hours = fields.Integer(
        string="Enter the Archive Within (hours)",
        default=24,
    )
    dealer_difference_amount = fields.Monetary(
        string="Tolerated Difference",
        default=50.0,
        help="A difference above this amount or share needs an explanation.",
    )
    dealer_difference_rate = fields.Float(
        string="Tolerated Difference Share",
        default=0.01,
        digits=(7, 5),
    )
    dealer_retention_years = fields.Integer(
        string="Keep Business Records (years)",
        default=10,
        help="How long personal data of customers is kept (R13).",
    )
    dealer_calendar_id = fields.Many2one(
        "resource.calendar",
        string="Working Calendar of Deadlines",
        help="Working days for remittance and reports, with the public holidays "
        "and the working weekends. Empty: the company's working hours.",
    )

    _dealer_numbers_positive = models.Constraint(
        "CHECK (dealer_renew_days_before >= 0 AND dealer_renew_days_after >= 0"
        " AND dealer_max_advance_days >= 0 AND dealer_remit_days >= 0"
        " AND dealer_insurer_due_days >= 0 AND dealer_archive_entry_hours >= 0"
        " AND dealer_difference_amount >= 0 AND dealer_difference_rate >= 0"
        " AND dealer_retention_years >= 0)",
        "Days, hours, years and tolerances of the store cannot be negative.",
    )
    _dealer_ctpl_fee_cap_share = models.Constraint(
        "CHECK (dealer_ctpl_fee_cap >= 0 AND dealer_ctpl_fee_cap <= 1)",
        "The cap of the CTPL agency fee is a share between 0 and 100 %.",
    )

    @api.constrains("dealer_expiry_alert_days")
    def _check_dealer_expiry_alert_days(self):
        pattern = re.compile(r"\s*\d{1,4}\s*([,，;\s]\s*\d{1,4}\s*)*")
        for company in self:
            text = company.dealer_expiry_alert_days
            if text and not pattern.fullmatch(text):
                raise ValidationError(
                    self.env._(
                        "Write the days of the reminders as numbers with commas, "
                        "for example 60,30,7."
                    )
                )

    def _dealer_alert_days(self):
        """Days before expiry on which the store wants to be reminded.

        :return: list of days, the longest first
        """
        self.ensure_one()
        numbers = re.findall(r"\d+", self.dealer_expiry_alert_days or "")
        return sorted({int(number) for number in numbers}, reverse=True)

    def _dealer_alert_user(self):
        """Who is reminded in this store; may be empty."""
        self.ensure_one()
        if self.dealer_alert_user_id.active:
            return self.dealer_alert_user_id
        manager = self.env.ref("dealer_base.group_insurance_manager")
        admin = self.env.ref("dealer_base.group_dealer_admin")
        managers = self.env["res.users"].search(
            [
                ("all_group_ids", "in", manager.ids),
                ("company_ids", "in", self.ids),
                ("share", "=", False),
            ],
            order="id desc",
        )
        # An administrator holds every post; the work belongs to who heads the centre.
        heads = managers.filtered(lambda user: admin not in user.all_group_ids)
        return (heads or managers)[:1]

    def _dealer_timezone_name(self):
        """Name of the time zone in which the store counts days and years.

        That of the company's own address card; else that of the calendar by which it
        counts working days; the user's only where the store has neither, because one
        ledger must not depend on who writes it.
        """
        self.ensure_one()
        # sudo: the hours of the store are no secret, its calendar is not for all
        company_sudo = self.sudo()
        return (
            company_sudo.partner_id.tz
            or company_sudo._dealer_working_calendar().tz
            or self.env.user.tz
            or "UTC"
        )

    def _dealer_timezone(self):
        """Time zone in which the store counts days and years."""
        return tz.gettz(self._dealer_timezone_name())

    def _dealer_today(self):
        """Calendar day in the store, now."""
        return datetime.now(self._dealer_timezone()).date()

    @api.model
    def _dealer_stores(self):
        """Stores that employ somebody; the daily jobs run for them."""
        groups = self.env["dealer.staff"]._read_group([], ["company_id"])
        return self.browse(company.id for (company,) in groups)

    def _dealer_working_calendar(self):
        """Calendar that counts the store's working days."""
        self.ensure_one()
        return self.dealer_calendar_id or self.resource_calendar_id

    def _dealer_add_working_days(self, date, days):
        """The day on which something is due, counted in working days.

        :param date: first day, not counted
        :param days: number of working days to wait
        :return: due date; calendar days when the store has no working calendar
        """
        self.ensure_one()
        calendar = self._dealer_working_calendar()
        if not calendar or days <= 0:
            return fields.Date.add(date, days=max(days, 0))
        start = fields.Datetime.to_datetime(fields.Date.add(date, days=1))
        due = calendar.plan_days(days, start, compute_leaves=True)
        return due.date() if due else fields.Date.add(date, days=days)

    def _dealer_local_day(self, moment):
        """The store's calendar day of a moment.

        :param moment: naive datetime in UTC
        :return: date
        """
        zone = self._dealer_timezone()
        return moment.replace(tzinfo=tz.UTC).astimezone(zone).date()

    def _dealer_day_end(self, day):
        """The moment at which a calendar day of the store ends.

        :param day: date
        :return: naive datetime in UTC
        """
        midnight = datetime.combine(fields.Date.add(day, days=1), time.min)
        local = midnight.replace(tzinfo=self._dealer_timezone())
        return local.astimezone(tz.UTC).replace(tzinfo=None)

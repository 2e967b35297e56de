from datetime import datetime, time, timedelta

from dateutil import tz

from odoo import fields, models

MINUTES_PER_HOUR = 60


class ResCompany(models.Model):
    """When the penetration board is due, and how its wall screen behaves (§3.7)."""

    _inherit = "res.company"

    dealer_board_update_time = fields.Float(
        string="Board Updated by",
        default=18.0,
        help="Store time. The board of the day is frozen then, and a later "
        "confirmation is late.",
    )
    dealer_board_due = fields.Selection(
        [("daily", "Every Day"), ("working", "Working Days")],
        string="Board Due On",
        default="daily",
    )
    dealer_board_audit_day = fields.Integer(
        string="Board Audit due on Day",
        default=3,
        help="Day of the following month by which the underwriting leader has checked "
        "the board of a month.",
    )
    dealer_board_refresh = fields.Integer(
        string="Wall Screen Refreshes Every (s)", default=60
    )
    dealer_board_rotate = fields.Integer(
        string="Wall Screen Turns Every (s)", default=15
    )

    _dealer_board_numbers = models.Constraint(
        "CHECK (dealer_board_update_time >= 0 AND dealer_board_update_time < 24"
        " AND dealer_board_audit_day BETWEEN 1 AND 28"
        " AND dealer_board_refresh >= 10 AND dealer_board_rotate >= 5)",
        "The board is updated within the day, audited between the 1st and the 28th, "
        "refreshed every 10 seconds or slower and turned every 5 seconds or slower.",
    )

    def _dealer_board_deadline(self, day):
        """Moment by which the board of a day is updated.

        :param day: date of the store
        :return: naive UTC datetime
        """
        self.ensure_one()
        minutes = round(self.dealer_board_update_time * MINUTES_PER_HOUR)
        local = datetime.combine(day, time.min) + timedelta(minutes=minutes)
        moment = local.replace(tzinfo=self._dealer_timezone()).astimezone(tz.UTC)
        return moment.replace(tzinfo=None)

    def _dealer_board_due_days(self, date_from, date_to):
        """Days of a period on which the board has to be updated, as a list."""
        self.ensure_one()
        days = [
            date_from + timedelta(days=index)
            for index in range((date_to - date_from).days + 1)
        ]
        if self.dealer_board_due == "daily" or not days:
            return days
        # sudo: the working hours of the store are no secret
        company_sudo = self.sudo()
        calendar = company_sudo._dealer_working_calendar()
        if not calendar:
            return days
        bounds = (
            datetime.combine(days[0], time.min).replace(tzinfo=tz.UTC),
            datetime.combine(days[-1], time.max).replace(tzinfo=tz.UTC),
        )
        intervals = calendar._work_intervals_batch(*bounds)[False]
        worked = {start.date() for start, _stop, _records in intervals}
        return [day for day in days if day in worked]


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    dealer_board_update_time = fields.Float(
        related="company_id.dealer_board_update_time", readonly=False
    )
    dealer_board_due = fields.Selection(
        related="company_id.dealer_board_due", readonly=False
    )
    dealer_board_audit_day = fields.Integer(
        related="company_id.dealer_board_audit_day", readonly=False
    )
    dealer_board_refresh = fields.Integer(
        related="company_id.dealer_board_refresh", readonly=False
    )
    dealer_board_rotate = fields.Integer(
        related="company_id.dealer_board_rotate", readonly=False
    )

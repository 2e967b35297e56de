from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain


class DealerBoardUpdate(models.Model):
    """The clerk confirms that the board of a day is complete (§3.7, S36).

    The board itself follows the books by the minute. The confirmation says that
    everything of the day has been entered; the monthly audit counts it.
    """

    _name = "dealer.board.update"
    _description = "Board Confirmation"
    _inherit = ["dealer.append.mixin"]
    _order = "day desc, id desc"
    _rec_name = "day"

    company_id = fields.Many2one(
        "res.company", string="Store", required=True, index=True, readonly=True
    )
    day = fields.Date(required=True, readonly=True, index=True)
    deadline = fields.Datetime(required=True, readonly=True)
    confirmed_at = fields.Datetime(string="Updated", required=True, readonly=True)
    confirmed_by_id = fields.Many2one(
        "res.users", string="Updated by", required=True, readonly=True
    )
    is_late = fields.Boolean(string="Updated Late", readonly=True)

    _one_per_day = models.UniqueIndex(
        "(company_id, day)", "The board of this day is confirmed already."
    )

    @api.model
    def action_confirm_update(self, day=None, store=None):
        """Confirm that the board of a day is complete.

        :param day: day of the store, ISO text; default today
        :param store: id of a company allowed to the user; default the current one
        :return: state of the confirmation, as the board shows it
        :raises AccessError: not the issuing clerk
        :raises UserError: a day to come, an audited month, or confirmed already
        """
        self.env["dealer.board.audit"]._check_holds("policy_clerk")
        company = self.env["dealer.penetration.board"]._check_store(store)
        today = company._dealer_today()
        day = fields.Date.to_date(day) if day else today
        if day > today:
            raise UserError(
                self.env._(
                    "The board of %(day)s is not due yet.",
                    day=fields.Date.to_string(day),
                )
            )
        month = fields.Date.start_of(day, "month")
        self.env["dealer.board.audit"]._check_month_open(company, month)
        known = self.search([("company_id", "=", company.id), ("day", "=", day)])
        if known:
            raise UserError(
                self.env._(
                    "The board of %(day)s was confirmed by %(person)s already.",
                    day=fields.Date.to_string(day),
                    person=known.confirmed_by_id.name,
                )
            )
        now = fields.Datetime.now()
        deadline = company._dealer_board_deadline(day)
        self._sudo_append(
            [
                {
                    "company_id": company.id,
                    "day": day,
                    "deadline": deadline,
                    "confirmed_at": now,
                    "confirmed_by_id": self.env.uid,
                    "is_late": now > deadline,
                }
            ]
        )
        return self._status(company, day, day)

    @api.model
    def _status(self, company, first, last):
        """Confirmation of the last due day of a period, for the head of the board.

        :return: dict with day, state (on_time, late, missing, open), person, moment
        """
        today = company._dealer_today()
        day = min(last, today)
        update = self.search(
            Domain("company_id", "=", company.id) & Domain("day", "=", day), limit=1
        )
        deadline = company._dealer_board_deadline(day)
        clerk = self.env.user.has_group("dealer_base.group_policy_clerk")
        result = {
            "day": fields.Date.to_string(day),
            "deadline": self._local_text(company, deadline),
            "person": "",
            "moment": "",
            "can_confirm": clerk and not update and first <= day,
        }
        if first > day:
            return {**result, "state": "none"}
        if update:
            # who updates the board stands on the board
            update_sudo = update.sudo()
            return {
                **result,
                "state": "late" if update.is_late else "on_time",
                "person": update_sudo.confirmed_by_id.name,
                "moment": self._local_text(company, update.confirmed_at),
            }
        late = fields.Datetime.now() > deadline
        return {**result, "state": "missing" if late else "open"}

    @api.model
    def _local_text(self, company, moment):
        local = fields.Datetime.context_timestamp(
            self.with_context(tz=company._dealer_timezone_name()), moment
        )
        return local.strftime("%m-%d %H:%M")

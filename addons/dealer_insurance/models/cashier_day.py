from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import format_date

from odoo.addons.dealer_base.models.guard_mixin import Violation

STATES = [("open", "Day Open"), ("counted", "Day Counted"), ("confirmed", "Confirmed")]
COUNTED_METHODS = ("cash", "card", "qr", "transfer")
STANDING = ("in_process", "paid")


class DealerCashierDay(models.Model):
    """Day-end sheet of the cashier: what came in, what was counted (S81, S84).

    ============  =============================================================
    confirmed     finance has confirmed it; its figures are frozen
    counted       the cashier has counted and explained
    open          anything else; what came in is read from the payments
    ============  =============================================================
    """

    _name = "dealer.cashier.day"
    _description = "Cashier Day"
    _inherit = ["mail.thread", "mail.activity.mixin", "dealer.derived.mixin"]
    _order = "date desc, id desc"
    _check_company_auto = True

    _protected_fields = (
        "state",
        "counted_at",
        "counted_by_id",
        "confirmed_at",
        "confirmed_by_id",
        "signature_ids",
    )
    _guard_transitions = ("confirm",)

    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    date = fields.Date(required=True, default=fields.Date.context_today, index=True)
    line_ids = fields.One2many("dealer.cashier.day.line", "day_id")
    count_ids = fields.One2many(
        "dealer.cashier.day.count", "day_id", string="Cash Count"
    )
    opening_cash = fields.Monetary(
        compute="_compute_opening_cash",
        help="Cash that was left in the drawer on the last day that was counted.",
    )
    cash_counted = fields.Monetary(compute="_compute_cash", store=True)
    deposited = fields.Monetary(
        string="Taken to the Bank", help="Cash that left the drawer for the bank."
    )
    deposit_ref = fields.Char(string="Deposit Reference")
    cash_left = fields.Monetary(
        string="Left in the Drawer", compute="_compute_cash", store=True
    )
    total_expected = fields.Monetary(compute="_compute_totals")
    total_counted = fields.Monetary(compute="_compute_totals")
    total_difference = fields.Monetary(compute="_compute_totals")
    changed_after = fields.Boolean(
        string="Changed After Confirmation",
        compute="_compute_changed_after",
        help="Payments of the day were booked, changed or taken back later.",
    )
    signature_ids = fields.Many2many(
        "dealer.cashier.signature",
        string="Signed This Day",
        compute="_compute_signature_ids",
    )
    signed_count = fields.Integer(
        string="Rows Signed", compute="_compute_signature_ids"
    )
    counted_at = fields.Datetime(readonly=True, copy=False)
    counted_by_id = fields.Many2one(
        "res.users", string="Cashier", readonly=True, copy=False
    )
    confirmed_at = fields.Datetime(readonly=True, copy=False)
    confirmed_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    state = fields.Selection(
        STATES, compute="_compute_state", store=True, index=True, tracking=True
    )
    note = fields.Text()

    _day_uniq = models.UniqueIndex(
        "(company_id, date)", "This day has its sheet already."
    )
    _deposit_positive = models.Constraint(
        "CHECK (deposited >= 0)", "A deposit cannot be negative."
    )

    # -- computes ---------------------------------------------------------------

    @api.depends("counted_at", "confirmed_at")
    def _compute_state(self):
        for day in self:
            if day.confirmed_at:
                day.state = "confirmed"
            else:
                day.state = "counted" if day.counted_at else "open"

    @api.depends("company_id", "date")
    def _compute_opening_cash(self):
        for day in self:
            previous = day._previous()
            day.opening_cash = previous.cash_left

    def _previous(self):
        """The last sheet of the store before this day."""
        self.ensure_one()
        return self.search(
            [("company_id", "=", self.company_id.id), ("date", "<", self.date)],
            order="date desc",
            limit=1,
        )

    @api.depends("count_ids.quantity", "count_ids.value", "deposited")
    def _compute_cash(self):
        for day in self:
            day.cash_counted = sum(day.count_ids.mapped("amount"))
            day.cash_left = day.currency_id.round(day.cash_counted - day.deposited)

    @api.depends("line_ids.expected", "line_ids.counted")
    def _compute_totals(self):
        for day in self:
            day.total_expected = sum(day.line_ids.mapped("expected"))
            day.total_counted = sum(day.line_ids.mapped("counted"))
            day.total_difference = sum(day.line_ids.mapped("difference"))

    @api.depends("line_ids.late_difference")
    def _compute_changed_after(self):
        for day in self:
            day.changed_after = any(
                not day.currency_id.is_zero(line.late_difference)
                for line in day.line_ids
            )

    @api.depends("company_id", "date")
    def _compute_signature_ids(self):
        for day in self:
            start = day.company_id._dealer_day_start(day.date)
            end = day.company_id._dealer_day_start(fields.Date.add(day.date, days=1))
            lines = self.env["dealer.cashier.signature"].search(
                [
                    ("company_id", "=", day.company_id.id),
                    ("signed_at", ">=", start),
                    ("signed_at", "<", end),
                ],
                order="id",
            )
            day.signature_ids = lines
            day.signed_count = len(lines.filtered(lambda line: line.kind == "sign"))

    @api.depends("date")
    def _compute_display_name(self):
        for day in self:
            day.display_name = day.date and format_date(self.env, day.date) or ""

    # -- money of the day ----------------------------------------------------------

    def _received(self):
        """What payments of customers brought on these days, by journal.

        :return: {(company id, date, journal id): amount}; paid back counts negative
        """
        if not self:
            return {}
        Payment = self.env["account.payment"]
        groups = Payment._read_group(
            [
                ("company_id", "in", self.company_id.ids),
                ("date", "in", self.mapped("date")),
                ("journal_id", "in", self.line_ids.journal_id.ids),
                ("state", "in", STANDING),
                ("partner_type", "=", "customer"),
            ],
            ["company_id", "date:day", "journal_id", "payment_type"],
            ["amount:sum"],
        )
        received = {}
        for company, date, journal, payment_type, amount in groups:
            key = (company.id, date, journal.id)
            sign = 1 if payment_type == "inbound" else -1
            received[key] = received.get(key, 0.0) + sign * amount
        return received

    # -- CRUD -----------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        days = super().create(vals_list)
        for day in days:
            if not day.line_ids:
                day._add_lines()
        return days

    def _add_lines(self):
        """A line per method of payment, and the notes and coins of the currency."""
        self.ensure_one()
        journals = self.company_id._dealer_payment_journals()
        coins = self.env["dealer.cash.denomination"].search(
            [("currency_id", "=", self.currency_id.id)]
        )
        self.write(
            {
                "line_ids": [
                    Command.create(
                        {"method": method, "journal_id": journals[method].id}
                    )
                    for method in COUNTED_METHODS
                    if method in journals
                ],
                "count_ids": [
                    Command.create({"denomination_id": coin.id}) for coin in coins
                ],
            }
        )

    def write(self, vals):
        if {"company_id", "date"} & vals.keys():
            raise UserError(self.env._("Store and day of a sheet do not change."))
        if {"line_ids", "count_ids", "deposited", "deposit_ref"} & vals.keys():
            self._check_uncounted()
        return super().write(vals)

    def _check_uncounted(self):
        """Refuse changes of a sheet that was handed to finance."""
        for day in self:
            if day.state != "open":
                raise UserError(
                    self.env._(
                        "The sheet of %(date)s is counted. Count again before you "
                        "change it.",
                        date=day.display_name,
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("A day-end sheet is never deleted."))

    def copy_data(self, default=None):
        raise UserError(self.env._("A day has one sheet."))

    # -- guards ---------------------------------------------------------------------

    def _guard_count(self):
        """G-K2: a difference is explained before finance looks at it."""
        violations = []
        for day in self:
            reasons = [
                self.env._(
                    "%(method)s differs by %(amount)s without explanation",
                    method=line._method_text(),
                    amount=day.currency_id.format(line.difference),
                )
                for line in day.line_ids
                if not day.currency_id.is_zero(line.difference)
                and not (line.explanation or "").strip()
            ]
            if day.deposited and not (day.deposit_ref or "").strip():
                reasons.append(self.env._("the reference of the deposit is missing"))
            violations += [Violation("G-K2", day, reason) for reason in reasons]
        return violations

    def _guard_confirm(self):
        """G-T0, G-K1 days in order, G-K2, G-K3 another person."""
        violations = self._guard_count()
        labels = dict(self._fields["state"]._description_selection(self.env))
        for day in self:
            if day.state != "counted":
                reason = self.env._(
                    "The sheet is “%(state)s”.", state=labels[day.state]
                )
                violations.append(Violation("G-T0", day, reason))
            missing = day._unconfirmed_before()
            if missing:
                reason = self.env._(
                    "Not confirmed yet: %(dates)s.",
                    dates=", ".join(format_date(self.env, date) for date in missing),
                )
                violations.append(Violation("G-K1", day, reason))
            if self.env.user == day.counted_by_id:
                reason = self.env._("You counted this day and cannot confirm it.")
                violations.append(Violation("G-K3", day, reason))
        return violations

    def _unconfirmed_before(self):
        """Earlier days of the store with money or a sheet that are not confirmed.

        The first sheet of the store is where counting begins.
        """
        self.ensure_one()
        sheets = self.search(
            [("company_id", "=", self.company_id.id), ("date", "<", self.date)]
        )
        if not sheets:
            return []
        done = set(sheets.filtered("confirmed_at").mapped("date"))
        dates = set(sheets.mapped("date")) - done
        groups = self.env["account.payment"]._read_group(
            [
                ("company_id", "=", self.company_id.id),
                ("date", ">=", min(sheets.mapped("date"))),
                ("date", "<", self.date),
                ("journal_id", "in", self.line_ids.journal_id.ids),
                ("state", "in", STANDING),
                ("partner_type", "=", "customer"),
            ],
            ["date:day"],
        )
        dates |= {date for (date,) in groups} - done
        return sorted(dates)

    def _guard_shown(self, transition):
        return self.filtered(lambda day: day.state == "counted")

    def _guard_transition_label(self, transition):
        return {"confirm": self.env._("Confirm")}.get(transition, "")

    # -- buttons --------------------------------------------------------------------

    def action_count(self):
        """The cashier has counted: what differs is explained."""
        self._check_holds("cashier")
        self.check_access("write")
        self._check_guards("count")
        self._write_protected(
            {"counted_at": fields.Datetime.now(), "counted_by_id": self.env.uid}
        )
        return True

    def action_count_again(self):
        """Open a sheet that finance has not confirmed yet."""
        self._check_holds("cashier", "finance")
        self.check_access("write")
        if any(day.confirmed_at for day in self):
            raise UserError(self.env._("A confirmed day stays as it is."))
        self._write_protected({"counted_at": False, "counted_by_id": False})
        return True

    def action_confirm(self):
        """Finance confirms the day; its figures are frozen."""
        self._check_holds("finance")
        self.check_access("write")
        self._check_guards("confirm")
        for line in self.line_ids:
            line._write_protected({"expected_frozen": line.expected})
        self._write_protected(
            {"confirmed_at": fields.Datetime.now(), "confirmed_by_id": self.env.uid}
        )
        return True

    def action_print(self):
        """Print the day-end sheet."""
        self.check_access("read")
        return self.env.ref("dealer_insurance.action_report_cashier_day").report_action(
            self
        )

    @api.model
    def _cron_create(self):
        """A sheet for today in every store whose cashier counts days."""
        today = fields.Date.context_today(self)
        groups = self._read_group(
            [("date", ">=", fields.Date.subtract(today, months=1))],
            ["company_id"],
            ["date:max"],
        )
        Cron = self.env["ir.cron"]
        Cron._commit_progress(remaining=len(groups))
        for company, last in groups:
            if last < today:
                self.create({"company_id": company.id, "date": today})
            if not Cron._commit_progress(1):
                break

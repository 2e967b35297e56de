from odoo import api, fields, models
from odoo.exceptions import UserError

from .underwriting_money import PAYMENT_METHODS


class DealerCashDenomination(models.Model):
    """Notes and coins that a cashier counts."""

    _name = "dealer.cash.denomination"
    _description = "Note or Coin"
    _order = "value desc"
    _rec_name = "value"

    currency_id = fields.Many2one(
        "res.currency", required=True, default=lambda self: self.env.company.currency_id
    )
    value = fields.Monetary(required=True)
    active = fields.Boolean(default=True)

    _value_positive = models.Constraint(
        "CHECK (value > 0)", "A note or coin has a value."
    )
    _value_uniq = models.UniqueIndex(
        "(currency_id, value)", "This note or coin exists already."
    )


class DealerCashierDayLine(models.Model):
    """One method of payment of a day: payments against the count."""

    _name = "dealer.cashier.day.line"
    _description = "Method of Payment of a Cashier Day"
    _inherit = ["dealer.derived.mixin"]
    _order = "day_id, id"
    _rec_name = "method"
    _check_company_auto = True

    _protected_fields = ("expected_frozen",)

    day_id = fields.Many2one(
        "dealer.cashier.day", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="day_id.company_id", store=True, index=True, precompute=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    method = fields.Selection(PAYMENT_METHODS, string="Payment Method", required=True)
    journal_id = fields.Many2one("account.journal", required=True, check_company=True)
    received = fields.Monetary(
        compute="_compute_expected",
        compute_sudo=True,
        help="Payments of customers less refunds, as booked now.",
    )
    expected = fields.Monetary(
        string="Amount Expected",
        compute="_compute_expected",
        compute_sudo=True,
        help="Payments of the day; for cash with what was in the drawer before.",
    )
    expected_frozen = fields.Monetary(readonly=True)
    counted_amount = fields.Monetary(
        string="On the Slip", help="Sum of the terminal, the provider or the bank."
    )
    counted = fields.Monetary(string="Amount Counted", compute="_compute_counted")
    difference = fields.Monetary(compute="_compute_counted")
    late_difference = fields.Monetary(
        string="Changed Later",
        compute="_compute_expected",
        compute_sudo=True,
        help="Payments of the day now, less those at the confirmation.",
    )
    explanation = fields.Char()

    _method_once = models.UniqueIndex(
        "(day_id, journal_id)", "Each method stands once on the sheet."
    )

    @api.depends("day_id.confirmed_at", "day_id.opening_cash", "journal_id")
    def _compute_expected(self):
        received = self.day_id._received()
        for line in self:
            day = line.day_id
            key = (day.company_id.id, day.date, line.journal_id.id)
            line.received = line.currency_id.round(received.get(key, 0.0))
            opening = day.opening_cash if line.method == "cash" else 0.0
            now = line.currency_id.round(line.received + opening)
            line.expected = line.expected_frozen if day.confirmed_at else now
            line.late_difference = now - line.expected

    @api.depends("counted_amount", "method", "day_id.cash_counted", "expected")
    def _compute_counted(self):
        for line in self:
            cash = line.method == "cash"
            line.counted = line.day_id.cash_counted if cash else line.counted_amount
            line.difference = line.currency_id.round(line.counted - line.expected)

    def _method_text(self):
        return dict(self._fields["method"]._description_selection(self.env))[
            self.method
        ]

    def write(self, vals):
        if {"counted_amount", "explanation", "journal_id", "method"} & vals.keys():
            self.day_id._check_uncounted()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("Every method stays on the sheet."))


class DealerCashierDayCount(models.Model):
    """How many of a note or coin were counted."""

    _name = "dealer.cashier.day.count"
    _description = "Counted Notes and Coins"
    _order = "day_id, value desc, id"
    _check_company_auto = True

    day_id = fields.Many2one(
        "dealer.cashier.day", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="day_id.company_id", store=True, index=True, precompute=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    denomination_id = fields.Many2one("dealer.cash.denomination", required=True)
    value = fields.Monetary(
        related="denomination_id.value", store=True, precompute=True
    )
    quantity = fields.Integer()
    amount = fields.Monetary(compute="_compute_amount", store=True, precompute=True)

    _quantity_positive = models.Constraint(
        "CHECK (quantity >= 0)", "A number of notes cannot be negative."
    )

    @api.depends("value", "quantity")
    def _compute_amount(self):
        for count in self:
            count.amount = count.currency_id.round(count.value * count.quantity)

    def write(self, vals):
        self.day_id._check_uncounted()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_open(self):
        self.day_id._check_uncounted()

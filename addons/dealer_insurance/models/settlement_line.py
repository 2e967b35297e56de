from odoo import api, fields, models
from odoo.exceptions import UserError

from .underwriting_money import PAYMENT_METHODS

# §3.3: why a row differs.
DIFFERENCE_REASONS = [
    ("duplicate", "Paid Twice"),
    ("short", "Collected Too Little"),
    ("cancellation", "Cancelled"),
    ("endorsement", "Endorsed"),
    ("cut_off", "Other Month"),
    ("other", "Other"),
]
METHODS = [*PAYMENT_METHODS, ("direct", "Paid to the Insurer")]
# What people write; every other column comes from ledger and books.
WRITTEN = {"reason", "explanation"}


class DealerSettlementLine(models.Model):
    """One row of a settlement list, with its figures as they were taken (§3.3).

    A line with ``move_line_id`` is no ledger row but an item of the payable accounts
    that belongs to none.
    """

    _name = "dealer.settlement.line"
    _description = "Row of a Settlement List"
    _inherit = ["dealer.derived.mixin"]
    _order = "settlement_id, sequence, id"
    _check_company_auto = True

    settlement_id = fields.Many2one(
        "dealer.settlement", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="settlement_id.company_id", store=True, index=True, precompute=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    state = fields.Selection(related="settlement_id.state", string="List State")
    sequence = fields.Integer(readonly=True)
    underwriting_id = fields.Many2one(
        "dealer.underwriting", readonly=True, index="btree_not_null", check_company=True
    )
    move_line_id = fields.Many2one(
        "account.move.line",
        string="Book Item",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    ledger_no = fields.Char(readonly=True)
    policy_numbers = fields.Char(readonly=True)
    applicant_name = fields.Char(string="Applicant", readonly=True)
    plate = fields.Char(readonly=True)
    vin = fields.Char(readonly=True)
    date_start = fields.Date(string="Cover Starts", readonly=True)
    ctpl_premium = fields.Monetary(string="Compulsory", readonly=True)
    vehicle_tax = fields.Monetary(readonly=True)
    commercial_premium = fields.Monetary(string="Commercial", readonly=True)
    other_premium = fields.Monetary(readonly=True)
    amount_due = fields.Monetary(string="Total", readonly=True)
    received_on = fields.Date(readonly=True)
    method = fields.Selection(METHODS, string="Paid By", readonly=True)
    cashier_name = fields.Char(string="Cashier", readonly=True)
    remitted_on = fields.Date(readonly=True)
    remittance_ref = fields.Char(string="Remittance Voucher", readonly=True)
    opening_held = fields.Monetary(readonly=True)
    collected = fields.Monetary(string="Collected in the Month", readonly=True)
    refunded = fields.Monetary(string="Refunded in the Month", readonly=True)
    remitted_month = fields.Monetary(string="Remitted in the Month", readonly=True)
    remitted = fields.Monetary(
        readonly=True, help="Remitted until the end of the month."
    )
    unremitted = fields.Monetary(
        readonly=True, help="Received and not remitted at the end of the month."
    )
    not_collected = fields.Monetary(readonly=True)
    is_paper = fields.Boolean(
        string="Paper Ledger Only",
        readonly=True,
        help="The row has no entry in the books.",
    )
    difference = fields.Monetary(
        readonly=True,
        help="Total less remitted less not remitted: what was not collected, or too "
        "much. For a book item its amount.",
    )
    reason = fields.Selection(DIFFERENCE_REASONS, string="Reason of Difference")
    explanation = fields.Char()
    is_explained = fields.Boolean(
        compute="_compute_is_explained", store=True, precompute=True
    )

    _row_once = models.UniqueIndex(
        "(settlement_id, underwriting_id) WHERE underwriting_id IS NOT NULL",
        "A row stands once in a settlement list.",
    )

    @api.depends("difference", "reason", "explanation", "currency_id")
    def _compute_is_explained(self):
        """A difference needs its type; "other" and a book item also words."""
        for line in self:
            words = (line.explanation or "").strip()
            needs_words = line.reason == "other" or line.move_line_id
            line.is_explained = line.currency_id.is_zero(line.difference) or bool(
                line.reason and (words or not needs_words)
            )

    def _guarded_names(self):
        # EXTENDS: everything but reason and explanation comes from ledger and books
        own = [
            name
            for name, field in self._fields.items()
            if field.store and name not in WRITTEN and name not in models.MAGIC_COLUMNS
        ]
        return list(dict.fromkeys([*super()._guarded_names(), *own]))

    def write(self, vals):
        if WRITTEN & vals.keys():
            self.settlement_id._check_open()
            changed = self.filtered(
                lambda line: any(
                    (line[name] or False) != (vals[name] or False)
                    for name in WRITTEN & vals.keys()
                )
            )
            changed.settlement_id._reopen_signatures(
                self.env._("An explanation changed")
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        if not self.env.su:
            raise UserError(self.env._("Rows come from the ledger; refresh the list."))


class DealerSettlementPrint(models.Model):
    """Who printed which settlement list, and when (S83); the table only grows."""

    _name = "dealer.settlement.print"
    _description = "Print of a Settlement List"
    _inherit = ["dealer.append.mixin"]
    _order = "id desc"
    _check_company_auto = True

    settlement_id = fields.Many2one(
        "dealer.settlement", required=True, readonly=True, index=True
    )
    company_id = fields.Many2one(
        related="settlement_id.company_id", store=True, index=True, precompute=True
    )
    number = fields.Integer(string="Print No.", readonly=True, aggregator=None)
    user_id = fields.Many2one("res.users", required=True, readonly=True)
    printed_at = fields.Datetime(required=True, readonly=True)


class DealerSettlementSignature(models.Model):
    """Signatures of a settlement list and their reversals; the table only grows."""

    _name = "dealer.settlement.signature"
    _description = "Signature of a Settlement List"
    _inherit = ["dealer.append.mixin"]
    _order = "id desc"
    _check_company_auto = True

    settlement_id = fields.Many2one(
        "dealer.settlement", required=True, readonly=True, index=True
    )
    company_id = fields.Many2one(
        related="settlement_id.company_id", store=True, index=True, precompute=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    post = fields.Selection(
        [("clerk", "Issuing Clerk"), ("cashier", "Cashier"), ("finance", "Finance")],
        required=True,
        readonly=True,
    )
    kind = fields.Selection(
        [("sign", "Signed"), ("reversal", "Reversed")], required=True, readonly=True
    )
    user_id = fields.Many2one("res.users", required=True, readonly=True)
    signed_at = fields.Datetime(required=True, readonly=True)
    closing_held = fields.Monetary(readonly=True)
    reason = fields.Char(readonly=True)

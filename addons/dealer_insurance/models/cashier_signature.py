from odoo import fields, models


class DealerCashierSignature(models.Model):
    """Signatures of the cashier in the ledger, and their reversals.

    The table only grows. A wrong or overtaken signature is answered by a reversal
    line with its reason; nothing is ever edited or deleted (domain.md §3.1). Lines
    are made by ``dealer.underwriting.action_sign`` and ``_reopen_signature`` only.
    """

    _name = "dealer.cashier.signature"
    _description = "Cashier Signature"
    _inherit = ["dealer.append.mixin"]
    _order = "id desc"
    _check_company_auto = True

    underwriting_id = fields.Many2one(
        "dealer.underwriting",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    company_id = fields.Many2one(
        related="underwriting_id.company_id", store=True, index=True, precompute=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    kind = fields.Selection(
        [("sign", "Signed"), ("reversal", "Reversed")], required=True, readonly=True
    )
    user_id = fields.Many2one(
        "res.users",
        readonly=True,
        help="Empty for a signature that was taken over from the paper ledger.",
    )
    signer_name = fields.Char(required=True, readonly=True)
    signed_at = fields.Datetime(required=True, readonly=True)
    amount = fields.Monetary(
        readonly=True, help="Amount due when the cashier signed or reversed."
    )
    reason = fields.Char(readonly=True)

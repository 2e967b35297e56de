from odoo import fields, models


class DealerEndorsement(models.Model):
    """A change or cancellation of a policy; it has its own row in the ledger."""

    _name = "dealer.endorsement"
    _description = "Policy Endorsement"
    _inherit = ["dealer.guard.mixin", "mail.thread"]
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(string="Endorsement No.", copy=False, index="trigram")
    policy_id = fields.Many2one(
        "dealer.policy", required=True, index=True, check_company=True
    )
    underwriting_id = fields.Many2one(
        "dealer.underwriting",
        string="Ledger Entry",
        readonly=True,
        copy=False,
        index="btree_not_null",
        check_company=True,
    )
    company_id = fields.Many2one(
        related="policy_id.company_id", store=True, index=True, precompute=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    product = fields.Selection(
        related="policy_id.product", store=True, precompute=True
    )
    kind = fields.Selection(
        [("change", "Change"), ("cancel", "Cancellation")],
        required=True,
        default="change",
        tracking=True,
    )
    premium = fields.Monetary(
        help="Extra premium, or the refund as a negative amount.", tracking=True
    )
    expected_fee = fields.Monetary(readonly=True, copy=False)
    reason_id = fields.Many2one("dealer.reason.code")
    description = fields.Text()
    proof_ids = fields.Many2many("ir.attachment", string="Proof")
    effective_date = fields.Date(default=fields.Date.context_today)
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("submitted", "Submitted"),
            ("approved", "Approved by Insurer"),
            ("effective", "Effective"),
            ("rejected", "Rejected"),
        ],
        required=True,
        readonly=True,
        default="draft",
        tracking=True,
    )

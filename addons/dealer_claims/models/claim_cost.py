from odoo import fields, models


class DealerClaimCost(models.Model):
    _name = "dealer.claim.cost"
    _description = "Cost Line of a Claim"
    _order = "claim_id, sequence, id"

    sequence = fields.Integer(default=10)
    claim_id = fields.Many2one(
        "dealer.claim", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="claim_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    name = fields.Char(required=True)
    amount = fields.Monetary()

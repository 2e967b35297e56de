from odoo import fields, models


class DealerClaim(models.Model):
    _inherit = "dealer.claim"

    closing_check_ids = fields.One2many("dealer.claim.closing.check", "claim_id")
    closing_check_at = fields.Datetime(readonly=True, copy=False)
    closed_at = fields.Datetime(readonly=True, copy=False)

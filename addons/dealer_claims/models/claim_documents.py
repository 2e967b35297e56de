from odoo import fields, models


class DealerClaim(models.Model):
    _inherit = "dealer.claim"

    handed_over_at = fields.Datetime(readonly=True, copy=False)
    audited_at = fields.Datetime(readonly=True, copy=False)

from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    dealer_require_payment_before_issue = fields.Boolean(
        related="company_id.dealer_require_payment_before_issue", readonly=False
    )
    dealer_premium_vat_rate = fields.Float(
        related="company_id.dealer_premium_vat_rate", readonly=False
    )

from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    dealer_float_scheme_id = fields.Many2one(
        related="company_id.dealer_float_scheme_id", readonly=False
    )
    dealer_quote_days = fields.Integer(
        related="company_id.dealer_quote_days", readonly=False
    )
    dealer_rating_tolerance = fields.Float(
        related="company_id.dealer_rating_tolerance", readonly=False
    )
    dealer_ledger_missing_share = fields.Float(
        related="company_id.dealer_ledger_missing_share", readonly=False
    )

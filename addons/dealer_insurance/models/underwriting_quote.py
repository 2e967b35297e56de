from odoo import fields, models


class DealerUnderwriting(models.Model):
    """The quote an underwriting comes from."""

    _inherit = "dealer.underwriting"

    quote_id = fields.Many2one(
        related="quote_option_id.quote_id", store=True, index="btree_not_null"
    )

from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    dealer_float_scheme_id = fields.Many2one(
        "dealer.float.scheme",
        string="Compulsory Float Scheme",
        help="Regional scheme A-E that the compulsory premium follows.",
    )
    dealer_quote_days = fields.Integer(
        string="Quotes Valid for (days)",
        default=7,
        help="A quote that is not accepted within these days expires.",
    )
    dealer_rating_tolerance = fields.Float(
        string="Tolerance of Rating Checks",
        default=0.01,
        digits=(12, 2),
        help="In yuan: a larger difference between the insurer's figure and our own "
        "must be explained.",
    )

    _dealer_quote_days_positive = models.Constraint(
        "CHECK (dealer_quote_days >= 0 AND dealer_rating_tolerance >= 0)",
        "Validity and tolerance of quotes cannot be negative.",
    )

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

    dealer_ledger_missing_share = fields.Float(
        string="Missing in an Incomplete Ledger",
        default=0.1,
        digits=(5, 4),
        help="When a larger share of the cars that a delivery list declares as insured "
        "is missing in the ledger, the ledger is taken as incomplete and the flags are "
        "not doubted.",
    )

    _dealer_ledger_missing_share_range = models.Constraint(
        "CHECK (dealer_ledger_missing_share >= 0 AND dealer_ledger_missing_share <= 1)",
        "The share missing in an incomplete ledger lies between 0 and 100 %.",
    )
    _dealer_quote_days_positive = models.Constraint(
        "CHECK (dealer_quote_days >= 0 AND dealer_rating_tolerance >= 0)",
        "Validity and tolerance of quotes cannot be negative.",
    )

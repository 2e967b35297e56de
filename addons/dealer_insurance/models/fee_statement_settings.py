from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    dealer_fee_vat_rate = fields.Float(
        string="VAT on Agency Fees",
        default=0.06,
        digits=(6, 4),
        help="VAT that the store adds to the agency fee it invoices.",
    )
    dealer_fee_rounding = fields.Float(
        string="Rounding of Fees",
        default=0.02,
        digits=(12, 2),
        help="In yuan: a fee that differs by no more is a matter of rounding.",
    )
    dealer_fee_limit_share = fields.Float(
        string="Share that Needs Words",
        default=0.01,
        digits=(6, 4),
        help="A line that differs by a larger share of the expected fee is explained "
        "by a person before the statement is confirmed (SM-4).",
    )
    dealer_fee_limit_amount = fields.Float(
        string="Amount that Needs Words",
        default=50.0,
        digits=(12, 2),
        help="In yuan: the same for a larger amount.",
    )
    dealer_fee_auto_score = fields.Integer(
        string="Score of an Automatic Match",
        default=90,
        help="From 0 to 100. A policy found with less certainty is proposed to a "
        "person.",
    )
    dealer_fee_date_window = fields.Integer(
        string="Days between Ledger and Statement",
        default=7,
        help="So far may the dates of a policy in the ledger and on the statement lie "
        "apart when it is found by its car or its owner.",
    )
    dealer_fee_lookback_days = fields.Integer(
        string="Look Back (Days)",
        default=92,
        help="Policies issued so many days before the period are looked at even when "
        "the line names neither their number nor their car.",
    )
    dealer_fee_cutoff_days = fields.Integer(
        string="Cut-off (Days)",
        default=3,
        help="Policies of the last days of a period usually come on the next "
        "statement.",
    )
    dealer_fee_row_unit = fields.Boolean(
        string="Rows Are Paid as a Whole",
        default=True,
        help="When one product of a row is withheld, the insurer does not pay the "
        "other products of the row either until it is settled.",
    )

    _dealer_fee_shares = models.Constraint(
        "CHECK (dealer_fee_vat_rate >= 0 AND dealer_fee_vat_rate < 1 "
        "AND dealer_fee_limit_share >= 0 AND dealer_fee_limit_share <= 1)",
        "Shares of agency fees lie between 0 and 100 %.",
    )
    _dealer_fee_amounts = models.Constraint(
        "CHECK (dealer_fee_rounding >= 0 AND dealer_fee_limit_amount >= 0 "
        "AND dealer_fee_date_window >= 0 AND dealer_fee_lookback_days >= 0 "
        "AND dealer_fee_cutoff_days >= 0)",
        "Tolerances and days of fee statements cannot be negative.",
    )
    _dealer_fee_score = models.Constraint(
        "CHECK (dealer_fee_auto_score >= 80 AND dealer_fee_auto_score <= 100)",
        "Below a score of 80 nothing is certain enough to be matched automatically.",
    )


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    dealer_fee_vat_rate = fields.Float(
        related="company_id.dealer_fee_vat_rate", readonly=False
    )
    dealer_fee_rounding = fields.Float(
        related="company_id.dealer_fee_rounding", readonly=False
    )
    dealer_fee_limit_share = fields.Float(
        related="company_id.dealer_fee_limit_share", readonly=False
    )
    dealer_fee_limit_amount = fields.Float(
        related="company_id.dealer_fee_limit_amount", readonly=False
    )
    dealer_fee_auto_score = fields.Integer(
        related="company_id.dealer_fee_auto_score", readonly=False
    )
    dealer_fee_date_window = fields.Integer(
        related="company_id.dealer_fee_date_window", readonly=False
    )
    dealer_fee_lookback_days = fields.Integer(
        related="company_id.dealer_fee_lookback_days", readonly=False
    )
    dealer_fee_cutoff_days = fields.Integer(
        related="company_id.dealer_fee_cutoff_days", readonly=False
    )
    dealer_fee_row_unit = fields.Boolean(
        related="company_id.dealer_fee_row_unit", readonly=False
    )

from odoo import fields, models


class ResCompany(models.Model):
    """Settings of quotes, verification, concessions and deal assists."""

    _inherit = "res.company"

    dealer_verify_required = fields.Boolean(
        string="Code before the Payment",
        help="The applicant enters a code sent to his mobile before the premium is "
        "asked for (R4, guard G-P7).",
    )
    dealer_verify_length = fields.Integer(string="Digits of the Code", default=6)
    dealer_verify_minutes = fields.Integer(string="Minutes of the Code", default=10)
    dealer_verify_tries = fields.Integer(string="Tries per Code", default=5)
    dealer_verify_per_hour = fields.Integer(string="Codes per Hour", default=5)
    dealer_phone_share_limit = fields.Integer(
        string="Persons with One Mobile",
        default=3,
        help="More persons with the same mobile stop the payment request (G-P8). "
        "0: not checked.",
    )
    dealer_foreign_car_limit = fields.Integer(
        string="Cars of Other Owners",
        default=3,
        help="Cars not his own that a person insures within a year (G-P9). "
        "0: not checked.",
    )
    dealer_issue_minutes = fields.Integer(
        string="Minutes to Issue",
        default=30,
        help="From the accepted offer to the issued policy (S76).",
    )
    dealer_concession_months = fields.Integer(
        string="Months of a Customer's Concessions",
        default=12,
        help="All concessions of the applicant within these months count against the "
        "limit per customer of the rule. 0: each deal counts alone.",
    )
    dealer_assist_minutes = fields.Integer(
        string="Minutes to Answer a Call for Help", default=10
    )
    dealer_talk_sheet = fields.Html(
        string="Talk Sheet",
        sanitize=True,
        help="Points of the certified programme for the talk with a customer.",
    )

    _dealer_verify_range = models.Constraint(
        "CHECK (dealer_verify_length BETWEEN 4 AND 8 AND dealer_verify_minutes > 0 "
        "AND dealer_verify_tries > 0 AND dealer_verify_per_hour > 0)",
        "A code has 4 to 8 digits, a time, a number of tries and of codes an hour.",
    )
    _dealer_deal_positive = models.Constraint(
        "CHECK (dealer_phone_share_limit >= 0 AND dealer_foreign_car_limit >= 0 "
        "AND dealer_issue_minutes > 0 AND dealer_concession_months >= 0 "
        "AND dealer_assist_minutes > 0)",
        "Limits of the deals cannot be negative, minutes must be above zero.",
    )


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    dealer_verify_required = fields.Boolean(
        related="company_id.dealer_verify_required", readonly=False
    )
    dealer_verify_length = fields.Integer(
        related="company_id.dealer_verify_length", readonly=False
    )
    dealer_verify_minutes = fields.Integer(
        related="company_id.dealer_verify_minutes", readonly=False
    )
    dealer_verify_tries = fields.Integer(
        related="company_id.dealer_verify_tries", readonly=False
    )
    dealer_verify_per_hour = fields.Integer(
        related="company_id.dealer_verify_per_hour", readonly=False
    )
    dealer_phone_share_limit = fields.Integer(
        related="company_id.dealer_phone_share_limit", readonly=False
    )
    dealer_foreign_car_limit = fields.Integer(
        related="company_id.dealer_foreign_car_limit", readonly=False
    )
    dealer_issue_minutes = fields.Integer(
        related="company_id.dealer_issue_minutes", readonly=False
    )
    dealer_concession_months = fields.Integer(
        related="company_id.dealer_concession_months", readonly=False
    )
    dealer_assist_minutes = fields.Integer(
        related="company_id.dealer_assist_minutes", readonly=False
    )
    dealer_talk_sheet = fields.Html(
        related="company_id.dealer_talk_sheet", readonly=False
    )

from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    dealer_survey_site_minutes = fields.Integer(
        string="Surveyor on Site Within (minutes)",
        default=30,
        help="From the assignment to the arrival at the scene (SM-9).",
    )
    dealer_survey_upload_hours = fields.Integer(
        string="Survey Uploaded Within (hours)",
        default=24,
        help="From the arrival to the upload into the insurer's system (SM-9).",
    )
    dealer_survey_photo_minutes = fields.Integer(
        string="Photo Time May Differ (minutes)",
        default=60,
        help="Between the time that the camera wrote and the time of arrival of the "
        "photo in the system; more is flagged.",
    )
    dealer_survey_photo_metres = fields.Integer(
        string="Photo Place May Differ (metres)",
        default=500,
        help="Between the place of a photo and the place of the arrival; more is "
        "flagged.",
    )
    dealer_adjuster_link_days = fields.Integer(
        string="Adjuster's Link Valid (days)",
        default=7,
        help="Days within which an adjuster can answer about the assessed amount.",
    )
    dealer_claim_link_days = fields.Integer(
        string="Customer's Claim Link Valid After Closing (days)",
        default=90,
        help="The customer's link to a claim shows it as long as it is open and these "
        "days more; 0 keeps it for good.",
    )

    _dealer_survey_settings = models.Constraint(
        "CHECK (dealer_survey_site_minutes >= 0 AND dealer_survey_upload_hours >= 0"
        " AND dealer_survey_photo_minutes >= 0 AND dealer_survey_photo_metres >= 0"
        " AND dealer_adjuster_link_days > 0 AND dealer_claim_link_days >= 0)",
        "Minutes, hours, days and metres of surveys and links cannot be negative; an "
        "adjuster's link is valid for a day at least.",
    )


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    dealer_survey_site_minutes = fields.Integer(
        related="company_id.dealer_survey_site_minutes", readonly=False
    )
    dealer_survey_upload_hours = fields.Integer(
        related="company_id.dealer_survey_upload_hours", readonly=False
    )
    dealer_survey_photo_minutes = fields.Integer(
        related="company_id.dealer_survey_photo_minutes", readonly=False
    )
    dealer_survey_photo_metres = fields.Integer(
        related="company_id.dealer_survey_photo_metres", readonly=False
    )
    dealer_adjuster_link_days = fields.Integer(
        related="company_id.dealer_adjuster_link_days", readonly=False
    )
    dealer_claim_link_days = fields.Integer(
        related="company_id.dealer_claim_link_days", readonly=False
    )

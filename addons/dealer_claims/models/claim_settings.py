from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    dealer_claim_min_photos = fields.Integer(
        string="Photos of the Car at Reception",
        default=4,
        help="Photos of the walk-around that a reception needs at least (§3.9).",
    )
    dealer_claim_review_limit = fields.Monetary(
        string="Assessment Reviewed From",
        default=10000.0,
        help="Above this assessed amount the insurer reviews prices and items; the "
        "result and its day are entered before the assessment is confirmed.",
    )
    dealer_claim_gap_share = fields.Float(
        string="Alert: Assessment below Quote by",
        default=0.10,
        help="Share of our quote from which a lower assessment is marked.",
    )
    dealer_claim_actual_gap_share = fields.Float(
        string="Alert: Bill above Assessment by",
        default=0.05,
        help="Share of the assessment from which a higher repair bill is marked.",
    )
    dealer_claim_gate_hours = fields.Integer(
        string="Gate Pass Valid (Hours)",
        default=24,
        help="Hours after the release in which the gate pass opens the gate.",
    )


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    dealer_claim_min_photos = fields.Integer(
        related="company_id.dealer_claim_min_photos", readonly=False
    )
    dealer_claim_review_limit = fields.Monetary(
        related="company_id.dealer_claim_review_limit",
        readonly=False,
        currency_field="dealer_currency_id",
    )
    dealer_claim_gap_share = fields.Float(
        related="company_id.dealer_claim_gap_share", readonly=False
    )
    dealer_claim_actual_gap_share = fields.Float(
        related="company_id.dealer_claim_actual_gap_share", readonly=False
    )
    dealer_claim_gate_hours = fields.Integer(
        related="company_id.dealer_claim_gate_hours", readonly=False
    )

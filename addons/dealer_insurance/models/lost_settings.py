from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    dealer_lost_register_hours = fields.Integer(
        related="company_id.dealer_lost_register_hours", readonly=False
    )
    dealer_lost_inform_leader = fields.Boolean(
        related="company_id.dealer_lost_inform_leader", readonly=False
    )
    dealer_lost_other_share = fields.Float(
        related="company_id.dealer_lost_other_share", readonly=False
    )
    dealer_review_due_days = fields.Integer(
        related="company_id.dealer_review_due_days", readonly=False
    )
    dealer_review_escalate_days = fields.Integer(
        related="company_id.dealer_review_escalate_days", readonly=False
    )

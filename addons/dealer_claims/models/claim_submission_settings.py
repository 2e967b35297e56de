from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    dealer_claim_handover_days = fields.Integer(
        string="Hand Papers Over Within (working days)",
        default=3,
        help="Working days after the car is repaired or released (SM-10).",
    )
    dealer_claim_submit_days = fields.Integer(
        string="Submit Within (working days)",
        default=2,
        help="Working days after the papers are accepted (SM-10).",
    )
    dealer_claim_overdue_code_days = fields.Integer(
        string="Explain a Late Payment Within (working days)",
        default=3,
        help="Without a reason code nothing goes on with the case afterwards.",
    )
    dealer_claim_escalate_submitter_days = fields.Integer(
        string="Tell the Submitter After (days overdue)", default=7
    )
    dealer_claim_escalate_leader_days = fields.Integer(
        string="Tell the Claims Leader After (days overdue)", default=15
    )
    dealer_claim_escalate_manager_days = fields.Integer(
        string="Tell the Insurance Manager After (days overdue)", default=30
    )
    dealer_claim_forecast_cases = fields.Integer(
        string="Cases That Forecast a Payment",
        default=50,
        help="Last paid cases of an insurer from which the day of the next payment "
        "is expected.",
    )

    _dealer_claim_file_days = models.Constraint(
        "CHECK (dealer_claim_handover_days >= 0 AND dealer_claim_submit_days >= 0"
        " AND dealer_claim_overdue_code_days >= 0"
        " AND dealer_claim_escalate_submitter_days >= 0"
        " AND dealer_claim_escalate_leader_days >= dealer_claim_escalate_submitter_days"
        " AND dealer_claim_escalate_manager_days >= dealer_claim_escalate_leader_days"
        " AND dealer_claim_forecast_cases > 0)",
        "Days of claim files are not negative and grow from post to post.",
    )


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    dealer_claim_handover_days = fields.Integer(
        related="company_id.dealer_claim_handover_days", readonly=False
    )
    dealer_claim_submit_days = fields.Integer(
        related="company_id.dealer_claim_submit_days", readonly=False
    )
    dealer_claim_overdue_code_days = fields.Integer(
        related="company_id.dealer_claim_overdue_code_days", readonly=False
    )
    dealer_claim_escalate_submitter_days = fields.Integer(
        related="company_id.dealer_claim_escalate_submitter_days", readonly=False
    )
    dealer_claim_escalate_leader_days = fields.Integer(
        related="company_id.dealer_claim_escalate_leader_days", readonly=False
    )
    dealer_claim_escalate_manager_days = fields.Integer(
        related="company_id.dealer_claim_escalate_manager_days", readonly=False
    )
    dealer_claim_forecast_cases = fields.Integer(
        related="company_id.dealer_claim_forecast_cases", readonly=False
    )

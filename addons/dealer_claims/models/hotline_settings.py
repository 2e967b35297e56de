from odoo import fields, models


class ResCompany(models.Model):
    """Limits of the hotline in a store (SM-8, domain.md §9.2)."""

    _inherit = "res.company"

    dealer_hotline_answer_seconds = fields.Integer(
        string="Answer Within (seconds)", default=15
    )
    dealer_hotline_answer_rings = fields.Integer(
        string="Answer Within (rings)", default=3
    )
    dealer_hotline_dispatch_minutes = fields.Integer(
        string="Dispatch Within (minutes)", default=10
    )
    dealer_hotline_escalate_hours = fields.Integer(
        string="Tell the Claims Leader After (hours)",
        default=4,
        help="Hours after which a follow-up that nobody made is told to the leader.",
    )
    dealer_hotline_report_hours = fields.Integer(
        string="Insurer Told Within (hours)",
        default=48,
        help="Hours after the accident within which the insurer has to know of it.",
    )
    dealer_hotline_report_remind_hours = fields.Integer(
        string="Remind Before (hours)",
        default=24,
        help="Hours before that limit at which the agent is reminded.",
    )
    dealer_hotline_min_follow_ups = fields.Integer(
        string="Follow-ups before Giving Up", default=3
    )
    dealer_hotline_min_follow_days = fields.Integer(
        string="Days before Giving Up", default=7
    )
    dealer_hotline_return_days = fields.Integer(
        string="Return Window (days)",
        default=30,
        help="Days after the accident within which a car counts as returned (K21).",
    )
    dealer_hotline_gap_days = fields.Integer(
        string="Warn of Roster Gaps (days ahead)", default=7
    )
    dealer_hotline_sample = fields.Integer(
        string="Calls to Score (per agent and month)", default=3
    )

    _dealer_hotline_positive = models.Constraint(
        "CHECK (dealer_hotline_answer_seconds >= 0"
        " AND dealer_hotline_answer_rings >= 0"
        " AND dealer_hotline_dispatch_minutes >= 0"
        " AND dealer_hotline_escalate_hours >= 0"
        " AND dealer_hotline_report_hours >= 0"
        " AND dealer_hotline_report_remind_hours >= 0"
        " AND dealer_hotline_min_follow_ups >= 0"
        " AND dealer_hotline_min_follow_days >= 0"
        " AND dealer_hotline_return_days >= 0"
        " AND dealer_hotline_gap_days >= 0"
        " AND dealer_hotline_sample >= 0)",
        "Limits of the hotline cannot be negative.",
    )


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    dealer_hotline_answer_seconds = fields.Integer(
        related="company_id.dealer_hotline_answer_seconds", readonly=False
    )
    dealer_hotline_answer_rings = fields.Integer(
        related="company_id.dealer_hotline_answer_rings", readonly=False
    )
    dealer_hotline_dispatch_minutes = fields.Integer(
        related="company_id.dealer_hotline_dispatch_minutes", readonly=False
    )
    dealer_hotline_escalate_hours = fields.Integer(
        related="company_id.dealer_hotline_escalate_hours", readonly=False
    )
    dealer_hotline_report_hours = fields.Integer(
        related="company_id.dealer_hotline_report_hours", readonly=False
    )
    dealer_hotline_report_remind_hours = fields.Integer(
        related="company_id.dealer_hotline_report_remind_hours", readonly=False
    )
    dealer_hotline_min_follow_ups = fields.Integer(
        related="company_id.dealer_hotline_min_follow_ups", readonly=False
    )
    dealer_hotline_min_follow_days = fields.Integer(
        related="company_id.dealer_hotline_min_follow_days", readonly=False
    )
    dealer_hotline_return_days = fields.Integer(
        related="company_id.dealer_hotline_return_days", readonly=False
    )
    dealer_hotline_gap_days = fields.Integer(
        related="company_id.dealer_hotline_gap_days", readonly=False
    )
    dealer_hotline_sample = fields.Integer(
        related="company_id.dealer_hotline_sample", readonly=False
    )


class DealerReasonCode(models.Model):
    _inherit = "dealer.reason.code"

    leaves_return_rate = fields.Boolean(
        string="Left Out of the Return Rate",
        help="Not repairable or not in the area, such as a total loss or an accident "
        "far away (K21).",
    )

    def _dealer_mark_left_out(self):
        """First marks of the reasons of §3.8; who has marked others keeps them."""
        marked = self.with_context(active_test=False).search_count(
            [("category", "=", "not_returned"), ("leaves_return_rate", "=", True)]
        )
        if not marked:
            self.write({"leaves_return_rate": True})

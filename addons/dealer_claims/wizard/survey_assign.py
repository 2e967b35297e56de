from odoo import fields, models


class DealerSurveyAssign(models.TransientModel):
    """Asks who goes to the scene."""

    _name = "dealer.survey.assign"
    _description = "Assign a Surveyor"

    survey_ids = fields.Many2many("dealer.survey", required=True, readonly=True)
    company_id = fields.Many2one(
        "res.company", default=lambda self: self.env.company, readonly=True
    )
    surveyor_id = fields.Many2one(
        "dealer.staff",
        domain="[('company_id', '=', company_id), ('post', '=', 'survey_agent')]",
    )
    planned_at = fields.Datetime(string="Promised at the Scene")

    def action_confirm(self):
        """Give the surveys to the surveyor, after the guards."""
        self.ensure_one()
        self.survey_ids._assign(self.surveyor_id, self.planned_at)
        return {"type": "ir.actions.act_window_close"}

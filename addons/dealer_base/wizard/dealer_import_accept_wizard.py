from odoo import fields, models


class DealerImportAcceptWizard(models.TransientModel):
    _name = "dealer.import.accept.wizard"
    _description = "Accept Facts of an Import"

    problem_ids = fields.Many2many("dealer.import.problem", readonly=True)
    reason = fields.Text(required=True)

    def action_accept(self):
        """Accept the facts in the name of the user; check the file again."""
        self.ensure_one()
        self.problem_ids._accept(self.reason)
        for run in self.problem_ids.run_id:
            run.action_check()
        return {"type": "ir.actions.client", "tag": "soft_reload"}

from odoo import api, fields, models

from ..models.renewal_task import LEADERS, OPEN_STATES


class DealerRenewalHandover(models.TransientModel):
    """Tasks change hands: an absent specialist's, or those of one customer."""

    _name = "dealer.renewal.handover"
    _description = "Hand Over Renewal Tasks"

    mode = fields.Selection(
        [("give", "Hand Over"), ("back", "Give Back")], required=True, default="give"
    )
    company_id = fields.Many2one("res.company", default=lambda self: self.env.company)
    task_ids = fields.Many2many("dealer.renewal.task", string="Tasks")
    from_staff_id = fields.Many2one(
        "dealer.staff",
        string="All Open Tasks Of",
        domain="[('company_id', '=', company_id)]",
        help="Instead of chosen tasks: everything an absent specialist has.",
    )
    to_staff_id = fields.Many2one(
        "dealer.staff",
        string="To",
        domain="[('company_id', '=', company_id), ('user_id', '!=', False), "
        "('post', 'in', ('renewal_agent', 'uw_leader'))]",
        help="Empty: by the assignment rules, to those who are there.",
    )
    task_count = fields.Integer(compute="_compute_task_count", string="Number of Tasks")
    reason = fields.Char()

    @api.depends("task_ids", "from_staff_id")
    def _compute_task_count(self):
        for wizard in self:
            wizard.task_count = len(wizard._tasks())

    def _tasks(self):
        self.ensure_one()
        if self.mode == "give" and self.from_staff_id:
            return self.env["dealer.renewal.task"].search(
                [
                    ("owner_id", "=", self.from_staff_id.id),
                    ("state", "in", OPEN_STATES),
                ]
            )
        return self.task_ids

    def action_confirm(self):
        """Hand over, or give back, with the reason."""
        self.ensure_one()
        tasks = self._tasks()
        if self.mode == "back":
            tasks._give_back(self.reason)
        else:
            self.env["dealer.renewal.task"]._check_holds(*LEADERS)
            tasks._hand_over(self.to_staff_id, self.reason)
        return {"type": "ir.actions.act_window_close"}

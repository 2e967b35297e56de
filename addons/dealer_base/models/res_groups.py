from odoo import api, fields, models


class ResGroups(models.Model):
    _inherit = "res.groups"

    dealer_home_action_id = fields.Many2one(
        "ir.actions.act_window",
        string="Home of the Post",
        ondelete="set null",
        help="First screen of the people who hold this post.",
    )

    @api.model
    def _dealer_set_home(self, group_ids, action_id):
        """Give posts their first screen, unless somebody chose another one.

        :param group_ids: ids of the posts
        :param action_id: id of a window action
        """
        groups = self.browse(group_ids)
        groups.filtered(lambda group: not group.dealer_home_action_id).write(
            {"dealer_home_action_id": action_id}
        )

from odoo import fields, models


class ResUsers(models.Model):
    _inherit = "res.users"

    dealer_staff_ids = fields.One2many(
        "dealer.staff",
        "user_id",
        string="Staff Entries",
    )

    def _dealer_staff(self, company=None):
        """The staff entry of this login in a store.

        :param company: the store; the current one when empty
        :return: ``dealer.staff`` record, empty when the login has none
        """
        self.ensure_one()
        company = company or self.env.company
        return self.env["dealer.staff"].search(
            [("user_id", "=", self.id), ("company_id", "=", company.id)], limit=1
        )

    def _dealer_home_action(self):
        """First screen of the user's post.

        The posts given to the user himself go before those that come with them;
        among several, the order of the posts decides.

        Called on ``env.user``, which may read its own groups and actions.

        :return: action dict; the vehicles when no post has a home
        """
        self.ensure_one()
        groups = self.group_ids.sorted("sequence")
        groups |= self.all_group_ids.sorted("sequence")
        action = groups.dealer_home_action_id[:1]
        action = action or self.env.ref("dealer_base.action_dealer_vehicle")
        return action._get_action_dict()

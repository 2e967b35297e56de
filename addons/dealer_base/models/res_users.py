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

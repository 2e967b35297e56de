from odoo import models


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    def session_info(self):
        """Open the client on the home of the user's post."""
        result = super().session_info()
        user = self.env.user
        if (
            result.get("home_action_id") is False
            and user._is_internal()
            and user.has_group("dealer_base.group_dealer_user")
        ):
            result["home_action_id"] = self.env.ref("dealer_base.action_dealer_home").id
        return result

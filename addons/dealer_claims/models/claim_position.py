from odoo import api, fields, models


class DealerInsurerPosition(models.Model):
    """Claim money in the net position; survey fees stand on the account of fees."""

    _inherit = "dealer.insurer.position"

    kind = fields.Selection(selection_add=[("claim", "Claim Money")])

    @api.model
    def _position_accounts(self):
        # EXTENDS dealer_insurance
        return {
            **super()._position_accounts(),
            "claim": "dealer_claim_receivable_account_id",
        }

from odoo import api, fields, models


class AccountMove(models.Model):
    _inherit = "account.move"

    dealer_underwriting_count = fields.Integer(
        string="Underwritings", compute="_compute_dealer_underwriting_count"
    )

    @api.depends("line_ids.dealer_underwriting_id")
    def _compute_dealer_underwriting_count(self):
        for move in self:
            move.dealer_underwriting_count = len(move.line_ids.dealer_underwriting_id)

    @api.readonly
    def action_view_dealer_underwritings(self):
        """Open the ledger rows that this entry belongs to."""
        return self.line_ids.dealer_underwriting_id._get_records_action(
            name=self.env._("Underwritings")
        )

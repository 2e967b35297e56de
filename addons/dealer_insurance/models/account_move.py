from odoo import api, fields, models

from .account_move_line import TAG_DOOR, TAG_DOOR_KEY


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

    def _reverse_moves(self, default_values_list=None, cancel=False):
        # EXTENDS account: a reversal of a premium entry keeps its tags
        moves = self.with_context(**{TAG_DOOR_KEY: TAG_DOOR})
        reversals = super(AccountMove, moves)._reverse_moves(
            default_values_list=default_values_list, cancel=cancel
        )
        return reversals.with_env(self.env)

    def button_draft(self):
        # EXTENDS account: a payment in draft stays matched, so no reconciliation is
        # undone that would reopen the cashier's signature.
        # sudo: an accountant may have no right on the ledger of the insurance centre
        rows_sudo = self.sudo().line_ids._dealer_paid_rows()
        res = super().button_draft()
        rows_sudo._money_taken_back()
        return res

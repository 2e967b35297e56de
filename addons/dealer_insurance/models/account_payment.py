from odoo import api, fields, models


class AccountPayment(models.Model):
    _inherit = "account.payment"

    dealer_underwriting_count = fields.Integer(
        string="Underwritings", compute="_compute_dealer_underwriting_count"
    )

    def _dealer_underwritings(self):
        """Ledger rows whose premium, tax or refund these payments settle."""
        lines = self.move_id.line_ids
        matched = lines.matched_debit_ids.debit_move_id
        matched |= lines.matched_credit_ids.credit_move_id
        return matched.dealer_underwriting_id

    @api.depends(
        "move_id.line_ids.matched_debit_ids", "move_id.line_ids.matched_credit_ids"
    )
    def _compute_dealer_underwriting_count(self):
        for payment in self:
            payment.dealer_underwriting_count = len(payment._dealer_underwritings())

    @api.readonly
    def action_view_dealer_underwritings(self):
        """Open the ledger rows that this payment settles."""
        return self._dealer_underwritings()._get_records_action(
            name=self.env._("Underwritings")
        )

    def action_reject(self):
        # EXTENDS account: the bank sent the payment back, its entry stays.
        # sudo: an accountant may have no right on the ledger of the insurance centre
        rows_sudo = self.sudo().move_id.line_ids._dealer_paid_rows()
        res = super().action_reject()
        rows_sudo._money_taken_back()
        return res

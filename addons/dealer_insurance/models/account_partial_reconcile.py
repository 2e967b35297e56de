from odoo import models


class AccountPartialReconcile(models.Model):
    _inherit = "account.partial.reconcile"

    def unlink(self):
        # EXTENDS account: whatever takes a payment back (unreconcile, cancel, reset to
        # draft, reversal) ends here, so this is the one place that has to reopen the
        # cashier's signature (SM-2, bounced payment).
        # sudo: an accountant may have no right on the ledger of the insurance centre
        lines_sudo = (self.debit_move_id | self.credit_move_id).sudo()
        rows_sudo = lines_sudo.filtered(
            lambda line: line.dealer_money_kind in ("payer", "refund")
        ).dealer_underwriting_id
        res = super().unlink()
        rows_sudo._money_taken_back()
        return res

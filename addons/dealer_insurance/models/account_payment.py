from odoo import api, fields, models


class AccountPayment(models.Model):
    _inherit = "account.payment"

    dealer_underwriting_count = fields.Integer(
        string="Underwritings", compute="_compute_dealer_underwriting_count"
    )

    dealer_recording_no = fields.Char(
        string="Recording No.",
        copy=False,
        tracking=True,
        help="Number or file name of the audio and video recording of a cash payment "
        "at the counter (R2).",
    )
    dealer_recording_ids = fields.Many2many(
        "ir.attachment",
        "dealer_payment_recording_rel",
        string="Recording",
        copy=False,
    )
    dealer_allocation_ids = fields.Many2many(
        "account.partial.reconcile",
        string="Premium Rows Paid",
        compute="_compute_dealer_allocation_ids",
    )

    def _dealer_unrecorded_cash(self):
        """Cash payments of customers above the store's limit without a recording.

        :return: the payments that guard G-M7 objects to
        """
        return self.filtered(
            lambda payment: (
                payment.journal_id.type == "cash"
                and payment.payment_type == "inbound"
                and payment.state not in ("draft", "canceled", "rejected")
                and not payment._dealer_is_recorded()
            )
        )

    def _dealer_is_recorded(self):
        """Whether a cash payment has its recording, or needs none (R2)."""
        self.ensure_one()
        company = self.company_id
        if not company.dealer_cash_recording:
            return True
        limit = company.dealer_cash_recording_limit
        small = self.currency_id.compare_amounts(self.amount, limit) <= 0
        return bool((limit and small) or self.dealer_recording_no)

    @api.depends(
        "move_id.line_ids.matched_debit_ids", "move_id.line_ids.matched_credit_ids"
    )
    def _compute_dealer_allocation_ids(self):
        for payment in self:
            lines = payment.move_id.line_ids
            partials = lines.matched_debit_ids.filtered(
                lambda partial: partial.debit_move_id.dealer_money_kind
            ) | lines.matched_credit_ids.filtered(
                lambda partial: partial.credit_move_id.dealer_money_kind
            )
            payment.dealer_allocation_ids = partials

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

    def _dealer_undo(self):
        """Take payments back in the way their journal and the lock dates allow.

        An entry that may still be changed is set back and cancelled; a hashed one, or
        one of a locked period, is reversed today. Either way what it settled is open
        again.
        """
        for payment in self:
            move = payment.move_id
            locked = move.state == "posted" and (
                move.inalterable_hash
                or payment.company_id._get_lock_date_violations(
                    move.date, sale=False, purchase=False, tax=False
                )
            )
            if locked:
                today = fields.Date.context_today(payment)
                payment.company_id._dealer_check_open_period(today)
                move._reverse_moves(
                    [
                        {
                            "date": today,
                            "ref": self.env._(
                                "Payment taken back: %(entry)s", entry=move.name
                            ),
                        }
                    ],
                    cancel=True,
                )
            else:
                if payment.state != "draft":
                    payment.action_draft()
                payment.action_cancel()

from odoo import fields, models


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    # The link between the books and the ledger: everything that an underwriting
    # shows as requested, received or remitted is read back from tagged lines.
    dealer_underwriting_id = fields.Many2one(
        "dealer.underwriting",
        string="Underwriting",
        index="btree_not_null",
        copy=False,
        ondelete="restrict",
        check_company=True,
    )
    dealer_policy_id = fields.Many2one(
        "dealer.policy",
        string="Insurance Policy",
        index="btree_not_null",
        copy=False,
        ondelete="restrict",
        check_company=True,
    )
    dealer_money_kind = fields.Selection(
        [
            ("payer", "Owed by the Payer"),
            ("premium", "Premium Owed to the Insurer"),
            ("tax", "Vehicle Tax Owed to the Insurer"),
            ("refund", "Refund Owed to the Payer"),
        ],
        string="Premium Money",
        copy=False,
        help="What the line is in the premium entry of an underwriting, whatever "
        "accounts the store uses.",
    )

    def _copy_data_extend_business_fields(self, values):
        # EXTENDS account: a reversal keeps the tags, so that original and reversal
        # add up to nothing; a plain copy of an entry carries none.
        res = super()._copy_data_extend_business_fields(values)
        values.update(
            dealer_underwriting_id=self.dealer_underwriting_id.id,
            dealer_policy_id=self.dealer_policy_id.id,
            dealer_money_kind=self.dealer_money_kind,
        )
        return res

    def _dealer_is_settling(self):
        """Whether money really moved on this counterpart line.

        A payment that was set back to draft, or rejected by the bank, stays matched
        in the books; it settles nothing.
        """
        self.ensure_one()
        return self.parent_state == "posted" and self.payment_id.state not in (
            "draft",
            "canceled",
            "rejected",
        )

    def _dealer_settled_amount(self):
        """What payments and the like settle of these premium lines.

        Lines of the same ledger row (an entry and its reversal) settle nothing of
        each other.

        :return: amount in company currency; positive where debits were settled
        """
        amount = 0.0
        for line in self:
            row = line.dealer_underwriting_id
            for partial in line.matched_credit_ids:
                other = partial.credit_move_id
                if other.dealer_underwriting_id != row and other._dealer_is_settling():
                    amount += partial.amount
            for partial in line.matched_debit_ids:
                other = partial.debit_move_id
                if other.dealer_underwriting_id != row and other._dealer_is_settling():
                    amount -= partial.amount
        return amount

    def _dealer_counterpart_lines(self):
        """Lines of payments, bank entries and the like matched with premium lines."""
        matched = self.matched_debit_ids.debit_move_id
        matched |= self.matched_credit_ids.credit_move_id
        return matched.filtered(lambda line: not line.dealer_money_kind)

    def _dealer_paid_rows(self):
        """Ledger rows whose payer's side is matched with these lines."""
        matched = self.matched_debit_ids.debit_move_id
        matched |= self.matched_credit_ids.credit_move_id
        return matched.filtered(
            lambda line: line.dealer_money_kind in ("payer", "refund")
        ).dealer_underwriting_id

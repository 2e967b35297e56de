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
        super()._copy_data_extend_business_fields(values)
        values.update(
            dealer_underwriting_id=self.dealer_underwriting_id.id,
            dealer_policy_id=self.dealer_policy_id.id,
            dealer_money_kind=self.dealer_money_kind,
        )

    def _dealer_counterpart_lines(self):
        """Lines of other entries that are reconciled with these premium lines.

        :return: lines of payments, bank entries and the like; never a tagged line,
            so a reversal of a premium entry is no payment of it
        """
        matched = self.matched_debit_ids.debit_move_id
        matched |= self.matched_credit_ids.credit_move_id
        return matched.filtered(lambda line: not line.dealer_money_kind)

from odoo import api, fields, models
from odoo.exceptions import UserError

# Not serialisable: no remote caller can put it into a context.
TAG_DOOR = object()
TAG_DOOR_KEY = "dealer_tag_door"
# Accounts that hold money: without one of them, nothing was received or paid.
MONEY_TYPES = ("asset_cash", "liability_credit_card")
TAG_FIELDS = ("dealer_underwriting_id", "dealer_policy_id", "dealer_money_kind")


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

    @api.model
    def _dealer_tag_fields(self):
        """Fields that tie a line to a business record; addons above add theirs."""
        return TAG_FIELDS

    @api.model_create_multi
    def create(self, vals_list):
        # EXTENDS account
        lines = super().create(vals_list)
        # Looked at afterwards, so that a default in the context counts as well.
        if self.env.context.get(TAG_DOOR_KEY) is not TAG_DOOR and any(
            line[name] for line in lines for name in self._dealer_tag_fields()
        ):
            raise self._dealer_tag_error()
        return lines

    def write(self, vals):
        # EXTENDS account
        names = [name for name in self._dealer_tag_fields() if name in vals]
        if names and self.env.context.get(TAG_DOOR_KEY) is not TAG_DOOR:
            for line in self:
                for name in names:
                    field = self._fields[name]
                    old = field.convert_to_write(line[name], line)
                    if (old or False) != (vals[name] or False):
                        raise self._dealer_tag_error()
        return super().write(vals)

    def _dealer_tag_error(self):
        """Refusal of a tag by hand: the ledger reads its money from tagged lines."""
        return UserError(
            self.env._(
                "Journal items are tagged with an underwriting by its own buttons only."
            )
        )

    def _copy_data_extend_business_fields(self, values):
        # EXTENDS account: a reversal keeps the tags, so that original and reversal
        # add up to nothing; a plain copy of an entry carries none.
        res = super()._copy_data_extend_business_fields(values)
        if self.env.context.get(TAG_DOOR_KEY) is TAG_DOOR:
            for name in self._dealer_tag_fields():
                values[name] = self._fields[name].convert_to_write(self[name], self)
        return res

    def _dealer_is_settling(self):
        """Whether money really moved on this counterpart line.

        A payment that was set back to draft, or rejected by the bank, stays matched
        in the books; it settles nothing. Nor does an entry that moves no money, or
        that writes premium off to income or expense: premium is the insurer's.
        """
        self.ensure_one()
        if self.parent_state != "posted":
            return False
        if self.dealer_money_kind:
            return True
        if self.payment_id.state in ("draft", "canceled", "rejected"):
            return False
        move = self.move_id
        if move.statement_line_id:
            return True
        kinds = move.line_ids.account_id.mapped("account_type")
        if any(kind.startswith(("income", "expense")) for kind in kinds):
            return False
        return self.payment_id.move_id == move or any(
            kind in MONEY_TYPES for kind in kinds
        )

    def _dealer_settlements(self):
        """Payments and the like that settle these premium lines.

        Lines of the same ledger row (an entry and its reversal) settle nothing of
        each other.

        :return: list of (premium line, settling line, amount in company currency,
            positive where a debit was settled)
        """
        settlements = []
        for line in self:
            row = line.dealer_underwriting_id
            for partial in line.matched_credit_ids:
                other = partial.credit_move_id
                if other.dealer_underwriting_id != row and other._dealer_is_settling():
                    settlements.append((line, other, partial.amount))
            for partial in line.matched_debit_ids:
                other = partial.debit_move_id
                if other.dealer_underwriting_id != row and other._dealer_is_settling():
                    settlements.append((line, other, -partial.amount))
        return settlements

    def _dealer_settled_amount(self):
        """What payments and the like settle of these premium lines.

        :return: amount in company currency; positive where debits were settled
        """
        return sum(amount for _line, _other, amount in self._dealer_settlements())

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

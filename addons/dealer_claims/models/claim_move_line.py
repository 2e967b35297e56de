from odoo import api, fields, models
from odoo.exceptions import UserError

CLAIM_KINDS = [
    ("insurer", "Owed by the Insurer"),
    ("third_party", "Owed by the Third Party"),
    ("customer", "Owed by the Customer"),
    ("refund", "Owed to the Customer"),
    ("credit", "Owed to the Insurer"),
]
CLAIM_TAG_FIELDS = ("dealer_claim_id", "dealer_claim_kind")
# Accounts that hold money: without one of them, nothing was received or paid.
MONEY_TYPES = ("asset_cash", "liability_credit_card")
UNDONE_PAYMENTS = ("draft", "canceled", "rejected")


class AccountMoveLine(models.Model):
    """The link between the books and the claims (domain.md §7, E7–E15).

    A line with a kind is what somebody owes; what settles it is read back from
    reconciliation. Lines of one claim with a kind settle nothing of each other: an
    invoice, the entry that moves a part of it to somebody else, and their reversals
    add up.
    """

    _inherit = "account.move.line"

    dealer_claim_id = fields.Many2one(
        "dealer.claim",
        string="Claim",
        index="btree_not_null",
        copy=False,
        ondelete="restrict",
        check_company=True,
    )
    dealer_claim_kind = fields.Selection(
        CLAIM_KINDS,
        string="Claim Money",
        copy=False,
        help="Who owes what the line asks for in the repair of a claim.",
    )

    @api.model
    def _dealer_tag_fields(self):
        # EXTENDS dealer_insurance
        return (*super()._dealer_tag_fields(), *CLAIM_TAG_FIELDS)

    def _dealer_tag_error(self):
        # EXTENDS dealer_insurance
        return UserError(
            self.env._(
                "Journal items are tagged with an underwriting or a claim by its own "
                "buttons only."
            )
        )

    def _dealer_claim_stands(self):
        """Whether a tagged line counts: posted, and no payment that was undone."""
        self.ensure_one()
        return (
            self.parent_state == "posted"
            and self.payment_id.state not in UNDONE_PAYMENTS
        )

    def _dealer_is_claim_money(self):
        """Whether money moved with this line: a payment or a line of the bank."""
        self.ensure_one()
        move = self.move_id
        if move.statement_line_id or self.payment_id:
            return True
        kinds = move.line_ids.account_id.mapped("account_type")
        return any(kind in MONEY_TYPES for kind in kinds)

    def _dealer_claim_settlements(self):
        """What settles these tagged lines beside the claim's own entries.

        A payment in draft, or one the bank rejected, stays matched in the books; it
        settles nothing.

        :return: list of (tagged line, settling line, amount in company currency,
            positive where a debit was settled)
        """
        settlements = []
        for line in self:
            claim = line.dealer_claim_id
            sides = [
                (partial.credit_move_id, partial.amount)
                for partial in line.matched_credit_ids
            ] + [
                (partial.debit_move_id, -partial.amount)
                for partial in line.matched_debit_ids
            ]
            for other, amount in sides:
                own = other.dealer_claim_kind and other.dealer_claim_id == claim
                if not own and other._dealer_claim_stands():
                    settlements.append((line, other, amount))
        return settlements

    def _dealer_claim_rests(self, claim):
        """What a bank line brought beyond the claim that it settles (E12).

        The bank screen puts the rest of a line on the refund account; it belongs to
        the claim when the line settles no other.

        :param claim: claim that these settling lines settle
        """
        moves = self.move_id.filtered("statement_line_id")
        accounts = moves.company_id.dealer_refund_payable_account_id
        accounts |= moves.company_id.root_id.dealer_refund_payable_account_id
        rests = moves.line_ids.filtered(
            lambda line: line.account_id in accounts and not line.dealer_claim_id
        )
        return rests.filtered(
            lambda line: line.move_id.line_ids._dealer_settled_claims() == claim
        )

    def _dealer_settled_claims(self):
        """Claims whose money these lines, or lines matched with them, hold."""
        matched = self | self.matched_debit_ids.debit_move_id
        matched |= self.matched_credit_ids.credit_move_id
        return matched.filtered("dealer_claim_kind").dealer_claim_id


class AccountPartialReconcile(models.Model):
    _inherit = "account.partial.reconcile"

    def unlink(self):
        # EXTENDS account: whatever takes a payment back ends here, so this is the one
        # place that reopens signatures and the reconciliation of claims.
        # sudo: an accountant may have no right on the claims
        claims_sudo = (
            (self.debit_move_id | self.credit_move_id)
            .sudo()
            .filtered("dealer_claim_kind")
            .dealer_claim_id
        )
        res = super().unlink()
        claims_sudo._claim_money_taken_back()
        return res


class AccountMove(models.Model):
    _inherit = "account.move"

    dealer_claim_id = fields.Many2one(
        "dealer.claim",
        string="Claim",
        index="btree_not_null",
        copy=False,
        readonly=True,
        ondelete="restrict",
        check_company=True,
    )

    def button_draft(self):
        # EXTENDS account: a payment in draft stays matched
        # sudo: an accountant may have no right on the claims
        claims_sudo = self.sudo().line_ids._dealer_settled_claims()
        res = super().button_draft()
        claims_sudo._claim_money_taken_back()
        return res


class AccountPayment(models.Model):
    _inherit = "account.payment"

    def action_reject(self):
        # EXTENDS account: the bank sent the payment back, its entry stays
        # sudo: an accountant may have no right on the claims
        claims_sudo = self.sudo().move_id.line_ids._dealer_settled_claims()
        res = super().action_reject()
        claims_sudo._claim_money_taken_back()
        return res

    def _synchronize_to_moves(self, changed_fields):
        # EXTENDS account: a payment that is split among claims has a line for each;
        # core keeps one only
        if changed_fields & set(self._get_trigger_fields_to_synchronize()):
            for payment in self:
                lines = payment.move_id.line_ids.filtered("dealer_claim_id")
                if len(lines) > 1 and payment.move_id.state != "posted":
                    raise UserError(
                        self.env._(
                            "%(payment)s is split among claims. Cancel it and register "
                            "the payment anew instead of changing it.",
                            payment=payment.display_name,
                        )
                    )
        return super()._synchronize_to_moves(changed_fields)

from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.dealer_base.models.guard_mixin import Violation
from odoo.addons.dealer_insurance.models.underwriting_money import FAMILY_RELATIONS

from .claim_refund import PAID_STATES


class DealerClaimRefund(models.Model):
    """Transitions of a refund and their guards (SM-11)."""

    _inherit = "dealer.claim.refund"

    _guard_transitions = ("approve", "pay")

    def _guard_shown(self, transition):
        state = "draft" if transition == "approve" else "approved"
        return self.filtered(lambda refund: refund.state == state)

    # -- guards ------------------------------------------------------------

    def _payee_violations(self):
        """G-W9: the payee paid, is insured or is family with proof; bank proof."""
        violations = []
        for refund in self:
            payee, entitled = refund.payee_id, refund._entitled()
            # sudo: which partners are own stores is no secret, their settings are
            payee_sudo = payee.sudo()
            reasons = []
            if not payee:
                reasons.append(self.env._("nobody is named who gets the refund"))
            elif payee_sudo.is_store_staff or payee_sudo.ref_company_ids:
                reasons.append(
                    self.env._(
                        "%(payee)s belongs to the store and never gets a customer's "
                        "refund",
                        payee=payee.display_name,
                    )
                )
            elif payee not in entitled:
                family = refund.payee_relation in FAMILY_RELATIONS
                if payee.is_company or not family or not refund.proof_ids:
                    reasons.append(
                        self.env._(
                            "%(payee)s neither paid nor is insured, and gets it only "
                            "as family of %(entitled)s, with proof",
                            payee=payee.display_name,
                            entitled=", ".join(entitled.mapped("display_name")),
                        )
                    )
            if not refund.bank_proof_ids:
                reasons.append(self.env._("the bank proof of the payee is missing"))
            violations += [Violation("G-W9", refund, reason) for reason in reasons]
        return violations

    def _book_violations(self):
        """G-W9: not more than the books owe."""
        violations = []
        for refund in self:
            currency, due = refund.currency_id, refund.claim_id.refund_due
            reason = False
            if currency.compare_amounts(refund.amount, 0.0) <= 0:
                reason = self.env._("the books owe the customer nothing")
            elif currency.compare_amounts(refund.amount, due) > 0:
                reason = self.env._(
                    "the books owe %(due)s, not %(amount)s",
                    due=currency.format(due),
                    amount=currency.format(refund.amount),
                )
            if reason:
                violations.append(Violation("G-W9", refund, reason))
        return violations

    def _guard_approve(self):
        """G-W9: payee and proof, the books, and another person than requested."""
        violations = self._payee_violations() + self._book_violations()
        return violations + [
            Violation(
                "G-W9", refund, self.env._("who asked for it does not approve it")
            )
            for refund in self
            if self.env.user == refund.requested_by_id
        ]

    def _guard_pay(self):
        """G-W9 again on the day of payment; not by who approved it."""
        violations = self._payee_violations() + self._book_violations()
        return violations + [
            Violation("G-W9", refund, self.env._("who approved it does not pay it"))
            for refund in self
            if self.env.user == refund.approved_by_id
        ]

    # -- transitions -----------------------------------------------------------

    def action_update_amount(self):
        """Read the amount from the books again, before the approval."""
        self._check_holds(
            "claim_receptionist", "claim_submitter", "insurance_manager", "finance"
        )
        self.check_access("write")
        self._check_state(("draft",), self.env._("Update Amount"))
        for refund in self:
            refund._write_protected(refund._facts_of_books())
        return True

    def action_approve(self):
        """Approve refunds as insurance manager (SM-11).

        :raises AccessError: the user is no insurance manager
        :raises GuardError: G-W9
        """
        self._check_holds("insurance_manager")
        self.check_access("write")
        self._check_state(("draft",), self.env._("Approve"))
        self._check_guards("approve")
        self._write_protected(
            {"approved_at": fields.Datetime.now(), "approved_by_id": self.env.uid}
        )
        return True

    def action_back_to_draft(self):
        """Take the approval back, before the payment."""
        self._check_holds("insurance_manager")
        self.check_access("write")
        self._check_state(("approved",), self.env._("Back to Draft"))
        self._write_protected({"approved_at": False, "approved_by_id": False})
        return True

    def action_pay(self):
        """Pay approved refunds: one payment each, settled with what is owed.

        :raises AccessError: neither cashier nor finance
        :raises GuardError: G-W9
        :raises UserError: no journal, or the books are locked
        """
        self._check_holds("cashier", "finance")
        self.check_access("read")
        self._check_state(("approved",), self.env._("Pay"))
        # One of two people who press at once finds the refund paid.
        self._sudo_lock()
        self._check_guards("pay")
        for refund in self:
            refund._do_pay()
        return True

    def _sudo_lock(self):
        # sudo: the cashier locks a refund that he may not write
        self.sudo().lock_for_update()

    def _do_pay(self):
        """Payment of one refund against the refund account (E11, E12)."""
        self.ensure_one()
        company = self.company_id
        journal = self.journal_id or self.env[
            "dealer.claim.payment.wizard"
        ]._default_journal(company)
        today = company._dealer_today()
        if not journal:
            raise UserError(self.env._("Choose the journal the refund is paid from."))
        company._dealer_check_open_period(today, journal)
        self.claim_id._sudo_move_customer_over(self.amount)
        payment = self.env["account.payment"].create(
            {
                "payment_type": "outbound",
                "partner_type": "customer",
                "partner_id": self.payee_id.id,
                "company_id": company.id,
                "journal_id": journal.id,
                "amount": self.amount,
                "currency_id": self.currency_id.id,
                "date": today,
                "memo": " ".join(
                    filter(None, [self.name, self.claim_id.name, self.report_no])
                ),
                "destination_account_id": company._dealer_money_setting(
                    "dealer_refund_payable_account_id"
                ).id,
            }
        )
        payment.action_post()
        owed = self.claim_id._open_claim_lines("refund").filtered(
            lambda line: line.amount_residual < 0
        )
        paid = payment.move_id.line_ids.filtered(
            lambda line: line.account_id in owed.account_id and line.balance > 0
        )
        (owed | paid).reconcile()
        self._sudo_set_payment(payment)

    def _sudo_set_payment(self, payment):
        # sudo: the cashier pays a refund that he may not write; post and guard were
        # checked
        self.sudo()._write_protected(
            {"payment_id": payment.id, "paid_by_id": self.env.uid}
        )

    def action_confirm(self):
        """Note that the customer has the money: his signature or receipt is there.

        :raises UserError: neither signature nor receipt
        """
        self._check_holds("claim_receptionist", "claim_submitter", "insurance_manager")
        self.check_access("write")
        self._check_state(("paid",), self.env._("Customer Confirmed"))
        missing = self.filtered(
            lambda refund: not refund.customer_signature and not refund.confirmation_ids
        )
        if missing:
            raise UserError(
                self.env._(
                    "%(names)s: let the customer sign, or attach his receipt.",
                    names=", ".join(missing.mapped("name")),
                )
            )
        self._write_protected(
            {"confirmed_at": fields.Datetime.now(), "confirmed_by_id": self.env.uid}
        )
        return True

    def action_cancel(self, reason=None):
        """Give a refund up that is not paid; what is owed stays in the books.

        :param reason: why; without it a dialog asks
        """
        self._check_holds("claim_receptionist", "insurance_manager")
        self.check_access("write")
        self._check_state(("draft", "approved"), self.env._("Cancel"))
        if not (reason or "").strip():
            return self.env["dealer.return.wizard"]._open_for(self, "cancel")
        self._write_protected(
            {"cancelled_at": fields.Datetime.now(), "cancel_reason": reason.strip()}
        )
        return True

    def action_take_payment_back(self):
        """Take a payment back that did not reach the customer; approved again.

        :raises UserError: the customer has confirmed, or the payment is gone
        """
        self._check_holds("finance")
        self.check_access("read")
        self._check_state(("paid",), self.env._("Take Payment Back"))
        for refund in self:
            payment = refund.payment_id
            if payment.state in PAID_STATES:
                payment._dealer_undo()
            refund._sudo_clear_payment()
        return True

    def _sudo_clear_payment(self):
        # sudo: finance takes back on a refund that it may not write
        self.sudo()._write_protected({"payment_id": False, "paid_by_id": False})


class DealerClaim(models.Model):
    _inherit = "dealer.claim"

    def _sudo_move_customer_over(self, amount):
        """Bring what the customer paid too much onto the refund account.

        :param amount: what is going to be refunded
        """
        self.ensure_one()
        over = self.customer_over
        if self.currency_id.compare_amounts(over, 0.0) <= 0:
            return
        owed = self.refund_due - over
        if self.currency_id.compare_amounts(amount, owed) <= 0:
            return
        # sudo: the cashier decides nothing here; what is paid too much is the
        # customer's, and the refund was approved
        difference_sudo = (
            self.env["dealer.claim.difference"]
            .sudo()
            ._create_protected(
                [
                    {
                        "claim_id": self.id,
                        "party": "customer",
                        "kind": "over",
                        "amount": over,
                        "decision": "refund_customer",
                        "note": self.env._("The customer paid too much."),
                        "decided_at": fields.Datetime.now(),
                        "decided_by_id": self.env.uid,
                    }
                ]
            )
        )
        difference_sudo._sudo_book()

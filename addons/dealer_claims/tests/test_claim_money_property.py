from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.exceptions import UserError
from odoo.tests import tagged

from .claim_money_common import PNL_TYPES, ClaimMoneyCommon

CENTS = st.integers(min_value=1, max_value=900_000)
STEP = st.tuples(
    st.sampled_from(
        [
            "customer",
            "insurer",
            "short_customer",
            "short_store",
            "over",
            "chase",
            "refund",
            "reverse",
            "bounce",
        ]
    ),
    st.integers(min_value=1, max_value=99),
)


@tagged("post_install", "-at_install")
class TestClaimMoneyProperty(ClaimMoneyCommon):
    """Whatever happens to the money, the claim says what the ledger says."""

    @settings(
        max_examples=6,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize=True,
    )
    @given(insurer=CENTS, customer=CENTS, steps=st.lists(STEP, min_size=3, max_size=8))
    def test_books_and_claim_agree(self, insurer, customer, steps):
        claim = self._locked(shares=(insurer / 100, customer / 100, 0.0, 0.0))
        self.payments = []
        for name, share in steps:
            savepoint = self.cr.savepoint()
            try:
                getattr(self, f"_step_{name}")(claim, share)
                savepoint.close(rollback=False)
            except UserError:
                # refused: nothing of it stays
                savepoint.close(rollback=True)
                self.env.invalidate_all()
            self._assert_agrees(claim)

    def _step_customer(self, claim, share):
        amount = round(claim.self_paid_open * share / 60, 2)
        if amount:
            self.payments.append(self._customer_pays(claim, amount))

    def _step_insurer(self, claim, share):
        amount = round(max(claim.insurer_open, 10.0) * share / 60, 2)
        if amount:
            self.payments.append(self._insurer_pays({claim: amount}))

    def _step_short_customer(self, claim, share):
        self._difference(claim, "customer_pays")

    def _step_short_store(self, claim, share):
        difference = self._difference(claim, "store_bears")
        self._as(difference, "insurance_manager").action_approve()
        if difference.state == "waiting":
            self._as(difference, "finance").action_approve()

    def _step_over(self, claim, share):
        self._difference(claim, "refund_customer" if share % 2 else "owed_insurer")

    def _step_chase(self, claim, share):
        self._difference(claim, "chase_insurer")

    def _step_refund(self, claim, share):
        self._as(claim, "claim_receptionist").action_create_refund()
        refund = claim.refund_ids.filtered(lambda r: r.state == "draft")[:1]
        refund.bank_proof_ids = self._attachment(refund)
        self._as(refund, "insurance_manager").action_approve()
        self._as(refund, "cashier").action_pay()

    def _step_reverse(self, claim, share):
        booked = claim.difference_ids.filtered(lambda d: d.state == "booked")
        for difference in booked[:1]:
            self._as(difference, "finance").action_reverse("taken back")

    def _step_bounce(self, claim, share):
        if self.payments:
            payment = self.payments.pop(share % len(self.payments))
            if payment.exists():
                payment.action_draft()
                payment.action_cancel()

    def _assert_agrees(self, claim):
        """Residuals, balances and the derived fields say the same."""
        self.env.flush_all()
        lines = claim.claim_money_line_ids.filtered(
            lambda line: line.parent_state == "posted"
        )
        for kind, fname in (
            ("insurer", "insurer_open"),
            ("customer", "self_paid_open"),
            ("third_party", "third_party_open"),
        ):
            own = lines.filtered(lambda line, k=kind: line.dealer_claim_kind == k)
            self.assertAlmostEqual(
                sum(own.mapped("amount_residual")), claim[fname], 2, (kind, claim.name)
            )
        refund = lines.filtered(lambda line: line.dealer_claim_kind == "refund")
        self.assertAlmostEqual(
            claim.refund_due,
            claim.customer_over - sum(refund.mapped("amount_residual")),
            2,
        )
        result = lines.filtered(lambda line: line.account_id.account_type in PNL_TYPES)
        allowed = (
            self.company.dealer_repair_income_account_id
            | self.company.dealer_claim_difference_account_id
            | self.company.dealer_bad_debt_account_id
        )
        self.assertLessEqual(result.account_id, allowed)
        for move in lines.move_id:
            self.assertAlmostEqual(sum(move.line_ids.mapped("balance")), 0.0, 2)

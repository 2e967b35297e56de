from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from .claim_money_common import ClaimMoneyCommon


@tagged("post_install", "-at_install")
class TestClaimRefund(ClaimMoneyCommon):
    """SM-11: draft, approved, paid, confirmed, and every way back."""

    def _owed(self, amount=200.0):
        """A claim whose customer gets money of the insurer back, with its refund."""
        claim = self._locked()
        self._insurer_pays({claim: 10300.0 + amount})
        self._difference(claim, "refund_customer")
        refund = claim.refund_ids
        refund.bank_proof_ids = self._attachment(refund)
        return claim, refund

    def test_whole_way(self):
        claim, refund = self._owed()
        self.assertRecordValues(
            refund,
            [
                {
                    "amount": 200.0,
                    "state": "draft",
                    "payee_id": self.customer.id,
                    "requested_by_id": self.users["claim_submitter"].id,
                    "owed_on": self.company._dealer_today(),
                    "due_on": self.company._dealer_add_working_days(
                        self.company._dealer_today(), 5
                    ),
                }
            ],
        )
        with self.assertRaises(AccessError):
            self._as(refund, "claim_submitter").action_approve()
        with self.assertRaises(UserError):
            self._as(refund, "finance").action_pay()
        self._as(refund, "insurance_manager").action_approve()
        with self.assertRaises(AccessError):
            self._as(refund, "claim_receptionist").action_pay()
        self._as(refund, "cashier").action_pay()
        self.assertEqual(refund.state, "paid")
        self.assertTrue(refund.is_in_time)
        self.assertEqual(
            self._entry(refund.payment_id.move_id)["224103", self.customer], 200.0
        )
        self.assertEqual((claim.refund_due, claim.refund_paid), (0, 200))
        receptionist = self._as(refund, "claim_receptionist")
        with self.assertRaises(UserError):
            receptionist.action_confirm()
        receptionist.confirmation_ids = self._attachment(refund, "receipt.png")
        receptionist.action_confirm()
        self.assertEqual(refund.state, "confirmed")
        with self.assertRaises(UserError):
            self._as(refund, "finance").action_take_payment_back()

    def test_e11_paid_back_to_the_customer(self):
        claim = self._locked(settlement_mode="customer_pays_first")
        self._customer_pays(claim)
        self._insurer_pays({claim: 10300.0})
        self._as(claim, "claim_receptionist").action_create_refund()
        refund = claim.refund_ids
        refund.bank_proof_ids = self._attachment(refund)
        self._as(refund, "insurance_manager").action_approve()
        self._as(refund, "finance").action_pay()
        self.assertEqual(claim.refund_due, 0.0)
        self.assertNotIn("224103", self._ledger())
        self._as(claim, "finance_2").action_reconcile()

    def test_requester_does_not_approve_and_approver_does_not_pay(self):
        claim = self._locked()
        self._insurer_pays({claim: 10500.0})
        self._difference(claim, "refund_customer", post="insurance_manager")
        refund = claim.refund_ids
        refund.bank_proof_ids = self._attachment(refund)
        self._assert_guard("G-W9", self._as(refund, "insurance_manager").action_approve)
        self._as(refund, "manager_2").action_approve()
        self.users["manager_2"].sudo().group_ids += self.env.ref(
            "dealer_base.group_cashier"
        )
        self._assert_guard("G-W9", self._as(refund, "manager_2").action_pay)
        self._as(refund, "cashier").action_pay()
        self.assertEqual(refund.state, "paid")

    def test_payee_and_proofs(self):
        _claim, refund = self._owed()
        manager = self._as(refund, "insurance_manager")
        refund.bank_proof_ids = False
        self._assert_guard("G-W9", manager.action_approve)
        refund.bank_proof_ids = self._attachment(refund)
        refund.payee_id = self.relative
        self._assert_guard("G-W9", manager.action_approve)
        refund.payee_relation = "spouse"
        self._assert_guard("G-W9", manager.action_approve)
        refund.proof_ids = self._attachment(refund, "marriage.png")
        manager.action_approve()
        self._as(refund, "cashier").action_pay()
        self.assertEqual(refund.payment_id.partner_id, self.relative)
        self.assertEqual(refund.claim_id.refund_due, 0.0)

    def test_company_is_no_family(self):
        _claim, refund = self._owed()
        refund.write(
            {
                "payee_id": self.other_insurer.id,
                "payee_relation": "spouse",
                "proof_ids": self._attachment(refund).ids,
            }
        )
        self._assert_guard("G-W9", self._as(refund, "insurance_manager").action_approve)

    def test_amount_follows_the_books(self):
        claim, refund = self._owed()
        with self.assertRaises(UserError):
            self._as(refund, "claim_receptionist").write({"amount": 5000.0})
        with self.assertRaises(UserError):
            self._as(refund, "insurance_manager").write(
                {"approved_at": fields.Datetime.now()}
            )
        self._as(refund, "insurance_manager").action_approve()
        # The decision is taken back: nothing is owed any more.
        self._as(claim.difference_ids, "finance").action_reverse("wrong case")
        self.assertEqual(claim.refund_due, 0.0)
        self._assert_guard("G-W9", self._as(refund, "cashier").action_pay)

    def test_nothing_owed_nothing_refunded(self):
        claim = self._locked()
        with self.assertRaises(UserError):
            self._as(claim, "claim_receptionist").action_create_refund()

    def test_customer_paid_too_much(self):
        claim = self._locked()
        self._customer_pays(claim, 1100.0)
        self.assertEqual((claim.customer_over, claim.refund_due), (100, 100))
        self._as(claim, "claim_receptionist").action_create_refund()
        refund = claim.refund_ids
        refund.bank_proof_ids = self._attachment(refund)
        self._as(refund, "insurance_manager").action_approve()
        self._as(refund, "cashier").action_pay()
        self.assertEqual((claim.customer_over, claim.refund_due), (0, 0))
        self.assertEqual(claim.self_paid_open, 0.0)
        self.assertNotIn("112200", self._ledger())

    def test_payment_that_bounced(self):
        claim, refund = self._owed()
        self._as(refund, "insurance_manager").action_approve()
        self._as(refund, "cashier").action_pay()
        refund.payment_id.action_reject()
        self.assertEqual(refund.state, "approved")
        self.assertEqual(claim.refund_due, 200.0)

    def test_payment_taken_back_and_paid_again(self):
        claim, refund = self._owed()
        self._as(refund, "insurance_manager").action_approve()
        self._as(refund, "cashier").action_pay()
        self._as(refund, "finance").action_take_payment_back()
        self.assertEqual((refund.state, claim.refund_due), ("approved", 200))
        self._as(refund, "cashier").action_pay()
        self.assertEqual((refund.state, claim.refund_due), ("paid", 0))

    def test_cancel_and_delete(self):
        claim, refund = self._owed()
        with self.assertRaises(UserError):
            refund.unlink()
        self._as(refund, "claim_receptionist").action_cancel("customer gives it up")
        self.assertEqual((refund.state, claim.refund_due), ("cancelled", 200))
        self._as(claim, "claim_receptionist").action_create_refund()
        self.assertEqual(len(claim.refund_ids), 2)

    def test_late_refunds(self):
        claim, refund = self._owed()
        self.assertFalse(refund.is_overdue)
        Refund = self.su_env["dealer.claim.refund"]
        self.assertNotIn(refund, Refund.search([("is_overdue", "=", True)]))
        with freeze_time(fields.Datetime.add(fields.Datetime.now(), days=15)):
            refund.invalidate_recordset(["is_overdue"])
            self.assertTrue(refund.is_overdue)
            self.assertIn(refund, Refund.search([("is_overdue", "=", True)]))
            Refund._remind_of_late(self.company)
            told = refund.activity_ids.user_id
            self.assertIn(self.users["claim_receptionist"], told)
            count = len(refund.activity_ids)
            Refund._remind_of_late(self.company)
            self.assertEqual(len(refund.activity_ids), count)

    def test_k35_refunds_in_time(self):
        _claim, in_time = self._owed()
        _other, late = self._owed()
        for refund in in_time | late:
            self._as(refund, "insurance_manager").action_approve()
        self._as(in_time, "cashier").action_pay()
        with freeze_time(fields.Datetime.add(fields.Datetime.now(), days=15)):
            self._as(late, "cashier").action_pay()
            engine = self.su_env["dealer.kpi.engine"]
            first = fields.Date.subtract(self.company._dealer_today(), days=30)
            last = fields.Date.add(self.company._dealer_today(), days=30)
            self.assertEqual(engine._kpi_k35(self.company, first, last), {(): (1, 2)})

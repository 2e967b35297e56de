from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from .claim_money_common import ClaimMoneyCommon


@tagged("post_install", "-at_install")
class TestClaimDifference(ClaimMoneyCommon):
    """E10, E14, E15, G-C2 and what surrounds them."""

    # -- E10, E14, E15 ---------------------------------------------------------

    def test_e10_customer_pays_the_rest(self):
        claim = self._locked()
        self._customer_pays(claim)
        self._insurer_pays({claim: 10000.0})
        difference = self._difference(claim, "customer_pays")
        self.assertEqual((difference.kind, difference.amount), ("short", 300.0))
        self.assertEqual(
            self._entry(difference.move_id),
            {("112200", self.customer): 300.0, ("112202", self.insurer): -300.0},
        )
        self.assertEqual((claim.insurer_open, claim.self_paid_open), (0, 300))
        self.assertEqual(claim.insurer_received, 10000.0)
        self._customer_pays(claim)
        self.assertEqual(claim.self_paid_received, 1300.0)
        with self.assertRaises(UserError):
            self._as(difference, "finance").action_reverse("wrong")

    def test_e10_way_back(self):
        claim = self._locked()
        self._insurer_pays({claim: 10000.0})
        difference = self._difference(claim, "customer_pays")
        self._as(difference, "finance").action_reverse("the insurer pays after all")
        self.assertEqual(difference.state, "reversed")
        self.assertEqual((claim.insurer_open, claim.self_paid_open), (300, 1000))
        self._difference(claim, "customer_pays")
        self.assertEqual((claim.insurer_open, claim.self_paid_open), (0, 1300))

    def test_e10_way_back_in_a_locked_period(self):
        earlier = fields.Datetime.subtract(fields.Datetime.now(), days=40)
        with freeze_time(earlier):
            claim = self._locked()
            self._insurer_pays({claim: 10000.0})
            difference = self._difference(claim, "customer_pays")
        self.company.sudo().fiscalyear_lock_date = fields.Date.subtract(
            self.company._dealer_today(), days=20
        )
        self._as(difference, "finance").action_reverse("the insurer pays after all")
        self.assertEqual(difference.state, "reversed")
        self.assertEqual(difference.move_id.state, "posted")
        self.assertEqual((claim.insurer_open, claim.self_paid_open), (300, 1000))

    def test_e10_store_bears(self):
        claim = self._locked()
        self._insurer_pays({claim: 10000.0})
        difference = self._difference(claim, "store_bears")
        self.assertEqual(difference.state, "waiting")
        self.assertEqual(claim.insurer_open, 300.0)
        with self.assertRaises(AccessError):
            self._as(difference, "claim_submitter").action_approve()
        self._as(difference, "insurance_manager").action_approve()
        self.assertEqual(difference.state, "booked")
        self.assertEqual(
            self._entry(difference.move_id),
            {("560103", self.insurer): 300.0, ("112202", self.insurer): -300.0},
        )
        self.assertEqual(claim.insurer_open, 0.0)

    def test_store_bears_above_the_limit_needs_finance(self):
        claim = self._locked()
        self._insurer_pays({claim: 9000.0})
        difference = self._difference(claim, "store_bears")
        self._as(difference, "insurance_manager").action_approve()
        self.assertEqual(difference.state, "waiting")
        self._assert_guard(
            "G-W8", self._as(difference, "insurance_manager").action_approve
        )
        self._as(difference, "finance").action_approve()
        self.assertEqual(difference.state, "booked")
        self.assertEqual(self._ledger(claim)["560103"], 1300.0)

    def test_who_decides_does_not_approve(self):
        claim = self._locked()
        self._insurer_pays({claim: 10000.0})
        difference = self._difference(claim, "store_bears", post="insurance_manager")
        self._assert_guard(
            "G-W8", self._as(difference, "insurance_manager").action_approve
        )
        self._as(difference, "manager_2").action_approve()
        self.assertEqual(difference.state, "booked")

    def test_chased_difference_stays_open_until_money_comes(self):
        claim = self._locked()
        self._insurer_pays({claim: 10000.0})
        difference = self._difference(claim, "chase_insurer")
        self.assertEqual((difference.state, claim.insurer_open), ("chasing", 300))
        self.assertFalse(difference.move_id)
        self._insurer_pays({claim: 300.0})
        self.assertEqual((difference.state, claim.insurer_open), ("settled", 0))

    def test_e14_rejected_customer_pays(self):
        claim = self._locked()
        claim._write_protected({"rejected_on": self.company._dealer_today()})
        difference = self._difference(claim, "customer_pays")
        self.assertEqual((difference.kind, difference.amount), ("rejected", 10300.0))
        self.assertEqual(
            self._entry(difference.move_id),
            {("112200", self.customer): 10300.0, ("112202", self.insurer): -10300.0},
        )
        self.assertEqual((claim.self_paid_open, claim.insurer_open), (11300, 0))

    def test_e15_bad_debt_by_manager_and_finance(self):
        claim = self._locked()
        claim._write_protected({"rejected_on": self.company._dealer_today()})
        difference = self._difference(claim, "bad_debt")
        self._as(difference, "finance").action_approve()
        self.assertEqual(difference.state, "waiting")
        self._as(difference, "insurance_manager").action_approve()
        self.assertEqual(
            self._entry(difference.move_id),
            {("571101", self.insurer): 10300.0, ("112202", self.insurer): -10300.0},
        )
        self.assertEqual(claim.insurer_open, 0.0)

    def test_e15_of_the_customer(self):
        claim = self._locked()
        difference = self._difference(claim, "bad_debt", party="customer")
        self.assertEqual(difference.amount, 1000.0)
        self._as(difference, "insurance_manager").action_approve()
        self._as(difference, "finance").action_approve()
        self.assertEqual(
            self._entry(difference.move_id),
            {("571101", self.customer): 1000.0, ("112200", self.customer): -1000.0},
        )
        self.assertEqual((claim.self_paid_open, claim.self_paid_received), (0, 0))

    def test_difference_within_the_books(self):
        claim = self._locked()
        self._insurer_pays({claim: 10000.0})
        self._assert_guard(
            "G-W8", self._difference, claim, "customer_pays", amount=300.01
        )
        self._assert_guard("G-W8", self._difference, claim, "refund_customer")
        self._assert_guard("G-W8", self._difference, claim, "customer_pays", note=" ")
        self._assert_guard("G-W8", self._difference, claim, "dispute", kind="rejected")
        self._difference(claim, "customer_pays", amount=100.0)
        self.assertEqual((claim.insurer_open, claim.self_paid_open), (200, 1100))

    def test_difference_facts_are_not_written(self):
        claim = self._locked()
        self._insurer_pays({claim: 10000.0})
        difference = self._difference(claim, "chase_insurer")
        for vals in (
            {"approved_at": fields.Datetime.now()},
            {"state": "booked"},
            {"amount": 1.0},
            {"decision": "bad_debt"},
        ):
            with self.assertRaises(UserError):
                self._as(difference, "claim_submitter").write(vals)

    def test_write_off_in_the_payment_wizard_is_refused(self):
        claim = self._locked()
        action = self._as(claim, "cashier").action_register_self_payment()
        wizard = (
            self._as(self.env["account.payment.register"], "cashier")
            .with_context(**action["context"])
            .create(
                {
                    "journal_id": self.bank.id,
                    "amount": 900.0,
                    "payment_difference_handling": "reconcile",
                    "writeoff_account_id": self.company_data[
                        "default_account_expense"
                    ].id,
                }
            )
        )
        with self.assertRaises(UserError):
            wizard._create_payments()

    # -- G-C2 ------------------------------------------------------------

    def test_reconcile_with_finance(self):
        claim = self._locked()
        finance = self._as(claim, "finance")
        self._assert_guard("G-C2", finance.action_reconcile)
        self._insurer_pays({claim: 10000.0})
        self._assert_guard("G-C2", finance.action_reconcile)
        difference = self._difference(claim, "store_bears")
        self._assert_guard("G-C2", finance.action_reconcile)
        self._as(difference, "insurance_manager").action_approve()
        with self.assertRaises(AccessError):
            self._as(claim, "claim_submitter").action_reconcile()
        finance.action_reconcile()
        self.assertEqual(claim.reconciled_by_id, self.users["finance"])
        with self.assertRaises(UserError):
            self._as(difference, "finance").action_reverse("too late")

    def test_reconcile_by_another_person_than_the_submitter(self):
        claim = self._locked()
        self._insurer_pays({claim: 10300.0})
        self.staff["claim_submitter"].user_id = self.users["finance"]
        self._assert_guard("G-C2", self._as(claim, "finance").action_reconcile)
        self._as(claim, "finance_2").action_reconcile()
        self.assertTrue(claim.reconciled_at)

    def test_bounced_payment_reopens_the_reconciliation(self):
        claim = self._locked()
        payment = self._insurer_pays({claim: 10300.0})
        self._as(claim, "finance").action_reconcile()
        payment.action_reject()
        self.assertFalse(claim.reconciled_at)
        self.assertEqual((claim.insurer_open, claim.insurer_received), (10300, 0))

    def test_unexplained_difference_stops_finance(self):
        """The invoice is paid, but more was expected when the costs were locked."""
        claim = self._locked()
        claim._write_protected({"expected_insurer_payment": 11000.0})
        self._insurer_pays({claim: 10300.0})
        self.assertEqual(claim.insurer_difference, -700.0)
        self._assert_guard("G-C2", self._as(claim, "finance").action_reconcile)

    # -- the rest ------------------------------------------------------------

    def test_history_of_the_tracker(self):
        claim = self._claims(is_historical=True)
        self.assertEqual(claim.insurer_open, 10300.0)
        claim._write_protected(
            {
                "historical_insurer_received": 10100.0,
                "historical_paid_on": fields.Date.to_date("2026-03-02"),
            }
        )
        self.assertRecordValues(
            claim,
            [
                {
                    "insurer_received": 10100.0,
                    "insurer_open": 0.0,
                    "insurer_difference": -200.0,
                    # 1 % of 10,300 is 103: 200 is beyond it
                    "is_payment_accurate": False,
                    "self_paid_open": 0.0,
                }
            ],
        )
        with self.assertRaises(UserError):
            claim.write({"historical_insurer_received": 1.0})

    def test_accuracy_by_the_settings(self):
        claim = self._locked()
        self._insurer_pays({claim: 10197.0})
        self.assertTrue(claim.is_payment_accurate)
        self.company.sudo().dealer_difference_rate = 0.009
        self.assertFalse(claim.is_payment_accurate)
        self.company.sudo().dealer_difference_amount = 103.0
        self.assertTrue(claim.is_payment_accurate)

    def test_tags_are_not_written_by_hand(self):
        claim, other = self._locked(2)
        line = claim.claim_money_line_ids.filtered("dealer_claim_kind")[:1]
        for vals in ({"dealer_claim_id": other.id}, {"dealer_claim_kind": "refund"}):
            with self.assertRaises(UserError):
                line.with_user(self.users["finance"]).write(vals)
        with self.assertRaises(UserError):
            claim.write({"insurer_open": 0.0})

    def test_fifty_cases_in_one_payment(self):
        """A lump of 50 costs little more per case than one of 10."""
        few, many = self._locked(10), self._locked(50)
        self.env.flush_all()

        def queries(claims):
            start = self.cr.sql_log_count
            self._insurer_pays(dict.fromkeys(claims, 10300.0))
            self.env.flush_all()
            return self.cr.sql_log_count - start

        first, second = queries(few), queries(many)
        self.assertEqual(set(many.mapped("insurer_open")), {0.0})
        self.assertLess((second - first) / 40, 12, (first, second))

    def test_two_stores(self):
        """The second store's claims stand on its own accounts."""
        second = self.setup_other_company(name="second claims store")["company"]
        self.assertTrue(second.dealer_claim_receivable_account_id)
        self.assertNotEqual(
            second.dealer_claim_receivable_account_id,
            self.company.dealer_claim_receivable_account_id,
        )
        claim = self._locked()
        stranger = self._user("finance", "claim_finance_second", second)
        with self.assertRaises(AccessError):
            claim.with_user(stranger).read(["insurer_open"])
        self.assertFalse(
            self.env["dealer.claim.difference"].with_user(stranger).search([])
        )

    def test_net_position_of_the_insurer(self):
        claim = self._locked()
        self.env.flush_all()
        rows = self.su_env["dealer.insurer.position"].search(
            [("insurer_id", "=", self.insurer.id), ("company_id", "=", self.company.id)]
        )
        self.assertEqual(rows.mapped("kind"), ["claim"])
        self.assertEqual(rows.amount_open, claim.insurer_open)

    def test_difference_forged_through_the_claim(self):
        """Differences written in one call of the claim's form meet the same guards."""
        claim = self._locked()
        with self.assertRaises(UserError):
            claim.with_user(self.users["claim_leader"]).write(
                {
                    "difference_ids": [
                        Command.create(
                            {
                                "decision": "bad_debt",
                                "decided_at": fields.Datetime.now(),
                            }
                        )
                    ]
                }
            )

    def test_stolen_car_is_no_income(self):
        """The insurer pays the owner; through the store it is his money (E11)."""
        claim = self._locked(
            shares=(86000.0, 0.0, 0.0, 0.0), claim_kind="theft", assessed_amount=86000.0
        )
        self.assertFalse(claim.repair_invoice_ids)
        self.assertEqual((claim.insurer_open, claim.self_paid_open), (0, 0))
        self._insurer_pays({claim: 86000.0})
        self.assertEqual((claim.insurer_received, claim.refund_due), (86000, 86000))
        self.assertFalse(self._ledger(claim).get("500100"))

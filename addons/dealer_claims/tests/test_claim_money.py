from odoo import Command, fields
from odoo.exceptions import AccessError, RedirectWarning, UserError
from odoo.tests import freeze_time, tagged

from .claim_money_common import ClaimMoneyCommon


@tagged("post_install", "-at_install")
class TestClaimMoney(ClaimMoneyCommon):
    """Entries E7–E15 of domain.md §7, one by one."""

    # -- E7 ---------------------------------------------------------------------------

    def test_e7_one_invoice_per_payer(self):
        claim = self._locked()
        moves = claim.repair_invoice_ids.sorted("amount_total")
        self.assertEqual(moves.mapped("amount_total"), [1000.0, 10300.0])
        self.assertEqual(set(moves.mapped("state")), {"posted"})
        customer, insurer = moves
        self.assertEqual(
            self._entry(insurer),
            {
                ("112202", self.insurer): 10300.0,
                ("500100", self.insurer): -9115.04,
                ("222100", self.insurer): -1184.96,
            },
        )
        self.assertEqual(
            self._entry(customer),
            {
                ("112200", self.customer): 1000.0,
                ("500100", self.customer): -884.96,
                ("222100", self.customer): -115.04,
            },
        )
        # Together they are the 10,000 + 1,300 of the example.
        self.assertEqual(
            self._ledger(claim),
            {
                "112202": 10300.0,
                "112200": 1000.0,
                "500100": -10000.0,
                "222100": -1300.0,
            },
        )
        self.assertRecordValues(
            claim,
            [
                {
                    "insurer_open": 10300.0,
                    "self_paid_open": 1000.0,
                    "insurer_received": 0.0,
                    "insurer_money_state": "open",
                    "refund_due": 0.0,
                }
            ],
        )

    def test_e7_totals_are_the_shares_to_the_cent(self):
        shares = [
            (cents / 100 + 1234, cents * 7 / 100 + 11, 0.0, 0.0)
            for cents in range(1, 60, 3)
        ]
        for insurer, customer, *_rest in shares:
            claim = self._locked(shares=(insurer, customer, 0.0, 0.0))
            self.assertEqual(
                sorted(claim.repair_invoice_ids.mapped("amount_total")),
                sorted([round(insurer, 2), round(customer, 2)]),
            )

    def test_e7_third_party_and_store(self):
        claim = self._locked(
            shares=(5000.0, 200.0, 3000.0, 150.0),
            third_party_payer_id=self.other_insurer.id,
        )
        ledger = self._ledger(claim)
        self.assertEqual(ledger["112202"], 8000.0)
        self.assertEqual(ledger["112200"], 200.0)
        # What the store bears is invoiced to nobody.
        self.assertAlmostEqual(ledger["500100"] + ledger["222100"], -8200.0, 2)
        self.assertEqual(claim.third_party_open, 3000.0)
        payment = self._insurer_pays({claim: 5000.0})
        self.assertEqual(claim.insurer_open, 0.0)
        self.assertEqual(claim.third_party_open, 3000.0)
        self.assertEqual(payment.amount, 5000.0)

    def test_e7_third_party_is_a_person(self):
        claim = self._locked(
            shares=(0.0, 0.0, 800.0, 0.0), third_party_payer_id=self.relative.id
        )
        self.assertEqual(self._ledger(claim)["112200"], 800.0)
        self.assertEqual(claim.third_party_open, 800.0)

    def test_e7_refused_without_payer(self):
        claim = self._claims(shares=(5000.0, 0.0, 3000.0, 0.0))
        receptionist = self._as(claim, "claim_receptionist")
        self._assert_guard("G-W4", receptionist._create_payer_invoices)
        claim.third_party_payer_id = self.other_insurer
        self.assertEqual(len(receptionist._create_payer_invoices()), 2)
        # Once invoiced, nothing is invoiced again.
        self.assertFalse(receptionist._create_payer_invoices())

    def test_e7_parts_must_make_up_the_bill(self):
        claim = self._claims()
        claim._write_protected({"settlement_total": 11300.01})
        error = self._assert_guard(
            "G-W4", self._as(claim, "claim_receptionist")._create_payer_invoices
        )
        self.assertIn("11,300.01", str(error))

    def test_e7_needs_the_tax(self):
        self.company.dealer_repair_tax_id = False
        claim = self._claims()
        with self.assertRaises(RedirectWarning):
            self._as(claim, "claim_receptionist")._create_payer_invoices()
        # A store that owes no VAT says so by its rate.
        self.company.dealer_repair_vat_rate = 0.0
        self._as(claim, "claim_receptionist")._create_payer_invoices()
        self.assertEqual(self._ledger(claim)["500100"], -11300.0)

    def test_e7_locked_books(self):
        self.company.sudo().sale_lock_date = self.company._dealer_today()
        with self.assertRaises(UserError):
            self._as(self._claims(), "claim_receptionist")._create_payer_invoices()

    # -- taking invoices back -----------------------------------------------------------

    def test_unlock_cancels_unpaid_invoices(self):
        claim = self._locked()
        moves = claim.repair_invoice_ids
        self._as(claim, "insurance_manager")._cancel_payer_invoices()
        self.assertEqual(set(moves.mapped("state")), {"cancel"})
        self.assertEqual(self._ledger(claim), {})
        self.assertEqual(claim.insurer_open, 0.0)
        # The customer will still have to pay his part.
        self.assertEqual(claim.self_paid_open, 1000.0)
        self._as(claim, "claim_receptionist")._create_payer_invoices()
        self.assertEqual(claim.insurer_open, 10300.0)

    def test_unlock_in_a_locked_period_reverses(self):
        earlier = fields.Datetime.subtract(fields.Datetime.now(), days=40)
        with freeze_time(earlier):
            claim = self._locked()
        moves = claim.repair_invoice_ids
        self.company.sudo().sale_lock_date = fields.Date.subtract(
            self.company._dealer_today(), days=20
        )
        self._as(claim, "insurance_manager")._cancel_payer_invoices()
        self.assertEqual(set(moves.mapped("state")), {"posted"})
        self.assertEqual(set(moves.mapped("payment_state")), {"reversed"})
        self.assertEqual(self._ledger(claim), {})
        self.assertEqual(claim.insurer_open, 0.0)
        self.assertEqual(claim.insurer_received, 0.0)

    def test_unlock_refused_when_money_came(self):
        claim = self._locked()
        payment = self._customer_pays(claim, 400.0)
        manager = self._as(claim, "insurance_manager")
        self._assert_guard("G-W5", manager._cancel_payer_invoices)
        payment.action_draft()
        payment.action_cancel()
        manager._cancel_payer_invoices()

    # -- E8 and the cashier ------------------------------------------------------------

    def test_e8_customer_pays_and_cashier_signs(self):
        claim = self._locked()
        cashier = self._as(claim, "cashier")
        self._assert_guard("G-W6", cashier.action_cashier_confirm)
        first = self._customer_pays(claim, 400.0)
        self.assertEqual((claim.self_paid_received, claim.self_paid_open), (400, 600))
        self._assert_guard("G-W6", cashier.action_cashier_confirm)
        self._customer_pays(claim)
        self.assertEqual((claim.self_paid_received, claim.self_paid_open), (1000, 0))
        cashier.action_cashier_confirm()
        self.assertTrue(claim.cashier_confirmed_at)
        self._assert_guard("G-W6", cashier.action_cashier_confirm)
        self.assertRecordValues(
            claim.cashier_signature_ids,
            [{"kind": "sign", "user_id": self.users["cashier"].id, "amount": 1000.0}],
        )
        # The first payment bounces: the signature falls.
        first.action_reject()
        self.assertEqual((claim.self_paid_received, claim.self_paid_open), (600, 400))
        self.assertFalse(claim.cashier_confirmed_at)
        self.assertEqual(
            claim.cashier_signature_ids.sorted("id").mapped("kind"),
            ["sign", "reversal"],
        )

    def test_payment_in_draft_counts_for_nothing(self):
        claim = self._locked()
        payment = self._customer_pays(claim)
        self._as(claim, "cashier").action_cashier_confirm()
        payment.action_draft()
        self.assertEqual((claim.self_paid_received, claim.self_paid_open), (0, 1000))
        self.assertFalse(claim.cashier_confirmed_at)
        payment.action_post()
        self.assertEqual((claim.self_paid_received, claim.self_paid_open), (1000, 0))
        self.assertFalse(claim.cashier_confirmed_at)

    def test_receptionist_does_not_sign(self):
        claim = self._locked(shares=(10300.0, 0.0, 0.0, 0.0))
        both = self.users["cashier"]
        self.staff["claim_receptionist"].user_id = both
        self._assert_guard("G-W6", self._as(claim, "cashier").action_cashier_confirm)
        with self.assertRaises(AccessError):
            self._as(claim, "claim_receptionist").action_cashier_confirm()
        self._as(claim, "cashier_2").action_cashier_confirm()
        self.assertTrue(claim.cashier_confirmed_at)

    def test_signatures_only_grow(self):
        claim = self._locked(shares=(10300.0, 0.0, 0.0, 0.0))
        self._as(claim, "cashier").action_cashier_confirm()
        line = claim.cashier_signature_ids
        with self.assertRaises(UserError):
            line.write({"amount": 1})
        with self.assertRaises(UserError):
            line.unlink()
        with self.assertRaises(UserError):
            claim.write({"cashier_confirmed_at": False})
        self._as(claim, "cashier").action_cashier_reverse("signed the wrong case")
        self.assertFalse(claim.cashier_confirmed_at)

    # -- E9, E11, E12 -------------------------------------------------------------------

    def test_e9_insurer_pays(self):
        claim = self._locked()
        payment = self._insurer_pays({claim: 10300.0})
        self.assertEqual(
            self._entry(payment.move_id),
            {
                (self._code(payment.outstanding_account_id), self.insurer): 10300.0,
                ("112202", self.insurer): -10300.0,
            },
        )
        self.assertRecordValues(
            claim,
            [
                {
                    "insurer_received": 10300.0,
                    "insurer_open": 0.0,
                    "insurer_paid_on": self.company._dealer_today(),
                    "insurer_difference": 0.0,
                    "is_payment_accurate": True,
                    "insurer_money_state": "paid",
                }
            ],
        )
        payment.action_draft()
        self.assertEqual((claim.insurer_received, claim.insurer_open), (0, 10300))
        self.assertFalse(claim.insurer_paid_on)

    def test_lump_of_several_cases(self):
        one, two, three = self._locked(3)
        payment = self._insurer_pays(
            {one: 10300.0, two: 10000.0, three: 10500.0}, total=31000.0, rest="credit"
        )
        self.assertEqual(payment.amount, 31000.0)
        self.assertEqual(
            (one | two | three).mapped("insurer_received"), [10300, 10000, 10500]
        )
        self.assertEqual((one | two | three).mapped("insurer_open"), [0, 300, 0])
        self.assertEqual((one | two | three).mapped("insurer_over"), [0, 0, 200])
        self.assertEqual(
            (one | two | three).mapped("insurer_money_state"),
            ["paid", "partial", "over"],
        )
        self.assertEqual(self._entry(payment.move_id)[("224103", self.insurer)], -200.0)
        # A second payment settles the rest of case two.
        self._insurer_pays({two: 300.0})
        self.assertEqual((two.insurer_received, two.insurer_open), (10300, 0))

    def test_lump_must_add_up(self):
        one, two = self._locked(2)
        self._assert_guard(
            "G-W7", self._insurer_pays, {one: 10300.0, two: 10300.0}, total=20000.0
        )
        self._assert_guard(
            "G-W7", self._insurer_pays, {one: 10300.0, two: 10300.0}, total=21000.0
        )
        self._insurer_pays({one: 10300.0, two: 10300.0}, total=21000.0, rest="open")
        self.assertEqual((one | two).mapped("insurer_open"), [0, 0])
        self.assertEqual(self._ledger()["112202"], -400.0)

    def test_lump_of_one_insurer(self):
        one = self._locked()
        two = self._locked(insurer_id=self.other_insurer.id)
        with self.assertRaises(UserError):
            self._as(one | two, "finance").action_register_insurer_payment()

    def test_payment_by_the_right_post(self):
        claim = self._locked()
        for post in ("claim_receptionist", "claim_submitter", "claim_leader"):
            with self.assertRaises(AccessError):
                self._as(claim, post).action_register_insurer_payment()
            with self.assertRaises(AccessError):
                self._as(claim, post).action_register_self_payment()

    def test_e11_customer_pays_first(self):
        claim = self._locked(settlement_mode="customer_pays_first")
        self.assertEqual(self._ledger(claim)["112200"], 11300.0)
        self.assertNotIn("112202", self._ledger(claim))
        self.assertEqual((claim.self_paid_open, claim.insurer_open), (11300, 0))
        self._customer_pays(claim)
        payment = self._insurer_pays({claim: 10300.0})
        self.assertEqual(
            self._entry(payment.move_id),
            {
                (self._code(payment.outstanding_account_id), self.insurer): 10300.0,
                ("224103", self.customer): -10300.0,
            },
        )
        self.assertRecordValues(
            claim,
            [
                {
                    "insurer_received": 10300.0,
                    "insurer_open": 0.0,
                    "refund_due": 10300.0,
                    "self_paid_open": 0.0,
                    "is_payment_accurate": True,
                }
            ],
        )

    def test_e12_paid_too_much(self):
        claim = self._locked()
        self._insurer_pays({claim: 10500.0})
        self.assertEqual((claim.insurer_received, claim.insurer_over), (10500, 200))
        self.assertEqual(claim.refund_due, 0.0)
        difference = self._difference(claim, "refund_customer")
        self.assertEqual((difference.kind, difference.amount), ("over", 200.0))
        self.assertEqual(difference.state, "booked")
        self.assertEqual(
            self._entry(difference.move_id),
            {("112202", self.insurer): 200.0, ("224103", self.customer): -200.0},
        )
        # With the payment this is E12: bank 10,500 against 10,300 and 200.
        self.assertEqual((claim.insurer_received, claim.insurer_over), (10500, 0))
        self.assertEqual((claim.refund_due, claim.insurer_open), (200, 0))
        self.assertEqual(claim.refund_ids.amount, 200.0)
        self.assertEqual(claim.insurer_difference, 200.0)
        self.assertFalse(claim.is_payment_accurate)

    def test_e12_through_the_bank(self):
        """The bank screen leaves the rest of a line on the refund account."""
        claim = self._locked()
        owed = claim._open_claim_lines("insurer")
        refund = self.company.dealer_refund_payable_account_id
        line = self.su_env["account.bank.statement.line"].create(
            {
                "journal_id": self.bank.id,
                "payment_ref": "claims",
                "amount": 10500.0,
                "partner_id": self.insurer.id,
                "date": self.company._dealer_today(),
            }
        )
        suspense = line._seek_for_lines()[1]
        line.move_id.with_context(skip_readonly_check=True).write(
            {
                "line_ids": [
                    Command.delete(suspense.id),
                    *(
                        Command.create(
                            {
                                "account_id": account.id,
                                "partner_id": self.insurer.id,
                                "balance": -amount,
                            }
                        )
                        for account, amount in (
                            (owed.account_id, 10300.0),
                            (refund, 200.0),
                        )
                    ),
                ]
            }
        )
        paid = line.move_id.line_ids.filtered(lambda x: x.account_id == owed.account_id)
        (paid | owed.sudo()).reconcile()
        self.assertEqual((claim.insurer_received, claim.insurer_over), (10500, 200))
        difference = self._difference(claim, "refund_customer")
        self.assertEqual(
            self._entry(difference.move_id),
            {("224103", self.insurer): 200.0, ("224103", self.customer): -200.0},
        )
        self.assertEqual((claim.insurer_received, claim.insurer_over), (10500, 0))
        self.assertEqual((claim.insurer_open, claim.refund_due), (0, 200))

    def test_e12_insurer_wants_it_back(self):
        claim = self._locked()
        self._insurer_pays({claim: 10500.0})
        difference = self._difference(claim, "owed_insurer")
        self.assertEqual(
            self._entry(difference.move_id),
            {("112202", self.insurer): 200.0, ("224103", self.insurer): -200.0},
        )
        self.assertEqual((claim.refund_due, claim.insurer_credit), (0, 200))

    # -- E10, E14, E15 ----------------------------------------------------------------

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

    # -- G-C2 -----------------------------------------------------------------------

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
        """The insurer paid the invoice, but more was expected when costs were locked."""
        claim = self._locked()
        claim._write_protected({"expected_insurer_payment": 11000.0})
        self._insurer_pays({claim: 10300.0})
        self.assertEqual(claim.insurer_difference, -700.0)
        self._assert_guard("G-C2", self._as(claim, "finance").action_reconcile)

    # -- the rest -----------------------------------------------------------------------

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

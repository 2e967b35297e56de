from odoo import Command, fields
from odoo.exceptions import AccessError, RedirectWarning, UserError
from odoo.tests import freeze_time, tagged

from .claim_money_common import ClaimMoneyCommon


@tagged("post_install", "-at_install")
class TestClaimMoney(ClaimMoneyCommon):
    """Entries E7–E15 of domain.md §7, one by one."""

    # -- E7 ------------------------------------------------------------

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

    # -- taking invoices back --------------------------------------------------

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

    # -- E8 and the cashier ----------------------------------------------------

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

    # -- E9, E11, E12 ----------------------------------------------------------

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
        line.move_id.with_context(skip_readonly_check=True, force_delete=True).write(
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

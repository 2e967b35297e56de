from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.service.model import get_public_method
from odoo.tests import tagged

from .money_common import TOTAL, MoneyCommon


@tagged("post_install", "-at_install")
class TestMoneyDirect(MoneyCommon):
    """The customer pays the insurer: no entry, but evidence (E1')."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.row = cls._rows(channel="direct")
        cls.row._write_protected({"payment_requested_at": fields.Datetime.now()})

    def _confirm(self, user=None, row=None, proof=True, **vals):
        user = user or self.clerk
        row = (row or self.row).with_user(user)
        attachment = self.env["ir.attachment"].with_user(user)
        if proof:
            attachment = attachment.create({"name": "receipt.pdf", "raw": b"%PDF"})
        action = row.action_confirm_direct_payment()
        wizard = (
            self.env["dealer.direct.payment.wizard"]
            .with_user(user)
            .with_context(**action["context"])
            .create({"receipt_no": "R-1", "attachment_ids": attachment.ids, **vals})
        )
        wizard.action_confirm()
        return self.row.direct_payment_ids.sorted("id")[-1:]

    def test_evidence_pays_the_row(self):
        payment = self._confirm(amount=2000)
        self.assertEqual(self.row.payment_state, "partial")
        self.assertEqual(self.row.balance, TOTAL - 2000)
        self.assertEqual(payment.user_id, self.clerk)
        self.assertEqual(payment.attachment_ids.res_id, payment.id)
        self._confirm(receipt_no="R-2")
        self.assertEqual(self.row.payment_state, "paid")
        self.assertEqual(self.row.amount_held, 0.0)
        self.assertFalse(self.row.money_line_ids)
        self._confirm(receipt_no="R-3", amount=10)
        self.assertEqual(self.row.payment_state, "overpaid")
        self.assertFalse(self.row._void_money_violations())

    def test_refused_with_all_reasons(self):
        tomorrow = self.row._store_date() + timedelta(days=1)
        with self.assertRaises(UserError) as caught:
            self._confirm(proof=False, receipt_no=" ", payment_date=tomorrow, amount=-1)
        message = str(caught.exception)
        for part in ("Attach", "receipt number", "future", "amount"):
            self.assertIn(part, message)
        self._confirm(amount=1)
        with self.assertRaisesRegex(UserError, "already registered"):
            self._confirm(amount=1)

    def test_only_when_asked_and_direct(self):
        with self.assertRaisesRegex(UserError, "store collects"):
            self._confirm(row=self._requested())
        with self.assertRaisesRegex(UserError, "Nothing is to be paid"):
            self._confirm(row=self._rows(channel="direct"))

    def test_posts(self):
        for user in (self.cashier, self.finance, self.consultant):
            with self.assertRaises(AccessError):
                self._confirm(user=user)
        self._confirm(user=self.manager)

    def test_append_only(self):
        payment = self._confirm()
        for env in (self.env(user=self.manager), self.env(su=True)):
            with self.assertRaises(UserError):
                payment.with_env(env).write({"amount": 1})
            with self.assertRaises(UserError):
                payment.with_env(env).unlink()
        with self.assertRaises(UserError):
            self.env["dealer.direct.payment"].sudo().create(
                {
                    "underwriting_id": self.row.id,
                    "receipt_no": "forged",
                    "payment_date": self.env.company._dealer_today(),
                    "amount": 1,
                    "payer_id": self.customer.id,
                }
            )
        with self.assertRaises(AccessError):
            payment.attachment_ids.with_user(self.clerk).unlink()

    def test_reversal_reopens_the_signature(self):
        payment = self._confirm()
        self._sign(self.row)
        with self.assertRaises(AccessError):
            payment.with_user(self.clerk)._reverse("wrong")
        with self.assertRaises(UserError):
            payment.with_user(self.manager)._reverse(" ")
        self.env["dealer.direct.payment.reversal"].with_user(self.manager).create(
            {"payment_id": payment.id, "reason": "Receipt of another car"}
        ).action_confirm()
        self.assertEqual(self.row.payment_state, "open")
        self.assertFalse(self.row.cashier_signed)
        self.assertTrue(payment.is_reversed)
        self._confirm()
        self.assertEqual(self.row.payment_state, "paid")

    def test_company_rule(self):
        payment = self._confirm()
        other = self.su_env["res.company"].create({"name": "other store"})
        stranger = self._user("policy_clerk", other)
        with self.assertRaises(AccessError):
            payment.with_user(stranger).read(["amount"])


@tagged("post_install", "-at_install")
class TestMoneyPayer(MoneyCommon):
    """Guard G-P2: real name (R2) and no advances (R3)."""

    def _codes(self, **vals):
        row = self._rows(**vals)
        violations = row.with_user(self.clerk)._payer_violations()
        self.assertTrue(all(v.code == "G-P2" for v in violations))
        return " ".join(v.reason for v in violations)

    def _proof(self):
        return [
            (0, 0, {"name": "marriage certificate.pdf", "raw": b"%PDF"}),
        ]

    def test_applicant_pays(self):
        self.assertFalse(self._codes())
        row = self._rows()
        self.assertEqual(row.payer_id, self.customer)

    def test_family_with_proof(self):
        for relation in ("spouse", "parent", "child"):
            vals = {"payer_id": self.spouse.id, "payer_relation": relation}
            self.assertIn("proof", self._codes(**vals))
            self.assertFalse(self._codes(payer_proof_ids=self._proof(), **vals))

    def test_others_never(self):
        reasons = self._codes(
            payer_id=self.spouse.id,
            payer_relation="other",
            payer_proof_ids=self._proof(),
        )
        self.assertIn("R2", reasons)

    def test_company_pays_for_itself(self):
        firm = self.su_env["res.partner"].create({"name": "Firm", "is_company": True})
        self.assertFalse(self._codes(applicant_id=firm.id))
        reasons = self._codes(
            applicant_id=firm.id,
            payer_id=self.customer.id,
            payer_relation="child",
            payer_proof_ids=self._proof(),
        )
        self.assertIn("own account", reasons)
        reasons = self._codes(
            payer_id=firm.id,
            payer_relation="spouse",
            payer_proof_ids=self._proof(),
        )
        self.assertIn("R2", reasons)

    def test_store_never_advances(self):
        staff = self.su_env["res.partner"].create(
            {"name": "Consultant", "is_store_staff": True}
        )
        for payer in (staff, self.company.partner_id):
            reasons = self._codes(
                payer_id=payer.id,
                payer_relation="spouse",
                payer_proof_ids=self._proof(),
            )
            self.assertIn("R3", reasons)
        # his own car is his own business
        self.assertFalse(self._codes(applicant_id=staff.id))

    def test_money_of_somebody_else(self):
        row = self._requested()
        payment = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": self.partner_a.id,
                "amount": TOTAL,
                "journal_id": self.company.dealer_premium_bank_journal_id.id,
            }
        )
        payment.action_post()
        payer = row.money_line_ids.filtered(
            lambda line: line.dealer_money_kind == "payer"
        )
        (payer | payment._seek_for_lines()[1]).reconcile()
        self.assertEqual(row.payment_state, "paid")
        violations = row.with_user(self.clerk)._payer_violations()
        self.assertIn("partner_a", violations[0].reason)

    def test_outdated_entry_is_named(self):
        row = self._requested()
        row.write(
            {
                "payer_id": self.spouse.id,
                "payer_relation": "spouse",
                "payer_proof_ids": self._proof(),
            }
        )
        violations = row.with_user(self.clerk)._payer_violations()
        self.assertEqual(len(violations), 1)
        self.assertIn("update it", violations[0].reason)


@tagged("post_install", "-at_install")
class TestMoneyRights(MoneyCommon):
    """What each post may do with the money, as the remote caller sees it."""

    def test_derived_amounts_cannot_be_written(self):
        row = self._requested()
        for vals in (
            {"amount_received": TOTAL},
            {"balance": 1},
            {"payment_state": "paid"},
            {"legacy_received": TOTAL},
            {"legacy_remitted_on": "2026-01-01"},
            {"direct_payment_ids": [(0, 0, {"amount": 1})]},
        ):
            with self.assertRaises(UserError), self.env.cr.savepoint():
                row.with_user(self.clerk).write(vals)
            with self.assertRaises(UserError), self.env.cr.savepoint():
                self.env["dealer.underwriting"].with_user(self.clerk).create(
                    {"insurer_id": self.insurer.id, **vals}
                )

    def test_clerk_has_no_right_on_the_books(self):
        row = self._requested().with_user(self.clerk)
        self.assertEqual(row.money_move_count, 1)
        with self.assertRaises(AccessError):
            row.read(["money_line_ids"])
        for model in ("account.move", "account.move.line", "account.payment"):
            for operation in ("write", "create", "unlink"):
                self.assertFalse(
                    self.env[model].with_user(self.clerk).has_access(operation)
                )
        with self.assertRaises(AccessError):
            row.action_register_payment()
        with self.assertRaises(AccessError):
            row.action_register_remittance()

    def test_readers_cannot_post(self):
        rows = self._rows()
        for user in (self.cashier, self.finance, self.consultant):
            with self.assertRaises(AccessError):
                rows.with_user(user)._create_premium_move()
            with self.assertRaises(AccessError):
                rows.with_user(user)._void_money()
            with self.assertRaises(AccessError):
                rows.with_user(user).action_update_premium_entry()

    def test_remote_caller(self):
        """Over the external interface: no private method, no evidence by hand."""
        row = self._requested()
        model = self.env["dealer.underwriting"].with_user(self.manager)
        for name in (
            "_create_premium_move",
            "_sudo_post_premium",
            "_sudo_reverse_premium",
            "_post_historical_money",
            "_void_money",
        ):
            with self.assertRaises(AccessError):
                get_public_method(model, name)
        posts = (self.clerk, self.manager, self.cashier, self.finance, self.consultant)
        for user in posts:
            evidence = self.env["dealer.direct.payment"].with_user(user)
            self.assertTrue(evidence.has_access("read"))
            for operation in ("create", "write", "unlink"):
                self.assertFalse(evidence.has_access(operation))
        with self.assertRaises(UserError):
            row.with_user(self.clerk).write(
                {"money_line_ids": [(2, row.sudo().money_line_ids[:1].id)]}
            )

    def test_cashier_receives_finance_remits(self):
        row = self._requested()
        self._pay(row, user=self.cashier)
        self._sign(row)
        with self.assertRaises(AccessError):
            row.with_user(self.clerk).action_register_remittance()
        remittance = self._remittance(row)
        remittance.action_submit()
        with self.assertRaises(AccessError):
            remittance.action_pay()
        remittance.with_user(self.finance).action_pay()
        self.assertEqual(row.amount_held, 0.0)
        self.assertFalse(self.cashier.has_group("account.group_account_manager"))
        self.assertTrue(self.finance.has_group("account.group_account_manager"))

    def test_smart_buttons(self):
        row = self._requested()
        self._pay(row)
        finance = row.with_user(self.finance)
        self.assertEqual(finance.action_view_money_moves()["res_model"], "account.move")
        action = finance.action_view_money_payments()
        self.assertEqual(action["res_model"], "account.payment")
        payment = self.env["account.payment"].with_user(self.finance)
        payment = payment.browse(action["res_id"])
        self.assertEqual(payment.action_view_dealer_underwritings()["res_id"], row.id)
        self.assertEqual(payment.move_id.dealer_underwriting_count, 0)
        self.assertEqual(finance.money_line_ids.move_id.dealer_underwriting_count, 1)

from datetime import date, timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.dealer_base.models.guard_mixin import GuardError

from .money_common import TOTAL, MoneyCommon

TODAY = date(2026, 9, 10)


@tagged("post_install", "-at_install")
class TestCashierDay(MoneyCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        currency = cls.company.currency_id
        Coin = cls.su_env["dealer.cash.denomination"]
        for value in (100, 50, 10):
            if not Coin.search(
                [("currency_id", "=", currency.id), ("value", "=", value)]
            ):
                Coin.create({"currency_id": currency.id, "value": value})

    def _journal(self, method):
        return self.company._dealer_payment_journals()[method]

    def _pay_by(self, method, amount=None, day=TODAY, row=None):
        with freeze_time(f"{day} 04:00:00"):
            row = row or self._requested()
            recording = {"dealer_recording_no": "REC-1"} if method == "cash" else {}
            return self._pay(
                row, amount, journal_id=self._journal(method).id, **recording
            )

    def _day(self, day=TODAY):
        with freeze_time(f"{day} 10:00:00"):
            return (
                self.env["dealer.cashier.day"]
                .with_user(self.cashier)
                .create({"date": day})
            )

    def _count_cash(self, sheet, amount):
        count = sheet.count_ids.filtered(lambda c: c.value == 10)
        count.quantity = amount // 10

    def _line(self, sheet, method):
        return sheet.line_ids.filtered(lambda line: line.method == method)

    def _codes(self, method):
        with self.assertRaises(GuardError) as caught:
            method()
        return caught.exception.codes

    def _close(self, sheet):
        """Count everything as expected, and confirm."""
        for line in sheet.line_ids:
            if line.method == "cash":
                self._count_cash(sheet, line.expected)
            else:
                line.counted_amount = line.expected
        sheet.with_user(self.cashier).action_count()
        sheet.with_user(self.finance).action_confirm()

    def test_forward(self):
        self._pay_by("cash", 1500)
        self._pay_by("card", 2000)
        self._pay_by("qr", 300)
        self._pay_by("transfer")
        sheet = self._day()
        self.assertEqual(
            {line.method: line.expected for line in sheet.line_ids},
            {"cash": 1500, "card": 2000, "qr": 300, "transfer": TOTAL},
        )
        self.assertEqual(sheet.total_expected, 3800 + TOTAL)
        self._count_cash(sheet, 1490)
        for method, amount in (("card", 2000), ("qr", 300), ("transfer", TOTAL)):
            self._line(sheet, method).counted_amount = amount
        count = sheet.with_user(self.cashier).action_count
        self.assertEqual(self._line(sheet, "cash").difference, -10)
        self.assertEqual(self._codes(count), ["G-K2"])
        self._line(sheet, "cash").explanation = "10 short, paid by the cashier"
        sheet.deposited = 1400
        self.assertEqual(self._codes(count), ["G-K2"])
        sheet.deposit_ref = "BOC-778"
        count()
        self.assertEqual(sheet.state, "counted")
        self.assertEqual(sheet.cash_left, 90)
        with self.assertRaisesRegex(UserError, "counted"):
            sheet.with_user(self.cashier).deposited = 0
        sheet.with_user(self.finance).action_confirm()
        self.assertEqual(sheet.state, "confirmed")
        # what is left stands in the drawer the next day
        tomorrow = self._day(TODAY + timedelta(days=1))
        self.assertEqual(tomorrow.opening_cash, 90)
        self.assertEqual(self._line(tomorrow, "cash").expected, 90)

    def test_frozen(self):
        payment = self._pay_by("card", 2000)
        sheet = self._day()
        self._close(sheet)
        self.assertFalse(sheet.changed_after)
        self._pay_by("card", 500)
        sheet.invalidate_recordset()
        sheet.line_ids.invalidate_recordset()
        line = self._line(sheet, "card")
        self.assertEqual((line.expected, line.received), (2000, 2500))
        self.assertEqual(line.late_difference, 500)
        self.assertTrue(sheet.changed_after)
        payment.with_user(self.finance).action_draft()
        line.invalidate_recordset()
        self.assertEqual(line.late_difference, -1500)
        with self.assertRaises(UserError):
            line.with_user(self.finance).explanation = "x"
        with self.assertRaises(UserError):
            sheet.with_user(self.finance).action_count_again()

    def test_days_in_order(self):
        self._close(self._day())
        self._pay_by("card", 100, day=TODAY + timedelta(days=1))
        sheet = self._day(TODAY + timedelta(days=2))
        sheet.with_user(self.cashier).action_count()
        confirm = sheet.with_user(self.finance).action_confirm
        # nobody made a sheet of the day between
        self.assertEqual(self._codes(confirm), ["G-K1"])
        between = self._day(TODAY + timedelta(days=1))
        self.assertEqual(self._codes(confirm), ["G-K1"])
        self._close(between)
        confirm()
        self.assertEqual(sheet.state, "confirmed")

    def test_cashier_does_not_confirm(self):
        both = self._user("cashier", login="money_cash_fin")
        both.sudo().group_ids += self.env.ref("dealer_base.group_finance")
        sheet = self._day().with_user(both)
        sheet.action_count()
        self.assertEqual(self._codes(sheet.action_confirm), ["G-K3"])
        sheet.with_user(self.finance).action_confirm()

    def test_rights(self):
        sheet = self._day()
        for user in (self.clerk, self.manager, self.consultant):
            for name in ("action_count", "action_confirm", "action_count_again"):
                with self.assertRaises(AccessError):
                    getattr(sheet.with_user(user), name)()
        with self.assertRaises(AccessError):
            sheet.with_user(self.finance).action_count()
        sheet.with_user(self.cashier).action_count()
        with self.assertRaises(AccessError):
            sheet.with_user(self.cashier).action_confirm()
        with self.assertRaises(UserError):
            sheet.with_user(self.cashier).write({"state": "confirmed"})
        with self.assertRaises(UserError):
            sheet.line_ids.with_user(self.cashier).write({"expected_frozen": 1})
        with self.assertRaises(UserError):
            sheet.sudo().unlink()

    def test_signed_list(self):
        row = self._requested()
        self._pay(row)
        self._sign(row)
        sheet = self._day(fields.Date.context_today(self.company))
        self.assertIn(row.signature_ids, sheet.signature_ids)

    def test_remittance_is_no_receipt(self):
        with freeze_time(f"{TODAY} 04:00:00"):
            row = self._requested()
            self._pay(row)
            self._sign(row)
            self._remit(row)
        self.assertEqual(self._line(self._day(), "transfer").expected, TOTAL)

    # -- cash with recording (R2) -----------------------------------------------

    def test_cash_needs_a_recording(self):
        row = self._requested()
        cash = self._journal("cash")
        with self.assertRaisesRegex(UserError, "G-M7"):
            self._pay(row, journal_id=cash.id)
        self._pay(row, journal_id=cash.id, dealer_recording_no="REC-2")
        self.assertFalse(row._sudo_cash_violations())

    def test_cash_past_the_wizard(self):
        """A payment entered elsewhere still stops issue and signature."""
        row = self._requested()
        payment = self._pay(
            row, journal_id=self._journal("cash").id, dealer_recording_no="REC-3"
        )
        payment.dealer_recording_no = False
        self.assertEqual([v.code for v in row._sudo_cash_violations()], ["G-M7"])
        self.company.dealer_cash_recording_limit = TOTAL
        self.assertFalse(row._sudo_cash_violations())
        self.company.dealer_cash_recording_limit = TOTAL - 0.01
        self.assertTrue(row._sudo_cash_violations())
        self.company.dealer_cash_recording = False
        self.assertFalse(row._sudo_cash_violations())

    # -- collection ---------------------------------------------------------------

    def test_allocation_of_one_payment(self):
        rows = self._requested(3)
        action = rows.with_user(self.cashier).action_register_payment()
        wizard = self._wizard(action, self.cashier, amount=TOTAL + 1000)
        html = wizard.dealer_allocation_html
        for row in rows:
            self.assertIn(row.display_name, html)
        self.assertIn("1,000.00", html)
        payment = wizard._create_payments().sudo()
        self.assertEqual(
            payment.dealer_allocation_ids.mapped("dealer_amount"), [TOTAL, 1000]
        )
        self.assertEqual(payment.dealer_allocation_ids.dealer_underwriting_id, rows[:2])
        self.assertEqual(rows.mapped("payment_state"), ["paid", "partial", "open"])
        self.assertEqual(rows[0].allocation_ids.dealer_payment_id, payment)

    def test_overpayment_goes_back(self):
        row = self._requested()
        self._pay(row, TOTAL + 130)
        self.assertEqual(row.refund_due, 130)
        with self.assertRaises(AccessError):
            row.with_user(self.clerk).action_pay_back()
        action = row.with_user(self.cashier).action_pay_back()
        back = self._wizard(action, self.cashier)._create_payments().sudo()
        self.assertEqual((back.payment_type, back.amount), ("outbound", 130))
        self.assertEqual(back.partner_id, self.customer)
        self.assertEqual(row.refund_due, 0)
        self.assertEqual(row.payment_state, "paid")
        with self.assertRaisesRegex(UserError, "unused"):
            row.with_user(self.cashier).action_pay_back()
        self._assert_no_profit_or_loss()

    def test_bounced_payment_tells_clerk_and_cashier(self):
        row = self._requested()
        payment = self._pay(row)
        writer = self.su_env["dealer.staff"].create(
            {
                "name": "Clerk",
                "user_id": self.clerk.id,
                "company_id": self.company.id,
            }
        )
        row._write_protected(
            {"issued_at": fields.Datetime.now(), "writer_id": writer.id}
        )
        self.su_env["dealer.cashier.signature"]._sudo_append(
            [
                {
                    "underwriting_id": row.id,
                    "kind": "sign",
                    "user_id": self.cashier.id,
                    "signer_name": "Cashier",
                    "signed_at": fields.Datetime.now(),
                    "amount": row.amount_due,
                }
            ]
        )
        payment.with_user(self.finance).action_draft()
        payment.with_user(self.finance).action_cancel()
        self.assertEqual(row.activity_ids.user_id, self.clerk | self.cashier)
        self.assertEqual(len(row.activity_ids), 2)
        self._pay(row)
        row.with_user(self.cashier).action_sign()
        self.assertFalse(row.activity_ids)

    # -- the acquirer's batch ------------------------------------------------------

    def _batch(self, **vals):
        return (
            self.env["dealer.acquirer.batch"]
            .with_user(self.cashier)
            .create({"method": "card", "date_to": TODAY, "date": TODAY, **vals})
        )

    def test_batch_net_of_fee(self):
        rows = self._requested(2)
        payments = self._pay_by("card", row=rows[0]) | self._pay_by("card", row=rows[1])
        self._pay_by("qr", 100)
        batch = self._batch()
        batch.action_propose()
        self.assertEqual(batch.payment_ids, payments)
        self.assertEqual(batch.amount_gross, 2 * TOTAL)
        # 0.6 % of 11,740
        batch.amount_net = 2 * TOTAL - 70.44
        self.assertEqual(batch.amount_fee, 70.44)
        with self.assertRaises(AccessError):
            batch.action_post()
        batch.with_user(self.finance).action_post()
        self.assertEqual(batch.state, "posted")
        self.assertTrue(all(payments.mapped("is_matched")))
        # the fee is the store's; nothing of the premium is missing
        fee = self.company.dealer_merchant_fee_account_id
        self.assertEqual(self._account_balance(fee), 70.44)
        self.assertEqual(self._payable(), 3 * TOTAL)
        self.assertEqual(rows.mapped("amount_held"), [TOTAL, TOTAL])
        self.assertEqual(set(rows.mapped("payment_state")), {"paid"})
        self._assert_trial_balance()
        with self.assertRaisesRegex(UserError, "posted"):
            batch.amount_net = 1
        # and back: the payments wait again
        batch.sudo().move_id._reverse_moves(cancel=True)
        self.assertEqual(batch.state, "draft")
        self.assertFalse(any(payments.mapped("is_matched")))
        self.assertEqual(self._account_balance(fee), 0)
        self.assertEqual(set(rows.mapped("payment_state")), {"paid"})

    def test_batch_topped_up_and_refused(self):
        self._pay_by("qr", 1000)
        batch = self._batch(method="qr")
        with self.assertRaisesRegex(UserError, "enter what"):
            batch.with_user(self.finance).action_post()
        batch.action_propose()
        batch.amount_net = 1001
        with self.assertRaisesRegex(UserError, "more than"):
            batch.with_user(self.finance).action_post()
        batch.amount_net = 994
        own = self.company_data["default_journal_bank"]
        batch.with_user(self.finance).own_journal_id = own
        batch.with_user(self.finance).action_post()
        amounts = sorted(batch.sudo().move_id.line_ids.mapped("balance"))
        self.assertEqual(amounts, [-1000, -6, 6, 6, 994])
        with self.assertRaisesRegex(UserError, "No payment waits"):
            self._batch(method="qr").action_propose()
        for user in (self.clerk, self.manager, self.consultant):
            with self.assertRaises(AccessError):
                batch.with_user(user).action_post()
        with self.assertRaises(UserError):
            batch.with_user(self.finance).write({"move_id": False})

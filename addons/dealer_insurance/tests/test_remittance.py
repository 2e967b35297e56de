from datetime import date, datetime, timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import SQL

from odoo.addons.account.tests.common import AccountTestInvoicingCommon
from odoo.addons.dealer_base.models.guard_mixin import GuardError

from .money_common import COMMERCIAL, CTPL, TAX, TOTAL, MoneyCommon

PREMIUM = CTPL + COMMERCIAL


class RemittanceCase(MoneyCommon):
    def _signed(self, count=1, **vals):
        """Rows that are paid and signed."""
        rows = self._requested(count, **vals)
        self._pay(rows)
        self._sign(rows)
        return rows

    def _proposal(self, **vals):
        remittance = (
            self.env["dealer.remittance"]
            .with_user(self.cashier)
            .create({"insurer_id": self.insurer.id, **vals})
        )
        remittance.action_propose()
        return remittance

    def _paid(self, rows):
        """A remittance of these rows that finance has paid."""
        remittance = self._remittance(rows)
        remittance.with_user(self.cashier).action_submit()
        remittance.with_user(self.finance).action_pay()
        return remittance

    def _net_agreement(self, **vals):
        return self.su_env["dealer.agreement"]._create_protected(
            [
                {
                    "name": "Net",
                    "insurer_id": self.insurer.id,
                    "company_id": self.company.id,
                    "date_from": "2020-01-01",
                    "state": "active",
                    "collects_premium": True,
                    "allows_net_remittance": True,
                    "net_remittance_rate": 0.1,
                    **vals,
                }
            ]
        )

    def _assert_codes(self, codes, method):
        with self.assertRaises(GuardError) as caught:
            method()
        self.assertEqual(caught.exception.codes, codes)
        return str(caught.exception)


@tagged("post_install", "-at_install")
class TestRemittance(RemittanceCase):
    def test_forward(self):
        rows = self._signed(3)
        remittance = self._proposal()
        self.assertTrue(remittance.name.startswith("REM"))
        self.assertEqual(remittance.line_ids.underwriting_id, rows)
        self.assertEqual(remittance.amount_gross, 3 * TOTAL)
        self.assertEqual(remittance.amount_net, 3 * TOTAL)
        self.assertEqual(
            [
                (line.premium, line.tax, line.amount, line.fee)
                for line in remittance.line_ids
            ],
            [(PREMIUM, TAX, TOTAL, 0.0)] * 3,
        )
        remittance.action_submit()
        self.assertEqual(remittance.state, "submitted")
        remittance.with_user(self.finance).action_pay()
        self.assertEqual(remittance.state, "bank_paid")
        payment = remittance.sudo().payment_id
        self.assertEqual(payment.amount, 3 * TOTAL)
        self.assertEqual(
            payment.journal_id, self.company.dealer_premium_bank_journal_id
        )
        self.assertIn(remittance.name, payment.memo)
        # one entry: bank, premium and tax; each policy reconciled by itself
        self.assertEqual(
            sorted(payment.move_id.line_ids.mapped("balance")),
            [-3 * TOTAL, 3 * TAX, 3 * PREMIUM],
        )
        payables = rows.money_line_ids.filtered(
            lambda line: line.dealer_money_kind in ("premium", "tax")
        )
        self.assertEqual(len(payables), 9)
        self.assertTrue(all(payables.mapped("reconciled")))
        self.assertEqual(
            sorted(payables.matched_debit_ids.mapped("amount")),
            [TAX] * 3 + [CTPL] * 3 + [COMMERCIAL] * 3,
        )
        self.assertEqual(rows.mapped("amount_held"), [0.0] * 3)
        self.assertEqual(set(rows.mapped("remitted_on")), {payment.date})
        self.assertEqual(self._payable(), 0.0)
        self._assert_no_profit_or_loss()
        # the insurer confirms; then the bank file brings the payment
        with self.assertRaisesRegex(UserError, "receipt"):
            remittance.action_confirm_insurer()
        remittance.insurer_receipt_no = "PICC-R-1"
        remittance.action_confirm_insurer()
        self.assertEqual(remittance.state, "confirmed")
        self._match_with_bank(payment)
        self.assertEqual(remittance.state, "reconciled")

    def _match_with_bank(self, payment):
        """The bank statement brings the payment."""
        journal = payment.journal_id
        line = self.su_env["account.bank.statement.line"].create(
            {
                "journal_id": journal.id,
                "date": payment.date,
                "payment_ref": payment.name,
                "amount": -payment.amount,
                "partner_id": payment.partner_id.id,
            }
        )
        _liquidity, suspense, _other = line._seek_for_lines()
        outstanding = payment._seek_for_lines()[0]
        suspense.account_id = outstanding.account_id
        (suspense | outstanding).reconcile()
        return line

    def test_only_signed_receipts_of_the_insurer(self):
        rows = self._signed(2)
        unpaid, other = self._requested(), self._signed(insurer_id=self.insurer_2.id)
        unsigned = self._requested()
        self._pay(unsigned)
        remittance = self._proposal()
        self.assertEqual(remittance.line_ids.underwriting_id, rows)
        # by hand somebody may try
        for bad, text in (
            (unpaid, "not received in full"),
            (other, "another insurer"),
            (unsigned, "not signed"),
        ):
            remittance.line_ids = [(0, 0, {"underwriting_id": bad.id})]
            message = self._assert_codes(["G-M2"], remittance.action_submit)
            self.assertIn(text, message)
            remittance.line_ids.filtered(
                lambda line, bad=bad: line.underwriting_id == bad
            ).unlink()
        remittance.action_submit()
        # the same rows are not proposed twice
        with self.assertRaisesRegex(UserError, "No receipt"):
            self._proposal()

    def test_two_remittances_of_one_row(self):
        row = self._signed()
        first = self._remittance(row)
        with self.assertRaisesRegex(UserError, "In a remittance already"):
            row.with_user(self.cashier).action_register_remittance()
        second = (
            self.env["dealer.remittance"]
            .with_user(self.cashier)
            .create(
                {
                    "insurer_id": self.insurer.id,
                    "line_ids": [(0, 0, {"underwriting_id": row.id})],
                }
            )
        )
        self._assert_codes(["G-M2"], second.action_submit)
        first.action_cancel()
        second.action_submit()
        second.with_user(self.finance).action_pay()
        self.assertEqual(second.state, "bank_paid")

    def test_bounced_after_the_submission(self):
        row = self._requested()
        payment = self._pay(row)
        self._sign(row)
        remittance = self._remittance(row)
        remittance.action_submit()
        payment.with_user(self.finance).action_reject()
        message = self._assert_codes(
            ["G-M2"], remittance.with_user(self.finance).action_pay
        )
        self.assertIn("not received in full", message)
        self.assertIn("not signed", message)
        self.assertEqual(remittance.state, "submitted")

    def test_amount_changed(self):
        row = self._signed()
        remittance = self._remittance(row)
        self.su_env["dealer.policy"]._create_protected(
            [{"underwriting_id": row.id, "product": "other", "premium": 100}]
        )
        row.with_user(self.clerk)._create_premium_move()
        self._pay(row)
        self._sign(row)
        message = self._assert_codes(["G-M2"], remittance.action_submit)
        self.assertIn("amount changed", message)
        remittance.action_refresh()
        self.assertEqual(remittance.amount_gross, TOTAL + 100)
        remittance.action_submit()
        remittance.with_user(self.finance).action_pay()
        self.assertEqual(row.amount_remitted, TOTAL + 100)

    # -- every way back --------------------------------------------------------

    def test_back_to_draft_and_cancel(self):
        row = self._signed()
        remittance = self._remittance(row)
        remittance.action_submit()
        with self.assertRaisesRegex(UserError, "with finance already"):
            remittance.date = self.env.company._dealer_today() + timedelta(days=1)
        with self.assertRaisesRegex(UserError, "with finance already"):
            remittance.line_ids.unlink()
        remittance.action_back_to_draft()
        self.assertEqual(remittance.state, "draft")
        remittance.action_cancel()
        self.assertEqual(remittance.state, "cancelled")
        self.assertEqual(self._proposal().line_ids.underwriting_id, row)
        with self.assertRaisesRegex(UserError, "not deleted"):
            remittance.sudo().unlink()

    def test_payment_taken_back(self):
        rows = self._signed(2)
        remittance = self._paid(rows)
        with self.assertRaisesRegex(UserError, "takes it back"):
            remittance.action_cancel()
        with self.assertRaisesRegex(UserError, "takes it back"):
            remittance.action_back_to_draft()
        remittance.with_user(self.finance).action_take_payment_back()
        self.assertEqual(remittance.state, "submitted")
        self.assertEqual(self._payable(), 2 * TOTAL)
        self.assertEqual(rows.mapped("amount_held"), [TOTAL] * 2)
        self.assertFalse(any(rows.mapped("remitted_on")))
        remittance.with_user(self.finance).action_pay()
        self.assertEqual(remittance.state, "bank_paid")
        self.assertEqual(self._payable(), 0.0)
        self._assert_trial_balance()

    def test_payment_reset_rejected_cancelled_in_accounting(self):
        row = self._signed()
        remittance = self._paid(row)
        payment = remittance.payment_id.with_user(self.finance)
        # the bank sends it back
        payment.action_reject()
        self.assertEqual(remittance.state, "submitted")
        self.assertTrue(remittance.payment_taken_back)
        self.assertEqual(row.amount_held, TOTAL)
        # pay again: only after the old payment is out of the books
        with self.assertRaisesRegex(UserError, "takes it back"):
            remittance.with_user(self.finance).action_pay()
        remittance.with_user(self.finance).action_take_payment_back()
        remittance.with_user(self.finance).action_pay()
        self.assertEqual(remittance.state, "bank_paid")
        # set back to draft, and confirmed again
        payment = remittance.payment_id.with_user(self.finance)
        payment.action_draft()
        self.assertEqual(remittance.state, "submitted")
        self.assertEqual(row.amount_held, TOTAL)
        payment.action_post()
        self.assertEqual(remittance.state, "bank_paid")
        self.assertEqual(row.amount_held, 0.0)
        # cancelled: the rows are free again
        payment.action_draft()
        payment.action_cancel()
        self.assertEqual(remittance.state, "submitted")
        remittance.action_cancel()
        self.assertEqual(self._proposal().line_ids.underwriting_id, row)
        self.assertEqual(self._payable(), TOTAL)

    def test_unreconciled_in_accounting(self):
        row = self._signed()
        remittance = self._paid(row)
        remittance.sudo().payment_id.move_id.line_ids.remove_move_reconcile()
        self.assertEqual(remittance.state, "submitted")
        self.assertTrue(remittance.payment_taken_back)
        self.assertEqual(row.amount_held, TOTAL)

    def test_reversal_of_the_payment_entry(self):
        row = self._signed()
        remittance = self._paid(row)
        remittance.sudo().payment_id.move_id._reverse_moves(cancel=True)
        self.assertEqual(remittance.state, "submitted")
        self.assertEqual(row.amount_held, TOTAL)
        self.assertEqual(self._payable(), TOTAL)

    def test_hashed_journal(self):
        """What cannot be changed is reversed, and the documents follow."""
        journal = self.company.dealer_premium_bank_journal_id
        journal.restrict_mode_hash_table = True
        row = self._requested()
        receipt = self._pay(row)
        self._sign(row)
        remittance = self._paid(row)
        move = remittance.sudo().payment_id.move_id
        self.assertTrue(move.inalterable_hash)
        remittance.with_user(self.finance).action_take_payment_back()
        self.assertEqual(move.state, "posted")
        self.assertEqual(remittance.state, "submitted")
        self.assertEqual(row.amount_held, TOTAL)
        self.assertEqual(self._payable(), TOTAL)
        # and the customer's bounced payment
        receipt.with_user(self.finance)._dealer_undo()
        self.assertEqual(row.payment_state, "open")
        self.assertFalse(row.cashier_signed)
        self._assert_trial_balance()

    def test_locked_period(self):
        today = self.env.company._dealer_today()
        row = self._signed()
        remittance = self._remittance(row)
        remittance.action_submit()
        self.company.sudo().fiscalyear_lock_date = today
        message = self._assert_codes(
            ["G-M6"], remittance.with_user(self.finance).action_pay
        )
        self.assertIn("locked until", message)
        with self.assertRaisesRegex(UserError, "locked until"):
            self._requested()
        other = self._rows()
        with self.assertRaisesRegex(UserError, "locked until"):
            self._request(other)
        self.company.sudo().fiscalyear_lock_date = today - timedelta(days=1)
        remittance.with_user(self.finance).action_pay()
        self.assertEqual(remittance.state, "bank_paid")
        # a receipt of a locked day is undone by a reversal of today
        self._request(other)
        action = other.with_user(self.cashier).action_register_payment()
        with self.assertRaisesRegex(UserError, "locked until"):
            self._wizard(
                action, self.cashier, payment_date=today - timedelta(days=1)
            )._create_payments()

    def test_locked_after_the_payment(self):
        row = self._signed()
        remittance = self._remittance(row)
        remittance.date = self.env.company._dealer_today() - timedelta(days=3)
        remittance.action_submit()
        remittance.with_user(self.finance).action_pay()
        self.company.sudo().fiscalyear_lock_date = (
            self.env.company._dealer_today() - timedelta(days=1)
        )
        remittance.with_user(self.finance).action_take_payment_back()
        self.assertEqual(remittance.state, "submitted")
        self.assertEqual(row.amount_held, TOTAL)
        self.assertEqual(self._payable(), TOTAL)
        reversal = self.su_env["account.move"].search(
            [
                ("reversed_entry_id", "!=", False),
                ("date", "=", self.env.company._dealer_today()),
            ]
        )
        self.assertTrue(reversal)

    # -- rights ----------------------------------------------------------------

    def test_four_eyes(self):
        row = self._signed()
        remittance = self._remittance(row, user=self.finance)
        remittance.with_user(self.finance).action_submit()
        message = self._assert_codes(
            ["G-M5"], remittance.with_user(self.finance).action_pay
        )
        self.assertIn("another person", message)
        remittance.with_user(self.finance_2).action_pay()
        self.assertEqual(remittance.paid_by_id, self.finance_2)

    def test_wrong_post(self):
        row = self._signed()
        remittance = self._remittance(row)
        for user in (self.clerk, self.manager, self.consultant):
            for name in ("action_submit", "action_pay", "action_cancel"):
                with self.assertRaises(AccessError):
                    getattr(remittance.with_user(user), name)()
            with self.assertRaises(AccessError):
                row.with_user(user).action_register_remittance()
        remittance.action_submit()
        for name in ("action_pay", "action_take_payment_back"):
            with self.assertRaises(AccessError):
                getattr(remittance.with_user(self.cashier), name)()
        with self.assertRaises(UserError):
            remittance.with_user(self.finance).write({"state": "reconciled"})
        with self.assertRaises(UserError):
            remittance.with_user(self.finance).write({"submitted_by_id": False})
        with self.assertRaises(UserError):
            remittance.line_ids.with_user(self.finance).write({"amount": 1})

    # -- net -------------------------------------------------------------------

    def test_net_needs_the_agreement(self):
        row = self._signed()
        remittance = self._remittance(row)
        remittance.is_net = True
        self._assert_codes(["G-M4"], remittance.action_submit)

    def test_net_needs_manager_and_finance(self):
        self._net_agreement()
        row = self._signed()
        remittance = self._remittance(row)
        remittance.is_net = True
        # 10 % of 950 + 4500, the tax is nobody's commission
        self.assertEqual(remittance.amount_fee, 545.0)
        self.assertEqual(remittance.amount_net, TOTAL - 545)
        remittance.action_submit()
        pay = remittance.with_user(self.finance).action_pay
        self._assert_codes(["G-M3"], pay)
        remittance.with_user(self.manager)._waive("G-M3", "pay", "clause 7")
        self._assert_codes(["G-M3"], pay)
        with self.assertRaises(AccessError):
            remittance.with_user(self.cashier)._waive("G-M3", "pay", "clause 7")
        remittance.with_user(self.finance)._waive("G-M3", "pay", "clause 7")
        pay()
        self.assertEqual(remittance.state, "bank_paid")
        payment = remittance.sudo().payment_id
        self.assertEqual(payment.amount, TOTAL - 545)
        fees = self.company.dealer_insurer_receivable_account_id
        self.assertEqual(self._account_balance(fees), -545)
        self.assertEqual(self._payable(), 0.0)
        self.assertEqual(row.amount_remitted, TOTAL)
        self._assert_no_profit_or_loss()

    def test_signatures_count_for_one_sum(self):
        agreement = self._net_agreement()
        row = self._signed()
        remittance = self._remittance(row)
        remittance.is_net = True
        remittance.action_submit()
        for user in (self.manager, self.finance):
            remittance.with_user(user)._waive("G-M3", "pay", "clause 7")
        agreement.net_remittance_rate = 0.2
        self.assertEqual(remittance.amount_fee, 1090.0)
        self._assert_codes(["G-M3"], remittance.with_user(self.finance).action_pay)

    # -- overdue and K19 -------------------------------------------------------

    def test_overdue_and_in_time(self):
        agreement = self._net_agreement(allows_net_remittance=False, remit_days=2)
        late, timely = self._signed(), self._signed()
        today = self.env.company._dealer_today()
        self._set_due(late, today - timedelta(days=5))
        self._set_due(timely, today - timedelta(days=1))
        self._remit(timely)
        Row = self.su_env["dealer.underwriting"]
        self._set_due(timely, today)
        window = (today - timedelta(days=30), today)
        self.assertEqual(Row._remitted_in_time(self.company, *window), (1, 2))
        self.company.dealer_alert_user_id = self.manager
        late._write_protected({"agreement_id": agreement.id})
        self._set_due(late, today - timedelta(days=5))
        cron = self.su_env.ref("dealer_insurance.ir_cron_remittance_overdue")
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
            cron.method_direct_trigger()
        activities = agreement.activity_ids
        self.assertEqual(activities.user_id, self.manager)
        self.assertEqual(len(activities), 1)
        self.assertIn("1 receipts of Insurer One", activities.summary)
        self._remit(late)
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.assertFalse(agreement.activity_ids)
        self.assertEqual(Row._remitted_in_time(self.company, *window), (1, 2))

    def _set_due(self, row, date):
        self.env.flush_all()
        row._write_protected({"remit_due_date": date})
        self.env.flush_all()

    def test_history(self):
        """Settled rows of an old ledger are no receipts; open ones with entries are."""
        vals = {
            "issued_at": datetime(2026, 3, 5, 2, 0),
            "legacy_received": TOTAL,
            "legacy_received_on": date(2026, 3, 5),
        }
        Row = self.su_env["dealer.underwriting"]
        rows = Row._create_historical(
            [
                self._row_vals(**vals, legacy_remitted_on=date(2026, 3, 9)),
                self._row_vals(**vals),
            ]
        )
        settled, held = rows
        self._sign(rows)
        rows._post_historical_money()
        self.assertEqual(self._proposal().line_ids.underwriting_id, held)
        self.assertEqual(settled.remitted_on, date(2026, 3, 9))

    # -- several stores, volume ------------------------------------------------

    def test_other_store(self):
        other = self._create_company(name="other store")
        row = self._rows(company=other)
        remittance = self._remittance(self._signed())
        with self.assertRaises(UserError):
            remittance.sudo().line_ids = [(0, 0, {"underwriting_id": row.id})]
        stranger = self._user("finance", other)
        with self.assertRaises(AccessError):
            remittance.with_user(stranger).read(["name"])
        with self.assertRaises(AccessError):
            remittance.with_user(stranger).action_pay()

    def _analyze(self):
        """Statistics that a database in use has; without them the planner is lost."""
        self.env.flush_all()
        for table in (
            "account_move",
            "account_move_line",
            "account_payment",
            "account_partial_reconcile",
        ):
            self.env.cr.execute(SQL("ANALYZE %s", SQL.identifier(table)))

    def test_many_rows(self):
        rows = self._rows(60)
        rows._write_protected({"payment_requested_at": fields.Datetime.now()})
        rows.with_user(self.clerk)._create_premium_move()
        self._analyze()
        self._pay(rows)
        self._sign(rows)
        self._analyze()
        self.env.invalidate_all()
        remittance = self._proposal()
        remittance.action_submit()
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        remittance.with_user(self.finance).action_pay()
        self.env.flush_all()
        queries = self.env.cr.sql_log_count - before
        self.assertEqual(remittance.state, "bank_paid")
        self.assertEqual(set(rows.mapped("amount_held")), {0.0})
        self.assertEqual(self._payable(), 0.0)
        # does not grow with the rows: 180 lines are reconciled here
        self.assertLess(queries, 400)


@tagged("post_install", "-at_install")
class TestRemittanceCn(RemittanceCase):
    @classmethod
    @AccountTestInvoicingCommon.setup_chart_template("cn")
    def setUpClass(cls):
        super().setUpClass()

    def test_forward_and_back(self):
        rows = self._signed(2)
        remittance = self._paid(rows)
        self.assertEqual(remittance.state, "bank_paid")
        remittance.with_user(self.finance).action_take_payment_back()
        self.assertEqual(self._payable(), 2 * TOTAL)
        remittance.with_user(self.finance).action_pay()
        remittance.sudo().payment_id.move_id._reverse_moves(cancel=True)
        self.assertEqual(remittance.state, "submitted")
        self.assertEqual(self._payable(), 2 * TOTAL)
        self._assert_trial_balance()

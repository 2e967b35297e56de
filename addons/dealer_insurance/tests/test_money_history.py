from datetime import date, datetime

from odoo import fields
from odoo.tests import tagged

from odoo.addons.account.tests.common import AccountTestInvoicingCommon

from .money_common import TOTAL, MoneyCommon

START = date(2026, 10, 1)


class HistoryCase(MoneyCommon):
    def _history(self, count=1, issued=datetime(2026, 3, 5, 2, 0), **vals):
        """Rows as the import of the paper ledger makes them."""
        for fname in ("proposed_at", "underwritten_at"):
            vals.setdefault(fname, issued)
        return self.su_env["dealer.underwriting"]._create_historical(
            [self._row_vals(issued_at=issued, **vals) for _i in range(count)]
        )

    def _settled(self, count=1, **vals):
        vals.setdefault("legacy_received", TOTAL)
        vals.setdefault("legacy_received_on", date(2026, 3, 5))
        vals.setdefault("legacy_remitted_on", date(2026, 3, 9))
        return self._history(count, **vals)


@tagged("post_install", "-at_install")
class TestMoneyHistory(HistoryCase):
    def test_settled_rows_keep_facts_only(self):
        row = self._settled()
        direct = self._history(channel="direct", legacy_received=TOTAL)
        self.assertFalse((row | direct)._post_historical_money())
        self.assertFalse(row.money_line_ids)
        self.assertEqual(row.amount_received, TOTAL)
        self.assertEqual(row.amount_remitted, TOTAL)
        self.assertEqual(row.amount_held, 0.0)
        self.assertEqual(row.payment_state, "paid")
        self.assertEqual(direct.payment_state, "paid")
        self.assertEqual(direct.amount_held, 0.0)

    def test_open_money_is_booked(self):
        held = self._settled(legacy_remitted_on=False)
        owed = self._settled(legacy_received=TOTAL - 500, legacy_remitted_on=False)
        unpaid = self._history()
        rows = held | owed | unpaid
        self.assertEqual(held.amount_held, TOTAL)
        self.assertEqual(rows._post_historical_money(), rows)
        self.assertEqual(held.payment_state, "paid")
        self.assertEqual(held.amount_held, TOTAL)
        self.assertEqual(owed.payment_state, "partial")
        self.assertEqual(owed.balance, 500)
        self.assertEqual(unpaid.payment_state, "open")
        self.assertEqual(self._payable(), 3 * TOTAL)
        self.assertEqual(held.money_line_ids.move_id.date, date(2026, 3, 5))
        bank = self.company.dealer_premium_bank_journal_id.default_account_id
        self.assertEqual(self._account_balance(bank), 2 * TOTAL - 500)
        # what is open is paid the ordinary way
        self._pay(owed)
        self._sign(owed)
        self._remit(owed)
        self.assertEqual(self._payable(), 2 * TOTAL)
        self._assert_no_profit_or_loss()
        # repeating the call does nothing
        self.assertFalse(rows._post_historical_money())
        self.assertEqual(self._payable(), 2 * TOTAL)

    def test_from_the_start_of_accounting(self):
        self.company.dealer_accounting_start = START
        old = self._settled()
        new = self._settled(
            issued=datetime(2026, 10, 8, 3, 0),
            legacy_received_on=date(2026, 10, 8),
            legacy_remitted_on=date(2026, 10, 12),
        )
        back = self._settled(
            issued=datetime(2026, 10, 9, 3, 0),
            premiums=(0, 0, -800),
            entry_type="cancellation",
            legacy_received=-800,
            legacy_received_on=date(2026, 10, 9),
            legacy_remitted_on=date(2026, 10, 12),
        )
        rows = old | new | back
        self.assertEqual(rows._post_historical_money(), new | back)
        self.assertFalse(old.money_line_ids)
        for row, amount in ((new, TOTAL), (back, -800)):
            self.assertEqual(row.amount_received, amount)
            self.assertEqual(row.amount_remitted, amount)
            self.assertEqual(row.balance, 0.0)
            self.assertEqual(row.payment_state, "paid")
        self.assertEqual(self._payable(), 0.0)
        # one bank entry per day for receipts, one per insurer and day for remittances
        bank_moves = self.su_env["account.move"].search(
            [("journal_id", "=", self.company.dealer_premium_bank_journal_id.id)]
        )
        self.assertEqual(
            sorted(bank_moves.mapped("date")),
            [date(2026, 10, 8), date(2026, 10, 9), date(2026, 10, 12)],
        )
        self._assert_no_profit_or_loss()
        self._assert_trial_balance()

    def test_void_and_ordinary_rows_stay_out(self):
        void = self._history(voided_at=fields.Datetime.now())
        ordinary = self._requested()
        self.assertFalse((void | ordinary)._post_historical_money())
        self.assertEqual(void.amount_held, 0.0)

    def test_payable_is_the_unremitted_list(self):
        self.company.dealer_accounting_start = START
        rows = self._settled(20)
        rows |= self._settled(30, legacy_remitted_on=False)
        rows |= self._settled(
            30,
            issued=datetime(2026, 10, 8, 3, 0),
            legacy_received_on=date(2026, 10, 8),
            legacy_remitted_on=date(2026, 10, 12),
        )
        rows |= self._settled(
            10, issued=datetime(2026, 10, 9, 3, 0), legacy_remitted_on=False
        )
        self.env.flush_all()
        before = self.env.cr.sql_log_count
        booked = rows.with_user(self.clerk)._post_historical_money()
        self.env.flush_all()
        queries = self.env.cr.sql_log_count - before
        self.assertEqual(len(booked), 70)
        # measured: 7 per row at 400 rows
        self.assertLess(queries, 15 * len(booked))
        self.assertEqual(self._payable(), sum(rows.mapped("amount_held")))
        self.assertEqual(self._payable(), 40 * TOTAL)


@tagged("post_install", "-at_install")
class TestMoneyHistoryCn(HistoryCase):
    @classmethod
    @AccountTestInvoicingCommon.setup_chart_template("cn")
    def setUpClass(cls):
        super().setUpClass()

    def test_refund_in_red(self):
        back = self._settled(
            premiums=(0, 0, -800),
            entry_type="cancellation",
            legacy_received=-800,
            legacy_remitted_on=False,
        )
        back._post_historical_money()
        self.assertEqual(back.balance, 0.0)
        self.assertEqual(self._payable(), -800)
        self.assertEqual(back.amount_held, -800)

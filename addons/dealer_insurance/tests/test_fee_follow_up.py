"""From the confirmed statement to the last yuan: invoice, payment, letter, silence."""

from datetime import date, timedelta
from decimal import Decimal

from freezegun import freeze_time
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import BaseCase, tagged

from odoo.addons.dealer_base.models.guard_mixin import GuardError

from ..tools.fee_allocate import allocate
from .statement_story import StatementStory

JUNE = date(2025, 6, 10)
ANY_PACE = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
CENTS = st.integers(-(10**6), 10**8).map(lambda cent: Decimal(cent) / 100)


class TestAllocate(BaseCase):
    def test_by_hand(self):
        third = allocate(Decimal("100.00"), [Decimal("100.00")] * 3)
        self.assertEqual(third, [Decimal("33.34"), Decimal("33.33"), Decimal("33.33")])
        # A claw-back of 20 and a fee of 120: of 50 paid, 60 fall on the fee.
        self.assertEqual(
            allocate(Decimal("50.00"), [Decimal("120.00"), Decimal("-20.00")]),
            [Decimal("60.00"), Decimal("-10.00")],
        )
        self.assertEqual(allocate(Decimal("0.00"), [Decimal("5.00")]), [Decimal(0)])
        self.assertEqual(
            allocate(Decimal("1.00"), [Decimal("5.00"), Decimal("-5.00")]), [0, 0]
        )

    @ANY_PACE
    @given(st.lists(CENTS, min_size=1, max_size=40), CENTS)
    def test_parts_add_up_to_the_cent(self, weights, paid):
        parts = allocate(paid, weights)
        self.assertEqual(sum(parts), paid if sum(weights) else 0)

    @ANY_PACE
    @given(st.lists(CENTS, min_size=1, max_size=40))
    def test_the_whole_pays_every_line(self, weights):
        if sum(weights):
            self.assertEqual(allocate(sum(weights), weights), weights)


class FeeCase(StatementStory):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["account.chart.template"].try_loading(
            "cn", company=cls.company, install_demo=False
        )
        cls.company.invalidate_recordset()
        # The daily jobs run for stores that employ somebody.
        cls.su_env["dealer.staff"].create(
            {"name": "Clerk", "user_id": cls.clerk.id, "company_id": cls.company.id}
        )
        cls.company.with_env(cls.su_env).dealer_alert_user_id = cls.manager

    def _confirmed(self, rows, **vals):
        """A statement whose differences are withheld, confirmed by a second person."""
        statement = self._settle(rows, user=self.clerk, **vals)
        opened = statement.line_ids.filtered(lambda line: line.decision == "open")
        opened.with_user(self.clerk).action_withhold()
        statement.with_user(self.finance).action_confirm()
        return statement.with_user(self.finance)

    def _invoice(self, statement, post=True):
        statement.action_create_invoice()
        move = statement.sudo().invoice_ids.sorted("id")[-1:].with_user(self.finance)
        if post:
            move.action_post()
        return move

    def _receive(self, move, amount=None):
        wizard = (
            self.env["account.payment.register"]
            .with_user(self.finance)
            .with_company(self.company)
            .with_context(active_model="account.move", active_ids=move.ids)
            .create({"amount": amount} if amount else {})
        )
        return wizard._create_payments()


@tagged("post_install", "-at_install")
class TestFeeInvoice(FeeCase):
    def test_agreed_part_becomes_one_invoice(self):
        """E3: two lines of 150.00 without VAT: 300.00 + 18.00."""
        one, two = self._policies(self.harbour, [JUNE] * 2)
        statement = self._confirmed([self._row(one), self._row(two), self._row()])
        self.assertEqual(statement.state, "confirmed")
        move = self._invoice(statement, post=False)
        self.assertEqual(statement.state, "confirmed")
        move.action_post()
        self.assertEqual(statement.state, "invoiced")
        self.assertEqual(
            (move.move_type, move.partner_id), ("out_invoice", self.harbour)
        )
        self.assertEqual(
            (move.amount_untaxed, move.amount_tax, move.amount_total),
            (300.0, 18.0, 318.0),
        )
        term = move.line_ids.filtered(lambda line: line.display_type == "payment_term")
        self.assertEqual(
            term.account_id, self.company.dealer_insurer_receivable_account_id
        )
        self.assertEqual(
            move.invoice_line_ids.account_id, self.company.dealer_fee_income_account_id
        )
        self.assertEqual(statement.unpaid_incl, 318.0)
        self.assertEqual(statement.due_date, move.invoice_date_due)

    def test_payments_flow_back_to_the_policies(self):
        policies = self._policies(self.harbour, [JUNE] * 3)
        statement = self._confirmed([self._row(policy) for policy in policies])
        move = self._invoice(statement)
        self.assertEqual(move.amount_total, 477.0)
        self._receive(move, 100.0)
        self.assertEqual(statement.state, "partially_paid")
        # 100.00 in three equal parts: 33.34 + 33.33 + 33.33
        self.assertEqual(
            sorted(statement.line_ids.mapped("paid_amount_incl")), [33.33, 33.33, 33.34]
        )
        self.assertEqual(statement.paid_incl, 100.0)
        payment = self._receive(move)
        self.assertEqual(statement.state, "paid")
        self.assertEqual(policies.mapped("fee_received_incl"), [159.0] * 3)
        self.assertEqual(policies.mapped("fee_agreed_incl"), [159.0] * 3)
        # The bank takes the second payment back.
        payment.action_draft()
        self.assertEqual(statement.state, "partially_paid")
        self.assertEqual(statement.paid_incl, 100.0)
        move.line_ids.remove_move_reconcile()
        self.assertEqual(statement.state, "invoiced")
        move.button_draft()
        self.assertEqual((statement.state, statement.paid_incl), ("confirmed", 0.0))
        move.button_cancel()
        self._invoice(statement)
        self.assertEqual(statement.state, "invoiced")

    def test_vat_is_worked_out_once_on_the_sum(self):
        """Three lines of 10.01 with VAT: 28.33 + 1.70 = 30.03, on one invoice."""
        policies = self._policies(self.harbour, [JUNE] * 3)
        statement = self._settle([self._row(policy) for policy in policies])
        statement.sudo()._write_protected({"basis": "incl_vat"})
        statement.line_ids._write_protected(
            {
                "decision": "agree",
                "statement_fee": 10.01,
                "statement_fee_incl": 10.01,
                "statement_fee_ex": 9.44,
            }
        )
        statement.sudo()._write_protected(
            {"confirmed_at": fields.Datetime.now(), "confirmed_by_id": self.clerk.id}
        )
        move = self._invoice(statement.with_user(self.finance))
        self.assertEqual((move.amount_untaxed, move.amount_total), (28.33, 30.03))
        self.assertEqual(statement.line_ids.mapped("invoiced_amount_incl"), [10.01] * 3)

    def test_total_that_no_net_amount_gives(self):
        """94.41 and 94.42 give 100.07 and 100.09: for 100.08 the VAT yields."""
        policy = self._policies(self.harbour, [JUNE])
        statement = self._settle([self._row(policy)])
        statement.sudo()._write_protected({"basis": "incl_vat"})
        statement.line_ids._write_protected(
            {
                "decision": "agree",
                "statement_fee_incl": 100.08,
                "statement_fee_ex": 94.42,
            }
        )
        statement.sudo()._write_protected({"confirmed_at": fields.Datetime.now()})
        move = self._invoice(statement.with_user(self.finance))
        self.assertEqual((move.amount_untaxed, move.amount_total), (94.42, 100.08))
        term = move.line_ids.filtered(lambda line: line.display_type == "payment_term")
        self.assertEqual(term.balance, 100.08)
        self._receive(move)
        self.assertEqual((statement.state, statement.paid_incl), ("paid", 100.08))

    def test_more_claw_back_than_fee_is_a_refund(self):
        old = self._policies(self.harbour, [date(2025, 3, 1)])
        refund = self._endorsement(old, -530.0, JUNE)
        statement = self._confirmed(
            [self._row(old, base=-500.0, 批改单号=refund.name, 摘要="退保")]
        )
        move = self._invoice(statement)
        self.assertEqual((move.move_type, move.amount_total), ("out_refund", 79.5))
        self.assertEqual(statement.invoiced_incl, -79.5)
        self._receive(move)
        self.assertEqual((statement.state, statement.paid_incl), ("paid", -79.5))

    def test_refused_for_its_reason(self):
        one = self._policies(self.harbour, [JUNE])
        statement = self._settle([self._row(one)])
        with self.assertRaisesRegex(UserError, "not confirmed"):
            statement.with_user(self.finance).action_create_invoice()
        statement.with_user(self.finance).action_confirm()
        with self.assertRaises(AccessError):
            statement.with_user(self.clerk).action_create_invoice()
        self._invoice(statement.with_user(self.finance))
        with self.assertRaisesRegex(UserError, "is invoiced"):
            statement.with_user(self.finance).action_create_invoice()
        with self.assertRaisesRegex(UserError, "invoiced"):
            statement.with_user(self.finance).action_unconfirm()
        self.company.with_env(self.su_env).dealer_fee_tax_id = False

    def test_overdue_goes_to_the_clerk_then_to_the_manager(self):
        statement = self._confirmed([self._row(self._policies(self.harbour, [JUNE]))])
        move = self._invoice(statement)
        Statement = self.su_env["dealer.fee.statement"]
        for days, count in ((0, 0), (1, 1), (14, 1), (15, 2), (40, 2)):
            with freeze_time(move.invoice_date_due + timedelta(days=days, hours=12)):
                Statement._cron_fee_overdue()
            self.assertEqual(len(statement.activity_ids), count, days)
        self.assertEqual(statement.activity_ids.user_id, self.finance | self.manager)

    def test_one_hundred_lines_cost_as_many_queries_as_ten(self):
        counts = []
        for number in (10, 60):
            policies = self._policies(self.harbour, [JUNE] * number)
            statement = self._confirmed(
                [self._row(policy) for policy in policies],
                number=f"Q-{number}",
                file_name=f"q{number}.xlsx",
            )
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self._invoice(statement, post=False)
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLess(counts[1], counts[0] * 2)


@tagged("post_install", "-at_install")
class TestFeeDispute(FeeCase):
    def _letter(self, statement, user=None):
        action = statement.with_user(user or self.clerk).action_dispute()
        return (
            self.env["dealer.fee.dispute"]
            .with_user(user or self.clerk)
            .browse(action["res_id"])
        )

    def _story(self):
        """A rate difference (10 without VAT), an unknown line, a policy left out."""
        good, rate = self._policies(self.harbour, [JUNE] * 2)
        self.left_out = self._policies(self.harbour, [JUNE])
        statement = self._confirmed(
            [self._row(good), self._row(rate, rate=14), self._row()]
        )
        return statement, self._line(statement, rate)

    def test_letter_collects_what_is_withheld_and_left_out(self):
        statement, line = self._story()
        letter = self._letter(statement)
        self.assertEqual(len(letter.line_ids), 2)
        self.assertEqual(letter.missing_ids.policy_id, self.left_out)
        # 159.00 expected, 148.40 stated; the policy left out 159.00
        self.assertAlmostEqual(letter.claim_amount, 10.60 + 159.0, 2)
        self.assertAlmostEqual(letter.overpaid_amount, 159.0, 2)
        self.assertEqual(self._letter(statement), letter)
        letter.action_send()
        self.assertEqual(letter.state, "sent")
        self.assertEqual(set(letter.line_ids.mapped("dispute_state")), {"sent"})
        with self.assertRaises(UserError):
            letter.text = "changed"
        with self.assertRaises(UserError):
            letter.unlink()
        with self.assertRaisesRegex(UserError, "in a letter already"):
            self._letter(statement)

    def test_answers_until_the_letter_is_closed(self):
        statement, line = self._story()
        self._invoice(statement)
        letter = self._letter(statement)
        letter.action_send()
        with self.assertRaises(GuardError) as caught:
            letter.action_close()
        self.assertEqual(caught.exception.codes, ["G-Y5"])
        unknown = (letter.line_ids - line).with_user(self.clerk)
        with self.assertRaisesRegex(UserError, "answer of the insurer"):
            unknown.action_insurer_refuses()
        unknown.answer_note = "belongs to another agent"
        unknown.action_settle_corrected()
        line.with_user(self.clerk).action_insurer_agrees()
        with self.assertRaises(AccessError):
            line.with_user(self.clerk).action_settle_as_stated()
        line.with_user(self.finance).action_settle_as_stated()
        self.assertEqual((line.decision, line.dispute_state), ("agree", "settled"))
        missing = letter.missing_ids.with_user(self.clerk)
        with self.assertRaises(UserError):
            missing.action_refused()
        missing.note = "agent code was wrong"
        missing.action_refused()
        self.assertEqual(letter.state, "answered")
        with self.assertRaises(AccessError):
            missing.action_give_up()
        missing.with_user(self.manager).action_give_up()
        letter.action_close()
        self.assertEqual(letter.state, "closed")
        # What was settled later comes on an invoice of its own: 140.00 + 8.40.
        second = self._invoice(statement)
        self.assertEqual(second.amount_total, 148.4)
        self.assertEqual(statement.invoice_count, 2)
        self.assertEqual(statement.invoiced_incl, 159.0 + 148.4)
        for move in statement.sudo().invoice_ids:
            self._receive(move)
        self.assertEqual(statement.state, "paid")

    def test_nothing_to_write_about(self):
        statement = self._confirmed([self._row(self._policies(self.harbour, [JUNE]))])
        with self.assertRaisesRegex(UserError, "Nothing is withheld"):
            self._letter(statement)

    def test_answer_overdue_reminds_once(self):
        statement, _line = self._story()
        letter = self._letter(statement)
        letter.action_send()
        with freeze_time(letter.answer_due + timedelta(days=1, hours=12)):
            for _run in range(2):
                self.su_env["dealer.fee.dispute"]._cron_remind_answer()
        self.assertEqual(letter.activity_ids.user_id, self.clerk)
        self.assertEqual(len(letter.activity_ids), 1)

    def test_workbook_and_pdf(self):
        statement, _line = self._story()
        letter = self._letter(statement)
        Report = self.env["ir.actions.report"].with_user(self.clerk)
        content, kind = Report._render(
            "dealer_insurance.action_report_fee_dispute_xlsx", letter.ids, data={}
        )
        self.assertEqual((kind, content[:2]), ("xlsx", b"PK"))
        html, _kind = Report._render_qweb_html(
            "dealer_insurance.report_fee_dispute", letter.ids
        )
        self.assertIn(self.left_out.policy_no, html.decode())

    def test_wrong_posts(self):
        statement, _line = self._story()
        letter = self._letter(statement)
        with self.assertRaises(AccessError):
            letter.with_user(self.store_manager).action_send()
        with self.assertRaises(AccessError):
            statement.with_user(self.store_manager).action_dispute()
        with self.assertRaises(UserError):
            letter.write({"state": "closed"})
        with self.assertRaises(UserError):
            letter.write({"sent_at": fields.Datetime.now()})


@tagged("post_install", "-at_install")
class TestFeeSilence(FeeCase):
    def _month(self, month, rows, number):
        return self._confirmed(
            rows, month=month, number=number, file_name=f"{number}.xlsx"
        )

    def test_two_statements_of_silence_raise_the_alarm(self):
        there, silent = self._policies(self.harbour, [JUNE] * 2)
        june = self._month("202506", [self._row(there)], "HB-06")
        Missing = self.su_env["dealer.fee.missing"]
        missing = june.missing_ids
        self.assertEqual(missing.policy_id, silent)
        Missing._count_missed(self.company)
        self.assertFalse(missing.is_silent)
        july = self._policies(self.harbour, [date(2025, 7, 10)])
        self._month("202507", [self._row(july)], "HB-07")
        for _run in range(2):
            Missing._count_missed(self.company)
            Missing._raise_silence(self.company)
        self.assertEqual((missing.statements_missed, missing.is_silent), (2, True))
        agreement = self.env["dealer.agreement"]._find(
            self.harbour, self.company, self.env.company._dealer_today()
        )
        self.assertEqual(len(agreement.activity_ids), 1)
        self.assertIn("150.00", agreement.activity_ids.summary)
        # August brings it after all.
        august = self._policies(self.harbour, [date(2025, 8, 10)])
        self._month("202508", [self._row(august), self._row(silent)], "HB-08")
        self.assertFalse(missing.is_open)
        self.assertFalse(missing.is_silent)

    def test_given_up_is_no_alarm(self):
        there, _silent = self._policies(self.harbour, [JUNE] * 2)
        june = self._month("202506", [self._row(there)], "HB-06")
        july = self._policies(self.harbour, [date(2025, 7, 10)])
        self._month("202507", [self._row(july)], "HB-07")
        self.su_env["dealer.fee.missing"]._count_missed(self.company)
        missing = june.missing_ids.with_user(self.manager)
        self.assertTrue(missing.is_silent)
        with self.assertRaisesRegex(UserError, "given up"):
            missing.action_give_up()
        june.missing_ids.with_user(self.clerk).note = "not worth the letter"
        missing.action_give_up()
        self.assertFalse(missing.is_silent)

    def test_insurer_that_sends_no_statement(self):
        self._policies(self.harbour, [JUNE])
        Missing = self.su_env["dealer.fee.missing"]
        agreement = self.env["dealer.agreement"]._find(
            self.harbour, self.company, self.env.company._dealer_today()
        )
        with freeze_time("2025-07-15 04:00:00"):
            Missing._remind_missing_statements(self.company)
        self.assertFalse(agreement.activity_ids)
        with freeze_time("2025-07-22 04:00:00"):
            for _run in range(2):
                Missing._remind_missing_statements(self.company)
        self.assertEqual(len(agreement.activity_ids), 1)
        self.assertIn("2025-06", agreement.activity_ids.summary)


@tagged("post_install", "-at_install")
class TestFeeFigures(FeeCase):
    """K18 and the fee at risk, by hand."""

    def _figure(self, function, span, group_by=("company",)):
        engine = (
            self.env["dealer.kpi.engine"]
            .with_user(self.finance)
            .with_context(allowed_company_ids=self.company.ids)
        )
        method = getattr(engine, f"_kpi_{function}")
        return method(self.company, *span, group_by)

    def test_received_overdue_and_at_risk(self):
        june, july = (
            (date(2025, 6, 1), date(2025, 6, 30)),
            (
                date(2025, 7, 1),
                date(2025, 7, 31),
            ),
        )
        there, _silent = self._policies(self.harbour, [JUNE] * 2)
        statement = self._confirmed([self._row(there)], number="HB-06")
        key = (self.company.id,)
        self.assertEqual(self._figure("k18", june), {key: (0.0, 159.0)})
        move = self._invoice(statement)
        self._receive(move, 59.0)
        self.assertEqual(self._figure("k18", june), {key: (59.0, 159.0)})
        self.assertEqual(self._figure("k18", july), {})
        # Due days after today: nothing is overdue yet; on the due day 100.00 are.
        due = move.invoice_date_due
        before = (due - timedelta(days=1),) * 2
        self.assertEqual(self._figure("k18_overdue", before), {})
        self.assertEqual(self._figure("k18_overdue", (due, due)), {key: (100.0, None)})
        by_month = self._figure("k18_overdue", (due, due), ("company", "month"))
        self.assertEqual(
            by_month, {(self.company.id, due.replace(day=1)): (100.0, None)}
        )
        later = self._policies(self.harbour, [date(2025, 7, 10)])
        self._confirmed(
            [self._row(later)], month="202507", number="HB-07", file_name="7.xlsx"
        )
        self.su_env["dealer.fee.missing"]._count_missed(self.company)
        span = (june[0], july[1])
        self.assertEqual(self._figure("k18_silent", span), {key: (150.0, None)})
        self.assertEqual(
            self._figure("k18_silent", span, ("company", "month")),
            {
                (self.company.id, june[0]): (150.0, None),
                (self.company.id, july[0]): (150.0, None),
            },
        )

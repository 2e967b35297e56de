"""The fee of delegated surveys (E13): entry by entry, paid, reversed, freed."""

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .survey_common import SurveyCommon


@tagged("post_install", "-at_install")
class TestSurveyFee(SurveyCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["account.chart.template"].try_loading(
            "cn", company=cls.company, install_demo=False
        )
        cls.company.invalidate_recordset()

    def _invoice(self, surveys):
        """The posted invoices of some surveys."""
        surveys.with_user(self.finance).action_create_fee_invoice()
        moves = surveys.sudo().fee_line_id.move_id
        moves.with_user(self.finance).action_post()
        return moves

    def _pay(self, move, amount=None):
        wizard = (
            self.env["account.payment.register"]
            .with_user(self.finance)
            .with_company(self.company)
            .with_context(active_model="account.move", active_ids=move.ids)
            .create({"amount": amount} if amount else {})
        )
        return wizard._create_payments()

    def test_e13_entry_by_entry(self):
        survey = self._insurer_confirmed()
        self.assertEqual(survey.fee_state, "to_invoice")
        move = self._invoice(survey)
        lines = {
            line.account_id: (line.debit, line.credit)
            for line in move.line_ids.with_company(self.company)
        }
        receivable = self.company.dealer_insurer_receivable_account_id
        income = self.company.dealer_fee_income_account_id
        tax = (move.line_ids.filtered("tax_line_id")).account_id
        self.assertEqual(
            lines, {receivable: (106.0, 0.0), income: (0.0, 100.0), tax: (0.0, 6.0)}
        )
        self.assertEqual(move.partner_id, self.insurer)
        self.assertEqual(survey.fee_state, "invoiced")
        self.env.flush_all()
        self.env.invalidate_all()
        position = self.su_env["dealer.insurer.position"].search(
            [("insurer_id", "=", self.insurer.id), ("move_id", "=", move.id)]
        )
        self.assertEqual(
            (position.kind, position.balance, position.amount_open),
            ("fee", 106.0, 106.0),
        )

    def test_one_invoice_per_insurer_and_month(self):
        mandate_2 = self.mandate.copy(
            {"name": "WT-2", "insurer_id": self.insurer_2.id, "fee": 200.0}
        )
        self.assertTrue(mandate_2)
        with freeze_time("2026-02-10 02:00:00"):
            february = self._insurer_confirmed() | self._insurer_confirmed()
        with freeze_time("2026-03-10 02:00:00"):
            march = self._insurer_confirmed()
            other = self.env["dealer.survey"]
            for _index in range(3):
                other |= self._insurer_confirmed(insurer_id=self.insurer_2.id)
        moves = self._invoice(february | march | other)
        totals = sorted(
            (move.partner_id.name, move.amount_untaxed, move.amount_tax)
            for move in moves
        )
        # 600 / 1.06 = 566.04; three lines of 188.68; VAT is the rest of the 600.
        self.assertEqual(
            totals,
            [
                ("Insurer One", 100.0, 6.0),
                ("Insurer One", 200.0, 12.0),
                ("Insurer Two", 566.04, 33.96),
            ],
        )
        self.assertEqual(len(february.sudo().fee_line_id.move_id), 1)
        with self.assertRaises(UserError):
            (february | march).with_user(self.finance).action_create_fee_invoice()

    def test_paid_in_part_and_in_full_and_taken_back(self):
        surveys = self._insurer_confirmed() | self._insurer_confirmed()
        move = self._invoice(surveys)
        self.assertEqual(move.amount_total, 212.0)
        self._pay(move, 106.0)
        self.assertEqual(surveys.mapped("fee_paid"), [53.0, 53.0])
        self.assertEqual(set(surveys.mapped("fee_state")), {"partial"})
        payment = self._pay(move)
        self.assertEqual(surveys.mapped("fee_paid"), [106.0, 106.0])
        self.assertEqual(set(surveys.mapped("fee_state")), {"paid"})
        payment.action_draft()
        self.assertEqual(set(surveys.mapped("fee_state")), {"partial"})

    def test_a_reversed_invoice_frees_its_surveys(self):
        survey = self._insurer_confirmed()
        move = self._invoice(survey)
        with self.assertRaises(UserError):
            survey.with_user(self.claim_leader).action_return("Wrong")
        refund = move._reverse_moves(cancel=True)
        self.assertEqual(move.payment_state, "reversed")
        self.assertEqual(survey.fee_state, "to_invoice")
        self.env.flush_all()
        self.env.invalidate_all()
        position = self.su_env["dealer.insurer.position"].search(
            [("move_id", "in", (move | refund).ids)]
        )
        self.assertEqual(sum(position.mapped("balance")), 0.0)
        again = self._invoice(survey)
        self.assertNotEqual(again, move)
        self.assertEqual(survey.fee_state, "invoiced")

    def test_a_cancelled_or_deleted_draft_frees_its_surveys(self):
        survey = self._insurer_confirmed()
        survey.with_user(self.finance).action_create_fee_invoice()
        self.assertEqual(survey.fee_state, "draft")
        survey.sudo().fee_line_id.move_id.button_cancel()
        self.assertEqual(survey.fee_state, "to_invoice")
        survey.with_user(self.finance).action_create_fee_invoice()
        survey.sudo().fee_line_id.move_id.with_user(self.finance).unlink()
        self.assertFalse(survey.sudo().fee_line_id)
        self.assertEqual(survey.fee_state, "to_invoice")

    def test_only_finance_invoices_only_what_is_confirmed(self):
        survey = self._insurer_confirmed()
        for user in (self.surveyor, self.claim_leader, self.cashier):
            with self.assertRaises(AccessError):
                survey.with_user(user).action_create_fee_invoice()
        with self.assertRaises(UserError):
            self._uploaded().with_user(self.finance).action_create_fee_invoice()
        self.mandate.fee = 0.0
        free = self._insurer_confirmed()
        self.assertEqual(free.fee_state, "none")
        with self.assertRaises(UserError):
            free.with_user(self.finance).action_create_fee_invoice()
        # A later change of the mandate does not touch what was confirmed.
        self.assertEqual(survey.fee, 106.0)

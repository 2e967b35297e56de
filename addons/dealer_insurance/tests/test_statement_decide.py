"""What people decide about fee statements: choice, guards, confirmation, closing."""

from datetime import date

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .statement_story import StatementStory

JUNE = date(2025, 6, 10)


@tagged("post_install", "-at_install")
class TestStatementDecide(StatementStory):
    def test_choose_and_refuse(self):
        """A proposed policy is chosen in the dialog, another line is not ours."""
        one, two = self._policies(self.harbour, [JUNE] * 2)
        foreign = "HRBA202411112222233334"
        rows = [self._row(one, 保险单号=foreign), self._row(two), self._row()]
        statement = self._settle(rows, user=self.clerk)
        proposed, _good, unknown = statement.line_ids
        self.assertEqual(proposed.match_state, "proposed")
        self.assertIn("policy number", proposed.match_reason)
        with self.assertRaises(UserError):
            proposed.action_withhold()
        with self.assertRaisesRegex(UserError, "G-F2"):
            statement.with_user(self.finance).action_confirm()
        wizard = self.env["dealer.fee.match"].with_user(self.clerk)
        dialog = wizard.browse(proposed.action_open_match()["res_id"])
        self.assertEqual(dialog.candidate_ids.policy_id, one)
        dialog.reason = "Reissued under this number"
        dialog.candidate_ids.action_choose()
        self.assertEqual(proposed.policy_id, one)
        self.assertEqual((proposed.match_state, proposed.result), ("manual", "matched"))
        self.assertIn("Reissued", proposed.match_reason)
        dialog = wizard.browse(unknown.action_open_match()["res_id"])
        dialog.action_not_ours()
        self.assertEqual(unknown.decision, "withhold")
        # Matching again keeps what people have said
        statement.action_match()
        self.assertEqual(proposed.policy_id, one)
        self.assertEqual(unknown.decision, "withhold")
        statement.with_user(self.finance).action_confirm()
        self.assertEqual(statement.state, "confirmed")
        with self.assertRaisesRegex(UserError, "confirmed or replaced"):
            proposed.action_reopen()

    def test_a_policy_of_another_insurer_is_refused(self):
        [ours] = self._policies(self.ridge, [JUNE])
        statement = self._settle([self._row()])
        with self.assertRaisesRegex(UserError, "this insurer"):
            statement.line_ids._choose(ours, self.env["dealer.endorsement"], "")

    def test_guards_of_the_confirmation(self):
        """Every guard refuses for its own reason, and lets pass when it is met."""
        big, small = self._policies(self.harbour, [JUNE] * 2)
        book = self._harbour_book(
            [self._row(big, rate=16), self._row(small, 佣金=151.0)]
        )
        statement = self._import_statement(book, "h.xlsx", user=self.clerk)
        statement = statement.statement_ids.with_user(self.finance)
        with self.assertRaisesRegex(UserError, "G-F6"):
            statement.action_confirm()
        statement.action_match()
        # 1.00 is neither 1 % of 150.00 nor 50.00: withheld without further words
        self.assertEqual(statement.line_ids.mapped("decision"), ["open", "withhold"])
        with self.assertRaisesRegex(UserError, r"G-F3.*rows 5"):
            statement.action_confirm()
        line = statement.line_ids[0]
        with self.assertRaisesRegex(UserError, "explanation"):
            line.action_agree()
        line.action_check_explanation()
        self.assertEqual(line.explained_by_id, self.finance)
        self.assertEqual((line.decision, line.dispute_state), ("withhold", "open"))
        with self.assertRaisesRegex(UserError, "G-F5"):
            statement.with_user(self.clerk).action_confirm()
        statement.action_confirm()
        self.assertEqual(statement.state, "confirmed")
        self.assertEqual(statement.agreed_ex, 0.0)
        self.assertTrue(statement.is_disputed)
        with self.assertRaisesRegex(UserError, "G-F7"):
            statement.action_close()
        statement.action_unconfirm()
        self.assertEqual(statement.state, "matched")

    def test_importer_may_confirm_with_a_waiver(self):
        [policy] = self._policies(self.harbour, [JUNE])
        statement = self._settle([self._row(policy)], user=self.clerk)
        statement.with_user(self.store_manager)._waive(
            "G-F5", "confirm", "Only one clerk in June"
        )
        statement.with_user(self.clerk).action_confirm()
        self.assertEqual(statement.confirmed_by_id, self.clerk)

    def test_close_and_reopen(self):
        [policy] = self._policies(self.harbour, [JUNE])
        statement = self._settle([self._row(policy, rate=16)], user=self.clerk)
        statement = statement.with_user(self.finance)
        statement.line_ids.action_check_explanation()
        statement.action_confirm()
        statement.line_ids._write_protected({"dispute_state": "settled"})
        with self.assertRaises(AccessError):
            statement.with_user(self.clerk).action_close()
        statement.action_close()
        self.assertEqual(statement.state, "closed")
        with self.assertRaises(UserError):
            statement.action_unconfirm()
        statement.action_reopen()
        self.assertEqual(statement.state, "confirmed")

    def test_accept_rounding(self):
        one, two = self._policies(self.harbour, [JUNE] * 2)
        statement = self._settle([self._row(one, 佣金=150.01), self._row(two)])
        line = self._line(statement, one)
        self.assertEqual(line.decision, "agree")
        line.action_reopen()
        statement.action_accept_rounding()
        self.assertEqual(line.decision, "agree")
        with self.assertRaises(UserError):
            statement.action_accept_rounding()

    def test_facts_that_change_ask_for_a_new_match(self):
        [policy] = self._policies(self.harbour, [JUNE])
        statement = self._settle([self._row(policy)])
        statement.date_from = "2025-06-15"
        self.assertEqual(statement.state, "draft")
        statement.action_match()
        self.assertEqual(statement.line_ids.result, "cut_off")

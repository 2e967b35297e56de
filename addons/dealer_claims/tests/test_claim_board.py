from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError

from .closing_common import ClosingCommon

MODEL = "dealer.claim.board"


class TestClaimBoard(ClosingCommon):
    """Who holds the ball, for how many days, and what it costs to look."""

    def _at(self, days, **vals):
        """A case received some days ago."""
        moment = fields.Datetime.now() - timedelta(days=days)
        return self._claim(
            received_at=moment, accident_at=moment - timedelta(hours=3), **vals
        )

    def _board(self, user=None, **kwargs):
        board = self.env[MODEL].with_user(user or self.claim_leader)
        return board.with_company(self.company).get_board(**kwargs)

    def test_ball_of_a_new_case(self):
        """The receptionist has one working day; ten days later the case is late."""
        claim = self._at(10)
        self.assertEqual(claim.ball_stage, "received")
        self.assertEqual(claim.ball_staff_id, self.reception_staff)
        self.assertEqual(claim.ball_days, 10)
        since = self.company._dealer_today() - timedelta(days=10)
        self.assertEqual(claim.ball_since, since)
        self.assertEqual(
            claim.ball_due_on, self.company._dealer_add_working_days(since, 1)
        )
        late = (self.company._dealer_today() - claim.ball_due_on).days
        self.assertEqual((claim.ball_is_late, claim.ball_days_over), (True, late))
        self.assertIn(
            claim, self.su_env["dealer.claim"].search([("ball_is_late", "=", True)])
        )
        self.assertNotIn(
            claim, self.su_env["dealer.claim"].search([("ball_is_late", "=", False)])
        )

    def test_limit_of_the_store(self):
        """A limit of the store comes first, and open cases follow a changed limit."""
        claim = self._at(10)
        limits = self.su_env["dealer.claim.stage.limit"]
        limits.create(
            {
                "stage": "received",
                "company_id": self.company.id,
                "phase": "assess",
                "holder": "claim_leader",
                "days": 60,
                "next_action": "Look at it yourself",
            }
        )
        claim.invalidate_recordset()
        self.assertFalse(claim.ball_is_late)
        self.assertEqual(claim.ball_holder, "claim_leader")
        self.assertEqual(claim.ball_next_action, "Look at it yourself")

    def test_board(self):
        """Numbers, money and cards of the columns; filters narrow all of them."""
        late, fresh = self._at(10), self._at(0)
        assessed = self._assessed(self._at(1))
        board = self._board()
        columns = {column["key"]: column for column in board["columns"]}
        self.assertEqual(columns["assess"]["count"], 2)
        self.assertEqual(columns["assess"]["late"], 1)
        cards = [card["id"] for card in columns["assess"]["cards"]]
        self.assertEqual(cards, [late.id, fresh.id], "who waits longest stands first")
        card = columns["assess"]["cards"][0]
        self.assertEqual((card["days"], card["standing"]), (10, "late"))
        self.assertEqual(columns["repair"]["amount"], 10300.0, "assessed amount")
        self.assertEqual(board["total"], {"count": 3, "late": 1, "amount": 10300.0})
        self.assertEqual(self._board(late=True)["total"]["count"], 1)
        narrow = self._board(filters={"stage": "assessed"})
        self.assertEqual(narrow["total"]["count"], 1)
        action = (
            self.env[MODEL].with_user(self.claim_leader).open_cases({"phase": "repair"})
        )
        found = self.su_env["dealer.claim"].search(action["domain"])
        self.assertEqual(found, assessed)
        with self.assertRaises(UserError):
            self._board(filters={"name": "x"})

    def test_store(self):
        """Another store's board is closed; its cases never show."""
        with self.assertRaises(AccessError):
            self._board(store=self.company_2.id)
        self._at(1)
        other = self._user("claim_leader", company=self.company_2)
        board = (
            self.env[MODEL].with_user(other).with_company(self.company_2).get_board()
        )
        self.assertEqual(board["total"]["count"], 0)

    def test_queries(self):
        """Fifty cases cost no more statements than one."""

        def count():
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            self._board()
            return self.env.cr.sql_log_count - start

        self._at(1)
        self._board()
        one = count()
        template = self._at(2)
        vals = template.copy_data()[0]
        self.su_env["dealer.claim"].create(
            [{**vals, "report_no": f"B{i}", "claim_kind": "normal"} for i in range(50)]
        )
        self.assertLessEqual(count(), one + 2)

"""Fee statements from outside: what each post may do over RPC."""

from datetime import date

from odoo.exceptions import AccessError, UserError
from odoo.service.model import call_kw
from odoo.tests import tagged

from .statement_story import StatementStory

JUNE = date(2025, 6, 10)
READERS = ("uw_leader", "insurance_manager", "store_manager", "supervisor")
STRANGERS = ("sales_consultant", "cashier", "renewal_agent", "hotline_agent")


@tagged("post_install", "-at_install")
class TestStatementRights(StatementStory):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.posts = {
            post: cls._user(post)
            for post in {*READERS, *STRANGERS} - {"insurance_manager", "store_manager"}
        }
        cls.posts["insurance_manager"] = cls.manager
        cls.posts["store_manager"] = cls.store_manager
        cls.company_2 = cls._company(cls.su_env, "Other Store")
        cls.stranger = cls._user("finance", cls.company_2)

    def setUp(self):
        super().setUp()
        self.policy = self._policies(self.harbour, [JUNE])
        self.statement = self._settle(
            [self._row(self.policy, rate=16), self._row()], user=self.clerk
        )

    def _call(self, user, method, *args, model="dealer.fee.statement", ids=None):
        records = self.env[model].with_user(user)
        ids = self.statement.ids if ids is None else ids
        return call_kw(records, method, [ids, *args], {})

    def test_readers_read_only(self):
        for post in READERS:
            user = self.posts[post]
            with self.subTest(post):
                [data] = self._call(user, "read", ["stated_ex", "missing_fee"])
                self.assertAlmostEqual(data["stated_ex"], 310.0)
                for method in ("action_match", "action_confirm", "action_discard"):
                    with self.subTest(method), self.assertRaises(AccessError):
                        self._call(user, method)
                line = self.statement.line_ids[:1]
                for method in ("action_agree", "action_withhold", "action_open_match"):
                    with self.subTest(method), self.assertRaises(AccessError):
                        self._call(
                            user,
                            method,
                            model="dealer.fee.statement.line",
                            ids=line.ids,
                        )

    def test_strangers_see_nothing(self):
        for post in STRANGERS:
            user = self.posts[post]
            for model in (
                "dealer.fee.statement",
                "dealer.fee.statement.line",
                "dealer.fee.missing",
            ):
                with self.subTest(post=post, model=model):
                    with self.assertRaises(AccessError):
                        call_kw(self.env[model].with_user(user), "search_read", [], {})
            with self.assertRaises(AccessError):
                self._import_statement(
                    self._harbour_book([self._row(self.policy)], number="X1"),
                    "x.xlsx",
                    user=user,
                )

    def test_other_store(self):
        found = (
            self.env["dealer.fee.statement"]
            .with_user(self.stranger)
            .search([("id", "=", self.statement.id)])
        )
        self.assertFalse(found)
        with self.assertRaises(AccessError):
            self._call(self.stranger, "action_match")

    def test_nobody_forges(self):
        """State, money, match and decision are written by buttons only."""
        line = self.statement.line_ids[0]
        for user in (self.clerk, self.finance):
            for vals in (
                {"state": "paid"},
                {"confirmed_at": "2025-07-01 00:00:00"},
                {"matched_at": "2025-07-01 00:00:00"},
                {"agreed_incl": 5.0},
                {"imported_by_id": self.clerk_2.id},
                {"line_ids": [(0, 0, {"statement_fee": 5.0})]},
                {"missing_ids": [(5, 0, 0)]},
                {"invoice_ids": False, "version": 7},
            ):
                with self.subTest(vals=vals), self.assertRaises(UserError):
                    self._call(user, "write", vals)
            for vals in (
                {"statement_fee": 5.0},
                {"decision": "agree"},
                {"policy_id": False},
                {"match_state": "manual"},
                {"explained_by_id": self.finance.id},
                {"agreed_amount_incl": 9.0},
                {"dispute_state": "settled"},
                {"held_by_row": True},
                {"delta": 0.0},
            ):
                with self.subTest(vals=vals), self.assertRaises(UserError):
                    self._call(
                        user,
                        "write",
                        vals,
                        model="dealer.fee.statement.line",
                        ids=line.ids,
                    )
            for model in (
                "dealer.fee.statement",
                "dealer.fee.statement.line",
                "dealer.fee.missing",
            ):
                with self.subTest(model=model), self.assertRaises(AccessError):
                    call_kw(self.env[model].with_user(user), "create", [[{}]], {})
                with self.subTest(model=model), self.assertRaises(AccessError):
                    self._call(user, "unlink", model=model, ids=[])
                    self.env[model].with_user(user).check_access("unlink")

    def test_private_methods(self):
        for method in ("_match", "_choose", "_sudo_replace", "_write_protected"):
            with self.subTest(method), self.assertRaises(AccessError):
                self._call(self.clerk, method)

    def test_owner_note_and_words_are_free(self):
        line = self.statement.line_ids[0].with_user(self.finance)
        line.write({"note": "asked", "owner_id": self.clerk.id})
        line.explanation = "Our own words"
        self.assertEqual(line.explained_by_id, self.finance)
        self.assertEqual(line.decision, "open")

    def test_forged_default_does_not_help(self):
        run = (
            self.env["dealer.import"]
            .with_user(self.clerk)
            .with_context(default_statement_digest="forged", default_state="done")
            .create(
                {
                    "kind": "fee_statement",
                    "file": self._encode(self._harbour_book([self._row(self.policy)])),
                    "file_name": "forged.xlsx",
                    "company_id": self.company.id,
                }
            )
        )
        self.assertEqual((run.state, run.statement_digest), ("draft", False))
        self.assertEqual(run.load_mode, "all")

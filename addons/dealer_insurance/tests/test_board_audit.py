"""Confirmations, frozen boards and the monthly audit (SM-18, S60)."""

from datetime import date, datetime

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.service.model import call_kw
from odoo.tests import tagged

from odoo.addons.dealer_base.models.guard_mixin import GuardError

from .board_common import BoardCommon

AUGUST = date(2026, 8, 1)


@tagged("post_install", "-at_install")
class TestBoardAudit(BoardCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.leader = cls.users["uw_leader"]

    def _confirm(self, day=None, user=None):
        Update = self.env["dealer.board.update"].with_user(user or self.clerk)
        return Update.with_company(self.company).action_confirm_update(
            day and fields.Date.to_string(day)
        )

    def _freeze(self, day, previous=None):
        return self.su_env["dealer.board.snapshot"]._sudo_freeze(
            self.company, day, previous
        )

    def _run(self, name):
        """Let a job run as the scheduler does."""
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref(f"dealer_insurance.{name}").method_direct_trigger()
        self.env.invalidate_all()

    def _audit(self):
        return (
            self.su_env["dealer.board.audit"]
            ._sudo_create(self.company, AUGUST)
            .with_user(self.leader)
            .with_company(self.company)
        )

    # -- confirmation -----------------------------------------------------------

    def test_confirmation_in_time_late_and_twice(self):
        # 17:30 in the store is before the deadline, 18:30 is after it.
        with freeze_time("2026-08-20 09:30:00"):
            self.assertEqual(self._confirm()["state"], "on_time")
            with self.assertRaises(UserError):
                self._confirm()
        with freeze_time("2026-08-21 10:30:00"):
            self.assertEqual(self._confirm()["state"], "late")
        updates = self.su_env["dealer.board.update"].search(
            [("company_id", "=", self.company.id)], order="day"
        )
        self.assertRecordValues(
            updates,
            [
                {
                    "day": date(2026, 8, 20),
                    "deadline": datetime(2026, 8, 20, 10),
                    "is_late": False,
                    "confirmed_by_id": self.clerk.id,
                },
                {
                    "day": date(2026, 8, 21),
                    "deadline": datetime(2026, 8, 21, 10),
                    "is_late": True,
                    "confirmed_by_id": self.clerk.id,
                },
            ],
        )
        with self.assertRaises(UserError):
            updates.write({"is_late": False})
        with self.assertRaises(UserError):
            updates.unlink()

    @freeze_time("2026-08-20 09:30:00")
    def test_confirmation_is_the_clerks(self):
        for post in ("uw_leader", "sales_consultant", "cashier", "store_manager"):
            with self.assertRaises(AccessError):
                self._confirm(user=self.users[post])
        with self.assertRaises(UserError):
            self._confirm(date(2026, 8, 21))
        foreign = self._user("policy_clerk", self.company_2, login="board_foreign")
        Update = self.env["dealer.board.update"].with_user(foreign)
        with self.assertRaises(AccessError):
            Update.action_confirm_update("2026-08-20", self.company.id)

    @freeze_time("2026-08-20 09:30:00")
    def test_state_on_the_board(self):
        board = self.env["dealer.penetration.board"].with_user(self.clerk)
        board = board.with_company(self.company)
        update = board.get_board()["update"]
        self.assertEqual((update["state"], update["can_confirm"]), ("open", True))
        self._confirm()
        update = board.get_board()["update"]
        self.assertEqual((update["state"], update["can_confirm"]), ("on_time", False))
        self.assertEqual(update["person"], self.clerk.name)
        self.assertEqual(update["moment"], "08-20 17:30")
        self.assertEqual(
            board.get_board("day", "2026-08-19")["update"]["state"], "missing"
        )

    # -- frozen boards ----------------------------------------------------------

    def test_cron_freezes_once_a_day(self):
        with freeze_time("2026-08-20 01:00:00"):
            self._cars(self.anna, "cp", date(2026, 8, 20))
        Snapshot = self.su_env["dealer.board.snapshot"]
        mine = [("company_id", "=", self.company.id)]
        with freeze_time("2026-08-20 10:05:00"):
            self._run("cron_board_freeze")
            self._run("cron_board_freeze")
        snapshot = Snapshot.search(mine)
        self.assertRecordValues(
            snapshot,
            [
                {
                    "day": date(2026, 8, 20),
                    "deadline": datetime(2026, 8, 20, 10),
                    "frozen_at": datetime(2026, 8, 20, 10, 5),
                    "day_delivered": 2,
                    "day_insured": 1,
                    "delivered": 2,
                    "penetration": 0.5,
                    "premium": 5450.0,
                    "late_count": 0,
                }
            ],
        )
        row = snapshot.line_ids.filtered(lambda r: r.consultant_id == self.anna)
        self.assertEqual((row.rank, row.delivered, row.insured), (1, 2, 1))
        self.assertEqual(len(snapshot.car_ids), 2)
        # Before the next deadline there is nothing to do, after it there is.
        with freeze_time("2026-08-21 09:00:00"):
            self._run("cron_board_freeze")
            self.assertEqual(Snapshot.search_count(mine), 1)
        with freeze_time("2026-08-21 10:15:00"):
            self._run("cron_board_freeze")
        self.assertEqual(Snapshot.search_count(mine), 2)
        with self.assertRaises(UserError):
            snapshot.write({"insured": 9})
        with self.assertRaises(UserError):
            snapshot.car_ids.unlink()

    def test_late_data_of_earlier_days(self):
        """A car of the 20th entered on the 22nd is late data of the next copy."""
        with freeze_time("2026-08-20 01:00:00"):
            self._cars(self.anna, "c", date(2026, 8, 20))
        with freeze_time("2026-08-20 10:05:00"):
            self._freeze(date(2026, 8, 20))
        with freeze_time("2026-08-22 02:00:00"):
            late = self._cars(self.bert, "p", date(2026, 8, 20))
            self._cars(self.bert, "p", date(2026, 8, 22))
        with freeze_time("2026-08-22 10:05:00"):
            snapshot = self._freeze(date(2026, 8, 22), date(2026, 8, 20))
        self.assertEqual(snapshot.late_count, 1)
        car = snapshot.car_ids.filtered("is_late")
        self.assertEqual(car.delivery_id, late)
        self.assertEqual(car.entered_by_id, late.create_uid)
        self.assertEqual(snapshot.day_delivered, 1)
        self.assertEqual(snapshot.delivered, 3)

    # -- audit ------------------------------------------------------------------

    @freeze_time("2026-09-01 02:00:00")
    def test_created_for_the_month_that_ended(self):
        self._cars(self.anna, "c", date(2026, 8, 20))
        Audit = self.su_env["dealer.board.audit"]
        self._run("cron_board_audit")
        self._run("cron_board_audit")
        audit = Audit.search([("company_id", "=", self.company.id)])
        self.assertRecordValues(
            audit,
            [
                {
                    "month": AUGUST,
                    "state": "draft",
                    "due_date": date(2026, 9, 3),
                    "due_count": 31,
                    "actual_count": 0,
                    "missing_count": 31,
                    "books_delivered": 1,
                    "books_insured": 1,
                }
            ],
        )

    def _month(self):
        """Three days of August: one in time, one late; one policy issued later, one
        car and one policy entered late, one loss registered later."""
        with freeze_time("2026-08-03 02:00:00"):
            self.on_time = self._cars(self.anna, "cc", date(2026, 8, 3))
            self.later = self._cars(self.bert, "p", date(2026, 8, 3))
            self.forgotten = self._cars(self.bert, "p", date(2026, 8, 3))
            self.explained = self._cars(self.bert, "p", date(2026, 8, 3))
        with freeze_time("2026-08-03 09:00:00"):
            self._confirm()
        with freeze_time("2026-08-03 10:05:00"):
            self._freeze(date(2026, 8, 3))
        with freeze_time("2026-08-04 11:00:00"):
            self._confirm()
        with freeze_time("2026-08-05 02:00:00"):
            # issued on the 5th: later; issued on the 3rd and entered now: late
            self._insure([(self.later, True)], date(2026, 8, 5))
            self._insure([(self.forgotten, True)], date(2026, 8, 3))
            self._register_loss(self.explained)
            self.added = self._cars(self.carl, "c", date(2026, 8, 3))
            self.env.flush_all()

    def test_differences_by_car(self):
        self._month()
        with freeze_time("2026-09-01 02:00:00"):
            audit = self._audit()
        self.assertRecordValues(
            audit,
            [
                {
                    "due_count": 31,
                    "actual_count": 2,
                    "late_count": 1,
                    "missing_count": 29,
                    "board_delivered": 5,
                    "books_delivered": 6,
                    "board_insured": 2,
                    "books_insured": 5,
                    "difference_count": 4,
                    "late_entry_count": 2,
                }
            ],
        )
        kinds = {}
        for line in audit.line_ids:
            kinds.setdefault(line.delivery_id, {})[line.kind] = line.is_late
        self.assertEqual(
            kinds,
            {
                self.later: {"insured": False, "commercial": False, "premium": False},
                self.forgotten: {"insured": True, "commercial": True, "premium": True},
                self.explained: {"registered": False},
                self.added: {"added": True},
            },
        )
        premium = audit.line_ids.filtered(
            lambda line: line.kind == "premium" and line.delivery_id == self.later
        )
        self.assertIn("5,450.00", premium.books_text)
        self.assertNotIn("08-03", audit.missing_days)
        self.assertIn("08-05", audit.missing_days)

    def test_a_clean_month_needs_no_words(self):
        self.company.dealer_board_due = "working"
        with freeze_time("2026-09-01 02:00:00"):
            audit = self._audit()
        for day in self.company._dealer_board_due_days(AUGUST, date(2026, 8, 31)):
            with freeze_time(f"{day} 09:00:00"):
                self._confirm()
        with freeze_time("2026-09-02 02:00:00"):
            audit.action_check()
            self.assertTrue(audit.is_clean)
            self.assertEqual(audit.state, "checked")
            self.assertEqual(audit.checked_by_id, self.leader)
            audit.action_pass()
        self.assertEqual(audit.state, "passed")
        self.assertEqual(audit.due_count, 21)

    def test_forward_and_back(self):
        self._month()
        with freeze_time("2026-09-01 02:00:00"):
            audit = self._audit()
            with self.assertRaises(GuardError) as refused:
                audit.action_check()
            self.assertEqual(refused.exception.codes, ["G-U2"])
            with self.assertRaises(UserError):
                audit.action_pass()
            audit.conclusion = "29 days without confirmation; clerk on leave"
            audit.action_check()
            self.assertTrue(audit.checked_at)
            # What is checked is closed to late confirmations.
            with self.assertRaises(UserError):
                self._confirm(date(2026, 8, 31))
            audit.action_fail()
            with self.assertRaises(GuardError) as refused:
                audit.action_rectify()
            self.assertEqual(refused.exception.codes, ["G-U3"])
            audit.rectification = "Stand-in named"
            audit.action_rectify()
            self.assertEqual(audit.state, "rectified")
            managed = audit.with_user(self.manager)
            managed.action_acknowledge()
            self.assertEqual(audit.seen_by_id, self.manager)
            managed.action_reopen()
            self.assertEqual(audit.state, "draft")
            self.assertFalse(audit.checked_by_id | audit.seen_by_id)
            self.assertTrue(audit.activity_ids)

    @freeze_time("2026-08-20 02:00:00")
    def test_not_before_the_month_is_over(self):
        audit = self._audit()
        audit.conclusion = "Early"
        with self.assertRaises(GuardError) as refused:
            audit.action_check()
        self.assertEqual(refused.exception.codes, ["G-U1"])

    def test_wrong_posts(self):
        with freeze_time("2026-09-01 02:00:00"):
            audit = self._audit()
            audit.conclusion = "Nobody"
            for post in (
                "policy_clerk",
                "sales_consultant",
                "cashier",
                "store_manager",
            ):
                other = audit.with_user(self.users[post])
                for name in (
                    "action_check",
                    "action_pass",
                    "action_fail",
                    "action_rectify",
                    "action_acknowledge",
                    "action_reopen",
                    "action_refresh",
                ):
                    with (
                        self.subTest(post=post, name=name),
                        self.assertRaises(AccessError),
                        self.env.cr.savepoint(),
                    ):
                        call_kw(other.browse(), name, [audit.ids], {})
            # The leader signs; he is not his own manager.
            for name in ("action_acknowledge", "action_reopen"):
                with self.assertRaises(AccessError):
                    call_kw(audit.browse(), name, [audit.ids], {})
            with self.assertRaises(UserError):
                call_kw(audit.browse(), "write", [audit.ids, {"state": "passed"}], {})
            with self.assertRaises(UserError):
                call_kw(audit.browse(), "write", [audit.ids, {"late_count": 0}], {})

    def test_audit_of_the_other_store(self):
        with freeze_time("2026-09-01 02:00:00"):
            audit = self._audit()
            foreign = self._user("uw_leader", self.company_2, login="board_leader_2")
            other = self.env["dealer.board.audit"].with_user(foreign).browse(audit.id)
            self.assertFalse(other.search([("id", "=", audit.id)]))
            with self.assertRaises(AccessError):
                other.action_check()

    def test_print(self):
        self._month()
        with freeze_time("2026-09-01 02:00:00"):
            audit = self._audit()
            html, _type = audit.env["ir.actions.report"]._render_qweb_html(
                "dealer_insurance.report_board_audit", audit.ids
            )
        text = html.decode()
        self.assertIn(self.added.name, text)
        self.assertIn("2026-08", text)

    def test_queries_do_not_grow(self):
        """Freezing and comparing 500 cars takes as many statements as 50."""
        counts = []
        for count in (50, 450):
            with freeze_time("2026-08-10 02:00:00"):
                self._many_cars(count)
            with freeze_time("2026-09-01 02:00:00"):
                audit = (
                    self.su_env["dealer.board.audit"].search(
                        [("company_id", "=", self.company.id)]
                    )
                    or self._audit().sudo()
                )
                self.env.flush_all()
                self.env.invalidate_all()
                before = self.env.cr.sql_log_count
                audit._sudo_compare()
                self.env.flush_all()
                counts.append(self.env.cr.sql_log_count - before)
                self.assertEqual(audit.difference_count, count if count == 50 else 500)
        # Lines are inserted by hundreds and read by thousands.
        self.assertLess(counts[1] - counts[0], 25)

from datetime import date, datetime, timedelta

import psycopg2

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.dealer_base.models.guard_mixin import GuardError

from .hotline_common import HotlineCommon


@tagged("post_install", "-at_install")
class TestHotlineRoster(HotlineCommon):
    def _shift(self, start, end, staff=None, **vals):
        return self._as(self.leader, self.env["dealer.hotline.shift"]).create(
            {
                "staff_id": (staff or self.agent_staff).id,
                "date_start": start,
                "date_end": end,
                "company_id": self.company.id,
                **vals,
            }
        )

    def test_one_person_at_a_time(self):
        start = datetime(2026, 8, 3, 0)
        self._shift(start, start + timedelta(hours=12))
        self._shift(start + timedelta(hours=12), start + timedelta(hours=24))
        with (
            self.assertRaises(psycopg2.errors.ExclusionViolation),
            mute_logger("odoo.sql_db"),
            self.env.cr.savepoint(),
        ):
            self._shift(start + timedelta(hours=11), start + timedelta(hours=13))
        with (
            self.assertRaises(psycopg2.errors.ExclusionViolation),
            mute_logger("odoo.sql_db"),
            self.env.cr.savepoint(),
        ):
            self.env.cr.execute(
                "INSERT INTO dealer_hotline_shift"
                " (company_id, staff_id, date_start, date_end)"
                " VALUES (%s, %s, %s, %s)",
                (self.company.id, self.agent_staff.id, start, start + timedelta(1)),
            )
        with self.assertRaises(AccessError):
            self._as(self.agent, self.env["dealer.hotline.shift"]).create(
                {
                    "staff_id": self.agent_staff.id,
                    "date_start": start + timedelta(days=9),
                    "date_end": start + timedelta(days=10),
                }
            )

    def test_gaps(self):
        start = fields.Datetime.now().replace(minute=0, second=0) - timedelta(hours=1)
        Shift = self.su_env["dealer.hotline.shift"]
        end = start + timedelta(days=8)
        self._shift(start, start + timedelta(days=2))
        self._shift(start + timedelta(days=2, hours=3), end)
        self.assertEqual(
            Shift._gaps(self.company, start, end),
            [(start + timedelta(days=2), start + timedelta(days=2, hours=3))],
        )
        rows = self.su_env["dealer.hotline.gap"].search(
            [("company_id", "=", self.company.id)]
        )
        self.assertEqual([round(hours, 3) for hours in rows.mapped("hours")], [3.0])
        self._run_cron("dealer_claims.cron_hotline_gaps")
        self._run_cron("dealer_claims.cron_hotline_gaps")
        kind = self.env.ref("dealer_claims.activity_hotline_gap")
        activity = self.env["mail.activity"].search(
            [("activity_type_id", "=", kind.id), ("user_id", "=", self.leader.id)]
        )
        self.assertEqual(len(activity), 1)

    def test_calls_outside_a_shift(self):
        moment = fields.Datetime.now() - timedelta(hours=1)
        call = self._call(call_at=moment, accident_at=moment)
        self.assertTrue(call.is_off_shift)
        shift = self._shift(moment - timedelta(hours=1), moment + timedelta(hours=1))
        self.assertEqual(call.shift_id, shift)
        self.assertFalse(call.is_off_shift)
        shift.staff_id = self.leader_staff
        self.assertTrue(call.is_off_shift)
        with self.assertRaises(UserError):
            shift.unlink()

    def test_copy_of_a_week(self):
        monday = datetime(2026, 8, 2, 16)  # Monday 3 August 00:00 in the store
        first = self._shift(monday, monday + timedelta(hours=12))
        self._shift(monday + timedelta(days=1), monday + timedelta(days=2))
        first.action_copy_week()
        first.action_copy_week()
        shifts = self.su_env["dealer.hotline.shift"].search(
            [("company_id", "=", self.company.id)]
        )
        self.assertEqual(len(shifts), 4)
        self.assertEqual(shifts[2].date_start, monday + timedelta(days=7))


@tagged("post_install", "-at_install")
class TestHotlineQuality(HotlineCommon):
    def _sheet(self, call, user=None):
        return self._as(user or self.leader, self.env["dealer.call.score"]).create(
            {"call_id": call.id}
        )

    def test_score(self):
        sheet = self._sheet(self._call())
        self.assertEqual(sum(sheet.line_ids.mapped("weight")), 100)
        with self.assertRaises(UserError):
            sheet.action_score()
        sheet.line_ids.points = "4"
        sheet.line_ids[0].points = "0"
        # weight 10 of 100 at 0, the rest at 4 of 5: 0.9 × 0.8
        self.assertAlmostEqual(sheet.score, 0.72, 4)
        sheet.action_score()
        self.assertEqual(sheet.scorer_id, self.leader)
        with self.assertRaises(UserError):
            sheet.line_ids[0].points = "5"
        with self.assertRaises(UserError):
            sheet.write({"scored_at": False})
        with self.assertRaises(AccessError):
            self._sheet(self._call(), self.agent)

    def test_nobody_scores_himself(self):
        call = self._call(user=self.leader)
        self.assertEqual(call.agent_id, self.leader_staff)
        sheet = self._sheet(call)
        sheet.line_ids.points = "5"
        with self.assertRaises(GuardError) as caught:
            sheet.action_score()
        self.assertEqual(caught.exception.codes, ["G-H6"])
        self._as(self.manager, sheet).action_score()

    def test_sample(self):
        moment = datetime(2026, 8, 10, 2)
        self._history(5, call_at=moment)
        calls = self.Call.create(
            [
                {
                    "company_id": self.company.id,
                    "call_at": moment + timedelta(hours=hour),
                    "accident_at": moment,
                    "agent_id": self.agent_staff.id,
                }
                for hour in range(10)
            ]
        )
        Score = self.su_env["dealer.call.score"]
        drawn = Score._draw_sample(self.company, date(2026, 8, 1))
        self.assertEqual(len(drawn), 3)
        self.assertLessEqual(drawn.call_id, calls)
        self.assertEqual(drawn.activity_ids.user_id, self.leader)
        self.assertFalse(Score._draw_sample(self.company, date(2026, 8, 1)))


@tagged("post_install", "-at_install")
class TestHotlineFigures(HotlineCommon):
    """K20 to K24 with figures counted by hand, and the analysis that shows them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        moment = datetime(2026, 8, 10, 2)
        cls._august(moment, is_missed=True)
        for minutes, to in ((6, "insurer"), (12, "own"), (0, "none")):
            cls._august(
                moment,
                dispatch_to=to,
                dispatched_at=minutes and moment + timedelta(minutes=minutes),
                returned_at=moment + timedelta(days=31 if minutes == 12 else 3),
                source="insurer_push" if minutes else "customer",
            )
        for reason in (cls.far, cls.far, cls.away):
            cls._august(
                moment,
                not_returned_at=moment,
                not_return_reason_id=reason.id,
                dispatch_to="none",
            )
        # The last minute of July in the store is still July.
        cls._august(datetime(2026, 7, 31, 15, 59), returned_at=datetime(2026, 8, 2))
        cls.Call._create_protected(
            [{"company_id": cls.company_2.id, "call_at": moment, "is_historical": True}]
        )
        cls.engine = cls.su_env["dealer.kpi.engine"]
        cls.august = (cls.company, date(2026, 8, 1), date(2026, 8, 31))

    @classmethod
    def _august(cls, moment, **vals):
        return cls.Call._create_protected(
            [
                {
                    "company_id": cls.company.id,
                    "is_historical": True,
                    "call_at": moment,
                    "accident_at": moment,
                    "agent_id": cls.agent_staff.id,
                    **vals,
                }
            ]
        )

    def _kpi(self, name, group_by=(), filters=None):
        method = getattr(self.engine, f"_kpi_{name}")
        return method(*self.august, group_by, filters)

    def test_figures(self):
        # seven calls, one of them missed
        self.assertEqual(self._kpi("k20")[()], (6, 7))
        # two needed a surveyor: 6 and 12 minutes
        self.assertEqual(self._kpi("k20_dispatch")[()], (1, 2))
        # 7 less the missed one and the accident far away; one came too late
        self.assertEqual(self._kpi("k21")[()], (2, 5))
        self.assertEqual(self._kpi("k22")[()], (2, 2))
        self.assertEqual(
            self._kpi("k23", ("not_returned",)),
            {(self.far.id,): (2, 3), (self.away.id,): (1, 3)},
        )
        # July: one of one
        self.assertAlmostEqual(self._kpi("k24")[()][0], 2 / 5 - 1, 9)
        self.assertEqual(self._kpi("k24_year"), {})
        self.assertEqual(
            self._kpi("k21", ("company", "month")),
            {(self.company.id, date(2026, 8, 1)): (2, 5)},
        )
        self.assertEqual(
            self._kpi("k21", filters={"call_source": "insurer_push"})[()], (1, 2)
        )
        action = self.engine._kpi_k23_action(
            *self.august, "numerator", {"not_returned": self.far.id}
        )
        self.assertEqual(self.Call.search_count(action["domain"]), 2)

    def test_review(self):
        review = self.su_env["dealer.review"]._create_month(
            "return_to_store", self.company, date(2026, 8, 1)
        )
        figures = {line.code: line for line in review.figure_ids}
        self.assertEqual(figures["calls"].value, 7)
        self.assertEqual(figures["not_returned"].value, 3)
        self.assertEqual(figures["pending"].value, 0)
        self.assertAlmostEqual(figures["return_rate"].value, 0.4, 6)
        self.assertAlmostEqual(figures["change_month"].value, -0.6, 6)
        self.assertEqual(figures["calls"].previous_value, 1)
        mine = self._as(self.leader, review)
        with self.assertRaises(GuardError) as caught:
            mine.action_submit()
        self.assertEqual(caught.exception.codes, ["G-Y1"])
        with self.assertRaises(AccessError):
            self._as(self.agent, review).action_submit()

    def test_job_makes_the_analysis_once(self):
        last = self.company._dealer_today().replace(day=1) - timedelta(days=3)
        self._august(datetime(last.year, last.month, last.day, 4))
        Review = self.su_env["dealer.review"]
        domain = [
            ("kind", "=", "return_to_store"),
            ("company_id", "=", self.company.id),
        ]
        self._run_cron("dealer_claims.cron_hotline_review")
        self._run_cron("dealer_claims.cron_hotline_review")
        self.assertEqual(len(Review.search(domain)), 1)

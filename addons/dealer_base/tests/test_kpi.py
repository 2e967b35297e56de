"""Registry of key figures: values, targets, frozen copies, who sees what."""

from contextlib import ExitStack
from datetime import date, datetime
from unittest.mock import patch

from freezegun import freeze_time
from psycopg2.errors import UniqueViolation

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models.kpi import NO_VALUE, ratio_of
from .common import DealerBaseCommon


@tagged("post_install", "-at_install")
class TestKpi(DealerBaseCommon):
    """A figure of the test: numbers by month, as ``self.months`` says."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for company in cls.company_a | cls.company_b:
            company.partner_id.tz = "Asia/Shanghai"
        cls.env["dealer.kpi"].search([]).active = False

    def setUp(self):
        super().setUp()
        self.months = {date(2026, 8, 1): (3, 4), date(2026, 7, 1): (1, 2)}
        self.calls = []
        case = self

        def kpi(engine, companies, date_from, date_to, group_by=(), filters=None):
            case.calls.append((date_from, date_to, group_by))
            if "month" in group_by:
                return {
                    (company.id, month): pair
                    for company in companies
                    for month, pair in case.months.items()
                }
            if group_by == ("company",):
                return {(company.id,): (1, 2) for company in companies}
            return {(): (3, 4)}

        def action(engine, companies, date_from, date_to, part, filters=None):
            return {"part": part, "from": date_from, "to": date_to}

        stack = ExitStack()
        self.addCleanup(stack.close)
        engine = type(self.env["dealer.kpi.engine"])
        for name, method in (("_kpi_t1", kpi), ("_kpi_t1_action", action)):
            stack.enter_context(patch.object(engine, name, method, create=True))
        self.kpi = self.env["dealer.kpi"].create(
            {
                "code": "T1",
                "name": "Test",
                "formula": "a ÷ b",
                "function": "t1",
                "split_by": "company",
            }
        )

    def _figure(self, user=None, company=None):
        company = company or self.company_a
        Figure = self.env["dealer.kpi.figure"].with_user(user or self.clerk)
        Figure = Figure.with_context(allowed_company_ids=company.ids)
        return Figure.search([("kpi_id", "=", self.kpi.id)])

    # -- values -----------------------------------------------------------------

    def test_nothing_to_divide_by_is_no_zero(self):
        self.assertEqual(ratio_of(3, 4), 0.75)
        self.assertEqual(ratio_of(0, 4), 0.0)
        self.assertIsNone(ratio_of(0, 0))
        self.assertIsNone(ratio_of(5, 0.0))
        self.assertEqual(ratio_of(7, None), 7)
        self.assertEqual(self.kpi._format(None, self.company_a), NO_VALUE)
        self.assertEqual(self.kpi._format(0.0, self.company_a), "0.0%")
        self.kpi.unit = "count"
        self.assertEqual(self.kpi._format(12, self.company_a), "12")

    @freeze_time("2026-08-20 04:00:00")
    def test_figures_of_the_month(self):
        figure = self._figure()
        self.assertRecordValues(
            figure,
            [
                {
                    "company_id": self.company_a.id,
                    "value": 0.75,
                    "value_text": "75.0%",
                    "last_month_text": "50.0%",
                    "last_year_text": NO_VALUE,
                    "target_text": False,
                    "status": False,
                }
            ],
        )
        # One call for this month, the last one and that of last year.
        self.assertEqual(
            self.calls, [(date(2025, 8, 1), date(2026, 8, 31), ("company", "month"))]
        )
        self.assertEqual(
            figure.action_open_denominator(),
            {"part": "denominator", "from": date(2026, 8, 1), "to": date(2026, 8, 31)},
        )

    @freeze_time("2026-08-20 04:00:00")
    def test_a_sum_of_nothing_is_zero(self):
        """A count without records is 0; a share without a basis is a dash."""
        self.months = {}
        self.assertEqual(self._figure().value_text, NO_VALUE)
        self.kpi.write({"has_basis": False, "unit": "count"})
        self.env.invalidate_all()
        self.assertEqual(self._figure().value_text, "0")

    @freeze_time("2026-08-31 17:00:00")
    def test_month_of_the_store(self):
        """At 01:00 of September in the store it is September, not August."""
        figure = self._figure()
        self.assertEqual(figure.value_text, NO_VALUE)
        self.assertEqual(figure.last_month_text, "75.0%")

    # -- targets ----------------------------------------------------------------

    def test_targets_of_store_and_day(self):
        Threshold = self.env["dealer.kpi.threshold"]
        common = Threshold.create(
            {"kpi_id": self.kpi.id, "target": 0.8, "green": 0.8, "yellow": 0.7}
        )
        own = Threshold.create(
            {
                "kpi_id": self.kpi.id,
                "company_id": self.company_a.id,
                "date_from": date(2026, 8, 1),
                "target": 0.7,
                "green": 0.7,
                "yellow": 0.6,
            }
        )
        both = self.company_a | self.company_b
        found = self.kpi._thresholds(both, date(2026, 8, 31))
        self.assertEqual(found[self.kpi, self.company_a], own)
        self.assertEqual(found[self.kpi, self.company_b], common)
        found = self.kpi._thresholds(both, date(2026, 7, 31))
        self.assertEqual(found[self.kpi, self.company_a], common)
        with freeze_time("2026-08-20 04:00:00"):
            self.assertEqual(self._figure().status, "green")
            self.assertEqual(self._figure().target_text, "70.0%")
            self.assertEqual(
                self._figure(self.clerk_b, self.company_b).status, "yellow"
            )

    def test_colours(self):
        threshold = self.env["dealer.kpi.threshold"].create(
            {"kpi_id": self.kpi.id, "green": 0.8, "yellow": 0.6}
        )
        self.assertEqual(
            [threshold._status(value) for value in (0.8, 0.79, 0.6, 0.59, None)],
            ["green", "yellow", "yellow", "red", False],
        )
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            threshold.write({"green": 0.5})
        self.kpi.direction = "lower"
        threshold.write({"green": 0.1, "yellow": 0.2})
        self.assertEqual(
            [threshold._status(value) for value in (0.0, 0.1, 0.15, 0.3)],
            ["green", "green", "yellow", "red"],
        )

    def test_registry_names_formulae_that_exist(self):
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            self.kpi.function = "nobody"
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            self.kpi.split_by = "colour"

    # -- frozen figures ---------------------------------------------------------

    def _due(self, moment):
        with freeze_time(moment):
            return self.env["dealer.kpi.snapshot"]._due_periods(self.company_a)

    def test_due_periods(self):
        """Days the night after; a month on the fifth working day."""
        day = date(2026, 9, 1)
        self.assertEqual(
            self._due("2026-09-02 01:00:00"), [("day", day, day)], "4th not reached"
        )
        due = self._due("2026-09-07 01:00:00")
        self.assertEqual(due[-1], ("month", date(2026, 8, 1), date(2026, 8, 31)))
        self.assertEqual(self._due("2026-09-06 01:00:00")[-1][0], "day")

    def test_frozen_once_and_for_all(self):
        Snapshot = self.env["dealer.kpi.snapshot"]
        span = (date(2026, 8, 1), date(2026, 8, 31))
        lines = Snapshot._sudo_freeze(self.company_a, "month", *span)
        self.assertRecordValues(
            lines.sorted(lambda line: line.dimension or ""),
            [
                {"dimension": False, "numerator": 3, "denominator": 4, "value": 0.75},
                {
                    "dimension": "company",
                    "numerator": 1,
                    "denominator": 2,
                    "value": 0.5,
                },
            ],
        )
        self.assertEqual(
            lines.filtered("dimension").group_label, self.company_a.display_name
        )
        self.assertFalse(Snapshot._sudo_freeze(self.company_a, "month", *span))
        with self.assertRaises(UserError):
            lines.write({"value": 1.0})
        with self.assertRaises(UserError):
            lines.unlink()
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(UniqueViolation),
            self.env.cr.savepoint(),
        ):
            Snapshot._sudo_append(lines[0].copy_data())

    def test_caught_up_after_a_stop(self):
        """The last frozen day is followed by every day that has ended."""
        Snapshot = self.env["dealer.kpi.snapshot"]
        Snapshot._sudo_freeze(
            self.company_a, "day", date(2026, 8, 10), date(2026, 8, 10)
        )
        days = [item[1] for item in self._due("2026-08-13 01:00:00")[:2]]
        self.assertEqual(days, [date(2026, 8, 11), date(2026, 8, 12)])

    def test_job(self):
        with freeze_time("2026-08-20 04:00:00"):
            self.env["dealer.staff"].create(
                {"name": "Somebody", "company_id": self.company_a.id}
            )
            self.env.flush_all()
            for _run in range(2):
                with self.enter_registry_test_mode():
                    self.env.ref("dealer_base.cron_kpi_freeze").method_direct_trigger()
        lines = self.env["dealer.kpi.snapshot"].search(
            [
                ("company_id", "=", self.company_a.id),
                ("period", "=", "day"),
                ("dimension", "=", False),
            ]
        )
        self.assertRecordValues(
            lines,
            [
                {
                    "date_from": date(2026, 8, 19),
                    "frozen_at": datetime(2026, 8, 20, 4),
                    "is_empty": False,
                }
            ],
        )

    # -- rights -----------------------------------------------------------------

    def test_figures_of_other_posts_and_stores(self):
        finance = self.env.ref("dealer_base.group_finance")
        self.kpi.group_ids = [Command.set(finance.ids)]
        with freeze_time("2026-08-20 04:00:00"):
            self.assertTrue(self._figure(self.posts["finance"]))
            self.assertFalse(self._figure(self.clerk))
            self.kpi.group_ids = [Command.clear()]
            own = self._figure(self.clerk)
            self.assertEqual(own.company_id, self.company_a)
        engine = self.env["dealer.kpi.engine"].with_user(self.clerk)
        engine = engine.with_context(allowed_company_ids=self.company_a.ids)
        with self.assertRaises(AccessError):
            engine._figures(
                self.kpi.with_user(self.clerk),
                self.company_b,
                date(2026, 8, 1),
                date(2026, 8, 31),
            )

    def test_who_changes_what(self):
        manager = self.manager
        with self.assertRaises(AccessError):
            self.kpi.with_user(manager).write({"formula": "c ÷ d"})
        Threshold = self.env["dealer.kpi.threshold"].with_user(manager)
        Threshold = Threshold.with_company(self.company_a)
        own = Threshold.create(
            {"kpi_id": self.kpi.id, "company_id": self.company_a.id, "target": 0.5}
        )
        own.target = 0.6
        with self.assertRaises(AccessError):
            Threshold.create({"kpi_id": self.kpi.id, "target": 0.5})
        with self.assertRaises(AccessError):
            Threshold.with_user(self.clerk).create(
                {"kpi_id": self.kpi.id, "company_id": self.company_a.id}
            )

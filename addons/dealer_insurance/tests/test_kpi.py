"""Key figures by hand: premium, refunds, fees, hand-overs, archive; and their size."""

from datetime import date, datetime

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import tagged

from odoo.addons.dealer_base.models.kpi import ratio_of

from .board_common import BoardCommon

AUGUST = (date(2026, 8, 1), date(2026, 8, 31))


@tagged("post_install", "-at_install")
class TestKpi(BoardCommon):
    def _figures(self, function, group_by=(), filters=None, span=AUGUST):
        engine = self.su_env["dealer.kpi.engine"]
        return getattr(engine, f"_kpi_{function}")(
            self.company, *span, group_by, filters
        )

    def test_month_of_the_store(self):
        """Issued at 23:30 UTC of the 31st is the 1st in the store."""
        deliveries = self._cars(self.anna, "p", date(2026, 8, 31))
        entry = self._insure([(deliveries, True)], date(2026, 8, 31))
        entry._write_protected({"issued_at": datetime(2026, 8, 31, 23, 30)})
        self.env.flush_all()
        self.assertEqual(self._figures("k15"), {(): (0.0, 0)})
        span = (date(2026, 9, 1), date(2026, 9, 30))
        self.assertEqual(self._figures("k15", span=span), {(): (5450.0, 1)})
        self.assertEqual(
            self._figures("k15", ("month",), span=span),
            {(date(2026, 9, 1),): (5450.0, 1)},
        )

    def test_registry_is_complete(self):
        """Every figure of the registry computes and opens its records."""
        self._cars(self.anna, "cip", date(2026, 8, 5))
        engine = self.su_env["dealer.kpi.engine"]
        kpis = self.su_env["dealer.kpi"].search([])
        self.assertGreaterEqual(len(kpis), 17)
        figures = engine._figures(kpis, self.company, *AUGUST, ("company", "month"))
        for kpi in kpis:
            with self.subTest(kpi.code):
                for pair in figures[kpi].values():
                    self.assertEqual(len(pair), 2)
                    self.assertEqual(pair[1] is not None, kpi.has_basis)
                for part in ("numerator", "denominator"):
                    action = engine._figure_action(
                        kpi, self.company, *AUGUST, part, {"month": "2026-08-01"}
                    )
                    engine.env[action["res_model"]].search(action["domain"])
                for dimension in kpi._splits():
                    found = engine._figures(kpi, self.company, *AUGUST, (dimension,))[
                        kpi
                    ]
                    labels = engine._labels(dimension, {key for (key,) in found})
                    self.assertTrue(all(labels.values()))

    def test_compliant_hand_over(self):
        """Signed and clean: 1 of 2; the other one was handed over on a waiver."""
        good, waived = self._to("issued", 2)
        (good | waived).with_user(self.cashier).action_sign()
        (good | waived).action_deliver("Applicant")
        self.su_env["dealer.override"]._sudo_log(
            [
                {
                    "guard_id": self.env["dealer.guard"]._by_code("G-P4").id,
                    "res_model": waived._name,
                    "res_id": waived.id,
                    "record_name": waived.display_name,
                    "transition": "deliver",
                    "role_group_id": self.env.ref("dealer_base.group_finance").id,
                    "user_id": self.finance.id,
                    "signed_at": fields.Datetime.now(),
                    "reason": "Key account",
                    "company_id": self.company.id,
                }
            ]
        )
        today = self.company._dealer_today()
        span = (
            fields.Date.start_of(today, "month"),
            fields.Date.end_of(today, "month"),
        )
        self.assertEqual(self._figures("k41", span=span), {(): (1, 2)})
        action = self.su_env["dealer.kpi.engine"]._kpi_k41_action(
            self.company, *span, "numerator"
        )
        found = self.su_env[action["res_model"]].search(action["domain"])
        self.assertEqual(found, good.with_env(self.su_env))

    def test_shares_add_up(self):
        self._cars(self.anna, "cc", date(2026, 8, 5))
        other = self._insurer("Insurer Two", "TTWO")
        self.insurer, first = other, self.insurer
        self._cars(self.anna, "i", date(2026, 8, 5))
        self.insurer = first
        shares = self._figures("k16_share", ("insurer",))
        self.assertEqual(
            shares,
            {(first.id,): (10900.0, 11850.0), (other.id,): (950.0, 11850.0)},
        )
        self.assertAlmostEqual(sum(ratio_of(*pair) for pair in shares.values()), 1.0)

    def test_fee_rate_is_not_for_everybody(self):
        kpi = self.su_env.ref("dealer_insurance.kpi_k17")
        engine = self.env["dealer.kpi.engine"]
        for post, sees in (
            ("policy_clerk", True),
            ("finance", True),
            ("sales_consultant", False),
            ("cashier", False),
        ):
            user = self.users[post]
            own = engine.with_user(user).with_company(self.company)
            with self.subTest(post):
                if sees:
                    own._figures(kpi.with_user(user), self.company, *AUGUST)
                else:
                    with self.assertRaises(AccessError):
                        own._figures(kpi.with_user(user), self.company, *AUGUST)

    @freeze_time("2026-08-20 04:00:00")
    def test_queries_of_the_list_do_not_grow(self):
        Figure = self.env["dealer.kpi.figure"].with_user(self.users["store_manager"])
        Figure = Figure.with_company(self.company)
        counts = []
        for count in (50, 450):
            self._many_cars(count)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            lines = Figure.search([])
            self.assertGreaterEqual(len(lines.mapped("value_text")), 15)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0])
        # A few statements for each figure, whatever addons bring figures.
        self.assertLess(counts[1], 4 * len(lines))
        penetration = lines.filtered(lambda line: line.code == "K01")
        self.assertEqual(penetration.value, 0.5)

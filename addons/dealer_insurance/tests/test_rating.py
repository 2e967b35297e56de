import math
from datetime import date
from decimal import Decimal
from types import SimpleNamespace

from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg2.errors import UniqueViolation

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

from ..tools import rating
from ..tools.cover_text import parse_covers
from .underwriting_common import UnderwritingCommon

ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.floats(allow_nan=True, allow_infinity=True),
    st.integers(),
    st.decimals(allow_nan=True, allow_infinity=True),
    st.text(max_size=8),
)
MONEY = st.decimals(min_value=0, max_value=1_000_000, places=2)
FACTOR = st.decimals(min_value=0, max_value=3, places=4)
QUICK = settings(max_examples=200, deadline=None)


@tagged("post_install", "-at_install")
class TestRatingRules(TransactionCase):
    """Pure rules; no database is touched."""

    def test_new_car_tax_of_the_domain(self):
        """9.5 scenario 4: annual 420, invoice of 16 August: five months."""
        rated = rating.new_car_tax(420, date(2026, 8, 16), "table")
        self.assertEqual(rated.amount, Decimal("175.00"))
        self.assertEqual(rated.formula, "420.00 / 12 × 5 = 175.00")
        self.assertEqual(rated.source, "table")

    def test_new_car_tax_by_month(self):
        for month, amount in ((1, "360.00"), (6, "210.00"), (12, "30.00")):
            day = date(2026, month, 28)
            self.assertEqual(rating.new_car_tax(360, day).amount, Decimal(amount))

    def test_half_cents_round_up(self):
        self.assertEqual(rating.cents("0.005"), Decimal("0.01"))
        self.assertEqual(rating.cents(2.675), Decimal("2.68"))
        self.assertEqual(
            rating.commercial_premium(2807.71, 1, 1.13).amount, Decimal("3172.71")
        )

    def test_difference_tolerates_one_cent(self):
        self.assertFalse(rating.differs(665.01, 665))
        self.assertTrue(rating.differs(665.02, 665))
        self.assertFalse(rating.differs(665, None))

    @QUICK
    @given(ANYTHING, ANYTHING, ANYTHING)
    def test_no_input_crashes(self, first, second, third):
        for rated in (
            rating.ctpl_premium(first, second),
            rating.commercial_premium(first, second, third),
            rating.new_car_tax(first, date(2026, 5, 1)),
            rating.full_year_tax(first),
        ):
            if rated.amount is not None:
                self.assertTrue(rated.amount.is_finite())
                self.assertGreaterEqual(rated.amount, 0)
        rating.differs(first, second)

    @QUICK
    @given(MONEY, FACTOR, FACTOR)
    def test_amounts_are_whole_cents(self, amount, ncd, pricing):
        for rated in (
            rating.ctpl_premium(amount, ncd),
            rating.commercial_premium(amount, ncd, pricing),
            rating.new_car_tax(amount, date(2026, 2, 1)),
        ):
            self.assertEqual(rated.amount, rated.amount.quantize(Decimal("0.01")))
        exact = amount * ncd * pricing
        rounded = rating.commercial_premium(amount, ncd, pricing).amount
        self.assertLessEqual(abs(rounded - exact), Decimal("0.005"))

    @QUICK
    @given(MONEY, MONEY, FACTOR, FACTOR)
    def test_more_never_costs_less(self, first, second, factor, other):
        low, high = sorted((first, second))
        self.assertLessEqual(
            rating.ctpl_premium(low, factor).amount,
            rating.ctpl_premium(high, factor).amount,
        )
        small, large = sorted((factor, other))
        self.assertLessEqual(
            rating.commercial_premium(high, small, 1).amount,
            rating.commercial_premium(high, large, 1).amount,
        )

    @QUICK
    @given(MONEY)
    def test_tax_falls_month_by_month(self, annual):
        taxes = [
            rating.new_car_tax(annual, date(2026, month, 1)).amount
            for month in range(1, 13)
        ]
        self.assertEqual(taxes, sorted(taxes, reverse=True))
        self.assertEqual(taxes[0], rating.cents(annual))

    @QUICK
    @given(st.integers(min_value=0, max_value=60))
    def test_seat_bands_have_no_hole(self, seats):
        """Every number of seats lies in exactly one band."""
        bands = [(0, 6), (6, 10), (10, 20), (20, 0)]
        hits = [
            (low, high)
            for low, high in bands
            if rating.in_class(_band(seat_min=low, seat_max=high), seats, 0, 0)
        ]
        self.assertEqual(len(hits), 1 if seats else 0)

    @QUICK
    @given(
        st.floats(min_value=0, max_value=20, allow_nan=False),
        st.integers(min_value=0, max_value=2000),
    )
    def test_displacement_bands_have_no_hole(self, litres, _cc):
        bands = [0, 1.0, 1.6, 2.0, 2.5, 3.0, 4.0, 0]
        hits = [
            low
            for low, high in zip(bands, bands[1:], strict=False)
            if rating.in_displacement(
                SimpleNamespace(displacement_from=low, displacement_to=high), litres
            )
        ]
        self.assertEqual(len(hits), 1 if round(litres * 1000) else 0)

    @QUICK
    @given(st.one_of(st.none(), st.text(max_size=60)))
    def test_no_cover_text_crashes(self, text):
        found = parse_covers(text, [("三者", "TPL", False), ("司乘", "DRV", "driver")])
        for item in found.items:
            self.assertFalse(math.isnan(item.sum_insured))


def _band(**values):
    zero = dict.fromkeys(
        ("seat_min", "seat_max", "ton_min", "ton_max", "cc_min", "cc_max"), 0
    )
    return SimpleNamespace(**{**zero, **values})


@tagged("post_install", "-at_install")
class TestRatingData(UnderwritingCommon):
    """The seeded tariff, schemes, bands, covers, and who may change them."""

    def setUp(self):
        super().setUp()
        self.Rate = self.env["dealer.ctpl.rate"]
        self.day = date(2026, 8, 16)

    def _base(self, *args):
        return self.Rate._base_premium(*args, date=self.day)[0]

    def _scheme(self, code):
        return self.env["dealer.float.scheme"].search([("code", "=", code)])

    def test_42_classes(self):
        rates = self.Rate.search([])
        self.assertEqual(len(rates), 42)
        self.assertEqual(
            sorted(rates.mapped("code")), [f"{code:02d}" for code in range(1, 43)]
        )
        provincial = rates.filtered("is_provincial")
        self.assertEqual(sorted(provincial.mapped("code")), ["39", "40", "41", "42"])
        self.assertFalse(any(provincial.mapped("amount")))
        self.assertTrue(all((rates - provincial).mapped("amount")))

    def test_bands_include_the_lower_bound_only(self):
        self.assertEqual(self._base("private", 5), 950)
        self.assertEqual(self._base("private", 6), 1100)
        self.assertEqual(self._base("business_own", 6), 1130)
        self.assertEqual(self._base("business_own", 9), 1130)
        self.assertEqual(self._base("business_own", 10), 1220)
        self.assertEqual(self._base("taxi_rental", 35), 2560)
        self.assertEqual(self._base("taxi_rental", 36), 3530)
        self.assertEqual(self._base("truck_own", 0, 1.999), 1200)
        self.assertEqual(self._base("truck_own", 2, 2.0), 1470)
        self.assertEqual(self._base("truck_commercial", 2, 10.0), 4480)
        self.assertEqual(self._base("motorcycle", 0, 0, 50), 80)
        self.assertEqual(self._base("motorcycle", 0, 0, 250), 120)
        self.assertEqual(self._base("motorcycle", 0, 0, 251), 400)

    def test_unknown_figures_give_no_amount(self):
        self.assertIsNone(self._base("private", 0))
        self.assertIsNone(self._base("city_bus", 5))
        self.assertIsNone(self._base("tractor"))
        self.assertIsNone(
            self.Rate._base_premium("private", 5, date=date(2007, 1, 1))[0]
        )

    def test_float_of_the_domain(self):
        """9.5 scenario 3: A three years 475.00, E 665.00, six seats death 1,430.00."""
        cases = [
            ("A", "no_claim_3", 5, "475.00"),
            ("E", "no_claim_3", 5, "665.00"),
            ("E", "death", 6, "1430.00"),
            ("D", "no_claim_1", 5, "807.50"),
            ("C", "at_fault_2", 5, "1045.00"),
            ("B", "at_fault_1", 5, "950.00"),
            ("B", "none", 5, "950.00"),
        ]
        for code, key, seats, expected in cases:
            factor = self._scheme(code)._factors(self.day)[key]
            rated = rating.ctpl_premium(self._base("private", seats), factor)
            self.assertEqual(rated.amount, Decimal(expected), (code, key))

    def test_scheme_before_its_first_day_does_not_float(self):
        self.assertEqual(
            self._scheme("E")._factors(date(2020, 9, 18)), {"none": Decimal(1)}
        )

    def test_later_rate_of_a_scheme_wins(self):
        scheme = self._scheme("E")
        scheme.sudo().write(
            {
                "line_ids": [
                    (
                        0,
                        0,
                        {"key": "at_fault_2", "rate": 0.2, "date_from": "2027-06-01"},
                    )
                ]
            }
        )
        self.assertEqual(scheme._factors(self.day)["at_fault_2"], Decimal("1.1"))
        later = scheme._factors(date(2027, 6, 1))
        self.assertEqual(later["at_fault_2"], Decimal("1.2"))

    def test_rates_of_many_cars_in_constant_queries(self):
        cars = self.env["dealer.vehicle"].union(
            *[self._vehicle(seats=seats % 9 + 1) for seats in range(50)]
        )
        self.Rate._vehicle_rates(cars[:1], self.day)
        self.env.invalidate_all()
        cars.mapped("seats")
        with self.assertQueryCount(2):
            found = self.Rate._vehicle_rates(cars, self.day)
            self.assertEqual(len(found), 50)
            self.assertEqual({rate.amount for rate in found.values()}, {950, 1100})

    def _bands(self, **vals):
        return self.su_env["dealer.tax.band"].create(
            [
                {
                    "name": f"{low}-{high}",
                    "company_id": self.company.id,
                    "displacement_from": low,
                    "displacement_to": high,
                    "annual": annual,
                    "date_from": "2020-01-01",
                    **vals,
                }
                for low, high, annual in ((1.0, 1.6, 360), (1.6, 2.0, 420))
            ]
        )

    def test_tax_bands_belong_to_their_store(self):
        self._bands(energy="fuel")
        self._bands(company_id=self.company_2.id, energy="fuel", annual=400)
        cases = [(1.6, 360), (1.601, 420), (2.0, 420), (2.1, None)]
        for litres, expected in cases:
            car = self._vehicle(displacement_l=litres)
            amount, _band_ = self.env["dealer.tax.band"]._annual_tax(car, self.day)
            self.assertEqual(amount, expected, litres)
        other = self._vehicle(company=self.company_2, displacement_l=1.5)
        self.assertEqual(
            self.env["dealer.tax.band"]._annual_tax(other, self.day)[0], 400
        )

    def test_new_energy_cars_pay_no_tax(self):
        self._bands(energy="fuel")
        self.su_env["dealer.tax.band"].create(
            {
                "name": "New energy",
                "company_id": self.company.id,
                "energy": "nev",
                "date_from": "2020-01-01",
            }
        )
        for energy, litres in (("bev", 0), ("phev", 1.5), ("fcev", 0)):
            car = self._vehicle(energy_type=energy, displacement_l=litres)
            self.assertEqual(
                self.env["dealer.tax.band"]._annual_tax(car, self.day)[0], 0, energy
            )

    def test_tax_outside_the_legal_limit_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "legal limits"):
            self._bands(energy="fuel", annual=700)
        with self.assertRaisesRegex(ValidationError, "which store"):
            self._bands(energy="fuel", company_id=False)

    def test_store_goes_before_province(self):
        province = self.env.ref("base.state_cn_GD")
        self.company.sudo().state_id = province
        self._bands(energy="fuel", company_id=False, state_id=province.id)
        car = self._vehicle(displacement_l=1.5)
        Band = self.env["dealer.tax.band"]
        self.assertEqual(Band._annual_tax(car, self.day)[0], 360)
        self._bands(energy="fuel", annual=370)
        self.assertEqual(Band._annual_tax(car, self.day)[0], 370)

    def test_covers_of_a_ledger_text(self):
        Cover = self.env["dealer.cover"]
        items, unknown = Cover._parse_text("车损/三者150万/司机1万/乘客1万*4")
        self.assertEqual(
            [
                (cover.code, float(item.sum_insured), item.seats)
                for cover, item in items
            ],
            [("OD", 0, 0), ("TPL", 1500000, 0), ("DRV", 10000, 0), ("PAS", 10000, 4)],
        )
        self.assertFalse(unknown)
        items, unknown = Cover._parse_text(
            "新能源车损+三者２００万+司乘1万×5+医保外+节假日翻倍+划痕5000+外部电网+说不清"
        )
        self.assertEqual(
            [
                (cover.code, float(item.sum_insured), item.seats)
                for cover, item in items
            ],
            [
                ("NEV-OD", 0, 0),
                ("NEV-TPL", 2000000, 0),
                ("NEV-DRV", 10000, 1),
                ("NEV-PAS", 10000, 4),
                ("MEDICAL", 0, 0),
                ("HOLIDAY", 0, 0),
                ("SCRATCH", 5000, 0),
                ("NEV-GRID", 0, 0),
            ],
        )
        self.assertEqual(unknown, ["说不清"])

    def test_masters_are_not_changed_by_clerks(self):
        rate = self.Rate.search([], limit=1)
        for post in ("policy_clerk", "sales_consultant", "insurance_manager"):
            with mute_logger("odoo.orm.models"), self.assertRaises(AccessError):
                rate.with_user(self.users[post]).write({"amount": 1})
        self.assertTrue(rate.with_user(self.clerk).amount)

    def test_one_class_per_period(self):
        rate = self.Rate.search([], limit=1)
        with mute_logger("odoo.sql_db"), self.assertRaises(UniqueViolation):
            rate.sudo().copy()

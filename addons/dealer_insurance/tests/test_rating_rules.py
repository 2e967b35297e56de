"""Expected values of the tables of the domain (§2, §9.5), and properties."""

from datetime import date, datetime
from decimal import Decimal

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from odoo.tests import TransactionCase, tagged

from ..tools import rating_history as history
from ..tools import rating_short_term as short
from ..tools import rating_value as value
from ..tools.rate_sheet_text import litres_of, name_key, read_title, usual_factor
from ..tools.rating_quote import QuoteInput, rate_quote
from ..tools.rating_tax import TaxInput, current_tax, late_fee

CENT = Decimal("0.01")
ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.floats(allow_nan=True, allow_infinity=True),
    st.integers(),
    st.decimals(allow_nan=True, allow_infinity=True),
    st.text(max_size=6),
)
MONEY = st.decimals(min_value=0, max_value=1_000_000, places=2)
FACTOR = st.decimals(min_value=0, max_value=3, places=4)
COUNT = st.integers(min_value=0, max_value=12)
DAY = st.dates(min_value=date(2000, 1, 1), max_value=date(2060, 12, 31))
QUICK = settings(max_examples=150, deadline=None)

# domain.md §2.4: rows = years insured in a row, columns = claims 0..7
NCD_MATRIX = {
    0: [0, 0, 0, 0, 0, 0, 0, 0],
    1: [-1, 0, 1, 2, 3, 4, 5, 5],
    2: [-2, -1, 0, 1, 2, 3, 4, 5],
    3: [-3, -2, -1, 0, 1, 2, 3, 4],
    4: [-4, -2, -1, 0, 1, 2, 3, 4],
}


@tagged("post_install", "-at_install")
class TestHistory(TransactionCase):
    def test_no_claim_matrix(self):
        for years, levels in NCD_MATRIX.items():
            for claims, level in enumerate(levels):
                self.assertEqual(
                    history.ncd_level(years, claims), level, (years, claims)
                )
        self.assertEqual(history.ncd_level(11, 0), -4)
        self.assertEqual(history.ncd_level(11, 1), -2)

    def test_factors_of_the_matrix(self):
        """The table of the domain in factors, from the seeded levels."""
        factors = self.env["dealer.ncd.factor"]._factors_by_level(date(2026, 1, 1))
        rows = {
            1: [0.8, 1.0, 1.2, 1.4, 1.6, 1.8, 2.0, 2.0],
            2: [0.7, 0.8, 1.0, 1.2, 1.4, 1.6, 1.8, 2.0],
            3: [0.6, 0.7, 0.8, 1.0, 1.2, 1.4, 1.6, 1.8],
            4: [0.5, 0.7, 0.8, 1.0, 1.2, 1.4, 1.6, 1.8],
        }
        for years, expected in rows.items():
            self.assertEqual(
                [factors[history.ncd_level(years, claims)] for claims in range(8)],
                expected,
                years,
            )
        self.assertEqual(factors[history.ncd_level(0, 0)], 1.0)

    def test_float_keys(self):
        cases = [
            ((0,), "none"),
            ((1,), "no_claim_1"),
            ((2,), "no_claim_2"),
            ((3,), "no_claim_3"),
            ((9,), "no_claim_3"),
            ((0, 1), "at_fault_1"),
            ((0, 2), "at_fault_2"),
            ((0, 7), "at_fault_2"),
            ((5, 1), "at_fault_1"),
            ((0, 0, True), "death"),
            ((4, 3, True), "death"),
        ]
        for arguments, key in cases:
            self.assertEqual(history.float_key(*arguments), key, arguments)

    def test_a_scheme_with_more_steps_uses_them(self):
        known = {"at_fault_1", "at_fault_2", "at_fault_3", "at_fault_5"}
        self.assertEqual(history.float_key(0, 3, known=known), "at_fault_3")
        self.assertEqual(history.float_key(0, 4, known=known), "at_fault_3")
        self.assertEqual(history.float_key(0, 5, known=known), "at_fault_5")

    @QUICK
    @given(COUNT, COUNT)
    def test_more_claims_never_lower_the_level(self, years, claims):
        self.assertLessEqual(
            history.ncd_level(years, claims), history.ncd_level(years, claims + 1)
        )

    @QUICK
    @given(COUNT, COUNT, st.sampled_from("ABCDE"))
    def test_more_accidents_never_lower_the_float(self, clear, count, code):
        scheme = self.env["dealer.float.scheme"].search([("code", "=", code)])
        factors = scheme._factors(date(2026, 8, 1))
        one = factors[history.float_key(clear, count, known=factors)]
        two = factors[history.float_key(clear, count + 1, known=factors)]
        death = factors[history.float_key(clear, count, True, known=factors)]
        if count or clear:
            self.assertLessEqual(one, two)
        self.assertLessEqual(two, death)

    @QUICK
    @given(ANYTHING, ANYTHING, ANYTHING)
    def test_no_history_crashes(self, years, claims, death):
        self.assertIn(history.ncd_level(years, claims), range(-4, 6))
        self.assertTrue(history.float_key(years, claims, bool(death)))


@tagged("post_install", "-at_install")
class TestValueAndTerm(TransactionCase):
    def test_worked_examples_of_depreciation(self):
        """Private car 109,800, 26 months at 0.6 %: 109,800 × 0.844 = 92,671.20."""
        rated = value.actual_value(109800, 26, "0.006", "0.8", "table")
        self.assertEqual(rated.amount, Decimal("92671.20"))
        self.assertEqual(rated.formula, "109800.00 × (1 − 26 × 0.006) = 92671.20")
        # Electric 129,800, 14 months at 0.77 %: × (1 - 0.1078) = 115,807.56
        self.assertEqual(
            value.actual_value(129800, 14, "0.0077", "0.8").amount,
            Decimal("115807.56"),
        )
        # Taxi, 80 months at 1.1 % = 88 %: the ceiling of 80 % leaves 20 %
        self.assertEqual(
            value.actual_value(120000, 80, "0.011", "0.8").amount, Decimal("24000.00")
        )
        self.assertEqual(
            value.actual_value(120000, 0, "0.011", "0.8").amount, Decimal("120000.00")
        )

    def test_begun_months_do_not_count(self):
        cases = [
            (date(2024, 3, 15), date(2024, 4, 14), 0),
            (date(2024, 3, 15), date(2024, 4, 15), 1),
            (date(2024, 3, 15), date(2026, 3, 14), 23),
            (date(2024, 1, 31), date(2024, 2, 29), 0),
            (date(2024, 5, 1), date(2024, 4, 1), 0),
        ]
        for start, day, months in cases:
            self.assertEqual(value.months_used(start, day), months, (start, day))
        self.assertEqual(value.months_used(None, date(2026, 1, 1)), 0)

    def test_classes_of_the_table(self):
        cases = [
            ("private", 5, "seats_9", "private"),
            ("private", 9, "seats_9", "private"),
            ("business_own", 10, "seats_10", "own"),
            ("government", 5, "seats_9", "own"),
            ("taxi_rental", 5, "seats_9", "rental"),
            ("city_bus", 30, "seats_10", "commercial"),
            ("truck_own", 2, "other", "own"),
            ("truck_commercial", 2, "other", "commercial"),
            ("motorcycle", 2, "other", "own"),
        ]
        for nature, seats, kind, use in cases:
            self.assertEqual(value.depreciation_class(nature, seats), kind, nature)
            self.assertEqual(value.depreciation_use(nature), use, nature)

    def test_short_term_compulsory(self):
        factors = self.env["dealer.short.term.rate"]._factors(date(2026, 1, 1))
        shares = [10, 20, 30, 40, 50, 60, 70, 80, 85, 90, 95, 100]
        for months, share in enumerate(shares, 1):
            rated = short.short_term_ctpl(950, months, factors)
            self.assertEqual(rated.amount, Decimal(950) * share / 100, months)
        self.assertIsNone(short.short_term_ctpl(950, 13, factors).amount)
        self.assertIsNone(short.short_term_ctpl(950, 3, {}).amount)

    def test_covered_months_and_days(self):
        start = datetime(2026, 1, 15)
        cases = [
            (datetime(2026, 2, 14, 23, 59, 59), 1, 31),
            (datetime(2026, 2, 15), 1, 31),
            (datetime(2026, 2, 15, 1), 2, 32),
            (datetime(2026, 4, 14, 23, 59, 59), 3, 90),
            (datetime(2027, 1, 14, 23, 59, 59), 12, 365),
        ]
        for end, months, days in cases:
            self.assertEqual(short.covered_months(start, end), months, end)
            self.assertEqual(short.covered_days(start, end), days, end)
        self.assertEqual(short.covered_days(start, start), 0)

    def test_commercial_by_days(self):
        """3,650.00 a year, 100 days: 1,000.00."""
        rated = short.short_term_commercial(3650, 100)
        self.assertEqual(rated.amount, Decimal("1000.00"))
        self.assertEqual(rated.formula, "3650.00 × 100 / 365 = 1000.00")
        self.assertEqual(short.short_term_commercial(3650, 400).amount, Decimal(3650))

    @QUICK
    @given(MONEY, DAY, DAY, DAY)
    def test_value_falls_with_time(self, price, start, one, two):
        early, late = sorted((one, two))
        assume(start <= early)
        values = [
            value.actual_value(price, value.months_used(start, day), "0.009", "0.8")
            for day in (early, late)
        ]
        self.assertGreaterEqual(values[0].amount, values[1].amount)
        floor = (price * Decimal("0.2")).quantize(CENT, rounding="ROUND_HALF_UP")
        self.assertGreaterEqual(values[1].amount, floor)

    @QUICK
    @given(ANYTHING, ANYTHING, ANYTHING, ANYTHING)
    def test_nothing_crashes(self, first, second, third, fourth):
        value.actual_value(first, second, third, fourth)
        value.months_used(first, second)
        short.short_term_commercial(first, second, third)
        short.short_term_ctpl(first, second, {3: third})
        short.covered_days(first, second)
        short.covered_months(first, second)

    @QUICK
    @given(MONEY, st.integers(1, 365), st.integers(1, 365))
    def test_longer_never_costs_less(self, annual, one, two):
        few, many = sorted((one, two))
        low = short.short_term_commercial(annual, few).amount
        high = short.short_term_commercial(annual, many).amount
        self.assertLessEqual(low, high)
        self.assertLessEqual(high, annual)


@tagged("post_install", "-at_install")
class TestTax(TransactionCase):
    def test_states(self):
        cases = [
            ("normal", 5, "175.00", "420.00 / 12 × 5 = 175.00"),
            ("normal", 12, "420.00", "420.00"),
            ("half", 12, "210.00", "420.00 × 0.50 = 210.00"),
            ("half", 5, "87.50", "420.00 × 0.50 / 12 × 5 = 87.50"),
            ("exempt", 12, "0.00", "0.00"),
            ("paid_elsewhere", 12, "0.00", "0.00"),
            ("not_taxable", 12, "0.00", "0.00"),
        ]
        for status, months, amount, formula in cases:
            rated = current_tax(TaxInput(420, months, status))
            self.assertEqual(rated.amount, Decimal(amount), status)
            self.assertEqual(rated.formula, formula, status)

    def test_who_owes_nothing_needs_no_band(self):
        self.assertEqual(current_tax(TaxInput(None, 12, "exempt")).amount, 0)
        self.assertIsNone(current_tax(TaxInput(None, 12, "normal")).amount)

    def test_late_fee(self):
        """Arrears 420.00, 200 days late at 0.05 %: 42.00."""
        tax = TaxInput(420, 12, "normal", 420, 200, "0.0005")
        self.assertEqual(late_fee(tax).amount, Decimal("42.00"))
        lines = rate_quote(QuoteInput(tax=tax))
        self.assertEqual(
            [(line.kind, line.amount) for line in lines],
            [
                ("tax", Decimal("420.00")),
                ("tax_arrears", Decimal("420.00")),
                ("late_fee", Decimal("42.00")),
                ("total", Decimal("882.00")),
            ],
        )

    @QUICK
    @given(ANYTHING, ANYTHING, ANYTHING, ANYTHING, ANYTHING)
    def test_nothing_crashes(self, annual, months, arrears, days, rate):
        tax = TaxInput(annual, months, "normal", arrears, days, rate)
        for rated in (current_tax(tax), late_fee(tax)):
            if rated.amount is not None:
                self.assertGreaterEqual(rated.amount, 0)


@tagged("post_install", "-at_install")
class TestSheetText(TransactionCase):
    def test_titles(self):
        october = (date(2026, 10, 1), date(2026, 10, 31))
        cases = [
            (
                "有效期：2026-10-01 至 2026-10-31    发布：邓美玲    版本：V1",
                (*october, "V1", "邓美玲"),
            ),
            ("2026年10月新车保费报价表", (*october, "", "")),
            ("执行日期:2026.10.1-10.31  制表人:王 五", (*october, "", "王")),
            ("报价单 (2026/10/01～2026/10/31) 第V2.1版", (*october, "V2.1", "")),
            ("自2026年10月1日起执行  版次 3", (october[0], None, "3", "")),
            (
                "Valid: 2026-10-01 to 2026-10-31    Published by: Deng    Version: V3",
                (*october, "V3", "Deng"),
            ),
            ("Prices", (None, None, "", "")),
        ]
        for text, (start, end, version, publisher) in cases:
            found = read_title([text])
            self.assertEqual((found.date_from, found.date_to), (start, end), text)
            self.assertEqual((found.version, found.publisher), (version, publisher))

    @QUICK
    @given(st.lists(st.text(max_size=40), max_size=4))
    def test_no_title_crashes(self, texts):
        read_title(texts)
        litres_of("".join(texts))

    def test_names(self):
        self.assertEqual(name_key(" 轩逸 经典 １.6L"), name_key("轩逸经典1.6l"))
        self.assertEqual(litres_of("轩逸 1.6L CVT"), 1.6)
        self.assertEqual(litres_of("天籁 2.0T XV"), 2.0)
        self.assertEqual(litres_of("N7 625 Max"), 0)

    def test_usual_factor(self):
        self.assertEqual(usual_factor([1.05] * 9 + [1.5]), 1.05)
        self.assertIsNone(usual_factor([1.05, 1.05]))
        self.assertIsNone(usual_factor([1.0, 1.1, 1.2, 1.3]))

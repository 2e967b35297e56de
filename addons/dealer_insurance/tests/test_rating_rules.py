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
from ..tools.rating_quote import (
    CoverInput,
    CoverRate,
    QuoteInput,
    cover_base,
    rate_quote,
    spread,
    table_rate,
)
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
class TestRateQuote(TransactionCase):
    """The whole price, line by line."""

    def test_a_new_car_by_hand(self):
        """950 + 175 + (2,807.71 × 1.13 = 3,172.71) = 4,297.71."""
        lines = rate_quote(
            QuoteInput(
                ctpl_base=950,
                ctpl_source="01",
                tax=TaxInput(420, 5, "normal"),
                covers=(
                    CoverInput("OD", 109800, standard="1901.40"),
                    CoverInput("TPL", 2000000, standard="906.31"),
                ),
                pricing="1.13",
            )
        )
        amounts = {(line.kind, line.code): line.amount for line in lines}
        self.assertEqual(
            amounts,
            {
                ("ctpl", ""): Decimal("950.00"),
                ("tax", ""): Decimal("175.00"),
                # 1901.40 × 1.13 = 2148.582, 906.31 × 1.13 = 1024.1303
                ("cover", "OD"): Decimal("2148.58"),
                ("cover", "TPL"): Decimal("1024.13"),
                ("commercial", ""): Decimal("3172.71"),
                ("total", ""): Decimal("4297.71"),
            },
        )

    def test_scenarios_of_the_domain(self):
        """§9.5 scenario 3: 475.00, 665.00, 1,430.00."""
        for base, factor, amount, formula in (
            (950, "0.5", "475.00", "950.00 × 0.50 = 475.00"),
            (950, "0.7", "665.00", "950.00 × 0.70 = 665.00"),
            (1100, "1.3", "1430.00", "1100.00 × 1.30 = 1430.00"),
        ):
            line = rate_quote(QuoteInput(ctpl_base=base, ctpl_float=factor))[0]
            self.assertEqual((line.amount, line.formula), (Decimal(amount), formula))

    def test_pure_risk_route(self):
        """750.00 pure risk at 25 % loading is a standard premium of 1,000.00."""
        cover = CoverInput("TPL", 1000000, pure_risk=750)
        base, text, _source = cover_base(cover, "0.25")
        self.assertEqual(base, 1000)
        self.assertEqual(text, "750.00 / (1 − 0.25)")
        line = rate_quote(
            QuoteInput(covers=(cover,), expense_loading="0.25", ncd="0.8")
        )[0]
        self.assertEqual(line.amount, Decimal("800.00"))
        self.assertEqual(line.formula, "750.00 / (1 − 0.25) × 0.80 = 800.00")

    def test_the_insurers_standard_premium_goes_first(self):
        rates = (CoverRate(0, 500, 0),)
        cover = CoverInput("TPL", 1000000, standard=900, pure_risk=750, rates=rates)
        self.assertEqual(cover_base(cover, "0.25")[0], 900)
        self.assertEqual(cover_base(cover._replace(standard=None), "0.25")[0], 1000)
        self.assertEqual(
            cover_base(cover._replace(standard=None, pure_risk=None), "0.25")[0], 500
        )

    def test_table_steps(self):
        rows = [
            CoverRate(1000000, 700),
            CoverRate(2000000, 900),
            CoverRate(500000, 500),
        ]
        for total, amount in ((500000, 500), (500001, 700), (2000000, 900)):
            self.assertEqual(table_rate(rows, total).fixed, amount, total)
        self.assertIsNone(table_rate(rows, 2000001))
        self.assertEqual(table_rate([*rows, CoverRate(0, 1200)], 9999999).fixed, 1200)

    def test_seats_and_rate_on_the_sum(self):
        """10,000 × 0.27 % × 4 seats = 108.00; 539 + 109,800 × 1.28 % = 1,944.44."""
        seats = CoverInput("PAS", 10000, 4, rates=(CoverRate(0, 0, "0.0027"),))
        damage = CoverInput("OD", 109800, rates=(CoverRate(0, 539, "0.0128"),))
        lines = rate_quote(QuoteInput(covers=(seats, damage)))
        self.assertEqual(lines[0].amount, Decimal("108.00"))
        self.assertEqual(lines[0].formula, "10000.00 × 0.0027 × 4 = 108.00")
        self.assertEqual(lines[1].amount, Decimal("1944.44"))

    def test_violations_and_term(self):
        line = rate_quote(
            QuoteInput(
                ctpl_base=950, ctpl_float="0.7", ctpl_violation="0.1", ctpl_term="0.5"
            )
        )[0]
        # 950 × (0.7 + 0.1) × 0.5
        self.assertEqual(line.amount, Decimal("380.00"))
        self.assertEqual(
            [name for name, _value in line.factors], ["float_violation", "term"]
        )
        line = rate_quote(QuoteInput(standard=3650, days=100, violation="1.1"))[0]
        self.assertEqual(line.amount, Decimal("1100.00"))

    def test_unknown_parts_are_left_out_of_the_total(self):
        lines = rate_quote(
            QuoteInput(ctpl_source="no class", tax=TaxInput(420, 12), standard=1000)
        )
        self.assertEqual(
            [(line.kind, line.amount) for line in lines],
            [
                ("ctpl", None),
                ("tax", Decimal("420.00")),
                ("commercial", Decimal("1000.00")),
                ("total", Decimal("1420.00")),
            ],
        )

    @QUICK
    @given(st.lists(MONEY, min_size=1, max_size=8), FACTOR, FACTOR)
    def test_covers_add_up_to_the_cent(self, standards, ncd, pricing):
        covers = tuple(
            CoverInput(str(place), standard=amount)
            for place, amount in enumerate(standards)
        )
        lines = rate_quote(QuoteInput(covers=covers, ncd=ncd, pricing=pricing))
        parts = [line.amount for line in lines if line.kind == "cover"]
        total = next(line.amount for line in lines if line.kind == "commercial")
        self.assertEqual(sum(parts), total)
        self.assertTrue(all(part == part.quantize(CENT) for part in parts))
        exact = sum(standards) * ncd * pricing
        self.assertLessEqual(abs(total - exact), Decimal("0.005"))

    @QUICK
    @given(st.lists(st.decimals(0, 1000, places=5), min_size=1, max_size=9))
    def test_spread_moves_less_than_a_cent(self, exact):
        total = sum(exact).quantize(CENT, rounding="ROUND_HALF_UP")
        cut = spread(total, exact)
        self.assertEqual(sum(cut), total)
        for amount, wanted in zip(cut, exact, strict=True):
            self.assertLessEqual(abs(amount - wanted), CENT)

    @QUICK
    @given(
        st.lists(st.integers(1, 100), min_size=1, max_size=6, unique=True),
        st.lists(MONEY, min_size=6, max_size=6),
        st.decimals(0, Decimal("0.05"), places=4),
        MONEY,
        MONEY,
    )
    def test_monotone_in_the_sum_insured(self, steps, amounts, rate, one, two):
        """A table that rises with the sum never charges less for more."""
        amounts = sorted(amounts)
        rows = tuple(
            CoverRate(step * 10000, amount, rate)
            for step, amount in zip(sorted(steps), amounts, strict=False)
        ) + (CoverRate(0, amounts[-1] + 1, rate),)
        low, high = sorted((one, two))
        premiums = [
            rate_quote(
                QuoteInput(covers=(CoverInput("X", total, rates=rows),), ncd="0.8")
            )[-1].amount
            for total in (low, high)
        ]
        self.assertLessEqual(*premiums)

    @QUICK
    @given(MONEY, COUNT, COUNT)
    def test_monotone_in_claims(self, standard, years, claims):
        factors = self.env["dealer.ncd.factor"]._factors_by_level(date(2026, 1, 1))
        premiums = [
            rate_quote(
                QuoteInput(
                    standard=standard,
                    ncd=round(factors[history.ncd_level(years, count)], 4),
                )
            )[-1].amount
            for count in (claims, claims + 1)
        ]
        self.assertLessEqual(*premiums)

    @QUICK
    @given(st.data())
    def test_no_rating_input_crashes(self, data):
        take = lambda: data.draw(ANYTHING)  # noqa: E731
        quote = QuoteInput(
            ctpl_base=take(),
            ctpl_float=take(),
            ctpl_violation=take(),
            ctpl_term=take(),
            tax=TaxInput(take(), take(), "normal", take(), take(), take()),
            covers=tuple(
                CoverInput(
                    "X",
                    take(),
                    take(),
                    take(),
                    take(),
                    (CoverRate(take(), take(), take(), data.draw(st.booleans())),),
                )
                for _place in range(data.draw(st.integers(0, 3)))
            ),
            standard=take(),
            ncd=take(),
            pricing=take(),
            violation=take(),
            expense_loading=take(),
            days=take(),
            others=((str(take()), take()),),
        )
        for line in rate_quote(quote):
            if line.amount is not None:
                self.assertTrue(line.amount.is_finite())
                self.assertGreaterEqual(line.amount, 0)
                self.assertEqual(line.amount, line.amount.quantize(CENT))


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

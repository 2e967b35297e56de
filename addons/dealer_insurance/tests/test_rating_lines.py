"""The whole price as one pure calculation: figures by hand, and properties."""

from datetime import date
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import TransactionCase, tagged

from ..tools import rating_history as history
from ..tools.rating_quote import (
    CoverInput,
    CoverRate,
    QuoteInput,
    cover_base,
    rate_quote,
    spread,
    table_rate,
)
from ..tools.rating_tax import TaxInput

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

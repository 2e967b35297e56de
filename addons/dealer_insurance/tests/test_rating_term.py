from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..tools import rating_term as term

START, END = date(2026, 1, 1), date(2027, 1, 1)
CENTS = st.integers(min_value=0, max_value=10**9).map(lambda c: Decimal(c) / 100)
DAYS = st.dates(min_value=date(2000, 1, 1), max_value=date(2090, 12, 31))
LENGTHS = st.integers(min_value=1, max_value=1200)
ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.text(max_size=6),
    st.floats(),
    st.integers(),
    st.decimals(),
    DAYS,
)


@tagged("post_install", "-at_install")
class TestRatingTerm(BaseCase):
    """Refunds of domain.md 2.5; the expected figures are worked out by hand."""

    def test_commercial_before_the_start_keeps_three_percent(self):
        refund = term.refund_before_start(4500, 0.03, "CL14 §68")
        # 4500 × 3 % = 135
        self.assertEqual(refund.amount, Decimal("4365.00"))
        self.assertEqual(refund.formula, "4500.00 − 4500.00 × 3% = 4365.00")
        self.assertEqual(refund.source, "CL14 §68")
        self.assertEqual(term.kept_before_start(4500, 0.03).amount, Decimal("135.00"))

    def test_day_100_of_365(self):
        cancel = START + timedelta(days=100)
        refund = term.refund_pro_rata(4500, START, END, cancel)
        # 4500 × 265 / 365 = 3267.1232…
        self.assertEqual(refund.amount, Decimal("3267.12"))
        self.assertEqual(refund.formula, "4500.00 × (1 − 100/365) = 3267.12")
        earned = term.earned_pro_rata(4500, START, END, cancel)
        self.assertEqual(earned.amount, Decimal("1232.88"))

    def test_compulsory_per_day(self):
        # 950 × 183 / 365 = 476.301…: half a year of the base tariff
        cancel = START + timedelta(days=182)
        refund = term.refund_pro_rata(950, START, END, cancel)
        self.assertEqual(refund.amount, Decimal("476.30"))

    def test_outside_the_term(self):
        before, after = START - timedelta(days=5), END + timedelta(days=5)
        self.assertEqual(
            term.refund_pro_rata(950, START, END, before).amount, Decimal("950.00")
        )
        self.assertEqual(
            term.refund_pro_rata(950, START, END, after).amount, Decimal("0.00")
        )

    def test_leap_year_has_366_days(self):
        start, end = date(2028, 1, 1), date(2029, 1, 1)
        refund = term.refund_pro_rata(366, start, end, date(2028, 3, 1))
        # 31 + 29 days are over
        self.assertEqual(refund.amount, Decimal("306.00"))

    def test_year_of_360_days(self):
        cancel = START + timedelta(days=90)
        refund = term.refund_pro_rata(3600, START, END, cancel, year_days=360)
        self.assertEqual(refund.amount, Decimal("2700.00"))
        end = term.refund_pro_rata(3600, START, END, END, year_days=360)
        self.assertEqual(end.amount, Decimal("0.00"))

    def test_higher_limit_from_a_day(self):
        # 365 more a year, 100 days are left
        extra = term.change_pro_rata(365, START, END, END - timedelta(days=100))
        self.assertEqual(extra.amount, Decimal("100.00"))
        back = term.change_pro_rata(-365, START, END, END - timedelta(days=100))
        self.assertEqual(back.amount, Decimal("-100.00"))
        self.assertEqual(back.formula, "-365.00 × 100/365 = -100.00")

    def test_refund_after_a_change(self):
        """The extra premium ran from its own day: 3650 and 100 for 100 days."""
        middle = END - timedelta(days=100)
        cancel = END - timedelta(days=50)
        refund = term.refund_parts([(3650, START), (100, middle)], END, cancel)
        # 3650 × 50/365 = 500, 100 × 50/100 = 50
        self.assertEqual(refund.amount, Decimal("550.00"))
        less = term.refund_parts([(3650, START), (-100, middle)], END, cancel)
        self.assertEqual(less.amount, Decimal("450.00"))

    def test_total_loss_keeps_the_lost_cover(self):
        """Damage 2000 of 4500 is gone; the rest is paid back per day."""
        whole = term.refund_pro_rata(4500, START, END, START + timedelta(days=73))
        self.assertEqual(whole.amount, Decimal("3600.00"))
        refund = term.refund_total_loss(4500, 2000, whole.amount)
        self.assertEqual(refund.amount, Decimal("2000.00"))
        nothing = term.refund_total_loss(4500, 4500, whole.amount)
        self.assertEqual(nothing.amount, Decimal("0.00"))

    def test_longer_and_shorter_term(self):
        self.assertEqual(term.period_change(3650, 365, 395).amount, Decimal("300.00"))
        self.assertEqual(term.period_change(3650, 365, 300).amount, Decimal("-650.00"))

    def test_impossible_figures_have_no_amount(self):
        self.assertIsNone(term.refund_before_start(-1, 0.03).amount)
        self.assertIsNone(term.refund_before_start(100, 1.5).amount)
        self.assertIsNone(term.refund_pro_rata(100, END, START, START).amount)
        self.assertIsNone(term.refund_pro_rata(100, START, None, START).amount)
        self.assertIsNone(term.refund_parts([], END, START).amount)
        self.assertIsNone(term.period_change(100, 0, 10).amount)

    # -- properties -------------------------------------------------------------

    @settings(max_examples=300, deadline=None, derandomize=True)
    @given(CENTS, DAYS, LENGTHS, DAYS, st.sampled_from([0, 360, 365]))
    def test_refund_and_earned_are_the_premium(self, premium, start, days, day, year):
        end = start + timedelta(days=days)
        refund = term.refund_pro_rata(premium, start, end, day, year_days=year)
        earned = term.earned_pro_rata(premium, start, end, day, year_days=year)
        self.assertEqual(refund.amount + earned.amount, premium)
        self.assertGreaterEqual(refund.amount, 0)
        self.assertGreaterEqual(earned.amount, 0)

    @settings(max_examples=200, deadline=None, derandomize=True)
    @given(CENTS, st.decimals(min_value=0, max_value=1, places=4))
    def test_fee_and_refund_are_the_premium(self, premium, share):
        refund = term.refund_before_start(premium, share).amount
        kept = term.kept_before_start(premium, share).amount
        self.assertEqual(refund + kept, premium)
        self.assertGreaterEqual(refund, 0)
        self.assertGreaterEqual(kept, 0)

    @settings(max_examples=200, deadline=None, derandomize=True)
    @given(CENTS, DAYS, LENGTHS, DAYS, st.integers(min_value=0, max_value=400))
    def test_a_later_day_never_pays_back_more(self, premium, start, days, day, later):
        end = start + timedelta(days=days)
        first = term.refund_pro_rata(premium, start, end, day).amount
        second = term.refund_pro_rata(
            premium, start, end, day + timedelta(days=later)
        ).amount
        self.assertLessEqual(second, first)

    @settings(max_examples=200, deadline=None, derandomize=True)
    @given(CENTS, DAYS, LENGTHS, DAYS)
    def test_adding_and_dropping_cancel_out(self, difference, start, days, day):
        end = start + timedelta(days=days)
        more = term.change_pro_rata(difference, start, end, day).amount
        less = term.change_pro_rata(-difference, start, end, day).amount
        self.assertEqual(more + less, 0)
        self.assertLessEqual(more, difference)

    @settings(max_examples=200, deadline=None, derandomize=True)
    @given(
        st.lists(st.tuples(st.integers(-(10**7), 10**8), DAYS), max_size=4), DAYS, DAYS
    )
    def test_parts_stay_within_the_premium(self, parts, end, cancel):
        parts = [(Decimal(c) / 100, day) for c, day in parts]
        refund = term.refund_parts(parts, end, cancel).amount
        if refund is not None:
            self.assertGreaterEqual(refund, 0)
            self.assertLessEqual(refund, sum(amount for amount, _day in parts))

    @settings(max_examples=300, deadline=None, derandomize=True)
    @given(ANYTHING, ANYTHING, ANYTHING, ANYTHING, ANYTHING)
    def test_nothing_crashes(self, one, two, three, four, five):
        results = [
            term.refund_before_start(one, two),
            term.kept_before_start(one, two),
            term.refund_pro_rata(one, two, three, four, year_days=five),
            term.earned_pro_rata(one, two, three, four, year_days=five),
            term.refund_parts([(one, two), (three, four)], five, two),
            term.refund_total_loss(one, two, three),
            term.change_pro_rata(one, two, three, four),
            term.period_change(one, two, three),
        ]
        for result in results:
            if result.amount is not None:
                self.assertEqual(result.amount, term.cents(result.amount))

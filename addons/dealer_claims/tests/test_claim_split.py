"""The split of a repair bill by payer, figures worked out by hand (§3.10, S92)."""

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..tools.claim_split import Line, Terms, split_costs

AMOUNT = st.integers(min_value=0, max_value=5_000_000)
PAYER = st.sampled_from(
    [
        "own_damage",
        "ctpl_property",
        "third_party_liability",
        "addon",
        "third_party_insurer",
        "customer",
        "store",
    ]
)
RATE = st.decimals(min_value=0, max_value=1, places=4)
LINES = st.lists(
    st.builds(
        Line,
        amount=AMOUNT,
        assessed=AMOUNT,
        payer=PAYER,
        non_accident=st.booleans(),
    ),
    max_size=12,
)
TERMS = st.builds(
    Terms,
    liability=RATE,
    deductible_rate=RATE,
    deductible=AMOUNT,
    absolute=AMOUNT,
    salvage=AMOUNT,
    salvage_keeper=st.sampled_from(["customer", "store"]),
    above_payer=st.sampled_from(["customer", "store"]),
    self_pay=st.booleans(),
)


@tagged("post_install", "-at_install")
class TestClaimSplit(BaseCase):
    def test_bill_of_the_example(self):
        """E7: 11,300 billed, 10,300 assessed: the customer bears the 1,000 above."""
        split = split_costs(
            [Line(800_000, 800_000), Line(330_000, 230_000)],
        )
        self.assertEqual(
            (split.total, split.insurer, split.self_paid, split.store),
            (1_130_000, 1_030_000, 100_000, 0),
        )
        self.assertEqual(split.reasons["above_assessment"], 100_000)

    def test_every_deduction_in_its_order(self):
        """10,000.00 of own damage, fault 70 %, rate 15 %, 500, 200, salvage 300.

        10,000 − 30 % = 7,000; − 15 % (1,050) = 5,950; − 500 − 200 = 5,250; the insurer
        deducts the remains: 4,950.
        """
        split = split_costs(
            [Line(1_000_000, 1_000_000)],
            Terms(
                liability=Decimal("0.7"),
                deductible_rate=Decimal("0.15"),
                deductible=50_000,
                absolute=20_000,
                salvage=30_000,
            ),
        )
        self.assertEqual(split.insurer, 495_000)
        self.assertEqual(split.self_paid, 505_000)
        self.assertEqual(
            {code: amount for code, amount in split.reasons.items() if amount},
            {
                "liability": 300_000,
                "deductible_rate": 105_000,
                "deductible": 50_000,
                "absolute": 20_000,
                "salvage": 30_000,
            },
        )

    def test_payers_beside_the_own_damage(self):
        """Deductions touch the own damage only; others pay what was assessed."""
        split = split_costs(
            [
                Line(100_000, 100_000, "own_damage"),
                Line(200_000, 200_000, "ctpl_property"),
                Line(50_000, 50_000, "third_party_insurer"),
                Line(30_000, 0, "customer"),
                Line(20_000, 0, "store"),
                Line(10_000, 10_000, "own_damage", True),
            ],
            Terms(deductible_rate=Decimal("0.5")),
        )
        self.assertEqual(
            (split.total, split.insurer, split.third_party, split.self_paid),
            (410_000, 250_000, 50_000, 90_000),
        )
        self.assertEqual(split.store, 20_000)
        self.assertEqual(split.reasons["non_accident"], 10_000)

    def test_store_bears_what_is_above_and_keeps_the_remains(self):
        split = split_costs(
            [Line(100_000, 80_000)],
            Terms(above_payer="store", salvage=5_000, salvage_keeper="store"),
        )
        self.assertEqual(
            (split.insurer, split.store, split.self_paid), (75_000, 25_000, 0)
        )

    def test_a_deduction_never_exceeds_what_is_left(self):
        split = split_costs(
            [Line(10_000, 10_000)],
            Terms(deductible=8_000, absolute=8_000, salvage=9_000),
        )
        self.assertEqual((split.insurer, split.self_paid), (0, 10_000))
        self.assertEqual(split.reasons["absolute"], 2_000)
        self.assertEqual(split.reasons["salvage"], 0)

    def test_half_a_cent_is_rounded_up_once(self):
        split = split_costs([Line(333, 333)], Terms(deductible_rate=Decimal("0.5")))
        self.assertEqual((split.insurer, split.self_paid), (166, 167))

    def test_self_pay_is_all_the_customers(self):
        split = split_costs([Line(100_000, 100_000)], Terms(self_pay=True))
        self.assertEqual((split.insurer, split.self_paid), (0, 100_000))

    @given(LINES, TERMS)
    @settings(deadline=None, max_examples=300, derandomize=True)
    def test_parts_always_add_up(self, lines, terms):
        split = split_costs(lines, terms)
        parts = (split.insurer, split.third_party, split.self_paid, split.store)
        self.assertEqual(sum(parts), split.total)
        self.assertEqual(split.total, sum(line.amount for line in lines))
        self.assertTrue(all(part >= 0 for part in parts))
        self.assertEqual(sum(split.reasons.values()), split.self_paid)
        self.assertTrue(all(amount >= 0 for amount in split.reasons.values()))

    @given(LINES, TERMS, RATE)
    @settings(deadline=None, max_examples=200, derandomize=True)
    def test_more_fault_never_costs_the_insurer_less(self, lines, terms, share):
        """Monotone: with a greater insured share the insurer never pays less."""
        low, high = sorted((share, terms.liability))
        self.assertLessEqual(
            split_costs(lines, terms._replace(liability=low)).insurer,
            split_costs(lines, terms._replace(liability=high)).insurer,
        )

    @given(LINES, TERMS, AMOUNT)
    @settings(deadline=None, max_examples=200, derandomize=True)
    def test_a_greater_deductible_never_helps_the_customer(self, lines, terms, more):
        greater = terms._replace(deductible=terms.deductible + more)
        before, after = split_costs(lines, terms), split_costs(lines, greater)
        self.assertLessEqual(after.insurer, before.insurer)
        # with the remains at the store, the customer bears at least as much
        kept = {"salvage": 0}
        self.assertGreaterEqual(
            split_costs(lines, greater._replace(**kept)).self_paid,
            split_costs(lines, terms._replace(**kept)).self_paid,
        )

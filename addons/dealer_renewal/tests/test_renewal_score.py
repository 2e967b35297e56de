from odoo.tests import BaseCase, tagged

from ..tools.renewal_score import FACTORS, Facts, Part, Weight, score

WEIGHTS = {
    "trouble": Weight(50),
    "expiry": Weight(40, 90),
    "appointment": Weight(30),
    "promised": Weight(15),
    "premium": Weight(20, 10000),
    "class_a": Weight(15),
    "class_b": Weight(7),
    "years": Weight(10, 5),
    "price": Weight(8),
    "missed": Weight(12, 3),
    "later": Weight(-40),
}


@tagged("post_install", "-at_install")
class TestRenewalScore(BaseCase):
    def test_parts_add_up_by_hand(self):
        """45 days: 40 × (1 − 45/90) = 20; 5,000: 20 × 0.5 = 10; class A 15;
        2 years: 10 × 2/5 = 4; one missed node: 12 × 1/3 = 4."""
        facts = Facts(days=45, premium=5000, years=2, customer_class="A", missed=1)
        total, parts = score(facts, WEIGHTS)
        self.assertEqual(
            parts,
            [
                Part("expiry", 45, 20.0),
                Part("premium", 5000, 10.0),
                Part("class_a", 1, 15.0),
                Part("years", 2, 4.0),
                Part("missed", 1, 4.0),
            ],
        )
        self.assertEqual(total, 53.0)

    def test_all_of_it(self):
        facts = Facts(0, 99999, 9, "B", 2, True, True, 5, 0)
        total, parts = score(facts, WEIGHTS)
        # 50 + 40 + 30 + 15 + 20 + 7 + 10 + 8 + 12
        self.assertEqual(total, 192.0)
        self.assertEqual([part.code for part in parts][:3], list(FACTORS[:3]))

    def test_expiry_weighs_on_both_sides(self):
        def points(days):
            return score(Facts(days), {"expiry": WEIGHTS["expiry"]})[0]

        self.assertEqual(points(0), 40.0)
        self.assertEqual(points(9), 36.0)
        self.assertEqual(points(-9), 36.0)
        self.assertEqual(points(90), 0.0)
        self.assertEqual(points(200), 0.0)

    def test_agreed_day_in_the_future_waits(self):
        soon = score(Facts(10, appointment=3), WEIGHTS)[0]
        today = score(Facts(10, appointment=0), WEIGHTS)[0]
        late = score(Facts(10, appointment=-4), WEIGHTS)[0]
        none = score(Facts(10), WEIGHTS)[0]
        self.assertAlmostEqual(none - soon, 40.0)
        self.assertAlmostEqual(today - none, 30.0)
        self.assertEqual(today, late)

    def test_no_weight_no_points(self):
        self.assertEqual(score(Facts(0, 9000, 9, "A", 3), {}), (0, []))

    def test_the_sum_is_the_sum_of_the_parts(self):
        for days in range(-30, 91, 7):
            for years in range(6):
                facts = Facts(days, 3333.0, years, "B", 0, True, False, years % 4)
                total, parts = score(facts, WEIGHTS)
                self.assertAlmostEqual(total, sum(part.points for part in parts), 1)

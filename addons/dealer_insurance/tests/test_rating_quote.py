from datetime import date, datetime

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .quote_common import QuoteCommon


@tagged("post_install", "-at_install")
class TestRatingQuote(QuoteCommon):
    """Our own figures beside the insurer's on a quote."""

    def _renewal(self, options=None, **vals):
        return self._quote(
            business_type="renewal_to_renewal",
            invoice_date=False,
            options=options or [self._option_vals(vehicle_tax=360.0)],
            **vals,
        )

    def _declared(self, **vals):
        return {"history_source": "declared", **vals}

    # ------------------------------------------------------------- History
    def test_a_new_car_has_no_history(self):
        quote = self._quote()
        self.assertEqual(quote.history_source, "new")
        self.assertEqual((quote.ncd_level, quote.expected_ncd), (0, 1.0))
        self.assertEqual((quote.float_key, quote.expected_float), ("none", 1.0))

    def test_unknown_history_takes_the_insurers_factors(self):
        quote = self._renewal([self._option_vals(float_factor=0.8, ctpl_premium=760)])
        self.assertEqual(quote.history_source, "unknown")
        self.assertFalse(quote.float_key)
        self.assertEqual(quote.option_ids.estimated_ctpl, 760)

    def test_history_decides_our_factors(self):
        """Scheme E, three clear years: 950 × 0.7; four years without claim: × 0.5."""
        quote = self._renewal(
            [
                self._option_vals(
                    ctpl_premium=665,
                    float_factor=0.7,
                    vehicle_tax=360,
                    standard_premium=3000,
                    ncd_factor=0.5,
                    pricing_factor=1.0,
                    commercial_premium=1500,
                )
            ],
            **self._declared(history_years=4, clear_years=3),
        )
        option = quote.option_ids
        self.assertEqual((quote.ncd_level, quote.expected_ncd), (-4, 0.5))
        self.assertEqual((quote.float_key, quote.expected_float), ("no_claim_3", 0.7))
        self.assertEqual(option.estimated_ctpl, 665)
        self.assertEqual(option.estimated_commercial, 1500)
        self.assertFalse(option.difference_text)

    def test_a_factor_against_the_history_is_explained(self):
        quote = self._renewal(
            [
                self._option_vals(
                    vehicle_tax=360,
                    standard_premium=3000,
                    ncd_factor=0.5,
                    pricing_factor=1.0,
                    commercial_premium=1500,
                )
            ],
            **self._declared(history_years=2, history_claims=1, at_fault_count=1),
        )
        option = quote.option_ids
        # one accident at fault: 950 × 1.0; two years, one claim: level -1, 0.8
        self.assertEqual(quote.expected_ncd, 0.8)
        self.assertEqual(option.estimated_commercial, 2400)
        self.assertIn("claim history gives 0.8", option.difference_text)
        self.assertIn("1,500.00", option.difference_text)
        # Never overwritten
        self.assertEqual(option.commercial_premium, 1500)
        quote.action_calculate()
        quote.action_send()
        with self.assertRaisesRegex(UserError, "G-R3"):
            quote.action_accept()
        option.difference_note = "Insurer's platform shows no claim yet"
        quote.action_accept()
        self.assertEqual(quote.state, "accepted")

    def test_death_goes_before_all(self):
        car = self._vehicle(displacement_l=1.6, seats=6)
        quote = self._renewal(
            [self._option_vals(ctpl_premium=1430, float_factor=1.3, vehicle_tax=360)],
            vehicle=car,
            **self._declared(history_years=3, at_fault_count=1, at_fault_death=True),
        )
        self.assertEqual(quote.option_ids.estimated_ctpl, 1430)

    def test_history_of_our_own_policies(self):
        quote = self._renewal(date_start=datetime(2026, 8, 15, 16, 0))
        with self.assertRaisesRegex(UserError, "no earlier policy"):
            quote.action_propose_history()
        for year in (2023, 2024, 2025):
            self.su_env["dealer.underwriting"].create(
                {
                    **self._vals(vehicle=quote.vehicle_id),
                    "business_type": "renewal_to_renewal",
                    "policy_ids": [
                        Command.create(
                            {
                                "product": "commercial",
                                "premium": 1000,
                                "policy_no": f"P{year}",
                                "date_start": datetime(year, 8, 15, 16, 0),
                                "date_end": datetime(year + 1, 8, 15, 15, 59, 59),
                            }
                        )
                    ],
                }
            )
        quote.action_propose_history()
        self.assertEqual(quote.history_source, "store")
        self.assertEqual((quote.history_years, quote.clear_years), (3, 3))
        self.assertEqual(quote.expected_ncd, 0.6)

    # ----------------------------------------------------------------- Tax
    def test_tax_states(self):
        quote = self._renewal()
        option = quote.option_ids
        self.assertEqual(option.estimated_tax, 360)
        quote.tax_status = "half"
        self.assertEqual(option.estimated_tax, 180)
        option.vehicle_tax = 180
        quote.action_calculate()
        quote.action_send()
        option.difference_note = "Insurer's platform"
        with self.assertRaisesRegex(UserError, "tax certificate"):
            quote.action_accept()
        quote.tax_certificate_no = "JM2026-1"
        quote.action_accept()
        self.assertEqual(quote.state, "accepted")

    def test_electric_cars_are_outside_the_tax(self):
        for energy, status in (
            ("bev", "not_taxable"),
            ("fcev", "not_taxable"),
            ("phev", "exempt"),
            ("erev", "exempt"),
            ("hev", "normal"),
        ):
            quote = self._quote(vehicle=self._vehicle(energy_type=energy))
            self.assertEqual(quote.tax_status, status, energy)

    def test_arrears_and_late_fee(self):
        """360 of this year, 360 of the last, 100 days at 0.05 %: 18.00."""
        quote = self._renewal(
            date=date(2026, 4, 11),
            tax_arrears=360,
            tax_arrears_since=date(2026, 1, 1),
            options=[self._option_vals(vehicle_tax=738)],
        )
        option = quote.option_ids
        self.assertEqual(option.estimated_tax, 738)
        self.assertNotIn("G-R2", option.difference_text or "")
        self.assertIn("360.00 × 0.0005 × 100 = 18.00", option.rating_html)

    # ---------------------------------------------------------------- Value
    def test_actual_value_and_proposed_sum(self):
        """100,000, 30 months at 0.6 %: 82,000."""
        car = self._vehicle(
            displacement_l=1.6,
            seats=5,
            purchase_price=100000,
            registration_date=date(2024, 1, 10),
        )
        damage = self.env.ref("dealer_insurance.cover_od")
        self.assertTrue(damage.value_insured)
        quote = self._renewal(
            date=date(2026, 7, 16),
            vehicle=car,
            options=[
                self._option_vals(
                    ctpl_premium=0,
                    line_ids=[Command.create({"cover_id": damage.id})],
                )
            ],
        )
        self.assertEqual(quote.actual_value, 82000)
        self.assertIn("30 × 0.006", quote.actual_value_formula)
        quote.option_ids.action_fill_estimates()
        self.assertEqual(quote.option_ids.line_ids.sum_insured, 82000)
        self.assertEqual(quote.option_ids.ctpl_premium, 950)

    def test_depreciation_of_electric_cars_by_price(self):
        Rate = self.env["dealer.depreciation.rate"]
        cases = [
            ("bev", 99999, 0.0082),
            ("bev", 100000, 0.0077),
            ("bev", 200000, 0.0072),
            ("bev", 300000, 0.0068),
            ("phev", 150000, 0.0063),
            ("fuel", 150000, 0.006),
            ("hev", 150000, 0.006),
        ]
        for energy, price, rate in cases:
            car = self._vehicle(energy_type=energy, purchase_price=price, seats=5)
            found = Rate._find_rates(car, date(2026, 1, 1))[car]
            self.assertAlmostEqual(found.monthly_rate, rate, 6, (energy, price))
        bus = self._vehicle(use_nature="taxi_rental", seats=12)
        self.assertAlmostEqual(
            Rate._find_rates(bus, date(2026, 1, 1))[bus].monthly_rate, 0.011, 6
        )

    # ----------------------------------------------------------------- Term
    def test_short_term(self):
        """Three months: 30 % of 950 = 285.00; 90 of 365 days of 3,650 = 900.00."""
        quote = self._renewal(
            date_start=datetime(2026, 1, 15),
            date_end=datetime(2026, 4, 14, 23, 59, 59),
            options=[
                self._option_vals(
                    ctpl_premium=285,
                    vehicle_tax=360,
                    standard_premium=3650,
                    pricing_factor=1.0,
                    commercial_premium=900,
                )
            ],
        )
        option = quote.option_ids
        self.assertEqual(option.estimated_ctpl, 285)
        self.assertEqual(option.estimated_commercial, 900)
        with self.assertRaisesRegex(UserError, "G-R6"):
            quote.action_calculate()
        quote.short_term_reason = "temporary"
        quote.action_calculate()
        vals = option._prepare_policy_vals_list()
        self.assertEqual(
            {item["date_end"] for item in vals}, {datetime(2026, 4, 14, 23, 59, 59)}
        )

    # ---------------------------------------------------------------- Rates
    def test_rates_of_the_insurer(self):
        """Pure risk 750 for a million at 25 % loading: 1,000; another insurer: 900."""
        liability = self.env.ref("dealer_insurance.cover_tpl")
        Rate = self.su_env["dealer.cover.rate"]
        Rate.create(
            [
                {
                    "cover_id": liability.id,
                    "basis": "pure",
                    "sum_up_to": 1000000,
                    "fixed_amount": 750,
                    "date_from": "2020-01-01",
                    "company_id": self.company.id,
                },
                {
                    "cover_id": liability.id,
                    "insurer_id": self.insurer_2.id,
                    "sum_up_to": 1000000,
                    "fixed_amount": 900,
                    "date_from": "2020-01-01",
                    "company_id": self.company.id,
                },
            ]
        )
        line = [Command.create({"cover_id": liability.id, "sum_insured": 1000000})]
        bare = {"standard_premium": 0, "pricing_factor": 1.1, "commercial_premium": 0}
        quote = self._quote(
            options=[
                self._option_vals(line_ids=line, **bare),
                self._option_vals(insurer_id=self.insurer_2.id, line_ids=line, **bare),
            ]
        )
        self.assertEqual(
            quote.option_ids.mapped("estimated_commercial"), [1100.0, 990.0]
        )
        self.assertIn("750.00 / (1 − 0.25)", quote.option_ids[0].rating_html)

    def test_rates_of_another_store_do_not_count(self):
        liability = self.env.ref("dealer_insurance.cover_tpl")
        self.su_env["dealer.cover.rate"].with_company(self.company_2).create(
            {
                "cover_id": liability.id,
                "fixed_amount": 750,
                "date_from": "2020-01-01",
                "company_id": self.company_2.id,
            }
        )
        line = [Command.create({"cover_id": liability.id, "sum_insured": 1000000})]
        quote = self._quote(
            options=[
                self._option_vals(
                    line_ids=line, standard_premium=0, commercial_premium=0
                )
            ]
        )
        self.assertEqual(quote.option_ids.estimated_commercial, 0)

    def test_violations_of_the_province(self):
        province = self.env.ref("base.state_cn_JS")
        self.company.sudo().state_id = province
        self.su_env["dealer.violation.factor"].create(
            [
                {
                    "state_id": province.id,
                    "product": "ctpl",
                    "count_from": 5,
                    "value": 0.1,
                    "date_from": "2020-01-01",
                },
                {
                    "state_id": province.id,
                    "product": "commercial",
                    "count_from": 5,
                    "value": 1.1,
                    "date_from": "2020-01-01",
                },
            ]
        )
        quote = self._renewal(
            violation_count=4, **self._declared(history_years=1, clear_years=1)
        )
        # 950 × 0.9, later 950 × (0.9 + 0.1)
        self.assertEqual(quote.option_ids.estimated_ctpl, 855)
        quote.violation_count = 5
        self.assertEqual(quote.option_ids.estimated_ctpl, 950)

    # --------------------------------------------------------------- Screen
    def test_every_line_stands_on_the_screen(self):
        quote = self._quote()
        html = quote.rating_html
        for text in (
            "Insurer One",
            "Compulsory premium",
            "950.00",
            "360.00 / 12 × 5 = 150.00",
            "2807.71 × 1.13 = 3172.71",
            "4,272.71",
        ):
            self.assertIn(text, html)
        quote.option_ids.ctpl_premium = 960
        self.assertIn("10.00", quote.rating_html)

    def test_many_offers_in_constant_queries(self):
        quotes = self.env["dealer.quote"]
        for _index in range(5):
            quotes |= self._quote()
        quotes.option_ids.mapped("estimated_ctpl")

        def count(records):
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            records.option_ids._rated_lines()
            return self.env.cr.sql_log_count - start

        one, five = count(quotes[:1]), count(quotes)
        self.assertLessEqual(five, one + 2)

    # --------------------------------------------------------------- Rights
    def test_who_changes_tables(self):
        models = (
            "dealer.depreciation.rate",
            "dealer.short.term.rate",
            "dealer.expense.loading",
        )
        for model in models:
            record = self.env[model].search([], limit=1)
            self.assertTrue(record.with_user(self.clerk).read(["date_from"]))
            for post in ("policy_clerk", "insurance_manager", "sales_consultant"):
                with mute_logger("odoo.orm.models"), self.assertRaises(AccessError):
                    record.with_user(self.users[post]).write({"date_to": "2026-01-01"})
        Rate = self.env["dealer.cover.rate"]
        vals = {
            "cover_id": self.env.ref("dealer_insurance.cover_tpl").id,
            "date_from": "2026-01-01",
            "company_id": self.company.id,
        }
        mine = Rate.with_user(self.clerk).create(vals)
        shared = Rate.sudo().create({**vals, "company_id": False})
        mine.with_user(self.clerk).write({"fixed_amount": 5})
        with mute_logger("odoo.orm.models"), self.assertRaises(AccessError):
            shared.with_user(self.clerk).write({"fixed_amount": 5})
        with mute_logger("odoo.orm.models"), self.assertRaises(AccessError):
            mine.with_user(self.users["sales_consultant"]).write({"fixed_amount": 5})

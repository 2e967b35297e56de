from datetime import date, timedelta

from psycopg2.errors import CheckViolation

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.dealer_base.models.guard_mixin import GuardError

from .quote_common import QuoteCommon


@tagged("post_install", "-at_install")
class TestQuote(QuoteCommon):
    """A quote from draft to underwriting: every guard refuses first, then lets pass."""

    def _assert_refused(self, records, method, *codes):
        with self.assertRaises(GuardError) as caught:
            getattr(records, method)()
        self.assertEqual(caught.exception.codes, list(codes))
        return str(caught.exception)

    # ------------------------------------------------------------ Good story
    def test_story(self):
        quote = self._quote(
            options=[
                self._option_vals(
                    line_ids=[
                        Command.create(
                            {
                                "cover_id": self.env.ref(
                                    "dealer_insurance.cover_tpl"
                                ).id,
                                "sum_insured": 1500000,
                                "standard_premium": 2807.71,
                                "premium": 3172.71,
                            }
                        )
                    ],
                    other_premium=200,
                )
            ]
        )
        self.assertRegex(quote.name, r"^QT\d{10}$")
        self.assertEqual(quote.valid_until, quote.date + timedelta(days=7))
        option = quote.option_ids
        self.assertEqual(option.product_line, "fuel")
        self.assertEqual(option.estimated_ctpl, 950)
        self.assertEqual(option.estimated_tax, 150)
        self.assertEqual(option.estimated_commercial, 3172.71)
        self.assertIn("360.00 / 12 × 5 = 150.00", option.tax_formula)
        self.assertFalse(option.difference_text)
        self.assertAlmostEqual(quote.amount_total, 4472.71)
        quote.action_calculate()
        quote.action_send()
        quote.action_accept()
        self.assertEqual(quote.state, "accepted")
        self.assertEqual(quote.chosen_option_id, option)
        action = quote.action_create_underwriting()
        self.assertEqual(quote.state, "converted")
        underwriting = quote.underwriting_ids
        self.assertEqual(action["res_id"], underwriting.id)
        self.assertRecordValues(
            underwriting,
            [
                {
                    "state": "draft",
                    "insurer_id": self.insurer.id,
                    "agreement_id": self.agreement.id,
                    "business_type": "new_car",
                    "applicant_id": self.applicant.id,
                    "vehicle_id": quote.vehicle_id.id,
                    "consultant_id": self.consultant.id,
                    "ctpl_premium": 950.0,
                    "vehicle_tax": 150.0,
                    "commercial_premium": 3172.71,
                    "other_premium": 200.0,
                    "amount_due": 4472.71,
                }
            ],
        )
        commercial = underwriting.commercial_policy_id
        self.assertEqual(commercial.line_ids.cover_id.code, "TPL")
        self.assertEqual(commercial.pricing_factor, 1.13)
        with self.assertRaises(UserError):
            quote.action_create_underwriting()

    def test_side_by_side(self):
        quote = self._quote(
            options=[
                self._option_vals(),
                self._option_vals(
                    insurer_id=self.insurer_2.id,
                    pricing_factor=1.0,
                    commercial_premium=2807.71,
                ),
            ]
        )
        self.assertAlmostEqual(quote.amount_total, 3907.71)
        quote.action_calculate()
        quote.action_send()
        self._assert_refused(quote, "action_accept", "G-Q5")
        quote.option_ids[0].is_chosen = True
        quote.action_accept()
        self.assertEqual(quote.chosen_option_id.insurer_id, self.insurer)
        self.assertAlmostEqual(quote.amount_total, 4272.71)

    # --------------------------------------------------------------- Guards
    def test_calculate_needs_data_and_an_offer(self):
        quote = self._quote(options=[], invoice_date=False)
        message = self._assert_refused(quote, "action_calculate", "G-Q4", "G-Q5")
        self.assertIn("invoice date", message)
        quote.write(
            {
                "invoice_date": date(2026, 8, 1),
                "option_ids": [Command.create(self._option_vals())],
            }
        )
        quote.action_calculate()
        self.assertEqual(quote.state, "calculated")

    def test_new_energy_needs_its_product(self):
        """9.5 scenario 2: a new energy car with a fuel product is refused (G-N1)."""
        car = self._vehicle(energy_type="bev", seats=5, displacement_l=0)
        fuel = self._option_vals(product_line="fuel", vehicle_tax=0)
        fuel["line_ids"] = [
            Command.create({"cover_id": self.env.ref("dealer_insurance.cover_od").id})
        ]
        quote = self._quote(vehicle=car, options=[fuel])
        self._assert_refused(quote, "action_calculate", "G-N1")
        quote.option_ids.product_line = "nev"
        message = self._assert_refused(quote, "action_calculate", "G-N1")
        self.assertIn("fuel cover", message)
        quote.option_ids.line_ids.cover_id = self.env.ref(
            "dealer_insurance.cover_nev_od"
        )
        quote.action_calculate()

    def test_fuel_car_cannot_have_the_new_energy_product(self):
        quote = self._quote(options=[self._option_vals(product_line="nev")])
        self._assert_refused(quote, "action_calculate", "G-N1")

    def test_add_on_needs_its_main_cover(self):
        lines = [
            Command.create(
                {
                    "cover_id": self.env.ref("dealer_insurance.cover_scratch").id,
                    "sum_insured": 3000,
                }
            )
        ]
        quote = self._quote(options=[self._option_vals(line_ids=lines)])
        message = self._assert_refused(quote, "action_calculate", "G-R5")
        self.assertIn("needs one of", message)
        self.assertIn("3,000", message)
        quote.option_ids.write(
            {
                "line_ids": [
                    Command.update(quote.option_ids.line_ids.id, {"sum_insured": 2000}),
                    Command.create(
                        {"cover_id": self.env.ref("dealer_insurance.cover_od").id}
                    ),
                ]
            }
        )
        quote.action_calculate()

    def test_pricing_factor_in_range(self):
        option = self._option_vals(pricing_factor=1.51, commercial_premium=4239.64)
        quote = self._quote(options=[option])
        self._assert_refused(quote, "action_calculate", "G-R4")
        with self.assertRaises(AccessError):
            quote._waive("G-R4", "calculate", "agreed")
        quote.with_user(self.manager)._waive("G-R4", "calculate", "Insurer confirmed")
        quote.action_calculate()

    def test_ncd_factor_in_table(self):
        option = self._option_vals(ncd_factor=0.55, commercial_premium=1744.99)
        quote = self._quote(options=[option])
        self._assert_refused(quote, "action_calculate", "G-R4")
        quote.option_ids.write({"ncd_factor": 0.5, "commercial_premium": 1586.36})
        quote.action_calculate()

    def _sent(self, **option):
        quote = self._quote(options=[self._option_vals(**option)])
        quote.action_calculate()
        quote.action_send()
        return quote

    def test_differences_must_be_explained(self):
        for option, code in (
            ({"ctpl_premium": 951.0}, "G-R1"),
            ({"ctpl_premium": 712.5, "float_factor": 0.75}, "G-R1"),
            ({"vehicle_tax": 360.0}, "G-R2"),
            ({"vehicle_tax": 360.0, "ctpl_premium": 0.0}, "G-R2"),
            ({"commercial_premium": 3172.73}, "G-R3"),
        ):
            quote = self._sent(**option)
            before = quote.option_ids.read(list(option))
            message = self._assert_refused(quote, "action_accept", code)
            self.assertIn("Insurer One", message)
            self.assertIn(code, quote.option_ids.difference_text)
            quote.option_ids.difference_note = "Insurer's system says so"
            quote.action_accept()
            self.assertEqual(quote.option_ids.read(list(option)), before)

    def test_one_cent_is_no_difference(self):
        quote = self._sent(commercial_premium=3172.72, ctpl_premium=950.01)
        quote.action_accept()

    def test_renewal_pays_the_whole_year(self):
        quote = self._quote(
            business_type="renewal_to_renewal",
            invoice_date=False,
            options=[
                self._option_vals(vehicle_tax=360, ctpl_premium=855, float_factor=0.9)
            ],
        )
        self.assertEqual(quote.option_ids.estimated_tax, 360)
        quote.action_calculate()
        quote.action_send()
        quote.action_accept()

    def test_applicant_and_notice(self):
        stranger = self.su_env["res.partner"].create({"name": "Stranger"})
        quote = self._quote(applicant_id=stranger.id, notice_acknowledged=False)
        quote.action_calculate()
        quote.action_send()
        self._assert_refused(quote, "action_accept", "G-Q3", "G-Q2")
        quote.notice_acknowledged = True
        stranger.write(
            {"id_type": "passport", "id_number": "E7654321", "phone": "13900000000"}
        )
        quote.action_accept()

    def test_concession_guard(self):
        quote = self._quote()
        quote.action_calculate()
        concession = (
            self.env["dealer.concession"]
            .with_user(self.clerk)
            .create(
                {
                    "option_id": quote.option_ids.id,
                    "type_id": self.gift.id,
                    "name": "Dash cam",
                    "amount": 158.65,
                }
            )
        )
        self._assert_refused(quote, "action_send", "G-Q1")
        self.assertTrue(quote.needs_approval)
        with self.assertRaisesRegex(UserError, "Reason"):
            quote.action_request_approvals()
        concession.reason = "Loyal customer"
        quote.action_request_approvals()
        self.assertEqual(concession.state, "requested")
        self.assertFalse(quote.needs_approval)
        concession.amount = 158.64
        quote.action_send()
        concession.write({"name": "返现100元"})
        self._assert_refused(quote, "action_accept", "G-P6")

    def test_validity(self):
        quote = self._quote()
        quote.action_calculate()
        quote.valid_until = self.env.company._dealer_today() - timedelta(days=1)
        self._assert_refused(quote, "action_send", "G-Q6")
        quote.action_back_to_draft()
        self.assertEqual(quote.state, "draft")
        quote.action_calculate()
        quote.action_send()

    def test_lost_needs_a_reason(self):
        reasons = self.env["dealer.reason.code"].search(
            [("category", "=", "new_car_lost")]
        )
        plain = reasons.filtered(lambda reason: not reason.needs_text)[:1]
        other = reasons.filtered("needs_text")[:1]
        quote = self._quote()
        self._assert_refused(quote, "action_lose", "G-Q7")
        quote.lost_reason_id = other
        self._assert_refused(quote, "action_lose", "G-Q7")
        quote.lost_reason_id = plain
        quote.action_lose()
        self.assertEqual(quote.state, "lost")
        self.assertTrue(quote.lost_at)

    def test_open_guards_are_shown_before_the_click(self):
        quote = self._quote(options=[])
        self.assertIn("G-Q5", quote.open_guard_html)
        self.assertFalse(self._quote().open_guard_html)

    # -------------------------------------------------------------- Freezing
    def test_accepted_is_frozen(self):
        quote = self._accepted()
        for vals in ({"applicant_id": self.insurer.id}, {"vehicle_id": False}):
            with self.assertRaisesRegex(UserError, "accepted"):
                quote.write(vals)
        with self.assertRaisesRegex(UserError, "accepted"):
            quote.option_ids.write({"commercial_premium": 1})
        with self.assertRaisesRegex(UserError, "accepted"):
            quote.write({"option_ids": [Command.create(self._option_vals())]})
        with self.assertRaises(UserError):
            quote.unlink()
        quote.action_back_to_draft()
        self.assertFalse(quote.chosen_option_id)
        quote.option_ids.write({"commercial_premium": 3172.70})

    def test_state_is_not_written(self):
        quote = self._quote()
        for vals in ({"state": "accepted"}, {"chosen_option_id": quote.option_ids.id}):
            with self.assertRaises(UserError):
                quote.write(vals)
        with self.assertRaises(UserError):
            self._quote(state="accepted")
        with self.assertRaises(UserError):
            quote.action_accept()

    @mute_logger("odoo.sql_db")
    def test_negative_premium(self):
        with self.assertRaises(CheckViolation):
            self._quote(options=[self._option_vals(ctpl_premium=-1)])

    def test_fill_estimates(self):
        quote = self._quote(
            options=[
                self._option_vals(
                    ctpl_premium=0, vehicle_tax=0, commercial_premium=3000
                )
            ]
        )
        option = quote.option_ids
        option.action_fill_estimates()
        self.assertEqual(option.ctpl_premium, 950)
        self.assertEqual(option.vehicle_tax, 150)
        self.assertEqual(option.commercial_premium, 3000)

    # ------------------------------------------------------------------ Cron
    def test_expiry(self):
        yesterday = self.env.company._dealer_today() - timedelta(days=1)
        late = self._quote(valid_until=yesterday)
        today = self._quote(valid_until=self.env.company._dealer_today())
        accepted = self._accepted()
        with self.enter_registry_test_mode():
            self.env.ref("dealer_insurance.cron_quote_expire").method_direct_trigger()
        (late | today | accepted).invalidate_recordset()
        self.assertEqual(late.state, "expired")
        self.assertEqual(today.state, "draft")
        self.assertEqual(accepted.state, "accepted")
        with self.enter_registry_test_mode():
            self.env.ref("dealer_insurance.cron_quote_expire").method_direct_trigger()
        self.assertEqual(late.state, "expired")
        late.action_back_to_draft()
        self.assertEqual(late.state, "draft")
        self.assertGreater(late.valid_until, yesterday)

    # ------------------------------------------------------- Many, and rights
    def test_fifty_quotes(self):
        quotes = (
            self.env["dealer.quote"]
            .with_user(self.clerk)
            .create([self._quote_vals() for _i in range(50)])
        )
        quotes.action_calculate()
        quotes.action_send()
        self.env.flush_all()
        self.env.invalidate_all()
        # Two statements a quote are the chatter's note of the new state.
        with self.assertQueryCount(160):
            quotes.action_accept()
            self.env.flush_all()
        self.assertEqual(set(quotes.mapped("state")), {"accepted"})
        quotes.action_create_underwriting()
        self.assertEqual(len(quotes.underwriting_ids), 50)

    def test_two_stores(self):
        stranger = self._user("policy_clerk", company=self.company_2)
        quote = self._quote()
        Quote = self.env["dealer.quote"].with_user(stranger)
        self.assertFalse(Quote.search([("id", "=", quote.id)]))
        for record in (quote, quote.option_ids):
            with self.assertRaises(AccessError):
                record.with_user(stranger).read(["state"])
        with self.assertRaises(UserError):
            Quote.create(
                self._quote_vals(
                    company_id=self.company_2.id,
                    consultant_id=False,
                    vehicle=quote.vehicle_id,
                )
            )

    def test_rights_by_post(self):
        quote = self._quote(user=self.users["sales_consultant"])
        for post in ("cashier", "finance", "hotline_agent", "store_manager"):
            other = quote.with_user(self.users[post])
            self.assertEqual(other.state, "draft")
            for call in (
                other.action_calculate,
                other.action_lose,
                lambda other=other: other.write({"note": "x"}),
                lambda other=other: other.option_ids.write({"ctpl_premium": 1}),
                lambda other=other: other.copy(),
            ):
                with mute_logger("odoo.orm.models"), self.assertRaises(AccessError):
                    call()
        with self.assertRaisesRegex(UserError, "G-Q8"):
            # A consultant quotes figures of the rate sheet; see test_rate_sheet.
            quote.action_calculate()
        quote.with_user(self.users["renewal_agent"]).action_calculate()
        self.assertEqual(quote.state, "calculated")

    def test_consultant_cannot_make_underwritings(self):
        quote = self._accepted()
        with mute_logger("odoo.orm.models"), self.assertRaises(AccessError):
            quote.with_user(self.users["sales_consultant"]).action_create_underwriting()

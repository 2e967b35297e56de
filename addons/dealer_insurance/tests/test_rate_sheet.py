from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .rate_sheet_common import TODAY_TAX, RateSheetCommon


@tagged("post_install", "-at_install")
class TestRateSheet(RateSheetCommon):
    """Rate sheets from the draft to their publication (SM-27, S74, S75)."""

    # -------------------------------------------------------------- Figures
    def test_figures(self):
        sheet = self._sheet()
        one, two = sheet.offer_ids
        self.assertEqual(one.pricing_factor, 1.05)
        self.assertEqual(one.amount_total, 950 + self.tax + 3150)
        self.assertEqual(two.amount_total, 950 + self.tax + 3060)
        self.assertEqual(sheet.line_ids.best_total, two.amount_total)
        self.assertEqual(sheet.line_ids.displacement_l, 1.6)

    def test_a_right_sheet_has_no_findings(self):
        sheet = self._sheet()
        sheet.action_check()
        self.assertFalse(sheet.finding_ids.mapped("subject"))

    def test_every_wrong_figure_is_found(self):
        sheet = self._sheet(
            [
                self._line(ctpl_premium=960.0),
                self._line("Beta 1.6L", vehicle_tax=self.tax + 1),
                self._line(
                    "Gamma 1.6L", offers=[(self.insurer, 6000.0), (self.insurer_2, 0)]
                ),
                self._line("Delta", energy_type="bev", cover_text="三者100万"),
            ]
        )
        sheet.action_check()
        found = {
            (finding.kind, finding.line_id.model_text): finding
            for finding in sheet.finding_ids
        }
        self.assertEqual(
            set(found),
            {
                ("ctpl", "Alpha 1.6L"),
                ("tax", "Beta 1.6L"),
                ("range", "Gamma 1.6L"),
                ("empty", "Gamma 1.6L"),
                ("cover", "Delta"),
            },
        )
        ctpl = found["ctpl", "Alpha 1.6L"]
        self.assertEqual((ctpl.entered, ctpl.expected), (960, 950))
        self.assertIn("950.00", ctpl.formula)

    def test_a_mistyped_premium_stands_out(self):
        lines = [self._line(f"Car {place} 1.6L") for place in range(9)]
        lines.append(
            self._line(
                "Odd 1.6L", offers=[(self.insurer, 3510), (self.insurer_2, 3060)]
            )
        )
        sheet = self._sheet(lines)
        sheet.action_check()
        self.assertEqual(sheet.finding_ids.mapped("kind"), ["factor"])
        self.assertEqual(sheet.finding_ids.expected, 3150)

    def test_standard_premium_against_the_rates(self):
        """Two filed rates: 1,000 + 100 = 1,100 standard, the sheet says 3,000."""
        Rate = self.su_env["dealer.cover.rate"]
        for xmlid, amount in (("cover_tpl", 1000), ("cover_scratch", 100)):
            Rate.create(
                {
                    "cover_id": self.env.ref(f"dealer_insurance.{xmlid}").id,
                    "fixed_amount": amount,
                    "date_from": "2020-01-01",
                    "company_id": self.company.id,
                }
            )
        sheet = self._sheet([self._line(cover_text="三者100万+划痕5000")])
        sheet.action_check()
        self.assertEqual(
            [(item.kind, item.expected) for item in sheet.finding_ids],
            [("standard", 1100.0)],
        )

    def test_calculate_fills_what_is_empty(self):
        """Filed rates of the basic plan (liability 1,000, seats 0.4 % and 0.27 %):
        1,000 + 40 + 108 = 1,148.00; × 1.05 = 1,205.40, × 1.02 = 1,170.96."""
        Rate = self.su_env["dealer.cover.rate"]
        for xmlid, vals in (
            ("cover_tpl", {"sum_up_to": 1000000, "fixed_amount": 1000}),
            ("cover_driver", {"rate": 0.004}),
            ("cover_passenger", {"rate": 0.0027}),
        ):
            Rate.create(
                {
                    "cover_id": self.env.ref(f"dealer_insurance.{xmlid}").id,
                    "date_from": "2020-01-01",
                    "company_id": self.company.id,
                    **vals,
                }
            )
        offers = [(self.insurer, 3150.0), (self.insurer_2, 3060.0)]
        sheet = self._sheet(
            [
                self._line(plan=self.full, offers=offers),
                self._line(
                    "Beta 1.6L",
                    offers=[(self.insurer, 0)],
                    ctpl_premium=0,
                    vehicle_tax=0,
                    standard_premium=0,
                ),
            ]
        )
        sheet.action_fill_figures()
        typed, empty = sheet.line_ids
        self.assertEqual(typed.standard_premium, 3000)
        self.assertEqual(
            (empty.ctpl_premium, empty.vehicle_tax, empty.standard_premium),
            (950, self.tax, 1148),
        )
        self.assertEqual(empty.offer_ids.insurer_id, self.insurer | self.insurer_2)
        self.assertEqual(
            empty.offer_ids.mapped("commercial_premium"), [1205.40, 1170.96]
        )
        sheet.action_check()
        self.assertFalse(
            sheet.finding_ids.filtered(
                lambda item: item.line_id == empty and item.kind != "plan"
            )
        )

    # ---------------------------------------------------------------- Gaps
    def test_coverage(self):
        """Models sold × plans × insurers with an agreement."""
        car = self._vehicle(model_text="Sold 1.6L")
        old = self._vehicle(model_text="Old 1.6L")
        for vehicle, days in ((car, 10), (old, 200)):
            self.su_env["dealer.delivery"].create(
                {
                    "name": f"D{days}",
                    "company_id": self.company.id,
                    "vehicle_id": vehicle.id,
                    "partner_id": self.applicant.id,
                    "delivery_date": self.today - timedelta(days=days),
                }
            )
        sheet = self._sheet(
            [
                self._line(),
                self._line(plan=self.full),
                self._line("Beta 1.6L", offers=[(self.insurer, 3150.0)]),
            ]
        )
        sheet.action_check()
        self.assertEqual(
            sorted((item.kind, item.subject) for item in sheet.finding_ids),
            [
                ("insurer", "Beta 1.6L · Basic · Insurer Two"),
                ("model", "Sold 1.6L (1 sold)"),
                ("plan", "Beta 1.6L · Full"),
            ],
        )
        with self.assertRaisesRegex(UserError, "G-T2"):
            sheet.action_publish()
        sheet.finding_ids.write({"explanation": "Sold out"})
        sheet.action_publish()
        self.assertEqual(sheet.state, "published")

    def test_an_explanation_holds_for_its_figure_only(self):
        sheet = self._sheet([self._line(ctpl_premium=960.0)])
        sheet.action_check()
        sheet.finding_ids.explanation = "Rental car"
        sheet.action_check()
        self.assertEqual(sheet.finding_ids.explanation, "Rental car")
        sheet.line_ids.ctpl_premium = 970
        with self.assertRaisesRegex(UserError, "G-T3"):
            sheet.action_publish()
        sheet.line_ids.ctpl_premium = 950
        sheet.action_publish()
        self.assertFalse(sheet.finding_ids)

    # --------------------------------------------------------- Transitions
    def test_period(self):
        for vals in (
            {"date_to": False},
            {"date_from": False, "date_to": False},
            {
                "date_from": self.today - timedelta(days=9),
                "date_to": self.today - timedelta(days=1),
            },
        ):
            with self.assertRaisesRegex(UserError, "G-T1"):
                self._published(**vals)
        self._published()
        with self.assertRaisesRegex(UserError, "version V1"):
            self._published()

    def test_a_new_version_supersedes(self):
        old = self._published()
        action = old.action_new_version()
        new = (
            self.env["dealer.rate.sheet"].with_user(self.clerk).browse(action["res_id"])
        )
        self.assertEqual((new.version, new.state), ("V2", "draft"))
        self.assertEqual(len(new.offer_ids), 2)
        self.assertEqual(new.previous_id, old)
        new.offer_ids[0].commercial_premium = 3300
        new.offer_ids[1].commercial_premium = 3000
        new.action_publish()
        self.assertEqual(old.state, "superseded")
        self.assertEqual(old.superseded_by_id, new)
        rose, fell = new.offer_ids
        self.assertEqual((rose.change, fell.change), (150, -60))
        self.assertAlmostEqual(rose.change_rate, 150 / (950 + self.tax + 3150), 4)

    def test_a_version_of_another_month_has_its_tax(self):
        first = self.today.replace(day=1)
        before = first - timedelta(days=1)
        old = self._published()
        old.sudo()._write({"date_from": before.replace(day=1), "date_to": before})
        old.line_ids.sudo()._write({"vehicle_tax": self.tax + 30})
        self.env.invalidate_all()
        action = old.action_new_version()
        new = self.env["dealer.rate.sheet"].browse(action["res_id"])
        new = new.with_user(self.clerk)
        self.assertEqual((new.version, new.date_from), ("V1", first))
        self.assertEqual(new.line_ids.vehicle_tax, self.tax)
        new.action_publish()

    def test_a_later_period_waits_for_its_day(self):
        old = self._published()
        new = self._published(
            version="V2",
            date_from=self.today + timedelta(days=10),
            date_to=self.today + timedelta(days=40),
            lines=[
                self._line(vehicle_tax=TODAY_TAX[(self.today + timedelta(10)).month])
            ],
        )
        Sheet = self.env["dealer.rate.sheet"]
        self.assertEqual(old.state, "published")
        self.assertEqual(
            Sheet._find_current(self.company, self.today)[self.company], old
        )
        later = self.today + timedelta(days=10)
        self.assertEqual(Sheet._find_current(self.company, later)[self.company], new)

    def test_published_figures_are_frozen(self):
        sheet = self._published()
        for change in (
            lambda: sheet.write({"date_to": self.today}),
            lambda: sheet.line_ids.write({"ctpl_premium": 1}),
            lambda: sheet.offer_ids.write({"commercial_premium": 1}),
            lambda: sheet.line_ids.unlink(),
            lambda: sheet.unlink(),
            lambda: sheet.write({"line_ids": [self._line("New")]}),
        ):
            with self.assertRaisesRegex(UserError, "new version"):
                change()

    def test_state_is_not_written(self):
        sheet = self._sheet()
        for vals in ({"state": "published"}, {"published_at": fields.Datetime.now()}):
            with self.assertRaises(UserError):
                sheet.write(vals)
        with self.assertRaises(UserError):
            self.env["dealer.rate.sheet.finding"].with_user(self.clerk).create(
                {"sheet_id": sheet.id, "kind": "ctpl", "key": "x", "subject": "x"}
            )

    # ------------------------------------------------------------ Receipts
    def test_publication_tells_who_quotes(self):
        sheet = self._published()
        readers = {self._as("sales_consultant"), self._as("renewal_agent")}
        self.assertEqual(set(sheet.receipt_ids.user_id), readers)
        self.assertEqual(sheet.unread_count, 2)
        consultant = self._as("sales_consultant")
        mine = sheet.with_user(consultant)
        self.assertTrue(mine.my_unread)
        self.assertIn(consultant, sheet.sudo().activity_ids.user_id)
        message = (
            sheet.sudo()
            .env["mail.message"]
            .search([("model", "=", sheet._name), ("res_id", "=", sheet.id)])
        )
        self.assertIn(consultant.partner_id, message.notified_partner_ids)
        mine.action_mark_read()
        self.assertFalse(mine.my_unread)
        receipt = sheet.receipt_ids.filtered(lambda item: item.user_id == consultant)
        self.assertTrue(receipt.read_at)
        self.assertNotIn(consultant, sheet.sudo().activity_ids.user_id)
        self.assertEqual(sheet.with_user(self.clerk).unread_count, 1)
        first = receipt.read_at
        mine.action_mark_read()
        self.assertEqual(receipt.read_at, first)
        with self.assertRaisesRegex(UserError, "not sent to you"):
            sheet.with_user(self.clerk).action_mark_read()

    def test_receipts_are_not_typed(self):
        sheet = self._published()
        receipt = sheet.receipt_ids[0]
        for post in ("sales_consultant", "policy_clerk", "insurance_manager"):
            # AccessError is a UserError
            with mute_logger("odoo.orm.models"), self.assertRaises(UserError):
                receipt.with_user(self._as(post)).write(
                    {"read_at": fields.Datetime.now()}
                )
        other = sheet.receipt_ids.filtered(
            lambda item: item.user_id == self._as("renewal_agent")
        )
        with mute_logger("odoo.orm.models"), self.assertRaises(AccessError):
            other.with_user(self._as("sales_consultant")).read(["read_at"])

    # ----------------------------------------------------------- Freshness
    def _cron(self):
        with self.enter_registry_test_mode():
            self.env.ref(
                "dealer_insurance.ir_cron_rate_sheet_freshness"
            ).method_direct_trigger()
        self.env.invalidate_all()

    def _alarms(self):
        kind = self.env.ref("dealer_insurance.mail_activity_rate_sheet_due")
        sheets = self.env["dealer.rate.sheet"].search(
            [("company_id", "=", self.company.id)]
        )
        return sheets.activity_ids.filtered(lambda item: item.activity_type_id == kind)

    def test_alarm_before_the_end_then_to_the_manager(self):
        sheet = self._published()
        self._cron()
        self.assertFalse(self._alarms())
        sheet.sudo()._write({"date_to": self.today + timedelta(days=5)})
        self.env.invalidate_all()
        self._cron()
        self._cron()
        self.assertEqual(self._alarms().user_id, self.clerk)
        self.assertEqual(len(self._alarms()), 1)
        self.assertIn("runs out", self._alarms().summary)
        self._alarms().sudo()._write(
            {"create_date": fields.Datetime.now() - timedelta(days=3)}
        )
        self.env.invalidate_all()
        self._cron()
        self.assertEqual(self._alarms().user_id, self.clerk | self.manager)
        follower = self._published(
            version="V2",
            date_from=self.today + timedelta(days=1),
            date_to=self.today + timedelta(days=60),
            lines=[
                self._line(vehicle_tax=TODAY_TAX[(self.today + timedelta(1)).month])
            ],
        )
        self.assertEqual(follower.state, "published")
        self.assertFalse(self._alarms())
        self._cron()
        self.assertFalse(self._alarms())

    def test_alarm_where_no_sheet_is_valid(self):
        sheet = self._published()
        sheet.sudo()._write(
            {
                "date_from": self.today - timedelta(days=9),
                "date_to": self.today - timedelta(days=1),
            }
        )
        self.env.invalidate_all()
        self._cron()
        self.assertIn("valid today", self._alarms().summary)

    def test_a_store_without_any_sheet_gets_a_draft(self):
        Sheet = self.env["dealer.rate.sheet"]
        self._cron()
        draft = Sheet.search([("company_id", "=", self.company.id)])
        self.assertEqual(draft.state, "draft")
        self.assertEqual(draft.activity_ids.user_id, self.clerk)
        self._cron()
        self.assertEqual(len(Sheet.search([("company_id", "=", self.company.id)])), 1)

import io
from datetime import date, timedelta

import openpyxl

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .quote_common import QuoteCommon

TODAY_TAX = {month: 30.0 * (13 - month) for month in range(1, 13)}


@tagged("post_install", "-at_install")
class TestRateSheet(QuoteCommon):
    """Rate sheets from the draft to the quotes that use them (SM-27, S74, S75).

    Model "Alpha 1.6L": private, 5 seats, annual tax 360, so 30.00 a month from the
    first month of the sheet. Standard premium 3,000.00; insurer one × 1.05 = 3,150.00,
    insurer two × 1.02 = 3,060.00.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = fields.Date.context_today(cls.env["dealer.rate.sheet"])
        cls.tax = TODAY_TAX[cls.today.month]
        cls.basic = cls.env.ref("dealer_insurance.cover_plan_basic")
        cls.full = cls.env.ref("dealer_insurance.cover_plan_full")
        # Alarms speak the language of who gets them.
        (cls.clerk | cls.manager).sudo().lang = "en_US"

    @classmethod
    def _line(cls, model="Alpha 1.6L", plan=None, offers=None, **vals):
        if offers is None:
            offers = [(cls.insurer, 3150.0), (cls.insurer_2, 3060.0)]
        return Command.create(
            {
                "model_text": model,
                "plan_id": (plan or cls.basic).id,
                "ctpl_premium": 950.0,
                "vehicle_tax": cls.tax,
                "standard_premium": 3000.0,
                "price": 100000.0,
                "offer_ids": [
                    Command.create(
                        {"insurer_id": insurer.id, "commercial_premium": amount}
                    )
                    for insurer, amount in offers
                ],
                **vals,
            }
        )

    def _sheet(self, lines=None, user=None, **vals):
        return (
            self.env["dealer.rate.sheet"]
            .with_user(user or self.clerk)
            .with_company(self.company)
            .create(
                {
                    "name": "Rates",
                    "version": "V1",
                    "date_from": self.today,
                    "date_to": self.today + timedelta(days=30),
                    "company_id": self.company.id,
                    "line_ids": lines or [self._line()],
                    **vals,
                }
            )
        )

    def _published(self, *args, **vals):
        sheet = self._sheet(*args, **vals)
        sheet.action_publish()
        return sheet

    def _as(self, post):
        return self.users[post]

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
        self.env.cr.execute(
            "UPDATE mail_activity SET create_date = now() - interval '3 days' "
            "WHERE id IN %s",
            [tuple(self._alarms().ids)],
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

    # --------------------------------------------------------------- Quote
    def _consultant_quote(self, **vals):
        car = self._vehicle(displacement_l=1.6, seats=5, model_text="Alpha 1.6 L")
        return self._quote(
            user=self._as("sales_consultant"),
            options=[],
            vehicle=car,
            invoice_date=self.today,
            **vals,
        )

    def test_one_click_fills_all_insurers(self):
        sheet = self._published()
        quote = self._consultant_quote()
        self.assertEqual(quote.rate_sheet_id, sheet)
        quote.action_apply_rate_sheet()
        self.assertEqual(quote.rate_line_id, sheet.line_ids)
        self.assertEqual(
            quote.option_ids.mapped("insurer_id"), self.insurer | self.insurer_2
        )
        one = quote.option_ids[0]
        self.assertEqual(one.amount_total, 950 + self.tax + 3150)
        self.assertEqual(one.pricing_factor, 1.05)
        self.assertEqual(
            [
                (line.cover_id.code, line.sum_insured, line.seats)
                for line in one.line_ids
            ],
            [("TPL", 1000000, 0), ("DRV", 10000, 1), ("PAS", 10000, 4)],
        )
        self.assertFalse(one.difference_text)
        quote.action_calculate()
        quote.action_send()
        # Twice changes nothing
        quote.action_back_to_draft()
        quote.action_apply_rate_sheet()
        self.assertEqual(len(quote.option_ids), 2)

    def test_new_energy_covers_of_a_plan(self):
        self._published(
            [self._line("Volt", self.full, energy_type="bev", vehicle_tax=0.0)]
        )
        car = self._vehicle(energy_type="bev", seats=5, model_text="volt")
        quote = self._quote(user=self._as("sales_consultant"), options=[], vehicle=car)
        quote.action_apply_rate_sheet()
        self.assertEqual(
            quote.option_ids[0].line_ids.mapped("cover_id.code"),
            ["NEV-OD", "NEV-TPL", "NEV-DRV", "NEV-PAS", "MEDICAL"],
        )
        quote.action_calculate()

    def test_only_figures_of_the_sheet(self):
        """G-Q8: typed, changed or old figures are refused."""
        quote = self._quote(user=self._as("sales_consultant"))
        with self.assertRaisesRegex(UserError, "G-Q8.*no published rate sheet"):
            quote.action_calculate()
        with self.assertRaisesRegex(UserError, "no published rate sheet"):
            quote.action_apply_rate_sheet()
        self._published()
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, "not from the rate sheet"):
            quote.action_calculate()
        # The clerk may type what the insurer says
        quote.with_user(self.clerk).action_calculate()
        mine = self._consultant_quote()
        mine.action_apply_rate_sheet()
        mine.option_ids[0].commercial_premium = 3000
        with self.assertRaisesRegex(UserError, "figures were changed"):
            mine.action_calculate()
        mine.action_apply_rate_sheet()
        mine.action_calculate()

    def test_a_new_sheet_ends_drafts_but_not_offers(self):
        old = self._published()
        draft, sent = self._consultant_quote(), self._consultant_quote()
        for quote in (draft, sent):
            quote.action_apply_rate_sheet()
        sent.action_calculate()
        sent.action_send()
        action = old.action_new_version()
        new = (
            self.env["dealer.rate.sheet"].with_user(self.clerk).browse(action["res_id"])
        )
        new.action_publish()
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, "today holds"):
            draft.action_calculate()
        sent.option_ids[0].is_chosen = True
        sent.action_accept()
        self.assertEqual(sent.state, "accepted")
        draft.rate_line_id = False
        draft.action_apply_rate_sheet()
        draft.action_calculate()

    def test_the_line_of_another_model(self):
        self._published([self._line(), self._line("Beta 1.6L")])
        quote = self._consultant_quote()
        sheet = quote.rate_sheet_id
        quote.rate_line_id = sheet.line_ids[1]
        quote.action_apply_rate_sheet()
        with self.assertRaisesRegex(UserError, "G-Q8.*Beta"):
            quote.action_calculate()

    # -------------------------------------------------------------- Rights
    def test_rights_by_post(self):
        sheet = self._sheet()
        for post in ("sales_consultant", "renewal_agent"):
            self.assertFalse(
                self.env["dealer.rate.sheet"]
                .with_user(self._as(post))
                .search([("id", "=", sheet.id)])
            )
        for post in ("sales_consultant", "renewal_agent", "cashier", "store_manager"):
            other = sheet.with_user(self._as(post))
            for call in (
                other.action_publish,
                other.action_check,
                lambda other=other: other.write({"name": "x"}),
                lambda other=other: other.line_ids.write({"ctpl_premium": 1}),
            ):
                with mute_logger("odoo.orm.models", "odoo.addons.base.models.ir_rule"):
                    with self.assertRaises(AccessError):
                        call()
        for post in ("uw_leader", "insurance_manager"):
            sheet.with_user(self._as(post)).action_check()
        sheet.with_user(self._as("uw_leader")).action_publish()
        for post in ("sales_consultant", "renewal_agent"):
            other = sheet.with_user(self._as(post))
            self.assertEqual(other.line_ids.offer_ids[0].commercial_premium, 3150)
            with mute_logger("odoo.orm.models"), self.assertRaises(AccessError):
                other.action_new_version()

    def test_two_stores(self):
        sheet = self._published()
        stranger = self._user("sales_consultant", self.company_2)
        with mute_logger("odoo.orm.models", "odoo.addons.base.models.ir_rule"):
            with self.assertRaises(AccessError):
                sheet.with_user(stranger).read(["name"])
        self.assertNotIn(stranger, sheet.receipt_ids.user_id)
        self.assertFalse(
            self.env["dealer.rate.sheet"]._find_current(self.company_2, self.today)
        )

    # -------------------------------------------------------------- Prints
    def test_spreadsheet_has_the_form_of_the_import(self):
        sheet = self._published()
        content, kind = self.env["ir.actions.report"]._render(
            "dealer_insurance.rate_sheet_xlsx", sheet.ids
        )
        self.assertEqual(kind, "xlsx")
        rows = list(
            openpyxl.load_workbook(io.BytesIO(content)).active.iter_rows(
                values_only=True
            )
        )
        self.assertEqual(rows[0][0], "Rates")
        self.assertIn(f"Valid: {self.today} to", rows[1][0])
        self.assertEqual(rows[2][11], "Insurer One")
        self.assertEqual(rows[3][11:15], ("Commercial Premium", "Total") * 2)
        self.assertEqual(rows[4][1], "Alpha 1.6L")
        self.assertEqual(rows[4][11:13], (3150, 950 + self.tax + 3150))

    def test_print(self):
        sheet = self._published()
        html = (
            self.env["ir.actions.report"]
            ._render_qweb_html("dealer_insurance.report_rate_sheet", sheet.ids)[0]
            .decode()
        )
        for text in ("Alpha 1.6L", "Insurer One", "3,150.00", "V1"):
            self.assertIn(text, html)

    def test_many_lines_in_constant_queries(self):
        def count(lines):
            sheet = self._sheet([self._line(f"Car {n} 1.6L") for n in range(lines)])
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            sheet._find_findings()
            return self.env.cr.sql_log_count - start

        count(2)
        few, many = count(3), count(50)
        self.assertLessEqual(many, few + 3)

    def test_date_of_the_store(self):
        self.assertIsInstance(self.today, date)

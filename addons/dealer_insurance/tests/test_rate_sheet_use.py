import io

import openpyxl

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .rate_sheet_common import RateSheetCommon


@tagged("post_install", "-at_install")
class TestRateSheetUse(RateSheetCommon):
    """Quotes from the sheet (G-Q8), who may do what, and prints."""

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

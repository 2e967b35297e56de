from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.service.model import call_kw
from odoo.tests import tagged
from odoo.tools import mute_logger

from .quote_common import QuoteCommon


@tagged("post_install", "-at_install")
class TestQuoteCompare(QuoteCommon):
    """Offers side by side on the screen, and the choice with one click."""

    def _three(self):
        insurer_3 = self._insurer("Insurer Three", "TTHREE")
        return self._quote(
            options=[
                self._option_vals(
                    line_ids=[
                        Command.create(
                            {
                                "cover_id": self.env.ref(
                                    "dealer_insurance.cover_tpl"
                                ).id,
                                "sum_insured": 2000000,
                                "standard_premium": 2807.71,
                                "premium": 3172.71,
                            }
                        )
                    ]
                ),
                self._option_vals(
                    insurer_id=self.insurer_2.id,
                    pricing_factor=1.0,
                    commercial_premium=2807.71,
                ),
                self._option_vals(insurer_id=insurer_3.id, vehicle_tax=360.0),
            ]
        )

    def test_columns(self):
        quote = self._three()
        data = quote.comparison_data
        self.assertEqual(
            [(c["name"], c["cheapest"], c["chosen"]) for c in data["options"]],
            [
                ("Insurer One", False, False),
                ("Insurer Two", True, False),
                ("Insurer Three", False, False),
            ],
        )
        # 4,272.71 − 3,907.71 = 365; 4,482.71 − 3,907.71 = 575
        self.assertIn("365.00", data["options"][0]["extra"])
        self.assertEqual(data["options"][1]["extra"], "")
        self.assertIn("575.00", data["options"][2]["extra"])

    def test_rows_and_differences(self):
        quote = self._three()
        rows = quote.comparison_data["rows"]
        by_field = {row.get("field"): row for row in rows if row.get("field")}
        tax = by_field["vehicle_tax"]["cells"]
        self.assertEqual(
            [bool(cell["difference"]) for cell in tax], [False, False, True]
        )
        self.assertIn("[G-R2]", tax[2]["difference"])
        self.assertIn("360 / 12", tax[2]["difference"].replace("360.00", "360"))
        self.assertFalse(
            any(c["difference"] for c in by_field["ctpl_premium"]["cells"])
        )
        labels = [row["label"] for row in rows]
        self.assertIn(self.env.ref("dealer_insurance.cover_tpl").name, labels)
        self.assertEqual(by_field["amount_total"]["kind"], "total")

    def test_screen_and_paper_say_the_same(self):
        quote = self._three()
        report = self.env["report.dealer_insurance.report_quote_comparison"]
        paper = report._lines(quote)
        screen = quote.comparison_data["rows"]
        self.assertEqual(
            [row["label"] for row in paper], [row["label"] for row in screen]
        )
        for row, shown in zip(paper, screen, strict=True):
            amounts = [amount for _remark, amount in row.get("cells", ())]
            self.assertEqual(amounts, [cell["amount"] for cell in shown["cells"]])

    def test_one_click(self):
        quote = self._three()
        quote.option_ids[1].action_choose()
        quote.option_ids[2].action_choose()
        self.assertEqual(quote.option_ids.mapped("is_chosen"), [False, False, True])
        chosen = [c["chosen"] for c in quote.comparison_data["options"]]
        self.assertEqual(chosen, [False, False, True])
        with self.assertRaisesRegex(UserError, "one offer"):
            quote.option_ids.action_choose()

    def test_rights(self):
        quote = self._three()
        option = quote.option_ids[0]
        for post in ("cashier", "hotline_agent", "finance"):
            env = self.env(user=self.users[post])
            with mute_logger("odoo.orm.models"), self.assertRaises(AccessError):
                call_kw(env["dealer.quote.option"], "action_choose", [option.ids], {})
        accepted = self._accepted()
        with self.assertRaises(UserError):
            accepted.option_ids.action_choose()

    def test_fifty_quotes_in_constant_queries(self):
        quotes = self._quote()
        for _index in range(9):
            quotes |= self._quote()
        self.env.flush_all()
        self.env.invalidate_all()
        quotes[:1].mapped("comparison_data")
        self.env.invalidate_all()
        with self.assertQueryCount(40):
            quotes.mapped("comparison_data")

from lxml import html

from odoo import Command
from odoo.tests import tagged

from .quote_common import QuoteCommon

REPORT = "dealer_insurance.report_quote_comparison"


@tagged("post_install", "-at_install")
class TestQuoteComparison(QuoteCommon):
    """Two insurers side by side; the second has one cover and accident more."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        ref = cls.su_env.ref
        cls.damage = ref("dealer_insurance.cover_od")
        cls.liability = ref("dealer_insurance.cover_tpl")

    def _line(self, cover, sum_insured, premium, **vals):
        return Command.create(
            {
                "cover_id": cover.id,
                "sum_insured": sum_insured,
                "premium": premium,
                **vals,
            }
        )

    def _compared(self):
        first = self._option_vals(
            line_ids=[self._line(self.liability, 2000000, 1500.0)],
            concession_ids=[
                Command.create(
                    {"type_id": self.gift.id, "name": "Screen wash", "amount": 20.0}
                )
            ],
        )
        second = self._option_vals(
            insurer_id=self.insurer_2.id,
            other_premium=200.0,
            line_ids=[
                self._line(self.liability, 3000000, 1800.0),
                self._line(self.damage, 120000, 1100.0, deductible=0.1),
            ],
        )
        return self._quote(options=[first, second])

    def _page(self, quotes, user=None):
        reports = self.env["ir.actions.report"].with_user(user or self.clerk)
        return html.fromstring(reports._render_qweb_html(REPORT, quotes.ids)[0])

    def _lines(self, quote):
        report = self.env[f"report.{REPORT}"].with_user(self.clerk)
        return {
            line["label"]: line
            for line in report._comparisons(quote)[quote.id]["lines"]
        }

    def test_every_line_stands_side_by_side(self):
        quote = self._compared()
        money = quote.currency_id.format
        lines = self._lines(quote)
        self.assertEqual(
            lines["Total to pay"]["cells"],
            [("", money(4272.71)), ("", money(4472.71))],
        )
        self.assertEqual(
            [cell[1] for cell in lines["Compulsory premium"]["cells"]],
            [money(950.0)] * 2,
        )
        damage = lines[self.damage.name]["cells"]
        self.assertEqual(damage[0], ("", "—"))
        self.assertIn("deductible 10%", damage[1][0])
        self.assertEqual(damage[1][1], money(1100.0))
        other = lines["Accident and other premium"]["cells"]
        self.assertEqual([cell[1] for cell in other], ["—", money(200.0)])
        gifts = lines["Gifts and services of the store"]["cells"]
        self.assertEqual(gifts, [("Screen wash", money(20.0)), ("", "")])

    def test_covers_follow_the_catalogue(self):
        labels = list(self._lines(self._compared()))
        self.assertLess(
            labels.index(self.damage.name), labels.index(self.liability.name)
        )

    def test_paper(self):
        quotes = self._compared() | self._quote()
        page = self._page(quotes)
        articles = page.xpath("//div[contains(@class, 'article')]")
        self.assertEqual(len(articles), 2)
        text = articles[0].text_content()
        for words in (
            quotes[0].name,
            str(quotes[0].valid_until),
            quotes[0].vehicle_id.vin,
            self.insurer.name,
            self.insurer_2.name,
            "Customer Notice",
            "L1",
            self.consultant.name,
        ):
            self.assertIn(words, text)
        self.assertNotIn("E12345678", text, "no identity number on an offer")

    def test_chinese_counts_sums_in_ten_thousands(self):
        report = self.env[f"report.{REPORT}"]
        currency = self.company.currency_id
        self.assertEqual(report._sum_text(2000000, currency), currency.format(2000000))
        self.env["res.lang"]._activate_lang("zh_CN")
        chinese = report.with_context(lang="zh_CN")
        self.assertEqual(chinese._sum_text(2000000, currency), "200万")
        self.assertNotIn("万", chinese._sum_text(125500, currency))

    def test_queries_do_not_grow_with_options(self):
        def queries(quote):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.env[f"report.{REPORT}"].with_user(self.clerk)._comparisons(quote)
            return self.env.cr.sql_log_count - before

        one = self._quote()
        many = self._quote(
            options=[
                self._option_vals(
                    line_ids=[
                        self._line(self.liability, 2000000, 1500.0),
                        self._line(self.damage, 120000, 1100.0),
                    ]
                )
                for _i in range(6)
            ]
        )
        queries(many)
        self.assertLessEqual(queries(many), queries(one) + 6)

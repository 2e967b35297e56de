from odoo.tests import tagged
from odoo.tools.translate import code_translations

from odoo.addons.account.tests.common import AccountTestInvoicingCommon

from ..hooks import post_init_hook
from ..models.account_chart_template import MONEY_ACCOUNT_PLACES, MONEY_JOURNALS

CN_CODES = {
    "dealer_premium_payable_account_id": "224101",
    "dealer_tax_payable_account_id": "224102",
    "dealer_refund_payable_account_id": "224103",
    "dealer_insurer_receivable_account_id": "112203",
    "dealer_merchant_fee_account_id": "560305",
}
CN_LARGE_CODES = {**CN_CODES, "dealer_merchant_fee_account_id": "660301"}
SETTINGS = [*MONEY_ACCOUNT_PLACES, *MONEY_JOURNALS]


class ChartCase(AccountTestInvoicingCommon):
    def _assert_complete(self, company):
        for fname in SETTINGS:
            self.assertTrue(company[fname], fname)
        for fname in MONEY_ACCOUNT_PLACES:
            account = company[fname].with_company(company)
            self.assertTrue(account.code, fname)
            settled = account.account_type in ("asset_receivable", "liability_payable")
            self.assertEqual(account.reconcile, settled, fname)
            self.assertEqual(account.company_ids, company, fname)
        self.assertEqual(company.dealer_insurance_journal_id.code, "INS")
        self.assertEqual(company.dealer_insurance_journal_id.type, "general")
        for method, journal in company._dealer_payment_journals().items():
            self.assertEqual(journal.type, "cash" if method == "cash" else "bank")
            self.assertTrue(journal.default_account_id)
        self.assertEqual(len(company._dealer_payment_journals()), 4)
        banks = self.env["account.journal"].search(
            [("type", "=", "bank"), ("company_id", "=", company.id)]
        )
        self.assertEqual(len(banks.default_account_id), len(banks))


@tagged("post_install", "-at_install")
class TestMoneyChartGeneric(ChartCase):
    def test_new_company_is_complete(self):
        self._assert_complete(self.env.company)

    def test_codes_next_to_the_neighbours(self):
        company = self.env.company
        payable = self.company_data["default_account_payable"].code
        code = company.dealer_premium_payable_account_id.code
        self.assertEqual(code[:3], payable[:3])
        # Income and expense stand behind those of the chart, never before them.
        for fname in ("expense_account_id", "income_account_id"):
            own = {
                "expense_account_id": company.dealer_merchant_fee_account_id,
                "income_account_id": company.dealer_fee_income_account_id,
            }[fname]
            self.assertEqual(own.code[:3], company[fname].code[:3])
            self.assertGreater(own.code, company[fname].code)
        self.assertEqual(
            company.dealer_insurer_receivable_account_id.account_type,
            "asset_receivable",
        )

    def test_hook_repairs_and_repeats_nothing(self):
        company = self.env.company
        before = {fname: company[fname] for fname in SETTINGS}
        post_init_hook(self.env(su=True))
        self.assertEqual(before, {fname: company[fname] for fname in SETTINGS})
        accounts = self.env["account.account"].search_count([])
        company.dealer_premium_payable_account_id = False
        company.dealer_insurance_journal_id = False
        post_init_hook(self.env(su=True))
        self._assert_complete(company)
        self.assertEqual(self.env["account.account"].search_count([]), accounts)
        self.assertEqual(
            company.dealer_insurance_journal_id, before["dealer_insurance_journal_id"]
        )

    def test_hook_for_a_company_charted_before(self):
        """A store that has a chart, and a journal INS of its own, already."""
        company = self._create_company(name="charted before")
        for fname in SETTINGS:
            record = company[fname]
            company[fname] = False
            if fname == "dealer_insurance_journal_id":
                self.env["ir.model.data"].sudo().search(
                    [("model", "=", record._name), ("res_id", "=", record.id)]
                ).unlink()
                own = record
            else:
                record.unlink()
        post_init_hook(self.env(su=True))
        self._assert_complete(company)
        self.assertEqual(company.dealer_insurance_journal_id, own)

    def test_reload_and_other_chart(self):
        company = self.env.company
        before = {fname: company[fname] for fname in SETTINGS}
        Template = self.env["account.chart.template"]
        Template.try_loading("generic_coa", company, install_demo=False)
        self.assertEqual(before, {fname: company[fname] for fname in SETTINGS})
        Template.try_loading("cn", company, install_demo=False)
        self._assert_complete(company)
        self.assertEqual(
            CN_CODES,
            {f: company[f].with_company(company).code for f in CN_CODES},
        )

    def test_second_company_and_branch(self):
        first = self.env.company
        second = self._create_company(name="second store")
        self._assert_complete(second)
        for fname in SETTINGS:
            self.assertNotEqual(first[fname], second[fname], fname)
        branch = self.env["res.company"].create(
            {"name": "branch", "parent_id": second.id}
        )
        accounts = self.env["account.account"].search_count([])
        post_init_hook(self.env(su=True))
        self.assertEqual(self.env["account.account"].search_count([]), accounts)
        for fname in SETTINGS:
            self.assertEqual(branch._dealer_money_setting(fname), second[fname], fname)

    def test_names_in_the_language_of_the_reader(self):
        """Names follow the terms of this addon, whatever language they are read in."""
        self.env["res.lang"]._activate_lang("zh_CN")
        company = self.env.company
        Template = self.env["account.chart.template"].with_context(lang="en_US")
        Template._load_dealer_money_translations(company)
        terms = {}
        for module in Template._dealer_term_modules():
            terms |= code_translations.get_python_translations(module, "zh_CN")
        for fname, (name, _type) in Template._dealer_money_account_names().items():
            self.assertEqual(company[fname].with_context(lang="en_US").name, name)
            self.assertEqual(
                company[fname].with_context(lang="zh_CN").name, terms.get(name, name)
            )


@tagged("post_install", "-at_install")
class TestMoneyChartCn(ChartCase):
    @classmethod
    @AccountTestInvoicingCommon.setup_chart_template("cn")
    def setUpClass(cls):
        super().setUpClass()

    def test_numbers_of_the_standard(self):
        company = self.env.company
        self._assert_complete(company)
        self.assertTrue(company.account_storno)
        for fname, code in CN_CODES.items():
            self.assertEqual(company[fname].with_company(company).code, code)


@tagged("post_install", "-at_install")
class TestMoneyChartCnLarge(ChartCase):
    @classmethod
    @AccountTestInvoicingCommon.setup_chart_template("cn_large_bis")
    def setUpClass(cls):
        super().setUpClass()

    def test_numbers_of_the_standard(self):
        company = self.env.company
        self._assert_complete(company)
        for fname, code in CN_LARGE_CODES.items():
            self.assertEqual(company[fname].with_company(company).code, code)

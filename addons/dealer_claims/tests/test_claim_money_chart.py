from odoo.tests import tagged

from odoo.addons.account.tests.common import AccountTestInvoicingCommon

from ..hooks import post_init_hook
from ..models.claim_chart_template import CLAIM_ACCOUNT_PLACES

SETTINGS = [*CLAIM_ACCOUNT_PLACES, "dealer_claim_journal_id"]


class ClaimChartCase(AccountTestInvoicingCommon):
    def _codes(self, company):
        return {
            fname: company[fname].with_company(company).code
            for fname in (*CLAIM_ACCOUNT_PLACES, "dealer_repair_income_account_id")
        }

    def _assert_complete(self, company):
        for fname in SETTINGS:
            self.assertTrue(company[fname], fname)
        self.assertEqual(company.dealer_claim_journal_id.code, "CLM")
        self.assertEqual(company.dealer_claim_journal_id.type, "general")
        account = company.dealer_claim_receivable_account_id
        self.assertEqual(account.account_type, "asset_receivable")
        self.assertTrue(account.reconcile)
        self.assertEqual(
            company.dealer_repair_income_account_id, company.income_account_id
        )


@tagged("post_install", "-at_install")
class TestClaimChartGeneric(ClaimChartCase):
    def test_new_company_and_second(self):
        first = self.env.company
        self._assert_complete(first)
        second = self._create_company(name="second claims store")
        self._assert_complete(second)
        for fname in SETTINGS:
            self.assertNotEqual(first[fname], second[fname], fname)
        # A chart without a tax of the rate leaves the choice to the store.
        self.assertFalse(first.dealer_repair_tax_id)

    def test_hook_repairs_and_repeats_nothing(self):
        company = self.env.company
        before = {fname: company[fname] for fname in SETTINGS}
        accounts = self.env["account.account"].search_count([])
        journals = self.env["account.journal"].search_count([])
        post_init_hook(self.env(su=True))
        self.assertEqual(before, {fname: company[fname] for fname in SETTINGS})
        company.dealer_claim_journal_id = False
        company.dealer_claim_receivable_account_id = False
        post_init_hook(self.env(su=True))
        self.assertEqual(before, {fname: company[fname] for fname in SETTINGS})
        self.assertEqual(self.env["account.account"].search_count([]), accounts)
        self.assertEqual(self.env["account.journal"].search_count([]), journals)

    def test_store_that_had_the_addon_before(self):
        """The update of the addon makes the journal and the accounts of old stores."""
        company = self._create_company(name="charted before")
        for fname in SETTINGS:
            record = company[fname]
            company[fname] = False
            record.unlink()
        self.env(su=True)["account.chart.template"]._dealer_setup_stores()
        self._assert_complete(company)

    def test_branch_uses_its_root(self):
        company = self.env.company
        branch = self.env["res.company"].create(
            {"name": "claims branch", "parent_id": company.id}
        )
        for fname in SETTINGS:
            self.assertEqual(branch._dealer_money_setting(fname), company[fname])


@tagged("post_install", "-at_install")
class TestClaimChartCn(ClaimChartCase):
    @classmethod
    @AccountTestInvoicingCommon.setup_chart_template("cn")
    def setUpClass(cls):
        super().setUpClass()

    def test_numbers_of_the_standard(self):
        company = self.env.company
        self._assert_complete(company)
        self.assertEqual(
            self._codes(company),
            {
                "dealer_claim_receivable_account_id": "112202",
                "dealer_claim_difference_account_id": "560103",
                "dealer_bad_debt_account_id": "571101",
                "dealer_repair_income_account_id": "500100",
            },
        )
        self.assertEqual(company.dealer_repair_tax_id.amount, 13.0)
        self.assertEqual(company.dealer_repair_tax_id.type_tax_use, "sale")


@tagged("post_install", "-at_install")
class TestClaimChartCnLarge(ClaimChartCase):
    @classmethod
    @AccountTestInvoicingCommon.setup_chart_template("cn_large_bis")
    def setUpClass(cls):
        super().setUpClass()

    def test_numbers_of_the_standard(self):
        company = self.env.company
        self._assert_complete(company)
        self.assertEqual(
            self._codes(company),
            {
                "dealer_claim_receivable_account_id": "112202",
                "dealer_claim_difference_account_id": "660101",
                "dealer_bad_debt_account_id": "672100",
                "dealer_repair_income_account_id": "600100",
            },
        )
        self.assertEqual(company.dealer_repair_tax_id.amount, 13.0)

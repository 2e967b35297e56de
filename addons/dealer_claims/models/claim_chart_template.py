from odoo import _, api, models

from odoo.addons.account.models.chart_template import template

# Where the accounts of claim money go, see ``MONEY_ACCOUNT_PLACES`` of the addon below.
CLAIM_ACCOUNT_PLACES = {
    "dealer_claim_receivable_account_id": ("112202", "property_account_receivable_id"),
    # Below the selling expenses, 5601 and 6601
    "dealer_claim_difference_account_id": (
        {"cn": "560103", "cn_large_bis": "660101"},
        "expense_account_id",
    ),
    "dealer_bad_debt_account_id": (
        {"cn": "571101", "cn_large_bis": "672100"},
        "expense_account_id",
    ),
}
# Accounts that these charts bring themselves: taken, not made anew.
CHART_OWN_ACCOUNTS = {
    "dealer_bad_debt_account_id": {"cn": "571101", "cn_large_bis": "672100"},
}
CLAIM_JOURNALS = {"dealer_claim_journal_id": "dealer_claim_settlement"}


class AccountChartTemplate(models.AbstractModel):
    """Accounts and journal of claim money, beside those of the premium (§7)."""

    _inherit = "account.chart.template"

    @template(model="account.journal")
    def _get_dealer_claim_account_journal(self, template_code):
        """Journal of what settles claims without money: E10–E15, for every chart."""
        return {
            "dealer_claim_settlement": {
                "name": _("Claim Settlement"),
                "code": "CLM",
                "type": "general",
                "sequence": 25,
            },
        }

    @api.model
    def _dealer_money_places(self):
        # EXTENDS dealer_insurance
        return {**super()._dealer_money_places(), **CLAIM_ACCOUNT_PLACES}

    @api.model
    def _dealer_money_journals(self):
        # EXTENDS dealer_insurance
        return {**super()._dealer_money_journals(), **CLAIM_JOURNALS}

    @api.model
    def _dealer_journal_data(self, template_code):
        # EXTENDS dealer_insurance
        return {
            **super()._dealer_journal_data(template_code),
            **self._get_dealer_claim_account_journal(template_code),
        }

    @api.model
    def _dealer_term_modules(self):
        # EXTENDS dealer_insurance
        return [*super()._dealer_term_modules(), "dealer_claims"]

    def _dealer_money_account_names(self):
        # EXTENDS dealer_insurance
        return {
            **super()._dealer_money_account_names(),
            "dealer_claim_receivable_account_id": (
                _("Receivable from Insurers (Claims)"),
                "asset_receivable",
            ),
            "dealer_claim_difference_account_id": (
                _("Claim Differences Borne by the Store"),
                "expense",
            ),
            "dealer_bad_debt_account_id": (_("Bad Debts of Claims"), "expense"),
        }

    def _dealer_money_accounts_data(self, company, template_data):
        # EXTENDS dealer_insurance: what the chart has itself is taken as it is
        for fname, codes in CHART_OWN_ACCOUNTS.items():
            code = codes.get(company.chart_template)
            if code and not company[fname]:
                company[fname] = (
                    self.env["account.account"]
                    .with_company(company)
                    .search(
                        [
                            *self.env["account.account"]._check_company_domain(company),
                            ("code", "=", code),
                        ],
                        limit=1,
                    )
                )
        return super()._dealer_money_accounts_data(company, template_data)

    def _dealer_link_fee_tax(self, company):
        # EXTENDS dealer_insurance: the repair's income and tax are the chart's own
        res = super()._dealer_link_fee_tax(company)
        if not company.dealer_repair_tax_id:
            company.dealer_repair_tax_id = self._dealer_sale_tax(
                company, company.dealer_repair_vat_rate
            )
        if not company.dealer_repair_income_account_id:
            company.dealer_repair_income_account_id = company.income_account_id
        return res

    @api.model
    def _dealer_setup_stores(self):
        """Give every charted root company what it lacks; safe to run any time.

        Runs with every update of the addon, so that stores which had the addon before
        get accounts and journal too.
        """
        companies = self.env["res.company"].search(
            [("chart_template", "!=", False), ("parent_id", "=", False)]
        )
        for company in companies:
            self._dealer_setup_company(company)

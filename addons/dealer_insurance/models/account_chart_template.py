from odoo import _, api, models
from odoo.tools import float_compare
from odoo.tools.translate import code_translations

from odoo.addons.account.models.chart_template import template

# Chinese charts: the parent template of every chart of l10n_cn.
CN_PARENT_TEMPLATE = "cn_common"

# Where a new account goes: company field -> number of the Chinese charts
# (domain.md §7), or one per chart, and, for any other chart, the account it stands
# next to.
MONEY_ACCOUNT_PLACES = {
    "dealer_premium_payable_account_id": ("224101", "property_account_payable_id"),
    "dealer_tax_payable_account_id": ("224102", "property_account_payable_id"),
    "dealer_refund_payable_account_id": ("224103", "property_account_payable_id"),
    "dealer_insurer_receivable_account_id": (
        "112203",
        "property_account_receivable_id",
    ),
    # Special ledger of agency income (R10), below other operating income
    "dealer_fee_income_account_id": (
        {"cn": "505101", "cn_large_bis": "605101"},
        "income_account_id",
    ),
    # 5603 and 6603: finance costs of the small and of the large standard
    "dealer_merchant_fee_account_id": (
        {"cn": "560305", "cn_large_bis": "660301"},
        "expense_account_id",
    ),
}
# Company field -> key of the journal in the chart data.
MONEY_JOURNALS = {
    "dealer_insurance_journal_id": "dealer_insurance",
    "dealer_premium_bank_journal_id": "dealer_premium_bank",
    "dealer_premium_cash_journal_id": "dealer_premium_cash",
    "dealer_premium_card_journal_id": "dealer_premium_card",
    "dealer_premium_qr_journal_id": "dealer_premium_qr",
}
RECONCILED_TYPES = ("asset_receivable", "liability_payable")


class AccountChartTemplate(models.AbstractModel):
    _inherit = "account.chart.template"

    @template(model="account.journal")
    def _get_dealer_insurance_account_journal(self, template_code):
        """Journals of the premium money, for every chart (R8: an own bank account)."""
        return {
            "dealer_insurance": {
                "name": _("Premium Collected for Insurers"),
                "code": "INS",
                "type": "general",
                "sequence": 20,
            },
            "dealer_premium_bank": {
                "name": _("Collected Premium Bank Account"),
                "type": "bank",
                "sequence": 21,
            },
            "dealer_premium_cash": {
                "name": _("Collected Premium Cash"),
                "type": "cash",
                "sequence": 22,
            },
            "dealer_premium_card": {
                "name": _("Collected Premium Card Terminal"),
                "type": "bank",
                "sequence": 23,
            },
            "dealer_premium_qr": {
                "name": _("Collected Premium QR Code"),
                "type": "bank",
                "sequence": 24,
            },
        }

    @api.model
    def _dealer_money_places(self):
        """Company field -> where its account goes; addons above add theirs."""
        return dict(MONEY_ACCOUNT_PLACES)

    @api.model
    def _dealer_money_journals(self):
        """Company field -> key of its journal; addons above add theirs."""
        return dict(MONEY_JOURNALS)

    @api.model
    def _dealer_journal_data(self, template_code):
        """Values of these journals by key; addons above add theirs.

        :param template_code: code of the chart, or None for the names alone
        """
        return self._get_dealer_insurance_account_journal(template_code)

    @api.model
    def _dealer_term_modules(self):
        """Addons whose terms name the accounts and journals of the money."""
        return ["dealer_insurance"]

    def _dealer_money_account_names(self):
        """Name and type of each account of the premium money, by company field."""
        return {
            "dealer_premium_payable_account_id": (
                _("Collected Premium Payable"),
                "liability_payable",
            ),
            "dealer_tax_payable_account_id": (
                _("Collected Vehicle Tax Payable"),
                "liability_payable",
            ),
            "dealer_refund_payable_account_id": (
                _("Refunds Owed to Customers"),
                "liability_payable",
            ),
            "dealer_insurer_receivable_account_id": (
                _("Receivable from Insurers (Agency Fee)"),
                "asset_receivable",
            ),
            "dealer_fee_income_account_id": (
                _("Agency Fee Income"),
                "income",
            ),
            "dealer_merchant_fee_account_id": (
                _("Merchant Fees of Card and QR Payments"),
                "expense",
            ),
        }

    def _dealer_money_accounts_data(self, company, template_data):
        """Values of the money accounts that a root company still lacks.

        The Chinese charts get the numbers of domain.md §7; another chart gets the
        first free codes behind its own payable or receivable account.

        :param company: root company with a chart, the active company of the environment
        :param template_data: the ``template_data`` of its chart
        :return: dict company field -> account values
        """
        Account = self.env["account.account"].with_company(company)
        is_cn = CN_PARENT_TEMPLATE in self._get_parent_template(company.chart_template)
        taken = set()
        data = {}
        places = self._dealer_money_places()
        for fname, (name, account_type) in self._dealer_money_account_names().items():
            if company[fname]:
                continue
            cn_code, neighbour_key = places[fname]
            if isinstance(cn_code, dict):
                cn_code = cn_code.get(company.chart_template)
            if is_cn and cn_code:
                code = Account._search_new_account_code(cn_code, cache=taken)
            else:
                neighbour = self._dealer_neighbour_account(
                    company, template_data, neighbour_key, account_type
                )
                start = self._dealer_start_code(neighbour.with_company(company).code)
                code = Account._search_new_account_code(start, cache=taken | {start})
            taken.add(code)
            data[fname] = {
                "name": name,
                "code": code,
                "account_type": account_type,
                "reconcile": account_type in RECONCILED_TYPES,
            }
        return data

    @api.model
    def _dealer_start_code(self, code):
        """Code behind which the accounts of the premium money are numbered.

        The codes right behind an account of the chart stay free: Odoo numbers the
        accounts of foreign taxes there.

        :param code: code of the neighbour, e.g. 411000
        :return: a code in the same hundred, half of it further on: 411050
        """
        code = code or "1"
        tail = code[-2:]
        if not (len(code) > 2 and tail.isdecimal()) or int(tail) >= 50:
            return code
        return f"{code[:-2]}{int(tail) + 50:02d}"

    def _dealer_neighbour_account(self, company, template_data, key, account_type):
        """Account of the chart next to which a new one of this type is numbered.

        :param key: name of the chart's default account, e.g. ``expense_account_id``
        """
        xmlid = template_data.get(key)
        neighbour = xmlid and self.ref(xmlid, raise_if_not_found=False)
        if not neighbour and key in company._fields:
            # Income and expense stand in the company data of a chart; before they are
            # written, the chart itself says which accounts they are.
            chart = self._get_chart_template_data(company.chart_template)
            xmlid = chart.get("res.company", {}).get(company.id, {}).get(key)
            neighbour = company[key] or (
                xmlid and self.ref(xmlid, raise_if_not_found=False)
            )
        return neighbour or self.env["account.account"].with_company(company).search(
            [
                *self.env["account.account"]._check_company_domain(company),
                ("account_type", "=", account_type),
            ],
            limit=1,
        )

    def _get_accounts_data_values(
        self, company, template_data, bank_prefix="", code_digits=0
    ):
        # EXTENDS account: every chart load creates these once and sets the company
        # field; branches take the accounts of their root.
        values = super()._get_accounts_data_values(
            company, template_data, bank_prefix=bank_prefix, code_digits=code_digits
        )
        if company.parent_id:
            values.update(dict.fromkeys(self._dealer_money_places(), {}))
        else:
            values.update(self._dealer_money_accounts_data(company, template_data))
        return values

    def _post_load_data(self, template_code, company, template_data):
        # EXTENDS account
        res = super()._post_load_data(template_code, company, template_data)
        self._dealer_link_journals(company or self.env.company)
        self._dealer_link_fee_tax(company or self.env.company)
        return res

    def _dealer_link_journals(self, company):
        """Set the journals of the premium money on a company that has none."""
        for fname, key in self._dealer_money_journals().items():
            if not company[fname]:
                company[fname] = self.with_company(company).ref(
                    key, raise_if_not_found=False
                )

    def _dealer_link_fee_tax(self, company):
        """Set the VAT of the agency fee: a sale tax of that rate on top of the price.

        A chart without one leaves the setting empty; the fee invoice then says what
        to choose.
        """
        if not company.dealer_fee_tax_id:
            company.dealer_fee_tax_id = self._dealer_sale_tax(
                company, company.dealer_fee_vat_rate
            )

    def _dealer_sale_tax(self, company, rate):
        """The chart's sale tax of a rate that comes on top of the price, or none.

        :param company: company whose taxes are looked at
        :param rate: share, such as 0.13
        """
        percent = rate * 100
        taxes = self.env["account.tax"].search(
            [
                *self.env["account.tax"]._check_company_domain(company),
                ("type_tax_use", "=", "sale"),
                ("amount_type", "=", "percent"),
                ("price_include", "=", False),
            ]
        )
        return taxes.filtered(
            lambda tax: not float_compare(tax.amount, percent, precision_digits=4)
        )[:1]

    @api.model
    def _dealer_setup_company(self, company):
        """Create what a root company with a loaded chart lacks for the premium money.

        Does nothing for a company that has everything; never touches an account or
        journal that the company already uses.

        :param company: root company whose chart of accounts is loaded
        """
        Template = self.with_company(company).with_context(
            allowed_company_ids=company.ids, lang="en_US", tracking_disable=True
        )
        company = company.with_env(Template.env)
        template_code = company.chart_template
        chart = Template._get_chart_template_data(template_code)
        accounts_data = Template._dealer_money_accounts_data(
            company, chart["template_data"]
        )
        accounts = Template.env["account.account"]._load_records(
            [
                {
                    "xml_id": Template.company_xmlid(fname, company),
                    "values": values,
                    "noupdate": True,
                }
                for fname, values in accounts_data.items()
            ]
        )
        for fname, account in zip(accounts_data, accounts, strict=True):
            company[fname] = account
        Template._dealer_create_journals(company)
        Template._dealer_link_journals(company)
        Template._dealer_link_fee_tax(company)
        Template._load_dealer_money_translations(company)

    def _dealer_create_journals(self, company):
        """Create the missing journals; take over one that a store made by hand."""
        data = self._dealer_journal_data(company.chart_template)
        missing = {
            key: data[key]
            for fname, key in self._dealer_money_journals().items()
            if not company[fname] and not self.ref(key, raise_if_not_found=False)
        }
        own_journals = self.env["account.journal"].search(
            self.env["account.journal"]._check_company_domain(company)
        )
        by_code = {journal.code: journal for journal in own_journals}
        for key, values in list(missing.items()):
            same_code = by_code.get(values.get("code"))
            if same_code and same_code.type == values["type"]:
                self.env["ir.model.data"]._update_xmlids(
                    [
                        {
                            "xml_id": self.company_xmlid(key, company),
                            "record": same_code,
                            "noupdate": True,
                        }
                    ]
                )
                del missing[key]
            elif same_code:
                # The code belongs to another kind of journal: let the journal
                # find a free one.
                del values["code"]
        self._load_data({"account.journal": missing})

    def _load_translations(self, langs=None, companies=None, template_data=None):
        # EXTENDS account: accounts that a company field points to are no chart data,
        # so core would look for their names in the terms of `account`.
        res = super()._load_translations(
            langs=langs, companies=companies, template_data=template_data
        )
        companies = companies or self.env["res.company"].search(
            [("chart_template", "!=", False)]
        )
        self._load_dealer_money_translations(companies, langs)
        return res

    def _load_dealer_money_translations(self, companies, langs=None):
        """Write the names of money accounts and journals in the installed languages.

        A name that somebody changed, or that is translated already, stays.

        :param companies: companies with a chart
        :param langs: language codes; all installed ones by default
        """
        langs = langs or [code for code, _n in self.env["res.lang"].get_installed()]
        langs = [lang for lang in langs if lang != "en_US"]
        if not langs:
            return
        english = self.with_context(lang="en_US")
        account_names = english._dealer_money_account_names()
        journal_data = english._dealer_journal_data(None)
        # sudo: core loads translations of all companies, as here, for whoever loads a
        # chart or installs a language; only names of our own accounts are written
        for company_sudo in companies.sudo().with_context(lang="en_US"):
            sources = [
                (company_sudo[fname], name)
                for fname, (name, _t) in account_names.items()
            ]
            for fname, key in self._dealer_money_journals().items():
                name = journal_data[key]["name"]
                journal = company_sudo[fname]
                sources.append((journal, name))
                # the account that the bank journal made for itself
                sources.append((journal.default_account_id, name))
            for record, source in sources:
                self._dealer_translate_name(record, source, langs)

    @api.model
    def _dealer_translate_name(self, record, source, langs):
        """Translate ``record.name`` where it still is the English ``source``."""
        if not record or record.name != source:
            return
        translations = {}
        for lang in langs:
            if record.with_context(lang=lang).name != source:
                continue
            terms = (
                code_translations.get_python_translations(module, lang).get(source)
                for module in self._dealer_term_modules()
            )
            term = next(filter(None, terms), None)
            if term:
                translations[lang] = term
        if translations:
            record.update_field_translations("name", translations)

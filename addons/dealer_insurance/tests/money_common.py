from odoo import SUPERUSER_ID, api, fields
from odoo.tests import new_test_user

from odoo.addons.account.tests.common import AccountTestInvoicingCommon

# Amounts of E1 in domain.md §7, CNY.
CTPL, TAX, COMMERCIAL = 950.0, 420.0, 4500.0
TOTAL = CTPL + TAX + COMMERCIAL
PNL_TYPES = (
    "income",
    "income_other",
    "expense",
    "expense_other",
    "expense_depreciation",
    "expense_direct_cost",
)


class MoneyCommon(AccountTestInvoicingCommon):
    """A charted store with posts, one insurer and rows that wait for their money."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.company
        cls.su_env = api.Environment(
            cls.env.cr,
            SUPERUSER_ID,
            {"allowed_company_ids": cls.company.ids, "tracking_disable": True},
        )
        Partner = cls.su_env["res.partner"]
        cls.insurer = Partner.create(
            {
                "name": "Insurer One",
                "is_company": True,
                "is_insurer": True,
                "insurer_code": "T-ONE",
            }
        )
        cls.insurer_2 = Partner.create(
            {
                "name": "Insurer Two",
                "is_company": True,
                "is_insurer": True,
                "insurer_code": "T-TWO",
            }
        )
        cls.customer = Partner.create({"name": "Applicant"})
        cls.spouse = Partner.create({"name": "Spouse of the Applicant"})
        cls.clerk = cls._user("policy_clerk")
        cls.cashier = cls._user("cashier")
        cls.finance = cls._user("finance")
        cls.finance_2 = cls._user("finance", login="money_second_finance")
        cls.manager = cls._user("insurance_manager")
        cls.consultant = cls._user("sales_consultant")
        cls.serial = 0

    @classmethod
    def _user(cls, post, company=None, login=None):
        company = company or cls.company
        return new_test_user(
            cls.su_env,
            login=login or f"money_{post}_{company.id}",
            groups=f"dealer_base.group_{post}",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )

    @classmethod
    def _row_vals(cls, company=None, **vals):
        company = company or cls.company
        cls.serial += 1
        premiums = vals.pop("premiums", (CTPL, TAX, COMMERCIAL))
        ctpl, tax, commercial = premiums
        policies = []
        if ctpl or tax:
            policies.append({"product": "ctpl", "premium": ctpl, "vehicle_tax": tax})
        if commercial:
            policies.append({"product": "commercial", "premium": commercial})
        now = fields.Datetime.now()
        return {
            "company_id": company.id,
            "insurer_id": cls.insurer.id,
            "applicant_id": cls.customer.id,
            "channel": "collected",
            "proposed_at": now,
            "underwritten_at": now,
            "policy_ids": [(0, 0, policy) for policy in policies],
            **vals,
        }

    @classmethod
    def _rows(cls, count=1, company=None, **vals):
        """Rows that the insurer accepted; made without the papers of the flow."""
        return cls.su_env["dealer.underwriting"]._create_protected(
            [cls._row_vals(company, **vals) for _i in range(count)]
        )

    def _request(self, rows):
        """Ask for the money like the transition does, as the clerk."""
        rows._write_protected({"payment_requested_at": fields.Datetime.now()})
        return rows.with_user(self.clerk)._create_premium_move().sudo()

    def _requested(self, count=1, **vals):
        rows = self._rows(count, **vals)
        self._request(rows)
        return rows

    def _sign(self, rows):
        self.su_env["dealer.cashier.signature"]._sudo_append(
            [
                {
                    "underwriting_id": row.id,
                    "kind": "sign",
                    "signer_name": "Cashier",
                    "signed_at": fields.Datetime.now(),
                    "amount": row.amount_due,
                }
                for row in rows
            ]
        )

    def _wizard(self, action, user, **vals):
        """Payment wizard of an action, filled as the user does."""
        wizard = (
            self.env["account.payment.register"]
            .with_user(user)
            .with_context(**action["context"])
            .create(vals)
        )
        return wizard

    def _pay(self, rows, amount=None, user=None, **vals):
        """Register a payment through the ordinary wizard; returns the payment."""
        user = user or self.cashier
        action = rows.with_user(user).action_register_payment()
        if amount is not None:
            vals["amount"] = amount
        return self._wizard(action, user, **vals)._create_payments().sudo()

    def _remittance(self, rows, user=None):
        """A draft remittance of these rows, made by the cashier."""
        user = user or self.cashier
        action = rows.with_user(user).action_register_remittance()
        return self.env[action["res_model"]].with_user(user).browse(action["res_id"])

    def _remit(self, rows, user=None):
        """Remit to the insurer, or book his refund; returns the payment."""
        user = user or self.finance
        preparer = self.cashier if user != self.cashier else self.finance
        if user.company_id != preparer.company_id:
            login = f"remit_{user.login}"
            preparer = self.su_env["res.users"].search([("login", "=", login)])
            preparer = preparer or self._user("cashier", user.company_id, login)
        action = rows.with_user(preparer).action_register_remittance()
        if action["res_model"] != "dealer.remittance":
            return self._wizard(action, user)._create_payments().sudo()
        remittance = self.env["dealer.remittance"].browse(action["res_id"])
        remittance.with_user(preparer).action_submit()
        remittance.with_user(user).action_pay()
        return remittance.sudo().payment_id

    def _account_balance(self, account, company=None):
        company = company or self.company
        [[balance]] = self.su_env["account.move.line"]._read_group(
            [
                ("account_id", "=", account.id),
                ("company_id", "child_of", company.root_id.id),
                ("parent_state", "=", "posted"),
            ],
            [],
            ["balance:sum"],
        )
        return balance

    def _payable(self, company=None):
        """Premium and tax owed to insurers, as a positive amount."""
        company = company or self.company
        return -sum(
            self._account_balance(company._dealer_money_setting(fname), company)
            for fname in (
                "dealer_premium_payable_account_id",
                "dealer_tax_payable_account_id",
            )
        )

    def _assert_no_profit_or_loss(self, company=None):
        """Premium is the insurer's money: nothing of it in income or expense."""
        lines = self.su_env["account.move.line"].search_count(
            [
                ("company_id", "child_of", (company or self.company).id),
                ("account_id.account_type", "in", PNL_TYPES),
                ("parent_state", "=", "posted"),
            ]
        )
        self.assertEqual(lines, 0)

    def _assert_trial_balance(self, company=None):
        [[balance]] = self.su_env["account.move.line"]._read_group(
            [
                ("company_id", "child_of", (company or self.company).id),
                ("parent_state", "=", "posted"),
            ],
            [],
            ["balance:sum"],
        )
        self.assertAlmostEqual(balance, 0.0, places=2)

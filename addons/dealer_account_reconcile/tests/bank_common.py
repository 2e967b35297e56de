"""A store with a chart of China, two bank accounts and finance, for bank statements."""

import base64

from odoo import SUPERUSER_ID, Command, api

from odoo.addons.dealer_insurance.tests.import_common import ImportCommon

PREMIUM_ACCOUNT = "44050166730100000611"
GENERAL_ACCOUNT = "44050166730100000387"


class BankCommon(ImportCommon):
    """`premium_journal` holds collected premium, `general_journal` everything else."""

    store_name = "Store of the Bank"
    premium_account = PREMIUM_ACCOUNT
    general_account = GENERAL_ACCOUNT

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        company = cls.company
        company.name = cls.store_name
        company.country_id = cls.env.ref("base.cn")
        cls.su_env = api.Environment(
            cls.env.cr,
            SUPERUSER_ID,
            {"tracking_disable": True, "allowed_company_ids": company.ids},
        )
        cls.su_env["account.chart.template"].try_loading(
            "cn", company=company, install_demo=False
        )
        cls.premium_journal = company.dealer_premium_bank_journal_id
        cls.general_journal = cls.su_env["account.journal"].search(
            [
                ("company_id", "=", company.id),
                ("type", "=", "bank"),
                ("code", "=", "BNK1"),
            ]
        )
        for journal, number in (
            (cls.premium_journal, cls.premium_account),
            (cls.general_journal, cls.general_account),
        ):
            journal.bank_account_id = cls.su_env["res.partner.bank"].create(
                {
                    "acc_number": number,
                    "partner_id": company.partner_id.id,
                    "company_id": company.id,
                }
            )
        cls.finance = cls._user("finance")
        cls.misc = cls.su_env["account.journal"].search(
            [("company_id", "=", company.id), ("type", "=", "general")], limit=1
        )
        cls.income = cls.su_env["account.account"].search(
            [
                ("company_ids", "in", company.ids),
                ("account_type", "in", ("income", "income_other")),
            ],
            limit=1,
        )

    # -- bank ---------------------------------------------------------------------

    def _import(self, content, name="bank.xlsx", journal=None, user=None, **vals):
        """Import a statement file as finance; the lines it brought."""
        before = self.env["account.bank.statement.line"].search([])
        wizard = (
            self.env["account.statement.import"]
            .with_user(user or self.finance)
            .with_context(
                dealer_bank_import=True,
                journal_id=journal.id if journal else False,
                allowed_company_ids=self.company.ids,
            )
            .create(
                {
                    "statement_file": base64.b64encode(content),
                    "statement_filename": name,
                    **vals,
                }
            )
        )
        wizard.import_file_button()
        lines = self.env["account.bank.statement.line"].search([]) - before
        return lines.with_user(user or self.finance).with_context(
            allowed_company_ids=self.company.ids
        )

    def _bank_line(self, amount, payer, text, date="2026-09-10", journal=None):
        """One bank line without file, seen as finance."""
        line = self.su_env["account.bank.statement.line"].create(
            {
                "journal_id": (journal or self.premium_journal).id,
                "date": date,
                "amount": amount,
                "partner_name": payer,
                "payment_ref": text,
            }
        )
        return line.with_user(self.finance).with_context(
            allowed_company_ids=self.company.ids
        )

    # -- open items ---------------------------------------------------------------

    def _item(self, account, partner, amount, date, ref, name="", due=None):
        """An open item on an account, against income."""
        move = self.su_env["account.move"].create(
            {
                "move_type": "entry",
                "journal_id": self.misc.id,
                "date": date,
                "ref": ref,
                "line_ids": [
                    Command.create(
                        {
                            "account_id": account.id,
                            "partner_id": partner.id,
                            "balance": amount,
                            "name": name,
                            "date_maturity": due or date,
                        }
                    ),
                    Command.create({"account_id": self.income.id, "balance": -amount}),
                ],
            }
        )
        move.action_post()
        return move.line_ids.filtered(lambda line: line.account_id == account)

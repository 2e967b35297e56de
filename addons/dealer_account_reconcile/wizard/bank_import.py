import json

from odoo import models
from odoo.exceptions import UserError

from odoo.addons.base.models.res_bank import sanitize_account_number
from odoo.addons.dealer_base.tools.spreadsheet import SpreadsheetError, open_book

from ..tools.bank_columns import bank_columns
from ..tools.bank_sheet import read_bank_book

# Problems that one message lists
SHOWN_PROBLEMS = 20


class AccountStatementImport(models.TransientModel):
    _inherit = "account.statement.import"

    def _get_default_mapping_id(self):
        # EXTENDS: opened from the insurance centre, any Chinese bank is understood.
        mapping = super()._get_default_mapping_id()
        if not mapping and self.env.context.get("dealer_bank_import"):
            mapping = self.env.ref(
                "dealer_account_reconcile.bank_mapping", raise_if_not_found=False
            )
        return mapping

    def _parse_file(self, data_file):
        # EXTENDS: sheets whose header is found by its words
        self.ensure_one()
        if self.sheet_mapping_id.dealer_by_words:
            return self._dealer_parse(data_file)
        return super()._parse_file(data_file)

    def action_dealer_import(self):
        """Import the file and show its lines with what they may be.

        :raise UserError: the file is wrong, or all its lines are in already
        """
        result = self._import_file()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "dealer_account_reconcile.dealer_bank_line_action"
        )
        action["domain"] = [("statement_id", "in", result["statement_ids"])]
        return action

    def _dealer_parse(self, data_file):
        """Statements of all sheets of a file, nothing when one of them is wrong.

        :param data_file: bytes of the file
        :return: list of (currency code, account number, [statement values])
        :raise UserError: every problem, with sheet, row, column and value
        """
        try:
            book = open_book(data_file, self.statement_filename or "")
        except SpreadsheetError as error:
            message = self.env["dealer.import"]._spreadsheet_error_text(error)
            raise UserError(message) from error
        # the columns are known by their wordings in any language
        sheets = read_bank_book(book, bank_columns(str))
        problems = [problem for sheet in sheets for problem in sheet.problems]
        journals = {}
        if not problems:
            for sheet in sheets:
                journals[id(sheet)] = self._dealer_journal(sheet, len(sheets))
        else:
            texts = [self._dealer_problem_text(item) for item in problems]
            raise UserError(self._dealer_problem_message(texts))
        if len(set(journals.values())) < len(journals):
            raise UserError(
                self.env._(
                    "Two sheets of the file belong to the same bank account: "
                    "%(sheets)s. Nothing was imported.",
                    sheets=", ".join(sheet.name for sheet in sheets),
                )
            )
        return [self._dealer_statement(sheet, journals[id(sheet)]) for sheet in sheets]

    def _dealer_problem_message(self, texts):
        lines = texts[:SHOWN_PROBLEMS]
        if len(texts) > SHOWN_PROBLEMS:
            lines.append(
                self.env._("… and %(count)s more.", count=len(texts) - SHOWN_PROBLEMS)
            )
        head = self.env._("Nothing was imported. Correct the file and try again:")
        return "\n".join([head, *lines])

    def _dealer_problem_text(self, problem):
        """One problem of a sheet in words."""
        _ = self.env._
        facts = {**problem.facts, "sheet": problem.facts["sheet"] or "CSV"}
        texts = {
            "no_header": lambda: _(
                "Sheet %(sheet)s: no header with a booking day was found.", **facts
            ),
            "no_amount": lambda: _(
                "Sheet %(sheet)s: there is neither an amount column nor one for money "
                "in and one for money out.",
                **facts,
            ),
            "bad_cell": lambda: _(
                "Sheet %(sheet)s, row %(row)s, column %(column)s: “%(value)s” cannot "
                "be read.",
                **facts,
            ),
            "no_date": lambda: _(
                "Sheet %(sheet)s, row %(row)s: the booking day is missing.", **facts
            ),
            "no_money": lambda: _(
                "Sheet %(sheet)s, row %(row)s: there is no amount.", **facts
            ),
            "both_sides": lambda: _(
                "Sheet %(sheet)s, row %(row)s: money in and money out at once.", **facts
            ),
            "no_direction": lambda: _(
                "Sheet %(sheet)s, row %(row)s: whether money came in or went out is "
                "not said.",
                **facts,
            ),
            "other_account": lambda: _(
                "Sheet %(sheet)s holds lines of other accounts: %(account)s.", **facts
            ),
            "total": lambda: _(
                "Sheet %(sheet)s, row %(row)s, column %(column)s: the total "
                "%(value)s is not the sum of the lines, %(sum)s.",
                **facts,
            ),
            "balance": lambda: _(
                "Sheet %(sheet)s, row %(row)s: the balance %(value)s does not follow "
                "from the line before (%(sum)s); a line is missing or wrong.",
                **facts,
            ),
        }
        return texts[problem.code]()

    def _dealer_journal(self, sheet, count):
        """The bank journal of a sheet, by its account number.

        :param sheet: `BankSheet`
        :param count: number of sheets; a single one without number belongs to the
            journal from which the import was started
        :raise UserError: no or another journal, naming sheet and account
        """
        chosen = self.env["account.journal"].browse(self.env.context.get("journal_id"))
        name = sheet.name or self.statement_filename or ""
        if not sheet.account:
            if chosen and count == 1:
                return chosen
            raise UserError(
                self.env._(
                    "Sheet %(sheet)s does not name its account number. Import it from "
                    "the bank journal it belongs to, one sheet at a time.",
                    sheet=name,
                )
            )
        journals = self.env["account.journal"].search(
            [
                ("type", "=", "bank"),
                ("company_id", "in", self.env.companies.ids),
                ("bank_account_id", "!=", False),
            ]
        )
        wanted = sanitize_account_number(sheet.account)
        journal = journals.filtered(
            lambda item: item.bank_account_id.sanitized_acc_number == wanted
        )[:1]
        if not journal:
            raise UserError(
                self.env._(
                    "Sheet %(sheet)s is of account %(account)s, and no bank journal "
                    "of %(companies)s has this account number. Enter it in the "
                    "journal, then import the file again.",
                    sheet=name,
                    account=sheet.account,
                    companies=", ".join(self.env.companies.mapped("name")),
                )
            )
        if chosen and count == 1 and journal != chosen:
            raise UserError(
                self.env._(
                    "Sheet %(sheet)s is of account %(account)s, which belongs to "
                    "%(found)s, not to %(chosen)s. Nothing was imported.",
                    sheet=name,
                    account=sheet.account,
                    found=journal.display_name,
                    chosen=chosen.display_name,
                )
            )
        return journal

    def _dealer_statement(self, sheet, journal):
        """Values of one statement, as the import of OCA takes them."""
        currency = journal.currency_id or journal.company_id.currency_id
        rows = sheet.rows
        values = {
            "name": self.env._(
                "%(journal)s %(from)s to %(to)s",
                **{
                    "journal": journal.code,
                    "from": rows[0].date if rows else "",
                    "to": rows[-1].date if rows else "",
                },
            ),
            "transactions": [
                self._dealer_transaction(row, len(rows) - number)
                for number, row in enumerate(rows)
            ],
        }
        if rows and rows[0].balance is not None and rows[-1].balance is not None:
            values["balance_start"] = float(rows[0].balance - rows[0].amount)
            values["balance_end_real"] = float(rows[-1].balance)
        # The journal is settled: a number that is missing in the file must not ask for
        # one again, and one file may hold several accounts.
        return (
            currency.name,
            journal.bank_account_id.acc_number or None,
            [values],
        )

    def _dealer_transaction(self, row, sequence):
        """Values of one bank line.

        :param sequence: falls from the first line on, as core counts a day's lines
        """
        text = " ".join(filter(None, [row.summary, row.memo]))
        plain = row.payer_account.isdigit()
        details = {
            self.env._("Other side's account"): row.payer_account,
            self.env._("Time"): row.moment.strftime("%H:%M:%S"),
        }
        return {
            "sequence": sequence,
            "date": row.date,
            "amount": float(row.amount),
            "payment_ref": text or row.payer or "/",
            "partner_name": row.payer or False,
            "account_number": row.payer_account if plain else False,
            "ref": row.serial or False,
            "unique_import_id": row.serial_key,
            "narration": "<br/>".join(
                f"{label}: {value}" for label, value in details.items() if value
            ),
            "raw_data": json.dumps(
                {
                    "row": row.row_no,
                    "payer": row.payer,
                    "summary": row.summary,
                    "memo": row.memo,
                    "serial": row.serial,
                },
                ensure_ascii=False,
            ),
        }

    def import_single_file(self, file_data, result):
        # EXTENDS: the new lines get their proposals at once
        res = super().import_single_file(file_data, result)
        statements = self.env["account.bank.statement"].browse(result["statement_ids"])
        statements.line_ids._dealer_after_import()
        return res

    def import_single_statement(self, single_statement_data, result):
        # EXTENDS: a file of several accounts is not bound to the journal from which
        # the import was started; whether a single one fits was checked above.
        wizard = self
        if self.sheet_mapping_id.dealer_by_words and single_statement_data[1]:
            wizard = self.with_context(journal_id=False)
        return super(AccountStatementImport, wizard).import_single_statement(
            single_statement_data, result
        )

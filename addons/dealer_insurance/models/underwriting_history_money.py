from collections import defaultdict

from odoo import models
from odoo.fields import Command
from odoo.tools import SQL

from .underwriting_money import INSURER_KINDS, PAYER_KINDS

# Rows from which on the planner needs fresh statistics: a transaction that fills
# empty tables makes the queries of a reconciliation explode otherwise.
ANALYZE_FROM = 50
RECONCILED_TABLES = (
    "account_move",
    "account_move_line",
    "account_partial_reconcile",
    "account_payment",
)
# History is booked without a message on each entry.
QUIET = {"tracking_disable": True, "mail_create_nolog": True}


class DealerUnderwriting(models.Model):
    """Entries for rows of the paper ledger whose money is not a closed chapter."""

    _inherit = "dealer.underwriting"

    def _post_historical_money(self):
        """Book imported rows so that the books show what is still held and owed.

        Collected rows that are not settled (something owed, or not remitted), and all
        collected rows issued on or after ``dealer_accounting_start``, get a premium
        entry on the day of issue, a receipt on the day of the cashier's signature and
        a remittance on its day, both straight on the collected premium bank account:
        one bank entry per day and per insurer, reconciled row by row. Settled older
        rows keep their old facts only. Repeating the call does nothing.

        :return: the rows that were booked
        """
        self.check_access("write")
        rows = self.filtered(lambda row: row._needs_historical_entry())
        rows._sudo_post_historical()
        return rows

    def _needs_historical_entry(self):
        """Whether an imported row must be in the books (see above)."""
        self.ensure_one()
        row = self.sudo()
        currency = row.currency_id
        if (
            not row.is_historical
            or row.channel != "collected"
            or row.voided_at
            or not row.issued_at
            or currency.is_zero(row.amount_due)
            or row.money_line_ids
        ):
            return False
        settled = row.legacy_remitted_on and not currency.compare_amounts(
            row.legacy_received, row.amount_due
        )
        start = row.company_id.dealer_accounting_start
        return not settled or bool(start and row._store_date(row.issued_at) >= start)

    def _sudo_post_historical(self):
        # sudo: whoever imports the ledger may hold no right on the books; the access
        # to the rows was checked, and only entries of these rows are made here
        rows = self.sudo()
        if not rows:
            return
        dates = {row.id: row._store_date(row.issued_at) for row in rows}
        rows._sudo_post_premium(dates, **QUIET)
        settlements = defaultdict(list)
        for row in rows:
            for key, line in row._historical_settlements(dates[row.id]):
                settlements[key].append(line)
        rows._post_historical_settlements(settlements)

    def _historical_settlements(self, issue_date):
        """What the paper ledger says was paid, line by line of the premium entry.

        :return: list of ((company, date, insurer or none, label), (line, amount));
            the amount is the balance that settles the line
        """
        self.ensure_one()
        currency = self.currency_id
        receipts, remittances = [], []
        received = self.legacy_received
        received_on = self.legacy_received_on or issue_date
        for line in self.money_line_ids:
            if line.dealer_money_kind in PAYER_KINDS:
                if not currency.is_zero(received):
                    label = self.env._("Premium received, paper ledger")
                    key = (self.company_id, received_on, None, label)
                    receipts.append((key, (line, -received)))
            elif line.dealer_money_kind in INSURER_KINDS and self.legacy_remitted_on:
                label = self.env._("Premium remitted, paper ledger")
                key = (
                    self.company_id,
                    self.legacy_remitted_on,
                    self.insurer_id,
                    label,
                )
                remittances.append((key, (line, -line.balance)))
        return receipts + remittances

    def _post_historical_settlements(self, settlements):
        """Post one bank entry per key and reconcile its lines with the rows."""
        vals_list = [
            self._prepare_settlement_vals(key, lines)
            for key, lines in settlements.items()
        ]
        if not vals_list:
            return
        moves = self.env["account.move"].with_context(**QUIET).create(vals_list)
        moves._post(soft=False)
        plan = []
        for move, lines in zip(moves, settlements.values(), strict=True):
            # the first line is the bank, the others follow the rows
            booked = move.line_ids.sorted("id")[1:]
            plan += [
                line | own for (line, _amount), own in zip(lines, booked, strict=True)
            ]
        if len(plan) >= ANALYZE_FROM:
            self.env.flush_all()
            for table in RECONCILED_TABLES:
                self.env.cr.execute(SQL("ANALYZE %s", SQL.identifier(table)))
        self.env["account.move.line"]._reconcile_plan(plan)

    def _prepare_settlement_vals(self, key, lines):
        company, date, _insurer, label = key
        journal = company._dealer_money_setting("dealer_premium_bank_journal_id")
        commands = [
            Command.create(
                {
                    "name": line.name,
                    "account_id": line.account_id.id,
                    "partner_id": line.partner_id.id,
                    "balance": amount,
                }
            )
            for line, amount in lines
        ]
        total = company.currency_id.round(sum(amount for _line, amount in lines))
        bank = Command.create(
            {
                "name": label,
                "account_id": journal.default_account_id.id,
                "balance": -total,
            }
        )
        return {
            "move_type": "entry",
            "journal_id": journal.id,
            "company_id": company.id,
            "date": date,
            "ref": label,
            "line_ids": [bank, *commands],
        }

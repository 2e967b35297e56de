from collections import defaultdict

from odoo import fields, models
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
        one bank entry per day and per insurer, reconciled with the rows. Settled older
        rows keep their old facts only. Repeating the call does nothing. From
        ``dealer_bank_start`` on nothing is booked as received or remitted: the bank
        lines of these days are imported and reconciled with the rows.

        :return: the rows that were booked
        """
        self.check_access("write")
        rows = self.filtered(lambda row: row._needs_historical_entry())
        rows._sudo_post_historical()
        return rows

    def _needs_historical_entry(self):
        """Whether an imported row must be in the books (see above)."""
        self.ensure_one()
        # sudo: whether entries exist and from when on, for who may not read the books
        row_sudo = self.sudo()
        currency = self.currency_id
        if (
            not self.is_historical
            or self.channel != "collected"
            or self.voided_at
            or not self.issued_at
            or currency.is_zero(self.amount_due)
            or row_sudo.money_line_ids
        ):
            return False
        settled = self.legacy_remitted_on and not currency.compare_amounts(
            self.legacy_received, self.amount_due
        )
        start = row_sudo.company_id.dealer_accounting_start
        return not settled or bool(start and self._store_date(self.issued_at) >= start)

    def _sudo_post_historical(self):
        # sudo: whoever imports the ledger may hold no right on the books; the access
        # to the rows was checked, and only entries of these rows are made here
        rows = self.sudo()
        if not rows:
            return
        dates = {row.id: row._store_date(row.issued_at) for row in rows}
        rows._sudo_post_premium(dates, **QUIET)
        receipts, remittances = defaultdict(list), defaultdict(list)
        for row in rows:
            row._collect_receipts(receipts, dates[row.id])
            row._collect_remittances(remittances)
        label = self.env._("Premium received, paper ledger")
        rows._post_settlements(
            {(*key, label): lines for key, lines in receipts.items()}
        )
        label = self.env._("Premium remitted, paper ledger")
        rows._post_settlements(
            {(*key, label): lines for key, lines in remittances.items()}
        )

    def _collect_receipts(self, receipts, issue_date):
        """Add what the paper ledger says the payer of this row paid.

        :param receipts: dict (company, date) -> list of (lines, amount to book); each
            row has its own line there, because it may be paid in part
        """
        self.ensure_one()
        received_on = self.legacy_received_on or issue_date
        if self.currency_id.is_zero(self.legacy_received):
            return
        if self._is_bank_proof(received_on, self.payment_method in ("card", "qr")):
            return
        key = (self.company_id, received_on)
        for line in self.money_line_ids:
            if line.dealer_money_kind in PAYER_KINDS:
                receipts[key].append((line, -self.legacy_received))

    def _is_bank_proof(self, date, next_day=False):
        """Whether a bank statement, not the paper ledger, says what moved on a day.

        :param date: day of the paper ledger
        :param next_day: card and code payments reach the bank a day later
        """
        start = self.company_id.dealer_bank_start
        return bool(start) and fields.Date.add(date, days=int(next_day)) >= start

    def _collect_remittances(self, remittances):
        """Add what the paper ledger says was remitted of this row: always all of it.

        :param remittances: dict (company, date, insurer) -> list of (lines, amount to
            book); the lines of one account and direction share one bank line, gross
        """
        self.ensure_one()
        if not self.legacy_remitted_on or self._is_bank_proof(self.legacy_remitted_on):
            return
        key = (self.company_id, self.legacy_remitted_on, self.insurer_id)
        groups = remittances[key]
        for line in self.money_line_ids:
            if line.dealer_money_kind not in INSURER_KINDS:
                continue
            for index, (lines, amount) in enumerate(groups):
                same_way = (lines[0].balance > 0) == (line.balance > 0)
                if lines.account_id == line.account_id and same_way:
                    groups[index] = (lines | line, amount - line.balance)
                    break
            else:
                groups.append((line, -line.balance))

    def _post_settlements(self, settlements):
        """Post one bank entry per key and reconcile its lines with those of the rows.

        :param settlements: dict (company, date, …, label) -> list of (lines, amount)
        """
        if not settlements:
            return
        moves = self.env["account.move"].with_context(**QUIET)
        moves = moves.create(
            [
                self._prepare_settlement_vals(key, groups)
                for key, groups in settlements.items()
            ]
        )
        moves._post(soft=False)
        plan = []
        for move, groups in zip(moves, settlements.values(), strict=True):
            # the first line is the bank, the others follow the groups
            booked = move.line_ids.sorted("id")[1:]
            plan += [
                lines | own
                for (lines, _amount), own in zip(groups, booked, strict=True)
            ]
        if len(self) >= ANALYZE_FROM:
            self.env.flush_all()
            for table in RECONCILED_TABLES:
                self.env.cr.execute(SQL("ANALYZE %s", SQL.identifier(table)))
        self.env["account.move.line"]._reconcile_plan(plan)

    def _prepare_settlement_vals(self, key, groups):
        """Values of a bank entry that settles lines of premium entries.

        :param key: company first, then the date; the label is last
        :param groups: list of (lines, amount); the amount is the balance to book
        """
        company, date, *_insurer, label = key
        journal = company._dealer_money_setting("dealer_premium_bank_journal_id")
        currency = company.currency_id
        commands = [
            Command.create(
                {
                    "name": lines.name if len(lines) == 1 else label,
                    "account_id": lines.account_id.id,
                    "partner_id": lines.partner_id.id,
                    "balance": currency.round(amount),
                    "analytic_distribution": False,
                }
            )
            for lines, amount in groups
        ]
        total = sum(amount for _lines, amount in groups)
        bank = Command.create(
            {
                "name": label,
                "account_id": journal.default_account_id.id,
                "balance": -currency.round(total),
                "analytic_distribution": False,
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

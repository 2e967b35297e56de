from collections import defaultdict

from odoo import api, fields, models
from odoo.fields import Domain

from .underwriting_money import PAYER_KINDS


class DealerSettlement(models.Model):
    """Where the figures of a settlement list come from."""

    _inherit = "dealer.settlement"

    def _refresh(self):
        """Take the lines from ledger and books again; reasons stay with their rows.

        Signatures of other figures than these are reopened.
        """
        self._check_open()
        for settlement in self:
            settlement._sudo_refresh()

    def _sudo_refresh(self):
        # sudo: clerk and cashier compare figures of books that they may not read; the
        # access to the list was checked by the caller, figures of its rows only
        self.ensure_one()
        settlement_sudo = self.sudo()
        before = settlement_sudo._figures()
        old_sudo = settlement_sudo.line_ids
        written = {
            line_sudo.underwriting_id.id or ("item", line_sudo.move_line_id.id): (
                line_sudo.reason,
                line_sudo.explanation,
                line_sudo.difference,
            )
            for line_sudo in old_sudo
        }
        rows_sudo = settlement_sudo._ledger_rows()
        vals_list = [
            settlement_sudo._prepare_row_vals(row, number)
            for number, row in enumerate(rows_sudo, 1)
        ]
        balance, items_sudo = settlement_sudo._book_items(rows_sudo)
        vals_list += [
            settlement_sudo._prepare_item_vals(item, amount, len(vals_list) + number)
            for number, (item, amount) in enumerate(items_sudo, 1)
        ]
        for vals in vals_list:
            key = vals.get("underwriting_id") or ("item", vals.get("move_line_id"))
            reason, explanation, difference = written.get(key, (False, False, None))
            same = difference is not None and not self.currency_id.compare_amounts(
                difference, vals["difference"]
            )
            if same:
                vals.update(reason=reason, explanation=explanation)
        old_sudo.unlink()
        Line = self.env["dealer.settlement.line"].sudo()
        Line._create_protected(
            [{**vals, "settlement_id": self.id} for vals in vals_list]
        )
        totals = {
            name: sum(vals.get(source, 0.0) for vals in vals_list)
            for name, source in (
                ("opening_held", "opening_held"),
                ("collected", "collected"),
                ("refunded", "refunded"),
                ("remitted", "remitted_month"),
                ("closing_held", "unremitted"),
                ("not_collected", "not_collected"),
            )
        }
        settlement_sudo._write_protected(
            {
                **totals,
                "held_on_paper": sum(
                    vals["unremitted"] + vals["not_collected"]
                    for vals in vals_list
                    if vals.get("is_paper")
                ),
                "book_balance": balance,
                "refreshed_at": fields.Datetime.now(),
            }
        )
        settlement_sudo.invalidate_recordset()
        if settlement_sudo._figures() != before:
            self._reopen_signatures(self.env._("The figures changed"))

    def _figures(self):
        """What a signature stands for: every difference, reason and sum."""
        self.ensure_one()
        lines = [
            (
                line.underwriting_id.id,
                line.move_line_id.id,
                line.remitted,
                line.unremitted,
                line.difference,
                line.reason,
            )
            for line in self.line_ids
        ]
        return lines, self.closing_held, self.book_balance

    # -- rows ---------------------------------------------------------------------

    def _ledger_domain(self):
        """Rows issued or moved in the month, and rows that money was open for."""
        self.ensure_one()
        company = self.company_id
        start = company._dealer_day_start(self.date_from)
        after = company._dealer_day_start(fields.Date.add(self.date_to, days=1))
        issued = Domain("issued_at", ">=", start) & Domain("issued_at", "<", after)
        moved = (
            Domain("received_on", ">=", self.date_from)
            | Domain("remitted_on", ">=", self.date_from)
            | Domain("amount_held", "!=", 0)
            | (
                Domain("balance", "!=", 0)
                & Domain("payment_state", "!=", "not_requested")
            )
        )
        # Later rows come out again when nothing of them was in the month (_belongs).
        return (
            Domain("company_id", "=", company.id)
            & Domain("insurer_id", "=", self.insurer_id.id)
            & (issued | moved)
        )

    def _ledger_rows(self):
        """Rows of the list in the order of the ledger."""
        rows = self.env["dealer.underwriting"].search(
            self._ledger_domain(), order="ledger_year, ledger_seq, id"
        )
        return rows.filtered(self._belongs)

    def _belongs(self, row):
        """Whether a candidate was issued in the month or has money in or before it."""
        issued_on = row.issued_at and row._store_date(row.issued_at)
        if issued_on and self.date_from <= issued_on <= self.date_to:
            return True
        figures = self._row_figures(row)
        currency = self.currency_id
        return any(
            not currency.is_zero(figures[name])
            for name in (
                "opening_held",
                "collected",
                "refunded",
                "remitted_month",
                "unremitted",
                "not_collected",
            )
        )

    def _row_figures(self, row):
        """Money of one row as of this month, from the settlements of its lines.

        Every amount counts on the day of the payment that settles it.
        """
        last = self.date_to
        received, remitted, asked = defaultdict(float), defaultdict(float), 0.0
        lines = row.money_line_ids.filtered(
            lambda line: line.parent_state == "posted" and line.date <= last
        )
        paper = row.is_historical and not row.money_line_ids.filtered(
            lambda line: line.parent_state == "posted"
        )
        refs = []
        if paper:
            asked = row.amount_due
            day = row.legacy_received_on or row._store_date(row.issued_at)
            if row.legacy_received:
                received[day] += row.legacy_received
            if row.legacy_remitted_on and row.channel == "collected":
                remitted[row.legacy_remitted_on] += row.legacy_received
        elif row.channel == "collected":
            payer = lines.filtered(lambda line: line.dealer_money_kind in PAYER_KINDS)
            asked = sum(payer.mapped("balance"))
            for line, other, amount in payer._dealer_settlements():
                received[max(line.date, other.date)] += amount
            for line, other, amount in (lines - payer)._dealer_settlements():
                day = max(line.date, other.date)
                remitted[day] -= amount
                if day <= last:
                    refs.append(other.move_id.name or "")
        if row.channel == "direct":
            # never held: what the insurer has got himself counts on both sides
            asked = row.amount_due if row.payment_requested_at else 0.0
            for payment in row.direct_payment_ids:
                received[payment.payment_date] += payment.amount
                remitted[payment.payment_date] += payment.amount
            if paper and row.legacy_received:
                remitted = received.copy()
        figures = self._month_figures(received, remitted, asked)
        if row.channel == "direct":
            # no money of the store: only what the insurer has got is shown
            figures |= dict.fromkeys(("collected", "refunded", "remitted_month"), 0.0)
            figures["not_collected"] = 0.0
        return figures | {
            "is_paper": bool(paper and row.channel == "collected"),
            "remittance_ref": ", ".join(dict.fromkeys(filter(None, refs))),
        }

    def _month_figures(self, received, remitted, asked):
        """Figures of the month from amounts by day.

        :param received: {day: received from the payer, negative: paid back}
        :param remitted: {day: paid to the insurer, negative: paid back by him}
        :param asked: what the payer was asked for until the end of the month
        """
        first, last = self.date_from, self.date_to

        def until(amounts, day):
            return sum(amount for on, amount in amounts.items() if on and on < day)

        after = fields.Date.add(last, days=1)
        month = {day: a for day, a in received.items() if day and first <= day <= last}
        total_received, total_remitted = until(received, after), until(remitted, after)
        figures = {
            "opening_held": until(received, first) - until(remitted, first),
            "collected": sum(a for a in month.values() if a > 0),
            "refunded": -sum(a for a in month.values() if a < 0),
            "remitted_month": total_remitted - until(remitted, first),
            "remitted": total_remitted,
            "unremitted": total_received - total_remitted,
            "not_collected": asked - total_received,
        }
        days = [day for day in received if day and day <= last]
        paid = [day for day in remitted if day and day <= last]
        rounded = {k: self.currency_id.round(v) for k, v in figures.items()}
        return rounded | {
            "received_on": max(days, default=False),
            "remitted_on": max(paid, default=False),
        }

    def _prepare_row_vals(self, row, number):
        """Values of the line of one ledger row (§3.3)."""
        figures = self._row_figures(row)
        due = 0.0 if row.voided_at else row.amount_due
        figures["difference"] = self.currency_id.round(
            due - figures["remitted"] - figures["unremitted"]
        )
        vals = {
            "underwriting_id": row.id,
            "sequence": number,
            "ledger_no": row.ledger_no or row.name,
            "policy_numbers": row._policy_number_text(),
            "applicant_name": row.applicant_id.name,
            "plate": row.plate,
            "vin": row.vin,
            "date_start": row.date_start and row._store_date(row.date_start),
            "ctpl_premium": row.ctpl_premium,
            "vehicle_tax": row.vehicle_tax,
            "commercial_premium": row.commercial_premium,
            "other_premium": row.other_premium,
            "amount_due": due,
            "method": row._settlement_method(),
            "cashier_name": row.cashier_signed_name,
            **figures,
        }
        vals["reason"] = self._suggested_reason(row, vals)
        return vals

    def _suggested_reason(self, row, vals):
        """Reason that the facts of the row give; the clerk may change it."""
        currency = self.currency_id
        if currency.is_zero(vals["difference"]):
            return False
        if row.entry_type == "cancellation":
            return "cancellation"
        if row.entry_type == "endorsement":
            return "endorsement"
        if currency.compare_amounts(vals["difference"], 0.0) < 0:
            return "duplicate"
        later = row.received_on and row.received_on > self.date_to
        return "cut_off" if later else False

    # -- books --------------------------------------------------------------------

    def _payable_accounts(self):
        """Accounts of premium and vehicle tax that the store owes to insurers.

        A store without a chart of accounts has none, and nothing in the books.
        """
        accounts = self.env["account.account"]
        for fname in (
            "dealer_premium_payable_account_id",
            "dealer_tax_payable_account_id",
        ):
            company = self.company_id
            while company and not company[fname]:
                company = company.parent_id
            accounts |= company[fname]
        return accounts

    def _book_domain(self):
        return [
            ("company_id", "=", self.company_id.id),
            ("account_id", "in", self._payable_accounts().ids),
            ("partner_id", "child_of", self.insurer_id.commercial_partner_id.id),
            ("parent_state", "=", "posted"),
            ("date", "<=", self.date_to),
        ]

    def _book_items(self, rows):
        """Payable in the books, and its items that belong to no row of the list.

        :param rows: ledger rows of the list
        :return: (balance owed to the insurer, [(journal item, amount owed)])
        """
        Line = self.env["account.move.line"]
        domain = self._book_domain()
        [[balance]] = Line._read_group(domain, [], ["balance:sum"])
        items = []
        loose = Line.search(
            [*domain, ("dealer_underwriting_id", "=", False)],
        ).filtered(lambda line: not self._is_used_up(line))
        for line in loose:
            amount = self.currency_id.round(-line.balance + self._used(line))
            if not self.currency_id.is_zero(amount):
                items.append((line, amount))
        return self.currency_id.round(-(balance or 0.0)), items

    def _used(self, line):
        """What of an untagged item settles tagged lines of the month or before.

        :return: amount, positive for a debit (a remittance)
        """
        if not line._dealer_is_settling():
            return 0.0
        used = sum(
            partial.amount
            for partial in line.matched_credit_ids
            if partial.credit_move_id.dealer_money_kind
            and partial.credit_move_id.date <= self.date_to
        )
        return used - sum(
            partial.amount
            for partial in line.matched_debit_ids
            if partial.debit_move_id.dealer_money_kind
            and partial.debit_move_id.date <= self.date_to
        )

    def _is_used_up(self, line):
        return not self.currency_id.compare_amounts(self._used(line), line.balance)

    def _prepare_item_vals(self, item, amount, number):
        """Values of the line of a book item without ledger row."""
        return {
            "move_line_id": item.id,
            "sequence": number,
            "ledger_no": item.move_id.name,
            "policy_numbers": item.name or item.move_id.ref,
            "received_on": item.date,
            "difference": amount,
        }

    # -- jobs ---------------------------------------------------------------------

    @api.model
    def _cron_create(self):
        """On the 1st: a list of last month for every insurer with something in it."""
        first = fields.Date.start_of(
            fields.Date.subtract(fields.Date.context_today(self), months=1), "month"
        )
        self._create_month(first)

    @api.model
    def _create_month(self, first):
        """Lists of one month that do not exist yet.

        :param first: first day of the month
        :return: the new lists
        """
        last = fields.Date.end_of(first, "month")
        Row = self.env["dealer.underwriting"]
        groups = Row._read_group(
            (
                Domain("issued_at", ">=", fields.Date.subtract(first, days=1))
                & Domain("issued_at", "<=", fields.Date.add(last, days=1))
            )
            | Domain("amount_held", "!=", 0)
            | Domain("received_on", ">=", first)
            | Domain("remitted_on", ">=", first),
            ["company_id", "insurer_id"],
        )
        known = {
            (settlement.company_id, settlement.insurer_id)
            for settlement in self.search([("date_from", "=", first)])
        }
        Cron = self.env["ir.cron"]
        Cron._commit_progress(remaining=len(groups))
        created = self.browse()
        for company, insurer in groups:
            # sudo: which accounts a store has is no secret of its parents
            stores_sudo = (company | company.parent_ids).sudo()
            if not stores_sudo.dealer_premium_payable_account_id:
                continue
            if (company, insurer) not in known:
                created |= self.create(
                    {
                        "company_id": company.id,
                        "insurer_id": insurer.id,
                        "date_from": first,
                    }
                )
            if not Cron._commit_progress(1):
                break
        return created


class DealerUnderwriting(models.Model):
    _inherit = "dealer.underwriting"

    def _settlement_method(self):
        """How a row was paid, by the journal of its last payment."""
        self.ensure_one()
        if self.channel == "direct":
            return "direct"
        paid_through = self._money_payments().sorted("date")[-1:].journal_id
        for method, journal in self.company_id._dealer_payment_journals().items():
            if journal == paid_through:
                return method
        return self.payment_method or False

from itertools import chain

from odoo import fields, models

from odoo.addons.dealer_base.tools.naming import company_key

from ..tools import bank_text, bank_types
from ..tools.bank_match import match_lines
from ..tools.bank_types import BankLine, Candidate
from .underwriting_money import INSURER_KINDS

# Behind the name of an insurer these words make another company of the same group.
SISTER_WORDS = tuple("银行 证券 基金 信托 租赁 期货 人寿 养老 健康 科技".split())
# Settlements of card and code payments that are looked at, the latest ones
MAX_BATCHES = 500
# Items this many days after the last bank line are looked at: the books may be later.
DAYS_AHEAD = 40
OPEN = [("parent_state", "=", "posted"), ("reconciled", "=", False)]


class DealerBankCandidates(models.AbstractModel):
    """What bank lines may settle, read from the books (domain.md §7, E1-E13).

    Every candidate stands for open journal items; its key is ("items", ids). Addons
    that book other money of the trade extend ``_bank_open_items``. The number of
    queries does not grow with the number of items.
    """

    _name = "dealer.bank.candidates"
    _description = "Open Items for Bank Lines"

    # ------------------------------------------------------------------
    # Matching
    # ------------------------------------------------------------------
    def _bank_proposals(self, lines):
        """Proposals for statement lines of one store.

        :param lines: ``account.bank.statement.line``, readable by the user
        :return: dict line -> list of `bank_types.Proposal`, the best first. Lines in a
            foreign currency get none.
        """
        lines.check_access("read")
        company = lines.company_id
        if not lines:
            return {}
        company.ensure_one()
        currency = company.currency_id
        own = lines.filtered(
            lambda line: line.currency_id == currency and not line.foreign_currency_id
        )
        result = dict.fromkeys(lines, ())
        if not own:
            return result
        # sudo: whoever reconciles bank lines may lack rights on the ledger of the
        # insurance centre; of it only what fits a line he reads is shown to him
        finder_sudo = self.sudo()
        own_sudo = own.sudo()
        company_sudo = company.sudo()
        dates = own.mapped("date")
        candidates = finder_sudo._bank_candidates(
            company_sudo,
            fields.Date.subtract(min(dates), days=company_sudo.dealer_bank_days_after),
            fields.Date.add(max(dates), days=DAYS_AHEAD),
        )
        found = match_lines(
            finder_sudo._bank_lines(own_sudo),
            candidates,
            finder_sudo.env["dealer.bank.rule"]._bank_rules(company_sudo),
            company_sudo._dealer_bank_limits(),
        )
        for line in own:
            result[line] = found[line.id]
        return result

    def _bank_lines(self, lines):
        """Statement lines as the matcher sees them."""
        company = lines.company_id
        index = self.env["res.partner"]._insurer_index()
        own_names = {company_key(name) for name in self._bank_own_names(company)}
        own_numbers = set(
            self.env["account.journal"]
            .search([("company_id", "child_of", company.root_id.id)])
            .bank_account_id.mapped("sanitized_acc_number")
        )
        parties = {}
        result = []
        for line in lines:
            payer = line.partner_name or line.partner_id.name or ""
            if payer not in parties:
                insurer = self.env["res.partner"]._find_insurer(payer, index)
                if not payer:
                    parties[payer] = (bank_types.NOBODY, None)
                elif company_key(payer) in own_names:
                    parties[payer] = (bank_types.OWN, None)
                elif insurer and self._bank_is_insurer(payer, insurer):
                    parties[payer] = (bank_types.INSURER, insurer.id)
                else:
                    parties[payer] = (bank_types.OTHER, None)
            party, partner = parties[payer]
            number = bank_text.number_key(line.account_number)
            if number and number in own_numbers:
                party, partner = bank_types.OWN, None
            result.append(
                BankLine(
                    key=line.id,
                    date=line.date,
                    amount=_minor(line.amount, line.currency_id),
                    account=line.journal_id.id,
                    payer=payer,
                    party=party,
                    partner=partner,
                    text=line.payment_ref or "",
                    order=(-line.sequence, line.id),
                )
            )
        return result

    def _bank_own_names(self, company):
        """Names under which the own company appears on the other side."""
        family = company.root_id | company
        return {*family.mapped("name"), *family.partner_id.mapped("name")}

    def _bank_is_insurer(self, payer, insurer):
        """Whether a name is the insurer's and not one that only holds its name.

        A payer is an insurer when its name begins with a name of the insurer and does
        not go on as that of a sister company ("…银行").
        """
        key = company_key(payer)
        names = [insurer.name, *(insurer.insurer_aliases or "").splitlines()]
        heads = [
            head for head in map(company_key, names) if head and key.startswith(head)
        ]
        if not heads:
            return False
        rest = key[len(max(heads, key=len)) :]
        return not bank_text.contains(rest, SISTER_WORDS)

    # ------------------------------------------------------------------
    # Candidates
    # ------------------------------------------------------------------
    def _bank_candidates(self, company, date_from, date_to):
        """Everything open of the store that a bank line may settle.

        :param company: the store; its branches are looked at as well
        :param date_from: first and
        :param date_to: last accounting date of the items
        :return: list of `Candidate`, amounts in minor units of the company currency
        """
        domain = [
            *OPEN,
            ("company_id", "child_of", company.id),
            ("date", ">=", date_from),
            ("date", "<=", date_to),
        ]
        found = self._bank_open_items(company, domain)
        return list({item.key: item for item in found}.values())

    def _bank_open_items(self, company, domain):
        """Candidates of every kind; other addons extend this.

        :param company: the store
        :param domain: domain of open journal items of the store in its period
        """
        return list(
            chain(
                self._bank_premium_items(company, domain),
                self._bank_payment_items(company, domain),
                self._bank_acquirer_items(company, domain),
                self._bank_refund_items(company, domain),
                self._bank_insurer_items(company, domain),
                self._bank_transfer_items(company, domain),
            )
        )

    def _bank_premium_items(self, company, domain):
        """Premium owed by payers, owed to insurers, and refunds of it."""
        lines = self.env["account.move.line"].search(
            [*domain, ("dealer_money_kind", "!=", False)], order="date, id"
        )
        facts = self._bank_row_facts(lines.dealer_underwriting_id)
        groups = {}
        for line in lines:
            kind, way = line.dealer_money_kind, line.amount_residual > 0
            group = "insurer" if kind in INSURER_KINDS else kind
            key = (line.dealer_underwriting_id, group, way)
            groups[key] = groups.get(key, lines.browse()) | line
        for (row, group, way), items in groups.items():
            fact = dict(facts[row.id])
            if group == "insurer":
                kind = bank_types.REFUND_IN if way else bank_types.REMITTANCE
                if not way and not (row.cashier_signed or row.amount_received > 0):
                    continue
                fact["partner"] = row.insurer_id.id
            elif group == "payer" and way:
                kind = bank_types.RECEIPT
            elif group == "refund" and not way:
                kind = bank_types.REFUND_OUT
            else:
                continue
            if kind in (bank_types.REFUND_IN, bank_types.REFUND_OUT):
                fact.update(date=min(items.mapped("date")), method="", account=None)
            yield self._bank_item(kind, items, **fact)

    def _bank_row_facts(self, rows):
        """What bank lines say about ledger rows: {row id: values of `Candidate`}."""
        result = {}
        journals = {}
        for row in rows:
            company = row.company_id
            if company not in journals:
                journals[company] = company._dealer_payment_journals().get("transfer")
            policies = row.policy_ids | row.origin_id.policy_ids
            numbers = [
                row.ledger_no,
                row.name,
                row.vehicle_id.vin,
                row.contact_phone,
                *policies.mapped("policy_no"),
                *policies.mapped("proposal_no"),
                *row.endorsement_ids.mapped("name"),
            ]
            people = row.payer_id | row.applicant_id | row.insured_id | row.owner_id
            signed = row.cashier_signed_at and row._store_date(row.cashier_signed_at)
            issued = row.issued_at and row._store_date(row.issued_at)
            requested = row.payment_requested_at
            result[row.id] = {
                "names": tuple(filter(None, people.mapped("name"))),
                "plates": tuple(filter(None, [row.plate])),
                "numbers": tuple(filter(None, numbers)),
                "method": row.payment_method or "",
                "account": journals[company].id if journals[company] else None,
                "date": row.legacy_received_on
                or signed
                or row.received_on
                or (requested and row._store_date(requested))
                or issued
                or fields.Date.context_today(row),
                "refs": (row.ledger_no or row.name or "",),
            }
        return result

    def _bank_payment_items(self, company, domain):
        """Payments that were registered and have not come through the bank."""
        lines = self.env["account.move.line"].search(
            [
                *domain,
                ("payment_id.state", "in", ("in_process", "paid")),
                ("account_id.reconcile", "=", True),
                (
                    "account_id.account_type",
                    "not in",
                    ("asset_receivable", "liability_payable"),
                ),
            ],
            order="date, id",
        )
        methods = {
            journal.id: method
            for store in lines.company_id
            for method, journal in store._dealer_payment_journals().items()
        }
        premium = lines.payment_id.move_id.line_ids
        premium |= premium.matched_debit_ids.debit_move_id
        premium |= premium.matched_credit_ids.credit_move_id
        facts = self._bank_row_facts(premium.dealer_underwriting_id)
        for line in lines:
            payment = line.payment_id
            own = payment.move_id.line_ids
            settled = own.matched_debit_ids.debit_move_id
            settled |= own.matched_credit_ids.credit_move_id
            rows = settled.dealer_underwriting_id
            if not rows:
                continue
            kinds = set(settled.mapped("dealer_money_kind"))
            incoming = line.amount_residual > 0
            fact = self._bank_merge_facts([facts[row.id] for row in rows])
            fact["names"] += tuple(filter(None, [payment.partner_id.name]))
            fact["numbers"] += tuple(filter(None, [payment.name, payment.memo]))
            fact.update(date=payment.date, parts=len(rows))
            if kinds & set(INSURER_KINDS):
                kind = bank_types.REFUND_IN if incoming else bank_types.REMITTANCE
                fact.update(partner=payment.partner_id.commercial_partner_id.id)
            else:
                kind = bank_types.RECEIPT if incoming else bank_types.REFUND_OUT
                fact["method"] = methods.get(line.journal_id.id, fact["method"])
            if payment.journal_id.type == "bank" and fact["method"] == "transfer":
                fact["account"] = payment.journal_id.id
            yield self._bank_item(kind, line, **fact)

    def _bank_acquirer_items(self, company, domain):
        """Settlements of card and code payments that were booked net of their fee."""
        batches = self.env["dealer.acquirer.batch"].search(
            [("company_id", "child_of", company.id), ("state", "=", "posted")],
            order="date desc",
            limit=MAX_BATCHES,
        )
        by_move = {batch.move_id: batch for batch in batches}
        lines = self.env["account.move.line"].search(
            [
                *domain,
                ("move_id", "in", batches.move_id.ids),
                ("account_id.reconcile", "=", True),
            ],
            order="date, id",
        )
        for line in lines:
            batch = by_move[line.move_id]
            if line.company_currency_id.compare_amounts(line.balance, batch.amount_net):
                # the store makes up for the fee from an account of its own
                kind, fact = bank_types.TRANSFER, {"date": line.date}
            else:
                kind = bank_types.RECEIPT
                fact = {
                    "date": min(batch.date, batch.date_to),
                    "method": batch.method,
                    "numbers": tuple(filter(None, [batch.name, batch.reference])),
                    "parts": max(batch.payment_count, 1),
                    "refs": (batch.name,),
                    "prepared": True,
                }
            yield self._bank_item(kind, line, **fact)

    def _bank_merge_facts(self, facts):
        """Facts of several rows that one payment settles."""
        methods = {fact["method"] for fact in facts}
        merged = {
            name: tuple(dict.fromkeys(chain.from_iterable(f[name] for f in facts)))
            for name in ("names", "plates", "numbers", "refs")
        }
        merged["method"] = methods.pop() if len(methods) == 1 else ""
        merged["account"] = facts[0]["account"]
        return merged

    def _bank_refund_items(self, company, domain):
        """What is owed to customers beside refunds of premium.

        Money that a customer paid too much stands on the refund account since the
        bank line of his payment; what an insurer paid for a customer, or somebody
        booked there, is claim money.
        """
        accounts = self._bank_setting(company, "dealer_refund_payable_account_id")
        lines = self.env["account.move.line"].search(
            [
                *domain,
                ("account_id", "in", accounts.ids),
                ("dealer_money_kind", "=", False),
            ],
            order="date, id",
        )
        lines = lines.filtered(lambda line: line.amount_residual < 0)
        matched = lines.move_id.line_ids
        matched |= matched.matched_debit_ids.debit_move_id
        facts = self._bank_row_facts(matched.dealer_underwriting_id)
        for line in lines:
            rows = (
                line.move_id.line_ids.matched_debit_ids.debit_move_id
            ).dealer_underwriting_id
            if line.move_id.statement_line_id and rows:
                fact = self._bank_merge_facts([facts[row.id] for row in rows])
                fact.update(method="", account=None)
                kind = bank_types.OVERPAID
            else:
                fact = self._bank_text_facts(line)
                kind = bank_types.CLAIM_REFUND
            fact["names"] += tuple(filter(None, [line.partner_id.name]))
            yield self._bank_item(kind, line, **{**fact, "date": line.date})

    def _bank_insurer_items(self, company, domain):
        """Fees and claim money that insurers owe."""
        fee_accounts = self._bank_setting(
            company, "dealer_insurer_receivable_account_id"
        )
        lines = self.env["account.move.line"].search(
            [
                *domain,
                ("account_id.account_type", "=", "asset_receivable"),
                ("partner_id.commercial_partner_id.is_insurer", "=", True),
                ("dealer_money_kind", "=", False),
            ],
            order="date, id",
        )
        survey_words = self._bank_survey_words()
        periods = self._bank_statement_periods(lines.move_id)
        for line in lines.filtered(lambda item: item.amount_residual > 0):
            fact = self._bank_text_facts(line)
            fact["partner"] = line.partner_id.commercial_partner_id.id
            fact["date"], fact["due"] = line.date, line.date_maturity or None
            kind = bank_types.CLAIM
            if line.account_id in fee_accounts:
                kind = bank_types.FEE
                fact["period"] = periods.get(line.move_id.id) or self._bank_fee_period(
                    line
                )
                if bank_text.contains(self._bank_text(line), survey_words):
                    kind = bank_types.SURVEY
            yield self._bank_item(kind, line, **fact)

    def _bank_survey_words(self):
        rules = self.env["dealer.bank.rule"].search([("kind", "=", bank_types.SURVEY)])
        return [
            bank_text.normalise(word)
            for rule in rules
            for word in (rule.words or "").splitlines()
            if word.strip()
        ]

    def _bank_statement_periods(self, moves):
        """Month of the fee statements behind invoices: {entry id: "2026-09"}."""
        statements = self.env["dealer.fee.statement"].search(
            [("invoice_ids", "in", moves.ids)], order="date_to"
        )
        return {
            move.id: statement.date_to.strftime("%Y-%m")
            for statement in statements
            for move in statement.invoice_ids
        }

    def _bank_fee_period(self, line):
        """Month of a fee: named in the invoice, else the month before its date."""
        period = bank_text.period_in(self._bank_text(line), line.date)
        return period or fields.Date.subtract(line.date, months=1).strftime("%Y-%m")

    def _bank_transfer_items(self, company, domain):
        """The other side of transfers between own accounts."""
        account = company.transfer_account_id or company.root_id.transfer_account_id
        lines = self.env["account.move.line"].search(
            [*domain, ("account_id", "=", account.id)], order="date, id"
        )
        for line in lines if account else ():
            yield self._bank_item(
                bank_types.TRANSFER,
                line,
                date=line.date,
                account=line.journal_id.id,
            )

    # ------------------------------------------------------------------
    # Helpers
    # ------------------------------------------------------------------
    def _bank_item(self, kind, lines, **facts):
        """A candidate that stands for open journal items of one direction."""
        amount = sum(lines.mapped("amount_residual"))
        return Candidate(
            key=("items", *lines.ids),
            kind=kind,
            amount=_minor(amount, lines.company_currency_id),
            **facts,
        )

    def _bank_text(self, line):
        """What an entry says about itself, for numbers, plates and names."""
        move = line.move_id
        texts = [line.name, move.ref, move.payment_reference, move.name]
        return bank_text.normalise(" ".join(filter(None, texts)))

    def _bank_text_facts(self, line):
        """Facts of an item that no ledger row explains, from its own words."""
        written = self._bank_text(line)
        return {
            "names": tuple(bank_text.names_in(written)),
            "plates": tuple(bank_text.plates_in(written)),
            "numbers": tuple(bank_text.numbers_in(written)),
            "refs": (line.move_id.ref or line.name or line.move_id.name or "",),
        }

    def _bank_setting(self, company, fname):
        """Accounts of a setting of the store and the companies above it."""
        accounts = company[fname]
        while company.parent_id:
            company = company.parent_id
            accounts |= company[fname]
        return accounts


def _minor(amount, currency):
    """Amount in minor units: fen for yuan."""
    return round(amount * 10**currency.decimal_places)

"""Our side of a fee statement: policies, endorsements and what we expect for them."""

from datetime import UTC
from decimal import Decimal

from odoo.fields import Domain

from ..tools.fee import agency_fee
from ..tools.statement_classify import EX_VAT, Terms, money
from ..tools.statement_match import Matcher
from ..tools.statement_numbers import canonical
from ..tools.statement_target import (
    Line,
    Target,
    comparable_code,
    comparable_name,
)


def printed_amounts(line):
    """(premiums, fees) of a line as printed."""
    printed = {key: Decimal(value) for key, value in (line.printed or {}).items()}
    premiums = {key: value for key, value in printed.items() if key[0] == "p"}
    fees = {key: value for key, value in printed.items() if key[0] == "f"}
    return premiums, fees


class StatementBooks:
    """Our side of a statement, read once.

    Keys are ("policy", id) and ("endorsement", id).
    """

    def __init__(self, statement, policies, endorsements, zone):
        self.statement = statement
        self.company = statement.company_id
        self.policies = policies
        self.endorsements = endorsements
        self.zone = zone
        self._rates = {}
        vat = Decimal(str(self.company.dealer_premium_vat_rate))
        self.vat = vat
        self.records, self.targets = {}, {}
        for policy in policies:
            self._add(("policy", policy.id), policy, policy.policy_no, policy, "")
        for endorsement in endorsements:
            self._add(
                ("endorsement", endorsement.id),
                endorsement,
                endorsement.policy_id.policy_no,
                endorsement.policy_id,
                canonical(endorsement.name),
            )

    def _add(self, key, record, number, policy, endorsement):
        premium = money(str(record.premium))
        follows = key[0] == "endorsement"
        entry = record.underwriting_id
        issued = self.issued_on(record)
        self.records[key] = record
        self.targets[key] = Target(
            key=key,
            number=canonical(number),
            product=policy.product,
            deal=entry.id,
            vin=comparable_code(policy.vehicle_id.vin),
            plate=comparable_code(policy.vehicle_id.plate),
            insured=comparable_name(entry.insured_id.name),
            issued=issued,
            starts=self._day(policy.date_start),
            premium=premium,
            net=money(premium / (1 + self.vat)),
            tax=money(str(policy.vehicle_tax)) if not follows else Decimal(0),
            endorsement=endorsement,
            follows=follows,
        )

    def _day(self, moment):
        if not moment:
            return None
        return moment.replace(tzinfo=UTC).astimezone(self.zone).date()

    def issued_on(self, record):
        """Day of issue in the store; of an endorsement that of its own ledger row."""
        entry = record.underwriting_id
        if entry.issued_at:
            return self._day(entry.issued_at)
        return record.effective_date if "effective_date" in record._fields else None

    # -- matching ---------------------------------------------------------------

    def match(self, lines):
        """Outcomes of the lines, in their order."""
        matcher = Matcher(
            self.targets.values(), self.statement._match_rules(self.company)
        )
        return matcher.match([self.line(line) for line in lines])

    def line(self, line):
        """A statement line as the pure matcher sees it."""
        amounts, _fees = printed_amounts(line)
        return Line(
            key=line.id,
            numbers=tuple((line.number or "").split()),
            product=line.product or "",
            endorsements=tuple((line.endorsement_number or "").split()),
            vin=comparable_code(line.vin_text),
            plate=comparable_code(line.plate_text),
            insured=comparable_name(line.insured_text),
            issued=line.issued_on or None,
            starts=line.starts_on or None,
            amounts=tuple(amount for amount in amounts.values() if amount),
            follows=line.follows,
        )

    def chosen_keys(self, line):
        """Keys of what a person has chosen."""
        if line.endorsement_id:
            return (self._known("endorsement", line.endorsement_id),)
        return tuple(self._known("policy", policy) for policy in line.policy_ids)

    def _known(self, kind, record):
        key = (kind, record.id)
        if key not in self.records:
            policy = record.policy_id if kind == "endorsement" else record
            name = canonical(record.name) if kind == "endorsement" else ""
            self._add(key, record, policy.policy_no, policy, name)
        return key

    def link_vals(self, keys):
        """Relations of a line to what it was matched to."""
        records = [self.records[key] for key in keys]
        first = records[0] if records else None
        follows = bool(keys) and keys[0][0] == "endorsement"
        policies = [record.policy_id.id if follows else record.id for record in records]
        return {
            "policy_id": policies[0] if policies else False,
            "policy_ids": policies,
            "endorsement_id": first.id if follows else False,
            "underwriting_id": first.underwriting_id.id if first else False,
        }

    def products(self, keys, line):
        if not keys:
            return {line.product}
        return {self.targets[key].product for key in keys}

    # -- what we expect ---------------------------------------------------------

    def rate_of(self, policy):
        """(share, agreement rate record, fee without VAT) of one policy.

        The agreement decides: the rate that was frozen at the issue, else the one in
        force on that day. What a paper ledger printed counts only where there was no
        agreement at all.
        """
        if policy.fee_rate_id:
            return policy.fee_rate, policy.fee_rate_id, policy.expected_fee
        rate, record = self._agreed(policy)
        if not record:
            return policy.fee_rate, record, policy.expected_fee
        fee = agency_fee(
            policy.premium,
            rate,
            policy.fee_vat_rate or float(self.vat),
            policy.currency_id,
        )
        return rate, record, fee

    def _agreed(self, policy):
        entry = policy.underwriting_id
        energy = policy.vehicle_id.energy_type or "fuel"
        day = self.issued_on(policy)
        key = (policy.product, entry.business_type, energy, day)
        if key not in self._rates:
            agreement = self._agreement(day)
            self._rates[key] = (
                agreement._fee_rate(
                    policy.product,
                    business=entry.business_type or "any",
                    energy=energy,
                    date=day,
                )
                if agreement
                else (0.0, self.statement.env["dealer.agreement.rate"])
            )
        return self._rates[key]

    def _agreement(self, day):
        if not hasattr(self, "_agreements"):
            insurer = self.statement.insurer_id
            self._agreements = self.statement.env["dealer.agreement"].search(
                Domain("state", "!=", "draft")
                & Domain("company_id", "=", self.company.id)
                & Domain(
                    "insurer_id", "in", (insurer | insurer.commercial_partner_id).ids
                ),
                order="date_from desc, id desc",
            )
        return next(
            (
                agreement
                for agreement in self._agreements
                if day
                and agreement.date_from <= day
                and (not agreement.date_to or day <= agreement.date_to)
            ),
            None,
        )

    def rate(self, keys):
        """Agreement rate record of a line, None for several different ones."""
        records = {self._own_rate(key)[1] for key in keys}
        return records.pop() if len(records) == 1 else None

    def _own_rate(self, key):
        """(share, record, fee) of a target; an endorsement follows its policy."""
        record = self.records[key]
        if key[0] == "policy":
            return self.rate_of(record)
        policy = record.policy_id
        rate, line, _fee = self.rate_of(policy)
        if not line:
            return rate, line, record.expected_fee
        fee = agency_fee(
            record.premium,
            rate,
            policy.fee_vat_rate or float(self.vat),
            record.currency_id,
        )
        return rate, line, fee

    def fee_ex(self, keys):
        """Expected fee without VAT."""
        return sum((money(str(self._own_rate(key)[2])) for key in keys), Decimal(0))

    def terms(self, keys, basis):
        """``Terms`` of a line on the basis of the statement, None without a policy."""
        if not keys:
            return None
        fee = self.fee_ex(keys)
        targets = [self.targets[key] for key in keys]
        rates = {Decimal(str(round(self._own_rate(key)[0], 6))) for key in keys}
        net = basis == EX_VAT
        first = self.records[keys[0]]
        return Terms(
            fee=fee if net else money(fee * (1 + self._fee_vat())),
            base=sum((t.net if net else t.premium for t in targets), Decimal(0)),
            rate=rates.pop() if len(rates) == 1 else None,
            tax=sum((t.tax for t in targets), Decimal(0)),
            vat=self.vat,
            issued=targets[0].issued,
            void=keys[0][0] == "policy" and first.state == "void",
            follows=targets[0].follows,
        )

    def _fee_vat(self):
        return Decimal(str(self.statement.fee_vat_rate))

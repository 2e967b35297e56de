from datetime import timedelta
from decimal import Decimal

from odoo import api, fields, models
from odoo.fields import Domain

from ..tools.statement_classify import (
    AGREED,
    EX_VAT,
    Limits,
    Stated,
    classify,
    money,
    settle_basis,
)
from ..tools.statement_lines import on_basis
from ..tools.statement_numbers import LOST, MIN_LENGTH, folded
from ..tools.statement_target import AUTO, Rules, comparable_code
from .fee_statement_books import StatementBooks, printed_amounts

#: Values of one "in" condition.
CHUNK = 5000
#: Tags in front of a number are cut off up to this length when looking for it.
MAX_TAG = 6


class DealerFeeStatement(models.Model):
    """From the lines of a statement to policies, expected fees and results.

    The rules themselves are pure functions in ``tools/statement_*.py``. Here: reading
    the books in a constant number of queries, and writing down what came out.
    """

    _inherit = "dealer.fee.statement"

    # -- lines of a file --------------------------------------------------------

    def _prepare_line_vals(self, row, part, index, texts):
        """Values of one line.

        :param row: ``ImportRow``
        :param part: ``tools.statement_lines.Part``
        :param index: position of the part in its row
        :param texts: column key -> text as it stands in the file
        """
        self.ensure_one()
        values = row.values
        number_key = f"{part.group}_no" if part.group else "policy_no"
        return {
            "statement_id": self.id,
            "sequence": row.row_no * 10 + index,
            "sheet_name": row.sheet.name,
            "row_no": row.row_no,
            "column_group": part.group or False,
            "policy_text": texts.get(number_key) or part.text or False,
            "endorsement_text": texts.get("endorsement_no") or False,
            "product_text": texts.get("product") or False,
            "insured_text": texts.get("insured") or values.get("insured") or False,
            "plate_text": texts.get("plate") or False,
            "vin_text": texts.get("vin") or False,
            "business_text": values.get("business") or False,
            "remark_text": values.get("note") or False,
            "number": " ".join(part.numbers) or False,
            "endorsement_number": " ".join(part.endorsements) or False,
            "product": part.product or False,
            "issued_on": values.get("issued_on"),
            "starts_on": values.get("starts_on"),
            "follows": part.follows,
            "printed": {
                **{key: str(value) for key, value in part.premiums.items()},
                **{key: str(value) for key, value in part.fees.items()},
            },
            "stated_rate": float(part.rate or 0),
            **self._prepare_fee_vals(part.premiums, part.fees),
        }

    def _prepare_fee_vals(self, premiums, fees):
        """Stated premium and fee on the basis of the statement, and on both.

        :param premiums: kind of column -> Decimal
        :param fees: kind of column -> Decimal
        """
        basis, vat = self._effective_basis(), self.fee_vat_rate
        premium_vat = self.company_id.dealer_premium_vat_rate
        factor = 1 + Decimal(str(vat))
        fee = on_basis(fees, "fee", basis, vat) or Decimal(0)
        base = on_basis(premiums, "premium", basis, premium_vat)
        if basis == EX_VAT:
            net, gross = fee, fees.get("fee_incl", money(fee * factor))
        else:
            net, gross = fees.get("fee_ex", money(fee / factor)), fee
        return {
            "stated_base": float(base or 0),
            "statement_fee": float(fee),
            "statement_fee_ex": float(net),
            "statement_fee_incl": float(gross),
        }

    def _sudo_create_lines(self, vals_list):
        """Write the lines of a checked file (rights were checked by the import)."""
        lines = self.env["dealer.fee.statement.line"].sudo()
        created = lines.with_context(tracking_disable=True)._create_protected(vals_list)
        return created.with_env(self.env)

    # -- matching ---------------------------------------------------------------

    def action_match(self):
        """Hold every line against our policies and say what is different.

        What a person has chosen stays; everything else is worked out anew.
        """
        self.check_access("write")
        for statement in self:
            statement._check_unconfirmed()
            statement._match()
        return True

    def _match(self):
        self.ensure_one()
        # Prefetched together: what is reached through a statement is not
        lines = self.line_ids.with_context(tracking_disable=True).with_prefetch()
        books = self._read_books(lines)
        outcomes = dict(zip(lines, books.match(lines), strict=True))
        self._settle_basis(lines, outcomes, books)
        vals_by_line, paid = {}, {}
        before = self._paid_elsewhere(books)
        for line in lines:
            vals = self._prepare_match_vals(line, outcomes[line], books)
            keys = vals.pop("keys")
            vals.update(self._prepare_result_vals(line, keys, books, paid, before))
            vals_by_line[line] = vals
        links = {
            line: vals.pop("policy_ids", None) for line, vals in vals_by_line.items()
        }
        for line, vals in vals_by_line.items():
            line._write_protected(vals)
        self._link_policies(links)
        lines._settle_rows()
        self._sudo_write_missing(books, vals_by_line)
        self._write_protected({"matched_at": fields.Datetime.now()})

    def _link_policies(self, links):
        """Write the policies of many lines in one go, where they have changed.

        :param links: {line: ids, None to leave them}
        """
        changed = [
            (line, [fields.Command.set(ids)])
            for line, ids in links.items()
            if ids is not None and sorted(ids) != sorted(line.policy_ids.ids)
        ]
        if changed:
            lines = self.env["dealer.fee.statement.line"].union(
                *(line for line, _commands in changed)
            )
            # One INSERT for all: `write` would be one for each line
            lines._fields["policy_ids"].write_batch(changed)
            lines.modified(["policy_ids"])

    def _settle_basis(self, lines, outcomes, books):
        """Decide with or without VAT by the lines whose policy is sure."""
        if self.basis:
            return
        pairs = []
        for line in lines:
            outcome = outcomes[line]
            if outcome.state != AUTO or len(outcome.chosen.targets) != 1:
                continue
            target = outcome.chosen.targets[0]
            base = Decimal(str(line.printed.get("premium") or 0))
            if base and target.premium:
                pairs.append((base, target.premium, target.net))
        self.write({"basis": settle_basis(pairs) or self._effective_basis()})
        for line in lines:
            line._write_protected(self._prepare_fee_vals(*printed_amounts(line)))

    def _prepare_match_vals(self, line, outcome, books):
        """What the passes found; a person's choice is kept."""
        if line.match_state == "manual":
            return {"keys": books.chosen_keys(line)}
        chosen = outcome.chosen
        shown = [
            {
                "keys": [list(key) for key in candidate.keys],
                "score": candidate.score,
                "step": candidate.step,
                "facts": list(candidate.facts),
            }
            for candidate in outcome.candidates
        ]
        keys = chosen.keys if chosen else ()
        best = chosen or (outcome.candidates[0] if outcome.candidates else None)
        return {
            "keys": keys,
            "match_state": outcome.state,
            "match_pass": best.step if best else False,
            "match_score": best.score if best else 0,
            "match_reason": self._reason_text(best) if best else False,
            "candidates": shown,
            **books.link_vals(keys),
        }

    def _prepare_result_vals(self, line, keys, books, paid, before):
        """Expected fee, result and words of one line."""
        basis = self._effective_basis()
        terms = books.terms(keys, basis)
        earlier = None
        for key in keys:
            earlier = earlier or paid.get(key) or before.get(key)
        stated = Stated(
            fee=money(str(line.statement_fee)),
            base=money(str(line.stated_base)) if _has_base(line) else None,
            rate=Decimal(str(line.stated_rate)) if line.stated_rate else None,
            follows=line.follows,
        )
        company = self.company_id
        verdict = classify(
            stated,
            terms,
            (self.date_from, self.date_to),
            bool(earlier),
            Limits(rounding=Decimal(str(company.dealer_fee_rounding))),
        )
        books.earlier = earlier
        for key in keys:
            paid.setdefault(key, line)
        rate = books.rate(keys)
        expected_ex, expected_incl = self._both(verdict.expected, terms, books, keys)
        vals = {
            "result": verdict.result,
            "cause": verdict.cause,
            "expected_premium": float(terms.base) if terms else 0.0,
            "expected_rate": float(terms.rate or 0) if terms else 0.0,
            "expected_rate_id": rate.id if rate else False,
            "expected_fee": float(verdict.expected),
            "expected_fee_ex": float(expected_ex),
            "expected_fee_incl": float(expected_incl),
            "delta": float(verdict.delta),
            "duplicate_of_id": earlier.id if earlier else False,
            "cap_exceeded": bool(
                line.stated_rate
                and "ctpl" in books.products(keys, line)
                and line.stated_rate > company.dealer_ctpl_fee_cap + 1e-9
            ),
        }
        return vals | self._prepare_words(
            line, verdict, stated, terms, books, keys, vals
        )

    def _both(self, expected, terms, books, keys):
        """(without VAT, with VAT) of an expected fee."""
        if not terms or not expected:
            return Decimal(0), Decimal(0)
        net = books.fee_ex(keys)
        return net, money(net * (1 + Decimal(str(self.fee_vat_rate))))

    def _prepare_words(self, line, verdict, stated, terms, books, keys, vals):
        """Explanation and decision; what a person wrote or decided stays."""
        same = line.result == verdict.result and not line.currency_id.compare_amounts(
            line.delta, float(verdict.delta)
        )
        if line.explained_by_id and same:
            return {}
        good = verdict.result in AGREED
        words = self._explanation(line, verdict, stated, terms, books, keys, vals)
        decision = "open"
        matched = vals["result"] != "unknown_policy"
        if good and not vals["cap_exceeded"]:
            decision = "agree"
        elif matched and not good and not self._is_large(verdict):
            # Too small to be looked at one by one, too wrong to be paid unseen
            decision = "withhold"
        return {
            "explanation": words,
            "explained_by_id": False,
            "explained_at": False,
            "decision": decision,
            "decided_by_id": False,
            "held_by_row": False,
            "dispute_state": "open" if decision == "withhold" else "none",
        }

    def _is_large(self, verdict):
        company = self.company_id
        size = abs(verdict.delta)
        share = abs(verdict.expected) * Decimal(str(company.dealer_fee_limit_share))
        return size > Decimal(str(company.dealer_fee_limit_amount)) or size > share

    # -- the books --------------------------------------------------------------

    def _read_books(self, lines):
        """Policies and endorsements that the lines or the period may mean."""
        self.ensure_one()
        company = self.company_id
        wanted = _Wanted(lines)
        zone = company._dealer_timezone()
        back = timedelta(days=company.dealer_fee_lookback_days)
        insurers = Domain(
            "insurer_id", "child_of", self.insurer_id.commercial_partner_id.id
        ) & Domain("company_id", "=", company.id)
        around = Domain("issued_at", ">=", self.date_from - back) & Domain(
            "issued_at", "<=", self.date_to + back
        )
        vehicles = self.env["dealer.vehicle"].browse()
        for fname, codes in (("vin", wanted.vins), ("plate", wanted.plates)):
            for chunk in chunks(codes):
                vehicles |= self.env["dealer.vehicle"].search(
                    Domain("company_id", "=", company.id) & Domain(fname, "in", chunk)
                )
        Policy = self.env["dealer.policy"]
        found = Policy.search(
            insurers & Domain("issued_at", "!=", False) & around, order="id"
        )
        for chunk in chunks(wanted.numbers):
            found |= Policy.search(
                insurers
                & Domain("issued_at", "!=", False)
                & Domain("policy_no", "in", chunk)
            )
        for chunk in chunks(vehicles.ids):
            found |= Policy.search(
                insurers
                & Domain("issued_at", "!=", False)
                & Domain("vehicle_id", "in", chunk)
            )
        Endorsement = self.env["dealer.endorsement"]
        effective = insurers & Domain("state", "=", "effective")
        follows = Endorsement.search(
            effective
            & Domain("underwriting_id.issued_at", ">=", self.date_from - back)
            & Domain("underwriting_id.issued_at", "<=", self.date_to + back)
        )
        for chunk in chunks(wanted.endorsements):
            follows |= Endorsement.search(effective & Domain("name", "in", chunk))
        for chunk in chunks(found.ids):
            follows |= Endorsement.search(effective & Domain("policy_id", "in", chunk))
        return StatementBooks(self, found | follows.policy_id, follows, zone)

    def _paid_elsewhere(self, books):
        """{target key: line of another statement that pays for it already}."""
        Line = self.env["dealer.fee.statement.line"]
        result = {}
        base = (
            Domain("company_id", "=", self.company_id.id)
            & Domain("statement_id", "!=", self.id)
            & Domain("statement_id.replaced_at", "=", False)
            & Domain("decision", "=", "agree")
            & (
                Domain("statement_id.confirmed_at", "!=", False)
                | Domain("statement_id.date_from", "<", self.date_from)
                | (
                    Domain("statement_id.date_from", "=", self.date_from)
                    & Domain("statement_id", "<", self.id)
                )
            )
        )
        for chunk in chunks(books.endorsements.ids):
            for line in Line.search(base & Domain("endorsement_id", "in", chunk)):
                result.setdefault(("endorsement", line.endorsement_id.id), line)
        for chunk in chunks(books.policies.ids):
            for line in Line.search(
                base
                & Domain("policy_ids", "in", chunk)
                & Domain("endorsement_id", "=", False)
            ):
                for policy in line.policy_ids:
                    result.setdefault(("policy", policy.id), line)
        return result

    @api.model
    def _match_rules(self, company):
        """Settings of the store for the pure matcher."""
        return Rules(
            threshold=company.dealer_fee_auto_score,
            window=company.dealer_fee_date_window,
            rounding=Decimal(str(company.dealer_fee_rounding)),
        )


def _has_base(line):
    return any(key[0] == "p" for key in (line.printed or {}))


def chunks(values):
    values = list(values)
    for start in range(0, len(values), CHUNK):
        yield values[start : start + CHUNK]


class _Wanted:
    """What the lines name, for the look-up in the books."""

    def __init__(self, lines):
        self.numbers, self.endorsements = set(), set()
        self.vins, self.plates = set(), set()
        for line in lines:
            for number in (line.number or "").split():
                if LOST in number:
                    continue
                for form in {number, folded(number)}:
                    self.numbers.add(form)
                    self.numbers.update(
                        form[cut:]
                        for cut in range(1, MAX_TAG + 1)
                        if len(form) - cut >= MIN_LENGTH
                    )
            self.endorsements.update((line.endorsement_number or "").split())
            self.vins.add(comparable_code(line.vin_text))
            self.plates.add(comparable_code(line.plate_text))
        for values in (self.numbers, self.endorsements, self.vins, self.plates):
            values.discard("")

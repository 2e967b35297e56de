from decimal import Decimal

from odoo import models

from ..tools.statement_classify import EX_VAT, money
from ..tools.statement_target import Candidate


def _amount(value):
    return f"{Decimal(value):,.2f}"


def _percent(value):
    return f"{float(value or 0) * 100:g}"


class DealerFeeStatement(models.Model):
    """What the matching found, in words that a clerk can send to the insurer."""

    _inherit = "dealer.fee.statement"

    # -- why this policy --------------------------------------------------------

    def _reason_text(self, candidate):
        """Why a policy is proposed for a line: the evidence for and against it."""
        steps = {
            "endorsement": self.env._("number or amount of the endorsement"),
            "number": self.env._("same policy number"),
            "equivalent": self.env._("same policy number, written otherwise"),
            "typo": self.env._("policy number with one slip"),
            "cut_number": self.env._("the digits of the number that the file has kept"),
            "vehicle": self.env._("same car, product and date"),
            "plate": self.env._("same plate and amount"),
            "insured": self.env._("same insured, amount and date"),
            "deal": self.env._("one line for all policies of the deal"),
        }
        names = {
            "vin": self.env._("VIN"),
            "plate": self.env._("plate"),
            "insured": self.env._("insured"),
            "product": self.env._("product"),
            "date": self.env._("date"),
            "amount": self.env._("premium"),
            "number": self.env._("policy number"),
            "taken": self.env._("paid on another line already"),
        }
        agree = [names[fact] for fact in candidate.facts if fact in names]
        against = [
            names[fact[1:]]
            for fact in candidate.facts
            if fact[:1] == "-" and fact[1:] in names
        ]
        text = steps[candidate.step]
        if agree:
            text = self.env._(
                "%(step)s; the same: %(facts)s", step=text, facts=", ".join(agree)
            )
        if against:
            text = self.env._(
                "%(step)s; against it: %(facts)s", step=text, facts=", ".join(against)
            )
        return text

    def _candidate_text(self, stored):
        """The same for a candidate kept on a line.

        :param stored: ``{"keys", "score", "step", "facts"}``
        """
        return self._reason_text(
            Candidate((), stored["step"], stored["score"], tuple(stored["facts"]))
        )

    # -- what is different ------------------------------------------------------

    def _explanation(self, line, verdict, stated, terms, books, keys, vals):
        """Words for the result of a line, "" when there is nothing to say."""
        write = getattr(self, f"_words_{verdict.result}", None)
        words = write(line, verdict, stated, terms, books, keys) if write else ""
        if vals["cap_exceeded"]:
            cap = self.env._(
                "The stated rate of %(rate)s %% is above the legal cap of %(cap)s %% "
                "for compulsory cover (R6).",
                rate=_percent(line.stated_rate),
                cap=_percent(self.company_id.dealer_ctpl_fee_cap),
            )
            words = f"{words} {cap}".strip()
        return words or False

    def _basis_words(self):
        if self._effective_basis() == EX_VAT:
            return self.env._("without VAT")
        return self.env._("with VAT")

    def _words_matched_rounding(self, line, verdict, stated, terms, books, keys):
        return self.env._(
            "Rounding: stated %(stated)s, worked out %(expected)s.",
            stated=_amount(stated.fee),
            expected=_amount(verdict.expected),
        )

    def _words_cut_off(self, line, verdict, stated, terms, books, keys):
        return self.env._(
            "Issued on %(day)s, outside the period %(first)s to %(last)s; the fee is "
            "as agreed.",
            day=terms.issued,
            first=self.date_from,
            last=self.date_to,
        )

    def _words_clawback_matched(self, line, verdict, stated, terms, books, keys):
        return self.env._(
            "Claw-back of endorsement %(name)s, as in our ledger.",
            name=books.records[keys[0]].display_name,
        )

    def _agreed_words(self, verdict, terms, books, keys):
        """The agreement and what it gives for this policy."""
        rate = books.rate(keys)
        if terms.rate is None:
            return self.env._(
                "worked out policy by policy: %(expected)s",
                expected=_amount(verdict.expected),
            )
        source = self.env._("our ledger")
        if rate:
            source = rate.agreement_id.name
            if rate.clause:
                source = f"{source}, {rate.clause}"
        return self.env._(
            "agreed %(rate)s %% (%(agreement)s) on the premium %(basis)s of %(base)s = "
            "%(expected)s",
            rate=_percent(terms.rate),
            agreement=source,
            basis=self._basis_words(),
            base=_amount(terms.base),
            expected=_amount(verdict.expected),
        )

    def _difference_words(self, verdict, stated):
        return self.env._(
            "stated %(stated)s, difference %(delta)s",
            stated=_amount(stated.fee),
            delta=f"{verdict.delta:+,.2f}",
        )

    def _words_rate_difference(self, line, verdict, stated, terms, books, keys):
        rate = stated.rate
        if rate is None and stated.base:
            rate = (stated.fee / stated.base).quantize(Decimal("0.001"))
        return self.env._(
            "Rate: %(agreed)s; you used %(rate)s %%: %(difference)s.",
            agreed=self._agreed_words(verdict, terms, books, keys),
            rate=_percent(rate),
            difference=self._difference_words(verdict, stated),
        )

    def _words_base_difference(self, line, verdict, stated, terms, books, keys):
        base = stated.base
        if base is None and stated.rate:
            base = money(stated.fee / stated.rate)
        causes = {
            "tax": self.env._(
                "it contains the vehicle tax of %(tax)s, which carries no fee",
                tax=_amount(terms.tax),
            ),
            "vat_in": self.env._("it contains VAT"),
            "vat_out": self.env._("VAT was taken off a second time"),
            "other": self.env._("it is not the premium of the policy"),
        }
        return self.env._(
            "Base: you counted on %(base)s; %(cause)s. Right is: %(agreed)s; "
            "%(difference)s.",
            base=_amount(base or 0),
            cause=causes.get(verdict.cause, causes["other"]),
            agreed=self._agreed_words(verdict, terms, books, keys),
            difference=self._difference_words(verdict, stated),
        )

    def _words_amount_difference(self, line, verdict, stated, terms, books, keys):
        if verdict.cause == "no_endorsement":
            return self.env._(
                "The line changes policy %(policy)s by a fee of %(stated)s%(number)s, "
                "but our ledger has no such endorsement. Please send the endorsement.",
                policy=books.targets[keys[0]].number,
                stated=_amount(stated.fee),
                number=f" ({line.endorsement_number})"
                if line.endorsement_number
                else "",
            )
        return self.env._(
            "Amount: the fee is not premium times rate. Right is: %(agreed)s; "
            "%(difference)s.",
            agreed=self._agreed_words(verdict, terms, books, keys),
            difference=self._difference_words(verdict, stated),
        )

    def _words_duplicate(self, line, verdict, stated, terms, books, keys):
        earlier = books.earlier
        if earlier.statement_id != self:
            return self.env._(
                "Paid twice: policy %(policy)s stands on statement %(statement)s, row "
                "%(row)s already, with %(fee)s.",
                policy=books.targets[keys[0]].number,
                statement=earlier.statement_id.display_name,
                row=earlier.row_no,
                fee=_amount(earlier.statement_fee),
            )
        return self.env._(
            "Paid twice: policy %(policy)s stands in row %(row)s of this statement "
            "already, with %(fee)s.",
            policy=books.targets[keys[0]].number,
            row=earlier.row_no,
            fee=_amount(earlier.statement_fee),
        )

    def _words_unknown_policy(self, line, verdict, stated, terms, books, keys):
        if line.number:
            return self.env._(
                "Policy %(number)s is not in our ledger. Please say which store issued "
                "it, or take the line back.",
                number=line.number,
            )
        return self.env._(
            "The line names no policy that our ledger knows. Please send its policy "
            "number."
        )

    def _words_cancelled_but_paid(self, line, verdict, stated, terms, books, keys):
        entry = books.records[keys[0]].underwriting_id
        return self.env._(
            "Policy %(policy)s is void (ledger %(entry)s); no fee is due for it. "
            "Please take %(stated)s back.",
            policy=books.targets[keys[0]].number,
            entry=entry.ledger_no or entry.name,
            stated=_amount(stated.fee),
        )

"""Bank lines of insurers: premium passed on, fees, claim money, refunds."""

from . import bank_text as text
from .bank_points import (
    CLAIM_LOOSE_SHARE,
    COUNT,
    DAY,
    EXACT,
    INSURER_POINTS,
    NOT_UNIQUE,
    NUMBER,
    PART,
    PERIOD,
)
from .bank_solve_base import SolverBase
from .bank_types import (
    CLAIM,
    REMITTANCE,
    Reason,
)


class InsurerSolver(SolverBase):
    """Money from and to insurers."""

    def _remittance(self):
        """Premium passed on: one prepared payment, or rows with that sum."""
        if self.line.partner is None:
            return []
        items = [
            item
            for item in self._candidates(REMITTANCE)
            if item.date <= self.line.date and item.account in (None, self.line.account)
        ]
        count = self._count()
        single = [item for item in items if self._open(item) == self.amount]
        prepared = [item for item in single if item.parts > 1 or count in (None, 1)]
        solutions = [([item], len(prepared) == 1) for item in prepared[:2]]
        if not solutions:
            rows = [item for item in items if item.parts == 1]
            solutions = self._subsets(rows, self.amount, count=count)
        result = []
        for chosen, unique in solutions:
            points, reasons = self._points(chosen)
            score = EXACT + INSURER_POINTS + self._ruled() + min(points, NUMBER)
            reasons.append(Reason("insurer", {"text": self.line.payer}))
            stated = count is not None and sum(item.parts for item in chosen) == count
            if stated:
                score += COUNT
                reasons.append(Reason("count", {"count": count}))
            if unique:
                score += DAY
            else:
                score += NOT_UNIQUE
                reasons.append(Reason("not_unique", {}))
            certain = unique and (stated or len(chosen) == 1) and bool(self.rule)
            result.append(self._make(REMITTANCE, chosen, score, reasons, certain))
        return result

    def _exact_from_insurer(self, kind):
        """Something of this kind with exactly this amount."""
        if self.line.partner is None:
            return []
        items = self._candidates(kind)
        exact = [item for item in items if self._open(item) == self.amount]
        named = [item for item in exact if self._evidence(item).named]
        result = []
        for item in named or exact:
            points, reasons = self._points([item])
            unique = len(named or exact) == 1
            score = EXACT + INSURER_POINTS + self._ruled() + points
            reasons.append(Reason("insurer", {"text": self.line.payer}))
            if not unique:
                score += NOT_UNIQUE
                reasons.append(Reason("not_unique", {}))
            result.append(
                self._make(kind, [item], score, reasons, certain=unique and bool(named))
            )
        return result

    def _claim(self):
        """Claim money: by number, plate or name; else by amount and count."""
        if self.line.partner is None:
            return []
        items = self._candidates(CLAIM)
        count = self._count()
        named = [item for item in items if self._evidence(item).named]
        result = []
        if named:
            if count and len(named) < count:
                result = self._completed(named, items, count)
            elif count and len(named) > count:
                for chosen, unique in self._subsets(named, self.amount, count=count):
                    result.append(self._claim_of(chosen, count, unique))
            if not result:
                result = [
                    self._claim_of([item], count, len(named) == 1)
                    for item in named
                    if self._open(item) == self.amount and count in (None, 1)
                ]
            if not result:
                result = [
                    self._claim_of(named, count, not count or count == len(named))
                ]
        else:
            for chosen, unique in self._subsets(items, self.amount, count=count or 1):
                result.append(self._claim_of(chosen, count, unique))
            today = self.line.date
            due = [item for item in items if (item.due or item.date) <= today]
            if not result and count and len(due) == count:
                # as many cases are due as the insurer says it paid
                result.append(self._claim_of(due, count, False))
        return [proposal for proposal in result if self._claim_believable(proposal)]

    def _completed(self, named, items, count):
        """Some cases of a sum are named, the others fill up the amount."""
        others = [item for item in items if item not in named]
        rest = self.amount - self._sum(named)
        if rest <= 0:
            return []
        return [
            self._claim_of(named + chosen, count, unique)
            for chosen, unique in self._subsets(others, rest, count=count - len(named))
        ]

    def _claim_of(self, items, count, unique):
        points, reasons = self._points(items)
        score = INSURER_POINTS + self._ruled() + points
        reasons.append(Reason("insurer", {"text": self.line.payer}))
        if self._sum(items) == self.amount:
            score += EXACT
        if count == len(items):
            score += COUNT
            reasons.append(Reason("count", {"count": count}))
        if not unique:
            score += NOT_UNIQUE // 2
            reasons.append(Reason("not_unique", {}))
        named = all(self._evidence(item).named for item in items)
        return self._make(CLAIM, items, score, reasons, certain=unique and named)

    def _claim_believable(self, proposal):
        """A difference needs proof, and has a bound."""
        if not proposal.difference:
            return True
        proof = any(reason.code in ("number", "plate") for reason in proposal.reasons)
        share = self.limits.claim_share if proof else CLAIM_LOOSE_SHARE
        share = min(share, self.limits.claim_share)
        return abs(proposal.difference) * 100 <= abs(proposal.expected) * share

    def _fee(self, kind):
        """Agency or survey fee: by amount, else by month, else without item."""
        if self.line.partner is None:
            return []
        period = text.period_in(self.line.text, self.line.date)
        items = self._candidates(kind)
        if period and any(item.period for item in items):
            items = [item for item in items if item.period in ("", period)]
        result = []
        for chosen, unique in self._subsets(items, self.amount, wanted=3):
            same = {item.period for item in chosen} == {period} and bool(period)
            score = EXACT + INSURER_POINTS + self._ruled() + (PERIOD if same else 0)
            reasons = [Reason("insurer", {"text": self.line.payer})]
            if same:
                reasons.append(Reason("period", {"text": period}))
            if not unique:
                score += NOT_UNIQUE
                reasons.append(Reason("not_unique", {}))
            result.append(self._make(kind, chosen, score, reasons, unique and same))
        due = [item for item in items if period and item.period == period]
        if not result and len(due) == 1 and self.amount < self._open(due[0]):
            reasons = [
                Reason("insurer", {"text": self.line.payer}),
                Reason("period", {"text": period}),
            ]
            score = PERIOD + INSURER_POINTS + self._ruled() + PART
            result.append(self._make(kind, due, score, reasons))
        if not result and self.rule:
            reasons = [
                Reason("insurer", {"text": self.line.payer}),
                Reason("no_item", {"text": period}),
            ]
            result.append(self._unsettled(kind, 45, reasons, period))
        return result

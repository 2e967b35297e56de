"""One bank line against what is open: the parts that every kind of money shares."""

from .bank_points import (
    HINT,
    NAME,
    NUMBER,
    PAYER,
    PLATE,
    RULE,
)
from .bank_subset import SubsetSearch, find_subsets
from .bank_types import (
    Evidence,
    Proposal,
    Reason,
)


class SolverBase:
    """What is open for a line, and proposals made of it.

    :param line: `BankLine`
    :param pool: `Pool`
    :param rule: the `Rule` that the line fits, or None
    :param details: texts of the named groups of its pattern
    :param limits: `Limits`
    :param words: words that are no names
    """

    def __init__(self, line, pool, rule, details, limits, words):
        self.line = line
        self.pool = pool
        self.rule = rule
        self.details = details
        self.limits = limits
        self.sign = 1 if line.amount > 0 else -1
        self.amount = abs(line.amount)
        self.found = pool.evidence(line, words)

    # -- small things ---------------------------------------------------------

    def _evidence(self, candidate):
        return self.found.get(candidate.key) or Evidence()

    def _open(self, candidate):
        return abs(self.pool.open[candidate.key])

    def _in_time(self, candidate):
        days = (self.line.date - candidate.date).days
        return -self.limits.days_before <= days <= self.limits.days_after

    def _candidates(self, *kinds):
        """Open candidates that this line could settle, oldest first."""
        partner = self.line.partner
        return [
            item
            for item in self.pool.of_kind(kinds, self.sign)
            if self._in_time(item)
            and (item.partner is None or partner is None or item.partner == partner)
        ]

    def _count(self):
        """Number of cases that the line states, None when it states none."""
        count = self.details.get("count")
        return int(count) if count and count.isdigit() else None

    def _subsets(self, items, low, high=None, count=None, wanted=2):
        """Sets of candidates with a sum; large ones by what they leave out."""
        high = low if high is None else high
        items = items[: self.limits.max_pool]
        amounts = [self._open(item) for item in items]
        limits = self.limits
        options = {"max_items": limits.max_items, "max_sets": limits.max_sets}
        total = sum(amounts)
        if count is not None and count > len(items):
            return []
        if count is not None and count > len(items) - count:
            left_out = len(items) - count
            if not left_out:
                fits = low <= total <= high
                search = SubsetSearch([()] if fits else [], True)
            else:
                search = find_subsets(
                    amounts,
                    total - high,
                    total - low,
                    left_out,
                    wanted=wanted,
                    **options,
                )
            everything = set(range(len(items)))
            search = search._replace(
                solutions=[
                    tuple(sorted(everything - set(chosen)))
                    for chosen in search.solutions
                ]
            )
        else:
            search = find_subsets(amounts, low, high, count, wanted=wanted, **options)
            if not search.solutions and count is None and low <= total <= high:
                search = search._replace(solutions=[tuple(range(len(items)))])
        unique = len(search.solutions) == 1 and search.complete
        return [
            ([items[index] for index in chosen], unique) for chosen in search.solutions
        ]

    def _points(self, items):
        """Points and reasons of the evidence that all items share the least of."""
        points, reasons = None, []
        for item in items:
            evidence = self._evidence(item)
            own, why = 0, []
            for value, worth, code in (
                (evidence.number, NUMBER, "number"),
                (evidence.plate, PLATE, "plate"),
                (evidence.payer, PAYER, "payer"),
                (evidence.name, NAME, "name"),
                (evidence.hint, HINT, "hint"),
            ):
                if value:
                    own += worth
                    why.append(Reason(code, {"text": value}))
            points = own if points is None else min(points, own)
            reasons += why
        unique = []
        for reason in reasons:
            if reason not in unique:
                unique.append(reason)
        return min(points or 0, NUMBER + PAYER), unique

    def _ruled(self):
        return RULE if self.rule else 0

    def _make(self, kind, items, score, reasons, certain=False, fee=0):
        """A proposal that settles items with the whole line.

        Money that falls short leaves the last item partly open; money beyond is the
        rest.
        """
        left = self.amount + fee
        settled = []
        for item in items:
            part = min(left, self._open(item))
            if part:
                settled.append((item.key, part * self.sign))
            left -= part
        expected = sum(self._open(item) for item in items)
        difference = self.amount + fee - expected
        reasons = list(reasons)
        if items and not difference:
            reasons.insert(0, Reason("exact", {}))
        elif items and difference > 0:
            reasons.append(Reason("over", {"amount": difference}))
        elif items:
            reasons.append(Reason("short", {"amount": -difference}))
        if fee:
            reasons.append(Reason("fee", {"amount": fee}))
        periods = {item.period for item in items if item.period}
        partners = {item.partner for item in items if item.partner is not None}
        return Proposal(
            kind=kind,
            items=tuple(settled),
            fee=fee,
            rest=left * self.sign,
            expected=expected * self.sign,
            difference=difference * self.sign,
            score=max(0, min(100, score)),
            certain=certain and not difference,
            reasons=tuple(reasons),
            partner=partners.pop() if len(partners) == 1 else self.line.partner,
            period=periods.pop() if len(periods) == 1 else "",
            refs=tuple(dict.fromkeys(ref for item in items for ref in item.refs)),
            rule=self.rule.key if self.rule else None,
        )

    def _unsettled(self, kind, score, reasons=(), period="", certain=False):
        """A proposal without open item: booked on the account of the rule."""
        return Proposal(
            kind=kind,
            rest=self.line.amount,
            score=score,
            certain=certain,
            reasons=tuple(reasons),
            partner=self.line.partner,
            period=period,
            rule=self.rule.key if self.rule else None,
        )

    def _sum(self, items):
        return sum(self._open(item) for item in items)

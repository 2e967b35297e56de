"""Bank lines of customers and of the platforms through which they pay."""

import datetime

from . import bank_text as text
from .bank_points import (
    COUNT,
    DAY,
    EXACT,
    METHOD,
    NEAR,
    NEAR_DAYS,
    NOT_UNIQUE,
    OTHER_ACCOUNT,
    OTHER_METHOD,
    PART,
    RULE,
)
from .bank_solve_base import SolverBase
from .bank_types import (
    BACK_TO_CUSTOMER,
    RECEIPT,
    Reason,
)


class CustomerSolver(SolverBase):
    """Money from and to customers."""

    def _receipt(self):
        """A customer pays: exact, in parts, or too much; for one car or several."""
        line, result = self.line, []
        named = [item for item in self._candidates(RECEIPT) if self._speaks(item)]
        exact = [item for item in named if self._open(item) == self.amount]
        for item in exact:
            points, reasons = self._points([item])
            score = EXACT + points + self._ruled() + self._nearness(item, reasons)
            if len(exact) > 1:
                reasons.append(Reason("not_unique", {}))
            proven = self._evidence(item).named and line.account == (
                item.account or line.account
            )
            result.append(
                self._make(
                    RECEIPT,
                    [item],
                    score,
                    reasons,
                    certain=proven and len(exact) == 1,
                )
            )
        if exact:
            return result
        strong = [item for item in named if self._evidence(item).named]
        for chosen, unique in self._subsets(strong, self.amount) if strong else ():
            points, reasons = self._points(chosen)
            score = EXACT + points + self._ruled() + (0 if unique else NOT_UNIQUE)
            result.append(self._make(RECEIPT, chosen, score, reasons, certain=unique))
        return result or self._inexact_receipts(strong)

    def _speaks(self, item):
        """Whether more than a hint speaks for an item, or a hint and the amount."""
        evidence = self._evidence(item)
        return evidence.named or (evidence.hint and self._open(item) == self.amount)

    def _inexact_receipts(self, items):
        """Part payments and overpayments: a rule must speak of premium, or a number
        or plate must be named."""
        result = []
        for item in items:
            evidence = self._evidence(item)
            proof = evidence.number or evidence.plate
            if not proof and not self.rule:
                continue
            if not proof and not evidence.payer:
                continue
            due = self._open(item)
            if self.amount > due * (100 + self.limits.over_share) // 100:
                continue
            points, reasons = self._points([item])
            score = PART + points + self._ruled() + self._nearness(item, reasons)
            result.append(self._make(RECEIPT, [item], score, reasons))
        return result

    def _nearness(self, item, reasons):
        """Points for day, account and way of payment; notes what does not fit."""
        points = 0
        if abs((self.line.date - item.date).days) <= NEAR_DAYS:
            points += NEAR
        if item.account is not None and item.account != self.line.account:
            reasons.append(Reason("other_account", {}))
            points += OTHER_ACCOUNT
        if item.method not in ("", "transfer"):
            points += OTHER_METHOD
        return points

    def _batch(self):
        """The sum of card, code or cash payments of one day, less what is kept."""
        line, method = self.line, self.rule.method
        fee_text = self.details.get("fee")
        fee = round(float(fee_text) * 100) if fee_text else None
        day = text.day_in(self.details.get("day"), line.date)
        earliest = line.date - datetime.timedelta(days=self.limits.batch_days)
        items = [
            item
            for item in self._candidates(RECEIPT)
            if item.method == method
            and item.account in (None, line.account)
            and earliest <= item.date <= line.date
        ]
        prepared = [
            item for item in items if item.prepared and self._open(item) == self.amount
        ]
        if prepared:
            return [self._prepared(item, len(prepared) == 1) for item in prepared[:2]]
        items = [item for item in items if not item.prepared]
        count = self._count()
        platform = method not in ("cash", "cheque")
        if day:
            groups = [([item for item in items if item.date == day], True)]
        else:
            days = sorted({item.date for item in items})
            groups = [
                ([item for item in items if item.date == one], False) for one in days
            ]
            groups.append((items, False))
        result = []
        for group, stated in groups:
            result += self._batch_of(group, count, fee, platform, stated)
            if result and not stated:
                break
        if not result and day:
            # paid on a day, registered on another
            result = self._batch_of(items, count, fee, platform, False)
        return result

    def _prepared(self, item, unique):
        """A settlement that was booked net of its fee before the bank shows it."""
        reasons = [Reason("method", {"text": self.rule.method})]
        score = EXACT + METHOD + RULE + COUNT + DAY
        if not unique:
            score += NOT_UNIQUE
            reasons.append(Reason("not_unique", {}))
        return self._make(RECEIPT, [item], score, reasons, certain=unique)

    def _batch_of(self, items, count, fee, platform, day_stated):
        low = high = self.amount + (fee or 0)
        if platform and fee is None:
            # the platform keeps a share that the bank does not state
            high += self.amount * self.limits.fee_share // 10_000
        solutions = self._subsets(items, low, high, count)
        exact = [found for found in solutions if self._sum(found[0]) == low]
        if exact and len(exact) < len(solutions):
            solutions = exact
        result = []
        for chosen, unique in solutions:
            kept = self._sum(chosen) - self.amount
            same_day = {item.date for item in chosen} == {self.line.date}
            score = EXACT + METHOD + self._ruled()
            reasons = [Reason("method", {"text": self.rule.method})]
            if count is not None:
                score += COUNT
                reasons.append(Reason("count", {"count": count}))
            if day_stated or (not platform and same_day):
                score += DAY
                reasons.append(Reason("day", {"date": chosen[0].date}))
            if not unique:
                score += NOT_UNIQUE
                reasons.append(Reason("not_unique", {}))
            points, why = self._points(chosen)
            stated_fee = fee is not None or not kept
            proven = (day_stated and stated_fee) or (
                not platform and same_day and len(chosen) == 1
            )
            result.append(
                self._make(
                    RECEIPT,
                    chosen,
                    score + points,
                    reasons + why,
                    certain=unique and proven,
                    fee=kept,
                )
            )
        return result

    def _back_to_customer(self):
        """Refunds of premium, of claim money, of what was paid too much."""
        items = [
            item
            for item in self._candidates(*BACK_TO_CUSTOMER)
            if self._open(item) == self.amount and self._evidence(item).named
        ]
        if self.rule and self.rule.kind in BACK_TO_CUSTOMER:
            said = [item for item in items if item.kind == self.rule.kind]
            items = said or items
        result = []
        for item in items:
            points, reasons = self._points([item])
            score = EXACT + points + self._ruled()
            if len(items) > 1:
                score += NOT_UNIQUE
                reasons.append(Reason("not_unique", {}))
            result.append(
                self._make(
                    item.kind,
                    [item],
                    score,
                    reasons,
                    certain=len(items) == 1 and bool(self.rule),
                )
            )
        return result

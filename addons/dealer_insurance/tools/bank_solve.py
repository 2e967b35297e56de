"""Proposals for one bank line, one method per kind of money. No ORM."""

from .bank_points import (
    DAY,
    EXACT,
    NOT_UNIQUE,
)
from .bank_solve_customer import CustomerSolver
from .bank_solve_insurer import InsurerSolver
from .bank_types import (
    BACK_TO_CUSTOMER,
    CHARGE,
    CLAIM,
    FEE,
    INSURER,
    INTEREST,
    NOBODY,
    OWN,
    RECEIPT,
    REFUND_IN,
    REMITTANCE,
    SURVEY,
    TRANSFER,
    Reason,
)


class Solver(CustomerSolver, InsurerSolver):
    """Proposals for one line, by the kind of its rule."""

    def solve(self):
        """All proposals of the line, in no order."""
        if self.rule:
            return self._solve_kind(self.rule.kind)
        if self.line.party == INSURER:
            if self.sign > 0:
                return [
                    item
                    for kind in (CLAIM, FEE, REFUND_IN, SURVEY)
                    for item in self._exact_from_insurer(kind)
                ]
            return self._remittance()
        if self.line.party in (OWN, NOBODY):
            return []
        return self._receipt() if self.sign > 0 else self._back_to_customer()

    def _solve_kind(self, kind):
        if kind == RECEIPT and self.rule.method in ("", "transfer"):
            return self._receipt()
        if kind == RECEIPT:
            return self._batch()
        if kind == REMITTANCE:
            return self._remittance()
        if kind == REFUND_IN:
            return self._exact_from_insurer(kind)
        if kind in BACK_TO_CUSTOMER:
            return self._back_to_customer()
        if kind == CLAIM:
            return self._claim()
        if kind in (FEE, SURVEY):
            return self._fee(kind)
        if kind == TRANSFER:
            return self._transfer()
        if kind in (CHARGE, INTEREST):
            reasons = [Reason("rule", {})]
            return [self._unsettled(kind, 80, reasons, certain=self.rule.certain)]
        return []

    def _transfer(self):
        """Money between own accounts: the other side of it, if it is there."""
        near = self.limits.batch_days
        items = [
            item
            for item in self._candidates(TRANSFER)
            if self._open(item) == self.amount
            and item.account != self.line.account
            and abs((self.line.date - item.date).days) <= near
        ]
        result = []
        for item in items:
            reasons = [Reason("mirror", {"date": item.date})]
            score = EXACT + 2 * DAY + self._ruled()
            if len(items) > 1:
                score += NOT_UNIQUE
                reasons.append(Reason("not_unique", {}))
            result.append(
                self._make(TRANSFER, [item], score, reasons, certain=len(items) == 1)
            )
        if not result:
            result.append(
                self._unsettled(
                    TRANSFER, 60, [Reason("rule", {})], certain=self.rule.certain
                )
            )
        return result

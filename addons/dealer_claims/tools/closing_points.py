"""The six points of the closing check of a claim, as pure values (domain.md G-C3).

A point keeps codes and numbers, never words: what was found stays readable in every
language, and frozen evidence equals computed evidence.
"""

from typing import NamedTuple

#: Codes of the points in the order of the form.
POINTS = ("documents", "insurer", "customer", "refunds", "ledger", "difference")


class Point(NamedTuple):
    """One point of the closing check.

    :param code: one of ``POINTS``
    :param ok: the point holds
    :param finding: code of what was found; words are made from it
    :param facts: what the words name: numbers, days as ISO text, names
    """

    code: str
    ok: bool
    finding: str
    facts: dict

    def plain(self):
        """The point as a JSON field keeps it."""
        return [self.code, self.ok, self.finding, self.facts]


def is_tolerated(difference, expected, amount, rate):
    """Whether a difference needs no explanation (K32: the larger of both limits).

    :param difference: received − expected, in the currency of the store
    :param expected: what was expected
    :param amount: tolerated amount
    :param rate: tolerated share of the expected payment
    """
    return abs(round(difference, 2)) <= max(amount, round(abs(expected) * rate, 2))

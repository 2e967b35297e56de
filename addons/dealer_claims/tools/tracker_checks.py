"""Checks of an imported claim tracker, as pure functions (no ORM).

Rows as described in :mod:`odoo.addons.dealer_insurance.tools.import_facts`.
"""

import re
from collections import Counter
from datetime import date, timedelta
from itertools import combinations
from typing import Any, NamedTuple

from odoo.addons.dealer_insurance.tools.import_facts import Issue, day, money

from .tracker_columns import DATE_CHAINS
from .tracker_words import REJECTED

#: A day in a title: 2026-10-31, 2026/10/31, 2026.10.31, 2026年10月31日
_TITLE_DAY = re.compile(r"(20\d\d)\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})")
#: Cases that must agree before they tell on which day the tracker was written.
ENOUGH_VOTES = 3


class TrackerRules(NamedTuple):
    """Everything the checks need that is data, not code.

    :param due_days: function row -> days in which the insurer pays
    :param as_of: day on which unpaid cases are judged, None = unknown
    """

    due_days: Any
    as_of: date | None = None


def check_tracker(rows, rules):
    """All problems of the lines of a tracker, each at its root.

    :param rows: data rows in file order, second copies left out
    :param rules: :class:`TrackerRules`
    :return: list of :class:`Issue`
    """
    rows = list(rows)
    orders = list(check_order(rows))
    wrong_days = {(id(issue.row), issue.field) for issue in orders}
    return [
        *orders,
        *check_differences(rows),
        *check_payments(rows),
        *check_overdue(rows, rules, wrong_days),
    ]


def date_pairs():
    """Pairs (earlier, later) of days that cannot stand the other way round."""
    pairs = {}
    for chain in DATE_CHAINS:
        pairs.update(dict.fromkeys(combinations(chain, 2)))
    return list(pairs)


_PAIRS = date_pairs()
_RANK = {
    key: rank
    for rank, key in enumerate(dict.fromkeys(k for chain in DATE_CHAINS for k in chain))
}


def wrong_days(days):
    """Days to blame when some stand in an impossible order.

    The day that contradicts most of the others is wrong; of two that contradict each
    other only, the later step was typed last.

    :param days: {key: date}
    :return: list of keys, the worst first
    """
    conflicts = [
        pair
        for pair in _PAIRS
        if pair[0] in days and pair[1] in days and days[pair[1]] < days[pair[0]]
    ]
    blamed = []
    while conflicts:
        counts = Counter(key for pair in conflicts for key in pair)
        worst = max(counts, key=lambda key: (counts[key], _RANK[key]))
        blamed.append(worst)
        conflicts = [pair for pair in conflicts if worst not in pair]
    return blamed


def check_order(rows):
    """Days of a case that lie before the step before."""
    for row in rows:
        days = {
            key: day(row.get(key))
            for key in _RANK
            if row.get(key) and not row.doubtful(key)
        }
        for key in wrong_days(days):
            yield Issue(row, "date_order", key, {})


def check_differences(rows):
    """A written difference that is not what was received less what was expected."""
    for row in rows:
        received, expected = money(row.get("received")), money(row.get("expected"))
        written = money(row.get("diff"))
        if None in (received, expected, written):
            continue
        if row.doubtful("received", "expected", "diff"):
            continue
        right = received - expected
        if written != right:
            yield Issue(row, "difference_wrong", "diff", {"expected": right}, right)


def check_payments(rows):
    """Money that was received without a day."""
    for row in rows:
        if (
            money(row.get("received"))
            and not row.get("paid_on")
            and not row.doubtful("received", "paid_on")
        ):
            yield Issue(row, "paid_without_date", "paid_on", {})


def is_rejected(row):
    """Whether the status of a line says that the insurer refuses to pay."""
    status = str(row.get("status") or "").lower()
    return any(word in status for word in REJECTED)


def check_overdue(rows, rules, wrong=frozenset()):
    """Overdue days that do not fit the days of the case (SM-10 row 17).

    Due is the day of submission and the days in which the insurer pays. A case that
    was never submitted or was rejected is not overdue.

    :param wrong: (id of row, key) of days that are known to be wrong
    """
    for row in rows:
        written = row.get("overdue_days")
        if written is None or row.doubtful("submit_date", "paid_on", "overdue_days"):
            continue
        if {(id(row), "submit_date"), (id(row), "paid_on")} & wrong:
            continue
        if money(row.get("received")) and not row.get("paid_on"):
            continue
        right = overdue_days(row, rules)
        if right is not None and int(written) != right:
            yield Issue(
                row, "overdue_days_wrong", "overdue_days", {"expected": right}, right
            )


def overdue_days(row, rules):
    """Days that the payment of a line was or is late, None when nobody can say."""
    submitted = day(row.get("submit_date"))
    if not submitted or is_rejected(row):
        return 0
    until = day(row.get("paid_on")) or rules.as_of
    if not until:
        return None
    due = submitted + timedelta(days=rules.due_days(row))
    return max((until - due).days, 0)


def title_day(texts):
    """The day that a title tells ("截至2026-10-31"), None when it tells none."""
    for text in texts:
        match = _TITLE_DAY.search(str(text))
        if match:
            try:
                return date(*map(int, match.groups()))
            except ValueError:
                continue
    return None


def voted_day(rows, due_days):
    """The day on which unpaid cases were judged, told by their own overdue days.

    :param due_days: function row -> days in which the insurer pays
    :return: date or None when too few lines agree
    """
    votes = Counter(
        day(row.get("submit_date"))
        + timedelta(days=due_days(row) + int(row.get("overdue_days")))
        for row in rows
        if row.get("submit_date")
        and row.get("overdue_days")
        and not row.get("paid_on")
        and not is_rejected(row)
    )
    if not votes:
        return None
    [(best, count)] = votes.most_common(1)
    return best if count >= ENOUGH_VOTES else None


def last_day(rows):
    """The latest day on which something happened in a tracker, None without days."""
    return max(
        (
            day(row.get(key))
            for row in rows
            for key in (*_RANK, "returned_date", "refund_date")
            if row.get(key)
        ),
        default=None,
    )

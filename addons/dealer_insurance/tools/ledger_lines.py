"""Ledgers with one line for each policy: the lines of one deal become one line.

Pure functions, no ORM; rows as described in :mod:`import_facts`. The values move to
the columns of a ledger that has the policies side by side; each remembers the cell it
came from (``row.places``), so that a problem is shown where it stands in the file.
"""

import hashlib
from decimal import Decimal

from .import_facts import CENT, amount, day, money

#: product -> (number, start, end, premium) of a ledger with the policies side by side
SIDE_BY_SIDE = {
    "ctpl": ("ctpl_no", "ctpl_start", "ctpl_end", "ctpl_premium"),
    "commercial": ("comm_no", "comm_start", "comm_end", "comm_premium"),
    "other": ("other_no", None, None, "other_premium"),
    "tax": (None, None, None, "tax"),
}
LINE = ("line_no", "cover_start", "cover_end", "line_premium")
#: Money of a deal that each of its lines may print for itself.
SHARED_MONEY = (
    "tax",
    "amount_due",
    "amount_received",
    "balance",
    "concession_amt",
    "fee_expected",
)
#: What lines of one deal may say differently without meaning another deal.
OWN = frozenset({"seq", "line_product", "issued_at", "covers", "note", *LINE})


def place_line(row):
    """Move number, dates and premium of a line to the columns of its product."""
    product = row.get("line_product")
    for source, target in zip(LINE, SIDE_BY_SIDE.get(product, ()), strict=False):
        if target and row.get(source) is not None and row.get(target) is None:
            row.values[target] = row.values[source]
            row.places[target] = (row, source)


def share_cover_dates(row):
    """One pair of cover dates that stands for all policies of the line."""
    for source, at in (("cover_start", 1), ("cover_end", 2)):
        if row.get(source) is None:
            continue
        for number, *dates, premium in (
            SIDE_BY_SIDE["ctpl"],
            SIDE_BY_SIDE["commercial"],
        ):
            target = dates[at - 1]
            if row.get(target) is None and (row.get(number) or row.get(premium)):
                row.values[target] = row.values[source]
                row.places[target] = (row, source)


def join_lines(rows):
    """Join the lines of each deal of a ledger with one line for each policy.

    Lines belong together when ledger number (where the file has one), insurer, car,
    day of issue and status agree and each names another product. A line without car
    or day stays alone.

    :param rows: data rows in file order
    :return: contradictions inside a deal, as list of (joined row, field key, first row)
    """
    deals, contradictions = {}, []
    for row in rows:
        if "line_product" not in row.sheet.columns:
            share_cover_dates(row)
            continue
        place_line(row)
        if row.get("line_product") is None or not row.get("vin"):
            continue
        issued = day(row.get("issued_at"))
        if not issued:
            continue
        key = (
            row.sheet.index,
            row.get("ledger_no"),
            row.get("insurer"),
            row.get("vin"),
            issued,
            row.get("status") or "normal",
        )
        deal = deals.setdefault(key, [])
        same = next(
            (line for line in deal if line.source_digest == row.source_digest), None
        )
        if same:
            row.add(
                "duplicate_row",
                "line_no",
                first=same.row_no,
                sheet=same.sheet.name,
            )
            row.dropped = True
        elif row.get("line_product") in {line.get("line_product") for line in deal}:
            # The same product twice is another deal.
            deals[key] = [row]
        else:
            deal.append(row)
            if len(deal) > 1:
                row.kind, row.leader = "joined", deal[0]
                deal[0].joined.append(row)
    for row in rows:
        if row.joined:
            contradictions += _complete(row)
    for row in rows:
        if "line_product" in row.sheet.columns:
            for key in LINE:
                row.values[key] = None
    return contradictions


def _complete(leader):
    """Fill the first line of a deal with what its other lines say."""
    lines = [leader, *leader.joined]
    payload = "|".join(line.source_digest for line in lines)
    leader.source_digest = hashlib.sha256(payload.encode()).hexdigest()[:32]
    shared = {key: _shared_amount(lines, key) for key in SHARED_MONEY}
    contradictions = []
    for line in leader.joined:
        for key, value in line.values.items():
            if value is None or key in OWN or shared.get(key) is not None:
                continue
            if leader.get(key) is None:
                leader.values[key] = value
                leader.places[key] = line.places.get(key, (line, key))
            elif leader.get(key) != value:
                contradictions.append((line, key, leader))
    leader.values.update(
        {key: value for key, value in shared.items() if value is not None}
    )
    return contradictions


def _shared_amount(lines, key):
    """Amount of the deal (CNY) from what its lines print.

    Lines that all print the same sum, which is the sum of all policies of the deal,
    print the sum of the deal; else each prints its own part.

    :return: Decimal, None when no line prints any
    """
    printed = [line.get(key) for line in lines if line.get(key) is not None]
    if not printed:
        return None
    whole = sum(
        (
            amount(line, column)
            for line in lines
            for column in ("ctpl_premium", "comm_premium", "other_premium")
        ),
        Decimal(0),
    )
    taxes = {money(line.get("tax")) for line in lines} - {None}
    whole_with_tax = whole + sum(taxes, Decimal(0))
    if len(printed) == len(lines) and len({money(value) for value in printed}) == 1:
        first = money(printed[0])
        repeated = key in ("tax", "concession_amt", "fee_expected")
        if repeated or first in (whole, whole_with_tax):
            return first
    return sum(map(money, printed), Decimal(0)).quantize(CENT)

"""Printed totals of an imported ledger, held against the lines above them (no ORM)."""

import re
from collections import defaultdict
from decimal import Decimal

from .import_facts import Issue, amount, money
from .ledger_checks import PART_FIELDS, is_void

#: Columns of money that a total line may print.
TOTAL_FIELDS = (
    *PART_FIELDS,
    "standard",
    "amount_due",
    "concession_amt",
    "amount_received",
    "balance",
    "fee_expected",
)
GRAND_TOTAL = re.compile(r"总\s*计|总\s*合\s*计|累\s*计|全\s*年|grand|cumulative", re.I)


def check_totals(rows, fields=TOTAL_FIELDS, earlier=None):
    """Printed totals that differ from the lines above them.

    Compared with what is printed, not with what would be right: all lines above count
    as they stand, second copies included, void lines left out. A total line directly
    below another total, or one that calls itself a grand total, sums the whole sheet;
    any other sums the lines since the last total.

    :param rows: data and total rows of one sheet in file order
    :param fields: money columns to compare
    :param earlier: sums of the sheets before this one by field (CNY), added to here; a
        running total may go on from sheet to sheet
    """
    section, whole = defaultdict(Decimal), defaultdict(Decimal)
    since_total = 0
    earlier = {} if earlier is None else earlier
    before = dict(earlier)
    for row in rows:
        if row.kind == "data":
            since_total += 1
            for field in () if is_void(row) else fields:
                value = amount(row, field)
                section[field] += value
                whole[field] += value
            continue
        if row.kind != "total":
            continue
        label = " ".join(text for _col, text in sorted(row.cells.items())[:4])
        grand = not since_total or bool(GRAND_TOTAL.search(label))
        expected = whole if grand else section
        for field in fields:
            printed = money(row.get(field))
            running = expected[field] + before.get(field, 0) if grand else None
            if printed is not None and printed not in (expected[field], running):
                yield Issue(
                    row,
                    "subtotal_mismatch",
                    field,
                    {"expected": expected[field]},
                    expected[field],
                )
        if not grand:
            section.clear()
            since_total = 0
    for field, value in whole.items():
        earlier[field] = before.get(field, Decimal(0)) + value

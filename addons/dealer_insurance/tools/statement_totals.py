"""Totals printed on a fee statement, held against its lines (no ORM).

A printed total is never trusted and never silently passed over: each one is compared
with the lines above it under every rule that insurers are known to use, and the rule
that fits is reported.
"""

from decimal import Decimal
from typing import NamedTuple

from .import_facts import money

#: Rules in the order in which they are tried.
SCOPES = ("section", "whole")
SIGNS = ("all", "positive")


class TotalCheck(NamedTuple):
    """One printed total.

    :param row_no: row of the file
    :param column: key of the column in which it stands
    :param printed: printed amount
    :param scope: section (since the last total) or whole; "" when nothing fits
    :param signs: all, or positive when negative lines were left out
    :param read_as: column whose sum it is; another one than its own when the insurer
        prints, for example, the fee with VAT below the fee without
    :param expected: sum of all lines of the most likely scope
    :param left_out: sum of the negative lines that were left out
    """

    row_no: int
    column: str
    printed: Decimal
    scope: str
    signs: str
    read_as: str
    expected: Decimal
    left_out: Decimal = Decimal(0)

    @property
    def fits(self):
        return bool(self.scope)

    @property
    def plain(self):
        """True when it is simply the sum of its own column."""
        return self.fits and self.signs == "all" and self.read_as == self.column


def check_totals(rows, columns, families=(), tolerance=Decimal("0.00")):
    """Checks of all printed totals of one sheet.

    :param rows: iterable of (row_no, is_total, {column: amount}) in file order
    :param columns: keys of money columns
    :param families: sets of columns of which one may be printed below another
    :param tolerance: difference that still fits, company currency
    :return: list of :class:`TotalCheck`
    """
    checks, lines, section_from, since = [], [], 0, 0
    for row_no, is_total, values in rows:
        if not is_total:
            lines.append(values)
            since += 1
            continue
        printed = {
            column: money(values.get(column))
            for column in columns
            if money(values.get(column)) is not None
        }
        if not printed:
            continue
        scopes = {"section": lines[section_from:], "whole": lines}
        if not since:
            # Directly below another total: the sum of everything.
            scopes = {"whole": lines}
        for column, amount in printed.items():
            checks.append(_check(row_no, column, amount, scopes, families, tolerance))
        if since and not any(
            check.scope == "whole" for check in checks if check.row_no == row_no
        ):
            section_from = len(lines)
        since = 0
    return checks


def _check(row_no, column, printed, scopes, families, tolerance):
    others = [column]
    for family in families:
        if column in family:
            others += [other for other in family if other != column]
    for read_as in others:
        for signs in SIGNS:
            for scope, lines in scopes.items():
                total, left_out = _sum(lines, read_as, signs)
                has_any = any(money(line.get(read_as)) for line in lines)
                if has_any and abs(total - printed) <= tolerance:
                    return TotalCheck(
                        row_no, column, printed, scope, signs, read_as, total, left_out
                    )
    scope = next(iter(scopes))
    total, _left_out = _sum(scopes[scope], column, "all")
    return TotalCheck(row_no, column, printed, "", "all", column, total)


def _sum(lines, column, signs):
    """(sum, sum of what was left out) of a column."""
    total = left_out = Decimal(0)
    for line in lines:
        value = money(line.get(column)) or Decimal(0)
        if signs == "positive" and value < 0:
            left_out += value
        else:
            total += value
    return total, left_out

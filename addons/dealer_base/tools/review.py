"""Figures and tables of a period analysis, as pure values (no ORM).

A kind of analysis returns them; the review freezes, compares, shows and prints them.
"""

import datetime
import math
from typing import NamedTuple

# Frozen numbers are compared with live ones up to this many decimals.
DECIMALS = 6
UNKNOWN = "—"


class Figure(NamedTuple):
    """One figure of a period.

    :param code: name of the figure within its kind
    :param value: number, None when it is not known (a zero denominator)
    :param previous: the same figure of the period before, None when not known
    :param unit: ``count``, ``share`` (fraction), ``money`` (currency of the store),
        ``hours`` or ``days``
    """

    code: str
    value: float | None
    previous: float | None = None
    unit: str = "count"


class Column(NamedTuple):
    """A column of a table.

    :param key: key in the rows
    :param label: translated heading
    :param kind: ``text``, ``choices``, ``date`` or a unit of :class:`Figure`
    :param choices: dict code -> translated text, for ``choices`` (a list of codes)
    :param width: share of the page in percent, 0 = what is left
    """

    key: str
    label: str
    kind: str = "text"
    choices: dict | None = None
    width: int = 0


class Table(NamedTuple):
    """A table of a kind of analysis: what its rows mean in words.

    :param code: key of its rows in the snapshot
    :param title: translated title
    :param columns: :class:`Column` tuples
    :param empty: translated sentence that stands there when there is no row
    """

    code: str
    title: str
    columns: tuple
    empty: str = ""


def ratio(part, whole):
    """Share of ``part`` in ``whole``; None for a zero denominator (domain.md §5)."""
    return part / whole if whole else None


def plain(value):
    """Value as JSON keeps it: dates as text, numbers rounded, recordsets refused."""
    if isinstance(value, (datetime.date, datetime.datetime)):
        return value.isoformat()
    if isinstance(value, bool) or value is None or isinstance(value, (str, int)):
        return value
    if isinstance(value, float):
        return round(value, DECIMALS) if math.isfinite(value) else None
    if isinstance(value, (list, tuple, set, frozenset)):
        items = sorted(value) if isinstance(value, (set, frozenset)) else value
        return [plain(item) for item in items]
    raise TypeError(f"{type(value).__name__} cannot be frozen")


def snapshot(figures, tables):
    """Figures and rows in the form in which a review keeps them.

    :param figures: list of :class:`Figure`
    :param tables: dict table code -> list of dict
    :return: dict ready for a JSON field
    """
    return {
        "figures": [
            [item.code, plain(item.value), plain(item.previous), item.unit]
            for item in figures
        ],
        "tables": {
            code: [{key: plain(value) for key, value in row.items()} for row in rows]
            for code, rows in tables.items()
        },
    }


def snapshot_figures(data):
    """Figures of a snapshot: dict code -> :class:`Figure`, in order."""
    return {line[0]: Figure(*line) for line in (data or {}).get("figures", [])}


def snapshot_rows(data, code):
    """Rows of one table of a snapshot."""
    return (data or {}).get("tables", {}).get(code, [])

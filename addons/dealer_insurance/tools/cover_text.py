"""Recognise covers in the free text of a ledger, without ORM.

A ledger writes the covers of a policy in one cell, joined with signs and with the sums
in ten thousands: ``车损/三者150万/司机1万/乘客1万*4`` or ``车损+三者200万+司乘1万*5``.
Which words stand for which cover is data (``dealer.cover.keywords``).
"""

import re
import unicodedata
from decimal import Decimal
from typing import NamedTuple

_SEPARATORS = re.compile(r"[/+＋、，,;；|\n\r\t]+")
_SEATS = re.compile(r"[*×xX]\s*(\d{1,3})")
_AMOUNT = re.compile(r"(\d{1,12}(?:\.\d{1,4})?)\s*([万千元wWkK]?)")
_UNITS = {"万": 10000, "w": 10000, "千": 1000, "k": 1000}


class CoverItem(NamedTuple):
    """One cover found in the text: its code, the sum in yuan (0 = none written), the
    seats (0 = none written) and the words it was read from."""

    code: str
    sum_insured: Decimal
    seats: int
    text: str


class CoverText(NamedTuple):
    """What a cover text says, and the parts nobody could read."""

    items: list
    unknown: list


def normalise(text):
    """Full-width signs and digits to half-width, outer blanks off."""
    return unicodedata.normalize("NFKC", text or "").strip()


def parse_covers(text, keywords):
    """Split a cover text into covers.

    :param text: cell of the ledger
    :param keywords: iterable of (word, code, seat_role); seat_role is "driver",
        "passenger" or falsy. One word may stand for two covers: driver and
        passengers written together share the seats, one for the driver.
    :return: :class:`CoverText`, items in the order of the text
    """
    known = {}
    for word, code, seat_role in keywords:
        known.setdefault(normalise(word).lower(), []).append((code, seat_role))
    known.pop("", None)
    # The longest word wins: a product name may contain a shorter one.
    words = sorted(known, key=len, reverse=True)
    items, unknown = [], []
    for part in _SEPARATORS.split(normalise(text)):
        part = part.strip()
        if not part:
            continue
        lowered = part.lower()
        word = next((word for word in words if word in lowered), None)
        if word is None:
            unknown.append(part)
            continue
        rest = lowered.replace(word, " ", 1)
        seats_match = _SEATS.search(rest)
        seats = int(seats_match[1]) if seats_match else 0
        if seats_match:
            rest = rest[: seats_match.start()] + rest[seats_match.end() :]
        amount_match = _AMOUNT.search(rest)
        amount = Decimal(0)
        if amount_match:
            amount = Decimal(amount_match[1]) * _UNITS.get(amount_match[2], 1)
        covers = known[word]
        roles = {role for _code, role in covers}
        shared = {"driver", "passenger"} <= roles
        for code, role in covers:
            items.append(CoverItem(code, amount, _seats(seats, role, shared), part))
    return CoverText(items, unknown)


def _seats(seats, role, shared):
    if role == "driver":
        return 1 if seats or shared else 0
    if role == "passenger" and shared:
        return max(seats - 1, 0)
    return seats

"""What the checks of both imported ledgers share.

Pure functions, no ORM. A row is an ``ImportRow`` of the import engine (or anything that
quacks like one): ``values``, ``get(key)``, ``has(code, field)``, ``doubtful(*fields)``,
``kind``, ``dropped``, ``sheet.name`` and ``row_no``. A check yields :class:`Issue`
tuples and changes nothing, so it can be run over plain objects.
"""

import re
from collections import Counter, defaultdict
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any, NamedTuple

from ..const import NEV_ENERGIES

CENT = Decimal("0.01")
#: Share of the other lines that must agree before they overrule one cell.
MAJORITY = 0.8
#: Lines needed before the file can teach anything.
ENOUGH_LINES = 3
#: Length of a plate of a new-energy car (GA 36); every other plate has seven.
NEV_PLATE_LENGTH = 8


#: Energy types of cars without a combustion engine.
ENGINELESS = frozenset({"bev", "fcev"})


class Issue(NamedTuple):
    """One problem of one cell: what a check hands to the import engine.

    :param suggestion: the value that would be right, when it is known
    """

    row: Any
    code: str
    field: str
    facts: dict
    suggestion: Any = None


def money(value):
    """Amount as Decimal rounded to cents, or None when there is none.

    :param value: number in CNY, or text of one
    """
    if value is None or value is False or value == "":
        return None
    try:
        return Decimal(str(value)).quantize(CENT, rounding=ROUND_HALF_UP)
    except InvalidOperation:
        return None


def amount(row, key):
    """Amount of a cell in CNY; an empty cell counts as zero."""
    return money(row.get(key)) or Decimal(0)


def factor(value):
    """A factor (float, NCD) as Decimal without rounding noise, or None."""
    if value is None or value is False or value == "":
        return None
    return round(Decimal(str(value)), 6).normalize()


def day(value):
    """Calendar day of a date or datetime, or None."""
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else None


def litres(text):
    """Displacement in litres from "1.6", "2.0L" or "1598ml"; None when unreadable."""
    match = re.search(r"\d+(?:\.\d+)?", str(text if text is not None else ""))
    if not match:
        return None
    value = Decimal(match.group())
    # Nobody drives a hundred litres; the number is in cubic centimetres.
    return value / 1000 if value >= 100 else value


def one_apart(left, right):
    """True when two texts of the same length differ in exactly one place."""
    if not left or not right or len(left) != len(right):
        return False
    return sum(a != b for a, b in zip(left, right, strict=True)) == 1


def energy_samples(rows):
    """(VIN, model text, energy type) of every line, food for the teacher."""
    return [(row.get("vin"), row.get("model"), row.get("energy")) for row in rows]


class EnergyTeacher:
    """Learns the energy type of a car from the other records that name it.

    Nothing about any model is known beforehand: evidence is what the other lines of
    the file and the vehicle master say about the same VIN and the same model text.

    :param samples: iterable of (vin, model_text, energy)
    """

    def __init__(self, samples):
        self._by_vin = defaultdict(Counter)
        self._by_model = defaultdict(Counter)
        for vin, model, energy in samples:
            if not energy:
                continue
            if vin:
                self._by_vin[vin][energy] += 1
            if model:
                self._by_model[self._model(model)][energy] += 1

    @staticmethod
    def _model(text):
        return "".join(str(text).split()).upper()

    def _verdict(self, counter, own, enough):
        """The energy the others agree on, without the line's own voice."""
        others = Counter(counter)
        if own and others[own]:
            others[own] -= 1
        total = sum(others.values())
        if total < enough:
            return None
        energy, count = others.most_common(1)[0]
        return energy if count >= MAJORITY * total else None

    def opinion(self, vin, model, own):
        """Energy type the other records agree on, or None when they do not."""
        by_model = self._verdict(
            self._by_model.get(self._model(model), Counter()) if model else Counter(),
            own,
            ENOUGH_LINES,
        )
        if by_model:
            return by_model
        return self._verdict(self._by_vin.get(vin, Counter()), own, 1)


def energy_of(row, teacher):
    """Energy type of the line's car, corrected by what the file has taught."""
    own = row.get("energy")
    return teacher.opinion(row.get("vin"), row.get("model"), own) or own


def check_energy(rows, teacher):
    """Energy type that does not fit the model, the plate or the displacement.

    Evidence in this order: the other records of the same model text or VIN; a plate
    of new-energy length on a fuel or plain hybrid car; a displacement of zero on a
    car that burns fuel.
    """
    for row in rows:
        own = row.get("energy")
        if not own:
            continue
        taught = teacher.opinion(row.get("vin"), row.get("model"), own)
        if taught == own:
            continue
        plate = row.get("plate") or ""
        if taught:
            clue = row.get("model") or row.get("vin")
        elif len(plate) == NEV_PLATE_LENGTH and own not in NEV_ENERGIES:
            clue = plate
        elif litres(row.get("displacement")) == 0 and own not in ENGINELESS:
            clue = "0 L"
        else:
            continue
        yield Issue(row, "energy_mismatch", "energy", {"clue": clue}, taught)

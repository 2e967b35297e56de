"""What the checks of both imported ledgers share.

Pure functions on normalised rows, no ORM. A row is any object with

* ``values``: dict of field key to the normalised value (money as number, dates as
  ``date``/``datetime``, selections as their code, everything else as text);
* ``codes(field_key)``: the problem codes already found in that cell;
* ``sheet`` and ``number``: where a person finds the line in his file.

A check yields :class:`Issue` tuples and changes nothing.
"""

from collections import Counter, defaultdict
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any, NamedTuple

CENT = Decimal("0.01")
#: Share of the other lines that must agree before they overrule one cell.
MAJORITY = 0.8
#: Lines needed before the file can teach anything.
ENOUGH_LINES = 3
#: Length of a plate of a new-energy car (GA 36); every other plate has seven.
NEV_PLATE_LENGTH = 8
#: Energy types whose cars carry new-energy plates and new-energy products.
NEV_ENERGIES = frozenset({"bev", "phev", "fcev"})


class Issue(NamedTuple):
    """One problem of one cell: what a check hands to the import engine."""

    row: Any
    code: str
    field: str
    facts: dict


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
    return money(row.values.get(key)) or Decimal(0)


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


def one_apart(left, right):
    """True when two texts of the same length differ in exactly one place."""
    if not left or not right or len(left) != len(right):
        return False
    return sum(a != b for a, b in zip(left, right, strict=True)) == 1


def line_print(row, ignored=()):
    """Hashable picture of a whole line, used to recognise second copies."""
    return tuple(
        sorted(
            (key, str(value))
            for key, value in row.values.items()
            if key not in ignored and value not in (None, False, "")
        )
    )


def check_second_copies(rows, key_field, ignored=("seq",)):
    """Whole lines that are entered twice; the second copy is the problem.

    :param rows: data rows in the order of the file
    :param key_field: field key that carries the finding (and must not be empty)
    :param ignored: field keys that may differ between copies (running numbers)
    """
    first_of = {}
    for row in rows:
        if not row.values.get(key_field):
            continue
        picture = line_print(row, ignored)
        first = first_of.setdefault(picture, row)
        if first is not row:
            yield Issue(
                row,
                "duplicate_row",
                key_field,
                {"first_sheet": first.sheet, "first_row": first.number},
            )


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
    values = row.values
    own = values.get("energy")
    return teacher.opinion(values.get("vin"), values.get("model"), own) or own


def check_energy(rows, teacher):
    """Energy type that does not fit the model, the plate or the displacement.

    Evidence in this order: the other records of the same model text or VIN; a plate
    of new-energy length on a fuel or plain hybrid car; a displacement of zero on a
    car that burns fuel.
    """
    for row in rows:
        values = row.values
        own = values.get("energy")
        if not own:
            continue
        taught = teacher.opinion(values.get("vin"), values.get("model"), own)
        if taught == own:
            continue
        plate = "".join(str(values.get("plate") or "").split())
        displacement = values.get("displacement")
        if taught:
            facts = {"expected": taught, "reason": "model"}
        elif len(plate) == NEV_PLATE_LENGTH and own not in NEV_ENERGIES:
            facts = {"reason": "plate", "plate": plate}
        elif displacement == 0 and displacement is not False and own != "bev":
            if own == "fcev":
                continue
            facts = {"reason": "displacement"}
        else:
            continue
        yield Issue(row, "energy_mismatch", "energy", {"value": own, **facts})


def check_names(rows, fields, known, variant_of):
    """Staff names that are a short or misspelt form of a known one.

    :param rows: data rows
    :param fields: field keys of the staff columns
    :param known: names of the staff master (and their aliases)
    :param variant_of: function (name, known names) to the full name or None
    """
    frequency = Counter(
        row.values[field]
        for row in rows
        for field in fields
        if row.values.get(field)
    )
    # A name a file uses often is a name; one it uses once may be a slip. The master
    # decides where it knows the name.
    frequent = {name for name, count in frequency.items() if count >= ENOUGH_LINES}
    names = set(known) | frequent
    verdict = {}
    for name in frequency:
        if name in known:
            continue
        candidates = names - {name}
        full = variant_of(name, candidates) if candidates else None
        if full and (name not in frequent or full in known):
            # Of two frequent spellings neither is a slip of the other, unless the
            # master knows one of them.
            verdict[name] = full
    for row in rows:
        for field in fields:
            full = verdict.get(row.values.get(field))
            if full:
                yield Issue(
                    row,
                    "name_variant",
                    field,
                    {"value": row.values[field], "expected": full},
                )

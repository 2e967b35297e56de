"""Checks of an imported new-car delivery list, as pure functions (no ORM).

Rows as described in :mod:`import_facts`. The comparison with the underwriting ledger
takes whatever the system knows of it: issued underwritings and lines of ledger files
that were read but not yet taken over.
"""

from collections import defaultdict
from typing import NamedTuple

from .import_facts import (
    EnergyTeacher,
    Issue,
    check_energy,
    check_names,
    check_second_copies,
    day,
    one_apart,
)

STAFF_FIELDS = ("consultant",)
#: Problems of a VIN that make it useless for comparison with another file.
BROKEN_VIN = frozenset({"vin_check_digit", "vin_length", "vin_characters"})


class LedgerCar(NamedTuple):
    """What the underwriting ledger says of one car.

    :param vin: normalised VIN
    :param new_car: the line is new-car business and not void
    :param broken: the VIN is known to be mistyped
    """

    vin: str
    new_car: bool
    broken: bool = False


class DeliveryRules(NamedTuple):
    """Everything the checks need that is data, not code.

    :param ledger: iterable of :class:`LedgerCar`, None when the ledger is unknown
    :param period: (first day, last day) the ledger covers, None = no limit
    :param staff_names: names (and aliases) of the staff master
    :param variant_of: function (name, known names) to full name or None
    :param vehicles: iterable of (vin, model_text, energy) of the vehicle master
    """

    ledger: object = None
    period: tuple | None = None
    staff_names: frozenset = frozenset()
    variant_of: object = None
    vehicles: tuple = ()


def check_deliveries(rows, rules):
    """All problems of the data rows of a delivery list, each at its root.

    :param rows: data rows in file order, all sheets
    :param rules: :class:`DeliveryRules`
    :return: list of :class:`Issue`
    """
    copies = list(check_second_copies(rows, "vin"))
    copied = {id(issue.row) for issue in copies}
    firsts = [row for row in rows if id(row) not in copied]
    teacher = EnergyTeacher(
        [
            (row.values.get("vin"), row.values.get("model"), row.values.get("energy"))
            for row in firsts
        ]
        + list(rules.vehicles)
    )
    flags = list(check_flags(firsts, rules))
    contradicted = {id(issue.row) for issue in flags}
    issues = copies + flags
    issues += check_persons(firsts)
    issues += check_dates(firsts)
    issues += check_reasons(row for row in firsts if id(row) not in contradicted)
    issues += check_energy(firsts, teacher)
    issues += check_delivered_twice(firsts)
    if rules.variant_of:
        issues += check_names(
            firsts, STAFF_FIELDS, rules.staff_names, rules.variant_of
        )
    return issues


def check_persons(rows):
    """Identity number and telephone of the buyer that are missing."""
    for row in rows:
        for field, code in (("id_no", "missing_id"), ("mobile", "missing_mobile")):
            if field in row.values and not row.values[field] and not row.codes(field):
                yield Issue(row, code, field, {})


def check_dates(rows):
    """Cars handed over before they were invoiced."""
    for row in rows:
        delivered = day(row.values.get("delivery_date"))
        invoiced = day(row.values.get("invoice_date"))
        if delivered and invoiced and delivered < invoiced:
            yield Issue(
                row,
                "delivery_before_invoice",
                "invoice_date",
                {"delivered": str(delivered), "invoiced": str(invoiced)},
            )


def check_reasons(rows):
    """Cars not insured in the store without a written reason (K03)."""
    for row in rows:
        if row.values.get("in_store") is False and not row.values.get("lost_text"):
            yield Issue(row, "missing_lost_reason", "lost_text", {})


def check_delivered_twice(rows):
    """One VIN on two delivery lines that are not copies of each other."""
    first_of = {}
    for row in rows:
        vin = row.values.get("vin")
        if not vin:
            continue
        first = first_of.setdefault(vin, row)
        if first is not row:
            yield Issue(
                row,
                "duplicate_vin",
                "vin",
                {
                    "value": vin,
                    "first_sheet": first.sheet,
                    "first_row": first.number,
                },
            )


def check_flags(rows, rules):
    """Insured-here flags that the underwriting ledger contradicts.

    A VIN that is mistyped here or there is the root of a difference, not the flag: a
    line with a broken VIN is not judged, and a broken VIN of the ledger that is one
    character away counts as the same car. Without a ledger nothing is said; outside
    the days the ledger covers a missing line proves nothing.
    """
    if rules.ledger is None:
        return
    known, broken = defaultdict(bool), []
    for car in rules.ledger:
        known[car.vin] = known[car.vin] or car.new_car
        if car.broken and car.new_car:
            broken.append(car.vin)
    for row in rows:
        vin, flag = row.values.get("vin"), row.values.get("in_store")
        if not vin or flag is None or BROKEN_VIN & set(row.codes("vin")):
            continue
        insured = known.get(vin, False)
        if flag == insured:
            continue
        if flag and any(one_apart(vin, other) for other in broken):
            continue
        on = day(row.values.get("delivery_date"))
        if flag and rules.period and on:
            first, last = rules.period
            if not first <= on <= last:
                continue
        yield Issue(
            row, "flag_mismatch_ledger", "in_store", {"value": flag, "expected": insured}
        )

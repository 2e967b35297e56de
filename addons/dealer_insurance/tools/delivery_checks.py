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
    day,
    energy_samples,
    one_apart,
)


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

    :param ledger: list of :class:`LedgerCar`, None when no ledger is known yet
    :param period: (first day, last day) the ledger covers, None = no limit
    :param missing_share: share of the cars declared as insured that may be missing in
        the ledger before the ledger itself counts as incomplete
    :param vehicles: (VIN, model text, energy type) of the vehicle master
    """

    ledger: list | None = None
    period: tuple | None = None
    missing_share: float = 1.0
    vehicles: tuple = ()


def check_deliveries(rows, rules):
    """All problems of the lines of a delivery list, each at its root.

    :param rows: data rows in file order, all sheets, second copies left out
    :param rules: :class:`DeliveryRules`
    :return: list of :class:`Issue`
    """
    rows = list(rows)
    teacher = EnergyTeacher([*energy_samples(rows), *rules.vehicles])
    flags = list(check_flags(rows, rules))
    contradicted = {id(issue.row) for issue in flags}
    return [
        *flags,
        *check_dates(rows),
        # A flag that is wrong needs no reason; the flag is the root.
        *check_reasons(row for row in rows if id(row) not in contradicted),
        *check_energy(rows, teacher),
    ]


def check_dates(rows):
    """Cars handed over before they were invoiced."""
    for row in rows:
        delivered = day(row.get("delivery_date"))
        invoiced = day(row.get("invoice_date"))
        if delivered and invoiced and delivered < invoiced:
            yield Issue(
                row,
                "delivery_before_invoice",
                "invoice_date",
                {"delivered": delivered},
            )


def check_reasons(rows):
    """Cars not insured in the store without a written reason (K03)."""
    for row in rows:
        if row.get("in_store") is False and not row.get("lost_text"):
            yield Issue(row, "missing_lost_reason", "lost_text", {})


def check_flags(rows, rules):
    """Insured-here flags that the underwriting ledger contradicts.

    A VIN that is mistyped here or there is the root of a difference, not the flag: a
    line with a broken VIN is not judged, and a broken VIN of the ledger that is one
    character away counts as the same car. Without a ledger nothing is said; outside
    the days the ledger covers a missing line proves nothing. When many declared cars
    are missing, the ledger is not complete yet (one insurer's file of three, say) and
    proves nothing either; a single one is always named.
    """
    if rules.ledger is None:
        return
    declared, missing = 0, []
    known, broken = defaultdict(bool), []
    for car in rules.ledger:
        known[car.vin] = known[car.vin] or car.new_car
        if car.broken and car.new_car:
            broken.append(car.vin)
    for row in rows:
        vin, flag = row.get("vin"), row.get("in_store")
        if not vin or flag is None or row.doubtful("vin", "in_store"):
            continue
        insured = known.get(vin, False)
        issue = Issue(row, "flag_mismatch_ledger", "in_store", {"vin": vin}, insured)
        if not flag:
            if insured:
                yield issue
            continue
        on = day(row.get("delivery_date"))
        if rules.period and on and not rules.period[0] <= on <= rules.period[1]:
            continue
        declared += 1
        if not insured and not any(one_apart(vin, other) for other in broken):
            missing.append(issue)
    if len(missing) <= max(1, declared * rules.missing_share):
        yield from missing

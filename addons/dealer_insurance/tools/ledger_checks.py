"""Checks of an imported underwriting ledger, as pure functions (no ORM).

They look for what a leader would find when reading the paper ledger line by line:
double entries, sums that do not add up, premiums off the table, hand-over without the
cashier's signature, concessions beyond the limit, premium not remitted in time.

A problem is reported at its root only. A sum that fails because one part is already
known to be wrong says nothing new, and a second copy of a line is one problem, not ten.
Codes are those of the problem types; rows as described in :mod:`import_facts`.
"""

import re
from bisect import bisect_right
from collections import Counter, defaultdict
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from .import_facts import (
    CENT,
    NEV_ENERGIES,
    EnergyTeacher,
    Issue,
    amount,
    check_energy,
    check_names,
    check_second_copies,
    day,
    energy_of,
    factor,
    line_print,
    money,
)

#: Policy number columns; the commercial one is repeated by later lines of the deal.
POLICY_FIELDS = ("ctpl_no", "comm_no", "other_no")
#: Premium columns whose sum is the amount due.
PART_FIELDS = ("ctpl_premium", "tax", "comm_premium", "other_premium")
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
STAFF_FIELDS = ("consultant", "principal", "writer", "cashier")
#: (start, end) columns of each cover.
PERIODS = (("ctpl_start", "ctpl_end"), ("comm_start", "comm_end"))
#: Statuses of lines that belong to an earlier policy and repeat its number.
FOLLOWING = frozenset({"refund", "endorsement"})
#: Dates of things that happened (not of cover that lies ahead).
EVENT_FIELDS = ("issued_at", "cashier_date", "deliver_date", "remit_date")
#: Problems of a policy number that make it useless for comparison.
BROKEN_NUMBER = frozenset({"policy_no_as_number"})
GRAND_TOTAL = re.compile(r"总计|总合计|累计|全年|合计金额|grand|cumulative", re.I)
# A cover of a combination: its name ends where the sum insured begins.
COVER_SEPARATOR = re.compile(r"[+/、,，;；]")
COVER_NAME = re.compile(r"^[^\d]*")


class RateRow(NamedTuple):
    """One line of the CTPL premium table, as data (see ``dealer.ctpl.rate``)."""

    use_nature: str
    seat_min: int
    seat_max: int
    amount: Decimal
    date_from: date
    date_to: date | None


class FactorRow(NamedTuple):
    """One legal factor of the store's CTPL float scheme with its period."""

    value: Decimal
    date_from: date | None
    date_to: date | None


class LedgerRules(NamedTuple):
    """Everything the checks need that is data, not code.

    :param rates: CTPL table rows, empty when the store has none (check is left out)
    :param factors: legal float factors of the store's scheme
    :param concession_limit: share of the commercial premium, e.g. 0.05; None = no rule
    :param cash_keywords: words that name a cash rebate
    :param remit_days: function insurer key to the agreed working days (None = no rule)
    :param is_working_day: function day to bool
    :param as_of: day on which overdue is judged
    :param staff_names: names (and aliases) of the staff master
    :param variant_of: function (name, known names) to full name or None
    :param vehicles: iterable of (vin, model_text, energy) of the vehicle master
    :param known_policies: policy number to ledger number of what is in the system
    """

    rates: tuple = ()
    factors: tuple = ()
    concession_limit: Decimal | None = None
    cash_keywords: tuple = ()
    remit_days: object = None
    is_working_day: object = None
    as_of: date | None = None
    staff_names: frozenset = frozenset()
    variant_of: object = None
    vehicles: tuple = ()
    known_policies: dict = {}


def check_ledger(rows, rules):
    """All problems of the data rows of a ledger file, each at its root.

    :param rows: data rows in file order, all sheets
    :param rules: :class:`LedgerRules`
    :return: list of :class:`Issue`
    """
    copies = list(check_second_copies(rows, "ledger_no"))
    copied = {id(issue.row) for issue in copies}
    firsts = [row for row in rows if id(row) not in copied]
    teacher = EnergyTeacher(
        [
            (row.values.get("vin"), row.values.get("model"), row.values.get("energy"))
            for row in firsts
        ]
        + list(rules.vehicles)
    )
    premiums = list(check_ctpl_premium(firsts, rules))
    wrong_parts = {id(issue.row) for issue in premiums}
    issues = copies + premiums
    issues += check_statuses(firsts)
    issues += check_persons(firsts)
    issues += check_policy_numbers(firsts, rules.known_policies)
    issues += check_ledger_numbers(firsts)
    issues += check_periods(firsts)
    issues += check_sums(
        [row for row in firsts if id(row) not in wrong_parts],
    )
    issues += check_energy(firsts, teacher)
    issues += check_nev_products(firsts, teacher)
    issues += check_concessions(firsts, rules)
    issues += check_handover(firsts)
    issues += check_remittance(firsts, rules)
    if rules.variant_of:
        issues += check_names(
            firsts, STAFF_FIELDS, rules.staff_names, rules.variant_of
        )
    return issues


def is_void(row):
    """True for a line whose number was kept but whose deal never took place."""
    return row.values.get("status") == "void"


def latest_event(rows):
    """Latest day on which something is said to have happened, or None.

    The natural "today" of an old ledger: cover ends and other days ahead are left out.
    """
    days = [
        day(row.values[field])
        for row in rows
        for field in EVENT_FIELDS
        if day(row.values.get(field))
    ]
    return max(days, default=None)


# Facts and blanks ------------------------------------------------------------


def check_statuses(rows):
    """Lines to be accepted knowingly: void lines and cancellations."""
    for row in rows:
        status = row.values.get("status")
        if status == "void":
            yield Issue(row, "void_row", "status", {})
        elif status == "refund":
            yield Issue(
                row,
                "refund_row",
                "status",
                {"amount": str(amount(row, "amount_due"))},
            )


def check_persons(rows):
    """Insured person, identity number and telephone that a line must name."""
    blanks = (
        ("insured", "missing_insured"),
        ("id_no", "missing_id"),
        ("mobile", "missing_mobile"),
    )
    for row in rows:
        for field, code in blanks:
            if field in row.values and not row.values[field] and not row.codes(field):
                yield Issue(row, code, field, {})


# Numbers ---------------------------------------------------------------------


def check_policy_numbers(rows, known=None):
    """Policy numbers that belong to another line.

    Endorsement and cancellation lines repeat the number of their policy by right; of
    any other two lines with one number, the later in the file is the wrong one. A
    number that lost digits is a problem of its own and compared with nothing.

    :param known: policy number to ledger number of policies already in the system
    """
    known = known or {}
    first_of = {}
    for row in rows:
        if row.values.get("status") in FOLLOWING:
            continue
        for field in POLICY_FIELDS:
            number = row.values.get(field)
            if not number or BROKEN_NUMBER & set(row.codes(field)):
                continue
            first = first_of.setdefault(number, row)
            if first is not row:
                yield Issue(
                    row,
                    "duplicate_policy_no",
                    field,
                    {
                        "value": number,
                        "first_sheet": first.sheet,
                        "first_row": first.number,
                    },
                )
            elif known.get(number) and known[number] != row.values.get("ledger_no"):
                yield Issue(
                    row,
                    "duplicate_policy_no",
                    field,
                    {"value": number, "ledger_no": known[number]},
                )


def check_ledger_numbers(rows):
    """One ledger number on two lines that are not copies of each other."""
    first_of = {}
    for row in rows:
        number = row.values.get("ledger_no")
        if not number:
            continue
        first = first_of.setdefault((row.values.get("insurer"), number), row)
        if first is not row:
            yield Issue(
                row,
                "duplicate_ledger_no",
                "ledger_no",
                {
                    "value": number,
                    "first_sheet": first.sheet,
                    "first_row": first.number,
                },
            )


def check_periods(rows):
    """Cover that ends before it starts."""
    for row in rows:
        for start_field, end_field in PERIODS:
            start, end = row.values.get(start_field), row.values.get(end_field)
            if start and end and end < start:
                yield Issue(
                    row,
                    "end_before_start",
                    end_field,
                    {"start": str(start), "end": str(end)},
                )


# Money -----------------------------------------------------------------------


def check_sums(rows):
    """Amount due that is not CTPL + vehicle tax + commercial + other (CNY).

    Void lines are checked too: their amounts are printed like any other.
    """
    for row in rows:
        due = money(row.values.get("amount_due"))
        if due is None:
            continue
        expected = sum((amount(row, field) for field in PART_FIELDS), Decimal(0))
        if due != expected:
            yield Issue(
                row,
                "sum_mismatch",
                "amount_due",
                {"value": str(due), "expected": str(expected)},
            )


def _valid_on(row, on):
    return (not row.date_from or row.date_from <= on) and (
        not row.date_to or on <= row.date_to
    )


def _base_premiums(row, rules, on):
    """Table premiums that fit use nature and seats; several when seats are unknown."""
    nature, seats = row.values.get("use_nature"), row.values.get("seats")
    if not nature:
        return set()
    seats = int(seats) if seats else None
    return {
        rate.amount
        for rate in rules.rates
        if rate.use_nature == nature
        and _valid_on(rate, on)
        and (seats is None or rate.seat_min <= seats <= (rate.seat_max or seats))
    }


def check_ctpl_premium(rows, rules):
    """CTPL premium that is not table times float factor, and unlawful factors.

    Table and factors valid on the day of issue apply. A line whose vehicle class is
    not in the table is not judged.
    """
    for row in rows:
        premium = money(row.values.get("ctpl_premium"))
        on = day(row.values.get("issued_at")) or day(row.values.get("ctpl_start"))
        if not premium or not on or row.values.get("status") in FOLLOWING:
            continue
        bases = _base_premiums(row, rules, on)
        legal = {item.value for item in rules.factors if _valid_on(item, on)}
        if not bases:
            continue
        stated = factor(row.values.get("float_factor"))
        if stated is not None and legal and stated not in legal:
            yield Issue(
                row,
                "ctpl_premium_mismatch",
                "float_factor",
                {
                    "value": str(stated),
                    "expected": ", ".join(str(item) for item in sorted(legal)),
                },
            )
            continue
        factors = {stated} if stated is not None else legal or {Decimal(1)}
        expected = {
            (base * item).quantize(CENT, rounding=ROUND_HALF_UP)
            for base in bases
            for item in factors
        }
        if premium not in expected:
            yield Issue(
                row,
                "ctpl_premium_mismatch",
                "ctpl_premium",
                {
                    "value": str(premium),
                    "expected": ", ".join(str(item) for item in sorted(expected)),
                },
            )


def check_concessions(rows, rules):
    """Cash rebates, and concessions beyond the limit of the commercial premium.

    A cash rebate is forbidden at any amount, so its amount is not judged again (G-P5).
    """
    for row in rows:
        text = str(row.values.get("concession_text") or "")
        granted = amount(row, "concession_amt")
        if is_void(row) or not (text or granted):
            continue
        word = next((word for word in rules.cash_keywords if word in text), None)
        if word:
            yield Issue(
                row, "concession_cash", "concession_text", {"value": text, "word": word}
            )
            continue
        if rules.concession_limit is None or row.values.get("status") in FOLLOWING:
            continue
        limit = (amount(row, "comm_premium") * rules.concession_limit).quantize(
            CENT, rounding=ROUND_HALF_UP
        )
        if granted > limit:
            yield Issue(
                row,
                "concession_over_limit",
                "concession_amt",
                {"value": str(granted), "limit": str(limit)},
            )


def check_handover(rows):
    """Policies handed over underpaid and without the cashier's signature (G-P4)."""
    for row in rows:
        values = row.values
        if is_void(row) or not values.get("deliver_date") or values.get("cashier"):
            continue
        if "cashier" not in values:
            continue
        open_amount = amount(row, "amount_due") - amount(row, "amount_received")
        yield Issue(
            row,
            "delivered_without_signature",
            "cashier",
            {"open_amount": str(open_amount), "day": str(day(values["deliver_date"]))},
        )


def working_days_between(first, last, is_working_day):
    """Working days after ``first`` up to and including ``last``."""
    count, current = 0, first
    while current < last:
        current += timedelta(days=1)
        if is_working_day(current):
            count += 1
    return count


def check_remittance(rows, rules):
    """Collected premium that was signed for but not remitted in the agreed time."""
    if not rules.remit_days or not rules.as_of:
        return
    is_working_day = rules.is_working_day or (lambda on: on.weekday() < 5)
    starts = [
        day(row.values.get("cashier_date"))
        for row in rows
        if day(row.values.get("cashier_date"))
    ]
    if not starts:
        return
    # One walk over the calendar instead of one per line.
    current, calendar = min(starts), []
    while current <= rules.as_of:
        if is_working_day(current):
            calendar.append(current)
        current += timedelta(days=1)
    for row in rows:
        values = row.values
        signed = day(values.get("cashier_date"))
        if (
            values.get("channel") != "collected"
            or values.get("remit_date")
            or not signed
            or is_void(row)
            or amount(row, "amount_received") <= 0
        ):
            continue
        agreed = rules.remit_days(values.get("insurer"))
        if agreed is None:
            continue
        passed = len(calendar) - bisect_right(calendar, signed)
        if passed > agreed:
            yield Issue(
                row,
                "remit_overdue",
                "remit_date",
                {
                    "days": passed,
                    "agreed": agreed,
                    "signed": str(signed),
                    "amount": str(amount(row, "amount_received")),
                },
            )


# Covers ----------------------------------------------------------------------


def cover_names(text):
    """Names of the covers in a combination such as "车损+三者200万+司乘1万*5"."""
    names = []
    for part in COVER_SEPARATOR.split(str(text or "")):
        name = COVER_NAME.match(part.strip()).group().strip(" :：(（")
        if name:
            names.append(name)
    return names


def check_nev_products(rows, teacher):
    """New-energy cars written on a fuel product (G-N1).

    Which names are new-energy products is learned: where most of the file's new-energy
    lines call a cover by a longer name that ends in the plain one, the plain one is
    the fuel product. Lines of fuel cars teach that the longer name is not theirs.
    """
    nev_use, fuel_use = Counter(), Counter()
    covers = []
    for row in rows:
        names = cover_names(row.values.get("covers"))
        if not names:
            continue
        is_nev = energy_of(row, teacher) in NEV_ENERGIES
        (nev_use if is_nev else fuel_use).update(set(names))
        if is_nev:
            covers.append((row, names))
    plain_to_nev = {}
    for plain, used in nev_use.items():
        for special, times in nev_use.items():
            if (
                special != plain
                and special.endswith(plain)
                and times > used
                and times > fuel_use[special]
                and fuel_use[plain] > fuel_use[special]
            ):
                plain_to_nev[plain] = special
    for row, names in covers:
        for name in names:
            if name in plain_to_nev:
                yield Issue(
                    row,
                    "nev_fuel_product",
                    "covers",
                    {"value": name, "expected": plain_to_nev[name]},
                )
                break


# Totals ----------------------------------------------------------------------


class TotalLine(NamedTuple):
    """A printed total line of a sheet, its text and the cells it prints."""

    row: object
    label: str
    values: dict


def check_totals(lines, fields=TOTAL_FIELDS):
    """Printed totals that differ from the lines above them.

    Compared with what is printed, not with what would be right: all lines above count
    as they stand, second copies included, void lines left out. A total line directly
    below another total, or one that calls itself a grand total, sums the whole sheet;
    any other sums the lines since the last total.

    :param lines: data rows and :class:`TotalLine` of one sheet in file order
    :param fields: money columns to compare
    """
    section, whole = defaultdict(Decimal), defaultdict(Decimal)
    since_total = 0
    for line in lines:
        if not isinstance(line, TotalLine):
            since_total += 1
            if is_void(line):
                continue
            for field in fields:
                value = amount(line, field)
                section[field] += value
                whole[field] += value
            continue
        grand = not since_total or bool(GRAND_TOTAL.search(line.label or ""))
        expected = whole if grand else section
        for field in fields:
            printed = money(line.values.get(field))
            if printed is None or printed == expected[field]:
                continue
            yield Issue(
                line.row,
                "subtotal_mismatch",
                field,
                {
                    "label": line.label,
                    "value": str(printed),
                    "expected": str(expected[field]),
                },
            )
        if not grand:
            section.clear()
            since_total = 0


# Numbers of the ledger -------------------------------------------------------


def split_ledger_number(number, issued):
    """Year and sequence of a ledger number: trailing digits and a year before them.

    >>> from datetime import date
    >>> split_ledger_number("AB2025-0012", date(2025, 1, 1))
    (2025, 12)

    :param number: ledger number as the store writes it
    :param issued: day of issue, gives the year when the number has none
    :return: (year, sequence); sequence None when the number ends in no digit
    """
    text = str(number or "").strip()
    tail = re.search(r"(\d+)\D*$", text)
    if not tail:
        return (issued.year if issued else None, None)
    digits, head = tail.group(1), text[: tail.start()]
    year = re.search(r"(?:19|20)\d{2}", head)
    if year:
        return int(year.group()), int(digits)
    # The year may stand in one block with the sequence: 20250012.
    glued = re.match(r"((?:19|20)\d{2})(\d{3,})$", digits)
    if glued and (not issued or abs(int(glued.group(1)) - issued.year) <= 1):
        return int(glued.group(1)), int(glued.group(2))
    return (issued.year if issued else None, int(digits))


def same_line(left, right):
    """True when two rows say the same, apart from their running number."""
    return line_print(left, ("seq",)) == line_print(right, ("seq",))

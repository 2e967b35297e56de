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
from typing import Any, NamedTuple

from ..const import NEV_ENERGIES
from .cover_text import normalise
from .import_facts import (
    CENT,
    EnergyTeacher,
    Issue,
    amount,
    check_energy,
    day,
    energy_of,
    energy_samples,
    factor,
    money,
)

#: Policy number columns; the commercial one is repeated by later lines of the deal.
POLICY_FIELDS = ("ctpl_no", "comm_no", "other_no")
#: Premium columns whose sum is the amount due.
PART_FIELDS = ("ctpl_premium", "tax", "comm_premium", "other_premium")
#: (start, end) columns of each cover.
PERIODS = (("ctpl_start", "ctpl_end"), ("comm_start", "comm_end"))
#: Statuses of lines that belong to an earlier policy and repeat its number.
FOLLOWING = frozenset({"refund", "endorsement"})
#: Dates of things that happened (not of cover that lies ahead).
EVENT_FIELDS = ("issued_at", "cashier_date", "deliver_date", "remit_date")
#: Share of a family of numbers by which the usual line may be out of order.
NUMBERING_NOISE = 0.02
# A cover of a combination: its name ends where the sum insured begins.
COVER_SEPARATOR = re.compile(r"[+/、,，;；|]")
COVER_NAME = re.compile(r"^[^\d]*")


def _is_weekday(on):
    return on.weekday() < 5


class LedgerRules(NamedTuple):
    """Everything the checks need that is data, not code.

    :param base_premium: function (row, day) to the CTPL base premium in CNY, None
        when the class is not in the table
    :param float_factors: function day to the legal float factors (set of Decimal)
    :param concession_limit: function row to the highest concession in CNY, None
        when there is no rule
    :param cash_keywords: words (lower case) that name a forbidden concession
    :param remit_days: function row to the agreed working days, None = no agreement
    :param is_working_day: function day to bool
    :param as_of: day on which overdue is judged
    :param vehicles: (VIN, model text, energy type) of the vehicle master
    :param known_policies: (insurer, policy number) to the name of its line (see
        ``line_name``) of what is in the system
    """

    base_premium: Any = None
    float_factors: Any = None
    concession_limit: Any = None
    cash_keywords: tuple = ()
    remit_days: Any = None
    is_working_day: Any = _is_weekday
    as_of: date | None = None
    vehicles: tuple = ()
    known_policies: Any = None


def check_ledger(rows, rules):
    """All problems of the lines of a ledger file, each at its root.

    :param rows: data rows in file order, all sheets, second copies left out
    :param rules: :class:`LedgerRules`
    :return: list of :class:`Issue`
    """
    rows = list(rows)
    teacher = EnergyTeacher([*energy_samples(rows), *rules.vehicles])
    premiums = list(check_ctpl_premium(rows, rules))
    wrong_parts = {id(issue.row) for issue in premiums}
    return [
        *check_statuses(rows),
        *check_policy_numbers(rows, rules.known_policies),
        *check_periods(rows),
        *premiums,
        # A sum with a part that is known to be wrong says nothing new.
        *check_sums(row for row in rows if id(row) not in wrong_parts),
        *check_energy(rows, teacher),
        *check_nev_products(rows, teacher),
        *check_concessions(rows, rules),
        *check_handover(rows),
        *check_remittance(rows, rules),
    ]


def line_name(row):
    """What a line is called: its ledger number, else its policy, else its car."""
    keys = ("ledger_no", "endorsement_no", *POLICY_FIELDS, "vin")
    return next((row.get(key) for key in keys if row.get(key)), None)


def is_void(row):
    """True for a line whose number was kept but whose deal never took place."""
    return row.get("status") == "void"


def latest_event(rows):
    """Latest day on which something is said to have happened, or None.

    The natural "today" of an old ledger: cover ends and other days ahead are left out.
    """
    days = [
        day(row.values[field])
        for row in rows
        for field in EVENT_FIELDS
        if day(row.get(field))
    ]
    return max(days, default=None)


# Facts -----------------------------------------------------------------------


def check_statuses(rows):
    """Lines to be accepted knowingly: void lines and cancellations."""
    for row in rows:
        status = row.get("status")
        if status == "void":
            yield Issue(row, "void_row", "status", {})
        elif status == "refund":
            yield Issue(row, "refund_row", "status", {"due": amount(row, "amount_due")})


def check_contents(rows):
    """Lines that name no policy: neither a number nor a premium was read."""
    for row in rows:
        if is_void(row) or row.doubtful("line_product", *POLICY_FIELDS, *PART_FIELDS):
            continue
        if not any(row.get(field) for field in (*POLICY_FIELDS, *PART_FIELDS)):
            yield Issue(row, "no_policy", None, {})


# Numbers ---------------------------------------------------------------------


def check_policy_numbers(rows, known=None):
    """Policy numbers that belong to another line.

    Endorsement and cancellation lines repeat the number of their policy by right. Of
    any other two lines with one number the one is wrong whose number does not fit its
    day of issue, or else the later in the file. A number that is a problem of its own
    (lost digits) is compared with nothing.

    :param known: (insurer, policy number) to ledger number of what is in the system
    """
    known = known or {}
    for field in POLICY_FIELDS:
        users = defaultdict(list)
        for row in rows:
            number = row.get(field)
            if (
                number
                and row.get("status") not in FOLLOWING
                and not row.doubtful(field)
            ):
                users[row.get("insurer"), number].append(row)
        order = None
        for key, sharing in users.items():
            owner = sharing[0]
            if len(sharing) > 1:
                order = order or _numbering_order(users)
                # min keeps the first of equals: the earlier line in the file.
                owner = min(sharing, key=lambda row, order=order: order.get(id(row), 0))
            for row in sharing:
                if row is not owner:
                    facts = {"sheet": owner.sheet.name, "first": owner.row_no}
                elif known.get(key, line_name(row)) != line_name(row):
                    facts = {"ledger_no": known[key]}
                else:
                    continue
                yield Issue(row, "duplicate_policy_no", field, facts)


def _numbering_order(users):
    """How far each line's number lies from where its day of issue would put it.

    Insurers number their policies as they are issued, so the order of the numbers is
    that of the days. Families of numbers (insurer, length, beginning) are ranked by
    number and by day; the distance of both ranks is the result. A family that is not
    numbered in the order of issue says nothing.

    :param users: (insurer, number) to the lines that carry it
    :return: dict id of the row to distance in places
    """
    families = defaultdict(list)
    for (insurer, number), rows in users.items():
        for row in rows:
            if row.get("issued_at"):
                family = (insurer, len(number), number[:2])
                families[family].append((number, row.get("issued_at"), id(row)))
    result = {}
    for lines in families.values():
        by_day = {
            key: rank
            for rank, (_number, _issued, key) in enumerate(
                sorted(lines, key=lambda item: item[1])
            )
        }
        distance = {
            key: abs(rank - by_day[key])
            for rank, (_number, _issued, key) in enumerate(sorted(lines))
        }
        usual = sorted(distance.values())[len(distance) // 2]
        if usual <= max(len(lines) * NUMBERING_NOISE, 1):
            result.update(distance)
    return result


def check_periods(rows):
    """Cover that ends before it starts."""
    for row in rows:
        for start_field, end_field in PERIODS:
            start, end = row.get(start_field), row.get(end_field)
            if start and end and end < start:
                yield Issue(row, "end_before_start", end_field, {"start": start})


# Money -----------------------------------------------------------------------


def check_sums(rows):
    """Amount due that is not CTPL + vehicle tax + commercial + other (CNY).

    Void lines are checked too: their amounts are printed like any other.
    """
    for row in rows:
        due = money(row.get("amount_due"))
        if due is None or row.doubtful(*PART_FIELDS):
            continue
        expected = sum((amount(row, field) for field in PART_FIELDS), Decimal(0))
        if due != expected:
            yield Issue(
                row, "sum_mismatch", "amount_due", {"expected": expected}, expected
            )


def check_ctpl_premium(rows, rules):
    """CTPL premium that is not table times float factor, and unlawful factors.

    Table and factors valid on the day of issue apply. A line whose vehicle class is
    not in the table is not judged.
    """
    if not rules.base_premium:
        return
    for row in rows:
        premium = money(row.get("ctpl_premium"))
        on = day(row.get("issued_at")) or day(row.get("ctpl_start"))
        if not premium or not on or row.get("status") in FOLLOWING:
            continue
        base = money(rules.base_premium(row, on))
        if not base:
            continue
        legal = set(rules.float_factors(on)) if rules.float_factors else set()
        stated = factor(row.get("float_factor"))
        if stated is not None and legal and stated not in legal:
            yield Issue(
                row,
                "ctpl_premium_mismatch",
                "float_factor",
                {"expected": " / ".join(format(item, "f") for item in sorted(legal))},
            )
            continue
        factors = {stated} if stated is not None else legal or {Decimal(1)}
        expected = sorted(
            {(base * item).quantize(CENT, rounding=ROUND_HALF_UP) for item in factors}
        )
        if premium not in expected:
            yield Issue(
                row,
                "ctpl_premium_mismatch",
                "ctpl_premium",
                {"expected": " / ".join(map(str, expected))},
                expected[0] if len(expected) == 1 else None,
            )


def check_concessions(rows, rules):
    """Cash rebates, and concessions beyond the limit of the commercial premium.

    A cash rebate is forbidden at any amount, so its amount is not judged again (G-P5).
    """
    for row in rows:
        text = normalise(row.get("concession_text"))
        granted = amount(row, "concession_amt")
        if is_void(row) or not (text or granted):
            continue
        word = next((word for word in rules.cash_keywords if word in text.lower()), "")
        if word:
            yield Issue(row, "concession_cash", "concession_text", {"word": word})
            continue
        if not rules.concession_limit or row.get("status") in FOLLOWING:
            continue
        limit = money(rules.concession_limit(row))
        if limit is not None and granted > limit:
            yield Issue(
                row, "concession_over_limit", "concession_amt", {"limit": limit}
            )


def check_handover(rows):
    """Policies handed over without the cashier's signature (G-P4).

    A file without a column for the signature says nothing about it.
    """
    for row in rows:
        if "cashier" not in row.values or row.get("cashier") or is_void(row):
            continue
        delivered = day(row.get("deliver_date"))
        if delivered:
            open_amount = amount(row, "amount_due") - amount(row, "amount_received")
            yield Issue(
                row,
                "delivered_without_signature",
                "cashier",
                {"delivered": delivered, "open_amount": open_amount},
            )


def check_remittance(rows, rules):
    """Collected premium that was signed for but not remitted in the agreed time."""
    rows = [
        row
        for row in rows
        if row.get("channel") == "collected"
        and day(row.get("cashier_date"))
        and not row.get("remit_date")
        and not is_void(row)
        and amount(row, "amount_received") > 0
    ]
    if not rows or not rules.remit_days or not rules.as_of:
        return
    # One walk over the calendar instead of one per line.
    current, calendar = min(day(row.get("cashier_date")) for row in rows), []
    while current <= rules.as_of:
        if rules.is_working_day(current):
            calendar.append(current)
        current += timedelta(days=1)
    for row in rows:
        agreed = rules.remit_days(row)
        if agreed is None:
            continue
        signed = day(row.get("cashier_date"))
        passed = len(calendar) - bisect_right(calendar, signed)
        if passed > agreed:
            yield Issue(
                row,
                "remit_overdue",
                "remit_date",
                {
                    "days": passed,
                    "agreed": agreed,
                    "signed": signed,
                    "open_amount": amount(row, "amount_received"),
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
        names = cover_names(row.get("covers"))
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
        plain = next((name for name in names if name in plain_to_nev), None)
        if plain:
            special = plain_to_nev[plain]
            text = str(row.get("covers"))
            yield Issue(
                row,
                "nev_fuel_product",
                "covers",
                {"cover": plain, "expected": special},
                text.replace(plain, special, 1),
            )


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

"""Rating rules as pure functions: no ORM, no database, no clock.

Money is yuan (CNY) as ``Decimal`` with two places, rounded half up, which is how
insurers print it. Every function gives the amount together with the formula that
made it and the source of the figures, so that a clerk can see why a number differs.
What cannot be rated (a missing or impossible figure) gives the amount ``None``; no
input raises.
"""

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import NamedTuple

CENT = Decimal("0.01")
# Above this nothing is a premium; it keeps absurd input from overflowing Decimal.
MAX_AMOUNT = Decimal(10) ** 15


class Rated(NamedTuple):
    """Result of a rating rule.

    :ivar amount: yuan with two places, or None when it cannot be rated
    :ivar formula: the sum as a clerk would write it, e.g. ``950.00 x 0.70 = 665.00``
    :ivar source: where the figures come from (tariff class, tax band, clause)
    """

    amount: Decimal | None
    formula: str
    source: str


def to_decimal(value):
    """``value`` as a Decimal, or None if it is no finite number of sane size.

    Floats go through ``repr`` so that 0.7 stays 0.7.
    """
    if value is None or isinstance(value, bool):
        return None
    try:
        number = value if isinstance(value, Decimal) else Decimal(str(value))
    except (InvalidOperation, ValueError):
        return None
    if not number.is_finite() or abs(number) > MAX_AMOUNT:
        return None
    return number


def cents(value):
    """Round an amount half up to the cent; None stays None."""
    number = to_decimal(value)
    if number is None:
        return None
    return number.quantize(CENT, rounding=ROUND_HALF_UP)


def _plain(number):
    """A factor without trailing zeros, at least two places."""
    text = format(number.normalize(), "f")
    places = len(text.partition(".")[2])
    return text if places >= 2 else format(number, ".2f")


def _product(amounts, source):
    """Product of an amount and factors, each rounded only at the end."""
    numbers = [to_decimal(amount) for amount in amounts]
    if any(number is None or number < 0 for number in numbers):
        return Rated(None, "", source)
    total = Decimal(1)
    for number in numbers:
        total *= number
    total = cents(total)
    if total is None:
        return Rated(None, "", source)
    head, *factors = numbers
    text = " × ".join([format(cents(head), ".2f"), *map(_plain, factors)])
    return Rated(total, f"{text} = {total}", source)


def ctpl_premium(base, factor, source=""):
    """Compulsory premium of a year: base premium × float factor (domain.md 2.1).

    :param base: annual base premium of the tariff class, yuan
    :param factor: 1 + floating rate, e.g. 0.7 for -30 %
    :param source: tariff class and float scheme
    """
    return _product([base, factor], source)


def commercial_premium(standard, ncd, pricing, source=""):
    """Commercial premium: standard premium × NCD × pricing factor (domain.md 2.4).

    :param standard: standard premium of all covers, yuan
    :param ncd: no-claim factor (0.5 - 2.0)
    :param pricing: the insurer's own factor
    """
    return _product([standard, ncd, pricing], source)


def new_car_months(invoice_month):
    """Months a new car is taxed in its first year, its invoice month included.

    :param invoice_month: 1 - 12
    :return: 12 for January ... 1 for December; 0 for anything else
    """
    return 13 - invoice_month if 1 <= invoice_month <= 12 else 0


def new_car_tax(annual, invoice_date, source=""):
    """Vehicle tax of a new car in the year of purchase (domain.md 2.3).

    ``annual / 12 × months``, months = invoice month ... December inclusive.

    :param annual: tax of a full year, yuan
    :param invoice_date: date of the purchase invoice
    """
    number = to_decimal(annual)
    if number is None or number < 0 or not invoice_date:
        return Rated(None, "", source)
    months = new_car_months(invoice_date.month)
    amount = cents(number * months / 12)
    return Rated(amount, f"{cents(number)} / 12 × {months} = {amount}", source)


def full_year_tax(annual, source=""):
    """Vehicle tax of a car that was taxed before: the whole annual amount."""
    amount = cents(annual)
    if amount is None or amount < 0:
        return Rated(None, "", source)
    return Rated(amount, f"{amount}", source)


def differs(entered, expected, tolerance=CENT):
    """Whether an entered amount is farther from the expected one than allowed.

    Amounts that could not be rated never differ: there is nothing to compare with.
    """
    entered, expected = cents(entered), cents(expected)
    tolerance = to_decimal(tolerance)
    if entered is None or expected is None:
        return False
    return abs(entered - expected) > tolerance


def _within(value, lower, upper):
    """Lower bound included, upper excluded; an upper bound of 0 is open."""
    return value >= lower and (not upper or value < upper)


def in_class(rate, seats, tonnage, cc):
    """Whether a vehicle lies in the bands of a tariff class.

    Seats and tonnes: the lower bound belongs to the class, the upper does not, so six
    seats are "6-10". Engine size of motorcycles is the other way round ("50-250 cc"
    holds 250 but not 50). A class without a band does not look at that figure; a
    class with one does not hold a vehicle whose figure is unknown.

    :param rate: anything with seat_min/max, ton_min/max, cc_min/max (0 = open)
    """
    if rate.seat_min or rate.seat_max:
        if not seats or not _within(seats, rate.seat_min, rate.seat_max):
            return False
    if rate.ton_min or rate.ton_max:
        if not tonnage or not _within(tonnage, rate.ton_min, rate.ton_max):
            return False
    if rate.cc_min or rate.cc_max:
        if not cc or cc <= rate.cc_min or (rate.cc_max and cc > rate.cc_max):
            return False
    return True


def in_displacement(band, litres):
    """Whether an engine lies in a tax band: above the lower, up to the upper bound.

    Both bounds are compared in whole cubic centimetres, because litres as floats are
    not exact (1.6 L is 1600 cc).
    """
    cc = round((litres or 0) * 1000)
    lower = round(band.displacement_from * 1000)
    upper = round(band.displacement_to * 1000)
    if not lower and not upper:
        return True
    return bool(cc) and cc > lower and (not upper or cc <= upper)


def in_force(record, day):
    """Whether a dated record holds on a day; an empty bound is open."""
    return (not record.date_from or record.date_from <= day) and (
        not record.date_to or day <= record.date_to
    )

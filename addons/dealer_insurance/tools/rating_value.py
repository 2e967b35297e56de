"""What a car is worth on a day: depreciation as pure rules (domain.md §2.4)."""

from datetime import date, datetime

from .rating import Rated, _plain, cents, to_decimal

# Seats up to which a car depreciates like a passenger car.
SMALL_SEATS = 9
NON_COMMERCIAL = frozenset({"business_own", "government", "truck_own"})
COMMERCIAL = frozenset({"city_bus", "coach", "truck_commercial"})
TRUCKS = frozenset({"truck_own", "truck_commercial"})
OTHERS = frozenset(
    {"special_1", "special_2", "special_3", "special_4", "motorcycle", "tractor"}
)


def months_used(start, day):
    """Whole months between the first registration and a day; a begun one is nothing.

    :param start: date of first registration
    :param day: date on which the value counts
    :return: months, 0 when a date is missing or the order is wrong
    """
    if not isinstance(start, date) or not isinstance(day, date):
        return 0
    start = start.date() if isinstance(start, datetime) else start
    day = day.date() if isinstance(day, datetime) else day
    months = (day.year - start.year) * 12 + day.month - start.month
    if day.day < start.day:
        months -= 1
    return max(months, 0)


def depreciation_class(use_nature, seats):
    """Vehicle class of the depreciation table.

    Small and low-speed trucks have rates of their own that the data of a car do not
    tell; a clerk chooses them.

    :return: ``seats_9``, ``seats_10`` or ``other``
    """
    if use_nature in TRUCKS or use_nature in OTHERS:
        return "other"
    return "seats_9" if (seats or 0) <= SMALL_SEATS else "seats_10"


def depreciation_use(use_nature):
    """Column of the depreciation table: private, own, rental or commercial.

    A car without a class of use counts as the gentlest column that every row has.
    """
    if use_nature == "taxi_rental":
        return "rental"
    if use_nature in COMMERCIAL:
        return "commercial"
    if use_nature in NON_COMMERCIAL or use_nature in OTHERS:
        return "own"
    return "private"


def actual_value(price, months, monthly_rate, ceiling, source=""):
    """Value of a car: new price less a share of it per month of use (§2.4).

    ``price - price × months × rate``; the depreciation never exceeds the ceiling.

    :param price: price of the new car, yuan
    :param months: whole months of use
    :param monthly_rate: depreciation per month as a share, 0.006 for 0.6 %
    :param ceiling: highest depreciation as a share of the new price, usually 0.8
    """
    price, months = to_decimal(price), to_decimal(months)
    rate, ceiling = to_decimal(monthly_rate), to_decimal(ceiling)
    numbers = (price, months, rate, ceiling)
    if any(number is None or number < 0 for number in numbers) or ceiling > 1:
        return Rated(None, "", source)
    lost = min(months * rate, ceiling)
    amount = cents(price * (1 - lost))
    if lost < months * rate:
        text = f"{cents(price)} × (1 − {_plain(ceiling)}) = {amount}"
    else:
        text = f"{cents(price)} × (1 − {int(months)} × {_plain(rate)}) = {amount}"
    return Rated(amount, text, source)

"""Premium of less than a year: pure rules (domain.md §2.1, §2.5).

Refunds of policies that end early have rules of their own and are not made here.
"""

import math
from datetime import date, datetime
from decimal import Decimal

from .rating import Rated, cents, to_decimal

YEAR_DAYS = 365
YEAR_MONTHS = 12


def _moment(value):
    """``value`` as a datetime; a date is its midnight; anything else None."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    if isinstance(value, date):
        return datetime.combine(value, datetime.min.time())
    return None


def covered_days(date_start, date_end):
    """Days of cover, a begun day counts whole; 0 when a date is missing.

    :param date_start: first moment of cover
    :param date_end: last moment of cover (23:59:59) or the midnight after it
    """
    start, end = _moment(date_start), _moment(date_end)
    if not start or not end or end <= start:
        return 0
    return math.ceil((end - start).total_seconds() / 86400)


def covered_months(date_start, date_end):
    """Months of cover for the compulsory table, a begun month counts whole.

    :return: 1 to 12; 0 when a date is missing or the order is wrong
    """
    start, end = _moment(date_start), _moment(date_end)
    if not start or not end or end <= start:
        return 0
    months = (end.year - start.year) * YEAR_MONTHS + end.month - start.month
    # The last second of a day is the midnight after it.
    rest = (end.day - start.day) * 86400 + (end - _midnight(end)).total_seconds()
    rest -= (start - _midnight(start)).total_seconds()
    if rest > 0:
        months += 1
    return min(max(months, 1), YEAR_MONTHS)


def _midnight(moment):
    return datetime.combine(moment.date(), datetime.min.time())


def short_term_ctpl(annual, months, factors, source=""):
    """Compulsory premium of a short term: annual premium × factor of the months.

    :param annual: premium of a year after float, yuan
    :param months: months of cover, a begun one whole
    :param factors: dict months -> share of the annual premium (0.1 for one month)
    """
    annual = to_decimal(annual)
    if isinstance(months, bool) or not isinstance(months, int):
        return Rated(None, "", source)
    factor = to_decimal(factors.get(months)) if factors else None
    if months == YEAR_MONTHS and factor is None:
        factor = Decimal(1)
    if annual is None or annual < 0 or factor is None or factor < 0:
        return Rated(None, "", source)
    amount = cents(annual * factor)
    return Rated(amount, f"{cents(annual)} × {factor:.2f} = {amount}", source)


def short_term_commercial(annual, days, year_days=YEAR_DAYS, source=""):
    """Commercial premium of a short term: by days, at most a whole year (§2.5).

    :param annual: premium of a year, yuan
    :param days: days of cover
    :param year_days: days of the insurer's year
    """
    annual, days, year = map(to_decimal, (annual, days, year_days))
    if annual is None or days is None or year is None:
        return Rated(None, "", source)
    if annual < 0 or days <= 0 or year <= 0:
        return Rated(None, "", source)
    days = min(days, year)
    amount = cents(annual * days / year)
    text = f"{cents(annual)} × {days.normalize():f} / {year.normalize():f} = {amount}"
    return Rated(amount, text, source)

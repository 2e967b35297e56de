"""When an insurer will pay, from how long it took for the cases before (S101).

Pure functions, no ORM.
"""

import math

#: Cases below which the history of an insurer proves nothing.
ENOUGH_CASES = 5


def quantile(days, share):
    """The number of days within which a share of the cases was paid.

    The smallest number of days of the list that is not exceeded by at least this
    share of the cases, so it is always a number that has happened.

    :param days: days from submission to payment, any order, not empty
    :param share: 0 < share <= 1
    :return: int
    :raises ValueError: empty list or a share outside its range
    """
    if not days or not 0 < share <= 1:
        raise ValueError("A quantile needs cases and a share between 0 and 1")
    ordered = sorted(days)
    # Rounded before it is cut up: 0.8 * 5 is 4, not 4.000000001.
    return ordered[max(math.ceil(round(share * len(ordered), 9)) - 1, 0)]


def forecast_days(days, share=0.8, enough=ENOUGH_CASES):
    """Usual and safe number of days from submission to payment of one insurer.

    :param days: days of its last cases; negative ones (typing slips) do not count
    :param share: share of the cases that the safe number covers
    :param enough: number of cases below which nothing is said
    :return: (median, days that cover ``share``) or None when there are too few cases
    """
    known = [day for day in days if day >= 0]
    if len(known) < enough:
        return None
    return quantile(known, 0.5), quantile(known, share)

"""What claims and violations of the past do to the premium: pure rules (§2.2, §2.4).

Unknown figures (None, negative, no number) count as zero, so that no input raises.
"""

# Levels of the no-claim table; four years without claim reach the lowest one.
LOWEST_LEVEL = -4
HIGHEST_LEVEL = 5
# With claims in the window the level does not fall below this.
LOWEST_WITH_CLAIMS = -3
WINDOW_YEARS = 3
FLOAT_YEARS = 3
FLOAT_STEPS = 5


def count(value):
    """``value`` as a whole number of at least zero."""
    if isinstance(value, bool) or not isinstance(value, int):
        return 0
    return max(value, 0)


def ncd_level(years, claims):
    """No-claim level of a car (§2.4).

    A new car, or one without history, stands at level 0. Four years or more in a row
    without claim reach level -4. Otherwise the level is the claims of the last three
    years less the years insured in a row (three at most), between -3 and 5.

    :param years: years insured in a row up to the new policy
    :param claims: claims in these years, three years back at most
    :return: level, -4 to 5
    """
    years, claims = count(years), count(claims)
    if not years:
        return 0
    if not claims and years > WINDOW_YEARS:
        return LOWEST_LEVEL
    level = claims - min(years, WINDOW_YEARS)
    return max(LOWEST_WITH_CLAIMS, min(HIGHEST_LEVEL, level))


def float_key(clear_years, at_fault=0, death=False, known=()):
    """Key of the compulsory float (§2.2); one counts, never several together.

    An accident with death goes before the number of accidents, that before the years
    without accident. A scheme that has no rate for so many accidents uses its
    highest one below.

    :param clear_years: years in a row without an accident at fault
    :param at_fault: accidents at fault in the last policy year
    :param death: one of them killed somebody
    :param known: keys that the scheme has on the day; empty: the two old steps
    :return: one of ``const.FLOAT_KEYS``
    """
    clear_years, at_fault = count(clear_years), count(at_fault)
    if death:
        return "death"
    if at_fault:
        known = set(known) or {"at_fault_1", "at_fault_2"}
        for step in range(min(at_fault, FLOAT_STEPS), 0, -1):
            if f"at_fault_{step}" in known:
                return f"at_fault_{step}"
        return "none"
    if not clear_years:
        return "none"
    return f"no_claim_{min(clear_years, FLOAT_YEARS)}"

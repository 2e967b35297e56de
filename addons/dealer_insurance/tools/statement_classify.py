"""What kind of difference a matched statement line has (no ORM).

Every line gets exactly one result. All amounts are on the basis of the statement,
with or without VAT, in company currency.
"""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

CENT = Decimal("0.01")
ZERO = Decimal(0)

EX_VAT, INCL_VAT = "ex_vat", "incl_vat"
RESULTS = (
    "matched",
    "matched_rounding",
    "rate_difference",
    "base_difference",
    "amount_difference",
    "duplicate",
    "unknown_policy",
    "cut_off",
    "cancelled_but_paid",
    "clawback_matched",
)
#: Results whose fee is paid as stated; every other line is withheld.
AGREED = frozenset({"matched", "matched_rounding", "cut_off", "clawback_matched"})


class Stated(NamedTuple):
    """What the line prints, on the basis of the statement; None = not printed.

    :param follows: the line says that it is an endorsement or a claw-back
    """

    fee: Decimal
    base: Decimal | None = None
    rate: Decimal | None = None
    follows: bool = False


class Terms(NamedTuple):
    """What our books say about what the line was matched to.

    :param fee: expected fee
    :param base: premium
    :param rate: agreed share, None when several policies have different ones
    :param tax: vehicle tax collected with the premium
    :param vat: VAT contained in premiums, as a fraction
    :param void: the policy is void in our ledger
    :param follows: an endorsement or cancellation of ours
    """

    fee: Decimal
    base: Decimal
    rate: Decimal | None
    tax: Decimal = ZERO
    vat: Decimal = Decimal("0.06")
    issued: date | None = None
    void: bool = False
    follows: bool = False


class Verdict(NamedTuple):
    """Result of a line.

    :param expected: fee that we owe ourselves to claim for the line
    :param delta: stated fee less expected fee
    :param cause: code of what explains the difference in detail
    """

    result: str
    expected: Decimal
    delta: Decimal
    cause: str = ""


class Limits(NamedTuple):
    """Settings of a store: differences that count as rounding, company currency."""

    rounding: Decimal = Decimal("0.02")


def money(value):
    """Amount rounded to cents, half up."""
    return Decimal(value).quantize(CENT, ROUND_HALF_UP)


def classify(stated, terms, period=(None, None), duplicate=False, limits=None):
    """Result of one line.

    The order matters: what must not be paid at all comes before what is paid wrongly.

    :param stated: :class:`Stated`
    :param terms: :class:`Terms`, None when no policy of ours was found
    :param period: first and last day of the statement
    :param duplicate: an earlier line pays for the same policy already
    :param limits: :class:`Limits`
    :return: :class:`Verdict`
    """
    limits = limits or Limits()
    if terms is None:
        return Verdict("unknown_policy", ZERO, stated.fee)
    if duplicate:
        return Verdict("duplicate", ZERO, stated.fee)
    if terms.void and not terms.follows:
        return Verdict("cancelled_but_paid", ZERO, stated.fee, "void")
    if stated.follows and not terms.follows:
        # The policy is ours, but nobody entered such an endorsement.
        return Verdict("amount_difference", ZERO, stated.fee, "no_endorsement")
    delta = stated.fee - terms.fee
    if abs(delta) <= limits.rounding:
        return Verdict(
            _agreed_result(terms, period, delta), terms.fee, delta, _when(terms, period)
        )
    result, cause = _difference(stated, terms, limits)
    return Verdict(result, terms.fee, delta, cause)


def _agreed_result(terms, period, delta):
    if terms.follows and terms.base < 0:
        return "clawback_matched"
    if _when(terms, period):
        return "cut_off"
    return "matched" if not delta else "matched_rounding"


def _when(terms, period):
    """Code of an issue day outside the period; "" inside it."""
    first, last = period
    if terms.issued and first and terms.issued < first:
        return "before"
    if terms.issued and last and terms.issued > last:
        return "after"
    return ""


def _difference(stated, terms, limits):
    """(result, cause) of a fee that is not the agreed one."""
    tolerance = limits.rounding
    base, rate = _completed(stated, terms)
    base_off = base is not None and abs(base - terms.base) > tolerance
    rate_off = (
        rate is not None
        and terms.rate is not None
        and abs(rate - terms.rate) > Decimal("0.000005")
    )
    used_base = terms.base if base is None else base
    used_rate = terms.rate if rate is None else rate
    if used_rate is None:
        return "amount_difference", "several"
    if abs(stated.fee - money(used_base * used_rate)) > tolerance:
        return "amount_difference", "product"
    if base_off and rate_off:
        by_rate = abs(terms.base * (rate - terms.rate))
        by_base = abs((base - terms.base) * terms.rate)
        base_off = by_base > by_rate
    if base_off:
        return "base_difference", base_cause(base, terms, tolerance)
    if rate_off:
        return "rate_difference", "rate"
    return "amount_difference", "product"


def _completed(stated, terms):
    """Base and rate of a line; what is not printed follows from the rest.

    A missing base is worked out with the printed rate, a missing rate with the printed
    base if that gives a rate that somebody could have agreed (a multiple of 0.5 %).
    """
    base, rate = stated.base, stated.rate
    if base is None and rate:
        whole = money(stated.fee / rate)
        # The fee was rounded, so the base is known to half a cent over the rate.
        slack = CENT / abs(rate)
        base = terms.base if abs(whole - terms.base) <= slack else whole
        if base != terms.base:
            for factor in (1 + terms.vat, 1 / (1 + terms.vat)):
                likely = money(terms.base * factor)
                if abs(whole - likely) <= slack:
                    base = likely
            for tax in _tax_shares(terms):
                if abs(whole - terms.base - tax) <= slack:
                    base = terms.base + tax
    elif rate is None and base:
        step = Decimal("0.005")
        implied = (stated.fee / base / step).quantize(Decimal(1)) * step
        if abs(money(base * implied) - stated.fee) <= CENT:
            rate = implied
    return base, rate


def _tax_shares(terms):
    """The vehicle tax as it may stand in a base: as it is, or taken for taxed."""
    if not terms.tax:
        return ()
    return terms.tax, money(terms.tax / (1 + terms.vat))


def base_cause(base, terms, tolerance):
    """Code of why a base is wrong: tax, vat_in, vat_out or other."""
    off = base - terms.base
    if any(abs(off - tax) <= tolerance for tax in _tax_shares(terms)):
        return "tax"
    if abs(base - terms.base * (1 + terms.vat)) <= tolerance:
        return "vat_in"
    if abs(base - terms.base / (1 + terms.vat)) <= tolerance:
        return "vat_out"
    return "other"


def settle_basis(pairs, tolerance=CENT * 2):
    """Whether a statement counts with or without VAT, from lines that are sure.

    :param pairs: iterable of (printed base, our premium with VAT, without VAT)
    :return: "ex_vat" or "incl_vat"; "" when the lines do not say
    """
    votes = {EX_VAT: 0, INCL_VAT: 0}
    for base, gross, net in pairs:
        if base is None:
            continue
        votes[INCL_VAT] += abs(base - gross) <= tolerance
        votes[EX_VAT] += abs(base - net) <= tolerance
    if votes[EX_VAT] == votes[INCL_VAT]:
        return ""
    return max(votes, key=votes.get)


def missing_reason(expected, issued, last_day, cut_off_days):
    """Why a policy of the period may be missing on its statement.

    :param expected: our fee; a negative one is a claw-back
    :param issued: day of issue
    :param last_day: last day of the statement's period
    :param cut_off_days: days at the end of a period that insurers carry over
    :return: clawback_not_deducted, cut_off_next_month or omitted_by_insurer
    """
    if expected < 0:
        return "clawback_not_deducted"
    if issued and last_day and (last_day - issued).days < cut_off_days:
        return "cut_off_next_month"
    return "omitted_by_insurer"

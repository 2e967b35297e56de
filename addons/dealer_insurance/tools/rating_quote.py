"""The whole price of a car's insurance as one pure calculation (domain.md §2).

No ORM, no clock, no words: plain figures in, lines out. Every line has its base, its
factors by name, the sum as a clerk would write it and the source of the figures, so
that a screen can show the insurer's figure beside ours and say why they differ.

Money is yuan in ``Decimal`` cents, rounded half up once, at the end of a line; the
covers add up to the commercial premium to the cent. What cannot be rated has the
amount None; no input raises.
"""

from decimal import Decimal
from typing import NamedTuple

from .rating import CENT, _plain, cents, to_decimal
from .rating_short_term import YEAR_DAYS
from .rating_tax import TaxInput, current_tax, late_fee

ONE = Decimal(1)


class CoverRate(NamedTuple):
    """A row of an insurer's rate table.

    :ivar up_to: highest sum insured the row holds for, yuan; 0 = any
    :ivar fixed: amount in yuan
    :ivar rate: share of the sum insured
    :ivar is_pure: pure risk premium (expense loading still to come), else standard
    """

    up_to: object = 0
    fixed: object = 0
    rate: object = 0
    is_pure: bool = False
    source: str = ""


class CoverInput(NamedTuple):
    """One cover. The first figure that is known counts: the standard premium of the
    insurer, his pure risk premium, the rate table.

    :ivar seats: number of seats the sum counts for; 0 = the sum counts once
    """

    code: str
    sum_insured: object = 0
    seats: object = 0
    standard: object = None
    pure_risk: object = None
    rates: tuple = ()
    source: str = ""


class QuoteInput(NamedTuple):
    """All that the price depends on.

    :ivar ctpl_base: annual base premium of the tariff class, yuan
    :ivar ctpl_float: 1 + floating rate, 0.7 for -30 %
    :ivar ctpl_violation: rate added for traffic violations, 0 where there is none
    :ivar ctpl_term: share of the annual premium for a short term, 1 for a year
    :ivar tax: :class:`TaxInput`, None when no tax is asked
    :ivar covers: :class:`CoverInput` of the commercial product
    :ivar standard: standard premium of all covers, when the covers have none
    :ivar expense_loading: share of the gross premium for expenses, 0.25
    :ivar days: days of commercial cover, ``YEAR_DAYS`` for a year
    :ivar others: (code, premium) of accident and other products
    """

    ctpl_base: object = None
    ctpl_float: object = 1
    ctpl_violation: object = 0
    ctpl_term: object = 1
    ctpl_source: str = ""
    tax: TaxInput | None = None
    covers: tuple = ()
    standard: object = None
    ncd: object = 1
    pricing: object = 1
    violation: object = 1
    expense_loading: object = 0
    days: object = YEAR_DAYS
    others: tuple = ()


class RatedLine(NamedTuple):
    """A line of the price.

    :ivar kind: ctpl, tax, tax_arrears, late_fee, cover, commercial, other or total
    :ivar code: code of the cover or other product, else ""
    :ivar base: figure the factors work on, None when unknown
    :ivar factors: tuple of (name, Decimal), in the order of the formula
    :ivar amount: Decimal cents, None when it cannot be rated
    """

    kind: str
    code: str
    base: Decimal | None
    factors: tuple
    amount: Decimal | None
    formula: str
    source: str


def _positive(value):
    number = to_decimal(value)
    return number if number is not None and number >= 0 else None


def _priced(kind, code, base, factors, source):
    """Line of base × factors; factors of exactly one are not written."""
    base = _positive(base)
    known = [(name, _positive(value)) for name, value in factors]
    if base is None or any(value is None for _name, value in known):
        shown = tuple((name, value) for name, value in known if value is not None)
        return RatedLine(kind, code, base, shown, None, "", source)
    exact = base
    shown = []
    for name, value in known:
        exact *= value
        if value != 1:
            shown.append((name, value))
    amount = cents(exact)
    if amount is None:
        return RatedLine(kind, code, base, tuple(shown), None, "", source)
    text = " × ".join([f"{cents(base)}", *(_plain(value) for _name, value in shown)])
    if shown:
        text = f"{text} = {amount}"
    return RatedLine(kind, code, base, tuple(shown), amount, text, source)


def _ctpl_line(quote):
    """Compulsory premium: base × (1 + float + violations) × share of the term."""
    factor = _positive(quote.ctpl_float)
    violation = _positive(quote.ctpl_violation)
    factors = [("float", factor if violation == 0 else None)]
    if factor is not None and violation:
        # Both rates are added: 1 + float + violation, as the tariff says.
        factors = [("float_violation", factor + violation)]
    factors.append(("term", quote.ctpl_term))
    return _priced("ctpl", "", quote.ctpl_base, factors, quote.ctpl_source)


def _tax_lines(tax):
    """Tax of the year, arrears of earlier years, late fee on them."""
    rated = current_tax(tax)
    base = _positive(tax.annual)
    lines = [RatedLine("tax", "", base, (), rated.amount, rated.formula, rated.source)]
    arrears = cents(_positive(tax.arrears) or 0)
    if arrears:
        text = f"{arrears}"
        lines.append(
            RatedLine("tax_arrears", "", arrears, (), arrears, text, tax.source)
        )
        fee = late_fee(tax)
        lines.append(
            RatedLine("late_fee", "", arrears, (), fee.amount, fee.formula, fee.source)
        )
    return lines


def table_rate(rates, sum_insured):
    """Row of a rate table for a sum: the smallest step that holds it, else None.

    :param rates: :class:`CoverRate` rows in any order
    """
    wanted = _positive(sum_insured) or Decimal(0)
    fitting = []
    for row in rates or ():
        step = _positive(row.up_to)
        if step is None:
            continue
        if not step:
            fitting.append((1, Decimal(0), row))
        elif wanted <= step:
            fitting.append((0, step, row))
    return min(fitting, key=lambda item: item[:2])[2] if fitting else None


def cover_base(cover, expense_loading=0):
    """Standard premium of one cover before the factors of the car.

    ``pure risk / (1 - expense loading)`` where only the pure risk premium is known.

    :param cover: :class:`CoverInput`
    :param expense_loading: share below 1
    :return: (exact Decimal or None, formula text or "", source)
    """
    standard = _positive(cover.standard)
    if standard:
        return standard, "", cover.source
    pure, source, text, is_pure = _positive(cover.pure_risk), cover.source, "", True
    if not pure:
        row = table_rate(cover.rates, cover.sum_insured)
        if row is None:
            return (standard, "", source) if standard is not None else (None, "", "")
        pure, text = _table_amount(row, cover)
        if pure is None:
            return None, "", row.source
        source, is_pure = row.source, row.is_pure
    if not is_pure:
        return pure, text, source
    loading = _positive(expense_loading)
    if loading is None or loading >= 1:
        return None, "", source
    text = f"{text or cents(pure)} / (1 − {_plain(loading)})"
    return pure / (ONE - loading), text, source


def _table_amount(row, cover):
    """Amount of a row for a cover: (fixed + rate × sum) × seats."""
    fixed, rate = _positive(row.fixed), _positive(row.rate)
    total = _positive(cover.sum_insured) or Decimal(0)
    seats = _positive(cover.seats) or ONE
    if fixed is None or rate is None:
        return None, ""
    parts = []
    if fixed or not rate:
        parts.append(f"{cents(fixed)}")
    if rate:
        parts.append(f"{cents(total)} × {rate.normalize():f}")
    text = " + ".join(parts)
    if len(parts) > 1:
        text = f"({text})"
    if seats != 1:
        text = f"{text} × {seats.normalize():f}"
    return (fixed + rate * total) * seats, text


def spread(total, exact):
    """Split cents over lines so that they add up (largest remainder).

    :param total: Decimal cents
    :param exact: unrounded amounts, in the order of the lines
    :return: list of Decimal cents that add up to ``total``
    """
    floors = [amount.quantize(CENT, rounding="ROUND_FLOOR") for amount in exact]
    missing = int((total - sum(floors, Decimal(0))) / CENT)
    order = sorted(
        range(len(exact)), key=lambda index: (floors[index] - exact[index], index)
    )
    for place in range(min(max(missing, 0), len(order))):
        floors[order[place]] += CENT
    return floors


def _commercial_lines(quote):
    """Covers and their sum; without covers the standard premium of the offer."""
    factors = [
        ("ncd", quote.ncd),
        ("pricing", quote.pricing),
        ("violation", quote.violation),
    ]
    days = _positive(quote.days)
    if days is not None and days < YEAR_DAYS:
        factors.append(("days", days / YEAR_DAYS))
    bases = [cover_base(cover, quote.expense_loading) for cover in quote.covers]
    if not bases or any(base is None for base, _text, _source in bases):
        lines = [
            _cover_line(cover, base, factors)
            for cover, base in zip(quote.covers, bases, strict=True)
        ]
        return [*lines, _priced("commercial", "", quote.standard, factors, "")]
    whole = sum((base for base, _text, _source in bases), Decimal(0))
    total = _priced("commercial", "", whole, factors, "")
    lines = [
        _cover_line(cover, base, factors)
        for cover, base in zip(quote.covers, bases, strict=True)
    ]
    if total.amount is None:
        return [*lines, total]
    product = ONE
    for _name, value in factors:
        product *= _positive(value)
    cut = spread(total.amount, [base * product for base, _text, _source in bases])
    return [
        *(
            line
            if line.amount == amount
            else line._replace(amount=amount, formula=f"{line.formula} → {amount}")
            for line, amount in zip(lines, cut, strict=True)
        ),
        total,
    ]


def _cover_line(cover, rated_base, factors):
    base, text, source = rated_base
    line = _priced("cover", cover.code, base, factors, source)
    if not text or line.amount is None:
        return line
    shown = "".join(f" × {_plain(value)}" for _name, value in line.factors)
    return line._replace(formula=f"{text}{shown} = {line.amount}")


def rate_quote(quote):
    """Price of one insurer's offer, line by line.

    :param quote: :class:`QuoteInput`
    :return: list of :class:`RatedLine`: compulsory premium, tax (arrears, late fee),
        each cover, commercial premium, each other product, total. Parts that cannot be
        rated have the amount None and are left out of the total.
    """
    lines = []
    if quote.ctpl_base is not None or quote.ctpl_source:
        lines.append(_ctpl_line(quote))
    if quote.tax is not None:
        lines += _tax_lines(quote.tax)
    if quote.covers or quote.standard is not None:
        lines += _commercial_lines(quote)
    for code, premium in quote.others:
        lines.append(_priced("other", code, premium, [], ""))
    counted = [
        line.amount
        for line in lines
        if line.kind != "cover" and line.amount is not None
    ]
    total = cents(sum(counted, Decimal(0)))
    text = " + ".join(f"{amount}" for amount in counted if amount)
    if len(counted) > 1 and total is not None:
        text = f"{text} = {total}" if text else f"{total}"
    lines.append(RatedLine("total", "", None, (), total, text, ""))
    return lines

"""Vehicle tax of a car in all its states: pure rules (domain.md §2.3)."""

from decimal import Decimal
from typing import NamedTuple

from .rating import Rated, cents, to_decimal

# Share of the annual amount that is owed in each state.
TAX_SHARES = {
    "normal": Decimal(1),
    "half": Decimal("0.5"),
    "exempt": Decimal(0),
    "paid_elsewhere": Decimal(0),
    "not_taxable": Decimal(0),
}
# These need a certificate of the tax office.
PROVED_STATES = frozenset({"half", "exempt", "paid_elsewhere"})
YEAR_MONTHS = 12


class TaxInput(NamedTuple):
    """What the tax of this year, and of the years before, depends on.

    :ivar annual: tax of a full year, yuan; None when no band fits
    :ivar months: months owed this year (12, or from the invoice month of a new car)
    :ivar status: key of ``TAX_SHARES``
    :ivar arrears: tax of earlier years still owed, yuan
    :ivar late_days: days since the arrears were due
    :ivar late_rate: late fee per day as a share, 0.0005 for 0.05 %
    """

    annual: object = None
    months: object = YEAR_MONTHS
    status: str = "normal"
    arrears: object = 0
    late_days: object = 0
    late_rate: object = 0
    source: str = ""


def current_tax(tax):
    """Tax of this year: ``annual × share / 12 × months``.

    A car that owes nothing needs no band.

    :param tax: :class:`TaxInput`
    """
    share = TAX_SHARES.get(tax.status)
    if share is None:
        return Rated(None, "", tax.source)
    if not share:
        return Rated(Decimal("0.00"), "0.00", tax.source)
    annual, months = to_decimal(tax.annual), to_decimal(tax.months)
    if annual is None or annual < 0 or months is None:
        return Rated(None, "", tax.source)
    if not 0 <= months <= YEAR_MONTHS:
        return Rated(None, "", tax.source)
    amount = cents(annual * share * months / YEAR_MONTHS)
    text = f"{cents(annual)}"
    if share != 1:
        text += f" × {share:.2f}"
    if months != YEAR_MONTHS:
        text += f" / {YEAR_MONTHS} × {months.normalize():f}"
    if text != f"{amount}":
        text += f" = {amount}"
    return Rated(amount, text, tax.source)


def late_fee(tax):
    """Late fee on arrears: ``arrears × rate × days``.

    :param tax: :class:`TaxInput`
    """
    arrears, days, rate = map(to_decimal, (tax.arrears, tax.late_days, tax.late_rate))
    if not arrears or not days or not rate or min(arrears, days, rate) < 0:
        return Rated(Decimal("0.00"), "", tax.source)
    amount = cents(arrears * days * rate)
    if amount is None:
        return Rated(None, "", tax.source)
    text = f"{cents(arrears)} × {rate.normalize():f} × {days.normalize():f} = {amount}"
    return Rated(amount, text, tax.source)

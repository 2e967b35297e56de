"""Agency fee of one policy (domain.md §7, R6, R7)."""


def agency_fee(premium, rate, vat_rate, currency):
    """Fee without VAT that an agreement promises for one policy.

    The premium is quoted with VAT; the fee is a share of the premium without it.
    Both steps are rounded, as insurers do on their statements. Vehicle tax carries
    no fee and must not be part of ``premium``.

    :param premium: premium with VAT, in ``currency``; negative for a refund
    :param rate: share agreed with the insurer, as a fraction
    :param vat_rate: VAT contained in premiums, as a fraction
    :param currency: ``res.currency`` that rounds
    :return: fee in ``currency``

    Premium 950.00 at 4 % and 6 % VAT: 950 / 1.06 = 896.23, fee 35.85.
    """
    base = currency.round(premium / (1.0 + vat_rate))
    return currency.round(base * rate)

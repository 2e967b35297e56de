"""Who bears which part of a repair (domain.md §3.10, duty S92).

No ORM, no clock, no rounding surprises: every amount is a whole number of minor units
(fen) and every rate a :class:`~decimal.Decimal`. The result always fulfils the identity
``total = insurer + third_party + self_paid + store`` and no part is negative.
"""

from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

ONE = Decimal(1)
# Payers whose part is paid by the insurer of the car.
INSURER_PAYERS = frozenset(
    {"own_damage", "ctpl_property", "third_party_liability", "addon"}
)


class Line(NamedTuple):
    """One line of the repair bill, in minor units.

    ``amount`` is what the workshop bills, ``assessed`` what the insurer has agreed to.
    """

    amount: int
    assessed: int = 0
    payer: str = "own_damage"
    non_accident: bool = False


class Terms(NamedTuple):
    """Terms of the policy and of the accident.

    :param liability: share of the fault of our driver, 0 to 1; one when the insurer
        pays everything (subrogation)
    :param deductible_rate: 免赔率 of the own damage, 0 to 1
    :param deductible: 免赔额 of the own damage, minor units
    :param absolute: 绝对免赔 of the own damage, minor units
    :param salvage: remains that the insurer deducts, minor units
    :param salvage_keeper: who keeps the remains and bears their value, customer | store
    :param above_payer: who bears what lies above the assessment, customer | store
    :param self_pay: no insurer takes part; everything is the customer's
    """

    liability: Decimal = ONE
    deductible_rate: Decimal = Decimal(0)
    deductible: int = 0
    absolute: int = 0
    salvage: int = 0
    salvage_keeper: str = "customer"
    above_payer: str = "customer"
    self_pay: bool = False


class Split(NamedTuple):
    """The parts in minor units; ``reasons`` adds up to ``self_paid``.

    ``reasons`` maps a code to its amount: ``own`` (lines of the customer),
    ``non_accident``, ``above_assessment``, ``liability``, ``deductible_rate``,
    ``deductible``, ``absolute`` and ``salvage``.
    """

    total: int
    insurer: int
    third_party: int
    self_paid: int
    store: int
    reasons: dict


def _part(amount, rate):
    """The rounded share of an amount, never more than the amount or below zero."""
    share = (Decimal(amount) * rate).quantize(ONE, rounding=ROUND_HALF_UP)
    return min(max(int(share), 0), amount)


def split_costs(lines, terms=Terms()):  # noqa: B008 - an immutable tuple
    """Split the lines of a repair bill among insurer, third party, customer and store.

    Order of the deductions from the own damage: share of the fault, deductible rate,
    deductible amount, absolute deductible, salvage; each is capped by what is left, so
    no part can become negative.

    :param lines: iterable of :class:`Line`; negative amounts count as zero
    :param terms: :class:`Terms`
    :return: :class:`Split`
    """
    reasons = dict.fromkeys(
        (
            "own",
            "non_accident",
            "above_assessment",
            "liability",
            "deductible_rate",
            "deductible",
            "absolute",
            "salvage",
        ),
        0,
    )
    total = store = third_party = own_damage = other_insured = 0
    for line in lines:
        amount = max(line.amount, 0)
        total += amount
        if line.payer == "store":
            store += amount
        elif line.non_accident:
            reasons["non_accident"] += amount
        elif terms.self_pay or line.payer == "customer":
            reasons["own"] += amount
        else:
            covered = min(amount, max(line.assessed, 0))
            above = amount - covered
            if terms.above_payer == "store":
                store += above
            else:
                reasons["above_assessment"] += above
            if line.payer == "third_party_insurer":
                third_party += covered
            elif line.payer == "own_damage":
                own_damage += covered
            else:
                other_insured += covered
    left = own_damage
    steps = (
        ("liability", lambda rest: _part(rest, ONE - terms.liability)),
        ("deductible_rate", lambda rest: _part(rest, terms.deductible_rate)),
        ("deductible", lambda rest: min(rest, max(terms.deductible, 0))),
        ("absolute", lambda rest: min(rest, max(terms.absolute, 0))),
    )
    for code, deduct in steps:
        reasons[code] = deduct(left)
        left -= reasons[code]
    salvage = min(left, max(terms.salvage, 0))
    left -= salvage
    if terms.salvage_keeper == "store":
        store += salvage
    else:
        reasons["salvage"] = salvage
    return Split(
        total=total,
        insurer=left + other_insured,
        third_party=third_party,
        self_paid=sum(reasons.values()),
        store=store,
        reasons=reasons,
    )

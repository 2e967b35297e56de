"""What the matching of fee statements talks about: lines, targets, candidates."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

AUTO, PROPOSED, NONE = "auto", "proposed", "none"


class Target(NamedTuple):
    """A policy, or an endorsement of one, that may stand on a statement.

    :param key: whatever the caller recognises it by
    :param number: canonical policy number
    :param deal: policies of one deal have the same
    :param premium: with VAT, company currency; negative for a refund
    :param net: premium without VAT
    :param tax: vehicle tax collected with it
    :param endorsement: canonical number of the endorsement, "" for a policy
    :param follows: True for an endorsement or cancellation
    """

    key: Any
    number: str
    product: str
    deal: Any = None
    vin: str = ""
    plate: str = ""
    insured: str = ""
    issued: date | None = None
    starts: date | None = None
    premium: Decimal = Decimal(0)
    net: Decimal = Decimal(0)
    tax: Decimal = Decimal(0)
    endorsement: str = ""
    follows: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """What a statement line says about the policy it means.

    :param numbers: canonical policy numbers; lost places are "?"
    :param endorsements: numbers of endorsements, from their column or a remark
    :param amounts: premiums as printed, with or without VAT
    :param follows: the line itself says that it is an endorsement or a claw-back
    """

    key: Any
    numbers: tuple = ()
    product: str = ""
    endorsements: tuple = ()
    vin: str = ""
    plate: str = ""
    insured: str = ""
    issued: date | None = None
    starts: date | None = None
    amounts: tuple = ()
    follows: bool = False

    @property
    def number(self):
        return self.numbers[0] if self.numbers else ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A possible meaning of a line.

    :param targets: one target, or several when one line pays for a whole deal
    :param step: pass that found it
    :param facts: codes of what agrees ("vin") and disagrees ("-vin")
    """

    targets: tuple
    step: str
    score: int
    facts: tuple = ()

    @property
    def keys(self):
        return tuple(target.key for target in self.targets)


@dataclass(slots=True)
class Outcome:
    """What the passes say about one line."""

    line: Line
    state: str = NONE
    chosen: Candidate | None = None
    candidates: list = field(default_factory=list)


class Rules(NamedTuple):
    """Settings of a store.

    :param threshold: lowest score of an automatic match
    :param window: days that the dates of line and policy may lie apart
    :param rounding: difference of amounts that is only rounding, company currency
    """

    threshold: int = 90
    window: int = 7
    rounding: Decimal = Decimal("0.02")


def premiums(target):
    """Premium of a target on every basis that a statement may use."""
    return target.premium, target.net, target.premium + target.tax


def comparable_name(text):
    """Name without blanks and marks, for comparison; masked names give ""."""
    text = str(text or "")
    if "*" in text or "＊" in text:
        return ""
    return "".join(char for char in text if char.isalnum()).casefold()


def comparable_code(text):
    """VIN or plate for comparison."""
    text = str(text or "")
    if "*" in text:
        return ""
    return "".join(char for char in text if char.isalnum()).upper()

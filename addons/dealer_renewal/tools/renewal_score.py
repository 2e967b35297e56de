"""Whom to call next: a score that anybody can add up by hand (S70, S71).

No ORM and no clock; the caller brings the facts and the weights.
"""

from typing import NamedTuple


class Weight(NamedTuple):
    """What one factor may bring.

    ``points`` is the most it can bring (negative: what it takes away); ``scale`` is the
    value at which it brings all of it, 0 for factors that are met or not.
    """

    points: float
    scale: float = 0.0


class Facts(NamedTuple):
    """What is known of one task.

    ``days`` to the expiry (negative: already expired); ``premium`` of the last year in
    company currency; ``years`` insured here; ``customer_class`` A, B or C; ``troubles``
    open claims and complaints; ``price_sensitive``, ``promised``; ``missed`` nodes
    without a contact; ``appointment`` days to the agreed next call, ``None`` without.
    """

    days: int
    premium: float = 0.0
    years: int = 0
    customer_class: str = "C"
    troubles: int = 0
    price_sensitive: bool = False
    promised: bool = False
    missed: int = 0
    appointment: int | None = None


class Part(NamedTuple):
    """One line of the explanation: factor, its value, what it brought."""

    code: str
    value: float
    points: float


# Codes of the factors, in the order of the explanation.
FACTORS = (
    "trouble",
    "expiry",
    "appointment",
    "promised",
    "premium",
    "class_a",
    "class_b",
    "years",
    "price",
    "missed",
    "later",
)


def _values(facts):
    """Value of each factor; a factor that is left out does not apply."""
    values = {
        "trouble": facts.troubles,
        "expiry": abs(facts.days),
        "promised": int(facts.promised),
        "premium": facts.premium,
        "class_a": int(facts.customer_class == "A"),
        "class_b": int(facts.customer_class == "B"),
        "years": facts.years,
        "price": int(facts.price_sensitive),
        "missed": facts.missed,
    }
    if facts.appointment is not None:
        code = "later" if facts.appointment > 0 else "appointment"
        values[code] = abs(facts.appointment) if code == "later" else 1
    return values


def score(facts, weights):
    """Add up the score of a task.

    Factors with a scale grow in a straight line up to it; that of the expiry falls with
    the distance from the day on which the cover ends, so that the last days before and
    the first days after weigh most. Factors without a scale count as a whole.

    :param facts: :class:`Facts`
    :param weights: dict factor -> :class:`Weight`; a factor without weight is ignored
    :return: tuple (total rounded to one place, list of :class:`Part` that are not zero)
    """
    values = _values(facts)
    parts = []
    for code in FACTORS:
        weight, value = weights.get(code), values.get(code)
        if weight is None or value is None:
            continue
        if code == "expiry":
            scale = weight.scale or 1
            share = max(0.0, 1 - value / scale)
        elif not value:
            continue
        elif weight.scale:
            share = min(1.0, value / weight.scale)
        else:
            share = 1.0
        points = round(weight.points * share, 1)
        if points:
            parts.append(Part(code, value, points))
    return round(sum(part.points for part in parts), 1), parts

"""Share a payment among the lines it pays (pure, no ORM)."""

from decimal import Decimal


def allocate(paid, weights):
    """Share ``paid`` in proportion to ``weights``, to the cent.

    The cents that rounding leaves over go to the largest remainders, so that the parts
    add up to ``paid`` exactly. Negative weights (claw-backs) take a negative part of a
    positive payment, as the insurer deducts them.

    :param paid: amount to share, ``Decimal`` with two places
    :param weights: list of ``Decimal`` with two places, e.g. the agreed fees
    :return: list of ``Decimal``, one part per weight; zeros when the weights add up to
        nothing
    """
    cents = [int(weight * 100) for weight in weights]
    goal, whole = int(paid * 100), sum(cents)
    if not whole:
        return [Decimal(0)] * len(cents)
    parts = [cent * goal // whole for cent in cents]
    order = sorted(
        range(len(cents)), key=lambda i: (-(cents[i] * goal % whole) / whole, i)
    )
    for index in order[: goal - sum(parts)]:
        parts[index] += 1
    return [Decimal(part) / 100 for part in parts]

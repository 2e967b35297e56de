"""Premium of a part of the term: refunds, what the insurer keeps, changes mid-term.

Pure functions like those of ``rating``: no ORM, no database, no clock, no input
raises. Money is yuan (CNY) as ``Decimal``. Days are dates; ``date_end`` is the first
day without cover, so a year from 1 March to the last of February has 365 days and
its ``date_end`` is 1 March. The refund is rounded half up to the cent and the insurer
keeps the rest, so that both add up to the premium on any day (domain.md 2.5).
"""

from datetime import date
from decimal import Decimal

from .rating import Rated, cents, to_decimal


def _signed(amount, like):
    """``amount`` with the sign of another figure; zero has none."""
    return amount.copy_sign(like) + 0


def term_days(date_start, date_end, day):
    """Days of a term that are over on a day.

    :param date_start: first day of cover
    :param date_end: first day without cover
    :param day: first day that no longer counts; clamped to the term
    :return: tuple (days elapsed, days of the term), or None when it is no term
    """
    if not all(isinstance(value, date) for value in (date_start, date_end, day)):
        return None
    total = date_end.toordinal() - date_start.toordinal()
    if total <= 0:
        return None
    return min(max(day.toordinal() - date_start.toordinal(), 0), total), total


def refund_before_start(premium, fee_rate, source=""):
    """Refund of a policy that is cancelled before its cover starts.

    :param premium: premium paid, yuan
    :param fee_rate: share that the insurer keeps, as a fraction (0.03 = 3 %)
    :return: :class:`Rated`; 1,000.00 at 3 % gives 970.00
    """
    premium, share = cents(premium), to_decimal(fee_rate)
    if premium is None or premium < 0 or share is None or not 0 <= share <= 1:
        return Rated(None, "", source)
    refund = premium - cents(premium * share)
    percent = format((share * 100).normalize(), "f")
    return Rated(refund, f"{premium} − {premium} × {percent}% = {refund}", source)


def kept_before_start(premium, fee_rate, source=""):
    """Fee that the insurer keeps of a policy cancelled before its cover starts."""
    refund = refund_before_start(premium, fee_rate, source)
    if refund.amount is None:
        return refund
    kept = cents(premium) - refund.amount
    return Rated(kept, f"{cents(premium)} − {refund.amount} = {kept}", source)


def refund_pro_rata(premium, date_start, date_end, date_cancel, source="", year_days=0):
    """Refund per day of a policy that is cancelled while it runs.

    ``premium × (1 − days elapsed / days of the term)``. A day before the start gives
    the whole premium back, a day after the end nothing.

    :param premium: premium paid for the term, yuan
    :param date_cancel: first day without cover
    :param year_days: days of the year by which the insurer counts; 0: those of the
        term
    :return: :class:`Rated`; day 100 of 365 of 3,650.00 gives 2,650.00
    """
    premium, term = cents(premium), term_days(date_start, date_end, date_cancel)
    if premium is None or premium < 0 or term is None:
        return Rated(None, "", source)
    elapsed, total = term
    if year_days:
        days = to_decimal(year_days)
        if days is None or days <= 0:
            return Rated(None, "", source)
        total = int(days)
        elapsed = total if elapsed >= term[1] else min(elapsed, total)
    if not total:
        return Rated(None, "", source)
    refund = cents(premium * (total - elapsed) / total)
    return Rated(refund, f"{premium} × (1 − {elapsed}/{total}) = {refund}", source)


def earned_pro_rata(premium, date_start, date_end, date_cancel, source="", year_days=0):
    """What the insurer keeps for the days of cover: premium less refund per day."""
    refund = refund_pro_rata(
        premium, date_start, date_end, date_cancel, source, year_days
    )
    if refund.amount is None:
        return refund
    earned = cents(premium) - refund.amount
    return Rated(earned, f"{cents(premium)} − {refund.amount} = {earned}", source)


def refund_parts(parts, date_end, date_cancel, source="", year_days=0):
    """Refund per day of a policy whose premium was changed while it ran.

    Each part has its own first day: the premium of the policy runs from the start of
    the cover, an extra premium from its own day. What was paid back already is a
    negative part.

    :param parts: list of (amount in yuan, first day)
    :return: :class:`Rated`, neither negative nor more than the parts together
    """
    total, refund, texts = Decimal(0), Decimal(0), []
    for amount, first_day in parts:
        amount = cents(amount)
        if amount is None:
            return Rated(None, "", source)
        part = refund_pro_rata(
            abs(amount), first_day, date_end, date_cancel, source, year_days
        )
        if part.amount is None:
            return Rated(None, "", source)
        sign = 1 if amount >= 0 else -1
        total += amount
        refund += sign * part.amount
        texts.append(part.formula if sign > 0 else f"−({part.formula})")
    if not texts or total < 0:
        return Rated(None, "", source)
    capped = cents(min(max(refund, Decimal(0)), total))
    if capped is None:
        return Rated(None, "", source)
    if len(texts) == 1 and capped == cents(refund):
        return Rated(capped, texts[0], source)
    return Rated(capped, "; ".join([*texts, f"Σ = {capped}"]), source)


def refund_total_loss(premium, lost_premium, parts_refund, source=""):
    """Refund after a total loss was paid: nothing of the lost cover and its add-ons.

    :param premium: premium of the whole policy, yuan
    :param lost_premium: premium of the cover that ended and of its add-ons
    :param parts_refund: refund per day of the whole policy, yuan
    :return: :class:`Rated`: the share of the other covers in that refund
    """
    premium, lost = cents(premium), cents(lost_premium)
    whole = cents(parts_refund)
    if premium is None or lost is None or whole is None:
        return Rated(None, "", source)
    if premium < 0 or lost < 0 or whole < 0:
        return Rated(None, "", source)
    rest = premium - min(lost, premium)
    if not premium or not rest:
        return Rated(cents(0), "0.00", source)
    refund = cents(whole * rest / premium)
    return Rated(refund, f"{whole} × {rest}/{premium} = {refund}", source)


def change_pro_rata(difference, date_start, date_end, date_from, source=""):
    """Premium of a change for the days that are left, e.g. of a higher limit.

    :param difference: yearly premium after the change less that before, yuan;
        negative when a cover is dropped
    :param date_from: first day of the changed cover
    :return: :class:`Rated`; 365.00 more a year with 100 days left gives 100.00
    """
    difference, term = cents(difference), term_days(date_start, date_end, date_from)
    if difference is None or term is None:
        return Rated(None, "", source)
    elapsed, total = term
    left = total - elapsed
    # Rounded without its sign, so that adding and dropping a cover cancel out.
    amount = _signed(cents(abs(difference) * left / total), difference)
    return Rated(amount, f"{difference} × {left}/{total} = {amount}", source)


def period_change(premium, days, new_days, source=""):
    """Premium of a longer or shorter term at the same price per day.

    :param premium: premium of the present term, yuan
    :param days: days of the present term
    :param new_days: days of the new one
    :return: :class:`Rated`: what is added, or paid back as a negative amount
    """
    premium, days, new_days = cents(premium), to_decimal(days), to_decimal(new_days)
    if premium is None or premium < 0 or not days or new_days is None:
        return Rated(None, "", source)
    if days <= 0 or new_days < 0:
        return Rated(None, "", source)
    gap = new_days - days
    amount = cents(abs(premium * gap) / days)
    if amount is None:
        return Rated(None, "", source)
    amount = _signed(amount, gap)
    return Rated(amount, f"{premium} / {days} × {gap} = {amount}", source)

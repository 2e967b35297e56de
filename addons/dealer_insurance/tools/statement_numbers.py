"""Policy numbers as insurers and stores write them, made comparable (no ORM).

Three forms of one number:

- *canonical*: capitals, nothing but letters and digits;
- *folded*: canonical, with letters that are mistaken for digits made equal;
- *masked*: a number of which a spreadsheet kept only the first digits; each lost place
  is a ``?``, so ``1.2506E+19`` becomes ``12506???????????????``.
"""

import re
import unicodedata

LOST = "?"
#: A spreadsheet number keeps this many digits exactly.
EXACT_DIGITS = 15
#: Longer ones are not either.
MAX_LENGTH = 40
#: Shorter texts are no policy numbers.
MIN_LENGTH = 8
_SCIENTIFIC = re.compile(r"(\d)(?:\.(\d+))?E\+(\d{1,3})", re.IGNORECASE)
_MISTAKEN = str.maketrans({"O": "0", "I": "1"})
_SEPARATORS = re.compile(r"[;；,，、/／|&+\n\r]+|\s{3,}|和|及")
_TOKEN = re.compile(rf"[A-Z0-9]{{{MIN_LENGTH},}}")


def canonical(text):
    """Number in capitals without blanks, dashes, quotes and other marks; "" if none.

    :param text: number as written, also full-width or in small letters
    """
    text = unicodedata.normalize("NFKC", str(text or "")).upper()
    return re.sub(rf"[^0-9A-Z{LOST}]", "", text)


def folded(number):
    """Canonical number with O read as 0 and I as 1."""
    return number.translate(_MISTAKEN)


def masked(text):
    """What is left of a number that was stored as a spreadsheet number.

    :param text: text of the cell: ``1.25060000261011E+19`` or the digits with zeros
    :return: digits followed by a ``?`` for each lost place; "" when nothing was lost
    """
    text = unicodedata.normalize("NFKC", str(text or "")).strip()
    if match := _SCIENTIFIC.fullmatch(text):
        first, rest, exponent = match.groups()
        length = int(exponent) + 1
        # Zeros at the end may be digits or fillings; they are not relied upon.
        known = (first + (rest or "")).rstrip("0") or first
        if length > MAX_LENGTH or length < len(known):
            return ""
    else:
        digits = text.split(".")[0]
        if not digits.isdigit() or not EXACT_DIGITS < len(digits) <= MAX_LENGTH:
            return ""
        length = len(digits)
        known = str(round(int(digits), EXACT_DIGITS - length))[:EXACT_DIGITS]
    # The last exact digit may have been rounded up by those that are lost.
    known = known[: EXACT_DIGITS - 1]
    return known + LOST * (length - len(known))


def known_part(number):
    """The leading part of a masked number that is known."""
    return number.split(LOST, 1)[0]


def split_numbers(text):
    """Canonical numbers of a cell that may hold more than one.

    "PDAA123;PDZA456" are two numbers, "12-34/5678-90" is one.
    """
    raw = unicodedata.normalize("NFKC", str(text or ""))
    parts = [canonical(part) for part in _SEPARATORS.split(raw)]
    parts = [part for part in parts if part]
    if len(parts) > 1 and all(
        len(part) >= MIN_LENGTH and any(c.isdigit() for c in part) for part in parts
    ):
        return tuple(dict.fromkeys(parts))
    whole = canonical(raw)
    return (whole,) if whole else ()


def numbers_in(text):
    """Canonical numbers mentioned in a remark, such as "批单1850 6000"."""
    text = unicodedata.normalize("NFKC", str(text or "")).upper().replace("-", "")
    return tuple(dict.fromkeys(_TOKEN.findall(text)))


def one_edit(number, alphabet):
    """Every text that one slip of the keyboard makes of a number.

    :param number: canonical number
    :param alphabet: characters that occur in known numbers
    :return: set of texts, the number itself left out
    """
    slips = set()
    for place in range(len(number) + 1):
        head, tail = number[:place], number[place:]
        if tail:
            slips.add(head + tail[1:])
            slips.update(head + char + tail[1:] for char in alphabet)
        if len(tail) > 1:
            slips.add(head + tail[1] + tail[0] + tail[2:])
        slips.update(head + char + tail for char in alphabet)
    slips.discard(number)
    return slips


def near(left, right, limit=2):
    """True when two numbers differ by at most ``limit`` slips (bounded distance)."""
    if left == right:
        return True
    if not left or not right or abs(len(left) - len(right)) > limit:
        return False
    previous = list(range(len(right) + 1))
    before = None
    for row, a in enumerate(left, 1):
        current = [row] + [0] * len(right)
        for col, b in enumerate(right, 1):
            cost = a != b
            current[col] = min(
                previous[col] + 1, current[col - 1] + 1, previous[col - 1] + cost
            )
            swapped = row > 1 and col > 1 and a == right[col - 2] and b == left[row - 2]
            if swapped and cost:
                current[col] = min(current[col], before[col - 2] + 1)
        if min(current) > limit:
            return False
        before, previous = previous, current
    return previous[-1] <= limit

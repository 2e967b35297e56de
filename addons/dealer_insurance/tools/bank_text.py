"""What the texts of a bank line say: plates, numbers, names, months. Pure functions."""

import re
import unicodedata

# A number in a memo is compared with the end of the numbers of a candidate. Four
# characters are a hint ("phone ending in"), five and more are proof.
MIN_TAIL = 4
PROOF_TAIL = 5
# Ends of numbers that are indexed; longer ones are compared as a whole.
MAX_TAIL = 10

_PLATE = re.compile(r"[\u4e00-\u9fff][A-Z][A-Z0-9]{5,6}(?![A-Z0-9])")
_NUMBER = re.compile(r"[A-Z0-9]+(?:-[A-Z0-9]+)*")
_DECIMAL = re.compile(r"(?<![A-Z0-9])\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+\.\d+")
_NOT_HAN = re.compile(r"[^\u4e00-\u9fff]+")
_BLANKS = re.compile(r"\s+")
_PERIODS = (
    re.compile(r"(20\d{2})[-/.年]?(0[1-9]|1[0-2])(?!\d)"),
    re.compile(r"(20\d{2})年(\d{1,2})月"),
)
_MONTH = re.compile(r"(?<!\d)(1[0-2]|0?[1-9])月")


def normalise(text):
    """Text for comparison: half width, upper case, outer blanks gone."""
    return unicodedata.normalize("NFKC", str(text or "")).upper().strip()


def name_key(text):
    """A name for comparison: `normalise` without any blanks or punctuation."""
    return re.sub(r"[\W_]+", "", normalise(text))


def number_key(text):
    """A number for comparison: letters and digits only."""
    return re.sub(r"[^A-Z0-9]", "", normalise(text))


def plates_in(text):
    """Plates written in a text, in their order."""
    text = re.sub(r"[·•.\s]", "", normalise(text))
    return list(dict.fromkeys(_PLATE.findall(text)))


def numbers_in(text):
    """Numbers in a text that can be the end of a policy, claim, car or phone number.

    Amounts and plates are left out. A number behind Latin letters ("VIN138286") and
    the part before a dash ("…-01") count as well.

    :return: list of `number_key`s of at least `MIN_TAIL` characters
    """
    text = normalise(text)
    text = _PLATE.sub(" ", text)
    text = _DECIMAL.sub(" ", text)
    found = []
    for match in _NUMBER.finditer(text):
        word = match.group()
        parts = {word, word.split("-")[0]}
        parts |= set(re.findall(r"\d+$", word))
        found += [number_key(part) for part in sorted(parts, key=len, reverse=True)]
    return list(
        dict.fromkeys(
            number
            for number in found
            if len(number) >= MIN_TAIL and any(char.isdigit() for char in number)
        )
    )


def tails(number):
    """Ends under which a number is found, its whole text included."""
    number = number_key(number)
    ends = {number[-size:] for size in range(MIN_TAIL, MAX_TAIL + 1)}
    return {end for end in (*ends, number) if len(end) >= MIN_TAIL}


def names_in(text, words=()):
    """Chinese words of a text that can be names, after taking out known words.

    :param words: words that are no names ("insurance", "rest of the premium")
    """
    text = normalise(text)
    text = _PLATE.sub(" ", text)
    for word in sorted(words, key=len, reverse=True):
        text = text.replace(word, " ")
    return [part for part in _NOT_HAN.split(text) if len(part) >= 2]


def contains(text, words):
    """The first of the words that a text contains, None when it contains none."""
    return next((word for word in words if word and word in text), None)


def period_in(text, date):
    """Month that a text names, as "2026-09".

    :param date: day of the bank line; a month without year is the last one of that
        name before or at this day
    :return: "" when no month is named
    """
    text = _BLANKS.sub("", normalise(text))
    for pattern in _PERIODS:
        if match := pattern.search(text):
            return f"{match.group(1)}-{int(match.group(2)):02d}"
    if match := _MONTH.search(text):
        month = int(match.group(1))
        year = date.year if month <= date.month else date.year - 1
        return f"{year}-{month:02d}"
    return ""


def day_in(digits, date):
    """The day that MMDD or YYYYMMDD means, at or before the day of the bank line.

    :return: date, None when the digits are no day
    """
    digits = re.sub(r"\D", "", str(digits or ""))
    try:
        if len(digits) == 8:
            return date.replace(
                year=int(digits[:4]), month=int(digits[4:6]), day=int(digits[6:])
            )
        if len(digits) == 4:
            month, day = int(digits[:2]), int(digits[2:])
            year = date.year if (month, day) <= (date.month, date.day) else None
            return date.replace(year=year or date.year - 1, month=month, day=day)
    except ValueError:
        return None
    return None

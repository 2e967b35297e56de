"""Understand amounts and dates the way people type them. Pure functions."""

import datetime
import re
import unicodedata
from decimal import Decimal, InvalidOperation

_DATE = re.compile(
    r"(?P<y>\d{4})\s*(?P<s1>[-/.年\\])\s*(?P<m>\d{1,2})\s*(?P<s2>[-/.月\\])\s*"
    r"(?P<d>\d{1,2})\s*(?P<s3>[日号]?)(?P<rest>.*)",
    re.DOTALL,
)
_DATE_COMPACT = re.compile(
    r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})(?P<rest>.*)", re.DOTALL
)
_DATE_SHORT = re.compile(
    r"(?P<y>\d{2})(?P<s1>[-/.年])(?P<m>\d{1,2})(?P<s2>[-/.月])(?P<d>\d{1,2})(?P<s3>日?)"
    r"(?P<rest>.*)",
    re.DOTALL,
)
_TIME = re.compile(
    r"(?:[T\s,]*)(?:(?P<ap>上午|下午|晚上|am|pm)\s*)?(?P<h>\d{1,2})\s*[:时点]\s*"
    r"(?:(?P<mi>\d{1,2})\s*[:分]?\s*)?(?:(?P<s>\d{1,2})(?:\.\d+)?\s*秒?)?"
    r"(?P<zone>Z|[+]\d{2}:?\d{2})?",
    re.IGNORECASE,
)
_TIME_COMPACT = re.compile(r"\s*(?P<h>\d{2})(?P<mi>\d{2})(?P<s>\d{2})?")
_AMOUNT = re.compile(
    r"(?P<sign>[-+−]?)\s*(?:人民币|rmb|cny|[¥￥$])?\s*(?P<sign2>[-+−]?)\s*"
    r"(?P<number>\d[\d,\s']*(?:\.\d+)?|\.\d+)\s*(?P<unit>万元|万|元整|元|圆|rmb|cny)?"
    r"(?:/[年月台份])?",
    re.IGNORECASE,
)


def fold(text):
    """Half-width forms, ideographic punctuation of numbers made plain."""
    return unicodedata.normalize("NFKC", text).replace("。", ".").replace("−", "-")


def to_decimal(number):
    """A spreadsheet number as Decimal, binary tails beyond 6 decimals cut off."""
    value = Decimal(repr(number)) if isinstance(number, float) else Decimal(number)
    if value.as_tuple().exponent < -6:
        value = value.quantize(Decimal("0.000001")).normalize()
    return value


def parse_amount(text):
    """Understand an amount typed as text: "1,234.50元", "￥1 200", "1.2万", "(300)".

    :return: `Decimal` or None
    """
    text = fold(text).strip()
    negative = False
    if match := re.fullmatch(r"\((.+)\)", text):
        text, negative = match.group(1), True
    match = _AMOUNT.fullmatch(text)
    if not match:
        return None
    digits = re.sub(r"[,\s']", "", match.group("number"))
    if re.search(r",\d{1,2}(\.|$)", match.group("number")) or re.search(
        r",\d{4,}", match.group("number")
    ):
        # 1,5 or 1,2345: not thousands, and nobody knows what was meant
        return None
    try:
        value = Decimal(digits)
    except InvalidOperation:
        return None
    if (match.group("unit") or "").startswith("万"):
        value *= 10000
    if "-" in match.group("sign") + match.group("sign2") or negative:
        value = -value
    return value


def parse_date(text):
    """Understand a date typed as text, with or without time.

    Year first in every usual writing (2025.1.13, 20251106, 2025年3月4日, 25-3-4,
    2025/3/4 12:30, 2025-03-04T12:30:00, 下午3点). Day first is not guessed.

    :return: `datetime.datetime` or None
    """
    text = fold(text).strip().rstrip(".")
    text = re.sub(r"[((](?:周|星期|礼拜)[一二三四五六日天][))]", " ", text)
    match = _DATE.fullmatch(text) or _DATE_COMPACT.fullmatch(text)
    if not match:
        match = _DATE_SHORT.fullmatch(text)
        if not match:
            return None
    parts = match.groupdict()
    year = int(parts["y"])
    if year < 100:
        year += 2000 if year < 70 else 1900
    if not 1900 <= year <= 2200:
        return None
    hour = minute = second = 0
    rest = parts["rest"].strip()
    if rest:
        time = _TIME.fullmatch(rest)
        if not time and parts.get("s1") is None:
            time = _TIME_COMPACT.fullmatch(rest)
        if not time:
            return None
        found = time.groupdict()
        hour = int(found["h"])
        minute, second = int(found.get("mi") or 0), int(found.get("s") or 0)
        if (found.get("ap") or "").lower() in ("下午", "晚上", "pm") and hour < 12:
            hour += 12
    try:
        if hour == 24 and not minute and not second:
            day = datetime.datetime(year, int(parts["m"]), int(parts["d"]))
            return day + datetime.timedelta(days=1)
        return datetime.datetime(
            year, int(parts["m"]), int(parts["d"]), hour, minute, second
        )
    except ValueError:
        return None


def serial_to_datetime(number):
    """Serial number of the 1900 calendar as datetime, rounded to seconds."""
    moment = datetime.datetime(1899, 12, 30) + datetime.timedelta(days=float(number))
    if moment.microsecond:
        moment = (moment + datetime.timedelta(milliseconds=500)).replace(microsecond=0)
    return moment

"""Period and number of a fee statement, from its titles or its file name (no ORM)."""

import calendar
import re
import unicodedata
from datetime import date

_YMD = r"(20\d\d)\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?"
_COMPACT = r"(20\d\d)(0[1-9]|1[0-2])([0-3]\d)"
_RANGE = re.compile(rf"{_YMD}\D{{0,4}}?(?:至|到|~|--?|—+|–|to)\D{{0,3}}{_YMD}", re.I)
_RANGE_COMPACT = re.compile(
    rf"(?<!\d){_COMPACT}\s*(?:至|到|~|--?|—+|–|to)\s*{_COMPACT}(?!\d)", re.I
)
_MONTH = re.compile(r"(?<!\d)(20\d\d)\s*[-/.年]?\s*(1[0-2]|0?[1-9])\s*月?(?!\d)")
_PERIOD_WORD = re.compile(
    r"期间|月份|账期|帐期|所属期|结算月|结算年月|period|month", re.IGNORECASE
)
_OTHER_DATE = re.compile(
    r"打印|制表|制单|生成|导出|日期|时间|print|date", re.IGNORECASE
)
_NUMBER = re.compile(
    r"(?:结算单号|结算单编号|结算单据号|单据编号|单据号|结算批次号?|批次号|对账单号|"
    r"清单号|结算编号|单号|statement\s*no\.?)\s*[:：]?\s*([A-Z0-9][A-Z0-9\-]{3,39})",
    re.IGNORECASE,
)


def _month(year, number):
    """First and last day of a month."""
    last = calendar.monthrange(year, number)[1]
    return date(year, number, 1), date(year, number, last)


def _day(parts):
    try:
        return date(*map(int, parts))
    except ValueError:
        return None


def statement_period(texts):
    """(first day, last day) of the period, (None, None) when no text tells it.

    A range of days comes before a month that is called the period, and that before
    any month in a text that is not the day of printing.

    :param texts: titles above the header, cells of cover sheets, the file name last
    """
    texts = [unicodedata.normalize("NFKC", str(text or "")) for text in texts]
    for text in texts:
        for pattern in (_RANGE, _RANGE_COMPACT):
            if match := pattern.search(text):
                first, last = _day(match.groups()[:3]), _day(match.groups()[3:])
                if first and last and first <= last:
                    return first, last
    # A label may stand in one cell and the month in the next.
    pairs = zip(["", *texts], texts, strict=False)
    for before, text in pairs:
        named = _PERIOD_WORD.search(text) or (
            _PERIOD_WORD.search(before) and len(before) <= 12
        )
        if named and (match := _MONTH.search(text)):
            return _month(int(match[1]), int(match[2]))
    for text in texts:
        if not _OTHER_DATE.search(text) and (match := _MONTH.search(text)):
            return _month(int(match[1]), int(match[2]))
    return None, None


def statement_number(texts):
    """Number that the insurer gave the statement, "" when no title tells it."""
    texts = [unicodedata.normalize("NFKC", str(text or "")) for text in texts]
    for index, text in enumerate(texts):
        if match := _NUMBER.search(text):
            return match[1].upper()
        label = re.fullmatch(
            r".{0,4}(单号|单编号|批次号|statement no\.?)[:：]?", text, re.I
        )
        if label and index + 1 < len(texts):
            following = texts[index + 1].strip()
            if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9\-]{3,39}", following):
                return following.upper()
    return ""

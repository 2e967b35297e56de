"""What the words of a rate sheet say, as pure functions: validity, version, publisher
in the title lines; displacement in the name of a model; names compared loosely."""

import re
import unicodedata
from calendar import monthrange
from datetime import date
from typing import NamedTuple

_DAY = r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?"
_SHORT_DAY = r"(?:(\d{4})\s*[-/.年]\s*)?(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?"
_RANGE = re.compile(rf"{_DAY}\s*(?:至|到|~|～|—|–|-|to|until)\s*{_SHORT_DAY}", re.I)
_FROM = re.compile(rf"{_DAY}\s*(?:起|开始|onwards)|(?:自|从|from)\s*{_DAY}", re.I)
_MONTH = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*月?(?!\s*[-/.]?\s*\d)")
_LABEL = r"\s*[:：]?\s*"
_VERSION = re.compile(
    rf"(?:版本号?|第?版次|version|ver\.?){_LABEL}([A-Za-z]?\d[A-Za-z0-9.\-]*)|"
    r"(?<![A-Za-z0-9])([Vv]\d[A-Za-z0-9.\-]*)",
    re.I,
)
_PUBLISHER = re.compile(
    r"(?:发布人|发布|编制人|编制|制表人|制表|published by|issued by|publisher)"
    r"\s*[:：]\s*([^\s:：,，;；|/]{1,20}(?: [A-Z][a-z]+)?)",
    re.I,
)
_LITRES = re.compile(r"(?<![\d.])(\d\.\d)\s*[LT](?![A-Za-z0-9])", re.I)
_BLANKS = re.compile(r"[\s\u3000]+")


class SheetTitle(NamedTuple):
    """Facts of the lines above a rate sheet; what is not said is None or ""."""

    date_from: date | None = None
    date_to: date | None = None
    version: str = ""
    publisher: str = ""
    title: str = ""


def _date(year, month, day):
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def read_title(texts):
    """Validity, version and publisher of the lines above the table.

    A whole range wins over "from a day", that over the month that the title names
    ("2026年10月新车保费报价表": the whole of October).

    :param texts: texts above the header, from the top
    :return: :class:`SheetTitle`
    """
    texts = [unicodedata.normalize("NFKC", str(text or "")).strip() for text in texts]
    texts = [text for text in texts if text]
    joined = "    ".join(texts)
    date_from = date_to = None
    if found := _RANGE.search(joined):
        year, month, day, end_year, end_month, end_day = found.groups()
        date_from = _date(year, month, day)
        date_to = _date(end_year or year, end_month, end_day)
    elif found := _FROM.search(joined):
        date_from = _date(*[part for part in found.groups() if part][:3])
    elif found := _MONTH.search(joined):
        year, month = int(found[1]), int(found[2])
        if 1 <= month <= 12:
            date_from = date(year, month, 1)
            date_to = date(year, month, monthrange(year, month)[1])
    if date_from and date_to and date_to < date_from:
        date_to = None
    version = _VERSION.search(joined)
    publisher = _PUBLISHER.search(joined)
    return SheetTitle(
        date_from=date_from,
        date_to=date_to,
        version=(version[1] or version[2]) if version else "",
        publisher=publisher[1].strip() if publisher else "",
        title=texts[0] if texts else "",
    )


def name_key(text):
    """A name for comparison: width and case made equal, blanks left out."""
    return _BLANKS.sub("", unicodedata.normalize("NFKC", str(text or ""))).lower()


def litres_of(model):
    """Displacement that the name of a model carries ("1.6L", "2.0T"), else 0."""
    found = _LITRES.search(unicodedata.normalize("NFKC", str(model or "")))
    return float(found[1]) if found else 0.0


def usual_factor(factors, share=0.8):
    """The factor that nearly all offers of an insurer share, None without one.

    :param factors: list of factors, rounded
    :param share: how many of them must agree
    """
    if len(factors) < 3:
        return None
    common = max(set(factors), key=factors.count)
    return common if factors.count(common) >= share * len(factors) else None

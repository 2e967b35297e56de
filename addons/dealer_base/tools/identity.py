"""Numbers that identify a car, a person or a company: clean, check, mask.

Pure functions without a database. Every check returns a :class:`Check` and
never raises: a caller decides what a problem means (a refusal on a form, a
line in an import report). Rules: domain description §8.
"""

import datetime
import re
import unicodedata
from dataclasses import dataclass

from stdnum.cn import ric, uscc
from stdnum.exceptions import ValidationError as StdnumError

ERROR = "error"
WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Check:
    """What is known about one number.

    :param value: the number in its normal form (empty when nothing was given)
    :param problem: empty when right, else a stable code such as
        ``vin_check_digit``; the caller owns the wording
    :param severity: ``error``, ``warning`` or empty
    :param kind: what the number turned out to be (``resident``, ``nev`` …)
    :param birth_date: birth date written in an identity number
    :param gender: ``male`` or ``female`` when the number tells it
    :param expected: the check character that would have been right
    """

    value: str
    problem: str = ""
    severity: str = ""
    kind: str = ""
    birth_date: datetime.date | None = None
    gender: str = ""
    expected: str = ""

    @property
    def ok(self) -> bool:
        """True when there is no error; a warning may stand."""
        return self.severity != ERROR

    @property
    def clean(self) -> bool:
        """True when there is neither an error nor a warning."""
        return not self.problem


# ---------------------------------------------------------------------------
# Normal forms
# ---------------------------------------------------------------------------
# Spaces of every kind, zero-width marks, dots and dashes that people put between
# groups of a number.
_SEPARATORS = re.compile(r"[\s\u200b-\u200f\u2060\ufeff·•‧・∙.\-‐‑‒–—_'`]+")


def normalise_text(text) -> str:
    """Full-width forms become half-width, outer and double blanks go away.

    :param text: anything typed by a person; ``None`` and ``False`` give ``""``
    :return: readable text with single blanks
    """
    if text is None or text is False:
        return ""
    text = unicodedata.normalize("NFKC", str(text))
    text = re.sub(r"[\u200b-\u200f\u2060\ufeff]", "", text)
    return re.sub(r"\s+", " ", text).strip()


def _compact(text) -> str:
    return _SEPARATORS.sub("", normalise_text(text)).upper()


def normalise_vin(text) -> str:
    """VIN in capitals without blanks or dashes; letters are not guessed."""
    return _compact(text)


def normalise_plate(text) -> str:
    """Plate in capitals without blanks and dots: ``粤a·12345`` → ``粤A12345``."""
    return _compact(text)


def normalise_identity(text) -> str:
    """Identity number in capitals without blanks or dashes."""
    return _compact(text)


def normalise_uscc(text) -> str:
    """Unified social credit code in capitals without blanks or dashes."""
    return _compact(text)


def normalise_mobile(text) -> str:
    """Mobile number as eleven digits; the country prefix 86 is dropped.

    Text that is no mobile number keeps its own digits and dashes, so a landline
    stays readable.
    """
    text = normalise_text(text)
    digits = re.sub(r"[^\d]", "", text)
    if len(digits) > 11:
        for prefix in ("0086", "86"):
            rest = digits.removeprefix(prefix)
            if rest != digits and re.fullmatch(r"1\d{10}", rest):
                return rest
    if re.fullmatch(r"1\d{10}", digits):
        return digits
    return text.replace(" ", "")


def normalise_engine_no(text) -> str:
    """Engine number in capitals without blanks; dashes belong to the number."""
    return re.sub(r"\s+", "", normalise_text(text)).upper()


# ---------------------------------------------------------------------------
# Vehicle identification number (GB 16735, ISO 3779)
# ---------------------------------------------------------------------------
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_VIN_VALUES = {
    **{str(digit): digit for digit in range(10)},
    **dict(zip("ABCDEFGH", range(1, 9), strict=True)),
    **dict(zip("JKLMN", range(1, 6), strict=True)),
    "P": 7,
    "R": 9,
    **dict(zip("STUVWXYZ", range(2, 10), strict=True)),
}


def vin_check_digit(vin: str) -> str:
    """Check character that position 9 of a VIN must hold.

    :param vin: 17 characters without I, O and Q; position 9 is not read
    :return: ``0``–``9`` or ``X``
    """
    total = sum(
        _VIN_VALUES[char] * weight
        for char, weight in zip(vin, _VIN_WEIGHTS, strict=True)
    )
    return "X" if total % 11 == 10 else str(total % 11)


def is_domestic_vin(vin: str) -> bool:
    """True for a car made in China: the VIN starts with L."""
    return normalise_vin(vin).startswith("L")


def check_vin(text) -> Check:
    """Check a VIN (domain description §8, GB 16735).

    Problems: ``vin_missing``, ``vin_length``, ``vin_letters`` (I, O or Q),
    ``vin_chars``; ``vin_check_digit`` is an error for cars made in China and a
    warning for imported ones, where European makers leave the digit free.
    """
    vin = normalise_vin(text)
    if not vin:
        return Check("", "vin_missing", ERROR)
    if len(vin) != 17:
        return Check(vin, "vin_length", ERROR)
    if re.search(r"[IOQ]", vin):
        return Check(vin, "vin_letters", ERROR)
    if not re.fullmatch(r"[A-HJ-NPR-Z0-9]{17}", vin):
        return Check(vin, "vin_chars", ERROR)
    kind = "domestic" if is_domestic_vin(vin) else "imported"
    expected = vin_check_digit(vin)
    if vin[8] != expected:
        severity = ERROR if kind == "domestic" else WARNING
        return Check(vin, "vin_check_digit", severity, kind, expected=expected)
    return Check(vin, kind=kind)


# ---------------------------------------------------------------------------
# Plate (GA 36)
# ---------------------------------------------------------------------------
_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_PLATE_FUEL = re.compile(
    rf"[{_PROVINCES}][A-HJ-Z][A-HJ-NP-Z0-9]{{4}}[A-HJ-NP-Z0-9挂学警港澳]"
)
_PLATE_NEV_SMALL = re.compile(
    rf"[{_PROVINCES}][A-HJ-Z]([A-HJK])[A-HJ-NP-Z0-9][0-9]{{4}}"
)
_PLATE_NEV_LARGE = re.compile(rf"[{_PROVINCES}][A-HJ-Z][0-9]{{5}}([A-HJK])")
_PLATE_OTHER = re.compile(r"[\u4e00-\u9fffA-Z0-9]{4,10}")
# Letters of pure electric cars; the other letters of the class are hybrids.
_PLATE_ELECTRIC = frozenset("DABCE")
_NOT_PLATED = frozenset({"未上牌", "新车", "无牌", "待上牌", "暂未上牌"})


def check_plate(text) -> Check:
    """Check a plate; kinds ``fuel``, ``nev_electric``, ``nev_hybrid``, ``other``.

    A plate that stands for "not registered yet" gives an empty value of kind
    ``none`` without problem. Diplomatic, military and temporary plates are kind
    ``other``. Problem: ``plate_format``.
    """
    plate = normalise_plate(text)
    if not plate or plate in _NOT_PLATED:
        return Check("", kind="none")
    if _PLATE_FUEL.fullmatch(plate):
        return Check(plate, kind="fuel")
    match = _PLATE_NEV_SMALL.fullmatch(plate) or _PLATE_NEV_LARGE.fullmatch(plate)
    if match:
        electric = match.group(1) in _PLATE_ELECTRIC
        return Check(plate, kind="nev_electric" if electric else "nev_hybrid")
    special = "使" in plate or "领" in plate or "临" in plate
    if (special or plate[:1] in "军空海北沈兰济南广成WVE") and _PLATE_OTHER.fullmatch(
        plate
    ):
        return Check(plate, kind="other")
    return Check(plate, "plate_format", ERROR)


# ---------------------------------------------------------------------------
# Identity number of a person (GB 11643 and the permits built on it)
# ---------------------------------------------------------------------------
_RESIDENT = re.compile(r"\d{17}[\dX]")
_FOREIGNER_OLD = re.compile(r"[A-Z]{3}\d{12}")


def check_identity(text) -> Check:
    """Check an identity number; kinds ``resident``, ``permit``, ``foreigner``.

    Refused only for its format, birth date and checksum: the county code is not
    asked, because people born before 1984 hold codes given later. Residence
    permits of Hong Kong, Macau and Taiwan (81, 82, 83) and permanent residents
    from abroad (9…) carry the same checksum. Problems: ``id_missing``,
    ``id_length``, ``id_format``, ``id_birth_date``, ``id_checksum``.
    """
    number = normalise_identity(text)
    if not number:
        return Check("", "id_missing", ERROR)
    if _FOREIGNER_OLD.fullmatch(number):
        return Check(number, kind="foreigner")
    if len(number) != 18:
        return Check(number, "id_length", ERROR)
    if not _RESIDENT.fullmatch(number):
        return Check(number, "id_format", ERROR)
    kind = "resident"
    if number[:2] in ("81", "82", "83"):
        kind = "permit"
    elif number[0] == "9":
        kind = "foreigner"
    elif number[0] in "0":
        return Check(number, "id_format", ERROR)
    try:
        born = ric.get_birth_date(number)
    except StdnumError:
        return Check(number, "id_birth_date", ERROR, kind)
    today = datetime.datetime.now(datetime.UTC).date()
    if not datetime.date(1880, 1, 1) <= born <= today:
        return Check(number, "id_birth_date", ERROR, kind)
    expected = ric.calc_check_digit(number)
    if number[-1] != expected:
        return Check(number, "id_checksum", ERROR, kind, born, expected=expected)
    gender = "male" if int(number[16]) % 2 else "female"
    return Check(number, kind=kind, birth_date=born, gender=gender)


_OTHER_DOCUMENTS = {
    "passport": re.compile(r"[A-Z]{0,3}\d{5,10}[A-Z]?"),
    "military": re.compile(r"[\u4e00-\u9fff]{0,4}字?第?\d{6,9}号?"),
    "home_return": re.compile(r"[HM]\d{8}(\d{2})?"),
    "taiwan_pass": re.compile(r"\d{8}(\d{2})?"),
    "org_code": re.compile(r"[0-9A-Z]{9}"),
}


def check_other_document(text, kind: str) -> Check:
    """Check a passport, military, home-return, Taiwan or organisation number.

    Only the shape is known, so a misfit is a warning: ``document_format``.
    """
    number = normalise_identity(text)
    if not number:
        return Check("", "id_missing", ERROR)
    pattern = _OTHER_DOCUMENTS.get(kind)
    if pattern and not pattern.fullmatch(number):
        return Check(number, "document_format", WARNING, kind)
    return Check(number, kind=kind)


# ---------------------------------------------------------------------------
# Unified social credit code (GB 32100)
# ---------------------------------------------------------------------------
_USCC = re.compile(r"[0-9A-HJ-NPQRTUWXY]{2}\d{6}[0-9A-HJ-NPQRTUWXY]{10}")


def check_uscc(text) -> Check:
    """Check a company's unified social credit code.

    Problems: ``uscc_missing``, ``uscc_length``, ``uscc_format``,
    ``uscc_checksum``.
    """
    number = normalise_uscc(text)
    if not number:
        return Check("", "uscc_missing", ERROR)
    if len(number) != 18:
        return Check(number, "uscc_length", ERROR, "company")
    if not _USCC.fullmatch(number):
        return Check(number, "uscc_format", ERROR, "company")
    expected = uscc.calc_check_digit(number[:-1])
    if number[-1] != expected:
        return Check(number, "uscc_checksum", ERROR, "company", expected=expected)
    return Check(number, kind="company")


def check_identity_or_uscc(text) -> Check:
    """Check a number of unknown kind: a person's first, else a company's.

    Eighteen characters that start with a birth date are a person's; letters in
    the first seventeen, or a registration prefix 91–93, point to a company.
    """
    number = normalise_identity(text)
    person = check_identity(number)
    if person.clean or not number:
        return person
    company = check_uscc(number)
    if company.clean:
        return company
    looks_like_company = bool(re.search(r"[A-Z]", number[:-1])) or (
        len(number) == 18
        and number[:2] in ("91", "92", "93", "51", "52", "53")
        and person.problem == "id_birth_date"
    )
    return company if looks_like_company else person


# ---------------------------------------------------------------------------
# Phone
# ---------------------------------------------------------------------------
_MOBILE = re.compile(r"1[3-9]\d{9}")
_LANDLINE = re.compile(r"0\d{2,3}-?\d{7,8}(-\d{1,6})?")
_HOTLINE = re.compile(r"(400|800)-?\d{3}-?\d{4}|95\d{3,6}|1[02]\d{3,4}")


def check_mobile(text, hotline: bool = False) -> Check:
    """Check a phone number; kinds ``mobile``, ``landline``, ``hotline``.

    :param hotline: True where an insurer's 400, 800 or 95xxx line may stand
    :return: problem ``phone_missing`` or ``phone_format``; a landline where a
        mobile is expected is the warning ``phone_landline``
    """
    number = normalise_mobile(text)
    if not number:
        return Check("", "phone_missing", ERROR)
    if _MOBILE.fullmatch(number):
        return Check(number, kind="mobile")
    if _LANDLINE.fullmatch(number):
        return Check(number, "phone_landline", WARNING, "landline")
    if hotline and _HOTLINE.fullmatch(number):
        return Check(number, kind="hotline")
    return Check(number, "phone_format", ERROR)


# ---------------------------------------------------------------------------
# Masks (R13)
# ---------------------------------------------------------------------------
def _mask(text: str, head: int, tail: int) -> str:
    if len(text) <= head + tail:
        return "*" * len(text)
    return text[:head] + "*" * (len(text) - head - tail) + text[-tail:]


def mask_identity(text) -> str:
    """``440106199001011234`` → ``4401**********1234``; short numbers hide more."""
    number = normalise_identity(text)
    if len(number) >= 12:
        return _mask(number, 4, 4)
    return _mask(number, 1, 1)


def mask_phone(text) -> str:
    """``13812345678`` → ``138****5678``; other numbers keep three and two."""
    number = normalise_mobile(text)
    if _MOBILE.fullmatch(number):
        return _mask(number, 3, 4)
    return _mask(number, 3, 2)

"""Turn cells into values and say what is untidy or wrong about them.

Pure functions. A cell gives at most one typing problem: the root of the trouble.
A problem with `applied=True` is untidy but understood; the value is right.
"""

import datetime
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal

from . import identity
from .import_field import Finding, as_text
from .names import clean_name
from .script import simplified
from .typed_text import (
    fold,
    parse_amount,
    parse_date,
    serial_to_datetime,
    to_decimal,
)

# A column written one way throughout is a convention, not a slip.
CONVENTION_CELLS = 10
CONVENTION_SHARE = 0.8
# Exact digits a spreadsheet number can hold
EXACT_DIGITS = 15
# Serial numbers that are taken for dates: 1954 to 2119
SERIAL_MIN, SERIAL_MAX = 20000, 80000

BLANK_TOKENS = frozenset(
    "- -- --- — —— – / // \\ * ** *-* 无 暂无 空 没有 n/a na null none nil".split()
)
# Every kind of blank, and the invisible marks that come with copied text
_EDGE = "".join(chr(code) for code in range(0x3001) if chr(code).isspace())
_EDGE += "\u200b\u200c\u200d\u2060\ufeff"
_FULLWIDTH_DIGIT = re.compile("[\uff10-\uff19]")
_HAN_BLANKS = re.compile(r"(?<=[\u4e00-\u9fff])\s+(?=[\u4e00-\u9fff])")
_SCIENTIFIC = re.compile(r"\d(?:\.\d+)?E\+\d{1,3}", re.IGNORECASE)
_YES = frozenset("是 有 y yes true t 1 √ ✓ ✔ ☑ 对 已 v".split())
_NO = frozenset("否 无 没有 不是 n no false f 0 × ✗ ✘ x 错 未 不".split())


@dataclass
class ColumnProfile:
    """What the column as a whole teaches about its cells.

    :param text_dates: shape in which the column writes its dates as text, "" if mixed
    :param text_numbers: True when the column writes its numbers as plain text
    :param grouped_numbers: True when text numbers use thousands separators throughout
    :param scale: what plain numbers are multiplied by, from the unit in the header
    :param shapes: {family: [{"digit": n, "O": n, "all": n} per position]} of numbers
    """

    text_dates: str = ""
    text_numbers: bool = False
    grouped_numbers: bool = False
    shapes: dict = field(default_factory=dict)
    scale: Decimal | None = None


def unit_scale(title, import_field):
    """What the numbers of a column are multiplied by, as its header says.

    "车价(万元)" counts in 10,000 CNY, "费率(%)" in hundredths.

    :param title: header of the column
    :return: `Decimal`, None when the numbers mean what they say
    """
    title = simplified(fold(str(title or "")))
    if import_field.type == "amount" and re.search(r"万元?\W*$", title):
        return Decimal(10000)
    if import_field.type == "rate" and re.search(r"[%％]\W*$", title):
        return Decimal("0.01")
    return None


def profile_column(cells, import_field):
    """Learn the conventions of a column from its data cells.

    :param cells: the non-empty `Cell`s of the column
    :param import_field: `ImportField`
    :return: `ColumnProfile`
    """
    profile = ColumnProfile()
    cells = [cell for cell in cells if cell is not None and cell.text]
    texts = [cell.text for cell in cells if cell.kind == "text"]
    if import_field.type == "policy_no":
        for cell in cells:
            text = _number_form(cell.text)
            positions = profile.shapes.setdefault(
                _number_family(text), [{"digit": 0, "O": 0, "all": 0} for _char in text]
            )
            for position, char in zip(positions, text, strict=True):
                position["all"] += 1
                position["digit"] += char.isdigit()
                position["O"] += char == "O"
    enough = len(cells) >= CONVENTION_CELLS
    if import_field.type in ("date", "datetime") and enough:
        shapes = Counter(
            re.sub(r"\d+", "9", text.strip(_EDGE).split(" ")[0]) for text in texts
        )
        for shape, count in shapes.most_common(1):
            if count >= CONVENTION_SHARE * len(cells) and shape != "9":
                profile.text_dates = shape
            elif count >= CONVENTION_SHARE * len(cells) and all(
                len(text.strip(_EDGE)) >= 8 for text in texts
            ):
                profile.text_dates = shape
    elif import_field.type in ("amount", "integer", "rate") and enough:
        plain = sum(bool(re.fullmatch(r"\s*-?\d+(\.\d+)?\s*", text)) for text in texts)
        grouped = sum(
            bool(re.fullmatch(r"-?\d{1,3}(,\d{3})+(\.\d+)?", t)) for t in texts
        )
        profile.text_numbers = plain + grouped >= CONVENTION_SHARE * len(cells)
        big = sum(bool(re.fullmatch(r"-?\d{4,}(\.\d+)?", text)) for text in texts)
        profile.grouped_numbers = (
            profile.text_numbers and grouped >= CONVENTION_SHARE * max(grouped + big, 1)
        )
    return profile


def coerce(cell, import_field, is_text=False, profile=None, id_type=None):
    """Return (value, [Finding]) of one cell.

    :param cell: `spreadsheet.Cell` or None for an empty one
    :param import_field: `ImportField` of the column
    :param is_text: the file has no cell types (csv), so text dates and plain text
        numbers are no problem
    :param profile: `ColumnProfile` of the column
    :param id_type: for type identity: kind of document (technical value or wording)
    :return: the value by `ImportField.type` (None when empty or not understood) and
        the problems found, codes of `dealer.import.problem.type`
    """
    if cell is None:
        return None, []
    key = import_field.key
    if cell.kind == "error":
        return None, [Finding("error_cell", key, cell.text)]
    if cell.formula and cell.value is None:
        return None, [
            Finding(
                "formula_without_value",
                key,
                cell.formula,
                facts={"formula": cell.formula},
            )
        ]
    if not cell.text.strip(_EDGE):
        return None, []
    handler = _HANDLERS.get(import_field.type, _text)
    value, findings = handler(
        cell, import_field, _Context(is_text, profile or ColumnProfile(), id_type)
    )
    if profile and profile.scale and value is not None and _is_plain_number(cell):
        value *= profile.scale
    return value, findings


def _is_plain_number(cell):
    """True when the cell says no unit of its own, and no percentage format does."""
    if "%" in cell.number_format:
        return False
    return cell.kind == "number" or not re.search(r"[%％万元]", cell.text)


@dataclass
class _Context:
    is_text: bool
    profile: ColumnProfile
    id_type: str | None


def _strip(cell, context):
    """Return (text without outer blanks, True when a person left blanks there).

    A tab behind a number and ="…" around it are tricks of exports against
    spreadsheet programs, not slips.
    """
    text = cell.text
    if context.is_text:
        if match := re.fullmatch(r'="(.*)"', text.strip()):
            text = match.group(1)
        text = text.rstrip("\t").lstrip("\t\ufeff")
    bare = text.strip(_EDGE)
    return bare, bare != text


def _is_blank(text):
    return fold(text).strip().lower() in BLANK_TOKENS


def _applied(code, key, cell, value, **facts):
    return Finding(code, key, cell.text, as_text(value), applied=True, facts=facts)


# ---------------------------------------------------------------------- texts


def _formula_like(text):
    return text[:1] in "=@" or bool(re.match(r"[+-][A-Za-z]{2,}.*[(!|]", text))


def _text(cell, item, context):
    if cell.kind in ("number", "boolean", "date"):
        if _lost_digits(cell):
            return None, [Finding("digits_lost", item.key, cell.text)]
        return cell.text, []
    text, blanks = _strip(cell, context)
    value = text.replace("\r\n", "\n")
    if _formula_like(text):
        return value, [Finding("formula_text", item.key, text, applied=True)]
    if blanks:
        return value, [_applied("trailing_space", item.key, cell, value)]
    return value, []


def _name(cell, item, context):
    value, findings = _text(cell, item, context)
    if value is None or _is_blank(value):
        return None, findings
    name = clean_name(value)
    joined = _HAN_BLANKS.sub("", name)
    if item.type == "name" and joined != name:
        # "陈 小 七": blanks that only spread the name over the cell
        return joined, findings or [_applied("inner_space", item.key, cell, joined)]
    return name, findings


def _lost_digits(cell):
    return (
        cell.kind == "number"
        and len(re.sub(r"\D", "", cell.text.split(".")[0]).lstrip("0")) > EXACT_DIGITS
    ) or bool(cell.kind == "text" and _SCIENTIFIC.fullmatch(cell.text.strip()))


def _number_form(text):
    """A policy number without blanks and dashes, in capitals."""
    return re.sub(r"[\s\u200b-\u200f\ufeff]+", "", fold(text)).upper()


def _policy_no(cell, item, context):
    if _lost_digits(cell):
        return None, [Finding("policy_no_as_number", item.key, cell.text)]
    if cell.kind == "date":
        return None, [Finding("policy_no_as_number", item.key, cell.text)]
    text, blanks = _strip(cell, context)
    if _is_blank(text):
        return None, []
    value = _number_form(text)
    if not value:
        return None, []
    mended = mend_letter_o(value, context.profile.shapes)
    if mended != value:
        return mended, [_applied("letter_o_for_zero", item.key, cell, mended)]
    if _FULLWIDTH_DIGIT.search(text):
        return value, [_applied("fullwidth_digits", item.key, cell, value)]
    if blanks:
        return value, [_applied("trailing_space", item.key, cell, value)]
    if re.search(r"\s", text):
        return value, [_applied("inner_space", item.key, cell, value)]
    return value, []


def _number_family(number):
    """Numbers of one form: length and beginning. One column may hold the numbers of
    several insurers, whose letters stand in different places."""
    return len(number), number[:2].replace("O", "0")


def mend_letter_o(number, shapes=None):
    """Replace letters O that stand where the other numbers have digits.

    :param number: policy number in capitals
    :param shapes: `ColumnProfile.shapes`; without at least three other numbers of the
        same family a letter O between two digits is taken for a zero
    :return: the number with zeros
    """
    if "O" not in number:
        return number
    positions = (shapes or {}).get(_number_family(number))
    result = list(number)
    for index, char in enumerate(number):
        if char != "O":
            continue
        others = positions[index] if positions else {"all": 0, "digit": 0, "O": 0}
        if others["all"] >= 4:
            rest = others["all"] - 1
            if others["digit"] >= 0.9 * rest and others["O"] <= max(2, 0.1 * rest):
                result[index] = "0"
            continue
        before = number[index - 1 : index] if index else ""
        after = number[index + 1 : index + 2]
        if (before.isdigit() or before == "O") and (
            after.isdigit() or after in ("", "O")
        ):
            result[index] = "0"
    return "".join(result)


def _vin(cell, item, context):
    text, _blanks = _strip(cell, context)
    if _is_blank(text):
        return None, []
    check = identity.check_vin(text)
    value = check.value or None
    if check.problem and check.problem != "vin_missing":
        code = check.problem
        if code != "vin_check_digit":
            code = "vin_format"
        elif check.severity == identity.WARNING:
            code = "vin_check_digit_foreign"
        suggestion = None
        if check.problem == "vin_letters":
            mended = check.value.translate(str.maketrans("OIQ", "010"))
            suggestion = mended if identity.check_vin(mended).clean else None
        return value, [
            Finding(
                code,
                item.key,
                cell.text,
                suggestion,
                facts={"expected": check.expected},
            )
        ]
    raw = cell.text.rstrip("\t") if context.is_text else cell.text
    if any(char in _EDGE or char.isspace() for char in raw):
        return value, [_applied("vin_space", item.key, cell, value)]
    if _FULLWIDTH_DIGIT.search(text):
        return value, [_applied("fullwidth_digits", item.key, cell, value)]
    return value, []


def _plate(cell, item, context):
    text, blanks = _strip(cell, context)
    if _is_blank(text) or not re.sub(r"[\W_]", "", text):
        return None, []
    check = identity.check_plate(text)
    if check.problem:
        return check.value or None, [Finding("bad_plate", item.key, cell.text)]
    if blanks:
        return check.value or None, [
            _applied("trailing_space", item.key, cell, check.value)
        ]
    return check.value or None, []


_DOCUMENTS = {
    "resident": (
        "resident",
        "id_card",
        "identity",
        "身份证",
        "居民身份证",
        "ric",
        "id",
    ),
    "company": (
        "uscc",
        "company",
        "统一社会信用代码",
        "营业执照",
        "信用代码",
        "business",
    ),
    "passport": ("passport", "护照"),
    "military": ("military", "军官证", "士兵证"),
    "home_return": ("home_return", "回乡证", "港澳居民来往内地通行证"),
    "taiwan_pass": ("taiwan_pass", "台胞证", "台湾居民来往大陆通行证"),
    "org_code": ("org_code", "组织机构代码"),
    "permit": (
        "permit",
        "港澳居民居住证",
        "台湾居民居住证",
        "居住证",
        "residence_permit",
    ),
    "foreigner": ("foreigner", "外国人永久居留身份证", "永久居留证"),
}
_DOCUMENT_OF = {word: kind for kind, words in _DOCUMENTS.items() for word in words}


def _identity(cell, item, context):
    if _lost_digits(cell):
        return None, [Finding("digits_lost", item.key, cell.text)]
    text, blanks = _strip(cell, context)
    if _is_blank(text):
        return None, []
    kind = _DOCUMENT_OF.get(str(context.id_type or "").lower().strip())
    if kind in ("resident", "permit", "foreigner"):
        check = identity.check_identity(text)
    elif kind == "company":
        check = identity.check_uscc(text)
    elif kind or context.id_type:
        check = identity.check_other_document(text, kind or str(context.id_type))
    else:
        check = identity.check_identity_or_uscc(text)
    value = check.value or None
    if check.problem == "document_format":
        return value, [Finding("document_format", item.key, cell.text)]
    if check.problem:
        # A wrong digit shows as an impossible birth date or as a wrong checksum
        code = "id_checksum" if len(check.value) == 18 else "id_format"
        return value, [
            Finding(code, item.key, cell.text, facts={"expected": check.expected})
        ]
    if blanks:
        return value, [_applied("trailing_space", item.key, cell, value)]
    if _FULLWIDTH_DIGIT.search(text):
        return value, [_applied("fullwidth_digits", item.key, cell, value)]
    return value, []


def _mobile(cell, item, context):
    text, blanks = _strip(cell, context)
    if _is_blank(text):
        return None, []
    check = identity.check_mobile(text)
    value = check.value or None
    if check.problem == "phone_format":
        return value, [Finding("bad_mobile", item.key, cell.text)]
    if blanks:
        return value, [_applied("trailing_space", item.key, cell, value)]
    if _FULLWIDTH_DIGIT.search(text):
        return value, [_applied("fullwidth_digits", item.key, cell, value)]
    return value, []


# ---------------------------------------------------------------------- choices


def _plain(text):
    text = simplified(unicodedata.normalize("NFKC", str(text)).lower())
    return re.sub(r"[\W_]+", "", text)


def _selection(cell, item, context):
    text, blanks = _strip(cell, context)
    plain = _plain(text)
    for wording, value in item.choices.items():
        if plain and plain in (_plain(wording), _plain(value)):
            if blanks and cell.kind == "text":
                return value, [_applied("trailing_space", item.key, cell, text)]
            return value, []
    if _is_blank(text) or not plain:
        return None, []
    known = ", ".join(dict.fromkeys(str(wording) for wording in item.choices))
    return None, [
        Finding("unknown_choice", item.key, cell.text, facts={"known": known})
    ]


def _boolean(cell, item, context):
    if cell.kind == "boolean":
        return bool(cell.value), []
    text, _blanks = _strip(cell, context)
    for wording, value in item.choices.items():
        if _plain(text) == _plain(wording):
            return bool(value), []
    word = simplified(fold(text).strip().lower())
    if word in _YES:
        return True, []
    if word in _NO:
        return False, []
    if _is_blank(text):
        return None, []
    return None, [
        Finding("unknown_choice", item.key, cell.text, facts={"known": "是, 否"})
    ]


# ---------------------------------------------------------------------- numbers


def _amount(cell, item, context):
    if cell.kind == "number":
        return to_decimal(cell.value), []
    if cell.kind != "text":
        return None, [Finding("not_a_number", item.key, cell.text)]
    text, blanks = _strip(cell, context)
    if _is_blank(text):
        return None, []
    value = parse_amount(text)
    if value is None:
        return None, [Finding("not_a_number", item.key, cell.text)]
    if _FULLWIDTH_DIGIT.search(text):
        return value, [_applied("fullwidth_digits", item.key, cell, value)]
    plain = bool(re.fullmatch(r"-?\d+(\.\d+)?", text))
    if plain and (context.is_text or context.profile.text_numbers):
        if blanks and not context.is_text:
            return value, [_applied("trailing_space", item.key, cell, value)]
        return value, []
    if context.profile.grouped_numbers and re.fullmatch(r"-?[\d,]+(\.\d+)?", text):
        return value, []
    return value, [_applied("amount_text", item.key, cell, value)]


def _rate(cell, item, context):
    text, _blanks = _strip(cell, context)
    if cell.kind == "text" and (match := re.fullmatch(r"(.+?)\s*%", fold(text))):
        value = parse_amount(match.group(1))
        if value is not None:
            return value / 100, []
    return _amount(cell, item, context)


def _integer(cell, item, context):
    if cell.kind == "text":
        text = fold(_strip(cell, context)[0])
        if match := re.fullmatch(r"(-?\d+)\s*[座位人个台岁次辆年月天份张]+", text):
            return int(match.group(1)), []
    value, findings = _amount(cell, item, context)
    if value is None:
        return None, findings
    if value != value.to_integral_value():
        return None, [Finding("not_a_number", item.key, cell.text)]
    return int(value), findings


# ---------------------------------------------------------------------- dates


def _date(cell, item, context):
    if cell.kind == "date":
        if isinstance(cell.value, datetime.datetime):
            return _as_type(cell.value, item), []
        if isinstance(cell.value, datetime.date):
            moment = datetime.datetime.combine(cell.value, datetime.time())
            return _as_type(moment, item), []
        return None, [Finding("not_a_date", item.key, cell.text)]
    if cell.kind == "boolean":
        return None, [Finding("not_a_date", item.key, cell.text)]
    text, blanks = _strip(cell, context)
    if cell.kind == "text" and _is_blank(text):
        return None, []
    folded = fold(text)
    moment = parse_date(folded)
    code = "date_text"
    if moment is None and re.fullmatch(r"\d{5}(\.\d+)?", folded):
        if SERIAL_MIN <= float(folded) <= SERIAL_MAX:
            moment, code = serial_to_datetime(folded), "date_serial"
    if moment is None:
        return None, [Finding("not_a_date", item.key, cell.text)]
    value = _as_type(moment, item)
    if code == "date_text":
        if _FULLWIDTH_DIGIT.search(text):
            code = "fullwidth_digits"
        elif context.is_text and re.match(r"\d{4}([-/])\d{1,2}\1\d{1,2}(?!\d)", text):
            code = None
        elif context.profile.text_dates == re.sub(r"\d+", "9", text.split(" ")[0]):
            code = "trailing_space" if blanks and not context.is_text else None
    return value, [_applied(code, item.key, cell, value)] if code else []


def _as_type(moment, item):
    return moment if item.type == "datetime" else moment.date()


_HANDLERS = {
    "char": _text,
    "name": _name,
    "staff": _name,
    "integer": _integer,
    "amount": _amount,
    "rate": _rate,
    "date": _date,
    "datetime": _date,
    "boolean": _boolean,
    "selection": _selection,
    "vin": _vin,
    "plate": _plate,
    "identity": _identity,
    "mobile": _mobile,
    "policy_no": _policy_no,
}

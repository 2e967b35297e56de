"""Write workbooks whose text cells stay text.

A cell that a customer or a colleague typed as "=cmd()" must never become a formula when
a colleague opens our file. Helpers for xlsxwriter (new reports), openpyxl (marked
copies of uploaded files) and csv.
"""

import datetime
import re
from decimal import Decimal

from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

FORMULA_STARTERS = (
    "=",
    "+",
    "-",
    "@",
    "\t",
    "\r",
    "\n",
    "|",
    "%",
    "\uff1d",
    "\uff0b",
    "\uff0d",
    "\uff20",
)
_SHEET_NAME = re.compile(r"[\[\]:*?/\\]")


def is_formula_like(text):
    """True for a text that a spreadsheet program may take for a formula."""
    return isinstance(text, str) and text.startswith(FORMULA_STARTERS)


def clean_text(text):
    """Text without the control characters that no workbook may hold."""
    return ILLEGAL_CHARACTERS_RE.sub("", str(text))[:32767]


def csv_text(value):
    """Value for a csv export: formula-like text gets an apostrophe in front.

    Numbers written as text ("-12.50") are left alone: they are only numbers.
    """
    if value is None or value is False:
        return ""
    text = value if isinstance(value, str) else str(value)
    if is_formula_like(text) and not re.fullmatch(r"[+-]?\d+(\.\d+)?%?", text):
        return "'" + text
    return text


def sheet_name(name, taken=()):
    """A valid, unused sheet name of at most 31 characters."""
    base = _SHEET_NAME.sub("_", clean_text(name)).strip("'")[:31] or "Sheet"
    result, number = base, 2
    while result.lower() in {item.lower() for item in taken}:
        suffix = f" {number}"
        result, number = base[: 31 - len(suffix)] + suffix, number + 1
    return result


def set_cell(cell, value):
    """Put a value into an openpyxl cell; text is stored as text whatever it says."""
    if isinstance(value, Decimal):
        value = float(value)
    if isinstance(value, str):
        text = clean_text(value)
        cell.value = text
        # openpyxl takes "=…" for a formula and "#N/A" for an error
        cell.data_type = "s"
        if is_formula_like(text):
            cell.quotePrefix = True
        return
    cell.value = value


def make_safe(cell):
    """Mark an existing openpyxl text cell so that it stays text."""
    if isinstance(cell.value, str):
        set_cell(cell, cell.value)


def write(worksheet, row, col, value, cell_format=None):
    """Put a value into an xlsxwriter worksheet; text is never read as a formula.

    :param worksheet: xlsxwriter worksheet
    :param row: row from 0
    :param col: column from 0
    :param value: str, number, Decimal, bool, date, datetime or empty
    """
    if value is None or value is False or value == "":
        return worksheet.write_blank(row, col, None, cell_format)
    if isinstance(value, bool):
        return worksheet.write_boolean(row, col, value, cell_format)
    if isinstance(value, (int, float, Decimal)):
        return worksheet.write_number(row, col, float(value), cell_format)
    if isinstance(value, (datetime.datetime, datetime.date, datetime.time)):
        return worksheet.write_datetime(row, col, value, cell_format)
    return worksheet.write_string(row, col, clean_text(value), cell_format)

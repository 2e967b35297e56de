"""Read xlsx, xls and csv files of unknown origin into plain cells.

Nothing is evaluated and nothing is fetched: formulas give the value that the
spreadsheet program stored beside them, macros and links are not looked at. Sizes are
checked before anything is unpacked.
"""

import csv
import datetime
import io
import re

import xlrd
from openpyxl.utils import get_column_letter

from .cells import (
    MAX_COLUMNS,
    Book,
    Cell,
    Limits,
    Sheet,
    SpreadsheetError,
    Tally,
    clean_text,
    date_text,
    number_text,
)
from .read_xlsx import read_xlsx

__all__ = [
    "Book",
    "Cell",
    "Limits",
    "Sheet",
    "SpreadsheetError",
    "column_letter",
    "open_book",
]

OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# A workbook stream without container, as some old programs write it
BIFF_MAGIC = (b"\x09\x08\x10\x00", b"\x09\x08\x08\x00")
ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")


def column_letter(index):
    """Return the letters of a zero-based column: 0 -> A."""
    return get_column_letter(index + 1)


def open_book(content, filename="", limits=None):
    """Read a file by its content, never by its name alone.

    :param content: bytes of the file
    :param filename: name given by the user; a name that contradicts the content is
        refused
    :param limits: `Limits`
    :return: `Book` with all sheets, also empty and hidden ones
    :raise SpreadsheetError: the file cannot or must not be read
    """
    limits = limits or Limits()
    if len(content) > limits.max_bytes:
        raise SpreadsheetError(
            "too_large",
            size=round(len(content) / 1024 / 1024, 1),
            limit=round(limits.max_bytes / 1024 / 1024, 1),
        )
    if not content.strip(b"\0 \r\n\t"):
        raise SpreadsheetError("empty_file")
    extension = filename.rsplit(".", 1)[-1].lower() if "." in filename else ""
    if content.startswith(ZIP_MAGIC):
        found, reader = "xlsx", read_xlsx
    elif content.startswith(OLE_MAGIC):
        if b"E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e\0" in content:
            raise SpreadsheetError("encrypted")
        found, reader = "xls", _read_xls
    elif content.startswith(BIFF_MAGIC):
        found, reader = "xls", _read_xls
    elif content[:8].lstrip().startswith(b"%PDF") or _looks_binary(content):
        raise SpreadsheetError("not_a_spreadsheet", filename=filename)
    elif re.match(rb"\s*(<\?xml|<!doctype html|<html|<table)", content[:200], re.I):
        raise SpreadsheetError("not_a_spreadsheet", filename=filename)
    else:
        found, reader = "csv", _read_csv
    families = {"xlsx": {"xlsx", "xlsm", "xltx"}, "xls": {"xls", "xlt"}}
    families["csv"] = {"csv", "txt", "tsv"}
    if extension and extension not in families[found]:
        if any(extension in names for names in families.values()):
            raise SpreadsheetError(
                "wrong_extension", extension=extension, found=found, filename=filename
            )
        raise SpreadsheetError("not_a_spreadsheet", filename=filename)
    book = reader(content, limits)
    if not any(sheet.rows for sheet in book.sheets):
        raise SpreadsheetError("no_rows")
    return book


def _looks_binary(content):
    """True for files that are neither text in a known encoding nor a container."""
    head = content[:4096]
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return False
    if b"\0" not in head:
        return False
    # UTF-16 without a mark: every second byte of plain ASCII parts is zero
    return not (
        head[1::2].count(0) > len(head) / 8 or head[::2].count(0) > len(head) / 8
    )


# ---------------------------------------------------------------------- xls

_XLS_ERRORS = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
}


def _read_xls(content, limits):
    try:
        book = xlrd.open_workbook(
            file_contents=content,
            formatting_info=True,
            on_demand=True,
            logfile=io.StringIO(),
        )
    except xlrd.XLRDError as error:
        text = str(error).lower()
        if "encrypt" in text or "password" in text:
            raise SpreadsheetError("encrypted") from error
        if "workbook" in text and "can't find" in text:
            raise SpreadsheetError("not_a_spreadsheet", filename="ole") from error
        raise SpreadsheetError("corrupt", detail=str(error)) from error
    except (NotImplementedError, ValueError, IndexError, KeyError, TypeError) as error:
        raise SpreadsheetError("corrupt", detail=str(error)) from error
    except (AssertionError, AttributeError, OSError, UnicodeError) as error:
        raise SpreadsheetError("corrupt", detail=str(error)) from error
    except Exception as error:
        # xlrd lets struct.error and its own compound document errors through
        raise SpreadsheetError("corrupt", detail=str(error)) from error
    sheets = []
    tally = Tally(limits)
    for index in range(book.nsheets):
        try:
            source = book.sheet_by_index(index)
        except Exception as error:
            # see above: a broken sheet stream raises whatever it meets first
            raise SpreadsheetError("corrupt", detail=str(error)) from error
        sheet = Sheet(clean_text(source.name), hidden=source.visibility != 0)
        for first_row, last_row, first_col, last_col in source.merged_cells:
            sheet.merges.append((first_row, first_col, last_row - 1, last_col - 1))
        blank = 0
        pending = []
        for row_index in range(source.nrows):
            cells = [
                _xls_cell(book, source, row_index, col)
                for col in range(min(source.row_len(row_index), MAX_COLUMNS))
            ]
            while cells and cells[-1] is None:
                cells.pop()
            if not cells:
                blank += 1
                pending.append([])
                if blank > limits.blank_rows:
                    break
                continue
            blank = 0
            tally.add(cells)
            sheet.rows.extend(pending)
            pending = []
            sheet.rows.append(cells)
        sheets.append(sheet)
    return Book(sheets, "xls")


def _xls_cell(book, sheet, row, col):
    """xls stores no readable formula text, only the result."""
    cell = sheet.cell(row, col)
    if cell.ctype in (xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK):
        return None
    number_format = "General"
    if cell.xf_index is not None:
        key = book.xf_list[cell.xf_index].format_key
        if key in book.format_map:
            number_format = book.format_map[key].format_str or "General"
    if cell.ctype == xlrd.XL_CELL_TEXT:
        text = clean_text(cell.value)
        return Cell(text, text, "text") if text else None
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return Cell(bool(cell.value), "TRUE" if cell.value else "FALSE", "boolean")
    if cell.ctype == xlrd.XL_CELL_ERROR:
        return Cell(None, _XLS_ERRORS.get(cell.value, "#ERROR!"), "error")
    if cell.ctype == xlrd.XL_CELL_DATE:
        try:
            date = xlrd.xldate_as_datetime(cell.value, book.datemode)
        except (xlrd.xldate.XLDateError, ValueError, OverflowError):
            return Cell(cell.value, str(cell.value), "number", None, number_format)
        if date.microsecond:
            date = (date + datetime.timedelta(milliseconds=500)).replace(microsecond=0)
        return Cell(date, date_text(date), "date", None, number_format)
    value = int(cell.value) if float(cell.value).is_integer() else cell.value
    text = number_text(str(cell.value), cell.value)
    return Cell(value, text, "number", None, number_format)


# ---------------------------------------------------------------------- csv


def _decode(content):
    """Return (text, encoding). Marks first, then strict decoding by likelihood."""
    for mark, encoding in (
        (b"\xef\xbb\xbf", "utf-8-sig"),
        (b"\xff\xfe", "utf-16"),
        (b"\xfe\xff", "utf-16"),
    ):
        if content.startswith(mark):
            try:
                return content.decode(encoding), encoding
            except UnicodeDecodeError as error:
                raise SpreadsheetError("encoding") from error
    head = content[:4096]
    if b"\0" in head:
        little = head[1::2].count(0) >= head[::2].count(0)
        encodings = ("utf-16-le",) if little else ("utf-16-be",)
    else:
        encodings = ("utf-8", "gb18030", "big5")
    for encoding in encodings:
        try:
            return content.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    raise SpreadsheetError("encoding")


def _sniff_delimiter(text):
    """The delimiter that gives the most columns on most of the first lines."""
    sample = text[:65536]
    if match := re.match(r"sep=(.)\r?\n", sample):
        return match.group(1)
    best = (0, 0, ",")
    for delimiter in (",", ";", "\t", "|"):
        widths = []
        try:
            for record in csv.reader(io.StringIO(sample), delimiter=delimiter):
                if any(record):
                    widths.append(len(record))
                if len(widths) >= 40:
                    break
        except csv.Error:
            continue
        if not widths:
            continue
        common = max(set(widths), key=lambda width: (widths.count(width), width))
        if common > 1:
            score = (widths.count(common) / len(widths) * common, common, delimiter)
            best = max(best, score, key=lambda item: item[:2])
    return best[2]


def _read_csv(content, limits):
    text, encoding = _decode(content)
    if sum(ord(char) < 32 and char not in "\t\r\n" for char in text[:4096]) > 8:
        raise SpreadsheetError("not_a_spreadsheet", filename="")
    text = clean_text(text)
    delimiter = _sniff_delimiter(text)
    rows = []
    blank = 0
    tally = Tally(limits)
    csv.field_size_limit(1024 * 1024)
    try:
        for record in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            cells = [
                Cell(value, value, "text") if value.strip("\ufeff") else None
                for value in record[:MAX_COLUMNS]
            ]
            while cells and cells[-1] is None:
                cells.pop()
            if cells:
                blank = 0
                tally.add(cells)
            else:
                blank += 1
                if blank > limits.blank_rows:
                    break
            rows.append(cells)
    except csv.Error as error:
        raise SpreadsheetError("corrupt", detail=str(error)) from error
    while rows and not rows[-1]:
        rows.pop()
    return Book([Sheet("", rows)], "csv", encoding, delimiter)

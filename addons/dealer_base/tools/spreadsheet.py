"""Read xlsx, xls and csv files of unknown origin into plain cells.

Nothing is evaluated and nothing is fetched: formulas give the value that the
spreadsheet program stored beside them, macros and links are not looked at. Sizes are
checked before anything is unpacked.
"""

import csv
import datetime
import io
import re
import warnings
import zipfile
from dataclasses import dataclass, field

import openpyxl
import xlrd
from lxml import etree
from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format
from openpyxl.utils import get_column_letter, range_boundaries
from openpyxl.utils.cell import column_index_from_string
from openpyxl.utils.datetime import from_excel
from openpyxl.utils.exceptions import InvalidFileException

MAX_COLUMNS = 512
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ZIP_MAGIC = b"PK\x03\x04"
_NS = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_NS_STRICT = "{http://purl.oclc.org/ooxml/spreadsheetml/main}"


class SpreadsheetError(Exception):
    """A file that cannot be read.

    `code` is one of empty_file, too_large, zip_bomb, xml_entities, encrypted, corrupt,
    not_a_spreadsheet, wrong_extension, old_format, no_rows, too_many_rows, encoding;
    `facts` are named values for the message.
    """

    def __init__(self, code, **facts):
        super().__init__(code)
        self.code = code
        self.facts = facts


@dataclass(frozen=True)
class Limits:
    """What a file may cost. Sizes in bytes.

    :param max_bytes: size of the file as uploaded
    :param max_unpacked: sum of the unpacked sizes of a zip container
    :param max_ratio: unpacked / packed of one part, looked at above 1 MB
    :param max_rows: rows with content over all sheets
    :param blank_rows: a sheet ends after so many rows without content
    """

    max_bytes: int = 20 * 1024 * 1024
    max_unpacked: int = 400 * 1024 * 1024
    max_ratio: int = 250
    max_rows: int = 200_000
    blank_rows: int = 1000


class Cell:
    """One cell that holds something.

    - `value`: str, int, float, bool, datetime, date, time or None
    - `text`: what stands in the file, as text and unstripped
    - `kind`: text, number, date, boolean, error
    - `formula`: the formula text ("=…") or None; `value` is then the stored result
    - `number_format`: format code of the cell, "General" when none
    """

    __slots__ = ("value", "text", "kind", "formula", "number_format")

    def __init__(self, value, text, kind, formula=None, number_format="General"):
        self.value = value
        self.text = text
        self.kind = kind
        self.formula = formula
        self.number_format = number_format

    def __repr__(self):
        return f"<Cell {self.kind} {self.text!r}>"

    def __eq__(self, other):
        return isinstance(other, Cell) and (
            (self.value, self.text, self.kind, self.formula)
            == (other.value, other.text, other.kind, other.formula)
        )

    __hash__ = None


@dataclass
class Sheet:
    """Rows of a sheet; `rows[i]` is row i + 1, a list of `Cell` or None.

    :param merges: (first row, first column, last row, last column) from 0
    :param hidden: the sheet is not shown in the spreadsheet program
    """

    name: str
    rows: list = field(default_factory=list)
    merges: list = field(default_factory=list)
    hidden: bool = False

    def cell(self, row, col):
        """Return the cell at zero-based coordinates, None when empty or outside."""
        if 0 <= row < len(self.rows) and 0 <= col < len(self.rows[row]):
            return self.rows[row][col]
        return None

    @property
    def width(self):
        return max((len(row) for row in self.rows), default=0)


@dataclass
class Book:
    """A file: `file_type` is xlsx, xls or csv; csv files know how they are written."""

    sheets: list
    file_type: str
    encoding: str = ""
    delimiter: str = ""

    @property
    def is_text(self):
        """True when the file has no cell types (every cell is text)."""
        return self.file_type == "csv"


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
    if content.startswith(ZIP_MAGIC) or content.startswith(b"PK\x05\x06"):
        found, reader = "xlsx", _read_xlsx
    elif content.startswith(OLE_MAGIC):
        if b"E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e\0" in content:
            raise SpreadsheetError("encrypted")
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
    return not (head[1::2].count(0) > len(head) / 8 or head[::2].count(0) > len(head) / 8)


# ---------------------------------------------------------------------- xlsx


def _check_zip(content, limits):
    """Open the container; refuse bombs and entity tricks before unpacking."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        infos = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        raise SpreadsheetError("corrupt", detail=str(error)) from error
    names = {info.filename for info in infos}
    if "EncryptedPackage" in names or any(info.flag_bits & 0x1 for info in infos):
        raise SpreadsheetError("encrypted")
    unpacked = sum(info.file_size for info in infos)
    worst = max(
        (
            info.file_size / max(info.compress_size, 1)
            for info in infos
            if info.file_size > 1024 * 1024
        ),
        default=0,
    )
    if unpacked > limits.max_unpacked or (
        worst > limits.max_ratio and unpacked > limits.max_unpacked / 8
    ):
        raise SpreadsheetError(
            "zip_bomb", size=round(unpacked / 1024 / 1024), ratio=round(worst)
        )
    if "[Content_Types].xml" not in names or not any(
        name.startswith("xl/") for name in names
    ):
        raise SpreadsheetError("not_a_spreadsheet", filename="zip")
    for info in infos:
        if not info.filename.endswith((".xml", ".rels")):
            continue
        try:
            with archive.open(info) as part:
                head = part.read(65536)
        except (zipfile.BadZipFile, EOFError, OSError, RuntimeError) as error:
            raise SpreadsheetError("corrupt", detail=info.filename) from error
        except NotImplementedError as error:
            raise SpreadsheetError("corrupt", detail=info.filename) from error
        if head.startswith((b"\xff\xfe", b"\xfe\xff")):
            head = head.replace(b"\0", b"")
        if b"<!DOCTYPE" in head or b"<!ENTITY" in head:
            raise SpreadsheetError("xml_entities")
    return archive


def _read_xlsx(content, limits):
    archive = _check_zip(content, limits)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            workbook = openpyxl.load_workbook(
                io.BytesIO(content), read_only=True, keep_links=False
            )
            shared = workbook.worksheets[0]._shared_strings if workbook.worksheets else []
            formats = [
                workbook._number_formats[style.numFmtId - 164]
                if style.numFmtId >= 164
                and style.numFmtId - 164 < len(workbook._number_formats)
                else BUILTIN_FORMATS.get(style.numFmtId, "General")
                for style in workbook._cell_styles
            ]
            reader = _XlsxReader(shared, formats, workbook.epoch, limits)
            sheets = []
            for worksheet in workbook.worksheets:
                part = worksheet._worksheet_path
                sheet = Sheet(
                    worksheet.title, hidden=worksheet.sheet_state != "visible"
                )
                with archive.open(part.lstrip("/")) as source:
                    stopped = reader.read(source, sheet)
                if stopped:
                    # The merged ranges stand behind the rows
                    with archive.open(part.lstrip("/")) as source:
                        _scan_merges(source, sheet)
                sheets.append(sheet)
            workbook.close()
    except SpreadsheetError:
        raise
    except (
        InvalidFileException,
        zipfile.BadZipFile,
        etree.XMLSyntaxError,
        KeyError,
        ValueError,
        TypeError,
        AttributeError,
        IndexError,
        EOFError,
        OSError,
        SyntaxError,  # xml.etree.ElementTree.ParseError
        RuntimeError,
    ) as error:
        raise SpreadsheetError("corrupt", detail=str(error)) from error
    if not sheets:
        raise SpreadsheetError("no_rows")
    return Book(sheets, "xlsx")


def _scan_merges(source, sheet):
    pattern = re.compile(rb'<(?:\w+:)?mergeCell [^>]*?ref="([A-Z0-9:]+)"')
    tail = b""
    while chunk := source.read(1 << 20):
        for match in pattern.finditer(tail + chunk):
            _add_merge(sheet, match.group(1).decode())
        tail = (tail + chunk)[-200:].rsplit(b">", 1)[-1]


def _add_merge(sheet, reference):
    first_col, first_row, last_col, last_row = range_boundaries(reference)
    if (first_row, first_col) != (last_row, last_col):
        sheet.merges.append((first_row - 1, first_col - 1, last_row - 1, last_col - 1))


class _XlsxReader:
    """Streams the rows of one sheet part: value and formula in a single pass."""

    def __init__(self, shared, formats, epoch, limits):
        self.shared = shared
        self.formats = formats
        self.date_styles = {
            index for index, code in enumerate(formats) if is_date_format(code)
        }
        self.epoch = epoch
        self.limits = limits
        self.total_rows = 0

    def read(self, source, sheet):
        """Fill `sheet`; return True when it stopped at a long blank tail."""
        rows = sheet.rows
        blank = 0
        row_no = 0
        context = etree.iterparse(
            source,
            events=("end",),
            tag=[
                _NS + "row",
                _NS_STRICT + "row",
                _NS + "mergeCell",
                _NS_STRICT + "mergeCell",
            ],
            resolve_entities=False,
            load_dtd=False,
            no_network=True,
            huge_tree=False,
        )
        for _event, element in context:
            if element.tag.endswith("mergeCell"):
                if element.get("ref"):
                    _add_merge(sheet, element.get("ref"))
                continue
            row_no = int(float(element.get("r") or row_no + 1))
            cells = self._row(element)
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]
            if not cells:
                blank += 1
                if blank > self.limits.blank_rows:
                    return True
                continue
            if row_no - len(rows) - 1 > self.limits.blank_rows and rows:
                return True
            blank = 0
            self.total_rows += 1
            if self.total_rows > self.limits.max_rows:
                raise SpreadsheetError("too_many_rows", limit=self.limits.max_rows)
            if row_no <= len(rows):
                raise SpreadsheetError("corrupt", detail=f"row {row_no}")
            if row_no - len(rows) > 100_000:
                return True
            rows.extend([] for _ in range(row_no - len(rows) - 1))
            rows.append(cells)
        return False

    def _row(self, element):
        cells = []
        col = -1
        for node in element:
            reference = node.get("r")
            if reference:
                letters = reference.rstrip("0123456789")
                col = column_index_from_string(letters) - 1
            else:
                col += 1
            if col >= MAX_COLUMNS:
                break
            cell = self._cell(node) if len(node) else None
            if cell is None:
                continue
            while len(cells) < col:
                cells.append(None)
            if len(cells) > col:
                cells[col] = cell
            else:
                cells.append(cell)
        return cells

    def _cell(self, node):
        cell_type = node.get("t", "n")
        style = int(node.get("s") or 0)
        raw = formula = None
        for child in node:
            tag = child.tag.rsplit("}", 1)[-1] if isinstance(child.tag, str) else ""
            if tag == "v":
                raw = child.text
            elif tag == "f":
                formula = "=" + (child.text or "")
            elif tag == "is":
                raw = _inline_text(child)
        number_format = self.formats[style] if style < len(self.formats) else "General"
        if raw is None or raw == "":
            # A formula with a stored empty text (t="str") is simply empty
            if formula is None or cell_type == "str":
                return None
            return Cell(None, "", "text", formula, number_format)
        if cell_type == "s":
            text = self.shared[int(raw)]
            return Cell(text, text, "text", formula, number_format) if text else None
        if cell_type in ("str", "inlineStr"):
            text = _unescape(raw)
            return Cell(text, text, "text", formula, number_format)
        if cell_type == "b":
            value = raw.strip() in ("1", "true")
            return Cell(value, "TRUE" if value else "FALSE", "boolean", formula)
        if cell_type == "e":
            return Cell(None, raw, "error", formula, number_format)
        if cell_type == "d":
            value = datetime.datetime.fromisoformat(raw.rstrip("Z"))
            return Cell(value, raw, "date", formula, number_format)
        value = _number(raw)
        if style in self.date_styles:
            try:
                date = _serial_to_date(value, self.epoch)
            except (OverflowError, ValueError):
                return Cell(value, raw, "number", formula, number_format)
            return Cell(date, _date_text(date), "date", formula, number_format)
        return Cell(value, _number_text(raw, value), "number", formula, number_format)


def _inline_text(node):
    """Text of an inline string; phonetic guides are not part of it."""
    parts = []
    for child in node.iter():
        tag = child.tag.rsplit("}", 1)[-1] if isinstance(child.tag, str) else ""
        if tag == "t" and not any(
            isinstance(parent.tag, str) and parent.tag.endswith("}rPh")
            for parent in child.iterancestors()
        ):
            parts.append(child.text or "")
    return _unescape("".join(parts))


def _unescape(text):
    """Undo the _xHHHH_ writing of control characters."""
    return re.sub(
        r"_x([0-9A-Fa-f]{4})_", lambda match: chr(int(match.group(1), 16)), text
    )


def _number(raw):
    raw = raw.strip()
    try:
        return int(raw)
    except ValueError:
        value = float(raw)
        if value != value or value in (float("inf"), float("-inf")):
            raise ValueError(raw) from None
        return value


def _number_text(raw, value):
    """Numbers as a person sees them: no exponent, no binary tail."""
    if isinstance(value, int):
        return str(value)
    if value.is_integer() and abs(value) < 1e25:
        return str(int(value))
    return repr(round(value, 10)) if abs(value) < 1e15 else raw


def _serial_to_date(value, epoch):
    """Serial number to date; seconds are rounded, as the program shows them."""
    if isinstance(value, (int, float)) and not 0 <= value < 2958466:
        raise ValueError(value)
    date = from_excel(value, epoch)
    if isinstance(date, datetime.datetime) and date.microsecond:
        date = (date + datetime.timedelta(milliseconds=500)).replace(microsecond=0)
    return date


def _date_text(date):
    if isinstance(date, datetime.datetime):
        if date.time() == datetime.time():
            return date.date().isoformat()
        return date.isoformat(" ", "seconds" if date.second else "minutes")
    return str(date)


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
    total = 0
    for index in range(book.nsheets):
        try:
            source = book.sheet_by_index(index)
        except Exception as error:
            # see above: a broken sheet stream raises whatever it meets first
            raise SpreadsheetError("corrupt", detail=str(error)) from error
        sheet = Sheet(source.name, hidden=source.visibility != 0)
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
            total += 1
            if total > limits.max_rows:
                raise SpreadsheetError("too_many_rows", limit=limits.max_rows)
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
        return Cell(cell.value, cell.value, "text") if cell.value else None
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
        return Cell(date, _date_text(date), "date", None, number_format)
    value = int(cell.value) if float(cell.value).is_integer() else cell.value
    text = _number_text(str(cell.value), cell.value)
    return Cell(value, text, "number", None, number_format)


# ---------------------------------------------------------------------- csv

_ENCODINGS = ("utf-8", "gb18030", "utf-16-le", "utf-16-be", "big5")


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
    delimiter = _sniff_delimiter(text)
    rows = []
    blank = total = 0
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
                total += 1
            else:
                blank += 1
                if blank > limits.blank_rows:
                    break
            if total > limits.max_rows:
                raise SpreadsheetError("too_many_rows", limit=limits.max_rows)
            rows.append(cells)
    except csv.Error as error:
        raise SpreadsheetError("corrupt", detail=str(error)) from error
    while rows and not rows[-1]:
        rows.pop()
    return Book([Sheet("", rows)], "csv", encoding, delimiter)

"""Read the xlsx container: checked before it is unpacked, streamed row by row."""

import datetime
import io
import re
import warnings
import zipfile

import openpyxl
from lxml import etree
from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format
from openpyxl.utils import range_boundaries
from openpyxl.utils.cell import column_index_from_string
from openpyxl.utils.datetime import from_excel

from .cells import (
    MAX_COLUMNS,
    Book,
    Cell,
    Sheet,
    SpreadsheetError,
    Tally,
    clean_text,
    date_text,
    number_text,
)

_NS = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_NS_STRICT = "{http://purl.oclc.org/ooxml/spreadsheetml/main}"
# Sheet parts may be larger than what is held in memory
SHEET_FACTOR = 4
# The rest is held in memory, shared texts above all
HELD_SHARE = 4
# Blank rows in front of data that are still kept as rows
MAX_GAP = 100_000


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
    # Sheets are streamed, and only up to a long blank tail; the rest is held in memory
    streamed = sum(
        info.file_size
        for info in infos
        if info.filename.lower().startswith("xl/worksheets/sheet")
    )
    worst = max(
        (
            info.file_size / max(info.compress_size, 1)
            for info in infos
            if info.file_size > 1024 * 1024
        ),
        default=0,
    )
    too_much = (
        unpacked - streamed > limits.max_unpacked / HELD_SHARE
        or streamed > limits.max_unpacked * SHEET_FACTOR
    )
    if too_much or (worst > limits.max_ratio and unpacked > limits.max_unpacked / 8):
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
        except Exception as error:
            # zlib, lzma and zipfile raise what they like on damaged parts
            raise SpreadsheetError("corrupt", detail=info.filename) from error
        if not _prolog_is_plain(head):
            raise SpreadsheetError("xml_entities")
    return archive, unpacked


def _prolog_is_plain(head):
    """True when nothing but comments stands in front of the root element.

    A document type can stand only there; a prolog that is longer than what is looked
    at could hide one, and no spreadsheet program writes such a thing.

    :param head: first bytes of an XML part
    """
    # UTF-16, with a mark or without
    rest = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    while rest.startswith((b"<?", b"<!--")):
        end = b"?>" if rest.startswith(b"<?") else b"-->"
        rest = rest.partition(end)[2].lstrip()
        if not rest:
            return False
    return not rest.startswith(b"<!")


def read_xlsx(content, limits):
    archive, unpacked = _check_zip(content, limits)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            workbook = openpyxl.load_workbook(
                io.BytesIO(content), read_only=True, keep_links=False
            )
            shared = (
                workbook.worksheets[0]._shared_strings if workbook.worksheets else []
            )
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
                    stopped = reader.read_sheet(source, sheet)
                if stopped:
                    # The merged ranges stand behind the rows
                    with archive.open(part.lstrip("/")) as source:
                        _scan_merges(source, sheet)
                sheets.append(sheet)
            workbook.close()
    except SpreadsheetError:
        raise
    except Exception as error:
        # Whatever a parser of foreign bytes raises, the file cannot be read
        raise SpreadsheetError("corrupt", detail=str(error)) from error
    if not sheets:
        raise SpreadsheetError("no_rows")
    return Book(sheets, "xlsx", unpacked=unpacked)


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
        self.tally = Tally(limits)

    def read_sheet(self, source, sheet):
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
            self.tally.add(cells)
            if row_no <= len(rows):
                raise SpreadsheetError("corrupt", detail=f"row {row_no}")
            if row_no - len(rows) > MAX_GAP:
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
            return Cell(date, date_text(date), "date", formula, number_format)
        return Cell(value, number_text(raw, value), "number", formula, number_format)


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
    text = re.sub(
        r"_x([0-9A-Fa-f]{4})_", lambda match: chr(int(match.group(1), 16)), text
    )
    return clean_text(text)


def _number(raw):
    raw = raw.strip()
    try:
        return int(raw)
    except ValueError:
        value = float(raw)
        if value != value or value in (float("inf"), float("-inf")):
            raise ValueError(raw) from None
        return value


def _serial_to_date(value, epoch):
    """Serial number to date; seconds are rounded, as the program shows them."""
    if isinstance(value, (int, float)) and not 0 <= value < 2958466:
        raise ValueError(value)
    date = from_excel(value, epoch)
    if isinstance(date, datetime.datetime) and date.microsecond:
        date = (date + datetime.timedelta(milliseconds=500)).replace(microsecond=0)
    return date

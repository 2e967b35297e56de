"""Cells, sheets and books as the import reads them, whatever the file type."""

import datetime
import re
from dataclasses import dataclass, field

MAX_COLUMNS = 512
# Control characters, lone surrogates and non-characters: a file can smuggle them in,
# but neither the database nor a workbook can hold them
_UNHOLDABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def clean_text(text):
    """Text without the characters that no database and no workbook can hold."""
    return _UNHOLDABLE.sub("", text)


class SpreadsheetError(Exception):
    """A file that cannot be read.

    `code` is one of empty_file, too_large, zip_bomb, xml_entities, encrypted, corrupt,
    not_a_spreadsheet, wrong_extension, old_format, no_rows, too_many_rows,
    too_many_cells, encoding; `facts` are named values for the message.
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
    :param max_cells: filled cells over all sheets; each is an object in memory
    :param blank_rows: a sheet ends after so many rows without content
    """

    max_bytes: int = 20 * 1024 * 1024
    max_unpacked: int = 400 * 1024 * 1024
    max_ratio: int = 250
    max_rows: int = 200_000
    max_cells: int = 5_000_000
    blank_rows: int = 1000


class Tally:
    """Counts the rows and cells of a book while it is read."""

    def __init__(self, limits):
        self.limits = limits
        self.rows = self.cells = 0

    def add(self, cells):
        """Count one row that holds something.

        :param cells: list of `Cell` and None
        :raise SpreadsheetError: the book is larger than allowed
        """
        self.rows += 1
        self.cells += len(cells) - cells.count(None)
        if self.rows > self.limits.max_rows:
            raise SpreadsheetError("too_many_rows", limit=self.limits.max_rows)
        if self.cells > self.limits.max_cells:
            raise SpreadsheetError("too_many_cells", limit=self.limits.max_cells)


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
    """A file: `file_type` is xlsx, xls or csv; csv files know how they are written.

    `unpacked` is the size of an xlsx container when unpacked."""

    sheets: list
    file_type: str
    encoding: str = ""
    delimiter: str = ""
    unpacked: int = 0

    @property
    def is_text(self):
        """True when the file has no cell types (every cell is text)."""
        return self.file_type == "csv"


def number_text(raw, value):
    """Numbers as a person sees them: no exponent, no binary tail."""
    if isinstance(value, int):
        return str(value)
    if value.is_integer() and abs(value) < 1e25:
        return str(int(value))
    return repr(round(value, 10)) if abs(value) < 1e15 else raw


def date_text(date):
    """Dates as a person writes them, without an empty time."""
    if isinstance(date, datetime.datetime):
        if date.time() == datetime.time():
            return date.date().isoformat()
        return date.isoformat(" ", "seconds" if date.second else "minutes")
    return str(date)

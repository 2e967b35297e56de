"""What an import kind says about its columns, and what it is handed as rows.

Pure python: nothing here knows the ORM, so every import kind can be tested with
plain objects.
"""

import datetime
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

#: Types of a column. `values` of a row hold, per type:
#: char, name, staff, policy_no, selection, vin, plate, identity, mobile -> str
#: integer -> int; amount, rate -> decimal.Decimal; boolean -> bool
#: date -> datetime.date; datetime -> datetime.datetime (naive, as written in the file)
#: An empty cell, and a cell that cannot be understood, is None.
FIELD_TYPES = (
    "char",
    "name",
    "staff",
    "integer",
    "amount",
    "rate",
    "date",
    "datetime",
    "boolean",
    "selection",
    "vin",
    "plate",
    "identity",
    "mobile",
    "policy_no",
)


@dataclass(frozen=True)
class ImportField:
    """One column that an import kind understands.

    :param key: technical name, key of `ImportRow.values`
    :param label: English source text or a lazy translation, shown to the user
    :param type: one of `FIELD_TYPES`
    :param synonyms: header wordings in any language; compared after NFKC, lower
        case, without blanks and punctuation, bracket content with and without
    :param groups: wordings of the upper level of a two-level header; () = any.
        A one-level header "<group><label>" or "<group>/<label>" fits as well
    :param required: the column must exist in the file
    :param choices: for a selection: wording -> technical value. The technical
        values themselves are always understood
    :param missing_code: problem code reported when the cell of a data row is
        empty, e.g. "missing_id"; "" = an empty cell is fine
    :param compared: the value takes part in "same line" (second copies,
        re-import). False for running numbers and the like
    :param id_type_key: for type identity: key of the field that holds the kind of
        document, so that a passport is not judged as an identity card
    :param aliases: wordings that carry the group in themselves ("交强险" alone for
        the premium of the compulsory cover)
    :param beside: key of another field; this one counts only in a sheet that has the
        other one too, and then comes before every other meaning of its wording
    :param spans: a cell merged over several rows says the same for all of them; not
        for amounts and numbers, which would be counted twice
    """

    key: str
    label: str
    type: str = "char"
    synonyms: tuple = ()
    groups: tuple = ()
    required: bool = False
    choices: Mapping = field(default_factory=dict, hash=False)
    missing_code: str = ""
    compared: bool = True
    id_type_key: str = ""
    aliases: tuple = ()
    beside: str = ""
    spans: bool = False

    def __post_init__(self):
        if self.type not in FIELD_TYPES:
            raise ValueError(f"Import field {self.key}: unknown type {self.type}")


@dataclass
class Finding:
    """One problem of one cell (or of the whole row when `field_key` is None).

    :param code: code of a `dealer.import.problem.type`
    :param value: what stands in the file, as text
    :param suggestion: the value that would be right, as text, when it is known
    :param applied: the row already carries the suggestion (blanks cut off, a date
        understood); the file is untidy, the imported value is right
    :param facts: named values for the reason text of the problem type
    """

    code: str
    field_key: str | None = None
    value: str | None = None
    suggestion: str | None = None
    applied: bool = False
    facts: dict = field(default_factory=dict)


@dataclass
class ImportSheet:
    """A sheet as the rows see it.

    :param texts: non-empty texts above the header (title, store, period)
    :param columns: field key -> (column index from 0, header as "group/label")
    """

    name: str
    index: int = 0
    texts: list = field(default_factory=list)
    columns: dict = field(default_factory=dict)
    record_id: int | None = None


class ImportRow:
    """One line of the file, coerced.

    Attributes:

    - `sheet`: `ImportSheet`; `sheet.name`, `sheet.texts`
    - `row_no`: the number the spreadsheet program shows (CSV: record number, the
      first line is 1)
    - `values`: field key -> coerced value (see `FIELD_TYPES`), None when empty;
      use `row.get(key)` for a column the file does not have
    - `texts`: field key -> text as it stands in the file. Empty in `_load_rows`
    - `cells`: all texts of the line, mapped or not, by column index (check only)
    - `kind`: data, total, note or blank
    - `findings`: list of `Finding`
    - `dropped`: the row will not be imported (second copy, or the user said so)
    - `joined`: other rows of the file that belong to this line (kind "joined")
    - `leader`: the row to which a joined row belongs
    - `places`: field key -> (row, field key) of values that were taken from the
      column of another field, maybe of another row
    """

    __slots__ = (
        "sheet",
        "row_no",
        "values",
        "texts",
        "cells",
        "kind",
        "findings",
        "dropped",
        "natural_key",
        "severities",
        "accepted",
        "record_id",
        "source_digest",
        "joined",
        "leader",
        "places",
    )

    def __init__(self, sheet, row_no, values=None, texts=None, severities=None):
        self.sheet = sheet
        self.row_no = row_no
        self.values = values if values is not None else {}
        self.texts = texts if texts is not None else {}
        self.cells = {}
        self.kind = "data"
        self.findings = []
        self.dropped = False
        self.natural_key = ""
        # code -> severity, shared by all rows of a run
        self.severities = severities
        # (code, field_key) of facts a manager has accepted
        self.accepted = frozenset()
        self.record_id = None
        self.source_digest = ""
        self.joined = []
        self.leader = None
        self.places = {}

    def __repr__(self):
        return f"<ImportRow {self.sheet.name}!{self.row_no} {self.kind}>"

    def get(self, key, default=None):
        """Return the coerced value of a field, `default` when empty or unmapped."""
        value = self.values.get(key)
        return default if value is None else value

    def add(self, code, field_key=None, value=None, suggestion=None, **facts):
        """Report a problem of this row.

        :param code: code of a problem type (must exist as a data record)
        :param field_key: the field whose cell is shown; None = the whole row
        :param value: shown value; default: the text in the file
        :param suggestion: right value when known; the user may accept it, then the
            file is checked again with it. Not applied to `values` by itself
        :param facts: named values for the reason text of the type; `reason="..."`
            replaces that text
        :return: the `Finding`
        :raise ValueError: the code is not a known problem type
        """
        if self.severities is not None and code not in self.severities:
            raise ValueError(f"Unknown import problem code {code}")
        if value is None and field_key is not None:
            value = self.texts.get(field_key)
        finding = Finding(
            code,
            field_key,
            as_text(value),
            as_text(suggestion),
            facts={key: as_text(fact) or "" for key, fact in facts.items()},
        )
        self.findings.append(finding)
        return finding

    def has(self, code, field_key=None):
        """True when a problem of this code (and field, if given) was reported."""
        return any(
            finding.code == code and field_key in (None, finding.field_key)
            for finding in self.findings
        )

    def doubtful(self, *field_keys):
        """True when one of the cells already has a problem of severity error.

        For checks that compare cells: a sum of which one part is mistyped is not
        reported a second time.
        """
        cells = {
            (id(row), key)
            for row, key in (self.places.get(key, (self, key)) for key in field_keys)
        }
        cells |= {(id(self), key) for key in field_keys}
        return any(
            (id(row), finding.field_key) in cells
            for row in (self, *self.joined)
            for finding in row._own_errors()
        )

    def settle_places(self):
        """Hand each finding to the cell from which its value was taken."""
        kept = []
        for finding in self.findings:
            row, key = self.places.get(finding.field_key, (self, finding.field_key))
            if key != finding.field_key and finding.value is None:
                finding.value = row.texts.get(key)
            finding.field_key = key
            (kept if row is self else row.findings).append(finding)
        self.findings = kept

    @property
    def errors(self):
        """Findings that keep the row out: severity error, fact not accepted."""
        return [
            finding for row in (self, *self.joined) for finding in row._own_errors()
        ]

    def _own_errors(self):
        severities = self.severities or {}
        return [
            finding
            for finding in self.findings
            if severities.get(finding.code, "error") == "error"
            and (finding.code, finding.field_key) not in self.accepted
            and not finding.applied
        ]


def as_text(value: Any) -> str | None:
    """Return a value the way a user reads it; None stays None."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, datetime.datetime):
        if value.time() == datetime.time():
            return value.date().isoformat()
        return value.isoformat(" ", "minutes" if not value.second else "seconds")
    if isinstance(value, Decimal):
        return format(value.normalize(), "f") if value else "0"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def values_to_json(values: Mapping) -> dict:
    """Return the values of a row as plain JSON, empty ones left out."""
    result = {}
    for key, value in values.items():
        if value is None:
            continue
        if isinstance(value, datetime.datetime):
            value = value.isoformat(" ")
        elif isinstance(value, datetime.date):
            value = value.isoformat()
        elif isinstance(value, Decimal):
            value = as_text(value)
        result[key] = value
    return result


def values_from_json(data: Mapping, fields) -> dict:
    """Turn stored JSON back into the values of `values_to_json`."""
    values = {}
    for import_field in fields:
        value = data.get(import_field.key)
        if isinstance(value, str):
            if import_field.type == "datetime":
                value = datetime.datetime.fromisoformat(value)
            elif import_field.type == "date":
                value = datetime.date.fromisoformat(value[:10])
            elif import_field.type in ("amount", "rate"):
                value = Decimal(value)
        values[import_field.key] = value
    return values


def digest(data: Mapping, fields) -> str:
    """Fingerprint of what a line says, independent of column order.

    :param data: field key -> JSON value or text
    :param fields: the fields of the kind; those with `compared=False` are left out
    """
    compared = {
        import_field.key: data[import_field.key]
        for import_field in fields
        if import_field.compared and data.get(import_field.key) not in (None, "")
    }
    payload = json.dumps(compared, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(payload.encode()).hexdigest()[:32]

import re
import unicodedata

from odoo import api, models

TOTAL_WORDS = re.compile(
    r"([合小总總累共]\s*[计計]|总\s*和|sub\s*-?total|grand\s*total|\btotal\b)",
    re.IGNORECASE,
)
# "制表：", "审核：": a place for a signature
SIGNATURE = re.compile(r"\s*[^\d\s:：]{1,8}\s*[:：]")
# A number may carry a few characters of the store or the insurer, no words
CJK = re.compile("[\u4e00-\u9fff]")
KEY_CJK = 4


class DealerImportKind(models.AbstractModel):
    """A kind of file that can be imported. One kind is one class.

    ::

        class LedgerImportKind(models.AbstractModel):
            _name = "dealer.import.kind.ledger"
            _inherit = "dealer.import.kind"
            _description = "Import of the Underwriting Ledger"
            _kind_label = "Underwriting ledger"       # source text, translatable
            _kind_sequence = 20
            _kind_groups = ("dealer_base.group_policy_clerk",)

            def _import_fields(self):
                return [ImportField("vin", self.env._("VIN"), type="vin", ...), ...]

    The kind is found by its inheritance; the code of a kind is the part of the
    model name behind "dealer.import.kind.". All hooks are called with an empty
    recordset in the company and language of the run (and, for `_load_rows`, as the
    user who uploaded the file, with mail tracking switched off).

    What the engine does for every kind, so a kind must not repeat it:

    - reading the file, finding headers, mapping columns, remembering the mapping;
    - typing problems of a single cell by the type of its field (`tools/coerce.py`):
      trailing_space, vin_space, fullwidth_digits, amount_text, date_text,
      date_serial, letter_o_for_zero, policy_no_as_number, vin_check_digit,
      id_checksum, bad_mobile, bad_plate, unknown_choice, not_a_number, not_a_date,
      error_cell, formula_without_value, merged_cells, formula_text;
    - empty cells of fields with a `missing_code`;
    - name_variant for fields of type "staff" (shortened or misspelt names, compared
      with the staff of the company and all staff names of the file);
    - second copies: rows of the same `_natural_key` and the same compared values get
      duplicate_row and are dropped; the same key with other values: duplicate_key;
    - re-import: same key and same values as a row imported earlier = unchanged; same
      key and other values = changed_since_import, and the row is left alone;
    - corrections, dropped rows, accepted facts, batches, retry row by row, progress.

    What a kind does: the fields, what is a data row, the key of a line, checks over
    cells, rows and the database (`row.add(code, field_key, **facts)`), and the records.
    """

    _name = "dealer.import.kind"
    _description = "Kind of Import File"

    #: Source text of the name, also translated by `_kind_name`
    _kind_label = ""
    _kind_sequence = 100
    #: A sheet without the key columns, beside one that has them, is a summary
    _has_summary_sheets = False
    #: XML ids of the posts that may import this kind
    _kind_groups = ("dealer_base.group_dealer_admin",)
    #: Problems that depend on records of other files and may show only after a row was
    #: imported; a later check reports them for imported rows too
    _late_codes = frozenset()

    # ------------------------------------------------------------------ to implement

    @api.model
    def _kind_name(self):
        """Name of the kind in the user's language; override to translate."""
        return self._kind_label

    @api.model
    def _import_fields(self):
        """Return the list of `ImportField` this kind understands."""
        return []

    @api.model
    def _classify_row(self, row):
        """Return "data", "total", "note" or "blank" for one row.

        Called before findings count: `row.values`, `row.texts` and `row.cells` are
        filled. Problems of rows that are not data are forgotten. The general rule: a
        total names itself in one of its first texts and has no key; a note has no key
        and fills fewer than three columns; a repeated header is a note.
        """
        texts = [text for _col, text in sorted(row.cells.items()) if text.strip()]
        if not texts:
            return "blank"
        filled = [key for key, value in row.values.items() if value is not None]
        has_key, good_key = self._has_key(row)
        if not good_key and any(
            len(text) <= 30 and TOTAL_WORDS.search(unicodedata.normalize("NFKC", text))
            for text in texts[:4]
        ):
            return "total"
        headers = {
            label.rsplit("/", 1)[-1] for _col, label in row.sheet.columns.values()
        }
        if sum(text.strip() in headers for text in texts) > len(texts) / 2:
            return "note"
        if not has_key and len(filled) < 3:
            return "note"
        few = len(texts) <= max(3, len(row.sheet.columns) / 3)
        if not good_key and few and any(map(SIGNATURE.match, texts)):
            return "note"
        alone = len(filled) <= 1 and len(row.sheet.columns) >= 4
        if alone and (not good_key or re.search("[:：]", texts[0])):
            return "note"
        return "data"

    @api.model
    def _has_key(self, row):
        """Return (a key cell is filled, it really looks like a key)."""
        has_key = good_key = False
        for key in self._key_fields():
            if row.values.get(key) in (None, ""):
                continue
            has_key = True
            wrong = any(
                found.field_key == key and not found.applied for found in row.findings
            )
            text = row.texts.get(key) or ""
            words = not re.search(r"\d", text) or len(CJK.findall(text)) > KEY_CJK
            period = re.fullmatch(r"[\s\d年月份第季度.-]+", text) and CJK.search(text)
            if not wrong and not TOTAL_WORDS.search(text) and not words and not period:
                good_key = True
        return has_key, good_key

    @api.model
    def _key_fields(self):
        """Field keys of which a data row has at least one; default: required ones."""
        return [field.key for field in self._import_fields() if field.required]

    @api.model
    def _natural_key(self, values):
        """Return the identity of a line as text, "" when it has none.

        Two lines of the same key in one file are copies; a line whose key was imported
        earlier is recognised. Keys are compared inside one company and kind.

        :param values: coerced values of the row
        """
        return ""

    @api.model
    def _prepare_rows(self, run, rows):
        """Complete coerced values from what stands around the lines.

        Called once per check with all data and total rows, after coercion and
        corrections, before natural keys and second copies are worked out. For example
        the insurer that only the name or the title of the sheet tells. Values set
        here are stored like read ones, so they reach `_natural_key` and `_load_rows`.

        :param run: the `dealer.import`
        :param rows: list of `ImportRow`
        """

    @api.model
    def _check_rows(self, run, rows):
        """Add findings that need more than one cell.

        Called once per check with ALL rows of ALL sheets (data and total rows; blank
        rows and notes are left out), in the order of the file, corrections applied.
        `row.kind` tells totals from data, `row.dropped` second copies and rows the
        user dropped (totals printed in the file include them). Use constant queries.

        :param run: the `dealer.import`
        :param rows: list of `ImportRow`
        """

    @api.model
    def _load_rows(self, run, rows):
        """Create the records of a batch of valid rows, in the order of the file.

        Runs inside a savepoint: when it raises, the batch is tried again row by row
        and the row that fails keeps the message. Must create in batch.

        :param run: the `dealer.import`
        :param rows: list of `ImportRow` with `values`, `row_no`, `sheet` (no texts);
            only data rows without open errors
        :return: dict row -> record (one per row; a row may be left out when nothing
            had to be created)
        """
        raise NotImplementedError

    @api.model
    def _known_rows(self, run, rows):
        """Rows that an earlier run has imported, for kinds with a memory of their own.

        The engine knows a line again wherever it stands. A kind whose lines may repeat
        rightly (the same policy on the statements of two months) knows whole files.

        :return: None for the memory of the engine, else {row: (state, earlier
            `dealer.import.row`)} like `dealer.import._find_previous`
        """
        return None

    @api.model
    def _layout_source(self, run):
        """The contact whose files always look the same; empty = not remembered.

        The layout of the last file of a source is held against the next one: columns
        that were renamed, moved, added or are missing are reported, not guessed.
        """
        return self.env["res.partner"]

    # ------------------------------------------------------------------ registry

    @api.model
    def _kind_models(self):
        """Return {kind code: model} of all kinds, in the order they are offered."""
        prefix = self._name + "."
        names = set()
        todo = [self._name]
        while todo:
            for name in self.env.registry[todo.pop()]._inherit_children:
                if name.startswith(prefix) and name not in names:
                    names.add(name)
                    todo.append(name)
        kinds = [self.env[name] for name in names]
        kinds.sort(key=lambda kind: (kind._kind_sequence, kind._name))
        return {kind._name.removeprefix(prefix): kind for kind in kinds}

    @api.model
    def _kind_allowed(self):
        """True when the user holds a post that may import this kind."""
        return self.env.su or any(
            self.env.user.has_group(group) for group in self._kind_groups
        )

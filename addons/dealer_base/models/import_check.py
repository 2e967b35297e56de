from collections import defaultdict

from odoo import models
from odoo.exceptions import UserError

from ..tools.coerce import coerce, profile_column, unit_scale
from ..tools.import_field import (
    Finding,
    ImportRow,
    ImportSheet,
    digest,
    values_to_json,
)
from ..tools.spreadsheet import Cell, column_letter


class DealerImport(models.Model):
    """The dry run: every problem of the file, nothing is imported."""

    _inherit = "dealer.import"

    def action_check(self):
        """Read all rows, report every problem; corrections are applied first.

        :raise UserError: columns are missing or still have to be chosen
        """
        for run in self:
            run.check_access("write")
            run._check_kind_rights()
            if run.state == "draft":
                run.action_read()
            if run.state not in ("mapped", "checked", "failed"):
                raise UserError(
                    self.env._("%(name)s cannot be checked any more.", name=run.name)
                )
            run._check_mapping()
            run._check_file()

    def _check_mapping(self):
        sheets = self.sheet_ids.filtered(lambda sheet: sheet.use and sheet.column_ids)
        if not sheets:
            raise UserError(self.env._("Please tick at least one sheet to import."))
        self._sudo_refresh_header_problems()
        open_errors = self.problem_ids.filtered(
            lambda problem: (
                problem.severity == "error"
                and problem.sheet_id in sheets
                and not problem.row_id
                and problem.code
                in ("missing_column", "ambiguous_column", "column_twice", "column_lost")
            )
        )
        if open_errors:
            raise UserError(
                self.env._(
                    "Please complete the columns first:\n%(problems)s",
                    problems="\n".join(
                        f"{problem.sheet_name or ''}: {problem.reason}"
                        for problem in open_errors
                    ),
                )
            )

    def _check_file(self):
        self.ensure_one()
        kind = self._kind_model()
        import_fields = kind._import_fields()
        types = self.env["dealer.import.problem.type"]._types_by_code()
        rows = self._read_rows(kind, import_fields, types)
        listed = [row for row in rows if row.kind in ("data", "total")]
        kind._prepare_rows(self, listed)
        data = [row for row in rows if row.kind == "data"]
        self._add_missing(data, import_fields)
        for row in data:
            row.natural_key = kind._natural_key(row.values) or ""
        self._mark_copies(kind, data, import_fields)
        previous = self._find_previous(data, import_fields)
        self._add_name_variants(data, import_fields)
        kind._check_rows(self, listed)
        self._sudo_store_check(listed, import_fields, types, previous)

    # ------------------------------------------------------------ reading rows

    def _read_rows(self, kind, import_fields, types):
        """Return the `ImportRow`s of all used sheets, corrections applied."""
        book = self._open_book()
        severities = {code: record.severity for code, record in types.items()}
        decisions = self._decisions_by_row()
        rows = []
        for record in self.sheet_ids.filtered("use"):
            if record.index >= len(book.sheets) or not record.column_ids:
                continue
            source = book.sheets[record.index]
            if source.name != (record.name or ""):
                raise UserError(
                    self.env._("The file has changed; please read it again.")
                )
            sheet = self._import_sheet(record)
            rows += self._read_sheet(
                kind, import_fields, severities, source, sheet, record, decisions, book
            )
        return rows

    def _import_sheet(self, record):
        return ImportSheet(
            record.name or "",
            record.index,
            list(record.texts or []),
            {
                column.field_key: (column.col_index, column.title)
                for column in record.column_ids
                if column.field_key and not column.ignored
            },
            record.id,
        )

    def _read_sheet(
        self, kind, import_fields, severities, source, sheet, record, decisions, book
    ):
        mapped = [item for item in import_fields if item.key in sheet.columns]
        # Identity numbers last: they are judged by the kind of document
        mapped.sort(key=lambda item: item.type == "identity")
        first = record.header_last
        profiles = {
            item.key: profile_column(
                [
                    source.cell(row, sheet.columns[item.key][0])
                    for row in range(first, len(source.rows))
                ],
                item,
            )
            for item in mapped
        }
        for item in mapped:
            profiles[item.key].scale = unit_scale(sheet.columns[item.key][1], item)
        covered = _merged_cells(
            source, first, {column for column, _title in sheet.columns.values()}
        )
        rows = []
        for index in range(first, len(source.rows)):
            cells = source.rows[index]
            if not cells:
                continue
            row = ImportRow(sheet, index + 1, severities=severities)
            row.cells = {
                col: cell.text for col, cell in enumerate(cells) if cell is not None
            }
            if not any(text.strip() for text in row.cells.values()):
                continue
            as_uploaded = {}
            decided = decisions.get((record.id, row.row_no), {})
            corrections = decided.get("values", {})
            for item in mapped:
                col = sheet.columns[item.key][0]
                cell = cells[col] if col < len(cells) else None
                is_text = book.is_text
                as_uploaded[item.key] = cell.text if cell is not None else ""
                if item.key in corrections:
                    text = corrections[item.key]
                    cell, is_text = Cell(text, text, "text"), True
                elif item.spans and covered.get((index, col), (0, -1))[1] == col:
                    # Merged down the rows: the value is meant for each of them
                    cell = source.cell(*covered[index, col])
                elif (index, col) in covered:
                    row.texts[item.key] = ""
                    row.values[item.key] = None
                    top = source.cell(*covered[index, col])
                    row.findings.append(
                        Finding("merged_cells", item.key, "", top and top.text)
                    )
                    continue
                row.texts[item.key] = cell.text if cell is not None else ""
                if cell is None:
                    row.values[item.key] = None
                    continue
                id_type = None
                if item.type == "identity" and item.id_type_key:
                    id_type = row.values.get(item.id_type_key) or row.texts.get(
                        item.id_type_key
                    )
                value, findings = coerce(
                    cell, item, is_text, profiles[item.key], id_type
                )
                row.values[item.key] = value
                row.findings += findings
            # Without corrections: the same file is known again
            row.source_digest = digest(as_uploaded, import_fields)
            row.accepted = frozenset(decided.get("accepted", ()))
            row.kind = kind._classify_row(row)
            if row.kind != "data":
                row.findings = []
            elif decided.get("drop"):
                row.dropped = True
            if row.kind != "blank":
                rows.append(row)
        return rows

    def _decisions_by_row(self):
        """Return {(sheet id, row): {"values", "drop", "keep", "accepted"}}.

        "accepted" holds the last decision by (problem code, field key).
        """
        result = defaultdict(lambda: {"values": {}, "accepted": {}})
        for decision in self.decision_ids.sorted("id"):
            decided = result[decision.sheet_id.id, decision.row_no]
            if decision.action == "correct":
                decided["values"][decision.field_key] = decision.value or ""
            elif decision.action == "forget":
                decided["values"].pop(decision.field_key, None)
            elif decision.action == "accept":
                key = decision.code, decision.field_key or None
                decided["accepted"][key] = decision
            else:
                decided["drop"] = decision.action == "drop"
                decided["keep"] = decision.action == "keep"
        return result

    # ----------------------------------------------------------------- storing

    def _sudo_store_check(self, rows, import_fields, types, previous):
        """Write rows and problems of a check (rights were checked by the action)."""
        run = self.sudo().with_context(tracking_disable=True)
        run.problem_ids.unlink()
        run.row_ids.filtered(lambda row: row.state != "done").unlink()
        done = {(row.sheet_id.id, row.row_no): row for row in run.row_ids}
        run._sudo_refresh_header_problems()
        data = [row for row in rows if row.kind == "data"]
        vals_list, fresh, judged = [], [], set()
        late = run._kind_model()._late_codes
        for row in data:
            if (row.sheet.record_id, row.row_no) in done:
                # Imported by this very run before the rest was corrected
                row.record_id = done[row.sheet.record_id, row.row_no].id
                row.findings = [item for item in row.findings if item.code in late]
                continue
            vals_list.append(run._row_vals(row, import_fields, previous))
            fresh.append(row)
        records = run.env["dealer.import.row"].create(vals_list)
        for row, record in zip(fresh, records, strict=True):
            row.record_id = record.id
            judged.add(row)
            if record.state == "unchanged":
                judged.discard(row)
                # It was judged when it was imported
                row.findings = []
        for row in rows:
            if row.kind == "joined":
                row.record_id = row.leader.record_id
                if row.leader not in judged:
                    row.findings = []
        decisions = run._decisions_by_row()
        labels = {item.key: str(item.label) for item in import_fields}
        run.env["dealer.import.problem"].create(
            [
                run._problem_vals(row, finding, types, labels, decisions)
                for row in rows
                for finding in row.findings
            ]
        )
        run._write_protected({"state": "checked", "message": False})
        run._sudo_count_rows()

    def _row_vals(self, row, import_fields, previous):
        data = values_to_json(row.values)
        vals = {
            "run_id": self.id,
            "company_id": self.company_id.id,
            "kind": self.kind,
            "sheet_id": row.sheet.record_id,
            "row_no": row.row_no,
            "natural_key": row.natural_key,
            "values": data,
            "values_digest": digest(data, import_fields),
            "source_digest": row.source_digest,
            "state": "pending",
        }
        known = previous.get(row)
        if known:
            vals["state"] = known[0]
            vals["res_model"] = known[1].res_model
            vals["res_id"] = known[1].res_id
        elif row.dropped:
            vals["state"] = "dropped"
        elif row.errors:
            vals["state"] = "error"
        return vals

    def _problem_vals(self, row, finding, types, labels, decisions):
        problem_type = types[finding.code]
        col, title = row.sheet.columns.get(finding.field_key, (None, ""))
        field_label = labels.get(finding.field_key, "")
        decided = decisions.get((row.sheet.record_id, row.row_no), {})
        accepted = decided.get("accepted", {}).get((finding.code, finding.field_key))
        state = "open"
        if finding.applied:
            state, accepted = "tidied", None
        elif accepted:
            state = "accepted"
        elif row.dropped:
            state = "dropped"
        return {
            "run_id": self.id,
            "company_id": self.company_id.id,
            "sheet_id": row.sheet.record_id,
            "sheet_name": row.sheet.name,
            "row_id": row.record_id,
            "row_no": row.row_no,
            "column_letter": column_letter(col) if col is not None else "",
            "header": title or field_label,
            "field_key": finding.field_key,
            "value": finding.value,
            "type_id": problem_type.id,
            "code": finding.code,
            "severity": problem_type.severity,
            "nature": problem_type.nature,
            "reason": problem_type._reason_text(
                {
                    "value": finding.value or "",
                    "suggestion": finding.suggestion or "",
                    "field": title or field_label,
                    "row": str(row.row_no),
                    **finding.facts,
                }
            ),
            "suggestion": finding.suggestion,
            "applied": finding.applied,
            "correction": decided.get("values", {}).get(finding.field_key),
            "state": state,
            "accepted_by_id": accepted and accepted.user_id.id,
            "accepted_at": accepted and accepted.decided_at,
            "accept_reason": accepted and accepted.reason,
        }

    # ------------------------------------------------------------- suggestions

    def action_apply_suggestions(self):
        """Take every open suggestion as correction and check again."""
        for run in self:
            run.check_access("write")
            run._check_kind_rights()
            problems = run.problem_ids.filtered(
                lambda item: (
                    item.suggestion
                    and not item.correction
                    and item.state == "open"
                    and item.field_key
                    and item.nature == "typing"
                )
            )
            if not problems:
                raise UserError(
                    self.env._(
                        "There is no open suggestion in %(name)s.", name=run.name
                    )
                )
            problems._sudo_use_suggestions()
            run._check_file()


def _merged_cells(source, first, columns):
    """Return {(row, column): top-left} of cells below the header hidden by a merge.

    :param columns: indexes of the columns that are read
    """
    covered = {}
    # Ranges of a sound file do not overlap; a forged one must not cost more
    budget = len(source.rows) * len(columns)
    for first_row, first_col, last_row, last_col in source.merges:
        if first_row < first:
            continue
        for row in range(first_row, min(last_row + 1, len(source.rows))):
            for col in columns:
                if not first_col <= col <= last_col:
                    continue
                budget -= 1
                if budget < 0:
                    return covered
                if (row, col) != (first_row, first_col):
                    covered[row, col] = (first_row, first_col)
    return covered

import hashlib

from odoo import fields, models
from odoo.exceptions import UserError

from ..tools import header as header_tools
from ..tools.spreadsheet import column_letter

SAMPLES = 3
# Rows of a sheet without header that are kept as texts
COVER_ROWS = 40


class DealerImport(models.Model):
    """From the file to sheets and columns."""

    _inherit = "dealer.import"

    def action_read(self):
        """Find sheets, headers and columns of the uploaded file.

        :raise UserError: the file cannot be read, or no sheet fits the kind
        """
        for run in self:
            run.check_access("write")
            run._check_kind_rights()
            if run.state in ("importing", "done") or run.done_count:
                raise UserError(
                    self.env._("%(name)s has been imported already.", name=run.name)
                )
            run._read_file()

    def _read_file(self):
        self.ensure_one()
        book = self._open_book()
        if not self.kind:
            self.kind = self._guess_kind(book)
        kind = self._kind_model()
        import_fields = kind._import_fields()
        vocabulary = header_tools.Vocabulary(import_fields)
        headers = [
            header_tools.find_header(sheet, import_fields, vocabulary)
            if sheet.rows
            else None
            for sheet in book.sheets
        ]
        if not any(headers):
            required = [item for item in import_fields if item.required]
            raise UserError(
                self.env._(
                    "No sheet has a header of “%(kind)s”. Expected are at least these "
                    "columns: %(columns)s. Is it another kind of file?",
                    kind=kind._kind_name(),
                    columns=", ".join(str(item.label) for item in required)
                    or ", ".join(str(item.label) for item in import_fields[:8]),
                )
            )
        self._sudo_reset()
        self._sudo_store_layout(book, headers, import_fields)
        self._post_skipped_sheets()

    def _sudo_store_layout(self, book, headers, import_fields):
        """Write sheets and columns (rights were checked by the action)."""
        run = self.sudo()
        run._write_protected(
            {
                "state": "mapped",
                "file_type": book.file_type,
                "encoding": book.encoding,
            }
        )
        targets = run.env["dealer.import.target"].create(
            [
                {
                    "run_id": run.id,
                    "sequence": sequence,
                    "key": item.key,
                    "name": str(item.label),
                    "required": item.required,
                }
                for sequence, item in enumerate(import_fields)
            ]
        )
        targets = {target.key: target for target in targets}
        for index, (sheet, header) in enumerate(zip(book.sheets, headers, strict=True)):
            record = run._create_sheet(index, sheet, header)
            if header:
                run._create_columns(record, sheet, header, targets)
        run._sudo_refresh_header_problems()

    def _create_sheet(self, index, sheet, header):
        state = "data"
        if not sheet.rows:
            state = "empty"
        elif sheet.hidden:
            state = "hidden"
        elif not header:
            state = "no_header"
        texts = []
        if header:
            texts = [
                cell.text.strip()
                for row in sheet.rows[: header.first_row]
                for cell in row
                if cell is not None and cell.text.strip()
            ]
        elif sheet.rows:
            # A cover sheet may tell the period, the number and the totals
            texts = [
                cell.text.strip()
                for row in sheet.rows[:COVER_ROWS]
                for cell in row
                if cell is not None and cell.text.strip()
            ]
        fingerprint = header.fingerprint if header else ""
        return self.env["dealer.import.sheet"].create(
            {
                "run_id": self.id,
                "index": index,
                "name": sheet.name,
                "state": state,
                "use": state == "data",
                "header_first": header.first_row + 1 if header else 0,
                "header_last": header.last_row + 1 if header else 0,
                "row_count": len(sheet.rows) - header.last_row - 1 if header else 0,
                "texts": texts,
                "fingerprint": hashlib.sha256(fingerprint.encode()).hexdigest()[:32],
            }
        )

    def _create_columns(self, record, sheet, header, targets):
        remembered = self._remembered_mapping(record.fingerprint)
        used = {
            remembered[cell.title]
            for cell in header.columns.values()
            if remembered.get(cell.title)
        }
        vals_list = []
        for col, cell in sorted(header.columns.items()):
            vals = {
                "run_id": self.id,
                "sheet_id": record.id,
                "col_index": col,
                "letter": column_letter(col),
                "group": cell.group,
                "label": cell.label,
                "sample": self._sample(sheet, header, col),
            }
            if cell.title in remembered:
                key = remembered[cell.title]
                vals["source"] = "profile"
                vals["ignored"] = not key
                vals["target_id"] = targets[key].id if key in targets else False
            elif cell.candidates:
                vals["source"] = "ambiguous"
                vals["candidates"] = ", ".join(
                    targets[key].name for key in cell.candidates
                )
            elif cell.field_key and cell.field_key not in used:
                sure = cell.score >= header_tools.BRACKET
                vals["source"] = "exact" if sure else "guess"
                vals["target_id"] = targets[cell.field_key].id
            vals_list.append(vals)
        self.env["dealer.import.column"].create(vals_list)

    @staticmethod
    def _sample(sheet, header, col):
        texts = []
        for row in range(
            header.last_row + 1, min(len(sheet.rows), header.last_row + 200)
        ):
            cell = sheet.cell(row, col)
            if cell is not None and cell.text.strip():
                texts.append(cell.text.strip()[:30])
            if len(texts) == SAMPLES:
                break
        return " | ".join(texts)

    def _guess_kind(self, book):
        """Return the code of the kind whose columns fit the file best.

        :raise UserError: none of the kinds the user may import fits
        """
        best = None
        for code, kind in self.env["dealer.import.kind"]._kind_models().items():
            if not kind._kind_allowed():
                continue
            import_fields = kind._import_fields()
            vocabulary = header_tools.Vocabulary(import_fields)
            for sheet in book.sheets:
                header = sheet.rows and header_tools.find_header(
                    sheet, import_fields, vocabulary
                )
                if not header:
                    continue
                rank = (-len(header.missing), header.score)
                if best is None or rank > best[0]:
                    best = (rank, code)
        if best is None:
            raise UserError(
                self.env._(
                    "The headers fit no kind of file that your post may import. Please "
                    "choose the kind yourself, or check the header row."
                )
            )
        return best[1]

    # ----------------------------------------------------------------- mapping

    def _remembered_mapping(self, fingerprint):
        """Return {header title: field key or ""} of the last file like this."""
        profile = self.env["dealer.import.profile"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("kind", "=", self.kind),
                ("fingerprint", "=", fingerprint),
            ],
            limit=1,
        )
        return profile.mapping or {}

    def _check_open_for_mapping(self):
        for run in self:
            if run.state not in ("mapped", "checked", "failed"):
                raise UserError(
                    self.env._(
                        "The mapping of %(name)s cannot be changed any more.",
                        name=run.name,
                    )
                )

    def _sudo_sheets_chosen(self):
        """A user has ticked sheets: the file is to be checked again."""
        runs = self.sudo()
        runs._check_open_for_mapping()
        runs._write_protected({"state": "mapped"})
        for run in runs:
            run._sudo_refresh_header_problems()

    def _sudo_mapping_changed(self, columns):
        """A user has mapped columns: remember it, look at the header again."""
        for run, mine in columns.sudo().grouped("run_id").items():
            run._check_open_for_mapping()
            mine.source = "manual"
            run._write_protected({"state": "mapped"})
            run._sudo_refresh_header_problems()
            for sheet in mine.sheet_id:
                run._sudo_remember(sheet)

    def _sudo_remember(self, sheet):
        """Store the hand-made part of a mapping for the next file of the source."""
        mapping = {
            column.title: column.field_key or ""
            for column in sheet.column_ids
            if column.source in ("manual", "profile")
            and (column.target_id or column.ignored)
        }
        profile = self.env["dealer.import.profile"].sudo()
        domain = [
            ("company_id", "=", self.company_id.id),
            ("kind", "=", self.kind),
            ("fingerprint", "=", sheet.fingerprint),
        ]
        vals = {"mapping": mapping, "last_used": fields.Datetime.now()}
        found = profile.search(domain, limit=1)
        if found:
            found.write(vals)
        else:
            titles = sheet.column_ids.mapped("title")
            profile.create(
                {
                    **vals,
                    "name": ", ".join(filter(None, titles[:5])),
                    "company_id": self.company_id.id,
                    "kind": self.kind,
                    "fingerprint": sheet.fingerprint,
                }
            )

    def _sudo_refresh_header_problems(self):
        """Rebuild the problems of headers: unknown, missing, asked, mapped twice."""
        run = self.sudo()
        run.problem_ids.filtered(lambda problem: not problem.row_id).unlink()
        types = self.env["dealer.import.problem.type"]._types_by_code()
        vals_list = []

        def note(code, sheet, column=None, /, **facts):
            facts = {key: value or "" for key, value in facts.items()}
            problem_type = types[code]
            vals_list.append(
                {
                    "run_id": run.id,
                    "company_id": run.company_id.id,
                    "sheet_id": sheet.id,
                    "sheet_name": sheet.name,
                    "row_no": sheet.header_last,
                    "column_letter": column.letter if column else "",
                    "header": column.title if column else "",
                    "value": column.title if column else "",
                    "type_id": problem_type.id,
                    "code": code,
                    "severity": problem_type.severity,
                    "nature": problem_type.nature,
                    "reason": problem_type._reason_text(facts),
                }
            )

        for sheet in run.sheet_ids:
            if sheet.state != "data" and not (sheet.use and sheet.column_ids):
                note(f"sheet_{sheet.state}", sheet, sheet=sheet.display_name)
                continue
            taken = {}
            for column in sheet.column_ids:
                if column.ignored:
                    continue
                if not column.target_id:
                    ambiguous = column.source == "ambiguous"
                    note(
                        "ambiguous_column" if ambiguous else "unknown_column",
                        sheet,
                        column,
                        header=column.title,
                        candidates=column.candidates,
                    )
                elif column.target_id in taken:
                    note(
                        "column_twice",
                        sheet,
                        column,
                        header=column.title,
                        other=taken[column.target_id],
                        field=column.target_id.name,
                    )
                else:
                    taken[column.target_id] = column.title
            missing = run.target_ids.filtered(
                lambda target, taken=taken: target.required and target not in taken
            )
            sheet.missing = ", ".join(missing.mapped("name"))
            for target in missing:
                note("missing_column", sheet, field=target.name)
            for code, column, facts in run._layout_drift(sheet):
                note(code, sheet, column, **facts)
        self.env["dealer.import.problem"].sudo().create(vals_list)

    def _post_skipped_sheets(self):
        skipped = self.sheet_ids.filtered(lambda sheet: not sheet.use)
        if skipped:
            self.message_post(
                body=self.env._(
                    "Sheets left out: %(sheets)s",
                    sheets=", ".join(
                        f"{sheet.display_name} ({state})"
                        for sheet, state in (
                            (
                                sheet,
                                dict(
                                    sheet._fields["state"]._description_selection(
                                        self.env
                                    )
                                )[sheet.state],
                            )
                            for sheet in skipped
                        )
                    ),
                )
            )

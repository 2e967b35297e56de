import base64
import io
import warnings
from collections import defaultdict

import openpyxl
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from odoo import fields, models
from odoo.exceptions import UserError

from ..tools import safe_xlsx

FILLS = {
    "error": PatternFill("solid", fgColor="FFF8CBAD"),
    "warning": PatternFill("solid", fgColor="FFFFF2CC"),
}
HEAD_FILL = PatternFill("solid", fgColor="FFD9E1F2")
COMMENT_LENGTH = 1500
# Larger workbooks (a million formatted rows) are written anew, without their layout:
# a workbook with layout takes about ten times its unpacked size of memory
LAYOUT_LIMIT = 60 * 1024 * 1024
# Cells hidden by merged ranges; each is an object in memory
MERGE_LIMIT = 200_000


class DealerImport(models.Model):
    """The uploaded file with its problems marked."""

    _inherit = "dealer.import"

    result_file = fields.Binary(attachment=True, readonly=True, copy=False)
    result_name = fields.Char(readonly=True, copy=False)

    def action_download_result(self):
        """Write the file in its own layout, problem cells marked, and download it."""
        self.ensure_one()
        self.check_access("read")
        self._check_kind_rights()
        if self.state == "draft":
            raise UserError(self.env._("Please check the file first."))
        content = self._result_xlsx()
        self._sudo_store_result(content)
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self._name}/{self.id}/result_file"
            "?download=true&filename_field=result_name",
            "target": "download",
        }

    def _sudo_store_result(self, content):
        """Keep the marked file: whoever may read the run may fetch it."""
        base = (self.file_name or self.name).rsplit(".", 1)[0].replace("/", "-")
        self.sudo()._write_protected(
            {
                "result_file": base64.b64encode(content),
                "result_name": self.env._("%(name)s (checked).xlsx", name=base),
            }
        )

    def _result_xlsx(self):
        """Return the bytes of the marked workbook.

        An xlsx source keeps its layout (formulas give way to their values, so nothing
        is calculated when it is opened); xls and csv are written anew.
        """
        self.ensure_one()
        book = self._open_book()
        merged = sum(_area(merge) for sheet in book.sheets for merge in sheet.merges)
        keeps_layout = book.unpacked <= LAYOUT_LIMIT and merged <= MERGE_LIMIT
        if book.file_type == "xlsx" and keeps_layout:
            with warnings.catch_warnings():
                # openpyxl warns about every extension that it leaves out
                warnings.simplefilter("ignore")
                workbook = openpyxl.load_workbook(
                    io.BytesIO(self._file_content()), data_only=True, keep_links=False
                )
        else:
            workbook = self._rebuilt_workbook(book)
        for worksheet in workbook.worksheets:
            # iter_rows would make all cells up to a stray last one
            for cell in worksheet._cells.values():
                if safe_xlsx.is_formula_like(cell.value):
                    safe_xlsx.make_safe(cell)
        sheets = workbook.worksheets
        self._mark_cells(book, sheets)
        self._write_problem_sheet(workbook)
        stream = io.BytesIO()
        workbook.save(stream)
        return stream.getvalue()

    def _rebuilt_workbook(self, book):
        workbook = openpyxl.Workbook()
        workbook.remove(workbook.active)
        names = []
        for sheet in book.sheets:
            name = safe_xlsx.sheet_name(sheet.name or self.env._("File"), names)
            names.append(name)
            worksheet = workbook.create_sheet(name)
            for row_index, row in enumerate(sheet.rows, 1):
                for col_index, source in enumerate(row, 1):
                    if source is None:
                        continue
                    cell = worksheet.cell(row_index, col_index)
                    value = source.text if source.value is None else source.value
                    safe_xlsx.set_cell(cell, value)
                    if source.number_format != "General":
                        cell.number_format = source.number_format
                    elif source.kind == "date":
                        cell.number_format = "yyyy-mm-dd"
            left = MERGE_LIMIT
            for merge in sheet.merges:
                left -= _area(merge)
                if left < 0:
                    break
                first_row, first_col, last_row, last_col = merge
                worksheet.merge_cells(
                    start_row=first_row + 1,
                    start_column=first_col + 1,
                    end_row=last_row + 1,
                    end_column=last_col + 1,
                )
        return workbook

    def _mark_cells(self, book, worksheets):
        """Fill problem cells by severity and say why in a comment."""
        by_cell = defaultdict(list)
        for problem in self.problem_ids:
            if problem.row_no:
                letter = problem.column_letter or "A"
                index = problem.sheet_id.index
                by_cell[index, f"{letter}{problem.row_no}"].append(problem)
        for (index, coordinate), problems in by_cell.items():
            if index >= len(worksheets):
                continue
            worksheet = worksheets[index]
            cell = worksheet[coordinate]
            if isinstance(cell, openpyxl.cell.cell.MergedCell):
                cell = _merge_anchor(worksheet, cell)
            worst = min(problem.severity for problem in problems)
            cell.fill = FILLS[worst]
            text = "\n".join(self._comment_text(problem) for problem in problems)
            if cell.comment:
                text = f"{cell.comment.text}\n{text}"
            text = safe_xlsx.clean_text(text)[:COMMENT_LENGTH]
            cell.comment = Comment(text, self.company_id.name)
            cell.comment.width, cell.comment.height = 320, 120
            if any(problem.code == "formula_without_value" for problem in problems):
                # data_only drops the formula; show it as text
                source = book.sheets[index].cell(cell.row - 1, cell.column - 1)
                if source is not None and source.formula:
                    safe_xlsx.set_cell(cell, source.formula)

    def _comment_text(self, problem):
        parts = [f"[{problem.type_id.name}] {problem.reason or ''}"]
        if problem.suggestion:
            parts.append(self.env._("Suggested: %(value)s", value=problem.suggestion))
        if problem.state == "accepted":
            parts.append(
                self.env._(
                    "Accepted by %(user)s: %(reason)s",
                    user=problem.accepted_by_id.name,
                    reason=problem.accept_reason,
                )
            )
        return "\n".join(parts)

    def _write_problem_sheet(self, workbook):
        name = safe_xlsx.sheet_name(self.env._("Problems"), workbook.sheetnames)
        worksheet = workbook.create_sheet(name)
        titles = [
            self.env._("Sheet"),
            self.env._("Row"),
            self.env._("Column"),
            self.env._("Header"),
            self.env._("In the File"),
            self.env._("Problem"),
            self.env._("Severity"),
            self.env._("Reason"),
            self.env._("Suggested"),
            self.env._("Correction"),
            self.env._("State"),
            self.env._("Advice"),
            self.env._("Code"),
        ]
        widths = (14, 8, 8, 22, 26, 24, 10, 60, 24, 20, 14, 40, 22)
        severities = dict(self._selection_texts("dealer.import.problem", "severity"))
        states = dict(self._selection_texts("dealer.import.problem", "state"))
        for col, (title, width) in enumerate(zip(titles, widths, strict=True), 1):
            cell = worksheet.cell(1, col)
            safe_xlsx.set_cell(cell, title)
            cell.font, cell.fill = Font(bold=True), HEAD_FILL
            worksheet.column_dimensions[get_column_letter(col)].width = width
        problems = self.problem_ids.sorted(
            lambda item: (item.sheet_id.index, item.row_no, item.severity)
        )
        for row_index, problem in enumerate(problems, 2):
            values = (
                problem.sheet_name or "",
                problem.row_no or "",
                problem.column_letter or "",
                problem.header or "",
                problem.value or "",
                problem.type_id.name,
                severities[problem.severity],
                problem.reason or "",
                problem.suggestion or "",
                problem.correction or "",
                states[problem.state],
                problem.advice or "",
                problem.code,
            )
            for col, value in enumerate(values, 1):
                cell = worksheet.cell(row_index, col)
                safe_xlsx.set_cell(cell, value)
                if col in (8, 12):
                    cell.alignment = Alignment(wrap_text=True, vertical="top")
            worksheet.cell(row_index, 7).fill = FILLS[problem.severity]
        worksheet.freeze_panes = "A2"
        worksheet.auto_filter.ref = f"A1:M{max(len(problems) + 1, 2)}"

    def _selection_texts(self, model, field_name):
        return self.env[model]._fields[field_name]._description_selection(self.env)


def _area(merge):
    first_row, first_col, last_row, last_col = merge
    return (last_row - first_row + 1) * (last_col - first_col + 1)


def _merge_anchor(worksheet, cell):
    """Return the top-left cell of the merged range that hides a cell."""
    for merged in worksheet.merged_cells.ranges:
        if cell.coordinate in merged:
            return worksheet.cell(merged.min_row, merged.min_col)
    return cell

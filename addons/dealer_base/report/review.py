from odoo import api, fields, models

from ..tools import safe_xlsx
from ..tools.review import snapshot_rows

NUMBER_FORMATS = {
    "count": "#,##0",
    "days": "#,##0",
    "hours": "#,##0.0",
    "share": "0.0%",
    "money": "#,##0.00",
    "date": "yyyy-mm-dd",
}
CHARACTERS_WIDE = 110


class ReviewReport(models.AbstractModel):
    """An analysis of a period on paper (S58, S59): frozen figures, causes, plans."""

    _name = "report.dealer_base.report_review"
    _description = "Printed Analysis"

    @api.model
    def _get_report_values(self, docids, data=None):
        """Values of the template: reviews and their tables with texts."""
        reviews = self.env["dealer.review"].browse(docids)
        return {
            "doc_ids": reviews.ids,
            "doc_model": reviews._name,
            "docs": reviews,
            "tables": {review.id: self._tables(review) for review in reviews},
        }

    def _tables(self, review):
        """[(table, [[(text, is number)]])] from what was frozen."""
        return [
            (
                table,
                [
                    [
                        (
                            review._cell_text(column, row.get(column.key)),
                            review._is_number(column),
                        )
                        for column in table.columns
                    ]
                    for row in snapshot_rows(review.frozen, table.code)
                ],
            )
            for table in review._review_tables()
        ]


class ReviewXlsx(models.AbstractModel):
    """An analysis as a workbook: one sheet for the figures, one for each table."""

    _name = "report.dealer_base.review_xlsx"
    _inherit = "report.report_xlsx.abstract"
    _description = "Analysis as Spreadsheet"

    def get_workbook_options(self):
        """Nothing in a text turns into a formula, a link or a number."""
        return {
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "default_date_format": "yyyy-mm-dd",
        }

    def generate_xlsx_report(self, workbook, data, objs):
        """Write the frozen figures and tables of the analyses.

        :param workbook: xlsxwriter workbook
        :param data: unused
        :param objs: reviews
        """
        names = []
        formats = self._formats(workbook)
        for review in objs:
            self._figures_sheet(workbook, review, names, formats)
            for table in review._review_tables():
                self._table_sheet(workbook, review, table, names, formats)
            self._plans_sheet(workbook, review, names, formats)

    def _formats(self, workbook):
        base = {"font_name": "Noto Sans CJK SC", "font_size": 10, "border": 1}
        formats = {
            kind: workbook.add_format({**base, "num_format": number_format})
            for kind, number_format in NUMBER_FORMATS.items()
        }
        formats["text"] = workbook.add_format({**base, "text_wrap": True})
        formats["header"] = workbook.add_format(
            {**base, "bold": True, "bg_color": "#DDEBF7", "align": "center"}
        )
        formats["title"] = workbook.add_format(
            {"font_name": "Noto Sans CJK SC", "font_size": 14, "bold": True}
        )
        return formats

    def _sheet(self, workbook, review, title, labels, names, formats):
        names.append(safe_xlsx.sheet_name(title, names))
        sheet = workbook.add_worksheet(names[-1])
        heading = f"{review.company_id.name} {review.display_name} {title}"
        safe_xlsx.write(sheet, 0, 0, heading, formats["title"])
        for index, label in enumerate(labels):
            safe_xlsx.write(sheet, 1, index, label, formats["header"])
            sheet.set_column(index, index, max(CHARACTERS_WIDE // len(labels), 12))
        sheet.freeze_panes(2, 0)
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0, 1)
        return sheet

    def _figures_sheet(self, workbook, review, names, formats):
        _ = self.env._
        labels = [_("Figure"), _("This Month"), _("Month Before")]
        sheet = self._sheet(workbook, review, _("Figures"), labels, names, formats)
        for row, line in enumerate(review.figure_ids, 2):
            kind = formats.get(line.unit, formats["count"])
            safe_xlsx.write(sheet, row, 0, line.label, formats["text"])
            safe_xlsx.write(sheet, row, 1, line.value if line.is_known else None, kind)
            before = line.previous_value if line.previous_known else None
            safe_xlsx.write(sheet, row, 2, before, kind)

    def _table_sheet(self, workbook, review, table, names, formats):
        labels = [column.label for column in table.columns]
        sheet = self._sheet(workbook, review, table.title, labels, names, formats)
        for row, values in enumerate(snapshot_rows(review.frozen, table.code), 2):
            for index, column in enumerate(table.columns):
                value = values.get(column.key)
                if column.kind in ("text", "choices"):
                    value = review._cell_text(column, value)
                elif column.kind == "date":
                    value = fields.Date.to_date(value) if value else None
                cell_format = formats.get(column.kind, formats["text"])
                safe_xlsx.write(sheet, row, index, value, cell_format)

    def _plans_sheet(self, workbook, review, names, formats):
        _ = self.env._
        labels = [
            _("Plan"),
            _("Problem"),
            _("Measure"),
            _("Responsible"),
            _("Due"),
            _("Done"),
        ]
        title = _("Improvement Plans")
        sheet = self._sheet(workbook, review, title, labels, names, formats)
        for row, line in enumerate(review.improvement_ids.line_ids, 2):
            plan = line.improvement_id
            values = [plan.display_name, plan.problem, line.name, line.owner_id.name]
            for index, value in enumerate(values):
                safe_xlsx.write(sheet, row, index, value, formats["text"])
            safe_xlsx.write(sheet, row, 4, line.due_date, formats["date"])
            safe_xlsx.write(sheet, row, 5, line.done_on, formats["date"])

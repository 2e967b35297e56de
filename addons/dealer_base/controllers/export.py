from odoo.addons.web.controllers.export import (
    ExcelExport,
    ExportXlsxWriter,
    GroupExportXlsxWriter,
)


class SafeXlsxMixin:
    """A customer named "=cmd()" stays a text when a list is exported."""

    def __init__(self, *args):
        super().__init__(*args)
        self.worksheet.strings_to_formulas = False
        self.worksheet.strings_to_urls = False


class SafeExportXlsxWriter(SafeXlsxMixin, ExportXlsxWriter):
    """Writer of a plain list."""


class SafeGroupExportXlsxWriter(SafeXlsxMixin, GroupExportXlsxWriter):
    """Writer of a grouped list."""


class SafeExcelExport(ExcelExport):
    """Export of any list to a spreadsheet, its text cells never as formulas."""

    # OVERRIDE web: only the writers differ
    def from_group_data(self, fields, columns_headers, groups):
        with SafeGroupExportXlsxWriter(fields, columns_headers, groups.count) as writer:
            row, column = 1, 0
            for group_name, group in groups.children.items():
                row, column = writer.write_group(row, column, group_name, group)
        return writer.value

    # OVERRIDE web: only the writers differ
    def from_data(self, fields, columns_headers, rows):
        with SafeExportXlsxWriter(fields, columns_headers, len(rows)) as writer:
            for row_no, values in enumerate(rows, 1):
                for column, value in enumerate(values):
                    writer.write_cell(row_no, column, value)
        return writer.value

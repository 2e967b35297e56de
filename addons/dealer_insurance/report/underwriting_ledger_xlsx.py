from odoo import models

from odoo.addons.dealer_base.tools import safe_xlsx

from . import underwriting_ledger_columns as form
from . import underwriting_ledger_rows as ledger
from .underwriting_ledger_sources import wording

HEADER_ROW = 2  # 0-based; two rows, below title and store
FIRST_ROW = HEADER_ROW + 2
FROZEN_COLUMN = 10
TOTAL_SPAN = 4
# Sixty columns on one A4 page would be dust: four pages side by side can be read.
PAGES_WIDE = 4


class UnderwritingLedgerXlsx(models.AbstractModel):
    """The whole paper form as a workbook, one sheet per store and insurer.

    The headers are those of the form, so that the ledger import reads the file back.
    """

    _name = "report.dealer_insurance.underwriting_ledger_xlsx"
    _inherit = "report.report_xlsx.abstract"
    _description = "Underwriting Ledger as Spreadsheet"

    def get_workbook_options(self):
        """Nothing in a text turns into a formula, a link or a number."""
        return {
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "default_date_format": "yyyy-mm-dd",
        }

    def _get_objs_for_report(self, docids, data):
        # OVERRIDE report_xlsx: a period comes from the wizard, not from active_ids
        report = self.env["report.dealer_insurance.report_underwriting_ledger"]
        if not docids and not (data or {}).get("wizard_id"):
            docids = self.env.context.get("active_ids")
        return report._ledger_rows(docids, data)[0]

    def generate_xlsx_report(self, workbook, data, objs):
        """Write one sheet per ledger.

        :param workbook: xlsxwriter workbook
        :param data: ``{"wizard_id": id}`` when a period is exported
        :param objs: underwritings to write
        """
        wizard = self.env["dealer.ledger.print.wizard"]
        if data and data.get("wizard_id"):
            wizard = wizard.browse(int(data["wizard_id"]))
        sections = ledger.ledger_sections(objs)
        several_stores = len(objs.company_id) > 1
        names = []
        for section in sections:
            name = section.insurer.name or ""
            if several_stores:
                name = f"{name} {section.company.name}"
            names.append(safe_xlsx.sheet_name(name, names))
            sheet = workbook.add_worksheet(names[-1])
            title = ledger.section_title(
                self.env, section, wizard.date_from, wizard.date_to
            )
            _LedgerSheet(self.env, workbook, sheet, section, title).fill()


class _LedgerSheet:
    """Writer of one sheet; keeps formats and the next row."""

    def __init__(self, env, workbook, sheet, section, title):
        self.env = env
        self.workbook = workbook
        self.sheet = sheet
        self.section = section
        self.title = title
        self.formats = {}
        self.row = FIRST_ROW
        decimals = section.company.currency_id.decimal_places
        amount = "#,##0" + ("." + "0" * decimals if decimals else "")
        self.number_formats = {
            "amount": amount,
            "integer": "0",
            "number": "0.###",
            "factor": "0.00##",
            "rate": "0.0#%",
            "date": "yyyy-mm-dd",
            "datetime": "yyyy-mm-dd hh:mm",
            "end": "yyyy-mm-dd hh:mm:ss",
            "text": "@",
        }

    def fill(self):
        self._head()
        for month in self.section.months:
            for row in month.rows:
                self._entry(row)
            label = self.env._(
                "%(month)s Total", month=ledger.month_text(self.env, month.month)
            )
            self._total(label, month.totals)
        self._total(self.env._("Grand Total"), self.section.totals)
        self._signatures()
        self._layout()

    def _format(self, kind, style=""):
        key = (kind, style)
        if key not in self.formats:
            properties = {
                "font_name": "Noto Sans CJK SC",
                "font_size": 10,
                "border": 1,
                "valign": "vcenter",
                "num_format": self.number_formats.get(kind, "General"),
            }
            if style == "header":
                properties.update(
                    bold=True, align="center", text_wrap=True, bg_color="#DDEBF7"
                )
            elif style == "total":
                properties.update(bold=True, bg_color="#F2F2F2")
            elif style == "void":
                properties.update(font_color="#808080", font_strikeout=True)
            elif style == "title":
                properties.update(bold=True, font_size=16, border=0, align="center")
            elif style == "plain":
                properties.update(border=0)
            self.formats[key] = self.workbook.add_format(properties)
        return self.formats[key]

    def _head(self):
        last = len(form.LEDGER_COLUMNS) - 1
        plain = self._format("text", "plain")
        self._merge(0, 0, last, self.title, self._format("text", "title"))
        company = self.section.company
        store = ledger.store_text(self.env, company)
        unit = ledger.unit_text(self.env, company)
        self._merge(1, 0, last, f"{store}    {unit}", plain)
        header = self._format("text", "header")
        groups = {}
        for index, column in enumerate(form.LEDGER_COLUMNS):
            label = wording(self.env, column.label)
            if column.group is None:
                self.sheet.merge_range(
                    HEADER_ROW, index, HEADER_ROW + 1, index, "", header
                )
                self.sheet.write_string(HEADER_ROW, index, label, header)
            else:
                self.sheet.write_string(HEADER_ROW + 1, index, label, header)
                groups.setdefault(column.block, []).append((index, column.group))
        for cells in groups.values():
            self._merge(
                HEADER_ROW,
                cells[0][0],
                cells[-1][0],
                wording(self.env, cells[0][1]),
                header,
            )

    def _merge(self, row, first, last, text, cell_format):
        # The text goes in as a string of its own: merge_range guesses types.
        self.sheet.merge_range(row, first, row, last, "", cell_format)
        safe_xlsx.write(self.sheet, row, first, text, cell_format)

    def _entry(self, row):
        style = "void" if row.is_void else ""
        for index, column in enumerate(form.LEDGER_COLUMNS):
            self._cell(index, column.kind, row.values.get(column.key), style)
        self.row += 1

    def _cell(self, index, kind, value, style):
        cell_format = self._format(kind, style)
        safe_xlsx.write(self.sheet, self.row, index, value, cell_format)

    def _total(self, label, totals):
        for index, column in enumerate(form.LEDGER_COLUMNS):
            kind = column.kind if column.key in totals else ""
            self._cell(index, kind, totals.get(column.key), "total")
        self._merge(self.row, 0, TOTAL_SPAN - 1, label, self._format("text", "total"))
        self.row += 1

    def _signatures(self):
        report = self.env["report.dealer_insurance.report_underwriting_ledger"]
        boxes = [f"{post}：____________" for post in report._signatures()]
        self._merge(
            self.row + 1,
            0,
            FROZEN_COLUMN + 4,
            "    ".join(boxes),
            self._format("text", "plain"),
        )

    def _layout(self):
        sheet = self.sheet
        for index, column in enumerate(form.LEDGER_COLUMNS):
            sheet.set_column(index, index, column.width)
        sheet.set_row(0, 26)
        sheet.freeze_panes(FIRST_ROW, FROZEN_COLUMN)
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.set_margins(left=0.3, right=0.3, top=0.4, bottom=0.5)
        sheet.fit_to_pages(PAGES_WIDE, 0)
        sheet.repeat_rows(0, FIRST_ROW - 1)
        sheet.repeat_columns(0, 1)
        sheet.print_area(0, 0, self.row + 1, len(form.LEDGER_COLUMNS) - 1)
        sheet.set_footer("&C&P / &N")

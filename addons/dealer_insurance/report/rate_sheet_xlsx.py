from odoo import models

from odoo.addons.dealer_base.tools import safe_xlsx

HEADER_ROW = 2
FIRST_ROW = HEADER_ROW + 2
FROZEN_COLUMN = 4
WIDTHS = (12, 30, 10, 7, 11, 11, 12, 34, 10, 10, 13)


class RateSheetXlsx(models.AbstractModel):
    """Rate sheet as a workbook in the two-level form that the import reads back."""

    _name = "report.dealer_insurance.rate_sheet_xlsx"
    _inherit = "report.report_xlsx.abstract"
    _description = "Rate Sheet as Spreadsheet"

    def get_workbook_options(self):
        """Nothing in a text turns into a formula, a link or a number."""
        return {
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        }

    def generate_xlsx_report(self, workbook, data, objs):
        """Write one sheet per rate sheet.

        :param workbook: xlsxwriter workbook
        :param data: unused
        :param objs: rate sheets
        """
        report = self.env["report.dealer_insurance.report_rate_sheet"]
        names = []
        for record in objs:
            names.append(safe_xlsx.sheet_name(record.display_name, names))
            sheet = workbook.add_worksheet(names[-1])
            _RateSheetWriter(self.env, workbook, sheet, record).fill(
                report._table_of(record)
            )


class _RateSheetWriter:
    """Writer of one worksheet."""

    def __init__(self, env, workbook, sheet, record):
        self.env = env
        self.sheet = sheet
        self.record = record
        font = {"font_name": "Noto Sans CJK SC", "font_size": 10, "valign": "vcenter"}
        box = {**font, "border": 1}
        self.title = workbook.add_format(
            {**font, "bold": True, "font_size": 16, "align": "center"}
        )
        self.plain = workbook.add_format(font)
        self.header = workbook.add_format(
            {
                **box,
                "bold": True,
                "align": "center",
                "text_wrap": True,
                "bg_color": "#DDEBF7",
            }
        )
        self.text = workbook.add_format({**box, "num_format": "@"})
        self.integer = workbook.add_format({**box, "num_format": "0"})
        self.amount = workbook.add_format({**box, "num_format": "#,##0.00"})
        self.total = workbook.add_format(
            {**box, "num_format": "#,##0.00", "bold": True}
        )

    def fill(self, table):
        labels = self._labels()
        kinds = self._insurer_labels(table)
        last = len(labels) + len(kinds) * len(table["insurers"]) - 1
        self._merge(0, 0, 0, last, self.record.name, self.title)
        self._merge(1, 0, 1, last, table["period"], self.plain)
        for col, label in enumerate(labels):
            self._merge(HEADER_ROW, col, HEADER_ROW + 1, col, label, self.header)
        col = len(labels)
        for insurer in table["insurers"]:
            last_col = col + len(kinds) - 1
            self._merge(
                HEADER_ROW, col, HEADER_ROW, last_col, insurer.name, self.header
            )
            for place, (label, _name) in enumerate(kinds):
                safe_xlsx.write(
                    self.sheet, HEADER_ROW + 1, col + place, label, self.header
                )
            col = last_col + 1
        row = FIRST_ROW
        for entry in table["lines"]:
            self._line(row, entry, kinds)
            row += 1
        self._layout(row, last)

    def _labels(self):
        _ = self.env._
        return [
            _("Series"),
            _("Model"),
            _("Energy Type"),
            _("Seats"),
            _("Guide Price"),
            _("Purchase Price"),
            _("Plan"),
            _("Covers"),
            _("Compulsory Premium"),
            _("Vehicle Tax"),
            _("Standard Premium"),
        ]

    def _insurer_labels(self, table):
        _ = self.env._
        labels = [(_("Commercial Premium"), "commercial_premium")]
        if table["has_other"]:
            labels.append((_("Accident and Other Premium"), "other_premium"))
        return [*labels, (_("Total"), "amount_total")]

    def _merge(self, row, col, last_row, last_col, text, cell_format):
        # The text goes in as a string of its own: merge_range guesses types.
        if (row, col) != (last_row, last_col):
            self.sheet.merge_range(row, col, last_row, last_col, "", cell_format)
        safe_xlsx.write(self.sheet, row, col, text, cell_format)

    def _line(self, row, entry, kinds):
        line = entry["line"]
        energies = dict(line._fields["energy_type"]._description_selection(self.env))
        values = [
            (line.series or "", self.text),
            (line.model_text, self.text),
            (energies[line.energy_type], self.text),
            (line.seats, self.integer),
            (line.list_price or None, self.amount),
            (line.price or None, self.amount),
            (line.plan_id.name, self.text),
            (entry["covers"], self.text),
            (line.ctpl_premium, self.amount),
            (line.vehicle_tax, self.amount),
            (line.standard_premium or None, self.amount),
        ]
        for offer in entry["offers"]:
            for _label, name in kinds:
                cell_format = self.total if name == "amount_total" else self.amount
                values.append((offer[name] if offer else None, cell_format))
        for col, (value, cell_format) in enumerate(values):
            safe_xlsx.write(self.sheet, row, col, value, cell_format)

    def _layout(self, row, last):
        sheet = self.sheet
        for col, width in enumerate(WIDTHS):
            sheet.set_column(col, col, width)
        sheet.set_column(len(WIDTHS), last, 12)
        sheet.set_row(0, 26)
        sheet.freeze_panes(FIRST_ROW, FROZEN_COLUMN)
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.set_margins(left=0.3, right=0.3, top=0.4, bottom=0.5)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0, FIRST_ROW - 1)
        sheet.print_area(0, 0, max(row - 1, FIRST_ROW), last)
        sheet.set_footer("&C&P / &N")

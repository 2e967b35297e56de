from odoo import models

from odoo.addons.dealer_base.tools import safe_xlsx

# column: field of dealer.renewal.due, width
COLUMNS = (
    ("vin", 20),
    ("plate", 11),
    ("model_text", 24),
    ("customer_name", 14),
    ("phone", 14),
    ("segment", 20),
    ("insurer", 18),
    ("policy_no", 24),
    ("expiry_date", 12),
    ("premium_due", 12),
    ("consultant_id", 12),
    ("responsible_id", 12),
    ("result", 12),
    ("renewal_start", 12),
    ("premium_renewed", 12),
    ("change_text", 30),
)
MONEY = {"premium_due", "premium_renewed"}
DAYS = {"expiry_date", "renewal_start"}


class RenewalDueXlsx(models.AbstractModel):
    """The due list of a month as a workbook: own cars, and the others."""

    _name = "report.dealer_renewal.renewal_due_xlsx"
    _inherit = "report.report_xlsx.abstract"
    _description = "Renewal Due List as Spreadsheet"

    def get_workbook_options(self):
        """Nothing in a text turns into a formula, a link or a number."""
        return {
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "default_date_format": "yyyy-mm-dd",
        }

    def generate_xlsx_report(self, workbook, data, objs):
        """Two sheets for each month.

        :param objs: ``dealer.renewal.cohort``
        """
        names = []
        for cohort in objs:
            for title, lines in (
                (self.env._("Due Cars"), cohort.own_due_ids),
                (self.env._("Lapsed and Prospects"), cohort.prospect_due_ids),
            ):
                names.append(safe_xlsx.sheet_name(f"{cohort.name} {title}", names))
                self._write_sheet(workbook, names[-1], cohort, lines)

    def _write_sheet(self, workbook, name, cohort, lines):
        head = workbook.add_format(
            {"bold": True, "bg_color": "#E8EEF4", "border": 1, "text_wrap": True}
        )
        cell = workbook.add_format({"border": 1})
        money = workbook.add_format({"border": 1, "num_format": "#,##0.00"})
        day = workbook.add_format({"border": 1, "num_format": "yyyy-mm-dd"})
        sheet = workbook.add_worksheet(name)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        title = self.env._(
            "Renewal Due List %(month)s, %(store)s",
            month=cohort.name,
            store=cohort.company_id.name,
        )
        safe_xlsx.write(sheet, 0, 0, title, workbook.add_format({"bold": True}))
        labels = self._labels(lines)
        for column, (key, width) in enumerate(COLUMNS):
            safe_xlsx.write(sheet, 2, column, labels[key], head)
            sheet.set_column(column, column, width)
        for row, due in enumerate(lines, 3):
            for column, (key, _width) in enumerate(COLUMNS):
                style = money if key in MONEY else day if key in DAYS else cell
                safe_xlsx.write(sheet, row, column, self._value(due, key), style)
        sheet.freeze_panes(3, 2)

    def _labels(self, lines):
        found = lines.fields_get([key for key, _width in COLUMNS])
        return {
            **{key: facts["string"] for key, facts in found.items()},
            "phone": self.env._("Telephone"),
            "insurer": self.env._("Last Insurer"),
        }

    def _value(self, due, key):
        if key == "phone":
            return due.partner_id.phone or due.prospect_id.phone or ""
        if key == "insurer":
            return due.insurer_id.name or due.insurer_text or ""
        field, value = due._fields[key], due[key]
        if field.type == "many2one":
            return value.display_name or ""
        if field.type == "selection":
            return dict(field._description_selection(self.env)).get(value, "")
        if key in MONEY:
            return value
        return value or ""

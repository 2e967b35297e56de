from odoo import fields, models

from odoo.addons.dealer_base.tools import safe_xlsx

# column: field, width
COLUMNS = (
    ("date", 12),
    ("deal_name", 18),
    ("insurer_id", 20),
    ("consultant_id", 12),
    ("business_type", 16),
    ("applicant_id", 14),
    ("type_id", 12),
    ("name", 26),
    ("amount", 12),
    ("limit_share", 12),
    ("over_amount", 12),
    ("approved_amount", 12),
    ("attempt_amount", 12),
    ("state", 14),
    ("granted_by_id", 14),
    ("approved_by_id", 14),
)
MONEY = {
    "amount",
    "limit_share",
    "over_amount",
    "approved_amount",
    "attempt_amount",
}


class ConcessionXlsx(models.AbstractModel):
    """Concessions of a month against the rule, one sheet per store."""

    _name = "report.dealer_insurance.concession_xlsx"
    _inherit = "report.report_xlsx.abstract"
    _description = "Concessions of a Month as Spreadsheet"

    def get_workbook_options(self):
        """Nothing in a text turns into a formula, a link or a number."""
        return {
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "default_date_format": "yyyy-mm-dd",
        }

    def _get_objs_for_report(self, docids, data):
        # OVERRIDE report_xlsx: the month comes from the dialog, not from active_ids
        wizard = self.env["dealer.concession.month"].browse(
            int((data or {}).get("wizard_id") or 0)
        )
        return wizard._rows()

    def generate_xlsx_report(self, workbook, data, objs):
        """Write the lines of each store, with a total below.

        :param workbook: xlsxwriter workbook
        :param data: ``{"wizard_id": id}``
        :param objs: lines of the concession report
        """
        bold = workbook.add_format({"bold": True, "bottom": 1, "bg_color": "#e8eef4"})
        title = workbook.add_format({"bold": True, "font_size": 14})
        money = workbook.add_format({"num_format": "#,##0.00"})
        total = workbook.add_format({"num_format": "#,##0.00", "bold": True, "top": 1})
        day = workbook.add_format({"num_format": "yyyy-mm-dd"})
        labels = objs.fields_get([name for name, _width in COLUMNS])
        month = self.env["dealer.concession.month"].browse(
            int((data or {}).get("wizard_id") or 0)
        )
        names = []
        for company in objs.company_id or self.env.company:
            lines = objs.filtered(lambda line, c=company: line.company_id == c)
            names.append(safe_xlsx.sheet_name(company.name, names))
            sheet = workbook.add_worksheet(names[-1])
            sheet.write(0, 0, self._title(company, month), title)
            for column, (name, width) in enumerate(COLUMNS):
                sheet.set_column(column, column, width)
                sheet.write_string(2, column, labels[name]["string"], bold)
            for number, line in enumerate(lines, start=3):
                for column, (name, _width) in enumerate(COLUMNS):
                    value = line[name]
                    if name in MONEY:
                        sheet.write_number(number, column, value, money)
                    elif name == "date":
                        if value:
                            sheet.write_datetime(
                                number, column, fields.Datetime.to_datetime(value), day
                            )
                    else:
                        sheet.write_string(number, column, self._text(line, name))
            bottom = 3 + len(lines)
            sheet.write_string(bottom, 0, self.env._("Total"), bold)
            for column, (name, _width) in enumerate(COLUMNS):
                if name in MONEY:
                    sheet.write_number(bottom, column, sum(lines.mapped(name)), total)
            sheet.freeze_panes(3, 2)

    def _title(self, company, wizard):
        return self.env._(
            "Concessions against the Rule, %(store)s, %(month)s",
            store=company.name,
            month=fields.Date.to_string(wizard.month)[:7] if wizard.month else "",
        )

    def _text(self, line, name):
        field = line._fields[name]
        value = line[name]
        if field.type == "many2one":
            return value.display_name or ""
        if field.type == "selection":
            return dict(field._description_selection(self.env)).get(value, "")
        return value or ""

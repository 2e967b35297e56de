from odoo import models

from odoo.addons.dealer_base.tools import safe_xlsx

FONT = {"font_name": "Noto Sans CJK SC", "font_size": 10}


class MoneyXlsx(models.AbstractModel):
    """Workbook of a money form: title, facts, one table, totals, signature boxes."""

    _name = "dealer.money.xlsx"
    _inherit = "report.report_xlsx.abstract"
    _description = "Money Form as Spreadsheet"

    def get_workbook_options(self):
        """Nothing in a text turns into a formula, a link or a number."""
        return {
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "default_date_format": "yyyy-mm-dd",
        }

    def _write_form(self, workbook, form):
        """Write one sheet.

        :param workbook: xlsxwriter workbook
        :param form: dict with ``sheet``, ``title``, ``facts`` (list of texts),
            ``columns`` (list of (label, width, kind)), ``rows`` (lists of values),
            ``totals`` (list of values or None), ``notes`` (texts below the table)
        """
        amount = "#,##0.00"
        formats = {
            "title": workbook.add_format(
                {**FONT, "bold": True, "font_size": 16, "align": "center"}
            ),
            "plain": workbook.add_format(FONT),
            "header": workbook.add_format(
                {
                    **FONT,
                    "bold": True,
                    "border": 1,
                    "align": "center",
                    "valign": "vcenter",
                    "text_wrap": True,
                    "bg_color": "#DDEBF7",
                }
            ),
            "text": workbook.add_format({**FONT, "border": 1, "num_format": "@"}),
            "amount": workbook.add_format({**FONT, "border": 1, "num_format": amount}),
            "integer": workbook.add_format({**FONT, "border": 1, "num_format": "0"}),
            "date": workbook.add_format(
                {**FONT, "border": 1, "num_format": "yyyy-mm-dd"}
            ),
            "total": workbook.add_format(
                {
                    **FONT,
                    "bold": True,
                    "border": 1,
                    "num_format": amount,
                    "bg_color": "#F2F2F2",
                }
            ),
        }
        names = [sheet.get_name() for sheet in workbook.worksheets()]
        sheet = workbook.add_worksheet(safe_xlsx.sheet_name(form["sheet"], names))
        last = len(form["columns"]) - 1
        sheet.merge_range(0, 0, 0, last, "", formats["title"])
        safe_xlsx.write(sheet, 0, 0, form["title"], formats["title"])
        row = 1
        for text in form["facts"]:
            safe_xlsx.write(sheet, row, 0, text, formats["plain"])
            row += 1
        head = row
        for index, (label, width, _kind) in enumerate(form["columns"]):
            safe_xlsx.write(sheet, row, index, label, formats["header"])
            sheet.set_column(index, index, width)
        for values in form["rows"]:
            row += 1
            for index, value in enumerate(values):
                kind = form["columns"][index][2]
                safe_xlsx.write(sheet, row, index, value, formats[kind])
        if form.get("totals"):
            row += 1
            for index, value in enumerate(form["totals"]):
                safe_xlsx.write(sheet, row, index, value, formats["total"])
        for text in form.get("notes", ()):
            row += 1
            safe_xlsx.write(sheet, row + 1, 0, text, formats["plain"])
        sheet.set_row(0, 26)
        sheet.freeze_panes(head + 1, 0)
        sheet.repeat_rows(head)
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.fit_to_pages(1, 0)
        sheet.set_footer("&C&P / &N")


class RemittanceXlsx(models.AbstractModel):
    _name = "report.dealer_insurance.remittance_xlsx"
    _inherit = "dealer.money.xlsx"
    _description = "Remittance Advice as Spreadsheet"

    def generate_xlsx_report(self, workbook, data, objs):
        """Write one sheet per remittance, a line per ledger row.

        :param workbook: xlsxwriter workbook
        :param data: unused
        :param objs: remittances
        """
        for remittance in objs:
            remittance.check_access("read")
            self._write_form(workbook, self._remittance_form(remittance))

    def _remittance_form(self, remittance):
        _ = self.env._
        columns = [
            (_("No."), 6, "integer"),
            (_("Ledger No."), 16, "text"),
            (_("Policy Numbers"), 44, "text"),
            (_("Applicant"), 16, "text"),
            (_("Plate"), 12, "text"),
            (_("VIN"), 20, "text"),
            (_("Received On"), 12, "date"),
            (_("Premium"), 13, "amount"),
            (_("Vehicle Tax"), 12, "amount"),
            (_("Amount"), 13, "amount"),
        ]
        if remittance.is_net:
            columns.append((_("Fee Kept Back"), 12, "amount"))
        rows = []
        for number, line in enumerate(remittance.line_ids, 1):
            values = [
                number,
                line.ledger_no,
                line.policy_numbers,
                line.applicant_id.name,
                line.plate,
                line.vin,
                line.underwriting_id.received_on,
                line.premium,
                line.tax,
                line.amount,
            ]
            rows.append(values + [line.fee] if remittance.is_net else values)
        lines = remittance.line_ids
        totals = [_("Total"), "", _("%(count)s rows", count=len(rows)), *[""] * 4]
        totals += [sum(lines.mapped(name)) for name in ("premium", "tax", "amount")]
        if remittance.is_net:
            totals.append(remittance.amount_fee)
        return {
            "sheet": remittance.name,
            "title": _("Remittance Advice"),
            "facts": [
                _(
                    "No. %(name)s    Insurer: %(insurer)s    Store: %(store)s",
                    name=remittance.name,
                    insurer=remittance.insurer_id.display_name,
                    store=remittance.company_id.name,
                ),
                _(
                    "Payment date: %(date)s    Paid: %(amount)s    Reference: %(memo)s",
                    date=remittance.date,
                    amount=remittance.currency_id.format(remittance.amount_net),
                    memo=remittance._sudo_payment_name() or "",
                ),
            ],
            "columns": columns,
            "rows": rows,
            "totals": totals,
        }


class DealerRemittance(models.Model):
    _inherit = "dealer.remittance"

    def _sudo_payment_name(self):
        """Number of the bank payment, for readers without rights on the books."""
        return self.sudo().payment_id.name

    def action_print(self):
        """Print the remittance advice for the insurer."""
        self.check_access("read")
        return self.env.ref("dealer_insurance.action_report_remittance").report_action(
            self
        )

    def action_export(self):
        """Export the remittance advice as a spreadsheet."""
        self.check_access("read")
        return self.env.ref("dealer_insurance.action_remittance_xlsx").report_action(
            self
        )

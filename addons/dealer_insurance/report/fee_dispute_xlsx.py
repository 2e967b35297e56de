from odoo import models

from odoo.addons.dealer_base.tools import safe_xlsx


class FeeDisputeXlsx(models.AbstractModel):
    """The lists of a dispute letter as a workbook, to be answered line by line."""

    _name = "report.dealer_insurance.fee_dispute_xlsx"
    _inherit = "report.report_xlsx.abstract"
    _description = "Fee Dispute Lists as Spreadsheet"

    def get_workbook_options(self):
        """Nothing in a text turns into a formula, a link or a number."""
        return {
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "default_date_format": "yyyy-mm-dd",
        }

    def generate_xlsx_report(self, workbook, data, objs):
        """One sheet of differences and one of missing policies per letter."""
        names = []
        for letter in objs:
            for title, header, rows in (
                (self.env._("Differences"), *self._line_rows(letter)),
                (self.env._("Missing Policies"), *self._missing_rows(letter)),
            ):
                label = f"{letter.name} {title}" if len(objs) > 1 else title
                names.append(safe_xlsx.sheet_name(label, names))
                self._write_sheet(workbook, names[-1], letter, header, rows)

    def _write_sheet(self, workbook, name, letter, header, rows):
        bold = workbook.add_format({"bold": True})
        head = workbook.add_format(
            {"bold": True, "bg_color": "#E8EEF4", "border": 1, "text_wrap": True}
        )
        cell = workbook.add_format({"border": 1, "text_wrap": True, "valign": "top"})
        money = workbook.add_format({"border": 1, "num_format": "#,##0.00"})
        date = workbook.add_format({"border": 1, "num_format": "yyyy-mm-dd"})
        sheet = workbook.add_worksheet(name)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        safe_xlsx.write(
            sheet, 0, 0, f"{letter.insurer_id.name} {letter.name} {letter.date}", bold
        )
        for column, (label, width, _kind) in enumerate(header):
            safe_xlsx.write(sheet, 2, column, label, head)
            sheet.set_column(column, column, width)
        sheet.freeze_panes(3, 0)
        for index, values in enumerate(rows, 3):
            for column, (value, (_label, _width, kind)) in enumerate(
                zip(values, header, strict=True)
            ):
                style = {"money": money, "date": date}.get(kind, cell)
                safe_xlsx.write(sheet, index, column, value, style)

    def _line_rows(self, letter):
        _ = self.env._
        header = [
            (_("Statement"), 20, ""),
            (_("Row No."), 6, ""),
            (_("Policy No."), 26, ""),
            (_("VIN"), 20, ""),
            (_("Insured"), 16, ""),
            (_("Product"), 12, ""),
            (_("Kind of Difference"), 14, ""),
            (_("Stated with VAT"), 14, "money"),
            (_("Expected with VAT"), 14, "money"),
            (_("To Correct"), 14, "money"),
            (_("Explanation"), 60, ""),
            (_("Answer of the Insurer"), 30, ""),
        ]
        Line = letter.line_ids
        results = dict(Line._fields["result"]._description_selection(self.env))
        products = dict(Line._fields["product"]._description_selection(self.env))
        rows = [
            (
                line.statement_id.statement_no or line.statement_id.name,
                line.row_no,
                line.policy_id.policy_no or line.policy_text,
                line.policy_id.vehicle_id.vin or line.vin_text,
                line.insured_text,
                products.get(line.product, ""),
                results.get(line.result, ""),
                line.statement_fee_incl,
                line.expected_fee_incl,
                line.currency_id.round(
                    line.expected_fee_incl - line.statement_fee_incl
                ),
                line.explanation,
                line.answer_note,
            )
            for line in Line.sorted(lambda x: (x.statement_id.id, x.row_no))
        ]
        return header, rows

    def _missing_rows(self, letter):
        _ = self.env._
        header = [
            (_("Policy No."), 26, ""),
            (_("Endorsement No."), 22, ""),
            (_("VIN"), 20, ""),
            (_("Product"), 12, ""),
            (_("Issued On"), 12, "date"),
            (_("Reason"), 20, ""),
            (_("Fee without VAT"), 14, "money"),
            (_("Fee with VAT"), 14, "money"),
            (_("Answer of the Insurer"), 30, ""),
        ]
        Missing = letter.missing_ids
        products = dict(Missing._fields["product"]._description_selection(self.env))
        reasons = dict(Missing._fields["reason"]._description_selection(self.env))
        answers = dict(Missing._fields["answer"]._description_selection(self.env))
        rows = [
            (
                missing.policy_id.policy_no,
                missing.endorsement_id.name,
                missing.vehicle_id.vin,
                products.get(missing.product, ""),
                missing.issued_on,
                reasons.get(missing.reason, ""),
                missing.expected_fee,
                missing.expected_fee_incl,
                answers.get(missing.answer, ""),
            )
            for missing in Missing
        ]
        return header, rows

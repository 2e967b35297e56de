from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools.misc import formatLang

from odoo.addons.dealer_base.tools import safe_xlsx

from . import claim_forms

#: Lines of the heading of a spreadsheet before its columns.
HEADER_ROW = 2


class ClaimFormReport(models.AbstractModel):
    """Columns, rows and sums of a claim form; ledger and tracker differ by their name.

    Rows are read with the rights of the user, in the order of the ledger.
    """

    _name = "report.dealer_claims.form"
    _description = "Claim Form"

    @api.model
    def _form_parts(self, form):
        """Title, columns and signers of a form.

        :param form: ``ledger`` or ``tracker``
        """
        if form == "ledger":
            title = self.env._("Manual Claim Ledger")
            return title, claim_forms.LEDGER, claim_forms.LEDGER_SIGNERS
        title = self.env._("Claim Tracker")
        return title, claim_forms.TRACKER, claim_forms.TRACKER_SIGNERS

    @api.model
    def _form_claims(self, docids):
        """Cases to print, by store and running number."""
        claims = self.env["dealer.claim"].search([("id", "in", docids or [])])
        if not claims:
            raise UserError(self.env._("Nothing to print: choose the cases first."))
        return claims.sorted(
            lambda claim: (
                claim.company_id.id,
                claim.ledger_year,
                claim.ledger_seq,
                claim.id,
            )
        )

    @api.model
    def _sections(self, claims, form):
        """One part per store: heading, rows of values, sums of the amounts."""
        title, columns, _signers = self._form_parts(form)
        sections = []
        for company, cases in claims.grouped("company_id").items():
            rows = [[column.value(claim) for column in columns] for claim in cases]
            totals = [
                sum(row[place] or 0.0 for row in rows)
                if column.kind == "amount"
                else None
                for place, column in enumerate(columns)
            ]
            days = [claim.received_at for claim in cases if claim.received_at]
            span = ""
            if days:
                first, last = (
                    company._dealer_local_day(day) for day in (min(days), max(days))
                )
                span = self.env._("%(first)s to %(last)s", first=first, last=last)
            sections.append(
                {
                    "company": company,
                    "title": f"{title} {span}".strip(),
                    "rows": rows,
                    "totals": totals,
                    "count": len(cases),
                }
            )
        return sections

    @api.model
    def _text(self, value, kind, currency):
        """Value of a cell as it is printed."""
        if value is None:
            return ""
        if kind == "amount":
            return formatLang(self.env, value, digits=currency.decimal_places)
        return str(value)


class ClaimFormPrint(models.AbstractModel):
    """Values of the printed forms, A4 landscape."""

    _name = "report.dealer_claims.report_claim_form"
    _inherit = ["report.dealer_claims.form"]
    _description = "Printed Claim Form"
    _form = "ledger"

    @api.model
    def _get_report_values(self, docids, data=None):
        claims = self._form_claims(docids)
        _title, columns, signers = self._form_parts(self._form)
        # The tracker has so many columns that two stand in one cell of the paper.
        lines = 1 if self._form == "ledger" else 2
        cells = [columns[at : at + lines] for at in range(0, len(columns), lines)]
        sections = self._sections(claims, self._form)
        for section in sections:
            currency = section["company"].currency_id
            section["cells"] = [
                self._cells(row, columns, lines, currency) for row in section["rows"]
            ]
            section["total_cells"] = self._cells(
                section["totals"], columns, lines, currency
            )
        return {
            "doc_ids": claims.ids,
            "doc_model": "dealer.claim",
            "docs": claims,
            "form": self._form,
            "header": [
                {
                    "labels": self._words([column.label for column in cell]),
                    "width": round(
                        100 * max(column.width for column in cell) / total, 2
                    ),
                }
                for cell in cells
                for total in [sum(max(c.width for c in item) for item in cells)]
            ],
            "sections": sections,
            "signatures": self._words(signers),
        }

    @api.model
    def _words(self, labels):
        """Lazy wordings of the forms in the language of the user."""
        return [label._translate(self.env.lang or "en_US") for label in labels]

    def _cells(self, values, columns, lines, currency):
        """Cells of one row: texts one below the other, and whether they are numbers."""
        texts = [
            (self._text(value, column.kind, currency), column.kind)
            for value, column in zip(values, columns, strict=True)
        ]
        return [
            {
                "texts": [text for text, _kind in texts[at : at + lines]],
                "amount": all(
                    kind in ("amount", "count")
                    for _text, kind in texts[at : at + lines]
                ),
            }
            for at in range(0, len(texts), lines)
        ]


class ClaimLedgerPrint(models.AbstractModel):
    _name = "report.dealer_claims.report_claim_ledger"
    _inherit = ["report.dealer_claims.report_claim_form"]
    _description = "Printed Claim Ledger"


class ClaimTrackerPrint(models.AbstractModel):
    _name = "report.dealer_claims.report_claim_tracker"
    _inherit = ["report.dealer_claims.report_claim_form"]
    _description = "Printed Claim Tracker"
    _form = "tracker"


class ClaimLedgerXlsx(models.AbstractModel):
    """The ledger as a workbook with the columns of the form."""

    _name = "report.dealer_claims.claim_ledger_xlsx"
    _inherit = ["report.report_xlsx.abstract"]
    _description = "Claim Ledger as Spreadsheet"
    _form = "ledger"

    def get_workbook_options(self):
        """Nothing in a text turns into a formula, a link or a number."""
        return {
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "default_date_format": "yyyy-mm-dd",
        }

    def generate_xlsx_report(self, workbook, data, objs):
        """One sheet per store.

        :param workbook: xlsxwriter workbook
        :param objs: cases to write
        """
        report = self.env["report.dealer_claims.report_claim_form"]
        title, columns, signers = report._form_parts(self._form)
        claims = report._form_claims(objs.ids)
        names = []
        for section in report._sections(claims, self._form):
            names.append(safe_xlsx.sheet_name(section["company"].name, names))
            sheet = workbook.add_worksheet(names[-1])
            self._write_sheet(workbook, sheet, section, columns, report)
            self._sign(workbook, sheet, section, report._words(signers))

    def _write_sheet(self, workbook, sheet, section, columns, report):
        font = {"font_name": "Noto Sans CJK SC", "font_size": 10, "valign": "vcenter"}
        head = workbook.add_format(
            {
                **font,
                "bold": True,
                "border": 1,
                "text_wrap": True,
                "bg_color": "#DDEBF7",
            }
        )
        big = workbook.add_format({**font, "bold": True, "font_size": 15})
        digits = section["company"].currency_id.decimal_places
        money = "#,##0" + ("." + "0" * digits if digits else "")
        numbers = {"amount": money, "count": "0", "day": "yyyy-mm-dd", "text": "@"}
        cells = {
            kind: workbook.add_format({**font, "border": 1, "num_format": number})
            for kind, number in numbers.items()
        }
        sums = workbook.add_format(
            {**font, "border": 1, "bold": True, "num_format": money}
        )
        safe_xlsx.write(
            sheet, 0, 0, f"{section['company'].name} {section['title']}", big
        )
        for place, label in enumerate(report._words([c.label for c in columns])):
            safe_xlsx.write(sheet, HEADER_ROW, place, label, head)
            sheet.set_column(place, place, columns[place].width)
        row_no = HEADER_ROW
        for row_no, row in enumerate(section["rows"], HEADER_ROW + 1):
            for place, (value, column) in enumerate(zip(row, columns, strict=True)):
                safe_xlsx.write(sheet, row_no, place, value, cells[column.kind])
        for place, total in enumerate(section["totals"]):
            safe_xlsx.write(sheet, row_no + 1, place, total, sums)
        safe_xlsx.write(sheet, row_no + 1, 0, self.env._("Total"), sums)
        sheet.set_row(HEADER_ROW, 30)
        sheet.freeze_panes(HEADER_ROW + 1, 1)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0, HEADER_ROW)
        sheet.set_footer("&C&P / &N")

    def _sign(self, workbook, sheet, section, signers):
        plain = workbook.add_format({"font_name": "Noto Sans CJK SC", "font_size": 10})
        text = "    ".join(f"{post}：____________" for post in signers)
        row = HEADER_ROW + len(section["rows"]) + 4
        safe_xlsx.write(sheet, row, 0, text, plain)


class ClaimTrackerXlsx(models.AbstractModel):
    """The tracker as a workbook with the columns of the form."""

    _name = "report.dealer_claims.claim_tracker_xlsx"
    _inherit = ["report.dealer_claims.claim_ledger_xlsx"]
    _description = "Claim Tracker as Spreadsheet"
    _form = "tracker"

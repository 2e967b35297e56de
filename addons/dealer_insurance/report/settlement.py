from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import format_date

AMOUNTS = (
    "ctpl_premium",
    "vehicle_tax",
    "commercial_premium",
    "other_premium",
    "amount_due",
    "remitted",
    "unremitted",
    "difference",
)


class SettlementReport(models.AbstractModel):
    """The printed settlement list; each print carries its number (S83)."""

    _name = "report.dealer_insurance.report_settlement"
    _description = "Printed Settlement List"

    @api.model
    def _get_report_values(self, docids, data=None):
        """Values of the template.

        :param docids: settlement lists; the browser leaves them out of a report that
            has data, then the lists of the prints are meant
        :param data: ``{"print_ids": [...]}``: the prints that the button has counted
        :raises UserError: printed past the counter
        """
        prints = self.env["dealer.settlement.print"].browse(
            [int(print_id) for print_id in (data or {}).get("print_ids", [])]
        )
        prints.check_access("read")
        settlements = self.env["dealer.settlement"].browse(docids or [])
        settlements = settlements or prints.settlement_id.sorted()
        settlements.check_access("read")
        by_list = {line.settlement_id: line for line in prints}
        if settlements - prints.settlement_id:
            raise UserError(
                self.env._("Use the button “Print” of the list: prints are counted.")
            )
        return {
            "doc_ids": settlements.ids,
            "doc_model": settlements._name,
            "docs": settlements,
            "prints": by_list,
            "amounts": AMOUNTS,
            "totals": {
                settlement: {
                    name: sum(settlement.line_ids.mapped(name)) for name in AMOUNTS
                }
                for settlement in settlements
            },
            "selection": self._selections(),
            "month": lambda settlement: format_date(
                self.env, settlement.date_from, date_format="yyyy-MM"
            ),
        }

    def _selections(self):
        fields = self.env["dealer.settlement.line"]._fields
        return {
            name: dict(fields[name]._description_selection(self.env))
            for name in ("method", "reason")
        }


class SettlementXlsx(models.AbstractModel):
    _name = "report.dealer_insurance.settlement_xlsx"
    _inherit = "dealer.money.xlsx"
    _description = "Settlement List as Spreadsheet"

    def generate_xlsx_report(self, workbook, data, objs):
        """Write one sheet per list in the columns of the form (§3.3).

        :param workbook: xlsxwriter workbook
        :param data: unused
        :param objs: settlement lists
        """
        for settlement in objs:
            settlement.check_access("read")
            self._write_form(workbook, self._settlement_form(settlement))

    def _settlement_form(self, settlement):
        _ = self.env._
        selections = self.env["report.dealer_insurance.report_settlement"]._selections()
        columns = [
            (_("No."), 6, "integer"),
            (_("Ledger No."), 16, "text"),
            (_("Policy Numbers"), 40, "text"),
            (_("Applicant"), 14, "text"),
            (_("Plate"), 12, "text"),
            (_("VIN"), 20, "text"),
            (_("Cover Starts"), 12, "date"),
            (_("Compulsory"), 12, "amount"),
            (_("Vehicle Tax"), 12, "amount"),
            (_("Commercial"), 12, "amount"),
            (_("Other Premium"), 12, "amount"),
            (_("Total"), 13, "amount"),
            (_("Received On"), 12, "date"),
            (_("Paid By"), 10, "text"),
            (_("Cashier"), 12, "text"),
            (_("Remitted On"), 12, "date"),
            (_("Remittance Voucher"), 20, "text"),
            (_("Remitted"), 13, "amount"),
            (_("Not Remitted"), 13, "amount"),
            (_("Difference"), 12, "amount"),
            (_("Reason of Difference"), 14, "text"),
            (_("Explanation"), 30, "text"),
        ]
        rows = []
        for number, line in enumerate(settlement.line_ids, 1):
            rows.append(
                [
                    number,
                    line.ledger_no,
                    line.policy_numbers,
                    line.applicant_name,
                    line.plate,
                    line.vin,
                    line.date_start,
                    *(line[name] for name in AMOUNTS[:5]),
                    line.received_on,
                    selections["method"].get(line.method, ""),
                    line.cashier_name,
                    line.remitted_on,
                    line.remittance_ref,
                    *(line[name] for name in AMOUNTS[5:]),
                    selections["reason"].get(line.reason, ""),
                    line.explanation,
                ]
            )
        lines, form = settlement.line_ids, settlement.currency_id.format
        totals = [_("Total"), _("%(count)s rows", count=settlement.row_count)]
        totals += [""] * 5 + [sum(lines.mapped(name)) for name in AMOUNTS[:5]]
        totals += [""] * 5 + [sum(lines.mapped(name)) for name in AMOUNTS[5:]]
        totals += ["", ""]
        month = format_date(self.env, settlement.date_from, date_format="yyyy-MM")
        return {
            "sheet": f"{month} {settlement.insurer_id.name}",
            "title": _("Premium Settlement List"),
            "facts": [
                _(
                    "Month: %(month)s    Insurer: %(insurer)s    Store: %(store)s    "
                    "Prints: %(prints)s",
                    month=month,
                    insurer=settlement.insurer_id.name,
                    store=settlement.company_id.name,
                    prints=settlement.print_count,
                ),
                _(
                    "Opening held %(opening)s + collected %(collected)s - refunded "
                    "%(refunded)s - remitted %(remitted)s = closing held %(closing)s",
                    opening=form(settlement.opening_held),
                    collected=form(settlement.collected),
                    refunded=form(settlement.refunded),
                    remitted=form(settlement.remitted),
                    closing=form(settlement.closing_held),
                ),
                _(
                    "Not collected %(open)s; payable in the books %(books)s; "
                    "unexplained %(unexplained)s",
                    open=form(settlement.not_collected),
                    books=form(settlement.book_balance),
                    unexplained=form(settlement.unexplained),
                ),
            ],
            "columns": columns,
            "rows": rows,
            "totals": totals,
            "notes": [
                _(
                    "Issuing Clerk: ____________    Cashier: ____________    "
                    "Finance: ____________    Insurance Manager: ____________"
                )
            ],
        }

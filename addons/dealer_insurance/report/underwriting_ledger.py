from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import babel_locale_parse

from . import underwriting_ledger_columns as form
from . import underwriting_ledger_rows as ledger
from .underwriting_ledger_sources import wording


class UnderwritingLedgerReport(models.AbstractModel):
    """The printed ledger: one part per store and insurer, two lines per entry."""

    _name = "report.dealer_insurance.report_underwriting_ledger"
    _description = "Printed Underwriting Ledger"

    @api.model
    def _get_report_values(self, docids, data=None):
        """Values of the template.

        :param docids: selected underwritings, when printed from the list
        :param data: ``{"wizard_id": id}`` when printed for a period
        :raises UserError: nothing to print
        """
        underwritings, period = self._ledger_rows(docids, data)
        sections = ledger.ledger_sections(underwritings)
        return {
            "doc_ids": underwritings.ids,
            "doc_model": underwritings._name,
            "docs": underwritings,
            "header": self._header(),
            "sections": [self._print_section(s, *period) for s in sections],
            "signatures": self._signatures(),
        }

    @api.model
    def _ledger_rows(self, docids, data=None):
        """Underwritings to print, in the rights of the user, and their period.

        :return: (underwritings, (date_from, date_to) or ())
        """
        Underwriting = self.env["dealer.underwriting"]
        if data and data.get("wizard_id"):
            wizard = self.env["dealer.ledger.print.wizard"].browse(
                int(data["wizard_id"])
            )
            return wizard._ledger_rows(), (wizard.date_from, wizard.date_to)
        rows = Underwriting.search(
            [("id", "in", docids or []), ("issued_at", "!=", False)]
        )
        if not rows:
            raise UserError(
                self.env._(
                    "Nothing to print: an entry stands in the ledger from its issue on."
                )
            )
        return rows, ()

    @api.model
    def _header(self):
        """Two wordings per cell, the group of the form in front where it has one."""
        cells = []
        for cell in form.PRINT_CELLS:
            labels = []
            for key in (cell.top, cell.bottom):
                column = form.COLUMN_BY_KEY[key]
                label = wording(self.env, column.label)
                if column.group:
                    label = self.env._(
                        "%(group)s: %(label)s",
                        group=wording(self.env, column.group),
                        label=label,
                    )
                labels.append(label)
            cells.append({"labels": labels, "width": cell.width})
        return cells

    @api.model
    def _signatures(self):
        """Posts that sign the printed ledger (domain.md §3)."""
        return [
            self.env._("Issuing Clerk"),
            self.env._("Cashier"),
            self.env._("Insurance Manager"),
            self.env._("Finance"),
        ]

    def _print_section(self, section, date_from=None, date_to=None):
        currency = section.company.currency_id
        return {
            "title": ledger.section_title(self.env, section, date_from, date_to),
            "company": section.company,
            "store": ledger.store_text(self.env, section.company),
            "unit": ledger.unit_text(self.env, section.company),
            "language": babel_locale_parse(self.env.lang).language,
            "months": [
                {
                    "rows": [
                        {
                            "is_void": row.is_void,
                            "cells": self._print_cells(row.values, currency),
                        }
                        for row in month.rows
                    ],
                    "total": self._print_total(
                        self.env._(
                            "%(month)s Total",
                            month=ledger.month_text(self.env, month.month),
                        ),
                        month,
                        currency,
                    ),
                }
                for month in section.months
            ],
            "total": self._print_total(self.env._("Grand Total"), section, currency),
        }

    def _print_cells(self, values, currency):
        """Texts of one entry, cell by cell: (upper line, lower line, kind)."""
        cells = []
        for cell in form.PRINT_CELLS:
            top, bottom = (
                ledger.cell_text(
                    self.env, form.COLUMN_BY_KEY[key], values.get(key), currency
                )
                for key in (cell.top, cell.bottom)
            )
            if cell.bottom == "insured" and top == bottom:
                bottom = ""
            cells.append((top, bottom, _is_amount(cell)))
        return cells

    def _print_total(self, label, part, currency):
        """Label, number of lines and sums of a month or a ledger."""
        count = self.env._("%(count)s entries", count=part.count)
        if part.void_count:
            count = self.env._(
                "%(count)s entries, %(void)s void not counted",
                count=part.count,
                void=part.void_count,
            )
        first = next(i for i, c in enumerate(form.PRINT_CELLS) if _is_amount(c))
        return {
            "label": label,
            "count": count,
            "span": first,
            "cells": self._print_cells(part.totals, currency)[first:],
        }


def _is_amount(cell):
    return form.COLUMN_BY_KEY[cell.top].kind == "amount"

from odoo import api, fields, models
from odoo.exceptions import UserError

# Which figure of an offer a difference speaks of (G-R1..G-R3).
DIFFERENCE_FIELDS = {
    "G-R1": "ctpl_premium",
    "G-R2": "vehicle_tax",
    "G-R3": "commercial_premium",
}


class DealerQuote(models.Model):
    """Offers side by side on the screen: covers as rows, insurers as columns."""

    _inherit = "dealer.quote"

    comparison_data = fields.Json(
        string="Comparison",
        compute="_compute_comparison_data",
        exportable=False,
        export_string_translation=False,
    )

    @api.depends(
        "state",
        "option_ids.insurer_id",
        "option_ids.is_chosen",
        "option_ids.difference_text",
        "option_ids.difference_note",
        "option_ids.amount_total",
        "option_ids.concession_ids.name",
        "option_ids.concession_ids.amount",
        "option_ids.concession_ids.state",
        "option_ids.line_ids.cover_id",
        "option_ids.line_ids.sum_insured",
        "option_ids.line_ids.seats",
        "option_ids.line_ids.deductible",
        "option_ids.line_ids.premium",
        "option_ids.line_ids.standard_premium",
    )
    @api.depends_context("lang")
    def _compute_comparison_data(self):
        report = self.env["report.dealer_insurance.report_quote_comparison"]
        differences = self.option_ids._differences()
        for quote in self:
            quote.comparison_data = quote._comparison(report, differences)

    def _comparison(self, report, differences):
        """What the comparison on the screen shows of one quote.

        :param report: model of the printed comparison; screen and paper say the same
        :param differences: result of ``dealer.quote.option._differences``
        :return: dict with ``options`` (columns) and ``rows``; amounts are texts in the
            currency of the store
        """
        self.ensure_one()
        currency = self.currency_id
        options = self.option_ids
        priced = options.filtered(lambda o: not currency.is_zero(o.amount_total))
        cheapest = min(priced.mapped("amount_total"), default=0.0)
        columns, marks = [], []
        for index, option in enumerate(options):
            found = differences.get(option, [])
            extra = option.amount_total - cheapest
            is_priced = option in priced
            columns.append(
                {
                    "key": index,
                    "id": option._origin.id,
                    "name": option.insurer_id.name or "",
                    "chosen": option.is_chosen,
                    "cheapest": is_priced and currency.is_zero(extra),
                    "extra": currency.format(extra)
                    if is_priced and not currency.is_zero(extra)
                    else "",
                    "explained": bool((option.difference_note or "").strip()),
                    "note": option.difference_note or "",
                }
            )
            by_field = {}
            for code, reason in found:
                by_field.setdefault(DIFFERENCE_FIELDS[code], []).append(
                    f"[{code}] {reason}"
                )
            marks.append(by_field)
        rows = []
        for number, line in enumerate(report._lines(self)):
            cells = [
                {
                    "key": index,
                    "remark": remark,
                    "amount": amount,
                    "difference": "\n".join(marks[index].get(line.get("field"), [])),
                }
                for index, (remark, amount) in enumerate(line.get("cells", ()))
            ]
            rows.append({**line, "key": number, "cells": cells})
        return {
            "options": columns,
            "rows": rows,
            "open": self.state in ("draft", "calculated", "sent"),
            "several": len(options) > 1,
        }


class DealerQuoteOption(models.Model):
    _inherit = "dealer.quote.option"

    def action_choose(self):
        """The customer takes this offer: one click, the others are no longer ticked."""
        self.check_access("write")
        if len(self.quote_id) != len(self):
            raise UserError(self.env._("The customer takes one offer of a quote."))
        others = self.quote_id.option_ids - self
        others.filtered("is_chosen").write({"is_chosen": False})
        self.write({"is_chosen": True})
        return True

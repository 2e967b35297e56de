from markupsafe import Markup

from odoo import api, fields, models

from ..tools.rating import differs


class DealerQuoteOption(models.Model):
    """The price line by line as a clerk reads it: ours beside the insurer's."""

    _inherit = "dealer.quote.option"

    rating_html = fields.Html(
        string="Line by Line",
        compute="_compute_rating_html",
        sanitize=False,
        export_string_translation=False,
        exportable=False,
    )

    @api.depends(
        lambda self: (
            *self._rating_depends(),
            "ctpl_premium",
            "vehicle_tax",
            "commercial_premium",
            "amount_total",
            "line_ids.premium",
        )
    )
    @api.depends_context("lang")
    def _compute_rating_html(self):
        rated = self._rated_lines()
        for option in self:
            option.rating_html = self.env["ir.qweb"]._render(
                "dealer_insurance.rating_table",
                {"rows": option._rating_rows(rated[option]), "option": option},
            )

    def _rating_rows(self, lines):
        """Rows of the table: dict label, figures as text, formula, source, flags."""
        self.ensure_one()
        money = self.currency_id.format
        tolerance = self.company_id.dealer_rating_tolerance
        entered = self._entered_amounts(lines)
        covers = {line.cover_id.code: line.cover_id.name for line in self.line_ids}
        labels = self._line_labels()
        factors = self._factor_labels()
        rows = []
        for index, line in enumerate(lines):
            theirs = entered.get(index)
            wrong = theirs is not None and differs(theirs, line.amount, tolerance)
            rows.append(
                {
                    "kind": line.kind,
                    "label": covers.get(line.code) or labels[line.kind],
                    "base": "" if line.base is None else money(float(line.base)),
                    "factors": [
                        (factors[name], f"{value:.4f}".rstrip("0").rstrip("."))
                        for name, value in line.factors
                    ],
                    "ours": "—" if line.amount is None else money(float(line.amount)),
                    "theirs": "" if theirs is None else money(theirs),
                    "difference": money(theirs - float(line.amount)) if wrong else "",
                    "formula": line.formula,
                    "source": line.source,
                }
            )
        return rows

    def _entered_amounts(self, lines):
        """The insurer's figures by line index; lines he does not print are left out."""
        by_kind = {
            "ctpl": self.ctpl_premium,
            "tax": self.vehicle_tax,
            "commercial": self.commercial_premium,
            "other": self.other_premium,
            "total": self.amount_total,
        }
        premiums = {line.cover_id.code: line.premium for line in self.line_ids}
        taxes = [line for line in lines if line.kind in ("tax_arrears", "late_fee")]
        entered = {}
        for index, line in enumerate(lines):
            if line.kind == "cover":
                if premiums.get(line.code):
                    entered[index] = premiums[line.code]
            elif line.kind == "tax" and taxes:
                # One figure of the insurer for tax, arrears and fee; see the total.
                continue
            elif line.kind in by_kind:
                entered[index] = by_kind[line.kind]
        return entered

    @api.model
    def _line_labels(self):
        _ = self.env._
        return {
            "ctpl": _("Compulsory premium"),
            "tax": _("Vehicle tax"),
            "tax_arrears": _("Tax of earlier years"),
            "late_fee": _("Late fee"),
            "cover": _("Cover"),
            "commercial": _("Commercial premium"),
            "other": _("Accident and other"),
            "total": _("Total"),
        }

    @api.model
    def _factor_labels(self):
        _ = self.env._
        return {
            "float": _("Float"),
            "float_violation": _("Float and violations"),
            "term": _("Short term"),
            "ncd": _("No claims"),
            "pricing": _("Pricing"),
            "violation": _("Violations"),
            "days": _("Days"),
        }


class DealerQuote(models.Model):
    _inherit = "dealer.quote"

    rating_html = fields.Html(
        string="Line by Line",
        compute="_compute_rating_html",
        sanitize=False,
        export_string_translation=False,
        exportable=False,
    )

    @api.depends("option_ids.rating_html")
    @api.depends_context("lang")
    def _compute_rating_html(self):
        for quote in self:
            quote.rating_html = Markup("").join(
                Markup("<h4 class='mt-3'>%s</h4>%s")
                % (option.insurer_id.name, option.rating_html or "")
                for option in quote.option_ids
            )

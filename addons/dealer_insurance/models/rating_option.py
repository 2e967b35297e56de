from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools import rating
from ..tools.rating_quote import CoverInput, QuoteInput, rate_quote
from ..tools.rating_short_term import (
    YEAR_DAYS,
    covered_days,
    covered_months,
    short_term_ctpl,
)
from ..tools.rating_tax import TAX_SHARES, TaxInput

TAX_KINDS = ("tax", "tax_arrears", "late_fee")
YEAR_MONTHS = 12


class DealerQuoteOption(models.Model):
    """Our own figures beside those of the insurer: one pure calculation per offer.

    The records are read here once for all offers; ``tools/rating_quote.py`` does the
    sums and knows no records.
    """

    _inherit = "dealer.quote.option"

    estimated_ctpl = fields.Monetary(
        string="Compulsory by Tariff", compute="_compute_estimates"
    )
    estimated_tax = fields.Monetary(string="Tax by Table", compute="_compute_estimates")
    estimated_commercial = fields.Monetary(
        string="Commercial by Factors", compute="_compute_estimates"
    )
    ctpl_formula = fields.Char(string="Tariff", compute="_compute_estimates")
    tax_formula = fields.Char(string="Tax Table", compute="_compute_estimates")
    commercial_formula = fields.Char(string="Factors", compute="_compute_estimates")

    @api.model
    def _rating_depends(self):
        """Fields that our figures follow from."""
        quote = (
            "invoice_date",
            "business_type",
            "date_start",
            "date_end",
            "expected_float",
            "expected_ncd",
            "violation_count",
            "tax_status",
            "tax_arrears",
            "tax_arrears_since",
        )
        vehicle = ("use_nature", "seats", "tonnage", "displacement_l", "energy_type")
        line = ("cover_id", "sum_insured", "seats", "standard_premium")
        return (
            "float_factor",
            "standard_premium",
            "ncd_factor",
            "pricing_factor",
            "other_premium",
            "rating_date",
            "insurer_id",
            *(f"quote_id.{name}" for name in quote),
            *(f"quote_id.vehicle_id.{name}" for name in vehicle),
            *(f"line_ids.{name}" for name in line),
        )

    @api.depends(lambda self: self._rating_depends())
    def _compute_estimates(self):
        rated = self._rate()
        for option in self:
            ctpl, tax, commercial = rated[option]
            option.estimated_ctpl = float(ctpl.amount or 0)
            option.estimated_tax = float(tax.amount or 0)
            option.estimated_commercial = float(commercial.amount or 0)
            option.ctpl_formula = option._formula_text(ctpl)
            option.tax_formula = option._formula_text(tax)
            option.commercial_formula = option._formula_text(commercial)

    @staticmethod
    def _formula_text(rated):
        if rated.amount is None:
            return rated.source
        return f"{rated.formula} ({rated.source})" if rated.source else rated.formula

    # ---------------------------------------------------------------- Inputs
    def _rating_tables(self, day):
        """Everything dated that the offers need on a day, in constant queries."""
        vehicles, companies = self.vehicle_id, self.company_id
        return {
            "ctpl": self.env["dealer.ctpl.rate"]._vehicle_rates(vehicles, day),
            "tax": self.env["dealer.tax.band"]._find_bands(vehicles, day),
            "violation": self.env["dealer.violation.factor"]._find_values(
                companies.state_id, day
            ),
            "loading": self.env["dealer.expense.loading"]._find_loadings(day),
            "months": self.env["dealer.short.term.rate"]._factors(day),
            "cover": self.env["dealer.cover.rate"]._find_tables(
                self.line_ids.cover_id, companies, day
            ),
        }

    def _rating_input(self, tables):
        """Plain figures of one offer for the pure calculation.

        :param tables: result of ``_rating_tables`` for the day of the offer
        """
        self.ensure_one()
        quote = self.quote_id
        rate = tables["ctpl"].get(self.vehicle_id, self.env["dealer.ctpl.rate"])
        Violation = self.env["dealer.violation.factor"]
        steps = tables["violation"]
        state = self.company_id.state_id
        loadings = tables["loading"]
        lines = self.line_ids
        commercial = lines.filtered(lambda line: line.cover_id.product == "commercial")
        return QuoteInput(
            ctpl_base=rate._amount_or_none(),
            ctpl_float=_four(quote.expected_float or self.float_factor),
            ctpl_violation=Violation._value_of(
                steps, state, "ctpl", quote.violation_count
            ),
            ctpl_term=self._ctpl_term(tables["months"]),
            ctpl_source=rate.display_name if rate else self.env._("no tariff class"),
            tax=self._tax_input(tables["tax"]),
            covers=tuple(self._cover_input(line, tables) for line in commercial),
            standard=_two(self.standard_premium) if self.standard_premium else None,
            ncd=_four(quote.expected_ncd or self.ncd_factor),
            pricing=_four(self.pricing_factor),
            violation=Violation._value_of(
                steps, state, "commercial", quote.violation_count
            ),
            expense_loading=loadings.get(
                self.insurer_id, loadings.get(self.env["res.partner"], 0)
            ),
            days=covered_days(quote.date_start, quote.date_end) or YEAR_DAYS,
            others=(("", _two(self.other_premium)),) if self.other_premium else (),
        )

    def _cover_input(self, line, tables):
        table = tables["cover"].get(line.cover_id, self.env["dealer.cover.rate"])
        return CoverInput(
            code=line.cover_id.code,
            sum_insured=_two(line.sum_insured),
            seats=line.seats,
            standard=_two(line.standard_premium) if line.standard_premium else None,
            rates=table._rate_rows(
                self.insurer_id, self.company_id, self.vehicle_id.seats
            ),
            source=self.env._("insurer's figure") if line.standard_premium else "",
        )

    def _ctpl_term(self, factors):
        """Share of the annual compulsory premium; None when no table holds."""
        quote = self.quote_id
        months = covered_months(quote.date_start, quote.date_end)
        if not quote.date_end or months in (0, YEAR_MONTHS):
            return 1
        if short_term_ctpl(1, months, factors).amount is None:
            return None
        return factors[months]

    def _tax_input(self, bands):
        """Vehicle tax: months of a new car, else the whole year."""
        quote = self.quote_id
        band = bands.get(self.vehicle_id, self.env["dealer.tax.band"])
        annual = None if not band or band.item == "truck" else _two(band.annual)
        months = YEAR_MONTHS
        if quote.business_type == "new_car":
            invoice = quote.invoice_date
            months = rating.new_car_months(invoice.month) if invoice else None
        late_days = 0
        if quote.tax_arrears_since and quote.tax_arrears:
            late_days = max((self.rating_date - quote.tax_arrears_since).days, 0)
        source = band.name or self.env._("no tax band")
        if not TAX_SHARES.get(quote.tax_status):
            labels = dict(quote._fields["tax_status"]._description_selection(self.env))
            source = labels.get(quote.tax_status, source)
        return TaxInput(
            annual=annual,
            months=months,
            status=quote.tax_status or "normal",
            arrears=_two(quote.tax_arrears),
            late_days=late_days,
            late_rate=rating.to_decimal(round(self.company_id.dealer_tax_late_rate, 6)),
            source=source,
        )

    # ---------------------------------------------------------------- Result
    def _rated_lines(self):
        """Our price of the offers, line by line, in a constant number of queries.

        :return: dict option -> list of
            :class:`~odoo.addons.dealer_insurance.tools.rating_quote.RatedLine`
        """
        result = {}
        for day, options in self.grouped("rating_date").items():
            tables = options._rating_tables(day)
            for option in options:
                result[option] = rate_quote(option._rating_input(tables))
        return result

    def _rate(self):
        """Our figures for the insurer's offers.

        :return: dict option -> (ctpl, tax, commercial), each a
            :class:`~odoo.addons.dealer_insurance.tools.rating.Rated`; the tax holds
            arrears and late fee
        """
        none = rating.Rated(None, "", "")
        result = {}
        for option, lines in self._rated_lines().items():
            found = {line.kind: _rated(line) for line in lines}
            taxes = [line for line in lines if line.kind in TAX_KINDS]
            result[option] = (
                found.get("ctpl", none),
                _sum_of(taxes) if taxes else none,
                found.get("commercial", none),
            )
        return result

    # --------------------------------------------------------------- Buttons
    def action_fill_estimates(self):
        """Put our figures where the clerk has entered nothing yet: premiums, tax, the
        value of the car as sum insured, and the factors of a known history."""
        self.check_access("write")
        if any(option.state not in ("draft", "calculated") for option in self):
            raise UserError(self.env._("Figures change only before the quote is sent."))
        for option in self:
            for line in option.line_ids:
                if line.cover_id.value_insured and not line.sum_insured:
                    line.sum_insured = option.quote_id.actual_value
        for option in self:
            option.write(option._prepare_estimate_vals())
        return True

    def _prepare_estimate_vals(self):
        self.ensure_one()
        vals = {}
        quote = self.quote_id
        if not self.ctpl_premium and self.estimated_ctpl:
            vals["ctpl_premium"] = self.estimated_ctpl
            if quote.expected_float:
                vals["float_factor"] = quote.expected_float
        if not self.vehicle_tax and self.estimated_tax:
            vals["vehicle_tax"] = self.estimated_tax
        if not self.commercial_premium and self.estimated_commercial:
            vals["commercial_premium"] = self.estimated_commercial
            if quote.expected_ncd:
                vals["ncd_factor"] = quote.expected_ncd
        return vals


def _two(amount):
    """Money of a record as exact Decimal cents."""
    return rating.cents(round(amount or 0, 2))


def _four(factor):
    """Factor of a record as exact Decimal."""
    return rating.to_decimal(round(factor or 0, 4))


def _rated(line):
    return rating.Rated(line.amount, line.formula, line.source)


def _sum_of(lines):
    """One figure of several lines; None when one of them is unknown."""
    if len(lines) == 1:
        return _rated(lines[0])
    source = lines[0].source
    if any(line.amount is None for line in lines):
        return rating.Rated(None, "", source)
    amount = sum(line.amount for line in lines)
    parts = " + ".join(f"{line.amount}" for line in lines)
    return rating.Rated(amount, f"{parts} = {amount}", source)

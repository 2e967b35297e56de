from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..const import PRODUCT_LINES
from ..tools import rating


class DealerQuoteOption(models.Model):
    """The offer of one insurer: his figures, and ours beside them to check.

    The insurer's figures are never overwritten. Where ours differ, the difference is
    shown and must be explained before the customer can accept (G-R1..G-R3).
    """

    _name = "dealer.quote.option"
    _description = "Insurer's Offer"
    _inherit = ["dealer.derived.mixin"]
    _protected_fields = ()
    _order = "quote_id, sequence, id"
    _rec_name = "insurer_id"
    _check_company_auto = True

    quote_id = fields.Many2one(
        "dealer.quote", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(
        related="quote_id.company_id", store=True, index=True, precompute=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    vehicle_id = fields.Many2one(related="quote_id.vehicle_id")
    state = fields.Selection(related="quote_id.state")
    sequence = fields.Integer(default=10)
    is_chosen = fields.Boolean(string="Customer Takes It", copy=False)
    insurer_id = fields.Many2one(
        "res.partner",
        required=True,
        index=True,
        domain=[("is_insurer", "=", True)],
    )
    rating_date = fields.Date(
        compute="_compute_rating_date", help="Day whose tariff and tables apply."
    )

    # compulsory
    ctpl_premium = fields.Monetary(string="Compulsory Premium")
    float_factor = fields.Float(digits=(6, 4), default=1.0, aggregator=None)
    vehicle_tax = fields.Monetary()

    # commercial
    product_line = fields.Selection(
        PRODUCT_LINES,
        compute="_compute_product_line",
        store=True,
        readonly=False,
        precompute=True,
    )
    standard_premium = fields.Monetary()
    ncd_factor = fields.Float(
        string="No-claim Factor", digits=(6, 4), default=1.0, aggregator=None
    )
    pricing_factor = fields.Float(digits=(6, 4), default=1.0, aggregator=None)
    commercial_premium = fields.Monetary(
        help="After all factors, as the insurer prints."
    )
    line_ids = fields.One2many(
        "dealer.quote.line", "option_id", string="Covers", copy=True
    )

    # other
    other_premium = fields.Monetary(string="Accident and Other Premium")
    amount_total = fields.Monetary(
        string="Total", compute="_compute_amount_total", store=True
    )

    difference_text = fields.Text(
        string="Differences", compute="_compute_difference_text"
    )
    difference_note = fields.Text(
        string="Explanation",
        help="Why the insurer's figures differ from tariff, tax table or factors.",
    )

    concession_ids = fields.One2many("dealer.concession", "option_id")
    concession_total = fields.Monetary(
        string="Concessions", compute="_compute_concession_total", store=True
    )

    _amounts_positive = models.Constraint(
        "CHECK (ctpl_premium >= 0 AND vehicle_tax >= 0 AND standard_premium >= 0 "
        "AND commercial_premium >= 0 AND other_premium >= 0)",
        "Premiums and tax of a quote cannot be negative.",
    )
    _factors_positive = models.Constraint(
        "CHECK (float_factor >= 0 AND ncd_factor >= 0 AND pricing_factor >= 0)",
        "Factors cannot be negative.",
    )

    # -------------------------------------------------------------- Computes
    @api.depends("quote_id.name", "insurer_id.name")
    def _compute_display_name(self):
        for option in self:
            names = (option.quote_id.name, option.insurer_id.name)
            option.display_name = " ".join(filter(None, names))

    @api.depends("quote_id.date", "quote_id.date_start")
    def _compute_rating_date(self):
        for option in self:
            quote = option.quote_id
            option.rating_date = (
                quote._rating_day() if quote else fields.Date.context_today(option)
            )

    @api.depends("quote_id.vehicle_id.is_nev")
    def _compute_product_line(self):
        for option in self:
            if not option.product_line:
                option.product_line = "nev" if option.vehicle_id.is_nev else "fuel"

    @api.depends("ctpl_premium", "vehicle_tax", "commercial_premium", "other_premium")
    def _compute_amount_total(self):
        for option in self:
            option.amount_total = (
                option.ctpl_premium
                + option.vehicle_tax
                + option.commercial_premium
                + option.other_premium
            )

    @api.depends("concession_ids.amount")
    def _compute_concession_total(self):
        for option in self:
            option.concession_total = sum(option.concession_ids.mapped("amount"))

    @api.depends(
        "ctpl_premium",
        "vehicle_tax",
        "commercial_premium",
        "float_factor",
        "ncd_factor",
        "line_ids.standard_premium",
        "quote_id.expected_float",
        "quote_id.expected_ncd",
        "estimated_ctpl",
        "estimated_tax",
        "estimated_commercial",
    )
    @api.depends_context("lang")
    def _compute_difference_text(self):
        found = self._differences()
        for option in self:
            option.difference_text = "\n".join(
                f"[{code}] {reason}" for code, reason in found[option]
            )

    # ---------------------------------------------------------------- Rating
    def _differences(self):
        """Where the insurer's figures differ from ours.

        :return: dict option -> list of (code, translated reason): G-R1 compulsory
            premium or float factor, G-R2 vehicle tax, G-R3 commercial premium
        """
        rated = self._rate()
        factors = {}
        result = {}
        for option in self:
            _ = self.env._
            company = option.company_id
            tolerance = company.dealer_rating_tolerance
            ctpl, tax, commercial = rated[option]
            found = []
            if option.ctpl_premium:
                key = (company.dealer_float_scheme_id, option.rating_date)
                if key not in factors:
                    scheme, day = key
                    factors[key] = (
                        set(scheme._factors(day).values()) if scheme else None
                    )
                legal = factors[key]
                factor = rating.to_decimal(round(option.float_factor, 4))
                if legal and factor not in legal:
                    found.append(
                        (
                            "G-R1",
                            _(
                                "float factor %(factor)s is not in scheme %(scheme)s",
                                factor=f"{option.float_factor:.4g}",
                                scheme=company.dealer_float_scheme_id.code,
                            ),
                        )
                    )
                found += option._factor_difference(
                    "G-R1", option.float_factor, option.quote_id.expected_float
                )
                found += option._difference(
                    "G-R1",
                    _("compulsory premium"),
                    option.ctpl_premium,
                    ctpl,
                    tolerance,
                )
            if option.ctpl_premium or option.vehicle_tax:
                found += option._difference(
                    "G-R2", _("vehicle tax"), option.vehicle_tax, tax, tolerance
                )
            if option.commercial_premium or option.standard_premium:
                found += option._factor_difference(
                    "G-R3", option.ncd_factor, option.quote_id.expected_ncd
                )
                found += option._difference(
                    "G-R3",
                    _("commercial premium"),
                    option.commercial_premium,
                    commercial,
                    tolerance,
                )
                lines = sum(
                    option.line_ids.filtered(
                        lambda line: line.cover_id.product == "commercial"
                    ).mapped("standard_premium")
                )
                if lines:
                    found += option._difference(
                        "G-R3",
                        _("standard premium"),
                        option.standard_premium,
                        rating.Rated(rating.cents(lines), "", _("sum of the covers")),
                        tolerance,
                    )
            result[option] = found
        return result

    def _difference(self, code, label, entered, rated, tolerance):
        """One comparison: [] or [(code, reason)]."""
        if not rating.differs(entered, rated.amount, tolerance):
            return []
        money = self.currency_id.format
        return [
            (
                code,
                self.env._(
                    "%(what)s %(entered)s, expected %(expected)s: %(formula)s",
                    what=label,
                    entered=money(entered),
                    expected=money(float(rated.amount)),
                    formula=self._formula_text(rated) or money(float(rated.amount)),
                ),
            )
        ]

    def _factor_difference(self, code, entered, expected):
        """A factor of the insurer that the known history does not give."""
        if not expected or round(entered, 4) == round(expected, 4):
            return []
        labels = {"G-R1": self.env._("float factor"), "G-R3": self.env._("NCD factor")}
        return [
            (
                code,
                self.env._(
                    "%(what)s %(entered)s, the claim history gives %(expected)s",
                    what=labels[code],
                    entered=f"{entered:.4g}",
                    expected=f"{expected:.4g}",
                ),
            )
        ]

    def _unexplained(self):
        """Differences that no explanation covers: list of (option, code, reason)."""
        open_options = self.filtered(
            lambda option: not (option.difference_note or "").strip()
        )
        return [
            (option, code, f"{option.insurer_id.name}: {reason}")
            for option, found in open_options._differences().items()
            for code, reason in found
        ]

    # ------------------------------------------------------------------ CRUD
    @api.model_create_multi
    def create(self, vals_list):
        options = super().create(vals_list)
        options._check_open()
        return options

    def write(self, vals):
        if vals:
            self._check_open()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_closed(self):
        self._check_open()

    def _check_open(self):
        """Refuse changes of what the customer has accepted."""
        closed = self.quote_id.filtered(
            lambda quote: quote.state in ("accepted", "converted", "lost", "expired")
        )
        if closed:
            raise UserError(
                self.env._(
                    "%(names)s: accepted or closed; set the quote back to draft before "
                    "you change an offer.",
                    names=", ".join(closed.mapped("name")),
                )
            )

    # ------------------------------------------------------------ Conversion
    def _prepare_policy_vals_list(self):
        """Values of the policies that the offer becomes, without numbers."""
        self.ensure_one()
        start = self.quote_id.date_start
        period = {
            "date_start": start,
            "date_end": self.quote_id.date_end or self._end_of(start),
        }
        result = []
        if self.ctpl_premium or self.vehicle_tax:
            result.append(
                {
                    **period,
                    "product": "ctpl",
                    "premium": self.ctpl_premium,
                    "float_factor": self.float_factor,
                    "vehicle_tax": self.vehicle_tax,
                }
            )
        lines = self.line_ids.grouped(lambda line: line.cover_id.product)
        none = self.line_ids.browse()
        if self.commercial_premium:
            result.append(
                {
                    **period,
                    "product": "commercial",
                    "product_line": self.product_line,
                    "premium": self.commercial_premium,
                    "standard_premium": self.standard_premium,
                    "ncd_factor": self.ncd_factor,
                    "pricing_factor": self.pricing_factor,
                    "line_ids": lines.get("commercial", none)._prepare_policy_lines(),
                }
            )
        if self.other_premium:
            result.append(
                {
                    **period,
                    "product": "other",
                    "premium": self.other_premium,
                    "line_ids": lines.get("other", none)._prepare_policy_lines(),
                }
            )
        return result

    @api.model
    def _end_of(self, start):
        """Last second of a year of cover that starts at ``start``."""
        if not start:
            return False
        return fields.Datetime.subtract(fields.Datetime.add(start, years=1), seconds=1)


class DealerQuoteLine(models.Model):
    """One cover of an insurer's offer."""

    _name = "dealer.quote.line"
    _description = "Quoted Cover"
    _inherit = ["dealer.derived.mixin"]
    _protected_fields = ()
    _order = "option_id, sequence, id"
    _rec_name = "cover_id"

    option_id = fields.Many2one(
        "dealer.quote.option", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(
        related="option_id.company_id", store=True, index=True, precompute=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    sequence = fields.Integer(default=10)
    cover_id = fields.Many2one("dealer.cover", required=True, index=True)
    sum_insured = fields.Monetary(
        help="Sum insured or limit, per seat where it counts."
    )
    seats = fields.Integer(aggregator=None)
    deductible = fields.Float(
        digits=(6, 4), help="Share of a loss that the insured bears himself."
    )
    standard_premium = fields.Monetary()
    premium = fields.Monetary()

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines.option_id._check_open()
        return lines

    def write(self, vals):
        self.option_id._check_open()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_closed(self):
        self.option_id._check_open()

    def _prepare_policy_lines(self):
        """Commands that copy the covers to a policy."""
        return [
            Command.create(
                {
                    "cover_id": line.cover_id.id,
                    "sum_insured": line.sum_insured,
                    "seats": line.seats,
                    "deductible": line.deductible,
                    "standard_premium": line.standard_premium,
                    "premium": line.premium,
                }
            )
            for line in self
        ]

from datetime import datetime

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..const import EXEMPT_ENERGIES, FLOAT_KEYS, TAX_STATUSES, UNTAXED_ENERGIES
from ..tools.rating_history import float_key, ncd_level

# Days between two policies of one car that still count as insured in a row.
GAP_DAYS = 60
SHORT_TERM_REASONS = [
    ("foreign", "Foreign Vehicle Temporarily in the Country"),
    ("temporary", "Temporary Use of the Road"),
    ("scrapping", "Less than a Year to Mandatory Scrapping"),
    ("regulator", "Other Case of the Regulator"),
]


class DealerQuote(models.Model):
    """What the price of a quote depends on besides the car: history, tax, term."""

    _inherit = "dealer.quote"

    # history (§2.2, §2.4)
    history_source = fields.Selection(
        [
            ("unknown", "Not Asked Yet"),
            ("new", "New Car, No History"),
            ("store", "Our Own Policies"),
            ("declared", "Customer's Word"),
            ("insurer", "Insurer's Query"),
        ],
        string="Claim History",
        compute="_compute_history_source",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        help="Where the history comes from. While it is not known, the insurer's own "
        "factors are taken.",
    )
    history_years = fields.Integer(
        string="Years Insured in a Row", aggregator=None, copy=False
    )
    history_claims = fields.Integer(
        string="Claims in 3 Years", aggregator=None, copy=False
    )
    clear_years = fields.Integer(
        string="Years without Accident at Fault", aggregator=None, copy=False
    )
    at_fault_count = fields.Integer(
        string="Accidents at Fault Last Year", aggregator=None, copy=False
    )
    at_fault_death = fields.Boolean(string="Accident with Death", copy=False)
    violation_count = fields.Integer(
        string="Traffic Violations Last Year", aggregator=None, copy=False
    )
    ncd_level = fields.Integer(
        string="No-claim Level", compute="_compute_history_result"
    )
    expected_ncd = fields.Float(
        string="No-claim Factor",
        digits=(6, 4),
        compute="_compute_history_result",
        help="Of the level, on the day of the rating; 0 while the history is unknown.",
    )
    float_key = fields.Selection(
        FLOAT_KEYS, string="Float Case", compute="_compute_history_result"
    )
    expected_float = fields.Float(
        string="Float Factor",
        digits=(6, 4),
        compute="_compute_history_result",
        help="Of the regional scheme; 0 while the history is unknown.",
    )

    # vehicle tax (§2.3)
    tax_status = fields.Selection(
        TAX_STATUSES,
        string="Vehicle Tax Status",
        compute="_compute_tax_status",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
    )
    tax_certificate_no = fields.Char(
        string="Tax Certificate No.",
        copy=False,
        help="Of the tax office: proof of exemption, reduction or payment elsewhere.",
    )
    tax_arrears = fields.Monetary(
        copy=False,
        help="Vehicle tax of earlier years that is still owed.",
    )
    tax_arrears_since = fields.Date(
        string="Arrears Due since", copy=False, help="The late fee counts from here."
    )

    # value and term (§2.4, §2.5)
    depreciation_rate_id = fields.Many2one(
        "dealer.depreciation.rate",
        string="Depreciation",
        copy=False,
        help="Empty: by class of use, energy and price of the car.",
    )
    actual_value = fields.Monetary(compute="_compute_actual_value")
    actual_value_formula = fields.Char(
        string="Valuation", compute="_compute_actual_value"
    )
    date_end = fields.Datetime(
        string="Cover Ends", copy=False, help="Empty: a whole year."
    )
    short_term_reason = fields.Selection(
        SHORT_TERM_REASONS,
        copy=False,
        help="The law allows a shorter compulsory cover only in these cases (G-R6).",
    )

    _history_positive = models.Constraint(
        "CHECK (history_years >= 0 AND history_claims >= 0 AND clear_years >= 0 "
        "AND at_fault_count >= 0 AND violation_count >= 0 AND tax_arrears >= 0)",
        "Years, claims, violations and arrears cannot be negative.",
    )

    # -------------------------------------------------------------- Computes
    @api.depends("business_type")
    def _compute_history_source(self):
        for quote in self:
            if quote.business_type == "new_car":
                quote.history_source = "new"
            elif quote.history_source in (False, "new"):
                quote.history_source = "unknown"

    @api.depends("vehicle_id.energy_type")
    def _compute_tax_status(self):
        for quote in self:
            energy = quote.vehicle_id.energy_type
            if energy in UNTAXED_ENERGIES:
                quote.tax_status = "not_taxable"
            elif energy in EXEMPT_ENERGIES:
                quote.tax_status = "exempt"
            elif quote.tax_status in (False, "not_taxable", "exempt"):
                quote.tax_status = "normal"

    @api.depends(
        "history_source",
        "history_years",
        "history_claims",
        "clear_years",
        "at_fault_count",
        "at_fault_death",
        "date",
        "date_start",
        "company_id.dealer_float_scheme_id",
    )
    def _compute_history_result(self):
        schemes, levels = {}, {}
        for quote in self:
            day = quote._rating_day()
            scheme = quote.company_id.dealer_float_scheme_id
            if (scheme, day) not in schemes:
                schemes[scheme, day] = scheme._factors(day) if scheme else {}
            if day not in levels:
                levels[day] = self.env["dealer.ncd.factor"]._factors_by_level(day)
            known = quote.history_source not in (False, "unknown")
            new = quote.history_source == "new"
            years = 0 if new else quote.history_years
            level = ncd_level(years, 0 if new else quote.history_claims)
            factors = schemes[scheme, day]
            key = "none" if new else quote._float_key(factors)
            quote.ncd_level = level if known else 0
            quote.expected_ncd = levels[day].get(level, 0.0) if known else 0.0
            quote.float_key = key if known else False
            quote.expected_float = float(factors.get(key) or 0) if known else 0.0

    def _float_key(self, factors):
        return float_key(
            self.clear_years,
            self.at_fault_count,
            self.at_fault_death,
            known=factors,
        )

    @api.depends(
        "vehicle_id.purchase_price",
        "vehicle_id.registration_date",
        "vehicle_id.use_nature",
        "vehicle_id.energy_type",
        "vehicle_id.seats",
        "depreciation_rate_id",
        "date",
        "date_start",
    )
    def _compute_actual_value(self):
        for day, quotes in self.grouped(lambda quote: quote._rating_day()).items():
            chosen = {
                quote.vehicle_id: quote.depreciation_rate_id
                for quote in quotes
                if quote.depreciation_rate_id
            }
            values = quotes.vehicle_id._actual_values(day, chosen)
            for quote in quotes:
                rated = values.get(quote.vehicle_id)
                quote.actual_value = float(rated.amount or 0) if rated else 0.0
                quote.actual_value_formula = rated and (
                    f"{rated.formula} ({rated.source})" if rated.formula else ""
                )

    def _rating_day(self):
        """Day whose tariff and tables apply: start of cover, else day of the quote."""
        self.ensure_one()
        start = self.date_start and fields.Datetime.context_timestamp(
            self, self.date_start
        )
        return (start and start.date()) or self.date or fields.Date.context_today(self)

    # ---------------------------------------------------------------- Buttons
    def action_propose_history(self):
        """Take the history from the store's own policies and known claims.

        A policy that began at most ``GAP_DAYS`` after the one before it counts as
        insured in a row.
        """
        self.check_access("write")
        days = {quote: quote._rating_day() for quote in self}
        starts = self._policy_starts(days)
        unknown = self.browse()
        for day, quotes in self.grouped(lambda quote: days[quote]).items():
            history = quotes.vehicle_id._known_history(day)
            for quote in quotes:
                years = _years_in_a_row(starts.get(quote.vehicle_id, []), day)
                if not years:
                    unknown |= quote
                    continue
                known = history.get(quote.vehicle_id, {})
                at_fault = known.get("at_fault", 0)
                quote.write(
                    {
                        "history_source": "store",
                        "history_years": years,
                        "history_claims": known.get("claims", 0),
                        "at_fault_count": at_fault,
                        "at_fault_death": known.get("death", False),
                        "clear_years": 0 if at_fault else years,
                    }
                )
        if unknown and unknown == self:
            raise UserError(
                self.env._(
                    "%(names)s: the store has no earlier policy of this car. Ask the "
                    "insurer, and enter years and claims.",
                    names=", ".join(unknown.mapped("name")),
                )
            )
        return True

    def _policy_starts(self, days):
        """First days of the commercial policies of the cars: dict vehicle -> dates."""
        starts = {}
        groups = self.env["dealer.policy"]._read_group(
            Domain("vehicle_id", "in", self.vehicle_id.ids)
            & Domain("product", "=", "commercial")
            & Domain("date_start", "!=", False)
            & Domain("date_start", "<", max(days.values()))
            & Domain("underwriting_id.voided_at", "=", False),
            ["vehicle_id"],
            ["date_start:array_agg"],
        )
        for vehicle, moments in groups:
            starts[vehicle] = [moment.date() for moment in moments if moment]
        return starts


def _years_in_a_row(starts, day):
    """Policy years without a gap up to a day, newest first."""
    years, later = 0, day
    for start in sorted(
        (start.date() if isinstance(start, datetime) else start for start in starts),
        reverse=True,
    ):
        distance = (later - start).days
        if distance < 300:
            # A second policy of the same year, or one that has only begun.
            continue
        if distance > 366 + GAP_DAYS:
            break
        years += 1
        later = start
    return years

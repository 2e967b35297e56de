from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.dealer_base.models.vehicle import (
    ENERGY_SELECTION,
    NEV_ENERGY_TYPES,
    USE_NATURE_SELECTION,
)

from ..tools.rate_sheet_text import litres_of, name_key


class DealerRateSheetLine(models.Model):
    """A model with a plan: what every insurer charges stands in its offers."""

    _name = "dealer.rate.sheet.line"
    _description = "Rate Sheet Line"
    _inherit = ["dealer.derived.mixin"]
    _protected_fields = ()
    _order = "sheet_id, sequence, id"
    _rec_names_search = ["model_text", "series", "plan_id.name"]
    _check_company_auto = True

    sheet_id = fields.Many2one(
        "dealer.rate.sheet", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(
        related="sheet_id.company_id", store=True, index=True, precompute=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    state = fields.Selection(related="sheet_id.state")
    sequence = fields.Integer(default=10)

    # the car
    series = fields.Char()
    model_text = fields.Char(string="Model", required=True, index="trigram")
    model_key = fields.Char(
        compute="_compute_model_key", store=True, precompute=True, index=True
    )
    use_nature = fields.Selection(
        USE_NATURE_SELECTION, required=True, default="private"
    )
    energy_type = fields.Selection(ENERGY_SELECTION, required=True, default="fuel")
    is_nev = fields.Boolean(
        string="New Energy Vehicle", compute="_compute_is_nev", store=True
    )
    seats = fields.Integer(default=5, aggregator=None)
    displacement_l = fields.Float(
        string="Displacement (L)",
        digits=(6, 3),
        compute="_compute_displacement_l",
        store=True,
        readonly=False,
        precompute=True,
        aggregator=None,
        help="Of the model name or of cars sold; decides the vehicle tax.",
    )
    list_price = fields.Monetary(string="Guide Price", aggregator=None)
    price = fields.Monetary(string="Purchase Price", aggregator=None)

    # the plan and what does not depend on the insurer
    plan_id = fields.Many2one(
        "dealer.cover.plan", required=True, index=True, check_company=True
    )
    cover_text = fields.Char(
        string="Covers", help="As in the file; empty: the covers of the plan."
    )
    ctpl_premium = fields.Monetary(string="Compulsory Premium", aggregator=None)
    vehicle_tax = fields.Monetary(aggregator=None)
    standard_premium = fields.Monetary(
        aggregator=None, help="Commercial covers before the insurer's factor."
    )
    offer_ids = fields.One2many(
        "dealer.rate.sheet.offer", "line_id", string="Insurers", copy=True
    )
    offer_text = fields.Char(string="Totals", compute="_compute_offer_text")
    best_total = fields.Monetary(
        string="Lowest Total", compute="_compute_offer_text", aggregator=None
    )

    _line_uniq = models.UniqueIndex(
        "(sheet_id, model_key, plan_id)",
        "The rate sheet has this model with this plan already.",
    )
    _amounts_positive = models.Constraint(
        "CHECK (ctpl_premium >= 0 AND vehicle_tax >= 0 AND standard_premium >= 0 "
        "AND seats >= 0 AND price >= 0 AND list_price >= 0)",
        "Figures of a rate sheet cannot be negative.",
    )

    # -------------------------------------------------------------- Computes
    @api.depends("model_text", "plan_id.name")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for line in self:
            names = (line.model_text, line.plan_id.name)
            line.display_name = " · ".join(filter(None, names))

    @api.depends("model_text")
    def _compute_model_key(self):
        for line in self:
            line.model_key = name_key(line.model_text)

    @api.depends("energy_type")
    def _compute_is_nev(self):
        for line in self:
            line.is_nev = line.energy_type in NEV_ENERGY_TYPES

    @api.depends("model_text", "company_id")
    def _compute_displacement_l(self):
        known = self._displacements_sold(
            self.company_id, [line.model_text for line in self if line.model_text]
        )
        for line in self:
            sold = known.get((line.company_id.id, line.model_text))
            line.displacement_l = (
                sold or litres_of(line.model_text) or line.displacement_l
            )

    @api.model
    def _displacements_sold(self, companies, models_):
        """Displacement of most cars of a model: dict (store id, model) -> litres."""
        found = {}
        groups = self.env["dealer.vehicle"]._read_group(
            Domain("company_id", "in", companies.ids)
            & Domain("model_text", "in", models_)
            & Domain("displacement_l", ">", 0),
            ["company_id", "model_text", "displacement_l"],
            ["__count"],
            order="__count desc",
        )
        for company, model, litres, _count in groups:
            found.setdefault((company.id, model), litres)
        return found

    @api.depends("offer_ids.amount_total", "offer_ids.insurer_id")
    def _compute_offer_text(self):
        for line in self:
            offers = line.offer_ids
            line.offer_text = "   ".join(
                f"{offer.insurer_id.name} {offer.amount_total:,.2f}" for offer in offers
            )
            totals = offers.mapped("amount_total")
            line.best_total = min(totals) if totals else 0.0

    # ------------------------------------------------------------------ CRUD
    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines.sheet_id._check_draft()
        return lines

    def write(self, vals):
        self.sheet_id._check_draft()
        result = super().write(vals)
        if "sheet_id" in vals:
            self.sheet_id._check_draft()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_published(self):
        self.sheet_id._check_draft()

    # ---------------------------------------------------------------- Covers
    def _quote_lines(self, vehicle):
        """Covers of the line for a car: values of quote lines.

        :param vehicle: dealer.vehicle; its seats and energy decide
        """
        self.ensure_one()
        if self.cover_text:
            return self.env["dealer.cover"]._prepare_lines(self.cover_text)
        return self.plan_id._line_vals_list(vehicle)


class DealerRateSheetOffer(models.Model):
    """What one insurer charges for a model with a plan."""

    _name = "dealer.rate.sheet.offer"
    _description = "Rate Sheet Offer"
    _inherit = ["dealer.derived.mixin"]
    _protected_fields = ()
    _order = "sheet_id, line_id, sequence, id"
    _rec_name = "insurer_id"
    _check_company_auto = True

    line_id = fields.Many2one(
        "dealer.rate.sheet.line", required=True, ondelete="cascade", index=True
    )
    # Not computed before the row exists: a line that is being created with its
    # offers would show them twice in the cache of the sheet.
    sheet_id = fields.Many2one(related="line_id.sheet_id", store=True, index=True)
    company_id = fields.Many2one(
        related="line_id.company_id", store=True, index=True, precompute=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    state = fields.Selection(related="line_id.sheet_id.state")
    sequence = fields.Integer(default=10)
    model_text = fields.Char(related="line_id.model_text", store=True, precompute=True)
    plan_id = fields.Many2one(related="line_id.plan_id", store=True, precompute=True)
    insurer_id = fields.Many2one(
        "res.partner", required=True, index=True, domain=[("is_insurer", "=", True)]
    )
    standard_premium = fields.Monetary(
        aggregator=None, help="Where the insurer's own one differs from the line's."
    )
    pricing_factor = fields.Float(
        digits=(6, 4),
        compute="_compute_pricing_factor",
        store=True,
        aggregator=None,
        help="Commercial premium divided by the standard premium.",
    )
    commercial_premium = fields.Monetary(aggregator="avg")
    other_premium = fields.Monetary(
        string="Accident and Other Premium", aggregator="avg"
    )
    amount_total = fields.Monetary(
        string="Total", compute="_compute_amount_total", store=True, aggregator="avg"
    )
    previous_total = fields.Monetary(
        string="Total Before",
        compute="_compute_previous_total",
        store=True,
        aggregator="avg",
        help="The same model, plan and insurer on the sheet before; 0: not on it.",
    )
    change = fields.Monetary(
        string="Rise or Fall",
        compute="_compute_previous_total",
        store=True,
        aggregator="avg",
    )
    change_rate = fields.Float(
        string="Rise or Fall (%)",
        digits=(8, 4),
        compute="_compute_previous_total",
        store=True,
        aggregator="avg",
    )

    _insurer_uniq = models.UniqueIndex(
        "(line_id, insurer_id)", "This line has an offer of the insurer already."
    )
    _amounts_positive = models.Constraint(
        "CHECK (standard_premium >= 0 AND commercial_premium >= 0 "
        "AND other_premium >= 0)",
        "Figures of a rate sheet cannot be negative.",
    )

    @api.depends("line_id.standard_premium", "standard_premium", "commercial_premium")
    def _compute_pricing_factor(self):
        for offer in self:
            standard = offer.standard_premium or offer.line_id.standard_premium
            offer.pricing_factor = (
                round(offer.commercial_premium / standard, 4) if standard else 0.0
            )

    @api.depends(
        "line_id.ctpl_premium",
        "line_id.vehicle_tax",
        "commercial_premium",
        "other_premium",
    )
    def _compute_amount_total(self):
        for offer in self:
            offer.amount_total = (
                offer.line_id.ctpl_premium
                + offer.line_id.vehicle_tax
                + offer.commercial_premium
                + offer.other_premium
            )

    @api.depends(
        "amount_total",
        "insurer_id",
        "plan_id",
        "line_id.model_key",
        "sheet_id.previous_id",
    )
    def _compute_previous_total(self):
        before = {
            offer._compare_key(offer.sheet_id): offer.amount_total
            for offer in self.search(
                Domain("sheet_id", "in", self.sheet_id.previous_id.ids)
            )
        }
        for offer in self:
            old = before.get(offer._compare_key(offer.sheet_id.previous_id), 0.0)
            offer.previous_total = old
            offer.change = offer.amount_total - old if old else 0.0
            offer.change_rate = offer.change / old if old else 0.0

    def _compare_key(self, sheet):
        return (
            sheet.id,
            self.line_id.model_key,
            self.plan_id.id,
            self.insurer_id.id,
        )

    # ------------------------------------------------------------------ CRUD
    @api.model_create_multi
    def create(self, vals_list):
        offers = super().create(vals_list)
        offers.sheet_id._check_draft()
        return offers

    def write(self, vals):
        self.sheet_id._check_draft()
        result = super().write(vals)
        if "line_id" in vals:
            self.sheet_id._check_draft()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_published(self):
        self.sheet_id._check_draft()

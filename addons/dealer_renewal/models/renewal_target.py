from odoo import api, fields, models
from odoo.exceptions import ValidationError

#: Renewals of the store, whoever sold them.
NOBODY = 0


class DealerRenewalTarget(models.Model):
    """Renewals that the store or a specialist should reach in a month (S70, S71).

    Cars and premium count by the day of issue (K12), the rate by the month in which
    the old cover ends (K04).
    """

    _name = "dealer.renewal.target"
    _description = "Renewal Target"
    _inherit = ["dealer.store.mixin", "mail.thread"]
    _order = "month desc, level, agent_id, id"
    _rec_name = "level"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company",
        string="Store",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    month = fields.Date(
        required=True,
        tracking=True,
        default=lambda self: fields.Date.start_of(
            self.env.company._dealer_today(), "month"
        ),
    )
    agent_id = fields.Many2one(
        "dealer.staff",
        string="Specialist",
        index="btree_not_null",
        check_company=True,
        tracking=True,
        help="Empty: the whole store.",
    )
    level = fields.Selection(
        [("store", "Whole Store"), ("agent", "Specialist")],
        string="Target For",
        compute="_compute_level",
        store=True,
        precompute=True,
    )
    car_target = fields.Integer(string="Cars", tracking=True)
    premium_target = fields.Monetary(string="Premium", tracking=True)
    rate_target = fields.Float(
        string="Renewal Rate", digits=(7, 4), tracking=True, aggregator="avg"
    )

    # live
    car_actual = fields.Integer(string="Cars Renewed", compute="_compute_actual")
    premium_actual = fields.Monetary(
        string="Premium Renewed", compute="_compute_actual"
    )
    rate_actual = fields.Float(
        string="Rate of the Month", compute="_compute_actual", aggregator=None
    )
    car_share = fields.Float(
        string="Cars Reached (%)", compute="_compute_actual", aggregator=None
    )
    premium_share = fields.Float(
        string="Premium Reached (%)", compute="_compute_actual", aggregator=None
    )
    rate_share = fields.Float(
        string="Rate Reached (%)", compute="_compute_actual", aggregator=None
    )
    elapsed_share = fields.Float(
        string="Time Elapsed (%)", compute="_compute_actual", aggregator=None
    )
    progress_gap = fields.Float(
        string="Ahead of Time (Points)",
        compute="_compute_actual",
        aggregator=None,
        help="Share of the target reached, minus the share of the month that is over "
        "(K38); the worse of cars and premium.",
    )
    status = fields.Selection(
        [("ahead", "Ahead"), ("behind", "Behind"), ("reached", "Reached")],
        compute="_compute_actual",
    )

    _one_per_month = models.UniqueIndex(
        "(company_id, month, COALESCE(agent_id, 0))",
        "There is a target for this month already.",
    )
    _figures = models.Constraint(
        "CHECK (car_target >= 0 AND premium_target >= 0"
        " AND rate_target >= 0 AND rate_target <= 1)",
        "Targets are not negative; a rate is a share between 0 and 100 %.",
    )

    @api.depends("agent_id")
    def _compute_level(self):
        for target in self:
            target.level = "agent" if target.agent_id else "store"

    @api.depends("agent_id", "month", "level")
    def _compute_display_name(self):
        levels = dict(self._fields["level"]._description_selection(self.env))
        for target in self:
            unit = target.agent_id.name or levels.get(target.level) or ""
            month = f"{target.month:%Y-%m}" if target.month else ""
            target.display_name = f"{unit} {month}".strip()

    @api.constrains("car_target", "premium_target", "rate_target")
    def _check_any_target(self):
        for target in self:
            if not (target.car_target or target.premium_target or target.rate_target):
                raise ValidationError(
                    self.env._("Set at least one target: cars, premium or rate.")
                )

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._whole_months(vals) for vals in vals_list])

    def write(self, vals):
        return super().write(self._whole_months(vals))

    @api.model
    def _whole_months(self, vals):
        if vals.get("month"):
            month = fields.Date.to_date(vals["month"])
            vals = {**vals, "month": fields.Date.start_of(month, "month")}
        return vals

    # -------------------------------------------------------------------- Progress
    @api.depends("month", "agent_id", "car_target", "premium_target", "rate_target")
    @api.depends_context("uid", "allowed_company_ids", "dealer_as_of")
    def _compute_actual(self):
        """Figures of all targets: a few statements, whatever their number."""
        dated = self.filtered("month")
        cars, premium, rates = dated._figures_of_months()
        for target in self:
            key = (target.company_id.id, target.month, target.agent_id.id or NOBODY)
            target.car_actual = cars.get(key, 0)
            target.premium_actual = premium.get(key, 0.0)
            renewed, due = rates.get(key, (0, 0))
            target.rate_actual = renewed / due if due else 0.0
            target.elapsed_share = 100 * target._elapsed()
            shares = {
                "car": target._reached(target.car_actual, target.car_target),
                "premium": target._reached(
                    target.premium_actual, target.premium_target
                ),
                "rate": target._reached(target.rate_actual, target.rate_target),
            }
            for name, share in shares.items():
                target[f"{name}_share"] = 100 * (share or 0.0)
            timed = [
                share
                for share in (shares["car"], shares["premium"])
                if share is not None
            ] or [share for share in (shares["rate"],) if share is not None]
            worst = min(timed, default=0.0)
            target.progress_gap = 100 * worst - target.elapsed_share
            if timed and worst >= 1:
                target.status = "reached"
            else:
                target.status = "ahead" if target.progress_gap >= 0 else "behind"

    @api.model
    def _reached(self, actual, target):
        return actual / target if target else None

    def _elapsed(self):
        """Share of the days of the month that are over, today included."""
        self.ensure_one()
        if not self.month:
            return 0.0
        last = fields.Date.end_of(self.month, "month")
        today = fields.Date.to_date(self.env.context.get("dealer_as_of"))
        today = today or self.company_id._dealer_today()
        days = (today - self.month).days + 1
        return min(1.0, max(0.0, days / last.day))

    def _figures_of_months(self):
        """(cars, premium, rates) by (store, month, specialist or 0)."""
        if not self:
            return {}, {}, {}
        months = self.mapped("month")
        first, last = min(months), fields.Date.end_of(max(months), "month")
        engine = self.env["dealer.kpi.engine"]
        cars, premium, rates = {}, {}, {}
        for by_agent in (True, False):
            group_by = (
                ("company", "month", "agent")
                if by_agent
                else (
                    "company",
                    "month",
                )
            )
            for function, found in (("k12", cars), ("k12_premium", premium)):
                figures = getattr(engine, f"_kpi_{function}")(
                    self.company_id, first, last, group_by
                )
                for group, (number, _basis) in figures.items():
                    key = group if by_agent else (*group, NOBODY)
                    if not by_agent or group[2]:
                        found[key] = number
            figures = engine._kpi_k04(self.company_id, first, last, group_by)
            for group, pair in figures.items():
                key = group if by_agent else (*group, NOBODY)
                if not by_agent or group[2]:
                    rates[key] = pair
        return cars, premium, rates

    @api.readonly
    def action_view_renewals(self):
        """The entries that count for this target."""
        self.ensure_one()
        self.check_access("read")
        engine = self.env["dealer.kpi.engine"]
        filters = {"agent": self.agent_id.id} if self.agent_id else {}
        return engine._kpi_k12_action(
            self.company_id,
            self.month,
            fields.Date.end_of(self.month, "month"),
            "numerator",
            filters,
        )

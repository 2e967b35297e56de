from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.dealer_base.models.guard_mixin import _DOOR_KEY, PROTECTED_DOOR

#: Sums of the result view that a cohort shows, for the store's own policies.
SUMS = (
    "due_count",
    "renewed_count",
    "on_time_count",
    "lost_count",
    "lapsed_count",
    "open_count",
    "excluded_count",
    "premium_due",
    "premium_renewed",
)


class DealerRenewalCohort(models.Model):
    """The cars of one store whose cover runs out in one month (S71, K04).

    The list is frozen ninety days before the month: nobody can improve the rate by
    changing or deleting what is behind it. Cars found later are added with a reason;
    cars leave only through an approved :class:`dealer.renewal.exclusion`. How many of
    them were renewed is read from the policies of today (``dealer.renewal.result``).
    """

    _name = "dealer.renewal.cohort"
    _description = "Renewal Cohort of a Month"
    _inherit = ["dealer.derived.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "date_from desc, id desc"
    _check_company_auto = True

    name = fields.Char(readonly=True, copy=False, default="/")
    company_id = fields.Many2one(
        "res.company",
        string="Store",
        required=True,
        index=True,
        readonly=True,
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    date_from = fields.Date(string="Month", required=True)
    date_to = fields.Date(readonly=True)
    freeze_date = fields.Date(
        string="To Be Frozen On",
        readonly=True,
        copy=False,
        help="The day on which the list of this month is due to be frozen.",
    )
    as_of = fields.Date(
        string="Facts As Of",
        readonly=True,
        copy=False,
        help="Policies issued up to this day were looked at.",
    )
    frozen_at = fields.Datetime(readonly=True, copy=False)
    built_late = fields.Boolean(
        readonly=True,
        copy=False,
        help="Frozen after its day, for example for months that were imported. The "
        "list then shows what is known today, not what was known in time.",
    )
    due_ids = fields.One2many("dealer.renewal.due", "cohort_id", string="Due Cars")
    own_due_ids = fields.One2many(
        "dealer.renewal.due",
        "cohort_id",
        string="Cars with a Policy Here",
        domain=[("is_own", "=", True)],
    )
    prospect_due_ids = fields.One2many(
        "dealer.renewal.due",
        "cohort_id",
        string="Lapsed Cars and Prospects",
        domain=[("is_own", "=", False)],
    )

    # live, from the policies of today
    due_count = fields.Integer(string="Cars Due", compute="_compute_figures")
    renewed_count = fields.Integer(string="Renewed", compute="_compute_figures")
    on_time_count = fields.Integer(string="On Time", compute="_compute_figures")
    lost_count = fields.Integer(string="Lost", compute="_compute_figures")
    lapsed_count = fields.Integer(string="Lapsed", compute="_compute_figures")
    open_count = fields.Integer(string="Open", compute="_compute_figures")
    excluded_count = fields.Integer(string="Excluded", compute="_compute_figures")
    added_count = fields.Integer(string="Added Later", compute="_compute_figures")
    premium_due = fields.Monetary(compute="_compute_figures")
    premium_renewed = fields.Monetary(compute="_compute_figures")
    rate = fields.Float(
        string="Renewal Rate",
        compute="_compute_figures",
        aggregator=None,
        help="Renewed ÷ due, approved exclusions left out (K04).",
    )
    on_time_rate = fields.Float(compute="_compute_figures", aggregator=None)
    premium_rate = fields.Float(compute="_compute_figures", aggregator=None)
    matured_due = fields.Integer(string="Matured", compute="_compute_figures")
    matured_renewed = fields.Integer(
        string="Matured and Renewed", compute="_compute_figures"
    )
    matured_rate = fields.Float(
        compute="_compute_figures",
        aggregator=None,
        help="Of the cars whose time to renew is over.",
    )
    running_due = fields.Integer(string="Still Running", compute="_compute_figures")
    running_renewed = fields.Integer(
        string="Running and Renewed", compute="_compute_figures"
    )
    is_provisional = fields.Boolean(
        string="Provisional",
        compute="_compute_figures",
        help="Some cars of the month may still renew.",
    )
    prospect_count = fields.Integer(
        string="Lapsed and Prospects", compute="_compute_figures"
    )
    prospect_won_count = fields.Integer(
        string="Won of Them", compute="_compute_figures"
    )

    _month_uniq = models.UniqueIndex(
        "(company_id, date_from)", "The due list of this month exists already."
    )

    # -------------------------------------------------------------------- Figures
    @api.depends("due_ids")
    @api.depends_context("uid", "allowed_company_ids", "dealer_as_of")
    def _compute_figures(self):
        """Sums of the results, three statements whatever the number of months."""
        Result = self.env["dealer.renewal.result"]
        own, rest, added = {}, {}, {}
        aggregates = [f"{name}:sum" for name in SUMS]
        for cohort, is_own, matured, *sums in Result._read_group(
            [("cohort_id", "in", self.ids)],
            ["cohort_id", "is_own", "is_matured"],
            aggregates,
        ):
            values = dict(zip(SUMS, sums, strict=True))
            (own if is_own else rest).setdefault(cohort.id, {})[matured] = values
        for cohort, count in self.env["dealer.renewal.due"]._read_group(
            [("cohort_id", "in", self.ids), ("added_at", "!=", False)],
            ["cohort_id"],
            ["__count"],
        ):
            added[cohort.id] = count
        for cohort in self:
            parts = own.get(cohort.id, {})
            matured, running = (
                parts.get(flag, dict.fromkeys(SUMS, 0)) for flag in (True, False)
            )
            for name in SUMS:
                cohort[name] = (matured[name] or 0) + (running[name] or 0)
            cohort.added_count = added.get(cohort.id, 0)
            cohort.matured_due = matured["due_count"]
            cohort.matured_renewed = matured["renewed_count"]
            cohort.running_due = running["due_count"]
            cohort.running_renewed = running["renewed_count"]
            cohort.is_provisional = bool(running["due_count"])
            cohort.rate = self._share(cohort.renewed_count, cohort.due_count)
            cohort.on_time_rate = self._share(cohort.on_time_count, cohort.due_count)
            cohort.premium_rate = self._share(
                cohort.premium_renewed, cohort.premium_due
            )
            cohort.matured_rate = self._share(
                cohort.matured_renewed, cohort.matured_due
            )
            others = rest.get(cohort.id, {}).values()
            cohort.prospect_count = sum(part["due_count"] for part in others)
            cohort.prospect_won_count = sum(part["renewed_count"] for part in others)

    @api.model
    def _share(self, part, whole):
        return part / whole if whole else 0.0

    @api.depends("name", "company_id")
    @api.depends_context("allowed_company_ids")
    def _compute_display_name(self):
        several = len(self.env.companies) > 1
        for cohort in self:
            cohort.display_name = (
                f"{cohort.name} {cohort.company_id.name}" if several else cohort.name
            )

    # -------------------------------------------------------------- Never changed
    @api.model_create_multi
    def create(self, vals_list):
        if self.env.context.get(_DOOR_KEY) is not PROTECTED_DOOR:
            raise UserError(
                self.env._("Due lists are made by the nightly job, not by hand.")
            )
        return super().create(vals_list)

    def _frozen_names(self):
        return {
            "name",
            "company_id",
            "date_from",
            "date_to",
            "freeze_date",
            "as_of",
            "frozen_at",
            "built_late",
            "due_ids",
            "own_due_ids",
            "prospect_due_ids",
        }

    def write(self, vals):
        door = self.env.context.get(_DOOR_KEY) is PROTECTED_DOOR
        if not door and self._frozen_names() & vals.keys():
            raise UserError(self.env._("A frozen due list cannot be changed."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("A frozen due list cannot be deleted."))

    # --------------------------------------------------------------------- Screen
    @api.readonly
    def action_view_due(self):
        """The cars of the month with their results."""
        return self._open_results(self.env._("Due Cars"), [])

    @api.readonly
    def action_view_open(self):
        """The cars of the month that may still renew."""
        return self._open_results(
            self.env._("Still Open"), [("result", "in", ("open", "lapsed"))]
        )

    @api.readonly
    def action_view_excluded(self):
        """Requests to leave cars out of the month."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "dealer_renewal.renewal_exclusion_action"
        )
        return {**action, "domain": [("cohort_id", "=", self.id)], "context": {}}

    def _open_results(self, name, domain):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": f"{name} {self.name}",
            "res_model": "dealer.renewal.due",
            "view_mode": "list,form",
            "domain": [("cohort_id", "=", self.id), *domain],
            "context": {"create": False},
        }

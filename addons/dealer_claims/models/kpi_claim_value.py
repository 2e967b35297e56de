from odoo import api, fields, models
from odoo.fields import Domain

#: Stages of K29 with the days that a case keeps of them.
STAGE_DAYS = {
    "assess": "days_assess",
    "repair": "days_repair",
    "papers": "days_papers",
    "submit": "days_submit",
    "insurer": "days_insurer",
    "close": "days_close",
}
FIELD_OF = {
    "company": "company_id",
    "insurer": "insurer_id",
    "receptionist": "receptionist_id",
    "submitter": "submitter_id",
}


class DealerClaim(models.Model):
    """Days on which the value of a case counts (K26, K27, K29)."""

    _inherit = "dealer.claim"

    settled_on = fields.Date(
        string="Repair Settled On",
        compute="_compute_settled_on",
        store=True,
        index="btree_not_null",
        help="Day on which the costs were locked: the repair counts as output then. "
        "Cases taken over count when the car left or the papers were submitted.",
    )
    closed_on = fields.Date(
        compute="_compute_closed_on",
        store=True,
        index="btree_not_null",
    )

    @api.depends(
        "costs_locked_at",
        "is_historical",
        "released_at",
        "repaired_at",
        "submitted_on",
        "voided_at",
        "company_id",
    )
    def _compute_settled_on(self):
        past = ("released_at", "repaired_at", "submitted_on")
        for claim in self:
            names = ("costs_locked_at", *(past if claim.is_historical else ()))
            days = [claim._fact_day(name) for name in names if claim[name]]
            claim.settled_on = bool(days and not claim.voided_at) and days[0]

    @api.depends("closed_at", "company_id")
    def _compute_closed_on(self):
        for claim in self:
            claim.closed_on = claim._fact_day("closed_at")


class DealerKpiEngine(models.AbstractModel):
    """Repair against premium, output of accident repairs, days to close."""

    _inherit = "dealer.kpi.engine"

    @api.model
    def _dimensions(self):
        return {
            **super()._dimensions(),
            "receptionist": (self.env._("Claim Receptionist"), "dealer.staff"),
            "submitter": (self.env._("Claim Submitter"), "dealer.staff"),
        }

    # ------------------------------------------------------------------ Tools
    @api.model
    def _value_domain(self, companies, date_from, date_to, day_field, filters):
        """Cases whose day lies in the period; base of numbers and drill-downs."""
        filters = dict(filters or {})
        first, last = self._day_bounds(filters, date_from, date_to)
        domain = (
            Domain("company_id", "in", companies.ids)
            & Domain(day_field, ">=", first)
            & Domain(day_field, "<=", last)
            & Domain("voided_at", "=", False)
        )
        for key, name in FIELD_OF.items():
            if key in filters:
                domain &= Domain(name, "=", filters[key] or False)
        if "business" in filters:
            domain &= self._business_claims(filters["business"])
        return domain

    @api.model
    def _business_claims(self, business):
        """Cases of cars whose policy is new-car or renewal business."""
        new = Domain("policy_id.underwriting_id.business_type", "=", "new_car")
        return new if business == "new" else ~new

    @api.model
    def _value_sums(self, domain, day_field, group_by, sums):
        """Sums of cases by group, one statement.

        :param sums: aggregates of ``_read_group``
        :return: {group tuple: tuple of sums}
        """
        # sudo: sums of the whole store are open to who may see the figure; the
        # drill-down shows what the user's own rights show
        claims_sudo = self.env["dealer.claim"].sudo()
        names = [
            f"{day_field}:{key}" if key in ("day", "month") else FIELD_OF[key]
            for key in group_by
        ]
        size = len(names)
        return {
            tuple(
                value.id if isinstance(value, models.BaseModel) else value
                for value in row[:size]
            ): tuple(value or 0.0 for value in row[size:])
            for row in claims_sudo._read_group(domain, names, sums)
        }

    @api.model
    def _claim_sums(self, args, day_field, sums):
        companies, date_from, date_to, group_by, filters = args
        self._check_stores(companies)
        domain = self._value_domain(companies, date_from, date_to, day_field, filters)
        return self._value_sums(domain, day_field, tuple(group_by), sums)

    @api.model
    def _open_claims_of(self, companies, date_from, date_to, day_field, filters):
        domain = self._value_domain(companies, date_from, date_to, day_field, filters)
        return self._records_action("dealer.claim", domain, self.env._("Claims"))

    # ------------------------------------------------------- K26 repair to premium
    @api.model
    def _repair_to_premium(self, args, day_field, amount):
        """Money of repairs by insurer ÷ premium written with it in the same period."""
        companies, date_from, date_to, group_by, filters = args
        repairs = self._claim_sums(args, day_field, [f"{amount}:sum"])
        premiums = self._ledger_figures(
            companies, date_from, date_to, tuple(group_by), filters
        )
        return {
            group: (
                repairs.get(group, (0.0,))[0],
                premiums[group].net if group in premiums else 0.0,
            )
            for group in {**repairs, **premiums}
        }

    @api.model
    def _kpi_k26(self, companies, date_from, date_to, group_by=(), filters=None):
        """Repair to premium: settled repairs ÷ premium of the same insurer."""
        args = (companies, date_from, date_to, group_by, filters)
        return self._repair_to_premium(args, "settled_on", "settlement_total")

    @api.model
    def _kpi_k26_action(self, companies, date_from, date_to, part, filters=None):
        if part == "denominator":
            return self._open_ledger(companies, date_from, date_to, filters)
        return self._open_claims_of(
            companies, date_from, date_to, "settled_on", filters
        )

    @api.model
    def _kpi_k26_new(self, companies, date_from, date_to, group_by=(), filters=None):
        """Repair to premium of new-car business."""
        filters = {**(filters or {}), "business": "new"}
        return self._kpi_k26(companies, date_from, date_to, group_by, filters)

    @api.model
    def _kpi_k26_new_action(self, companies, date_from, date_to, part, filters=None):
        filters = {**(filters or {}), "business": "new"}
        return self._kpi_k26_action(companies, date_from, date_to, part, filters)

    @api.model
    def _kpi_k26_resource(
        self, companies, date_from, date_to, group_by=(), filters=None
    ):
        """Resource ratio: money received from the insurer ÷ its premium."""
        args = (companies, date_from, date_to, group_by, filters)
        return self._repair_to_premium(args, "insurer_paid_on", "insurer_received")

    @api.model
    def _kpi_k26_resource_action(
        self, companies, date_from, date_to, part, filters=None
    ):
        if part == "denominator":
            return self._open_ledger(companies, date_from, date_to, filters)
        return self._open_claims_of(
            companies, date_from, date_to, "insurer_paid_on", filters
        )

    # ------------------------------------------------------------------ K27 output
    @api.model
    def _kpi_k27(self, companies, date_from, date_to, group_by=(), filters=None):
        """Output of accident repairs: sum of the settled repair bills."""
        args = (companies, date_from, date_to, group_by, filters)
        found = self._claim_sums(args, "settled_on", ["settlement_total:sum"])
        return {group: (amount, None) for group, (amount,) in found.items()}

    @api.model
    def _kpi_k27_action(self, companies, date_from, date_to, part, filters=None):
        return self._open_claims_of(
            companies, date_from, date_to, "settled_on", filters
        )

    @api.model
    def _kpi_k27_car(self, companies, date_from, date_to, group_by=(), filters=None):
        """Output per car: settled repair bills ÷ distinct cars."""
        args = (companies, date_from, date_to, group_by, filters)
        sums = ["settlement_total:sum", "vehicle_id:count_distinct"]
        return self._claim_sums(args, "settled_on", sums)

    _kpi_k27_car_action = _kpi_k27_action

    # ----------------------------------------------------------- K29 days to close
    @api.model
    def _kpi_k29(self, companies, date_from, date_to, group_by=(), filters=None):
        """Mean days from reception to closing, of the cases closed in the period."""
        args = (companies, date_from, date_to, group_by, filters)
        return self._claim_sums(args, "closed_on", ["closing_days:sum", "__count"])

    @api.model
    def _kpi_k29_action(self, companies, date_from, date_to, part, filters=None):
        return self._open_claims_of(companies, date_from, date_to, "closed_on", filters)

    @api.model
    def _stage_mean(self, args, stage):
        """Mean days of a stage, of the cases closed in the period."""
        name = STAGE_DAYS[stage]
        return self._claim_sums(args, "closed_on", [f"{name}:sum", "__count"])

    @api.model
    def _kpi_k29_assess(self, companies, date_from, date_to, group_by=(), filters=None):
        """Mean days from reception to assessment."""
        args = (companies, date_from, date_to, group_by, filters)
        return self._stage_mean(args, "assess")

    @api.model
    def _kpi_k29_repair(self, companies, date_from, date_to, group_by=(), filters=None):
        """Mean days from assessment to the end of the repair."""
        args = (companies, date_from, date_to, group_by, filters)
        return self._stage_mean(args, "repair")

    @api.model
    def _kpi_k29_papers(self, companies, date_from, date_to, group_by=(), filters=None):
        """Mean days from the end of the repair to the hand-over of the papers."""
        args = (companies, date_from, date_to, group_by, filters)
        return self._stage_mean(args, "papers")

    @api.model
    def _kpi_k29_submit(self, companies, date_from, date_to, group_by=(), filters=None):
        """Mean days from the hand-over of the papers to the submission."""
        args = (companies, date_from, date_to, group_by, filters)
        return self._stage_mean(args, "submit")

    @api.model
    def _kpi_k29_insurer(
        self, companies, date_from, date_to, group_by=(), filters=None
    ):
        """Mean days from the submission to the payment of the insurer."""
        args = (companies, date_from, date_to, group_by, filters)
        return self._stage_mean(args, "insurer")

    @api.model
    def _kpi_k29_close(self, companies, date_from, date_to, group_by=(), filters=None):
        """Mean days from the payment to the closing of the case."""
        args = (companies, date_from, date_to, group_by, filters)
        return self._stage_mean(args, "close")

    _kpi_k29_assess_action = _kpi_k29_action
    _kpi_k29_repair_action = _kpi_k29_action
    _kpi_k29_papers_action = _kpi_k29_action
    _kpi_k29_submit_action = _kpi_k29_action
    _kpi_k29_insurer_action = _kpi_k29_action
    _kpi_k29_close_action = _kpi_k29_action

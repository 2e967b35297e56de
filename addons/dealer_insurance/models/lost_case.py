from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

# In these states a loss counts as registered (K03, S57).
REGISTERED_STATES = ("submitted", "verified", "analysed", "closed")
EDIT_STATES = ("draft", "rejected")
LEADERS = ("uw_leader", "insurance_manager")


class DealerLostCase(models.Model):
    """A customer who does not insure here: why, where, and what was tried (SM-7).

    The state follows from facts, the first that holds:

    ============  ===================================================================
    closed        the car was insured here after all (recovered), or ``closed_at``
    analysed      ``analysed_at``: the analysis of its month was accepted
    verified      ``verified_at``: the leader has checked it
    rejected      ``rejected_at``: the leader has given it back
    submitted     ``submitted_at``
    draft         otherwise
    ============  ===================================================================

    A recovered car whose policy becomes void is a lost case again, as it was before.
    """

    _name = "dealer.lost.case"
    _description = "Lost Case"
    _inherit = [
        "dealer.numbered.mixin",
        "dealer.derived.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "period_date desc, id desc"
    _rec_names_search = ["name", "vehicle_id.vin", "partner_id.name"]
    _check_company_auto = True
    _guard_transitions = ("submit", "verify")
    _protected_fields = (
        "name",
        "is_historical",
        "registered_at",
        "registered_by_id",
        "submitted_at",
        "submitted_by_id",
        "verified_at",
        "verified_by_id",
        "rejected_at",
        "rejected_by_id",
        "reject_reason",
        "analysed_at",
        "review_id",
        "closed_at",
        "closed_by_id",
    )

    name = fields.Char(
        string="Number", default="/", required=True, readonly=True, copy=False
    )
    company_id = fields.Many2one(
        "res.company",
        string="Store",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    kind = fields.Selection(
        [("new_car", "New Car")], required=True, default="new_car", index=True
    )
    is_historical = fields.Boolean(
        readonly=True,
        copy=False,
        help="Taken over from a list of the time before; when it was registered is "
        "not known, so its timeliness is not judged.",
    )

    # who and what
    delivery_id = fields.Many2one(
        "dealer.delivery",
        check_company=True,
        copy=False,
        tracking=True,
        index="btree_not_null",
    )
    quote_id = fields.Many2one(
        "dealer.quote", check_company=True, copy=False, index="btree_not_null"
    )
    vehicle_id = fields.Many2one(
        "dealer.vehicle",
        compute="_compute_from_delivery",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        index=True,
        check_company=True,
    )
    vin = fields.Char(related="vehicle_id.vin", store=True, index="trigram")
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        compute="_compute_from_delivery",
        store=True,
        readonly=False,
        precompute=True,
        index=True,
    )
    consultant_id = fields.Many2one(
        "dealer.staff",
        compute="_compute_from_delivery",
        store=True,
        readonly=False,
        precompute=True,
        index=True,
        check_company=True,
        tracking=True,
    )
    team_id = fields.Many2one(
        "dealer.team",
        compute="_compute_from_delivery",
        store=True,
        precompute=True,
        readonly=False,
        index=True,
        check_company=True,
    )
    delivery_date = fields.Date(related="delivery_id.delivery_date", store=True)
    period_date = fields.Date(
        string="Counts In",
        compute="_compute_period_date",
        store=True,
        index=True,
        help="Day of delivery; before it, the day on which the customer was lost. "
        "Analyses count by its month (K03).",
    )
    lost_at = fields.Datetime(
        string="Lost On",
        default=fields.Datetime.now,
        help="When the customer said that he insures elsewhere.",
    )

    # why and where
    reason_id = fields.Many2one(
        "dealer.reason.code",
        index="btree_not_null",
        domain="[('category', '=', 'new_car_lost' if kind == 'new_car' else "
        "'renewal_lost')]",
        tracking=True,
    )
    reason_text = fields.Char(
        string="Reason in Words", tracking=True, help="What the customer said."
    )
    competitor_channel = fields.Selection(
        [
            ("insurer_direct", "Insurer Directly"),
            ("tele_online", "Telephone or Online"),
            ("other_dealer", "Other Dealer"),
            ("repair_shop", "Repair Shop"),
            ("agent", "Individual Agent"),
            ("bank", "Bank or Finance Company"),
            ("relative", "Relative or Friend"),
            ("uninsured", "Not Insured"),
        ],
        index=True,
        tracking=True,
    )
    competitor_insurer_id = fields.Many2one(
        "res.partner",
        domain=[("is_insurer", "=", True)],
        index="btree_not_null",
    )
    competitor_premium = fields.Monetary(string="Competitor's Premium")
    our_premium = fields.Monetary()
    premium_gap = fields.Monetary(
        string="Dearer By",
        compute="_compute_premium_gap",
        store=True,
        aggregator="avg",
        help="Our premium less the competitor's; only when both are known.",
    )

    # what was tried
    recovery_measures = fields.Text(help="What was tried to win the customer back.")
    leader_informed_at = fields.Datetime(
        string="Leader Informed",
        copy=False,
        tracking=True,
        help="When the leader heard of it; a deal assist counts. Corrected by the "
        "leader only.",
    )
    leader_decision = fields.Text(help="What the leader thinks of the case.")
    recoverable = fields.Boolean(help="The customer may still be won back.")
    returns_next_year = fields.Date(
        string="Call Again On", help="When the customer's policy elsewhere is due."
    )

    # compliance of the registration (§3.6)
    registered_at = fields.Datetime(
        readonly=True, copy=False, tracking=True, help="When it was first submitted."
    )
    registered_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    registered_within_hours = fields.Boolean(
        string="Registered in Time",
        compute="_compute_compliance",
        store=True,
        help="Within the hours after the day of delivery that the store has set.",
    )
    reason_complete = fields.Boolean(compute="_compute_compliance", store=True)
    leader_informed_before_delivery = fields.Boolean(
        string="Leader Informed before Delivery",
        compute="_compute_compliance",
        store=True,
    )
    is_compliant = fields.Boolean(compute="_compute_compliance", store=True)
    broken_rules = fields.Char(string="Rules Broken", compute="_compute_broken_rules")

    # course
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("submitted", "Submitted"),
            ("verified", "Verified"),
            ("analysed", "Analysed"),
            ("closed", "Closed"),
            ("rejected", "Rejected"),
        ],
        compute="_compute_state",
        store=True,
        index=True,
        tracking=True,
    )
    is_recovered = fields.Boolean(
        string="Recovered",
        compute="_compute_state",
        store=True,
        tracking=True,
        help="The car was insured here after all.",
    )
    is_registered = fields.Boolean(
        string="Registered", compute="_compute_state", store=True
    )
    submitted_at = fields.Datetime(readonly=True, copy=False)
    submitted_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    verified_at = fields.Datetime(readonly=True, copy=False)
    verified_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    rejected_at = fields.Datetime(readonly=True, copy=False)
    rejected_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    reject_reason = fields.Text(readonly=True, copy=False, tracking=True)
    analysed_at = fields.Datetime(readonly=True, copy=False)
    review_id = fields.Many2one(
        "dealer.review", string="Analysis", readonly=True, copy=False, index=True
    )
    closed_at = fields.Datetime(readonly=True, copy=False)
    closed_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    deal_assisted = fields.Boolean(
        compute="_compute_deal_assisted", help="The leader helped with the customer."
    )

    _delivery_uniq = models.UniqueIndex(
        "(delivery_id) WHERE delivery_id IS NOT NULL",
        "The loss of this delivery is registered already.",
    )
    _premium_positive = models.Constraint(
        "CHECK (competitor_premium >= 0 AND our_premium >= 0)",
        "Premiums cannot be negative.",
    )
    # The monthly analysis reads the cases of a month within a store.
    _company_period_idx = models.Index("(company_id, period_date)")

    # -------------------------------------------------------------- Computes
    @api.depends("delivery_id", "quote_id")
    def _compute_from_delivery(self):
        """What the delivery, or before it the quote, knows of the case."""
        for case in self:
            delivery, quote = case.delivery_id, case.quote_id
            case.vehicle_id = case.vehicle_id or delivery.vehicle_id or quote.vehicle_id
            case.partner_id = (
                case.partner_id or delivery.partner_id or quote.applicant_id
            )
            case.consultant_id = (
                case.consultant_id or delivery.consultant_id or quote.consultant_id
            )
            case.team_id = (
                case.team_id or delivery.team_id or case.consultant_id.team_id
            )

    @api.depends("delivery_id.delivery_date", "lost_at", "company_id")
    def _compute_period_date(self):
        for case in self:
            case.period_date = case.delivery_id.delivery_date or (
                case.lost_at and case.company_id._dealer_local_day(case.lost_at)
            )

    @api.depends("our_premium", "competitor_premium")
    def _compute_premium_gap(self):
        for case in self:
            currency = case.company_id.currency_id
            known = not (
                currency.is_zero(case.our_premium)
                or currency.is_zero(case.competitor_premium)
            )
            case.premium_gap = known and case.our_premium - case.competitor_premium

    @api.depends(
        "kind",
        "is_historical",
        "registered_at",
        "reason_id.needs_text",
        "reason_text",
        "leader_informed_at",
        "delivery_id.delivery_date",
        "company_id.dealer_lost_register_hours",
        "company_id.dealer_lost_inform_leader",
    )
    def _compute_compliance(self):
        """Facts of §3.6; before delivery, and for history, nothing is late."""
        for case in self:
            company, day = case.company_id, case.delivery_id.delivery_date
            end = day and company._dealer_day_end(day)
            hours = timedelta(hours=company.dealer_lost_register_hours)
            case.registered_within_hours = bool(
                case.is_historical
                or (
                    case.registered_at
                    and (not end or case.registered_at <= end + hours)
                )
            )
            case.reason_complete = bool(
                case.reason_id
                and ((case.reason_text or "").strip() or not case.reason_id.needs_text)
            )
            case.leader_informed_before_delivery = bool(
                case.leader_informed_at and (not end or case.leader_informed_at <= end)
            )
            case.is_compliant = not case._broken_rules()

    def _broken_rules(self):
        """Rules of the registration that the case breaks: list of codes."""
        self.ensure_one()
        if self.kind != "new_car" or self.is_historical:
            return []
        rules = []
        if self.registered_at and not self.registered_within_hours:
            rules.append("late")
        if self.registered_at and not self.reason_complete:
            rules.append("reason")
        if (
            self.company_id.dealer_lost_inform_leader
            and not self.leader_informed_before_delivery
        ):
            rules.append("leader")
        return rules

    @api.depends("is_compliant", "registered_at", "reason_complete")
    @api.depends_context("lang")
    def _compute_broken_rules(self):
        labels = self.env["dealer.delivery"]._lost_rule_labels()
        for case in self:
            case.broken_rules = self.env._(", ").join(
                labels[code] for code in case._broken_rules()
            )

    @api.depends(
        "delivery_id.is_insured_here",
        "submitted_at",
        "verified_at",
        "rejected_at",
        "analysed_at",
        "closed_at",
    )
    def _compute_state(self):
        for case in self:
            recovered = case.kind == "new_car" and case.delivery_id.is_insured_here
            if recovered or case.closed_at:
                state = "closed"
            elif case.analysed_at:
                state = "analysed"
            elif case.verified_at:
                state = "verified"
            elif case.rejected_at:
                state = "rejected"
            else:
                state = "submitted" if case.submitted_at else "draft"
            case.state = state
            case.is_recovered = recovered
            case.is_registered = state in REGISTERED_STATES

    @api.depends("delivery_id", "quote_id", "vehicle_id")
    def _compute_deal_assisted(self):
        assists = self._deal_assists()
        for case in self:
            case.deal_assisted = bool(assists.get(case))

    def _has_deal_assist(self):
        """Whether the leader helped with the customer (S55, S56)."""
        self.ensure_one()
        return bool(self._deal_assists().get(self))

    def _deal_assists(self):
        """Deal assists of the cases, where the store keeps them.

        :return: dict case -> ``dealer.deal.assist`` records
        """
        if "dealer.deal.assist" not in self.env:
            return {}
        return self._sudo_deal_assists()

    def _sudo_deal_assists(self):
        # sudo: that there was an assist is a fact of the case, whoever reads it
        links = ("delivery_id", "quote_id", "vehicle_id")
        assists_sudo = (
            self.env["dealer.deal.assist"]
            .sudo()
            .search(
                Domain("state", "not in", ("declined", "cancelled"))
                & Domain.OR(Domain(name, "in", self[name].ids) for name in links)
            )
        )
        return {
            case: assists_sudo.filtered(
                lambda assist, case=case: any(
                    case[name] and assist[name] == case[name] for name in links
                )
            )
            for case in self
        }

    @api.depends("name", "partner_id", "vehicle_id")
    def _compute_display_name(self):
        for case in self:
            who = case.partner_id.name or case.vehicle_id.vin or ""
            case.display_name = f"{case.name} {who}".strip()

    # ------------------------------------------------------------------ CRUD
    def write(self, vals):
        if not self.env.su:
            if vals.keys() & self._leader_fields():
                self._check_leader()
            if vals.keys() & self._content_fields():
                self._check_content_open()
        return super().write(vals)

    @api.model
    def _leader_fields(self):
        """Fields that belong to the leader."""
        return {
            "leader_decision",
            "leader_informed_at",
            "recoverable",
            "returns_next_year",
        }

    @api.model
    def _content_fields(self):
        """Fields of the consultant, which stand once the case is submitted."""
        return {
            "kind",
            "company_id",
            "delivery_id",
            "quote_id",
            "vehicle_id",
            "partner_id",
            "consultant_id",
            "team_id",
            "lost_at",
            "reason_id",
            "reason_text",
            "competitor_channel",
            "competitor_insurer_id",
            "competitor_premium",
            "our_premium",
        }

    def _check_leader(self):
        if not self.env.user.has_groups(
            ",".join(f"dealer_base.group_{post}" for post in LEADERS)
        ):
            raise AccessError(
                self.env._("The leader's part of a lost case belongs to the leader.")
            )

    def _check_content_open(self):
        fixed = self.filtered(lambda case: case.state not in EDIT_STATES)
        if fixed:
            raise UserError(
                self.env._(
                    "%(names)s: submitted, so its facts stand. Ask the leader to "
                    "reject it, then correct it.",
                    names=", ".join(fixed.mapped("name")),
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_registered(self):
        if any(case.registered_at or case.is_historical for case in self):
            raise UserError(
                self.env._("Only lost cases that were never submitted are deleted.")
            )

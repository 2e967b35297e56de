from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from ..const import (
    ACCIDENT_TYPES,
    CLAIM_KINDS,
    CLAIM_TYPES,
    LIABILITIES,
    SETTLEMENT_MODES,
    SOURCES,
)

KIND_OF_ACCIDENT = {"injury": "injury", "theft": "theft"}
TYPE_OF_ACCIDENT = {
    "single": "claim_single",
    "two": "claim_two",
    "multi": "claim_two",
    "injury": "claim_injury",
    "theft": "claim_theft",
    "glass": "claim_glass",
    "flood": "claim_flood_fire",
    "fire": "claim_flood_fire",
}
TYPE_OF_KIND = {
    "total_loss": "claim_total_loss",
    "theft": "claim_theft",
    "injury": "claim_injury",
    "subrogation": "claim_subrogation",
}


class DealerClaim(models.Model):
    """The case of a car that had an accident, from the reception to the closing check.

    What a claim needs depends on its kind:

    ============  =======  ======  ==========  ========================================
    kind          repair   gate    file        what it means
    ============  =======  ======  ==========  ========================================
    normal        yes      yes     yes         repaired here, the insurer pays
    subrogation   yes      yes     yes         our insurer pays in full and recovers
    injury        lines    yes     yes         repaired when it has lines of repair
    total_loss    no       yes     yes         assessed → costs locked → leaves
    theft         no       no      yes         there is no car; costs locked → file
    self_pay      yes      yes     no          no insurer; released → closing check
    ============  =======  ======  ==========  ========================================

    States: see :meth:`_compute_state` (claim_state.py). Transitions and their guards:
    claim_flow.py, claim_guards.py.
    """

    _name = "dealer.claim"
    _description = "Claim"
    _inherit = [
        "dealer.numbered.mixin",
        "dealer.derived.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "id desc"
    _rec_names_search = ["name", "report_no", "vehicle_id.plate", "vehicle_id.vin"]
    _check_company_auto = True
    _guard_transitions = (
        "start_assessment",
        "confirm_assessment",
        "start_repair",
        "finish_repair",
        "lock_costs",
        "release",
    )
    # Other files of the claim add the facts that their buttons set.
    _protected_fields = (
        "name",
        "is_historical",
        "assessing_at",
        "assessed_at",
        "repair_started_at",
        "repaired_at",
        "costs_locked_at",
        "costs_locked_by_id",
        "expected_insurer_payment",
        "released_at",
        "released_by_id",
        "released_with_iou",
        "left_at",
        "left_by_id",
        "voided_at",
        "voided_by_id",
        "void_reason",
        # documents, submission, money, closing: set by their own buttons
        "handed_over_at",
        "audited_at",
        "submitted_on",
        "insurer_received_on",
        "adjusted_on",
        "approved_on",
        "is_returned",
        "rejected_on",
        "payment_due_on",
        "self_paid_received",
        "self_paid_open",
        "cashier_confirmed_at",
        "insurer_received",
        "insurer_open",
        "insurer_paid_on",
        "reconciled_at",
        "refund_due",
        "closing_check_at",
        "closed_at",
    )

    name = fields.Char(
        string="Claim No.", readonly=True, copy=False, default="/", index="trigram"
    )
    company_id = fields.Many2one(
        "res.company",
        string="Store",
        required=True,
        index=True,
        readonly=True,
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    is_historical = fields.Boolean(
        readonly=True, copy=False, help="Taken over from a list of the time before."
    )

    # where it comes from
    source = fields.Selection(SOURCES, required=True, default="walk_in", tracking=True)
    call_id = fields.Many2one(
        "dealer.accident.call",
        string="Accident Call",
        index=True,
        check_company=True,
        tracking=True,
    )
    survey_id = fields.Many2one("dealer.survey", index=True, check_company=True)
    received_at = fields.Datetime(
        string="Received On", default=fields.Datetime.now, index=True
    )
    receptionist_id = fields.Many2one(
        "dealer.staff",
        check_company=True,
        index=True,
        tracking=True,
        default=lambda self: self.env.user._dealer_staff(),
    )
    submitter_id = fields.Many2one("dealer.staff", check_company=True, index=True)

    # car and people
    vehicle_id = fields.Many2one(
        "dealer.vehicle", required=True, index=True, check_company=True, tracking=True
    )
    plate = fields.Char(related="vehicle_id.plate", store=True, index="trigram")
    vin = fields.Char(
        related="vehicle_id.vin", string="VIN", store=True, index="trigram"
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        index=True,
        compute="_compute_partner_id",
        store=True,
        readonly=False,
        precompute=True,
        tracking=True,
        help="Who pays his own part: the insured, as a rule the owner of the car.",
    )

    # accident
    report_no = fields.Char(
        string="Report No.",
        index="btree_not_null",
        tracking=True,
        copy=False,
        help="Number under which the insurer has registered the accident.",
    )
    no_report_reason = fields.Char(string="Why No Report No.")
    accident_at = fields.Datetime(string="Accident On", tracking=True)
    accident_place = fields.Char(string="Place of Accident")
    accident_type = fields.Selection(ACCIDENT_TYPES, tracking=True)
    accident_text = fields.Text(string="What Happened")
    liability = fields.Selection(LIABILITIES, default="100", tracking=True)
    claim_kind = fields.Selection(
        CLAIM_KINDS,
        compute="_compute_claim_kind",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        index=True,
        tracking=True,
    )
    claim_type = fields.Selection(
        CLAIM_TYPES,
        string="Document Checklist",
        compute="_compute_claim_type",
        store=True,
        readonly=False,
        precompute=True,
        tracking=True,
    )
    settlement_mode = fields.Selection(
        SETTLEMENT_MODES,
        string="Settlement",
        compute="_compute_settlement_mode",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        tracking=True,
    )

    # insurer and policies
    insurer_id = fields.Many2one(
        "res.partner",
        domain=[("is_insurer", "=", True)],
        compute="_compute_policies",
        store=True,
        readonly=False,
        precompute=True,
        index=True,
        tracking=True,
    )
    policy_id = fields.Many2one(
        "dealer.policy",
        string="Commercial Policy",
        domain="[('vehicle_id', '=', vehicle_id), ('product', '=', 'commercial')]",
        compute="_compute_policies",
        store=True,
        readonly=False,
        precompute=True,
        index=True,
        check_company=True,
        tracking=True,
    )
    ctpl_policy_id = fields.Many2one(
        "dealer.policy",
        string="Compulsory Policy",
        domain="[('vehicle_id', '=', vehicle_id), ('product', '=', 'ctpl')]",
        compute="_compute_policies",
        store=True,
        readonly=False,
        precompute=True,
        index="btree_not_null",
        check_company=True,
    )
    other_policy_no = fields.Char(
        string="Policy Bought Elsewhere",
        help="Number of the policy when the car is not insured through this store.",
    )
    other_policy_start = fields.Date(string="Cover Elsewhere From")
    other_policy_end = fields.Date(string="Cover Elsewhere Until")
    policy_check = fields.Char(
        string="Cover on the Day", compute="_compute_policy_check"
    )
    is_policy_valid = fields.Boolean(compute="_compute_policy_check")
    cost_ids = fields.One2many("dealer.claim.cost", "claim_id", string="Cost Lines")
    supplement_ids = fields.One2many(
        "dealer.claim.supplement", "claim_id", string="Supplementary Assessments"
    )

    _report_no_uniq = models.UniqueIndex(
        "(company_id, insurer_id, report_no, vehicle_id) "
        "WHERE report_no IS NOT NULL AND voided_at IS NULL",
        "This car has a claim with this report number already.",
    )
    _received_idx = models.Index("(company_id, received_at)")
    _state_idx = models.Index("(company_id, state)")

    # -------------------------------------------------------------- Computes
    @api.depends("name", "vehicle_id.name")
    def _compute_display_name(self):
        for claim in self:
            claim.display_name = f"{claim.name} {claim.vehicle_id.name or ''}".strip()

    @api.depends("vehicle_id")
    def _compute_partner_id(self):
        for claim in self:
            claim.partner_id = claim.partner_id or claim.vehicle_id.owner_id

    @api.depends("accident_type")
    def _compute_claim_kind(self):
        for claim in self:
            kind = KIND_OF_ACCIDENT.get(claim.accident_type)
            claim.claim_kind = kind or claim.claim_kind or "normal"

    @api.depends("accident_type", "claim_kind")
    def _compute_claim_type(self):
        for claim in self:
            if claim.claim_kind == "self_pay":
                claim.claim_type = False
            else:
                claim.claim_type = (
                    TYPE_OF_KIND.get(claim.claim_kind)
                    or TYPE_OF_ACCIDENT.get(claim.accident_type)
                    or claim.claim_type
                    or "claim_single"
                )

    @api.depends("claim_kind")
    def _compute_settlement_mode(self):
        for claim in self:
            if claim.claim_kind == "self_pay":
                claim.settlement_mode = "self_pay"
            elif claim.settlement_mode in (False, "self_pay"):
                claim.settlement_mode = "direct"

    @api.depends("vehicle_id", "accident_at", "claim_kind")
    def _compute_policies(self):
        """Both policies of the car on the day of the accident, and their insurer.

        What was chosen by hand stays while it belongs to the car.
        """
        open_claims = self.filtered(lambda claim: not claim.is_historical)
        found = open_claims._policies_on_day()
        for claim in self:
            policies = found.get(claim, self.env["dealer.policy"])
            for name, product in (
                ("policy_id", "commercial"),
                ("ctpl_policy_id", "ctpl"),
            ):
                kept = claim[name]
                if kept and kept.vehicle_id != claim.vehicle_id:
                    kept = kept.browse()
                claim[name] = (
                    policies.filtered(lambda p, product=product: p.product == product)[
                        :1
                    ]
                    or kept
                )
            if claim.claim_kind == "self_pay":
                claim.insurer_id = False
            else:
                # ``or`` keeps the insurer of a policy that was bought elsewhere
                claim.insurer_id = (
                    claim.policy_id.insurer_id
                    or claim.ctpl_policy_id.insurer_id
                    or claim.insurer_id
                )

    def _policies_on_day(self):
        """Policies that cover the car at the moment of the accident, one query.

        :return: dict claim -> ``dealer.policy``, the latest first
        """
        claims = self.filtered("vehicle_id")
        if not claims:
            return {}
        policies = self.env["dealer.policy"].search(
            Domain("vehicle_id", "in", claims.vehicle_id.ids)
            & Domain("product", "in", ("commercial", "ctpl"))
            & Domain("state", "in", ("issued", "cancelled"))
            & Domain("date_start", "!=", False),
            order="date_start desc, id desc",
        )
        by_car = policies.grouped("vehicle_id")
        nothing = policies.browse()
        return {
            claim: by_car.get(claim.vehicle_id._origin, nothing).filtered(
                lambda policy, claim=claim: policy._covers(
                    claim.accident_at or claim.received_at or fields.Datetime.now()
                )
            )
            for claim in claims
        }

    @api.depends(
        "claim_kind",
        "accident_at",
        "policy_id.date_start",
        "policy_id.cover_end",
        "policy_id.state",
        "ctpl_policy_id.date_start",
        "ctpl_policy_id.cover_end",
        "ctpl_policy_id.state",
        "other_policy_no",
        "other_policy_start",
        "other_policy_end",
    )
    @api.depends_context("lang")
    def _compute_policy_check(self):
        for claim in self:
            problem = claim._policy_problem()
            claim.is_policy_valid = not problem
            claim.policy_check = problem or (
                claim.claim_kind != "self_pay"
                and self.env._("Covered on the day of the accident.")
            )

    def _policy_problem(self):
        """Why no policy covers the accident; empty when one does (SM-10 row 1)."""
        self.ensure_one()
        if self.claim_kind == "self_pay":
            return ""
        if not self.accident_at:
            return self.env._("the time of the accident is missing")
        policies = self.policy_id | self.ctpl_policy_id
        if policies:
            if any(policy._covers(self.accident_at) for policy in policies):
                return ""
            return self.env._(
                "the accident of %(day)s lies outside the cover of %(numbers)s",
                day=self.company_id._dealer_local_day(self.accident_at),
                numbers=", ".join(
                    policy.policy_no or policy.underwriting_id.name
                    for policy in policies
                ),
            )
        if not self.other_policy_no:
            return self.env._("no policy of the car is known")
        day = self.company_id._dealer_local_day(self.accident_at)
        start, end = self.other_policy_start, self.other_policy_end
        if not start or not end:
            return self.env._("the period of the policy bought elsewhere is missing")
        if not start <= day <= end:
            return self.env._(
                "the accident of %(day)s lies outside the cover of %(numbers)s",
                day=day,
                numbers=self.other_policy_no,
            )
        return ""

    @api.constrains("claim_kind", "settlement_mode")
    def _check_settlement_mode(self):
        """Without an insurer the customer pays himself, and only then."""
        for claim in self.filtered(lambda claim: not claim.is_historical):
            if (claim.claim_kind == "self_pay") != (
                claim.settlement_mode == "self_pay"
            ):
                raise ValidationError(
                    self.env._(
                        "%(name)s: kind “%(kind)s” does not go with settlement "
                        "“%(mode)s”. Who pays himself has a self-pay claim.",
                        name=claim.name,
                        kind=claim._label("claim_kind"),
                        mode=claim._label("settlement_mode"),
                    )
                )

    def _label(self, name):
        """Translated value of a selection of one claim."""
        values = dict(self._fields[name]._description_selection(self.env))
        return values.get(self[name], "")

    # ------------------------------------------------------------------ CRUD
    @api.model_create_multi
    def create(self, vals_list):
        claims = super().create(vals_list)
        fresh = claims.filtered(lambda claim: not claim.is_historical)
        fresh._sudo_seen_in_store()
        return claims

    def write(self, vals):
        if not self.env.su and vals.keys() & self._content_fields():
            self._check_content_open()
        return super().write(vals)

    @api.model
    def _content_fields(self):
        """Facts of reception and costs, which stand when the costs are locked."""
        return {
            "company_id",
            "vehicle_id",
            "partner_id",
            "insurer_id",
            "policy_id",
            "ctpl_policy_id",
            "claim_kind",
            "claim_type",
            "settlement_mode",
            "liability",
            "accident_at",
            "cost_ids",
            *self._split_inputs(),
            *self._split_parts(),
        }

    def _check_content_open(self):
        """Refuse changes of what customer and insurer were told.

        :raises UserError: with who may open it again
        """
        fixed = self.filtered(lambda claim: claim.costs_locked_at or claim.voided_at)
        if fixed:
            raise UserError(
                self.env._(
                    "%(names)s: the costs are locked. Ask the insurance manager to "
                    "unlock them.",
                    names=", ".join(fixed.mapped("name")),
                )
            )

    def _protected_hint(self, field_name):
        return self.env._("Use the buttons of the claim.")

    # ----------------------------------------------------------------- Hooks
    def _create_payer_invoices(self):
        """Hook: invoices to the payers, made when the costs are locked (E7)."""

    def _cancel_payer_invoices(self):
        """Hook: take the invoices back when the costs are unlocked."""


class DealerPolicy(models.Model):
    _inherit = "dealer.policy"

    def _covers(self, moment):
        """Whether the policy covers a moment: [start, real end of cover).

        :param moment: naive UTC datetime
        """
        self.ensure_one()
        if self.state not in ("issued", "cancelled") or not self.date_start:
            return False
        end = self.cover_end or self.date_end
        return self.date_start <= moment and (not end or moment < end)

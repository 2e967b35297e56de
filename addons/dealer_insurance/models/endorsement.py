from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.dealer_base.models.guard_mixin import _DOOR_KEY, PROTECTED_DOOR
from odoo.addons.dealer_base.models.res_partner import ID_TYPE_SELECTION
from odoo.addons.dealer_base.models.vehicle import USE_NATURE_SELECTION
from odoo.addons.dealer_base.tools.identity import normalise_plate

from ..const import FEE_GROUPS
from .policy import claim_attachments, normalise_number

CHANGE_TYPES = [
    ("transfer", "Transfer of Ownership"),
    ("plate", "Plate"),
    ("use_nature", "Use of the Car"),
    ("cover", "Covers and Sums Insured"),
    ("person", "Correction of Personal Data"),
    ("period", "Period of Cover"),
    ("other", "Other"),
]
CANCEL_KINDS = [
    ("applicant", "Applicant Cancels"),
    ("legal", "Legal Reason"),
    ("duplicate", "Insured Twice"),
    ("total_loss", "Total Loss Was Paid"),
]
# What the insurer was asked to change; later a new endorsement.
SUBMITTED_FIELDS = frozenset(
    {
        "policy_id",
        "kind",
        "change_type",
        "cancel_kind",
        "premium",
        "reason_id",
        "lost_cover_id",
        "difference_note",
        "new_owner_id",
        "new_insured_id",
        "new_applicant_id",
        "new_plate",
        "new_use_nature",
        "person_id",
        "new_name",
        "new_phone",
        "new_id_type",
        "new_id_number",
        "new_date_start",
        "new_date_end",
        "payee_id",
        "payee_relation",
    }
)


class DealerEndorsement(models.Model):
    """A change or cancellation of a policy; it has its own row in the ledger.

    draft → submitted → approved by the insurer (now it has a ledger row, which is
    paid, signed and numbered like any other) → effective, when that row is issued;
    or rejected (SM-5). What it will do stands on the form before anybody confirms
    (``endorsement_ripple.py``); what it did is undone when its row becomes void.
    """

    _name = "dealer.endorsement"
    _description = "Policy Endorsement"
    _inherit = ["dealer.derived.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _check_company_auto = True
    _protected_fields = (
        "state",
        "underwriting_id",
        "expected_fee",
        "originals_returned_at",
        "originals_returned_by_id",
    )
    _guard_transitions = ("submit",)

    name = fields.Char(
        string="Endorsement No.", copy=False, index="trigram", tracking=True
    )
    policy_id = fields.Many2one(
        "dealer.policy", required=True, index=True, check_company=True
    )
    underwriting_id = fields.Many2one(
        "dealer.underwriting",
        string="Ledger Entry",
        readonly=True,
        copy=False,
        index="btree_not_null",
        check_company=True,
    )
    channel = fields.Selection(related="underwriting_id.channel")
    entry_state = fields.Selection(
        related="underwriting_id.state", string="State of the Ledger Entry"
    )
    origin_id = fields.Many2one(
        related="policy_id.underwriting_id", string="Original Entry"
    )
    company_id = fields.Many2one(
        related="policy_id.company_id", store=True, index=True, precompute=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    insurer_id = fields.Many2one(related="policy_id.insurer_id", store=True)
    vehicle_id = fields.Many2one(related="policy_id.vehicle_id")
    product = fields.Selection(related="policy_id.product", store=True, precompute=True)
    kind = fields.Selection(
        [("change", "Change"), ("cancel", "Cancellation")],
        required=True,
        default="change",
        tracking=True,
    )
    change_type = fields.Selection(
        CHANGE_TYPES, string="What Changes", default="other", tracking=True
    )
    cancel_kind = fields.Selection(
        CANCEL_KINDS,
        string="Why Cancelled",
        compute="_compute_cancel_kind",
        store=True,
        readonly=False,
        precompute=True,
        tracking=True,
    )
    premium = fields.Monetary(
        string="Insurer's Figure",
        help="Extra premium, or the refund as a negative amount.",
        tracking=True,
    )
    expected_fee = fields.Monetary(
        readonly=True,
        copy=False,
        groups=FEE_GROUPS,
        help="Agency fee on the premium at the rate of the original policy; what is "
        "clawed back is negative.",
    )
    reason_id = fields.Many2one("dealer.reason.code")
    description = fields.Text()
    proof_ids = fields.Many2many("ir.attachment")
    effective_date = fields.Date(
        compute="_compute_effective_date",
        store=True,
        readonly=False,
        precompute=True,
        tracking=True,
        help="The change counts from 00:00 of this day; a cancelled policy covers "
        "nothing from then on.",
    )
    lost_cover_id = fields.Many2one(
        "dealer.cover",
        help="Cover that paid the total loss. Empty: the whole policy.",
    )

    # what changes
    line_ids = fields.One2many("dealer.endorsement.line", "endorsement_id", copy=True)
    new_owner_id = fields.Many2one("res.partner")
    new_insured_id = fields.Many2one(
        "res.partner",
        compute="_compute_new_people",
        store=True,
        readonly=False,
        precompute=True,
    )
    new_applicant_id = fields.Many2one(
        "res.partner",
        compute="_compute_new_people",
        store=True,
        readonly=False,
        precompute=True,
    )
    new_plate = fields.Char()
    new_use_nature = fields.Selection(USE_NATURE_SELECTION, string="New Use of the Car")
    person_id = fields.Many2one("res.partner", string="Whose Data")
    new_name = fields.Char()
    new_phone = fields.Char()
    new_id_type = fields.Selection(ID_TYPE_SELECTION, string="New Identity Document")
    new_id_number = fields.Char(
        string="New Identity Number", groups="dealer_base.group_dealer_pii"
    )
    new_date_start = fields.Datetime(string="New Start of Cover")
    new_date_end = fields.Datetime(string="New End of Cover")
    restore_vals = fields.Json(
        copy=False, groups=fields.NO_ACCESS, help="What stood there before."
    )

    # papers in the customer's hands
    originals_returned_at = fields.Datetime(readonly=True, copy=False, tracking=True)
    originals_returned_by_id = fields.Many2one("res.users", readonly=True, copy=False)

    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("submitted", "Submitted"),
            ("approved", "Approved by Insurer"),
            ("effective", "Effective"),
            ("rejected", "Rejected"),
        ],
        required=True,
        readonly=True,
        default="draft",
        index=True,
        tracking=True,
    )

    _insurer_name_uniq = models.UniqueIndex(
        "(insurer_id, name) WHERE name IS NOT NULL",
        "This endorsement number is already registered for the insurer.",
    )

    @api.depends("name", "policy_id.policy_no")
    def _compute_display_name(self):
        for endorsement in self:
            endorsement.display_name = (
                endorsement.name or endorsement.policy_id.policy_no or self.env._("New")
            )

    @api.depends("kind", "policy_id.product")
    def _compute_cancel_kind(self):
        """The law knows few reasons for compulsory cover; else the customer's will."""
        for endorsement in self:
            if endorsement.kind != "cancel":
                endorsement.cancel_kind = False
            elif endorsement.policy_id.product == "ctpl":
                endorsement.cancel_kind = endorsement.cancel_kind or "legal"
            else:
                endorsement.cancel_kind = endorsement.cancel_kind or "applicant"

    @api.depends("policy_id", "kind")
    def _compute_effective_date(self):
        """Today; a change of a policy that has not started counts from its start."""
        for endorsement in self:
            policy = endorsement.policy_id
            day = endorsement.effective_date or policy.underwriting_id._store_date()
            if endorsement.kind == "change" and policy.date_start:
                start, _end = policy._cover_days()
                day = max(day, start)
            endorsement.effective_date = day

    @api.depends("new_owner_id")
    def _compute_new_people(self):
        """The new owner usually insures the car for himself."""
        for endorsement in self:
            owner = endorsement.new_owner_id
            endorsement.new_insured_id = endorsement.new_insured_id or owner
            endorsement.new_applicant_id = endorsement.new_applicant_id or owner

    # -- CRUD -------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        endorsements = super().create([self._normalise_vals(v) for v in vals_list])
        claim_attachments(endorsements, "proof_ids")
        claim_attachments(endorsements, "payee_proof_ids")
        return endorsements

    def write(self, vals):
        vals = self._normalise_vals(vals)
        through_door = self.env.context.get(_DOOR_KEY) is PROTECTED_DOOR
        if not through_door:
            if {"name", "effective_date", "proof_ids"} & vals.keys():
                self.underwriting_id._check_printed()
            if SUBMITTED_FIELDS & vals.keys():
                self._check_draft()
            if "effective_date" in vals:
                self._check_not_effective()
        result = super().write(vals)
        for name in ("proof_ids", "payee_proof_ids"):
            if name in vals:
                claim_attachments(self, name)
        return result

    def _check_draft(self):
        """Refuse to change what was submitted to the insurer."""
        if any(endorsement.state != "draft" for endorsement in self):
            raise UserError(
                self.env._(
                    "The endorsement was submitted; reject it and enter a new one."
                )
            )

    def _check_not_effective(self):
        """What is in force counts from its day; only its void takes it back."""
        if any(endorsement.state == "effective" for endorsement in self):
            raise UserError(
                self.env._(
                    "The endorsement is in force; its day is fixed. An insurance "
                    "manager can void its ledger entry."
                )
            )

    def _normalise_vals(self, vals):
        vals = dict(vals)
        if "name" in vals:
            vals["name"] = normalise_number(vals["name"])
        if vals.get("new_plate"):
            vals["new_plate"] = normalise_plate(vals["new_plate"])
        return vals

    # -- transitions ------------------------------------------------------------

    def _guard_shown(self, transition):
        return self.filtered(lambda e: e.state == "draft")

    def _begin(self, *states):
        self.policy_id.underwriting_id._check_post("propose")
        self.check_access("write")
        if any(e.state not in states for e in self):
            raise UserError(self.env._("The endorsement is not at this step."))

    def action_take_formula(self):
        """Take the figure of the formula as the insurer's."""
        self._begin("draft")
        for endorsement in self:
            if endorsement.has_formula:
                endorsement.premium = endorsement.formula_premium
        return True

    def action_submit(self):
        """Send the request to the insurer."""
        self._begin("draft")
        self._check_guards("submit")
        self._write_protected({"state": "submitted"})
        return True

    def action_approve(self):
        """The insurer agrees: the endorsement gets its own ledger row.

        An extra premium reopens the cashier's signature of the original row, so
        that nothing is handed out before it is paid (SM-2).
        """
        self._begin("submitted")
        entries = self.env["dealer.underwriting"]._create_protected(
            [endorsement._prepare_entry_vals() for endorsement in self]
        )
        for endorsement, entry in zip(self, entries, strict=True):
            endorsement._write_protected(
                {"state": "approved", "underwriting_id": entry.id}
            )
            if endorsement._is_extra():
                entry.origin_id._reopen_signature(
                    self.env._(
                        "Extra premium of endorsement %(name)s",
                        name=endorsement.display_name,
                    )
                )
        return True

    def action_reject(self):
        """The insurer refuses, or the customer withdraws."""
        self._begin("draft", "submitted")
        self._write_protected({"state": "rejected"})
        return True

    def action_request_money(self):
        """Ask the customer for the extra premium of the ledger row."""
        self._begin("approved")
        self.underwriting_id.action_request_payment()
        return True

    def action_make_effective(self):
        """Issue the ledger row: the change or cancellation counts from its day.

        A row that asks for nothing needs no step of its own for the money.
        """
        self._begin("approved")
        rows = self.underwriting_id
        waiting = rows.filtered(
            lambda row: (
                row.state == "underwritten"
                and row.currency_id.compare_amounts(row.amount_due, 0.0) <= 0
            )
        )
        if waiting:
            waiting.action_request_payment()
        rows.action_issue()
        return True

    def action_collect_originals(self):
        """The customer gave back policy, sticker and invoice of the policy."""
        self._begin("draft", "submitted", "approved")
        self._write_protected(
            {
                "originals_returned_at": fields.Datetime.now(),
                "originals_returned_by_id": self.env.uid,
            }
        )
        return True

    def action_receive_refund(self):
        """The insurer pays the refund to the store: ordinary payment wizard (E5)."""
        self.underwriting_id._check_money_post(
            "dealer_base.group_finance",
            self.env._("Only finance books what an insurer pays back."),
        )
        return self.underwriting_id.action_register_remittance()

    def action_pay_refund(self):
        """Pay the refund out to its payee: ordinary payment wizard (E5)."""
        return self.underwriting_id.action_register_payment()

    def action_confirm_refund(self):
        """Keep the evidence that the insurer paid the customer directly."""
        return self.underwriting_id.action_confirm_direct_payment()

    @api.readonly
    def action_view_entry(self):
        """Open the ledger row of the endorsement."""
        return self.underwriting_id._get_records_action(
            name=self.env._("Endorsement Entry")
        )

    def _is_extra(self):
        """Whether the customer has to pay more."""
        self.ensure_one()
        return self.currency_id.compare_amounts(self.premium, 0.0) > 0

    def _is_refund(self):
        """Whether the insurer pays back."""
        self.ensure_one()
        return self.currency_id.compare_amounts(self.premium, 0.0) < 0

    def _prepare_entry_vals(self):
        """Values of the endorsement's own ledger row."""
        self.ensure_one()
        policy = self.policy_id
        origin = policy.underwriting_id
        now = fields.Datetime.now()
        applicant = policy.current_applicant_id
        insured, owner = policy.current_insured_id, policy.current_owner_id
        if self.kind == "change" and self.change_type == "transfer":
            # Who takes the car over pays what it costs.
            applicant = self.new_applicant_id or applicant
            insured = self.new_insured_id or insured
            owner = self.new_owner_id or owner
        agreement = self.env["dealer.agreement"]._find(
            origin.insurer_id, origin.company_id, origin._store_date()
        )
        return {
            "company_id": origin.company_id.id,
            "insurer_id": origin.insurer_id.id,
            "agreement_id": (agreement or origin.agreement_id).id,
            "channel": origin.channel,
            "entry_type": "cancellation" if self.kind == "cancel" else "endorsement",
            "origin_id": origin.id,
            "business_type": origin.business_type,
            "customer_source": origin.customer_source,
            "customer_nature": origin.customer_nature,
            "applicant_id": applicant.id,
            "insured_id": insured.id,
            "owner_id": owner.id,
            "contact_phone": (
                origin.contact_phone
                if applicant == origin.applicant_id
                else applicant.phone
            ),
            "consultant_id": origin.consultant_id.id,
            "principal_id": origin.principal_id.id,
            "vehicle_id": origin.vehicle_id.id,
            "delivery_id": origin.delivery_id.id,
            "proposed_at": now,
            "proposed_by_id": self.env.uid,
            "underwritten_at": now,
            "underwritten_by_id": self.env.uid,
            **self._prepare_payer_vals(applicant),
        }

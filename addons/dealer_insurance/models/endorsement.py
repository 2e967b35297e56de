from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.dealer_base.models.guard_mixin import (
    _DOOR_KEY,
    PROTECTED_DOOR,
    Violation,
)

from ..const import FEE_GROUPS
from ..tools.fee import agency_fee
from .policy import claim_attachments, normalise_number


class DealerEndorsement(models.Model):
    """A change or cancellation of a policy; it has its own row in the ledger.

    draft → submitted → approved by the insurer (now it has a ledger row, which is
    paid, signed and numbered like any other) → effective, when that row is issued;
    or rejected (SM-5).
    """

    _name = "dealer.endorsement"
    _description = "Policy Endorsement"
    _inherit = ["dealer.derived.mixin", "mail.thread"]
    _order = "id desc"
    _check_company_auto = True
    _protected_fields = ("state", "underwriting_id", "expected_fee")
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
    company_id = fields.Many2one(
        related="policy_id.company_id", store=True, index=True, precompute=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    insurer_id = fields.Many2one(related="policy_id.insurer_id", store=True)
    product = fields.Selection(related="policy_id.product", store=True, precompute=True)
    kind = fields.Selection(
        [("change", "Change"), ("cancel", "Cancellation")],
        required=True,
        default="change",
        tracking=True,
    )
    premium = fields.Monetary(
        help="Extra premium, or the refund as a negative amount.", tracking=True
    )
    expected_fee = fields.Monetary(
        readonly=True,
        copy=False,
        groups=FEE_GROUPS,
        help="Agency fee on the premium at the rate of the original policy.",
    )
    reason_id = fields.Many2one("dealer.reason.code")
    description = fields.Text()
    proof_ids = fields.Many2many("ir.attachment")
    effective_date = fields.Date(default=fields.Date.context_today)
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

    # -- CRUD -------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        endorsements = super().create([self._normalise_vals(v) for v in vals_list])
        claim_attachments(endorsements, "proof_ids")
        return endorsements

    def write(self, vals):
        vals = self._normalise_vals(vals)
        locked = {"policy_id", "kind", "premium", "reason_id"} & vals.keys()
        through_door = self.env.context.get(_DOOR_KEY) is PROTECTED_DOOR
        if {"name", "effective_date", "proof_ids"} & vals.keys() and not through_door:
            self.underwriting_id._check_printed()
        if locked and not through_door and any(e.state != "draft" for e in self):
            raise UserError(
                self.env._(
                    "The endorsement was submitted; reject it and enter a new one."
                )
            )
        result = super().write(vals)
        if "proof_ids" in vals:
            claim_attachments(self, "proof_ids")
        return result

    def _normalise_vals(self, vals):
        if "name" in vals:
            vals = {**vals, "name": normalise_number(vals["name"])}
        return vals

    # -- transitions ------------------------------------------------------------

    def _guard_shown(self, transition):
        return self.filtered(lambda e: e.state == "draft")

    def _guard_submit(self):
        """G-E1: the policy is live and not cancelled twice, no more is paid back than
        was paid; CTPL is cancelled for legal reasons only."""
        violations = self._live_violations()
        for endorsement in self:
            policy = endorsement.policy_id
            if policy.endorsement_ids.filtered(
                lambda e, own=endorsement: (
                    e != own
                    and e.kind == "cancel"
                    and e.state in ("submitted", "approved")
                )
            ):
                violations.append(
                    Violation(
                        "G-E1",
                        endorsement,
                        self.env._(
                            "A cancellation of the policy is under way already."
                        ),
                    )
                )
            paid = policy._premium_after_endorsements()
            if endorsement.currency_id.compare_amounts(endorsement.premium, -paid) < 0:
                violations.append(
                    Violation(
                        "G-E1",
                        endorsement,
                        self.env._(
                            "The refund is higher than the premium of %(amount)s.",
                            amount=endorsement.currency_id.format(paid),
                        ),
                    )
                )
            if endorsement.kind != "cancel":
                continue
            if endorsement.currency_id.compare_amounts(endorsement.premium, 0.0) > 0:
                violations.append(
                    Violation(
                        "G-E1",
                        endorsement,
                        self.env._("The refund of a cancellation is not negative."),
                    )
                )
            if endorsement.product == "ctpl" and (
                endorsement.reason_id.category != "ctpl_cancel"
                or not endorsement.proof_ids
            ):
                violations.append(
                    Violation(
                        "G-E1",
                        endorsement,
                        self.env._(
                            "Compulsory cover is cancelled for a legal reason only, "
                            "with its proof."
                        ),
                    )
                )
        return violations

    def _live_violations(self):
        """G-E1: what is changed or cancelled must be in force."""
        return [
            Violation("G-E1", endorsement, self.env._("The policy is not in force."))
            for endorsement in self
            if not endorsement.policy_id.is_live
        ]

    def _begin(self, *states):
        self.policy_id.underwriting_id._check_post("propose")
        self.check_access("write")
        if any(e.state not in states for e in self):
            raise UserError(self.env._("The endorsement is not at this step."))

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
            if endorsement.currency_id.compare_amounts(endorsement.premium, 0.0) > 0:
                entry.origin_id._reopen_signature(
                    self.env._(
                        "Extra premium of endorsement %(name)s",
                        name=endorsement.display_name,
                    )
                )
        return entries._get_records_action(name=self.env._("Endorsement Entry"))

    def action_reject(self):
        """The insurer refuses, or the customer withdraws."""
        self._begin("draft", "submitted")
        self._write_protected({"state": "rejected"})
        return True

    def _prepare_entry_vals(self):
        """Values of the endorsement's own ledger row."""
        self.ensure_one()
        origin = self.policy_id.underwriting_id
        now = fields.Datetime.now()
        return {
            "company_id": origin.company_id.id,
            "insurer_id": origin.insurer_id.id,
            "agreement_id": origin.agreement_id.id,
            "entry_type": "cancellation" if self.kind == "cancel" else "endorsement",
            "origin_id": origin.id,
            "business_type": origin.business_type,
            "customer_source": origin.customer_source,
            "customer_nature": origin.customer_nature,
            "applicant_id": origin.applicant_id.id,
            "insured_id": origin.insured_id.id,
            "owner_id": origin.owner_id.id,
            "contact_phone": origin.contact_phone,
            "consultant_id": origin.consultant_id.id,
            "principal_id": origin.principal_id.id,
            "vehicle_id": origin.vehicle_id.id,
            "delivery_id": origin.delivery_id.id,
            "proposed_at": now,
            "proposed_by_id": self.env.uid,
            "underwritten_at": now,
            "underwritten_by_id": self.env.uid,
        }

    # -- called by the ledger row -----------------------------------------------

    def _make_effective(self):
        """The row is issued: end a cancelled policy, claw back or add the fee."""
        now = fields.Datetime.now()
        for endorsement in self:
            policy = endorsement.policy_id
            endorsement._write_protected(
                {
                    "state": "effective",
                    "expected_fee": agency_fee(
                        endorsement.premium,
                        policy.fee_rate,
                        policy.fee_vat_rate,
                        endorsement.currency_id,
                    ),
                }
            )
        ended = self.filtered(lambda e: e.kind == "cancel").policy_id
        ended._write_protected({"cancelled_at": now})

    def _undo_effective(self):
        """The row is void: the policy lives on."""
        ended = self.filtered(lambda e: e.kind == "cancel").policy_id
        ended._write_protected({"cancelled_at": False})
        self._write_protected({"state": "rejected", "expected_fee": 0.0})

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.dealer_base.models.guard_mixin import Violation
from odoo.addons.dealer_insurance.models.policy import claim_attachments

LEADERS = ("uw_leader", "insurance_manager")
REASONS = [
    ("scrapped", "Scrapped"),
    ("total_loss", "Total Loss"),
    ("transferred", "Sold or Moved Away"),
]


class DealerRenewalExclusion(models.Model):
    """Request to leave a car out of its due list (K04).

    The specialist asks with a proof, the leader decides. State, top line first:

    ===========  ======================================
    state        facts
    ===========  ======================================
    revoked      revoked_at
    approved     approved_at
    refused      refused_at
    requested    requested_at
    draft        none of them
    ===========  ======================================
    """

    _name = "dealer.renewal.exclusion"
    _description = "Car Left Out of a Due List"
    _inherit = [
        "dealer.numbered.mixin",
        "dealer.derived.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "id desc"
    _check_company_auto = True
    _protected_fields = (
        "state",
        "requested_at",
        "requested_by_id",
        "approved_at",
        "approved_by_id",
        "refused_at",
        "refused_by_id",
        "refuse_reason",
        "revoked_at",
        "revoked_by_id",
        "revoke_reason",
    )
    _guard_transitions = ("request", "approve")

    name = fields.Char(readonly=True, copy=False, default="/")
    due_id = fields.Many2one(
        "dealer.renewal.due",
        string="Due Car",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        related="due_id.company_id", store=True, index=True, precompute=True
    )
    cohort_id = fields.Many2one(
        related="due_id.cohort_id", store=True, index=True, precompute=True
    )
    vehicle_id = fields.Many2one(
        related="due_id.vehicle_id", store=True, index=True, precompute=True
    )
    customer_name = fields.Char(related="due_id.customer_name")
    expiry_date = fields.Date(related="due_id.expiry_date", store=True, precompute=True)
    reason = fields.Selection(REASONS, tracking=True)
    note = fields.Text(
        string="What Happened", help="When, to whom or where, and who says so."
    )
    proof_ids = fields.Many2many(
        "ir.attachment",
        help="Certificate of scrapping, settlement of the total loss, or the contract "
        "or registration of the new owner.",
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("requested", "To Approve"),
            ("approved", "Approved"),
            ("refused", "Refused"),
            ("revoked", "Taken Back"),
        ],
        compute="_compute_state",
        store=True,
        index=True,
        tracking=True,
    )
    requested_at = fields.Datetime(readonly=True, copy=False)
    requested_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    approved_at = fields.Datetime(readonly=True, copy=False)
    approved_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    refused_at = fields.Datetime(readonly=True, copy=False)
    refused_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    refuse_reason = fields.Char(readonly=True, copy=False, tracking=True)
    revoked_at = fields.Datetime(string="Taken Back At", readonly=True, copy=False)
    revoked_by_id = fields.Many2one(
        "res.users", string="Taken Back By", readonly=True, copy=False
    )
    revoke_reason = fields.Char(
        string="Why Taken Back", readonly=True, copy=False, tracking=True
    )

    # Two leaders may not leave the same car out twice at the same time.
    _one_open = models.UniqueIndex(
        "(due_id) WHERE state IN ('draft', 'requested', 'approved')",
        "There is a request for this car already.",
    )

    @api.depends("requested_at", "approved_at", "refused_at", "revoked_at")
    def _compute_state(self):
        for exclusion in self:
            if exclusion.revoked_at:
                exclusion.state = "revoked"
            elif exclusion.approved_at:
                exclusion.state = "approved"
            elif exclusion.refused_at:
                exclusion.state = "refused"
            elif exclusion.requested_at:
                exclusion.state = "requested"
            else:
                exclusion.state = "draft"

    @api.depends("name", "due_id")
    def _compute_display_name(self):
        for exclusion in self:
            exclusion.display_name = f"{exclusion.name} {exclusion.due_id.name or ''}"

    # ------------------------------------------------------------------------ CRUD
    @api.model_create_multi
    def create(self, vals_list):
        exclusions = super().create(vals_list)
        claim_attachments(exclusions, "proof_ids")
        return exclusions

    def write(self, vals):
        facts = {"due_id", "reason", "note", "proof_ids"} & vals.keys()
        if facts and any(e.state in ("approved", "revoked") for e in self):
            raise UserError(
                self.env._(
                    "%(names)s: what was approved is not changed any more. Take the "
                    "exclusion back with a reason and ask again.",
                    names=", ".join(self.mapped("display_name")),
                )
            )
        result = super().write(vals)
        if "proof_ids" in vals:
            claim_attachments(self, "proof_ids")
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_draft_only(self):
        self._check_state(("draft",), self.env._("Delete"))

    # --------------------------------------------------------------------- Request
    def action_request(self):
        """Ask the leader to leave the car out."""
        self.check_access("write")
        self._check_state(("draft", "refused"), self.env._("Ask for Approval"))
        self._check_guards("request")
        self._write_protected(
            {
                "requested_at": fields.Datetime.now(),
                "requested_by_id": self.env.uid,
                "refused_at": False,
                "refused_by_id": False,
                "refuse_reason": False,
            }
        )
        self._sudo_ask_leader()
        return True

    def _guard_shown(self, transition):
        states = {"request": ("draft", "refused"), "approve": ("requested",)}
        return self.filtered(lambda e: e.state in states[transition])

    def _guard_transition_label(self, transition):
        labels = {
            "request": self.env._("Ask for Approval"),
            "approve": self.env._("Approve"),
        }
        return labels.get(transition, "")

    def _guard_request(self):
        """G-B4 reason and proof; G-B5 the car was renewed here."""
        violations = []
        for exclusion in self:
            missing = []
            if not exclusion.reason:
                missing.append(self.env._("reason"))
            if not (exclusion.note or "").strip():
                missing.append(self.env._("what happened"))
            if not exclusion.proof_ids:
                missing.append(self.env._("proof"))
            if missing:
                violations.append(
                    Violation(
                        "G-B4",
                        exclusion,
                        self.env._("missing: %(what)s", what=", ".join(missing)),
                    )
                )
        return violations + self._renewed_violations()

    def _renewed_violations(self):
        results = self.due_id._result_state()
        return [
            Violation(
                "G-B5",
                exclusion,
                self.env._(
                    "the car was renewed here with %(entry)s",
                    entry=exclusion.due_id.renewal_id.display_name,
                ),
            )
            for exclusion in self
            if results[exclusion.due_id] == "renewed"
        ]

    def _sudo_ask_leader(self):
        # sudo: who asks need not be allowed to give the leader work
        for exclusion in self:
            user = exclusion.company_id._dealer_post_user(*LEADERS)
            if user:
                exclusion.sudo().activity_schedule(
                    "mail.mail_activity_data_todo",
                    user_id=user.id,
                    summary=self.env._("Decide on a car to be left out"),
                )

    # -------------------------------------------------------------------- Decision
    def action_approve(self):
        """Leave the car out; the rate of the month changes from now on."""
        self.check_access("write")
        self._check_holds(*LEADERS)
        self._check_state(("requested",), self.env._("Approve"))
        self._check_guards("approve")
        self._write_protected(
            {"approved_at": fields.Datetime.now(), "approved_by_id": self.env.uid}
        )
        self._sudo_close_activities()
        return True

    def _guard_approve(self):
        """G-B6 another person than the one who asked; G-B5 not renewed meanwhile."""
        own = self.filtered(lambda e: e.requested_by_id == self.env.user)
        violations = [
            Violation(
                "G-B6",
                exclusion,
                self.env._(
                    "%(user)s asked for it and cannot approve it",
                    user=self.env.user.name,
                ),
            )
            for exclusion in own
        ]
        return violations + self._renewed_violations()

    def action_reject(self, reason=None):
        """Refuse the request, or take an approved exclusion back.

        :param reason: why; without it a dialog asks
        """
        self.check_access("write")
        self._check_holds(*LEADERS)
        self._check_state(("requested", "approved"), self.env._("Refuse"))
        if not (reason or "").strip():
            return self.env["dealer.return.wizard"]._open_for(self, "reject")
        now, reason = fields.Datetime.now(), reason.strip()
        approved = self.filtered(lambda e: e.state == "approved")
        (self - approved)._write_protected(
            {
                "requested_at": False,
                "refused_at": now,
                "refused_by_id": self.env.uid,
                "refuse_reason": reason,
            }
        )
        approved._write_protected(
            {
                "revoked_at": now,
                "revoked_by_id": self.env.uid,
                "revoke_reason": reason,
            }
        )
        self._sudo_close_activities()
        return True

    def _sudo_close_activities(self):
        # sudo: the activity belongs to somebody else
        self.sudo().activity_unlink(["mail.mail_activity_data_todo"])

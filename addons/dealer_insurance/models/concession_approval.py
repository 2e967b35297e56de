from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError


class DealerConcession(models.Model):
    """Request, approval and refusal of concessions above the rule.

    The insurance manager decides up to the rule's limit, the store manager above it;
    nobody decides on what he granted or requested himself.
    """

    _inherit = "dealer.concession"

    can_approve = fields.Boolean(
        compute="_compute_can_approve",
        export_string_translation=False,
        exportable=False,
    )

    @api.depends_context("uid")
    @api.depends("state")
    def _compute_can_approve(self):
        found = self._assess()
        for concession in self:
            concession.can_approve = (
                concession.state == "requested"
                and not concession._approval_obstacle(found[concession])
            )

    # ------------------------------------------------------------ Transitions
    def action_request_approval(self):
        """Ask for approval of what is over the limit; a reason is required."""
        self.check_access("write")
        found = self._assess()
        for concession in self:
            if found[concession].state == "forbidden":
                raise UserError(
                    self.env._(
                        "%(name)s is a cash rebate or otherwise forbidden. Nobody can "
                        "approve it; take it off the deal.",
                        name=concession.name,
                    )
                )
            if found[concession].state not in ("over_limit", "refused"):
                raise UserError(
                    self.env._("%(name)s needs no approval now.", name=concession.name)
                )
            if not (concession.reason or "").strip():
                raise UserError(
                    self.env._(
                        "Write in the field “Reason” why %(name)s goes beyond the "
                        "rule.",
                        name=concession.name,
                    )
                )
        self._sudo_decide("requested", found)
        return True

    def action_approve(self):
        """Approve requested concessions at their present amount and total."""
        self._decide("approved")
        return True

    def action_refuse(self):
        """Refuse requested concessions; the reason says why."""
        self._decide("refused")
        return True

    def _decide(self, decision):
        self.check_access("read")
        found = self._assess()
        for concession in self:
            if found[concession].state != "requested":
                raise UserError(
                    self.env._(
                        "%(name)s: no approval is requested for the present amount.",
                        name=concession.name,
                    )
                )
            obstacle = concession._approval_obstacle(found[concession])
            if obstacle:
                raise AccessError(obstacle)
        self._sudo_decide(decision, found)

    def _approval_obstacle(self, assessment):
        """Why the current user may not decide; empty when he may."""
        self.ensure_one()
        user = self.env.user
        is_store_manager = user.has_group("dealer_base.group_store_manager")
        is_manager = user.has_group("dealer_base.group_insurance_manager")
        if not (is_manager or is_store_manager):
            return self.env._(
                "Only the insurance manager or the store manager decides on "
                "concessions."
            )
        if user in (self.requested_by_id, self.granted_by_id):
            return self.env._(
                "%(name)s: whoever grants or requests a concession cannot approve it.",
                name=self.name,
            )
        limit = assessment.rule.approval_limit
        if (
            not is_store_manager
            and limit
            and self.currency_id.compare_amounts(assessment.total, limit) > 0
        ):
            return self.env._(
                "%(name)s: concessions of %(total)s in one deal are above "
                "%(limit)s; the store manager decides.",
                name=self.name,
                total=self.currency_id.format(assessment.total),
                limit=self.currency_id.format(limit),
            )
        return ""

    def _sudo_decide(self, decision, found):
        """Write the decisions down; the caller has checked who decides."""
        self.env["dealer.concession.approval"]._sudo_append(
            [
                {
                    "concession_id": concession.id,
                    "decision": decision,
                    "user_id": self.env.uid,
                    "decided_at": fields.Datetime.now(),
                    "amount": concession.amount,
                    "total_amount": found[concession].total,
                    "limit_amount": found[concession].limit,
                    "reason": concession.reason,
                    "company_id": concession.company_id.id,
                }
                for concession in self
            ]
        )
        labels = dict(
            self.env["dealer.concession.approval"]
            ._fields["decision"]
            ._description_selection(self.env)
        )
        bodies = {
            concession.id: self.env._(
                "%(decision)s: %(amount)s, total of the deal %(total)s. %(reason)s",
                decision=labels[decision],
                amount=concession.currency_id.format(concession.amount),
                total=concession.currency_id.format(found[concession].total),
                reason=concession.reason or "",
            )
            for concession in self
        }
        # sudo: who decides need not have write access to the deal.
        self.sudo()._message_log_batch(
            bodies=bodies, author_id=self.env.user.partner_id.id
        )


class DealerConcessionApproval(models.Model):
    """Who asked for, approved or refused a concession, at which amount. Immutable."""

    _name = "dealer.concession.approval"
    _description = "Concession Decision"
    _inherit = ["dealer.append.mixin"]
    _order = "id desc"
    _rec_name = "concession_id"
    _check_company_auto = True

    concession_id = fields.Many2one(
        "dealer.concession",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    decision = fields.Selection(
        [
            ("requested", "Approval requested"),
            ("approved", "Approved"),
            ("refused", "Refused"),
        ],
        required=True,
        readonly=True,
    )
    user_id = fields.Many2one("res.users", required=True, readonly=True)
    decided_at = fields.Datetime(string="At", required=True, readonly=True)
    amount = fields.Monetary(readonly=True)
    total_amount = fields.Monetary(string="Total of the Deal", readonly=True)
    limit_amount = fields.Monetary(string="Limit of the Deal", readonly=True)
    reason = fields.Char(readonly=True)

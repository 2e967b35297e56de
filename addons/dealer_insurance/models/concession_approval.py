from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError


class DealerConcession(models.Model):
    """Request, approval and refusal of concessions above the rule.

    Who decides up to which amount stands in the authority matrix; above the limit of
    the rule it is the store manager. Nobody decides on what he granted or requested
    himself.
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
        found, authority = self._assess(), self._authority()
        for concession in self:
            concession.can_approve = (
                concession.state == "requested"
                and not concession._approval_obstacle(found[concession], authority)
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
        found, authority = self._assess(), self._authority()
        for concession in self:
            if found[concession].state != "requested":
                raise UserError(
                    self.env._(
                        "%(name)s: no approval is requested for the present amount.",
                        name=concession.name,
                    )
                )
            obstacle = concession._approval_obstacle(found[concession], authority)
            if obstacle:
                raise AccessError(obstacle)
        self._sudo_decide(decision, found)

    def _authority(self):
        """Authority matrix of today for the stores of these concessions."""
        return self.env["dealer.concession.authority"]._sudo_limits(
            self.company_id, fields.Date.context_today(self)
        )

    def _approval_obstacle(self, assessment, authority):
        """Why the current user may not decide; empty when he may.

        :param assessment: how the concession stands now
        :param authority: result of ``_authority``
        """
        self.ensure_one()
        user = self.env.user
        lines_sudo = authority[self.company_id]
        most = lines_sudo._limit_of(user)
        if most is not None and self.currency_id.is_zero(most):
            return self.env._(
                "Who decides on concessions: %(posts)s.",
                posts=", ".join(lines_sudo.group_id.mapped("name")) or "-",
            )
        if user in (self.requested_by_id, self.granted_by_id):
            return self.env._(
                "%(name)s: whoever grants or requests a concession cannot approve it.",
                name=self.name,
            )
        money = self.currency_id
        if most is not None and money.compare_amounts(assessment.total, most) > 0:
            return self.env._(
                "%(name)s: concessions of %(total)s in one deal; you approve up to "
                "%(limit)s. Leave it to a higher post.",
                name=self.name,
                total=money.format(assessment.total),
                limit=money.format(most),
            )
        limit = assessment.rule.approval_limit
        if (
            not user.has_group("dealer_base.group_store_manager")
            and limit
            and money.compare_amounts(assessment.total, limit) > 0
        ):
            return self.env._(
                "%(name)s: concessions of %(total)s in one deal are above "
                "%(limit)s; the store manager decides.",
                name=self.name,
                total=money.format(assessment.total),
                limit=money.format(limit),
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
                    "customer_total": found[concession].customer_total,
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
    customer_total = fields.Monetary(string="Total of the Customer", readonly=True)
    reason = fields.Char(readonly=True)

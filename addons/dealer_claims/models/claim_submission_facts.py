from odoo import api, fields, models

from odoo.addons.dealer_base.models.guard_mixin import GuardError, Violation

from .claim_documents import TAKERS


class DealerClaim(models.Model):
    """What happened to a case at its insurer, read from its submissions (S99–S101).

    ``submitted_on`` is the first day on which the papers were handed in: the clock of
    the payment runs on while a returned file is put right (OD-01).
    """

    _inherit = "dealer.claim"

    submission_ids = fields.One2many(
        "dealer.claim.submission", "claim_id", string="Submissions"
    )
    return_ids = fields.One2many(
        "dealer.claim.return", "claim_id", string="Returns by the Insurer"
    )
    rejection_ids = fields.One2many(
        "dealer.claim.rejection", "claim_id", string="Rejections"
    )
    submission_id = fields.Many2one(
        "dealer.claim.submission",
        string="Last Submission",
        compute="_compute_submission_facts",
        store=True,
        index="btree_not_null",
    )
    submitted_on = fields.Date(
        compute="_compute_submission_facts",
        store=True,
        copy=False,
        index="btree_not_null",
        help="First day on which the papers were handed in to the insurer.",
    )
    last_submitted_on = fields.Date(compute="_compute_submission_facts", store=True)
    insurer_received_on = fields.Date(
        string="Received by Insurer On",
        compute="_compute_submission_facts",
        store=True,
        copy=False,
    )
    adjusted_on = fields.Date(
        compute="_compute_submission_facts", store=True, copy=False
    )
    approved_on = fields.Date(
        compute="_compute_submission_facts", store=True, copy=False
    )
    approved_amount = fields.Monetary(
        compute="_compute_submission_facts", store=True, copy=False
    )
    payment_due_on = fields.Date(
        compute="_compute_submission_facts",
        store=True,
        copy=False,
        index="btree_not_null",
    )
    is_returned = fields.Boolean(
        string="Returned by Insurer",
        compute="_compute_return_facts",
        store=True,
        copy=False,
    )
    return_count = fields.Integer(
        string="Returns", compute="_compute_return_facts", store=True
    )
    last_returned_on = fields.Date(compute="_compute_return_facts", store=True)
    last_return_reason_id = fields.Many2one(
        "dealer.reason.code",
        compute="_compute_return_facts",
        store=True,
    )
    rejected_on = fields.Date(compute="_compute_rejected_on", store=True, copy=False)
    insurer_claim_no = fields.Char(
        string="Insurer's Claim No.",
        tracking=True,
        copy=False,
        help="Number under which the insurer handles the case (立案号/赔案号).",
    )

    @api.depends(
        "submission_ids.submitted_on",
        "submission_ids.due_on",
        "submission_ids.insurer_received_on",
        "submission_ids.adjusted_on",
        "submission_ids.approved_on",
        "submission_ids.approved_amount",
    )
    def _compute_submission_facts(self):
        for claim in self:
            handed_in = claim.submission_ids.filtered("submitted_on").sorted("id")
            first, last = handed_in[:1], handed_in[-1:]
            claim.submission_id = last
            claim.submitted_on = first.submitted_on
            claim.payment_due_on = first.due_on
            claim.last_submitted_on = last.submitted_on
            claim.insurer_received_on = last.insurer_received_on
            claim.adjusted_on = last.adjusted_on
            claim.approved_on = last.approved_on
            claim.approved_amount = last.approved_amount

    @api.depends(
        "return_ids.returned_on",
        "return_ids.reason_id",
        "return_ids.count",
        "return_ids.resubmission_id.submitted_on",
        "return_ids.is_historical",
        "return_ids.corrected_at",
    )
    def _compute_return_facts(self):
        for claim in self:
            returns = claim.return_ids.sorted("id")
            last = returns[-1:]
            claim.is_returned = any(item._is_open() for item in returns)
            claim.return_count = sum(returns.mapped("count"))
            claim.last_returned_on = last.returned_on
            claim.last_return_reason_id = last.reason_id

    @api.depends("rejection_ids.rejected_on", "rejection_ids.reopened_on")
    def _compute_rejected_on(self):
        for claim in self:
            standing = claim.rejection_ids.filtered(lambda item: not item.reopened_on)
            claim.rejected_on = standing.sorted("id")[-1:].rejected_on

    # ----------------------------------------------------------------- Guards
    @api.model
    def _raise_violations(self, violations):
        """Refuse with one message that names every open guard.

        :raises GuardError: when there is one
        """
        if violations:
            lines = [self._guard_line(violation) for violation in violations]
            raise GuardError("\n".join(lines), violations)

    def _guard_submit(self):
        """G-O4: audited, with an insurer, an amount and a report number, not waiting
        elsewhere; G-O9: a returned file is put right; G-O8: overdue has its code."""
        _ = self.env._
        violations = []
        for claim in self:
            reasons = []
            if not claim.insurer_id:
                reasons.append(_("no insurer"))
            if not claim.report_no and not (claim.no_report_reason or "").strip():
                reasons.append(_("no report number of the insurer"))
            if not claim.audited_at:
                reasons.append(_("the papers are not accepted yet"))
            if (
                claim.currency_id.compare_amounts(claim.expected_insurer_payment, 0)
                <= 0
            ):
                reasons.append(_("the expected payment of the insurer is not fixed"))
            if claim.rejected_on:
                reasons.append(_("the insurer has rejected it"))
            if claim.submission_ids.filtered(lambda item: item.state == "draft"):
                reasons.append(_("it waits in a batch already"))
            elif claim.submission_id and not claim.is_returned:
                reasons.append(
                    _("it is with the insurer since %(day)s", day=claim.submitted_on)
                )
            violations += [Violation("G-O4", claim, reason) for reason in reasons]
            for item in claim.return_ids:
                if item._is_open() and not item.corrected_at:
                    violations.append(
                        Violation(
                            "G-O9",
                            claim,
                            _(
                                "the return of %(day)s is not put right",
                                day=item.returned_on,
                            ),
                        )
                    )
        return violations + self._overdue_violations()

    # ------------------------------------------------------------ Transitions
    def action_prepare_submission(self):
        """Put audited cases into one new batch for each insurer.

        :return: action with the batches
        :raises GuardError: G-O4, G-O8, G-O9
        """
        self.check_access("write")
        self._check_holds(*TAKERS)
        self._check_guards("submit")
        batches = self.env["dealer.claim.submission.batch"]._prepare_for(self)
        return batches._open()

    def action_record_dates(self):
        """Enter what the insurer did, for one or many cases."""
        self.check_access("write")
        self._check_holds(*TAKERS)
        return self.env["dealer.claim.dates.wizard"]._open_for(self)

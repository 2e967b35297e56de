from odoo import api, fields, models


class DealerClaim(models.Model):
    """Who has to do what next with the file of a case: the submitter's work list."""

    _inherit = "dealer.claim"

    paper_step = fields.Selection(
        [
            ("collect", "Collect and Hand Over"),
            ("confirm", "Confirm Receipt of Papers"),
            ("audit", "Audit Papers"),
            ("submit", "Submit"),
            ("hand_in", "Hand In Batch"),
            ("correct", "Put Right"),
            ("chase_adjust", "Follow Up Adjustment"),
            ("chase_approve", "Press for Approval"),
            ("chase_pay", "Press for Payment"),
            ("decide", "Decide after Rejection"),
        ],
        string="Next Step of the File",
        compute="_compute_paper_step",
        store=True,
        index="btree_not_null",
    )
    paper_due_on = fields.Date(
        string="Next Step Due", compute="_compute_paper_step", store=True
    )

    @api.depends(
        "handover_id.state",
        "handover_id.handed_at",
        "handover_due_on",
        "handed_over_at",
        "audited_at",
        "submission_ids.state",
        "submitted_on",
        "adjusted_on",
        "approved_on",
        "is_returned",
        "last_returned_on",
        "rejected_on",
        "payment_due_on",
        "next_chase_on",
        "insurer_paid_on",
        "closed_at",
        "voided_at",
        "needs_file",
        "insurer_open",
        "repaired_at",
        "released_at",
        "costs_locked_at",
    )
    def _compute_paper_step(self):
        for claim in self:
            claim.paper_step, claim.paper_due_on = claim._next_paper_step()

    def _next_paper_step(self):
        """Next step of the file and its day.

        :return: tuple (step or False, date or False)
        """
        self.ensure_one()
        company = self.company_id
        if (
            self.closed_at
            or self.voided_at
            or not self.needs_file
            or (self.insurer_paid_on and not self._is_unpaid())
        ):
            return False, False
        if self.rejected_on:
            return "decide", self.rejected_on
        drafts = self.submission_ids.filtered(lambda item: item.state == "draft")
        if drafts:
            return "hand_in", company._dealer_local_day(drafts[0].create_date)
        if self.is_returned:
            return "correct", self.last_returned_on
        if self.submitted_on:
            step = (
                (self.approved_on and "chase_pay")
                or (self.adjusted_on and "chase_approve")
                or "chase_adjust"
            )
            return step, self.next_chase_on or self.payment_due_on
        if self.audited_at:
            return "submit", company._dealer_add_working_days(
                company._dealer_local_day(self.audited_at),
                company.dealer_claim_submit_days,
            )
        if self.handed_over_at:
            return "audit", company._dealer_local_day(self.handed_over_at)
        if self.handover_id.state == "handed":
            return "confirm", company._dealer_local_day(self.handover_id.handed_at)
        if self.repaired_at or self.released_at or self.costs_locked_at:
            return "collect", self.handover_due_on
        return False, False

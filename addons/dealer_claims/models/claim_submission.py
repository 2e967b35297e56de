from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.dealer_base.models.guard_mixin import Violation

from .claim_documents import TAKERS

#: Days that the insurer gives us, in the order in which they can only come.
DATE_CHAIN = ("submitted_on", "insurer_received_on", "adjusted_on", "approved_on")


class DealerClaimSubmission(models.Model):
    """One attempt to submit the papers of a case to its insurer (S100, SM-10 9-11).

    ==========  ==============================================================
    state       facts
    ==========  ==============================================================
    draft       in a batch that was not handed in yet
    submitted   handed in on ``submitted_on``
    received    the insurer has registered it
    adjusted    the insurer has worked it out
    approved    the insurer has approved an amount
    returned    sent back; a corrected file is the next attempt
    rejected    refused, unless the insurer reopens it
    ==========  ==============================================================
    """

    _name = "dealer.claim.submission"
    _description = "Submission of a Claim"
    _inherit = ["dealer.derived.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _check_company_auto = True
    _protected_fields = (
        "name",
        "company_id",
        "claim_id",
        "batch_id",
        "attempt",
        "submitted_on",
        "submitted_by_id",
        "due_on",
        "amount",
        "insurer_received_on",
        "adjusted_on",
        "approved_on",
        "approved_amount",
        "returned_on",
        "rejected_on",
        "is_historical",
    )

    name = fields.Char(readonly=True, copy=False, default="/")
    company_id = fields.Many2one(
        "res.company",
        string="Store",
        required=True,
        index=True,
        readonly=True,
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    claim_id = fields.Many2one(
        "dealer.claim", required=True, index=True, check_company=True, readonly=True
    )
    batch_id = fields.Many2one(
        "dealer.claim.submission.batch",
        index="btree_not_null",
        check_company=True,
        readonly=True,
        ondelete="restrict",
    )
    insurer_id = fields.Many2one(
        related="claim_id.insurer_id", store=True, index="btree_not_null"
    )
    vehicle_id = fields.Many2one(related="claim_id.vehicle_id")
    report_no = fields.Char(related="claim_id.report_no")
    partner_id = fields.Many2one(related="claim_id.partner_id")
    attempt = fields.Integer(readonly=True, default=1)
    amount = fields.Monetary(
        string="Claimed",
        readonly=True,
        help="Expected payment of the insurer on the day of the submission.",
    )
    submitted_on = fields.Date(readonly=True, copy=False, index="btree_not_null")
    submitted_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    is_late = fields.Boolean(
        string="Submitted Late",
        compute="_compute_is_late",
        store=True,
        help="More working days after the audit than the store allows.",
    )
    due_on = fields.Date(
        string="Payment Due On",
        readonly=True,
        copy=False,
        help="Day of submission and the days in which the insurer pays, by the "
        "agreement in force on that day.",
    )
    insurer_received_on = fields.Date(readonly=True, copy=False)
    adjusted_on = fields.Date(readonly=True, copy=False)
    approved_on = fields.Date(readonly=True, copy=False)
    approved_amount = fields.Monetary(readonly=True, copy=False)
    returned_on = fields.Date(readonly=True, copy=False)
    rejected_on = fields.Date(readonly=True, copy=False)
    is_historical = fields.Boolean(readonly=True, copy=False)
    state = fields.Selection(
        [
            ("draft", "In Preparation"),
            ("submitted", "Submitted"),
            ("received", "Received by Insurer"),
            ("adjusted", "Adjusted"),
            ("approved", "Approved"),
            ("returned", "Returned"),
            ("rejected", "Rejected"),
        ],
        compute="_compute_state",
        store=True,
    )

    _draft_uniq = models.UniqueIndex(
        "(claim_id) WHERE submitted_on IS NULL",
        "This case waits in a batch already.",
    )

    @api.depends(*DATE_CHAIN, "returned_on", "rejected_on")
    def _compute_state(self):
        for submission in self:
            submission.state = (
                (submission.rejected_on and "rejected")
                or (submission.returned_on and "returned")
                or (submission.approved_on and "approved")
                or (submission.adjusted_on and "adjusted")
                or (submission.insurer_received_on and "received")
                or (submission.submitted_on and "submitted")
                or "draft"
            )

    @api.depends("submitted_on", "attempt", "is_historical")
    def _compute_is_late(self):
        for submission in self:
            audited = submission.claim_id.audited_at
            if (
                not submission.submitted_on
                or not audited
                or submission.attempt > 1
                or submission.is_historical
            ):
                submission.is_late = False
                continue
            company = submission.company_id
            due = company._dealer_add_working_days(
                company._dealer_local_day(audited), company.dealer_claim_submit_days
            )
            submission.is_late = submission.submitted_on > due

    @api.ondelete(at_uninstall=False)
    def _unlink_except_draft(self):
        handed_in = self.filtered("submitted_on")
        if handed_in:
            raise UserError(
                self.env._(
                    "%(names)s: what was handed in to an insurer stays on record.",
                    names=", ".join(handed_in.mapped("display_name")),
                )
            )

    def _protected_hint(self, field_name):
        return self.env._("Use the buttons of the batch and of the claim.")

    # ------------------------------------------------------------------ Dates
    def _current_vals(self):
        return {name: self[name] for name in DATE_CHAIN}

    def _date_violations(self, vals):
        """G-O5: days of an insurer come one after the other and not in the future.

        :param vals: {submission: {field: day or False}} to be written
        :return: list of Violation
        """
        _ = self.env._
        violations = []
        for submission in self:
            today = submission.company_id._dealer_today()
            days = {**submission._current_vals(), **vals.get(submission, {})}
            known = [(name, days[name]) for name in DATE_CHAIN if days[name]]
            labels = submission._date_labels()
            violations += [
                Violation(
                    "G-O5",
                    submission.claim_id,
                    _(
                        "%(later)s (%(day)s) lies before %(earlier)s (%(first)s)",
                        later=labels[later],
                        day=day,
                        earlier=labels[earlier],
                        first=first,
                    ),
                )
                for (earlier, first), (later, day) in zip(
                    known, known[1:], strict=False
                )
                if day < first
            ]
            violations += [
                Violation(
                    "G-O5",
                    submission.claim_id,
                    _("%(what)s lies in the future", what=labels[name]),
                )
                for name, day in known
                if day > today
            ]
        return violations

    def _date_labels(self):
        return {
            name: self._fields[name]._description_string(self.env)
            for name in DATE_CHAIN
        }

    def _record_dates(self, vals):
        """Enter what the insurer did with submissions.

        :param vals: {submission: {field of DATE_CHAIN or approved_amount: value}}
        :raises GuardError: G-O4 not handed in, G-O5 order, G-O8 overdue code missing
        """
        claims = self.claim_id
        claims.check_access("write")
        claims._check_holds(*TAKERS)
        _ = self.env._
        violations = [
            Violation("G-O4", item.claim_id, _("it is not with the insurer"))
            for item in self
            if item.state not in ("submitted", "received", "adjusted", "approved")
        ]
        for item in self:
            new = vals.get(item, {})
            approved = new.get("approved_on", item.approved_on)
            amount = new.get("approved_amount", item.approved_amount)
            if approved and item.currency_id.compare_amounts(amount, 0) <= 0:
                violations.append(
                    Violation(
                        "G-O5", item.claim_id, _("the approved amount is missing")
                    )
                )
        violations += self._date_violations(vals) + claims._overdue_violations()
        claims._raise_violations(violations)
        for item in self:
            item._write_protected(vals.get(item, {}))
        return True

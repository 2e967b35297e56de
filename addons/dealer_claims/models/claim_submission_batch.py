from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.dealer_base.models.guard_mixin import Violation

from .claim_documents import TAKERS


class DealerClaimSubmissionBatch(models.Model):
    """Cases that are handed in to one insurer together, with a cover letter (S100)."""

    _name = "dealer.claim.submission.batch"
    _description = "Batch of Claims Handed In"
    _inherit = ["dealer.derived.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _check_company_auto = True
    _protected_fields = (
        "name",
        "company_id",
        "insurer_id",
        "submitted_on",
        "submitted_by_id",
        "confirmed_at",
        "confirmed_by_id",
        "cancelled_at",
        "submission_ids",
    )
    _guard_transitions = ("hand_in",)

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
    insurer_id = fields.Many2one(
        "res.partner", required=True, index=True, readonly=True
    )
    date = fields.Date(
        string="Hand In On",
        required=True,
        tracking=True,
        default=lambda self: self.env.company._dealer_today(),
    )
    receiver_name = fields.Char(
        string="Insurer's Receiver",
        tracking=True,
        help="Who has taken the files at the insurer and signed the cover letter.",
    )
    receipt_ids = fields.Many2many(
        "ir.attachment",
        "dealer_claim_submission_batch_receipt_rel",
        string="Signed Cover Letter",
        bypass_search_access=True,
    )
    note = fields.Text()
    submission_ids = fields.One2many(
        "dealer.claim.submission", "batch_id", string="Cases", readonly=True
    )
    case_count = fields.Integer(
        string="Number of Cases", compute="_compute_totals", store=True
    )
    amount_total = fields.Monetary(
        string="Total", compute="_compute_totals", store=True
    )
    submitted_on = fields.Date(readonly=True, copy=False)
    submitted_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    confirmed_at = fields.Datetime(string="Receipt at Hand", readonly=True, copy=False)
    confirmed_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    cancelled_at = fields.Datetime(readonly=True, copy=False)
    state = fields.Selection(
        [
            ("draft", "In Preparation"),
            ("submitted", "Handed In"),
            ("confirmed", "Receipt at Hand"),
            ("cancelled", "Cancelled"),
        ],
        compute="_compute_state",
        store=True,
    )

    @api.depends("submitted_on", "confirmed_at", "cancelled_at")
    def _compute_state(self):
        for batch in self:
            batch.state = (
                (batch.cancelled_at and "cancelled")
                or (batch.confirmed_at and "confirmed")
                or (batch.submitted_on and "submitted")
                or "draft"
            )

    @api.depends("submission_ids.amount")
    def _compute_totals(self):
        for batch in self:
            batch.case_count = len(batch.submission_ids)
            batch.amount_total = sum(batch.submission_ids.mapped("amount"))

    def write(self, vals):
        result = super().write(vals)
        if "receipt_ids" in vals:
            for batch in self:
                # Who sees the batch opens its receipt.
                batch.receipt_ids.filtered(
                    lambda scan: not scan.res_id and scan.create_uid == self.env.user
                ).write({"res_model": self._name, "res_id": batch.id})
        return result

    def _protected_hint(self, field_name):
        return self.env._("Use the buttons of the batch.")

    # ----------------------------------------------------------------- Create
    @api.model
    def _prepare_for(self, claims):
        """One batch in preparation for each store and insurer.

        :param claims: ``dealer.claim`` that passed the guards of a submission
        :return: the batches
        """
        next_code = self.env["ir.sequence"].next_by_code
        groups = claims.grouped(lambda claim: (claim.company_id, claim.insurer_id))
        batches = self._create_protected(
            [
                {
                    "name": next_code(self._name) or "/",
                    "company_id": company.id,
                    "insurer_id": insurer.id,
                    "date": company._dealer_today(),
                }
                for company, insurer in groups
            ]
        )
        for batch, cases in zip(batches, groups.values(), strict=True):
            batch._sudo_add(cases)
        return batches

    def _sudo_add(self, claims):
        """Cases become attempts of this batch."""
        self.ensure_one()
        # sudo: submissions are made by this step alone
        self.env["dealer.claim.submission"].sudo()._create_protected(
            [
                {
                    "name": f"{claim.name}-{len(claim.submission_ids) + 1}",
                    "company_id": claim.company_id.id,
                    "claim_id": claim.id,
                    "batch_id": self.id,
                    "attempt": len(claim.submission_ids) + 1,
                    "amount": claim.expected_insurer_payment,
                }
                for claim in claims
            ]
        )

    def _open(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "dealer_claims.claim_submission_batch_action"
        )
        if len(self) == 1:
            return {
                **action,
                "view_mode": "form",
                "views": [(False, "form")],
                "res_id": self.id,
            }
        return {**action, "domain": [("id", "in", self.ids)]}

    # ----------------------------------------------------------------- Guards
    def _guard_shown(self, transition):
        return self.filtered(lambda batch: batch.state == "draft")

    def _guard_transition_label(self, transition):
        return self.env._("Hand In")

    def _guard_hand_in(self):
        """G-O4: there are cases, none of them changed hands meanwhile; G-O5: not in
        the future and not before the audit."""
        _ = self.env._
        violations = []
        for batch in self:
            if not batch.submission_ids:
                violations.append(Violation("G-O4", batch, _("it holds no case")))
            if batch.date > batch.company_id._dealer_today():
                violations.append(
                    Violation("G-O5", batch, _("the day lies in the future"))
                )
            for item in batch.submission_ids:
                claim = item.claim_id
                reason = claim._hand_in_problem(batch)
                if reason:
                    violations.append(
                        Violation("G-O4", batch, f"{claim.name}: {reason}")
                    )
                audited = claim.audited_at
                if audited and batch.date < batch.company_id._dealer_local_day(audited):
                    violations.append(
                        Violation(
                            "G-O5",
                            batch,
                            _(
                                "%(claim)s is handed in before its papers were "
                                "accepted",
                                claim=claim.name,
                            ),
                        )
                    )
        return violations

    # ------------------------------------------------------------ Transitions
    def action_hand_in(self):
        """The files were handed in to the insurer; the clock of the payment starts.

        :raises GuardError: G-O4, G-O5
        """
        self.check_access("write")
        self._check_holds(*TAKERS)
        self._check_state(("draft",), self.env._("Hand In"))
        self._check_guards("hand_in")
        for batch in self:
            batch._sudo_hand_in()
        return True

    def _sudo_hand_in(self):
        """Dates of the cases, and the due day by the agreement of that day."""
        self.ensure_one()
        self._write_protected(
            {"submitted_on": self.date, "submitted_by_id": self.env.uid}
        )
        company = self.company_id
        # sudo: the terms of payment of an agreement, not its fees
        agreement_sudo = (
            self.env["dealer.agreement"]
            .sudo()
            ._find(self.insurer_id, company, self.date)
        )
        days = (
            agreement_sudo.settlement_days
            if agreement_sudo
            else company.dealer_insurer_due_days
        )
        submissions_sudo = self.sudo().submission_ids
        submissions_sudo._write_protected(
            {
                "submitted_on": self.date,
                "submitted_by_id": self.env.uid,
                "due_on": fields.Date.add(self.date, days=days),
            }
        )
        returns_sudo = submissions_sudo.claim_id.return_ids.filtered(
            lambda item: item._is_open()
        )
        by_claim = {item.claim_id: item for item in submissions_sudo}
        for item in returns_sudo:
            item._write_protected({"resubmission_id": by_claim[item.claim_id].id})
        submissions_sudo.claim_id._close_paper_activities()

    def action_confirm_receipt(self):
        """The cover letter with the signature of the insurer is at hand."""
        self.check_access("write")
        self._check_holds(*TAKERS)
        self._check_state(("submitted",), self.env._("Receipt at Hand"))
        missing = self.filtered(
            lambda batch: not batch.receiver_name or not batch.receipt_ids
        )
        if missing:
            raise UserError(
                self.env._(
                    "%(names)s: enter who has received the files and attach the "
                    "signed cover letter.",
                    names=", ".join(missing.mapped("name")),
                )
            )
        self._write_protected(
            {"confirmed_at": fields.Datetime.now(), "confirmed_by_id": self.env.uid}
        )
        return True

    def action_cancel(self):
        """Give a batch up that was not handed in; its cases can go into another."""
        self.check_access("write")
        self._check_holds(*TAKERS)
        self._check_state(("draft",), self.env._("Cancel Batch"))
        self._sudo_release()
        self._write_protected({"cancelled_at": fields.Datetime.now()})
        return True

    def _sudo_release(self):
        # sudo: attempts that never took place leave no trace but the batch
        self.sudo().submission_ids.unlink()

    def action_print(self):
        """Print the cover letter for the insurer."""
        self.check_access("read")
        report = self.env.ref("dealer_claims.action_report_claim_submission")
        return report.report_action(self)

    def action_export(self):
        """Export the cover letter as a spreadsheet."""
        self.check_access("read")
        report = self.env.ref("dealer_claims.action_claim_submission_xlsx")
        return report.report_action(self)


class DealerClaim(models.Model):
    _inherit = "dealer.claim"

    def _hand_in_problem(self, batch):
        """Why a case of a batch cannot be handed in any more, empty when it can."""
        self.ensure_one()
        if self.insurer_id != batch.insurer_id:
            return self.env._("it belongs to another insurer now")
        if not self.audited_at:
            return self.env._("the papers are not accepted any more")
        if self.rejected_on:
            return self.env._("the insurer has rejected it")
        return ""

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.dealer_base.models.guard_mixin import Violation

from .claim_documents import TAKERS


class DealerClaimRejection(models.Model):
    """The insurer refuses to pay (拒赔, SM-10 row 12): fact and letter.

    What becomes of the money is decided on the difference of the claim. When the
    insurer reopens the case, the rejection stays on record and the case goes on.
    """

    _name = "dealer.claim.rejection"
    _description = "Rejection of a Claim"
    _inherit = ["dealer.derived.mixin", "mail.thread"]
    _order = "rejected_on desc, id desc"
    _check_company_auto = True
    _protected_fields = (
        "company_id",
        "claim_id",
        "submission_id",
        "rejected_on",
        "reason",
        "letter_ids",
        "recorded_by_id",
        "reopened_on",
        "reopened_by_id",
        "reopen_reason",
        "is_historical",
    )

    company_id = fields.Many2one(
        "res.company",
        string="Store",
        required=True,
        index=True,
        readonly=True,
        default=lambda self: self.env.company,
    )
    claim_id = fields.Many2one(
        "dealer.claim", required=True, index=True, check_company=True, readonly=True
    )
    vehicle_id = fields.Many2one(related="claim_id.vehicle_id")
    submission_id = fields.Many2one(
        "dealer.claim.submission",
        string="Rejected Submission",
        index="btree_not_null",
        check_company=True,
        readonly=True,
    )
    insurer_id = fields.Many2one(
        related="claim_id.insurer_id", store=True, index="btree_not_null"
    )
    rejected_on = fields.Date(readonly=True, index=True)
    reason = fields.Text(string="Reason of the Insurer", readonly=True)
    letter_ids = fields.Many2many(
        "ir.attachment",
        "dealer_claim_rejection_letter_rel",
        string="Rejection Letter",
        readonly=True,
        bypass_search_access=True,
    )
    recorded_by_id = fields.Many2one("res.users", readonly=True)
    reopened_on = fields.Date(readonly=True, copy=False)
    reopened_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    reopen_reason = fields.Text(readonly=True, copy=False)
    is_historical = fields.Boolean(readonly=True, copy=False)
    state = fields.Selection(
        [("rejected", "Rejected"), ("reopened", "Reopened by Insurer")],
        compute="_compute_state",
        store=True,
    )

    @api.depends("reopened_on")
    def _compute_state(self):
        for rejection in self:
            rejection.state = "reopened" if rejection.reopened_on else "rejected"

    @api.depends("claim_id.name", "rejected_on")
    def _compute_display_name(self):
        for item in self:
            item.display_name = f"{item.claim_id.name or ''} {item.rejected_on or ''}"

    def _protected_hint(self, field_name):
        return self.env._("Use the buttons of the claim.")

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("The history of rejections stays on record."))

    def action_return(self, reason=None):
        """The insurer takes the case up again.

        :param reason: what has moved it; without it a dialog asks
        """
        self.check_access("write")
        self._check_holds(*TAKERS)
        self._check_state(("rejected",), self.env._("Reopened by Insurer"))
        if not (reason or "").strip():
            return self.env["dealer.return.wizard"]._open_for(self, "return")
        for rejection in self:
            rejection._write_protected(
                {
                    "reopened_on": rejection.company_id._dealer_today(),
                    "reopened_by_id": self.env.uid,
                    "reopen_reason": reason.strip(),
                }
            )
        self.submission_id._write_protected({"rejected_on": False})
        return True


class DealerClaim(models.Model):
    _inherit = "dealer.claim"

    def action_insurer_reject(self):
        """Record that the insurer refuses to pay; a dialog asks for the letter."""
        self.check_access("write")
        self._check_holds(*TAKERS)
        return self.env["dealer.claim.reject.wizard"]._open_for(self)

    def action_insurer_reopen(self):
        """The insurer takes a rejected case up again; a dialog asks why."""
        standing = self.rejection_ids.filtered(lambda item: item.state == "rejected")
        return standing.action_return()

    def _do_insurer_reject(self, day, reason, letters):
        """Register the rejection of cases.

        :param day: day of the letter
        :param reason: reason of the insurer
        :param letters: ``ir.attachment`` with the letter
        :return: ``dealer.claim.rejection`` records
        :raises GuardError: G-O7
        """
        _ = self.env._
        violations = []
        for claim in self:
            submission = claim.submission_id
            if submission.state not in (
                "submitted",
                "received",
                "adjusted",
                "approved",
            ):
                violations.append(
                    Violation("G-O7", claim, _("it is not with the insurer"))
                )
            if claim.insurer_paid_on:
                violations.append(
                    Violation("G-O7", claim, _("the insurer has paid already"))
                )
            if not (reason or "").strip():
                violations.append(
                    Violation("G-O7", claim, _("the reason of the insurer is missing"))
                )
            if not letters:
                violations.append(
                    Violation("G-O7", claim, _("the rejection letter is missing"))
                )
            first = submission.submitted_on
            if (
                not day
                or (first and day < first)
                or day > claim.company_id._dealer_today()
            ):
                violations.append(
                    Violation(
                        "G-O5",
                        claim,
                        _("the rejection lies before the submission or in the future"),
                    )
                )
        self._raise_violations(violations)
        rejections = self.env["dealer.claim.rejection"]._create_protected(
            [
                {
                    "company_id": claim.company_id.id,
                    "claim_id": claim.id,
                    "submission_id": claim.submission_id.id,
                    "rejected_on": day,
                    "reason": reason.strip(),
                    "letter_ids": [(6, 0, letters.ids)],
                    "recorded_by_id": self.env.uid,
                }
                for claim in self
            ]
        )
        letters.filtered(
            lambda scan: not scan.res_id and scan.create_uid == self.env.user
        ).write({"res_model": rejections._name, "res_id": rejections[:1].id})
        self.submission_id._write_protected({"rejected_on": day})
        return rejections

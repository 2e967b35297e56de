from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.dealer_base.models.guard_mixin import Violation

from .claim_documents import TAKERS


class DealerClaimReturn(models.Model):
    """The insurer has sent a case back (退案, SM-10 row 11): what it wants and when it
    was put right. The register keeps every return."""

    _name = "dealer.claim.return"
    _description = "Return of a Claim by the Insurer"
    _inherit = ["dealer.derived.mixin", "mail.thread"]
    _order = "returned_on desc, id desc"
    _check_company_auto = True
    _protected_fields = (
        "company_id",
        "claim_id",
        "submission_id",
        "returned_on",
        "reason_id",
        "note",
        "type_ids",
        "recorded_by_id",
        "corrected_at",
        "corrected_by_id",
        "resubmission_id",
        "count",
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
        string="Returned Submission",
        index="btree_not_null",
        check_company=True,
        readonly=True,
    )
    insurer_id = fields.Many2one(
        related="claim_id.insurer_id", store=True, index="btree_not_null"
    )
    receptionist_id = fields.Many2one(
        related="claim_id.receptionist_id", store=True, index="btree_not_null"
    )
    returned_on = fields.Date(readonly=True, index=True)
    reason_id = fields.Many2one(
        "dealer.reason.code",
        readonly=True,
        domain=[("category", "=", "returned_case")],
        index="btree_not_null",
        ondelete="restrict",
    )
    note = fields.Text(string="What the Insurer Wants", readonly=True)
    type_ids = fields.Many2many(
        "dealer.document.type", string="Documents Asked For", readonly=True
    )
    recorded_by_id = fields.Many2one("res.users", readonly=True)
    corrected_at = fields.Datetime(string="Put Right", readonly=True, copy=False)
    corrected_by_id = fields.Many2one(
        "res.users", string="Put Right By", readonly=True, copy=False
    )
    resubmission_id = fields.Many2one(
        "dealer.claim.submission",
        string="Submitted Again",
        check_company=True,
        readonly=True,
        copy=False,
        index="btree_not_null",
    )
    count = fields.Integer(
        string="Returns",
        default=1,
        readonly=True,
        help="More than one for a case of an imported list that tells the last only.",
    )
    is_historical = fields.Boolean(readonly=True, copy=False)
    proposal_ids = fields.One2many(
        "dealer.claim.document.proposal", "return_id", string="Proposed Documents"
    )
    state = fields.Selection(
        [
            ("open", "To Be Put Right"),
            ("corrected", "Put Right"),
            ("resubmitted", "Submitted Again"),
        ],
        compute="_compute_state",
        store=True,
    )

    @api.depends(
        "corrected_at",
        "resubmission_id",
        "resubmission_id.submitted_on",
        "is_historical",
    )
    def _compute_state(self):
        for item in self:
            if not item._is_open():
                item.state = "resubmitted"
            else:
                item.state = "corrected" if item.corrected_at else "open"

    @api.depends("claim_id.name", "returned_on")
    def _compute_display_name(self):
        for item in self:
            item.display_name = f"{item.claim_id.name or ''} {item.returned_on or ''}"

    def _is_open(self):
        """The corrected file is not with the insurer again.

        Lists of the time before tell nothing of attempts: what they say was put right
        went back to the insurer.
        """
        self.ensure_one()
        if self.is_historical and self.corrected_at:
            return False
        return not self.resubmission_id.submitted_on

    def _protected_hint(self, field_name):
        return self.env._("Use the buttons of the claim.")

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("The history of returns stays on record."))

    # ------------------------------------------------------------ Transitions
    @api.model
    def _check_return(self, claims, day, reason, note):
        """G-O6: with the insurer, a reason, words where the reason needs them, a day
        that is possible.

        :param claims: ``dealer.claim`` sent back
        :param day: day of the return
        :param reason: ``dealer.reason.code``
        :param note: what the insurer wants
        :raises GuardError: with every violation
        """
        _ = self.env._
        violations = []
        for claim in claims:
            submission = claim.submission_id
            if submission.state not in (
                "submitted",
                "received",
                "adjusted",
                "approved",
            ):
                violations.append(
                    Violation("G-O6", claim, _("it is not with the insurer"))
                )
            if claim.insurer_paid_on:
                violations.append(
                    Violation("G-O6", claim, _("the insurer has paid already"))
                )
            if not reason:
                violations.append(Violation("G-O6", claim, _("the reason is missing")))
            elif reason.category != "returned_case":
                violations.append(
                    Violation("G-O6", claim, _("this is no reason of a return"))
                )
            elif reason.needs_text and not (note or "").strip():
                violations.append(
                    Violation(
                        "G-O6",
                        claim,
                        _(
                            "reason %(reason)s needs an explanation in words",
                            reason=reason.display_name,
                        ),
                    )
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
                        _("the return lies before the submission or in the future"),
                    )
                )
        claims._raise_violations(violations)

    def action_correct(self):
        """What the insurer asked for is put right.

        :raises GuardError: G-O9 while a required document is open or not looked at
        """
        self.check_access("write")
        self._check_holds(*TAKERS)
        self._check_state(("open",), self.env._("Put Right"))
        _ = self.env._
        violations = []
        for item in self:
            rows = item.claim_id.document_ids
            bad = rows.filtered(
                lambda row: row._is_open() or row.state in ("defect", "received")
            )
            if bad:
                violations.append(
                    Violation(
                        "G-O9",
                        item.claim_id,
                        _(
                            "not complete or not looked at: %(papers)s",
                            papers=", ".join(bad.mapped("display_name")),
                        ),
                    )
                )
        self.claim_id._raise_violations(violations)
        self._write_protected(
            {"corrected_at": fields.Datetime.now(), "corrected_by_id": self.env.uid}
        )
        self.claim_id._close_paper_activities()
        return True

    def action_reopen(self):
        """The correction was not enough; it is taken back before it is submitted."""
        self.check_access("write")
        self._check_holds(*TAKERS)
        self._check_state(("corrected",), self.env._("Correct Again"))
        self._write_protected({"corrected_at": False, "corrected_by_id": False})
        return True


class DealerClaim(models.Model):
    _inherit = "dealer.claim"

    def action_insurer_return(self):
        """Record that the insurer has sent cases back; a dialog asks why."""
        self.check_access("write")
        self._check_holds(*TAKERS)
        return self.env["dealer.claim.return.wizard"]._open_for(self)

    def _do_insurer_return(self, day, reason, note, types):
        """Register the return of cases and open their papers again.

        :param day: day of the return
        :param reason: ``dealer.reason.code`` of category returned_case
        :param note: what the insurer wants
        :param types: ``dealer.document.type`` asked for
        :return: ``dealer.claim.return`` records
        """
        self.env["dealer.claim.return"]._check_return(self, day, reason, note)
        returns = self.env["dealer.claim.return"]._create_protected(
            [
                {
                    "company_id": claim.company_id.id,
                    "claim_id": claim.id,
                    "submission_id": claim.submission_id.id,
                    "returned_on": day,
                    "reason_id": reason.id,
                    "note": (note or "").strip() or False,
                    "type_ids": [(6, 0, types.ids)],
                    "recorded_by_id": self.env.uid,
                }
                for claim in self
            ]
        )
        self.submission_id._write_protected({"returned_on": day})
        self._sudo_ask_for(types, reason)
        for claim in self:
            user = claim.receptionist_id.user_id or claim._submitter_user()
            if user:
                record = claim.with_context(lang=user.lang or self.env.lang)
                record._schedule_papers(
                    user,
                    record.env._(
                        "The insurer has sent the papers back: put them right"
                    ),
                    note,
                )
        return returns

    def _sudo_ask_for(self, types, reason):
        """Papers that the insurer asks for are required and to be looked at again."""
        # sudo: requirement and rows of a checklist are not for everybody to change
        for claim in self.sudo():
            rows = claim.document_ids.filtered(lambda row: row.type_id in types)
            rows.write(
                {
                    "is_applicable": True,
                    "exception_reason": False,
                    "state": "defect",
                    "defect_note": reason.display_name,
                }
            )
            self.env["dealer.document"].sudo().create(
                [
                    {
                        "res_model": self._name,
                        "res_id": claim.id,
                        "company_id": claim.company_id.id,
                        "type_id": kind.id,
                        "sequence": kind.sequence,
                        "requirement": "may",
                        "is_applicable": True,
                    }
                    for kind in types - rows.type_id
                ]
            )
        self.invalidate_recordset(["document_ids"])

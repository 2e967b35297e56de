from odoo import api, fields, models
from odoo.exceptions import UserError

CLAIM = "dealer.claim"
#: What the submitter alone finds out by looking through the papers.
AUDIT_STATES = ("checked", "defect")
#: What stays as it was agreed once the papers are looked through.
SETTLED_FIELDS = {"state", "is_applicable", "exception_reason", "defect_note"}


class DealerDocument(models.Model):
    """Papers of a claim: who decides what about a row (domain.md §3.13, S95, S98)."""

    _inherit = "dealer.document"

    is_applicable = fields.Boolean(
        string="Applies",
        help="The receptionist decides whether a document that is needed only if "
        "applicable belongs to this case. It is then required like the others.",
    )
    exception_reason = fields.Char(
        string="Why It Is Left Out",
        help="A required document may be handed over later or not at all, with a "
        "reason that the submitter accepts.",
    )
    is_required = fields.Boolean(string="Required Here", compute="_compute_is_required")

    @api.depends("requirement", "is_applicable")
    def _compute_is_required(self):
        for document in self:
            document.is_required = (
                document.requirement == "must" or document.is_applicable
            )

    def _is_open(self):
        """Required, not at hand and without an accepted reason."""
        self.ensure_one()
        return (
            self.is_required
            and self.state in ("missing", "defect")
            and not (self.exception_reason or "").strip()
        )

    def _claim_rows(self):
        return self.filtered(lambda document: document.res_model == CLAIM)

    def write(self, vals):
        # EXTENDS dealer_base
        rows = self._claim_rows()
        if rows and not self.env.su:
            rows._check_claim_row(vals)
        return super().write(vals)

    def _check_claim_row(self, vals):
        """Who may say what about the papers of a claim.

        :raises UserError: the checklist itself, or papers already looked through
        :raises AccessError: the finding belongs to the submitter
        """
        if "requirement" in vals and any(
            row.requirement != vals["requirement"] for row in self
        ):
            raise UserError(
                self.env._(
                    "What a claim needs comes from the checklist of its kind. Propose "
                    "a change of the checklist to the insurance manager."
                )
            )
        if not SETTLED_FIELDS & set(vals):
            return
        guard = self.env["dealer.guard.mixin"]
        claims = self.env[CLAIM].browse(self.mapped("res_id"))
        settled = claims.filtered(
            lambda claim: claim.audited_at and not claim.is_returned
        )
        if settled:
            raise UserError(
                self.env._(
                    "%(names)s: the papers are accepted already. Only a return by the "
                    "insurer opens them again.",
                    names=", ".join(settled.mapped("display_name")),
                )
            )
        with_submitter = claims.filtered(
            lambda claim: claim.handed_over_at and not claim.is_returned
        )
        if vals.get("state") in AUDIT_STATES or with_submitter:
            guard._check_holds("claim_submitter", "insurance_manager")

    @api.ondelete(at_uninstall=False)
    def _unlink_except_required(self):
        """A required row is not taken off the checklist to have it complete."""
        if self.env.su:
            return
        required = self._claim_rows().filtered(
            lambda row: row.requirement == "must" or row.state != "missing"
        )
        if required:
            raise UserError(
                self.env._(
                    "%(names)s: rows of the checklist of a claim are not deleted. "
                    "Write why the document is left out.",
                    names=", ".join(required.mapped("display_name")),
                )
            )

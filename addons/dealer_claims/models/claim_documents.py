from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.dealer_base.models.guard_mixin import Violation

#: Posts that hand papers over, and that take and audit them.
GIVERS = ("claim_receptionist", "insurance_manager")
TAKERS = ("claim_submitter", "insurance_manager")
#: What decides about the checklist, directly or through computed fields.
_CHECKLIST_FIELDS = {
    "claim_type",
    "claim_kind",
    "accident_type",
    "accident_at",
    "insurer_id",
    "policy_id",
    "ctpl_policy_id",
    "vehicle_id",
}


class DealerClaim(models.Model):
    """Papers of a claim: checklist, hand-over to the submitter, audit (S95, S98)."""

    _name = "dealer.claim"
    _inherit = ["dealer.claim", "dealer.document.mixin"]

    handover_ids = fields.One2many(
        "dealer.claim.handover", "claim_id", string="Hand-overs of Papers"
    )
    handover_id = fields.Many2one(
        "dealer.claim.handover",
        string="Last Hand-over of Papers",
        compute="_compute_handover_facts",
        store=True,
        index="btree_not_null",
    )
    handed_over_at = fields.Datetime(
        string="Papers Handed Over",
        compute="_compute_handover_facts",
        store=True,
        copy=False,
    )
    audited_at = fields.Datetime(
        string="Papers Audited",
        compute="_compute_handover_facts",
        store=True,
        copy=False,
    )
    handover_due_on = fields.Date(
        string="Papers Due On",
        compute="_compute_handover_due_on",
        store=True,
        help="Working days after the car is repaired or released within which the "
        "receptionist hands the papers over.",
    )
    is_handover_late = fields.Boolean(
        string="Papers Late",
        compute="_compute_is_handover_late",
        search="_search_is_handover_late",
    )

    # ------------------------------------------------------------------ Facts
    @api.depends(
        "handover_ids.confirmed_at",
        "handover_ids.sent_back_at",
        "handover_ids.audited_at",
    )
    def _compute_handover_facts(self):
        for claim in self:
            last = claim.handover_ids.sorted("id")[-1:]
            valid = last if not last.sent_back_at else last.browse()
            claim.handover_id = last
            claim.handed_over_at = valid.confirmed_at
            claim.audited_at = valid.audited_at

    @api.depends("repaired_at", "released_at", "costs_locked_at", "company_id")
    def _compute_handover_due_on(self):
        # Many cases share their day; the calendar is asked once for each.
        due = {}
        for claim in self:
            # A stolen car is neither repaired nor released; its costs are locked.
            start = claim.released_at or claim.repaired_at or claim.costs_locked_at
            if not start:
                claim.handover_due_on = False
                continue
            company = claim.company_id
            key = (company, company._dealer_local_day(start))
            if key not in due:
                due[key] = company._dealer_add_working_days(
                    key[1], company.dealer_claim_handover_days
                )
            claim.handover_due_on = due[key]

    @api.depends("handover_due_on", "handed_over_at")
    def _compute_is_handover_late(self):
        for claim in self:
            company = claim.company_id
            done = claim.handed_over_at
            day = company._dealer_local_day(done) if done else company._dealer_today()
            claim.is_handover_late = bool(
                claim.handover_due_on and day > claim.handover_due_on
            )

    @api.model
    def _search_is_handover_late(self, operator, value):
        if operator != "in":
            return NotImplemented
        # The day of the hand-over is stored with it; open ones run against today.
        late = Domain("handover_id.is_late", "=", True) & Domain(
            "handed_over_at", "!=", False
        )
        for company in self.env.companies:
            late |= (
                Domain("company_id", "=", company.id)
                & Domain("handed_over_at", "=", False)
                & Domain("handover_due_on", "<", company._dealer_today())
            )
        return late if True in value else ~late

    @api.depends(
        "document_ids.state",
        "document_ids.requirement",
        "document_ids.is_applicable",
        "document_ids.exception_reason",
    )
    def _compute_missing_document_ids(self):
        # OVERRIDE dealer_base: applicable ones count, accepted exceptions do not
        for claim in self:
            required = claim.document_ids.filtered("is_required")
            missing = required.filtered(lambda document: document._is_open())
            claim.missing_document_ids = missing
            claim.document_count = f"{len(required) - len(missing)}/{len(required)}"

    def _document_usage(self):
        # EXTENDS dealer_base
        self.ensure_one()
        if self.is_historical or not self.claim_type:
            return "", self.insurer_id
        return self.claim_type, self.insurer_id

    # ------------------------------------------------------------------- CRUD
    @api.model_create_multi
    def create(self, vals_list):
        claims = super().create(vals_list)
        claims._sudo_sync_documents()
        return claims

    def write(self, vals):
        result = super().write(vals)
        if _CHECKLIST_FIELDS & set(vals):
            self._sudo_sync_documents()
        return result

    def _sudo_sync_documents(self):
        # sudo: who opens a claim need not be the one who edits its checklist
        current = self.filtered(
            lambda claim: not claim.is_historical and not claim.audited_at
        )
        if current:
            current.sudo()._sync_documents()
            self.invalidate_recordset(["document_ids"])

    # --------------------------------------------------------------- Hand-over
    def _guard_hand_over(self):
        """G-O1: the car is ready and every required paper is there or excused."""
        _ = self.env._
        violations = []
        for claim in self:
            if not (claim.repaired_at or claim.released_at or claim.costs_locked_at):
                violations.append(
                    Violation("G-O1", claim, _("the car is not repaired yet"))
                )
            last = claim.handover_id
            if last and not last.sent_back_at:
                violations.append(
                    Violation(
                        "G-O1",
                        claim,
                        _("the papers are handed over with %(name)s", name=last.name),
                    )
                )
            if not claim.document_ids:
                violations.append(
                    Violation("G-O1", claim, _("the claim has no checklist"))
                )
            if claim.missing_document_ids:
                violations.append(
                    Violation(
                        "G-O1",
                        claim,
                        _(
                            "missing without a reason: %(papers)s",
                            papers=", ".join(
                                claim.missing_document_ids.mapped("display_name")
                            ),
                        ),
                    )
                )
        return violations

    def action_hand_over(self):
        """Hand the papers of one or many cases over to the submitter.

        The hand-over counts when the submitter confirms it with his own login.

        :return: the list of hand-overs made
        :raises GuardError: G-O1
        """
        self.check_access("write")
        self._check_holds(*GIVERS)
        self._check_guards("hand_over")
        handovers = self.env["dealer.claim.handover"]._hand_over(self)
        self._close_paper_activities()
        handovers._ask_submitter()
        return True

    def _current_handover(self):
        """Hand-overs that wait for somebody, one of each claim."""
        return self.handover_id.filtered(lambda handover: handover.state != "sent_back")

    def action_confirm_papers(self):
        """The submitter confirms that he has the papers."""
        return self._current_handover().action_confirm()

    def action_accept_papers(self):
        """The submitter has looked through the papers and accepts them."""
        return self._current_handover().action_accept()

    def action_send_back_papers(self):
        """The submitter gives defective papers back to the receptionist."""
        return self._current_handover().action_return()

    def action_receive_all_papers(self):
        """Mark what is required and still missing as received.

        Documents that do not apply stay as they are.
        """
        self.check_access("write")
        self._check_holds(*GIVERS)
        rows = self.document_ids.filtered(
            lambda row: row.is_required and row.state == "missing"
        )
        rows.filtered(lambda row: not row.exception_reason).action_receive()
        return True

    def action_check_all_papers(self):
        """Mark everything received as looked through and right."""
        self.check_access("write")
        self._check_holds(*TAKERS)
        self.document_ids.filtered(lambda row: row.state == "received").action_check()
        return True

    # -------------------------------------------------------------- Activities
    def _schedule_papers(self, user, summary, note=None, day=None):
        """A task of the file, in the language of who does it."""
        self.activity_schedule(
            "dealer_claims.activity_claim_papers",
            date_deadline=day or self.company_id[:1]._dealer_today(),
            user_id=user.id,
            summary=summary,
            note=note or False,
        )

    def _close_paper_activities(self):
        self.activity_unlink(["dealer_claims.activity_claim_papers"])

    def _submitter_user(self):
        """Who submits this case; the submitter of the store when nobody is named."""
        self.ensure_one()
        return self.submitter_id.user_id or self.company_id._dealer_post_user(
            "claim_submitter"
        )

from odoo import api, fields, models

from odoo.addons.dealer_base.models.guard_mixin import Violation

from .claim_documents import GIVERS, TAKERS


class DealerClaimHandover(models.Model):
    """Papers of a case pass from the receptionist to the submitter (SM-10 rows 7, 8).

    ============  =========================================================
    state         facts
    ============  =========================================================
    handed        handed over, nobody has confirmed
    confirmed     the submitter has them
    accepted      looked through and right: the case is a row of the tracker
    sent_back     given back to the receptionist with a reason
    ============  =========================================================
    """

    _name = "dealer.claim.handover"
    _description = "Hand-over of Claim Papers"
    _inherit = ["dealer.derived.mixin", "mail.thread"]
    _order = "id desc"
    _check_company_auto = True
    _protected_fields = (
        "name",
        "company_id",
        "claim_id",
        "attempt",
        "handed_at",
        "handed_by_id",
        "exceptions",
        "confirmed_at",
        "confirmed_by_id",
        "audited_at",
        "audited_by_id",
        "sent_back_at",
        "sent_back_by_id",
        "return_reason",
        "defect_count",
        "is_historical",
    )
    _guard_transitions = ("confirm", "accept")

    name = fields.Char(readonly=True, copy=False, default="/")
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
    insurer_id = fields.Many2one(
        related="claim_id.insurer_id", store=True, index="btree_not_null"
    )
    receptionist_id = fields.Many2one(
        related="claim_id.receptionist_id", store=True, index="btree_not_null"
    )
    attempt = fields.Integer(readonly=True, default=1)
    handed_at = fields.Datetime(readonly=True, copy=False)
    handed_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    exceptions = fields.Text(string="Left Out with Reason", readonly=True, copy=False)
    confirmed_at = fields.Datetime(string="Received", readonly=True, copy=False)
    confirmed_by_id = fields.Many2one(
        "res.users", string="Received By", readonly=True, copy=False
    )
    audited_at = fields.Datetime(string="Accepted", readonly=True, copy=False)
    audited_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    sent_back_at = fields.Datetime(readonly=True, copy=False)
    sent_back_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    return_reason = fields.Text(readonly=True, copy=False)
    defect_count = fields.Integer(string="Defects", readonly=True, copy=False)
    is_historical = fields.Boolean(readonly=True, copy=False)
    is_late = fields.Boolean(
        string="Late",
        compute="_compute_is_late",
        store=True,
        help="Handed over after the day on which the papers were due.",
    )
    first_pass = fields.Float(
        string="Accepted at First Sight",
        compute="_compute_first_pass",
        store=True,
        aggregator="avg",
        digits=(5, 4),
        help="1 when the first hand-over of a case was accepted, 0 when it was sent "
        "back; averaged, the first-pass acceptance rate of the receptionist. Later "
        "hand-overs of the case are left out.",
    )
    counts_first = fields.Boolean(
        string="First Hand-over Decided", compute="_compute_first_pass", store=True
    )
    document_ids = fields.One2many(related="claim_id.document_ids", readonly=False)
    state = fields.Selection(
        [
            ("handed", "Handed Over"),
            ("confirmed", "Received"),
            ("accepted", "Accepted"),
            ("sent_back", "Sent Back"),
        ],
        compute="_compute_state",
        store=True,
    )

    _open_uniq = models.UniqueIndex(
        "(claim_id) WHERE sent_back_at IS NULL",
        "The papers of this case are handed over already.",
    )

    @api.depends("confirmed_at", "audited_at", "sent_back_at")
    def _compute_state(self):
        for handover in self:
            handover.state = (
                (handover.sent_back_at and "sent_back")
                or (handover.audited_at and "accepted")
                or (handover.confirmed_at and "confirmed")
                or "handed"
            )

    @api.depends("handed_at", "claim_id.handover_due_on")
    def _compute_is_late(self):
        for handover in self:
            due, moment = handover.claim_id.handover_due_on, handover.handed_at
            handover.is_late = bool(
                due and moment and handover.company_id._dealer_local_day(moment) > due
            )

    @api.depends(
        "attempt",
        "audited_at",
        "sent_back_at",
        "sent_back_by_id",
        "handed_by_id",
        "is_historical",
    )
    def _compute_first_pass(self):
        for handover in self:
            decided = bool(handover.audited_at or handover._was_refused())
            handover.counts_first = (
                decided and handover.attempt == 1 and not handover.is_historical
            )
            handover.first_pass = float(
                handover.counts_first and not handover.sent_back_at
            )

    def _was_refused(self):
        """Sent back by the submitter; what the giver takes back is no refusal."""
        self.ensure_one()
        return bool(self.sent_back_at) and self.sent_back_by_id != self.handed_by_id

    # ----------------------------------------------------------------- Create
    @api.model
    def _hand_over(self, claims):
        """Hand-overs of cases whose guards hold; see ``action_hand_over``.

        :param claims: ``dealer.claim``
        :return: the new hand-overs
        """
        now = fields.Datetime.now()
        next_code = self.env["ir.sequence"].next_by_code
        return self._create_protected(
            [
                {
                    "name": next_code("dealer.claim.handover") or "/",
                    "company_id": claim.company_id.id,
                    "claim_id": claim.id,
                    "attempt": len(
                        claim.handover_ids.filtered(lambda old: old._was_refused())
                    )
                    + 1,
                    "handed_at": now,
                    "handed_by_id": self.env.uid,
                    "exceptions": "\n".join(
                        f"{row.display_name}: {row.exception_reason}"
                        for row in claim.document_ids
                        if row.is_required and row.exception_reason
                    ),
                }
                for claim in claims
            ]
        )

    # ----------------------------------------------------------------- Guards
    def _protected_hint(self, field_name):
        return self.env._("Use the buttons of the hand-over.")

    def _guard_shown(self, transition):
        states = {"confirm": ("handed",), "accept": ("confirmed",)}
        return self.filtered(lambda handover: handover.state in states[transition])

    def _guard_transition_label(self, transition):
        return {
            "confirm": self.env._("Confirm Receipt"),
            "accept": self.env._("Accept Papers"),
        }.get(transition, "")

    def _two_sides_violations(self):
        """G-O3: who hands over neither receives nor audits."""
        return [
            Violation(
                "G-O3",
                handover,
                self.env._(
                    "%(user)s has handed it over himself", user=self.env.user.name
                ),
            )
            for handover in self
            if handover.handed_by_id == self.env.user
        ]

    def _guard_confirm(self):
        """G-O3: two people."""
        return self._two_sides_violations()

    def _guard_accept(self):
        """G-O2: every item looked at and right; G-O3: two people."""
        _ = self.env._
        violations = self._two_sides_violations()
        for handover in self:
            rows = handover.claim_id.document_ids
            kinds = (
                (
                    _("not looked at"),
                    rows.filtered(lambda row: row.state == "received"),
                ),
                (_("with a defect"), rows.filtered(lambda row: row.state == "defect")),
                (
                    _("missing"),
                    rows.filtered(lambda row: row._is_open())
                    - rows.filtered(lambda row: row.state == "defect"),
                ),
            )
            violations += [
                Violation(
                    "G-O2",
                    handover,
                    _(
                        "%(what)s: %(papers)s",
                        what=what,
                        papers=", ".join(bad.mapped("display_name")),
                    ),
                )
                for what, bad in kinds
                if bad
            ]
        return violations

    # ------------------------------------------------------------ Transitions
    def action_confirm(self):
        """The submitter confirms that the papers have reached him."""
        self.check_access("write")
        self._check_holds(*TAKERS)
        self._check_state(("handed",), self.env._("Confirm Receipt"))
        self._check_guards("confirm")
        self._write_protected(
            {"confirmed_at": fields.Datetime.now(), "confirmed_by_id": self.env.uid}
        )
        self._sudo_take_case()
        return True

    def _sudo_take_case(self):
        """Who takes the papers of a case that nobody submits yet submits it."""
        # sudo: the submitter is a fact of this step, not a correction of the claim
        mine_sudo = self.env["dealer.staff"].sudo()
        for company, handovers in self.grouped("company_id").items():
            staff = mine_sudo.search(
                [("company_id", "=", company.id), ("user_id", "=", self.env.uid)],
                limit=1,
            )
            free_sudo = handovers.claim_id.filtered(
                lambda claim: not claim.submitter_id
            ).sudo()
            if staff and free_sudo:
                free_sudo._write_protected({"submitter_id": staff.id})

    def action_accept(self):
        """The papers are complete and right: the case enters the tracker (S98, S99)."""
        self.check_access("write")
        self._check_holds(*TAKERS)
        self._check_state(("confirmed",), self.env._("Accept Papers"))
        self._check_guards("accept")
        self._write_protected(
            {"audited_at": fields.Datetime.now(), "audited_by_id": self.env.uid}
        )
        self.claim_id._close_paper_activities()
        return True

    def action_return(self, reason=None):
        """Give the papers back to the receptionist.

        :param reason: what has to be done better; without it a dialog asks
        """
        self.check_access("write")
        self._check_holds(*TAKERS)
        self._check_state(("handed", "confirmed"), self.env._("Send Back"))
        if not (reason or "").strip():
            return self.env["dealer.return.wizard"]._open_for(self, "return")
        now = fields.Datetime.now()
        for handover in self:
            defects = handover.claim_id.document_ids.filtered(
                lambda row: row.state == "defect"
            )
            handover._write_protected(
                {
                    "sent_back_at": now,
                    "sent_back_by_id": self.env.uid,
                    "return_reason": reason.strip(),
                    "defect_count": len(defects),
                }
            )
        self.claim_id._close_paper_activities()
        self._ask_receptionist()
        return True

    def action_take_back(self):
        """The receptionist takes papers back that nobody has confirmed yet."""
        self.check_access("write")
        self._check_holds(*GIVERS)
        self._check_state(("handed",), self.env._("Take Back"))
        self._write_protected(
            {
                "sent_back_at": fields.Datetime.now(),
                "sent_back_by_id": self.env.uid,
                "return_reason": self.env._("Taken back before it was received"),
            }
        )
        self.claim_id._close_paper_activities()
        return True

    # -------------------------------------------------------------- Activities
    def _ask_submitter(self):
        for handover in self:
            user = handover.claim_id._submitter_user()
            if user and user != self.env.user:
                claim = handover.claim_id.with_context(lang=user.lang or self.env.lang)
                claim._schedule_papers(
                    user, claim.env._("Confirm and audit the papers")
                )

    def _ask_receptionist(self):
        for handover in self:
            user = handover.handed_by_id
            if user:
                claim = handover.claim_id.with_context(lang=user.lang or self.env.lang)
                claim._schedule_papers(
                    user,
                    claim.env._("Complete the papers and hand them over again"),
                    handover.return_reason,
                )

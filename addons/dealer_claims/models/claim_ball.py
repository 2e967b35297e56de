from datetime import datetime

from odoo import api, fields, models
from odoo.fields import Domain

from .claim_stage_limit import HOLDERS, PHASES, STAGES

#: Facts that begin a stage; the latest of them counts.
STAGE_FACTS = {
    "received": ("received_at",),
    "assessing": ("assessing_at",),
    "assessed": ("assessed_at",),
    "repairing": ("repair_started_at",),
    "repaired": ("repaired_at",),
    "collect": ("costs_locked_at",),
    "settled": ("costs_locked_at", "cashier_confirmed_at"),
    "released": ("released_at",),
    "docs_handed_over": ("handed_over_at",),
    "docs_audited": ("audited_at",),
    "submitted": ("submitted_on",),
    "insurer_reviewing": ("insurer_received_on",),
    "returned": ("last_returned_on",),
    "rejected": ("rejected_on",),
    "approved": ("approved_on",),
    "paid": ("insurer_paid_on",),
    "refund": ("reconciled_at",),
    "reconciled": ("reconciled_at",),
    "closing_check": ("closing_check_at",),
    "closing_returned": ("closing_returned_at",),
}
#: Holders that are a person of the case, else the post of the store.
HOLDER_FIELDS = {"receptionist": "receptionist_id", "submitter": "submitter_id"}
HOLDER_POSTS = {
    "receptionist": "claim_receptionist",
    "submitter": "claim_submitter",
    "cashier": "cashier",
    "finance": "finance",
    "claim_leader": "claim_leader",
}
ENDED = ("closed", "void")


class DealerClaim(models.Model):
    """Who holds the ball of a case, since when and until when (board of claims).

    Everything follows from the facts of the case and the limits of the stages; no
    moment is typed in.
    """

    _inherit = "dealer.claim"

    is_ball_open = fields.Boolean(
        string="Case Open", compute="_compute_ball", store=True, index=True
    )
    ball_stage = fields.Selection(
        STAGES, string="Stage", compute="_compute_ball", store=True, index=True
    )
    ball_phase = fields.Selection(
        PHASES, string="Board Column", compute="_compute_ball", store=True
    )
    ball_holder = fields.Selection(
        HOLDERS, string="Ball With", compute="_compute_ball", store=True
    )
    ball_staff_id = fields.Many2one(
        "dealer.staff",
        string="Person",
        compute="_compute_ball",
        store=True,
        index="btree_not_null",
        help="Who of the store does the next step; for the insurer and the workshop "
        "who follows it up.",
    )
    ball_since = fields.Date(
        string="In Stage Since", compute="_compute_ball", store=True
    )
    ball_due_on = fields.Date(
        string="Stage Due",
        compute="_compute_ball",
        store=True,
        index="btree_not_null",
        help="Last working day of the limit of the stage.",
    )
    ball_amount = fields.Monetary(
        string="Money Waiting",
        compute="_compute_ball",
        store=True,
        help="What insurer and customer still owe for the case; before the costs are "
        "locked the assessed amount; a refund that is owed.",
    )
    ball_days = fields.Integer(
        string="Days in Stage", compute="_compute_ball_days", aggregator=None
    )
    ball_is_late = fields.Boolean(
        string="Over the Limit",
        compute="_compute_ball_days",
        search="_search_ball_is_late",
    )
    ball_days_over = fields.Integer(
        string="Days over the Limit", compute="_compute_ball_days", aggregator=None
    )
    ball_next_action = fields.Char(
        string="Next Step", compute="_compute_ball_next_action"
    )

    @api.depends(
        "state",
        "needs_gate",
        "needs_file",
        "refund_due",
        "self_paid_open",
        "payment_due_on",
        "receptionist_id",
        "submitter_id",
        "assessed_amount",
        "expected_insurer_payment",
        "insurer_received",
        "third_party_open",
        "create_date",
        *sorted({name for names in STAGE_FACTS.values() for name in names}),
    )
    def _compute_ball(self):
        limits = self.env["dealer.claim.stage.limit"]._by_stage(self.company_id)
        posts = self._sudo_post_staff(self.company_id)
        due_days = {}
        for claim in self:
            stage = claim._ball_stage()
            limit = limits.get((claim.company_id.id, stage)) if stage else None
            claim.is_ball_open = bool(stage)
            claim.ball_stage = stage
            claim.ball_phase = limit.phase if limit else False
            claim.ball_holder = limit.holder if limit else False
            claim.ball_staff_id = limit and claim._ball_person(limit.holder, posts)
            since = stage and claim._ball_begin(stage)
            claim.ball_since = since
            claim.ball_due_on = (
                since and limit and claim._ball_due(stage, since, limit.days, due_days)
            )
            claim.ball_amount = claim._ball_money(stage)

    def _ball_stage(self):
        """Stage of the case with the parts of a state; False when it has ended."""
        self.ensure_one()
        currency = self.currency_id
        if not self.state or self.state in ENDED:
            return False
        stage = self.state
        if stage == "settled":
            if currency.compare_amounts(self.self_paid_open, 0) > 0:
                return "collect"
            # A car that does not leave through our gate: only its papers go on.
            stage = "settled" if self.needs_gate else "released"
        elif stage == "released" and not self.needs_file:
            stage = "reconciled"
        if stage in ("reconciled", "closing_check"):
            if currency.compare_amounts(self.refund_due, 0) > 0:
                return "refund"
            if stage == "reconciled" and self.closing_returned_at:
                return "closing_returned"
        return stage

    def _ball_begin(self, stage):
        """Store day on which the stage began; the reception where nothing says."""
        self.ensure_one()
        days = [
            self._ball_day(self[name])
            for name in STAGE_FACTS.get(stage, ())
            if self[name]
        ]
        if not days:
            # A fact that is not known, for example of a case taken over: the last
            # one that is known.
            known = [
                self._ball_day(self[name])
                for names in STAGE_FACTS.values()
                for name in names
                if self[name]
            ]
            days = known or [self._ball_day(self.create_date)]
        return max(days)

    def _ball_day(self, moment):
        if not moment:
            return self.company_id._dealer_today()
        if isinstance(moment, datetime):
            return self.company_id._dealer_local_day(moment)
        return moment

    def _ball_due(self, stage, since, days, known):
        """Last day of the limit; the insurer's own day of payment where it is sooner.

        :param known: dict that keeps working days already counted
        """
        key = (self.company_id.id, since, days)
        if key not in known:
            known[key] = self.company_id._dealer_add_working_days(since, days)
        due = known[key]
        if stage == "approved" and self.payment_due_on:
            due = min(due, self.payment_due_on)
        return due

    def _ball_person(self, holder, posts):
        """Person of the store: of the case, else who holds the post in the store."""
        follows = {"insurer": "submitter", "workshop": "receptionist"}
        follows["customer"] = "receptionist"
        post = follows.get(holder, holder)
        if holder == "insurer" and not self.handed_over_at:
            # Before the papers are handed over the receptionist talks to the insurer.
            post = "receptionist"
        name = HOLDER_FIELDS.get(post)
        person = self[name] if name else self.env["dealer.staff"]
        return person or posts.get((self.company_id.id, HOLDER_POSTS[post]), person)

    @api.model
    def _sudo_post_staff(self, companies):
        """First person of each claim post of the stores: one query."""
        staff_sudo = self.env["dealer.staff"].sudo()
        people = staff_sudo.search(
            [
                ("company_id", "in", companies.ids),
                ("post", "in", list(HOLDER_POSTS.values())),
            ],
            order="id desc",
        )
        return {
            (person.company_id.id, person.post): person.sudo(False) for person in people
        }

    def _ball_money(self, stage):
        self.ensure_one()
        if not stage:
            return 0.0
        if stage == "refund":
            return self.refund_due
        if not self.costs_locked_at:
            return self.assessed_amount
        owed = max(self.expected_insurer_payment - self.insurer_received, 0.0)
        if self.reconciled_at:
            owed = 0.0
        return owed + max(self.self_paid_open, 0.0) + max(self.third_party_open, 0.0)

    @api.depends("ball_since", "ball_due_on")
    def _compute_ball_days(self):
        today = {company: company._dealer_today() for company in self.company_id}
        for claim in self:
            now, since, due = (
                today[claim.company_id],
                claim.ball_since,
                claim.ball_due_on,
            )
            claim.ball_days = (now - since).days if since else 0
            over = (now - due).days if due else 0
            claim.ball_days_over = max(over, 0)
            claim.ball_is_late = over > 0

    @api.model
    def _ball_late_domain(self):
        """Open cases over the limit of their stage, by the day of their store."""
        return Domain.OR(
            Domain("company_id", "=", company.id)
            & Domain("ball_due_on", "<", company._dealer_today())
            for company in self.env.companies
        )

    @api.model
    def _search_ball_is_late(self, operator, value):
        if operator != "in":
            return NotImplemented
        late, wanted = self._ball_late_domain(), set(value)
        if wanted == {True}:
            return late
        # A case without due day is not late: NULL needs its own words.
        fine = Domain("ball_due_on", "=", False) | ~late
        return fine if wanted == {False} else Domain(bool(wanted))

    @api.depends("ball_stage", "company_id")
    @api.depends_context("lang")
    def _compute_ball_next_action(self):
        limits = self.env["dealer.claim.stage.limit"]._by_stage(self.company_id)
        for claim in self:
            limit = limits.get((claim.company_id.id, claim.ball_stage))
            claim.ball_next_action = limit.next_action if limit else False

    def _count_ball_again(self):
        """Count the days of the stages again, after a limit was changed."""
        names = ("ball_phase", "ball_holder", "ball_staff_id", "ball_due_on")
        for name in names:
            self.env.add_to_compute(self._fields[name], self)

from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.dealer_base.models.guard_mixin import Violation

from .claim_documents import TAKERS

#: Upper bounds in days of the ageing buckets of K33; the last one has none.
AGE_BOUNDS = (30, 60, 90, 180)
#: Posts that are told when a payment is late, in the order of the levels.
ESCALATION = (
    ("claim_submitter", "dealer_claim_escalate_submitter_days"),
    ("claim_leader", "dealer_claim_escalate_leader_days"),
    ("insurance_manager", "dealer_claim_escalate_manager_days"),
)
CHASERS = (*TAKERS, "claim_leader")
#: Written by chase, coding and the daily job alone.
OVERDUE_FIELDS = (
    "overdue_reason_id",
    "overdue_note",
    "overdue_coded_on",
    "overdue_asked_on",
    "overdue_level",
    "next_chase_on",
)


def age_bucket(days):
    """Ageing bucket of an unpaid case (K33).

    :param days: days since the submission
    :return: index of the bucket: 0 for up to 30 days … 4 for more than 180
    """
    return next(
        (index for index, bound in enumerate(AGE_BOUNDS) if days <= bound),
        len(AGE_BOUNDS),
    )


class DealerClaim(models.Model):
    """Payments that are late: flag, reason code, escalation, chase (SM-10 row 17)."""

    _inherit = "dealer.claim"

    is_overdue = fields.Boolean(
        string="Payment Overdue",
        compute="_compute_overdue",
        search="_search_is_overdue",
    )
    overdue_days = fields.Integer(
        string="Days Overdue",
        compute="_compute_overdue",
        help="Days after the due day, until the insurer paid or today.",
    )
    days_since_submission = fields.Integer(compute="_compute_overdue")
    age_bucket = fields.Selection(
        [
            ("0", "0–30 Days"),
            ("1", "31–60 Days"),
            ("2", "61–90 Days"),
            ("3", "91–180 Days"),
            ("4", "More than 180 Days"),
        ],
        string="Age of the Unpaid Case",
        compute="_compute_overdue",
        search="_search_age_bucket",
        help="Counted from the first submission (K33).",
    )
    overdue_reason_id = fields.Many2one(
        "dealer.reason.code",
        string="Reason of the Delay",
        readonly=True,
        copy=False,
        tracking=True,
        index="btree_not_null",
        domain=[("category", "=", "overdue")],
        ondelete="restrict",
    )
    overdue_note = fields.Char(
        string="Explanation of the Delay", readonly=True, copy=False
    )
    overdue_coded_on = fields.Date(
        string="Delay Explained On", readonly=True, copy=False
    )
    overdue_asked_on = fields.Date(readonly=True, copy=False)
    overdue_level = fields.Integer(
        string="Escalation",
        readonly=True,
        copy=False,
        help="0 nobody, 1 submitter, 2 claims leader, 3 insurance manager.",
    )
    is_overdue_uncoded = fields.Boolean(
        string="Delay Unexplained",
        compute="_compute_is_overdue_uncoded",
        search="_search_is_overdue_uncoded",
        help="Overdue, and the working days for entering the reason are over.",
    )
    chase_ids = fields.One2many("dealer.claim.chase", "claim_id", string="Chases")
    next_chase_on = fields.Date(readonly=True, copy=False, index="btree_not_null")
    chase_count = fields.Integer(compute="_compute_chase_count")

    def _guarded_names(self):
        # EXTENDS dealer_base
        return [*super()._guarded_names(), *OVERDUE_FIELDS]

    # ------------------------------------------------------------------ Facts
    def _is_unpaid(self):
        """Submitted and still owed by the insurer, be it a part only."""
        self.ensure_one()
        owed = self.currency_id.compare_amounts(self.insurer_open, 0) > 0
        return bool(
            self.submitted_on
            and (owed or not self.insurer_paid_on)
            and not self.rejected_on
            and not self.closed_at
            and not self.voided_at
        )

    @api.model
    def _unpaid_domain(self):
        """Cases that the insurer still owes; the base of overdue and ageing."""
        return (
            Domain("submitted_on", "!=", False)
            & (Domain("insurer_paid_on", "=", False) | Domain("insurer_open", ">", 0))
            & Domain("rejected_on", "=", False)
            & Domain("closed_at", "=", False)
            & Domain("voided_at", "=", False)
        )

    @api.depends(
        "submitted_on",
        "payment_due_on",
        "insurer_paid_on",
        "insurer_open",
        "rejected_on",
        "closed_at",
        "voided_at",
    )
    def _compute_overdue(self):
        today = {company: company._dealer_today() for company in self.company_id}
        for claim in self:
            unpaid = claim._is_unpaid()
            now = today[claim.company_id]
            day = now if unpaid else claim.insurer_paid_on or now
            late = 0
            if claim.payment_due_on and (unpaid or claim.insurer_paid_on):
                late = max((day - claim.payment_due_on).days, 0)
            age = (day - claim.submitted_on).days if claim.submitted_on else 0
            claim.overdue_days = late
            claim.is_overdue = unpaid and late > 0
            claim.days_since_submission = age
            claim.age_bucket = str(age_bucket(age)) if unpaid else False

    @api.model
    def _per_store(self, build):
        """A domain that runs against the day of each store.

        :param build: function (company, today) to domain
        """
        return Domain.OR(
            Domain("company_id", "=", company.id)
            & build(company, company._dealer_today())
            for company in self.env.companies
        )

    @api.model
    def _search_is_overdue(self, operator, value):
        if operator != "in":
            return NotImplemented
        late = self._unpaid_domain() & self._per_store(
            lambda company, today: Domain("payment_due_on", "<", today)
        )
        return late if True in value else ~late

    @api.model
    def _search_age_bucket(self, operator, value):
        if operator != "in":
            return NotImplemented

        def build(company, today):
            parts = []
            for item in value:
                if not item:
                    continue
                index = int(item)
                part = Domain.TRUE
                if index < len(AGE_BOUNDS):
                    oldest = today - timedelta(days=AGE_BOUNDS[index])
                    part &= Domain("submitted_on", ">=", oldest)
                if index:
                    newest = today - timedelta(days=AGE_BOUNDS[index - 1])
                    part &= Domain("submitted_on", "<", newest)
                parts.append(part)
            return Domain.OR(parts)

        found = self._unpaid_domain() & self._per_store(build)
        return found | ~self._unpaid_domain() if False in value else found

    def _code_deadline(self, company, today):
        """Latest due day whose reason must be written by now.

        Working days are counted forward only: the due days of a few weeks back are
        tried until the deadline of one lies ahead.
        """
        days = company.dealer_claim_overdue_code_days
        day = today - timedelta(days=1)
        # A deadline of n working days never takes more than this many days.
        for _step in range(days * 3 + 20):
            if company._dealer_add_working_days(day, days) < today:
                return day
            day -= timedelta(days=1)
        return day

    @api.depends("overdue_reason_id", "payment_due_on", "insurer_paid_on")
    def _compute_is_overdue_uncoded(self):
        latest = {
            company: self._code_deadline(company, company._dealer_today())
            for company in self.company_id
        }
        for claim in self:
            claim.is_overdue_uncoded = bool(
                claim._is_unpaid()
                and not claim.overdue_reason_id
                and claim.payment_due_on
                and claim.payment_due_on <= latest[claim.company_id]
            )

    @api.model
    def _search_is_overdue_uncoded(self, operator, value):
        if operator != "in":
            return NotImplemented
        found = (
            self._unpaid_domain()
            & Domain("overdue_reason_id", "=", False)
            & self._per_store(
                lambda company, today: Domain(
                    "payment_due_on", "<=", self._code_deadline(company, today)
                )
            )
        )
        return found if True in value else ~found

    @api.depends("chase_ids")
    def _compute_chase_count(self):
        counts = dict(
            self.env["dealer.claim.chase"]._read_group(
                [("claim_id", "in", self.ids)], ["claim_id"], ["__count"]
            )
        )
        for claim in self:
            claim.chase_count = counts.get(claim._origin, 0)

    # ----------------------------------------------------------------- Guards
    def _overdue_violations(self):
        """G-O8: a payment that is late for days has its reason before anything else."""
        return [
            Violation(
                "G-O8",
                claim,
                self.env._(
                    "the payment was due on %(day)s and nobody has written why it is "
                    "late",
                    day=claim.payment_due_on,
                ),
            )
            for claim in self
            if claim.is_overdue_uncoded
        ]

    # ------------------------------------------------------------------ Chase
    def action_chase(self):
        """Write down what was done to get the money, and why it is late."""
        self.check_access("write")
        self._check_holds(*CHASERS)
        return self.env["dealer.claim.chase.wizard"]._open_for(self)

    def _do_chase(self, vals, reason=None, note=None):
        """Add a line to the register of each case and code the delay.

        :param vals: method, contact, result, next_on
        :param reason: ``dealer.reason.code`` of category overdue; empty keeps the old
        :param note: explanation, required by some reasons
        :raises GuardError: G-O8 while an old delay has no reason
        """
        self.check_access("write")
        self._check_holds(*CHASERS)
        self._do_code_overdue(reason, note)
        self._raise_violations(self._overdue_violations())
        now = fields.Datetime.now()
        self.env["dealer.claim.chase"]._sudo_append(
            [
                {
                    **vals,
                    "company_id": claim.company_id.id,
                    "claim_id": claim.id,
                    "insurer_id": claim.insurer_id.id,
                    "chased_at": now,
                    "user_id": self.env.uid,
                    "overdue_days": claim.overdue_days,
                    "overdue_reason_id": claim.overdue_reason_id.id,
                }
                for claim in self
            ]
        )
        self._write_protected({"next_chase_on": vals.get("next_on")})
        self.activity_unlink(["dealer_claims.activity_claim_overdue"])

    def _do_code_overdue(self, reason, note=None):
        """Write why the payment is late (OD-xx).

        :raises GuardError: G-O8 for a reason that needs words or is none of a delay
        """
        if not reason:
            return
        problem = ""
        if reason.category != "overdue":
            problem = self.env._("this is no reason of a late payment")
        elif reason.needs_text and not (note or "").strip():
            problem = self.env._(
                "reason %(reason)s needs an explanation in words",
                reason=reason.display_name,
            )
        self._raise_violations(
            [Violation("G-O8", claim, problem) for claim in self if problem]
        )
        for company, claims in self.grouped("company_id").items():
            claims._write_protected(
                {
                    "overdue_reason_id": reason.id,
                    "overdue_note": (note or "").strip() or False,
                    "overdue_coded_on": company._dealer_today(),
                }
            )

    # ------------------------------------------------------------- Escalation
    @api.model
    def _cron_claim_overdue(self):
        """Daily: ask for the reason of a delay, tell who is next, tidy up what is paid.

        Set based and idempotent: a level is told once.
        """
        for company in self.env["res.company"]._dealer_stores():
            claims = self.with_company(company).with_context(
                allowed_company_ids=company.ids
            )
            claims._escalate(company)
            self.env["ir.cron"]._commit_progress(1)

    @api.model
    def _escalate(self, company):
        today = company._dealer_today()
        store = Domain("company_id", "=", company.id)
        late = self.search(
            store & self._unpaid_domain() & Domain("payment_due_on", "<", today)
        )
        late._ask_for_code(today)
        for level, (post, setting) in enumerate(ESCALATION, 1):
            days = company[setting]
            told = late.filtered(
                lambda claim, level=level, days=days: (
                    claim.overdue_level < level
                    and (today - claim.payment_due_on).days >= days
                )
            )
            if not told:
                continue
            told._write_protected({"overdue_level": level})
            told._tell_overdue(post, today)
        self._tidy_overdue(store)

    @api.model
    def _tidy_overdue(self, store):
        """Tasks of payments that have come are done."""
        settled = self.search(
            store
            & ~self._unpaid_domain()
            & Domain(
                "activity_ids.activity_type_id", "in", self._overdue_activity().ids
            )
        )
        settled.activity_unlink(["dealer_claims.activity_claim_overdue"])

    @api.model
    def _overdue_activity(self):
        return self.env.ref("dealer_claims.activity_claim_overdue")

    def _ask_for_code(self, today):
        """A task for the submitter of every delay without a reason, once."""
        fresh = self.filtered(
            lambda claim: not claim.overdue_reason_id and not claim.overdue_asked_on
        )
        if not fresh:
            return
        fresh._write_protected({"overdue_asked_on": today})
        company = fresh.company_id
        deadline = company._dealer_add_working_days(
            today, company.dealer_claim_overdue_code_days
        )
        for user, claims in fresh._grouped_by_submitter().items():
            claims = claims.with_context(lang=user.lang or self.env.lang)
            claims._schedule_overdue(
                user,
                claims.env._("The insurer's payment is late: write why"),
                deadline,
            )

    def _tell_overdue(self, post, today):
        if post == "claim_submitter":
            groups = self._grouped_by_submitter()
        else:
            groups = {self.company_id._dealer_post_user(post): self}
        for user, claims in groups.items():
            claims = claims.with_context(lang=user.lang or self.env.lang)
            claims._schedule_overdue(
                user, claims.env._("The insurer's payment is late: chase it"), today
            )

    def _grouped_by_submitter(self):
        """Cases by the login that chases them; {} when the store has none."""
        nobody = self.filtered(lambda claim: not claim.submitter_id.user_id)
        groups = (self - nobody).grouped(lambda claim: claim.submitter_id.user_id)
        if nobody:
            user = nobody.company_id._dealer_post_user("claim_submitter")
            groups[user] = groups.get(user, self.browse()) | nobody
        return groups

    def _schedule_overdue(self, user, summary, day):
        if user:
            self.activity_schedule(
                "dealer_claims.activity_claim_overdue",
                date_deadline=day,
                user_id=user.id,
                summary=summary,
            )

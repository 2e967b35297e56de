from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import is_html_empty

from .guard_mixin import Violation

OPEN_STATES = ("draft", "returned")


class DealerReview(models.Model):
    """Analysis of a period that one post writes and another accepts (SM-15).

    A kind of analysis is an entry of ``kind`` and some methods that an addon adds by
    inheritance:

    - ``_kind_posts_<kind>()``: (post that writes, posts that accept)
    - ``_figures_<kind>()``: dict review -> list of ``tools.review.Figure``
    - ``_rows_<kind>()``: dict review -> {table code: list of dict}
    - ``_tables_<kind>()`` and ``_labels_<kind>()``: the words for both
    - ``_source_<kind>()``: source of the improvement plans that are written in it

    What is submitted is frozen: later changes of the data show beside it and never
    in it.
    """

    _name = "dealer.review"
    _description = "Period Analysis"
    _inherit = [
        "dealer.numbered.mixin",
        "dealer.escalation.mixin",
        "dealer.derived.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _overdue_depends = ("state", "due_date")
    _order = "date_from desc, kind, id desc"
    _check_company_auto = True
    _guard_transitions = ("submit", "accept", "close")
    _protected_fields = (
        "state",
        "name",
        "frozen",
        "frozen_at",
        "figure_ids",
        "submitted_at",
        "submitted_by_id",
        "decided_at",
        "decided_by_id",
        "return_reason",
        "closed_at",
        "escalated_at",
    )

    name = fields.Char(
        string="Number", default="/", required=True, readonly=True, copy=False
    )
    company_id = fields.Many2one(
        "res.company",
        string="Store",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    kind = fields.Selection(
        [("general", "General Analysis")],
        required=True,
        default="general",
        index=True,
        help="What is analysed; it decides the figures, who writes and who accepts.",
    )
    date_from = fields.Date(
        string="Month",
        required=True,
        index=True,
        default=lambda self: self._default_date_from(),
        help="Any day of the month that is analysed.",
    )
    date_to = fields.Date(
        string="Until", compute="_compute_date_to", store=True, precompute=True
    )
    period = fields.Char(compute="_compute_period")
    due_date = fields.Date(
        compute="_compute_due_date",
        store=True,
        precompute=True,
        tracking=True,
        help="Working days after the end of the month, as the store has set them.",
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("submitted", "Submitted"),
            ("accepted", "Accepted"),
            ("returned", "Returned"),
            ("closed", "Closed"),
        ],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
    )

    # what the author writes
    causes = fields.Html(
        string="Analysis of Causes",
        help="Why the figures are what they are.",
    )
    suggestions = fields.Html(help="What the store should change beyond the plans.")
    improvement_ids = fields.One2many(
        "dealer.improvement", "review_id", string="Improvement Plans"
    )
    improvement_count = fields.Integer(compute="_compute_improvement_count")
    improvement_source = fields.Char(
        compute="_compute_improvement_source",
        export_string_translation=False,
        exportable=False,
    )

    # who and when
    author_post = fields.Char(string="Written By", compute="_compute_posts")
    reviewer_post = fields.Char(string="Accepted By", compute="_compute_posts")
    is_author = fields.Boolean(
        compute="_compute_posts", export_string_translation=False, exportable=False
    )
    is_reviewer = fields.Boolean(
        compute="_compute_posts", export_string_translation=False, exportable=False
    )
    submitted_at = fields.Datetime(readonly=True, copy=False)
    submitted_by_id = fields.Many2one(
        "res.users", string="Author", readonly=True, copy=False
    )
    decided_at = fields.Datetime(readonly=True, copy=False)
    decided_by_id = fields.Many2one(
        "res.users", string="Reviewer", readonly=True, copy=False
    )
    return_reason = fields.Text(readonly=True, copy=False, tracking=True)
    closed_at = fields.Datetime(readonly=True, copy=False)
    escalated_at = fields.Datetime(
        readonly=True, copy=False, help="When its delay was told to the reviewer."
    )
    is_late = fields.Boolean(
        string="Submitted Late",
        compute="_compute_is_late",
        store=True,
        help="Submitted after the due day (K39).",
    )

    _kind_period_uniq = models.UniqueIndex(
        "(company_id, kind, date_from) WHERE kind != 'general'",
        "The store has this analysis of the month already.",
    )

    # -------------------------------------------------------------- Defaults
    @api.model
    def _default_date_from(self):
        today = fields.Date.context_today(self)
        return today.replace(day=1) - relativedelta(months=1)

    # -------------------------------------------------------------- Computes
    @api.depends("date_from")
    def _compute_date_to(self):
        for review in self:
            day = review.date_from
            review.date_to = day and day.replace(day=1) + relativedelta(
                months=1, days=-1
            )

    @api.depends("date_from")
    def _compute_period(self):
        for review in self:
            day = review.date_from
            review.period = day.strftime("%Y-%m") if day else ""

    @api.depends("date_to", "company_id", "kind")
    def _compute_due_date(self):
        for review in self:
            company = review.company_id
            review.due_date = review.date_to and company._dealer_add_working_days(
                review.date_to, review._due_days()
            )

    def _due_days(self):
        """Working days after the end of the period within which it is due."""
        return self.company_id.dealer_review_due_days

    @api.depends("kind", "date_from", "name")
    def _compute_display_name(self):
        labels = dict(self._fields["kind"]._description_selection(self.env))
        for review in self:
            review.display_name = (
                f"{labels.get(review.kind, '')} {review.period or ''}".strip()
            )

    @api.depends("kind")
    @api.depends_context("uid", "lang")
    def _compute_posts(self):
        for review in self:
            author, reviewers = self._kind_posts(review.kind)
            review.author_post = self.env.ref(f"dealer_base.group_{author}").name
            reviewer = self.env.ref(f"dealer_base.group_{reviewers[0]}")
            review.reviewer_post = reviewer.name
            review.is_author = self._holds(author)
            review.is_reviewer = self._holds(*reviewers)

    @api.depends("improvement_ids")
    def _compute_improvement_count(self):
        for review in self:
            review.improvement_count = len(review.improvement_ids)

    @api.depends("kind")
    def _compute_improvement_source(self):
        """Source of the plans that are written in the analysis."""
        for review in self:
            method = getattr(review, f"_source_{review.kind}", None)
            review.improvement_source = method() if method else "other"

    @api.depends("submitted_at", "due_date")
    def _compute_is_late(self):
        for review in self:
            review.is_late = bool(
                review.submitted_at
                and review.due_date
                and review.company_id._dealer_local_day(review.submitted_at)
                > review.due_date
            )

    @api.model
    def _overdue_domain(self):
        today = fields.Date.context_today(self)
        return Domain("state", "in", OPEN_STATES) & Domain("due_date", "<", today)

    # ------------------------------------------------------------------ CRUD
    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [self._month_vals(vals) for vals in vals_list]
        for kind in {vals.get("kind") or self._default_kind() for vals in vals_list}:
            self._check_kind_posts(kind)
        reviews = super().create(vals_list)
        reviews._freeze()
        reviews._ask_author()
        return reviews

    @api.model
    def _default_kind(self):
        return self.default_get(["kind"]).get("kind") or "general"

    @api.model
    def _month_vals(self, vals):
        day = fields.Date.to_date(vals.get("date_from"))
        return {**vals, "date_from": day.replace(day=1)} if day else vals

    def write(self, vals):
        if vals.keys() & {"kind", "date_from", "company_id"}:
            raise UserError(
                self.env._(
                    "Kind, month and store of an analysis do not change. Write another "
                    "one."
                )
            )
        if vals.keys() & self._content_fields():
            self._check_content_open()
        return super().write(vals)

    @api.model
    def _content_fields(self):
        """Fields that belong to the author until the analysis is submitted."""
        return {"causes", "suggestions", "improvement_ids"}

    def _check_content_open(self):
        for kind in set(self.mapped("kind")):
            self._check_holds(self._kind_posts(kind)[0])
        fixed = self.filtered(lambda review: review.state not in OPEN_STATES)
        if fixed:
            raise UserError(
                self.env._(
                    "%(names)s: submitted, so its text stands. Ask the reviewer to "
                    "return it.",
                    names=", ".join(fixed.mapped("display_name")),
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_submitted(self):
        for kind in set(self.mapped("kind")):
            self._check_kind_posts(kind)
        if any(review.state != "draft" for review in self):
            raise UserError(self.env._("Only draft analyses are deleted."))

    # ----------------------------------------------------------------- Posts
    @api.model
    def _kind_posts(self, kind):
        """Who writes and who accepts a kind of analysis.

        :param kind: value of the field ``kind``
        :return: (post, tuple of posts), names without ``group_``; the first of the
            tuple is asked, the others may step in
        """
        method = getattr(self, f"_kind_posts_{kind}", None)
        if method:
            return method()
        return "insurance_manager", ("store_manager",)

    @api.model
    def _holds(self, *posts):
        xmlids = [f"dealer_base.group_{post}" for post in posts]
        return self.env.su or self.env.user.has_groups(",".join(xmlids))

    def _check_kind_posts(self, kind):
        author, reviewers = self._kind_posts(kind)
        self._check_holds(author, *reviewers)

    def _check_post_of(self, role):
        """Refuse who holds not the post that the kinds of these reviews ask for.

        :param role: ``author`` or ``reviewer``
        :raises AccessError: with the names of the posts
        """
        for kind in set(self.mapped("kind")):
            author, reviewers = self._kind_posts(kind)
            self._check_holds(*((author,) if role == "author" else reviewers))

    # ---------------------------------------------------------------- Guards
    def _protected_hint(self, field_name):
        return self.env._("Use “Submit”, “Accept”, “Return” or “Close”.")

    def _guard_shown(self, transition):
        states = {"submit": OPEN_STATES, "accept": ("submitted",)}
        wanted = states.get(transition, ("accepted",))
        return self.filtered(lambda review: review.state in wanted)

    def _guard_transition_label(self, transition):
        return {
            "submit": self.env._("Submit"),
            "accept": self.env._("Accept"),
            "close": self.env._("Close"),
        }.get(transition, "")

    def _guard_submit(self):
        """G-Y1: a text, and an improvement plan with an owner and a date."""
        _ = self.env._
        violations = []
        for review in self:
            if is_html_empty(review.causes):
                violations.append(
                    Violation("G-Y1", review, _("the causes are not written"))
                )
            plans = review.improvement_ids
            if not plans.line_ids.filtered(lambda line: line._is_complete()):
                violations.append(
                    Violation(
                        "G-Y1",
                        review,
                        _("no improvement has a measure with an owner and a due day"),
                    )
                )
            for plan in plans:
                missing = plan._missing_parts()
                if missing:
                    violations.append(
                        Violation(
                            "G-Y1",
                            review,
                            _(
                                "improvement “%(title)s” lacks: %(parts)s",
                                title=plan.title,
                                parts=", ".join(missing),
                            ),
                        )
                    )
        return violations

    def _guard_accept(self):
        """G-Y2: nobody accepts what he has written himself."""
        user = self.env.user
        return [
            Violation(
                "G-Y2",
                review,
                self.env._("%(user)s has submitted it himself", user=user.name),
            )
            for review in self
            if review.submitted_by_id == user
        ]

    def _guard_close(self):
        """G-Y3: every improvement plan has come to its end."""
        violations = []
        for review in self:
            unfinished = review.improvement_ids.filtered(
                lambda plan: plan.state not in ("closed", "ineffective")
            )
            if unfinished:
                violations.append(
                    Violation(
                        "G-Y3",
                        review,
                        self.env._(
                            "still running: %(plans)s",
                            plans=", ".join(unfinished.mapped("name")),
                        ),
                    )
                )
        return violations

    # ----------------------------------------------------------- Transitions
    def action_refresh(self):
        """Take the figures of today into an analysis that is not submitted yet."""
        self.check_access("write")
        self._check_post_of("author")
        self._check_state(OPEN_STATES, self.env._("Refresh Figures"))
        self._freeze()
        return True

    def action_submit(self):
        """Freeze the figures and hand the analysis to its reviewer."""
        self.check_access("write")
        self._check_post_of("author")
        self._check_state(OPEN_STATES, self.env._("Submit"))
        self._check_guards("submit")
        self._freeze()
        self._do_submit(self._prepare_submit_vals())
        return True

    def _prepare_submit_vals(self):
        return {
            "state": "submitted",
            "submitted_at": fields.Datetime.now(),
            "submitted_by_id": self.env.uid,
            "return_reason": False,
        }

    def _do_submit(self, vals):
        self._write_protected(vals)
        self.improvement_ids._follow_review("submitted")
        self._close_activities()
        self._ask_reviewer()

    def action_accept(self):
        """The reviewer accepts; the improvement plans are approved with it."""
        self.check_access("write")
        self._check_post_of("reviewer")
        self._check_state(("submitted",), self.env._("Accept"))
        self._check_guards("accept")
        self._do_accept(self._prepare_decide_vals("accepted"))
        return True

    def _prepare_decide_vals(self, state):
        return {
            "state": state,
            "decided_at": fields.Datetime.now(),
            "decided_by_id": self.env.uid,
        }

    def _do_accept(self, vals):
        self._write_protected(vals)
        self.improvement_ids._follow_review("approved")
        self._close_activities()

    def action_return(self, reason=None):
        """Give the analysis back to its author.

        :param reason: what has to be done better; without it a dialog asks
        """
        self.check_access("write")
        self._check_post_of("reviewer")
        self._check_state(("submitted",), self.env._("Return"))
        if not (reason or "").strip():
            return self.env["dealer.return.wizard"]._open_for(self)
        self._check_guards("accept")
        vals = self._prepare_decide_vals("returned")
        self._do_return({**vals, "return_reason": reason.strip()})
        return True

    def _do_return(self, vals):
        self._write_protected(vals)
        self.improvement_ids._follow_review("draft")
        self._close_activities()
        self._ask_author()

    def action_close(self):
        """All plans have come to their end; the period is closed."""
        self.check_access("write")
        for kind in set(self.mapped("kind")):
            self._check_kind_posts(kind)
        self._check_state(("accepted",), self.env._("Close"))
        self._check_guards("close")
        self._do_close({"state": "closed", "closed_at": fields.Datetime.now()})
        return True

    def _do_close(self, vals):
        self._write_protected(vals)

    def action_view_improvements(self):
        """Open the improvement plans of the analysis."""
        self.check_access("read")
        return self.improvement_ids._get_records_action(
            name=self.env._("Improvement Plans")
        )

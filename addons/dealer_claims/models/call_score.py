from dateutil.relativedelta import relativedelta

from odoo import Command, api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from odoo.addons.dealer_base.models.guard_mixin import Violation

MAX_POINTS = 5


class DealerCallCriterion(models.Model):
    """What a good call is judged by, with its weight (S61)."""

    _name = "dealer.call.criterion"
    _description = "Criterion of Call Quality"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    description = fields.Char(translate=True)
    weight = fields.Integer(required=True, default=10)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)

    _weight_positive = models.Constraint(
        "CHECK (weight > 0)", "The weight of a criterion is a positive number."
    )


class DealerCallScore(models.Model):
    """Score sheet of one call, filled in by the claims leader (S61)."""

    _name = "dealer.call.score"
    _description = "Call Score Sheet"
    _inherit = ["dealer.derived.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "call_at desc, id desc"
    _rec_name = "call_id"
    _check_company_auto = True
    _guard_transitions = ("score",)
    _protected_fields = ("scored_at", "scorer_id", "is_sample")

    call_id = fields.Many2one(
        "dealer.accident.call", required=True, index=True, check_company=True
    )
    company_id = fields.Many2one(related="call_id.company_id", store=True, index=True)
    agent_id = fields.Many2one(related="call_id.agent_id", store=True, index=True)
    call_at = fields.Datetime(related="call_id.call_at", store=True)
    is_sample = fields.Boolean(
        string="From the Sample",
        readonly=True,
        copy=False,
        help="Drawn by the monthly sample, not picked by hand.",
    )
    line_ids = fields.One2many("dealer.call.score.line", "score_id", copy=True)
    score = fields.Float(
        compute="_compute_score",
        store=True,
        digits=(5, 4),
        aggregator="avg",
        help="Weighted share of the points that can be reached.",
    )
    comment = fields.Text(string="Praise and Advice")
    scored_at = fields.Datetime(readonly=True, copy=False)
    scorer_id = fields.Many2one("res.users", readonly=True, copy=False)
    state = fields.Selection(
        [("draft", "To Score"), ("done", "Scored")],
        compute="_compute_state",
        store=True,
        index=True,
        tracking=True,
    )

    _call_uniq = models.UniqueIndex("(call_id)", "This call has a score sheet already.")

    @api.depends("scored_at")
    def _compute_state(self):
        for sheet in self:
            sheet.state = "done" if sheet.scored_at else "draft"

    @api.depends("line_ids.points", "line_ids.weight")
    def _compute_score(self):
        for sheet in self:
            whole = sum(line.weight for line in sheet.line_ids) * MAX_POINTS
            got = sum(line.weight * int(line.points or 0) for line in sheet.line_ids)
            sheet.score = got / whole if whole else 0.0

    @api.model_create_multi
    def create(self, vals_list):
        criteria = self.env["dealer.call.criterion"].search(Domain.TRUE)
        lines = [
            Command.create({"criterion_id": item.id, "weight": item.weight})
            for item in criteria
        ]
        return super().create(
            [{**vals, "line_ids": vals.get("line_ids") or lines} for vals in vals_list]
        )

    def write(self, vals):
        if vals.keys() & {"call_id", "line_ids", "comment"} and not self.env.su:
            self._check_open()
        return super().write(vals)

    def _check_open(self):
        if self.filtered(lambda sheet: sheet.state == "done"):
            raise UserError(
                self.env._("The call is scored. Reopen the sheet to correct it.")
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_done(self):
        self._check_open()

    def _protected_hint(self, field_name):
        return self.env._("Use the buttons of the score sheet.")

    def _guard_transition_label(self, transition):
        return self.env._("Score")

    def _guard_shown(self, transition):
        return self.filtered(lambda sheet: sheet.state == "draft")

    def _guard_score(self):
        """G-H6: nobody judges his own call."""
        user = self.env.user
        return [
            Violation(
                "G-H6",
                sheet,
                self.env._("%(user)s has answered this call", user=user.name),
            )
            for sheet in self
            if sheet.agent_id.user_id == user
        ]

    def action_score(self):
        """The points are given; the agent may read them."""
        self.check_access("write")
        self._check_holds("claim_leader", "insurance_manager")
        self._check_state(("draft",), self.env._("Score"))
        self._check_guards("score")
        bare = self.filtered(
            lambda sheet: (
                not sheet.line_ids or any(not line.points for line in sheet.line_ids)
            )
        )
        if bare:
            raise UserError(
                self.env._(
                    "%(names)s: give points to every criterion.",
                    names=", ".join(bare.mapped("display_name")),
                )
            )
        self._write_protected(
            {"scored_at": fields.Datetime.now(), "scorer_id": self.env.uid}
        )
        self.activity_unlink(["dealer_claims.activity_hotline_score"])
        return True

    def action_reopen(self):
        """Correct the points."""
        self.check_access("write")
        self._check_holds("claim_leader", "insurance_manager")
        self._check_state(("done",), self.env._("Reopen"))
        self._write_protected({"scored_at": False, "scorer_id": False})
        return True

    # ---------------------------------------------------------------- Sample
    @api.model
    def _cron_sample(self):
        """Daily: the calls of last month that the leader listens to.

        A store's number of calls per agent, evenly over the month; what is drawn stays,
        so that a second run adds nothing.
        """
        cron = self.env["ir.cron"]
        stores = self.env["res.company"]._dealer_stores()
        cron._commit_progress(remaining=len(stores))
        for company in stores:
            first = company._dealer_today().replace(day=1) - relativedelta(months=1)
            self._draw_sample(company, first)
            if not cron._commit_progress(1):
                break

    @api.model
    def _draw_sample(self, company, first):
        """Score sheets of a month, to be filled in.

        :param company: the store
        :param first: first day of the month
        :return: the new sheets
        """
        count = company.dealer_hotline_sample
        last = fields.Date.end_of(first, "month")
        calls = self.env["dealer.accident.call"].search(
            Domain("company_id", "=", company.id)
            & Domain("is_missed", "=", False)
            & Domain("is_historical", "=", False)
            & Domain("agent_id", "!=", False)
            & Domain(
                "call_at", ">=", company._dealer_day_end(first - relativedelta(days=1))
            )
            & Domain("call_at", "<", company._dealer_day_end(last)),
            order="call_at, id",
        )
        done = self.search([("call_id", "in", calls.ids)])
        drawn = self.env["dealer.accident.call"]
        for agent, mine in calls.grouped("agent_id").items():
            left = count - len(done.filtered(lambda s, a=agent: s.agent_id == a))
            free = mine - done.call_id
            size = len(free)
            if left > 0 and size:
                take = min(left, size)
                drawn |= free.browse(
                    [free[number * size // take].id for number in range(take)]
                )
        sheets = self._create_protected(
            [{"call_id": call.id, "is_sample": True} for call in drawn]
        )
        user = company._dealer_post_user("claim_leader")
        for sheet in sheets if user else ():
            record = sheet.with_context(lang=user.lang or self.env.lang)
            record.activity_schedule(
                "dealer_claims.activity_hotline_score",
                date_deadline=company._dealer_add_working_days(
                    company._dealer_today(), company.dealer_review_due_days
                ),
                user_id=user.id,
                summary=record.env._(
                    "Score the call of %(agent)s", agent=record.agent_id.name
                ),
            )
        return sheets


class DealerCallScoreLine(models.Model):
    _name = "dealer.call.score.line"
    _description = "Points of a Call Score Sheet"
    _order = "sequence, id"

    score_id = fields.Many2one(
        "dealer.call.score", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="score_id.company_id", store=True, index=True)
    criterion_id = fields.Many2one(
        "dealer.call.criterion", required=True, ondelete="restrict"
    )
    sequence = fields.Integer(related="criterion_id.sequence", store=True)
    description = fields.Char(related="criterion_id.description")
    weight = fields.Integer(required=True, readonly=True, default=0)
    points = fields.Selection(
        [(str(number), str(number)) for number in range(MAX_POINTS + 1)],
        help="0 = not at all, 5 = fully.",
    )
    note = fields.Char()

    _criterion_uniq = models.UniqueIndex(
        "(score_id, criterion_id)", "A criterion stands once on a score sheet."
    )

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        if not self.env.su:
            lines._check_sheet()
        return lines

    def write(self, vals):
        if not self.env.su:
            self._check_sheet()
            if "weight" in vals:
                raise ValidationError(
                    self.env._("The weight belongs to the criterion.")
                )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_done(self):
        self._check_sheet()

    def _check_sheet(self):
        self.score_id._check_open()

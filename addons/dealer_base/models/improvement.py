from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import float_compare

from .guard_mixin import Violation

OPEN_STATES = ("draft", "submitted", "approved", "executing", "effect_checked")
# Who signs a plan that belongs to no analysis.
APPROVERS = ("insurance_manager", "store_manager")
# A target is reached when it is met to this many decimals.
TARGET_DECIMALS = 2


class DealerImprovement(models.Model):
    """Improvement plan: problem, cause, measures with owners, effect (SM-24, §3.16)."""

    _name = "dealer.improvement"
    _description = "Improvement Plan"
    _inherit = [
        "dealer.numbered.mixin",
        "dealer.overdue.mixin",
        "dealer.derived.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _overdue_depends = ("state", "line_ids.due_date", "line_ids.done_on")
    _order = "id desc"
    _rec_names_search = ["name", "title"]
    _check_company_auto = True
    _guard_transitions = ("submit", "approve", "check_effect", "close")
    _protected_fields = (
        "state",
        "name",
        "author_id",
        "submitted_at",
        "approved_at",
        "approved_by_id",
        "return_reason",
        "effect_checked_at",
        "effect_checked_by_id",
        "closed_at",
        "closed_by_id",
    )

    name = fields.Char(
        string="Number", default="/", required=True, readonly=True, copy=False
    )
    title = fields.Char(required=True, tracking=True)
    company_id = fields.Many2one(
        "res.company",
        string="Store",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    source = fields.Selection(
        [
            ("new_insurance", "New Insurance"),
            ("lost", "Lost Cases"),
            ("board", "Penetration Board"),
            ("renewal", "Renewal"),
            ("claims", "Claims"),
            ("return", "Return to the Store"),
            ("returned_case", "Cases Sent Back"),
            ("complaint", "Complaint"),
            ("inspection", "Inspection"),
            ("other", "Other"),
        ],
        required=True,
        default="other",
        index=True,
    )
    review_id = fields.Many2one(
        "dealer.review",
        string="Analysis",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("submitted", "Submitted"),
            ("approved", "Approved"),
            ("executing", "Executing"),
            ("effect_checked", "Effect Checked"),
            ("closed", "Closed"),
            ("ineffective", "Ineffective"),
        ],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
    )

    # what it is about
    problem = fields.Text()
    data = fields.Text(string="Figures", help="The figures that show the problem.")
    root_cause = fields.Text()
    line_ids = fields.One2many(
        "dealer.improvement.line", "improvement_id", string="Measures", copy=True
    )

    # target and effect
    target_name = fields.Char(
        string="Measured By", help="What shows the effect, for example the penetration."
    )
    unit = fields.Char(help="Unit of the values, such as % or cars.")
    direction = fields.Selection(
        [("up", "Higher Is Better"), ("down", "Lower Is Better")],
        string="Better Direction",
        required=True,
        default="up",
    )
    baseline_value = fields.Float(
        string="Value Before", digits=(16, 2), aggregator=None
    )
    target_value = fields.Float(digits=(16, 2), aggregator=None, tracking=True)
    effect_value = fields.Float(
        string="Value After", digits=(16, 2), aggregator=None, copy=False, tracking=True
    )
    effect_note = fields.Text(string="Effect", copy=False)
    target_reached = fields.Boolean(compute="_compute_target_reached", store=True)

    # who and when
    author_id = fields.Many2one(
        "res.users",
        readonly=True,
        copy=False,
        index=True,
        default=lambda self: self.env.user,
    )
    submitted_at = fields.Datetime(readonly=True, copy=False)
    approved_at = fields.Datetime(readonly=True, copy=False)
    approved_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    return_reason = fields.Text(readonly=True, copy=False, tracking=True)
    effect_checked_at = fields.Datetime(readonly=True, copy=False)
    effect_checked_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    closed_at = fields.Datetime(readonly=True, copy=False)
    closed_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    due_date = fields.Date(
        compute="_compute_due_date", store=True, help="Of the last measure."
    )
    measure_count = fields.Integer(
        string="Measures Planned", compute="_compute_due_date", store=True
    )
    done_count = fields.Integer(
        string="Measures Done", compute="_compute_due_date", store=True
    )
    is_overdue = fields.Boolean(help="A measure is past its due day and not done.")

    # -------------------------------------------------------------- Computes
    @api.depends("line_ids.due_date", "line_ids.done_on")
    def _compute_due_date(self):
        for plan in self:
            days = [day for day in plan.line_ids.mapped("due_date") if day]
            plan.due_date = max(days, default=False)
            plan.measure_count = len(plan.line_ids)
            plan.done_count = len(plan.line_ids.filtered("done_on"))

    @api.depends("effect_checked_at", "effect_value", "target_value", "direction")
    def _compute_target_reached(self):
        for plan in self:
            order = float_compare(
                plan.effect_value, plan.target_value, precision_digits=TARGET_DECIMALS
            )
            reached = order >= 0 if plan.direction == "up" else order <= 0
            plan.target_reached = bool(plan.effect_checked_at) and reached

    @api.depends("name", "title")
    def _compute_display_name(self):
        for plan in self:
            plan.display_name = f"{plan.name} {plan.title or ''}".strip()

    @api.model
    def _overdue_domain(self):
        # EXTENDS dealer_base: a plan is as late as its measures
        lines = self.env["dealer.improvement.line"]._overdue_domain()
        return Domain("line_ids", "any", lines)

    # ------------------------------------------------------------------ CRUD
    def write(self, vals):
        if vals.keys() & self._plan_fields():
            fixed = self.filtered(lambda plan: plan.state != "draft")
            if fixed:
                raise UserError(
                    self.env._(
                        "%(names)s: the plan was submitted, so problem, measures and "
                        "target stand. Ask for its return to change it.",
                        names=", ".join(fixed.mapped("name")),
                    )
                )
        return super().write(vals)

    @api.model
    def _plan_fields(self):
        """Fields that stand once the plan is submitted."""
        return {
            "title",
            "company_id",
            "source",
            "review_id",
            "problem",
            "data",
            "root_cause",
            "target_name",
            "unit",
            "direction",
            "baseline_value",
            "target_value",
        }

    @api.ondelete(at_uninstall=False)
    def _unlink_except_submitted(self):
        if any(plan.state != "draft" for plan in self):
            raise UserError(self.env._("Only draft plans are deleted."))

    # ----------------------------------------------------------------- Posts
    def _check_approver(self):
        """Refuse who may not decide on these plans.

        :raises AccessError: with the names of the posts
        """
        for plan in self:
            review = plan.review_id
            posts = review._kind_posts(review.kind)[1] if review else APPROVERS
            self._check_holds(*posts)

    # ---------------------------------------------------------------- Guards
    def _protected_hint(self, field_name):
        return self.env._("Use the buttons of the improvement plan.")

    def _guard_shown(self, transition):
        states = {
            "submit": ("draft",),
            "approve": ("submitted",),
            "check_effect": ("executing",),
        }
        wanted = states.get(transition, ("effect_checked",))
        return self.filtered(lambda plan: plan.state in wanted)

    def _guard_transition_label(self, transition):
        return {
            "submit": self.env._("Submit"),
            "approve": self.env._("Approve"),
            "check_effect": self.env._("Effect Checked"),
            "close": self.env._("Close"),
        }.get(transition, "")

    def _missing_parts(self):
        """What a plan lacks before it can be submitted, as translated names."""
        self.ensure_one()
        parts = []
        if not (self.problem or "").strip():
            parts.append(self.env._("problem"))
        if not (self.root_cause or "").strip():
            parts.append(self.env._("root cause"))
        if not self.line_ids:
            parts.append(self.env._("measures"))
        if self.line_ids.filtered(lambda line: not line._is_complete()):
            parts.append(self.env._("owner and due day of each measure"))
        return parts

    def _guard_submit(self):
        """G-I1: problem, cause and measures with owner and due day."""
        violations = []
        for plan in self:
            missing = plan._missing_parts()
            if missing:
                violations.append(
                    Violation(
                        "G-I1",
                        plan,
                        self.env._("missing: %(what)s", what=", ".join(missing)),
                    )
                )
        return violations

    def _guard_approve(self):
        """G-I2: nobody approves his own plan."""
        return [
            Violation("G-I2", plan, self.env._("you have written it yourself"))
            for plan in self
            if plan.author_id == self.env.user
        ]

    def _guard_check_effect(self):
        """G-I3: all measures are done and the effect is told in words."""
        _ = self.env._
        violations = []
        for plan in self:
            open_lines = plan.line_ids.filtered(lambda line: not line.done_on)
            if open_lines:
                violations.append(
                    Violation(
                        "G-I3",
                        plan,
                        _(
                            "not done yet: %(measures)s",
                            measures=", ".join(open_lines.mapped("name")),
                        ),
                    )
                )
            if not (plan.effect_note or "").strip():
                violations.append(
                    Violation("G-I3", plan, _("the effect is not described"))
                )
        return violations

    def _guard_close(self):
        """G-I4: what missed its target is not closed as a success."""
        return [
            Violation(
                "G-I4",
                plan,
                self.env._(
                    "%(value)s reached, %(target)s was the target",
                    value=f"{plan.effect_value:.4g}{plan.unit or ''}",
                    target=f"{plan.target_value:.4g}{plan.unit or ''}",
                ),
            )
            for plan in self
            if not plan.target_reached
        ]

    # ----------------------------------------------------------- Transitions
    def action_submit(self):
        """Hand the plan to who approves it."""
        self.check_access("write")
        self._check_state(("draft",), self.env._("Submit"))
        self._check_guards("submit")
        self._do_submit()
        return True

    def _do_submit(self):
        self._write_protected(
            {
                "state": "submitted",
                "submitted_at": fields.Datetime.now(),
                "return_reason": False,
            }
        )
        self._close_activities()
        self._ask_approver()

    def action_approve(self):
        """The plan is right; the owners of its measures are told."""
        self.check_access("write")
        self._check_approver()
        self._check_state(("submitted",), self.env._("Approve"))
        self._check_guards("approve")
        self._do_approve()
        return True

    def _do_approve(self):
        self._write_protected(
            {
                "state": "approved",
                "approved_at": fields.Datetime.now(),
                "approved_by_id": self.env.uid,
            }
        )
        self._close_activities()
        self.line_ids._ask_owners()

    def action_return(self, reason=None):
        """Give the plan back to its author.

        :param reason: what has to be done better; without it a dialog asks
        """
        self.check_access("write")
        self._check_approver()
        self._check_state(("submitted",), self.env._("Return"))
        if not (reason or "").strip():
            return self.env["dealer.return.wizard"]._open_for(self)
        self._write_protected({"state": "draft", "return_reason": reason.strip()})
        self._close_activities()
        return True

    def action_start(self):
        """Work on the measures has begun."""
        self.check_access("write")
        self._check_state(("approved",), self.env._("Start"))
        self._write_protected({"state": "executing"})
        return True

    def action_check_effect(self):
        """The measures are done and their effect was measured."""
        self.check_access("write")
        self._check_state(("executing",), self.env._("Effect Checked"))
        self._check_guards("check_effect")
        self._write_protected(
            {
                "state": "effect_checked",
                "effect_checked_at": fields.Datetime.now(),
                "effect_checked_by_id": self.env.uid,
            }
        )
        self._close_activities()
        self._ask_approver()
        return True

    def action_close(self):
        """The target is reached; the plan is closed."""
        self.check_access("write")
        self._check_approver()
        self._check_state(("effect_checked",), self.env._("Close"))
        self._check_guards("close")
        self._do_close("closed")
        return True

    def action_ineffective(self):
        """The measures did not help; another plan is needed."""
        self.check_access("write")
        self._check_approver()
        self._check_state(("effect_checked",), self.env._("Ineffective"))
        self._do_close("ineffective")
        return True

    def _do_close(self, state):
        self._write_protected(
            {
                "state": state,
                "closed_at": fields.Datetime.now(),
                "closed_by_id": self.env.uid,
            }
        )
        self._close_activities()

    def _follow_review(self, state):
        """Plans of an analysis go with it: submitted, approved or back to draft."""
        if state == "submitted":
            plans = self.filtered(lambda plan: plan.state == "draft")
            plans._write_protected(
                {
                    "state": "submitted",
                    "submitted_at": fields.Datetime.now(),
                    "return_reason": False,
                }
            )
        elif state == "approved":
            self.filtered(lambda plan: plan.state == "submitted")._do_approve()
        else:
            plans = self.filtered(lambda plan: plan.state == "submitted")
            plans._write_protected({"state": "draft"})

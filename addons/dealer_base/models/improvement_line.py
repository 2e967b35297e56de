import logging

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

_logger = logging.getLogger(__name__)


class DealerImprovementLine(models.Model):
    """One measure of an improvement plan: what, who, until when, with what effect."""

    _name = "dealer.improvement.line"
    _description = "Measure of an Improvement Plan"
    _inherit = ["dealer.escalation.mixin", "dealer.derived.mixin"]
    _overdue_depends = ("due_date", "done_on", "improvement_id.state")
    _order = "improvement_id, sequence, id"
    _check_company_auto = True
    _protected_fields = ("done_on", "done_by_id", "activity_id", "escalated_at")

    improvement_id = fields.Many2one(
        "dealer.improvement", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="improvement_id.company_id", store=True, index=True, string="Store"
    )
    plan_state = fields.Selection(related="improvement_id.state", string="Plan State")
    sequence = fields.Integer(default=10)
    name = fields.Char(string="Measure", required=True)
    owner_id = fields.Many2one(
        "dealer.staff", string="Responsible", check_company=True, index=True
    )
    due_date = fields.Date(index=True)
    done_on = fields.Date(string="Done", readonly=True, copy=False)
    done_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    effect = fields.Char(copy=False)
    activity_id = fields.Many2one(
        "mail.activity", copy=False, ondelete="set null", readonly=True
    )

    # -------------------------------------------------------------- Computes
    @api.model
    def _overdue_domain(self):
        """Measures of approved plans that are past their day and not done."""
        return (
            Domain("due_date", "<", fields.Date.context_today(self))
            & Domain("done_on", "=", False)
            & Domain("improvement_id.state", "in", ("approved", "executing"))
        )

    def _is_complete(self):
        return bool(self.name and self.owner_id and self.due_date)

    # ------------------------------------------------------------------ CRUD
    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._check_plan_open()
        return lines

    def write(self, vals):
        if vals.keys() & {"name", "owner_id", "due_date", "improvement_id"}:
            self._check_plan_open()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_submitted(self):
        self._check_plan_open()

    def _check_plan_open(self):
        fixed = self.improvement_id.filtered(lambda plan: plan.state != "draft")
        if fixed:
            raise UserError(
                self.env._(
                    "%(names)s: the measures of a submitted plan stand. Ask for its "
                    "return to change them.",
                    names=", ".join(fixed.mapped("name")),
                )
            )

    # --------------------------------------------------------------- Actions
    def action_done(self):
        """The measure is done; pressed by its owner or by who runs the plan."""
        self.check_access("read")
        own = self.filtered(lambda line: line.owner_id.user_id == self.env.user)
        others = (self - own).improvement_id
        if others and not others.has_access("write"):
            raise AccessError(
                self.env._("Only the owner of a measure says that it is done.")
            )
        wrong = self.filtered(
            lambda line: (
                line.improvement_id.state not in ("approved", "executing")
                or line.done_on
            )
        )
        if wrong:
            raise UserError(
                self.env._(
                    "%(measures)s: done already, or its plan is not approved.",
                    measures=", ".join(wrong.mapped("name")),
                )
            )
        self._sudo_done()
        return True

    def _sudo_done(self):
        # sudo: the owner of a measure need not hold the right to write the plan
        lines_sudo = self.sudo()
        lines_sudo._write_protected(
            {
                "done_on": fields.Date.context_today(self),
                "done_by_id": self.env.uid,
            }
        )
        plans_sudo = lines_sudo.improvement_id.filtered(
            lambda plan: plan.state == "approved"
        )
        plans_sudo._write_protected({"state": "executing"})
        lines_sudo.activity_id.action_feedback()

    # ------------------------------------------------------------ Activities
    def _ask_owners(self):
        """Remind the owner of each measure of the day on which it is due."""
        self._sudo_ask_owners()

    def _sudo_ask_owners(self):
        # sudo: the owner's entry of the staff and the protected link to the activity
        for line_sudo in self.sudo().filtered(lambda line: not line.done_on):
            plan_sudo = line_sudo.improvement_id
            user_sudo = line_sudo.owner_id.user_id or plan_sudo.author_id
            activity_sudo = plan_sudo.activity_schedule(
                "dealer_base.activity_improvement",
                date_deadline=line_sudo.due_date,
                user_id=user_sudo.id,
                summary=line_sudo.name,
            )
            line_sudo._write_protected({"activity_id": activity_sudo.id})

    @api.model
    def _cron_overdue(self):
        """Tell who approved a plan of measures that stay undone; each once."""
        self._cron_escalate()

    def _escalate(self):
        self.ensure_one()
        plan = self.improvement_id
        user = plan.approved_by_id
        record = plan.with_context(lang=user.lang or self.env.lang)
        record.activity_schedule(
            "dealer_base.activity_improvement",
            date_deadline=fields.Date.context_today(self),
            user_id=user.id,
            summary=record.env._(
                "Overdue: %(measure)s (%(owner)s)",
                measure=self.name,
                owner=self.owner_id.name,
            ),
        )
        self._write_protected({"escalated_at": fields.Datetime.now()})


class DealerImprovement(models.Model):
    """Activities of a plan."""

    _inherit = "dealer.improvement"

    def _ask_approver(self):
        for plan in self:
            review = plan.review_id
            if review:
                user = review._reviewer_user()
            else:
                posts = ("insurance_manager", "store_manager")
                users = self.env["res.users"]
                for post in posts:
                    users |= plan.company_id._dealer_post_user(post)
                user = (users - plan.author_id)[:1]
            if not user:
                continue
            record = plan.with_context(lang=user.lang or self.env.lang)
            record.activity_schedule(
                "dealer_base.activity_improvement",
                date_deadline=fields.Date.context_today(plan),
                user_id=user.id,
                summary=record.env._("Decide: %(name)s", name=record.display_name),
            )

    def _close_activities(self):
        self.activity_unlink(["dealer_base.activity_improvement"])

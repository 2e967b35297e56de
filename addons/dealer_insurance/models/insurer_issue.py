from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from odoo.addons.dealer_base.models.guard_mixin import _DOOR_KEY, PROTECTED_DOOR

from .insurer_contact import TOPICS

# What a closed issue says stays as it was closed.
FACTS = frozenset(
    {
        "name",
        "insurer_id",
        "topic",
        "kind",
        "raised_on",
        "description",
        "owner_id",
        "due_date",
        "result",
    }
)


class DealerInsurerIssue(models.Model):
    """What was agreed with an insurer, or raised, and who sees to it (S51, S52).

    ======  ===================================================
    state   facts
    ======  ===================================================
    done    done_on
    late    past its due date
    open    anything else
    ======  ===================================================
    """

    _name = "dealer.insurer.issue"
    _description = "Insurer Issue"
    _inherit = ["dealer.derived.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "done_on desc, due_date, id desc"
    _check_company_auto = True
    _protected_fields = ("done_on", "done_by_id")

    name = fields.Char(string="Subject", required=True, tracking=True)
    insurer_id = fields.Many2one(
        "res.partner",
        required=True,
        index=True,
        domain="[('is_insurer', '=', True)]",
        tracking=True,
    )
    company_id = fields.Many2one(
        "res.company",
        string="Store",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    topic = fields.Selection(TOPICS, required=True, default="general")
    kind = fields.Selection(
        [
            ("agreed", "Agreed"),
            ("raised_here", "Raised by Us"),
            ("raised_there", "Raised by the Insurer"),
        ],
        required=True,
        default="raised_here",
        tracking=True,
    )
    raised_on = fields.Date(required=True, default=fields.Date.context_today)
    description = fields.Text()
    owner_id = fields.Many2one(
        "dealer.staff",
        string="Person in Charge",
        required=True,
        index=True,
        check_company=True,
        compute="_compute_owner_id",
        store=True,
        readonly=False,
        precompute=True,
        tracking=True,
        help="Who sees to it; the window of the topic when nobody else is named.",
    )
    due_date = fields.Date(string="Deadline", required=True, index=True, tracking=True)
    done_on = fields.Date(readonly=True, copy=False, tracking=True)
    done_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    result = fields.Text(
        string="Outcome", copy=False, help="What came of it; needed to close the issue."
    )
    state = fields.Selection(
        [("open", "Open"), ("late", "Late"), ("done", "Done")],
        compute="_compute_state",
        search="_search_state",
    )

    _due_after_raised = models.Constraint(
        "CHECK (due_date >= raised_on)", "An issue is not due before it was raised."
    )

    @api.depends("insurer_id", "company_id", "topic")
    def _compute_owner_id(self):
        Window = self.env["dealer.insurer.contact"]
        for issue in self:
            if not issue.owner_id and issue.insurer_id:
                issue.owner_id = Window._window(
                    issue.insurer_id, issue.company_id, issue.topic
                ).staff_id
            else:
                issue.owner_id = issue.owner_id

    @api.depends("done_on", "due_date")
    def _compute_state(self):
        today = fields.Date.context_today(self)
        for issue in self:
            if issue.done_on:
                issue.state = "done"
            elif issue.due_date and issue.due_date < today:
                issue.state = "late"
            else:
                issue.state = "open"

    def _search_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        today = fields.Date.context_today(self)
        parts = {
            "done": Domain("done_on", "!=", False),
            "late": Domain("done_on", "=", False) & Domain("due_date", "<", today),
            "open": Domain("done_on", "=", False) & Domain("due_date", ">=", today),
        }
        return Domain.OR(parts[state] for state in value if state in parts)

    @api.model_create_multi
    def create(self, vals_list):
        issues = super().create(vals_list)
        issues._remind_owner()
        return issues

    def write(self, vals):
        through_door = self.env.context.get(_DOOR_KEY) is PROTECTED_DOOR
        if FACTS & vals.keys() and not through_door and any(self.mapped("done_on")):
            raise UserError(self.env._("The issue is closed; open it again first."))
        result = super().write(vals)
        if {"owner_id", "due_date"} & vals.keys():
            self._remind_owner()
        return result

    def _remind_owner(self):
        """A task for the owner until the due date; it moves with owner and date."""
        for issue in self.filtered(lambda i: not i.done_on and i.owner_id.user_id):
            issue.activity_unlink(["mail.mail_activity_data_todo"])
            issue.activity_schedule(
                "mail.mail_activity_data_todo",
                date_deadline=issue.due_date,
                user_id=issue.owner_id.user_id.id,
                summary=issue.name,
            )

    def action_done(self):
        """Close issues; what came of each must be written."""
        self.check_access("write")
        for issue in self:
            if issue.done_on:
                raise UserError(
                    self.env._("%(name)s is closed already.", name=issue.name)
                )
            if not (issue.result or "").strip():
                raise UserError(
                    self.env._("%(name)s: write what came of it.", name=issue.name)
                )
            issue._write_protected(
                {
                    "done_on": fields.Date.context_today(self),
                    "done_by_id": self.env.uid,
                }
            )
        self.activity_feedback(["mail.mail_activity_data_todo"])
        return True

    def action_reopen(self):
        """Open closed issues again; their outcome is written anew."""
        self.check_access("write")
        closed = self.filtered("done_on")
        closed._write_protected({"done_on": False, "done_by_id": False})
        closed._remind_owner()
        return True

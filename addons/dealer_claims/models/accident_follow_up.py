from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

METHODS = [
    ("phone", "Telephone"),
    ("wechat", "WeChat"),
    ("sms", "Text Message"),
    ("visit", "Visit"),
]
RESULTS = [
    ("reached", "Reached"),
    ("promised", "Will Come"),
    ("undecided", "Undecided"),
    ("refused", "Will Not Come"),
    ("not_reached", "Not Reached"),
]


class DealerHotlineNode(models.Model):
    """When a call is followed up, counted from the call (SM-8)."""

    _name = "dealer.hotline.node"
    _description = "Follow-up Node of the Hotline"
    _order = "hours, id"

    name = fields.Char(required=True, translate=True)
    hours = fields.Integer(string="Hours after the Call", required=True)
    method = fields.Selection(METHODS, required=True, default="phone")
    active = fields.Boolean(default=True)

    _hours_positive = models.Constraint(
        "CHECK (hours > 0)", "A follow-up comes some hours after the call."
    )
    _hours_uniq = models.UniqueIndex(
        "(hours) WHERE active", "There is a follow-up at this hour already."
    )


class DealerAccidentFollowUp(models.Model):
    """One follow-up of a call: planned by a node or by the last talk."""

    _name = "dealer.accident.follow.up"
    _description = "Follow-up of an Accident Call"
    _order = "planned_at, id"
    _check_company_auto = True

    call_id = fields.Many2one(
        "dealer.accident.call", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="call_id.company_id", store=True, index=True)
    node_id = fields.Many2one("dealer.hotline.node", ondelete="restrict")
    planned_at = fields.Datetime(required=True)
    done_at = fields.Datetime(readonly=True, copy=False)
    done_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    method = fields.Selection(METHODS, default="phone", required=True)
    result = fields.Selection(RESULTS, readonly=True, copy=False)
    note = fields.Char(string="What Was Said", readonly=True, copy=False)
    next_at = fields.Datetime(readonly=True, copy=False)
    is_missed = fields.Boolean(
        string="Missed",
        readonly=True,
        copy=False,
        help="Nobody called at this node; a later talk took its place.",
    )
    escalated_at = fields.Datetime(readonly=True, copy=False)
    state = fields.Selection(
        [
            ("open", "Planned"),
            ("late", "Overdue"),
            ("done", "Done"),
            ("missed", "Missed"),
            ("dropped", "Not Needed"),
        ],
        compute="_compute_state",
    )

    _call_node_uniq = models.UniqueIndex(
        "(call_id, node_id) WHERE node_id IS NOT NULL",
        "A node is planned once for a call.",
    )
    _due_idx = models.Index(
        "(planned_at) WHERE done_at IS NULL AND is_missed IS NOT TRUE"
    )

    @api.depends("done_at", "planned_at", "is_missed", "call_id.state")
    def _compute_state(self):
        now = fields.Datetime.now()
        for line in self:
            if line.done_at:
                line.state = "done"
            elif line.is_missed:
                line.state = "missed"
            elif line.call_id.outcome != "open" or line.call_id.closed_at:
                line.state = "dropped"
            else:
                line.state = "late" if line.planned_at < now else "open"

    @api.depends("node_id", "planned_at")
    def _compute_display_name(self):
        for line in self:
            line.display_name = line.node_id.name or fields.Datetime.to_string(
                line.planned_at
            )

    def _planned(self):
        """Follow-ups that nobody has made yet and no later talk has replaced."""
        return self.filtered(lambda line: not (line.done_at or line.is_missed))

    @api.model
    def _sudo_plan(self, vals_list):
        # sudo: plans follow the nodes of the store, nobody types them in
        return self.sudo().create(vals_list)

    def _sudo_done(self, vals):
        # sudo: a talk is written down once, through the dialog of the call
        self.sudo().write(vals)


class DealerAccidentCall(models.Model):
    """What is planned and what was done for a call."""

    _inherit = "dealer.accident.call"

    follow_count = fields.Integer(
        string="Follow-ups", compute="_compute_follow_ups", store=True
    )
    last_follow_at = fields.Datetime(
        string="Last Follow-up", compute="_compute_follow_ups", store=True
    )
    next_follow_at = fields.Datetime(
        string="Next Follow-up", compute="_compute_follow_ups", store=True, index=True
    )
    is_overdue = fields.Boolean(string="Follow-up Overdue")

    @api.depends(
        "follow_ids.planned_at",
        "follow_ids.done_at",
        "follow_ids.is_missed",
        "history_follow_count",
        "outcome",
        "closed_at",
        "is_to_confirm",
    )
    def _compute_follow_ups(self):
        for call in self:
            done = call.follow_ids.filtered("done_at")
            planned = call.follow_ids._planned().mapped("planned_at")
            call.follow_count = len(done) + call.history_follow_count
            call.last_follow_at = max(done.mapped("done_at"), default=False)
            # Who waits for the leader's word asks the customer nothing meanwhile.
            is_open = call.outcome == "open" and not (
                call.closed_at or call.is_to_confirm
            )
            call.next_follow_at = is_open and min(planned, default=False)

    @api.model
    def _overdue_domain(self):
        return Domain("next_follow_at", "<", fields.Datetime.now())

    def _followed_days(self):
        """Days of the store from the call to the last follow-up."""
        self.ensure_one()
        if not self.last_follow_at:
            return 0
        day = self.company_id._dealer_local_day
        return (day(self.last_follow_at) - day(self.call_at)).days

    def _plan_follow_ups(self):
        """Plan the nodes of new calls; what is planned already stays."""
        nodes = self.env["dealer.hotline.node"].search(Domain.TRUE)
        fresh = self.filtered(
            lambda call: (
                not (call.is_historical or call.is_missed)
                and call.state not in ("returned", "not_returned", "closed")
            )
        )
        self.env["dealer.accident.follow.up"]._sudo_plan(
            [
                {
                    "call_id": call.id,
                    "node_id": node.id,
                    "planned_at": call.call_at + timedelta(hours=node.hours),
                    "method": node.method,
                }
                for call in fresh
                for node in nodes - call.follow_ids.node_id
            ]
        )

    def action_follow_up(self, result=None, note=None, method="phone", next_at=None):
        """Write down a talk; it settles everything that was planned until now.

        :param result: key of ``RESULTS``
        :param note: what the customer said
        :param method: key of ``METHODS``
        :param next_at: when to ask again beside the nodes, naive UTC
        :raises UserError: no result, or the call is finished
        """
        self.check_access("write")
        self._check_holds("hotline_agent", "claim_leader", "insurance_manager")
        if result not in dict(RESULTS) or method not in dict(METHODS):
            raise UserError(self.env._("Choose the result of the talk."))
        if self.filtered(lambda call: call.outcome != "open" or call.closed_at):
            raise UserError(
                self.env._("The call is finished, there is nothing to follow up.")
            )
        now = fields.Datetime.now()
        next_at = fields.Datetime.to_datetime(next_at)
        if next_at and next_at <= now:
            raise UserError(self.env._("The next follow-up lies in the future."))
        Line, extra = self.env["dealer.accident.follow.up"], []
        facts = {
            "done_at": now,
            "done_by_id": self.env.uid,
            "method": method,
            "result": result,
            "note": (note or "").strip() or False,
            "next_at": next_at,
        }
        for call in self:
            planned = call.follow_ids._planned()
            due = planned.filtered(lambda line: line.planned_at <= now)
            # One talk is one follow-up: it takes the latest node that is due; the
            # older ones stay as missed.
            line = due.sorted("planned_at")[-1:]
            (due - line)._sudo_done({"is_missed": True})
            if line:
                line._sudo_done(facts)
            else:
                extra.append({"call_id": call.id, "planned_at": now, **facts})
            if next_at:
                extra.append({"call_id": call.id, "planned_at": next_at})
        Line._sudo_plan(extra)
        self._close_activities(
            "dealer_claims.activity_hotline_follow_up",
            "dealer_claims.activity_hotline_escalation",
        )
        return True

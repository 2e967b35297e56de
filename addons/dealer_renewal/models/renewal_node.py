from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Command, Domain

from .renewal_contact import METHODS
from .renewal_task import TALK_STATES

NODE_BATCH = 500
ACTIVITY_CALL = "dealer_renewal.activity_renewal_call"
ACTIVITY_FOLLOW = "dealer_renewal.activity_renewal_follow"


class DealerRenewalNode(models.Model):
    """A station on the way to the expiry: what is done, by whom, on which day (§3.5).

    A store that has nodes of its own for a day uses them instead of the common ones.
    """

    _name = "dealer.renewal.node"
    _description = "Renewal Node"
    _inherit = ["dealer.dated.mixin", "dealer.store.mixin"]
    _order = "offset_days, id"

    name = fields.Char(required=True, translate=True)
    company_id = fields.Many2one(
        "res.company", string="Store", index=True, help="Empty: for every store."
    )
    active = fields.Boolean(default=True)
    offset_days = fields.Integer(
        string="Days from Expiry",
        required=True,
        help="Before the expiry negative, after it positive.",
        aggregator=None,
    )
    action = fields.Text(
        string="What Is Done", required=True, translate=True, help="For the specialist."
    )
    method = fields.Selection(METHODS, string="Channel", required=True, default="call")
    next_days = fields.Integer(
        string="Call Again After (days)",
        default=7,
        help="Proposed for the next call, but never later than the next node.",
    )
    sms_template_id = fields.Many2one(
        "sms.template", domain=[("model", "=", "dealer.renewal.task")]
    )
    mail_template_id = fields.Many2one(
        "mail.template", domain=[("model", "=", "dealer.renewal.task")]
    )
    letter_text = fields.Text(
        string="Words of the Letter", translate=True, help="Printed after the greeting."
    )
    needs_effective = fields.Boolean(
        string="Effective Contact Expected",
        help="From here on the specialist is warned while nobody has really spoken to "
        "the customer.",
    )
    follower_group_id = fields.Many2one(
        "res.groups",
        string="Followed By",
        help="This post gets an activity of its own.",
    )
    follower_when = fields.Selection(
        [
            ("all", "Every Customer"),
            ("class_a", "Customers of Class A"),
            ("not_promised", "Who Has Not Promised Yet"),
        ],
        string="Followed When",
        default="all",
    )
    counts_for_loss = fields.Boolean(
        string="Opens a Phase of the Loss Rule",
        help="A renewal is given up only after an effective contact in each phase, "
        "from one such node to the next (G-L3).",
    )
    propose_reason_id = fields.Many2one(
        "dealer.reason.code",
        string="Proposes the Loss",
        domain=[("category", "=", "renewal_lost")],
        help="A draft of the loss with this reason is written here.",
    )

    @api.depends("name", "offset_days")
    def _compute_display_name(self):
        for node in self:
            sign = "+" if node.offset_days > 0 else "−" if node.offset_days < 0 else ""
            node.display_name = f"T{sign}{abs(node.offset_days)} {node.name or ''}"

    @api.model
    def _in_force(self, company):
        """Nodes of a store today, in the order of their days.

        :param company: the store
        :return: nodes; for each day the store's own one, else the common one
        """
        nodes = self.search(
            self._in_force_domain(company._dealer_today())
            & Domain("company_id", "in", (False, company.id)),
        )
        by_day = {}
        for node in nodes:
            known = by_day.get(node.offset_days)
            if known is None or (node.company_id and not known.company_id):
                by_day[node.offset_days] = node
        return self.browse([by_day[day].id for day in sorted(by_day)])

    def _spans(self):
        """Days from expiry during which each node is the current one.

        :return: list of (node, first day, last day); the last day of the last node is
            ``None``
        """
        following = [node.offset_days - 1 for node in self[1:]] + [None]
        return [
            (node, node.offset_days, last)
            for node, last in zip(self, following, strict=True)
        ]

    def _at(self, offset):
        """The node that is current so many days from expiry; may be empty.

        :param offset: days from expiry, negative before it
        """
        return self.filtered(lambda node: node.offset_days <= offset)[-1:]

    def _after(self, offset):
        """The first node after so many days from expiry; may be empty."""
        return self.filtered(lambda node: node.offset_days > offset)[:1]


class DealerRenewalTask(models.Model):
    """The nodes drive the task: one activity of the specialist, alerts for others."""

    _inherit = "dealer.renewal.task"

    current_node_id = fields.Many2one(
        "dealer.renewal.node", string="Node", readonly=True, copy=False, index=True
    )
    node_action = fields.Text(related="current_node_id.action", string="To Do Now")
    missed_node_ids = fields.Many2many(
        "dealer.renewal.node",
        "dealer_renewal_task_missed_node_rel",
        string="Missed Nodes",
        readonly=True,
        copy=False,
    )
    missed_count = fields.Integer(
        compute="_compute_missed_count", store=True, string="Missed"
    )
    is_silent = fields.Boolean(
        string="Nobody Reached",
        compute="_compute_is_silent",
        store=True,
        help="An effective contact is expected by now, and there is none.",
    )

    @api.depends("missed_node_ids")
    def _compute_missed_count(self):
        for task in self:
            task.missed_count = len(task.missed_node_ids)

    @api.depends("current_node_id.needs_effective", "effective_count")
    def _compute_is_silent(self):
        for task in self:
            task.is_silent = (
                task.current_node_id.needs_effective and not task.effective_count
            )

    # ------------------------------------------------------------------ Cron
    @api.model
    def _cron_nodes(self):
        """Daily: what expired is marked, and each open task comes to its node.

        A task is touched when its node changes, so a second run does nothing.
        """
        cron = self.env["ir.cron"]
        for company in self.env["res.company"]._dealer_stores():
            records = self.with_company(company)
            records._mark_expired(company)
            today = company._dealer_today()
            for node, first, last in (
                self.env["dealer.renewal.node"]._in_force(company)._spans()
            ):
                domain = (
                    Domain("company_id", "=", company.id)
                    & Domain("is_open", "=", True)
                    & Domain("current_node_id", "!=", node.id)
                    & Domain("expiry_date", "<=", today - timedelta(days=first))
                )
                if last is not None:
                    domain &= Domain("expiry_date", ">=", today - timedelta(days=last))
                cron._commit_progress(remaining=self.search_count(domain))
                while tasks := records.search(domain, limit=NODE_BATCH, order="id"):
                    locked = tasks.try_lock_for_update(allow_referencing=True)
                    if not locked:
                        break
                    locked._enter_node(node)
                    if not cron._commit_progress(len(locked)):
                        return

    @api.model
    def _mark_expired(self, company):
        """The cover of these cars ended and no new one is here (SM-6)."""
        today = company._dealer_today()
        tasks = self.search(
            Domain("company_id", "=", company.id)
            & Domain("is_open", "=", True)
            & Domain("expired_on", "=", False)
            & Domain("expiry_date", "<", today)
        )
        tasks._write_protected({"expired_on": today})

    def _enter_node(self, node):
        """Bring tasks to a node: count what was missed, ask for what is due.

        :param node: one ``dealer.renewal.node``
        """
        for old, tasks in self._missed().items():
            tasks._write_protected({"missed_node_ids": [Command.link(old.id)]})
        self._write_protected({"current_node_id": node.id})
        self._schedule_calls()
        if node.follower_group_id:
            self._schedule_followers(node)
        if node.propose_reason_id:
            self._propose_loss(node.propose_reason_id)

    def _missed(self):
        """Tasks whose node passes without any contact: dict node -> tasks.

        A task without specialist, or one that waits for the leader, missed nothing.
        """
        asked = self.filtered(
            lambda task: (
                task.current_node_id and task.owner_id and task.state in TALK_STATES
            )
        )
        groups = self.env["dealer.renewal.contact"]._read_group(
            [("task_id", "in", asked.ids)], ["task_id", "node_id"]
        )
        tried = {(task.id, node.id) for task, node in groups}
        missed = asked.filtered(
            lambda task: (task.id, task.current_node_id.id) not in tried
        )
        return missed.grouped("current_node_id")

    # ------------------------------------------------------------ Activities
    def _schedule_calls(self, follow_up=False):
        """The one activity of each specialist: what the node, or the customer, wants.

        :param follow_up: after a contact; only an agreed day is written down
        """
        self._forget_calls()
        today = self._user_today()
        vals_list = []
        for task in self:
            user = task.owner_user_id
            if not user or task.state not in TALK_STATES:
                continue
            day, node = task.next_date, task.current_node_id
            agreed = bool(day and day >= today[task.company_id])
            if not agreed and (follow_up or not node):
                continue
            record = task.with_context(lang=user.lang or self.env.lang)
            who = record.partner_id.name or record.vehicle_id.display_name
            summary = (
                record.env._("Call %(name)s as agreed", name=who)
                if agreed
                else record.env._(
                    "%(node)s: %(name)s",
                    node=record.current_node_id.display_name,
                    name=who,
                )
            )
            if task.is_silent:
                summary = record.env._("Not reached yet! %(summary)s", summary=summary)
            due = day if agreed else task._node_date()
            vals_list.append(
                task._activity_vals(
                    ACTIVITY_CALL,
                    user,
                    max(due, today[task.company_id]),
                    summary,
                    record.current_node_id.action,
                )
            )
        self._create_activities(vals_list)

    def _node_date(self):
        """Day of the current node."""
        self.ensure_one()
        return self.expiry_date + timedelta(days=self.current_node_id.offset_days)

    def _schedule_followers(self, node):
        """The post that follows the node gets an activity of its own."""
        wanted = self.filtered(lambda task: task.state in TALK_STATES)
        if node.follower_when == "class_a":
            wanted = wanted.filtered(lambda task: task.customer_class == "A")
        elif node.follower_when == "not_promised":
            wanted = wanted.filtered(lambda task: task.state != "promised")
        post = node.follower_group_id.get_external_id()[node.follower_group_id.id]
        post = post.partition("group_")[2]
        today = self._user_today()
        users = {company: company._dealer_post_user(post) for company in today}
        vals_list = []
        for task in wanted:
            user = users[task.company_id]
            if not user:
                continue
            record = task.with_context(lang=user.lang or self.env.lang)
            vals_list.append(
                task._activity_vals(
                    ACTIVITY_FOLLOW,
                    user,
                    today[task.company_id],
                    record.env._(
                        "Follow %(node)s: %(name)s",
                        node=node.with_env(record.env).display_name,
                        name=record.partner_id.name or record.vehicle_id.display_name,
                    ),
                    node.with_env(record.env).action,
                )
            )
        self._create_activities(vals_list)

    def _activity_vals(self, xmlid, user, day, summary, note=None):
        self.ensure_one()
        return {
            "activity_type_id": self.env.ref(xmlid).id,
            "res_model_id": self.env["ir.model"]._get_id(self._name),
            "res_id": self.id,
            "user_id": user.id,
            "date_deadline": day,
            "summary": summary,
            "note": note or False,
        }

    @api.model
    def _create_activities(self, vals_list):
        # A job that asks hundreds of times a day writes no e-mail for each of them;
        # the activities stand in the list of the person.
        self._sudo_create_activities(vals_list)

    def _sudo_create_activities(self, vals_list):
        # sudo: asked by jobs and by colleagues who may not write for others
        if vals_list:
            self.env["mail.activity"].sudo().with_context(
                mail_activity_quick_update=True
            ).create(vals_list)

    def _forget_calls(self, *xmlids):
        """The activities of the nodes are done or out of date.

        :param xmlids: types; without any, that of the specialist
        """
        self._sudo_forget_calls(xmlids or (ACTIVITY_CALL,))

    def _sudo_forget_calls(self, xmlids):
        # sudo: activities of other people end with the fact that they asked for
        types = [self.env.ref(xmlid).id for xmlid in xmlids]
        self.env["mail.activity"].sudo().search(
            [
                ("res_model", "=", self._name),
                ("res_id", "in", self.ids),
                ("activity_type_id", "in", types),
            ]
        ).unlink()

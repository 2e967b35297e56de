from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from odoo.addons.dealer_base.models.guard_mixin import Violation

from .renewal_task import LEADERS, OPEN_STATES, SEGMENTS


class DealerRenewalAssignmentRule(models.Model):
    """Who gets which tasks: the first rule that fits decides (SM-6)."""

    _name = "dealer.renewal.assignment.rule"
    _description = "Assignment Rule of Renewal Tasks"
    _inherit = ["dealer.store.mixin"]
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        "res.company", string="Store", index=True, help="Empty: for every store."
    )
    segment = fields.Selection(SEGMENTS, help="Empty: every source.")
    insurer_id = fields.Many2one(
        "res.partner",
        string="Insurer Last Year",
        domain=[("is_insurer", "=", True)],
        help="Empty: every insurer.",
    )
    customer_class = fields.Selection([("A", "A"), ("B", "B"), ("C", "C")])
    keep_previous = fields.Boolean(
        string="Previous Specialist Keeps His Customers", default=True
    )
    staff_ids = fields.Many2many(
        "dealer.staff",
        string="Among",
        check_company=True,
        help="Empty: every renewal specialist of the store with a login.",
    )
    max_open = fields.Integer(
        string="Open Tasks at Most",
        help="Per specialist; zero: no limit. Who has reached it gets nothing more.",
    )

    _max_open_positive = models.Constraint(
        "CHECK (max_open >= 0)", "The number of tasks cannot be negative."
    )

    def _fits(self, task):
        """Whether the rule speaks of a task."""
        self.ensure_one()
        return (
            self.company_id in (self.env["res.company"], task.company_id)
            and self.segment in (False, task.segment)
            and self.insurer_id in (self.env["res.partner"], task.last_insurer_id)
            and self.customer_class in (False, task.customer_class)
        )


class DealerRenewalAbsence(models.Model):
    """Days on which a specialist gets no new tasks."""

    _name = "dealer.renewal.absence"
    _description = "Absence of a Specialist"
    _inherit = ["dealer.store.mixin"]
    _order = "date_from desc, id desc"
    _rec_name = "staff_id"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company",
        string="Store",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    staff_id = fields.Many2one(
        "dealer.staff",
        string="Specialist",
        required=True,
        index=True,
        check_company=True,
    )
    date_from = fields.Date(string="First Day", required=True)
    date_to = fields.Date(string="Last Day", required=True)
    reason = fields.Char()

    _dates_order = models.Constraint(
        "CHECK (date_to >= date_from)", "The last day lies before the first one."
    )

    @api.model
    def _absent(self, company):
        """Staff of a store that is away today."""
        today = company._dealer_today()
        return self.search(
            [
                ("company_id", "=", company.id),
                ("date_from", "<=", today),
                ("date_to", ">=", today),
            ]
        ).staff_id


class DealerRenewalTask(models.Model):
    """Tasks and their owners."""

    _inherit = "dealer.renewal.task"

    assign_reason = fields.Char(
        string="Why This Specialist", compute="_compute_assign_reason"
    )

    @api.depends("assign_why")
    @api.depends_context("lang")
    def _compute_assign_reason(self):
        _ = self.env._
        names = self._sudo_rule_names()
        for task in self:
            why = task.assign_why or {}
            rule = names.get(why.get("rule"), "-")
            texts = {
                "previous": _("Had this customer before (rule %(rule)s)", rule=rule),
                "load": _(
                    "Fewest open tasks: %(load)s (rule %(rule)s)",
                    load=why.get("load"),
                    rule=rule,
                ),
                "full": _("Nobody is free: all have reached their limit or are away."),
                "no_rule": _("No assignment rule fits."),
                "person": _(
                    "Given by %(user)s: %(reason)s",
                    user=why.get("user"),
                    reason=why.get("reason"),
                ),
            }
            task.assign_reason = texts.get(why.get("code"))

    def _sudo_rule_names(self):
        # sudo: everybody may know why a customer has this specialist
        ids = {(why or {}).get("rule") for why in self.mapped("assign_why")}
        rules = self.env["dealer.renewal.assignment.rule"].sudo().browse(ids - {None})
        return {rule.id: rule.name for rule in rules.exists()}

    # ------------------------------------------------------------ The rules
    def _candidates(self, company):
        """Renewal specialists of a store who are there and have a login."""
        group = self.env.ref("dealer_base.group_renewal_agent")
        staff = self.env["dealer.staff"].search(
            [
                ("company_id", "=", company.id),
                ("post", "=", "renewal_agent"),
                ("user_id.active", "=", True),
                ("user_id.all_group_ids", "in", group.ids),
            ],
            order="id",
        )
        return staff - self.env["dealer.renewal.absence"]._absent(company)

    @api.model
    def _loads(self, company):
        """Open tasks of each specialist of a store: dict staff id -> number."""
        groups = self._read_group(
            Domain("company_id", "=", company.id)
            & Domain("is_open", "=", True)
            & Domain("owner_id", "!=", False),
            ["owner_id"],
            ["__count"],
        )
        return {staff.id: count for staff, count in groups}

    def _previous_owners(self):
        """Who had the car last: dict vehicle id -> staff.

        The specialist of the ledger entry comes after the one of an earlier task.
        """
        owners = {
            task.vehicle_id.id: task.due_ids[:1].agent_id
            or task.policy_id.underwriting_id.principal_id
            for task in self
        }
        earlier = self.search(
            Domain("vehicle_id", "in", self.vehicle_id.ids)
            & Domain("id", "not in", self.ids)
            & Domain("owner_id", "!=", False),
            order="expiry_date, id",
        )
        return owners | {task.vehicle_id.id: task.owner_id for task in earlier}

    def _assign(self):
        """Give tasks to specialists by the rules; what fits nobody stays to assign.

        The same tasks in the same order always go to the same people: by the expiry,
        each to the one with the fewest open tasks.
        """
        # sudo: rules, absences and loads of colleagues are read for the specialist
        tasks_sudo = self.sudo()
        for company, tasks in tasks_sudo.grouped("company_id").items():
            rules = tasks.env["dealer.renewal.assignment.rule"].search(
                [("company_id", "in", (False, company.id))]
            )
            present = tasks._candidates(company)
            loads = tasks._loads(company)
            previous = tasks._previous_owners()
            choices = {}
            for task in tasks.sorted(lambda task: (task.expiry_date, task.id)):
                rule = next(
                    (rule for rule in rules if rule._fits(task)), rules.browse()
                )
                owner, why = task._choose_owner(
                    rule, present, loads, previous.get(task.vehicle_id.id)
                )
                if owner:
                    loads[owner.id] = loads.get(owner.id, 0) + 1
                choices[task] = (owner, why)
            tasks._set_owners(choices)

    def _choose_owner(self, rule, present, loads, previous):
        """Who gets a task by a rule.

        :param rule: the first rule that fits; may be empty
        :param present: staff that can take tasks today
        :param loads: dict staff id -> open tasks
        :param previous: who had the customer before; may be empty
        :return: tuple (staff or empty, explanation as dict)
        """
        nobody = self.env["dealer.staff"]
        if not rule:
            return nobody, {"code": "no_rule"}
        limit = rule.max_open
        free = [
            staff
            for staff in (present & rule.staff_ids if rule.staff_ids else present)
            if not limit or loads.get(staff.id, 0) < limit
        ]
        if rule.keep_previous and previous and previous in free:
            return previous, {"code": "previous", "rule": rule.id}
        if not free:
            return nobody, {"code": "full", "rule": rule.id}
        owner = min(free, key=lambda staff: (loads.get(staff.id, 0), staff.id))
        return owner, {"code": "load", "rule": rule.id, "load": loads.get(owner.id, 0)}

    def _set_owners(self, choices):
        """Write who has which task and why, and move their activities.

        :param choices: dict task -> tuple (staff, empty: to assign; explanation as
            dict, see ``_compute_assign_reason``)
        """
        now = fields.Datetime.now()
        for task, (owner, why) in choices.items():
            vals = {"owner_id": owner.id, "assign_why": why}
            if owner:
                vals |= {
                    "assigned_at": now,
                    "returned_at": False,
                    "returned_by_id": False,
                    "return_reason": False,
                }
            task._write_protected(vals)
        self._schedule_calls()

    # --------------------------------------------------------------- Buttons
    def action_assign(self):
        """Give the chosen tasks out by the rules (leader)."""
        self._check_holds(*LEADERS)
        self.check_access("write")
        self._check_state(OPEN_STATES, self.env._("Assign by Rule"))
        self._assign()
        return True

    def action_handover(self):
        """Ask to whom the chosen tasks go, and why (leader)."""
        self._check_holds(*LEADERS)
        self.check_access("write")
        return self._handover_dialog("give", self.env._("Hand Over Tasks"))

    def action_give_back(self):
        """Give the tasks back to the leader, with a reason."""
        self.check_access("write")
        return self._handover_dialog("back", self.env._("Give Back to the Leader"))

    def _handover_dialog(self, mode, title):
        self._check_state(OPEN_STATES, title)
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": "dealer.renewal.handover",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_mode": mode,
                "default_task_ids": self.ids,
            },
        }

    def _hand_over(self, staff, reason):
        """The leader gives tasks to a person; to nobody named: by the rules.

        :param staff: ``dealer.staff`` or empty
        :param reason: why, in words
        :raises GuardError: G-N6 who cannot take tasks today
        """
        self._check_holds(*LEADERS)
        self.check_access("write")
        self._check_state(OPEN_STATES, self.env._("Hand Over Tasks"))
        if not (reason or "").strip():
            raise UserError(self.env._("Write why the tasks change hands."))
        if not staff:
            self._assign()
            return
        self._refuse(self._owner_violations(staff))
        why = {"code": "person", "user": self.env.user.name, "reason": reason.strip()}
        self._set_owners(dict.fromkeys(self, (staff, why)))

    def _owner_violations(self, staff):
        """G-N6: the new owner works in the store, has a login and is not away."""
        violations = []
        for company, tasks in self.grouped("company_id").items():
            absent = self.env["dealer.renewal.absence"]._absent(company)
            if staff.company_id != company:
                reason = self.env._("%(name)s works in another store", name=staff.name)
            elif not staff.user_id.active or not staff.active:
                reason = self.env._("%(name)s has no login", name=staff.name)
            elif not staff.user_id.has_group("dealer_base.group_renewal_agent") and (
                not staff.user_id.has_group("dealer_base.group_uw_leader")
            ):
                reason = self.env._(
                    "%(name)s is neither renewal specialist nor leader", name=staff.name
                )
            elif staff in absent:
                reason = self.env._("%(name)s is away today", name=staff.name)
            else:
                continue
            violations.append(Violation("G-N6", tasks[:1], reason))
        return violations

    def _give_back(self, reason):
        """The specialist gives tasks back: the leader finds another one (回退).

        :param reason: why, in words
        """
        self.check_access("write")
        self._check_state(OPEN_STATES, self.env._("Give Back to the Leader"))
        if not (reason or "").strip():
            raise UserError(self.env._("Write why you give the customer back."))
        self._write_protected(
            {
                "owner_id": False,
                "assign_why": False,
                "returned_at": fields.Datetime.now(),
                "returned_by_id": self.env.uid,
                "return_reason": reason.strip(),
            }
        )
        self._forget_calls()
        self._ask_leader_to_assign()

    def _ask_leader_to_assign(self):
        users = {
            company: company._dealer_post_user(*LEADERS) for company in self.company_id
        }
        vals_list = []
        for task in self:
            user = users[task.company_id]
            if user:
                record = task.with_context(lang=user.lang or self.env.lang)
                vals_list.append(
                    task._activity_vals(
                        "dealer_renewal.activity_renewal_follow",
                        user,
                        task.company_id._dealer_today(),
                        record.env._(
                            "Given back, find a specialist: %(name)s",
                            name=record.display_name,
                        ),
                        task.return_reason,
                    )
                )
        self._create_activities(vals_list)

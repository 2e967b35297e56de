from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.dealer_base.models.guard_mixin import Violation
from odoo.addons.dealer_insurance.models.lost_case import LEADERS

from .renewal_task import AGENTS, TALK_STATES

#: Who writes the losses of new cars (S57).
NEW_CAR_GROUPS = (
    "dealer_base.group_sales_consultant,dealer_base.group_policy_clerk,"
    "dealer_base.group_uw_leader"
)


class DealerReasonCode(models.Model):
    _inherit = "dealer.reason.code"

    without_contacts = fields.Boolean(
        string="Lost without Effective Contacts",
        help="A renewal with this reason may be given up without the effective "
        "contacts, because nobody can be reached or asked (G-L3).",
    )
    without_competitor = fields.Boolean(
        string="Without a Competitor",
        help="There is no insurer elsewhere to name with this reason (G-L2).",
    )
    never_wakes = fields.Boolean(
        string="Never Comes Back",
        help="The car is gone: the lost customer is not called again next year.",
    )

    @api.model
    def _set_renewal_flags(self):
        """Mark the reasons of the trade (SM-6), once: what a store chose stays.

        RL-06 car gone, RL-07 not insured any more, RL-08 not reachable, RL-09 refused.
        """
        flags = ("without_contacts", "without_competitor", "never_wakes")
        every = self.with_context(active_test=False).search(
            [("category", "=", "renewal_lost")]
        )
        if any(reason[name] for reason in every for name in flags):
            return
        marks = {"RL-06": flags, "RL-07": flags[1:2], "RL-08": flags[:2]}
        marks["RL-09"] = flags[:2]
        for reason in every:
            reason.write(dict.fromkeys(marks.get(reason.code, ()), True))


class DealerLostCase(models.Model):
    """A lost renewal: complete, tried often enough, approved by the leader (SM-6)."""

    _inherit = "dealer.lost.case"

    kind = fields.Selection(
        selection_add=[("renewal", "Renewal")], ondelete={"renewal": "cascade"}
    )
    renewal_task_id = fields.Many2one(
        "dealer.renewal.task",
        index="btree_not_null",
        check_company=True,
        copy=False,
        readonly=True,
    )
    contact_count = fields.Integer(
        related="renewal_task_id.contact_count", string="Attempts"
    )
    effective_count = fields.Integer(related="renewal_task_id.effective_count")
    expiry_date = fields.Date(related="renewal_task_id.expiry_date", store=True)

    _renewal_task_uniq = models.UniqueIndex(
        "(renewal_task_id) WHERE renewal_task_id IS NOT NULL",
        "The loss of this renewal is registered already.",
    )
    _renewal_has_task = models.Constraint(
        "CHECK (kind != 'renewal' OR renewal_task_id IS NOT NULL)",
        "A lost renewal belongs to its renewal task; write it from there.",
    )

    def _check_access(self, operation):
        # EXTENDS base: specialists write the losses of their renewals, not of new cars
        refused = super()._check_access(operation)
        if refused or self.env.su or operation == "read":
            return refused
        if self.env.user.has_groups(NEW_CAR_GROUPS):
            return None
        foreign = self.filtered(lambda case: case.kind != "renewal")
        if not foreign:
            return None
        return foreign, foreign._new_car_refusal

    def _new_car_refusal(self):
        """The error of who writes the loss of a new car without a post for it."""
        return AccessError(
            self.env._(
                "%(names)s: losses of new cars belong to sales consultants, issuing "
                "clerks and leaders.",
                names=", ".join(self.mapped("name")),
            )
        )

    @api.depends("renewal_task_id.won_policy_id")
    def _compute_state(self):
        # EXTENDS dealer_insurance: a renewal that is won after all is no loss
        result = super()._compute_state()
        for case in self:
            if case.kind == "renewal" and case.renewal_task_id.won_policy_id:
                case.state = "closed"
                case.is_recovered = True
                case.is_registered = True
        return result

    @api.model
    def _content_fields(self):
        # EXTENDS dealer_insurance
        return super()._content_fields() | {"renewal_task_id"}

    def _guard_submit(self):
        # EXTENDS dealer_insurance
        renewals = self.filtered(lambda case: case.kind == "renewal")
        return super()._guard_submit() + renewals._renewal_violations()

    def _renewal_violations(self):
        """G-L2 the competitor is known; G-L3 the customer was really asked; G-L5 the
        task is still open."""
        _ = self.env._
        violations = []
        missing = self.renewal_task_id._missing_phases()
        for case in self:
            reason, task = case.reason_id, case.renewal_task_id
            currency = case.company_id.currency_id
            if task.state not in TALK_STATES:
                violations.append(
                    Violation(
                        "G-L5",
                        case,
                        _(
                            "the renewal is %(state)s",
                            state=task._state_label(task.state),
                        ),
                    )
                )
            if not reason:
                continue
            if not reason.without_competitor and case.competitor_channel != "uninsured":
                if not case.competitor_insurer_id:
                    violations.append(
                        Violation("G-L2", case, _("the other insurer is missing"))
                    )
                if currency.is_zero(case.competitor_premium):
                    violations.append(
                        Violation("G-L2", case, _("the other premium is missing"))
                    )
            phases = missing.get(task)
            if phases and not reason.without_contacts:
                violations.append(
                    Violation(
                        "G-L3",
                        case,
                        _(
                            "no effective contact in: %(phases)s",
                            phases=", ".join(phases),
                        ),
                        fact=str(task.effective_count),
                    )
                )
        return violations

    def _guard_verify(self):
        # EXTENDS dealer_insurance: G-L4 the manager has called customers of class A
        violations = super()._guard_verify()
        for case in self:
            task = case.renewal_task_id
            if (
                task.customer_class == "A"
                and not case.reason_id.without_contacts
                and not task._manager_called()
            ):
                violations.append(
                    Violation(
                        "G-L4",
                        case,
                        self.env._(
                            "%(name)s is of class A and the manager has not called",
                            name=case.partner_id.name or case.vin,
                        ),
                    )
                )
        return violations

    def _do_submit(self):
        # EXTENDS dealer_insurance: nobody is asked to call while the leader decides
        result = super()._do_submit()
        self.renewal_task_id._forget_calls()
        return result

    def action_verify(self):
        # EXTENDS dealer_insurance
        result = super().action_verify()
        self.renewal_task_id._forget_all()
        return result

    def action_reject(self, reason=None):
        # EXTENDS dealer_insurance: the specialist goes on calling
        result = super().action_reject(reason)
        self.filtered(lambda case: case.state == "rejected")._reopen_tasks()
        return result

    def _do_back_to_draft(self):
        # EXTENDS dealer_insurance
        result = super()._do_back_to_draft()
        self._reopen_tasks()
        return result

    def _reopen_tasks(self):
        tasks = self.renewal_task_id
        if tasks:
            tasks._schedule_calls()

    def action_open_renewal(self):
        """The renewal task of the loss."""
        return self.renewal_task_id._get_records_action(name=self.env._("Renewal Task"))


class DealerRenewalTask(models.Model):
    """The way to a loss, and back."""

    _inherit = "dealer.renewal.task"

    lost_case_ids = fields.One2many("dealer.lost.case", "renewal_task_id")
    lost_case_id = fields.Many2one(
        "dealer.lost.case", string="Loss", compute="_compute_lost_case_id"
    )
    lost_reason_id = fields.Many2one(
        "dealer.reason.code", compute="_compute_lost_reason_id", store=True, index=True
    )

    @api.depends("lost_case_ids")
    def _compute_lost_case_id(self):
        for task in self:
            task.lost_case_id = task.lost_case_ids[:1]

    @api.depends("lost_case_ids.reason_id", "lost_case_ids.state")
    def _compute_lost_reason_id(self):
        for task in self:
            case = task.lost_case_ids[:1]
            registered = case.is_registered and not case.is_recovered
            task.lost_reason_id = registered and case.reason_id

    def _missing_phases(self):
        """Phases without an effective contact (G-L3, SM-6: T−45, T−30, ≤ T−15).

        A phase runs from one marked node to the next; everything before the second
        marked node belongs to the first phase, everything after the last to the last.
        Fewer contacts than the store asks for are missing, too.

        :return: dict task -> list of names of phases; tasks with all are left out
        """
        missing = {}
        for company, tasks in self.grouped("company_id").items():
            nodes = tasks[:1]._sudo_nodes().filtered("counts_for_loss")
            for task in tasks:
                days = [
                    -contact.days_before
                    for contact in task.contact_ids
                    if contact.is_effective
                ]
                found = set()
                for day in days:
                    found.add(nodes._at(day) or nodes[:1])
                names = [node.display_name for node in nodes if node not in found]
                wanted = company.dealer_lost_contacts
                if not names and len(days) < wanted:
                    names = [
                        self.env._(
                            "%(done)s of %(wanted)s contacts",
                            done=len(days),
                            wanted=wanted,
                        )
                    ]
                if names:
                    missing[task] = names
        return missing

    def _manager_called(self):
        """Whether the insurance manager has spoken to the customer himself."""
        self.ensure_one()
        return any(
            contact.by_manager and contact.is_effective for contact in self.contact_ids
        )

    def action_lose(self):
        """Open the loss of the renewal; a new one starts with what is known."""
        self.ensure_one()
        self._check_holds(*AGENTS)
        self.check_access("write")
        case = self.lost_case_ids[:1]
        if not case:
            self._check_state(TALK_STATES, self.env._("Lost"))
            case = self.env["dealer.lost.case"].create(self._prepare_lost_vals())
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Lost Renewal"),
            "res_model": "dealer.lost.case",
            "res_id": case.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    def _prepare_lost_vals(self, reason=None):
        """Values of the loss that the task knows.

        :param reason: ``dealer.reason.code``, when it is known already
        """
        self.ensure_one()
        told = self.contact_ids.filtered(lambda c: c.competitor_price)[:1]
        quotes = self.quote_ids.filtered(lambda q: q.amount_total > 0)
        quote = quotes.sorted("id")[-1:]
        refused = self.contact_ids.filtered(lambda c: c.result == "refused")[:1]
        return {
            "company_id": self.company_id.id,
            "kind": "renewal",
            "renewal_task_id": self.id,
            "vehicle_id": self.vehicle_id.id,
            "partner_id": self.partner_id.id,
            "consultant_id": self.owner_id.id,
            "lost_at": fields.Datetime.now(),
            "reason_id": reason.id if reason else False,
            "reason_text": refused.feedback,
            "competitor_channel": "uninsured"
            if reason and reason.without_competitor
            else False,
            "competitor_insurer_id": told.competitor_insurer_id.id,
            "competitor_premium": told.competitor_price,
            "our_premium": quote.amount_total,
        }

    def _propose_loss(self, reason):
        """T+30: a draft of the loss, which the specialist completes (RL-07).

        :param reason: reason code that the node proposes
        """
        open_tasks = self.filtered(
            lambda task: task.state in TALK_STATES and not task.lost_case_ids
        )
        if open_tasks:
            self.env["dealer.lost.case"].create(
                [task._prepare_lost_vals(reason) for task in open_tasks]
            )

    def action_approve_loss(self):
        """The leader approves the losses of the chosen tasks (SM-6)."""
        self._check_holds(*LEADERS)
        self.check_access("write")
        self._check_state(("lost_pending",), self.env._("Approve the Loss"))
        return self.lost_case_ids.action_verify()

    def action_reject(self, reason=None):
        """The leader gives the losses back; the specialists go on calling.

        :param reason: what has to be done better; without it a dialog asks
        """
        self._check_holds(*LEADERS)
        self.check_access("write")
        self._check_state(("lost_pending",), self.env._("Reject the Loss"))
        if not (reason or "").strip():
            return self.env["dealer.return.wizard"]._open_for(self, "reject")
        return self.lost_case_ids.action_reject(reason)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("Renewal tasks are decided, never deleted."))

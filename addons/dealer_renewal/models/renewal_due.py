from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.dealer_insurance.const import BUSINESS_TYPES

from .renewal_due_result import RESULTS, SEGMENTS

# Not serialisable: no remote caller can put it into a context.
_APPEND = object()
_APPEND_KEY = "dealer_renewal_append"

ADDED_REASONS = [
    ("frozen", "On the List from the Start"),
    ("late_policy", "Policy Entered Late"),
    ("new_prospect", "New Prospect"),
]
#: What may change on a line: who works on it, nothing of what was found.
FREE_NAMES = frozenset({"task_id", "exclusion_ids"})


class DealerRenewalDue(models.Model):
    """One car of a due list, with the facts of the day on which it was frozen.

    Nobody changes or deletes a line, in superuser mode neither; what became of the
    policy since is shown beside it.
    """

    _name = "dealer.renewal.due"
    _description = "Due Car of a Cohort"
    _inherit = ["dealer.derived.mixin"]
    _order = "expiry_date, id"
    _check_company_auto = True
    _rec_names_search = ["vin", "plate", "customer_name", "policy_no"]
    _protected_fields = ("task_id",)

    name = fields.Char(readonly=True, copy=False, default="/")
    company_id = fields.Many2one(
        "res.company",
        string="Store",
        required=True,
        index=True,
        readonly=True,
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    cohort_id = fields.Many2one(
        "dealer.renewal.cohort",
        string="Due List",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
        readonly=True,
    )
    month = fields.Date(string="Due Month", readonly=True, index=True)

    # frozen facts
    vehicle_id = fields.Many2one(
        "dealer.vehicle",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
        readonly=True,
    )
    vin = fields.Char(string="VIN", readonly=True, index="trigram")
    plate = fields.Char(readonly=True, index="trigram")
    model_text = fields.Char(string="Model", readonly=True)
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    customer_name = fields.Char(string="Customer When Frozen", readonly=True)
    expiry_date = fields.Date(required=True, readonly=True, index=True)
    is_assumed = fields.Boolean(
        string="Expiry Assumed",
        readonly=True,
        help="The cover elsewhere is assumed to end a year after that of the store.",
    )
    policy_id = fields.Many2one(
        "dealer.policy",
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
        readonly=True,
    )
    underwriting_id = fields.Many2one(
        "dealer.underwriting",
        string="Ledger Entry",
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
        readonly=True,
    )
    policy_no = fields.Char(readonly=True)
    insurer_id = fields.Many2one(
        "res.partner",
        string="Last Insurer",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    insurer_text = fields.Char(string="Last Insurer as Written", readonly=True)
    issued_at = fields.Datetime(string="Last Issued", readonly=True)
    premium_due = fields.Monetary(
        readonly=True,
        help="Compulsory and commercial premium of last year, without vehicle tax.",
    )
    business_type = fields.Selection(
        BUSINESS_TYPES, string="Last Business", readonly=True
    )
    segment = fields.Selection(SEGMENTS, required=True, readonly=True, index=True)
    is_own = fields.Boolean(
        string="Policy of This Store",
        compute="_compute_is_own",
        store=True,
        precompute=True,
        help="Counts in the renewal rate (K04). The others have rates of their own.",
    )
    service_active = fields.Boolean(
        readonly=True, help="Was in the workshop within a year before the list."
    )
    consultant_id = fields.Many2one(
        "dealer.staff",
        string="Last Consultant",
        readonly=True,
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
    )
    agent_id = fields.Many2one(
        "dealer.staff",
        string="Last Specialist",
        readonly=True,
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
    )
    prospect_id = fields.Many2one(
        "dealer.renewal.prospect",
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
        readonly=True,
    )
    added_at = fields.Datetime(
        string="Added Later",
        readonly=True,
        help="Empty for the cars that were on the list when it was frozen.",
    )
    added_reason = fields.Selection(ADDED_REASONS, default="frozen", readonly=True)

    # who works on it
    task_id = fields.Many2one(
        "dealer.renewal.task", index="btree_not_null", check_company=True, copy=False
    )
    exclusion_ids = fields.One2many("dealer.renewal.exclusion", "due_id")

    # live
    result = fields.Selection(
        RESULTS, compute="_compute_result", search="_search_result"
    )
    is_matured = fields.Boolean(
        string="Matured",
        compute="_compute_result",
        help="The time in which the car could renew is over.",
    )
    is_on_time = fields.Boolean(string="On Time", compute="_compute_result")
    renewal_id = fields.Many2one(
        "dealer.underwriting", string="New Ledger Entry", compute="_compute_result"
    )
    renewal_start = fields.Date(string="New Cover Starts", compute="_compute_result")
    premium_renewed = fields.Monetary(
        string="Renewed Premium", compute="_compute_result"
    )
    responsible_id = fields.Many2one(
        "dealer.staff", string="Specialist", compute="_compute_result"
    )
    exclusion_id = fields.Many2one(
        "dealer.renewal.exclusion",
        string="Present Exclusion",
        compute="_compute_exclusion_id",
    )

    # frozen beside today
    expiry_today = fields.Date(compute="_compute_today")
    policy_state_today = fields.Selection(
        related="policy_id.state", string="Policy Today"
    )
    owner_today_id = fields.Many2one(related="vehicle_id.owner_id")
    facts_changed = fields.Boolean(string="Changed Since", compute="_compute_today")
    change_text = fields.Char(string="What Changed", compute="_compute_today")

    _car_uniq = models.UniqueIndex(
        "(cohort_id, vehicle_id)", "This car is on the due list already."
    )
    _policy_uniq = models.UniqueIndex(
        "(policy_id) WHERE policy_id IS NOT NULL",
        "This policy is on a due list already.",
    )
    _results_idx = models.Index("(company_id, expiry_date, is_own)")

    # ------------------------------------------------------------------- Computes
    @api.depends("policy_id")
    def _compute_is_own(self):
        for due in self:
            due.is_own = bool(due.policy_id)

    @api.depends("name", "expiry_date")
    def _compute_display_name(self):
        for due in self:
            due.display_name = f"{due.name or ''} {due.expiry_date or ''}".strip()

    def _results(self):
        """Lines of the result view of these cars, one statement.

        :return: {id: dealer.renewal.result}
        """
        results = self.env["dealer.renewal.result"].search([("id", "in", self.ids)])
        return {result.id: result for result in results}

    @api.depends("task_id", "exclusion_ids.state")
    @api.depends_context("uid", "allowed_company_ids", "dealer_as_of")
    def _compute_result(self):
        found = self._results()
        none = self.env["dealer.renewal.result"]
        for due in self:
            line = found.get(due.id, none)
            due.result = line.result or "open"
            due.is_matured = line.is_matured
            due.is_on_time = bool(line.on_time_count)
            due.renewal_id = line.renewal_id
            due.renewal_start = line.renewal_start
            due.premium_renewed = line.premium_renewed
            due.responsible_id = line.agent_id

    def _result_state(self):
        """What became of each car, from the policies of today.

        :return: {due: open | renewed | lost | excluded | lapsed}
        """
        return {due: due.result for due in self}

    @api.model
    def _search_result(self, operator, value):
        if operator != "in":
            return NotImplemented
        results = self.env["dealer.renewal.result"]._search(
            [("result", "in", list(value))]
        )
        return [("id", "in", results)]

    @api.depends("exclusion_ids.state")
    def _compute_exclusion_id(self):
        for due in self:
            due.exclusion_id = due.exclusion_ids.filtered(
                lambda e: e.state in ("draft", "requested", "approved")
            )[:1]

    @api.depends(
        "policy_id.renewal_date",
        "policy_id.date_end",
        "policy_id.state",
        "policy_id.policy_no",
        "vehicle_id.owner_id",
        "vehicle_id.vin",
        "partner_id",
    )
    @api.depends_context("lang")
    def _compute_today(self):
        """What is different from the frozen facts, in words."""
        states = dict(
            self.env["dealer.policy"]._fields["state"]._description_selection(self.env)
        )
        for due in self:
            policy = due.policy_id
            company, changes = due.company_id, []
            day = policy.renewal_date
            if policy and not day and policy.cover_end:
                day = company._dealer_local_day(policy.cover_end)
            due.expiry_today = day or due.expiry_date
            if policy and policy.state != "issued":
                changes.append(states[policy.state])
            if day and day != due.expiry_date:
                changes.append(self.env._("expires %(day)s", day=day))
            if policy and (policy.policy_no or "") != (due.policy_no or ""):
                changes.append(
                    self.env._("policy %(number)s", number=policy.policy_no or "—")
                )
            if due.vehicle_id.vin != due.vin:
                changes.append(self.env._("VIN %(vin)s", vin=due.vehicle_id.vin))
            owner = due.vehicle_id.owner_id
            if (
                policy
                and owner
                and owner not in (due.partner_id, policy.current_owner_id)
            ):
                changes.append(self.env._("owner %(name)s", name=owner.name))
            due.change_text = "; ".join(changes)
            due.facts_changed = bool(changes)

    # --------------------------------------------------------------- Never changed
    @api.model
    def _sudo_append(self, vals_list):
        """Add cars to a list; called by the freezing only.

        :return: the lines, with the rights of the caller
        """
        lines_sudo = (
            self.sudo()
            .with_context(**{_APPEND_KEY: _APPEND}, tracking_disable=True)
            ._create_protected(vals_list)
        )
        return self.browse(lines_sudo.ids)

    @api.model_create_multi
    def create(self, vals_list):
        if self.env.context.get(_APPEND_KEY) is not _APPEND:
            raise UserError(
                self.env._("Due cars are found by the nightly job, not typed in.")
            )
        return super().create(vals_list)

    def write(self, vals):
        frozen = [
            name for name in vals if name in self._fields and name not in FREE_NAMES
        ]
        if frozen:
            raise UserError(
                self.env._(
                    "%(car)s: “%(field)s” is frozen since the due list was made. Ask "
                    "for an exclusion when the car was scrapped or sold.",
                    car=self[:1].display_name,
                    field=self._fields[frozen[0]]._description_string(self.env),
                )
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(
            self.env._(
                "A car of a frozen due list cannot be deleted. Ask for an exclusion "
                "when it was scrapped or sold."
            )
        )

    # --------------------------------------------------------------------- Buttons
    def action_exclude(self):
        """Ask that the car be left out: scrapped, total loss or sold."""
        self.ensure_one()
        self.check_access("read")
        self.env["dealer.renewal.exclusion"].check_access("create")
        present = self.exclusion_id
        action = {
            "type": "ir.actions.act_window",
            "name": self.env._("Leave Out of the Due List"),
            "res_model": "dealer.renewal.exclusion",
            "view_mode": "form",
            "context": {"default_due_id": self.id},
        }
        return {**action, "res_id": present.id} if present else action

    @api.readonly
    def action_view_renewal(self):
        """Open the entry that renewed the car."""
        self.ensure_one()
        self.check_access("read")
        return self.renewal_id._get_records_action(name=self.env._("New Ledger Entry"))

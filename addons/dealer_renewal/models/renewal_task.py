from datetime import timedelta

from odoo import api, fields, models

from odoo.addons.dealer_base.tools.identity import mask_phone
from odoo.addons.dealer_insurance.const import BUSINESS_TYPES

SEGMENTS = [pair for pair in BUSINESS_TYPES if pair[0] != "new_car"]
STATES = [
    ("pending", "To Assign"),
    ("assigned", "Assigned"),
    ("contacting", "Contacting"),
    ("quoting", "Quoting"),
    ("promised", "Promised"),
    ("expired", "Expired"),
    ("transferred", "Given Back"),
    ("lost_pending", "Loss to Approve"),
    ("won", "Won"),
    ("lost", "Lost"),
    ("sleeping", "Sleeping"),
    ("withdrawn", "Withdrawn"),
]
# Somebody still works on these.
OPEN_STATES = (
    "pending",
    "assigned",
    "contacting",
    "quoting",
    "promised",
    "expired",
    "transferred",
    "lost_pending",
)
# The customer is being talked to; in these states contacts are written down.
TALK_STATES = tuple(state for state in OPEN_STATES if state != "lost_pending")
# States of a lost case that the leader has approved.
LOST_CASE_STATES = ("verified", "analysed", "closed")
AGENTS = ("renewal_agent", "uw_leader", "insurance_manager")
LEADERS = ("uw_leader", "insurance_manager")
# Who sees the whole phone number of the customer (R13).
PHONE_GROUPS = (
    "dealer_base.group_renewal_agent,dealer_base.group_uw_leader,"
    "dealer_base.group_policy_clerk"
)


class DealerRenewalTask(models.Model):
    """One car whose cover ends on one day, and the work to renew it (SM-6, §3.5).

    The state follows from facts, the first line that holds:

    =============  =====================================================================
    withdrawn      ``withdrawn_at``: left out of the cohort, with a reason
    won            ``won_policy_id``: a policy of this store for the car starts inside
                   the window of ``dealer_renew_days_before``/``_after``
    sleeping       ``slept_at``: parked until ``wake_on``
    lost           the loss is verified (``dealer.lost.case``)
    lost_pending   the loss is submitted and waits for the leader
    transferred    ``returned_at``: the specialist gave it back, nobody has it yet
    expired        ``expired_on``: the cover has ended, rescue calls go on
    promised       the last answer of the customer is a promise, or he has accepted a
                   quote
    quoting        an offer is open, or the customer asked for one
    contacting     somebody has tried to reach him
    assigned       ``owner_id``
    pending        none of them
    =============  =====================================================================

    A void policy, a rejected loss, a new owner: taking back the fact takes back the
    state, nothing else has to be undone.
    """

    _name = "dealer.renewal.task"
    _description = "Renewal Task"
    _inherit = ["dealer.derived.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "score desc, expiry_date, id"
    _rec_names_search = ["name", "vin", "plate", "partner_id.name"]
    _check_company_auto = True
    _protected_fields = (
        "name",
        "company_id",
        "vehicle_id",
        "expiry_date",
        "owner_id",
        "policy_id",
        "prospect_id",
        "segment",
        "previous_task_id",
        "insured_times",
        "last_insurer_id",
        "last_premium",
        "claim_count",
        "repair_count",
        "repair_value",
        "last_visit",
        "trouble_count",
        "score",
        "score_parts",
        "assigned_at",
        "assign_why",
        "returned_at",
        "returned_by_id",
        "return_reason",
        "current_node_id",
        "missed_node_ids",
        "expired_on",
        "won_policy_id",
        "won_at",
        "slept_at",
        "next_expiry",
        "wake_on",
        "withdrawn_at",
        "withdraw_reason",
        "last_seen_at",
        "last_seen_on",
        "last_seen_event",
    )

    name = fields.Char(
        string="Number", readonly=True, copy=False, default="/", index="trigram"
    )
    company_id = fields.Many2one(
        "res.company",
        string="Store",
        required=True,
        index=True,
        readonly=True,
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")

    # car and customer
    vehicle_id = fields.Many2one(
        "dealer.vehicle", required=True, index=True, check_company=True, readonly=True
    )
    vin = fields.Char(related="vehicle_id.vin", store=True, index="trigram")
    plate = fields.Char(related="vehicle_id.plate", store=True, index="trigram")
    model_text = fields.Char(related="vehicle_id.model_text")
    registration_date = fields.Date(related="vehicle_id.registration_date")
    first_beneficiary_id = fields.Many2one(related="vehicle_id.first_beneficiary_id")
    partner_id = fields.Many2one(
        "res.partner", string="Customer", index=True, tracking=True
    )
    phone_shown = fields.Char(
        string="Mobile", compute="_compute_phone_shown", exportable=False
    )
    expiry_date = fields.Date(string="Cover Ends", required=True, index=True)
    days_left = fields.Integer(
        compute="_compute_days_left", help="Days until the cover ends.", aggregator=None
    )
    segment = fields.Selection(SEGMENTS, index=True, readonly=True)
    customer_class = fields.Selection(
        [("A", "A"), ("B", "B"), ("C", "C")],
        compute="_compute_customer_class",
        store=True,
        readonly=False,
        precompute=True,
        tracking=True,
        help="By the premium of the last year and the years with the store; the limits "
        "stand in the settings. The leader may decide otherwise.",
    )
    intention = fields.Selection(
        [("H", "H: buys this week"), ("A", "A: likely"), ("B", "B: open"), ("C", "C")],
        tracking=True,
        help="How likely the customer renews here.",
    )
    expected_on = fields.Date(help="When the customer will buy.")
    note = fields.Text()

    # where it comes from
    policy_id = fields.Many2one(
        "dealer.policy",
        string="Expiring Policy",
        index=True,
        check_company=True,
        readonly=True,
    )
    prospect_id = fields.Many2one(
        "dealer.renewal.prospect", index=True, check_company=True, readonly=True
    )
    due_ids = fields.One2many("dealer.renewal.due", "task_id")
    previous_task_id = fields.Many2one(
        "dealer.renewal.task",
        string="Task of the Year Before",
        index="btree_not_null",
        check_company=True,
        readonly=True,
    )
    next_task_ids = fields.One2many("dealer.renewal.task", "previous_task_id")
    insured_times = fields.Integer(
        string="Years with Us", readonly=True, aggregator=None
    )
    is_lost = fields.Boolean(
        string="Loss Approved",
        compute="_compute_is_lost",
        store=True,
        help="Approved by the leader and not won since, also when the "
        "task sleeps by now.",
    )
    last_insurer_id = fields.Many2one(
        "res.partner", string="Insurer Last Year", index="btree_not_null", readonly=True
    )
    last_premium = fields.Monetary(string="Premium Last Year", readonly=True)

    # what the store did for the car in the last year
    claim_count = fields.Integer(string="Claims Last Year", readonly=True)
    repair_count = fields.Integer(string="Repairs Last Year", readonly=True)
    repair_value = fields.Monetary(string="Repair Value Last Year", readonly=True)
    last_visit = fields.Date(readonly=True)
    trouble_count = fields.Integer(
        string="Open Claims and Complaints", readonly=True, aggregator=None
    )

    # who
    owner_id = fields.Many2one(
        "dealer.staff",
        string="Specialist",
        index=True,
        check_company=True,
        readonly=True,
        tracking=True,
    )
    owner_user_id = fields.Many2one(
        related="owner_id.user_id", store=True, index="btree_not_null"
    )
    assigned_at = fields.Datetime(readonly=True, copy=False)
    assign_why = fields.Json(readonly=True, copy=False)
    returned_at = fields.Datetime(string="Given Back At", readonly=True, copy=False)
    returned_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    return_reason = fields.Char(readonly=True, copy=False, tracking=True)

    # calls
    contact_ids = fields.One2many("dealer.renewal.contact", "task_id")
    contact_count = fields.Integer(
        compute="_compute_contacts", store=True, string="Contacts"
    )
    effective_count = fields.Integer(
        compute="_compute_contacts", store=True, string="Effective Contacts"
    )
    first_effective_date = fields.Date(compute="_compute_contacts", store=True)
    last_contact_at = fields.Datetime(
        compute="_compute_contacts", store=True, string="Last Contact"
    )
    last_result = fields.Selection(
        selection="_selection_results", compute="_compute_contacts", store=True
    )
    next_date = fields.Date(
        string="Next Call", compute="_compute_contacts", store=True, index=True
    )
    is_price_sensitive = fields.Boolean(compute="_compute_contacts", store=True)

    # course
    state = fields.Selection(
        STATES,
        compute="_compute_state",
        store=True,
        index=True,
        tracking=True,
        group_expand=True,
    )
    is_open = fields.Boolean(compute="_compute_state", store=True)
    expired_on = fields.Date(readonly=True, copy=False)
    won_policy_id = fields.Many2one(
        "dealer.policy",
        string="New Policy",
        readonly=True,
        copy=False,
        index="btree_not_null",
        check_company=True,
    )
    won_at = fields.Datetime(readonly=True, copy=False)
    slept_at = fields.Datetime(readonly=True, copy=False)
    next_expiry = fields.Date(
        readonly=True, copy=False, help="Of the policy elsewhere."
    )
    wake_on = fields.Date(string="Wakes Up On", readonly=True, copy=False)
    withdrawn_at = fields.Datetime(readonly=True, copy=False)
    withdraw_reason = fields.Char(readonly=True, copy=False, tracking=True)

    # One open task per car and expiry, whoever creates it and however often.
    _open_uniq = models.UniqueIndex(
        "(vehicle_id, expiry_date) WHERE is_open",
        "This car has an open renewal task for this expiry already.",
    )
    _queue_idx = models.Index("(owner_id, score DESC) WHERE is_open")
    _node_idx = models.Index("(company_id, expiry_date) WHERE is_open")

    @api.model
    def _selection_results(self):
        return self.env["dealer.renewal.contact"]._results()

    # -------------------------------------------------------------- Computes
    @api.depends("name", "plate", "vin", "partner_id.name")
    def _compute_display_name(self):
        for task in self:
            car = task.plate or task.vin or ""
            who = task.partner_id.name or ""
            task.display_name = f"{car} {who}".strip() or task.name

    @api.depends("partner_id.phone")
    @api.depends_context("uid")
    def _compute_phone_shown(self):
        whole = self.env.su or self.env.user.has_groups(PHONE_GROUPS)
        for task in self:
            phone = task.partner_id.phone
            task.phone_shown = phone if whole else phone and mask_phone(phone)

    @api.depends("expiry_date", "company_id")
    def _compute_days_left(self):
        for company, tasks in self.grouped("company_id").items():
            today = company._dealer_today()
            for task in tasks:
                expiry = task.expiry_date
                task.days_left = (expiry - today).days if expiry else 0

    @api.depends("last_premium", "insured_times")
    def _compute_customer_class(self):
        for task in self:
            company = task.company_id
            currency = company.currency_id

            def reaches(letter, task=task, company=company, currency=currency):
                premium = company[f"dealer_class_{letter}_premium"]
                years = company[f"dealer_class_{letter}_years"]
                return (
                    premium > 0
                    and currency.compare_amounts(task.last_premium, premium) >= 0
                ) or (0 < years <= task.insured_times)

            task.customer_class = "A" if reaches("a") else "B" if reaches("b") else "C"

    @api.depends(
        "contact_ids.contacted_at",
        "contact_ids.is_effective",
        "contact_ids.result",
        "contact_ids.next_date",
        "contact_ids.competitor_price",
    )
    def _compute_contacts(self):
        """Sums and the last word of the contacts."""
        for task in self:
            contacts = task.contact_ids.sorted(lambda c: (c.contacted_at, c.id))
            effective = contacts.filtered("is_effective")
            # A call that nobody answered does not take back what he said before.
            said = contacts.filtered("answered") or contacts
            task.contact_count = len(contacts)
            task.effective_count = len(effective)
            task.first_effective_date = effective[:1].contact_date
            task.last_contact_at = contacts[-1:].contacted_at
            task.last_result = said[-1:].result
            task.next_date = contacts[-1:].next_date
            task.is_price_sensitive = any(c.competitor_price for c in contacts)

    @api.depends(
        "withdrawn_at",
        "won_policy_id",
        "slept_at",
        "lost_case_ids.state",
        "returned_at",
        "expired_on",
        "last_result",
        "quote_ids.state",
        "contact_count",
        "owner_id",
    )
    def _compute_state(self):
        for task in self:
            task.state = task._state_from_facts()
            task.is_open = task.state in OPEN_STATES

    @api.depends("lost_case_ids.state", "won_policy_id")
    def _compute_is_lost(self):
        for task in self:
            loss = task.lost_case_ids[:1].state
            task.is_lost = not task.won_policy_id and loss in LOST_CASE_STATES

    def _state_from_facts(self):
        self.ensure_one()
        loss = self.lost_case_ids[:1].state
        quotes = set(self.quote_ids.mapped("state"))
        if self.withdrawn_at:
            return "withdrawn"
        if self.won_policy_id:
            return "won"
        if self.slept_at:
            return "sleeping"
        if loss in LOST_CASE_STATES:
            return "lost"
        if loss == "submitted":
            return "lost_pending"
        if self.returned_at:
            return "transferred"
        if self.expired_on:
            return "expired"
        if self.last_result == "promised" or quotes & {"accepted", "converted"}:
            return "promised"
        if self.last_result == "quote" or quotes & {"draft", "calculated", "sent"}:
            return "quoting"
        if self.contact_count:
            return "contacting"
        return "assigned" if self.owner_id else "pending"

    # ------------------------------------------------------------------ CRUD
    @api.model_create_multi
    def create(self, vals_list):
        tasks = super().create(vals_list)
        fresh = tasks.filtered(lambda task: task.name == "/")
        # One number per car would cost a query each: the id is unique and is there.
        for task in fresh:
            task._write_protected({"name": f"RN{task.id:07d}"})
        return tasks

    def write(self, vals):
        if "customer_class" in vals and not self.env.su:
            self._check_holds(*LEADERS)
        return super().write(vals)

    # ---------------------------------------------------------------- Hints
    def _protected_hint(self, field_name):
        return self.env._("Use the buttons of the renewal task.")

    def _user_today(self):
        """The store's day for each company of the tasks: dict company -> date."""
        return {company: company._dealer_today() for company in self.company_id}

    def _year_before(self):
        """Days of the expiring cover: tuple (first, last) over all tasks."""
        days = self.mapped("expiry_date")
        return min(days) - timedelta(days=365), max(days)


class ResCompany(models.Model):
    _inherit = "res.company"

    dealer_class_a_premium = fields.Monetary(
        string="Class A from a Premium of",
        default=6000.0,
        help="Premium of the last year from which a customer is of class A; zero: the "
        "premium does not count.",
    )
    dealer_class_a_years = fields.Integer(string="Class A from Years", default=4)
    dealer_class_b_premium = fields.Monetary(
        string="Class B from a Premium of", default=3500.0
    )
    dealer_class_b_years = fields.Integer(string="Class B from Years", default=2)
    dealer_renewal_sleep_days = fields.Integer(
        string="Sleep after the Window (days)",
        default=10,
        help="An expired task that nobody closed sleeps this many days after the end "
        "of the renewal window.",
    )
    dealer_lost_contacts = fields.Integer(
        string="Effective Contacts before a Loss",
        default=3,
        help="So many effective contacts are needed, in each of the phases that the "
        "nodes mark, before a renewal may be given up (G-L3).",
    )

    _dealer_renewal_numbers = models.Constraint(
        "CHECK (dealer_class_a_premium >= 0 AND dealer_class_b_premium >= 0"
        " AND dealer_class_a_years >= 0 AND dealer_class_b_years >= 0"
        " AND dealer_renewal_sleep_days >= 0 AND dealer_lost_contacts >= 0)",
        "Premiums, years, days and numbers of contacts cannot be negative.",
    )


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    dealer_class_a_premium = fields.Monetary(
        related="company_id.dealer_class_a_premium",
        readonly=False,
        currency_field="dealer_currency_id",
    )
    dealer_class_a_years = fields.Integer(
        related="company_id.dealer_class_a_years", readonly=False
    )
    dealer_class_b_premium = fields.Monetary(
        related="company_id.dealer_class_b_premium",
        readonly=False,
        currency_field="dealer_currency_id",
    )
    dealer_class_b_years = fields.Integer(
        related="company_id.dealer_class_b_years", readonly=False
    )
    dealer_renewal_sleep_days = fields.Integer(
        related="company_id.dealer_renewal_sleep_days", readonly=False
    )
    dealer_lost_contacts = fields.Integer(
        related="company_id.dealer_lost_contacts", readonly=False
    )

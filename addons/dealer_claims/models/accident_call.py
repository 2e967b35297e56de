from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from odoo.addons.dealer_base.tools.identity import (
    normalise_mobile,
    normalise_plate,
    normalise_vin,
)

from ..const import ACCIDENT_TYPES, LIABILITIES

SOURCES = [
    ("customer", "Customer Called"),
    ("insurer_push", "Sent by the Insurer"),
    ("survey", "Own Survey"),
    ("consultant", "Sales Consultant"),
]
DISPATCH_TO = [
    ("insurer", "Insurer's Surveyor"),
    ("own", "Own Surveyor"),
    ("none", "No Survey Needed"),
]
YES_NO = [("yes", "Yes"), ("no", "No")]
#: States of a call that nobody has to follow up any more.
DONE_STATES = ("returned", "not_returned", "closed")
#: Fields with a star on the paper form (domain.md §3.8), beside the outcome.
STARRED = (
    "call_at",
    "agent_id",
    "caller_name",
    "phone",
    "plate",
    "insurer_id",
    "accident_at",
    "place",
    "description",
    "accident_type",
    "injury",
)


class DealerAccidentCall(models.Model):
    """A call at the accident hotline, from the first ring to the car in the store.

    The state follows from facts, the first that holds (SM-8, S86-S89):

    ============  ===================================================================
    closed        ``closed_at``
    returned      ``return_at``: a claim received the car, or the time was entered
    not_returned  ``not_returned_at``: the claims leader confirmed it
    promised      ``promised_on``
    surveyed      ``arrived_at``: the surveyor has been there
    dispatched    ``dispatched_at``
    guided        ``guided_at``: the steps of guidance were told
    new           otherwise
    ============  ===================================================================
    """

    _name = "dealer.accident.call"
    _description = "Accident Call"
    _inherit = [
        "dealer.numbered.mixin",
        "dealer.overdue.mixin",
        "dealer.derived.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _overdue_depends = ("next_follow_at",)
    _order = "call_at desc, id desc"
    _rec_names_search = ["name", "plate", "vin", "phone", "report_no"]
    _check_company_auto = True
    _guard_transitions = ("dispatch", "not_return", "confirm", "close")
    _protected_fields = (
        "name",
        "is_historical",
        "history_follow_count",
        "history_reception",
        "guided_at",
        "dispatched_at",
        "arrived_at",
        "returned_at",
        "not_return_asked_at",
        "not_return_asked_by_id",
        "not_returned_at",
        "not_returned_by_id",
        "closed_at",
        "closed_by_id",
        "dispatch_alerted_at",
        "report_reminded_at",
    )

    name = fields.Char(string="Call No.", readonly=True, copy=False, default="/")
    company_id = fields.Many2one(
        "res.company",
        string="Store",
        required=True,
        index=True,
        readonly=True,
        default=lambda self: self.env.company,
    )
    is_historical = fields.Boolean(
        string="Taken Over",
        readonly=True,
        copy=False,
        help="From the list of the time before; its clocks are not judged.",
    )

    # who calls
    call_at = fields.Datetime(
        string="Called At",
        required=True,
        default=fields.Datetime.now,
        index=True,
        tracking=True,
    )
    agent_id = fields.Many2one(
        "dealer.staff",
        string="Answered By",
        index=True,
        check_company=True,
        default=lambda self: self.env.user._dealer_staff(self.env.company),
        tracking=True,
    )
    is_missed = fields.Boolean(
        string="Missed Call", help="Nobody answered; call back at once."
    )
    rings = fields.Integer(help="How often it rang before somebody answered.")
    answer_seconds = fields.Integer(string="Answered After (seconds)")
    source = fields.Selection(
        SOURCES, required=True, default="customer", index=True, tracking=True
    )
    caller_name = fields.Char(string="Caller", tracking=True)
    caller_is_owner = fields.Boolean(string="Caller Is the Owner", default=True)
    phone = fields.Char(index="trigram", tracking=True)

    # which car
    plate = fields.Char(index="trigram", tracking=True)
    vin = fields.Char(string="VIN", index="trigram")
    vehicle_id = fields.Many2one(
        "dealer.vehicle", index=True, check_company=True, tracking=True
    )
    model_text = fields.Char(
        string="Model",
        compute="_compute_model_text",
        store=True,
        readonly=False,
        precompute=True,
    )
    partner_id = fields.Many2one("res.partner", string="Customer", index=True)
    ctpl_policy_id = fields.Many2one(
        "dealer.policy",
        string="Compulsory Policy",
        compute="_compute_policies",
        store=True,
        index="btree_not_null",
        help="In force at the moment of the accident.",
    )
    commercial_policy_id = fields.Many2one(
        "dealer.policy",
        compute="_compute_policies",
        store=True,
        index="btree_not_null",
        help="In force at the moment of the accident.",
    )
    policy_id = fields.Many2one(
        "dealer.policy",
        compute="_compute_policy_id",
        help="The commercial one, else the compulsory one.",
    )
    policy_note = fields.Char(string="Insurance Cover", compute="_compute_policy_note")
    insurer_id = fields.Many2one(
        "res.partner",
        domain=[("is_insurer", "=", True)],
        compute="_compute_insurer_id",
        store=True,
        readonly=False,
        index=True,
        tracking=True,
    )
    report_no = fields.Char(string="Report No.", index="btree_not_null", tracking=True)
    is_reported = fields.Boolean(
        string="Reported to the Insurer",
        compute="_compute_is_reported",
        store=True,
        readonly=False,
        precompute=True,
    )

    # what happened
    accident_at = fields.Datetime(default=fields.Datetime.now, tracking=True)
    place = fields.Char(string="Place of the Accident")
    place_link = fields.Char(
        string="Location Link", help="Link of the location that the caller sent."
    )
    description = fields.Text(string="What Happened")
    accident_type = fields.Selection(ACCIDENT_TYPES, index=True, tracking=True)
    injury = fields.Selection(YES_NO, string="Anybody Injured", tracking=True)
    drivable = fields.Selection(YES_NO, string="Car Can Drive")
    needs_tow = fields.Boolean(
        string="Needs a Tow",
        compute="_compute_needs_tow",
        store=True,
        readonly=False,
        precompute=True,
    )
    driver_name = fields.Char(string="Driver")
    liability = fields.Selection(
        LIABILITIES,
        string="First View of Liability",
        help="Empty: not clear yet.",
    )
    recording_ids = fields.Many2many(
        "ir.attachment",
        "dealer_accident_call_recording_rel",
        copy=False,
    )

    # guidance and dispatch
    step_ids = fields.One2many(
        "dealer.accident.call.step", "call_id", string="Guidance"
    )
    guidance_script = fields.Text(compute="_compute_guidance_script")
    guided_at = fields.Datetime(readonly=True, copy=False)
    dispatch_to = fields.Selection(DISPATCH_TO, tracking=True)
    surveyor_id = fields.Many2one(
        "dealer.staff",
        check_company=True,
        domain=[("post", "=", "survey_agent")],
        tracking=True,
    )
    surveyor_text = fields.Char(string="Insurer's Surveyor and Telephone")
    dispatched_at = fields.Datetime(readonly=True, copy=False, tracking=True)
    arrived_at = fields.Datetime(
        string="On Site At", readonly=True, copy=False, tracking=True
    )
    survey_ids = fields.One2many("dealer.survey", "call_id", string="Surveys")

    # return to the store
    promised_on = fields.Date(
        string="Promised Return Day",
        tracking=True,
        help="The day on which the customer wants to bring the car.",
    )
    claim_ids = fields.One2many("dealer.claim", "call_id", string="Claims")
    returned_at = fields.Datetime(
        string="Return Entered",
        readonly=True,
        copy=False,
        tracking=True,
        help="Entered by hand, when no claim was received.",
    )
    return_at = fields.Datetime(
        string="Returned At", compute="_compute_return", store=True, index=True
    )
    history_reception = fields.Char(
        string="Reception No. of the List", readonly=True, copy=False
    )
    not_return_reason_id = fields.Many2one(
        "dealer.reason.code",
        string="Reason Not Returned",
        domain=[("category", "=", "not_returned")],
        index="btree_not_null",
        tracking=True,
    )
    not_return_text = fields.Char(string="Reason in Words", tracking=True)
    not_return_asked_at = fields.Datetime(
        string="Given Up At", readonly=True, copy=False, tracking=True
    )
    not_return_asked_by_id = fields.Many2one(
        "res.users", string="Given Up By", readonly=True, copy=False
    )
    not_returned_at = fields.Datetime(
        string="Confirmed Not Returned", readonly=True, copy=False, tracking=True
    )
    not_returned_by_id = fields.Many2one(
        "res.users", string="Confirmed By", readonly=True, copy=False
    )
    is_to_confirm = fields.Boolean(
        string="Waits for the Leader", compute="_compute_state", store=True
    )

    # follow-up
    follow_ids = fields.One2many(
        "dealer.accident.follow.up", "call_id", string="Follow-up List"
    )
    history_follow_count = fields.Integer(
        string="Follow-ups of the List", readonly=True, copy=False
    )

    # course
    state = fields.Selection(
        [
            ("new", "New"),
            ("guided", "Guided"),
            ("dispatched", "Dispatched"),
            ("surveyed", "Surveyed"),
            ("promised", "Return Promised"),
            ("returned", "Returned"),
            ("not_returned", "Not Returned"),
            ("closed", "Closed"),
        ],
        compute="_compute_state",
        store=True,
        index=True,
        tracking=True,
        group_expand=True,
    )
    outcome = fields.Selection(
        [
            ("open", "Followed Up"),
            ("returned", "Returned"),
            ("not_returned", "Not Returned"),
        ],
        compute="_compute_state",
        store=True,
        index=True,
    )
    is_in_scope = fields.Boolean(
        string="Counts for the Return Rate",
        compute="_compute_scope",
        store=True,
        help="Repairable and in the area: its reason does not leave it out (K21).",
    )
    is_returned_in_time = fields.Boolean(
        string="Returned within the Window", compute="_compute_scope", store=True
    )
    closed_at = fields.Datetime(readonly=True, copy=False)
    closed_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    dispatch_alerted_at = fields.Datetime(readonly=True, copy=False)
    report_reminded_at = fields.Datetime(readonly=True, copy=False)

    _report_company_idx = models.Index("(company_id, call_at)")
    _answer_positive = models.Constraint(
        "CHECK (rings >= 0 AND answer_seconds >= 0)",
        "Rings and seconds cannot be negative.",
    )

    # ------------------------------------------------------------------ CRUD
    @api.model_create_multi
    def create(self, vals_list):
        vals_list = self._matched_vals([self._normalise(vals) for vals in vals_list])
        calls = super().create(vals_list)
        calls._sync_steps()
        calls._plan_follow_ups()
        calls._tell_seen()
        return calls

    def write(self, vals):
        vals = self._normalise(vals)
        if not self.env.su and vals.keys() & self._content_fields():
            self._check_content_open()
        before = {call: call.vehicle_id for call in self}
        result = super().write(vals)
        if vals.keys() & {"accident_type", "injury"}:
            self._sync_steps()
        if "vehicle_id" in vals:
            self.filtered(lambda c: c.vehicle_id != before[c])._tell_seen()
        return result

    @api.model
    def _normalise(self, vals):
        """Numbers without blanks, as everywhere (domain.md §8)."""
        vals = dict(vals)
        for name, function in (
            ("plate", normalise_plate),
            ("vin", normalise_vin),
            ("phone", normalise_mobile),
        ):
            if vals.get(name):
                vals[name] = function(vals[name]) or vals[name]
        return vals

    @api.model
    def _content_fields(self):
        """Fields of the agent, which stand once the call is closed."""
        return {
            *STARRED,
            *("source", "caller_is_owner", "vin", "vehicle_id", "partner_id"),
            *("report_no", "is_reported", "place_link", "drivable", "needs_tow"),
            *("driver_name", "liability", "dispatch_to", "surveyor_id"),
            *("surveyor_text", "promised_on", "step_ids", "is_missed", "rings"),
            *("not_return_reason_id", "not_return_text", "answer_seconds"),
        }

    def _check_content_open(self):
        closed = self.filtered("closed_at")
        if closed:
            raise UserError(
                self.env._(
                    "%(names)s: closed, so its facts stand. The claims leader may "
                    "reopen it.",
                    names=", ".join(closed.mapped("name")),
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(
            self.env._("Calls are not deleted; every call of the hotline is kept.")
        )

    @api.model
    def _open_domain(self):
        """Calls that somebody has to follow up."""
        return Domain("state", "not in", DONE_STATES) & Domain("is_missed", "=", False)

    def _tell_seen(self):
        """The owner of the car is on the phone: whoever waits for him hears of it."""
        for call in self.filtered(lambda c: c.vehicle_id and not c.is_historical):
            call.vehicle_id._seen_in_store("hotline", call)

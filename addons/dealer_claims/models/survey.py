from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from ..const import ACCIDENT_TYPES, LIABILITIES

# A survey that waits for somebody.
OPEN_STATES = (
    "assigned",
    "accepted",
    "on_site",
    "reported",
    "uploaded",
    "insurer_confirmed",
)
# The surveyor works at the scene.
FIELD_STATES = ("accepted", "on_site")
# These do not count as delegated surveys (K25).
NOT_COUNTED = ("draft", "rejected", "cancelled")


class DealerSurvey(models.Model):
    """A survey that an insurer delegated to the store (SM-9, S105, S106).

    The state follows from facts, the first that holds:

    =================  ==============================================================
    cancelled          ``cancelled_at``: the insurer or the customer called it off
    closed             ``closed_at``
    insurer_confirmed  ``confirmed_at``: the insurer accepted the report
    uploaded           ``uploaded_at``: the report is in the insurer's system
    reported           ``reported_at``: facts, photos and signature are complete
    on_site            ``arrived_at``
    accepted           ``accepted_at``
    rejected           ``rejected_at``: the surveyor gave the task back
    assigned           a surveyor is named
    draft              otherwise
    =================  ==============================================================

    Whether the car came back is no tick: it is the reception of the car (a claim that
    names the survey, or its accident call).
    """

    _name = "dealer.survey"
    _description = "Accident Survey"
    _inherit = [
        "dealer.numbered.mixin",
        "dealer.derived.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "assigned_at desc, id desc"
    _rec_names_search = ["name", "plate", "report_no"]
    _check_company_auto = True
    _guard_transitions = ("accept", "report", "upload", "close")
    _protected_fields = (
        "name",
        "surveyor_id",
        "assigned_at",
        "accepted_at",
        "rejected_at",
        "reject_reason",
        "arrived_at",
        "latitude",
        "longitude",
        "accuracy",
        "located_at",
        "reported_at",
        "reported_by_id",
        "uploaded_at",
        "confirmed_at",
        "closed_at",
        "cancelled_at",
        "return_reason",
        "fee",
        "fee_line_id",
        "is_historical",
    )

    name = fields.Char(string="Number", readonly=True, copy=False, default="/")
    company_id = fields.Many2one(
        "res.company",
        string="Store",
        required=True,
        index=True,
        readonly=True,
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    call_id = fields.Many2one(
        "dealer.accident.call",
        string="Accident Call",
        index=True,
        check_company=True,
    )
    claim_ids = fields.One2many("dealer.claim", "survey_id", string="Claims")
    is_historical = fields.Boolean(readonly=True, copy=False)

    # what and where
    vehicle_id = fields.Many2one(
        "dealer.vehicle", index=True, check_company=True, tracking=True
    )
    plate = fields.Char(related="vehicle_id.plate", store=True, index="trigram")
    vin = fields.Char(related="vehicle_id.vin")
    partner_id = fields.Many2one("res.partner", string="Customer", index=True)
    insurer_id = fields.Many2one(
        "res.partner",
        index=True,
        domain=[("is_insurer", "=", True)],
        tracking=True,
    )
    policy_id = fields.Many2one(
        "dealer.policy", index="btree_not_null", check_company=True
    )
    report_no = fields.Char(string="Report No.", index="btree_not_null", tracking=True)
    accident_type = fields.Selection(ACCIDENT_TYPES, default="single")
    accident_at = fields.Datetime(string="Accident On")
    state_id = fields.Many2one("res.country.state", string="Province")
    region = fields.Char(
        string="District or Town", help="Decides whether a mandate covers the scene."
    )
    address = fields.Char(string="Scene")
    contact_name = fields.Char(string="Contact at the Scene")
    contact_phone = fields.Char(string="Phone")

    # mandate and surveyor
    mandate_id = fields.Many2one(
        "dealer.survey.mandate",
        compute="_compute_mandate_id",
        store=True,
        index="btree_not_null",
        check_company=True,
    )
    surveyor_id = fields.Many2one(
        "dealer.staff",
        index=True,
        check_company=True,
        domain=[("post", "=", "survey_agent")],
        tracking=True,
    )
    planned_at = fields.Datetime(string="Promised at the Scene")
    assigned_at = fields.Datetime(readonly=True, copy=False, index=True)
    assigned_on = fields.Date(
        string="Day",
        compute="_compute_assigned_on",
        store=True,
        index=True,
        help="Day of the assignment in the store; figures count by it.",
    )
    accepted_at = fields.Datetime(readonly=True, copy=False)
    rejected_at = fields.Datetime(readonly=True, copy=False)
    reject_reason = fields.Text(readonly=True, copy=False, tracking=True)
    arrived_at = fields.Datetime(string="On Site", readonly=True, copy=False)
    minutes_to_site = fields.Integer(
        compute="_compute_punctuality", store=True, aggregator="avg"
    )
    is_site_late = fields.Boolean(
        string="Late on Site", compute="_compute_punctuality", store=True
    )

    # place of the arrival, as the phone reported it
    latitude = fields.Float(digits=(10, 6), readonly=True, copy=False)
    longitude = fields.Float(digits=(10, 6), readonly=True, copy=False)
    accuracy = fields.Float(
        string="Accuracy (m)", digits=(10, 1), readonly=True, copy=False
    )
    located_at = fields.Datetime(readonly=True, copy=False)
    has_position = fields.Boolean(compute="_compute_has_position", store=True)

    # the report
    accident_facts = fields.Text(string="Course of the Accident")
    liability = fields.Selection(LIABILITIES, string="Liability, First View")
    has_injury = fields.Boolean(string="Somebody Is Hurt")
    third_party = fields.Text(string="Other Party", help="Plate, name, phone, insurer.")
    estimated_loss = fields.Monetary(tracking=True)
    sketch = fields.Binary(attachment=True, copy=False)
    customer_signature = fields.Binary(
        string="Customer's Signature", attachment=True, copy=False
    )
    signer_name = fields.Char(string="Signed by")
    difference_note = fields.Text(
        string="Explanation",
        help="Why the place is unknown, a photo was taken elsewhere or at another "
        "time, or nobody could sign.",
    )
    reported_at = fields.Datetime(readonly=True, copy=False)
    reported_by_id = fields.Many2one("res.users", readonly=True, copy=False)

    # upload to the insurer
    upload_ref = fields.Char(
        string="Receipt No. of the Upload", copy=False, tracking=True
    )
    upload_proof_ids = fields.Many2many(
        "ir.attachment", string="Proof of the Upload", copy=False
    )
    upload_due_at = fields.Datetime(
        string="Upload Due", compute="_compute_upload", store=True
    )
    uploaded_at = fields.Datetime(readonly=True, copy=False)
    is_upload_late = fields.Boolean(
        string="Uploaded Late", compute="_compute_upload", store=True
    )
    is_upload_overdue = fields.Boolean(
        string="Upload Overdue",
        compute="_compute_is_upload_overdue",
        search="_search_is_upload_overdue",
    )
    confirmed_at = fields.Datetime(
        string="Confirmed by the Insurer", readonly=True, copy=False
    )

    # return to the store (S106)
    promised_return_at = fields.Datetime(string="Promised to Come In")
    returned_to_store = fields.Selection(
        [("yes", "Returned"), ("no", "Not Returned")],
        string="Car Returned",
        compute="_compute_returned_to_store",
        store=True,
        index=True,
        tracking=True,
    )
    not_return_reason_id = fields.Many2one(
        "dealer.reason.code",
        string="Why Not Returned",
        domain=[("category", "=", "not_returned")],
        index="btree_not_null",
        tracking=True,
    )
    not_return_text = fields.Char(string="In Words")
    closed_at = fields.Datetime(readonly=True, copy=False)
    cancelled_at = fields.Datetime(readonly=True, copy=False)
    return_reason = fields.Text(
        string="Taken Back Because", readonly=True, copy=False, tracking=True
    )

    state = fields.Selection(
        [
            ("draft", "To Assign"),
            ("assigned", "Assigned"),
            ("rejected", "Given Back"),
            ("accepted", "Accepted"),
            ("on_site", "On Site"),
            ("reported", "Reported"),
            ("uploaded", "Uploaded"),
            ("insurer_confirmed", "Confirmed by Insurer"),
            ("closed", "Closed"),
            ("cancelled", "Called Off"),
        ],
        compute="_compute_state",
        store=True,
        index=True,
        tracking=True,
    )
    is_mine = fields.Boolean(compute="_compute_is_mine")

    _loss_positive = models.Constraint(
        "CHECK (estimated_loss >= 0)", "The estimated loss cannot be negative."
    )
    # Key figures and the list of the day read the surveys of a period within a store.
    _company_day_idx = models.Index("(company_id, assigned_on)")

    # -------------------------------------------------------------- Computes
    @api.depends(
        "surveyor_id",
        "accepted_at",
        "rejected_at",
        "arrived_at",
        "reported_at",
        "uploaded_at",
        "confirmed_at",
        "closed_at",
        "cancelled_at",
    )
    def _compute_state(self):
        facts = (
            ("cancelled_at", "cancelled"),
            ("closed_at", "closed"),
            ("confirmed_at", "insurer_confirmed"),
            ("uploaded_at", "uploaded"),
            ("reported_at", "reported"),
            ("arrived_at", "on_site"),
            ("accepted_at", "accepted"),
            ("rejected_at", "rejected"),
            ("surveyor_id", "assigned"),
        )
        for survey in self:
            survey.state = next(
                (state for name, state in facts if survey[name]), "draft"
            )

    @api.depends("assigned_at", "company_id")
    def _compute_assigned_on(self):
        for survey in self:
            survey.assigned_on = (
                survey.assigned_at
                and survey.company_id._dealer_local_day(survey.assigned_at)
            )

    @api.depends("insurer_id", "region", "state_id", "address", "assigned_at")
    def _compute_mandate_id(self):
        """The mandate in force on the day of the assignment, read once for all."""
        Mandate = self.env["dealer.survey.mandate"]
        found = Mandate.search(
            Domain("company_id", "in", self.company_id.ids)
            & Domain(
                "insurer_id",
                "in",
                (self.insurer_id | self.insurer_id.commercial_partner_id).ids,
            )
        )
        for survey in self:
            insurers = survey.insurer_id | survey.insurer_id.commercial_partner_id
            day = survey.assigned_on or survey.company_id._dealer_today()
            fitting = found.filtered(
                lambda m, s=survey, i=insurers, d=day: (
                    m.company_id == s.company_id
                    and m.insurer_id in i
                    and (not m.date_from or m.date_from <= d)
                    and (not m.date_to or m.date_to >= d)
                )
            )
            survey.mandate_id = fitting._best_for(survey._place_text())

    def _place_text(self):
        """Where the scene is, in the words that mandates are compared with."""
        self.ensure_one()
        parts = (self.state_id.name, self.region, self.address)
        return " ".join(part for part in parts if part)

    @api.depends("assigned_at", "arrived_at", "company_id.dealer_survey_site_minutes")
    def _compute_punctuality(self):
        for survey in self:
            minutes = 0
            if survey.assigned_at and survey.arrived_at:
                span = survey.arrived_at - survey.assigned_at
                minutes = max(int(span.total_seconds() // 60), 0)
            survey.minutes_to_site = minutes
            survey.is_site_late = minutes > survey.company_id.dealer_survey_site_minutes

    @api.depends("arrived_at", "uploaded_at", "company_id.dealer_survey_upload_hours")
    def _compute_upload(self):
        for survey in self:
            due = survey.arrived_at and survey.arrived_at + timedelta(
                hours=survey.company_id.dealer_survey_upload_hours
            )
            survey.upload_due_at = due
            survey.is_upload_late = bool(
                due and survey.uploaded_at and survey.uploaded_at > due
            )

    @api.depends("upload_due_at", "uploaded_at", "cancelled_at")
    def _compute_is_upload_overdue(self):
        now = fields.Datetime.now()
        for survey in self:
            survey.is_upload_overdue = bool(
                survey.upload_due_at
                and survey.upload_due_at < now
                and not survey.uploaded_at
                and not survey.cancelled_at
            )

    def _search_is_upload_overdue(self, operator, value):
        if operator != "in":
            return NotImplemented
        overdue = (
            Domain("upload_due_at", "<", fields.Datetime.now())
            & Domain("uploaded_at", "=", False)
            & Domain("cancelled_at", "=", False)
        )
        if True in value and False in value:
            return Domain.TRUE
        return overdue if True in value else ~overdue

    @api.depends("located_at")
    def _compute_has_position(self):
        for survey in self:
            survey.has_position = bool(survey.located_at)

    @api.depends(
        "claim_ids.voided_at", "call_id.claim_ids.voided_at", "not_return_reason_id"
    )
    def _compute_returned_to_store(self):
        """Returned is what the reception says; not returned needs its reason."""
        for survey in self:
            claims = survey.claim_ids | survey.call_id.claim_ids
            if claims.filtered(lambda claim: not claim.voided_at):
                survey.returned_to_store = "yes"
            else:
                survey.returned_to_store = (
                    "no" if survey.not_return_reason_id else False
                )

    @api.depends("surveyor_id.user_id")
    @api.depends_context("uid")
    def _compute_is_mine(self):
        for survey in self:
            survey.is_mine = survey.surveyor_id.user_id == self.env.user

    @api.depends("name", "plate")
    def _compute_display_name(self):
        for survey in self:
            survey.display_name = " ".join(filter(None, (survey.name, survey.plate)))

    # ------------------------------------------------------------------ CRUD
    @api.model_create_multi
    def create(self, vals_list):
        """Number the surveys; who is named as surveyor gets the task at once."""
        prepared, staff_ids = [], []
        for vals in vals_list:
            vals = dict(vals)
            # History brings its own time of assignment.
            staff_ids.append(
                False if vals.get("assigned_at") else vals.pop("surveyor_id", False)
            )
            prepared.append(vals)
        surveys = super().create(prepared)
        for survey, staff_id in zip(surveys, staff_ids, strict=True):
            if staff_id:
                survey._do_assign(self.env["dealer.staff"].browse(staff_id))
        return surveys

    @api.model
    def _prepare_from_call(self, call):
        """Values of a survey that the hotline delegates (S105).

        :param call: ``dealer.accident.call``; its surveyor gets the task at once
        :return: dict of values for ``create``
        """
        policy = call.commercial_policy_id or call.ctpl_policy_id
        return {
            "call_id": call.id,
            "company_id": call.company_id.id,
            "vehicle_id": call.vehicle_id.id,
            "partner_id": call.partner_id.id,
            "insurer_id": call.insurer_id.id,
            "policy_id": policy.filtered(lambda p: p.insurer_id == call.insurer_id).id,
            "report_no": call.report_no,
            "accident_type": call.accident_type or "other",
            "accident_at": call.accident_at,
            "address": call.place,
            "contact_name": call.driver_name or call.caller_name,
            "contact_phone": call.phone,
            "accident_facts": call.description,
            "liability": call.liability,
            "has_injury": call.injury == "yes",
            "surveyor_id": call.surveyor_id.id,
        }

from odoo import api, fields, models
from odoo.exceptions import UserError

LEADERS = ("dealer_base.group_uw_leader", "dealer_base.group_insurance_manager")
OUTCOMES = [
    ("certified", "Insured, Certified Programme"),
    ("insured", "Insured with Us"),
    ("later", "Decides Later"),
    ("lost", "Lost"),
]


class DealerDealAssist(models.Model):
    """Help of the underwriting leader in a sales talk (S55, S56).

    ==========  ==================================================================
    requested   the consultant asks: what, when, where
    accepted    a leader takes it on; response time is measured
    done        the talk was held, its outcome is written down
    declined    no leader can come; the reason says why
    cancelled   the consultant no longer needs it
    ==========  ==================================================================
    """

    _name = "dealer.deal.assist"
    _description = "Deal Assist"
    _inherit = [
        "dealer.numbered.mixin",
        "dealer.derived.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "requested_at desc, id desc"
    _check_company_auto = True
    _protected_fields = (
        "name",
        "state",
        "requested_by_id",
        "requested_at",
        "leader_id",
        "accepted_at",
        "done_at",
        "closed_by_id",
    )

    name = fields.Char(
        string="Request No.", readonly=True, copy=False, default="/", index="trigram"
    )
    company_id = fields.Many2one(
        "res.company",
        string="Store",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    state = fields.Selection(
        [
            ("requested", "Requested"),
            ("accepted", "Accepted"),
            ("done", "Done"),
            ("declined", "Declined"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        default="requested",
        readonly=True,
        index=True,
        copy=False,
        tracking=True,
    )

    # what, when, where
    topic = fields.Selection(
        [
            ("certified", "Certified Programme"),
            ("price", "Price against Outside Offers"),
            ("cover", "Choice of Covers"),
            ("claims", "Claims and Repair"),
            ("other", "Other"),
        ],
        required=True,
        default="certified",
        tracking=True,
    )
    question = fields.Text(help="What the customer asks, or what holds him back.")
    wanted_at = fields.Datetime(
        string="When", required=True, default=fields.Datetime.now, tracking=True
    )
    place = fields.Char(string="Where", help="Table, showroom, telephone …")

    # whose deal
    consultant_id = fields.Many2one(
        "dealer.staff",
        required=True,
        index=True,
        check_company=True,
        default=lambda self: self._default_consultant_id(),
    )
    team_id = fields.Many2one(
        "dealer.team",
        compute="_compute_team_id",
        store=True,
        readonly=False,
        precompute=True,
        index="btree_not_null",
        check_company=True,
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        compute="_compute_deal",
        store=True,
        readonly=False,
        precompute=True,
        index="btree_not_null",
    )
    vehicle_id = fields.Many2one(
        "dealer.vehicle",
        compute="_compute_deal",
        store=True,
        readonly=False,
        precompute=True,
        index="btree_not_null",
        check_company=True,
    )
    delivery_id = fields.Many2one(
        "dealer.delivery", index="btree_not_null", check_company=True
    )
    quote_id = fields.Many2one(
        "dealer.quote", index="btree_not_null", check_company=True
    )

    # the request
    requested_by_id = fields.Many2one(
        "res.users", readonly=True, default=lambda self: self.env.user, copy=False
    )
    requested_at = fields.Datetime(
        readonly=True, default=fields.Datetime.now, copy=False, index=True
    )
    due_at = fields.Datetime(
        string="Answer Due",
        compute="_compute_due_at",
        store=True,
        help="When a leader should have accepted; minutes of the store settings.",
    )

    # the leader
    leader_id = fields.Many2one(
        "res.users",
        readonly=True,
        index="btree_not_null",
        copy=False,
        tracking=True,
    )
    accepted_at = fields.Datetime(readonly=True, copy=False)
    response_minutes = fields.Float(
        string="Response (min)",
        compute="_compute_response",
        store=True,
        aggregator="avg",
        digits=(12, 1),
        help="From the request until a leader accepted it.",
    )
    is_late = fields.Boolean(
        string="Answered Late", compute="_compute_response", store=True
    )
    talk_sheet = fields.Html(
        compute="_compute_talk_sheet",
        store=True,
        readonly=False,
        sanitize=True,
        help="Points of the talk; the template is a store setting.",
    )

    # outcome
    outcome = fields.Selection(OUTCOMES, tracking=True, copy=False)
    lost_reason_id = fields.Many2one(
        "dealer.reason.code",
        domain=[("category", "=", "new_car_lost")],
        copy=False,
    )
    outcome_text = fields.Text(string="Result in Words", copy=False)
    follow_up_on = fields.Date(string="Ask Again On", copy=False)
    done_at = fields.Datetime(readonly=True, copy=False)
    closed_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    close_reason = fields.Char(string="Declined Because", copy=False)
    is_converted = fields.Boolean(
        string="Insured Here", compute="_compute_conversion", store=True
    )
    conversion_rate = fields.Float(
        string="Conversion",
        compute="_compute_conversion",
        store=True,
        aggregator="avg",
        help="Insured here divided by talks with an outcome (S56).",
    )
    certified_rate = fields.Float(
        string="Certified Share",
        compute="_compute_conversion",
        store=True,
        aggregator="avg",
        help="Insured in the certified programme divided by talks with an outcome.",
    )
    talk_count = fields.Integer(
        string="Talks", compute="_compute_conversion", store=True
    )
    can_accept = fields.Boolean(
        compute="_compute_can_accept", exportable=False, export_string_translation=False
    )

    # -------------------------------------------------------------- Defaults
    def _default_consultant_id(self):
        return self.env["dealer.staff"].search(
            [("user_id", "=", self.env.uid), ("company_id", "=", self.env.company.id)],
            limit=1,
        )

    # -------------------------------------------------------------- Computes
    @api.depends("consultant_id")
    def _compute_team_id(self):
        for record in self:
            record.team_id = record.consultant_id.team_id

    @api.depends("quote_id", "delivery_id")
    def _compute_deal(self):
        for record in self:
            deal = record.quote_id or record.delivery_id
            record.partner_id = record.partner_id or (
                record.quote_id.applicant_id or record.delivery_id.partner_id
            )
            record.vehicle_id = record.vehicle_id or deal.vehicle_id

    @api.depends("requested_at", "wanted_at", "company_id")
    def _compute_due_at(self):
        for record in self:
            minutes = record.company_id.dealer_assist_minutes
            asked = record.requested_at and fields.Datetime.add(
                record.requested_at, minutes=minutes
            )
            # A talk of tomorrow need not be answered within minutes.
            record.due_at = max(filter(None, (asked, record.wanted_at)), default=False)

    @api.depends("requested_at", "accepted_at", "due_at")
    def _compute_response(self):
        for record in self:
            seconds = 0.0
            if record.accepted_at and record.requested_at:
                seconds = (record.accepted_at - record.requested_at).total_seconds()
            record.response_minutes = max(seconds, 0.0) / 60
            record.is_late = bool(
                record.accepted_at
                and record.due_at
                and record.accepted_at > record.due_at
            )

    @api.depends("topic", "company_id")
    def _compute_talk_sheet(self):
        for record in self:
            if not record.talk_sheet:
                record.talk_sheet = record.company_id.dealer_talk_sheet

    @api.depends("state", "outcome")
    def _compute_conversion(self):
        for record in self:
            held = record.state == "done" and bool(record.outcome)
            converted = held and record.outcome in ("certified", "insured")
            record.is_converted = converted
            record.talk_count = int(held)
            record.conversion_rate = float(converted)
            record.certified_rate = float(held and record.outcome == "certified")

    @api.depends("state")
    @api.depends_context("uid")
    def _compute_can_accept(self):
        leader = self.env.user.has_groups(",".join(LEADERS))
        for record in self:
            record.can_accept = leader and record.state in ("requested", "accepted")

    # ------------------------------------------------------------------ CRUD
    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        records._sudo_call_leaders()
        return records

    def write(self, vals):
        closed = self.filtered(
            lambda record: record.state in ("done", "declined", "cancelled")
        )
        if closed and vals.keys() & {
            "outcome",
            "lost_reason_id",
            "consultant_id",
            "quote_id",
            "delivery_id",
            "company_id",
        }:
            raise UserError(
                self.env._(
                    "%(names)s: closed requests are counted and no longer change.",
                    names=", ".join(closed.mapped("name")),
                )
            )
        if "outcome" in vals and not self.env.su:
            self._check_leader()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("Cancel the request; it is not deleted."))

    def _sudo_call_leaders(self):
        """A task for every leader of the store, due when the answer is due."""
        leaders_sudo = self.env["res.users"].sudo()
        groups = [self.env.ref(LEADERS[0]).id]
        for company, records in self.grouped("company_id").items():
            users_sudo = leaders_sudo.search(
                [
                    ("all_group_ids", "in", groups),
                    ("company_ids", "in", company.ids),
                    ("share", "=", False),
                ]
            )
            # Managers hold the leader's post too; they are called when nobody else is.
            plain_sudo = users_sudo.filtered(
                lambda user: not user.has_group(LEADERS[1])
            )
            for record_sudo in records.sudo():
                for user_sudo in plain_sudo or users_sudo:
                    record_sudo.activity_schedule(
                        "mail.mail_activity_data_todo",
                        date_deadline=fields.Date.to_date(record_sudo.due_at),
                        user_id=user_sudo.id,
                        summary=record_sudo.with_context(
                            lang=user_sudo.lang
                        )._summary(),
                    )

    def _summary(self):
        """One line for the leader's task list."""
        self.ensure_one()
        when = fields.Datetime.context_timestamp(self, self.wanted_at)
        return self.env._(
            "Deal assist %(when)s %(place)s: %(consultant)s",
            when=when.strftime("%m-%d %H:%M"),
            place=self.place or "",
            consultant=self.consultant_id.name,
        )

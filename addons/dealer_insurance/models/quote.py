from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain

from ..const import BUSINESS_TYPES

# One batch of the nightly job that lets old quotes expire.
EXPIRE_BATCH = 500


class DealerQuote(models.Model):
    """Offer of one or more insurers to one customer for one car (SM-1).

    ==========  ====================================================================
    draft       being written
    calculated  figures complete, compared with tariff and tax table
    sent        shown to the customer; concessions inside the rule (G-Q1)
    accepted    the customer chose one option (G-R1..G-R3, G-Q2, G-Q3)
    converted   an underwriting was made of the chosen option
    lost        the customer insures elsewhere; a reason code says why
    expired     not accepted in time
    ==========  ====================================================================
    """

    _name = "dealer.quote"
    _description = "Insurance Quote"
    _inherit = [
        "dealer.numbered.mixin",
        "dealer.derived.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "id desc"
    _check_company_auto = True
    _guard_transitions = ("calculate", "send", "accept")
    _protected_fields = (
        "name",
        "state",
        "chosen_option_id",
        "sent_at",
        "accepted_at",
        "accepted_by_id",
        "lost_at",
    )

    name = fields.Char(
        string="Quote No.", readonly=True, copy=False, index="trigram", default="/"
    )
    company_id = fields.Many2one(
        "res.company",
        string="Store",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("calculated", "Calculated"),
            ("sent", "Sent"),
            ("accepted", "Accepted"),
            ("converted", "Converted"),
            ("lost", "Lost"),
            ("expired", "Expired"),
        ],
        required=True,
        default="draft",
        readonly=True,
        index=True,
        tracking=True,
    )
    date = fields.Date(
        required=True, default=fields.Date.context_today, copy=False, index=True
    )
    valid_until = fields.Date(
        compute="_compute_valid_until",
        store=True,
        readonly=False,
        precompute=True,
        copy=False,
        tracking=True,
    )
    business_type = fields.Selection(BUSINESS_TYPES, required=True, default="new_car")

    # people
    applicant_id = fields.Many2one(
        "res.partner", required=True, index=True, tracking=True
    )
    insured_id = fields.Many2one(
        "res.partner",
        compute="_compute_people",
        store=True,
        readonly=False,
        precompute=True,
    )
    owner_id = fields.Many2one(
        "res.partner",
        compute="_compute_people",
        store=True,
        readonly=False,
        precompute=True,
    )
    consultant_id = fields.Many2one("dealer.staff", index=True, check_company=True)
    delivery_id = fields.Many2one(
        "dealer.delivery", index="btree_not_null", check_company=True, copy=False
    )

    # vehicle
    vehicle_id = fields.Many2one(
        "dealer.vehicle", required=True, index=True, check_company=True
    )
    use_nature = fields.Selection(related="vehicle_id.use_nature")
    energy_type = fields.Selection(related="vehicle_id.energy_type")
    seats = fields.Integer(related="vehicle_id.seats")
    displacement_l = fields.Float(related="vehicle_id.displacement_l")
    invoice_date = fields.Date(
        compute="_compute_invoice_date",
        store=True,
        readonly=False,
        precompute=True,
        help="Purchase invoice of a new car: its month counts for the vehicle tax.",
    )
    date_start = fields.Datetime(
        string="Cover Starts", help="Empty: the day after the policy is issued."
    )

    # offers
    option_ids = fields.One2many(
        "dealer.quote.option", "quote_id", string="Options", copy=True
    )
    chosen_option_id = fields.Many2one(
        "dealer.quote.option",
        compute="_compute_chosen_option_id",
        store=True,
        copy=False,
        index="btree_not_null",
        help="Follows from the tick on the offers when the customer accepts.",
    )
    amount_total = fields.Monetary(
        string="Total",
        compute="_compute_amount_total",
        store=True,
        help="Of the chosen option; before the choice, of the cheapest one.",
    )

    needs_approval = fields.Boolean(
        compute="_compute_needs_approval",
        export_string_translation=False,
        exportable=False,
    )

    # customer's side
    notice_acknowledged = fields.Boolean(
        string="Customer Notice Acknowledged",
        copy=False,
        tracking=True,
        help="The customer has read the notice about the agency (R9).",
    )
    sent_at = fields.Datetime(readonly=True, copy=False)
    accepted_at = fields.Datetime(readonly=True, copy=False)
    accepted_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    lost_at = fields.Datetime(readonly=True, copy=False)
    lost_reason_id = fields.Many2one(
        "dealer.reason.code",
        domain="[('category', '=', "
        "'new_car_lost' if business_type == 'new_car' else 'renewal_lost')]",
        copy=False,
        tracking=True,
    )
    lost_text = fields.Char(string="Lost Because", copy=False)
    underwriting_ids = fields.One2many(
        "dealer.underwriting", "quote_id", string="Underwritings"
    )
    note = fields.Text()

    _open_validity_idx = models.Index(
        "(valid_until) WHERE state IN ('draft', 'calculated', 'sent')"
    )

    # -------------------------------------------------------------- Computes
    @api.depends("date")
    def _compute_valid_until(self):
        for quote in self:
            start = quote.date or fields.Date.context_today(quote)
            quote.valid_until = quote.valid_until or fields.Date.add(
                start, days=quote.company_id.dealer_quote_days
            )

    @api.depends("applicant_id", "vehicle_id.owner_id")
    def _compute_people(self):
        for quote in self:
            applicant = quote.applicant_id
            quote.insured_id = quote.insured_id or applicant
            quote.owner_id = quote.owner_id or quote.vehicle_id.owner_id or applicant

    @api.depends("delivery_id.invoice_date")
    def _compute_invoice_date(self):
        for quote in self:
            quote.invoice_date = quote.invoice_date or quote.delivery_id.invoice_date

    @api.depends("accepted_at", "option_ids.is_chosen")
    def _compute_chosen_option_id(self):
        for quote in self:
            quote.chosen_option_id = quote.accepted_at and quote._wanted_option()

    @api.depends("chosen_option_id.amount_total", "option_ids.amount_total")
    def _compute_amount_total(self):
        for quote in self:
            options = quote.chosen_option_id or quote.option_ids
            totals = options.mapped("amount_total")
            quote.amount_total = min(totals) if totals else 0.0

    @api.depends("option_ids.concession_ids.state")
    def _compute_needs_approval(self):
        for quote in self:
            states = quote.option_ids.concession_ids.mapped("state")
            quote.needs_approval = "over_limit" in states

    # ------------------------------------------------------------------ CRUD
    def write(self, vals):
        if vals.keys() & self._frozen_fields() and self.filtered(
            lambda quote: quote.state in ("accepted", "converted")
        ):
            raise UserError(
                self.env._(
                    "An accepted quote is what the customer agreed to. Set it back to "
                    "draft before you change it."
                )
            )
        return super().write(vals)

    @api.model
    def _frozen_fields(self):
        """Fields that no longer change once the customer has accepted."""
        return {
            "company_id",
            "business_type",
            "applicant_id",
            "insured_id",
            "owner_id",
            "vehicle_id",
            "invoice_date",
            "date_start",
            "option_ids",
            "valid_until",
        }

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        if any(quote.state != "draft" for quote in self):
            raise UserError(
                self.env._("Only draft quotes are deleted; mark the others as lost.")
            )

    # ---------------------------------------------------------------- Guards
    def _protected_hint(self, field_name):
        return self.env._("Use “Calculate”, “Send”, “Accept”, “Lost” or “Convert”.")

    def _guard_shown(self, transition):
        before = {"calculate": "draft", "send": "calculated", "accept": "sent"}
        return self.filtered(lambda quote: quote.state == before[transition])

    def _guard_transition_label(self, transition):
        return {
            "calculate": self.env._("Calculate"),
            "send": self.env._("Send"),
            "accept": self.env._("Accept"),
        }.get(transition, "")

    # ----------------------------------------------------------- Transitions
    def action_calculate(self):
        """Complete the figures and compare them with tariff and tax table."""
        self.check_access("write")
        self._check_state(("draft",), self.env._("Calculate"))
        self._check_guards("calculate")
        self._write_protected({"state": "calculated"})
        return True

    def action_send(self):
        """The offer goes to the customer."""
        self.check_access("write")
        self._check_state(("calculated",), self.env._("Send"))
        self._check_guards("send")
        self._write_protected({"state": "sent", "sent_at": fields.Datetime.now()})
        return True

    def action_request_approvals(self):
        """Ask for approval of all concessions of the quote that are over the limit."""
        self.check_access("write")
        concessions = self.option_ids.concession_ids
        concessions.filtered(
            lambda concession: concession.state == "over_limit"
        ).action_request_approval()
        return True

    def action_accept(self):
        """The customer accepts: the only option, or the one ticked as chosen."""
        self.check_access("write")
        self._check_state(("sent",), self.env._("Accept"))
        self._check_guards("accept")
        self._write_protected(self._prepare_accept_vals())
        return True

    def _prepare_accept_vals(self):
        return {
            "state": "accepted",
            "accepted_at": fields.Datetime.now(),
            "accepted_by_id": self.env.uid,
            "accept_channel": "store",
        }

    def _wanted_option(self):
        """The option the customer takes; empty while it is not clear."""
        self.ensure_one()
        wanted = self.option_ids.filtered("is_chosen")
        if not wanted and len(self.option_ids) == 1:
            return self.option_ids
        return wanted if len(wanted) == 1 else wanted.browse()

    def action_back_to_draft(self):
        """Take an offer back to change it; what the customer accepted is void."""
        self.check_access("write")
        self._check_state(
            ("calculated", "sent", "accepted", "lost", "expired"),
            self.env._("Set to Draft"),
        )
        self._write_protected(self._prepare_draft_vals())
        today = fields.Date.context_today(self)
        for company, quotes in self.grouped("company_id").items():
            days = company.dealer_quote_days
            quotes.write(
                {"date": today, "valid_until": fields.Date.add(today, days=days)}
            )
        return True

    def _prepare_draft_vals(self):
        return {
            "state": "draft",
            "sent_at": False,
            "accepted_at": False,
            "accepted_by_id": False,
            "accept_channel": False,
            "accept_name": False,
            "accept_signature": False,
            "accept_verification_id": False,
            "lost_at": False,
        }

    def action_lose(self):
        """The customer insures elsewhere; the reason code is required (SM-7)."""
        self.check_access("write")
        self._check_state(
            ("draft", "calculated", "sent", "accepted"), self.env._("Lost")
        )
        self._check_guards("lose")
        self._write_protected({"state": "lost", "lost_at": fields.Datetime.now()})
        return True

    @api.model
    def _cron_expire(self):
        """Nightly: open quotes past their validity expire, batch by batch."""
        domain = Domain("state", "in", ("draft", "calculated", "sent")) & Domain(
            "valid_until", "<", fields.Date.context_today(self)
        )
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=self.search_count(domain))
        while quotes := self.search(domain, limit=EXPIRE_BATCH, order="id"):
            locked = quotes.try_lock_for_update()
            if not locked:
                break
            locked._expire()
            if not cron._commit_progress(len(locked)):
                break

    def _expire(self):
        self._write_protected({"state": "expired"})

    # ------------------------------------------------------------ Conversion
    def action_create_underwriting(self):
        """Make one underwriting per accepted quote and open it.

        :return: window action on the underwriting(s)
        """
        self.check_access("write")
        self._check_state(("accepted",), self.env._("Create Underwriting"))
        underwritings = self.env["dealer.underwriting"].create(
            [quote._prepare_underwriting_vals() for quote in self]
        )
        for quote, underwriting in zip(self, underwritings, strict=True):
            underwriting._write_protected(
                {"quote_option_id": quote.chosen_option_id.id}
            )
            # The same records, so that approvals given on the quote stay with them.
            quote.chosen_option_id.concession_ids.write(
                {"underwriting_id": underwriting.id}
            )
        self._write_protected({"state": "converted"})
        return underwritings._get_records_action(name=self.env._("Underwriting"))

    def _prepare_underwriting_vals(self):
        self.ensure_one()
        option = self.chosen_option_id
        return {
            "company_id": self.company_id.id,
            "insurer_id": option.insurer_id.id,
            "business_type": self.business_type,
            "applicant_id": self.applicant_id.id,
            "insured_id": self.insured_id.id,
            "owner_id": self.owner_id.id,
            "vehicle_id": self.vehicle_id.id,
            "consultant_id": self.consultant_id.id,
            "delivery_id": self.delivery_id.id,
            "policy_ids": [
                Command.create(vals) for vals in option._prepare_policy_vals_list()
            ],
        }

    def action_view_underwritings(self):
        """Open what was made of the quote."""
        return self.underwriting_ids._get_records_action()

from odoo import api, fields, models

from ..const import BUSINESS_TYPES

ENTRY_TYPES = [
    ("issue", "Issue"),
    ("endorsement", "Endorsement"),
    ("cancellation", "Cancellation"),
]
CUSTOMER_SOURCES = [
    ("showroom", "Showroom"),
    ("renewal", "Renewal Customer"),
    ("referral", "Referral"),
    ("walk_in", "Walk-in"),
    ("inbound_call", "Inbound Call"),
    ("event", "Event"),
    ("other", "Other"),
]
CUSTOMER_NATURES = [
    ("person", "Person"),
    ("company", "Company"),
    ("authority", "Public Authority"),
]
STATES = [
    ("draft", "Draft"),
    ("proposed", "Proposed"),
    ("underwritten", "Underwritten"),
    ("awaiting_payment", "Awaiting Payment"),
    ("paid", "Paid"),
    ("issued", "Issued"),
    ("in_custody", "In Custody"),
    ("delivered", "Delivered"),
    ("void", "Void"),
]


class DealerUnderwriting(models.Model):
    """One row of the underwriting ledger (domain.md §3.1).

    One customer act, one insurer, one payment, one hand-over. The state is
    computed from facts, top line first; nobody ever writes it:

    ===================  =======================================================
    state                facts
    ===================  =======================================================
    void                 voided_at
    delivered            delivered_at
    in_custody           issued_at, and the custody holds the papers (in or lent)
    issued               issued_at
    paid                 payment_requested_at, payment_state paid or overpaid
    awaiting_payment     payment_requested_at, payment_state anything else
    underwritten         underwritten_at
    proposed             proposed_at
    draft                none of them
    ===================  =======================================================

    So a payment that bounces before the issue brings ``paid`` back to
    ``awaiting_payment``. After the issue the state stays, because the policy is
    out; the cashier's signature is reopened instead and guard G-P4 blocks the
    hand-over.
    """

    _name = "dealer.underwriting"
    _description = "Underwriting"
    _inherit = [
        "dealer.derived.mixin",
        "dealer.document.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "insurer_id.id, ledger_year desc, ledger_seq desc, id desc"
    _check_company_auto = True
    _rec_names_search = ["name", "ledger_no", "vin", "plate"]

    # identity
    name = fields.Char(
        string="Reference",
        readonly=True,
        copy=False,
        index="trigram",
    )
    company_id = fields.Many2one(
        "res.company",
        string="Store",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    insurer_id = fields.Many2one(
        "res.partner",
        required=True,
        index=True,
        domain=[("is_insurer", "=", True)],
        tracking=True,
    )
    agreement_id = fields.Many2one(
        "dealer.agreement",
        compute="_compute_agreement_id",
        store=True,
        readonly=False,
        precompute=True,
        index="btree_not_null",
        check_company=True,
    )
    entry_type = fields.Selection(
        ENTRY_TYPES, required=True, default="issue", readonly=True, copy=False
    )
    origin_id = fields.Many2one(
        "dealer.underwriting",
        string="Original Entry",
        index="btree_not_null",
        readonly=True,
        copy=False,
        check_company=True,
    )
    entry_ids = fields.One2many(
        "dealer.underwriting", "origin_id", string="Endorsement Entries"
    )
    entry_count = fields.Integer(compute="_compute_entry_count")
    business_type = fields.Selection(
        BUSINESS_TYPES, required=True, default="new_car", tracking=True
    )
    customer_source = fields.Selection(CUSTOMER_SOURCES)
    customer_nature = fields.Selection(CUSTOMER_NATURES)
    insured_date = fields.Date(
        string="Application Date",
        default=fields.Date.context_today,
        help="Day on which the customer applied for the insurance.",
    )
    state = fields.Selection(
        STATES,
        compute="_compute_state",
        store=True,
        index=True,
        tracking=True,
        group_expand=True,
    )
    is_historical = fields.Boolean(
        copy=False,
        help="Taken over from the paper ledger; the guards of the day do not apply.",
    )

    # people
    applicant_id = fields.Many2one("res.partner", index="btree_not_null", tracking=True)
    insured_id = fields.Many2one(
        "res.partner",
        compute="_compute_insured_id",
        store=True,
        readonly=False,
        precompute=True,
    )
    owner_id = fields.Many2one(
        "res.partner",
        compute="_compute_owner_id",
        store=True,
        readonly=False,
        precompute=True,
    )
    contact_phone = fields.Char(
        compute="_compute_contact_phone", store=True, readonly=False, precompute=True
    )
    consultant_id = fields.Many2one(
        "dealer.staff", index="btree_not_null", check_company=True, tracking=True
    )
    principal_id = fields.Many2one(
        "dealer.staff",
        check_company=True,
        help="Who answers for the business, e.g. the renewal specialist.",
    )
    writer_id = fields.Many2one(
        "dealer.staff",
        string="Issuing Clerk",
        index="btree_not_null",
        check_company=True,
        tracking=True,
        default=lambda self: self._default_writer_id(),
    )

    # vehicle
    vehicle_id = fields.Many2one("dealer.vehicle", index=True, check_company=True)
    vin = fields.Char(related="vehicle_id.vin", store=True, index="trigram")
    plate = fields.Char(related="vehicle_id.plate", store=True, index="trigram")
    # policies; what follows from them stands in underwriting_columns.py
    policy_ids = fields.One2many("dealer.policy", "underwriting_id")
    endorsement_ids = fields.One2many("dealer.endorsement", "underwriting_id")
    # facts of the transitions: written by the transition methods only
    proposed_at = fields.Datetime(readonly=True, copy=False)
    proposed_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    underwritten_at = fields.Datetime(readonly=True, copy=False)
    underwritten_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    payment_requested_at = fields.Datetime(readonly=True, copy=False)
    payment_requested_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    issued_at = fields.Datetime(readonly=True, copy=False, index=True)
    issued_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    delivered_at = fields.Datetime(readonly=True, copy=False)
    delivered_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    epolicy_pushed_at = fields.Datetime(
        string="E-policy Sent At", readonly=True, copy=False, tracking=True
    )
    epolicy_pushed_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    voided_at = fields.Datetime(readonly=True, copy=False)
    voided_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    void_reason_id = fields.Many2one(
        "dealer.reason.code",
        domain=[("category", "=", "void")],
        readonly=True,
        copy=False,
    )
    void_note = fields.Char(readonly=True, copy=False)

    # ledger
    ledger_year = fields.Integer(readonly=True, copy=False, aggregator=None)
    ledger_seq = fields.Integer(
        string="Ledger Sequence", readonly=True, copy=False, aggregator=None
    )
    ledger_no = fields.Char(readonly=True, copy=False, index="trigram")

    # hand-over
    receiver_name = fields.Char(readonly=True, copy=False)
    receiver_signature = fields.Binary(attachment=True, readonly=True, copy=False)
    custody_ids = fields.One2many(
        "dealer.custody", "underwriting_id", string="Custody History"
    )
    custody_id = fields.Many2one(
        "dealer.custody", readonly=True, copy=False, index="btree_not_null"
    )

    # cashier's signature
    signature_ids = fields.One2many("dealer.cashier.signature", "underwriting_id")
    cashier_signed = fields.Boolean(compute="_compute_cashier_signed", store=True)
    cashier_signed_by_id = fields.Many2one(
        "res.users", compute="_compute_cashier_signed", store=True
    )
    cashier_signed_name = fields.Char(
        string="Cashier", compute="_compute_cashier_signed", store=True
    )
    cashier_signed_at = fields.Datetime(compute="_compute_cashier_signed", store=True)

    # origin in the sale of the car and in the quote
    quote_option_id = fields.Many2one(
        "dealer.quote.option",
        readonly=True,
        copy=False,
        index="btree_not_null",
        check_company=True,
    )
    delivery_id = fields.Many2one(
        "dealer.delivery", index="btree_not_null", copy=False, check_company=True
    )

    note = fields.Text()

    _ledger_order_idx = models.Index(
        "(insurer_id, ledger_year DESC, ledger_seq DESC, id DESC)"
    )
    _ledger_seq_uniq = models.UniqueIndex(
        "(company_id, insurer_id, ledger_year, ledger_seq) WHERE ledger_seq > 0",
        "This ledger number is taken.",
    )

    def _default_writer_id(self):
        """Staff record of the current user in the current store."""
        return self.env["dealer.staff"].search(
            [
                ("user_id", "=", self.env.uid),
                ("company_id", "=", self.env.company.id),
            ],
            limit=1,
        )

    # -- computes ---------------------------------------------------------------

    @api.depends("insurer_id", "company_id", "insured_date")
    def _compute_agreement_id(self):
        """Agreement with the insurer on the day of application; one search for all.

        What was proposed under an agreement stays under it.
        """
        agreements = self.env["dealer.agreement"].search(
            [
                ("state", "!=", "draft"),
                ("company_id", "in", self.company_id.ids),
                (
                    "insurer_id",
                    "in",
                    (self.insurer_id | self.insurer_id.commercial_partner_id).ids,
                ),
            ],
            order="date_from desc, id desc",
        )
        for underwriting in self:
            if underwriting.proposed_at and underwriting.agreement_id:
                continue
            date = underwriting.insured_date or fields.Date.context_today(underwriting)
            insurer = underwriting.insurer_id
            underwriting.agreement_id = agreements.filtered(
                lambda a, u=underwriting, i=insurer, d=date: (
                    a.company_id == u.company_id
                    and a.insurer_id in (i | i.commercial_partner_id)
                    and a.date_from <= d
                    and (not a.date_to or a.date_to >= d)
                )
            )[:1]

    @api.depends("applicant_id")
    def _compute_insured_id(self):
        for underwriting in self:
            underwriting.insured_id = (
                underwriting.insured_id or underwriting.applicant_id
            )

    @api.depends("applicant_id", "vehicle_id")
    def _compute_owner_id(self):
        for underwriting in self:
            underwriting.owner_id = (
                underwriting.owner_id
                or underwriting.vehicle_id.owner_id
                or underwriting.applicant_id
            )

    @api.depends("applicant_id")
    def _compute_contact_phone(self):
        for underwriting in self:
            underwriting.contact_phone = (
                underwriting.contact_phone or underwriting.applicant_id.phone
            )

    @api.depends(
        "proposed_at",
        "underwritten_at",
        "payment_requested_at",
        "payment_state",
        "issued_at",
        "delivered_at",
        "voided_at",
        "custody_id.state",
    )
    def _compute_state(self):
        """Apply the truth table of the class, top line first."""
        for underwriting in self:
            if underwriting.voided_at:
                state = "void"
            elif underwriting.delivered_at:
                state = "delivered"
            elif underwriting.issued_at and underwriting.custody_id.state in (
                "in",
                "lent",
            ):
                state = "in_custody"
            elif underwriting.issued_at:
                state = "issued"
            elif underwriting.payment_requested_at:
                paid = underwriting.payment_state in ("paid", "overpaid")
                state = "paid" if paid else "awaiting_payment"
            elif underwriting.underwritten_at:
                state = "underwritten"
            elif underwriting.proposed_at:
                state = "proposed"
            else:
                state = "draft"
            underwriting.state = state

    @api.depends(
        "amount_due",
        "signature_ids.kind",
        "signature_ids.amount",
        "signature_ids.signed_at",
    )
    def _compute_cashier_signed(self):
        """The last line decides: a signature that covers the amount due (G-P4)."""
        for underwriting in self:
            last = underwriting.signature_ids.sorted("id")[-1:]
            signed = (
                last.kind == "sign"
                and underwriting.currency_id.compare_amounts(
                    last.amount, underwriting.amount_due
                )
                >= 0
            )
            underwriting.cashier_signed = signed
            underwriting.cashier_signed_by_id = last.user_id if signed else False
            underwriting.cashier_signed_name = last.signer_name if signed else False
            underwriting.cashier_signed_at = last.signed_at if signed else False

    @api.depends("name", "ledger_no")
    def _compute_display_name(self):
        for underwriting in self:
            underwriting.display_name = (
                underwriting.ledger_no or underwriting.name or self.env._("New")
            )

    @api.depends("entry_ids")
    def _compute_entry_count(self):
        for underwriting in self:
            underwriting.entry_count = len(underwriting.entry_ids)

    @api.readonly
    def action_view_entries(self):
        """Open the ledger rows of the endorsements."""
        return self.entry_ids._get_records_action(name=self.env._("Endorsements"))

    # -- checklist --------------------------------------------------------------

    def _document_usage(self):
        """Checklist of a new car, a renewal or an endorsement."""
        self.ensure_one()
        if self.entry_type != "issue":
            return "cancellation", self.insurer_id
        usage = "new_car" if self.business_type == "new_car" else "renewal"
        return usage, self.insurer_id

from odoo import api, fields, models
from odoo.exceptions import UserError

STATES = [
    ("draft", "Draft"),
    ("submitted", "Submitted"),
    ("bank_paid", "Paid by Bank"),
    ("confirmed", "Confirmed by Insurer"),
    ("reconciled", "Reconciled"),
    ("cancelled", "Cancelled"),
]
PENDING_STATES = ("draft", "submitted")
PAID_STATES = ("bank_paid", "confirmed", "reconciled")
PREPARERS = ("cashier", "finance")
STANDING_PAYMENTS = ("in_process", "paid")


class DealerRemittance(models.Model):
    """Collected premium of many ledger rows that goes to one insurer (S84, SM-3).

    One person prepares it from receipts that the cashier has signed, another one of
    finance pays it: one bank payment, with the payable of every policy reconciled.
    The state follows from facts:

    ============  =============================================================
    cancelled     it was cancelled, and nothing of it is paid
    reconciled    confirmed by the insurer, and the payment is in the bank file
    confirmed     the insurer's receipt was entered while the payment stands
    bank_paid     the payment stands and settles every row
    submitted     handed to finance (again, when the payment was taken back)
    draft         anything else
    ============  =============================================================
    """

    _name = "dealer.remittance"
    _description = "Remittance to an Insurer"
    _inherit = [
        "dealer.numbered.mixin",
        "mail.thread",
        "mail.activity.mixin",
        "dealer.derived.mixin",
    ]
    _order = "date desc, id desc"
    _check_company_auto = True

    _protected_fields = (
        "state",
        "name",
        "submitted_at",
        "submitted_by_id",
        "payment_id",
        "paid_by_id",
        "insurer_confirmed_at",
        "insurer_confirmed_by_id",
        "cancelled_at",
        "cancelled_by_id",
    )
    _guard_transitions = ("submit", "pay")

    name = fields.Char(
        string="Remittance No.", readonly=True, copy=False, index="trigram"
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    insurer_id = fields.Many2one(
        "res.partner",
        required=True,
        index=True,
        domain="[('is_insurer', '=', True)]",
        tracking=True,
    )
    agreement_id = fields.Many2one(
        "dealer.agreement",
        compute="_compute_agreement_id",
        store=True,
        check_company=True,
    )
    allows_net = fields.Boolean(related="agreement_id.allows_net_remittance")
    date = fields.Date(
        string="Payment Date",
        required=True,
        default=fields.Date.context_today,
        tracking=True,
    )
    date_to = fields.Date(
        string="Signed Until",
        help="Receipts signed up to this day are proposed; empty: all of them.",
    )
    journal_id = fields.Many2one(
        "account.journal",
        string="Pay From",
        compute="_compute_journal_id",
        store=True,
        readonly=False,
        precompute=True,
        check_company=True,
        domain="[('type', '=', 'bank')]",
        help="Bank account of collected premium (R8).",
    )
    is_net = fields.Boolean(
        string="Keep Fee Back",
        tracking=True,
        help="Only if the agreement allows it, and only when the manager and finance "
        "have both signed (R8).",
    )
    line_ids = fields.One2many("dealer.remittance.line", "remittance_id")
    line_count = fields.Integer(compute="_compute_amounts", store=True)
    amount_gross = fields.Monetary(compute="_compute_amounts", store=True)
    amount_fee = fields.Monetary(
        string="Fee Kept Back", compute="_compute_amounts", store=True
    )
    amount_net = fields.Monetary(
        string="To Pay", compute="_compute_amounts", store=True
    )
    note = fields.Text()

    # facts of the transitions
    submitted_at = fields.Datetime(readonly=True, copy=False)
    submitted_by_id = fields.Many2one(
        "res.users", string="Prepared By", readonly=True, copy=False
    )
    payment_id = fields.Many2one(
        "account.payment", readonly=True, copy=False, index="btree_not_null"
    )
    paid_by_id = fields.Many2one(
        "res.users", string="Payment Made By", readonly=True, copy=False
    )
    insurer_receipt_no = fields.Char(copy=False, tracking=True)
    insurer_proof_ids = fields.Many2many(
        "ir.attachment",
        "dealer_remittance_proof_rel",
        string="Insurer's Receipt",
        copy=False,
    )
    insurer_confirmed_at = fields.Datetime(readonly=True, copy=False)
    insurer_confirmed_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    cancelled_at = fields.Datetime(readonly=True, copy=False)
    cancelled_by_id = fields.Many2one("res.users", readonly=True, copy=False)

    # read back from the books
    amount_settled = fields.Monetary(
        compute="_compute_amount_settled", store=True, compute_sudo=True
    )
    state = fields.Selection(
        STATES,
        compute="_compute_state",
        store=True,
        compute_sudo=True,
        index=True,
        tracking=True,
    )
    payment_taken_back = fields.Boolean(
        compute="_compute_payment_taken_back",
        compute_sudo=True,
        help="A payment exists and does not settle the rows any more.",
    )
    overdue_count = fields.Integer(
        string="Overdue Rows", compute="_compute_overdue_count"
    )

    _name_uniq = models.UniqueIndex(
        "(name, company_id) WHERE name IS NOT NULL", "This number exists already."
    )

    # -- computes ---------------------------------------------------------------

    @api.depends("insurer_id", "company_id", "date")
    def _compute_agreement_id(self):
        for remittance in self:
            agreement = remittance.agreement_id.browse()
            if remittance.insurer_id and remittance.date:
                agreement = agreement._find(
                    remittance.insurer_id, remittance.company_id, remittance.date
                )
            remittance.agreement_id = agreement

    @api.depends("company_id")
    def _compute_journal_id(self):
        for remittance in self:
            company = remittance.company_id
            remittance.journal_id = remittance.journal_id or (
                company._dealer_payment_journals().get("transfer") if company else False
            )

    @api.depends("line_ids.premium", "line_ids.tax", "line_ids.fee")
    def _compute_amounts(self):
        for remittance in self:
            lines, currency = remittance.line_ids, remittance.currency_id
            gross = sum(lines.mapped("premium")) + sum(lines.mapped("tax"))
            fee = sum(lines.mapped("fee"))
            remittance.line_count = len(lines)
            remittance.amount_gross = currency.round(gross)
            remittance.amount_fee = currency.round(fee)
            remittance.amount_net = currency.round(gross - fee)

    @api.depends(
        "payment_id.state",
        "payment_id.move_id.state",
        "payment_id.move_id.line_ids.matched_credit_ids.amount",
    )
    def _compute_amount_settled(self):
        """What the payment settles of premium lines now; nothing when it bounced."""
        for remittance in self:
            payment = remittance.payment_id
            amount = 0.0
            if payment.state in STANDING_PAYMENTS and payment.move_id.state == "posted":
                amount = sum(
                    partial.amount
                    for partial in payment.move_id.line_ids.matched_credit_ids
                    if partial.credit_move_id.dealer_money_kind
                )
            remittance.amount_settled = remittance.currency_id.round(amount)

    def _is_settled(self):
        """Whether a standing payment settles the gross amount of all rows."""
        self.ensure_one()
        return bool(self.payment_id) and not self.currency_id.compare_amounts(
            self.amount_settled, self.amount_gross
        )

    @api.depends(
        "submitted_at",
        "amount_settled",
        "amount_gross",
        "payment_id.is_matched",
        "insurer_confirmed_at",
        "cancelled_at",
    )
    def _compute_state(self):
        """Apply the table of the class, top line first."""
        for remittance in self:
            if remittance.cancelled_at:
                state = "cancelled"
            elif remittance._is_settled():
                state = "bank_paid"
                if remittance.insurer_confirmed_at:
                    matched = remittance.payment_id.is_matched
                    state = "reconciled" if matched else "confirmed"
            else:
                state = "submitted" if remittance.submitted_at else "draft"
            remittance.state = state

    @api.depends("payment_id", "amount_settled", "amount_gross")
    def _compute_payment_taken_back(self):
        for remittance in self:
            remittance.payment_taken_back = (
                bool(remittance.payment_id) and not remittance._is_settled()
            )

    @api.depends("line_ids.due_date", "state")
    def _compute_overdue_count(self):
        today = fields.Date.context_today(self)
        for remittance in self:
            pending = remittance.state in PENDING_STATES
            remittance.overdue_count = pending and len(
                remittance.line_ids.filtered(
                    lambda line: line.due_date and line.due_date < today
                )
            )

    # -- CRUD -------------------------------------------------------------------

    def write(self, vals):
        fixed = {"company_id", "insurer_id", "date", "journal_id", "is_net", "line_ids"}
        if fixed & vals.keys():
            self._check_draft()
        if {"company_id", "insurer_id"} & vals.keys() and self.line_ids:
            raise UserError(
                self.env._("Remove the rows before you change the store or insurer.")
            )
        return super().write(vals)

    def _check_draft(self):
        """Refuse changes of what was handed to finance.

        :raises UserError: with the way back
        """
        for remittance in self:
            if remittance.state != "draft":
                raise UserError(
                    self.env._(
                        "%(name)s is with finance already. Take it back to draft "
                        "first, or cancel it.",
                        name=remittance.display_name,
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("A remittance is cancelled, not deleted."))

    def copy_data(self, default=None):
        raise UserError(self.env._("Make a new remittance and let it propose rows."))

    # -- proposal ---------------------------------------------------------------

    def _proposal_domain(self):
        """Receipts of the insurer that are signed, paid in full and not remitted.

        Settled rows of an imported ledger have no entry and hold nothing, so they
        never appear; imported rows with open money have entries and do (R8).
        """
        self.ensure_one()
        domain = [
            ("company_id", "=", self.company_id.id),
            ("insurer_id", "=", self.insurer_id.id),
            ("channel", "=", "collected"),
            ("cashier_signed", "=", True),
            ("balance", "=", 0),
            ("amount_held", ">", 0),
            ("amount_requested", "!=", 0),
            ("voided_at", "=", False),
        ]
        if self.date_to:
            day = fields.Date.add(self.date_to, days=1)
            domain.append(
                ("cashier_signed_at", "<", self.company_id._dealer_day_start(day))
            )
        return domain

    def action_propose(self):
        """Fill the remittance with every receipt that is due, overdue ones first."""
        self._check_holds(*PREPARERS)
        self.check_access("write")
        self._check_draft()
        for remittance in self:
            rows = self.env["dealer.underwriting"].search(
                remittance._proposal_domain(), order="remit_due_date, id"
            )
            rows -= remittance.line_ids.underwriting_id
            rows -= rows._pending_remittance_lines().underwriting_id
            if not rows and not remittance.line_ids:
                raise UserError(
                    self.env._(
                        "No receipt of %(insurer)s is signed and not remitted.",
                        insurer=remittance.insurer_id.display_name,
                    )
                )
            remittance._add_rows(rows)
        return True

    def _add_rows(self, rows):
        """Add ledger rows with what is open of their payables now."""
        self.ensure_one()
        self.env["dealer.remittance.line"].create(
            [{"remittance_id": self.id, "underwriting_id": row.id} for row in rows]
        )

    def action_refresh(self):
        """Take the amounts of the rows from the books again."""
        self._check_holds(*PREPARERS)
        self.check_access("write")
        self._check_draft()
        self.line_ids._refresh()
        return True

    # -- screens ----------------------------------------------------------------

    def action_view_payment(self):
        """Open the bank payment."""
        self.ensure_one()
        self.check_access("read")
        return self.payment_id._get_records_action(name=self.env._("Payment"))

    def _guard_shown(self, transition):
        shown = {"submit": ("draft",), "pay": ("submitted",)}[transition]
        return self.filtered(lambda r: r.state in shown and r.line_ids)

    def _guard_transition_label(self, transition):
        return {
            "submit": self.env._("Submit"),
            "pay": self.env._("Pay"),
        }.get(transition, "")

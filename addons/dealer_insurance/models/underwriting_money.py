from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

CHANNELS = [
    ("collected", "Collected by the Store"),
    ("direct", "Paid to the Insurer"),
]
PAYMENT_METHODS = [
    ("cash", "Cash"),
    ("card", "Card"),
    ("qr", "QR Code"),
    ("transfer", "Bank Transfer"),
    ("cheque", "Cheque"),
    ("other", "Other"),
]
# R2: who may pay for the applicant; the family only with proof.
PAYER_RELATIONS = [
    ("self", "The Applicant"),
    ("spouse", "Spouse"),
    ("parent", "Parent"),
    ("child", "Child"),
    ("other", "Other"),
]
FAMILY_RELATIONS = ("spouse", "parent", "child")
PAYMENT_STATES = [
    ("not_requested", "Not Requested"),
    ("open", "Unpaid"),
    ("partial", "Partly Paid"),
    ("paid", "Paid"),
    ("overpaid", "Overpaid"),
]
PAYER_KINDS = ("payer", "refund")
INSURER_KINDS = ("premium", "tax")
ACCOUNTING_GROUPS = "account.group_account_readonly,account.group_account_invoice"
# Facts of the paper ledger: only the import writes them.
LEGACY_FIELDS = ["legacy_received", "legacy_received_on", "legacy_remitted_on"]
# What only entries, evidence and payments may change.
DERIVED_FIELDS = [
    "amount_requested",
    "amount_received",
    "balance",
    "amount_unallocated",
    "amount_remitted",
    "amount_held",
    "received_on",
    "remitted_on",
    "payment_state",
    "direct_payment_ids",
    "money_line_ids",
]


class DealerUnderwriting(models.Model):
    """Premium money of a ledger row (domain.md §2.6 R1-R8, §7 E1-E5).

    Nothing here is kept by hand. A collected row has one posted entry, with its
    lines tagged; what was received and remitted is what reconciliation says of these
    lines. A direct row has the evidence of ``dealer.direct.payment``. A row of the
    paper ledger without entry has its old receipt and remittance as facts.
    """

    _inherit = "dealer.underwriting"

    # who pays, and how
    channel = fields.Selection(
        CHANNELS,
        string="Payment Channel",
        compute="_compute_channel",
        store=True,
        readonly=False,
        precompute=True,
        index=True,
        tracking=True,
        help="Collected: the customer owes the store, the store owes the insurer. "
        "Direct: the customer pays the insurer, the store keeps the evidence.",
    )
    payment_method = fields.Selection(PAYMENT_METHODS)
    payer_id = fields.Many2one(
        "res.partner",
        compute="_compute_payer_id",
        store=True,
        readonly=False,
        precompute=True,
        index="btree_not_null",
        tracking=True,
        help="Holder of the account that pays. He must be the applicant, or the "
        "spouse, a parent or a child of the applicant, with proof (R2).",
    )
    payer_relation = fields.Selection(
        PAYER_RELATIONS, string="Payer Is", default="self", tracking=True
    )
    payer_proof_ids = fields.Many2many(
        "ir.attachment",
        "dealer_underwriting_payer_proof_rel",
        string="Proof of Relation",
        copy=False,
    )

    # where the money is read from
    money_line_ids = fields.One2many(
        "account.move.line",
        "dealer_underwriting_id",
        string="Premium Entry Lines",
        readonly=True,
        groups=ACCOUNTING_GROUPS,
    )
    direct_payment_ids = fields.One2many(
        "dealer.direct.payment", "underwriting_id", string="Paid to the Insurer"
    )
    legacy_received = fields.Monetary(
        string="Received in the Paper Ledger",
        readonly=True,
        copy=False,
        help="What the paper ledger says was received; counts only while the row "
        "has no entry.",
    )
    legacy_received_on = fields.Date(
        string="Received On (Paper Ledger)", readonly=True, copy=False
    )
    legacy_remitted_on = fields.Date(
        string="Remitted On (Paper Ledger)", readonly=True, copy=False
    )

    # derived, company currency
    amount_requested = fields.Monetary(
        compute="_compute_money",
        store=True,
        help="Net amount that the posted premium entry asks of the payer.",
    )
    amount_received = fields.Monetary(compute="_compute_money", store=True)
    balance = fields.Monetary(
        string="Still Owed",
        compute="_compute_money",
        store=True,
        help="Amount due less amount received; negative: owed to the payer.",
    )
    amount_unallocated = fields.Monetary(
        string="Unused Payment",
        compute="_compute_money",
        store=True,
        help="What the payer paid beyond the entries that his payment settles.",
    )
    amount_remitted = fields.Monetary(compute="_compute_money", store=True)
    amount_held = fields.Monetary(
        compute="_compute_money",
        store=True,
        help="Collected and not yet remitted to the insurer.",
    )
    received_on = fields.Date(
        compute="_compute_money",
        store=True,
        index="btree_not_null",
        help="Day of the last payment of the payer, or of the last refund.",
    )
    remitted_on = fields.Date(
        compute="_compute_money",
        store=True,
        index="btree_not_null",
        help="Day on which the last of the premium went to the insurer; empty while "
        "something of it is held.",
    )
    payment_state = fields.Selection(
        PAYMENT_STATES,
        compute="_compute_money",
        store=True,
        index=True,
        tracking=True,
    )
    premium_entry_outdated = fields.Boolean(
        compute="_compute_premium_entry_outdated", compute_sudo=True
    )
    money_move_count = fields.Integer(
        string="Journal Entries", compute="_compute_money_counts", compute_sudo=True
    )
    money_payment_count = fields.Integer(
        string="Payments", compute="_compute_money_counts", compute_sudo=True
    )

    @api.depends("agreement_id")
    def _compute_channel(self):
        """The agreement says whether the store collects; the clerk may differ."""
        for row in self:
            agreement = row.agreement_id
            if agreement:
                row.channel = "collected" if agreement.collects_premium else "direct"
            else:
                row.channel = row.channel or "collected"

    @api.depends("applicant_id")
    def _compute_payer_id(self):
        """The applicant pays (R2), unless the clerk names somebody of the family."""
        for row in self:
            if not row.payer_id or row.payer_relation == "self":
                row.payer_id = row.applicant_id
            else:
                row.payer_id = row.payer_id

    @api.depends(
        "amount_due",
        "channel",
        "payment_requested_at",
        "voided_at",
        "is_historical",
        "legacy_received",
        "legacy_remitted_on",
        "direct_payment_ids.amount",
        "money_line_ids.parent_state",
        "money_line_ids.dealer_money_kind",
        "money_line_ids.balance",
        "money_line_ids.matched_credit_ids.amount",
        "money_line_ids.matched_credit_ids.credit_move_id.parent_state",
        "money_line_ids.matched_credit_ids.credit_move_id.date",
        "money_line_ids.matched_credit_ids.credit_move_id.amount_residual",
        "money_line_ids.matched_credit_ids.credit_move_id.payment_id.state",
        "money_line_ids.matched_debit_ids.amount",
        "money_line_ids.matched_debit_ids.debit_move_id.parent_state",
        "money_line_ids.matched_debit_ids.debit_move_id.date",
        "money_line_ids.matched_debit_ids.debit_move_id.payment_id.state",
    )
    def _compute_money(self):
        """Read the money of each row back from entries, evidence or old facts."""
        for row in self:
            lines = row.money_line_ids.filtered(
                lambda line: line.parent_state == "posted"
            )
            payer = lines.filtered(lambda line: line.dealer_money_kind in PAYER_KINDS)
            requested = sum(payer.mapped("balance"))
            receipts = payer._dealer_settlements()
            remittances = (lines - payer)._dealer_settlements()
            received = sum(amount for _line, _other, amount in receipts)
            remitted = -sum(amount for _line, _other, amount in remittances)
            received += sum(row.direct_payment_ids.mapped("amount"))
            received_days = [other.date for _line, other, _amount in receipts]
            received_days += row.direct_payment_ids.mapped("payment_date")
            remitted_days = [other.date for _line, other, _amount in remittances]
            if row.is_historical and not lines:
                requested = row.amount_due
                received += row.legacy_received
                received_days.append(row.legacy_received_on)
                if row.legacy_remitted_on and row.channel == "collected":
                    remitted = row.legacy_received
                    remitted_days.append(row.legacy_remitted_on)
            held = received - remitted if row.channel == "collected" else 0.0
            if row.voided_at and not lines:
                held = 0.0
            payments = payer.matched_credit_ids.credit_move_id.filtered(
                lambda line: line._dealer_is_settling() and not line.dealer_money_kind
            )
            currency = row.currency_id
            row.amount_requested = currency.round(requested)
            row.amount_received = currency.round(received)
            row.amount_remitted = currency.round(remitted)
            row.amount_held = currency.round(held)
            row.received_on = max(filter(None, received_days), default=False)
            done = currency.is_zero(held) and not currency.is_zero(remitted)
            row.remitted_on = (
                max(filter(None, remitted_days), default=False) if done else False
            )
            # Nothing is due for a void row; what came for it is owed back.
            due = 0.0 if row.voided_at else row.amount_due
            row.balance = currency.round(due - received)
            row.amount_unallocated = currency.round(
                -sum(payments.mapped("amount_residual"))
            )
            row.payment_state = row._payment_state_of_amounts()

    def _payment_state_of_amounts(self):
        """Payment state from the amounts; a row that pays back counts downwards."""
        self.ensure_one()
        currency = self.currency_id
        if self.voided_at:
            taken = not currency.is_zero(self.amount_received)
            return "overpaid" if taken else "not_requested"
        asked = (
            self.payment_requested_at
            or self.is_historical
            or not currency.is_zero(self.amount_requested)
            or not currency.is_zero(self.amount_received)
        )
        if not asked:
            return "not_requested"
        direction = -1 if currency.compare_amounts(self.amount_due, 0.0) < 0 else 1
        open_amount = currency.compare_amounts(self.balance * direction, 0.0)
        if open_amount < 0:
            return "overpaid"
        if open_amount == 0:
            unused = currency.compare_amounts(self.amount_unallocated, 0.0) > 0
            return "overpaid" if unused else "paid"
        return "open" if currency.is_zero(self.amount_received) else "partial"

    @api.depends(
        "amount_due",
        "amount_requested",
        "channel",
        "payer_id",
        "payment_requested_at",
        "voided_at",
        "money_line_ids.partner_id",
        "money_line_ids.amount_residual",
    )
    def _compute_premium_entry_outdated(self):
        """Whether the posted entry still says what the row says."""
        for row in self:
            row.premium_entry_outdated = row._is_premium_entry_outdated()

    def _is_premium_entry_outdated(self):
        self.ensure_one()
        collected = self.channel == "collected"
        asked = self.money_line_ids or (self.payment_requested_at and collected)
        if not asked or self.voided_at:
            return False
        wanted = self.amount_due if collected else 0.0
        if self.currency_id.compare_amounts(wanted, self.amount_requested):
            return True
        payer = self.payer_id
        return any(
            line.partner_id != payer
            for line in self.money_line_ids
            if line.dealer_money_kind == "payer" and not line.reconciled
        )

    @api.depends(
        "money_line_ids.matched_debit_ids", "money_line_ids.matched_credit_ids"
    )
    def _compute_money_counts(self):
        for row in self:
            row.money_move_count = len(row.money_line_ids.move_id)
            row.money_payment_count = len(row._money_payments())

    def _money_payments(self):
        """Ordinary payments that settle lines of these rows."""
        return self.money_line_ids._dealer_counterpart_lines().move_id.origin_payment_id

    def _guarded_names(self):
        # EXTENDS dealer_base: old facts come from the import, never from a form.
        return super()._guarded_names() + LEGACY_FIELDS + DERIVED_FIELDS

    def _money_taken_back(self):
        """Reopen the cashier's signature of rows that are owed again.

        Called when a reconciliation with a payment was undone or evidence reversed.
        """
        owed = self.filtered(
            lambda row: row.cashier_signed and not row.currency_id.is_zero(row.balance)
        )
        if owed:
            owed._reopen_signature(self.env._("Payment taken back"))

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------
    def _check_money_post(self, groups, refusal):
        """Refuse a button to users of other posts; the books check again later."""
        if not self.env.su and not self.env.user.has_groups(groups):
            raise AccessError(refusal)

    def action_register_payment(self):
        """Open the ordinary payment wizard for what these rows ask of their payers.

        Several rows of one payer become one payment; a row may be paid in parts.
        """
        self._check_money_post(
            "dealer_base.group_cashier,dealer_base.group_finance",
            self.env._("Only the cashier or finance registers payments."),
        )
        self.check_access("read")
        lines = self.money_line_ids.filtered(
            lambda line: (
                line.dealer_money_kind in PAYER_KINDS
                and line.parent_state == "posted"
                and not line.reconciled
            )
        )
        if not lines:
            raise UserError(
                self.env._(
                    "Nothing is to be paid for these rows, or a draft payment covers "
                    "it already: confirm or delete that one."
                )
            )
        if len(set(lines.mapped("dealer_money_kind"))) > 1:
            raise UserError(
                self.env._("Receive premium and pay refunds in two steps, not in one.")
            )
        return lines.action_register_payment(ctx=self._payment_context())

    def _payment_context(self):
        journal = self.company_id[:1]._dealer_money_setting(
            "dealer_premium_bank_journal_id"
        )
        return {
            "default_group_payment": True,
            "default_journal_id": journal.id,
            # back to the rows, where the cashier signs next
            "dont_redirect_to_payments": True,
        }

    def action_confirm_direct_payment(self):
        """Open the wizard that keeps the insurer's receipt as evidence."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "dealer_insurance.dealer_direct_payment_wizard_action"
        )
        action["context"] = {"default_underwriting_id": self.id}
        return action

    @api.readonly
    def action_view_money_moves(self):
        """Open the entries of the row and what settles them."""
        lines = self.money_line_ids
        moves = lines.move_id | lines._dealer_counterpart_lines().move_id
        return moves._get_records_action(name=self.env._("Premium Entries"))

    @api.readonly
    def action_view_money_payments(self):
        """Open the payments that settle the row."""
        return self._money_payments()._get_records_action(name=self.env._("Payments"))

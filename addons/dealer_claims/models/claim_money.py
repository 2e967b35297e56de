from odoo import api, fields, models
from odoo.tools import float_compare

from ..const import NO_REPAIR_KINDS

ACCOUNTING_GROUPS = "account.group_account_readonly,account.group_account_invoice"
HISTORICAL_FIELDS = ["historical_insurer_received", "historical_paid_on"]
INSURER_MONEY_STATES = [
    ("none", "Nothing Invoiced"),
    ("open", "Unpaid"),
    ("partial", "Partly Paid"),
    ("over", "Paid Too Much"),
    ("paid", "Settled"),
]
# What the entry lines and their reconciliation say, for the computation below.
_LINES = "claim_money_line_ids"
MONEY_DEPENDS = (
    f"{_LINES}.parent_state",
    f"{_LINES}.dealer_claim_kind",
    f"{_LINES}.balance",
    f"{_LINES}.amount_residual",
    f"{_LINES}.payment_id.state",
    f"{_LINES}.matched_credit_ids.amount",
    f"{_LINES}.matched_credit_ids.credit_move_id.parent_state",
    f"{_LINES}.matched_credit_ids.credit_move_id.date",
    f"{_LINES}.matched_credit_ids.credit_move_id.amount_residual",
    f"{_LINES}.matched_credit_ids.credit_move_id.payment_id.state",
    f"{_LINES}.matched_debit_ids.amount",
    f"{_LINES}.matched_debit_ids.debit_move_id.parent_state",
    f"{_LINES}.matched_debit_ids.debit_move_id.date",
    f"{_LINES}.matched_debit_ids.debit_move_id.payment_id.state",
)


class DealerClaim(models.Model):
    """Money of a claim, read back from the books (S94, S97, S102, SM-10).

    Nothing of this is kept by hand. Posted lines that are tagged with the claim say
    who owes what; their reconciliation says what was received. Cases of the time
    before keep what their tracker said as facts.
    """

    _inherit = "dealer.claim"

    claim_money_line_ids = fields.One2many(
        "account.move.line",
        "dealer_claim_id",
        string="Journal Items",
        readonly=True,
        groups=ACCOUNTING_GROUPS,
    )
    repair_invoice_ids = fields.One2many(
        "account.move",
        "dealer_claim_id",
        string="Repair Invoices",
        readonly=True,
        groups=ACCOUNTING_GROUPS,
    )
    third_party_payer_id = fields.Many2one(
        "res.partner",
        string="Third Party Pays",
        index="btree_not_null",
        tracking=True,
        help="The other party, or its insurer, that pays the third party's part.",
    )
    historical_insurer_received = fields.Monetary(
        string="Insurer Paid (Tracker)",
        readonly=True,
        copy=False,
        help="What the tracker of the time before says; counts only while the claim "
        "has no entry.",
    )
    historical_paid_on = fields.Date(
        string="Insurer Paid On (Tracker)", readonly=True, copy=False
    )

    # derived, company currency
    self_paid_received = fields.Monetary(
        string="Received from the Customer", compute="_compute_claim_money", store=True
    )
    self_paid_open = fields.Monetary(
        string="Customer Still Owes", compute="_compute_claim_money", store=True
    )
    customer_share = fields.Monetary(
        string="Customer's Bill",
        compute="_compute_claim_money",
        store=True,
        help="What the customer pays of the repair; the whole bill where he pays "
        "first.",
    )
    self_paid_before_release = fields.Monetary(
        string="Received before the Release",
        compute="_compute_claim_money",
        store=True,
        help="Of the customer's bill, until the day on which the car left (K34).",
    )
    customer_over = fields.Monetary(
        string="Customer Paid Too Much",
        compute="_compute_claim_money",
        store=True,
    )
    insurer_received = fields.Monetary(
        string="Received from the Insurer", compute="_compute_claim_money", store=True
    )
    insurer_open = fields.Monetary(
        string="Insurer Still Owes", compute="_compute_claim_money", store=True
    )
    insurer_over = fields.Monetary(
        string="Insurer Paid Too Much",
        compute="_compute_claim_money",
        store=True,
        help="Not decided yet: it goes to the customer or back to the insurer.",
    )
    insurer_paid_on = fields.Date(
        compute="_compute_claim_money",
        store=True,
        index="btree_not_null",
        help="Day of the insurer's last payment.",
    )
    insurer_difference = fields.Monetary(
        string="Received less Expected",
        compute="_compute_claim_money",
        store=True,
        help="What the insurer paid less what the receptionist expected when the "
        "costs were locked (S94); empty while nothing was paid.",
    )
    is_payment_accurate = fields.Boolean(
        string="Paid as Expected",
        compute="_compute_claim_money",
        store=True,
        help="Within the tolerance of the store (K32).",
    )
    insurer_money_state = fields.Selection(
        INSURER_MONEY_STATES,
        string="Insurer's Money",
        compute="_compute_claim_money",
        store=True,
        index=True,
    )
    third_party_received = fields.Monetary(
        string="Received from the Third Party",
        compute="_compute_claim_money",
        store=True,
    )
    third_party_open = fields.Monetary(
        string="Third Party Still Owes", compute="_compute_claim_money", store=True
    )
    refund_due = fields.Monetary(
        string="To Refund to the Customer",
        compute="_compute_claim_money",
        store=True,
        help="What the store owes the customer by the books.",
    )
    refund_paid = fields.Monetary(
        string="Refunded to the Customer", compute="_compute_claim_money", store=True
    )
    insurer_credit = fields.Monetary(
        string="Owed to the Insurer",
        compute="_compute_claim_money",
        store=True,
        help="Paid too much by the insurer, who wants it back.",
    )
    cashier_confirmed_at = fields.Datetime(
        string="Cashier Confirmed", readonly=True, copy=False
    )
    reconciled_at = fields.Datetime(
        string="Reconciled with Finance", readonly=True, copy=False
    )
    reconciled_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    refund_ids = fields.One2many("dealer.claim.refund", "claim_id")
    claim_move_count = fields.Integer(
        string="Journal Entries", compute="_compute_claim_move_count", compute_sudo=True
    )

    def _guarded_names(self):
        # EXTENDS dealer_base: facts of the old tracker come from the import, the
        # signatures from their buttons
        return [
            *super()._guarded_names(),
            *HISTORICAL_FIELDS,
            "cashier_confirmed_at",
            "reconciled_at",
            "reconciled_by_id",
        ]

    @api.depends("claim_money_line_ids.move_id")
    def _compute_claim_move_count(self):
        for claim in self:
            claim.claim_move_count = len(claim.claim_money_line_ids.move_id)

    # -- what somebody owes ----------------------------------------------------

    def _invoice_shares(self):
        """Gross amount per payer that the repair is invoiced with (E7).

        The store's own part is invoiced to nobody: there is no income in it, and the
        cost of the repair is booked by the workshop anyway.

        :return: dict kind of line -> amount in company currency, without zeros
        """
        self.ensure_one()
        if self.claim_kind in NO_REPAIR_KINDS:
            # The insurer pays the car to its owner; nothing of it is the store's.
            return {}
        shares = {
            "insurer": self.insurer_payable,
            "third_party": self.third_party_payable,
            "customer": self.self_paid,
        }
        if self.settlement_mode == "customer_pays_first":
            shares = {"customer": sum(shares.values())}
        return {
            kind: self.currency_id.round(amount)
            for kind, amount in shares.items()
            if not self.currency_id.is_zero(amount)
        }

    def _insurer_pays_customer(self):
        """Whether money of the insurer belongs to the customer at once (E11)."""
        self.ensure_one()
        return (
            self.settlement_mode == "customer_pays_first"
            or self.claim_kind in NO_REPAIR_KINDS
        )

    def _money_of_kind(self, lines, own_payments):
        """Balance, settlements and days of the tagged lines of one kind.

        :param lines: standing lines of the claim of one kind
        :param own_payments: lines of payments that name the claim themselves
        :return: dict with ``balance``, ``settled``, ``money`` (settled by payments),
            ``over`` (paid beyond what was asked) and ``days`` of the payments
        """
        result = {
            "balance": sum(lines.mapped("balance")),
            "settled": 0.0,
            "money": 0.0,
            "over": 0.0,
            "days": own_payments.mapped("date"),
            "dated": [],
        }
        self.ensure_one()
        payments = own_payments
        for _line, other, amount in lines._dealer_claim_settlements():
            result["settled"] += amount
            if other._dealer_is_claim_money():
                result["money"] += amount
                result["days"].append(other.date)
                result["dated"].append((other.date, amount))
                payments |= other
        for payment in payments:
            # A payment of several claims says itself to which one its rest belongs.
            owner = payment.dealer_claim_id or payment._dealer_settled_claims()
            if owner == self:
                result["over"] += max(-payment.amount_residual, 0.0)
        for rest in payments._dealer_claim_rests(self):
            result["over"] += max(-rest.amount_residual, 0.0)
        return result

    @api.depends(
        *MONEY_DEPENDS,
        "is_historical",
        "historical_insurer_received",
        "historical_paid_on",
        "expected_insurer_payment",
        "insurer_payable",
        "third_party_payable",
        "self_paid",
        "settlement_mode",
        "claim_kind",
        "store_borne",
        "released_at",
        "company_id.dealer_difference_amount",
        "company_id.dealer_difference_rate",
    )
    def _compute_claim_money(self):
        """Read the money of each claim back from its entries or old facts."""
        for claim in self:
            # sudo: posts of the claims desk read no journal items, the amounts are
            # no secret to them
            standing_sudo = claim.sudo().claim_money_line_ids.filtered(
                lambda line: line._dealer_claim_stands()
            )
            lines_sudo = standing_sudo.filtered("dealer_claim_kind")
            payments = claim._payments_by_kind(standing_sudo - lines_sudo)
            by_kind = lines_sudo.grouped("dealer_claim_kind")
            nothing = lines_sudo.browse()
            found = {
                kind: claim._money_of_kind(
                    by_kind.get(kind, nothing), payments.get(kind, nothing)
                )
                for kind in ("insurer", "third_party", "customer", "refund", "credit")
            }
            claim._set_claim_money(found, lines_sudo)

    def _payments_by_kind(self, lines):
        """Lines of payments that name the claim, by who has paid.

        :param lines: standing lines of the claim that nobody owes
        """
        self.ensure_one()
        result = {}
        for line in lines:
            if (
                line.account_id.account_type != "asset_receivable"
                or not line._dealer_is_claim_money()
            ):
                continue
            for kind in ("insurer", "third_party", "customer"):
                payer = self._payer_of(kind).commercial_partner_id
                if payer and payer == line.partner_id.commercial_partner_id:
                    result[kind] = result.get(kind, lines.browse()) | line
                    break
        return result

    def _set_claim_money(self, found, lines):
        """Write the derived fields of one claim.

        :param found: dict kind -> result of ``_money_of_kind``
        :param lines: all standing tagged lines of the claim
        """
        self.ensure_one()
        currency = self.currency_id
        insurer, customer = found["insurer"], found["customer"]
        third, refund, credit = found["third_party"], found["refund"], found["credit"]
        # Money of the insurer that belongs to the customer at once (E11)
        assigned = lines.filtered(
            lambda line: (
                line.dealer_claim_kind == "refund" and line._dealer_is_claim_money()
            )
        )
        received = insurer["money"] + insurer["over"] - sum(assigned.mapped("balance"))
        days = [*insurer["days"], *assigned.mapped("date")]
        open_amount = insurer["balance"] - insurer["settled"]
        if self.is_historical and not lines:
            received = self.historical_insurer_received
            days = [self.historical_paid_on] if self.historical_paid_on else []
            open_amount = 0.0 if days else self.expected_insurer_payment
            customer_open = 0.0
        elif "customer" in lines.mapped("dealer_claim_kind"):
            customer_open = customer["balance"] - customer["settled"]
        else:
            # Not invoiced yet: what the customer will have to pay.
            customer_open = self._invoice_shares().get("customer", 0.0)
        self.self_paid_received = currency.round(customer["money"] + customer["over"])
        self.self_paid_open = currency.round(customer_open)
        self.customer_over = currency.round(customer["over"])
        self._set_release_money(customer)
        self.insurer_received = currency.round(received)
        self.insurer_open = currency.round(open_amount)
        self.insurer_over = currency.round(insurer["over"])
        self.insurer_paid_on = max(days, default=False)
        self.third_party_received = currency.round(third["money"] + third["over"])
        self.third_party_open = currency.round(third["balance"] - third["settled"])
        owed = -(refund["balance"] - refund["settled"])
        self.refund_due = currency.round(owed + customer["over"])
        self.refund_paid = currency.round(-refund["money"])
        self.insurer_credit = currency.round(-(credit["balance"] - credit["settled"]))
        self._set_accuracy(bool(days))
        self.insurer_money_state = self._insurer_money_state_of(insurer, bool(days))

    def _set_release_money(self, customer):
        """Customer's bill, and what of it was there when the car left (K34)."""
        self.ensure_one()
        share = self._invoice_shares().get("customer", 0.0)
        released = self.released_at and self.company_id._dealer_local_day(
            self.released_at
        )
        before = sum(
            amount for day, amount in customer["dated"] if released and day <= released
        )
        if self.is_historical and released:
            before = share
        self.customer_share = share
        self.self_paid_before_release = self.currency_id.round(min(before, share))

    def _set_accuracy(self, is_paid):
        """Difference to what was expected, and whether it is tolerable (K32)."""
        self.ensure_one()
        expected = self.expected_insurer_payment
        gap = self.currency_id.round(self.insurer_received - expected)
        # sudo: the tolerance of the store is no secret
        company_sudo = self.company_id.sudo()
        allowed = max(
            company_sudo.dealer_difference_amount,
            company_sudo.dealer_difference_rate * abs(expected),
        )
        self.insurer_difference = gap if is_paid else 0.0
        self.is_payment_accurate = (
            is_paid and float_compare(abs(gap), allowed, precision_digits=4) <= 0
        )

    def _insurer_money_state_of(self, insurer, is_paid):
        self.ensure_one()
        currency = self.currency_id
        if currency.compare_amounts(self.insurer_over, 0.0) > 0:
            return "over"
        if currency.compare_amounts(self.insurer_open, 0.0) > 0:
            return "partial" if is_paid else "open"
        asked = not currency.is_zero(insurer["balance"])
        return "paid" if is_paid or asked else "none"

    # -- taken back ------------------------------------------------------------

    def _claim_money_taken_back(self):
        """Reopen what was signed for money that is owed again.

        Called when a payment bounced, was set back or was no longer matched.
        """
        owed = self.filtered(
            lambda claim: (
                claim.cashier_confirmed_at
                and claim.currency_id.compare_amounts(claim.self_paid_open, 0.0) > 0
            )
        )
        owed._reverse_cashier_signature(self.env._("Payment taken back"))
        closed = self.filtered(
            lambda claim: claim.reconciled_at and claim._reconcile_violations()
        )
        for claim in closed:
            claim._write_protected({"reconciled_at": False, "reconciled_by_id": False})
            claim.message_post(
                body=self.env._(
                    "Money was taken back: the reconciliation with finance is open "
                    "again."
                )
            )

    @api.readonly
    def action_view_claim_moves(self):
        """Open the entries of the claim and what settles them."""
        lines = self.claim_money_line_ids
        moves = lines.move_id
        moves |= lines.matched_debit_ids.debit_move_id.move_id
        moves |= lines.matched_credit_ids.credit_move_id.move_id
        return moves._get_records_action(name=self.env._("Entries of the Claim"))

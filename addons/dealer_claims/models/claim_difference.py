from odoo import api, fields, models
from odoo.exceptions import UserError

PARTIES = [
    ("insurer", "Insurer"),
    ("third_party", "Third Party"),
    ("customer", "Customer"),
]
KINDS = [
    ("short", "Paid Too Little"),
    ("over", "Paid Too Much"),
    ("rejected", "Claim Rejected"),
]
DECISIONS = [
    ("customer_pays", "Customer Pays"),
    ("chase_insurer", "Chase the Insurer"),
    ("dispute", "Dispute with the Insurer"),
    ("litigation", "Litigation"),
    ("store_bears", "Store Bears It"),
    ("bad_debt", "Bad Debt"),
    ("refund_customer", "Refund to the Customer"),
    ("owed_insurer", "Owed to the Insurer"),
]
# What may be decided, by what happened (SM-10 rows 12 and 14).
ALLOWED = {
    "short": {
        "customer_pays",
        "chase_insurer",
        "dispute",
        "litigation",
        "store_bears",
        "bad_debt",
    },
    "rejected": {
        "customer_pays",
        "dispute",
        "litigation",
        "store_bears",
        "bad_debt",
    },
    "over": {"refund_customer", "owed_insurer"},
}
# Decisions that book nothing: the receivable stays open and somebody sees to it.
CHASED = ("chase_insurer", "dispute", "litigation")
DECIDERS = ("claim_submitter", "claim_leader", "insurance_manager", "finance")
STATES = [
    ("draft", "Draft"),
    ("waiting", "Waiting for Approval"),
    ("chasing", "Pursued"),
    ("booked", "Booked"),
    ("settled", "Settled"),
    ("reversed", "Taken Back"),
]
DECISION_FACTS = [
    "decided_at",
    "decided_by_id",
    "approved_at",
    "approved_by_id",
    "finance_approved_at",
    "finance_approved_by_id",
    "move_id",
    "reversed_at",
    "reversed_by_id",
    "reverse_reason",
]


class DealerClaimDifference(models.Model):
    """What was not paid as expected, with its owner and its way out (E10–E15).

    A difference that is pursued leaves the receivable open and is settled when the
    money comes. Every other decision posts one entry in the claim settlement journal,
    with the approvals it needs, and can be taken back by a reversal.
    """

    _name = "dealer.claim.difference"
    _description = "Claim Difference"
    _inherit = [
        "dealer.numbered.mixin",
        "dealer.derived.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "id desc"
    _check_company_auto = True
    _protected_fields = ("name", *DECISION_FACTS)

    name = fields.Char(string="Number", readonly=True, copy=False, default="/")
    claim_id = fields.Many2one(
        "dealer.claim",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
        tracking=True,
    )
    company_id = fields.Many2one(
        related="claim_id.company_id", store=True, index=True, precompute=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    insurer_id = fields.Many2one(
        related="claim_id.insurer_id", store=True, index=True, precompute=True
    )
    receptionist_id = fields.Many2one(
        related="claim_id.receptionist_id", store=True, index=True, precompute=True
    )
    vehicle_id = fields.Many2one(related="claim_id.vehicle_id")
    report_no = fields.Char(related="claim_id.report_no")
    party = fields.Selection(PARTIES, string="Of", required=True, default="insurer")
    kind = fields.Selection(
        KINDS,
        compute="_compute_proposal",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        tracking=True,
    )
    amount = fields.Monetary(
        compute="_compute_proposal",
        store=True,
        readonly=False,
        precompute=True,
        tracking=True,
        help="Proposed from the books; a part of it may be decided.",
    )
    decision = fields.Selection(DECISIONS, tracking=True)
    owner_id = fields.Many2one(
        "dealer.staff",
        string="Responsible",
        check_company=True,
        index=True,
        tracking=True,
        default=lambda self: self.env.user._dealer_staff(),
    )
    note = fields.Text(string="Why", tracking=True)
    decided_at = fields.Datetime(readonly=True, copy=False)
    decided_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    approved_at = fields.Datetime(string="Manager Approved", readonly=True, copy=False)
    approved_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    finance_approved_at = fields.Datetime(
        string="Finance Approved", readonly=True, copy=False
    )
    finance_approved_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    needs_manager = fields.Boolean(compute="_compute_needs")
    needs_finance = fields.Boolean(compute="_compute_needs")
    move_id = fields.Many2one(
        "account.move",
        string="Entry",
        readonly=True,
        copy=False,
        index="btree_not_null",
    )
    reversed_at = fields.Datetime(readonly=True, copy=False)
    reversed_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    reverse_reason = fields.Text(readonly=True, copy=False)
    age_days = fields.Integer(string="Age (days)", compute="_compute_age_days")
    state = fields.Selection(
        STATES,
        compute="_compute_state",
        store=True,
        index=True,
        tracking=True,
    )

    _amount_positive = models.Constraint(
        "CHECK (amount >= 0)", "The amount of a difference is never negative."
    )

    # -- computed ------------------------------------------------------------

    @api.depends("claim_id", "party")
    def _compute_proposal(self):
        """What happened and how much, as the books say when the record is made."""
        for difference in self:
            claim, party = difference.claim_id, difference.party
            if difference.decided_at or not claim:
                difference.kind = difference.kind or "short"
                difference.amount = difference.amount
                continue
            over = difference._over_amount()
            if claim.currency_id.compare_amounts(over, 0.0) > 0:
                difference.kind, difference.amount = "over", over
            else:
                rejected = claim.rejected_on and party == "insurer"
                difference.kind = "rejected" if rejected else "short"
                difference.amount = max(difference._open_amount(), 0.0)

    def _open_amount(self):
        """What the party still owes by the books."""
        self.ensure_one()
        fname = {
            "insurer": "insurer_open",
            "third_party": "third_party_open",
            "customer": "self_paid_open",
        }[self.party]
        return self.claim_id[fname]

    def _over_amount(self):
        """What the party paid too much and nobody has decided yet."""
        self.ensure_one()
        fname = {"insurer": "insurer_over", "customer": "customer_over"}.get(self.party)
        return self.claim_id[fname] if fname else 0.0

    @api.depends("decision", "amount", "company_id")
    def _compute_needs(self):
        for difference in self:
            # sudo: the limit of the store is no secret
            company_sudo = difference.company_id.sudo()
            limit = company_sudo.dealer_claim_bear_limit
            bears = difference.decision == "store_bears"
            lost = difference.decision == "bad_debt"
            difference.needs_manager = bears or lost
            difference.needs_finance = lost or (
                bears
                and difference.currency_id.compare_amounts(difference.amount, limit) > 0
            )

    @api.depends(
        "decision",
        "decided_at",
        "reversed_at",
        "move_id.state",
        "claim_id.insurer_open",
        "claim_id.third_party_open",
        "claim_id.self_paid_open",
    )
    def _compute_state(self):
        for difference in self:
            # sudo: who decides reads no entries; that there is one he may know
            move_sudo = difference.sudo().move_id
            if difference.reversed_at:
                difference.state = "reversed"
            elif not difference.decided_at:
                difference.state = "draft"
            elif difference.decision in CHASED:
                open_amount = difference._open_amount()
                still = difference.currency_id.compare_amounts(open_amount, 0.0) > 0
                difference.state = "chasing" if still else "settled"
            else:
                posted = move_sudo.state == "posted"
                difference.state = "booked" if posted else "waiting"

    @api.depends("decided_at", "state")
    def _compute_age_days(self):
        for difference in self:
            start = difference.decided_at or difference.create_date
            company = difference.company_id
            if not start or difference.state in ("booked", "settled", "reversed"):
                difference.age_days = 0
                continue
            day = company._dealer_local_day(start)
            difference.age_days = (company._dealer_today() - day).days

    def _protected_hint(self, field_name):
        return self.env._("Decide, approve or take back the difference.")

    # -- records ------------------------------------------------------------

    def write(self, vals):
        fixed = {"claim_id", "party", "kind", "amount", "decision"} & vals.keys()
        if fixed and self.filtered("decided_at"):
            raise UserError(
                self.env._(
                    "%(names)s: decided already. Take the decision back and enter "
                    "a new difference.",
                    names=", ".join(self.filtered("decided_at").mapped("name")),
                )
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_decided(self):
        if self.filtered("decided_at"):
            raise UserError(
                self.env._("A difference that was decided is taken back, not deleted.")
            )

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from odoo.addons.dealer_insurance.models.underwriting_money import PAYER_RELATIONS

PAYEE_RELATIONS = [("self", "Customer or Insured"), *PAYER_RELATIONS[1:]]
PAID_STATES = ("in_process", "paid")
STATES = [
    ("draft", "Draft"),
    ("approved", "Approved"),
    ("paid", "Paid"),
    ("confirmed", "Confirmed by the Customer"),
    ("cancelled", "Cancelled"),
]
REFUND_FACTS = [
    "requested_by_id",
    "approved_at",
    "approved_by_id",
    "payment_id",
    "paid_by_id",
    "confirmed_at",
    "confirmed_by_id",
    "cancelled_at",
    "cancel_reason",
    "owed_on",
    "due_on",
    "amount",
]
# What an approval was given for
APPROVED_FIELDS = {
    "payee_id",
    "payee_relation",
    "bank_account",
    "proof_ids",
    "bank_proof_ids",
}


class DealerClaimRefund(models.Model):
    """Money of a claim that the customer gets back (应退客户款, S97, SM-11).

    The amount is what the books owe him; nobody types it. A refund is paid when its
    payment stands in the books: one that bounces is approved again.
    """

    _name = "dealer.claim.refund"
    _description = "Claim Money Owed to the Customer"
    _inherit = [
        "dealer.numbered.mixin",
        "dealer.overdue.mixin",
        "dealer.derived.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "id desc"
    _check_company_auto = True
    _overdue_depends = ("state", "due_on")
    _protected_fields = ("name", *REFUND_FACTS)

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
    claim_id = fields.Many2one(
        "dealer.claim",
        required=True,
        index=True,
        check_company=True,
        tracking=True,
        ondelete="restrict",
    )
    vehicle_id = fields.Many2one(related="claim_id.vehicle_id")
    report_no = fields.Char(related="claim_id.report_no")
    insurer_id = fields.Many2one(
        related="claim_id.insurer_id", store=True, index=True, precompute=True
    )
    receptionist_id = fields.Many2one(
        related="claim_id.receptionist_id", store=True, index=True, precompute=True
    )
    amount = fields.Monetary(
        readonly=True,
        tracking=True,
        help="What the books owe the customer of this claim, less other refunds that "
        "are under way.",
    )
    payee_id = fields.Many2one(
        "res.partner",
        compute="_compute_payee_id",
        store=True,
        readonly=False,
        precompute=True,
        tracking=True,
        help="The customer who paid, or the insured; family only with proof.",
    )
    payee_relation = fields.Selection(
        PAYEE_RELATIONS, string="Payee Is", default="self", tracking=True
    )
    proof_ids = fields.Many2many(
        "ir.attachment",
        "dealer_claim_refund_proof_rel",
        string="Proof of Relation",
        copy=False,
    )
    bank_account = fields.Char(
        string="Paid To", tracking=True, help="Account or card of the payee."
    )
    bank_proof_ids = fields.Many2many(
        "ir.attachment",
        "dealer_claim_refund_bank_rel",
        copy=False,
        help="Photo of the card or account of the payee, or his receipt for cash.",
    )
    journal_id = fields.Many2one(
        "account.journal",
        string="Paid From",
        check_company=True,
        domain=[("type", "in", ("bank", "cash"))],
        groups="account.group_account_readonly,account.group_account_invoice",
    )
    note = fields.Text()
    requested_by_id = fields.Many2one(
        "res.users", readonly=True, copy=False, default=lambda self: self.env.user
    )
    approved_at = fields.Datetime(readonly=True, copy=False)
    approved_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    payment_id = fields.Many2one(
        "account.payment",
        readonly=True,
        copy=False,
        index="btree_not_null",
    )
    paid_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    paid_on = fields.Date(compute="_compute_state", store=True)
    confirmed_at = fields.Datetime(
        string="Customer Confirmed", readonly=True, copy=False
    )
    confirmed_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    customer_signature = fields.Binary(
        string="Signature of the Customer", attachment=True, copy=False
    )
    confirmation_ids = fields.Many2many(
        "ir.attachment",
        "dealer_claim_refund_confirmation_rel",
        string="Receipt of the Customer",
        copy=False,
    )
    cancelled_at = fields.Datetime(readonly=True, copy=False)
    cancel_reason = fields.Text(readonly=True, copy=False)
    owed_on = fields.Date(
        string="Owed Since",
        readonly=True,
        copy=False,
        help="Day on which the books began to owe the money.",
    )
    due_on = fields.Date(
        string="Refund Until",
        readonly=True,
        copy=False,
        index=True,
        help="Working days of the store's setting after the money was owed.",
    )
    is_in_time = fields.Boolean(
        string="Paid in Time", compute="_compute_state", store=True
    )
    state = fields.Selection(
        STATES, compute="_compute_state", store=True, index=True, tracking=True
    )

    # -- computed ------------------------------------------------------------

    @api.depends("claim_id")
    def _compute_payee_id(self):
        for refund in self:
            payees = refund._entitled()
            if refund.payee_id not in payees:
                refund.payee_id = payees[:1]

    def _entitled(self):
        """Who paid, and who is insured (SM-11)."""
        self.ensure_one()
        claim = self.claim_id
        row = claim.policy_id.underwriting_id
        return claim.partner_id | row.insured_id

    @api.depends(
        "approved_at",
        "confirmed_at",
        "cancelled_at",
        "due_on",
        "payment_id.state",
        "payment_id.date",
    )
    def _compute_state(self):
        for refund in self:
            # sudo: the receptionist reads no payments; that there is one he may know
            payment_sudo = refund.sudo().payment_id
            paid = payment_sudo.state in PAID_STATES
            refund.paid_on = payment_sudo.date if paid else False
            refund.is_in_time = bool(
                paid and refund.due_on and payment_sudo.date <= refund.due_on
            )
            if refund.cancelled_at:
                refund.state = "cancelled"
            elif paid:
                refund.state = "confirmed" if refund.confirmed_at else "paid"
            else:
                refund.state = "approved" if refund.approved_at else "draft"

    @api.model
    def _overdue_domain(self):
        """Refunds that should have been paid by yesterday of their store."""
        return Domain("state", "in", ("draft", "approved")) & Domain.OR(
            Domain("company_id", "=", company.id)
            & Domain("due_on", "<", company._dealer_today())
            for company in self.env["res.company"]._dealer_stores()
        )

    def _protected_hint(self, field_name):
        if field_name == "amount":
            return self.env._("It follows from the books of the claim.")
        return super()._protected_hint(field_name)

    # -- records ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        refunds = super().create(vals_list)
        for refund in refunds:
            refund._write_protected(refund._facts_of_books())
        return refunds

    def _facts_of_books(self):
        """Amount and days of a refund, from the books of its claim."""
        self.ensure_one()
        claim, company = self.claim_id, self.company_id
        others = claim.refund_ids.filtered(
            lambda refund: refund != self and refund.state in ("draft", "approved")
        )
        amount = claim.refund_due - sum(others.mapped("amount"))
        owed_on = claim._sudo_refund_owed_on() or company._dealer_today()
        # sudo: the deadline of the store is no secret
        company_sudo = company.sudo()
        days = company_sudo.dealer_claim_refund_days
        return {
            "amount": max(claim.currency_id.round(amount), 0.0),
            "owed_on": owed_on,
            "due_on": company._dealer_add_working_days(owed_on, days),
        }

    def write(self, vals):
        fixed = {"claim_id", *APPROVED_FIELDS} & vals.keys()
        if fixed and self.filtered("approved_at"):
            raise UserError(
                self.env._(
                    "%(names)s: approved already. Take the approval back before you "
                    "change payee or proof.",
                    names=", ".join(self.filtered("approved_at").mapped("name")),
                )
            )
        res = super().write(vals)
        if "claim_id" in vals:
            for refund in self:
                refund._write_protected(refund._facts_of_books())
        return res

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("A refund is cancelled, not deleted."))

    # -- overdue (SM-11) -------------------------------------------------------

    @api.model
    def _cron_overdue(self):
        """Daily: receptionist and manager hear of refunds that are late."""
        cron = self.env["ir.cron"]
        for company in self.env["res.company"]._dealer_stores():
            count = self._remind_of_late(company)
            if not cron._commit_progress(count):
                break

    @api.model
    def _remind_of_late(self, company):
        """One open activity per late refund of a store and person.

        :return: number of late refunds
        """
        kind = self.env.ref("dealer_claims.activity_refund_overdue")
        today = company._dealer_today()
        late = self.search(
            Domain("company_id", "=", company.id) & self._overdue_domain()
        )
        manager = company._dealer_alert_user()
        for refund in late:
            told = refund.activity_ids.filtered(
                lambda activity: activity.activity_type_id == kind
            ).user_id
            people = refund.receptionist_id.user_id.filtered("active") | manager
            for user in people - told:
                refund.activity_schedule(
                    activity_type_id=kind.id,
                    user_id=user.id,
                    date_deadline=today,
                    summary=self.with_context(lang=user.lang).env._(
                        "Refund of %(amount)s to %(payee)s is late since %(day)s",
                        amount=refund.currency_id.format(refund.amount),
                        payee=refund.payee_id.name or "",
                        day=fields.Date.to_string(refund.due_on),
                    ),
                )
        return len(late)


class DealerClaim(models.Model):
    _inherit = "dealer.claim"

    def _sudo_refund_owed_on(self):
        """First day of what the books still owe the customer of this claim."""
        self.ensure_one()
        # sudo: the receptionist reads no journal items, the day is no secret to him
        lines_sudo = self.sudo().claim_money_line_ids.filtered(
            lambda line: (
                line.dealer_claim_kind == "refund"
                and line._dealer_claim_stands()
                and line.amount_residual < 0
            )
        )
        return min(lines_sudo.mapped("date"), default=False)

    def _sudo_propose_refund(self, user):
        """Open a draft refund for what the books owe, unless one is under way.

        :param user: who decided that the customer gets it; he cannot approve it
        """
        # sudo: finance and the submitter decide, the refund is the receptionist's
        refunds_sudo = self.env["dealer.claim.refund"].sudo()
        for claim_sudo in self.sudo():
            waiting = claim_sudo.refund_ids.filtered(lambda r: r.state == "draft")
            if waiting:
                for refund in waiting[:1]:
                    refund._write_protected(refund._facts_of_books())
            elif claim_sudo.currency_id.compare_amounts(claim_sudo.refund_due, 0.0) > 0:
                refund = refunds_sudo.create(
                    {"claim_id": claim_sudo.id, "company_id": claim_sudo.company_id.id}
                )
                refund._write_protected({"requested_by_id": user.id})
        return True

    def action_create_refund(self):
        """Open a draft refund of these claims (S97).

        :raises AccessError: the user is not of the claims desk
        :raises UserError: the books owe the customer nothing
        """
        self._check_holds(
            "claim_receptionist", "claim_submitter", "insurance_manager", "finance"
        )
        self.check_access("read")
        owed = self.filtered(
            lambda claim: claim.currency_id.compare_amounts(claim.refund_due, 0.0) > 0
        )
        if not owed:
            raise UserError(
                self.env._(
                    "The books owe the customer of %(claims)s nothing.",
                    claims=", ".join(self[:10].mapped("name")),
                )
            )
        owed._sudo_propose_refund(self.env.user)
        return owed.refund_ids._get_records_action(name=self.env._("Refunds"))

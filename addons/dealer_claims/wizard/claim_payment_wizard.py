from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from odoo.addons.dealer_base.models.guard_mixin import GuardError, Violation
from odoo.addons.dealer_insurance.models.account_move_line import (
    TAG_DOOR,
    TAG_DOOR_KEY,
)

INSURER_SIDE = ("insurer", "third_party")


class DealerClaimPaymentWizard(models.TransientModel):
    """One payment of an insurer for one or many claims, case by case (E9, E11, E12).

    The amounts of the cases make up the payment. What was paid beyond a case stays on
    it until somebody decides who gets it; a rest that belongs to no case is owed to
    the insurer, or stays open on his account.
    """

    _name = "dealer.claim.payment.wizard"
    _description = "Payment of an Insurer for Claims"
    _inherit = ["dealer.guard.mixin"]
    _protected_fields = ()

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, default=lambda s: s.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    insurer_id = fields.Many2one(
        "res.partner",
        required=True,
        domain=[("is_insurer", "=", True)],
    )
    journal_id = fields.Many2one(
        "account.journal",
        string="Paid Into",
        required=True,
        check_company=True,
        domain=[("type", "in", ("bank", "cash"))],
    )
    payment_date = fields.Date(
        string="Paid On",
        required=True,
        default=lambda self: self.env.company._dealer_today(),
    )
    amount = fields.Monetary(string="Amount of the Payment", required=True)
    memo = fields.Char(string="Reference of the Bank")
    line_ids = fields.One2many(
        "dealer.claim.payment.wizard.line", "wizard_id", string="Cases"
    )
    amount_cases = fields.Monetary(
        string="Given to Cases", compute="_compute_amount_rest"
    )
    amount_rest = fields.Monetary(string="Rest", compute="_compute_amount_rest")
    rest = fields.Selection(
        [
            ("refuse", "Must Add Up"),
            ("credit", "Owed to the Insurer"),
            ("open", "Stays Open on the Insurer's Account"),
        ],
        string="What Belongs to No Case",
        required=True,
        default="refuse",
    )

    @api.depends("amount", "line_ids.amount")
    def _compute_amount_rest(self):
        for wizard in self:
            given = sum(wizard.line_ids.mapped("amount"))
            wizard.amount_cases = wizard.currency_id.round(given)
            wizard.amount_rest = wizard.currency_id.round(wizard.amount - given)

    @api.model
    def _open_for(self, claims):
        """A wizard for claims of one insurer and store, with what is open of each."""
        company = claims.company_id
        lines = [claims._payment_line_vals(claim) for claim in claims]
        return self.create(
            {
                "company_id": company.id,
                "insurer_id": claims.insurer_id.id,
                "journal_id": self._default_journal(company).id,
                "payment_date": company._dealer_today(),
                "amount": sum(vals["amount"] for vals in lines),
                "line_ids": [Command.create(vals) for vals in lines],
            }
        )

    @api.model
    def _default_journal(self, company):
        """First bank of the store that is not the separate one of premium (R8)."""
        premium = self.env["account.journal"].browse(
            journal.id for journal in company._dealer_payment_journals().values()
        )
        return self.env["account.journal"].search(
            [
                *self.env["account.journal"]._check_company_domain(company),
                ("type", "=", "bank"),
                ("id", "not in", premium.ids),
            ],
            limit=1,
        )

    def action_add_open_claims(self):
        """Add every claim on which the insurer still owes something."""
        self._check_holds("cashier", "finance")
        self.ensure_one()
        claims = self.env["dealer.claim"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("insurer_id", "=", self.insurer_id.id),
                ("insurer_open", ">", 0),
                ("is_historical", "=", False),
                ("id", "not in", self.line_ids.claim_id.ids),
            ],
            order="submitted_on, id",
        )
        self.line_ids = [
            Command.create(claims._payment_line_vals(claim)) for claim in claims
        ]
        return self._reopen()

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Payment of the Insurer"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    # -- guard ----------------------------------------------------------------------

    def _guard_pay(self):
        """G-W7: cases of this insurer and store, amounts that make up the payment."""
        violations = []
        for wizard in self:
            currency, claims = wizard.currency_id, wizard.line_ids.claim_id
            reasons = []
            if currency.compare_amounts(wizard.amount, 0.0) <= 0:
                reasons.append(self.env._("The amount of the payment is missing."))
            empty = wizard.line_ids.filtered(
                lambda line, c=currency: c.compare_amounts(line.amount, 0.0) <= 0
            )
            if empty:
                reasons.append(
                    self.env._(
                        "No amount is given to %(claims)s; take the case out.",
                        claims=", ".join(empty.claim_id[:10].mapped("name")),
                    )
                )
            if len(claims) != len(wizard.line_ids):
                reasons.append(self.env._("A case stands on two lines."))
            strangers = claims.filtered(
                lambda claim, w=wizard: (
                    claim.company_id != w.company_id
                    or w.insurer_id
                    not in (claim.insurer_id, claim.third_party_payer_id)
                )
            )
            if strangers:
                reasons.append(
                    self.env._(
                        "%(claims)s: of another insurer or store.",
                        claims=", ".join(strangers[:10].mapped("name")),
                    )
                )
            unready = claims.filtered(
                lambda claim: (
                    not claim.costs_locked_at
                    or (claim._invoice_shares() and not claim._standing_invoices())
                )
            )
            if unready:
                reasons.append(
                    self.env._(
                        "%(claims)s: not invoiced, lock the costs first.",
                        claims=", ".join(unready[:10].mapped("name")),
                    )
                )
            if currency.compare_amounts(wizard.amount_rest, 0.0) < 0 or (
                wizard.rest == "refuse" and not currency.is_zero(wizard.amount_rest)
            ):
                reasons.append(
                    self.env._(
                        "The cases make %(cases)s, the payment is %(amount)s.",
                        cases=currency.format(wizard.amount_cases),
                        amount=currency.format(wizard.amount),
                    )
                )
            violations += [Violation("G-W7", wizard, reason) for reason in reasons]
        return violations

    # -- payment ----------------------------------------------------------------------

    def action_pay(self):
        """Post the payment and settle every case with its amount.

        :return: action of the payment
        :raises AccessError: neither cashier nor finance
        :raises GuardError: G-W7
        :raises UserError: the books of the day are locked
        """
        self._check_holds("cashier", "finance")
        self.ensure_one()
        self.line_ids.claim_id.check_access("read")
        violations = self._guard_pay()
        if violations:
            lines = [self._guard_line(violation) for violation in violations]
            raise GuardError("\n".join(lines), violations)
        self.company_id._dealer_check_open_period(self.payment_date, self.journal_id)
        payment = self._do_pay()
        return payment._get_records_action(name=self.env._("Payment"))

    def _do_pay(self):
        """Payment with one line per case, each settled with what is open of it."""
        self.ensure_one()
        opened = self._open_lines()
        payment = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": self.insurer_id.id,
                "company_id": self.company_id.id,
                "journal_id": self.journal_id.id,
                "amount": self.amount,
                "currency_id": self.currency_id.id,
                "date": self.payment_date,
                "memo": self.memo
                or self.env._("Claims of %(name)s", name=self.display_name),
                "destination_account_id": self.company_id._dealer_money_setting(
                    "dealer_claim_receivable_account_id"
                ).id,
            }
        )
        door = payment.with_context(**{TAG_DOOR_KEY: TAG_DOOR})
        door._generate_journal_entry(
            line_ids=self._prepare_entry_lines(payment, opened)
        )
        payment.action_post()
        paid = {
            line.dealer_claim_id: line
            for line in payment.move_id.line_ids
            if line.dealer_claim_id and not line.dealer_claim_kind
        }
        plan = [
            lines | paid[claim]
            for claim, lines in opened.items()
            if lines and claim in paid
        ]
        if plan:
            self.env["account.move.line"]._reconcile_plan(plan)
        return payment

    def _open_lines(self):
        """Open lines of each case that this insurer owes: dict claim -> lines."""
        claims = self.line_ids.claim_id
        lines = claims._open_claim_lines(*INSURER_SIDE).filtered(
            lambda line: (
                line.partner_id.commercial_partner_id
                == self.insurer_id.commercial_partner_id
                and line.amount_residual > 0
            )
        )
        by_claim = lines.grouped("dealer_claim_id")
        return {claim: by_claim.get(claim, lines.browse()) for claim in claims}

    def _prepare_entry_lines(self, payment, opened):
        """Commands of the payment entry: the bank, each case, and the rest."""
        company, currency = self.company_id, self.currency_id
        receivable = company._dealer_money_setting("dealer_claim_receivable_account_id")
        refund = company._dealer_money_setting("dealer_refund_payable_account_id")
        base = {"currency_id": currency.id, "date_maturity": self.payment_date}
        vals_list = [
            {
                "name": payment.memo,
                "account_id": payment.outstanding_account_id.id,
                "partner_id": self.insurer_id.id,
                "balance": self.amount,
            }
        ]
        for line in self.line_ids:
            claim = line.claim_id
            vals = {
                "name": line._label(),
                "account_id": (opened[claim].account_id[:1] or receivable).id,
                "partner_id": self.insurer_id.id,
                "balance": -line.amount,
                "dealer_claim_id": claim.id,
            }
            if claim._insurer_pays_customer():
                # The customer has paid the bill: the insurer's money is his (E11).
                vals.update(
                    account_id=refund.id,
                    partner_id=claim.partner_id.id,
                    dealer_claim_kind="refund",
                )
            vals_list.append(vals)
        if not currency.is_zero(self.amount_rest):
            vals_list.append(
                {
                    "name": self.env._("Paid for no case"),
                    "account_id": (refund if self.rest == "credit" else receivable).id,
                    "partner_id": self.insurer_id.id,
                    "balance": -self.amount_rest,
                }
            )
        return [
            Command.create({**base, **vals, "amount_currency": vals["balance"]})
            for vals in vals_list
        ]


class DealerClaimPaymentWizardLine(models.TransientModel):
    _name = "dealer.claim.payment.wizard.line"
    _description = "Case Paid by an Insurer"

    wizard_id = fields.Many2one(
        "dealer.claim.payment.wizard", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="wizard_id.company_id")
    currency_id = fields.Many2one(related="wizard_id.currency_id")
    claim_id = fields.Many2one("dealer.claim", required=True)
    report_no = fields.Char(related="claim_id.report_no")
    plate = fields.Char(related="claim_id.vehicle_id.plate")
    insurer_open = fields.Monetary(related="claim_id.insurer_open")
    amount = fields.Monetary(string="Paid Now")

    def _label(self):
        """What the line of the entry says: case, report number, car."""
        self.ensure_one()
        return " ".join(filter(None, [self.claim_id.name, self.report_no, self.plate]))

    @api.onchange("claim_id")
    def _onchange_claim_id(self):
        """Propose what is open of the case."""
        if self.claim_id and not self.amount:
            self.amount = self.claim_id._payment_line_vals(self.claim_id)["amount"]


class DealerClaim(models.Model):
    _inherit = "dealer.claim"

    def _payment_line_vals(self, claim):
        """Wizard line of a case: what is open, or expected where the customer paid."""
        amount = claim.insurer_open
        if claim._insurer_pays_customer():
            amount = max(claim.expected_insurer_payment - claim.insurer_received, 0.0)
        return {"claim_id": claim.id, "amount": amount}


class AccountPaymentRegister(models.TransientModel):
    _inherit = "account.payment.register"

    def _create_payments(self):
        # EXTENDS dealer_insurance: differences of claims are typed and approved, never
        # written off in passing (SM-10 row 14)
        for wizard in self:
            claims = wizard.line_ids.filtered("dealer_claim_kind").dealer_claim_id
            if not claims:
                continue
            if (
                wizard.payment_difference_handling == "reconcile"
                and not wizard.currency_id.is_zero(wizard.payment_difference)
            ):
                raise UserError(
                    self.env._(
                        "%(claims)s: keep the difference open and decide it on the "
                        "claim; differences of claims are not written off here.",
                        claims=", ".join(claims[:10].mapped("name")),
                    )
                )
            wizard.company_id._dealer_check_open_period(
                wizard.payment_date, wizard.journal_id
            )
        return super()._create_payments()

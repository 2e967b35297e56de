from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

METHODS = ("card", "qr")


class DealerAcquirerBatch(models.Model):
    """Card or QR payments that the acquirer pays in one sum, net of his fee.

    The customer's premium was paid in full; the fee is a cost of the store and never
    lessens what the insurer gets. The store tops the collected premium account up
    from its own bank account, so that the premium stays whole there (R8).

    ============  =============================================================
    posted        the entry stands: the payments are matched
    draft         anything else, also after the entry was reversed or set back
    ============  =============================================================
    """

    _name = "dealer.acquirer.batch"
    _description = "Card and QR Settlement"
    _inherit = ["dealer.numbered.mixin", "mail.thread", "dealer.derived.mixin"]
    _order = "date desc, id desc"
    _check_company_auto = True

    _protected_fields = ("name", "state", "move_id")

    name = fields.Char(string="Card Settlement No.", readonly=True, copy=False)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    method = fields.Selection(
        [("card", "Card"), ("qr", "QR Code")],
        string="Payment Method",
        required=True,
        default="card",
    )
    journal_id = fields.Many2one(
        "account.journal", compute="_compute_journal_id", store=True, check_company=True
    )
    date = fields.Date(
        string="Paid by the Acquirer On",
        required=True,
        default=fields.Date.context_today,
    )
    date_to = fields.Date(
        string="Payments Until",
        required=True,
        default=lambda self: fields.Date.subtract(
            fields.Date.context_today(self), days=1
        ),
    )
    payment_ids = fields.One2many("account.payment", "dealer_batch_id")
    payment_count = fields.Integer(compute="_compute_amounts", store=True)
    amount_gross = fields.Monetary(compute="_compute_amounts", store=True)
    amount_net = fields.Monetary(
        string="Paid by the Acquirer", help="What arrived on the bank account."
    )
    amount_fee = fields.Monetary(
        string="Merchant Fee", compute="_compute_amounts", store=True
    )
    own_journal_id = fields.Many2one(
        "account.journal",
        string="Fee Paid From",
        check_company=True,
        domain="[('type', '=', 'bank')]",
        help="The store's own bank account, which tops the premium account up by the "
        "fee. Empty: the top-up is booked later.",
    )
    reference = fields.Char(string="Batch No.")
    move_id = fields.Many2one("account.move", readonly=True, copy=False, index=True)
    state = fields.Selection(
        [("draft", "Draft"), ("posted", "Posted")],
        compute="_compute_state",
        store=True,
        compute_sudo=True,
        tracking=True,
    )

    @api.depends("company_id", "method")
    def _compute_journal_id(self):
        for batch in self:
            journals = batch.company_id._dealer_payment_journals()
            batch.journal_id = journals.get(batch.method, False)

    @api.depends("payment_ids.amount", "amount_net")
    def _compute_amounts(self):
        for batch in self:
            gross = sum(batch.payment_ids.mapped("amount_signed"))
            batch.payment_count = len(batch.payment_ids)
            batch.amount_gross = batch.currency_id.round(gross)
            fee = gross - batch.amount_net if batch.amount_net else 0.0
            batch.amount_fee = batch.currency_id.round(fee)

    @api.depends("move_id.state", "move_id.reversal_move_ids.state")
    def _compute_state(self):
        for batch in self:
            move = batch.move_id
            standing = move.state == "posted" and not move.reversal_move_ids.filtered(
                lambda back: back.state == "posted"
            )
            batch.state = "posted" if standing else "draft"

    def write(self, vals):
        fixed = {"date", "date_to", "method", "amount_net", "own_journal_id"}
        if {*fixed, "company_id", "payment_ids"} & vals.keys():
            self._check_draft()
        return super().write(vals)

    def _check_draft(self):
        for batch in self:
            if batch.state == "posted":
                raise UserError(
                    self.env._(
                        "%(name)s is posted. Reverse its entry first.", name=batch.name
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_draft(self):
        self._check_draft()

    def action_propose(self):
        """Take every payment of the method that the acquirer has not paid yet."""
        self._check_holds("cashier", "finance")
        self.check_access("write")
        self._check_draft()
        for batch in self:
            payments = (
                self.env["account.payment"]
                .search(
                    [
                        ("company_id", "=", batch.company_id.id),
                        ("journal_id", "=", batch.journal_id.id),
                        ("state", "=", "in_process"),
                        ("date", "<=", batch.date_to),
                        ("partner_type", "=", "customer"),
                        ("dealer_batch_id", "in", (False, batch.id)),
                    ]
                )
                .filtered(lambda payment: not payment.is_matched)
            )
            if not payments:
                raise UserError(
                    self.env._("No payment waits for the money of the acquirer.")
                )
            batch.payment_ids = [Command.set(payments.ids)]
        return True

    def action_post(self):
        """Book what arrived and the fee, and match the payments."""
        self._check_holds("finance")
        self.check_access("write")
        self._check_draft()
        for batch in self:
            batch._check_amounts()
            company = batch.company_id
            company._dealer_check_open_period(batch.date)
            move = self.env["account.move"].create(batch._prepare_move_vals())
            move.action_post()
            batch._write_protected({"move_id": move.id})
            liquidity = self.env["account.move.line"].union(
                *(payment._seek_for_lines()[0] for payment in batch.payment_ids)
            )
            clearing = move.line_ids.filtered(
                lambda line, accounts=liquidity.account_id: (
                    line.balance < 0 and line.account_id in accounts
                )
            ).sorted("balance")[:1]
            (liquidity | clearing).reconcile()
        return True

    def _check_amounts(self):
        self.ensure_one()
        currency = self.currency_id
        if not self.payment_ids or currency.compare_amounts(self.amount_net, 0.0) <= 0:
            raise UserError(
                self.env._("Propose the payments and enter what the acquirer paid.")
            )
        if currency.compare_amounts(self.amount_fee, 0.0) < 0:
            raise UserError(
                self.env._(
                    "The acquirer paid more than the customers did: %(net)s against "
                    "%(gross)s. Check the payments.",
                    net=currency.format(self.amount_net),
                    gross=currency.format(self.amount_gross),
                )
            )

    def _prepare_move_vals(self):
        """Entry of the batch: what arrived, the fee of the store, the payments."""
        self.ensure_one()
        company = self.company_id
        bank = company._dealer_money_setting("dealer_premium_bank_journal_id")
        arrived = self.payment_ids[:1].outstanding_account_id
        lines = [
            (arrived, self.amount_net, self.env._("Paid by the acquirer")),
            (arrived, -self.amount_gross, self.env._("Card and QR payments")),
        ]
        if not self.currency_id.is_zero(self.amount_fee):
            fee = company._dealer_money_setting("dealer_merchant_fee_account_id")
            lines.append((fee, self.amount_fee, self.env._("Merchant fee")))
            if self.own_journal_id:
                Payment = self.env["account.payment"].new({"company_id": company.id})
                own = Payment._get_outstanding_account("outbound")
                label = self.env._("Fee topped up by the store")
                lines += [
                    (arrived, self.amount_fee, label),
                    (own, -self.amount_fee, label),
                ]
        return {
            "move_type": "entry",
            "journal_id": bank.id,
            "company_id": company.id,
            "date": self.date,
            "ref": " ".join(filter(None, [self.name, self.reference])),
            "line_ids": [
                Command.create(
                    {"name": label, "account_id": account.id, "balance": amount}
                )
                for account, amount, label in lines
            ],
        }

    def action_view_move(self):
        """Open the entry of the batch."""
        self.ensure_one()
        self.check_access("read")
        return self.move_id._get_records_action(name=self.env._("Journal Entry"))


class AccountPayment(models.Model):
    _inherit = "account.payment"

    dealer_batch_id = fields.Many2one(
        "dealer.acquirer.batch",
        string="Card and QR Settlement",
        index="btree_not_null",
        copy=False,
        check_company=True,
        ondelete="set null",
    )

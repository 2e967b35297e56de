from decimal import Decimal

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..const import FEE_GROUPS
from ..tools.fee_allocate import allocate
from ..tools.statement_classify import EX_VAT


class DealerFeeStatement(models.Model):
    """Invoice of the agreed part, and what the insurer paid of it (S85, SM-4, E3, E4).

    One customer invoice per insurer and period with the VAT of agency services (R14);
    lines that are settled later come on an invoice of their own. What was paid is read
    back from the invoices, shared among the lines in proportion to the cent.
    """

    _inherit = "dealer.fee.statement"

    invoice_ids = fields.Many2many(
        "account.move",
        "dealer_fee_statement_move_rel",
        string="Fee Invoices",
        readonly=True,
        copy=False,
        groups="account.group_account_readonly,account.group_account_invoice",
    )
    invoice_count = fields.Integer(
        compute="_compute_invoice_count", compute_sudo=True, string="Invoices"
    )
    invoiced_incl = fields.Monetary(
        string="Invoiced with VAT",
        compute="_compute_invoice_money",
        compute_sudo=True,
        store=True,
    )
    paid_incl = fields.Monetary(
        string="Fee Received",
        compute="_compute_invoice_money",
        compute_sudo=True,
        store=True,
    )
    unpaid_incl = fields.Monetary(
        string="Fee Unpaid",
        compute="_compute_invoice_money",
        compute_sudo=True,
        store=True,
        help="Invoiced and not yet paid by the insurer.",
    )
    due_date = fields.Date(
        string="Fee Due",
        compute="_compute_invoice_money",
        compute_sudo=True,
        store=True,
        index=True,
    )

    @api.depends("invoice_ids.state")
    def _compute_invoice_count(self):
        for statement in self:
            statement.invoice_count = len(
                statement.invoice_ids.filtered(lambda m: m.state != "cancel")
            )

    @api.depends(
        "line_ids.paid_amount_incl",
        "line_ids.invoiced_amount_incl",
        "invoice_ids.state",
        "invoice_ids.invoice_date_due",
        "invoice_ids.amount_residual",
    )
    def _compute_invoice_money(self):
        for statement in self:
            posted = statement.invoice_ids.filtered(lambda m: m.state == "posted")
            lines = statement.line_ids
            statement.invoiced_incl = sum(lines.mapped("invoiced_amount_incl"))
            statement.paid_incl = sum(lines.mapped("paid_amount_incl"))
            statement.unpaid_incl = statement.invoiced_incl - statement.paid_incl
            unpaid = posted.filtered("amount_residual")
            statement.due_date = min(unpaid.mapped("invoice_date_due"), default=False)

    @api.depends(
        "invoice_ids.state",
        "line_ids.decision",
        "line_ids.invoice_line_id",
        "line_ids.invoiced_amount_incl",
        "line_ids.paid_amount_incl",
    )
    def _compute_state(self):
        return super()._compute_state()

    def _state_from_facts(self):
        """Payment of all invoices counts; what is agreed and not invoiced waits."""
        self.ensure_one()
        # sudo: the desk reads no invoices, the state of one is no secret to it
        posted_sudo = self.sudo().invoice_ids.filtered(lambda m: m.state == "posted")
        if self.replaced_at or self.closed_at or not self.confirmed_at:
            return super()._state_from_facts()
        if not posted_sudo:
            return "confirmed"
        lines = self.line_ids
        invoiced = sum(lines.mapped("invoiced_amount_incl"))
        paid = sum(lines.mapped("paid_amount_incl"))
        if self.currency_id.is_zero(invoiced - paid):
            waiting = lines.filtered(
                lambda line: line.decision == "agree" and not line._is_invoiced()
            )
            return "partially_paid" if waiting else "paid"
        return "invoiced" if self.currency_id.is_zero(paid) else "partially_paid"

    def action_create_invoice(self):
        """Invoice what is agreed and not invoiced yet; opens the draft (E3).

        :raises UserError: several insurers or stores, or nothing to invoice
        :raises RedirectWarning: the store has no income account or tax of fees
        """
        self._check_holds("finance")
        self.check_access("write")
        if len(self.company_id) != 1 or len(self.insurer_id.commercial_partner_id) != 1:
            raise UserError(
                self.env._("Invoice the statements of one insurer and store at a time.")
            )
        for statement in self:
            if not statement.confirmed_at or statement.closed_at:
                raise UserError(
                    self.env._(
                        "%(statement)s is not confirmed, or closed. Confirm the agreed "
                        "part first.",
                        statement=statement.display_name,
                    )
                )
        lines = self.line_ids.filtered(
            lambda line: line.decision == "agree" and not line._is_invoiced()
        )
        if not lines:
            raise UserError(self.env._("Everything that is agreed is invoiced."))
        move = self.env["account.move"].create(self._prepare_invoice_vals(lines))
        self._finish_invoice(move, lines)
        return move._get_records_action(name=self.env._("Fee Invoice"))

    def _fee_parts(self, lines):
        """Amount without VAT per statement and product, and the total with VAT.

        On a statement with VAT the net amount of the whole is worked out once and
        shared among the products, so that the parts add up to it.

        :return: tuple (dict (statement, product) -> net amount, total with VAT)
        """
        parts, gross = {}, 0.0
        for statement, own in lines.grouped("statement_id").items():
            net, total = statement._both_sums(
                sum(own.mapped("statement_fee_ex")),
                sum(own.mapped("statement_fee_incl")),
            )
            gross += total
            products = own.grouped("product")
            name = (
                "statement_fee_ex"
                if statement._effective_basis() == EX_VAT
                else "statement_fee_incl"
            )
            weights = [
                Decimal(str(statement.currency_id.round(sum(some.mapped(name)))))
                for some in products.values()
            ]
            shares = allocate(Decimal(str(net)), weights)
            for product, share in zip(products, shares, strict=True):
                parts[statement, product] = float(share)
        return parts, gross

    def _prepare_invoice_vals(self, lines):
        """Values of the invoice, or of the refund when claw-backs weigh more."""
        company = self.company_id
        parts, gross = self._fee_parts(lines)
        sign = -1 if company.currency_id.compare_amounts(gross, 0.0) < 0 else 1
        today = company._dealer_today()
        agreement = self.env["dealer.agreement"]._find(
            self.insurer_id[:1], company, today
        )
        days = agreement.settlement_days or company.dealer_insurer_due_days
        products = dict(lines._fields["product"]._description_selection(self.env))
        account = company._dealer_money_setting("dealer_fee_income_account_id")
        tax = company._dealer_money_setting("dealer_fee_tax_id")
        return {
            "move_type": "out_invoice" if sign > 0 else "out_refund",
            "company_id": company.id,
            "partner_id": self.insurer_id[:1].id,
            "invoice_date": today,
            "invoice_date_due": fields.Date.add(today, days=days),
            "invoice_payment_term_id": False,
            "ref": ", ".join(s.statement_no or s.name for s in self),
            "invoice_line_ids": [
                Command.create(
                    {
                        "name": self.env._(
                            "Agency fee %(product)s %(from)s – %(to)s "
                            "(%(number)s lines)",
                            product=products.get(product, ""),
                            number=len(
                                lines.filtered(
                                    lambda line, s=statement, p=product: (
                                        line.statement_id == s and line.product == p
                                    )
                                )
                            ),
                            **{
                                "from": fields.Date.to_string(statement.date_from),
                                "to": fields.Date.to_string(statement.date_to),
                            },
                        ),
                        "quantity": 1.0,
                        "price_unit": sign * amount,
                        "account_id": account.id,
                        "tax_ids": [Command.set(tax.ids)],
                    }
                )
                for (statement, product), amount in parts.items()
            ],
        }

    def _finish_invoice(self, move, lines):
        """Receivable account of fees, VAT of the whole, links back to the lines."""
        company = self.company_id
        parts, gross = self._fee_parts(lines)
        missing = move.currency_id.round(abs(gross) - move.amount_total)
        tax_line = move.line_ids.filtered("tax_line_id")[:1]
        if tax_line and not move.currency_id.is_zero(missing):
            # VAT is worked out once, on the sum of the statement.
            step = -missing if move.move_type == "out_invoice" else missing
            move.write(
                {
                    "line_ids": [
                        Command.update(
                            tax_line.id,
                            {"amount_currency": tax_line.amount_currency + step},
                        )
                    ]
                }
            )
        move.line_ids.filtered(
            lambda line: line.display_type == "payment_term"
        ).account_id = company._dealer_money_setting(
            "dealer_insurer_receivable_account_id"
        )
        for (statement, product), invoice_line in zip(
            parts, move.invoice_line_ids, strict=True
        ):
            lines.filtered(
                lambda line, s=statement, p=product: (
                    line.statement_id == s and line.product == p
                )
            )._write_protected({"invoice_line_id": invoice_line.id})
        for statement in self:
            statement._write_protected({"invoice_ids": [Command.link(move.id)]})

    def action_open_invoices(self):
        """The fee invoices of the statement."""
        return self.invoice_ids._get_records_action(name=self.env._("Fee Invoices"))

    # -- overdue (S85) -----------------------------------------------------------

    @api.model
    def _cron_fee_overdue(self):
        """Daily: the clerk hears of an overdue fee, after more days the manager."""
        first = self.env.ref("dealer_insurance.activity_fee_overdue")
        second = self.env.ref("dealer_insurance.activity_fee_escalated")
        for company in self.env["res.company"]._dealer_stores():
            today = company._dealer_today()
            late = self.search(
                Domain("company_id", "=", company.id)
                & Domain("state", "in", ("invoiced", "partially_paid"))
                & Domain("due_date", "<", today)
            )
            manager = company._dealer_alert_user()
            for statement in late:
                days = (today - statement.due_date).days
                clerk = statement.confirmed_by_id
                if not clerk.active:
                    clerk = manager
                statement._remind_of_fee(first, clerk, days)
                if days >= company.dealer_fee_escalate_days:
                    statement._remind_of_fee(second, manager, days)

    def _remind_of_fee(self, kind, user, days):
        """One open activity of a kind per statement."""
        self.ensure_one()
        if not user or kind in self.activity_ids.activity_type_id:
            return
        self.activity_schedule(
            activity_type_id=kind.id,
            user_id=user.id,
            date_deadline=fields.Date.context_today(self),
            summary=self.with_context(lang=user.lang).env._(
                "%(amount)s of %(insurer)s unpaid, %(days)s days over due",
                amount=self.currency_id.format(self.unpaid_incl),
                insurer=self.insurer_id.name,
                days=days,
            ),
        )


class DealerFeeStatementLine(models.Model):
    _inherit = "dealer.fee.statement.line"

    invoiced_amount_incl = fields.Monetary(
        string="Invoiced with VAT",
        compute="_compute_paid_amount_incl",
        compute_sudo=True,
        store=True,
    )
    paid_amount_incl = fields.Monetary(
        string="Fee Received",
        compute="_compute_paid_amount_incl",
        compute_sudo=True,
        store=True,
        help="Part of the insurer's payment that falls on this line, with VAT.",
    )

    def _is_invoiced(self):
        """Whether the line stands on an invoice that is not cancelled."""
        self.ensure_one()
        # sudo: the desk reads no invoices; that there is one it may know
        move_sudo = self.sudo().invoice_line_id.move_id
        return bool(move_sudo) and move_sudo.state != "cancel"

    @api.depends(
        "invoice_line_id.move_id.state",
        "invoice_line_id.move_id.amount_total_signed",
        "invoice_line_id.move_id.line_ids.matched_credit_ids.amount",
        "invoice_line_id.move_id.line_ids.matched_credit_ids"
        ".credit_move_id.parent_state",
        "invoice_line_id.move_id.line_ids.matched_credit_ids"
        ".credit_move_id.payment_id.state",
        "invoice_line_id.move_id.line_ids.matched_debit_ids.amount",
        "invoice_line_id.move_id.line_ids.matched_debit_ids.debit_move_id.parent_state",
        "invoice_line_id.move_id.line_ids.matched_debit_ids"
        ".debit_move_id.payment_id.state",
    )
    def _compute_paid_amount_incl(self):
        """Share invoice and payment among all lines of the invoice, to the cent."""
        self.invoiced_amount_incl = 0.0
        self.paid_amount_incl = 0.0
        moves = self.invoice_line_id.move_id.filtered(lambda m: m.state == "posted")
        if not moves:
            return
        siblings = self.search([("invoice_line_id.move_id", "in", moves.ids)])
        by_move = (siblings | self).grouped(lambda line: line.invoice_line_id.move_id)
        for move in moves:
            lines = by_move[move].sorted("id")
            weights = [
                Decimal(str(line.currency_id.round(line.statement_fee_incl)))
                for line in lines
            ]
            amounts = (move.amount_total_signed, move._dealer_fee_paid())
            parts = [
                allocate(Decimal(str(move.currency_id.round(amount))), weights)
                for amount in amounts
            ]
            for line, whole, received in zip(lines, *parts, strict=True):
                if line in self:
                    line.invoiced_amount_incl = float(whole)
                    line.paid_amount_incl = float(received)

    def _policy_share(self, policy):
        """Share of a line that falls on one of its policies, between 0 and 1."""
        self.ensure_one()
        policies = self.policy_ids
        if len(policies) < 2:
            return 1.0
        total = sum(policies.mapped("expected_fee"))
        if policy.currency_id.is_zero(total):
            return 1.0 / len(policies)
        return policy.expected_fee / total


class AccountMove(models.Model):
    _inherit = "account.move"

    def _dealer_fee_paid(self):
        """What settles a fee invoice, company currency; negative on a refund.

        A payment that was set back to draft, or rejected by the bank, stays matched in
        the books; it settles nothing.
        """
        self.ensure_one()
        paid = 0.0
        lines = self.line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        )
        for partial in lines.matched_credit_ids:
            if partial.credit_move_id._dealer_counts_as_paid():
                paid += partial.amount
        for partial in lines.matched_debit_ids:
            if partial.debit_move_id._dealer_counts_as_paid():
                paid -= partial.amount
        return paid


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def _dealer_counts_as_paid(self):
        """Whether this counterpart of an invoice stands in the books for good."""
        self.ensure_one()
        return self.parent_state == "posted" and self.payment_id.state not in (
            "draft",
            "canceled",
            "rejected",
        )


class DealerPolicy(models.Model):
    _inherit = "dealer.policy"

    fee_agreed_incl = fields.Monetary(
        string="Fee Agreed with VAT",
        compute="_compute_fee_received",
        groups=FEE_GROUPS,
    )
    fee_received_incl = fields.Monetary(
        string="Fee Received with VAT",
        compute="_compute_fee_received",
        groups=FEE_GROUPS,
        help="From the insurer's payments of fee invoices.",
    )

    @api.depends("fee_line_ids.paid_amount_incl", "fee_line_ids.agreed_amount_incl")
    def _compute_fee_received(self):
        """A line that pays for a whole deal is shared among its policies."""
        for policy in self:
            agreed = received = 0.0
            for line in policy.fee_line_ids:
                if line.statement_id.replaced_at or line.decision != "agree":
                    continue
                share = line._policy_share(policy)
                agreed += line.agreed_amount_incl * share
                received += line.paid_amount_incl * share
            policy.fee_agreed_incl = policy.currency_id.round(agreed)
            policy.fee_received_incl = policy.currency_id.round(received)

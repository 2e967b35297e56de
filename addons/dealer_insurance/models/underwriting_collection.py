from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.dealer_base.models.guard_mixin import Violation

# The flow and the guards hold empty hooks; they must be registered before ours.
from . import underwriting_payer  # noqa: F401
from .underwriting_money import PAYER_KINDS

ACTIVITY_TAKEN_BACK = "dealer_insurance.mail_activity_payment_taken_back"


class DealerUnderwriting(models.Model):
    """Cash with a recording, money owed back, bounced payments, K19 (R2, R8, S84)."""

    _inherit = "dealer.underwriting"

    refund_due = fields.Monetary(
        string="To Pay Back",
        compute="_compute_refund_due",
        store=True,
        help="What the payer has with the store beyond the premium of this row.",
    )
    allocation_ids = fields.Many2many(
        "account.partial.reconcile",
        string="Receipts and Refunds",
        compute="_compute_allocation_ids",
        compute_sudo=True,
        groups="account.group_account_readonly,account.group_account_invoice",
    )

    @api.depends("amount_unallocated", "balance", "amount_due", "payment_state")
    def _compute_refund_due(self):
        """Unused payments, and what was received beyond the amount due.

        A row that pays back asks for its refund itself; that one is no overpayment.
        """
        for row in self:
            currency = row.currency_id
            over = -min(row.balance, 0.0) if row.payment_state == "overpaid" else 0.0
            if currency.compare_amounts(row.amount_due, 0.0) < 0:
                over = 0.0
            row.refund_due = currency.round(max(row.amount_unallocated, 0.0) + over)

    @api.depends(
        "money_line_ids.matched_debit_ids", "money_line_ids.matched_credit_ids"
    )
    def _compute_allocation_ids(self):
        for row in self:
            lines = row.money_line_ids.filtered(
                lambda line: line.dealer_money_kind in PAYER_KINDS
            )
            partials = lines.matched_credit_ids | lines.matched_debit_ids
            row.allocation_ids = partials.filtered(
                lambda partial: (
                    partial.debit_move_id.dealer_underwriting_id
                    != partial.credit_move_id.dealer_underwriting_id
                )
            )

    def _guarded_names(self):
        # EXTENDS: follows from the books alone
        return [*super()._guarded_names(), "refund_due"]

    # -- money owed back ----------------------------------------------------------

    def action_pay_back(self):
        """Open the payment wizard for what a payer paid too much.

        The unused part of a payment goes back to who paid it (R2). What was paid
        twice on a void row is taken back there first.
        """
        self._check_money_post(
            "dealer_base.group_cashier,dealer_base.group_finance",
            self.env._("Only the cashier or finance pays money back."),
        )
        self.check_access("read")
        payer_lines = self.money_line_ids.filtered(
            lambda line: line.dealer_money_kind in PAYER_KINDS
        )
        unused = payer_lines.matched_credit_ids.credit_move_id.filtered(
            lambda line: (
                not line.dealer_money_kind
                and not line.reconciled
                and line.amount_residual < 0
                and line._dealer_is_settling()
            )
        )
        if not unused:
            raise UserError(
                self.env._(
                    "Nothing of the payments is unused. What was received for a void "
                    "row is taken back on the payment itself."
                )
            )
        return unused.action_register_payment(ctx=self._payment_context())

    # -- cash ---------------------------------------------------------------------

    def _payer_violations(self):
        # EXTENDS: cash is taken with audio and video recording only (R2)
        return super()._payer_violations() + self._sudo_cash_violations()

    def _sudo_cash_violations(self):
        """G-M7: cash payments of these rows without the recording."""
        violations = []
        # sudo: the clerk's guard looks at payments that he may not read
        for row_sudo in self.sudo():
            row = row_sudo.with_env(self.env)
            payments = row_sudo._money_payments()._dealer_unrecorded_cash()
            if payments:
                violations.append(
                    Violation(
                        "G-M7",
                        row,
                        self.env._(
                            "%(amount)s came in cash without recording (%(payments)s).",
                            amount=row.currency_id.format(
                                sum(payments.mapped("amount"))
                            ),
                            payments=", ".join(payments.mapped("display_name")),
                        ),
                    )
                )
        return violations

    # -- bounced payments -----------------------------------------------------------

    def _money_taken_back(self):
        # EXTENDS: clerk and cashier are told of rows that are owed again
        res = super()._money_taken_back()
        owed = self.filtered(
            lambda row: (
                row.issued_at
                and not row.voided_at
                and row.currency_id.compare_amounts(row.balance, 0.0) > 0
            )
        )
        owed._sudo_remind_taken_back()
        return res

    def _sudo_remind_taken_back(self):
        """One open activity per row for its clerk and for the cashier who signed."""
        # sudo: whoever undoes a payment may not write on the ledger
        for row_sudo in self.sudo():
            signer_sudo = (
                row_sudo.signature_ids.filtered(lambda line: line.kind == "sign")
                .sorted("id")[-1:]
                .user_id
            )
            told_sudo = row_sudo.activity_ids.filtered(
                lambda a: a.activity_type_id == self.env.ref(ACTIVITY_TAKEN_BACK)
            ).user_id
            users_sudo = row_sudo.writer_id.user_id | signer_sudo
            for user_sudo in users_sudo.filtered("active") - told_sudo:
                row_sudo.activity_schedule(
                    ACTIVITY_TAKEN_BACK,
                    user_id=user_sudo.id,
                    summary=self.env._(
                        "Payment taken back: %(amount)s is owed again",
                        amount=row_sudo.currency_id.format(row_sudo.balance),
                    ),
                )

    def action_sign(self):
        # EXTENDS: what the cashier signs again is no open case any more
        res = super().action_sign()
        self._sudo_close_reminders()
        return res

    def _sudo_close_reminders(self):
        # sudo: activities of other people on rows whose post was checked
        self.sudo().activity_feedback(
            [ACTIVITY_TAKEN_BACK], feedback=self.env._("Settled.")
        )

    # -- K19 -----------------------------------------------------------------------

    @api.model
    def _remit_due_domain(self, companies, date_from, date_to):
        """Signed receipts whose remittance fell due in a period (R8).

        What falls due today or later is judged only when it is remitted already.
        """
        today = fields.Date.context_today(self)
        return [
            ("company_id", "in", companies.ids),
            ("channel", "=", "collected"),
            ("cashier_signed", "=", True),
            ("voided_at", "=", False),
            ("amount_due", ">", 0),
            ("remit_due_date", ">=", date_from),
            ("remit_due_date", "<=", date_to),
            "|",
            ("remit_due_date", "<", today),
            ("remitted_on", "!=", False),
        ]

    @api.model
    def _remitted_in_time(self, company, date_from, date_to):
        """Receipts that were remitted in time (K19).

        A receipt counts in the period in which its remittance fell due by the
        agreement's working days (R8); what is not due yet is not judged.

        :param company: stores
        :param date_from: first due day
        :param date_to: last due day; later than yesterday counts as yesterday, unless
            the receipt is remitted already
        :return: tuple (remitted in time, all that fell due)
        """
        groups = self._read_group(
            self._remit_due_domain(company, date_from, date_to),
            ["remit_due_date:day", "remitted_on:day"],
            ["__count"],
        )
        in_time = sum(
            count
            for due_date, remitted_on, count in groups
            if remitted_on and remitted_on <= due_date
        )
        return in_time, sum(count for _due, _on, count in groups)


class AccountPartialReconcile(models.Model):
    _inherit = "account.partial.reconcile"

    dealer_underwriting_id = fields.Many2one(
        "dealer.underwriting",
        string="Underwriting",
        compute="_compute_dealer_allocation",
        compute_sudo=True,
    )
    dealer_payment_id = fields.Many2one(
        "account.payment",
        string="Payment",
        compute="_compute_dealer_allocation",
        compute_sudo=True,
    )
    dealer_payment_move_id = fields.Many2one(
        "account.move",
        string="Paid With",
        compute="_compute_dealer_allocation",
        compute_sudo=True,
    )
    dealer_payment_date = fields.Date(
        string="Paid On", compute="_compute_dealer_allocation", compute_sudo=True
    )
    dealer_amount = fields.Monetary(
        string="Allocated",
        currency_field="company_currency_id",
        compute="_compute_dealer_allocation",
        compute_sudo=True,
        help="Received: positive; paid back: negative.",
    )
    dealer_counts = fields.Boolean(
        string="Counts",
        compute="_compute_dealer_allocation",
        compute_sudo=True,
        help="A payment in draft, or one that the bank rejected, settles nothing.",
    )

    @api.depends("debit_move_id", "credit_move_id", "amount")
    def _compute_dealer_allocation(self):
        """The ledger row and the money of each match between them."""
        for partial in self:
            ours, other = partial.debit_move_id, partial.credit_move_id
            sign = 1
            if not ours.dealer_money_kind:
                ours, other, sign = other, ours, -1
            partial.dealer_underwriting_id = ours.dealer_underwriting_id
            partial.dealer_payment_id = other.move_id.origin_payment_id
            partial.dealer_payment_move_id = other.move_id
            partial.dealer_payment_date = other.date
            partial.dealer_amount = partial.amount * sign
            partial.dealer_counts = other._dealer_is_settling()

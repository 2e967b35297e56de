from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from odoo.addons.dealer_base.models.guard_mixin import Violation

from .remittance import PAID_STATES, PREPARERS

# Rows named in one refusal; the others are counted.
NAMED_ROWS = 10


class DealerRemittance(models.Model):
    """Transitions of a remittance, their guards, and the bank payment (E2, E2')."""

    _inherit = "dealer.remittance"

    # -- guards -----------------------------------------------------------------

    def _step_violations(self, *states):
        """G-T0: the button does not fit the state."""
        labels = dict(self._fields["state"]._description_selection(self.env))
        return [
            Violation(
                "G-T0",
                remittance,
                self.env._(
                    "The remittance is in state “%(state)s”.",
                    state=labels[remittance.state],
                ),
            )
            for remittance in self
            if remittance.state not in states
        ]

    def _guard_submit(self):
        """G-M2 rows, G-M4 net not agreed."""
        return (
            self._step_violations("draft")
            + self._row_violations()
            + self._agreed_net_violations()
        )

    def _guard_pay(self):
        """G-M2 rows, G-M3 and G-M4 gross, G-M5 four eyes, G-M6 open books."""
        return (
            self._step_violations("submitted")
            + self._row_violations()
            + self._agreed_net_violations()
            + self._gross_violations()
            + self._four_eyes_violations()
            + self._period_violations()
        )

    def _row_violations(self):
        """G-M2: signed receipts of this insurer only, with what is open of them."""
        violations = []
        lines = self.line_ids
        others = lines.underwriting_id._pending_remittance_lines() - lines
        elsewhere = {line.underwriting_id: line.remittance_id for line in others}
        for remittance in self:
            rows = remittance.line_ids.underwriting_id
            if not rows:
                reason = self.env._("There is no row to remit.")
                violations.append(Violation("G-M2", remittance, reason))
                continue
            taken = rows.filtered(elsewhere.get)
            changed = remittance.line_ids.filtered(lambda line: line._is_outdated())
            reasons = {
                self.env._("of another insurer"): rows.filtered(
                    lambda row, r=remittance: row.insurer_id != r.insurer_id
                ),
                self.env._("not received in full"): rows.filtered(
                    lambda row: not row.currency_id.is_zero(row.balance)
                ),
                self.env._("not signed by the cashier"): rows.filtered(
                    lambda row: not row.cashier_signed
                ),
                self.env._("in another remittance"): taken,
                self.env._("amount changed or remitted already"): (
                    changed.underwriting_id
                ),
            }
            violations += [
                Violation(
                    "G-M2",
                    remittance,
                    self.env._(
                        "%(what)s: %(rows)s.", what=what, rows=self._row_names(bad)
                    ),
                )
                for what, bad in reasons.items()
                if bad
            ]
        return violations

    def _row_names(self, rows):
        """Names of rows, at most ten of them."""
        text = ", ".join(rows[:NAMED_ROWS].mapped("display_name"))
        if len(rows) > NAMED_ROWS:
            text = self.env._(
                "%(rows)s and %(count)s more", rows=text, count=len(rows) - NAMED_ROWS
            )
        return text

    def _agreed_net_violations(self):
        """G-M4: the fee may be kept back only where the agreement says so (R8)."""
        return [
            Violation(
                "G-M4",
                remittance,
                self.env._("The agreement does not let the store keep its fee back."),
            )
            for remittance in self
            if remittance.is_net and not remittance.allows_net
        ]

    def _gross_violations(self):
        """G-M3: a net remittance needs manager and finance, for this very sum."""
        return [
            Violation(
                "G-M3",
                remittance,
                self.env._(
                    "%(fee)s of the fee would be kept back.",
                    fee=remittance.currency_id.format(remittance.amount_fee),
                ),
                f"{remittance.amount_gross:.2f} - {remittance.amount_fee:.2f}",
            )
            for remittance in self
            if remittance.is_net
        ]

    def _four_eyes_violations(self):
        """G-M5: who prepared a remittance does not pay it."""
        return [
            Violation(
                "G-M5",
                remittance,
                self.env._("You prepared this remittance and cannot pay it."),
            )
            for remittance in self
            if self.env.user in (remittance.submitted_by_id | remittance.create_uid)
        ]

    def _period_violations(self):
        """G-M6: the day of payment is open in the books."""
        violations = []
        for remittance in self:
            # sudo: lock dates are no secret
            company_sudo = remittance.company_id.sudo()
            locked = company_sudo._get_lock_date_violations(
                remittance.date, sale=False, purchase=False, tax=False
            )
            if locked:
                violations.append(
                    Violation(
                        "G-M6",
                        remittance,
                        self.env._(
                            "The books are locked until %(locked)s, the payment is "
                            "dated %(date)s.",
                            locked=format_date(self.env, max(d for d, _n in locked)),
                            date=format_date(self.env, remittance.date),
                        ),
                    )
                )
        return violations

    # -- transitions ------------------------------------------------------------

    def action_submit(self):
        """Hand the remittance to finance."""
        self._check_holds(*PREPARERS)
        self.check_access("write")
        self._check_guards("submit")
        self._write_protected(
            {
                "submitted_at": fields.Datetime.now(),
                "submitted_by_id": self.env.uid,
            }
        )
        return True

    def action_back_to_draft(self):
        """Take a submitted remittance back; its rows can be changed again."""
        self._check_holds(*PREPARERS)
        self.check_access("write")
        self._check_unpaid()
        self._write_protected(
            {
                "submitted_at": False,
                "submitted_by_id": False,
                "payment_id": False,
                "paid_by_id": False,
                "cancelled_at": False,
                "cancelled_by_id": False,
            }
        )
        return True

    def action_cancel(self):
        """Give the remittance up: its rows are proposed again."""
        self._check_holds(*PREPARERS)
        self.check_access("write")
        self._check_unpaid()
        self._write_protected(
            {"cancelled_at": fields.Datetime.now(), "cancelled_by_id": self.env.uid}
        )
        return True

    def _check_unpaid(self):
        """Refuse to change a remittance whose payment stands or may still stand."""
        for remittance in self:
            # sudo: who prepares may not read every payment
            payment_sudo = remittance.payment_id.sudo()
            if remittance.state in PAID_STATES or (
                payment_sudo and payment_sudo.state != "canceled"
            ):
                raise UserError(
                    self.env._(
                        "%(name)s has the payment %(payment)s. Finance takes it back "
                        "first.",
                        name=remittance.display_name,
                        payment=payment_sudo.display_name,
                    )
                )

    def action_pay(self):
        """Pay the insurer: one bank payment, reconciled policy by policy (E2, E2')."""
        self._check_holds("finance")
        self.check_access("write")
        self.filtered("payment_id")._check_unpaid()
        # One of two people who press at once finds the rows paid.
        self.line_ids.underwriting_id._open_payable_lines().lock_for_update()
        self._check_guards("pay")
        for remittance in self:
            remittance._do_pay()
        return True

    def _do_pay(self):
        self.ensure_one()
        payables = self.line_ids.underwriting_id._open_payable_lines()
        payables = payables.with_env(self.env)
        payment = self.env["account.payment"].create(
            self._prepare_payment_vals(payables)
        )
        payment.action_post()
        self._write_protected({"payment_id": payment.id, "paid_by_id": self.env.uid})
        # One side of the plan per account: the debit of the payment against the
        # payables of all policies, each with a match of its own.
        debits = payment.move_id.line_ids.filtered(lambda line: line.balance > 0)
        debits = debits.grouped("account_id")
        self.env["account.move.line"]._reconcile_plan(
            [
                lines | debits[account]
                for account, lines in payables.grouped("account_id").items()
            ]
        )

    def _prepare_payment_vals(self, payables):
        """Values of the bank payment.

        :param payables: open premium and tax lines; the first account is that of the
            payment itself, every other one and the fee are lines beside it
        """
        self.ensure_one()
        currency = self.currency_id
        amounts = {
            account: currency.round(-sum(lines.mapped("amount_residual")))
            for account, lines in payables.grouped("account_id").items()
        }
        first, *others = amounts
        company = self.company_id
        beside = [(account, amounts[account], self.name) for account in others]
        if not currency.is_zero(self.amount_fee):
            account = company._dealer_money_setting(
                "dealer_insurer_receivable_account_id"
            )
            label = self.env._("Agency fee kept back, %(name)s", name=self.name)
            beside.append((account, -self.amount_fee, label))
        numbers = [line.policy_numbers for line in self.line_ids]
        return {
            "date": self.date,
            "amount": self.amount_net,
            "payment_type": "outbound",
            "partner_type": "supplier",
            "partner_id": self.insurer_id.id,
            "company_id": company.id,
            "currency_id": currency.id,
            "journal_id": self.journal_id.id,
            "destination_account_id": first.id,
            "memo": self._payment_reference(numbers),
            "write_off_line_vals": [
                {
                    "name": label,
                    "account_id": account.id,
                    "partner_id": self.insurer_id.id,
                    "currency_id": currency.id,
                    "amount_currency": amount,
                    "balance": amount,
                }
                for account, amount, label in beside
            ],
        }

    def _payment_reference(self, numbers):
        """Reference of the payment: our number and the policy numbers that fit in."""
        text = self.name
        for count, number in enumerate(filter(None, numbers)):
            longer = f"{text} {number}"
            if len(longer) > 140:
                rest = len(numbers) - count
                return self.env._("%(text)s +%(count)s", text=text, count=rest)
            text = longer
        return text

    def action_confirm_insurer(self):
        """Enter that the insurer has received the money, with his receipt number."""
        self._check_holds(*PREPARERS)
        self.check_access("write")
        violations = self._step_violations("bank_paid")
        if violations:
            raise UserError("\n".join(self._guard_line(v) for v in violations))
        missing = self.filtered(lambda r: not (r.insurer_receipt_no or "").strip())
        if missing:
            raise UserError(
                self.env._(
                    "Enter the number of the insurer's receipt: %(names)s.",
                    names=", ".join(missing.mapped("display_name")),
                )
            )
        self._write_protected(
            {
                "insurer_confirmed_at": fields.Datetime.now(),
                "insurer_confirmed_by_id": self.env.uid,
            }
        )
        return True

    def action_take_payment_back(self):
        """Undo the payment, e.g. after the bank returned it; the rows are open again.

        A payment in a locked period or a hashed journal is reversed instead.
        """
        self._check_holds("finance")
        self.check_access("write")
        for remittance in self:
            payment = remittance.payment_id
            if not payment:
                raise UserError(
                    self.env._("%(name)s has no payment.", name=remittance.display_name)
                )
            if payment.is_matched and payment.state != "rejected":
                statement = payment.move_id.line_ids.matched_debit_ids.debit_move_id
                statement |= payment.move_id.line_ids.matched_credit_ids.credit_move_id
                if statement.statement_line_id:
                    raise UserError(
                        self.env._(
                            "%(payment)s is matched with the bank statement. Undo "
                            "that match first.",
                            payment=payment.display_name,
                        )
                    )
            payment._dealer_undo()
            remittance._message_log(
                body=self.env._(
                    "Payment %(payment)s of %(amount)s taken back.",
                    payment=payment.display_name,
                    amount=remittance.currency_id.format(payment.amount),
                )
            )
        self._write_protected(
            {
                "payment_id": False,
                "paid_by_id": False,
                "insurer_confirmed_at": False,
                "insurer_confirmed_by_id": False,
            }
        )
        return True


class DealerRemittanceLine(models.Model):
    _inherit = "dealer.remittance.line"

    def _is_outdated(self):
        """Whether the books say another amount than the line."""
        self.ensure_one()
        amounts = self.underwriting_id._open_payables()
        currency = self.currency_id
        return (
            currency.compare_amounts(amounts["premium"], self.premium)
            or currency.compare_amounts(amounts["tax"], self.tax)
            or currency.compare_amounts(self.amount, 0.0) <= 0
        )

import base64
from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.account.tests.common import AccountTestInvoicingCommon
from odoo.addons.dealer_base.models.guard_mixin import GuardError

from .money_common import COMMERCIAL, TOTAL, MoneyCommon
from .underwriting_common import make_vin

# 73 of 365 days are over: 4500 × 292/365
REFUND = 3600.0


class EndorsementMoneyCase(MoneyCommon):
    """Issued rows whose commercial policy is cancelled on day 73 of 365."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.su_env["dealer.staff"].create(
            {
                "name": cls.clerk.name,
                "user_id": cls.clerk.id,
                "company_id": cls.company.id,
                "registration_no": "R1",
            }
        )

    @classmethod
    def _row_vals(cls, company=None, **vals):
        vals = super()._row_vals(company, **vals)
        vehicle = cls.su_env["dealer.vehicle"].create(
            {"vin": make_vin(700000 + cls.serial), "company_id": vals["company_id"]}
        )
        return {**vals, "vehicle_id": vehicle.id}

    def _issued(self, channel="collected", remitted=False):
        row = self._rows(channel=channel)
        row._write_protected({"payment_requested_at": fields.Datetime.now()})
        if channel == "collected":
            row.with_user(self.clerk)._create_premium_move()
            self._pay(row)
            self._sign(row)
        else:
            self._evidence(row, row.amount_due)
        if remitted:
            self._remit(row)
        start = fields.Datetime.now() - timedelta(days=73)
        row._write_protected({"issued_at": start})
        row.policy_ids._write_protected(
            {"date_start": start, "date_end": start + timedelta(days=365)}
        )
        return row

    def _evidence(self, row, amount):
        self.su_env["dealer.direct.payment"]._sudo_append(
            [
                {
                    "underwriting_id": row.id,
                    "receipt_no": "R1",
                    "payment_date": self.env.company._dealer_today(),
                    "amount": amount,
                    "payer_id": row.payer_id.id,
                }
            ]
        )

    def _commercial(self, row):
        return row.policy_ids.filtered(lambda policy: policy.product == "commercial")

    def _endorse(self, row, **vals):
        self.serial += 1
        return (
            self.env["dealer.endorsement"]
            .with_user(self.clerk)
            .create(
                {
                    "policy_id": self._commercial(row).id,
                    "name": f"PE{row.id}{self.serial}",
                    **vals,
                }
            )
        )

    def _cancelled(self, row):
        cancel = self._endorse(row, kind="cancel")
        cancel.action_take_formula()
        self.assertEqual(cancel.premium, -REFUND)
        cancel.action_submit()
        cancel.action_approve()
        cancel.action_make_effective()
        return cancel

    def _lines(self, row):
        return [
            (
                line.dealer_money_kind,
                line.partner_id,
                self.company.currency_id.round(line.balance),
            )
            for line in row.sudo().money_line_ids.sorted("dealer_money_kind")
        ]

    def _void(self, row):
        reason = self.su_env["dealer.reason.code"].search(
            [("category", "=", "void"), ("needs_text", "=", False)], limit=1
        )
        row.with_user(self.manager).action_void(reason.id, "mistake")

    def _pay_with(self, action, user, **vals):
        return self._wizard(action, user, **vals)._create_payments().sudo()


@tagged("post_install", "-at_install")
class TestEndorsementMoney(EndorsementMoneyCase):
    def test_refund_through_the_store(self):
        """E5: the insurer pays in, the store pays out, and every way back."""
        origin = self._issued(remitted=True)
        self.assertEqual(self._payable(), 0.0)
        cancel = self._cancelled(origin)
        row = cancel.underwriting_id
        self.assertEqual(cancel.money_state, "refund_due")
        self.assertEqual(
            self._lines(row),
            [
                ("premium", self.insurer, REFUND),
                ("refund", self.customer, -REFUND),
            ],
        )
        refunds = self.company.dealer_refund_payable_account_id
        self.assertEqual(self._account_balance(refunds), -REFUND)

        incoming = self._pay_with(
            cancel.with_user(self.finance).action_receive_refund(), self.finance
        )
        self.assertEqual(
            (incoming.payment_type, incoming.amount, incoming.partner_id),
            ("inbound", REFUND, self.insurer),
        )
        self.assertEqual(cancel.money_state, "refund_received")
        self.assertEqual(self._payable(), 0.0)

        outgoing = self._pay_with(
            cancel.with_user(self.cashier).action_pay_refund(), self.cashier
        )
        self.assertEqual(
            (outgoing.payment_type, outgoing.amount, outgoing.partner_id),
            ("outbound", REFUND, self.customer),
        )
        self.assertEqual(cancel.money_state, "refund_paid")
        self.assertEqual(self._account_balance(refunds), 0.0)
        self.assertEqual(row.amount_held, 0.0)

        # the ways back, one by one
        outgoing.with_user(self.finance).action_draft()
        self.assertEqual(cancel.money_state, "refund_received")
        outgoing.with_user(self.finance).action_cancel()
        incoming.with_user(self.finance).action_draft()
        incoming.with_user(self.finance).action_cancel()
        self.assertEqual(cancel.money_state, "refund_due")
        self._void(row)
        self.assertEqual(cancel.money_state, "none")
        self.assertEqual(self._commercial(origin).state, "issued")
        self.assertEqual(self._account_balance(refunds), 0.0)
        self.assertEqual(self._payable(), 0.0)
        self._assert_no_profit_or_loss()
        self._assert_trial_balance()

    def test_paid_out_before_the_insurer_paid(self):
        cancel = self._cancelled(self._issued(remitted=True))
        self._pay_with(cancel.with_user(self.cashier).action_pay_refund(), self.cashier)
        self.assertEqual(cancel.money_state, "refund_advanced")
        self._pay_with(
            cancel.with_user(self.finance).action_receive_refund(), self.finance
        )
        self.assertEqual(cancel.money_state, "refund_paid")

    def test_netted_with_premium_not_remitted(self):
        """The insurer never sees what it would pay back: 5,870 less 3,600."""
        origin = self._issued()
        self.assertEqual(origin.amount_held, TOTAL)
        cancel = self._cancelled(origin)
        row = cancel.underwriting_id
        self.assertEqual(cancel.money_state, "refund_received")
        self.assertEqual(origin.amount_held, TOTAL - REFUND)
        # still the customer's
        self.assertEqual(row.amount_held, REFUND)
        with self.assertRaises(UserError):
            cancel.with_user(self.finance).action_receive_refund()
        self._pay_with(cancel.with_user(self.cashier).action_pay_refund(), self.cashier)
        self.assertEqual(cancel.money_state, "refund_paid")
        self.assertEqual(row.amount_held, 0.0)
        payment = self._remit(origin)
        self.assertEqual(payment.amount, TOTAL - REFUND)
        self.assertEqual(self._payable(), 0.0)
        self.assertEqual(origin.amount_held, 0.0)
        self._assert_no_profit_or_loss()
        self._assert_trial_balance()

    def test_void_takes_the_netting_back(self):
        origin = self._issued()
        cancel = self._cancelled(origin)
        self._void(cancel.underwriting_id)
        self.assertEqual(origin.amount_held, TOTAL)
        self.assertEqual(origin.amount_remitted, 0.0)
        self.assertEqual(self._payable(), TOTAL)
        self.assertEqual(self._remit(origin).amount, TOTAL)
        self.assertEqual(self._payable(), 0.0)

    def test_no_void_after_the_money_moved(self):
        cancel = self._cancelled(self._issued())
        self._pay_with(cancel.with_user(self.cashier).action_pay_refund(), self.cashier)
        with self.assertRaises(GuardError) as refusal:
            self._void(cancel.underwriting_id)
        self.assertEqual(refusal.exception.codes, ["G-M1"])

    def test_premium_of_another_policy_is_not_touched(self):
        other = self._issued()
        cancel = self._cancelled(self._issued(remitted=True))
        self.assertEqual(cancel.money_state, "refund_due")
        self.assertEqual(other.amount_held, TOTAL)

    def test_refund_in_parts(self):
        cancel = self._cancelled(self._issued())
        for part, state in ((1000.0, "refund_received"), (2600.0, "refund_paid")):
            self._pay_with(
                cancel.with_user(self.cashier).action_pay_refund(),
                self.cashier,
                amount=part,
            )
            self.assertEqual(cancel.money_state, state)

    def test_refund_of_a_stranger_is_no_refund(self):
        """Who was paid instead of the payee shows, and the guard names him."""
        cancel = self._cancelled(self._issued())
        row = cancel.underwriting_id
        action = cancel.with_user(self.cashier).action_pay_refund()
        payment = self._pay_with(action, self.cashier)
        self.assertFalse(row._payee_violations())
        payment.move_id.line_ids.filtered(
            lambda line: line.account_id.account_type == "liability_payable"
        ).partner_id = self.spouse
        self.assertEqual(
            [violation.code for violation in row._payee_violations()], ["G-E2"]
        )

    def test_direct_refund_is_evidence_only(self):
        origin = self._issued(channel="direct")
        cancel = self._cancelled(origin)
        row = cancel.underwriting_id
        self.assertEqual(row.channel, "direct")
        self.assertEqual(cancel.money_state, "refund_due")
        self.assertFalse(row.sudo().money_line_ids)
        action = cancel.action_confirm_refund()
        proof = (
            self.env["ir.attachment"]
            .with_user(self.clerk)
            .create({"name": "slip.pdf", "datas": base64.b64encode(b"x")})
        )
        wizard = (
            self.env[action["res_model"]]
            .with_user(self.clerk)
            .with_context(**action["context"])
            .create({"receipt_no": "B-1", "attachment_ids": [Command.set(proof.ids)]})
        )
        self.assertEqual(wizard.amount, -REFUND)
        wizard.action_confirm()
        self.assertEqual(cancel.money_state, "refund_paid")
        self.assertFalse(row.sudo().money_line_ids)
        row.direct_payment_ids.with_user(self.manager)._reverse("wrong slip")
        self.assertEqual(cancel.money_state, "refund_due")

    def test_extra_premium(self):
        origin = self._issued(remitted=True)
        self.su_env["dealer.agreement"]._create_protected(
            [
                {
                    "name": "A1",
                    "insurer_id": self.insurer.id,
                    "company_id": self.company.id,
                    "date_from": "2020-01-01",
                    "licence_no": "L1",
                    "collects_premium": True,
                    "state": "active",
                }
            ]
        )
        change = self._endorse(origin, premium=212.0)
        change.action_submit()
        change.action_approve()
        row = change.underwriting_id
        self.assertEqual(change.money_state, "premium_due")
        with self.assertRaises(GuardError):
            change.action_make_effective()
        change.action_request_money()
        self.assertEqual(
            self._lines(row),
            [("payer", self.customer, 212.0), ("premium", self.insurer, -212.0)],
        )
        payment = self._pay(row)
        self.assertEqual(change.money_state, "premium_paid")
        change.action_make_effective()
        self.assertEqual(self._commercial(origin).premium_current, COMMERCIAL + 212.0)
        payment.with_user(self.finance).action_draft()
        self.assertEqual(change.money_state, "premium_due")
        self.assertTrue(origin._is_owed())
        payment.with_user(self.finance).action_post()
        self._sign(row)
        self._remit(row)
        self.assertEqual(self._payable(), 0.0)
        self._assert_no_profit_or_loss()

    def test_payer_of_the_family_gets_it_back(self):
        """The row of the refund carries payer, relation and proof of the origin."""
        origin = self._rows(payer_id=self.spouse.id, payer_relation="spouse")
        self._request(origin)
        self._pay(origin)
        start = fields.Datetime.now() - timedelta(days=73)
        origin._write_protected({"issued_at": start})
        origin.policy_ids._write_protected(
            {"date_start": start, "date_end": start + timedelta(days=365)}
        )
        cancel = self._cancelled(origin)
        self.assertEqual(cancel.payee_id, self.spouse)
        payment = self._pay_with(
            cancel.with_user(self.cashier).action_pay_refund(), self.cashier
        )
        self.assertEqual(payment.partner_id, self.spouse)


@tagged("post_install", "-at_install")
class TestEndorsementMoneyCn(EndorsementMoneyCase):
    """Red figures on the Chinese chart; numbers of domain.md §7."""

    @classmethod
    @AccountTestInvoicingCommon.setup_chart_template("cn")
    def setUpClass(cls):
        super().setUpClass()

    def test_refund_entry(self):
        cancel = self._cancelled(self._issued(remitted=True))
        lines = cancel.underwriting_id.sudo().money_line_ids
        premium = lines.filtered(lambda line: line.dealer_money_kind == "premium")
        refund = lines - premium
        self.assertEqual(premium.account_id.code, "224101")
        self.assertEqual((premium.debit, premium.credit), (0.0, -REFUND))
        self.assertEqual(refund.account_id.code, "224103")
        self.assertEqual((refund.debit, refund.credit), (0.0, REFUND))

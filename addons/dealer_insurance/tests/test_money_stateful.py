"""Whatever posts do in whatever order, the books and the ledger tell the same story."""

from datetime import timedelta

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .money_common import PNL_TYPES
from .test_endorsement_money import EndorsementMoneyCase

OPERATIONS = (
    "request",
    "pay",
    "pay_all",
    "bounce",
    "issue",
    "remit",
    "take_remittance_back",
    "endorse",
    "cancel",
    "receive_refund",
    "pay_refund",
    "void",
    "state_fee",
    "pay_fee",
    "reverse_fee",
)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(OPERATIONS),
        st.integers(min_value=0, max_value=2),
        st.integers(min_value=1, max_value=130),
    ),
    min_size=6,
    max_size=16,
)
# The way of most deals, so that deep states are reached often.
USUAL = ("request", "pay_all", "issue", "remit")


@tagged("post_install", "-at_install")
class TestMoneyStateful(EndorsementMoneyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        tax = cls.su_env["account.tax"].create(
            {
                "name": "VAT of services",
                "amount": 6.0,
                "type_tax_use": "sale",
                "company_id": cls.company.id,
            }
        )
        vat = cls.su_env["account.account"].create(
            {"name": "VAT owed", "code": "222199", "account_type": "liability_current"}
        )
        shares = tax.invoice_repartition_line_ids | tax.refund_repartition_line_ids
        shares.filtered(lambda line: line.repartition_type == "tax").account_id = vat
        cls.company.with_env(cls.su_env).dealer_fee_tax_id = tax
        cls.company.with_env(cls.su_env).dealer_cash_recording = False

    # -- operations ---------------------------------------------------------------

    def _family(self, row):
        """The row and the rows of its endorsements."""
        return row | self.su_env["dealer.underwriting"].search(
            [("origin_id", "=", row.id)]
        )

    def _op_request(self, row, _share):
        if not row.payment_requested_at and not row.voided_at:
            self._request(row)

    def _op_pay(self, row, share):
        due = sum(self._family(row).mapped("balance"))
        target = self._family(row).filtered(lambda r: r.balance > 0)[:1] or row
        self._pay(target, self.company.currency_id.round(abs(due) * share / 100) or 1.0)

    def _op_pay_all(self, row, _share):
        for one in self._family(row).filtered(lambda r: r.balance > 0):
            self._pay(one)

    def _op_bounce(self, row, _share):
        payments = self._family(row).with_user(self.finance)._money_payments()
        mine = payments.filtered(
            lambda p: p.payment_type == "inbound" and p.partner_id == row.payer_id
        )
        last = mine.sorted("id")[-1:].with_user(self.finance)
        last.action_draft()
        last.action_cancel()

    def _op_issue(self, row, _share):
        """Signed by the cashier and issued; the policy has run for 73 of 365 days."""
        if row.issued_at or row.payment_state != "paid":
            return
        self._sign(row)
        start = fields.Datetime.now() - timedelta(days=73)
        row._write_protected({"issued_at": start})
        row.policy_ids._write_protected(
            {"date_start": start, "date_end": start + timedelta(days=365)}
        )
        row.policy_ids._freeze_fee()

    def _op_remit(self, row, _share):
        for one in self._family(row).filtered("cashier_signed"):
            self._remit(one)

    def _op_take_remittance_back(self, row, _share):
        payments = self._family(row).with_user(self.finance)._money_payments()
        last = payments.filtered(
            lambda p: p.payment_type == "outbound" and p.partner_id == row.insurer_id
        ).sorted("id")[-1:]
        last.with_user(self.finance).action_draft()
        last.with_user(self.finance).action_cancel()

    def _op_endorse(self, row, share):
        if row.issued_at and not row.voided_at:
            change = self._endorse(
                row,
                kind="change",
                change_type="cover",
                premium=float(share),
                description="more seats",
                difference_note="figure of the insurer",
            )
            change.action_submit()
            change.action_approve()
            change.action_request_money()

    def _op_cancel(self, row, _share):
        if row.issued_at and not row.voided_at:
            self._cancelled(row)

    def _refunds(self, row):
        return self.su_env["dealer.endorsement"].search(
            [("policy_id", "in", row.policy_ids.ids), ("kind", "=", "cancel")]
        )

    def _op_receive_refund(self, row, _share):
        for cancel in self._refunds(row).with_user(self.finance):
            self._pay_with(cancel.action_receive_refund(), self.finance)

    def _op_pay_refund(self, row, _share):
        for cancel in self._refunds(row).with_user(self.finance):
            self._pay_with(cancel.action_pay_refund(), self.finance)

    def _op_void(self, row, _share):
        if not row.voided_at:
            self._void(row)

    def _op_state_fee(self, row, share):
        """The insurer states a fee for the issued policies; it is agreed, invoiced."""
        if not row.issued_at:
            return
        statement = self.su_env["dealer.fee.statement"]._create_protected(
            [
                {
                    "name": f"S{row.id}-{self.serial}",
                    "company_id": self.company.id,
                    "insurer_id": row.insurer_id.id,
                    "date_from": "2026-01-01",
                    "date_to": "2026-01-31",
                    "basis": "ex_vat",
                    "matched_at": fields.Datetime.now(),
                    "confirmed_at": fields.Datetime.now(),
                }
            ]
        )
        self.su_env["dealer.fee.statement.line"]._create_protected(
            [
                {
                    "statement_id": statement.id,
                    "product": policy.product,
                    "policy_id": policy.id,
                    "policy_ids": [Command.set(policy.ids)],
                    "statement_fee": float(share),
                    "statement_fee_ex": float(share),
                    "statement_fee_incl": round(share * 1.06, 2),
                    "result": "matched",
                    "decision": "agree",
                }
                for policy in row.policy_ids
            ]
        )
        by_finance = statement.with_user(self.finance)
        by_finance.action_create_invoice()
        by_finance.sudo().invoice_ids.with_user(self.finance).action_post()

    def _fee_invoices(self):
        statements = self.su_env["dealer.fee.statement"].search(
            [("company_id", "=", self.company.id)]
        )
        return statements.invoice_ids.filtered(lambda m: m.state == "posted")

    def _op_pay_fee(self, _row, share):
        move = self._fee_invoices()[-1:].with_user(self.finance)
        amount = self.company.currency_id.round(move.amount_residual * share / 100)
        self.env["account.payment.register"].with_user(self.finance).with_context(
            active_model="account.move", active_ids=move.ids
        ).create({"amount": min(amount, move.amount_residual)})._create_payments()

    def _op_reverse_fee(self, _row, _share):
        move = self._fee_invoices()[-1:].with_user(self.finance)
        move.button_draft()
        move.button_cancel()

    # -- what always holds --------------------------------------------------------

    def _sum(self, domain, measure="balance"):
        [[amount]] = self.su_env["account.move.line"]._read_group(
            [
                ("company_id", "=", self.company.id),
                ("parent_state", "=", "posted"),
                *domain,
            ],
            [],
            [f"{measure}:sum"],
        )
        return self.company.currency_id.round(amount or 0.0)

    def _assert_books(self, rows):
        self.env.flush_all()
        self.env.invalidate_all()
        company, equal = self.company, self.assertAlmostEqual
        entries = rows | self.su_env["dealer.underwriting"].search(
            [("origin_id", "in", rows.ids)]
        )
        accounts = {
            name: company._dealer_money_setting(f"dealer_{name}_payable_account_id")
            for name in ("premium", "tax", "refund")
        }
        # Every entry balances, and premium is neither income nor expense.
        equal(self._sum([]), 0.0, 2)
        moves = self._fee_invoices()
        equal(
            self._sum([("account_id.account_type", "in", PNL_TYPES)]),
            -sum(moves.mapped("amount_untaxed_signed")),
            2,
        )
        # Collected = remitted + held + owed back, row by row.
        for row in entries:
            equal(row.amount_received, row.amount_remitted + row.amount_held, 2)
        # Per policy: what is open in the ledger is the residual of its own items.
        items = self.su_env["account.move.line"]
        for policy in rows.policy_ids:
            lines = items.search(
                [
                    ("dealer_policy_id", "=", policy.id),
                    ("dealer_money_kind", "in", ("premium", "tax")),
                    ("parent_state", "=", "posted"),
                ]
            )
            booked = sum(lines.mapped("balance"))
            settled = lines._dealer_settled_amount()
            equal(sum(lines.mapped("amount_residual")), booked - settled, 2)
        # Per insurer: the payable accounts hold what was asked for and not remitted.
        payable = sum(
            self._sum([("account_id", "=", accounts[name].id)])
            for name in ("premium", "tax")
        )
        tagged_open = self._sum(
            [
                ("account_id", "in", [accounts["premium"].id, accounts["tax"].id]),
                ("dealer_money_kind", "!=", False),
            ],
            "amount_residual",
        )
        unmatched = self._sum(
            [
                ("account_id", "in", [accounts["premium"].id, accounts["tax"].id]),
                ("dealer_money_kind", "=", False),
            ],
            "amount_residual",
        )
        equal(payable, tagged_open + unmatched, 2)
        # All money in hand: collected, not yet passed on, and the fees received.
        paid_fees = sum(move._dealer_fee_paid() for move in moves)
        owed = self._sum(
            [
                (
                    "account_id.account_type",
                    "in",
                    ("asset_receivable", "liability_payable"),
                )
            ]
        )
        fees_open = sum(moves.mapped("amount_total_signed")) - paid_fees
        premium_side = company.currency_id.round(owed - fees_open)
        in_hand = self._sum(
            [
                (
                    "account_id.account_type",
                    "not in",
                    ("asset_receivable", "liability_payable", *PNL_TYPES),
                ),
                ("tax_line_id", "=", False),
            ]
        )
        equal(in_hand, paid_fees - premium_side, 2)
        # The statement says what its invoices say.
        for statement in self.su_env["dealer.fee.statement"].search(
            [("company_id", "=", company.id)]
        ):
            posted = statement.invoice_ids.filtered(lambda m: m.state == "posted")
            equal(statement.invoiced_incl, sum(posted.mapped("amount_total_signed")), 2)
            equal(statement.paid_incl, sum(m._dealer_fee_paid() for m in posted), 2)

    @settings(
        max_examples=14,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize=True,
        # A failing story is told as it is: making it shorter would take minutes.
        phases=[Phase.explicit, Phase.generate],
    )
    @given(prefix=st.integers(min_value=0, max_value=4), steps=STEPS)
    def test_any_sequence(self, prefix, steps):
        with self.env.cr.savepoint() as whole:
            rows = self._rows(3)
            script = [
                (name, index, 100) for index in range(3) for name in USUAL[:prefix]
            ]
            done = []
            for name, index, share in script + steps:
                row = rows[index]
                try:
                    with self.env.cr.savepoint():
                        getattr(self, f"_op_{name}")(row, share)
                        done.append(name)
                except (UserError, AccessError, ValidationError):
                    # Refused for its reason: nothing may have changed.
                    self.env.invalidate_all()
                self._assert_books(rows)
            self.assertTrue(done)
            whole.rollback()
        self.env.invalidate_all()

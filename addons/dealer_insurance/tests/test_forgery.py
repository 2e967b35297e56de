from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.service.model import call_kw
from odoo.tests import tagged

from odoo.addons.dealer_base.models.guard_mixin import GuardError

from .money_common import TOTAL, MoneyCommon
from .underwriting_common import UnderwritingCommon


def call(env, user, model, method, *args, **kwargs):
    """A call as it comes over RPC, with the login of a user."""
    return call_kw(env[model].with_user(user), method, list(args), kwargs)


@tagged("post_install", "-at_install")
class TestForgery(UnderwritingCommon):
    """Writes that would make a guard see what is not so."""

    def _refused(self, user, record, vals):
        with self.assertRaises(UserError), self.env.cr.savepoint():
            call(self.env, user, record._name, "write", record.ids, vals)

    def test_what_is_computed_cannot_be_written(self):
        row = self._to("issued")
        policy = row.policy_ids[0]
        other = self._vehicle()
        later = "2099-01-01 00:00:00"
        for record, vals in (
            (row, {"date_start": later}),
            (row, {"concession_ok": True}),
            (row, {"remit_due_date": "2099-01-01"}),
            (row, {"payment_state": "paid"}),
            (row, {"vin": other.vin}),
            (row, {"ctpl_policy_no": "X"}),
            (policy, {"vehicle_id": other.id}),
            (policy, {"insurer_id": self.applicant.id}),
            (policy, {"company_id": self.company_2.id}),
        ):
            for user in (self.clerk, self.manager):
                with self.subTest(vals=vals, user=user.login):
                    self._refused(user, record, vals)

    def test_covers_are_fixed_with_the_premium(self):
        row = self._create()
        policy = row.policy_ids[1]
        cover = self.env["dealer.cover"].search([], limit=1)
        vals = {"policy_id": policy.id, "cover_id": cover.id, "premium": 100.0}
        [line_id] = call(self.env, self.clerk, "dealer.policy.line", "create", [vals])
        line = self.env["dealer.policy.line"].browse(line_id)
        self._receive_notices(row)
        row.action_propose()
        row.action_underwrite()
        row.action_request_payment()
        self._refused(self.clerk, line, {"premium": 1.0})
        self._refused(self.manager, line, {"sum_insured": 1.0})
        draft = self._create()
        self._refused(self.clerk, line, {"policy_id": draft.policy_ids[0].id})
        for method, args in (("create", [[vals]]), ("unlink", [line.ids])):
            with self.subTest(method), self.assertRaises(UserError):
                call(self.env, self.clerk, line._name, method, *args)

    def test_approval_of_another_concession(self):
        """An approval counts for the concession it was given to, whoever points."""
        kind = self.env["dealer.concession.type"].search(
            [("is_forbidden", "=", False)], limit=1
        )
        rows = self._create(2)
        concessions = self.env["dealer.concession"].create(
            [
                {
                    "underwriting_id": row.id,
                    "type_id": kind.id,
                    "name": "Seat covers",
                    "amount": 4000.0,
                    "reason": "Old customer",
                }
                for row in rows
            ]
        )
        first, second = concessions.with_user(self.clerk)
        first.action_request_approval()
        first.with_user(self.users["store_manager"]).action_approve()
        self.assertEqual(first.state, "approved")
        self.assertEqual(second.state, "over_limit")
        for vals in (
            {"last_approval_id": first.last_approval_id.id},
            {"state": "approved"},
            {"limit_amount": 9999.0},
            {"approved_by_id": self.manager.id},
            {"requested_by_id": self.manager.id},
            {"approval_ids": [Command.link(first.last_approval_id.id)]},
        ):
            with self.subTest(vals=vals):
                self._refused(self.clerk, second, vals)
        self.assertEqual(second.state, "over_limit")

    def test_approval_does_not_travel(self):
        kinds = self.env["dealer.concession.type"].search(
            [("is_forbidden", "=", False)], limit=2
        )
        rows = self._create(2)
        concession = (
            self.env["dealer.concession"]
            .with_user(self.clerk)
            .create(
                {
                    "underwriting_id": rows[0].id,
                    "type_id": kinds[0].id,
                    "name": "Seat covers",
                    "amount": 4000.0,
                    "reason": "Old customer",
                }
            )
        )
        concession.action_request_approval()
        concession.with_user(self.users["store_manager"]).action_approve()
        for vals in (
            {"underwriting_id": rows[1].id},
            {"underwriting_id": False},
            {"type_id": kinds[1].id},
        ):
            with self.subTest(vals=vals):
                self._refused(self.clerk, concession, vals)
        concession.write({"amount": 0.0})
        self.assertEqual(concession.state, "approved")

    def test_time_of_entry_of_a_delivery(self):
        vehicle = self._vehicle()
        vals = {"name": "D1", "vehicle_id": vehicle.id, "company_id": self.company.id}
        with self.assertRaises(UserError):
            call(
                self.env,
                self.clerk,
                "dealer.delivery",
                "create",
                [{**vals, "entered_at": "2020-01-01 00:00:00"}],
            )
        [delivery_id] = call(self.env, self.clerk, "dealer.delivery", "create", [vals])
        delivery = self.env["dealer.delivery"].browse(delivery_id)
        self.assertTrue(delivery.entered_at)
        self._refused(self.clerk, delivery, {"is_insured_here": True})
        self._refused(self.clerk, delivery, {"entered_at": False})

    def test_payer_after_the_issue(self):
        row = self._to("issued")
        stranger = self.su_env["res.partner"].create({"name": "Stranger"})
        for user in (self.clerk, self.manager):
            for vals in (
                {"payer_id": stranger.id},
                {"payer_relation": "other"},
                {"channel": "collected"},
                {"payer_proof_ids": [Command.clear()]},
            ):
                with self.subTest(vals=vals, user=user.login):
                    self._refused(user, row, vals)

    def test_files_of_others(self):
        """Nobody reads a file by linking it to his own record."""
        secret = self.su_env["ir.attachment"].create(
            {
                "name": "secret",
                "raw": b"x",
                "res_model": "res.company",
                "res_id": self.company_2.id,
            }
        )
        row = self._to("awaiting_payment")
        for record, name in (
            (row, "payer_proof_ids"),
            (row.policy_ids[0], "document_attachment_ids"),
        ):
            with self.subTest(name), self.assertRaises(AccessError):
                call(
                    self.env,
                    self.clerk,
                    record._name,
                    "write",
                    record.ids,
                    {name: [Command.link(secret.id)]},
                )

    def test_dialogs_are_private(self):
        row = self._to("issued")
        [act_id] = call(
            self.env,
            self.clerk,
            "dealer.underwriting.act",
            "create",
            [{"act": "void", "underwriting_ids": [Command.set(row.ids)]}],
        )
        with self.assertRaises(AccessError):
            call(
                self.env,
                self.cashier,
                "dealer.underwriting.act",
                "write",
                [act_id],
                {"reason": "x"},
            )

    def test_evidence_takes_no_file_from_another_record(self):
        row, other = self._to("awaiting_payment", 2)
        file = (
            self.env["ir.attachment"]
            .with_user(self.clerk)
            .create(
                {
                    "name": "scan",
                    "raw": b"x",
                    "res_model": other._name,
                    "res_id": other.id,
                }
            )
        )
        wizard = (
            self.env["dealer.direct.payment.wizard"]
            .with_user(self.clerk)
            .create(
                {
                    "underwriting_id": row.id,
                    "receipt_no": "R-1",
                    "attachment_ids": [Command.link(file.id)],
                }
            )
        )
        wizard.action_confirm()
        evidence = row.direct_payment_ids.attachment_ids
        self.assertEqual((file.res_model, file.res_id), (other._name, other.id))
        self.assertNotEqual(evidence, file)
        self.assertEqual(evidence.res_model, "dealer.direct.payment")
        self.assertEqual(evidence.raw, b"x")

    # -- endorsements -----------------------------------------------------------

    def _endorse(self, policy, **vals):
        return (
            self.env["dealer.endorsement"]
            .with_user(self.clerk)
            .create(
                {
                    "policy_id": policy.id,
                    "kind": "cancel",
                    "difference_note": "Figure of the insurer",
                    **vals,
                }
            )
        )

    def test_refund_within_the_premium(self):
        row = self._to("issued")
        policy = row.policy_ids.filtered(lambda p: p.product == "commercial")
        change = self._endorse(policy, kind="change", premium=-4000.0)
        change.action_submit()
        with self.assertRaises(GuardError) as refusal:
            self._endorse(policy, premium=-501.0).action_submit()
        self.assertEqual(refusal.exception.codes, ["G-E1"])
        self._endorse(policy, premium=-500.0).action_submit()

    def test_cancelled_once(self):
        row = self._to("issued")
        policy = row.policy_ids.filtered(lambda p: p.product == "commercial")
        first = self._endorse(policy, premium=-10.0)
        first.action_submit()
        second = self._endorse(policy, premium=-10.0)
        with self.assertRaises(GuardError) as refusal:
            second.action_submit()
        self.assertEqual(refusal.exception.codes, ["G-E1"])
        # Two that were under way before the rule: the second is not issued.
        second._write_protected({"state": "submitted"})
        (first | second).action_approve()
        entries = first.underwriting_id | second.underwriting_id
        first.write({"name": "E1"})
        second.write({"name": "E2"})
        entries.action_request_payment()
        first.underwriting_id.action_issue()
        self.assertEqual(policy.state, "cancelled")
        with self.assertRaises(GuardError) as refusal:
            second.underwriting_id.action_issue()
        self.assertIn("G-E1", refusal.exception.codes)
        # The number of an issued endorsement is a manager's to correct.
        self._refused(self.clerk, first, {"name": "E9"})
        call(self.env, self.manager, first._name, "write", first.ids, {"name": "E9"})


@tagged("post_install", "-at_install")
class TestMoneyForgery(MoneyCommon):
    """Entries that would make the ledger see money that never came."""

    def _entry_vals(self, account, credit, journal=None, tags=None):
        journal = journal or self.company_data["default_journal_misc"]
        return {
            "move_type": "entry",
            "journal_id": journal.id,
            "line_ids": [
                Command.create(
                    {"account_id": account.id, "debit": TOTAL, "name": "debit"}
                ),
                Command.create(
                    {
                        "account_id": credit.id,
                        "credit": TOTAL,
                        "partner_id": self.customer.id,
                        "name": "credit",
                        **(tags or {}),
                    }
                ),
            ],
        }

    def _payer_line(self, row):
        return row.money_line_ids.filtered(
            lambda line: line.dealer_money_kind == "payer"
        )

    def test_tags_are_written_by_buttons_only(self):
        row, other = self._requested(2)
        line = self._payer_line(row)
        expense = self.company_data["default_account_expense"]
        for user in (self.finance, self.cashier):
            for vals in (
                {"dealer_underwriting_id": other.id},
                {"dealer_money_kind": False},
                {"dealer_policy_id": other.policy_ids[0].id},
            ):
                with self.subTest(vals=vals, user=user.login):
                    with self.assertRaises(UserError), self.env.cr.savepoint():
                        call(self.env, user, line._name, "write", line.ids, vals)
            tags = {"dealer_underwriting_id": row.id, "dealer_money_kind": "payer"}
            forged = self._entry_vals(expense, line.account_id, tags=tags)
            with self.assertRaises(UserError), self.env.cr.savepoint():
                call(self.env, user, "account.move", "create", [forged])
            draft = self.su_env["account.move"].create(
                self._entry_vals(expense, line.account_id)
            )
            with self.assertRaises(UserError), self.env.cr.savepoint():
                call(
                    self.env,
                    user,
                    "account.move.line",
                    "create",
                    [{"move_id": draft.id, "account_id": expense.id}],
                    context={
                        "default_dealer_underwriting_id": row.id,
                        "dealer_tag_door": True,
                    },
                )
        # the same value, as a form sends it back, is no change
        call(
            self.env,
            self.finance,
            line._name,
            "write",
            line.ids,
            {"dealer_underwriting_id": row.id, "dealer_money_kind": "payer"},
        )
        # a copy with the context of a reversal carries no tags either
        move = line.move_id.with_user(self.finance)
        copied = move.with_context(include_business_fields=True).copy()
        self.assertFalse(copied.line_ids.dealer_underwriting_id)

    def test_reversal_by_hand_keeps_the_tags(self):
        row = self._requested()
        move = row.money_line_ids.move_id
        wizard = (
            self.env["account.move.reversal"]
            .with_user(self.finance)
            .with_context(active_model="account.move", active_ids=move.ids)
            .create({"journal_id": move.journal_id.id})
        )
        wizard.refund_moves()
        self.assertEqual(len(row.money_line_ids.move_id), 2)
        self.assertEqual(wizard.new_move_ids.state, "posted")
        self.assertEqual(row.amount_requested, 0.0)
        self.assertEqual(row.payment_state, "open")

    def test_premium_is_not_written_off(self):
        row = self._requested()
        action = row.with_user(self.cashier).action_register_payment()
        wizard = self._wizard(
            action,
            self.cashier,
            amount=1.0,
            payment_difference_handling="reconcile",
            writeoff_account_id=self.company_data["default_account_expense"].id,
        )
        with self.assertRaises(UserError), self.env.cr.savepoint():
            wizard._create_payments()
        self.assertEqual(row.payment_state, "open")

    def test_entries_without_money_pay_nothing(self):
        """Neither a loss nor a shift between accounts is a payment."""
        for account in (
            self.company_data["default_account_expense"],
            self.company_data["default_account_tax_purchase"],
        ):
            with self.subTest(account.account_type):
                row = self._requested()
                line = self._payer_line(row)
                move = self.su_env["account.move"].create(
                    self._entry_vals(account, line.account_id)
                )
                move.action_post()
                credit = move.line_ids.filtered("credit")
                (line | credit).with_user(self.finance).reconcile()
                self.assertTrue(line.reconciled)
                self.assertEqual(row.amount_received, 0.0)
                self.assertEqual(row.payment_state, "open")
        bank = self.company_data["default_journal_bank"]
        row = self._requested()
        line = self._payer_line(row)
        move = self.su_env["account.move"].create(
            self._entry_vals(bank.default_account_id, line.account_id, journal=bank)
        )
        move.action_post()
        (line | move.line_ids.filtered("credit")).with_user(self.finance).reconcile()
        self.assertEqual(row.payment_state, "paid")

    def test_payer_and_channel_after_money(self):
        row = self._requested()
        row.write({"payer_id": self.spouse.id, "payer_relation": "spouse"})
        row.write({"payer_id": self.customer.id, "payer_relation": "self"})
        self._pay(row, 100)
        for vals in ({"channel": "direct"}, {"payer_id": self.spouse.id}):
            with self.subTest(vals=vals), self.assertRaises(UserError):
                call(self.env, self.clerk, row._name, "write", row.ids, vals)
        self.assertEqual(row.amount_held, 100)

    def test_stranger_pays_after_the_issue(self):
        """Who pays is looked at again when the cashier signs (R2)."""
        row = self._requested()
        row._write_protected({"issued_at": fields.Datetime.now()})
        line = self._payer_line(row)
        payment = self.su_env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_id": self.spouse.id,
                "amount": TOTAL,
                "journal_id": self.company.dealer_premium_bank_journal_id.id,
                "destination_account_id": line.account_id.id,
            }
        )
        payment.action_post()
        credit = payment.move_id.line_ids.filtered(
            lambda item: item.account_id == line.account_id
        )
        (line | credit).reconcile()
        self.assertEqual(row.payment_state, "paid")
        with self.assertRaises(GuardError) as refusal:
            row.with_user(self.cashier).action_sign()
        self.assertEqual(refusal.exception.codes, ["G-P2"])
        self.assertIn(self.spouse.name, str(refusal.exception))

    def test_bounce_after_the_hand_over(self):
        """The row stays delivered, is owed again and waits for a new signature."""
        row = self._requested()
        payment = self._pay(row)
        self._sign(row)
        now = fields.Datetime.now()
        row._write_protected({"issued_at": now, "delivered_at": now})
        payment.with_user(self.finance).action_draft()
        self.assertEqual(row.state, "delivered")
        self.assertEqual(row.payment_state, "open")
        self.assertFalse(row.cashier_signed)
        self.assertEqual(row.signature_ids.sorted("id")[-1:].kind, "reversal")
        self._assert_no_profit_or_loss()

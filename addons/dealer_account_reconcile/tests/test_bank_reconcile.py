"""Proposals in the reconcile screen: booked with the right amounts, and taken back."""

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.dealer_base.tools.identity import vin_check_digit
from odoo.addons.dealer_insurance.tools import bank_types as bank

from .bank_common import BankCommon


@tagged("post_install", "-at_install")
class TestBankReconcile(BankCommon):
    premium_account = "8888000011112222"
    general_account = "6222000011113333"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.insurer = cls.insurers[:1]
        cls.other_insurer = cls.insurers[1:2]
        cls.serial = 0

    # -- rows of the ledger -------------------------------------------------------

    def _row(self, name="王芳", premium=3000.0, insurer=None, post=True, **vals):
        """A collected row whose payer owes the premium since 1 September."""
        type(self).serial += 1
        number = self.serial
        env = self.su_env
        payer = env["res.partner"].search([("name", "=", name)], limit=1)
        payer = payer or env["res.partner"].create({"name": name})
        vehicle = env["dealer.vehicle"].create(
            {
                "vin": _vin(number),
                "plate": f"粤A{number:05d}",
                "owner_id": payer.id,
                "company_id": self.company.id,
            }
        )
        insurer = insurer or self.insurer
        row = env["dealer.underwriting"]._create_protected(
            [
                {
                    "company_id": self.company.id,
                    "insurer_id": insurer.id,
                    "agreement_id": env["dealer.agreement"]
                    ._find(insurer, self.company, "2026-09-01")
                    .id,
                    "business_type": "first_time",
                    "applicant_id": payer.id,
                    "insured_id": payer.id,
                    "owner_id": payer.id,
                    "payer_id": payer.id,
                    "vehicle_id": vehicle.id,
                    "channel": "collected",
                    "payment_method": "transfer",
                    "is_historical": True,
                    "issued_at": "2026-09-01 02:00:00",
                    "legacy_received_on": "2026-09-01",
                    **vals,
                }
            ]
        )
        env["dealer.policy"]._create_protected(
            [
                {
                    "underwriting_id": row.id,
                    "product": "commercial",
                    "policy_no": f"PBANK20260000{number:06d}",
                    "premium": premium,
                    "date_start": "2026-09-02",
                    "date_end": "2027-09-01",
                }
            ]
        )
        if post:
            row._sudo_post_premium({row.id: row._store_date(row.issued_at)})
        return row

    def _propose(self, line):
        line._dealer_find_proposals()
        return line.dealer_proposal_ids.sorted("sequence")

    # -- booked -------------------------------------------------------------------

    def test_exact(self):
        """3,000 owed, 3,000 paid: the row is paid; undone, it is owed again."""
        row = self._row(premium=3000.0)
        line = self._bank_line(3000.0, "王芳", "车险")
        [found] = self._propose(line)
        self.assertEqual(found.kind, bank.RECEIPT)
        self.assertTrue(found.certain)
        self.assertIn("王芳", found.reason)
        found.action_apply()
        self.assertTrue(line.is_reconciled)
        self.assertFalse(line.dealer_proposal_ids)
        self.assertEqual((row.amount_received, row.balance), (3000.0, 0.0))
        line.unreconcile_bank_line()
        self.assertFalse(line.is_reconciled)
        self.assertEqual((row.amount_received, row.balance), (0.0, 3000.0))
        self.assertEqual(line.dealer_proposal_ids.kind, bank.RECEIPT)

    def test_parts(self):
        """1,200 and then 1,800 of 3,000."""
        row = self._row(premium=3000.0)
        first = self._bank_line(1200.0, "王芳", "保费")
        second = self._bank_line(1800.0, "王芳", "尾款", "2026-09-11")
        (first | second)._dealer_find_proposals()
        self.assertEqual(first.dealer_proposal_ids.difference, -1800.0)
        first.dealer_proposal_ids.action_apply()
        self.assertEqual(row.balance, 1800.0)
        [found] = second.dealer_proposal_ids
        self.assertEqual(found.difference, 0.0)
        found.action_apply()
        self.assertEqual(row.balance, 0.0)
        first.unreconcile_bank_line()
        self.assertEqual(row.balance, 1200.0)

    def test_overpaid(self):
        """3,100 for 3,000: 100 are owed back, and go back by another bank line."""
        row = self._row(premium=3000.0)
        line = self._bank_line(3100.0, "王芳", f"{row.plate}保费")
        [found] = self._propose(line)
        self.assertEqual((found.amount_rest, found.certain), (100.0, False))
        back = self._bank_line(-100.0, "王芳", "退多交保费", "2026-09-14")
        (line | back)._dealer_find_proposals()
        with self.assertRaisesRegex(UserError, "Reconcile that line first"):
            back.dealer_proposal_ids[:1].action_apply()
        line.dealer_proposal_ids.action_apply()
        self.assertEqual(row.balance, 0.0)
        owed = self.company.dealer_refund_payable_account_id
        [rest] = line.move_id.line_ids.filtered(lambda x: x.account_id == owed)
        self.assertEqual((rest.balance, rest.partner_id.name), (-100.0, "王芳"))
        [found] = back.dealer_proposal_ids
        self.assertEqual(found.kind, bank.OVERPAID)
        self.assertEqual(found.refs, row.ledger_no or row.name)
        found.action_apply()
        self.assertTrue(rest.reconciled)

    def test_merchant_fee(self):
        """Two code payments of 1,000 and 2,000, of which 11.40 were kept."""
        rows = self._row(premium=1000.0, payment_method="qr")
        rows |= self._row(
            "赵强", 2000.0, payment_method="qr", legacy_received_on="2026-09-01"
        )
        line = self._bank_line(
            2988.60, "网络支付公司", "结算款 20260901结算 2笔 手续费11.40", "2026-09-02"
        )
        [found] = self._propose(line)
        self.assertEqual((found.amount_fee, found.certain), (11.40, True))
        found.action_apply()
        self.assertEqual(rows.mapped("balance"), [0.0, 0.0])
        account = self.company.dealer_merchant_fee_account_id
        [fee] = line.move_id.line_ids.filtered(lambda x: x.account_id == account)
        self.assertEqual(fee.balance, 11.40)

    def test_remittance(self):
        """Two received rows of one insurer go out in one payment."""
        rows = self._row(premium=1000.0) | self._row("赵强", 2000.0)
        self._row("孙平", 1000.0, self.other_insurer)
        for name, amount in (("王芳", 1000.0), ("赵强", 2000.0), ("孙平", 1000.0)):
            receipt = self._bank_line(amount, name, "保费", "2026-09-02")
            self._propose(receipt).action_apply()
        line = self._bank_line(
            -3000.0, f"{self.insurer.name}广州分公司", "解付保费2笔", "2026-09-04"
        )
        [found] = self._propose(line)
        self.assertEqual(found.kind, bank.REMITTANCE)
        self.assertEqual(len(found.item_ids), 2)
        found.action_apply()
        self.assertEqual(rows.mapped("amount_held"), [0.0, 0.0])
        line.unreconcile_bank_line()
        self.assertEqual(rows.mapped("amount_held"), [1000.0, 2000.0])

    def test_registered_payment(self):
        """What the cashier registered is found instead of the premium."""
        row = self._row(premium=1000.0)
        payer = row.money_line_ids.filtered(lambda x: x.dealer_money_kind == "payer")
        self.su_env["account.payment.register"].with_context(
            active_model="account.move.line", active_ids=payer.ids
        ).create(
            {"journal_id": self.premium_journal.id, "payment_date": "2026-09-09"}
        )._create_payments()
        self.assertEqual(row.balance, 0.0)
        line = self._bank_line(1000.0, "王芳", "保费")
        [found] = self._propose(line)
        self.assertEqual(found.item_ids.payment_id, row._money_payments())
        found.action_apply()
        self.assertTrue(row._money_payments().is_matched)

    def test_posted_settlement(self):
        """Finance booked 990 of 1,000 paid by card; the bank line is those 990."""
        row = self._row(premium=1000.0, payment_method="card")
        payer = row.money_line_ids.filtered(lambda x: x.dealer_money_kind == "payer")
        journal = self.company.dealer_premium_card_journal_id
        self.su_env["account.payment.register"].with_context(
            active_model="account.move.line", active_ids=payer.ids
        ).create(
            {"journal_id": journal.id, "payment_date": "2026-09-09"}
        )._create_payments()
        batch = (
            self.env["dealer.acquirer.batch"]
            .with_user(self.finance)
            .with_context(allowed_company_ids=self.company.ids)
            .create(
                {
                    "company_id": self.company.id,
                    "method": "card",
                    "date": "2026-09-10",
                    "date_to": "2026-09-09",
                    "amount_net": 990.0,
                }
            )
        )
        batch.action_propose()
        batch.action_post()
        line = self._bank_line(990.0, "银联商务", "POS清算 0909商户清算1笔")
        [found] = self._propose(line)
        self.assertEqual((found.refs, found.certain), (batch.name, True))
        found.action_apply()
        self.assertTrue(line.is_reconciled)

    def test_claim_paid_short(self):
        """800 of 1,000: 200 stay open for the claims desk."""
        item = self._claim(1000.0)
        line = self._bank_line(800.0, self.insurer.name, "赔款 R2026080123456-01")
        [found] = self._propose(line)
        self.assertEqual((found.difference, found.certain), (-200.0, False))
        found.action_apply()
        self.assertEqual(item.amount_residual, 200.0)

    def test_claim_paid_too_much(self):
        """1,060 for 1,000: 60 are owed on."""
        self._claim(1000.0)
        line = self._bank_line(1060.0, self.insurer.name, "赔款 R2026080123456-01")
        [found] = self._propose(line)
        self.assertEqual(found.amount_rest, 60.0)
        found.action_apply()
        owed = self.company.dealer_refund_payable_account_id
        rest = line.move_id.line_ids.filtered(lambda x: x.account_id == owed)
        self.assertEqual(rest.balance, -60.0)

    def _claim(self, amount):
        account = self.su_env["account.account"].create(
            {
                "name": "Claims",
                "code": "112298",
                "account_type": "asset_receivable",
                "reconcile": True,
            }
        )
        return self._item(
            account, self.insurer, amount, "2026-09-01", "LP-1", "R2026080123456"
        )

    def test_charge_and_interest(self):
        """Bank charges have an account of the settings, interest one of its rule."""
        charge = self._bank_line(-50.0, False, "手续费 账户管理费")
        [found] = self._propose(charge)
        found.action_apply()
        fee = self.company.dealer_merchant_fee_account_id
        self.assertIn(fee, charge.move_id.line_ids.account_id)
        interest = self._bank_line(96.17, False, "结息 利息")
        [found] = self._propose(interest)
        with self.assertRaisesRegex(UserError, "No account is set"):
            found.action_apply()
        rule = self.su_env.ref("dealer_insurance.bank_rule_interest")
        rule.with_company(self.company).account_id = self.income
        found.action_apply()
        self.assertIn(self.income, interest.move_id.line_ids.account_id)

    def test_transfer(self):
        """Both sides of a transfer meet on the transfer account."""
        out = self._bank_line(
            -700.0, self.company.name, "划转", journal=self.general_journal
        )
        self._propose(out).action_apply()
        back = self._bank_line(700.0, self.company.name, "划转", "2026-09-11")
        [found] = self._propose(back)
        self.assertTrue(found.certain)
        found.action_apply()
        items = (out | back).move_id.line_ids.filtered(
            lambda x: x.account_id == self.company.transfer_account_id
        )
        self.assertEqual(items.mapped("reconciled"), [True, True])

    def test_paper_ledger(self):
        """Paper says all is paid; from the day of the first statement the bank does."""
        self.company.write(
            {
                "dealer_accounting_start": "2026-01-01",
                "dealer_bank_start": "2026-09-05",
            }
        )
        paid = {"post": False, "legacy_received": 500.0}
        before = self._row("甲一", 500.0, legacy_received_on="2026-09-04", **paid)
        after = self._row("乙二", 500.0, legacy_received_on="2026-09-05", **paid)
        card = self._row(
            "丙三",
            500.0,
            legacy_received_on="2026-09-04",
            payment_method="card",
            legacy_remitted_on="2026-09-06",
            **paid,
        )
        (before | after | card)._post_historical_money()
        self.assertEqual(before.balance, 0.0)
        self.assertEqual((after.balance, card.balance), (500.0, 500.0))
        self.assertEqual(card.amount_remitted, 0.0)

    # -- stale, unsure, unasked -----------------------------------------------------

    def test_paid_meanwhile(self):
        """A proposal whose item was settled since is not booked."""
        self._row(premium=3000.0)
        line = self._bank_line(3000.0, "王芳", "车险")
        [found] = self._propose(line)
        second = self._bank_line(3000.0, "王芳", "车险", "2026-09-12")
        stale = found.sudo().copy({"line_id": second.id})
        line._dealer_apply(found, refresh=False)
        with self.assertRaisesRegex(UserError, "less is open"):
            stale.with_user(self.finance).action_apply()
        self.assertFalse(second.is_reconciled)

    def test_automatic(self):
        """Only where the journal says so, and only what is certain."""
        self._row(premium=3000.0)
        self._row("赵强", 2000.0)
        sure = self._bank_line(3000.0, "王芳", "车险")
        unsure = self._bank_line(900.0, "赵强", "保费")
        (sure | unsure)._dealer_after_import()
        self.assertFalse(sure.is_reconciled)
        self.premium_journal.dealer_auto_reconcile = True
        (sure | unsure)._dealer_after_import()
        self.assertTrue(sure.is_reconciled)
        self.assertFalse(unsure.is_reconciled)
        self.assertTrue(unsure.dealer_proposal_ids)

    def test_nothing_guessed(self):
        """The guess of OCA by the text of a line does not touch these accounts."""
        row = self._row(premium=3000.0)
        row.money_line_ids.move_id.ref = "WANTED"
        line = self.su_env["account.bank.statement.line"].with_context(
            _test_account_reconcile_oca=True
        )
        vals = {
            "journal_id": self.premium_journal.id,
            "date": "2026-09-10",
            "amount": 1.0,
            "partner_name": "王芳芳",
            "payment_ref": "WANTED",
        }
        ours = line.create(vals)
        self.assertFalse(ours.is_reconciled)
        self.assertFalse(ours.partner_id)
        self.premium_journal.dealer_propose = False
        theirs = line.create(vals)
        self.assertTrue(theirs.is_reconciled)

    def test_journal_without_proposals(self):
        self._row(premium=3000.0)
        self.premium_journal.dealer_propose = False
        line = self._bank_line(3000.0, "王芳", "车险")
        self.assertFalse(self._propose(line))

    def test_sister_company_of_insurer(self):
        """A bank that carries an insurer's name is no insurer."""
        self._claim(1000.0)
        line = self._bank_line(1000.0, f"{self.insurer.name}银行", "转账")
        self.assertFalse(self._propose(line))

    def test_cron(self):
        """Lines without proposal get one when their item is booked later."""
        line = self._bank_line(3000.0, "王芳", "车险")
        self.assertFalse(self._propose(line))
        self._row(premium=3000.0)
        cron = self.su_env.ref("dealer_account_reconcile.bank_proposal_cron")
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        line.invalidate_recordset()
        self.assertEqual(line.dealer_proposal_ids.kind, bank.RECEIPT)

    # -- many, other stores, rights -------------------------------------------------

    def test_many(self):
        """Fifty lines at once, and the number of queries does not grow with them."""
        names = [f"客户{chr(0x4E00 + number)}" for number in range(50)]
        for number, name in enumerate(names):
            self._row(name, 1000.0 + number)
        lines = self.env["account.bank.statement.line"].with_user(self.finance)
        for number, name in enumerate(names):
            lines |= self._bank_line(1000.0 + number, name, "车险")
        self.env.flush_all()

        def queries(records):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            found = self.env["dealer.bank.candidates"].with_user(self.finance)
            result = found._bank_proposals(records)
            self.assertTrue(all(result.values()))
            return self.env.cr.sql_log_count - before

        few = queries(lines[:5])
        self.assertLessEqual(queries(lines), few + 5)
        lines._dealer_find_proposals()
        lines.action_dealer_apply_best()
        self.assertTrue(all(lines.mapped("is_reconciled")))

    def test_other_store(self):
        """A line never finds the money of another store."""
        row = self._row(premium=3000.0)
        other = self._company(self.su_env, "Other Store")
        other.country_id = self.env.ref("base.cn")
        self.su_env["account.chart.template"].try_loading(
            "cn", company=other, install_demo=False
        )
        journal = other.dealer_premium_bank_journal_id
        line = self.su_env["account.bank.statement.line"].create(
            {
                "journal_id": journal.id,
                "date": "2026-09-10",
                "amount": row.amount_due,
                "partner_name": "王芳",
                "payment_ref": "车险",
            }
        )
        line._dealer_find_proposals()
        self.assertFalse(line.dealer_proposal_ids)
        finance = self._user("finance", other)
        mine = self._bank_line(row.amount_due, "王芳", "车险")
        [found] = self._propose(mine)
        with self.assertRaises(AccessError):
            found.with_user(finance).with_context(
                allowed_company_ids=other.ids
            ).action_apply()

    @mute_logger("odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule")
    def test_rights(self):
        """Finance only: others neither see nor book proposals, nobody writes them."""
        self._row(premium=3000.0)
        line = self._bank_line(3000.0, "王芳", "车险")
        [found] = self._propose(line)
        posts = [self._user(post) for post in ("cashier", "sales_consultant")]
        for user in (*posts, self.clerk, self.manager):
            with self.assertRaises(AccessError):
                found.with_user(user).action_apply()
            with self.assertRaises(AccessError):
                line.with_user(user).action_dealer_apply_best()
            with self.assertRaises(AccessError):
                line.with_user(user).action_dealer_find()
        for operation in (
            lambda: found.write({"score": 100}),
            lambda: found.unlink(),
            lambda: found.create({"line_id": line.id, "kind": "bank_charge"}),
        ):
            with self.assertRaises(AccessError):
                operation()
        self.assertFalse(line.is_reconciled)
        reader = new_test_user(
            self.su_env,
            login="bank_reader",
            groups="account.group_account_readonly",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        self.assertEqual(found.with_user(reader).kind, bank.RECEIPT)
        with self.assertRaises(AccessError):
            found.with_user(reader).action_apply()

    def test_rules_are_checked(self):
        """Expressions must be readable and name what is understood."""
        Rule = self.env["dealer.bank.rule"].with_user(self.finance)
        for expression in ("(", r"\d+", r"(?P<other>\d+)"):
            with self.assertRaises(ValidationError):
                with self.env.cr.savepoint():
                    Rule.create(
                        {"name": "x", "kind": "noise", "expressions": expression}
                    )
        with self.assertRaises(ValidationError):
            with self.env.cr.savepoint():
                Rule.create({"name": "x", "kind": "claim_payment", "certain": True})


def _vin(number):
    """A car number with the right check digit in place 9."""
    vin = f"LGBH12E0X{number:08d}"
    return vin[:8] + vin_check_digit(vin) + vin[9:]

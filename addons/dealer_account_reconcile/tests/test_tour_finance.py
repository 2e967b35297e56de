from datetime import datetime, timedelta

from dateutil.relativedelta import relativedelta
from freezegun import freeze_time

from odoo import Command
from odoo.tests import HttpCase, tagged

from odoo.addons.dealer_insurance.tests.import_common import make_book
from odoo.addons.dealer_insurance.tests.money_common import PNL_TYPES
from odoo.addons.dealer_insurance.tests.statement_common import RATE_KINDS
from odoo.addons.dealer_insurance.tests.statement_story import HEADER
from odoo.addons.dealer_insurance.tests.underwriting_common import make_vin

from .bank_common import BankCommon

# Premium of every car, CNY: net of VAT 800 and 1,000, and the vehicle tax.
CTPL, TAX, COMMERCIAL = 848.0, 300.0, 1060.0
TOTAL = CTPL + TAX + COMMERCIAL
PART = 1000.0
BANK_HEAD = ["交易日期", "支出金额", "收入金额", "对方户名", "摘要"]


@tagged("post_install", "-at_install", "is_tour")
class TestTourFinance(BankCommon, HttpCase):
    """The money of a month in the browser, from the bank file to the closed list.

    Three cars of the last month, 2,208.00 each (848 + 300 tax + 1,060), collected by
    the store; agreed fee 4 % and 15 % of the premium without VAT: 32 and 150.

    ======  ========  ========  =====  ==========  ==============================
    car     received  remitted  held   fee stated  decision
    ======  ========  ========  =====  ==========  ==============================
    A           2208      2208      0    32 + 150  agreed
    B           2208      2208      0    32 + 150  agreed
    C           1000         0   1000    32 + 140  140 withheld: 14 %, not 15 %
    ======  ========  ========  =====  ==========  ==============================

    Agreed 2 × 182 + 32 = 396.00, with 6 % VAT 419.76; owed to the insurer at the end:
    2,208.00 of C.
    """

    store_name = "财务巡演店"
    premium_account = "8888000011115555"
    general_account = "6222000011116666"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("zh_CN")
        cls.cashier = cls._user("cashier")
        users = cls.clerk | cls.cashier | cls.finance
        users.sudo().lang = "zh_CN"
        cls.today = cls.company._dealer_today()
        cls.month = cls.today.replace(day=1) - relativedelta(months=1)
        cls.insurer = cls.su_env["res.partner"].create(
            {
                "name": "海港巡演财险",
                "is_company": True,
                "is_insurer": True,
                "insurer_code": "FTOUR",
            }
        )
        shares = (0.04, 0.15, 0.15, 0.15, 0.20)
        cls.agreement = cls._agreement(
            cls.insurer,
            rate_ids=[
                Command.create(
                    {
                        "product": product,
                        "business": business,
                        "energy": energy,
                        "rate": share,
                        "date_from": "2020-01-01",
                    }
                )
                for (product, business, energy), share in zip(
                    RATE_KINDS, shares, strict=True
                )
            ],
        )
        cls.deals = cls._deals("王芳", "赵强", "孙平")

    @classmethod
    def _deals(cls, *names):
        """Collected rows of the month, requested by the clerk and issued."""
        day = datetime.combine(cls.month.replace(day=10), datetime.min.time())
        issued = day + timedelta(hours=4)
        rows = cls.su_env["dealer.underwriting"]
        for serial, name in enumerate(names, 1):
            person = cls.su_env["res.partner"].create({"name": name})
            vehicle = cls.su_env["dealer.vehicle"].create(
                {
                    "vin": make_vin(970000 + serial),
                    "plate": f"粤A7000{serial}",
                    "company_id": cls.company.id,
                    "owner_id": person.id,
                    "energy_type": "fuel",
                }
            )
            cover = {
                "date_start": issued + timedelta(days=1),
                "date_end": issued + timedelta(days=366),
            }
            rows |= rows._create_protected(
                [
                    {
                        "company_id": cls.company.id,
                        "insurer_id": cls.insurer.id,
                        "agreement_id": cls.agreement.id,
                        "channel": "collected",
                        "payment_method": "transfer",
                        "business_type": "new_car",
                        "applicant_id": person.id,
                        "insured_id": person.id,
                        "vehicle_id": vehicle.id,
                        "proposed_at": issued,
                        "underwritten_at": issued,
                        "policy_ids": [
                            Command.create(
                                {
                                    "product": "ctpl",
                                    "premium": CTPL,
                                    "vehicle_tax": TAX,
                                    "policy_no": f"FTZA{day.year}00000{serial}",
                                    **cover,
                                }
                            ),
                            Command.create(
                                {
                                    "product": "commercial",
                                    "premium": COMMERCIAL,
                                    "policy_no": f"FTAA{day.year}00000{serial}",
                                    **cover,
                                }
                            ),
                        ],
                    }
                ]
            )
        rows._write_protected({"payment_requested_at": issued})
        with freeze_time(issued):
            rows.with_user(cls.clerk)._create_premium_move()
            # the cashier has the paid slips of the first two
            cls.su_env["dealer.cashier.signature"]._sudo_append(
                [
                    {
                        "underwriting_id": row.id,
                        "kind": "sign",
                        "signer_name": cls.cashier.name,
                        "signed_at": issued,
                        "amount": row.amount_due,
                    }
                    for row in rows[:2]
                ]
            )
        rows._write_protected({"issued_at": issued})
        return rows

    # -- files ----------------------------------------------------------------------

    def _file(self, name, sheets):
        """A file that the browser fetches by its external identifier."""
        attachment = self.su_env["ir.attachment"].create(
            {"name": f"{name}.xlsx", "raw": make_book(sheets), "public": True}
        )
        self.su_env["ir.model.data"].create(
            {
                "module": "dealer_account_reconcile",
                "name": name,
                "model": "ir.attachment",
                "res_id": attachment.id,
            }
        )

    def _bank_file(self):
        received = f"{self.month.replace(day=12):%Y-%m-%d}"
        remitted = f"{self.month.replace(day=15):%Y-%m-%d}"
        branch = f"{self.insurer.name}广州分公司"
        self._file(
            "finance_tour_bank",
            {
                "保费户": [
                    [f"账号: {self.premium_account}"],
                    BANK_HEAD,
                    [received, None, TOTAL, "王芳", "车险保费"],
                    [received, None, TOTAL, "赵强", "车险保费"],
                    [received, None, PART, "孙平", "车险保费"],
                    [remitted, 2 * TOTAL, None, branch, "解付保费2笔"],
                ],
                "一般户": [
                    [f"账号: {self.general_account}"],
                    BANK_HEAD,
                    [
                        f"{self.today:%Y-%m-%d}",
                        None,
                        419.76,
                        branch,
                        f"{self.month:%Y}年{self.month.month}月佣金",
                    ],
                ],
            },
        )

    def _statement_file(self):
        lines = []
        for row in self.deals:
            for product, word, base, rate in (
                ("ctpl", "交强险", 800.0, 4),
                ("commercial", "机动车商业险", 1000.0, 15),
            ):
                policy = row.policy_ids.filtered(lambda p, x=product: p.product == x)
                if row == self.deals[2] and product == "commercial":
                    rate = 14
                line = {
                    "保险单号": policy.policy_no,
                    "产品": word,
                    "投保人": row.insured_id.name,
                    "VIN码": row.vehicle_id.vin,
                    "承保日期": self.month.replace(day=10),
                    "结算保费": base,
                    "佣金率": rate,
                    "佣金": base * rate / 100,
                }
                lines.append([line.get(column) for column in HEADER])
        self._file(
            "finance_tour_statement",
            {
                "佣金明细": [
                    [f"{self.insurer.name} 代理人佣金对账单"],
                    [f"结算月份：{self.month:%Y%m}", None, None, "单据号：FT-1"],
                    [None],
                    list(HEADER),
                    *lines,
                ]
            },
        )

    # -- story ----------------------------------------------------------------------

    def _play(self, tour, user, url):
        self.start_tour(url, f"dealer_finance_{tour}", login=user.login, timeout=180)
        self.env.invalidate_all()

    def _balance(self, *accounts):
        [[balance]] = self.su_env["account.move.line"]._read_group(
            [
                ("account_id", "in", [account.id for account in accounts]),
                ("company_id", "=", self.company.id),
                ("parent_state", "=", "posted"),
            ],
            [],
            ["balance:sum"],
        )
        return balance

    def test_month(self):
        first, second, third = self.deals
        company = self.company
        self.assertEqual(self.deals.mapped("balance"), [TOTAL] * 3)
        self._bank_file()
        self._statement_file()

        # 1. finance imports the bank file, 2. reconciles receipts and remittance
        self._play("1_bank", self.finance, "/odoo/dealer-bank-lines")
        lines = self.su_env["account.bank.statement.line"].search(
            [("company_id", "=", company.id)]
        )
        self.assertEqual(len(lines), 5)
        self.assertEqual(
            lines.filtered(lambda line: not line.is_reconciled).mapped("amount"),
            [419.76],
        )
        self.assertRecordValues(
            self.deals,
            [
                {"amount_received": TOTAL, "amount_remitted": TOTAL, "balance": 0},
                {"amount_received": TOTAL, "amount_remitted": TOTAL, "balance": 0},
                {"amount_received": PART, "amount_remitted": 0, "balance": 1208},
            ],
        )
        self.assertEqual(first.remitted_on, self.month.replace(day=15))

        # 3. the clerk uploads, matches and decides, and may not confirm it too
        self._play("2_statement", self.clerk, "/odoo/fee-statements")
        statement = self.su_env["dealer.fee.statement"].search(
            [("insurer_id", "=", self.insurer.id)]
        )
        self.assertRecordValues(
            statement,
            [
                {
                    "state": "matched",
                    "imported_by_id": self.clerk.id,
                    "open_count": 0,
                    "stated_ex": 536.0,
                    "agreed_ex": 396.0,
                    "agreed_incl": 419.76,
                }
            ],
        )
        self.assertEqual(
            statement.line_ids.filtered(
                lambda line: line.decision == "withhold"
            ).mapped("result"),
            ["rate_difference"],
        )
        url = f"/odoo/fee-statements/{statement.id}"
        self._play("3_invoice", self.finance, url)
        self.assertEqual(statement.confirmed_by_id, self.finance)
        self.assertEqual(statement.state, "invoiced")
        invoice = statement.sudo().invoice_ids
        self.assertRecordValues(
            invoice,
            [{"state": "posted", "amount_untaxed": 396.0, "amount_total": 419.76}],
        )

        # 4. the payment of the fee finds the invoice
        self._play("4_fee", self.finance, "/odoo/dealer-bank-lines")
        self._play("5_paid", self.finance, url)
        self.assertEqual((statement.state, statement.unpaid_incl), ("paid", 0.0))
        self.assertEqual(lines.mapped("is_reconciled"), [True] * 5)

        # 5. the settlement list: made, printed and signed, refused, explained, closed
        self._play("6_list", self.finance, "/odoo/settlement-lists/new")
        settlement = self.su_env["dealer.settlement"].search(
            [("insurer_id", "=", self.insurer.id)]
        )
        self.assertRecordValues(
            settlement,
            [
                {
                    "date_from": self.month,
                    "collected": 2 * TOTAL + PART,
                    "remitted": 2 * TOTAL,
                    "closing_held": PART,
                    "not_collected": TOTAL - PART,
                    "book_balance": TOTAL,
                    "book_difference": 0,
                    "unexplained": TOTAL - PART,
                    "agrees": True,
                }
            ],
        )
        url = f"/odoo/settlement-lists/{settlement.id}"
        self._play("7_print", self.clerk, url)
        self.assertEqual(settlement.print_ids.user_id, self.clerk)
        self._play("8_clerk", self.clerk, url)
        self._play("8_cashier", self.cashier, url)
        self.assertEqual(settlement.state, "reconciled")
        self._play("9_refused", self.finance, url)
        # who explains changes what was signed
        self.assertRecordValues(
            settlement.line_ids.filtered("difference"),
            [
                {
                    "underwriting_id": third.id,
                    "difference": TOTAL - PART,
                    "reason": "short",
                    "explanation": "尾款下月收",
                }
            ],
        )
        self.assertEqual(settlement.unexplained, 0)
        self.assertEqual(settlement.state, "printed")
        self._play("8_clerk", self.clerk, url)
        self._play("8_cashier", self.cashier, url)
        self._play("10_close", self.finance, url)
        self.assertRecordValues(
            settlement,
            [
                {
                    "state": "closed",
                    "unexplained": 0,
                    "clerk_signed_by_id": self.clerk.id,
                    "cashier_signed_by_id": self.cashier.id,
                    "closed_by_id": self.finance.id,
                    "late_amount": 0,
                }
            ],
        )

        # the books: premium is nobody's profit, nothing was waived
        self.assertEqual(
            self._balance(
                company.dealer_premium_payable_account_id,
                company.dealer_tax_payable_account_id,
            ),
            -TOTAL,
        )
        self.assertEqual(
            self._balance(company.dealer_insurer_receivable_account_id), 0.0
        )
        result = self.su_env["account.account"].search(
            [("company_ids", "in", company.ids), ("account_type", "in", PNL_TYPES)]
        )
        self.assertEqual(self._balance(*result), -396.0)
        self.assertEqual(self._balance(company.dealer_fee_income_account_id), -396.0)
        self.assertEqual(second.payment_state, first.payment_state)
        self.assertEqual(third.balance, TOTAL - PART)
        self.assertFalse(
            self.su_env["dealer.override"].search([("company_id", "=", company.id)])
        )

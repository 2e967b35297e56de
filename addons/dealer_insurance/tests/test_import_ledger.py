from datetime import date, datetime
from decimal import Decimal

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import BaseCase, tagged

from odoo.addons.dealer_base.tools.import_field import ImportRow, ImportSheet

from ..tools.import_facts import EnergyTeacher, energy_samples, litres, one_apart
from ..tools.ledger_checks import (
    LedgerRules,
    check_ledger,
    check_nev_products,
    cover_names,
    split_ledger_number,
)
from ..tools.ledger_totals import check_totals
from .import_common import ImportCommon, make_book
from .money_common import MoneyCommon
from .underwriting_common import make_vin

HEADER = [
    "台账号",
    "保险公司",
    "出单时间",
    "业务类型",
    "被保险人",
    "证件类型",
    "证件号码",
    "联系电话",
    "车架号",
    "车型",
    "使用性质",
    "能源类型",
    "座位",
    "交强险保单号",
    "交强险起保时间",
    "交强险终保时间",
    "浮动系数",
    "交强险保费",
    "车船税",
    "商业险保单号",
    "商业险起保时间",
    "商业险终保时间",
    "标准保费",
    "商业险保费",
    "险种组合",
    "应收合计",
    "优惠内容",
    "优惠金额",
    "实收金额",
    "收款渠道",
    "收款方式",
    "出纳签名",
    "签名日期",
    "交付日期",
    "代管",
    "解付日期",
    "应收手续费",
    "状态",
    "批单号",
    "备注",
]


def line(serial, **changed):
    """One right ledger line; changes by header."""
    values = {
        "台账号": f"X2026-{serial:04d}",
        "保险公司": "人保财险",
        "出单时间": datetime(2026, 3, 2, 10, 30),
        "业务类型": "新保",
        "被保险人": f"客户{serial}",
        "证件类型": "护照",
        "证件号码": f"E1234{serial:04d}",
        "联系电话": f"1380000{serial:04d}",
        "车架号": make_vin(serial),
        "车型": "车型甲",
        "使用性质": "家庭自用",
        "能源类型": "汽油",
        "座位": 5,
        "交强险保单号": f"C{serial:09d}",
        "交强险起保时间": datetime(2026, 3, 3),
        "交强险终保时间": datetime(2027, 3, 2, 23, 59, 59),
        "浮动系数": 1,
        "交强险保费": 950,
        "车船税": 350,
        "商业险保单号": f"B{serial:09d}",
        "商业险起保时间": datetime(2026, 3, 3),
        "商业险终保时间": datetime(2027, 3, 2, 23, 59, 59),
        "标准保费": 4000,
        "商业险保费": 3000,
        "险种组合": "车损+三者200万+司乘1万*5",
        "应收合计": 4300,
        "实收金额": 4300,
        "收款渠道": "直缴",
        "收款方式": "扫码",
        "出纳签名": "收银甲",
        "签名日期": datetime(2026, 3, 2),
        "交付日期": datetime(2026, 3, 3),
        "应收手续费": 460,
        "状态": "正常",
        **changed,
    }
    return [values.get(label) for label in HEADER]


def following(serial, origin, status, premium):
    """Cancellation or endorsement line of the commercial policy of another line."""
    blank = dict.fromkeys(
        (
            "交强险保单号",
            "交强险起保时间",
            "交强险终保时间",
            "浮动系数",
            "交强险保费",
            "车船税",
        )
    )
    values = {
        **blank,
        "车架号": make_vin(origin),
        "被保险人": f"客户{origin}",
        "证件号码": f"E1234{origin:04d}",
        "联系电话": f"1380000{origin:04d}",
        "出单时间": datetime(2026, 6, 1, 9, 0),
        "商业险保单号": f"B{origin:09d}",
        "标准保费": None,
        "商业险保费": premium,
        "应收合计": premium,
        "实收金额": premium,
        "签名日期": datetime(2026, 6, 1),
        "交付日期": None,
        "应收手续费": None,
        "状态": status,
        "批单号": f"E{serial:08d}",
    }
    return line(serial, **values)


class TestLedgerChecks(BaseCase):
    """The checks without database, on rows as the engine hands them over."""

    def _row(self, number=1, kind="data", **values):
        row = ImportRow(ImportSheet("S"), number, values)
        row.kind = kind
        return row

    def _found(self, rows, **rules):
        return [
            (issue.row.row_no, issue.code, issue.field)
            for issue in check_ledger(rows, LedgerRules(**rules))
        ]

    def test_ledger_number(self):
        day = date(2026, 1, 5)
        self.assertEqual(split_ledger_number("AB2025-0012", day), (2025, 12))
        self.assertEqual(split_ledger_number("20260012", day), (2026, 12))
        self.assertEqual(split_ledger_number("A-17", day), (2026, 17))
        self.assertEqual(split_ledger_number("No 9 (补)", day), (2026, 9))
        self.assertEqual(split_ledger_number("拾贰", day), (2026, None))

    def test_small_tools(self):
        self.assertEqual(litres("2.0L"), Decimal("2.0"))
        self.assertEqual(litres("1598ml"), Decimal("1.598"))
        self.assertIsNone(litres("—"))
        self.assertTrue(one_apart("ABC", "ABD"))
        self.assertFalse(one_apart("ABC", "ABCD"))
        self.assertEqual(
            cover_names("车损、三者200万、司乘1万×5"), ["车损", "三者", "司乘"]
        )

    def test_sum_is_reported_at_its_root(self):
        """A sum that fails because the CTPL premium is wrong is one problem."""
        wrong = {"ctpl_premium": Decimal(1950), "amount_due": Decimal(950)}
        row = self._row(issued_at=datetime(2026, 1, 1), use_nature="private", **wrong)
        self.assertEqual(
            self._found([row], base_premium=lambda row, on: 950),
            [(1, "ctpl_premium_mismatch", "ctpl_premium")],
        )
        self.assertEqual(self._found([row]), [(1, "sum_mismatch", "amount_due")])
        row.add("not_a_number", "tax")
        self.assertEqual(self._found([row]), [])

    def test_float_factor_outside_the_scheme(self):
        row = self._row(
            issued_at=datetime(2026, 1, 1),
            ctpl_premium=Decimal("522.50"),
            amount_due=Decimal("522.50"),
            float_factor=Decimal("0.55"),
        )
        rules = {
            "base_premium": lambda row, on: 950,
            "float_factors": lambda on: {Decimal("0.7"), Decimal(1)},
        }
        self.assertEqual(
            self._found([row], **rules), [(1, "ctpl_premium_mismatch", "float_factor")]
        )

    def test_policy_number_of_another_line(self):
        """Endorsements repeat the number, other lines must not; insurers may share."""
        first = self._row(1, insurer="A", comm_no="N1", ledger_no="1")
        rows = [
            first,
            self._row(
                2, insurer="A", comm_no="N1", ledger_no="2", status="endorsement"
            ),
            self._row(3, insurer="B", comm_no="N1", ledger_no="1"),
            self._row(4, insurer="A", comm_no="N1", ledger_no="4"),
        ]
        self.assertEqual(self._found(rows), [(4, "duplicate_policy_no", "comm_no")])
        known = {("A", "N1"): "77"}
        self.assertEqual(
            self._found([first], known_policies=known),
            [(1, "duplicate_policy_no", "comm_no")],
        )

    def test_owner_of_a_number_by_its_day(self):
        """The number tells the day; the order of the lines does not matter."""
        rows = [
            self._row(
                n, insurer="A", comm_no=f"N{n:04d}", issued_at=datetime(2026, 1, n)
            )
            for n in range(1, 21)
        ]
        rows[3].values["comm_no"] = "N0015"
        found = [(4, "duplicate_policy_no", "comm_no")]
        self.assertEqual(self._found(rows), found)
        self.assertEqual(self._found(rows[::-1]), found)

    def test_remittance_counts_working_days(self):
        """Six working days are agreed: the seventh is overdue."""
        row = self._row(
            channel="collected",
            cashier_date=date(2026, 10, 16),  # a Friday
            amount_received=Decimal(100),
            amount_due=Decimal(100),
            other_premium=Decimal(100),
        )
        found = {
            day: self._found([row], remit_days=lambda row: 6, as_of=date(2026, 10, day))
            for day in (24, 26, 27)
        }
        self.assertEqual(found[24], [])
        self.assertEqual(found[26], [])
        self.assertEqual(found[27], [(1, "remit_overdue", "remit_date")])

    def test_new_energy_product_is_learned(self):
        rows = [
            self._row(n, energy="bev", covers="绿车损+三者100万", model="E")
            for n in range(4)
        ]
        rows += [
            self._row(n, energy="fuel", covers="车损+三者100万", model="F")
            for n in range(10, 18)
        ]
        rows.append(self._row(99, energy="bev", covers="车损+三者100万", model="E"))
        teacher = EnergyTeacher(energy_samples(rows))
        issues = list(check_nev_products(rows, teacher))
        self.assertEqual([issue.row.row_no for issue in issues], [99])
        self.assertEqual(issues[0].suggestion, "绿车损+三者100万")

    def test_totals_are_compared_as_printed(self):
        """Second copies count, void lines do not; the grand total sums the sheet."""
        rows = [
            self._row(1, amount_due=Decimal(100)),
            self._row(2, amount_due=Decimal(50)),
            self._row(3, amount_due=Decimal(70), status="void"),
            self._row(4, kind="total", amount_due=Decimal(150)),
            self._row(5, amount_due=Decimal(10)),
            self._row(6, kind="total", amount_due=Decimal(11)),
            self._row(7, kind="total", amount_due=Decimal(160)),
        ]
        rows[1].dropped = True
        found = [(issue.row.row_no, issue.suggestion) for issue in check_totals(rows)]
        self.assertEqual(found, [(6, Decimal(10))])


@tagged("post_install", "-at_install")
class TestImportLedger(ImportCommon):
    def _book(self, *lines):
        return make_book({"登记": [["承保登记"], [], HEADER, *lines]})

    def _import(self, *lines, **kwargs):
        run = self._upload("ledger", self._book(*lines), **kwargs)
        self.assertFalse(self._problems(run, "error"))
        run.action_import()
        self.assertFalse(run.row_ids.filtered("error_text").mapped("error_text"))
        return run

    def _entry(self, number):
        return self.env["dealer.underwriting"].search(
            [("ledger_no", "=", number), ("company_id", "=", self.company.id)]
        )

    def test_history_is_taken_over_as_it_was(self):
        """Numbers, local times, amounts, fee shares, covers, signature and money."""
        self._import(
            line(
                1,
                优惠内容="送保养2次",
                优惠金额=100,
                收款渠道="代收",
                解付日期=datetime(2026, 3, 5),
            )
        )
        entry = self._entry("X2026-0001")
        self.assertRecordValues(
            entry,
            [
                {
                    "ledger_year": 2026,
                    "ledger_seq": 1,
                    "is_historical": True,
                    "state": "delivered",
                    "issued_at": datetime(2026, 3, 2, 2, 30),
                    "business_type": "new_car",
                    "ctpl_premium": 950,
                    "vehicle_tax": 350,
                    "commercial_premium": 3000,
                    "amount_due": 4300,
                    "amount_received": 4300,
                    "balance": 0,
                    "channel": "collected",
                    "payment_method": "qr",
                    "cashier_signed": True,
                    "cashier_signed_name": "收银甲",
                }
            ],
        )
        self.assertAlmostEqual(sum(entry.sudo().mapped("expected_fee")), 460)
        self.assertEqual(entry.agreement_id.insurer_id, entry.insurer_id)
        self.assertIn("三者", entry.commercial_policy_id.cover_text)
        self.assertTrue(entry.commercial_policy_id.line_ids)
        self.assertEqual(entry.concession_ids.concession_type, "service")
        self.assertEqual(entry.applicant_id.name, "客户1")

    def test_cancellation_and_endorsement_follow_their_policy(self):
        self._import(
            line(1),
            line(2),
            following(3, 1, "退保", -1000),
            following(4, 2, "批改", 200),
        )
        first, second = self._entry("X2026-0001"), self._entry("X2026-0002")
        refund, change = self._entry("X2026-0003"), self._entry("X2026-0004")
        self.assertRecordValues(
            refund | change,
            [
                {
                    "entry_type": "cancellation",
                    "origin_id": first.id,
                    "amount_due": -1000,
                },
                {
                    "entry_type": "endorsement",
                    "origin_id": second.id,
                    "amount_due": 200,
                },
            ],
        )
        self.assertEqual(first.commercial_policy_id.state, "cancelled")
        self.assertEqual(first.ctpl_policy_id.state, "issued")
        self.assertEqual(second.commercial_policy_id.state, "issued")
        self.assertEqual(first.amount_due, 4300)

    def test_endorsement_without_its_policy(self):
        """Kept out until a manager lets it in; then it stands alone."""
        run = self._upload("ledger", self._book(following(5, 9, "退保", -500)))
        self.assertIn((4, "comm_no", "origin_unknown"), self._codes(run))
        self._accept_facts(run)
        run.action_check()
        run.action_import()
        entry = self._entry("X2026-0005")
        self.assertEqual(entry.entry_type, "cancellation")
        self.assertFalse(entry.origin_id)
        self.assertEqual(entry.amount_due, -500)

    def test_void_line_keeps_its_number(self):
        self._import(line(1, 状态="作废", 实收金额=0, 交付日期=None, 出纳签名=None))
        entry = self._entry("X2026-0001")
        self.assertEqual(entry.state, "void")
        self.assertEqual(entry.amount_received, 0)
        self.assertFalse(entry.cashier_signed)

    def test_papers_that_stayed_in_the_store(self):
        self._import(line(1, 代管="是", 交付日期=None), line(2, 代管="是"))
        kept, handed = self._entry("X2026-0001"), self._entry("X2026-0002")
        self.assertEqual(kept.state, "in_custody")
        self.assertEqual(handed.state, "delivered")

    def test_fee_that_the_ledger_does_not_print(self):
        """The agreement of the day of issue says what is expected."""
        insurer = self.env["res.partner"]._find_insurer("人保财险")
        agreement = self.env["dealer.agreement"]._find(
            insurer, self.company, date(2026, 3, 2)
        )
        agreement.with_user(self.su_env.user).rate_ids = [
            Command.create(
                {"product": product, "rate": rate, "date_from": "2020-01-01"}
            )
            for product, rate in (("ctpl", 0.04), ("commercial", 0.15))
        ]
        self._import(line(1, 应收手续费=None))
        entry = self._entry("X2026-0001").sudo()
        # 950 / 1.06 x 4 % + 3000 / 1.06 x 15 %
        self.assertAlmostEqual(entry.expected_fee, 35.85 + 424.53)

    def test_unknown_insurer_names_it(self):
        run = self._upload("ledger", self._book(line(1, 保险公司="无名保险")))
        problem = run.problem_ids.filtered(lambda item: item.code == "unknown_insurer")
        self.assertIn("无名保险", problem.reason)
        self.su_env["res.partner"].create(
            {"name": "无名保险", "is_insurer": True, "is_company": True}
        )
        run.action_check()
        self.assertFalse(self._problems(run, "error"))

    def test_insurer_written_in_another_way(self):
        """The usual wording of a file is no problem, a second one is."""
        lines = [line(n, 保险公司="中国人保") for n in range(1, 4)]
        run = self._upload("ledger", self._book(*lines, line(4, 保险公司="人保")))
        aliases = [item for item in self._codes(run) if item[2] == "insurer_alias"]
        self.assertEqual(aliases, [(7, "insurer", "insurer_alias")])
        run.action_import()
        self.assertEqual(self._entry("X2026-0004").insurer_id.name, "人保财险")

    def test_handed_over_unsigned_and_cash(self):
        """Facts that break a rule keep the line out until a manager accepts them."""
        run = self._upload(
            "ledger",
            self._book(
                line(1, 出纳签名=None, 签名日期=None, 实收金额=4000),
                line(2, 优惠内容="返现200", 优惠金额=200),
                line(3, 优惠内容="送贴膜", 优惠金额=151),
                line(4, 优惠内容="送贴膜", 优惠金额=150),
            ),
        )
        self.assertEqual(
            self._codes(run),
            {
                (4, "cashier", "delivered_without_signature"),
                (5, "concession_text", "concession_cash"),
                (6, "concession_amt", "concession_over_limit"),
            },
        )
        with self.assertRaises(AccessError):
            run.problem_ids.filtered(lambda p: p.severity == "error")._accept("no")
        self._accept_facts(run)
        run.action_check()
        run.action_import()
        self.assertEqual(run.done_count, 4)
        self.assertEqual(self._entry("X2026-0001").balance, 300)

    def test_judged_as_of_a_day(self):
        """The day of judgement is the latest in the file, unless the user says so."""
        unpaid = line(1, 收款渠道="代收")
        run = self._upload("ledger", self._book(unpaid))
        self.assertFalse(self._problems(run))
        run.as_of_date = date(2026, 3, 20)
        run.action_check()
        self.assertEqual(self._codes(run), {(4, "remit_date", "remit_overdue")})

    def test_same_file_again(self):
        """A second upload of imported lines creates nothing."""
        self._import(*(line(n) for n in range(1, 51)))
        run = self._upload("ledger", self._book(*(line(n) for n in range(1, 51))))
        self.assertFalse(self._problems(run, "error"))
        run.action_import()
        self.assertEqual((run.done_count, run.unchanged_count), (0, 50))

    def test_two_stores_keep_their_own_ledger(self):
        """The same file of another store is his own; nobody sees the other's."""
        other = self._company(self.su_env, "Other Store")
        clerk = self._user("policy_clerk", other)
        self._import(line(1))
        run = self._upload("ledger", self._book(line(1)), user=clerk)
        problems = {item[3] for item in self._problems(run, "error")}
        # One insurer, one policy number: the other store cannot have it as well.
        self.assertFalse(problems)
        self.assertFalse(
            self.env["dealer.underwriting"]
            .with_user(clerk)
            .search([("ledger_no", "=", "X2026-0001")])
        )
        self.assertFalse(
            self.env["dealer.vehicle"].with_user(clerk).search([]).filtered("vin")
        )

    def test_posts_that_may_import(self):
        """Sales, cashier and the leader without identity rights are refused."""
        for post in ("sales_consultant", "cashier", "uw_leader", "hotline_agent"):
            with self.assertRaises(AccessError):
                self._upload("ledger", self._book(line(1)), user=self._user(post))
        run = self._upload("ledger", self._book(line(1)), user=self.manager)
        self.assertEqual(run.state, "checked")


@tagged("post_install", "-at_install")
class TestImportLedgerMoney(MoneyCommon):
    """A store that keeps its books here: what is open gets entries, the rest not."""

    _upload = ImportCommon._upload

    def test_open_money_is_booked_by_the_clerk(self):
        ImportCommon._agreement.__func__(type(self), self.insurer)
        common = {"保险公司": self.insurer.name, "收款渠道": "代收"}
        lines = [
            line(1, **common, 解付日期=datetime(2026, 3, 5)),
            line(2, **common),
            line(3, **{**common, "收款渠道": "直缴"}),
        ]
        book = make_book({"登记": [HEADER, *lines]})
        run = self._upload("ledger", book, user=self.clerk)
        run.action_import()
        self.assertFalse(run.row_ids.filtered("error_text").mapped("error_text"))
        entries = self.su_env["dealer.underwriting"].search(
            [("company_id", "=", self.company.id), ("is_historical", "=", True)],
            order="ledger_seq",
        )
        self.assertRecordValues(
            entries,
            [
                {"amount_received": 4300, "balance": 0, "amount_held": 0},
                {"amount_received": 4300, "balance": 0, "amount_held": 4300},
                {"amount_received": 4300, "balance": 0, "amount_held": 0},
            ],
        )
        booked = entries.filtered("money_line_ids")
        self.assertEqual(booked.mapped("ledger_no"), ["X2026-0002"])

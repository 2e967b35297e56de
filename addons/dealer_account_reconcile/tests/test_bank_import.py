"""Statement files of invented banks: other words, other order, one amount column."""

import base64

from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.dealer_insurance.tests.import_common import make_book

from .bank_common import BankCommon

TITLE = ["对公账户明细查询"]
HEAD = ["日期", "收支", "金额", "账户余额", "交易对手", "备注", "交易流水号"]
#: Newest first, one amount column with a direction beside it.
NEWEST_FIRST = [
    TITLE,
    ["户名：远方汽车销售有限公司", None, None, "账号: 8888 0000 1111 2222"],
    HEAD,
    ["2027/3/12", "支出", "1,200.00", "2,300.00", "甲保险公司", "上划保险费", "S3"],
    ["2027/3/11", "收入", 500, 3500, "王芳", "车险 粤A12345", "S2"],
    ["2027/3/10", "收入", "3000元", 3000, None, "现金存款", "S1"],
    ["合计", None, None, None, None, None, None],
]
#: Signed amounts, text file of a northern bank.
SIGNED = """账户交易流水
卡号：6222 0000 1111 3333
交易时间,发生额,余额,对方名称,附言,摘要
2027-03-10 09:15:00,1000.00,1000.00,张三,续保,网银转入
2027-03-10 10:20:30,-400.50,599.50,乙保险公司,保费2笔,网银转出
2027-03-11 08:00:00,"1,400.50",2000.00,李四,,跨行转入
"""


@tagged("post_install", "-at_install")
class TestBankImport(BankCommon):
    premium_account = "8888000011112222"
    general_account = "6222000011113333"

    def test_newest_first(self):
        """Rows are kept in the order of time, with sign, balance and texts."""
        lines = self._import(make_book({"流水": NEWEST_FIRST}))
        self.assertEqual(lines.journal_id, self.premium_journal)
        lines = lines.sorted("internal_index")
        self.assertEqual(lines.mapped("amount"), [3000, 500, -1200])
        self.assertEqual(lines.mapped("ref"), ["S1", "S2", "S3"])
        self.assertEqual(lines[1].partner_name, "王芳")
        self.assertEqual(lines[1].payment_ref, "车险 粤A12345")
        statement = lines.statement_id
        self.assertEqual((statement.balance_start, statement.balance_end), (0, 2300))
        self.assertTrue(statement.is_valid)

    def test_signed_text_file(self):
        """GBK text, account in the title, day and time in one column, no serial."""
        lines = self._import(SIGNED.encode("gbk"), "list.csv")
        self.assertEqual(lines.journal_id, self.general_journal)
        lines = lines.sorted("internal_index")
        self.assertEqual(lines.mapped("amount"), [1000, -400.5, 1400.5])
        self.assertEqual(lines[1].payment_ref, "网银转出 保费2笔")

    def test_again(self):
        """The same file brings nothing; a longer one brings only what is new."""
        self._import(SIGNED.encode("gbk"), "list.csv")
        with self.assertRaises(UserError):
            self._import(SIGNED.encode("gbk"), "list.csv")
        longer = SIGNED + "2027-03-12 08:00:00,10.00,2010.00,,结息,利息\n"
        lines = self._import(longer.encode("gbk"), "list.csv")
        self.assertEqual(lines.mapped("amount"), [10])

    def test_two_accounts(self):
        """Two sheets are two accounts, and a cover sheet is none."""
        second = [
            ["账号 6222000011113333"],
            ["交易日期", "借方", "贷方", "对方户名", "摘要"],
            ["20270310", None, 77, "赵六", "往来"],
        ]
        lines = self._import(
            make_book({"说明": [["本文件含两个账户"]], "A": NEWEST_FIRST, "B": second})
        )
        self.assertEqual(len(lines), 4)
        self.assertEqual(
            lines.filtered(lambda x: x.journal_id == self.general_journal).amount, 77
        )

    # -- refusals -----------------------------------------------------------------

    def _refused(self, rows, *words, name="bank.xlsx", journal=None):
        """The file is refused with these words, and nothing is in."""
        before = self.env["account.bank.statement"].search_count([])
        content = rows if isinstance(rows, bytes) else make_book({"流水": rows})
        with self.assertRaises(UserError) as caught:
            self._import(content, name, journal=journal)
        for word in words:
            self.assertIn(word, str(caught.exception))
        self.assertEqual(self.env["account.bank.statement"].search_count([]), before)

    def _changed(self, row, col, value):
        rows = [list(line) for line in NEWEST_FIRST]
        rows[row][col] = value
        return rows

    def test_bad_cells(self):
        """Sheet, row, column and value of what cannot be read."""
        self._refused(self._changed(4, 2, "五百"), "流水", "row 5", "金额", "五百")
        self._refused(self._changed(3, 0, "昨天1"), "row 4", "日期", "昨天1")
        self._refused(self._changed(3, 0, None), "row 4", "booking day is missing")
        self._refused(self._changed(4, 1, "转"), "row 5")
        self._refused(self._changed(4, 2, None), "row 5", "no amount")

    def test_missing_line(self):
        """A line cut out of the file shows in the balance."""
        rows = [list(line) for line in NEWEST_FIRST]
        del rows[4]
        self._refused(rows, "row 4", "does not follow")

    def test_wrong_total(self):
        rows = [
            ["账号 6222000011113333"],
            ["交易日期", "支出金额", "收入金额", "对方户名", "摘要"],
            ["2027-03-10", None, 77, "赵六", "往来"],
            ["合计", None, 78, None, None],
        ]
        self._refused(rows, "row 4", "收入金额", "78", "77")

    def test_unknown_account(self):
        """No journal has the number: sheet and account are named."""
        rows = [list(line) for line in NEWEST_FIRST]
        rows[1][3] = "账号: 9999 0000 1111 2222"
        self._refused(rows, "流水", "9999000011112222")

    def test_account_of_another_journal(self):
        """Started from the wrong journal."""
        self._refused(
            NEWEST_FIRST,
            "8888000011112222",
            self.general_journal.display_name,
            journal=self.general_journal,
        )

    def test_no_account_number(self):
        """Without a number the journal must be chosen."""
        rows = [["对账单"], *NEWEST_FIRST[2:]]
        self._refused(rows, "does not name its account number")
        lines = self._import(make_book({"流水": rows}), journal=self.premium_journal)
        self.assertEqual(len(lines), 3)

    def test_one_bad_sheet_of_two(self):
        """Nothing of a file is half imported."""
        second = [
            ["账号 6222000011113333"],
            ["交易日期", "借方", "贷方", "对方户名", "摘要"],
            ["2027-03-10", 5, 77, "赵六", "往来"],
        ]
        self._refused(
            make_book({"A": NEWEST_FIRST, "B": second}), "B", "row 3", "at once"
        )

    def test_no_statement(self):
        self._refused([["买菜"], ["白菜", 2], ["萝卜", 3], ["豆腐", 4]], "no header")
        self._refused(b"%PDF-1.4 nothing", "spreadsheet", name="bank.pdf")

    def test_other_mapping_untouched(self):
        """A mapping of OCA keeps its own parser."""
        mapping = self.su_env["account.statement.import.sheet.mapping"].create(
            {
                "name": "Plain",
                "float_thousands_sep": "comma",
                "float_decimal_sep": "dot",
                "timestamp_format": "%Y-%m-%d",
                "timestamp_column": "date",
                "amount_column": "amount",
                "description_column": "text",
            }
        )
        content = b"date,amount,text\n2027-03-10,12.50,Plain line\n"
        wizard = (
            self.env["account.statement.import"]
            .with_user(self.finance)
            .with_context(journal_id=self.general_journal.id)
            .create(
                {
                    "statement_file": base64.b64encode(content),
                    "statement_filename": "plain.csv",
                    "sheet_mapping_id": mapping.id,
                }
            )
        )
        wizard.import_file_button()
        line = self.env["account.bank.statement.line"].search(
            [("payment_ref", "=", "Plain line")]
        )
        self.assertEqual(line.amount, 12.5)

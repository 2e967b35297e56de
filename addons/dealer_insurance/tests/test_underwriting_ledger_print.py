import io
from datetime import datetime, timedelta

import openpyxl
from lxml import etree, html

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..report import underwriting_ledger_columns as form
from ..report import underwriting_ledger_rows as ledger
from ..report import underwriting_ledger_sources as sources
from ..tools.import_columns_ledger import ledger_columns
from .import_common import LEDGER_SAMPLE, ImportCommon, make_book
from .underwriting_common import UnderwritingCommon

PDF = "dealer_insurance.report_underwriting_ledger"
XLSX = "dealer_insurance.underwriting_ledger_xlsx"
HEADER_ROWS = (3, 4)  # as the spreadsheet program counts


class LedgerPrintCommon(UnderwritingCommon):
    """Issued entries of two insurers and months, written as they stand on paper."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users["uw_leader"].tz = "Asia/Shanghai"
        cls.clerk.tz = "Asia/Shanghai"
        cls.insurer_2 = cls._insurer("Insurer Two", "TTWO")
        cls._agreement(cls.insurer_2)
        cls.applicant.write({"id_type": "passport", "id_number": "E12345678"})
        cls.void_reason = cls.su_env["dealer.reason.code"].search(
            [("category", "=", "void")], limit=1
        )
        cls.gift = cls.su_env.ref("dealer_insurance.concession_type_gift")

    @classmethod
    def _entry_vals(cls, seq, issued_at, **vals):
        insurer = vals.pop("insurer", cls.insurer)
        return {
            **cls._vals(insurer_id=insurer.id),
            "company_id": cls.company.id,
            "issued_at": issued_at,
            "ledger_year": issued_at.year,
            "ledger_seq": seq,
            "ledger_no": f"{insurer.insurer_code}{issued_at.year}-{seq:04d}",
            "legacy_received": 5870.0,
            **vals,
        }

    @classmethod
    def _entries(cls, *vals_list):
        return cls.su_env["dealer.underwriting"]._create_historical(list(vals_list))

    @classmethod
    def _book(cls):
        """Three January lines (one void), one February line, one other ledger.

        Each line: compulsory 950, tax 420, commercial 4,500, together 5,870.
        """
        rows = cls._entries(
            cls._entry_vals(1, datetime(2026, 1, 5, 2, 30)),
            cls._entry_vals(2, datetime(2026, 1, 6, 3, 0)),
            cls._entry_vals(
                3,
                datetime(2026, 1, 7, 4, 0),
                voided_at=datetime(2026, 1, 7, 5, 0),
                void_reason_id=cls.void_reason.id,
                legacy_received=0.0,
            ),
            # 2026-02-01 00:30 in Shanghai, still January in UTC
            cls._entry_vals(4, datetime(2026, 1, 31, 16, 30)),
            cls._entry_vals(1, datetime(2026, 1, 8), insurer=cls.insurer_2),
        )
        cls.su_env["dealer.concession"].create(
            {
                "underwriting_id": rows[0].id,
                "type_id": cls.gift.id,
                "name": "Screen wash",
                "amount": 20.0,
            }
        )
        return rows

    def _wizard(self, user=None, **vals):
        return (
            self.env["dealer.ledger.print.wizard"]
            .with_user(user or self.clerk)
            .with_company(self.company)
            .create({"date_from": "2026-01-01", "date_to": "2026-02-28", **vals})
        )

    def _html(self, user=None, rows=None, wizard=None):
        reports = self.env["ir.actions.report"].with_user(user or self.clerk)
        if wizard:
            data = {"wizard_id": wizard.id}
            content = reports._render_qweb_html(PDF, [], data=data)[0]
        else:
            content = reports._render_qweb_html(PDF, rows.ids)[0]
        return html.fromstring(content)

    def _xlsx(self, user=None, rows=None, wizard=None):
        reports = self.env["ir.actions.report"].with_user(user or self.clerk)
        reports = reports.with_context(active_model="dealer.underwriting")
        data = {"wizard_id": wizard.id} if wizard else {}
        content = reports._render_xlsx(XLSX, rows.ids if rows else [], data=data)[0]
        return openpyxl.load_workbook(io.BytesIO(content))

    def _columns_of(self, sheet):
        """Column number of each key, found by the two header rows."""
        wanted = {}
        for index, column in enumerate(form.LEDGER_COLUMNS, start=1):
            top = sheet.cell(HEADER_ROWS[0], index).value
            bottom = sheet.cell(HEADER_ROWS[1], index).value
            label = self.env._(column.label)
            self.assertIn(label, (top, bottom), column.key)
            wanted[column.key] = index
        return wanted


@tagged("post_install", "-at_install")
class TestLedgerForm(LedgerPrintCommon):
    """One definition of the columns for screen, paper, spreadsheet and import."""

    def test_keys_are_those_of_the_import(self):
        keys = [column.key for column in form.LEDGER_COLUMNS]
        self.assertEqual(len(keys), len(set(keys)))
        known = {item.key for item in ledger_columns(self.env._)}
        self.assertFalse(set(keys) - known)
        # the insurer is the sheet, not a column; policies stand side by side
        other_layouts = {"line_product", "line_no", "line_premium"}
        other_layouts |= {"cover_start", "cover_end"}
        self.assertEqual(known - set(keys), {"insurer"} | other_layouts)

    def test_print_uses_known_columns_and_the_whole_width(self):
        for cell in form.PRINT_CELLS:
            self.assertIn(cell.top, form.COLUMN_BY_KEY)
            self.assertIn(cell.bottom, form.COLUMN_BY_KEY)
        self.assertAlmostEqual(sum(cell.width for cell in form.PRINT_CELLS), 100.0)

    def test_list_keeps_the_order_of_the_form(self):
        arch = self.env.ref(
            "dealer_insurance.dealer_underwriting_view_list_ledger"
        ).arch
        shown = [node.get("name") for node in etree.fromstring(arch).iter("field")]
        order = [form.list_field(column) for column in form.LEDGER_COLUMNS]
        common = [name for name in order if name in shown]
        self.assertEqual(common, [name for name in shown if name in common])
        self.assertGreater(len(common), 50)

    def test_every_path_exists(self):
        model = self.env["dealer.underwriting"]
        for column in form.LEDGER_COLUMNS:
            self.assertTrue(column.readable(model), column.key)


@tagged("post_install", "-at_install")
class TestLedgerPrint(LedgerPrintCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rows = cls._book()

    # -- period -----------------------------------------------------------------

    def test_period_is_cut_by_the_day_of_the_store(self):
        """The entry of 2026-02-01 00:30 in the store is no January entry, in
        whatever time zone the printing user lives."""
        self.company.partner_id.tz = "Asia/Shanghai"
        february = self.rows[3]
        for zone in ("UTC", "Asia/Shanghai", "America/New_York"):
            self.clerk.tz = zone
            january = self._wizard(date_to="2026-01-31")._ledger_rows()
            self.assertEqual(len(january), 4, zone)
            self.assertNotIn(february, january)
            later = self._wizard(date_from="2026-02-01")._ledger_rows()
            self.assertEqual(later, february)
        # a store that counts by Greenwich prints the same moment in January
        self.company.partner_id.tz = "UTC"
        self.assertIn(february, self._wizard(date_to="2026-01-31")._ledger_rows())

    # -- figures ----------------------------------------------------------------

    def test_months_without_void_lines(self):
        rows = self.rows.with_user(self.clerk).with_context(tz="Asia/Shanghai")
        first, second = ledger.ledger_sections(rows)
        self.assertEqual(
            (first.insurer, second.insurer), (self.insurer, self.insurer_2)
        )
        january, february = first.months
        self.assertEqual((january.count, january.void_count), (2, 1))
        self.assertEqual((february.count, february.void_count), (1, 0))
        expected = {
            "ctpl_premium": 1900.0,
            "tax": 840.0,
            "comm_premium": 9000.0,
            "amount_due": 11740.0,
            "amount_received": 11740.0,
            "balance": 0.0,
            "concession_amt": 20.0,
        }
        for key, value in expected.items():
            self.assertEqual(january.totals[key], value, key)
        self.assertEqual(first.totals["amount_due"], 17610.0)
        self.assertEqual((first.count, first.void_count), (3, 1))

    def test_status_words(self):
        [row, *_rest, void] = self.rows[:3]
        self.assertEqual(sources.ledger_status(row), "normal")
        self.assertEqual(sources.ledger_status(void), "void")

    def test_empty_is_not_zero(self):
        column = form.COLUMN_BY_KEY["other_premium"]
        self.assertIsNone(column.value(self.rows[0]))
        self.assertEqual(form.COLUMN_BY_KEY["ctpl_premium"].value(self.rows[0]), 950.0)

    # -- paper ------------------------------------------------------------------

    def test_paper_has_title_header_totals_and_boxes(self):
        page = self._html(wizard=self._wizard())
        articles = page.xpath("//div[contains(@class, 'article')]")
        self.assertEqual(len(articles), 2)
        first = articles[0]
        title = first.xpath(".//thead//th[contains(@class, 'o_dealer_title')]")[0]
        self.assertIn("Insurer One", title.text_content())
        self.assertIn("January 2026", title.text_content())
        self.assertIn("February 2026", title.text_content())
        self.assertEqual(len(first.xpath(".//tr[@class='o_dealer_void']")), 1)
        totals = first.xpath(".//tr[contains(@class, 'o_dealer_total')]")
        self.assertEqual(len(totals), 3)
        self.assertIn("11,740.00", totals[0].text_content())
        self.assertIn("17,610.00", totals[-1].text_content())
        boxes = first.xpath(".//table[contains(@class, 'o_dealer_signatures')]//td")
        self.assertEqual(len(boxes), 4)
        self.assertEqual(len(page.xpath("//span[@class='topage']")), 2)

    def test_paper_of_selected_rows(self):
        page = self._html(rows=self.rows[:2])
        text = page.text_content()
        self.assertIn(self.rows[0].ledger_no, text)
        self.assertNotIn(self.rows[3].ledger_no, text)
        self.assertIn("11,740.00", text)

    def test_rows_before_their_issue_are_not_in_the_ledger(self):
        draft = self._create()
        with self.assertRaises(UserError):
            self._html(rows=draft)

    def test_paper_counts_whole_and_broken_months(self):
        env = self.env
        whole = ledger.period_text(env, *map(_day, ("2026-01-01", "2026-10-31")))
        self.assertEqual(whole, "January 2026 – October 2026")
        one = ledger.period_text(env, *map(_day, ("2026-02-01", "2026-02-28")))
        self.assertEqual(one, "February 2026")
        broken = ledger.period_text(env, *map(_day, ("2026-02-01", "2026-02-27")))
        self.assertIn("27", broken)

    # -- period -----------------------------------------------------------------

    def test_period_of_one_insurer_without_history(self):
        two = self._wizard(insurer_ids=[Command.set(self.insurer_2.ids)])
        self.assertEqual(two._ledger_rows(), self.rows[4])
        with self.assertRaises(UserError):
            self._wizard(include_history=False)._ledger_rows()
        with self.assertRaises(UserError):
            self._wizard(date_from="2026-03-01", date_to="2026-02-01")

    def test_buttons_hand_the_wizard_to_the_report(self):
        wizard = self._wizard()
        for action in (wizard.action_print(), wizard.action_export()):
            self.assertEqual(action["type"], "ir.actions.report")
            self.assertEqual(action["data"], {"wizard_id": wizard.id})

    # -- spreadsheet ------------------------------------------------------------

    def test_spreadsheet_has_the_paper_form(self):
        book = self._xlsx(wizard=self._wizard())
        self.assertEqual(book.sheetnames, ["Insurer One", "Insurer Two"])
        sheet = book["Insurer One"]
        self.assertIn("Insurer One", sheet["A1"].value)
        columns = self._columns_of(sheet)
        self.assertEqual(len(columns), len(form.LEDGER_COLUMNS))
        merged = {str(item) for item in sheet.merged_cells.ranges}
        self.assertIn("A3:A4", merged)
        group = columns["ctpl_no"], columns["tax"]
        letters = [openpyxl.utils.get_column_letter(index) for index in group]
        self.assertIn(f"{letters[0]}3:{letters[1]}3", merged)
        self.assertEqual(sheet.freeze_panes, "K5")
        self.assertEqual(sheet.page_setup.orientation, "landscape")
        self.assertEqual(str(sheet.page_setup.paperSize), "9")
        self.assertEqual(sheet.print_title_rows, "$1:$4")

        line = {key: sheet.cell(5, index) for key, index in columns.items()}
        self.assertEqual(line["ledger_no"].value, self.rows[0].ledger_no)
        self.assertEqual(line["ctpl_no"].data_type, "s")
        self.assertEqual(line["ctpl_no"].value, self.rows[0].ctpl_policy_no)
        self.assertEqual(line["issued_at"].value, datetime(2026, 1, 5, 10, 30))
        self.assertEqual(line["amount_due"].value, 5870)
        self.assertEqual(line["amount_due"].number_format, "#,##0.00")
        self.assertEqual(line["other_premium"].value, None)
        total = {key: sheet.cell(8, index) for key, index in columns.items()}
        self.assertEqual(total["amount_due"].value, 11740)
        self.assertEqual(total["amount_due"].data_type, "n")

    def test_spreadsheet_texts_stay_texts(self):
        evil = '=HYPERLINK("http://x","y")'
        rows = self._entries(
            self._entry_vals(
                9,
                datetime(2026, 5, 5),
                note=evil,
                receiver_name="+1-1",
                insurer=self.insurer,
            )
        )
        self.applicant.name = "@SUM(A1:A9)"
        sheet = self._xlsx(rows=rows).worksheets[0]
        columns = self._columns_of(sheet)
        for key, text in (
            ("note", evil),
            ("receiver", "+1-1"),
            ("applicant", "@SUM(A1:A9)"),
        ):
            cell = sheet.cell(5, columns[key])
            self.assertEqual((cell.data_type, cell.value), ("s", text))

    def test_sheet_names_of_many_stores_and_long_names(self):
        self.insurer.name = "Insurer [One]: a name far too long for any sheet"
        book = self._xlsx(rows=self.rows)
        self.assertTrue(all(len(name) <= 31 for name in book.sheetnames))
        self.assertEqual(len(book.sheetnames), 2)

    # -- rights -----------------------------------------------------------------

    def test_identity_is_masked_without_need(self):
        self.assertIn("E12345678", self._html(rows=self.rows).text_content())
        leader = self.users["uw_leader"]
        text = self._html(user=leader, rows=self.rows).text_content()
        self.assertNotIn("E12345678", text)
        self.assertIn(self.applicant.id_number_masked, text)
        sheet = self._xlsx(user=leader, rows=self.rows).worksheets[0]
        cell = sheet.cell(5, self._columns_of(sheet)["id_no"])
        self.assertEqual(cell.value, self.applicant.id_number_masked)

    def test_fee_is_blank_for_posts_that_must_not_know_it(self):
        for user, shown in ((self.clerk, True), (self.cashier, False)):
            sheet = self._xlsx(user=user, rows=self.rows).worksheets[0]
            cell = sheet.cell(5, self._columns_of(sheet)["fee_expected"])
            self.assertEqual(cell.value is not None, shown, user.login)

    def test_other_store_prints_nothing_of_ours(self):
        stranger = self._user("insurance_manager", company=self.company_2)
        with self.assertRaises(UserError):
            self._html(user=stranger, rows=self.rows)
        wizard = (
            self.env["dealer.ledger.print.wizard"]
            .with_user(stranger)
            .create({"date_from": "2026-01-01", "date_to": "2026-12-31"})
        )
        with self.assertRaises(UserError):
            wizard._ledger_rows()
        with self.assertRaises(AccessError):
            wizard.company_ids = self.company

    def test_posts_without_ledger_have_no_wizard(self):
        with self.assertRaises(AccessError):
            self._wizard(user=self.users["hotline_agent"])

    # -- size -------------------------------------------------------------------

    def test_queries_do_not_grow_with_the_ledger(self):
        more = self._entries(
            *[
                self._entry_vals(100 + i, datetime(2026, 3, 1) + timedelta(hours=i))
                for i in range(50)
            ]
        )

        def queries(rows):
            self.env.flush_all()
            self.env.invalidate_all()
            rows = rows.with_user(self.clerk)
            rows.env.user.has_group(sources.PII_GROUP)
            before = self.env.cr.sql_log_count
            ledger.ledger_sections(rows)
            return self.env.cr.sql_log_count - before

        queries(more[:3])
        self.assertEqual(queries(more[:5]), queries(more))


@tagged("post_install", "-at_install")
class TestLedgerRoundTrip(ImportCommon):
    """What we export, the ledger import reads back, and the next export is the same."""

    HEADER = [
        *("序号 台账号 出单时间 业务类型 客户来源 销售顾问 续保专员 出单员").split(),
        *("投保人 被保险人 车主 证件类型 证件号码 联系电话 车架号 车牌号").split(),
        *("发动机号 车型 使用性质 能源类型 座位 排量(L) 购置价 初登日期").split(),
        *("交强险保单号 交强险起保时间 交强险终保时间 浮动系数 交强险保费").split(),
        *("车船税 商业险保单号 商业险起保时间 商业险终保时间 NCD系数").split(),
        *("自主定价系数 标准保费 商业险保费 险种组合 驾意险保单号").split(),
        *("驾意险保费 应收合计 优惠内容 优惠金额 实收金额 欠缴 收款渠道").split(),
        *("收款方式 付款人 与投保人关系 出纳签名 签名日期 交付日期 签收人").split(),
        *("解付日期 状态 批单号 备注").split(),
    ]
    ROW = [
        *(1, "RB2026-0001", datetime(2026, 1, 5, 11, 30), "新转续", "续保客户"),
        *(None, "吕志强", "苏晓彤", "陈菲琳", "陈菲琳", "陈菲琳", "护照", "E12345678"),
        *("15205133566", "LGBH12E05PY122989", "粤E00508", "HR16289378G"),
        *("轩逸 1.6XV CVT", "家庭自用", "汽油", 5, 1.6, 137100, datetime(2023, 12, 16)),
        *("PDZA202644060000022690", datetime(2026, 1, 9)),
        *(datetime(2027, 1, 8, 23, 59, 59), 0.8, 760, 360),
        *("PDAA202644060000020665", datetime(2026, 1, 9)),
        *(datetime(2027, 1, 8, 23, 59, 59), 0.7, 0.8, 3000, 1680),
        *("车损/三者200万/司机1万/乘客1万*4", None, None, 2800, "送代驾券", 60),
        *(2800, 0, "代收", "刷卡", "陈菲琳", "本人", "区惠芳", datetime(2026, 1, 5)),
        *(datetime(2026, 1, 6), "陈菲琳", datetime(2026, 1, 7), "正常", None, None),
    ]

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.insurer = cls.insurers[0]

    def _row(self, **changes):
        """The line with other values in some columns, by header."""
        line = {**dict(zip(self.HEADER, self.ROW, strict=True)), **changes}
        return list(line.values())

    def _lines(self):
        """A policy, a void line of another car, the cancellation of the policy."""
        void = {
            "台账号": "RB2026-0002",
            "车架号": "LGBH92E05SZ100499",
            "车牌号": "粤Y87663",
            "交强险保单号": "PDZA202644060000022691",
            "商业险保单号": "PDAA202644060000020666",
            "实收金额": 0,
            "欠缴": 0,
            "状态": "作废",
            "备注": "客户改保额,作废重出",
        }
        unpaid = "收款渠道 收款方式 付款人 与投保人关系 出纳签名 签名日期 "
        unpaid += "交付日期 签收人 解付日期"
        void.update(dict.fromkeys(unpaid.split()))
        refund = {
            "台账号": "RB2026-0003",
            "商业险保费": -800,
            "应收合计": -800,
            "实收金额": -800,
            "优惠内容": None,
            "优惠金额": None,
            "状态": "退保",
            "批单号": "EDAA202644060000036913",
            "备注": "客户退保",
        }
        gone = "交强险保单号 交强险起保时间 交强险终保时间 浮动系数 交强险保费 车船税"
        refund.update(dict.fromkeys(gone.split()))
        return [
            self._row(状态="已退保"),
            self._row(**{**void, "序号": 2}),
            self._row(**{**refund, "序号": 3}),
        ]

    def _book_of(self, rows):
        return make_book({self.insurer.name: [self.HEADER, *rows]})

    def _imported(self, content):
        run = self._upload("ledger", content)
        self._accept_facts(run)
        run.action_check()
        unknown = run.column_ids.filtered(lambda column: not column.target_id)
        self.assertFalse(unknown.mapped("title"), "every header is understood")
        self.assertEqual(self._problems(run, "error"), set())
        run.action_import()
        self.assertEqual(run.state, "done")
        return self.env["dealer.underwriting"].search(
            [("company_id", "=", self.company.id)]
        )

    def _exported(self, rows):
        reports = (
            self.env["ir.actions.report"]
            .with_user(self.clerk)
            .with_context(
                active_model="dealer.underwriting", lang=self.clerk.lang or "en_US"
            )
        )
        return reports._render_xlsx(XLSX, rows.ids, data={})[0]

    def _cells(self, content):
        book = openpyxl.load_workbook(io.BytesIO(content))
        return [
            [[cell.value for cell in row] for row in sheet.iter_rows(min_row=3)]
            for sheet in book
        ]

    def _speak_chinese(self):
        """The clerk works in Chinese, as the stores do."""
        self.env["res.lang"]._activate_lang("zh_CN")
        self.env["ir.module.module"]._load_module_terms(
            ["dealer_base", "dealer_insurance"], ["zh_CN"]
        )
        self.clerk.lang = "zh_CN"

    def test_chinese_header_is_that_of_the_paper(self):
        paper = openpyxl.load_workbook(io.BytesIO(self._sample(LEDGER_SAMPLE)))
        self._speak_chinese()
        rows = self._imported(self._book_of([self.ROW]))
        ours = openpyxl.load_workbook(io.BytesIO(self._exported(rows)))
        self.assertEqual(*[_header(book.worksheets[0]) for book in (ours, paper)])

    def test_round_trip_in_chinese(self):
        self._speak_chinese()
        self.test_round_trip()

    def test_round_trip(self):
        with self.env.cr.savepoint() as savepoint:
            rows = self._imported(self._book_of(self._lines()))
            first = self._exported(rows)
            numbers = rows.mapped("ledger_no")
            savepoint.rollback()
        self.env.invalidate_all()
        self.assertFalse(
            self.env["dealer.underwriting"].search(
                [("company_id", "=", self.company.id)]
            ),
            "the second import starts from nothing",
        )
        again = self._imported(first)
        self.assertEqual(sorted(again.mapped("ledger_no")), sorted(numbers))
        self.assertEqual(len(again), 3)
        self.assertEqual(self._cells(self._exported(again)), self._cells(first))
        self.assertRecordValues(
            again.sorted("ledger_seq")[0],
            [
                {
                    "ledger_no": "RB2026-0001",
                    "business_type": "new_to_renewal",
                    "amount_due": 2800.0,
                    "amount_received": 2800.0,
                    "payment_method": "card",
                    "customer_source": "renewal",
                    "receiver_name": "陈菲琳",
                }
            ],
        )


def _header(sheet):
    """Upper and lower wording of every column."""
    return [
        [sheet.cell(row, index + 1).value for row in HEADER_ROWS]
        for index in range(len(form.LEDGER_COLUMNS))
    ]


def _day(text):
    return datetime.strptime(text, "%Y-%m-%d").date()

"""Acceptance on the sample files: every problem found, none invented, sums right."""

import csv
import io
import random

from odoo.tests import tagged

from .import_common import (
    DELIVERY_SAMPLE,
    LEDGER_SAMPLE,
    ImportCommon,
    as_csv_text,
    make_book,
    sample_table,
)

#: Other wordings of the same columns, as other stores write them.
REWORDED_LEDGER = {
    "台账号": "台账编号",
    "出单时间": "签单日期",
    "业务类型": "投保类型",
    "被保险人": "被保人",
    "证件号码": "证件号",
    "联系电话": "手机号码",
    "车架号": "车辆识别代号",
    "车型": "厂牌型号",
    "能源类型": "燃料种类",
    "座位": "核定载客",
    "交强险保单号": "交强险保险单号",
    "交强险终保时间": "交强险到期日",
    "商业险保单号": "商业保单号码",
    "商业险终保时间": "商业险止期",
    "商业险折后保费": "商业险实收保费",
    "商业险险种组合": "承保险种",
    "应收合计": "应收保费",
    "优惠内容": "赠送明细",
    "收款渠道": "收费渠道",
    "出纳签名": "收银员",
    "签名日期": "收款日期",
    "解付日期": "解款日期",
    "状态": "保单状态",
}
REWORDED_DELIVERY = {
    "交车日期": "提车日期",
    "车架号(VIN)": "底盘号",
    "开票价格": "成交价",
    "客户名称": "购车人",
    "证件号码": "证件号",
    "手机号码": "联系电话",
    "销售顾问": "顾问",
    "是否本店投保": "本店投保",
    "未投保原因": "战败原因",
}
#: What exists only in a file with cell types.
TYPED_ONLY = {"date_serial", "policy_no_as_number", "amount_text"}
#: One family on a VIN: any blank is "vin_space" for us; the answer file calls it so in
#: one place and "trailing_space" in another.
VIN_BLANKS = {"vin_space", "trailing_space"}


@tagged("post_install", "-at_install", "dealer_sample")
class TestImportSample(ImportCommon):
    def setUp(self):
        super().setUp()
        self.ledger = self._sample(LEDGER_SAMPLE)
        self.deliveries = self._sample(DELIVERY_SAMPLE)

    # -- helpers ----------------------------------------------------------------

    def _expected(self, name, severity=None):
        return {
            (line["sheet"], int(line["row_no"]), line["field_key"], line["problem"])
            for line in self._truth(name)
            if not severity or line["severity"] == severity
        }

    def _assert_matches(self, run, name):
        """Errors exactly as in the answer file, at least 95 % of the warnings by their
        exact code, and no warning that nobody injected."""
        self.assertEqual(self._problems(run, "error"), self._expected(name, "error"))
        warnings = self._expected(name, "warning")
        found = self._problems(run, "warning")
        self.assertGreaterEqual(len(found & warnings), 0.95 * len(warnings))
        self.assertFalse(
            self._families(found) - self._families(warnings),
            "warnings that nobody injected",
        )

    @staticmethod
    def _families(problems):
        """Problems with the codes of blanks in a VIN as one."""
        return {
            (*place, field, "vin_blank")
            if field == "vin" and code in VIN_BLANKS
            else (*place, field, code)
            for *place, field, code in problems
        }

    def _corrections(self, name):
        return {
            (line["sheet"], int(line["row_no"]), line["field_key"]): line["clean_value"]
            for line in self._truth(name)
            if line["kind"] == "typing"
            and line["problem"] not in ("duplicate_row", "subtotal_mismatch")
        }

    def _clean(self, run, name):
        """Correct, accept and check again, until no error is left."""
        self._correct(run, self._corrections(name))
        self._accept_facts(run)
        run.action_check()
        self.assertFalse(
            run.problem_ids.filtered(
                lambda item: item.severity == "error" and item.state == "open"
            ).mapped("reason")
        )
        run.action_import()
        self.assertEqual(run.state, "done")
        self.assertFalse(run.row_ids.filtered("error_text").mapped("error_text"))

    def _columns_of(self, run, name):
        headers = {
            (line["sheet"], int(line["row_no"]), line["field_key"]): line["field"]
            for line in self._truth(name)
        }
        for problem in run.problem_ids.filtered("row_id"):
            key = (problem.sheet_name, problem.row_no, problem.field_key)
            self.assertEqual(problem.header, headers[key])

    # -- the files as they are --------------------------------------------------

    def test_ledger_first(self):
        """Ledger, then deliveries: all problems, then all sums of the clean data."""
        ledger = self._upload("ledger", self.ledger, LEDGER_SAMPLE)
        self._assert_matches(ledger, LEDGER_SAMPLE)
        self._columns_of(ledger, LEDGER_SAMPLE)
        self._clean(ledger, LEDGER_SAMPLE)
        self._assert_ledger_sums()

        deliveries = self._upload("delivery", self.deliveries, DELIVERY_SAMPLE)
        self._assert_matches(deliveries, DELIVERY_SAMPLE)
        self._columns_of(deliveries, DELIVERY_SAMPLE)
        self._clean(deliveries, DELIVERY_SAMPLE)
        self._assert_delivery_sums()
        self._assert_masters()

    def test_deliveries_first(self):
        """Deliveries, then ledger: the flags are found when both are known."""
        flags = {
            item
            for item in self._expected(DELIVERY_SAMPLE)
            if item[3] == "flag_mismatch_ledger"
        }
        deliveries = self._upload("delivery", self.deliveries, DELIVERY_SAMPLE)
        found = self._problems(deliveries, "error")
        self.assertEqual(found, self._expected(DELIVERY_SAMPLE, "error") - flags)
        # The ledger is checked, not taken over: its lines count already.
        self._upload("ledger", self.ledger, LEDGER_SAMPLE)
        deliveries.action_check()
        self._assert_matches(deliveries, DELIVERY_SAMPLE)

    def test_deliveries_imported_before_the_ledger(self):
        """Rows that are in the system already are held against a later ledger."""
        deliveries = self._upload("delivery", self.deliveries, DELIVERY_SAMPLE)
        corrections = self._corrections(DELIVERY_SAMPLE)
        self._correct(deliveries, corrections)
        deliveries.action_check()
        deliveries.action_import()
        self.assertEqual(deliveries.state, "done")
        ledger = self._upload("ledger", self.ledger, LEDGER_SAMPLE)
        self._clean(ledger, LEDGER_SAMPLE)
        deliveries.action_continue()
        self.assertEqual(
            {
                item
                for item in self._problems(deliveries)
                if item[3].startswith("flag_")
            },
            {
                item
                for item in self._expected(DELIVERY_SAMPLE)
                if item[3] == "flag_mismatch_ledger"
            },
        )
        self.assertEqual(
            self.env["dealer.delivery"].search_count(
                [
                    ("company_id", "=", self.company.id),
                    ("declaration_differs", "=", True),
                ]
            ),
            4,
        )

    def test_deliveries_after_a_ledger_with_lines_left_out(self):
        """Lines that an import left out are known all the same."""
        ledger = self._upload("ledger", self.ledger, LEDGER_SAMPLE)
        ledger.action_import()
        self.assertEqual(ledger.state, "done")
        self.assertTrue(ledger.error_row_count)
        deliveries = self._upload("delivery", self.deliveries, DELIVERY_SAMPLE)
        self._assert_matches(deliveries, DELIVERY_SAMPLE)

    def _assert_ledger_sums(self):
        Underwriting = self.env["dealer.underwriting"]
        columns = {
            "ctpl_premium": "ctpl_premium",
            "tax": "vehicle_tax",
            "comm_premium": "commercial_premium",
            "other_premium": "other_premium",
            "amount_due": "amount_due",
            "amount_received": "amount_received",
            "balance": "balance",
            "fee_expected": "expected_fee",
        }
        for sheet, truth in self._clean_rows(LEDGER_SAMPLE).items():
            insurer = self.env["res.partner"]._find_insurer(sheet)
            lines = Underwriting.search(
                [
                    ("company_id", "=", self.company.id),
                    ("insurer_id", "=", insurer.id),
                ]
            )
            self.assertEqual(len(lines), truth["clean_rows"])
            self.assertTrue(all(lines.mapped("is_historical")))
            self.assertTrue(all(lines.mapped("ledger_seq")))
            counts = {
                "作废": len(lines.filtered("voided_at")),
                "退保": len(lines.filtered(lambda u: u.entry_type == "cancellation")),
                "批改": len(lines.filtered(lambda u: u.entry_type == "endorsement")),
                "已退保": len(
                    lines.filtered(
                        lambda u: any(p.state == "cancelled" for p in u.policy_ids)
                    )
                ),
            }
            counts["正常"] = len(lines) - sum(counts.values())
            self.assertEqual(counts, truth["rows_by_status"])
            valid = lines.filtered(lambda u: not u.voided_at)
            for column, fname in columns.items():
                self.assertAlmostEqual(
                    sum(valid.sudo().mapped(fname)),
                    truth["sums_without_void"][column],
                    2,
                    f"{sheet} {column}",
                )
            following = valid.filtered(lambda u: u.entry_type != "issue")
            self.assertTrue(all(u.origin_id for u in following))
            # Signed in the paper ledger means signed here.
            unsigned = valid.filtered(lambda u: not u.cashier_signed)
            self.assertEqual(
                len(unsigned), {"人保财险": 4, "太平洋产险": 4, "平安产险": 0}[sheet]
            )

    def _assert_delivery_sums(self):
        deliveries = self.env["dealer.delivery"].search(
            [("company_id", "=", self.company.id)]
        )
        truth = self._clean_rows(DELIVERY_SAMPLE)
        self.assertEqual(
            len(deliveries), sum(sheet["clean_rows"] for sheet in truth.values())
        )
        self.assertAlmostEqual(
            sum(deliveries.mapped("price")),
            sum(sheet["sum_price"] for sheet in truth.values()),
            2,
        )
        self.assertFalse(deliveries.filtered("declaration_differs"))
        # A written reason has a code.
        written = deliveries.filtered("lost_reason_text")
        self.assertFalse(
            written.filtered(lambda d: not d.lost_reason_id).mapped("lost_reason_text")
        )

    def _assert_masters(self):
        """Every person of the staff once, every car once."""
        staff = self.env["dealer.staff"].search([("company_id", "=", self.company.id)])
        names = staff.mapped("name")
        self.assertEqual(len(names), len(set(names)))
        self.assertFalse([name for name in names if len(name) != 3 or " " in name])
        cars = self.env["dealer.vehicle"].search([("company_id", "=", self.company.id)])
        self.assertEqual(len(cars), len(set(cars.mapped("vin"))))

    # -- the same data in other files -------------------------------------------

    def test_ledger_in_one_sheet(self):
        """One sheet, a column for the insurer, one header row, other words."""
        lines = sample_table(self.ledger, (3, 4))
        labels = list(lines[0][2])
        rng = random.Random(7)
        rng.shuffle(labels)
        rows = [
            ["2025-2026 保单登记", None],
            [],
            ["保险公司", *(REWORDED_LEDGER.get(label, label) for label in labels)],
        ]
        place = {}
        for sheet, number, line in lines:
            rows.append([sheet, *(line[label] for label in labels)])
            place[sheet, number] = ("登记", len(rows))
        run = self._upload("ledger", make_book({"登记": rows}), "other.xlsx")
        expected = {
            (*place[sheet, number], field, code)
            for sheet, number, field, code in self._expected(LEDGER_SAMPLE)
            if code != "subtotal_mismatch"
        }
        found = self._problems(run)
        self.assertEqual(self._families(found), self._families(expected))

    def test_ledger_as_text_file(self):
        """One insurer as GBK text, the insurer in the title line."""
        sheet_name = "人保财险"
        lines = [
            line for line in sample_table(self.ledger, (3, 4)) if line[0] == sheet_name
        ]
        labels = list(lines[0][2])
        stream = io.StringIO()
        writer = csv.writer(stream)
        writer.writerow([f"{sheet_name}二〇二五年承保登记表"])
        writer.writerow([REWORDED_LEDGER.get(label, label) for label in labels])
        place = {}
        for position, (_sheet, number, line) in enumerate(lines, 3):
            writer.writerow([as_csv_text(line[label]) for label in labels])
            place[number] = position
        content = stream.getvalue().encode("gbk")
        run = self._upload("ledger", content, "ledger.csv")
        expected = {
            (place[number], field, code)
            for sheet, number, field, code in self._expected(LEDGER_SAMPLE)
            if sheet == sheet_name and code != "subtotal_mismatch"
        }
        found = self._codes(run)
        self.assertEqual(
            {item for item in self._families(found) if item[2] not in TYPED_ONLY},
            {item for item in self._families(expected) if item[2] not in TYPED_ONLY},
        )

    def test_deliveries_in_other_words(self):
        """Shuffled and reworded columns, other sheet names, no title, and GBK text."""
        self._upload("ledger", self.ledger, LEDGER_SAMPLE)
        lines = sample_table(self.deliveries, (2,))
        labels = list(lines[0][2])
        random.Random(11).shuffle(labels)
        header = [REWORDED_DELIVERY.get(label, label) for label in labels]
        rows, place = [header], {}
        for sheet, number, line in lines:
            rows.append([line[label] for label in labels])
            place[sheet, number] = len(rows)
        expected = {
            (place[sheet, number], field, code)
            for sheet, number, field, code in self._expected(DELIVERY_SAMPLE)
        }
        run = self._upload("delivery", make_book({"Sheet1": rows}), "cars.xlsx")
        self.assertEqual(self._codes(run), expected)

        stream = io.StringIO()
        csv.writer(stream).writerows(
            [as_csv_text(cell) for cell in row] for row in rows
        )
        content = stream.getvalue().encode("gbk")
        run = self._upload("delivery", content, "cars.csv")
        self.assertEqual(
            {item for item in self._codes(run) if item[2] not in TYPED_ONLY},
            {item for item in expected if item[2] not in TYPED_ONLY},
        )

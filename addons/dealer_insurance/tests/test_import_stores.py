"""Ledgers and delivery lists of five invented stores, each in a style of its own."""

from odoo.tests import tagged

from . import store_files as files
from .import_common import ImportCommon


@tagged("post_install", "-at_install")
class TestImportStores(ImportCommon):
    def _open_problems(self, run):
        """(row, field, code) of what is open, second sight left to the tests."""
        return {
            (item.row_no, item.field_key, item.code)
            for item in run.problem_ids
            if item.state != "tidied"
            and not item.code.startswith("sheet_")
            and item.code != "assumed_value"
        }

    def _entries(self):
        return self.env["dealer.underwriting"].search(
            [("company_id", "=", self.company.id)], order="id"
        )

    def _columns(self, run):
        return {
            column.title: column.field_key for column in run.sheet_ids[:1].column_ids
        }

    def _assert_sums(self, entries, lines):
        for fname, key in (
            ("ctpl_premium", "ctpl_premium"),
            ("vehicle_tax", "tax"),
            ("commercial_premium", "comm_premium"),
            ("amount_due", "due"),
        ):
            self.assertAlmostEqual(
                sum(entries.mapped(fname)), sum(line[key] for line in lines), 2, fname
            )

    def test_one_sheet(self):
        """Own words, no ledger numbers, many names of insurers, odd wordings."""
        run = self._upload("ledger", files.one_sheet_ledger())
        self.assertTrue(all(self._columns(run).values()))
        columns = self._columns(run)
        self.assertEqual(columns["车辆识别代号/车架号"], "vin")
        self.assertEqual(columns["保险单号(交强)"], "ctpl_no")
        # Told apart by what stands below
        self.assertEqual(columns["收费方式"], "channel")
        self.assertEqual(columns["缴费途径"], "pay_method")
        # What may mean two things is asked
        self.assertEqual(
            self._open_problems(run) - {(3, "status", "void_row")},
            {
                (10, "business_type", "unknown_choice"),
                (11, "business_type", "unknown_choice"),
                (13, "concession_text", "concession_cash"),
            },
        )
        self._correct(
            run,
            {
                ("Sheet1", 10, "business_type"): "潜转续",
                ("Sheet1", 11, "business_type"): "新转续",
            },
        )
        self._accept_facts(run)
        run.action_check()
        run.action_import()
        self.assertFalse(run.row_ids.filtered("error_text").mapped("error_text"))
        entries = self._entries()
        self.assertEqual(len(entries), 12)
        self._assert_sums(entries, files.deals(12))
        self.assertEqual(
            entries.mapped("insurer_id.insurer_code"), ["PICC", "PAIC", "CPIC"]
        )
        self.assertEqual(
            entries[:6].mapped("channel"),
            ["collected", "collected", "collected", "direct", "direct", "collected"],
        )
        self.assertEqual(entries.filtered("voided_at"), entries[1])
        self.assertEqual(entries[5].vehicle_id.plate, "粤A12345")
        self.assertEqual(entries[5].contact_phone, "13800000006")
        self.assertEqual(entries[6].insured_id.name, "陈小七")
        self.assertEqual(entries[6].contact_phone, "13800000007")
        # The one pair of dates is that of both policies
        self.assertTrue(all(entries.policy_ids.mapped("date_start")))
        # The same file once more changes nothing
        again = self._upload("ledger", files.one_sheet_ledger())
        self.assertEqual(set(again.row_ids.mapped("state")), {"unchanged"})

    def test_sheets_of_months(self):
        """Titles, notes, page totals, the header again, totals that run on."""
        run = self._upload("ledger", files.monthly_ledger())
        self.assertTrue(all(self._columns(run).values()))
        self.assertFalse(self._open_problems(run))
        self.assertEqual(len(run.row_ids), 16)
        # What no column says is not taken for granted in silence
        assumed = run.problem_ids.filtered(lambda item: item.code == "assumed_value")
        self.assertEqual(
            sorted({item.reason.split("“")[1].split("”")[0] for item in assumed}),
            ["Business Type", "Collection"],
        )
        run.action_import()
        entries = self._entries()
        self.assertEqual(len(entries), 16)
        self.assertAlmostEqual(
            sum(entries.mapped("amount_received")), sum(entries.mapped("amount_due")), 2
        )

    def test_text_files(self):
        for delimiter in "\t;":
            run = self._upload("ledger", files.text_ledger(delimiter), "ledger.csv")
            self.assertTrue(all(self._columns(run).values()))
            self.assertEqual(run.encoding, "gb18030")
            self.assertEqual(
                {code for _row, _field, code in self._open_problems(run)}, {"void_row"}
            )
        run.action_import()
        entries = self._entries()
        self._assert_sums(entries, files.deals(12))
        self.assertEqual(len(entries.filtered("voided_at")), 3)
        self.assertEqual(
            entries[0].issued_at, files.deal(1)["issued"].replace(hour=1, minute=12)
        )

    def test_merged_english_and_traditional(self):
        """An insurer merged over its lines; dates of the 1904 calendar."""
        for columns in (files.ENGLISH, files.TRADITIONAL):
            run = self._upload("ledger", files.merged_ledger(columns))
            unknown = {title for title, key in self._columns(run).items() if not key}
            self.assertFalse(unknown - {"Serial No."})
            self.assertFalse(self._open_problems(run) - {(1, False, "unknown_column")})
        run.action_import()
        entries = self._entries()
        self._assert_sums(entries, files.deals(10))
        self.assertEqual(
            [entry.insurer_id.insurer_code for entry in entries],
            ["PICC"] * 6 + ["CPIC"] * 4,
        )
        self.assertEqual(entries[0].issued_at.year, 2026)

    def test_line_for_each_policy(self):
        """The two lines of a deal become one entry, with and without a number."""
        without = tuple(item for item in files.BY_POLICY if item[1] != "ledger_no")
        for columns in (files.BY_POLICY, without):
            run = self._upload("ledger", files.line_ledger(columns))
            self.assertTrue(all(self._columns(run).values()))
            self.assertFalse(self._open_problems(run))
            self.assertEqual(run.row_ids.mapped("row_no"), list(range(2, 18, 2)))
        run.action_import()
        entries = self._entries()
        self._assert_sums(entries, files.deals(8))
        self.assertEqual(len(entries.policy_ids), 16)
        self.assertAlmostEqual(sum(entries.mapped("balance")), 0, 2)
        again = self._upload("ledger", files.line_ledger(without))
        self.assertEqual(set(again.row_ids.mapped("state")), {"unchanged"})

    def test_problems_of_joined_lines_stay_where_they_are(self):
        lines = files.policy_lines(files.deals(3))
        lines[3]["received"] = "约三千"
        lines[4]["premium"] = 951
        lines[4]["due"] = lines[4]["received"] = 1251
        lines[5]["insured"] = "陈小明"
        copy = dict(lines[1])
        rows = files.table(files.BY_POLICY, [*lines, copy])
        run = self._upload("ledger", files.book({"保单明细": rows}))
        self.assertEqual(
            self._open_problems(run),
            {
                (5, "amount_received", "not_a_number"),
                (6, "line_premium", "ctpl_premium_mismatch"),
                (7, "insured", "joined_line_differs"),
                (8, "line_no", "duplicate_row"),
            },
        )
        problem = run.problem_ids.filtered(lambda item: item.row_no == 6)
        self.assertEqual((problem.header, problem.value), ("保费", "951"))
        states = {row.row_no: row.state for row in run.row_ids}
        self.assertEqual(states, {2: "pending", 4: "error", 6: "error", 8: "dropped"})
        # A correction of the second line heals the deal
        self._correct(
            run,
            {
                ("保单明细", 5, "amount_received"): str(lines[3]["premium"]),
                ("保单明细", 6, "line_premium"): "950",
            },
        )
        run.action_check()
        self.assertNotIn(
            (5, "amount_received", "not_a_number"), self._open_problems(run)
        )
        self.assertEqual(
            {code for _row, _field, code in self._open_problems(run)},
            {"joined_line_differs", "duplicate_row", "sum_mismatch"},
        )

    def test_line_without_policy_is_named(self):
        """Unknown columns never make a deal without policies."""
        columns = [
            item
            for item in files.BY_POLICY
            if item[1] not in ("product", "tax", "premium")
        ]
        rows = files.table(columns, files.policy_lines(files.deals(2)))
        run = self._upload("ledger", files.book({"Sheet1": rows}))
        self.assertIn("unknown_column", run.problem_ids.mapped("code"))
        self.assertEqual(
            len(run.problem_ids.filtered(lambda p: p.code == "no_policy")), 4
        )

    def test_twins_and_sums(self):
        """A wording over two columns of which one is empty; a sum of two columns."""
        columns = (
            *files.ONE_SHEET[:11],
            ("备注", "lost"),
            ("交强险+车船税", "due"),
            *files.ONE_SHEET[13:],
        )
        lines = files.deals(3, note="老客户", business="新车")
        run = self._upload("ledger", files.book({"S": files.table(columns, lines)}))
        mapped = {
            column.letter: column.field_key for column in run.sheet_ids.column_ids
        }
        self.assertFalse(mapped["L"])
        self.assertFalse(mapped["M"], "a sum of two columns is neither of them")
        self.assertEqual(
            {code for _row, _field, code in self._open_problems(run)},
            {"unknown_column", "sum_mismatch"},
        )

    def test_line_for_the_tax_and_repeated_totals(self):
        """The tax on a line of its own, the sum of the deal on each line, a refund."""
        columns = tuple(
            ("合计", label_key[1]) if label_key[1] == "due" else label_key
            for label_key in files.BY_POLICY
            if label_key[1] not in ("ledger_no", "tax")
        )
        lines = []
        for line in files.deals(3, insurer="国寿财险", nature="非营运"):
            for product, number, premium in (
                ("机动车交通事故责任强制保险", line["ctpl_no"], 950),
                ("车船税", None, 300),
                ("机动车商业保险", line["comm_no"], line["comm_premium"]),
            ):
                part = {"product": product, "policy_no": number, "premium": premium}
                lines.append({**line, **part})
        refund = {**lines[2], "premium": -1500, "due": -1500, "received": -1500}
        lines.append({**refund, "status": "退保"})
        rows = files.table(columns, lines)
        run = self._upload("ledger", files.book({"S": rows}))
        self.assertEqual(self._open_problems(run), {(11, "status", "refund_row")})
        run.action_import()
        self.assertFalse(run.row_ids.filtered("error_text").mapped("error_text"))
        entries = self._entries()
        issues = entries.filtered(lambda entry: entry.entry_type == "issue")
        self._assert_sums(issues, files.deals(3))
        self.assertAlmostEqual(
            sum(issues.mapped("amount_received")), sum(issues.mapped("amount_due")), 2
        )
        self.assertEqual((entries - issues).origin_id, issues[0])
        self.assertEqual(set(issues.vehicle_id.mapped("use_nature")), {"private"})

    def test_units_in_headers(self):
        columns = [
            ("交车日期", "delivered"),
            ("车架号", "vin"),
            ("车价(万元)", "price"),
        ]
        lines = [files.deal(1, price=12.88), files.deal(2, price="13.5万")]
        rows = files.table(columns, lines)
        run = self._upload("delivery", files.book({"S": rows}))
        run.action_import()
        deliveries = self.env["dealer.delivery"].search(
            [("company_id", "=", self.company.id)], order="price"
        )
        self.assertEqual(deliveries.mapped("price"), [128800.0, 135000.0])

    def test_deliveries(self):
        """Three styles of one list: all columns, yes and no in other words."""
        words = (("√", "×"), ("已投", "未投"), ("Y", "N"))
        for columns, (yes, no) in zip(
            files.DELIVERY_STYLES.values(), words, strict=True
        ):
            rows = files.table(columns, files.delivery_lines(10, yes, no))
            run = self._upload("delivery", files.book({"S": rows}))
            self.assertTrue(all(self._columns(run).values()), self._columns(run))
            self.assertFalse(self._open_problems(run))
        run.action_import()
        deliveries = self.env["dealer.delivery"].search(
            [("company_id", "=", self.company.id)]
        )
        self.assertEqual(len(deliveries), 10)
        self.assertEqual(len(deliveries.filtered("declared_in_store")), 8)
        self.assertEqual(
            len(deliveries.filtered("lost_reason_id")), 2, "the reason has its code"
        )

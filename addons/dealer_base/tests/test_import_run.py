import base64
import datetime
import io

import openpyxl

from odoo.exceptions import UserError

from .import_common import ImportCommon
from .import_files import (
    HEADER,
    billion_laughs,
    edit_part,
    encrypted,
    vehicle_row,
    vehicles,
    vin,
    xlsx,
    zip_bomb,
)

BAD_VIN = "LGBP32E07SY300247"


class TestImportFlow(ImportCommon):
    def test_from_the_file_to_the_records(self):
        run = self.upload(vehicles(3), kind=False)
        self.assertEqual(run.state, "draft")
        self.assertRegex(run.name, r"^IMP/")
        run.action_read()
        self.assertEqual((run.kind, run.state), ("vehicle", "mapped"))
        self.assertEqual(
            run.column_ids.mapped("field_key"),
            [
                "vin",
                "plate",
                "engine_no",
                "owner",
                "mobile",
                "price",
                "registered",
                "energy",
            ],
        )
        run.action_check()
        self.assertEqual(
            (run.state, run.row_count, run.pending_count), ("checked", 3, 3)
        )
        self.assertFalse(self.all_vehicles(), "the dry run must not create anything")
        run.action_import()
        self.assertEqual((run.state, run.done_count, run.progress), ("done", 3, 100))
        cars = self.all_vehicles()
        self.assertEqual(cars.mapped("vin"), [vin(number) for number in (1, 2, 3)])
        self.assertEqual(cars.mapped("owner_id.name"), ["车主1", "车主2", "车主3"])
        self.assertEqual(cars[0].purchase_price, 100001)
        self.assertEqual(cars[0].create_uid, self.clerk)
        self.assertEqual(run.row_ids.mapped("res_id"), cars.ids)
        self.assertEqual(run.row_ids[0].action_open_record()["res_id"], cars[0].id)
        self.assertIn("3 rows imported", run.message)
        self.assertIn("3 rows imported", run.message_ids[0].body)
        self.assertIn(self.clerk.partner_id, run.message_ids[0].partner_ids)

    def test_the_same_file_again_changes_nothing(self):
        self.checked(vehicles(3)).action_import()
        before = self.all_vehicles()
        again = self.checked(vehicles(3))
        self.assertEqual(again.row_ids.mapped("state"), ["unchanged"] * 3)
        self.assertEqual(again.row_ids.mapped("res_id"), before.ids)
        again.action_import()
        self.assertEqual((again.state, again.done_count), ("done", 0))
        self.assertEqual(self.all_vehicles(), before)
        # other order of the columns, other sheet name: still the same lines
        order = [2, 0, 1, 3, 4, 5, 6, 7]
        rows = [HEADER, *(vehicle_row(number) for number in (1, 2, 3))]
        shuffled = xlsx(("其他", [[row[index] for index in order] for row in rows]))
        self.assertEqual(
            set(self.checked(shuffled).row_ids.mapped("state")), {"unchanged"}
        )

    def test_a_line_that_changed_is_named_and_left_alone(self):
        self.checked(vehicles(2)).action_import()
        rows = [vehicle_row(1, 购置价=5), vehicle_row(2)]
        run = self.checked(xlsx([HEADER, *rows]))
        self.assertEqual(run.row_ids.mapped("state"), ["changed", "unchanged"])
        problem = self.problem(run, "changed_since_import")
        self.assertIn("100001 → 5", problem.reason)
        run.action_import()
        self.assertEqual(self.all_vehicles()[0].purchase_price, 100001)

    def test_a_deleted_record_can_be_imported_again(self):
        self.checked(vehicles(2)).action_import()
        self.all_vehicles()[0].unlink()
        run = self.checked(vehicles(2))
        self.assertEqual(run.row_ids.mapped("state"), ["pending", "unchanged"])

    def test_a_corrected_line_is_recognised_in_the_old_file(self):
        content = xlsx([HEADER, vehicle_row(1, 车架号=BAD_VIN), vehicle_row(2)])
        run = self.checked(content)
        self.problem(run, "vin_check_digit").correction = vin(7)
        run.action_check()
        run.action_import()
        again = self.checked(content)
        self.assertEqual(again.row_ids.mapped("state"), ["unchanged"] * 2)
        self.assertFalse(again.problem_ids)

    def test_errors_stay_out_warnings_come_in(self):
        rows = [
            vehicle_row(1, 车架号=BAD_VIN),
            vehicle_row(2, 车主="张三  ", 购置价="１２０００"),
            vehicle_row(3, 手机号码="138"),
            vehicle_row(4, 车架号=None),
            vehicle_row(5, 能源类型="氢气"),
        ]
        run = self.checked(xlsx(("表", [HEADER, *rows])))
        self.assertEqual(
            self.codes(run),
            [
                "bad_mobile",
                "fullwidth_digits",
                "missing_value",
                "trailing_space",
                "unknown_choice",
                "vin_check_digit",
            ],
        )
        problem = self.problem(run, "vin_check_digit")
        self.assertEqual(
            (problem.sheet_name, problem.row_no, problem.column_letter, problem.header),
            ("表", 2, "A", "车架号"),
        )
        self.assertEqual((problem.value, problem.severity), (BAD_VIN, "error"))
        self.assertEqual(
            run.row_ids.mapped("state"),
            ["error", "pending", "pending", "error", "error"],
        )
        run.action_import()
        self.assertEqual(run.done_count, 2)
        self.assertEqual(self.all_vehicles().mapped("owner_id.name"), ["张三", "车主3"])
        self.assertEqual(self.all_vehicles()[0].purchase_price, 12000)
        self.assertTrue(
            run.activity_ids.filtered(lambda act: act.user_id == self.clerk)
        )

    def test_correct_check_again_import_the_rest(self):
        content = xlsx([HEADER, vehicle_row(1, 车架号=BAD_VIN), vehicle_row(2)])
        run = self.checked(content)
        run.action_import()
        self.assertEqual(run.done_count, 1)
        run.action_continue()
        problem = self.problem(run, "vin_check_digit")
        problem.correction = "LGBP32E07SY30024"
        with self.assertRefused(UserError, "check the file again"):
            run.action_import()
        run.action_check()
        self.assertEqual(self.problem(run, "vin_format").correction, "LGBP32E07SY30024")
        self.problem(run, "vin_format").correction = vin(1)
        run.action_check()
        run.action_import()
        self.assertEqual((run.done_count, run.error_row_count), (2, 0))
        self.assertEqual(len(self.all_vehicles()), 2)
        decisions = run.decision_ids
        self.assertEqual(decisions.mapped("user_id"), self.clerk)
        self.assertEqual(decisions[-1].value, vin(1))

    def test_suggestions(self):
        wrong = vin(5).replace("0", "O")
        run = self.checked(xlsx([HEADER, vehicle_row(1, 车架号=wrong)]))
        self.assertEqual(self.problem(run, "vin_format").suggestion, vin(5))
        run.action_apply_suggestions()
        self.assertFalse(run.problem_ids)
        self.assertEqual(run.pending_count, 1)
        with self.assertRefused(UserError, "no open suggestion"):
            run.action_apply_suggestions()

    def test_chosen_suggestions(self):
        rows = [vehicle_row(n, 车架号=vin(n).replace("0", "O")) for n in range(1, 4)]
        run = self.checked(xlsx([HEADER, *rows]))
        self.rpc(
            self.clerk,
            "dealer.import.problem",
            "action_use_suggestion",
            run.problem_ids[:2].ids,
        )
        self.assertEqual(
            run.problem_ids.mapped("state"), ["corrected", "corrected", "open"]
        )
        with self.assertRefused(UserError, "check the file again"):
            run.action_import()
        run.action_check()
        self.assertEqual((run.pending_count, run.error_row_count), (2, 1))
        self.assertEqual(run.decision_ids.user_id, self.clerk)

    def test_second_copies_are_dropped_unless_kept(self):
        rows = [vehicle_row(1), vehicle_row(2), vehicle_row(1)]
        run = self.checked(xlsx([HEADER, *rows]))
        problem = self.problem(run, "duplicate_row")
        self.assertEqual((problem.row_no, problem.state), (4, "dropped"))
        self.assertEqual(run.dropped_count, 1)
        problem.action_keep_row()
        run.action_check()
        self.assertFalse(run.problem_ids)
        self.assertEqual(run.pending_count, 3)

    def test_the_same_number_with_other_values_is_an_error(self):
        rows = [vehicle_row(1), vehicle_row(1, 购置价=7)]
        run = self.checked(xlsx([HEADER, *rows]))
        problem = self.problem(run, "duplicate_key")
        self.assertIn("New Car Price", problem.reason)
        self.assertEqual(run.row_ids.mapped("state"), ["pending", "error"])
        problem.action_drop_row()
        run.action_check()
        self.assertEqual(run.row_ids.mapped("state"), ["pending", "dropped"])

    def test_all_or_nothing(self):
        content = xlsx([HEADER, vehicle_row(1), vehicle_row(2, 车架号=BAD_VIN)])
        run = self.checked(content, load_mode="all")
        with self.assertRefused(UserError, "1 rows have errors"):
            run.action_import()
        self.problem(run, "vin_check_digit").action_drop_row()
        run.action_check()
        run.action_import()
        self.assertEqual((run.state, run.done_count), ("done", 1))

    def test_totals_notes_and_blank_rows_are_no_data(self):
        rows = [
            vehicle_row(1),
            [None],
            ["2025年01月合计", None, None, None, None, 100001],
            list(HEADER),
            vehicle_row(2),
            ["制表：          审核："],
        ]
        run = self.checked(xlsx([["某店车辆表"], HEADER, *rows], merges=("A5:E5",)))
        self.assertEqual(run.row_ids.mapped("row_no"), [3, 7])
        self.assertFalse(run.problem_ids)

    def test_merged_data_cells(self):
        content = xlsx([HEADER, vehicle_row(1), vehicle_row(2)], merges=("D2:D3",))
        run = self.checked(content)
        problem = self.problem(run, "merged_cells")
        self.assertEqual((problem.row_no, problem.suggestion), (3, "车主1"))

    def test_formulas_and_commands_are_never_executed(self):
        payload = "=cmd|' /C calc'!A0"
        rows = [vehicle_row(1, 购置价="=F3*2"), vehicle_row(2, 发动机号="x")]
        content = edit_part(
            xlsx([HEADER, *rows]),
            "xl/worksheets/sheet1.xml",
            lambda data: data.replace(
                b'<c r="C3" t="inlineStr"><is><t>x</t></is></c>', b""
            ),
        )
        run = self.checked(content)
        self.assertEqual(self.problem(run, "formula_without_value").value, "=F3*2")
        csv = ",".join(HEADER) + "\n" + f'{vin(3)},,"{payload}",a,,1,2025-01-01,汽油\n'
        run = self.checked(csv.encode(), name="a.csv")
        self.assertEqual(self.problem(run, "formula_text").severity, "warning")
        run.action_import()
        self.assertIn("CMD", self.all_vehicles().engine_no.upper())

    def test_result_file_in_the_original_layout(self):
        rows = [
            vehicle_row(1, 车架号=BAD_VIN, 车主="=HYPERLINK(1)"),
            vehicle_row(2, 车主="张三 "),
        ]
        content = xlsx(("表", [["标题"], HEADER, *rows]), ("空", []))
        sheet = openpyxl.load_workbook(io.BytesIO(content))
        sheet.worksheets[0]["D3"].data_type = "s"
        stream = io.BytesIO()
        sheet.save(stream)
        run = self.checked(stream.getvalue())
        action = run.action_download_result()
        self.assertIn(f"/web/content/dealer.import/{run.id}/result_file", action["url"])
        book = openpyxl.load_workbook(io.BytesIO(base64.b64decode(run.result_file)))
        self.assertEqual(book.sheetnames, ["表", "空", "Problems"])
        page = book.worksheets[0]
        self.assertEqual(page["A1"].value, "标题")
        self.assertEqual(page["A3"].fill.fgColor.rgb, "FFF8CBAD")
        self.assertIn("check digit", page["A3"].comment.text)
        self.assertEqual(page["D4"].fill.fgColor.rgb, "FFFFF2CC")
        self.assertEqual((page["D3"].data_type, page["D3"].quotePrefix), ("s", True))
        listed = [[cell.value for cell in row] for row in book["Problems"].iter_rows()]
        self.assertEqual(listed[0][:4], ["Sheet", "Row", "Column", "Header"])
        self.assertIn(["表", 3, "A", "车架号", BAD_VIN], [row[:5] for row in listed])
        for sheet in book:
            for row in sheet.iter_rows():
                self.assertNotIn("f", {cell.data_type for cell in row})

    def test_result_of_a_text_file(self):
        csv = ",".join(HEADER) + f"\n{BAD_VIN},,E1,=1+1,,1,2025-01-01,汽油\n"
        run = self.checked(csv.encode("gb18030"), name="a.csv")
        self.assertEqual(run.encoding, "gb18030")
        run.action_download_result()
        book = openpyxl.load_workbook(io.BytesIO(base64.b64decode(run.result_file)))
        page = book.worksheets[0]
        self.assertEqual((page["D2"].value, page["D2"].data_type), ("=1+1", "s"))
        self.assertTrue(page["A2"].comment)


class TestImportMapping(ImportCommon):
    def test_unknown_and_missing_columns_are_named(self):
        run = self.upload(
            xlsx([["车牌号", "车主", "天气", "手机"], ["粤E12345", "a", "b", "c"]])
        )
        run.action_read()
        self.assertEqual(self.codes(run), ["missing_column", "unknown_column"])
        self.assertIn("天气", self.problem(run, "unknown_column").reason)
        with self.assertRefused(UserError, "VIN"):
            run.action_check()

    def test_a_mapping_by_hand_is_remembered_for_the_source(self):
        header = ["识别", "车主", "手机", "车牌号", "日期"]
        rows = [[vin(1), "a", "13800138000", None, datetime.date(2025, 1, 1)]]
        run = self.upload(xlsx([header, *rows]))
        run.action_read()
        column = run.column_ids[0]
        self.assertEqual(column.source, "unknown")
        column.target_id = run.target_ids.filtered(lambda target: target.key == "vin")
        run.column_ids[4].ignored = True
        self.assertEqual(column.source, "manual")
        self.assertFalse(run.problem_ids)
        run.action_check()
        self.assertEqual(run.pending_count, 1)
        rows = [[vin(2), "b", "13800138001", None, datetime.date(2025, 1, 1)]]
        other = self.upload(xlsx([header, *rows]))
        other.action_read()
        self.assertEqual(other.column_ids[0].field_key, "vin")
        self.assertEqual(other.column_ids[0].source, "profile")
        self.assertTrue(other.column_ids[4].ignored)
        # another store has its own sources
        self.company_b.dealer_import_inline_rows = 20
        foreign = self.upload(xlsx([header, *rows]), user=self.clerk_b)
        foreign.action_read()
        self.assertFalse(foreign.column_ids[0].field_key)

    def test_ambiguous_columns_are_asked(self):
        header = ["车架号", "车主", "车主", "手机"]
        run = self.upload(xlsx([header, [vin(1), "a", "b", "13800138000"]]))
        run.action_read()
        with self.assertRefused(UserError, "could mean"):
            run.action_check()
        run.column_ids[2].ignored = True
        run.column_ids[1].target_id = run.target_ids.filtered(
            lambda target: target.key == "owner"
        )
        run.action_check()
        self.assertEqual(run.row_ids.values["owner"], "a")

    def test_one_meaning_twice(self):
        run = self.upload(vehicles(1))
        run.action_read()
        run.column_ids[1].target_id = run.column_ids[0].target_id
        with self.assertRefused(UserError, "both mean"):
            run.action_check()

    def test_sheets_left_out_are_named(self):
        rows = [HEADER, vehicle_row(1)]
        other = [HEADER, vehicle_row(2)]
        content = xlsx(
            ("一", rows),
            ("空", []),
            ("说明", [["你好"], ["再见"]]),
            ("藏", other),
            hidden=("藏",),
        )
        run = self.upload(content)
        run.action_read()
        self.assertEqual(
            run.sheet_ids.mapped("state"), ["data", "empty", "no_header", "hidden"]
        )
        self.assertEqual(
            self.codes(run), ["sheet_empty", "sheet_hidden", "sheet_no_header"]
        )
        run.action_check()
        self.assertEqual(run.row_count, 1)
        run.sheet_ids[3].use = True
        run.action_check()
        self.assertEqual(run.row_count, 2)

    def test_another_kind_of_file(self):
        run = self.upload(xlsx([["姓名", "分数", "班级"], ["a", 1, "b"]]))
        with self.assertRefused(UserError, "No sheet has a header"):
            run.action_read()
        run = self.upload(xlsx([["姓名", "分数", "班级"], ["a", 1, "b"]]), kind=False)
        with self.assertRefused(UserError, "fit no kind"):
            run.action_read()
        self.assertEqual(run.state, "draft")

    def test_files_that_cannot_be_read(self):
        good = vehicles()
        for content, name, text in (
            (encrypted(), "a.xlsx", "password"),
            (zip_bomb(), "a.xlsx", "unpacks to"),
            (billion_laughs(good), "a.xlsx", "definitions"),
            (good[:900], "a.xlsx", "damaged"),
            (b"%PDF-1.7", "a.xlsx", "not a spreadsheet"),
            (good, "a.csv", "content is xlsx"),
            (xlsx([]), "a.xlsx", "all its sheets are empty"),
        ):
            run = self.upload(content, name=name)
            with self.assertRefused(UserError, text):
                run.action_check()
            self.assertEqual((run.state, run.row_count), ("draft", 0))

    def test_a_file_beyond_the_limit_is_not_even_kept(self):
        self.company_a.dealer_import_max_mb = 1
        with self.assertRefused(UserError, "at most 1 MB"):
            self.upload(b"x" * (50 * 1024 * 1024))
        run = self.upload(vehicles())
        with self.assertRefused(UserError, "at most 1 MB"):
            run.file = base64.b64encode(b"x" * (2 * 1024 * 1024))

    def test_back_to_the_file(self):
        run = self.checked()
        run.action_reset()
        self.assertEqual((run.state, run.row_count), ("draft", 0))
        self.assertFalse(run.sheet_ids | run.column_ids.sheet_id)
        run.file = base64.b64encode(vehicles(2))
        run.action_check()
        self.assertEqual(run.row_count, 2)
        run.action_import()
        with self.assertRefused(UserError, "imported"):
            run.action_reset()
        with self.assertRefused(UserError, "imported already"):
            run.file = base64.b64encode(vehicles(1))
        with self.assertRefused(UserError, "proof"):
            run.unlink()

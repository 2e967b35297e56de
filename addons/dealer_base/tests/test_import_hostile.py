import base64
import io
import time
from unittest.mock import patch

import openpyxl

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tests.common import BaseCase

from ..models import import_result
from ..tools.spreadsheet import Limits, SpreadsheetError, open_book
from .import_common import ImportCommon
from .import_files import (
    HEADER,
    edit_part,
    encrypted,
    vehicle_row,
    vehicles,
    vin,
    xlsx,
    zip_bomb,
)

SHEET = "xl/worksheets/sheet1.xml"


def merge_all(content, *references):
    """Add merged ranges that no program would write."""
    ranges = b"".join(b'<mergeCell ref="%s"/>' % ref.encode() for ref in references)
    return edit_part(
        content,
        SHEET,
        lambda data: data.replace(
            b"</sheetData>", b"</sheetData><mergeCells>" + ranges + b"</mergeCells>"
        ),
    )


class TestHostileBytes(BaseCase):
    """What a file may hold that the database and a workbook cannot."""

    def refused(self, content, code):
        with self.assertRaises(SpreadsheetError) as error:
            open_book(content)
        self.assertEqual(error.exception.code, code)

    def test_document_type_behind_a_long_comment(self):
        for prolog in (
            b"<!--" + b"x" * 70000 + b"--><!DOCTYPE a [<!ENTITY b 'c'>]>",
            b"<?a b?>\n<!-- c --> <!DOCTYPE a>",
            b"\xef\xbb\xbf<!DOCTYPE a>",
        ):
            content = edit_part(
                vehicles(),
                SHEET,
                lambda data, prolog=prolog: prolog + data.split(b"?>", 1)[-1],
            )
            self.refused(content, "xml_entities")
        commented = edit_part(
            vehicles(),
            SHEET,
            lambda data: b"<?xml version='1.0'?><!-- by hand -->" + data,
        )
        self.assertEqual(len(open_book(commented).sheets[0].rows), 4)

    def test_characters_that_cannot_be_kept(self):
        content = xlsx([["a", "b"], ["K", "x"]])
        inline = (
            b'<row r="3"><c r="A3" t="inlineStr">'
            b"<is><t>a_x0000_b_xD800_c_xFFFF_d_x000A_e</t></is></c></row></sheetData>"
        )
        content = edit_part(
            content, SHEET, lambda data: data.replace(b"</sheetData>", inline)
        )
        rows = open_book(content).sheets[0].rows
        self.assertEqual(rows[2][0].text, "abcd\ne")
        text = "车架号,备注\nA1,x" + "-" * 5000 + "\0y\uffff\n"
        rows = open_book(text.encode(), "a.csv").sheets[0].rows
        self.assertTrue(rows[1][1].text.endswith("-y"))

    def test_more_cells_than_memory(self):
        limits = Limits(max_cells=20)
        csv = "\n".join(["a,b,c,d,e"] * 5)
        for content, name in ((vehicles(5), "a.xlsx"), (csv.encode(), "a.csv")):
            with self.assertRaises(SpreadsheetError) as error:
                open_book(content, name, limits)
            self.assertEqual(error.exception.code, "too_many_cells")
        # texts that every sheet shares are held in memory, sheets are not
        padding = b"<!--" + b"x y " * 300_000 + b"-->"
        for part, refused in ((SHEET, False), ("xl/styles.xml", True)):
            content = edit_part(vehicles(), part, lambda data: data + padding)
            limits = Limits(max_unpacked=4 * 1024 * 1024, max_ratio=10**6)
            if refused:
                with self.assertRaises(SpreadsheetError) as error:
                    open_book(content, "a.xlsx", limits)
                self.assertEqual(error.exception.code, "zip_bomb")
            else:
                self.assertTrue(open_book(content, "a.xlsx", limits).sheets[0].rows)

    def test_a_stray_cell_at_the_end_of_the_world(self):
        content = edit_part(
            vehicles(),
            SHEET,
            lambda data: data.replace(
                b"</sheetData>",
                b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>',
            ),
        )
        self.assertEqual(len(open_book(content).sheets[0].rows), 4)


@tagged("post_install", "-at_install")
class TestHostileFiles(ImportCommon):
    def marked(self, run):
        started = time.monotonic()
        run.action_download_result()
        self.assertLess(time.monotonic() - started, 20)
        return openpyxl.load_workbook(io.BytesIO(base64.b64decode(run.result_file)))

    def test_every_refused_file_says_why_and_leaves_nothing(self):
        """The whole way from the upload: a text for a clerk, no rows, no records."""
        before = self.all_vehicles()
        for content, name, text in (
            (b"", "a.xlsx", "empty"),
            (zip_bomb(), "a.xlsx", "Delete unused rows"),
            (encrypted(), "a.xlsx", "remove the password"),
            (vehicles()[:500], "a.xlsx", "damaged"),
            (b"\x81\x82\x83\xff\xff\x80\n" * 10, "a.csv", "Save it as Excel"),
            (b"<html><table></table></html>", "a.xls", "not a spreadsheet"),
            (vehicles(), "a.xls", "content is xlsx"),
        ):
            run = self.upload(content or b"\n", name=name)
            for action in ("action_read", "action_check"):
                with self.assertRefused(UserError, text):
                    self.rpc(self.clerk, "dealer.import", action, run.ids)
            with self.assertRefused(UserError, "check .* first"):
                self.rpc(self.clerk, "dealer.import", "action_import", run.ids)
            self.assertEqual((run.state, run.row_count), ("draft", 0))
        self.assertEqual(self.all_vehicles(), before)

    def test_too_many_cells_names_the_limit(self):
        run = self.upload(vehicles(5))
        limits = Limits(max_cells=20)
        with patch.object(
            type(self.env["res.company"]), "_dealer_import_limits", lambda _self: limits
        ):
            with self.assertRefused(UserError, "more than 20 filled cells"):
                run.action_check()
        self.assertEqual(run.state, "draft")

    def test_too_many_rows_names_the_limit(self):
        self.company_a.dealer_import_max_rows = 20
        run = self.upload(vehicles(30))
        with self.assertRefused(UserError, "more than 20 rows"):
            run.action_check()

    def test_characters_that_cannot_be_kept_are_left_out(self):
        rows = [
            (vin(1), "", "E\x01NG", "张\ufffe三"),
            # a zero byte among the first makes a file binary
            (vin(2), "", "E" * 5000, "李\0四"),
        ]
        text = "\n".join(",".join(row) for row in (HEADER, *rows)) + "\n"
        run = self.checked(text.encode(), name="a.csv")
        self.assertEqual([row.values["owner"] for row in run.row_ids], ["张三", "李四"])
        self.marked(run)
        run.action_import()
        self.assertEqual(self.all_vehicles()[0].engine_no, "ENG")

    def test_merged_ranges_over_the_whole_sheet(self):
        content = merge_all(
            vehicles(3), "A1:XFD1048576", *(f"A{n}:H1048576" for n in range(2, 200))
        )
        run = self.checked(content)
        self.assertEqual(self.marked(run).worksheets[0]["A1"].value, HEADER[0])
        content = merge_all(vehicles(3), "D2:D1048576")
        run = self.checked(content)
        found = run.problem_ids.filtered(lambda item: item.code == "merged_cells")
        self.assertEqual(found.mapped("row_no"), [3, 4])

    def test_a_stray_cell_far_away_costs_nothing(self):
        content = edit_part(
            xlsx([HEADER, vehicle_row(1, 手机号码="1")]),
            SHEET,
            lambda data: data.replace(
                b"</sheetData>",
                b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>',
            ),
        )
        page = self.marked(self.checked(content)).worksheets[0]
        self.assertTrue(page["E2"].comment)

    def test_a_very_large_workbook_is_marked_without_its_layout(self):
        run = self.checked(xlsx([["标题"], HEADER, vehicle_row(1, 车主="=1+1 ")]))
        with patch.object(import_result, "LAYOUT_LIMIT", 10):
            page = self.marked(run).worksheets[0]
        self.assertEqual(page["A1"].value, "标题")
        self.assertNotEqual(page["D3"].data_type, "f")

    def test_file_names_are_only_names(self):
        run = self.checked(name="../../=cmd().xlsx")
        run.action_download_result()
        self.assertNotIn("/", run.result_name)


@tagged("post_install", "-at_install")
class TestImportHonesty(ImportCommon):
    """What was checked is what is imported, where it was checked."""

    def test_two_runs_of_one_file_checked_before_either_is_imported(self):
        first, second = self.checked(vehicles(5)), self.checked(vehicles(5))
        self.assertEqual((first.pending_count, second.pending_count), (5, 5))
        first.action_import()
        second.action_import()
        self.assertEqual((first.done_count, second.done_count), (5, 0))
        self.assertEqual((second.state, second.unchanged_count), ("done", 5))
        self.assertEqual(second.row_ids.mapped("res_id"), self.all_vehicles().ids)

    def test_a_sheet_unticked_after_the_check_is_not_imported(self):
        run = self.checked(
            xlsx(("一", [HEADER, vehicle_row(1)]), ("二", [HEADER, vehicle_row(2)]))
        )
        sheet = run.sheet_ids[1]
        vals = {"sheet_ids": [(1, sheet.id, {"use": False})]}
        self.rpc(self.clerk, "dealer.import", "write", run.ids, vals)
        with self.assertRefused(UserError, "check .* first"):
            run.action_import()
        run.action_check()
        run.action_import()
        self.assertEqual(self.all_vehicles().mapped("vin"), [vin(1)])
        with self.assertRefused(UserError, "cannot be changed"):
            self.rpc(self.clerk, "dealer.import", "write", run.ids, vals)

    def test_a_run_moves_only_into_a_store_of_the_user(self):
        run = self.checked()
        vals = {"company_id": self.company_b.id}
        with self.assertRaises(AccessError):
            self.rpc(self.clerk, "dealer.import", "write", run.ids, vals)
        self.clerk.company_ids |= self.company_b
        clerk = self.clerk.with_context(
            allowed_company_ids=(self.company_a | self.company_b).ids
        )
        run = run.with_user(clerk).with_context(clerk.env.context)
        run.write(vals)
        # what was compared with the records of A says nothing about B
        self.assertEqual((run.state, run.row_count), ("draft", 0))
        run.action_check()
        run.action_import()
        self.assertEqual(len(self.all_vehicles(self.company_b)), 3)
        self.assertFalse(self.all_vehicles(self.company_a))

    def test_a_column_means_a_field_of_its_own_file(self):
        run, other = self.checked(), self.checked(vehicles(3, start=10))
        with self.assertRefused(ValidationError, "its own file"):
            self.rpc(
                self.clerk,
                "dealer.import.column",
                "write",
                run.column_ids[0].ids,
                {"target_id": other.target_ids[1].id},
            )

    def test_the_marked_file_is_for_the_posts_of_the_kind(self):
        run = self.checked()
        run.action_download_result()
        attachment = (
            self.env["ir.attachment"]
            .sudo()
            .search(
                [
                    ("res_model", "=", "dealer.import"),
                    ("res_id", "=", run.id),
                    ("res_field", "in", ["file", "result_file"]),
                ]
            )
        )
        self.assertEqual(len(attachment), 2)
        self.assertFalse(any(attachment.mapped("public")))
        for user in (self.posts["cashier"], self.clerk_b):
            for method in ("action_download_result", "action_check", "action_import"):
                with self.assertRaises(AccessError):
                    self.rpc(user, "dealer.import", method, run.ids)
            with self.assertRaises(AccessError):
                attachment.with_user(user).mapped("raw")

import datetime
import io
from decimal import Decimal

import openpyxl
from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase

from ..tools import safe_xlsx
from ..tools.coerce import ColumnProfile, coerce, mend_letter_o, profile_column
from ..tools.import_field import (
    ImportField,
    ImportRow,
    ImportSheet,
    digest,
    values_from_json,
    values_to_json,
)
from ..tools.names import variant_of
from ..tools.spreadsheet import Cell
from ..tools.typed_text import parse_amount, parse_date, serial_to_datetime


def text(value):
    return Cell(value, value, "text")


def number(value, number_format="General"):
    return Cell(value, str(value), "number", None, number_format)


class TestCoerce(BaseCase):
    def check(self, cell, field_type, value, *codes, is_text=False, **kwargs):
        item = ImportField("f", "Field", field_type, **kwargs)
        found, findings = coerce(cell, item, is_text)
        self.assertEqual(found, value)
        self.assertEqual([finding.code for finding in findings], list(codes))
        return findings

    def test_empty_cells(self):
        for cell in (None, text("  "), text("\u3000"), text("\x0c"), text("\u200b")):
            for field_type in ("char", "amount", "date", "vin", "boolean"):
                self.check(cell, field_type, None)
        for placeholder in ("—", "无", "/", "-"):
            self.check(text(placeholder), "amount", None)
            self.check(text(placeholder), "date", None)
        self.check(text("—"), "char", "—")

    def test_text_with_blanks(self):
        (finding,) = self.check(
            text(" 何伟豪\u3000"), "name", "何伟豪", "trailing_space"
        )
        self.assertTrue(finding.applied)
        self.assertEqual(finding.suggestion, "何伟豪")
        self.check(text("何伟豪"), "name", "何伟豪")

    def test_formula_text_stays_text(self):
        payload = "=cmd|' /C calc'!A0"
        self.check(text(payload), "char", payload, "formula_text")
        self.check(text("-无"), "char", "-无")

    def test_formula_and_error_cells(self):
        cell = Cell(None, "", "text", "=A1*2")
        self.check(cell, "amount", None, "formula_without_value")
        self.check(Cell(12, "12", "number", "=A1*2"), "amount", Decimal(12))
        self.check(Cell(None, "#REF!", "error"), "amount", None, "error_cell")

    def test_amounts(self):
        self.check(number(1234.5), "amount", Decimal("1234.5"))
        self.check(text("1,234.50元"), "amount", Decimal("1234.50"), "amount_text")
        self.check(text("￥1,234.50"), "amount", Decimal("1234.50"), "amount_text")
        self.check(text("１３６０００"), "amount", Decimal(136000), "fullwidth_digits")
        self.check(text("1.2万"), "amount", Decimal(12000), "amount_text")
        self.check(text("(300)"), "amount", Decimal(-300), "amount_text")
        self.check(text("1200"), "amount", Decimal(1200), "amount_text")
        self.check(text("1200.00"), "amount", Decimal(1200), is_text=True)
        self.check(text("1,5"), "amount", None, "not_a_number")
        self.check(text("见附件"), "amount", None, "not_a_number")
        self.check(text("15%"), "rate", Decimal("0.15"))
        self.check(text("5座"), "integer", 5)
        self.check(number(5.5), "integer", None, "not_a_number")

    def test_dates(self):
        day = datetime.date(2025, 3, 4)
        moment = datetime.datetime(2025, 3, 4, 12, 30)
        self.check(Cell(moment, "", "date"), "date", None)
        self.check(Cell(moment, "2025-03-04 12:30", "date"), "date", day)
        for written in (
            "2025.3.4",
            "20250304",
            "2025年3月4日",
            "2025/3/4",
            "2025-03-04",
        ):
            self.check(text(written), "date", day, "date_text")
        self.check(text("2025/3/4 12:30"), "datetime", moment, "date_text")
        self.check(text("2025年3月4日12时30分"), "datetime", moment, "date_text")
        self.check(text("20250304 12:30"), "datetime", moment, "date_text")
        self.check(number(45720), "date", day, "date_serial")
        self.check(text("45720"), "date", day, "date_serial")
        self.check(number(20250304), "date", day, "date_text")
        self.check(number(12), "date", None, "not_a_date")
        self.check(text("2025-13-01"), "date", None, "not_a_date")
        self.check(text("下周"), "date", None, "not_a_date")

    def test_dates_of_text_files(self):
        day = datetime.date(2025, 3, 4)
        for written in ("2025-03-04", "2025/3/4", "2025-03-04 00:00:00"):
            self.check(text(written), "date", day, is_text=True)
        self.check(text("2025.3.4"), "date", day, "date_text", is_text=True)

    def test_midnight_of_the_day_before(self):
        moment = datetime.datetime(2025, 3, 5)
        self.check(text("2025-03-04 24:00"), "datetime", moment, is_text=True)

    def test_one_way_throughout_is_a_convention(self):
        item = ImportField("f", "Field", "date")
        cells = [text(f"202503{day:02d}") for day in range(1, 21)]
        profile = profile_column(cells, item)
        self.assertEqual(coerce(cells[3], item, True, profile)[1], [])
        # the odd one out is still reported
        findings = coerce(text("2025.3.4"), item, True, profile)[1]
        self.assertEqual([finding.code for finding in findings], ["date_text"])

    def test_vin(self):
        vin = "LGBH72E06RE100938"
        self.check(text(vin), "vin", vin)
        self.check(text(vin.lower()), "vin", vin)
        self.check(text(vin + "  "), "vin", vin, "vin_space")
        self.check(text("LGBH72E06 RE100938"), "vin", vin, "vin_space")
        self.check(
            text("LGBP32E07SY300247"), "vin", "LGBP32E07SY300247", "vin_check_digit"
        )
        self.check(text("LGBP32E07SY30024"), "vin", "LGBP32E07SY30024", "vin_format")
        (finding,) = self.check(
            text("LGBH72EO6RE1OO938"), "vin", "LGBH72EO6RE1OO938", "vin_format"
        )
        self.assertEqual(finding.suggestion, vin)

    def test_identity_by_document(self):
        item = ImportField("f", "Field", "identity")
        right, wrong = "430321198905049971", "430321198905049972"
        self.assertEqual(coerce(text(right), item), (right, []))
        self.assertEqual(coerce(text(wrong), item)[1][0].code, "id_checksum")
        self.assertEqual(
            coerce(text("430321198913049971"), item, id_type="身份证")[1][0].code,
            "id_checksum",
        )
        self.assertEqual(coerce(text("E12345678"), item, id_type="护照")[1], [])
        self.assertEqual(
            coerce(text("E12345678"), item, id_type="身份证")[1][0].code, "id_format"
        )
        self.assertEqual(
            coerce(number(430321198905049971), item)[1][0].code, "digits_lost"
        )

    def test_phone_and_plate(self):
        self.check(number(13800138000), "mobile", "13800138000")
        self.check(text("1380013800"), "mobile", "1380013800", "bad_mobile")
        self.check(text("粤E5207"), "plate", "粤E5207", "bad_plate")
        self.check(text("*-*"), "plate", None)

    def test_choices(self):
        choices = {"汽油": "fuel", "纯电动": "bev"}
        self.check(text("纯电动"), "selection", "bev", choices=choices)
        self.check(text("bev"), "selection", "bev", choices=choices)
        self.check(text("氢"), "selection", None, "unknown_choice", choices=choices)
        self.check(text("是"), "boolean", True)
        self.check(text("×"), "boolean", False)
        self.check(text("也许"), "boolean", None, "unknown_choice")

    def test_policy_numbers(self):
        item = ImportField("f", "Field", "policy_no")
        cells = [text(f"PDZA20254406000002{number}") for number in range(1000, 1020)]
        profile = profile_column([*cells, text("PDZA2O25440600000216OO")], item)
        value, (finding,) = coerce(text("PDZA2O254406000002160O"), item, False, profile)
        self.assertEqual(
            (value, finding.code), ("PDZA202544060000021600", "letter_o_for_zero")
        )
        value, (finding,) = coerce(number(12506000025101299712), item)
        self.assertEqual((value, finding.code), (None, "policy_no_as_number"))
        value, (finding,) = coerce(text("1.2506E+19"), item, True)
        self.assertEqual(finding.code, "policy_no_as_number")
        self.assertEqual(
            coerce(text("AFSH318CTP26B1X\t"), item, True), ("AFSH318CTP26B1X", [])
        )

    def test_letter_o_that_belongs_to_the_form_stays(self):
        item = ImportField("f", "Field", "policy_no")
        cells = [text(f"25O{number}") for number in range(1000, 1010)]
        shapes = profile_column(cells, item).shapes
        self.assertEqual(mend_letter_o("25O1003", shapes), "25O1003")
        self.assertEqual(mend_letter_o("25O1003", None), "2501003")

    @given(st.decimals(min_value=-(10**8), max_value=10**8, places=2))
    def test_amount_round_trip(self, value):
        for written in (f"{value:,.2f}元", f"￥{value:,.2f}", f"{value:.2f}"):
            self.assertEqual(parse_amount(written), value)

    @given(st.datetimes(datetime.datetime(1930, 1, 1), datetime.datetime(2150, 1, 1)))
    def test_date_round_trip(self, moment):
        moment = moment.replace(microsecond=0)
        for code in ("%Y-%m-%d %H:%M:%S", "%Y%m%d%H%M%S", "%Y年%m月%d日 %H时%M分%S秒"):
            # strftime pads years below 1000 only on some platforms; these have four
            self.assertEqual(parse_date(moment.strftime(code)), moment)
        days = (moment - datetime.datetime(1899, 12, 30)).total_seconds() / 86400
        self.assertEqual(serial_to_datetime(days), moment)

    @given(st.text(max_size=40))
    def test_no_text_breaks_it(self, written):
        cell = text(written)
        for field_type in (
            "char",
            "amount",
            "date",
            "vin",
            "identity",
            "policy_no",
            "plate",
            "mobile",
            "boolean",
            "selection",
            "integer",
            "rate",
            "staff",
            "datetime",
        ):
            item = ImportField("f", "Field", field_type)
            for is_text in (False, True):
                value, findings = coerce(cell, item, is_text, ColumnProfile())
                self.assertLessEqual(len(findings), 1)
                self.assertTrue(value is None or value != "")


class TestRows(BaseCase):
    def test_json_round_trip(self):
        fields = [
            ImportField("a", "A", "amount"),
            ImportField("d", "D", "date"),
            ImportField("m", "M", "datetime"),
            ImportField("b", "B", "boolean"),
            ImportField("c", "C"),
        ]
        values = {
            "a": Decimal("12.50"),
            "d": datetime.date(2025, 1, 2),
            "m": datetime.datetime(2025, 1, 2, 3, 4, 5),
            "b": False,
            "c": None,
        }
        self.assertEqual(values_from_json(values_to_json(values), fields), values)

    def test_digest_ignores_order_and_running_numbers(self):
        fields = [ImportField("n", "No.", compared=False), ImportField("c", "C")]
        self.assertEqual(
            digest({"n": "1", "c": "x"}, fields), digest({"c": "x", "n": "2"}, fields)
        )
        self.assertNotEqual(digest({"c": "x"}, fields), digest({"c": "y"}, fields))

    def test_errors_of_a_row(self):
        row = ImportRow(ImportSheet("s"), 3, severities={"a": "error", "b": "warning"})
        row.texts = {"x": "1"}
        row.add("b", "x", other=2)
        self.assertEqual((row.errors, row.doubtful("x")), ([], False))
        row.add("a", "x")
        self.assertTrue(row.doubtful("x"))
        row.accepted = frozenset({("a", "x")})
        self.assertEqual(row.errors, [])
        with self.assertRaises(ValueError):
            row.add("unknown_code")


class TestNames(BaseCase):
    known = {"何梓键": 40, "陈绮雯": 30, "罗敏怡": 20, "黄佩珊": 50, "黄小明": 9}

    def test_variants(self):
        self.assertEqual(variant_of("小何", self.known), "何梓键")
        self.assertEqual(variant_of("绮雯", self.known), "陈绮雯")
        self.assertEqual(variant_of("罗敏 怡", self.known), "罗敏怡")
        self.assertEqual(variant_of("陈绮文", self.known), "陈绮雯")

    def test_unique_or_nothing(self):
        self.assertIsNone(variant_of("小黄", self.known))
        self.assertIsNone(variant_of("小李", self.known))
        self.assertIsNone(variant_of("何梓键", self.known))
        self.assertIsNone(variant_of("", self.known))

    def test_two_people_with_similar_names(self):
        self.assertIsNone(variant_of("陈绮文", {"陈绮雯": 30, "陈绮文": 25}))


class TestSafeXlsx(BaseCase):
    payloads = ("=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1")

    def test_openpyxl_cells_stay_text(self):
        workbook = openpyxl.Workbook()
        for row, payload in enumerate(self.payloads, 1):
            safe_xlsx.set_cell(workbook.active.cell(row, 1), payload)
        stream = io.BytesIO()
        workbook.save(stream)
        again = openpyxl.load_workbook(io.BytesIO(stream.getvalue())).active
        for row in range(1, len(self.payloads) + 1):
            self.assertEqual(again.cell(row, 1).data_type, "s")
            self.assertTrue(again.cell(row, 1).quotePrefix)

    def test_csv_text_gets_an_apostrophe(self):
        for payload in self.payloads:
            self.assertTrue(safe_xlsx.csv_text(payload).startswith("'"))
        self.assertEqual(safe_xlsx.csv_text("-12.50"), "-12.50")
        self.assertEqual(safe_xlsx.csv_text("粤E12345"), "粤E12345")
        self.assertEqual(safe_xlsx.csv_text(None), "")

    def test_sheet_names(self):
        self.assertEqual(safe_xlsx.sheet_name("a/b:c", ["A_B_C"]), "a_b_c 2")
        self.assertEqual(len(safe_xlsx.sheet_name("长" * 50)), 31)

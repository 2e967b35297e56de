import datetime
import io

import openpyxl

from odoo.tests import BaseCase

from ..tools.header import find_header, header_at
from ..tools.import_field import ImportField
from ..tools.spreadsheet import Limits, SpreadsheetError, open_book
from .import_files import (
    billion_laughs,
    blank_rows,
    encrypted,
    vehicles,
    xls,
    xlsx,
    zip_bomb,
)

FIELDS = [
    ImportField("vin", "VIN", "vin", ("车架号", "车辆识别代号"), required=True),
    ImportField("no", "No.", "char", ("台账号",)),
    ImportField("insured", "Insured", "name", ("被保险人", "被保险人名称")),
    ImportField("ctpl_no", "CTPL", "policy_no", ("保单号",), ("交强险", "强制险")),
    ImportField("com_no", "Commercial", "policy_no", ("保单号",), ("商业险",)),
    ImportField("ctpl", "Premium", "amount", ("保费",), ("交强险", "强制险")),
    ImportField("com", "Premium", "amount", ("折后保费", "保费"), ("商业险",)),
    ImportField("issued", "Issued", "datetime", ("出单时间", "签单日期")),
]


class TestReader(BaseCase):
    def refused(self, content, code, filename="", **limits):
        with self.assertRaises(SpreadsheetError) as error:
            open_book(content, filename, Limits(**limits))
        self.assertEqual(error.exception.code, code)

    def test_bad_files(self):
        good = vehicles()
        self.refused(b"", "empty_file")
        self.refused(b" \r\n", "empty_file")
        self.refused(good, "too_large", max_bytes=1000)
        self.refused(zip_bomb(), "zip_bomb", max_unpacked=100 * 1024 * 1024)
        self.refused(billion_laughs(good), "xml_entities")
        self.refused(encrypted(), "encrypted")
        self.refused(good[: len(good) // 2], "corrupt")
        self.refused(good[:2000] + b"\0" * 100 + good[2100:], "corrupt")
        self.refused(b"PK\x03\x04 this is no zip", "corrupt")
        self.refused(b"%PDF-1.4 ...", "not_a_spreadsheet", "a.xlsx")
        self.refused(b"<html><table></table></html>", "not_a_spreadsheet", "a.xls")
        self.refused(good, "wrong_extension", "list.csv")
        self.refused("车架号\n1\n".encode(), "wrong_extension", "list.xlsx")
        self.refused(good, "not_a_spreadsheet", "list.docx")
        self.refused(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 3000, "corrupt")
        self.refused(xlsx([]), "no_rows")
        self.refused(vehicles(30), "too_many_rows", max_rows=20)
        self.refused(b"\x81\x82\x83\xff\xff\x80\n" * 10, "encoding", "a.csv")

    def test_a_damaged_container_never_raises_anything_else(self):
        good = vehicles()
        for position in range(0, len(good), 97):
            broken = bytearray(good)
            broken[position] ^= 0xFF
            try:
                open_book(bytes(broken))
            except SpreadsheetError:
                continue

    def test_formulas_give_stored_values_only(self):
        workbook = openpyxl.Workbook()
        workbook.active.append(["a", "=1+1", "=cmd|' /C calc'!A0"])
        workbook.active["C1"].data_type = "s"
        stream = io.BytesIO()
        workbook.save(stream)
        row = open_book(stream.getvalue()).sheets[0].rows[0]
        self.assertEqual((row[1].value, row[1].formula), (None, "=1+1"))
        self.assertEqual((row[2].value, row[2].formula), ("=cmd|' /C calc'!A0", None))

    def test_types_of_cells(self):
        moment = datetime.datetime(2025, 3, 4, 12, 30)
        content = xlsx([["文字", 12, 12.5, moment, True, moment.date(), 1e19]])
        row = open_book(content).sheets[0].rows[0]
        self.assertEqual(
            [cell.kind for cell in row],
            ["text", "number", "number", "date", "boolean", "date", "number"],
        )
        self.assertEqual(row[3].value, moment)
        self.assertEqual(row[3].text, "2025-03-04 12:30")
        self.assertEqual(row[6].text, "10000000000000000000")

    def test_blank_formatted_rows_end_the_sheet(self):
        content = blank_rows(vehicles(3, merges=("A50:B50",)), 5000)
        sheet = open_book(content, limits=Limits(blank_rows=200)).sheets[0]
        self.assertEqual(len(sheet.rows), 4)
        self.assertEqual(sheet.merges, [(49, 0, 49, 1)])

    def test_hidden_and_empty_sheets_are_named(self):
        content = xlsx(("一", [["a"]]), ("二", []), ("三", [["b"]]), hidden=("三",))
        book = open_book(content)
        self.assertEqual(
            [(sheet.name, len(sheet.rows), sheet.hidden) for sheet in book.sheets],
            [("一", 1, False), ("二", 0, False), ("三", 1, True)],
        )

    def test_csv_encodings_and_delimiters(self):
        lines = '车架号,备注,金额\r\nA1,"第一行\n第二行","1,200"\r\nB2,无,5\r\n'
        for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "gb18030", "gbk"):
            sheet = open_book(lines.encode(encoding), "a.csv").sheets[0]
            self.assertEqual(len(sheet.rows), 3, encoding)
            self.assertEqual(sheet.rows[1][1].text, "第一行\n第二行")
            self.assertEqual(sheet.rows[1][2].text, "1,200")
        for delimiter in (";", "\t", "|"):
            content = f"车架号{delimiter}备注\nA1{delimiter}x,y,z\n".encode()
            sheet = open_book(content, "a.csv").sheets[0]
            self.assertEqual([cell.text for cell in sheet.rows[1]], ["A1", "x,y,z"])

    def test_csv_rows_keep_their_record_number(self):
        sheet = open_book(b"a,b\n\n1,2\n", "a.csv").sheets[0]
        self.assertEqual([len(row) for row in sheet.rows], [2, 0, 2])

    def test_old_excel_format(self):
        book = open_book(
            xls([["车架号", "日期"], ["A1", 45720.0]], date_columns=(1,)), "a.xls"
        )
        self.assertEqual(book.file_type, "xls")
        self.assertEqual(book.sheets[0].name, "表一")
        row = book.sheets[0].rows[1]
        self.assertEqual(row[0].text, "A1")
        self.assertEqual(row[1].value, datetime.datetime(2025, 3, 4))


class TestHeader(BaseCase):
    def header(self, rows, **kwargs):
        return find_header(open_book(xlsx(rows, **kwargs)).sheets[0], FIELDS)

    def test_one_level_below_a_title(self):
        header = self.header(
            [["某店台账"], [None], ["台账号", "车架号", "被保险人"], ["1", "V", "x"]],
            merges=("A1:C1",),
        )
        self.assertEqual((header.first_row, header.last_row), (2, 2))
        self.assertEqual(header.mapping, {"no": 0, "vin": 1, "insured": 2})

    def test_two_levels_merged_and_not(self):
        rows = [
            ["标题"],
            ["台账号", "车架号", "强制险", None, "商业险", None, "出单时间"],
            [None, None, "保单号", "保费", "保单号", "折后保费", None],
            ["1", "V", "P1", 1, "P2", 2, "2025-01-01"],
        ]
        merged = ("A2:A3", "B2:B3", "C2:D2", "E2:F2", "G2:G3")
        wanted = {
            "no": 0,
            "vin": 1,
            "ctpl_no": 2,
            "ctpl": 3,
            "com_no": 4,
            "com": 5,
            "issued": 6,
        }
        for merges in (merged, ()):
            header = self.header(rows, merges=merges)
            self.assertEqual((header.first_row, header.last_row), (1, 2))
            self.assertEqual(header.mapping, wanted)
            self.assertEqual(header.columns[2].title, "强制险/保单号")

    def test_one_level_that_carries_the_group(self):
        header = self.header(
            [["车架号", "交强险保单号", "商业险-保单号", "商业险/保费"], ["V"]]
        )
        self.assertEqual(
            header.mapping, {"vin": 0, "ctpl_no": 1, "com_no": 2, "com": 3}
        )

    def test_other_order_and_wordings(self):
        header = self.header(
            [["签 单 日 期", "被保险人姓名", "车辆识别代号（VIN）", "台账编号*"], ["x"]]
        )
        self.assertEqual(header.mapping, {"issued": 0, "insured": 1, "vin": 2, "no": 3})

    def test_unknown_missing_and_ambiguous(self):
        header = self.header(
            [["台账号", "被保险人", "出单时间", "天气", "保单号"], ["1"]]
        )
        self.assertEqual(header.missing, ["vin"])
        self.assertEqual(
            [header.columns[col].label for col in header.unknown], ["天气", "保单号"]
        )
        labels = ["车架号", "台账号", "被保险人", "被保险人"]
        header = self.header([labels, ["1", "2", "甲", "乙"]])
        self.assertEqual(header.ambiguous, [2, 3])
        # A twin without content is not asked about
        header = self.header([labels, ["1", "2", None, "乙"]])
        self.assertEqual((header.ambiguous, header.mapping["insured"]), ([], 3))

    def test_nothing_that_looks_like_a_header(self):
        self.assertIsNone(self.header([["你好", "世界"], [1, 2], [3, 4]]))

    def test_header_given_by_the_user(self):
        sheet = open_book(xlsx([["x"], ["车架号", "台账号"]])).sheets[0]
        self.assertEqual(header_at(sheet, 1, 1, FIELDS).mapping, {"vin": 0, "no": 1})

    def test_gbk_csv(self):
        content = "代理点,车架号,被保险人,签单日期\r\n1,V,x,20250101\r\n".encode("gbk")
        header = find_header(open_book(content, "a.csv").sheets[0], FIELDS)
        self.assertEqual(header.mapping, {"vin": 1, "insured": 2, "issued": 3})

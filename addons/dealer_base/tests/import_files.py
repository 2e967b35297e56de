"""Small files for the tests of the import, made on the fly."""

import datetime
import io
import struct
import zipfile

import openpyxl

from ..tools.identity import vin_check_digit

HEADER = (
    "车架号",
    "车牌号",
    "发动机号",
    "车主",
    "手机号码",
    "购置价",
    "初登日期",
    "能源类型",
)


def vin(number):
    """A valid domestic VIN with a running number."""
    raw = f"LSVAA49J0{13200000 + number:08d}"
    return raw[:8] + vin_check_digit(raw) + raw[9:]


def vehicle_row(number, **changes):
    """One row of the vehicle list, valid unless changed."""
    row = dict(
        zip(
            HEADER,
            (
                vin(number),
                None,
                f"ENG{number:06d}",
                f"车主{number}",
                f"138{number:08d}",
                100000 + number,
                datetime.datetime(2025, 1, 1) + datetime.timedelta(days=number % 300),
                "汽油",
            ),
            strict=True,
        )
    )
    row.update(changes)
    return list(row.values())


def xlsx(*sheets, merges=(), formats=None, hidden=(), header=HEADER):
    """Bytes of a workbook; a sheet is a list of rows or (name, rows)."""
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for index, sheet in enumerate(sheets):
        name, rows = sheet if isinstance(sheet, tuple) else (f"Sheet{index + 1}", sheet)
        worksheet = workbook.create_sheet(name)
        for row in rows:
            worksheet.append(list(row))
        if name in hidden:
            worksheet.sheet_state = "hidden"
    for reference in merges:
        workbook.worksheets[0].merge_cells(reference)
    for coordinate, code in (formats or {}).items():
        workbook.worksheets[0][coordinate].number_format = code
    stream = io.BytesIO()
    workbook.save(stream)
    return stream.getvalue()


def vehicles(count=3, start=1, **kwargs):
    """Bytes of a vehicle list with `count` valid rows."""
    rows = [vehicle_row(number) for number in range(start, start + count)]
    return xlsx([HEADER, *rows], **kwargs)


def edit_part(content, name, change):
    """Return the container with one part changed by a function on bytes."""
    source = zipfile.ZipFile(io.BytesIO(content))
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target:
        for info in source.infolist():
            data = source.read(info)
            target.writestr(info, change(data) if info.filename == name else data)
    return stream.getvalue()


def zip_bomb():
    """A container that unpacks to far more than it weighs."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (120 * 1024 * 1024))
    return stream.getvalue()


def encrypted():
    """The head of an OLE container as Excel writes it for a password."""
    name = "EncryptedPackage".encode("utf-16-le")
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 1000 + name + b"\0" * 500


def billion_laughs(content):
    """A workbook whose sheet declares entities."""
    bomb = (
        b'<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">'
        b'<!ENTITY lol2 "&lol;&lol;&lol;">]>'
    )
    return edit_part(
        content,
        "xl/worksheets/sheet1.xml",
        lambda data: bomb + data.split(b"?>", 1)[-1],
    )


def blank_rows(content, count):
    """Append formatted rows without content, as careless formatting leaves them."""
    rows = b"".join(
        b'<row r="%d"><c r="A%d" s="0"/><c r="B%d" s="0"/></row>' % (no, no, no)
        for no in range(10, 10 + count)
    )
    return edit_part(
        content,
        "xl/worksheets/sheet1.xml",
        lambda data: data.replace(b"</sheetData>", rows + b"</sheetData>"),
    )


def xls(rows, date_columns=()):
    """Bytes of a small BIFF8 file: text, number and date cells of one sheet.

    xlwt is not installed; the few records that a reader needs are written by hand
    (stream only, without OLE container, which xlrd reads as well).
    """

    def record(code, data):
        return struct.pack("<HH", code, len(data)) + data

    bof_book = record(
        0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0x0DBB, 1996, 0, 6)
    )
    codepage = record(0x0042, struct.pack("<H", 1200))
    font = record(
        0x0031,
        struct.pack("<HHHHHBBBB", 200, 0, 0x7FFF, 400, 0, 0, 0, 0, 0) + b"\x05\0Arial",
    )
    xf_general = record(
        0x00E0, struct.pack("<HHHBBBBIiH", 0, 0, 1, 0, 0, 0, 0, 0, 0, 0)
    )
    xf_date = record(0x00E0, struct.pack("<HHHBBBBIiH", 0, 14, 1, 0, 0, 0, 0, 0, 0, 0))
    name = "表一".encode("utf-16-le")
    eof = record(0x000A, b"")
    body = b""
    for row_no, row in enumerate(rows):
        for col, value in enumerate(row):
            if value is None:
                continue
            style = 1 if col in date_columns and not isinstance(value, str) else 0
            head = struct.pack("<HHH", row_no, col, style)
            if isinstance(value, str):
                text = value.encode("utf-16-le")
                body += record(0x0204, head + struct.pack("<HB", len(value), 1) + text)
            else:
                body += record(0x0203, head + struct.pack("<d", float(value)))
    width = max(len(row) for row in rows)
    dimension = record(0x0200, struct.pack("<IIHHH", 0, len(rows), 0, width, 0))
    bof_sheet = record(
        0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0x0DBB, 1996, 0, 6)
    )
    sheet = bof_sheet + dimension + body + eof
    prefix = bof_book + codepage + font * 5 + xf_general + xf_date
    bound_size = 4 + 4 + 2 + 2 + len(name)
    position = len(prefix) + bound_size + len(eof)
    bound = record(0x0085, struct.pack("<IHBB", position, 0, len(name) // 2, 1) + name)
    return prefix + bound + eof + sheet

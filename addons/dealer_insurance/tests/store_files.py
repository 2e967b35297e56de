"""Ledgers and delivery lists of invented stores, each in the style of its own.

One set of deals, written the way different stores write it: other words, orders,
layouts, encodings. All people, cars and numbers are invented.
"""

import csv
import io
from datetime import datetime, timedelta

import openpyxl
from stdnum.cn import ric

from .underwriting_common import make_vin

FIRST_DAY = datetime(2026, 3, 2, 9, 5)


def identity(serial):
    """A number of a resident with a right check digit."""
    raw = f"44010619{80 + serial % 20:02d}0{1 + serial % 9}1{serial % 9}99{serial % 9}"
    return raw + ric.calc_check_digit(raw + "0")


def deal(serial, **changes):
    """One right new-car deal as plain values; changes by key."""
    issued = FIRST_DAY + timedelta(days=serial // 2, minutes=7 * serial)
    start = datetime(issued.year, issued.month, issued.day) + timedelta(days=1)
    commercial = 3000 + 10.25 * serial
    values = {
        "serial": serial,
        "ledger_no": f"2026-{serial:04d}",
        "insurer": "中国人民财产保险",
        "issued": issued,
        "business": "新车",
        "insured": f"陈小{'一二三四五六七八九'[serial % 9]}",
        "id_no": identity(serial),
        "mobile": f"1380000{serial:04d}",
        "vin": make_vin(serial + 500),
        "plate": f"粤A{12000 + serial}",
        "model": "轩逸 1.6L",
        "energy": "汽油",
        "seats": 5,
        "nature": "家庭自用",
        "ctpl_no": f"PDZA2026440100{serial:07d}",
        "ctpl_premium": 950.0,
        "tax": 300.0,
        "comm_no": f"PDAA2026440100{serial:07d}",
        "comm_premium": commercial,
        "due": 1250 + commercial,
        "received": 1250 + commercial,
        "balance": 0.0,
        "start": start,
        "end": start.replace(year=start.year + 1) - timedelta(seconds=1),
        "channel": "代收",
        "method": "刷卡",
        "clerk": "李明霞",
        "cashier": "王秀芬",
        "signed": datetime(issued.year, issued.month, issued.day),
        "delivered": datetime(issued.year, issued.month, issued.day),
        "remitted": datetime(issued.year, issued.month, issued.day) + timedelta(days=3),
        "concession": None,
        "concession_amt": None,
        "status": "有效",
        "note": None,
        "colour": "白色",
        "price": 128000.0 + 100 * serial,
        "consultant": "赵志强",
        "team": "一部",
        "in_store": "√",
        "lost": None,
    }
    values.update(changes)
    return values


def deals(count, **changes):
    return [deal(serial, **changes) for serial in range(1, count + 1)]


def book(sheets, merges=None, formats=None, epoch_1904=False, hide=None):
    """Workbook bytes from {name: rows}; merges and formats as {sheet: …}."""
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    if epoch_1904:
        workbook.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    for name, rows in sheets.items():
        worksheet = workbook.create_sheet(name)
        for row in rows:
            worksheet.append(row)
        for reference in (merges or {}).get(name, ()):
            worksheet.merge_cells(reference)
        for column in (hide or {}).get(name, ()):
            worksheet.column_dimensions[column].hidden = True
    stream = io.BytesIO()
    workbook.save(stream)
    return stream.getvalue()


def text_file(rows, encoding="gbk", delimiter=";"):
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=delimiter)
    writer.writerows(
        ["" if cell is None else str(cell) for cell in row] for row in rows
    )
    return stream.getvalue().encode(encoding)


# Store 1: one sheet, a column for the insurer, no two-level header

ONE_SHEET = (
    ("序号", "serial"),
    ("承保公司", "insurer"),
    ("签单日期", "issued"),
    ("业务类别", "business"),
    ("被保险人名称", "insured"),
    ("身份证号", "id_no"),
    ("联系方式", "mobile"),
    ("车牌号码", "plate"),
    ("车辆识别代号/车架号", "vin"),
    ("厂牌型号", "model"),
    ("保险单号(交强)", "ctpl_no"),
    ("交强险金额", "ctpl_premium"),
    ("车船使用税", "tax"),
    ("保险单号(商业)", "comm_no"),
    ("商业险实收保费", "comm_premium"),
    ("保险起期", "start"),
    ("保险止期", "end"),
    ("保费合计(元)", "due"),
    ("实收", "received"),
    ("收费方式", "channel"),
    ("缴费途径", "method"),
    ("优惠情况", "concession"),
    ("经办人", "clerk"),
    ("收银签字", "cashier"),
    ("保单状态", "status"),
    ("备注", "note"),
)


def table(columns, lines, **words):
    """Header and lines; words maps key -> function of the value."""
    rows = [[label for label, _key in columns]]
    for line in lines:
        rows.append(
            [
                words[key](line[key]) if key in words else line[key]
                for _label, key in columns
            ]
        )
    return rows


def one_sheet_ledger():
    names = ("PICC", "中国人民财产保险", "平安保险", "太保", "CPIC", "人保")
    lines = deals(12)
    for position, line in enumerate(lines):
        line["insurer"] = names[position % len(names)]
    lines[1].update(status="作废单", note="客户取消")
    lines[2].update(channel="代收代缴")
    lines[3].update(channel="直接缴费", method="微信")
    lines[4].update(channel="见费出单")
    lines[5].update(channel="店收", plate="粤A·12345", mobile="138 0000 0006")
    lines[6].update(mobile="+86 13800000007", insured="陈 小 七")
    lines[7].update(
        business="续保",
        id_no=lines[7]["id_no"][:-1] + "x"
        if lines[7]["id_no"].endswith("X")
        else lines[7]["id_no"],
    )
    lines[8].update(business="转保", ctpl_no="13302028600458912301")
    lines[9].update(business="次新车", comm_no="13302028600458912302")
    lines[10].update(business="在修不在保", concession="送保养一次")
    lines[11].update(concession="返点200")
    return book({"Sheet1": table(ONE_SHEET, lines)})


# Store 2: a sheet per month, title and notes, totals, header again

MONTHLY = (
    ("编号", "ledger_no"),
    ("出单日期", "issued"),
    ("客户姓名", "insured"),
    ("证件号码", "id_no"),
    ("电话", "mobile"),
    ("车型", "model"),
    ("车架号", "vin"),
    ("保险公司", "insurer"),
    ("交强险单号", "ctpl_no"),
    ("交强险", "ctpl_premium"),
    ("车船税", "tax"),
    ("商业险单号", "comm_no"),
    ("商业险", "comm_premium"),
    ("合计", "due"),
    ("已收", "received"),
    ("欠款", "balance"),
    ("优惠金额", "concession_amt"),
    ("收款人", "cashier"),
    ("收款日期", "signed"),
    ("销售顾问", "consultant"),
    ("备注", "note"),
)
MONEY = {"ctpl_premium", "tax", "comm_premium", "due", "received", "balance"}


def total_line(columns, label, lines):
    row = [
        round(sum(line[key] for line in lines), 2) if key in MONEY else None
        for _label, key in columns
    ]
    row[0] = label
    return row


def monthly_ledger():
    sheets, earlier = {}, []
    header = [label for label, _key in MONTHLY]
    for number in (1, 2):
        lines = []
        for serial in range(1, 9):
            issued = datetime(2026, number, 4 + serial, 10, 0)
            line = deal(
                serial + 10 * number,
                ledger_no=f"2026{number:02d}{serial:03d}",
                issued=issued,
                signed=issued,
                insurer="太平洋",
            )
            lines.append(line)
        body = table(MONTHLY, lines)[1:]
        sheets[f"{number}月"] = [
            ["广州某某汽车销售服务有限公司"],
            [f"2026年{number}月保险台账"],
            ["填表说明:本表由出单员填写,出纳核对后签字", None, None, None, "单位:元"],
            header,
            *body[:4],
            total_line(MONTHLY, "本页小计", lines[:4]),
            [],
            [f"2026年{number}月保险台账(续)"],
            header,
            *body[4:],
            total_line(MONTHLY, "小计", lines[4:]),
            [],
            total_line(MONTHLY, "本月合计", lines),
            total_line(MONTHLY, "本年累计", [*earlier, *lines]),
            ["制表:李明霞", None, None, "审核:", None, None, "日期:"],
        ]
        earlier += lines
    sheets["汇总"] = [["月份", "台数", "保费"], ["1月", 8, 1000], ["2月", 8, 1000]]
    return book(sheets)


# Store 3: GBK text

TEXT = (
    ("流水号", "ledger_no"),
    ("保险人", "insurer"),
    ("出单时间", "issued"),
    ("投保类型", "business"),
    ("投保人", "insured"),
    ("被保险人", "insured"),
    ("证件号", "id_no"),
    ("手机", "mobile"),
    ("VIN码", "vin"),
    ("号牌", "plate"),
    ("燃料", "energy"),
    ("核定载客数", "seats"),
    ("交强险保险单号", "ctpl_no"),
    ("交强险起保日期", "start"),
    ("交强险终保日期", "end"),
    ("交强险保费(元)", "ctpl_premium"),
    ("车船税(元)", "tax"),
    ("商业险保险单号", "comm_no"),
    ("商业险起保日期", "start"),
    ("商业险终保日期", "end"),
    ("商业险保费(元)", "comm_premium"),
    ("应收总额", "due"),
    ("实收总额", "received"),
    ("出纳", "cashier"),
    ("单证状态", "status"),
    ("保单代管", "note"),
)


def yuan(value):
    return f"￥{value:,.2f}"


def text_ledger(delimiter="\t"):
    lines = deals(12, insurer="中国平安")
    for position, line in enumerate(lines):
        line["note"] = ("√", "×")[position % 2]
        line["status"] = ("生效", "有效", "撤单", "注销", "作废单")[
            position if position in (2, 3, 4) else position % 2
        ]
    rows = table(
        TEXT,
        lines,
        issued=lambda day: f"{day.year}/{day.month}/{day.day} {day:%H:%M}",
        start=lambda day: f"{day:%Y%m%d}",
        end=lambda day: f"{day.year}-{day.month}-{day.day}",
        ctpl_premium=yuan,
        comm_premium=yuan,
        due=yuan,
        received=yuan,
        tax=yuan,
    )
    return text_file(rows, delimiter=delimiter)


# Store 4: merged insurers, English or traditional headers

ENGLISH = (
    ("Insurer", "insurer"),
    ("Serial No.", "ledger_no"),
    ("Issue Date", "issued"),
    ("Type of Business", "business"),
    ("Insured Name", "insured"),
    ("ID No.", "id_no"),
    ("Phone", "mobile"),
    ("VIN", "vin"),
    ("License Plate", "plate"),
    ("Engine No.", "model"),
    ("CTPL Policy No.", "ctpl_no"),
    ("CTPL Premium", "ctpl_premium"),
    ("Vehicle Tax", "tax"),
    ("Commercial Policy No.", "comm_no"),
    ("Commercial Premium", "comm_premium"),
    ("Total Premium", "due"),
    ("Received", "received"),
    ("Outstanding", "balance"),
    ("Payment Channel", "channel"),
    ("Remarks", "note"),
)
TRADITIONAL = (
    ("保險公司", "insurer"),
    ("臺賬號", "ledger_no"),
    ("出單日期", "issued"),
    ("業務類型", "business"),
    ("被保險人", "insured"),
    ("證件號碼", "id_no"),
    ("聯繫電話", "mobile"),
    ("車架號", "vin"),
    ("車牌號", "plate"),
    ("車型", "model"),
    ("交強險保單號碼", "ctpl_no"),
    ("交強險保費", "ctpl_premium"),
    ("車船稅", "tax"),
    ("商業險保單號碼", "comm_no"),
    ("商業險保費", "comm_premium"),
    ("應收合計", "due"),
    ("實收金額", "received"),
    ("欠繳", "balance"),
    ("收款渠道", "channel"),
    ("備註", "note"),
)


def merged_ledger(columns=ENGLISH):
    """Insurer cells merged over the lines of the insurer; the days of 1904."""
    lines = deals(10)
    for line in lines[:6]:
        line["insurer"] = "PICC"
    for line in lines[6:]:
        line["insurer"] = "CPIC"
    for line in (*lines[1:6], *lines[7:]):
        line["insurer"] = None
    return book(
        {"Ledger": table(columns, lines)},
        merges={"Ledger": ["A2:A7", "A8:A11"]},
        epoch_1904=True,
        hide={"Ledger": ["C", "F"]},
    )


# Store 5: a line for each policy

BY_POLICY = (
    ("台账号", "ledger_no"),
    ("承保公司", "insurer"),
    ("签单日期", "issued"),
    ("险种名称", "product"),
    ("保单号", "policy_no"),
    ("被保险人", "insured"),
    ("证件号码", "id_no"),
    ("联系电话", "mobile"),
    ("车架号码", "vin"),
    ("业务类型", "business"),
    ("使用性质", "nature"),
    ("座位", "seats"),
    ("保险起期", "start"),
    ("保险止期", "end"),
    ("保费", "premium"),
    ("车船税", "tax"),
    ("应收保费", "due"),
    ("实收保费", "received"),
    ("出纳签名", "cashier"),
    ("状态", "status"),
)


def policy_lines(lines):
    """Two lines for each deal: the CTPL policy, then the commercial one."""
    result = []
    for line in lines:
        result.append(
            {
                **line,
                "product": "交强险",
                "policy_no": line["ctpl_no"],
                "premium": line["ctpl_premium"],
                "due": line["ctpl_premium"] + line["tax"],
                "received": line["ctpl_premium"] + line["tax"],
            }
        )
        result.append(
            {
                **line,
                "product": "商业险",
                "policy_no": line["comm_no"],
                "premium": line["comm_premium"],
                "tax": None,
                "due": line["comm_premium"],
                "received": line["comm_premium"],
            }
        )
    return result


def line_ledger(columns=BY_POLICY, count=8, **changes):
    return book({"保单明细": table(columns, policy_lines(deals(count, **changes)))})


# Delivery lists

DELIVERY_STYLES = {
    "plain": (
        ("序号", "serial"),
        ("提车日期", "delivered"),
        ("开票日", "signed"),
        ("底盘号", "vin"),
        ("车型名称", "model"),
        ("外观色", "colour"),
        ("开票价(元)", "price"),
        ("车主姓名", "insured"),
        ("身份证号码", "id_no"),
        ("客户手机", "mobile"),
        ("销售顾问姓名", "consultant"),
        ("销售组", "team"),
        ("店内投保(是/否)", "in_store"),
        ("不投保原因", "lost"),
        ("备注", "note"),
    ),
    "traditional": (
        ("交車日期", "delivered"),
        ("車架號碼", "vin"),
        ("車主姓名", "insured"),
        ("證件號碼", "id_no"),
        ("手機號碼", "mobile"),
        ("車型", "model"),
        ("顏色", "colour"),
        ("銷售顧問", "consultant"),
        ("是否投保", "in_store"),
        ("未投保原因", "lost"),
    ),
    "english": (
        ("Delivery Date", "delivered"),
        ("VIN No.", "vin"),
        ("Customer", "insured"),
        ("ID Number", "id_no"),
        ("Mobile", "mobile"),
        ("Model", "model"),
        ("Color", "colour"),
        ("Sales Consultant", "consultant"),
        ("Insured", "in_store"),
        ("Reason", "lost"),
    ),
}


def delivery_lines(count, yes, no):
    lines = deals(count)
    for position, line in enumerate(lines):
        line["in_store"] = no if position % 5 == 4 else yes
        line["lost"] = "亲戚做保险" if position % 5 == 4 else None
    return lines

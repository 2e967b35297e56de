"""Fee statements of the demo insurers, as files through the import.

One insurer's last quarter with a line of every result, matched by the clerk and waiting
for decisions; another insurer's, confirmed by finance; a third one, just uploaded.
"""

import base64
import io
from datetime import timedelta

import openpyxl

HEADER = [
    "序号",
    "保单号",
    "批单号",
    "险种名称",
    "被保险人",
    "车牌号",
    "车架号",
    "签单日期",
    "保费(含税)",
    "保费(不含税)",
    "手续费比例(%)",
    "手续费(不含税)",
    "增值税",
    "手续费(价税合计)",
    "备注",
]
PRODUCT_WORDS = {
    "ctpl": "机动车交通事故责任强制保险",
    "commercial": "机动车商业保险",
    "other": "驾乘人员意外伤害保险",
}
# Cars of this part have numbers of their own, also when it runs alone.
serial += 8000


def month_before(day):
    """First and last day of the month before a day."""
    last = day.replace(day=1) - timedelta(days=1)
    return last.replace(day=1), last


def local_day(moment):
    return (moment + timedelta(hours=8)).date()


def cents(value):
    return round(value + 1e-9 if value >= 0 else value - 1e-9, 2)


def statement_rows(insurer, first, last):
    """Right lines of an insurer's policies of a period: list of cell lists."""
    policies = env["dealer.policy"].search(
        [
            ("insurer_id", "=", insurer.id),
            ("company_id", "=", company.id),
            ("state", "in", ("issued", "cancelled")),
            ("policy_no", "!=", False),
        ],
        order="issued_at, id",
    )
    rates = {"ctpl": 4, "commercial": 14, "other": 20}
    rows = []
    for policy in policies:
        if not first <= local_day(policy.issued_at) <= last:
            continue
        rows.append(statement_row(policy, policy.premium, rates[policy.product]))
    return rows


def statement_row(policy, premium, rate, number=None, note=None, fee=None):
    """One line as the insurer prints it; ``fee`` overrides the product."""
    net = cents(premium / 1.06)
    fee = cents(net * rate / 100) if fee is None else fee
    entry = policy.underwriting_id
    return [
        None,
        number or policy.policy_no,
        None,
        PRODUCT_WORDS[policy.product],
        entry.insured_id.name,
        policy.vehicle_id.plate or None,
        policy.vehicle_id.vin,
        local_day(policy.issued_at),
        premium,
        net,
        rate,
        fee,
        cents(fee * 1.06) - fee,
        cents(fee * 1.06),
        note,
    ]


def statement_file(insurer, first, last, number, rows):
    """Workbook bytes: title, facts, header in row 4, lines, total, signatures."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "手续费结算清单"
    sheet.append([f"{insurer.name}手续费结算清单"])
    sheet.append([f"代理机构：{company.name}", *[None] * 7, f"结算单号：{number}"])
    sheet.append([f"结算期间：{first:%Y-%m-%d} 至 {last:%Y-%m-%d}"])
    sheet.append(HEADER)
    for position, row in enumerate(rows, 1):
        sheet.append([position, *row[1:]])
    total = [None] * len(HEADER)
    total[3] = "合计"
    for column in (8, 9, 11, 12, 13):
        total[column] = cents(sum(row[column] for row in rows))
    sheet.append(total)
    sheet.append([])
    sheet.append(["制单人：系统    复核人：          代理机构确认(盖章)："])
    for letter, width in zip(
        "ABCDEFGHIJKLMNO", (6, 26, 24, 30, 12, 12, 22), strict=False
    ):
        sheet.column_dimensions[letter].width = width
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def upload(post, insurer, first, last, number, rows):
    """A post uploads and imports the file; returns the statement."""
    run = post["dealer.import"].create(
        {
            "kind": "fee_statement",
            "file": base64.b64encode(
                statement_file(insurer, first, last, number, rows)
            ),
            "file_name": f"代理费结算单_{insurer.insurer_code}_{first:%Y-%m}.xlsx",
            "company_id": company.id,
        }
    )
    run.action_read()
    run.action_check()
    run.action_import()
    return run.statement_ids


def with_every_difference(insurer, first, last):
    """The lines of a month, spoilt in every way that insurers know."""
    rows = statement_rows(insurer, first, last)
    Policy = env["dealer.policy"]
    by_number = {
        policy.policy_no: policy
        for policy in Policy.search([("insurer_id", "=", insurer.id)])
    }
    commercial = [row for row in rows if row[3] == PRODUCT_WORDS["commercial"]]
    ctpl = [row for row in rows if row[3] == PRODUCT_WORDS["ctpl"]]

    def respell(row, **changes):
        policy = by_number[row[1]]
        fresh = statement_row(policy, changes.get("premium", row[8]), row[10])
        if "rate" in changes:
            fresh = statement_row(policy, row[8], changes["rate"])
        if "fee" in changes:
            fresh = statement_row(policy, row[8], row[10], fee=changes["fee"])
        row[:] = fresh

    if len(commercial) > 4:
        respell(commercial[0], rate=12)
        respell(commercial[1], premium=cents(commercial[1][8] * 1.06))
        respell(commercial[2], fee=cents(commercial[2][11] - 45))
        commercial[2][14] = "手工调整"
        respell(commercial[3], fee=cents(commercial[3][11] + 0.01))
        commercial[4][1] = (
            f"{commercial[4][1][:4]} {commercial[4][1][4:12]}-{commercial[4][1][12:]}"
        )
    if len(ctpl) > 2:
        taxed = next((row for row in ctpl if by_number[row[1]].vehicle_tax), ctpl[0])
        tax = by_number[taxed[1]].vehicle_tax
        respell(taxed, premium=cents(taxed[8] + tax))
        rows.append(list(ctpl[-1]))
        rows.remove(ctpl[1])
    before = month_before(first)
    rows = statement_rows(insurer, *before)[-1:] + rows
    stranger = list(rows[-1])
    stranger[1] = f"PDZA{first:%Y}440500{rng.randrange(10**7):08d}"
    stranger[4], stranger[5], stranger[6] = "外店客户", "粤S8K231", next_vin()
    rows.append(stranger)
    void = Policy.search(
        [("insurer_id", "=", insurer.id), ("state", "=", "void")], limit=1
    )
    if void:
        rows.append(statement_row(void, void.premium, 4))
    endorsement = env["dealer.endorsement"].search(
        [
            ("insurer_id", "=", insurer.id),
            ("state", "=", "effective"),
            ("premium", "<", 0),
        ],
        limit=1,
    )
    if endorsement:
        rate = {"ctpl": 4, "commercial": 14, "other": 20}[endorsement.product]
        row = statement_row(endorsement.policy_id, endorsement.premium, rate)
        row[2], row[14] = endorsement.name, "退保冲减"
        rows.append(row)
    return rows


def history_of_one(insurer, first):
    """A void entry and a cancelled policy of the month, so that no result is missing.

    The paper ledger tells both; a live entry would need its own day.
    """
    people = make_people(2)
    cars = make_cars(people, [True, True])
    Underwriting = env["dealer.underwriting"].with_context(tracking_disable=True)
    issued = datetime.combine(first + timedelta(days=8), time(3, 20))
    vals_list = []
    for index, (person, car) in enumerate(zip(people, cars, strict=True)):
        vals_list.append(
            {
                "company_id": company.id,
                "insurer_id": insurer.id,
                "entry_type": "issue",
                "business_type": "new_to_renewal",
                "applicant_id": person.id,
                "insured_id": person.id,
                "owner_id": person.id,
                "payer_id": person.id,
                "vehicle_id": car.id,
                "channel": "direct",
                "issued_at": issued,
                "ledger_year": issued.year,
                "ledger_no": f"{insurer.ledger_prefix}{issued.year}-8{index + 1:03d}",
                "policy_ids": [
                    Command.create(
                        {
                            "product": "commercial",
                            "policy_no": f"PDAA{issued:%Y}4406{car.id:08d}",
                            "premium": 2650.0,
                            "date_start": issued + timedelta(days=1),
                            "date_end": issued + timedelta(days=366),
                        }
                    )
                ],
            }
        )
    void, cancelled = Underwriting._create_historical(vals_list)
    void._write_protected({"voided_at": issued + timedelta(hours=2)})
    refund_at = issued + timedelta(days=12)
    person, policy = cancelled.applicant_id, cancelled.policy_ids
    row = Underwriting._create_protected(
        [
            {
                "company_id": company.id,
                "insurer_id": insurer.id,
                "entry_type": "cancellation",
                "origin_id": cancelled.id,
                "business_type": "new_to_renewal",
                "applicant_id": person.id,
                "insured_id": person.id,
                "vehicle_id": cancelled.vehicle_id.id,
                "channel": "direct",
                "issued_at": refund_at,
                "is_historical": True,
                "ledger_year": issued.year,
                "ledger_no": f"{insurer.ledger_prefix}{issued.year}-8003",
            }
        ]
    )
    env["dealer.endorsement"]._create_protected(
        [
            {
                "name": f"EDAA{issued:%Y}4406{cancelled.id:08d}",
                "policy_id": policy.id,
                "kind": "cancel",
                "premium": -1325.0,
                "effective_date": local_day(refund_at),
                "state": "effective",
                "underwriting_id": row.id,
            }
        ]
    )
    policy._write_protected({"cancelled_at": refund_at})


def statements():
    clerk, finance = as_post("clerk"), as_post("finance")
    first, last = month_before(today)
    one, two, three = (env.ref(xmlid) for xmlid, _prefix, _share in INSURERS)
    # The first insurer settles by the quarter.
    quarter = month_before(month_before(first)[0])[0]
    history_of_one(one, first)
    rows = with_every_difference(one, quarter, last)
    statement = upload(clerk, one, quarter, last, f"JS4406{first:%Y%m}0017", rows)
    statement.action_match()
    statement.line_ids.filtered(lambda line: line.decision == "withhold")[
        :2
    ].owner_id = clerk.user
    for day in (first, month_before(first)[0]):
        begin, end = month_before(day)
        rows = statement_rows(two, begin, end)
        if not rows:
            continue
        if day != first and len(rows) > 2:
            # Left out by two statements in a row: the silence alarm.
            rows = rows[1:]
        older = upload(clerk, two, begin, end, f"DD{begin:%Y%m}", rows)
        older.action_match()
        if not older.open_count:
            older.with_env(finance).action_confirm()
    rows = statement_rows(three, first, last)
    if rows:
        upload(clerk, three, first, last, f"YG{first:%Y%m}", rows)


if not env["dealer.fee.statement"].search_count([], limit=1):
    statements()
    env.cr.commit()

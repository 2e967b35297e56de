"""The bank statement of the demo store's last days, imported by finance.

The lines pay what the story left open: premiums that were registered or are still
owed, remittances, besides charges, interest and other business of the store. Some
lines are reconciled by the button, some keep their proposal, two fit nothing.
"""

import base64
import io

import openpyxl

BANK_NUMBERS = {"premium": "44050188880100002611", "general": "44050188880100002387"}
BANK_HEAD = (
    "交易日期 交易时间 借方发生额(支出) 贷方发生额(收入) 余额 对方户名 对方账号 摘要 "
    "用途/附言 流水号"
).split()
BANK_START = {"premium": 82_350.42, "general": 1_205_880.10}


def bank_account(journal, number):
    """Give a bank journal of the store its account number."""
    if journal.bank_account_id:
        return
    journal.bank_account_id = env["res.partner.bank"].create(
        {
            "acc_number": number,
            "partner_id": company.partner_id.id,
            "company_id": company.id,
        }
    )


def bank_lines_of_story():
    """(amount, other side, summary, memo) of what is open in the books."""
    candidates = env["dealer.bank.candidates"].sudo()
    items = candidates._bank_candidates(
        company, today - timedelta(days=60), today + timedelta(days=1)
    )
    insurers = env["res.partner"].browse({i.partner for i in items if i.partner})
    names = {insurer.id: insurer.name for insurer in insurers}
    receipts = [
        item
        for item in items
        if item.kind == "premium_receipt" and item.method in ("", "transfer")
    ]
    lines = []
    for number, item in enumerate(receipts[:9]):
        amount, payer = item.amount / 100, item.names[0]
        if number == 3:
            # pays a part first
            lines.append((round(amount * 0.4, 2), payer, "转账", "保险费"))
        elif number == 5:
            lines.append((amount + 100, payer, "转账", f"{payer}车险"))
        else:
            plate = item.plates[0] if item.plates else payer
            lines.append((amount, payer, "转账", f"{plate}保费"))
    for method, summary in (("card", "POS清算"), ("qr", "结算款")):
        batches = {}
        for item in items:
            if item.kind == "premium_receipt" and item.method == method:
                batches.setdefault(item.date, []).append(item)
        for day, batch in sorted(batches.items())[:3]:
            gross = sum(item.amount for item in batch) / 100
            kept = 0 if method == "card" else round(gross * 0.0038, 2)
            memo = f"{day:%m%d}商户清算{len(batch)}笔"
            if kept:
                memo = f"{day:%Y%m%d}结算 {len(batch)}笔 手续费{kept:.2f}"
            payer = "银联商务有限公司" if method == "card" else "网络支付科技有限公司"
            lines.append((round(gross - kept, 2), payer, summary, memo))
    held = {}
    for item in items:
        if item.kind == "premium_remittance" and item.date < today:
            held.setdefault(item.partner, []).append(item)
    for insurer, batch in sorted(held.items())[:3]:
        total = sum(item.amount for item in batch[:3]) / 100
        count = sum(item.parts for item in batch[:3])
        lines.append((total, names[insurer], "转账", f"解付保费{count}笔"))
    for item in items:
        if item.kind in ("insurer_fee_payment", "claim_payment"):
            word = "手续费" if item.kind == "insurer_fee_payment" else "赔款"
            ref = item.period or " ".join(item.refs)
            line = (item.amount / 100, names[item.partner], "转账", f"{word} {ref}")
            lines.append(line)
            if len(lines) > 22:
                break
    lines.append((3088.00, "温子敬", "转账", "保险"))
    lines.append((-454.62, "银联商务有限公司", "手续费", "POS手续费"))
    lines.append((-50.00, None, "手续费", "账户管理费"))
    return lines


def bank_sheet(book, title, number, start, lines, last):
    """Write one account the way a bank does: title, header in row 5, totals."""
    sheet = book.create_sheet(title)
    sheet.append([f"示范银行营业部 账户交易明细（{title}）"])
    sheet.append([f"户名：{company.name}", None, None, None, None, f"账号：{number}"])
    sheet.append([f"起止日期：{last - timedelta(days=4)} 至 {last}"])
    sheet.append([])
    sheet.append(BANK_HEAD)
    balance, paid_out, paid_in = start, 0.0, 0.0
    for index, (amount, payer, summary, memo) in enumerate(lines):
        balance = round(balance + amount, 2)
        paid_out += max(-amount, 0)
        paid_in += max(amount, 0)
        day = last - timedelta(days=4) + timedelta(days=index * 5 // len(lines))
        sheet.append(
            [
                day.isoformat(),
                f"{9 + index % 8:02d}:{(index * 7) % 60:02d}:15",
                -amount if amount < 0 else None,
                amount if amount > 0 else None,
                balance,
                payer,
                None,
                summary,
                memo,
                f"{day:%Y%m%d}{number[-3:]}{index:05d}",
            ]
        )
    sheet.append(["合计", None, round(paid_out, 2), round(paid_in, 2)])


def tell_bank():
    """Import the statement and let finance go through half of it."""
    premium = company.dealer_premium_bank_journal_id
    general = env["account.journal"].search(
        [
            ("company_id", "=", company.id),
            ("type", "=", "bank"),
            (
                "id",
                "not in",
                list({j.id for j in company._dealer_payment_journals().values()}),
            ),
        ],
        limit=1,
    )
    bank_account(premium, BANK_NUMBERS["premium"])
    bank_account(general, BANK_NUMBERS["general"])
    interest = env.ref("dealer_insurance.bank_rule_interest").with_company(company)
    if not interest.account_id:
        fee = company.dealer_merchant_fee_account_id.with_company(company)
        interest.account_id = env["account.account"].create(
            {
                "name": "利息收入",
                "code": env["account.account"]
                .with_company(company)
                ._search_new_account_code(fee.code),
                "account_type": fee.account_type,
                "company_ids": [Command.set(company.ids)],
            }
        )
    book = openpyxl.Workbook()
    book.remove(book.active)
    bank_sheet(
        book,
        "代收保费专户",
        premium.bank_account_id.acc_number,
        BANK_START["premium"],
        bank_lines_of_story(),
        today,
    )
    others = [
        (109_800.00, "黄子轩", "转账", "购车款"),
        (-152_300.00, "示范汽车销售公司", "转账", "车辆采购款"),
        (6_250.40, "银联商务有限公司", "POS清算", "售后商户清算"),
        (-6_000.00, company.name, "内部转账", "划转代收保费"),
        (312.55, None, "结息", "利息"),
        (-50.00, None, "手续费", "账户管理费"),
    ]
    bank_sheet(
        book,
        "基本户",
        general.bank_account_id.acc_number,
        BANK_START["general"],
        others,
        today,
    )
    stream = io.BytesIO()
    book.save(stream)
    finance = as_post("finance")
    wizard = finance["account.statement.import"].with_context(dealer_bank_import=True)
    wizard = wizard.create(
        {
            "statement_file": base64.b64encode(stream.getvalue()),
            "statement_filename": f"银行流水_{today:%Y-%m}.xlsx",
        }
    )
    wizard.import_file_button()
    lines = finance["account.bank.statement.line"].search(
        [("dealer_proposal_certain", "=", True), ("is_reconciled", "=", False)],
        order="date, id",
    )
    lines[: len(lines) // 2].action_dealer_apply_best()


if "dealer.bank.proposal" in env and not env["account.bank.statement.line"].search(
    [("company_id", "=", company.id)], limit=1
):
    tell_bank()
env.cr.commit()

"""Insurers pay: a lump for several cases, too little, too much, and after the customer.

Run by scripts/demo_story.py after 120_claim_documents.py, which submits the cases.
Every step by its button and its post: finance registers and reconciles, the submitter
decides the differences, the manager approves, the cashier refunds.
"""

import base64


def insurer_pays(amounts, memo, rest=0.0, day=None):
    """One payment of an insurer for cases: {claim: amount}, today unless told."""
    desk = as_post("finance")
    claims = env["dealer.claim"].union(*amounts).with_env(desk)
    action = claims.action_register_insurer_payment()
    wizard = desk[action["res_model"]].browse(action["res_id"])
    by_id = {claim.id: amount for claim, amount in amounts.items()}
    for line in wizard.line_ids:
        line.amount = by_id[line.claim_id.id]
    if day:
        wizard.payment_date = min(day, today)
    wizard.write(
        {
            "amount": sum(amounts.values()) + rest,
            "memo": memo,
            "rest": "credit" if rest else "refuse",
        }
    )
    wizard.action_pay()


def decide(claim, decision, note):
    desk = as_post("submitter")
    difference = desk["dealer.claim.difference"].create(
        {
            "claim_id": claim.id,
            "decision": decision,
            "note": note,
            "owner_id": desk.user._dealer_staff(company).id,
        }
    )
    difference.action_decide()
    return difference


def paper(name, record):
    """A file that the desk attaches to a record."""
    return record.env["ir.attachment"].create(
        {
            "name": name,
            "datas": base64.b64encode("收款账户".encode()),
            "res_model": record._name,
            "res_id": record.id,
        }
    )


def refund_of(claim, steps):
    """The refund of a claim, so far as ``steps`` go: approve, pay, confirm."""
    if not claim.refund_ids:
        claim.with_env(as_post("receptionist")).action_create_refund()
    refund = claim.refund_ids[:1].with_env(as_post("receptionist"))
    refund.write(
        {
            "bank_account": "6222 0210 0011 2233 445",
            "bank_proof_ids": [(6, 0, paper("银行卡照片.png", refund).ids)],
        }
    )
    if "approve" in steps:
        refund.with_env(as_post("manager")).action_approve()
    if "pay" in steps:
        refund.with_env(as_post("cashier")).action_pay()
    if "confirm" in steps:
        refund.write(
            {"confirmation_ids": [(6, 0, paper("客户签收单.pdf", refund).ids)]}
        )
        refund.action_confirm()


if not env["dealer.claim"].search_count(
    [
        ("company_id", "=", company.id),
        ("is_historical", "=", False),
        ("insurer_paid_on", "!=", False),
    ]
):
    approved = env["dealer.claim"].search(
        [
            ("company_id", "=", company.id),
            ("is_historical", "=", False),
            ("approved_on", "!=", False),
            ("insurer_open", ">", 0),
        ],
        order="approved_on, id",
    )
    lump = env["dealer.claim"]
    for insurer in approved.insurer_id:
        own = approved.filtered(lambda claim, i=insurer: claim.insurer_id == i)
        if len(own) > len(lump):
            lump = own
    if len(lump) > 1:
        lump = lump[:4]
        paid = {claim: claim.insurer_open for claim in lump}
        # the first too little, the last too much
        paid[lump[0]] -= 300
        paid[lump[-1]] += 200
        insurer_pays(paid, "赔款 " + " ".join(lump.mapped("report_no")))
        decide(lump[0], "customer_pays", "保险公司按免赔少赔，客户已同意补交。")
        decide(lump[-1], "refund_customer", "保险公司多赔，退还客户。")
        refund_of(lump[-1], ("approve", "pay", "confirm"))
        for claim in lump[1:-1]:
            claim.with_env(as_post("finance")).action_reconcile()
    others = approved - lump
    for claim in others[:1]:
        insurer_pays({claim: claim.insurer_open - 420}, "赔款 " + claim.report_no)
        decide(claim, "chase_insurer", "漏赔施救费，已提交补充资料。")
    for claim in others[1:2]:
        insurer_pays({claim: claim.insurer_open - 180}, "赔款 " + claim.report_no)
        decide(claim, "store_bears", "配件价差，店内承担。")
    for claim in others[2:]:
        # paid in full and on time
        insurer_pays(
            {claim: claim.insurer_open},
            "赔款 " + claim.report_no,
            day=claim.approved_on + timedelta(days=4),
        )
        claim.with_env(as_post("finance")).action_reconcile()
    first = env["dealer.claim"].search(
        [
            ("company_id", "=", company.id),
            ("settlement_mode", "=", "customer_pays_first"),
            ("self_paid_open", "<=", 0),
            ("released_at", "!=", False),
            ("is_historical", "=", False),
        ],
        order="id",
        limit=1,
    )
    if first.expected_insurer_payment:
        insurer_pays({first: first.expected_insurer_payment}, "赔款 " + first.report_no)
        refund_of(first, ("approve",))
env.cr.commit()

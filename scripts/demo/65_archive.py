"""Stickers in stock and in use, a stock count, a week of archives."""


def archive_part():
    clerk, manager, leader = (as_post(x) for x in ("clerk", "manager", "uw_leader"))
    Voucher = clerk["dealer.voucher"]
    if Voucher.search_count([], limit=1):
        return
    sticker = env.ref("dealer_insurance.voucher_type_sticker")
    for index, (xmlid, _prefix, _share) in enumerate(INSURERS):
        insurer = env.ref(xmlid)
        stickers = Voucher._receive(
            company,
            insurer,
            sticker,
            [f"44A{index + 1}{number:06d}" for number in range(2101, 2131)],
            "保险柜一",
        )
        stickers[:8]._move("hand_out", holder=clerk.user)
        policies = clerk["dealer.policy"].search(
            [
                ("insurer_id", "=", insurer.id),
                ("product", "=", "ctpl"),
                ("state", "=", "issued"),
                ("is_historical", "=", False),
            ],
            limit=4,
        )
        for paper, policy in zip(stickers, policies, strict=False):
            paper._move("use", policy=policy)
        stickers[7]._move("void", reason="打印错位，已剪角作废")

    count = clerk["dealer.custody.count"].create({"place": "保险柜一"})
    count.action_start()
    count.action_all_found()
    if count.line_ids:
        count.line_ids[:1].action_missing()
        count.line_ids[:1].note = "客户当日上午已领走，补登记中"
        count.with_env(leader).action_confirm()

    Archive = clerk["dealer.archive"]
    archives = Archive.search([("state", "=", "draft"), ("in_store", "=", True)])
    done = archives[: len(archives) * 2 // 3]
    done.underwriting_id.document_ids.filtered(
        lambda paper: paper.state == "missing"
    ).action_receive()
    done.action_enter()
    submission = env["dealer.archive.submission"]._create_for_week(company, today)
    submission = submission.with_env(clerk)
    if submission.missing_count:
        submission.with_env(manager)._waive("G-J2", "submit", "扫描仪维修，下周补齐")
    submission.action_submit()
    sent = submission.archive_ids
    if len(sent) > 1:
        sent[:1].with_env(manager).action_return("合格证扫描件看不清")


archive_part()
env.cr.commit()

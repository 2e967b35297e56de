"""Closing checks, ledger audits and the monthly report of returned and overdue cases.

Run by scripts/demo_story.py after the parts of reception, papers and money. It goes on
with the claims of those parts: what finance has reconciled is checked and closed by the
claims leader, one case is refused with its open points and one goes back.
"""

from dateutil.relativedelta import relativedelta

from odoo.exceptions import UserError


def closing_checks():
    leader = as_post("claim_leader")
    Check = leader["dealer.claim.closing.check"]
    if Check.search_count([("state", "!=", "open")], limit=1):
        return
    env["dealer.claim"]._cron_start_closing_checks()
    checks = Check.search([("state", "=", "open")], order="id")
    kept = checks[-2:]  # two wait for the leader
    refused = returned = 0
    for check in checks - kept:
        if not returned and len(checks) > 5:
            check.action_return("结算单未盖章，补扫后重新提交检核")
            returned += 1
            continue
        try:
            with env.cr.savepoint():
                check.action_close()
        except UserError:
            # Refused with its open points: it stays on the list of the leader.
            refused += 1
            continue
        claim = check.claim_id
        paid = claim.insurer_paid_on or fields.Date.to_date(claim.released_at)
        moment = datetime.combine(paid, time(2)) + timedelta(days=4)
        moment = min(moment, fields.Datetime.now())
        for record, names in ((claim, ["closed_at"]), (check, ["signed_at"])):
            record.sudo()._write_protected(dict.fromkeys(names, moment))
    if not refused and kept:
        # A case that may not be closed yet: its number at the insurer is missing.
        claim = kept[0].claim_id
        if claim.report_no:
            claim.sudo().write({"report_no": False})
        try:
            with env.cr.savepoint():
                kept[0].action_close()
        except UserError as error:
            kept[0].message_post(body=str(error))


def ledger_audits():
    Audit = env["dealer.claim.ledger.audit"]
    if Audit.search_count([], limit=1):
        return
    leader, manager = as_post("claim_leader"), as_post("manager")
    # The cars of the past were entered on the day they came, two of them later.
    received = env["dealer.claim"].search([("is_historical", "=", False)], order="id")
    for index, claim in enumerate(received.filtered("received_at")):
        late = timedelta(days=2 if index % 11 == 3 else 0)
        moment = min(claim.received_at + late, fields.Datetime.now())
        claim._write_protected({"ledger_entered_at": moment})
    for months in (2, 1):
        month = today.replace(day=1) - relativedelta(months=months)
        audit = Audit._sudo_create_for(company, month).with_env(leader)
        for line in audit.line_ids.filtered("is_sample"):
            line.write({"result": "same", "note": "与纸质台账、接车单一致"})
        if months == 2:
            audit.guidance = "指导接车员当日登记台账；索赔员次日前更新动态表。"
            try:
                with env.cr.savepoint():
                    audit.action_sign()
                    audit.with_env(manager).action_see()
            except UserError as error:
                audit.message_post(body=str(error))


def monthly_reports():
    submitter, leader = as_post("submitter"), as_post("claim_leader")
    Review = submitter["dealer.review"]
    kind = "claim_return_overdue"
    if Review.search_count([("kind", "=", kind)], limit=1):
        return
    staff = env["dealer.staff"].search(
        [("company_id", "=", company.id), ("post", "=", "claim_receptionist")], limit=1
    )
    for months in (2, 1):
        month = today.replace(day=1) - relativedelta(months=months)
        review = Review.create(
            {"kind": kind, "company_id": company.id, "date_from": month}
        )
        if months == 1:
            continue  # still to be written
        for line in review.claim_reason_ids:
            line.write(
                {
                    "cause": "接车时资料未一次收齐，保险公司审核后退件或延后付款。",
                    "suggestion": "接车当天按清单复印证件，缺件当场告知客户。",
                }
            )
        review.write(
            {
                "causes": "<p>资料缺失占退案多数；逾期多为保险公司理算积压。</p>",
                "suggestions": "<p>每周五与保险公司核对未决案件清单。</p>",
                "improvement_ids": [
                    Command.create(
                        {
                            "title": "降低资料缺失退案",
                            "source": "returned_case",
                            "problem": "资料缺失造成退案，回款延后",
                            "root_cause": "接车时未按清单核对",
                            "target_name": "退案率",
                            "unit": "%",
                            "direction": "down",
                            "baseline_value": 20.0,
                            "target_value": 8.0,
                            "line_ids": [
                                Command.create(
                                    {
                                        "name": "接车台放置资料清单并双人核对",
                                        "owner_id": staff.id,
                                        "due_date": today + timedelta(days=20),
                                    }
                                )
                            ],
                        }
                    )
                ],
            }
        )
        try:
            with env.cr.savepoint():
                review.action_submit()
                review.with_env(leader).action_accept()
                review.with_env(leader).action_forward()
        except UserError as error:
            review.message_post(body=str(error))


closing_checks()
ledger_audits()
monthly_reports()
env.cr.commit()

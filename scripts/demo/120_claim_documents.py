"""Papers of the released cars: hand-over, audit, submission, return, rejection, chase.

Run by scripts/demo_story.py after the claims. Every step is done by its button and its
post; afterwards the times of past steps are set back to the days on which they would
have happened.
"""

import base64

LETTER = base64.b64encode(
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]>>endobj\n"
    b"trailer<</Root 1 0 R>>\n"
)
#: What becomes of the files, the oldest first.
PLAN = (
    "overdue_explained",
    "returned",
    *["approved"] * 4,
    "rejected",
    *["approved"] * 5,
    "overdue_asked",
    "resubmitted",
    "received",
    "batch",
    "audited",
    "sent_back",
    "handed",
)
SUBMITTED = PLAN[: PLAN.index("batch")]


class PaperStory:
    """The file of one case on its way to the insurer."""

    def __init__(self, claim, aim):
        self.aim = aim
        self.desk = claim.with_env(as_post("receptionist"))
        self.mine = claim.with_env(as_post("submitter"))
        moment = claim.released_at or claim.costs_locked_at
        self.left = company._dealer_local_day(moment)

    def at(self, days, hour=2):
        """A moment of a working day after the car has left, never in the future."""
        day = company._dealer_add_working_days(self.left, days)
        return min(datetime.combine(day, time(hour, 30)), fields.Datetime.now())

    def day(self, days):
        return min(company._dealer_add_working_days(self.left, days), today)

    def hand_over(self):
        claim = self.desk
        for number, row in enumerate(claim.document_ids, 1):
            if row.type_id.code == "D19" and claim.settlement_mode == "direct":
                row.is_applicable = True
            if row.is_required:
                row.write(
                    {
                        "state": "received",
                        "is_original": number % 3 != 0,
                        "pages": 1 + number % 4,
                    }
                )
        claim.action_hand_over()
        self.handover = claim.handover_id
        late = self.aim in ("overdue_asked", "audited")
        self.back(self.handover, {"handed_at": self.at(5 if late else 2)})

    def back(self, record, vals):
        record.sudo()._write_protected(vals)

    def send_back(self):
        self.mine.action_confirm_papers()
        row = self.mine.document_ids.filtered(lambda item: item.type_id.code == "D01")
        row.write({"state": "defect", "defect_note": "被保险人未签名"})
        self.handover.with_env(self.mine.env).action_return(
            "索赔申请书漏签名，请补签后再移交"
        )
        if self.aim == "sent_back":
            return
        row.with_env(self.desk.env).action_receive()
        self.desk.action_hand_over()
        self.handover = self.desk.handover_id
        self.back(self.handover, {"handed_at": self.at(4)})

    def audit(self):
        claim = self.mine
        claim.action_confirm_papers()
        claim.action_check_all_papers()
        claim.action_accept_papers()
        late = 3 if self.aim == "overdue_asked" else 0
        self.back(
            self.handover,
            {"confirmed_at": self.at(5 + late), "audited_at": self.at(6 + late)},
        )

    def tell(self):
        """Up to the accepted papers; what is sent back or only handed stops before."""
        self.hand_over()
        if self.aim in ("sent_back", "resubmitted"):
            self.send_back()
        if self.aim not in ("sent_back", "handed"):
            self.audit()

    def submitted(self):
        """Days of a submission that lies back."""
        submission = self.mine.submission_id
        days = submission.due_on - submission.submitted_on
        first = self.day(11 if self.aim == "overdue_asked" else 8)
        self.back(submission, {"submitted_on": first, "due_on": first + days})
        self.back(submission.batch_id, {"submitted_on": first, "date": first})

    def dates(self, **days):
        action = self.mine.action_record_dates()
        wizard = self.mine.env["dealer.claim.dates.wizard"].browse(action["res_id"])
        wizard.line_ids.write(days)
        wizard.action_confirm()

    def give_back(self, code, note, kinds, propose=()):
        Type = self.mine.env["dealer.document.type"]
        action = self.mine.action_insurer_return()
        wizard = self.mine.env["dealer.claim.return.wizard"].browse(action["res_id"])
        reason = self.mine.env["dealer.reason.code"].search([("code", "=", code)])
        wizard.write(
            {
                "reason_id": reason.id,
                "returned_on": self.day(16),
                "note": note,
                "type_ids": [(6, 0, Type.search([("code", "in", kinds)]).ids)],
                "propose_ids": [(6, 0, Type.search([("code", "in", propose)]).ids)],
            }
        )
        wizard.action_confirm()

    def chase(self, result, code=None, **vals):
        action = self.mine.action_chase()
        wizard = self.mine.env["dealer.claim.chase.wizard"].browse(action["res_id"])
        reason = self.mine.env["dealer.reason.code"].search([("code", "=", code)])
        wizard.write(
            {
                "result": result,
                "contact": "理赔部 李姐",
                "overdue_reason_id": reason.id if code else False,
                **vals,
            }
        )
        wizard.action_confirm()

    def insurer(self):
        """What the insurer does with a submitted file."""
        claim = self.mine
        if claim.insurer_paid_on or self.aim == "overdue_asked":
            return
        if self.aim != "overdue_explained":
            self.explain()
        amount = claim.expected_insurer_payment
        if self.aim == "received":
            self.dates(insurer_received_on=self.day(9))
        elif self.aim == "approved":
            self.dates(insurer_received_on=self.day(9), adjusted_on=self.day(14))
            self.dates(approved_on=self.day(20), approved_amount=amount)
        elif self.aim == "overdue_explained":
            self.chase(
                "核赔岗说人伤部分还没定，下周出结果",
                code="OD-04",
                next_on=today + timedelta(days=2),
            )
            self.dates(insurer_received_on=self.day(9), adjusted_on=self.day(25))
            self.chase("已催核赔，答应三天内审核", next_on=today, method="visit")
        elif self.aim == "returned":
            self.give_back("RC-01", "补病历复印件和费用清单", ["D13"], ["D14"])
        elif self.aim == "rejected":
            self.reject()

    def reject(self):
        action = self.mine.action_insurer_reject()
        wizard = self.mine.env["dealer.claim.reject.wizard"].browse(action["res_id"])
        letter = self.mine.env["ir.attachment"].create(
            {"name": "拒赔通知书.pdf", "datas": LETTER, "mimetype": "application/pdf"}
        )
        wizard.write(
            {
                "rejected_on": self.day(18),
                "reason": "驾驶证超过有效期，属保险合同责任免除范围",
                "letter_ids": [(6, 0, letter.ids)],
            }
        )
        wizard.action_confirm()

    def explain(self):
        """Nothing goes on with a late payment that nobody has explained."""
        if self.mine.is_overdue_uncoded:
            subrogation = self.mine.claim_kind == "subrogation"
            self.chase(
                "对方保险公司尚未回函" if subrogation else "理算积压，已排队",
                code="OD-05" if subrogation else "OD-02",
            )

    def resubmit(self):
        """Returned once, put right, handed in a second time."""
        self.explain()
        self.give_back("RC-02", "索赔申请书签名与身份证不一致", ["D01"])
        item = self.mine.return_ids
        self.mine.document_ids.filtered(lambda row: row.state == "defect").with_env(
            self.desk.env
        ).action_receive()
        self.mine.action_check_all_papers()
        item.with_env(self.mine.env).action_correct()
        hand_in(self.mine)
        again = self.mine.submission_id
        day = self.day(22)
        self.back(again, {"submitted_on": day, "due_on": day + timedelta(days=30)})
        self.back(again.batch_id, {"submitted_on": day, "date": day})


def hand_in(claims, receiver="保险公司柜台 王经理"):
    """Batches of cases, handed in and signed by the insurer."""
    mine = as_post("submitter")
    action = claims.with_env(mine).action_prepare_submission()
    Batch = mine["dealer.claim.submission.batch"]
    batches = (
        Batch.browse(action["res_id"])
        if action.get("res_id")
        else Batch.search(action["domain"])
    )
    batches.write({"receiver_name": receiver})
    batches.action_hand_in()
    return batches


if not env["dealer.claim.handover"].search_count([("company_id", "=", company.id)]):
    waiting = env["dealer.claim"].search(
        [
            ("company_id", "=", company.id),
            ("is_historical", "=", False),
            ("paper_step", "=", "collect"),
            ("state", "in", ("released", "settled")),
            ("claim_kind", "not in", ("self_pay", "total_loss")),
            ("closed_at", "=", False),
            "|",
            ("released_at", "!=", False),
            ("claim_kind", "=", "theft"),
        ],
        order="received_at, id",
    )
    stories = [
        PaperStory(claim, aim) for claim, aim in zip(waiting, PLAN, strict=False)
    ]
    for story in stories:
        story.tell()
    for story in stories:
        if story.aim in SUBMITTED:
            batches = hand_in(story.mine)
            story.submitted()
            if story.aim in ("approved", "received"):
                batches.receipt_ids = [
                    Command.create({"name": "签收单.pdf", "datas": LETTER})
                ]
                batches.action_confirm_receipt()
    env.flush_all()
    env.invalidate_all()
    for story in stories:
        if story.aim == "resubmitted":
            story.resubmit()
        elif story.aim in SUBMITTED:
            story.insurer()
        elif story.aim == "batch":
            story.mine.action_prepare_submission()
    env["dealer.claim"]._escalate(company)
    env.cr.commit()

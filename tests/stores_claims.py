"""A record of every kind of the claims addon in one store; see stores.py."""

from datetime import timedelta

ONE_PIXEL = (
    b"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8/5+hHgAHggJ/PchI7w"
    b"AAAABJRU5ErkJggg=="
)


def fill_claims(case, company, records):
    """Create the records of the claims addon for a store of the rights matrix.

    :param case: the test class (``case.su_env``, ``case._as(post, company)``)
    :param company: the store
    :param records: dict model name -> records made before, e.g. the policies
    :return: dict model name -> records
    """
    return {
        **_fill_hotline(case, company, records),
        **_fill_desk(case, company, records),
        **_fill_claim_files(case, company, records),
        **_fill_claim_closing(case, company, records),
        **_fill_survey(case, company, records),
        **_fill_claim_money(case, company, records),
    }


def _fill_desk(case, company, records):
    """A car in repair with its cost lines, a damage mark and an open supplement."""
    desk = case._as("claim_receptionist", company)
    claim = desk["dealer.claim"].create(
        {
            "company_id": company.id,
            "vehicle_id": records["dealer.vehicle"][:1].id,
            "claim_kind": "self_pay",
            "damage_ids": [(0, 0, {"zone": "hood"})],
            "cost_ids": [(0, 0, {"name": "Door", "unit_price": 100.0})],
        }
    )
    # facts of its way through the workshop, which the tests of the flow walk
    claim.sudo()._write_protected(
        {
            name: claim.received_at
            for name in ("assessing_at", "assessed_at", "repair_started_at")
        }
    )
    supplement = desk["dealer.claim.supplement"].create(
        {
            "claim_id": claim.id,
            "reason": "Bent rail",
            "cost_ids": [(0, 0, {"name": "Rail", "unit_price": 50.0})],
        }
    )
    return {
        "dealer.claim": claim,
        "dealer.claim.cost": claim.cost_ids,
        "dealer.claim.damage": claim.damage_ids,
        "dealer.claim.supplement": supplement,
    }


def _fill_hotline(case, company, records):
    """A call with its steps, follow-ups, shift and score sheet."""
    env = case._as("hotline_agent", company)
    car = records["dealer.vehicle"][:1]
    call = env["dealer.accident.call"].create(
        {
            "vehicle_id": car.id,
            "caller_name": "Caller",
            "phone": "13900000000",
            "accident_type": "glass",
            "injury": "no",
            "dispatch_to": "none",
        }
    )
    leader = case._as("claim_leader", company)
    staff = case.su_env["dealer.staff"].create(
        {
            "name": "Hotline Specialist",
            "company_id": company.id,
            "post": "hotline_agent",
        }
    )
    start = call.call_at.replace(minute=0, second=0, microsecond=0)
    shift = leader["dealer.hotline.shift"].create(
        {
            "staff_id": staff.id,
            "date_start": start,
            "date_end": start + timedelta(hours=12),
            "company_id": company.id,
        }
    )
    score = leader["dealer.call.score"].create({"call_id": call.id})
    return {
        "dealer.accident.call": call,
        "dealer.accident.call.step": call.step_ids,
        "dealer.accident.follow.up": call.follow_ids,
        "dealer.hotline.shift": shift,
        "dealer.call.score": score,
        "dealer.call.score.line": score.line_ids,
    }


def _fill_claim_files(case, company, records):
    """A file that was handed over, submitted, returned, rejected and chased."""
    su_env = case.su_env
    day = company._dealer_today()
    claim = su_env["dealer.claim"]._create_protected(
        [
            {
                "company_id": company.id,
                "vehicle_id": records["dealer.vehicle"][:1].id,
                "insurer_id": records["dealer.policy"][:1].insurer_id.id,
                "is_historical": True,
                "expected_insurer_payment": 500.0,
            }
        ]
    )
    base = {"company_id": company.id, "claim_id": claim.id}
    handover = su_env["dealer.claim.handover"]._create_protected(
        [{**base, "name": "HO", "handed_at": "2026-01-05 02:00:00"}]
    )
    batch = su_env["dealer.claim.submission.batch"]._create_protected(
        [
            {
                "company_id": company.id,
                "name": "CS",
                "insurer_id": claim.insurer_id.id,
                "date": day,
            }
        ]
    )
    submission = su_env["dealer.claim.submission"]._create_protected(
        [{**base, "name": "S", "batch_id": batch.id, "submitted_on": day}]
    )
    reason = su_env["dealer.reason.code"].search(
        [("category", "=", "returned_case")], limit=1
    )
    returned = su_env["dealer.claim.return"]._create_protected(
        [{**base, "returned_on": day, "reason_id": reason.id}]
    )
    rejection = su_env["dealer.claim.rejection"]._create_protected(
        [{**base, "rejected_on": day, "reason": "No licence"}]
    )
    proposal = su_env["dealer.claim.document.proposal"]._create_protected(
        [
            {
                "company_id": company.id,
                "insurer_id": claim.insurer_id.id,
                "usage": "claim_single",
                "type_id": su_env["dealer.document.type"].search([], limit=1).id,
            }
        ]
    )
    chase = su_env["dealer.claim.chase"]._sudo_append(
        [
            {
                **base,
                "chased_at": "2026-02-05 02:00:00",
                "method": "phone",
                "result": "Next week",
            }
        ]
    )
    return {
        "dealer.claim.handover": handover,
        "dealer.claim.submission.batch": batch,
        "dealer.claim.submission": submission,
        "dealer.claim.return": returned,
        "dealer.claim.rejection": rejection,
        "dealer.claim.document.proposal": proposal,
        "dealer.claim.chase": chase,
    }


def _fill_survey(case, company, records):
    """A survey under a mandate with its photo, and an adjuster's answer."""
    su_env = case.su_env
    insurer = records["dealer.policy"][:1].insurer_id
    vehicle = records["dealer.vehicle"][:1]
    mandate = su_env["dealer.survey.mandate"].create(
        {
            "name": "Survey mandate",
            "company_id": company.id,
            "insurer_id": insurer.id,
            "fee": 106.0,
        }
    )
    surveyor = su_env["dealer.staff"].create(
        {"name": "Surveyor", "company_id": company.id, "post": "survey_agent"}
    )
    survey = su_env["dealer.survey"].create(
        {
            "company_id": company.id,
            "insurer_id": insurer.id,
            "vehicle_id": vehicle.id,
            "address": "Ring Road",
            "surveyor_id": surveyor.id,
        }
    )
    survey._write_protected({"accepted_at": survey.assigned_at})
    angle = su_env["dealer.survey.angle"].search([("exception_ids", "!=", False)])[:1]
    photo = su_env["dealer.survey.photo"].create(
        {"survey_id": survey.id, "angle_id": angle.id, "image": ONE_PIXEL}
    )
    claim = su_env["dealer.claim"]._create_protected(
        [
            {
                "company_id": company.id,
                "vehicle_id": vehicle.id,
                "insurer_id": insurer.id,
                "is_historical": True,
            }
        ]
    )
    answer = su_env["dealer.claim.assessment.answer"]._sudo_append(
        [{"claim_id": claim.id, "kind": "confirmed", "name": "Adjuster"}]
    )
    return {
        "dealer.survey.mandate": mandate,
        "dealer.survey": survey,
        "dealer.survey.photo": photo,
        "dealer.claim.assessment.answer": answer,
    }


def _fill_claim_closing(case, company, records):
    """A closing check, an audit of the ledger, a reason of the report, a limit."""
    su_env = case.su_env
    claim = su_env["dealer.claim"]._create_protected(
        [
            {
                "company_id": company.id,
                "vehicle_id": records["dealer.vehicle"][:1].id,
                "insurer_id": records["dealer.policy"][:1].insurer_id.id,
                "is_historical": True,
                "released_at": "2026-01-06 02:00:00",
                "received_at": "2026-01-02 02:00:00",
            }
        ]
    )
    check = claim._sudo_start_closing_check()
    audit = su_env["dealer.claim.ledger.audit"]._sudo_create_for(
        company, claim._fact_day("received_at").replace(day=1)
    )
    reason = su_env["dealer.claim.review.reason"]._create_protected(
        [
            {
                "review_id": records["dealer.review"][:1].id,
                "area": "returned",
                "reason": "RC-01",
                "case_count": 1,
            }
        ]
    )
    limit = su_env["dealer.claim.stage.limit"].create(
        {
            "stage": "received",
            "company_id": company.id,
            "phase": "assess",
            "holder": "receptionist",
            "days": 1,
            "next_action": "Arrange the assessment",
        }
    )
    reports = {
        model: su_env[model].search([("company_id", "=", company.id)])
        for model in (
            "dealer.claim.gap.report",
            "dealer.claim.cycle.report",
            "dealer.claim.ratio.report",
            "dealer.insurer.scorecard",
        )
    }
    return {
        "dealer.claim.closing.check": check,
        "dealer.claim.ledger.audit": audit,
        "dealer.claim.ledger.audit.line": audit.line_ids,
        "dealer.claim.review.reason": reason,
        "dealer.claim.stage.limit": limit,
        **reports,
    }


def _fill_claim_money(case, company, records):
    """A claim with a difference, a refund and the signature of the cashier."""
    su_env = case.su_env
    claim = su_env["dealer.claim"]._create_protected(
        [
            {
                "vehicle_id": records["dealer.vehicle"][:1].id,
                "company_id": company.id,
                "accident_type": "single",
                "claim_kind": "self_pay",
            }
        ]
    )
    signature = su_env["dealer.claim.cashier.signature"]._sudo_append(
        [
            {
                "claim_id": claim.id,
                "kind": "sign",
                "user_id": su_env.uid,
                "signed_at": claim.received_at,
                "amount": 0.0,
            }
        ]
    )
    return {
        "dealer.claim.cashier.signature": signature,
        "dealer.claim.difference": su_env["dealer.claim.difference"].create(
            {"claim_id": claim.id}
        ),
        "dealer.claim.refund": su_env["dealer.claim.refund"].create(
            {"claim_id": claim.id, "company_id": company.id}
        ),
    }

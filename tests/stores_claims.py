"""A record of every kind of the claims addon in one store; see stores.py."""

from datetime import timedelta


def fill_claims(case, company, records):
    """Create the records of the claims addon for a store of the rights matrix.

    :param case: the test class (``case.su_env``, ``case._as(post, company)``)
    :param company: the store
    :param records: dict model name -> records made before, e.g. the policies
    :return: dict model name -> records
    """
    return {**_fill_hotline(case, company, records)}


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
    su_env = case.su_env
    return {
        "dealer.accident.call": call,
        "dealer.accident.call.step": call.step_ids,
        "dealer.accident.follow.up": call.follow_ids,
        "dealer.accident.guidance": su_env["dealer.accident.guidance"].search([]),
        "dealer.accident.guidance.step": call.step_ids.step_id,
        "dealer.hotline.node": call.follow_ids.node_id,
        "dealer.hotline.shift": shift,
        "dealer.call.criterion": score.line_ids.criterion_id,
        "dealer.call.score": score,
        "dealer.call.score.line": score.line_ids,
    }

"""A record of every kind of the renewal addon in one store; see stores.py."""


def fill_renewal(case, company, records):
    """Create the records of the renewal addon for a store of the rights matrix.

    :param case: the test class (``case.su_env``, ``case._as(post, company)``)
    :param company: the store
    :param records: dict model name -> records made before, e.g. the policies
    :return: dict model name -> records
    """
    return {
        **_fill_tasks(case, company, records),
        **_fill_cohort(case, company),
    }


def _fill_tasks(case, company, records):
    """A task with a contact, and the store's own rules of the queue."""
    env = case.su_env(context={"allowed_company_ids": company.ids})
    car = case._vehicle(company, plate="")
    staff = env["dealer.staff"].create(
        {
            "name": "Renewal Specialist",
            "company_id": company.id,
            "post": "renewal_agent",
            "user_id": case.stores[company]["renewal_agent"].id,
        }
    )
    own = {"company_id": company.id}
    node = env["dealer.renewal.node"].create(
        {**own, "name": "Own Node", "offset_days": -50, "action": "Call"}
    )
    rule = env["dealer.renewal.assignment.rule"].create({**own, "name": "Own Rule"})
    absence = env["dealer.renewal.absence"].create(
        {
            **own,
            "staff_id": staff.id,
            "date_from": "2020-01-01",
            "date_to": "2020-01-02",
        }
    )
    weight = env["dealer.renewal.score.weight"].create(
        {**own, "code": "price", "points": 1.0}
    )
    task = env["dealer.renewal.task"]._create_tasks(
        [
            {
                **own,
                "vehicle_id": car.id,
                "partner_id": case.applicant.id,
                "expiry_date": company._dealer_today(),
                "segment": "prospect_to_renewal",
            }
        ]
    )
    agent = case._as("renewal_agent", company)
    contacts = task.with_env(agent)._register_contact(
        {"method": "call", "result": "no_answer"}
    )
    return {
        "dealer.renewal.task": task,
        "dealer.renewal.contact": contacts,
        "dealer.renewal.node": node,
        "dealer.renewal.assignment.rule": rule,
        "dealer.renewal.absence": absence,
        "dealer.renewal.score.weight": weight,
    }


def _fill_cohort(case, company):
    """A due list with a prospect, a request to leave it out, differences, a target."""
    env = case.su_env(context={"allowed_company_ids": company.ids})
    today = company._dealer_today()
    car = case._vehicle(company, plate="")
    prospect = env["dealer.renewal.prospect"].create(
        {
            "company_id": company.id,
            "vehicle_id": car.id,
            "vin": car.vin,
            "owner_name": "Prospect",
            "phone": "13800000000",
            "commercial_end": today,
        }
    )
    prospect._merge_facts({"owner_name": "Other Name"}, "list.xlsx 2")
    cohort = env["dealer.renewal.cohort"]._build(company, today)
    due = cohort.due_ids.filtered(lambda line: line.prospect_id == prospect)
    exclusion = (
        env["dealer.renewal.exclusion"]
        .with_env(case._as("renewal_agent", company))
        .create({"due_id": due.id, "reason": "scrapped", "note": "Scrapped"})
    )
    outcome = env["dealer.renewal.outcome"]._sudo_append(
        [
            {
                "due_id": due.id,
                "company_id": company.id,
                "settled_at": "2020-01-01",
                "reason": "matured",
            }
        ]
    )
    target = env["dealer.renewal.target"].create(
        {"company_id": company.id, "month": today, "car_target": 10}
    )
    return {
        "dealer.renewal.prospect": prospect,
        "dealer.renewal.prospect.conflict": prospect.conflict_ids,
        "dealer.renewal.cohort": cohort,
        "dealer.renewal.due": due,
        "dealer.renewal.result": env["dealer.renewal.result"].browse(due.id),
        "dealer.renewal.exclusion": exclusion,
        "dealer.renewal.outcome": outcome,
        "dealer.renewal.target": target,
    }

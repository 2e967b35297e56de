"""Due lists of the last six and the next three months, exclusions, prospects, targets.

Lists of past months are built late, as after the import of a ledger. Requests,
decisions and targets go through the buttons of their posts. Twice does nothing.
"""

from dateutil import tz
from dateutil.relativedelta import relativedelta

FIRST = today.replace(day=1)


def cohort_ledger():
    """Policies of last year that run out around today, and renewals of half of them."""
    people = make_people(90)
    cars = make_cars(people, [True] * 90)
    agents = staff("renewal_agent")
    consultants = staff("sales_consultant")
    insurers = [(env.ref(xmlid), prefix) for xmlid, prefix, _share in INSURERS]
    rows = []
    for number, (person, car) in enumerate(zip(people, cars, strict=True)):
        expiry = FIRST + relativedelta(months=number % 9 - 5, day=1 + number * 7 % 28)
        start = expiry - timedelta(days=364)
        insurer, prefix = insurers[number % 3]
        base = {
            "person": person,
            "car": car,
            "insurer": insurer,
            "prefix": prefix,
            "agent": agents[number % len(agents)] if agents else agents,
            "consultant": consultants[number % len(consultants)],
        }
        business = "new_car" if number % 3 == 0 else "renewal_to_renewal"
        issued = start - timedelta(days=1 + number % 9)
        rows.append({**base, "start": start, "issued": issued, "business": business})
        # Half of those whose time has come were renewed, some of them late.
        gap = 12 if number % 11 == 0 else 1
        begin = expiry + timedelta(days=gap)
        issued = begin - timedelta(days=3 + number % 15)
        if number % 5 < 3 and issued < today:
            rows.append(
                {
                    **base,
                    "start": begin,
                    "issued": issued,
                    "business": "new_to_renewal"
                    if number % 3 == 0
                    else "renewal_to_renewal",
                }
            )
    cohort_entries(sorted(rows, key=lambda row: row["issued"]))


def cohort_entries(rows):
    """Rows of the paper ledger, without money that is still open."""
    entries = env["dealer.underwriting"]._create_protected(
        [
            {
                "company_id": company.id,
                "insurer_id": row["insurer"].id,
                "applicant_id": row["person"].id,
                "vehicle_id": row["car"].id,
                "business_type": row["business"],
                "entry_type": "issue",
                "is_historical": True,
                "insured_date": row["issued"],
                "issued_at": cohort_utc(row["issued"], 10),
                "delivered_at": cohort_utc(row["issued"], 16),
                "principal_id": row["agent"].id,
                "consultant_id": row["consultant"].id,
                "contact_phone": row["person"].phone,
                "channel": "direct",
            }
            for row in rows
        ]
    )
    policies = []
    for number, (row, entry) in enumerate(zip(rows, entries, strict=True)):
        new = row["business"] == "new_car"
        figures = amounts(row["car"], new, row["issued"].month)
        ctpl, factor, tax, standard, ncd, pricing, commercial = figures
        dates = {
            "date_start": cohort_utc(row["start"]),
            "date_end": cohort_utc(row["start"] + timedelta(days=365)),
            "underwriting_id": entry.id,
        }
        number_text = f"{row['prefix']}4406{row['issued']:%Y%m}{8000 + number:06d}"
        policies += [
            {
                **dates,
                "product": "ctpl",
                "policy_no": f"J{number_text}",
                "premium": ctpl,
                "float_factor": factor,
                "vehicle_tax": tax,
            },
            {
                **dates,
                "product": "commercial",
                "policy_no": f"S{number_text}",
                "premium": commercial,
                "standard_premium": standard,
                "ncd_factor": ncd,
                "pricing_factor": pricing,
            },
        ]
    env["dealer.policy"]._create_protected(policies)


def cohort_utc(day, hour=0):
    local = datetime.combine(day, time(hour)).replace(tzinfo=company._dealer_timezone())
    return local.astimezone(tz.UTC).replace(tzinfo=None)


def cohort_prospects():
    """Cars serviced here and insured elsewhere; a few facts are missing."""
    Prospect = as_post("renewal")["dealer.renewal.prospect"]
    people, agents = make_people(24), staff("renewal_agent")
    vals_list = []
    for number, person in enumerate(people):
        expiry = FIRST + relativedelta(months=number % 4, day=2 + number)
        vals_list.append(
            {
                "company_id": company.id,
                "vin": False if number == 5 else next_vin(),
                "plate": f"粤E{'KLMN'[number % 4]}{1000 + number * 37}",
                "model_text": CARS[number % 3][0],
                "partner_id": person.id,
                "owner_name": person.name,
                "phone": False if number in (3, 9) else person.phone,
                "insurer_text": ("平安产险", "人保财险", "太平洋产险")[number % 3],
                "ctpl_end": False if number == 11 else expiry,
                "commercial_end": False if number == 11 or number % 6 == 0 else expiry,
                "last_premium": 2600 + number * 71.5,
                "times_insured": 1 if number % 5 == 0 else 0,
                "repairs_last_year": number % 4,
                "grade": "abc"[number % 3],
                "intention": "habc"[number % 4],
                "agent_id": agents[number % len(agents)].id if agents else False,
            }
        )
    prospects = Prospect.create(vals_list)
    first = prospects[0]
    env["dealer.renewal.prospect"].browse(first.id)._merge_facts(
        {"phone": "13800138000", "owner_name": first.owner_name}, "续保潜客名单.xlsx 18"
    )


def cohort_exclusions():
    """Three requests: one to decide, one approved, one refused."""
    results = env["dealer.renewal.result"].search(
        [
            ("company_id", "=", company.id),
            ("is_own", "=", True),
            ("result", "in", ("open", "lapsed")),
            ("month", "<=", FIRST + relativedelta(months=1)),
        ],
        order="expiry_date desc",
        limit=3,
    )
    cases = zip(
        results,
        [
            ("scrapped", "车辆已报废，客户提供报废回收证明", None),
            ("total_loss", "上月事故推定全损，保险公司已赔付", "approve"),
            ("transferred", "客户称已转卖，未提供过户材料", "refuse"),
        ],
        strict=False,
    )
    renewal = as_post("renewal")
    for result, (reason, note, decision) in cases:
        proof = renewal["ir.attachment"].create(
            {"name": "证明材料.txt", "raw": note.encode()}
        )
        request = renewal["dealer.renewal.exclusion"].create(
            {
                "due_id": result.id,
                "reason": reason,
                "note": note,
                "proof_ids": [Command.link(proof.id)],
            }
        )
        request.action_request()
        leader = request.with_env(as_post("uw_leader"))
        if decision == "approve":
            leader.action_approve()
        elif decision == "refuse":
            leader.action_reject("请补充登记证书过户页")


def cohort_targets():
    """Targets of three months, store and specialists, by the manager."""
    Target = as_post("manager")["dealer.renewal.target"]
    vals_list = []
    for back in range(3):
        month = FIRST - relativedelta(months=back)
        vals_list.append(
            {
                "company_id": company.id,
                "month": month,
                "car_target": 12,
                "premium_target": 45000,
                "rate_target": 0.65,
            }
        )
        vals_list += [
            {
                "company_id": company.id,
                "month": month,
                "agent_id": agent.id,
                "car_target": 6,
                "premium_target": 22000,
                "rate_target": 0.65,
            }
            for agent in staff("renewal_agent")
        ]
    Target.create(vals_list)


if not env["dealer.renewal.cohort"].search_count([("company_id", "=", company.id)]):
    # Numbers of cars that no other part of the story uses.
    kept, serial = serial, 20000
    cohort_ledger()
    cohort_prospects()
    serial = kept
    for ahead in range(-6, 4):
        env["dealer.renewal.cohort"]._build(
            company, FIRST + relativedelta(months=ahead)
        )
    cohort_exclusions()
    env["dealer.renewal.outcome"]._sudo_settle(company)
    cohort_targets()
    env.cr.commit()

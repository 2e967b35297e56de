"""The accident hotline: half a year of calls, open calls of today, roster, scores.

Run by scripts/demo_story.py. What is past comes in as history; calls of these days go
through the buttons of the form by the login of their post.
"""

from dateutil.relativedelta import relativedelta

PLACES = ("示范大道与工业路口", "季华路地下停车场", "广佛高速大沥段", "桂澜路红绿灯处")
STORIES = (
    "追尾前车，前保、大灯受损",
    "避让行人撞路沿，前保及轮毂受损",
    "变道与旁车刮碰，左前叶子板受损",
    "倒车碰到立柱，后保受损",
    "挡风玻璃被飞石击裂",
)
TYPES = ("two", "single", "two", "single", "glass")
SOURCES = ("customer", "customer", "customer", "insurer_push", "consultant")
STAYED = ("NR-01", "NR-02", "NR-03", "NR-04", "NR-05", "NR-06", "NR-07")


def hotline_staff():
    """The agent of the login and two colleagues without one."""
    names = ("欧阳晴", "汤子健")
    staff = env["dealer.staff"].search(
        [("company_id", "=", company.id), ("post", "=", "hotline_agent")]
    )
    login = env["res.users"].search([("login", "=", "hotline")])
    mine = login._dealer_staff(company)
    staff |= mine
    missing = [name for name in names if name not in staff.mapped("name")]
    return (
        mine
        | staff
        | env["dealer.staff"].create(
            [
                {"name": name, "company_id": company.id, "post": "hotline_agent"}
                for name in missing
            ]
        )
    )


def insured_cars(count):
    """Cars with a policy of this store that runs today."""
    policies = env["dealer.policy"].search(
        [
            ("company_id", "=", company.id),
            ("product", "=", "commercial"),
            ("state", "=", "issued"),
            ("vehicle_id.plate", "!=", False),
            ("date_start", "<=", fields.Datetime.now()),
        ],
        order="id",
    )
    return policies.vehicle_id[:count]


def call_facts(car, moment, number):
    kind = number % len(STORIES)
    return {
        "company_id": company.id,
        "call_at": moment,
        "accident_at": moment - timedelta(minutes=5 + number % 40),
        "vehicle_id": car.id,
        "plate": car.plate,
        "vin": car.vin,
        "partner_id": car.owner_id.id,
        "caller_name": car.owner_id.name,
        "phone": car.owner_id.phone,
        "source": SOURCES[number % len(SOURCES)],
        "accident_type": TYPES[kind],
        "description": STORIES[kind],
        "place": PLACES[number % len(PLACES)],
        "injury": "yes" if number % 23 == 7 else "no",
        "drivable": "no" if number % 5 == 0 else "yes",
        "liability": ("100", "0", "50", "70")[number % 4],
        "rings": 1 + number % 3,
        "answer_seconds": 4 + number % 13,
    }


def past_calls(cars, people):
    """Seven months of calls, most cars back, some with a reason why not."""
    reasons = {
        reason.code: reason
        for reason in env["dealer.reason.code"].search(
            [("category", "=", "not_returned")]
        )
    }
    first = today.replace(day=1) - relativedelta(months=7)
    insurers = [env.ref(xmlid) for xmlid, _prefix, _share in INSURERS]
    vals_list, number = [], 0
    for month in range(7):
        begin = first + relativedelta(months=month)
        for index in range(14 + month % 3):
            number += 1
            car = cars[number % len(cars)]
            day = begin + timedelta(days=(index * 2) % 27)
            moment = datetime.combine(day, time(1 + number % 12, number * 7 % 60))
            agent = people[number % len(people)]
            vals = {
                **call_facts(car, moment, number),
                "is_historical": True,
                "agent_id": agent.id,
                "insurer_id": insurers[number % len(insurers)].id,
                "report_no": f"RB{day:%y%m%d}{number:04d}",
                "dispatch_to": ("insurer", "own", "none")[number % 3],
                "history_follow_count": 1 + number % 4,
                "closed_at": moment + timedelta(days=20),
            }
            if number % 3 != 2:
                vals["dispatched_at"] = moment + timedelta(minutes=3 + number % 11)
                vals["arrived_at"] = moment + timedelta(minutes=30 + number % 20)
            if (number + month) % 3 == 0:
                vals |= {
                    "not_returned_at": moment + timedelta(days=12),
                    "not_return_reason_id": reasons[STAYED[number % len(STAYED)]].id,
                }
            else:
                vals["returned_at"] = moment + timedelta(days=1 + number % 9)
            if number % 17 == 0:
                vals["place"] = False
            vals_list.append(vals)
    env["dealer.accident.call"]._create_protected(vals_list)


def tick(call):
    call.step_ids.write({"is_done": True})


def todays_calls(cars):
    """Calls of these days in every state, through the buttons."""
    agent, leader = as_post("hotline"), as_post("claim_leader")
    now = fields.Datetime.now()
    insurer = env.ref(INSURERS[0][0])
    facts = []
    for number, (car, hours) in enumerate(
        zip(cars, (1, 3, 8, 30, 50, 200, 220, 260, 230), strict=False)
    ):
        vals = call_facts(car, now - timedelta(hours=hours), number + 3)
        vals |= {"insurer_id": insurer.id, "injury": "no"}
        if number:
            vals["report_no"] = f"RB{today:%y%m%d}{number:04d}"
        facts.append(vals)
    calls = agent["dealer.accident.call"].create(facts)
    for call in calls[1:]:
        tick(call)
    for call in calls[2:]:
        call.dispatch_to = "insurer"
        call.surveyor_text = "黄工 138 0000 1200"
        call.action_dispatch()
        call._write_protected({"dispatched_at": call.call_at + timedelta(minutes=6)})
    for call in calls[3:]:
        call.action_arrive(call.call_at + timedelta(minutes=40))
    calls[4].action_follow_up("promised", "周末回店定损")
    calls[4].promised_on = today + timedelta(days=2)
    calls[2].action_follow_up("reached", "等查勘员定责后再决定")
    calls[5].action_follow_up("undecided", "在等对方保险公司答复")
    far, friend = (
        env["dealer.reason.code"].search([("code", "=", code)])
        for code in ("NR-02", "NR-04")
    )
    for call, reason in ((calls[6], far), (calls[7], friend)):
        call.not_return_reason_id = reason
        env["dealer.accident.follow.up"].create(
            [
                {
                    "call_id": call.id,
                    "planned_at": call.call_at + timedelta(days=day),
                    "done_at": call.call_at + timedelta(days=day),
                    "done_by_id": agent.uid,
                    "result": result,
                    "note": note,
                }
                for day, result, note in (
                    (1, "reached", "车主考虑中"),
                    (3, "undecided", "嫌路远"),
                    (8, "refused", "决定就近维修"),
                )
            ]
        )
        call.action_not_return()
    leader["dealer.accident.call"].browse(calls[7].id).action_confirm()
    if len(calls) > 8:
        calls[8].action_return(now - timedelta(days=5))
    agent["dealer.accident.call"].create(
        {
            "company_id": company.id,
            "call_at": now - timedelta(hours=5),
            "accident_at": False,
            "is_missed": True,
            "phone": "13800001234",
        }
    )
    return calls


def roster(people):
    """Two shifts a day; the day after tomorrow nobody covers the night."""
    leader = as_post("claim_leader")
    start = company._dealer_day_end(today - timedelta(days=8))
    vals_list = []
    for day in range(17):
        for half in range(2):
            if day == 9 and half:
                continue
            begin = start + timedelta(days=day, hours=12 * half)
            vals_list.append(
                {
                    "company_id": company.id,
                    "staff_id": people[(day + half) % len(people)].id,
                    "date_start": begin,
                    "date_end": begin + timedelta(hours=12),
                }
            )
    leader["dealer.hotline.shift"].create(vals_list)


def scores():
    """Three calls scored, two still to be listened to."""
    leader = as_post("claim_leader")
    own = leader.user._dealer_staff(company)
    calls = leader["dealer.accident.call"].search(
        [
            ("company_id", "=", company.id),
            ("is_missed", "=", False),
            ("agent_id", "not in", (False, own.id)),
        ],
        order="call_at desc",
        limit=5,
    )
    sheets = leader["dealer.call.score"].create([{"call_id": c.id} for c in calls])
    for number, sheet in enumerate(sheets[2:]):
        for index, line in enumerate(sheet.line_ids):
            line.points = str(5 - (index + number) % 3)
        sheet.comment = "语气亲切，报案指引完整；下次请主动约定回店时间。"
        sheet.action_score()


def analyses():
    """The analysis of the last month, left to the claims leader."""
    first = today.replace(day=1) - relativedelta(months=1)
    env["dealer.review"]._create_month("return_to_store", company, first)


if not env["dealer.accident.call"].search_count([], limit=1):
    hotline_people = hotline_staff()
    accident_cars = insured_cars(60)
    past_calls(accident_cars[12:] or accident_cars, hotline_people)
    roster(hotline_people)
    todays_calls(accident_cars[:9])
    scores()
    analyses()
    env.cr.commit()

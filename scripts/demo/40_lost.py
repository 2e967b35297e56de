"""New cars that were lost: open cars, cases in every state, analyses of three months.

Run by scripts/demo_story.py; the analysis of the last month is left to the leader, that
of the month before waits for the manager, an older one is closed.
"""

from dateutil.relativedelta import relativedelta


def lost_cars():
    """Cars of this month without a policy, and what their consultant wrote."""
    consultant, leader = as_post("consultant"), as_post("uw_leader")
    seller = env["dealer.staff"].search(
        [("user_id", "=", consultant.uid), ("company_id", "=", company.id)]
    )
    first = today.replace(day=1)
    days = [max(today - timedelta(days=back), first) for back in (6, 5, 4, 3, 2, 1, 0)]
    people = make_people(len(days))
    cars = make_cars(people, [False] * len(days))
    deliveries = consultant["dealer.delivery"].create(
        [
            {
                "name": f"DML{day:%y%m%d}-{car.id:04d}",
                "company_id": company.id,
                "delivery_date": day,
                "invoice_date": day,
                "vehicle_id": car.id,
                "partner_id": person.id,
                "consultant_id": seller.id,
                "price": car.purchase_price,
            }
            for day, person, car in zip(days, people, cars, strict=True)
        ]
    )
    insurer = env.ref("dealer_base.insurer_ccic")
    reasons = {
        reason.code: reason
        for reason in env["dealer.reason.code"].search(
            [("category", "=", "new_car_lost")]
        )
    }
    facts = [
        ("NL-01", "客户称电销便宜六百元", "tele_online", 4180.0, 4790.0),
        ("NL-02", "表哥在保险公司上班", "relative", 4050.0, 4300.0),
        ("NL-06", "回老家上牌，当地投保", "agent", 3980.0, 4120.0),
        ("NL-10", "交车当天未介绍保险", "insurer_direct", 0.0, 4560.0),
        ("NL-99", "", "other_dealer", 0.0, 0.0),
    ]
    cases = consultant["dealer.lost.case"].create(
        [
            {
                "delivery_id": delivery.id,
                "reason_id": reasons[code].id,
                "reason_text": text,
                "competitor_channel": channel,
                "competitor_insurer_id": insurer.id,
                "competitor_premium": theirs,
                "our_premium": ours,
                "recovery_measures": "第二次报价，组长致电",
            }
            for delivery, (code, text, channel, theirs, ours) in zip(
                deliveries, facts, strict=False
            )
        ]
    )
    verified, second, rejected, waiting, _draft = cases
    cases[-2:].action_inform_leader()
    (verified | second | rejected | waiting).action_submit()
    for case in (verified | second).with_env(leader):
        case.leader_decision = "价差可谈，明年到期前一个月由续保专员回访"
        case.recoverable = True
        case.returns_next_year = case.delivery_date + relativedelta(months=11)
        case.action_verify()
    rejected.with_env(leader).action_reject("请补充客户的保险公司和保费")
    gaps = env["dealer.delivery"].search(
        [("insurance_gap", "=", True), ("delivery_date", ">=", first)]
    )
    gaps._remind_gap()


def lost_plan(title, problem, cause, measures, owner):
    """Values of an improvement plan with its measures."""
    return Command.create(
        {
            "title": title,
            "source": "lost",
            "problem": problem,
            "root_cause": cause,
            "target_name": "新车战败率",
            "unit": "%",
            "direction": "down",
            "baseline_value": 25.0,
            "target_value": 18.0,
            "line_ids": [
                Command.create({"name": name, "owner_id": owner.id, "due_date": due})
                for name, due in measures
            ],
        }
    )


def lost_review(month, leader, owner):
    """The analysis of a month as the leader writes it."""
    review = leader["dealer.review"].create(
        {
            "kind": "new_car_lost",
            "company_id": company.id,
            "date_from": month,
            "causes": "<p>价格因素占四成，主要输给电销；"
            "二组有两台车交车时未介绍保险。</p>"
            "<p>外地上牌客户没有提前准备异地投保方案。</p>",
            "suggestions": "<p>交车前一天由组长复核投保意向，未报价的不安排交车。</p>",
            "improvement_ids": [
                lost_plan(
                    "三家比价，降低价格战败",
                    "价格战败占比最高",
                    "多数报价只给一家保险公司",
                    [
                        ("每台新车至少出三家比价单", month + relativedelta(months=2)),
                        ("晨会抽查前一天比价单", month + relativedelta(months=3)),
                    ],
                    owner,
                )
            ],
        }
    )
    review.action_submit()
    return review


def lost_reviews():
    """Three analyses: closed, with the manager, and still to be written."""
    leader, manager = as_post("uw_leader"), as_post("manager")
    owner = staff("sales_consultant")[:1]
    first = today.replace(day=1)
    closed = lost_review(first - relativedelta(months=3), leader, owner)
    closed.with_env(manager).action_accept()
    plan = closed.improvement_ids
    plan.line_ids.action_done()
    plan.write({"effect_value": 17.2, "effect_note": "三家比价后价格战败明显减少"})
    plan.action_check_effect()
    plan.with_env(manager).action_close()
    closed.with_env(manager).action_close()
    lost_review(first - relativedelta(months=2), leader, owner)
    leader["dealer.review"].create(
        {
            "kind": "new_car_lost",
            "company_id": company.id,
            "date_from": first - relativedelta(months=1),
        }
    )


# Numbers of cars of their own, also when the story itself was told before.
serial = max(serial, 40000)

if not env["dealer.review"].search_count([("kind", "=", "new_car_lost")], limit=1):
    lost_cars()
    lost_reviews()
    env.cr.commit()

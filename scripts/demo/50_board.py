"""Penetration targets, frozen figures of a year, boards of a quarter, three audits.

What lies in the past is taken over into the registers as it stood; what is open today
goes through the buttons of its post. Running it twice does nothing.
"""

from dateutil.relativedelta import relativedelta

# Share of the days confirmed in time; up to the second share late, the rest never.
CONFIRMED, LATE = 0.86, 0.95


def board_targets():
    """Targets of the store, its teams and one consultant, by the manager."""
    Target = as_post("manager")["dealer.board.target"]
    first = today.replace(year=today.year - 1, month=1, day=1)
    teams = env["dealer.team"].search([("company_id", "=", company.id)])
    person = staff("sales_consultant")[:1]
    vals_list = [{"penetration": 0.75, "commercial": 0.7}]
    vals_list += [
        {"penetration": 0.80 - index * 0.05, "team_id": team.id}
        for index, team in enumerate(teams[:2])
    ]
    vals_list.append({"penetration": 0.85, "consultant_id": person.id})
    Target.create(
        [{"company_id": company.id, "date_from": first, **vals} for vals in vals_list]
    )


def board_entry_times():
    """The cars of the past were entered on the afternoon of their delivery."""
    deliveries = env["dealer.delivery"].search(
        [("company_id", "=", company.id), ("delivery_date", "<", today)]
    )
    for delivery in deliveries:
        moment = datetime.combine(delivery.delivery_date, time(7, 30))
        delivery._write_protected({"entered_at": moment})


def board_days(months):
    """Frozen boards and confirmations of the past months, day by day."""
    clerk = as_post("clerk")
    Snapshot = env["dealer.board.snapshot"]
    updates, previous = [], None
    day = (today - relativedelta(months=months)).replace(day=1)
    while day < today:
        deadline = company._dealer_board_deadline(day)
        Snapshot._sudo_freeze(
            company, day, previous, deadline + timedelta(minutes=rng.randrange(1, 14))
        )
        chance = rng.random()
        # The first of the audited months was kept well, the second badly.
        if (day.month - today.month) % 12 == 9:
            chance = min(1.0, chance * 1.05)
        elif day < (today - relativedelta(months=1)).replace(day=1):
            chance *= 0.8
        confirmed = deadline - timedelta(minutes=rng.randrange(3, 100))
        if CONFIRMED <= chance < LATE:
            confirmed = deadline + timedelta(minutes=rng.randrange(10, 800))
        if chance < LATE:
            updates.append(
                {
                    "company_id": company.id,
                    "day": day,
                    "deadline": deadline,
                    "confirmed_at": confirmed,
                    "confirmed_by_id": clerk.uid,
                    "is_late": confirmed > deadline,
                }
            )
        previous, day = day, day + timedelta(days=1)
    env["dealer.board.update"]._sudo_append(updates)


def board_late_cars():
    """Two cars of last month that were forgotten and entered afterwards."""
    last_month = today.replace(day=1) - timedelta(days=1)
    people = make_people(2)
    cars = make_cars(people, [False, False])
    people_of_sales = staff("sales_consultant")
    as_post("clerk")["dealer.delivery"].create(
        [
            {
                "name": f"DM{last_month:%y%m}-补{index + 1}",
                "company_id": company.id,
                "delivery_date": last_month - timedelta(days=4 * index + 2),
                "invoice_date": last_month - timedelta(days=4 * index + 3),
                "vehicle_id": car.id,
                "partner_id": person.id,
                "consultant_id": people_of_sales[index % len(people_of_sales)].id,
                "price": car.purchase_price,
            }
            for index, (person, car) in enumerate(zip(people, cars, strict=True))
        ]
    )


def board_audits():
    """Audits of three months: one put right, one passed, one to check."""
    Audit = env["dealer.board.audit"]
    leader, manager = as_post("uw_leader"), as_post("manager")
    first = today.replace(day=1)
    audits = [
        Audit._sudo_create(company, first - relativedelta(months=back))
        for back in (3, 2, 1)
    ]
    failed, passed = (audit.with_env(leader) for audit in audits[:2])
    failed.conclusion = "出单员轮休期间无人确认，个别车辆次日补录；投保率与台账一致。"
    failed.action_check()
    failed.action_fail()
    failed.rectification = (
        "指定替班出单员，交接表增加看板确认一项；组长每日 18:15 复查。"
    )
    failed.action_rectify()
    failed.with_env(manager).action_acknowledge()
    passed.conclusion = "个别日期下班后确认，均为当日数据，与台账逐车核对一致。"
    passed.action_check()
    passed.action_pass()


def board_figures():
    """Key figures of the closed months and of the last days."""
    Frozen = env["dealer.kpi.snapshot"]
    first = today.replace(day=1)
    for back in range(10, 0, -1):
        month = first - relativedelta(months=back)
        last = month + relativedelta(months=1, days=-1)
        frozen_at = datetime.combine(last + timedelta(days=7), time(17))
        Frozen._sudo_freeze(company, "month", month, last, frozen_at)
    for back in range(5, 0, -1):
        day = today - timedelta(days=back)
        frozen_at = datetime.combine(day, time(17))
        Frozen._sudo_freeze(company, "day", day, day, frozen_at)


if not env["dealer.board.target"].search_count([], limit=1):
    # Numbers go on after the cars that stand, also in a store made earlier.
    serial = max(serial, env["dealer.vehicle"].search_count([]))
    board_targets()
    board_entry_times()
    board_days(3)
    board_late_cars()
    board_audits()
    board_figures()
    env.cr.commit()

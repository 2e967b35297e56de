"""Renewal tasks of the open months: called, quoted, promised, won, lost, asleep.

Run by scripts/demo_story.py after the due lists; does nothing where tasks have contacts
already.
"""


def renewal_call(env_of, task, result, **vals):
    words = {
        "think": "再考虑一下，想和家人商量",
        "quote": "请发两家保险公司的报价",
        "promised": "答应到期前来店办理",
        "refused": "朋友在保险公司，已经办了",
    }
    wizard = env_of["dealer.renewal.contact.wizard"].create(
        {
            "task_id": task.id,
            "result": result,
            "feedback": words.get(result, False),
            **vals,
        }
    )
    return wizard.action_save()


def renewal_tasks():
    Task = env["dealer.renewal.task"]
    for due_month in range(-1, 4):
        month = fields.Date.add(today.replace(day=1), months=due_month)
        env["dealer.renewal.cohort"]._build(company, month)
    dues = env["dealer.renewal.due"].search(Task._due_domain(company))
    Task.with_company(company)._generate(dues)
    for node, first, last in env["dealer.renewal.node"]._in_force(company)._spans():
        domain = [
            ("company_id", "=", company.id),
            ("is_open", "=", True),
            ("expiry_date", "<=", today - timedelta(days=first)),
        ]
        if last is not None:
            domain.append(("expiry_date", ">=", today - timedelta(days=last)))
        Task.with_company(company).search(domain)._enter_node(node)
    Task.with_company(company)._mark_expired(company)

    agent, leader = as_post("renewal"), as_post("uw_leader")
    mine = Task.search(
        [("owner_user_id", "=", agent.uid), ("is_open", "=", True)],
        order="score desc, id",
    ).with_env(agent)
    insurer = env.ref("dealer_base.insurer_ccic")
    results = ("no_answer", "think", "promised", "quote", "think", "no_answer")
    for task, result in zip(mine[:18], results * 3, strict=False):
        prices = {}
        if result == "think":
            prices = {"competitor_insurer_id": insurer.id, "competitor_price": 3980.0}
        renewal_call(agent, task, result, **prices)

    reasons = {
        reason.code: reason
        for reason in env["dealer.reason.code"].search(
            [("category", "=", "renewal_lost")]
        )
    }
    for index, task in enumerate(mine[18:23]):
        renewal_call(agent, task, "refused")
        case = agent["dealer.lost.case"].search([("renewal_task_id", "=", task.id)])
        case.write(
            {
                "reason_id": reasons[("RL-06", "RL-08", "RL-09")[index % 3]].id,
                "competitor_channel": ("uninsured", "agent", "tele_online")[index % 3],
                "reason_text": (
                    "车已过户给外地亲戚",
                    "三个号码均无法联系",
                    "出险三次，保险公司拒保",
                )[index % 3],
            }
        )
        case.action_submit()
    waiting = Task.search([("state", "=", "lost_pending")], order="id")
    for task in waiting.with_env(leader)[:2]:
        if task.customer_class != "A" or task.lost_case_ids.reason_id.without_contacts:
            task.action_approve_loss()
    for task in waiting.with_env(leader)[2:3]:
        task.action_reject("请再打一次电话，问清新的投保公司")
    back = mine[23:24].with_env(agent)
    if back:
        back._give_back("客户是我的亲戚，请另派同事")
    # What ran out longest ago and was never reached is parked until next year.
    Task.search([("state", "=", "expired")], order="expiry_date, id", limit=3)[
        :3
    ]._fall_asleep()
    Task.search([("is_open", "=", True)])._refresh_facts()


if not env["dealer.renewal.contact"].search_count([("company_id", "=", company.id)]):
    renewal_tasks()
    env.cr.commit()

"""Changes and cancellations in every step, refunds, contact windows, insurer issues.

Run by demo_story.py with its names; running it twice does nothing.
"""


def endorse_proof(clerk, name):
    return clerk["ir.attachment"].create({"name": name, "raw": b"%PDF-1.4 demo"})


def endorse_targets(product, count):
    """Policies of the old ledger that still run for at least a month."""
    return env["dealer.policy"].search(
        [
            ("company_id", "=", company.id),
            ("product", "=", product),
            ("is_live", "=", True),
            ("underwriting_id.channel", "=", "collected"),
            ("underwriting_id.state", "=", "delivered"),
            ("endorsement_ids", "=", False),
            ("date_start", "<=", fields.Datetime.now() - timedelta(days=40)),
            ("date_end", ">=", fields.Datetime.now() + timedelta(days=60)),
        ],
        order="id desc",
        limit=count,
    )


def endorse_pay(action, post):
    wizard = post[action["res_model"]].with_context(**action["context"]).create({})
    wizard._create_payments()


def endorse_story():
    clerk, cashier = as_post("clerk"), as_post("cashier")
    finance, manager = as_post("finance"), as_post("manager")
    Endorsement = clerk["dealer.endorsement"]
    policies = endorse_targets("commercial", 4).with_env(clerk)
    if len(policies) < 4:
        return
    done, under_way, extra, asked = policies

    # a cancellation to its end: the insurer pays in, the cashier pays out
    for policy, number in ((done, 1), (under_way, 2)):
        cancel = Endorsement.create(
            {
                "policy_id": policy.id,
                "kind": "cancel",
                "description": "客户车辆已出售给外地亲属，申请退保。",
            }
        )
        cancel.action_take_formula()
        cancel.action_submit()
        cancel.action_approve()
        cancel.name = f"PDED{today:%Y}4406{number:08d}"
        cancel.action_collect_originals()
        cancel.action_make_effective()
        if policy == done:
            endorse_pay(cancel.with_env(finance).action_receive_refund(), finance)
            endorse_pay(cancel.with_env(cashier).action_pay_refund(), cashier)

    # an extra premium that the customer has not paid yet
    change = Endorsement.create(
        {
            "policy_id": extra.id,
            "change_type": "other",
            "premium": 386.5,
            "description": "三者险保额由 200 万提高到 300 万，自次日零时起生效。",
        }
    )
    change.action_submit()
    change.action_approve()
    change.action_request_money()

    # a transfer that lies at the insurer, and a draft that a guard stops
    buyer = make_people(1)
    transfer = Endorsement.create(
        {
            "policy_id": asked.id,
            "change_type": "transfer",
            "new_owner_id": buyer.id,
            "proof_ids": [Command.set(endorse_proof(clerk, "二手车发票.pdf").ids)],
            "description": "二手车过户，新车主继续承保。",
        }
    )
    transfer.action_submit()
    for ctpl in endorse_targets("ctpl", 1).with_env(clerk):
        Endorsement.create(
            {
                "policy_id": ctpl.id,
                "kind": "cancel",
                "description": "客户称车辆已注销，注销证明未到。",
            }
        )

    # who talks with whom
    people = env["dealer.staff"].search(
        [("company_id", "=", company.id), ("user_id", "!=", False)]
    )
    topics = ("general", "claims", "settlement")
    for number, (xmlid, _prefix, _share) in enumerate(INSURERS):
        insurer = env.ref(xmlid)
        person = env["res.partner"].create(
            {
                "name": rng.choice(SURNAMES) + "经理",
                "parent_id": insurer.id,
                "phone": f"139{rng.randrange(10**8):08d}",
                "lang": "zh_CN",
            }
        )
        manager["dealer.insurer.contact"].create(
            [
                {
                    "insurer_id": insurer.id,
                    "topic": topic,
                    "staff_id": people[(number + index) % len(people)].id,
                    "contact_id": person.id,
                    "date_from": today.replace(month=1, day=1),
                }
                for index, topic in enumerate(topics)
            ]
        )
    first, second, _third = [env.ref(xmlid) for xmlid, _p, _s in INSURERS]
    Issue = manager["dealer.insurer.issue"]
    Issue.create(
        {
            "name": "九月手续费结算单少两台车",
            "insurer_id": first.id,
            "topic": "settlement",
            "kind": "raised_here",
            "raised_on": today - timedelta(days=20),
            "due_date": today - timedelta(days=3),
            "description": "两张保单未出现在结算单上，已发差异函。",
        }
    )
    Issue.create(
        {
            "name": "新能源车批改统一走线上",
            "insurer_id": second.id,
            "topic": "underwriting",
            "kind": "agreed",
            "raised_on": today - timedelta(days=5),
            "due_date": today + timedelta(days=10),
            "description": "双方商定下月起线上提交，纸质批单停用。",
        }
    )
    closed = Issue.create(
        {
            "name": "定损时效超过 24 小时",
            "insurer_id": second.id,
            "topic": "claims",
            "kind": "raised_here",
            "raised_on": today - timedelta(days=40),
            "due_date": today - timedelta(days=30),
            "result": "保险公司增派一名驻店定损员，时效恢复到 12 小时内。",
        }
    )
    closed.action_done()


if not env["dealer.insurer.contact"].search_count([], limit=1):
    endorse_story()
    env.cr.commit()

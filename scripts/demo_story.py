"""Fill the demo store with a year of business, so that no screen is empty.

What is past comes in the way a paper ledger does (`_create_historical`). What is open
today goes through the same buttons as in real life, each by the login of its post, so
that every guard is passed and not bypassed. Run in an Odoo shell after the demo data;
running it twice does nothing. Every name, plate and number is invented.

The rest of the business has a file each in scripts/demo (folder named by the variable
DEMO_PARTS), run here in the order of their names and with the names defined above.
"""

import os
import random
from datetime import datetime, time, timedelta
from pathlib import Path

from stdnum.cn import ric

from odoo import Command, fields

from odoo.addons.dealer_base.tools.identity import vin_check_digit

# What the story leaves in the histories of its records is read in Chinese.
env = env(context={**env.context, "lang": "zh_CN"})
rng = random.Random(20261031)
company = env.ref("base.main_company")
today = fields.Date.context_today(env["res.users"].with_context(tz="Asia/Shanghai"))
SURNAMES = "陈李黄张梁林何吴刘罗郭邓冯谢曾梅"
GIVEN = (
    "子轩 欣怡 浩然 诗涵 俊杰 雅婷 志强 美玲 建华 晓彤 文博 嘉敏 伟明 淑芬 家豪 思远"
).split()
CARS = [
    # model, displacement in litres, energy, price, seats
    ("逸轩 1.6L 舒适版", 1.6, "fuel", 109800, 5),
    ("骏行 2.0L 豪华版", 2.0, "fuel", 168800, 5),
    ("途远 2.5L 四驱版", 2.5, "fuel", 219800, 7),
    ("E7 纯电 510", 0.0, "bev", 129800, 5),
]
# Insurers of the story: xml id, ledger prefix, share of the business. They are others
# than those of the demo agreements, whose ledgers stay empty for a store's own file.
INSURERS = [
    ("dealer_base.insurer_gpic", "GS", 5),
    ("dealer_base.insurer_ccic", "DD", 3),
    ("dealer_base.insurer_ygbx", "YG", 4),
]
CHANNELS = ("tele_online", "insurer_direct", "relative", "agent", "other_dealer")
RATES = [("ctpl", 0.04), ("commercial", 0.14), ("other", 0.2)]
serial = 0


def as_post(login):
    user = env["res.users"].search([("login", "=", login)], limit=1)
    context = {
        "lang": "zh_CN",
        "tz": "Asia/Shanghai",
        "allowed_company_ids": company.ids,
    }
    return env(user=user.id, context=context)


def next_vin():
    global serial
    serial += 1
    vin = f"LDEM{serial % 9}2E00S{2000000 + serial * 137:07d}"[:17]
    return vin[:8] + vin_check_digit(vin) + vin[9:]


def identity_number():
    day = datetime(1970, 1, 1) + timedelta(days=rng.randrange(12000))
    body = f"440604{day:%Y%m%d}99{rng.randrange(6, 10)}"
    return body + ric.calc_check_digit(body + "0")


def make_people(count):
    return env["res.partner"].create(
        [
            {
                "name": rng.choice(SURNAMES) + rng.choice(GIVEN),
                "phone": f"138{rng.randrange(10**8):08d}",
                "id_type": "resident",
                "id_number": identity_number(),
                "lang": "zh_CN",
            }
            for _index in range(count)
        ]
    )


def make_cars(people, plated):
    vals_list = []
    for person, has_plate in zip(people, plated, strict=True):
        model, litres, energy, price, seats = rng.choice(CARS)
        plate = False
        if has_plate:
            plate = (
                f"粤ED{rng.randrange(10000, 99999)}"
                if energy == "bev"
                else f"粤E{rng.choice('ABCDEFGH')}{rng.randrange(1000, 9999)}"
            )
        vals_list.append(
            {
                "vin": next_vin(),
                "plate": plate,
                "engine_no": f"HR{rng.randrange(10**7):07d}",
                "model_text": model,
                "use_nature": "private",
                "energy_type": energy,
                "seats": seats,
                "displacement_l": litres,
                "purchase_price": price,
                "owner_id": person.id,
                "company_id": company.id,
            }
        )
    return env["dealer.vehicle"].create(vals_list)


def amounts(vehicle, new_car, month):
    """Premiums as the store's insurers ask them (compulsory cover by the table)."""
    base = 1100.0 if vehicle.seats >= 6 else 950.0
    factor = 1.0 if new_car else rng.choice([0.9, 0.8, 0.7])
    annual = 0.0
    if vehicle.energy_type == "fuel":
        annual = {1.6: 360.0, 2.0: 420.0, 2.5: 720.0}[vehicle.displacement_l]
    tax = company.currency_id.round(annual / 12 * (13 - month)) if new_car else annual
    standard = company.currency_id.round(
        vehicle.purchase_price * rng.uniform(0.021, 0.029)
    )
    ncd = 1.0 if new_car else rng.choice([0.8, 0.7, 0.6])
    pricing = round(rng.uniform(0.85, 1.15), 2)
    commercial = company.currency_id.round(standard * ncd * pricing)
    return base * factor, factor, tax, standard, ncd, pricing, commercial


def staff(post):
    return env["dealer.staff"].search(
        [("company_id", "=", company.id), ("post", "=", post)]
    )


def store():
    """The name over the door, a second team, and consultants without a login."""
    company.write({"name": "岭南示范汽车专营店", "street": "佛山市南海区示范大道 8 号"})
    team = env["dealer.team"].create({"name": "展厅二组", "company_id": company.id})
    first = staff("sales_consultant")[:1].team_id
    env["dealer.staff"].create(
        [
            {
                "name": name,
                "company_id": company.id,
                "post": "sales_consultant",
                "team_id": group.id,
            }
            for name, group in [("周子墨", first), ("许嘉宁", team), ("邱俊熙", team)]
        ]
    )


def agreements():
    """An agreement in force with each insurer of the story."""
    for xmlid, prefix, _share in INSURERS:
        insurer = env.ref(xmlid)
        insurer.ledger_prefix = prefix
        agreement = env["dealer.agreement"].create(
            {
                "name": f"{prefix}-{today.year}",
                "insurer_id": insurer.id,
                "company_id": company.id,
                "date_from": today.replace(year=today.year - 1, month=1, day=1),
                "date_to": today.replace(year=today.year + 1, month=12, day=31),
                "licence_no": f"{prefix}440600{today.year}",
                "licence_valid_to": today.replace(
                    year=today.year + 1, month=12, day=31
                ),
                "collects_premium": True,
                "remit_days": 3,
                "rate_ids": [
                    Command.create(
                        {
                            "product": product,
                            "rate": rate,
                            "date_from": today.replace(
                                year=today.year - 1, month=1, day=1
                            ),
                        }
                    )
                    for product, rate in RATES
                ],
            }
        )
        agreement.action_activate()


def history(months):
    """Deliveries and issued policies of the past months."""
    insurers = [env.ref(xmlid) for xmlid, _p, share in INSURERS for _i in range(share)]
    consultants, clerks = staff("sales_consultant"), staff("policy_clerk")
    reasons = env["dealer.reason.code"].search([("category", "=", "new_car_lost")])
    deliveries, losses, rows, signed = [], {}, [], []
    sequences = {}
    moments = []
    for back in range(months, 0, -1):
        first = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
        for _step in range(back - 1):
            first = (first - timedelta(days=1)).replace(day=1)
        moments += sorted(first + timedelta(days=rng.randrange(27)) for _i in range(9))
    # The days of the running month that are over; the board shows them.
    moments += sorted(
        today - timedelta(days=rng.randrange(1, today.day))
        for _i in range(21 if today.day > 1 else 0)
    )
    people = make_people(len(moments))
    news = [index % 3 != 2 for index in range(len(moments))]
    cars = make_cars(people, [not new for new in news])
    for moment, person, car, new in zip(moments, people, cars, news, strict=True):
        insured = not new or rng.random() < 0.82
        consultant = rng.choice(consultants)
        if new:
            deliveries.append(
                {
                    "name": f"DM{moment:%y%m%d}-{car.id:04d}",
                    "company_id": company.id,
                    "delivery_date": moment,
                    "invoice_date": moment,
                    "vehicle_id": car.id,
                    "partner_id": person.id,
                    "consultant_id": consultant.id,
                    "price": car.purchase_price,
                    "declared_in_store": insured,
                }
            )
            if not insured:
                losses[deliveries[-1]["name"]] = rng.choice(reasons)
        if not insured:
            continue
        insurer = rng.choice(insurers)
        key = (insurer, moment.year)
        sequences[key] = sequences.get(key, 0) + 1
        ctpl, factor, tax, standard, ncd, pricing, commercial = amounts(
            car, new, moment.month
        )
        issued = datetime.combine(moment, time(2 + rng.randrange(7), rng.randrange(60)))
        start = datetime.combine(moment + timedelta(days=1), time()) - timedelta(
            hours=8
        )
        end = start.replace(year=start.year + 1) - timedelta(seconds=1)
        common = {"date_start": start, "date_end": end}
        collected = rng.random() < 0.6
        due = ctpl + tax + commercial
        rows.append(
            {
                "company_id": company.id,
                "insurer_id": insurer.id,
                "entry_type": "issue",
                "business_type": "new_car" if new else "new_to_renewal",
                "applicant_id": person.id,
                "insured_id": person.id,
                "owner_id": person.id,
                "payer_id": person.id,
                "contact_phone": person.phone,
                "vehicle_id": car.id,
                "consultant_id": consultant.id if new else False,
                "writer_id": rng.choice(clerks).id,
                "channel": "collected" if collected else "direct",
                "payment_method": rng.choice(["transfer", "qr", "card"]),
                "issued_at": issued,
                "ledger_year": moment.year,
                "ledger_seq": sequences[key],
                "ledger_no": f"{insurer.ledger_prefix}{moment.year}"
                f"-{sequences[key]:04d}",
                "delivered_at": issued + timedelta(hours=2),
                "receiver_name": person.name,
                "legacy_received": due,
                "legacy_received_on": moment,
                "legacy_remitted_on": min(moment + timedelta(days=3), today)
                if collected
                else False,
                "policy_ids": [
                    Command.create(
                        {
                            **common,
                            "product": "ctpl",
                            "policy_no": f"PDZA{moment:%Y}4406{car.id:08d}",
                            "premium": ctpl,
                            "float_factor": factor,
                            "vehicle_tax": tax,
                        }
                    ),
                    Command.create(
                        {
                            **common,
                            "product": "commercial",
                            "policy_no": f"PDAA{moment:%Y}4406{car.id:08d}",
                            "premium": commercial,
                            "standard_premium": standard,
                            "ncd_factor": ncd,
                            "pricing_factor": pricing,
                            "cover_text": ("新能源" if car.energy_type == "bev" else "")
                            + "车损/三者200万/司机1万/乘客1万*4",
                        }
                    ),
                ],
            }
        )
        signed.append(issued + timedelta(hours=1))
    created = env["dealer.delivery"].create(deliveries)
    env["dealer.lost.case"]._create_historical(
        [
            {
                "delivery_id": delivery.id,
                "reason_id": losses[delivery.name].id,
                "reason_text": losses[delivery.name].name,
                "competitor_channel": CHANNELS[delivery.id % len(CHANNELS)],
                "our_premium": 4300.0 + delivery.id % 7 * 100,
                "competitor_premium": 3900.0 + delivery.id % 5 * 100,
            }
            for delivery in created
            if delivery.name in losses
        ]
    )
    Underwriting = env["dealer.underwriting"].with_context(tracking_disable=True)
    entries = Underwriting._create_historical(rows)
    cashier = staff("cashier")[:1].name
    env["dealer.cashier.signature"]._sudo_append(
        [
            {
                "underwriting_id": entry.id,
                "kind": "sign",
                "signer_name": cashier,
                "signed_at": moment,
                "amount": entry.amount_due,
            }
            for entry, moment in zip(entries, signed, strict=True)
        ]
    )
    entries._post_historical_money()


def quote(person, car, insurers, clerk, **vals):
    """A new-car quote with the figures of the insurers, as the clerk enters it."""
    options = []
    for xmlid in insurers:
        ctpl, factor, tax, standard, ncd, pricing, commercial = amounts(
            car, True, today.month
        )
        options.append(
            Command.create(
                {
                    "insurer_id": env.ref(xmlid).id,
                    "ctpl_premium": ctpl,
                    "float_factor": factor,
                    "vehicle_tax": tax,
                    "standard_premium": standard,
                    "ncd_factor": ncd,
                    "pricing_factor": pricing,
                    "commercial_premium": commercial,
                    "other_premium": 200.0,
                }
            )
        )
    return clerk["dealer.quote"].create(
        {
            "applicant_id": person.id,
            "vehicle_id": car.id,
            "business_type": "new_car",
            "consultant_id": staff("sales_consultant")[:1].id,
            "invoice_date": today,
            "notice_acknowledged": True,
            "option_ids": options,
            **vals,
        }
    )


def open_business():
    """What stands on the desks today: one deal in every state, and two quotes."""
    clerk, cashier = as_post("clerk"), as_post("cashier")
    manager, finance = as_post("manager"), as_post("finance")
    insurers = [xmlid for xmlid, _prefix, _share in INSURERS]
    states = [
        "quoted",
        "sent",
        "draft",
        "proposed",
        "awaiting_payment",
        "paid",
        "issued",
        "unsigned",
        "in_custody",
        "delivered",
        "void",
    ]
    people = make_people(len(states))
    cars = make_cars(people, [False] * len(states))
    for index, (state, person, car) in enumerate(
        zip(states, people, cars, strict=True)
    ):
        env["dealer.delivery"].create(
            {
                "name": f"DM{today:%y%m%d}-{index + 1:02d}",
                "company_id": company.id,
                "delivery_date": today,
                "invoice_date": today,
                "vehicle_id": car.id,
                "partner_id": person.id,
                "consultant_id": staff("sales_consultant")[:1].id,
                "price": car.purchase_price,
                "declared_in_store": True,
            }
        )
        offer = quote(
            person, car, insurers if index < 2 else [rng.choice(insurers)], clerk
        )
        if state == "quoted":
            continue
        offer.action_calculate()
        offer.action_send()
        if state == "sent":
            continue
        offer.action_accept()
        offer.action_create_underwriting()
        entry = clerk["dealer.underwriting"].search(
            [("quote_option_id.quote_id", "=", offer.id)]
        )
        # The insurer's numbers and the times of the cover.
        start = datetime.combine(today + timedelta(days=1), time()) - timedelta(hours=8)
        for number, policy in enumerate(entry.policy_ids):
            policy.write(
                {
                    "policy_no": f"PD{'ZNA'[number % 3]}A{today:%Y}4406"
                    f"{car.id:07d}{number}",
                    "date_start": start,
                    "date_end": start.replace(year=start.year + 1)
                    - timedelta(seconds=1),
                }
            )
        if state == "draft":
            continue
        entry.document_ids.filtered("type_id.is_notice").action_receive()
        entry.action_propose()
        if state == "proposed":
            continue
        entry.action_underwrite()
        entry.action_request_payment()
        if state == "awaiting_payment":
            continue
        pay(entry.with_env(cashier))
        if state == "paid":
            continue
        entry.action_issue()
        if state == "unsigned":
            # Half of a joint waiver is signed: the other half waits for finance.
            entry.with_env(manager)._waive(
                "G-P4", "deliver", "客户当天赴外地，主管先签"
            )
            continue
        entry.with_env(cashier).action_sign()
        if state == "in_custody":
            entry.action_take_custody("保险柜一", "A-01")
        elif state == "delivered":
            entry.action_deliver(person.name)
        elif state == "void":
            refund(entry.with_env(finance))
            reason = env["dealer.reason.code"].search(
                [("category", "=", "void")], limit=1
            )
            entry.with_env(manager).action_void(reason.id, "客户改保额，作废重出")


def pay(entry):
    """The cashier registers the whole premium with the ordinary wizard."""
    action = entry.action_register_payment()
    wizard = entry.env[action["res_model"]].with_context(**action["context"]).create({})
    wizard._create_payments()


def refund(entry):
    """Finance takes the payment back before the entry can become void."""
    entry._money_payments().action_draft()
    entry._money_payments().action_cancel()


if not env["dealer.underwriting"].search_count([], limit=1):
    store()
    agreements()
    history(10)
    open_business()
    env.cr.commit()

for part in sorted(Path(os.environ["DEMO_PARTS"]).glob("*.py")):
    exec(compile(part.read_text("utf-8"), str(part), "exec"))

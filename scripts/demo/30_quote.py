"""Quotes side by side, links that customers opened, calls for help, fast issue.

Run by demo_story.py with its names; running it twice does nothing.
"""

import base64 as _base64
import io as _io

from PIL import Image as _Image
from PIL import ImageDraw as _ImageDraw

TALK_SHEET = """
<ol>
<li><b>原厂认证</b>：事故维修使用原厂配件，维修质量享受原厂质保。</li>
<li><b>指定推修</b>：出险后优先推荐回店，保险公司与本店直接结算，客户不垫付。</li>
<li><b>专人理赔</b>：24 小时热线，查勘、定损、交车由专人跟进。</li>
<li><b>保费透明</b>：交强险按国家费率，商业险逐项列明，不返现、不捆绑。</li>
<li><b>常见异议</b>：外面便宜——请对照险种、保额和免赔逐项比较，再看维修配件来源。</li>
</ol>
"""


def covers(option):
    """The usual covers of a family car, premium shared out over them."""
    nev = option.vehicle_id.is_nev
    codes = (
        ["cover_nev_od", "cover_nev_tpl", "cover_nev_driver", "cover_nev_passenger"]
        if nev
        else ["cover_od", "cover_tpl", "cover_driver", "cover_passenger"]
    )
    records = [
        cover
        for cover in (
            env.ref(f"dealer_insurance.{code}", raise_if_not_found=False)
            for code in codes
        )
        if cover
    ]
    if not records:
        return
    shares = [0.55, 0.35, 0.04, 0.06][: len(records)]
    sums = [option.vehicle_id.purchase_price, 2000000, 10000, 10000]
    money = option.currency_id
    left, standard_left = option.commercial_premium, option.standard_premium
    lines = []
    for index, cover in enumerate(records):
        last = index == len(records) - 1
        premium = (
            left if last else money.round(option.commercial_premium * shares[index])
        )
        standard = (
            standard_left
            if last
            else money.round(option.standard_premium * shares[index])
        )
        left, standard_left = left - premium, standard_left - standard
        lines.append(
            Command.create(
                {
                    "cover_id": cover.id,
                    "sum_insured": sums[index],
                    "seats": 4 if index == 3 else 0,
                    "premium": premium,
                    "standard_premium": standard,
                }
            )
        )
    option.write({"line_ids": lines})


def drawn_signature():
    """A few strokes, as the customer's finger leaves them."""
    picture = _Image.new("RGB", (320, 150), "white")
    pen = _ImageDraw.Draw(picture)
    for left in (40, 120, 200):
        pen.line(
            [(left, 40), (left + 40, 60), (left + 10, 110), (left + 60, 95)],
            fill="black",
            width=4,
        )
    buffer = _io.BytesIO()
    picture.save(buffer, "PNG")
    return _base64.b64encode(buffer.getvalue()).decode()


def offer_side_by_side(person, car, author, count=3):
    """A quote of several insurers with their covers, concession included, sent."""
    xmlids = [xmlid for xmlid, _prefix, _share in INSURERS][:count]
    offer = quote(person, car, xmlids, author)
    for option in offer.option_ids:
        covers(option)
    author["dealer.concession"].create(
        {
            "option_id": offer.option_ids[0].id,
            "type_id": env.ref("dealer_insurance.concession_type_service").id,
            "name": "基础保养一次",
            "amount": 100.0,
        }
    )
    offer.action_calculate()
    offer.action_send()
    offer._portal_ensure_token()
    return offer


def visit(offer, times):
    """The customer opens the link so many times."""
    page = offer.env["dealer.quote"].browse(offer.id)
    page = page._sudo_by_token(offer.sudo().access_token)
    for _index in range(times):
        page._sudo_count_view()
    return page


def portal_stories(author, people, cars):
    """One link each: opened, accepted, declined, not opened."""
    opened, accepted, declined, waiting = (
        offer_side_by_side(person, car, author)
        for person, car in zip(people, cars, strict=True)
    )
    visit(opened, 2)
    page = visit(accepted, 3)
    page._sudo_portal_accept(
        page.option_ids[1].id,
        page._portal_fingerprint(),
        page.applicant_id.name,
        drawn_signature(),
    )
    page = visit(declined, 1)
    reason = page._portal_reasons().filtered(lambda r: not r.needs_text)[:1]
    page._sudo_portal_decline(reason.id, "亲戚在保险公司上班")
    return opened, accepted, waiting


def fast_stories(clerk, cashier, people, cars):
    """Three policies the fast way; the customer waited 14, 22 and 47 minutes."""
    waits = (14, 22, 47)
    for person, car, minutes in zip(people, cars, waits, strict=True):
        offer = quote(person, car, [INSURERS[0][0]], clerk)
        offer.action_calculate()
        offer.action_send()
        offer.action_accept()
        offer._write_protected(
            {"accepted_at": fields.Datetime.now() - timedelta(minutes=minutes)}
        )
        action = offer.action_fast_issue()
        first = clerk[action["res_model"]].browse(action["res_id"])
        first.action_receive_all()
        action = first.action_propose()
        second = clerk[action["res_model"]].browse(action["res_id"])
        for number, line in enumerate(second.policy_ids):
            line.policy_no = f"PDK{'ZA'[number % 2]}{today:%Y}4406{car.id:07d}{number}"
        pay(second.underwriting_id.with_env(cashier))
        second.invalidate_recordset()
        second.action_issue()


def waiting_times():
    """The customers of the story waited, too: so many minutes before the issue."""
    entries = env["dealer.underwriting"].search(
        [
            ("issued_at", "!=", False),
            ("quote_id", "!=", False),
            ("is_historical", "=", False),
            ("minutes_to_issue", "<", 1),
        ]
    )
    for entry in entries:
        minutes = rng.choice([9, 12, 16, 18, 21, 26, 38])
        entry.quote_id._write_protected(
            {"accepted_at": entry.issued_at - timedelta(minutes=minutes)}
        )


def assist_stories(consultant, leader, open_quote):
    """Talks of the past months, and two calls of today."""
    Assist = consultant["dealer.deal.assist"]
    me = consultant["dealer.staff"].search(
        [("user_id", "=", consultant.uid), ("company_id", "=", company.id)], limit=1
    )
    reason = env["dealer.reason.code"].search(
        [("category", "=", "new_car_lost"), ("needs_text", "=", False)], limit=1
    )
    others = staff("sales_consultant")
    customers = make_people(12)
    outcomes = ["certified", "certified", "insured", "lost", "certified", "later"]
    past = []
    for index, customer in enumerate(customers):
        asked = datetime.combine(today, time(3, 0)) - timedelta(days=4 + 8 * index)
        minutes = rng.choice([3, 5, 6, 8, 12, 18])
        outcome = outcomes[index % len(outcomes)]
        past.append(
            {
                "company_id": company.id,
                "consultant_id": others[index % len(others)].id,
                "partner_id": customer.id,
                "topic": ["certified", "price", "claims"][index % 3],
                "question": "客户觉得外面报价便宜，想了解认证保险的好处。",
                "place": f"展厅 {1 + index % 5} 号台",
                "wanted_at": asked,
                "requested_at": asked,
                "requested_by_id": consultant.uid,
                "leader_id": leader.uid,
                "accepted_at": asked + timedelta(minutes=minutes),
                "outcome": outcome,
                "lost_reason_id": reason.id if outcome == "lost" else False,
                "follow_up_on": today + timedelta(days=2)
                if outcome == "later"
                else False,
                "state": "done",
                "done_at": asked + timedelta(minutes=minutes + 25),
                "closed_by_id": leader.uid,
            }
        )
    env["dealer.deal.assist"]._create_protected(past).sudo().activity_ids.unlink()
    Assist.create(
        {
            "consultant_id": me.id,
            "quote_id": open_quote.id,
            "topic": "certified",
            "question": "客户在三家报价里犹豫，请组长讲一下认证保险。",
            "place": "展厅 2 号台",
        }
    )
    taken = Assist.create(
        {
            "consultant_id": me.id,
            "partner_id": customers[0].id,
            "topic": "claims",
            "question": "客户问出险后是否一定回店维修。",
            "place": "交车区",
        }
    )
    taken.with_env(leader).action_accept()


def concession_stories(clerk, manager, people, cars):
    """Approved, waiting, refused, and a cash rebate that was tried."""
    gift = env.ref("dealer_insurance.concession_type_gift")
    stories = [
        ("行车记录仪", 400.0, "老客户第三台车", "approve"),
        ("太阳膜一套", 600.0, "大客户采购", None),
        ("精品脚垫和保养两次", 500.0, "客户要求", "refuse"),
        ("微信返现 200 元", 200.0, "", "cash"),
    ]
    for (name, amount, why, decision), person, car in zip(
        stories, people, cars, strict=True
    ):
        offer = quote(person, car, [INSURERS[1][0]], clerk)
        offer.action_calculate()
        concession = clerk["dealer.concession"].create(
            {
                "option_id": offer.option_ids.id,
                "type_id": gift.id,
                "name": name,
                "amount": amount,
                "reason": why,
            }
        )
        if decision == "cash":
            concession.unlink()
            continue
        if concession.state == "over_limit":
            concession.action_request_approval()
            if decision == "approve":
                concession.with_env(manager).action_approve()
            elif decision == "refuse":
                concession.with_env(manager).action_refuse()


if not env["dealer.deal.assist"].search_count([], limit=1):
    company.write({"dealer_talk_sheet": TALK_SHEET})
    rule = env.ref("dealer_insurance.concession_rule_default")
    rule.customer_limit = 2000.0
    # A store that was filled earlier has used the first serial numbers.
    serial = max(serial, env["dealer.vehicle"].search_count([]))
    _people = make_people(11)
    _cars = make_cars(_people, [False] * 11)
    _opened, _accepted, _waiting = portal_stories(
        as_post("clerk"), _people[:4], _cars[:4]
    )
    fast_stories(as_post("clerk"), as_post("cashier"), _people[4:7], _cars[4:7])
    concession_stories(as_post("clerk"), as_post("manager"), _people[7:], _cars[7:])
    waiting_times()
    assist_stories(as_post("consultant"), as_post("uw_leader"), _opened)
    env.cr.commit()

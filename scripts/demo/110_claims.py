"""Accident cars of five months, in every stage up to the gate.

Run by scripts/demo_story.py. Cars and policies are those of the story. Every step is
done by its button and its post; afterwards the times of past steps are set back to the
days on which they would have happened. Later parts go on with these claims: documents,
submission, payment of the insurer, closing.
"""

import base64
import io

from PIL import Image, ImageDraw

PARTS = [
    ("前保险杠总成", "part", 1860.0),
    ("左前大灯总成", "part", 2340.0),
    ("左前翼子板", "part", 980.0),
    ("前机盖", "part", 2650.0),
    ("右前门总成", "part", 3280.0),
    ("后保险杠", "part", 1520.0),
    ("右后视镜", "part", 760.0),
    ("前挡风玻璃", "part", 1980.0),
]
LABOUR = [
    ("钣金修复", "labour_body", 900.0),
    ("拆装工时", "labour_mechanical", 480.0),
    ("喷漆（单面）", "labour_paint", 550.0),
]
PLACES = [
    "佛山大道与季华路口",
    "禅城区岭南大道",
    "广佛路黄岐段",
    "小区地下车库",
    "桂澜路",
]
STORIES = [
    "倒车时碰到立柱，右后受损",
    "跟车过近追尾前车，前部受损",
    "变更车道与直行车辆刮擦",
    "停放期间被刮，现场未找到对方",
    "雨天侧滑碰撞护栏",
]
ZONES = ["front_bumper", "left_front_fender", "hood", "right_front_door", "rear_bumper"]


def picture(text, size=(420, 280), color=(220, 226, 232)):
    """A photo or a drawn name, as the camera or the customer would leave it."""
    image = Image.new("RGB", size, color)
    draw = ImageDraw.Draw(image)
    draw.rectangle((30, 90, size[0] - 30, size[1] - 60), outline=(90, 90, 90), width=4)
    draw.text((40, 40), text, fill=(60, 60, 60))
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return base64.b64encode(stream.getvalue())


def signature():
    image = Image.new("RGBA", (300, 90), (255, 255, 255, 0))
    draw = ImageDraw.Draw(image)
    draw.line((20, 60, 70, 20, 90, 70, 140, 25, 190, 65, 270, 30), (20, 30, 90), 4)
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return base64.b64encode(stream.getvalue())


def covered_cars(count, day):
    """Cars of the story that a commercial policy covers on a day, the first ones."""
    policies = env["dealer.policy"].search(
        [
            ("company_id", "=", company.id),
            ("product", "=", "commercial"),
            ("state", "=", "issued"),
            ("date_start", "<", day - timedelta(days=2)),
            ("cover_end", ">", day + timedelta(days=2)),
            ("vehicle_id.plate", "!=", False),
            ("vehicle_id.owner_id", "!=", False),
        ],
        order="id",
    )
    return policies.vehicle_id[:count]


# stage, days since the reception, facts, terms of the costs
CASES = [
    ("received", 0, {}, {}),
    ("received", 0, {"accident_type": "two", "source": "referral"}, {}),
    ("assessing", 0, {"planned": 0}, {}),
    ("assessing", 1, {"accident_type": "glass", "planned": 1}, {}),
    ("assessed", 1, {"liability": "70", "accident_type": "two", "planned": 2}, {}),
    ("assessed", 2, {"claim_kind": "total_loss"}, {"salvage_amount": 3000.0}),
    ("repairing", 4, {"parts_late": True}, {"deductible_amount": 500.0}),
    ("repairing", 6, {"supplement": "draft"}, {}),
    ("repairing", 5, {"promise_late": True}, {"deductible_rate": 0.05}),
    ("repaired", 8, {"supplement": "merged"}, {}),
    ("repaired", 7, {"settlement_mode": "customer_pays_first"}, {}),
    ("settled", 9, {}, {"deductible_amount": 800.0}),
    ("settled", 10, {"claim_kind": "self_pay"}, {}),
    ("settled", 12, {"no_poa": True}, {"above_payer": "store"}),
    ("settled", 20, {"accident_type": "theft"}, {}),
    ("released", 18, {}, {"deductible_amount": 500.0}),
    ("released", 25, {"liability": "50", "accident_type": "two"}, {}),
    ("released", 38, {"settlement_mode": "customer_pays_first"}, {}),
    ("released", 47, {}, {}),
    ("released", 60, {"accident_type": "flood"}, {"deductible_rate": 0.1}),
    ("released", 75, {"supplement": "merged"}, {}),
    ("released", 90, {"claim_kind": "subrogation", "liability": "0"}, {}),
    ("released", 112, {}, {"deductible_amount": 300.0}),
    ("released", 135, {"accident_type": "injury"}, {}),
    ("released", 148, {"iou": True}, {"deductible_amount": 1200.0}),
    # long over: the insurer has paid, the leader closes
    *(
        ("released", age, {}, {"deductible_amount": 500.0})
        for age in range(128, 90, -5)
    ),
]
ORDER = ("received", "assessing", "assessed", "repairing", "repaired", "settled")


class ClaimStory:
    """One claim on its way through the store, each step by the post that does it."""

    def __init__(self, index, vehicle, stage, age, facts, terms):
        self.index, self.stage, self.age = index, stage, age
        self.facts, self.terms = dict(facts), terms
        self.desk = as_post("receptionist")
        self.day = today - timedelta(days=age)
        # nine o'clock in the store is one o'clock UTC
        start = datetime.combine(self.day, time(1, 10)) + timedelta(minutes=20 * index)
        self.start = min(start, fields.Datetime.now())
        self.claim = self.receive(vehicle)

    def reached(self, stage):
        if self.stage == "released":
            return True
        return ORDER.index(self.stage) >= ORDER.index(stage)

    def receive(self, vehicle):
        facts = {
            key: value
            for key, value in self.facts.items()
            if key
            in ("accident_type", "claim_kind", "settlement_mode", "liability", "source")
        }
        theft = facts.get("accident_type") == "theft"
        vals = {
            "company_id": company.id,
            "vehicle_id": vehicle.id,
            "receptionist_id": self.desk.user._dealer_staff(company).id,
            "received_at": self.start,
            "accident_at": self.start - timedelta(hours=20 + self.index),
            "accident_type": "single",
            "accident_place": PLACES[self.index % len(PLACES)],
            "accident_text": STORIES[self.index % len(STORIES)],
            "report_no": f"RDZX{self.day:%Y%m%d}{7000 + self.index:04d}",
            "brought_by": vehicle.owner_id.name,
            "brought_by_phone": vehicle.owner_id.phone,
            "driver": vehicle.owner_id.name,
            "settlement_mode": "direct",
            "planned_delivery_at": self.start + timedelta(days=9),
            **facts,
        }
        if facts.get("claim_kind") == "self_pay":
            vals.update(report_no=False, settlement_mode="self_pay")
        if not theft:
            vals.update(
                odometer=12000 + 3170 * self.index,
                fuel_level=str(self.index % 5),
                has_registration=True,
                has_driving_licence=True,
                items_in_car="儿童座椅、雨伞、行车记录仪",
                customer_signature=signature(),
                damage_ids=[
                    Command.create(
                        {
                            "zone": ZONES[(self.index + step) % len(ZONES)],
                            "kind": ("dent", "scratch", "broken")[step],
                            "is_old": step == 1,
                        }
                    )
                    for step in range(2 + self.index % 2)
                ],
                photo_ids=[
                    Command.create(
                        {
                            "name": f"{vehicle.plate}-{number}.png",
                            "datas": picture(f"{vehicle.plate} {number}"),
                        }
                    )
                    for number in range(1, 5)
                ],
            )
        if "planned" in self.facts:
            # nine o'clock in the store and later, the coming days
            vals["planned_assessment_at"] = datetime.combine(
                today, time(1, 0)
            ) + timedelta(hours=24 * self.facts["planned"] + 1 + self.index)
            vals["assessor"] = "陈定损"
        if self.facts.get("promise_late"):
            vals["planned_delivery_at"] = datetime.combine(
                today - timedelta(days=1), time(9, 0)
            )
        return self.desk["dealer.claim"].create(vals)

    def cost_lines(self):
        if self.claim.claim_kind in ("total_loss", "theft"):
            return [{"name": "车辆全损", "item_type": "other", "unit_price": 86000.0}]
        picked = [PARTS[(self.index + step) % len(PARTS)] for step in range(3)]
        picked += LABOUR[: 2 + self.index % 2]
        lines = [
            {"name": name, "item_type": kind, "unit_price": price, "quantity": 1}
            for name, kind, price in picked
        ]
        # the insurer cuts the dearest part
        lines[0]["assessed_amount"] = lines[0]["unit_price"] * 0.9
        if self.index % 4 == 0:
            lines.append(
                {
                    "name": "拖车费",
                    "item_type": "tow",
                    "unit_price": 300.0,
                }
            )
        if self.index % 5 == 2:
            lines.append(
                {
                    "name": "旧划痕补漆",
                    "item_type": "labour_paint",
                    "unit_price": 450.0,
                    "payer": "customer",
                    "is_non_accident": True,
                }
            )
        if self.index % 6 == 4 and self.claim.claim_kind == "normal":
            lines[1]["payer"] = "ctpl_property"
        return lines

    def tell(self):
        claim = self.claim
        if self.reached("assessing"):
            claim.action_start_assessment()
        if self.reached("assessing") and self.index != 2:
            self.desk["dealer.claim.cost"].create(
                [{**line, "claim_id": claim.id} for line in self.cost_lines()]
            )
        if self.reached("assessed"):
            claim.write({"assessor": "陈定损", **self.terms})
            limit = company.dealer_claim_review_limit
            if claim.assessed_amount > limit:
                claim.write(
                    {
                        "reviewed_amount": claim.assessed_amount,
                        "reviewed_on": self.day + timedelta(days=1),
                    }
                )
            claim.action_confirm_assessment()
        if self.reached("repairing") and claim.needs_repair:
            self.repair()
        if self.reached("settled"):
            claim.action_lock_costs()
        if self.stage == "released":
            self.release()
        self.set_back()

    def repair(self):
        claim = self.claim
        late = self.facts.get("parts_late")
        claim.write(
            {
                "estimate_signature": signature(),
                "estimate_signed_by": claim.partner_id.name,
                "repair_order_no": f"WX{self.day:%y%m%d}{self.index:03d}",
                "parts_eta": today - timedelta(days=2)
                if late
                else self.day + timedelta(days=3),
                "parts_arrived_on": False if late else self.day + timedelta(days=3),
            }
        )
        claim.action_start_repair()
        if "supplement" in self.facts:
            supplement = self.desk["dealer.claim.supplement"].create(
                {
                    "claim_id": claim.id,
                    "reason": "拆检发现水箱框架变形",
                    "found_on": self.day + timedelta(days=2),
                    "cost_ids": [
                        Command.create(
                            {
                                "name": "水箱框架",
                                "item_type": "part",
                                "unit_price": 1260.0,
                            }
                        )
                    ],
                }
            )
            if self.facts["supplement"] == "merged":
                supplement.assessor = "陈定损"
                supplement.action_merge()
        if self.reached("repaired"):
            claim.write(
                {
                    "quality_checked_by_id": staff("other")[:1].id
                    or staff("claim_leader")[:1].id,
                    "quality_checked_on": self.day + timedelta(days=6),
                }
            )
            claim.action_finish_repair()

    def release(self):
        claim = self.claim
        if claim.settlement_mode == "direct" and not self.facts.get("no_poa"):
            claim.write(
                {
                    "poa_signed_on": self.day,
                    "poa_attachment_ids": [
                        Command.create(
                            {"name": "直赔委托书.png", "datas": picture("委托书")}
                        )
                    ],
                }
            )
        cashier = as_post("cashier")
        if self.facts.get("iou"):
            claim.iou_text = "欠自负款，本月底前付清，由保险主管担保"
            for login, reason in (("manager", "老客户，月底付清"), ("finance", "同意")):
                claim.with_env(as_post(login))._waive("G-C1", "release", reason)
        else:
            if company.currency_id.compare_amounts(claim.self_paid_open, 0.0) > 0:
                action = claim.with_env(cashier).action_register_self_payment()
                wizard = (
                    cashier["account.payment.register"]
                    .with_context(**action["context"])
                    .create({})
                )
                wizard._create_payments()
            claim.with_env(cashier).action_cashier_confirm()
        claim.action_release()

    def set_back(self):
        """Times of past steps; who did them and what they were stays."""
        claim = self.claim
        hours = {
            "assessing_at": 2,
            "assessed_at": 26,
            "repair_started_at": 30,
            "repaired_at": 24 * 6,
            "costs_locked_at": 24 * 6 + 3,
            "released_at": 24 * 7,
            "left_at": 24 * 7 + 1,
        }
        now = fields.Datetime.now()
        if claim.released_at and self.age > 15:
            claim.action_mark_left()
        vals = {
            name: min(self.start + timedelta(hours=offset), now)
            for name, offset in hours.items()
            if claim[name]
        }
        # sudo: a fact of the past, entered for the demonstration
        claim.sudo()._write_protected(vals)


def claims():
    if env["dealer.claim"].search_count(
        [("company_id", "=", company.id), ("report_no", "=like", "RDZX%")], limit=1
    ):
        return
    taken = env["dealer.vehicle"]
    for index, (stage, age, facts, terms) in enumerate(CASES):
        day = datetime.combine(today - timedelta(days=age), time(0, 0))
        free = covered_cars(200, day) - taken
        vehicle = free[(index * 7) % len(free)] if free else env["dealer.vehicle"]
        taken |= vehicle
        if vehicle:
            ClaimStory(index, vehicle, stage, age, facts, terms).tell()


claims()
env.cr.commit()

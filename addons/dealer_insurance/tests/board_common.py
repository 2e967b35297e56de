from datetime import datetime, timedelta

from odoo import Command
from odoo.tests import new_test_user

from .underwriting_common import UnderwritingCommon, make_vin

# Serials of cars made in bulk do not meet those made one by one.
BULK = 5_000_000


class BoardCommon(UnderwritingCommon):
    """Anna and Carl in team one, Bert in team two; cars by a word of letters.

    ``_cars(person, "cip", day)`` delivers three cars: c with commercial cover, i with
    compulsory cover only, p insured elsewhere without a reason (r: with a reason).
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.partner_id.tz = "Asia/Shanghai"
        cls.team, cls.team_2 = cls.su_env["dealer.team"].create(
            [
                {"name": name, "company_id": cls.company.id}
                for name in ("Team One", "Team Two")
            ]
        )
        cls.anna, cls.bert, cls.carl = cls.su_env["dealer.staff"].create(
            [
                {"name": name, "company_id": cls.company.id, "team_id": team.id}
                for name, team in (
                    ("Anna", cls.team),
                    ("Bert", cls.team_2),
                    ("Carl", cls.team),
                )
            ]
        )
        brand = cls.su_env["fleet.vehicle.model.brand"].create({"name": "Brand"})
        cls.model = cls.su_env["fleet.vehicle.model"].create(
            {"name": "Model X", "brand_id": brand.id}
        )
        cls.reason = cls.su_env["dealer.reason.code"].search(
            [("category", "=", "new_car_lost")], limit=1
        )
        cls.number = 0

    def _outsider(self):
        """An employee who has no post in the insurance centre."""
        return new_test_user(
            self.su_env,
            login="board_outsider",
            groups="base.group_user",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )

    def _deliver(self, person, vehicles, day, **vals):
        vals_list = []
        for vehicle in vehicles:
            type(self).number += 1
            vals_list.append(
                {
                    "name": f"B{self.number:05d}",
                    "company_id": self.company.id,
                    "vehicle_id": vehicle.id,
                    "partner_id": self.applicant.id,
                    "consultant_id": person.id,
                    "delivery_date": day,
                    **vals,
                }
            )
        return self.su_env["dealer.delivery"].create(vals_list)

    def _cars(self, person, word, day, **vals):
        """Delivered cars; those insured here come from the ledger as history."""
        vehicles = self.su_env["dealer.vehicle"]
        for _letter in word:
            vehicles |= self._vehicle()
        deliveries = self._deliver(person, vehicles, day, **vals)
        self._insure(
            [
                (delivery, letter == "c")
                for letter, delivery in zip(word, deliveries, strict=True)
                if letter in "ci"
            ],
            day,
        )
        for letter, delivery in zip(word, deliveries, strict=True):
            if letter == "r":
                self._register_loss(delivery)
        self.env.flush_all()
        return deliveries

    def _insure(self, pairs, day):
        """Issued new-car entries of the day, as (delivery, with commercial cover)."""
        issued = datetime.combine(day, datetime.min.time()) + timedelta(hours=2)
        rows = []
        for delivery, commercial in pairs:
            products = [("ctpl", 950.0)] + ([("commercial", 4500.0)] * commercial)
            type(self).serial += 1
            rows.append(
                {
                    "company_id": self.company.id,
                    "insurer_id": self.insurer.id,
                    "entry_type": "issue",
                    "business_type": "new_car",
                    "applicant_id": self.applicant.id,
                    "vehicle_id": delivery.vehicle_id.id,
                    "consultant_id": delivery.consultant_id.id,
                    "writer_id": self.writer.id,
                    "issued_at": issued,
                    "ledger_year": day.year,
                    "ledger_seq": self.serial,
                    "policy_ids": [
                        Command.create(
                            {
                                "product": product,
                                "premium": premium,
                                "policy_no": f"B{product[:2]}{self.serial:06d}",
                                "vehicle_tax": 300.0 if product == "ctpl" else 0.0,
                                "date_start": issued,
                                "date_end": issued + timedelta(days=365),
                            }
                        )
                        for product, premium in products
                    ],
                }
            )
        return self.su_env["dealer.underwriting"]._create_historical(rows)

    def _register_loss(self, delivery):
        """The reason why a car is not insured here is written down."""
        self.su_env["dealer.lost.case"]._create_historical(
            [{"delivery_id": delivery.id, "reason_id": self.reason.id}]
        )

    def _many_cars(self, count):
        """Cars of the month, every other one insured here."""
        vehicles = self.su_env["dealer.vehicle"].create(
            [
                {
                    "vin": make_vin(BULK + self.serial * 1000 + index),
                    "company_id": self.company.id,
                    "owner_id": self.applicant.id,
                    "model_text": f"Model {index % 5}",
                }
                for index in range(count)
            ]
        )
        type(self).serial += 1
        day = datetime(2026, 8, 10).date()
        people = self.anna | self.bert | self.carl
        deliveries = self.su_env["dealer.delivery"]
        for index, person in enumerate(people):
            deliveries |= self._deliver(person, vehicles[index::3], day)
        self._insure([(delivery, True) for delivery in deliveries[::2]], day)
        self.env.flush_all()

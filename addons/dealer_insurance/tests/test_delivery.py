from datetime import date, datetime, timedelta

from freezegun import freeze_time
from psycopg2.errors import UniqueViolation

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .underwriting_common import UnderwritingCommon


@tagged("post_install", "-at_install")
class TestDelivery(UnderwritingCommon):
    """Deliveries follow the ledger; what is neither insured nor explained shows."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.team = cls.su_env["dealer.team"].create(
            {"name": "Showroom 1", "company_id": cls.company.id}
        )
        cls.consultant.team_id = cls.team
        cls.number = 0

    def _delivery_vals(self, **vals):
        type(self).number += 1
        vehicle = vals.pop("vehicle", None) or self._vehicle()
        return {
            "name": f"D{self.number:04d}",
            "company_id": self.company.id,
            "delivery_date": date(2026, 8, 20),
            "invoice_date": date(2026, 8, 16),
            "vehicle_id": vehicle.id,
            "partner_id": self.applicant.id,
            "consultant_id": self.consultant.id,
            **vals,
        }

    def _delivery(self, user=None, **vals):
        return (
            self.env["dealer.delivery"]
            .with_user(user or self.clerk)
            .with_company(self.company)
            .create(self._delivery_vals(**vals))
        )

    def test_follows_the_ledger(self):
        delivery = self._delivery(declared_in_store=True)
        self.assertEqual(delivery.team_id, self.team)
        self.assertFalse(delivery.is_insured_here)
        self.assertTrue(delivery.declaration_differs)
        self.assertTrue(delivery.insurance_gap)
        row = self._to("paid", vehicle=delivery.vehicle_id)
        self.assertFalse(delivery.is_insured_here, "a draft is no policy")
        row.action_issue()
        self.assertRecordValues(
            delivery,
            [
                {
                    "is_insured_here": True,
                    "has_commercial_here": True,
                    "insured_count": 1,
                    "declaration_differs": False,
                    "insurance_gap": False,
                    "first_issued_at": row.issued_at,
                }
            ],
        )
        row._write_protected({"voided_at": fields.Datetime.now()})
        self.assertFalse(delivery.is_insured_here)
        self.assertTrue(delivery.insurance_gap)

    def test_only_new_car_business_counts(self):
        delivery = self._delivery()
        self._to("issued", vehicle=delivery.vehicle_id, business_type="first_time")
        self.assertFalse(delivery.is_insured_here)

    def test_gap_closes_with_a_reason(self):
        reason = self.env["dealer.reason.code"].search(
            [("category", "=", "new_car_lost")], limit=1
        )
        Delivery = self.env["dealer.delivery"].with_user(self.clerk)
        gap = [("insurance_gap", "=", True), ("company_id", "=", self.company.id)]
        open_one = self._delivery()
        coded, written = self._delivery(), self._delivery()
        self.env["dealer.lost.case"]._create_historical(
            [
                {"delivery_id": coded.id, "reason_id": reason.id},
                {"delivery_id": written.id, "reason_text": "too dear"},
            ]
        )
        not_yet = self._delivery(delivery_date=False)
        self.assertEqual(Delivery.search(gap), open_one)
        closed = Delivery.search(
            [("insurance_gap", "=", False), ("company_id", "=", self.company.id)]
        )
        self.assertEqual(closed, not_yet | coded | written)
        self.assertTrue(open_one.insurance_gap)
        self.assertFalse(coded.insurance_gap)
        self.env["dealer.lost.case"].with_user(self.clerk)._register_lost(
            [
                {
                    "delivery_id": open_one.id,
                    "company_id": self.company.id,
                    "reason_id": reason.id,
                    "competitor_channel": "agent",
                }
            ]
        )
        self.assertFalse(Delivery.search(gap))

    def test_team_stays_when_the_consultant_moves(self):
        delivery = self._delivery()
        self.consultant.team_id = self.su_env["dealer.team"].create(
            {"name": "Showroom 2", "company_id": self.company.id}
        )
        self.assertEqual(delivery.team_id, self.team)

    def test_penetration_is_weighted(self):
        """K01: 1 of 1 and 1 of 3 are 2 of 4, not the mean of 100 % and 33 %."""
        other = self._staff(self.users["uw_leader"])
        insured = self._delivery() | self._delivery(consultant_id=other.id)
        self._delivery(consultant_id=other.id)
        self._delivery(consultant_id=other.id)
        for delivery in insured:
            self._to("issued", vehicle=delivery.vehicle_id)
        Delivery = self.env["dealer.delivery"].with_user(self.clerk)
        domain = [("company_id", "=", self.company.id)]
        aggregates = ["__count", "insured_count:sum", "insured_rate:avg"]
        by_person = {
            person: (count, cars, round(rate, 4))
            for person, count, cars, rate in Delivery._read_group(
                domain, ["consultant_id"], aggregates
            )
        }
        self.assertEqual(by_person[self.consultant], (1, 1, 1.0))
        self.assertEqual(by_person[other], (3, 1, 0.3333))
        self.assertEqual(Delivery._read_group(domain, [], aggregates), [(4, 2, 0.5)])

    def test_hours_and_entry_delay(self):
        with freeze_time("2026-08-22 12:00:00"):
            delivery = self._delivery()
            self.company.partner_id.tz = "UTC"
            self.assertEqual(delivery.hours_since_delivery, 36)
            self.company.partner_id.tz = "Asia/Shanghai"
            delivery.invalidate_recordset(["hours_since_delivery"])
            self.assertEqual(delivery.hours_since_delivery, 44)
        entry = self._to("issued", vehicle=delivery.vehicle_id)
        entry._write_protected({"issued_at": datetime(2026, 8, 21, 2, 0)})
        self.assertEqual(delivery.entry_lag_h, 34)
        self.assertTrue(delivery.is_entered_late)
        entry._write_protected({"issued_at": datetime(2026, 8, 21, 22, 0)})
        self.assertEqual(delivery.entry_lag_h, 14)
        self.assertFalse(delivery.is_entered_late)

    def test_quote_starts_from_the_delivery(self):
        delivery = self._delivery()
        action = delivery.action_create_quote()
        quote = (
            self.env["dealer.quote"]
            .with_user(self.clerk)
            .with_context(**action["context"])
            .create({})
        )
        self.assertEqual(quote.delivery_id, delivery)
        self.assertEqual(quote.invoice_date, delivery.invoice_date)
        self.assertEqual(quote.applicant_id, self.applicant)

    def test_fifty_deliveries(self):
        vals_list = [self._delivery_vals() for _i in range(50)]
        Delivery = self.env["dealer.delivery"].with_user(self.clerk)
        Delivery.create([self._delivery_vals()])
        self.env.flush_all()
        with self.assertQueryCount(40):
            deliveries = Delivery.create(vals_list)
            self.env.flush_all()
        rows = self._to("paid", count=1, vehicle=deliveries[0].vehicle_id)
        rows.action_issue()
        self.assertEqual(sum(deliveries.mapped("insured_count")), 1)
        self.assertEqual(len(deliveries.filtered("insurance_gap")), 49)

    def test_lost_reasons_of_texts(self):
        found = self.env["dealer.delivery"]._match_lost_reasons(
            ["外面便宜", "不知所云"]
        )
        self.assertEqual(found["外面便宜"].code, "NL-01")
        self.assertFalse(found["不知所云"])

    def test_number_is_unique_in_the_store(self):
        delivery = self._delivery()
        with mute_logger("odoo.sql_db"), self.assertRaises(UniqueViolation):
            self._delivery(name=delivery.name)

    def test_two_stores(self):
        delivery = self._delivery()
        stranger = self._user("policy_clerk", company=self.company_2)
        Delivery = self.env["dealer.delivery"].with_user(stranger)
        self.assertFalse(Delivery.search([("id", "=", delivery.id)]))
        with self.assertRaises(AccessError):
            delivery.with_user(stranger).read(["name"])
        with self.assertRaises(UserError):
            Delivery.create(
                self._delivery_vals(
                    company_id=self.company_2.id,
                    vehicle=delivery.vehicle_id,
                    consultant_id=False,
                )
            )

    def test_rights_by_post(self):
        delivery = self._delivery(user=self.users["sales_consultant"])
        for post in ("cashier", "finance", "hotline_agent", "renewal_agent"):
            other = delivery.with_user(self.users[post])
            self.assertTrue(other.name)
            for call in (
                lambda other=other: other.write({"note": "x"}),
                other.unlink,
                lambda other=other: other.copy({"name": "X"}),
            ):
                with mute_logger("odoo.orm.models"), self.assertRaises(AccessError):
                    call()
        with mute_logger("odoo.orm.models"), self.assertRaises(AccessError):
            delivery.with_user(self.clerk).unlink()

    def test_flags_cannot_be_typed(self):
        for vals in ({"is_insured_here": True}, {"insured_count": 1}):
            with self.subTest(vals=vals), self.assertRaises(UserError):
                self._delivery(**vals)
        delivery = self._delivery()
        self.assertFalse(delivery.is_insured_here)
        self.assertTrue(delivery.insurance_gap)
        now = fields.Datetime.now()
        self.assertLess(delivery.entered_at, now + timedelta(minutes=1))

import psycopg2

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import VINS, DealerBaseCommon


@tagged("post_install", "-at_install")
class TestVehicle(DealerBaseCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Vehicle = cls.env["dealer.vehicle"].with_company(cls.company_a)

    def test_numbers_are_normalised(self):
        vehicle = self.Vehicle.create(
            {
                "vin": " ｌｓｖ aa49j 132047371",
                "plate": "粤a·12345",
                "engine_no": "mr 20",
            }
        )
        self.assertRecordValues(
            vehicle,
            [
                {
                    "vin": VINS[0],
                    "plate": "粤A12345",
                    "engine_no": "MR20",
                    "name": "粤A12345",
                    "plate_type": "fuel",
                    "vin_warning": False,
                    "plate_warning": False,
                }
            ],
        )
        vehicle.plate = "未上牌"
        self.assertEqual((vehicle.plate, vehicle.name), (False, VINS[0]))
        found = self.Vehicle.search([("display_name", "ilike", "lsv aa49")])
        self.assertEqual(found, vehicle)

    def test_impossible_vins_are_refused(self):
        for vin, reason in (
            ("LSVAA49J13204737", "17"),
            ("LSVAA49J13204737O", "letter I, O or Q"),
            ("LSVAA49J032047371", "check digit"),
        ):
            with self.assertRefused(ValidationError, reason):
                self.Vehicle.create({"vin": vin})

    def test_check_digit_of_domestic_cars_is_a_setting(self):
        self.company_a.dealer_vin_domestic_block = False
        vehicle = self.Vehicle.create({"vin": "LSVAA49J032047371"})
        self.assertIn("should be 1", vehicle.vin_warning)

    def test_check_digit_of_imported_cars_is_remarked(self):
        vehicle = self.Vehicle.create({"vin": "WBA00000000000000"})
        self.assertIn("check digit", vehicle.vin_warning)

    def test_plate_and_energy(self):
        with self.assertRefused(ValidationError, "not a plate"):
            self.Vehicle.create({"vin": VINS[0], "plate": "粤AI1234"})
        vehicle = self.Vehicle.create({"vin": VINS[0], "plate": "粤AD12345"})
        self.assertIn("new energy", vehicle.plate_warning)
        vehicle.energy_type = "bev"
        self.assertTrue(vehicle.is_nev)
        self.assertFalse(vehicle.plate_warning)
        vehicle.plate = "粤AF12345"
        self.assertIn("hybrid", vehicle.plate_warning)

    def test_vin_is_unique_per_store(self):
        self.Vehicle.create({"vin": VINS[0]})
        self.env["dealer.vehicle"].create(
            {"vin": VINS[0], "company_id": self.company_b.id}
        )
        with (
            self.assertRaises(psycopg2.errors.UniqueViolation),
            mute_logger("odoo.sql_db"),
            self.env.cr.savepoint(),
        ):
            self.Vehicle.create({"vin": VINS[0].lower()})

    def test_two_stores_and_posts(self):
        vehicle = self.Vehicle.create({"vin": VINS[0]})
        with self.assertRaises(AccessError):
            vehicle.with_user(self.clerk_b).read(["vin"])
        self.assertFalse(
            self.env["dealer.vehicle"]
            .with_user(self.clerk_b)
            ._find_by_vin(VINS, self.company_a)
        )
        self.assertEqual(
            self.Vehicle.with_user(self.clerk)._find_by_vin(
                [VINS[0].lower(), "x"], self.company_a
            ),
            {VINS[0]: vehicle.with_user(self.clerk)},
        )
        with self.assertRaises(AccessError):
            self.rpc(
                self.posts["cashier"], "dealer.vehicle", "create", [{"vin": VINS[1]}]
            )
        self.rpc(
            self.posts["sales_consultant"],
            "dealer.vehicle",
            "create",
            [{"vin": VINS[1]}],
        )

    def test_nothing_is_pushed_into_a_store_one_may_not_see(self):
        staff = self.env["dealer.staff"].create(
            {"name": "梁伟", "company_id": self.company_a.id}
        )
        team = self.env["dealer.team"].create(
            {"name": "甲组", "company_id": self.company_a.id}
        )
        vehicle = self.Vehicle.create({"vin": VINS[0]})
        agreement = self._new_agreement()
        vals = {"company_id": self.company_b.id}
        for user, record in (
            (self.clerk, vehicle),
            (self.manager, staff),
            (self.manager, team),
            (self.manager, agreement),
        ):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                self.rpc(user, record._name, "write", record.ids, vals)
            record.invalidate_recordset()
            self.assertEqual(record.company_id, self.company_a)

    def test_fifty_cars(self):
        from ..tools.identity import vin_check_digit

        vals_list = []
        for number in range(50):
            vin = f"LGBH72E00RE{number:06d}"
            vals_list.append({"vin": vin[:8] + vin_check_digit(vin) + vin[9:]})
        self.env.flush_all()
        vehicles = self.Vehicle.create(vals_list)
        self.env.flush_all()
        self.assertEqual(len(set(vehicles.mapped("name"))), 50)
        vins = vehicles.mapped("vin")
        self.env.invalidate_all()
        with self.assertQueryCount(2):
            found = self.Vehicle._find_by_vin(vins, self.company_a)
        self.assertEqual(len(found), 50)

    def test_form(self):
        with Form(self.Vehicle.with_user(self.clerk)) as form:
            form.vin = "lsvaa49j132047371 "
            self.assertEqual(form.vin, VINS[0])
            form.plate = "粤ad12345"
            self.assertTrue(form.plate_warning)
            form.energy_type = "bev"
            self.assertFalse(form.plate_warning)

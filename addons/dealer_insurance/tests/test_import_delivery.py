from datetime import date, datetime

from odoo.exceptions import AccessError
from odoo.tests import BaseCase, tagged

from odoo.addons.dealer_base.tools.import_field import ImportRow, ImportSheet

from ..tools.delivery_checks import DeliveryRules, LedgerCar, check_deliveries
from .import_common import ImportCommon, make_book
from .underwriting_common import make_vin

HEADER = [
    "交车单号",
    "交车日期",
    "开票日期",
    "VIN码",
    "车型",
    "排量",
    "能源类型",
    "成交价",
    "客户姓名",
    "证件类型",
    "证件号",
    "手机",
    "销售顾问",
    "团队",
    "渠道",
    "按揭银行",
    "是否投保",
    "未投保原因",
]


def line(serial, **changed):
    values = {
        "交车单号": f"D{serial:04d}",
        "交车日期": datetime(2026, 3, 3),
        "开票日期": datetime(2026, 3, 1),
        "VIN码": make_vin(serial),
        "车型": "车型甲",
        "排量": "2.0L",
        "能源类型": "汽油",
        "成交价": 120000,
        "客户姓名": f"买家{serial}",
        "证件类型": "护照",
        "证件号": f"P5555{serial:04d}",
        "手机": f"1390000{serial:04d}",
        "销售顾问": "顾问甲",
        "团队": "一组",
        "渠道": "展厅",
        "是否投保": "否",
        "未投保原因": "外面便宜",
        **changed,
    }
    return [values.get(label) for label in HEADER]


class TestDeliveryChecks(BaseCase):
    def _row(self, number=1, **values):
        return ImportRow(ImportSheet("S"), number, values)

    def _found(self, *rows, **rules):
        return [
            (issue.row.row_no, issue.code)
            for issue in check_deliveries(rows, DeliveryRules(**rules))
        ]

    def test_flag_against_the_ledger(self):
        """Silence without ledger, both contradictions, the typing error is the root."""
        good, mistyped = make_vin(1), make_vin(2)
        broken = mistyped[:10] + ("0" if mistyped[10] != "0" else "1") + mistyped[11:]
        yes = self._row(1, vin=good, in_store=True)
        no = self._row(2, vin=good, in_store=False, lost_text="x")
        near = self._row(3, vin=mistyped, in_store=True)
        self.assertEqual(self._found(yes, no), [])
        self.assertEqual(self._found(yes, ledger=[]), [(1, "flag_mismatch_ledger")])
        cars = [LedgerCar(good, True), LedgerCar(broken, True, broken=True)]
        self.assertEqual(
            self._found(yes, no, near, ledger=cars), [(2, "flag_mismatch_ledger")]
        )
        near.add("vin_check_digit", "vin")
        self.assertEqual(self._found(near, ledger=[]), [])

    def test_flags_against_an_incomplete_ledger(self):
        """Many missing cars speak against the ledger, not against the list."""
        cars = [make_vin(number) for number in range(20)]
        rows = [self._row(n, vin=vin, in_store=True) for n, vin in enumerate(cars)]
        one_insurer = [LedgerCar(vin, True) for vin in cars[:15]]
        self.assertEqual(self._found(*rows, ledger=one_insurer, missing_share=0.1), [])
        complete = [LedgerCar(vin, True) for vin in cars[:18]]
        self.assertEqual(
            self._found(*rows, ledger=complete, missing_share=0.1),
            [(18, "flag_mismatch_ledger"), (19, "flag_mismatch_ledger")],
        )
        # What the ledger does hold stays a proof.
        rows[0].values["in_store"] = False
        rows[0].values["lost_text"] = "x"
        self.assertEqual(
            self._found(*rows, ledger=one_insurer, missing_share=0.1),
            [(0, "flag_mismatch_ledger")],
        )

    def test_flag_outside_the_days_of_the_ledger(self):
        row = self._row(vin=make_vin(1), in_store=True, delivery_date=date(2024, 1, 1))
        period = (date(2025, 1, 1), date(2026, 1, 1))
        self.assertEqual(self._found(row, ledger=[], period=period), [])

    def test_wrong_flag_needs_no_reason(self):
        vin = make_vin(1)
        row = self._row(vin=vin, in_store=False)
        self.assertEqual(self._found(row), [(1, "missing_lost_reason")])
        self.assertEqual(
            self._found(row, ledger=[LedgerCar(vin, True)]),
            [(1, "flag_mismatch_ledger")],
        )


@tagged("post_install", "-at_install")
class TestImportDelivery(ImportCommon):
    def _book(self, *lines):
        return make_book({"交车": [HEADER, *lines]})

    def _import(self, *lines):
        run = self._upload("delivery", self._book(*lines))
        self.assertFalse(self._problems(run, "error"))
        run.action_import()
        self.assertFalse(run.row_ids.filtered("error_text").mapped("error_text"))
        return run

    def test_records_of_a_delivery(self):
        """Buyer, car, consultant and team once each; the reason gets its code."""
        self._import(
            line(1, 按揭银行="某某银行"),
            line(2),
            line(3, 客户姓名="买家2", 证件号="P55550002"),
        )
        deliveries = self.env["dealer.delivery"].search(
            [("company_id", "=", self.company.id)], order="name"
        )
        self.assertEqual(len(deliveries), 3)
        self.assertEqual(len(deliveries.consultant_id), 1)
        self.assertEqual(deliveries.consultant_id.team_id.name, "一组")
        self.assertEqual(deliveries.team_id.name, "一组")
        self.assertEqual(len(deliveries.partner_id), 2)
        first = deliveries[0]
        self.assertRecordValues(
            first,
            [
                {
                    "name": "D0001",
                    "delivery_date": date(2026, 3, 3),
                    "price": 120000,
                    "channel": "showroom",
                    "declared_in_store": False,
                    "lost_reason_text": "外面便宜",
                }
            ],
        )
        self.assertEqual(first.lost_reason_id.category, "new_car_lost")
        self.assertEqual(first.bank_id.name, "某某银行")
        self.assertRecordValues(
            first.vehicle_id,
            [
                {
                    "vin": make_vin(1),
                    "model_text": "车型甲",
                    "energy_type": "fuel",
                    "displacement_l": 2.0,
                    "owner_id": first.partner_id.id,
                }
            ],
        )
        self.assertEqual(first.partner_id.with_user(self.clerk).id_number, "P55550001")

    def test_known_buyer_and_car_are_kept(self):
        """The document finds the person, the VIN the car; nothing is overwritten."""
        partner = self.su_env["res.partner"].create(
            {"name": "旧名", "id_type": "passport", "id_number": "P55550001"}
        )
        vehicle = self.su_env["dealer.vehicle"].create(
            {
                "vin": make_vin(1),
                "model_text": "型号乙",
                "company_id": self.company.id,
            }
        )
        self._import(line(1))
        delivery = self.env["dealer.delivery"].search([("name", "=", "D0001")])
        self.assertEqual(delivery.partner_id, partner)
        self.assertEqual(delivery.vehicle_id, vehicle)
        self.assertEqual(vehicle.model_text, "型号乙")
        self.assertEqual(vehicle.owner_id, partner)

    def test_short_names_are_the_same_person(self):
        names = ["何梓键"] * 4 + ["小何", "梓键", "何梓 键"]
        lines = [line(n, 销售顾问=name) for n, name in enumerate(names, 1)]
        run = self._import(*lines)
        self.assertEqual(
            {item for item in self._codes(run) if item[2] == "name_variant"},
            {(row, "consultant", "name_variant") for row in (6, 7, 8)},
        )
        staff = self.env["dealer.staff"].search([("company_id", "=", self.company.id)])
        self.assertEqual(staff.mapped("name"), ["何梓键"])

    def test_problems_of_a_list(self):
        run = self._upload(
            "delivery",
            self._book(
                line(1, 开票日期=datetime(2026, 3, 4)),
                line(2, 未投保原因="—"),
                line(3),
                line(3),
                line(4, 是否投保="也许"),
            ),
        )
        self.assertEqual(
            self._codes(run),
            {
                (2, "invoice_date", "delivery_before_invoice"),
                (3, "lost_text", "missing_lost_reason"),
                (5, "vin", "duplicate_row"),
                (6, "in_store", "unknown_choice"),
            },
        )

    def test_ledger_that_comes_later(self):
        """A contradiction shows on rows that were imported before the ledger."""
        run = self._import(line(1), line(2, 是否投保="是", 未投保原因=None))
        insurer = self.insurers[0]
        vehicle = self.env["dealer.vehicle"].search([("vin", "=", make_vin(1))])
        self.su_env["dealer.underwriting"]._create_protected(
            [
                {
                    "company_id": self.company.id,
                    "insurer_id": insurer.id,
                    "vehicle_id": vehicle.id,
                    "business_type": "new_car",
                    "is_historical": True,
                    "issued_at": "2026-03-03 02:00:00",
                }
            ]
        )
        run.action_continue()
        self.assertEqual(
            self._codes(run),
            {
                (2, "in_store", "flag_mismatch_ledger"),
                (3, "in_store", "flag_mismatch_ledger"),
            },
        )
        self.assertEqual(run.done_count, 2)

    def test_another_store_and_other_posts(self):
        self._import(line(1))
        other = self._company(self.su_env, "Other Store")
        clerk = self._user("policy_clerk", other)
        run = self._upload("delivery", self._book(line(1)), user=clerk)
        run.action_import()
        self.assertEqual(run.done_count, 1)
        seen = self.env["dealer.delivery"].with_user(clerk).search([])
        self.assertEqual(seen.company_id, other)
        for post in ("cashier", "sales_consultant", "hotline_agent"):
            with self.assertRaises(AccessError):
                self._upload("delivery", self._book(line(2)), user=self._user(post))

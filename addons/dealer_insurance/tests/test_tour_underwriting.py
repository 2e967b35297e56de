from odoo import Command
from odoo.tests import HttpCase, new_test_user, tagged

from odoo.addons.account.tests.common import AccountTestInvoicingCommon

from .underwriting_common import make_vin


@tagged("post_install", "-at_install", "is_tour")
class TestTourUnderwriting(AccountTestInvoicingCommon, HttpCase):
    """The main path in the browser: clerk, cashier and clerk in turn.

    New car, invoice of January: compulsory 950, tax 360, commercial
    2,807.71 × 1 × 1.13 = 3,172.71, together 4,482.71; collected by the store.
    """

    @classmethod
    @AccountTestInvoicingCommon.setup_country("cn")
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("zh_CN")
        cls.company = cls.env.company
        cls.store = cls.env(
            user=cls.env.ref("base.user_root").id,
            context={
                "allowed_company_ids": cls.company.ids,
                "tracking_disable": True,
            },
        )
        cls.clerk = cls._user("policy_clerk", "苏晓彤")
        cls.cashier = cls._user("cashier", "区惠芳")
        cls.company.dealer_float_scheme_id = cls.env.ref(
            "dealer_insurance.float_scheme_e"
        )
        cls.store["dealer.tax.band"].create(
            {
                "name": "1.0-1.6 L",
                "company_id": cls.company.id,
                "energy": "fuel",
                "displacement_from": 1.0,
                "displacement_to": 1.6,
                "annual": 360,
                "date_from": "2020-01-01",
            }
        )
        cls.insurer = cls.store["res.partner"].create(
            {
                "name": "人保巡演",
                "is_company": True,
                "is_insurer": True,
                "insurer_code": "TOUR",
                "ledger_prefix": "XY",
            }
        )
        cls.store["dealer.agreement"]._create_protected(
            [
                {
                    "name": "XY-2020",
                    "insurer_id": cls.insurer.id,
                    "company_id": cls.company.id,
                    "date_from": "2020-01-01",
                    "licence_no": "L1",
                    "licence_valid_to": "2099-12-31",
                    "collects_premium": True,
                    "state": "active",
                }
            ]
        )
        cls.store["dealer.staff"].create(
            {
                "name": cls.clerk.name,
                "user_id": cls.clerk.id,
                "company_id": cls.company.id,
                "registration_no": "R1",
            }
        )
        cls.customer = cls.store["res.partner"].create(
            {
                "name": "陈静怡",
                "phone": "13800000000",
                "id_type": "passport",
                "id_number": "E12345678",
            }
        )
        cls.vehicle = cls.store["dealer.vehicle"].create(
            {
                "vin": make_vin(990001),
                "company_id": cls.company.id,
                "owner_id": cls.customer.id,
                "model_text": "轩逸 1.6L CVT悦享版",
                "displacement_l": 1.6,
                "seats": 5,
            }
        )
        today = cls.env.company._dealer_today()
        cls.store["dealer.delivery"].create(
            {
                "name": "JC-TOUR-1",
                "company_id": cls.company.id,
                "vehicle_id": cls.vehicle.id,
                "partner_id": cls.customer.id,
                "delivery_date": today,
                "invoice_date": today.replace(month=1, day=5),
            }
        )
        gift = cls.store["dealer.concession.type"].create(
            {"code": "TOUR", "name": "巡演礼品", "kind": "gift"}
        )
        cls.store.ref("dealer_insurance.concession_rule_default").type_ids += gift

    @classmethod
    def _user(cls, post, name):
        return new_test_user(
            cls.store,
            login=f"tour_{post}",
            groups=f"dealer_base.group_{post}",
            name=name,
            lang="zh_CN",
            tz="Asia/Shanghai",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )

    def _play(self, number, user, url):
        post = "clerk" if user == self.clerk else "cashier"
        self.start_tour(
            url, f"dealer_underwriting_{number}_{post}", login=user.login, timeout=180
        )
        self.env.invalidate_all()

    def test_main_path(self):
        # 1. the clerk, up to the refusal to issue an unpaid policy
        self._play(1, self.clerk, "/odoo/dealer-quotes/new")
        row = self.store["dealer.underwriting"].search(
            [("applicant_id", "=", self.customer.id)]
        )
        self.assertRecordValues(
            row,
            [
                {
                    "state": "awaiting_payment",
                    "insurer_id": self.insurer.id,
                    "amount_due": 4482.71,
                    "amount_received": 0.0,
                    "ledger_no": False,
                    "channel": "collected",
                }
            ],
        )
        self.assertEqual(row.quote_option_id.quote_id.state, "converted")
        self.assertEqual(
            row.policy_ids.mapped("policy_no"), ["PDZATOUR0001", "PDAATOUR0001"]
        )
        url = f"/odoo/underwriting/{row.id}"

        # 2. the cashier takes the money
        self._play(2, self.cashier, url)
        self.assertRecordValues(
            row,
            [{"state": "paid", "amount_received": 4482.71, "cashier_signed": False}],
        )

        # 3. the clerk issues; hand-over refused for signature and gift
        self._play(3, self.clerk, url)
        year = self.env.company._dealer_today().year
        self.assertRecordValues(
            row,
            [
                {
                    "state": "issued",
                    "ledger_no": f"XY{year}-0001",
                    "ledger_seq": 1,
                    "delivered_at": False,
                }
            ],
        )
        self.assertEqual(row.concession_ids.amount, 100.0)
        self.assertEqual(row.concession_ids.state, "compliant")

        # 4. the cashier signs
        self._play(4, self.cashier, url)
        self.assertRecordValues(
            row,
            [{"cashier_signed": True, "cashier_signed_by_id": self.cashier.id}],
        )

        # 5. the clerk hands over
        self._play(5, self.clerk, url)
        self.assertRecordValues(
            row,
            [
                {
                    "state": "delivered",
                    "receiver_name": "陈静怡",
                    "delivered_by_id": self.clerk.id,
                }
            ],
        )

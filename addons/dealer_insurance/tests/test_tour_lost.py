from dateutil.relativedelta import relativedelta

from odoo import SUPERUSER_ID, Command, api
from odoo.tests import HttpCase, new_test_user, tagged

from .underwriting_common import make_vin


@tagged("post_install", "-at_install", "is_tour")
class TestTourLost(HttpCase):
    """A lost car of the last month, in the browser: consultant, leader, manager."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("zh_CN")
        cls.company = cls.env["res.company"].create({"name": "战败巡演店"})
        cls.store = api.Environment(
            cls.env.cr,
            SUPERUSER_ID,
            {"allowed_company_ids": cls.company.ids, "tracking_disable": True},
        )
        cls.seller = cls._user("sales_consultant", "黎子墨")
        cls.leader = cls._user("uw_leader", "方志强")
        cls.manager = cls._user("insurance_manager", "卢美玲")
        cls.month = cls.company._dealer_today().replace(day=1) - relativedelta(months=1)
        cls.cars = cls.store["dealer.delivery"].create(
            [
                {
                    "name": f"JC-LOST-{number}",
                    "company_id": cls.company.id,
                    "vehicle_id": cls.store["dealer.vehicle"]
                    .create(
                        {"vin": make_vin(980000 + number), "company_id": cls.company.id}
                    )
                    .id,
                    "partner_id": cls.store["res.partner"]
                    .create({"name": f"客户{number}"})
                    .id,
                    "consultant_id": cls.seller.dealer_staff_ids.id,
                    "delivery_date": cls.month,
                }
                for number in (1, 2)
            ]
        )

    @classmethod
    def _user(cls, post, name):
        user = new_test_user(
            cls.store,
            login=f"lost_tour_{post}",
            groups=f"dealer_base.group_{post}",
            name=name,
            lang="zh_CN",
            tz="Asia/Shanghai",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )
        cls.store["dealer.staff"].create(
            {
                "name": name,
                "user_id": user.id,
                "company_id": cls.company.id,
                "post": post,
            }
        )
        return user

    def _play(self, tour, user, url):
        self.start_tour(url, tour, login=user.login, timeout=180)
        self.env.invalidate_all()

    def test_lost_car(self):
        # 1. the consultant registers the loss
        self._play(
            "dealer_lost_1_consultant", self.seller, "/odoo/dealer-delivery-gaps"
        )
        case = self.cars[0].lost_case_id
        self.assertRecordValues(
            case,
            [
                {
                    "state": "submitted",
                    "competitor_channel": "tele_online",
                    "premium_gap": 600.0,
                    "submitted_by_id": self.seller.id,
                    "registered_within_hours": False,
                }
            ],
        )

        # 2. the leader verifies it
        url = f"/odoo/dealer-lost-cases/{case.id}"
        self._play("dealer_lost_2_leader", self.leader, url)
        self.assertEqual(case.verified_by_id, self.leader)

        # 3. the leader writes the analysis of the month
        review = self.store["dealer.review"]._create_month(
            "new_car_lost", self.company, self.month
        )
        url = f"/odoo/dealer-lost-reviews/{review.id}"
        self._play("dealer_lost_3_leader", self.leader, url)
        self.assertRecordValues(
            review, [{"state": "submitted", "submitted_by_id": self.leader.id}]
        )
        plan = review.improvement_ids
        self.assertEqual(plan.line_ids.owner_id, self.seller.dealer_staff_ids)
        self.assertEqual(plan.source, "lost")

        # 4. the manager accepts
        self._play("dealer_lost_4_manager", self.manager, url)
        self.assertRecordValues(
            review, [{"state": "accepted", "decided_by_id": self.manager.id}]
        )
        self.assertEqual(plan.state, "approved")
        self.assertEqual(case.state, "analysed")

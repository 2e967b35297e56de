from datetime import timedelta

from odoo import SUPERUSER_ID, Command, api
from odoo.tests import HttpCase, new_test_user, tagged

from odoo.addons.dealer_insurance.tests.underwriting_common import make_vin


@tagged("post_install", "-at_install", "is_tour")
class TestTourRenewal(HttpCase):
    """Specialist, leader and receptionist in a Chinese browser."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("zh_CN")
        cls.company = cls.env["res.company"].create({"name": "续保巡演店"})
        cls.company.partner_id.tz = "Asia/Shanghai"
        cls.store = api.Environment(
            cls.env.cr,
            SUPERUSER_ID,
            {"allowed_company_ids": cls.company.ids, "tracking_disable": True},
        )
        cls.agent = cls._user("renewal_agent", "温晓彤")
        cls.leader = cls._user("uw_leader", "方志强")
        cls.reception = cls._user("claim_receptionist", "苏嘉敏")
        today = cls.company._dealer_today()
        owner = cls.store["res.partner"].create(
            {"name": "邓浩然", "phone": "13812345678"}
        )
        cars = cls.store["dealer.vehicle"].create(
            [
                {
                    "vin": make_vin(970000 + number),
                    "plate": f"粤E9700{number}",
                    "company_id": cls.company.id,
                    "owner_id": owner.id,
                }
                for number in (1, 2)
            ]
        )
        cls.tasks = cls.store["dealer.renewal.task"]._create_tasks(
            [
                {
                    "company_id": cls.company.id,
                    "vehicle_id": car.id,
                    "partner_id": owner.id,
                    "expiry_date": today + timedelta(days=days),
                    "segment": "prospect_to_renewal",
                }
                for car, days in zip(cars, (20, 50), strict=True)
            ]
        )
        cls.env.flush_all()

    @classmethod
    def _user(cls, post, name):
        user = new_test_user(
            cls.store,
            login=f"renewal_tour_{post}",
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
        self.start_tour(url, tour, login=user.login, timeout=120)
        self.env.invalidate_all()

    def test_renewal(self):
        first, second = self.tasks
        # 1. the specialist calls the next customer until he promises
        self._play(
            "dealer_renewal_1_specialist", self.agent, "/odoo/dealer-my-renewals"
        )
        self.assertEqual(first.state, "promised")
        self.assertEqual(first.contact_count, 3)
        self.assertEqual(first.effective_count, 2)
        self.assertEqual(first.quote_ids.applicant_id, first.partner_id)

        # 2. the other one has sold his car
        url = f"/odoo/dealer-renewals/{second.id}"
        self._play("dealer_renewal_2_specialist", self.agent, url)
        self.assertEqual(second.state, "lost_pending")

        # 3. the leader approves
        self._play(
            "dealer_renewal_3_leader", self.leader, "/odoo/dealer-renewal-losses"
        )
        self.assertEqual(second.state, "lost")
        self.assertEqual(second.lost_case_ids.verified_by_id, self.leader)

        # 4. the first one comes to the workshop
        self._play("dealer_renewal_4_lane", self.reception, "/odoo/dealer-service-lane")
        self.assertEqual(first.last_seen_event, "lane")

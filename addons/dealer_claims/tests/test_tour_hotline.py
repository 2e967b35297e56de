from odoo import SUPERUSER_ID, Command, api
from odoo.tests import HttpCase, new_test_user, tagged

from odoo.addons.dealer_insurance.tests.underwriting_common import make_vin


@tagged("post_install", "-at_install", "is_tour")
class TestTourHotline(HttpCase):
    """A call in the browser, in Chinese, opened by a telephone system."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("zh_CN")
        cls.company = cls.env["res.company"].create({"name": "热线巡演店"})
        cls.company.partner_id.tz = "Asia/Shanghai"
        cls.store = api.Environment(
            cls.env.cr,
            SUPERUSER_ID,
            {"allowed_company_ids": cls.company.ids, "tracking_disable": True},
        )
        cls.agent = new_test_user(
            cls.store,
            login="hotline_tour",
            groups="dealer_base.group_hotline_agent",
            name="周子墨",
            lang="zh_CN",
            tz="Asia/Shanghai",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )
        cls.store["dealer.staff"].create(
            {
                "name": "周子墨",
                "user_id": cls.agent.id,
                "company_id": cls.company.id,
                "post": "hotline_agent",
            }
        )
        owner = cls.store["res.partner"].create(
            {"name": "何嘉敏", "phone": "13912345678"}
        )
        cls.car = cls.store["dealer.vehicle"].create(
            {
                "vin": make_vin(990001),
                "plate": "粤E12345",
                "owner_id": owner.id,
                "company_id": cls.company.id,
            }
        )
        cls.store["res.partner"].create(
            {
                "name": "巡演财险",
                "is_company": True,
                "is_insurer": True,
                "insurer_code": "XYCX",
            }
        )

    def test_call(self):
        self.start_tour(
            "/dealer/hotline/call?phone=139%201234%205678",
            "dealer_hotline_1_call",
            login=self.agent.login,
            timeout=180,
        )
        self.env.invalidate_all()
        call = self.store["dealer.accident.call"].search(
            [("vehicle_id", "=", self.car.id)]
        )
        self.assertEqual(len(call), 1)
        self.assertEqual(call.outcome, "returned")
        self.assertEqual(call.follow_count, 1)
        self.assertTrue(call.is_dispatched_in_time)
        self.assertTrue(all(call.step_ids.mapped("is_done")))
        self.assertTrue(call.is_returned_in_time)
        self.assertEqual(call.closed_by_id, self.agent)

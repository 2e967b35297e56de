from datetime import timedelta

from odoo import SUPERUSER_ID, Command, api, fields
from odoo.tests import HttpCase, new_test_user, tagged

from odoo.addons.dealer_insurance.tests.underwriting_common import make_vin


@tagged("post_install", "-at_install", "is_tour")
class TestTourClaimFile(HttpCase):
    """The submitter in the browser, in Chinese: from the hand-over to the insurer."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("zh_CN")
        cls.company = cls.env["res.company"].create({"name": "索赔巡演店"})
        cls.store = api.Environment(
            cls.env.cr,
            SUPERUSER_ID,
            {"allowed_company_ids": cls.company.ids, "tracking_disable": True},
        )
        cls.receptionist = cls._user("claim_receptionist", "叶永康")
        cls.submitter = cls._user("claim_submitter", "余秀兰")
        now = fields.Datetime.now()
        cls.claim = cls.store["dealer.claim"]._create_protected(
            [
                {
                    "name": "CL-TOUR",
                    "company_id": cls.company.id,
                    "vehicle_id": cls.store["dealer.vehicle"]
                    .create({"vin": make_vin(970001), "company_id": cls.company.id})
                    .id,
                    "insurer_id": cls.store["res.partner"]
                    .search([("is_insurer", "=", True)], limit=1)
                    .id,
                    "accident_type": "single",
                    "report_no": "RTOUR1",
                    "receptionist_id": cls.receptionist.dealer_staff_ids.id,
                    "received_at": now - timedelta(days=5),
                    "assessed_at": now - timedelta(days=4),
                    "repair_started_at": now - timedelta(days=4),
                    "repaired_at": now - timedelta(days=2),
                    "costs_locked_at": now - timedelta(days=2),
                    "released_at": now - timedelta(days=1),
                    "expected_insurer_payment": 2600.0,
                }
            ]
        )

    @classmethod
    def _user(cls, post, name):
        user = new_test_user(
            cls.store,
            login=f"file_tour_{post}",
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

    def test_submitter(self):
        desk = self.claim.with_user(self.receptionist)
        desk.action_receive_all_papers()
        desk.action_hand_over()
        self.start_tour(
            "/odoo/claim-files",
            "dealer_claim_file_submitter",
            login=self.submitter.login,
            timeout=180,
        )
        self.env.invalidate_all()
        self.assertEqual(self.claim.submitted_on, self.company._dealer_today())
        self.assertEqual(self.claim.submitter_id.user_id, self.submitter)
        self.assertEqual(self.claim.handover_id.audited_by_id, self.submitter)
        self.assertEqual(self.claim.paper_step, "chase_adjust")

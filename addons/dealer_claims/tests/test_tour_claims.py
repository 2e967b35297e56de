from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, tagged

from .claims_common import PNG
from .closing_common import ClosingCommon


@tagged("post_install", "-at_install", "is_tour")
class TestTourClaims(HttpCase, ClosingCommon):
    """The chain in the browser, in Chinese, over hotline, receptionist, cashier,
    submitter, finance and claims leader."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("zh_CN")
        users = (
            cls.hotline
            | cls.receptionist
            | cls.submitter
            | cls.claim_leader
            | cls.cashier
            | cls.finance_user
        )
        users.sudo().write({"lang": "zh_CN", "tz": "Asia/Shanghai"})

    def _tour(self, name, user, record=None, action="action_dealer_claim"):
        url = f"/odoo/action-dealer_claims.{action}"
        if record:
            url += f"/{record.id}"
        self.start_tour(url, name, login=user.login)
        self.env.invalidate_all()

    def _call(self):
        """A call at night, written down and guided by the hotline."""
        now = fields.Datetime.now()
        call = (
            self.env["dealer.accident.call"]
            .with_user(self.hotline)
            .create(
                {
                    "caller_name": "Brother",
                    "phone": "13800138000",
                    "plate": self.vehicle.plate,
                    "vehicle_id": self.vehicle.id,
                    "insurer_id": self.insurer.id,
                    "report_no": "RP-NIGHT",
                    "call_at": now,
                    "accident_at": now - timedelta(minutes=20),
                    "place": "Main Road 1",
                    "description": "Hit a kerb",
                    "accident_type": "single",
                    "injury": "no",
                    "drivable": "yes",
                    "dispatch_to": "insurer",
                }
            )
        )
        call.step_ids.write({"is_done": True})
        return call

    def test_chain(self):
        """Every step by its post; what is between them is done by their logins."""
        call = self._call()
        action = "dealer_accident_call_action"
        self._tour("dealer_claims_0_hotline", self.hotline, call, action)
        claim = self._claim(accident_at=call.accident_at, report_no=call.report_no)
        self.assertEqual((claim.call_id, call.state), (call, "returned"))
        self._tour("dealer_claims_0_received", self.receptionist, claim)
        self._costs(claim)
        claim.write(
            {
                "assessor": "Assessor Li",
                "estimate_signature": PNG,
                "estimate_signed_by": "Brother",
                "repair_order_no": "RO1",
                "parts_eta": self.company._dealer_today(),
            }
        )
        self._check_quality(claim)
        self._tour("dealer_claims_0_repair", self.receptionist, claim)
        self._tour("dealer_claims_1_receptionist", self.receptionist, claim)
        self._sign_poa(claim)
        self._pay_self(claim)
        self._tour("dealer_claims_2_cashier", self.cashier, claim)
        claim.action_receive_all_papers()
        self._tour("dealer_claims_3_receptionist", self.receptionist, claim)
        self._tour("dealer_claims_4_submitter", self.submitter, claim)
        self._record_approval(claim)
        self._pay_insurer(claim)
        self._tour("dealer_claims_5_finance", self.finance_user, claim)
        number = claim.report_no
        claim.sudo().write({"report_no": False})
        check, action = claim.closing_check_ids, "action_closing_check"
        self._tour("dealer_claims_6_leader", self.claim_leader, check, action)
        claim.sudo().write({"report_no": number})
        self._tour("dealer_claims_7_leader", self.claim_leader, check, action)
        self.assertEqual(claim.state, "closed")

    def test_board(self):
        """The leader opens a card of the board."""
        self._claim()
        self._tour(
            "dealer_claims_8_board", self.claim_leader, action="action_claim_board"
        )

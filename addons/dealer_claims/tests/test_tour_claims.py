from odoo.tests import HttpCase, tagged

from .closing_common import ClosingCommon


@tagged("post_install", "-at_install", "is_tour")
class TestTourClaims(HttpCase, ClosingCommon):
    """The chain in the browser, in Chinese, over receptionist, cashier, submitter,
    finance and claims leader."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("zh_CN")
        users = (
            cls.receptionist
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

    def test_chain(self):
        """Every step by its post; what is between them is done by their logins."""
        claim = self._repaired()
        self._tour("dealer_claims_1_receptionist", self.receptionist, claim)
        self._sign_poa(claim)
        self._pay_self(claim)
        self._tour("dealer_claims_2_cashier", self.cashier, claim)
        claim.action_receive_all_papers()
        self._tour("dealer_claims_3_receptionist", self.receptionist, claim)
        self._tour("dealer_claims_4_submitter", self.submitter, claim)
        mine = claim.with_user(self.submitter)
        mine.action_check_all_papers()
        mine.action_accept_papers()
        self._hand_in(claim)
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

from odoo.tests import HttpCase, tagged

from .claims_common import ClaimsCommon


@tagged("post_install", "-at_install", "is_tour")
class TestTourClaimRelease(HttpCase, ClaimsCommon):
    """The receptionist in the browser, in Chinese: refused, then passed (G-C1)."""

    def test_refused_until_paid(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.receptionist.lang = "zh_CN"
        claim = self._locked(damage_ids=[(0, 0, {"zone": "hood"})])
        login = self.receptionist.login
        self.start_tour("/odoo/claim-desk", "dealer_claim_release_refused", login=login)
        claim.invalidate_recordset()
        self.assertEqual(claim.state, "settled")
        self._sign_poa(claim)
        self._pay_self(claim)
        self._confirm(claim)
        self.start_tour(
            f"/odoo/claims/{claim.id}", "dealer_claim_release_passed", login=login
        )
        claim.invalidate_recordset()
        self.assertEqual(claim.released_by_id, self.receptionist)

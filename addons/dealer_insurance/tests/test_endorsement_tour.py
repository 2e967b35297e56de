from odoo.tests import HttpCase, tagged

from .test_endorsement import EndorsementCase


@tagged("post_install", "-at_install", "is_tour")
class TestEndorsementTour(EndorsementCase, HttpCase):
    """The issuing clerk cancels the commercial policy and enters a plate."""

    def test_cancel_and_change(self):
        self.clerk.lang = "en_US"
        self.start_tour(
            f"/odoo/policies/{self.commercial.id}",
            "dealer_endorsement_1_cancel",
            login=self.clerk.login,
            timeout=180,
        )
        self.env.invalidate_all()
        cancel = self.commercial.endorsement_ids
        self.assertRecordValues(
            cancel,
            [
                {
                    "state": "effective",
                    "kind": "cancel",
                    "name": "TOURE1",
                    "premium": -4365.0,
                    "money_state": "refund_due",
                    "payee_id": self.applicant.id,
                }
            ],
        )
        self.assertEqual(self.commercial.state, "cancelled")
        self.assertEqual(cancel.underwriting_id.issued_by_id, self.clerk)

        change = self._endorse(self.ctpl, change_type="plate")
        self.start_tour(
            f"/odoo/endorsements/{change.id}",
            "dealer_endorsement_2_change",
            login=self.clerk.login,
            timeout=180,
        )
        self.env.invalidate_all()
        self.assertEqual(change.state, "effective")
        self.assertEqual(self.row.vehicle_id.plate, "粤A12345")

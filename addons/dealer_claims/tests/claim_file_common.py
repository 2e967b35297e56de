from datetime import timedelta

from odoo.addons.account.tests.common import AccountTestInvoicingCommon

from .claims_common import PNG, ClaimsCommon


class ClaimFileCommon(ClaimsCommon):
    """Brings the papers of a released claim to each of their stages."""

    @classmethod
    @AccountTestInvoicingCommon.setup_chart_template("cn")
    def setUpClass(cls):
        super().setUpClass()
        cls.insurance_manager = cls.manager
        cls.today = cls.company._dealer_today()
        reasons = cls.su_env["dealer.reason.code"]
        cls.return_reason = reasons.search([("code", "=", "RC-01")])
        cls.return_other = reasons.search([("code", "=", "RC-99")])
        cls.overdue_reason = reasons.search([("code", "=", "OD-02")])
        cls.overdue_other = reasons.search([("code", "=", "OD-99")])

    def setUp(self):
        super().setUp()
        # What a test looks up itself it sees as the system does; every step of the
        # story names the post that does it.
        self.env = self.su_env

    # A file needs no release: papers may go in parallel from the repair on.
    def _collected(self, claim=None, **vals):
        """Costs locked, every required paper received."""
        claim = claim or self._locked(
            **({} if "vehicle_id" in vals else {"vehicle_id": self._insured().id}),
            **vals,
        )
        claim.with_user(self.receptionist).action_receive_all_papers()
        return claim

    def _insured(self):
        vehicle = self._vehicle()
        self._insure(vehicle)
        return vehicle

    def _handed(self, claim=None, **vals):
        claim = self._collected(claim, **vals)
        claim.with_user(self.receptionist).action_hand_over()
        return claim

    def _confirmed(self, claim=None, **vals):
        claim = self._handed(claim, **vals)
        claim.with_user(self.submitter).action_confirm_papers()
        return claim

    def _audited(self, claim=None, **vals):
        claim = self._confirmed(claim, **vals)
        mine = claim.with_user(self.submitter)
        mine.action_check_all_papers()
        mine.action_accept_papers()
        return claim

    def _batch(self, claims):
        action = claims.with_user(self.submitter).action_prepare_submission()
        Batch = self.env["dealer.claim.submission.batch"].with_user(self.submitter)
        if action.get("res_id"):
            return Batch.browse(action["res_id"])
        return Batch.search(action["domain"])

    def _submitted(self, claim=None, days_ago=0, **vals):
        """Handed in to the insurer, ``days_ago`` days back.

        The days before are set on the facts: a test cannot wait for an insurer.
        """
        claim = self._audited(claim, **vals)
        self._batch(claim).action_hand_in()
        if days_ago:
            self._shift(claim, days_ago)
        return claim

    def _shift(self, claim, days):
        for submission in claim.sudo().submission_ids:
            submission._write_protected(
                {
                    "submitted_on": submission.submitted_on - timedelta(days=days),
                    "due_on": submission.due_on - timedelta(days=days),
                }
            )
        self.env.flush_all()

    def _letters(self, user=None):
        return (
            self.env["ir.attachment"]
            .with_user(user or self.submitter)
            .create([{"name": "letter.png", "datas": PNG}])
        )

    def _dates(self, claims, **days):
        """Dates of the insurer through the dialog."""
        action = claims.with_user(self.submitter).action_record_dates()
        wizard = (
            self.env["dealer.claim.dates.wizard"]
            .with_user(self.submitter)
            .browse(action["res_id"])
        )
        for line in wizard.line_ids:
            line.write(days)
        wizard.action_confirm()

    def _return(self, claims, reason=None, types=None, propose=None, **vals):
        action = claims.with_user(self.submitter).action_insurer_return()
        wizard = (
            self.env["dealer.claim.return.wizard"]
            .with_user(self.submitter)
            .browse(action["res_id"])
        )
        wizard.write(
            {
                "reason_id": (self.return_reason if reason is None else reason).id,
                "type_ids": [(6, 0, types.ids if types else [])],
                "propose_ids": [(6, 0, propose.ids if propose else [])],
                **vals,
            }
        )
        wizard.action_confirm()
        return claims.return_ids.sorted("id")[-1:]

    def _reject(self, claims, letters=None, **vals):
        action = claims.with_user(self.submitter).action_insurer_reject()
        wizard = (
            self.env["dealer.claim.reject.wizard"]
            .with_user(self.submitter)
            .browse(action["res_id"])
        )
        letters = self._letters() if letters is None else letters
        wizard.write(
            {"reason": "No licence", "letter_ids": [(6, 0, letters.ids)], **vals}
        )
        wizard.action_confirm()

    def _chase(self, claims, user=None, **vals):
        user = user or self.submitter
        action = claims.with_user(user).action_chase()
        wizard = (
            self.env["dealer.claim.chase.wizard"]
            .with_user(user)
            .browse(action["res_id"])
        )
        wizard.write({"result": "They will pay next week", **vals})
        wizard.action_confirm()

"""Claims brought through the papers, the insurer and the money to the closing check."""

from odoo.addons.account.tests.common import AccountTestInvoicingCommon
from odoo.addons.dealer_base.models.guard_mixin import GuardError

from .claims_common import PNG, ClaimsCommon


class ClosingCommon(ClaimsCommon):
    """The second half of the chain, each step by the login of its post."""

    @classmethod
    @AccountTestInvoicingCommon.setup_chart_template("cn")
    def setUpClass(cls):
        super().setUpClass()
        cls.finance_user = cls.finance
        cls.company_2 = cls.su_env["res.company"].create({"name": "Other Store"})
        cls.bank = cls.su_env["account.journal"].search(
            [("company_id", "=", cls.company.id), ("type", "=", "bank")], limit=1
        )

    def _guarded(self, codes, method, *args):
        """The method is refused by exactly these guards."""
        with self.assertRaises(GuardError) as caught:
            method(*args)
        self.assertEqual(set(caught.exception.codes), set(codes))
        return str(caught.exception)

    def _run_closing_job(self):
        """Run the job the way the scheduler does."""
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.su_env.ref("dealer_claims.cron_closing_checks").method_direct_trigger()
        self.env.invalidate_all()

    def _papers(self, claim):
        claim = claim.with_user(self.receptionist)
        claim.action_receive_all_papers()
        claim.action_hand_over()
        return claim

    def _audited(self, claim=None, **vals):
        claim = self._papers(claim or self._released(**vals))
        mine = claim.with_user(self.submitter)
        mine.action_confirm_papers()
        mine.action_check_all_papers()
        mine.action_accept_papers()
        return claim

    def _hand_in(self, claim):
        action = claim.with_user(self.submitter).action_prepare_submission()
        batches = self.env["dealer.claim.submission.batch"].with_user(self.submitter)
        batch = (
            batches.browse(action["res_id"])
            if action.get("res_id")
            else batches.search([("submission_ids.claim_id", "in", claim.ids)], limit=1)
        )
        batch.action_hand_in()
        return batch

    def _submitted(self, claim=None, **vals):
        claim = self._audited(claim, **vals)
        self._hand_in(claim)
        return claim

    def _approved(self, claim=None, **vals):
        claim = self._submitted(claim, **vals)
        self._record_approval(claim)
        return claim

    def _record_approval(self, claim):
        """The submitter enters what the insurer did, all of it today."""
        mine = claim.with_user(self.submitter)
        action = mine.action_record_dates()
        wizard = mine.env[action["res_model"]].browse(action["res_id"])
        today = self.company._dealer_today()
        wizard.line_ids.write(
            {
                "insurer_received_on": today,
                "adjusted_on": today,
                "approved_on": today,
                "approved_amount": claim.expected_insurer_payment,
            }
        )
        wizard.action_confirm()

    def _pay_insurer(self, claim, amount=None):
        action = claim.with_user(self.finance_user).action_register_insurer_payment()
        wizard = (
            self.env[action["res_model"]]
            .with_user(self.finance_user)
            .browse(action["res_id"])
        )
        amount = claim.insurer_open if amount is None else amount
        wizard.line_ids.amount = amount
        wizard.write({"amount": amount, "journal_id": self.bank.id})
        return wizard.action_pay()

    def _paid(self, claim=None, **vals):
        claim = self._approved(claim, **vals)
        self._pay_insurer(claim)
        return claim

    def _reconciled(self, claim=None, **vals):
        """Reconciled by finance: the closing check begins by itself."""
        claim = self._paid(claim, **vals)
        claim.with_user(self.finance_user).action_reconcile()
        return claim


__all__ = ["PNG", "ClosingCommon"]

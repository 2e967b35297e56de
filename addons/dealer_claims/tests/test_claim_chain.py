from odoo.exceptions import AccessError, UserError

from .closing_common import PNG, ClosingCommon


class TestClaimChain(ClosingCommon):
    """The chain over five posts: each step by its login, each guard missing once."""

    def test_chain(self):
        """From the reception to the closed case (SM-10 rows 1 to 16)."""
        claim = self._claim()
        self.assertEqual(claim.state, "received")
        self.assertEqual(claim.ball_holder, "receptionist")
        self._assessed(claim)
        self.assertEqual(claim.state, "assessed")
        self._as_repaired(claim)
        claim.action_lock_costs()
        self.assertEqual(claim.state, "settled")
        self.assertEqual(claim.ball_stage, "collect", "1,000 of the customer are open")
        self.assertEqual(claim.ball_holder, "cashier")
        self.assertEqual(claim.ball_amount, 11300.0, "insurer 10,300 + customer 1,000")
        self._sign_poa(claim)
        # G-C1: the customer's part is open
        text = self._guarded(["G-C1"], claim.action_release)
        self.assertIn(claim.name, text)
        self._pay_self(claim)
        self.assertEqual(claim.ball_stage, "settled")
        # paid, but the cashier has not signed
        self._guarded(["G-C1"], claim.action_release)
        with self.assertRaises(AccessError):
            claim.with_user(self.submitter).action_cashier_confirm()
        self._confirm(claim)
        claim.action_release()
        self.assertEqual((claim.state, claim.ball_stage), ("released", "released"))
        # G-O1: papers are missing
        self._guarded(["G-O1"], claim.action_hand_over)
        self._papers(claim)
        mine = claim.with_user(self.submitter)
        with self.assertRaises(AccessError):
            claim.action_accept_papers()
        mine.action_confirm_papers()
        self.assertEqual(claim.state, "docs_handed_over")
        self.assertEqual(claim.ball_staff_id, self.submit_staff)
        # G-O2: not looked at
        self._guarded(["G-O2"], mine.action_accept_papers)
        mine.action_check_all_papers()
        mine.action_accept_papers()
        self.assertEqual(claim.state, "docs_audited")
        with self.assertRaises(AccessError):
            claim.action_prepare_submission()
        self._hand_in(claim)
        self.assertEqual((claim.state, claim.ball_holder), ("submitted", "insurer"))
        self._record_approval(claim)
        self.assertEqual((claim.state, claim.ball_stage), ("approved", "approved"))
        self.assertEqual(claim.ball_amount, 10300.0)
        # G-C2: nothing was received; another post may not reconcile
        self._guarded(["G-C2"], claim.with_user(self.finance_user).action_reconcile)
        with self.assertRaises(AccessError):
            mine.action_register_insurer_payment()
        self._pay_insurer(claim)
        self.assertEqual((claim.state, claim.ball_holder), ("paid", "finance"))
        with self.assertRaises(AccessError):
            mine.action_reconcile()
        claim.with_user(self.finance_user).action_reconcile()
        self.assertEqual(claim.state, "closing_check", "it begins by itself")
        self.assertEqual(claim.ball_holder, "claim_leader")
        leader = claim.with_user(self.claim_leader)
        with self.assertRaises(AccessError):
            mine.action_close()
        # G-C3: one point is open
        claim.sudo().write({"report_no": False})
        text = self._guarded(["G-C3"], leader.action_close)
        self.assertIn("no report number", text)
        claim.sudo().write({"report_no": "RP-AGAIN"})
        leader.action_close()
        self.assertEqual((claim.state, claim.is_ball_open), ("closed", False))
        self.assertFalse(claim.ball_due_on)
        check = claim.closing_check_ids
        self.assertEqual((check.state, len(check.evidence)), ("passed", 6))
        self.assertEqual(check.signed_by_id, self.claim_leader)

    def _as_repaired(self, claim):
        claim.write(
            {
                "estimate_signature": PNG,
                "estimate_signed_by": "Brother",
                "repair_order_no": "RO1",
                "parts_eta": self.company._dealer_today(),
            }
        )
        claim.action_start_repair()
        self._check_quality(claim)
        claim.action_finish_repair()

    def test_back_to_submitter(self):
        """The leader gives the case back; the submitter begins the check again."""
        claim = self._reconciled()
        leader = claim.with_user(self.claim_leader)
        action = leader.action_return_check()
        self.assertEqual(action["res_model"], "dealer.return.wizard")
        self._run_closing_job()
        leader.action_return_check("Scan the invoice again")
        self.assertEqual(claim.ball_stage, "closing_returned")
        self.assertEqual(claim.ball_staff_id, self.submit_staff)
        check = claim.closing_check_ids
        self.assertEqual(check.state, "returned")
        self._run_closing_job()
        self.assertEqual(len(claim.closing_check_ids), 1, "not by itself")
        claim.with_user(self.submitter).action_start_closing_check()
        self.assertEqual(claim.closing_check_ids.sorted("id")[-1:].round_no, 2)
        leader.action_close()
        self.assertEqual(claim.state, "closed")

    def test_reopen(self):
        """Only the manager opens a closed case again, with a reason."""
        claim = self._reconciled()
        claim.with_user(self.claim_leader).action_close()
        with self.assertRaises(AccessError):
            claim.with_user(self.claim_leader).action_reopen("Wrong")
        manager = claim.with_user(self.manager)
        manager.action_reopen("The insurer takes money back")
        self.assertEqual(claim.state, "closing_check")
        self.assertEqual(
            sorted(claim.closing_check_ids.mapped("state")), ["open", "reopened"]
        )
        with self.assertRaises(UserError):
            manager.action_reopen("Twice")

"""G-C1: no car leaves before its customer has paid (S93), one condition at a time."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.dealer_base.models.guard_mixin import GuardError

from .claims_common import CUSTOMER_PART, INSURER_PART, TOTAL, ClaimsCommon


@tagged("post_install", "-at_install")
class TestClaimRelease(ClaimsCommon):
    def _refused(self, claim, text):
        """The release is refused with G-C1 and only for ``text``."""
        with self.assertRaises(GuardError) as refusal:
            claim.action_release()
        violations = refusal.exception.violations
        self.assertEqual({v.code for v in violations}, {"G-C1"})
        self.assertEqual(len(violations), 1, [v.reason for v in violations])
        self.assertIn(text, violations[0].reason)
        self.assertFalse(claim.released_at)

    def test_all_conditions_met(self):
        claim = self._ready()
        self.assertEqual(claim.settlement_total, TOTAL)
        self.assertEqual(claim.self_paid_received, CUSTOMER_PART)
        action = claim.action_release()
        self.assertEqual(action["type"], "ir.actions.report")
        self.assertEqual(claim.state, "released")
        self.assertEqual(claim.released_by_id, self.receptionist)
        self.assertFalse(claim.released_with_iou)
        self.assertTrue(claim.sudo().gate_token)

    def test_refused_while_the_customer_owes(self):
        """Cashier's signature there, but the money is gone again."""
        claim = self._locked()
        self._sign_poa(claim)
        claim.sudo()._write_protected({"cashier_confirmed_at": "2026-01-01 00:00:00"})
        self._refused(claim, "still owes")

    def test_refused_when_a_part_is_missing(self):
        claim = self._locked()
        self._sign_poa(claim)
        self._pay_self(claim, CUSTOMER_PART - 0.01)
        claim.sudo()._write_protected({"cashier_confirmed_at": "2026-01-01 00:00:00"})
        self._refused(claim, "still owes")

    def test_refused_without_the_cashier(self):
        claim = self._locked()
        self._sign_poa(claim)
        self._pay_self(claim)
        self._refused(claim, "cashier")

    def test_refused_without_power_of_attorney(self):
        claim = self._locked()
        self._pay_self(claim)
        self._confirm(claim)
        self._refused(claim, "power of attorney")

    def test_file_without_day_or_day_without_file_is_no_signature(self):
        claim = self._locked()
        self._pay_self(claim)
        self._confirm(claim)
        claim.poa_signed_on = self.company._dealer_today()
        self._refused(claim, "power of attorney")
        self._sign_poa(claim)
        claim.poa_signed_on = False
        self._refused(claim, "power of attorney")

    def test_full_bill_makes_up_for_the_power_of_attorney(self):
        claim = self._locked()
        self._pay_self(claim, TOTAL)
        self._confirm(claim)
        claim.action_release()
        self.assertEqual(claim.state, "released")

    def test_customer_pays_first_pays_the_full_bill(self):
        claim = self._locked(settlement_mode="customer_pays_first")
        self.assertEqual(claim.customer_due, TOTAL)
        self.assertEqual(claim.self_paid, CUSTOMER_PART)
        self._pay_self(claim, CUSTOMER_PART)
        claim.sudo()._write_protected({"cashier_confirmed_at": "2026-01-01 00:00:00"})
        self._refused(claim, "still owes")
        self._pay_self(claim)
        claim.action_release()
        self.assertEqual(claim.state, "released")

    def test_nothing_due_still_needs_the_cashier(self):
        claim = self._locked(lines=[(1000.0, "own_damage")])
        self._sign_poa(claim)
        self.assertEqual(claim.self_paid, 0.0)
        self._refused(claim, "cashier")
        self._confirm(claim)
        claim.action_release()
        self.assertEqual(claim.state, "released")

    def test_not_before_the_costs_are_locked(self):
        claim = self._repaired()
        with self.assertRaisesRegex(UserError, "not possible in state"):
            claim.action_release()

    # ---------------------------------------------------------------- Waiver
    def test_joint_waiver_on_a_promise(self):
        claim = self._locked()
        self._sign_poa(claim)
        with self.assertRaisesRegex(UserError, "promise"):
            claim.with_user(self.manager)._waive("G-C1", "release", "good customer")
        claim.iou_text = "1,000 until Friday, vouched for by the manager"
        claim.with_user(self.manager)._waive("G-C1", "release", "good customer")
        with self.assertRaises(GuardError):
            claim.action_release()
        claim.with_user(self.finance)._waive("G-C1", "release", "agreed")
        claim.action_release()
        self.assertEqual(claim.state, "released")
        self.assertTrue(claim.released_with_iou)
        self.assertEqual(claim.self_paid_open, CUSTOMER_PART)

    def test_one_person_cannot_waive_in_both_posts(self):
        claim = self._locked()
        self._sign_poa(claim)
        claim.iou_text = "Until Friday"
        self.manager.group_ids |= self.env.ref("dealer_base.group_finance")
        claim.with_user(self.manager)._waive("G-C1", "release", "one")
        with self.assertRaises(UserError):
            claim.with_user(self.manager)._waive("G-C1", "release", "two")
        with self.assertRaises(GuardError):
            claim.action_release()

    def test_a_waiver_counts_for_one_amount(self):
        """Unlocked and made dearer: the old signatures count no more."""
        claim = self._locked()
        self._sign_poa(claim)
        claim.iou_text = "Until Friday"
        for user in (self.manager, self.finance):
            claim.with_user(user)._waive("G-C1", "release", "agreed")
        claim.with_user(self.manager).action_unlock_costs("one more line")
        claim.with_user(self.claim_leader).action_step_back("line missing")
        claim.with_user(self.claim_leader).action_step_back("line missing")
        claim.with_user(self.claim_leader).action_step_back("line missing")
        self._costs(claim, (500.0, "customer"))
        claim.action_confirm_assessment()
        claim.action_start_repair()
        claim.action_finish_repair()
        claim.action_lock_costs()
        self.assertEqual(claim.customer_due, CUSTOMER_PART + 500.0)
        with self.assertRaises(GuardError):
            claim.action_release()

    def test_who_may_not_waive(self):
        claim = self._locked()
        claim.iou_text = "Until Friday"
        for user in (self.receptionist, self.cashier, self.submitter):
            with self.assertRaises(AccessError):
                claim.with_user(user)._waive("G-C1", "release", "please")

    # -------------------------------------------------------------- Way back
    def test_release_taken_back(self):
        claim = self._released()
        token = claim.sudo().gate_token
        with self.assertRaises(AccessError):
            claim.action_take_back_release("tyre flat")
        claim.with_user(self.claim_leader).action_take_back_release("tyre flat")
        self.assertEqual(claim.state, "settled")
        self.assertFalse(claim.env["dealer.claim"]._sudo_by_gate_token(token))
        claim.action_release()
        self.assertNotEqual(claim.sudo().gate_token, token)

    def test_a_car_that_left_does_not_come_back(self):
        claim = self._released()
        claim.action_mark_left()
        with self.assertRaisesRegex(UserError, "let the car out"):
            claim.with_user(self.claim_leader).action_take_back_release("late")

    # -------------------------------------------------------------- Gate pass
    def test_gate_pass_valid_used_expired(self):
        claim = self._released()
        pass_sudo = self.env["dealer.claim"]._sudo_by_gate_token(
            claim.sudo().gate_token
        )
        self.assertEqual(pass_sudo, claim)
        self.assertEqual(pass_sudo._gate_state(), "valid")
        self.company.dealer_claim_gate_hours = -1
        self.assertEqual(pass_sudo._gate_state(), "expired")
        self.company.dealer_claim_gate_hours = 24
        pass_sudo._do_mark_left()
        self.assertEqual(pass_sudo._gate_state(), "used")
        first = claim.left_at
        pass_sudo._do_mark_left()
        self.assertEqual(claim.left_at, first)
        for wrong in ("", "x" * 200, "unknown", None, False):
            self.assertFalse(self.env["dealer.claim"]._sudo_by_gate_token(wrong))

    def test_the_key_is_no_field_of_the_desk(self):
        claim = self._released()
        with self.assertRaises(AccessError):
            claim.read(["gate_token"])

    def test_gate_pass_prints_with_its_code(self):
        claim = self._released()
        values = claim.env["report.dealer_claims.report_claim_gate_pass"]
        picture = values._get_report_values(claim.ids)["qr_codes"][claim.id]
        self.assertTrue(picture.startswith("data:image/png;base64,"))
        html = self.env["ir.actions.report"]._render_qweb_html(
            "dealer_claims.report_claim_gate_pass", claim.ids
        )[0]
        self.assertIn(claim.plate, html.decode())

    def test_reception_sheet_and_cost_breakdown(self):
        claim = self._locked(damage_ids=[(0, 0, {"zone": "hood", "kind": "crack"})])
        render = self.env["ir.actions.report"]._render_qweb_html
        sheet = render("dealer_claims.report_claim_reception", claim.ids)[0].decode()
        for text in (claim.name, claim.report_no, "Hood", "data:image/svg+xml"):
            self.assertIn(text, sheet)
        costs = render("dealer_claims.report_claim_costs", claim.ids)[0].decode()
        # the 1,000 above the assessment stand in the column of the customer
        self.assertIn("1000.00", costs)
        self.assertIn("Above the assessment of the insurer", costs)
        rows = claim.env["report.dealer_claims.report_claim_costs"]._rows(claim)
        self.assertEqual(
            [(row["insurer"], row["customer"]) for row in rows],
            [(8000.0, 0.0), (2300.0, 1000.0)],
        )

    def test_insurers_part_is_expected(self):
        claim = self._locked()
        self.assertEqual(claim.expected_insurer_payment, INSURER_PART)

"""A claim from the reception to locked costs: states, guards, ways back (SM-10)."""

from datetime import timedelta

import psycopg2

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.dealer_base.models.guard_mixin import GuardError

from .claims_common import CUSTOMER_PART, INSURER_PART, PNG, TOTAL, ClaimsCommon


@tagged("post_install", "-at_install")
class TestClaimFlow(ClaimsCommon):
    def _codes(self, claim, transition):
        method = getattr(claim, f"action_{transition}")
        with self.assertRaises(GuardError) as refusal:
            method()
        return sorted({v.code for v in refusal.exception.violations})

    # ----------------------------------------------------------- State table
    def test_truth_table_of_the_chain(self):
        """Every fact moves the claim to its line of the table, and back."""
        claim = self._claim().sudo()
        chain = [
            ("assessing_at", "assessing"),
            ("assessed_at", "assessed"),
            ("repair_started_at", "repairing"),
            ("repaired_at", "repaired"),
            ("costs_locked_at", "settled"),
            ("released_at", "released"),
        ]
        self.assertEqual(claim.state, "received")
        now = fields.Datetime.now()
        for fact, state in chain:
            claim._write_protected({fact: now})
            self.assertEqual((claim.state, claim.car_state), (state, state))
        for fact, state in (
            ("closing_check_at", "closing_check"),
            ("closed_at", "closed"),
            ("voided_at", "void"),
        ):
            claim._write_protected({fact: now})
            self.assertEqual(claim.state, state)
        for fact in ("voided_at", "closed_at", "closing_check_at"):
            claim._write_protected({fact: False})
        for fact, state in reversed(chain):
            self.assertEqual(claim.state, state)
            claim._write_protected({fact: False})
        self.assertEqual(claim.state, "received")

    def _file_fact(self, claim, name, value):
        """A fact of the papers as it is stored, whoever computes it."""
        self.env.flush_all()
        self.env.cr.execute(
            f'UPDATE dealer_claim SET "{name}" = %s WHERE id = %s',  # noqa: S608
            (value, claim.id),
        )
        claim.invalidate_recordset()
        self.env.add_to_compute(claim._fields["state"], claim)
        self.env.add_to_compute(claim._fields["car_state"], claim)
        self.env.add_to_compute(claim._fields["file_state"], claim)

    def test_file_track_shows_after_the_car_has_left(self):
        claim = self._claim().sudo()
        now, today = fields.Datetime.now(), fields.Date.today()
        claim._write_protected({"repaired_at": now})
        self._file_fact(claim, "handed_over_at", now)
        self.assertEqual(
            (claim.state, claim.file_state), ("repaired", "docs_handed_over")
        )
        claim._write_protected({"released_at": now})
        self.assertEqual(claim.state, "docs_handed_over")
        for name, value, state in (
            ("audited_at", now, "docs_audited"),
            ("submitted_on", today, "submitted"),
            ("insurer_received_on", today, "insurer_reviewing"),
            ("approved_on", today, "approved"),
            ("is_returned", True, "returned"),
            ("rejected_on", today, "rejected"),
            ("insurer_paid_on", today, "paid"),
            ("reconciled_at", now, "reconciled"),
        ):
            self._file_fact(claim, name, value)
            self.assertEqual((claim.state, claim.file_state), (state, state))

    def test_historical_claim_follows_the_same_table(self):
        claim = self.su_env["dealer.claim"]._create_protected(
            [
                self._claim_vals(
                    is_historical=True,
                    received_at="2026-01-02 02:00:00",
                    assessed_amount=410.0,
                    settlement_total=810.0,
                    insurer_payable=410.0,
                    self_paid=400.0,
                    expected_insurer_payment=410.0,
                    closed_at="2026-04-02 02:00:00",
                )
            ]
        )
        self.env.flush_all()
        claim.invalidate_recordset()
        self.assertEqual(claim.state, "closed")
        self.assertEqual(
            (claim.settlement_total, claim.insurer_payable, claim.self_paid),
            (810.0, 410.0, 400.0),
        )
        self.assertEqual(claim.split_difference, 0.0)

    # ------------------------------------------------------------ Row 1: G-C4
    def test_reception_complete_goes_on(self):
        claim = self._assessing()
        self.assertEqual(claim.state, "assessing")
        self.assertRegex(claim.name, r"^LP\d\d-\d{4}$")
        self.assertEqual(claim.policy_id, self.commercial_policy)
        self.assertEqual(claim.ctpl_policy_id, self.ctpl_policy)
        self.assertEqual(claim.insurer_id, self.insurer)
        self.assertEqual(claim.partner_id, self.customer)
        self.assertEqual(claim.claim_type, "claim_single")

    def test_reception_lacks_one_thing_at_a_time(self):
        lacks = [
            ({"report_no": False}, "report number"),
            ({"photo_ids": self._photos(3)}, "3 photos"),
            ({"brought_by": False}, "who brought"),
            ({"odometer": 0}, "odometer"),
            ({"customer_signature": False}, "signed"),
            ({"accident_type": False}, "type of the accident"),
            ({"receptionist_id": False}, "receptionist"),
            ({"source": "call"}, "accident call"),
        ]
        for vals, text in lacks:
            claim = self._claim(**vals)
            with self.subTest(text), self.assertRaises(GuardError) as refusal:
                claim.action_start_assessment()
            violations = refusal.exception.violations
            self.assertEqual([v.code for v in violations], ["G-C4"])
            self.assertIn(text, violations[0].reason)

    def test_a_reason_replaces_the_report_number(self):
        claim = self._claim(report_no=False, no_report_reason="Insurer offline")
        claim.action_start_assessment()
        self.assertEqual(claim.state, "assessing")

    def test_number_of_photos_is_a_setting(self):
        self.company.dealer_claim_min_photos = 6
        self.assertEqual(self._codes(self._claim(), "start_assessment"), ["G-C4"])

    # ------------------------------------------------------------ Row 1: G-C5
    def test_accident_inside_the_cover_to_the_second(self):
        start, end = self.commercial_policy.date_start, self.commercial_policy.cover_end
        for moment, covered in (
            (start, True),
            (start - timedelta(seconds=1), False),
            (end - timedelta(seconds=1), True),
            (end, False),
        ):
            claim = self._claim(
                accident_at=moment,
                policy_id=self.commercial_policy.id,
                ctpl_policy_id=False,
            )
            with self.subTest(moment=moment):
                self.assertEqual(claim.is_policy_valid, covered)
                if not covered:
                    self.assertEqual(self._codes(claim, "start_assessment"), ["G-C5"])

    def test_compulsory_policy_alone_is_enough(self):
        car = self._vehicle()
        ctpl, commercial = self._insure(car)
        commercial.underwriting_id  # noqa: B018
        self.env.flush_all()
        commercial._write_protected({"cover_ended_at": ctpl.date_start})
        claim = self._claim(vehicle_id=car.id)
        self.assertEqual(claim.ctpl_policy_id, ctpl)
        claim.action_start_assessment()

    def test_policy_bought_elsewhere(self):
        claim = self._claim(vehicle_id=self._vehicle().id, insurer_id=self.insurer_2.id)
        self.assertEqual(claim.insurer_id, self.insurer_2)
        self.assertEqual(self._codes(claim, "start_assessment"), ["G-C5"])
        today = self.company._dealer_today()
        claim.write(
            {
                "other_policy_no": "X1",
                "other_policy_start": today - timedelta(days=30),
                "other_policy_end": today + timedelta(days=30),
            }
        )
        claim.action_start_assessment()
        self.assertEqual(claim.state, "assessing")

    def test_leader_waives_the_cover(self):
        claim = self._claim(vehicle_id=self._vehicle().id, insurer_id=self.insurer.id)
        with self.assertRaises(AccessError):
            claim._waive("G-C5", "start_assessment", "insurer confirms")
        claim.with_user(self.claim_leader)._waive(
            "G-C5", "start_assessment", "insurer confirms in writing"
        )
        claim.action_start_assessment()

    # ------------------------------------------------------------ Row 2: G-C6
    def test_assessment_lacks_one_thing_at_a_time(self):
        claim = self._assessing()
        self.assertEqual(self._codes(claim, "confirm_assessment"), ["G-C6"])
        lines = self._costs(claim)
        with self.assertRaises(GuardError) as refusal:
            claim.action_confirm_assessment()
        self.assertIn("assessor", refusal.exception.violations[0].reason)
        claim.assessor = "Li"
        lines.write({"assessed_amount": 0.0})
        with self.assertRaises(GuardError) as refusal:
            claim.action_confirm_assessment()
        self.assertIn("assessed amount", refusal.exception.violations[0].reason)
        lines.write({"assessed_amount": 100.0})
        claim.action_confirm_assessment()
        self.assertEqual(claim.state, "assessed")
        self.assertEqual(claim.quote_amount, TOTAL)
        self.assertEqual(claim.assessed_amount, 200.0)

    def test_review_above_the_limit(self):
        self.company.dealer_claim_review_limit = INSURER_PART
        claim = self._assessed()
        self.assertEqual(claim.state, "assessed")
        self.company.dealer_claim_review_limit = INSURER_PART - 0.01
        claim = self._assessing()
        self._costs(claim)
        claim.assessor = "Li"
        self.assertEqual(self._codes(claim, "confirm_assessment"), ["G-C6"])
        claim.write(
            {"reviewed_amount": INSURER_PART, "reviewed_on": fields.Date.today()}
        )
        claim.action_confirm_assessment()

    # ------------------------------------------------------------ G-C7
    def test_parts_of_the_bill(self):
        claim = self._assessed()
        self.assertEqual(claim.settlement_total, TOTAL)
        self.assertEqual(claim.insurer_payable, INSURER_PART)
        self.assertEqual(claim.self_paid, CUSTOMER_PART)
        self.assertEqual(claim.split_difference, 0.0)
        self.assertEqual(
            claim._self_paid_parts(),
            [("Above the assessment of the insurer", CUSTOMER_PART)],
        )

    def test_parts_that_do_not_add_up_are_refused(self):
        claim = self._repaired()
        claim.insurer_payable = INSURER_PART - 0.01
        self.assertEqual(claim.split_difference, 0.01)
        self.assertEqual(self._codes(claim, "lock_costs"), ["G-C7"])
        claim.store_borne = 0.01
        claim.action_lock_costs()
        self.assertEqual(claim.expected_insurer_payment, INSURER_PART - 0.01)

    def test_proposal_replaces_typed_parts(self):
        claim = self._repaired()
        claim.insurer_payable = 1.0
        claim.action_propose_split()
        self.assertEqual(claim.insurer_payable, INSURER_PART)

    def test_liability_and_deductibles(self):
        """10,300 assessed, fault 70 %, rate 10 %: 10,300×0.7=7,210; −721 = 6,489."""
        claim = self._assessing(liability="70")
        self._costs(claim)
        claim.deductible_rate = 0.1
        self.assertEqual(claim.insurer_payable, 6489.0)
        self.assertEqual(claim.self_paid, TOTAL - 6489.0)
        self.assertEqual(
            [amount for _words, amount in claim._self_paid_parts()],
            [1000.0, 3090.0, 721.0],
        )
        claim.claim_kind = "subrogation"
        self.assertEqual(claim.insurer_payable, 9270.0)

    # ------------------------------------------------------------ Row 3: G-C8
    def test_repair_lacks_one_thing_at_a_time(self):
        complete = {
            "estimate_signature": PNG,
            "repair_order_no": "RO1",
            "parts_eta": self.company._dealer_today(),
        }
        for name, text in (
            ("estimate_signature", "estimate"),
            ("repair_order_no", "repair order"),
            ("parts_eta", "parts"),
        ):
            claim = self._assessed()
            claim.write({**complete, name: False})
            with self.subTest(name), self.assertRaises(GuardError) as refusal:
                claim.action_start_repair()
            [violation] = refusal.exception.violations
            self.assertEqual(violation.code, "G-C8")
            self.assertIn(text, violation.reason)
        claim.write(complete)
        claim.action_start_repair()
        self.assertEqual(claim.state, "repairing")

    def test_work_without_parts_needs_no_arrival(self):
        claim = self._assessed(
            lines=[(500.0, "own_damage", {"item_type": "labour_paint"})]
        )
        claim.write({"estimate_signature": PNG, "repair_order_no": "RO1"})
        claim.action_start_repair()

    # ---------------------------------------------------- Row 4: supplements
    def _supplement(self, claim, **vals):
        return claim.env["dealer.claim.supplement"].create(
            {
                "claim_id": claim.id,
                "reason": "Bent rail behind the bumper",
                "cost_ids": [
                    (0, 0, {"name": "Rail", "unit_price": 2000.0, "quantity": 1})
                ],
                **vals,
            }
        )

    def test_supplement_is_merged_before_the_end(self):
        claim = self._repairing()
        supplement = self._supplement(claim)
        self.assertEqual(supplement.name, f"{claim.name}-01")
        self.assertTrue(supplement.cost_ids.is_supplementary)
        self.assertEqual(claim.assessed_amount, INSURER_PART + 2000.0)
        self._check_quality(claim)
        self.assertEqual(self._codes(claim, "finish_repair"), ["G-C9"])
        with self.assertRaisesRegex(UserError, "assessor"):
            supplement.action_merge()
        supplement.assessor = "Li"
        supplement.action_merge()
        self.assertEqual(supplement.state, "merged")
        with self.assertRaisesRegex(UserError, "settled"):
            supplement.cost_ids.write({"unit_price": 1.0})
        claim.action_finish_repair()
        claim.action_lock_costs()
        self.assertEqual(claim.expected_insurer_payment, INSURER_PART + 2000.0)

    def test_refused_supplement_is_the_customers(self):
        claim = self._repairing()
        supplement = self._supplement(claim)
        supplement.action_refuse("not from this accident")
        self.assertEqual(supplement.cost_ids.payer, "customer")
        self.assertEqual(claim.self_paid, CUSTOMER_PART + 2000.0)
        self.assertEqual(claim.insurer_payable, INSURER_PART)
        supplement.action_reopen()
        self.assertEqual(supplement.state, "draft")

    def test_supplement_only_while_in_repair(self):
        claim = self._assessing()
        with self.assertRaisesRegex(UserError, "belongs to a car in repair"):
            self._supplement(claim)

    def test_lines_stand_after_the_assessment(self):
        claim = self._assessed()
        with self.assertRaisesRegex(UserError, "assessment is confirmed"):
            self._costs(claim, (1.0, "customer"))
        with self.assertRaisesRegex(UserError, "assessment is confirmed"):
            claim.cost_ids[0].write({"unit_price": 1.0})
        with self.assertRaisesRegex(UserError, "assessment is confirmed"):
            claim.cost_ids[0].unlink()
        with self.assertRaises(UserError):
            self._costs(claim, (1.0, "customer", {"supplement_id": 1}))

    def test_quality_check(self):
        claim = self._repairing()
        self.assertEqual(self._codes(claim, "finish_repair"), ["G-C9"])
        self._check_quality(claim)
        claim.action_finish_repair()
        self.assertEqual(claim.state, "repaired")

    # --------------------------------------------------------- Row 5: lock
    def test_locked_costs_stand(self):
        claim = self._locked()
        self.assertEqual(claim.state, "settled")
        for vals in (
            {"insurer_payable": 1.0},
            {"deductible_amount": 1.0},
            {"settlement_mode": "customer_pays_first"},
            {"partner_id": self.spouse.id},
            {"liability": "50"},
            {"claim_kind": "self_pay"},
            {"cost_ids": [(0, 0, {"name": "x"})]},
        ):
            with self.subTest(vals), self.assertRaisesRegex(UserError, "locked"):
                claim.write(vals)
        with self.assertRaisesRegex(UserError, "locked"):
            claim.cost_ids[0].write({"unit_price": 1.0})

    def test_unlock_by_the_manager_while_nothing_is_paid(self):
        claim = self._locked()
        with self.assertRaises(AccessError):
            claim.action_unlock_costs("typing error")
        with self.assertRaises(AccessError):
            claim.with_user(self.claim_leader).action_unlock_costs("typing error")
        action = claim.with_user(self.manager).action_unlock_costs()
        self.assertEqual(action["res_model"], "dealer.return.wizard")
        claim.with_user(self.manager).action_unlock_costs("typing error")
        self.assertEqual(claim.state, "repaired")
        self.assertEqual(claim.expected_insurer_payment, 0.0)
        claim.action_lock_costs()
        self.assertEqual(claim.state, "settled")

    def test_not_unlocked_when_paid(self):
        claim = self._locked()
        self._pay_self(claim)
        manager = claim.with_user(self.manager)
        with self.assertRaises(GuardError) as refusal:
            manager.action_unlock_costs("typing error")
        self.assertIn("G-G7", {v.code for v in refusal.exception.violations})

    # ------------------------------------------------------------ Ways back
    def test_one_step_back_at_a_time(self):
        claim = self._repaired()
        with self.assertRaises(AccessError):
            claim.action_step_back("wrong")
        leader = claim.with_user(self.claim_leader)
        for state in ("repairing", "assessed", "assessing", "received"):
            leader.action_step_back("wrong")
            self.assertEqual(claim.state, state)
        with self.assertRaisesRegex(UserError, "not possible in state"):
            leader.action_step_back("wrong")

    def test_void_and_restore(self):
        claim = self._assessing()
        with self.assertRaises(AccessError):
            claim.action_void("entered twice")
        claim.with_user(self.claim_leader).action_void("entered twice")
        self.assertEqual(claim.state, "void")
        with self.assertRaisesRegex(UserError, "locked"):
            self._costs(claim, (1.0, "customer"))
        with self.assertRaisesRegex(UserError, "not possible"):
            claim.action_confirm_assessment()
        claim.with_user(self.claim_leader).action_unvoid()
        self.assertEqual(claim.state, "assessing")

    def test_a_locked_claim_is_not_void(self):
        claim = self._locked()
        with self.assertRaises(GuardError) as refusal:
            claim.with_user(self.claim_leader).action_void("entered twice")
        self.assertEqual({v.code for v in refusal.exception.violations}, {"G-G9"})

    def test_the_same_report_twice(self):
        claim = self._claim()
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(psycopg2.errors.UniqueViolation),
            self.env.cr.savepoint(),
        ):
            self._claim(report_no=claim.report_no)
        claim.with_user(self.claim_leader).action_void("entered twice")
        self.env.flush_all()
        self._claim(report_no=claim.report_no)

    # ------------------------------------------------------------ Kinds
    def test_total_loss_is_not_repaired(self):
        claim = self._assessed(claim_kind="total_loss")
        self.assertEqual(claim.claim_type, "claim_total_loss")
        claim.write({"estimate_signature": PNG, "repair_order_no": "RO"})
        self.assertIn("G-G8", self._codes(claim, "start_repair"))
        claim.action_lock_costs()
        self.assertEqual(claim.state, "settled")

    def test_theft_has_no_car_to_release(self):
        claim = self._claim(
            accident_type="theft",
            photo_ids=False,
            customer_signature=False,
            brought_by=False,
            odometer=0,
        )
        self.assertEqual(claim.claim_kind, "theft")
        self.company.dealer_claim_review_limit = 100000.0
        self._assessed(claim, lines=[(50000.0, "own_damage")])
        claim.action_lock_costs()
        with self.assertRaisesRegex(UserError, "no car to release"):
            claim.action_release()
        self._file_fact(claim.sudo(), "submitted_on", fields.Date.today())
        self.assertEqual(claim.state, "submitted")

    def test_injury_is_repaired_when_it_has_repair_lines(self):
        claim = self._assessing(accident_type="injury")
        self.assertEqual(claim.claim_kind, "injury")
        line = self._costs(claim, (800.0, "ctpl_property", {"item_type": "other"}))
        self.assertFalse(claim.needs_repair)
        line.item_type = "part"
        self.assertTrue(claim.needs_repair)

    def test_kind_and_settlement_agree(self):
        for vals in (
            {"claim_kind": "self_pay", "settlement_mode": "direct"},
            {"claim_kind": "normal", "settlement_mode": "self_pay"},
        ):
            with self.subTest(vals), self.assertRaises(ValidationError):
                self._claim(**vals)

    def test_self_pay_needs_no_insurer(self):
        claim = self._claim(claim_kind="self_pay", report_no=False, accident_type=False)
        self.assertEqual(claim.settlement_mode, "self_pay")
        self.assertFalse(claim.insurer_id)
        self.assertFalse(claim.claim_type)
        self._repaired(claim)
        self.assertEqual((claim.insurer_payable, claim.self_paid), (0.0, TOTAL))
        claim.action_lock_costs()
        self.assertEqual(claim.file_state, "none")
        self._pay_self(claim)
        self._confirm(claim)
        claim.action_release()
        self.assertEqual(claim.state, "released")

    def test_buttons_out_of_order(self):
        claim = self._claim()
        for name in (
            "confirm_assessment",
            "start_repair",
            "finish_repair",
            "lock_costs",
            "release",
        ):
            with (
                self.subTest(name),
                self.assertRaisesRegex(UserError, "not possible in state"),
            ):
                getattr(claim, f"action_{name}")()
        claim = self._assessed()
        with self.assertRaisesRegex(UserError, "not possible in state"):
            claim.action_lock_costs()

    # ------------------------------------------------------------ Alerts
    def test_gaps_are_marked(self):
        """Quote 11,300, assessed 10,300: 8.8 % below, bill 9.7 % above."""
        self.company.dealer_claim_gap_share = 0.10
        self.company.dealer_claim_actual_gap_share = 0.10
        claim = self._assessed()
        self.assertEqual((claim.assessment_gap, claim.bill_gap), (1000.0, 1000.0))
        self.assertFalse(claim.has_gap_alert)
        self.company.dealer_claim_gap_share = 0.05
        self.assertTrue(claim.has_gap_alert)
        self.assertIn("below our quote", claim.alert_text)

    def test_parts_and_delivery_overdue(self):
        claim = self._repairing()
        Claim = claim.env["dealer.claim"]
        found = [("is_parts_overdue", "=", True), ("id", "=", claim.id)]
        self.assertFalse(claim.is_parts_overdue)
        self.assertFalse(Claim.search(found))
        claim.parts_eta = self.company._dealer_today() - timedelta(days=1)
        self.assertTrue(claim.is_parts_overdue)
        self.assertEqual(Claim.search(found), claim)
        claim.parts_arrived_on = self.company._dealer_today()
        self.assertFalse(claim.is_parts_overdue)
        self.assertFalse(Claim.search(found))
        late = [("is_delivery_overdue", "=", True), ("id", "=", claim.id)]
        claim.planned_delivery_at = fields.Datetime.now() - timedelta(minutes=5)
        self.assertTrue(claim.is_delivery_overdue)
        self.assertEqual(Claim.search(late), claim)
        self.assertFalse(
            Claim.search([("is_delivery_overdue", "=", False), ("id", "=", claim.id)])
        )

    def test_next_action_of_each_stage(self):
        claim = self._claim()
        self.assertIn("reception", claim.next_action)
        self._assessing(claim)
        self.assertIn("assessor", claim.next_action)
        claim = self._locked()
        self.assertIn("power of attorney", claim.next_action)
        self._sign_poa(claim)
        self.assertIn("cashier", claim.next_action)
        self._pay_self(claim)
        self._confirm(claim)
        self.assertEqual(claim.next_action, "Release the car")
        claim.action_release()
        self.assertFalse(claim.next_action)

import base64
from datetime import UTC, timedelta
from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.dealer_base.models.guard_mixin import GuardError

from .underwriting_common import UnderwritingCommon

# Damage, its add-on, liability: 4,500 yuan.
PREMIUMS = (("X1", 2000), ("X2", 500), ("X3", 2000))


class EndorsementCase(UnderwritingCommon):
    """Issued policies: compulsory 950 + tax 420, commercial 4,500, start in 2 days."""

    def setUp(self):
        super().setUp()
        self.row = self._to("issued")
        self.ctpl = self.row.ctpl_policy_id
        self.commercial = self.row.commercial_policy_id
        self.today = self.row._store_date()

    def _running(self, days, total=365):
        """Let the covers have started ``days`` ago; the term has ``total`` days."""
        start = self.row._store_date() - timedelta(days=days)
        zone = self.row._store_timezone()
        moment = fields.Datetime.to_datetime(start).replace(tzinfo=zone)
        moment = moment.astimezone(UTC).replace(tzinfo=None)
        (self.ctpl | self.commercial)._write_protected(
            {
                "date_start": moment,
                "date_end": moment + timedelta(days=total) - timedelta(seconds=1),
            }
        )

    def _covers(self, rows):
        """Covers of the commercial policy, as if they stood there at the issue."""
        self.su_env["dealer.policy.line"]._create_protected(
            [
                {
                    "policy_id": self.commercial.id,
                    "cover_id": cover.id,
                    "premium": premium,
                    "sum_insured": sum_insured,
                }
                for cover, premium, sum_insured in rows
            ]
        )

    def _proof(self, name="proof.pdf"):
        return (
            self.env["ir.attachment"]
            .with_user(self.clerk)
            .create({"name": name, "datas": base64.b64encode(b"x")})
        )

    def _endorse(self, policy=None, user=None, **vals):
        policy = policy or self.commercial
        return (
            self.env["dealer.endorsement"]
            .with_user(user or self.clerk)
            .with_company(self.company)
            .create({"policy_id": policy.id, **vals})
        )

    def _cancel(self, policy=None, **vals):
        policy = policy or self.commercial
        if policy.product == "ctpl":
            vals = {
                "reason_id": self.su_env.ref("dealer_base.reason_cc_01").id,
                "proof_ids": [Command.set(self._proof().ids)],
                **vals,
            }
        endorsement = self._endorse(policy, kind="cancel", **vals)
        if "premium" not in vals:
            endorsement.action_take_formula()
        return endorsement

    def _refused(self, codes, call):
        with self.assertRaises(GuardError) as refusal:
            call()
        self.assertEqual(set(refusal.exception.codes), set(codes))
        return str(refusal.exception)

    def _effective(self, endorsement, number="E1"):
        endorsement.action_submit()
        endorsement.action_approve()
        endorsement.name = f"{number}{endorsement.id}"
        if endorsement.premium > 0:
            endorsement.action_request_money()
            self._confirm_money(endorsement.underwriting_id)
        endorsement.action_make_effective()
        self.assertEqual(endorsement.state, "effective")
        return endorsement.underwriting_id

    def _void(self, row):
        reason = self.su_env["dealer.reason.code"].search(
            [("category", "=", "void"), ("needs_text", "=", False)], limit=1
        )
        row.with_user(self.manager).action_void(reason.id, "entered wrongly")

    def _ripple(self, endorsement):
        return {item.key: item for item in endorsement._ripple()}


@tagged("post_install", "-at_install")
class TestFormula(EndorsementCase):
    def test_commercial_before_the_start_keeps_3_percent(self):
        cancel = self._endorse(kind="cancel")
        # 4500 − 135
        self.assertEqual(cancel.formula_premium, -4365.0)
        self.assertIn("§68", cancel.formula_source)
        self.assertEqual(cancel.formula_text, "4500.00 − 4500.00 × 3% = 4365.00")

    def test_commercial_on_day_100(self):
        self._running(100)
        cancel = self._endorse(kind="cancel")
        # 4500 × 265/365
        self.assertEqual(cancel.formula_premium, -3267.12)
        self.assertEqual(cancel.effective_date, self.today)

    def test_compulsory_per_day_and_no_tax(self):
        self._running(73)
        cancel = self._cancel(self.ctpl)
        # 950 × 292/365
        self.assertEqual(cancel.premium, -760.0)
        ripple = self._ripple(cancel)
        self.assertIn("420.00", ripple["tax"].text)
        self.assertIn("§19", ripple["tax"].text)
        row = self._effective(cancel)
        self.assertEqual((row.amount_due, row.vehicle_tax), (-760.0, 0.0))

    def test_rules_are_dated_data(self):
        rule = self.su_env.ref("dealer_insurance.refund_rule_commercial_before")
        rule.date_to = self.today - timedelta(days=1)
        rule.copy({"date_from": self.today, "date_to": False, "fee_share": 0.05})
        self.assertEqual(self._endorse(kind="cancel").formula_premium, -4275.0)
        with self.assertRaises(UserError):
            rule.copy({"date_from": self.today, "date_to": False})

    def test_total_loss_keeps_damage_and_its_addons(self):
        covers = {
            code: self.su_env["dealer.cover"].create(
                {"code": code, "name": code, "kind": kind}
            )
            for code, kind in (("X1", "main"), ("X2", "addon"), ("X3", "main"))
        }
        covers["X2"].needs_cover_ids = covers["X1"]
        self._covers((covers[code], premium, 0) for code, premium in PREMIUMS)
        self._running(73)
        cancel = self._endorse(
            kind="cancel", cancel_kind="total_loss", lost_cover_id=covers["X1"].id
        )
        # 4500 × 292/365 = 3600, of it 2000/4500
        self.assertEqual(cancel.formula_premium, -1600.0)
        cancel.lost_cover_id = False
        self.assertEqual(cancel.formula_premium, 0.0)
        message = self._refused({"G-E1"}, cancel.action_submit)
        self.assertIn("proof", message)

    def test_higher_limit_for_the_days_left(self):
        cover = self.su_env["dealer.cover"].create({"code": "X1", "name": "Liability"})
        self._covers([(cover, 1000, 1000000)])
        self._running(265)
        change = self._endorse(
            change_type="cover",
            line_ids=[
                Command.create(
                    {
                        "action": "change",
                        "policy_line_id": self.commercial.line_ids.id,
                        "sum_insured": 2000000,
                        "yearly_premium": 1365,
                    }
                )
            ],
        )
        self.assertEqual(change.line_ids.cover_id, cover)
        # 365 more a year, 100 days left
        self.assertEqual(change.formula_premium, 100.0)
        self.assertEqual(change.line_ids.formula, "365.00 × 100/365 = 100.00")
        change.action_take_formula()
        row = self._effective(change)
        self.assertEqual(row.amount_due, 100.0)
        self.assertEqual(self.commercial.premium_current, 4600.0)
        self.assertRecordValues(
            self.commercial.current_line_ids,
            [{"sum_insured": 2000000, "premium": 1365, "added_by_id": change.id}],
        )
        self.assertEqual(self.commercial.line_ids.sum_insured, 1000000)

        # a refund per day after it: 4500 × 100/365 + 100 × 100/100
        cancel = self._endorse(kind="cancel")
        self.assertEqual(cancel.formula_premium, -1332.88)

        # the way back
        self._void(row)
        self.assertEqual(self.commercial.premium_current, 4500.0)
        self.assertRecordValues(
            self.commercial.current_line_ids,
            [{"sum_insured": 1000000, "premium": 1000, "added_by_id": False}],
        )

    def test_shorter_period(self):
        self._running(65)
        end = self.commercial.date_end - timedelta(days=73)
        change = self._endorse(change_type="period", new_date_end=end)
        # 73 of 365 days of 4500
        self.assertEqual(change.formula_premium, -900.0)
        change.action_take_formula()
        before = self.commercial.date_end, self.commercial.renewal_date
        row = self._effective(change)
        self.assertEqual(self.commercial.date_end, end)
        self.assertEqual(self.commercial.renewal_date, before[1] - timedelta(days=73))
        self._void(row)
        self.assertEqual(
            (self.commercial.date_end, self.commercial.renewal_date), before
        )

    def test_figure_stays_when_the_policy_changes_later(self):
        self._running(100)
        cancel = self._cancel()
        cancel.action_submit()
        self._running(200)
        self.assertEqual(cancel.formula_premium, -3267.12)


@tagged("post_install", "-at_install")
class TestGuards(EndorsementCase):
    def test_difference_is_explained(self):
        cancel = self._cancel(premium=-4363.99)
        # 1.01 more than the tolerance of 1.00 yuan
        self.assertEqual(cancel.difference, 1.01)
        self._refused({"G-E3"}, cancel.action_submit)
        cancel.difference_note = "The insurer rounds"
        cancel.action_submit()
        inside = self._cancel(self.ctpl, premium=-949.0)
        self.assertFalse(inside.must_explain)
        inside.action_submit()

    def test_compulsory_only_for_a_legal_reason_with_proof(self):
        bare = self._endorse(self.ctpl, kind="cancel", premium=-950.0)
        self._refused({"G-E1"}, bare.action_submit)
        bare.reason_id = self.su_env.ref("dealer_base.reason_cc_02")
        self._refused({"G-E1"}, bare.action_submit)
        bare.proof_ids = [Command.set(self._proof().ids)]
        bare.action_submit()
        lost = self._endorse(self.commercial, kind="cancel", cancel_kind="total_loss")
        self._refused({"G-E1"}, lost.action_submit)

    def test_refund_to_the_original_payer(self):
        """G-E2: stranger, family without and with proof, staff in any case."""
        family = self.su_env["res.partner"].create({"name": "Spouse"})
        cancel = self._cancel()
        self.assertEqual(cancel.payee_id, self.applicant)
        cancel.payee_id = family
        self._refused({"G-E2"}, cancel.action_submit)
        cancel.payee_relation = "spouse"
        self._refused({"G-E2"}, cancel.action_submit)
        cancel.payee_proof_ids = [Command.set(self._proof().ids)]
        family.is_store_staff = True
        message = self._refused({"G-E2"}, cancel.action_submit)
        self.assertIn("R3", message)
        self.assertFalse(cancel.with_user(self.manager).can_waive_guard)
        family.is_store_staff = False
        cancel.action_submit()
        cancel.action_approve()
        self.assertEqual(cancel.underwriting_id.payer_id, family)

    def test_payee_of_the_row_is_looked_at_again(self):
        cancel = self._cancel()
        cancel.action_submit()
        cancel.action_approve()
        cancel.name = "E1"
        stranger = self.su_env["res.partner"].create({"name": "Stranger"})
        cancel.underwriting_id.payer_id = stranger
        self._refused({"G-E2"}, cancel.action_make_effective)

    def test_dates_inside_the_cover(self):
        self._running(10)
        start, end = self.commercial._cover_days()
        for day, allowed in (
            (start - timedelta(days=1), False),
            (start, True),
            (end, True),
            (end + timedelta(days=1), False),
        ):
            change = self._endorse(effective_date=day)
            codes = {v.code for v in change._guard_submit()}
            self.assertEqual("G-E6" not in codes, allowed, day)
        cancel = self._endorse(kind="cancel", effective_date=end + timedelta(days=1))
        self.assertIn("G-E6", {v.code for v in cancel._guard_submit()})
        before = self._endorse(kind="cancel", effective_date=start - timedelta(days=9))
        self.assertNotIn("G-E6", {v.code for v in before._guard_submit()})

    def test_open_claim_stops_a_cancellation(self):
        """G-E5 by the hook of the claims addon; a manager may let it pass."""
        cancel = self._cancel()
        Policy = type(self.env["dealer.policy"])
        with patch.object(
            Policy, "_open_claims", lambda p: {policy: ["C1"] for policy in p}
        ):
            self.assertEqual(self._ripple(cancel)["claims"].level, "warning")
            self._refused({"G-E5"}, cancel.action_submit)
            with self.assertRaises(AccessError):
                cancel._waive("G-E5", "submit", "not mine to give")
            cancel.with_user(self.manager)._waive("G-E5", "submit", "claim is void")
            cancel.action_submit()
            cancel.action_approve()
            cancel.name = "E1"
            cancel.action_make_effective()
        self.assertEqual(self.commercial.state, "cancelled")

    def test_a_new_claim_needs_a_new_waiver(self):
        cancel = self._cancel()
        cancel.action_submit()
        cancel.action_approve()
        cancel.name = "E1"
        Policy = type(self.env["dealer.policy"])
        with patch.object(
            Policy, "_open_claims", lambda p: {policy: ["C2"] for policy in p}
        ):
            self._refused({"G-E5"}, cancel.action_make_effective)
        cancel.action_make_effective()

    def test_originals_come_back(self):
        """G-E4: only when the customer has them and the agreement asks."""
        self.row.with_user(self.cashier).action_sign()
        self.row.action_deliver("Applicant")
        cancel = self._cancel()
        self.assertEqual(self._ripple(cancel)["originals"].level, "warning")
        cancel.action_submit()
        cancel.action_approve()
        cancel.name = "E1"
        self._refused({"G-E4"}, cancel.action_make_effective)
        self.agreement.wants_originals = False
        self.assertFalse(cancel._original_violations())
        self.agreement.wants_originals = True
        cancel.action_collect_originals()
        self.assertEqual(cancel.originals_returned_by_id, self.clerk)
        cancel.action_make_effective()

    def test_change_needs_agreement_and_licence(self):
        change = self._endorse(premium=10.0)
        self.agreement.licence_valid_to = self.today
        self.assertFalse(change._agreement_violations())
        self.agreement.licence_valid_to = self.today - timedelta(days=1)
        self._refused({"G-A2"}, change.action_submit)
        self.agreement.licence_valid_to = False
        self.agreement._write_protected({"state": "ended", "date_to": self.today})
        self._refused({"G-A1"}, change.action_submit)
        # the customer's right to cancel outlives the agreement
        self._cancel().action_submit()

    def test_submitted_is_fixed(self):
        cancel = self._cancel()
        cancel.action_submit()
        for vals in (
            {"premium": -1.0},
            {"payee_id": self.insurer.id},
            {"change_type": "plate"},
            {"difference_note": "x"},
        ):
            with self.assertRaises(UserError):
                cancel.write(vals)
        for vals in (
            {"state": "effective"},
            {"money_state": "refund_paid"},
            {"formula_premium": 0.0},
            {"originals_returned_at": fields.Datetime.now()},
            {"expected_fee": 0.0},
        ):
            with self.assertRaises(UserError):
                self._cancel(self.ctpl).write(vals)

    def test_wrong_posts(self):
        cancel = self._cancel()
        for post in ("cashier", "finance", "sales_consultant", "store_manager"):
            user = self.users[post]
            with self.assertRaises(AccessError, msg=post):
                cancel.with_user(user).action_submit()
            with self.assertRaises(AccessError, msg=post):
                cancel.with_user(user).action_make_effective()
            with self.assertRaises(AccessError, msg=post):
                self._endorse(user=user, kind="cancel")
        cancel.action_submit()
        cancel.action_approve()
        cancel.name = "E1"
        cancel.action_make_effective()
        with self.assertRaises(AccessError):
            cancel.with_user(self.clerk).action_receive_refund()
        with self.assertRaises(AccessError):
            cancel.with_user(self.clerk).action_pay_refund()
        with self.assertRaises(AccessError):
            cancel.underwriting_id.with_user(self.clerk).action_void(1, "x")

    def test_other_store(self):
        cancel = self._cancel()
        other = self._user("insurance_manager", self.company_2)
        with self.assertRaises(AccessError):
            cancel.with_user(other).read(["premium"])
        self.assertFalse(
            self.env["dealer.endorsement"].with_user(other).search_count([])
        )


@tagged("post_install", "-at_install")
class TestEffects(EndorsementCase):
    def test_cancellation_and_back(self):
        self._running(100)
        renewal = self.commercial.renewal_date
        self.assertEqual(renewal, self.today + timedelta(days=264))
        cancel = self._cancel()
        ripple = self._ripple(cancel)
        self.assertIn(str(self.commercial.fee_rate * 100)[:2], ripple["fee"].text)
        # 3267.12 / 1.06 = 3082.19, of it 15 %
        self.assertEqual(cancel.fee_preview, -462.33)
        row = self._effective(cancel)
        self.assertEqual(cancel.expected_fee, -462.33)
        self.assertEqual(row.expected_fee, -462.33)
        self.assertRecordValues(
            self.commercial,
            [
                {
                    "state": "cancelled",
                    "is_live": False,
                    "premium_current": 1232.88,
                    "renewal_date": False,
                    "cover_ended_at": cancel._cover_end_moment(),
                    "cover_end": cancel._cover_end_moment(),
                }
            ],
        )
        self.assertEqual(row._store_date(self.commercial.cover_end), self.today)
        self.assertEqual(self.ctpl.state, "issued")
        with self.assertRaises(UserError):
            cancel.effective_date = self.today + timedelta(days=1)

        self._void(row)
        self.assertRecordValues(
            self.commercial,
            [
                {
                    "state": "issued",
                    "is_live": True,
                    "premium_current": 4500.0,
                    "renewal_date": renewal,
                    "cover_ended_at": False,
                    "cover_end": self.commercial.date_end,
                }
            ],
        )
        self.assertEqual((cancel.state, cancel.expected_fee), ("rejected", 0.0))

    def test_transfer_of_ownership(self):
        buyer = self.su_env["res.partner"].create({"name": "Buyer", "phone": "1"})
        change = self._endorse(self.ctpl, change_type="transfer", premium=50.0)
        message = self._refused({"G-F1"}, change.action_submit)
        self.assertIn("new owner", message)
        change.new_owner_id = buyer
        self.assertEqual(change.new_applicant_id, buyer)
        change.proof_ids = [Command.set(self._proof().ids)]
        # the other policy of the car should go as well
        self.assertEqual(self._ripple(change)["policies"].level, "warning")
        row = self._effective(change)
        self.assertEqual((row.applicant_id, row.payer_id), (buyer, buyer))
        self.assertEqual(self.row.vehicle_id.owner_id, buyer)
        self.assertRecordValues(
            self.ctpl,
            [
                {
                    "current_applicant_id": buyer.id,
                    "current_insured_id": buyer.id,
                    "current_owner_id": buyer.id,
                }
            ],
        )
        self.assertEqual(self.commercial.current_applicant_id, self.applicant)
        # who took the policy over gets a later refund
        cancel = self._cancel(self.ctpl)
        self.assertEqual(cancel.payee_id, buyer)
        self._void(row)
        self.assertEqual(self.row.vehicle_id.owner_id, self.applicant)
        self.assertEqual(self.ctpl.current_applicant_id, self.applicant)

    def test_plate_of_a_new_car(self):
        change = self._endorse(self.ctpl, change_type="plate", new_plate="粤A·1I345")
        self._refused({"G-F1"}, change.action_submit)
        change.new_plate = "粤a·12345"
        self.assertEqual(change.new_plate, "粤A12345")
        self.assertEqual(change.formula_premium, 0.0)
        row = self._effective(change)
        self.assertEqual(self.row.vehicle_id.plate, "粤A12345")
        # a later correction stays when the endorsement is taken back
        self.row.vehicle_id.sudo().plate = "粤A12346"
        self._void(row)
        self.assertEqual(self.row.vehicle_id.plate, "粤A12346")

    def test_use_nature_and_person(self):
        old = self.row.vehicle_id.use_nature
        change = self._endorse(
            change_type="use_nature", new_use_nature="taxi_rental", premium=800.0
        )
        self.assertNotEqual(old, "taxi_rental")
        used = self._effective(change)
        self.assertEqual(self.row.vehicle_id.use_nature, "taxi_rental")
        person = self._endorse(
            change_type="person",
            person_id=self.applicant.id,
            new_name="Applicant Corrected",
        )
        corrected = self._effective(person)
        self.assertEqual(self.applicant.name, "Applicant Corrected")
        # last in, first out
        self._refused({"G-E7"}, lambda: self._void(used))
        self._void(corrected)
        self.assertEqual(self.applicant.name, "Applicant")
        self._void(used)
        self.assertEqual(self.row.vehicle_id.use_nature, old)

    def test_rejected_changes_nothing(self):
        change = self._endorse(change_type="plate", new_plate="粤A12345")
        change.action_submit()
        change.action_reject()
        self.assertFalse(self.row.vehicle_id.plate)
        self.assertFalse(change.underwriting_id)
        # approved, and then void before it was issued
        second = self._endorse(change_type="plate", new_plate="粤A12345")
        second.action_submit()
        second.action_approve()
        self._void(second.underwriting_id)
        self.assertEqual(second.state, "rejected")
        self.assertFalse(self.row.vehicle_id.plate)

    def test_ripple_names_all(self):
        gift = self.su_env["dealer.concession.type"].create(
            {"code": "EG", "name": "Gift", "kind": "gift"}
        )
        self.su_env.ref("dealer_insurance.concession_rule_default").type_ids += gift
        self.su_env["dealer.concession"].create(
            {
                "underwriting_id": self.row.id,
                "type_id": gift.id,
                "name": "Dash cam",
                "amount": 100.0,
            }
        )
        self.row.action_take_custody("Safe", "A-1")
        cancel = self._cancel(self.ctpl)
        ripple = self._ripple(cancel)
        self.assertEqual(
            set(ripple),
            {
                "premium",
                "fee",
                "tax",
                "cover",
                "payee",
                "policies",
                "claims",
                "concession",
                "originals",
            },
        )
        self.assertIn("Dash cam", ripple["concession"].text)
        self.assertIn("A-1", ripple["originals"].text)
        self.assertIn("data-ripple", cancel.ripple_html)
        # who may not see the fee does not see it here
        seen = self._ripple(cancel.with_user(self.cashier))
        self.assertNotIn("fee", seen)
        with self.assertRaises(AccessError):
            cancel.with_user(self.cashier).read(["fee_preview"])

    def test_signature_is_reopened(self):
        self.row.with_user(self.cashier).action_sign()
        change = self._endorse(premium=212.0)
        self.assertEqual(self._ripple(change)["signature"].level, "warning")
        change.action_submit()
        change.action_approve()
        self.assertFalse(self.row.cashier_signed)

    def test_fifty_at_once(self):
        rows = self._to("issued", 50)
        cancels = (
            self.env["dealer.endorsement"]
            .with_user(self.clerk)
            .create(
                [
                    {"policy_id": policy.id, "kind": "cancel"}
                    for policy in rows.commercial_policy_id
                ]
            )
        )
        self.assertEqual(set(cancels.mapped("formula_premium")), {-4365.0})
        cancels.action_take_formula()
        cancels.action_submit()
        cancels.action_approve()
        for number, cancel in enumerate(cancels):
            cancel.name = f"EE{number}"
        cancels.action_make_effective()
        self.assertEqual(set(rows.commercial_policy_id.mapped("state")), {"cancelled"})
        self.assertEqual(set(cancels.mapped("expected_fee")), {-617.69})

from datetime import timedelta
from unittest.mock import patch

import psycopg2.errors

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.dealer_base.models.guard_mixin import GuardError

from .underwriting_common import UnderwritingCommon


@tagged("post_install", "-at_install")
class TestUnderwritingFlow(UnderwritingCommon):
    """The way of a ledger row forward, and every way back."""

    def _refused(self, codes, method, *args):
        with self.assertRaises(GuardError) as caught:
            method(*args)
        self.assertEqual(set(caught.exception.codes), set(codes))
        return str(caught.exception)

    def test_whole_way(self):
        row = self._create()
        self.assertRecordValues(
            row,
            [
                {
                    "state": "draft",
                    "amount_due": 5870.0,
                    "ctpl_premium": 950.0,
                    "vehicle_tax": 420.0,
                    "commercial_premium": 4500.0,
                    "insured_id": self.applicant.id,
                    "agreement_id": self.agreement.id,
                    "channel": "direct",
                }
            ],
        )
        self._receive_notices(row)
        row.action_propose()
        self.assertEqual(row.state, "proposed")
        row.action_underwrite()
        self.assertEqual(row.state, "underwritten")
        row.action_request_payment()
        self.assertEqual(row.state, "awaiting_payment")
        self._confirm_money(row)
        self.assertEqual(row.state, "paid")
        row.action_issue()
        year = row._store_date().year
        self.assertRecordValues(
            row,
            [
                {
                    "state": "issued",
                    "ledger_no": f"TONE{year}-0001",
                    "cashier_signed": False,
                    "issued_by_id": self.clerk.id,
                }
            ],
        )
        self.assertEqual(row.display_name, row.ledger_no)
        row.with_user(self.cashier).action_sign()
        self.assertRecordValues(
            row,
            [{"cashier_signed": True, "cashier_signed_by_id": self.cashier.id}],
        )
        self.assertEqual(row.action_deliver()["res_model"], "dealer.underwriting.act")
        row.action_deliver("Applicant")
        self.assertRecordValues(
            row, [{"state": "delivered", "receiver_name": "Applicant"}]
        )

    def test_fee_is_frozen_with_its_rate(self):
        row = self._to("issued")
        ctpl, commercial = row.ctpl_policy_id, row.commercial_policy_id
        # 950 / 1.06 = 896.23, 4 %; 4500 / 1.06 = 4245.28, 15 %
        self.assertEqual(ctpl.expected_fee, 35.85)
        self.assertEqual(commercial.expected_fee, 636.79)
        self.assertEqual(row.sudo().expected_fee, 672.64)
        self.assertEqual(commercial.fee_rate_id.rate, 0.15)
        self.agreement.rate_ids.filtered(lambda r: r.product == "commercial").rate = 0.1
        self.assertEqual(commercial.expected_fee, 636.79)

    def test_all_guards_of_a_proposal_at_once(self):
        self.writer.registration_valid_to = "2020-01-01"
        self.agreement.licence_valid_to = "2020-01-01"
        car = self._vehicle(energy_type="bev")
        row = self._create(vehicle=car)
        row.policy_ids.filtered(
            lambda p: p.product == "commercial"
        ).product_line = "fuel"
        text = self._refused({"G-A2", "G-A3", "G-N1", "G-P1"}, row.action_propose)
        self.assertIn("Next:", text)
        self.assertEqual(row.state, "draft")
        self.assertIn("G-A3", row.open_guard_html)
        self.assertNotIn("G-P4", row.open_guard_html)

    def test_guard_agreement(self):
        self.agreement._write_protected({"state": "ended", "date_to": "2020-12-31"})
        row = self._create()
        self._receive_notices(row)
        self._refused({"G-A1"}, row.action_propose)

    def test_guard_incomplete(self):
        row = self._create(policy_ids=[], applicant_id=False)
        self._receive_notices(row)
        self._refused({"G-F1"}, row.action_propose)

    def test_guard_double_ctpl(self):
        car = self._vehicle()
        first = self._to("issued", vehicle=car)
        second = self._create(vehicle=car)
        self._receive_notices(second)
        self._refused({"G-D1"}, second.action_propose)
        # After the old one it is welcome.
        end = first.ctpl_end
        second.policy_ids.write(
            {"date_start": end, "date_end": end + timedelta(days=365)}
        )
        second.action_propose()
        self.assertEqual(second.state, "proposed")

    def test_guard_double_ctpl_in_one_call(self):
        car = self._vehicle()
        one, two = self._create(vehicle=car), self._create(vehicle=car)
        self._receive_notices(one | two)
        self._refused({"G-D1"}, (one | two).action_propose)

    def test_issue_needs_premium_numbers_and_dates(self):
        row = self._to("awaiting_payment")
        self._refused({"G-P3"}, row.action_issue)
        self._confirm_money(row)
        row.policy_ids[0].policy_no = False
        row.policy_ids[1].date_end = False
        text = self._refused({"G-F1"}, row.action_issue)
        self.assertIn("policy number", text)
        self.assertIn("start and end", text)

    def test_issue_before_payment_by_setting(self):
        self.company.dealer_require_payment_before_issue = False
        row = self._to("awaiting_payment")
        row.action_issue()
        self.assertEqual(row.state, "issued")
        self._refused({"G-P4"}, row.action_deliver, "Applicant")

    def test_no_back_dating(self):
        row = self._to("paid")
        row.policy_ids.date_start = fields.Datetime.now() - timedelta(days=3)
        self._refused({"G-L1"}, row.action_issue)

    def test_cover_ends_after_it_starts(self):
        row = self._create()
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(psycopg2.errors.CheckViolation),
            self.env.cr.savepoint(),
        ):
            row.policy_ids[0].date_end = row.policy_ids[0].date_start
            self.env.flush_all()

    def test_hand_over_needs_signature_and_money(self):
        row = self._to("issued")
        self._refused({"G-P4"}, row.action_deliver, "Applicant")
        row.with_user(self.cashier).action_sign()
        # The payment turns out to be void: signature reopened, state stays.
        row.sudo().direct_payment_ids.with_user(self.manager)._reverse("bounced")
        self.assertRecordValues(row, [{"state": "issued", "cashier_signed": False}])
        self._refused({"G-P4"}, row.action_deliver, "Applicant")
        self._refused({"G-S2"}, row.with_user(self.cashier).action_sign)
        self._confirm_money(row, "R2")
        row.with_user(self.cashier).action_sign()
        row.action_deliver("Applicant")
        self.assertEqual(row.state, "delivered")
        self.assertEqual(
            row.signature_ids.sorted("id").mapped("kind"), ["sign", "reversal", "sign"]
        )

    def test_bounce_before_issue_goes_back(self):
        row = self._to("paid")
        row.sudo().direct_payment_ids.with_user(self.manager)._reverse("bounced")
        self.assertEqual(row.state, "awaiting_payment")

    def test_joint_waiver_of_hand_over(self):
        row = self._to("issued")
        row.with_user(self.manager)._waive("G-P4", "deliver", "known customer")
        self._refused({"G-P4"}, row.action_deliver, "Applicant")
        with self.assertRaises(UserError):
            row.with_user(self.manager)._waive("G-P4", "deliver", "again")
        row.with_user(self.finance)._waive("G-P4", "deliver", "money seen")
        row.action_deliver("Applicant")
        self.assertEqual(row.state, "delivered")
        log = self.su_env["dealer.override"].search([("res_id", "=", row.id)])
        self.assertEqual(log.user_id, self.manager | self.finance)

    def test_concession_blocks_every_way_out(self):
        row = self._to("issued")
        row.with_user(self.cashier).action_sign()
        row.action_take_custody("Safe")
        self.env["dealer.concession"].with_user(self.clerk).create(
            {
                "underwriting_id": row.id,
                "type_id": self.env.ref("dealer_insurance.concession_type_gift").id,
                "name": "Far too much",
                "amount": 4000.0,
            }
        )
        self.assertIn("G-P5", row.open_guard_html)
        self._refused({"G-P5"}, row.action_deliver, "Applicant")
        self._refused({"G-P5"}, row.action_lend, "Surveyor", "claim")
        with self.assertRaises(GuardError) as caught:
            row.action_push_epolicy()
        self.assertIn("G-P5", caught.exception.codes)
        # A waiver of one transition does not open another one.
        row.with_user(self.manager)._waive("G-P5", "deliver", "promised")
        row.with_user(self.finance)._waive("G-P5", "deliver", "booked")
        self._refused({"G-P5"}, row.action_lend, "Surveyor", "claim")
        row.action_deliver("Applicant")
        self.assertEqual(row.state, "delivered")

    def test_database_refuses_double_ctpl(self):
        """Two clerks issue for one car at once: the second finds the index."""
        car = self._vehicle()
        self._to("issued", vehicle=car)
        cls = type(self.env["dealer.underwriting"])
        with patch.object(cls, "_duplicate_ctpl_violations", lambda self: []):
            second = self._to("paid", vehicle=car)
            with (
                mute_logger("odoo.sql_db"),
                self.assertRaises(psycopg2.errors.ExclusionViolation),
                self.env.cr.savepoint(),
            ):
                second.action_issue()
                self.env.flush_all()

    def test_policy_number_is_unique_for_the_insurer(self):
        row, other = self._create(2)
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(psycopg2.errors.UniqueViolation),
            self.env.cr.savepoint(),
        ):
            other.ctpl_policy_id.policy_no = row.ctpl_policy_id.policy_no
            self.env.flush_all()

    def test_custody_and_its_ways_back(self):
        row = self._to("issued")
        row.action_take_custody("Safe", "B7")
        self.assertEqual(row.state, "in_custody")
        self._refused({"G-P4"}, row.action_deliver, "Applicant")
        self._refused({"G-P4"}, row.action_lend, "Surveyor", "claim")
        row.with_user(self.cashier).action_sign()
        row.action_lend("Surveyor", "claim")
        self.assertRecordValues(row, [{"state": "in_custody"}])
        self.assertEqual(row.custody_id.state, "lent")
        row.action_return_custody()
        self.assertEqual(row.custody_id.state, "in")
        row.action_withdraw_custody("entered by mistake")
        self.assertEqual(row.state, "issued")
        row.action_take_custody("Safe", "B8")
        row.action_deliver("Applicant")
        self.assertRecordValues(row, [{"state": "delivered"}])
        self.assertEqual(row.custody_id.state, "out")
        row.with_user(self.manager).action_take_back("wrong customer")
        self.assertRecordValues(row, [{"state": "issued", "receiver_name": False}])

    def test_back_to_draft(self):
        row = self._to("awaiting_payment")
        with self.assertRaises(UserError):
            row.ctpl_policy_id.premium = 1.0
        with self.assertRaises(UserError):
            row.vehicle_id = self._vehicle()
        row.action_back_to_draft()
        self.assertEqual(row.state, "draft")
        row.ctpl_policy_id.premium = 900.0
        self.assertEqual(row.amount_due, 5820.0)
        paid = self._to("paid")
        self._refused({"G-B1", "G-T0"}, paid.action_back_to_draft)

    def test_void_keeps_number(self):
        rows = self._to("issued", 2)
        first = rows[0].with_user(self.manager)
        reason = self.env.ref("dealer_base.reason_vo_02")
        first.sudo().direct_payment_ids.with_user(self.manager)._reverse("paid back")
        self.assertEqual(first.action_void()["res_model"], "dealer.underwriting.act")
        first.action_void(reason.id)
        # Nothing is owed for a void row.
        self.assertRecordValues(
            first,
            [
                {
                    "state": "void",
                    "ledger_seq": 1,
                    "amount_due": 5870.0,
                    "balance": 0.0,
                    "payment_state": "not_requested",
                }
            ],
        )
        self.assertEqual(set(first.policy_ids.mapped("state")), {"void"})
        self._refused({"G-T0"}, first.action_void, reason.id)
        third = self._to("issued", vehicle=first.vehicle_id)
        self.assertEqual(third.ledger_seq, 3)

    def test_no_void_after_start(self):
        row = self._to("issued")
        row.sudo().policy_ids.with_user(self.manager).date_start = (
            fields.Datetime.now() - timedelta(minutes=1)
        )
        reason = self.env.ref("dealer_base.reason_vo_01")
        with self.assertRaises(GuardError) as caught:
            row.with_user(self.manager).action_void(reason.id)
        self.assertIn("G-W1", caught.exception.codes)

    def test_push_epolicy(self):
        row = self._to("issued")
        self._refused({"G-P4", "G-F1"}, row.action_push_epolicy)
        row.with_user(self.cashier).action_sign()
        Attachment = self.env["ir.attachment"].with_user(self.clerk)
        row.policy_ids[0].document_attachment_ids = Attachment.create(
            {"name": "policy.pdf", "raw": b"%PDF-"}
        )
        row.action_push_epolicy()
        mail = self.su_env["mail.mail"].search(
            [("model", "=", row._name), ("res_id", "=", row.id)]
        )
        self.assertEqual(mail.attachment_ids.mapped("name"), ["policy.pdf"])
        self.assertEqual(mail.recipient_ids, self.applicant)
        self.assertTrue(row.epolicy_pushed_at)

    def test_signer_is_not_the_writer(self):
        both = self._user("policy_clerk", login="uw_both")
        both.sudo().group_ids += self.env.ref("dealer_base.group_cashier")
        row = self._to("paid", writer_id=self._staff(both).id)
        self._refused({"G-S1"}, row.with_user(both).action_sign)
        row.with_user(self.cashier).action_sign()
        self.assertTrue(row.cashier_signed)

    def test_signature_is_immutable(self):
        row = self._to("issued")
        row.with_user(self.cashier).action_sign()
        line = row.signature_ids.sudo()
        with self.assertRaises(UserError):
            line.amount = 1.0
        with self.assertRaises(UserError):
            line.unlink()
        with self.assertRaises(UserError):
            self.su_env["dealer.cashier.signature"].create(
                {
                    "underwriting_id": row.id,
                    "kind": "sign",
                    "signer_name": "x",
                    "signed_at": fields.Datetime.now(),
                }
            )
        row.with_user(self.cashier).action_reverse_signature("wrong row")
        self.assertFalse(row.cashier_signed)

    def test_endorsement_with_extra_premium(self):
        row = self._to("issued")
        row.with_user(self.cashier).action_sign()
        policy = row.commercial_policy_id
        endorsement = (
            self.env["dealer.endorsement"]
            .with_user(self.clerk)
            .create({"policy_id": policy.id, "premium": 212.0, "name": "pdaa e1"})
        )
        endorsement.action_submit()
        endorsement.action_approve()
        entry = endorsement.underwriting_id
        self.assertRecordValues(
            entry,
            [
                {
                    "state": "underwritten",
                    "amount_due": 212.0,
                    "commercial_premium": 212.0,
                    "entry_type": "endorsement",
                    "origin_id": row.id,
                }
            ],
        )
        self.assertFalse(row.cashier_signed, "extra premium reopens the signature")
        entry.action_request_payment()
        with self.assertRaises(GuardError):
            row.with_user(self.cashier).action_sign()
        self._confirm_money(entry)
        entry.action_issue()
        self.assertEqual(entry.ledger_seq, 2)
        self.assertEqual(endorsement.state, "effective")
        self.assertEqual(endorsement.expected_fee, 30.0)
        row.with_user(self.cashier).action_sign()
        self.assertTrue(row.cashier_signed)

    def test_cancellation(self):
        row = self._to("issued")
        clerk_env = self.env["dealer.endorsement"].with_user(self.clerk)
        refused = clerk_env.create(
            {
                "policy_id": row.ctpl_policy_id.id,
                "kind": "cancel",
                "premium": -950.0,
                "name": "E-1",
            }
        )
        self._refused({"G-E1"}, refused.action_submit)
        cancel = clerk_env.create(
            {
                "policy_id": row.commercial_policy_id.id,
                "kind": "cancel",
                "premium": -4500.0,
                "difference_note": "The insurer waives its fee",
                "name": "E-2",
            }
        )
        cancel.action_submit()
        cancel.action_approve()
        entry = cancel.underwriting_id
        entry.action_request_payment()
        entry.action_issue()
        self.assertEqual(row.commercial_policy_id.state, "cancelled")
        self.assertEqual(row.ctpl_policy_id.state, "issued")
        self.assertEqual(cancel.expected_fee, -636.79)

    def test_agreement_stays_with_the_proposal(self):
        row = self._to("proposed")
        self.agreement._write_protected({"state": "ended", "date_to": "2020-12-31"})
        row.insured_date = self.env.company._dealer_today()
        self.assertEqual(row.agreement_id, self.agreement)

    def test_copy_is_a_new_draft(self):
        row = self._to("delivered")
        copy = row.copy()
        self.assertRecordValues(
            copy, [{"state": "draft", "ledger_no": False, "amount_due": 5870.0}]
        )
        self.assertEqual(copy.policy_ids.mapped("policy_no"), [False, False])

    def test_protected_fields_over_rpc(self):
        row = self._create()
        for name, value in (
            ("state", "delivered"),
            ("ledger_no", "X1"),
            ("ledger_seq", 7),
            ("issued_at", fields.Datetime.now()),
            ("cashier_signed", True),
            ("amount_due", 0.0),
            ("voided_at", fields.Datetime.now()),
            ("is_historical", True),
            ("entry_type", "endorsement"),
            ("origin_id", row.id),
        ):
            with self.assertRaises(UserError, msg=name):
                row.write({name: value})
        with self.assertRaises(UserError):
            self._create(state="issued", issued_at=fields.Datetime.now())
        with self.assertRaises(UserError):
            row.policy_ids.write({"is_live": True})

    def test_two_stores(self):
        row = self._to("issued")
        other = self._user("insurance_manager", self.company_2)
        with self.assertRaises(AccessError):
            row.with_user(other).read(["ledger_no"])
        with self.assertRaises(AccessError):
            row.with_user(other).action_deliver("x")
        self.assertFalse(
            self.env["dealer.underwriting"].with_user(other).search_count([])
        )
        foreign = self._vehicle(self.company_2)
        with self.assertRaises(UserError):
            self._create(vehicle=foreign)

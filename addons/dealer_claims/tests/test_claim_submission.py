"""Submission, insurer's days, returns, rejection, chase (S100, S101, S103, SM-10)."""

from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.dealer_base.models.guard_mixin import GuardError

from ..models.claim_overdue import age_bucket
from ..tools.pay_forecast import forecast_days, quantile
from .claim_file_common import ClaimFileCommon
from .claims_common import INSURER_PART


@tagged("post_install", "-at_install")
class TestClaimSubmission(ClaimFileCommon):
    def _refused(self, codes, call, *args, **kwargs):
        with self.assertRaises(GuardError) as caught:
            call(*args, **kwargs)
        self.assertEqual(caught.exception.codes, codes)
        return str(caught.exception)

    # -- batch ------------------------------------------------------------------

    def test_submit(self):
        """One batch, a due day by the agreement, the facts of the claim."""
        agreement = self.env["dealer.agreement"]._find(
            self.insurer, self.company, self.today
        )
        days = (
            agreement.settlement_days
            if agreement
            else self.company.dealer_insurer_due_days
        )
        claims = self._audited() | self._audited()
        batch = self._batch(claims)
        self.assertEqual((len(batch), batch.case_count), (1, 2))
        self.assertEqual(batch.amount_total, 2 * INSURER_PART)
        self.assertEqual(set(claims.mapped("paper_step")), {"hand_in"})
        self.assertFalse(claims[0].submitted_on)
        batch.receiver_name = "Ms Zhang"
        batch.action_hand_in()
        for claim in claims:
            self.assertEqual(claim.submitted_on, self.today)
            self.assertEqual(claim.payment_due_on, self.today + timedelta(days=days))
            self.assertEqual(claim.file_state, "submitted")
            self.assertEqual(claim.paper_step, "chase_adjust")
        self.assertFalse(any(batch.submission_ids.mapped("is_late")))

    def test_one_batch_for_each_insurer(self):
        other = self.env["res.partner"].search(
            [("is_insurer", "=", True), ("id", "!=", self.insurer.id)], limit=1
        )
        vehicle = self._vehicle()
        self._insure(vehicle, insurer=other)
        claims = self._audited() | self._audited(vehicle_id=vehicle.id)
        batches = self._batch(claims)
        self.assertEqual(batches.insurer_id, self.insurer | other)
        self.assertEqual(len(batches), 2)

    def test_guard_of_submission(self):
        """Each condition missing alone refuses."""
        claim = self._confirmed()
        prepare = claim.with_user(self.submitter).action_prepare_submission
        self.assertIn("not accepted", self._refused(["G-O4"], prepare))
        mine = claim.with_user(self.submitter)
        mine.action_check_all_papers()
        mine.action_accept_papers()
        number = claim.report_no
        claim.report_no = False
        self.assertIn("no report number", self._refused(["G-O4"], prepare))
        claim.report_no = number
        expected = claim.expected_insurer_payment
        claim.sudo()._write_protected({"expected_insurer_payment": 0})
        self.assertIn("not fixed", self._refused(["G-O4"], prepare))
        claim.sudo()._write_protected({"expected_insurer_payment": expected})
        prepare()
        self.assertIn("waits in a batch", self._refused(["G-O4"], prepare))
        claim.submission_ids.batch_id.with_user(self.submitter).action_hand_in()
        self.assertIn("with the insurer", self._refused(["G-O4"], prepare))

    def test_batch_day(self):
        claim = self._audited()
        batch = self._batch(claim)
        batch.date = self.today + timedelta(days=1)
        self._refused(["G-O5"], batch.action_hand_in)
        batch.date = self.today - timedelta(days=1)
        self._refused(["G-O5"], batch.action_hand_in)
        batch.date = self.today
        batch.action_hand_in()

    def test_batch_cancelled(self):
        claim = self._audited()
        batch = self._batch(claim)
        batch.action_cancel()
        self.assertEqual(batch.state, "cancelled")
        self.assertEqual(claim.paper_step, "submit")
        self._batch(claim).action_hand_in()
        with self.assertRaises(UserError):
            claim.submission_ids.batch_id.with_user(self.submitter).action_cancel()

    def test_receipt(self):
        batch = self._batch(self._audited())
        batch.action_hand_in()
        with self.assertRaises(UserError):
            batch.action_confirm_receipt()
        batch.write(
            {"receiver_name": "Zhang", "receipt_ids": [(6, 0, self._letters().ids)]}
        )
        batch.action_confirm_receipt()
        self.assertEqual(batch.state, "confirmed")
        self.assertEqual(batch.receipt_ids.res_id, batch.id)

    def test_late_submission(self):
        claim = self._audited()
        handover = claim.handover_id.sudo()
        handover._write_protected(
            {"audited_at": handover.audited_at - timedelta(days=14)}
        )
        self._batch(claim).action_hand_in()
        self.assertTrue(claim.submission_id.is_late)

    def test_cover_letter(self):
        claim = self._audited()
        batch = self._batch(claim)
        report = self.env["ir.actions.report"]
        html, _kind = report._render_qweb_html(
            "dealer_claims.report_claim_submission", batch.ids
        )
        text = html.decode()
        for piece in (claim.name, claim.report_no, "10,300.00", batch.name):
            self.assertIn(piece, text)
        form = self.env["report.dealer_claims.claim_submission_xlsx"]._batch_form(batch)
        self.assertEqual(len(form["rows"]), 1)
        self.assertEqual(len(form["rows"][0]), len(form["columns"]))
        self.assertEqual(form["totals"][-1], INSURER_PART)

    # -- days of the insurer ----------------------------------------------------

    def test_days_in_order(self):
        claim = self._submitted(days_ago=10)
        day = self.today - timedelta(days=10)
        for days in (
            {"insurer_received_on": day - timedelta(days=1)},
            {"insurer_received_on": day, "adjusted_on": day - timedelta(days=1)},
            {"adjusted_on": self.today + timedelta(days=1)},
            {"approved_on": day, "adjusted_on": day, "approved_amount": 0},
        ):
            self._refused(["G-O5"], self._dates, claim, **days)
        self._dates(claim, insurer_received_on=day)
        self.assertEqual(claim.file_state, "insurer_reviewing")
        self._dates(claim, adjusted_on=day + timedelta(days=2))
        self._dates(claim, approved_on=day + timedelta(days=5), approved_amount=10000)
        self.assertEqual(claim.file_state, "approved")
        self.assertEqual(claim.approved_amount, 10000)
        self.assertEqual(claim.paper_step, "chase_pay")
        # A day typed by mistake is taken out again.
        self._dates(claim, approved_on=False)
        self.assertEqual(claim.file_state, "insurer_reviewing")
        self.assertEqual(claim.approved_amount, 0)

    def test_days_of_many_cases(self):
        claims = self._submitted() | self._submitted()
        self._dates(claims, insurer_received_on=self.today)
        self.assertEqual(set(claims.mapped("insurer_received_on")), {self.today})

    def test_days_of_a_case_that_is_not_there(self):
        claim = self._audited()
        with self.assertRaises(UserError):
            claim.with_user(self.submitter).action_record_dates()

    # -- return -----------------------------------------------------------------

    def test_return_and_submit_again(self):
        claim = self._submitted(days_ago=5)
        first = claim.submitted_on
        due = claim.payment_due_on
        kind = self.env.ref("dealer_base.document_type_d01")
        self._dates(claim, insurer_received_on=first)
        item = self._return(claim, types=kind, note="Signature missing")
        self.assertTrue(claim.is_returned)
        self.assertEqual((claim.return_count, claim.file_state), (1, "returned"))
        self.assertEqual(claim.last_return_reason_id, self.return_reason)
        row = claim.document_ids.filtered(lambda row: row.type_id == kind)
        self.assertEqual(row.state, "defect")
        prepare = claim.with_user(self.submitter).action_prepare_submission
        self._refused(["G-O9"], prepare)
        self._refused(["G-O9"], item.with_user(self.submitter).action_correct)
        row.with_user(self.receptionist).action_receive()
        self._refused(["G-O9"], item.with_user(self.submitter).action_correct)
        row.with_user(self.submitter).action_check()
        item.with_user(self.submitter).action_correct()
        self.assertTrue(claim.is_returned)
        # Not right after all
        item.with_user(self.submitter).action_reopen()
        self._refused(["G-O9"], prepare)
        item.with_user(self.submitter).action_correct()
        prepare()
        claim.submission_ids.batch_id.filtered(
            lambda batch: batch.state == "draft"
        ).with_user(self.submitter).action_hand_in()
        self.assertFalse(claim.is_returned)
        self.assertEqual(item.state, "resubmitted")
        self.assertEqual(claim.submission_id.attempt, 2)
        # The clock of the payment has run on.
        self.assertEqual((claim.submitted_on, claim.payment_due_on), (first, due))
        self.assertEqual(claim.last_submitted_on, self.today)
        self.assertFalse(claim.insurer_received_on)
        self._return(claim)
        self.assertEqual(claim.return_count, 2)

    def test_guard_of_return(self):
        claim = self._audited()
        self._refused(["G-O6"], self._return, claim)
        self._batch(claim).action_hand_in()
        self._refused(
            ["G-O6"], self._return, claim, reason=self.env["dealer.reason.code"]
        )
        self._refused(["G-O6"], self._return, claim, reason=self.overdue_reason)
        self._refused(["G-O6"], self._return, claim, reason=self.return_other)
        self._refused(
            ["G-O5"],
            self._return,
            claim,
            returned_on=self.today - timedelta(days=1),
        )
        self._return(claim, reason=self.return_other, note="Something else")
        self._refused(["G-O6"], self._return, claim)
        with self.assertRaises(UserError):
            claim.return_ids.sudo().unlink()

    # -- rejection --------------------------------------------------------------

    def test_rejection_and_way_back(self):
        claim = self._submitted()
        nothing = self.env["ir.attachment"]
        self._refused(["G-O7"], self._reject, claim, letters=nothing)
        self._refused(["G-O7"], self._reject, claim, reason=False)
        self._refused(
            ["G-O5"], self._reject, claim, rejected_on=self.today + timedelta(days=1)
        )
        self._reject(claim)
        self.assertEqual(claim.rejected_on, self.today)
        self.assertEqual((claim.file_state, claim.paper_step), ("rejected", "decide"))
        letter = claim.rejection_ids.letter_ids
        self.assertEqual(letter.res_model, "dealer.claim.rejection")
        self._refused(["G-O7"], self._reject, claim)
        prepare = claim.with_user(self.submitter).action_prepare_submission
        self._refused(["G-O4"], prepare)
        action = claim.with_user(self.submitter).action_insurer_reopen()
        self.assertEqual(action["res_model"], "dealer.return.wizard")
        claim.rejection_ids.with_user(self.submitter).action_return("New evidence")
        self.assertFalse(claim.rejected_on)
        self.assertEqual(claim.file_state, "submitted")
        self.assertEqual(claim.rejection_ids.state, "reopened")

    # -- overdue ----------------------------------------------------------------

    def test_overdue(self):
        claim = self._submitted(days_ago=31)
        late = (self.today - claim.payment_due_on).days
        self.assertEqual((claim.is_overdue, claim.overdue_days), (late > 0, late))
        Claim = self.env["dealer.claim"].with_company(self.company)
        self.assertIn(claim, Claim.search([("is_overdue", "=", True)]))
        self._shift(claim, -31)
        self.assertFalse(claim.is_overdue)
        self.assertNotIn(claim, Claim.search([("is_overdue", "=", True)]))
        self.assertIn(claim, Claim.search([("is_overdue", "=", False)]))

    def test_reason_of_the_delay_is_required(self):
        """Within the working days everything goes on, afterwards nothing."""
        claim = self._submitted()
        due_in = (claim.payment_due_on - self.today).days
        self._shift(claim, due_in + 1)
        self.assertTrue(claim.is_overdue)
        self.assertFalse(claim.is_overdue_uncoded)
        self._chase(claim)
        self._shift(claim, 9)
        self.assertTrue(claim.is_overdue_uncoded)
        self.assertIn(
            claim,
            self.env["dealer.claim"].search([("is_overdue_uncoded", "=", True)]),
        )
        self._refused(["G-O8"], self._chase, claim)
        self._refused(["G-O8"], self._dates, claim, insurer_received_on=self.today)
        self._refused(
            ["G-O8"], self._chase, claim, overdue_reason_id=self.overdue_other.id
        )
        self._refused(
            ["G-O8"], self._chase, claim, overdue_reason_id=self.return_reason.id
        )
        self._chase(
            claim,
            overdue_reason_id=self.overdue_reason.id,
            next_on=self.today + timedelta(days=3),
        )
        self.assertEqual(claim.overdue_reason_id, self.overdue_reason)
        self.assertEqual(claim.overdue_coded_on, self.today)
        self.assertEqual(claim.next_chase_on, self.today + timedelta(days=3))
        self.assertEqual(claim.paper_due_on, claim.next_chase_on)
        self.assertEqual(len(claim.chase_ids), 2)
        self.assertEqual(claim.chase_ids[:1].overdue_reason_id, self.overdue_reason)
        self._dates(claim, insurer_received_on=self.today)

    def test_register_of_chases_only_grows(self):
        claim = self._submitted()
        self._chase(claim)
        with self.assertRaises(UserError):
            claim.chase_ids.with_user(self.submitter).write({"result": "else"})
        with self.assertRaises(UserError):
            claim.chase_ids.sudo().unlink()
        with self.assertRaises(UserError):
            self._chase(claim, result=" ")

    def _overdue_by(self, days):
        claim = self._submitted()
        self._shift(claim, (claim.payment_due_on - self.today).days + days)
        return claim

    def _escalate(self):
        self.env["dealer.claim"].with_company(self.company).with_context(
            allowed_company_ids=self.company.ids
        )._escalate(self.company)
        self.env.flush_all()

    def _told(self, claim):
        kind = self.env.ref("dealer_claims.activity_claim_overdue")
        tasks = claim.activity_ids.filtered(lambda t: t.activity_type_id == kind)
        return sorted(tasks.mapped("user_id.login"))

    def test_escalation(self):
        """7, 15 and 30 days: submitter, leader, manager; each is told once."""
        claims = [self._overdue_by(days) for days in (1, 7, 15, 30)]
        for _twice in range(2):
            self._escalate()
            self.assertEqual([c.overdue_level for c in claims], [0, 1, 2, 3])
            logins = [self._told(claim) for claim in claims]
            self.assertEqual([len(names) for names in logins], [1, 1, 2, 3])
            self.assertIn(self.claim_leader.login, logins[2])
            self.assertNotIn(self.claim_leader.login, logins[1])
        self._reject(claims[3])
        self._escalate()
        self.assertFalse(self._told(claims[3]))

    def test_settings_move_the_levels(self):
        self.company.dealer_claim_escalate_submitter_days = 3
        claim = self._overdue_by(3)
        self._escalate()
        self.assertEqual(claim.overdue_level, 1)

    def test_escalation_of_many(self):
        """The number of statements does not follow the number of cases."""
        counts = []
        for size in (3, 12):
            template = self._overdue_by(8)
            claims = template
            for _index in range(size - 1):
                claims |= self._overdue_by(8)
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            self._escalate()
            counts.append(self.env.cr.sql_log_count - before)
        # Two tasks a case with their notices cost a little, search and levels nothing.
        self.assertLess(counts[1] - counts[0], 30 * (12 - 3))

    def test_age_buckets(self):
        self.assertEqual(
            [age_bucket(days) for days in (0, 30, 31, 60, 61, 90, 91, 180, 181)],
            [0, 0, 1, 1, 2, 2, 3, 3, 4],
        )
        claim = self._submitted(days_ago=61)
        Claim = self.env["dealer.claim"]
        self.assertEqual(claim.age_bucket, "2")
        self.assertIn(claim, Claim.search([("age_bucket", "=", "2")]))
        for other in ("0", "1", "3", "4"):
            self.assertNotIn(claim, Claim.search([("age_bucket", "=", other)]))

    # -- expected day of payment ------------------------------------------------

    def test_quantile(self):
        self.assertEqual(quantile([10, 20, 30, 40, 50], 0.5), 30)
        self.assertEqual(quantile([50, 10, 40, 30, 20], 0.8), 40)
        self.assertEqual(quantile([7], 0.8), 7)
        self.assertEqual(quantile([1, 2], 0.5), 1)
        with self.assertRaises(ValueError):
            quantile([], 0.5)

    def test_forecast(self):
        self.assertIsNone(forecast_days([10, 20, 30, 40]))
        self.assertEqual(forecast_days([10, 20, 30, 40, 50]), (30, 40))
        # A typing slip does not count as a case.
        self.assertIsNone(forecast_days([10, 20, 30, 40, -5]))

    def test_expected_day(self):
        """The due day first, then what the insurer's own cases tell."""
        claim = self._submitted()
        self.assertEqual(claim.expected_paid_on, claim.payment_due_on)
        for days in (10, 20, 30, 40, 50):
            self._paid_history(days)
        claim.invalidate_recordset()
        self.assertEqual(claim.expected_paid_on, self.today + timedelta(days=30))
        self.assertEqual(claim.expected_paid_until, self.today + timedelta(days=40))

    def _paid_history(self, days, received=100.0, **vals):
        """A case of the time before, paid ``days`` after its submission."""
        submitted = self.today - timedelta(days=100)
        claim = self.su_env["dealer.claim"]._create_protected(
            [
                {
                    "company_id": self.company.id,
                    "vehicle_id": self.vehicle.id,
                    "insurer_id": self.insurer.id,
                    "is_historical": True,
                    "settlement_total": 100.0,
                    "insurer_payable": 100.0,
                    "expected_insurer_payment": 100.0,
                    "historical_insurer_received": received if days else 0,
                    "historical_paid_on": days and submitted + timedelta(days=days),
                    **vals,
                }
            ]
        )
        self.su_env["dealer.claim.submission"]._create_protected(
            [
                {
                    "company_id": self.company.id,
                    "claim_id": claim.id,
                    "name": "H",
                    "submitted_on": submitted,
                    "due_on": submitted + timedelta(days=30),
                    "is_historical": True,
                }
            ]
        )
        return claim

    # -- key figures ------------------------------------------------------------

    def test_key_figures(self):
        """Two of ten returned, one rejected; 100 of 400 unpaid overdue … by hand."""
        engine = self.env["dealer.kpi.engine"].with_company(self.company)
        engine = engine.with_context(allowed_company_ids=self.company.ids)
        before = self.today - timedelta(days=100)
        args = (self.company, before - timedelta(days=5), self.today)
        for _index in range(6):
            self._paid_history(10)
        # Unpaid for 100 days, 70 of them overdue; and one handed in today
        self._paid_history(0)
        claim = self._submitted()
        returned = self._submitted()
        self._return(returned)
        rejected = self._submitted()
        self._reject(rejected)
        self.env.flush_all()
        self.assertEqual(engine._kpi_k30(*args), {(): (1, 10)})
        self.assertEqual(engine._kpi_k30_first(*args), {(): (9, 10)})
        self.assertEqual(engine._kpi_k31(*args), {(): (1, 10)})
        [(numerator, denominator)] = engine._kpi_k28(*args).values()
        self.assertEqual((numerator, denominator), (0, 10))
        self.assertEqual(engine._kpi_k28_insurer(*args), {(): (7, 10)})
        # 100 of history, 2 × 10,300 of today; the rejected case is nobody's debt
        self.assertEqual(
            engine._kpi_k33(*args), {(): (100.0, 100.0 + 2 * INSURER_PART)}
        )
        by_age = engine._kpi_k33(*args, ("claim_age",))
        self.assertEqual(
            by_age, {("0",): (0.0, 2 * INSURER_PART), ("3",): (100.0, 100.0)}
        )
        by_insurer = engine._kpi_k30(*args, ("insurer",))
        self.assertEqual(by_insurer, {(self.insurer.id,): (1, 10)})
        months = engine._kpi_k33(*args, ("company", "month"))
        month = self.today.replace(day=1)
        self.assertEqual(
            months[self.company.id, month], (100.0, 100.0 + 2 * INSURER_PART)
        )
        for code in ("k28", "k28_insurer", "k30", "k30_first", "k31", "k33"):
            for part in ("numerator", "denominator"):
                action = getattr(engine, f"_kpi_{code}_action")(*args, part)
                found = self.env["dealer.claim"].search(action["domain"])
                if code == "k30" and part == "numerator":
                    self.assertEqual(found, returned)
                if code == "k33" and part == "denominator":
                    self.assertIn(claim, found)
                    self.assertEqual(len(found), 3)
        for kpi in self.env["dealer.kpi"].search(
            [("function", "in", ("k28", "k30", "k31", "k33"))]
        ):
            self.assertTrue(kpi.formula)

    # -- rights -----------------------------------------------------------------

    def test_facts_are_not_written(self):
        claim = self._submitted()
        for vals in (
            {"submitted_on": "2026-01-01"},
            {"is_returned": True},
            {"rejected_on": "2026-01-01"},
            {"overdue_reason_id": self.overdue_reason.id},
            {"overdue_level": 0, "next_chase_on": "2026-01-01"},
        ):
            with self.assertRaises(UserError):
                claim.with_user(self.submitter).write(vals)
        submission = claim.submission_id.with_user(self.submitter)
        with self.assertRaises(UserError):
            submission.write({"approved_on": "2026-01-01"})
        with self.assertRaises(UserError):
            submission.batch_id.write({"submitted_on": "2026-01-01"})
        with self.assertRaises(UserError):
            submission.create({"claim_id": claim.id, "submitted_on": "2026-01-01"})

    def test_wrong_posts(self):
        claim = self._submitted()
        for user in (self.receptionist, self.cashier, self.hotline, self.claim_leader):
            for step in (
                "action_prepare_submission",
                "action_record_dates",
                "action_insurer_return",
                "action_insurer_reject",
            ):
                with self.assertRaises(AccessError):
                    getattr(claim.with_user(user), step)()
        for user in (self.receptionist, self.cashier, self.hotline):
            with self.assertRaises(AccessError):
                claim.with_user(user).action_chase()
        self._chase(claim, user=self.claim_leader)

    def test_other_store_sees_nothing(self):
        claim = self._submitted()
        other = self.env["res.company"].create({"name": "Other Store"})
        stranger = self._user("claim_submitter", other)
        for records in (
            claim.submission_ids,
            claim.submission_ids.batch_id,
            claim.handover_ids,
        ):
            theirs = records.with_user(stranger).with_context(
                allowed_company_ids=other.ids
            )
            self.assertFalse(theirs.search([("id", "in", records.ids)]))
            with self.assertRaises(AccessError):
                theirs.read(["name"])

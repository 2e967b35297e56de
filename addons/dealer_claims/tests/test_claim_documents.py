"""Papers of a claim: checklist, two-sided hand-over, audit, proposals (S95, S98)."""

from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.dealer_base.models.guard_mixin import GuardError

from .claim_file_common import ClaimFileCommon

#: § 3.13: documents D01… by kind of claim; capital letter = required.
MATRIX = {
    "claim_single": "1 2 3 4 5o 7 8 9 10o 18o 19o",
    "claim_two": "1 2 3 4 5 6o 7 8 9 10o 11 19o",
    "claim_third": "1 2 3 4 5 6o 7 8 9o 10o 11o 12 19o",
    "claim_injury": "1 2 3 4 5 6 7 8o 11o 12o 13 14o",
    "claim_theft": "1 2 3 4 7o 15 16 17",
    "claim_glass": "1 2 3 4 5o 7 8 9 19o",
    "claim_scratch": "1 2 3 4 7 8 9 19o",
    "claim_flood_fire": "1 2 3 4 5o 7 8 9 10o 18 19o",
    "claim_total_loss": "1 2 3 4 5o 6o 7 8 10o 16 17o 18o",
    "claim_subrogation": "1 2 3 4 5 6o 7 8 9 10o 11 17 19o",
}


@tagged("post_install", "-at_install")
class TestClaimDocuments(ClaimFileCommon):
    def _refused(self, codes, call, *args):
        with self.assertRaises(GuardError) as caught:
            call(*args)
        self.assertEqual(caught.exception.codes, codes)
        return str(caught.exception)

    def _row(self, claim, code):
        return claim.document_ids.filtered(lambda row: row.type_id.code == code)

    # -- checklist --------------------------------------------------------------

    def test_checklists_are_those_of_the_matrix(self):
        Template = self.su_env["dealer.document.template"]
        for usage, row in MATRIX.items():
            template = Template._find(usage, self.env["res.partner"], self.company)
            found = {
                (line.type_id.code, line.requirement) for line in template.line_ids
            }
            wanted = {
                (f"D{int(item.rstrip('o')):02d}", "may" if "o" in item else "must")
                for item in row.split()
            }
            self.assertEqual(found, wanted, usage)

    def test_checklist_follows_the_kind(self):
        claim = self._claim()
        self.assertEqual(claim.claim_type, "claim_single")
        self.assertEqual(len(claim.document_ids), 11)
        claim.accident_type = "two"
        self.assertEqual(claim.claim_type, "claim_two")
        self.assertTrue(self._row(claim, "D11"))
        self.assertFalse(self._row(claim, "D18"))
        claim.claim_kind = "self_pay"
        self.assertFalse(claim.document_ids)

    def test_own_checklist_of_the_insurer_goes_first(self):
        kind = self.env.ref("dealer_base.document_type_d12")
        general = self.su_env["dealer.document.template"]._find(
            "claim_single", self.insurer, self.company
        )
        own = general.copy({"insurer_id": self.insurer.id, "name": "Own"})
        own.line_ids = [(0, 0, {"type_id": kind.id, "requirement": "must"})]
        claim = self._claim()
        self.assertEqual(len(claim.document_ids), 12)
        self.assertEqual(self._row(claim, "D12").requirement, "must")

    def test_applicable_paper_is_required(self):
        claim = self._collected()
        self.assertEqual(claim.document_count, "7/7")
        row = self._row(claim, "D10").with_user(self.receptionist)
        row.is_applicable = True
        self.assertEqual(claim.document_count, "7/8")
        self._refused(["G-O1"], claim.with_user(self.receptionist).action_hand_over)
        row.action_receive()
        claim.with_user(self.receptionist).action_hand_over()

    def test_rows_cannot_be_taken_off(self):
        """Deleting a required row, or making it optional, does not complete a file."""
        claim = self._claim()
        row = self._row(claim, "D01").with_user(self.receptionist)
        with self.assertRaises(UserError):
            row.unlink()
        with self.assertRaises(UserError):
            row.requirement = "may"

    # -- hand-over --------------------------------------------------------------

    def test_hand_over_needs_a_ready_car(self):
        claim = self._assessed()
        claim.with_user(self.receptionist).action_receive_all_papers()
        text = self._refused(
            ["G-O1"], claim.with_user(self.receptionist).action_hand_over
        )
        self.assertIn("not repaired", text)

    def test_hand_over_needs_every_required_paper(self):
        claim = self._collected()
        row = self._row(claim, "D09").with_user(self.receptionist)
        row.state = "missing"
        text = self._refused(
            ["G-O1"], claim.with_user(self.receptionist).action_hand_over
        )
        self.assertIn(row.display_name, text)
        # … or why one is left out
        row.exception_reason = "Invoice follows on Monday"
        claim.with_user(self.receptionist).action_hand_over()
        self.assertIn("Invoice follows", claim.handover_id.exceptions)

    def test_hand_over_is_two_sided(self):
        claim = self._handed()
        handover = claim.handover_id
        self.assertEqual(handover.state, "handed")
        # It counts when the other side has confirmed it.
        self.assertFalse(claim.handed_over_at)
        self.assertEqual(claim.paper_step, "confirm")
        with self.assertRaises(AccessError):
            handover.with_user(self.receptionist).action_confirm()
        handover.with_user(self.submitter).action_confirm()
        self.assertTrue(claim.handed_over_at)
        self.assertEqual(claim.submitter_id, self.submit_staff)
        self.assertEqual(claim.file_state, "docs_handed_over")
        self.assertEqual(
            claim.activity_ids.filtered(
                lambda task: task.user_id == self.submitter
            ).mapped("activity_type_id"),
            self.env.ref("dealer_claims.activity_claim_papers"),
        )

    def test_nobody_takes_what_he_has_handed_over(self):
        """A manager holds both posts, but not both sides (G-O3)."""
        claim = self._collected()
        claim.with_user(self.insurance_manager).action_hand_over()
        handover = claim.handover_id.with_user(self.insurance_manager)
        self._refused(["G-O3"], handover.action_confirm)
        handover.with_user(self.submitter).action_confirm()
        claim.with_user(self.submitter).action_check_all_papers()
        self._refused(["G-O3"], handover.action_accept)
        handover.with_user(self.submitter).action_accept()
        self.assertTrue(claim.audited_at)

    def test_handed_over_once(self):
        claim = self._handed()
        self._refused(["G-O1"], claim.with_user(self.receptionist).action_hand_over)

    def test_receptionist_takes_back_what_nobody_has_confirmed(self):
        claim = self._handed()
        handover = claim.handover_id
        handover.with_user(self.receptionist).action_take_back()
        self.assertEqual(claim.paper_step, "collect")
        claim.with_user(self.receptionist).action_hand_over()
        # Taking back is no refusal: the next one is still the first.
        self.assertEqual(claim.handover_id.attempt, 1)
        with self.assertRaises(UserError):
            handover.with_user(self.receptionist).action_take_back()

    def test_late_hand_over(self):
        claim = self._locked()
        locked = self.company._dealer_local_day(claim.repaired_at)
        self.assertEqual(
            claim.handover_due_on, self.company._dealer_add_working_days(locked, 3)
        )
        self.assertFalse(claim.is_handover_late)
        claim.sudo()._write_protected(
            {"repaired_at": claim.repaired_at - timedelta(days=15)}
        )
        self.assertTrue(claim.is_handover_late)
        self.assertIn(
            claim, self.env["dealer.claim"].search([("is_handover_late", "=", True)])
        )
        self._handed(claim)
        self.assertTrue(claim.handover_id.is_late)

    # -- audit ------------------------------------------------------------------

    def test_audit_looks_at_every_item(self):
        claim = self._confirmed()
        accept = claim.with_user(self.submitter).action_accept_papers
        self.assertIn("not looked at", self._refused(["G-O2"], accept))
        claim.with_user(self.submitter).action_check_all_papers()
        row = self._row(claim, "D01").with_user(self.submitter)
        row.write({"state": "defect", "defect_note": "not signed"})
        self.assertIn("with a defect", self._refused(["G-O2"], accept))
        row.state = "checked"
        accept()
        self.assertEqual(claim.handover_id.state, "accepted")
        self.assertEqual(claim.file_state, "docs_audited")
        self.assertEqual(claim.paper_step, "submit")

    def test_finding_belongs_to_the_submitter(self):
        claim = self._collected()
        row = self._row(claim, "D01")
        with self.assertRaises(AccessError):
            row.with_user(self.receptionist).state = "checked"
        claim.with_user(self.receptionist).action_hand_over()
        claim.with_user(self.submitter).action_confirm_papers()
        with self.assertRaises(AccessError):
            row.with_user(self.receptionist).state = "missing"
        row.with_user(self.submitter).state = "checked"
        self.assertEqual(row.checked_by_id, self.submitter)

    def test_accepted_papers_stand(self):
        claim = self._audited()
        row = self._row(claim, "D01")
        for user in (self.receptionist, self.submitter):
            with self.assertRaises(UserError):
                row.with_user(user).state = "missing"

    def test_sent_back_and_accepted_the_second_time(self):
        claim = self._confirmed()
        row = self._row(claim, "D01").with_user(self.submitter)
        row.write({"state": "defect", "defect_note": "not signed"})
        # A dialog asks for the reason.
        action = claim.with_user(self.submitter).action_send_back_papers()
        self.assertEqual(action["res_model"], "dealer.return.wizard")
        first = claim.handover_id
        first.with_user(self.submitter).action_return("The application is not signed")
        self.assertEqual((first.state, first.defect_count), ("sent_back", 1))
        self.assertFalse(claim.handed_over_at)
        self.assertEqual(claim.paper_step, "collect")
        task = claim.activity_ids.filtered(lambda t: t.user_id == self.receptionist)
        self.assertIn("not signed", task.note)
        self._refused(["G-O1"], claim.with_user(self.receptionist).action_hand_over)
        row.with_user(self.receptionist).action_receive()
        self._audited_from_collected(claim)
        second = claim.handover_id
        self.assertEqual(second.attempt, 2)
        self.assertEqual((first.first_pass, first.counts_first), (0.0, True))
        self.assertFalse(second.counts_first)

    def _audited_from_collected(self, claim):
        claim.with_user(self.receptionist).action_hand_over()
        mine = claim.with_user(self.submitter)
        mine.action_confirm_papers()
        mine.action_check_all_papers()
        mine.action_accept_papers()

    def test_first_pass_rate(self):
        """Of three first hand-overs one was sent back: two thirds."""
        self._audited()
        self._audited()
        claim = self._confirmed()
        claim.handover_id.with_user(self.submitter).action_return("Wrong policy")
        [(rate,)] = self.env["dealer.claim.handover"]._read_group(
            [("counts_first", "=", True), ("company_id", "=", self.company.id)],
            aggregates=["first_pass:avg"],
        )
        self.assertAlmostEqual(rate, 2 / 3, 4)

    def test_batch_of_many(self):
        """Fifty cases change hands with a constant number of statements a case."""
        claims = self.env["dealer.claim"]
        for _index in range(6):
            claims |= self._collected()
        few, many = claims[:2], claims[2:]
        counts = []
        for part in (few, many):
            part.env.flush_all()
            part.with_user(self.receptionist).action_hand_over()
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            part.handover_id.with_user(self.submitter).action_confirm()
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLess(counts[1], counts[0] + 30)

    # -- rights -----------------------------------------------------------------

    def test_facts_are_not_written(self):
        claim = self._handed()
        for user in (self.receptionist, self.submitter):
            with self.assertRaises(UserError):
                claim.with_user(user).write({"audited_at": claim.received_at})
        with self.assertRaises(UserError):
            claim.handover_id.with_user(self.submitter).write(
                {"audited_at": "2026-01-01"}
            )
        with self.assertRaises(UserError):
            self.env["dealer.claim.handover"].with_user(self.receptionist).create(
                {"claim_id": claim.id, "confirmed_at": "2026-01-01 00:00:00"}
            )

    def test_wrong_posts(self):
        claim = self._collected()
        for user in (self.submitter, self.cashier, self.hotline):
            with self.assertRaises(AccessError):
                claim.with_user(user).action_hand_over()
        claim.with_user(self.receptionist).action_hand_over()
        for user in (self.cashier, self.receptionist):
            with self.assertRaises(AccessError):
                claim.handover_id.with_user(user).action_return("no")

    # -- proposals --------------------------------------------------------------

    def test_return_teaches_a_document(self):
        claim = self._submitted()
        waiting = self._claim(vehicle_id=self._insured().id)
        kind = self.env.ref("dealer_base.document_type_d12")
        self.assertFalse(self._row(waiting, "D12"))
        item = self._return(claim, propose=kind)
        proposal = item.proposal_ids
        self.assertEqual(proposal.usage, "claim_single")
        # The case itself needs it now.
        self.assertTrue(self._row(claim, "D12").is_required)
        with self.assertRaises(AccessError):
            proposal.with_user(self.submitter).action_accept()
        proposal.with_user(self.insurance_manager).action_accept()
        template = proposal.template_line_id.template_id
        self.assertEqual(template.insurer_id, self.insurer)
        self.assertEqual(template.company_id, self.company)
        self.assertEqual(len(template.line_ids), 12)
        self.assertEqual(self._row(waiting, "D12").requirement, "must")
        # The next one finds it on the checklist.
        self.assertEqual(self._row(self._claim(), "D12").requirement, "must")

    def test_refused_proposal_changes_nothing(self):
        claim = self._submitted()
        kind = self.env.ref("dealer_base.document_type_d12")
        proposal = self._return(claim, propose=kind).proposal_ids
        proposal.with_user(self.insurance_manager).action_refuse()
        self.assertFalse(self._row(self._claim(), "D12"))
        with self.assertRaises(UserError):
            proposal.with_user(self.insurance_manager).action_accept()

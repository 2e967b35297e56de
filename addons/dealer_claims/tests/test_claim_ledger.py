from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError

from .closing_common import ClosingCommon


class TestClaimLedger(ClosingCommon):
    """Manual ledger, tracker, their audit."""

    def test_numbers(self):
        """Running numbers of the store and year, in order of reception, no gap."""
        now = fields.Datetime.now()
        values = [
            self._claim_vals(received_at=now - timedelta(minutes=minutes))
            for minutes in (1, 5, 3)
        ]
        claims = self.env["dealer.claim"].with_user(self.receptionist).create(values)
        numbers = claims.sorted("received_at").mapped("ledger_seq")
        self.assertEqual(numbers, list(range(numbers[0], numbers[0] + 3)))
        year = self.company._dealer_local_day(now).year
        self.assertEqual(claims[1].ledger_no, f"{year}-{numbers[0]:04d}")
        with self.assertRaises(UserError):
            claims[0].with_user(self.receptionist).write({"ledger_no": "2026-9999"})
        other = self._user("claim_receptionist", company=self.company_2)
        vehicle = self._vehicle(company=self.company_2)
        claim = (
            self.env["dealer.claim"]
            .with_user(other)
            .with_company(self.company_2)
            .create({"vehicle_id": vehicle.id, "company_id": self.company_2.id})
        )
        self.assertEqual(claim.ledger_seq, 1, "every store has its own ledger")

    def test_late_and_problems(self):
        """Entered days after the reception; what is missing is named."""
        moment = fields.Datetime.now() - timedelta(days=3)
        claim = self._claim(
            received_at=moment, accident_at=moment - timedelta(hours=1), report_no=False
        )
        self.assertTrue(claim.is_ledger_late)
        self.assertEqual(claim._ledger_problems()[claim], ["report_no"])
        claim.no_report_reason = "Insurer gives none for glass"
        self.assertFalse(claim._ledger_problems()[claim])
        claim.sudo()._write_protected({"assessed_at": moment - timedelta(days=2)})
        self.assertEqual(claim._ledger_problems()[claim], ["order"])

    def test_tracker_stamp(self):
        """A day that is entered late marks the tracker (S103)."""
        claim = self._submitted()
        self.assertTrue(claim.tracker_updated_at)
        self.assertEqual((claim.tracker_lag_days, claim.is_tracker_late), (0, False))
        day = claim.submitted_on
        claim.submission_id.sudo()._write_protected(
            {"submitted_on": day - timedelta(days=4)}
        )
        self.assertEqual((claim.tracker_lag_days, claim.is_tracker_late), (4, True))

    def test_forms(self):
        """Both forms in the columns of the paper, as print and as workbook."""
        claim = self._released()
        report = self.env["report.dealer_claims.report_claim_ledger"]
        values = report.with_user(self.claim_leader)._get_report_values(claim.ids)
        [section] = values["sections"]
        texts = [cell["texts"][0] for cell in section["cells"][0]]
        self.assertEqual(len(texts), 24)
        self.assertEqual(texts[0], claim.ledger_no)
        self.assertEqual(texts[10:13], ["11,300.00", "1,000.00", "1,000.00"])
        tracker = self.env["report.dealer_claims.report_claim_tracker"]
        tracker = tracker.with_user(self.claim_leader)
        values = tracker._get_report_values(claim.ids)
        self.assertEqual(len(values["header"]), 25, "two columns in one cell")
        reports = self.su_env["ir.actions.report"]
        html = reports._render_qweb_html(
            "dealer_claims.report_claim_tracker", claim.ids
        )[0]
        self.assertIn(claim.name, html.decode())
        for name in ("claim_ledger_xlsx", "claim_tracker_xlsx"):
            content = reports._render_xlsx(f"dealer_claims.{name}", claim.ids, {})[0]
            self.assertEqual(content[:2], b"PK")

    def _audit(self):
        month = self.company._dealer_today().replace(day=1) - timedelta(days=1)
        return self.env["dealer.claim.ledger.audit"]._sudo_create_for(
            self.company, month.replace(day=1)
        )

    def test_audit(self):
        """The leader samples, writes guidance and signs; nobody audits himself."""
        last = self.company._dealer_today().replace(day=1) - timedelta(days=5)
        moment = fields.Datetime.to_datetime(last) + timedelta(hours=2)
        claims = [
            self._claim(
                received_at=moment,
                accident_at=moment - timedelta(hours=1),
                vehicle_id=self._vehicle().id,
            )
            for _i in range(7)
        ]
        audit = self._audit().with_user(self.claim_leader)
        self.assertEqual((audit.case_count, audit.ledger_count), (7, 7))
        self.assertEqual(audit.ledger_late_count, 7, "entered today, received before")
        self.assertEqual(audit.missing_count, 0)
        samples = audit.line_ids.filtered("is_sample")
        self.assertEqual(len(samples), 5)
        text = self._guarded(["G-G3"], audit.action_sign)
        self.assertIn(samples[0].claim_id.name, text)
        samples.write({"result": "same"})
        self._guarded(["G-G3"], audit.action_sign)
        with self.assertRaises(AccessError):
            samples.with_user(self.receptionist).write({"result": "different"})
        audit.guidance = "Enter the car on the day it comes"
        self.reception_staff.sudo().user_id = self.claim_leader
        self._guarded(["G-G4"], audit.action_sign)
        self.reception_staff.sudo().user_id = self.receptionist
        audit.action_sign()
        self.assertEqual(audit.state, "signed")
        with self.assertRaises(UserError):
            samples[0].write({"result": "different"})
        manager = audit.with_user(self.manager)
        with self.assertRaises(AccessError):
            audit.action_return_audit("Look again")
        manager.action_return_audit("Look again")
        self.assertEqual(audit.state, "draft")
        audit.action_sign()
        manager.action_see()
        self.assertEqual((audit.state, len(claims)), ("seen", 7))
        with self.assertRaises(UserError):
            self.env["dealer.claim.ledger.audit"].with_user(self.claim_leader).create(
                {"month": last}
            )

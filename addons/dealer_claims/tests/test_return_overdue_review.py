from datetime import date, timedelta

from odoo import Command
from odoo.exceptions import AccessError, UserError

from ..models.return_overdue_review import KIND, overdue_age
from .closing_common import ClosingCommon


class TestReturnOverdueReview(ClosingCommon):
    """Monthly report of returned and overdue cases: it finds its own cases (SM-12)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        reasons = cls.su_env["dealer.reason.code"]
        cls.missing = reasons.search([("code", "=", "RC-01")])
        cls.slow = reasons.search([("code", "=", "OD-02")])

    def _case(self, submitted, due, paid=False, returned=False, amount=1000.0):
        """A case taken over with its days."""
        claim = self.su_env["dealer.claim"]._create_protected(
            [
                self._claim_vals(
                    vehicle_id=self._vehicle().id,
                    is_historical=True,
                    submitter_id=self.submit_staff.id,
                    insurer_id=self.insurer.id,
                    historical_paid_on=paid,
                )
            ]
        )
        claim._write_protected({"expected_insurer_payment": amount})
        self.su_env["dealer.claim.submission"]._create_protected(
            [
                {
                    "company_id": self.company.id,
                    "claim_id": claim.id,
                    "submitted_on": submitted,
                    "due_on": due,
                }
            ]
        )
        if returned:
            self.su_env["dealer.claim.return"]._create_protected(
                [
                    {
                        "company_id": self.company.id,
                        "claim_id": claim.id,
                        "returned_on": returned,
                        "reason_id": self.missing.id,
                        "note": "Licence is missing",
                        "is_historical": True,
                    }
                ]
            )
        return claim

    def _review(self):
        return (
            self.env["dealer.review"]
            .with_user(self.submitter)
            .with_company(self.company)
            .create(
                {
                    "kind": KIND,
                    "date_from": date(2026, 8, 1),
                    "company_id": self.company.id,
                }
            )
        )

    def _rows(self, review, table):
        return review.frozen["tables"][table]

    def test_ages(self):
        """Bounds of the buckets are in days."""
        self.assertEqual(
            [overdue_age(days) for days in (1, 30, 31, 60, 61, 90, 91)],
            ["1-30", "1-30", "31-60", "31-60", "61-90", "61-90", "90+"],
        )

    def test_cases(self):
        """Due 2026-08-10: overdue on the 11th. Paid on the due day: never overdue."""
        late = self._case(date(2026, 7, 11), date(2026, 8, 10), amount=2000.0)
        paid_late = self._case(
            date(2026, 7, 11), date(2026, 8, 10), paid=date(2026, 8, 20)
        )
        self._case(date(2026, 7, 11), date(2026, 8, 10), paid=date(2026, 8, 10))
        # due on the last day of the month: overdue in September
        self._case(date(2026, 8, 1), date(2026, 8, 31))
        # overdue since July, still open: standing, not new; 40 days at the end
        old = self._case(date(2026, 6, 22), date(2026, 7, 22), amount=500.0)
        back = self._case(
            date(2026, 8, 5), date(2026, 9, 4), returned=date(2026, 8, 12)
        )
        review = self._review()
        overdue = self._rows(review, "overdue")
        self.assertEqual(
            {row["claim"]: row["days"] for row in overdue},
            {late.name: 21, paid_late.name: 10},
        )
        self.assertEqual(
            [(row["claim"], row["reason"]) for row in self._rows(review, "returned")],
            [(back.name, "RC-01")],
        )
        figures = {line.code: line.value for line in review.figure_ids}
        self.assertEqual(figures["overdue"], 2)
        self.assertEqual(figures["overdue_amount"], 3000.0)
        self.assertEqual(figures["standing"], 2, "late and old; the paid one is gone")
        self.assertEqual(figures["standing_amount"], 2500.0)
        self.assertEqual(figures["submitted"], 2)
        self.assertEqual(figures["return_rate"], 0.5)
        ages = {row["age"]: row["count"] for row in self._rows(review, "ageing")}
        self.assertEqual(ages, {"1-30": 1, "31-60": 1, "61-90": 0, "90+": 0})
        self.assertEqual(old.ball_holder, "insurer")
        # nobody edits the list down
        with self.assertRaises(UserError):
            review.write({"claim_reason_ids": [Command.clear()]})
            review.flush_recordset()
        with self.assertRaises(UserError):
            review.write({"frozen": {}})

    def test_flow(self):
        """Refused without causes; audited by the leader, forwarded, closed."""
        self._case(date(2026, 7, 11), date(2026, 8, 10))
        self._case(date(2026, 8, 5), date(2026, 9, 4), returned=date(2026, 8, 12))
        review = self._review()
        lines = review.claim_reason_ids
        self.assertEqual(
            [(line.area, line.reason, line.case_count) for line in lines],
            [("returned", "RC-01", 1), ("overdue", "-", 1)],
        )
        review.causes = "<p>Two cases</p>"
        review.write({"improvement_ids": [self._plan()]})
        text = self._guarded(["G-G2"], review.action_submit)
        self.assertIn("suggestion missing", text)
        with self.assertRaises(UserError):
            lines[0].write({"case_count": 0})
        lines.write({"cause": "Licence forgotten", "suggestion": "Copy at reception"})
        review.action_submit()
        leader = review.with_user(self.claim_leader)
        with self.assertRaises(UserError):
            leader.action_forward()
        leader.action_accept()
        self._guarded(["G-Y3", "G-G5"], leader.action_close)
        with self.assertRaises(AccessError):
            review.action_forward()
        leader.action_forward()
        self.assertTrue(review.forwarded_at)
        with self.assertRaises(AccessError):
            leader.action_acknowledge()
        review.with_user(self.manager).action_acknowledge()
        self.assertTrue(review.acknowledged_at)

    def _plan(self):
        return Command.create(
            {
                "title": "Copy papers at the reception",
                "source": "returned_case",
                "problem": "Papers are missing",
                "root_cause": "Nobody copies them",
                "target_name": "Return rate",
                "unit": "%",
                "direction": "down",
                "baseline_value": 30.0,
                "target_value": 10.0,
                "line_ids": [
                    Command.create(
                        {
                            "name": "Checklist at the counter",
                            "owner_id": self.reception_staff.id,
                            "due_date": self.company._dealer_today()
                            + timedelta(days=9),
                        }
                    )
                ],
            }
        )

    def test_quiet_month(self):
        """A month without cases needs no plan."""
        review = self._review()
        review.action_submit()
        self.assertEqual(review.state, "submitted")

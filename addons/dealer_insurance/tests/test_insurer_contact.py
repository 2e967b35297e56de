from datetime import timedelta

import psycopg2.errors

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from odoo.addons.dealer_base.models.guard_mixin import GuardError

from .underwriting_common import UnderwritingCommon


@tagged("post_install", "-at_install")
class TestInsurerContact(UnderwritingCommon):
    """One window per insurer and topic, and the log of what was agreed (S50-S53)."""

    def _window(self, **vals):
        return (
            self.env["dealer.insurer.contact"]
            .with_user(self.manager)
            .create(
                {
                    "insurer_id": self.insurer.id,
                    "company_id": self.company.id,
                    "staff_id": self.writer.id,
                    "date_from": "2026-01-01",
                    **vals,
                }
            )
        )

    def _issue(self, user=None, **vals):
        return (
            self.env["dealer.insurer.issue"]
            .with_user(user or self.clerk)
            .create(
                {
                    "name": "Fee of October",
                    "insurer_id": self.insurer.id,
                    "company_id": self.company.id,
                    "raised_on": "2026-11-01",
                    "due_date": "2026-11-10",
                    **vals,
                }
            )
        )

    def test_one_window_a_day(self):
        first = self._window(date_to="2026-06-30")
        for vals in (
            {"date_from": "2026-06-30"},
            {"date_from": "2025-01-01", "date_to": "2026-01-01"},
            {"date_from": "2025-01-01"},
        ):
            with (
                self.assertRaises(psycopg2.errors.ExclusionViolation),
                mute_logger("odoo.sql_db"),
                self.env.cr.savepoint(),
            ):
                self._window(staff_id=self.consultant.id, **vals).flush_recordset()
        second = self._window(staff_id=self.consultant.id, date_from="2026-07-01")
        claims = self._window(topic="claims")
        other = self._insurer("Insurer Two", "TTWO")
        self._window(insurer_id=other.id)
        find = self.env["dealer.insurer.contact"]._window
        for topic, day, expected in (
            ("general", "2026-06-30", first),
            ("general", "2026-07-01", second),
            ("settlement", "2026-07-01", second),
            ("claims", "2026-07-01", claims),
            ("claims", "2025-12-31", self.env["dealer.insurer.contact"]),
        ):
            found = find(self.insurer, self.company, topic, fields.Date.to_date(day))
            self.assertEqual(found, expected, (topic, day))
        self.assertFalse(find(self.insurer, self.company_2, "general"))
        with freeze_time("2026-07-02"):
            self.assertEqual(self.agreement.window_ids, second | claims)
            valid = self.env["dealer.insurer.contact"].search(
                [("is_valid", "=", True), ("insurer_id", "=", self.insurer.id)]
            )
            self.assertEqual(valid, second | claims)

    def test_issue_is_the_windows_and_gets_done(self):
        self._window()
        with freeze_time("2026-11-05"):
            issue = self._issue()
            self.assertEqual((issue.owner_id, issue.state), (self.writer, "open"))
            self.assertEqual(issue.activity_ids.user_id, self.clerk)
        with freeze_time("2026-11-11"):
            issue.invalidate_recordset(["state"])
            self.assertEqual(issue.state, "late")
            self.assertIn(issue, issue.search([("state", "=", "late")]))
            with self.assertRaises(UserError):
                issue.action_done()
            issue.result = "Paid with the next statement"
            issue.action_done()
        self.assertRecordValues(
            issue,
            [
                {
                    "state": "done",
                    "done_on": fields.Date.to_date("2026-11-11"),
                    "done_by_id": self.clerk.id,
                }
            ],
        )
        self.assertFalse(issue.activity_ids)
        with self.assertRaises(UserError):
            issue.result = "something else"
        with self.assertRaises(UserError):
            issue.done_on = False
        issue.action_reopen()
        self.assertFalse(issue.done_on)
        self.assertTrue(issue.activity_ids)

    def test_rights(self):
        window = self._window()
        with self.assertRaises(AccessError):
            window.with_user(self.clerk).date_to = "2026-12-31"
        self.assertEqual(window.with_user(self.cashier).staff_id, self.writer)
        issue = self._issue()
        with self.assertRaises(AccessError):
            issue.with_user(self.users["sales_consultant"]).action_done()
        with self.assertRaises(AccessError):
            issue.with_user(self.manager).unlink()
        other = self._user("insurance_manager", self.company_2)
        for record in (window, issue):
            with self.assertRaises(AccessError):
                record.with_user(other).read(["insurer_id"])


@tagged("post_install", "-at_install")
class TestLicences(UnderwritingCommon):
    """G-A1 to G-A3 on the days around an expiry (S53)."""

    def _codes(self, row):
        try:
            with self.env.cr.savepoint():
                row.action_propose()
                self.env.flush_all()
                row.action_back_to_draft()
        except GuardError as refusal:
            return refusal.codes
        return []

    def test_boundary_days(self):
        row = self._create()
        self._receive_notices(row)
        today = row._store_date()
        yesterday = today - timedelta(days=1)
        tomorrow = today + timedelta(days=1)
        self.assertEqual(self._codes(row), [])

        self.agreement.licence_valid_to = today
        self.assertEqual(self._codes(row), [])
        self.agreement.licence_valid_to = yesterday
        self.assertEqual(self._codes(row), ["G-A2"])
        self.agreement.licence_valid_to = tomorrow

        self.writer.registration_valid_to = today
        self.assertEqual(self._codes(row), [])
        self.writer.registration_valid_to = yesterday
        self.assertEqual(self._codes(row), ["G-A3"])
        self.writer.write({"registration_no": False, "registration_valid_to": False})
        self.assertEqual(self._codes(row), ["G-A3"])
        self.writer.registration_no = "R1"

        self.agreement.date_to = today
        self.assertEqual(self._codes(row), [])
        self.agreement.date_to = yesterday
        self.assertEqual(self._codes(row), ["G-A1"])
        self.agreement.write({"date_from": tomorrow, "date_to": False})
        self.assertEqual(self._codes(row), ["G-A1"])

    def test_alerts_of_the_registration(self):
        today = self.env.company._dealer_today()
        self.writer.registration_valid_to = today + timedelta(days=61)
        staff = self.writer.with_context(tracking_disable=False)
        expected = {61: 0, 60: 1, 31: 1, 30: 2, 8: 2, 7: 3, 0: 3}
        for left, count in expected.items():
            staff._expiry_alert(today + timedelta(days=61 - left))
            self.assertEqual(len(staff.activity_ids), count, left)

    def test_version_of_the_agreement_rules_from_its_day(self):
        """A new version: rates copied, the old one ends, the fee follows the day."""
        today = self.env.company._dealer_today()
        start = today + timedelta(days=10)
        old = self.agreement
        wizard = (
            self.env["dealer.agreement.version.wizard"]
            .with_user(self.manager)
            .create({"agreement_id": old.id, "name": "V2", "date_from": start})
        )
        self.assertEqual(
            self.env["dealer.agreement.version.wizard"]
            .with_user(self.manager)
            .create({"agreement_id": old.id, "name": "V3"})
            .date_from,
            today,
        )
        new = self.env["dealer.agreement"].browse(wizard.action_create()["res_id"])
        self.assertRecordValues(
            new,
            [
                {
                    "name": "V2",
                    "state": "draft",
                    "predecessor_id": old.id,
                    "version": 2,
                    "date_from": start,
                    "licence_no": old.licence_no,
                }
            ],
        )
        self.assertEqual(
            sorted(new.rate_ids.mapped("rate")), sorted(old.rate_ids.mapped("rate"))
        )
        commercial = new.rate_ids.filtered(lambda rate: rate.product == "commercial")
        commercial.rate = 0.12
        self.assertAlmostEqual(commercial.previous_rate, 0.15, 5)
        self.assertAlmostEqual(commercial.rate_change, -0.03, 5)
        new.with_user(self.manager).action_activate()
        self.assertEqual(old.date_to, start - timedelta(days=1))
        self.assertEqual((old.state, new.state), ("active", "active"))
        find = self.env["dealer.agreement"]._find
        for day, version, rate in (
            (start - timedelta(days=1), old, 0.15),
            (start, new, 0.12),
        ):
            found = find(self.insurer, self.company, day)
            self.assertEqual(found, version)
            self.assertAlmostEqual(found._fee_rate("commercial", date=day)[0], rate, 5)
        self.assertEqual(
            set(new.action_view_versions()["domain"][0][2]), {*(old | new).ids}
        )

        # too early, and by the wrong post
        with self.assertRaises(UserError):
            new._create_version(start, "V3")
        with self.assertRaises(AccessError):
            old.with_user(self.clerk).action_new_version()

    def test_cap_of_a_copied_rate(self):
        version = self.agreement._create_version(
            self.env.company._dealer_today() + timedelta(days=1), "V2"
        )
        with self.assertRaises(UserError):
            version.rate_ids.filtered(lambda rate: rate.product == "ctpl").rate = 0.05
        version.rate_ids = [Command.clear()]
        with self.assertRaises(GuardError) as refusal:
            version.action_activate()
        self.assertEqual(refusal.exception.codes, ["G-A4"])

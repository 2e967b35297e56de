"""Electronic archive of new cars: entered in time, complete, approved (S78, S79)."""

from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.dealer_base.models.guard_mixin import GuardError

from .underwriting_common import UnderwritingCommon


@tagged("post_install", "-at_install")
class TestArchive(UnderwritingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.with_env(cls.su_env).dealer_alert_user_id = cls.manager

    def _archives(self, rows, user=None):
        return (
            self.env["dealer.archive"]
            .with_user(user or self.clerk)
            .search([("underwriting_id", "in", rows.ids)])
        )

    def _complete(self, rows):
        rows.document_ids.filtered(lambda d: d.state == "missing").action_receive()

    def test_issue_opens_one_archive_per_new_car(self):
        rows = self._to("issued", 50)
        archives = self._archives(rows)
        self.assertEqual(len(archives), 50)
        self.assertEqual(set(archives.mapped("state")), {"draft"})
        self.assertTrue(all(archives.mapped("in_store")))
        self.assertEqual(
            archives[0].due_at - archives[0].started_at, timedelta(hours=24)
        )

    def test_renewals_have_no_archive(self):
        self.assertFalse(self._archives(self._to("issued", business_type="first_time")))

    def test_entry_needs_every_required_paper(self):
        row = self._to("issued")
        archive = self._archives(row)
        with self.assertRaises(GuardError) as caught:
            archive.action_enter()
        self.assertEqual(caught.exception.codes, ["G-J1"])
        self._complete(row)
        archive.action_enter()
        self.assertEqual(
            (archive.state, archive.entered_by_id), ("entered", self.clerk)
        )
        self.assertFalse(archive.is_entered_late)
        with self.assertRaises(UserError):
            archive.action_enter()

    def test_the_delay_is_counted_from_the_issue(self):
        row = self._to("issued")
        self._complete(row)
        archive = self._archives(row)
        with freeze_time(row.issued_at + timedelta(hours=30)):
            archive.action_enter()
        self.assertAlmostEqual(archive.entry_lag_h, 30.0, 2)
        self.assertTrue(archive.is_entered_late)

    def test_overdue_archives_are_listed_and_reminded_once(self):
        rows = self._to("issued", 2)
        archives = self._archives(rows)
        self._complete(rows[0])
        self._archives(rows[0]).action_enter()
        with freeze_time(fields.Datetime.now() + timedelta(hours=25)):
            late = self.env["dealer.archive"].search([("is_overdue", "=", True)])
            self.assertEqual(late & archives, self._archives(rows[1]))
            for _run in range(2):
                self.su_env["dealer.archive"]._remind_overdue(self.company)
        self.assertEqual(self._archives(rows[1]).activity_ids.user_id, self.clerk)
        self.assertEqual(len(self._archives(rows[1]).activity_ids), 1)

    def test_delivered_without_policy_gets_an_archive_that_asks_for_the_reason(self):
        self._to("issued")
        vehicle = self._vehicle()
        self.su_env["dealer.delivery"].create(
            {
                "name": "D1",
                "company_id": self.company.id,
                "vehicle_id": vehicle.id,
                "delivery_date": self.env.company._dealer_today(),
                "consultant_id": self.consultant.id,
            }
        )
        Archive = self.su_env["dealer.archive"]
        for _run in range(2):
            with self.enter_registry_test_mode():
                self.env.ref("dealer_insurance.ir_cron_archive").method_direct_trigger()
        archive = Archive.search([("vehicle_id", "=", vehicle.id)])
        self.assertEqual(len(archive), 1)
        self.assertFalse(archive.in_store)
        with self.assertRaises(GuardError) as caught:
            archive.with_user(self.clerk).action_enter()
        self.assertEqual(caught.exception.codes, ["G-J1"])
        # Insured here after all: the same archive, now with its ledger entry.
        row = self._to("issued", vehicle=vehicle)
        self.assertEqual(archive.underwriting_id, row)
        self.assertTrue(archive.in_store)

    def test_void_and_issue_again_keeps_one_archive(self):
        vehicle = self._vehicle()
        row = self._to("issued", vehicle=vehicle)
        archive = self._archives(row)
        reason = self.env["dealer.reason.code"].search(
            [("category", "=", "void"), ("needs_text", "=", False)], limit=1
        )
        row.direct_payment_ids.with_env(self.su_env)
        self.su_env["dealer.underwriting"].browse(row.id)._write_protected(
            {"voided_at": fields.Datetime.now(), "void_reason_id": reason.id}
        )
        self.assertFalse(archive.in_store)
        again = self._to("issued", vehicle=vehicle)
        self.assertEqual(archive.underwriting_id, again)

    def _submission(self):
        """Submission of the present week, as the job of next Monday makes it."""
        today = self.env.company._dealer_today()
        monday = today + timedelta(days=7 - today.weekday())
        return self.su_env["dealer.archive.submission"]._create_for_week(
            self.company, monday
        )

    def test_week_goes_to_the_manager_and_back(self):
        rows = self._to("issued", 2)
        archives = self._archives(rows)
        submission = self._submission()
        self.assertEqual(self._submission(), submission)
        by_clerk = submission.with_user(self.clerk)
        with self.assertRaises(GuardError) as caught:
            by_clerk.action_submit()
        self.assertEqual(caught.exception.codes, ["G-J2"])
        self._complete(rows)
        archives.action_enter()
        by_clerk.action_submit()
        self.assertEqual(set(archives.mapped("state")), {"submitted"})
        self.assertEqual(submission.archive_count, 2)
        with self.assertRaises(AccessError):
            by_clerk.action_approve()
        by_manager = submission.with_user(self.manager)
        archives[0].with_user(self.manager).action_return("the scan cannot be read")
        self.assertEqual(archives[0].state, "returned")
        by_manager.action_approve()
        self.assertEqual(archives[1].state, "approved")
        self.assertEqual(submission.state, "approved")
        # What came back goes with the next week; the first entry counts for the delay.
        entered = archives[0].entered_at
        archives[0].action_enter()
        self.assertEqual(
            (archives[0].state, archives[0].entered_at), ("entered", entered)
        )

    def test_who_hands_in_does_not_approve(self):
        row = self._to("issued")
        self._complete(row)
        self._archives(row, self.manager).action_enter()
        submission = self._submission().with_user(self.manager)
        submission.action_submit()
        with self.assertRaises(GuardError) as caught:
            submission.action_approve()
        self.assertEqual(caught.exception.codes, ["G-J3"])
        other = self._user("insurance_manager", login="second_manager")
        submission.with_user(other).action_approve()
        self.assertEqual(submission.state, "approved")

    def test_manager_may_let_an_incomplete_week_go(self):
        rows = self._to("issued", 2)
        self._complete(rows[0])
        self._archives(rows[0]).action_enter()
        submission = self._submission()
        submission.with_user(self.manager)._waive("G-J2", "submit", "scanner broken")
        submission.with_user(self.clerk).action_submit()
        self.assertEqual(submission.archive_count, 1)
        self.assertEqual(self._archives(rows[1]).state, "draft")

    def test_wrong_posts_and_forgery(self):
        row = self._to("issued")
        archive = self._archives(row)
        for post in ("cashier", "hotline_agent"):
            with self.assertRaises(AccessError):
                archive.with_user(self.users[post]).read(["name"])
        with self.assertRaises(AccessError):
            archive.with_user(self.users["uw_leader"]).action_enter()
        with self.assertRaises(UserError):
            archive.write({"state": "approved"})
        with self.assertRaises(UserError):
            archive.write({"entered_at": fields.Datetime.now()})
        stranger = self._user("sales_consultant", login="stranger")
        self.assertFalse(
            self.env["dealer.archive"].with_user(stranger).search([]) & archive
        )
        foreign = self._user("policy_clerk", self.company_2)
        self.assertFalse(
            self.env["dealer.archive"].with_user(foreign).search([]) & archive
        )

from datetime import timedelta

import psycopg2.errors

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.sql_db import db_connect
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from odoo.addons.dealer_base.models.guard_mixin import GuardError

from .test_endorsement import EndorsementCase


@tagged("post_install", "-at_install")
class TestOverlap(EndorsementCase):
    """One policy number per insurer, one compulsory policy per car and moment."""

    def _new(self, vehicle=None, start=None, user=None, company=None, **vals):
        """A compulsory policy at another insurer, up to the money."""
        start = start or self.ctpl.date_start
        type(self).serial += 1
        row = self._create(
            vehicle=vehicle or self.row.vehicle_id,
            policy_ids=[
                Command.create(
                    {
                        "product": "ctpl",
                        "premium": 950.0,
                        "policy_no": f"NEW{self.serial:06d}",
                        "date_start": start,
                        "date_end": start + timedelta(days=365),
                    }
                )
            ],
            **vals,
        )
        self._receive_notices(row)
        return row

    def test_number_once_per_insurer(self):
        number = self.commercial.policy_no
        other = self._create()
        with (
            self.assertRaises(psycopg2.errors.UniqueViolation),
            mute_logger("odoo.sql_db"),
            self.env.cr.savepoint(),
        ):
            # blanks and small letters are the same number
            other.commercial_policy_id.policy_no = f" {number.lower()} "
            other.flush_recordset()
        message = self.env["dealer.policy"]._insurer_policy_no_uniq.message
        self.assertIn("already registered", str(message))
        second = self._insurer("Insurer Two", "TTWO")
        self._agreement(second)
        row = self._create(insurer_id=second.id)
        row.commercial_policy_id.policy_no = number
        row.flush_recordset()

    def test_second_policy_of_a_car(self):
        row = self._new()
        message = self._refused({"G-D1"}, row.action_propose)
        self.assertIn(self.ctpl.policy_no, message)

    def test_new_policy_after_the_cancellation(self):
        """The new cover starts with the day on which the old one ends."""
        self._running(100)
        day = self.today + timedelta(days=5)
        cancel = self._cancel(self.ctpl, effective_date=day)
        # 950 × 260/365
        self.assertEqual(cancel.premium, -676.71)
        self._effective(cancel)
        end = self.ctpl.cover_end
        early = self._new(start=end - timedelta(seconds=1))
        self._refused({"G-D1"}, early.action_propose)
        row = self._new(start=end)
        row.action_propose()
        row.action_underwrite()
        row.action_request_payment()
        self._confirm_money(row)
        row.action_issue()
        self.assertEqual(row.state, "issued")

        # now the cancellation cannot be taken back
        with self.assertRaises(GuardError) as refusal:
            self._void(cancel.underwriting_id)
        self.assertEqual(refusal.exception.codes, ["G-D1"])

    def test_cancelled_before_the_start_covers_nothing(self):
        self._effective(self._cancel(self.ctpl))
        self.assertEqual(self.ctpl.cover_end, self.ctpl.date_start)
        self._new().action_propose()

    def test_another_store_is_told_the_days_only(self):
        """The same VIN is a record of its own in the other store."""
        manager = self._user("insurance_manager", self.company_2)
        staff = self._staff(manager)
        self._agreement(self.insurer, self.company_2)
        car = self.su_env["dealer.vehicle"].create(
            {"vin": self.row.vehicle_id.vin, "company_id": self.company_2.id}
        )
        vals = self._vals(vehicle=car, company_id=self.company_2.id)
        vals |= {"writer_id": staff.id, "consultant_id": False}
        env = self.env(
            user=manager, context={"allowed_company_ids": self.company_2.ids}
        )
        row = env["dealer.underwriting"].create(vals)
        self._receive_notices(row)
        message = self._refused({"G-D1"}, row.action_propose)
        self.assertIn("another store", message)
        self.assertNotIn(self.ctpl.policy_no, message)
        self.assertNotIn(self.applicant.name, message)

        # also when nobody asked the guard
        with (
            self.assertRaises(psycopg2.errors.ExclusionViolation),
            mute_logger("odoo.sql_db"),
            self.env.cr.savepoint(),
        ):
            row._write_protected({"issued_at": fields.Datetime.now()})
            self.env.flush_all()

    def test_moved_period_meets_another_policy(self):
        self._running(100)
        later = self._new(start=self.ctpl.date_end + timedelta(days=1))
        later.action_propose()
        later._write_protected({"issued_at": fields.Datetime.now()})
        change = self._endorse(
            self.ctpl,
            change_type="period",
            new_date_end=self.ctpl.date_end + timedelta(days=10),
            difference_note="free",
        )
        self._refused({"G-E6"}, change.action_submit)
        change.new_date_end = self.ctpl.date_end + timedelta(days=1)
        change.action_submit()

    def test_moved_out_of_the_past(self):
        self._running(100)
        change = self._endorse(
            self.commercial,
            change_type="period",
            new_date_start=self.commercial.date_start + timedelta(days=1),
            difference_note="free",
        )
        self._refused({"G-E6"}, change.action_submit)
        with self.assertRaises(UserError):
            self.commercial.with_user(self.clerk).write(
                {"date_start": fields.Datetime.now()}
            )


@tagged("post_install", "-at_install")
class TestTwoTransactions(EndorsementCase):
    """Two clerks at the same moment: the second waits for the first and is refused.

    Real transactions see committed rows only, so they meet in a copy of the table
    with the same constraints and nothing else.
    """

    def setUp(self):
        super().setUp()
        self.copy = SQL.identifier("dealer_policy_two_transactions")
        self.database = db_connect(self.env.cr.dbname)
        self._execute("DROP TABLE IF EXISTS %s", self.copy)
        self._execute(
            "CREATE TABLE %s (LIKE dealer_policy INCLUDING DEFAULTS INCLUDING INDEXES)",
            self.copy,
        )
        self.addCleanup(self._execute, "DROP TABLE IF EXISTS %s", self.copy)

    def _execute(self, query, *args):
        with self.database.cursor() as cr:
            cr.execute(SQL(query, *args))

    def _insert(self, cr, **vals):
        vals = {
            "underwriting_id": 1,
            "insurer_id": 1,
            "vehicle_id": 1,
            "product": "ctpl",
            "state": "issued",
            "is_historical": False,
            "vin": self.row.vehicle_id.vin,
            "date_start": "2026-01-01",
            "cover_end": "2027-01-01",
            **vals,
        }
        cr.execute(
            SQL(
                "INSERT INTO %s (%s) VALUES %s",
                self.copy,
                SQL(", ").join(map(SQL.identifier, vals)),
                tuple(vals.values()),
            )
        )

    def _race(self, error, first, second):
        """The second transaction waits while the first is open, then is refused."""
        with self.database.cursor() as one, self.database.cursor() as two:
            self._insert(one, **first)
            two.execute(SQL("SET LOCAL lock_timeout = '300ms'"))
            with (
                self.assertRaises(psycopg2.errors.LockNotAvailable),
                mute_logger("odoo.sql_db"),
                two.savepoint(flush=False),
            ):
                self._insert(two, **second)
            one.commit()
            with self.assertRaises(error), mute_logger("odoo.sql_db"):
                self._insert(two, **second)
            two.rollback()

    def test_one_compulsory_policy(self):
        """The other store's record of the car has the same VIN, and another id."""
        self._race(
            psycopg2.errors.ExclusionViolation,
            {"policy_no": "A1"},
            {"policy_no": "A2", "vehicle_id": 2, "date_start": "2026-12-31"},
        )
        with self.database.cursor() as cr:
            self._insert(cr, policy_no="A3", date_start="2027-01-01", cover_end=None)
            self._insert(cr, policy_no="A4", product="commercial")

    def test_one_policy_number(self):
        self._race(
            psycopg2.errors.UniqueViolation,
            {"policy_no": "B1", "product": "commercial"},
            {"policy_no": "B1", "product": "commercial", "vin": "X"},
        )

from datetime import date, timedelta
from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.dealer_base.models.guard_mixin import GuardError

from .renewal_common import RenewalCommon

MARCH = date(2027, 3, 1)


@tagged("post_install", "-at_install")
class TestRenewalCohort(RenewalCommon):
    """Frozen due lists: who is on them, what became of them, and that nothing that
    happens to a policy afterwards changes them."""

    def setUp(self):
        super().setUp()
        # A fixed day in the store: two weeks before the list of March is frozen.
        self._on(date(2026, 12, 5))

    def _on(self, day):
        """The store's calendar shows this day."""
        patcher = patch.object(
            type(self.env["res.company"]), "_dealer_today", lambda company: day
        )
        patcher.start()
        self.addCleanup(patcher.stop)
        self.env.invalidate_all()

    def _run_job(self):
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref("dealer_renewal.cron_renewal_freeze").method_direct_trigger()
        self.env.invalidate_all()

    def _is_kept(self, record):
        """Whether the deletion of a record is refused."""
        try:
            with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                record.sudo().unlink()
                self.env.flush_all()
        except (UserError, IntegrityError):
            return True
        return False

    def _lines(self, cohort):
        return {due.vehicle_id: due for due in cohort.due_ids}

    # ------------------------------------------------------------------ Who is on it
    def test_own_cars(self):
        """The last policy decides, commercial cover first, each car once."""
        by_commercial = self._policy(date(2027, 3, 10))
        # Compulsory cover in March, commercial in April: due in April.
        mixed = self._policy(date(2027, 3, 12), products=("ctpl",))
        commercial = {
            "product": "commercial",
            "premium": 1.0,
            "policy_no": "MIXED1",
            "date_start": self._moment(date(2026, 4, 13)),
            "date_end": self._moment(date(2027, 4, 13)),
        }
        self.su_env["dealer.policy"]._create_protected(
            [{**commercial, "underwriting_id": mixed.id}]
        )
        only_ctpl = self._policy(date(2027, 3, 31), products=("ctpl",))
        void = self._policy(date(2027, 3, 15))
        void._write_protected({"voided_at": self._moment(date(2026, 6, 1))})
        cancelled = self._policy(date(2027, 3, 15))
        cancelled.policy_ids._write_protected(
            {"cancelled_at": self._moment(date(2026, 6, 1))}
        )
        # A second policy of the same car, issued later, took its place.
        car = self._vehicle()
        self._policy(date(2027, 3, 20), vehicle=car, products=("ctpl",))
        later = self._policy(date(2027, 6, 20), vehicle=car)
        # Cover until 24:00 ends on the day before.
        midnight = self._policy(date(2027, 3, 31))
        midnight.policy_ids._write_protected(
            {"date_end": self._moment(date(2027, 4, 1))}
        )
        other_store = self._policy(
            date(2027, 3, 10), company=self.company_2, agent=False
        )
        cohort = self._build(MARCH)
        self.assertEqual(
            cohort.due_ids.underwriting_id, by_commercial | only_ctpl | midnight
        )
        self.assertEqual(
            self._lines(cohort)[midnight.vehicle_id].expiry_date, date(2027, 3, 31)
        )
        april = self._build(date(2027, 4, 15))
        self.assertEqual(april.due_ids.underwriting_id, mixed)
        self.assertEqual(april.due_ids.expiry_date, date(2027, 4, 12))
        june = self._build(date(2027, 6, 1))
        self.assertEqual(june.due_ids.underwriting_id, later)
        second = self._build(MARCH, self.company_2)
        self.assertEqual(second.due_ids.underwriting_id, other_store)

    def test_facts(self):
        entry = self._policy(
            date(2027, 3, 10), business="renewal_to_renewal", premium=(665.0, 2335.5)
        )
        entry.vehicle_id.plate = "粤A12345"
        due = self._build(MARCH).due_ids
        self.assertEqual(due.vin, entry.vehicle_id.vin)
        self.assertEqual(due.plate, "粤A12345")
        self.assertEqual(due.customer_name, "Applicant")
        self.assertEqual(due.partner_id, self.applicant)
        self.assertEqual(due.policy_id, entry.commercial_policy_id)
        self.assertEqual(due.policy_no, entry.commercial_policy_id.policy_no)
        self.assertEqual(due.insurer_id, self.insurer)
        self.assertEqual(due.premium_due, 3000.5)
        self.assertEqual(due.segment, "renewal_to_renewal")
        self.assertEqual(due.agent_id, self.agent)
        self.assertEqual(due.consultant_id, self.consultant)
        self.assertTrue(due.is_own)
        self.assertFalse(due.added_at)

    def test_prospects_and_lapsed(self):
        lapsed = self._policy(date(2026, 3, 20))
        came_back_early = self._policy(date(2026, 3, 21))
        self._policy(
            date(2027, 5, 20),
            vehicle=came_back_early.vehicle_id,
            business="lapsed_back",
        )
        never = self._prospect(date(2027, 3, 5), repairs_last_year=2)
        once = self._prospect(date(2027, 3, 6), times_insured=1)
        # A prospect that we insure anyway is our own car.
        own = self._policy(date(2027, 3, 10))
        self._prospect(date(2027, 3, 10), vehicle=own.vehicle_id)
        self._prospect(date(2027, 4, 10))
        cohort = self._build(MARCH)
        segments = {due.vehicle_id: due.segment for due in cohort.due_ids}
        self.assertEqual(
            segments,
            {
                lapsed.vehicle_id: "lapsed_back",
                never.vehicle_id: "prospect_to_renewal",
                once.vehicle_id: "lapsed_back",
                own.vehicle_id: "new_to_renewal",
            },
        )
        due = self._lines(cohort)[lapsed.vehicle_id]
        self.assertEqual(due.expiry_date, date(2027, 3, 20))
        self.assertTrue(due.is_assumed)
        self.assertFalse(due.is_own)
        self.assertTrue(self._lines(cohort)[never.vehicle_id].service_active)
        # Only the own car counts in the rate.
        self.assertEqual(cohort.due_count, 1)
        self.assertEqual(cohort.prospect_count, 3)
        self.company.dealer_renewal_add_lapsed = False
        self._policy(date(2026, 4, 20))
        self.assertFalse(self._build(date(2027, 4, 1)).due_ids.filtered("is_assumed"))

    # -------------------------------------------------------------------- The freeze
    def test_job_freezes_on_its_day(self):
        """T−90 before the first of the month, once, and only additions afterwards."""
        Cohort = self.su_env["dealer.renewal.cohort"]
        first = self._policy(date(2027, 3, 10))
        domain = [("company_id", "=", self.company.id), ("date_from", "=", MARCH)]
        self._on(date(2026, 11, 30))
        self._run_job()
        self.assertFalse(Cohort.search(domain))
        self._on(date(2026, 12, 1))
        self._run_job()
        cohort = Cohort.search(domain)
        self.assertEqual(cohort.freeze_date, date(2026, 12, 1))
        self.assertFalse(cohort.built_late)
        self.assertTrue(cohort.frozen_at)
        self.assertEqual(cohort.due_ids.underwriting_id, first)
        december = Cohort.search(
            [("company_id", "=", self.company.id), ("date_from", "=", "2026-12-01")]
        )
        self.assertTrue(december.built_late)
        # Twice changes nothing; what is found later is added with its reason.
        self._run_job()
        self.assertEqual(len(cohort.due_ids), 1)
        self._on(date(2027, 2, 1))
        late = self._policy(date(2027, 3, 20), issued=date(2027, 1, 20))
        prospect = self._prospect(date(2027, 3, 25))
        self._run_job()
        self.assertEqual(
            {
                due.vehicle_id: (due.added_reason, bool(due.added_at))
                for due in cohort.due_ids
            },
            {
                first.vehicle_id: ("frozen", False),
                late.vehicle_id: ("late_policy", True),
                prospect.vehicle_id: ("new_prospect", True),
            },
        )
        self.assertEqual(cohort.added_count, 2)

    def test_stopped_and_restarted(self):
        """A job killed after a batch gives the same list as one that was not."""
        self.company.dealer_renewal_batch = 3
        entries = self.env["dealer.underwriting"]
        for number in range(10):
            entries |= self._policy(date(2027, 3, 1 + number))
        Cohort = self.su_env["dealer.renewal.cohort"]
        calls = []

        def stop_after_two(count):
            calls.append(count)
            return len(calls) < 2

        self.assertIsNone(Cohort._build(self.company, MARCH, progress=stop_after_two))
        cohort = Cohort.search(
            [("company_id", "=", self.company.id), ("date_from", "=", MARCH)]
        )
        self.assertEqual(calls, [3, 3])
        self.assertEqual(len(cohort.due_ids), 6)
        self.assertFalse(cohort.frozen_at)
        self.assertEqual(Cohort._build(self.company, MARCH), cohort)
        cohort.invalidate_recordset()
        self.assertEqual(cohort.due_ids.underwriting_id, entries)
        self.assertFalse(cohort.due_ids.filtered("added_at"))
        self.assertTrue(cohort.frozen_at)

    def test_number_of_statements(self):
        """Fifty cars cost hardly more statements than two."""
        for _number in range(2):
            self._policy(date(2027, 3, 5))
        self._build(MARCH)
        before = self.env.cr.sql_log_count
        few = self._build(date(2027, 4, 1))
        few_cost = self.env.cr.sql_log_count - before
        for number in range(50):
            self._policy(date(2027, 5, 1 + number % 30))
        before = self.env.cr.sql_log_count
        many = self._build(date(2027, 5, 1))
        self.assertLessEqual(self.env.cr.sql_log_count - before, few_cost + 12)
        self.assertEqual((len(few.due_ids), len(many.due_ids)), (0, 50))
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        many.due_ids.mapped("result")
        many.due_ids.mapped("change_text")
        self.assertLessEqual(self.env.cr.sql_log_count - before, 20)

    def test_nothing_changes_a_frozen_list(self):
        """Dates, void, cancellation, owner, deletion: the line stays, with a mark."""
        entries = [self._policy(date(2027, 3, day)) for day in (3, 4, 5, 6)]
        cohort = self._build(MARCH)
        facts = ("vin", "expiry_date", "policy_no", "premium_due", "customer_name")
        before = cohort.due_ids.read(facts)
        rate = (cohort.due_count, cohort.renewed_count, cohort.premium_due)
        moved, voided, cancelled, sold = entries
        moved.commercial_policy_id._write_protected(
            {"date_end": self._moment(date(2027, 9, 3)), "policy_no": "OTHER1"}
        )
        voided._write_protected({"voided_at": self._moment(date(2026, 12, 2))})
        cancelled.policy_ids._write_protected(
            {"cancelled_at": self._moment(date(2026, 12, 2))}
        )
        sold.vehicle_id.owner_id = self.su_env["res.partner"].create({"name": "Buyer"})
        self._build(MARCH)
        self.env.invalidate_all()
        self.assertEqual(cohort.due_ids.read(facts), before)
        self.assertEqual(
            (cohort.due_count, cohort.renewed_count, cohort.premium_due), rate
        )
        texts = {due.underwriting_id: due.change_text for due in cohort.due_ids}
        self.assertIn("2027-09-02", texts[moved])
        self.assertIn("OTHER1", texts[moved])
        self.assertIn("Void", texts[voided])
        self.assertIn("Cancelled", texts[cancelled])
        self.assertIn("Buyer", texts[sold])
        self.assertEqual(set(cohort.due_ids.mapped("facts_changed")), {True})
        # A moved policy does not stand on a second list.
        self.assertFalse(self._build(date(2027, 9, 1)).due_ids)
        for record in (
            moved.policy_ids,
            moved,
            moved.vehicle_id,
            cohort,
            cohort.due_ids,
        ):
            self.assertTrue(self._is_kept(record), record)
        self.assertEqual(len(cohort.due_ids), 4)

    def test_facts_are_not_written(self):
        """Neither over RPC nor in superuser mode nor through the door of buttons."""
        due = self._due(date(2027, 3, 10))
        for env in (self.env(user=self.manager), self.su_env):
            line = due.with_env(env)
            for vals in (
                {"expiry_date": "2027-04-10"},
                {"premium_due": 1.0},
                {"vehicle_id": self._vehicle().id},
                {"cohort_id": due.cohort_id.id},
                {"is_own": False},
            ):
                with self.assertRaises(UserError):
                    line.write(vals)
                with self.assertRaises(UserError):
                    line._write_protected(vals)
            with self.assertRaises(UserError):
                line.create([{"vehicle_id": due.vehicle_id.id}])
            with self.assertRaises(UserError):
                line.cohort_id.write({"date_from": "2027-05-01"})
            with self.assertRaises(UserError):
                line.cohort_id.create([{"date_from": "2027-05-01"}])
            with self.assertRaises(UserError):
                line.unlink()
            with self.assertRaises(UserError):
                line.cohort_id.unlink()

    # ----------------------------------------------------------------------- Results
    def test_results(self):
        """Window 90 days before to 30 after, later issue, not void; on time."""
        expiry = date(2027, 3, 10)
        cases = {
            # start: (result, on time)
            date(2026, 12, 10): ("renewed", True),
            date(2026, 12, 9): ("open", False),
            date(2027, 3, 10): ("renewed", True),
            date(2027, 3, 11): ("renewed", True),
            date(2027, 3, 12): ("renewed", False),
            date(2027, 4, 9): ("renewed", False),
            date(2027, 4, 10): ("open", False),
        }
        expected = {}
        for start, result in cases.items():
            old = self._policy(expiry)
            expected[old] = (start, *result)
        self._build(MARCH)
        for old, (start, _result, _on_time) in expected.items():
            self._policy(
                start + timedelta(days=364),
                start=start,
                issued=date(2026, 12, 4),
                vehicle=old.vehicle_id,
                business="new_to_renewal",
                premium=(1000.0, 500.0),
            )
        voided = self._policy(expiry)
        cohort = self._build(MARCH)
        new = self._policy(
            date(2028, 3, 10),
            start=date(2027, 3, 11),
            issued=date(2026, 12, 4),
            vehicle=voided.vehicle_id,
        )
        new._write_protected({"voided_at": self._moment(date(2026, 12, 4))})
        for due in cohort.due_ids:
            if due.underwriting_id in expected:
                start, result, on_time = expected[due.underwriting_id]
                self.assertEqual((due.result, due.is_on_time), (result, on_time), start)
            else:
                self.assertEqual(due.result, "open")
        self.assertEqual(cohort.due_count, 8)
        self.assertEqual(cohort.renewed_count, 5)
        self.assertEqual(cohort.on_time_count, 3)
        self.assertEqual(cohort.premium_due, 8 * 4950.0)
        self.assertEqual(cohort.premium_renewed, 5 * 1500.0)
        self.assertTrue(cohort.is_provisional)
        self.assertEqual((cohort.running_due, cohort.matured_due), (8, 0))
        self.assertEqual(cohort.rate, 5 / 8)
        Due = self.env["dealer.renewal.due"].with_user(self.leader)
        self.assertEqual(
            Due.search_count(
                [("result", "=", "renewed"), ("cohort_id", "=", cohort.id)]
            ),
            5,
        )

    def test_matured_apart(self):
        """On the day after the window a car is matured; before it is running."""
        early, late = self._policy(date(2027, 3, 1)), self._policy(date(2027, 3, 31))
        cohort = self._build(MARCH)
        self._policy(
            date(2028, 3, 1),
            start=date(2027, 3, 2),
            issued=date(2027, 2, 1),
            vehicle=early.vehicle_id,
        )
        self._on(date(2027, 3, 31))
        self.assertEqual((cohort.matured_due, cohort.running_due), (0, 2))
        self._on(date(2027, 4, 1))
        self.assertEqual((cohort.matured_due, cohort.running_due), (1, 1))
        self.assertEqual((cohort.matured_rate, cohort.rate), (1.0, 0.5))
        self.assertTrue(cohort.is_provisional)
        self._on(date(2027, 5, 1))
        self.assertFalse(cohort.is_provisional)
        self.assertEqual(
            cohort.due_ids.filtered(lambda due: due.underwriting_id == late).result,
            "lapsed",
        )
        # A look back: what was known on a day of the past.
        past = cohort.with_context(dealer_as_of="2027-01-15")
        self.assertEqual((past.renewed_count, past.is_provisional), (0, True))

    def test_settled(self):
        """After the window later changes of policies change nothing; a renewal that
        was entered late is added, with a line in the register."""
        renewed = self._policy(date(2027, 3, 10))
        missed = self._policy(date(2027, 3, 11))
        never = self._policy(date(2027, 3, 12))
        cohort = self._build(MARCH)
        start = date(2027, 3, 11)
        new = self._policy(
            date(2028, 3, 10),
            start=start,
            issued=date(2027, 3, 1),
            vehicle=renewed.vehicle_id,
            premium=(1000.0, 2000.0),
        )
        Outcome = self.su_env["dealer.renewal.outcome"]
        self._on(date(2027, 4, 9))
        self.assertEqual(Outcome._sudo_settle(self.company), 0)
        self._on(date(2027, 5, 1))
        self.assertEqual(Outcome._sudo_settle(self.company), 3)
        self.assertEqual(Outcome._sudo_settle(self.company), 0)
        self.assertEqual((cohort.renewed_count, cohort.premium_renewed), (1, 3000.0))
        # void, and a policy moved into the window: both after the fact
        new._write_protected({"voided_at": self._moment(date(2027, 5, 1))})
        outside = self._policy(
            date(2028, 4, 30),
            start=date(2027, 4, 30),
            issued=date(2027, 3, 1),
            vehicle=never.vehicle_id,
        )
        self.env.cr.execute(
            "UPDATE dealer_underwriting SET create_date = '2026-01-01' WHERE id = %s",
            [outside.id],
        )
        outside.policy_ids._write_protected(
            {"date_start": self._moment(date(2027, 3, 20))}
        )
        self.env.invalidate_all()
        self.assertEqual(Outcome._sudo_settle(self.company), 0)
        self.assertEqual((cohort.renewed_count, cohort.premium_renewed), (1, 3000.0))
        # entered late: its record is younger than the settlement
        self.env.cr.execute(
            "UPDATE dealer_renewal_outcome SET settled_at = '2026-01-01'"
            " WHERE due_id IN (SELECT id FROM dealer_renewal_due"
            " WHERE underwriting_id = %s)",
            [missed.id],
        )
        self._policy(
            date(2028, 3, 11),
            start=date(2027, 3, 12),
            issued=date(2027, 3, 9),
            vehicle=missed.vehicle_id,
        )
        self.assertEqual(Outcome._sudo_settle(self.company), 1)
        self.env.invalidate_all()
        self.assertEqual(cohort.renewed_count, 2)
        with self.assertRaises(UserError):
            Outcome.search([], limit=1).write({"premium": 1.0})

    def test_built_late(self):
        """A past month from an imported ledger."""
        old = self._policy(date(2026, 3, 10))
        self._policy(
            date(2027, 3, 10),
            start=date(2026, 3, 11),
            vehicle=old.vehicle_id,
            business="new_to_renewal",
        )
        self._policy(date(2026, 3, 12), business="renewal_to_renewal")
        cohort = self._build(date(2026, 3, 1))
        self.assertTrue(cohort.built_late)
        self.assertEqual((cohort.due_count, cohort.renewed_count), (2, 1))
        self.assertFalse(cohort.is_provisional)

    # -------------------------------------------------------------------- Exclusions
    def _request(self, due, **vals):
        proof = (
            self.env["ir.attachment"]
            .with_user(self.renewal)
            .create({"name": "proof.pdf", "raw": b"proof"})
        )
        return (
            self.env["dealer.renewal.exclusion"]
            .with_user(self.renewal)
            .create(
                {
                    "due_id": due.id,
                    "reason": "scrapped",
                    "note": "Scrapped on 2026-11-01",
                    "proof_ids": [Command.link(proof.id)],
                    **vals,
                }
            )
        )

    def test_exclusion(self):
        due = self._due(date(2027, 3, 10))
        other = self._due(date(2027, 3, 11))
        cohort = due.cohort_id
        exclusion = self._request(due)
        exclusion.action_request()
        self.assertEqual(exclusion.state, "requested")
        self.assertEqual(cohort.due_count, 2)
        with self.assertRaises(AccessError):
            exclusion.action_approve()
        exclusion.with_user(self.leader).action_approve()
        self.env.invalidate_all()
        self.assertEqual(due.result, "excluded")
        self.assertEqual(
            (cohort.due_count, cohort.excluded_count, cohort.premium_due),
            (1, 1, other.premium_due),
        )
        with self.assertRaises(UserError):
            exclusion.with_user(self.leader).write({"reason": "transferred"})
        with self.assertRaises(UserError):
            exclusion.with_user(self.leader).unlink()
        # and back, with a reason
        exclusion.with_user(self.leader).action_reject("The buyer is a customer too")
        self.env.invalidate_all()
        self.assertEqual(exclusion.state, "revoked")
        self.assertEqual((due.result, cohort.due_count), ("open", 2))
        again = self._request(due)
        again.action_request()
        again.with_user(self.manager).action_reject("No proof of the buyer")
        self.assertEqual(again.state, "refused")
        again.action_request()
        self.assertEqual(again.state, "requested")

    def test_exclusion_guards(self):
        due = self._due(date(2027, 3, 10))
        empty = self._request(due, reason=False, note=" ", proof_ids=False)
        with self.assertRaises(GuardError) as refusal:
            empty.action_request()
        self.assertEqual(refusal.exception.codes, ["G-B4"])
        for word in ("reason", "what happened", "proof"):
            self.assertIn(word, str(refusal.exception))
        empty.unlink()
        # The leader asks himself: another one has to approve.
        own = self._request(due).with_user(self.leader)
        own.action_request()
        with self.assertRaises(GuardError) as refusal:
            own.action_approve()
        self.assertEqual(refusal.exception.codes, ["G-B6"])
        # Renewed meanwhile.
        self._policy(
            date(2028, 3, 10),
            start=date(2027, 3, 11),
            issued=date(2026, 12, 4),
            vehicle=due.vehicle_id,
        )
        self.env.invalidate_all()
        with self.assertRaises(GuardError) as refusal:
            own.with_user(self.manager).action_approve()
        self.assertEqual(refusal.exception.codes, ["G-B5"])
        for vals in (
            {"approved_at": "2026-01-01"},
            {"state": "approved"},
            {"requested_by_id": self.renewal.id},
        ):
            with self.assertRaises(UserError):
                own.with_user(self.leader).write(vals)
        with self.assertRaises(AccessError):
            self.env["dealer.renewal.exclusion"].with_user(self.clerk).create(
                {"due_id": due.id}
            )

    def test_excluded_car_does_not_lapse_back(self):
        due = self._due(date(2027, 3, 10))
        exclusion = self._request(due, reason="total_loss")
        exclusion.action_request()
        exclusion.with_user(self.leader).action_approve()
        self.assertFalse(self._build(date(2028, 3, 1)).due_ids)

    def test_other_store(self):
        due = self._due(date(2027, 3, 10), company=self.company_2, agent=False)
        for model in ("dealer.renewal.due", "dealer.renewal.result"):
            self.assertFalse(
                self.env[model].with_user(self.leader).search([("id", "=", due.id)])
            )
        with self.assertRaises(AccessError):
            due.cohort_id.with_user(self.leader).read(["name"])

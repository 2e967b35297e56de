from datetime import timedelta
from unittest.mock import patch

import psycopg2

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.dealer_base.models.guard_mixin import GuardError

from ..models import renewal_task_generate
from .renewal_task_common import RenewalTaskCommon


@tagged("post_install", "-at_install")
class TestRenewalGenerate(RenewalTaskCommon):
    def _dues(self, count, days=60, **vals):
        expiry = self.today + timedelta(days=days)
        for _index in range(count):
            self._policy(expiry, **vals)
        cohort = self._build(expiry)
        return cohort.due_ids

    def test_one_task_per_line_and_nothing_twice(self):
        dues = self._dues(5)
        self._cron("generate")
        tasks = dues.task_id
        self.assertEqual(len(tasks), 5)
        self.assertEqual(tasks.vehicle_id, dues.vehicle_id)
        self.assertEqual(set(tasks.mapped("segment")), {"new_to_renewal"})
        self.assertEqual(set(tasks.mapped("last_premium")), {4950.0})
        self.assertEqual(tasks.partner_id, self.applicant)
        before = self.Task.search_count([])
        self._cron("generate")
        self.assertEqual(self.Task.search_count([]), before)

    def test_killed_in_the_middle(self):
        """A crash after the first batch; the next run ends with the same set."""
        dues = self._dues(7)
        cars = dues.vehicle_id
        done = []
        original = type(self.Task)._generate_safely

        def dies(records, lines):
            if done:
                raise RuntimeError("killed")
            done.append(lines)
            return original(records, lines)

        with (
            patch.object(renewal_task_generate, "GENERATE_BATCH", 3),
            patch.object(
                type(self.env["ir.cron"]), "_commit_progress", lambda *a, **k: 9
            ),
        ):
            # Not assertRaises: it rolls back what a killed worker has committed.
            with patch.object(type(self.Task), "_generate_safely", dies):
                try:
                    self.Task._cron_generate()
                    self.fail("the job was not killed")
                except RuntimeError as error:
                    self.assertEqual(str(error), "killed")
            self.assertEqual(len(dues.task_id), 3)
            first = dues.task_id
            self.Task._cron_generate()
            self.Task._cron_generate()
        tasks = self.Task.search([("vehicle_id", "in", cars.ids)])
        self.assertEqual(len(tasks), 7)
        self.assertEqual(dues.task_id, tasks)
        self.assertLessEqual(first, tasks)

    @mute_logger("odoo.addons.dealer_renewal.models.renewal_task_generate")
    def test_one_bad_line_keeps_nobody_back(self):
        dues = self._dues(4)
        bad = dues[1]
        original = type(bad)._prepare_task_vals

        def breaks(due):
            if due == bad:
                raise ValueError("bad")
            return original(due)

        with patch.object(type(bad), "_prepare_task_vals", breaks):
            failed = self.Task._generate_safely(dues)
        self.assertEqual(failed, bad)
        self.assertEqual(len(dues.task_id), 3)

    def test_queries_of_a_batch_do_not_grow(self):
        """Thousands of lines: ten times the lines, not ten times the queries."""
        dues = self._dues(440)
        self.env.flush_all()
        self.Task._generate(dues[:20])

        def queries(lines):
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            self.Task._generate(lines)
            self.env.flush_all()
            return self.env.cr.sql_log_count - start

        small = queries(dues[20:60])
        large = queries(dues[40:440] - dues[20:60])
        # Inserts and updates go in hundreds: a few statements per hundred records.
        self.assertLess(large, small + 60)

    def test_two_open_tasks_of_a_car_are_refused(self):
        task = self._task()
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(psycopg2.errors.UniqueViolation),
            self.env.cr.savepoint(),
        ):
            self.Task._create_protected(
                [
                    {
                        "vehicle_id": task.vehicle_id.id,
                        "expiry_date": task.expiry_date,
                        "company_id": self.company.id,
                    }
                ]
            )
            self.env.flush_all()

    def test_what_is_over_gets_no_task(self):
        """The window of 30 days after the expiry is over."""
        dues = self._dues(1, days=-31) | self._dues(1, days=-29)
        self._cron("generate")
        self.assertEqual(dues.mapped(lambda due: bool(due.task_id)), [False, True])

    def test_two_stores(self):
        mine = self._task()
        entry = self._policy(
            self.today + timedelta(days=60), company=self.company_2, agent=False
        )
        cohort = self._build(self.today + timedelta(days=60), self.company_2)
        self.Task.with_company(self.company_2)._generate(cohort.due_ids)
        other = cohort.due_ids.task_id
        self.assertEqual(other.vehicle_id, entry.vehicle_id)
        self.assertFalse(other.owner_id, "nobody works there")
        seen = self.env["dealer.renewal.task"].with_user(self.renewal).search([])
        self.assertIn(mine, seen)
        self.assertNotIn(other, seen)


@tagged("post_install", "-at_install")
class TestRenewalTask(RenewalTaskCommon):
    def _codes(self, method, *args, **kwargs):
        with self.assertRaises(GuardError) as caught:
            method(*args, **kwargs)
        return caught.exception.codes

    # ---------------------------------------------------------------- State
    def test_state_follows_from_facts(self):
        task = self._task()
        self.assertEqual(task.state, "assigned")
        self._call(task, "no_answer")
        self.assertEqual(task.state, "contacting")
        self._call(task, "promised", next_date=self.today + timedelta(days=3))
        self.assertEqual(task.state, "promised")
        self._call(task, "no_answer")
        self.assertEqual(task.state, "promised", "silence takes no promise back")
        self._call(task, "think")
        self.assertEqual(task.state, "contacting")
        self._call(task, "quote")
        self.assertEqual(task.state, "quoting")
        self.assertEqual(task.quote_ids.state, "draft")
        task.sudo()._write_protected({"expired_on": self.today})
        self.assertEqual(task.state, "expired")

    def test_nobody_writes_the_state(self):
        task = self._task()
        for vals in (
            {"state": "won"},
            {"owner_id": self.agent_2.id},
            {"score": 1.0},
            {"is_open": False},
            {"expiry_date": self.today},
            {"won_policy_id": task.policy_id.id},
        ):
            with self.subTest(vals), self.assertRaises(UserError):
                task.write(vals)
        with self.assertRaises(AccessError):
            task.with_user(self.cashier).write({"note": "x"})
        with self.assertRaises(AccessError):
            task.with_user(self.cashier).action_no_answer()
        with self.assertRaises(AccessError):
            self.Task.with_user(self.renewal).create({})
        with self.assertRaises(AccessError):
            task.unlink()
        with self.assertRaises(UserError):
            task.sudo().unlink()

    def test_class_by_premium_and_years(self):
        """4,950 a year and one year: B from 3,500; A from 6,000."""
        task = self._task()
        self.assertEqual(task.customer_class, "B")
        rich = self._task(premium=(950.0, 5050.0))
        self.assertEqual(rich.customer_class, "A")
        poor = self._task(premium=(950.0, 2000.0))
        self.assertEqual(poor.customer_class, "C")
        with self.assertRaises(AccessError):
            task.customer_class = "C"
        task.with_user(self.leader).customer_class = "A"
        self.assertEqual(task.customer_class, "A")

    # -------------------------------------------------------------- Contacts
    def test_effective_needs_answer_and_words(self):
        task = self._task()
        self._call(task, "no_answer")
        self._call(task, "think", feedback="Compares with his brother's insurer")
        self.assertEqual(task.contact_count, 2)
        self.assertEqual(task.effective_count, 1)
        self.assertEqual(task.first_effective_date, self.today)
        newest = task.contact_ids[:1]
        self.assertEqual(newest.days_before, 60)
        self.assertEqual(newest.user_id, self.renewal)

    def test_guards_of_a_contact(self):
        task = self._task()
        contact = task._register_contact
        base = {"method": "call"}
        self.assertEqual(
            self._codes(contact, {**base, "result": "think", "answered": True}),
            ["G-N2"],
        )
        self.assertEqual(
            self._codes(
                contact, {**base, "result": "think", "feedback": "x", "answered": False}
            ),
            ["G-N2"],
        )
        promised = {**base, "result": "promised", "answered": True, "feedback": "x"}
        self.assertEqual(self._codes(contact, promised), ["G-N5"])
        contact({**promised, "next_date": self.today})
        self.assertEqual(task.contact_count, 1)

    def test_a_contact_is_for_ever(self):
        task = self._task()
        self._call(task)
        with self.assertRaises(UserError):
            task.contact_ids.write({"feedback": "Other words"})
        with self.assertRaises(UserError):
            task.contact_ids.sudo().write({"feedback": "Other words"})
        with self.assertRaises(UserError):
            task.contact_ids.sudo().unlink()
        with self.assertRaises(UserError):
            self.env["dealer.renewal.contact"].with_user(self.renewal).create(
                {"task_id": task.id, "result": "think", "method": "call"}
            )

    def test_recording_is_read_by_colleagues(self):
        task = self._task()
        file = (
            self.env["ir.attachment"]
            .with_user(self.renewal)
            .create({"name": "call.mp3", "raw": b"x"})
        )
        self._call(task, attachment_ids=[fields.Command.set(file.ids)])
        mine = task.contact_ids.attachment_ids
        self.assertEqual(mine.with_user(self.leader).mapped("name"), ["call.mp3"])
        self.assertEqual(mine.res_model, "dealer.renewal.contact")

    def test_next_day_follows_the_node(self):
        """At T−60 in ten days; no answer tomorrow; never after the next node."""
        task = self._task(days=60)
        self.assertEqual(task._propose_next_date("think"), self.today + timedelta(10))
        self.assertEqual(
            task._propose_next_date("no_answer"), self.today + timedelta(1)
        )
        near = self._task(days=47)
        self.assertEqual(near._propose_next_date("think"), self.today + timedelta(2))
        self.assertFalse(task._propose_next_date("refused"))

    def test_do_not_call(self):
        task = self._task(vehicle=self._own_car("Quiet"))
        self._call(task, "think", do_not_call=True, feedback="Write me, do not call")
        partner = task.partner_id
        self.assertTrue(partner.dealer_do_not_call)
        self.assertEqual(partner.dealer_do_not_call_reason, "Write me, do not call")
        call = {"method": "call", "result": "no_answer"}
        self.assertEqual(self._codes(task._register_contact, call), ["G-N3"])
        self.assertEqual(self._codes(task.action_send_sms), ["G-N3"])
        task._register_contact({**call, "method": "store", "result": "no_answer"})
        with self.assertRaises(AccessError):
            task.action_allow_calls()
        task.with_user(self.leader).action_allow_calls()
        task._register_contact(call)

    def test_blacklists(self):
        car = self._own_car("Listed", phone="+86 138 1234 5678", email="l@example.com")
        task = self._task(vehicle=car)
        self.assertFalse(task.contact_block)
        self.env["phone.blacklist"].sudo().add(task.partner_id.sudo().phone_sanitized)
        self.env.invalidate_all()
        self.assertEqual(self._codes(task.action_send_sms), ["G-N3"])
        self.assertTrue(task.contact_block)
        task.action_send_mail()
        self.env["mail.blacklist"].sudo()._add("l@example.com")
        self.env.invalidate_all()
        self.assertEqual(self._codes(task.action_send_mail), ["G-N3"])

    @classmethod
    def _own_car(cls, name, **vals):
        owner = cls.su_env["res.partner"].create({"name": name, **vals})
        return cls._vehicle(owner_id=owner.id)

    def test_message_is_a_contact(self):
        car = self._own_car("Reader", phone="13812340000")
        task = self._task(vehicle=car)
        result = task.action_send_node_sms()
        self.assertEqual(result["params"]["type"], "success")
        self.assertEqual(task.contact_ids.mapped("method"), ["sms"])
        self.assertEqual(task.contact_ids.result, "sent")
        self.assertFalse(task.effective_count)
        sms = self.env["sms.sms"].search([("partner_id", "=", task.partner_id.id)])
        self.assertEqual(len(sms), 1)
        self.assertIn(task.vin, sms.body)

    def test_phone_is_masked(self):
        car = self._own_car("Shy", phone="13812345678")
        task = self._task(vehicle=car)
        self.assertEqual(task.phone_shown, "13812345678")
        self.assertEqual(task.with_user(self.cashier).phone_shown, "138****5678")

    # ---------------------------------------------------------------- Quote
    def test_quote_starts_from_the_policy(self):
        task = self._task(days=20)
        quote = self.env["dealer.quote"].browse(task.action_quote()["res_id"])
        self.assertRecordValues(
            quote,
            [
                {
                    "applicant_id": self.applicant.id,
                    "vehicle_id": task.vehicle_id.id,
                    "business_type": "new_to_renewal",
                    "renewal_task_id": task.id,
                    # midnight in the store after the last day of cover
                    "date_start": self._moment(task.expiry_date + timedelta(days=1)),
                }
            ],
        )
        self.assertEqual(quote.option_ids.insurer_id, self.insurer)
        self.assertEqual(quote.option_ids.commercial_premium, 0.0)
        self.assertEqual(task.action_quote()["res_id"], quote.id)

    # -------------------------------------------------------------- Won, void
    def test_won_by_the_issue_and_reopened_by_the_void(self):
        task = self._task(days=1)
        self._nodes()
        self.assertTrue(self._activities(task))
        row = self._to(
            "issued", vehicle=task.vehicle_id, business_type="new_to_renewal"
        )
        self.assertEqual(task.state, "won")
        self.assertEqual(task.won_policy_id.product, "commercial")
        self.assertEqual(task.won_policy_id.underwriting_id, row)
        self.assertFalse(self._activities(task))
        reason = self.su_env["dealer.reason.code"].search(
            [("category", "=", "void"), ("needs_text", "=", False)], limit=1
        )
        row.with_user(self.manager).action_void(reason.id, "wrong")
        self.assertEqual(task.state, "assigned")
        self._nodes()
        self.assertTrue(self._activities(task))

    def test_a_policy_outside_the_window_wins_nothing(self):
        """Window: 90 days before to 30 days after the expiry."""
        task = self._task(days=60)
        car = task.vehicle_id
        for start, won in ((-31, False), (91, False), (90, True)):
            with self.subTest(start), self.env.cr.savepoint() as savepoint:
                first = task.expiry_date + timedelta(
                    days=31 if start == -31 else -start
                )
                row = self._policy(
                    first + timedelta(days=364), vehicle=car, business="new_to_renewal"
                )
                self.Task._sudo_match_won(car)
                self.assertEqual(bool(task.won_policy_id), won, row)
                savepoint.rollback()
                task.invalidate_recordset()

    def test_issue_not_too_early(self):
        self.company.dealer_max_advance_days = 1
        row = self._to("paid", business_type="renewal_to_renewal")
        self.assertEqual(self._codes(row.action_issue), ["G-N4"])
        self.company.dealer_max_advance_days = 2
        row.action_issue()
        self.assertEqual(row.state, "issued")

    # ---------------------------------------------------------------- Nodes
    def test_one_activity_per_node(self):
        task = self._task(days=60)
        self._nodes()
        self.assertEqual(task.current_node_id.offset_days, -60)
        activity = self._activities(task)
        self.assertEqual(len(activity), 1)
        self.assertEqual(activity.user_id, task.owner_user_id)
        self.assertEqual(activity.date_deadline, self.today)
        self._nodes()
        self.assertEqual(self._activities(task), activity)

    def test_missed_node_is_counted(self):
        task = self._task(days=60)
        tried = self._task(days=60)
        self._nodes()
        self._call(tried, "no_answer", user=tried.owner_user_id)
        first = self._activities(task)
        (task | tried).sudo()._write_protected(
            {"expiry_date": self.today + timedelta(days=45)}
        )
        self._nodes()
        self.assertEqual(task.missed_count, 1)
        self.assertEqual(task.missed_node_ids.offset_days, -60)
        self.assertEqual(tried.missed_count, 0)
        self.assertTrue(task.is_silent)
        self.assertTrue(tried.is_silent, "an unanswered call reaches nobody")
        self.assertFalse(first.exists())
        self.assertEqual(len(self._activities(task)), 1)
        self._call(task, "think", user=task.owner_user_id)
        self.assertFalse(task.is_silent)

    def test_manager_follows_class_a_at_30(self):
        follow = "dealer_renewal.activity_renewal_follow"
        rich = self._task(days=30, premium=(950.0, 9000.0))
        plain = self._task(days=30)
        self._nodes()
        self.assertEqual(self._activities(rich, follow).user_id, self.manager)
        self.assertFalse(self._activities(plain, follow))

    def test_manager_steps_in_at_15_unless_promised(self):
        follow = "dealer_renewal.activity_renewal_follow"
        open_task, promised = self._task(days=15), self._task(days=15)
        self._call(promised, "promised", user=promised.owner_user_id)
        self._nodes()
        self.assertEqual(self._activities(open_task, follow).user_id, self.manager)
        self.assertFalse(self._activities(promised, follow))

    def test_expired_then_proposed_as_lost(self):
        today, late = self._task(days=0), self._task(days=-1)
        month = self._task(days=-30)
        self._nodes()
        self.assertEqual(today.state, "assigned")
        self.assertEqual(late.state, "expired")
        self.assertEqual(month.lost_case_ids.reason_id.code, "RL-07")
        self.assertEqual(month.lost_case_ids.state, "draft")
        self.assertEqual(month.state, "expired")
        self._nodes()
        self.assertEqual(len(month.lost_case_ids), 1)

    def test_agreed_day_moves_the_activity(self):
        task = self._task(days=60)
        self._nodes()
        day = self.today + timedelta(days=4)
        self._call(task, "think", user=task.owner_user_id, next_date=day)
        activity = self._activities(task)
        self.assertEqual(activity.date_deadline, day)
        self.assertEqual(task.next_date, day)

    # ---------------------------------------------------------------- Queue
    def test_queue_and_its_explanation(self):
        near, far = self._task(days=5, agent=self.agent), self._task(days=80)
        for task in near | far:
            parts = task.score_parts
            self.assertAlmostEqual(task.score, sum(part[2] for part in parts), 1)
        self.assertGreater(near.score, far.score)
        self.assertIn("4950", near.score_html)
        Task = self.Task.with_user(self.renewal).with_company(self.company)
        self.assertEqual(Task.action_next()["res_id"], near.id)
        self._call(near, "no_answer")
        self.assertEqual(Task.action_next()["res_id"], far.id)
        self._call(far, "no_answer")
        self.assertEqual(Task.action_next()["tag"], "display_notification")

    def test_open_trouble_comes_first(self):
        near, troubled = self._task(days=1), self._task(days=80)
        car = troubled.vehicle_id

        def troubles(cars):
            line = {"kind": "claim", "name": "C1", "text": "late", "record": car}
            return {car: [line]} if car in cars else {}

        with patch.object(type(car), "_open_troubles", troubles):
            (near | troubled).sudo()._refresh_facts()
            self.assertIn("C1", troubled.trouble_html)
        self.assertEqual(troubled.trouble_count, 1)
        self.assertGreater(troubled.score, near.score)

    def test_score_job_twice(self):
        task = self._task(days=10)
        task.sudo()._write_protected({"score": 0.0, "score_parts": []})
        self._cron("score")
        score = task.score
        self.assertGreater(score, 0)
        self._cron("score")
        self.assertEqual(task.score, score)

    # ------------------------------------------------------- Sleep and wake
    def test_expired_sleeps_and_wakes_next_year(self):
        task = self._task(days=-29)
        expiry = self.today - timedelta(days=41)
        task.sudo()._write_protected(
            {"expiry_date": expiry, "expired_on": expiry, "owner_id": self.agent_2.id}
        )
        self._cron("sleep")
        self.assertEqual(task.state, "sleeping")
        due = fields.Date.add(expiry, years=1)
        self.assertEqual(task.next_expiry, due)
        self.assertEqual(task.wake_on, due - timedelta(days=90))
        self._cron("sleep")
        self.assertFalse(task.next_task_ids)
        task.sudo()._write_protected({"wake_on": self.today})
        self._cron("sleep")
        again = task.next_task_ids
        self.assertRecordValues(
            again,
            [
                {
                    "segment": "lapsed_back",
                    "expiry_date": due,
                    "owner_id": self.agent_2.id,
                    "state": "assigned",
                }
            ],
        )
        self._cron("sleep")
        self.assertEqual(task.next_task_ids, again)

    def test_insured_here_again_does_not_wake(self):
        task = self._task(days=-29)
        task.sudo()._fall_asleep()
        self._policy(self.today + timedelta(days=200), vehicle=task.vehicle_id)
        task.sudo()._write_protected({"wake_on": self.today})
        self._cron("sleep")
        self.assertFalse(task.next_task_ids)
        self.assertFalse(task.wake_on)

    def test_wake_up_by_hand(self):
        task = self._task(days=-29)
        expiry = self.today - timedelta(days=41)
        task.sudo()._write_protected({"expiry_date": expiry, "expired_on": expiry})
        task.sudo()._fall_asleep()
        with self.assertRaises(AccessError):
            task.with_user(self.clerk).action_wake_up()
        task.action_wake_up()
        self.assertEqual(len(task.next_task_ids), 1)

    # --------------------------------------------------------------- Screens
    def test_fifty_tasks_constant_queries(self):
        expiry = self.today + timedelta(days=30)
        for _index in range(50):
            self._policy(expiry)
        self.Task._generate(self._build(expiry).due_ids)
        names = [
            "score",
            "trouble_count",
            "days_left",
            "phone_shown",
            "assign_reason",
            "current_node_id",
            "last_result",
            "state",
            "display_name",
        ]
        Task = self.env["dealer.renewal.task"].with_user(self.renewal)
        Task = Task.with_company(self.company)

        def queries(limit):
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            Task.search([], limit=limit).read(names)
            return self.env.cr.sql_log_count - start

        queries(5)
        few = queries(5)
        self.assertLessEqual(queries(50), few + 1)

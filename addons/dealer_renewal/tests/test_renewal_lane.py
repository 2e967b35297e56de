from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .renewal_task_common import RenewalTaskCommon

LANE = "dealer_renewal.activity_renewal_lane"


@tagged("post_install", "-at_install")
class TestRenewalLane(RenewalTaskCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reception = cls._user("claim_receptionist")

    def _look(self, text, user=None):
        lane = (
            self.env["dealer.renewal.lane"]
            .with_user(user or self.reception)
            .with_company(self.company)
            .create({"name": text})
        )
        lane.action_look()
        return lane

    def test_owner_is_told_once_a_day(self):
        task = self._task(days=50)
        car = task.vehicle_id.with_user(self.reception)
        car._seen_in_store("reception")
        activity = self._activities(task, LANE)
        self.assertEqual(activity.user_id, task.owner_user_id)
        self.assertEqual(activity.date_deadline, self.today)
        self.assertEqual(task.last_seen_event, "reception")
        car._seen_in_store("lane")
        self.assertEqual(self._activities(task, LANE), activity)
        self.assertEqual(task.last_seen_event, "reception")
        task.sudo()._write_protected({"last_seen_on": self.today - timedelta(days=1)})
        car._seen_in_store("hotline")
        self.assertEqual(len(self._activities(task, LANE)), 2)

    def test_outside_the_window_nobody_is_told(self):
        far, old = self._task(days=91), self._task(days=-29)
        old.sudo()._write_protected({"expiry_date": self.today - timedelta(days=31)})
        (far | old).vehicle_id._seen_in_store("reception")
        self.assertFalse((far | old).filtered("last_seen_on"))
        near = self._task(days=90)
        near.vehicle_id._seen_in_store("reception")
        self.assertTrue(near.last_seen_on)

    def test_leader_hears_of_a_task_without_specialist(self):
        task = self._task()
        task._give_back("On leave")
        task.vehicle_id._seen_in_store("reception")
        self.assertEqual(self._activities(task, LANE).user_id, self.leader)

    def test_screen_of_the_service_lane(self):
        task = self._task(days=50, vehicle=self._vehicle(plate="粤EA1234"))
        for text in ("粤EA1234", "粤E·A1234", " ea1234 ", task.vin, task.vin[-6:]):
            with self.subTest(text):
                lane = self._look(text)
                self.assertEqual(lane.task_id, task)
                self.assertTrue(lane.is_told)
                self.assertEqual(lane.specialist_id, task.owner_id)
        self.assertEqual(len(self._activities(task, LANE)), 1)

    def test_unknown_short_and_ambiguous(self):
        with self.assertRaises(UserError):
            self._look("12")
        self.assertFalse(self._look("粤ZZ9999").vehicle_id)
        self._vehicle(plate="粤EB5678")
        self._vehicle(plate="粤EC5678")
        lane = self._look("5678")
        self.assertFalse(lane.vehicle_id)
        self.assertIn("粤EB5678", lane.message)
        car = self._vehicle(plate="粤ED0001")
        self.assertEqual(self._look("粤ED0001").vehicle_id, car)
        self.assertFalse(self._look("粤ED0001").is_told)

    def test_posts_of_the_lane(self):
        task = self._task(days=50)
        for post in ("hotline_agent", "sales_consultant"):
            lane = self._look(task.vin, self.users[post])
            self.assertEqual(lane.task_id, task)
        with self.assertRaises(AccessError):
            self._look(task.vin, self.cashier)

    def test_other_store_is_not_found(self):
        car = self._vehicle(self.company_2, plate="粤EF7777")
        self.assertFalse(self._look("粤EF7777").vehicle_id)
        self.assertTrue(car)

    def test_queries_do_not_grow(self):
        tasks = self.Task.browse()
        for _index in range(10):
            tasks |= self._task(days=40)
        cars = self.su_env["dealer.vehicle"].browse(tasks.vehicle_id.ids)

        def queries(vehicles):
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            self.Task._lane_tasks(vehicles)
            return self.env.cr.sql_log_count - start

        queries(cars[:1])
        self.assertEqual(queries(cars[:1]), queries(cars))

from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.dealer_base.models.guard_mixin import GuardError

from .renewal_task_common import RenewalTaskCommon


@tagged("post_install", "-at_install")
class TestRenewalLost(RenewalTaskCommon):
    def _codes(self, method, *args, **kwargs):
        with self.assertRaises(GuardError) as caught:
            method(*args, **kwargs)
        return caught.exception.codes

    def _tried(self, days=10, **vals):
        """A task with one effective contact in each phase: T−45, T−30 and T−10."""
        task = self._task(days=days, **vals)
        for before in (45, 30, days):
            self._call(task, "think", ago=before - days)
        return task

    def test_phases_of_the_rule(self):
        """T−45, T−30 and T−15 or later; each of the three is asked for."""
        task = self._task(days=10)
        names = [node.offset_days for node in self._marked()]
        self.assertEqual(names, [-45, -30, -15])
        self.assertEqual(len(task._missing_phases()[task]), 3)
        self._call(task, "think", ago=40)
        self.assertEqual(len(task._missing_phases()[task]), 2)
        # The last day of the phase from T−30 on is T−16.
        self._call(task, "think", ago=6)
        self.assertEqual(len(task._missing_phases()[task]), 1)
        self._call(task, "no_answer", ago=2)
        self.assertEqual(len(task._missing_phases()[task]), 1)
        self._call(task, "think", ago=1)
        self.assertFalse(task._missing_phases())
        self.company.dealer_lost_contacts = 4
        self.assertEqual(len(task._missing_phases()[task]), 1)

    def _marked(self):
        nodes = self.env["dealer.renewal.node"].search([])
        return nodes.filtered("counts_for_loss")

    def test_loss_needs_everything(self):
        task = self._task(days=10)
        case = self._lost(task, competitor_insurer_id=False, competitor_premium=0.0)
        self.assertEqual(self._codes(case.action_submit), ["G-L2", "G-L3"])
        case.write(
            {"competitor_insurer_id": self.insurer.id, "competitor_premium": 1.0}
        )
        self.assertEqual(self._codes(case.action_submit), ["G-L3"])
        case.write({"reason_id": False, "competitor_channel": False})
        self.assertEqual(self._codes(case.action_submit), ["G-X1"])
        self.assertEqual(task.state, "assigned")

    def test_reasons_without_contacts(self):
        """RL-06, RL-08 and RL-09 need no effective contacts (SM-6), RL-07 does."""
        for code in ("RL-06", "RL-08", "RL-09"):
            with self.subTest(code):
                task = self._task(days=10)
                case = self._lost(
                    task,
                    reason_id=self.reason[code].id,
                    competitor_insurer_id=False,
                    competitor_premium=0.0,
                )
                case.action_submit()
                self.assertEqual(task.state, "lost_pending")
        case = self._lost(self._task(days=10), reason_id=self.reason["RL-07"].id)
        self.assertEqual(self._codes(case.action_submit), ["G-L3"])

    def test_manager_waives_the_contacts(self):
        task = self._task(days=10)
        case = self._lost(task)
        with self.assertRaises(AccessError):
            case._waive("G-L3", "submit", "It is clear")
        case.with_user(self.manager)._waive("G-L3", "submit", "It is clear")
        case.action_submit()
        self.assertEqual(task.state, "lost_pending")

    def test_approved_by_the_leader(self):
        task = self._tried()
        self._nodes()
        case = self._lost(task)
        case.action_submit()
        self.assertEqual(task.state, "lost_pending")
        self.assertFalse(self._activities(task))
        with self.assertRaises(AccessError):
            task.action_approve_loss()
        with self.assertRaises(UserError):
            self._call(task)
        task.with_user(self.leader).action_approve_loss()
        self.assertEqual(task.state, "lost")
        self.assertTrue(task.is_lost)
        self.assertFalse(task.is_open)
        self.assertEqual(task.lost_reason_id.code, "RL-01")
        self.assertEqual(case.state, "verified")

    def test_rejected_goes_on(self):
        task = self._tried()
        self._nodes()
        self._lost(task).action_submit()
        with self.assertRaises(AccessError):
            task.action_reject("Call again")
        task.with_user(self.leader).action_reject("Call again")
        self.assertEqual(task.state, "contacting")
        self.assertEqual(len(self._activities(task)), 1)
        case = task.lost_case_ids
        self.assertEqual(case.reject_reason, "Call again")
        case.with_user(self.renewal).action_submit()
        self.assertEqual(task.state, "lost_pending")
        case.with_user(self.renewal).action_back_to_draft()
        self.assertEqual(task.state, "contacting")

    def test_nobody_approves_his_own(self):
        task = self._tried()
        case = self._lost(task, user=self.leader)
        case.action_submit()
        approve = task.with_user(self.leader).action_approve_loss
        self.assertEqual(self._codes(approve), ["G-X3"])

    def test_class_a_needs_a_call_of_the_manager(self):
        task = self._tried(premium=(950.0, 9000.0))
        self._lost(task).action_submit()
        approve = task.with_user(self.leader).action_approve_loss
        self.assertEqual(self._codes(approve), ["G-L4"])
        task.with_user(self.leader).action_reject("The manager calls first")
        self._call(task, "think", user=self.manager)
        task.lost_case_ids.with_user(self.renewal).action_submit()
        approve()
        self.assertEqual(task.state, "lost")

    def test_decided_is_not_lost_again(self):
        task = self._tried()
        case = self._lost(task)
        task.sudo()._withdraw("Sold")
        self.assertEqual(task.state, "withdrawn")
        self.assertEqual(self._codes(case.action_submit), ["G-L5"])
        task.sudo()._rejoin()
        case.action_submit()
        self.assertEqual(task.state, "lost_pending")

    def test_won_after_the_loss(self):
        task = self._tried(days=1)
        case = self._lost(task)
        case.action_submit()
        task.with_user(self.leader).action_approve_loss()
        self._to("issued", vehicle=task.vehicle_id, business_type="new_to_renewal")
        self.assertEqual(task.state, "won")
        self.assertFalse(task.is_lost)
        self.assertTrue(case.is_recovered)
        self.assertEqual(case.state, "closed")

    def test_lost_sleeps_and_comes_back_by_reason(self):
        """A price loss is called again; a car that is gone never."""
        back, gone = self._tried(), self._task(days=10)
        self._lost(back).action_submit()
        self._lost(gone, reason_id=self.reason["RL-06"].id).action_submit()
        (back | gone).with_user(self.leader).action_approve_loss()
        elsewhere = self.today + timedelta(days=200)
        back.lost_case_ids.with_user(self.leader).returns_next_year = elsewhere
        (back | gone).sudo()._write_protected(
            {"expiry_date": self.today - timedelta(days=31)}
        )
        self._cron("sleep")
        self.assertEqual(back.state, "sleeping")
        self.assertTrue(back.is_lost, "it stays a loss of its month")
        self.assertEqual(gone.state, "lost")
        self.assertEqual(back.next_expiry, elsewhere)
        self.assertEqual(back.wake_on, elsewhere - timedelta(days=90))

    def test_a_renewal_needs_its_task(self):
        with self.assertRaises(AccessError):
            self.env["dealer.lost.case"].with_user(self.cashier).create({})
        task = self._task()
        case = self._lost(task)
        self.assertEqual(task.with_user(self.renewal).action_lose()["res_id"], case.id)
        self.assertEqual(case.kind, "renewal")
        self.assertEqual(case.period_date, self.today)

    def test_new_car_cases_are_untouched(self):
        """The rules of renewals do not speak of new cars."""
        car = self._vehicle()
        case = (
            self.env["dealer.lost.case"]
            .with_user(self.users["sales_consultant"])
            .with_company(self.company)
            .create(
                {
                    "vehicle_id": car.id,
                    "consultant_id": self.consultant.id,
                    "reason_id": self.su_env["dealer.reason.code"]
                    .search([("code", "=", "NL-01")])
                    .id,
                    "competitor_channel": "agent",
                }
            )
        )
        case.action_submit()
        case.with_user(self.leader).action_verify()
        self.assertEqual(case.state, "verified")

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.dealer_base.models.guard_mixin import GuardError

from .renewal_task_common import RenewalTaskCommon


@tagged("post_install", "-at_install")
class TestRenewalAssign(RenewalTaskCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Rule = cls.su_env["dealer.renewal.assignment.rule"]
        cls.Rule.search([]).active = False

    @classmethod
    def _rule(cls, **vals):
        return cls.Rule.create(
            {"name": "Rule", "company_id": cls.company.id, "sequence": 1, **vals}
        )

    def _tasks(self, count, days=60, **vals):
        expiry = self.today + timedelta(days=days)
        for _index in range(count):
            self._policy(expiry, **vals)
        lines = self._build(expiry).due_ids.filtered(lambda due: not due.task_id)
        return self.Task._generate(lines)

    def _absent(self, staff, first=0, last=0):
        return self.su_env["dealer.renewal.absence"].create(
            {
                "company_id": self.company.id,
                "staff_id": staff.id,
                "date_from": self.today + timedelta(days=first),
                "date_to": self.today + timedelta(days=last),
            }
        )

    def test_round_robin_by_load(self):
        rule = self._rule(keep_previous=False)
        tasks = self._tasks(4)
        owners = [task.owner_id.id for task in tasks]
        # One by one to whoever has fewer open tasks, the first of the list first.
        self.assertEqual(sorted(owners), sorted([self.agent.id, self.agent_2.id] * 2))
        more = self._tasks(1, days=50)
        self.assertEqual(more.owner_id, self.agent)
        self.assertEqual(more.assign_why, {"code": "load", "rule": rule.id, "load": 2})
        self.assertIn("2", more.assign_reason)
        self.assertIn("Rule", more.with_user(self.renewal).assign_reason)

    def test_previous_specialist_keeps_his_customers(self):
        self._rule()
        tasks = self._tasks(3, agent=self.agent_2)
        self.assertEqual(tasks.owner_id, self.agent_2)
        self.assertEqual(
            {why["code"] for why in tasks.mapped("assign_why")}, {"previous"}
        )

    def test_absent_gets_nothing(self):
        self._rule()
        self._absent(self.agent_2)
        tasks = self._tasks(2, agent=self.agent_2)
        self.assertEqual(tasks.owner_id, self.agent)
        self._absent(self.agent, first=1, last=5)
        self.assertEqual(self._tasks(1, days=50).owner_id, self.agent)

    def test_load_limit(self):
        self._rule(keep_previous=False, max_open=1)
        tasks = self._tasks(3)
        self.assertEqual(len(tasks.filtered("owner_id")), 2)
        left = tasks.filtered(lambda task: not task.owner_id)
        self.assertEqual(left.state, "pending")
        self.assertEqual(left.assign_why["code"], "full")

    def test_first_rule_that_fits(self):
        """Segment, insurer and class choose the rule; no rule: the leader assigns."""
        other = self._insurer("Insurer Two", "TTWO")
        rule = self._rule(
            keep_previous=False, segment="new_to_renewal", staff_ids=self.agent_2.ids
        )
        self.assertEqual(self._tasks(2).owner_id, self.agent_2)
        rule.segment = "lapsed_back"
        self.assertEqual(self._tasks(1, days=50).assign_why["code"], "no_rule")
        rule.write({"segment": False, "insurer_id": other.id})
        self.assertFalse(self._tasks(1, days=49).owner_id)
        rule.write({"insurer_id": self.insurer.id, "customer_class": "A"})
        self.assertFalse(self._tasks(1, days=48).owner_id)
        rich = self._tasks(1, days=47, premium=(950.0, 9000.0))
        self.assertEqual(rich.owner_id, self.agent_2)

    def test_specialist_without_login_or_post_gets_nothing(self):
        self._rule(keep_previous=False)
        self.renewal_2.active = False
        self.assertEqual(self._tasks(3).owner_id, self.agent)

    def test_hand_over_of_an_absent_specialist(self):
        self._rule()
        tasks = self._tasks(3, agent=self.agent_2)
        self._nodes()
        self._absent(self.agent_2)
        wizard = (
            self.env["dealer.renewal.handover"]
            .with_user(self.leader)
            .with_company(self.company)
            .create({"from_staff_id": self.agent_2.id, "reason": "On leave"})
        )
        self.assertEqual(wizard.task_count, 3)
        wizard.action_confirm()
        self.assertEqual(tasks.owner_id, self.agent)
        self.assertEqual(self._activities(tasks).user_id, self.renewal)
        self.assertEqual(len(self._activities(tasks)), 3)

    def test_hand_over_to_a_person(self):
        self._rule()
        task = self._tasks(1)
        given = task.with_user(self.leader)
        with self.assertRaises(AccessError):
            task.with_user(self.renewal)._hand_over(self.agent_2, "x")
        with self.assertRaises(UserError):
            given._hand_over(self.agent_2, " ")
        self._absent(self.agent_2)
        with self.assertRaises(GuardError) as caught:
            given._hand_over(self.agent_2, "Speaks her language")
        self.assertEqual(caught.exception.codes, ["G-N6"])
        self.su_env["dealer.renewal.absence"].search([]).unlink()
        given._hand_over(self.agent_2, "Speaks her language")
        self.assertEqual(task.owner_id, self.agent_2)
        self.assertIn("Speaks her language", task.assign_reason)
        foreign = self._staff(
            self._user("renewal_agent", self.company_2), post="renewal_agent"
        )
        for staff in (foreign, self.writer):
            with self.assertRaises(GuardError) as caught:
                given._hand_over(staff, "x")
            self.assertEqual(caught.exception.codes, ["G-N6"])

    def test_give_back_to_the_leader(self):
        self._rule()
        task = self._tasks(1)
        self._nodes()
        wizard = (
            self.env["dealer.renewal.handover"]
            .with_user(self.renewal)
            .create({"mode": "back", "task_ids": [fields.Command.set(task.ids)]})
        )
        with self.assertRaises(UserError):
            wizard.action_confirm()
        wizard.reason = "My cousin"
        wizard.action_confirm()
        self.assertEqual(task.state, "transferred")
        self.assertFalse(task.owner_id)
        self.assertFalse(self._activities(task))
        asked = self._activities(task, "dealer_renewal.activity_renewal_follow")
        self.assertEqual(asked.user_id, self.leader)
        task.with_user(self.leader)._hand_over(self.agent_2, "New start")
        self.assertEqual(task.state, "assigned")
        self.assertFalse(task.return_reason)

    def test_only_the_leader_assigns(self):
        self._rule()
        task = self._tasks(1)
        for method in ("action_assign", "action_handover"):
            with self.assertRaises(AccessError):
                getattr(task.with_user(self.renewal), method)()
        task.with_user(self.leader).action_assign()
        with self.assertRaises(AccessError):
            self.env["dealer.renewal.assignment.rule"].with_user(self.renewal).create(
                {"name": "x"}
            )

from datetime import timedelta

from odoo import fields

from .renewal_common import RenewalCommon


class RenewalTaskCommon(RenewalCommon):
    """Tasks of a store, made by the job from frozen lists."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager_staff = cls._staff(cls.manager, post="insurance_manager")
        cls.leader_staff = cls._staff(cls.leader, post="uw_leader")
        reasons = cls.su_env["dealer.reason.code"]
        cls.reason = {
            reason.code: reason
            for reason in reasons.search([("category", "=", "renewal_lost")])
        }
        cls.Task = cls.su_env["dealer.renewal.task"]

    def _task(self, days=60, user=None, **vals):
        """The task of a car whose cover ends in so many days.

        :param days: days from today to the expiry, negative: already expired
        """
        due = self._due(self.today + timedelta(days=days), **vals)
        self.Task._generate(due)
        task = due.task_id
        self.assertTrue(task)
        return task.with_user(user or self.renewal).with_company(task.company_id)

    def _nodes(self):
        """Run the job of the nodes as the scheduler does."""
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref("dealer_renewal.cron_renewal_nodes").method_direct_trigger()
        self.env.invalidate_all()

    def _cron(self, name):
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref(f"dealer_renewal.cron_renewal_{name}").method_direct_trigger()
        self.env.invalidate_all()

    def _call(self, task, result="think", user=None, ago=0, **vals):
        """A contact written down through the dialog; ``ago`` days earlier."""
        wizard = (
            self.env["dealer.renewal.contact.wizard"]
            .with_user(user or self.renewal)
            .with_company(task.company_id)
            .create(
                {
                    "task_id": task.id,
                    "result": result,
                    **({"feedback": "Words"} if result in self._talks() else {}),
                    **vals,
                }
            )
        )
        if not ago:
            return wizard.action_save()
        task = task.with_user(user or self.renewal)
        return task._append_contacts(
            {
                "method": "call",
                "result": result,
                "answered": result in self._talks(),
                "feedback": "Words" if result in self._talks() else False,
                "contacted_at": fields.Datetime.now() - timedelta(days=ago),
                **vals,
            }
        )

    @staticmethod
    def _talks():
        return ("think", "quote", "promised", "refused")

    def _activities(self, task, xmlid="dealer_renewal.activity_renewal_call"):
        return task.activity_ids.filtered(
            lambda activity: activity.activity_type_id == self.env.ref(xmlid)
        )

    def _lost(self, task, user=None, **vals):
        """A complete loss as the specialist enters it."""
        case_id = task.with_user(user or self.renewal).action_lose()["res_id"]
        case = self.env["dealer.lost.case"].with_user(user or self.renewal)
        case = case.with_company(task.company_id).browse(case_id)
        case.write(
            {
                "reason_id": self.reason["RL-01"].id,
                "competitor_channel": "tele_online",
                "competitor_insurer_id": self.insurer.id,
                "competitor_premium": 4000.0,
                **vals,
            }
        )
        return case

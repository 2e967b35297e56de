from datetime import datetime, timedelta

from odoo import fields
from odoo.fields import Command

from odoo.addons.dealer_insurance.tests.underwriting_common import UnderwritingCommon


class HotlineCommon(UnderwritingCommon):
    """A store in Chinese time with a hotline agent, a claims leader and a car."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.partner_id.tz = "Asia/Shanghai"
        cls.agent = cls.users["hotline_agent"]
        cls.leader = cls._user("claim_leader")
        cls.receptionist = cls._user("claim_receptionist")
        cls.agent_staff = cls._staff(cls.agent, post="hotline_agent")
        cls.leader_staff = cls._staff(cls.leader, post="claim_leader")
        cls.owner = cls.su_env["res.partner"].create(
            {"name": "Owner One", "phone": "139 1234 5678"}
        )
        cls.car = cls._vehicle(plate="粤E12345", owner_id=cls.owner.id)
        reasons = cls.su_env["dealer.reason.code"]
        cls.far = reasons.search([("code", "=", "NR-02")])
        cls.away = reasons.search([("code", "=", "NR-07")])
        cls.other = reasons.search([("code", "=", "NR-99")])
        cls.Call = cls.su_env["dealer.accident.call"]

    def _as(self, user, records):
        return records.with_user(user).with_company(self.company)

    def _call(self, user=None, **vals):
        """A call as the agent enters it; complete by its starred fields."""
        now = fields.Datetime.now()
        return self._as(user or self.agent, self.env["dealer.accident.call"]).create(
            {
                "caller_name": "Owner One",
                "phone": "13912345678",
                "plate": "粤E12345",
                "insurer_id": self.insurer.id,
                "report_no": "R-1",
                "call_at": now,
                "accident_at": now - timedelta(minutes=20),
                "place": "Main Road 1",
                "description": "Hit a kerb",
                "accident_type": "single",
                "injury": "no",
                "drivable": "yes",
                **vals,
            }
        )

    def _tick(self, call):
        call.step_ids.write({"is_done": True})

    def _history(self, count=1, **vals):
        """Calls of the past, as an import makes them."""
        moment = vals.pop("call_at", datetime(2026, 8, 10, 2))
        return self.Call._create_protected(
            [
                {
                    "company_id": self.company.id,
                    "is_historical": True,
                    "call_at": moment,
                    "accident_at": moment - timedelta(minutes=30),
                    "agent_id": self.agent_staff.id,
                    "plate": "粤E12345",
                    "caller_name": "Owner One",
                    **vals,
                }
                for _i in range(count)
            ]
        )

    def _followed(self, call, *days):
        """Follow-ups that were made some days after the call."""
        self.su_env["dealer.accident.follow.up"].create(
            [
                {
                    "call_id": call.id,
                    "planned_at": call.call_at + timedelta(days=day),
                    "done_at": call.call_at + timedelta(days=day),
                    "result": "reached",
                }
                for day in days
            ]
        )

    def _run_cron(self, xmlid):
        """Run a scheduled job the way the scheduler does."""
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref(xmlid).method_direct_trigger()
        self.env.invalidate_all()

    def _mandate(self):
        return self.su_env["dealer.survey.mandate"].create(
            {
                "name": "Mandate One",
                "insurer_id": self.insurer.id,
                "company_id": self.company.id,
                "date_from": "2020-01-01",
            }
        )

    @staticmethod
    def _commands(lines):
        return [Command.create(line) for line in lines]

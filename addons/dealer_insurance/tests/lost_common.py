from datetime import date, datetime

from odoo import Command

from .underwriting_common import UnderwritingCommon


class LostCommon(UnderwritingCommon):
    """A store in Chinese time with deliveries, a consultant and two leaders."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.partner_id.tz = "Asia/Shanghai"
        cls.leader = cls.users["uw_leader"]
        cls.leader_staff = cls._staff(cls.leader, post="uw_leader")
        cls.seller = cls.users["sales_consultant"]
        cls.store_manager = cls.users["store_manager"]
        reasons = cls.su_env["dealer.reason.code"]
        cls.price = reasons.search([("code", "=", "NL-01")])
        cls.friend = reasons.search([("code", "=", "NL-02")])
        cls.other = reasons.search([("code", "=", "NL-99")])
        cls.number = 0

    @classmethod
    def _deliver(cls, day=date(2026, 8, 20), count=1, **vals):
        """Cars handed over on a day, not insured."""
        vals_list = []
        for _i in range(count):
            cls.number += 1
            vals_list.append(
                {
                    "name": f"L{cls.number:04d}",
                    "company_id": cls.company.id,
                    "delivery_date": day,
                    "vehicle_id": (vals.get("vehicle") or cls._vehicle()).id,
                    "partner_id": cls.applicant.id,
                    "consultant_id": cls.consultant.id,
                    **{k: v for k, v in vals.items() if k != "vehicle"},
                }
            )
        return cls.su_env["dealer.delivery"].create(vals_list)

    def _case(self, delivery, user=None, **vals):
        """A complete lost case as the consultant enters it."""
        return (
            self.env["dealer.lost.case"]
            .with_user(user or self.seller)
            .with_company(self.company)
            .create(
                {
                    "delivery_id": delivery.id,
                    "reason_id": self.price.id,
                    "competitor_channel": "tele_online",
                    "competitor_premium": 4000.0,
                    "our_premium": 4600.0,
                    **vals,
                }
            )
        )

    def _insure(self, delivery):
        return self._to("issued", vehicle=delivery.vehicle_id)

    def _review(self, month=date(2026, 8, 1), user=None, **vals):
        return (
            self.env["dealer.review"]
            .with_user(user or self.leader)
            .with_company(self.company)
            .create(
                {
                    "kind": "new_car_lost",
                    "date_from": month,
                    "company_id": self.company.id,
                    **vals,
                }
            )
        )

    def _plan(self, **vals):
        """Values of a complete improvement plan."""
        return Command.create(
            {
                "title": "Win back on price",
                "source": "lost",
                "problem": "Every second loss is about the price",
                "root_cause": "Only one insurer is offered",
                "target_name": "Lost rate",
                "unit": "%",
                "direction": "down",
                "baseline_value": 30.0,
                "target_value": 20.0,
                "line_ids": [
                    Command.create(
                        {
                            "name": "Offer three insurers in each quote",
                            "owner_id": self.consultant.id,
                            "due_date": date(2026, 9, 20),
                        }
                    )
                ],
                **vals,
            }
        )

    def _run_cron(self, xmlid):
        """Run a scheduled job the way the scheduler does."""
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref(xmlid).method_direct_trigger()
        self.env.invalidate_all()

    @staticmethod
    def _at(day, hour=0, minute=0):
        return datetime(2026, 8, day, hour, minute)

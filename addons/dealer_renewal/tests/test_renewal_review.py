from datetime import date, timedelta

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError
from odoo.service.model import call_kw
from odoo.tests import tagged

from odoo.addons.dealer_base.models.guard_mixin import GuardError

from .renewal_common import RenewalCommon

AUGUST = date(2026, 8, 1)


class AugustCase(RenewalCommon):
    """Four cars of this store are due in August 2026.

    One is renewed on its day, one is lost to another dealer (800 dearer), two are not
    renewed and nobody wrote why.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = cls.users["insurance_manager"]
        cls.entries = [
            cls._policy(date(2026, 8, day), premium=(1000.0, 3000.0))
            for day in (5, 12, 19, 26)
        ]
        cls.cohort = cls._build(AUGUST)
        cls._policy(
            date(2027, 8, 5),
            start=date(2026, 8, 6),
            vehicle=cls.entries[0].vehicle_id,
            business="new_to_renewal",
        )
        cls.other_insurer = cls.su_env["res.partner"].create(
            {"name": "Insurer Elsewhere", "is_insurer": True}
        )
        cls.reason = cls.su_env["dealer.reason.code"].search(
            [("code", "=", "RL-04"), ("category", "=", "renewal_lost")]
        )
        due = cls.cohort.due_ids.filtered(lambda d: d.underwriting_id == cls.entries[1])
        cls.task = cls.su_env["dealer.renewal.task"]._create_protected(
            [
                {
                    "company_id": cls.company.id,
                    "vehicle_id": due.vehicle_id.id,
                    "partner_id": due.partner_id.id,
                    "expiry_date": due.expiry_date,
                    "owner_id": cls.agent.id,
                    "policy_id": due.policy_id.id,
                    "segment": due.segment,
                }
            ]
        )
        due._write_protected({"task_id": cls.task.id})
        cls.env.flush_all()


@tagged("post_install", "-at_install")
class TestRenewalReview(AugustCase):
    """S72, S73: why renewals were lost goes to the manager, with a plan."""

    def _lose(self, day=date(2026, 8, 20)):
        """The loss of the task, approved by the leader on a day."""
        case = self.su_env["dealer.lost.case"].create(
            {
                **self.task._prepare_lost_vals(self.reason),
                "lost_at": self._moment(day),
                "competitor_channel": "other_dealer",
                "competitor_insurer_id": self.other_insurer.id,
                "competitor_premium": 3200.0,
                "our_premium": 4000.0,
            }
        )
        case._write_protected(
            {"submitted_at": self._moment(day), "registered_at": self._moment(day)}
        )
        return case

    def _review(self):
        with freeze_time(self._moment(date(2026, 10, 20))):
            return (
                self.env["dealer.review"]
                .with_user(self.renewal)
                ._create_month("renewal_lost", self.company, AUGUST)
            )

    def _figures(self, review):
        return {
            line.code: round(line.value, 4) if line.is_known else None
            for line in review.figure_ids
        }

    def test_figures_and_tables(self):
        self._lose()
        review = self._review()
        self.assertEqual(
            self._figures(review),
            {
                "due": 4,
                "renewed": 1,
                "rate": 0.25,
                "on_time_rate": 0.25,
                "open": 0,
                # the submitted loss is not approved yet: it is no result of the car
                "lapsed": 3,
                "lost": 1,
                "lost_rate": 0.25,
                "other_share": 0.0,
                "premium_gap": 800.0,
            },
        )
        tables = review.frozen["tables"]
        self.assertEqual(
            [(row["reason"], row["count"], row["share"]) for row in tables["reasons"]],
            [("RL-04", 1, 1.0)],
        )
        self.assertEqual(
            tables["agents"],
            [
                {
                    "agent": self.agent.name,
                    "due": 4,
                    "renewed": 1,
                    "rate": 0.25,
                    "lapsed": 3,
                    "lost": 1,
                }
            ],
        )
        self.assertEqual(
            [(row["segment"], row["due"]) for row in tables["segments"]],
            [("new_to_renewal", 4)],
        )
        self.assertEqual(tables["competitors"][0]["gap"], 800.0)
        self.assertEqual(len(tables["lapsed"]), 3)
        self.assertEqual({row["premium"] for row in tables["lapsed"]}, {4000.0})

    def test_approved_loss_is_no_lapse(self):
        self._lose()._write_protected({"verified_at": self._moment(date(2026, 8, 21))})
        figures = self._figures(self._review())
        self.assertEqual((figures["lapsed"], figures["lost"]), (2, 1))

    def test_submitted_only_when_every_loss_is_checked(self):
        case = self._lose()
        review = self._review()
        plan = (
            self.env["dealer.improvement"]
            .with_user(self.renewal)
            .create(
                {
                    "title": "Call earlier",
                    "source": "renewal",
                    "review_id": review.id,
                    "problem": "Two cars lapsed",
                    "root_cause": "First call too late",
                    "line_ids": [
                        Command.create(
                            {
                                "name": "First call at T-60",
                                "owner_id": self.agent.id,
                                "due_date": self.today + timedelta(days=10),
                            }
                        )
                    ],
                }
            )
        )
        self.assertEqual(plan.review_id, review)
        review.causes = "<p>Price of the other dealer</p>"
        with self.assertRaisesRegex(GuardError, "G-X4"):
            review.action_submit()
        case._write_protected({"verified_at": self._moment(date(2026, 8, 21))})
        review.action_submit()
        self.assertEqual(review.state, "submitted")
        with self.assertRaises(AccessError):
            call_kw(
                self.env["dealer.review"].with_user(self.users["policy_clerk"]),
                "action_accept",
                [review.ids],
                {},
            )
        review.with_user(self.manager).action_accept()
        self.assertEqual((review.state, case.state), ("accepted", "analysed"))

    def test_made_by_itself_once(self):
        Review = self.su_env["dealer.review"]
        domain = [("kind", "=", "renewal_lost")]
        cron = self.env.ref("dealer_renewal.cron_renewal_reviews")
        for _night in range(2):
            with (
                freeze_time(self._moment(date(2026, 9, 1))),
                self.enter_registry_test_mode(),
            ):
                cron.method_direct_trigger()
        review = Review.search(domain)
        self.assertEqual(review.mapped("date_from"), [AUGUST])
        self.assertEqual(review.company_id, self.company)

    def test_another_post_does_not_write_it(self):
        for post in ("policy_clerk", "cashier", "sales_consultant"):
            with self.subTest(post), self.assertRaises(AccessError):
                self.env["dealer.review"].with_user(self.users[post]).create(
                    {"kind": "renewal_lost", "date_from": AUGUST}
                )


@tagged("post_install", "-at_install")
class TestRenewalFunnel(AugustCase):
    """How far renewals came, and what was done at which node."""

    def test_funnel_of_a_task(self):
        node = self.su_env["dealer.renewal.node"].search([], limit=1)
        late = self.su_env["dealer.renewal.node"].search([("id", "!=", node.id)])[:1]
        self.su_env["dealer.renewal.contact"]._sudo_append(
            [
                {
                    "task_id": self.task.id,
                    "node_id": node.id,
                    "contacted_at": self._moment(date(2026, 7, 3)),
                    "method": "call",
                    "answered": True,
                    "feedback": "Compares prices",
                    "result": "think",
                }
            ]
        )
        self.task._write_protected({"missed_node_ids": [Command.set(late.ids)]})
        self.env.flush_all()
        funnel = self.env["dealer.renewal.funnel"].with_user(self.renewal)
        line = funnel.search([("task_id", "=", self.task.id)])
        self.assertRecordValues(
            line,
            [
                {
                    "contacted_count": 1,
                    "effective_count": 1,
                    "quoted_count": 0,
                    "promised_count": 0,
                    "won_count": 0,
                    "lost_count": 0,
                    # 12 August less 3 July
                    "first_days": 40,
                }
            ],
        )
        nodes = self.env["dealer.renewal.node.result"].with_user(self.renewal)
        found = nodes.search([("task_id", "=", self.task.id)])
        self.assertEqual(
            {(line.node_id, line.effective_count, line.missed_count) for line in found},
            {(node, 1, 0), (late, 0, 1)},
        )

    def test_withdrawn_is_not_counted(self):
        self.task._write_protected({"withdrawn_at": self._moment(date(2026, 7, 1))})
        self.env.flush_all()
        funnel = self.env["dealer.renewal.funnel"].with_user(self.renewal)
        self.assertFalse(funnel.search([("task_id", "=", self.task.id)]))

    def test_other_posts_and_stores_do_not_see_it(self):
        with self.assertRaises(AccessError):
            self.env["dealer.renewal.funnel"].with_user(self.users["cashier"]).search(
                []
            )
        other = self._user("renewal_agent", self.company_2, "renewal_elsewhere")
        env = self.env["dealer.renewal.funnel"].with_user(other)
        self.assertFalse(
            env.with_company(self.company_2).search([("task_id", "=", self.task.id)])
        )

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.service.model import call_kw
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.dealer_base.models.guard_mixin import GuardError

from .quote_common import QuoteCommon


@tagged("post_install", "-at_install")
class TestDealAssist(QuoteCommon):
    """S55, S56: the consultant asks, the leader helps, the outcome is measured."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.asker = cls.users["sales_consultant"]
        cls.leader = cls.users["uw_leader"]
        cls.company.dealer_assist_minutes = 10
        cls.delivery = cls.su_env["dealer.delivery"].create(
            {
                "name": "D-ASSIST",
                "company_id": cls.company.id,
                "vehicle_id": cls._vehicle().id,
                "partner_id": cls.applicant.id,
                "consultant_id": cls.consultant.id,
                "delivery_date": cls.env.company._dealer_today(),
            }
        )

    def _ask(self, user=None, **vals):
        return (
            self.env["dealer.deal.assist"]
            .with_user(user or self.asker)
            .with_company(self.company)
            .create(
                {
                    "company_id": self.company.id,
                    "consultant_id": self.consultant.id,
                    "delivery_id": self.delivery.id,
                    "place": "Table 3",
                    **vals,
                }
            )
        )

    def test_request_calls_the_leader(self):
        record = self._ask(wanted_at=fields.Datetime.now() - timedelta(minutes=1))
        self.assertRegex(record.name, r"^DA\d{9}$")
        self.assertEqual(record.partner_id, self.applicant)
        self.assertEqual(record.vehicle_id, self.delivery.vehicle_id)
        self.assertEqual(record.requested_by_id, self.asker)
        self.assertEqual(record.due_at - record.requested_at, timedelta(minutes=10))
        activity = record.sudo().activity_ids
        self.assertEqual(activity.user_id, self.leader)
        self.assertIn("Table 3", activity.summary)
        later = fields.Datetime.now() + timedelta(hours=5)
        self.assertEqual(self._ask(wanted_at=later).due_at, later)

    def test_good_story(self):
        record = self._ask()
        led = record.with_user(self.leader)
        self.assertTrue(led.can_accept)
        self.assertFalse(record.can_accept)
        led.action_accept()
        self.assertEqual(record.leader_id, self.leader)
        self.assertFalse(record.sudo().activity_ids)
        with self.assertRaises(GuardError) as caught:
            led.action_done()
        self.assertEqual(caught.exception.codes, ["G-H1"])
        led.outcome = "certified"
        led.action_done()
        self.assertRecordValues(
            record,
            [
                {
                    "state": "done",
                    "is_converted": True,
                    "talk_count": 1,
                    "conversion_rate": 1.0,
                    "certified_rate": 1.0,
                    "closed_by_id": self.leader.id,
                }
            ],
        )
        self.assertTrue(self.delivery.is_certified)
        with self.assertRaises(UserError):
            led.action_done()
        with self.assertRaises(UserError):
            led.outcome = "lost"

    def test_lost_and_later_need_more(self):
        led = self._ask().with_user(self.leader)
        led.action_accept()
        led.outcome = "lost"
        with self.assertRaises(GuardError):
            led.action_done()
        led.outcome = "later"
        with self.assertRaises(GuardError):
            led.action_done()
        led.follow_up_on = self.env.company._dealer_today() + timedelta(days=3)
        led.action_done()
        activity = led.sudo().activity_ids
        self.assertEqual(activity.user_id, self.asker)
        self.assertEqual(activity.date_deadline, led.follow_up_on)
        self.assertEqual(led.conversion_rate, 0.0)
        self.assertFalse(self.delivery.is_certified)

    def test_ways_back(self):
        led = self._ask().with_user(self.leader)
        with self.assertRaisesRegex(UserError, "why nobody"):
            led.action_decline()
        led.close_reason = "All leaders are in a meeting"
        led.action_decline()
        self.assertEqual(led.state, "declined")
        mine = self._ask()
        mine.action_cancel()
        self.assertEqual(mine.state, "cancelled")
        self.assertFalse(mine.sudo().activity_ids)
        with self.assertRaises(UserError):
            mine.with_user(self.leader).action_accept()
        # a talk that is not held counts for nothing
        self.assertEqual(
            (led | mine.with_user(self.leader)).mapped("talk_count"), [0, 0]
        )

    def test_conversion_by_consultant(self):
        """Three talks: certified, insured, lost: two of three converted."""
        reason = self.env["dealer.reason.code"].search(
            [("category", "=", "new_car_lost")], limit=1
        )
        for outcome in ("certified", "insured", "lost"):
            led = self._ask().with_user(self.leader)
            led.action_accept()
            led.write(
                {
                    "outcome": outcome,
                    "lost_reason_id": reason.id if outcome == "lost" else False,
                }
            )
            led.action_done()
        self._ask()
        [(consultant, talks, rate, certified)] = self.env[
            "dealer.deal.assist"
        ]._read_group(
            [("company_id", "=", self.company.id), ("talk_count", ">", 0)],
            ["consultant_id"],
            ["talk_count:sum", "conversion_rate:avg", "certified_rate:avg"],
        )
        self.assertEqual(consultant, self.consultant)
        self.assertEqual(talks, 3)
        self.assertAlmostEqual(rate, 2 / 3)
        self.assertAlmostEqual(certified, 1 / 3)

    def test_response_time(self):
        record = self._ask(wanted_at=fields.Datetime.now() - timedelta(hours=1))
        record._write_protected(
            {"requested_at": fields.Datetime.now() - timedelta(minutes=25)}
        )
        record.with_user(self.leader).action_accept()
        self.assertAlmostEqual(record.response_minutes, 25, delta=0.5)
        self.assertTrue(record.is_late)

    def test_only_leaders_close(self):
        record = self._ask()
        for post in ("sales_consultant", "policy_clerk", "store_manager", "cashier"):
            env = self.env(user=self.users[post])
            for name in ("action_accept", "action_done", "action_decline"):
                with self.subTest(post=post, button=name):
                    with mute_logger("odoo.orm.models"), self.assertRaises(AccessError):
                        call_kw(env["dealer.deal.assist"], name, [record.ids], {})
        record.with_user(self.leader).action_accept()
        with self.assertRaises(AccessError):
            record.write({"outcome": "certified"})
        with self.assertRaises(UserError):
            record.write({"state": "done"})
        with self.assertRaises(UserError):
            record.with_user(self.leader).write({"leader_id": self.clerk.id})
        with self.assertRaises(AccessError):
            record.with_user(self.clerk).action_cancel()

    def test_consultant_sees_his_own(self):
        record = self._ask()
        stranger = self._user("sales_consultant", login="other_consultant")
        with self.assertRaises(AccessError):
            record.with_user(stranger).read(["question"])
        self.assertTrue(record.with_user(self.manager).read(["question"]))
        elsewhere = self._user("uw_leader", company=self.company_2)
        with self.assertRaises(AccessError):
            record.with_user(elsewhere).read(["question"])

    def test_fifty_at_once(self):
        records = self.env["dealer.deal.assist"]
        for _index in range(50):
            records |= self._ask()
        led = records.with_user(self.leader)
        led.action_accept()
        led.write({"outcome": "insured"})
        led.action_done()
        self.assertEqual(set(records.mapped("state")), {"done"})

    def test_from_the_quote(self):
        quote = self._quote(delivery_id=self.delivery.id)
        action = quote.with_user(self.asker).action_ask_assist()
        record = (
            self.env["dealer.deal.assist"]
            .with_user(self.asker)
            .with_company(self.company)
            .with_context(**action["context"])
            .create({})
        )
        self.assertEqual(record.quote_id, quote)
        self.assertEqual(record.delivery_id, self.delivery)
        self.assertEqual(record.consultant_id, self.consultant)
        self.assertEqual(quote.assist_count, 1)

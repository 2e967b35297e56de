from datetime import date, timedelta

from freezegun import freeze_time
from psycopg2.errors import UniqueViolation

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.service.model import call_kw
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.dealer_base.models.guard_mixin import GuardError

from .lost_common import LostCommon
from .quote_common import QuoteCommon


@tagged("post_install", "-at_install")
class TestLostCase(LostCommon):
    """SM-7: the lost case is the record of a loss; the delivery shows it."""

    def test_delivery_shows_the_case(self):
        delivery = self._deliver()
        self.assertTrue(delivery.insurance_gap)
        case = self._case(delivery)
        self.assertEqual(case.state, "draft")
        self.assertTrue(delivery.insurance_gap, "a draft registers nothing")
        case.action_submit()
        self.assertRecordValues(
            delivery,
            [
                {
                    "lost_case_id": case.id,
                    "lost_reason_id": self.price.id,
                    "lost_registered": True,
                    "lost_count": 1,
                    "lost_registered_count": 1,
                    "insurance_gap": False,
                }
            ],
        )
        self.assertRecordValues(
            case,
            [
                {
                    "vehicle_id": delivery.vehicle_id.id,
                    "partner_id": self.applicant.id,
                    "consultant_id": self.consultant.id,
                    "period_date": date(2026, 8, 20),
                    "premium_gap": 600.0,
                    "submitted_by_id": self.seller.id,
                    "registered_by_id": self.seller.id,
                }
            ],
        )

    def test_gap_needs_both_premiums(self):
        case = self._case(self._deliver(), competitor_premium=0.0)
        self.assertEqual(case.premium_gap, 0.0)
        case.competitor_premium = 4700.0
        self.assertEqual(case.premium_gap, -100.0)

    def test_reason_of_the_delivery_is_not_typed(self):
        delivery = self._deliver()
        for vals in ({"lost_reason_id": self.price.id}, {"lost_registered": True}):
            with self.subTest(vals=vals), self.assertRaises(UserError):
                delivery.with_user(self.clerk).write(vals)

    def test_one_case_for_a_delivery(self):
        delivery = self._deliver()
        self._case(delivery)
        with mute_logger("odoo.sql_db"), self.assertRaises(UniqueViolation):
            self._case(delivery)

    # -- guards -----------------------------------------------------------------

    def test_incomplete_case_is_refused(self):
        case = self._case(
            self._deliver(), reason_id=self.other.id, competitor_channel=False
        )
        with self.assertRaises(GuardError) as error:
            case.action_submit()
        self.assertEqual(error.exception.codes, ["G-X1"])
        self.assertEqual(len(error.exception.violations), 2, "text and channel")
        case.write({"reason_text": "Company car", "competitor_channel": "agent"})
        case.action_submit()
        self.assertEqual(case.state, "submitted")
        bare = self._case(self._deliver(), reason_id=False)
        with self.assertRaises(GuardError) as error:
            bare.action_submit()
        self.assertEqual(error.exception.codes, ["G-X1"])

    def test_insured_car_is_not_lost(self):
        delivery = self._deliver()
        case = self._case(delivery)
        row = self._insure(delivery)
        self.assertTrue(case.is_recovered)
        self.assertEqual(case.state, "closed")
        with self.assertRaises(UserError):
            case.action_submit()
        row._write_protected({"voided_at": fields.Datetime.now()})
        self.assertEqual(case.state, "draft")
        case.action_submit()

    def test_recovered_case_closes_and_comes_back(self):
        delivery = self._deliver()
        case = self._case(delivery)
        case.action_submit()
        case.with_user(self.leader).action_verify()
        row = self._insure(delivery)
        self.assertRecordValues(case, [{"state": "closed", "is_recovered": True}])
        self.assertRecordValues(delivery, [{"lost_count": 0, "lost_registered": False}])
        row._write_protected({"voided_at": fields.Datetime.now()})
        self.assertRecordValues(case, [{"state": "verified", "is_recovered": False}])
        self.assertTrue(delivery.lost_registered)

    def test_leader_verifies_another_persons_case(self):
        case = self._case(self._deliver(), user=self.leader)
        case.action_submit()
        with self.assertRaises(GuardError) as error:
            case.action_verify()
        self.assertEqual(error.exception.codes, ["G-X3"])
        case.with_user(self.manager).action_verify()
        self.assertRecordValues(
            case, [{"state": "verified", "verified_by_id": self.manager.id}]
        )

    # -- ways back ----------------------------------------------------------------

    def test_reject_and_correct(self):
        delivery = self._deliver()
        case = self._case(delivery)
        with freeze_time(self._at(20, 10)):
            case.action_submit()
        with self.assertRaises(UserError):
            case.write({"reason_id": self.friend.id})
        action = case.with_user(self.leader).action_reject()
        wizard = (
            self.env["dealer.return.wizard"]
            .with_user(self.leader)
            .browse(action["res_id"])
        )
        with self.assertRaises(UserError):
            wizard.action_confirm()
        wizard.reason = "Which insurer?"
        wizard.action_confirm()
        self.assertRecordValues(
            case, [{"state": "rejected", "reject_reason": "Which insurer?"}]
        )
        self.assertTrue(delivery.insurance_gap, "rejected facts register nothing")
        self.assertEqual(case.activity_ids.user_id, self.seller)
        case.action_back_to_draft()
        self.assertEqual(case.state, "draft")
        case.reason_id = self.friend
        with freeze_time(self._at(25)):
            case.action_submit()
        self.assertEqual(case.registered_at, self._at(20, 10), "the first time counts")
        self.assertEqual(case.submitted_at, self._at(25))
        self.assertFalse(delivery.insurance_gap)

    def test_submitted_case_is_taken_back_by_its_author(self):
        case = self._case(self._deliver())
        case.action_submit()
        with self.assertRaises(AccessError):
            case.with_user(self.clerk).action_back_to_draft()
        case.action_back_to_draft()
        self.assertEqual(case.state, "draft")
        with self.assertRaises(UserError):
            case.unlink()

    def test_close_by_the_leader(self):
        case = self._case(self._deliver())
        case.action_submit()
        with self.assertRaises(UserError):
            case.with_user(self.leader).action_close()
        case.with_user(self.leader).action_verify()
        case.with_user(self.leader).write(
            {"recoverable": True, "returns_next_year": date(2027, 7, 1)}
        )
        case.with_user(self.leader).action_close()
        self.assertEqual(case.state, "closed")

    # -- compliance ---------------------------------------------------------------

    def test_registered_within_hours(self):
        """24 h after the day of delivery: until 22 August 0:00 in Shanghai."""
        for moment, in_time in (
            (self._at(21, 15, 59), True),
            (self._at(21, 16, 0), True),
            (self._at(21, 16, 1), False),
        ):
            case = self._case(self._deliver())
            with freeze_time(moment), self.subTest(moment=moment):
                case.action_submit()
                self.assertEqual(case.registered_within_hours, in_time)
        self.company.dealer_lost_register_hours = 48
        self.assertTrue(case.registered_within_hours)

    def test_leader_hears_of_it_before_the_car_leaves(self):
        """The day of delivery ends at 16:00 UTC."""
        early, late = self._case(self._deliver()), self._case(self._deliver())
        with freeze_time(self._at(20, 15)):
            early.action_inform_leader()
            self.assertEqual(early.activity_ids.user_id, self.leader)
            early.action_submit()
            late.action_submit()
        with freeze_time(self._at(20, 17)):
            (early | late).filtered(
                lambda case: not case.leader_informed_at
            ).action_inform_leader()
        self.assertTrue(early.leader_informed_before_delivery)
        self.assertTrue(early.is_compliant)
        self.assertFalse(late.leader_informed_before_delivery)
        self.assertFalse(late.is_compliant)
        self.assertEqual(late._broken_rules(), ["leader"])
        self.company.dealer_lost_inform_leader = False
        self.assertTrue(late.is_compliant)

    def test_deal_assist_counts_as_informed(self):
        delivery = self._deliver()
        self.assertFalse(self._case(self._deliver())._has_deal_assist())
        with freeze_time(self._at(19)):
            self.su_env["dealer.deal.assist"].create(
                {
                    "company_id": self.company.id,
                    "consultant_id": self.consultant.id,
                    "delivery_id": delivery.id,
                }
            )
        case = self._case(delivery)
        self.assertTrue(case._has_deal_assist())
        self.assertTrue(case.deal_assisted)
        with freeze_time(self._at(20, 3)):
            case.action_submit()
        self.assertEqual(case.leader_informed_at, self._at(19))
        self.assertTrue(case.is_compliant)

    def test_list_of_the_noncompliant(self):
        missing, late = self._deliver(), self._deliver()
        fresh = self._deliver(day=date(2026, 8, 25))
        good, insured = self._deliver(), self._deliver()
        with freeze_time(self._at(20, 3)):
            case = self._case(good)
            case.action_inform_leader()
            case.action_submit()
        with freeze_time(self._at(24)):
            case = self._case(late)
            case.with_user(self.leader).leader_informed_at = self._at(20)
            case.action_submit()
        self._insure(insured)
        with freeze_time(self._at(25, 3)):
            everything = missing | late | fresh | good | insured
            everything.invalidate_recordset()
            Delivery = self.env["dealer.delivery"].with_user(self.leader)
            found = Delivery.search([("is_noncompliant", "=", True)])
            self.assertEqual(found, missing | late)
            self.assertEqual(
                everything.filtered("is_noncompliant"), found, "as computed"
            )
            self.assertEqual(
                Delivery.search(
                    [
                        ("is_noncompliant", "=", False),
                        ("id", "in", everything.ids),
                    ]
                ),
                fresh | good | insured,
            )
            self.assertEqual(everything._lost_rules()[missing], ["missing"])
            self.assertEqual(everything._lost_rules()[late], ["late"])
        with freeze_time(self._at(26, 16, 1)):
            # 24 h after the end of 25 August have passed
            self.assertIn(fresh, Delivery.search([("is_noncompliant", "=", True)]))

    # -- reminders ----------------------------------------------------------------

    def _run_gaps(self):
        self._run_cron("dealer_insurance.cron_insurance_gaps")

    def _asked(self, delivery):
        gap = self.env.ref("dealer_insurance.activity_insurance_gap")
        return delivery.activity_ids.filtered(
            lambda activity: activity.activity_type_id == gap
        ).user_id

    def test_consultant_at_once_leader_after_the_limit(self):
        delivery = self._deliver()
        loginless = self._deliver(
            consultant_id=self.su_env["dealer.staff"]
            .create({"name": "Gone", "company_id": self.company.id})
            .id
        )
        old = self._deliver(day=date(2026, 6, 30))
        with freeze_time(self._at(20, 3)):
            self._run_gaps()
            self.assertEqual(self._asked(delivery), self.seller)
            self.assertEqual(self._asked(loginless), self.leader)
            self.assertFalse(self._asked(old), "stands in the analysis of its month")
            self._run_gaps()
            self.assertEqual(len(delivery.activity_ids), 1)
        with freeze_time(self._at(21, 16, 1)):
            self._run_gaps()
            self.assertEqual(self._asked(delivery), self.seller | self.leader)
            self._run_gaps()
            self.assertEqual(len(delivery.activity_ids), 2)
            self._insure(delivery)
            self._case(loginless, user=self.clerk).action_submit()
            self._run_gaps()
        self.assertFalse(self._asked(delivery))
        self.assertFalse(self._asked(loginless))
        self.assertFalse(delivery.gap_reminded_at)

    def test_fifty_cars(self):
        deliveries = self._deliver(count=50)
        with freeze_time(self._at(20, 3)):
            self._run_gaps()
        self.assertEqual(len(deliveries.activity_ids), 50)
        self.env.flush_all()
        cases = self.env["dealer.lost.case"].with_user(self.clerk)
        facts = [
            {
                "delivery_id": delivery.id,
                "company_id": self.company.id,
                "reason_id": self.price.id,
                "competitor_channel": "agent",
            }
            for delivery in deliveries
        ]
        cases = cases._register_lost(facts)
        self.assertEqual(set(cases.mapped("state")), {"submitted"})
        self.assertFalse(any(deliveries.mapped("insurance_gap")))

    # -- doors --------------------------------------------------------------------

    def test_register_completes_a_draft(self):
        delivery = self._deliver()
        case = self._case(
            delivery, user=self.clerk, reason_id=False, competitor_premium=0.0
        )
        found = (
            self.env["dealer.lost.case"]
            .with_user(self.clerk)
            ._register_lost(
                [
                    {
                        "delivery_id": delivery.id,
                        "reason_id": self.friend.id,
                        "competitor_channel": "bank",
                        "competitor_premium": 3900.0,
                    }
                ]
            )
        )
        self.assertRecordValues(
            found,
            [
                {
                    "id": case.id,
                    "reason_id": self.friend.id,
                    "competitor_channel": "tele_online",
                    "competitor_premium": 3900.0,
                    "state": "submitted",
                }
            ],
        )

    def test_history_of_the_past_is_closed(self):
        past, now = self._deliver(), self._deliver(day=self.env.company._dealer_today())
        cases = self.env["dealer.lost.case"]._create_historical(
            [
                {"delivery_id": past.id, "reason_text": "外面便宜"},
                {"delivery_id": now.id, "reason_id": self.price.id},
            ]
        )
        self.assertRecordValues(
            cases,
            [
                {
                    "state": "closed",
                    "is_historical": True,
                    "registered_at": False,
                    "is_compliant": True,
                },
                {
                    "state": "submitted",
                    "is_historical": False,
                    "registered_at": cases[1].submitted_at,
                    "is_compliant": False,
                },
            ],
        )
        self.assertTrue(past.lost_registered)
        self.assertEqual(past.lost_reason_text, "外面便宜")

    def test_loss_before_delivery_is_joined(self):
        vehicle = self._vehicle()
        case = (
            self.env["dealer.lost.case"]
            .with_user(self.seller)
            .create(
                {
                    "vehicle_id": vehicle.id,
                    "partner_id": self.applicant.id,
                    "consultant_id": self.consultant.id,
                    "reason_id": self.price.id,
                    "competitor_channel": "agent",
                    "lost_at": self._at(18, 17),
                }
            )
        )
        self.assertEqual(case.period_date, date(2026, 8, 19), "store time")
        with freeze_time(self._at(18, 18)):
            case.action_inform_leader()
            case.action_submit()
        delivery = self._deliver(vehicle=vehicle)
        self.assertEqual(delivery.lost_case_id, case)
        self.assertEqual(case.period_date, date(2026, 8, 20))
        self.assertTrue(case.is_compliant)
        self.assertFalse(delivery.insurance_gap)

    # -- rights -------------------------------------------------------------------

    def _rpc(self, user, case, method, *args):
        return call_kw(
            self.env(user=user)["dealer.lost.case"], method, [case.ids, *args], {}
        )

    def test_rights_by_post(self):
        case = self._case(self._deliver())
        for post in ("store_manager", "renewal_agent"):
            user = self.users[post]
            self.assertTrue(self._rpc(user, case, "read", ["name"]))
            with self.subTest(post), mute_logger("odoo.orm.models"):
                with self.assertRaises(AccessError):
                    self._rpc(user, case, "action_submit")
        for post in ("cashier", "finance", "hotline_agent"):
            with self.subTest(post), mute_logger("odoo.orm.models"):
                with self.assertRaises(AccessError):
                    self._rpc(self.users[post], case, "read", ["name"])
        self._rpc(self.seller, case, "action_submit")
        for user in (self.seller, self.clerk):
            for method in ("action_verify", "action_reject", "action_close"):
                with self.subTest(user=user.login, method=method):
                    with self.assertRaises(AccessError):
                        self._rpc(user, case, method)
        with self.assertRaises(AccessError):
            self._rpc(self.seller, case, "write", {"recoverable": True})
        for vals in (
            {"verified_at": "2026-08-20 00:00:00"},
            {"state": "verified"},
            {"registered_at": "2026-08-20 00:00:00"},
            {"is_compliant": True},
        ):
            with self.subTest(vals=vals), self.assertRaises(UserError):
                self._rpc(self.leader, case, "write", vals)
        self._rpc(self.leader, case, "action_verify")

    def test_consultant_sees_his_own_customers(self):
        other = self._staff(self._user("sales_consultant", login="uw_other_seller"))
        mine = self._case(self._deliver())
        others = self._case(self._deliver(consultant_id=other.id), user=other.user_id)
        Case = self.env["dealer.lost.case"].with_user(self.seller)
        self.assertEqual(Case.search([("id", "in", (mine | others).ids)]), mine)
        with mute_logger("odoo.orm.models"), self.assertRaises(AccessError):
            self._rpc(self.seller, others, "action_submit")
        with mute_logger("odoo.orm.models"), self.assertRaises(AccessError):
            self._case(self._deliver(consultant_id=other.id))

    def test_two_stores(self):
        case = self._case(self._deliver())
        stranger = self._user("uw_leader", company=self.company_2)
        Case = self.env["dealer.lost.case"].with_user(stranger)
        self.assertFalse(Case.search([("id", "=", case.id)]))
        with mute_logger("odoo.orm.models"), self.assertRaises(AccessError):
            self._rpc(stranger, case, "read", ["name"])


@tagged("post_install", "-at_install")
class TestLostQuote(QuoteCommon):
    """A lost quote of a new car is a lost case."""

    def _lose(self, quote, text="Elsewhere cheaper"):
        quote.lost_reason_id = self.su_env["dealer.reason.code"].search(
            [("code", "=", "NL-01")]
        )
        quote.lost_text = text
        quote.action_lose()
        return self.su_env["dealer.lost.case"].search([("quote_id", "=", quote.id)])

    def test_lost_quote_registers_the_loss(self):
        quote = self._quote()
        case = self._lose(quote)
        self.assertRecordValues(
            case,
            [
                {
                    "vehicle_id": quote.vehicle_id.id,
                    "partner_id": quote.applicant_id.id,
                    "reason_text": "Elsewhere cheaper",
                    "our_premium": quote.amount_total,
                    "state": "draft",
                }
            ],
        )
        self.assertLess(case.create_date - quote.lost_at, timedelta(minutes=1))
        quote.action_back_to_draft()
        self.assertEqual(self._lose(quote, "Still"), case, "one case for one quote")

    def test_renewal_quote_is_no_new_car_loss(self):
        quote = self._quote(business_type="new_to_renewal")
        quote.lost_reason_id = self.su_env["dealer.reason.code"].search(
            [("category", "=", "renewal_lost")], limit=1
        )
        quote.lost_text = "x"
        quote.action_lose()
        self.assertFalse(
            self.su_env["dealer.lost.case"].search([("quote_id", "=", quote.id)])
        )

import io
from datetime import date

import openpyxl
from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.service.model import call_kw
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.dealer_base.models.guard_mixin import GuardError

from .lost_common import LostCommon


@tagged("post_install", "-at_install")
class TestLostReview(LostCommon):
    """S58, S59: the monthly list, its causes and improvement go to the manager.

    August 2026: 5 cars delivered, 1 insured, 4 lost; of these 2 registered for the
    price (one of them late), 1 for “other”, 1 not registered. July: 2 delivered, 1
    lost and registered. All of them without the leader's knowledge before delivery.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.dealer_lost_inform_leader = False

    def setUp(self):
        super().setUp()
        self.cars = self._deliver(count=5)
        july = self._deliver(day=date(2026, 7, 6), count=2)
        self._insure(self.cars[0])
        self._insure(july[0])
        with freeze_time(self._at(20, 3)):
            self._case(july[1], reason_id=self.friend.id).action_submit()
            self.case = self._case(self.cars[1])
            self.case.action_submit()
            self._case(
                self.cars[2],
                reason_id=self.other.id,
                reason_text="Not told",
                competitor_premium=0.0,
            ).action_submit()
        with freeze_time(self._at(25)):
            self._case(self.cars[3], competitor_premium=4400.0).action_submit()
        self.env.flush_all()

    def _verify(self, cars):
        cars.lost_case_id.with_user(self.leader).action_verify()

    def _figures(self, review):
        return {
            line.code: (
                round(line.value, 4) if line.is_known else None,
                round(line.previous_value, 4) if line.previous_known else None,
            )
            for line in review.figure_ids
        }

    def _ready(self, review):
        self._verify(self.cars[1:4])
        review.write({"causes": "<p>Price</p>", "improvement_ids": [self._plan()]})
        return review

    def test_figures_of_the_month(self):
        with freeze_time(self._at(31, 20)):
            review = self._review()
        self.assertEqual(
            self._figures(review),
            {
                "delivered": (5, 2),
                "insured": (1, 1),
                "lost": (4, 1),
                "lost_rate": (0.8, 0.5),
                "registered": (3, 1),
                "registration_rate": (0.75, 1.0),
                "unregistered": (1, 0),
                # not registered, and registered late; that of July came late as well
                "noncompliant": (2, 1),
                "other_share": (0.3333, 0.0),
                "recovered": (0, 0),
                # 600 and 200; the third premium is not known
                "premium_gap": (400.0, 600.0),
            },
        )
        rows = review.frozen["tables"]
        self.assertEqual(
            [(row["delivery"], row["rules"]) for row in rows["noncompliance"]],
            [(self.cars[3].name, ["late"]), (self.cars[4].name, ["missing"])],
        )
        self.assertEqual(rows["noncompliance"][0]["customer"], "Applicant")
        self.assertEqual(
            [(row["reason"], row["count"], row["before"]) for row in rows["reasons"]],
            [("NL-01", 2, 0), ("-", 1, 0), ("NL-99", 1, 0), ("NL-02", 0, 1)],
        )
        self.assertEqual(rows["reasons"][0]["share"], 0.5)
        self.assertEqual(
            rows["consultants"],
            [
                {
                    "consultant": self.consultant.name,
                    "team": "",
                    "delivered": 5,
                    "lost": 4,
                    "rate": 0.8,
                    "registered": 3,
                    "unregistered": 1,
                }
            ],
        )
        competitors = [
            (row["reason"], row["channel"], row["count"], row["gap"])
            for row in rows["competitors"]
        ]
        self.assertEqual(
            competitors,
            [("NL-01", "tele_online", 2, 400.0), ("NL-99", "tele_online", 1, None)],
        )
        self.assertIn(self.cars[4].name, review.table_html)

    def test_month_without_delivery(self):
        """Zero denominators are not known, never 0 %."""
        review = self._review(month=date(2026, 5, 17))
        self.assertEqual(review.date_from, date(2026, 5, 1))
        self.assertEqual(review.date_to, date(2026, 5, 31))
        self.assertEqual(self._figures(review)["lost_rate"], (None, None))
        line = review.figure_ids.filtered(lambda item: item.code == "lost_rate")
        self.assertEqual(line.value_text, "—")

    def test_due_on_a_working_day(self):
        """Three working days after Monday 31 August 2026."""
        review = self._review()
        self.assertEqual(review.due_date, date(2026, 9, 3))
        self.company.dealer_review_due_days = 1
        self.assertEqual(
            self._review(month=date(2026, 7, 1)).due_date, date(2026, 8, 3)
        )

    # -- guards and way -------------------------------------------------------------

    def test_submit_needs_causes_plan_and_checked_cases(self):
        review = self._review()
        with self.assertRaises(GuardError) as error:
            review.action_submit()
        self.assertEqual(error.exception.codes, ["G-Y1", "G-X4"])
        self.assertEqual(len(error.exception.violations), 3)
        self._verify(self.cars[1:4])
        review.causes = "<p>Price</p>"
        review.improvement_ids = [self._plan(line_ids=[], root_cause=False)]
        with self.assertRaises(GuardError) as error:
            review.action_submit()
        self.assertEqual(error.exception.codes, ["G-Y1"])
        plan = review.improvement_ids
        plan.root_cause = "One insurer"
        plan.line_ids = [
            fields.Command.create({"name": "Call", "owner_id": self.consultant.id})
        ]
        with self.assertRaises(GuardError):
            review.action_submit()
        plan.line_ids.due_date = date(2026, 9, 20)
        review.action_submit()
        self.assertEqual(review.state, "submitted")

    def test_from_draft_to_closed(self):
        with freeze_time("2026-09-02 02:00:00"):
            review = self._ready(self._review())
            review.action_submit()
        self.assertFalse(review.is_late)
        self.assertEqual(review.improvement_ids.state, "submitted")
        self.assertEqual(review.activity_ids.user_id, self.manager)
        review.with_user(self.manager).action_accept()
        self.assertRecordValues(
            review, [{"state": "accepted", "decided_by_id": self.manager.id}]
        )
        plan = review.improvement_ids
        self.assertEqual(plan.state, "approved")
        self.assertEqual(set(self.cars[1:4].lost_case_id.mapped("state")), {"analysed"})
        self.assertEqual(self.case.review_id, review)
        with self.assertRaises(GuardError) as error:
            review.with_user(self.manager).action_close()
        self.assertEqual(error.exception.codes, ["G-Y3"])
        # the consultant does his measure, the leader checks the effect
        plan.line_ids.with_user(self.seller).action_done()
        self.assertEqual(plan.state, "executing")
        plan.write({"effect_value": 18.0, "effect_note": "Three offers help"})
        plan.action_check_effect()
        self.assertTrue(plan.target_reached)
        plan.with_user(self.manager).action_close()
        review.with_user(self.manager).action_close()
        self.assertEqual(review.state, "closed")
        self.assertEqual(self.case.state, "closed")

    def test_returned_and_submitted_again(self):
        review = self._ready(self._review())
        review.action_submit()
        with self.assertRaises(UserError):
            review.causes = "<p>Changed</p>"
        review.with_user(self.manager).action_return("Which consultants?")
        self.assertRecordValues(
            review, [{"state": "returned", "return_reason": "Which consultants?"}]
        )
        self.assertEqual(review.improvement_ids.state, "draft")
        self.assertEqual(review.activity_ids.user_id, self.leader)
        review.causes = "<p>Two consultants</p>"
        review.action_submit()
        self.assertTrue(review.is_late)
        self.assertFalse(review.return_reason)

    def test_author_does_not_accept(self):
        review = self._review(user=self.manager)
        self._ready(review)
        review.action_submit()
        with self.assertRaises(GuardError) as error:
            review.action_accept()
        self.assertEqual(error.exception.codes, ["G-Y2"])
        self.assertEqual(review.activity_ids.user_id, self.store_manager)
        review.with_user(self.store_manager).action_accept()
        self.assertEqual(review.state, "accepted")
        self.assertEqual(self.case.state, "analysed")

    def test_submitted_figures_stand(self):
        with freeze_time("2026-09-02 02:00:00"):
            review = self._ready(self._review())
            review.action_submit()
            self.assertFalse(review.is_changed)
        self._insure(self.cars[4])
        with freeze_time("2026-09-02 02:00:00"):
            review.invalidate_recordset()
            self.assertTrue(review.is_changed)
            self.assertEqual(self._figures(review)["lost"], (4, 1))
            line = review.figure_ids.filtered(lambda item: item.code == "lost")
            self.assertEqual(line.value_text, "4")
            self.assertEqual(line.live_text, "3")
            self.assertEqual(line.difference_text, "-1")
            self.assertIn(self.cars[4].name, review.table_html)
            self.assertNotIn(self.cars[4].name, review.live_html)
            with self.assertRaises(UserError):
                review.action_refresh()

    def test_draft_is_refreshed(self):
        with freeze_time("2026-09-02 02:00:00"):
            review = self._review()
        self._insure(self.cars[4])
        with freeze_time("2026-09-02 02:00:00"):
            review.invalidate_recordset()
            self.assertTrue(review.is_changed)
            review.action_refresh()
            self.assertFalse(review.is_changed)
            self.assertEqual(self._figures(review)["lost"], (3, 1))

    # -- cron -----------------------------------------------------------------------

    def _reviews(self, company=None):
        return self.env["dealer.review"].search(
            [
                ("company_id", "=", (company or self.company).id),
                ("kind", "=", "new_car_lost"),
            ]
        )

    def _run(self):
        self._run_cron("dealer_insurance.cron_lost_reviews")

    def test_cron_of_the_first(self):
        with freeze_time(self._at(31, 15, 59)):
            self._run()
            self.assertEqual(self._reviews().mapped("period"), ["2026-07"])
        with freeze_time(self._at(31, 16, 1)):
            # 1 September in Shanghai
            self._run()
            self.assertEqual(self._reviews().mapped("period"), ["2026-08", "2026-07"])
            self._run()
        reviews = self._reviews()
        self.assertEqual(len(reviews), 2)
        self.assertEqual(len(reviews[0].frozen["tables"]["noncompliance"]), 2)
        self.assertFalse(self._reviews(self.company_2), "nothing was delivered there")
        summaries = reviews[0].activity_ids.filtered(
            lambda activity: activity.user_id == self.leader
        )
        self.assertEqual(len(summaries), 2, "write it, and look at the others")
        self.assertIn("33.3%", " ".join(summaries.mapped("summary")))

    def test_few_others_ask_for_nothing(self):
        self.company.dealer_lost_other_share = 0.34
        review = self._review()
        self.assertEqual(len(review.activity_ids), 1)

    def test_overdue_is_told_once(self):
        review = self._review()
        for moment, told in (
            ("2026-09-05 02:00:00", False),
            ("2026-09-06 02:00:00", True),
        ):
            with freeze_time(moment):
                self._run_cron("dealer_base.cron_review_escalate")
                self._run_cron("dealer_base.cron_review_escalate")
                self.assertEqual(bool(review.escalated_at), told)
                self.assertTrue(review.is_overdue)
        managers = review.activity_ids.filtered(
            lambda activity: activity.user_id == self.manager
        )
        self.assertEqual(len(managers), 1)
        self.assertIn(
            review,
            self.env["dealer.review"].search([("is_overdue", "=", True)]),
        )

    # -- rights ---------------------------------------------------------------------

    def _rpc(self, user, record, method, *args):
        return call_kw(
            self.env(user=user)[record._name], method, [record.ids, *args], {}
        )

    def test_rights_by_post(self):
        review = self._ready(self._review())
        for user in (self.seller, self.clerk, self.cashier, self.finance):
            self.assertTrue(self._rpc(user, review, "read", ["name"]))
            with self.subTest(user=user.login), mute_logger("odoo.orm.models"):
                with self.assertRaises(AccessError):
                    self._rpc(user, review, "action_submit")
        with self.assertRaises(AccessError):
            self._rpc(self.store_manager, review, "action_submit")
        with self.assertRaises(AccessError):
            self._rpc(self.users["renewal_agent"], review, "write", {"causes": "x"})
        self._rpc(self.leader, review, "action_submit")
        for method in ("action_accept", "action_return"):
            with self.assertRaises(AccessError):
                self._rpc(self.leader, review, method)
        for vals in (
            {"state": "accepted"},
            {"frozen": {}},
            {"figure_ids": [(5,)]},
            {"decided_by_id": self.manager.id},
            {"is_late": True},
        ):
            with self.subTest(vals=vals), self.assertRaises(UserError):
                self._rpc(self.manager, review, "write", vals)
        with self.assertRaises(AccessError):
            self._rpc(self.manager, review.figure_ids[:1], "write", {"value": 1.0})
        with self.assertRaises(UserError):
            self._rpc(self.leader, review, "unlink")

    def test_two_stores(self):
        review = self._review()
        stranger = self._user("insurance_manager", company=self.company_2)
        found = self.env["dealer.review"].with_user(stranger).search([])
        self.assertNotIn(review, found)
        with mute_logger("odoo.orm.models"), self.assertRaises(AccessError):
            self._rpc(stranger, review, "action_accept")

    def test_same_figures_for_every_reader(self):
        """A consultant who sees his own cars only sees the frozen figures stand."""
        other = self._staff(self._user("sales_consultant", login="uw_second_seller"))
        with freeze_time("2026-09-02 02:00:00"):
            review = self._review()
            self.assertFalse(review.with_user(other.user_id).is_changed)

    def test_frozen_figures_speak_no_language(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        with freeze_time("2026-09-02 02:00:00"):
            review = self._review()
            self.assertIn("Not registered", review.table_html)
            chinese = review.with_context(lang="zh_CN")
            chinese.invalidate_recordset()
            self.assertFalse(chinese.is_changed)

    # -- prints ---------------------------------------------------------------------

    def test_print(self):
        review = self._ready(self._review())
        html = (
            self.env["ir.actions.report"]
            ._render_qweb_html("dealer_base.report_review", review.ids)[0]
            .decode()
        )
        for text in (self.cars[4].name, "Win back on price", "80.0%", "Applicant"):
            self.assertIn(text, html)

    def test_spreadsheet(self):
        self.applicant.name = "=1+1"
        review = self._ready(self._review())
        content, kind = self.env["ir.actions.report"]._render_xlsx(
            "dealer_base.review_xlsx", review.ids, {}
        )
        self.assertEqual(kind, "xlsx")
        book = openpyxl.load_workbook(io.BytesIO(content))
        # figures, four tables, plans
        self.assertEqual(len(book.worksheets), 6)
        figures = {row[0].value: row for row in book.worksheets[0].iter_rows(min_row=3)}
        self.assertEqual(figures["Lost cars"][1].value, 4)
        self.assertEqual(figures["Lost rate (K03)"][1].value, 0.8)
        customer = book.worksheets[1].cell(3, 3)
        self.assertEqual((customer.value, customer.data_type), ("=1+1", "s"))

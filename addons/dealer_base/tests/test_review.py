from datetime import date
from unittest.mock import patch

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models.guard_mixin import GuardError
from ..models.review import DealerReview
from ..tools.review import Column, Figure, Table, plain, ratio, snapshot
from .common import DealerBaseCommon


class ReviewCommon(DealerBaseCommon):
    """A manager who writes, a store manager who accepts, a clerk with a measure."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.boss = cls._new_user("t_store_manager", "store_manager", cls.company_a)
        cls.leader = cls.posts["uw_leader"]
        cls.owner = cls.env["dealer.staff"].create(
            {
                "name": "Owner",
                "company_id": cls.company_a.id,
                "post": "policy_clerk",
                "user_id": cls.clerk.id,
            }
        )

    def _plan_vals(self, **vals):
        return {
            "title": "Fewer slips",
            "company_id": self.company_a.id,
            "source": "inspection",
            "problem": "Slips",
            "root_cause": "Haste",
            "unit": "%",
            "target_value": 95.0,
            "line_ids": [
                Command.create(
                    {
                        "name": f"Measure {number}",
                        "owner_id": self.owner.id,
                        "due_date": date(2026, 3, number),
                    }
                )
                for number in (10, 20)
            ],
            **vals,
        }

    def _plan(self, user=None, **vals):
        Plan = self.env["dealer.improvement"].with_user(user or self.leader)
        return Plan.with_company(self.company_a).create(self._plan_vals(**vals))

    def _review(self, user=None, **vals):
        Review = self.env["dealer.review"].with_user(user or self.manager)
        return Review.with_company(self.company_a).create(
            {"date_from": date(2026, 2, 14), "company_id": self.company_a.id, **vals}
        )


@tagged("post_install", "-at_install")
class TestReview(ReviewCommon):
    """The kind without figures of its own, and the mechanics of any kind."""

    def _ready(self, **vals):
        return self._review(
            causes="<p>Why</p>",
            improvement_ids=[Command.create(self._plan_vals())],
            **vals,
        )

    def test_month_and_due_day(self):
        review = self._review()
        self.assertEqual(review.date_from, date(2026, 2, 1))
        self.assertEqual(review.date_to, date(2026, 2, 28))
        # Saturday 28 February; Monday, Tuesday, Wednesday
        self.assertEqual(review.due_date, date(2026, 3, 4))
        self.assertTrue(review.name.startswith("AN"))
        with self.assertRaises(UserError):
            review.date_from = date(2026, 1, 1)

    def test_empty_html_is_no_text(self):
        review = self._ready()
        review.causes = "<p><br></p>"
        with self.assertRaises(GuardError) as error:
            review.action_submit()
        self.assertEqual(error.exception.codes, ["G-Y1"])

    def test_way_of_a_general_analysis(self):
        with freeze_time("2026-03-04 15:59:00"):
            review = self._ready()
            review.action_submit()
        self.assertFalse(review.is_late)
        self.assertEqual(review.activity_ids.user_id, self.boss)
        with self.assertRaises(AccessError):
            review.action_accept()
        review.with_user(self.boss).action_accept()
        self.assertEqual(review.state, "accepted")
        self.assertEqual(review.improvement_ids.state, "approved")
        self.assertEqual(
            review.improvement_ids.activity_ids.user_id, self.clerk, "his measures"
        )

    def test_late_by_the_day_of_the_store(self):
        """16:30 UTC on 4 March is the fifth in Shanghai."""
        self.company_a.partner_id.tz = "Asia/Shanghai"
        with freeze_time("2026-03-04 16:30:00"):
            review = self._ready()
            review.action_submit()
        self.assertTrue(review.is_late)

    def test_one_analysis_for_a_month(self):
        """Of the general kind there may be several."""
        self.assertEqual(len(self._review() | self._review()), 2)

    def test_only_drafts_are_deleted(self):
        draft, submitted = self._review(), self._ready()
        submitted.action_submit()
        draft.unlink()
        with self.assertRaises(UserError):
            submitted.unlink()

    def test_any_kind_brings_figures(self):
        """A kind is four methods; what was frozen stays when the data changes."""
        today = {"value": 3.0}

        def figures(reviews):
            return {
                review: [Figure("share", today["value"] / 4, 0.5, "share")]
                for review in reviews
            }

        def rows(reviews):
            return {
                review: {"rows": [{"name": "<b>x</b>", "day": date(2026, 2, 3)}]}
                for review in reviews
            }

        def tables(review):
            columns = (Column("name", "Name"), Column("day", "Day", "date"))
            return [Table("rows", "Rows", columns)]

        with (
            patch.object(DealerReview, "_figures_general", figures, create=True),
            patch.object(DealerReview, "_rows_general", rows, create=True),
            patch.object(DealerReview, "_tables_general", tables, create=True),
            patch.object(
                DealerReview,
                "_labels_general",
                lambda review: {"share": "Share of all"},
                create=True,
            ),
        ):
            review = self._ready()
            review.action_submit()
            line = review.figure_ids
            self.assertEqual(line.label, "Share of all")
            self.assertEqual(line.value_text, "75.0%")
            self.assertEqual(line.change_text, "+25.0 points")
            self.assertIn("&lt;b&gt;x", review.table_html, "texts are no markup")
            self.assertFalse(review.is_changed)
            today["value"] = 2.0
            self.env.invalidate_all()
            self.assertTrue(review.is_changed)
            self.assertEqual(line.live_text, "50.0%")
            self.assertEqual(line.difference_text, "-25.0 points")
            self.assertEqual(line.value_text, "75.0%")

    def test_pure_values(self):
        self.assertIsNone(ratio(1, 0))
        self.assertEqual(ratio(1, 4), 0.25)
        self.assertIsNone(plain(float("nan")))
        self.assertEqual(plain(1 / 3), 0.333333)
        with self.assertRaises(TypeError):
            plain(self.env.user)
        frozen = snapshot([Figure("a", None)], {"t": [{"d": date(2026, 1, 2)}]})
        self.assertEqual(frozen["figures"], [["a", None, None, "count"]])
        self.assertEqual(frozen["tables"], {"t": [{"d": "2026-01-02"}]})


@tagged("post_install", "-at_install")
class TestImprovement(ReviewCommon):
    """SM-24: draft, submitted, approved, executing, effect checked, closed."""

    def _refused(self, records, method, *codes):
        with self.assertRaises(GuardError) as error:
            getattr(records, method)()
        self.assertEqual(error.exception.codes, list(codes))

    def _to_executing(self, **vals):
        plan = self._plan(**vals)
        plan.action_submit()
        plan.with_user(self.manager).action_approve()
        plan.line_ids.with_user(self.clerk).action_done()
        return plan

    def test_plan_must_be_complete(self):
        plan = self._plan(problem=False, root_cause=" ", line_ids=[])
        self._refused(plan, "action_submit", "G-I1")
        plan.write({"problem": "x", "root_cause": "y"})
        plan.line_ids = [Command.create({"name": "Measure"})]
        self._refused(plan, "action_submit", "G-I1")
        plan.line_ids.write({"owner_id": self.owner.id, "due_date": "2026-03-10"})
        plan.action_submit()
        self.assertEqual(plan.activity_ids.user_id, self.manager)
        with self.assertRaises(UserError):
            plan.problem = "Other"
        with self.assertRaises(UserError):
            plan.line_ids.due_date = date(2027, 1, 1)

    def test_way_to_the_end(self):
        plan = self._plan()
        plan.action_submit()
        plan.with_user(self.manager).action_approve()
        self.assertEqual(plan.activity_ids.user_id, self.clerk)
        self.assertEqual(len(plan.activity_ids), 2)
        plan.line_ids[0].with_user(self.clerk).action_done()
        self.assertRecordValues(
            plan, [{"state": "executing", "done_count": 1, "measure_count": 2}]
        )
        self._refused(plan, "action_check_effect", "G-I3")
        plan.line_ids[1].action_done()
        self._refused(plan, "action_check_effect", "G-I3")
        plan.write({"effect_value": 95.0, "effect_note": "Fewer"})
        plan.action_check_effect()
        self.assertTrue(plan.target_reached)
        plan.with_user(self.manager).action_close()
        self.assertRecordValues(
            plan, [{"state": "closed", "closed_by_id": self.manager.id}]
        )
        self.assertFalse(plan.activity_ids)

    def test_missed_target_is_ineffective(self):
        plan = self._to_executing()
        plan.write({"effect_value": 94.99, "effect_note": "Nearly"})
        plan.action_check_effect()
        self._refused(plan.with_user(self.manager), "action_close", "G-I4")
        plan.with_user(self.manager).action_ineffective()
        self.assertEqual(plan.state, "ineffective")

    def test_lower_may_be_better(self):
        for value, reached in ((20.0, True), (20.01, False)):
            plan = self._to_executing(direction="down", target_value=20.0)
            plan.write({"effect_value": value, "effect_note": "x"})
            plan.action_check_effect()
            self.assertEqual(plan.target_reached, reached)

    def test_own_plan_is_not_approved(self):
        plan = self._plan(user=self.manager)
        plan.action_submit()
        self._refused(plan, "action_approve", "G-I2")
        self.assertEqual(plan.activity_ids.user_id, self.boss)
        plan.with_user(self.boss).action_approve()
        self.assertEqual(plan.state, "approved")

    def test_returned_plan_is_written_again(self):
        plan = self._plan()
        plan.action_submit()
        plan.with_user(self.manager).action_return("Too vague")
        self.assertRecordValues(
            plan, [{"state": "draft", "return_reason": "Too vague"}]
        )
        plan.problem = "Ten slips a week"
        plan.action_submit()
        self.assertFalse(plan.return_reason)

    def test_overdue_measures(self):
        plan = self._plan()
        plan.action_submit()
        plan.with_user(self.manager).action_approve()
        Plan = self.env["dealer.improvement"]
        for moment, overdue, told in (
            ("2026-03-10 08:00:00", False, False),
            ("2026-03-12 08:00:00", True, False),
            ("2026-03-13 08:00:00", True, True),
        ):
            with freeze_time(moment):
                plan.invalidate_recordset()
                self.assertEqual(plan.is_overdue, overdue)
                self.assertEqual(
                    plan in Plan.search([("is_overdue", "=", True)]), overdue
                )
                self.run_cron("dealer_base.cron_improvement_overdue")
                self.run_cron("dealer_base.cron_improvement_overdue")
                self.assertEqual(bool(plan.line_ids[0].escalated_at), told)
        self.assertEqual(
            len(plan.activity_ids.filtered(lambda a: a.user_id == self.manager)), 1
        )

    def test_rights_by_post(self):
        plan = self._plan()
        plan.action_submit()
        for user in (self.leader, self.clerk, self.posts["cashier"]):
            with self.subTest(user=user.login), mute_logger("odoo.orm.models"):
                with self.assertRaises(AccessError):
                    self.rpc(user, "dealer.improvement", "action_approve", plan.ids)
        plan.with_user(self.manager).action_approve()
        stranger = self.posts["sales_consultant"]
        with self.assertRaises(AccessError):
            self.rpc(
                stranger, "dealer.improvement.line", "action_done", plan.line_ids.ids
            )
        for vals in ({"state": "closed"}, {"approved_by_id": stranger.id}):
            with self.subTest(vals=vals), self.assertRaises(UserError):
                self.rpc(self.manager, "dealer.improvement", "write", plan.ids, vals)
        with self.assertRaises(UserError):
            self.rpc(
                self.manager,
                "dealer.improvement.line",
                "write",
                plan.line_ids.ids,
                {"done_on": "2026-03-01"},
            )

    def test_two_stores(self):
        plan = self._plan()
        stranger = self._new_user("t_leader_b", "uw_leader", self.company_b)
        found = self.env["dealer.improvement"].with_user(stranger).search([])
        self.assertNotIn(plan, found)
        with self.assertRaises(UserError):
            self._plan(
                user=stranger,
                company_id=self.company_b.id,
                line_ids=[Command.create({"name": "x", "owner_id": self.owner.id})],
            )

    def test_return_dialog_opens_no_other_method(self):
        wizard = (
            self.env["dealer.return.wizard"]
            .with_user(self.manager)
            .create(
                {
                    "res_model": "res.partner",
                    "res_ids": self.env.user.partner_id.ids,
                    "reason": "x",
                }
            )
        )
        with self.assertRaises(UserError):
            wizard.action_confirm()

from psycopg2.errors import CheckViolation

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.dealer_base.models.guard_mixin import GuardError

from .quote_common import QuoteCommon


@tagged("post_install", "-at_install")
class TestConcession(QuoteCommon):
    """S59, G-P5: at most 5 % of the commercial premium, compulsory alone nothing,
    cash never; more only with an approval for the amount.

    The underwriting: commercial premium 4,500, so the limit is 225.
    """

    def setUp(self):
        super().setUp()
        self.row = self._create()

    def _grant(self, amount, name="Car wash", row=None, user=None, **vals):
        return (
            self.env["dealer.concession"]
            .with_user(user or self.clerk)
            .with_company(self.company)
            .create(
                {
                    "underwriting_id": (row or self.row).id,
                    "type_id": self.gift.id,
                    "name": name,
                    "amount": amount,
                    **vals,
                }
            )
        )

    def _codes(self, rows=None):
        return [v.code for v in (rows or self.row)._concession_violations()]

    def _request(self, concession, reason="Loyal customer"):
        concession.reason = reason
        concession.action_request_approval()

    # ---------------------------------------------------------------- Limits
    def test_inside_the_rule(self):
        concession = self._grant(225)
        self.assertEqual(concession.state, "compliant")
        self.assertEqual(concession.limit_amount, 225)
        self.assertTrue(self.row.concession_ok)
        self.assertEqual(self.row.concession_total, 225)
        self.assertFalse(self._codes())

    def test_over_the_limit_by_one_cent(self):
        concession = self._grant(225.01)
        self.assertEqual(concession.state, "over_limit")
        self.assertFalse(self.row.concession_ok)
        self.assertEqual(self._codes(), ["G-P5"])

    def test_the_deal_counts_not_the_piece(self):
        first = self._grant(200)
        self.assertEqual(first.state, "compliant")
        second = self._grant(100, "Dash cam")
        self.assertEqual((first | second).mapped("state"), ["over_limit"] * 2)
        self.assertEqual(self._codes(), ["G-P5", "G-P5"])
        second.amount = 25
        self.assertEqual((first | second).mapped("state"), ["compliant"] * 2)

    def test_compulsory_alone_carries_nothing(self):
        row = self._create()
        row.policy_ids.filtered(lambda p: p.product == "commercial").unlink()
        self.assertEqual(self._grant(10, row=row).state, "over_limit")

    def test_no_commercial_policy_no_limit_when_premium_falls(self):
        """A limit follows the premium: what complied yesterday may not today."""
        concession = self._grant(225)
        policy = self.row.commercial_policy_id
        policy.premium = 4000
        self.assertEqual(concession.limit_amount, 200)
        self.assertEqual(concession.state, "over_limit")
        self.assertFalse(self.row.concession_ok)
        policy.premium = 5000
        self.assertEqual(concession.state, "compliant")
        self.assertTrue(self.row.concession_ok)

    # ------------------------------------------------------------------ Cash
    def test_cash_is_refused_whatever_it_is_called(self):
        typed = self._grant(1, "Discount", type_id=self.cash.id)
        for concession in (
            typed,
            self._grant(1, "返现200元"),
            self._grant(1, "送红包"),
            self._grant(0, "微信返 88"),
        ):
            self.assertEqual(concession.state, "forbidden", concession.name)
            concession.reason = "Please"
            with self.assertRaisesRegex(UserError, "Nobody can"):
                concession.action_request_approval()
        self.assertEqual(set(self._codes()), {"G-P6"})
        guard = self.env["dealer.guard"]._by_code("G-P6")
        self.assertEqual(guard.waiver_mode, "none")

    @mute_logger("odoo.sql_db")
    def test_cash_cannot_be_made_legal(self):
        kind = self.cash.with_user(self.dealer_admin)
        with self.assertRaises(CheckViolation):
            kind.is_forbidden = False
            kind.flush_recordset()

    def test_ordinary_wording_is_no_cash(self):
        Type = self.env["dealer.concession.type"]
        for text, code in (
            ("送玻璃水2瓶", "GIFT"),
            ("洗车卡10次", "SERVICE"),
            ("精品抵用券100元", "GIFT"),
            ("送代驾券", "SERVICE"),
            ("返现200元", "CASH"),
            ("送现金红包", "CASH"),
        ):
            self.assertEqual(Type._match_text(text)[0].code, code, text)
        self.assertFalse(Type._match_text("")[0])
        self.assertIn("返现", Type._cash_keywords())

    # -------------------------------------------------------------- Approval
    def test_approval(self):
        concession = self._grant(400)
        with self.assertRaisesRegex(UserError, "Reason"):
            concession.action_request_approval()
        self._request(concession)
        self.assertEqual(concession.state, "requested")
        self.assertEqual(self._codes(), ["G-P5"])
        concession.with_user(self.manager).action_approve()
        self.assertEqual(concession.state, "approved")
        self.assertEqual(concession.approved_by_id, self.manager)
        self.assertTrue(self.row.concession_ok)
        self.assertFalse(self._codes())
        self.assertEqual(
            concession.approval_ids.sorted("id").mapped("decision"),
            ["requested", "approved"],
        )

    def test_growth_voids_the_approval(self):
        concession = self._grant(400)
        self._request(concession)
        concession.with_user(self.manager).action_approve()
        concession.amount = 399
        self.assertEqual(concession.state, "approved")
        concession.amount = 400.01
        self.assertEqual(concession.state, "over_limit")
        concession.amount = 400
        self.assertEqual(concession.state, "approved")
        second = self._grant(1, "One yuan more")
        self.assertEqual((concession | second).mapped("state"), ["over_limit"] * 2)
        self.assertEqual(self._codes(), ["G-P5", "G-P5"])
        # Asking again for the present total covers the whole deal.
        self._request(second)
        second.with_user(self.manager).action_approve()
        self.assertEqual(second.state, "approved")
        self.assertEqual(concession.state, "compliant")
        self.assertFalse(self._codes())

    def test_a_request_answered_is_for_its_amount(self):
        concession = self._grant(400)
        self._request(concession)
        concession.amount = 500
        self.assertEqual(concession.state, "over_limit")
        with self.assertRaisesRegex(UserError, "no approval is requested"):
            concession.with_user(self.manager).action_approve()

    def test_refusal(self):
        concession = self._grant(400)
        self._request(concession)
        concession.with_user(self.manager).action_refuse()
        self.assertEqual(concession.state, "refused")
        self.assertFalse(self.row.concession_ok)
        concession.amount = 200
        self.assertEqual(concession.state, "compliant")

    def test_requester_cannot_approve(self):
        manager = self.manager
        concession = self._grant(400, user=manager)
        concession.reason = "Because"
        concession.action_request_approval()
        with self.assertRaisesRegex(AccessError, "cannot approve"):
            concession.action_approve()
        self.assertFalse(concession.can_approve)
        concession.with_user(self.users["store_manager"]).action_approve()
        # Somebody else requests, the granting manager still may not.
        second = self._grant(1000, "Film", user=manager)
        second.reason = "Because"
        second.with_user(self.clerk).action_request_approval()
        with self.assertRaisesRegex(AccessError, "cannot approve"):
            second.action_approve()

    def test_above_the_managers_limit(self):
        concession = self._grant(1000.01)
        self._request(concession)
        self.assertFalse(concession.with_user(self.manager).can_approve)
        with self.assertRaisesRegex(AccessError, "store manager"):
            concession.with_user(self.manager).action_approve()
        director = concession.with_user(self.users["store_manager"])
        self.assertTrue(director.can_approve)
        director.action_approve()
        self.assertEqual(concession.state, "approved")

    def test_other_posts_do_not_approve(self):
        concession = self._grant(400)
        self._request(concession)
        for post in (
            "policy_clerk",
            "cashier",
            "finance",
            "uw_leader",
            "hotline_agent",
        ):
            with self.assertRaises(AccessError):
                concession.with_user(self.users[post]).action_approve()
        self.assertEqual(concession.state, "requested")

    def test_decisions_are_immutable(self):
        concession = self._grant(400)
        self._request(concession)
        concession.with_user(self.manager).action_approve()
        approval = concession.approval_ids[:1]
        for user in (self.manager, self.dealer_admin):
            record = approval.with_user(user)
            for call in (
                lambda record=record: record.write({"amount": 1}),
                record.unlink,
                lambda record=record: record.create(
                    {
                        "concession_id": concession.id,
                        "decision": "approved",
                        "amount": 9999,
                        "total_amount": 9999,
                    }
                ),
            ):
                # AccessError is a UserError: whichever layer refuses first.
                with mute_logger("odoo.orm.models"), self.assertRaises(UserError):
                    call()
        with self.assertRaises(UserError):
            concession.unlink()
        with self.assertRaises(UserError):
            concession.write(
                {
                    "approval_ids": [
                        Command.create({"decision": "approved", "total_amount": 9999})
                    ]
                }
            )

    def test_state_cannot_be_typed(self):
        for vals in ({"state": "compliant"}, {"limit_amount": 9999}):
            with self.subTest(vals=vals), self.assertRaises(UserError):
                self._grant(400, **vals)
        concession = self._grant(400)
        self.assertEqual(concession.state, "over_limit")
        self.assertEqual(concession.limit_amount, 225)
        with self.assertRaises(UserError):
            concession.write({"state": "compliant"})
        self.assertEqual(self._codes(), ["G-P5"])
        with self.assertRaises(UserError):
            concession.write({"granted_by_id": self.manager.id})
        forged = self._grant(1, granted_by_id=self.manager.id)
        self.assertEqual(forged.granted_by_id, self.clerk)

    # ----------------------------------------------------------------- Rules
    def _rule(self, **vals):
        return self.su_env["dealer.concession.rule"].create({"name": "Rule", **vals})

    def test_the_more_precise_rule_wins(self):
        concession = self._grant(400)
        rule = self._rule(insurer_id=self.insurer.id, max_rate=0.1)
        self.assertEqual(concession.limit_amount, 450)
        self.assertEqual(concession.state, "compliant")
        rule.max_amount = 300
        self.assertEqual(concession.limit_amount, 300)
        rule.date_to = "2020-12-31"
        self.assertEqual(concession.limit_amount, 225)
        rule.write({"date_to": False, "company_id": self.company_2.id})
        self.assertEqual(concession.limit_amount, 225)

    def test_limits_of_products_add_up(self):
        self._rule(product="ctpl", max_amount=20)
        self.assertEqual(self._grant(245).state, "compliant")

    def test_rule_of_a_post(self):
        group = self.env.ref("dealer_base.group_insurance_manager")
        self._rule(group_id=group.id, max_rate=0.1)
        self.assertEqual(self._grant(400).state, "over_limit")
        row = self._create()
        granted = self._grant(400, row=row, user=self.manager)
        self.assertEqual(granted.state, "compliant")

    def test_type_that_the_rule_does_not_allow(self):
        service = self.env.ref("dealer_insurance.concession_type_service")
        self._rule(insurer_id=self.insurer.id, max_rate=0.05, type_ids=service.ids)
        concession = self._grant(10)
        self.assertEqual(concession.state, "over_limit")
        self.assertIn("does not allow", self.row._concession_violations()[0].reason)
        self._request(concession)
        concession.with_user(self.manager).action_approve()
        self.assertFalse(self._codes())

    # --------------------------------------------------------------- Ledger
    def test_delivery_waits_for_the_concession(self):
        row = self._to("issued")
        concession = self._grant(400, row=row)
        row.with_user(self.cashier).action_sign()
        with self.assertRaises(GuardError) as caught:
            row.action_deliver("Applicant")
        self.assertEqual(caught.exception.codes, ["G-P5"])
        self._request(concession)
        concession.with_user(self.manager).action_approve()
        row.action_deliver("Applicant")
        self.assertEqual(row.state, "delivered")
        for call in (
            lambda: concession.write({"amount": 9}),
            lambda: self._grant(1, row=row),
            concession.unlink,
        ):
            with self.assertRaises(UserError):
                call()

    def test_approval_survives_the_conversion(self):
        quote = self._quote()
        quote.action_calculate()
        concession = (
            self.env["dealer.concession"]
            .with_user(self.clerk)
            .create(
                {
                    "option_id": quote.option_ids.id,
                    "type_id": self.gift.id,
                    "name": "Film",
                    "amount": 300,
                }
            )
        )
        self._request(concession)
        concession.with_user(self.manager).action_approve()
        quote.action_send()
        quote.action_accept()
        quote.action_create_underwriting()
        row = quote.underwriting_ids
        self.assertEqual(row.concession_ids, concession)
        self.assertEqual(concession.state, "approved")
        self.assertTrue(row.concession_ok)
        self.assertFalse(row._concession_violations())

    def test_fifty_rows_in_constant_queries(self):
        rows = self._create(50)
        self.env["dealer.concession"].with_user(self.clerk).create(
            [
                {
                    "underwriting_id": row.id,
                    "type_id": self.gift.id,
                    "name": "Gift",
                    "amount": 200 + index,
                }
                for index, row in enumerate(rows)
            ]
        )
        self.env.flush_all()
        self.env.invalidate_all()
        rows[:1]._concession_violations()
        self.env.invalidate_all()
        with self.assertQueryCount(30):
            self.assertEqual(len(rows._concession_violations()), 24)

    # ---------------------------------------------------------------- Rights
    def test_rights_and_stores(self):
        concession = self._grant(100)
        for post in ("cashier", "finance", "hotline_agent"):
            other = concession.with_user(self.users[post])
            self.assertEqual(other.amount, 100)
            for call in (
                lambda other=other: other.write({"amount": 1}),
                other.unlink,
                lambda other=other: other.copy(),
                other.action_request_approval,
            ):
                with mute_logger("odoo.orm.models"), self.assertRaises(AccessError):
                    call()
        stranger = self._user("policy_clerk", company=self.company_2)
        with self.assertRaises(AccessError):
            concession.with_user(stranger).read(["amount"])
        rule = self.env["dealer.concession.rule"].search([], limit=1)
        with mute_logger("odoo.orm.models"), self.assertRaises(AccessError):
            rule.with_user(self.clerk).write({"max_rate": 1})

    def test_manager_changes_rules_of_his_store_only(self):
        Rule = self.env["dealer.concession.rule"].with_user(self.manager)
        shared = self.env.ref("dealer_insurance.concession_rule_default")
        with mute_logger("odoo.addons.base.models.ir_rule"):
            with self.assertRaises(AccessError):
                shared.with_user(self.manager).write({"max_rate": 1})
            with self.assertRaises(AccessError):
                Rule.create({"name": "Everywhere", "max_rate": 1, "company_id": False})
            with self.assertRaises(AccessError):
                Rule.create({"name": "There", "company_id": self.company_2.id})
        self.assertEqual(shared.with_user(self.manager).max_rate, 0.05)
        concession = self._grant(400)
        rule = Rule.create(
            {"name": "Here", "company_id": self.company.id, "max_rate": 0.1}
        )
        self.assertEqual(concession.state, "compliant")
        rule.max_rate = 0.06
        self.assertEqual(concession.state, "over_limit")
        shared.with_user(self.dealer_admin).write({"max_rate": 0.05})

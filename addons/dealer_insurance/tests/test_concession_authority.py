import io
from datetime import timedelta

import openpyxl

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.dealer_base.models.guard_mixin import GuardError

from .quote_common import QuoteCommon


@tagged("post_install", "-at_install")
class TestConcessionAuthority(QuoteCommon):
    """Who approves up to which total, what a customer gets in a year, and the report.

    A row has a commercial premium of 4,500: the default rule allows 225.
    """

    def _grant(self, amount, row=None, user=None, name="Car wash", **vals):
        return (
            self.env["dealer.concession"]
            .with_user(user or self.clerk)
            .with_company(self.company)
            .create(
                {
                    "underwriting_id": (row or self._create()).id,
                    "type_id": self.gift.id,
                    "name": name,
                    "amount": amount,
                    **vals,
                }
            )
        )

    def _asked(self, amount, **vals):
        concession = self._grant(amount, reason="Loyal customer", **vals)
        concession.action_request_approval()
        return concession

    def _line(self, post, **vals):
        return self.su_env["dealer.concession.authority"].create(
            {
                "group_id": self.env.ref(f"dealer_base.group_{post}").id,
                "company_id": self.company.id,
                **vals,
            }
        )

    # -------------------------------------------------------------- Matrix
    def test_default_matrix(self):
        leader = self.users["uw_leader"]
        small, large = self._asked(300), self._asked(300.01)
        self.assertTrue(small.with_user(leader).can_approve)
        self.assertFalse(large.with_user(leader).can_approve)
        small.with_user(leader).action_approve()
        self.assertEqual(small.state, "approved")
        with self.assertRaisesRegex(AccessError, "higher post"):
            large.with_user(leader).action_approve()
        large.with_user(self.manager).action_approve()
        top = self._asked(1000.01)
        with self.assertRaisesRegex(AccessError, "store manager"):
            top.with_user(self.manager).action_approve()
        top.with_user(self.users["store_manager"]).action_approve()

    def test_own_lines_replace_the_defaults(self):
        concession = self._asked(300)
        self._line("insurance_manager", max_amount=500)
        with self.assertRaisesRegex(AccessError, "Who decides"):
            concession.with_user(self.users["uw_leader"]).action_approve()
        with self.assertRaises(AccessError):
            concession.with_user(self.users["store_manager"]).action_approve()
        concession.with_user(self.manager).action_approve()
        above = self._asked(500.01)
        with self.assertRaisesRegex(AccessError, "higher post"):
            above.with_user(self.manager).action_approve()

    def test_line_out_of_force(self):
        concession = self._asked(300)
        yesterday = self.env.company._dealer_today() - timedelta(days=1)
        self._line("uw_leader", max_amount=1000, date_to=yesterday)
        # no own line is in force: the defaults count
        concession.with_user(self.users["uw_leader"]).action_approve()

    def test_leader_cannot_approve_his_own(self):
        leader = self.users["uw_leader"]
        concession = self._asked(280, user=leader)
        with self.assertRaisesRegex(AccessError, "cannot approve"):
            concession.with_user(leader).action_approve()

    def test_only_the_administrator_writes_the_matrix(self):
        line = self.env.ref("dealer_insurance.concession_authority_leader")
        for post in ("insurance_manager", "store_manager", "uw_leader"):
            with mute_logger("odoo.orm.models"), self.assertRaises(AccessError):
                line.with_user(self.users[post]).write({"max_amount": 99999})

    # ------------------------------------------------------------ Customer
    def _limited(self, amount=400):
        rule = self.env.ref("dealer_insurance.concession_rule_default").sudo()
        rule.customer_limit = amount
        return rule

    def test_customer_adds_up(self):
        self._limited(400)
        first = self._grant(200)
        self.assertEqual(first.state, "compliant")
        second = self._grant(200)
        self.assertEqual((first | second).mapped("state"), ["compliant"] * 2)
        self.assertEqual(second.customer_total, 400)
        third = self._grant(0.01)
        # every deal that is still open shows it
        self.assertEqual((first | second | third).mapped("state"), ["over_limit"] * 3)
        violation = third.underwriting_id._concession_violations()[0]
        self.assertEqual(violation.code, "G-P5")
        self.assertIn("400.01", violation.reason)
        self.assertIn("12 months", violation.reason)
        third.amount = 0
        self.assertEqual((first | second).mapped("state"), ["compliant"] * 2)

    def test_other_customers_void_deals_and_old_deals_do_not_count(self):
        self._limited(400)
        other = self.su_env["res.partner"].create({"name": "Other"})
        self._grant(225, row=self._create(applicant_id=other.id))
        void = self._create()
        self._grant(225, row=void)
        reason = self.env["dealer.reason.code"].search(
            [("category", "=", "void"), ("needs_text", "=", False)], limit=1
        )
        void.with_user(self.manager).action_void(reason.id, "Entered twice")
        old = self._create(
            insured_date=self.env.company._dealer_today() - timedelta(days=400)
        )
        self._grant(225, row=old)
        mine = self._grant(225)
        self.assertEqual(mine.customer_total, 225)
        self.assertEqual(mine.state, "compliant")
        self.company.sudo().dealer_concession_months = 24
        self.assertEqual(
            mine._assess()[mine].customer_total, 450, "the deal of last year counts"
        )

    def test_approval_covers_the_customer(self):
        self._limited(300)
        self._grant(200)
        second = self._grant(200, reason="Three cars")
        self.assertEqual(second.state, "over_limit")
        second.action_request_approval()
        second.with_user(self.manager).action_approve()
        self.assertEqual(second.state, "approved")
        self.assertFalse(second.underwriting_id._concession_violations())
        # more for the same customer: what was approved no longer covers it
        self._grant(50)
        self.assertEqual(second._assess()[second].state, "over_limit")

    def test_quotes_count_once_accepted(self):
        self._limited(400)
        quote = self._quote()
        self._grant(150, option_id=quote.option_ids.id, underwriting_id=False)
        mine = self._grant(225)
        self.assertEqual(mine.customer_total, 225)
        quote.action_calculate()
        quote.action_send()
        quote.action_accept()
        self.assertEqual(mine._assess()[mine].customer_total, 375)
        quote.action_create_underwriting()
        self.assertEqual(mine._assess()[mine].customer_total, 375)

    def test_guard_of_the_quote(self):
        self._limited(300)
        self._grant(225)
        quote = self._quote()
        quote.action_calculate()
        self._grant(100, option_id=quote.option_ids.id, underwriting_id=False)
        with self.assertRaises(GuardError) as caught:
            quote.action_send()
        self.assertEqual(caught.exception.codes, ["G-Q1"])

    def test_fifty_in_constant_queries(self):
        self._limited(400)
        rows = self._create(50)
        self.env["dealer.concession"].with_user(self.clerk).create(
            [
                {
                    "underwriting_id": row.id,
                    "type_id": self.gift.id,
                    "name": "Gift",
                    "amount": 5,
                }
                for row in rows
            ]
        )
        self.env.flush_all()
        self.env.invalidate_all()
        rows[:1]._concession_violations()
        self.env.invalidate_all()
        with self.assertQueryCount(35):
            self.assertFalse(rows._concession_violations())

    # ----------------------------------------------------- Attempts, report
    def test_attempt_stays(self):
        concession = self._grant(88, name="微信返 88")
        Attempt = self.env["dealer.concession.attempt"]
        domain = [("company_id", "=", self.company.id)]
        attempt = Attempt.search(domain)
        self.assertRecordValues(
            attempt,
            [
                {
                    "user_id": self.clerk.id,
                    "amount": 88.0,
                    "name": "微信返 88",
                    "consultant_id": self.consultant.id,
                    "insurer_id": self.insurer.id,
                }
            ],
        )
        concession.unlink()
        self.assertTrue(attempt.exists())
        for call in (
            lambda: attempt.write({"amount": 0}),
            attempt.unlink,
            lambda: Attempt.create({"name": "x", "user_id": self.clerk.id}),
        ):
            with mute_logger("odoo.orm.models"), self.assertRaises(UserError):
                call()
        honest = self._grant(10, name="Film")
        self.assertEqual(len(Attempt.search(domain)), 1)
        honest.name = "返现10元"
        self.assertEqual(len(Attempt.search(domain)), 2)

    def _report(self, *aggregates, domain=()):
        self.env.flush_all()
        return self.env["dealer.concession.report"]._read_group(
            [("company_id", "=", self.company.id), *domain], [], list(aggregates)
        )[0]

    def test_report_adds_up(self):
        """One deal of 150 + 250 against 225, one of 100 inside, one attempt of 88.

        Limit 225 + 225 = 450; above it 400 − 225 = 175.
        """
        row = self._create()
        self._grant(150, row=row)
        second = self._grant(250, row=row, reason="Loyal", name="Film")
        second.action_request_approval()
        second.with_user(self.manager).action_approve()
        self._grant(100)
        self._grant(88, name="返现88")
        granted, limit, over, approved, tried, count = self._report(
            "amount:sum",
            "limit_share:sum",
            "over_amount:sum",
            "approved_amount:sum",
            "attempt_amount:sum",
            "attempt_count:sum",
        )
        self.assertAlmostEqual(granted, 500)
        self.assertAlmostEqual(limit, 450)
        self.assertAlmostEqual(over, 175)
        self.assertAlmostEqual(approved, 250)
        self.assertAlmostEqual(tried, 88)
        self.assertEqual(count, 1)

    def test_report_rights(self):
        self._grant(100)
        self.env.flush_all()
        Report = self.env["dealer.concession.report"]
        self.assertTrue(
            Report.with_user(self.manager).search_count(
                [("company_id", "=", self.company.id)]
            )
        )
        for post in ("policy_clerk", "sales_consultant", "cashier"):
            with mute_logger("odoo.orm.models"), self.assertRaises(AccessError):
                Report.with_user(self.users[post]).search([])
        stranger = self._user("insurance_manager", company=self.company_2)
        self.assertFalse(
            Report.with_user(stranger).search([("company_id", "=", self.company.id)])
        )

    def test_month_as_spreadsheet(self):
        self._grant(100, name="=1+1")
        self.env.flush_all()
        wizard = (
            self.env["dealer.concession.month"]
            .with_user(self.manager)
            .with_company(self.company)
            .create({"company_ids": [(6, 0, self.company.ids)]})
        )
        action = wizard.action_export()
        report = self.env.ref("dealer_insurance.action_concession_xlsx")
        content, kind = (
            self.env["ir.actions.report"]
            .with_user(self.manager)
            .with_company(self.company)
            ._render_xlsx(report.report_name, wizard.ids, action["data"])
        )
        self.assertEqual(kind, "xlsx")
        sheet = openpyxl.load_workbook(io.BytesIO(content)).active
        rows = list(sheet.iter_rows(values_only=True))
        self.assertEqual(len(rows[2]), 16)
        self.assertEqual(rows[3][7:11], ("=1+1", 100, 225, 0))
        self.assertEqual(sheet["H4"].data_type, "s")
        self.assertEqual(rows[4][0], "Total")
        self.assertEqual(rows[4][8], 100)
        empty = wizard.copy({"month": "2001-01-01"})
        with self.assertRaisesRegex(UserError, "No concession"):
            empty.action_export()

"""What store and insurer owe each other, and what a fee tier would still bring."""

from datetime import date, datetime

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged

from .money_common import COMMERCIAL, CTPL, TAX, TOTAL, MoneyCommon
from .underwriting_common import UnderwritingCommon


@tagged("post_install", "-at_install")
class TestAgreementTier(UnderwritingCommon):
    """Agreement: from 10,000 a month 1 % on top, from 20,000 2 %."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agreement.tier_ids = [
            Command.create(
                {
                    "product": "commercial",
                    "period": "month",
                    "premium_from": premium,
                    "extra_rate": rate,
                    "date_from": "2020-01-01",
                }
            )
            for premium, rate in ((10000.0, 0.01), (20000.0, 0.02))
        ]
        cls.low, cls.high = cls.agreement.tier_ids.sorted("premium_from")
        cls.company.with_env(cls.su_env).dealer_alert_user_id = cls.manager

    def _issue(self, premiums):
        """Issued rows of the paper ledger with a commercial premium each, in June."""
        self.su_env["dealer.underwriting"]._create_historical(
            [
                {
                    "company_id": self.company.id,
                    "insurer_id": self.insurer.id,
                    "agreement_id": self.agreement.id,
                    "applicant_id": self.applicant.id,
                    "vehicle_id": self._vehicle().id,
                    "business_type": "new_car",
                    "issued_at": datetime(2026, 6, 5, 4),
                    "policy_ids": [
                        Command.create({"product": "commercial", "premium": premium})
                    ],
                }
                for premium in premiums
            ]
        )

    def _tiers(self, day):
        tiers = (self.low | self.high).with_context(dealer_tier_day=day)
        tiers.invalidate_recordset()
        return tiers

    def test_forecast_by_hand(self):
        # 8,480 with VAT are 8,000 without. On 15 June half the month is gone.
        self._issue([4240.0, 4240.0])
        low, high = self._tiers(date(2026, 6, 15))
        self.assertEqual(low.premium_now, 8000.0)
        self.assertEqual(low.premium_missing, 2000.0)
        self.assertEqual(low.premium_forecast, 16000.0)
        self.assertEqual(low.days_left, 15)
        self.assertEqual(low.fee_gain, 100.0)  # 1 % of 10,000
        self.assertEqual(low.tier_state, "within")
        self.assertEqual(high.premium_missing, 12000.0)
        self.assertEqual(high.fee_gain, 400.0)  # 2 % of 20,000
        self.assertEqual(high.tier_state, "far")

    def test_reached_tier_and_the_next_one(self):
        self._issue([12720.0])  # 12,000 without VAT
        low, high = self._tiers(date(2026, 6, 20))
        self.assertEqual((low.tier_state, low.fee_gain), ("reached", 120.0))
        # Forecast 18,000: misses 20,000 by exactly 10 %. 2 % of 20,000 less 120.
        self.assertEqual(high.premium_forecast, 18000.0)
        self.assertEqual((high.tier_state, high.fee_gain), ("within", 280.0))

    def test_other_months_and_void_rows_do_not_count(self):
        self._issue([10600.0])
        low, _high = self._tiers(date(2026, 7, 3))
        self.assertEqual(low.premium_now, 0.0)

    def test_last_minute_of_the_month_in_store_time(self):
        """16:30 UTC of 30 June is 1 July in China."""
        self.company.partner_id.with_env(self.su_env).tz = "Asia/Shanghai"
        self._issue([1060.0])
        row = self.su_env["dealer.underwriting"].search(
            [("company_id", "=", self.company.id)], limit=1
        )
        row._write_protected({"issued_at": datetime(2026, 6, 30, 16, 30)})
        self.assertEqual(self._tiers(date(2026, 6, 30))[0].premium_now, 0.0)
        self.assertEqual(self._tiers(date(2026, 7, 1))[0].premium_now, 1000.0)

    def test_a_higher_tier_pays_more(self):
        with self.assertRaises(ValidationError):
            self.high.extra_rate = 0.005

    def test_reminder_once_and_only_near_the_end(self):
        self._issue([8480.0])
        Tier = self.su_env["dealer.agreement.tier"]
        with freeze_time("2026-06-15 04:00:00"):
            Tier._cron_tier_alerts()
            self.assertFalse(self.agreement.activity_ids)
        self.env.invalidate_all()
        with freeze_time("2026-06-22 04:00:00"):
            for _run in range(2):
                Tier._cron_tier_alerts()
        activity = self.agreement.activity_ids
        self.assertEqual(len(activity), 1)
        self.assertEqual(activity.user_id, self.manager)
        self.assertEqual(activity.date_deadline, date(2026, 6, 30))

    def test_queries_do_not_grow_with_tiers(self):
        self._issue([1060.0])
        self.agreement.tier_ids = [
            Command.create(
                {
                    "product": "commercial",
                    "period": "month",
                    "premium_from": 30000.0 + number * 1000,
                    "extra_rate": 0.03 + number * 0.001,
                    "date_from": "2020-01-01",
                }
            )
            for number in range(20)
        ]
        self.env.flush_all()
        tiers = self.agreement.tier_ids
        counts = []
        for some in (tiers[:2], tiers):
            self.env.invalidate_all()
            some.mapped("premium_from")
            before = self.env.cr.sql_log_count
            some.mapped("premium_now")
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0] + 2)

    def test_wrong_posts(self):
        for post in ("cashier", "sales_consultant"):
            with self.assertRaises(AccessError):
                self.low.with_user(self.users[post]).read(["premium_from"])
        with self.assertRaises(AccessError):
            self.low.with_user(self.clerk).write({"extra_rate": 0.5})


@tagged("post_install", "-at_install")
class TestInsurerPosition(MoneyCommon):
    """E1 and E2 of domain.md §7: 5,450 premium and 420 tax per row."""

    def _position(self, *domain):
        self.env.flush_all()
        self.env.invalidate_all()
        return (
            self.env["dealer.insurer.position"]
            .with_user(self.finance)
            .search([("company_id", "=", self.company.id), *domain])
        )

    def _open(self, *domain):
        return sum(self._position(*domain).mapped("amount_open"))

    def test_position_follows_the_books(self):
        rows = self._requested(2)
        self.assertEqual(self._open(("kind", "=", "premium")), -2 * (CTPL + COMMERCIAL))
        self.assertEqual(self._open(("kind", "=", "tax")), -2 * TAX)
        self.assertFalse(self._position(("is_collected", "=", True)))
        self._pay(rows[0])
        self.assertEqual(self._open(("is_collected", "=", True)), -TOTAL)
        self._sign(rows[0])
        self._remit(rows[0])
        self.assertEqual(self._open(), -TOTAL)
        self.assertEqual(
            self._position(("is_open", "=", True)).underwriting_id, rows[1]
        )
        self.assertEqual(
            self._open(("insurer_id", "=", self.insurer.id)), -self._payable()
        )

    def test_fee_receivable_counts_for_the_store(self):
        account = self.company._dealer_money_setting(
            "dealer_insurer_receivable_account_id"
        )
        income = self.company_data["default_account_revenue"]
        move = self.su_env["account.move"].create(
            {
                "move_type": "entry",
                "line_ids": [
                    Command.create(
                        {
                            "account_id": account.id,
                            "partner_id": self.insurer.id,
                            "debit": 106.0,
                            "date_maturity": "2020-01-31",
                        }
                    ),
                    Command.create({"account_id": income.id, "credit": 106.0}),
                ],
            }
        )
        self.assertFalse(self._position(("kind", "=", "fee")))
        move.action_post()
        row = self._position(("kind", "=", "fee"))
        self.assertEqual((row.amount_open, row.insurer_id), (106.0, self.insurer))
        self.assertEqual(row.bucket, "over_90")
        self.assertGreater(row.days_overdue, 90)
        move.button_draft()
        self.assertFalse(self._position(("kind", "=", "fee")))

    def test_one_query_for_the_pivot(self):
        self._requested(3)
        self.env.flush_all()
        Position = self.env["dealer.insurer.position"].with_user(self.finance)
        Position._read_group([], ["insurer_id", "kind"], ["amount_open:sum"])
        with self.assertQueryCount(1):
            Position._read_group([], ["insurer_id", "kind"], ["amount_open:sum"])

    def test_wrong_posts(self):
        self._requested()
        self.env.flush_all()
        for user in (self.consultant, self.clerk, self.cashier):
            with self.assertRaises(AccessError):
                self.env["dealer.insurer.position"].with_user(user).search([])

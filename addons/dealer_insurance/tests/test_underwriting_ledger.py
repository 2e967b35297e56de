from datetime import datetime
from unittest.mock import patch

import psycopg2.errors

from odoo.tests import tagged, warmup
from odoo.tools import mute_logger

from odoo.addons.dealer_base.models.guard_mixin import GuardError

from .underwriting_common import UnderwritingCommon


@tagged("post_install", "-at_install")
class TestUnderwritingLedger(UnderwritingCommon):
    """Numbers without gap, in the order of issue (S80)."""

    def _seqs(self, rows):
        return rows.sorted("ledger_seq").mapped("ledger_seq")

    def test_one_ledger_per_insurer_and_store(self):
        other = self._insurer("Insurer Two", "TTWO")
        other.ledger_prefix = "ZB"
        self._agreement(other)
        one = self._to("issued", 2)
        two = self._to("issued", 2, insurer_id=other.id)
        three = self._to("issued")
        year = one[0]._store_date().year
        self.assertEqual(
            (one | two | three).mapped("ledger_no"),
            [
                f"TONE{year}-0001",
                f"TONE{year}-0002",
                f"ZB{year}-0001",
                f"ZB{year}-0002",
                f"TONE{year}-0003",
            ],
        )

    def test_batch_of_two_insurers_in_one_call(self):
        other = self._insurer("Insurer Two", "TTWO")
        self._agreement(other)
        rows = self._to("paid", 2) | self._to("paid", 2, insurer_id=other.id)
        mixed = rows[0] | rows[2] | rows[1] | rows[3]
        mixed.action_issue()
        self.assertEqual(mixed.mapped("ledger_seq"), [1, 1, 2, 2])

    def test_number_taken_by_somebody_invisible(self):
        """The highest visible number is old: the next free one is found."""
        self._to("issued", 3)
        rows = self._to("paid", 2)
        cls = type(rows)
        with (
            patch.object(cls, "_last_ledger_seq", lambda *args: 0),
            patch.object(cls, "_committed_ledger_seq", lambda *args: 0),
            mute_logger("odoo.sql_db"),
        ):
            rows.action_issue()
        self.assertEqual(rows.mapped("ledger_seq"), [4, 5])
        self.assertEqual(set(rows.mapped("state")), {"issued"})

    def test_rollback_frees_the_number(self):
        self._to("issued")
        row = self._to("paid")
        with self.assertRaises(ZeroDivisionError), self.env.cr.savepoint():
            row.action_issue()
            self.assertEqual(row.ledger_seq, 2)
            raise ZeroDivisionError
        row.invalidate_recordset()
        self.assertFalse(row.ledger_seq)
        later = self._to("issued")
        self.assertEqual(later.ledger_seq, 2)
        row.action_issue()
        self.assertEqual(row.ledger_seq, 3)

    def test_refused_batch_takes_no_number(self):
        good, bad = self._to("paid"), self._to("awaiting_payment")
        with self.assertRaises(GuardError), self.env.cr.savepoint():
            (good | bad).action_issue()
        self.assertFalse(good.ledger_seq)
        good.action_issue()
        self.assertEqual(good.ledger_seq, 1)

    def test_void_keeps_its_place(self):
        rows = self._to("issued", 3)
        rows[1].sudo().direct_payment_ids.with_user(self.manager)._reverse("back")
        rows[1].with_user(self.manager).action_void(
            self.env.ref("dealer_base.reason_vo_02").id
        )
        self.assertEqual(self._seqs(rows), [1, 2, 3])
        self.assertEqual(self._to("issued").ledger_seq, 4)

    def test_index_guards_imports_too(self):
        row = self._to("issued")
        vals = {
            "company_id": self.company.id,
            "insurer_id": self.insurer.id,
            "issued_at": row.issued_at,
            "ledger_year": row.ledger_year,
            "ledger_seq": row.ledger_seq,
            "ledger_no": "COPY",
        }
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(psycopg2.errors.UniqueViolation),
            self.env.cr.savepoint(),
        ):
            self.su_env["dealer.underwriting"]._create_protected([vals])

    def test_history_then_present(self):
        """The next number follows the last one of the paper ledger."""
        Underwriting = self.su_env["dealer.underwriting"]
        year = Underwriting._store_date().year
        paper = Underwriting._create_historical(
            [
                {
                    "company_id": self.company.id,
                    "insurer_id": self.insurer.id,
                    "applicant_id": self.applicant.id,
                    "vehicle_id": self._vehicle().id,
                    "issued_at": datetime(year, 1, 5, 2, 0),
                    "ledger_year": year,
                    "ledger_seq": 41,
                    "ledger_no": f"TONE{year}-0041",
                    "delivered_at": datetime(year, 1, 6, 2, 0),
                    "policy_ids": [
                        (
                            0,
                            0,
                            {"product": "ctpl", "premium": 950.0, "policy_no": "h 1"},
                        )
                    ],
                }
            ]
        )
        self.assertRecordValues(
            paper,
            [{"state": "delivered", "is_historical": True, "amount_due": 950.0}],
        )
        self.assertEqual(paper.insured_date, datetime(year, 1, 5).date())
        self.assertEqual(paper.policy_ids.policy_no, "H1")
        self.assertEqual(paper.policy_ids.expected_fee, 35.85)
        self.assertFalse(paper.cashier_signed)
        self.assertEqual(self._to("issued").ledger_seq, 42)

    def test_year_is_counted_in_the_store(self):
        """20:30 UTC on New Year's Eve is next year in Shanghai."""
        self.company.partner_id.tz = "Asia/Shanghai"
        row = self._create()
        moment = datetime(2026, 12, 31, 20, 30)
        self.assertEqual(row._store_date(moment).year, 2027)
        self.company.partner_id.tz = "UTC"
        self.assertEqual(row._store_date(moment).year, 2026)

    def test_fifty_in_one_call(self):
        rows = self._to("paid", 50)
        rows.action_issue()
        self.assertEqual(rows.mapped("ledger_seq"), list(range(1, 51)))
        self.assertEqual(len(set(rows.mapped("issued_at"))), 1)
        rows.with_user(self.cashier).action_sign()
        rows.action_deliver("Applicant")
        self.assertEqual(set(rows.mapped("state")), {"delivered"})

    @warmup
    def test_queries_of_the_issue_do_not_grow(self):
        """50 entries cost what 5 cost, apart from the messages of the history."""
        counts = []
        for size in (5, 50):
            rows = self._to("paid", size)
            # Messages of the earlier steps are written now, not inside the measure.
            self.env.cr.flush()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            rows.action_issue()
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0] + 15, counts)

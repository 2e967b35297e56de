"""Fee statements of two invented insurers, from the file to the closed statement."""

from datetime import date

from odoo.exceptions import UserError
from odoo.tests import tagged

from .import_common import make_book
from .statement_story import HEADER, StatementStory

JUNE = date(2025, 6, 10)


@tagged("post_install", "-at_install")
class TestStatementFlow(StatementStory):
    def _ten_results(self):
        """One line of every result; see the figures in ``test_every_result``."""
        good, rounding, rate, base, amount, twice, void = self._policies(
            self.harbour, [JUNE] * 7
        )
        ctpl = self._policies(self.harbour, [JUNE], ("ctpl",))
        early = self._policies(self.harbour, [date(2025, 5, 28)])
        old = self._policies(self.harbour, [date(2025, 3, 1)])
        refund = self._endorsement(old, -530.0, JUNE)
        void.underwriting_id._write_protected({"voided_at": void.issued_at})
        rows = [
            self._row(good),
            self._row(rounding, 佣金=150.02),
            self._row(rate, rate=16),
            self._row(base, base=1060.0),
            self._row(ctpl, base=1100.0),
            self._row(amount, 佣金=130.0),
            self._row(twice),
            self._row(twice),
            self._row(void),
            self._row(early),
            self._row(old, base=-500.0, 批改单号=refund.name, 摘要="退保"),
            self._row(),
        ]
        return rows, {
            "rate": rate,
            "base": base,
            "ctpl": ctpl,
            "amount": amount,
            "void": void,
        }

    # -- results ----------------------------------------------------------------

    def test_every_result(self):
        """Ten results by hand: stated 1,702.02, expected 1,182.00 without VAT."""
        rows, policies = self._ten_results()
        self._policies(self.harbour, [date(2025, 6, 20), date(2025, 6, 29)])
        statement = self._settle(rows)
        self.assertEqual(statement.basis, "ex_vat")
        self.assertEqual(statement.statement_no, "HB-2025-06")
        self.assertEqual(
            (statement.date_from, statement.date_to),
            (date(2025, 6, 1), date(2025, 6, 30)),
        )
        self.assertEqual(statement.totals_state, "plain")
        results = statement.line_ids.mapped("result")
        self.assertEqual(
            results,
            [
                "matched",
                "matched_rounding",
                "rate_difference",
                "base_difference",
                "base_difference",
                "amount_difference",
                "matched",
                "duplicate",
                "cancelled_but_paid",
                "cut_off",
                "clawback_matched",
                "unknown_policy",
            ],
        )
        self.assertEqual(
            statement.line_ids.mapped("delta"),
            [0.0, 0.02, 10.0, 9.0, 12.0, -20.0, 0.0, 150.0, 150.0, 0.0, 0.0, 150.0],
        )
        # 150 + 150.02 + 160 + 159 + 44 + 130 + 150 + 150 + 150 + 150 − 75 + 150
        self.assertAlmostEqual(statement.stated_ex, 1468.02, 2)
        # 6 × 150 + 32 + 150 − 75
        self.assertAlmostEqual(statement.expected_ex, 1007.00, 2)
        # 150 + 150.02 + 150 + 150 − 75
        self.assertAlmostEqual(statement.agreed_ex, 525.02, 2)
        self.assertAlmostEqual(statement.agreed_incl, 556.52, 2)
        self.assertAlmostEqual(
            statement.agreed_ex + statement.disputed_ex, statement.stated_ex, 2
        )
        missing = statement.missing_ids.sorted("issued_on")
        self.assertEqual(
            missing.mapped("reason"), ["omitted_by_insurer", "cut_off_next_month"]
        )
        self.assertEqual(missing.mapped("expected_fee"), [150.0, 150.0])
        self.assertEqual(statement.missing_fee, 300.0)
        # Words for the insurer, with the figures
        words = self._line(statement, policies["rate"]).explanation
        for figure in ("15 %", "16 %", "1,000.00", "150.00", "160.00", "+10.00"):
            self.assertIn(figure, words)
        self.assertIn("300.00", self._line(statement, policies["ctpl"]).explanation)
        self.assertIn("from 2020-01-01", words)

    def test_other_layout_with_vat(self):
        """Ridge: groups side by side, premium with VAT, one fee for the whole row."""
        deals = self._policies(
            self.ridge, [JUNE, date(2025, 6, 11)], ("ctpl", "commercial")
        )
        top = ["保单信息", None, "交强", None, "商业", None, "手续费合计(含税)"]
        sub = ["客户名称", "车架号", "保单号", "保费", "保单号", "保费", None]
        rows = []
        for entry in deals.underwriting_id:
            ctpl, commercial = entry.policy_ids.sorted("product", reverse=True)
            # (32 + 150) × 1.06 = 192.92
            rows.append(
                [
                    entry.insured_id.name,
                    entry.vehicle_id.vin,
                    ctpl.policy_no,
                    848.0,
                    commercial.policy_no,
                    1060.0,
                    192.92,
                ]
            )
        rows[1][6] = 200.0
        book = make_book(
            {
                "封面": [["山脊财险"], ["结算月份", "2025-06"]],
                "明细": [["清单"], top, sub, *rows],
            }
        )
        run = self._import_statement(book, "ridge.xlsx")
        self.assertEqual(run.statement_insurer_id, self.ridge)
        statement = run.statement_ids
        statement.action_match()
        self.assertEqual(statement.basis, "incl_vat")
        first, second = statement.line_ids
        self.assertEqual(first.result, "matched")
        self.assertEqual(first.match_pass, "deal")
        self.assertEqual(len(first.policy_ids), 2)
        self.assertEqual(first.expected_fee, 192.92)
        self.assertEqual((second.result, second.delta), ("amount_difference", 7.08))
        self.assertFalse(statement.missing_ids)

    def test_products_of_a_row_are_paid_together(self):
        """Four lines in two rows: one wrong product holds the other one back."""
        deals = self._policies(
            self.ridge, [JUNE, date(2025, 6, 11)], ("ctpl", "commercial")
        )
        top = ["VIN码", "交强险", None, None, "商业险", None, None]
        sub = [None, *["保单号", "不含税保费", "手续费"] * 2]
        rows = []
        for entry in deals.underwriting_id:
            ctpl, commercial = entry.policy_ids.sorted("product", reverse=True)
            rows.append(
                [
                    entry.vehicle_id.vin,
                    ctpl.policy_no,
                    800.0,
                    32.0,
                    commercial.policy_no,
                    1000.0,
                    150.0,
                ]
            )
        rows[1][6] = 160.0
        book = make_book({"明细": [["山脊财险 2025年6月"], top, sub, *rows]})
        run = self._import_statement(book, "ridge.xlsx")
        statement = run.statement_ids
        statement.action_match()
        lines = statement.line_ids
        self.assertEqual(
            lines.mapped("decision"), ["agree", "agree", "withhold", "open"]
        )
        self.assertEqual(statement.agreed_ex, 182.0)
        lines[3].explanation = "Paid by word of the branch manager"
        lines[3].action_agree()
        self.assertEqual(set(lines.mapped("decision")), {"agree"})
        self.assertEqual(statement.agreed_ex, 374.0)
        lines[3].action_withhold()
        self.assertEqual(lines[2].decision, "withhold")
        self.company.dealer_fee_row_unit = False
        statement.action_match()
        self.assertEqual(lines[2].decision, "agree")

    def test_agreement_entered_after_the_ledger(self):
        """A policy without a frozen rate is judged by the agreement of its day."""
        [policy] = self._policies(self.harbour, [JUNE])
        policy._write_protected(
            {"fee_rate_id": False, "fee_rate": 0.09, "expected_fee": 90.0}
        )
        statement = self._settle([self._row(policy)])
        rate = statement.line_ids.expected_rate_id
        self.assertEqual(rate.product, "commercial")
        self.assertEqual(statement.line_ids.expected_clause, "from 2020-01-01")
        self.assertEqual(statement.line_ids.result, "matched")

    def test_compulsory_cap(self):
        """R6: a compulsory rate above 4 % is flagged and cannot be agreed."""
        [ctpl] = self._policies(self.harbour, [JUNE], ("ctpl",))
        statement = self._settle([self._row(ctpl, rate=5)], user=self.clerk)
        line = statement.line_ids
        self.assertTrue(line.cap_exceeded)
        self.assertIn("R6", line.explanation)
        line.explanation = "Paid as stated"
        line.action_agree()
        with self.assertRaisesRegex(UserError, "G-F4"):
            statement.with_user(self.finance).action_confirm()
        line.action_withhold()
        statement.with_user(self.finance).action_confirm()
        self.assertEqual(statement.state, "confirmed")

    # -- the same file, a corrected one, another month --------------------------

    def test_reimport_is_harmless(self):
        [policy] = self._policies(self.harbour, [JUNE])
        book = self._harbour_book([self._row(policy)])
        first = self._import_statement(book, "harbour.xlsx").statement_ids
        run = self._upload("fee_statement", book, "again.xlsx")
        self.assertEqual(run.row_ids.mapped("state"), ["unchanged"])
        self.assertEqual(run.statement_id, first)
        run.action_import()
        self.assertFalse(run.statement_ids)
        self.assertEqual(
            self.env["dealer.fee.statement"].search_count(
                [("insurer_id", "=", self.harbour.id)]
            ),
            1,
        )
        self.assertEqual(len(first.line_ids), 1)

    def test_corrected_version_keeps_decisions(self):
        one, two, three = self._policies(self.harbour, [JUNE] * 3)
        rows = [self._row(one, rate=16), self._row(two, rate=16)]
        statement = self._settle(rows)
        kept = self._line(statement, one)
        kept.explanation = "The branch has promised to mend this"
        kept.action_withhold()
        kept.note = "Called on Monday"
        newer = self._settle(
            [self._row(one, rate=16), self._row(two), self._row(three)],
            file_name="corrected.xlsx",
        )
        self.assertEqual(newer.version, 2)
        self.assertEqual(newer.previous_id, statement)
        self.assertEqual(statement.state, "replaced")
        self.assertFalse(statement.missing_ids)
        line = self._line(newer, one)
        self.assertEqual(line.explanation, "The branch has promised to mend this")
        self.assertEqual(line.decision, "withhold")
        self.assertEqual(line.note, "Called on Monday")
        self.assertEqual(self._line(newer, two).result, "matched")
        self.assertIn("2 lines new or changed", newer.difference_text)
        self.assertIn("1 lines gone or changed", newer.difference_text)
        # A replaced statement pays for nothing any more
        self.assertNotIn("duplicate", newer.line_ids.mapped("result"))

    def test_confirmed_statement_is_not_replaced(self):
        [policy] = self._policies(self.harbour, [JUNE])
        statement = self._settle([self._row(policy)], user=self.clerk)
        statement.with_user(self.finance).action_confirm()
        book = self._harbour_book([self._row(policy, rate=14)])
        with self.assertRaisesRegex(UserError, "is confirmed"):
            self._upload("fee_statement", book, "corrected.xlsx")
        statement.with_user(self.finance).action_unconfirm()
        run = self._import_statement(book, "corrected.xlsx")
        self.assertEqual(run.state, "done", run.row_ids.mapped("error_text"))
        self.assertEqual(run.statement_ids.previous_id, statement)
        self.assertEqual(statement.state, "replaced")

    def test_next_month(self):
        """July pays June's missing policy, and one policy for the second time."""
        paid, late = self._policies(self.harbour, [JUNE, date(2025, 6, 29)])
        june = self._settle([self._row(paid)])
        missing = june.missing_ids
        self.assertEqual(missing.policy_id, late)
        self.assertTrue(missing.is_open)
        july = self._settle(
            [self._row(paid), self._row(late)],
            month="202507",
            number="HB-2025-07",
            file_name="july.xlsx",
        )
        again, first = self._line(july, paid), self._line(july, late)
        self.assertEqual(again.result, "duplicate")
        self.assertEqual(again.duplicate_of_id, june.line_ids)
        self.assertIn("HB-2025-06", again.explanation)
        self.assertEqual(first.result, "cut_off")
        self.assertFalse(missing.is_open)
        self.assertEqual(missing.found_line_id, first)
        july.action_discard()
        self.assertTrue(missing.is_open)

    def test_withheld_fee_may_be_stated_again(self):
        """A corrected fee on the next statement is no double payment."""
        [policy] = self._policies(self.harbour, [JUNE])
        june = self._settle([self._row(policy, rate=10)])
        june.line_ids.action_check_explanation()
        july = self._settle(
            [self._row(policy)], month="202507", number="HB-2025-07", file_name="7.xlsx"
        )
        self.assertEqual(july.line_ids.result, "cut_off")

    # -- what the file does not say ---------------------------------------------

    def test_period_and_insurer_are_asked(self):
        [policy] = self._policies(self.harbour, [JUNE])
        book = make_book({"Sheet1": [list(HEADER), self._row(policy)]})
        with self.assertRaisesRegex(UserError, "which insurer"):
            self._upload("fee_statement", book, "list.xlsx")
        run = (
            self.env["dealer.import"]
            .with_user(self.clerk)
            .create(
                {
                    "kind": "fee_statement",
                    "file": self._encode(book),
                    "file_name": "list.xlsx",
                    "company_id": self.company.id,
                    "statement_insurer_id": self.harbour.id,
                }
            )
        )
        run.action_read()
        with self.assertRaisesRegex(UserError, "which period"):
            run.action_check()
        run.write({"statement_from": "2025-06-01", "statement_to": "2025-06-30"})
        run.action_check()
        run.action_import()
        self.assertEqual(len(run.statement_ids.line_ids), 1)

    def test_line_without_fee_stops_the_file(self):
        one, two = self._policies(self.harbour, [JUNE] * 2)
        rows = [self._row(one), self._row(two, 佣金=0)]
        rows[1][HEADER.index("佣金")] = None
        run = self._upload(
            "fee_statement", self._harbour_book(rows, total=False), "hole.xlsx"
        )
        self.assertEqual(
            {p.code for p in run.problem_ids if p.severity == "error"},
            {"statement_no_fee"},
        )
        with self.assertRaisesRegex(UserError, "all or nothing"):
            run.action_import()

    def test_printed_total_that_does_not_fit(self):
        [policy] = self._policies(self.harbour, [JUNE])
        rows = [self._row(policy)]
        total = [None] * len(HEADER)
        total[0], total[8] = "合计", 151.0
        book = self._harbour_book([*rows, total], total=False)
        run = self._upload("fee_statement", book, "total.xlsx")
        self.assertIn("subtotal_mismatch", run.problem_ids.mapped("code"))
        run.action_import()
        self.assertEqual(run.statement_ids.totals_state, "wrong")
        self.assertIn("151", run.statement_ids.printed_totals_html)

    def test_layout_drift_is_reported(self):
        one, two = self._policies(self.harbour, [JUNE] * 2)
        self._settle([self._row(one)])
        # The column of the rates is gone, one has another name, one is new
        header = [
            {"投保人": "被保险人", "佣金率": "系数甲"}.get(name, name)
            for name in HEADER
        ]
        rows = [self._row(two)]
        book = self._harbour_book(rows, "202507", "HB-7", tuple(header))
        create = {
            "kind": "fee_statement",
            "file": self._encode(book),
            "file_name": "july.xlsx",
            "company_id": self.company.id,
        }
        run = self.env["dealer.import"].with_user(self.clerk).create(create)
        run.action_read()
        codes = run.problem_ids.mapped("code")
        self.assertIn("column_renamed", codes)
        self.assertIn("column_lost", codes)
        self.assertIn("column_new", codes)
        lost = run.problem_ids.filtered(lambda p: p.code == "column_lost")
        self.assertIn("佣金率", lost.reason)
        self.assertIn("系数甲", lost.reason)
        with self.assertRaisesRegex(UserError, "佣金率"):
            run.action_check()
        # Either the user says which column it is …
        column = run.column_ids.filtered(lambda c: c.label == "系数甲")
        column.target_id = run.target_ids.filtered(lambda t: t.key == "rate")
        self.assertNotIn("column_lost", run.problem_ids.mapped("code"))
        # … or that the insurer does not send it any more.
        column.target_id = False
        run.action_accept_layout()
        run.action_check()
        run.action_import()
        self.assertEqual(len(run.statement_ids.line_ids), 1)
        profile = self.env["dealer.import.profile"].search(
            [("partner_id", "=", self.harbour.id)]
        )
        titles = [item["title"] for item in profile.layout[0]]
        self.assertIn("被保险人", titles)

    def test_moved_columns(self):
        one, two = self._policies(self.harbour, [JUNE] * 2)
        self._settle([self._row(one)])
        order = [1, 0, *range(2, len(HEADER))]
        row = self._row(two)
        book = self._harbour_book(
            [[row[place] for place in order]],
            "202507",
            "HB-7",
            tuple(HEADER[place] for place in order),
            total=False,
        )
        run = self._upload("fee_statement", book, "july.xlsx")
        drift = {c for c in run.problem_ids.mapped("code") if c.startswith("column_")}
        self.assertEqual(drift, {"column_moved"})

    # -- size -------------------------------------------------------------------

    def test_queries_do_not_grow(self):
        """Matching 60 lines takes hardly more queries than matching 10."""
        counts = []
        for month, size in ((6, 10), (7, 60)):
            days = [date(2025, month, 10)] * size
            policies = self._policies(self.harbour, days)
            run = self._import_statement(
                self._harbour_book(
                    [self._row(policy) for policy in policies],
                    f"2025{month:02d}",
                    f"N{month}",
                ),
                f"{month}.xlsx",
            )
            statement = run.statement_ids
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            statement.action_match()
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
            self.assertEqual(set(statement.line_ids.mapped("result")), {"matched"})
        self.assertLess(counts[1], counts[0] + 15, counts)

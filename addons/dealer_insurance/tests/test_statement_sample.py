"""Acceptance on the sample statements: every line classified, nothing matched wrong."""

from collections import Counter
from unittest import SkipTest

from odoo.tests import tagged

from .import_common import LEDGER_SAMPLE, SKIP_REASON, sample_folder
from .statement_common import SAMPLE_RATES, StatementCommon

PICC = "代理费结算单_人保_2026-09.xlsx"
CPIC = "代理费结算单_太保_2026-09.csv"
PAIC = "代理费结算单_平安_2026-09.xlsx"
PRODUCTS = {"ctpl": "ctpl", "comm": "commercial", "other": "other"}
#: The result of a row with several products: the first of these that occurs.
WORST = (
    "unknown_policy",
    "duplicate",
    "cancelled_but_paid",
    "amount_difference",
    "base_difference",
    "rate_difference",
    "cut_off",
    "clawback_matched",
    "matched_rounding",
    "matched",
)
#: Sums of the undisputed lines with VAT, as the bank file shows them paid, CNY.
PAID = {PICC: 16207.87, CPIC: 16958.86, PAIC: 25893.11}


@tagged("post_install", "-at_install", "dealer_sample")
class TestStatementSample(StatementCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for words, first, last, shares in SAMPLE_RATES:
            cls._rates(
                cls.su_env["res.partner"]._find_insurer(words), shares, first, last
            )

        # One ledger for all tests: it takes longer than the statements
        cls._import_ledger(cls)

    def _import_ledger(self):
        if not sample_folder():
            raise SkipTest(SKIP_REASON)
        content = (sample_folder() / LEDGER_SAMPLE).read_bytes()
        run = self._upload(self, "ledger", content, LEDGER_SAMPLE)
        corrections = {
            (line["sheet"], int(line["row_no"]), line["field_key"]): line["clean_value"]
            for line in self._truth(self, LEDGER_SAMPLE)
            if line["kind"] == "typing"
            and line["problem"] not in ("duplicate_row", "subtotal_mismatch")
        }
        self._correct(self, run, corrections)
        self._accept_facts(self, run)
        run.action_check()
        run.action_import()

    def _statement(self, name):
        run = self._import_statement(self._sample(name), name)
        self.assertEqual(run.state, "done", run.message)
        self.assertEqual(len(run.statement_ids), 1)
        run.statement_ids.action_match()
        return run.statement_ids

    def _check(self, name):
        """All lines of one file against the answer file."""
        statement = self._statement(name)
        truth = {int(line["row_no"]): line for line in self._statement_truth(name)}
        rows = statement.line_ids.grouped("row_no")
        self.assertEqual(set(rows), set(truth))
        wrong, wrong_match = [], []
        for row_no, line in truth.items():
            lines = rows[row_no]
            result = next(r for r in WORST if r in lines.mapped("result"))
            numbers = {n for n in line["policy_no_canonical"].split(";") if n}
            for own in lines:
                if own.match_state != "auto":
                    continue
                found = set(own.policy_ids.mapped("policy_no"))
                if not found <= numbers or line["expected_status"] == "unknown_policy":
                    wrong_match.append((row_no, own.policy_text, found))
            delta = sum(lines.mapped("delta"))
            if (
                result != line["expected_status"]
                or abs(delta - float(line["delta"])) > 0.001
            ):
                wrong.append(
                    (
                        row_no,
                        result,
                        line["expected_status"],
                        delta,
                        line["delta"],
                        lines.mapped("match_state"),
                        lines.mapped("explanation"),
                    )
                )
            self.assertEqual(statement.basis, line["fee_basis"])
        self.assertFalse(wrong_match, "wrong automatic matches")
        self.assertLessEqual(len(wrong), 0.01 * len(truth), wrong)
        self.assertAlmostEqual(statement.agreed_incl, PAID[name], 2)
        self.assertAlmostEqual(
            statement.agreed_incl + statement.disputed_incl, statement.stated_incl, 2
        )
        self._check_missing(statement, name)
        return statement, wrong

    def _check_missing(self, statement, name):
        expected = {
            (
                line["endorse_no"] or line["policy_no"],
                PRODUCTS[line["product"]],
                line["reason"],
                float(line["expected_fee_ex_vat"]),
                float(line["expected_fee_incl_vat"]),
            )
            for line in self._missing_truth(name)
        }
        found = {
            (
                missing.endorsement_id.name or missing.policy_id.policy_no,
                missing.product,
                missing.reason,
                missing.expected_fee,
                missing.expected_fee_incl,
            )
            for missing in statement.missing_ids
        }
        self.assertEqual(found, expected)

    def test_two_basis_columns(self):
        """Products one below another, fees without and with VAT, subtotals."""
        statement, wrong = self._check(PICC)
        self.assertFalse(wrong)
        self.assertEqual(statement.statement_no, "JS4406002026090017")
        self.assertEqual(str(statement.date_from), "2026-09-01")
        self.assertEqual(str(statement.date_to), "2026-09-30")

    def test_text_file_without_titles(self):
        """GBK text; the insurer and the period stand in the name of the file only."""
        statement, wrong = self._check(CPIC)
        self.assertFalse(wrong)
        self.assertEqual(statement.totals_state, "rule")

    def test_products_side_by_side(self):
        """Cover sheet, two header rows, three products in a row."""
        statement, wrong = self._check(PAIC)
        self.assertFalse(wrong)
        counts = Counter(statement.line_ids.mapped("match_pass"))
        self.assertEqual(counts["cut_number"], 3)
        self.assertTrue(all(check["scope"] for check in statement.printed_totals))

    def test_clause_and_version_of_the_agreement(self):
        """The rate comes from the agreement of the issue day, not from the file."""
        statement = self._statement(PICC)
        for line in statement.line_ids.filtered("policy_id"):
            self.assertTrue(line.expected_rate_id, line.display_name)
            issued = line.policy_id.underwriting_id
            day = issued._store_date(issued.issued_at)
            rate = line.expected_rate_id
            self.assertTrue(rate.date_from <= day)
            self.assertTrue(not rate.date_to or day <= rate.date_to)

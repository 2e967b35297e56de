"""Acceptance on the sample tracker: every problem found, none invented, sums right."""

import json
import random
from datetime import date

from odoo.tests import tagged

from odoo.addons.dealer_insurance.tests.import_common import (
    as_csv_text,
    make_book,
    sample_folder,
    sample_table,
)

from .tracker_common import TRACKER_SAMPLE, TrackerCommon

#: Other wordings of the same columns, as other stores write them.
REWORDED = {
    "案件号": "案件编号",
    "报案号": "出险报案号",
    "保险公司": "承保公司",
    "被保险人": "客户姓名",
    "车架号": "车辆识别代号",
    "接车员": "接待人",
    "递交日": "交单日期",
    "回款日": "到账日期",
    "定损金额": "定损额",
    "维修金额": "维修结算额",
    "预计回款": "应回款",
    "实际回款": "到账金额",
    "逾期天数": "超期天数",
    "退案次数": "退件次数",
    "当前状态": "案件状态",
}
#: What exists only in a file with cell types.
TYPED_ONLY = {"date_serial", "amount_text"}


@tagged("post_install", "-at_install", "dealer_sample")
class TestClaimTrackerSample(TrackerCommon):
    def setUp(self):
        super().setUp()
        self.content = self._sample(TRACKER_SAMPLE)

    def _expected(self, severity=None):
        return {
            (line["sheet"], int(line["row_no"]), line["field_key"], line["problem"])
            for line in self._truth(TRACKER_SAMPLE)
            if not severity or line["severity"] == severity
        }

    def _corrections(self):
        return {
            (line["sheet"], int(line["row_no"]), line["field_key"]): line["clean_value"]
            for line in self._truth(TRACKER_SAMPLE)
            if line["kind"] == "typing" and line["problem"] != "duplicate_row"
        }

    def _imported(self):
        run = self._upload(
            "claim_tracker", self.content, TRACKER_SAMPLE, user=self.submitter
        )
        self._correct(run, self._corrections())
        run.action_check()
        run.action_import()
        self.assertEqual(run.state, "done")
        self.assertFalse(run.row_ids.filtered("error_text").mapped("error_text"))
        return self.env["dealer.claim"].search([("company_id", "=", self.company.id)])

    def test_problems_exactly(self):
        """Errors and warnings by row, column and code, and no other ones."""
        run = self._upload(
            "claim_tracker", self.content, TRACKER_SAMPLE, user=self.submitter
        )
        for severity in ("error", "warning"):
            self.assertEqual(self._problems(run, severity), self._expected(severity))
        headers = {
            (line["sheet"], int(line["row_no"]), line["field_key"]): line["field"]
            for line in self._truth(TRACKER_SAMPLE)
        }
        for problem in run.problem_ids.filtered("row_id"):
            key = (problem.sheet_name, problem.row_no, problem.field_key)
            self.assertEqual(problem.header, headers[key])

    def test_other_wordings_and_order(self):
        """Reworded and shuffled columns give the same problems."""
        table = sample_table(self.content, (2,))
        labels = list(table[0][2])
        random.Random(3).shuffle(labels)
        rows = [
            ["各店理赔跟踪（截至2026年10月31日）"],
            [REWORDED.get(x, x) for x in labels],
        ]
        rows += [[line[label] for label in labels] for _s, _n, line in table]
        run = self._upload(
            "claim_tracker", make_book({"2026年": rows}), user=self.submitter
        )
        self.assertEqual(self._problems(run), self._expected())

    def test_text_file(self):
        """The same as text file, where cells have no type."""
        table = sample_table(self.content, (2,))
        labels = list(table[0][2])
        lines = [labels] + [
            [as_csv_text(line[label]) for label in labels] for _s, _n, line in table
        ]
        text = "\r\n".join(
            ",".join(f'"{cell}"' if "," in cell else cell for cell in line)
            for line in lines
        )
        run = self._upload(
            "claim_tracker", text.encode("gb18030"), "tracker.csv", self.submitter
        )
        # One title line less than in the workbook
        expected = {
            (row - 1, field, code)
            for _sheet, row, field, code in self._expected()
            if code not in TYPED_ONLY
        }
        found = {item for item in self._codes(run) if item[2] not in TYPED_ONLY}
        self.assertEqual(found, expected)

    def test_sums_and_history(self):
        """Amounts of the clean data and what became of the lines."""
        claims = self._imported()
        truth = self._clean_rows(TRACKER_SAMPLE)["2026年"]
        self.assertEqual(len(claims), truth["clean_rows"])
        for name, column in (
            ("assessed_amount", "sum_assessed"),
            ("settlement_total", "sum_repair"),
            ("expected_insurer_payment", "sum_expected"),
            ("insurer_received", "sum_received"),
        ):
            self.assertAlmostEqual(sum(claims.mapped(name)), truth[column], 2, name)
        self.assertTrue(all(claims.mapped("is_historical")))
        self.assertEqual(len(claims.filtered("rejected_on")), 2)
        self.assertEqual(len(claims.filtered("is_returned")), 1)
        # 31 cases with one return and two with two
        self.assertEqual(sum(claims.mapped("return_count")), 35)
        coded = claims.filtered("overdue_reason_id")
        self.assertEqual(len(coded), 53)
        self.assertEqual(set(coded.overdue_reason_id.mapped("category")), {"overdue"})
        self.assertFalse(
            claims.return_ids.filtered(lambda item: not item.reason_id.code)
        )
        self.assertTrue(all(claims.mapped("receptionist_id")))

    def test_overdue_days_as_in_the_file(self):
        """Paid cases are as many days late as the corrected file says."""
        claims = self._imported()
        written = {
            line["案件号"]: line
            for _sheet, row, line in sample_table(self.content, (2,))
            if row != 6
        }
        compared = 0
        for claim in claims.filtered("insurer_paid_on"):
            line = written.get(claim.name)
            if line and line["逾期天数"] is not None:
                self.assertEqual(claim.overdue_days, line["逾期天数"], claim.name)
                compared += 1
        self.assertGreater(compared, 200)

    def test_collection_rate(self):
        """K32 by month of submission, insurer and receptionist."""
        claims = self._imported()
        text = (sample_folder() / "truth_kpi.json").read_text(encoding="utf-8")
        truth = json.loads(text)["K32_claims_collection"]
        submitted = claims.filtered("submitted_on")
        self._assert_collection(submitted, truth["total"])
        for part, key in (
            ("by_submit_month", lambda claim: claim.submitted_on.strftime("%Y-%m")),
            ("by_insurer", lambda claim: claim.insurer_id.name),
            ("by_receptionist", lambda claim: claim.receptionist_id.name),
        ):
            groups = submitted.grouped(key)
            if part == "by_insurer":
                # The master may know an insurer by another of its names.
                find = self.env["res.partner"]._find_insurer
                truth[part] = {find(k).name: v for k, v in truth[part].items()}
            self.assertEqual(set(groups), set(truth[part]))
            for name, figures in truth[part].items():
                self._assert_collection(groups[name], figures)

    def test_collection_rate_of_the_engine(self):
        """K32 and its accuracy through the registry of key figures."""
        self._imported()
        text = (sample_folder() / "truth_kpi.json").read_text(encoding="utf-8")
        truth = json.loads(text)["K32_claims_collection"]
        engine = self.env["dealer.kpi.engine"].with_context(
            allowed_company_ids=self.company.ids
        )
        args = (self.company, date(2026, 1, 1), date(2026, 12, 31))
        [rates] = engine._kpi_k32(*args).values()
        [hits] = engine._kpi_k32_accuracy(*args).values()
        self._assert_figures(rates, hits, truth["total"])
        find = self.env["res.partner"]._find_insurer
        staff = {
            person.name: person.id
            for person in self.env["dealer.staff"].search(
                [("company_id", "=", self.company.id)]
            )
        }
        for part, dimension, key in (
            ("by_submit_month", "month", lambda text: date.fromisoformat(text + "-01")),
            ("by_insurer", "insurer", lambda text: find(text).id),
            ("by_receptionist", "receptionist", staff.get),
        ):
            rates = engine._kpi_k32(*args, (dimension,))
            hits = engine._kpi_k32_accuracy(*args, (dimension,))
            self.assertEqual(len(rates), len(truth[part]))
            for name, figures in truth[part].items():
                group = (key(name),)
                self._assert_figures(rates[group], hits[group], figures)

    def _assert_figures(self, rate, hit, figures):
        self.assertAlmostEqual(rate[0], figures["received"], 2)
        self.assertAlmostEqual(rate[1], figures["expected"], 2)
        self.assertEqual(tuple(hit), (figures["accurate_cases"], figures["cases_paid"]))

    def _assert_collection(self, claims, figures):
        paid = claims.filtered("insurer_paid_on")
        self.assertEqual(len(claims), figures["cases_submitted"])
        self.assertEqual(len(paid), figures["cases_paid"])
        expected = sum(claims.mapped("expected_insurer_payment"))
        received = sum(claims.mapped("insurer_received"))
        self.assertAlmostEqual(expected, figures["expected"], 2)
        self.assertAlmostEqual(received, figures["received"], 2)
        accurate = paid.filtered("is_payment_accurate")
        self.assertEqual(len(accurate), figures["accurate_cases"])

    def test_second_import_changes_nothing(self):
        """The same file again: every line is known."""
        claims = self._imported()
        run = self._upload(
            "claim_tracker", self.content, TRACKER_SAMPLE, user=self.submitter
        )
        self.assertNotIn("pending", run.row_ids.mapped("state"))
        after = self.env["dealer.claim"].search([("company_id", "=", self.company.id)])
        self.assertEqual(after, claims)

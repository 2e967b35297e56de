"""The list of accident calls as it comes, and its figures, held to the answer file."""

import csv
import io
import json
import random
from datetime import date

from odoo.tests import tagged

from odoo.addons.dealer_insurance.tests.import_common import (
    ImportCommon,
    make_book,
    sample_folder,
)

SAMPLE = "出险登记_2026.csv"
#: Other wordings of the same columns, as other stores write them.
REWORDED = {
    "来电时间": "接听时间",
    "接听人": "接线员",
    "报案人": "来电人",
    "联系电话": "来电号码",
    "车牌号": "号牌号码",
    "车架号": "车辆识别代号",
    "保险公司": "承保公司",
    "报案号": "报案编号",
    "出险时间": "事故时间",
    "出险地点": "事故地点",
    "有无人伤": "是否有人伤",
    "是否拖车": "需拖车",
    "承诺回店日期": "预约回店日期",
    "是否回店": "是否返厂",
    "回店时间": "返厂时间",
    "未回店原因": "流失原因",
    "跟进次数": "回访次数",
}


@tagged("post_install", "-at_install", "dealer_sample")
class TestHotlineImport(ImportCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agent = cls._user("hotline_agent")
        cls.leader = cls._user("claim_leader")

    def _lines(self):
        text = self._sample(SAMPLE).decode("utf-8-sig")
        return list(csv.reader(io.StringIO(text)))

    def _expected(self, severity=None, place=None):
        place = place or {}
        return {
            (
                place.get(int(line["row_no"]), int(line["row_no"])),
                line["field_key"],
                line["problem"],
            )
            for line in self._truth(SAMPLE)
            if not severity or line["severity"] == severity
        }

    def _by_severity(self, run, severity):
        return {item[1:] for item in self._problems(run, severity)}

    def test_sample(self):
        """Every error and warning, none invented; clean rows; K21 and K23."""
        run = self._upload("accident_call", self._sample(SAMPLE), SAMPLE, self.agent)
        self.assertEqual(self._by_severity(run, "error"), self._expected("error"))
        self.assertEqual(self._by_severity(run, "warning"), self._expected("warning"))
        clean = {
            ("", int(line["row_no"]), line["field_key"]): line["clean_value"]
            for line in self._truth(SAMPLE)
            if line["kind"] == "typing" and line["problem"] != "duplicate_row"
        }
        for problem in run.problem_ids.filtered("row_id"):
            key = ("", problem.row_no, problem.field_key)
            if key in clean and problem.state == "open":
                problem.correction = clean[key]
        run.action_check()
        self.assertFalse(
            run.problem_ids.filtered(
                lambda item: item.severity == "error" and item.state == "open"
            ).mapped("reason")
        )
        run.action_import()
        self.assertEqual(run.state, "done")
        self.assertFalse(run.row_ids.filtered("error_text").mapped("error_text"))
        calls = self.su_env["dealer.accident.call"].search(
            [("company_id", "=", self.company.id)]
        )
        self.assertEqual(len(calls), self._clean_rows(SAMPLE)["-"]["clean_rows"])
        self.assertTrue(all(calls.mapped("is_historical")))
        self.assertTrue(all(calls.mapped("agent_id")))
        self.assertEqual(len(calls.agent_id), 3)
        self.assertTrue(all(call.vehicle_id for call in calls if call.vin))
        self._check_return_rate(calls)
        self._check_review(calls)
        again = self._upload("accident_call", self._sample(SAMPLE), SAMPLE, self.agent)
        again.action_import()
        self.assertEqual(
            self.su_env["dealer.accident.call"].search_count(
                [("company_id", "=", self.company.id)]
            ),
            len(calls),
        )

    def _check_return_rate(self, calls):
        text = (sample_folder() / "truth_kpi.json").read_text(encoding="utf-8")
        truth = json.loads(text)["K21_return_rate"]
        engine = self.su_env["dealer.kpi.engine"]
        args = (self.company, date(2026, 1, 1), date(2026, 10, 31))
        found = {
            month.strftime("%Y-%m"): pair
            for (month,), pair in engine._kpi_k21(*args, ("month",)).items()
        }
        self.assertEqual(
            found,
            {
                month: (line["returned_30d"], line["accidents"])
                for month, line in truth["by_month"].items()
            },
        )
        counts = engine._call_counts(*args, ("month",), {}, "calls")
        self.assertEqual(
            {month.strftime("%Y-%m"): count for (month,), (count,) in counts.items()},
            {month: line["calls"] for month, line in truth["by_month"].items()},
        )
        reasons = engine._kpi_k23(*args, ("not_returned",))
        codes = {
            self.su_env["dealer.reason.code"].browse(key).code: pair
            for (key,), pair in reasons.items()
        }
        wanted = truth["not_returned_by_reason"]
        self.assertEqual(
            codes,
            {code: (count, sum(wanted.values())) for code, count in wanted.items()},
        )
        pending = calls.filtered(lambda call: call.outcome == "open")
        self.assertEqual(
            len(pending), sum(line["pending"] for line in truth["by_month"].values())
        )
        self.assertTrue(all(pending.mapped("next_follow_at")))
        # K24: September 17 of 32 against August 17 of 25
        change = engine._kpi_k24(self.company, date(2026, 9, 1), date(2026, 9, 30))
        self.assertAlmostEqual(change[()][0], 17 / 32 - 17 / 25, 9)
        pushed = calls.filtered(lambda call: call.source == "insurer_push")
        self.assertEqual(
            engine._kpi_k22(*args)[()],
            (
                len(pushed.filtered(lambda call: call.outcome == "returned")),
                len(pushed),
            ),
        )
        # the drill-down shows the cars of the numerator
        action = engine._kpi_k21_action(
            self.company, date(2026, 9, 1), date(2026, 9, 30), "numerator"
        )
        self.assertEqual(len(calls.search(action["domain"])), 17)

    def _check_review(self, calls):
        review = (
            self.env["dealer.review"]
            .with_user(self.leader)
            .with_company(self.company)
            .create(
                {
                    "kind": "return_to_store",
                    "date_from": date(2026, 9, 1),
                    "company_id": self.company.id,
                }
            )
        )
        figures = {line.code: line for line in review.figure_ids}
        self.assertEqual(figures["calls"].value, 36)
        self.assertEqual(figures["accidents"].value, 32)
        self.assertEqual(figures["returned"].value, 17)
        self.assertAlmostEqual(figures["return_rate"].value, 17 / 32, 5)
        self.assertAlmostEqual(figures["change_month"].value, 17 / 32 - 17 / 25, 5)
        self.assertFalse(figures["change_year"].is_known)
        rows = review.frozen["rows"] if "rows" in review.frozen else None
        if rows:
            stayed = calls.filtered(
                lambda call: (
                    call.outcome == "not_returned"
                    and call.call_at.strftime("%Y-%m") == "2026-09"
                )
            )
            self.assertEqual(len(rows["missing"]), len(stayed))

    def test_other_words(self):
        """Shuffled and reworded columns, as workbook and as text in another code."""
        header, *lines = self._lines()
        order = list(range(len(header)))
        random.Random(5).shuffle(order)
        title = [REWORDED.get(header[index], header[index]) for index in order]
        rows = [["事故电话登记"], title]
        rows += [[line[index] or None for index in order] for line in lines]
        # one line above the header: every row moves down by one
        place = {number: number + 1 for number in range(2, len(lines) + 2)}
        run = self._upload(
            "accident_call", make_book({"登记": rows}), "calls.xlsx", self.agent
        )
        found = {item for item in self._codes(run) if item[2] != "date_text"}
        expected = {
            item for item in self._expected(place=place) if item[2] != "date_text"
        }
        self.assertEqual(found, expected)
        stream = io.StringIO()
        csv.writer(stream).writerows(
            [["" if cell is None else cell for cell in row] for row in rows[1:]]
        )
        run = self._upload(
            "accident_call",
            stream.getvalue().encode("gb18030"),
            "calls.csv",
            self.agent,
        )
        self.assertEqual(self._codes(run), self._expected())

    def test_wrong_post(self):
        clerk_kinds = self.env["dealer.import.kind"].with_user(self.clerk)
        self.assertFalse(clerk_kinds._kind_models()["accident_call"]._kind_allowed())
        kind = self.env["dealer.import.kind.accident_call"].with_user(self.agent)
        self.assertTrue(kind._kind_allowed())

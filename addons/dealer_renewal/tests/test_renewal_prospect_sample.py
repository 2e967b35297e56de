"""Acceptance on the sample list of prospects: every problem found, none invented."""

import io
import random

import openpyxl

from odoo.tests import tagged

from odoo.addons.dealer_insurance.tests.import_common import (
    LEDGER_SAMPLE,
    ImportCommon,
    make_book,
)

PROSPECT_SAMPLE = "续保潜客_2026-11.xlsx"
KIND = "renewal_prospect"
#: One family on a VIN, as in the tests of the other files.
VIN_BLANKS = {"vin_space", "trailing_space"}
REWORDED = {
    "VIN": "车架号",
    "车牌": "车牌号码",
    "车型": "品牌型号",
    "上牌日期": "初登日期",
    "车主": "客户姓名",
    "手机": "联系电话",
    "投保类型": "续保类型",
    "去年保险公司": "上年承保公司",
    "交强到期日": "交强险终保日期",
    "商业到期日": "商业险终保日期",
    "去年保费": "上年总保费",
    "险种组合": "承保险种",
    "去年本店维修次数": "进厂次数",
    "负责人": "续保专员",
    "服务顾问": "售后顾问",
}


@tagged("post_install", "-at_install", "dealer_sample")
class TestProspectSample(ImportCommon):
    def setUp(self):
        super().setUp()
        self.content = self._sample(PROSPECT_SAMPLE)
        self.agent_user = self._user("renewal_agent")

    def _ledger(self):
        run = self._upload("ledger", self._sample(LEDGER_SAMPLE), LEDGER_SAMPLE)
        self._correct(run, self._corrections(LEDGER_SAMPLE))
        self._accept_facts(run)
        run.action_check()
        run.action_import()
        self.assertEqual(run.state, "done")

    def _corrections(self, name):
        return {
            (line["sheet"], int(line["row_no"]), line["field_key"]): line["clean_value"]
            for line in self._truth(name)
            if line["kind"] == "typing"
            and line["problem"] not in ("duplicate_row", "subtotal_mismatch")
            and line["clean_value"]
        }

    def _expected(self, place=None, left_out=()):
        return {
            (
                *(
                    place[int(line["row_no"])]
                    if place
                    else (line["sheet"], int(line["row_no"]))
                ),
                line["field_key"],
                line["problem"],
            )
            for line in self._truth(PROSPECT_SAMPLE)
            if line["problem"] not in left_out
        }

    @staticmethod
    def _families(problems):
        return {
            (*where, field, "vin_blank")
            if field == "vin" and code in VIN_BLANKS
            else (*where, field, code)
            for *where, field, code in problems
        }

    def _read(self, content, name=PROSPECT_SAMPLE):
        return self._upload(KIND, content, name, user=self.agent_user)

    def test_all(self):
        """One import of the ledger, then the list as it is and in other shapes."""
        self._ledger()
        run = self._read(self.content)
        self._check_problems(run)
        self._check_reworded()
        self._check_small()
        self._check_import(run)
        self._check_again(run)
        self._check_cohort()

    def _check_problems(self, run):
        self.assertEqual(
            self._families(self._problems(run)), self._families(self._expected())
        )
        self.assertEqual(
            self._problems(run, "error"),
            {
                (line["sheet"], int(line["row_no"]), line["field_key"], line["problem"])
                for line in self._truth(PROSPECT_SAMPLE)
                if line["severity"] == "error"
            },
        )
        headers = {
            (int(line["row_no"]), line["field_key"]): line["field"]
            for line in self._truth(PROSPECT_SAMPLE)
        }
        for problem in run.problem_ids.filtered("row_id"):
            self.assertEqual(problem.header, headers[problem.row_no, problem.field_key])
        # what would be right is suggested where we know it
        right = {
            (int(line["row_no"]), line["field_key"]): line["clean_value"]
            for line in self._truth(PROSPECT_SAMPLE)
            if line["problem"] in ("expiry_conflict_ledger", "expiry_in_past")
        }
        self.assertEqual(
            {
                (problem.row_no, problem.field_key): problem.suggestion
                for problem in run.problem_ids
                if problem.code in ("expiry_conflict_ledger", "expiry_in_past")
            },
            right,
        )

    def _table(self):
        book = openpyxl.load_workbook(io.BytesIO(self.content), data_only=True)
        return [list(row) for row in book.active.iter_rows(values_only=True)]

    def _check_reworded(self):
        """Title above, other words, other order of columns, a note below."""
        head, *lines = self._table()
        order = list(range(len(head)))
        random.Random(5).shuffle(order)
        rows = [
            ["十一月续保潜客名单"],
            [],
            [REWORDED.get(head[i], head[i]) for i in order],
        ]
        place = {}
        for number, line in enumerate(lines, 2):
            rows.append([line[i] for i in order])
            place[number] = ("名单", len(rows))
        rows.append(["制表：", None, "审核："])
        run = self._read(make_book({"名单": rows}), "other.xlsx")
        self.assertEqual(
            self._families(self._problems(run)), self._families(self._expected(place))
        )

    def _check_small(self):
        """A few lines, with today as the only measure of a wrong year."""
        head, *lines = self._table()
        wrong = next(
            line for line in lines if line[13] and "2026-01-12" in str(line[13])
        )
        run = self._read(make_book({"A": [head, lines[0], wrong]}), "small.xlsx")
        self.assertEqual(self._problems(run), {("A", 3, "comm_end", "expiry_in_past")})

    def _check_import(self, run):
        self._correct(run, self._corrections(PROSPECT_SAMPLE))
        run.action_check()
        self.assertFalse(
            run.problem_ids.filtered(
                lambda item: item.severity == "error" and item.state == "open"
            ).mapped("reason")
        )
        run.action_import()
        self.assertEqual(run.state, "done")
        self.assertFalse(run.row_ids.filtered("error_text").mapped("error_text"))
        prospects = self.env["dealer.renewal.prospect"].search(
            [("company_id", "=", self.company.id)]
        )
        # 396 lines, 9 of them second copies
        copies = [
            line
            for line in self._truth(PROSPECT_SAMPLE)
            if line["problem"] == "duplicate_row"
        ]
        self.assertEqual(len(prospects), 396 - len(copies))
        self.assertTrue(all(prospects.mapped("vehicle_id")))
        self.assertTrue(all(prospects.mapped("expiry_date")))
        self.assertEqual(set(prospects.mapped("agent_id.post")), {"renewal_agent"})
        one = prospects.filtered(lambda p: p.vin == "LGBL22E02ME128656")
        self.assertEqual(
            (
                one.plate,
                one.owner_name,
                one.phone,
                one.last_premium,
                one.times_insured,
                one.repairs_last_year,
                one.repair_value_last_year,
                one.grade,
                one.intention,
                one.is_financed,
                str(one.expiry_date),
                one.insurer_id.insurer_code,
                one.agent_id.name,
                one.advisor_id.name,
            ),
            (
                "粤Y75050",
                "杨丽薇",
                "17810618061",
                1975.57,
                1,
                3,
                1290.0,
                "b",
                "a",
                True,
                "2026-12-26",
                self.env["res.partner"]._find_insurer("平安产险").insurer_code,
                "关婉婷",
                "麦国华",
            ),
        )

    def _check_again(self, run):
        """The same list again changes nothing."""
        Prospect = self.env["dealer.renewal.prospect"]
        domain = [("company_id", "=", self.company.id)]
        before = Prospect.search(domain).read(["write_date", "phone", "expiry_date"])
        again = self._read(self.content)
        self._correct(again, self._corrections(PROSPECT_SAMPLE))
        again.action_check()
        again.action_import()
        self.assertEqual(
            Prospect.search(domain).read(["write_date", "phone", "expiry_date"]), before
        )
        self.assertFalse(Prospect.search(domain).conflict_ids)

    def _check_cohort(self):
        """Own cars by their policy, the others as lapsed or never insured."""
        Cohort = self.su_env["dealer.renewal.cohort"]
        cohort = Cohort._build(self.company, "2026-12-01")
        self.assertEqual(len(cohort.own_due_ids), 50)
        prospects = self.env["dealer.renewal.prospect"].search(
            [
                ("company_id", "=", self.company.id),
                ("expiry_date", ">=", "2026-12-01"),
                ("expiry_date", "<=", "2026-12-31"),
                ("declared_segment", "in", ("潜转续", "间转续")),
            ]
        )
        self.assertEqual(cohort.prospect_due_ids.prospect_id & prospects, prospects)
        words = {"潜转续": "prospect_to_renewal", "间转续": "lapsed_back"}
        for due in cohort.prospect_due_ids.filtered(
            lambda due: due.prospect_id in prospects
        ):
            self.assertEqual(due.segment, words[due.prospect_id.declared_segment])

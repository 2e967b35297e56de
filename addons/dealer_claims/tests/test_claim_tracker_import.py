"""The claim tracker line by line: checks, what is created, hostile values, rights."""

from datetime import date

from odoo.exceptions import AccessError
from odoo.tests import tagged

from odoo.addons.dealer_insurance.tests.import_common import make_book

from ..tools.tracker_checks import title_day, wrong_days
from .tracker_common import HEADER, TrackerCommon

TITLE = ["理赔电子动态表（截至2026-10-31）"]


@tagged("post_install", "-at_install")
class TestClaimTrackerImport(TrackerCommon):
    def _run(self, *lines, title=TITLE):
        rows = [title, HEADER, *lines] if title else [HEADER, *lines]
        return self._upload(
            "claim_tracker", make_book({"表": rows}), user=self.submitter
        )

    def _claims(self):
        return self.env["dealer.claim"].search([("company_id", "=", self.company.id)])

    def _found(self, **cells):
        """(field, code) of the problems of one line."""
        run = self._run(self._line(**cells))
        return {item[1:] for item in self._codes(run)}

    # -- checks -----------------------------------------------------------------

    def test_clean_line(self):
        self.assertEqual(self._found(), set())

    def test_date_order(self):
        """The day that contradicts most others is the wrong one."""
        found = self._found(递交日="2025-12-20", 回款日="2026-02-10")
        self.assertEqual(found, {("submit_date", "date_order")})
        # Of two that contradict each other only, the later step.
        self.assertEqual(self._found(核赔日="2026-02-11"), {("paid_on", "date_order")})
        # A car may leave the store after its papers were submitted.
        self.assertEqual(self._found(离店日="2026-01-18"), set())

    def test_wrong_days(self):
        days = {"audit_date": date(2026, 3, 5), "submit_date": date(2026, 2, 9)}
        self.assertEqual(wrong_days(days), ["submit_date"])
        self.assertEqual(wrong_days({"paid_on": date(2026, 1, 1)}), [])

    def test_difference(self):
        self.assertEqual(
            self._found(实际回款=4000, 差额=100), {("diff", "difference_wrong")}
        )
        self.assertEqual(self._found(实际回款=4000, 差额=-100), set())
        self.assertEqual(self._found(实际回款=4000, 差额=None), set())

    def test_paid_without_date(self):
        self.assertEqual(self._found(回款日=None), {("paid_on", "paid_without_date")})

    def test_overdue_days(self):
        """Due 30 days after the submission; paid 2026-02-25 is 10 days late."""
        late = {"回款日": "2026-02-25", "结案日": "2026-02-26"}
        self.assertEqual(self._found(**late, 逾期天数=10), set())
        self.assertEqual(
            self._found(**late, 逾期天数=11), {("overdue_days", "overdue_days_wrong")}
        )
        unpaid = {"回款日": None, "结案日": None, "实际回款": None, "差额": None}
        # 2026-02-15 to 2026-10-31
        self.assertEqual(self._found(**unpaid, 逾期天数=258), set())
        self.assertEqual(self._found(**unpaid, 当前状态="拒赔", 逾期天数=0), set())

    def test_agreement_sets_the_days(self):
        agreement = self.su_env["dealer.agreement"].search(
            [
                ("company_id", "=", self.company.id),
                ("insurer_id", "=", self.insurers[:1].id),
            ]
        )
        agreement.settlement_days = 10
        late = {"回款日": "2026-02-25", "结案日": "2026-02-26"}
        self.assertEqual(self._found(**late, 逾期天数=30), set())
        run = self._run(self._line(**late, 逾期天数=30))
        run.action_import()
        claim = self._claims()
        self.assertEqual(claim.payment_due_on, date(2026, 1, 26))
        self.assertEqual(claim.overdue_days, 30)

    def test_title_day(self):
        self.assertEqual(title_day(["截至2026年10月31日"]), date(2026, 10, 31))
        self.assertIsNone(title_day(["截至2026-13-45", "台账"]))

    def test_as_of_without_title(self):
        """Unpaid cases tell among themselves when the list was written."""
        unpaid = {"回款日": None, "结案日": None, "实际回款": None, "差额": None}
        lines = [
            self._line(**unpaid, 案件号=f"LP26-{i}", 报案号=f"R{i}", 逾期天数=258)
            for i in range(4)
        ]
        wrong = self._line(**unpaid, 案件号="LP26-9", 报案号="R9", 逾期天数=200)
        run = self._run(*lines, wrong, title=None)
        self.assertEqual(self._codes(run), {(6, "overdue_days", "overdue_days_wrong")})

    def test_unknown_insurer_and_hostile_values(self):
        found = self._found(保险公司="火星保险")
        self.assertEqual(found, {("insurer", "unknown_insurer")})
        self.assertIn(("assessed", "not_a_number"), self._found(定损金额="一些"))
        self.assertIn(("submit_date", "not_a_date"), self._found(递交日="昨天"))
        self.assertTrue(self._found(车架号="=1+1"))
        run = self._run(
            self._line(被保险人="<script>alert(1)</script>", 当前状态="' OR 1=1 --")
        )
        run.action_import()
        self.assertEqual(run.state, "done")
        self.assertEqual(self._claims().partner_id.name, "<script>alert(1)</script>")

    # -- records ----------------------------------------------------------------

    def test_closed_case(self):
        run = self._run(
            self._line(退案次数=2, 最近退案日="2026-01-20", 退案原因="缺事故证明")
        )
        run.action_import()
        claim = self._claims()
        self.assertEqual(claim.name, "LP26-0001")
        self.assertEqual(claim.state, "closed")
        self.assertEqual(claim.vehicle_id.plate, "粤EU570E")
        self.assertEqual(claim.vehicle_id.owner_id, claim.partner_id)
        self.assertEqual(claim.liability, "70")
        self.assertEqual(claim.receptionist_id.name, "叶永康")
        self.assertEqual(claim.submitter_id.name, "余秀兰")
        self.assertEqual(
            self.company._dealer_local_day(claim.audited_at), date(2026, 1, 14)
        )
        self.assertEqual(claim.submitted_on, date(2026, 1, 16))
        self.assertEqual(claim.payment_due_on, date(2026, 2, 15))
        self.assertEqual(claim.approved_on, date(2026, 1, 25))
        self.assertEqual(claim.insurer_paid_on, date(2026, 2, 10))
        self.assertEqual(claim.insurer_received, 4100)
        self.assertEqual(claim.self_paid, 400)
        self.assertEqual((claim.return_count, claim.is_returned), (2, False))
        self.assertEqual(claim.last_return_reason_id.code, "RC-01")
        self.assertFalse(claim.document_ids)

    def test_open_returned_and_rejected_cases(self):
        unpaid = {
            "回款日": None,
            "结案日": None,
            "核赔日": None,
            "实际回款": None,
            "差额": None,
            "逾期天数": None,
        }
        run = self._run(
            self._line(
                **unpaid, 退案次数=1, 最近退案日="2026-01-20", 当前状态="退案补件"
            ),
            self._line(
                **unpaid,
                案件号="LP26-2",
                报案号="R2",
                车架号="LGBH52E00SZ105055",
                当前状态="拒赔",
            ),
        )
        run.action_import()
        returned, rejected = self._claims().sorted("name", reverse=False)
        self.assertTrue(returned.is_returned)
        self.assertEqual(returned.paper_step, "correct")
        self.assertEqual(rejected.rejected_on, date(2026, 1, 23))
        self.assertEqual(rejected.paper_step, "decide")
        # The way back works for history too.
        rejected.with_user(self.submitter).rejection_ids.action_return("They agree")
        self.assertFalse(rejected.rejected_on)
        self.assertEqual(rejected.paper_step, "chase_approve")

    def test_call_of_the_hotline(self):
        """By report number, else by car and day."""
        Call = self.su_env["dealer.accident.call"]
        vehicle = self.su_env["dealer.vehicle"].create(
            {"vin": "LGBG02E00GZ125842", "company_id": self.company.id}
        )
        base = {"company_id": self.company.id, "phone": "15502497599"}
        by_number, by_car = Call.create(
            [
                {
                    **base,
                    "report_no": "9506000026735426808",
                    "accident_at": "2026-01-01 02:00:00",
                },
                {
                    **base,
                    "vehicle_id": vehicle.id,
                    "accident_at": "2026-05-02 02:00:00",
                },
            ]
        )
        later = {
            "案件号": "LP26-2",
            "报案号": "R2",
            "出险日": "2026-05-01",
            **dict.fromkeys(HEADER[12:23]),
            "预计回款": None,
            "实际回款": None,
            "差额": None,
            "当前状态": "维修中",
        }
        run = self._run(self._line(), self._line(**later))
        run.action_import()
        first, second = self._claims().sorted("name")
        self.assertEqual(first.call_id, by_number)
        self.assertEqual(second.call_id, by_car)

    def test_posts(self):
        """Only who keeps the tracker may import it."""
        receptionist = self._user("claim_receptionist")
        with self.assertRaises(AccessError):
            self._upload(
                "claim_tracker",
                make_book({"表": [HEADER, self._line()]}),
                user=receptionist,
            )

    def test_constant_queries(self):
        """The number of statements does not grow with the lines."""
        counts = []
        for size in (10, 40):
            lines = [
                self._line(案件号=f"S{size}-{i}", 报案号=f"S{size}R{i}")
                for i in range(size)
            ]
            run = self._run(*lines)
            before = self.env.cr.sql_log_count
            run.action_import()
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
            self.assertEqual(run.state, "done")
        self.assertLess(counts[1], counts[0] * 1.6)

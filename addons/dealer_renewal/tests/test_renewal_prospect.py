import base64
import io
from datetime import date, timedelta

import openpyxl

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.dealer_insurance.tests.import_common import make_book
from odoo.addons.dealer_insurance.tests.underwriting_common import make_vin

from .renewal_common import RenewalCommon

HEAD = ["VIN", "车牌", "车主", "手机", "交强到期日", "商业到期日", "负责人"]


@tagged("post_install", "-at_install")
class TestRenewalProspect(RenewalCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.soon = cls.today + timedelta(days=60)

    def _import(self, *lines, user=None):
        content = make_book({"A": [HEAD, *lines]})
        run = (
            self.env["dealer.import"]
            .with_user(user or self.renewal)
            .create(
                {
                    "kind": "renewal_prospect",
                    "file": base64.b64encode(content),
                    "file_name": f"list{len(content)}.xlsx",
                    "company_id": self.company.id,
                }
            )
        )
        run.action_read()
        run.action_check()
        run.action_import()
        self.assertEqual(run.state, "done")
        self.assertFalse(run.row_ids.filtered("error_text").mapped("error_text"))
        return run

    def _prospects(self):
        return self.env["dealer.renewal.prospect"].search(
            [("company_id", "=", self.company.id)], order="id"
        )

    def test_matching(self):
        """By VIN, then by plate; a new VIN makes the car; nothing known makes none."""
        by_vin = self._vehicle()
        by_plate = self._vehicle(plate="粤A11111")
        new = make_vin(700001)
        self._import(
            [by_vin.vin, "粤A22222", "A", "13800000001", None, self.soon, None],
            [None, "粤A11111", "B", "13800000002", self.soon, None, None],
            [new, "粤A33333", "C", "13800000003", None, self.soon, "Zhang San"],
            [None, "粤A44444", "D", None, None, self.soon, None],
        )
        first, second, third, fourth = self._prospects()
        self.assertEqual(first.vehicle_id, by_vin)
        # a gap of the master is filled
        self.assertEqual(by_vin.plate, "粤A22222")
        self.assertEqual(second.vehicle_id, by_plate)
        self.assertEqual(second.expiry_date, self.soon)
        self.assertEqual(
            (third.vehicle_id.vin, third.agent_id.name), (new, "Zhang San")
        )
        self.assertFalse(fourth.vehicle_id)
        self.assertEqual(fourth.missing_text, "telephone, VIN")
        self.assertTrue(fourth.is_incomplete)
        self.assertFalse((first | second | third).filtered("is_incomplete"))
        # the VIN that somebody finds out later
        fourth.with_user(self.renewal).write(
            {"vin": make_vin(700002).lower(), "phone": "13800000004"}
        )
        self.assertEqual(fourth.vehicle_id.vin, make_vin(700002))
        self.assertFalse(fourth.is_incomplete)

    def test_merging(self):
        """Where ours is empty the list wins; where both speak, somebody decides."""
        vehicle = self._vehicle()
        ours = self._prospect(
            self.soon, vehicle=vehicle, phone=False, owner_name="Old Name"
        )
        day = self.soon + timedelta(days=5)
        self._import([vehicle.vin, None, "New Name", "13800000009", None, day, None])
        self.assertEqual(self._prospects(), ours)
        self.assertEqual(ours.phone, "13800000009")
        self.assertEqual((ours.owner_name, ours.expiry_date), ("Old Name", self.soon))
        conflicts = {line.field_name: line for line in ours.conflict_ids}
        self.assertIn("owner_name", conflicts)
        self.assertIn("commercial_end", conflicts)
        self.assertEqual(
            (conflicts["owner_name"].ours, conflicts["owner_name"].theirs),
            ("Old Name", "New Name"),
        )
        ours.invalidate_recordset()
        conflicts["commercial_end"].with_user(self.renewal).action_take()
        self.assertEqual((ours.commercial_end, ours.expiry_date), (day, day))
        conflicts["owner_name"].with_user(self.renewal).action_keep()
        self.assertEqual(ours.owner_name, "Old Name")
        with self.assertRaises(UserError):
            conflicts["owner_name"].with_user(self.renewal).action_take()
        with self.assertRaises(UserError):
            conflicts["owner_name"].with_user(self.renewal).write({"state": "open"})

    def test_next_year(self):
        """The list of the next year renews the days of cover without a question."""
        vehicle = self._vehicle()
        ours = self._prospect(self.soon, vehicle=vehicle)
        day = self.soon + timedelta(days=365)
        self._import([vehicle.vin, None, "Prospect", "13800000000", None, day, None])
        self.assertEqual(ours.expiry_date, day)
        self.assertFalse(
            ours.conflict_ids.filtered(lambda c: c.field_name.endswith("_end"))
        )

    def test_given_up(self):
        prospect = self._prospect(date(2027, 3, 10)).with_user(self.renewal)
        with self.assertRaises(UserError):
            prospect.write({"active": False})
        self.assertEqual(prospect.action_drop()["res_model"], "dealer.return.wizard")
        prospect.action_drop("Sold")
        self.assertFalse(prospect.active)
        self.assertEqual(prospect.drop_reason, "Sold")
        self.assertFalse(self._build(date(2027, 3, 1)).due_ids)
        prospect.action_take_up()
        self.assertTrue(prospect.active)
        cohort = self._build(date(2027, 3, 1))
        self.assertEqual(cohort.due_ids.prospect_id, prospect)
        self.assertEqual(cohort.due_ids.added_reason, "new_prospect")
        with self.assertRaises(UserError):
            prospect.unlink()

    def test_rights(self):
        prospect = self._prospect(self.soon)
        with self.assertRaises(AccessError):
            prospect.with_user(self.clerk).write({"phone": "1"})
        with self.assertRaises(AccessError):
            prospect.with_user(self.cashier).unlink()
        with self.assertRaises(UserError):
            prospect.with_user(self.renewal).write({"source": "import"})
        other = self._prospect(self.soon, company=self.company_2)
        self.assertFalse(
            self.env["dealer.renewal.prospect"]
            .with_user(self.renewal)
            .search([("id", "=", other.id)])
        )

    def test_fifty_lines(self):
        """Statements do not grow with the lines of a list."""
        costs = []
        for first, count in ((710000, 5), (720000, 50)):
            lines = [
                [
                    make_vin(first + number),
                    None,
                    f"Owner {first + number}",
                    f"139{first + number:08d}",
                    None,
                    self.soon,
                    "Li Si",
                ]
                for number in range(count)
            ]
            before = self.env.cr.sql_log_count
            self._import(*lines)
            costs.append(self.env.cr.sql_log_count - before)
        # numbers of the sequence and tracking aside: less than six a line
        self.assertLess(costs[1] - costs[0], 45 * 6)


@tagged("post_install", "-at_install")
class TestRenewalTarget(RenewalCommon):
    def test_progress(self):
        month = self.today.replace(day=1)
        Target = self.env["dealer.renewal.target"].with_user(self.manager)
        store, own, none = Target.create(
            [
                {
                    "month": month + timedelta(days=3),
                    "company_id": self.company.id,
                    "car_target": 4,
                    "premium_target": 10000.0,
                    "rate_target": 0.5,
                },
                {
                    "month": month,
                    "company_id": self.company.id,
                    "agent_id": self.agent.id,
                    "car_target": 2,
                },
                {
                    "month": month,
                    "company_id": self.company.id,
                    "agent_id": self.agent_2.id,
                    "rate_target": 0.8,
                },
            ]
        )
        self.assertEqual(store.month, month)
        old = self._policy(month + timedelta(days=4))
        self._policy(month + timedelta(days=5), agent=self.agent_2)
        self._policy(
            month + timedelta(days=369),
            start=month + timedelta(days=5),
            issued=month,
            vehicle=old.vehicle_id,
            business="new_to_renewal",
            premium=(1000.0, 4000.0),
        )
        self._build(month)
        self.env.invalidate_all()
        elapsed = 100 * store._elapsed()
        self.assertEqual((store.car_actual, store.premium_actual), (1, 5000.0))
        self.assertEqual((store.car_share, store.premium_share), (25.0, 50.0))
        self.assertEqual((store.rate_actual, store.rate_share), (0.5, 100.0))
        self.assertAlmostEqual(store.progress_gap, 25.0 - elapsed)
        self.assertEqual((own.car_actual, own.car_share), (1, 50.0))
        self.assertEqual(own.rate_actual, 1.0)
        self.assertEqual((none.car_actual, none.rate_actual), (0, 0.0))
        action = own.action_view_renewals()
        found = self.env[action["res_model"]].search(action["domain"])
        self.assertEqual(len(found), 1)
        with self.assertRaises(AccessError):
            own.with_user(self.renewal).write({"car_target": 1})

    def test_time_elapsed(self):
        target = self.env["dealer.renewal.target"].create(
            {
                "month": date(2027, 4, 1),
                "company_id": self.company.id,
                "car_target": 10,
            }
        )
        for day, share in (("2027-03-31", 0), ("2027-04-15", 50), ("2027-05-02", 100)):
            self.assertEqual(
                target.with_context(dealer_as_of=day).elapsed_share, share, day
            )


@tagged("post_install", "-at_install")
class TestRenewalReport(RenewalCommon):
    def test_print_and_workbook(self):
        due = self._due(date(2027, 3, 10))
        self._prospect(date(2027, 3, 11), owner_name="=cmd()", insurer_text="Elsewhere")
        self._build(date(2027, 3, 1))
        cohort = due.cohort_id.with_user(self.renewal)
        Report = self.env["ir.actions.report"].with_user(self.renewal)
        html = Report._render_qweb_html(
            "dealer_renewal.report_renewal_due", cohort.ids
        )[0].decode()
        self.assertIn(due.vin, html)
        self.assertIn("Elsewhere", html)
        content, kind = Report._render_xlsx(
            "dealer_renewal.renewal_due_xlsx", cohort.ids, {}
        )
        self.assertEqual(kind, "xlsx")
        book = openpyxl.load_workbook(io.BytesIO(content))
        self.assertEqual(book.worksheets[0].cell(4, 1).value, due.vin)
        cell = book.worksheets[1].cell(4, 4)
        self.assertEqual((cell.value, cell.data_type), ("=cmd()", "s"))


@tagged("post_install", "-at_install")
class TestRenewalFollow(RenewalCommon):
    def test_cohort_rates_of_lapsed_and_prospects(self):
        """K08–K11 with figures worked out by hand."""
        lapsed = self._policy(date(2026, 3, 20), premium=(900.0, 1100.0))
        never = self._prospect(date(2027, 3, 5), repairs_last_year=1)
        self._prospect(date(2027, 3, 6))
        own = self._policy(date(2027, 3, 10), premium=(1000.0, 3000.0))
        self._policy(date(2027, 3, 11), premium=(1000.0, 1000.0))
        cohort = self._build(date(2027, 3, 1))
        self.assertEqual(len(cohort.due_ids), 5)
        for vehicle, start, business in (
            (lapsed.vehicle_id, date(2027, 3, 21), "lapsed_back"),
            (never.vehicle_id, date(2027, 3, 6), "prospect_to_renewal"),
            (own.vehicle_id, date(2027, 3, 11), "new_to_renewal"),
        ):
            self._policy(
                start + timedelta(days=364),
                start=start,
                issued=self.today - timedelta(days=1),
                vehicle=vehicle,
                business=business,
                premium=(950.0, 2050.0),
            )
        engine = self.su_env["dealer.kpi.engine"]
        first, last = date(2027, 3, 1), date(2027, 3, 31)
        for function, expected in (
            ("k04", (1, 2)),
            ("k08", (1, 1)),
            ("k09", (1, 1)),
            ("k11", (3000.0, 6000.0)),
            ("k13", (0, 2)),
        ):
            figures = getattr(engine, f"_kpi_{function}")(self.company, first, last)
            self.assertEqual(figures[()], expected, function)
        # K10: issued in the period ÷ everything due in it
        month = self.today.replace(day=1)
        issued = engine._kpi_k10(self.company, month, self.today)[()]
        self.assertEqual(issued[0], 3)
        self.assertEqual(engine._kpi_k10(self.company, first, last)[()], (0, 5))
        by_agent = engine._kpi_k04(self.company, first, last, ("agent",))
        self.assertEqual(by_agent, {(self.agent.id,): (1, 2)})

    def test_follow_up(self):
        """K14: three effective contacts until T−15, the first one until T−45."""
        expiry = self.today - timedelta(days=5)
        dues = [self._due(expiry) for _number in range(2)]
        tasks = self.su_env["dealer.renewal.task"]._create_tasks(
            [
                {
                    "company_id": self.company.id,
                    "vehicle_id": due.vehicle_id.id,
                    "partner_id": self.applicant.id,
                    "expiry_date": expiry,
                    "segment": "new_to_renewal",
                }
                for due in dues
            ]
        )
        vals_list = []
        for due, task, days in zip(
            dues, tasks, ((50, 30, 15), (44, 30, 14)), strict=True
        ):
            due._write_protected({"task_id": task.id})
            vals_list += [
                {
                    "task_id": task.id,
                    "contacted_at": self._moment(expiry - timedelta(days=before)),
                    "method": "call",
                    "result": "think",
                    "answered": True,
                    "feedback": "Will think about it",
                }
                for before in days
            ]
        # a call that nobody took does not count
        vals_list.append({**vals_list[-1], "answered": False, "feedback": False})
        self.su_env["dealer.renewal.contact"]._sudo_append(vals_list)
        engine = self.su_env["dealer.kpi.engine"]
        period = (self.company, expiry, expiry)
        self.assertEqual(engine._kpi_k14(*period)[()], (1, 2))
        self.assertEqual(engine._kpi_k14_first(*period)[()], (1, 2))
        action = engine._kpi_k14_action(*period, "numerator")
        found = self.env[action["res_model"]].search(action["domain"])
        self.assertEqual(found.due_id, dues[0])

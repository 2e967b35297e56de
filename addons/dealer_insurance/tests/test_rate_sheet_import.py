"""Rate sheets as files: the sample of a store, and sheets of other shapes."""

from datetime import date

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .import_common import ImportCommon, make_book

SAMPLE = "费率表_2026-10.xlsx"
# Model, energy, seats, price, annual-tax litres in the name
CARS = [
    ("远行 1.6L 标准型", "汽油", 5, 100000, 90),
    ("远行 1.6L 尊贵型 七座", "汽油", 7, 130000, 90),
    ("电驰 500", "纯电动", 5, 150000, 0),
]
PLANS = [
    ("基本方案", "三者100万+司乘1万*5", 1000.0),
    ("舒适方案", "车损+三者200万+司乘1万*5", 2500.0),
    ("全面方案", "车损+三者300万+司乘2万*5+医保外", 3000.0),
]
TITLE = ["2026年10月新车保费报价表"]
PERIOD = ["有效期：2026-10-01 至 2026-10-31  发布：王小美  版本：V2"]


def sheet_rows(insurers, plans=PLANS, cars=CARS):
    """Lines of a sheet: dict of what stands in it."""
    rows = []
    for model, energy, seats, price, tax in cars:
        for plan, covers, standard in plans:
            if energy == "纯电动":
                covers = "新能源" + covers.replace("+三者", "+新能源三者", 1)
            ctpl = 1100 if seats >= 6 else 950
            row = {
                "车型": model,
                "能源类型": energy,
                "座位": seats,
                "购置价": price,
                "方案": plan,
                "险种组合": covers,
                "交强险": ctpl,
                "车船税": tax,
                "标准保费": standard,
            }
            for insurer, factor in insurers.items():
                premium = round(standard * factor, 2)
                row[insurer] = (premium, round(premium + ctpl + tax, 2))
            rows.append(row)
    return rows


def wide_book(insurers, rows, order=None, title=TITLE, period=PERIOD):
    """Two-level header, insurers side by side."""
    plain = order or [key for key in rows[0] if key not in insurers]
    upper, lower = list(plain), [None] * len(plain)
    for insurer in insurers:
        upper += [insurer, None]
        lower += ["商业险", "合计"]
    lines = [
        [row[key] for key in plain]
        + [value for insurer in insurers for value in row[insurer]]
        for row in rows
    ]
    return make_book({"费率": [title, period, upper, lower, *lines]})


INSURERS = {"人保财险": 1.05, "太平洋产险": 1.02, "平安产险": 1.08}


@tagged("post_install", "-at_install")
class TestRateSheetImport(ImportCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        bands = [(0, 1.0, 180), (1.0, 1.6, 360), (1.6, 2.0, 420), (2.0, 2.5, 720)]
        cls.su_env["dealer.tax.band"].create(
            [
                {
                    "name": f"{low}-{high}",
                    "company_id": cls.company.id,
                    "energy": "fuel",
                    "displacement_from": low,
                    "displacement_to": high,
                    "annual": annual,
                    "date_from": "2020-01-01",
                }
                for low, high, annual in bands
            ]
            + [
                {
                    "name": "NEV",
                    "company_id": cls.company.id,
                    "energy": "nev",
                    "annual": 0,
                    "date_from": "2020-01-01",
                }
            ]
        )

    def _sheet(self, run):
        return self.env["dealer.rate.sheet"].search([("import_id", "=", run.id)])

    def _import(self, content, **vals):
        run = self._upload("rate_sheet", content, **vals)
        run.action_import()
        self.assertFalse(run.row_ids.filtered("error_text").mapped("error_text"))
        return run, self._sheet(run)

    def _open(self, run):
        """(row, column letter, code, value) of what is open."""
        return {
            (item.row_no, item.column_letter, item.code, item.value or "")
            for item in run.problem_ids
            if item.row_no and item.state != "tidied"
        }

    # ---------------------------------------------------------------- Sample
    def test_sample_end_to_end(self):
        content = self._sample(SAMPLE)
        run, sheet = self._import(content, file_name=SAMPLE)
        self.assertEqual(len(run.row_ids), 60)
        self.assertEqual(
            {problem.code for problem in run.problem_ids if problem.row_no}, set()
        )
        self.assertEqual(sheet.name, "2026年10月新车保费报价表")
        self.assertEqual(
            (sheet.version, sheet.publisher, sheet.date_from, sheet.date_to),
            ("V1", "邓美玲", date(2026, 10, 1), date(2026, 10, 31)),
        )
        self.assertEqual((len(sheet.line_ids), len(sheet.offer_ids)), (60, 180))
        self.assertEqual(len(set(sheet.line_ids.mapped("model_key"))), 20)
        self.assertEqual(len(sheet.line_ids.plan_id), 3)
        # Every total of the file is that of the sheet
        totals = {}
        for row in run.row_ids:
            for key, value in row.values.items():
                if key.startswith("total_"):
                    totals[row.res_id, int(key.removeprefix("total_"))] = float(value)
        self.assertEqual(len(totals), 180)
        for offer in sheet.offer_ids:
            self.assertAlmostEqual(
                offer.amount_total, totals[offer.line_id.id, offer.insurer_id.id], 2
            )
        first = sheet.line_ids.filtered(
            lambda line: line.model_text == "轩逸 经典 1.6L CVT舒适版"
        ).sorted("sequence")[0]
        self.assertEqual(first.standard_premium, 1127.86)
        self.assertEqual(
            first.offer_ids.mapped("commercial_premium"), [1184.25, 1150.42, 1218.09]
        )
        self.assertEqual(first.offer_ids.mapped("pricing_factor"), [1.05, 1.02, 1.08])
        electric = sheet.line_ids.filtered(lambda line: line.model_text == "N7 625 Max")
        self.assertEqual(set(electric.mapped("energy_type")), {"bev"})
        self.assertEqual(set(electric.mapped("vehicle_tax")), {0})
        # Nothing is wrong with its figures; the same file again changes nothing
        sheet.with_user(self.clerk).action_check()
        self.assertEqual(
            set(sheet.finding_ids.mapped("kind")) - {"insurer", "model"}, set()
        )
        again = self._upload("rate_sheet", content, file_name=SAMPLE)
        self.assertEqual(set(again.row_ids.mapped("state")), {"unchanged"})

    # --------------------------------------------------------- Other shapes
    def test_other_insurers_and_column_order(self):
        insurers = {"国寿财险": 0.98, "大地保险": 1.1}
        rows = sheet_rows(insurers)
        order = [
            "方案",
            "车型",
            "交强险",
            "标准保费",
            "险种组合",
            "座位",
            "车船税",
            "能源类型",
            "购置价",
        ]
        run, sheet = self._import(wide_book(insurers, rows, order))
        self.assertFalse(self._open(run))
        self.assertEqual(len(sheet.offer_ids), 18)
        self.assertEqual(
            sheet.offer_ids.insurer_id.mapped("insurer_code"), ["GPIC", "CCIC"]
        )
        self.assertEqual(sheet.version, "V2")
        self.assertEqual(sheet.publisher, "王小美")
        family = sheet.line_ids.filtered(lambda line: line.seats == 7)
        self.assertEqual(set(family.mapped("ctpl_premium")), {1100})

    def test_other_plan_names(self):
        plans = [("经济型", "三者50万", 700.0), ("家庭无忧", "车损+三者300万", 2900.0)]
        run, sheet = self._import(
            wide_book(INSURERS, sheet_rows(INSURERS, plans[:1] + plans[1:]))
        )
        self.assertFalse(self._open(run))
        new = sheet.line_ids.plan_id.filtered(lambda plan: plan.name == "家庭无忧")
        self.assertEqual(new.company_id, self.company)
        self.assertEqual(new.line_ids.mapped("cover_id.code"), ["OD", "TPL"])
        self.assertEqual(new.line_ids[1].sum_insured, 3000000)

    def test_a_missing_plan_is_a_gap(self):
        rows = sheet_rows(INSURERS)
        del rows[4]  # second car, comfort
        _run, sheet = self._import(wide_book(INSURERS, rows))
        self.assertEqual(len(sheet.line_ids), 8)
        sheet.with_user(self.clerk).action_check()
        gaps = sheet.finding_ids.filtered(lambda finding: finding.kind == "plan")
        self.assertEqual(len(gaps), 1)
        self.assertIn("远行 1.6L 尊贵型 七座", gaps.subject)

    def test_one_level_header(self):
        rows = sheet_rows({"人保财险": 1.05})
        header = [key for key in rows[0] if key != "人保财险"]
        lines = [[row[key] for key in header] + list(row["人保财险"]) for row in rows]
        header += ["人保财险商业险", "人保财险合计"]
        run, sheet = self._import(
            make_book({"费率": [["报价表 2026-10-01至2026-10-31 V1"], header, *lines]})
        )
        self.assertFalse(self._open(run))
        self.assertEqual(len(sheet.offer_ids), 9)

    def test_one_line_per_insurer(self):
        rows = sheet_rows(INSURERS)
        plain = [key for key in rows[0] if key not in INSURERS]
        header = [*plain, "保险公司", "商业险", "合计"]
        lines = [
            [row[key] for key in plain] + [insurer, *row[insurer]]
            for row in rows
            for insurer in INSURERS
        ]
        run, sheet = self._import(make_book({"费率": [TITLE, PERIOD, header, *lines]}))
        self.assertFalse(self._open(run))
        self.assertEqual((len(sheet.line_ids), len(sheet.offer_ids)), (9, 27))
        self.assertEqual(len(run.row_ids), 27)

    def test_two_sheets_are_two_rate_sheets(self):
        one = sheet_rows(INSURERS, cars=CARS[:1])
        two = sheet_rows(INSURERS, cars=CARS[2:])
        plain = [key for key in one[0] if key not in INSURERS]
        upper = plain + [text for name in INSURERS for text in (name, None)]
        lower = [None] * len(plain) + ["商业险", "合计"] * len(INSURERS)

        def block(rows):
            return [
                TITLE,
                PERIOD,
                upper,
                lower,
                *[
                    [row[key] for key in plain]
                    + [value for name in INSURERS for value in row[name]]
                    for row in rows
                ],
            ]

        _run, sheets = self._import(
            make_book({"燃油": block(one), "新能源": block(two)})
        )
        self.assertEqual(sorted(sheets.mapped("import_sheet")), ["新能源", "燃油"])
        self.assertEqual([len(sheet.line_ids) for sheet in sheets], [3, 3])

    def test_no_period(self):
        run = self._upload(
            "rate_sheet",
            wide_book(INSURERS, sheet_rows(INSURERS), title=["报价"], period=["内部"]),
        )
        self.assertEqual(
            {(item[0], item[2]) for item in self._open(run)},
            {(5, "rate_sheet_no_period")},
        )
        run.action_import()
        self.assertFalse(self._sheet(run).date_from)

    # ------------------------------------------------------------- Bad rows
    def test_bad_rows(self):
        rows = sheet_rows(INSURERS)
        rows[0]["人保财险"] = (1050.0, 2100.0)  # parts add up to 2,090.00
        rows[1]["平安产险"] = (None, None)
        rows[2]["交强险"] = 960
        rows[3]["车船税"] = 100
        rows[4]["方案"] = None
        rows[5]["太平洋产险"] = ("暂无", None)
        rows[8]["太平洋产险"] = ("面议", None)
        rows[6]["险种组合"] = "车损+三者100万"
        rows[7]["险种组合"] = "新能源车损+新能源三者200万+飞行险"
        run = self._upload("rate_sheet", wide_book(INSURERS, rows))
        found = {item[:3] for item in self._open(run)}
        sheet = run.sheet_ids[:1]
        letters = {
            column.title: chr(65 + column.col_index) for column in sheet.column_ids
        }
        self.assertLessEqual(
            {
                (5, letters["人保财险/合计"], "sum_mismatch"),
                (6, letters["平安产险/商业险"], "missing_value"),
                (7, letters["交强险"], "ctpl_premium_mismatch"),
                (8, letters["车船税"], "rate_sheet_tax_mismatch"),
                (9, letters["方案"], "missing_value"),
                (10, letters["太平洋产险/商业险"], "missing_value"),
                (13, letters["太平洋产险/商业险"], "not_a_number"),
                (11, letters["险种组合"], "nev_fuel_product"),
                (12, letters["险种组合"], "rate_sheet_unknown_cover"),
            },
            found,
        )
        problem = run.problem_ids.filtered(lambda item: item.code == "sum_mismatch")
        mismatch = problem.filtered(lambda item: item.row_no == 5)
        self.assertEqual((mismatch.value, mismatch.suggestion), ("2100", "2090"))
        # A wrong row is not imported; the rest is
        self.assertEqual(
            run.row_ids.filtered(lambda row: row.state == "error").mapped("row_no"),
            [5, 6, 7, 8, 9, 10, 11, 13],
        )

    def test_a_correction_is_enough(self):
        rows = sheet_rows(INSURERS)
        rows[0]["人保财险"] = (1050.0, 2100.0)
        run = self._upload("rate_sheet", wide_book(INSURERS, rows))
        run.action_apply_suggestions()
        self.assertFalse(run.row_ids.filtered(lambda row: row.state == "error"))
        run.action_import()
        self.assertEqual(len(self._sheet(run).offer_ids), 27)

    def test_unknown_insurer(self):
        insurers = {"人保财险": 1.05, "星辰互助": 1.0, "月光保险社": 0.9}
        run = self._upload("rate_sheet", wide_book(insurers, sheet_rows(insurers)))
        unknown = run.problem_ids.filtered(lambda item: item.code == "unknown_insurer")
        self.assertEqual(set(unknown.mapped("value")), {"星辰互助", "月光保险社"})
        self.assertEqual(set(unknown.mapped("row_no")), set(range(5, 14)))
        titles = {column.title: column.col_index for column in run.sheet_ids.column_ids}
        self.assertIn(
            chr(65 + titles["星辰互助/商业险"]), unknown.mapped("column_letter")
        )
        self.assertEqual(set(run.row_ids.mapped("state")), {"error"})
        # Made known, the same file goes through
        self.su_env["res.partner"].create(
            [
                {"name": name, "is_company": True, "is_insurer": True}
                for name in ("星辰互助", "月光保险社")
            ]
        )
        run, sheet = self._import(wide_book(insurers, sheet_rows(insurers)))
        self.assertEqual(len(sheet.offer_ids), 27)

    def test_unknown_insurer_in_a_column(self):
        rows = sheet_rows({"星辰互助": 1.0})
        plain = [key for key in rows[0] if key != "星辰互助"]
        lines = [
            [row[key] for key in plain] + ["星辰互助", *row["星辰互助"]] for row in rows
        ]
        header = [*plain, "保险公司", "商业险", "合计"]
        run = self._upload(
            "rate_sheet", make_book({"费率": [TITLE, PERIOD, header, *lines]})
        )
        self.assertEqual(
            {(item[2], item[3]) for item in self._open(run)},
            {("unknown_insurer", "星辰互助")},
        )

    # ------------------------------------------------------- There and back
    def test_our_own_spreadsheet_is_read_back(self):
        _run, sheet = self._import(wide_book(INSURERS, sheet_rows(INSURERS)))
        content, _kind = (
            self.env["ir.actions.report"]
            .with_context(lang="en_US")
            ._render("dealer_insurance.rate_sheet_xlsx", sheet.ids)
        )
        sheet.with_user(self.clerk).version = "V9"
        again, _kind = self.env["ir.actions.report"]._render(
            "dealer_insurance.rate_sheet_xlsx", sheet.ids
        )
        self.assertNotEqual(content, again)
        run, copy = self._import(again)
        self.assertFalse(self._open(run))
        self.assertEqual(copy.version, "V9")
        self.assertEqual(
            copy.offer_ids.mapped("amount_total"),
            sheet.offer_ids.mapped("amount_total"),
        )

    def test_who_imports(self):
        content = wide_book(INSURERS, sheet_rows(INSURERS))
        consultant = self._user("sales_consultant")
        with mute_logger("odoo.orm.models"), self.assertRaises(AccessError):
            self._upload("rate_sheet", content, user=consultant)
        leader = self._user("uw_leader")
        run = self._upload("rate_sheet", content, user=leader)
        run.action_import()
        self.assertEqual(len(self._sheet(run).line_ids), 9)

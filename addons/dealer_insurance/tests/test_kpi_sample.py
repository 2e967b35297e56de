"""Key figures of the sample files equal the answer file to the last digit."""

import json
from datetime import date

from odoo.tests import tagged

from odoo.addons.dealer_base.models.kpi import ratio_of

from .import_common import DELIVERY_SAMPLE, LEDGER_SAMPLE, ImportCommon, sample_folder

FIRST, LAST = date(2025, 1, 1), date(2026, 10, 31)


@tagged("post_install", "-at_install", "dealer_sample")
class TestKpiSample(ImportCommon):
    """Clean data of the store, imported as in the acceptance of the import."""

    def setUp(self):
        super().setUp()
        self.assertTrue(self._sample(LEDGER_SAMPLE))
        text = (sample_folder() / "truth_kpi.json").read_text(encoding="utf-8")
        self.truth = json.loads(text)
        self._import("ledger", LEDGER_SAMPLE)
        self._import("delivery", DELIVERY_SAMPLE)
        self.engine = self.su_env["dealer.kpi.engine"]

    def _import(self, kind, name):
        run = self._upload(kind, self._sample(name), name)
        self._correct(
            run,
            {
                (line["sheet"], int(line["row_no"]), line["field_key"]): line[
                    "clean_value"
                ]
                for line in self._truth(name)
                if line["kind"] == "typing"
                and line["problem"] not in ("duplicate_row", "subtotal_mismatch")
            },
        )
        self._accept_facts(run)
        run.action_check()
        run.action_import()
        self.assertEqual(run.state, "done")
        self.assertFalse(run.row_ids.filtered("error_text").mapped("error_text"))

    # -- helpers ----------------------------------------------------------------

    def _figures(self, function, group_by=(), first=FIRST, last=LAST, filters=None):
        method = getattr(self.engine, f"_kpi_{function}")
        return method(self.company, first, last, group_by, filters)

    def _values(self, function, group_by=(), **kwargs):
        return {
            group: ratio_of(*pair)
            for group, pair in self._figures(function, group_by, **kwargs).items()
        }

    def _named(self, figures, dimension):
        """Figures of one dimension by the words of its values."""
        values = [group[0] for group in figures]
        labels = self.engine._labels(dimension, values)
        return {labels[group[0]]: pair for group, pair in figures.items()}

    def _assert_cars(self, cars, truth, where=""):
        self.assertEqual(
            {
                "delivered": cars.delivered,
                "insured": cars.insured,
                "commercial": cars.commercial,
                "ctpl_only": cars.ctpl_only,
                "penetration": round(cars.insured / cars.delivered, 6),
                "commercial_rate": round(cars.commercial / cars.delivered, 6),
            },
            truth,
            where,
        )

    def _month(self, text):
        return date.fromisoformat(f"{text}-01")

    # -- figures ----------------------------------------------------------------

    def test_all_figures(self):
        """One import, then every figure: an import takes half a minute."""
        self._check_penetration()
        self._check_lost()
        self._check_renewal_volume()
        self._check_average_premium()
        self._check_shares()
        self._check_fees()
        self._check_drill_down()
        self._check_board()

    def _check_penetration(self):
        truth = self.truth["K01_penetration"]
        cars = self.engine._car_figures
        whole = cars(self.company, FIRST, LAST)[()]
        self._assert_cars(whole, truth["total"])
        by_month = cars(self.company, FIRST, LAST, ("month",))
        self.assertEqual(len(by_month), len(truth["by_month"]))
        for month, expected in truth["by_month"].items():
            self._assert_cars(by_month[self._month(month),], expected, month)
        for dimension in ("consultant", "team"):
            found = self._named(
                cars(self.company, FIRST, LAST, (dimension,)), dimension
            )
            expected = truth[f"by_{dimension}"]
            self.assertEqual(set(found), set(expected))
            for name, values in expected.items():
                self._assert_cars(found[name], values, name)
        both = cars(self.company, FIRST, LAST, ("consultant", "month"))
        names = self.engine._labels("consultant", {group[0] for group in both})
        self.assertEqual(
            {(names[person], f"{month:%Y-%m}") for person, month in both},
            {
                (name, month)
                for name, months in truth["by_consultant_month"].items()
                for month in months
            },
        )
        for (person, month), figures in both.items():
            expected = truth["by_consultant_month"][names[person]][f"{month:%Y-%m}"]
            self._assert_cars(figures, expected, (names[person], month))
        # the same by the key figures
        self.assertEqual(self._figures("k01"), {(): (675, 899)})
        self.assertEqual(self._figures("k01_commercial"), {(): (643, 899)})
        self.assertEqual(self._figures("k02"), {(): (32, 675)})
        showroom = truth["showroom_by_month"]
        by_month = self._figures("k01_showroom", ("month",))
        cars_of = self.engine._car_figures(
            self.company, FIRST, LAST, ("month",), {"channel": "showroom"}
        )
        self.assertEqual(len(by_month), len(showroom))
        for month, expected in showroom.items():
            group = (self._month(month),)
            self._assert_cars(cars_of[group], expected, month)
            self.assertEqual(
                by_month[group], (expected["insured"], expected["delivered"])
            )

    def _check_lost(self):
        truth = self.truth["K03_new_car_lost"]
        self.assertEqual(self._figures("k03"), {(): (truth["total"], 899)})
        self.assertEqual(
            self._figures("k03_registered"),
            {(): (truth["registered"], truth["total"])},
        )
        self.assertEqual(
            round(self._values("k03_registered")[()], 6), truth["registration_rate"]
        )
        self.assertEqual(round(self._values("k03")[()], 6), truth["lost_rate"])
        by_month = self._figures("k03", ("month",))
        self.assertEqual(
            {f"{month:%Y-%m}": pair[0] for (month,), pair in by_month.items()},
            truth["by_month"],
        )
        reasons = self.engine._car_figures(self.company, FIRST, LAST, ("reason",))
        codes = {
            reason: self.su_env["dealer.reason.code"].browse(reason or []).code
            for (reason,) in reasons
        }
        self.assertEqual(
            {
                codes[reason] or "unregistered": cars.lost
                for (reason,), cars in reasons.items()
                if cars.lost
            },
            truth["by_reason"],
        )

    def _check_renewal_volume(self):
        truth = self.truth["K12_renewal_volume"]
        cars = self._values("k12", ("month",))
        premium = self._values("k12_premium", ("month",))
        self.assertEqual(
            {
                f"{month:%Y-%m}": {
                    "vins": count,
                    "premium": round(premium[month,], 2),
                }
                for (month,), count in cars.items()
            },
            truth,
        )

    def _check_average_premium(self):
        truth = self.truth["K15_average_premium"]
        for name, filters in (
            ("total", {}),
            ("new", {"business": "new"}),
            ("renewal", {"business": "renewal"}),
        ):
            gross, cars = self._figures("k15", filters=filters)[()]
            net, _cars = self._figures("k15_net", filters=filters)[()]
            self.assertEqual(
                {
                    "vins": cars,
                    "premium_gross": round(gross, 2),
                    "premium_net_of_refunds": round(net, 2),
                    "average": round(gross / cars, 2),
                },
                truth[name],
                name,
            )
        self.assertEqual(round(self._values("k15_new")[()], 2), truth["new"]["average"])
        self.assertEqual(
            round(self._values("k15_renewal")[()], 2), truth["renewal"]["average"]
        )
        whole = self.engine._ledger_figures(self.company, FIRST, LAST, ("month",))
        split = self.engine._ledger_figures(
            self.company, FIRST, LAST, ("month", "business")
        )
        for month, expected in truth["by_month"].items():
            start = self._month(month)
            found = {
                "all": whole[start,],
                "new": split[start, "new"],
                "renewal": split[start, "renewal"],
            }
            self.assertEqual(
                {
                    name: {
                        "vins": ledger.cars,
                        "premium_gross": round(ledger.gross, 2),
                        "premium_net_of_refunds": round(ledger.net, 2),
                        "average": round(ledger.gross / ledger.cars, 2),
                    }
                    for name, ledger in found.items()
                },
                expected,
                month,
            )

    def _check_shares(self):
        found = self._figures("k16_share", ("insurer",))
        codes = {
            insurer: self.su_env["res.partner"].browse(insurer).insurer_code
            for (insurer,) in found
        }
        truth = self.truth["K16_premium_by_insurer"]
        self.assertEqual(
            {
                codes[insurer]: {
                    "premium": round(premium, 2),
                    "share": round(premium / total, 6),
                }
                for (insurer,), (premium, total) in found.items()
            },
            truth,
        )
        self.assertAlmostEqual(
            self._values("k16")[()],
            sum(insurer["premium"] for insurer in truth.values()),
            2,
        )

    def _check_fees(self):
        """K17: the fee is that of the answer file, the premium that of the ledger."""
        found = self._figures("k17", ("insurer", "month"))
        codes = {
            insurer: self.su_env["res.partner"].browse(insurer).insurer_code
            for insurer, _month in found
        }
        fees = {}
        for (insurer, month), (fee, _base) in found.items():
            months = fees.setdefault(codes[insurer], {})
            months[f"{month:%Y-%m}"] = round(fee, 2)
        self.assertEqual(fees, self.truth["fee_expected_ex_vat_by_issue_month"])
        fee, base = self._figures("k17")[()]
        sums = [
            sheet["sums_without_void"]
            for sheet in self._clean_rows(LEDGER_SAMPLE).values()
        ]
        premium = sum(
            sheet[key]
            for sheet in sums
            for key in ("ctpl_premium", "comm_premium", "other_premium")
        )
        self.assertAlmostEqual(base, premium / 1.06, 1)
        products = self._figures("k17", ("product",))
        self.assertEqual(
            {group[0] for group in products}, {"ctpl", "commercial", "other"}
        )
        # R6: the fee of compulsory cover is 4 % of the premium, rounded per policy.
        self.assertAlmostEqual(ratio_of(*products["ctpl",]), 0.04, 4)

    def _check_drill_down(self):
        """The list behind a number has as many cars as the number says."""
        filters = {"month": "2026-10-01"}
        for function, part, count in (
            ("k01", "denominator", None),
            ("k01", "numerator", None),
            ("k01_commercial", "numerator", None),
            ("k01_showroom", "denominator", None),
            ("k02", "numerator", None),
            ("k03", "numerator", None),
            ("k03_registered", "numerator", None),
            ("k12", "numerator", None),
            ("k15", "denominator", None),
            ("k41", "numerator", None),
            ("k41", "denominator", None),
        ):
            pair = self._figures(function, filters=filters)[()]
            count = pair[0] if part == "numerator" else pair[1]
            action = getattr(self.engine, f"_kpi_{function}_action")(
                self.company, FIRST, LAST, part, filters
            )
            records = self.engine.env[action["res_model"]].search(action["domain"])
            cars = records.vehicle_id if function in ("k12", "k15") else records
            self.assertEqual(len(cars), count, (function, part))
            self.assertTrue(count, (function, part))

    def _check_board(self):
        """The board of a month says what the key figures say."""
        board = self.engine.env["dealer.penetration.board"].with_user(self.clerk)
        shown = board.get_board("month", "2026-09-15", "consultant")
        truth = self.truth["K01_penetration"]
        expected = truth["by_month"]["2026-09"]
        total = shown["total"]
        self.assertEqual(
            {
                key: round(total[key], 6)
                if key.endswith(("tion", "rate"))
                else total[key]
                for key in expected
            },
            expected,
        )
        self.assertEqual(
            {row["label"]: row["insured"] for row in shown["rows"] if row["delivered"]},
            {
                name: months["2026-09"]["insured"]
                for name, months in truth["by_consultant_month"].items()
                if "2026-09" in months
            },
        )
        self.assertEqual(
            round(shown["total"]["trend"][-2], 6),
            truth["by_month"]["2026-08"]["penetration"],
        )

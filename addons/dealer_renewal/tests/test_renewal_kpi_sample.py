"""Renewal rates of the sample ledger equal the answer file, from frozen cohorts."""

import json
from datetime import date

from odoo.tests import tagged

from odoo.addons.dealer_base.models.kpi import ratio_of
from odoo.addons.dealer_insurance.tests.import_common import (
    LEDGER_SAMPLE,
    ImportCommon,
    sample_folder,
)

FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)
AS_OF = date(2026, 10, 31)


@tagged("post_install", "-at_install", "dealer_sample")
class TestRenewalKpiSample(ImportCommon):
    def setUp(self):
        super().setUp()
        self.assertTrue(self._sample(LEDGER_SAMPLE))
        text = (sample_folder() / "truth_kpi.json").read_text(encoding="utf-8")
        self.truth = json.loads(text)["K04_renewal_by_due_month"]
        run = self._upload("ledger", self._sample(LEDGER_SAMPLE), LEDGER_SAMPLE)
        self._correct(
            run,
            {
                (line["sheet"], int(line["row_no"]), line["field_key"]): line[
                    "clean_value"
                ]
                for line in self._truth(LEDGER_SAMPLE)
                if line["kind"] == "typing"
                and line["problem"] not in ("duplicate_row", "subtotal_mismatch")
            },
        )
        self._accept_facts(run)
        run.action_check()
        run.action_import()
        self.assertEqual(run.state, "done")
        self.cohorts = self.su_env["dealer.renewal.cohort"].browse(
            self.su_env["dealer.renewal.cohort"]
            ._build(self.company, date(2026, month, 1), AS_OF)
            .id
            for month in range(1, 13)
        )
        self.engine = self.su_env["dealer.kpi.engine"].with_context(
            dealer_as_of=str(AS_OF)
        )

    def test_renewal_by_due_month(self):
        """One import, then every figure of every month."""
        self._check_rates()
        self._check_cohorts()
        self._check_annual()
        self._check_drill_down()
        self._check_settled()

    def _figures(self, function, group_by=("month",)):
        method = getattr(self.engine, f"_kpi_{function}")
        return method(self.company, FIRST, LAST, group_by)

    def _check_rates(self):
        rates, on_time = self._figures("k04"), self._figures("k05")
        new, again = self._figures("k07_new"), self._figures("k07_renewal")
        time_by_segment = self._figures("k05", ("month", "segment"))
        provisional = self._figures("k04_matured")
        found = {}
        for month, due in (
            (date(2026, number, 1), rates[date(2026, number, 1),])
            for number in range(1, 13)
        ):
            found[f"{month:%Y-%m}"] = {
                "due": due[1],
                "renewed": due[0],
                "on_time": on_time[month,][0],
                "rate": round(ratio_of(*due), 6),
                "on_time_rate": round(ratio_of(*on_time[month,]), 6),
                **{
                    segment: {
                        "due": pair[1],
                        "renewed": pair[0],
                        "on_time": time_by_segment[month, segment][0],
                        "rate": round(ratio_of(*pair), 6),
                        "on_time_rate": round(
                            ratio_of(*time_by_segment[month, segment]), 6
                        ),
                    }
                    for segment, pair in (
                        ("new_to_renewal", new[month,]),
                        ("renewal_to_renewal", again[month,]),
                    )
                },
                "provisional": provisional.get((month,), (0, 0))[1] < due[1],
            }
        self.assertEqual(found, self.truth)

    def _check_cohorts(self):
        """The screens of the months say the same, as the manager sees them."""
        cohorts = self.cohorts.with_user(self.manager).with_context(
            dealer_as_of=str(AS_OF)
        )
        self.assertEqual(
            {
                cohort.name: (
                    cohort.due_count,
                    cohort.renewed_count,
                    cohort.on_time_count,
                    round(cohort.rate, 6),
                    cohort.is_provisional,
                )
                for cohort in cohorts
            },
            {
                month: tuple(
                    figures[key]
                    for key in ("due", "renewed", "on_time", "rate", "provisional")
                )
                for month, figures in self.truth.items()
            },
        )

    def _check_annual(self):
        """K06 of September: Σ renewed ÷ Σ due of the months known until then."""
        months = [f"2026-{number:02}" for number in range(1, 10)]
        expected = tuple(
            sum(self.truth[month][key] for month in months)
            for key in ("renewed", "due")
        )
        annual = self._figures("k06")
        self.assertEqual(annual[date(2026, 9, 1),], expected)
        self.assertEqual(
            self.engine._kpi_k06(self.company, date(2026, 9, 1), date(2026, 9, 30))[()],
            expected,
        )

    def _check_drill_down(self):
        """The list behind a number has as many cars as the number says."""
        filters = {"month": "2026-08-01"}
        for function in (
            "k04",
            "k04_matured",
            "k05",
            "k06",
            "k07_new",
            "k07_renewal",
            "k11",
        ):
            for part in ("numerator", "denominator"):
                method = getattr(self.engine, f"_kpi_{function}_action")
                action = method(self.company, FIRST, LAST, part, filters)
                lines = self.engine.env[action["res_model"]].search(action["domain"])
                if function == "k11":
                    amounts = getattr(self.engine, f"_kpi_{function}")(
                        self.company, FIRST, LAST, (), filters
                    )[()]
                    name = "premium_renewed" if part == "numerator" else "premium_due"
                    self.assertAlmostEqual(
                        sum(lines.mapped(name)),
                        amounts[part == "denominator"],
                        2,
                    )
                    continue
                pair = getattr(self.engine, f"_kpi_{function}")(
                    self.company, FIRST, LAST, (), filters
                )[()]
                self.assertEqual(len(lines), pair[part == "denominator"], function)
                self.assertTrue(lines)

    def _check_settled(self):
        """Settling and building again change no figure."""
        before = self._figures("k04")
        self.su_env["dealer.renewal.outcome"]._sudo_settle(self.company)
        for month in range(1, 13):
            self.cohorts._build(self.company, date(2026, month, 1))
        self.engine.env.invalidate_all()
        self.assertEqual(self._figures("k04"), before)
        now = self.su_env["dealer.kpi.engine"]._kpi_k04(
            self.company, FIRST, date(2026, 9, 30), ("month",)
        )
        self.assertEqual(
            now, {group: pair for group, pair in before.items() if group[0].month < 10}
        )

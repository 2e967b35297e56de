"""K03 of the sample files: lost cars per month, by reason and by consultant."""

import json
from collections import Counter
from datetime import date

from odoo.tests import tagged

from .import_common import DELIVERY_SAMPLE, LEDGER_SAMPLE, ImportCommon, sample_folder

NOT_TYPED = ("duplicate_row", "subtotal_mismatch")


@tagged("post_install", "-at_install", "dealer_sample")
class TestLostSample(ImportCommon):
    """Ledger and deliveries imported as they come, corrected, then counted."""

    def setUp(self):
        super().setUp()
        self.assertTrue(self._sample(LEDGER_SAMPLE))
        text = (sample_folder() / "truth_kpi.json").read_text(encoding="utf-8")
        self.truth = json.loads(text)

    def _import(self, kind, name):
        run = self._upload(kind, self._sample(name), name)
        corrections = {
            (line["sheet"], int(line["row_no"]), line["field_key"]): line["clean_value"]
            for line in self._truth(name)
            if line["kind"] == "typing" and line["problem"] not in NOT_TYPED
        }
        self._correct(run, corrections)
        self._accept_facts(run)
        run.action_check()
        run.action_import()
        self.assertEqual(run.state, "done")

    def test_k03(self):
        self._import("ledger", LEDGER_SAMPLE)
        self._import("delivery", DELIVERY_SAMPLE)
        truth = self.truth["K03_new_car_lost"]
        deliveries = self.env["dealer.delivery"].search(
            [("company_id", "=", self.company.id)]
        )
        lost = deliveries.filtered("lost_count")
        registered = lost.filtered("lost_registered")
        self.assertEqual(len(lost), truth["total"])
        self.assertEqual(len(registered), truth["registered"])
        self.assertEqual(
            deliveries.filtered("insurance_gap"), lost - registered, "no reason"
        )
        self.assertAlmostEqual(len(lost) / len(deliveries), truth["lost_rate"], 6)
        self.assertAlmostEqual(
            len(registered) / len(lost), truth["registration_rate"], 6
        )
        reasons = Counter(car.lost_reason_id.code or "unregistered" for car in lost)
        self.assertEqual(dict(reasons), truth["by_reason"])
        months = Counter(f"{car.delivery_date:%Y-%m}" for car in lost)
        self.assertEqual(dict(months), truth["by_month"])
        self._assert_consultants(lost)
        self._assert_cases(registered)
        self._assert_reviews(truth)

    def _assert_consultants(self, lost):
        expected = {
            name: figures["delivered"] - figures["insured"]
            for name, figures in self.truth["K01_penetration"]["by_consultant"].items()
        }
        found = Counter(car.consultant_id.name for car in lost)
        self.assertEqual({name: found[name] for name in {*found, *expected}}, expected)

    def _assert_cases(self, registered):
        cases = self.env["dealer.lost.case"].search(
            [("company_id", "=", self.company.id)]
        )
        self.assertEqual(cases.delivery_id, registered)
        self.assertEqual(set(cases.mapped("state")), {"closed"})
        self.assertTrue(all(cases.mapped("is_historical")))
        self.assertFalse(any(cases.mapped("is_recovered")))

    def _assert_reviews(self, truth):
        """The monthly analyses count as the answer file does."""
        reviews = (
            self.env["dealer.review"]
            .with_user(self._user("uw_leader"))
            .with_company(self.company)
            .create(
                [
                    {
                        "kind": "new_car_lost",
                        "date_from": date.fromisoformat(f"{month}-01"),
                        "company_id": self.company.id,
                    }
                    for month in truth["by_month"]
                ]
            )
        )
        values = Counter()
        for line in reviews.figure_ids:
            values[line.code] += line.value
        for code, expected in (
            ("lost", truth["total"]),
            ("registered", truth["registered"]),
            ("unregistered", truth["by_reason"]["unregistered"]),
            # Of history only a missing registration is held against a consultant.
            ("noncompliant", truth["by_reason"]["unregistered"]),
        ):
            with self.subTest(code):
                self.assertEqual(values[code], expected)
        for review in reviews:
            lines = {line.code: line for line in review.figure_ids}
            self.assertEqual(lines["lost"].value, truth["by_month"][review.period])
            tables = review.frozen["tables"]
            for table, key in (("reasons", "count"), ("consultants", "lost")):
                self.assertEqual(
                    sum(row[key] for row in tables[table]), lines["lost"].value
                )

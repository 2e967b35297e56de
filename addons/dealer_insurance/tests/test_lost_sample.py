"""K03 of the sample files: lost cars per month, by reason and by consultant."""

import json
from collections import Counter
from datetime import date

from odoo.tests import tagged

from .import_common import DELIVERY_SAMPLE, LEDGER_SAMPLE, sample_folder, sample_table
from . import test_import_sample


@tagged("post_install", "-at_install", "dealer_sample")
class TestLostSample(test_import_sample.TestImportSample):
    """Deliveries and ledger imported as they come, corrected, then counted."""

    def test_k03(self):
        ledger = self._upload("ledger", self.ledger, LEDGER_SAMPLE)
        self._clean(ledger, LEDGER_SAMPLE)
        run = self._upload("delivery", self.deliveries, DELIVERY_SAMPLE)
        self._clean(run, DELIVERY_SAMPLE)
        text = (sample_folder() / "truth_kpi.json").read_text(encoding="utf-8")
        truth = json.loads(text)["K03_new_car_lost"]
        company = self.company
        deliveries = self.env["dealer.delivery"].search(
            [("company_id", "=", company.id)]
        )
        lost = deliveries.filtered("lost_count")
        self.assertEqual(len(lost), truth["total"])
        registered = lost.filtered("lost_registered")
        self.assertEqual(len(registered), truth["registered"])
        self.assertEqual(len(deliveries.filtered("insurance_gap")), 15)
        self.assertAlmostEqual(len(lost) / len(deliveries), truth["lost_rate"], 6)
        self.assertAlmostEqual(
            len(registered) / len(lost), truth["registration_rate"], 6
        )
        reasons = Counter(
            delivery.lost_reason_id.code or "unregistered" for delivery in lost
        )
        self.assertEqual(dict(reasons), truth["by_reason"])
        months = Counter(f"{delivery.delivery_date:%Y-%m}" for delivery in lost)
        self.assertEqual(dict(months), truth["by_month"])
        self._assert_consultants(lost)
        self._assert_cases(lost)
        self._assert_reviews(truth)

    def _assert_consultants(self, lost):
        """Against the file itself: cars that no ledger line insures, per name."""
        insured = set(
            self.env["dealer.underwriting"]
            .search(
                [
                    ("company_id", "=", self.company.id),
                    ("business_type", "=", "new_car"),
                    ("voided_at", "=", False),
                ]
            )
            .vehicle_id.mapped("vin")
        )
        expected, seen = Counter(), set()
        names = {
            name: person.name
            for person in lost.consultant_id
            for name in person._spellings()
        }
        for _sheet, _number, line in sample_table(self.deliveries, (2,)):
            vin = str(line["车架号(VIN)"]).replace(" ", "").replace("\u3000", "")
            known = lost.filtered(lambda car, vin=vin: car.vin == vin)
            if vin in insured or vin in seen or not known:
                continue
            seen.add(vin)
            name = str(line["销售顾问"]).strip()
            expected[names.get(name, known.consultant_id.name)] += 1
        found = Counter(
            car.consultant_id.name for car in lost if car.vin in seen
        )
        self.assertEqual(found, expected)
        self.assertGreater(len(seen), 0.95 * len(lost))

    def _assert_cases(self, lost):
        cases = self.env["dealer.lost.case"].search(
            [("company_id", "=", self.company.id), ("is_recovered", "=", False)]
        )
        self.assertEqual(len(cases), 209)
        self.assertEqual(set(cases.mapped("state")), {"closed"})
        self.assertTrue(all(cases.mapped("is_historical")))
        self.assertEqual(cases.delivery_id, lost.filtered("lost_registered"))

    def _assert_reviews(self, truth):
        """The monthly analysis counts as the answer file does."""
        months = [date.fromisoformat(f"{month}-01") for month in truth["by_month"]]
        reviews = (
            self.env["dealer.review"]
            .with_user(self._user("uw_leader"))
            .with_company(self.company)
            .create(
                [
                    {
                        "kind": "new_car_lost",
                        "date_from": month,
                        "company_id": self.company.id,
                    }
                    for month in months
                ]
            )
        )
        values = {
            code: sum(
                line.value for line in reviews.figure_ids if line.code == code
            )
            for code in ("lost", "registered", "unregistered", "noncompliant")
        }
        self.assertEqual(
            values,
            {"lost": 224, "registered": 209, "unregistered": 15, "noncompliant": 15},
        )
        for review in reviews:
            line = review.figure_ids.filtered(lambda item: item.code == "lost")
            self.assertEqual(line.value, truth["by_month"][review.period])
            rows = review.frozen["tables"]["reasons"]
            self.assertEqual(sum(row["count"] for row in rows), line.value)

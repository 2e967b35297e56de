from datetime import date, datetime, timedelta

from odoo import fields

from .closing_common import ClosingCommon


class TestClaimValue(ClosingCommon):
    """Key figures of value, four amounts, scorecard, what cars and policies know."""

    def _past(self, day, total, received=0.0, paid=False, **vals):
        """A repair of the time before, settled on a day."""
        moment = datetime.combine(day, datetime.min.time()) + timedelta(hours=4)
        claim = self.su_env["dealer.claim"]._create_protected(
            [
                self._claim_vals(
                    vehicle_id=vals.pop("vehicle", None) or self._vehicle().id,
                    insurer_id=self.insurer.id,
                    is_historical=True,
                    received_at=moment,
                    repaired_at=moment,
                    historical_insurer_received=received,
                    historical_paid_on=paid,
                    **vals,
                )
            ]
        )
        claim._write_protected(
            {"settlement_total": total, "expected_insurer_payment": total}
        )
        return claim

    def _figure(self, function, first, last, **kwargs):
        engine = self.env["dealer.kpi.engine"].with_user(self.claim_leader)
        engine = engine.with_company(self.company)
        return getattr(engine, f"_kpi_{function}")(self.company, first, last, **kwargs)

    def test_output(self):
        """August: 3,000 + 1,000 on two cars and 2,000 on the first again."""
        first, last = date(2026, 8, 1), date(2026, 8, 31)
        one = self._past(date(2026, 8, 3), 3000.0)
        self._past(date(2026, 8, 9), 1000.0)
        self._past(date(2026, 8, 20), 2000.0, vehicle=one.vehicle_id.id)
        self._past(date(2026, 9, 1), 9000.0)
        self.assertEqual(self._figure("k27", first, last), {(): (6000.0, None)})
        self.assertEqual(self._figure("k27_car", first, last), {(): (6000.0, 2)})
        months = self._figure("k27", first, date(2026, 9, 30), group_by=("month",))
        self.assertEqual(
            months,
            {(date(2026, 8, 1),): (6000.0, None), (date(2026, 9, 1),): (9000.0, None)},
        )

    def test_repair_to_premium(self):
        """Repairs of the insurer ÷ its premium: 2,725 ÷ (950 + 4,500) = 0.5."""
        vehicle = self._vehicle()
        self._insure(vehicle, start=datetime(2026, 7, 5))
        self._past(date(2026, 7, 9), 2725.0, received=1090.0, paid=date(2026, 7, 30))
        first, last = date(2026, 7, 1), date(2026, 7, 31)
        group = (self.insurer.id,)
        found = self._figure("k26", first, last, group_by=("insurer",))
        self.assertEqual(found[group], (2725.0, 5450.0))
        found = self._figure("k26_resource", first, last, group_by=("insurer",))
        self.assertEqual(found[group], (1090.0, 5450.0))
        report = self.su_env["dealer.claim.ratio.report"]
        [(repair, premium, ratio)] = report._read_group(
            [
                ("company_id", "=", self.company.id),
                ("date", ">=", first),
                ("date", "<=", last),
            ],
            [],
            ["repair_amount:sum", "premium_amount:sum", "ratio:avg"],
        )
        self.assertEqual((repair, premium, round(ratio, 4)), (2725.0, 5450.0, 0.5))

    def test_days_to_close(self):
        """Closed after 10 and 20 days: the mean is 15 of two cases."""
        for days in (10, 20):
            claim = self._past(date(2026, 8, 1), 100.0)
            moment = claim.received_at + timedelta(days=days)
            claim._write_protected({"closed_at": moment})
        found = self._figure("k29", date(2026, 8, 1), date(2026, 8, 31))
        self.assertEqual(found, {(): (30, 2)})

    def test_gap(self):
        """Quote 12,000 → assessed 10,300 → billed 11,300 → 11,300 paid."""
        claim = self._claim(quote_amount=12000.0)
        self._reconciled(self._released(claim))
        line = self.su_env["dealer.claim.gap.report"].search(
            [("claim_id", "=", claim.id)]
        )
        self.assertEqual(line.gap_assessed, -1700.0)
        self.assertEqual(line.gap_billed, 1000.0)
        self.assertEqual((line.paid_amount, line.gap_paid), (11300.0, 0.0))
        self.assertEqual(line.gap_expected, 0.0)
        stages = self.su_env["dealer.claim.cycle.report"].search(
            [("claim_id", "=", claim.id)]
        )
        self.assertEqual(len(stages), 5, "all but the closing")

    def test_scorecard(self):
        """Paid after 15 days and in full, half the premium in repairs."""
        today = self.company._dealer_today()
        vehicle = self._vehicle()
        start = datetime.combine(today - timedelta(days=30), datetime.min.time())
        self._insure(vehicle, start=start)
        total = self.su_env["dealer.insurer.scorecard"].search(
            [("company_id", "=", self.company.id)]
        )
        before = sum(total.mapped("premium_amount"))
        claim = self._past(
            today - timedelta(days=20),
            round(before / 2, 2),
            received=round(before / 2, 2),
            paid=today - timedelta(days=5),
        )
        self.su_env["dealer.claim.submission"]._create_protected(
            [
                {
                    "company_id": self.company.id,
                    "claim_id": claim.id,
                    "submitted_on": today - timedelta(days=20),
                    "due_on": today,
                }
            ]
        )
        self.env.flush_all()
        self.env.invalidate_all()
        card = self.su_env["dealer.insurer.scorecard"].search(
            [("company_id", "=", self.company.id), ("insurer_id", "=", self.insurer.id)]
        )
        self.assertEqual((card.case_count, card.paid_count), (1, 1))
        self.assertEqual(card.payment_value, 15.0)
        self.assertEqual(round(card.ratio_value, 3), 0.5)
        # 25 (days, best) + 20 (returns) + 20 (short) + 25 × (0.2 − 0.5)/(0.2 − 1.0)
        points = 25 + 20 + 20 + 25 * 0.375
        self.assertAlmostEqual(card.score, 100 * points / 90, places=1)
        self.assertIn("15.0", str(card.explanation))
        self.assertTrue(card.hint)

    def test_hooks(self):
        """Car and policy know their open cases; a closed one troubles nobody."""
        claim = self._claim()
        self.assertEqual(
            self.commercial_policy._open_claims(),
            {self.commercial_policy: [claim.name]},
        )
        [trouble] = self.vehicle._open_troubles()[self.vehicle]
        self.assertEqual((trouble["kind"], trouble["name"]), ("claim", claim.name))
        day = fields.Date.add(self.company._dealer_today(), days=1)
        history = self.vehicle._known_history(day)[self.vehicle]
        self.assertEqual((history["claims"], history["at_fault"]), (1, 1))
        self.assertNotIn(self._vehicle(), self.vehicle._known_history(day))
        facts = self.vehicle._store_facts(day - timedelta(days=9), day)[self.vehicle]
        self.assertEqual((facts["claims"], facts["repairs"]), (1, 0))
        self.assertEqual(facts["last_visit"], self.company._dealer_today())
        claim.sudo()._write_protected({"closed_at": fields.Datetime.now()})
        self.assertFalse(self.commercial_policy._open_claims())
        self.assertFalse(self.vehicle._open_troubles())

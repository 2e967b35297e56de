from odoo import fields
from odoo.tests import tagged

from odoo.addons.dealer_insurance.tools import bank_types

from .claim_money_common import ClaimMoneyCommon


@tagged("post_install", "-at_install")
class TestClaimMoneyFigures(ClaimMoneyCommon):
    """Key figures of claim money, and what the bank matcher is told of claims."""

    def _historical(self, expected, received, submitted, paid=None, **vals):
        claim = self._claims(shares=(expected, 0.0, 0.0, 0.0), is_historical=True)
        claim._write_protected(
            {
                "submitted_on": submitted,
                "historical_insurer_received": received,
                "historical_paid_on": paid,
                **vals,
            }
        )
        return claim

    def test_k32_rate_and_accuracy(self):
        """Five cases by hand: 3 of 4 paid ones within max(50, 1 %)."""
        other = self.su_env["dealer.staff"].create(
            {
                "name": "Second Receptionist",
                "post": "claim_receptionist",
                "company_id": self.company.id,
            }
        )
        paid = "2026-04-20"
        self._historical(10000.0, 10000.0, "2026-03-05", paid)
        self._historical(10000.0, 9900.0, "2026-03-06", paid)
        self._historical(1000.0, 950.0, "2026-03-07", paid)
        self._historical(1000.0, 949.99, "2026-03-08", paid, receptionist_id=other.id)
        self._historical(3000.0, 0.0, "2026-04-01")
        engine = self.su_env["dealer.kpi.engine"]
        first, last = (
            fields.Date.to_date("2026-03-01"),
            fields.Date.to_date("2026-04-30"),
        )
        rate = engine._kpi_k32(self.company, first, last)[()]
        self.assertAlmostEqual(rate[0], 21799.99, 2)
        self.assertAlmostEqual(rate[1], 25000.0, 2)
        self.assertEqual(
            engine._kpi_k32_accuracy(self.company, first, last), {(): (3, 4)}
        )
        self.assertEqual(
            engine._kpi_k32_accuracy(
                self.company, first, last, group_by=("receptionist",)
            ),
            {(self.staff["claim_receptionist"].id,): (3, 3), (other.id,): (0, 1)},
        )
        march = engine._kpi_k32(
            self.company, first, fields.Date.to_date("2026-03-31"), ("month", "insurer")
        )
        self.assertEqual(list(march), [(first, self.insurer.id)])
        action = engine._kpi_k32_accuracy_action(self.company, first, last, "numerator")
        self.assertEqual(self.su_env["dealer.claim"].search_count(action["domain"]), 3)

    def test_k34_customer_paid_before_release(self):
        paid, late = self._locked(2)
        self._customer_pays(paid)
        (paid | late)._write_protected({"released_at": fields.Datetime.now()})
        self.env.flush_all()
        today = self.company._dealer_today()
        engine = self.su_env["dealer.kpi.engine"]
        self.assertEqual(
            engine._kpi_k34(self.company, today, today), {(): (1000.0, 2000.0)}
        )
        by_month = engine._kpi_k34(self.company, today, today, ("month",))
        self.assertEqual(by_month, {(today.replace(day=1),): (1000.0, 2000.0)})

    def test_bank_candidates_name_the_case(self):
        claim = self._locked()
        refunded = self._locked(settlement_mode="customer_pays_first")
        self._customer_pays(refunded)
        registered = self._insurer_pays({refunded: 10300.0})
        today = self.company._dealer_today()
        items = self.su_env["dealer.bank.candidates"]._bank_candidates(
            self.company, fields.Date.subtract(today, days=5), today
        )
        by_kind = {}
        for item in items:
            by_kind.setdefault(item.kind, []).append(item)
        open_claim = [i for i in by_kind[bank_types.CLAIM] if i.refs == (claim.name,)]
        self.assertEqual([i.amount for i in open_claim], [1030000])
        self.assertIn(claim.report_no, open_claim[0].numbers)
        self.assertIn(claim.vehicle_id.plate, open_claim[0].plates)
        self.assertEqual(open_claim[0].partner, self.insurer.id)
        customer = [i for i in by_kind[bank_types.RECEIPT] if i.refs == (claim.name,)]
        self.assertEqual([i.amount for i in customer], [100000])
        refund = by_kind[bank_types.CLAIM_REFUND]
        self.assertEqual([i.amount for i in refund], [-1030000])
        self.assertIn(self.customer.name, refund[0].names)
        # The registered payment waits for its line of the bank, with its case.
        waiting = [
            i
            for i in by_kind[bank_types.CLAIM]
            if registered.name in i.numbers and refunded.report_no in i.numbers
        ]
        self.assertEqual([i.amount for i in waiting], [1030000])

    def test_bank_candidates_without_growth(self):
        self._locked(4)
        self.env.flush_all()
        today = self.company._dealer_today()
        candidates = self.su_env["dealer.bank.candidates"]

        def queries():
            self.env.invalidate_all()
            start = self.cr.sql_log_count
            candidates._bank_candidates(self.company, today, today)
            return self.cr.sql_log_count - start

        few = queries()
        self._locked(30)
        self.env.flush_all()
        self.assertLessEqual(queries(), few + 4)

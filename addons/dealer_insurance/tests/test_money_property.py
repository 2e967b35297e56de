from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.tests import tagged

from .money_common import MoneyCommon

CENTS = 100
# one row: premium of the compulsory policy, vehicle tax, commercial premium, in cents
ROW = st.tuples(
    st.integers(min_value=1, max_value=3_000_000),
    st.integers(min_value=0, max_value=540_000),
    st.integers(min_value=0, max_value=9_000_000),
)


@tagged("post_install", "-at_install")
class TestMoneyProperty(MoneyCommon):
    """However the payer splits his money, the books agree to the cent."""

    @settings(
        max_examples=12,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize=True,
    )
    @given(
        row_cents=ROW,
        cuts=st.lists(
            st.integers(min_value=1, max_value=99), min_size=0, max_size=4, unique=True
        ),
    )
    def test_split_of_payments(self, row_cents, cuts):
        total = sum(row_cents)
        marks = sorted({total * cut // 100 for cut in cuts} - {0, total})
        parts = [
            after - before
            for before, after in zip([0, *marks], [*marks, total], strict=True)
        ]
        with self.env.cr.savepoint() as savepoint:
            before = self._payable()
            row = self._requested(premiums=tuple(cents / CENTS for cents in row_cents))
            paid = 0
            for part in parts:
                self._pay(row, part / CENTS)
                paid += part
                self.assertEqual(round(row.amount_received * CENTS), paid)
                self.assertEqual(round(row.balance * CENTS), total - paid)
                self.assertEqual(
                    row.payment_state, "paid" if paid == total else "partial"
                )
            self.assertEqual(round((self._payable() - before) * CENTS), total)
            self._sign(row)
            self._remit(row)
            self.assertEqual(round(row.amount_remitted * CENTS), total)
            self.assertEqual(round(row.amount_held * CENTS), 0)
            self.assertEqual(round((self._payable() - before) * CENTS), 0)
            self._assert_no_profit_or_loss()
            self._assert_trial_balance()
            savepoint.rollback()
        self.env.invalidate_all()

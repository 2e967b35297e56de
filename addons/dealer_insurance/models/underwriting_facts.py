from odoo import models


class DealerUnderwriting(models.Model):
    """Facts that the guards and the cashier ask for."""

    _inherit = "dealer.underwriting"

    def _is_owed(self):
        """Whether the premium of the row or of its endorsements is not all there."""
        self.ensure_one()
        rows = self | self.entry_ids.filtered(
            lambda e: e.payment_requested_at and not e.voided_at
        )
        return any(not row._is_paid_up() for row in rows)

    def _is_paid_up(self):
        """Paid in full; a refund or a change without premium asks for nothing."""
        self.ensure_one()
        if self.payment_state in ("paid", "overpaid"):
            return True
        return (
            self.entry_type != "issue"
            and self.currency_id.compare_amounts(self.amount_due, 0.0) <= 0
        )

    def _owed_text(self):
        """Owed amount of the row and its endorsements, as text in its currency."""
        self.ensure_one()
        rows = self | self.entry_ids.filtered(
            lambda e: e.payment_requested_at and not e.voided_at
        )
        amount = sum(
            row.balance if row.payment_requested_at else row.amount_due
            for row in rows
            if not row._is_paid_up()
        )
        return self.currency_id.format(amount)

    def _is_own_entry_of(self, user):
        """Whether the user had a hand in writing the entry (G-S1)."""
        self.ensure_one()
        writers = (
            self.writer_id.user_id
            | self.proposed_by_id
            | self.underwritten_by_id
            | self.payment_requested_by_id
            | self.issued_by_id
        )
        return user in writers

    # Hooks: the money and concession parts of this model fill them.

    def _payer_violations(self):
        """G-P2: evidence of payment and the payer's identity (R2, R3)."""
        return []

    def _concession_violations(self):
        """G-P5: concessions are inside the rule or approved."""
        return []

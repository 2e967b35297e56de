from odoo import fields, models


class DealerClaim(models.Model):
    _inherit = "dealer.claim"

    # What is received and owed is read back from the books.
    self_paid_received = fields.Monetary(readonly=True)
    self_paid_open = fields.Monetary(readonly=True)
    cashier_confirmed_at = fields.Datetime(readonly=True, copy=False)
    insurer_received = fields.Monetary(readonly=True)
    insurer_open = fields.Monetary(readonly=True)
    insurer_paid_on = fields.Date(readonly=True)
    reconciled_at = fields.Datetime(readonly=True, copy=False)
    refund_ids = fields.One2many("dealer.claim.refund", "claim_id")
    refund_due = fields.Monetary(readonly=True)

from odoo import fields, models


class DealerClaim(models.Model):
    _inherit = "dealer.claim"

    submission_ids = fields.One2many("dealer.claim.submission", "claim_id")
    submitted_on = fields.Date(readonly=True, copy=False)
    insurer_received_on = fields.Date(readonly=True, copy=False)
    adjusted_on = fields.Date(readonly=True, copy=False)
    approved_on = fields.Date(readonly=True, copy=False)
    is_returned = fields.Boolean(readonly=True, copy=False)
    rejected_on = fields.Date(readonly=True, copy=False)
    payment_due_on = fields.Date(readonly=True, copy=False)

from odoo import api, fields, models


class DealerDelivery(models.Model):
    """What the penetration board adds up; stored, so that a board is one statement."""

    _inherit = "dealer.delivery"

    insured_premium = fields.Monetary(
        string="Premium Insured Here",
        compute="_compute_insured_premium",
        store=True,
        help="Compulsory and commercial premium of the new-car entry, without vehicle "
        "tax and without later refunds (K15).",
    )

    @api.depends(
        "vehicle_id",
        "vehicle_id.underwriting_ids.business_type",
        "vehicle_id.underwriting_ids.entry_type",
        "vehicle_id.underwriting_ids.issued_at",
        "vehicle_id.underwriting_ids.voided_at",
        "vehicle_id.underwriting_ids.ctpl_premium",
        "vehicle_id.underwriting_ids.commercial_premium",
    )
    def _compute_insured_premium(self):
        for delivery in self:
            entries = delivery._new_car_entries()
            delivery.insured_premium = sum(entries.mapped("ctpl_premium")) + sum(
                entries.mapped("commercial_premium")
            )

from odoo import fields, models


class DealerVehicle(models.Model):
    """What the insurance centre keeps about a car."""

    _inherit = "dealer.vehicle"

    delivery_ids = fields.One2many("dealer.delivery", "vehicle_id", string="Deliveries")
    underwriting_ids = fields.One2many(
        "dealer.underwriting", "vehicle_id", string="Underwritings"
    )
    archive_ids = fields.One2many("dealer.archive", "vehicle_id", string="Archives")

from odoo import fields, models


class DealerTaxBand(models.Model):
    """Vehicle tax: the amounts a store uses, and the legal limits they keep to."""

    _name = "dealer.tax.band"
    _description = "Vehicle Tax Band"
    _order = "scope, item, displacement_from, date_from desc"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    scope = fields.Selection(
        [("limit", "Legal Limit"), ("store", "Amount in Force")],
        required=True,
        default="store",
    )
    company_id = fields.Many2one("res.company", index=True)
    state_id = fields.Many2one("res.country.state", string="Province")
    item = fields.Selection(
        [
            ("passenger", "Passenger Car up to 9 Seats"),
            ("coach", "Commercial Coach"),
            ("truck", "Truck, per Tonne"),
            ("motorcycle", "Motorcycle"),
        ],
        required=True,
        default="passenger",
    )
    energy = fields.Selection(
        [("any", "Any"), ("fuel", "Fuel"), ("nev", "New Energy")],
        required=True,
        default="any",
    )
    displacement_from = fields.Float(string="Above (L)", digits=(6, 3))
    displacement_to = fields.Float(string="Up to (L)", digits=(6, 3))
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self.env.ref("base.CNY"),
    )
    annual = fields.Monetary(string="Annual Tax")
    annual_min = fields.Monetary(string="Legal Minimum")
    annual_max = fields.Monetary(string="Legal Maximum")
    date_from = fields.Date(required=True)
    date_to = fields.Date()
    active = fields.Boolean(default=True)

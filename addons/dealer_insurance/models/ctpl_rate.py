from odoo import fields, models

from ..const import CTPL_CLASSES


class DealerCtplRate(models.Model):
    """A class of the nationwide compulsory tariff with its annual base premium."""

    _name = "dealer.ctpl.rate"
    _description = "Compulsory Base Premium"
    _order = "code, date_from desc"

    code = fields.Char(required=True)
    name = fields.Char(required=True, translate=True)
    use_nature = fields.Selection(
        CTPL_CLASSES, string="Tariff Class", required=True, index=True
    )
    seat_min = fields.Integer(string="Seats from")
    seat_max = fields.Integer(string="Seats below")
    ton_min = fields.Float(string="Tonnes from", digits=(8, 3))
    ton_max = fields.Float(string="Tonnes below", digits=(8, 3))
    cc_min = fields.Integer(string="Displacement above (cc)")
    cc_max = fields.Integer(string="Displacement up to (cc)")
    amount = fields.Monetary(string="Annual Base Premium")
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self.env.ref("base.CNY"),
    )
    is_provincial = fields.Boolean(
        string="Set by the Province", help="No nationwide amount; ask the insurer."
    )
    date_from = fields.Date(required=True)
    date_to = fields.Date()
    active = fields.Boolean(default=True)

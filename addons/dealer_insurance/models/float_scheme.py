from odoo import fields, models

from ..const import FLOAT_KEYS


class DealerFloatScheme(models.Model):
    """Regional scheme A-E of the compulsory premium's floating rate."""

    _name = "dealer.float.scheme"
    _description = "Compulsory Float Scheme"
    _order = "code"

    code = fields.Char(required=True)
    name = fields.Char(required=True, translate=True)
    region = fields.Text(string="Regions", translate=True)
    state_ids = fields.Many2many("res.country.state", string="Provinces")
    line_ids = fields.One2many("dealer.float.scheme.line", "scheme_id")
    active = fields.Boolean(default=True)

    _code_uniq = models.UniqueIndex("(code)", "This scheme code exists already.")


class DealerFloatSchemeLine(models.Model):
    _name = "dealer.float.scheme.line"
    _description = "Compulsory Float Rate"
    _order = "scheme_id, date_from desc, sequence, id"

    scheme_id = fields.Many2one(
        "dealer.float.scheme", required=True, ondelete="cascade", index=True
    )
    sequence = fields.Integer(default=10)
    key = fields.Selection(FLOAT_KEYS, required=True)
    rate = fields.Float(digits=(6, 4), help="-0.3 means 30 % less.")
    date_from = fields.Date(required=True)
    date_to = fields.Date()

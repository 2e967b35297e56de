from decimal import Decimal

from odoo import fields, models

from ..const import FLOAT_KEYS
from ..tools.rating import in_force, to_decimal


class DealerFloatScheme(models.Model):
    """Regional scheme A-E of the compulsory premium's floating rate (domain.md 2.2)."""

    _name = "dealer.float.scheme"
    _description = "Compulsory Float Scheme"
    _order = "code"

    code = fields.Char(required=True)
    name = fields.Char(required=True, translate=True)
    region = fields.Text(string="Regions", translate=True)
    state_ids = fields.Many2many("res.country.state", string="Provinces")
    line_ids = fields.One2many("dealer.float.scheme.line", "scheme_id", string="Rates")
    active = fields.Boolean(default=True)

    _code_uniq = models.UniqueIndex("(code)", "This scheme code exists already.")

    def _factors(self, date):
        """Float factors of the scheme on a day.

        :return: dict key -> Decimal factor (1 + rate); "none" is always 1, because a
            car that is insured for the first time does not float
        """
        self.ensure_one()
        factors = {"none": Decimal(1)}
        # Newest first: the first line of a key is the one in force.
        for line in self.line_ids.sorted("date_from desc, id desc"):
            if in_force(line, date) and (line.key not in factors or line.key == "none"):
                factors[line.key] = 1 + to_decimal(round(line.rate, 4))
        return factors


class DealerFloatSchemeLine(models.Model):
    """One rate of a scheme: what it depends on, from when to when."""

    _name = "dealer.float.scheme.line"
    _description = "Compulsory Float Rate"
    _inherit = ["dealer.dated.mixin"]
    _order = "scheme_id, date_from desc, sequence, id"
    _rec_name = "key"

    scheme_id = fields.Many2one(
        "dealer.float.scheme", required=True, ondelete="cascade", index=True
    )
    sequence = fields.Integer(default=10)
    key = fields.Selection(FLOAT_KEYS, string="What Happened", required=True)
    rate = fields.Float(digits=(6, 4), help="-30 % means a premium of 70 %.")
    date_from = fields.Date(required=True)

    _period_uniq = models.UniqueIndex(
        "(scheme_id, key, date_from)",
        "The scheme has two rates for the same history and day.",
    )
    _rate_range = models.Constraint(
        "CHECK (rate >= -1)", "A premium cannot fall by more than 100 %."
    )

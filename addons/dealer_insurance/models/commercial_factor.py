from odoo import api, fields, models
from odoo.fields import Domain

from ..const import ENERGY_SCOPES


class DealerPricingRange(models.Model):
    """Range of the insurers' own pricing factor, by energy and period."""

    _name = "dealer.pricing.range"
    _description = "Pricing Factor Range"
    _inherit = ["dealer.dated.mixin"]
    _order = "energy, date_from desc"
    _rec_name = "energy"

    energy = fields.Selection(ENERGY_SCOPES, required=True, default="fuel")
    factor_min = fields.Float(string="From", digits=(6, 4), required=True)
    factor_max = fields.Float(string="To", digits=(6, 4), required=True)
    date_from = fields.Date(required=True)
    active = fields.Boolean(default=True)

    _range_order = models.Constraint(
        "CHECK (factor_min > 0 AND factor_max >= factor_min)",
        "The range needs a lower bound above zero and an upper bound not below it.",
    )

    @api.model
    def _find_ranges(self, date):
        """Ranges in force on a day: dict "fuel"/"nev" -> dealer.pricing.range."""
        ranges = {}
        for record in self.search(self._in_force_domain(date)):
            ranges.setdefault(record.energy, record)
        return ranges


class DealerNcdFactor(models.Model):
    """No-claim factor of a level, -4 (four years without claim) to 5."""

    _name = "dealer.ncd.factor"
    _description = "No-claim Factor"
    _inherit = ["dealer.dated.mixin"]
    _order = "level, date_from desc"
    _rec_name = "level"

    level = fields.Integer(required=True, aggregator=None)
    factor = fields.Float(digits=(6, 4), required=True, aggregator=None)
    date_from = fields.Date(required=True)
    active = fields.Boolean(default=True)

    _factor_positive = models.Constraint(
        "CHECK (factor > 0)", "A no-claim factor is above zero."
    )

    @api.model
    def _factors(self, date):
        """Set of the no-claim factors in force on a day, rounded to four places."""
        records = self.search(self._in_force_domain(date) & Domain("factor", ">", 0))
        return {round(record.factor, 4) for record in records}

    @api.model
    def _factors_by_level(self, date):
        """No-claim factors in force on a day: dict level -> factor."""
        factors = {}
        # Newest first: the first factor of a level is the one in force.
        for record in self.search(self._in_force_domain(date)):
            factors.setdefault(record.level, round(record.factor, 4))
        return factors

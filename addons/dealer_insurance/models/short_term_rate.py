from odoo import api, fields, models

from ..tools.rating import to_decimal


class DealerShortTermRate(models.Model):
    """Share of the annual compulsory premium that a term of some months costs
    (domain.md 2.1). Commercial cover goes by days and needs no table."""

    _name = "dealer.short.term.rate"
    _description = "Short-term Rate"
    _inherit = ["dealer.dated.mixin"]
    _order = "date_from desc, months"
    _rec_name = "months"

    months = fields.Integer(required=True, aggregator=None)
    rate = fields.Float(
        string="Share of the Annual Premium",
        digits=(6, 4),
        required=True,
        aggregator=None,
    )
    date_from = fields.Date(required=True)
    active = fields.Boolean(default=True)

    _months_period_uniq = models.UniqueIndex(
        "(months, date_from)", "These months have a rate for that period already."
    )
    _rate_range = models.Constraint(
        "CHECK (months >= 1 AND months <= 12 AND rate >= 0 AND rate <= 1)",
        "A short term has 1 to 12 months and costs at most the annual premium.",
    )

    @api.model
    def _factors(self, day):
        """Table in force on a day: dict months -> Decimal share."""
        factors = {}
        # Newest first: the first rate of a month is the one in force.
        for record in self.search(self._in_force_domain(day)):
            factors.setdefault(record.months, to_decimal(round(record.rate, 4)))
        return factors

from collections import defaultdict
from typing import NamedTuple

from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.dealer_base.models.vehicle import USE_NATURE_SELECTION

from ..tools.rating import in_class


class RateKey(NamedTuple):
    """What the compulsory tariff asks about a car."""

    use_nature: str
    seats: int = 0
    tonnage: float = 0.0
    cc: int = 0


class DealerCtplRate(models.Model):
    """A class of the nationwide compulsory tariff with its annual base premium."""

    _name = "dealer.ctpl.rate"
    _description = "Compulsory Base Premium"
    _inherit = ["dealer.dated.mixin"]
    _order = "date_from desc, code"
    _rec_names_search = ["code", "name"]

    code = fields.Char(required=True)
    name = fields.Char(required=True, translate=True)
    use_nature = fields.Selection(
        USE_NATURE_SELECTION, string="Use Class", required=True, index=True
    )
    seat_min = fields.Integer(string="Seats from", aggregator=None)
    seat_max = fields.Integer(string="Seats below", aggregator=None)
    ton_min = fields.Float(string="Tonnes from", digits=(8, 3), aggregator=None)
    ton_max = fields.Float(string="Tonnes below", digits=(8, 3), aggregator=None)
    cc_min = fields.Integer(string="Engine above (cc)", aggregator=None)
    cc_max = fields.Integer(string="Engine up to (cc)", aggregator=None)
    amount = fields.Monetary(string="Annual Base Premium", aggregator=None)
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self.env.ref("base.CNY"),
    )
    is_provincial = fields.Boolean(
        string="Set by the Province", help="No nationwide amount; ask the insurer."
    )
    date_from = fields.Date(required=True)
    active = fields.Boolean(default=True)

    _code_period_uniq = models.UniqueIndex(
        "(code, date_from)", "This tariff class exists already for that period."
    )
    _amount_positive = models.Constraint(
        "CHECK (amount >= 0)", "A base premium cannot be negative."
    )

    @api.depends("code", "name")
    def _compute_display_name(self):
        for rate in self:
            rate.display_name = f"{rate.code} {rate.name}"

    @api.model
    def _find_rates(self, keys, date):
        """Tariff classes of many cars on a day, in one query.

        Lower bounds of seats and tonnes belong to the class, upper ones do not.

        :param keys: iterable of :class:`RateKey` (or equal tuples)
        :param date: day on which the tariff must hold
        :return: dict key -> dealer.ctpl.rate, empty where no class fits
        """
        keys = {RateKey(*key) for key in keys}
        rates = self.search(
            self._in_force_domain(date)
            & Domain("use_nature", "in", list({key.use_nature for key in keys}))
        )
        by_nature = defaultdict(self.browse)
        for rate in rates:
            by_nature[rate.use_nature] |= rate
        return {
            key: next(
                (
                    rate
                    for rate in by_nature[key.use_nature]
                    if in_class(rate, key.seats, key.tonnage, key.cc)
                ),
                self.browse(),
            )
            for key in keys
        }

    @api.model
    def _base_premium(self, use_nature, seats=0, tonnage=0.0, cc=0, date=None):
        """Annual base premium of one car.

        :param tonnage: permitted load in tonnes (trucks)
        :param cc: engine displacement in cubic centimetres (motorcycles)
        :param date: day of the tariff, today by default
        :return: (amount in CNY or None, dealer.ctpl.rate); None where no class fits
            or the province sets the amount
        """
        key = RateKey(use_nature, seats, tonnage, cc)
        date = date or fields.Date.context_today(self)
        rate = self._find_rates([key], date)[key]
        return rate._amount_or_none(), rate

    def _amount_or_none(self):
        """Amount of the class, None for an empty record or a provincial class."""
        return None if not self or self.is_provincial else self.amount

    @api.model
    def _vehicle_key(self, vehicle):
        """What the tariff asks about a dealer.vehicle."""
        return RateKey(
            vehicle.use_nature,
            vehicle.seats,
            vehicle.tonnage,
            round(vehicle.displacement_l * 1000),
        )

    @api.model
    def _vehicle_rates(self, vehicles, date):
        """Tariff classes of vehicles on a day, in one query.

        :return: dict dealer.vehicle -> dealer.ctpl.rate
        """
        found = self._find_rates([self._vehicle_key(car) for car in vehicles], date)
        return {car: found[self._vehicle_key(car)] for car in vehicles}

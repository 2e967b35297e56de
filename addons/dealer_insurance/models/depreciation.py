from collections import defaultdict

from odoo import api, fields, models

from ..tools.rating import Rated, to_decimal
from ..tools.rating_value import (
    actual_value,
    depreciation_class,
    depreciation_use,
    months_used,
)

ENERGY_KEYS = {"bev": "bev", "phev": "hybrid", "erev": "hybrid", "fcev": "hybrid"}


class DealerDepreciationRate(models.Model):
    """Monthly depreciation by kind of car and use: clauses of 2014/2020, 2021 for new
    energy (domain.md 2.4). What the car is worth today follows from it."""

    _name = "dealer.depreciation.rate"
    _description = "Depreciation Rate"
    _inherit = ["dealer.dated.mixin"]
    _order = "vehicle_class, energy desc, use_class, price_from, date_from desc"

    vehicle_class = fields.Selection(
        [
            ("seats_9", "Passenger Car up to 9 Seats"),
            ("seats_10", "Passenger Car from 10 Seats"),
            ("truck_small", "Micro Truck or Truck with Trailer"),
            ("truck_slow", "Low-speed Truck or Three-wheeler"),
            ("other", "Other Vehicle"),
        ],
        required=True,
        default="seats_9",
    )
    use_class = fields.Selection(
        [
            ("private", "Private Household"),
            ("own", "Non-commercial"),
            ("rental", "Taxi or Rental"),
            ("commercial", "Other Commercial"),
        ],
        required=True,
        default="private",
    )
    energy = fields.Selection(
        [
            ("any", "Any"),
            ("bev", "Battery Electric"),
            ("hybrid", "Plug-in or Fuel Cell"),
        ],
        required=True,
        default="any",
    )
    price_from = fields.Monetary(string="New Price from", aggregator=None)
    price_to = fields.Monetary(
        string="New Price below", aggregator=None, help="0: no upper bound."
    )
    monthly_rate = fields.Float(
        string="Per Month",
        digits=(8, 6),
        required=True,
        aggregator=None,
        help="Share of the new price lost with every whole month of use.",
    )
    ceiling = fields.Float(
        string="At Most",
        digits=(6, 4),
        default=0.8,
        required=True,
        aggregator=None,
        help="Highest depreciation as a share of the new price.",
    )
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self.env.ref("base.CNY"),
    )
    date_from = fields.Date(required=True)
    active = fields.Boolean(default=True)

    _rate_shares = models.Constraint(
        "CHECK (monthly_rate >= 0 AND monthly_rate <= 1 AND ceiling >= 0 "
        "AND ceiling <= 1)",
        "Depreciation per month and its ceiling are shares between 0 and 100 %.",
    )
    _price_order = models.Constraint(
        "CHECK (price_from >= 0 AND (price_to = 0 OR price_to > price_from))",
        "The upper price must lie above the lower one.",
    )

    @api.depends("vehicle_class", "use_class", "energy", "monthly_rate")
    @api.depends_context("lang")
    def _compute_display_name(self):
        words = {
            name: dict(self._fields[name]._description_selection(self.env))
            for name in ("vehicle_class", "use_class", "energy")
        }
        for rate in self:
            parts = [
                words["vehicle_class"].get(rate.vehicle_class, ""),
                words["use_class"].get(rate.use_class, ""),
            ]
            if rate.energy != "any":
                parts.append(words["energy"].get(rate.energy, ""))
            share = f"{rate.monthly_rate * 100:.4g} %"
            rate.display_name = " · ".join(filter(None, [*parts, share]))

    @api.model
    def _find_rates(self, vehicles, day):
        """Depreciation of vehicles on a day, in one query.

        A rate of the energy type goes before one for any; the price of the new car
        chooses the band, its lower bound included.

        :return: dict dealer.vehicle -> dealer.depreciation.rate, empty where none fits
        """
        by_key = defaultdict(self.browse)
        for rate in self.search(self._in_force_domain(day)):
            by_key[rate.vehicle_class, rate.use_class, rate.energy] |= rate
        return {vehicle: self._rate_of(vehicle, by_key) for vehicle in vehicles}

    def _rate_of(self, vehicle, by_key):
        kind = depreciation_class(vehicle.use_nature, vehicle.seats)
        use = depreciation_use(vehicle.use_nature)
        for energy in (ENERGY_KEYS.get(vehicle.energy_type), "any"):
            for rate in by_key.get((kind, use, energy), self.browse()):
                price = vehicle.purchase_price
                if price >= rate.price_from and (
                    not rate.price_to or price < rate.price_to
                ):
                    return rate
        return self.browse()


class DealerVehicle(models.Model):
    _inherit = "dealer.vehicle"

    def _actual_values(self, day, rates=None):
        """What the cars are worth on a day (§2.4).

        :param day: date of the valuation
        :param rates: dict vehicle -> dealer.depreciation.rate chosen by a clerk; the
            table decides for the others
        :return: dict vehicle -> :class:`~..tools.rating.Rated`; amount None without a
            price or a rate. A car without registration date counts as new.
        """
        found = self.env["dealer.depreciation.rate"]._find_rates(self, day)
        found.update({vehicle: rate for vehicle, rate in (rates or {}).items() if rate})
        values = {}
        for vehicle in self:
            rate = found[vehicle]
            if not rate or not vehicle.purchase_price:
                values[vehicle] = Rated(None, "", "")
                continue
            values[vehicle] = actual_value(
                round(vehicle.purchase_price, 2),
                months_used(vehicle.registration_date, day),
                to_decimal(round(rate.monthly_rate, 6)),
                to_decimal(round(rate.ceiling, 4)),
                rate.display_name,
            )
        return values

    def _known_history(self, day):
        """Claims that the system knows of the cars; addons that keep claims extend it.

        :param day: first day of the cover to be rated
        :return: dict vehicle -> dict with any of ``claims`` (three years back),
            ``at_fault`` (last year), ``death`` (bool); a car left out is unknown
        """
        return {}

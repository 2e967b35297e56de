from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ..tools.rating import in_displacement

# Use classes whose tax goes by weight or has its own item; all others are cars.
TRUCK_NATURES = frozenset(
    {
        "truck_own",
        "truck_commercial",
        "special_1",
        "special_2",
        "special_3",
        "special_4",
    }
)
MAX_PASSENGER_SEATS = 9


class DealerTaxBand(models.Model):
    """Vehicle tax: the amounts a store uses, and the legal limits they keep to.

    A band in force belongs to a store (company) or to a whole province; the store's own
    bands go first. Legal limits have neither and only serve to check (domain.md 2.3).
    """

    _name = "dealer.tax.band"
    _description = "Vehicle Tax Band"
    _inherit = ["dealer.dated.mixin"]
    _order = "scope desc, item, energy, displacement_from, date_from desc"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    scope = fields.Selection(
        [("limit", "Legal Limit"), ("store", "Amount in Force")],
        required=True,
        default="store",
    )
    company_id = fields.Many2one(
        "res.company", string="Store", index=True, help="Empty: the whole province."
    )
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
    displacement_from = fields.Float(string="Above (L)", digits=(6, 3), aggregator=None)
    displacement_to = fields.Float(string="Up to (L)", digits=(6, 3), aggregator=None)
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self.env.ref("base.CNY"),
    )
    annual = fields.Monetary(string="Annual Tax", aggregator=None)
    annual_min = fields.Monetary(string="Legal Minimum", aggregator=None)
    annual_max = fields.Monetary(string="Legal Maximum", aggregator=None)
    date_from = fields.Date(required=True)
    active = fields.Boolean(default=True)

    _amounts_positive = models.Constraint(
        "CHECK (annual >= 0 AND annual_min >= 0 AND annual_max >= annual_min)",
        "Tax amounts cannot be negative, and the maximum not below the minimum.",
    )

    @api.constrains(
        "scope",
        "company_id",
        "state_id",
        "item",
        "energy",
        "displacement_from",
        "displacement_to",
        "annual",
        "date_from",
        "active",
    )
    def _check_band(self):
        """An amount in force has a place, and lies inside the legal limit."""
        bands = self.filtered(lambda band: band.scope == "store" and band.active)
        if not bands:
            return
        limits = self.search([("scope", "=", "limit")])
        for band in bands:
            if not band.company_id and not band.state_id:
                raise ValidationError(
                    self.env._(
                        "%(band)s: say for which store or which province it holds.",
                        band=band.name,
                    )
                )
            limit = limits.filtered(band._has_limit)[:1]
            if limit and not limit.annual_min <= band.annual <= limit.annual_max:
                raise ValidationError(
                    self.env._(
                        "%(band)s: %(annual)s lies outside the legal limits "
                        "(%(minimum)s to %(maximum)s).",
                        band=band.name,
                        annual=band.currency_id.format(band.annual),
                        minimum=band.currency_id.format(limit.annual_min),
                        maximum=band.currency_id.format(limit.annual_max),
                    )
                )

    def _has_limit(self, limit):
        """Whether a legal limit speaks about this band on its first day."""
        return (
            limit.item == self.item
            and limit.energy in ("any", self.energy)
            and limit.date_from <= self.date_from
            and (not limit.date_to or limit.date_to >= self.date_from)
            and in_displacement(limit, self.displacement_to or 99)
        )

    @api.model
    def _vehicle_item(self, vehicle):
        """Tax item of a dealer.vehicle, False for what is not taxed by this table."""
        if vehicle.use_nature in TRUCK_NATURES:
            return "truck"
        if vehicle.use_nature == "motorcycle":
            return "motorcycle"
        if vehicle.use_nature == "tractor":
            return False
        return "coach" if vehicle.seats > MAX_PASSENGER_SEATS else "passenger"

    @api.model
    def _find_bands(self, vehicles, date):
        """Bands in force for vehicles on a day, in one query.

        :param vehicles: dealer.vehicle of one or more stores
        :return: dict vehicle -> dealer.tax.band, empty where the table says nothing
        """
        companies = vehicles.company_id
        bands = self.search(
            self._in_force_domain(date)
            & Domain("scope", "=", "store")
            & (
                Domain("company_id", "in", companies.ids)
                | (
                    Domain("company_id", "=", False)
                    & Domain("state_id", "in", companies.state_id.ids)
                )
            )
        )
        return {vehicle: bands._band_of(vehicle) for vehicle in vehicles}

    def _band_of(self, vehicle):
        """The band of a vehicle among ``self``; the store's own ones go first."""
        item = self._vehicle_item(vehicle)
        energy = "nev" if vehicle.is_nev else "fuel"
        company = vehicle.company_id
        fitting = self.filtered(
            lambda band: (
                band.item == item
                and band.energy in ("any", energy)
                and (
                    band.company_id == company
                    or (not band.company_id and band.state_id == company.state_id)
                )
                and in_displacement(band, vehicle.displacement_l)
            )
        )
        return fitting.sorted(
            lambda band: (
                not band.company_id,
                band.energy == "any",
                -band.date_from.toordinal(),
            )
        )[:1]

    @api.model
    def _annual_tax(self, vehicle, date):
        """Annual vehicle tax of a car.

        :return: (amount in CNY or None, dealer.tax.band); None when no band fits, or
            for trucks, whose tax needs the unladen weight that only the insurer knows
        """
        band = self._find_bands(vehicle, date)[vehicle]
        if not band or band.item == "truck":
            return None, band
        return band.annual, band

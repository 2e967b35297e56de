from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools.identity import (
    check_plate,
    check_vin,
    normalise_engine_no,
    normalise_plate,
    normalise_vin,
)

USE_NATURE_SELECTION = [
    ("private", "Private Household"),
    ("business_own", "Company, Non-commercial"),
    ("government", "Government, Non-commercial"),
    ("taxi_rental", "Taxi or Rental"),
    ("city_bus", "City Bus"),
    ("coach", "Coach Line"),
    ("truck_own", "Truck, Non-commercial"),
    ("truck_commercial", "Truck, Commercial"),
    ("special_1", "Special Vehicle I (tanker)"),
    ("special_2", "Special Vehicle II (recovery, crane, mixer)"),
    ("special_3", "Special Vehicle III (fire, medical, cash transport)"),
    ("special_4", "Special Vehicle IV (container tractor)"),
    ("motorcycle", "Motorcycle"),
    ("tractor", "Tractor"),
]
ENERGY_SELECTION = [
    ("fuel", "Petrol or Diesel"),
    ("hev", "Hybrid without Plug"),
    ("bev", "Battery Electric"),
    ("phev", "Plug-in Hybrid"),
    ("erev", "Range Extender"),
    ("fcev", "Fuel Cell"),
    ("gas", "Gas"),
]
# New energy vehicles in the sense of the insurance clauses (§2.4).
NEV_ENERGY_TYPES = frozenset({"bev", "phev", "erev", "fcev"})
PLATE_TYPE_SELECTION = [
    ("none", "Not Registered Yet"),
    ("fuel", "Ordinary"),
    ("nev", "New Energy"),
    ("other", "Embassy, Military or Temporary"),
]


class DealerVehicle(models.Model):
    """A car of a customer, identified by its VIN (domain.md §8)."""

    _name = "dealer.vehicle"
    _description = "Vehicle"
    _inherit = ["dealer.store.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _rec_names_search = ["vin", "plate"]
    _check_company_auto = True

    name = fields.Char(compute="_compute_name", store=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    active = fields.Boolean(default=True)

    # identity
    vin = fields.Char(
        string="VIN",
        required=True,
        index="trigram",
        copy=False,
        tracking=True,
    )
    vin_warning = fields.Char(compute="_compute_vin_warning", string="VIN Remark")
    plate = fields.Char(index="trigram", copy=False, tracking=True)
    plate_type = fields.Selection(
        PLATE_TYPE_SELECTION,
        compute="_compute_plate_type",
        store=True,
    )
    plate_warning = fields.Char(
        compute="_compute_plate_warning",
        string="Plate Remark",
    )
    engine_no = fields.Char(string="Engine No.", copy=False, tracking=True)

    # what it is
    model_id = fields.Many2one(
        "fleet.vehicle.model",
        index="btree_not_null",
    )
    model_text = fields.Char(
        string="Model as Written",
        help="Model as it stands in the ledger or on the registration.",
    )
    color = fields.Char()
    use_nature = fields.Selection(
        USE_NATURE_SELECTION,
        required=True,
        default="private",
        tracking=True,
    )
    energy_type = fields.Selection(
        ENERGY_SELECTION,
        required=True,
        default="fuel",
        tracking=True,
    )
    is_nev = fields.Boolean(
        string="New Energy Vehicle",
        compute="_compute_is_nev",
        store=True,
    )
    seats = fields.Integer(default=5)
    tonnage = fields.Float(
        string="Load (t)",
        digits=(8, 3),
        help="Permitted load of a truck in tonnes.",
    )
    displacement_l = fields.Float(
        string="Displacement (L)",
        digits=(6, 3),
        help="Engine displacement in litres; zero for a battery electric car.",
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    purchase_price = fields.Monetary(
        string="New Car Price",
        help="Price of the new car, taxes included.",
    )
    registration_date = fields.Date(tracking=True)

    # who
    owner_id = fields.Many2one(
        "res.partner",
        index="btree_not_null",
        tracking=True,
    )
    first_beneficiary_id = fields.Many2one(
        "res.partner",
        index="btree_not_null",
        tracking=True,
        help="Bank or finance company while the car is financed.",
    )

    _vin_company_uniq = models.UniqueIndex(
        "(company_id, vin)",
        "A vehicle with this VIN exists already in the store.",
    )
    _seats_positive = models.Constraint(
        "CHECK (seats >= 0)",
        "The number of seats cannot be negative.",
    )
    _sizes_positive = models.Constraint(
        "CHECK (tonnage >= 0 AND displacement_l >= 0 AND purchase_price >= 0)",
        "Load, displacement and price cannot be negative.",
    )

    # -------------------------------------------------------------- Computes
    @api.depends("vin", "plate")
    def _compute_name(self):
        for vehicle in self:
            vehicle.name = vehicle.plate or vehicle.vin

    @api.depends("name", "vin")
    @api.depends_context("formatted_display_name")
    def _compute_display_name(self):
        rich = self.env.context.get("formatted_display_name")
        for vehicle in self:
            name = vehicle.name or ""
            if rich and vehicle.plate:
                name = f"{name} --{vehicle.vin}--"
            vehicle.display_name = name

    @api.depends("energy_type")
    def _compute_is_nev(self):
        for vehicle in self:
            vehicle.is_nev = vehicle.energy_type in NEV_ENERGY_TYPES

    @api.depends("plate")
    def _compute_plate_type(self):
        for vehicle in self:
            kind = check_plate(vehicle.plate).kind
            vehicle.plate_type = {
                "none": "none",
                "fuel": "fuel",
                "nev_electric": "nev",
                "nev_hybrid": "nev",
            }.get(kind, "other")

    @api.depends("vin", "company_id.dealer_vin_domestic_block")
    @api.depends_context("lang")
    def _compute_vin_warning(self):
        for vehicle in self:
            check = check_vin(vehicle.vin)
            vehicle.vin_warning = vehicle.vin and vehicle._vin_message(check)

    @api.depends("plate", "energy_type")
    @api.depends_context("lang")
    def _compute_plate_warning(self):
        for vehicle in self:
            check = check_plate(vehicle.plate)
            warning = False
            if check.problem:
                warning = self.env._("The plate does not have the form of a plate.")
            elif check.kind.startswith("nev") and not vehicle.is_nev:
                warning = self.env._(
                    "An eight-place plate belongs to a new energy vehicle; "
                    "check the energy type."
                )
            elif check.kind == "nev_electric" and vehicle.energy_type not in (
                "bev",
                "fcev",
            ):
                warning = self.env._(
                    "The letter of this plate stands for a pure electric car; "
                    "check the energy type."
                )
            elif check.kind == "nev_hybrid" and vehicle.energy_type == "bev":
                warning = self.env._(
                    "The letter of this plate stands for a hybrid; "
                    "check the energy type."
                )
            vehicle.plate_warning = warning

    # ----------------------------------------------------------- Constraints
    @api.constrains("vin", "company_id")
    def _check_vin(self):
        """Refuse what cannot be a VIN; see ``check_vin`` for the rules."""
        for vehicle in self:
            check = check_vin(vehicle.vin)
            if vehicle._vin_is_blocking(check):
                raise ValidationError(vehicle._vin_message(check))

    @api.constrains("plate")
    def _check_plate(self):
        for vehicle in self:
            if not check_plate(vehicle.plate).ok:
                raise ValidationError(
                    self.env._(
                        "“%(plate)s” is not a plate. Write it like 粤A12345, "
                        "or leave it empty for a car that is not registered yet.",
                        plate=vehicle.plate,
                    )
                )

    def _vin_is_blocking(self, check):
        """Whether a VIN problem refuses the record in this vehicle's store.

        :param check: result of ``check_vin``
        """
        self.ensure_one()
        if check.problem == "vin_check_digit":
            block = self.company_id.dealer_vin_domestic_block
            return not check.ok and block
        return not check.ok

    def _vin_message(self, check):
        """The wording of a VIN problem; empty when there is none."""
        vin = check.value
        if check.problem == "vin_missing":
            return self.env._("The VIN is missing.")
        if check.problem == "vin_length":
            return self.env._(
                "VIN %(vin)s has %(count)s characters; a VIN has 17.",
                vin=vin,
                count=len(vin),
            )
        if check.problem == "vin_letters":
            return self.env._(
                "VIN %(vin)s holds the letter I, O or Q, which no VIN has; "
                "it is most likely the digit 1 or 0.",
                vin=vin,
            )
        if check.problem == "vin_chars":
            return self.env._("VIN %(vin)s may hold only letters and digits.", vin=vin)
        if check.problem == "vin_check_digit":
            return self.env._(
                "VIN %(vin)s: the check digit in place 9 should be %(expected)s; "
                "compare with the registration letter by letter.",
                vin=vin,
                expected=check.expected,
            )
        return False

    # ------------------------------------------------------------------ CRUD
    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._normalise_vals(vals) for vals in vals_list])

    def write(self, vals):
        return super().write(self._normalise_vals(vals))

    @api.onchange("vin", "plate", "engine_no")
    def _onchange_numbers(self):
        for name, value in self._normalise_vals(
            {name: self[name] for name in ("vin", "plate", "engine_no")}
        ).items():
            if value and self[name] != value:
                self[name] = value

    @api.model
    def _normalise_vals(self, vals):
        """Numbers without blanks, in capitals and half-width (domain.md §8)."""
        vals = dict(vals)
        if vals.get("vin"):
            vals["vin"] = normalise_vin(vals["vin"])
        if vals.get("plate"):
            # "Not registered yet" becomes an empty plate.
            check = check_plate(vals["plate"])
            vals["plate"] = check.value or False
        if vals.get("engine_no"):
            vals["engine_no"] = normalise_engine_no(vals["engine_no"])
        return vals

    @api.model
    def _find_by_vin(self, vins, company):
        """Vehicles of a store by VIN, in one query.

        :param vins: iterable of VINs in any writing
        :param company: the store
        :return: dict of normalised VIN -> vehicle
        """
        wanted = {normalise_vin(vin) for vin in vins} - {""}
        vehicles = self.with_context(active_test=False).search(
            [("company_id", "=", company.id), ("vin", "in", list(wanted))]
        )
        return {vehicle.vin: vehicle for vehicle in vehicles}

    @api.model
    def _search_display_name(self, operator, value):
        """Find a car also when plate or VIN are typed with blanks or dots."""
        if isinstance(value, str):
            value = normalise_plate(value) or value
        return super()._search_display_name(operator, value)

    # ------------------------------------------------------------------ hooks
    def _seen_in_store(self, event, record=None):
        """Tell whoever waits for these cars that they are in the store or calling.

        Called when a car is received for repair, when its owner calls the hotline and
        when its plate is entered at the service lane. Addons that wait for cars extend
        it; nobody below does.

        :param event: reception | hotline | lane
        :param record: the record that saw them, if there is one
        """

    def _open_troubles(self):
        """What is open between the owners of these cars and the store.

        Addons that keep claims or complaints extend it; one query for all cars.

        :return: dict vehicle -> list of dicts with ``kind`` (claim | complaint),
            ``name``, ``text`` for a person and ``record``
        """
        return {}

    def _store_facts(self, date_from, date_to):
        """What the store did for these cars in a period, both days included.

        :return: dict vehicle -> dict with any of ``claims`` (number), ``repairs``
            (number), ``repair_value`` (amount in the currency of the store) and
            ``last_visit`` (day)
        """
        return {}

from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.dealer_base.tools.identity import (
    normalise_mobile,
    normalise_plate,
    normalise_vin,
)

#: A part of a plate or VIN that is long enough to mean one car.
PLATE_TAIL, VIN_TAIL = 5, 6
EARLIER_CALLS = 10


class DealerAccidentCall(models.Model):
    """While the telephone rings: who calls, which car, what is known of it."""

    _inherit = "dealer.accident.call"

    candidate_ids = fields.Many2many(
        "dealer.vehicle",
        string="Cars of the Caller",
        compute="_compute_candidates",
        exportable=False,
    )
    earlier_call_ids = fields.Many2many(
        "dealer.accident.call",
        string="Earlier Calls",
        compute="_compute_history",
        exportable=False,
    )
    open_claim_ids = fields.Many2many(
        "dealer.claim",
        string="Open Claims",
        compute="_compute_history",
        exportable=False,
    )
    is_known = fields.Boolean(
        compute="_compute_history", exportable=False, export_string_translation=False
    )

    # ------------------------------------------------------------- Recognition
    @api.model
    def _phone_spellings(self, phone):
        """The ways in which contacts may carry a telephone number."""
        digits = normalise_mobile(phone or "")
        if len(digits) != 11:
            return [digits] if digits else []
        parts = (digits[:3], digits[3:7], digits[7:])
        local = [digits, " ".join(parts), "-".join(parts)]
        return local + [f"+86{text}" for text in local] + [f"+86 {t}" for t in local]

    @api.model
    def _cars_of_phone(self, phone, company):
        """Cars whose owner has this number, or whose driver called with it before.

        :param phone: as typed
        :param company: the store
        :return: (res.partner one or empty, dealer.vehicle)
        """
        spellings = self._phone_spellings(phone)
        Vehicle = self.env["dealer.vehicle"]
        if not spellings:
            return self.env["res.partner"], Vehicle
        cars = Vehicle.search(
            [
                ("company_id", "=", company.id),
                ("owner_id.phone", "in", spellings),
            ],
            limit=EARLIER_CALLS,
        )
        if not cars:
            calls = self.search(
                [
                    ("company_id", "=", company.id),
                    ("phone", "=", spellings[0]),
                    ("vehicle_id", "!=", False),
                ],
                limit=EARLIER_CALLS,
            )
            cars = calls.vehicle_id
        partner = cars.owner_id if len(cars.owner_id) == 1 else self.env["res.partner"]
        return partner, cars

    @api.model
    def _car_of_text(self, plate, vin, company):
        """The car that a typed plate or VIN means, blanks and beginnings left out.

        :param plate: plate or the end of it
        :param vin: VIN or the end of it
        :param company: the store
        :return: dealer.vehicle, one or empty; empty when two cars fit
        """
        Vehicle = self.env["dealer.vehicle"]
        store = Domain("company_id", "=", company.id)
        for name, text, tail in (
            ("vin", normalise_vin(vin or ""), VIN_TAIL),
            ("plate", normalise_plate(plate or ""), PLATE_TAIL),
        ):
            if len(text) < tail:
                continue
            cars = Vehicle.search(store & Domain(name, "=like", f"%{text}"), limit=5)
            exact = cars.filtered(lambda car, name=name, text=text: car[name] == text)
            found = exact if len(exact) == 1 else cars
            if len(found) == 1:
                return found
        return Vehicle

    @api.onchange("plate", "vin")
    def _onchange_car_text(self):
        car = self._car_of_text(self.plate, self.vin, self.company_id)
        if car and car != self.vehicle_id._origin:
            self.vehicle_id = car
            self._onchange_vehicle_id()

    @api.onchange("phone")
    def _onchange_phone(self):
        """The number on the display finds customer and car."""
        partner, cars = self._cars_of_phone(self.phone, self.company_id)
        if partner and not self.partner_id:
            self.partner_id = partner
            self.caller_name = self.caller_name or partner.name
        if len(cars) == 1 and not self.vehicle_id:
            self.vehicle_id = cars
            self._onchange_vehicle_id()

    @api.onchange("vehicle_id")
    def _onchange_vehicle_id(self):
        car = self.vehicle_id
        if not car:
            return
        self.plate = car.plate or self.plate
        self.vin = car.vin
        self.partner_id = car.owner_id or self.partner_id
        policy = self.commercial_policy_id or self.ctpl_policy_id
        self.insurer_id = policy.insurer_id or self.insurer_id
        if self.caller_is_owner and not self.caller_name:
            self.caller_name = car.owner_id.name
        if not self.phone and car.owner_id.phone:
            self.phone = normalise_mobile(car.owner_id.phone)

    @api.model
    def _matched_vals(self, vals_list):
        """Values of new calls with the car that their plate or VIN names; one query.

        :param vals_list: normalised values
        :return: the values, completed
        """
        open_vals = [
            vals
            for vals in vals_list
            if not vals.get("vehicle_id") and (vals.get("vin") or vals.get("plate"))
        ]
        cars = self.env["dealer.vehicle"]
        if open_vals:
            cars = cars.search(
                Domain("vin", "in", [v["vin"] for v in open_vals if v.get("vin")])
                | Domain(
                    "plate", "in", [v["plate"] for v in open_vals if v.get("plate")]
                )
            )
        by_key = {}
        for car in cars:
            by_key[car.company_id.id, car.vin] = car
            if car.plate:
                by_key[car.company_id.id, car.plate] = car
        for vals in open_vals:
            company_id = vals.get("company_id") or self.env.company.id
            car = by_key.get((company_id, vals.get("vin"))) or by_key.get(
                (company_id, vals.get("plate"))
            )
            if car:
                vals["vehicle_id"] = car.id
        known = self.env["dealer.vehicle"].browse(
            [vals["vehicle_id"] for vals in vals_list if vals.get("vehicle_id")]
        )
        owners = {car.id: car for car in known}
        for vals in vals_list:
            car = owners.get(vals.get("vehicle_id"))
            if car:
                vals["plate"] = vals.get("plate") or car.plate
                vals["vin"] = vals.get("vin") or car.vin
                vals["partner_id"] = vals.get("partner_id") or car.owner_id.id
        return vals_list

    def action_match(self):
        """Look again for the policies of the car, after they were entered late."""
        self.check_access("write")
        self._check_holds("hotline_agent", "claim_leader", "insurance_manager")
        self._check_content_open()
        found = self._policies_in_force()
        for call in self:
            by_product = found.get(call, {})
            call._write_protected(
                {
                    "ctpl_policy_id": by_product.get("ctpl", call.ctpl_policy_id).id,
                    "commercial_policy_id": by_product.get(
                        "commercial", call.commercial_policy_id
                    ).id,
                }
            )
        return True

    # ------------------------------------------------------------- What is known
    @api.depends("phone", "company_id", "vehicle_id")
    def _compute_candidates(self):
        for call in self:
            # Only a new call chooses among cars; one query while it is typed.
            if call.vehicle_id or call._origin or not call.phone:
                call.candidate_ids = False
            else:
                cars = self._cars_of_phone(call.phone, call.company_id)[1]
                call.candidate_ids = cars

    @api.depends("vehicle_id", "company_id")
    def _compute_history(self):
        """Earlier calls and open claims of the cars; one query each."""
        cars = self.vehicle_id
        calls, claims = self.browse(), self.env["dealer.claim"]
        if cars:
            calls = self.search([("vehicle_id", "in", cars.ids)])
            claims = claims.search(
                Domain("vehicle_id", "in", cars.ids) & self._open_claim_domain()
            )
        for call in self:
            car = call.vehicle_id._origin
            same = calls.filtered(lambda other, car=car: other.vehicle_id == car)
            call.earlier_call_ids = (same - call._origin)[:EARLIER_CALLS]
            call.open_claim_ids = claims.filtered(
                lambda claim, car=car: claim.vehicle_id == car
            )
            call.is_known = bool(car)

    @api.model
    def _open_claim_domain(self):
        """Claims of the car that are not finished."""
        return Domain("released_at", "=", False) & Domain("is_historical", "=", False)

    @api.model
    def get_popup_action(self, phone=""):
        """The form of a new call for a number on the display (CTI).

        :param phone: number of the caller, in any writing
        :return: window action with the caller's number as default
        """
        self.browse().check_access("create")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "dealer_claims.dealer_accident_call_action_new"
        )
        number = normalise_mobile(phone or "") or "".join(
            char for char in phone or "" if char.isdigit()
        )
        action["context"] = {"default_phone": number[:20]}
        return action

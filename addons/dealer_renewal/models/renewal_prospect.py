from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from odoo.addons.dealer_base.tools.identity import (
    check_vin,
    normalise_plate,
    normalise_vin,
)
from odoo.addons.dealer_insurance.models.underwriting import CUSTOMER_NATURES

from .renewal_due_result import RESULTS

GRADES = [("a", "A"), ("b", "B"), ("c", "C")]
INTENTIONS = [("h", "H"), ("a", "A"), ("b", "B"), ("c", "C")]
#: A date on another list that lies further away belongs to another year of cover.
OTHER_YEAR_DAYS = 183


class DealerRenewalProspect(models.Model):
    """A car that is insured elsewhere and known to the store (domain.md §3.5).

    Serviced here and never insured here, or insured here once and gone. When its cover
    runs out it stands on the due list of that month like the store's own cars.
    """

    _name = "dealer.renewal.prospect"
    _description = "Renewal Prospect"
    _inherit = [
        "dealer.numbered.mixin",
        "dealer.derived.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "id desc"
    _check_company_auto = True
    _rec_names_search = ["vin", "plate", "owner_name", "phone"]
    _protected_fields = ("source", "dropped_at", "dropped_by_id", "drop_reason")

    name = fields.Char(readonly=True, copy=False, default="/")
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        string="Store",
        required=True,
        index=True,
        readonly=True,
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    source = fields.Selection(
        [("manual", "Typed In"), ("import", "Imported List")],
        required=True,
        default="manual",
        readonly=True,
        copy=False,
    )

    # the car; without a VIN there is no car yet
    vehicle_id = fields.Many2one(
        "dealer.vehicle",
        index="btree_not_null",
        check_company=True,
        tracking=True,
        ondelete="restrict",
    )
    vin = fields.Char(string="VIN", index="trigram", tracking=True)
    plate = fields.Char(index="trigram", tracking=True)
    model_text = fields.Char(string="Model")
    registration_date = fields.Date()
    is_financed = fields.Boolean(string="Financed")

    # people
    partner_id = fields.Many2one(
        "res.partner", string="Customer", index="btree_not_null", tracking=True
    )
    owner_name = fields.Char(string="Owner as Written", tracking=True)
    insured_name = fields.Char(string="Insured as Written")
    contact_name = fields.Char(string="Contact as Written")
    phone = fields.Char(tracking=True)
    customer_nature = fields.Selection(CUSTOMER_NATURES)

    # cover elsewhere
    ctpl_end = fields.Date(string="CTPL Ends", tracking=True)
    commercial_end = fields.Date(string="Commercial Ends", tracking=True)
    expiry_date = fields.Date(
        compute="_compute_expiry_date",
        store=True,
        readonly=False,
        precompute=True,
        index=True,
        tracking=True,
        help="Commercial cover, else compulsory cover.",
    )
    insurer_id = fields.Many2one(
        "res.partner",
        string="Last Insurer",
        domain=[("is_insurer", "=", True)],
        index="btree_not_null",
    )
    insurer_text = fields.Char(string="Last Insurer as Written")
    last_premium = fields.Monetary(string="Last Year's Premium")
    cover_text = fields.Char(string="Last Year's Covers")
    declared_segment = fields.Char(string="Kind as Written")
    times_insured = fields.Integer(string="Times Insured Here")
    insured_here_before = fields.Boolean(
        compute="_compute_insured_here_before",
        store=True,
        readonly=False,
        precompute=True,
        help="Insured in this store in some earlier year.",
    )

    # what the store knows
    claims_last_year = fields.Integer(string="Accidents Last Year")
    repairs_last_year = fields.Integer(string="Workshop Visits Last Year")
    repair_value_last_year = fields.Monetary(string="Accident Repairs Last Year")
    service_active = fields.Boolean(
        compute="_compute_service_active",
        store=True,
        readonly=False,
        precompute=True,
        help="Was in the workshop within the last year (K09).",
    )
    grade = fields.Selection(GRADES, string="Customer Grade", tracking=True)
    intention = fields.Selection(INTENTIONS, string="Purchase Intention", tracking=True)

    # who works on it
    agent_id = fields.Many2one(
        "dealer.staff",
        string="Specialist",
        index="btree_not_null",
        check_company=True,
        tracking=True,
    )
    advisor_id = fields.Many2one(
        "dealer.staff",
        string="Service Advisor",
        index="btree_not_null",
        check_company=True,
    )
    last_contact_on = fields.Date(string="Last Contact as Written")
    note = fields.Text()

    # state of the data
    missing_text = fields.Char(string="Missing", compute="_compute_missing")
    is_incomplete = fields.Boolean(
        compute="_compute_is_incomplete",
        store=True,
        precompute=True,
        help="Telephone, VIN or expiry is missing.",
    )
    conflict_ids = fields.One2many("dealer.renewal.prospect.conflict", "prospect_id")
    conflict_count = fields.Integer(
        string="Open Differences", compute="_compute_conflict_count", store=True
    )
    task_ids = fields.One2many("dealer.renewal.task", "prospect_id")
    due_ids = fields.One2many("dealer.renewal.due", "prospect_id")
    due_id = fields.Many2one(
        "dealer.renewal.due", string="On Due List", compute="_compute_due_id"
    )
    result = fields.Selection(RESULTS, compute="_compute_due_id")
    dropped_at = fields.Datetime(readonly=True, copy=False)
    dropped_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    drop_reason = fields.Char(readonly=True, copy=False, tracking=True)

    _car_uniq = models.UniqueIndex(
        "(company_id, vehicle_id) WHERE active AND vehicle_id IS NOT NULL",
        "This car is a prospect already.",
    )

    # ------------------------------------------------------------------- Computes
    @api.depends("ctpl_end", "commercial_end")
    def _compute_expiry_date(self):
        for prospect in self:
            prospect.expiry_date = (
                prospect.commercial_end or prospect.ctpl_end or prospect.expiry_date
            )

    @api.depends("times_insured")
    def _compute_insured_here_before(self):
        for prospect in self:
            prospect.insured_here_before = prospect.times_insured > 0

    @api.depends("repairs_last_year")
    def _compute_service_active(self):
        for prospect in self:
            prospect.service_active = prospect.repairs_last_year > 0

    @api.depends("phone", "vehicle_id", "expiry_date")
    def _compute_is_incomplete(self):
        for prospect in self:
            prospect.is_incomplete = not (
                prospect.phone and prospect.vehicle_id and prospect.expiry_date
            )

    @api.depends("phone", "vehicle_id", "expiry_date")
    @api.depends_context("lang")
    def _compute_missing(self):
        for prospect in self:
            words = []
            if not prospect.phone:
                words.append(self.env._("telephone"))
            if not prospect.vehicle_id:
                words.append(self.env._("VIN"))
            if not prospect.expiry_date:
                words.append(self.env._("expiry"))
            prospect.missing_text = ", ".join(words)

    @api.depends("conflict_ids.state")
    def _compute_conflict_count(self):
        for prospect in self:
            prospect.conflict_count = len(
                prospect.conflict_ids.filtered(lambda c: c.state == "open")
            )

    @api.depends("due_ids")
    def _compute_due_id(self):
        for prospect in self:
            prospect.due_id = prospect.due_ids.sorted("expiry_date")[-1:]
            prospect.result = prospect.due_id.result

    @api.depends("plate", "vin", "owner_name")
    def _compute_display_name(self):
        for prospect in self:
            car = prospect.plate or prospect.vin or prospect.name
            prospect.display_name = f"{car} {prospect.owner_name or ''}".strip()

    # ------------------------------------------------------------------------ CRUD
    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [self._normalise_vals(vals) for vals in vals_list]
        prospects = super().create(vals_list)
        prospects._link_vehicles()
        return prospects

    def write(self, vals):
        if "active" in vals and not self.env.su:
            raise UserError(
                self.env._("Give a prospect up with the button and a reason.")
            )
        result = super().write(self._normalise_vals(vals))
        if vals.get("vin") or vals.get("plate"):
            self._link_vehicles()
        return result

    @api.model
    def _normalise_vals(self, vals):
        vals = dict(vals)
        if vals.get("vin"):
            vals["vin"] = normalise_vin(vals["vin"])
        if vals.get("plate"):
            vals["plate"] = normalise_plate(vals["plate"])
        return vals

    @api.ondelete(at_uninstall=False)
    def _unlink_unused(self):
        if self.due_ids or self.task_ids:
            raise UserError(
                self.env._(
                    "A prospect that is on a due list or has a task is not deleted. "
                    "Give it up with a reason."
                )
            )

    def _link_vehicles(self):
        """Find the car by VIN, then by plate; make it when the VIN is new.

        Two look-ups whatever the number of prospects.
        """
        loose = self.filtered(lambda p: not p.vehicle_id and (p.vin or p.plate))
        Vehicle = self.env["dealer.vehicle"]
        for company in loose.company_id:
            own = loose.filtered(lambda p, c=company: p.company_id == c)
            by_vin = Vehicle._find_by_vin(filter(None, own.mapped("vin")), company)
            by_plate = own._vehicles_by_plate(company)
            new = {}
            for prospect in own:
                vehicle = (
                    by_vin.get(prospect.vin)
                    if prospect.vin
                    else by_plate.get(prospect.plate)
                )
                if vehicle:
                    prospect._take_vehicle(vehicle)
                elif prospect.vin and check_vin(prospect.vin).ok:
                    new[prospect] = prospect._prepare_vehicle_vals()
            # sudo: who may enter prospects makes the car that they name
            vehicles_sudo = Vehicle.sudo().create(list(new.values()))
            for prospect, vehicle in zip(new, vehicles_sudo, strict=True):
                prospect._take_vehicle(Vehicle.browse(vehicle.id))

    def _vehicles_by_plate(self, company):
        """Cars of these plates; a plate that two cars carry tells nothing."""
        found = self.env["dealer.vehicle"].search(
            Domain("company_id", "=", company.id)
            & Domain("plate", "in", list(filter(None, self.mapped("plate"))))
        )
        grouped = found.grouped("plate")
        return {plate: cars for plate, cars in grouped.items() if len(cars) == 1}

    def _take_vehicle(self, vehicle):
        vals = {"vehicle_id": vehicle.id}
        if not self.vin:
            vals["vin"] = vehicle.vin
        if not self.plate and vehicle.plate:
            vals["plate"] = vehicle.plate
        self.write(vals)

    def _prepare_vehicle_vals(self):
        return {
            "company_id": self.company_id.id,
            "vin": self.vin,
            "plate": self.plate or False,
            "model_text": self.model_text or False,
            "registration_date": self.registration_date or False,
            "owner_id": self.partner_id.id,
        }

    # --------------------------------------------------------------------- Merging
    def _merge_facts(self, vals, origin):
        """Take over what another list says where we know nothing; list the rest.

        A cover that ends in another year replaces the old one: the car was insured
        again elsewhere.

        :param vals: values of this model, from the other list
        :param origin: name of the file and row, for the list of differences
        """
        self.ensure_one()
        gaps, conflicts = {}, []
        if self._is_next_year(vals):
            gaps.update(
                {
                    name: vals.get(name) or False
                    for name in ("ctpl_end", "commercial_end", "expiry_date")
                    if name in vals
                }
            )
        for name, value in vals.items():
            field = self._fields[name]
            if name in gaps or name in ("company_id", "source") or not value:
                continue
            ours = self[name].id if field.type == "many2one" else self[name]
            if not ours:
                gaps[name] = value
            elif ours != field.convert_to_write(value, self) and ours != value:
                conflicts.append(self._prepare_conflict_vals(name, value, origin))
        if gaps:
            self.write(gaps)
        self.env["dealer.renewal.prospect.conflict"]._sudo_list(self, conflicts)
        return self

    def _is_next_year(self, vals):
        new = vals.get("commercial_end") or vals.get("ctpl_end")
        new, old = fields.Date.to_date(new), self.expiry_date
        return bool(new and old and (new - old).days > OTHER_YEAR_DAYS)

    def _prepare_conflict_vals(self, name, value, origin):
        field = self._fields[name]
        stored = field.convert_to_write(value, self)
        theirs = (
            self.env[field.comodel_name].browse(stored).display_name
            if field.type == "many2one"
            else self._word(name, value)
        )
        ours = (
            self[name].display_name
            if field.type == "many2one"
            else self._word(name, self[name])
        )
        return {
            "prospect_id": self.id,
            "field_name": name,
            "ours": ours,
            "theirs": theirs,
            "value": fields.Date.to_string(value)
            if field.type == "date"
            else str(stored),
            "origin": origin,
        }

    def _word(self, name, value):
        field = self._fields[name]
        if field.type == "selection":
            return dict(field._description_selection(self.env)).get(value, value)
        return str(value)

    # --------------------------------------------------------------------- Buttons
    def action_drop(self, reason=None):
        """Give a prospect up, for example because the car was sold.

        :param reason: why; without it a dialog asks
        """
        self.check_access("write")
        if not (reason or "").strip():
            return self.env["dealer.return.wizard"]._open_for(self, "return")
        # sudo: the marks of giving up are protected; the right to write was checked
        prospects_sudo = self.sudo()
        prospects_sudo._write_protected(
            {
                "active": False,
                "dropped_at": fields.Datetime.now(),
                "dropped_by_id": self.env.uid,
                "drop_reason": reason.strip(),
            }
        )
        return True

    def action_return(self, reason=None):
        """Name under which the dialog of reasons calls :meth:`action_drop`."""
        return self.action_drop(reason)

    def action_take_up(self):
        """Take a prospect up again."""
        self.check_access("write")
        # sudo: the marks of giving up are protected; the right to write was checked
        prospects_sudo = self.sudo()
        prospects_sudo._write_protected(
            {
                "active": True,
                "dropped_at": False,
                "dropped_by_id": False,
                "drop_reason": False,
            }
        )
        return True

    @api.readonly
    def action_view_due(self):
        """Open the line of the due list."""
        self.ensure_one()
        self.check_access("read")
        return self.due_id._get_records_action(name=self.env._("Due Car"))

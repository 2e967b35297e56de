from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from odoo.addons.dealer_base.tools.identity import normalise_plate, normalise_vin

from ..models.renewal_lane import LANE_POSTS


class DealerRenewalLane(models.TransientModel):
    """Quick look at the service lane: whose renewal is open, what comes first."""

    _name = "dealer.renewal.lane"
    _description = "Service Lane"

    name = fields.Char(
        string="Plate or VIN",
        help="The last characters are enough when they are unique.",
    )
    company_id = fields.Many2one("res.company", default=lambda self: self.env.company)
    looked_for = fields.Char(readonly=True)
    vehicle_id = fields.Many2one("dealer.vehicle", string="Car", readonly=True)
    owner_name = fields.Char(related="vehicle_id.owner_id.name", string="Customer")
    model_text = fields.Char(related="vehicle_id.model_text", string="Model")
    task_id = fields.Many2one("dealer.renewal.task", string="Renewal", readonly=True)
    expiry_date = fields.Date(related="task_id.expiry_date")
    days_left = fields.Integer(related="task_id.days_left")
    specialist_id = fields.Many2one(related="task_id.owner_id")
    task_state = fields.Selection(related="task_id.state", string="State")
    last_result = fields.Selection(related="task_id.last_result", string="Said Last")
    is_told = fields.Boolean(readonly=True)
    trouble_html = fields.Html(
        compute="_compute_trouble_html", string="First of All", sanitize=False
    )
    message = fields.Char(readonly=True)

    @api.depends("vehicle_id")
    def _compute_trouble_html(self):
        for lane in self:
            lines = lane.vehicle_id._open_troubles().get(lane.vehicle_id, ())
            lane.trouble_html = self.env["dealer.renewal.task"]._trouble_list(lines)

    def action_look(self):
        """Find the car and tell the specialist; the same screen shows the answer."""
        self.ensure_one()
        self.env["dealer.renewal.task"]._check_holds(*LANE_POSTS)
        vals = {"looked_for": self.name, "name": False, "is_told": False}
        vals |= {"vehicle_id": False, "task_id": False, "message": False}
        cars = self._find_cars()
        if len(cars) == 1:
            cars._seen_in_store("lane", self)
            task = self.env["dealer.renewal.task"]._lane_tasks(cars)[:1]
            vals |= {"vehicle_id": cars.id, "task_id": task.id, "is_told": bool(task)}
            if not task:
                vals["message"] = self.env._(
                    "No renewal of this car is open in the window."
                )
        elif cars:
            vals["message"] = self.env._(
                "Several cars fit: %(cars)s. Type the whole plate.",
                cars=", ".join(cars.mapped("display_name")),
            )
        else:
            vals["message"] = self.env._("No car of this store fits.")
        self.write(vals)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Service Lane"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "main",
        }

    def action_open_task(self):
        """Open the renewal task."""
        self.ensure_one()
        return self.task_id._get_records_action(name=self.env._("Renewal Task"))

    def _find_cars(self):
        """Cars of the store by whole plate or VIN, else by the end of one of them.

        :raises UserError: nothing, or too little, was typed
        """
        text = (self.name or "").strip()
        if len(text) < 4:
            raise UserError(
                self.env._("Type the plate or the VIN, four characters at least.")
            )
        plate, vin = normalise_plate(text), normalise_vin(text)
        Vehicle = self.env["dealer.vehicle"]
        store = Domain("company_id", "=", self.company_id.id)
        exact = Vehicle.search(
            store & (Domain("plate", "=", plate) | Domain("vin", "=", vin)), limit=2
        )
        if exact:
            return exact
        return Vehicle.search(
            store
            & (
                Domain("plate", "=ilike", f"%{plate}")
                | Domain("vin", "=ilike", f"%{vin}")
            ),
            limit=6,
        )

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from odoo.addons.dealer_base.tools.identity import normalise_plate, normalise_vin

from .renewal_task import TALK_STATES

LANE_POSTS = (
    "claim_receptionist",
    "hotline_agent",
    "sales_consultant",
    "renewal_agent",
    "policy_clerk",
    "uw_leader",
    "claim_leader",
)
SEEN_EVENTS = [
    ("reception", "Received for Repair"),
    ("hotline", "Called the Hotline"),
    ("lane", "At the Service Lane"),
]


class DealerVehicle(models.Model):
    _inherit = "dealer.vehicle"

    def _seen_in_store(self, event, record=None):
        # EXTENDS dealer_base: the specialist hears of it while the customer is here
        result = super()._seen_in_store(event, record)
        self.env["dealer.renewal.task"]._sudo_seen(self, event)
        return result


class DealerRenewalTask(models.Model):
    """The car is in the store, its renewal is open: the specialist is told at once."""

    _inherit = "dealer.renewal.task"

    last_seen_at = fields.Datetime(string="Seen in the Store", readonly=True)
    last_seen_on = fields.Date(readonly=True)
    last_seen_event = fields.Selection(SEEN_EVENTS, readonly=True)

    @api.model
    def _lane_tasks(self, vehicles):
        """Open tasks of these cars inside the renewal window of their store."""
        return self.search(
            Domain("vehicle_id", "in", vehicles.ids)
            & Domain("state", "in", TALK_STATES)
            & Domain.OR(
                Domain("company_id", "=", company.id)
                & Domain(
                    "expiry_date",
                    "<=",
                    today + timedelta(days=company.dealer_renew_days_before),
                )
                & Domain(
                    "expiry_date",
                    ">=",
                    today - timedelta(days=company.dealer_renew_days_after),
                )
                for company in vehicles.company_id
                for today in [company._dealer_today()]
            ),
            order="expiry_date, id",
        )

    @api.model
    def _sudo_seen(self, vehicles, event):
        """Tell the owners, once per day and car.

        :param vehicles: cars that are in the store or calling
        :param event: reception | hotline | lane
        :return: tasks whose owner was told now
        """
        # sudo: the receptionist sees the car, the task belongs to the specialist
        if not vehicles:
            return self.browse()
        found = self.sudo()._lane_tasks(vehicles)
        today = found._user_today()
        fresh = found.filtered(lambda task: task.last_seen_on != today[task.company_id])
        for company, tasks in fresh.grouped("company_id").items():
            tasks._write_protected(
                {
                    "last_seen_at": fields.Datetime.now(),
                    "last_seen_on": today[company],
                    "last_seen_event": event,
                }
            )
        fresh._tell_owner_seen(event)
        return fresh

    def _tell_owner_seen(self, event):
        """Activity and message on the screen of the owner, or of the leader."""
        leaders = {
            company: company._dealer_post_user("uw_leader", "insurance_manager")
            for company in self.company_id
        }
        vals_list = []
        for task in self:
            user = task.owner_user_id or leaders[task.company_id]
            if not user:
                continue
            record = task.with_context(lang=user.lang or self.env.lang)
            labels = dict(
                record._fields["last_seen_event"]._description_selection(record.env)
            )
            text = record.env._(
                "%(event)s: %(name)s, cover ends on %(day)s",
                event=labels[event],
                name=record.display_name,
                day=fields.Date.to_string(task.expiry_date),
            )
            vals_list.append(
                task._activity_vals(
                    "dealer_renewal.activity_renewal_lane",
                    user,
                    task.company_id._dealer_today(),
                    text,
                )
            )
            user._bus_send(
                "simple_notification",
                {
                    "type": "danger" if task.trouble_count else "warning",
                    "title": record.env._("A customer of yours is here"),
                    "message": text,
                    "sticky": True,
                },
            )
        self._create_activities(vals_list)


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

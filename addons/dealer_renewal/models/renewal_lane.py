from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

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

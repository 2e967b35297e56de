from odoo import api, fields, models

from ..models.accident_follow_up import METHODS, RESULTS


class DealerAccidentCallWizard(models.TransientModel):
    """Asks for the moment or the result that a button of the call needs."""

    _name = "dealer.accident.call.wizard"
    _description = "Step of an Accident Call"

    call_id = fields.Many2one("dealer.accident.call", required=True, readonly=True)
    step = fields.Selection(
        [
            ("arrive", "Surveyor on Site"),
            ("return", "Car Returned"),
            ("follow_up", "Follow-up"),
        ],
        required=True,
        readonly=True,
    )
    moment = fields.Datetime(
        string="When", compute="_compute_moment", store=True, readonly=False
    )
    method = fields.Selection(METHODS, default="phone")
    result = fields.Selection(RESULTS)
    note = fields.Char(string="What Was Said")
    promised_on = fields.Date(string="Promised Return Day")
    next_at = fields.Datetime(
        string="Ask Again At", help="Beside the follow-ups that are planned anyway."
    )

    @api.depends("step")
    def _compute_moment(self):
        """Arrival is told at once; a return is entered with its real time."""
        for wizard in self:
            wizard.moment = wizard.step == "arrive" and fields.Datetime.now()

    def _step_label(self):
        self.ensure_one()
        return dict(self._fields["step"]._description_selection(self.env))[self.step]

    def action_confirm(self):
        """Do the step with what was typed."""
        self.ensure_one()
        call = self.call_id
        if self.step == "arrive":
            call.action_arrive(self.moment)
        elif self.step == "return":
            call.action_return(self.moment)
        else:
            call.action_follow_up(
                self.result, self.note, self.method or "phone", self.next_at
            )
            if self.promised_on:
                call.promised_on = self.promised_on
        return {"type": "ir.actions.act_window_close"}

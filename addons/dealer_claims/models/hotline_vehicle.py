from odoo import models
from odoo.fields import Domain


class DealerVehicle(models.Model):
    _inherit = "dealer.vehicle"

    def _seen_in_store(self, event, record=None):
        # EXTENDS dealer_base: a car that is received for repair ends its open call
        result = super()._seen_in_store(event, record)
        if event == "reception" and record is not None:
            if record._name == "dealer.claim" and not record.call_id:
                self._sudo_link_call(record)
        return result

    def _sudo_link_call(self, claim):
        """Join a claim with the call that announced the accident, if there is one.

        By the report number of the insurer; without one the only open call of the car
        counts, unless claim and call name different days.
        """
        # sudo: the receptionist need not be allowed to change calls
        Call = self.env["dealer.accident.call"].sudo()
        calls = Call.search(
            Call._open_domain()
            & Domain("vehicle_id", "in", self.ids)
            & Domain("company_id", "=", claim.company_id.id)
        )
        same = calls.filtered(lambda c: c.report_no and c.report_no == claim.report_no)
        if not same and len(calls) == 1:
            day = claim.company_id._dealer_local_day
            apart = (
                claim.accident_at
                and calls.accident_at
                and day(claim.accident_at) != day(calls.accident_at)
            )
            numbers = {calls.report_no, claim.report_no} - {False, ""}
            same = calls.browse() if apart or len(numbers) > 1 else calls
        if len(same) == 1:
            claim.sudo().call_id = same

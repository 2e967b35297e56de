from datetime import timedelta

from odoo import api, models
from odoo.exceptions import ValidationError


class DealerAccidentCall(models.Model):
    """What follows from the facts of a call: state, covers, what counts."""

    _inherit = "dealer.accident.call"

    # -------------------------------------------------------------- Computes
    @api.depends("vehicle_id")
    def _compute_model_text(self):
        for call in self:
            car = call.vehicle_id
            call.model_text = (
                car.model_text or car.model_id.name or call.model_text or False
            )

    @api.depends("vehicle_id", "accident_at", "call_at")
    def _compute_policies(self):
        """Policies that covered the car at the moment of the accident; one query."""
        found = self._policies_in_force()
        for call in self:
            by_product = found.get(call, {})
            call.ctpl_policy_id = by_product.get("ctpl")
            call.commercial_policy_id = by_product.get("commercial")

    def _policies_in_force(self):
        """Live policies at the moment of each accident.

        :return: dict call -> {product: dealer.policy}
        """
        cars = self.vehicle_id
        if not cars:
            return {}
        policies = self.env["dealer.policy"].search(
            [
                ("vehicle_id", "in", cars.ids),
                ("product", "in", ("ctpl", "commercial")),
                ("state", "in", ("issued", "cancelled")),
            ],
            order="date_start, id",
        )
        by_car = policies.grouped("vehicle_id")
        result = {}
        for call in self:
            moment = call.accident_at or call.call_at
            if not (moment and call.vehicle_id):
                continue
            car = call.vehicle_id._origin or call.vehicle_id
            for policy in by_car.get(car, policies.browse()):
                end = policy.cover_end or policy.date_end
                if policy.date_start and policy.date_start <= moment and end > moment:
                    result.setdefault(call, {})[policy.product] = policy
        return result

    @api.depends("ctpl_policy_id", "commercial_policy_id")
    def _compute_policy_id(self):
        for call in self:
            call.policy_id = call.commercial_policy_id or call.ctpl_policy_id

    @api.depends("vehicle_id", "ctpl_policy_id", "commercial_policy_id")
    @api.depends_context("lang")
    def _compute_policy_note(self):
        for call in self:
            if not call.vehicle_id:
                call.policy_note = False
            elif call.ctpl_policy_id and call.commercial_policy_id:
                call.policy_note = self.env._("Both covers of this store are in force.")
            elif call.commercial_policy_id:
                call.policy_note = self.env._("No compulsory cover of this store.")
            elif call.ctpl_policy_id:
                call.policy_note = self.env._(
                    "Compulsory cover only: own damage is not insured here."
                )
            else:
                call.policy_note = self.env._(
                    "No policy of this store was in force; ask for the insurer."
                )

    @api.depends("ctpl_policy_id", "commercial_policy_id")
    def _compute_insurer_id(self):
        for call in self:
            policy = call.commercial_policy_id or call.ctpl_policy_id
            call.insurer_id = call.insurer_id or policy.insurer_id

    @api.depends("report_no")
    def _compute_is_reported(self):
        for call in self:
            call.is_reported = bool(call.report_no) or call.is_reported

    @api.depends("drivable")
    def _compute_needs_tow(self):
        for call in self:
            call.needs_tow = call.drivable == "no"

    @api.depends("claim_ids.received_at", "returned_at")
    def _compute_return(self):
        for call in self:
            moments = [claim.received_at for claim in call.claim_ids]
            moments = [moment for moment in (*moments, call.returned_at) if moment]
            call.return_at = min(moments, default=False)

    @api.depends(
        "closed_at",
        "return_at",
        "not_returned_at",
        "not_return_asked_at",
        "promised_on",
        "arrived_at",
        "dispatched_at",
        "guided_at",
    )
    def _compute_state(self):
        for call in self:
            facts = (
                ("closed", call.closed_at),
                ("returned", call.return_at),
                ("not_returned", call.not_returned_at),
                ("promised", call.promised_on),
                ("surveyed", call.arrived_at),
                ("dispatched", call.dispatched_at),
                ("guided", call.guided_at),
            )
            call.state = next((state for state, fact in facts if fact), "new")
            if call.return_at:
                call.outcome = "returned"
            else:
                call.outcome = "not_returned" if call.not_returned_at else "open"
            call.is_to_confirm = bool(
                call.not_return_asked_at and call.outcome == "open"
            )

    @api.depends(
        "is_missed",
        "not_return_reason_id.leaves_return_rate",
        "outcome",
        "return_at",
        "accident_at",
        "company_id.dealer_hotline_return_days",
    )
    def _compute_scope(self):
        """Numerator and denominator of K21 (domain.md §5)."""
        for call in self:
            company = call.company_id
            left_out = (
                call.outcome == "not_returned"
                and call.not_return_reason_id.leaves_return_rate
            )
            call.is_in_scope = not (call.is_missed or left_out)
            call.is_returned_in_time = bool(
                call.return_at
                and call.accident_at
                and (
                    company._dealer_local_day(call.return_at)
                    - company._dealer_local_day(call.accident_at)
                ).days
                <= company.dealer_hotline_return_days
            )

    @api.depends("name", "plate", "caller_name")
    def _compute_display_name(self):
        for call in self:
            who = call.plate or call.caller_name or ""
            name = call.name if call.name and call.name != "/" else ""
            call.display_name = f"{name} {who}".strip() or self.env._("New Call")

    # ----------------------------------------------------------- Constraints
    @api.constrains("accident_at", "call_at")
    def _check_accident_before_call(self):
        for call in self.filtered(lambda call: not call.is_historical):
            # A minute of tolerance: both clocks start with the same form.
            if call.accident_at and call.accident_at > call.call_at + timedelta(
                minutes=1
            ):
                raise ValidationError(
                    self.env._(
                        "%(name)s: the accident cannot be later than the call. Correct "
                        "one of the two times.",
                        name=call.display_name,
                    )
                )

    @api.constrains("place_link")
    def _check_place_link(self):
        for call in self:
            link = (call.place_link or "").lower()
            if link and not link.startswith(("http://", "https://", "geo:")):
                raise ValidationError(
                    self.env._("A location link begins with http://, https:// or geo:.")
                )

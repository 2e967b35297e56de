from odoo import models


class DealerQuote(models.Model):
    """A lost quote of a new car is a lost case (SM-1, SM-7)."""

    _inherit = "dealer.quote"

    def action_lose(self):
        # EXTENDS: the facts of the quote go into the register of losses
        result = super().action_lose()
        self._register_lost_cases()
        return result

    def _register_lost_cases(self):
        """Register the loss of new-car quotes; renewals have their own register."""
        quotes = self.filtered(lambda quote: quote.business_type == "new_car")
        if quotes:
            self.env["dealer.lost.case"]._register_lost(
                [quote._prepare_lost_case_vals() for quote in quotes]
            )

    def _prepare_lost_case_vals(self):
        """Facts of the loss that the quote knows."""
        self.ensure_one()
        # An own delivery of the car; a quote may be written before it is entered.
        delivery = self.delivery_id or self.vehicle_id.delivery_ids[:1]
        return {
            "company_id": self.company_id.id,
            "kind": "new_car",
            "quote_id": self.id,
            "delivery_id": delivery.id,
            "vehicle_id": self.vehicle_id.id,
            "partner_id": self.applicant_id.id,
            "consultant_id": self.consultant_id.id,
            "lost_at": self.lost_at,
            "reason_id": self.lost_reason_id.id,
            "reason_text": self.lost_text,
            "our_premium": self.amount_total,
        }

    def action_back_to_draft(self):
        # EXTENDS: the customer talks to us again, so his loss is not final
        quotes = self.filtered(lambda quote: quote.state == "lost")
        cases = self.env["dealer.lost.case"].search([("quote_id", "in", quotes.ids)])
        result = super().action_back_to_draft()
        cases.filtered(lambda case: case.state == "submitted")._do_back_to_draft()
        return result

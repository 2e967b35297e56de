from odoo import api, fields, models
from odoo.fields import Domain

from ..const import OPEN_COST_STATES


class DealerClaim(models.Model):
    """What runs late or costs more than agreed, and what to do next (S91, S94)."""

    _inherit = "dealer.claim"

    assessment_gap = fields.Monetary(
        string="Quote above Assessment",
        compute="_compute_gaps",
        store=True,
        help="Our quote less what the insurer has assessed.",
    )
    bill_gap = fields.Monetary(
        string="Bill above Assessment",
        compute="_compute_gaps",
        store=True,
        help="Repair bill less the assessment: what insurer and customer must still "
        "be told.",
    )
    has_gap_alert = fields.Boolean(
        string="Gap to Explain",
        compute="_compute_gaps",
        store=True,
        help="A gap above the shares that the store has set.",
    )
    is_parts_overdue = fields.Boolean(
        string="Parts Overdue",
        compute="_compute_car_overdue",
        search="_search_is_parts_overdue",
    )
    is_delivery_overdue = fields.Boolean(
        string="Delivery Overdue",
        compute="_compute_car_overdue",
        search="_search_is_delivery_overdue",
    )
    alert_text = fields.Char(string="Attention", compute="_compute_alert_text")
    next_action = fields.Char(compute="_compute_next_action")

    @api.depends(
        "quote_amount",
        "assessed_amount",
        "settlement_total",
        "assessed_at",
        "claim_kind",
        "company_id.dealer_claim_gap_share",
        "company_id.dealer_claim_actual_gap_share",
    )
    def _compute_gaps(self):
        for claim in self:
            currency = claim.company_id.currency_id
            # sudo: the shares that the store has set are no secret
            company_sudo = claim.company_id.sudo()
            known = (
                claim.assessed_at
                and claim.claim_kind != "self_pay"
                and not currency.is_zero(claim.assessed_amount)
            )
            gap = bill = 0.0
            if known:
                if not currency.is_zero(claim.quote_amount):
                    gap = currency.round(claim.quote_amount - claim.assessed_amount)
                bill = currency.round(claim.settlement_total - claim.assessed_amount)
            claim.assessment_gap = gap
            claim.bill_gap = bill
            limits = (
                (gap, company_sudo.dealer_claim_gap_share * claim.quote_amount),
                (
                    bill,
                    company_sudo.dealer_claim_actual_gap_share * claim.assessed_amount,
                ),
            )
            claim.has_gap_alert = any(
                currency.compare_amounts(value, 0.0) > 0
                and currency.compare_amounts(value, limit) > 0
                for value, limit in limits
            )

    @api.depends("parts_eta", "parts_arrived_on", "planned_delivery_at", "car_state")
    def _compute_car_overdue(self):
        now = fields.Datetime.now()
        for claim in self:
            today = claim.company_id._dealer_today()
            working = (
                claim.car_state in OPEN_COST_STATES + ("settled",)
                and claim.state not in ("void", "closed")
                and not claim.is_historical
            )
            claim.is_parts_overdue = bool(
                working
                and claim.car_state in ("assessed", "repairing")
                and claim.parts_eta
                and not claim.parts_arrived_on
                and claim.parts_eta < today
            )
            claim.is_delivery_overdue = bool(
                working
                and claim.needs_gate
                and claim.planned_delivery_at
                and claim.planned_delivery_at < now
            )

    def _search_is_parts_overdue(self, operator, value):
        if operator != "in":
            return NotImplemented
        late = (
            Domain("car_state", "in", ("assessed", "repairing"))
            & Domain("state", "not in", ("void", "closed"))
            & Domain("is_historical", "=", False)
            & Domain("parts_arrived_on", "=", False)
            & Domain.OR(
                Domain("company_id", "=", company.id)
                & Domain("parts_eta", "<", company._dealer_today())
                for company in self.env.companies
            )
        )
        return late if True in value else ~late

    def _search_is_delivery_overdue(self, operator, value):
        if operator != "in":
            return NotImplemented
        late = (
            Domain("car_state", "!=", "released")
            & Domain("state", "not in", ("void", "closed"))
            & Domain("is_historical", "=", False)
            & Domain("needs_gate", "=", True)
            & Domain("planned_delivery_at", "<", fields.Datetime.now())
        )
        return late if True in value else ~late

    @api.depends(
        "has_gap_alert",
        "assessment_gap",
        "bill_gap",
        "parts_eta",
        "parts_arrived_on",
        "planned_delivery_at",
        "car_state",
    )
    @api.depends_context("lang")
    def _compute_alert_text(self):
        _ = self.env._
        for claim in self:
            currency = claim.company_id.currency_id
            texts = []
            if claim.is_delivery_overdue:
                texts.append(_("the promised delivery day is over"))
            if claim.is_parts_overdue:
                texts.append(_("parts were expected on %(day)s", day=claim.parts_eta))
            if claim.has_gap_alert:
                gap = claim.assessment_gap, claim.bill_gap
                if currency.compare_amounts(*gap) >= 0:
                    texts.append(
                        _(
                            "the assessment is %(gap)s below our quote",
                            gap=currency.format(gap[0]),
                        )
                    )
                else:
                    texts.append(
                        _(
                            "the bill is %(gap)s above the assessment",
                            gap=currency.format(gap[1]),
                        )
                    )
            claim.alert_text = _("; ").join(texts)

    @api.depends(
        "state",
        "car_state",
        "needs_repair",
        "planned_assessment_at",
        "supplement_ids.state",
        "settlement_mode",
        "is_poa_signed",
        "self_paid_open",
        "cashier_confirmed_at",
    )
    @api.depends_context("lang")
    def _compute_next_action(self):
        for claim in self:
            claim.next_action = claim._next_action()

    def _next_action(self):
        """What the receptionist does next with the car, in words."""
        self.ensure_one()
        _ = self.env._
        currency = self.company_id.currency_id
        if self.state in ("void", "closed") or self.car_state == "released":
            return ""
        if self.car_state == "received":
            return _("Complete the reception, ask the assessor")
        if self.car_state == "assessing":
            return _("Enter what the assessor agrees to")
        if self.car_state == "assessed":
            if self.needs_repair:
                return _("Let the customer sign, order the parts")
            return _("Lock the costs")
        if self.car_state == "repairing":
            if any(s.state == "draft" for s in self.supplement_ids):
                return _("Settle the supplementary assessment")
            return _("Follow the repair, check the quality")
        if self.car_state == "repaired":
            return _("Lock the costs, call the customer")
        if not self.needs_gate:
            return _("Hand the documents over")
        if self.settlement_mode == "direct" and not self.is_poa_signed:
            return _("Get the power of attorney signed")
        if currency.compare_amounts(self.self_paid_open, 0.0) > 0:
            return _(
                "Send the customer to the cashier: %(amount)s",
                amount=currency.format(self.self_paid_open),
            )
        if not self.cashier_confirmed_at:
            return _("Ask the cashier to confirm")
        return _("Release the car")

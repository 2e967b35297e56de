from odoo import models

from odoo.addons.dealer_base.models.guard_mixin import Violation


class DealerClaim(models.Model):
    """What must hold before a claim goes on (SM-10 rows 1-6, G-C1)."""

    _inherit = "dealer.claim"

    def _guard_shown(self, transition):
        """The guards of the next step of each claim only."""
        next_step = {
            "received": "start_assessment",
            "assessing": "confirm_assessment",
            "repairing": "finish_repair",
            "repaired": "lock_costs",
            "settled": "release",
        }
        return self.filtered(
            lambda claim: (
                not claim.is_historical
                and claim.state not in ("void", "closed")
                and transition
                == (
                    ("start_repair" if claim.needs_repair else "lock_costs")
                    if claim.car_state == "assessed"
                    else next_step.get(claim.car_state)
                )
                and (transition != "release" or claim.needs_gate)
            )
        )

    def _guard_transition_label(self, transition):
        return {
            "start_assessment": self.env._("Start Assessment"),
            "confirm_assessment": self.env._("Confirm Assessment"),
            "start_repair": self.env._("Start Repair"),
            "finish_repair": self.env._("Finish Repair"),
            "lock_costs": self.env._("Lock Costs"),
            "release": self.env._("Release Car"),
        }.get(transition, "")

    # --------------------------------------------------------------- Row 1
    def _guard_start_assessment(self):
        """G-C4: the reception sheet is complete; G-C5: a policy covers the day."""
        return [
            *(
                Violation("G-C4", claim, reason)
                for claim in self
                for reason in claim._reception_gaps()
            ),
            *(
                Violation("G-C5", claim, reason, fact=claim._policy_fact())
                for claim in self
                if (reason := claim._policy_problem())
            ),
        ]

    def _reception_gaps(self):
        """What the reception sheet still lacks (§3.9 ★), in words."""
        self.ensure_one()
        _ = self.env._
        gaps = []
        insured = self.claim_kind != "self_pay"
        if not self.receptionist_id:
            gaps.append(_("the receptionist is missing"))
        if not self.partner_id:
            gaps.append(_("the customer is missing"))
        if insured and not self.insurer_id:
            gaps.append(_("the insurer is missing"))
        if insured and not self.report_no and not (self.no_report_reason or "").strip():
            gaps.append(
                _("the report number of the insurer, or why there is none, is missing")
            )
        if insured and not self.accident_type:
            gaps.append(_("the type of the accident is missing"))
        if self.source == "call" and not self.call_id:
            gaps.append(_("the accident call is missing"))
        if not self.vehicle_id.vin:
            gaps.append(_("the VIN is missing"))
        if self.claim_kind == "theft":
            # There is no car to walk around.
            return gaps
        photos = self.company_id.dealer_claim_min_photos
        if self.photo_count < photos:
            gaps.append(
                _(
                    "%(count)s photos of the walk-around, %(needed)s are needed",
                    count=self.photo_count,
                    needed=photos,
                )
            )
        if not self.brought_by:
            gaps.append(_("who brought the car is missing"))
        if not self.odometer:
            gaps.append(_("the odometer is missing"))
        if not self.customer_signature:
            gaps.append(_("the customer has not signed the reception sheet"))
        return gaps

    def _policy_fact(self):
        """What a waiver of G-C5 was signed for: another accident, another waiver."""
        return f"{self.accident_at or ''}|{self.policy_id.id or ''}"

    # --------------------------------------------------------------- Row 2
    def _guard_confirm_assessment(self):
        """G-C6: assessed with payer, assessor and review; G-C7: the parts add up."""
        return [
            *(
                Violation("G-C6", claim, reason)
                for claim in self
                for reason in claim._assessment_gaps()
            ),
            *self._guard_identity(),
        ]

    def _assessment_gaps(self):
        """What the assessment lacks (SM-10 row 2), in words."""
        self.ensure_one()
        _ = self.env._
        currency = self.company_id.currency_id
        gaps = []
        if not self.cost_ids:
            gaps.append(_("no cost lines"))
        if self.claim_kind == "self_pay":
            return gaps
        if not self.assessor:
            gaps.append(_("the assessor of the insurer is missing"))
        if self.cost_ids and currency.is_zero(self.assessed_amount):
            gaps.append(_("the assessed amount is missing"))
        limit = self.company_id.dealer_claim_review_limit
        if currency.compare_amounts(self.assessed_amount, limit) > 0 and (
            not self.reviewed_on or currency.is_zero(self.reviewed_amount)
        ):
            gaps.append(
                _(
                    "assessed above %(limit)s: amount and day of the insurer's "
                    "review are missing",
                    limit=currency.format(limit),
                )
            )
        return gaps

    def _guard_identity(self):
        """G-C7: total = insurer + other insurer + customer + store (§3.10)."""
        violations = []
        for claim in self:
            currency = claim.company_id.currency_id
            if not currency.is_zero(claim.split_difference):
                violations.append(
                    Violation(
                        "G-C7",
                        claim,
                        self.env._(
                            "the repair bill of %(total)s and its parts differ by "
                            "%(difference)s",
                            total=currency.format(claim.settlement_total),
                            difference=currency.format(claim.split_difference),
                        ),
                    )
                )
        return violations

    # --------------------------------------------------------------- Row 3
    def _guard_start_repair(self):
        """G-C8: the customer has agreed, the workshop has its order and its parts."""
        _ = self.env._
        violations = []
        for claim in self:
            if not claim.needs_repair:
                violations.append(
                    Violation(
                        "G-G8",
                        claim,
                        _(
                            "claim of kind %(kind)s, its car is not repaired here",
                            kind=dict(
                                self._fields["claim_kind"]._description_selection(
                                    self.env
                                )
                            )[claim.claim_kind],
                        ),
                    )
                )
            gaps = []
            if not claim.estimate_signature:
                gaps.append(_("the customer has not signed the estimate"))
            if not claim.repair_order_no:
                gaps.append(_("the repair order is missing"))
            has_parts = any(line.item_type == "part" for line in claim.cost_ids)
            if has_parts and not (claim.parts_eta or claim.parts_arrived_on):
                gaps.append(_("when the parts arrive is missing"))
            violations += [Violation("G-C8", claim, reason) for reason in gaps]
        return violations

    # --------------------------------------------------------------- Row 4
    def _guard_finish_repair(self):
        """G-C9: supplements are settled, the quality was checked by another person."""
        _ = self.env._
        violations = []
        for claim in self:
            waiting = claim.supplement_ids.filtered(lambda s: s.state == "draft")
            gaps = []
            if waiting:
                gaps.append(
                    _(
                        "supplementary assessment %(names)s is open",
                        names=", ".join(waiting.mapped("name")),
                    )
                )
            if not claim.quality_checked_by_id or not claim.quality_checked_on:
                gaps.append(_("the quality check is missing"))
            violations += [Violation("G-C9", claim, reason) for reason in gaps]
        return violations

    # --------------------------------------------------------------- Row 5
    def _guard_lock_costs(self):
        """G-C7: the parts add up; G-C6 and G-G6: assessed, nothing left open."""
        _ = self.env._
        violations = self._guard_identity()
        for claim in self:
            if not claim.cost_ids:
                violations.append(Violation("G-C6", claim, _("no cost lines")))
            if any(s.state == "draft" for s in claim.supplement_ids):
                violations.append(
                    Violation("G-G6", claim, _("a supplementary assessment is open"))
                )
            insurer = claim.insurer_id
            currency = claim.company_id.currency_id
            if not insurer and not currency.is_zero(claim.insurer_payable):
                violations.append(
                    Violation(
                        "G-G6",
                        claim,
                        _("the insurer that pays his part is missing"),
                    )
                )
            if not claim.partner_id and not currency.is_zero(claim.customer_due):
                violations.append(
                    Violation("G-G6", claim, _("the customer that pays is missing"))
                )
        return violations

    def _guard_unlock_costs(self):
        """G-G7: nothing was paid on the invoices of the claim."""
        violations = []
        for claim in self:
            currency = claim.company_id.currency_id
            paid = claim.self_paid_received + claim.insurer_received
            if not currency.is_zero(paid) or claim.cashier_confirmed_at:
                violations.append(
                    Violation(
                        "G-G7",
                        claim,
                        self.env._(
                            "%(amount)s were paid, or the cashier has confirmed",
                            amount=currency.format(paid),
                        ),
                    )
                )
        return violations

    # --------------------------------------------------------------- Row 6
    def _guard_release(self):
        """G-C1: no car leaves before its customer has paid what is his (S93)."""
        return [
            Violation("G-C1", claim, reason, fact=claim._release_fact())
            for claim in self
            for reason in claim._release_gaps()
        ]

    def _release_fact(self):
        """A waiver counts for what was owed when it was signed, not for more."""
        self.ensure_one()
        currency = self.company_id.currency_id
        return f"{self.settlement_mode}:{currency.round(self.customer_due):.2f}"

    def _full_bill(self):
        """What the customer pays when no insurer pays the store."""
        return self.settlement_total - self.store_borne

    def _release_gaps(self):
        """Why the car may not leave yet, in words."""
        self.ensure_one()
        _ = self.env._
        currency = self.company_id.currency_id
        gaps = []
        if currency.compare_amounts(self.self_paid_open, 0.0) > 0:
            gaps.append(
                _(
                    "the customer still owes %(amount)s",
                    amount=currency.format(self.self_paid_open),
                )
            )
        if not self.cashier_confirmed_at:
            gaps.append(_("the cashier has not confirmed the money"))
        if self.settlement_mode == "direct":
            due = self.self_paid if self.is_poa_signed else self._full_bill()
        else:
            due = self._full_bill()
        missing = currency.round(due - self.self_paid_received)
        if currency.compare_amounts(missing, 0.0) <= 0:
            return gaps
        if self.settlement_mode == "direct" and not self.is_poa_signed:
            gaps.append(
                _(
                    "the power of attorney is not signed, so the customer pays the "
                    "full bill; %(amount)s are missing",
                    amount=currency.format(missing),
                )
            )
        elif currency.compare_amounts(self.self_paid_open, 0.0) <= 0:
            gaps.append(
                _(
                    "%(amount)s of the customer's part of %(due)s were not received",
                    amount=currency.format(missing),
                    due=currency.format(due),
                )
            )
        return gaps

    def _waive(self, code, transition, reason, reason_code=None):
        """Without a promise to pay in writing nobody lets an unpaid car go."""
        if code == "G-C1":
            silent = self.filtered(lambda claim: not (claim.iou_text or "").strip())
            if silent:
                raise self._iou_missing(silent)
        return super()._waive(code, transition, reason, reason_code)

    # ----------------------------------------------------------------- Void
    def _guard_void(self):
        """G-G9: a claim with money or papers at the insurer is not void."""
        _ = self.env._
        violations = []
        for claim in self:
            currency = claim.company_id.currency_id
            paid = claim.self_paid_received + claim.insurer_received
            if not currency.is_zero(paid):
                violations.append(
                    Violation(
                        "G-G9",
                        claim,
                        _("%(amount)s were paid", amount=currency.format(paid)),
                    )
                )
            if claim.costs_locked_at:
                violations.append(Violation("G-G9", claim, _("the costs are locked")))
            if claim.submitted_on:
                violations.append(
                    Violation("G-G9", claim, _("the file is at the insurer"))
                )
        return violations

from datetime import timedelta

from odoo import fields, models
from odoo.fields import Domain

from odoo.addons.dealer_base.models.guard_mixin import Violation
from odoo.addons.dealer_base.tools.identity import check_plate

# The guards of the ledger row hold the hooks; they must be registered before ours.
from . import underwriting_guards, underwriting_premium_entry  # noqa: F401


class DealerEndorsement(models.Model):
    """Guards of an endorsement (SM-5, domain.md 2.5 and 2.6)."""

    _inherit = "dealer.endorsement"

    def _guard_submit(self):
        """G-E1 to G-E6, G-F1, and the right to act for the insurer (G-A1, G-A2)."""
        return (
            self._live_violations()
            + self._allowed_violations()
            + self._completeness_violations()
            + self._date_violations()
            + self._figure_violations()
            + self._refund_violations()
            + self._claim_violations()
            + self._agreement_violations()
        )

    def _live_violations(self):
        """G-E1: what is changed or cancelled must be in force."""
        return [
            Violation("G-E1", endorsement, self.env._("The policy is not in force."))
            for endorsement in self
            if not endorsement.policy_id.is_live
        ]

    def _allowed_violations(self):
        """G-E1: cancelled once, not more paid back than was paid; compulsory cover is
        cancelled for a legal reason only, with its proof."""
        violations = []
        for endorsement in self:
            policy = endorsement.policy_id
            reasons = []
            if policy.endorsement_ids.filtered(
                lambda e, own=endorsement: (
                    e != own
                    and e.kind == "cancel"
                    and e.state in ("submitted", "approved")
                )
            ):
                reasons.append(
                    self.env._("A cancellation of the policy is under way already.")
                )
            paid = policy._premium_after_endorsements()
            if endorsement.state in ("submitted", "approved"):
                paid -= endorsement.premium
            if endorsement.currency_id.compare_amounts(endorsement.premium, -paid) < 0:
                reasons.append(
                    self.env._(
                        "The refund is higher than the premium of %(amount)s.",
                        amount=endorsement.currency_id.format(paid),
                    )
                )
            if endorsement.kind == "cancel":
                reasons += endorsement._cancel_reasons()
            violations += [Violation("G-E1", endorsement, text) for text in reasons]
        return violations

    def _cancel_reasons(self):
        """What speaks against this cancellation, in words."""
        self.ensure_one()
        reasons = []
        if self.currency_id.compare_amounts(self.premium, 0.0) > 0:
            reasons.append(self.env._("The refund of a cancellation is not negative."))
        if self.product == "ctpl":
            if self.reason_id.category != "ctpl_cancel" or not self.proof_ids:
                reasons.append(
                    self.env._(
                        "Compulsory cover is cancelled for a legal reason only, "
                        "with its proof."
                    )
                )
            if self.cancel_kind == "total_loss":
                reasons.append(
                    self.env._(
                        "A total loss does not end compulsory cover; the car is "
                        "deregistered first."
                    )
                )
        elif self.cancel_kind == "total_loss" and not self.proof_ids:
            reasons.append(
                self.env._("The proof that the total loss was paid is missing.")
            )
        return reasons

    def _completeness_violations(self):
        """G-F1: what the insurer must know about the change."""
        violations = []
        for endorsement in self.filtered(lambda e: e.kind == "change"):
            missing = endorsement._missing_change()
            if missing:
                violations.append(
                    Violation(
                        "G-F1",
                        endorsement,
                        self.env._("Missing: %(what)s.", what=", ".join(missing)),
                    )
                )
            plate = endorsement.new_plate
            if endorsement.change_type == "plate" and plate:
                check = check_plate(plate)
                if not check.ok:
                    violations.append(
                        Violation(
                            "G-F1",
                            endorsement,
                            self.env._(
                                "The plate %(plate)s is not valid.", plate=plate
                            ),
                        )
                    )
        return violations

    def _missing_change(self):
        """Names of what is empty for this kind of change."""
        self.ensure_one()
        needed = {
            "transfer": [
                (self.new_owner_id, self.env._("new owner")),
                (self.new_applicant_id, self.env._("new applicant")),
                (self.new_insured_id, self.env._("new insured")),
                (self.proof_ids, self.env._("proof of the transfer")),
            ],
            "plate": [(self.new_plate, self.env._("new plate"))],
            "use_nature": [(self.new_use_nature, self.env._("new use of the car"))],
            "cover": [(self.line_ids, self.env._("changed covers"))],
            "person": [
                (self.person_id, self.env._("whose data")),
                (
                    self.new_name
                    or self.new_phone
                    or self._sudo_new_identity()
                    or False,
                    self.env._("corrected data"),
                ),
            ],
            "period": [
                (
                    self.new_date_start or self.new_date_end,
                    self.env._("new period"),
                )
            ],
        }.get(self.change_type, [])
        return [label for value, label in needed if not value]

    def _sudo_new_identity(self):
        # sudo: whether a number was entered is no secret, the number is
        return bool(self.sudo().new_id_number)

    def _date_violations(self):
        """G-E6: a change takes effect inside the cover, a period does not overlap."""
        violations = []
        for endorsement in self:
            policy, day = endorsement.policy_id, endorsement.effective_date
            start, end = policy._cover_days()
            if not start or not end:
                continue
            if not day:
                reason = self.env._("The day from which it counts is missing.")
            elif day > end or (endorsement.kind == "change" and day < start):
                reason = self.env._(
                    "%(day)s is outside the cover from %(start)s to %(end)s.",
                    day=fields.Date.to_string(day),
                    start=fields.Date.to_string(start),
                    end=fields.Date.to_string(end - timedelta(days=1)),
                )
            else:
                reason = endorsement._period_reason()
            if reason:
                violations.append(Violation("G-E6", endorsement, reason))
        return violations

    def _period_reason(self):
        """Why a new period of cover is impossible; empty when it is not."""
        self.ensure_one()
        if self.kind != "change" or self.change_type != "period":
            return ""
        policy = self.policy_id
        start = self.new_date_start or policy.date_start
        end = self.new_date_end or policy.date_end
        if start >= end:
            return self.env._("The cover would end before it starts.")
        now = fields.Datetime.now()
        if start != policy.date_start and min(start, policy.date_start) < now:
            return self.env._("The start of a cover that runs cannot be moved.")
        if end < now:
            return self.env._("The cover would end in the past.")
        if policy.product == "ctpl":
            clash = policy._sudo_ctpl_in_period(start, end)
            if clash:
                return policy._ctpl_overlap_reason(clash[:1])
        return ""

    def _figure_violations(self):
        """G-E3: a difference to the formula is explained, never silent."""
        return [
            Violation(
                "G-E3",
                endorsement,
                self.env._(
                    "The insurer's figure is %(figure)s, the formula gives "
                    "%(formula)s (%(text)s).",
                    figure=endorsement.currency_id.format(endorsement.premium),
                    formula=endorsement.currency_id.format(endorsement.formula_premium),
                    text=endorsement.formula_text,
                ),
            )
            for endorsement in self
            if endorsement.must_explain
            and not (endorsement.difference_note or "").strip()
        ]

    def _refund_violations(self):
        """G-E2: a refund goes to the original payer."""
        return [
            Violation("G-E2", endorsement, reason)
            for endorsement in self
            if endorsement._is_refund()
            for reason in endorsement._payee_reasons(
                endorsement.payee_id,
                endorsement.payee_relation,
                endorsement.payee_proof_ids,
            )
        ]

    def _claim_violations(self):
        """G-E5: no cancellation over an open claim, unless a manager lets it pass."""
        cancels = self.filtered(lambda e: e.kind == "cancel")
        claims = cancels.policy_id._open_claims() if cancels else {}
        violations = []
        for endorsement in cancels:
            names = claims.get(endorsement.policy_id)
            if names:
                text = ", ".join(names)
                violations.append(
                    Violation(
                        "G-E5",
                        endorsement,
                        self.env._("Open claims: %(claims)s.", claims=text),
                        text,
                    )
                )
        return violations

    def _agreement_violations(self):
        """G-A1, G-A2: a change is business of today. A cancellation is the customer's
        right, and possible after the agreement has ended."""
        changes = self.filtered(lambda e: e.kind == "change")
        if not changes:
            return []
        agreements = self.env["dealer.agreement"].search(
            Domain("state", "=", "active")
            & Domain(
                "insurer_id",
                "in",
                (changes.insurer_id | changes.insurer_id.commercial_partner_id).ids,
            )
            & Domain("company_id", "in", changes.company_id.ids)
        )
        violations = []
        for endorsement in changes:
            today = endorsement.policy_id.underwriting_id._store_date()
            insurer = endorsement.insurer_id
            valid = agreements.filtered(
                lambda a, e=endorsement, t=today, i=insurer: (
                    a.company_id == e.company_id
                    and a.insurer_id in (i | i.commercial_partner_id)
                    and a.date_from <= t
                    and (not a.date_to or a.date_to >= t)
                )
            )[:1]
            if not valid:
                violations.append(
                    Violation(
                        "G-A1",
                        endorsement,
                        self.env._(
                            "No agreement with %(insurer)s is valid on %(date)s.",
                            insurer=insurer.display_name,
                            date=today,
                        ),
                    )
                )
            elif not valid._licence_valid(today):
                violations.append(
                    Violation(
                        "G-A2",
                        endorsement,
                        self.env._(
                            "The store's agency licence has expired or is missing."
                        ),
                    )
                )
        return violations

    # -- guards of the ledger row -----------------------------------------------

    def _issue_violations(self):
        """What may have changed between the request and its effect."""
        violations = self._live_violations() + self._date_violations()
        signatures = self._guard_signatures("submit")
        violations += [
            violation
            for violation in self._claim_violations()
            if not self._waiver_progress(violation, signatures)[0]
        ]
        return violations + self._original_violations()

    def _original_violations(self):
        """G-E4: the papers of a cancelled policy come back, if the agreement asks."""
        return [
            Violation(
                "G-E4",
                endorsement,
                self.env._(
                    "The customer has the papers of %(policy)s.",
                    policy=endorsement.policy_id.display_name,
                ),
            )
            for endorsement in self
            if endorsement._originals_wanted() and not endorsement.originals_returned_at
        ]

    def _originals_wanted(self):
        """Whether the customer holds papers that the agreement wants back."""
        self.ensure_one()
        origin = self.policy_id.underwriting_id
        return (
            self.kind == "cancel"
            and origin.agreement_id.wants_originals
            and origin.state == "delivered"
        )

    def _later_endorsements(self):
        """Endorsements in force of the same policies that rest on these."""
        return self.policy_id.endorsement_ids.filtered(
            lambda e: e.state == "effective" and e not in self and e.id > min(self.ids)
        )


class DealerUnderwriting(models.Model):
    """Guards of the ledger rows of endorsements."""

    _inherit = "dealer.underwriting"

    def _endorsement_violations(self):
        """G-E1, G-E4, G-E5, G-E6 once more, at the issue."""
        return [
            Violation(
                violation.code,
                violation.record.underwriting_id,
                violation.reason,
                violation.fact,
            )
            for violation in self.endorsement_ids._issue_violations()
        ]

    def _guard_void(self):
        # EXTENDS: G-E7 last in, first out; G-D1 a revived policy finds its days taken
        violations = super()._guard_void()
        for row in self:
            effective = row.endorsement_ids.filtered(lambda e: e.state == "effective")
            if not effective:
                continue
            later = effective._later_endorsements()
            if later:
                violations.append(
                    Violation(
                        "G-E7",
                        row,
                        self.env._(
                            "Later in force: %(names)s.",
                            names=", ".join(later.mapped("display_name")),
                        ),
                    )
                )
            revived = effective.filtered(lambda e: e.kind == "cancel").policy_id
            for policy in revived.filtered(lambda p: p.product == "ctpl"):
                clash = policy._sudo_ctpl_in_period(policy.date_start, policy.date_end)
                if clash:
                    violations.append(
                        Violation("G-D1", row, policy._ctpl_overlap_reason(clash[:1]))
                    )
        return violations

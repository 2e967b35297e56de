from odoo import fields, models

from odoo.addons.dealer_base.models.guard_mixin import Violation
from odoo.addons.dealer_base.tools.identity import check_vin


class DealerUnderwriting(models.Model):
    """Guards of the transitions (domain.md §4, SM-2).

    Every ``_guard_x`` looks at all records at once and returns every violation,
    in plain words; the next step and who may waive stand in ``dealer.guard``.
    """

    _inherit = "dealer.underwriting"

    # -- one guard per transition -----------------------------------------------

    def _guard_propose(self):
        """G-F1, G-A1, G-A2, G-A3, G-V1, G-D1, G-N1, G-P1."""
        new = self.filtered(lambda u: u.entry_type == "issue")
        return (
            self._step_violations("draft")
            + self._completeness_violations()
            + new._agreement_violations()
            + new._risk_violations()
            + new._notice_violations()
        )

    def _guard_underwrite(self):
        return self._step_violations("proposed")

    def _guard_request_payment(self):
        """What was agreed must still hold when money is asked for."""
        new = self.filtered(lambda u: u.entry_type == "issue")
        return (
            self._step_violations("underwritten")
            + self._completeness_violations()
            + new._risk_violations()
        )

    def _guard_issue(self):
        """G-P2, G-P3, G-F1, G-L1 and the checks of the car once more."""
        new = self.filtered(lambda u: u.entry_type == "issue")
        return (
            self._step_violations("awaiting_payment", "paid")
            + self._payer_violations()
            + self._payment_violations()
            + self._policy_number_violations()
            + new._agreement_violations()
            + new._risk_violations()
            + self._endorsement_violations()
            + self._back_dating_violations()
        )

    def _guard_sign(self):
        """G-S1, G-S2: who signs is not who wrote, and nothing is owed; G-P2: the money
        may have come after the issue, e.g. after a bounced payment."""
        violations = self._step_violations("paid", "issued", "in_custody", "delivered")
        violations += self._payer_violations()
        for underwriting in self:
            if underwriting._is_own_entry_of(self.env.user):
                violations.append(
                    Violation(
                        "G-S1",
                        underwriting,
                        self.env._(
                            "You wrote this entry and cannot sign it as cashier."
                        ),
                    )
                )
            if underwriting._is_owed():
                violations.append(
                    Violation(
                        "G-S2",
                        underwriting,
                        self.env._(
                            "%(amount)s is still owed.",
                            amount=underwriting._owed_text(),
                        ),
                    )
                )
        return violations

    def _guard_take_custody(self):
        return self._step_violations("issued")

    def _guard_deliver(self):
        return (
            self._step_violations("issued", "in_custody") + self._release_violations()
        )

    def _guard_lend(self):
        """Lending the papers is a hand-out like any other (G-P4, G-P5)."""
        return self._step_violations("in_custody") + self._release_violations()

    def _guard_push_epolicy(self):
        violations = self._step_violations("issued", "in_custody", "delivered")
        violations += self._release_violations()
        for underwriting in self:
            if not underwriting.applicant_id.email:
                violations.append(
                    Violation(
                        "G-F1",
                        underwriting,
                        self.env._("The applicant has no e-mail address."),
                    )
                )
            if not underwriting.policy_ids.document_attachment_ids:
                violations.append(
                    Violation(
                        "G-F1",
                        underwriting,
                        self.env._("No electronic policy is attached."),
                    )
                )
        return violations

    def _guard_void(self):
        """G-W1: only before the cover starts, and no later entry hangs on it."""
        violations = []
        now = fields.Datetime.now()
        for underwriting in self:
            if underwriting.voided_at:
                violations.append(underwriting._step_violation())
            start = underwriting.date_start
            if underwriting.issued_at and start and start <= now:
                violations.append(
                    Violation(
                        "G-W1",
                        underwriting,
                        self.env._(
                            "Cover started on %(start)s; cancel the policy instead.",
                            start=underwriting._local_text(start),
                        ),
                    )
                )
            entries = underwriting.entry_ids.filtered(lambda e: e.state != "void")
            if entries:
                violations.append(
                    Violation(
                        "G-W1",
                        underwriting,
                        self.env._(
                            "Endorsement entries hang on it: %(entries)s.",
                            entries=", ".join(entries.mapped("display_name")),
                        ),
                    )
                )
        return violations

    def _guard_back_to_draft(self):
        """G-B1: the way back is open until the first money arrives."""
        violations = self._step_violations(
            "proposed", "underwritten", "awaiting_payment"
        )
        for underwriting in self:
            if (
                underwriting.payment_requested_at
                and not underwriting.currency_id.is_zero(underwriting.amount_received)
            ):
                violations.append(
                    Violation(
                        "G-B1",
                        underwriting,
                        self.env._("Money was received already."),
                    )
                )
        return violations

    # -- building blocks --------------------------------------------------------

    def _step_violation(self):
        """G-T0 of one record: the button does not fit its state."""
        self.ensure_one()
        labels = dict(self._fields["state"]._description_selection(self.env))
        return Violation(
            "G-T0",
            self,
            self.env._(
                "The entry is in state “%(state)s”.",
                state=labels.get(self.state, self.state),
            ),
        )

    def _step_violations(self, *states):
        return [u._step_violation() for u in self if u.state not in states]

    def _missing_violations(self, missing):
        """G-F1 of one record for a list of what it lacks; none for an empty list."""
        if not missing:
            return []
        reason = self.env._("Missing: %(what)s.", what=", ".join(missing))
        return [Violation("G-F1", self, reason)]

    def _completeness_violations(self):
        """G-F1: what the paper form marks as required before the proposal."""
        violations = []
        for underwriting in self:
            missing = []
            labels = (
                ("insurer_id", self.env._("insurer")),
                ("applicant_id", self.env._("applicant")),
                ("insured_id", self.env._("insured")),
                ("vehicle_id", self.env._("vehicle")),
                ("writer_id", self.env._("issuing clerk")),
            )
            missing += [label for name, label in labels if not underwriting[name]]
            if underwriting.entry_type == "issue":
                if not underwriting.policy_ids:
                    missing.append(self.env._("a policy"))
                elif any(
                    policy.currency_id.compare_amounts(policy.premium, 0.0) <= 0
                    for policy in underwriting.policy_ids
                ):
                    missing.append(self.env._("the premium of every policy"))
            elif not underwriting.endorsement_ids:
                missing.append(self.env._("an endorsement"))
            violations += underwriting._missing_violations(missing)
        return violations

    def _agreement_violations(self):
        """G-A1 agreement, G-A2 licence, G-A3 registration, all of today."""
        violations = []
        for underwriting in self:
            today = underwriting._store_date()
            agreement = underwriting.agreement_id
            if (
                not agreement
                or agreement.state != "active"
                or agreement.insurer_id != underwriting.insurer_id
                or (agreement.date_from and agreement.date_from > today)
                or (agreement.date_to and agreement.date_to < today)
            ):
                violations.append(
                    Violation(
                        "G-A1",
                        underwriting,
                        self.env._(
                            "No agreement with %(insurer)s is valid on %(date)s.",
                            insurer=underwriting.insurer_id.display_name or "?",
                            date=today,
                        ),
                    )
                )
            elif not agreement._licence_valid(today):
                violations.append(
                    Violation(
                        "G-A2",
                        underwriting,
                        self.env._(
                            "The store's agency licence has expired or is missing."
                        ),
                    )
                )
            writer = underwriting.writer_id
            if writer and not writer._is_registered(today):
                violations.append(
                    Violation(
                        "G-A3",
                        underwriting,
                        self.env._(
                            "%(clerk)s has no valid practitioner registration.",
                            clerk=writer.name,
                        ),
                    )
                )
        return violations

    def _risk_violations(self):
        """G-V1 VIN, G-N1 product of a new-energy car, G-D1 double CTPL."""
        violations = []
        for underwriting in self.filtered("vehicle_id"):
            vehicle = underwriting.vehicle_id
            check = check_vin(vehicle.vin)
            if not check.ok:
                violations.append(
                    Violation(
                        "G-V1",
                        underwriting,
                        self.env._("The VIN %(vin)s is not valid.", vin=vehicle.vin),
                    )
                )
            for policy in underwriting.policy_ids:
                if policy.product != "commercial" or not policy.product_line:
                    continue
                if vehicle.is_nev == (policy.product_line == "nev"):
                    continue
                reason = (
                    self.env._("A new-energy car needs the new-energy product.")
                    if vehicle.is_nev
                    else self.env._("A fuel car cannot have the new-energy product.")
                )
                violations.append(Violation("G-N1", underwriting, reason))
        return violations + self._duplicate_ctpl_violations()

    def _duplicate_ctpl_violations(self):
        """G-D1: no two CTPL policies of a car may overlap, in whatever store.

        A cancelled policy counts for the days that it covered. One search for all.
        """
        own = self.policy_ids.filtered(
            lambda p: p.product == "ctpl" and p.date_start and p.date_end and p.vin
        )
        return [
            Violation("G-D1", policy.underwriting_id, reason)
            for policy, reason in own._ctpl_overlaps()
        ]

    def _notice_violations(self):
        """G-P1: the signed papers that the law asks for are there (R9, R11)."""
        needed = self.env["dealer.document.type"].search([("is_notice", "=", True)])
        violations = []
        for underwriting in self:
            received = underwriting.document_ids.filtered(
                lambda d: d.state in ("received", "checked")
            ).type_id
            missing = needed - received
            if missing:
                violations.append(
                    Violation(
                        "G-P1",
                        underwriting,
                        self.env._(
                            "Not received yet: %(documents)s.",
                            documents=", ".join(missing.mapped("name")),
                        ),
                    )
                )
        return violations

    def _payment_violations(self):
        """G-P3: no policy before the premium, unless the store settings allow it."""
        return [
            Violation(
                "G-P3",
                underwriting,
                self.env._(
                    "The premium is not paid: %(amount)s is owed.",
                    amount=underwriting._owed_text(),
                ),
            )
            for underwriting in self
            if underwriting.company_id.dealer_require_payment_before_issue
            and underwriting._is_owed()
        ]

    def _policy_number_violations(self):
        """G-F1 of the issue: number and period of every policy or endorsement."""
        violations = []
        for underwriting in self:
            missing = []
            for policy in underwriting.policy_ids:
                label = dict(
                    policy._fields["product"]._description_selection(self.env)
                )[policy.product]
                if not policy.policy_no:
                    missing.append(
                        self.env._("policy number (%(product)s)", product=label)
                    )
                if not policy.date_start or not policy.date_end:
                    missing.append(
                        self.env._(
                            "start and end of cover (%(product)s)", product=label
                        )
                    )
            if any(not e.name for e in underwriting.endorsement_ids):
                missing.append(self.env._("endorsement number"))
            violations += underwriting._missing_violations(missing)
        return violations

    def _endorsement_violations(self):
        """G-E1 at the issue: the policy may have ended since the request."""
        return [
            Violation(
                violation.code, violation.record.underwriting_id, violation.reason
            )
            for violation in self.endorsement_ids._live_violations()
        ]

    def _back_dating_violations(self):
        """G-L1: cover may not start before the day of issue, nor the clock run back."""
        violations = []
        last = {
            (company, insurer): issued_at
            for company, insurer, issued_at in self._read_group(
                [
                    ("company_id", "in", self.company_id.ids),
                    ("insurer_id", "in", self.insurer_id.ids),
                    ("ledger_seq", ">", 0),
                ],
                ["company_id", "insurer_id"],
                ["issued_at:max"],
            )
        }
        now = fields.Datetime.now()
        for underwriting in self:
            today = underwriting._store_date()
            late = underwriting.policy_ids.filtered(
                lambda p, today=today, u=underwriting: (
                    p.date_start and u._store_date(p.date_start) < today
                )
            )
            if late:
                violations.append(
                    Violation(
                        "G-L1",
                        underwriting,
                        self.env._(
                            "Cover would start on %(start)s, before the day of issue.",
                            start=underwriting._local_text(
                                min(late.mapped("date_start"))
                            ),
                        ),
                    )
                )
            newest = last.get((underwriting.company_id, underwriting.insurer_id))
            if newest and newest > now:
                violations.append(
                    Violation(
                        "G-L1",
                        underwriting,
                        self.env._(
                            "The ledger has an entry of %(time)s, later than now.",
                            time=underwriting._local_text(newest),
                        ),
                    )
                )
        return violations

    def _release_violations(self):
        """G-P4 and G-P5: what must be right before any paper leaves the store."""
        violations = []
        for underwriting in self:
            reasons = []
            if not underwriting.cashier_signed:
                reasons.append(self.env._("The cashier has not signed the ledger."))
            if underwriting._is_owed():
                reasons.append(
                    self.env._(
                        "%(amount)s is still owed.", amount=underwriting._owed_text()
                    )
                )
            if reasons:
                # A waiver given for one sum does not let a greater one through.
                fact = underwriting._owed_text() if underwriting._is_owed() else ""
                violations.append(
                    Violation("G-P4", underwriting, " ".join(reasons), fact)
                )
        return violations + self._concession_violations()

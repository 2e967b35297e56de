from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.dealer_base.models.guard_mixin import Violation

CHASING = ("waiting", "chasing")


class DealerClaim(models.Model):
    """Payments of the insurer, and the reconciliation with finance (S102, G-C2)."""

    _inherit = "dealer.claim"

    difference_ids = fields.One2many(
        "dealer.claim.difference", "claim_id", string="Differences"
    )

    def _nothing_open_error(self):
        return UserError(
            self.env._(
                "Nothing is open for %(claims)s, or a draft payment covers it already: "
                "confirm or delete that one.",
                claims=", ".join(self[:10].mapped("name")),
            )
        )

    def action_register_insurer_payment(self):
        """Open the payment wizard with these claims of one insurer (E9, E11).

        :raises AccessError: neither cashier nor finance
        :raises UserError: claims of several insurers or stores
        """
        self._check_holds("cashier", "finance")
        self.check_access("read")
        if len(self.insurer_id) != 1 or len(self.company_id) != 1:
            raise UserError(
                self.env._("Register the payment of one insurer and store at a time.")
            )
        wizard = self.env["dealer.claim.payment.wizard"]._open_for(self)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Payment of the Insurer"),
            "res_model": wizard._name,
            "res_id": wizard.id,
            "view_mode": "form",
            "target": "new",
        }

    # -- reconciliation with finance (G-C2) ------------------------------------

    def _reconcile_violations(self):
        """Why the money of these claims is not settled yet, in the books."""
        violations = []
        for claim in self:
            currency = claim.currency_id
            reasons = []
            if not claim.is_historical and not claim._standing_invoices():
                if claim._invoice_shares():
                    reasons.append(self.env._("the repair is not invoiced"))
            elif not claim.is_historical:
                reasons += claim._invoice_gap_reasons()
            for fname in (
                "insurer_open",
                "third_party_open",
                "insurer_over",
            ):
                if currency.compare_amounts(claim[fname], 0.0) > 0:
                    reasons.append(
                        self.env._(
                            "%(what)s: %(amount)s",
                            what=claim._fields[fname]._description_string(self.env),
                            amount=currency.format(claim[fname]),
                        )
                    )
            undecided = claim.difference_ids.filtered(lambda d: d.state in CHASING)
            undecided |= claim.difference_ids.filtered(lambda d: d.state == "draft")
            if undecided:
                reasons.append(
                    self.env._(
                        "differences are not settled: %(names)s",
                        names=", ".join(undecided.mapped("name")),
                    )
                )
            if claim._is_difference_unexplained():
                reasons.append(
                    self.env._(
                        "the insurer paid %(gap)s other than expected, and no "
                        "difference says why",
                        gap=currency.format(claim.insurer_difference),
                    )
                )
            violations += [Violation("G-C2", claim, reason) for reason in reasons]
        return violations

    def _invoice_gap_reasons(self):
        """Invoices that no longer say what the cost lines say."""
        self.ensure_one()
        # sudo: who reconciles may read the claim; the totals are no secret to him
        invoices_sudo = self._standing_invoices()
        total = sum(invoices_sudo.mapped("amount_total_signed"))
        wanted = sum(self._invoice_shares().values())
        if self.currency_id.compare_amounts(total, wanted):
            return [
                self.env._(
                    "the invoices say %(total)s, the cost lines %(wanted)s",
                    total=self.currency_id.format(total),
                    wanted=self.currency_id.format(wanted),
                )
            ]
        return []

    def _is_difference_unexplained(self):
        """Whether the insurer paid other than expected without a typed difference."""
        self.ensure_one()
        if not self.insurer_paid_on or self.is_payment_accurate:
            return False
        return not self.difference_ids.filtered(
            lambda d: d.state in ("booked", "settled")
        )

    def _guard_reconcile(self):
        """G-C2: the books are closed for the claim, and finance is another person."""
        violations = self._reconcile_violations()
        for claim in self:
            people = claim.submitter_id.user_id | claim.receptionist_id.user_id
            if self.env.user in people:
                violations.append(
                    Violation(
                        "G-C2",
                        claim,
                        self.env._("who handled the case does not reconcile it"),
                    )
                )
            if claim.reconciled_at:
                violations.append(
                    Violation("G-C2", claim, self.env._("it is reconciled already"))
                )
        return violations

    def action_reconcile(self):
        """Confirm as finance that the money of these claims is settled (G-C2).

        :raises AccessError: the user is not finance
        :raises GuardError: G-C2, every open point of every claim
        """
        self._check_holds("finance")
        self.check_access("read")
        self._check_guards("reconcile")
        self._sudo_set_reconciled(fields.Datetime.now(), self.env.uid)
        return True

    def _sudo_set_reconciled(self, moment, user_id):
        # sudo: finance signs on claims that it may not write; post and guard were
        # checked
        self.sudo()._write_protected(
            {"reconciled_at": moment, "reconciled_by_id": user_id}
        )

    def action_unreconcile_claim(self):
        """Take the reconciliation with finance back, before the case is closed."""
        self._check_holds("finance")
        self.check_access("read")
        closed = self.filtered("closed_at")
        if closed:
            raise UserError(
                self.env._(
                    "%(names)s: the case is closed. The claims leader reopens it "
                    "first.",
                    names=", ".join(closed.mapped("name")),
                )
            )
        self._sudo_set_reconciled(False, False)
        return True

    # -- accountability (S94) --------------------------------------------------

    def action_decide_difference(self):
        """Open a new difference with what is open or paid too much."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Difference"),
            "res_model": "dealer.claim.difference",
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "current",
            "context": {"default_claim_id": self.id},
        }

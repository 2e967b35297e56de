from odoo import fields, models

from odoo.addons.dealer_base.models.guard_mixin import Violation


class DealerClaimCashierSignature(models.Model):
    """Signatures of the cashier for the customer's part, and their reversals (G-C1).

    The table only grows; a wrong or overtaken signature is answered by a reversal.
    """

    _name = "dealer.claim.cashier.signature"
    _description = "Cashier Signature of a Claim"
    _inherit = ["dealer.append.mixin"]
    _order = "id desc"
    _check_company_auto = True

    claim_id = fields.Many2one(
        "dealer.claim",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    company_id = fields.Many2one(
        related="claim_id.company_id", store=True, index=True, precompute=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    kind = fields.Selection(
        [("sign", "Signed"), ("reversal", "Reversed")], required=True, readonly=True
    )
    user_id = fields.Many2one("res.users", required=True, readonly=True)
    signed_at = fields.Datetime(required=True, readonly=True)
    amount = fields.Monetary(
        readonly=True, help="Received from the customer at that moment."
    )
    reason = fields.Char(readonly=True)


class DealerClaim(models.Model):
    """The customer's part: payment at the counter and the cashier's word for it."""

    _inherit = "dealer.claim"

    cashier_signature_ids = fields.One2many(
        "dealer.claim.cashier.signature", "claim_id", string="Cashier Signatures"
    )

    def action_register_self_payment(self):
        """Open the ordinary payment wizard for what customers owe (E8).

        :raises AccessError: neither cashier nor finance
        :raises UserError: nothing is open, or claims of several stores
        """
        self._check_holds("cashier", "finance")
        self.check_access("read")
        lines = self._open_claim_lines("customer")
        if not lines:
            raise self._nothing_open_error()
        return lines.action_register_payment(
            ctx={
                "default_group_payment": True,
                "dont_redirect_to_payments": True,
            }
        )

    def _open_claim_lines(self, *kinds):
        """Posted tagged lines of these kinds that are not settled in full."""
        # sudo: who may press the button was checked; the wizard checks the books again
        lines_sudo = self.sudo().claim_money_line_ids.filtered(
            lambda line: (
                line.dealer_claim_kind in kinds
                and line.parent_state == "posted"
                and not line.reconciled
            )
        )
        return lines_sudo.with_env(self.env)

    def _guard_cashier_confirm(self):
        """G-W6: locked costs, the customer's part received, by another person."""
        violations = []
        for claim in self:
            reasons = []
            if not claim.costs_locked_at:
                reasons.append(self.env._("the costs are not locked"))
            if claim.currency_id.compare_amounts(claim.self_paid_open, 0.0) > 0:
                reasons.append(
                    self.env._(
                        "the customer still owes %(amount)s",
                        amount=claim.currency_id.format(claim.self_paid_open),
                    )
                )
            if claim.receptionist_id.user_id == self.env.user:
                reasons.append(
                    self.env._("the receptionist of the case does not sign for it")
                )
            if claim.cashier_confirmed_at:
                reasons.append(self.env._("the cashier has signed already"))
            violations += [Violation("G-W6", claim, reason) for reason in reasons]
        return violations

    def action_cashier_confirm(self):
        """Sign that the customer's part of these claims is received (G-C1).

        :raises AccessError: the user is no cashier
        :raises GuardError: G-W6
        """
        self._check_holds("cashier")
        self.check_access("read")
        self._check_guards("cashier_confirm")
        now = fields.Datetime.now()
        self.env["dealer.claim.cashier.signature"]._sudo_append(
            [
                {
                    "claim_id": claim.id,
                    "kind": "sign",
                    "user_id": self.env.uid,
                    "signed_at": now,
                    "amount": claim.self_paid_received,
                }
                for claim in self
            ]
        )
        self._sudo_set_confirmed(now)
        return True

    def _sudo_set_confirmed(self, moment):
        # sudo: the cashier signs on a claim that he may not write; post and guard
        # were checked
        self.sudo()._write_protected({"cashier_confirmed_at": moment})

    def action_cashier_reverse(self, reason=None):
        """Take the cashier's signature back, while the car is here.

        :param reason: why; without it a dialog asks
        """
        self._check_holds("cashier", "finance")
        self.check_access("read")
        if not (reason or "").strip():
            return self.env["dealer.return.wizard"]._open_for(self, "cashier_reverse")
        self.filtered("cashier_confirmed_at")._reverse_cashier_signature(reason.strip())
        return True

    def _reverse_cashier_signature(self, reason):
        """Answer standing signatures by a reversal line."""
        if not self:
            return
        self.env["dealer.claim.cashier.signature"]._sudo_append(
            [
                {
                    "claim_id": claim.id,
                    "kind": "reversal",
                    "user_id": self.env.uid,
                    "signed_at": fields.Datetime.now(),
                    "amount": claim.self_paid_received,
                    "reason": reason,
                }
                for claim in self
            ]
        )
        self._sudo_set_confirmed(False)

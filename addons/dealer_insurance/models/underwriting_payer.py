from odoo import models
from odoo.exceptions import UserError

from odoo.addons.dealer_base.models.guard_mixin import Violation

# The flow and the guards hold empty hooks; they must be registered before ours.
from . import underwriting_flow, underwriting_guards  # noqa: F401
from .policy import claim_attachments
from .underwriting_money import FAMILY_RELATIONS

# Who pays and how: what guard G-P2 looks at.
PAYER_FIELDS = frozenset({"channel", "payer_id", "payer_relation", "payer_proof_ids"})


class DealerUnderwriting(models.Model):
    """Who may pay the premium of a ledger row: guard G-P2 (R2, R3)."""

    _inherit = "dealer.underwriting"

    def write(self, vals):
        names = PAYER_FIELDS & vals.keys()
        if names:
            self._check_payer_open(names)
        result = super().write(vals)
        if "payer_proof_ids" in vals:
            claim_attachments(self, "payer_proof_ids")
        return result

    def _check_payer_open(self, names):
        """Who paid, and which way, is history once the policy is out (R2, R3).

        Before that, the channel is fixed by the first money, and so is the payer whom
        the store's own entry names. A manager may name another payer of an issued row
        whose money went back, e.g. after a bounced payment.
        """
        manager = self.env.user.has_group("dealer_base.group_insurance_manager")
        issued = self.filtered(
            lambda row: (
                row.voided_at
                or (row.issued_at and not (manager and not row._has_money()))
            )
        )
        if issued:
            labels = [
                self._fields[name]._description_string(self.env)
                for name in sorted(names)
            ]
            raise UserError(
                self.env._(
                    "%(fields)s cannot change any more: %(rows)s is issued or void.",
                    fields=", ".join(labels),
                    rows=", ".join(issued.mapped("display_name")),
                )
            )
        moved = self.filtered(
            lambda row: (
                ("channel" in names or "payer_id" in names)
                and (row.channel == "collected" or "channel" in names)
            )
        )
        moved._check_no_money()

    def _has_money(self):
        """Whether money of the row was received or remitted and is not back."""
        self.ensure_one()
        return not self.currency_id.is_zero(
            self.amount_received
        ) or not self.currency_id.is_zero(self.amount_remitted)

    def _check_no_money(self):
        """Refuse a change of payer or channel while money of the rows is here."""
        touched = self.filtered(lambda row: row._has_money())
        if touched:
            raise UserError(
                self.env._(
                    "Money was received or remitted for %(rows)s. Take it back before "
                    "payer or channel change.",
                    rows=", ".join(touched.mapped("display_name")),
                )
            )

    def _payer_violations(self):
        """Guard G-P2: the real-name rule R2 and the ban on advances R3.

        Also refused: money that came from somebody else than the payer named on the
        row, and an entry that no longer says what the row says.

        :return: list of :class:`Violation`
        """
        return [
            Violation("G-P2", row, reason)
            for row in self
            for reason in row._payer_reasons()
        ]

    def _payer_reasons(self):
        """Why the payer of one row is not acceptable, in words."""
        self.ensure_one()
        payer, applicant = self.payer_id, self.applicant_id
        if not payer or not applicant:
            return [self.env._("the applicant or the payer is missing")]
        reasons = []
        if payer != applicant:
            # sudo: which partners are own stores is no secret, their settings are
            payer_sudo = payer.sudo()
            if payer.is_store_staff or payer_sudo.ref_company_ids:
                reasons.append(
                    self.env._(
                        "%(payer)s belongs to the store; nobody advances premium for "
                        "a customer (R3)",
                        payer=payer.display_name,
                    )
                )
            if applicant.is_company:
                reasons.append(
                    self.env._(
                        "a company pays from its own account; %(payer)s is not "
                        "%(applicant)s (R2)",
                        payer=payer.display_name,
                        applicant=applicant.display_name,
                    )
                )
            elif payer.is_company or self.payer_relation not in FAMILY_RELATIONS:
                reasons.append(
                    self.env._(
                        "%(payer)s may pay for %(applicant)s only as spouse, parent "
                        "or child (R2)",
                        payer=payer.display_name,
                        applicant=applicant.display_name,
                    )
                )
            elif not self.payer_proof_ids:
                reasons.append(
                    self.env._(
                        "the proof that %(payer)s is of the applicant's family is "
                        "missing (R2)",
                        payer=payer.display_name,
                    )
                )
        strangers = self._sudo_other_payers()
        if strangers:
            reasons.append(
                self.env._(
                    "the money came from %(strangers)s, not from the payer %(payer)s",
                    strangers=", ".join(strangers.mapped("display_name")),
                    payer=payer.display_name,
                )
            )
        if self.premium_entry_outdated:
            reasons.append(
                self.env._("the premium entry does not agree with the row; update it")
            )
        return reasons

    def _sudo_other_payers(self):
        # sudo: the clerk's guard looks at payments that he may not read
        row = self.sudo()
        payments = row.money_line_ids.filtered(
            lambda line: line.dealer_money_kind == "payer"
        )._dealer_counterpart_lines()
        evidence = row.direct_payment_ids.filtered(
            lambda payment: payment._is_standing()
        )
        partners = payments.partner_id | evidence.payer_id
        return (partners - row.payer_id).with_env(self.env)

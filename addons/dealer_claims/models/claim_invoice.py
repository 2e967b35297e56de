from odoo import Command, fields, models

from odoo.addons.dealer_base.models.guard_mixin import GuardError, Violation
from odoo.addons.dealer_insurance.models.account_move_line import (
    TAG_DOOR,
    TAG_DOOR_KEY,
)

from ..const import NO_REPAIR_KINDS


class DealerClaim(models.Model):
    """Invoices of the repair, one per payer (E7), and taking them back."""

    _inherit = "dealer.claim"

    # -- who pays ------------------------------------------------------------

    def _payer_of(self, kind):
        """Partner who owes the money of a kind of line."""
        self.ensure_one()
        if kind in ("insurer", "credit"):
            return self.insurer_id
        if kind == "third_party":
            return self.third_party_payer_id
        return self.partner_id

    def _receivable_of(self, kind):
        """Account on which the money of a kind of line stands.

        Insurers, our own and that of the third party, have the receivable of claims
        (112202); everybody else the receivable of the partner.

        :raise RedirectWarning: the store lacks the account
        """
        self.ensure_one()
        company = self.company_id
        partner = self._payer_of(kind)
        if kind in ("refund", "credit"):
            return company._dealer_money_setting("dealer_refund_payable_account_id")
        if kind == "insurer" or partner.commercial_partner_id.is_insurer:
            return company._dealer_money_setting("dealer_claim_receivable_account_id")
        return (
            partner.with_company(company).property_account_receivable_id
            or partner.with_company(company.root_id).property_account_receivable_id
        )

    def _repair_tax(self):
        """Tax of the repair; none where the store's rate is 0."""
        self.ensure_one()
        # sudo: the rate of the store is no secret
        company_sudo = self.company_id.sudo()
        if not company_sudo.dealer_repair_vat_rate:
            return self.env["account.tax"]
        return self.company_id._dealer_money_setting("dealer_repair_tax_id")

    # -- guards ------------------------------------------------------------

    def _invoice_violations(self):
        """G-W4: who pays must be known, and the shares must make up the bill."""
        violations = []
        for claim in self:
            shares = claim._invoice_shares()
            missing = [kind for kind in shares if not claim._payer_of(kind)]
            kinds = dict(
                self.env["account.move.line"]
                ._fields["dealer_claim_kind"]
                ._description_selection(self.env)
            )
            reasons = [
                self.env._("nobody is named for “%(kind)s”", kind=kinds[kind])
                for kind in missing
            ]
            if any(amount < 0 for amount in shares.values()):
                reasons.append(self.env._("the part of a payer is negative"))
            total = sum(shares.values()) + claim.store_borne
            if claim.claim_kind not in NO_REPAIR_KINDS and (
                claim.currency_id.compare_amounts(total, claim.settlement_total)
            ):
                reasons.append(
                    self.env._(
                        "the parts of the payers are %(parts)s, the bill is %(total)s",
                        parts=claim.currency_id.format(total),
                        total=claim.currency_id.format(claim.settlement_total),
                    )
                )
            violations += [Violation("G-W4", claim, reason) for reason in reasons]
        return violations

    def _uninvoice_violations(self):
        """G-W5: money that came for an invoice goes back first."""
        violations = []
        for claim in self:
            currency = claim.currency_id
            received = {
                "self_paid_received": claim.self_paid_received,
                "insurer_received": claim.insurer_received,
                "third_party_received": claim.third_party_received,
            }
            violations += [
                Violation(
                    "G-W5",
                    claim,
                    self.env._(
                        "%(what)s: %(amount)s",
                        what=claim._fields[fname]._description_string(self.env),
                        amount=currency.format(amount),
                    ),
                )
                for fname, amount in received.items()
                if not currency.is_zero(amount)
            ]
            booked = claim.difference_ids.filtered(lambda d: d.state == "booked")
            if booked:
                violations.append(
                    Violation(
                        "G-W5",
                        claim,
                        self.env._(
                            "differences are booked: %(names)s",
                            names=", ".join(booked.mapped("name")),
                        ),
                    )
                )
        return violations

    # -- invoices ------------------------------------------------------------

    def _create_payer_invoices(self):
        """Post one customer invoice per payer of these claims (E7).

        Called when the costs are locked. Amounts of the claim include VAT; the invoice
        shows them without, and its total is the payer's part to the cent. What the
        store bears is invoiced to nobody. A claim that has standing invoices gets no
        others.

        :return: the posted invoices
        :raise GuardError: G-W4, a payer is missing or the parts do not add up
        :raise UserError: the books of today are locked
        :raise RedirectWarning: account, tax or journal is not set
        """
        self.check_access("write")
        claims = self.filtered(
            lambda claim: not claim.is_historical and not claim._standing_invoices()
        )
        violations = claims._invoice_violations()
        if violations:
            lines = [self._guard_line(violation) for violation in violations]
            raise GuardError("\n".join(lines), violations)
        return claims._sudo_post_invoices()

    def _standing_invoices(self):
        """Posted repair invoices of these claims that were not reversed in full."""
        # sudo: the receptionist reads no invoices; that there are some he may know
        moves_sudo = self.sudo().claim_money_line_ids.move_id
        return moves_sudo.filtered(
            lambda move: (
                move.move_type == "out_invoice"
                and move.state == "posted"
                and move.payment_state != "reversed"
            )
        )

    def _sudo_post_invoices(self):
        # sudo: the receptionist who locks the costs holds no right on the books. Only
        # invoices that _prepare_repair_invoice_vals builds pass here; the caller has
        # checked the access to the claims.
        claims_sudo = self.sudo()
        moves_sudo = self.env["account.move"].sudo()
        for company, own in claims_sudo.grouped("company_id").items():
            door = moves_sudo.with_company(company).with_context(
                **{TAG_DOOR_KEY: TAG_DOOR}
            )
            journal = door.new({"move_type": "out_invoice"}).journal_id
            company._dealer_check_open_period(company._dealer_today(), journal)
            vals_list, kinds = [], []
            for claim in own:
                for kind, amount in claim._invoice_shares().items():
                    vals_list.append(claim._prepare_repair_invoice_vals(kind, amount))
                    kinds.append((claim, kind, amount))
            moves = door.create(vals_list)
            for move, (claim, kind, amount) in zip(moves, kinds, strict=True):
                claim._finish_repair_invoice(move, kind, amount)
            moves._post(soft=False)
            moves_sudo |= moves
        return moves_sudo.with_env(self.env)

    def _prepare_repair_invoice_vals(self, kind, amount):
        """Values of the invoice of one payer.

        :param kind: kind of the receivable
        :param amount: the payer's part with VAT, company currency
        """
        self.ensure_one()
        company = self.company_id
        today = company._dealer_today()
        tax = self._repair_tax()
        # A tax inside the price takes the amount as it is.
        added = tax and not tax.price_include
        net = (
            self.currency_id.round(amount / (1 + tax.amount / 100)) if added else amount
        )
        due = today
        if kind == "insurer":
            agreement = self.env["dealer.agreement"]._find(
                self.insurer_id, company, today
            )
            days = agreement.settlement_days or company.dealer_insurer_due_days
            due = fields.Date.add(today, days=days)
        parts = [self.name, self.report_no, self.vehicle_id.plate]
        reference = " ".join(filter(None, parts))
        return {
            "move_type": "out_invoice",
            "company_id": company.id,
            "partner_id": self._payer_of(kind).id,
            "invoice_date": today,
            "invoice_date_due": due,
            "invoice_payment_term_id": False,
            "ref": reference,
            "dealer_claim_id": self.id,
            "invoice_line_ids": [
                Command.create(
                    {
                        "name": self.env._("Accident repair %(ref)s", ref=reference),
                        "quantity": 1.0,
                        "price_unit": net,
                        "account_id": company._dealer_money_setting(
                            "dealer_repair_income_account_id"
                        ).id,
                        "tax_ids": [Command.set(tax.ids)],
                    }
                )
            ],
        }

    def _finish_repair_invoice(self, move, kind, amount):
        """Cent of the VAT, receivable account and tags of a draft invoice."""
        self.ensure_one()
        missing = move.currency_id.round(amount - move.amount_total)
        tax_line = move.line_ids.filtered("tax_line_id")[:1]
        if tax_line and not move.currency_id.is_zero(missing):
            move.write(
                {
                    "line_ids": [
                        Command.update(
                            tax_line.id,
                            {"amount_currency": tax_line.amount_currency - missing},
                        )
                    ]
                }
            )
        owed = move.line_ids.filtered(lambda line: line.display_type == "payment_term")
        owed.write(
            {
                "account_id": self._receivable_of(kind).id,
                "dealer_claim_kind": kind,
                "dealer_claim_id": self.id,
            }
        )
        (move.line_ids - owed).write({"dealer_claim_id": self.id})

    # -- taking back -----------------------------------------------------------

    def _cancel_payer_invoices(self):
        """Take the invoices of these claims back, so that the costs can change.

        Invoices of an open period are cancelled, those of a locked one or with a hash
        are reversed today.

        :raise GuardError: G-W5, money was received or a difference is booked
        """
        self.check_access("write")
        violations = self._uninvoice_violations()
        if violations:
            lines = [self._guard_line(violation) for violation in violations]
            raise GuardError("\n".join(lines), violations)
        self._sudo_cancel_invoices()
        signed = self.filtered("cashier_confirmed_at")
        signed._reverse_cashier_signature(self.env._("Costs unlocked"))

    def _sudo_cancel_invoices(self):
        # sudo: who unlocks costs holds no right on the books; only unpaid invoices of
        # claims that he may write are taken back
        self._standing_invoices()._dealer_take_back()


class AccountMove(models.Model):
    _inherit = "account.move"

    def _dealer_take_back(self):
        """Cancel entries of a claim, or reverse those that may not be changed.

        A reversal carries the tags, so that both add up to nothing.
        """
        for move in self:
            company = move.company_id
            kind = move.journal_id.type
            locked = move.inalterable_hash or company._get_lock_date_violations(
                move.date,
                fiscalyear=True,
                sale=kind == "sale",
                purchase=False,
                tax=bool(move.line_ids.tax_line_id),
                hard=True,
            )
            if locked:
                today = company._dealer_today()
                company._dealer_check_open_period(today, move.journal_id)
                reason = self.env._("Taken back: %(entry)s", entry=move.name)
                move._reverse_moves(
                    [{"date": today, "invoice_date": today, "ref": reason}],
                    cancel=True,
                )
            else:
                move.button_draft()
                move.button_cancel()

    def _reverse_moves(self, default_values_list=None, cancel=False):
        # EXTENDS account: a reversal belongs to the same claim
        reversals = super()._reverse_moves(
            default_values_list=default_values_list, cancel=cancel
        )
        for move, reversal in zip(self, reversals, strict=True):
            if move.dealer_claim_id:
                reversal.dealer_claim_id = move.dealer_claim_id
                # lines of the tax are made anew and carry no tag yet
                reversal.line_ids.filtered(
                    lambda line: not line.dealer_claim_id
                ).with_context(**{TAG_DOOR_KEY: TAG_DOOR}).write(
                    {"dealer_claim_id": move.dealer_claim_id.id}
                )
        return reversals

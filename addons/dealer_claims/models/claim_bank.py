from odoo import models

from odoo.addons.dealer_insurance.tools import bank_types


class DealerBankCandidates(models.AbstractModel):
    """Claim money as candidates for bank lines: E8, E9, E11 and refunds.

    A candidate says the case number, the report number, the car and the people, so
    that a bank text that names any of them finds its case.
    """

    _inherit = "dealer.bank.candidates"

    def _bank_open_items(self, company, domain):
        # EXTENDS dealer_insurance: ours come last and say more about the same items
        return [
            *super()._bank_open_items(company, domain),
            *self._bank_claim_items(company, domain),
            *self._bank_claim_payment_items(company, domain),
        ]

    def _bank_claim_items(self, company, domain):
        """What insurers and customers owe for repairs, and what customers get back."""
        lines = self.env["account.move.line"].search(
            [*domain, ("dealer_claim_kind", "!=", False)], order="date, id"
        )
        for line in lines:
            claim, incoming = line.dealer_claim_id, line.amount_residual > 0
            partner = line.partner_id.commercial_partner_id
            fact = self._bank_claim_facts(claim)
            if line.dealer_claim_kind == "refund" and not incoming:
                kind = bank_types.CLAIM_REFUND
            elif line.dealer_claim_kind == "credit" or not incoming:
                continue
            elif partner.is_insurer:
                kind = bank_types.CLAIM
                fact.update(partner=partner.id, due=line.date_maturity or None)
            else:
                kind = bank_types.RECEIPT
            fact["names"] += tuple(filter(None, [line.partner_id.name]))
            fact["numbers"] += tuple(filter(None, [line.move_id.name]))
            yield self._bank_item(kind, line, **{**fact, "date": line.date})

    def _bank_claim_facts(self, claims):
        """What bank lines say about claims: values of ``Candidate``."""
        numbers = [
            *claims.mapped("name"),
            *claims.mapped("report_no"),
            *claims.vehicle_id.mapped("vin"),
        ]
        return {
            "names": tuple(filter(None, claims.partner_id.mapped("name"))),
            "plates": tuple(filter(None, claims.vehicle_id.mapped("plate"))),
            "numbers": tuple(filter(None, numbers)),
            "refs": tuple(filter(None, claims.mapped("name"))),
        }

    def _bank_claim_payment_items(self, company, domain):
        """Payments of claims that were registered and are not at the bank yet."""
        lines = self.env["account.move.line"].search(
            [
                *domain,
                ("payment_id.state", "in", ("in_process", "paid")),
                ("account_id.reconcile", "=", True),
                (
                    "account_id.account_type",
                    "not in",
                    ("asset_receivable", "liability_payable"),
                ),
            ],
            order="date, id",
        )
        for line in lines:
            payment = line.payment_id
            own = payment.move_id.line_ids
            settled = own | own.matched_debit_ids.debit_move_id
            settled |= own.matched_credit_ids.credit_move_id
            claims = settled.dealer_claim_id
            if not claims:
                continue
            incoming = line.amount_residual > 0
            partner = payment.partner_id.commercial_partner_id
            fact = self._bank_claim_facts(claims)
            fact["names"] += tuple(filter(None, [payment.partner_id.name]))
            fact["numbers"] += tuple(filter(None, [payment.name, payment.memo]))
            fact.update(date=payment.date, parts=len(claims))
            if not incoming:
                kind = bank_types.CLAIM_REFUND
            elif partner.is_insurer:
                kind = bank_types.CLAIM
                fact["partner"] = partner.id
            else:
                kind = bank_types.RECEIPT
            yield self._bank_item(kind, line, **fact)

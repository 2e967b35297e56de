from decimal import ROUND_HALF_UP, Decimal

from odoo import models

from ..tools.fee import agency_fee
from ..tools.import_facts import CENT, amount, day, money

#: (product, number, start, end, premium) columns of the three policies.
POLICY_COLUMNS = (
    ("ctpl", "ctpl_no", "ctpl_start", "ctpl_end", "ctpl_premium"),
    ("commercial", "comm_no", "comm_start", "comm_end", "comm_premium"),
    ("other", "other_no", "ctpl_start", "ctpl_end", "other_premium"),
)
#: Columns of the fee rates that a ledger prints.
RATE_COLUMNS = {"ctpl": "ctpl_rate", "commercial": "comm_rate"}


class LedgerImportKind(models.AbstractModel):
    """Policies of an imported ledger line, their covers and their fees."""

    _inherit = "dealer.import.kind.ledger"

    def _create_policies(self, run, rows, records, masters):
        vat = run.company_id.dealer_premium_vat_rate
        vals_list = []
        for row in rows:
            fees = self._split_fee(row, vat)
            for columns in POLICY_COLUMNS:
                vals = self._prepare_policy_vals(row, columns, masters)
                if vals:
                    vals.update(
                        self._prepare_fee_vals(row, columns, records[row], fees, vat)
                    )
                    vals_list.append({**vals, "underwriting_id": records[row].id})
        policies = self.env["dealer.policy"]._create_protected(vals_list)
        self._create_policy_lines(policies, masters)
        return policies

    def _prepare_fee_vals(self, row, columns, underwriting, fees, vat):
        """Fee of one policy: what the agreement says, else what the ledger prints.

        The printed column is the store's own note of a day long ago; the agreement is
        what the insurer owes. A store that enters its agreements after the ledger is
        not worse off: the fee statements look the rate up again.
        """
        product, premium = columns[0], columns[4]
        agreement = underwriting.agreement_id
        rate, line = 0.0, self.env["dealer.agreement.rate"]
        if agreement:
            rate, line = agreement._fee_rate(
                product,
                business=underwriting.business_type,
                energy=underwriting.vehicle_id.energy_type or "fuel",
                date=day(row.get("issued_at")),
            )
        if not line:
            rate = float(row.get(RATE_COLUMNS.get(product)) or 0)
        fee = agency_fee(
            float(amount(row, premium)), rate, vat, underwriting.currency_id
        )
        if not line and row.get("fee_expected"):
            fee = float(fees.get(product, 0))
        return {
            "fee_rate": rate,
            "fee_rate_id": line.id,
            "fee_vat_rate": vat,
            "expected_fee": fee,
        }

    def _prepare_policy_vals(self, row, columns, masters):
        """Values of one policy of a line, None when the line has no such policy."""
        product, number, start, end, premium = columns
        if not row.get(number) and not row.get(premium):
            return None
        zone = masters["zone"]
        if product == "other" and not row.get(start):
            start, end = "comm_start", "comm_end"
        vals = {
            "product": product,
            "policy_no": row.get(number) or False,
            "date_start": self._utc(row.get(start), zone),
            "date_end": self._utc(row.get(end), zone),
            "premium": float(amount(row, premium)),
        }
        if product == "ctpl":
            vals["vehicle_tax"] = float(amount(row, "tax"))
            if row.get("float_factor"):
                vals["float_factor"] = float(row.get("float_factor"))
        elif product == "commercial":
            vals["standard_premium"] = float(amount(row, "standard"))
            vals["cover_text"] = row.get("covers") or False
            for key, fname in (("ncd", "ncd_factor"), ("pricing", "pricing_factor")):
                if row.get(key):
                    vals[fname] = float(row.get(key))
        return vals

    def _create_policy_lines(self, policies, masters):
        """Covers of the combination text, where the catalogue knows the words."""
        Cover, cache = self.env["dealer.cover"], masters["covers"]
        vals_list = []
        for policy in policies:
            text = policy.cover_text
            if not text:
                continue
            if text not in cache:
                cache[text] = Cover._prepare_lines(text)
            vals_list += [{**vals, "policy_id": policy.id} for vals in cache[text]]
        self.env["dealer.policy.line"]._create_protected(vals_list)

    def _split_fee(self, row, vat_rate):
        """Share of the line's expected fee (CNY, without VAT) that each policy earns.

        The ledger prints one sum. CTPL and commercial are worked out from the printed
        rates (premium without VAT times rate, both rounded); what is left belongs to
        the other policy, or to the product that has a premium.
        """
        total = money(row.get("fee_expected"))
        if not total:
            return {}
        vat = 1 + Decimal(str(vat_rate))
        fees = {}
        for product, premium, rate in (
            ("ctpl", "ctpl_premium", "ctpl_rate"),
            ("commercial", "comm_premium", "comm_rate"),
        ):
            if row.get(premium) and row.get(rate):
                net = (amount(row, premium) / vat).quantize(CENT, ROUND_HALF_UP)
                fees[product] = (net * Decimal(str(row.get(rate)))).quantize(
                    CENT, ROUND_HALF_UP
                )
        rest = total - sum(fees.values())
        if rest:
            if row.get("other_premium"):
                heir = "other"
            else:
                heir = "commercial" if row.get("comm_premium") else "ctpl"
            fees[heir] = fees.get(heir, Decimal(0)) + rest
        return fees

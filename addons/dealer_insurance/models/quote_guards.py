from collections import defaultdict

from odoo import fields, models

from odoo.addons.dealer_base.models.guard_mixin import Violation

from ..const import EXEMPT_ENERGIES
from ..tools.rating_tax import PROVED_STATES


class DealerQuote(models.Model):
    """Guards of the quote: what must be right before the next step."""

    _inherit = "dealer.quote"

    def _guard_calculate(self):
        """G-Q4 data of the car, G-Q5 options, G-N1/G-R5 covers, G-R4 pricing factor,
        G-R6 short term."""
        return (
            self._vehicle_violations()
            + self._option_violations()
            + self._cover_violations()
            + self._factor_violations()
            + self._term_violations()
        )

    def _guard_send(self):
        """The figures again, G-Q1 concessions, G-Q6 validity."""
        violations = self._guard_calculate() + self._validity_violations()
        return violations + self._concession_violations(self.option_ids)

    def _guard_accept(self):
        """All of it for the chosen option, G-R1..G-R3 explained differences, G-Q2
        identity of the applicant, G-Q3 notice acknowledged."""
        _ = self.env._
        violations = self._guard_calculate() + self._validity_violations()
        chosen = self.env["dealer.quote.option"]
        for quote in self:
            option = quote._wanted_option()
            chosen |= option
            if not option and quote.option_ids:
                violations.append(
                    Violation(
                        "G-Q5", quote, _("tick the option that the customer takes")
                    )
                )
            if not quote.notice_acknowledged:
                violations.append(
                    Violation(
                        "G-Q3",
                        quote,
                        _("the customer has not acknowledged the customer notice"),
                    )
                )
        violations += self._concession_violations(chosen)
        violations += self._identity_violations()
        violations += [
            Violation(code, option.quote_id, reason)
            for option, code, reason in chosen._unexplained()
        ]
        violations += self._tax_proof_violations()
        return violations

    def _guard_lose(self):
        """G-Q7: a lost quote has a reason code, and words where the code asks."""
        _ = self.env._
        violations = []
        for quote in self:
            if not quote.lost_reason_id:
                violations.append(
                    Violation("G-Q7", quote, _("the reason of the loss is missing"))
                )
            elif (
                quote.lost_reason_id.needs_text and not (quote.lost_text or "").strip()
            ):
                violations.append(
                    Violation(
                        "G-Q7",
                        quote,
                        _(
                            "reason %(reason)s needs an explanation in words",
                            reason=quote.lost_reason_id.display_name,
                        ),
                    )
                )
        return violations

    # ----------------------------------------------------------------- Parts
    def _vehicle_violations(self):
        _ = self.env._
        violations = []
        for quote in self:
            vehicle = quote.vehicle_id
            missing = []
            if not vehicle.use_nature:
                missing.append(_("use"))
            if not vehicle.energy_type:
                missing.append(_("energy type"))
            if not vehicle.seats and vehicle.use_nature != "motorcycle":
                missing.append(_("seats"))
            if quote.business_type == "new_car" and not quote.invoice_date:
                missing.append(_("invoice date"))
            if missing:
                violations.append(
                    Violation(
                        "G-Q4", quote, _("missing: %(what)s", what=", ".join(missing))
                    )
                )
        return violations

    def _option_violations(self):
        _ = self.env._
        violations = []
        for quote in self:
            if not quote.option_ids:
                violations.append(
                    Violation(
                        "G-Q5", quote, _("enter the offer of one insurer at least")
                    )
                )
            for option in quote.option_ids:
                if not option.amount_total:
                    violations.append(
                        Violation(
                            "G-Q5",
                            quote,
                            _(
                                "%(insurer)s: no premium is entered",
                                insurer=option.insurer_id.name,
                            ),
                        )
                    )
        return violations

    def _cover_violations(self):
        """G-N1 and G-R5 of product line and covers."""
        _ = self.env._
        Cover = self.env["dealer.cover"]
        violations = []
        for option in self.option_ids:
            quote, vehicle = option.quote_id, option.vehicle_id
            problems = Cover._line_problems(option.line_ids, vehicle)
            wanted = "nev" if vehicle.is_nev else "fuel"
            if option.commercial_premium and option.product_line != wanted:
                problems.insert(
                    0,
                    (
                        "G-N1",
                        _("A new energy vehicle needs the new-energy product.")
                        if vehicle.is_nev
                        else _(
                            "The new-energy product is for new energy vehicles only."
                        ),
                    ),
                )
            violations += [
                Violation(code, quote, f"{option.insurer_id.name}: {reason}")
                for code, reason in problems
            ]
        return violations

    def _factor_violations(self):
        """G-R4: pricing factor inside the range, no-claim factor in the table."""
        _ = self.env._
        violations = []
        for day, options in self.option_ids.grouped("rating_date").items():
            priced = options.filtered("commercial_premium")
            if not priced:
                continue
            ranges = self.env["dealer.pricing.range"]._find_ranges(day)
            ncd = self.env["dealer.ncd.factor"]._factors(day)
            for option in priced:
                limits = ranges.get("nev" if option.vehicle_id.is_nev else "fuel")
                factor = round(option.pricing_factor, 4)
                if limits and not (
                    round(limits.factor_min, 4) <= factor <= round(limits.factor_max, 4)
                ):
                    reason = _(
                        "%(insurer)s: pricing factor %(factor)s lies outside "
                        "%(low)s to %(high)s",
                        insurer=option.insurer_id.name,
                        factor=f"{factor:.4g}",
                        low=f"{limits.factor_min:.4g}",
                        high=f"{limits.factor_max:.4g}",
                    )
                    violations.append(Violation("G-R4", option.quote_id, reason))
                if ncd and round(option.ncd_factor, 4) not in ncd:
                    reason = _(
                        "%(insurer)s: no-claim factor %(factor)s is not in the table",
                        insurer=option.insurer_id.name,
                        factor=f"{option.ncd_factor:.4g}",
                    )
                    violations.append(Violation("G-R4", option.quote_id, reason))
        return violations

    def _term_violations(self):
        """G-R6: compulsory cover of less than a year only in the cases of the law."""
        _ = self.env._
        violations = []
        for quote in self:
            if not quote.date_end:
                continue
            if not quote.date_start or quote.date_end <= quote.date_start:
                reason = _("a short term needs a start that lies before its end")
                violations.append(Violation("G-R6", quote, reason))
            elif not quote.short_term_reason and any(
                quote.option_ids.mapped("ctpl_premium")
            ):
                reason = _("no legal case is chosen for a compulsory short term")
                violations.append(Violation("G-R6", quote, reason))
        return violations

    def _tax_proof_violations(self):
        """G-R2: who does not pay the whole tax has a certificate of the tax office."""
        return [
            Violation(
                "G-R2",
                quote,
                self.env._("the number of the tax certificate is missing"),
            )
            for quote in self
            if quote.tax_status in PROVED_STATES
            and quote.energy_type not in EXEMPT_ENERGIES
            and not (quote.tax_certificate_no or "").strip()
        ]

    def _validity_violations(self):
        today = fields.Date.context_today(self)
        return [
            Violation(
                "G-Q6",
                quote,
                self.env._(
                    "the offer was valid until %(day)s",
                    day=fields.Date.to_string(quote.valid_until),
                ),
            )
            for quote in self
            if quote.valid_until and quote.valid_until < today
        ]

    def _concession_violations(self, options):
        """G-Q1: concessions of the options are inside the rule or approved; G-P6: none
        is forbidden."""
        concessions = options.concession_ids
        if not concessions:
            return []
        found = concessions._assess()
        return [
            Violation(
                "G-P6" if found[concession].state == "forbidden" else "G-Q1",
                concession.option_id.quote_id,
                concession._violation_reason(found[concession]),
                concession._violation_fact(found[concession]),
            )
            for concession in concessions
            if found[concession].state not in ("compliant", "approved")
        ]

    def _identity_violations(self):
        """G-Q2: the applicant can be identified: name, document, number, phone."""
        _ = self.env._
        # sudo: whether the number is there, not the number itself.
        missing = defaultdict(list)
        for partner_sudo in self.applicant_id.sudo():
            if not partner_sudo.id_type or not partner_sudo.id_number:
                missing[partner_sudo.id].append(_("identity document"))
            if not partner_sudo.phone:
                missing[partner_sudo.id].append(_("phone"))
        return [
            Violation(
                "G-Q2",
                quote,
                _(
                    "applicant %(name)s has no %(what)s",
                    name=quote.applicant_id.name,
                    what=", ".join(missing[quote.applicant_id.id]),
                ),
            )
            for quote in self
            if missing[quote.applicant_id.id]
        ]

from odoo import fields, models
from odoo.fields import Command

from ..tools import rating
from ..tools.rate_sheet_text import usual_factor

# With fewer offers than this the newest factor of an insurer counts, not the usual one.
FACTOR_DIGITS = 3


class DealerRateSheet(models.Model):
    """Calculation of a draft: what nobody has typed yet (S74)."""

    _inherit = "dealer.rate.sheet"

    def action_fill_figures(self):
        """Work out the empty figures of a draft; what is typed stays.

        Compulsory premium by tariff, vehicle tax by table of the first month, standard
        premium by the rates of the covers, and each insurer's premium by the factor
        that he has on this sheet or had on the one before.
        """
        self._check_holds("policy_clerk", "uw_leader", "insurance_manager")
        self.check_access("write")
        self._check_draft()
        self.env.add_to_compute(self._fields["previous_id"], self)
        for sheet in self:
            sheet._fill_lines()
            sheet._fill_offers()
        return True

    def _refresh_tax(self, model):
        """Vehicle tax of a copy that begins in another month: one month less each.

        What the table cannot tell stays as it was and is found by the check.

        :param model: the sheet that was copied
        """
        self.ensure_one()
        day = self.date_from
        if not day or not model.date_from or day.month == model.date_from.month:
            return
        cars = {line: self._line_car(line) for line in self.line_ids}
        tables = self._figure_tables(cars, day)
        for line, car in cars.items():
            rated = self._line_rated(line, car, tables, day)
            if "tax" in rated and rated["tax"].amount is not None:
                line.vehicle_tax = float(rated["tax"].amount)

    def _fill_lines(self):
        """Figures that do not depend on the insurer."""
        day = self.date_from or fields.Date.context_today(self)
        cars = {line: self._line_car(line) for line in self.line_ids}
        tables = self._figure_tables(cars, day)
        names = {
            "ctpl": "ctpl_premium",
            "tax": "vehicle_tax",
            "commercial": "standard_premium",
        }
        for line, car in cars.items():
            rated = self._line_rated(line, car, tables, day)
            vals = {
                name: float(rated[kind].amount)
                for kind, name in names.items()
                if kind in rated and rated[kind].amount and not line[name]
            }
            if vals:
                line.write(vals)

    def _fill_offers(self):
        """Premiums of the insurers by their factor; missing offers are added."""
        factors = self._known_factors()
        for line in self.line_ids.filtered("standard_premium"):
            offered = line.offer_ids.grouped("insurer_id")
            commands = []
            for (insurer, is_nev), factor in factors.items():
                if is_nev != line.is_nev:
                    continue
                offer = offered.get(insurer)
                standard = line.standard_premium
                if offer and offer.standard_premium:
                    standard = offer.standard_premium
                amount = rating.commercial_premium(round(standard, 2), 1, factor).amount
                vals = {"commercial_premium": float(amount or 0)}
                if not offer:
                    commands.append(Command.create({**vals, "insurer_id": insurer.id}))
                elif offer.currency_id.is_zero(offer.commercial_premium):
                    commands.append(Command.update(offer.id, vals))
            if commands:
                line.write({"offer_ids": commands})

    def _known_factors(self):
        """Factor of each insurer: dict (insurer, is new energy) -> factor."""
        factors = {}
        for sheet in self.previous_id | self:
            groups = sheet.offer_ids.filtered("pricing_factor").grouped(
                lambda offer: (offer.insurer_id, offer.line_id.is_nev)
            )
            for key, offers in groups.items():
                found = [round(offer.pricing_factor, FACTOR_DIGITS) for offer in offers]
                factors[key] = usual_factor(found) or found[-1]
        return factors

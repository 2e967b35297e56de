from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain

from odoo.addons.dealer_base.models.guard_mixin import Violation

from ..tools.rate_sheet_text import name_key

# Posts that may type an insurer's figures into a quote; others take the rate sheet.
TYPING_POSTS = (
    "dealer_base.group_policy_clerk,dealer_base.group_uw_leader,"
    "dealer_base.group_renewal_agent,dealer_base.group_insurance_manager,"
    "dealer_base.group_dealer_admin"
)


class DealerQuote(models.Model):
    """Quotes from the rate sheet: all insurers in one click (S75, SM-1, G-Q8)."""

    _inherit = "dealer.quote"

    rate_sheet_id = fields.Many2one(
        "dealer.rate.sheet",
        string="Rate Sheet Today",
        compute="_compute_rate_sheet_id",
        help="The published sheet of the store that is valid today.",
    )
    rate_line_id = fields.Many2one(
        "dealer.rate.sheet.line",
        string="Model and Plan",
        domain="[('sheet_id', '=', rate_sheet_id)]",
        check_company=True,
        copy=False,
        index="btree_not_null",
        help="Line of the rate sheet; the model of the car is proposed.",
    )
    is_rate_sheet_only = fields.Boolean(compute="_compute_is_rate_sheet_only")

    @api.depends("company_id")
    def _compute_rate_sheet_id(self):
        Sheet = self.env["dealer.rate.sheet"]
        # Who only looks at quotes (a cashier) has no rate sheet.
        current = {}
        if Sheet.has_access("read"):
            today = fields.Date.context_today(self)
            current = Sheet._find_current(self.company_id, today)
        for quote in self:
            quote.rate_sheet_id = current.get(quote.company_id)

    @api.depends_context("uid")
    def _compute_is_rate_sheet_only(self):
        self.is_rate_sheet_only = not self._may_type_figures()

    @api.model
    def _may_type_figures(self):
        """Whether the user may enter figures of an insurer himself."""
        return self.env.su or self.env.user.has_groups(TYPING_POSTS)

    def _propose_rate_line(self):
        """The line of the sheet for the model of the car, cheapest plan first."""
        self.ensure_one()
        car = self.vehicle_id
        keys = [name_key(text) for text in (car.model_text, car.model_id.name) if text]
        return self.env["dealer.rate.sheet.line"].search(
            Domain("sheet_id", "=", self.rate_sheet_id.id)
            & Domain("model_key", "in", keys),
            limit=1,
        )

    @api.onchange("vehicle_id")
    def _onchange_vehicle_rate_line(self):
        if self.vehicle_id and self.rate_sheet_id and not self.rate_line_id:
            self.rate_line_id = self._propose_rate_line()

    # ---------------------------------------------------------------- Button
    def action_apply_rate_sheet(self):
        """Fill in the offers of all insurers from the chosen line of the sheet.

        Offers that carry a concession stay and get the figures; other offers of
        insurers that are not on the line are taken away.

        :raise UserError: no sheet is valid today, no line is chosen, or the line is
            not of today's sheet
        """
        self.check_access("write")
        if any(quote.state != "draft" for quote in self):
            raise UserError(
                self.env._("The rate sheet is applied to a draft quote only.")
            )
        for quote in self:
            quote.rate_line_id = quote._check_rate_line()
            quote._apply_rate_line(quote.rate_line_id)
        return True

    def _check_rate_line(self):
        """The chosen line, or the proposed one; it belongs to today's sheet."""
        sheet = self.rate_sheet_id
        if not sheet:
            raise UserError(
                self.env._(
                    "%(quote)s: no published rate sheet is valid today. Ask the "
                    "issuing clerk to publish one.",
                    quote=self.display_name,
                )
            )
        line = self.rate_line_id or self._propose_rate_line()
        if not line or line.sheet_id != sheet:
            raise UserError(
                self.env._(
                    "%(quote)s: choose model and plan from rate sheet %(sheet)s.",
                    quote=self.display_name,
                    sheet=sheet.display_name,
                )
            )
        return line

    def _apply_rate_line(self, line):
        kept = self.option_ids
        commands = []
        for option in kept - kept.filtered(
            lambda option: option.insurer_id in line.offer_ids.insurer_id
        ):
            if not option.concession_ids:
                commands.append(Command.delete(option.id))
        covers = line._quote_lines(self.vehicle_id)
        known = kept.grouped("insurer_id")
        for offer in line.offer_ids:
            vals = {
                **offer._prepare_option_vals(),
                "line_ids": [
                    Command.clear(),
                    *(Command.create(vals) for vals in covers),
                ],
            }
            option = known.get(offer.insurer_id, kept.browse())[:1]
            if option:
                commands.append(Command.update(option.id, vals))
            else:
                commands.append(
                    Command.create({**vals, "insurer_id": offer.insurer_id.id})
                )
        self.write({"option_ids": commands})

    # ----------------------------------------------------------------- Guard
    def _guard_calculate(self):
        # EXTENDS dealer.quote: consultants quote figures of today's sheet
        return super()._guard_calculate() + self._rate_sheet_violations(today=True)

    def _guard_accept(self):
        """The offer given stays good while it is valid, even if a new sheet came."""
        return [
            violation
            for violation in super()._guard_accept()
            if violation.code != "G-Q8"
        ] + self._rate_sheet_violations(today=False)

    def _rate_sheet_violations(self, today):
        """G-Q8: figures of a consultant's quote come from the rate sheet.

        :param today: the sheet must also be the one that holds today
        """
        if self._may_type_figures():
            return []
        _ = self.env._
        violations = []
        on_sheets = self._sudo_models_on_sheets() if today else {}
        for quote in self:
            if today and not quote.rate_sheet_id:
                reason = _("no published rate sheet is valid today")
                violations.append(Violation("G-Q8", quote, reason))
                continue
            wanted = name_key(quote.vehicle_id.model_text)
            wrong = quote.option_ids.rate_offer_id.line_id.filtered(
                lambda line, wanted=wanted: line.model_key != wanted
            )
            if wrong and wanted in on_sheets.get(quote.rate_sheet_id, ()):
                reason = _(
                    "the car is a %(model)s, the figures are those of %(line)s",
                    model=quote.vehicle_id.model_text,
                    line=wrong[0].display_name,
                )
                violations.append(Violation("G-Q8", quote, reason))
                continue
            for option in quote.option_ids:
                offer = option.rate_offer_id
                insurer = option.insurer_id.name
                if not offer:
                    reason = _(
                        "%(insurer)s: the figures are not from the rate sheet",
                        insurer=insurer,
                    )
                elif today and offer.sheet_id != quote.rate_sheet_id:
                    reason = _(
                        "%(insurer)s: the figures are from %(old)s, today holds "
                        "%(new)s",
                        insurer=insurer,
                        old=offer.sheet_id.display_name,
                        new=quote.rate_sheet_id.display_name,
                    )
                elif option._differs_from_sheet():
                    reason = _(
                        "%(insurer)s: the figures were changed, the rate sheet has "
                        "%(total)s",
                        insurer=insurer,
                        total=option.currency_id.format(offer.amount_total),
                    )
                else:
                    continue
                violations.append(Violation("G-Q8", quote, reason))
        return violations

    def _sudo_models_on_sheets(self):
        """Models of today's sheets: dict sheet -> list of model keys.

        Posts that read quotes but no rate sheets see their open guards too.
        """
        return dict(
            self.env["dealer.rate.sheet.line"]
            .sudo()
            ._read_group(
                Domain("sheet_id", "in", self.rate_sheet_id.ids),
                ["sheet_id"],
                ["model_key:array_agg"],
            )
        )


class DealerQuoteOption(models.Model):
    _inherit = "dealer.quote.option"

    rate_offer_id = fields.Many2one(
        "dealer.rate.sheet.offer",
        string="From the Rate Sheet",
        copy=False,
        readonly=True,
        index="btree_not_null",
        check_company=True,
    )

    def _differs_from_sheet(self):
        """Whether premiums or tax are not those of the offer any more."""
        self.ensure_one()
        offer = self.rate_offer_id
        return any(
            self.currency_id.compare_amounts(self[name], value)
            for name, value in offer._figures().items()
        )


class DealerRateSheetOffer(models.Model):
    _inherit = "dealer.rate.sheet.offer"

    def _figures(self):
        """Figures that a quote takes over: dict field of the option -> amount."""
        self.ensure_one()
        line = self.line_id
        return {
            "ctpl_premium": line.ctpl_premium,
            "vehicle_tax": line.vehicle_tax,
            "standard_premium": self.standard_premium or line.standard_premium,
            "commercial_premium": self.commercial_premium,
            "other_premium": self.other_premium,
        }

    def _prepare_option_vals(self):
        """Values of a quote option with the figures of this offer."""
        return {
            **self._figures(),
            "float_factor": 1.0,
            "ncd_factor": 1.0,
            "pricing_factor": self.pricing_factor or 1.0,
            "product_line": "nev" if self.line_id.is_nev else "fuel",
            "rate_offer_id": self.id,
        }

from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import float_compare

from odoo.addons.dealer_base.models.agreement import (
    PRODUCT_SELECTION,
    RATE_DIGITS,
    _days_meet,
)

PERIODS = [
    ("month", "Monthly"),
    ("quarter", "Quarterly"),
    ("year", "Yearly"),
]
MONTHS = {"month": 1, "quarter": 3, "year": 12}


class DealerAgreementTier(models.Model):
    """Extra fee of an agreement for a period's premium (tier cliff).

    Reaching the premium of a tier lifts the fee of the whole period by its extra
    share. The figures beside it say how far the running period is, and what the
    missing premium would bring before its last day.
    """

    _name = "dealer.agreement.tier"
    _description = "Fee Tier"
    _inherit = ["dealer.dated.mixin"]
    _order = "agreement_id, product, period, premium_from"
    _check_company_auto = True

    agreement_id = fields.Many2one(
        "dealer.agreement", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="agreement_id.company_id", store=True, index=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    insurer_id = fields.Many2one(
        related="agreement_id.insurer_id", store=True, index=True
    )
    product = fields.Selection(PRODUCT_SELECTION, required=True, default="commercial")
    period = fields.Selection(PERIODS, required=True, default="month")
    premium_from = fields.Monetary(
        string="From a Premium Of",
        required=True,
        help="Premium without VAT, issued in the period less refunds.",
    )
    extra_rate = fields.Float(
        string="Extra Fee",
        digits=(7, RATE_DIGITS),
        required=True,
        aggregator=None,
        help="Share of the period's premium without VAT that the insurer pays on top "
        "of the agreed rates.",
    )
    date_from = fields.Date(required=True, default=fields.Date.context_today)
    clause = fields.Char(help="Clause of the agreement that says so.")

    # the running period
    period_end = fields.Date(string="Until", compute="_compute_forecast")
    days_left = fields.Integer(compute="_compute_forecast")
    premium_now = fields.Monetary(
        string="Premium So Far", compute="_compute_forecast", aggregator=None
    )
    premium_missing = fields.Monetary(
        string="Missing to the Tier", compute="_compute_forecast", aggregator=None
    )
    premium_forecast = fields.Monetary(
        string="Forecast",
        compute="_compute_forecast",
        aggregator=None,
        help="Premium at the end of the period when it goes on as it did.",
    )
    fee_gain = fields.Monetary(
        string="Fee Gained",
        compute="_compute_forecast",
        aggregator=None,
        help="Extra fee of the period once the tier is reached, compared with the "
        "highest tier reached already.",
    )
    forecast_text = fields.Char(compute="_compute_forecast")
    tier_state = fields.Selection(
        [
            ("reached", "Reached"),
            ("within", "Within Reach"),
            ("far", "Far"),
        ],
        string="Standing",
        compute="_compute_forecast",
    )

    _premium_positive = models.Constraint(
        "CHECK (premium_from > 0)", "A tier starts above zero."
    )
    _rate_share = models.Constraint(
        "CHECK (extra_rate > 0 AND extra_rate <= 1)",
        "An extra fee is a share between 0 and 100 % of the premium.",
    )

    @api.constrains("agreement_id", "product", "period", "premium_from", "extra_rate")
    def _check_steps(self):
        """A higher tier pays more, or the table is mistyped."""
        for agreement in self.agreement_id:
            for tier in agreement.tier_ids:
                for other in agreement.tier_ids - tier:
                    if (
                        (tier.product, tier.period) == (other.product, other.period)
                        and tier._overlaps_in_time(other)
                        and tier.currency_id.compare_amounts(
                            tier.premium_from, other.premium_from
                        )
                        <= 0
                        and float_compare(
                            tier.extra_rate,
                            other.extra_rate,
                            precision_digits=RATE_DIGITS,
                        )
                        >= 0
                    ):
                        raise ValidationError(
                            self.env._(
                                "Tiers of %(agreement)s: from %(low)s the extra fee is "
                                "%(rate)s %%, from %(high)s it must be higher.",
                                agreement=agreement.name,
                                low=tier.currency_id.format(tier.premium_from),
                                rate=f"{tier.extra_rate * 100:g}",
                                high=tier.currency_id.format(other.premium_from),
                            )
                        )

    def _overlaps_in_time(self, other):
        return _days_meet(self, other)

    @api.depends("display_name")
    def _compute_display_name(self):
        products = dict(self._fields["product"]._description_selection(self.env))
        for tier in self:
            tier.display_name = self.env._(
                "%(insurer)s %(product)s from %(premium)s",
                insurer=tier.insurer_id.name or "",
                product=products.get(tier.product, ""),
                premium=tier.currency_id.format(tier.premium_from)
                if tier.currency_id
                else tier.premium_from,
            )

    @api.model
    def _period_of(self, period, day):
        """First and last day of the period that holds ``day``."""
        months = MONTHS[period]
        first = day.replace(day=1, month=(day.month - 1) // months * months + 1)
        return first, first + relativedelta(months=months) - timedelta(days=1)

    @api.depends_context("dealer_tier_day")
    def _compute_forecast(self):
        """Figures of the running period; one grouped query per period and store."""
        today = self.env.context.get("dealer_tier_day") or fields.Date.context_today(
            self
        )
        premiums = {}
        for (company, period), tiers in self.grouped(
            lambda tier: (tier.company_id, tier.period)
        ).items():
            if not company:
                continue
            first, last = self._period_of(period, today)
            premiums[company, period] = self._issued_premium(
                company, tiers.insurer_id, first, last
            )
        for tier in self:
            first, last = self._period_of(tier.period or "month", today)
            now = premiums.get((tier.company_id, tier.period), {}).get(
                (tier.insurer_id.id, tier.product), 0.0
            )
            tier._set_forecast(now, first, last, today)

    def _set_forecast(self, now, first, last, today):
        self.ensure_one()
        currency = self.currency_id or self.env.company.currency_id
        total_days = (last - first).days + 1
        gone = (today - first).days + 1
        missing = max(currency.round(self.premium_from - now), 0.0)
        forecast = currency.round(now / gone * total_days)
        reached = self.agreement_id.tier_ids.filtered(
            lambda other: (
                (other.product, other.period) == (self.product, self.period)
                and currency.compare_amounts(other.premium_from, now) <= 0
            )
        )
        rate_now = max(reached.mapped("extra_rate"), default=0.0)
        self.period_end = last
        self.days_left = (last - today).days
        self.premium_now = now
        self.premium_missing = missing
        self.premium_forecast = forecast
        base = max(now, self.premium_from)
        self.fee_gain = currency.round(
            base * self.extra_rate - (0.0 if not missing else now * rate_now)
        )
        share = self.company_id.dealer_tier_alert_share
        if not missing:
            self.tier_state = "reached"
            self.forecast_text = self.env._(
                "Reached: %(gain)s extra fee so far",
                gain=currency.format(self.fee_gain),
            )
            return
        near = currency.compare_amounts(forecast, self.premium_from * (1 - share)) >= 0
        self.tier_state = "within" if near else "far"
        self.forecast_text = self.env._(
            "%(missing)s more until %(day)s brings %(gain)s",
            missing=currency.format(missing),
            day=fields.Date.to_string(last),
            gain=currency.format(self.fee_gain),
        )

    @api.model
    def _issued_premium(self, company, insurers, first, last):
        """Premium without VAT issued in a period, refunds taken off.

        :param company: the store
        :param insurers: ``res.partner``
        :param first: first day, store time
        :param last: last day, store time
        :return: dict (insurer id, product) -> amount in company currency
        """
        start = company._dealer_day_end(first - timedelta(days=1))
        end = company._dealer_day_end(last)
        period = Domain("issued_at", ">=", start) & Domain("issued_at", "<", end)
        mine = Domain("company_id", "=", company.id) & Domain(
            "insurer_id", "in", insurers.ids
        )
        totals = {}
        for insurer, product, premium in self.env["dealer.policy"]._read_group(
            mine & period & Domain("state", "!=", "void"),
            ["insurer_id", "product"],
            ["premium:sum"],
        ):
            totals[insurer.id, product] = premium
        for insurer, product, premium in self.env["dealer.endorsement"]._read_group(
            mine
            & Domain("state", "=", "effective")
            & Domain("underwriting_id.issued_at", ">=", start)
            & Domain("underwriting_id.issued_at", "<", end),
            ["insurer_id", "product"],
            ["premium:sum"],
        ):
            key = (insurer.id, product)
            totals[key] = totals.get(key, 0.0) + premium
        share = 1.0 + company.dealer_premium_vat_rate
        return {
            key: company.currency_id.round(premium / share)
            for key, premium in totals.items()
        }

    @api.model
    def _cron_tier_alerts(self):
        """Daily in the last days of a period: tell the manager what is within reach."""
        today = fields.Date.context_today(self)
        reminder = self.env.ref("dealer_insurance.activity_tier")
        tiers = self.search(
            self._in_force_domain(today) & Domain("agreement_id.state", "=", "active")
        )
        for tier in tiers:
            company = tier.company_id
            if (
                tier.tier_state != "within"
                or tier.days_left > company.dealer_tier_alert_days
            ):
                continue
            user = company._dealer_alert_user()
            agreement = tier.agreement_id
            if not user or agreement.activity_ids.filtered(
                lambda activity, tier=tier: (
                    activity.activity_type_id == reminder
                    and activity.date_deadline == tier.period_end
                )
            ):
                continue
            agreement.activity_schedule(
                activity_type_id=reminder.id,
                user_id=user.id,
                date_deadline=tier.period_end,
                summary=tier.with_context(lang=user.lang).forecast_text,
            )


class DealerAgreement(models.Model):
    _inherit = "dealer.agreement"

    tier_ids = fields.One2many("dealer.agreement.tier", "agreement_id", copy=True)

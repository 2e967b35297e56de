from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import float_compare

from .guard_mixin import Violation
from .vehicle import NEV_ENERGY_TYPES

PRODUCT_SELECTION = [
    ("ctpl", "Compulsory Cover (CTPL)"),
    ("commercial", "Commercial Cover"),
    ("other", "Other Product"),
]
AGREEMENT_STATE = [
    ("draft", "Draft"),
    ("active", "In Force"),
    ("ended", "Ended"),
]
# Shares are compared to a thousandth of a percent.
RATE_DIGITS = 5


class DealerAgreement(models.Model):
    """The written agency contract between an insurer and a store (S9, R6–R8).

    State, from facts and one button:

    ======  ==================================================================
    draft   not activated yet; no policy may be proposed on it
    active  activated and not past its last day
    ended   activated once, and past its last day (set by the daily job) or
            ended before it by the manager
    ======  ==================================================================
    """

    _name = "dealer.agreement"
    _description = "Agency Agreement"
    _inherit = [
        "mail.thread",
        "mail.activity.mixin",
        "dealer.guard.mixin",
        "dealer.expiry.mixin",
    ]
    _order = "date_from desc, id desc"
    _check_company_auto = True
    _guard_transitions = ("activate",)

    name = fields.Char(
        string="Agreement No.",
        required=True,
        copy=False,
        index="trigram",
        tracking=True,
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    insurer_id = fields.Many2one(
        "res.partner",
        required=True,
        index=True,
        domain="[('is_insurer', '=', True)]",
        tracking=True,
    )
    user_id = fields.Many2one(
        "res.users",
        string="Responsible",
        help="Who is reminded before the agreement runs out.",
    )
    state = fields.Selection(
        AGREEMENT_STATE,
        required=True,
        default="draft",
        readonly=True,
        index=True,
        tracking=True,
    )
    date_from = fields.Date(
        string="Valid From",
        required=True,
        default=fields.Date.context_today,
        tracking=True,
    )
    date_to = fields.Date(string="Valid To", tracking=True)

    # money terms
    collects_premium = fields.Boolean(
        string="Store Collects Premium",
        tracking=True,
        help="Ticked: the store may receive premium for the insurer and remits it. "
        "Otherwise the customer pays the insurer directly.",
    )
    remit_days = fields.Integer(
        string="Remit Within (working days)",
        default=lambda self: self.env.company.dealer_remit_days,
        tracking=True,
    )
    settlement_days = fields.Integer(
        string="Fee Paid Within (days)",
        default=lambda self: self.env.company.dealer_insurer_due_days,
        tracking=True,
        help="Days after the fee statement within which the insurer pays the fee.",
    )
    wants_originals = fields.Boolean(
        string="Originals Returned on Cancellation",
        default=True,
        help="The insurer wants policy, sticker and invoice back before it refunds "
        "(guard G-E4).",
    )
    rate_ids = fields.One2many(
        "dealer.agreement.rate",
        "agreement_id",
        string="Fee Rates",
        copy=True,
    )

    # licence
    licence_no = fields.Char(
        string="Agency Licence",
        tracking=True,
        help="Licence of the store to sell insurance as part-time agent (G-A2).",
    )
    licence_valid_to = fields.Date(tracking=True)
    note = fields.Html()

    _dates_in_order = models.Constraint(
        "CHECK (date_to IS NULL OR date_to >= date_from)",
        "An agreement cannot end before it starts.",
    )
    _days_positive = models.Constraint(
        "CHECK (remit_days >= 0 AND settlement_days >= 0)",
        "Days of payment cannot be negative.",
    )
    _insurer_dates_idx = models.Index("(insurer_id, company_id, date_from)")

    # ----------------------------------------------------------- Constraints
    @api.constrains("state", "insurer_id", "company_id", "date_from", "date_to")
    def _check_overlap(self):
        """One day has one agreement per insurer and store, or fees are unclear."""
        mine = self.filtered(lambda agreement: agreement.state != "draft")
        if not mine:
            return
        others = self.search(
            Domain("state", "!=", "draft")
            & Domain("insurer_id", "in", mine.insurer_id.ids)
            & Domain("company_id", "in", mine.company_id.ids)
        )
        for agreement in mine:
            for other in others - agreement:
                if (
                    other.insurer_id == agreement.insurer_id
                    and other.company_id == agreement.company_id
                    and agreement._overlaps(other)
                ):
                    raise ValidationError(
                        self.env._(
                            "Agreement %(name)s overlaps with %(other)s of the same "
                            "insurer (%(insurer)s). End the older one first.",
                            name=agreement.name,
                            other=other.name,
                            insurer=agreement.insurer_id.display_name,
                        )
                    )

    def _overlaps(self, other):
        """True when the days of two dated records meet."""
        return _days_meet(self, other)

    # ------------------------------------------------------------ Transitions
    def _protected_hint(self, field_name):
        return self.env._("Use the buttons “Activate” and “End”.")

    def _guard_shown(self, transition):
        return self.filtered(lambda agreement: agreement.state == "draft")

    def _guard_activate(self):
        """G-A4: an agreement in force has rates, a licence and its dates."""
        today = fields.Date.context_today(self)
        violations = []
        for agreement in self:
            reasons = []
            if not agreement.rate_ids:
                reasons.append(self.env._("no fee rate is entered"))
            if not agreement.licence_no:
                reasons.append(
                    self.env._("the number of the agency licence is missing")
                )
            if agreement.licence_valid_to and agreement.licence_valid_to < today:
                reasons.append(self.env._("the agency licence has run out"))
            if agreement.date_to and agreement.date_to < today:
                reasons.append(self.env._("the agreement has run out"))
            violations += [Violation("G-A4", agreement, reason) for reason in reasons]
        return violations

    def action_activate(self):
        """Put draft agreements in force."""
        self.check_access("write")
        if any(agreement.state != "draft" for agreement in self):
            raise UserError(self.env._("Only a draft agreement can be activated."))
        self._check_guards("activate")
        self._before_activate()
        self._write_protected(self._prepare_activate_vals())
        return True

    def _before_activate(self):
        """Hook: what has to give way before the agreements are in force."""

    def _prepare_activate_vals(self):
        return {"state": "active"}

    def action_end(self):
        """End agreements before their time: today is their last day."""
        self.check_access("write")
        today = fields.Date.context_today(self)
        if any(agreement.state != "active" for agreement in self):
            raise UserError(self.env._("Only an agreement in force can be ended."))
        for agreement in self:
            last_day = max(agreement.date_from, today)
            if agreement.date_to:
                last_day = min(last_day, agreement.date_to)
            agreement._write_protected({"state": "ended", "date_to": last_day})
        return True

    @api.model
    def _cron_agreements(self):
        """Daily: end what is past its last day, remind of what runs out soon."""
        today = fields.Date.context_today(self)
        past = self.search([("state", "=", "active"), ("date_to", "<", today)])
        past._write_protected({"state": "ended"})
        self._cron_expiry_alerts()

    def _expiry_domain(self):
        return super()._expiry_domain() & Domain("state", "=", "active")

    def _expiry_fields(self):
        return {
            "date_to": self.env._("Agency agreement"),
            "licence_valid_to": self.env._("Agency licence"),
        }

    def _expiry_user(self):
        return self.user_id or super()._expiry_user()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        for agreement in self:
            if agreement.state != "draft":
                raise UserError(
                    self.env._(
                        "Agreement %(name)s was in force and is kept; end it instead.",
                        name=agreement.name,
                    )
                )

    # --------------------------------------------------------------- Look-up
    @api.model
    def _find(self, insurer, company, date):
        """The agreement that ruled between insurer and store on a day (G-A1).

        An ended agreement still rules the days it covered.

        :param insurer: ``res.partner``; its commercial entity counts
        :param company: the store
        :param date: day of the act
        :return: one agreement or an empty record
        """
        return self.search(
            Domain("state", "!=", "draft")
            & Domain("insurer_id", "in", (insurer | insurer.commercial_partner_id).ids)
            & Domain("company_id", "=", company.id)
            & Domain("date_from", "<=", date)
            & (Domain("date_to", "=", False) | Domain("date_to", ">=", date)),
            order="date_from desc, id desc",
            limit=1,
        )

    def _licence_valid(self, date):
        """Whether the agency licence covers a day (G-A2)."""
        self.ensure_one()
        valid_to = self.licence_valid_to
        return bool(self.licence_no) and (not valid_to or valid_to >= date)

    def _fee_rate(self, product, business="any", energy="any", date=None):
        """The agreed fee share for one policy, and the line that says so.

        The most particular line wins: a line for the energy type before a line
        for the kind of business before a general one.

        :param product: ``ctpl``, ``commercial`` or ``other``
        :param business: ``new_car``; every other value means a renewal;
            ``any`` asks for the general line only
        :param energy: ``nev``, ``fuel`` or an energy type of a vehicle
        :param date: day of issue; today when empty
        :return: tuple (share of the premium without VAT, rate record); the share
            is 0.0 and the record empty when nothing was agreed
        """
        self.ensure_one()
        date = date or fields.Date.context_today(self)
        if business not in ("any", "new_car"):
            business = "renewal"
        if energy != "any":
            energy = "nev" if energy == "nev" or energy in NEV_ENERGY_TYPES else "fuel"
        rates = self.rate_ids.filtered(
            lambda rate: (
                rate.product == product
                and rate.business in ("any", business)
                and rate.energy in ("any", energy)
                and rate.date_from <= date
                and (not rate.date_to or rate.date_to >= date)
            )
        )
        if not rates:
            return 0.0, self.env["dealer.agreement.rate"]
        best = max(
            rates,
            key=lambda rate: (
                rate.energy != "any",
                rate.business != "any",
                rate.date_from,
                rate.id,
            ),
        )
        return best.rate, best


class DealerAgreementRate(models.Model):
    """One agreed fee share, valid between two days."""

    _name = "dealer.agreement.rate"
    _description = "Agency Fee Rate"
    _order = "agreement_id, product, date_from desc, business, energy, id"
    _check_company_auto = True

    agreement_id = fields.Many2one(
        "dealer.agreement",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        related="agreement_id.company_id",
        store=True,
        index=True,
    )
    product = fields.Selection(PRODUCT_SELECTION, required=True, default="commercial")
    business = fields.Selection(
        [("any", "Any"), ("new_car", "New Car"), ("renewal", "Renewal")],
        required=True,
        default="any",
    )
    energy = fields.Selection(
        [("any", "Any"), ("fuel", "Fuel"), ("nev", "New Energy")],
        required=True,
        default="any",
    )
    rate = fields.Float(
        string="Fee",
        digits=(7, RATE_DIGITS),
        required=True,
        aggregator="avg",
        help="Share of the premium without VAT.",
    )
    date_from = fields.Date(
        string="From",
        required=True,
        default=lambda self: (
            self.env.context.get("agreement_date_from")
            or fields.Date.context_today(self)
        ),
    )
    date_to = fields.Date(string="To")
    clause = fields.Char(help="Clause of the agreement that says so.")
    _rate_share = models.Constraint(
        "CHECK (rate >= 0 AND rate <= 1)",
        "A fee is a share between 0 and 100 % of the premium.",
    )
    _dates_in_order = models.Constraint(
        "CHECK (date_to IS NULL OR date_to >= date_from)",
        "A fee rate cannot end before it starts.",
    )

    @api.depends("agreement_id.name", "product", "rate")
    def _compute_display_name(self):
        products = dict(self._fields["product"]._description_selection(self.env))
        for rate in self:
            rate.display_name = self.env._(
                "%(agreement)s: %(product)s %(percent)s %%",
                agreement=rate.agreement_id.name or "",
                product=products.get(rate.product, ""),
                percent=f"{rate.rate * 100:g}",
            )

    @api.constrains("product", "rate", "agreement_id")
    def _check_ctpl_cap(self):
        """R6: the fee of compulsory cover has a legal cap."""
        for rate in self:
            cap = rate.agreement_id.company_id.dealer_ctpl_fee_cap
            if (
                rate.product == "ctpl"
                and float_compare(rate.rate, cap, precision_digits=RATE_DIGITS) > 0
            ):
                raise ValidationError(
                    self.env._(
                        "The fee of compulsory cover (%(rate)s %%) is above the cap "
                        "of %(cap)s %% (R6).",
                        rate=f"{rate.rate * 100:g}",
                        cap=f"{cap * 100:g}",
                    )
                )

    @api.constrains(
        "agreement_id", "product", "business", "energy", "date_from", "date_to"
    )
    def _check_rate_overlap(self):
        for agreement in self.agreement_id:
            seen = {}
            for rate in agreement.rate_ids:
                key = (rate.product, rate.business, rate.energy)
                for other in seen.setdefault(key, []):
                    if _days_meet(rate, other):
                        raise ValidationError(
                            self.env._(
                                "Two fee rates of agreement %(name)s rule the same "
                                "days: %(one)s and %(two)s. Close the older one.",
                                name=agreement.name,
                                one=other.display_name,
                                two=rate.display_name,
                            )
                        )
                seen[key].append(rate)


def _days_meet(one, two):
    """True when two records with ``date_from`` and ``date_to`` share a day."""
    return (not one.date_to or two.date_from <= one.date_to) and (
        not two.date_to or one.date_from <= two.date_to
    )

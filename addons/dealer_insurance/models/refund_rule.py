from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ..const import PRODUCTS
from ..tools.rating import Rated, cents
from ..tools.rating_term import refund_before_start, refund_parts

SITUATIONS = [
    ("before_start", "Before the Cover Starts"),
    ("after_start", "While the Cover Runs"),
    ("total_loss", "After a Total Loss Was Paid"),
]


class DealerRefundRule(models.Model):
    """What an insurer pays back of a premium, by product and situation.

    Dated data of the clauses (domain.md 2.5); shared by all stores.
    """

    _name = "dealer.refund.rule"
    _description = "Refund Rule"
    _inherit = ["dealer.dated.mixin"]
    _order = "product, situation, date_from desc, id"
    _rec_name = "clause"

    product = fields.Selection(
        [*PRODUCTS, ("tax", "Vehicle Tax")], required=True, default="commercial"
    )
    situation = fields.Selection(SITUATIONS, required=True, default="after_start")
    method = fields.Selection(
        [
            ("less_fee", "All but a Fee"),
            ("per_day", "Per Day"),
            ("nothing", "Nothing"),
        ],
        required=True,
        default="per_day",
        help="After a total loss this is the refund of the other covers; nothing of "
        "the lost cover and its add-ons is ever paid back.",
    )
    fee_share = fields.Float(
        string="Share Kept",
        digits=(6, 4),
        aggregator=None,
        help="Share of the premium that the insurer keeps.",
    )
    year_days = fields.Integer(
        string="Days of a Year",
        aggregator=None,
        help="By how many days a year is counted; 0: the days of the cover itself.",
    )
    clause = fields.Char(
        required=True, translate=True, help="Law or clause that says so."
    )
    active = fields.Boolean(default=True)

    _fee_share_range = models.Constraint(
        "CHECK (fee_share >= 0 AND fee_share <= 1)",
        "The fee kept is a share between 0 and 100 %.",
    )
    _year_days_positive = models.Constraint(
        "CHECK (year_days >= 0)", "A year cannot have negative days."
    )

    @api.constrains("product", "situation", "date_from", "date_to", "active")
    def _check_one_rule(self):
        """One day has one rule per product and situation."""
        for rule in self.filtered("active"):
            domain = Domain(
                [
                    ("id", "!=", rule.id),
                    ("product", "=", rule.product),
                    ("situation", "=", rule.situation),
                ]
            )
            if rule.date_to:
                domain &= Domain("date_from", "=", False) | Domain(
                    "date_from", "<=", rule.date_to
                )
            if rule.date_from:
                domain &= Domain("date_to", "=", False) | Domain(
                    "date_to", ">=", rule.date_from
                )
            other = self.search(domain, limit=1)
            if other:
                raise ValidationError(
                    self.env._(
                        "“%(rule)s” and “%(other)s” rule the same days. Close the "
                        "older one first.",
                        rule=rule.clause,
                        other=other.clause,
                    )
                )

    @api.model
    def _in_force(self, days):
        """Rules of several days with one search.

        :param days: list of dates
        :return: function (product, situation, day) -> rule, empty when there is none
        """
        rules = self.search(Domain.OR(self._in_force_domain(day) for day in days))

        def find(product, situation, day):
            return rules.filtered(
                lambda rule: (
                    rule.product == product
                    and rule.situation == situation
                    and (not rule.date_from or rule.date_from <= day)
                    and (not rule.date_to or rule.date_to >= day)
                )
            )[:1]

        return find if days else lambda *_args: self.browse()

    def _refund(self, parts, date_end, date_cancel):
        """Refund of a premium by this rule.

        :param parts: list of (amount, first day), see ``refund_parts``
        :param date_end: first day after the cover
        :param date_cancel: first day without cover
        :return: :class:`Rated`, in yuan; no amount when there is no rule
        """
        if not self:
            return Rated(None, "", "")
        self.ensure_one()
        if self.method == "nothing":
            return Rated(cents(0), "0.00", self.clause)
        if self.method == "less_fee":
            total = sum(cents(amount) for amount, _day in parts)
            return refund_before_start(total, self.fee_share, self.clause)
        return refund_parts(parts, date_end, date_cancel, self.clause, self.year_days)

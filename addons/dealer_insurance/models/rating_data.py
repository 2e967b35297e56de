from collections import defaultdict
from decimal import Decimal

from odoo import api, fields, models
from odoo.fields import Domain

from ..tools.rating import to_decimal
from ..tools.rating_quote import CoverRate


class DealerExpenseLoading(models.Model):
    """Share of the commercial premium that pays expenses (domain.md 2.4): the
    standard premium is the pure risk premium divided by one less this share."""

    _name = "dealer.expense.loading"
    _description = "Expense Loading"
    _inherit = ["dealer.dated.mixin"]
    _order = "insurer_id, date_from desc"
    _rec_name = "rate"

    insurer_id = fields.Many2one(
        "res.partner",
        domain=[("is_insurer", "=", True)],
        index="btree_not_null",
        help="Empty: every insurer without a loading of its own.",
    )
    rate = fields.Float(string="Loading", digits=(6, 4), required=True, aggregator=None)
    date_from = fields.Date(required=True)
    active = fields.Boolean(default=True)

    _rate_share = models.Constraint(
        "CHECK (rate >= 0 AND rate < 1)", "The loading is a share below 100 %."
    )

    @api.model
    def _find_loadings(self, day):
        """Loadings in force on a day: dict insurer (empty = all) -> Decimal."""
        loadings = {}
        for record in self.search(self._in_force_domain(day)):
            loadings.setdefault(record.insurer_id, to_decimal(round(record.rate, 4)))
        return loadings


class DealerViolationFactor(models.Model):
    """What traffic violations do to the premium, in provinces that look at them.

    Most regions have no line: the compulsory premium then gets nothing on top and the
    commercial factor is 1 (domain.md 2.2, 2.4).
    """

    _name = "dealer.violation.factor"
    _description = "Traffic Violation Factor"
    _inherit = ["dealer.dated.mixin"]
    _order = "state_id, product, count_from, date_from desc"

    state_id = fields.Many2one(
        "res.country.state", string="Province", required=True, index=True
    )
    product = fields.Selection(
        [("ctpl", "Compulsory"), ("commercial", "Commercial")],
        required=True,
        default="ctpl",
    )
    count_from = fields.Integer(string="Violations from", default=1, aggregator=None)
    value = fields.Float(
        digits=(6, 4),
        required=True,
        aggregator=None,
        help="Compulsory: rate added to the float (0.1 for +10 %). Commercial: factor "
        "(1.1 for +10 %).",
    )
    date_from = fields.Date(required=True)
    active = fields.Boolean(default=True)

    _value_range = models.Constraint(
        "CHECK (count_from >= 0 AND value > -1)",
        "Violations cannot be negative, nor a premium fall by 100 %.",
    )

    @api.depends("state_id.name", "product", "count_from")
    def _compute_display_name(self):
        for record in self:
            record.display_name = f"{record.state_id.name or ''} ≥{record.count_from}"

    @api.model
    def _find_values(self, states, day):
        """Steps of provinces on a day, in one query.

        :return: dict (state, product) -> list of (count from, Decimal), highest first
        """
        steps = defaultdict(dict)
        for record in self.search(
            self._in_force_domain(day) & Domain("state_id", "in", states.ids)
        ):
            steps[record.state_id, record.product].setdefault(
                record.count_from, to_decimal(round(record.value, 4))
            )
        return {
            key: sorted(found.items(), reverse=True) for key, found in steps.items()
        }

    @api.model
    def _value_of(self, steps, state, product, count):
        """Value for a number of violations; the neutral one where no step applies."""
        for count_from, value in steps.get((state, product), ()):
            if count >= count_from:
                return value
        return Decimal(0) if product == "ctpl" else Decimal(1)


class DealerCoverRate(models.Model):
    """A row of the rates that an insurer filed for a cover: what a sum insured costs.

    Optional data: where an insurer gives no table, his figures are typed in.
    """

    _name = "dealer.cover.rate"
    _description = "Cover Rate"
    _inherit = ["dealer.dated.mixin"]
    _order = "cover_id, insurer_id, sum_up_to, date_from desc, id"
    _check_company_auto = True

    cover_id = fields.Many2one(
        "dealer.cover", required=True, index=True, ondelete="cascade"
    )
    insurer_id = fields.Many2one(
        "res.partner",
        domain=[("is_insurer", "=", True)],
        index="btree_not_null",
        help="Empty: every insurer without a table of its own.",
    )
    company_id = fields.Many2one(
        "res.company", string="Store", index=True, help="Empty: every store."
    )
    basis = fields.Selection(
        [("standard", "Standard Premium"), ("pure", "Pure Risk Premium")],
        string="Kind of Premium",
        required=True,
        default="standard",
        help="A pure risk premium still gets the expense loading.",
    )
    sum_up_to = fields.Monetary(
        string="Sum Insured up to",
        aggregator=None,
        help="The smallest row that holds the sum counts. 0: any sum.",
    )
    fixed_amount = fields.Monetary(aggregator=None)
    rate = fields.Float(string="Rate on the Sum", digits=(8, 6), aggregator=None)
    seat_min = fields.Integer(string="Seats from", aggregator=None)
    seat_max = fields.Integer(string="Seats below", aggregator=None)
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self.env.ref("base.CNY"),
    )
    date_from = fields.Date(required=True)
    active = fields.Boolean(default=True)

    _amounts_positive = models.Constraint(
        "CHECK (sum_up_to >= 0 AND fixed_amount >= 0 AND rate >= 0)",
        "Sums and rates of a cover cannot be negative.",
    )

    @api.depends("cover_id.name", "insurer_id.name")
    def _compute_display_name(self):
        for record in self:
            names = (record.cover_id.name, record.insurer_id.name)
            record.display_name = " · ".join(filter(None, names))

    @api.model
    def _find_tables(self, covers, companies, day):
        """Rates of covers on a day, in one query: dict cover -> records."""
        if not covers:
            return {}
        records = self.search(
            self._in_force_domain(day)
            & Domain("cover_id", "in", covers.ids)
            & Domain("company_id", "in", [False, *companies.ids])
        )
        return records.grouped("cover_id")

    def _rate_rows(self, insurer, company, seats):
        """Rows for one offer as plain data: own table first, else that of everybody.

        :return: tuple of :class:`~..tools.rating_quote.CoverRate`
        """
        fitting = self.filtered(
            lambda record: (
                record.insurer_id in (insurer, self.env["res.partner"])
                and record.company_id in (company, self.env["res.company"])
                and (not record.seat_min or seats >= record.seat_min)
                and (not record.seat_max or seats < record.seat_max)
            )
        )
        own = fitting.filtered("insurer_id") or fitting
        rows = {}
        # The store's own row, then the newest one, of each step.
        for record in own.sorted(
            lambda record: (not record.company_id, -record.date_from.toordinal())
        ):
            rows.setdefault(record.sum_up_to, record)
        return tuple(
            CoverRate(
                up_to=round(record.sum_up_to, 2),
                fixed=round(record.fixed_amount, 2),
                rate=to_decimal(round(record.rate, 6)),
                is_pure=record.basis == "pure",
                source=record.display_name,
            )
            for record in rows.values()
        )

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools.misc import formatLang

UNITS = [
    ("ratio", "Share (%)"),
    ("amount", "Amount"),
    ("count", "Quantity"),
    ("days", "Days"),
    ("minutes", "Minutes"),
]
STATUSES = [("green", "On Target"), ("yellow", "Watch"), ("red", "Off Target")]
NO_VALUE = "—"


def ratio_of(numerator, denominator):
    """Value of a figure from its two parts.

    :param numerator: number
    :param denominator: number; ``None`` for a count or a sum
    :return: the value, ``None`` when there is nothing to divide by (never 0)
    """
    if denominator is None:
        return numerator
    return numerator / denominator if denominator else None


class DealerKpi(models.Model):
    """Registry of key figures: one definition for board, report, target and alert.

    The formula in words is for people; ``function`` names the method of
    ``dealer.kpi.engine`` that computes it (domain.md §5).
    """

    _name = "dealer.kpi"
    _description = "Key Figure"
    _order = "sequence, code"
    _rec_names_search = ["code", "name"]

    code = fields.Char(required=True, index=True)
    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=100)
    active = fields.Boolean(default=True)
    formula = fields.Text(
        required=True, translate=True, help="What is divided by what, in words."
    )
    unit = fields.Selection(UNITS, required=True, default="ratio")
    direction = fields.Selection(
        [("higher", "Higher Is Better"), ("lower", "Lower Is Better")],
        string="Better Direction",
        required=True,
        default="higher",
    )
    function = fields.Char(
        required=True,
        help="Technical name of the formula, such as k01.",
    )
    has_basis = fields.Boolean(
        string="Divided by a Basis",
        default=True,
        help="Off for numbers and sums, which are not divided by anything.",
    )
    split_by = fields.Char(
        string="Frozen By",
        help="Groups whose figures are frozen beside the total, such as "
        "consultant,team.",
    )
    needs_split = fields.Boolean(
        string="Only by Group", help="Without a group the figure says nothing."
    )
    group_ids = fields.Many2many(
        "res.groups",
        string="Visible to",
        help="Empty: every post. Agency fees are not for everybody.",
    )
    threshold_ids = fields.One2many(
        "dealer.kpi.threshold", "kpi_id", string="Targets and Limits"
    )

    _code_uniq = models.UniqueIndex("(code)", "This code is taken by another figure.")

    @api.depends("code", "name")
    def _compute_display_name(self):
        for kpi in self:
            kpi.display_name = f"{kpi.code} {kpi.name}" if kpi.code else kpi.name

    @api.constrains("function", "split_by")
    def _check_function(self):
        engine = self.env["dealer.kpi.engine"]
        known = engine._dimensions()
        for kpi in self:
            if not hasattr(engine, f"_kpi_{kpi.function}"):
                raise ValidationError(
                    self.env._(
                        "%(kpi)s: nobody has written the formula “%(function)s”.",
                        kpi=kpi.display_name,
                        function=kpi.function,
                    )
                )
            if set(kpi._splits()) - known.keys():
                raise ValidationError(
                    self.env._(
                        "%(kpi)s: figures can be frozen by %(known)s.",
                        kpi=kpi.display_name,
                        known=", ".join(known),
                    )
                )

    def _splits(self):
        """Dimension keys whose groups are frozen beside the total."""
        self.ensure_one()
        return [key.strip() for key in (self.split_by or "").split(",") if key.strip()]

    def _format(self, value, company):
        """Value as people read it; a dash when there is nothing to divide by.

        :param value: number or ``None``
        :param company: store, for its currency
        """
        self.ensure_one()
        if value is None:
            return NO_VALUE
        if self.unit == "ratio":
            return f"{formatLang(self.env, value * 100, digits=1)}%"
        if self.unit == "amount":
            return formatLang(self.env, value, currency_obj=company.currency_id)
        return formatLang(self.env, value, digits=0 if self.unit == "count" else 1)

    def _thresholds(self, companies, day):
        """Targets and limits in force; a store's own come before the common ones.

        :return: {(kpi, company): dealer.kpi.threshold}
        """
        Threshold = self.env["dealer.kpi.threshold"]
        found = Threshold.search(
            Threshold._in_force_domain(day)
            & Domain("kpi_id", "in", self.ids)
            & Domain("company_id", "in", [*companies.ids, False]),
            order="date_from, id",
        )
        result = {}
        for company in companies:
            for own in (False, True):
                for threshold in found:
                    if threshold.company_id == (company if own else company.browse()):
                        result[threshold.kpi_id, company] = threshold
        return result


class DealerKpiThreshold(models.Model):
    """What a figure should reach, from a day on; for one store or for all."""

    _name = "dealer.kpi.threshold"
    _description = "Target and Limits of a Key Figure"
    _inherit = ["dealer.dated.mixin"]
    _order = "kpi_id, company_id, date_from desc, id desc"

    kpi_id = fields.Many2one(
        "dealer.kpi", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        "res.company", string="Store", index=True, help="Empty: every store."
    )
    direction = fields.Selection(related="kpi_id.direction")
    target = fields.Float(
        string="Target Value", digits=(16, 4), help="Shares as fractions: 0.75 is 75 %."
    )
    green = fields.Float(
        string="Green from", digits=(16, 4), help="At least (or at most) this is good."
    )
    yellow = fields.Float(
        string="Yellow from", digits=(16, 4), help="Beyond this it is red."
    )

    @api.constrains("green", "yellow", "kpi_id")
    def _check_order(self):
        for line in self:
            higher = line.kpi_id.direction == "higher"
            if (line.green < line.yellow) if higher else (line.green > line.yellow):
                raise ValidationError(
                    self.env._(
                        "%(kpi)s: the green limit is the stricter one.",
                        kpi=line.kpi_id.display_name,
                    )
                )

    def _status(self, value):
        """Colour of a value.

        :param value: number or ``None``
        :return: "green", "yellow", "red", or ``False`` without value or limits
        """
        if not self or value is None:
            return False
        sign = 1 if self.kpi_id.direction == "higher" else -1
        if sign * value >= sign * self.green:
            return "green"
        return "yellow" if sign * value >= sign * self.yellow else "red"

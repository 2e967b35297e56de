from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.tools import SQL

from .kpi import STATUSES, UNITS, ratio_of

# Numbers of stores stay below it, so that a pair of ids makes one id.
PAIR = 1_000_000


class DealerKpiFigure(models.Model):
    """Key figures of the running month, one line for each store and figure.

    Nothing is stored: the lines are pairs of a figure and a store, the numbers come
    from the engine, one call for each figure whatever the number of stores.
    """

    _name = "dealer.kpi.figure"
    _description = "Key Figure of the Month"
    _auto = False
    _order = "company_id, sequence, code"
    _rec_name = "kpi_id"

    kpi_id = fields.Many2one("dealer.kpi", string="Key Figure", readonly=True)
    company_id = fields.Many2one("res.company", string="Store", readonly=True)
    sequence = fields.Integer(readonly=True, aggregator=None)
    code = fields.Char(readonly=True)
    unit = fields.Selection(UNITS, readonly=True)
    name = fields.Char(related="kpi_id.name")
    formula = fields.Text(related="kpi_id.formula")
    has_basis = fields.Boolean(related="kpi_id.has_basis")
    value = fields.Float(compute="_compute_figures", aggregator=None)
    numerator = fields.Float(compute="_compute_figures", aggregator=None)
    denominator = fields.Float(compute="_compute_figures", aggregator=None)
    value_text = fields.Char(string="This Month", compute="_compute_figures")
    target_text = fields.Char(string="Target Value", compute="_compute_figures")
    status = fields.Selection(STATUSES, compute="_compute_figures")
    last_month_text = fields.Char(string="Last Month", compute="_compute_figures")
    last_year_text = fields.Char(
        string="Same Month Last Year", compute="_compute_figures"
    )

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT kpi.id::bigint * %s + company.id AS id, kpi.id AS kpi_id,
                   company.id AS company_id, kpi.sequence, kpi.code, kpi.unit
              FROM dealer_kpi kpi CROSS JOIN res_company company
             WHERE kpi.active AND company.active
               AND NOT COALESCE(kpi.needs_split, FALSE)
            """,
            PAIR,
        )

    _depends = {
        "dealer.kpi": ["active", "code", "needs_split", "sequence", "unit"],
        "res.company": ["active"],
    }

    @api.model
    def _month(self):
        """First and last day of the month that the lines show."""
        first = fields.Date.start_of(self.env.company._dealer_today(), "month")
        return first, fields.Date.end_of(first, "month")

    @api.depends_context("lang", "uid", "allowed_company_ids")
    def _compute_figures(self):
        first, last = self._month()
        months = {
            "": first,
            "last_month": first - relativedelta(months=1),
            "last_year": first - relativedelta(years=1),
        }
        kpis, companies = self.kpi_id, self.company_id
        figures = self.env["dealer.kpi.engine"]._figures(
            kpis, companies, months["last_year"], last, ("company", "month")
        )
        thresholds = kpis._thresholds(companies, last)
        for line in self:
            kpi, company = line.kpi_id, line.company_id
            found = figures[kpi]
            nothing = (0.0, 0.0 if kpi.has_basis else None)
            parts = {
                key: found.get((company.id, month)) or nothing
                for key, month in months.items()
            }
            values = {key: ratio_of(*pair) for key, pair in parts.items()}
            threshold = thresholds.get((kpi, company))
            line.numerator = parts[""][0]
            line.denominator = parts[""][1] or 0.0
            line.value = values[""] or 0.0
            line.value_text = kpi._format(values[""], company)
            line.last_month_text = kpi._format(values["last_month"], company)
            line.last_year_text = kpi._format(values["last_year"], company)
            line.target_text = threshold and kpi._format(threshold.target, company)
            line.status = threshold and threshold._status(values[""])

    def action_open_numerator(self):
        """Records that are counted."""
        return self._open("numerator")

    def action_open_denominator(self):
        """Records that they are divided by."""
        return self._open("denominator")

    def _open(self, part):
        self.ensure_one()
        first, last = self._month()
        return self.env["dealer.kpi.engine"]._figure_action(
            self.kpi_id, self.company_id, first, last, part
        )

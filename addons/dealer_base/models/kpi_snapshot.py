from datetime import timedelta

from odoo import api, fields, models

from .kpi import ratio_of

# A stopped server is caught up with for at most this many days.
CATCH_UP_DAYS = 31


class DealerKpiSnapshot(models.Model):
    """Figures of closed days and months, as they stood when they were frozen.

    The register only grows. What is entered later changes the live figures and not
    these; so a report of last month reads the same next year.
    """

    _name = "dealer.kpi.snapshot"
    _description = "Frozen Key Figure"
    _inherit = ["dealer.append.mixin"]
    _order = "date_from desc, company_id, kpi_id, dimension, group_label, id"
    _rec_name = "kpi_id"

    kpi_id = fields.Many2one(
        "dealer.kpi", string="Key Figure", required=True, index=True, readonly=True
    )
    company_id = fields.Many2one(
        "res.company", string="Store", required=True, index=True, readonly=True
    )
    period = fields.Selection(
        [("day", "Day"), ("month", "Month")], required=True, readonly=True
    )
    date_from = fields.Date(string="From", required=True, readonly=True, index=True)
    date_to = fields.Date(string="To", required=True, readonly=True)
    dimension = fields.Char(
        string="Grouped by", readonly=True, help="Empty for the whole store."
    )
    group_model = fields.Char(readonly=True)
    group_value = fields.Char(readonly=True)
    group_label = fields.Char(string="Group", readonly=True)
    numerator = fields.Float(digits=(16, 4), readonly=True, aggregator=None)
    denominator = fields.Float(digits=(16, 4), readonly=True, aggregator=None)
    value = fields.Float(digits=(16, 6), readonly=True, aggregator="avg")
    is_empty = fields.Boolean(
        string="No Basis", readonly=True, help="There was nothing to divide by."
    )
    value_text = fields.Char(string="Frozen Value", compute="_compute_value_text")
    frozen_at = fields.Datetime(required=True, readonly=True)

    _figure_uniq = models.UniqueIndex(
        "(kpi_id, company_id, period, date_from, COALESCE(dimension, ''), "
        "COALESCE(group_value, ''))",
        "This figure is frozen already.",
    )

    @api.depends_context("lang")
    @api.depends("value", "is_empty", "kpi_id", "company_id")
    def _compute_value_text(self):
        for line in self:
            value = None if line.is_empty else line.value
            line.value_text = line.kpi_id._format(value, line.company_id)

    # -------------------------------------------------------------------- Freezing
    @api.model
    def _cron_freeze(self):
        """Freeze the days and the month that ended, store by store.

        A second run finds everything frozen and does nothing.
        """
        engine = self.env["dealer.kpi.engine"]
        todo = [
            (company, period, first, last)
            for company in engine._kpi_companies()
            for period, first, last in self._due_periods(company)
        ]
        Cron = self.env["ir.cron"]
        Cron._commit_progress(remaining=len(todo))
        for company, period, first, last in todo:
            self._sudo_freeze(company, period, first, last)
            if not Cron._commit_progress(1):
                break

    @api.model
    def _due_periods(self, company):
        """Ended periods of a store that nobody has frozen: [(period, from, to)]."""
        today = company._dealer_today()
        yesterday = today - timedelta(days=1)
        latest = dict(
            self._read_group(
                [("company_id", "=", company.id)], ["period"], ["date_to:max"]
            )
        )
        first = max(
            (latest.get("day") or yesterday - timedelta(days=1)) + timedelta(days=1),
            today - timedelta(days=CATCH_UP_DAYS),
        )
        due = [
            ("day", first + timedelta(days=index), first + timedelta(days=index))
            for index in range((today - first).days)
        ]
        month_end = fields.Date.start_of(today, "month") - timedelta(days=1)
        closing = company._dealer_add_working_days(
            month_end, company.dealer_kpi_close_day
        )
        frozen = latest.get("month")
        if today >= closing and (not frozen or frozen < month_end):
            due.append(("month", fields.Date.start_of(month_end, "month"), month_end))
        return due

    @api.model
    def _sudo_freeze(self, company, period, date_from, date_to, frozen_at=None):
        """Append the figures of one period of one store.

        Called by the cron; what is frozen already is left alone.

        :param frozen_at: moment of figures that are taken over; default now
        :return: the new lines
        """
        # sudo: the register shows each post what it may see; it holds everything
        register_sudo = self.sudo()
        kpis_sudo = register_sudo.env["dealer.kpi"].search([("active", "=", True)])
        engine_sudo = register_sudo.env["dealer.kpi.engine"]
        known = set(
            register_sudo._read_group(
                [
                    ("company_id", "=", company.id),
                    ("period", "=", period),
                    ("date_from", "=", date_from),
                ],
                ["kpi_id", "dimension"],
            )
        )
        dimensions = engine_sudo._dimensions()
        now = frozen_at or fields.Datetime.now()
        vals_list = []
        for kpi in kpis_sudo:
            splits = kpi._splits() + ([] if kpi.needs_split else [False])
            for dimension in splits:
                if (kpi, dimension) in known:
                    continue
                found = engine_sudo._figures(
                    kpi,
                    company,
                    date_from,
                    date_to,
                    (dimension,) if dimension else (),
                )[kpi]
                labels = {}
                if dimension:
                    values = [group[0] for group in found]
                    labels = engine_sudo._labels(dimension, values)
                for group, (numerator, denominator) in found.items():
                    value = ratio_of(numerator, denominator)
                    key = group[0] if dimension else False
                    vals_list.append(
                        {
                            "kpi_id": kpi.id,
                            "company_id": company.id,
                            "period": period,
                            "date_from": date_from,
                            "date_to": date_to,
                            "dimension": dimension,
                            "group_model": dimension and dimensions[dimension][1],
                            "group_value": str(key or "-") if dimension else False,
                            "group_label": labels.get(key, False),
                            "numerator": numerator,
                            "denominator": denominator or 0.0,
                            "value": value or 0.0,
                            "is_empty": value is None,
                            "frozen_at": now,
                        }
                    )
        return self._sudo_append(vals_list)

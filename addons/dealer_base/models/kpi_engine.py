from datetime import datetime, time
from itertools import chain

from dateutil import tz

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL, format_date


class DealerKpiEngine(models.AbstractModel):
    """The formulae of the key figures; every addon adds its own.

    A figure is one method and one record of ``dealer.kpi`` that names it::

        class DealerKpiEngine(models.AbstractModel):
            _inherit = "dealer.kpi.engine"

            def _kpi_k04(self, companies, first, last, group_by=(), filters=None):
                return {group: (numerator, denominator)}

            def _kpi_k04_action(self, companies, first, last, part, filters=None):
                return self._records_action(records_or_model, domain, title)

    ``group_by`` is a tuple of keys of ``_dimensions()``; ``group`` is the tuple of
    their values, ``()`` for the whole. ``filters`` narrows by the same keys. A count
    or a sum has the denominator ``None``. The number of queries must not depend on
    the number of groups.
    """

    _name = "dealer.kpi.engine"
    _description = "Formulae of Key Figures"

    # ------------------------------------------------------------ Extension points
    @api.model
    def _dimensions(self):
        """What figures can be grouped and filtered by.

        :return: {key: (label, model of the value or None)}
        """
        return {
            "company": (self.env._("Store"), "res.company"),
            "month": (self.env._("Month"), None),
            "day": (self.env._("Day"), None),
        }

    @api.model
    def _kpi_companies(self):
        """Stores whose figures are frozen: those that employ somebody."""
        staff_sudo = self.env["dealer.staff"].sudo()
        groups = staff_sudo._read_group([], ["company_id"])
        return self.env["res.company"].browse(company.id for (company,) in groups)

    # -------------------------------------------------------------------- Figures
    @api.model
    def _figures(self, kpis, companies, date_from, date_to, group_by=(), filters=None):
        """Numerators and denominators of several figures.

        :param kpis: ``dealer.kpi`` that the user may read
        :param companies: stores, all of them allowed to the user
        :param date_from, date_to: first and last day, store time
        :param group_by: tuple of dimension keys
        :param filters: {dimension key: value}
        :return: {kpi: {group tuple: (numerator, denominator or None)}}
        :raises AccessError: a store or a figure that the user may not see
        """
        kpis.check_access("read")
        self._check_stores(companies)
        return {
            kpi: getattr(self, f"_kpi_{kpi.function}")(
                companies, date_from, date_to, tuple(group_by), dict(filters or {})
            )
            for kpi in kpis
        }

    @api.model
    def _figure_action(self, kpi, companies, date_from, date_to, part, filters=None):
        """Records behind a numerator or a denominator, as a window action.

        :param part: "numerator" or "denominator"
        """
        kpi.check_access("read")
        self._check_stores(companies)
        method = getattr(self, f"_kpi_{kpi.function}_action")
        return method(companies, date_from, date_to, part, dict(filters or {}))

    @api.model
    def _check_stores(self, companies):
        if not self.env.su and companies - self.env.companies:
            raise AccessError(
                self.env._("The figures of this store are not open to you.")
            )

    @api.model
    def _labels(self, dimension, values):
        """Words for the values of a dimension, with one query at most.

        :return: {value: text}
        """
        model = self._dimensions()[dimension][1]
        if model:
            # sudo: the name of a person or a team of the own store is no secret
            ids = {value for value in values if isinstance(value, int) and value}
            records_sudo = self.env[model].sudo().browse(ids)
            names = {record.id: record.display_name for record in records_sudo}
            return {value: names.get(value) or self.env._("(none)") for value in values}
        if dimension == "month":
            return {
                value: format_date(self.env, value, date_format="yyyy-MM")
                for value in values
            }
        return {
            value: str(value) if value else self.env._("(none)") for value in values
        }

    # ------------------------------------------------------------ Tools of formulae
    @api.model
    def _records_action(self, model, domain, name):
        """List of records as an action that the user's own rights fill.

        :param model: name of the model
        :param domain: domain of the records; values that JSON can carry
        """
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "view_mode": "list,form",
            "views": [(False, "list"), (False, "form")],
            "domain": list(domain),
            "context": {"create": False},
        }

    @api.model
    def _by_timezone(self, companies):
        """Stores with the same time zone together: [(zone name, companies)]."""
        zones = {}
        for company in companies:
            name = company._dealer_timezone_name()
            zones[name] = zones.get(name, companies.browse()) | company
        return list(zones.items())

    @api.model
    def _utc_bounds(self, zone_name, date_from, date_to):
        """First and last moment of days of the store, as the database keeps them."""
        zone = tz.gettz(zone_name)
        bounds = (
            datetime.combine(day, moment).replace(tzinfo=zone).astimezone(tz.UTC)
            for day, moment in ((date_from, time.min), (date_to, time.max))
        )
        return tuple(bound.replace(tzinfo=None, microsecond=0) for bound in bounds)

    @api.model
    def _day_dimension(self, dimension, day_sql):
        """SQL of the dimensions ``day`` and ``month`` of a day expression."""
        if dimension == "day":
            return day_sql
        return SQL("date_trunc('month', %s)::date", day_sql)

    @api.model
    def _day_bounds(self, filters, date_from, date_to):
        """Period narrowed by a filter on ``day`` or ``month``."""
        if filters.get("day"):
            day = fields.Date.to_date(filters["day"])
            return max(day, date_from), min(day, date_to)
        if filters.get("month"):
            first = fields.Date.to_date(filters["month"])
            last = fields.Date.end_of(first, "month")
            return max(first, date_from), min(last, date_to)
        return date_from, date_to

    @api.model
    def _select_grouped(self, query, unit, dimensions, per_unit, totals):
        """Two-step aggregation: by group and distinct unit, then by group.

        Counting a car once although it has two rows, and yet adding up its money,
        needs both steps; they are one statement.

        :param query: ``Query`` of the rows
        :param unit: SQL of what is counted once, such as the car
        :param dimensions: list of SQL, the group
        :param per_unit: {alias: aggregate SQL} of the inner step
        :param totals: list of aggregate SQL over these aliases
        :return: rows: values of the group, then the totals
        """
        names = [SQL.identifier(f"dim_{index}") for index in range(len(dimensions))]
        inner = chain(
            (
                SQL("%s AS %s", sql, name)
                for sql, name in zip(dimensions, names, strict=True)
            ),
            (SQL("%s AS unit", unit),),
            (
                SQL("%s AS %s", sql, SQL.identifier(key))
                for key, sql in per_unit.items()
            ),
        )
        group_inner = SQL(", ").join([*(SQL("%s", sql) for sql in dimensions), unit])
        statement = SQL(
            "SELECT %s FROM (SELECT %s FROM %s WHERE %s GROUP BY %s) AS units%s",
            SQL(", ").join([*names, *totals]),
            SQL(", ").join(inner),
            query.from_clause,
            query.where_clause or SQL("TRUE"),
            group_inner,
            SQL(" GROUP BY %s", SQL(", ").join(names)) if names else SQL(),
        )
        return self.env.execute_query(statement)

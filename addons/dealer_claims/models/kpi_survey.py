from odoo import api, models
from odoo.fields import Domain

from .survey import NOT_COUNTED


class DealerKpiEngine(models.AbstractModel):
    """K25: cars of delegated surveys that came to the store (S106)."""

    _inherit = "dealer.kpi.engine"

    @api.model
    def _dimensions(self):
        return {
            **super()._dimensions(),
            "surveyor": (self.env._("Surveyor"), "dealer.staff"),
        }

    @api.model
    def _survey_domain(self, companies, date_from, date_to, filters=None):
        """Delegated surveys assigned in the period; given back or off do not count."""
        filters = filters or {}
        first, last = self._day_bounds(filters, date_from, date_to)
        domain = (
            Domain("company_id", "in", companies.ids)
            & Domain("state", "not in", NOT_COUNTED)
            & Domain("assigned_on", ">=", first)
            & Domain("assigned_on", "<=", last)
        )
        for key in ("company", "insurer", "surveyor"):
            if key in filters:
                domain &= Domain(f"{key}_id", "=", filters[key] or False)
        return domain

    @api.model
    def _kpi_k25(self, companies, date_from, date_to, group_by=(), filters=None):
        """Surveys whose car was received ÷ delegated surveys; one query."""
        self._check_stores(companies)
        names = [
            f"assigned_on:{key}" if key in ("month", "day") else f"{key}_id"
            for key in group_by
        ]
        size = len(names)
        result = {}
        for row in self.env["dealer.survey"]._read_group(
            self._survey_domain(companies, date_from, date_to, filters),
            [*names, "returned_to_store"],
            ["__count"],
        ):
            group = tuple(
                value.id if isinstance(value, models.BaseModel) else value
                for value in row[:size]
            )
            returned, total = result.get(group, (0, 0))
            count = row[-1]
            result[group] = (
                returned + (count if row[size] == "yes" else 0),
                total + count,
            )
        return result

    @api.model
    def _kpi_k25_action(self, companies, date_from, date_to, part, filters=None):
        domain = self._survey_domain(companies, date_from, date_to, filters)
        if part == "numerator":
            domain &= Domain("returned_to_store", "=", "yes")
        return self._records_action(
            "dealer.survey", domain, self.env._("Delegated Surveys")
        )

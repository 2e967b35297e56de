from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.fields import Domain

OWN = Domain("is_own", "=", True)


class DealerKpiEngine(models.AbstractModel):
    """Renewal rates, all of them from the frozen cohorts (domain.md §5, K04–K13).

    The period is that of the frozen expiry. A car left out by an approved exclusion
    counts neither above nor below the line.
    """

    _inherit = "dealer.kpi.engine"

    @api.model
    def _dimensions(self):
        return {
            **super()._dimensions(),
            "agent": (self.env._("Renewal Specialist"), "dealer.staff"),
            "segment": (self.env._("Renewal Segment"), None),
        }

    @api.model
    def _labels(self, dimension, values):
        if dimension == "segment":
            return self._selection_labels("dealer.renewal.due", "segment", values)
        return super()._labels(dimension, values)

    # ------------------------------------------------------- Specialist of an entry
    @api.model
    def _ledger_domain(
        self, companies, zone, date_from, date_to, filters=None, moment="issued_at"
    ):
        domain = super()._ledger_domain(
            companies, zone, date_from, date_to, filters, moment
        )
        if "agent" in (filters or {}):
            domain &= Domain("principal_id", "=", filters["agent"] or False)
        return domain

    @api.model
    def _sudo_ledger_dimension(self, dimension, query, zone, moment="issued_at"):
        if dimension == "agent":
            Entry = self.env["dealer.underwriting"].sudo()
            return Entry._field_to_sql(query.table, "principal_id", query)
        return super()._sudo_ledger_dimension(dimension, query, zone, moment)

    # -------------------------------------------------------------------- The base
    @api.model
    def _renewal_domain(self, companies, date_from, date_to, filters=None):
        """Due cars of a period; the base of the numbers and of their drill-down."""
        filters = dict(filters or {})
        date_from, date_to = self._day_bounds(filters, date_from, date_to)
        domain = (
            Domain("company_id", "in", companies.ids)
            & Domain("expiry_date", ">=", date_from)
            & Domain("expiry_date", "<=", date_to)
            & Domain("due_count", "=", 1)
        )
        names = {
            "company": "company_id",
            "agent": "agent_id",
            "consultant": "consultant_id",
            "insurer": "insurer_id",
            "segment": "segment",
        }
        for key, value in filters.items():
            if key in names:
                domain &= Domain(names[key], "=", value or False)
        return domain

    @api.model
    def _renewal_figures(
        self,
        companies,
        date_from,
        date_to,
        group_by=(),
        filters=None,
        base=OWN,
        top="renewed_count",
        bottom="due_count",
    ):
        """Sums of the result view by group, one statement.

        :param base: domain of the cars that count
        :param top, bottom: fields of ``dealer.renewal.result`` that are added up
        :return: {group: (numerator, denominator)}
        """
        self._check_stores(companies)
        return self._sudo_renewal_figures(
            self._renewal_domain(companies, date_from, date_to, filters) & base,
            tuple(group_by),
            top,
            bottom,
        )

    @api.model
    def _sudo_renewal_figures(self, domain, group_by, top, bottom):
        names = {
            "company": "company_id",
            "month": "month:month",
            "day": "expiry_date:day",
            "agent": "agent_id",
            "consultant": "consultant_id",
            "insurer": "insurer_id",
            "segment": "segment",
        }
        results_sudo = self.env["dealer.renewal.result"].sudo()
        return {
            tuple(map(self._group_value, group)): (above or 0, below or 0)
            for *group, above, below in results_sudo._read_group(
                domain,
                [names[key] for key in group_by],
                [f"{top}:sum", f"{bottom}:sum"],
            )
        }

    @api.model
    def _open_due(
        self, companies, date_from, date_to, part, filters, good, base=OWN, name=None
    ):
        """Window action with the due cars behind a number."""
        domain = self._renewal_domain(companies, date_from, date_to, filters) & base
        if part == "numerator":
            domain &= good
        return self._records_action(
            "dealer.renewal.result", domain, name or self.env._("Due Cars")
        )

    # ------------------------------------------------- K04 renewal rate by due month
    @api.model
    def _kpi_k04(self, companies, date_from, date_to, group_by=(), filters=None):
        """Renewal rate: renewed ÷ due cars with a policy of this store."""
        return self._renewal_figures(companies, date_from, date_to, group_by, filters)

    @api.model
    def _kpi_k04_action(self, companies, date_from, date_to, part, filters=None):
        good = Domain("renewed_count", "=", 1)
        return self._open_due(companies, date_from, date_to, part, filters, good)

    @api.model
    def _kpi_k04_matured(
        self, companies, date_from, date_to, group_by=(), filters=None
    ):
        """The same for the cars whose time to renew is over."""
        base = OWN & Domain("is_matured", "=", True)
        return self._renewal_figures(
            companies, date_from, date_to, group_by, filters, base
        )

    @api.model
    def _kpi_k04_matured_action(
        self, companies, date_from, date_to, part, filters=None
    ):
        base = OWN & Domain("is_matured", "=", True)
        good = Domain("renewed_count", "=", 1)
        return self._open_due(companies, date_from, date_to, part, filters, good, base)

    # ------------------------------------------------------------------ K05 on time
    @api.model
    def _kpi_k05(self, companies, date_from, date_to, group_by=(), filters=None):
        """Renewed without a gap: new cover starts a day after the old one at most."""
        return self._renewal_figures(
            companies, date_from, date_to, group_by, filters, top="on_time_count"
        )

    @api.model
    def _kpi_k05_action(self, companies, date_from, date_to, part, filters=None):
        good = Domain("on_time_count", "=", 1)
        return self._open_due(companies, date_from, date_to, part, filters, good)

    # ------------------------------------------------------------------- K06 annual
    @api.model
    def _year_start(self, date_to):
        return fields.Date.start_of(date_to, "month") - relativedelta(months=11)

    @api.model
    def _kpi_k06(self, companies, date_from, date_to, group_by=(), filters=None):
        """Annual rate: renewed ÷ due cars of the twelve months that end with the
        period; by month, of the twelve months that end with each."""
        filters, group_by = dict(filters or {}), tuple(group_by)
        date_from, date_to = self._day_bounds(filters, date_from, date_to)
        filters = {k: v for k, v in filters.items() if k not in ("month", "day")}
        if "month" not in group_by:
            return self._renewal_figures(
                companies, self._year_start(date_to), date_to, group_by, filters
            )
        index = group_by.index("month")
        found = self._renewal_figures(
            companies, self._year_start(date_from), date_to, group_by, filters
        )
        result, first = {}, fields.Date.start_of(date_from, "month")
        for group, (above, below) in found.items():
            for ahead in range(12):
                month = group[index] + relativedelta(months=ahead)
                if first <= month <= date_to:
                    key = (*group[:index], month, *group[index + 1 :])
                    known = result.get(key, (0, 0))
                    result[key] = (known[0] + above, known[1] + below)
        return result

    @api.model
    def _kpi_k06_action(self, companies, date_from, date_to, part, filters=None):
        filters = dict(filters or {})
        _first, date_to = self._day_bounds(filters, date_from, date_to)
        filters = {k: v for k, v in filters.items() if k not in ("month", "day")}
        good = Domain("renewed_count", "=", 1)
        return self._open_due(
            companies, self._year_start(date_to), date_to, part, filters, good
        )

    # -------------------------------------------- K07 by kind, K08 lapsed, K09 prospect
    def _segment_figures(
        self, segment, companies, date_from, date_to, group_by, filters, extra=None
    ):
        base = Domain("segment", "=", segment) & (extra or Domain.TRUE)
        return self._renewal_figures(
            companies, date_from, date_to, group_by, filters, base
        )

    def _open_segment(
        self, segment, companies, date_from, date_to, part, filters, extra=None
    ):
        base = Domain("segment", "=", segment) & (extra or Domain.TRUE)
        good = Domain("renewed_count", "=", 1)
        words = self._selection_labels("dealer.renewal.due", "segment", [segment])
        return self._open_due(
            companies, date_from, date_to, part, filters, good, base, words[segment]
        )

    @api.model
    def _kpi_k07_new(self, companies, date_from, date_to, group_by=(), filters=None):
        """First renewals: rate of the cars whose last policy was new-car business."""
        return self._segment_figures(
            "new_to_renewal", companies, date_from, date_to, group_by, filters, OWN
        )

    @api.model
    def _kpi_k07_new_action(self, companies, date_from, date_to, part, filters=None):
        return self._open_segment(
            "new_to_renewal", companies, date_from, date_to, part, filters, OWN
        )

    @api.model
    def _kpi_k07_renewal(
        self, companies, date_from, date_to, group_by=(), filters=None
    ):
        """Repeated renewals: rate of the cars whose last policy was a renewal."""
        return self._segment_figures(
            "renewal_to_renewal", companies, date_from, date_to, group_by, filters, OWN
        )

    @api.model
    def _kpi_k07_renewal_action(
        self, companies, date_from, date_to, part, filters=None
    ):
        return self._open_segment(
            "renewal_to_renewal", companies, date_from, date_to, part, filters, OWN
        )

    @api.model
    def _kpi_k08(self, companies, date_from, date_to, group_by=(), filters=None):
        """Lapsed cars won back ÷ cars insured here once and elsewhere last year."""
        return self._segment_figures(
            "lapsed_back", companies, date_from, date_to, group_by, filters
        )

    @api.model
    def _kpi_k08_action(self, companies, date_from, date_to, part, filters=None):
        return self._open_segment(
            "lapsed_back", companies, date_from, date_to, part, filters
        )

    @api.model
    def _kpi_k09(self, companies, date_from, date_to, group_by=(), filters=None):
        """Prospects won ÷ cars serviced here within a year and never insured here."""
        active = Domain("service_active", "=", True)
        return self._segment_figures(
            "prospect_to_renewal",
            companies,
            date_from,
            date_to,
            group_by,
            filters,
            active,
        )

    @api.model
    def _kpi_k09_action(self, companies, date_from, date_to, part, filters=None):
        active = Domain("service_active", "=", True)
        return self._open_segment(
            "prospect_to_renewal", companies, date_from, date_to, part, filters, active
        )

    # ----------------------------------------------------------------- K10 combined
    @api.model
    def _kpi_k10(self, companies, date_from, date_to, group_by=(), filters=None):
        """Combined rate: renewal policies issued in the period ÷ due cars, lapsed cars
        and prospects of the period."""
        issued = self._kpi_k12(companies, date_from, date_to, group_by, filters)
        due = self._renewal_figures(
            companies, date_from, date_to, group_by, filters, Domain.TRUE
        )
        return {
            group: (issued.get(group, (0, None))[0], due.get(group, (0, 0))[1])
            for group in {**issued, **due}
        }

    @api.model
    def _kpi_k10_action(self, companies, date_from, date_to, part, filters=None):
        if part == "numerator":
            return self._kpi_k12_action(companies, date_from, date_to, part, filters)
        return self._open_due(
            companies, date_from, date_to, part, filters, Domain.TRUE, Domain.TRUE
        )

    # ------------------------------------------------------------------ K11 premium
    @api.model
    def _kpi_k11(self, companies, date_from, date_to, group_by=(), filters=None):
        """Premium of the renewals ÷ last year's premium of the due cars."""
        return self._renewal_figures(
            companies,
            date_from,
            date_to,
            group_by,
            filters,
            top="premium_renewed",
            bottom="premium_due",
        )

    _kpi_k11_action = _kpi_k04_action

    # --------------------------------------------------------------------- K13 lost
    @api.model
    def _kpi_k13(self, companies, date_from, date_to, group_by=(), filters=None):
        """Lost renewals: losses that the leader approved ÷ due cars."""
        return self._renewal_figures(
            companies, date_from, date_to, group_by, filters, top="lost_count"
        )

    @api.model
    def _kpi_k13_action(self, companies, date_from, date_to, part, filters=None):
        good = Domain("lost_count", "=", 1)
        return self._open_due(companies, date_from, date_to, part, filters, good)

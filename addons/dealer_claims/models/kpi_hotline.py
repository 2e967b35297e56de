from datetime import datetime

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.fields import Domain


class DealerKpiEngine(models.AbstractModel):
    """Figures of the accident hotline: answered, dispatched, returned (K20-K24)."""

    _inherit = "dealer.kpi.engine"

    @api.model
    def _dimensions(self):
        return {
            **super()._dimensions(),
            "agent": (self.env._("Hotline Specialist"), "dealer.staff"),
            "not_returned": (self.env._("Reason Not Returned"), "dealer.reason.code"),
            "call_source": (self.env._("Source of the Call"), None),
            "accident_type": (self.env._("Type of Accident"), None),
        }

    @api.model
    def _labels(self, dimension, values):
        names = {"call_source": "source", "accident_type": "accident_type"}
        if dimension in names:
            return self._selection_labels(
                "dealer.accident.call", names[dimension], values
            )
        return super()._labels(dimension, values)

    # ------------------------------------------------------------------ The calls
    _CALL_FIELDS = {
        "company": "company_id",
        "agent": "agent_id",
        "insurer": "insurer_id",
        "not_returned": "not_return_reason_id",
        "call_source": "source",
        "accident_type": "accident_type",
    }

    @api.model
    def _call_domain(self, companies, date_from, date_to, filters=None):
        """Calls of a period in the time of each store, as of their moment."""
        filters = dict(filters or {})
        date_from, date_to = self._day_bounds(filters, date_from, date_to)
        domains = []
        for zone, stores in self._by_timezone(companies):
            first, last = self._utc_bounds(zone, date_from, date_to)
            domains.append(
                Domain("company_id", "in", stores.ids)
                & Domain("call_at", ">=", first)
                & Domain("call_at", "<=", last)
            )
        domain = Domain.OR(domains)
        for key, value in filters.items():
            if key in self._CALL_FIELDS:
                domain &= Domain(self._CALL_FIELDS[key], "=", value or False)
        return domain

    @api.model
    def _call_parts(self):
        """Domain of each count, inside ``_call_domain``."""
        answered = Domain("is_missed", "=", False)
        surveyed = answered & Domain("dispatch_to", "!=", "none")
        scope = Domain("is_in_scope", "=", True)
        pushed = answered & Domain("source", "=", "insurer_push")
        stayed = Domain("outcome", "=", "not_returned")
        return {
            "calls": Domain.TRUE,
            "answered": answered,
            "surveyed": surveyed,
            "dispatched": surveyed & Domain("is_dispatched_in_time", "=", True),
            "scope": scope,
            "returned": scope & Domain("is_returned_in_time", "=", True),
            "pushed": pushed,
            "pushed_back": pushed & Domain("outcome", "=", "returned"),
            "not_returned": stayed,
            "complete": answered & Domain("is_complete", "=", True),
        }

    @api.model
    def _call_counts(self, companies, date_from, date_to, group_by, filters, *parts):
        """Number of calls of some parts by group, one statement per part.

        :param group_by: tuple of company, month, day, agent, insurer, not_returned,
            call_source, accident_type
        :param parts: keys of ``_call_parts``
        :return: {group tuple: tuple of numbers in the order of ``parts``}
        """
        self._check_stores(companies)
        return self._sudo_call_counts(
            companies, date_from, date_to, tuple(group_by), filters, parts
        )

    @api.model
    def _sudo_call_counts(
        self, companies, date_from, date_to, group_by, filters, parts
    ):
        # Numbers of the whole store are open to every post; the calls behind them
        # show with the user's own rights.
        names = {**self._CALL_FIELDS, "day": "call_at:day", "month": "call_at:month"}
        columns = [names[key] for key in group_by]
        domains = self._call_parts()
        result = {}
        for zone, stores in self._by_timezone(companies):
            # Days and months are those of the stores, not of who asks.
            Call = self.env["dealer.accident.call"].sudo().with_context(tz=zone)
            base = self._call_domain(stores, date_from, date_to, filters)
            for place, part in enumerate(parts):
                for row in Call._read_group(base & domains[part], columns, ["__count"]):
                    group = tuple(self._plain_group(value) for value in row[:-1])
                    numbers = result.setdefault(group, [0] * len(parts))
                    numbers[place] += row[-1]
        return {group: tuple(numbers) for group, numbers in result.items()}

    @api.model
    def _plain_group(self, value):
        """Value of a group as formulae give it: ids, days and texts."""
        if isinstance(value, models.BaseModel):
            return value.id or None
        return value.date() if isinstance(value, datetime) else value

    @api.model
    def _call_ratio(self, args, numerator, denominator):
        return self._call_counts(*args, numerator, denominator)

    @api.model
    def _open_calls(self, companies, date_from, date_to, part, filters):
        """Window action with the calls behind a number."""
        domain = self._call_domain(companies, date_from, date_to, filters)
        domain &= self._call_parts()[part]
        return self._records_action(
            "dealer.accident.call", domain, self.env._("Accident Calls")
        )

    # --------------------------------------------------------------- K20 to K24
    @api.model
    def _kpi_k20(self, companies, date_from, date_to, group_by=(), filters=None):
        """Answered calls ÷ calls."""
        args = (companies, date_from, date_to, group_by, filters)
        return self._call_ratio(args, "answered", "calls")

    @api.model
    def _kpi_k20_action(self, companies, date_from, date_to, part, filters=None):
        part = "answered" if part == "numerator" else "calls"
        return self._open_calls(companies, date_from, date_to, part, filters)

    @api.model
    def _kpi_k20_dispatch(
        self, companies, date_from, date_to, group_by=(), filters=None
    ):
        """Dispatched within the limit ÷ answered calls that need a surveyor."""
        args = (companies, date_from, date_to, group_by, filters)
        return self._call_ratio(args, "dispatched", "surveyed")

    @api.model
    def _kpi_k20_dispatch_action(
        self, companies, date_from, date_to, part, filters=None
    ):
        part = "dispatched" if part == "numerator" else "surveyed"
        return self._open_calls(companies, date_from, date_to, part, filters)

    @api.model
    def _kpi_k20_record(self, companies, date_from, date_to, group_by=(), filters=None):
        """Calls with all starred fields ÷ answered calls (S62)."""
        args = (companies, date_from, date_to, group_by, filters)
        return self._call_ratio(args, "complete", "answered")

    @api.model
    def _kpi_k20_record_action(self, companies, date_from, date_to, part, filters=None):
        part = "complete" if part == "numerator" else "answered"
        return self._open_calls(companies, date_from, date_to, part, filters)

    @api.model
    def _kpi_k21(self, companies, date_from, date_to, group_by=(), filters=None):
        """Accident cars that came within the window ÷ repairable accidents."""
        args = (companies, date_from, date_to, group_by, filters)
        return self._call_ratio(args, "returned", "scope")

    @api.model
    def _kpi_k21_action(self, companies, date_from, date_to, part, filters=None):
        part = "returned" if part == "numerator" else "scope"
        return self._open_calls(companies, date_from, date_to, part, filters)

    @api.model
    def _kpi_k22(self, companies, date_from, date_to, group_by=(), filters=None):
        """Leads of insurers whose car came ÷ leads of insurers."""
        args = (companies, date_from, date_to, group_by, filters)
        return self._call_ratio(args, "pushed_back", "pushed")

    @api.model
    def _kpi_k22_action(self, companies, date_from, date_to, part, filters=None):
        part = "pushed_back" if part == "numerator" else "pushed"
        return self._open_calls(companies, date_from, date_to, part, filters)

    @api.model
    def _kpi_k23(self, companies, date_from, date_to, group_by=(), filters=None):
        """Cars that did not come, by reason ÷ all cars that did not come."""
        filters = dict(filters or {})
        args = (companies, date_from, date_to)
        rest = tuple(key for key in group_by if key != "not_returned")
        base = {key: value for key, value in filters.items() if key != "not_returned"}
        whole = self._call_counts(*args, rest, base, "not_returned")
        parts = self._call_counts(*args, group_by, filters, "not_returned")
        places = [index for index, key in enumerate(group_by) if key != "not_returned"]
        return {
            group: (count, whole[tuple(group[index] for index in places)][0])
            for group, (count,) in parts.items()
            if count
        }

    @api.model
    def _kpi_k23_action(self, companies, date_from, date_to, part, filters=None):
        filters = dict(filters or {})
        if part != "numerator":
            filters.pop("not_returned", None)
        return self._open_calls(companies, date_from, date_to, "not_returned", filters)

    @api.model
    def _return_change(self, args, months):
        """K21 of a period less K21 of the same period some months before.

        :param args: as of a formula
        :param months: how many months lie between the two
        :return: {group: (difference, 1)}; only groups known in both periods
        """
        companies, date_from, date_to, group_by, filters = args
        filters = dict(filters or {})
        step = relativedelta(months=months)
        now = self._kpi_k21(companies, date_from, date_to, group_by, filters)
        earlier = dict(filters)
        for key in ("day", "month"):
            if earlier.get(key):
                earlier[key] = self._shifted(earlier[key], -step)
        whole_months = date_from.day == 1 and (date_to + relativedelta(days=1)).day == 1
        before_to = date_to - step
        if whole_months:
            before_to += relativedelta(day=31)
        before = self._kpi_k21(
            companies, date_from - step, before_to, group_by, earlier
        )
        moved = [key in ("day", "month") for key in group_by]
        result = {}
        for group, (came, whole) in now.items():
            old = tuple(
                self._shifted(value, -step) if is_day else value
                for value, is_day in zip(group, moved, strict=True)
            )
            old_came, old_whole = before.get(old, (0, 0))
            if whole and old_whole:
                result[group] = (came / whole - old_came / old_whole, 1)
        return result

    @api.model
    def _shifted(self, day, step):
        """A day, or the first day of a month, moved by a step."""
        return fields.Date.to_date(day) + step

    @api.model
    def _kpi_k24(self, companies, date_from, date_to, group_by=(), filters=None):
        """Return rate less that of the month before."""
        return self._return_change(
            (companies, date_from, date_to, group_by, filters), 1
        )

    @api.model
    def _kpi_k24_action(self, companies, date_from, date_to, part, filters=None):
        return self._kpi_k21_action(companies, date_from, date_to, part, filters)

    @api.model
    def _kpi_k24_year(self, companies, date_from, date_to, group_by=(), filters=None):
        """Return rate less that of the same month of the year before."""
        return self._return_change(
            (companies, date_from, date_to, group_by, filters), 12
        )

    @api.model
    def _kpi_k24_year_action(self, companies, date_from, date_to, part, filters=None):
        return self._kpi_k21_action(companies, date_from, date_to, part, filters)

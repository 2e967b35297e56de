from datetime import date

from dateutil.relativedelta import relativedelta

from odoo import api, models
from odoo.fields import Domain


class DealerKpiEngine(models.AbstractModel):
    """Figures of the money: fees received, overdue and at risk, remittance in time.

    They read with the rights of whoever asks: posts that see agency fees.
    """

    _inherit = "dealer.kpi.engine"

    @api.model
    def _money_domain(self, companies, filters=None):
        filters = filters or {}
        domain = Domain("company_id", "in", companies.ids)
        for key in ("company", "insurer"):
            if key in filters:
                domain &= Domain(f"{key}_id", "=", filters[key] or False)
        return domain

    @api.model
    def _money_sums(self, model, domain, group_by, day_field, sums):
        """Sums by store, insurer, and month or day of a stored date; one query.

        :param day_field: date field that places a record in its period
        :param sums: aggregates of ``_read_group``
        :return: {group tuple: list of sums}
        """
        names = [
            f"{day_field}:{key}" if key in ("month", "day") else f"{key}_id"
            for key in group_by
        ]
        size = len(names)
        return {
            tuple(
                value.id if isinstance(value, models.BaseModel) else value
                for value in row[:size]
            ): row[size:]
            for row in self.env[model]._read_group(domain, names, sums)
        }

    @api.model
    def _money_standing(self, model, domain, group_by, day_field, total, span):
        """What stands open at the end of the period, or of each of its months.

        :param day_field: date from which the amount counts
        :param span: first and last day asked for
        :return: {group tuple: (amount, None)}
        """
        group_by = tuple(group_by)
        if "month" not in group_by:
            found = self._money_sums(model, domain, group_by, day_field, [total])
            return {group: (sums[0], None) for group, sums in found.items()}
        place = group_by.index("month")
        since = {}
        for group, (amount,) in self._money_sums(
            model, domain, group_by, day_field, [total]
        ).items():
            rest = group[:place] + group[place + 1 :]
            since.setdefault(rest, []).append((group[place], amount))
        result = {}
        for rest, amounts in since.items():
            month = span[0].replace(day=1)
            while month <= span[1]:
                standing = sum(amount for start, amount in amounts if start <= month)
                result[(*rest[:place], month, *rest[place:])] = (standing, None)
                month += relativedelta(months=1)
        return result

    # ----------------------------------------------------------- K18 fee recovery
    @api.model
    def _statement_domain(self, companies, date_from, date_to, filters=None):
        """Confirmed statements whose period ends in the period asked for."""
        first, last = self._day_bounds(filters or {}, date_from, date_to)
        return (
            self._money_domain(companies, filters)
            & Domain("confirmed_at", "!=", False)
            & Domain("replaced_at", "=", False)
            & Domain("date_to", ">=", first)
            & Domain("date_to", "<=", last)
        )

    @api.model
    def _kpi_k18(self, companies, date_from, date_to, group_by=(), filters=None):
        """Fee received ÷ fee agreed, with VAT, of the statements of the period."""
        self._check_stores(companies)
        found = self._money_sums(
            "dealer.fee.statement",
            self._statement_domain(companies, date_from, date_to, filters),
            group_by,
            "date_to",
            ["paid_incl:sum", "agreed_incl:sum"],
        )
        return {group: tuple(sums) for group, sums in found.items()}

    @api.model
    def _kpi_k18_action(self, companies, date_from, date_to, part, filters=None):
        return self._records_action(
            "dealer.fee.statement",
            self._statement_domain(companies, date_from, date_to, filters),
            self.env._("Fee Statements"),
        )

    @api.model
    def _overdue_fee_domain(self, companies, date_to, filters=None):
        last = self._day_bounds(filters or {}, date.min, date_to)[1]
        return (
            self._money_domain(companies, filters)
            & Domain("state", "in", ("invoiced", "partially_paid"))
            & Domain("due_date", "<=", last)
        )

    @api.model
    def _kpi_k18_overdue(
        self, companies, date_from, date_to, group_by=(), filters=None
    ):
        """Invoiced fees past their due date on the last day, with VAT."""
        self._check_stores(companies)
        return self._money_standing(
            "dealer.fee.statement",
            self._overdue_fee_domain(companies, date_to, filters),
            group_by,
            "due_date",
            "unpaid_incl:sum",
            (date_from, date_to),
        )

    @api.model
    def _kpi_k18_overdue_action(
        self, companies, date_from, date_to, part, filters=None
    ):
        return self._records_action(
            "dealer.fee.statement",
            self._overdue_fee_domain(companies, date_to, filters),
            self.env._("Overdue Fees"),
        )

    @api.model
    def _silence_domain(self, companies, date_to, filters=None):
        last = self._day_bounds(filters or {}, date.min, date_to)[1]
        return (
            self._money_domain(companies, filters)
            & Domain("is_silent", "=", True)
            & Domain("issued_on", "<=", last)
        )

    @api.model
    def _kpi_k18_silent(self, companies, date_from, date_to, group_by=(), filters=None):
        """Fee at risk: policies that statement after statement leaves out, ex VAT."""
        self._check_stores(companies)
        return self._money_standing(
            "dealer.fee.missing",
            self._silence_domain(companies, date_to, filters),
            group_by,
            "issued_on",
            "expected_fee:sum",
            (date_from, date_to),
        )

    @api.model
    def _kpi_k18_silent_action(self, companies, date_from, date_to, part, filters=None):
        return self._records_action(
            "dealer.fee.missing",
            self._silence_domain(companies, date_to, filters),
            self.env._("Silence Alarm"),
        )

    # --------------------------------------------------- K19 remittance in time
    @api.model
    def _remit_domain(self, companies, date_from, date_to, filters=None):
        first, last = self._day_bounds(filters or {}, date_from, date_to)
        due = self.env["dealer.underwriting"]._remit_due_domain(companies, first, last)
        return self._money_domain(companies, filters) & Domain(due)

    @api.model
    def _kpi_k19(self, companies, date_from, date_to, group_by=(), filters=None):
        """Receipts remitted within the agreed working days ÷ receipts that fell due."""
        self._check_stores(companies)
        group_by = tuple(group_by)
        names = [
            f"remit_due_date:{key}" if key in ("month", "day") else f"{key}_id"
            for key in group_by
        ]
        result = {}
        for *group, due, remitted, count in self.env["dealer.underwriting"]._read_group(
            self._remit_domain(companies, date_from, date_to, filters),
            [*names, "remit_due_date:day", "remitted_on:day"],
            ["__count"],
        ):
            key = tuple(
                value.id if isinstance(value, models.BaseModel) else value
                for value in group
            )
            good, every = result.get(key, (0, 0))
            in_time = bool(remitted) and remitted <= due
            result[key] = (good + count * in_time, every + count)
        return result

    @api.model
    def _kpi_k19_action(self, companies, date_from, date_to, part, filters=None):
        return self._records_action(
            "dealer.underwriting",
            self._remit_domain(companies, date_from, date_to, filters),
            self.env._("Receipts to Remit"),
        )

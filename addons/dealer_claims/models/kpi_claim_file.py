from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .claim_overdue import AGE_BOUNDS


class DealerKpiEngine(models.AbstractModel):
    """Figures of claim files: closed, returned, rejected, overdue (K28, K30–K33)."""

    _inherit = "dealer.kpi.engine"

    _FILE_FIELDS = {
        "company": "company_id",
        "insurer": "insurer_id",
        "receptionist": "receptionist_id",
    }

    @api.model
    def _dimensions(self):
        return {
            **super()._dimensions(),
            "receptionist": (self.env._("Receptionist"), "dealer.staff"),
            "claim_age": (self.env._("Age of the Unpaid Case"), None),
        }

    @api.model
    def _labels(self, dimension, values):
        if dimension == "claim_age":
            return self._selection_labels("dealer.claim", "age_bucket", values)
        return super()._labels(dimension, values)

    # ---------------------------------------------------------- Cohorts of cases
    @api.model
    def _file_domain(self, companies, date_from, date_to, filters, moment):
        """Cases of a period, as of a moment or a day of theirs.

        :param moment: ``received_at`` or ``submitted_on``
        """
        filters = dict(filters or {})
        date_from, date_to = self._day_bounds(filters, date_from, date_to)
        base = Domain("voided_at", "=", False) & Domain("needs_file", "=", True)
        for key, value in filters.items():
            if key in self._FILE_FIELDS:
                base &= Domain(self._FILE_FIELDS[key], "=", value or False)
        if moment == "submitted_on":
            return (
                base
                & Domain("company_id", "in", companies.ids)
                & Domain(moment, ">=", date_from)
                & Domain(moment, "<=", date_to)
            )
        periods = []
        for zone, stores in self._by_timezone(companies):
            first, last = self._utc_bounds(zone, date_from, date_to)
            periods.append(
                Domain("company_id", "in", stores.ids)
                & Domain(moment, ">=", first)
                & Domain(moment, "<=", last)
            )
        return base & Domain.OR(periods)

    @api.model
    def _file_ratio(self, args, moment, part):
        """Share of the cases of a cohort, two statements for each time zone.

        :param args: companies, first day, last day, groups and filters of the figure
        :param moment: field that puts a case into the period
        :param part: domain of the numerator
        :return: {group tuple: (numerator, denominator)}
        """
        companies, date_from, date_to, group_by, filters = args
        self._check_stores(companies)
        return self._sudo_file_ratio(
            companies, date_from, date_to, tuple(group_by), filters, moment, part
        )

    @api.model
    def _sudo_file_ratio(
        self, companies, date_from, date_to, group_by, filters, moment, part
    ):
        # Numbers of the whole store are open to every post; the cases behind them
        # show with the user's own rights.
        columns = {
            **self._FILE_FIELDS,
            "day": f"{moment}:day",
            "month": f"{moment}:month",
        }
        groups = [columns[key] for key in group_by]
        result = {}
        for zone, stores in self._by_timezone(companies):
            Claim = self.env["dealer.claim"].sudo().with_context(tz=zone)
            base = self._file_domain(stores, date_from, date_to, filters, moment)
            for place, domain in enumerate((base & part, base)):
                for row in Claim._read_group(domain, groups, ["__count"]):
                    group = tuple(self._plain_group(value) for value in row[:-1])
                    result.setdefault(group, [0, 0])[place] += row[-1]
        return {group: tuple(numbers) for group, numbers in result.items()}

    @api.model
    def _file_action(self, args, moment, part, numerator):
        """Cases behind a share.

        :param args: companies, first day, last day and filters of the figure
        :param part: numerator | denominator
        :param numerator: domain of the numerator
        """
        *period, filters = args
        domain = self._file_domain(*period, filters, moment)
        if part == "numerator":
            domain &= numerator
        if moment == "received_at":
            title = self.env._("Cases Received")
        else:
            title = self.env._("Cases Submitted")
        return self._records_action("dealer.claim", domain, title)

    # ----------------------------------------------------------------- K28, K30, K31
    _CLOSED = Domain("closed_at", "!=", False)
    _INSURER_CLOSED = Domain("insurer_paid_on", "!=", False) | Domain(
        "rejected_on", "!=", False
    )
    _RETURNED = Domain("return_count", ">", 0)
    _REJECTED = Domain("rejected_on", "!=", False)

    @api.model
    def _kpi_k28(self, companies, date_from, date_to, group_by=(), filters=None):
        """Closing rate: cases closed in the store ÷ cases received in the period."""
        args = (companies, date_from, date_to, group_by, filters)
        return self._file_ratio(args, "received_at", self._CLOSED)

    @api.model
    def _kpi_k28_action(self, companies, date_from, date_to, part, filters=None):
        args = (companies, date_from, date_to, filters)
        return self._file_action(args, "received_at", part, self._CLOSED)

    @api.model
    def _kpi_k28_insurer(
        self, companies, date_from, date_to, group_by=(), filters=None
    ):
        """Cases that the insurer has paid or rejected ÷ cases received."""
        args = (companies, date_from, date_to, group_by, filters)
        return self._file_ratio(args, "received_at", self._INSURER_CLOSED)

    @api.model
    def _kpi_k28_insurer_action(
        self, companies, date_from, date_to, part, filters=None
    ):
        args = (companies, date_from, date_to, filters)
        return self._file_action(args, "received_at", part, self._INSURER_CLOSED)

    @api.model
    def _kpi_k30(self, companies, date_from, date_to, group_by=(), filters=None):
        """Return rate: cases returned at least once ÷ cases submitted."""
        args = (companies, date_from, date_to, group_by, filters)
        return self._file_ratio(args, "submitted_on", self._RETURNED)

    @api.model
    def _kpi_k30_action(self, companies, date_from, date_to, part, filters=None):
        args = (companies, date_from, date_to, filters)
        return self._file_action(args, "submitted_on", part, self._RETURNED)

    @api.model
    def _kpi_k30_first(self, companies, date_from, date_to, group_by=(), filters=None):
        """First-pass rate: cases never returned ÷ cases submitted."""
        args = (companies, date_from, date_to, group_by, filters)
        return self._file_ratio(args, "submitted_on", ~self._RETURNED)

    @api.model
    def _kpi_k30_first_action(self, companies, date_from, date_to, part, filters=None):
        args = (companies, date_from, date_to, filters)
        return self._file_action(args, "submitted_on", part, ~self._RETURNED)

    @api.model
    def _kpi_k31(self, companies, date_from, date_to, group_by=(), filters=None):
        """Rejection rate: cases rejected ÷ cases submitted."""
        args = (companies, date_from, date_to, group_by, filters)
        return self._file_ratio(args, "submitted_on", self._REJECTED)

    @api.model
    def _kpi_k31_action(self, companies, date_from, date_to, part, filters=None):
        args = (companies, date_from, date_to, filters)
        return self._file_action(args, "submitted_on", part, self._REJECTED)

    # ------------------------------------------------------------------------- K33
    @api.model
    def _kpi_k33(self, companies, date_from, date_to, group_by=(), filters=None):
        """Overdue rate: overdue unpaid money ÷ all unpaid money, a stock.

        Counted on the last day of each month of the period, today at the latest; what
        is unpaid of a case that was paid in part is what its entries leave open.
        Groups: company, month, insurer, receptionist, claim_age (from submission).
        """
        self._check_stores(companies)
        return self._sudo_unpaid_money(
            companies, date_from, date_to, tuple(group_by), dict(filters or {})
        )

    @api.model
    def _sudo_unpaid_money(self, companies, date_from, date_to, group_by, filters):
        # Sums of the store are open to every post, see _sudo_file_ratio.
        date_from, date_to = self._day_bounds(filters, date_from, date_to)
        today = min(
            (company._dealer_today() for company in companies),
            default=fields.Date.context_today(self),
        )
        Claim = self.env["dealer.claim"].sudo()
        domain = (
            Domain("company_id", "in", companies.ids)
            & Domain("submitted_on", "!=", False)
            & Domain("rejected_on", "=", False)
            & Domain("voided_at", "=", False)
        )
        for key, value in filters.items():
            if key in self._FILE_FIELDS:
                domain &= Domain(self._FILE_FIELDS[key], "=", value or False)
        query = Claim._search(domain, bypass_access=True)
        column = {
            name: Claim._field_to_sql(query.table, name, query)
            for name in (
                *self._FILE_FIELDS.values(),
                "submitted_on",
                "payment_due_on",
                "insurer_paid_on",
                "insurer_open",
                "expected_insurer_payment",
                "closed_at",
            )
        }
        as_of = SQL.identifier("months", "as_of")
        age = SQL("(%s - %s)", as_of, column["submitted_on"])
        bucket = SQL(
            "CASE %s ELSE %s END",
            SQL(" ").join(
                SQL("WHEN %s <= %s THEN %s", age, bound, str(index))
                for index, bound in enumerate(AGE_BOUNDS)
            ),
            str(len(AGE_BOUNDS)),
        )
        dimensions = {
            **{key: column[name] for key, name in self._FILE_FIELDS.items()},
            "month": SQL.identifier("months", "month"),
            "day": as_of,
            "claim_age": bucket,
        }
        paid = SQL(
            "(%s IS NOT NULL AND %s <= %s)",
            column["insurer_paid_on"],
            column["insurer_paid_on"],
            as_of,
        )
        amount = SQL(
            "CASE WHEN %s THEN %s ELSE %s END",
            paid,
            column["insurer_open"],
            column["expected_insurer_payment"],
        )
        conditions = [
            query.where_clause or SQL("TRUE"),
            SQL("%s <= %s", column["submitted_on"], as_of),
            SQL(
                "(%s IS NULL OR %s::date > %s)",
                column["closed_at"],
                column["closed_at"],
                as_of,
            ),
            SQL("(NOT %s OR %s > 0)", paid, column["insurer_open"]),
        ]
        if filters.get("claim_age"):
            conditions.append(SQL("%s = %s", bucket, filters["claim_age"]))
        groups = [dimensions[key] for key in group_by]
        if "month" in group_by:
            months = SQL(
                """(SELECT m::date AS month,
                           LEAST((m + interval '1 month - 1 day')::date, %s, %s)
                               AS as_of
                      FROM generate_series(
                           date_trunc('month', %s::date), %s::date, '1 month') AS m
                     WHERE m::date <= %s) AS months""",
                date_to,
                today,
                date_from,
                date_to,
                today,
            )
        else:
            months = SQL(
                "(SELECT %s::date AS month, %s::date AS as_of) AS months",
                fields.Date.start_of(date_to, "month"),
                min(date_to, today),
            )
        rows = self.env.execute_query(
            SQL(
                """SELECT %s COALESCE(SUM(%s) FILTER (WHERE %s < %s), 0),
                          COALESCE(SUM(%s), 0)
                     FROM %s CROSS JOIN %s WHERE %s %s""",
                SQL("").join(SQL("%s, ", group) for group in groups),
                amount,
                column["payment_due_on"],
                as_of,
                amount,
                query.from_clause,
                months,
                SQL(" AND ").join(conditions),
                SQL("GROUP BY %s", SQL(", ").join(groups)) if groups else SQL(),
            )
        )
        size = len(group_by)
        return {
            tuple(row[:size]): (float(row[size]), float(row[size + 1])) for row in rows
        }

    @api.model
    def _kpi_k33_action(self, companies, date_from, date_to, part, filters=None):
        """Cases that are unpaid today; overdue ones for the numerator."""
        filters = dict(filters or {})
        _first, last = self._day_bounds(filters, date_from, date_to)
        Claim = self.env["dealer.claim"].with_context(allowed_company_ids=companies.ids)
        domain = (
            Domain("company_id", "in", companies.ids)
            & Claim._unpaid_domain()
            & Domain("submitted_on", "<=", last)
        )
        for key, value in filters.items():
            if key in self._FILE_FIELDS:
                domain &= Domain(self._FILE_FIELDS[key], "=", value or False)
        if filters.get("claim_age"):
            index = int(filters["claim_age"])
            if index < len(AGE_BOUNDS):
                oldest = last - timedelta(days=AGE_BOUNDS[index])
                domain &= Domain("submitted_on", ">=", oldest)
            if index:
                newest = last - timedelta(days=AGE_BOUNDS[index - 1])
                domain &= Domain("submitted_on", "<", newest)
        if part == "numerator":
            domain &= Domain("payment_due_on", "<", last)
        return self._records_action("dealer.claim", domain, self.env._("Unpaid Cases"))

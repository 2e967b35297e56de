from typing import NamedTuple

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL


class LedgerFigures(NamedTuple):
    """Issued premium of one group, company currency (K12, K15, K16)."""

    cars: int = 0
    gross: float = 0.0
    net: float = 0.0


NO_PREMIUM = LedgerFigures()


class DealerKpiEngine(models.AbstractModel):
    """Figures of the ledger: premium, average premium, shares, fees, compliance."""

    _inherit = "dealer.kpi.engine"

    # ----------------------------------------------------------------------- Ledger
    @api.model
    def _ledger_domain(
        self, companies, zone, date_from, date_to, filters=None, moment="issued_at"
    ):
        """Ledger entries of a period that are not void.

        :param zone: name of the time zone that these stores share
        :param moment: datetime field that places an entry in the period
        """
        filters = dict(filters or {})
        first, last = self._utc_bounds(
            zone, *self._day_bounds(filters, date_from, date_to)
        )
        domain = (
            Domain("company_id", "in", companies.ids)
            & Domain(moment, ">=", first)
            & Domain(moment, "<=", last)
            & Domain("voided_at", "=", False)
        )
        fields_of = {
            "company": "company_id",
            "consultant": "consultant_id",
            "insurer": "insurer_id",
        }
        for key, value in filters.items():
            if key in fields_of:
                domain &= Domain(fields_of[key], "=", value or False)
            elif key == "business":
                operator = "=" if value == "new" else "!="
                domain &= Domain("business_type", operator, "new_car")
        return domain

    @api.model
    def _sudo_ledger_dimension(self, dimension, query, zone, moment="issued_at"):
        """SQL of a dimension of ``dealer.underwriting``."""
        Entry = self.env["dealer.underwriting"].sudo()
        alias = query.table
        if dimension in ("day", "month"):
            stamp = Entry._field_to_sql(alias, moment, query)
            day = SQL("(%s AT TIME ZONE 'UTC' AT TIME ZONE %s)::date", stamp, zone)
            return self._day_dimension(dimension, day)
        if dimension == "business":
            return SQL(
                "CASE WHEN %s = 'new_car' THEN 'new' ELSE 'renewal' END",
                Entry._field_to_sql(alias, "business_type", query),
            )
        name = {
            "company": "company_id",
            "consultant": "consultant_id",
            "insurer": "insurer_id",
        }[dimension]
        return Entry._field_to_sql(alias, name, query)

    @api.model
    def _ledger_figures(self, companies, date_from, date_to, group_by=(), filters=None):
        """Cars and premium by day of issue, one statement for each time zone.

        ``gross`` is what the policies cost when they were issued; ``net`` has the
        endorsements and refunds of the period as well.

        :param group_by: tuple of dimensions: company, month, day, consultant, insurer,
            business
        :return: {group tuple: :class:`LedgerFigures`}
        """
        self._check_stores(companies)
        return self._sudo_ledger_figures(
            companies, date_from, date_to, tuple(group_by), filters
        )

    @api.model
    def _sudo_ledger_figures(self, companies, date_from, date_to, group_by, filters):
        Entry = self.env["dealer.underwriting"].sudo()
        result = {}
        for zone, stores in self._by_timezone(companies):
            domain = self._ledger_domain(stores, zone, date_from, date_to, filters)
            query = Entry._search(domain)
            dimensions = [
                self._sudo_ledger_dimension(key, query, zone) for key in group_by
            ]
            vehicle, kind, ctpl, commercial = (
                Entry._field_to_sql(query.table, name, query)
                for name in (
                    "vehicle_id",
                    "entry_type",
                    "ctpl_premium",
                    "commercial_premium",
                )
            )
            premium = SQL("COALESCE(%s, 0) + COALESCE(%s, 0)", ctpl, commercial)
            per_car = {
                "car": SQL("COUNT(%s) FILTER (WHERE %s = 'issue') > 0", vehicle, kind),
                "gross": SQL("SUM(%s) FILTER (WHERE %s = 'issue')", premium, kind),
                "net": SQL("SUM(%s)", premium),
            }
            totals = [
                SQL("COUNT(*) FILTER (WHERE car)"),
                SQL("COALESCE(SUM(gross), 0)"),
                SQL("COALESCE(SUM(net), 0)"),
            ]
            rows = self._select_grouped(query, vehicle, dimensions, per_car, totals)
            size = len(dimensions)
            for row in rows:
                known = result.get(tuple(row[:size]), NO_PREMIUM)
                cars, gross, net = row[size:]
                result[tuple(row[:size])] = LedgerFigures(
                    known.cars + cars,
                    known.gross + float(gross),
                    known.net + float(net),
                )
        return result

    @api.model
    def _open_ledger(
        self, companies, date_from, date_to, filters, extra=Domain.TRUE, name=None
    ):
        """Window action with the ledger entries behind a number."""
        domain = Domain.OR(
            self._ledger_domain(stores, zone, date_from, date_to, filters)
            for zone, stores in self._by_timezone(companies)
        )
        return self._records_action(
            "dealer.underwriting", domain & extra, name or self.env._("Ledger Entries")
        )

    # ---------------------------------------------------------------- K12 renewals
    @api.model
    def _kpi_k12(self, companies, date_from, date_to, group_by=(), filters=None):
        """Renewed cars: distinct cars with a policy that is not new-car business."""
        filters = {**(filters or {}), "business": "renewal"}
        found = self._ledger_figures(companies, date_from, date_to, group_by, filters)
        return {group: (ledger.cars, None) for group, ledger in found.items()}

    @api.model
    def _kpi_k12_action(self, companies, date_from, date_to, part, filters=None):
        filters = {**(filters or {}), "business": "renewal"}
        return self._open_issued(companies, date_from, date_to, filters)

    @api.model
    def _kpi_k12_premium(
        self, companies, date_from, date_to, group_by=(), filters=None
    ):
        """Premium of renewals: compulsory and commercial, without endorsements."""
        filters = {**(filters or {}), "business": "renewal"}
        found = self._ledger_figures(companies, date_from, date_to, group_by, filters)
        return {group: (ledger.gross, None) for group, ledger in found.items()}

    _kpi_k12_premium_action = _kpi_k12_action

    def _open_issued(self, companies, date_from, date_to, filters):
        issued = Domain("entry_type", "=", "issue")
        return self._open_ledger(companies, date_from, date_to, filters, issued)

    # --------------------------------------------------------- K15 average premium
    @api.model
    def _kpi_k15(self, companies, date_from, date_to, group_by=(), filters=None):
        """Premium per car: compulsory and commercial premium ÷ distinct cars."""
        found = self._ledger_figures(companies, date_from, date_to, group_by, filters)
        return {group: (ledger.gross, ledger.cars) for group, ledger in found.items()}

    @api.model
    def _kpi_k15_action(self, companies, date_from, date_to, part, filters=None):
        return self._open_issued(companies, date_from, date_to, filters)

    @api.model
    def _kpi_k15_net(self, companies, date_from, date_to, group_by=(), filters=None):
        """Premium per car with the endorsements and refunds of the period."""
        found = self._ledger_figures(companies, date_from, date_to, group_by, filters)
        return {group: (ledger.net, ledger.cars) for group, ledger in found.items()}

    @api.model
    def _kpi_k15_net_action(self, companies, date_from, date_to, part, filters=None):
        if part == "numerator":
            return self._open_ledger(companies, date_from, date_to, filters)
        return self._open_issued(companies, date_from, date_to, filters)

    @api.model
    def _kpi_k15_new(self, companies, date_from, date_to, group_by=(), filters=None):
        """Premium per new car."""
        filters = {**(filters or {}), "business": "new"}
        return self._kpi_k15(companies, date_from, date_to, group_by, filters)

    @api.model
    def _kpi_k15_new_action(self, companies, date_from, date_to, part, filters=None):
        filters = {**(filters or {}), "business": "new"}
        return self._open_issued(companies, date_from, date_to, filters)

    @api.model
    def _kpi_k15_renewal(
        self, companies, date_from, date_to, group_by=(), filters=None
    ):
        """Premium per renewed car."""
        filters = {**(filters or {}), "business": "renewal"}
        return self._kpi_k15(companies, date_from, date_to, group_by, filters)

    _kpi_k15_renewal_action = _kpi_k12_action

    # ------------------------------------------------------ K16 premium and shares
    @api.model
    def _kpi_k16(self, companies, date_from, date_to, group_by=(), filters=None):
        """Total premium with the endorsements and refunds of the period."""
        found = self._ledger_figures(companies, date_from, date_to, group_by, filters)
        return {group: (ledger.net, None) for group, ledger in found.items()}

    @api.model
    def _kpi_k16_action(self, companies, date_from, date_to, part, filters=None):
        return self._open_ledger(companies, date_from, date_to, filters)

    @api.model
    def _kpi_k16_share(self, companies, date_from, date_to, group_by=(), filters=None):
        """Share of an insurer: its premium ÷ the premium of all insurers."""
        group_by = tuple(group_by)
        found = self._ledger_figures(companies, date_from, date_to, group_by, filters)
        rest = [index for index, key in enumerate(group_by) if key != "insurer"]
        totals = {}
        for group, ledger in found.items():
            other = tuple(group[index] for index in rest)
            totals[other] = totals.get(other, 0.0) + ledger.net
        return {
            group: (ledger.net, totals[tuple(group[index] for index in rest)])
            for group, ledger in found.items()
        }

    @api.model
    def _kpi_k16_share_action(self, companies, date_from, date_to, part, filters=None):
        filters = dict(filters or {})
        if part == "denominator":
            filters.pop("insurer", None)
        return self._open_ledger(companies, date_from, date_to, filters)

    # ----------------------------------------------------------------- K17 fee rate
    @api.model
    def _kpi_k17(self, companies, date_from, date_to, group_by=(), filters=None):
        """Fee rate: agency fee ex VAT ÷ premium ex VAT, both after endorsements.

        Every policy and every effective endorsement counts in the period of its own
        ledger entry, with the VAT share that was frozen with it.
        """
        return self._sudo_fee_figures(
            companies, date_from, date_to, tuple(group_by), filters
        )

    @api.model
    def _sudo_fee_figures(self, companies, date_from, date_to, group_by, filters):
        Entry = self.env["dealer.underwriting"].sudo()
        for model, names in (
            ("dealer.policy", ["product", "premium", "expected_fee", "fee_vat_rate"]),
            ("dealer.endorsement", ["product", "premium", "expected_fee", "state"]),
        ):
            self.env[model].sudo().flush_model(names)
        result = {}
        for zone, stores in self._by_timezone(companies):
            domain = self._ledger_domain(stores, zone, date_from, date_to, filters)
            query = Entry._search(domain)
            dimensions = [
                SQL("line.product")
                if key == "product"
                else self._sudo_ledger_dimension(key, query, zone)
                for key in group_by
            ]
            product = (filters or {}).get("product")
            select = [
                *dimensions,
                SQL("SUM(line.expected_fee)"),
                SQL("SUM(line.premium / (1 + COALESCE(line.fee_vat_rate, 0)))"),
            ]
            rows = self.env.execute_query(
                SQL(
                    """
                    SELECT %(select)s
                      FROM %(entries)s
                      JOIN (
                            SELECT underwriting_id, product, premium, expected_fee,
                                   fee_vat_rate
                              FROM dealer_policy
                         UNION ALL
                            SELECT change.underwriting_id, change.product,
                                   change.premium, change.expected_fee,
                                   policy.fee_vat_rate
                              FROM dealer_endorsement change
                              JOIN dealer_policy policy ON policy.id = change.policy_id
                             WHERE change.state = 'effective'
                           ) line ON line.underwriting_id = %(entry)s
                     WHERE %(where)s %(product)s
                     %(group)s
                    """,
                    select=SQL(", ").join(select),
                    entries=query.from_clause,
                    entry=SQL.identifier(query.table, "id"),
                    where=query.where_clause,
                    product=SQL("AND line.product = %s", product) if product else SQL(),
                    group=SQL("GROUP BY %s", SQL(", ").join(dimensions))
                    if dimensions
                    else SQL(),
                )
            )
            size = len(dimensions)
            for row in rows:
                fee, base = result.get(tuple(row[:size]), (0.0, 0.0))
                result[tuple(row[:size])] = (
                    fee + float(row[size] or 0.0),
                    base + float(row[size + 1] or 0.0),
                )
        return result

    @api.model
    def _kpi_k17_action(self, companies, date_from, date_to, part, filters=None):
        return self._open_ledger(companies, date_from, date_to, filters)

    # ------------------------------------------------- K40 archive, K41 hand-over
    @api.model
    def _kpi_k40(self, companies, date_from, date_to, group_by=(), filters=None):
        """Archive in time: entered within the hours of the store ÷ new-car policies."""
        good = Domain("entered_at", "!=", False) & Domain("is_entered_late", "=", False)
        return self._sudo_counts(
            "dealer.archive",
            "started_at",
            good,
            companies,
            date_from,
            date_to,
            group_by,
            {**(filters or {}), "in_store": True},
        )

    @api.model
    def _kpi_k40_action(self, companies, date_from, date_to, part, filters=None):
        good = Domain("entered_at", "!=", False) & Domain("is_entered_late", "=", False)
        return self._open_counts(
            "dealer.archive",
            "started_at",
            good,
            companies,
            date_from,
            date_to,
            part,
            {**(filters or {}), "in_store": True},
            self.env._("Archives of the Period"),
        )

    @api.model
    def _kpi_k41(self, companies, date_from, date_to, group_by=(), filters=None):
        """Compliant hand-overs: signed, concessions in order, nothing waived ÷ all."""
        return self._sudo_counts(
            "dealer.underwriting",
            "delivered_at",
            self._compliant_hand_over(companies),
            companies,
            date_from,
            date_to,
            group_by,
            filters,
        )

    @api.model
    def _kpi_k41_action(self, companies, date_from, date_to, part, filters=None):
        return self._open_counts(
            "dealer.underwriting",
            "delivered_at",
            self._compliant_hand_over(companies),
            companies,
            date_from,
            date_to,
            part,
            filters,
            self.env._("Hand-overs"),
        )

    @api.model
    def _compliant_hand_over(self, companies):
        """Both guards of the hand-over are satisfied and none was waived."""
        # sudo: which entries carry a waiver is a number here, not its text
        log_sudo = self.env["dealer.override"].sudo()
        [[found]] = log_sudo._read_group(
            [
                ("res_model", "=", "dealer.underwriting"),
                ("transition", "=", "deliver"),
                ("company_id", "in", companies.ids),
            ],
            [],
            ["res_id:array_agg"],
        )
        waived = sorted(set(found or ()))
        open_concession = Domain(
            "concession_ids.state",
            "in",
            ("over_limit", "requested", "refused", "forbidden"),
        )
        return (
            Domain("cashier_signed", "=", True)
            & ~open_concession
            & Domain("id", "not in", waived)
        )

    @api.model
    def _count_domain(self, moment, companies, zone, date_from, date_to, filters):
        filters = dict(filters or {})
        first, last = self._utc_bounds(
            zone, *self._day_bounds(filters, date_from, date_to)
        )
        domain = (
            Domain("company_id", "in", companies.ids)
            & Domain(moment, ">=", first)
            & Domain(moment, "<=", last)
        )
        names = {
            "company": "company_id",
            "consultant": "consultant_id",
            "insurer": "insurer_id",
            "in_store": "in_store",
        }
        for key, value in filters.items():
            if key in names:
                domain &= Domain(names[key], "=", value or False)
        return domain

    @api.model
    def _sudo_counts(
        self, model, moment, good, companies, date_from, date_to, group_by, filters
    ):
        """Records of a period and the good ones among them, two statements.

        :param moment: datetime field that places a record in the period
        :param good: domain of what the numerator counts
        """
        names = {
            "company": "company_id",
            "consultant": "consultant_id",
            "insurer": "insurer_id",
            "month": f"{moment}:month",
            "day": f"{moment}:day",
        }
        groups = [names[key] for key in group_by]
        result = {}
        for zone, stores in self._by_timezone(companies):
            Model = self.env[model].sudo().with_context(tz=zone)
            domain = self._count_domain(
                moment, stores, zone, date_from, date_to, filters
            )
            for index, part in enumerate((good & domain, domain)):
                for *group, count in Model._read_group(part, groups, ["__count"]):
                    key = tuple(self._group_value(value) for value in group)
                    pair = result.setdefault(key, [0, 0])
                    pair[index] += count
        return {group: tuple(pair) for group, pair in result.items()}

    @staticmethod
    def _group_value(value):
        """Id of a record, day of a moment, else the value itself."""
        if isinstance(value, models.BaseModel):
            return value.id or False
        return value.date() if hasattr(value, "date") else value

    @api.model
    def _open_counts(
        self, model, moment, good, companies, date_from, date_to, part, filters, name
    ):
        domain = Domain.OR(
            self._count_domain(moment, stores, zone, date_from, date_to, filters)
            for zone, stores in self._by_timezone(companies)
        )
        if part == "numerator":
            domain &= good
        return self._records_action(model, domain, name)

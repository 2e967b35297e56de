from odoo import api, models
from odoo.fields import Domain


class DealerKpiEngine(models.AbstractModel):
    """Figures of claim money: collection, accuracy, customer's part, refunds."""

    _inherit = "dealer.kpi.engine"

    @api.model
    def _claim_money_domain(self, companies, filters=None):
        """Claims of stores, narrowed by insurer and receptionist; without void ones."""
        domain = self._money_domain(companies, filters) & Domain(
            "voided_at", "=", False
        )
        if "receptionist" in (filters or {}):
            domain &= Domain("receptionist_id", "=", filters["receptionist"] or False)
        return domain

    # ---------------------------------------------------------------- K32 collection
    @api.model
    def _submitted_domain(self, companies, date_from, date_to, filters=None):
        """Cases handed to the insurer in the period."""
        first, last = self._day_bounds(filters or {}, date_from, date_to)
        return (
            self._claim_money_domain(companies, filters)
            & Domain("submitted_on", ">=", first)
            & Domain("submitted_on", "<=", last)
        )

    @api.model
    def _kpi_k32(self, companies, date_from, date_to, group_by=(), filters=None):
        """Received ÷ expected of the cases submitted in the period."""
        self._check_stores(companies)
        found = self._money_sums(
            "dealer.claim",
            self._submitted_domain(companies, date_from, date_to, filters),
            group_by,
            "submitted_on",
            ["insurer_received:sum", "expected_insurer_payment:sum"],
        )
        return {group: tuple(sums) for group, sums in found.items()}

    @api.model
    def _kpi_k32_action(self, companies, date_from, date_to, part, filters=None):
        return self._records_action(
            "dealer.claim",
            self._submitted_domain(companies, date_from, date_to, filters),
            self.env._("Submitted Claims"),
        )

    @api.model
    def _paid_domain(self, companies, date_from, date_to, filters=None):
        return self._submitted_domain(companies, date_from, date_to, filters) & Domain(
            "insurer_paid_on", "!=", False
        )

    @api.model
    def _kpi_k32_accuracy(
        self, companies, date_from, date_to, group_by=(), filters=None
    ):
        """Cases paid as expected ÷ paid cases, of those submitted in the period."""
        self._check_stores(companies)
        return self._share_of(
            "dealer.claim",
            self._paid_domain(companies, date_from, date_to, filters),
            group_by,
            "submitted_on",
            "is_payment_accurate",
        )

    @api.model
    def _kpi_k32_accuracy_action(
        self, companies, date_from, date_to, part, filters=None
    ):
        domain = self._paid_domain(companies, date_from, date_to, filters)
        if part == "numerator":
            domain &= Domain("is_payment_accurate", "=", True)
        return self._records_action("dealer.claim", domain, self.env._("Paid Claims"))

    @api.model
    def _share_of(self, model, domain, group_by, day_field, flag):
        """Records with a stored flag ÷ all, by group; one query.

        :param flag: boolean field of the numerator
        :return: {group tuple: (with the flag, all)}
        """
        group_by = tuple(group_by)
        names = [
            f"{day_field}:{key}" if key in ("month", "day") else f"{key}_id"
            for key in group_by
        ]
        result = {}
        for *group, good, count in self.env[model]._read_group(
            domain, [*names, flag], ["__count"]
        ):
            key = tuple(
                value.id if isinstance(value, models.BaseModel) else value
                for value in group
            )
            with_flag, every = result.get(key, (0, 0))
            result[key] = (with_flag + count * bool(good), every + count)
        return result

    # --------------------------------------------------- K34 customer's part in time
    @api.model
    def _released_domain(self, companies, zone, date_from, date_to, filters=None):
        """Released cars of which the customer pays a part."""
        filters = filters or {}
        first, last = self._utc_bounds(
            zone, *self._day_bounds(filters, date_from, date_to)
        )
        return (
            self._claim_money_domain(companies, filters)
            & Domain("released_at", ">=", first)
            & Domain("released_at", "<=", last)
            & Domain("customer_share", ">", 0)
        )

    @api.model
    def _kpi_k34(self, companies, date_from, date_to, group_by=(), filters=None):
        """Customer's part received before the release ÷ his part (must be 100 %)."""
        self._check_stores(companies)
        result = {}
        for zone, stores in self._by_timezone(companies):
            found = self.with_context(tz=zone)._money_sums(
                "dealer.claim",
                self._released_domain(stores, zone, date_from, date_to, filters),
                group_by,
                "released_at",
                ["self_paid_before_release:sum", "customer_share:sum"],
            )
            for group, (received, due) in found.items():
                group = tuple(
                    value.date() if hasattr(value, "date") else value for value in group
                )
                before = result.get(group, (0.0, 0.0))
                result[group] = (before[0] + received, before[1] + due)
        return result

    @api.model
    def _kpi_k34_action(self, companies, date_from, date_to, part, filters=None):
        domain = Domain.OR(
            self._released_domain(stores, zone, date_from, date_to, filters)
            for zone, stores in self._by_timezone(companies)
        )
        return self._records_action("dealer.claim", domain, self.env._("Released Cars"))

    # ------------------------------------------------------------- K35 refunds in time
    @api.model
    def _refund_domain(self, companies, date_from, date_to, filters=None):
        """Refunds that fell due in the period; what may still be paid is not judged."""
        filters = filters or {}
        first, last = self._day_bounds(filters, date_from, date_to)
        domain = (
            self._money_domain(companies, filters)
            & Domain("state", "!=", "cancelled")
            & Domain("due_on", ">=", first)
            & Domain("due_on", "<=", last)
            & (
                Domain("paid_on", "!=", False)
                | Domain.OR(
                    Domain("company_id", "=", company.id)
                    & Domain("due_on", "<", company._dealer_today())
                    for company in companies
                )
            )
        )
        if "receptionist" in filters:
            domain &= Domain("receptionist_id", "=", filters["receptionist"] or False)
        return domain

    @api.model
    def _kpi_k35(self, companies, date_from, date_to, group_by=(), filters=None):
        """Refunds paid within the working days of the store ÷ refunds that fell due."""
        self._check_stores(companies)
        return self._share_of(
            "dealer.claim.refund",
            self._refund_domain(companies, date_from, date_to, filters),
            group_by,
            "due_on",
            "is_in_time",
        )

    @api.model
    def _kpi_k35_action(self, companies, date_from, date_to, part, filters=None):
        domain = self._refund_domain(companies, date_from, date_to, filters)
        if part == "numerator":
            domain &= Domain("is_in_time", "=", True)
        return self._records_action(
            "dealer.claim.refund", domain, self.env._("Refunds That Fell Due")
        )

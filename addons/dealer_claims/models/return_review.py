from collections import Counter

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.dealer_base.tools.review import Column, Figure, Table, ratio

KIND = "return_to_store"
NO_REASON = "-"
TREND_MONTHS = 6
PARTS = (
    *("calls", "answered", "surveyed", "dispatched", "scope", "returned"),
    *("pushed", "pushed_back", "not_returned", "complete"),
)


class DealerReview(models.Model):
    """Monthly analysis of the cars that returned to the store, or did not (S64)."""

    _inherit = "dealer.review"

    kind = fields.Selection(
        selection_add=[(KIND, "Return-to-store Analysis")],
        ondelete={KIND: "cascade"},
    )

    # ----------------------------------------------------------------- The kind
    @api.model
    def _kind_posts_return_to_store(self):
        return "claim_leader", ("insurance_manager", "store_manager")

    @api.model
    def _source_return_to_store(self):
        return "return"

    def _labels_return_to_store(self):
        _ = self.env._
        return {
            "calls": _("Accident calls"),
            "answered_rate": _("Answered calls (K20)"),
            "dispatch_rate": _("Dispatched in time (K20)"),
            "accidents": _("Repairable accidents"),
            "returned": _("Returned within the window"),
            "return_rate": _("Return rate (K21)"),
            "push_rate": _("Leads of insurers returned (K22)"),
            "not_returned": _("Not returned (K23)"),
            "pending": _("Still followed up"),
            "change_month": _("Change to the month before (K24)"),
            "change_year": _("Change to the year before (K24)"),
            "complete_rate": _("Complete records (S62)"),
        }

    def _tables_return_to_store(self):
        _ = self.env._
        reason = Column(
            "reason", _("Reason"), "choices", self._return_reason_choices(), 20
        )
        count = Column("count", _("Cars"), "count", width=9)
        return [
            Table(
                "missing",
                _("Cars That Did Not Return"),
                (
                    Column("date", _("Called On"), "date", width=10),
                    Column("call", _("Call No."), width=13),
                    Column("plate", _("Plate"), width=10),
                    Column("customer", _("Caller"), width=9),
                    Column("agent", _("Agent"), width=9),
                    Column("insurer", _("Insurer"), width=11),
                    reason,
                    Column("text", _("In Words")),
                ),
                _("Every car returned."),
            ),
            Table(
                "reasons",
                _("Not Returned by Reason"),
                (
                    reason,
                    count,
                    Column("share", _("Share"), "share", width=12),
                    Column("before", _("Month Before"), "count", width=14),
                ),
                _("Every car returned."),
            ),
            Table(
                "trend",
                _("Trend"),
                (
                    Column("month", _("Month"), width=12),
                    Column("calls", _("Calls"), "count", width=11),
                    Column("accidents", _("Repairable"), "count", width=12),
                    Column("returned", _("Returned"), "count", width=12),
                    Column("rate", _("Return Rate"), "share", width=13),
                    Column("push_rate", _("Leads Returned"), "share", width=14),
                    Column("not_returned", _("Not Returned"), "count", width=13),
                ),
                _("No calls."),
            ),
            Table(
                "agents",
                _("By Hotline Specialist"),
                (
                    Column("agent", _("Hotline Specialist")),
                    Column("calls", _("Calls"), "count", width=11),
                    Column("accidents", _("Repairable"), "count", width=12),
                    Column("returned", _("Returned"), "count", width=12),
                    Column("rate", _("Return Rate"), "share", width=13),
                    Column("complete", _("Complete Records"), "share", width=15),
                ),
                _("No calls."),
            ),
        ]

    def _return_reason_choices(self):
        """What the codes in the rows mean; frozen rows speak no language."""
        reasons = self.env["dealer.reason.code"].with_context(active_test=False)
        found = reasons.search([("category", "=", "not_returned")])
        return {
            NO_REASON: self.env._("No reason"),
            **{reason.code: reason.display_name for reason in found},
        }

    # -------------------------------------------------------------------- Data
    def _call_numbers(self, first, last, group_by=()):
        """Numbers of calls of a period, from the one definition of the figures."""
        counts = self.env["dealer.kpi.engine"]._call_counts(
            self.company_id, first, last, group_by, {}, *PARTS
        )
        return {
            group: dict(zip(PARTS, numbers, strict=True))
            for group, numbers in counts.items()
        }

    def _figures_return_to_store(self):
        """Figures of the month and of the month before; a month ago, a year ago."""
        result = {}
        units = dict.fromkeys(
            (
                *("answered_rate", "dispatch_rate", "return_rate", "push_rate"),
                *("change_month", "change_year", "complete_rate"),
            ),
            "share",
        )
        for review in self:
            months = review._months_of_calls()
            first = review.date_from
            now = review._return_numbers(months, first)
            before = review._return_numbers(months, first - relativedelta(months=1))
            result[review] = [
                Figure(code, value, before[code], units.get(code, "count"))
                for code, value in now.items()
            ]
        return result

    def _months_of_calls(self):
        """Numbers of this month and the fourteen before it, in one reading."""
        first = self.date_from - relativedelta(months=14)
        found = self._call_numbers(first, self.date_to, ("month",))
        return {month: numbers for (month,), numbers in found.items()}

    def _return_numbers(self, months, first):
        now = months.get(first) or dict.fromkeys(PARTS, 0)
        rate = ratio(now["returned"], now["scope"])

        def change(step):
            then = months.get(first - relativedelta(months=step))
            old = then and ratio(then["returned"], then["scope"])
            return None if rate is None or old is None else rate - old

        came = self._came(first)
        return {
            "calls": now["calls"],
            "answered_rate": ratio(now["answered"], now["calls"]),
            "dispatch_rate": ratio(now["dispatched"], now["surveyed"]),
            "accidents": now["scope"],
            "returned": now["returned"],
            "return_rate": rate,
            "push_rate": ratio(now["pushed_back"], now["pushed"]),
            "not_returned": now["not_returned"],
            "pending": now["answered"] - now["not_returned"] - came,
            "change_month": change(1),
            "change_year": change(12),
            "complete_rate": ratio(now["complete"], now["answered"]),
        }

    def _came(self, first):
        """Cars of the calls of a month that came, in the window or later."""
        domain = self._call_period(first, fields.Date.end_of(first, "month"))
        return self.env["dealer.accident.call"].search_count(
            domain
            & Domain("is_missed", "=", False)
            & Domain("outcome", "=", "returned")
        )

    def _call_period(self, first, last):
        return self.env["dealer.kpi.engine"]._call_domain(self.company_id, first, last)

    def _stayed_calls(self, first, last):
        return self.env["dealer.accident.call"].search(
            self._call_period(first, last) & Domain("outcome", "=", "not_returned"),
            order="call_at, id",
        )

    def _rows_return_to_store(self):
        return {
            review: {
                "missing": review._missing_rows(),
                "reasons": review._stay_reason_rows(),
                "trend": review._trend_rows(),
                "agents": review._agent_rows(),
            }
            for review in self
        }

    def _missing_rows(self):
        return [
            {
                "date": call.company_id._dealer_local_day(call.call_at),
                "call": call.name,
                "plate": call.plate or call.vin or "",
                "customer": call.caller_name or "",
                "agent": call.agent_id.name or "",
                "insurer": call.insurer_id.name or "",
                "reason": call.not_return_reason_id.code or NO_REASON,
                "text": call.not_return_text or "",
            }
            for call in self._stayed_calls(self.date_from, self.date_to)
        ]

    def _stay_reason_rows(self):
        def count(first, last):
            calls = self._stayed_calls(first, last)
            return Counter(
                call.not_return_reason_id.code or NO_REASON for call in calls
            )

        now = count(self.date_from, self.date_to)
        before = count(*self._month_before())
        return [
            {
                "reason": reason,
                "count": now[reason],
                "share": ratio(now[reason], now.total()),
                "before": before[reason],
            }
            for reason in sorted({*now, *before}, key=lambda name: (-now[name], name))
        ]

    def _trend_rows(self):
        months = self._months_of_calls()
        rows = []
        for step in reversed(range(TREND_MONTHS)):
            month = self.date_from - relativedelta(months=step)
            numbers = months.get(month)
            if numbers:
                rows.append(
                    {
                        "month": month.strftime("%Y-%m"),
                        "calls": numbers["calls"],
                        "accidents": numbers["scope"],
                        "returned": numbers["returned"],
                        "rate": ratio(numbers["returned"], numbers["scope"]),
                        "push_rate": ratio(numbers["pushed_back"], numbers["pushed"]),
                        "not_returned": numbers["not_returned"],
                    }
                )
        return rows

    def _agent_rows(self):
        found = self._call_numbers(self.date_from, self.date_to, ("agent",))
        staff = self.env["dealer.staff"].browse([key for (key,) in found if key])
        names = {person.id: person.name for person in staff}
        rows = [
            {
                "agent": names.get(key, ""),
                "calls": numbers["calls"],
                "accidents": numbers["scope"],
                "returned": numbers["returned"],
                "rate": ratio(numbers["returned"], numbers["scope"]),
                "complete": ratio(numbers["complete"], numbers["answered"]),
            }
            for (key,), numbers in found.items()
        ]
        return sorted(rows, key=lambda row: (-row["calls"], row["agent"]))

    def action_view_calls(self):
        """Open the calls of the month."""
        self.check_access("read")
        self.ensure_one()
        return self.env["dealer.kpi.engine"]._open_calls(
            self.company_id, self.date_from, self.date_to, "calls", {}
        )

    # --------------------------------------------------------------------- Cron
    @api.model
    def _cron_return_reviews(self):
        """On the first of the month: the analysis of the month before, per store.

        It makes up for a day on which the server slept, and does nothing twice.
        """
        months = self._months_before()
        if not months:
            return
        engine = self.env["dealer.kpi.engine"]
        domain = Domain.OR(
            engine._call_domain(company, first, fields.Date.end_of(first, "month"))
            for company, first in months.items()
        )
        busy = self.env["dealer.accident.call"]._read_group(domain, ["company_id"])
        self._create_missing(KIND, {company: months[company] for (company,) in busy})

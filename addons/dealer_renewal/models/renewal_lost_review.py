from collections import Counter, defaultdict

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.dealer_base.tools.review import Column, Figure, Table, ratio
from odoo.addons.dealer_insurance.models.lost_review import NO_CODE

from .renewal_due_result import SEGMENTS

KIND = "renewal_lost"
UNITS = {
    "rate": "share",
    "on_time_rate": "share",
    "lost_rate": "share",
    "other_share": "share",
    "premium_gap": "money",
}


class DealerReview(models.Model):
    """Monthly analysis of the renewals that were lost (S72, S73).

    The cars are those of the frozen due list of the month; the losses are those whose
    customer said so in the month (K13).
    """

    _inherit = "dealer.review"

    kind = fields.Selection(
        selection_add=[(KIND, "Lost Renewal Analysis")],
        ondelete={KIND: "cascade"},
    )

    # ----------------------------------------------------------------- The kind
    @api.model
    def _kind_posts_renewal_lost(self):
        return "renewal_agent", ("insurance_manager", "store_manager")

    @api.model
    def _source_renewal_lost(self):
        return "renewal"

    @api.model
    def _lost_case_kinds(self):
        # EXTENDS dealer_insurance
        return {**super()._lost_case_kinds(), KIND: "renewal"}

    def _labels_renewal_lost(self):
        _ = self.env._
        return {
            "due": _("Due cars"),
            "renewed": _("Renewed"),
            "rate": _("Renewal rate (K04)"),
            "on_time_rate": _("Renewed on time (K05)"),
            "open": _("Still open"),
            "lapsed": _("Not renewed, no loss written"),
            "lost": _("Losses of the month"),
            "lost_rate": _("Lost rate (K13)"),
            "other_share": _("Share of reason “other”"),
            "premium_gap": _("Dearer than the competitor, average"),
        }

    def _tables_renewal_lost(self):
        _ = self.env._
        reason = Column(
            "reason", _("Reason"), "choices", self._coded_reasons("renewal_lost"), 30
        )
        count = Column("count", _("Cars"), "count", width=9)
        return [
            Table(
                "reasons",
                _("Lost by Reason"),
                (
                    reason,
                    count,
                    Column("share", _("Share"), "share", width=12),
                    Column("before", _("Month Before"), "count", width=14),
                ),
                _("No renewal was lost."),
            ),
            Table(
                "agents",
                _("Due and Lost by Specialist"),
                (
                    Column("agent", _("Specialist")),
                    Column("due", _("Cars Due"), "count", width=9),
                    Column("renewed", _("Renewed"), "count", width=9),
                    Column("rate", _("Renewal Rate"), "share", width=12),
                    Column("lapsed", _("No Loss Written"), "count", width=12),
                    Column("lost", _("Lost in Month"), "count", width=12),
                ),
                _("No car was due."),
            ),
            Table(
                "segments",
                _("Due by Segment"),
                (
                    Column("segment", _("Segment"), "choices", self._segments(), 30),
                    Column("due", _("Cars Due"), "count", width=9),
                    Column("renewed", _("Renewed"), "count", width=9),
                    Column("rate", _("Renewal Rate"), "share", width=12),
                ),
                _("No car was due."),
            ),
            Table(
                "competitors",
                _("Reason, Specialist and Competitor"),
                (
                    reason,
                    Column("agent", _("Specialist")),
                    Column("channel", _("Insures At"), "choices", self._channels()),
                    Column("insurer", _("Insurer")),
                    count,
                    Column("gap", _("Dearer By"), "money", width=13),
                ),
                _("No renewal was lost."),
            ),
            Table(
                "lapsed",
                _("Not Renewed, No Loss Written"),
                (
                    Column("agent", _("Specialist"), width=11),
                    Column("customer", _("Customer"), width=14),
                    Column("vin", _("VIN"), width=19),
                    Column("expiry", _("Cover Ended"), "date", width=11),
                    Column("premium", _("Premium Due"), "money", width=13),
                ),
                _("Every car that was not renewed has its reason."),
            ),
        ]

    def _segments(self):
        field = self.env["dealer.renewal.due"]._fields["segment"]
        return dict(field._description_selection(self.env))

    # -------------------------------------------------------------------- Data
    def _due_cars(self, first, last):
        """Results of the store's own policies that end in a period."""
        return self.env["dealer.renewal.result"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("is_own", "=", True),
                ("due_count", "=", 1),
                ("expiry_date", ">=", first),
                ("expiry_date", "<=", last),
            ],
            order="agent_id, expiry_date, id",
        )

    def _lost_renewals(self, first, last):
        """Registered losses of a period that were not won back."""
        return self.env["dealer.lost.case"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("kind", "=", "renewal"),
                ("is_registered", "=", True),
                ("is_recovered", "=", False),
                ("period_date", ">=", first),
                ("period_date", "<=", last),
            ],
            order="consultant_id, period_date, id",
        )

    def _figures_renewal_lost(self):
        """Figures of the month and of the month before, in constant queries each."""
        result = {}
        for review in self:
            now = review._renewal_numbers(review.date_from, review.date_to)
            before = review._renewal_numbers(*review._month_before())
            result[review] = [
                Figure(code, value, before[code], UNITS.get(code, "count"))
                for code, value in now.items()
            ]
        return result

    def _renewal_numbers(self, first, last):
        due = self._due_cars(first, last)
        lost = self._lost_renewals(first, last)
        gaps = self._known_gaps(lost)
        renewed = sum(due.mapped("renewed_count"))
        on_time = sum(due.mapped("on_time_count"))
        return {
            "due": len(due),
            "renewed": renewed,
            "rate": ratio(renewed, len(due)),
            "on_time_rate": ratio(on_time, len(due)),
            "open": sum(due.mapped("open_count")),
            "lapsed": sum(due.mapped("lapsed_count")),
            "lost": len(lost),
            "lost_rate": ratio(len(lost), len(due)),
            "other_share": ratio(len(lost.filtered("reason_id.needs_text")), len(lost)),
            "premium_gap": ratio(sum(gaps), len(gaps)),
        }

    def _rows_renewal_lost(self):
        result = {}
        for review in self:
            due = review._due_cars(review.date_from, review.date_to)
            lost = review._lost_renewals(review.date_from, review.date_to)
            before = review._lost_renewals(*review._month_before())
            result[review] = {
                "reasons": review._renewal_reason_rows(lost, before),
                "agents": review._renewal_agent_rows(due, lost),
                "segments": review._renewal_segment_rows(due),
                "competitors": review._renewal_competitor_rows(lost),
                "lapsed": [
                    {
                        "agent": line.agent_id.name or "",
                        "customer": line.partner_id.name or "",
                        "vin": line.vehicle_id.vin or "",
                        "expiry": line.expiry_date,
                        "premium": line.premium_due,
                    }
                    for line in due.filtered("lapsed_count")
                ],
            }
        return result

    def _renewal_reason_rows(self, lost, before):
        now = Counter(case.reason_id.code or NO_CODE for case in lost)
        then = Counter(case.reason_id.code or NO_CODE for case in before)
        return self._counted_rows(now, then)

    def _renewal_agent_rows(self, due, lost):
        losses = lost.grouped("consultant_id")
        cars = due.grouped("agent_id")
        rows = []
        # A car may have no specialist yet: the empty record is a group of its own.
        for agent in {**cars, **losses}:
            lines = cars.get(agent, due.browse())
            renewed = sum(lines.mapped("renewed_count"))
            rows.append(
                {
                    "agent": agent.name or "",
                    "due": len(lines),
                    "renewed": renewed,
                    "rate": ratio(renewed, len(lines)),
                    "lapsed": sum(lines.mapped("lapsed_count")),
                    "lost": len(losses.get(agent, lost.browse())),
                }
            )
        return sorted(rows, key=lambda row: (-row["due"], row["agent"]))

    def _renewal_segment_rows(self, due):
        groups = due.grouped("segment")
        rows = []
        for segment, _label in SEGMENTS:
            lines = groups.get(segment, due.browse())
            if lines:
                renewed = sum(lines.mapped("renewed_count"))
                rows.append(
                    {
                        "segment": segment,
                        "due": len(lines),
                        "renewed": renewed,
                        "rate": ratio(renewed, len(lines)),
                    }
                )
        return rows

    def _renewal_competitor_rows(self, lost):
        groups = defaultdict(lambda: self.env["dealer.lost.case"])
        for case in lost:
            key = (
                case.reason_id.code or NO_CODE,
                case.consultant_id.name or "",
                case.competitor_channel or "",
                case.competitor_insurer_id.name or "",
            )
            groups[key] |= case
        rows = []
        for (reason, agent, channel, insurer), cases in sorted(groups.items()):
            gaps = self._known_gaps(cases)
            rows.append(
                {
                    "reason": reason,
                    "agent": agent,
                    "channel": channel,
                    "insurer": insurer,
                    "count": len(cases),
                    "gap": ratio(sum(gaps), len(gaps)),
                }
            )
        return rows

    def action_view_lost_renewals(self):
        """Open the lost renewals of the month."""
        return {
            **self.action_view_lost_cases(),
            "name": self.env._("Lost Renewals"),
        }

    # --------------------------------------------------------------------- Cron
    @api.model
    def _cron_renewal_reviews(self):
        """On the first of the month: the analysis of the month before, per store."""
        months = self._months_before()
        domain = Domain.OR(
            Domain("company_id", "=", company.id)
            & Domain("expiry_date", ">=", first)
            & Domain("expiry_date", "<", first + relativedelta(months=1))
            for company, first in months.items()
        )
        busy = self.env["dealer.renewal.due"]._read_group(domain, ["company_id"])
        self._create_missing(KIND, {store: months[store] for (store,) in busy})

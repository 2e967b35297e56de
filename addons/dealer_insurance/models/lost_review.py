from collections import Counter, defaultdict

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.dealer_base.models.guard_mixin import Violation
from odoo.addons.dealer_base.tools.review import Column, Figure, Table, ratio

from .kpi_cars import NO_CARS
from .lost_case import LEADERS

KIND = "new_car_lost"
# Codes of cars without a reason, beside the codes of the reasons.
NOT_REGISTERED, NO_CODE = "-", "?"


class DealerReview(models.Model):
    """Monthly analysis of the new cars that are insured elsewhere (S58, S59)."""

    _inherit = "dealer.review"

    kind = fields.Selection(
        selection_add=[(KIND, "New-car Lost Analysis")],
        ondelete={KIND: "cascade"},
    )

    # ----------------------------------------------------------------- The kind
    @api.model
    def _kind_posts_new_car_lost(self):
        return "uw_leader", ("insurance_manager", "store_manager")

    @api.model
    def _source_new_car_lost(self):
        return "lost"

    def _labels_new_car_lost(self):
        _ = self.env._
        return {
            "delivered": _("Delivered cars"),
            "insured": _("Insured here"),
            "lost": _("Lost cars"),
            "lost_rate": _("Lost rate (K03)"),
            "registered": _("Losses registered"),
            "registration_rate": _("Registration rate (K03)"),
            "unregistered": _("Not registered"),
            "noncompliant": _("Cars against the rules"),
            "other_share": _("Share of reason “other”"),
            "recovered": _("Recovered cars"),
            "premium_gap": _("Dearer than the competitor, average"),
        }

    def _tables_new_car_lost(self):
        _ = self.env._
        reason = Column("reason", _("Reason"), "choices", self._reason_choices(), 30)
        count = Column("count", _("Cars"), "count", width=9)
        return [
            Table(
                "noncompliance",
                _("Against the Rules: Consultant and Customer"),
                (
                    Column("consultant", _("Consultant"), width=11),
                    Column("team", _("Team"), width=11),
                    Column("customer", _("Customer"), width=12),
                    Column("delivery", _("Delivery No."), width=14),
                    Column("date", _("Delivery Date"), "date", width=11),
                    Column("vin", _("VIN"), width=19),
                    Column(
                        "rules",
                        _("Rule Broken"),
                        "choices",
                        self.env["dealer.delivery"]._lost_rule_labels(),
                    ),
                ),
                _("No consultant broke the rules."),
            ),
            Table(
                "reasons",
                _("Lost by Reason"),
                (
                    reason,
                    count,
                    Column("share", _("Share"), "share", width=12),
                    Column("before", _("Month Before"), "count", width=14),
                ),
                _("No car was lost."),
            ),
            Table(
                "consultants",
                _("Lost by Consultant"),
                (
                    Column("consultant", _("Consultant")),
                    Column("team", _("Team")),
                    Column("delivered", _("Cars Delivered"), "count", width=11),
                    Column("lost", _("Lost"), "count", width=11),
                    Column("rate", _("Lost Rate"), "share", width=12),
                    Column("registered", _("Registered"), "count", width=12),
                    Column("unregistered", _("Not Registered"), "count", width=13),
                ),
                _("No car was delivered."),
            ),
            Table(
                "competitors",
                _("Reason, Consultant and Competitor"),
                (
                    reason,
                    Column("consultant", _("Consultant")),
                    Column("channel", _("Insures At"), "choices", self._channels()),
                    Column("insurer", _("Insurer")),
                    count,
                    Column("gap", _("Dearer By"), "money", width=13),
                ),
                _("No loss was registered."),
            ),
        ]

    def _reason_choices(self):
        return {
            NOT_REGISTERED: self.env._("Not registered"),
            **self._coded_reasons("new_car_lost"),
        }

    def _coded_reasons(self, category):
        """What the codes in the rows mean; frozen rows speak no language.

        :param category: category of the reason codes
        :return: dict code -> words
        """
        reasons = self.env["dealer.reason.code"].with_context(active_test=False)
        found = reasons.search([("category", "=", category)])
        return {
            NO_CODE: self.env._("No code"),
            **{reason.code: reason.display_name for reason in found},
        }

    def _channels(self):
        field = self.env["dealer.lost.case"]._fields["competitor_channel"]
        return dict(field._description_selection(self.env))

    # -------------------------------------------------------------------- Data
    def _month_before(self):
        """First and last day of the month before."""
        first = self.date_from - relativedelta(months=1)
        return first, self.date_from - relativedelta(days=1)

    def _lost_cars(self, first, last):
        """Cars delivered in a period and not insured here."""
        return self.env["dealer.delivery"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("delivery_date", ">=", first),
                ("delivery_date", "<=", last),
                ("lost_count", ">", 0),
            ],
            order="consultant_id, delivery_date, id",
        )

    def _cars(self, first, last, group_by=()):
        """K01 and K03 of a period, from the one definition of the figures."""
        return self.env["dealer.kpi.engine"]._car_figures(
            self.company_id, first, last, group_by
        )

    def _figures_new_car_lost(self):
        """Figures of the month and of the month before, in constant queries each."""
        result = {}
        for review in self:
            now = review._lost_numbers(review.date_from, review.date_to)
            before = review._lost_numbers(*review._month_before())
            units = {
                "lost_rate": "share",
                "registration_rate": "share",
                "other_share": "share",
                "premium_gap": "money",
            }
            result[review] = [
                Figure(code, value, before[code], units.get(code, "count"))
                for code, value in now.items()
            ]
        return result

    def _lost_numbers(self, first, last):
        cars = self._cars(first, last).get((), NO_CARS)
        lost = self._lost_cars(first, last)
        registered = lost.filtered("lost_registered")
        other = registered.filtered("lost_reason_id.needs_text")
        gaps = self._known_gaps(registered.lost_case_id)
        recovered = self.env["dealer.lost.case"].search_count(
            [
                ("company_id", "=", self.company_id.id),
                ("kind", "=", "new_car"),
                ("period_date", ">=", first),
                ("period_date", "<=", last),
                ("is_recovered", "=", True),
            ]
        )
        return {
            "delivered": cars.delivered,
            "insured": cars.insured,
            "lost": cars.lost,
            "lost_rate": ratio(cars.lost, cars.delivered),
            "registered": cars.registered,
            "registration_rate": ratio(cars.registered, cars.lost),
            "unregistered": cars.unregistered,
            "noncompliant": sum(1 for rules in lost._lost_rules().values() if rules),
            "other_share": ratio(len(other), len(registered)),
            "recovered": recovered,
            "premium_gap": ratio(sum(gaps), len(gaps)),
        }

    def _rows_new_car_lost(self):
        return {
            review: {
                "noncompliance": review._noncompliance_rows(),
                "reasons": review._reason_rows(),
                "consultants": review._consultant_rows(),
                "competitors": review._competitor_rows(),
            }
            for review in self
        }

    def _noncompliance_rows(self):
        lost = self._lost_cars(self.date_from, self.date_to)
        return [
            {
                "consultant": delivery.consultant_id.name or "",
                "team": delivery.team_id.name or "",
                "customer": delivery.partner_id.name or "",
                "delivery": delivery.name,
                "date": delivery.delivery_date,
                "vin": delivery.vin,
                "rules": rules,
            }
            for delivery, rules in lost._lost_rules().items()
            if rules
        ]

    def _reason_of(self, delivery):
        if not delivery.lost_registered:
            return NOT_REGISTERED
        return delivery.lost_reason_id.code or NO_CODE

    def _reason_rows(self):
        lost = self._lost_cars(self.date_from, self.date_to)
        before = Counter(map(self._reason_of, self._lost_cars(*self._month_before())))
        now = Counter(map(self._reason_of, lost))
        return self._counted_rows(now, before)

    def _known_gaps(self, cases):
        """How much dearer the store was, where both premiums are known."""
        is_zero = self.currency_id.is_zero
        return [case.premium_gap for case in cases if not is_zero(case.premium_gap)]

    @staticmethod
    def _counted_rows(now, before):
        """Rows of reasons, the most frequent first.

        :param now, before: Counter of codes of the month and of the month before
        """
        return [
            {
                "reason": reason,
                "count": now[reason],
                "share": ratio(now[reason], now.total()),
                "before": before[reason],
            }
            for reason in sorted({*now, *before}, key=lambda name: (-now[name], name))
        ]

    def _consultant_rows(self):
        cars = self._cars(self.date_from, self.date_to, ("consultant",))
        staff = self.env["dealer.staff"].browse([key for (key,) in cars if key])
        people = {person.id: person for person in staff}
        rows = []
        for (key,), figures in cars.items():
            person = people.get(key)
            rows.append(
                {
                    "consultant": person.name if person else "",
                    "team": person.team_id.name or "" if person else "",
                    "delivered": figures.delivered,
                    "lost": figures.lost,
                    "rate": ratio(figures.lost, figures.delivered),
                    "registered": figures.registered,
                    "unregistered": figures.unregistered,
                }
            )
        return sorted(rows, key=lambda row: (-row["lost"], row["consultant"]))

    def _competitor_rows(self):
        lost = self._lost_cars(self.date_from, self.date_to)
        groups = defaultdict(list)
        for delivery in lost.filtered("lost_registered"):
            case = delivery.lost_case_id
            key = (
                self._reason_of(delivery),
                delivery.consultant_id.name or "",
                case.competitor_channel or "",
                case.competitor_insurer_id.name or "",
            )
            groups[key].append(case.premium_gap)
        rows = []
        for (reason, consultant, channel, insurer), gaps in sorted(groups.items()):
            known = [gap for gap in gaps if not self.currency_id.is_zero(gap)]
            rows.append(
                {
                    "reason": reason,
                    "consultant": consultant,
                    "channel": channel,
                    "insurer": insurer,
                    "count": len(gaps),
                    "gap": ratio(sum(known), len(known)),
                }
            )
        return rows

    # -------------------------------------------------------------- Transitions
    @api.model
    def _lost_case_kinds(self):
        """Kinds of analyses that carry lost cases along.

        :return: dict kind of analysis -> kind of lost case
        """
        return {KIND: "new_car"}

    def _lost_reviews(self):
        """Those of these analyses that are of lost cases."""
        kinds = self._lost_case_kinds()
        return self.filtered(lambda review: review.kind in kinds)

    def _lost_case_domain(self):
        """Lost cases of the months of these analyses."""
        kinds = self._lost_case_kinds()
        return Domain.OR(
            Domain("company_id", "=", review.company_id.id)
            & Domain("kind", "=", kinds[review.kind])
            & Domain("period_date", ">=", review.date_from)
            & Domain("period_date", "<=", review.date_to)
            for review in self._lost_reviews()
        )

    def _sudo_lost_cases(self, state):
        # sudo: a guard counts cases that its reader need not see
        domain = self._lost_case_domain() & Domain("state", "=", state)
        return self.env["dealer.lost.case"].sudo().search(domain)

    def _guard_submit(self):
        # EXTENDS dealer_base: G-X4, every case of the month was checked
        violations = super()._guard_submit()
        cases = self._sudo_lost_cases("submitted")
        for review in self._lost_reviews():
            waiting = review._lost_cases_of(cases)
            if waiting:
                violations.append(
                    Violation(
                        "G-X4",
                        review,
                        self.env._(
                            "%(count)s cases are not verified: %(names)s",
                            count=len(waiting),
                            names=", ".join(waiting[:5].mapped("name")),
                        ),
                    )
                )
        return violations

    def _lost_cases_of(self, cases):
        kind = self._lost_case_kinds()[self.kind]
        return cases.filtered(
            lambda case: (
                case.company_id == self.company_id
                and case.kind == kind
                and self.date_from <= case.period_date <= self.date_to
            )
        )

    def _do_accept(self, vals):
        # EXTENDS dealer_base: what was verified has been analysed
        result = super()._do_accept(vals)
        cases = self._sudo_lost_cases("verified")
        for review in self._lost_reviews():
            review._lost_cases_of(cases)._do_analyse(review)
        return result

    def _do_close(self, vals):
        # EXTENDS dealer_base
        result = super()._do_close(vals)
        self._sudo_lost_cases("analysed")._do_close()
        return result

    def action_view_lost_cases(self):
        """Open the lost cases of the month."""
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Lost Cases"),
            "res_model": "dealer.lost.case",
            "view_mode": "list,form,pivot",
            "domain": list(self._lost_case_domain()),
        }

    # --------------------------------------------------------------------- Cron
    @api.model
    def _cron_lost_reviews(self):
        """On the first of the month: the analysis of the month before, per store.

        It makes up for a day on which the server slept, and does nothing twice.
        """
        months = self._months_before()
        domain = Domain.OR(
            Domain("company_id", "=", company.id)
            & Domain("delivery_date", ">=", first)
            & Domain("delivery_date", "<", first + relativedelta(months=1))
            for company, first in months.items()
        )
        busy = self.env["dealer.delivery"]._read_group(domain, ["company_id"])
        self._create_missing(KIND, {store: months[store] for (store,) in busy})

    @api.model_create_multi
    def create(self, vals_list):
        reviews = super().create(vals_list)
        reviews._ask_data_quality()
        return reviews

    def _ask_data_quality(self):
        """Too many losses with reason “other”: the leader looks at them (§3.6)."""
        for review in self._lost_reviews():
            line = review.figure_ids.filtered(lambda item: item.code == "other_share")
            limit = review.company_id.dealer_lost_other_share
            if not line.is_known or line.value <= limit:
                continue
            author, _reviewers = review._kind_posts(review.kind)
            user = review.company_id._dealer_post_user(author, *LEADERS)
            record = review.with_context(lang=user.lang or self.env.lang)
            record._schedule(
                user,
                review.due_date,
                record.env._(
                    "%(share)s of the losses say “other”: ask for the real reasons",
                    share=record._number_text(line.value, "share"),
                ),
            )

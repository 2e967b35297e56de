from collections import defaultdict

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from odoo.addons.dealer_base.models.guard_mixin import Violation
from odoo.addons.dealer_base.tools.review import Column, Figure, Table, ratio

KIND = "claim_return_overdue"
NO_REASON = "-"
#: Ageing of overdue cases by days after the due day (domain.md §3.14).
AGES = ((30, "1-30"), (60, "31-60"), (90, "61-90"), (None, "90+"))


def overdue_age(days):
    """Ageing bucket of an overdue case.

    :param days: days after the due day, 1 and more
    :return: code of ``AGES``
    """
    return next(code for bound, code in AGES if bound is None or days <= bound)


class DealerReview(models.Model):
    """Monthly report of returned and overdue claims (SM-12, §3.14, S67, S104).

    The submitter writes it, the claims leader audits it and forwards it to the
    insurance manager. The cases find themselves: every return and every payment that
    became overdue in the month stands in it, and nobody takes one out.
    """

    _inherit = "dealer.review"

    kind = fields.Selection(
        selection_add=[(KIND, "Returned and Overdue Claims")],
        ondelete={KIND: "cascade"},
    )
    claim_reason_ids = fields.One2many(
        "dealer.claim.review.reason", "review_id", string="Causes and Suggestions"
    )
    forwarded_at = fields.Datetime(readonly=True, copy=False, tracking=True)
    forwarded_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    acknowledged_at = fields.Datetime(
        string="Seen by Manager", readonly=True, copy=False
    )
    acknowledged_by_id = fields.Many2one(
        "res.users", string="Manager", readonly=True, copy=False
    )

    def _guarded_names(self):
        # EXTENDS dealer_base
        names = [
            "forwarded_at",
            "forwarded_by_id",
            "acknowledged_at",
            "acknowledged_by_id",
        ]
        return list(dict.fromkeys([*super()._guarded_names(), *names]))

    # ----------------------------------------------------------------- The kind
    @api.model
    def _kind_posts_claim_return_overdue(self):
        return "claim_submitter", ("claim_leader", "insurance_manager")

    @api.model
    def _source_claim_return_overdue(self):
        return "returned_case"

    def _labels_claim_return_overdue(self):
        _ = self.env._
        return {
            "submitted": _("Cases submitted in the month"),
            "returned": _("Newly returned cases"),
            "return_rate": _("Returned ÷ submitted (K30)"),
            "returned_amount": _("Amount of the returned cases"),
            "overdue": _("Newly overdue cases"),
            "overdue_amount": _("Amount of the newly overdue cases"),
            "standing": _("Cases overdue at the end of the month"),
            "standing_amount": _("Amount overdue at the end of the month"),
        }

    def _tables_claim_return_overdue(self):
        _ = self.env._
        reason = Column("reason", _("Reason"), "choices", self._claim_reasons(), 22)
        claim = Column("claim", _("Claim No."), width=11)
        insurer = Column("insurer", _("Insurer"), width=12)
        plate = Column("plate", _("Plate"), width=9)
        person = Column("person", _("Submitter"), width=9)
        amount = Column("amount", _("Amount"), "money", width=11)
        count = Column("count", _("Cases"), "count", width=9)
        ages = {"1-30": _("1–30 days"), "31-60": _("31–60 days")}
        ages |= {"61-90": _("61–90 days"), "90+": _("More than 90 days")}
        areas = {"returned": _("Returned"), "overdue": _("Overdue")}
        return [
            Table(
                "returned",
                _("Newly Returned"),
                (
                    claim,
                    insurer,
                    plate,
                    Column("day", _("Returned On"), "date", width=10),
                    reason,
                    Column("note", _("What the Insurer Wants")),
                    person,
                    amount,
                ),
                _("No case came back in the month."),
            ),
            Table(
                "overdue",
                _("Newly Overdue"),
                (
                    claim,
                    insurer,
                    plate,
                    Column("due", _("Due On"), "date", width=10),
                    Column("days", _("Days Overdue"), "count", width=9),
                    reason,
                    person,
                    amount,
                ),
                _("No payment became overdue in the month."),
            ),
            Table(
                "insurers",
                _("By Insurer"),
                (
                    Column("insurer", _("Insurer")),
                    Column("submitted", _("Submitted"), "count", width=10),
                    Column("returned", _("Returned"), "count", width=10),
                    Column("rate", _("Return Rate"), "share", width=11),
                    Column("returned_amount", _("Amount Returned"), "money", width=14),
                    Column("overdue", _("Overdue"), "count", width=10),
                    Column("overdue_amount", _("Amount Overdue"), "money", width=14),
                ),
                _("Nothing was submitted, returned or overdue."),
            ),
            Table(
                "reasons",
                _("By Reason"),
                (
                    Column("area", _("What"), "choices", areas, 12),
                    Column("reason", _("Reason"), "choices", self._claim_reasons()),
                    count,
                    Column("share", _("Share"), "share", width=10),
                    amount,
                ),
                _("No reason stands out."),
            ),
            Table(
                "people",
                _("By Person"),
                (
                    Column("person", _("Submitter")),
                    Column("returned", _("Returned"), "count", width=14),
                    Column("overdue", _("Overdue"), "count", width=14),
                    amount,
                ),
                _("No person is concerned."),
            ),
            Table(
                "ageing",
                _("Overdue at the End of the Month"),
                (
                    Column("age", _("Age"), "choices", ages),
                    count,
                    amount,
                ),
                _("Nothing is overdue."),
            ),
        ]

    def _claim_reasons(self):
        """What the codes of reasons mean; frozen rows speak no language."""
        reasons = self.env["dealer.reason.code"].with_context(active_test=False)
        found = reasons.search([("category", "in", ("returned_case", "overdue"))])
        return {
            NO_REASON: self.env._("Not explained"),
            **{reason.code: reason.display_name for reason in found},
        }

    # -------------------------------------------------------------------- Data
    def _claim_span(self, months=0):
        """First and last day of the month, or of one before it."""
        first = self.date_from - relativedelta(months=months)
        return first, first + relativedelta(months=1, days=-1)

    def _claim_returns(self, first, last):
        """Returns recorded for days of a period."""
        return self.env["dealer.claim.return"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("returned_on", ">=", first),
                ("returned_on", "<=", last),
            ],
            order="returned_on, id",
        )

    def _claim_overdue(self, first, last):
        """Cases whose payment became overdue in a period: the day after the due day.

        Paid or rejected until the due day is not overdue. What was paid later was.
        """
        before = relativedelta(days=1)
        return self._claims_late(
            Domain("payment_due_on", ">=", first - before)
            & Domain("payment_due_on", "<=", last - before)
        )

    def _claims_late(self, domain):
        claims = self.env["dealer.claim"].search(
            Domain("company_id", "=", self.company_id.id)
            & Domain("submitted_on", "!=", False)
            & Domain("voided_at", "=", False)
            & domain,
            order="payment_due_on, id",
        )
        return claims.filtered(
            lambda claim: all(
                not day or day > claim.payment_due_on
                for day in (claim.insurer_paid_on, claim.rejected_on)
            )
        )

    def _claim_standing(self, last):
        """Cases that were overdue at the end of a day."""
        late = self._claims_late(Domain("payment_due_on", "<", last))
        return late.filtered(
            lambda claim: all(
                not day or day > last
                for day in (claim.insurer_paid_on, claim.rejected_on)
            )
        )

    def _claims_submitted(self, first, last):
        return self.env["dealer.claim"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("submitted_on", ">=", first),
                ("submitted_on", "<=", last),
                ("voided_at", "=", False),
            ]
        )

    def _figures_claim_return_overdue(self):
        result = {}
        for review in self:
            now = review._claim_numbers(*review._claim_span())
            before = review._claim_numbers(*review._claim_span(1))
            units = {"return_rate": "share"}
            result[review] = [
                Figure(
                    code,
                    value,
                    before[code],
                    "money" if code.endswith("amount") else units.get(code, "count"),
                )
                for code, value in now.items()
            ]
        return result

    def _claim_numbers(self, first, last):
        returns, overdue = (
            self._claim_returns(first, last),
            self._claim_overdue(first, last),
        )
        standing, submitted = (
            self._claim_standing(last),
            self._claims_submitted(first, last),
        )
        returned = returns.claim_id
        return {
            "submitted": len(submitted),
            "returned": len(returned),
            "return_rate": ratio(len(returned), len(submitted)),
            "returned_amount": self._claim_amount(returned),
            "overdue": len(overdue),
            "overdue_amount": self._claim_amount(overdue),
            "standing": len(standing),
            "standing_amount": self._claim_amount(standing),
        }

    def _claim_amount(self, claims):
        amounts = claims.mapped("expected_insurer_payment")
        return self.currency_id.round(sum(amounts))

    def _rows_claim_return_overdue(self):
        result = {}
        for review in self:
            first, last = review._claim_span()
            returns = review._claim_returns(first, last)
            overdue = review._claim_overdue(first, last)
            submitted = review._claims_submitted(first, last)
            result[review] = {
                "returned": [review._returned_row(item) for item in returns],
                "overdue": [review._overdue_row(claim, last) for claim in overdue],
                "insurers": review._insurer_rows(returns, overdue, submitted),
                "reasons": review._reason_rows_of(returns, overdue),
                "people": review._person_rows(returns, overdue),
                "ageing": review._ageing_rows(last),
            }
        return result

    def _case_row(self, claim):
        return {
            "claim": claim.name,
            "insurer": claim.insurer_id.name or "",
            "plate": claim.plate or claim.vin or "",
            "person": claim.submitter_id.name or claim.receptionist_id.name or "",
            "amount": claim.expected_insurer_payment,
        }

    def _returned_row(self, item):
        return {
            **self._case_row(item.claim_id),
            "day": item.returned_on,
            "reason": item.reason_id.code or NO_REASON,
            "note": item.note or "",
        }

    def _overdue_row(self, claim, last):
        day = min(filter(None, (claim.insurer_paid_on, claim.rejected_on, last)))
        return {
            **self._case_row(claim),
            "due": claim.payment_due_on,
            "days": (day - claim.payment_due_on).days,
            "reason": claim.overdue_reason_id.code or NO_REASON,
        }

    def _insurer_rows(self, returns, overdue, submitted):
        by_insurer = defaultdict(lambda: [set(), self.env["dealer.claim"], 0])
        for item in returns:
            by_insurer[item.claim_id.insurer_id][0].add(item.claim_id.id)
        for claim in overdue:
            by_insurer[claim.insurer_id][1] |= claim
        for claim in submitted:
            by_insurer[claim.insurer_id][2] += 1
        rows = []
        for insurer, (returned, late, count) in by_insurer.items():
            cases = overdue.browse(returned)
            rows.append(
                {
                    "insurer": insurer.name or "",
                    "submitted": count,
                    "returned": len(cases),
                    "rate": ratio(len(cases), count),
                    "returned_amount": self._claim_amount(cases),
                    "overdue": len(late),
                    "overdue_amount": self._claim_amount(late),
                }
            )
        return sorted(rows, key=lambda r: (-r["returned"] - r["overdue"], r["insurer"]))

    def _reason_rows_of(self, returns, overdue):
        groups = defaultdict(list)
        for item in returns:
            key = ("returned", item.reason_id.code or NO_REASON)
            groups[key].append(item.claim_id)
        for claim in overdue:
            groups["overdue", claim.overdue_reason_id.code or NO_REASON].append(claim)
        totals = {"returned": len(returns), "overdue": len(overdue)}
        rows = [
            {
                "area": area,
                "reason": code,
                "count": len(claims),
                "share": ratio(len(claims), totals[area]),
                "amount": self._claim_amount(overdue.browse(c.id for c in claims)),
            }
            for (area, code), claims in groups.items()
        ]
        return sorted(rows, key=lambda r: (r["area"], -r["count"], r["reason"]))

    def _person_rows(self, returns, overdue):
        people = defaultdict(lambda: [0, 0, set()])
        for claim in returns.claim_id:
            line = people[self._case_row(claim)["person"]]
            line[0] += 1
            line[2].add(claim.id)
        for claim in overdue:
            line = people[self._case_row(claim)["person"]]
            line[1] += 1
            line[2].add(claim.id)
        return [
            {
                "person": person,
                "returned": returned,
                "overdue": late,
                "amount": self._claim_amount(overdue.browse(ids)),
            }
            for person, (returned, late, ids) in sorted(people.items())
        ]

    def _ageing_rows(self, last):
        ages = defaultdict(self.env["dealer.claim"].browse)
        for claim in self._claim_standing(last):
            ages[overdue_age((last - claim.payment_due_on).days)] |= claim
        return [
            {
                "age": code,
                "count": len(ages[code]),
                "amount": self._claim_amount(ages[code]),
            }
            for _bound, code in AGES
        ]

    # ------------------------------------------------- Causes and suggestions
    def _freeze(self):
        # EXTENDS dealer_base: one line of text for every reason that occurred
        result = super()._freeze()
        self.filtered(lambda review: review.kind == KIND)._sudo_sync_reasons()
        return result

    def _sudo_sync_reasons(self):
        """Lines for the reasons in the frozen table; written text is never lost."""
        # sudo: lines come from the data, nobody adds or drops one
        Line = self.env["dealer.claim.review.reason"].sudo()
        for review in self.sudo():
            rows = (review.frozen or {}).get("tables", {}).get("reasons", [])
            known = {(line.area, line.reason): line for line in review.claim_reason_ids}
            vals_list = []
            for row in rows:
                line = known.pop((row["area"], row["reason"]), None)
                numbers = {"case_count": row["count"], "amount": row["amount"]}
                if line:
                    line._write_protected(numbers)
                else:
                    key = {"area": row["area"], "reason": row["reason"]}
                    vals_list.append({"review_id": review.id, **key, **numbers})
            Line._create_protected(vals_list)
            for line in known.values():
                line._write_protected({"case_count": 0, "amount": 0.0})
        self.invalidate_recordset(["claim_reason_ids"])

    @api.model
    def _content_fields(self):
        return super()._content_fields() | {"claim_reason_ids"}

    def _has_cases(self):
        self.ensure_one()
        return any(line.case_count for line in self.claim_reason_ids)

    # ---------------------------------------------------------- Transitions
    def _guard_submit(self):
        # EXTENDS dealer_base: G-G2, cause and suggestion per reason; a month without
        # cases needs no plan (G-Y1)
        mine = self.filtered(lambda review: review.kind == KIND)
        quiet = mine.filtered(lambda review: not review._has_cases())
        violations = [
            violation
            for violation in super()._guard_submit()
            if violation.record not in quiet
        ]
        for review in mine:
            for line in review.claim_reason_ids.filtered("case_count"):
                missing = line._missing_text()
                if missing:
                    violations.append(
                        Violation(
                            "G-G2",
                            review,
                            self.env._(
                                "%(reason)s (%(count)s cases): %(missing)s",
                                reason=line.label,
                                count=line.case_count,
                                missing=missing,
                            ),
                        )
                    )
        return violations

    def _guard_close(self):
        # EXTENDS dealer_base: G-G5, the manager has got the report
        violations = super()._guard_close()
        for review in self.filtered(lambda review: review.kind == KIND):
            if not review.forwarded_at:
                reason = self.env._("the insurance manager has not got it")
                violations.append(Violation("G-G5", review, reason))
        return violations

    def action_forward(self):
        """The claims leader forwards the audited report to the insurance manager."""
        self._check_holds("claim_leader", "insurance_manager")
        self.check_access("write")
        self._check_state(("accepted",), self.env._("Forward to Manager"))
        for review in self:
            if review.kind != KIND or review.forwarded_at:
                raise UserError(
                    self.env._(
                        "%(review)s is not forwarded, or it was forwarded already.",
                        review=review.display_name,
                    )
                )
        self._write_protected(
            {"forwarded_at": fields.Datetime.now(), "forwarded_by_id": self.env.uid}
        )
        for review in self:
            company = review.company_id
            user = company._dealer_post_user("insurance_manager")
            record = review.with_context(lang=user.lang or self.env.lang)
            record._schedule(
                user,
                company._dealer_today(),
                record.env._("Read: %(name)s", name=record.display_name),
            )
        return True

    def action_acknowledge(self):
        """The insurance manager has read the forwarded report."""
        self._check_holds("insurance_manager")
        self.check_access("write")
        self._check_state(("accepted", "closed"), self.env._("Seen by Manager"))
        if not all(review.forwarded_at for review in self):
            raise UserError(self.env._("The report was not forwarded yet."))
        self._write_protected(
            {
                "acknowledged_at": fields.Datetime.now(),
                "acknowledged_by_id": self.env.uid,
            }
        )
        self._close_activities()
        return True

    # --------------------------------------------------------------------- Cron
    @api.model
    def _cron_return_overdue_reviews(self):
        """On the first of the month: the report of the month before, per store.

        It makes up for a day on which the server slept, and does nothing twice.
        """
        months = self._months_before()
        ids = [company.id for company in months]
        busy = self.env["dealer.claim"]._read_group(
            [("company_id", "in", ids)], ["company_id"]
        )
        self._create_missing(KIND, {company: months[company] for (company,) in busy})

from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

#: Models whose pending writes the statements below read.
READ_MODELS = (
    "dealer.policy",
    "dealer.underwriting",
    "dealer.vehicle",
    "dealer.renewal.prospect",
    "dealer.renewal.due",
    "dealer.renewal.exclusion",
    "res.partner",
)
#: What the selections deliver, in the order of their columns.
FACTS = (
    "vehicle_id",
    "vin",
    "plate",
    "model_text",
    "policy_id",
    "underwriting_id",
    "policy_no",
    "insurer_id",
    "issued_at",
    "expiry_date",
    "premium_due",
    "business_type",
    "consultant_id",
    "agent_id",
    "partner_id",
    "customer_name",
    "prospect_id",
    "segment",
    "is_assumed",
    "service_active",
    "insurer_text",
)


class DealerRenewalCohort(models.Model):
    """How a due list is made, and completed later."""

    _inherit = "dealer.renewal.cohort"

    # ------------------------------------------------------------------ Daily job
    @api.model
    def _cron_freeze(self):
        """Freeze the lists whose day has come, add what was found late, and settle
        the cars whose time is over; called daily.

        A job that was stopped goes on where it was: what is written stays, and the
        same cars are selected again for the rest.
        """
        Cron = self.env["ir.cron"]
        todo = [
            (company, month)
            for company in self.env["res.company"]._dealer_stores()
            for month in self._months_to_keep(company)
        ]
        Cron._commit_progress(remaining=len(todo))

        def progress(_count):
            return bool(Cron._commit_progress(0))

        for company, month in todo:
            if self._build(company, month, progress=progress) is None:
                break
            if not Cron._commit_progress(1):
                break
        for company in self.env["res.company"]._dealer_stores():
            self.env["dealer.renewal.outcome"]._sudo_settle(company)
            if not Cron._commit_progress(0):
                break

    @api.model
    def _months_to_keep(self, company):
        """Months whose list is to be frozen or may still get cars: those that are not
        over yet, and those whose cars may still renew."""
        today = company._dealer_today()
        earliest = today - timedelta(days=company.dealer_renew_days_after)
        month = fields.Date.start_of(earliest, "month")
        months = []
        while month - timedelta(days=company.dealer_renewal_freeze_days) <= today:
            months.append(month)
            month = fields.Date.add(month, months=1)
        return months

    @api.model
    def _build(self, company, month, as_of=None, progress=None):
        """Freeze the list of one store and month, or add what was found since.

        Works for past months too (imported ledgers); such a list is marked as built
        late. Calling it twice adds nothing.

        :param company: the store
        :param month: any day of the month
        :param as_of: last day of issue that counts, default today of the store
        :param progress: called after each batch with the number of cars written;
            answers whether to go on
        :return: the cohort, ``None`` when ``progress`` said stop
        """
        date_from = fields.Date.start_of(month, "month")
        cohort = self.sudo().search(
            [("company_id", "=", company.id), ("date_from", "=", date_from)]
        )
        if not cohort:
            cohort = self._sudo_open(company, date_from, as_of)
        if cohort._sudo_fill(as_of, progress) is None:
            return None
        if not cohort.frozen_at:
            cohort._write_protected({"frozen_at": fields.Datetime.now()})
        return self.browse(cohort.id)

    @api.model
    def _sudo_open(self, company, date_from, as_of):
        freeze_date = date_from - timedelta(days=company.dealer_renewal_freeze_days)
        as_of = as_of or company._dealer_today()
        return (
            self.sudo()
            .with_context(tracking_disable=True)
            ._create_protected(
                [
                    {
                        "name": f"{date_from:%Y-%m}",
                        "company_id": company.id,
                        "date_from": date_from,
                        "date_to": fields.Date.end_of(date_from, "month"),
                        "freeze_date": freeze_date,
                        "as_of": as_of,
                        "built_late": company._dealer_today() > freeze_date,
                    }
                ]
            )
        )

    def _sudo_fill(self, as_of, progress):
        """Write the missing cars in batches; see :meth:`_build`.

        While a list is being frozen the day of its first batch counts, so that a
        restart gives the same list; later calls look at what is known then.
        """
        self.ensure_one()
        company = self.company_id
        as_of = as_of or (company._dealer_today() if self.frozen_at else self.as_of)
        until = company._dealer_day_end(as_of)
        selections = [self._select_own, self._select_prospects]
        if company.dealer_renewal_add_lapsed:
            selections.append(self._select_lapsed)
        for model in READ_MODELS:
            self.env[model].flush_model()
        for select in selections:
            last = 0
            while rows := self.env.execute_query(
                select(until, last, company.dealer_renewal_batch)
            ):
                last = rows[-1][0]
                facts = [dict(zip(FACTS, row, strict=True)) for row in rows]
                self._sudo_add(facts)
                if progress and not progress(len(facts)):
                    return None
        return self

    def _sudo_add(self, facts):
        added = {}
        if self.frozen_at:
            added = {"added_at": fields.Datetime.now()}
        self.env["dealer.renewal.due"]._sudo_append(
            [
                {
                    **fact,
                    **added,
                    "added_reason": self._added_reason(fact),
                    "cohort_id": self.id,
                    "company_id": self.company_id.id,
                    "month": self.date_from,
                    "name": fact["plate"] or fact["vin"],
                }
                for fact in facts
            ]
        )

    def _added_reason(self, fact):
        if not self.frozen_at:
            return "frozen"
        return "late_policy" if fact["policy_id"] else "new_prospect"

    # ----------------------------------------------------------------- Selections
    def _leading(self, policy, entry):
        """SQL condition: the policy decides when the entry runs out (commercial, else
        compulsory)."""
        return SQL(
            "%(policy)s.id = COALESCE(%(entry)s.commercial_policy_id,"
            " %(entry)s.ctpl_policy_id) AND %(entry)s.entry_type = 'issue'",
            policy=SQL.identifier(policy),
            entry=SQL.identifier(entry),
        )

    def _started(self, policy):
        """SQL: first day of cover of a policy, as the store counts days."""
        return SQL(
            "(%s AT TIME ZONE 'UTC' AT TIME ZONE %s)::date",
            SQL.identifier(policy, "date_start"),
            self.company_id._dealer_timezone_name(),
        )

    def _not_listed(self, vehicle):
        """SQL condition: the car is not on this list yet."""
        return SQL(
            "NOT EXISTS (SELECT FROM dealer_renewal_due listed"
            " WHERE listed.cohort_id = %s AND listed.vehicle_id = %s)",
            self.id,
            vehicle,
        )

    def _gone(self, vehicle):
        """SQL condition: the car left the store for good (approved exclusion)."""
        return SQL(
            "EXISTS (SELECT FROM dealer_renewal_exclusion gone"
            " WHERE gone.vehicle_id = %s AND gone.company_id = %s"
            " AND gone.state = 'approved')",
            vehicle,
            self.company_id.id,
        )

    def _policy_columns(self, expiry, segment, assumed):
        return SQL(
            """
            p.vehicle_id, v.vin, v.plate, v.model_text, %(policy)s,
            %(entry)s, p.policy_no, p.insurer_id, %(issued)s, %(expiry)s,
            COALESCE(u.ctpl_premium, 0) + COALESCE(u.commercial_premium, 0),
            u.business_type, u.consultant_id, u.principal_id, person.id, person.name,
            %(prospect)s, %(segment)s, %(assumed)s, FALSE, NULL
            """,
            policy=SQL("NULL::int") if assumed else SQL("p.id"),
            entry=SQL("NULL::int") if assumed else SQL("u.id"),
            issued=SQL("NULL::timestamp") if assumed else SQL("p.issued_at"),
            expiry=expiry,
            segment=segment,
            assumed=assumed,
            prospect=SQL("NULL::int")
            if assumed
            else SQL(
                "(SELECT f.id FROM dealer_renewal_prospect f"
                " WHERE f.vehicle_id = p.vehicle_id AND f.active LIMIT 1)"
            ),
        )

    def _policy_source(self):
        """The person is whom the policy belongs to today; it is frozen with it."""
        return SQL(
            """
            dealer_policy p
            JOIN dealer_underwriting u ON u.id = p.underwriting_id
            JOIN dealer_vehicle v ON v.id = p.vehicle_id
            LEFT JOIN res_partner person ON person.id = COALESCE(
                p.current_insured_id, u.insured_id, u.owner_id, u.applicant_id)
            """
        )

    def _superseded(self, until):
        """SQL condition: a later policy of the store, outside the renewal window,
        took the place of this one; it is the last one and has a day of its own."""
        return SQL(
            """
            EXISTS (
                SELECT FROM dealer_policy q
                JOIN dealer_underwriting w ON w.id = q.underwriting_id
                 WHERE q.vehicle_id = p.vehicle_id AND q.company_id = p.company_id
                   AND q.state = 'issued' AND %(leading)s
                   AND q.issued_at > p.issued_at AND q.issued_at < %(until)s
                   AND q.renewal_date > p.renewal_date
                   AND %(started)s < p.renewal_date - %(before)s
            )
            """,
            leading=self._leading("q", "w"),
            until=until,
            started=self._started("q"),
            before=self.company_id.dealer_renew_days_before,
        )

    def _select_own(self, until, after_id, limit):
        """Cars whose last policy of this store runs out in the month, once each."""
        return SQL(
            """
            SELECT DISTINCT ON (p.vehicle_id) %(columns)s
              FROM %(source)s
             WHERE p.company_id = %(company)s AND p.state = 'issued'
               AND p.renewal_date BETWEEN %(first)s AND %(last)s
               AND p.issued_at < %(until)s AND %(leading)s
               AND p.vehicle_id > %(after)s
               AND NOT %(superseded)s
               AND %(not_listed)s
               AND NOT EXISTS (SELECT FROM dealer_renewal_due known
                                WHERE known.policy_id = p.id)
             ORDER BY p.vehicle_id, p.issued_at DESC, p.id DESC
             LIMIT %(limit)s
            """,
            columns=self._policy_columns(
                SQL("p.renewal_date"),
                SQL(
                    "CASE WHEN u.business_type = 'new_car' THEN 'new_to_renewal'"
                    " ELSE 'renewal_to_renewal' END"
                ),
                False,
            ),
            source=self._policy_source(),
            company=self.company_id.id,
            first=self.date_from,
            last=self.date_to,
            until=until,
            leading=self._leading("p", "u"),
            after=after_id,
            superseded=self._superseded(until),
            not_listed=self._not_listed(SQL("p.vehicle_id")),
            limit=limit,
        )

    def _select_lapsed(self, until, after_id, limit):
        """Cars whose last policy here ran out a year ago: insured elsewhere, most
        likely until the same day."""
        return SQL(
            """
            SELECT DISTINCT ON (p.vehicle_id) %(columns)s
              FROM %(source)s
             WHERE p.company_id = %(company)s AND p.state = 'issued'
               AND p.renewal_date BETWEEN %(first)s AND %(last)s
               AND p.issued_at < %(until)s AND %(leading)s
               AND p.vehicle_id > %(after)s
               AND NOT EXISTS (
                   SELECT FROM dealer_policy q
                    WHERE q.vehicle_id = p.vehicle_id AND q.company_id = p.company_id
                      AND q.state = 'issued' AND q.renewal_date > p.renewal_date
                      AND q.product IN ('ctpl', 'commercial')
                      AND %(started)s < (p.renewal_date + INTERVAL '1 year')::date
                          - %(before)s
                      AND q.issued_at < %(until)s)
               AND NOT EXISTS (
                   SELECT FROM dealer_renewal_prospect f
                    WHERE f.vehicle_id = p.vehicle_id AND f.active
                      AND f.expiry_date > p.renewal_date)
               AND NOT %(gone)s
               AND %(not_listed)s
             ORDER BY p.vehicle_id, p.issued_at DESC, p.id DESC
             LIMIT %(limit)s
            """,
            columns=self._policy_columns(
                SQL("(p.renewal_date + INTERVAL '1 year')::date"),
                SQL("'lapsed_back'"),
                True,
            ),
            source=self._policy_source(),
            company=self.company_id.id,
            first=fields.Date.subtract(self.date_from, years=1),
            last=fields.Date.end_of(
                fields.Date.subtract(self.date_from, years=1), "month"
            ),
            until=until,
            leading=self._leading("p", "u"),
            after=after_id,
            gone=self._gone(SQL("p.vehicle_id")),
            started=self._started("q"),
            before=self.company_id.dealer_renew_days_before,
            not_listed=self._not_listed(SQL("p.vehicle_id")),
            limit=limit,
        )

    def _select_prospects(self, until, after_id, limit):
        """Cars insured elsewhere that are known to run out in the month."""
        return SQL(
            """
            SELECT f.vehicle_id, v.vin, v.plate, COALESCE(v.model_text, f.model_text),
                   NULL::int, NULL::int, NULL, f.insurer_id, NULL::timestamp,
                   f.expiry_date, COALESCE(f.last_premium, 0), NULL, NULL::int,
                   f.agent_id, person.id, COALESCE(person.name, f.owner_name), f.id,
                   CASE WHEN f.insured_here_before OR EXISTS (
                             SELECT FROM dealer_policy q
                              WHERE q.vehicle_id = f.vehicle_id
                                AND q.company_id = f.company_id
                                AND q.state IN ('issued', 'cancelled')
                                AND %(started)s < f.expiry_date - %(before)s)
                        THEN 'lapsed_back' ELSE 'prospect_to_renewal' END,
                   FALSE, f.service_active, f.insurer_text
              FROM dealer_renewal_prospect f
              JOIN dealer_vehicle v ON v.id = f.vehicle_id
              LEFT JOIN res_partner person ON person.id = f.partner_id
             WHERE f.company_id = %(company)s AND f.active
               AND f.expiry_date BETWEEN %(first)s AND %(last)s
               AND f.vehicle_id > %(after)s
               AND NOT %(gone)s
               AND NOT EXISTS (
                   SELECT FROM dealer_policy q
                    WHERE q.vehicle_id = f.vehicle_id AND q.company_id = f.company_id
                      AND q.state = 'issued' AND q.product IN ('ctpl', 'commercial')
                      AND q.issued_at < %(until)s
                      AND q.renewal_date >= %(first)s
                      AND %(started)s < f.expiry_date - %(before)s)
               AND %(not_listed)s
             ORDER BY f.vehicle_id
             LIMIT %(limit)s
            """,
            company=self.company_id.id,
            first=self.date_from,
            last=self.date_to,
            until=until,
            after=after_id,
            gone=self._gone(SQL("f.vehicle_id")),
            started=self._started("q"),
            before=self.company_id.dealer_renew_days_before,
            not_listed=self._not_listed(SQL("f.vehicle_id")),
            limit=limit,
        )

    # ---------------------------------------------------------------------- Button
    @api.model
    def action_build_month(self, month):
        """Make or complete the list of a month, also of a past one.

        :param month: any day of the month
        :return: id of the cohort
        """
        self._check_holds("uw_leader", "insurance_manager")
        month = fields.Date.to_date(month)
        company = self.env.company
        limit = fields.Date.add(company._dealer_today(), months=13)
        if not month or month > limit:
            return False
        return self._build(company, month).id

    @api.model
    def _covered(self, companies, date_from, date_to):
        """Months of a period that have a frozen list.

        :return: set of (company id, first day)
        """
        cohorts_sudo = self.sudo().search(
            Domain("company_id", "in", companies.ids)
            & Domain("date_from", ">=", fields.Date.start_of(date_from, "month"))
            & Domain("date_from", "<=", date_to)
            & Domain("frozen_at", "!=", False)
        )
        return {(cohort.company_id.id, cohort.date_from) for cohort in cohorts_sudo}

from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .renewal_prospect import OTHER_YEAR_DAYS


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
        date_from = fields.Date.start_of(fields.Date.to_date(month), "month")
        # sudo: the list is the store's, whoever opens the month
        cohort_sudo = self.sudo().search(
            [("company_id", "=", company.id), ("date_from", "=", date_from)]
        )
        if not cohort_sudo:
            cohort_sudo = self._sudo_open(company, date_from, as_of)
        if cohort_sudo._sudo_fill(as_of, progress) is None:
            return None
        if not cohort_sudo.frozen_at:
            cohort_sudo._write_protected({"frozen_at": fields.Datetime.now()})
        return self.browse(cohort_sudo.id)

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
        kinds = ["own", "prospect"]
        if company.dealer_renewal_add_lapsed:
            kinds.append("lapsed")
        for kind in kinds:
            last, limit = 0, company.dealer_renewal_batch
            while cars := getattr(self, f"_next_{kind}")(last, limit):
                last = cars[-1]
                facts = getattr(self, f"_facts_{kind}")(self._unlisted(cars), until)
                self._sudo_add(facts)
                # The cars of a batch are not needed any more.
                self.env.flush_all()
                self.env.invalidate_all()
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
        return "late_policy" if fact.get("policy_id") else "new_prospect"

    # ------------------------------------------------------------------ Selections
    # Each kind of car has a method that names the next cars and one that tells their
    # facts. A batch costs a constant number of plain statements.

    def _unlisted(self, cars):
        """Ids of the cars that are not on this list yet."""
        groups = self.env["dealer.renewal.due"]._read_group(
            [("cohort_id", "=", self.id), ("vehicle_id", "in", cars)], ["vehicle_id"]
        )
        listed = {vehicle.id for (vehicle,) in groups}
        return [car for car in cars if car not in listed]

    def _next_cars(self, model, day_field, first, last, extra, after_id, limit):
        """Ids of the next cars, by a day of a model with ``vehicle_id``."""
        Model = self.env[model]
        Model.flush_model()
        query = Model._search(
            Domain("company_id", "=", self.company_id.id)
            & Domain(day_field, ">=", first)
            & Domain(day_field, "<=", last)
            & extra
        )
        car = Model._field_to_sql(query.table, "vehicle_id", query)
        rows = self.env.execute_query(
            SQL(
                "SELECT DISTINCT %s FROM %s WHERE %s AND %s > %s ORDER BY 1 LIMIT %s",
                car,
                query.from_clause,
                query.where_clause,
                car,
                after_id,
                limit,
            )
        )
        return [car_id for (car_id,) in rows]

    def _next_own(self, after_id, limit):
        return self._next_cars(
            "dealer.policy",
            "renewal_date",
            self.date_from,
            self.date_to,
            Domain("state", "=", "issued"),
            after_id,
            limit,
        )

    def _next_lapsed(self, after_id, limit):
        first = fields.Date.subtract(self.date_from, years=1)
        return self._next_cars(
            "dealer.policy",
            "renewal_date",
            first,
            fields.Date.end_of(first, "month"),
            Domain("state", "=", "issued"),
            after_id,
            limit,
        )

    def _next_prospect(self, after_id, limit):
        return self._next_cars(
            "dealer.renewal.prospect",
            "expiry_date",
            self.date_from,
            self.date_to,
            Domain.TRUE,
            after_id,
            limit,
        )

    def _policies_of(self, cars, until):
        """What the store issued for some cars: {car id: [policy, …]} by issue.

        Only the policy that decides when an entry runs out: commercial, else
        compulsory cover.
        """
        policies = self.env["dealer.policy"].search(
            [
                ("vehicle_id", "in", cars),
                ("company_id", "=", self.company_id.id),
                ("state", "in", ("issued", "cancelled")),
                ("product", "in", ("commercial", "ctpl")),
                ("issued_at", "<", until),
            ],
            order="issued_at, id",
        )
        result = {}
        for policy in policies:
            entry = policy.underwriting_id
            leading = entry.commercial_policy_id or entry.ctpl_policy_id
            if entry.entry_type == "issue" and policy == leading:
                result.setdefault(policy.vehicle_id.id, []).append(policy)
        return result

    def _starts_before_window(self, policy, expiry):
        """Whether a policy is no renewal of a cover that ends on a day."""
        company = self.company_id
        if not policy.date_start:
            return True
        start = company._dealer_local_day(policy.date_start)
        return start < expiry - timedelta(days=company.dealer_renew_days_before)

    def _gone(self, cars):
        """Cars that left the store for good (approved exclusion)."""
        groups = self.env["dealer.renewal.exclusion"]._read_group(
            [("vehicle_id", "in", cars), ("state", "=", "approved")], ["vehicle_id"]
        )
        return {vehicle.id for (vehicle,) in groups}

    def _facts_own(self, cars, until):
        """Cars whose last policy of this store runs out in the month, once each.

        A later policy that is no renewal took the place of the earlier one.
        """
        found = []
        for policies in self._policies_of(cars, until).values():
            due = [
                policy
                for policy in policies
                if policy.state == "issued"
                and policy.renewal_date
                and self.date_from <= policy.renewal_date <= self.date_to
            ]
            if not due:
                continue
            last = due[-1]
            if not any(
                other.state == "issued"
                and other.issued_at > last.issued_at
                and other.renewal_date > last.renewal_date
                and self._starts_before_window(other, last.renewal_date)
                for other in policies
            ):
                found.append(last)
        # A policy whose end was moved stays on its first list.
        groups = self.env["dealer.renewal.due"]._read_group(
            [("policy_id", "in", [policy.id for policy in found])], ["policy_id"]
        )
        known = {policy for (policy,) in groups}
        found = [policy for policy in found if policy not in known]
        prospects = self._prospects_of([policy.vehicle_id.id for policy in found])
        return [
            {
                **self._policy_facts(policy),
                "policy_id": policy.id,
                "underwriting_id": policy.underwriting_id.id,
                "issued_at": policy.issued_at,
                "expiry_date": policy.renewal_date,
                "segment": "new_to_renewal"
                if policy.underwriting_id.business_type == "new_car"
                else "renewal_to_renewal",
                "prospect_id": prospects.get(policy.vehicle_id.id),
            }
            for policy in found
        ]

    def _prospects_of(self, cars):
        prospects = self.env["dealer.renewal.prospect"].search_fetch(
            [("vehicle_id", "in", cars), ("company_id", "=", self.company_id.id)],
            ["vehicle_id"],
        )
        return {prospect.vehicle_id.id: prospect.id for prospect in prospects}

    def _policy_facts(self, policy):
        """Facts of a policy; the person is whom it belongs to on this day."""
        entry, vehicle = policy.underwriting_id, policy.vehicle_id
        person = (
            policy.current_insured_id
            or entry.insured_id
            or entry.owner_id
            or entry.applicant_id
        )
        return {
            **self._vehicle_facts(vehicle),
            "policy_no": policy.policy_no,
            "insurer_id": policy.insurer_id.id,
            "premium_due": entry.ctpl_premium + entry.commercial_premium,
            "business_type": entry.business_type,
            "consultant_id": entry.consultant_id.id,
            "agent_id": entry.principal_id.id,
            "partner_id": person.id,
            "customer_name": person.name,
        }

    def _vehicle_facts(self, vehicle):
        return {
            "vehicle_id": vehicle.id,
            "vin": vehicle.vin,
            "plate": vehicle.plate,
            "model_text": vehicle.model_text or vehicle.model_id.name,
        }

    def _facts_lapsed(self, cars, until):
        """Cars whose last policy here ran out a year ago: insured elsewhere, most
        likely until the same day."""
        gone = self._gone(cars)
        prospects = self.env["dealer.renewal.prospect"].search_fetch(
            [("vehicle_id", "in", cars), ("expiry_date", "!=", False)],
            ["vehicle_id", "expiry_date"],
        )
        told = {prospect.vehicle_id.id: prospect.expiry_date for prospect in prospects}
        result = []
        for car, policies in self._policies_of(cars, until).items():
            known = [policy for policy in policies if policy.renewal_date]
            last = max(
                (
                    policy
                    for policy in known
                    if fields.Date.add(policy.renewal_date, years=1) <= self.date_to
                ),
                key=lambda policy: (policy.renewal_date, policy.id),
                default=None,
            )
            if not last or car in gone:
                continue
            expiry = fields.Date.add(last.renewal_date, years=1)
            # A prospect that names the day of the cover elsewhere knows better.
            if (
                expiry < self.date_from
                or told.get(car, expiry) > expiry - timedelta(days=OTHER_YEAR_DAYS)
                and car in told
            ):
                continue
            if any(
                policy.renewal_date > last.renewal_date
                and self._starts_before_window(policy, expiry)
                for policy in known
            ):
                continue
            result.append(
                {
                    **self._policy_facts(last),
                    "expiry_date": expiry,
                    "segment": "lapsed_back",
                    "is_assumed": True,
                }
            )
        return result

    def _facts_prospect(self, cars, until):
        """Cars insured elsewhere that are known to run out in the month."""
        gone, policies = self._gone(cars), self._policies_of(cars, until)
        prospects = self.env["dealer.renewal.prospect"].search(
            [
                ("vehicle_id", "in", cars),
                ("company_id", "=", self.company_id.id),
                ("expiry_date", ">=", self.date_from),
                ("expiry_date", "<=", self.date_to),
            ]
        )
        result = []
        for prospect in prospects:
            car, expiry = prospect.vehicle_id.id, prospect.expiry_date
            earlier = [
                policy
                for policy in policies.get(car, ())
                if self._starts_before_window(policy, expiry)
            ]
            insured_here = any(
                policy.state == "issued" and policy.renewal_date >= self.date_from
                for policy in earlier
            )
            if car in gone or insured_here:
                continue
            before = prospect.insured_here_before or earlier
            result.append(
                {
                    **self._vehicle_facts(prospect.vehicle_id),
                    "insurer_id": prospect.insurer_id.id,
                    "insurer_text": prospect.insurer_text,
                    "expiry_date": expiry,
                    "premium_due": prospect.last_premium,
                    "agent_id": prospect.agent_id.id,
                    "partner_id": prospect.partner_id.id,
                    "customer_name": prospect.partner_id.name or prospect.owner_name,
                    "prospect_id": prospect.id,
                    "segment": "lapsed_back" if before else "prospect_to_renewal",
                    "service_active": prospect.service_active,
                }
            )
        return result

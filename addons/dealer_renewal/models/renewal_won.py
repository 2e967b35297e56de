from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.fields import Domain

from .renewal_task import AGENTS

SLEEP_BATCH = 500


class DealerRenewalTask(models.Model):
    """How a task ends without a person, and how it begins again (SM-6)."""

    _inherit = "dealer.renewal.task"

    # -------------------------------------------------------------------- Won
    @api.model
    def _sudo_match_won(self, vehicles):
        """Set or take back the new policy of the tasks of these cars.

        A task is won by a policy in force of this store, compulsory or commercial, that
        starts inside the window around the expiry; commercial cover comes first. What
        is void or cancelled before wins nothing. A fixed number of queries.

        :param vehicles: ``dealer.vehicle``
        """
        # sudo: a clerk issues, the task of the specialist follows
        tasks = self.sudo().search(
            [("vehicle_id", "in", vehicles.ids), ("withdrawn_at", "=", False)]
        )
        if not tasks:
            return
        policies = (
            self.env["dealer.policy"]
            .sudo()
            .search(
                Domain("vehicle_id", "in", tasks.vehicle_id.ids)
                & Domain("product", "in", ("ctpl", "commercial"))
                & Domain("is_live", "=", True)
                & Domain("date_start", "!=", False),
                order="date_start, id",
            )
        )
        by_car = policies.grouped("vehicle_id")
        now = fields.Datetime.now()
        won, reopened = self.browse(), self.browse()
        for task in tasks:
            company = task.company_id
            first = task.expiry_date - timedelta(days=company.dealer_renew_days_before)
            last = task.expiry_date + timedelta(days=company.dealer_renew_days_after)
            new = by_car.get(task.vehicle_id, policies.browse()).filtered(
                lambda policy, task=task, company=company, first=first, last=last: (
                    policy.underwriting_id != task.policy_id.underwriting_id
                    and policy.company_id == company
                    and first <= company._dealer_local_day(policy.date_start) <= last
                )
            )
            best = new.sorted(lambda policy: policy.product != "commercial")[:1]
            if task.won_policy_id == best:
                continue
            task._write_protected(
                {
                    "won_policy_id": best.id,
                    "won_at": best and now,
                    # Taken back: the job brings the task to its node again.
                    **({} if best else {"current_node_id": False}),
                }
            )
            if best:
                won |= task
            else:
                reopened |= task
        won._forget_all()
        reopened._rescore()

    # ------------------------------------------------------- Sleep and wake
    @api.model
    def _cron_sleep(self):
        """Daily: what was lost or ran out is parked, what is due again wakes up."""
        cron = self.env["ir.cron"]
        for company in self.env["res.company"]._dealer_stores():
            tasks = self.with_company(company)
            steps = (
                (tasks._sleep_domain(company), "_fall_asleep"),
                (tasks._wake_domain(company), "_wake_up"),
            )
            for domain, method in steps:
                cron._commit_progress(remaining=self.search_count(domain))
                last = 0
                while found := tasks.search(
                    domain & Domain("id", ">", last), limit=SLEEP_BATCH, order="id"
                ):
                    last = found[-1].id
                    locked = found.try_lock_for_update(allow_referencing=True)
                    getattr(locked, method)()
                    if not cron._commit_progress(len(found)):
                        return

    @api.model
    def _sleep_domain(self, company):
        """Tasks to park: decided losses and expired ones, after the window.

        Losses whose reason never comes back stay lost.
        """
        today = company._dealer_today()
        end = today - timedelta(days=company.dealer_renew_days_after)
        late = end - timedelta(days=company.dealer_renewal_sleep_days)
        return Domain("company_id", "=", company.id) & (
            (
                Domain("state", "=", "lost")
                & Domain("expiry_date", "<", end)
                & ~Domain(
                    "lost_case_ids", "any!", [("reason_id.never_wakes", "=", True)]
                )
            )
            | (Domain("state", "=", "expired") & Domain("expiry_date", "<", late))
            | (Domain("state", "=", "transferred") & Domain("expiry_date", "<", late))
        )

    def _fall_asleep(self):
        """Park the tasks until the policy elsewhere is due."""
        now = fields.Datetime.now()
        horizons = {
            company: company.dealer_renew_days_before for company in self.company_id
        }
        for task in self:
            due = task._expiry_elsewhere()
            task._write_protected(
                {
                    "slept_at": now,
                    "next_expiry": due,
                    "wake_on": due - timedelta(days=horizons[task.company_id]),
                }
            )
        self._forget_all()

    def _expiry_elsewhere(self):
        """When the car is due again: what the leader wrote, else a year later."""
        self.ensure_one()
        told = self.lost_case_ids[:1].returns_next_year
        if told and told > self.expiry_date:
            return told
        today = self.company_id._dealer_today()
        due = self.expiry_date + relativedelta(years=1)
        while due <= today:
            due += relativedelta(years=1)
        return due

    @api.model
    def _wake_domain(self, company):
        return (
            Domain("company_id", "=", company.id)
            & Domain("state", "=", "sleeping")
            & Domain("wake_on", "<=", company._dealer_today())
            & Domain("next_task_ids", "=", False)
        )

    def _wake_up(self):
        """Make the task of the next year, unless the car is insured here by then.

        :return: the new tasks
        """
        insured = self._insured_cars()
        known = {
            (task.vehicle_id, task.expiry_date)
            for task in self.search(
                Domain("vehicle_id", "in", self.vehicle_id.ids)
                & Domain("expiry_date", "in", list(set(self.mapped("next_expiry"))))
            )
        }
        back = self.filtered(
            lambda task: (
                task.vehicle_id.id not in insured
                and (task.vehicle_id, task.next_expiry) not in known
            )
        )
        # Whoever is insured here again comes with his own policy.
        (self - back)._write_protected({"wake_on": False})
        return self._create_tasks([task._prepare_wake_vals() for task in back])

    def _insured_cars(self):
        """Cars with a policy of this store that has not run out: set of ids."""
        today = min(self._user_today().values(), default=False)
        groups = self.env["dealer.policy"]._read_group(
            Domain("vehicle_id", "in", self.vehicle_id.ids)
            & Domain("is_live", "=", True)
            & Domain("renewal_date", ">=", today),
            ["vehicle_id"],
        )
        return {vehicle.id for (vehicle,) in groups}

    def _prepare_wake_vals(self):
        self.ensure_one()
        case = self.lost_case_ids[:1]
        return {
            "company_id": self.company_id.id,
            "vehicle_id": self.vehicle_id.id,
            "partner_id": self.partner_id.id,
            "expiry_date": self.next_expiry,
            "prospect_id": self.prospect_id.id,
            "previous_task_id": self.id,
            "segment": "lapsed_back",
            "last_insurer_id": case.competitor_insurer_id.id or self.last_insurer_id.id,
            "last_premium": case.competitor_premium or self.last_premium,
        }

    def action_wake_up(self):
        """Call a sleeping customer now, before his day."""
        self._check_holds(*AGENTS)
        self.check_access("write")
        self._check_state(("sleeping",), self.env._("Wake Up"))
        tasks = self._sudo_wake_up()
        return tasks.with_env(self.env)._get_records_action(name=self.env._("Woken Up"))

    def _sudo_wake_up(self):
        # sudo: tasks are made by the system only
        return self.sudo()._wake_up()

import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

_logger = logging.getLogger(__name__)

GENERATE_BATCH = 500
_SILENT = {
    "tracking_disable": True,
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
}


class DealerRenewalTask(models.Model):
    """Tasks of the cars that are due: made by a job, never twice (S70, SM-6)."""

    _inherit = "dealer.renewal.task"

    @api.model
    def _cron_generate(self):
        """Daily: one task for each line of a frozen cohort that has none yet.

        Each batch is committed with the lines that point to its tasks, so that a job
        that was killed goes on with the first line that has none.
        """
        cron = self.env["ir.cron"]
        Due = self.env["dealer.renewal.due"]
        for company in self.env["res.company"]._dealer_stores():
            domain = self._due_domain(company)
            tasks = self.with_company(company)
            cron._commit_progress(remaining=Due.search_count(domain))
            failed = Due.browse()
            while dues := Due.search(
                domain & Domain("id", "not in", failed.ids),
                limit=GENERATE_BATCH,
                order="expiry_date, id",
            ):
                locked = dues.try_lock_for_update(allow_referencing=True)
                if not locked:
                    break
                failed |= tasks._generate_safely(locked)
                if not cron._commit_progress(len(locked)):
                    return

    @api.model
    def _due_domain(self, company):
        """Lines of frozen cohorts without a task whose renewal window is open.

        :param company: the store
        """
        first = company._dealer_today() - timedelta(
            days=company.dealer_renew_days_after
        )
        return (
            Domain("company_id", "=", company.id)
            & Domain("task_id", "=", False)
            & Domain("cohort_id.frozen_at", "!=", False)
            & Domain("expiry_date", ">=", first)
            & ~Domain("exclusion_ids", "any", [("state", "=", "approved")])
        )

    @api.model
    def _generate_safely(self, dues):
        """Generate a batch; one bad line does not keep the others from their tasks.

        :return: lines that could not be worked on; the log tells why
        """
        try:
            with self.env.cr.savepoint():
                self._generate(dues)
            return dues.browse()
        except Exception:
            _logger.exception("A batch of %s due lines failed, going one by one", dues)
        failed = dues.browse()
        for due in dues:
            try:
                with self.env.cr.savepoint():
                    self._generate(due)
            except Exception:
                _logger.exception("No renewal task for %s", due)
                failed |= due
        return failed

    @api.model
    def _generate(self, dues):
        """Tasks of due lines, found or made, assigned and scored.

        :param dues: ``dealer.renewal.due`` lines of one store
        :return: the new tasks
        """
        known = {
            (task.vehicle_id, task.expiry_date): task
            for task in self.search(
                Domain("vehicle_id", "in", dues.vehicle_id.ids)
                & Domain("expiry_date", "in", list(set(dues.mapped("expiry_date")))),
                order="is_open, id",
            )
        }
        wanted = {}
        for due in dues:
            key = (due.vehicle_id, due.expiry_date)
            if key not in known:
                wanted.setdefault(key, due)
        made = self._create_tasks([due._prepare_task_vals() for due in wanted.values()])
        known |= zip(wanted, made, strict=True)
        silent = dues.with_context(**_SILENT)
        for due in silent:
            task = known[due.vehicle_id, due.expiry_date]
            due._write_protected({"task_id": task.id})
        return made

    @api.model
    def _create_tasks(self, vals_list):
        """Create tasks with their facts, owner and score.

        :param vals_list: values of new tasks
        :return: the tasks
        """
        tasks = self.with_context(**_SILENT)._create_protected(vals_list)
        if tasks:
            tasks._refresh_facts()
            tasks.filtered(lambda task: not task.owner_id)._assign()
            tasks._sudo_match_won(tasks.vehicle_id)
        return tasks.with_env(self.env)

    def _insured_times(self):
        """Years with this store: dict vehicle id -> number of issued ledger entries."""
        groups = self.env["dealer.underwriting"]._read_group(
            Domain("vehicle_id", "in", self.vehicle_id.ids)
            & Domain("company_id", "in", self.company_id.ids)
            & Domain("entry_type", "=", "issue")
            & Domain("issued_at", "!=", False)
            & Domain("voided_at", "=", False),
            ["vehicle_id"],
            ["__count"],
        )
        return {vehicle.id: count for vehicle, count in groups}

    def _refresh_facts(self):
        """What the store knows of the cars, and the score; in constant queries."""
        times = self._insured_times()
        facts = {}
        for _company, tasks in self.grouped("company_id").items():
            facts |= tasks.vehicle_id._store_facts(*tasks._year_before())
        troubles = self.vehicle_id._open_troubles()
        for task in self:
            known = facts.get(task.vehicle_id, {})
            vals = {
                "insured_times": times.get(task.vehicle_id.id, 0),
                "claim_count": known.get("claims", 0),
                "repair_count": known.get("repairs", 0),
                "repair_value": known.get("repair_value", 0.0),
                "last_visit": known.get("last_visit") or False,
                "trouble_count": len(troubles.get(task.vehicle_id, ())),
            }
            changed = {name: vals[name] for name in vals if task[name] != vals[name]}
            if changed:
                task._write_protected(changed)
        self._rescore()

    # ------------------------------------------------------------ Left out
    def _withdraw(self, reason):
        """Close open tasks of cars that a cohort leaves out; nobody calls them.

        :param reason: why, in words; it stands on the task
        """
        tasks = self.filtered("is_open")
        tasks._write_protected(
            {"withdrawn_at": fields.Datetime.now(), "withdraw_reason": reason}
        )
        tasks._forget_all()

    def _rejoin(self):
        """The exclusion was taken back: the tasks go on where they were."""
        tasks = self.filtered("withdrawn_at")
        tasks._write_protected(
            {
                "withdrawn_at": False,
                "withdraw_reason": False,
                # The job brings them to their node again.
                "current_node_id": False,
            }
        )


class DealerRenewalDue(models.Model):
    _inherit = "dealer.renewal.due"

    def _prepare_task_vals(self):
        """Values of the task of a due line: frozen facts and the people of today."""
        self.ensure_one()
        policy, prospect = self.policy_id, self.prospect_id
        partner = (
            policy.current_applicant_id
            or policy.current_insured_id
            or self.partner_id
            or prospect.partner_id
            or self.vehicle_id.owner_id
        )
        return {
            "company_id": self.company_id.id,
            "vehicle_id": self.vehicle_id.id,
            "expiry_date": self.expiry_date,
            "policy_id": policy.id,
            "prospect_id": prospect.id,
            "partner_id": partner.id,
            "segment": self.segment,
            "last_insurer_id": (self.insurer_id or prospect.insurer_id).id,
            "last_premium": self.premium_due or prospect.last_premium,
        }


class DealerRenewalExclusion(models.Model):
    """Nobody calls a customer whose car was left out of the due list."""

    _inherit = "dealer.renewal.exclusion"

    def action_approve(self):
        # EXTENDS dealer_renewal: its task is closed with it
        result = super().action_approve()
        labels = dict(self._fields["reason"]._description_selection(self.env))
        for exclusion in self:
            task_sudo = exclusion._sudo_task()
            task_sudo._withdraw(labels.get(exclusion.reason) or exclusion.display_name)
        return result

    def action_reject(self, reason=None):
        # EXTENDS dealer_renewal: an exclusion that is taken back gives work again
        approved = self.filtered(lambda exclusion: exclusion.state == "approved")
        result = super().action_reject(reason)
        for exclusion in approved.filtered(lambda e: e.state != "approved"):
            exclusion._sudo_task()._rejoin()
        return result

    def _sudo_task(self):
        # sudo: who decides on the due list does not need the right to write tasks
        return self.due_id.task_id.sudo()

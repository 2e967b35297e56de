from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from .kpi_renewal import OWN


class DealerKpiEngine(models.AbstractModel):
    """Follow-up of due cars (K14): effective contacts of their tasks."""

    _inherit = "dealer.kpi.engine"

    @api.model
    def _sudo_followed_tasks(self, companies, date_from, date_to, first_only):
        """Tasks of a period that were followed up well.

        :param first_only: the first effective contact came in time, instead of enough
            of them
        :return: ids of tasks
        """
        self.env["dealer.renewal.contact"].sudo().flush_model()
        self.env["dealer.renewal.task"].sudo().flush_model(["expiry_date"])
        ids = []
        for zone, stores in self._by_timezone(companies):
            for company in stores:
                days = company.dealer_renewal_follow_days
                enough = company.dealer_renewal_follow_contacts
                if first_only:
                    days, enough = company.dealer_renewal_first_contact_days, 1
                rows = self.env.execute_query(
                    SQL(
                        """
                        SELECT task.id
                          FROM dealer_renewal_task task
                          JOIN dealer_renewal_contact contact
                            ON contact.task_id = task.id AND contact.is_effective
                         WHERE task.company_id = %(company)s
                           AND task.expiry_date BETWEEN %(first)s AND %(last)s
                           AND (contact.contacted_at AT TIME ZONE 'UTC'
                                AT TIME ZONE %(zone)s)::date
                               <= task.expiry_date - %(days)s
                         GROUP BY task.id HAVING COUNT(*) >= %(enough)s
                        """,
                        company=company.id,
                        first=date_from,
                        last=date_to,
                        zone=zone,
                        days=days,
                        enough=enough,
                    )
                )
                ids += [task_id for (task_id,) in rows]
        return ids

    @api.model
    def _followed(self, companies, date_from, date_to, filters, first_only):
        first, last = self._day_bounds(dict(filters or {}), date_from, date_to)
        ids = self._sudo_followed_tasks(companies, first, last, first_only)
        return Domain("task_id", "in", ids)

    @api.model
    def _follow_figures(
        self, companies, date_from, date_to, group_by, filters, first_only
    ):
        self._check_stores(companies)
        good = self._followed(companies, date_from, date_to, filters, first_only)
        due = self._renewal_figures(companies, date_from, date_to, group_by, filters)
        done = self._renewal_figures(
            companies, date_from, date_to, group_by, filters, OWN & good
        )
        return {
            group: (done.get(group, (0, 0))[1], below)
            for group, (_above, below) in due.items()
        }

    @api.model
    def _kpi_k14(self, companies, date_from, date_to, group_by=(), filters=None):
        """Effective follow-up: cars with enough effective contacts in time ÷ due."""
        return self._follow_figures(
            companies, date_from, date_to, group_by, filters, False
        )

    @api.model
    def _kpi_k14_action(self, companies, date_from, date_to, part, filters=None):
        good = self._followed(companies, date_from, date_to, filters, False)
        return self._open_due(companies, date_from, date_to, part, filters, good)

    @api.model
    def _kpi_k14_first(self, companies, date_from, date_to, group_by=(), filters=None):
        """First effective contact in time ÷ due cars."""
        return self._follow_figures(
            companies, date_from, date_to, group_by, filters, True
        )

    @api.model
    def _kpi_k14_first_action(self, companies, date_from, date_to, part, filters=None):
        good = self._followed(companies, date_from, date_to, filters, True)
        return self._open_due(companies, date_from, date_to, part, filters, good)

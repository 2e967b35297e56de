import logging

from odoo import api, fields, models
from odoo.fields import Domain

_logger = logging.getLogger(__name__)


class DealerOverdueMixin(models.AbstractModel):
    """Records that are late while nobody acts; the clock alone makes them so.

    A model says with ``_overdue_domain`` which records are late now, and with
    ``_overdue_depends`` what of its own fields that domain reads.
    """

    _name = "dealer.overdue.mixin"
    _description = "Record That May Be Late"
    _overdue_depends = ("state",)

    is_overdue = fields.Boolean(
        string="Overdue", compute="_compute_is_overdue", search="_search_is_overdue"
    )

    @api.model
    def _overdue_domain(self):
        """Domain of the records that are late now."""
        raise NotImplementedError(f"{self._name} does not say what is late")

    @api.depends(lambda self: self._overdue_depends)
    def _compute_is_overdue(self):
        late = self.filtered_domain(self._overdue_domain())
        for record in self:
            record.is_overdue = record in late

    @api.model
    def _search_is_overdue(self, operator, value):
        if operator != "in":
            return NotImplemented
        late, wanted = self._overdue_domain(), set(value)
        if wanted == {True}:
            return late
        return ~late if wanted == {False} else Domain(bool(wanted))


class DealerEscalationMixin(models.AbstractModel):
    """Late records whose delay is told once to the person above (§9.3).

    A model says with ``_escalate`` who hears of it; ``due_date`` is its day.
    """

    _name = "dealer.escalation.mixin"
    _description = "Record Whose Delay Is Told"
    _inherit = ["dealer.overdue.mixin"]

    escalated_at = fields.Datetime(copy=False, readonly=True)

    def _escalate(self):
        """Tell the person above of this record and set ``escalated_at``."""
        raise NotImplementedError(f"{self._name} does not say who hears of delays")

    @api.model
    def _cron_escalate(self):
        """Records that stay late beyond the days of their store; each is told once."""
        today = fields.Date.context_today(self)
        domain = Domain("escalated_at", "=", False) & Domain.OR(
            self._overdue_domain()
            & Domain("company_id", "=", company.id)
            & Domain(
                "due_date",
                "<",
                fields.Date.subtract(today, days=company.dealer_review_escalate_days),
            )
            for company in self.env["res.company"]._dealer_stores()
        )
        late = self.search(domain, order="id")
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(late))
        for record in late:
            if not record.try_lock_for_update(allow_referencing=True):
                continue
            try:
                with self.env.cr.savepoint():
                    record._escalate()
            except Exception:
                # One bad record must not keep the others from being told of.
                _logger.exception("Escalation of %s failed", record)
            if not cron._commit_progress(1):
                break

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command

from .agreement import RATE_DIGITS


class DealerAgreement(models.Model):
    """Versions of an agreement: each names the one before, and ends it."""

    _inherit = "dealer.agreement"

    predecessor_id = fields.Many2one(
        "dealer.agreement",
        string="Version Before",
        copy=False,
        index="btree_not_null",
        check_company=True,
        domain="[('insurer_id', '=', insurer_id), ('id', '!=', id)]",
        readonly=True,
    )
    successor_ids = fields.One2many(
        "dealer.agreement", "predecessor_id", string="Later Versions"
    )
    version = fields.Integer(
        compute="_compute_version", recursive=True, store=True, aggregator=None
    )

    @api.depends("predecessor_id.version")
    def _compute_version(self):
        for agreement in self:
            agreement.version = (agreement.predecessor_id.version or 0) + 1

    @api.constrains("predecessor_id")
    def _check_predecessor(self):
        if self._has_cycle("predecessor_id"):
            raise ValidationError(
                self.env._("An agreement cannot come before and after itself.")
            )

    def _before_activate(self):
        # EXTENDS: a new version takes over
        result = super()._before_activate()
        self._end_predecessors()
        return result

    def _end_predecessors(self):
        """A new version takes over: the one before ends on the day before it."""
        for agreement in self:
            before = agreement.predecessor_id
            last_day = fields.Date.add(agreement.date_from, days=-1)
            if before.state != "active" or (
                before.date_to and before.date_to <= last_day
            ):
                continue
            if last_day < before.date_from:
                raise UserError(
                    self.env._(
                        "%(name)s starts on %(day)s, not after %(before)s. Choose a "
                        "later first day.",
                        name=agreement.name,
                        day=fields.Date.to_string(agreement.date_from),
                        before=before.name,
                    )
                )
            before.date_to = last_day

    def action_new_version(self):
        """Open the dialog that asks from which day the next version holds."""
        self.check_access("write")
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("New Version"),
            "res_model": "dealer.agreement.version.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_agreement_id": self.id},
        }

    def _create_version(self, date_from, name):
        """Draft of the next version, with the rates that still hold on its first day.

        :param date_from: first day of the new version
        :param name: number of the new agreement
        :return: the new agreement
        """
        self.ensure_one()
        if self.state == "draft":
            raise UserError(
                self.env._("A draft has no versions; correct the draft itself.")
            )
        if date_from <= self.date_from:
            raise UserError(
                self.env._("The new version starts after %(name)s.", name=self.name)
            )
        date_to = self.date_to if self.date_to and self.date_to > date_from else False
        rates = self.rate_ids.filtered(
            lambda rate: not rate.date_to or rate.date_to >= date_from
        )
        return self.copy(
            {
                "name": name,
                "predecessor_id": self.id,
                "date_from": date_from,
                "date_to": date_to,
                "rate_ids": [
                    Command.create(
                        {
                            "product": rate.product,
                            "business": rate.business,
                            "energy": rate.energy,
                            "rate": rate.rate,
                            "date_from": max(rate.date_from, date_from),
                            "date_to": rate.date_to,
                            "clause": rate.clause,
                        }
                    )
                    for rate in rates
                ],
            }
        )

    @api.readonly
    def action_view_versions(self):
        """Open all versions of the agreement, the newest first."""
        versions = self
        while versions.predecessor_id - versions:
            versions |= versions.predecessor_id
        while versions.successor_ids - versions:
            versions |= versions.successor_ids
        return versions._get_records_action(name=self.env._("Versions"))


class DealerAgreementRate(models.Model):
    """What the version before promised, beside each rate."""

    _inherit = "dealer.agreement.rate"

    previous_rate = fields.Float(
        string="Version Before",
        digits=(7, RATE_DIGITS),
        compute="_compute_previous_rate",
        aggregator=None,
        help="Fee of the version before, on its last day.",
    )
    rate_change = fields.Float(
        string="Change",
        digits=(7, RATE_DIGITS),
        compute="_compute_previous_rate",
        aggregator=None,
    )

    @api.depends(
        "product",
        "business",
        "energy",
        "rate",
        "date_from",
        "agreement_id.date_from",
        "agreement_id.predecessor_id.rate_ids.rate",
    )
    def _compute_previous_rate(self):
        for rate in self:
            before = rate.agreement_id.predecessor_id
            old = 0.0
            if before and rate.agreement_id.date_from:
                old, _line = before._fee_rate(
                    rate.product,
                    business=rate.business,
                    energy=rate.energy,
                    date=fields.Date.add(rate.agreement_id.date_from, days=-1),
                )
            rate.previous_rate = old
            rate.rate_change = rate.rate - old if before else 0.0

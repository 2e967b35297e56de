from odoo import api, fields, models

from odoo.addons.dealer_base.models.guard_mixin import Violation

# The guards of the ledger hold empty hooks; they must be registered before ours.
from . import underwriting_guards  # noqa: F401


class DealerUnderwriting(models.Model):
    """Concessions of an underwriting and guard G-P5."""

    _inherit = "dealer.underwriting"

    concession_ids = fields.One2many("dealer.concession", "underwriting_id")
    concession_total = fields.Monetary(
        string="Concessions", compute="_compute_concessions", store=True
    )
    concession_ok = fields.Boolean(
        string="Concessions Comply",
        compute="_compute_concessions",
        store=True,
        help="Every concession is inside the rule or approved at its present amount.",
    )
    concession_text = fields.Char(
        string="Concessions in Words", compute="_compute_concession_text"
    )

    @api.depends("concession_ids.amount", "concession_ids.state")
    def _compute_concessions(self):
        for underwriting in self:
            concessions = underwriting.concession_ids
            underwriting.concession_total = sum(concessions.mapped("amount"))
            underwriting.concession_ok = all(
                concession.state in ("compliant", "approved")
                for concession in concessions
            )

    @api.depends("concession_ids.name")
    def _compute_concession_text(self):
        for underwriting in self:
            underwriting.concession_text = "; ".join(
                name for name in underwriting.concession_ids.mapped("name") if name
            )

    def _concession_violations(self):
        """G-P5: every concession is inside the rule or approved (S59); G-P6: none is
        forbidden. Two codes, because nobody can waive a cash rebate (R5).

        The rules are read again: what was stored when the concession was written may
        be older than the rule of today.
        """
        violations = super()._concession_violations()
        concessions = self.concession_ids
        if not concessions:
            return violations
        found = concessions._assess()
        violations += [
            Violation(
                "G-P6" if found[concession].state == "forbidden" else "G-P5",
                concession.underwriting_id,
                concession._violation_reason(found[concession]),
                concession._violation_fact(found[concession]),
            )
            for concession in concessions
            if found[concession].state not in ("compliant", "approved")
        ]
        return violations

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.claim_submission import DATE_CHAIN

#: What the dialog asks; the day of submission comes from the batch.
ASKED = DATE_CHAIN[1:]


class DealerClaimDatesWizard(models.TransientModel):
    """Enter what the insurer did with one or many cases (S103)."""

    _name = "dealer.claim.dates.wizard"
    _description = "Dates of the Insurer"

    company_id = fields.Many2one("res.company", required=True, readonly=True)
    line_ids = fields.One2many(
        "dealer.claim.dates.wizard.line", "wizard_id", string="Cases"
    )
    insurer_received_on = fields.Date(string="Received by Insurer On")
    adjusted_on = fields.Date()
    approved_on = fields.Date()

    @api.model
    def _open_for(self, claims):
        """The dialog for cases with what is known of them.

        :param claims: ``dealer.claim`` that are with the insurer
        :raises UserError: none of them is
        """
        known = claims.filtered("submission_id")
        if not known:
            raise UserError(self.env._("None of these cases is with the insurer."))
        wizard = self.create(
            {
                "company_id": known.company_id[:1].id,
                "line_ids": [
                    (
                        0,
                        0,
                        {
                            "claim_id": claim.id,
                            "approved_amount": claim.approved_amount
                            or claim.expected_insurer_payment,
                            **{name: claim[name] for name in ASKED},
                        },
                    )
                    for claim in known
                ],
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Dates of the Insurer"),
            "res_model": self._name,
            "res_id": wizard.id,
            "view_mode": "form",
            "target": "new",
        }

    @api.onchange(*ASKED)
    def _onchange_dates(self):
        """A day typed above goes to every case that has none yet."""
        for name in ASKED:
            if self[name]:
                for line in self.line_ids:
                    line[name] = line[name] or self[name]

    def action_confirm(self):
        """Write the dates on the submissions."""
        self.ensure_one()
        lines = self.line_ids
        vals = {}
        for line in lines:
            days = {name: line[name] for name in ASKED}
            amount = line.approved_amount if line.approved_on else 0.0
            vals[line.claim_id.submission_id] = {**days, "approved_amount": amount}
        lines.claim_id.submission_id._record_dates(vals)
        return {"type": "ir.actions.act_window_close"}


class DealerClaimDatesWizardLine(models.TransientModel):
    _name = "dealer.claim.dates.wizard.line"
    _description = "Dates of the Insurer for One Case"

    wizard_id = fields.Many2one(
        "dealer.claim.dates.wizard", required=True, index=True, ondelete="cascade"
    )
    claim_id = fields.Many2one("dealer.claim", required=True, readonly=True)
    currency_id = fields.Many2one(related="claim_id.currency_id")
    submitted_on = fields.Date(related="claim_id.last_submitted_on")
    expected = fields.Monetary(
        related="claim_id.expected_insurer_payment", string="Claimed"
    )
    insurer_received_on = fields.Date(string="Received by Insurer On")
    adjusted_on = fields.Date()
    approved_on = fields.Date()
    approved_amount = fields.Monetary()

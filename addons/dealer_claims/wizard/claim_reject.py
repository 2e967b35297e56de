from odoo import api, fields, models


class DealerClaimRejectWizard(models.TransientModel):
    """The letter by which the insurer refuses to pay (拒赔)."""

    _name = "dealer.claim.reject.wizard"
    _description = "Rejection by the Insurer"

    claim_ids = fields.Many2many("dealer.claim", required=True, readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    rejected_on = fields.Date(required=True)
    reason = fields.Text(string="Reason of the Insurer")
    letter_ids = fields.Many2many("ir.attachment", string="Rejection Letter")

    @api.model
    def _open_for(self, claims):
        company = claims.company_id[:1]
        wizard = self.create(
            {
                "claim_ids": [(6, 0, claims.ids)],
                "company_id": company.id,
                "rejected_on": company._dealer_today(),
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Rejected by the Insurer"),
            "res_model": self._name,
            "res_id": wizard.id,
            "view_mode": "form",
            "target": "new",
        }

    def action_confirm(self):
        """Register the rejection."""
        self.ensure_one()
        self.claim_ids.check_access("write")
        self.claim_ids._check_holds("claim_submitter", "insurance_manager")
        self.claim_ids._do_insurer_reject(
            self.rejected_on, self.reason, self.letter_ids
        )
        return {"type": "ir.actions.act_window_close"}

from odoo import api, fields, models
from odoo.exceptions import UserError


class DealerClaimChaseWizard(models.TransientModel):
    """One call to the insurer, for one or many cases (S101)."""

    _name = "dealer.claim.chase.wizard"
    _description = "Chase the Insurer"

    claim_ids = fields.Many2many("dealer.claim", required=True, readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    method = fields.Selection(
        selection=lambda self: (
            self.env["dealer.claim.chase"]
            ._fields["method"]
            ._description_selection(self.env)
        ),
        required=True,
        default="phone",
    )
    contact = fields.Char(string="Spoken To")
    result = fields.Text()
    next_on = fields.Date(string="Next Chase On")
    has_overdue = fields.Boolean(compute="_compute_has_overdue")
    overdue_reason_id = fields.Many2one(
        "dealer.reason.code",
        string="Reason of the Delay",
        domain=[("category", "=", "overdue")],
    )
    overdue_note = fields.Char(string="Explanation of the Delay")

    @api.depends("claim_ids")
    def _compute_has_overdue(self):
        for wizard in self:
            wizard.has_overdue = any(wizard.claim_ids.mapped("is_overdue"))

    @api.model
    def _open_for(self, claims):
        reasons = claims.overdue_reason_id
        wizard = self.create(
            {
                "claim_ids": [(6, 0, claims.ids)],
                "company_id": claims.company_id[:1].id,
                "overdue_reason_id": reasons.id if len(reasons) == 1 else False,
                "overdue_note": claims.overdue_note if len(claims) == 1 else False,
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Chase the Insurer"),
            "res_model": self._name,
            "res_id": wizard.id,
            "view_mode": "form",
            "target": "new",
        }

    def action_confirm(self):
        """Add the chase to the register of every case."""
        self.ensure_one()
        if not (self.result or "").strip():
            raise UserError(self.env._("Write what the insurer said."))
        self.claim_ids._do_chase(
            {
                "method": self.method,
                "contact": self.contact,
                "result": self.result.strip(),
                "next_on": self.next_on,
            },
            self.overdue_reason_id,
            self.overdue_note,
        )
        return {"type": "ir.actions.act_window_close"}

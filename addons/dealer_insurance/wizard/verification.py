from odoo import api, fields, models
from odoo.exceptions import UserError


class DealerVerificationWizard(models.TransientModel):
    """Dialog of the clerk: send the code, type what the customer reads out."""

    _name = "dealer.verification.wizard"
    _description = "Verify the Applicant's Mobile"

    underwriting_id = fields.Many2one(
        "dealer.underwriting", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="underwriting_id.company_id")
    applicant_id = fields.Many2one(related="underwriting_id.applicant_id")
    verified_at = fields.Datetime(related="underwriting_id.sms_verified_at")
    pending_id = fields.Many2one(
        "dealer.verification", compute="_compute_pending_id", string="Code"
    )
    phone_masked = fields.Char(related="pending_id.phone_masked")
    expires_at = fields.Datetime(related="pending_id.expires_at", string="Valid until")
    tries_left = fields.Integer(related="pending_id.tries_left")
    code = fields.Char(string="Code from the Customer")
    is_wrong = fields.Boolean(readonly=True)

    @api.depends("underwriting_id")
    def _compute_pending_id(self):
        for wizard in self:
            wizard.pending_id = self.env["dealer.verification"]._for_document(
                wizard.underwriting_id, "payment"
            )[:1]

    def _check_rights(self):
        self.ensure_one()
        self.underwriting_id._check_post("request_payment")
        self.underwriting_id.check_access("write")

    def action_send(self):
        """Send a code to the applicant's mobile."""
        self._check_rights()
        self.env["dealer.verification"]._sudo_send(self.underwriting_id, "payment")
        self.write({"code": False, "is_wrong": False})
        return self._reopen()

    def action_enter(self):
        """Compare the code; a wrong one is told and costs a try."""
        self._check_rights()
        if not (self.code or "").strip():
            raise UserError(self.env._("Type the code that the customer has received."))
        row = self.underwriting_id
        done_sudo = self.env["dealer.verification"]._sudo_enter(
            row, "payment", self.code
        )
        if not done_sudo:
            self.write({"code": False, "is_wrong": True})
            return self._reopen()
        row.invalidate_recordset(["sms_verified_at", "verification_wanted"])
        row._message_log(
            body=self.env._(
                "Mobile %(phone)s of %(name)s verified by code.",
                phone=done_sudo.phone_masked,
                name=row.applicant_id.name,
            )
        )
        if self.env.context.get("dealer_fast_issue"):
            return row.action_fast_issue()
        return {"type": "ir.actions.act_window_close"}

    def _reopen(self):
        keep = "dealer_fast_issue"
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Verify the Applicant's Mobile"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
            "context": {keep: True} if self.env.context.get(keep) else {},
        }

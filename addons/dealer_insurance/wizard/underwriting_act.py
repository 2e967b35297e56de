from odoo import api, fields, models


class DealerUnderwritingAct(models.TransientModel):
    """Asks for what an act on ledger rows needs: reason, receiver or place.

    The act itself, with its rights and guards, is the method of the underwriting.
    """

    _name = "dealer.underwriting.act"
    _description = "Act on Underwriting"

    act = fields.Selection(
        [
            ("void", "Void the Entry"),
            ("deliver", "Hand Over"),
            ("take_custody", "Take into Custody"),
            ("lend", "Lend Out"),
            ("withdraw_custody", "Withdraw from Custody"),
            ("take_back", "Undo the Hand-over"),
            ("reverse_signature", "Reverse the Signature"),
        ],
        required=True,
        readonly=True,
    )
    underwriting_ids = fields.Many2many(
        "dealer.underwriting", string="Entries", readonly=True
    )
    receiver_name = fields.Char(
        compute="_compute_receiver_name", store=True, readonly=False
    )
    signature = fields.Binary(attachment=False)
    place = fields.Char()
    box = fields.Char(string="Box No.")
    void_reason_id = fields.Many2one(
        "dealer.reason.code", domain=[("category", "=", "void")]
    )
    reason = fields.Char()

    @api.depends("act", "underwriting_ids")
    def _compute_receiver_name(self):
        """The applicant usually takes his policies himself."""
        for wizard in self:
            applicant = wizard.underwriting_ids.applicant_id
            wizard.receiver_name = (
                applicant.name
                if wizard.act == "deliver" and len(applicant) == 1
                else wizard.receiver_name
            )

    def action_confirm(self):
        """Do the act on the entries."""
        self.ensure_one()
        entries = self.underwriting_ids
        if self.act == "void":
            entries.action_void(self.void_reason_id.id, self.reason)
        elif self.act == "deliver":
            entries.action_deliver(self.receiver_name, self.signature)
        elif self.act == "take_custody":
            entries.action_take_custody(self.place, self.box)
        elif self.act == "lend":
            entries.action_lend(self.receiver_name, self.reason)
        elif self.act == "withdraw_custody":
            entries.action_withdraw_custody(self.reason)
        elif self.act == "take_back":
            entries.action_take_back(self.reason)
        else:
            entries.action_reverse_signature(self.reason)
        return {"type": "ir.actions.act_window_close"}

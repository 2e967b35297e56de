from odoo import fields, models


class DealerArchiveReturn(models.TransientModel):
    """Asks why an archive is sent back."""

    _name = "dealer.archive.return"
    _description = "Send Archive Back"

    archive_ids = fields.Many2many("dealer.archive", required=True, readonly=True)
    reason = fields.Char(required=True)

    def action_confirm(self):
        """Send the archives back with the reason."""
        self.ensure_one()
        self.archive_ids.action_return(self.reason)
        return {"type": "ir.actions.act_window_close"}

from odoo import fields, models

from ..tools.spreadsheet import Limits


class ResCompany(models.Model):
    _inherit = "res.company"

    dealer_import_max_mb = fields.Integer(
        string="Largest Import File (MB)",
        default=20,
        help="Larger files are refused before they are opened.",
    )
    dealer_import_inline_rows = fields.Integer(
        string="Import at Once up to (rows)",
        default=200,
        help="Larger files are imported in the background.",
    )
    dealer_import_batch_size = fields.Integer(
        string="Rows per Batch",
        default=200,
        help="Rows imported and committed together in the background.",
    )
    dealer_import_max_rows = fields.Integer(
        string="Most Rows of an Import File",
        default=100000,
    )

    _dealer_import_positive = models.Constraint(
        "CHECK (dealer_import_max_mb > 0 AND dealer_import_inline_rows >= 0 AND "
        "dealer_import_batch_size > 0 AND dealer_import_max_rows > 0)",
        "The limits of the spreadsheet import must be positive.",
    )

    def _dealer_import_limits(self):
        """Return the `Limits` of this store; unpacked size follows the file size."""
        self.ensure_one()
        max_bytes = self.dealer_import_max_mb * 1024 * 1024
        return Limits(
            max_bytes=max_bytes,
            max_unpacked=max_bytes * 20,
            max_rows=self.dealer_import_max_rows,
        )


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    dealer_import_max_mb = fields.Integer(
        related="company_id.dealer_import_max_mb", readonly=False
    )
    dealer_import_inline_rows = fields.Integer(
        related="company_id.dealer_import_inline_rows", readonly=False
    )
    dealer_import_batch_size = fields.Integer(
        related="company_id.dealer_import_batch_size", readonly=False
    )
    dealer_import_max_rows = fields.Integer(
        related="company_id.dealer_import_max_rows", readonly=False
    )

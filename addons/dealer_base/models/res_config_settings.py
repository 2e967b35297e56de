from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    dealer_ctpl_fee_cap = fields.Float(
        related="company_id.dealer_ctpl_fee_cap",
        readonly=False,
        digits=(7, 5),
    )
    dealer_vin_domestic_block = fields.Boolean(
        related="company_id.dealer_vin_domestic_block",
        readonly=False,
    )
    dealer_expiry_alert_days = fields.Char(
        related="company_id.dealer_expiry_alert_days",
        readonly=False,
    )
    dealer_alert_user_id = fields.Many2one(
        related="company_id.dealer_alert_user_id",
        readonly=False,
    )
    dealer_renew_days_before = fields.Integer(
        related="company_id.dealer_renew_days_before",
        readonly=False,
    )
    dealer_renew_days_after = fields.Integer(
        related="company_id.dealer_renew_days_after",
        readonly=False,
    )
    dealer_max_advance_days = fields.Integer(
        related="company_id.dealer_max_advance_days",
        readonly=False,
    )
    dealer_remit_days = fields.Integer(
        related="company_id.dealer_remit_days",
        readonly=False,
    )
    dealer_insurer_due_days = fields.Integer(
        related="company_id.dealer_insurer_due_days",
        readonly=False,
    )
    dealer_archive_entry_hours = fields.Integer(
        related="company_id.dealer_archive_entry_hours",
        readonly=False,
    )
    dealer_currency_id = fields.Many2one(
        related="company_id.currency_id",
        string="Store Currency",
    )
    dealer_difference_amount = fields.Monetary(
        related="company_id.dealer_difference_amount",
        readonly=False,
        currency_field="dealer_currency_id",
    )
    dealer_difference_rate = fields.Float(
        related="company_id.dealer_difference_rate",
        readonly=False,
        digits=(7, 5),
    )
    dealer_retention_years = fields.Integer(
        related="company_id.dealer_retention_years",
        readonly=False,
    )
    dealer_calendar_id = fields.Many2one(
        related="company_id.dealer_calendar_id",
        readonly=False,
    )

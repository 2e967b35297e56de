from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    dealer_premium_payable_account_id = fields.Many2one(
        related="company_id.dealer_premium_payable_account_id", readonly=False
    )
    dealer_tax_payable_account_id = fields.Many2one(
        related="company_id.dealer_tax_payable_account_id", readonly=False
    )
    dealer_refund_payable_account_id = fields.Many2one(
        related="company_id.dealer_refund_payable_account_id", readonly=False
    )
    dealer_insurer_receivable_account_id = fields.Many2one(
        related="company_id.dealer_insurer_receivable_account_id", readonly=False
    )
    dealer_insurance_journal_id = fields.Many2one(
        related="company_id.dealer_insurance_journal_id", readonly=False
    )
    dealer_premium_bank_journal_id = fields.Many2one(
        related="company_id.dealer_premium_bank_journal_id", readonly=False
    )
    dealer_premium_cash_journal_id = fields.Many2one(
        related="company_id.dealer_premium_cash_journal_id", readonly=False
    )
    dealer_premium_card_journal_id = fields.Many2one(
        related="company_id.dealer_premium_card_journal_id", readonly=False
    )
    dealer_premium_qr_journal_id = fields.Many2one(
        related="company_id.dealer_premium_qr_journal_id", readonly=False
    )
    dealer_merchant_fee_account_id = fields.Many2one(
        related="company_id.dealer_merchant_fee_account_id", readonly=False
    )
    dealer_cash_recording = fields.Boolean(
        related="company_id.dealer_cash_recording", readonly=False
    )
    dealer_cash_recording_limit = fields.Monetary(
        related="company_id.dealer_cash_recording_limit",
        readonly=False,
    )
    dealer_remit_escalate_days = fields.Integer(
        related="company_id.dealer_remit_escalate_days", readonly=False
    )
    dealer_premium_due_days = fields.Integer(
        related="company_id.dealer_premium_due_days", readonly=False
    )
    dealer_accounting_start = fields.Date(
        related="company_id.dealer_accounting_start", readonly=False
    )
    dealer_require_payment_before_issue = fields.Boolean(
        related="company_id.dealer_require_payment_before_issue", readonly=False
    )
    dealer_custody_lend_days = fields.Integer(
        related="company_id.dealer_custody_lend_days", readonly=False
    )
    dealer_archive_submit_days = fields.Integer(
        related="company_id.dealer_archive_submit_days", readonly=False
    )
    dealer_fee_income_account_id = fields.Many2one(
        related="company_id.dealer_fee_income_account_id", readonly=False
    )
    dealer_fee_tax_id = fields.Many2one(
        related="company_id.dealer_fee_tax_id", readonly=False
    )
    dealer_fee_escalate_days = fields.Integer(
        related="company_id.dealer_fee_escalate_days", readonly=False
    )
    dealer_fee_answer_days = fields.Integer(
        related="company_id.dealer_fee_answer_days", readonly=False
    )
    dealer_fee_silence_statements = fields.Integer(
        related="company_id.dealer_fee_silence_statements", readonly=False
    )
    dealer_fee_silence_days = fields.Integer(
        related="company_id.dealer_fee_silence_days", readonly=False
    )
    dealer_tier_alert_share = fields.Float(
        related="company_id.dealer_tier_alert_share", readonly=False
    )
    dealer_tier_alert_days = fields.Integer(
        related="company_id.dealer_tier_alert_days", readonly=False
    )
    dealer_premium_vat_rate = fields.Float(
        related="company_id.dealer_premium_vat_rate", readonly=False
    )
    dealer_refund_tolerance = fields.Float(
        related="company_id.dealer_refund_tolerance", readonly=False
    )
    dealer_float_scheme_id = fields.Many2one(
        related="company_id.dealer_float_scheme_id", readonly=False
    )
    dealer_quote_days = fields.Integer(
        related="company_id.dealer_quote_days", readonly=False
    )
    dealer_rating_tolerance = fields.Float(
        related="company_id.dealer_rating_tolerance", readonly=False
    )
    dealer_ledger_missing_share = fields.Float(
        related="company_id.dealer_ledger_missing_share", readonly=False
    )
    dealer_rate_sheet_alert_days = fields.Integer(
        related="company_id.dealer_rate_sheet_alert_days", readonly=False
    )
    dealer_rate_sheet_escalate_days = fields.Integer(
        related="company_id.dealer_rate_sheet_escalate_days", readonly=False
    )
    dealer_rate_sheet_sold_months = fields.Integer(
        related="company_id.dealer_rate_sheet_sold_months", readonly=False
    )
    dealer_tax_late_rate = fields.Float(
        related="company_id.dealer_tax_late_rate", readonly=False
    )

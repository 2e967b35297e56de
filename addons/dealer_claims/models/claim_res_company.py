from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    # claim money: what the entries E7–E15 of domain.md §7 are posted on
    dealer_claim_receivable_account_id = fields.Many2one(
        "account.account",
        string="Claim Receivable Account",
        check_company=True,
        domain=[("account_type", "=", "asset_receivable")],
        help="Repair money that insurers owe.",
    )
    dealer_repair_income_account_id = fields.Many2one(
        "account.account",
        string="Repair Income Account",
        check_company=True,
        domain=[("account_type", "in", ("income", "income_other"))],
        help="Income of repaired accident cars.",
    )
    dealer_claim_difference_account_id = fields.Many2one(
        "account.account",
        string="Claim Difference Account",
        check_company=True,
        domain=[("account_type", "in", ("expense", "expense_other"))],
        help="What the store bears when an insurer pays less.",
    )
    dealer_bad_debt_account_id = fields.Many2one(
        "account.account",
        string="Bad Debt Account",
        check_company=True,
        domain=[("account_type", "in", ("expense", "expense_other"))],
        help="Claim money that nobody will pay any more.",
    )
    dealer_claim_journal_id = fields.Many2one(
        "account.journal",
        string="Claim Settlement Journal",
        check_company=True,
        domain=[("type", "=", "general")],
        help="Journal of entries that settle claims without money.",
    )
    dealer_repair_vat_rate = fields.Float(
        string="VAT of Repairs",
        default=0.13,
        digits=(6, 4),
        help="Rate by which the tax of repairs is found in the chart of accounts. "
        "0: repairs are invoiced without VAT.",
    )
    dealer_repair_tax_id = fields.Many2one(
        "account.tax",
        string="Tax of Repairs",
        check_company=True,
        domain=[("type_tax_use", "=", "sale")],
        help="Tax on the repair invoices of claims. Their amounts include it.",
    )
    dealer_claim_bear_limit = fields.Monetary(
        string="Manager Alone Lets the Store Bear Up To",
        default=500.0,
        help="Up to this amount the insurance manager decides alone that the store "
        "bears a difference; above it finance agrees as well.",
    )
    dealer_claim_refund_days = fields.Integer(
        string="Refund Customers Within (working days)",
        default=5,
        help="A refund that is not paid within these working days is overdue.",
    )

    _dealer_claim_money_positive = models.Constraint(
        "CHECK (dealer_claim_bear_limit >= 0 AND dealer_claim_refund_days >= 0 "
        "AND dealer_repair_vat_rate >= 0 AND dealer_repair_vat_rate < 1)",
        "Limits, days and rates of claim money cannot be negative.",
    )


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    dealer_claim_receivable_account_id = fields.Many2one(
        related="company_id.dealer_claim_receivable_account_id", readonly=False
    )
    dealer_repair_income_account_id = fields.Many2one(
        related="company_id.dealer_repair_income_account_id", readonly=False
    )
    dealer_claim_difference_account_id = fields.Many2one(
        related="company_id.dealer_claim_difference_account_id", readonly=False
    )
    dealer_bad_debt_account_id = fields.Many2one(
        related="company_id.dealer_bad_debt_account_id", readonly=False
    )
    dealer_claim_journal_id = fields.Many2one(
        related="company_id.dealer_claim_journal_id", readonly=False
    )
    dealer_repair_vat_rate = fields.Float(
        related="company_id.dealer_repair_vat_rate", readonly=False
    )
    dealer_repair_tax_id = fields.Many2one(
        related="company_id.dealer_repair_tax_id", readonly=False
    )
    dealer_claim_bear_limit = fields.Monetary(
        related="company_id.dealer_claim_bear_limit", readonly=False
    )
    dealer_claim_refund_days = fields.Integer(
        related="company_id.dealer_claim_refund_days", readonly=False
    )

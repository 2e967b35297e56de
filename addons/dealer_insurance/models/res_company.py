from odoo import fields, models
from odoo.exceptions import RedirectWarning, UserError
from odoo.tools import format_date

# How premium comes in -> setting of its journal.
PAYMENT_JOURNALS = {
    "cash": "dealer_premium_cash_journal_id",
    "card": "dealer_premium_card_journal_id",
    "qr": "dealer_premium_qr_journal_id",
    "transfer": "dealer_premium_bank_journal_id",
}


class ResCompany(models.Model):
    _inherit = "res.company"

    # premium money: what the entries of domain.md §7 are posted on
    dealer_premium_payable_account_id = fields.Many2one(
        "account.account",
        string="Collected Premium Payable Account",
        check_company=True,
        domain=[("account_type", "=", "liability_payable")],
        help="Premium collected for an insurer, until it is remitted.",
    )
    dealer_tax_payable_account_id = fields.Many2one(
        "account.account",
        string="Collected Vehicle Tax Payable Account",
        check_company=True,
        domain=[("account_type", "=", "liability_payable")],
        help="Vehicle tax collected together with the premium, until it is remitted.",
    )
    dealer_refund_payable_account_id = fields.Many2one(
        "account.account",
        string="Customer Refund Account",
        check_company=True,
        domain=[("account_type", "=", "liability_payable")],
        help="Refunds of premium or claim money owed to customers.",
    )
    dealer_insurer_receivable_account_id = fields.Many2one(
        "account.account",
        string="Agency Fee Receivable Account",
        check_company=True,
        domain=[("account_type", "=", "asset_receivable")],
        help="Agency and survey fees owed by insurers.",
    )
    dealer_insurance_journal_id = fields.Many2one(
        "account.journal",
        string="Collected Premium Journal",
        check_company=True,
        domain=[("type", "=", "general")],
        help="Journal of the entries that a collected underwriting posts.",
    )
    dealer_premium_bank_journal_id = fields.Many2one(
        "account.journal",
        string="Collected Premium Bank Journal",
        check_company=True,
        domain=[("type", "in", ("bank", "cash"))],
        help="Separate bank account through which collected premium runs (R8).",
    )
    dealer_premium_cash_journal_id = fields.Many2one(
        "account.journal",
        string="Collected Premium Cash Journal",
        check_company=True,
        domain=[("type", "=", "cash")],
        help="Drawer of the cashier for premium that is paid in cash.",
    )
    dealer_premium_card_journal_id = fields.Many2one(
        "account.journal",
        string="Collected Premium Card Journal",
        check_company=True,
        domain=[("type", "=", "bank")],
        help="Card terminal: the acquirer pays the batch, net of its fee, later.",
    )
    dealer_premium_qr_journal_id = fields.Many2one(
        "account.journal",
        string="Collected Premium QR Code Journal",
        check_company=True,
        domain=[("type", "=", "bank")],
        help="QR code payments: the provider pays the batch, net of its fee, later.",
    )
    dealer_merchant_fee_account_id = fields.Many2one(
        "account.account",
        string="Merchant Fee Account",
        check_company=True,
        domain=[("account_type", "in", ("expense", "expense_other"))],
        help="Fees of card and QR payments: a cost of the store, never of the premium.",
    )
    dealer_cash_recording = fields.Boolean(
        string="Record Cash Payments",
        default=True,
        help="Cash is taken at the counter with audio and video recording only (R2).",
    )
    dealer_cash_recording_limit = fields.Monetary(
        string="Cash Without Recording Up To",
        help="Cash up to this amount needs no recording; 0: every cash payment does.",
    )
    dealer_remit_escalate_days = fields.Integer(
        string="Overdue Remittance to the Manager After (days)",
        default=2,
        help="Days after which the manager is told of premium that is not remitted.",
    )
    dealer_premium_due_days = fields.Integer(
        string="Premium Due Within (Days)",
        default=0,
        help="Days between the payment request and the due date of the premium. "
        "No policy leaves before payment, so the usual value is 0.",
    )
    dealer_accounting_start = fields.Date(
        string="Premium Accounting Start",
        help="Imported ledger rows issued on or after this day get real entries; "
        "older rows only if something of them is still open.",
    )

    # underwriting
    dealer_require_payment_before_issue = fields.Boolean(
        string="No Policy before the Premium",
        default=True,
        help="A policy is issued only when its premium is paid (R1, guard G-P3). "
        "Switch off only to enter business of the time before this rule.",
    )
    dealer_premium_vat_rate = fields.Float(
        string="VAT in Premiums",
        default=0.06,
        digits=(6, 4),
        help="Share of VAT that premiums contain; the agency fee is paid on the "
        "premium without it.",
    )

    # custody and archive
    dealer_custody_lend_days = fields.Integer(
        string="Lent Papers Due Back Within (days)",
        default=7,
        help="Papers lent out of custody are reminded of after these days.",
    )
    dealer_archive_submit_days = fields.Integer(
        string="Hand In Archives Within (days)",
        default=1,
        help="Days after the end of a week in which the clerk hands the new-car "
        "archives of that week to the insurance manager.",
    )
    _dealer_custody_days_positive = models.Constraint(
        "CHECK (dealer_custody_lend_days >= 0 AND dealer_archive_submit_days >= 0)",
        "Days of custody and archive cannot be negative.",
    )

    dealer_refund_tolerance = fields.Float(
        string="Tolerance of Refunds",
        default=1.0,
        digits=(12, 2),
        help="In yuan: a larger difference between the insurer's refund or extra "
        "premium and the formula must be explained (guard G-E3).",
    )

    # fee invoices
    dealer_fee_income_account_id = fields.Many2one(
        "account.account",
        string="Agency Fee Income Account",
        check_company=True,
        domain=[("account_type", "in", ("income", "income_other"))],
        help="Income of the special ledger of agency business (R10).",
    )
    dealer_fee_tax_id = fields.Many2one(
        "account.tax",
        string="VAT of Agency Fees",
        check_company=True,
        domain=[("type_tax_use", "=", "sale")],
        help="Tax on the fee invoices to insurers (R14).",
    )
    dealer_fee_escalate_days = fields.Integer(
        string="Escalate Unpaid Fees After (days)",
        default=15,
        help="Days after its due date on which the manager hears of an unpaid fee "
        "invoice; the clerk hears of it on the due date (S85).",
    )
    dealer_fee_answer_days = fields.Integer(
        string="Insurer Answers Within (days)",
        default=10,
        help="Days in which an insurer is expected to answer a dispute letter.",
    )
    dealer_fee_silence_statements = fields.Integer(
        string="Silence Alarm After (statements)",
        default=2,
        help="A policy that so many statements of its insurer have left out raises the "
        "silence alarm.",
    )
    dealer_fee_silence_days = fields.Integer(
        string="Statement Expected Within (days)",
        default=20,
        help="Days after the end of a month in which an insurer with issued policies "
        "usually sends its statement.",
    )
    _dealer_fee_days_positive = models.Constraint(
        "CHECK (dealer_fee_escalate_days >= 0 AND dealer_fee_answer_days >= 0 "
        "AND dealer_fee_silence_statements > 0 AND dealer_fee_silence_days >= 0)",
        "Days and numbers of the fee follow-up cannot be negative.",
    )

    # fee tiers
    dealer_tier_alert_share = fields.Float(
        string="Tier within Reach",
        default=0.1,
        digits=(5, 4),
        help="A fee tier is within reach when the forecast of the period misses it by "
        "no more than this share.",
    )
    dealer_tier_alert_days = fields.Integer(
        string="Remind of Tiers in the Last (days)",
        default=10,
        help="Days before the end of the period in which the manager is told what is "
        "missing to a tier within reach.",
    )
    _dealer_tier_alert_positive = models.Constraint(
        "CHECK (dealer_tier_alert_share >= 0 AND dealer_tier_alert_share <= 1 "
        "AND dealer_tier_alert_days >= 0)",
        "Share and days of the tier reminder cannot be negative.",
    )

    # quotes and rating
    dealer_float_scheme_id = fields.Many2one(
        "dealer.float.scheme",
        string="Compulsory Float Scheme",
        help="Regional scheme A-E that the compulsory premium follows.",
    )
    dealer_quote_days = fields.Integer(
        string="Quotes Valid for (days)",
        default=7,
        help="A quote that is not accepted within these days expires.",
    )
    dealer_rating_tolerance = fields.Float(
        string="Tolerance of Rating Checks",
        default=0.01,
        digits=(12, 2),
        help="In yuan: a larger difference between the insurer's figure and our own "
        "must be explained.",
    )

    dealer_rate_sheet_alert_days = fields.Integer(
        string="Rate Sheet Alarm (days)",
        default=5,
        help="So many days before the published rate sheet runs out, the issuing clerk "
        "is reminded to publish the next one.",
    )
    dealer_rate_sheet_escalate_days = fields.Integer(
        string="Rate Sheet Alarm to the Manager after (days)",
        default=2,
        help="So many days after the clerk the insurance manager is told too.",
    )
    dealer_rate_sheet_sold_months = fields.Integer(
        string="Models Sold in (months)",
        default=3,
        help="Every model delivered in these months must be on the rate sheet.",
    )
    dealer_tax_late_rate = fields.Float(
        string="Late Fee of the Vehicle Tax per Day",
        default=0.0005,
        digits=(8, 6),
        help="Share of the tax arrears that every day of delay costs.",
    )

    # imports
    dealer_ledger_missing_share = fields.Float(
        string="Missing in an Incomplete Ledger",
        default=0.1,
        digits=(5, 4),
        help="When a larger share of the cars that a delivery list declares as insured "
        "is missing in the ledger, the ledger is taken as incomplete and the flags are "
        "not doubted.",
    )

    _dealer_premium_vat_rate_share = models.Constraint(
        "CHECK (dealer_premium_vat_rate >= 0 AND dealer_premium_vat_rate < 1)",
        "The VAT share is a fraction between 0 and 1.",
    )
    _dealer_premium_due_days_positive = models.Constraint(
        "CHECK (dealer_premium_due_days >= 0)",
        "The premium cannot be due before it is requested.",
    )
    _dealer_cash_limits_positive = models.Constraint(
        "CHECK (dealer_cash_recording_limit >= 0 AND dealer_remit_escalate_days >= 0)",
        "Limits of cash and days of reminders cannot be negative.",
    )
    _dealer_ledger_missing_share_range = models.Constraint(
        "CHECK (dealer_ledger_missing_share >= 0 AND dealer_ledger_missing_share <= 1)",
        "The share missing in an incomplete ledger lies between 0 and 100 %.",
    )
    _dealer_quote_days_positive = models.Constraint(
        "CHECK (dealer_quote_days >= 0 AND dealer_rating_tolerance >= 0)",
        "Validity and tolerance of quotes cannot be negative.",
    )

    _dealer_rate_sheet_days_positive = models.Constraint(
        "CHECK (dealer_rate_sheet_alert_days >= 0 "
        "AND dealer_rate_sheet_escalate_days >= 0 "
        "AND dealer_rate_sheet_sold_months >= 0 AND dealer_tax_late_rate >= 0)",
        "Days and months of rate sheets, and the late fee, cannot be negative.",
    )

    def _dealer_money_setting(self, fname):
        """Account or journal of the premium money for this company.

        A branch without an own value uses that of the nearest parent.

        :param fname: name of a money setting of ``res.company``
        :return: the record, in the environment of the caller
        :raise RedirectWarning: neither the company nor a parent has one
        """
        self.ensure_one()
        # sudo: a clerk reads no company settings of the parents
        company_sudo = self.sudo()
        while company_sudo and not company_sudo[fname]:
            company_sudo = company_sudo.parent_id
        if not company_sudo:
            field = self._fields[fname]._description_string(self.env)
            raise RedirectWarning(
                self.env._(
                    "%(company)s has no “%(setting)s”. Ask an administrator to set it "
                    "in the accounting settings, or to load a chart of accounts.",
                    company=self.display_name,
                    setting=field,
                ),
                self.env.ref("account.action_account_config").id,
                self.env._("Open Settings"),
            )
        return company_sudo[fname].with_env(self.env)

    def _dealer_payment_journals(self):
        """Journals through which premium comes in, by method.

        :return: dict method -> journal; methods without a journal are left out
        """
        self.ensure_one()
        # sudo: a clerk reads no company settings of the parents
        company_sudo = self.sudo()
        journals = {}
        for method, fname in PAYMENT_JOURNALS.items():
            owner_sudo = company_sudo
            while owner_sudo and not owner_sudo[fname]:
                owner_sudo = owner_sudo.parent_id
            if owner_sudo[fname]:
                journals[method] = owner_sudo[fname].with_env(self.env)
        return journals

    def _dealer_day_start(self, day):
        """First moment of a day of the store, as naive UTC.

        :param day: calendar day in the store
        """
        return self._dealer_day_end(fields.Date.subtract(day, days=1))

    def _dealer_check_open_period(self, date, journal=None):
        """Refuse to book on a locked day; core would move the entry silently.

        :param date: accounting date
        :param journal: journal of the entry
        :raises UserError: the lock date, and what to do
        """
        self.ensure_one()
        # sudo: lock dates are no secret, and a clerk's premium entry meets them too
        company_sudo = self.sudo()
        kind = journal.type if journal else ""
        locked = company_sudo._get_lock_date_violations(
            date,
            fiscalyear=True,
            sale=kind == "sale",
            purchase=kind == "purchase",
            tax=False,
            hard=True,
        )
        if locked:
            raise UserError(
                self.env._(
                    "The books of %(company)s are locked until %(locked)s; nothing "
                    "can be booked on %(date)s. Choose a later day, or ask finance "
                    "to move the lock date.",
                    company=self.display_name,
                    locked=format_date(self.env, max(day for day, _name in locked)),
                    date=format_date(self.env, date),
                )
            )

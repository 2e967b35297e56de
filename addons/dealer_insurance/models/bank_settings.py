from odoo import fields, models

from ..tools.bank_types import Limits


class ResCompany(models.Model):
    _inherit = "res.company"

    dealer_bank_start = fields.Date(
        string="Bank Statements from",
        help="From this day on bank statements are imported. What the imported paper "
        "ledger says was received or remitted from this day on is not booked: the bank "
        "line proves it. Card and code payments of the day before arrive on this day.",
    )
    dealer_bank_batch_days = fields.Integer(
        string="Days until Card Money Arrives",
        default=5,
        help="Most days between card, code or cash payments and their sum in the bank.",
    )
    dealer_bank_days_after = fields.Integer(
        string="Days Looked Back",
        default=90,
        help="Open items of so many days before a bank line are looked at; older ones "
        "are reconciled by hand.",
    )
    dealer_bank_max_items = fields.Integer(
        string="Items per Bank Line",
        default=12,
        help="A sum of more open items than this is not searched, unless it is all or "
        "nearly all of them.",
    )
    dealer_bank_max_pool = fields.Integer(
        string="Items Searched",
        default=40,
        help="Among so many open items of an insurer or day, the oldest ones, a sum is "
        "searched.",
    )
    dealer_bank_fee_share = fields.Float(
        string="Merchant Fee at Most",
        default=0.01,
        digits=(6, 4),
        help="Share of card and code payments that the platform may keep when its "
        "settlement does not state the fee.",
    )
    dealer_bank_over_share = fields.Float(
        string="Overpayment at Most",
        default=0.2,
        digits=(6, 4),
        help="Share of what is open by which a customer may pay too much; more is no "
        "proposal.",
    )
    dealer_bank_claim_share = fields.Float(
        string="Claim Difference at Most",
        default=0.5,
        digits=(6, 4),
        help="Share by which an insurer's claim payment may differ from what is open "
        "when it names the case; without a name a tenth.",
    )

    _dealer_bank_counts_positive = models.Constraint(
        "CHECK (dealer_bank_batch_days >= 0 AND dealer_bank_days_after >= 0 "
        "AND dealer_bank_max_items > 0 AND dealer_bank_max_items <= 40 "
        "AND dealer_bank_max_pool > 0 AND dealer_bank_max_pool <= 200)",
        "Days of the bank matching cannot be negative; 1 to 40 items per bank line "
        "among 1 to 200 are possible.",
    )
    _dealer_bank_shares_range = models.Constraint(
        "CHECK (dealer_bank_fee_share BETWEEN 0 AND 1 "
        "AND dealer_bank_over_share BETWEEN 0 AND 1 "
        "AND dealer_bank_claim_share BETWEEN 0 AND 1)",
        "The shares of the bank matching lie between 0 and 100 %.",
    )

    def _dealer_bank_limits(self):
        """Bounds of the matching of bank lines, as the matcher counts them."""
        self.ensure_one()
        return Limits(
            days_after=self.dealer_bank_days_after,
            batch_days=self.dealer_bank_batch_days,
            max_items=self.dealer_bank_max_items,
            max_pool=self.dealer_bank_max_pool,
            fee_share=round(self.dealer_bank_fee_share * 10_000),
            over_share=round(self.dealer_bank_over_share * 100),
            claim_share=round(self.dealer_bank_claim_share * 100),
        )


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    dealer_bank_start = fields.Date(
        related="company_id.dealer_bank_start", readonly=False
    )
    dealer_bank_batch_days = fields.Integer(
        related="company_id.dealer_bank_batch_days", readonly=False
    )
    dealer_bank_days_after = fields.Integer(
        related="company_id.dealer_bank_days_after", readonly=False
    )
    dealer_bank_max_items = fields.Integer(
        related="company_id.dealer_bank_max_items", readonly=False
    )
    dealer_bank_max_pool = fields.Integer(
        related="company_id.dealer_bank_max_pool", readonly=False
    )
    dealer_bank_fee_share = fields.Float(
        related="company_id.dealer_bank_fee_share", readonly=False
    )
    dealer_bank_over_share = fields.Float(
        related="company_id.dealer_bank_over_share", readonly=False
    )
    dealer_bank_claim_share = fields.Float(
        related="company_id.dealer_bank_claim_share", readonly=False
    )

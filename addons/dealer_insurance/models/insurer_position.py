from odoo import api, fields, models
from odoo.tools import SQL

# Journal items on the account of a company setting belong to one kind of position.
POSITION_ACCOUNTS = {
    "premium": "dealer_premium_payable_account_id",
    "tax": "dealer_tax_payable_account_id",
    "fee": "dealer_insurer_receivable_account_id",
}
BUCKETS = [
    ("1_30", "1–30 Days"),
    ("31_60", "31–60 Days"),
    ("61_90", "61–90 Days"),
    ("over_90", "Over 90 Days"),
    ("not_due", "Not Due"),
]


class DealerInsurerPosition(models.Model):
    """What the store and an insurer owe each other (design.md §5, K17–K19).

    One row per posted journal item on the accounts that the store's settings name:
    premium and tax collected for the insurer, agency fees; addons above add claim
    money. Amounts are signed as the store sees them: positive when the insurer owes
    the store. Nothing is kept here; every figure is its journal items.
    """

    _name = "dealer.insurer.position"
    _description = "Insurer Net Position"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "move_name"

    company_id = fields.Many2one("res.company", string="Store", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    insurer_id = fields.Many2one("res.partner", readonly=True)
    kind = fields.Selection(
        [
            ("premium", "Premium Owed"),
            ("tax", "Vehicle Tax Owed"),
            ("fee", "Agency and Survey Fees"),
        ],
        readonly=True,
    )
    date = fields.Date(string="Accounting Date", readonly=True)
    date_maturity = fields.Date(string="Due Date", readonly=True)
    days_overdue = fields.Integer(readonly=True, aggregator="max")
    bucket = fields.Selection(BUCKETS, string="Age", readonly=True)
    move_line_id = fields.Many2one(
        "account.move.line", string="Journal Item", readonly=True
    )
    move_id = fields.Many2one("account.move", string="Journal Entry", readonly=True)
    move_name = fields.Char(string="Entry No.", readonly=True)
    name = fields.Char(string="Label", readonly=True)
    underwriting_id = fields.Many2one(
        "dealer.underwriting", string="Ledger Entry", readonly=True
    )
    policy_id = fields.Many2one("dealer.policy", readonly=True)
    is_collected = fields.Boolean(
        string="Collected",
        readonly=True,
        help="The customer has paid; the store holds the premium of the insurer.",
    )
    balance = fields.Monetary(
        string="Movement",
        readonly=True,
        help="Positive: in favour of the store. The sum up to a day is the position "
        "of that day.",
    )
    amount_open = fields.Monetary(
        string="Open Amount",
        readonly=True,
        help="Not yet settled. Positive: the insurer owes the store.",
    )
    is_open = fields.Boolean(readonly=True)

    @api.model
    def _position_accounts(self):
        """Kind of position -> company setting with its account; extended above."""
        return dict(POSITION_ACCOUNTS)

    @property
    def _table_query(self):
        Company = self.env["res.company"]
        today = fields.Date.context_today(self)
        kinds = SQL(" UNION ALL ").join(
            SQL(
                "SELECT DISTINCT %(field)s AS account_id, %(kind)s AS kind"
                " FROM res_company WHERE %(field)s IS NOT NULL",
                field=SQL.identifier(fname),
                kind=kind,
            )
            for kind, fname in self._position_accounts().items()
            if fname in Company._fields
        )
        return SQL(
            """
            SELECT line.id AS id,
                   line.id AS move_line_id,
                   line.move_id,
                   line.move_name,
                   line.name,
                   line.company_id,
                   COALESCE(partner.commercial_partner_id, partner.id) AS insurer_id,
                   kinds.kind,
                   line.date,
                   COALESCE(line.date_maturity, line.date) AS date_maturity,
                   GREATEST(
                       %(today)s::date - COALESCE(line.date_maturity, line.date), 0
                   ) AS days_overdue,
                   CASE
                       WHEN COALESCE(line.date_maturity, line.date) >= %(today)s::date
                            THEN 'not_due'
                       WHEN %(today)s::date - COALESCE(line.date_maturity, line.date)
                            <= 30 THEN '1_30'
                       WHEN %(today)s::date - COALESCE(line.date_maturity, line.date)
                            <= 60 THEN '31_60'
                       WHEN %(today)s::date - COALESCE(line.date_maturity, line.date)
                            <= 90 THEN '61_90'
                       ELSE 'over_90'
                   END AS bucket,
                   line.dealer_underwriting_id AS underwriting_id,
                   line.dealer_policy_id AS policy_id,
                   COALESCE(row.payment_state IN ('paid', 'overpaid'), FALSE)
                       AS is_collected,
                   line.balance,
                   line.amount_residual AS amount_open,
                   line.amount_residual != 0 AS is_open
              FROM account_move_line line
              JOIN (%(kinds)s) kinds ON kinds.account_id = line.account_id
              LEFT JOIN dealer_underwriting row
                     ON row.id = line.dealer_underwriting_id
              LEFT JOIN res_partner partner ON partner.id = line.partner_id
             WHERE line.parent_state = 'posted'
            """,
            today=today,
            kinds=kinds,
        )

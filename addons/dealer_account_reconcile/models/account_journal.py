from odoo import fields, models


class AccountJournal(models.Model):
    _inherit = "account.journal"

    dealer_propose = fields.Boolean(
        string="Insurance Proposals",
        default=True,
        help="Bank lines of this account get proposals: open premiums, remittances, "
        "fees, claim money. Nothing else is guessed for them.",
    )
    dealer_auto_reconcile = fields.Boolean(
        string="Reconcile Certain Lines",
        help="After an import, lines whose proposal is unique, exact and proven by a "
        "number, a name or a stated count are reconciled unasked. Off: finance "
        "confirms every line.",
    )

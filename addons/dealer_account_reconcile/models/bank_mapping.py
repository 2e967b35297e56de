from odoo import fields, models


class AccountStatementImportSheetMapping(models.Model):
    _inherit = "account.statement.import.sheet.mapping"

    dealer_by_words = fields.Boolean(
        string="Columns Found by Words",
        help="The header is looked for by its words, below any title; every sheet is "
        "an account, named in its title lines; totals and running balance are "
        "checked. The columns and separators below are not used.",
    )

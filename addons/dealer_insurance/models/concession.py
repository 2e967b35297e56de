from odoo import fields, models

from ..const import BUSINESS_TYPES


class DealerConcessionType(models.Model):
    _name = "dealer.concession.type"
    _description = "Concession Type"
    _order = "sequence, code"

    code = fields.Char(required=True)
    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    kind = fields.Selection(
        [
            ("discount", "Discount"),
            ("gift", "Gift"),
            ("service", "Service"),
            ("cash", "Cash Rebate"),
        ],
        required=True,
        default="gift",
    )
    keywords = fields.Text(help="Words that stand for it in free text, one a line.")
    is_forbidden = fields.Boolean(help="Never allowed, no approval is possible.")
    active = fields.Boolean(default=True)

    _code_uniq = models.UniqueIndex("(code)", "This type code exists already.")


class DealerConcessionRule(models.Model):
    _name = "dealer.concession.rule"
    _description = "Concession Rule"
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one("res.company", index=True)
    insurer_id = fields.Many2one("res.partner", index="btree_not_null")
    business_type = fields.Selection(BUSINESS_TYPES)
    date_from = fields.Date()
    date_to = fields.Date()
    max_rate = fields.Float(digits=(6, 4))
    active = fields.Boolean(default=True)


class DealerConcession(models.Model):
    """A discount or gift granted on a quote option or an underwriting (S59)."""

    _name = "dealer.concession"
    _description = "Concession"
    _inherit = ["mail.thread"]
    _order = "id"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda s: s.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    option_id = fields.Many2one(
        "dealer.quote.option",
        index="btree_not_null",
        ondelete="cascade",
        check_company=True,
    )
    underwriting_id = fields.Many2one(
        "dealer.underwriting",
        index="btree_not_null",
        ondelete="cascade",
        check_company=True,
    )
    type_id = fields.Many2one("dealer.concession.type", required=True, index=True)
    concession_type = fields.Selection(related="type_id.kind", store=True)
    name = fields.Char(string="Description", required=True)
    amount = fields.Monetary(required=True)

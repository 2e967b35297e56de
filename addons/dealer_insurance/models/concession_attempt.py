from odoo import fields, models

from ..const import BUSINESS_TYPES


class DealerConcessionAttempt(models.Model):
    """Somebody wrote a cash rebate into a deal (R5). Nobody changes or deletes it."""

    _name = "dealer.concession.attempt"
    _description = "Forbidden Concession Attempt"
    _inherit = ["dealer.append.mixin"]
    _order = "attempted_at desc, id desc"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", string="Store", required=True, readonly=True, index=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    user_id = fields.Many2one(
        "res.users", string="Tried By", required=True, readonly=True
    )
    attempted_at = fields.Datetime(string="At", required=True, readonly=True)
    date = fields.Date(required=True, readonly=True, index=True)
    name = fields.Char(string="Description", required=True, readonly=True)
    type_id = fields.Many2one("dealer.concession.type", readonly=True)
    amount = fields.Monetary(readonly=True)
    deal_name = fields.Char(string="Deal", readonly=True)
    insurer_id = fields.Many2one("res.partner", readonly=True)
    consultant_id = fields.Many2one("dealer.staff", readonly=True, check_company=True)
    business_type = fields.Selection(BUSINESS_TYPES, readonly=True)
    applicant_id = fields.Many2one("res.partner", readonly=True)

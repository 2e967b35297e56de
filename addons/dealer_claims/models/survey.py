from odoo import fields, models


class DealerSurvey(models.Model):
    _name = "dealer.survey"
    _description = "Accident Survey"
    _inherit = ["dealer.derived.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(readonly=True, copy=False, default="/")
    company_id = fields.Many2one(
        "res.company",
        string="Store",
        required=True,
        index=True,
        readonly=True,
        default=lambda self: self.env.company,
    )
    call_id = fields.Many2one("dealer.accident.call", index=True, check_company=True)
    vehicle_id = fields.Many2one("dealer.vehicle", index=True, check_company=True)
    claim_ids = fields.One2many("dealer.claim", "survey_id", string="Claims")

from odoo import fields, models


class DealerAccidentCall(models.Model):
    _name = "dealer.accident.call"
    _description = "Accident Call"
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
    vehicle_id = fields.Many2one("dealer.vehicle", index=True, check_company=True)
    claim_ids = fields.One2many("dealer.claim", "call_id", string="Claims")
    survey_ids = fields.One2many("dealer.survey", "call_id", string="Surveys")

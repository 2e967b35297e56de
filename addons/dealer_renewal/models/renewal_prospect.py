from odoo import fields, models


class DealerRenewalProspect(models.Model):
    _name = "dealer.renewal.prospect"
    _description = "Renewal Prospect"
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
    vehicle_id = fields.Many2one(
        "dealer.vehicle", required=True, index=True, check_company=True, tracking=True
    )
    expiry_date = fields.Date(tracking=True)
    task_ids = fields.One2many("dealer.renewal.task", "prospect_id")

from odoo import fields, models


class DealerRenewalContact(models.Model):
    _name = "dealer.renewal.contact"
    _description = "Contact of a Renewal Task"
    _inherit = ["dealer.append.mixin"]
    _order = "contacted_at desc, id desc"

    task_id = fields.Many2one("dealer.renewal.task", required=True, index=True)
    company_id = fields.Many2one(related="task_id.company_id", store=True, index=True)
    contacted_at = fields.Datetime(required=True, default=fields.Datetime.now)

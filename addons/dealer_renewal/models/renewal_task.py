from odoo import fields, models


class DealerRenewalTask(models.Model):
    _name = "dealer.renewal.task"
    _description = "Renewal Task"
    _inherit = ["dealer.derived.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "expiry_date, id"
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
    partner_id = fields.Many2one("res.partner", string="Customer", index=True)
    expiry_date = fields.Date(required=True, index=True)
    owner_id = fields.Many2one("dealer.staff", index=True, check_company=True)
    policy_id = fields.Many2one("dealer.policy", index=True, check_company=True)
    prospect_id = fields.Many2one(
        "dealer.renewal.prospect", index=True, check_company=True
    )
    due_ids = fields.One2many("dealer.renewal.due", "task_id")
    contact_ids = fields.One2many("dealer.renewal.contact", "task_id")

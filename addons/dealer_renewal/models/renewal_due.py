from odoo import fields, models


class DealerRenewalDue(models.Model):
    _name = "dealer.renewal.due"
    _description = "Due Car of a Cohort"
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
    cohort_id = fields.Many2one(
        "dealer.renewal.cohort", required=True, index=True, check_company=True
    )
    vehicle_id = fields.Many2one(
        "dealer.vehicle", required=True, index=True, check_company=True, tracking=True
    )
    expiry_date = fields.Date(required=True, readonly=True)
    policy_id = fields.Many2one("dealer.policy", index=True, check_company=True)
    prospect_id = fields.Many2one(
        "dealer.renewal.prospect", index=True, check_company=True
    )
    task_id = fields.Many2one("dealer.renewal.task", index=True, check_company=True)

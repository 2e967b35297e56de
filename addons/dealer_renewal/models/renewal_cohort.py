from odoo import fields, models


class DealerRenewalCohort(models.Model):
    _name = "dealer.renewal.cohort"
    _description = "Renewal Cohort of a Month"
    _inherit = ["dealer.derived.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "date_from desc, id desc"
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
    date_from = fields.Date(string="Month", required=True)
    date_to = fields.Date(readonly=True)
    frozen_at = fields.Datetime(readonly=True, copy=False)
    due_ids = fields.One2many("dealer.renewal.due", "cohort_id")

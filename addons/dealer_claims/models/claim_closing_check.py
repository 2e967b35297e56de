from odoo import fields, models


class DealerClaimClosingCheck(models.Model):
    _name = "dealer.claim.closing.check"
    _description = "Closing Check of a Claim"
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
    claim_id = fields.Many2one(
        "dealer.claim", required=True, index=True, check_company=True
    )

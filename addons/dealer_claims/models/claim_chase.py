from odoo import api, fields, models


class DealerClaimChase(models.Model):
    """What was done to get the insurer to pay; the register only grows (S101)."""

    _name = "dealer.claim.chase"
    _description = "Chase of a Claim"
    _inherit = ["dealer.append.mixin"]
    _order = "chased_at desc, id desc"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", string="Store", required=True, index=True, readonly=True
    )
    claim_id = fields.Many2one(
        "dealer.claim", required=True, index=True, check_company=True, readonly=True
    )
    insurer_id = fields.Many2one("res.partner", readonly=True, index="btree_not_null")
    chased_at = fields.Datetime(string="When", required=True, readonly=True)
    user_id = fields.Many2one("res.users", string="By", readonly=True)
    method = fields.Selection(
        [
            ("phone", "Telephone"),
            ("message", "Message"),
            ("visit", "Visit"),
            ("email", "E-mail"),
            ("other", "Other"),
        ],
        required=True,
        readonly=True,
    )
    contact = fields.Char(string="Spoken To", readonly=True)
    result = fields.Text(required=True, readonly=True)
    overdue_days = fields.Integer(
        readonly=True, help="Days overdue when it was chased."
    )
    overdue_reason_id = fields.Many2one(
        "dealer.reason.code", string="Reason of the Delay", readonly=True
    )
    next_on = fields.Date(string="Next Chase On", readonly=True)

    @api.depends("claim_id.name", "chased_at")
    def _compute_display_name(self):
        for line in self:
            line.display_name = f"{line.claim_id.name or ''} {line.chased_at or ''}"

from odoo import fields, models


class DealerDocumentType(models.Model):
    _inherit = "dealer.document.type"

    is_notice = fields.Boolean(
        string="Before Proposal",
        help="No proposal goes to the insurer before the customer has signed this "
        "paper (guard G-P1).",
    )
    is_from_issue = fields.Boolean(
        string="Comes with the Policy",
        help="Only there once the policy is issued; fast issue does not tick it.",
    )

from odoo import fields, models


class DealerReturnWizard(models.TransientModel):
    _inherit = "dealer.return.wizard"

    transition = fields.Selection(
        selection_add=[
            ("return_check", "Return to Submitter"),
            ("reopen", "Reopen"),
            ("return_audit", "Return to Leader"),
        ],
        ondelete={
            "return_check": "cascade",
            "reopen": "cascade",
            "return_audit": "cascade",
        },
    )

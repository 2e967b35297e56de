from odoo import fields, models


class DealerReturnWizard(models.TransientModel):
    _inherit = "dealer.return.wizard"

    transition = fields.Selection(
        selection_add=[
            ("cashier_reverse", "Take the Cashier's Signature Back"),
            ("reverse", "Take Back"),
            ("cancel", "Cancel"),
        ],
        ondelete={
            "cashier_reverse": "cascade",
            "reverse": "cascade",
            "cancel": "cascade",
        },
    )

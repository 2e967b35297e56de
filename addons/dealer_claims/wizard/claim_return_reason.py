from odoo import fields, models


class DealerReturnWizard(models.TransientModel):
    _inherit = "dealer.return.wizard"

    transition = fields.Selection(
        selection_add=[
            ("refuse", "Refuse"),
            ("void", "Void"),
            ("step_back", "One Step Back"),
            ("unlock_costs", "Unlock Costs"),
            ("take_back_release", "Take Release Back"),
        ],
        ondelete={
            "refuse": "cascade",
            "void": "cascade",
            "step_back": "cascade",
            "unlock_costs": "cascade",
            "take_back_release": "cascade",
        },
    )

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class DealerAgreement(models.Model):
    """What an agreement says about how collected premium goes to the insurer (R8)."""

    _inherit = "dealer.agreement"

    allows_net_remittance = fields.Boolean(
        tracking=True,
        help="The insurer lets the store keep its agency fee back from the premium. "
        "Each net remittance still needs the manager and finance (R8).",
    )
    net_remittance_rate = fields.Float(
        string="Fee Kept Back",
        digits=(7, 5),
        tracking=True,
        help="Share of the premium, without vehicle tax, that a net remittance keeps "
        "back.",
    )

    _net_remittance_rate_share = models.Constraint(
        "CHECK (net_remittance_rate >= 0 AND net_remittance_rate < 1)",
        "The fee that is kept back is a share of the premium below 100 %.",
    )

    @api.constrains("allows_net_remittance", "net_remittance_rate")
    def _check_net_remittance_rate(self):
        for agreement in self:
            if agreement.allows_net_remittance and not agreement.net_remittance_rate:
                raise ValidationError(
                    self.env._(
                        "Agreement %(name)s allows net remittance: enter the share "
                        "that is kept back.",
                        name=agreement.display_name,
                    )
                )

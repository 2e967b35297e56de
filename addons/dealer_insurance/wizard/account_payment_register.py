from odoo import models
from odoo.exceptions import UserError


class AccountPaymentRegister(models.TransientModel):
    _inherit = "account.payment.register"

    def _create_payments(self):
        # EXTENDS account: premium is the insurer's money, the store writes none of it
        # off (domain.md §7: collected premium never touches profit and loss).
        for wizard in self:
            if (
                wizard.payment_difference_handling == "reconcile"
                and not wizard.currency_id.is_zero(wizard.payment_difference)
                and any(line.dealer_money_kind for line in wizard.line_ids._origin)
            ):
                raise UserError(
                    self.env._(
                        "Premium cannot be written off. Keep the difference open, or "
                        "enter an endorsement when the insurer changed the premium."
                    )
                )
        return super()._create_payments()

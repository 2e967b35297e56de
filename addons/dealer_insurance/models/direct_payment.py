from odoo import fields, models
from odoo.exceptions import AccessError, UserError


class DealerDirectPayment(models.Model):
    """Evidence that a customer paid the insurer directly (domain.md E1').

    The store posts no entry for such a payment. A wrong line is answered by a
    reversal with the opposite amount and a reason.
    """

    _name = "dealer.direct.payment"
    _description = "Premium Paid to the Insurer"
    _inherit = ["dealer.append.mixin"]
    _order = "payment_date desc, id desc"
    _rec_name = "receipt_no"
    _check_company_auto = True

    underwriting_id = fields.Many2one(
        "dealer.underwriting",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    company_id = fields.Many2one(
        related="underwriting_id.company_id", store=True, index=True, precompute=True
    )
    insurer_id = fields.Many2one(
        related="underwriting_id.insurer_id", store=True, index=True, precompute=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    receipt_no = fields.Char(
        string="Insurer Receipt No.", required=True, readonly=True, index="trigram"
    )
    payment_date = fields.Date(required=True, readonly=True)
    amount = fields.Monetary(
        required=True,
        readonly=True,
        help="Paid by the customer to the insurer; negative if the insurer paid back "
        "or the line was a mistake.",
    )
    payer_id = fields.Many2one("res.partner", required=True, readonly=True)
    attachment_ids = fields.Many2many(
        "ir.attachment", string="Proof", readonly=True, bypass_search_access=True
    )
    reversed_id = fields.Many2one(
        "dealer.direct.payment",
        string="Reversal of",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    is_reversed = fields.Boolean(compute="_compute_is_reversed")
    reason = fields.Char(readonly=True)
    user_id = fields.Many2one(
        "res.users",
        string="Confirmed by",
        required=True,
        readonly=True,
        default=lambda self: self.env.user,
    )

    _amount_not_zero = models.Constraint(
        "CHECK (amount <> 0)", "A payment without amount proves nothing."
    )
    _reversed_once = models.UniqueIndex(
        "(reversed_id) WHERE reversed_id IS NOT NULL",
        "This payment is reversed already.",
    )

    def _is_standing(self):
        """Whether the evidence is neither a reversal nor reversed."""
        self.ensure_one()
        return not self.reversed_id and not self.is_reversed

    def _compute_is_reversed(self):
        reversed_ids = set(
            self.search([("reversed_id", "in", self.ids)]).reversed_id.ids
        )
        for payment in self:
            payment.is_reversed = payment.id in reversed_ids

    def action_open_reversal(self):
        """Open the dialog in which the insurance manager takes the evidence back."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Take Back"),
            "res_model": "dealer.direct.payment.reversal",
            "view_mode": "form",
            "target": "new",
            "context": {"default_payment_id": self.id},
        }

    def _reverse(self, reason):
        """Take the evidence back with lines of the opposite amount.

        :param reason: why, in words; kept on the new lines
        :return: the new lines
        :raise AccessError: the user is not a manager of the insurance centre
        """
        if not self.env.user.has_group("dealer_base.group_insurance_manager"):
            raise AccessError(
                self.env._("Only the insurance manager takes a payment back.")
            )
        if not (reason or "").strip():
            raise UserError(self.env._("Say why the payment is taken back."))
        self.check_access("read")
        return self._sudo_reverse(reason.strip())

    def _sudo_reverse(self, reason):
        # sudo: the post was checked above; only these lines and rows are touched
        reversals = self._sudo_append(
            [
                {
                    "underwriting_id": payment.underwriting_id.id,
                    "receipt_no": payment.receipt_no,
                    "payment_date": payment.underwriting_id._store_date(),
                    "amount": -payment.amount,
                    "payer_id": payment.payer_id.id,
                    "reversed_id": payment.id,
                    "reason": reason,
                }
                for payment in self
            ]
        )
        self.sudo().underwriting_id._money_taken_back()
        return reversals

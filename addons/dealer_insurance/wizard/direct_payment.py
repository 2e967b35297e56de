from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

# Posts that may confirm what the insurer received (domain.md SM-2, direct channel).
CONFIRMING_GROUPS = "dealer_base.group_policy_clerk,dealer_base.group_insurance_manager"


class DealerDirectPaymentWizard(models.TransientModel):
    _name = "dealer.direct.payment.wizard"
    _description = "Confirm Premium Paid to the Insurer"

    underwriting_id = fields.Many2one(
        "dealer.underwriting",
        required=True,
        readonly=True,
        ondelete="cascade",
        default=lambda self: self.env.context.get("active_id"),
    )
    insurer_id = fields.Many2one(related="underwriting_id.insurer_id")
    company_id = fields.Many2one(related="underwriting_id.company_id")
    currency_id = fields.Many2one(related="company_id.currency_id")
    balance = fields.Monetary(related="underwriting_id.balance", string="Still Owed")
    receipt_no = fields.Char(string="Insurer Receipt No.", required=True)
    payment_date = fields.Date(required=True, default=fields.Date.context_today)
    amount = fields.Monetary(
        compute="_compute_amount",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
    )
    payer_id = fields.Many2one(
        "res.partner",
        compute="_compute_payer_id",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        help="Whose account the insurer was paid from.",
    )
    attachment_ids = fields.Many2many("ir.attachment", string="Proof")

    @api.depends("underwriting_id")
    def _compute_amount(self):
        for wizard in self:
            wizard.amount = wizard.underwriting_id.balance

    @api.depends("underwriting_id")
    def _compute_payer_id(self):
        for wizard in self:
            wizard.payer_id = wizard.underwriting_id.payer_id

    def action_confirm(self):
        """Keep the receipt of the insurer as evidence of the payment (E1').

        :raise AccessError: the user is neither clerk nor insurance manager
        :raise UserError: no proof, wrong channel, wrong sign or a date to come
        """
        self.ensure_one()
        row = self.underwriting_id
        if not self.env.user.has_groups(CONFIRMING_GROUPS):
            raise AccessError(
                self.env._(
                    "Only the issuing clerk or the insurance manager confirms a "
                    "payment to the insurer."
                )
            )
        row.check_access("write")
        self._check_evidence()
        payment = self._sudo_create_evidence()
        row.message_post(
            body=self.env._(
                "%(payer)s paid %(amount)s to the insurer, receipt %(receipt)s.",
                payer=payment.payer_id.display_name,
                amount=self.currency_id.format(payment.amount),
                receipt=payment.receipt_no,
            )
        )
        return {"type": "ir.actions.act_window_close"}

    def _check_evidence(self):
        """Refuse evidence that proves nothing; says all that is wrong at once."""
        row = self.underwriting_id
        errors = []
        if row.channel != "direct":
            errors.append(
                self.env._(
                    "The store collects this premium: register the payment instead."
                )
            )
        if not row.payment_requested_at or row.voided_at:
            errors.append(self.env._("Nothing is to be paid at the moment."))
        if not self.attachment_ids:
            errors.append(self.env._("Attach the receipt of the insurer."))
        if not (self.receipt_no or "").strip():
            errors.append(self.env._("Enter the receipt number of the insurer."))
        if self.payment_date > row._store_date():
            errors.append(self.env._("The payment date lies in the future."))
        direction = -1 if self.currency_id.compare_amounts(row.amount_due, 0) < 0 else 1
        if self.currency_id.compare_amounts(self.amount * direction, 0) <= 0:
            errors.append(self.env._("The amount must go the way of the amount due."))
        if row.direct_payment_ids.filtered(
            lambda payment: (
                payment.receipt_no == (self.receipt_no or "").strip()
                and payment._is_standing()
            )
        ):
            errors.append(self.env._("This receipt is already registered here."))
        if errors:
            raise UserError("\n".join(errors))

    def _sudo_create_evidence(self):
        # Files uploaded here become the evidence's own; of a file that belongs to
        # another record, the evidence gets a copy.
        own = self.attachment_ids.filtered(
            lambda file: not file.res_id or file.res_model == self._name
        )
        files = own | (self.attachment_ids - own).copy(
            {"res_model": self._name, "res_id": self.id}
        )
        payment = self.env["dealer.direct.payment"]._sudo_append(
            [
                {
                    "underwriting_id": self.underwriting_id.id,
                    "receipt_no": self.receipt_no.strip(),
                    "payment_date": self.payment_date,
                    "amount": self.amount,
                    "payer_id": self.payer_id.id,
                    "attachment_ids": files.ids,
                }
            ]
        )
        # sudo: the files now belong to the evidence; whoever reads it sees them, and
        # nobody can delete them, because nobody may write evidence.
        files_sudo = files.sudo()
        files_sudo.write({"res_model": payment._name, "res_id": payment.id})
        return payment


class DealerDirectPaymentReversal(models.TransientModel):
    _name = "dealer.direct.payment.reversal"
    _description = "Take Back Premium Paid to the Insurer"

    payment_id = fields.Many2one(
        "dealer.direct.payment", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="payment_id.company_id")
    currency_id = fields.Many2one(related="company_id.currency_id")
    amount = fields.Monetary(related="payment_id.amount")
    reason = fields.Char(required=True)

    def action_confirm(self):
        """Take the evidence back; only the insurance manager may."""
        for wizard in self:
            wizard.payment_id._reverse(wizard.reason)
        return {"type": "ir.actions.act_window_close"}

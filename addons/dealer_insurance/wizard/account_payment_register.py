from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError


class AccountPaymentRegister(models.TransientModel):
    _inherit = "account.payment.register"

    dealer_premium = fields.Boolean(compute="_compute_dealer_premium")
    dealer_is_cash = fields.Boolean(compute="_compute_dealer_is_cash")
    dealer_recording_no = fields.Char(
        string="Recording No.",
        help="Cash is taken at the counter with audio and video recording only (R2).",
    )
    dealer_recording_ids = fields.Many2many("ir.attachment", string="Recording")
    dealer_allocation_html = fields.Html(
        string="Rows Paid",
        compute="_compute_dealer_allocation_html",
        sanitize=False,
        exportable=False,
    )

    @api.depends("line_ids")
    def _compute_dealer_premium(self):
        for wizard in self:
            wizard.dealer_premium = any(
                line.dealer_money_kind for line in wizard.line_ids._origin
            )

    @api.depends("journal_id", "payment_type", "dealer_premium", "amount")
    def _compute_dealer_is_cash(self):
        for wizard in self:
            company = wizard.company_id
            limit = company.dealer_cash_recording_limit
            small = limit and wizard.amount <= limit
            wizard.dealer_is_cash = (
                wizard.dealer_premium
                and wizard.payment_type == "inbound"
                and wizard.journal_id.type == "cash"
                and company.dealer_cash_recording
                and not small
            )

    @api.depends("line_ids", "amount", "dealer_premium")
    def _compute_dealer_allocation_html(self):
        """Which row gets how much of the amount, in the order of reconciliation."""
        for wizard in self:
            lines = wizard.line_ids._origin.filtered("dealer_money_kind")
            if len(lines.dealer_underwriting_id) < 2:
                wizard.dealer_allocation_html = False
                continue
            currency = wizard.company_currency_id
            left = wizard.amount
            rows = []
            for line in lines.sorted(
                lambda line: (line.date_maturity or line.date, line.id)
            ):
                due = abs(line.amount_residual)
                part = currency.round(min(due, max(left, 0.0)))
                left -= part
                row = line.dealer_underwriting_id
                rows.append(
                    Markup(
                        "<tr><td>%s</td><td>%s</td>"
                        '<td class="text-end">%s</td><td class="text-end">%s</td></tr>'
                    )
                    % (
                        row.display_name,
                        row.plate or row.vin or "",
                        currency.format(due),
                        currency.format(part),
                    )
                )
            wizard.dealer_allocation_html = Markup(
                '<table class="table table-sm mb-0"><thead><tr><th>%s</th><th>%s</th>'
                '<th class="text-end">%s</th><th class="text-end">%s</th></tr></thead>'
                "<tbody>%s</tbody></table>"
            ) % (
                self.env._("Row"),
                self.env._("Car"),
                self.env._("Owed"),
                self.env._("Paid with This"),
                Markup("").join(rows),
            )

    def _create_payment_vals_from_wizard(self, batch_result):
        # EXTENDS account
        return self._dealer_add_recording(
            super()._create_payment_vals_from_wizard(batch_result)
        )

    def _create_payment_vals_from_batch(self, batch_result):
        # EXTENDS account
        return self._dealer_add_recording(
            super()._create_payment_vals_from_batch(batch_result)
        )

    def _dealer_add_recording(self, vals):
        if self.dealer_recording_no:
            vals["dealer_recording_no"] = self.dealer_recording_no
            vals["dealer_recording_ids"] = [(6, 0, self.dealer_recording_ids.ids)]
        return vals

    def _create_payments(self):
        # EXTENDS account: premium is the insurer's money, the store writes none of it
        # off (domain.md §7: collected premium never touches profit and loss).
        for wizard in self.filtered("dealer_premium"):
            if (
                wizard.payment_difference_handling == "reconcile"
                and not wizard.currency_id.is_zero(wizard.payment_difference)
            ):
                raise UserError(
                    self.env._(
                        "Premium cannot be written off. Keep the difference open, or "
                        "enter an endorsement when the insurer changed the premium."
                    )
                )
            if wizard.dealer_is_cash and not (wizard.dealer_recording_no or "").strip():
                rows = wizard.line_ids._origin.dealer_underwriting_id
                raise UserError(
                    self.env._(
                        "[G-M7] %(rows)s: cash is taken at the counter with audio and "
                        "video recording only (R2). Enter the number of the recording, "
                        "or let the customer pay by card, QR code or transfer.",
                        rows=", ".join(rows.mapped("display_name")),
                    )
                )
            wizard.company_id._dealer_check_open_period(
                wizard.payment_date, wizard.journal_id
            )
        return super()._create_payments()

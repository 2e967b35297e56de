from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from .remittance import PENDING_STATES
from .underwriting_money import INSURER_KINDS


class DealerUnderwriting(models.Model):
    """What of a row is owed to the insurer, and how it gets into a remittance."""

    _inherit = "dealer.underwriting"

    remittance_line_ids = fields.One2many(
        "dealer.remittance.line", "underwriting_id", string="Remittances"
    )

    def _open_payable_lines(self):
        """Posted premium and tax lines of the rows that are not settled.

        :return: account.move.line, superuser; debits are refunds of the insurer
        """
        # sudo: who prepares may not read the books; amounts only come out of here
        lines_sudo = self.sudo().money_line_ids
        return lines_sudo.filtered(
            lambda line: (
                line.dealer_money_kind in INSURER_KINDS
                and line.parent_state == "posted"
                and not line.reconciled
            )
        )

    def _open_payables(self):
        """What is open to the insurer of one row, by kind.

        :return: {"premium": amount, "tax": amount} in company currency
        """
        amounts = {"premium": 0.0, "tax": 0.0}
        for line in self._open_payable_lines():
            amounts[line.dealer_money_kind] -= line.amount_residual
        currency = self.currency_id or self.env.company.currency_id
        return {kind: currency.round(amount) for kind, amount in amounts.items()}

    def _pending_remittance_lines(self):
        """Lines of remittances that are prepared but not paid, of these rows."""
        return self.env["dealer.remittance.line"].search(
            [
                ("underwriting_id", "in", self.ids),
                ("remittance_id.state", "in", PENDING_STATES),
            ]
        )

    def _policy_number_text(self):
        """Numbers of the policies, or of the endorsements, of one row."""
        self.ensure_one()
        numbers = self.policy_ids.mapped("policy_no")
        numbers += self.endorsement_ids.mapped("name")
        return " / ".join(filter(None, numbers))

    def action_register_remittance(self):
        """Prepare a remittance of these rows; finance pays it (SM-3).

        Only rows of one insurer that are received in full and signed by the cashier,
        and gross: payments and refunds never net each other (R8). What an insurer pays
        back is booked with the ordinary payment wizard.
        """
        self._check_money_post(
            "dealer_base.group_cashier,dealer_base.group_finance",
            self.env._("Only the cashier or finance prepares remittances."),
        )
        self.check_access("read")
        lines = self.money_line_ids.filtered(
            lambda line: (
                line.dealer_money_kind in INSURER_KINDS
                and line.parent_state == "posted"
                and not line.reconciled
            )
        )
        errors = self._remittance_errors(lines)
        if errors:
            raise UserError("\n".join(errors))
        if lines[0].amount_residual > 0:
            return lines.action_register_payment(ctx=self._payment_context())
        rows = lines.dealer_underwriting_id.sorted(
            lambda row: (row.remit_due_date or row.company_id._dealer_today(), row.id)
        )
        remittance = self.env["dealer.remittance"].create(
            {
                "company_id": rows.company_id.id,
                "insurer_id": rows.insurer_id.id,
                "line_ids": [
                    Command.create({"underwriting_id": row.id}) for row in rows
                ],
            }
        )
        return remittance._get_records_action()

    def _remittance_errors(self, lines):
        """What speaks against remitting these rows together, in words."""
        errors = []
        if not lines:
            return [self.env._("Nothing is to be remitted for these rows.")]
        rows = lines.dealer_underwriting_id
        if len(rows.insurer_id) > 1 or len(rows.company_id) > 1:
            errors.append(self.env._("Remit the premium of one insurer at a time."))
        pending = rows._pending_remittance_lines()
        if pending:
            errors.append(
                self.env._(
                    "In a remittance already: %(rows)s.",
                    rows=", ".join(
                        f"{line.underwriting_id.display_name} "
                        f"({line.remittance_id.name})"
                        for line in pending
                    ),
                )
            )
        # What the insurer pays back comes in before it goes out to the payee (E5).
        premium_rows = rows.filtered(lambda row: not row._pays_back())
        owed = premium_rows.filtered(
            lambda row: not row.currency_id.is_zero(row.balance)
        )
        if owed:
            errors.append(
                self.env._(
                    "Not received in full: %(rows)s.",
                    rows=", ".join(owed.mapped("display_name")),
                )
            )
        unsigned = premium_rows.filtered(lambda row: not row.cashier_signed)
        if unsigned:
            errors.append(
                self.env._(
                    "Not signed by the cashier: %(rows)s.",
                    rows=", ".join(unsigned.mapped("display_name")),
                )
            )
        if len({line.amount_residual > 0 for line in lines}) > 1:
            errors.append(
                self.env._(
                    "Premium and refunds do not net each other: remit gross (R8)."
                )
            )
        return errors

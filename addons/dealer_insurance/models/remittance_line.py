from odoo import api, fields, models
from odoo.exceptions import UserError


class DealerRemittanceLine(models.Model):
    """One ledger row in a remittance, with what was open of it when it was added."""

    _name = "dealer.remittance.line"
    _description = "Row of a Remittance"
    _inherit = ["dealer.derived.mixin"]
    _order = "remittance_id, due_date, id"
    _rec_name = "underwriting_id"
    _check_company_auto = True

    remittance_id = fields.Many2one(
        "dealer.remittance", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="remittance_id.company_id", store=True, index=True, precompute=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    state = fields.Selection(related="remittance_id.state", string="Remittance State")
    underwriting_id = fields.Many2one(
        "dealer.underwriting",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    ledger_no = fields.Char(related="underwriting_id.ledger_no")
    applicant_id = fields.Many2one(related="underwriting_id.applicant_id")
    plate = fields.Char(related="underwriting_id.plate")
    vin = fields.Char(related="underwriting_id.vin")
    policy_numbers = fields.Char(compute="_compute_policy_numbers")
    signed_at = fields.Datetime(related="underwriting_id.cashier_signed_at")
    due_date = fields.Date(
        string="Remit By",
        related="underwriting_id.remit_due_date",
        store=True,
    )
    premium = fields.Monetary(
        compute="_compute_amounts", store=True, compute_sudo=True, precompute=True
    )
    tax = fields.Monetary(
        string="Vehicle Tax",
        compute="_compute_amounts",
        store=True,
        compute_sudo=True,
        precompute=True,
    )
    amount = fields.Monetary(
        compute="_compute_amounts", store=True, compute_sudo=True, precompute=True
    )
    fee = fields.Monetary(
        string="Fee Kept Back", compute="_compute_fee", store=True, precompute=True
    )

    _row_once = models.UniqueIndex(
        "(remittance_id, underwriting_id)", "A row stands once in a remittance."
    )

    @api.depends("underwriting_id")
    def _compute_amounts(self):
        """Open payables of the row; fixed until the preparer refreshes them."""
        for line in self:
            amounts = line.underwriting_id._open_payables()
            line.premium = amounts["premium"]
            line.tax = amounts["tax"]
            line.amount = line.currency_id.round(line.premium + line.tax)

    @api.depends(
        "premium",
        "remittance_id.is_net",
        "remittance_id.agreement_id.net_remittance_rate",
    )
    def _compute_fee(self):
        for line in self:
            remittance = line.remittance_id
            rate = remittance.agreement_id.net_remittance_rate
            fee = line.premium * rate if remittance.is_net else 0.0
            line.fee = line.currency_id.round(fee)

    @api.depends("underwriting_id.policy_ids.policy_no")
    def _compute_policy_numbers(self):
        for line in self:
            line.policy_numbers = line.underwriting_id._policy_number_text()

    def _refresh(self):
        """Take the amounts from the books again."""
        self.modified(["underwriting_id"])

    # -- CRUD -------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        remittances = self.env["dealer.remittance"].browse(
            {vals["remittance_id"] for vals in vals_list if vals.get("remittance_id")}
        )
        remittances._check_draft()
        return super().create(vals_list)

    def write(self, vals):
        if {"remittance_id", "underwriting_id"} & vals.keys():
            raise UserError(self.env._("Remove the row and add the right one instead."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_submitted(self):
        self.remittance_id._check_draft()

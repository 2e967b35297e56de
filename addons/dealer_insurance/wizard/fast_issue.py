from datetime import datetime, time, timedelta

from dateutil import tz

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..const import PRODUCTS


class DealerFastIssue(models.TransientModel):
    """Two dialogs between the accepted offer and the printed policy (S76).

    It only presses the buttons of the ledger row one after the other, so every guard
    and every right of every step holds; when one refuses, nothing of the dialog stays.
    """

    _name = "dealer.fast.issue"
    _description = "Fast Issue"

    quote_id = fields.Many2one("dealer.quote", readonly=True, ondelete="cascade")
    underwriting_id = fields.Many2one(
        "dealer.underwriting", readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    step = fields.Selection(
        [("proposal", "Proposal"), ("issue", "Issue")], required=True, readonly=True
    )
    insurer_id = fields.Many2one("res.partner", readonly=True)
    applicant_id = fields.Many2one("res.partner", readonly=True)
    vehicle_id = fields.Many2one("dealer.vehicle", readonly=True)
    amount_due = fields.Monetary(compute="_compute_amount_due")
    writer_id = fields.Many2one(
        "dealer.staff",
        string="Issuing Clerk",
        domain="[('company_id', '=', company_id)]",
    )
    policy_ids = fields.One2many("dealer.fast.issue.policy", "wizard_id")
    document_ids = fields.One2many("dealer.fast.issue.document", "wizard_id")
    is_underwritten = fields.Boolean(
        string="Accepted by the Insurer",
        default=True,
        help="Untick while the insurer still looks at the proposal.",
    )

    # the issue
    open_guard_html = fields.Html(related="underwriting_id.open_guard_html")
    payment_state = fields.Selection(related="underwriting_id.payment_state")
    channel = fields.Selection(related="underwriting_id.channel")
    balance = fields.Monetary(related="underwriting_id.balance", string="Still Owed")
    receipt_no = fields.Char(string="Insurer Receipt No.")
    payment_date = fields.Date(default=fields.Date.context_today)
    payer_id = fields.Many2one(
        "res.partner", compute="_compute_payer_id", store=True, readonly=False
    )
    attachment_ids = fields.Many2many("ir.attachment", string="Proof")

    @api.depends("policy_ids.premium", "policy_ids.vehicle_tax")
    def _compute_amount_due(self):
        for wizard in self:
            wizard.amount_due = sum(
                line.premium + line.vehicle_tax for line in wizard.policy_ids
            )

    @api.depends("underwriting_id")
    def _compute_payer_id(self):
        for wizard in self:
            wizard.payer_id = wizard.payer_id or wizard.underwriting_id.payer_id

    # ---------------------------------------------------------------- Opening
    @api.model
    def _open_proposal(self, quote):
        """First dialog, filled from the accepted offer."""
        option = quote.chosen_option_id
        Underwriting = self.env["dealer.underwriting"].with_company(quote.company_id)
        draft = Underwriting.new(
            {
                "business_type": quote.business_type,
                "insurer_id": option.insurer_id.id,
                "company_id": quote.company_id.id,
                "vehicle_id": quote.vehicle_id.id,
            }
        )
        usage, insurer = draft._document_usage()
        checklist = self.env["dealer.document.template"]._find(
            usage, insurer, quote.company_id
        )
        signed = quote.accept_channel == "portal"
        wizard = self.create(
            {
                "quote_id": quote.id,
                "company_id": quote.company_id.id,
                "step": "proposal",
                "insurer_id": option.insurer_id.id,
                "applicant_id": quote.applicant_id.id,
                "vehicle_id": quote.vehicle_id.id,
                "writer_id": Underwriting._default_writer_id().id,
                "policy_ids": [
                    Command.create(
                        {
                            "product": vals["product"],
                            "premium": vals["premium"],
                            "vehicle_tax": vals.get("vehicle_tax", 0.0),
                        }
                    )
                    for vals in option._prepare_policy_vals_list()
                ],
                "document_ids": [
                    Command.create(
                        {
                            "type_id": line.type_id.id,
                            "requirement": line.requirement,
                            # A notice counts when the customer signed it himself;
                            # otherwise the clerk ticks what lies before him.
                            "is_received": signed
                            if line.type_id.is_notice
                            else line.requirement == "must"
                            and not line.type_id.is_from_issue,
                        }
                    )
                    for line in checklist.line_ids
                ],
            }
        )
        return wizard._reopen(self.env._("Fast Issue: Proposal"))

    @api.model
    def _open_issue(self, row):
        """Second dialog, with numbers and times as far as they are known."""
        wizard = self.create(
            {
                "underwriting_id": row.id,
                "quote_id": row.quote_id.id,
                "company_id": row.company_id.id,
                "step": "issue",
                "insurer_id": row.insurer_id.id,
                "applicant_id": row.applicant_id.id,
                "vehicle_id": row.vehicle_id.id,
                "writer_id": row.writer_id.id,
                "policy_ids": [
                    Command.create(vals) for vals in self._prepare_policy_lines(row)
                ],
            }
        )
        return wizard._reopen(self.env._("Fast Issue: Numbers and Print"))

    @api.model
    def _prepare_policy_lines(self, row):
        """Numbers and period of each policy; the period follows the running policy,
        else it starts at the midnight after today in the store's time."""
        running = self.env["dealer.policy"].search(
            [
                ("vehicle_id", "=", row.vehicle_id.id),
                ("is_live", "=", True),
                ("underwriting_id", "!=", row.id),
                ("date_end", ">", fields.Datetime.now()),
            ],
            order="date_end",
        )
        midnight = self._next_midnight(row)
        result = []
        for policy in row.policy_ids:
            same = running.filtered(
                lambda p, policy=policy: p.product == policy.product
            )
            start = policy.date_start or (
                same[-1:].date_end + timedelta(seconds=1) if same else midnight
            )
            end = policy.date_end or row.quote_option_id._end_of(start)
            result.append(
                {
                    "policy_id": policy.id,
                    "product": policy.product,
                    "premium": policy.premium,
                    "vehicle_tax": policy.vehicle_tax,
                    "proposal_no": policy.proposal_no,
                    "policy_no": policy.policy_no,
                    "date_start": start,
                    "date_end": end,
                }
            )
        return result

    @api.model
    def _next_midnight(self, row):
        """Start of tomorrow in the store's time zone, as naive UTC."""
        zone = row.company_id._dealer_timezone()
        tomorrow = row._store_date() + timedelta(days=1)
        local = datetime.combine(tomorrow, time.min, tzinfo=zone)
        return local.astimezone(tz.UTC).replace(tzinfo=None)

    def _reopen(self, title):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    # ---------------------------------------------------------------- Buttons
    def action_receive_all(self):
        """All papers lie before the clerk."""
        self.ensure_one()
        self.document_ids.filtered(lambda line: not line.type_id.is_from_issue).write(
            {"is_received": True}
        )
        return self._reopen(self.env._("Fast Issue: Proposal"))

    def action_propose(self):
        """Make the ledger row, propose it, and ask for the premium."""
        self.ensure_one()
        quote = self.quote_id
        quote.action_create_underwriting()
        row = quote.underwriting_ids.filtered(
            lambda r: r.quote_option_id == quote.chosen_option_id
        )[:1]
        self.underwriting_id = row
        if self.writer_id and self.writer_id != row.writer_id:
            row.writer_id = self.writer_id
        for line in self.policy_ids.filtered("proposal_no"):
            policy = row.policy_ids.filtered(
                lambda p, line=line: p.product == line.product
            )
            policy.write({"proposal_no": line.proposal_no})
        ticked = self.document_ids.filtered("is_received").type_id
        row.document_ids.filtered(
            lambda d: d.type_id in ticked and d.state == "missing"
        ).action_receive()
        row.action_propose()
        if not self.is_underwritten:
            return row._get_records_action(name=self.env._("Underwriting"))
        row.action_underwrite()
        if row.verification_wanted:
            action = row.action_verify_phone()
            return {**action, "context": {"dealer_fast_issue": True}}
        return row.action_fast_issue()

    def action_issue(self):
        """Write numbers and times, keep the insurer's receipt, issue, and print."""
        self.ensure_one()
        row = self.underwriting_id
        for line in self.policy_ids:
            line.policy_id.write(
                {
                    "policy_no": line.policy_no,
                    "proposal_no": line.proposal_no,
                    "date_start": line.date_start,
                    "date_end": line.date_end,
                }
            )
        if row.channel == "direct" and (self.receipt_no or "").strip():
            self._confirm_receipt(row)
        row.action_issue()
        return {**row.action_print_sheet(), "close_on_report_download": True}

    def _confirm_receipt(self, row):
        """The evidence of the insurer, by the same dialog as on the long way."""
        if not self.payer_id:
            raise UserError(
                self.env._("Enter whose account the insurer was paid from.")
            )
        self.env["dealer.direct.payment.wizard"].create(
            {
                "underwriting_id": row.id,
                "receipt_no": self.receipt_no,
                "payment_date": self.payment_date,
                "payer_id": self.payer_id.id,
                "attachment_ids": [Command.set(self.attachment_ids.ids)],
            }
        ).action_confirm()
        row.invalidate_recordset(["payment_state", "balance"])

    def action_open_row(self):
        """The long way: open the ledger row."""
        self.ensure_one()
        return self.underwriting_id._get_records_action(name=self.env._("Underwriting"))


class DealerFastIssuePolicy(models.TransientModel):
    _name = "dealer.fast.issue.policy"
    _description = "Policy of a Fast Issue"
    _order = "id"

    wizard_id = fields.Many2one(
        "dealer.fast.issue", required=True, index=True, ondelete="cascade"
    )
    policy_id = fields.Many2one("dealer.policy", readonly=True, ondelete="cascade")
    currency_id = fields.Many2one(related="wizard_id.currency_id")
    product = fields.Selection(PRODUCTS, readonly=True)
    premium = fields.Monetary(readonly=True)
    vehicle_tax = fields.Monetary(readonly=True)
    proposal_no = fields.Char()
    policy_no = fields.Char()
    date_start = fields.Datetime(string="Cover Starts")
    date_end = fields.Datetime(string="Cover Ends")


class DealerFastIssueDocument(models.TransientModel):
    _name = "dealer.fast.issue.document"
    _description = "Document of a Fast Issue"
    _order = "id"

    wizard_id = fields.Many2one(
        "dealer.fast.issue", required=True, index=True, ondelete="cascade"
    )
    type_id = fields.Many2one("dealer.document.type", readonly=True, string="Document")
    requirement = fields.Selection(
        [("must", "Required"), ("may", "If Applicable")], readonly=True
    )
    is_received = fields.Boolean(string="Received")

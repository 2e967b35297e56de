from decimal import Decimal

from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from odoo.addons.dealer_insurance.tools.fee_allocate import allocate


class DealerSurvey(models.Model):
    """The insurer pays each survey that it confirmed (E13).

    One customer invoice per insurer and month of confirmation; the fee is agreed with
    VAT, which is worked out once on the sum. What was paid is read back from the
    invoice and shared among its surveys. An invoice that is cancelled, deleted or
    reversed frees its surveys again.
    """

    _inherit = "dealer.survey"

    fee = fields.Monetary(
        string="Fee with VAT",
        readonly=True,
        copy=False,
        tracking=True,
        help="Of the mandate, frozen when the insurer confirmed the survey.",
    )
    fee_line_id = fields.Many2one(
        "account.move.line",
        string="Line of the Fee Invoice",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    fee_state = fields.Selection(
        [
            ("none", "No Fee"),
            ("to_invoice", "To Invoice"),
            ("draft", "Draft Invoice"),
            ("invoiced", "Invoiced"),
            ("partial", "Partially Paid"),
            ("paid", "Paid"),
        ],
        compute="_compute_fee_money",
        compute_sudo=True,
        store=True,
        index=True,
    )
    fee_paid = fields.Monetary(
        string="Fee Received",
        compute="_compute_fee_money",
        compute_sudo=True,
        store=True,
    )
    fee_month = fields.Date(
        string="Month of Confirmation", compute="_compute_fee_month", store=True
    )

    @api.depends("confirmed_at", "company_id")
    def _compute_fee_month(self):
        for survey in self:
            day = survey.confirmed_at and survey.company_id._dealer_local_day(
                survey.confirmed_at
            )
            survey.fee_month = day and day.replace(day=1)

    @api.depends(
        "fee",
        "confirmed_at",
        "fee_line_id",
        "fee_line_id.move_id.state",
        "fee_line_id.move_id.payment_state",
        "fee_line_id.move_id.amount_residual",
        "fee_line_id.move_id.line_ids.matched_credit_ids.amount",
        "fee_line_id.move_id.line_ids.matched_credit_ids.credit_move_id.parent_state",
        "fee_line_id.move_id.line_ids.matched_credit_ids"
        ".credit_move_id.payment_id.state",
    )
    def _compute_fee_money(self):
        """Share of the payment of an invoice that falls on each survey, to the cent."""
        billed = self.filtered(lambda survey: survey._is_billed())
        shares = billed._fee_shares()
        for survey in self:
            currency = survey.currency_id
            paid = shares.get(survey, 0.0)
            survey.fee_paid = paid
            if survey in billed:
                move = survey.fee_line_id.move_id
                if move.state == "draft":
                    survey.fee_state = "draft"
                elif currency.is_zero(paid):
                    survey.fee_state = "invoiced"
                elif currency.compare_amounts(paid, survey.fee) < 0:
                    survey.fee_state = "partial"
                else:
                    survey.fee_state = "paid"
            elif survey.confirmed_at and not currency.is_zero(survey.fee):
                survey.fee_state = "to_invoice"
            else:
                survey.fee_state = "none"

    def _fee_shares(self):
        """What was paid of the posted invoices, by survey."""
        moves = self.fee_line_id.move_id.filtered(lambda move: move.state == "posted")
        if not moves:
            return {}
        siblings = self | self.search([("fee_line_id.move_id", "in", moves.ids)])
        result = {}
        for move, surveys in siblings.grouped(lambda s: s.fee_line_id.move_id).items():
            if move not in moves:
                continue
            surveys = surveys.sorted("id")
            weights = [Decimal(str(s.currency_id.round(s.fee))) for s in surveys]
            paid = Decimal(str(move.currency_id.round(move._dealer_fee_paid())))
            for survey, part in zip(surveys, allocate(paid, weights), strict=True):
                result[survey] = float(part)
        return result

    def _is_billed(self):
        """Whether the survey stands on an invoice that is in force."""
        self.ensure_one()
        # sudo: the surveyor reads no invoices; that there is one he may know
        move_sudo = self.sudo().fee_line_id.move_id
        return (
            bool(move_sudo)
            and move_sudo.state != "cancel"
            and move_sudo.payment_state != "reversed"
        )

    # ------------------------------------------------------------- Invoicing
    def action_create_fee_invoice(self):
        """Invoice these surveys: one draft per insurer and month of confirmation.

        :return: action with the drafts
        :raises UserError: nothing to invoice, or several stores at a time
        :raises RedirectWarning: the store has no income account or tax of fees
        """
        self._check_holds("finance")
        self.check_access("read")
        if len(self.company_id) > 1:
            raise UserError(self.env._("Invoice the surveys of one store at a time."))
        surveys = self.filtered(
            lambda s: s.confirmed_at and not s.currency_id.is_zero(s.fee)
        ).filtered(lambda s: not s._is_billed())
        if not surveys:
            raise UserError(
                self.env._(
                    "Nothing to invoice: only surveys that the insurer confirmed and "
                    "that stand on no invoice are invoiced."
                )
            )
        groups = surveys.grouped(
            lambda s: (s.insurer_id.commercial_partner_id, s.fee_month)
        )
        moves = self.env["account.move"].create(
            [
                group._prepare_fee_invoice_vals(insurer, month)
                for (insurer, month), group in groups.items()
            ]
        )
        for move, group in zip(moves, groups.values(), strict=True):
            group._finish_fee_invoice(move)
        return moves._get_records_action(name=self.env._("Survey Fee Invoices"))

    def _fee_nets(self, tax):
        """Fees without VAT, worked out once on the sum and shared to the cent.

        :param tax: ``account.tax`` of fees, a percentage
        :return: list of amounts, company currency, in the order of the surveys
        """
        currency = self.company_id.currency_id
        gross = currency.round(sum(self.mapped("fee")))
        net = currency.round(gross / (1.0 + tax.amount / 100.0))
        weights = [Decimal(str(currency.round(s.fee))) for s in self]
        return [float(part) for part in allocate(Decimal(str(net)), weights)]

    def _prepare_fee_invoice_vals(self, insurer, month):
        """Values of the invoice of one insurer and month.

        :param insurer: ``res.partner`` that pays
        :param month: first day of the month of confirmation
        """
        company = self.company_id
        today = company._dealer_today()
        agreement = self.env["dealer.agreement"]._find(insurer, company, today)
        days = agreement.settlement_days or company.dealer_insurer_due_days
        account = company._dealer_money_setting("dealer_fee_income_account_id")
        tax = company._dealer_money_setting("dealer_fee_tax_id")
        return {
            "move_type": "out_invoice",
            "company_id": company.id,
            "partner_id": insurer.id,
            "invoice_date": today,
            "invoice_date_due": fields.Date.add(today, days=days),
            "invoice_payment_term_id": False,
            "ref": self.env._(
                "Survey fees %(month)s", month=fields.Date.to_string(month)[:7]
            ),
            "invoice_line_ids": [
                Command.create(
                    {
                        "name": self.env._(
                            "Survey %(number)s, report %(report)s, %(plate)s, %(day)s",
                            number=survey.name,
                            report=survey.report_no or "-",
                            plate=survey.plate or "-",
                            day=fields.Date.to_string(survey.assigned_on) or "-",
                        ),
                        "quantity": 1.0,
                        "price_unit": net,
                        "account_id": account.id,
                        "tax_ids": [Command.set(tax.ids)],
                    }
                )
                for survey, net in zip(self, self._fee_nets(tax), strict=True)
            ],
        }

    def _finish_fee_invoice(self, move):
        """Receivable account of fees, VAT of the whole, links back to the surveys."""
        company = self.company_id
        gross = company.currency_id.round(sum(self.mapped("fee")))
        missing = move.currency_id.round(gross - move.amount_total)
        tax_line = move.line_ids.filtered("tax_line_id")[:1]
        if tax_line and not move.currency_id.is_zero(missing):
            # VAT is worked out once on the sum, so that the insurer pays whole fees.
            move.write(
                {
                    "line_ids": [
                        Command.update(
                            tax_line.id,
                            {"amount_currency": tax_line.amount_currency - missing},
                        )
                    ]
                }
            )
        move.line_ids.filtered(
            lambda line: line.display_type == "payment_term"
        ).account_id = company._dealer_money_setting(
            "dealer_insurer_receivable_account_id"
        )
        lines = move.invoice_line_ids.sorted("sequence, id")
        self._sudo_link_fee_lines(lines)

    def _sudo_link_fee_lines(self, lines):
        """Finance reads surveys and does not write them; the link is the exception."""
        for survey_sudo, line in zip(self.sudo(), lines, strict=True):
            survey_sudo._write_protected({"fee_line_id": line.id})

    def action_open_fee_invoice(self):
        """The fee invoices of these surveys."""
        self.check_access("read")
        moves = self.fee_line_id.move_id
        return moves._get_records_action(name=self.env._("Survey Fee Invoices"))

from datetime import date

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.dealer_insurance.models.bank_rule import BANK_KINDS
from odoo.addons.dealer_insurance.tools import bank_types


class DealerBankProposal(models.Model):
    """What a bank line may be: open items with amounts, and why.

    Found by the matching, never entered by hand. A proposal is a suggestion of one
    moment: before it is booked, its items must still be open with these amounts.
    """

    _name = "dealer.bank.proposal"
    _description = "Proposal for a Bank Line"
    _order = "line_id, sequence, id"
    _check_company_auto = True

    line_id = fields.Many2one(
        "account.bank.statement.line",
        string="Bank Line",
        required=True,
        index=True,
        readonly=True,
        ondelete="cascade",
        check_company=True,
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, readonly=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    sequence = fields.Integer(readonly=True)
    kind = fields.Selection(BANK_KINDS, string="Meaning", required=True, readonly=True)
    score = fields.Integer(readonly=True, help="How sure, 0 to 100.")
    certain = fields.Boolean(
        readonly=True,
        help="Unique, exact to the cent and proven by a number, name or count.",
    )
    refs = fields.Char(string="Settles", readonly=True)
    # [[code, facts], …]: put into words in the language of the reader
    reasons = fields.Json(readonly=True)
    reason = fields.Char(compute="_compute_reason")
    amount_items = fields.Monetary(
        string="Of Open Items",
        readonly=True,
        help="What the line settles of open items; negative where money goes out.",
    )
    amount_fee = fields.Monetary(
        string="Fee Kept",
        readonly=True,
        help="What the payment platform kept; booked as merchant fee.",
    )
    amount_rest = fields.Monetary(
        string="Rest",
        readonly=True,
        help="What no open item explains: paid too much, or booked on an account.",
    )
    difference = fields.Monetary(
        readonly=True, help="Bank line less what was expected of the items."
    )
    partner_id = fields.Many2one("res.partner", readonly=True)
    period = fields.Char(string="Month", readonly=True)
    rule_id = fields.Many2one("dealer.bank.rule", readonly=True)
    item_ids = fields.Many2many("account.move.line", string="Items", readonly=True)
    # [[candidate key, amount in minor units], …]
    settle = fields.Json(readonly=True)

    # ------------------------------------------------------------------
    # Made by the matching
    # ------------------------------------------------------------------
    @api.model
    def _prepare_proposal_vals(self, line, number, found):
        """Values of one proposal.

        :param line: ``account.bank.statement.line``
        :param number: rank, the best first
        :param found: `bank_types.Proposal`
        """
        currency = line.company_id.currency_id
        unit = 10**currency.decimal_places
        items = [
            item
            for key, _amount in found.items
            if key[0] == "items"
            for item in key[1:]
        ]
        total = sum(amount for _key, amount in found.items)
        return {
            "line_id": line.id,
            "company_id": line.company_id.id,
            "sequence": number,
            "kind": found.kind,
            "score": found.score,
            "certain": found.certain,
            "refs": ", ".join(found.refs),
            "reasons": [
                [
                    reason.code,
                    {key: _plain(value) for key, value in reason.facts.items()},
                ]
                for reason in found.reasons
            ],
            "amount_items": total / unit,
            "amount_fee": found.fee / unit,
            "amount_rest": found.rest / unit,
            "difference": found.difference / unit,
            "partner_id": found.partner,
            "period": found.period,
            "rule_id": found.rule,
            "item_ids": [fields.Command.set(items)],
            "settle": [[list(key), amount] for key, amount in found.items],
        }

    @api.depends("reasons")
    @api.depends_context("lang")
    def _compute_reason(self):
        """Why something is proposed, in one line."""
        texts = self._reason_texts()
        for proposal in self:
            proposal.reason = "; ".join(
                texts[code](proposal, facts) for code, facts in proposal.reasons or []
            )

    def _reason_texts(self):
        """Words for each reason: dict code -> function of proposal and facts."""
        _ = self.env._
        methods = dict(
            self.env["dealer.bank.rule"]
            ._fields["method"]
            ._description_selection(self.env)
        )

        def money(proposal, facts):
            currency = proposal.currency_id
            return currency.format(facts["amount"] / 10**currency.decimal_places)

        def method(facts):
            return methods.get(facts["text"], facts["text"])

        return {
            "exact": lambda p, f: _("amount to the cent"),
            "number": lambda p, f: _("number %(text)s", text=f["text"]),
            "plate": lambda p, f: _("plate %(text)s", text=f["text"]),
            "payer": lambda p, f: _("payer %(text)s", text=f["text"]),
            "name": lambda p, f: _("name %(text)s in the memo", text=f["text"]),
            "hint": lambda p, f: _("ending %(text)s", text=f["text"]),
            "method": lambda p, f: _("paid by %(text)s", text=method(f)),
            "count": lambda p, f: _("%(count)s cases stated", count=f["count"]),
            "day": lambda p, f: _("paid on %(date)s", date=f["date"]),
            "insurer": lambda p, f: _("from or to the insurer"),
            "period": lambda p, f: _("month %(text)s", text=f["text"]),
            "mirror": lambda p, f: _("other side of %(date)s", date=f["date"]),
            "rule": lambda p, f: _("by the wording"),
            "fee": lambda p, f: _("fee of %(amount)s kept", amount=money(p, f)),
            "over": lambda p, f: _("%(amount)s too much", amount=money(p, f)),
            "short": lambda p, f: _("%(amount)s less than open", amount=money(p, f)),
            "no_item": lambda p, f: _("no open item fits"),
            "not_unique": lambda p, f: _("not the only fit"),
            "other_account": lambda p, f: _("expected on another bank account"),
        }

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------
    def action_apply(self):
        """Reconcile each bank line with the items of its proposal.

        :raise UserError: an item is not open any more, or an account is missing
        """
        for proposal in self:
            proposal.line_id._dealer_apply(proposal)
        return True

    def action_prepare(self):
        """Fill the reconciliation of the line, without booking it yet."""
        for proposal in self:
            proposal.line_id._dealer_fill(proposal)
        return True

    def _items_to_settle(self):
        """Journal items with the part that this proposal settles of each.

        :return: list of (``account.move.line``, signed amount in company currency)
        :raise UserError: an item is settled already, or less of it is open
        """
        self.ensure_one()
        currency = self.company_id.currency_id
        unit = 10**currency.decimal_places
        result = []
        for key, amount in self.settle or []:
            if key[0] != "items":
                raise UserError(
                    self.env._(
                        "This line gives back what another bank line brought too "
                        "much. Reconcile that line first, then this one."
                    )
                )
            left = amount / unit
            sign = 1 if left > 0 else -1
            lines = self.env["account.move.line"].browse(key[1:]).exists()
            for item in lines.sorted(lambda line: line.date_maturity or line.date):
                part = min(left * sign, item.amount_residual * sign)
                if currency.compare_amounts(part, 0.0) <= 0:
                    continue
                result.append((item, currency.round(part * sign)))
                left -= part * sign
            if not currency.is_zero(left):
                raise UserError(
                    self.env._(
                        "%(refs)s: less is open than when this was proposed. Search "
                        "for proposals again.",
                        refs=self.refs or self.line_id.display_name,
                    )
                )
        return result

    def _rest_account(self):
        """Account and partner of what no open item explains.

        :return: (account, partner)
        :raise UserError: no account is set
        """
        self.ensure_one()
        line, company = self.line_id, self.company_id
        partner = self.partner_id
        rule = self.rule_id.with_company(company)
        account = rule.account_id
        if self.kind in (bank_types.FEE, bank_types.SURVEY) and not account:
            account = company._dealer_money_setting(
                "dealer_insurer_receivable_account_id"
            )
        elif self.kind == bank_types.CHARGE and not account:
            account = company._dealer_money_setting("dealer_merchant_fee_account_id")
        elif self.kind == bank_types.TRANSFER and not account:
            account = company.transfer_account_id or company.root_id.transfer_account_id
        elif self.kind in (bank_types.RECEIPT, bank_types.CLAIM):
            account = company._dealer_money_setting("dealer_refund_payable_account_id")
            if self.kind == bank_types.RECEIPT:
                partner = self.item_ids.partner_id[:1]
        if not account:
            raise UserError(
                self.env._(
                    "No account is set for “%(kind)s”. Enter it in the bank rule "
                    "“%(rule)s”, then apply the proposal again.",
                    kind=dict(self._fields["kind"]._description_selection(self.env))[
                        self.kind
                    ],
                    rule=rule.name or line.display_name,
                )
            )
        return account, partner


def _plain(value):
    """A fact of a reason as JSON keeps it."""
    return fields.Date.to_string(value) if isinstance(value, date) else value

import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools import bank_text, bank_types
from .underwriting_money import PAYMENT_METHODS

GROUP_NAMES = {"count", "day", "fee"}
BANK_KINDS = [
    (bank_types.RECEIPT, "Premium Received"),
    (bank_types.REMITTANCE, "Premium Remitted"),
    (bank_types.REFUND_IN, "Premium Refund from Insurer"),
    (bank_types.REFUND_OUT, "Premium Refund to Customer"),
    (bank_types.OVERPAID, "Overpaid Premium Given Back"),
    (bank_types.TRANSFER, "Transfer between Own Accounts"),
    (bank_types.FEE, "Agency Fee Received"),
    (bank_types.CLAIM, "Claim Money from Insurer"),
    (bank_types.CLAIM_REFUND, "Claim Money to Customer"),
    (bank_types.SURVEY, "Survey Fee Received"),
    (bank_types.CHARGE, "Bank Charge"),
    (bank_types.INTEREST, "Bank Interest"),
]


class DealerBankRule(models.Model):
    """How bank lines of a kind of money are written (data, not code).

    The first rule that a line fits, by sequence, says what is looked for: open
    premiums, remittances, claim money. Lines that fit a rule of other business get no
    proposal at all.
    """

    _name = "dealer.bank.rule"
    _description = "Bank Rule"
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=100)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        string="Store",
        index=True,
        help="Empty: the rule is used in every store.",
    )
    kind = fields.Selection(
        [*BANK_KINDS, (bank_types.NOISE, "Other Business, no Proposal")],
        string="Meaning",
        required=True,
    )
    direction = fields.Selection(
        [("in", "Money In"), ("out", "Money Out")],
        help="Empty: both ways.",
    )
    party = fields.Selection(
        [
            (bank_types.INSURER, "Insurer"),
            (bank_types.OWN, "Own Company"),
            (bank_types.OTHER, "Anybody Else"),
            (bank_types.NOBODY, "Not Named"),
        ],
        string="Other Side",
        help="Who pays or is paid. Empty: anybody.",
    )
    words = fields.Text(
        help="One word or phrase per line; the summary or memo holds one of them. "
        "Empty: any text.",
    )
    words_shown = fields.Char(string="Words of the Text", compute="_compute_words")
    payer_words = fields.Text(
        string="Words in the Name",
        help="One per line; the name of the other side holds one of them.",
    )
    expressions = fields.Text(
        help="Regular expressions, one per line, that pick facts out of the text: "
        "(?P<count>…) number of cases, (?P<day>…) day of payment as MMDD or YYYYMMDD, "
        "(?P<fee>…) fee that was kept.",
    )
    method = fields.Selection(
        PAYMENT_METHODS,
        string="Paid By",
        help="The line is the sum of what customers paid in this way.",
    )
    journal_ids = fields.Many2many(
        "account.journal",
        string="Bank Accounts",
        domain="[('type', '=', 'bank')]",
        help="Empty: all bank accounts.",
    )
    certain = fields.Boolean(
        string="Book without Asking",
        help="Only for charges, interest and transfers, which settle no open item: a "
        "bank account that reconciles by itself books them.",
    )
    account_id = fields.Many2one(
        "account.account",
        string="Booked On",
        company_dependent=True,
        help="Account of lines that settle no open item. Empty: the account of the "
        "settings.",
    )

    @api.depends("words")
    def _compute_words(self):
        """The words in one line, for lists."""
        for rule in self:
            rule.words_shown = " / ".join(_lines(rule.words))

    @api.constrains("expressions")
    def _check_expressions(self):
        """An expression must be readable and name only facts that are understood."""
        for rule in self:
            for number, source in enumerate(_lines(rule.expressions), 1):
                try:
                    names = set(re.compile(source).groupindex)
                except re.error as error:
                    raise ValidationError(
                        self.env._(
                            "%(rule)s: expression %(number)s cannot be read "
                            "(%(error)s).",
                            rule=rule.display_name,
                            number=number,
                            error=error,
                        )
                    ) from error
                if not names or names - GROUP_NAMES:
                    raise ValidationError(
                        self.env._(
                            "%(rule)s: expression %(number)s must name count, day or "
                            "fee and nothing else, as in (?P<count>\\d+).",
                            rule=rule.display_name,
                            number=number,
                        )
                    )

    @api.constrains("certain", "kind")
    def _check_certain(self):
        """Only what settles no open item is booked on the word of a rule."""
        allowed = (bank_types.CHARGE, bank_types.INTEREST, bank_types.TRANSFER)
        for rule in self:
            if rule.certain and rule.kind not in allowed:
                raise ValidationError(
                    self.env._(
                        "%(rule)s: only bank charges, interest and own transfers are "
                        "booked without asking.",
                        rule=rule.display_name,
                    )
                )

    def _bank_rules(self, company):
        """Rules of a store for the matching, in the order of their priority.

        :param company: the store
        :return: list of `bank_types.Rule`; their keys are record ids
        """
        records = self.search([("company_id", "in", (False, company.id))])
        return [
            bank_types.Rule(
                kind=rule.kind,
                direction=rule.direction or "",
                party=rule.party or "",
                words=_words(rule.words),
                payers=_words(rule.payer_words),
                patterns=tuple(
                    re.compile(source, re.IGNORECASE)
                    for source in _lines(rule.expressions)
                ),
                method=rule.method or "",
                accounts=tuple(rule.journal_ids.ids),
                certain=rule.certain,
                key=rule.id,
            )
            for rule in records
        ]


def _lines(text):
    return [line.strip() for line in (text or "").splitlines() if line.strip()]


def _words(text):
    return tuple(bank_text.normalise(line) for line in _lines(text))

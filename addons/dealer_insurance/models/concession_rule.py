from odoo import api, fields, models
from odoo.fields import Domain

from ..const import BUSINESS_TYPES, ENERGY_SCOPES
from ..tools.cover_text import normalise
from ..tools.rating import in_force


class DealerConcessionType(models.Model):
    """Kind of concession, with the words that stand for it in free text."""

    _name = "dealer.concession.type"
    _description = "Concession Type"
    _order = "sequence, code"

    code = fields.Char(required=True)
    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    kind = fields.Selection(
        [
            ("discount", "Discount"),
            ("gift", "Gift"),
            ("service", "Service"),
            ("cash", "Cash Rebate"),
        ],
        required=True,
        default="gift",
    )
    keywords = fields.Text(help="Words that stand for it in free text, one a line.")
    is_forbidden = fields.Boolean(
        string="Forbidden",
        compute="_compute_is_forbidden",
        store=True,
        readonly=False,
        help="Never allowed, no approval is possible. A cash rebate always is.",
    )
    active = fields.Boolean(default=True)

    _code_uniq = models.UniqueIndex("(code)", "This type code exists already.")
    _cash_forbidden = models.Constraint(
        "CHECK (kind != 'cash' OR is_forbidden)",
        "A cash rebate is against the law and cannot be allowed.",
    )

    @api.depends("kind")
    def _compute_is_forbidden(self):
        for record in self:
            record.is_forbidden = record.kind == "cash" or record.is_forbidden

    @api.model
    def _keyword_index(self):
        """Words of all types: list of (word, type), forbidden types first, then in
        the order of the types. For many look-ups in a row."""
        types = self.search([("keywords", "!=", False)])
        return [
            (normalise(word).lower(), record)
            for record in types.sorted(lambda t: (not t.is_forbidden, t.sequence, t.id))
            for word in record.keywords.splitlines()
            if normalise(word)
        ]

    @api.model
    def _match_text(self, text, index=None):
        """Type that a free text speaks of; forbidden wording wins over any other.

        :param text: e.g. the cell "优惠内容" of an underwriting ledger
        :param index: result of ``_keyword_index`` when matching many texts
        :return: (dealer.concession.type, word); empty and "" when nothing is known
        """
        if index is None:
            index = self._keyword_index()
        text = normalise(text).lower()
        return next(
            ((record, word) for word, record in index if word in text),
            (self.browse(), ""),
        )

    @api.model
    def _cash_keywords(self):
        """Words that name a forbidden concession, as a list."""
        return [word for word, record in self._keyword_index() if record.is_forbidden]


class DealerConcessionRule(models.Model):
    """How much of what may be given away, for what (S59, SM-2).

    The limit of a deal is the sum over its products of the limit of the one rule that
    fits best: its own store, insurer, business type, energy and post count as more
    precise than an empty field. A product without a rule allows nothing, so compulsory
    cover alone carries no concession unless somebody writes a rule for it.
    """

    _name = "dealer.concession.rule"
    _description = "Concession Rule"
    _inherit = ["dealer.dated.mixin", "mail.thread"]
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True, tracking=True)
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self.env.ref("base.CNY"),
    )

    # what it speaks of; empty = everything
    company_id = fields.Many2one("res.company", string="Store", index=True)
    insurer_id = fields.Many2one(
        "res.partner", index="btree_not_null", domain=[("is_insurer", "=", True)]
    )
    business_type = fields.Selection(BUSINESS_TYPES)
    energy = fields.Selection(ENERGY_SCOPES)
    group_id = fields.Many2one(
        "res.groups",
        string="Granted by Post",
        help="Only for concessions that somebody of this post grants.",
    )

    # what it allows
    product = fields.Selection(
        [
            ("commercial", "Commercial Premium"),
            ("ctpl", "Compulsory Premium"),
            ("other", "Accident and Other Premium"),
        ],
        string="Share of",
        required=True,
        default="commercial",
    )
    max_rate = fields.Float(
        string="Highest Share",
        digits=(6, 4),
        tracking=True,
        help="Of the premium of the product. Zero: only the amount counts.",
    )
    max_amount = fields.Monetary(
        string="Highest Amount",
        tracking=True,
        aggregator=None,
        help="Zero: only the share counts. With both, the lower one counts.",
    )
    customer_limit = fields.Monetary(
        string="Highest Amount per Customer",
        tracking=True,
        aggregator=None,
        help="All concessions of the applicant's deals within the months of the store "
        "settings. Zero: each deal counts alone.",
    )
    type_ids = fields.Many2many(
        "dealer.concession.type", string="Allowed Types", help="Empty: all but cash."
    )
    approval_limit = fields.Monetary(
        string="Insurance Manager Approves up to",
        tracking=True,
        aggregator=None,
        help="Total of the deal's concessions; above it the store manager decides. "
        "Zero: the insurance manager may approve any amount.",
    )

    _limits_range = models.Constraint(
        "CHECK (max_rate >= 0 AND max_rate <= 1 AND max_amount >= 0 "
        "AND approval_limit >= 0 AND customer_limit >= 0)",
        "Shares lie between 0 and 100 %, amounts cannot be negative.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        self.env["dealer.concession"]._recompute_open()
        return rules

    def write(self, vals):
        result = super().write(vals)
        self.env["dealer.concession"]._recompute_open()
        return result

    @api.model
    def _sudo_find_all(self, companies):
        """Rules that may concern stores, archived ones left out, in one query."""
        # sudo: whether a concession complies must not depend on who looks at it.
        return self.sudo().search(
            Domain("company_id", "=", False) | Domain("company_id", "in", companies.ids)
        )

    def _fitting(self, facts, groups):
        """The best rule per product for a deal.

        :param facts: :class:`~.concession.DealFacts`
        :param groups: groups of the person who grants
        :return: dict product -> dealer.concession.rule
        """
        best = {}
        for rule in self:
            if not rule._concerns(facts, groups):
                continue
            precision = sum(
                map(
                    bool,
                    (
                        rule.company_id,
                        rule.insurer_id,
                        rule.business_type,
                        rule.energy,
                        rule.group_id,
                    ),
                )
            )
            # self is in the order of the sequence: the first of equals stays.
            if rule.product not in best or precision > best[rule.product][0]:
                best[rule.product] = (precision, rule)
        return {product: rule for product, (_precision, rule) in best.items()}

    def _concerns(self, facts, groups):
        return (
            (not self.company_id or self.company_id == facts.company)
            and (not self.insurer_id or self.insurer_id == facts.insurer)
            and (not self.business_type or self.business_type == facts.business_type)
            and (not self.energy or self.energy == facts.energy)
            and (not self.group_id or self.group_id in groups)
            and in_force(self, facts.date)
        )

    def _limit(self, premium, currency):
        """Highest concession on a premium of the rule's product, in its currency."""
        self.ensure_one()
        if not self.max_rate:
            return self.max_amount
        limit = currency.round(premium * self.max_rate)
        return min(limit, self.max_amount) if self.max_amount else limit

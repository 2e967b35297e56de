from datetime import date as Day
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from .concession_rule import DealerConcessionRule


class DealFacts(NamedTuple):
    """What the concession rules ask about a deal (quote option or underwriting)."""

    company: models.BaseModel
    insurer: models.BaseModel
    business_type: str
    energy: str
    date: Day
    premiums: dict


class Assessment(NamedTuple):
    """How one concession stands: its state, the limit and total of the deal, the best
    rule of the commercial product (it says who approves), limit and total of the
    customer over all his deals (a limit of zero: each deal counts alone)."""

    state: str
    limit: float
    total: float
    rule: DealerConcessionRule
    customer_limit: float
    customer_total: float


class DealerConcession(models.Model):
    """A discount or gift granted on a quote option or an underwriting (S59).

    State, from facts (top line first):

    ==========  ===================================================================
    forbidden   the type is forbidden, or the description names a cash rebate
    approved    an approval covers its amount and the total of the deal
    compliant   its type is allowed, the total of the deal is inside the limit and that
                of the customer inside his, or an approval of another concession of
                the deal covers these totals
    requested   approval was asked for this amount, nobody has answered
    refused     the last answer was no
    over_limit  anything else
    ==========  ===================================================================

    An approval is for an amount: when the concession or the total of the deal grows
    beyond what was approved, the approval no longer counts.
    """

    _name = "dealer.concession"
    _description = "Concession"
    _inherit = ["dealer.derived.mixin", "mail.thread"]
    _order = "id"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company",
        compute="_compute_company_id",
        store=True,
        precompute=True,
        readonly=False,
        required=True,
        index=True,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    option_id = fields.Many2one(
        "dealer.quote.option",
        string="Quote Option",
        index="btree_not_null",
        ondelete="cascade",
        check_company=True,
    )
    underwriting_id = fields.Many2one(
        "dealer.underwriting",
        index="btree_not_null",
        ondelete="cascade",
        check_company=True,
    )
    granted_by_id = fields.Many2one(
        "res.users",
        string="Granted by",
        required=True,
        readonly=True,
        copy=False,
        default=lambda self: self.env.user,
    )
    type_id = fields.Many2one(
        "dealer.concession.type", required=True, index=True, tracking=True
    )
    concession_type = fields.Selection(
        related="type_id.kind", string="Kind", store=True
    )
    name = fields.Char(string="Description", required=True, tracking=True)
    amount = fields.Monetary(
        required=True,
        tracking=True,
        help="What it costs the store: the discount, or the value of the gift.",
    )

    # assessment
    state = fields.Selection(
        [
            ("compliant", "Inside the Rule"),
            ("over_limit", "Needs Approval"),
            ("requested", "Approval Requested"),
            ("approved", "Approved"),
            ("refused", "Refused"),
            ("forbidden", "Forbidden"),
        ],
        compute="_compute_assessment",
        store=True,
        index=True,
    )
    limit_amount = fields.Monetary(
        string="Limit of the Deal",
        compute="_compute_assessment",
        store=True,
        aggregator=None,
    )
    total_amount = fields.Monetary(
        string="Total of the Deal",
        compute="_compute_assessment",
        store=True,
        aggregator=None,
    )

    customer_total = fields.Monetary(
        string="Total of the Customer",
        compute="_compute_assessment",
        store=True,
        aggregator=None,
        help="Of all deals of the applicant within the months of the store settings.",
    )
    customer_limit = fields.Monetary(
        string="Limit of the Customer",
        compute="_compute_assessment",
        store=True,
        aggregator=None,
    )

    # approval
    reason = fields.Char(help="Why more than the rule allows, or why it is refused.")
    approval_ids = fields.One2many(
        "dealer.concession.approval", "concession_id", string="Decisions", readonly=True
    )
    last_decision = fields.Selection(
        related="last_approval_id.decision", string="Last Decision"
    )
    last_approval_id = fields.Many2one(
        "dealer.concession.approval", compute="_compute_last_approval_id", store=True
    )
    requested_by_id = fields.Many2one(
        "res.users", compute="_compute_last_approval_id", store=True
    )
    approved_by_id = fields.Many2one(
        "res.users", compute="_compute_last_approval_id", store=True
    )
    approved_at = fields.Datetime(compute="_compute_last_approval_id", store=True)

    _amount_positive = models.Constraint(
        "CHECK (amount >= 0)", "A concession cannot be negative."
    )
    _has_deal = models.Constraint(
        "CHECK (option_id IS NOT NULL OR underwriting_id IS NOT NULL)",
        "A concession belongs to a quote option or an underwriting.",
    )

    # -------------------------------------------------------------- Computes
    @api.depends("underwriting_id.company_id", "option_id.company_id")
    def _compute_company_id(self):
        for concession in self:
            concession.company_id = (
                concession._deal().company_id
                or concession.company_id
                or self.env.company
            )

    @api.depends(
        "approval_ids.decision", "approval_ids.user_id", "approval_ids.decided_at"
    )
    def _compute_last_approval_id(self):
        for concession in self:
            decisions = concession.approval_ids.sorted("id")
            last = decisions[-1:]
            requests = decisions.filtered(lambda line: line.decision == "requested")
            approved = last if last.decision == "approved" else last.browse()
            concession.last_approval_id = last
            concession.requested_by_id = requests[-1:].user_id
            concession.approved_by_id = approved.user_id
            concession.approved_at = approved.decided_at

    @api.depends(
        "amount",
        "name",
        "type_id.is_forbidden",
        "granted_by_id",
        "last_approval_id",
        "option_id.insurer_id",
        "option_id.ctpl_premium",
        "option_id.commercial_premium",
        "option_id.other_premium",
        "option_id.quote_id.business_type",
        "option_id.concession_ids.amount",
        "option_id.concession_ids.last_approval_id",
        "underwriting_id.insurer_id",
        "underwriting_id.ctpl_premium",
        "underwriting_id.commercial_premium",
        "underwriting_id.other_premium",
        "underwriting_id.business_type",
        "underwriting_id.insured_date",
        "underwriting_id.concession_ids.amount",
        "underwriting_id.concession_ids.last_approval_id",
    )
    def _compute_assessment(self):
        found = self._assess()
        for concession in self:
            result = found[concession]
            concession.state = result.state
            concession.limit_amount = result.limit
            concession.total_amount = result.total
            concession.customer_limit = result.customer_limit
            concession.customer_total = result.customer_total

    # ------------------------------------------------------------ Assessment
    def _deal(self):
        """The underwriting the concession belongs to, before that the quote option."""
        self.ensure_one()
        return self.underwriting_id or self.option_id

    def _deal_facts(self):
        """What the rules ask about the deal of one concession."""
        self.ensure_one()
        deal = self._deal()
        if deal._name == "dealer.underwriting":
            business_type, vehicle = deal.business_type, deal.vehicle_id
            day = deal.insured_date
        else:
            business_type, vehicle = deal.quote_id.business_type, deal.vehicle_id
            day = deal.quote_id.date
        return DealFacts(
            company=deal.company_id,
            insurer=deal.insurer_id,
            business_type=business_type,
            energy="nev" if vehicle.is_nev else "fuel",
            date=day or fields.Date.context_today(self),
            premiums={
                "ctpl": deal.ctpl_premium,
                "commercial": deal.commercial_premium,
                "other": deal.other_premium,
            },
        )

    def _assess(self):
        """How the concessions stand now, from rules, premiums and approvals.

        Constant number of queries for any number of records.

        :return: dict concession -> :class:`Assessment`
        """
        rules = self.env["dealer.concession.rule"]._sudo_find_all(self.company_id)
        Type = self.env["dealer.concession.type"]
        words = [
            (word, kind) for word, kind in Type._keyword_index() if kind.is_forbidden
        ]
        # sudo: the groups of another user are not for everybody to read.
        users_sudo = self.granted_by_id.sudo()
        groups_of = {user: user.all_group_ids for user in users_sudo}
        others = self._sudo_other_deals() if any(rules.mapped("customer_limit")) else {}
        result, fits = {}, {}
        for concession in self:
            currency = concession.currency_id
            deal = concession._deal()
            siblings = deal.concession_ids
            total = sum(siblings.mapped("amount"))
            key = (deal, concession.granted_by_id)
            if key not in fits:
                facts = concession._deal_facts()
                fitting = rules._fitting(
                    facts, groups_of.get(concession.granted_by_id, ())
                )
                limit = sum(
                    rule._limit(max(facts.premiums[product], 0.0), currency)
                    for product, rule in fitting.items()
                )
                fits[key] = (limit, fitting)
            limit, fitting = fits[key]
            rule = fitting.get("commercial") or next(
                iter(fitting.values()), rules.browse()
            )
            caps = [r.customer_limit for r in fitting.values() if r.customer_limit]
            found = Assessment(
                "",
                limit,
                total,
                rule,
                min(caps, default=0.0),
                total + others.get(deal, 0),
            )
            state = concession._state_of(siblings, found, fitting, words)
            result[concession] = found._replace(state=state)
        return result

    def _state_of(self, siblings, found, fitting, forbidden_words):
        """State of one concession; the order is that of the class docstring."""
        self.ensure_one()
        within = self._is_within
        if (
            self.type_id.is_forbidden
            or self.type_id._match_text(self.name, forbidden_words)[0]
        ):
            return "forbidden"

        def covers(approval):
            return (
                approval.decision == "approved"
                and within(found.total, approval.total_amount)
                and (
                    not found.customer_limit
                    or within(found.customer_total, approval.customer_total)
                )
            )

        last = self.last_approval_id
        if covers(last) and within(self.amount, last.amount):
            return "approved"
        inside = within(found.total, found.limit) and (
            not found.customer_limit
            or within(found.customer_total, found.customer_limit)
        )
        inside = inside or any(
            covers(sibling.last_approval_id) for sibling in siblings - self
        )
        if inside and self._is_type_allowed(fitting):
            return "compliant"
        if last.decision in ("requested", "refused") and (
            within(self.amount, last.amount) and within(found.total, last.total_amount)
        ):
            return last.decision
        return "over_limit"

    def _is_within(self, amount, limit):
        """Whether an amount is at most the limit, in the currency of the store."""
        return self.currency_id.compare_amounts(amount, limit) <= 0

    def _is_type_allowed(self, fitting):
        """Whether any fitting rule allows the type; no rule, no amount: nothing to
        allow, so a gift without value stays open too."""
        return any(
            not rule.type_ids or self.type_id in rule.type_ids
            for rule in fitting.values()
        )

    @api.model
    def _recompute_open(self):
        """Rules changed: assess again what has not left the store yet."""
        # sudo: whoever may change a rule, the concessions of every store follow.
        open_concessions_sudo = self.sudo().search(
            [
                "|",
                ("underwriting_id", "=", False),
                "&",
                ("underwriting_id.delivered_at", "=", False),
                ("underwriting_id.voided_at", "=", False),
            ]
        )
        open_concessions_sudo._assess_again()

    def _assess_again(self):
        """Let the stored assessment follow what it cannot see change."""
        for name in (
            "state",
            "limit_amount",
            "total_amount",
            "customer_total",
            "customer_limit",
        ):
            self.env.add_to_compute(self._fields[name], self)

    # ----------------------------------------------------------- Constraints
    @api.constrains("option_id", "underwriting_id")
    def _check_deal(self):
        for concession in self:
            underwriting, option = concession.underwriting_id, concession.option_id
            if underwriting and option and option != underwriting.quote_option_id:
                raise ValidationError(
                    self.env._(
                        "%(name)s belongs to another quote than its underwriting.",
                        name=concession.name,
                    )
                )

    # ------------------------------------------------------------------ CRUD
    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            # Who grants is who writes it down; nobody borrows another's limit.
            vals_list = [{**vals, "granted_by_id": self.env.uid} for vals in vals_list]
        concessions = super().create(vals_list)
        concessions._check_not_closed()
        return concessions

    def write(self, vals):
        facts = {"amount", "name", "type_id", "option_id", "underwriting_id"}
        if "granted_by_id" in vals and not self.env.su:
            raise UserError(
                self.env._("Who granted a concession is recorded, not chosen.")
            )
        if facts & vals.keys():
            self._check_not_closed()
            self._check_decided(vals)
        result = super().write(vals)
        if facts & vals.keys():
            self._check_not_closed()
        return result

    def _check_decided(self, vals):
        """What was decided on stays what it is: in its deal, of its kind.

        An approval is for an amount in a deal; it must not travel with the concession
        to another deal, or turn into an approval of something else.
        """
        for concession in self.filtered("last_approval_id"):
            for name in ("option_id", "underwriting_id", "type_id"):
                old = concession[name]
                # From the quote to its underwriting is the way of every deal.
                if name in vals and old and vals[name] != old.id:
                    raise UserError(
                        self.env._(
                            "%(name)s was put to a manager for this deal. Set its "
                            "amount to zero and enter another concession.",
                            name=concession.name,
                        )
                    )

    def _check_not_closed(self):
        """Refuse changes once the papers are out, the deal is void or converted."""
        for concession in self:
            underwriting = concession.underwriting_id
            if not underwriting.is_historical and (
                underwriting.delivered_at or underwriting.voided_at
            ):
                raise UserError(
                    self.env._(
                        "%(deal)s is delivered or void; its concessions no longer "
                        "change.",
                        deal=underwriting.display_name,
                    )
                )
            quote = concession.option_id.quote_id
            if not underwriting and quote.state in ("converted", "lost", "expired"):
                raise UserError(
                    self.env._(
                        "%(deal)s is closed; its concessions no longer change.",
                        deal=quote.display_name,
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_decided(self):
        if self.approval_ids:
            raise UserError(
                self.env._(
                    "A concession with an approval on record cannot be deleted; set "
                    "its amount to zero."
                )
            )
        self._check_not_closed()

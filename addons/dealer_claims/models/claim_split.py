from decimal import Decimal

from odoo import api, fields, models

from ..tools.claim_split import Line, Terms, split_costs


class DealerClaim(models.Model):
    """The costs of a claim by payer (domain.md §3.10, S92, S94).

    The parts are proposed by :func:`~odoo.addons.dealer_claims.tools.claim_split.
    split_costs` whenever a line or a term changes. The receptionist may correct them;
    guard G-C7 refuses parts that do not add up to the total. When the costs are locked,
    everything stands and ``expected_insurer_payment`` is frozen.
    """

    _inherit = "dealer.claim"

    quote_amount = fields.Monetary(
        string="Our Quote", help="What the store asked before the assessment."
    )
    assessed_amount = fields.Monetary(
        compute="_compute_assessed_amount",
        store=True,
        readonly=False,
        tracking=True,
        help="What the insurer has agreed to, supplementary assessments included.",
    )
    reviewed_amount = fields.Monetary(
        string="Reviewed by Insurer", copy=False, tracking=True
    )
    reviewed_on = fields.Date(copy=False, tracking=True)
    deductible_rate = fields.Float(
        digits=(6, 4), help="Share of the own damage that the customer bears."
    )
    deductible_amount = fields.Monetary(string="Deductible")
    absolute_deductible = fields.Monetary()
    salvage_amount = fields.Monetary(
        string="Salvage", help="Value of the remains that the insurer deducts."
    )
    salvage_keeper = fields.Selection(
        [("customer", "Customer"), ("store", "Store")],
        string="Who Keeps the Remains",
        default="customer",
        required=True,
    )
    above_payer = fields.Selection(
        [("customer", "Customer"), ("store", "Store")],
        string="Above the Assessment Pays",
        default="customer",
        required=True,
    )
    rescue_amount = fields.Monetary(
        string="Towing and Rescue", compute="_compute_rescue_amount", store=True
    )
    settlement_total = fields.Monetary(
        string="Repair Bill",
        compute="_compute_split",
        store=True,
        readonly=False,
        tracking=True,
    )
    insurer_payable = fields.Monetary(
        string="Insurer's Part",
        compute="_compute_split",
        store=True,
        readonly=False,
        tracking=True,
    )
    third_party_payable = fields.Monetary(
        string="Other Insurer's Part",
        compute="_compute_split",
        store=True,
        readonly=False,
    )
    self_paid = fields.Monetary(
        string="Customer's Part",
        compute="_compute_split",
        store=True,
        readonly=False,
        tracking=True,
    )
    store_borne = fields.Monetary(
        string="Store's Part",
        compute="_compute_split",
        store=True,
        readonly=False,
        tracking=True,
    )
    split_difference = fields.Monetary(
        compute="_compute_split_difference",
        help="Repair bill less its parts; must be zero.",
    )
    self_paid_json = fields.Json(compute="_compute_self_paid_parts")
    self_paid_html = fields.Html(
        string="How the Customer's Part Comes About",
        compute="_compute_self_paid_parts",
        sanitize=False,
    )
    customer_due = fields.Monetary(
        string="Due before Release",
        compute="_compute_customer_due",
        store=True,
        help="The customer's part when the insurer pays the store; otherwise the "
        "whole bill without the store's part.",
    )
    expected_insurer_payment = fields.Monetary(
        readonly=True,
        copy=False,
        tracking=True,
        help="What the insurer is expected to pay; frozen when the costs are locked. "
        "The receptionist answers for the difference (S94).",
    )

    _parts_positive = models.Constraint(
        "CHECK (settlement_total >= 0 AND insurer_payable >= 0 "
        "AND third_party_payable >= 0 AND self_paid >= 0 AND store_borne >= 0 "
        "AND deductible_amount >= 0 AND absolute_deductible >= 0 "
        "AND salvage_amount >= 0)",
        "Amounts of a claim cannot be negative.",
    )
    _rate_range = models.Constraint(
        "CHECK (deductible_rate >= 0 AND deductible_rate <= 1)",
        "A deductible rate lies between 0 and 100 %.",
    )

    @api.model
    def _split_inputs(self):
        """Terms that change the split."""
        return {
            "deductible_rate",
            "deductible_amount",
            "absolute_deductible",
            "salvage_amount",
            "salvage_keeper",
            "above_payer",
        }

    @api.model
    def _split_parts(self):
        return {
            "settlement_total",
            "insurer_payable",
            "third_party_payable",
            "self_paid",
            "store_borne",
        }

    # -------------------------------------------------------------- Computes
    @api.depends("cost_ids.assessed_amount")
    def _compute_assessed_amount(self):
        for claim in self:
            if claim.is_historical and not claim.cost_ids:
                claim.assessed_amount = claim.assessed_amount
            else:
                claim.assessed_amount = sum(claim.cost_ids.mapped("assessed_amount"))

    @api.depends("cost_ids.amount", "cost_ids.item_type")
    def _compute_rescue_amount(self):
        for claim in self:
            claim.rescue_amount = sum(
                line.amount for line in claim.cost_ids if line.item_type == "tow"
            )

    @api.depends(
        "cost_ids.amount",
        "cost_ids.assessed_amount",
        "cost_ids.payer",
        "cost_ids.is_non_accident",
        "liability",
        "claim_kind",
        "deductible_rate",
        "deductible_amount",
        "absolute_deductible",
        "salvage_amount",
        "salvage_keeper",
        "above_payer",
    )
    def _compute_split(self):
        """The proposal; claims whose costs are locked, and history, keep their own."""
        for claim in self:
            fixed = claim.costs_locked_at or (
                claim.is_historical and not claim.cost_ids
            )
            parts = (
                {name: claim[name] for name in self._split_parts()}
                if fixed
                else claim._split_vals()
            )
            for name, value in parts.items():
                claim[name] = value

    def _split_vals(self):
        """Amounts of the proposal by field name."""
        split = self._split()
        amount = self._to_amount
        return {
            "settlement_total": amount(split.total),
            "insurer_payable": amount(split.insurer),
            "third_party_payable": amount(split.third_party),
            "self_paid": amount(split.self_paid),
            "store_borne": amount(split.store),
        }

    def _split(self):
        """The pure calculation on the lines and terms of one claim."""
        self.ensure_one()
        minor = self._to_minor
        share = Decimal(self.liability or "100") / 100
        if self.claim_kind == "subrogation":
            # our insurer pays first and recovers from who is at fault
            share = Decimal(1)
        terms = Terms(
            liability=share,
            deductible_rate=Decimal(str(round(self.deductible_rate, 4))),
            deductible=minor(self.deductible_amount),
            absolute=minor(self.absolute_deductible),
            salvage=minor(self.salvage_amount),
            salvage_keeper=self.salvage_keeper or "customer",
            above_payer=self.above_payer or "customer",
            self_pay=self.claim_kind == "self_pay",
        )
        lines = [
            Line(
                minor(line.amount),
                minor(line.assessed_amount),
                line.payer or "own_damage",
                line.is_non_accident,
            )
            for line in self.cost_ids
        ]
        return split_costs(lines, terms)

    def _to_minor(self, amount):
        digits = self.company_id.currency_id.decimal_places
        return int(round(amount * 10**digits))

    def _to_amount(self, minor):
        return minor / 10**self.company_id.currency_id.decimal_places

    @api.depends(
        "settlement_total",
        "insurer_payable",
        "third_party_payable",
        "self_paid",
        "store_borne",
    )
    def _compute_split_difference(self):
        for claim in self:
            currency = claim.company_id.currency_id or self.env.company.currency_id
            claim.split_difference = currency.round(
                claim.settlement_total
                - claim.insurer_payable
                - claim.third_party_payable
                - claim.self_paid
                - claim.store_borne
            )

    @api.depends("settlement_mode", "self_paid", "settlement_total", "store_borne")
    def _compute_customer_due(self):
        for claim in self:
            claim.customer_due = (
                claim.self_paid
                if claim.settlement_mode == "direct"
                else claim.settlement_total - claim.store_borne
            )

    def _self_paid_parts(self):
        """Why the customer pays: list of (words, amount), without zeros.

        What was corrected by hand stands in a line of its own, so that the lines add
        up to the customer's part.
        """
        self.ensure_one()
        _ = self.env._
        words = {
            "own": _("Items the customer pays himself"),
            "non_accident": _("Items not from the accident"),
            "above_assessment": _("Above the assessment of the insurer"),
            "liability": _(
                "Share of the fault that is not ours to claim (%(share)s %% ours)",
                share=self.liability or "100",
            ),
            "deductible_rate": _(
                "Deductible rate of %(rate)s %%",
                rate=f"{self.deductible_rate * 100:g}",
            ),
            "deductible": _("Deductible"),
            "absolute": _("Absolute deductible"),
            "salvage": _("Remains that the customer keeps"),
        }
        reasons = self._split().reasons
        parts = [
            (words[code], self._to_amount(minor))
            for code, minor in reasons.items()
            if minor
        ]
        rest = self._to_minor(self.self_paid) - sum(reasons.values())
        if rest:
            parts.append((_("Agreed otherwise"), self._to_amount(rest)))
        return parts

    @api.depends("self_paid", "liability", "deductible_rate", "cost_ids.amount")
    @api.depends_context("lang")
    def _compute_self_paid_parts(self):
        for claim in self:
            parts = claim._self_paid_parts()
            claim.self_paid_json = [list(part) for part in parts]
            claim.self_paid_html = parts and self.env["ir.qweb"]._render(
                "dealer_claims.claim_self_paid_parts",
                {"parts": parts, "currency": claim.company_id.currency_id},
            )

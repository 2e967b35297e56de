from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import ITEM_TYPES, OPEN_COST_STATES, PAYERS


class DealerClaimCost(models.Model):
    """One line of the repair bill with its payer (domain.md §3.10, S92).

    Lines of the first assessment stand once it is confirmed; what is found later comes
    with a supplementary assessment. Nothing changes after the costs were locked.
    """

    _name = "dealer.claim.cost"
    _description = "Cost Line of a Claim"
    _inherit = ["dealer.derived.mixin"]
    _order = "claim_id, sequence, id"
    _check_company_auto = True
    _protected_fields = ("supplement_id",)

    sequence = fields.Integer(default=10)
    claim_id = fields.Many2one(
        "dealer.claim",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    company_id = fields.Many2one(
        related="claim_id.company_id", store=True, index=True, precompute=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    item_type = fields.Selection(ITEM_TYPES, required=True, default="part")
    name = fields.Char(string="Item", required=True)
    quantity = fields.Float(default=1.0, digits=(12, 2))
    unit_price = fields.Monetary()
    amount = fields.Monetary(
        compute="_compute_amount",
        store=True,
        readonly=False,
        precompute=True,
        help="What the workshop bills: quantity × unit price, VAT included.",
    )
    assessed_amount = fields.Monetary(
        compute="_compute_assessed_amount",
        store=True,
        readonly=False,
        precompute=True,
        help="What the insurer has agreed to. What the bill has above it is borne by "
        "the customer or the store.",
    )
    payer = fields.Selection(PAYERS, required=True, default="own_damage")
    is_supplementary = fields.Boolean(
        string="Supplementary",
        compute="_compute_is_supplementary",
        store=True,
        help="Found while the car was taken apart, assessed later.",
    )
    supplement_id = fields.Many2one(
        "dealer.claim.supplement",
        string="Supplementary Assessment",
        index=True,
        readonly=True,
        check_company=True,
    )
    is_non_accident = fields.Boolean(
        string="Not from the Accident",
        help="Ordered by the customer besides the accident; always his own.",
    )
    note = fields.Char()

    _amounts_positive = models.Constraint(
        "CHECK (quantity >= 0 AND unit_price >= 0 AND amount >= 0 "
        "AND assessed_amount >= 0)",
        "Quantities and amounts of a cost line cannot be negative.",
    )

    @api.depends("quantity", "unit_price")
    def _compute_amount(self):
        for line in self:
            amount = line.quantity * line.unit_price
            currency = line.claim_id.company_id.currency_id or line.currency_id
            line.amount = currency.round(amount) if currency else amount

    @api.depends("amount", "payer", "is_non_accident")
    def _compute_assessed_amount(self):
        """The insurer is expected to agree; what is not his is not assessed."""
        for line in self:
            nobody = line.is_non_accident or line.payer in ("customer", "store")
            line.assessed_amount = 0.0 if nobody else line.amount

    @api.depends("supplement_id")
    def _compute_is_supplementary(self):
        for line in self:
            line.is_supplementary = bool(line.supplement_id)

    def _protected_hint(self, field_name):
        return self.env._("Ask for a supplementary assessment on the claim.")

    # ------------------------------------------------------------------ CRUD
    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        if not self.env.su:
            lines._check_open()
        return lines

    def write(self, vals):
        if not self.env.su:
            self._check_open()
        result = super().write(vals)
        if not self.env.su and "claim_id" in vals:
            self._check_open()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_fixed(self):
        self._check_open()

    def _check_open(self):
        """Refuse changes of lines that were agreed with customer and insurer.

        :raises UserError: with what to do instead
        """
        for line in self:
            claim = line.claim_id
            supplement = line.supplement_id
            if claim.car_state not in OPEN_COST_STATES or claim.state == "void":
                raise UserError(
                    self.env._(
                        "%(claim)s: the costs are locked. Ask the insurance manager "
                        "to unlock them.",
                        claim=claim.name,
                    )
                )
            if supplement and supplement.state != "draft":
                raise UserError(
                    self.env._(
                        "%(claim)s: supplementary assessment %(name)s is settled; "
                        "its lines stand.",
                        claim=claim.name,
                        name=supplement.name,
                    )
                )
            if not supplement and claim.car_state not in ("received", "assessing"):
                raise UserError(
                    self.env._(
                        "%(claim)s: the assessment is confirmed. Enter what was found "
                        "later in a supplementary assessment, or take the assessment "
                        "back.",
                        claim=claim.name,
                    )
                )

from odoo import api, fields, models

from ..const import NEV_ENERGIES, PRODUCT_LINES, PRODUCTS

POLICY_STATES = [
    ("draft", "Not Issued"),
    ("issued", "In Force"),
    ("cancelled", "Cancelled"),
    ("void", "Void"),
]


class DealerPolicy(models.Model):
    """One policy number of an insurer.

    Its life follows the underwriting: issued and voided with it, and cancelled
    by an endorsement of kind "cancel".
    """

    _name = "dealer.policy"
    _description = "Insurance Policy"
    _inherit = ["mail.thread"]
    _order = "underwriting_id desc, product, id"
    _rec_name = "policy_no"
    _rec_names_search = ["policy_no", "proposal_no"]
    _check_company_auto = True

    underwriting_id = fields.Many2one(
        "dealer.underwriting",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    company_id = fields.Many2one(
        related="underwriting_id.company_id", store=True, index=True, precompute=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    insurer_id = fields.Many2one(
        related="underwriting_id.insurer_id", store=True, index=True, precompute=True
    )
    vehicle_id = fields.Many2one(
        related="underwriting_id.vehicle_id", store=True, index=True, precompute=True
    )
    is_historical = fields.Boolean(
        related="underwriting_id.is_historical", store=True, precompute=True
    )
    issued_at = fields.Datetime(
        related="underwriting_id.issued_at", store=True, index=True, precompute=True
    )
    product = fields.Selection(PRODUCTS, required=True, default="commercial")
    product_line = fields.Selection(
        PRODUCT_LINES,
        compute="_compute_product_line",
        store=True,
        readonly=False,
        precompute=True,
        help="Product wording of a commercial policy: new-energy cars have their own.",
    )
    proposal_no = fields.Char(copy=False)
    policy_no = fields.Char(copy=False, index="trigram", tracking=True)
    date_start = fields.Datetime(string="Cover Starts", tracking=True)
    date_end = fields.Datetime(string="Cover Ends", tracking=True)
    standard_premium = fields.Monetary()
    ncd_factor = fields.Float(
        string="NCD Factor", digits=(6, 4), default=1.0, aggregator=None
    )
    pricing_factor = fields.Float(digits=(6, 4), default=1.0, aggregator=None)
    float_factor = fields.Float(digits=(6, 4), default=1.0, aggregator=None)
    premium = fields.Monetary(tracking=True)
    vehicle_tax = fields.Monetary(
        help="Collected with the compulsory policy, current year and arrears together."
    )
    vehicle_tax_arrears = fields.Monetary(
        help="Part of the vehicle tax that belongs to earlier years, late fee included."
    )
    cover_text = fields.Text(
        string="Cover in Words", help="As the insurer printed it, when lines are missing."
    )
    line_ids = fields.One2many("dealer.policy.line", "policy_id", copy=True)
    endorsement_ids = fields.One2many("dealer.endorsement", "policy_id")
    state = fields.Selection(
        POLICY_STATES, compute="_compute_state", store=True, index=True
    )
    is_live = fields.Boolean(
        string="In Force",
        compute="_compute_state",
        store=True,
        help="Issued, neither cancelled nor void. The dates say whether it runs today.",
    )
    cancelled_at = fields.Datetime(readonly=True, copy=False)
    document_attachment_ids = fields.Many2many(
        "ir.attachment",
        string="Electronic Policy",
        help="Files of the insurer that are sent to the customer.",
    )

    # agency fee: an estimate before the issue, frozen at the issue
    fee_rate = fields.Float(digits=(6, 4), readonly=True, copy=False, aggregator=None)
    fee_rate_id = fields.Many2one("dealer.agreement.rate", readonly=True, copy=False)
    fee_vat_rate = fields.Float(
        string="VAT in Premium", digits=(6, 4), readonly=True, copy=False, aggregator=None
    )
    expected_fee = fields.Monetary(
        readonly=True,
        copy=False,
        help="Agency fee without VAT, frozen when the policy is issued.",
    )

    _insurer_policy_no_uniq = models.UniqueIndex(
        "(insurer_id, policy_no) WHERE policy_no IS NOT NULL",
        "This policy number is already registered for the insurer.",
    )
    _dates_order = models.Constraint(
        "CHECK (date_end IS NULL OR date_start IS NULL OR date_end > date_start)",
        "Cover must end after it starts.",
    )
    # One live CTPL policy per car and moment (G-D1), also when two clerks issue at
    # the same time. Ranges of one number stand for equality, so that no database
    # extension is needed. Rows of the paper ledger are history, not decisions.
    _ctpl_overlap = models.Constraint(
        "EXCLUDE USING gist (int4range(vehicle_id, vehicle_id, '[]') WITH &&, "
        "tsrange(date_start, date_end) WITH &&) "
        "WHERE (product = 'ctpl' AND is_live AND NOT is_historical)",
        "G-D1: the car already has a compulsory policy for these days.",
    )

    @api.depends("product", "vehicle_id.energy_type")
    def _compute_product_line(self):
        """Commercial wording that fits the car; the clerk may correct it."""
        for policy in self:
            if policy.product != "commercial":
                policy.product_line = False
            elif not policy.product_line:
                nev = policy.vehicle_id.energy_type in NEV_ENERGIES
                policy.product_line = "nev" if nev else "fuel"
            else:
                policy.product_line = policy.product_line

    @api.depends(
        "underwriting_id.issued_at", "underwriting_id.voided_at", "cancelled_at"
    )
    def _compute_state(self):
        """void > cancelled > issued > draft, from the facts of row and endorsement."""
        for policy in self:
            if policy.underwriting_id.voided_at:
                policy.state = "void"
            elif policy.cancelled_at:
                policy.state = "cancelled"
            elif policy.underwriting_id.issued_at:
                policy.state = "issued"
            else:
                policy.state = "draft"
            policy.is_live = policy.state == "issued"


class DealerPolicyLine(models.Model):
    """One cover of a policy."""

    _name = "dealer.policy.line"
    _description = "Policy Cover"
    _order = "policy_id, id"
    _check_company_auto = True

    policy_id = fields.Many2one(
        "dealer.policy", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="policy_id.company_id", store=True, index=True, precompute=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    cover_id = fields.Many2one("dealer.cover", required=True)
    sum_insured = fields.Monetary(help="Sum insured or limit.")
    seats = fields.Integer(aggregator=None)
    deductible = fields.Float(
        digits=(6, 4), help="Share that the insured bears, as a fraction."
    )
    standard_premium = fields.Monetary()
    premium = fields.Monetary()

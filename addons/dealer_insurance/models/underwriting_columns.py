from odoo import api, fields, models

from ..const import FEE_GROUPS


class DealerUnderwriting(models.Model):
    """Columns of the paper form that come from customer, car and policies (§3.1).

    What a list sorts or filters by is stored; the rest is looked up.
    """

    _inherit = "dealer.underwriting"

    # people
    applicant_id_type = fields.Selection(
        string="Identity Document", related="applicant_id.id_type"
    )
    applicant_id_masked = fields.Char(
        string="Identity Number", related="applicant_id.id_number_masked"
    )

    # vehicle
    engine_no = fields.Char(related="vehicle_id.engine_no")
    model_id = fields.Many2one(related="vehicle_id.model_id")
    use_nature = fields.Selection(related="vehicle_id.use_nature")
    energy_type = fields.Selection(related="vehicle_id.energy_type", store=True)
    seats = fields.Integer(related="vehicle_id.seats", aggregator=None)
    registration_date = fields.Date(related="vehicle_id.registration_date")
    purchase_price = fields.Monetary(related="vehicle_id.purchase_price")
    first_beneficiary_id = fields.Many2one(related="vehicle_id.first_beneficiary_id")

    # policies
    ctpl_policy_id = fields.Many2one(
        "dealer.policy", compute="_compute_policy_columns", store=True
    )
    commercial_policy_id = fields.Many2one(
        "dealer.policy", compute="_compute_policy_columns", store=True
    )
    other_policy_id = fields.Many2one(
        "dealer.policy", compute="_compute_policy_columns", store=True
    )
    ctpl_proposal_no = fields.Char(
        string="CTPL Proposal No.", related="ctpl_policy_id.proposal_no"
    )
    ctpl_policy_no = fields.Char(
        string="CTPL Policy No.",
        related="ctpl_policy_id.policy_no",
        store=True,
        index="trigram",
    )
    ctpl_start = fields.Datetime(
        string="CTPL Starts", related="ctpl_policy_id.date_start", store=True
    )
    ctpl_end = fields.Datetime(
        string="CTPL Ends", related="ctpl_policy_id.date_end", store=True
    )
    ctpl_float_factor = fields.Float(
        string="CTPL Float Factor", related="ctpl_policy_id.float_factor"
    )
    commercial_policy_no = fields.Char(
        string="Commercial Policy No.",
        related="commercial_policy_id.policy_no",
        store=True,
        index="trigram",
    )
    commercial_start = fields.Datetime(
        string="Commercial Starts",
        related="commercial_policy_id.date_start",
        store=True,
    )
    commercial_end = fields.Datetime(
        string="Commercial Ends", related="commercial_policy_id.date_end", store=True
    )
    ncd_factor = fields.Float(related="commercial_policy_id.ncd_factor")
    pricing_factor = fields.Float(related="commercial_policy_id.pricing_factor")
    commercial_standard_premium = fields.Monetary(
        string="Commercial Standard Premium",
        related="commercial_policy_id.standard_premium",
    )
    cover_text = fields.Text(related="commercial_policy_id.cover_text")
    other_policy_no = fields.Char(
        string="Other Policy No.",
        related="other_policy_id.policy_no",
        store=True,
        index="trigram",
    )
    date_start = fields.Datetime(
        compute="_compute_policy_columns",
        store=True,
        help="First moment of cover of any policy of the entry.",
    )

    # amounts (company currency)
    ctpl_premium = fields.Monetary(
        string="CTPL Premium", compute="_compute_amounts", store=True
    )
    vehicle_tax = fields.Monetary(compute="_compute_amounts", store=True)
    commercial_premium = fields.Monetary(compute="_compute_amounts", store=True)
    other_premium = fields.Monetary(compute="_compute_amounts", store=True)
    amount_due = fields.Monetary(
        compute="_compute_amounts",
        store=True,
        help="Compulsory premium, vehicle tax, commercial and other premium together.",
    )
    expected_fee = fields.Monetary(
        compute="_compute_expected_fee",
        store=True,
        groups=FEE_GROUPS,
        help="Agency fee without VAT that the agreement promises.",
    )

    @api.depends("policy_ids.product", "policy_ids.date_start")
    def _compute_policy_columns(self):
        """First policy of each product: the paper form has one place for each."""
        for underwriting in self:
            first = {}
            for policy in underwriting.policy_ids:
                first.setdefault(policy.product, policy)
            empty = underwriting.policy_ids.browse()
            underwriting.ctpl_policy_id = first.get("ctpl", empty)
            underwriting.commercial_policy_id = first.get("commercial", empty)
            underwriting.other_policy_id = first.get("other", empty)
            starts = underwriting.policy_ids.mapped("date_start")
            underwriting.date_start = min(filter(None, starts), default=False)

    @api.depends(
        "policy_ids.premium",
        "policy_ids.vehicle_tax",
        "policy_ids.product",
        "endorsement_ids.premium",
        "endorsement_ids.product",
        "endorsement_ids.state",
    )
    def _compute_amounts(self):
        """Sum policies and endorsements of the row, in company currency."""
        for underwriting in self:
            amount = {"ctpl": 0.0, "commercial": 0.0, "other": 0.0}
            for policy in underwriting.policy_ids:
                amount[policy.product or "other"] += policy.premium
            for endorsement in underwriting.endorsement_ids:
                if endorsement.state != "rejected":
                    amount[endorsement.product or "other"] += endorsement.premium
            underwriting.ctpl_premium = amount["ctpl"]
            underwriting.commercial_premium = amount["commercial"]
            underwriting.other_premium = amount["other"]
            underwriting.vehicle_tax = sum(
                underwriting.policy_ids.mapped("vehicle_tax")
            )
            underwriting.amount_due = sum(amount.values()) + underwriting.vehicle_tax

    @api.depends("policy_ids.expected_fee", "endorsement_ids.expected_fee")
    def _compute_expected_fee(self):
        for underwriting in self:
            underwriting.expected_fee = sum(
                underwriting.policy_ids.mapped("expected_fee")
            ) + sum(underwriting.endorsement_ids.mapped("expected_fee"))

from odoo import fields, models


class DealerClaim(models.Model):
    _name = "dealer.claim"
    _description = "Claim"
    _inherit = ["dealer.derived.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(readonly=True, copy=False, default="/")
    company_id = fields.Many2one(
        "res.company",
        string="Store",
        required=True,
        index=True,
        readonly=True,
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    call_id = fields.Many2one("dealer.accident.call", index=True, check_company=True)
    survey_id = fields.Many2one("dealer.survey", index=True, check_company=True)
    vehicle_id = fields.Many2one(
        "dealer.vehicle", required=True, index=True, check_company=True, tracking=True
    )
    partner_id = fields.Many2one("res.partner", string="Customer", index=True)
    insurer_id = fields.Many2one("res.partner", index=True, tracking=True)
    policy_id = fields.Many2one("dealer.policy", index=True, check_company=True)
    report_no = fields.Char(string="Report No.", index="btree_not_null")
    receptionist_id = fields.Many2one("dealer.staff", check_company=True)
    submitter_id = fields.Many2one("dealer.staff", check_company=True)
    # -- facts of the car
    accident_at = fields.Datetime()
    received_at = fields.Datetime(default=fields.Datetime.now)
    assessing_at = fields.Datetime(readonly=True, copy=False)
    assessed_at = fields.Datetime(readonly=True, copy=False)
    repair_started_at = fields.Datetime(readonly=True, copy=False)
    repaired_at = fields.Datetime(readonly=True, copy=False)
    costs_locked_at = fields.Datetime(readonly=True, copy=False)
    released_at = fields.Datetime(readonly=True, copy=False)
    is_historical = fields.Boolean(readonly=True, copy=False)
    # -- costs by payer
    cost_ids = fields.One2many("dealer.claim.cost", "claim_id")
    assessed_amount = fields.Monetary()
    settlement_total = fields.Monetary(readonly=True)
    insurer_payable = fields.Monetary(readonly=True)
    third_party_payable = fields.Monetary(readonly=True)
    self_paid = fields.Monetary(string="Customer's Part", readonly=True)
    store_borne = fields.Monetary(readonly=True)
    expected_insurer_payment = fields.Monetary(readonly=True, copy=False)

from odoo import fields, models


class DealerDelivery(models.Model):
    """Hand-over of a new car; the base of the penetration board (K01)."""

    _name = "dealer.delivery"
    _description = "New-car Delivery"
    _inherit = ["mail.thread"]
    _order = "delivery_date desc, id desc"
    _check_company_auto = True

    name = fields.Char(string="Delivery No.", required=True, index="trigram")
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda s: s.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    delivery_date = fields.Date(index=True)
    invoice_date = fields.Date()
    vehicle_id = fields.Many2one(
        "dealer.vehicle", required=True, index=True, check_company=True
    )
    partner_id = fields.Many2one("res.partner", string="Buyer", index=True)
    consultant_id = fields.Many2one("dealer.staff", index=True, check_company=True)
    team_id = fields.Many2one("dealer.team", index=True, check_company=True)
    channel = fields.Selection(
        [
            ("showroom", "Showroom"),
            ("secondary", "Sub-dealer"),
            ("key_account", "Key Account"),
            ("other", "Other"),
        ],
        default="showroom",
    )
    bank_id = fields.Many2one("res.partner", string="Financing Bank")
    mortgage_text = fields.Char(string="Financing as Written")
    price = fields.Monetary()
    colour = fields.Char()
    declared_in_store = fields.Boolean(string="Declared Insured Here")
    lost_reason_text = fields.Char(string="Lost Reason as Written")
    lost_reason_id = fields.Many2one("dealer.reason.code", index="btree_not_null")
    underwriting_ids = fields.One2many("dealer.underwriting", "delivery_id")

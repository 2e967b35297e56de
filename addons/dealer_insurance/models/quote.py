from odoo import fields, models

from ..const import BUSINESS_TYPES, PRODUCT_LINES


class DealerQuote(models.Model):
    """Offer of one or more insurers to one customer for one car (SM-1)."""

    _name = "dealer.quote"
    _description = "Insurance Quote"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(readonly=True, copy=False, index="trigram")
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda s: s.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    business_type = fields.Selection(BUSINESS_TYPES, required=True, default="new_car")
    vehicle_id = fields.Many2one(
        "dealer.vehicle", required=True, index=True, check_company=True
    )
    applicant_id = fields.Many2one("res.partner", required=True, index=True)
    insured_id = fields.Many2one("res.partner")
    owner_id = fields.Many2one("res.partner")
    consultant_id = fields.Many2one("dealer.staff", index=True, check_company=True)
    delivery_id = fields.Many2one(
        "dealer.delivery", index="btree_not_null", check_company=True
    )
    option_ids = fields.One2many("dealer.quote.option", "quote_id")
    chosen_option_id = fields.Many2one("dealer.quote.option")
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("calculated", "Calculated"),
            ("sent", "Sent"),
            ("accepted", "Accepted"),
            ("converted", "Converted"),
            ("lost", "Lost"),
            ("expired", "Expired"),
        ],
        required=True,
        default="draft",
        readonly=True,
        index=True,
    )


class DealerQuoteOption(models.Model):
    _name = "dealer.quote.option"
    _description = "Insurer's Offer"
    _order = "quote_id, sequence, id"
    _check_company_auto = True

    quote_id = fields.Many2one(
        "dealer.quote", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(
        related="quote_id.company_id", store=True, index=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    sequence = fields.Integer(default=10)
    insurer_id = fields.Many2one("res.partner", required=True, index=True)
    product_line = fields.Selection(PRODUCT_LINES)
    ctpl_premium = fields.Monetary()
    float_factor = fields.Float(digits=(6, 4), default=1.0)
    vehicle_tax = fields.Monetary()
    standard_premium = fields.Monetary()
    ncd_factor = fields.Float(digits=(6, 4), default=1.0)
    pricing_factor = fields.Float(digits=(6, 4), default=1.0)
    commercial_premium = fields.Monetary()
    other_premium = fields.Monetary()
    line_ids = fields.One2many("dealer.quote.line", "option_id")
    concession_ids = fields.One2many("dealer.concession", "option_id")


class DealerQuoteLine(models.Model):
    _name = "dealer.quote.line"
    _description = "Quoted Cover"
    _order = "option_id, sequence, id"

    option_id = fields.Many2one(
        "dealer.quote.option", required=True, ondelete="cascade", index=True
    )
    sequence = fields.Integer(default=10)
    cover_id = fields.Many2one("dealer.cover", required=True, index=True)
    currency_id = fields.Many2one(related="option_id.currency_id")
    sum_insured = fields.Monetary()
    seats = fields.Integer()
    deductible = fields.Float(digits=(6, 4))
    standard_premium = fields.Monetary()
    premium = fields.Monetary()

from odoo import fields, models


class DealerTeam(models.Model):
    """A group of the insurance centre or of the sales floor (S21, S31)."""

    _name = "dealer.team"
    _inherit = ["dealer.store.mixin"]
    _description = "Team"
    _order = "sequence, name, id"
    _check_company_auto = True

    name = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    staff_ids = fields.One2many("dealer.staff", "team_id", string="Members")
    active = fields.Boolean(default=True)

    _name_company_uniq = models.UniqueIndex(
        "(company_id, name) WHERE active",
        "A team with this name exists already in the store.",
    )

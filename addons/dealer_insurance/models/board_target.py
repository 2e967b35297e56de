from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain


class DealerBoardTarget(models.Model):
    """Penetration that the store, a team or a consultant should reach (§3.7).

    A consultant without a target of his own has that of his team, a team that of the
    store.
    """

    _name = "dealer.board.target"
    _description = "Penetration Target"
    _inherit = ["dealer.store.mixin", "dealer.dated.mixin", "mail.thread"]
    _order = "date_from desc, level, team_id, consultant_id, id"
    _rec_name = "level"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company",
        string="Store",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    team_id = fields.Many2one(
        "dealer.team", index="btree_not_null", check_company=True, tracking=True
    )
    consultant_id = fields.Many2one(
        "dealer.staff",
        string="Sales Consultant",
        index="btree_not_null",
        check_company=True,
        tracking=True,
    )
    level = fields.Selection(
        [
            ("store", "Whole Store"),
            ("team", "Team"),
            ("consultant", "Sales Consultant"),
        ],
        string="Target For",
        compute="_compute_level",
        store=True,
        precompute=True,
    )
    date_from = fields.Date(required=True, tracking=True)
    penetration = fields.Float(
        string="Penetration Target",
        required=True,
        digits=(7, 4),
        tracking=True,
        aggregator="avg",
    )
    commercial = fields.Float(
        string="Commercial Target", digits=(7, 4), tracking=True, aggregator="avg"
    )

    _shares = models.Constraint(
        "CHECK (penetration >= 0 AND penetration <= 1.5"
        " AND commercial >= 0 AND commercial <= 1.5)",
        "A target is a share between 0 and 150 %.",
    )
    # One target for each unit and day, also when two managers save at once.
    _one_per_day = models.Constraint(
        "EXCLUDE USING gist (int4range(company_id, company_id, '[]') WITH &&, "
        "int4range(COALESCE(team_id, 0), COALESCE(team_id, 0), '[]') WITH &&, "
        "int4range(COALESCE(consultant_id, 0), COALESCE(consultant_id, 0), '[]') "
        "WITH &&, daterange(date_from, date_to, '[]') WITH &&)",
        "There is a target for these days already. End it before you enter a new one.",
    )

    @api.depends("team_id", "consultant_id")
    def _compute_level(self):
        for target in self:
            if target.consultant_id:
                target.level = "consultant"
            else:
                target.level = "team" if target.team_id else "store"

    @api.depends("level", "team_id", "consultant_id", "date_from")
    def _compute_display_name(self):
        levels = dict(self._fields["level"]._description_selection(self.env))
        for target in self:
            unit = target.consultant_id.name or target.team_id.name
            unit = unit or levels.get(target.level) or ""
            target.display_name = f"{unit} {target.date_from or ''}".strip()

    @api.constrains("team_id", "consultant_id")
    def _check_one_unit(self):
        for target in self:
            if target.team_id and target.consultant_id:
                raise ValidationError(
                    self.env._(
                        "A target is for a team or for a consultant, not for both."
                    )
                )

    @api.model
    def _sudo_by_unit(self, company, day):
        """Targets in force in a store; called after the access check of the board.

        :return: {("store"|"team"|"consultant", id or 0): (penetration, commercial)}
        """
        found_sudo = self.sudo().search(
            self._in_force_domain(day) & Domain("company_id", "=", company.id)
        )
        result = {}
        for target in found_sudo:
            unit = target.consultant_id.id or target.team_id.id or 0
            result[target.level, unit] = (target.penetration, target.commercial)
        return result

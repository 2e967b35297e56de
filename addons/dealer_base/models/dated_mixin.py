from odoo import api, fields, models
from odoo.fields import Domain


class DealerDatedMixin(models.AbstractModel):
    """Data that holds for a period: rates, factors, rules. Both days belong to it."""

    _name = "dealer.dated.mixin"
    _description = "Data with a Period"

    date_from = fields.Date(string="Valid from", index=True)
    date_to = fields.Date(string="Valid to")

    # Said by a function: the words of a constraint that a mixin brings belong to no
    # model of this addon and would never be translated.
    _dates_order = models.Constraint(
        "CHECK (date_to IS NULL OR date_from IS NULL OR date_to >= date_from)",
        lambda env, _diagnostics: env._(
            "The last valid day lies before the first one."
        ),
    )

    @api.model
    def _in_force_domain(self, day):
        """Domain of what holds on a day; an empty bound is open."""
        return (Domain("date_from", "=", False) | Domain("date_from", "<=", day)) & (
            Domain("date_to", "=", False) | Domain("date_to", ">=", day)
        )

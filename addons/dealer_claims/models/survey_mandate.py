import re

from odoo import api, fields, models
from odoo.fields import Domain


class DealerSurveyMandate(models.Model):
    """Written mandate of an insurer to survey accidents for it (S105, SM-9).

    Where no region is named, the mandate holds everywhere. Regions are provinces or
    words of the address, such as a district.
    """

    _name = "dealer.survey.mandate"
    _description = "Survey Mandate"
    _inherit = [
        "dealer.store.mixin",
        "dealer.dated.mixin",
        "dealer.expiry.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "date_from desc, id desc"
    _check_company_auto = True

    name = fields.Char(string="Mandate No.", required=True, tracking=True)
    company_id = fields.Many2one(
        "res.company",
        string="Store",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    insurer_id = fields.Many2one(
        "res.partner",
        required=True,
        index=True,
        domain=[("is_insurer", "=", True)],
        tracking=True,
    )
    state_ids = fields.Many2many(
        "res.country.state", string="Provinces", help="Empty: no limit by province."
    )
    regions = fields.Text(
        string="Districts and Towns",
        help="Words that stand in the address of the scene, separated by commas or "
        "one per line. Empty: no limit.",
    )
    amount_limit = fields.Monetary(
        string="Loss up to",
        tracking=True,
        help="Highest estimated loss that the store may survey alone; 0: no limit.",
    )
    fee = fields.Monetary(
        string="Fee per Survey with VAT", tracking=True, help="What the insurer pays."
    )
    date_from = fields.Date(tracking=True)
    date_to = fields.Date(tracking=True)
    attachment_ids = fields.Many2many("ir.attachment", string="Signed Mandate")
    note = fields.Text()
    active = fields.Boolean(default=True, tracking=True)

    _amounts_positive = models.Constraint(
        "CHECK (amount_limit >= 0 AND fee >= 0)",
        "The limit and the fee of a mandate cannot be negative.",
    )
    _name_uniq = models.UniqueIndex(
        "(company_id, insurer_id, name) WHERE active",
        "The insurer has a mandate of this number already.",
    )

    @api.depends("name", "insurer_id.name")
    def _compute_display_name(self):
        for mandate in self:
            mandate.display_name = (
                f"{mandate.name or ''} {mandate.insurer_id.name or ''}"
            )

    def _expiry_fields(self):
        return {"date_to": self.env._("Survey mandate")}

    def _region_words(self):
        """Words of the regions, without blanks and empty ones."""
        self.ensure_one()
        words = re.split(r"[,，;；、\n]+", self.regions or "")
        return [word.strip() for word in words if word.strip()]

    def _covers(self, region=None):
        """Whether the mandate holds at a place.

        :param region: address in words or ``res.country.state``; ``None``: not asked
        """
        self.ensure_one()
        if region is None:
            return True
        words = self._region_words()
        if not words and not self.state_ids:
            return True
        if isinstance(region, models.BaseModel):
            return region in self.state_ids
        text = (region or "").strip()
        if not text:
            return False
        names = [*words, *self.state_ids.mapped("name")]
        return any(name in text for name in names)

    @api.model
    def _find(self, insurer, company, day, region=None):
        """The mandate under which a scene may be surveyed (guard G-V2).

        :param insurer: ``res.partner`` of the insurer, or of one of its branches
        :param company: the store
        :param day: day of the assignment, store time
        :param region: address in words or ``res.country.state``; ``None``: wherever
        :return: the mandate, one that names the region first; empty when there is none
        """
        if not insurer:
            return self.browse()
        mandates = self.search(
            Domain("insurer_id", "in", (insurer | insurer.commercial_partner_id).ids)
            & Domain("company_id", "=", company.id)
            & self._in_force_domain(day)
        )
        return mandates._best_for(region)

    def _best_for(self, region=None):
        """The first of these mandates that covers the place, named regions first."""
        fitting = self.filtered(lambda mandate: mandate._covers(region))
        return fitting.sorted(
            lambda mandate: (not (mandate.regions or mandate.state_ids), -mandate.id)
        )[:1]

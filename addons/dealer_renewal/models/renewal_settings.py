from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ResCompany(models.Model):
    _inherit = "res.company"

    dealer_renewal_freeze_days = fields.Integer(
        string="Freeze the Due List Before the Month (days)",
        default=90,
        help="The list of the cars due in a month is frozen this many days before "
        "the first of the month. What is found later is added with its reason.",
    )
    dealer_renewal_add_lapsed = fields.Boolean(
        string="Lapsed Cars Come Back after a Year",
        default=True,
        help="A car whose policy here ran out a year ago and was not renewed is due "
        "again on the same day: it is most likely insured elsewhere.",
    )
    dealer_renewal_batch = fields.Integer(
        string="Due Cars per Batch",
        default=1000,
        help="How many cars the nightly job writes before it saves its progress.",
    )
    dealer_renewal_follow_contacts = fields.Integer(
        string="Effective Contacts for a Good Follow-up",
        default=3,
        help="A car was followed up well with this many effective contacts (K14).",
    )
    dealer_renewal_follow_days = fields.Integer(
        string="Contacts Count until Before Expiry (days)",
        default=15,
    )
    dealer_renewal_first_contact_days = fields.Integer(
        string="First Effective Contact Before Expiry (days)",
        default=45,
    )

    @api.constrains("dealer_renewal_freeze_days", "dealer_renewal_batch")
    def _check_dealer_renewal(self):
        for company in self:
            if not 0 <= company.dealer_renewal_freeze_days <= 365:
                raise ValidationError(
                    self.env._("A due list is frozen 0 to 365 days before its month.")
                )
            if not 1 <= company.dealer_renewal_batch <= 5000:
                raise ValidationError(
                    self.env._("A batch of the nightly job has 1 to 5,000 cars.")
                )


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    dealer_renewal_freeze_days = fields.Integer(
        related="company_id.dealer_renewal_freeze_days", readonly=False
    )
    dealer_renewal_add_lapsed = fields.Boolean(
        related="company_id.dealer_renewal_add_lapsed", readonly=False
    )
    dealer_renewal_batch = fields.Integer(
        related="company_id.dealer_renewal_batch", readonly=False
    )
    dealer_renewal_follow_contacts = fields.Integer(
        related="company_id.dealer_renewal_follow_contacts", readonly=False
    )
    dealer_renewal_follow_days = fields.Integer(
        related="company_id.dealer_renewal_follow_days", readonly=False
    )
    dealer_renewal_first_contact_days = fields.Integer(
        related="company_id.dealer_renewal_first_contact_days", readonly=False
    )

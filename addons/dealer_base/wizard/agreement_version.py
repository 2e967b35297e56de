from odoo import api, fields, models


class DealerAgreementVersionWizard(models.TransientModel):
    """Asks for number and first day of the next version of an agreement."""

    _name = "dealer.agreement.version.wizard"
    _description = "New Version of an Agreement"

    agreement_id = fields.Many2one("dealer.agreement", required=True, readonly=True)
    name = fields.Char(string="Number of the New Agreement", required=True)
    date_from = fields.Date(
        string="Valid From",
        required=True,
        compute="_compute_date_from",
        store=True,
        readonly=False,
        precompute=True,
    )

    @api.depends("agreement_id")
    def _compute_date_from(self):
        """The day after the present version, else today."""
        today = fields.Date.context_today(self)
        for wizard in self:
            last_day = wizard.agreement_id.date_to
            wizard.date_from = fields.Date.add(last_day, days=1) if last_day else today

    def action_create(self):
        """Create the draft of the next version and open it."""
        self.ensure_one()
        self.agreement_id.check_access("write")
        version = self.agreement_id._create_version(self.date_from, self.name)
        return version._get_records_action(name=self.env._("New Version"))

from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    dealer_kpi_close_day = fields.Integer(
        string="Figures of a Month Closed on Working Day",
        default=5,
        help="On this working day of the following month the figures of a month are "
        "frozen; later entries change them no more.",
    )

    _dealer_kpi_close_day_positive = models.Constraint(
        "CHECK (dealer_kpi_close_day >= 1 AND dealer_kpi_close_day <= 20)",
        "A month is closed between the 1st and the 20th working day after it.",
    )


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    dealer_kpi_close_day = fields.Integer(
        related="company_id.dealer_kpi_close_day", readonly=False
    )

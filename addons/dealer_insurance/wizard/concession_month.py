from odoo import fields, models
from odoo.exceptions import UserError


class DealerConcessionMonth(models.TransientModel):
    """Month of the concession report as a spreadsheet."""

    _name = "dealer.concession.month"
    _description = "Concessions of a Month"

    month = fields.Date(
        required=True,
        default=lambda self: fields.Date.start_of(
            fields.Date.context_today(self), "month"
        ),
        help="Any day of the month.",
    )
    company_ids = fields.Many2many(
        "res.company",
        string="Stores",
        required=True,
        default=lambda self: self.env.companies,
        domain=lambda self: [("id", "in", self.env.companies.ids)],
    )

    def _rows(self):
        """Lines of the month in the rights of the user."""
        self.ensure_one()
        return self.env["dealer.concession.report"].search(
            [
                ("company_id", "in", self.company_ids.ids),
                ("date", ">=", fields.Date.start_of(self.month, "month")),
                ("date", "<=", fields.Date.end_of(self.month, "month")),
            ],
            order="date, id",
        )

    def action_export(self):
        """Export the month as a spreadsheet."""
        self.ensure_one()
        if not self._rows():
            raise UserError(
                self.env._("No concession was granted or tried in this month.")
            )
        report = self.env["ir.actions.report"]._for_xml_id(
            "dealer_insurance.action_concession_xlsx"
        )
        return report | {
            "data": {"wizard_id": self.id},
            "close_on_report_download": True,
        }

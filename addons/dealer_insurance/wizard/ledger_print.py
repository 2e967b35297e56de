from datetime import datetime, time

from dateutil import tz

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain


class DealerLedgerPrintWizard(models.TransientModel):
    """Insurers and period of a printed or exported ledger."""

    _name = "dealer.ledger.print.wizard"
    _description = "Print Underwriting Ledger"

    company_ids = fields.Many2many(
        "res.company",
        string="Stores",
        required=True,
        default=lambda self: self.env.companies,
        domain=lambda self: [("id", "in", self.env.companies.ids)],
    )
    insurer_ids = fields.Many2many(
        "res.partner",
        string="Insurers",
        domain=[("is_insurer", "=", True)],
        help="Empty: every insurer with entries in the period.",
    )
    date_from = fields.Date(
        string="From",
        required=True,
        default=lambda self: fields.Date.start_of(
            fields.Date.context_today(self), "month"
        ),
    )
    date_to = fields.Date(
        string="To",
        required=True,
        default=lambda self: fields.Date.end_of(
            fields.Date.context_today(self), "month"
        ),
    )
    include_history = fields.Boolean(
        string="With Old Ledgers",
        default=True,
        help="Also entries taken over from the paper ledgers.",
    )

    @api.constrains("date_from", "date_to")
    def _check_dates(self):
        if any(wizard.date_from > wizard.date_to for wizard in self):
            raise UserError(self.env._("The period ends before it starts."))

    def _ledger_domain(self):
        """Issued entries of the period; days are those of each store.

        The ledger number belongs to the year of the store, so the printed period
        must be cut where the store cuts it, whoever prints.
        """
        self.ensure_one()
        domain = Domain.OR(
            Domain("company_id", "=", company.id)
            & Domain("issued_at", ">=", self._utc(company, self.date_from))
            & Domain(
                "issued_at",
                "<",
                self._utc(company, fields.Date.add(self.date_to, days=1)),
            )
            for company in self.company_ids
        )
        if self.insurer_ids:
            domain &= Domain("insurer_id", "in", self.insurer_ids.ids)
        if not self.include_history:
            domain &= Domain("is_historical", "=", False)
        return domain

    def _utc(self, company, day):
        """Start of a day of the store as naive UTC."""
        local = datetime.combine(day, time(), tzinfo=company._dealer_timezone())
        return local.astimezone(tz.UTC).replace(tzinfo=None)

    def _ledger_rows(self):
        """Entries of the period, in the rights of the user.

        :raises UserError: there is none
        """
        rows = self.env["dealer.underwriting"].search(self._ledger_domain())
        if not rows:
            raise UserError(self.env._("No entry was issued in this period."))
        return rows

    def _report_action(self, xmlid):
        self._ledger_rows()
        report = self.env["ir.actions.report"]._for_xml_id(xmlid)
        return report | {
            "data": {"wizard_id": self.id},
            "close_on_report_download": True,
        }

    def action_print(self):
        """Print the ledgers as PDF."""
        self.ensure_one()
        return self._report_action("dealer_insurance.action_report_underwriting_ledger")

    def action_export(self):
        """Export the ledgers as a spreadsheet."""
        self.ensure_one()
        return self._report_action("dealer_insurance.action_underwriting_ledger_xlsx")

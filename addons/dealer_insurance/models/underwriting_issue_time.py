from odoo import api, fields, models

# The flow must be registered before what extends it.
from . import underwriting_flow, underwriting_quote  # noqa: F401

SECONDS_PER_MINUTE = 60.0


class DealerUnderwriting(models.Model):
    """How long the customer waited for his policy, and the way of three screens (S76).

    From the accepted quote the clerk needs this quote, the dialog of the proposal and
    the dialog of the issue; every guard of every step is asked as on the long way.
    """

    _inherit = "dealer.underwriting"

    quote_accepted_at = fields.Datetime(
        string="Offer Accepted",
        related="quote_option_id.quote_id.accepted_at",
        store=True,
    )
    minutes_to_issue = fields.Float(
        string="Accepted to Issued (min)",
        compute="_compute_minutes_to_issue",
        store=True,
        aggregator="avg",
        digits=(12, 1),
        help="Minutes from the customer's acceptance of the offer to the issue.",
    )
    issue_over_sla = fields.Boolean(
        string="Issued Late",
        compute="_compute_minutes_to_issue",
        store=True,
        help="It took longer than the minutes of the store settings (S76).",
    )

    @api.depends("issued_at", "quote_accepted_at", "is_historical")
    def _compute_minutes_to_issue(self):
        for row in self:
            minutes = 0.0
            if row.issued_at and row.quote_accepted_at and not row.is_historical:
                span = row.issued_at - row.quote_accepted_at
                minutes = max(span.total_seconds(), 0.0) / SECONDS_PER_MINUTE
            row.minutes_to_issue = minutes
            row.issue_over_sla = minutes > row.company_id.dealer_issue_minutes

    def action_fast_issue(self):
        """The dialog of the issue: receipt, numbers and times, issue and print."""
        self.ensure_one()
        self._check_post("issue")
        self.check_access("write")
        if self.state == "underwritten":
            self.action_request_payment()
        return self.env["dealer.fast.issue"]._open_issue(self)

    def action_print_sheet(self):
        """Print the sheet that goes with the policies."""
        self.check_access("read")
        return self.env.ref(
            "dealer_insurance.action_report_policy_sheet"
        ).report_action(self)


class DealerQuote(models.Model):
    _inherit = "dealer.quote"

    def action_fast_issue(self):
        """From the accepted offer to the proposal in one dialog (S76)."""
        self.ensure_one()
        self.env["dealer.underwriting"]._check_post("propose")
        self.check_access("write")
        if self.state == "converted" and len(self.underwriting_ids) == 1:
            return self.underwriting_ids.action_fast_issue()
        self._check_state(("accepted",), self.env._("Fast Issue"))
        return self.env["dealer.fast.issue"]._open_proposal(self)

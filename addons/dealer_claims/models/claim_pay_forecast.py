from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools.pay_forecast import forecast_days


class DealerClaim(models.Model):
    """Expected day of payment from the insurer's own history (S101)."""

    _inherit = "dealer.claim"

    expected_paid_on = fields.Date(
        string="Payment Expected On",
        compute="_compute_expected_paid_on",
        help="Submission and the median of the days that this insurer took for its "
        "last cases; the due day while there are too few of them.",
    )
    expected_paid_until = fields.Date(
        string="Payment Expected Until",
        compute="_compute_expected_paid_on",
        help="Four of five cases of this insurer were paid by then.",
    )

    @api.depends(
        "submitted_on",
        "payment_due_on",
        "insurer_id",
        "insurer_paid_on",
        "insurer_open",
    )
    def _compute_expected_paid_on(self):
        open_claims = self.filtered(lambda claim: claim._is_unpaid())
        (self - open_claims).expected_paid_on = False
        (self - open_claims).expected_paid_until = False
        history = open_claims._sudo_payment_days()
        for claim in open_claims:
            forecast = forecast_days(
                history.get((claim.company_id.id, claim.insurer_id.id), ())
            )
            if forecast:
                usual, safe = forecast
                claim.expected_paid_on = claim.submitted_on + timedelta(days=usual)
                claim.expected_paid_until = claim.submitted_on + timedelta(days=safe)
            else:
                claim.expected_paid_on = claim.payment_due_on
                claim.expected_paid_until = claim.payment_due_on

    def _sudo_payment_days(self):
        """Days from submission to payment of the last cases of each insurer.

        One statement for all stores and insurers of the claims.

        :return: {(company id, insurer id): [days, …]}
        """
        # sudo: days that an insurer took are no secret inside the store
        claims_sudo = self.sudo()
        pairs = {(c.company_id.id, c.insurer_id.id) for c in claims_sudo}
        if not pairs:
            return {}
        limits = {c.id: c.dealer_claim_forecast_cases for c in claims_sudo.company_id}
        claims_sudo.flush_model(
            ["company_id", "insurer_id", "submitted_on", "insurer_paid_on"]
        )
        rows = self.env.execute_query(
            SQL(
                """
                SELECT company_id, insurer_id, days FROM (
                    SELECT company_id, insurer_id,
                           insurer_paid_on - submitted_on AS days,
                           ROW_NUMBER() OVER (
                               PARTITION BY company_id, insurer_id
                               ORDER BY insurer_paid_on DESC, id DESC
                           ) AS place
                      FROM dealer_claim
                     WHERE (company_id, insurer_id) IN %s
                       AND submitted_on IS NOT NULL
                       AND insurer_paid_on IS NOT NULL
                ) AS paid
                 WHERE place <= %s
                """,
                tuple((company, insurer or 0) for company, insurer in pairs),
                max(limits.values()),
            )
        )
        history = {}
        for company_id, insurer_id, days in rows:
            known = history.setdefault((company_id, insurer_id), [])
            if len(known) < limits[company_id]:
                known.append(days)
        return history

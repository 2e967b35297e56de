from odoo import fields, models
from odoo.tools import SQL

from ..const import BUSINESS_TYPES


class DealerIssueTime(models.Model):
    """Minutes from the accepted offer to the issued policy (S76).

    Average and median stand side by side: one policy that waited over night must not
    hide that the others took ten minutes.
    """

    _name = "dealer.issue.time"
    _description = "Time to Issue"
    _auto = False
    _order = "issued_at desc, id desc"
    _rec_name = "underwriting_id"

    underwriting_id = fields.Many2one("dealer.underwriting", readonly=True)
    company_id = fields.Many2one("res.company", string="Store", readonly=True)
    insurer_id = fields.Many2one("res.partner", readonly=True)
    writer_id = fields.Many2one("dealer.staff", string="Issuing Clerk", readonly=True)
    consultant_id = fields.Many2one("dealer.staff", readonly=True)
    business_type = fields.Selection(BUSINESS_TYPES, readonly=True)
    quote_accepted_at = fields.Datetime(string="Offer Accepted", readonly=True)
    payment_requested_at = fields.Datetime(readonly=True)
    issued_at = fields.Datetime(readonly=True)
    minutes = fields.Float(
        string="Average (min)", readonly=True, aggregator="avg", digits=(12, 1)
    )
    minutes_median = fields.Float(
        string="Median (min)", readonly=True, aggregator="avg", digits=(12, 1)
    )
    minutes_desk = fields.Float(
        string="At the Desk (min)",
        readonly=True,
        aggregator="avg",
        digits=(12, 1),
        help="From the acceptance until the customer was asked for the premium.",
    )
    is_late = fields.Boolean(string="Issued Late", readonly=True)
    in_time_rate = fields.Float(string="In Time", readonly=True, aggregator="avg")

    _depends = {
        "dealer.underwriting": [
            "minutes_to_issue",
            "issue_over_sla",
            "issued_at",
            "quote_accepted_at",
            "payment_requested_at",
            "insurer_id",
            "writer_id",
            "consultant_id",
            "business_type",
            "voided_at",
        ]
    }

    @property
    def _table_query(self) -> SQL:
        return SQL(
            """
            SELECT u.id AS id,
                   u.id AS underwriting_id,
                   u.company_id AS company_id,
                   u.insurer_id AS insurer_id,
                   u.writer_id AS writer_id,
                   u.consultant_id AS consultant_id,
                   u.business_type AS business_type,
                   u.quote_accepted_at AS quote_accepted_at,
                   u.payment_requested_at AS payment_requested_at,
                   u.issued_at AS issued_at,
                   u.minutes_to_issue AS minutes,
                   u.minutes_to_issue AS minutes_median,
                   GREATEST(EXTRACT(EPOCH FROM
                       u.payment_requested_at - u.quote_accepted_at) / 60, 0)
                       AS minutes_desk,
                   u.issue_over_sla AS is_late,
                   CASE WHEN u.issue_over_sla THEN 0.0 ELSE 1.0 END AS in_time_rate
              FROM dealer_underwriting u
             WHERE u.issued_at IS NOT NULL
               AND u.quote_accepted_at IS NOT NULL
               AND u.voided_at IS NULL
               AND u.is_historical IS NOT TRUE
            """
        )

    def _read_group_select(self, aggregate_spec, query):
        # OVERRIDE: the median of a group is not the average of its lines
        if aggregate_spec != "minutes_median:avg":
            return super()._read_group_select(aggregate_spec, query)
        return SQL(
            "PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY %s)",
            self._field_to_sql(self._table, "minutes_median", query),
        )

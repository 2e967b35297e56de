from odoo import fields, models
from odoo.tools import SQL

from ..const import BUSINESS_TYPES


class DealerConcessionReport(models.Model):
    """Concessions against the rule (S59): granted, limit, above it, who let it pass.

    One line per concession of a deal that is not void, and one per forbidden attempt.
    The limit of a deal is shared out over its concessions, so that sums are right.
    """

    _name = "dealer.concession.report"
    _description = "Concessions against the Rule"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "name"

    name = fields.Char(string="Description", readonly=True)
    deal_name = fields.Char(string="Deal", readonly=True)
    date = fields.Date(readonly=True)
    company_id = fields.Many2one("res.company", string="Store", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    concession_id = fields.Many2one("dealer.concession", readonly=True)
    underwriting_id = fields.Many2one("dealer.underwriting", readonly=True)
    insurer_id = fields.Many2one("res.partner", readonly=True)
    consultant_id = fields.Many2one("dealer.staff", readonly=True)
    applicant_id = fields.Many2one("res.partner", readonly=True)
    business_type = fields.Selection(BUSINESS_TYPES, readonly=True)
    type_id = fields.Many2one("dealer.concession.type", readonly=True)
    granted_by_id = fields.Many2one("res.users", string="Granted by", readonly=True)
    approved_by_id = fields.Many2one("res.users", string="Approved by", readonly=True)
    stage = fields.Selection(
        [("granted", "In a Deal"), ("offered", "Offered"), ("attempt", "Attempt")],
        readonly=True,
    )
    state = fields.Selection(
        [
            ("compliant", "Inside the Rule"),
            ("over_limit", "Needs Approval"),
            ("requested", "Approval Requested"),
            ("approved", "Approved"),
            ("refused", "Refused"),
            ("forbidden", "Forbidden"),
        ],
        readonly=True,
    )
    amount = fields.Monetary(string="Granted", readonly=True)
    limit_share = fields.Monetary(string="Limit", readonly=True)
    over_amount = fields.Monetary(string="Above the Limit", readonly=True)
    approved_amount = fields.Monetary(readonly=True)
    attempt_amount = fields.Monetary(string="Attempted Amount", readonly=True)
    attempt_count = fields.Integer(string="Forbidden Attempts", readonly=True)
    concession_count = fields.Integer(string="Concessions", readonly=True)

    _depends = {
        "dealer.concession": [
            "amount",
            "limit_amount",
            "total_amount",
            "state",
            "name",
            "type_id",
            "granted_by_id",
            "approved_by_id",
            "option_id",
            "underwriting_id",
        ],
        "dealer.concession.attempt": ["amount", "name", "user_id", "date"],
        "dealer.underwriting": [
            "insurer_id",
            "consultant_id",
            "business_type",
            "insured_date",
            "voided_at",
            "applicant_id",
        ],
        "dealer.quote": ["consultant_id", "business_type", "date", "state"],
        "dealer.quote.option": ["insurer_id", "quote_id"],
    }

    @property
    def _table_query(self) -> SQL:
        return SQL("%s UNION ALL %s", self._query_concessions(), self._query_attempts())

    def _query_concessions(self) -> SQL:
        return SQL(
            """
            SELECT c.id * 2 AS id,
                   c.name AS name,
                   COALESCE(u.ledger_no, u.name, q.name) AS deal_name,
                   COALESCE(u.insured_date, q.date) AS date,
                   c.company_id AS company_id,
                   company.currency_id AS currency_id,
                   c.id AS concession_id,
                   u.id AS underwriting_id,
                   COALESCE(u.insurer_id, o.insurer_id) AS insurer_id,
                   COALESCE(u.consultant_id, q.consultant_id) AS consultant_id,
                   COALESCE(u.applicant_id, q.applicant_id) AS applicant_id,
                   COALESCE(u.business_type, q.business_type) AS business_type,
                   c.type_id AS type_id,
                   c.granted_by_id AS granted_by_id,
                   c.approved_by_id AS approved_by_id,
                   CASE WHEN u.id IS NULL THEN 'offered' ELSE 'granted' END AS stage,
                   c.state AS state,
                   c.amount AS amount,
                   share.value AS limit_share,
                   GREATEST(c.amount - share.value, 0) AS over_amount,
                   CASE WHEN c.state = 'approved' THEN c.amount ELSE 0 END
                        AS approved_amount,
                   0 AS attempt_amount,
                   0 AS attempt_count,
                   1 AS concession_count
              FROM dealer_concession c
              JOIN res_company company ON company.id = c.company_id
              LEFT JOIN dealer_underwriting u ON u.id = c.underwriting_id
              LEFT JOIN dealer_quote_option o ON o.id = c.option_id
              LEFT JOIN dealer_quote q ON q.id = o.quote_id
             CROSS JOIN LATERAL (
                   SELECT CASE WHEN c.total_amount > 0
                               THEN c.limit_amount * c.amount / c.total_amount
                               ELSE 0 END AS value
                   ) share
             WHERE c.state != 'forbidden'
               AND u.voided_at IS NULL
               AND (u.id IS NOT NULL OR q.state NOT IN ('lost', 'expired', 'converted'))
            """
        )

    def _query_attempts(self) -> SQL:
        return SQL(
            """
            SELECT a.id * 2 + 1,
                   a.name,
                   a.deal_name,
                   a.date,
                   a.company_id,
                   company.currency_id,
                   NULL::integer,
                   NULL::integer,
                   a.insurer_id,
                   a.consultant_id,
                   a.applicant_id,
                   a.business_type,
                   a.type_id,
                   a.user_id,
                   NULL::integer,
                   'attempt',
                   'forbidden',
                   0,
                   0,
                   0,
                   0,
                   a.amount,
                   1,
                   0
              FROM dealer_concession_attempt a
              JOIN res_company company ON company.id = a.company_id
            """
        )

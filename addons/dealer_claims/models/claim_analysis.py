from odoo import fields, models
from odoo.tools import SQL

from ..const import CLAIM_KINDS

#: Stages of a closed stretch: code, label, days on the case, day on which it ended.
CYCLE_STAGES = (
    ("1_assess", "Reception → Assessment", "days_assess", "assessed_at"),
    ("2_repair", "Assessment → Repaired", "days_repair", "repaired_at"),
    ("3_papers", "Repaired → Papers", "days_papers", "handed_over_at"),
    ("4_submit", "Papers → Submitted", "days_submit", "submitted_on"),
    ("5_insurer", "Submitted → Paid", "days_insurer", "insurer_paid_on"),
    ("6_close", "Paid → Closed", "days_close", "closed_at"),
)


class DealerClaimGapReport(models.Model):
    """Four amounts of every settled case: our quote → assessed → billed → paid.

    Nothing is kept here; every line is a case. A gap is the later amount less the
    earlier one: negative means that money was lost on the way.
    """

    _name = "dealer.claim.gap.report"
    _description = "Four-amount Gap of Claims"
    _auto = False
    _order = "settled_on desc, id desc"
    _rec_name = "claim_id"

    claim_id = fields.Many2one("dealer.claim", readonly=True)
    company_id = fields.Many2one("res.company", string="Store", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    insurer_id = fields.Many2one("res.partner", readonly=True)
    receptionist_id = fields.Many2one("dealer.staff", readonly=True)
    assessor = fields.Char(readonly=True)
    claim_kind = fields.Selection(CLAIM_KINDS, readonly=True)
    settled_on = fields.Date(readonly=True)
    is_paid = fields.Boolean(string="Paid by Insurer", readonly=True)
    quote_amount = fields.Monetary(string="1 Our Quote", readonly=True)
    assessed_amount = fields.Monetary(string="2 Assessed", readonly=True)
    billed_amount = fields.Monetary(string="3 Repair Bill", readonly=True)
    paid_amount = fields.Monetary(
        string="4 Paid",
        readonly=True,
        help="Received from insurer, customer and third party, for cases that the "
        "insurer has paid.",
    )
    gap_assessed = fields.Monetary(
        string="Assessed less Quote",
        readonly=True,
        help="Only cases for which the store made a quote.",
    )
    gap_billed = fields.Monetary(string="Bill less Assessed", readonly=True)
    gap_paid = fields.Monetary(
        string="Paid less Bill", readonly=True, help="Only cases that were paid."
    )
    gap_expected = fields.Monetary(
        string="Insurer Paid less Expected",
        readonly=True,
        help="What the receptionist answers for (S94); only cases that were paid.",
    )
    abs_gap = fields.Monetary(
        string="Deviation from Expected",
        readonly=True,
        help="Without its sign, so that short and over payments do not cancel out.",
    )

    _depends = {
        "dealer.claim": [
            "company_id",
            "insurer_id",
            "receptionist_id",
            "assessor",
            "claim_kind",
            "settled_on",
            "insurer_paid_on",
            "quote_amount",
            "assessed_amount",
            "settlement_total",
            "insurer_received",
            "self_paid_received",
            "third_party_received",
            "insurer_difference",
        ]
    }

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT claim.id, claim.id AS claim_id, claim.company_id, claim.insurer_id,
                   claim.receptionist_id, claim.assessor, claim.claim_kind,
                   claim.settled_on, claim.insurer_paid_on IS NOT NULL AS is_paid,
                   claim.quote_amount, claim.assessed_amount,
                   claim.settlement_total AS billed_amount, paid.amount AS paid_amount,
                   CASE WHEN COALESCE(claim.quote_amount, 0) > 0
                        THEN claim.assessed_amount - claim.quote_amount
                        ELSE 0 END AS gap_assessed,
                   CASE WHEN COALESCE(claim.assessed_amount, 0) > 0
                        THEN claim.settlement_total - claim.assessed_amount
                        ELSE 0 END AS gap_billed,
                   CASE WHEN claim.insurer_paid_on IS NULL THEN 0
                        WHEN claim.is_historical THEN claim.insurer_difference
                        ELSE paid.amount - claim.settlement_total END AS gap_paid,
                   CASE WHEN claim.insurer_paid_on IS NULL THEN 0
                        ELSE claim.insurer_difference END AS gap_expected,
                   CASE WHEN claim.insurer_paid_on IS NULL THEN 0
                        ELSE ABS(claim.insurer_difference) END AS abs_gap
              FROM dealer_claim claim
        CROSS JOIN LATERAL (
                    SELECT CASE WHEN claim.insurer_paid_on IS NULL THEN 0
                           ELSE COALESCE(claim.insurer_received, 0)
                              + COALESCE(claim.self_paid_received, 0)
                              + COALESCE(claim.third_party_received, 0)
                           END AS amount
                   ) paid
             WHERE claim.settled_on IS NOT NULL
            """
        )


class DealerClaimCycleReport(models.Model):
    """Days that cases spent in each stage: one line per case and finished stage."""

    _name = "dealer.claim.cycle.report"
    _description = "Cycle Time of Claims"
    _auto = False
    _order = "ended_on desc, id desc"
    _rec_name = "claim_id"

    claim_id = fields.Many2one("dealer.claim", readonly=True)
    company_id = fields.Many2one("res.company", string="Store", readonly=True)
    insurer_id = fields.Many2one("res.partner", readonly=True)
    receptionist_id = fields.Many2one("dealer.staff", readonly=True)
    submitter_id = fields.Many2one("dealer.staff", readonly=True)
    stage = fields.Selection(
        [(code, label) for code, label, _days, _end in CYCLE_STAGES], readonly=True
    )
    ended_on = fields.Datetime(string="Stage Ended", readonly=True)
    days = fields.Integer(readonly=True, aggregator="avg")

    _depends = {
        "dealer.claim": [
            "company_id",
            "insurer_id",
            "receptionist_id",
            "submitter_id",
            "voided_at",
            *(
                name
                for _code, _label, days, end in CYCLE_STAGES
                for name in (days, end)
            ),
        ]
    }

    @property
    def _table_query(self):
        parts = [
            SQL(
                """
                SELECT claim.id * 10 + %(place)s AS id, claim.id AS claim_id,
                       claim.company_id, claim.insurer_id, claim.receptionist_id,
                       claim.submitter_id, %(stage)s AS stage,
                       claim.%(end)s::timestamp AS ended_on, claim.%(days)s AS days
                  FROM dealer_claim claim
                 WHERE claim.%(end)s IS NOT NULL AND claim.%(begin)s IS NOT NULL
                   AND claim.voided_at IS NULL
                """,
                place=place,
                stage=code,
                end=SQL.identifier(end),
                begin=SQL.identifier(begin),
                days=SQL.identifier(days),
            )
            for place, ((code, _label, days, end), begin) in enumerate(
                zip(
                    CYCLE_STAGES,
                    ("received_at", *(item[3] for item in CYCLE_STAGES[:-1])),
                    strict=True,
                )
            )
        ]
        return SQL(" UNION ALL ").join(parts)


class DealerClaimRatioReport(models.Model):
    """Repairs and premium of the insurers by month: what an insurer brings back (K26).

    One line per case and per policy; the ratio of any group is the sum of repairs ÷
    the sum of premium.
    """

    _name = "dealer.claim.ratio.report"
    _description = "Repair-to-premium Ratio"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "insurer_id"

    company_id = fields.Many2one("res.company", string="Store", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    insurer_id = fields.Many2one("res.partner", readonly=True)
    date = fields.Date(readonly=True)
    kind = fields.Selection(
        [("repair", "Repair"), ("premium", "Premium")], readonly=True
    )
    business = fields.Selection(
        [("new", "New Car"), ("renewal", "Renewal")], readonly=True
    )
    claim_id = fields.Many2one("dealer.claim", readonly=True)
    policy_id = fields.Many2one("dealer.policy", readonly=True)
    repair_amount = fields.Monetary(string="Settled Repairs", readonly=True)
    received_amount = fields.Monetary(string="Received from Insurer", readonly=True)
    premium_amount = fields.Monetary(string="Premium", readonly=True)
    ratio = fields.Float(
        string="Repair to Premium",
        readonly=True,
        aggregator="avg",
        digits=(8, 4),
        help="Settled repairs ÷ premium of the lines that are grouped.",
    )

    _depends = {
        "dealer.claim": [
            "company_id",
            "insurer_id",
            "settled_on",
            "settlement_total",
            "insurer_received",
            "policy_id",
        ],
        "dealer.policy": ["insurer_id", "premium", "underwriting_id"],
        "dealer.underwriting": ["issued_at", "voided_at", "business_type"],
    }

    def _read_group_select(self, aggregate_spec, query):
        # EXTENDS web: a ratio of sums, not a mean of ratios
        if aggregate_spec != "ratio:avg":
            return super()._read_group_select(aggregate_spec, query)
        return SQL(
            "SUM(%(repair)s) / NULLIF(SUM(%(premium)s), 0)",
            repair=self._field_to_sql(self._table, "repair_amount", query),
            premium=self._field_to_sql(self._table, "premium_amount", query),
        )

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT claim.id * 2 AS id, claim.company_id, claim.insurer_id,
                   claim.settled_on AS date, 'repair' AS kind,
                   CASE WHEN entry.business_type = 'new_car' THEN 'new'
                        ELSE 'renewal' END AS business,
                   claim.id AS claim_id, NULL::integer AS policy_id,
                   claim.settlement_total AS repair_amount,
                   claim.insurer_received AS received_amount,
                   0.0 AS premium_amount, NULL::double precision AS ratio
              FROM dealer_claim claim
         LEFT JOIN dealer_policy policy ON policy.id = claim.policy_id
         LEFT JOIN dealer_underwriting entry ON entry.id = policy.underwriting_id
             WHERE claim.settled_on IS NOT NULL AND claim.insurer_id IS NOT NULL
         UNION ALL
            SELECT policy.id * 2 + 1, entry.company_id, policy.insurer_id,
                   entry.issued_at::date, 'premium',
                   CASE WHEN entry.business_type = 'new_car' THEN 'new'
                        ELSE 'renewal' END,
                   NULL, policy.id, 0.0, 0.0, policy.premium, NULL
              FROM dealer_policy policy
              JOIN dealer_underwriting entry ON entry.id = policy.underwriting_id
             WHERE entry.issued_at IS NOT NULL AND entry.voided_at IS NULL
            """
        )

from odoo import fields, models
from odoo.tools import SQL

from ..models.renewal_due_result import SEGMENTS
from ..models.renewal_task import STATES


class DealerRenewalFunnel(models.Model):
    """How far each renewal came: reached, spoken to, quoted, promised, won (S71).

    One line for each task, under its id; what was withdrawn is left out. Shares are
    averages of nought and one, so that every group of a pivot adds up by itself.
    """

    _name = "dealer.renewal.funnel"
    _description = "Renewal Funnel"
    _auto = False
    _order = "expiry_date desc, id desc"
    _rec_name = "task_id"

    task_id = fields.Many2one("dealer.renewal.task", readonly=True)
    company_id = fields.Many2one("res.company", string="Store", readonly=True)
    vehicle_id = fields.Many2one("dealer.vehicle", readonly=True)
    expiry_date = fields.Date(string="Cover Ends", readonly=True)
    agent_id = fields.Many2one("dealer.staff", string="Specialist", readonly=True)
    insurer_id = fields.Many2one("res.partner", string="Last Insurer", readonly=True)
    segment = fields.Selection(SEGMENTS, readonly=True)
    state = fields.Selection(STATES, readonly=True)
    lost_reason_id = fields.Many2one(
        "dealer.reason.code", string="Reason of the Loss", readonly=True
    )
    task_count = fields.Integer(string="Tasks", readonly=True)
    contacted_count = fields.Integer(string="Contacted", readonly=True)
    effective_count = fields.Integer(string="Really Spoken To", readonly=True)
    quoted_count = fields.Integer(string="Quoted", readonly=True)
    promised_count = fields.Integer(string="Promised", readonly=True)
    won_count = fields.Integer(string="Won", readonly=True)
    lost_count = fields.Integer(string="Lost", readonly=True)
    first_days = fields.Integer(
        string="First Real Contact (days before)",
        readonly=True,
        aggregator="avg",
        help="Days before the end of the cover on which the customer was first spoken "
        "to; it should be 45 days before at the latest (K14).",
    )
    effective_rate = fields.Float(
        string="Share Spoken To", readonly=True, aggregator="avg"
    )
    won_rate = fields.Float(string="Share Won", readonly=True, aggregator="avg")
    conversion_rate = fields.Float(
        string="Quotes Won",
        readonly=True,
        aggregator="avg",
        help="Won among those who got a quote (quote to issue).",
    )

    _depends = {
        "dealer.renewal.task": [
            "company_id",
            "vehicle_id",
            "expiry_date",
            "owner_id",
            "last_insurer_id",
            "segment",
            "state",
            "contact_count",
            "effective_count",
            "first_effective_date",
            "won_policy_id",
            "is_lost",
            "lost_reason_id",
        ],
        "dealer.renewal.contact": ["task_id", "result"],
        "dealer.quote": ["state", "renewal_task_id"],
    }

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT t.id, t.id AS task_id, t.company_id, t.vehicle_id, t.expiry_date,
                   t.owner_id AS agent_id, t.last_insurer_id AS insurer_id, t.segment,
                   t.state, t.lost_reason_id,
                   1 AS task_count,
                   (t.contact_count > 0)::int AS contacted_count,
                   (t.effective_count > 0)::int AS effective_count,
                   step.quoted::int AS quoted_count,
                   step.promised::int AS promised_count,
                   step.won::int AS won_count,
                   COALESCE(t.is_lost, FALSE)::int AS lost_count,
                   t.expiry_date - t.first_effective_date AS first_days,
                   (t.effective_count > 0)::int AS effective_rate,
                   step.won::int AS won_rate,
                   CASE WHEN step.quoted THEN step.won::int END AS conversion_rate
              FROM dealer_renewal_task t
             CROSS JOIN LATERAL (
                   SELECT t.won_policy_id IS NOT NULL AS won,
                          EXISTS (SELECT FROM dealer_quote q
                                   WHERE q.renewal_task_id = t.id
                                     AND q.state != 'draft') AS quoted,
                          EXISTS (SELECT FROM dealer_renewal_contact c
                                   WHERE c.task_id = t.id
                                     AND c.result = 'promised') AS promised
             ) step
             WHERE t.withdrawn_at IS NULL
            """
        )


class DealerRenewalNodeResult(models.Model):
    """What was done at each node of the way to the expiry (§3.5).

    One line for each task and node that came: worked on, really spoken to, or missed.
    """

    _name = "dealer.renewal.node.result"
    _description = "Result of a Renewal Node"
    _auto = False
    _order = "expiry_date desc, offset_days, id"
    _rec_name = "task_id"

    task_id = fields.Many2one("dealer.renewal.task", readonly=True)
    node_id = fields.Many2one("dealer.renewal.node", readonly=True)
    offset_days = fields.Integer(
        string="Days from Expiry", readonly=True, aggregator=None
    )
    company_id = fields.Many2one("res.company", string="Store", readonly=True)
    agent_id = fields.Many2one("dealer.staff", string="Specialist", readonly=True)
    segment = fields.Selection(SEGMENTS, readonly=True)
    expiry_date = fields.Date(string="Cover Ends", readonly=True)
    reached_count = fields.Integer(string="Tasks at the Node", readonly=True)
    contacted_count = fields.Integer(string="Contacted", readonly=True)
    effective_count = fields.Integer(string="Really Spoken To", readonly=True)
    missed_count = fields.Integer(string="Missed", readonly=True)
    missed_rate = fields.Float(string="Share Missed", readonly=True, aggregator="avg")

    _depends = {
        "dealer.renewal.task": ["missed_node_ids", "owner_id", "expiry_date"],
        "dealer.renewal.contact": ["task_id", "node_id", "is_effective"],
        "dealer.renewal.node": ["offset_days"],
    }

    @property
    def _table_query(self):
        # A task and a node have one line; both keys fit into one number.
        return SQL(
            """
            SELECT step.task_id::bigint * 1000000 + step.node_id AS id,
                   step.task_id, step.node_id, n.offset_days, t.company_id,
                   t.owner_id AS agent_id, t.segment, t.expiry_date,
                   1 AS reached_count,
                   step.contacted::int AS contacted_count,
                   step.effective::int AS effective_count,
                   (NOT step.contacted)::int AS missed_count,
                   (NOT step.contacted)::int AS missed_rate
              FROM (
                   SELECT task_id, node_id, bool_or(contacted) AS contacted,
                          bool_or(effective) AS effective
                     FROM (
                          SELECT c.task_id, c.node_id, TRUE AS contacted,
                                 c.is_effective AS effective
                            FROM dealer_renewal_contact c
                           WHERE c.node_id IS NOT NULL
                           UNION ALL
                          SELECT r.dealer_renewal_task_id, r.dealer_renewal_node_id,
                                 FALSE, FALSE
                            FROM dealer_renewal_task_missed_node_rel r
                     ) one
                    GROUP BY task_id, node_id
              ) step
              JOIN dealer_renewal_task t ON t.id = step.task_id
              JOIN dealer_renewal_node n ON n.id = step.node_id
             WHERE t.withdrawn_at IS NULL
            """
        )

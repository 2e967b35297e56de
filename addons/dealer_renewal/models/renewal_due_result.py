from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.dealer_insurance.const import BUSINESS_TYPES

SEGMENTS = [
    ("new_to_renewal", "First Renewal of a Car Sold Here"),
    ("renewal_to_renewal", "Repeated Renewal"),
    ("lapsed_back", "Lapsed, to Be Won Back"),
    ("prospect_to_renewal", "Prospect Never Insured Here"),
]
RESULTS = [
    ("open", "Open"),
    ("renewed", "Renewed"),
    ("lost", "Lost"),
    ("lapsed", "Not Renewed in Time"),
    ("excluded", "Left Out"),
]
#: Context key: a day in the past as of which results are worked out.
AS_OF_KEY = "dealer_as_of"


class DealerRenewalResult(models.Model):
    """What became of every due car, read from the policies of today (K04–K11).

    No table: one line for each ``dealer.renewal.due``, under the same id. A car is
    renewed by a later policy of the store, not void, whose cover starts within the
    renewal window around the frozen expiry. When the window is over the result was
    settled (``dealer.renewal.outcome``) and later changes of policies do not count.
    """

    _name = "dealer.renewal.result"
    _description = "Result of a Due Car"
    _auto = False
    _order = "expiry_date, id"
    _rec_name = "name"

    name = fields.Char(readonly=True)
    due_id = fields.Many2one("dealer.renewal.due", string="Due Car", readonly=True)
    cohort_id = fields.Many2one(
        "dealer.renewal.cohort", string="Due List", readonly=True
    )
    company_id = fields.Many2one("res.company", string="Store", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    month = fields.Date(string="Due Month", readonly=True)
    expiry_date = fields.Date(readonly=True)
    vehicle_id = fields.Many2one("dealer.vehicle", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    insurer_id = fields.Many2one("res.partner", string="Last Insurer", readonly=True)
    segment = fields.Selection(SEGMENTS, readonly=True)
    business_type = fields.Selection(
        BUSINESS_TYPES, string="Last Business", readonly=True
    )
    is_own = fields.Boolean(string="Policy of This Store", readonly=True)
    service_active = fields.Boolean(readonly=True)
    consultant_id = fields.Many2one(
        "dealer.staff", string="Last Consultant", readonly=True
    )
    agent_id = fields.Many2one("dealer.staff", string="Specialist", readonly=True)
    task_id = fields.Many2one("dealer.renewal.task", readonly=True)
    renewal_id = fields.Many2one(
        "dealer.underwriting", string="New Ledger Entry", readonly=True
    )
    renewal_start = fields.Date(string="New Cover Starts", readonly=True)
    result = fields.Selection(RESULTS, readonly=True)
    is_matured = fields.Boolean(string="Matured", readonly=True)
    due_count = fields.Integer(string="Cars Due", readonly=True)
    renewed_count = fields.Integer(string="Renewed", readonly=True)
    on_time_count = fields.Integer(string="On Time", readonly=True)
    lost_count = fields.Integer(string="Lost", readonly=True)
    lapsed_count = fields.Integer(string="Not Renewed in Time", readonly=True)
    open_count = fields.Integer(string="Open", readonly=True)
    excluded_count = fields.Integer(string="Left Out", readonly=True)
    premium_due = fields.Monetary(readonly=True)
    premium_renewed = fields.Monetary(string="Renewed Premium", readonly=True)
    rate = fields.Float(
        string="Renewal Rate",
        readonly=True,
        aggregator="avg",
        help="Average over the cars that are not left out.",
    )

    _depends = {
        "dealer.renewal.due": ["task_id", "cohort_id", "expiry_date"],
        "dealer.renewal.exclusion": ["due_id", "state"],
        "dealer.renewal.outcome": ["due_id", "renewal_id", "start", "premium"],
        "dealer.renewal.task": ["owner_id", "state", "is_lost"],
        "dealer.policy": ["state", "date_start", "issued_at", "vehicle_id"],
        "dealer.underwriting": [
            "entry_type",
            "commercial_policy_id",
            "ctpl_policy_id",
            "ctpl_premium",
            "commercial_premium",
        ],
    }

    def _clock(self):
        """SQL rows (store, day, end of the day, window before, window after, zone).

        The day is the store's today, or that of the context for a look back.
        """
        as_of = fields.Date.to_date(self.env.context.get(AS_OF_KEY))
        # sudo: days and windows of stores; rules of the view decide what is shown
        companies_sudo = self.env["res.company"].sudo().with_context(active_test=False)
        rows = []
        for company in companies_sudo.search(Domain.TRUE):
            day = as_of or company._dealer_today()
            rows.append(
                SQL(
                    "(%s, %s::date, %s::timestamp, %s, %s, %s)",
                    company.id,
                    day,
                    company._dealer_day_end(day),
                    company.dealer_renew_days_before,
                    company.dealer_renew_days_after,
                    company._dealer_timezone_name(),
                )
            )
        return SQL(", ").join(rows)

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT d.id, d.id AS due_id, d.name, d.cohort_id, d.company_id, d.month,
                   d.expiry_date, d.vehicle_id, d.partner_id, d.insurer_id, d.segment,
                   d.business_type, d.is_own, d.service_active, d.consultant_id,
                   COALESCE(task.owner_id, d.agent_id) AS agent_id, d.task_id,
                   fact.renewal_id, fact.start AS renewal_start, fact.is_matured,
                   CASE WHEN fact.is_excluded THEN 'excluded'
                        WHEN fact.renewal_id IS NOT NULL THEN 'renewed'
                        WHEN %(lost)s THEN 'lost'
                        WHEN fact.is_matured THEN 'lapsed'
                        ELSE 'open' END AS result,
                   (NOT fact.is_excluded)::int AS due_count,
                   (NOT fact.is_excluded AND fact.renewal_id IS NOT NULL)::int
                       AS renewed_count,
                   (NOT fact.is_excluded AND fact.renewal_id IS NOT NULL
                       AND fact.start <= d.expiry_date + 1)::int AS on_time_count,
                   (NOT fact.is_excluded AND fact.renewal_id IS NULL
                       AND %(lost)s)::int AS lost_count,
                   (NOT fact.is_excluded AND fact.renewal_id IS NULL
                       AND NOT %(lost)s
                       AND fact.is_matured)::int AS lapsed_count,
                   (NOT fact.is_excluded AND fact.renewal_id IS NULL
                       AND NOT %(lost)s
                       AND NOT fact.is_matured)::int AS open_count,
                   fact.is_excluded::int AS excluded_count,
                   CASE WHEN fact.is_excluded THEN 0 ELSE d.premium_due END
                       AS premium_due,
                   CASE WHEN fact.is_excluded THEN 0
                        ELSE COALESCE(fact.premium, 0) END AS premium_renewed,
                   CASE WHEN fact.is_excluded THEN NULL
                        ELSE (fact.renewal_id IS NOT NULL)::int END AS rate
              FROM dealer_renewal_due d
              JOIN (VALUES %(clock)s)
                   AS clock (company_id, day, until, before, after, zone)
                ON clock.company_id = d.company_id
              LEFT JOIN dealer_renewal_task task ON task.id = d.task_id
              LEFT JOIN LATERAL (%(settled)s) settled ON TRUE
              LEFT JOIN LATERAL (%(renewal)s) renewal ON settled.id IS NULL
              CROSS JOIN LATERAL (
                   SELECT COALESCE(settled.renewal_id, renewal.entry_id) AS renewal_id,
                          COALESCE(settled.start, renewal.start) AS start,
                          COALESCE(settled.premium, renewal.premium) AS premium,
                          clock.day > d.expiry_date + clock.after AS is_matured,
                          EXISTS (SELECT FROM dealer_renewal_exclusion x
                                   WHERE x.due_id = d.id AND x.state = 'approved')
                              AS is_excluded
              ) fact
            """,
            clock=self._clock(),
            lost=self._lost_sql(),
            settled=self._settled_sql(),
            renewal=self._renewal_sql(),
        )

    def _lost_sql(self):
        """SQL condition: the loss of the task was approved."""
        if "state" not in self.env["dealer.renewal.task"]._fields:
            return SQL("FALSE")
        return SQL("COALESCE(task.is_lost, FALSE)")

    def _settled_sql(self):
        """Last line of the register of outcomes; none when looking back."""
        if self.env.context.get(AS_OF_KEY):
            return SQL(
                "SELECT o.id, o.renewal_id, o.start, o.premium"
                "  FROM dealer_renewal_outcome o WHERE FALSE"
            )
        return SQL(
            "SELECT o.id, o.renewal_id, o.start, o.premium"
            "  FROM dealer_renewal_outcome o WHERE o.due_id = d.id"
            " ORDER BY o.id DESC LIMIT 1"
        )

    def _renewal_sql(self):
        """First later policy of the car that starts in the window (K04).

        OFFSET 0 makes the few policies of the car come first, also where the database
        has no statistics yet (a ledger imported a moment ago).
        """
        return SQL(
            """
            SELECT u.id AS entry_id, window_day.start,
                   COALESCE(u.ctpl_premium, 0) + COALESCE(u.commercial_premium, 0)
                       AS premium
              FROM (SELECT * FROM dealer_policy of_car
                     WHERE of_car.vehicle_id = d.vehicle_id OFFSET 0) p
              JOIN dealer_underwriting u ON u.id = p.underwriting_id
             CROSS JOIN LATERAL (
                   SELECT (p.date_start AT TIME ZONE 'UTC' AT TIME ZONE clock.zone)
                          ::date AS start) window_day
             WHERE p.company_id = d.company_id
               AND p.state IN ('issued', 'cancelled')
               AND p.id = COALESCE(u.commercial_policy_id, u.ctpl_policy_id)
               AND u.entry_type = 'issue'
               AND p.issued_at < clock.until
               AND (d.issued_at IS NULL OR p.issued_at > d.issued_at)
               AND window_day.start BETWEEN d.expiry_date - clock.before
                                        AND d.expiry_date + clock.after
             ORDER BY window_day.start, p.issued_at, p.id
             LIMIT 1
            """
        )

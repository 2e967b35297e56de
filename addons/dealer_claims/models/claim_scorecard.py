from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.misc import formatLang

MONTHS = 12
#: Parts of the score: code, label, column with the measured value.
PARTS = [
    ("payment", "Days to Pay a Claim"),
    ("returns", "Share of Returned Cases"),
    ("short", "Share Paid Short"),
    ("fee", "Days to Settle a Fee Statement"),
    ("ratio", "Repair to Premium"),
]


class DealerScorecardPart(models.Model):
    """What a part of the insurer's score weighs, and what is good and bad.

    At ``best`` or better a part brings its whole weight, at ``worst`` or worse none;
    between them it is shared in proportion.
    """

    _name = "dealer.scorecard.part"
    _description = "Part of the Insurer Score"
    _order = "sequence, id"
    _rec_name = "code"

    code = fields.Selection(PARTS, string="Part", required=True)
    sequence = fields.Integer(default=10)
    weight = fields.Float(required=True, default=20.0, aggregator=None)
    best = fields.Float(required=True, digits=(12, 4), aggregator=None)
    worst = fields.Float(required=True, digits=(12, 4), aggregator=None)

    _code_uniq = models.UniqueIndex("(code)", "The score has this part already.")
    _weight_positive = models.Constraint(
        "CHECK (weight >= 0)", "A weight is not negative."
    )

    @api.constrains("best", "worst")
    def _check_ends(self):
        for part in self:
            if part.best == part.worst:
                raise ValidationError(
                    self.env._("The best and the worst value of a part differ.")
                )


class DealerInsurerScorecard(models.Model):
    """How an insurer treats the store, over the last twelve months (K26, K30, K32).

    Nothing is kept: every figure is worked out when it is read. A part that is not
    known is left out and the others weigh the more.
    """

    _name = "dealer.insurer.scorecard"
    _description = "Insurer Scorecard"
    _auto = False
    _order = "score desc, insurer_id"
    _rec_name = "insurer_id"

    company_id = fields.Many2one("res.company", string="Store", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    insurer_id = fields.Many2one("res.partner", readonly=True)
    case_count = fields.Integer(string="Cases Submitted", readonly=True)
    paid_count = fields.Integer(string="Cases Paid", readonly=True)
    payment_value = fields.Float(
        string="Days to Pay", readonly=True, aggregator="avg", digits=(12, 1)
    )
    returns_value = fields.Float(
        string="Return Rate", readonly=True, aggregator="avg", digits=(12, 4)
    )
    short_value = fields.Float(
        string="Paid Short",
        readonly=True,
        aggregator="avg",
        digits=(12, 4),
        help="What was paid less than expected ÷ what was expected, of paid cases.",
    )
    fee_value = fields.Float(
        string="Fee Days", readonly=True, aggregator="avg", digits=(12, 1)
    )
    ratio_value = fields.Float(
        string="Repair to Premium", readonly=True, aggregator="avg", digits=(12, 4)
    )
    repair_amount = fields.Monetary(string="Settled Repairs", readonly=True)
    premium_amount = fields.Monetary(string="Premium", readonly=True)
    payment_points = fields.Float(
        string="Points: Days to Pay", readonly=True, digits=(6, 1), aggregator="avg"
    )
    returns_points = fields.Float(
        string="Points: Returns", readonly=True, digits=(6, 1), aggregator="avg"
    )
    short_points = fields.Float(
        string="Points: Paid Short", readonly=True, digits=(6, 1), aggregator="avg"
    )
    fee_points = fields.Float(
        string="Points: Fees", readonly=True, digits=(6, 1), aggregator="avg"
    )
    ratio_points = fields.Float(
        string="Points: Repair to Premium",
        readonly=True,
        digits=(6, 1),
        aggregator="avg",
    )
    score = fields.Float(
        readonly=True,
        aggregator="avg",
        digits=(6, 1),
        help="Points reached ÷ weights of the parts that are known × 100.",
    )
    explanation = fields.Html(compute="_compute_explanation", sanitize=False)
    hint = fields.Char(string="Where to Place Next", compute="_compute_hint")

    _depends = {
        "dealer.claim": [
            "company_id",
            "insurer_id",
            "submitted_on",
            "insurer_paid_on",
            "days_insurer",
            "return_count",
            "insurer_difference",
            "expected_insurer_payment",
            "settled_on",
            "settlement_total",
            "voided_at",
        ],
        "dealer.policy": ["insurer_id", "premium", "underwriting_id"],
        "dealer.underwriting": ["issued_at", "voided_at"],
        "dealer.fee.statement": ["insurer_id", "confirmed_at", "closed_at", "state"],
    }

    # ------------------------------------------------------------------ Query
    @api.model
    def _since(self):
        """First day of the twelve months that count."""
        return self.env.company._dealer_today() - relativedelta(months=MONTHS)

    @property
    def _table_query(self):
        # sudo: what a part weighs is the same for everybody
        parts_sudo = self.env["dealer.scorecard.part"].sudo().search(Domain.TRUE)
        parts = {part.code: part for part in parts_sudo}
        points, reached, weights = [], [], []
        for code, _label in PARTS:
            part = parts.get(code)
            value = SQL.identifier("raw", f"{code}_value")
            if part:
                span = part.worst - part.best
                gained = SQL(
                    "%s * LEAST(1, GREATEST(0, (%s - %s) / %s))",
                    part.weight,
                    part.worst,
                    value,
                    span,
                )
                weight = SQL(
                    "CASE WHEN %s IS NULL THEN 0 ELSE %s END", value, part.weight
                )
            else:
                gained, weight = SQL("NULL::double precision"), SQL("0")
            points.append(SQL("%s AS %s", gained, SQL.identifier(f"{code}_points")))
            reached.append(SQL("COALESCE(%s, 0)", gained))
            weights.append(weight)
        plus = SQL(" + ")
        return SQL(
            """
            SELECT raw.*, %(points)s,
                   100.0 * (%(reached)s) / NULLIF(%(weights)s, 0) AS score
              FROM (%(raw)s) raw
            """,
            points=SQL(", ").join(points),
            reached=plus.join(reached),
            weights=plus.join(weights),
            raw=self._raw_query(),
        )

    @api.model
    def _raw_query(self):
        """One row per store and insurer with the measured values."""
        return SQL(
            """
            SELECT pair.company_id * 1000000 + pair.insurer_id AS id, pair.company_id,
                   pair.insurer_id,
                   COALESCE(sent.cases, 0) AS case_count,
                   COALESCE(paid.cases, 0) AS paid_count,
                   paid.days AS payment_value,
                   sent.returned / NULLIF(sent.cases, 0)::float AS returns_value,
                   paid.short / NULLIF(paid.expected, 0)::float AS short_value,
                   fee.days AS fee_value,
                   COALESCE(repair.amount, 0)
                       / NULLIF(premium.amount, 0)::float AS ratio_value,
                   COALESCE(repair.amount, 0) AS repair_amount,
                   COALESCE(premium.amount, 0) AS premium_amount
              FROM (SELECT company_id, insurer_id FROM dealer_claim
                     WHERE insurer_id IS NOT NULL AND voided_at IS NULL
                     UNION
                    SELECT company_id, insurer_id FROM dealer_underwriting
                     WHERE issued_at >= %(since)s AND insurer_id IS NOT NULL) pair
         LEFT JOIN (SELECT company_id, insurer_id, COUNT(*) AS cases,
                           COUNT(*) FILTER (WHERE return_count > 0) AS returned
                      FROM dealer_claim
                     WHERE submitted_on >= %(since)s AND voided_at IS NULL
                     GROUP BY company_id, insurer_id) sent
                   USING (company_id, insurer_id)
         LEFT JOIN (SELECT company_id, insurer_id, COUNT(*) AS cases,
                           AVG(days_insurer)::float AS days,
                           SUM(GREATEST(-insurer_difference, 0)) AS short,
                           SUM(expected_insurer_payment) AS expected
                      FROM dealer_claim
                     WHERE insurer_paid_on >= %(since)s AND voided_at IS NULL
                     GROUP BY company_id, insurer_id) paid
                   USING (company_id, insurer_id)
         LEFT JOIN (SELECT company_id, insurer_id,
                           AVG(EXTRACT(EPOCH FROM closed_at - confirmed_at)
                               / 86400)::float AS days
                      FROM dealer_fee_statement
                     WHERE closed_at >= %(since)s AND confirmed_at IS NOT NULL
                     GROUP BY company_id, insurer_id) fee
                   USING (company_id, insurer_id)
         LEFT JOIN (SELECT company_id, insurer_id, SUM(settlement_total) AS amount
                      FROM dealer_claim
                     WHERE settled_on >= %(since)s
                     GROUP BY company_id, insurer_id) repair
                   USING (company_id, insurer_id)
         LEFT JOIN (SELECT entry.company_id, policy.insurer_id,
                           SUM(policy.premium) AS amount
                      FROM dealer_policy policy
                      JOIN dealer_underwriting entry
                        ON entry.id = policy.underwriting_id
                     WHERE entry.issued_at >= %(since)s AND entry.voided_at IS NULL
                     GROUP BY entry.company_id, policy.insurer_id) premium
                   USING (company_id, insurer_id)
            """,
            since=self._since(),
        )

    # ------------------------------------------------------------------ Words
    def _part_text(self, code):
        """Measured value of a part as people read it."""
        value = self[f"{code}_value"]
        if code in ("payment", "fee"):
            return self.env._(
                "%(number)s days", number=formatLang(self.env, value, digits=1)
            )
        return f"{formatLang(self.env, value * 100, digits=1)}%"

    @api.depends_context("lang")
    def _compute_explanation(self):
        """The score part by part, so that anybody can add it up."""
        # sudo: what a part weighs is the same for everybody
        parts_sudo = self.env["dealer.scorecard.part"].sudo().search(Domain.TRUE)
        known = self._known_parts()
        words = dict(parts_sudo._fields["code"]._description_selection(self.env))
        for card in self:
            rows = [
                {
                    "label": words[part.code],
                    "value": card._part_text(part.code)
                    if part.code in known[card.id]
                    else "—",
                    "best": part.best,
                    "worst": part.worst,
                    "weight": part.weight,
                    "points": card[f"{part.code}_points"],
                    "known": part.code in known[card.id],
                }
                for part in parts_sudo
            ]
            card.explanation = self.env["ir.qweb"]._render(
                "dealer_claims.scorecard_explanation", {"rows": rows, "card": card}
            )

    def _known_parts(self):
        """Codes of the parts that are measured: a zero is a value, nothing is none."""
        names = [f"{code}_value" for code, _label in PARTS]
        columns = SQL(", ").join(SQL.identifier(name) for name in names)
        rows = self.env.execute_query(
            SQL(
                "SELECT id, %s FROM (%s) raw WHERE id IN %s",
                columns,
                self._raw_query(),
                tuple(self.ids) or (0,),
            )
        )
        return {
            row[0]: {
                code
                for (code, _label), value in zip(PARTS, row[1:], strict=True)
                if value is not None
            }
            for row in rows
        }

    @api.depends("score")
    @api.depends_context("lang")
    def _compute_hint(self):
        """Where new business does most for the workshop, in words (K26)."""
        _ = self.env._
        for company, cards in self.grouped("company_id").items():
            everybody = self.search([("company_id", "=", company.id)])
            repairs = sum(everybody.mapped("repair_amount"))
            premiums = sum(everybody.mapped("premium_amount"))
            mean = repairs / premiums if premiums else 0.0
            best = everybody.filtered("premium_amount")[:1]
            for card in cards:
                ratio = card.ratio_value
                if not card.premium_amount:
                    card.hint = _("No premium in twelve months: try it with a few cars")
                elif not card.paid_count:
                    card.hint = _("No payment in twelve months: not known how it pays")
                elif card == best and ratio >= mean:
                    card.hint = _("First choice: pays well and brings repairs")
                elif ratio >= mean:
                    card.hint = _("Place more: brings more repair than the mean")
                elif card.score >= best.score * 0.8:
                    card.hint = _("Hold: pays well, ask for more referred cars")
                else:
                    card.hint = _("Place less: little repair and slow money")

import psycopg2

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .claim_submission import DATE_CHAIN

LEDGER_NO_DIGITS = 4
#: Facts in the order in which they happen; the papers run beside the car.
ORDERS = (
    (
        "accident_at",
        "received_at",
        "assessed_at",
        "repair_started_at",
        "repaired_at",
        "released_at",
    ),
    (
        "received_at",
        "handed_over_at",
        "audited_at",
        "submitted_on",
        "insurer_received_on",
        "approved_on",
        "insurer_paid_on",
        "reconciled_at",
        "closed_at",
    ),
)


class DealerClaim(models.Model):
    """Manual ledger and tracker of the claims (§3.11, §3.12, S96, S99, S103).

    Both are lists of the same cases: what the receptionist enters makes the ledger,
    what the submitter enters makes the tracker. Every case has its running number in
    the ledger of the store and year from the reception on, without a gap.
    """

    _inherit = "dealer.claim"

    ledger_year = fields.Integer(readonly=True, copy=False, aggregator=None)
    ledger_seq = fields.Integer(
        string="Ledger Running No.", readonly=True, copy=False, aggregator=None
    )
    ledger_no = fields.Char(
        string="Ledger No.",
        readonly=True,
        copy=False,
        index="trigram",
        help="Running number in the claim ledger of the store and year, given at the "
        "reception.",
    )
    ledger_entered_at = fields.Datetime(
        string="Entered in Ledger", readonly=True, copy=False
    )
    is_ledger_late = fields.Boolean(
        string="Entered Late",
        compute="_compute_is_ledger_late",
        store=True,
        help="Entered in the ledger after the day on which the car was received.",
    )
    tracker_updated_at = fields.Datetime(
        string="Tracker Updated",
        readonly=True,
        copy=False,
        help="When a fact of the tracker was entered last (S103).",
    )
    tracker_lag_days = fields.Integer(
        string="Entered after (days)",
        readonly=True,
        copy=False,
        aggregator="max",
        help="The longest delay between a day in the tracker and the day on which it "
        "was entered.",
    )
    is_tracker_late = fields.Boolean(
        string="Tracker Late",
        compute="_compute_is_tracker_late",
        store=True,
        help="A fact was entered later than the store allows.",
    )
    owner_name = fields.Char(string="Owner", related="vehicle_id.owner_id.name")
    owner_phone = fields.Char(string="Phone", related="vehicle_id.owner_id.phone")
    missing_papers = fields.Char(compute="_compute_missing_papers")
    ledger_problems = fields.Char(
        string="To Complete",
        compute="_compute_ledger_problem_text",
        help="What is missing in the ledger or does not agree with the tracker.",
    )
    days_assess = fields.Integer(
        string="Reception → Assessment (days)",
        compute="_compute_stage_days",
        store=True,
        aggregator="avg",
    )
    days_repair = fields.Integer(
        string="Assessment → Repaired (days)",
        compute="_compute_stage_days",
        store=True,
        aggregator="avg",
    )
    days_papers = fields.Integer(
        string="Repaired → Papers (days)",
        compute="_compute_stage_days",
        store=True,
        aggregator="avg",
    )
    days_submit = fields.Integer(
        string="Papers → Submitted (days)",
        compute="_compute_stage_days",
        store=True,
        aggregator="avg",
    )
    days_insurer = fields.Integer(
        string="Submitted → Paid (days)",
        compute="_compute_stage_days",
        store=True,
        aggregator="avg",
    )
    days_close = fields.Integer(
        string="Paid → Closed (days)",
        compute="_compute_stage_days",
        store=True,
        aggregator="avg",
    )

    _ledger_seq_uniq = models.UniqueIndex(
        "(company_id, ledger_year, ledger_seq) WHERE ledger_seq > 0",
        "This number of the claim ledger is taken.",
    )

    # -------------------------------------------------------------- Computes
    @api.depends("received_at", "ledger_entered_at", "company_id", "is_historical")
    def _compute_is_ledger_late(self):
        for claim in self:
            company = claim.company_id
            entered, received = claim.ledger_entered_at, claim.received_at
            claim.is_ledger_late = bool(
                entered
                and received
                and not claim.is_historical
                and company._dealer_local_day(entered)
                > company._dealer_local_day(received)
            )

    @api.depends("tracker_lag_days", "company_id.dealer_claim_tracker_days")
    def _compute_is_tracker_late(self):
        for claim in self:
            limit = claim.company_id.dealer_claim_tracker_days
            claim.is_tracker_late = claim.tracker_lag_days > limit

    @api.depends("missing_document_ids")
    @api.depends_context("lang")
    def _compute_missing_papers(self):
        for claim in self:
            names = claim.missing_document_ids.mapped("display_name")
            claim.missing_papers = self.env._(", ").join(names)

    @api.depends("ledger_no", "report_no", "state", "settlement_total")
    @api.depends_context("lang")
    def _compute_ledger_problem_text(self):
        words = self._ledger_problem_labels()
        problems = self._ledger_problems()
        for claim in self:
            claim.ledger_problems = self.env._(", ").join(
                words[code] for code in problems[claim]
            )

    @api.depends(
        "received_at",
        "assessed_at",
        "repaired_at",
        "handed_over_at",
        "submitted_on",
        "insurer_paid_on",
        "closed_at",
        "company_id",
    )
    def _compute_stage_days(self):
        """Days of the store between the facts; 0 while one of them is missing."""
        steps = (
            ("days_assess", "received_at", "assessed_at"),
            ("days_repair", "assessed_at", "repaired_at"),
            ("days_papers", "repaired_at", "handed_over_at"),
            ("days_submit", "handed_over_at", "submitted_on"),
            ("days_insurer", "submitted_on", "insurer_paid_on"),
            ("days_close", "insurer_paid_on", "closed_at"),
        )
        for claim in self:
            for name, start, end in steps:
                first, last = claim._fact_day(start), claim._fact_day(end)
                days = (last - first).days if first and last else 0
                claim[name] = max(days, 0)

    def _fact_day(self, name):
        """Store day of a fact, False while it has not happened."""
        return self[name] and self._ball_day(self[name])

    # ---------------------------------------------------------- Consistency
    def _ledger_problem_labels(self):
        """What the codes of ``_ledger_problems`` mean."""
        _ = self.env._
        return {
            "number": _("no ledger number"),
            "report_no": _("no report number and no reason for it"),
            "accident": _("kind or time of the accident is missing"),
            "receptionist": _("no receptionist"),
            "submitter": _("no submitter although submitted"),
            "papers": _("submitted without a hand-over of the papers"),
            "released": _("submitted, but the car has not left"),
            "split": _("the parts do not add up to the repair bill"),
            "paid_day": _("money of the insurer without its day"),
            "order": _("days in an impossible order"),
        }

    def _ledger_problems(self):
        """What is missing in the ledger or contradicts the tracker (S65, G-C3 ⑤).

        :return: dict claim -> list of codes, empty when all is well
        """
        return {claim: claim._ledger_problem_codes() for claim in self}

    def _ledger_problem_codes(self):
        self.ensure_one()
        is_zero = self.currency_id.is_zero
        insurer_case = self.claim_kind != "self_pay"
        submitted = bool(self.submitted_on)
        own = not self.is_historical
        found = {
            "number": not self.ledger_no,
            "report_no": insurer_case and not (self.report_no or self.no_report_reason),
            "accident": own and not (self.accident_type and self.accident_at),
            "receptionist": not self.receptionist_id,
            "submitter": submitted and not self.submitter_id,
            "papers": own and submitted and not self.audited_at,
            "released": own and submitted and self.needs_gate and not self.released_at,
            "split": own
            and bool(self.costs_locked_at)
            and not is_zero(self.split_difference),
            "paid_day": not is_zero(self.insurer_received) and not self.insurer_paid_on,
            "order": not self._has_good_order(),
        }
        return [code for code, bad in found.items() if bad]

    def _has_good_order(self):
        """Whether the days of the case follow each other as they must."""
        for names in ORDERS:
            days = [day for day in map(self._fact_day, names) if day]
            if days != sorted(days):
                return False
        return True

    # -------------------------------------------------------------- Numbers
    def _guarded_names(self):
        # EXTENDS dealer_claims: numbers and times that the system gives
        names = [
            "ledger_year",
            "ledger_seq",
            "ledger_no",
            "ledger_entered_at",
            "tracker_updated_at",
            "tracker_lag_days",
        ]
        return list(dict.fromkeys([*super()._guarded_names(), *names]))

    @api.model_create_multi
    def create(self, vals_list):
        claims = super().create(vals_list)
        claims._sudo_assign_ledger_numbers()
        return claims

    def _sudo_stamp_tracker(self, days):
        """Keep when the tracker was updated, and how late (S103).

        :param days: dict claim -> days that were entered in it now
        """
        # sudo: the moment is kept by the system, whoever enters the day
        now = fields.Datetime.now()
        for claim in self.filtered(lambda claim: not claim.is_historical).sudo():
            today = claim.company_id._dealer_today()
            lags = [(today - day).days for day in days.get(claim, []) if day]
            claim._write_protected(
                {
                    "tracker_updated_at": now,
                    "tracker_lag_days": max([claim.tracker_lag_days, *lags]),
                }
            )

    def _sudo_assign_ledger_numbers(self):
        """Give every case the next number of its store and year, in order of reception.

        Who numbers a ledger holds its lock until the end of the transaction: number
        n+1 is only given when n is committed, so there is no gap, and a rollback frees
        the number. What others committed after our snapshot was taken is read by a
        cursor of its own; the unique index decides in the end.
        """
        # sudo: the number is given by the system, whoever receives the car
        now = fields.Datetime.now()
        ledgers = self.sudo().grouped(
            lambda claim: (
                (claim.company_id, claim._fact_day("received_at").year)
                if claim.received_at
                else (claim.company_id, claim.company_id._dealer_today().year)
            )
        )
        for key in sorted(ledgers, key=lambda key: (key[0].id, key[1])):
            claims = ledgers[key].sorted(lambda c: (c.received_at or now, c.id))
            claims._assign_ledger_block(*key, now)

    def _assign_ledger_block(self, company, year, now):
        """Number ``self`` in one ledger, as ``_sudo_assign_ledger_numbers`` says."""
        self.env.execute_query(
            SQL(
                "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
                f"dealer.claim.ledger/{company.id}/{year}",
            )
        )
        first = 1 + max(
            self._last_ledger_seq(company, year),
            self._committed_ledger_seq(company, year),
        )
        while True:
            try:
                with self.env.cr.savepoint():
                    for seq, claim in enumerate(self, start=first):
                        claim._write_protected(
                            {
                                "ledger_year": year,
                                "ledger_seq": seq,
                                "ledger_no": f"{year}-{seq:0{LEDGER_NO_DIGITS}d}",
                                "ledger_entered_at": now,
                            }
                        )
                    self.flush_recordset(["ledger_year", "ledger_seq", "ledger_no"])
            except psycopg2.errors.UniqueViolation as error:
                if error.diag.constraint_name != f"{self._table}_ledger_seq_uniq":
                    raise
                first += 1
            else:
                return

    def _last_ledger_seq(self, company, year):
        """Highest number of one ledger that is visible now; 0 when it is empty."""
        domain = Domain("company_id", "=", company.id) & Domain(
            "ledger_year", "=", year
        )
        [(last,)] = self._read_group(
            domain & Domain("ledger_seq", ">", 0), aggregates=["ledger_seq:max"]
        )
        return last or 0

    def _committed_ledger_seq(self, company, year):
        """Highest committed number of one ledger, newer than our own snapshot."""
        with self.env.registry.cursor() as cr:
            cr.execute(
                SQL(
                    "SELECT COALESCE(MAX(ledger_seq), 0) FROM %s"
                    " WHERE company_id = %s AND ledger_year = %s",
                    SQL.identifier(self._table),
                    company.id,
                    year,
                )
            )
            return cr.fetchone()[0]


class DealerClaimSubmission(models.Model):
    _inherit = "dealer.claim.submission"

    def write(self, vals):
        # EXTENDS dealer_claims: a day of the insurer was entered in the tracker
        result = super().write(vals)
        names = [name for name in DATE_CHAIN if vals.get(name)]
        if names:
            self.claim_id._sudo_stamp_tracker(
                {
                    submission.claim_id: [submission[name] for name in names]
                    for submission in self
                }
            )
        return result


class DealerClaimReturn(models.Model):
    _inherit = "dealer.claim.return"

    @api.model_create_multi
    def create(self, vals_list):
        # EXTENDS dealer_claims: a return was entered in the tracker
        returns = super().create(vals_list)
        returns.claim_id._sudo_stamp_tracker(
            {item.claim_id: [item.returned_on] for item in returns}
        )
        return returns


class ResCompany(models.Model):
    _inherit = "res.company"

    dealer_claim_tracker_days = fields.Integer(
        string="Tracker Updated Within (days)",
        default=1,
        help="Days after an event within which the submitter enters it in the claim "
        "tracker; later entries are marked and counted in the audit (S103).",
    )
    dealer_claim_sample_count = fields.Integer(
        string="Cases Sampled per Ledger Audit",
        default=5,
        help="Cases of a month that the claims leader compares with paper and car.",
    )

    _dealer_claim_ledger_positive = models.Constraint(
        "CHECK (dealer_claim_tracker_days >= 0 AND dealer_claim_sample_count >= 1)",
        "Days are not negative, and an audit looks at one case at least.",
    )


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    dealer_claim_tracker_days = fields.Integer(
        related="company_id.dealer_claim_tracker_days", readonly=False
    )
    dealer_claim_sample_count = fields.Integer(
        related="company_id.dealer_claim_sample_count", readonly=False
    )

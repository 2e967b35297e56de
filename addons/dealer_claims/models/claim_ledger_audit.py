import logging
import random

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from odoo.addons.dealer_base.models.guard_mixin import Violation

_logger = logging.getLogger(__name__)

#: Numbers that a comparison writes.
NUMBERS = (
    "case_count",
    "ledger_count",
    "missing_count",
    "ledger_late_count",
    "tracker_late_count",
    "inconsistent_count",
)


class DealerClaimLedgerAudit(models.Model):
    """Monthly audit of claim ledger and tracker by the claims leader (S65).

    Every case received in the month is looked at by the system: is it in the ledger,
    was it entered in time, was the tracker kept up to date, do both agree. A sample of
    cases is compared with paper and car by the leader, and he writes the guidance that
    he gave.

    draft → signed; the insurance manager gives it back to the leader or notes it.
    """

    _name = "dealer.claim.ledger.audit"
    _description = "Claim Ledger Audit"
    _inherit = ["dealer.derived.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "month desc, company_id, id desc"
    _check_company_auto = True
    _guard_transitions = ("sign",)
    _protected_fields = (
        "name",
        "state",
        "company_id",
        "month",
        "compared_at",
        "signed_at",
        "signed_by_id",
        "seen_at",
        "seen_by_id",
        "return_reason",
        *NUMBERS,
    )

    name = fields.Char(string="Audit No.", readonly=True, copy=False, default="/")
    company_id = fields.Many2one(
        "res.company",
        string="Store",
        required=True,
        readonly=True,
        index=True,
        default=lambda self: self.env.company,
    )
    month = fields.Date(required=True, readonly=True, index=True, copy=False)
    state = fields.Selection(
        [("draft", "To Check"), ("signed", "Signed"), ("seen", "Seen by Manager")],
        required=True,
        readonly=True,
        default="draft",
        index=True,
        tracking=True,
    )
    case_count = fields.Integer(string="Cases Received", readonly=True, copy=False)
    ledger_count = fields.Integer(string="In the Ledger", readonly=True, copy=False)
    missing_count = fields.Integer(
        string="Numbers Missing",
        readonly=True,
        copy=False,
        help="Cases without a ledger number, and gaps in the running numbers.",
    )
    ledger_late_count = fields.Integer(string="Entered Late", readonly=True, copy=False)
    tracker_late_count = fields.Integer(
        string="Tracker Late", readonly=True, copy=False
    )
    inconsistent_count = fields.Integer(
        string="Incomplete or Different", readonly=True, copy=False
    )
    completeness = fields.Float(
        compute="_compute_completeness", store=True, aggregator="avg", digits=(6, 4)
    )
    compared_at = fields.Datetime(string="Compared", readonly=True, copy=False)
    line_ids = fields.One2many(
        "dealer.claim.ledger.audit.line", "audit_id", string="Cases to Look At"
    )
    sample_done = fields.Char(string="Samples", compute="_compute_sample_done")
    guidance = fields.Text(
        string="Guidance Given",
        tracking=True,
        help="Who was shown what, and how ledger and tracker are kept from now on.",
    )
    signed_at = fields.Datetime(string="Signed", readonly=True, copy=False)
    signed_by_id = fields.Many2one(
        "res.users", string="Claims Leader", readonly=True, copy=False
    )
    seen_at = fields.Datetime(string="Seen", readonly=True, copy=False)
    seen_by_id = fields.Many2one(
        "res.users", string="Manager", readonly=True, copy=False
    )
    return_reason = fields.Text(readonly=True, copy=False)

    _one_per_month = models.UniqueIndex(
        "(company_id, month)", "The claim ledger of this month has its audit already."
    )

    # -------------------------------------------------------------- Computes
    @api.depends("case_count", "ledger_count")
    def _compute_completeness(self):
        for audit in self:
            count = audit.case_count
            audit.completeness = audit.ledger_count / count if count else 1.0

    @api.depends("line_ids.result", "line_ids.is_sample")
    def _compute_sample_done(self):
        for audit in self:
            samples = audit.line_ids.filtered("is_sample")
            done = samples.filtered("result")
            audit.sample_done = f"{len(done)}/{len(samples)}"

    @api.depends("month", "name")
    def _compute_display_name(self):
        for audit in self:
            audit.display_name = self.env._(
                "Claim Ledger Audit %(month)s",
                month=audit.month.strftime("%Y-%m") if audit.month else "",
            )

    # ------------------------------------------------------------------ Data
    def _last_day(self):
        self.ensure_one()
        return fields.Date.end_of(self.month, "month")

    def _month_domain(self):
        """Cases received in the month of the audit, by the days of the store."""
        self.ensure_one()
        engine = self.env["dealer.kpi.engine"]
        zone = self.company_id._dealer_timezone_name()
        first, last = engine._utc_bounds(zone, self.month, self._last_day())
        return (
            Domain("company_id", "=", self.company_id.id)
            & Domain("received_at", ">=", first)
            & Domain("received_at", "<=", last)
        )

    def _sudo_compare(self):
        """Look at every case of the month; what was written by hand stays."""
        # sudo: the comparison is the store's, whoever asks for it
        for audit in self.sudo():
            claims = audit.env["dealer.claim"].search(
                audit._month_domain(), order="ledger_seq, id"
            )
            problems = claims._ledger_problems()
            audit._write_lines(claims, problems)
            audit._write_protected(
                {
                    "case_count": len(claims),
                    "ledger_count": len(claims.filtered("ledger_no")),
                    "missing_count": audit._gap_count(claims),
                    "ledger_late_count": len(claims.filtered("is_ledger_late")),
                    "tracker_late_count": len(claims.filtered("is_tracker_late")),
                    "inconsistent_count": sum(
                        1 for codes in problems.values() if codes
                    ),
                    "compared_at": fields.Datetime.now(),
                }
            )
        self.invalidate_recordset()

    @api.model
    def _gap_count(self, claims):
        """Cases without number, and numbers of the month that nobody has.

        Numbers of imported cases follow the day of the import and are left out.
        """
        own = claims.filtered(lambda claim: not claim.is_historical)
        numbers = own.filtered("ledger_seq").sorted("ledger_seq")
        gaps = 0
        if numbers:
            taken = self.env["dealer.claim"].search_count(
                [
                    ("company_id", "=", numbers[0].company_id.id),
                    ("ledger_year", "=", numbers[0].ledger_year),
                    ("ledger_seq", ">=", numbers[0].ledger_seq),
                    ("ledger_seq", "<=", numbers[-1].ledger_seq),
                ]
            )
            gaps = numbers[-1].ledger_seq - numbers[0].ledger_seq + 1 - taken
        return gaps + len(claims.filtered(lambda claim: not claim.ledger_no))

    def _write_lines(self, claims, problems):
        self.ensure_one()
        known = {line.claim_id: line for line in self.line_ids}
        sampled = self.line_ids.filtered("is_sample").claim_id
        wanted = min(self.company_id.dealer_claim_sample_count, len(claims))
        if len(sampled) < wanted:
            # Drawn once, the same for everybody who compares again.
            drawer = random.Random(f"{self.company_id.id}/{self.month}")
            pool = (claims - sampled).sorted("id").ids
            drawn = drawer.sample(pool, wanted - len(sampled))
            sampled |= claims.browse(drawn)
        vals_list = []
        for claim in claims:
            vals = {
                "problems": problems[claim],
                "is_ledger_late": claim.is_ledger_late,
                "is_tracker_late": claim.is_tracker_late,
                "is_sample": claim in sampled,
            }
            line = known.pop(claim, None)
            wrong = problems[claim] or claim.is_ledger_late or claim.is_tracker_late
            if line:
                line._write_protected(vals)
            elif wrong or claim in sampled:
                vals_list.append({"audit_id": self.id, "claim_id": claim.id, **vals})
        # sudo: nobody holds the right to add lines; the audit writes them
        lines_sudo = self.env["dealer.claim.ledger.audit.line"].sudo()
        lines_sudo._create_protected(vals_list)

    # ---------------------------------------------------------------- Guards
    def _guard_shown(self, transition):
        return self.filtered(lambda audit: audit.state == "draft")

    def _guard_transition_label(self, transition):
        return self.env._("Sign")

    def _guard_sign(self):
        """G-G3: month over, samples done, guidance written; G-G4: another person."""
        _ = self.env._
        violations = []
        for audit in self:
            reasons = []
            if audit.company_id._dealer_today() <= audit._last_day():
                reasons.append(_("the month is not over"))
            waiting = audit.line_ids.filtered(lambda ln: ln.is_sample and not ln.result)
            if waiting:
                reasons.append(
                    _(
                        "samples not compared: %(cases)s",
                        cases=", ".join(waiting.claim_id.mapped("name")),
                    )
                )
            unexplained = audit.line_ids.filtered(
                lambda ln: ln.result == "different" and not (ln.note or "").strip()
            )
            if unexplained:
                reasons.append(
                    _(
                        "samples that differ without a remark: %(cases)s",
                        cases=", ".join(unexplained.claim_id.mapped("name")),
                    )
                )
            found = audit.line_ids.filtered(lambda ln: ln._is_finding())
            if found and not (audit.guidance or "").strip():
                reasons.append(
                    _(
                        "%(count)s cases with findings and no guidance written",
                        count=len(found),
                    )
                )
            violations += [Violation("G-G3", audit, reason) for reason in reasons]
            # sudo: logins of colleagues are no secret to a guard
            claims_sudo = audit.line_ids.claim_id.sudo()
            keepers = claims_sudo.receptionist_id | claims_sudo.submitter_id
            if self.env.user in keepers.user_id:
                violations.append(
                    Violation(
                        "G-G4",
                        audit,
                        _(
                            "%(user)s has received or submitted cases of the month",
                            user=self.env.user.name,
                        ),
                    )
                )
        return violations

    def _protected_hint(self, field_name):
        return self.env._("Use the buttons of the audit.")

    # ----------------------------------------------------------- Transitions
    def action_refresh(self):
        """Compare ledger and tracker with the cases once more."""
        self._check_holds("claim_leader")
        self.check_access("write")
        self._check_state(("draft",), self.env._("Compare Again"))
        self._sudo_compare()
        return True

    def action_sign(self):
        """The claims leader signs that ledger and tracker were checked.

        :raises GuardError: G-G3, G-G4
        """
        self._check_holds("claim_leader")
        self.check_access("write")
        self._check_state(("draft",), self.env._("Sign"))
        self._sudo_compare()
        self._check_guards("sign")
        self._write_protected(
            {
                "state": "signed",
                "signed_at": fields.Datetime.now(),
                "signed_by_id": self.env.uid,
                "return_reason": False,
            }
        )
        self.activity_unlink(["dealer_claims.activity_ledger_audit"])
        return True

    def action_see(self):
        """The insurance manager has read the audit."""
        self._check_holds("insurance_manager")
        self.check_access("write")
        self._check_state(("signed",), self.env._("Seen by Manager"))
        self._write_protected(
            {
                "state": "seen",
                "seen_at": fields.Datetime.now(),
                "seen_by_id": self.env.uid,
            }
        )
        return True

    def action_return_audit(self, reason=None):
        """The insurance manager gives the audit back to the leader.

        :param reason: what has to be looked at again; without it a dialog asks
        """
        self._check_holds("insurance_manager")
        self.check_access("write")
        self._check_state(("signed", "seen"), self.env._("Return to Leader"))
        if not (reason or "").strip():
            return self.env["dealer.return.wizard"]._open_for(self, "return_audit")
        self._write_protected(
            {
                "state": "draft",
                "signed_at": False,
                "signed_by_id": False,
                "seen_at": False,
                "seen_by_id": False,
                "return_reason": reason.strip(),
            }
        )
        self._sudo_ask_leader()
        return True

    def action_open_cases(self):
        """Open the cases of the month."""
        self.check_access("read")
        self.ensure_one()
        return self.env["dealer.kpi.engine"]._records_action(
            "dealer.claim", self._month_domain(), self.display_name
        )

    # ------------------------------------------------------------------ Cron
    @api.model
    def _sudo_create_for(self, company, month):
        """The audit of a month of a store, compared and given to its leader."""
        # sudo: the system makes the audit, nobody types one in
        sequence_sudo = self.env["ir.sequence"].sudo().with_company(company)
        audit = self.sudo()._create_protected(
            [
                {
                    "name": sequence_sudo.next_by_code(self._name) or "/",
                    "company_id": company.id,
                    "month": month,
                }
            ]
        )
        audit._sudo_compare()
        audit._sudo_ask_leader()
        return self.browse(audit.ids)

    def _sudo_ask_leader(self):
        for audit in self.sudo():
            company = audit.company_id
            user = company._dealer_post_user("claim_leader", "insurance_manager")
            if not user:
                continue
            record = audit.with_context(lang=user.lang or self.env.lang)
            record.activity_schedule(
                "dealer_claims.activity_ledger_audit",
                date_deadline=company._dealer_add_working_days(
                    company._dealer_today(), company.dealer_review_due_days
                ),
                user_id=user.id,
                summary=record.env._("Check: %(name)s", name=record.display_name),
                note=audit.return_reason or False,
            )

    @api.model
    def _cron_create(self):
        """The audit of the month before, once for each store that received cases."""
        cron = self.env["ir.cron"]
        todo = []
        for company in self.env["res.company"]._dealer_stores():
            month = company._dealer_today().replace(day=1) - relativedelta(months=1)
            if not self.search_count(
                [("company_id", "=", company.id), ("month", "=", month)], limit=1
            ) and self.env["dealer.claim"].search_count(
                self.new({"company_id": company.id, "month": month})._month_domain(),
                limit=1,
            ):
                todo.append((company, month))
        cron._commit_progress(remaining=len(todo))
        for company, month in todo:
            try:
                with self.env.cr.savepoint():
                    self._sudo_create_for(company, month)
            except Exception:
                # One store must not keep the others from their audits.
                _logger.exception("Ledger audit of %s failed", company.name)
            if not cron._commit_progress(1):
                break

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            raise UserError(
                self.env._("Audits of the claim ledger are made by the system.")
            )
        return super().create(vals_list)


class DealerClaimLedgerAuditLine(models.Model):
    """One case that the leader looks at: a finding of the system, or a sample."""

    _name = "dealer.claim.ledger.audit.line"
    _description = "Case of a Claim Ledger Audit"
    _inherit = ["dealer.derived.mixin"]
    _order = "is_sample desc, id"
    _check_company_auto = True
    _protected_fields = (
        "audit_id",
        "claim_id",
        "problems",
        "is_ledger_late",
        "is_tracker_late",
        "is_sample",
    )

    audit_id = fields.Many2one(
        "dealer.claim.ledger.audit",
        required=True,
        index=True,
        ondelete="cascade",
        readonly=True,
    )
    company_id = fields.Many2one(
        related="audit_id.company_id", store=True, index=True, string="Store"
    )
    claim_id = fields.Many2one(
        "dealer.claim", required=True, index=True, check_company=True, readonly=True
    )
    ledger_no = fields.Char(related="claim_id.ledger_no")
    plate = fields.Char(related="claim_id.plate")
    receptionist_id = fields.Many2one(related="claim_id.receptionist_id")
    problems = fields.Json(readonly=True)
    problem_text = fields.Char(string="What Was Found", compute="_compute_problem_text")
    is_ledger_late = fields.Boolean(string="Entered Late", readonly=True)
    is_tracker_late = fields.Boolean(string="Tracker Late", readonly=True)
    is_sample = fields.Boolean(string="Sample", readonly=True)
    result = fields.Selection(
        [("same", "Agrees"), ("different", "Differs")],
        string="Sample Result",
        help="Ledger and tracker held against the paper and the car.",
    )
    note = fields.Char(string="Remark")

    _claim_uniq = models.UniqueIndex(
        "(audit_id, claim_id)", "The case stands in the audit already."
    )

    @api.depends("problems", "is_ledger_late", "is_tracker_late")
    @api.depends_context("lang")
    def _compute_problem_text(self):
        words = self.env["dealer.claim"]._ledger_problem_labels()
        for line in self:
            texts = [words.get(code, code) for code in line.problems or []]
            if line.is_ledger_late:
                texts.append(self.env._("entered late"))
            if line.is_tracker_late:
                texts.append(self.env._("tracker late"))
            line.problem_text = self.env._(", ").join(texts)

    def _is_finding(self):
        self.ensure_one()
        late = self.is_ledger_late or self.is_tracker_late
        return bool(self.problems or late or self.result == "different")

    def write(self, vals):
        if vals.keys() & {"result", "note"}:
            self._check_holds("claim_leader")
            if any(audit.state != "draft" for audit in self.audit_id):
                raise UserError(
                    self.env._("The audit is signed; its findings do not change.")
                )
        return super().write(vals)

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools.misc import format_date, formatLang

from odoo.addons.dealer_base.models.guard_mixin import Violation

from ..tools.closing_points import Point, is_tolerated

LEADERS = ("claim_leader", "insurance_manager")
BATCH = 200


class DealerClaim(models.Model):
    """Closing check of every case (S66, SM-10 rows 15 and 16, G-C3).

    The system begins the check when the money of the case is settled; the claims
    leader looks at six points and closes, or gives the case back to its submitter. The
    insurance manager opens a closed case again.
    """

    _inherit = "dealer.claim"

    closing_check_ids = fields.One2many(
        "dealer.claim.closing.check", "claim_id", string="Closing Checks"
    )
    closing_check_id = fields.Many2one(
        "dealer.claim.closing.check",
        compute="_compute_closing_check_id",
    )
    closing_check_at = fields.Datetime(
        string="Closing Check Since", readonly=True, copy=False, tracking=True
    )
    closing_returned_at = fields.Datetime(
        string="Returned by the Leader", readonly=True, copy=False
    )
    closed_at = fields.Datetime(
        string="Closed", readonly=True, copy=False, index=True, tracking=True
    )
    closed_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    closing_days = fields.Integer(
        string="Days to Close",
        compute="_compute_closing_days",
        store=True,
        aggregator="avg",
        help="Days of the store from the reception to the closing of the case (K29).",
    )
    closing_note = fields.Text(
        string="Explanation of the Difference",
        copy=False,
        tracking=True,
        help="Why the insurer paid another amount than expected, when no accounting "
        "entry says so.",
    )
    closing_html = fields.Html(
        string="Points of the Closing Check",
        compute="_compute_closing_html",
        sanitize=False,
        exportable=False,
    )
    is_closing_ready = fields.Boolean(
        compute="_compute_is_closing_ready",
        export_string_translation=False,
        exportable=False,
    )

    # -------------------------------------------------------------- Computes
    @api.depends("closing_check_ids")
    def _compute_closing_check_id(self):
        for claim in self:
            claim.closing_check_id = claim.closing_check_ids.sorted("id")[-1:]

    @api.depends("received_at", "closed_at", "company_id")
    def _compute_closing_days(self):
        for claim in self:
            company = claim.company_id
            days = 0
            if claim.received_at and claim.closed_at:
                start = company._dealer_local_day(claim.received_at)
                days = (company._dealer_local_day(claim.closed_at) - start).days
            claim.closing_days = max(days, 0)

    @api.depends("costs_locked_at", "refund_due", "reconciled_at", "insurer_open")
    def _compute_is_closing_ready(self):
        for claim in self:
            claim.is_closing_ready = not claim._closing_obstacles()

    @api.depends(
        "audited_at",
        "insurer_open",
        "self_paid_open",
        "refund_due",
        "reconciled_at",
        "insurer_difference",
        "closing_note",
        "ledger_no",
    )
    @api.depends_context("lang")
    def _compute_closing_html(self):
        points = self.filtered("id")._closing_points()
        Check = self.env["dealer.claim.closing.check"]
        for claim in self:
            found = points.get(claim)
            claim.closing_html = found and Check._points_html(claim, found)

    def _guarded_names(self):
        # EXTENDS dealer_claims: what the buttons of this file set
        names = ["closing_returned_at", "closed_by_id"]
        return list(dict.fromkeys([*super()._guarded_names(), *names]))

    # ---------------------------------------------------------------- Points
    def _has_insurer_part(self):
        """Whether an insurer has to pay anything for the case."""
        self.ensure_one()
        if self.claim_kind == "self_pay":
            return False
        is_zero = self.currency_id.is_zero
        parts = (
            self.expected_insurer_payment,
            self.insurer_received,
            self.insurer_open,
        )
        return any(not is_zero(amount) for amount in parts)

    def _closing_points(self):
        """The six points of every case, with what was found (G-C3).

        The number of queries does not depend on the number of cases.

        :return: dict claim -> list of ``tools.closing_points.Point``
        """
        problems = self._ledger_problems()
        open_refunds = self._sudo_open_refunds()
        explained = self._explained_differences()
        return {
            claim: [
                claim._point_documents(),
                claim._point_insurer(),
                claim._point_customer(),
                claim._point_refunds(open_refunds.get(claim.id, 0)),
                claim._point_ledger(problems[claim]),
                claim._point_difference(explained.get(claim, "")),
            ]
            for claim in self
        }

    def _point_documents(self):
        """① The papers are handed over, checked and complete."""
        if self.claim_kind == "self_pay":
            return Point("documents", True, "no_file", {})
        if self.is_historical:
            return Point("documents", True, "historical", {})
        missing = self.missing_document_ids
        if missing:
            facts = {"papers": ", ".join(missing.mapped("display_name"))}
            return Point("documents", False, "papers_missing", facts)
        if not self.audited_at:
            return Point("documents", False, "not_audited", {})
        facts = {"count": self.document_count, "day": self._iso(self.audited_at)}
        return Point("documents", True, "archived", facts)

    def _point_insurer(self):
        """② The insurer's payment is reconciled, nothing of it is open."""
        if not self._has_insurer_part():
            return Point("insurer", True, "no_insurer", {})
        facts = {"amount": self.insurer_received, "open": self.insurer_open}
        if not self.reconciled_at:
            return Point("insurer", False, "not_reconciled", facts)
        if not self.currency_id.is_zero(self.insurer_open):
            return Point("insurer", False, "insurer_open", facts)
        facts["day"] = self._iso(self.reconciled_at)
        return Point("insurer", True, "insurer_paid", facts)

    def _point_customer(self):
        """③ The customer's own part is received."""
        facts = {"amount": self.self_paid_received, "open": self.self_paid_open}
        if self.currency_id.compare_amounts(self.self_paid_open, 0) > 0:
            return Point("customer", False, "customer_open", facts)
        if self.currency_id.is_zero(self.self_paid):
            return Point("customer", True, "no_self_paid", facts)
        return Point("customer", True, "customer_paid", facts)

    def _point_refunds(self, open_count):
        """④ What is owed to the customer is paid."""
        facts = {"open": self.refund_due, "count": open_count}
        if not self.currency_id.is_zero(self.refund_due):
            return Point("refunds", False, "refund_open", facts)
        if open_count:
            return Point("refunds", False, "refund_running", facts)
        if self.refund_ids:
            return Point("refunds", True, "refund_paid", facts)
        return Point("refunds", True, "no_refund", facts)

    def _point_ledger(self, problems):
        """⑤ Manual ledger and tracker are complete and say the same."""
        facts = {"number": self.ledger_no or "", "codes": problems}
        return Point("ledger", not problems, "ledger_bad" if problems else "ok", facts)

    def _point_difference(self, explained):
        """⑥ Paid as expected, or the difference is explained."""
        company = self.company_id
        difference = self._closing_difference()
        facts = {
            "amount": difference,
            "expected": self.expected_insurer_payment,
            "text": explained or self.closing_note or "",
        }
        if is_tolerated(
            difference,
            self.expected_insurer_payment,
            company.dealer_difference_amount,
            company.dealer_difference_rate,
        ):
            return Point("difference", True, "as_expected", facts)
        if facts["text"].strip():
            return Point("difference", True, "explained", facts)
        return Point("difference", False, "unexplained", facts)

    def _closing_difference(self):
        """Paid less expected; the whole payment where a settled case brought none."""
        self.ensure_one()
        if self.insurer_paid_on:
            return self.insurer_difference
        return -self.expected_insurer_payment if self.reconciled_at else 0.0

    def _explained_differences(self):
        """Words of the decided differences of these cases.

        :return: dict claim -> text
        """
        # sudo: why a payment differed is no secret to who checks the case
        found_sudo = self.sudo().difference_ids.filtered(
            lambda difference: difference.state in ("booked", "settled")
        )
        if not found_sudo:
            return {}
        words = dict(found_sudo._fields["decision"]._description_selection(self.env))
        result = {}
        for difference in found_sudo:
            text = words.get(difference.decision, "")
            if difference.note:
                text = f"{text} ({difference.note})"
            claim = self.browse(difference.claim_id.id)
            result[claim] = "; ".join(filter(None, [result.get(claim), text]))
        return result

    def _sudo_open_refunds(self):
        """Number of refunds of each case that are not at their end."""
        # sudo: the check counts refunds that its reader need not see
        Refund = self.env["dealer.claim.refund"].sudo()
        if "state" not in Refund._fields:
            return {}
        groups = Refund._read_group(
            [
                ("claim_id", "in", self.ids),
                ("state", "not in", ("paid", "confirmed", "cancelled", "rejected")),
            ],
            ["claim_id"],
            ["__count"],
        )
        return {claim.id: count for claim, count in groups}

    def _iso(self, moment):
        return self.company_id._dealer_local_day(moment).isoformat()

    def _point_label(self, code):
        """Name of a point of the closing check."""
        _ = self.env._
        return {
            "documents": _("Papers archived"),
            "insurer": _("Insurer's payment reconciled"),
            "customer": _("Customer's part collected"),
            "refunds": _("Refunds paid"),
            "ledger": _("Ledger and tracker consistent"),
            "difference": _("Difference explained"),
        }[code]

    def _point_text(self, point):
        """What was found for a point, in words.

        :param point: ``tools.closing_points.Point``
        """
        self.ensure_one()
        facts = dict(point.facts)
        for name in ("amount", "open", "expected"):
            if name in facts:
                facts[name] = formatLang(
                    self.env, facts[name] or 0.0, currency_obj=self.currency_id
                )
        if facts.get("day"):
            facts["day"] = format_date(self.env, facts["day"])
        if "codes" in facts:
            words = self._ledger_problem_labels()
            codes = [words.get(code, code) for code in facts["codes"]]
            facts["codes"] = self.env._(", ").join(codes)
        return self._point_words()[point.finding] % {
            "count": "",
            "day": "",
            "text": "",
            **facts,
        }

    def _point_words(self):
        """Sentences of the findings; the names in them are filled in afterwards."""
        _ = self.env._
        return {
            "no_file": _("paid by the customer, no papers for an insurer"),
            "historical": _("taken over from the list of the time before"),
            "papers_missing": _("missing: %(papers)s"),
            "not_audited": _("the submitter has not accepted the papers"),
            "archived": _("%(count)s papers, accepted on %(day)s"),
            "no_insurer": _("no insurer has to pay"),
            "not_reconciled": _("finance has not reconciled; %(open)s open"),
            "insurer_open": _("%(open)s of the insurer are still open"),
            "insurer_paid": _("%(amount)s received, reconciled on %(day)s"),
            "customer_open": _("%(open)s of the customer are still open"),
            "no_self_paid": _("the customer pays nothing himself"),
            "customer_paid": _("%(amount)s received"),
            "refund_open": _("%(open)s are owed to the customer"),
            "refund_running": _("%(count)s refunds are not finished"),
            "refund_paid": _("all refunds are paid"),
            "no_refund": _("nothing is owed to the customer"),
            "ledger_bad": _("ledger %(number)s: %(codes)s"),
            "ok": _("ledger %(number)s agrees with the tracker"),
            "as_expected": _("%(amount)s against %(expected)s expected"),
            "explained": _("%(amount)s: %(text)s"),
            "unexplained": _(
                "%(amount)s against %(expected)s expected, without explanation"
            ),
        }

    # ---------------------------------------------------------------- Guards
    def _closing_obstacles(self):
        """Codes of the points that keep the check from beginning (row 15)."""
        self.ensure_one()
        points = [self._point_insurer(), self._point_refunds(0)]
        codes = [point.code for point in points if not point.ok]
        if not self.costs_locked_at and not self.is_historical:
            codes.append("costs")
        return codes

    def _guard_start_closing_check(self):
        """G-C3: the check begins when payment and refunds are settled."""
        _ = self.env._
        violations = []
        for claim in self:
            if not claim.costs_locked_at and not claim.is_historical:
                reason = _("the costs of the case are not locked")
                violations.append(Violation("G-C3", claim, reason))
            for point in (claim._point_insurer(), claim._point_refunds(0)):
                if not point.ok:
                    violations.append(claim._point_violation(point))
        return violations

    def _point_violation(self, point):
        reason = self.env._(
            "%(point)s: %(finding)s",
            point=self._point_label(point.code),
            finding=self._point_text(point),
        )
        return Violation("G-C3", self, reason, point.code)

    def _guard_close(self):
        """G-C3: all six points hold; G-G1: the checker has not worked on the case."""
        violations = []
        points = self._closing_points()
        for claim in self:
            violations += [
                claim._point_violation(point) for point in points[claim] if not point.ok
            ]
        return violations + self._own_case_violations()

    def _own_case_violations(self):
        """G-G1: who received or submitted a case does not check it."""
        user, violations = self.env.user, []
        for claim in self:
            own = claim.receptionist_id | claim.submitter_id
            # sudo: which login a colleague has is no secret to the check
            own_sudo = own.sudo()
            if user in own_sudo.user_id:
                violations.append(
                    Violation(
                        "G-G1",
                        claim,
                        self.env._(
                            "%(user)s has received or submitted the case",
                            user=user.name,
                        ),
                    )
                )
        return violations

    # ----------------------------------------------------------- Transitions
    def _begin_closing(self, posts, label, wanted):
        """Post, right and step of a button of the closing check."""
        self._check_holds(*posts)
        self.check_access("write")
        wrong = self.filtered(lambda claim: not wanted(claim))
        if wrong:
            raise UserError(
                self.env._(
                    "%(names)s: “%(action)s” is not the next step of the case.",
                    names=", ".join(wrong.mapped("display_name")),
                    action=label,
                )
            )

    def action_start_closing_check(self):
        """Begin the closing check of settled cases; the system does it by itself.

        :return: True
        :raises GuardError: G-C3, payment or refunds are open
        """
        self._begin_closing(
            ("claim_submitter", *LEADERS),
            self.env._("Begin Closing Check"),
            lambda claim: not claim.closing_check_at and not claim.closed_at,
        )
        self._check_guards("start_closing_check")
        self._sudo_start_closing_check()
        return True

    def _sudo_start_closing_check(self):
        """Open a check for each case; the caller has checked that it may begin."""
        # sudo: the check is a fact of the case, whoever settled its last point
        now = fields.Datetime.now()
        claims_sudo = self.sudo()
        claims_sudo._write_protected(
            {"closing_check_at": now, "closing_returned_at": False}
        )
        checks = self.env["dealer.claim.closing.check"]._sudo_open(claims_sudo)
        checks._ask_leader()
        return checks

    def action_close(self):
        """The claims leader has found all six points in order: the case is closed.

        :raises GuardError: G-C3 with every open point, G-G1 own case
        """
        self._begin_closing(
            LEADERS,
            self.env._("Close Case"),
            lambda claim: claim.closing_check_at and not claim.closed_at,
        )
        self._check_guards("close")
        self._do_close(self._prepare_close_vals())
        return True

    def _prepare_close_vals(self):
        return {
            "closed_at": fields.Datetime.now(),
            "closed_by_id": self.env.uid,
            "closing_returned_at": False,
        }

    def _do_close(self, vals):
        points = self._closing_points()
        self._write_protected(vals)
        self.closing_check_id._sign("passed", points)

    def action_return_check(self, reason=None):
        """Give a case back to its submitter.

        :param reason: what has to be put right; without it a dialog asks
        """
        self._begin_closing(
            LEADERS,
            self.env._("Return to Submitter"),
            lambda claim: claim.closing_check_at and not claim.closed_at,
        )
        if not (reason or "").strip():
            return self.env["dealer.return.wizard"]._open_for(self, "return_check")
        points = self._closing_points()
        checks = self.closing_check_id
        self._write_protected(
            {"closing_check_at": False, "closing_returned_at": fields.Datetime.now()}
        )
        checks._sign("returned", points, reason.strip())
        checks._ask_submitter()
        return True

    def action_reopen(self, reason=None):
        """Open a closed case again; it goes back to the closing check.

        :param reason: why; without it a dialog asks
        """
        self._begin_closing(
            ("insurance_manager",),
            self.env._("Reopen"),
            lambda claim: claim.closed_at,
        )
        if not (reason or "").strip():
            return self.env["dealer.return.wizard"]._open_for(self, "reopen")
        self.closing_check_id._reopen(reason.strip())
        self._write_protected({"closed_at": False, "closed_by_id": False})
        self._sudo_start_closing_check()
        return True

    def action_open_closing_check(self):
        """Open the closing check of the case."""
        self.check_access("read")
        return self.closing_check_ids._get_records_action(
            name=self.env._("Closing Check")
        )

    # ------------------------------------------------------------------ Cron
    @api.model
    def _closing_ready_domain(self):
        """Cases whose money is settled and whose check has not begun (row 15)."""
        done = Domain("reconciled_at", "!=", False) | (
            Domain("released_at", "!=", False) & Domain("claim_kind", "=", "self_pay")
        )
        return (
            Domain("closing_check_at", "=", False)
            & Domain("closing_returned_at", "=", False)
            & Domain("closed_at", "=", False)
            & Domain("refund_due", "=", 0)
            & done
        )

    @api.model
    def _cron_start_closing_checks(self):
        """Begin the check of every settled case; does nothing twice."""
        cron = self.env["ir.cron"]
        domain = self._closing_ready_domain()
        cron._commit_progress(remaining=self.search_count(domain))
        last = 0
        while claims := self.search(
            domain & Domain("id", ">", last), order="id", limit=BATCH
        ):
            last = claims[-1].id
            ready = claims.filtered(lambda claim: not claim._closing_obstacles())
            ready.try_lock_for_update(allow_referencing=True)._start_settled()
            if not cron._commit_progress(len(claims)):
                break

    def _sudo_set_reconciled(self, moment, user_id):
        # EXTENDS dealer_claims: nobody has to wait for the job
        result = super()._sudo_set_reconciled(moment, user_id)
        if moment:
            self.sudo().filtered(
                lambda claim: (
                    not claim.closing_check_at
                    and not claim.closed_at
                    and not claim.closing_returned_at
                )
            )._start_settled()
        return result

    def _start_settled(self):
        """Begin the check of those of the cases that are settled."""
        settled = self.filtered(lambda claim: not claim._closing_obstacles())
        if settled:
            settled._sudo_start_closing_check()

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

ANSWERS = [
    ("promised", "On a Later Statement"),
    ("refused", "Refused"),
    ("given_up", "Given Up"),
]


class DealerFeeMissing(models.Model):
    """Silence alarm: policies that statement after statement leaves out (S85).

    ``statements_missed`` counts the living statements of the insurer from the one of
    the policy's own period on; a daily job keeps it. From the number of the store on,
    the policy is silent: its fee is at risk until a line names it, the insurer answers
    or a manager gives it up.
    """

    _inherit = "dealer.fee.missing"

    statements_missed = fields.Integer(
        readonly=True,
        copy=False,
        default=1,
        aggregator="max",
        help="Statements of the insurer that have left the policy out.",
    )
    is_silent = fields.Boolean(
        string="Silent",
        compute="_compute_is_silent",
        store=True,
        index=True,
        help="Left out by as many statements as the store tolerates, or more.",
    )
    dispute_id = fields.Many2one(
        "dealer.fee.dispute",
        string="Dispute Letter",
        readonly=True,
        copy=False,
        index="btree_not_null",
        check_company=True,
        ondelete="set null",
    )
    answer = fields.Selection(
        ANSWERS, string="Answer of the Insurer", readonly=True, copy=False
    )
    given_up_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    given_up_at = fields.Datetime(readonly=True, copy=False)

    def _guarded_names(self):
        # EXTENDS dealer_base
        return [
            *super()._guarded_names(),
            "statements_missed",
            "dispute_id",
            "answer",
            "given_up_by_id",
            "given_up_at",
        ]

    @api.depends(
        "statements_missed",
        "is_open",
        "answer",
        "expected_fee",
        "company_id.dealer_fee_silence_statements",
    )
    def _compute_is_silent(self):
        for missing in self:
            missing.is_silent = (
                missing.is_open
                and missing.answer != "given_up"
                and missing.expected_fee > 0
                and missing.statements_missed
                >= missing.company_id.dealer_fee_silence_statements
            )

    def _check_open(self):
        self.check_access("write")
        self._check_holds("policy_clerk", "finance", "insurance_manager")
        if any(not missing.is_open for missing in self):
            raise UserError(self.env._("The policy is on a statement meanwhile."))

    def action_promised(self):
        """The insurer says that a later statement brings the policy."""
        self._check_open()
        self._write_protected({"answer": "promised"})
        return True

    def action_refused(self):
        """The insurer says that it owes no fee; its words are in the note."""
        self._check_open()
        silent = self.filtered(lambda missing: not (missing.note or "").strip())
        if silent:
            raise UserError(
                self.env._(
                    "%(policy)s: write the reason of the insurer into the note first.",
                    policy=silent[0].display_name,
                )
            )
        self._write_protected({"answer": "refused"})
        return True

    def action_give_up(self):
        """A manager lets the fee go, with the reason in the note."""
        self._check_holds("insurance_manager")
        self.check_access("read")
        if any(not missing.is_open for missing in self):
            raise UserError(self.env._("The policy is on a statement meanwhile."))
        silent = self.filtered(lambda missing: not (missing.note or "").strip())
        if silent:
            raise UserError(
                self.env._(
                    "%(policy)s: write into the note why the fee is given up.",
                    policy=silent[0].display_name,
                )
            )
        self._sudo_give_up()
        return True

    def _sudo_give_up(self):
        """The manager decides about what only the desk writes."""
        self.sudo()._write_protected(
            {
                "answer": "given_up",
                "given_up_by_id": self.env.uid,
                "given_up_at": fields.Datetime.now(),
            }
        )

    # -- daily job ---------------------------------------------------------------

    @api.model
    def _cron_silence(self):
        """Daily: count the statements that left policies out, and raise the alarm."""
        for company in self.env["res.company"]._dealer_stores():
            self._count_missed(company)
            self._raise_silence(company)
            self._remind_missing_statements(company)

    @api.model
    def _count_missed(self, company):
        """Write ``statements_missed`` of what is open; one query per insurer."""
        Statement = self.env["dealer.fee.statement"]
        open_missing = self.search(
            [("company_id", "=", company.id), ("is_open", "=", True)]
        )
        for insurer, records in open_missing.grouped("insurer_id").items():
            ends = Statement.search(
                Domain("company_id", "=", company.id)
                & Domain("insurer_id", "=", insurer.id)
                & Domain("replaced_at", "=", False)
                & Domain("matched_at", "!=", False),
                order="date_to",
            ).mapped("date_to")
            by_count = {}
            for missing in records:
                since = missing.statement_id.date_to
                count = len({end for end in ends if end >= since}) or 1
                if missing.statements_missed != count:
                    by_count.setdefault(count, self.browse())
                    by_count[count] |= missing
            for count, some in by_count.items():
                some._write_protected({"statements_missed": count})

    @api.model
    def _raise_silence(self, company):
        """One activity per insurer on its agreement, with the number and the money."""
        silent = self.search(
            [("company_id", "=", company.id), ("is_silent", "=", True)]
        )
        reminder = self.env.ref("dealer_insurance.activity_fee_silence")
        user = company._dealer_alert_user()
        for insurer, records in silent.grouped("insurer_id").items():
            agreement = self.env["dealer.agreement"]._find(
                insurer, company, company._dealer_today()
            )
            owner = agreement.user_id or user
            if (
                not agreement
                or not owner
                or reminder in agreement.activity_ids.activity_type_id
            ):
                continue
            agreement.activity_schedule(
                activity_type_id=reminder.id,
                user_id=owner.id,
                date_deadline=company._dealer_today(),
                summary=self.with_context(lang=owner.lang).env._(
                    "%(number)s policies without fee, %(amount)s at risk",
                    number=len(records),
                    amount=company.currency_id.format(
                        sum(records.mapped("expected_fee"))
                    ),
                ),
            )

    @api.model
    def _remind_missing_statements(self, company):
        """Insurers with policies of last month that sent no statement in time."""
        today = company._dealer_today()
        first = today.replace(day=1) - relativedelta(months=1)
        last = today.replace(day=1) - relativedelta(days=1)
        if (today - last).days <= company.dealer_fee_silence_days:
            return
        start = company._dealer_day_end(first - relativedelta(days=1))
        end = company._dealer_day_end(last)
        sold = self.env["dealer.policy"]._read_group(
            Domain("company_id", "=", company.id)
            & Domain("issued_at", ">=", start)
            & Domain("issued_at", "<", end)
            & Domain("state", "!=", "void"),
            ["insurer_id"],
            ["expected_fee:sum"],
        )
        covered = {
            insurer.id
            for (insurer,) in self.env["dealer.fee.statement"]._read_group(
                Domain("company_id", "=", company.id)
                & Domain("replaced_at", "=", False)
                & Domain("date_from", "<=", last)
                & Domain("date_to", ">=", first),
                ["insurer_id"],
            )
        }
        reminder = self.env.ref("dealer_insurance.activity_fee_no_statement")
        user = company._dealer_alert_user()
        for insurer, fee in sold:
            if insurer.id in covered or company.currency_id.is_zero(fee):
                continue
            agreement = self.env["dealer.agreement"]._find(insurer, company, last)
            owner = agreement.user_id or user
            if (
                not agreement
                or not owner
                or reminder in agreement.activity_ids.activity_type_id
            ):
                continue
            agreement.activity_schedule(
                activity_type_id=reminder.id,
                user_id=owner.id,
                date_deadline=today,
                summary=self.with_context(lang=owner.lang).env._(
                    "No fee statement for %(month)s, %(amount)s expected",
                    month=first.strftime("%Y-%m"),
                    amount=company.currency_id.format(fee),
                ),
            )

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from odoo.addons.dealer_base.models.guard_mixin import Violation

OPEN_ANSWERS = ("open", "sent")


class DealerFeeDispute(models.Model):
    """Letter to an insurer about the lines we withhold and the policies it left out.

    The state follows from facts: sent when it went out, answered when every point has
    its answer, closed when finance or the desk has nothing left to follow.
    """

    _name = "dealer.fee.dispute"
    _description = "Fee Dispute Letter"
    _inherit = [
        "dealer.numbered.mixin",
        "dealer.derived.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "date desc, id desc"
    _check_company_auto = True
    _protected_fields = ("state", "name", "sent_at", "sent_by_id", "closed_at")
    _guard_transitions = ("send", "close")

    name = fields.Char(string="Letter No.", readonly=True, copy=False)
    company_id = fields.Many2one(
        "res.company",
        string="Store",
        required=True,
        readonly=True,
        index=True,
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    insurer_id = fields.Many2one(
        "res.partner",
        required=True,
        readonly=True,
        index=True,
        domain=[("is_insurer", "=", True)],
    )
    contact_name = fields.Char(string="For the Attention Of")
    date = fields.Date(required=True, default=fields.Date.context_today)
    line_ids = fields.One2many(
        "dealer.fee.statement.line", "dispute_id", string="Withheld Lines"
    )
    missing_ids = fields.One2many(
        "dealer.fee.missing", "dispute_id", string="Missing Policies"
    )
    text = fields.Html(
        string="Words before the Lists", help="Empty: the usual words of the letter."
    )
    sent_at = fields.Datetime(readonly=True, copy=False)
    sent_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    answer_due = fields.Date(compute="_compute_answer_due", store=True)
    closed_at = fields.Datetime(readonly=True, copy=False)
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("sent", "Sent"),
            ("answered", "Answered"),
            ("closed", "All Settled"),
        ],
        compute="_compute_state",
        store=True,
        index=True,
        tracking=True,
    )
    point_count = fields.Integer(
        string="Points", compute="_compute_amounts", store=True
    )
    open_count = fields.Integer(
        string="Unanswered", compute="_compute_amounts", store=True
    )
    claim_amount = fields.Monetary(
        string="Claimed with VAT",
        compute="_compute_amounts",
        store=True,
        help="Fee that we expect more than was stated, and of the policies left out.",
    )
    overpaid_amount = fields.Monetary(
        string="Stated Too Much with VAT",
        compute="_compute_amounts",
        store=True,
        help="Fee that the insurer stated and that we do not claim.",
    )

    @api.depends("sent_at", "company_id.dealer_fee_answer_days")
    def _compute_answer_due(self):
        for letter in self:
            company = letter.company_id
            letter.answer_due = letter.sent_at and fields.Date.add(
                company._dealer_local_day(letter.sent_at),
                days=company.dealer_fee_answer_days,
            )

    @api.depends(
        "line_ids.dispute_state",
        "line_ids.statement_fee_incl",
        "line_ids.expected_fee_incl",
        "missing_ids.answer",
        "missing_ids.is_open",
        "missing_ids.expected_fee_incl",
    )
    def _compute_amounts(self):
        for letter in self:
            claim = overpaid = 0.0
            for line in letter.line_ids:
                delta = line.expected_fee_incl - line.statement_fee_incl
                if delta > 0:
                    claim += delta
                else:
                    overpaid -= delta
            for missing in letter.missing_ids:
                if missing.expected_fee_incl > 0:
                    claim += missing.expected_fee_incl
                else:
                    overpaid -= missing.expected_fee_incl
            letter.claim_amount = claim
            letter.overpaid_amount = overpaid
            letter.point_count = len(letter.line_ids) + len(letter.missing_ids)
            letter.open_count = len(
                letter.line_ids.filtered(lambda x: x.dispute_state in OPEN_ANSWERS)
            ) + len(letter.missing_ids.filtered(lambda m: m.is_open and not m.answer))

    @api.depends("sent_at", "closed_at", "open_count")
    def _compute_state(self):
        for letter in self:
            if letter.closed_at:
                letter.state = "closed"
            elif not letter.sent_at:
                letter.state = "draft"
            else:
                letter.state = "sent" if letter.open_count else "answered"

    def write(self, vals):
        if {"text", "date", "line_ids", "missing_ids", "contact_name"} & vals.keys():
            for letter in self:
                if letter.sent_at:
                    raise UserError(
                        self.env._(
                            "Letter %(name)s was sent and stays as it is.",
                            name=letter.name,
                        )
                    )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_sent(self):
        for letter in self:
            if letter.sent_at:
                raise UserError(
                    self.env._(
                        "Letter %(name)s was sent and is kept.", name=letter.name
                    )
                )

    # -- transitions ------------------------------------------------------------

    def _begin(self):
        self._check_holds("policy_clerk", "finance", "insurance_manager")
        self.check_access("write")

    def _guard_shown(self, transition):
        wanted = {"send": ("draft",), "close": ("sent", "answered")}[transition]
        return self.filtered(lambda letter: letter.state in wanted)

    def _guard_send(self):
        """G-Y4: a letter has points, and every withheld line says what is wrong."""
        violations = []
        for letter in self:
            if not letter.point_count:
                violations.append(
                    Violation("G-Y4", letter, self.env._("The letter has no points."))
                )
            silent = letter.line_ids.filtered(
                lambda line: not (line.explanation or "").strip()
            )
            if silent:
                violations.append(
                    Violation(
                        "G-Y4",
                        letter,
                        self.env._(
                            "Lines without explanation: %(names)s.",
                            names=", ".join(silent.mapped("display_name")[:5]),
                        ),
                    )
                )
        return violations

    def action_send(self):
        """The letter goes out; from now on its points wait for the insurer."""
        self._begin()
        if any(letter.sent_at for letter in self):
            raise UserError(self.env._("The letter was sent already."))
        self._check_guards("send")
        self._write_protected(
            {"sent_at": fields.Datetime.now(), "sent_by_id": self.env.uid}
        )
        self.line_ids.filtered(lambda x: x.dispute_state == "open")._write_protected(
            {"dispute_state": "sent"}
        )
        return True

    def action_mail(self):
        """Write the e-mail with the letter as PDF and the lists as workbook."""
        self.ensure_one()
        self._begin()
        template = self.env.ref("dealer_insurance.mail_template_fee_dispute")
        return {
            "type": "ir.actions.act_window",
            "res_model": "mail.compose.message",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_model": self._name,
                "default_res_ids": self.ids,
                "default_template_id": template.id,
                "default_composition_mode": "comment",
            },
        }

    def _guard_close(self):
        """G-Y5: every point has its answer and is settled."""
        violations = []
        for letter in self:
            waiting = letter.line_ids.filtered(
                lambda line: line.dispute_state not in ("settled", "rejected")
            )
            count = len(waiting) + len(
                letter.missing_ids.filtered(
                    lambda m: m.is_open and m.answer != "given_up"
                )
            )
            if count:
                violations.append(
                    Violation(
                        "G-Y5",
                        letter,
                        self.env._("%(number)s points are not settled.", number=count),
                        fact=str(count),
                    )
                )
        return violations

    def action_close(self):
        """Nothing of the letter is left to follow."""
        self._begin()
        if any(not letter.sent_at or letter.closed_at for letter in self):
            raise UserError(self.env._("Only a letter that was sent can be closed."))
        self._check_guards("close")
        self._write_protected({"closed_at": fields.Datetime.now()})
        return True

    def action_reopen(self):
        """A closed letter is followed again."""
        self._begin()
        self._write_protected({"closed_at": False})
        return True

    @api.model
    def _cron_remind_answer(self):
        """Daily: who sent a letter hears that its answer is overdue, once."""
        reminder = self.env.ref("dealer_insurance.activity_fee_answer")
        late = self.search(
            Domain("state", "=", "sent")
            & Domain("answer_due", "<", fields.Date.context_today(self))
            & ~Domain("activity_ids.activity_type_id", "in", reminder.ids)
        )
        for letter in late:
            user = letter.sent_by_id
            if not user.active:
                user = letter.company_id._dealer_alert_user()
            if user:
                letter.activity_schedule(
                    activity_type_id=reminder.id,
                    user_id=user.id,
                    date_deadline=fields.Date.context_today(letter),
                )


class DealerFeeStatement(models.Model):
    _inherit = "dealer.fee.statement"

    def action_dispute(self):
        """Put what is withheld, and what the insurer left out, into a letter.

        A draft letter to the insurer is continued; points of another letter stay there.

        :return: action that opens the letter
        """
        self._check_holds("policy_clerk", "finance", "insurance_manager")
        self.check_access("read")
        if len(self.company_id) != 1 or len(self.insurer_id) != 1:
            raise UserError(self.env._("Choose statements of one insurer and store."))
        lines = self.line_ids.filtered(
            lambda line: (
                line.decision == "withhold"
                and line.dispute_state == "open"
                and not line.dispute_id
                and not line.held_by_row
            )
        )
        missing = self.missing_ids.filtered(
            lambda m: (
                m.is_open
                and not m.dispute_id
                and not m.answer
                and (m.reason != "cut_off_next_month" or m.is_silent)
            )
        )
        Letter = self.env["dealer.fee.dispute"]
        letter = Letter.search(
            [
                ("company_id", "=", self.company_id.id),
                ("insurer_id", "=", self.insurer_id.id),
                ("sent_at", "=", False),
            ],
            limit=1,
        )
        if not lines and not missing and not letter:
            raise UserError(
                self.env._(
                    "Nothing is withheld and nothing is missing that is not in a "
                    "letter already."
                )
            )
        letter = letter or Letter.create(
            {"company_id": self.company_id.id, "insurer_id": self.insurer_id.id}
        )
        lines._write_protected({"dispute_id": letter.id})
        missing._write_protected({"dispute_id": letter.id})
        return letter._get_records_action(name=self.env._("Dispute Letter"))


class DealerFeeStatementLine(models.Model):
    _inherit = "dealer.fee.statement.line"

    dispute_id = fields.Many2one(
        "dealer.fee.dispute",
        string="Dispute Letter",
        readonly=True,
        copy=False,
        index="btree_not_null",
        check_company=True,
        ondelete="set null",
    )
    answer_note = fields.Char(string="Answer of the Insurer", tracking=True)

    def _check_answerable(self, *states):
        self.check_access("write")
        self._check_holds("policy_clerk", "finance", "insurance_manager")
        wrong = self.filtered(lambda line: line.dispute_state not in states)
        if wrong:
            raise UserError(
                self.env._(
                    "%(line)s is not at this step of its dispute.",
                    line=wrong[0].display_name,
                )
            )

    def action_insurer_agrees(self):
        """The insurer will correct the line on a later statement."""
        self._check_answerable("sent")
        self._write_protected({"dispute_state": "accepted"})
        return True

    def action_insurer_refuses(self):
        """The insurer stays with its figure; its words are kept."""
        self._check_answerable("sent", "accepted")
        silent = self.filtered(lambda line: not (line.answer_note or "").strip())
        if silent:
            raise UserError(
                self.env._(
                    "%(line)s: write down the answer of the insurer first.",
                    line=silent[0].display_name,
                )
            )
        self._write_protected({"dispute_state": "rejected"})
        return True

    def action_settle_as_stated(self):
        """Take the insurer's figure after all; it goes on an invoice of its own."""
        self._check_holds("finance")
        self._check_answerable("sent", "accepted", "rejected")
        if any(line.cap_exceeded for line in self):
            raise UserError(
                self.env._("A fee above the legal cap is never taken (R6).")
            )
        self._write_protected(
            {
                "decision": "agree",
                "decided_by_id": self.env.uid,
                "dispute_state": "settled",
            }
        )
        return True

    def action_settle_corrected(self):
        """A later statement or payment has put the line right."""
        self._check_answerable("sent", "accepted", "rejected")
        silent = self.filtered(lambda line: not (line.answer_note or "").strip())
        if silent:
            raise UserError(
                self.env._(
                    "%(line)s: write down with which statement it was put right.",
                    line=silent[0].display_name,
                )
            )
        self._write_protected({"dispute_state": "settled"})
        return True

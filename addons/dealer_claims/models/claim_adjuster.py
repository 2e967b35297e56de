import hashlib
import json
from datetime import timedelta
from uuid import uuid4

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import LockError, UserError
from odoo.tools import consteq

from ..const import INSURER_PAYERS

# Until the costs are locked the insurer's adjuster can still be asked.
ASK_STATES = ("received", "assessing", "assessed", "repairing", "repaired")


class DealerClaimAssessmentAnswer(models.Model):
    """What an adjuster of the insurer answered about the assessed amount.

    A register: nobody changes or deletes an answer. It says which lines it was given
    for (``fingerprint``, ``lines_json``), by whom, when and from where.
    """

    _name = "dealer.claim.assessment.answer"
    _description = "Adjuster's Answer"
    _inherit = ["dealer.append.mixin"]
    _order = "id desc"
    _check_company_auto = True

    claim_id = fields.Many2one(
        "dealer.claim", required=True, index=True, check_company=True
    )
    company_id = fields.Many2one(
        related="claim_id.company_id", store=True, index=True, precompute=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    insurer_id = fields.Many2one(
        related="claim_id.insurer_id", store=True, precompute=True
    )
    kind = fields.Selection(
        [("confirmed", "Confirmed"), ("other", "Another Amount")], required=True
    )
    asked_amount = fields.Monetary(string="Amount Asked")
    amount = fields.Monetary(string="Amount of the Adjuster")
    difference = fields.Monetary(compute="_compute_difference", store=True)
    words = fields.Text(string="Adjuster's Words")
    name = fields.Char(string="Adjuster", required=True)
    signature = fields.Binary(attachment=True)
    answered_at = fields.Datetime(required=True, default=fields.Datetime.now)
    remote_addr = fields.Char(string="Answered From")
    fingerprint = fields.Char(string="Digest of the Lines")
    lines_json = fields.Json(string="Lines as Shown")

    @api.depends("amount", "asked_amount")
    def _compute_difference(self):
        for answer in self:
            answer.difference = answer.amount - answer.asked_amount


class DealerClaim(models.Model):
    """The insurer's adjuster confirms the assessed amount by a link of his own.

    The key is another one than the customer's; it is new with every question and dies
    with the first answer, when the lines change, and after the days that the store set.
    """

    _inherit = "dealer.claim"

    adjuster_token = fields.Char(groups="base.group_system", copy=False)
    adjuster_asked_at = fields.Datetime(
        string="Adjuster Asked", readonly=True, copy=False, tracking=True
    )
    adjuster_asked_by_id = fields.Many2one(
        "res.users", string="Asked by", readonly=True, copy=False
    )
    adjuster_link = fields.Char(
        string="Link for the Adjuster",
        compute="_compute_adjuster_link",
        exportable=False,
    )
    adjuster_expires_on = fields.Date(
        string="Adjuster's Link Valid Until", compute="_compute_adjuster_link"
    )
    answer_ids = fields.One2many(
        "dealer.claim.assessment.answer", "claim_id", string="Adjuster's Answers"
    )

    def _guarded_names(self):
        # EXTENDS dealer_base: the buttons set these
        names = ["adjuster_asked_at", "adjuster_asked_by_id"]
        return [*super()._guarded_names(), *names]

    @api.depends("adjuster_asked_at", "answer_ids.answered_at")
    def _compute_adjuster_link(self):
        for claim in self:
            claim.adjuster_link = claim.adjuster_expires_on = False
            if not claim.adjuster_asked_at or claim._adjuster_state() != "open":
                continue
            claim.adjuster_expires_on = claim.company_id._dealer_local_day(
                claim._adjuster_end()
            )
            if isinstance(claim.id, int) and claim.has_access("write"):
                claim.adjuster_link = (
                    f"{claim.get_base_url()}/claim/assessment/{claim.id}"
                    f"?access_token={claim._sudo_adjuster_token()}"
                )

    def _sudo_adjuster_token(self):
        """The key; the caller has checked who may hold it."""
        return self.sudo().adjuster_token

    # ---------------------------------------------------------------- Asking
    def action_ask_adjuster(self):
        """Make a new link and open the e-mail to the insurer's adjuster.

        :return: action of the e-mail composer
        :raises UserError: no lines for the insurer, or the costs are locked
        """
        self.ensure_one()
        self.check_access("write")
        self._check_holds("claim_receptionist", "claim_leader")
        if self.state not in ASK_STATES:
            raise UserError(
                self.env._(
                    "%(name)s: the costs are locked, the adjuster is not asked any "
                    "more.",
                    name=self.name,
                )
            )
        if not self._adjuster_lines():
            raise UserError(
                self.env._(
                    "%(name)s has no cost lines that the insurer pays. Enter them "
                    "first.",
                    name=self.name,
                )
            )
        self._write_protected(self._prepare_ask_vals())
        self._sudo_new_key()
        return self._open_mail_composer(
            "dealer_claims.mail_template_ask_adjuster",
            self.env._("Ask the Adjuster"),
        )

    def _prepare_ask_vals(self):
        return {
            "adjuster_asked_at": fields.Datetime.now(),
            "adjuster_asked_by_id": self.env.uid,
        }

    def _sudo_new_key(self):
        """A key that no user reads or writes; the one before opens nothing more."""
        self.sudo().adjuster_token = str(uuid4())

    def _adjuster_lines(self):
        """Cost lines of our insurer, in order."""
        return self.cost_ids.filtered(lambda line: line.payer in INSURER_PAYERS)

    def _adjuster_amount(self):
        """Sum of what these lines are assessed at, store currency."""
        return self.currency_id.round(
            sum(self._adjuster_lines().mapped("assessed_amount"))
        )

    def _adjuster_rows(self):
        """Lines as the page shows them, and as they are kept with the answer."""
        return [
            {
                "name": line.name,
                "quantity": line.quantity,
                "unit_price": line.unit_price,
                "amount": line.amount,
                "assessed": line.assessed_amount,
                "supplementary": line.is_supplementary,
            }
            for line in self._adjuster_lines()
        ]

    def _adjuster_fingerprint(self):
        """Digest of what the adjuster reads; changed lines are not answered."""
        self.ensure_one()
        facts = [
            self.id,
            self.report_no or "",
            fields.Datetime.to_string(self.adjuster_asked_at),
            self._adjuster_lines().ids,
            self._adjuster_rows(),
        ]
        text = json.dumps(facts, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()

    def _adjuster_end(self):
        days = self.company_id.dealer_adjuster_link_days
        return self.adjuster_asked_at + timedelta(days=days)

    def _adjuster_state(self):
        """What the link is good for: open, answered, expired or closed."""
        self.ensure_one()
        if self.answer_ids.filtered(lambda a: a.answered_at >= self.adjuster_asked_at):
            return "answered"
        if self.state not in ASK_STATES:
            return "closed"
        return "expired" if self._adjuster_end() < fields.Datetime.now() else "open"

    # ------------------------------------------------------------- Answering
    def _sudo_by_adjuster_token(self, token):
        """The claim behind an adjuster's link.

        :param token: key from the link
        :return: the claim in superuser mode, language and time of the store; empty when
            the key does not fit
        """
        record_sudo = self.sudo().exists()
        key = record_sudo and record_sudo.adjuster_token
        if not key or not token or not consteq(key, token):
            return record_sudo.browse()
        # The adjuster reads the language of the desk that asked him.
        return record_sudo._for_visitor(record_sudo.adjuster_asked_by_id.lang)

    def _sudo_adjuster_answer(
        self, kind, fingerprint, name, signature, amount=0.0, words="", remote_addr=""
    ):
        """Keep the adjuster's answer and tell the receptionist.

        :param kind: ``confirmed`` or ``other``
        :param fingerprint: what the page carried when it was shown
        :param name: who answers
        :param signature: drawn signature, base64 of a PNG
        :param amount: his amount, store currency; only with ``other``
        :param words: his reasons; required with ``other``
        :param remote_addr: address of the visitor
        :return: ``answered``, or why not: ``busy``, ``closed``, ``changed``, ``name``,
            ``signature``, ``amount``, ``words``
        """
        self.ensure_one()
        record = self.sudo()
        try:
            record.lock_for_update()
        except LockError:
            return "busy"
        record.invalidate_recordset()
        if record._adjuster_state() != "open":
            return "closed"
        if not consteq(record._adjuster_fingerprint(), fingerprint or ""):
            return "changed"
        name, words = (name or "").strip()[:64], (words or "").strip()[:1000]
        if not name:
            return "name"
        if not signature:
            return "signature"
        asked = record._adjuster_amount()
        if kind == "confirmed":
            amount = asked
        else:
            kind = "other"
            amount = record.currency_id.round(amount)
            if (
                record.currency_id.compare_amounts(amount, 0.0) < 0
                or record.currency_id.compare_amounts(amount, 10.0**9) > 0
            ):
                return "amount"
            if record.currency_id.compare_amounts(amount, asked) == 0:
                return "amount"
            if not words:
                return "words"
        answers = record.env["dealer.claim.assessment.answer"]
        answer = answers._sudo_append(
            [
                {
                    "claim_id": record.id,
                    "kind": kind,
                    "asked_amount": asked,
                    "amount": amount,
                    "words": words or False,
                    "name": name,
                    "signature": signature,
                    "remote_addr": remote_addr,
                    "fingerprint": fingerprint,
                    "lines_json": record._adjuster_rows(),
                }
            ]
        )
        record._note_adjuster_answer(answer)
        return "answered"

    def _note_adjuster_answer(self, answer):
        """A line in the history, and a task for the receptionist."""
        self.ensure_one()
        money = self.currency_id.format(answer.amount)
        if answer.kind == "confirmed":
            body = self.env._(
                "%(name)s confirmed the assessed amount of %(amount)s.",
                name=answer.name,
                amount=money,
            )
            summary = self.env._("The adjuster has confirmed %(amount)s", amount=money)
        else:
            body = self.env._(
                "%(name)s answered with %(amount)s instead of %(asked)s: %(words)s",
                name=answer.name,
                amount=money,
                asked=self.currency_id.format(answer.asked_amount),
                words=answer.words,
            )
            summary = self.env._(
                "The adjuster wants %(amount)s: look at the lines", amount=money
            )
        self.message_post(body=Markup("<p>%s</p>") % body)
        users = self.receptionist_id.user_id or self.adjuster_asked_by_id
        for user in users.filtered(lambda u: u.active and u._is_internal()):
            self.activity_schedule(
                "mail.mail_activity_data_todo", user_id=user.id, summary=summary
            )

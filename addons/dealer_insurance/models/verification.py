import secrets

from odoo import api, fields, models
from odoo.exceptions import LockError, UserError
from odoo.fields import Domain
from odoo.tools import consteq, hmac

from odoo.addons.dealer_base.models.guard_mixin import Violation
from odoo.addons.dealer_base.tools.identity import (
    check_mobile,
    mask_phone,
    normalise_mobile,
)

# The flow and the guards must be registered before what extends them.
from . import underwriting_flow, underwriting_guards  # noqa: F401

# Between two codes to one phone; a second click is not a second message.
RESEND_SECONDS = 60


class DealerVerification(models.Model):
    """One code sent to the applicant's own mobile (R4).

    ==========  ==================================================================
    sent        the code can still be entered
    verified    the right code was entered in time
    expired     its minutes are over
    locked      too many wrong codes; a new one must be sent
    ==========  ==================================================================

    The code itself is kept nowhere: only its keyed digest, so that nobody in the store
    can read what only the customer has. The phone is kept as digest and masked.
    """

    _name = "dealer.verification"
    _description = "Verification Code"
    _order = "id desc"
    _rec_name = "phone_masked"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    purpose = fields.Selection(
        [("payment", "Before the Payment"), ("accept", "Acceptance of a Quote")],
        required=True,
        readonly=True,
    )
    underwriting_id = fields.Many2one(
        "dealer.underwriting",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
        check_company=True,
    )
    quote_id = fields.Many2one(
        "dealer.quote",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
        check_company=True,
    )
    partner_id = fields.Many2one("res.partner", readonly=True, required=True)
    phone_masked = fields.Char(string="Sent to", readonly=True)
    phone_digest = fields.Char(
        readonly=True, index=True, groups=fields.NO_ACCESS, exportable=False
    )
    code_digest = fields.Char(readonly=True, groups=fields.NO_ACCESS, exportable=False)
    sms_uuid = fields.Char(readonly=True, groups=fields.NO_ACCESS, exportable=False)
    sent_at = fields.Datetime(readonly=True, required=True)
    sent_by_id = fields.Many2one("res.users", readonly=True)
    expires_at = fields.Datetime(readonly=True, required=True)
    tries_left = fields.Integer(readonly=True, aggregator=None)
    verified_at = fields.Datetime(readonly=True)
    verified_by_id = fields.Many2one(
        "res.users", string="Entered By", readonly=True, help="Public: the customer."
    )
    state = fields.Selection(
        [
            ("sent", "Sent"),
            ("verified", "Verified"),
            ("expired", "Expired"),
            ("locked", "Locked"),
        ],
        compute="_compute_state",
    )

    _recent_idx = models.Index("(phone_digest, sent_at)")

    @api.depends("verified_at", "expires_at", "tries_left")
    def _compute_state(self):
        now = fields.Datetime.now()
        for record in self:
            if record.verified_at:
                record.state = "verified"
            elif record.tries_left <= 0:
                record.state = "locked"
            elif record.expires_at < now:
                record.state = "expired"
            else:
                record.state = "sent"

    # ---------------------------------------------------------------- Digests
    @api.model
    def _digest(self, scope, text):
        """Keyed digest; without the key of the database it tells nothing."""
        return hmac(self.env(su=True), f"dealer_verification_{scope}", text)

    @api.model
    def _phone_digest(self, partner):
        """Digest of the number a code goes to.

        :param partner: the applicant
        :return: digest; empty when there is no mobile
        """
        # sudo: the number of a customer, for a digest only.
        partner_sudo = partner.sudo()
        check = check_mobile(partner_sudo.phone)
        return self._digest("phone", check.value) if check.kind == "mobile" else ""

    # ------------------------------------------------------------------- Send
    @api.model
    def _sudo_send(self, record, purpose):
        """Send a new code to the applicant of a document; earlier ones are void.

        :param record: one quote or underwriting; the caller has checked the rights
        :param purpose: value of ``purpose``
        :return: the verification, in superuser mode
        :raises UserError: no mobile, or codes were sent too often
        """
        record.ensure_one()
        partner_sudo = record.sudo().applicant_id
        company = record.sudo().company_id
        check = check_mobile(partner_sudo.phone)
        if check.kind != "mobile":
            raise UserError(
                self.env._(
                    "%(name)s has no mobile number to send a code to. Correct the "
                    "number of the applicant.",
                    name=partner_sudo.name,
                )
            )
        register_sudo = self.sudo()
        digest = self._digest("phone", check.value)
        now = fields.Datetime.now()
        recent = register_sudo.search(
            Domain("phone_digest", "=", digest)
            & Domain("sent_at", ">", fields.Datetime.subtract(now, hours=1))
        )
        last = max(recent.mapped("sent_at"), default=None)
        if last and (now - last).total_seconds() < RESEND_SECONDS:
            raise UserError(
                self.env._(
                    "A code was sent less than a minute ago. Wait for it to arrive."
                )
            )
        if len(recent) >= company.dealer_verify_per_hour:
            raise UserError(
                self.env._(
                    "%(count)s codes were sent to this phone within an hour. Try "
                    "again later.",
                    count=len(recent),
                )
            )
        register_sudo._for_document(record, purpose).write({"expires_at": now})
        length = company.dealer_verify_length
        code = f"{secrets.randbelow(10**length):0{length}d}"
        verification_sudo = register_sudo.create(
            {
                "company_id": company.id,
                "purpose": purpose,
                "partner_id": partner_sudo.id,
                self._link_name(record): record.id,
                "phone_masked": mask_phone(check.value),
                "phone_digest": digest,
                "sent_at": now,
                "sent_by_id": self.env.uid,
                "expires_at": fields.Datetime.add(
                    now, minutes=company.dealer_verify_minutes
                ),
                "tries_left": company.dealer_verify_tries,
            }
        )
        verification_sudo.code_digest = self._digest(
            "code", f"{verification_sudo.id}:{code}"
        )
        verification_sudo._queue_sms(check.value, code)
        return verification_sudo

    @api.model
    def _link_name(self, record):
        return "quote_id" if record._name == "dealer.quote" else "underwriting_id"

    def _queue_sms(self, number, code):
        """Put the text into the queue of the gateway, past the document's history:
        what the store reads there must not tell the code."""
        self.ensure_one()
        env = self.with_context(lang=self.partner_id.lang or self.env.lang).env
        body = env._(
            "%(store)s: code %(code)s confirms your motor insurance, valid for "
            "%(minutes)s minutes. Do not tell it to anybody you have not asked for "
            "help.",
            store=self.company_id.name,
            code=code,
            minutes=self.company_id.dealer_verify_minutes,
        )
        message = self.env["sms.sms"].create({"number": number, "body": body})
        self.sms_uuid = message.uuid
        self.env.ref("sms.ir_cron_sms_scheduler_action")._trigger()

    @api.autovacuum
    def _gc_messages(self):
        """Texts that never left the queue are deleted when their code is void."""
        register_sudo = self.sudo()
        old_sudo = register_sudo.search(
            Domain("sms_uuid", "!=", False)
            & Domain("expires_at", "<", fields.Datetime.now()),
            limit=1000,
        )
        messages_sudo = self.env["sms.sms"].sudo()
        messages_sudo.search([("uuid", "in", old_sudo.mapped("sms_uuid"))]).unlink()
        old_sudo.write({"sms_uuid": False})

    # ------------------------------------------------------------------ Enter
    @api.model
    def _for_document(self, record, purpose):
        """Codes of a document that can still be entered, newest first."""
        return self.search(
            Domain(self._link_name(record), "in", record.ids)
            & Domain("purpose", "=", purpose)
            & Domain("verified_at", "=", False)
            & Domain("tries_left", ">", 0)
            & Domain("expires_at", ">", fields.Datetime.now())
        )

    @api.model
    def _sudo_enter(self, record, purpose, code):
        """Compare what was entered with the code that was sent.

        A wrong code costs a try and is no error: an error would roll the count back.

        :param record: the quote or underwriting; the caller has checked the rights
        :param purpose: value of ``purpose``
        :param code: what was typed
        :return: the verified line, in superuser mode; empty when the code is wrong,
            void, or another one is being compared at this moment
        """
        record.ensure_one()
        nobody_sudo = self.sudo().browse()
        register_sudo = self.sudo()
        pending_sudo = register_sudo._for_document(record, purpose)[:1]
        if not pending_sudo:
            return nobody_sudo
        try:
            pending_sudo.lock_for_update()
        except LockError:
            return nobody_sudo
        pending_sudo.invalidate_recordset()
        if pending_sudo.state != "sent":
            return nobody_sudo
        typed = normalise_mobile(code)
        wanted = self._digest("code", f"{pending_sudo.id}:{typed}")
        if not consteq(pending_sudo.code_digest or "", wanted):
            pending_sudo.tries_left -= 1
            return nobody_sudo
        if pending_sudo.phone_digest != self._phone_digest(record.applicant_id):
            # The number changed since: the code proves another phone.
            return nobody_sudo
        pending_sudo.write(
            {"verified_at": fields.Datetime.now(), "verified_by_id": self.env.uid}
        )
        return pending_sudo


class DealerUnderwriting(models.Model):
    """Code before the payment request, and how many share a phone (R4)."""

    _inherit = "dealer.underwriting"

    verification_ids = fields.One2many(
        "dealer.verification", "underwriting_id", string="Verification Codes"
    )
    sms_verified_at = fields.Datetime(
        string="Verified by Code",
        compute="_compute_sms_verified_at",
        help="When the applicant entered the code that was sent to his present mobile.",
    )
    verification_wanted = fields.Boolean(
        compute="_compute_sms_verified_at", exportable=False
    )

    @api.depends(
        "verification_ids.verified_at",
        "applicant_id.phone",
        "state",
        "company_id.dealer_verify_required",
    )
    def _compute_sms_verified_at(self):
        Verification = self.env["dealer.verification"]
        digests = {p: Verification._phone_digest(p) for p in self.applicant_id}
        for row in self:
            digest = digests.get(row.applicant_id)
            # sudo: the digest is nobody's to read; whether it fits is.
            done_sudo = row.sudo().verification_ids.filtered(
                lambda line, digest=digest: (
                    line.verified_at
                    and line.purpose == "payment"
                    and line.phone_digest == digest
                )
            )
            row.sms_verified_at = max(done_sudo.mapped("verified_at"), default=False)
            row.verification_wanted = (
                row.company_id.dealer_verify_required
                and row.entry_type == "issue"
                and row.state in ("draft", "proposed", "underwritten")
                and not row.sms_verified_at
            )

    def action_verify_phone(self):
        """Open the dialog that sends the code and takes it from the customer."""
        self.ensure_one()
        self._check_post("request_payment")
        self.check_access("write")
        wizard = self.env["dealer.verification.wizard"].create(
            {"underwriting_id": self.id}
        )
        return wizard._reopen()

    def _guard_request_payment(self):
        """G-P7 code of the applicant, G-P8 shared mobile, G-P9 cars of others."""
        new = self.filtered(lambda row: row.entry_type == "issue" and row.applicant_id)
        return (
            super()._guard_request_payment()
            + new._verification_violations()
            + new._shared_phone_violations()
            + new._foreign_car_violations()
        )

    def _sudo_masked_phone(self):
        """The applicant's phone as everybody may see it."""
        return mask_phone(self.sudo().applicant_id.phone)

    def _verification_violations(self):
        """G-P7: the applicant has entered the code sent to his mobile (R4)."""
        return [
            Violation(
                "G-P7",
                row,
                self.env._("the applicant's mobile is not verified by code"),
                # A waiver is for this applicant and this phone.
                f"{row.applicant_id.id} {row._sudo_masked_phone()}",
            )
            for row in self
            if row.company_id.dealer_verify_required and not row.sms_verified_at
        ]

    def _shared_phone_violations(self):
        """G-P8: the mobile belongs to no more persons than the setting allows."""
        rows = self.filtered(
            lambda row: (
                row.company_id.dealer_phone_share_limit > 0
                and not row.applicant_id.is_company
            )
        )
        counts = rows.applicant_id._sudo_phone_sharers()
        return [
            Violation(
                "G-P8",
                row,
                self.env._(
                    "%(count)s persons have the mobile %(phone)s; %(limit)s may",
                    count=counts[row.applicant_id],
                    phone=row._sudo_masked_phone(),
                    limit=row.company_id.dealer_phone_share_limit,
                ),
                f"{row.applicant_id.id} {counts[row.applicant_id]}",
            )
            for row in rows
            if counts.get(row.applicant_id, 0) > row.company_id.dealer_phone_share_limit
        ]

    def _foreign_car_violations(self):
        """G-P9: a person insures only so many cars of others within a year."""
        rows = self.filtered(
            lambda row: (
                row.company_id.dealer_foreign_car_limit > 0
                and not row.applicant_id.is_company
                and row.owner_id
                and row.owner_id != row.applicant_id
            )
        )
        if not rows:
            return []
        since = fields.Date.subtract(fields.Date.context_today(self), years=1)
        insured = self.search(
            [
                ("applicant_id", "in", rows.applicant_id.ids),
                ("company_id", "in", rows.company_id.ids),
                ("entry_type", "=", "issue"),
                ("proposed_at", "!=", False),
                ("voided_at", "=", False),
                ("insured_date", ">=", since),
            ]
        )
        cars = {}
        for row in insured | rows:
            if row.owner_id and row.owner_id != row.applicant_id:
                key = (row.company_id, row.applicant_id)
                cars.setdefault(key, set()).add(row.vehicle_id.id)
        violations = []
        for row in rows:
            count = len(cars[row.company_id, row.applicant_id])
            limit = row.company_id.dealer_foreign_car_limit
            if count > limit:
                violations.append(
                    Violation(
                        "G-P9",
                        row,
                        self.env._(
                            "%(name)s insures %(count)s cars of other owners within a "
                            "year; %(limit)s are allowed",
                            name=row.applicant_id.name,
                            count=count,
                            limit=limit,
                        ),
                        f"{row.applicant_id.id} {count}",
                    )
                )
        return violations


class ResPartner(models.Model):
    _inherit = "res.partner"

    dealer_mobile = fields.Char(
        string="Mobile in Digits",
        compute="_compute_dealer_mobile",
        store=True,
        index="btree_not_null",
        help="However it was typed; only to find who has the same mobile.",
    )

    @api.depends("phone")
    def _compute_dealer_mobile(self):
        for partner in self:
            check = check_mobile(partner.phone)
            partner.dealer_mobile = check.value if check.kind == "mobile" else False

    def _sudo_phone_sharers(self):
        """How many persons have the mobile of each partner, himself included.

        Two entries with the same identity number are one person; constant number of
        queries.

        :return: dict partner -> number of persons; partners without mobile are missing
        """
        # sudo: numbers and identities are compared, not shown.
        numbers = {
            partner: partner.sudo().dealer_mobile
            for partner in self
            if partner.sudo().dealer_mobile
        }
        if not numbers:
            return {}
        others_sudo = self.sudo().search(
            Domain("dealer_mobile", "in", list(set(numbers.values())))
            & Domain("is_company", "=", False)
        )
        persons = {}
        for other_sudo in others_sudo:
            identity = other_sudo.id_number or other_sudo.id
            persons.setdefault(other_sudo.dealer_mobile, set()).add(identity)
        return {
            partner: len(persons.get(number, ())) for partner, number in numbers.items()
        }

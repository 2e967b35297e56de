import hashlib
import json

from markupsafe import Markup

from odoo import fields, models
from odoo.exceptions import LockError, UserError
from odoo.tools import consteq

from odoo.addons.dealer_base.models.guard_mixin import GuardError

# The portal mixin and the transitions must be registered before what extends them.
from . import quote  # noqa: F401


class DealerQuote(models.Model):
    """The quote on the customer's phone: opened by link, accepted or declined there.

    The link is a secret of those who may accept the quote themselves: whoever only
    reads quotes never gets it. What the customer does passes the same guards as the
    buttons (G-Q1..G-Q7, G-R1..G-R5).
    """

    _name = "dealer.quote"
    _inherit = ["dealer.quote", "portal.mixin"]

    _protected_fields = (
        "name",
        "state",
        "chosen_option_id",
        "sent_at",
        "accepted_at",
        "accepted_by_id",
        "lost_at",
        "opened_at",
        "last_opened_at",
        "open_count",
        "accept_channel",
        "accept_name",
        "accept_signature",
        "accept_verification_id",
    )

    access_token = fields.Char(groups="base.group_system")
    opened_at = fields.Datetime(string="First Opened", readonly=True, copy=False)
    last_opened_at = fields.Datetime(string="Last Opened", readonly=True, copy=False)
    open_count = fields.Integer(
        string="Times Opened", readonly=True, copy=False, aggregator="sum"
    )
    accept_channel = fields.Selection(
        [("store", "In the Store"), ("portal", "By Link")],
        string="Accepted",
        readonly=True,
        copy=False,
    )
    accept_name = fields.Char(string="Name of the Customer", readonly=True, copy=False)
    accept_signature = fields.Binary(
        string="Customer's Signature", attachment=True, readonly=True, copy=False
    )
    accept_verification_id = fields.Many2one(
        "dealer.verification",
        string="Confirmed by Code",
        readonly=True,
        copy=False,
        index="btree_not_null",
    )
    portal_link = fields.Char(
        string="Link for the Customer",
        compute="_compute_portal_link",
        exportable=False,
    )

    # --------------------------------------------------------------- The link
    def _compute_access_url(self):
        # OVERRIDE portal
        for record in self:
            record.access_url = f"/insurance/quote/{record.id}"

    def _portal_ensure_token(self):
        # OVERRIDE portal: only who may accept the quote himself gets its key.
        self.ensure_one()
        if not self.has_access("write"):
            return ""
        record_sudo = self.sudo()
        if not record_sudo.access_token:
            super(DealerQuote, record_sudo)._portal_ensure_token()
        return record_sudo.access_token

    def _compute_portal_link(self):
        for record in self:
            shown = record.state == "sent" and record.has_access("write")
            record.portal_link = (
                f"{record.get_base_url()}{record.get_portal_url()}"
                if shown and isinstance(record.id, int)
                else False
            )

    def _mail_get_partner_fields(self, introspect_fields=False):
        # OVERRIDE mail: the customer of a quote is its applicant.
        return ["applicant_id"]

    def _check_sharable(self):
        self.ensure_one()
        self.check_access("write")
        self._check_state(("sent",), self.env._("Send the Link"))

    def action_send_sms(self):
        """Text the link to the applicant's phone; the text can be changed first."""
        self._check_sharable()
        if not self.applicant_id.phone:
            raise UserError(
                self.env._(
                    "%(name)s has no phone number. Enter it, or send the link by "
                    "e-mail.",
                    name=self.applicant_id.display_name,
                )
            )
        self._portal_ensure_token()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Send the Link by Text Message"),
            "res_model": "sms.composer",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_composition_mode": "comment",
                "default_res_model": self._name,
                "default_res_id": self.id,
                "default_template_id": self.env.ref(
                    "dealer_insurance.sms_template_quote"
                ).id,
            },
        }

    def action_send_mail(self):
        """E-mail the link to the applicant; the text can be changed first."""
        self._check_sharable()
        self._portal_ensure_token()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Send the Link by E-mail"),
            "res_model": "mail.compose.message",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_model": self._name,
                "default_res_ids": self.ids,
                "default_composition_mode": "comment",
                "default_template_id": self.env.ref(
                    "dealer_insurance.mail_template_quote"
                ).id,
                "default_email_layout_xmlid": "mail.mail_notification_light",
            },
        }

    # ------------------------------------------------------------- The visitor
    def _sudo_by_token(self, token):
        """The quote behind a link, for the public page.

        :param token: key from the link; the only right that a visitor has
        :return: the quote in superuser mode, with language and time of the store;
            empty when the key does not fit
        """
        record_sudo = self.sudo().exists()
        key = record_sudo and record_sudo.access_token
        if not key or not token or not consteq(key, token):
            return record_sudo.browse()
        company = record_sudo.company_id
        langs = dict(self.env["res.lang"].get_installed())
        wanted = (record_sudo.applicant_id.lang, company.partner_id.lang, "zh_CN")
        lang = next((code for code in wanted if code in langs), self.env.lang)
        zone = company.partner_id.tz or company._dealer_working_calendar().tz
        return record_sudo.with_company(company).with_context(lang=lang, tz=zone)

    def _portal_state(self):
        """What the visitor may do now: open, accepted, expired, declined, withdrawn."""
        self.ensure_one()
        if self.state == "sent":
            today = fields.Date.context_today(self)
            late = self.valid_until and self.valid_until < today
            return "expired" if late else "open"
        return {
            "accepted": "accepted",
            "converted": "accepted",
            "expired": "expired",
            "lost": "declined",
        }.get(self.state, "withdrawn")

    def _portal_fingerprint(self):
        """Digest of what the customer reads: an offer that changed meanwhile is not
        accepted by a page that shows the old figures."""
        self.ensure_one()
        report = self.env["report.dealer_insurance.report_quote_comparison"]
        facts = [
            [option.id, option.insurer_id.id, f"{option.amount_total:.2f}"]
            for option in self.option_ids
        ]
        text = json.dumps(
            [facts, report._lines(self), str(self.valid_until)], ensure_ascii=False
        )
        return hashlib.sha256(text.encode()).hexdigest()

    def _portal_reasons(self):
        """Reason codes that a customer can choose from."""
        self.ensure_one()
        category = "new_car_lost" if self.business_type == "new_car" else "renewal_lost"
        return self.env["dealer.reason.code"].search([("category", "=", category)])

    def _sudo_count_view(self):
        """Count one opening of the page."""
        now = fields.Datetime.now()
        for record_sudo in self.sudo():
            record_sudo._write_protected(
                {
                    "opened_at": record_sudo.opened_at or now,
                    "last_opened_at": now,
                    "open_count": record_sudo.open_count + 1,
                }
            )

    def _portal_lock(self):
        """Take the quote for one visitor; a second click waits for nothing.

        :raises LockError: somebody else is accepting or changing it right now
        """
        self.lock_for_update()
        self.invalidate_recordset()

    # ----------------------------------------------------------- What he does
    def _sudo_portal_accept(
        self, option_id, fingerprint, name, signature=None, code=""
    ):
        """The customer accepts by link; all guards of the button are asked.

        :param option_id: id of the offer he takes
        :param fingerprint: what ``_portal_fingerprint`` said when the page was shown
        :param name: who accepts, in his own letters
        :param signature: drawn signature, base64 of a PNG; or
        :param code: the code that was sent to his phone
        :return: ``accepted``, or why not: ``busy``, ``closed``, ``changed``,
            ``option``, ``name``, ``signature``, ``wrong``, ``guard``
        """
        self.ensure_one()
        record = self.sudo()
        try:
            record._portal_lock()
        except LockError:
            return "busy"
        if record._portal_state() != "open":
            return "closed"
        if not consteq(record._portal_fingerprint(), fingerprint or ""):
            return "changed"
        option = record.option_ids.filtered(lambda o: o.id == option_id)
        if not option:
            return "option"
        if not (name or "").strip():
            return "name"
        verification = record.env["dealer.verification"]
        if not signature:
            if not code:
                return "signature"
            verification = verification._sudo_enter(record, "accept", code)
            if not verification:
                return "wrong"
        try:
            with record.env.cr.savepoint():
                option.action_choose()
                record.write({"notice_acknowledged": True})
                record._check_guards("accept")
                record._write_protected(
                    {
                        **record._prepare_accept_vals(),
                        "accept_channel": "portal",
                        "accept_name": name.strip()[:128],
                        "accept_signature": signature or False,
                        "accept_verification_id": verification.id,
                    }
                )
        except GuardError as error:
            record._portal_report_obstacle(option, name, error)
            return "guard"
        record._portal_note(
            record.env._(
                "%(name)s accepted the offer of %(insurer)s by link: %(amount)s.",
                name=record.accept_name,
                insurer=option.insurer_id.name,
                amount=record.currency_id.format(option.amount_total),
            ),
            record.env._("Issue the policy: the customer has accepted the offer"),
        )
        return "accepted"

    def _sudo_portal_decline(self, reason_id, text):
        """The customer declines by link; the reason is required (G-Q7).

        :param reason_id: id of a reason code that the page offered
        :param text: his own words; required where the code asks for them
        :return: ``declined``, or why not: ``busy``, ``closed``, ``reason``
        """
        self.ensure_one()
        record = self.sudo()
        try:
            record._portal_lock()
        except LockError:
            return "busy"
        if record._portal_state() != "open":
            return "closed"
        reason = record._portal_reasons().filtered(lambda r: r.id == reason_id)
        if not reason:
            return "reason"
        try:
            with record.env.cr.savepoint():
                record.write(
                    {
                        "lost_reason_id": reason.id,
                        "lost_text": (text or "").strip()[:256] or False,
                    }
                )
                record.action_lose()
        except GuardError:
            return "reason"
        record._portal_note(
            record.env._(
                "The customer declined by link: %(reason)s. %(text)s",
                reason=reason.name,
                text=record.lost_text or "",
            ),
            record.env._("Call the customer: the offer was declined"),
        )
        return "declined"

    # ------------------------------------------------------------ Who is told
    def _portal_responsibles(self):
        """Who hears of it: the consultant, and whoever wrote the quote."""
        self.ensure_one()
        users = self.consultant_id.user_id | self.create_uid
        return users.filtered(lambda user: user.active and user._is_internal())

    def _portal_note(self, body, summary):
        """Leave a line in the history and a task for each of the responsibles."""
        self.ensure_one()
        self.message_post(body=body, author_id=self.applicant_id.id)
        for user in self._portal_responsibles():
            self.activity_schedule(
                "mail.mail_activity_data_todo",
                user_id=user.id,
                summary=summary,
            )

    def _portal_report_obstacle(self, option, name, error):
        """The customer wants the offer, but a guard stops it: the store must act.

        He is not told the inside of the store; the clerk is.
        """
        self.ensure_one()
        option.action_choose()
        reasons = Markup("").join(
            Markup("<li>%s</li>") % line for line in str(error).splitlines()
        )
        intro = self.env._(
            "%(name)s wants the offer of %(insurer)s, but it cannot be accepted yet:",
            name=name.strip()[:128],
            insurer=option.insurer_id.name,
        )
        self._portal_note(
            Markup("<p>%s</p><ul>%s</ul>") % (intro, reasons),
            self.env._("Complete the quote: the customer wants to accept it"),
        )

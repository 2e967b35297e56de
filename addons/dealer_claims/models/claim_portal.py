from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import consteq

# The portal mixin needs the claim with all of its facts.
from . import claim  # noqa: F401

# Stages that a customer sees: code and the fact that is its date.
PORTAL_STAGES = (
    ("received", "received_at"),
    ("assessed", "assessed_at"),
    ("repairing", "repair_started_at"),
    ("repaired", "repaired_at"),
    ("released", "released_at"),
    ("submitted", "submitted_on"),
    ("paid", "insurer_paid_on"),
    ("closed", "closed_at"),
)
# Who acts next, in the words of the customer's page.
ACTORS = {"customer": "customer", "insurer": "insurer", "workshop": "workshop"}


class DealerDocumentType(models.Model):
    _inherit = "dealer.document.type"

    is_from_store = fields.Boolean(
        string="Made by the Store",
        help="The store or the insurer makes this paper; the customer's page never "
        "asks for it.",
    )


class DealerClaim(models.Model):
    """The claim as its customer sees it: dates, what is missing, who acts now.

    It opens by portal login for the customer's own claims, and by link for whoever
    holds the key. Nothing is shown but what ``_portal_facts`` lists.
    """

    _name = "dealer.claim"
    _inherit = ["dealer.claim", "portal.mixin"]

    access_token = fields.Char(groups="base.group_system")
    portal_link = fields.Char(
        string="Link for the Customer",
        compute="_compute_portal_link",
        exportable=False,
    )
    portal_sent_at = fields.Datetime(
        string="Link Sent", readonly=True, copy=False, tracking=True
    )

    def _guarded_names(self):
        # EXTENDS dealer_base: the button sets it
        return [*super()._guarded_names(), "portal_sent_at"]

    # --------------------------------------------------------------- The link
    def _compute_access_url(self):
        # OVERRIDE portal
        for record in self:
            record.access_url = f"/my/claims/{record.id}"

    def _portal_ensure_token(self):
        # OVERRIDE portal: only who may change the claim gets the customer's key.
        self.ensure_one()
        if not self.has_access("write"):
            return ""
        record_sudo = self.sudo()
        if not record_sudo.access_token:
            super(DealerClaim, record_sudo)._portal_ensure_token()
        return record_sudo.access_token

    def _sign_token(self, pid):
        # EXTENDS portal: a task or message is signed with a key that its author may
        # not read himself
        record_sudo = self.sudo()
        return super(DealerClaim, record_sudo)._sign_token(pid)

    def _compute_portal_link(self):
        for record in self:
            shown = isinstance(record.id, int) and record.has_access("write")
            record.portal_link = (
                f"{record.get_base_url()}{record.get_portal_url()}"
                if shown and record._portal_open()
                else False
            )

    def _mail_get_partner_fields(self, introspect_fields=False):
        # OVERRIDE mail: the customer of a claim
        return ["partner_id"]

    def _check_link_sharable(self):
        self.ensure_one()
        self.check_access("write")
        self._check_holds("claim_receptionist", "claim_submitter", "claim_leader")
        if not self.partner_id:
            raise UserError(
                self.env._("%(name)s has no customer. Enter him first.", name=self.name)
            )
        if not self._portal_open():
            raise UserError(
                self.env._(
                    "%(name)s is closed; the customer's page is no longer shown.",
                    name=self.name,
                )
            )
        self._portal_ensure_token()
        self._write_protected({"portal_sent_at": fields.Datetime.now()})

    def action_send_link_sms(self):
        """Text the customer the link to his claim; the text can be changed first."""
        self._check_link_sharable()
        if not self.partner_id.phone:
            raise UserError(
                self.env._(
                    "%(name)s has no phone number. Enter it, or send the link by "
                    "e-mail.",
                    name=self.partner_id.display_name,
                )
            )
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
                    "dealer_claims.sms_template_claim_link"
                ).id,
            },
        }

    def action_send_link_mail(self):
        """E-mail the customer the link to his claim; the text can be changed first."""
        self._check_link_sharable()
        return self._open_mail_composer(
            "dealer_claims.mail_template_claim_link",
            self.env._("Send the Link by E-mail"),
        )

    def _open_mail_composer(self, template, title):
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": "mail.compose.message",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_model": self._name,
                "default_res_ids": self.ids,
                "default_composition_mode": "comment",
                "default_template_id": self.env.ref(template).id,
                "default_email_layout_xmlid": "mail.mail_notification_light",
            },
        }

    # ------------------------------------------------------------- The visitor
    def _portal_open(self):
        """Whether the customer's page still shows this claim."""
        self.ensure_one()
        if self.voided_at:
            return False
        days = self.company_id.dealer_claim_link_days
        if not self.closed_at or not days:
            return True
        return fields.Datetime.add(self.closed_at, days=days) >= fields.Datetime.now()

    def _sudo_by_token(self, token):
        """The claim behind a link, for the public page.

        :param token: key from the link; the only right of a visitor
        :return: the claim in superuser mode, with language and time of the store; empty
            when the key does not fit or the page is closed
        """
        record_sudo = self.sudo().exists()
        key = record_sudo and record_sudo.access_token
        if not key or not token or not consteq(key, token):
            return record_sudo.browse()
        return record_sudo._for_visitor(record_sudo.partner_id.lang)

    def _for_visitor(self, lang=None):
        """The claim with language and time of the store; empty when it is not shown."""
        if not self._portal_open():
            return self.browse()
        company = self.company_id
        langs = dict(self.env["res.lang"].get_installed())
        wanted = (lang, company.partner_id.lang, "zh_CN")
        code = next((code for code in wanted if code in langs), self.env.lang)
        return self.with_company(company).with_context(
            lang=code, tz=company._dealer_timezone_name()
        )

    @api.model
    def _portal_domain(self, partner):
        """Claims of a portal customer: his own, or those of his company."""
        return Domain(
            "partner_id", "child_of", partner.commercial_partner_id.ids
        ) & Domain("voided_at", "=", False)

    @api.model
    def _sudo_portal_claims(self, partner, offset=0, limit=None):
        """Claims on the customer's list, in superuser mode.

        :param partner: contact of the portal login; empty for visitors
        :param offset, limit: the page
        """
        claims_sudo = self.sudo()
        if not partner:
            return claims_sudo
        return claims_sudo.search(
            self._portal_domain(partner),
            order="received_at desc, id desc",
            offset=offset,
            limit=limit,
        )

    @api.model
    def _sudo_portal_count(self, partner):
        """Number of claims of a portal customer."""
        return self.sudo().search_count(self._portal_domain(partner))

    def _sudo_by_partner(self, partner):
        """The claim, when it belongs to this portal customer; else empty."""
        record_sudo = self.sudo().exists()
        if not record_sudo or not partner:
            return record_sudo.browse()
        found = record_sudo.search(
            self._portal_domain(partner) & Domain("id", "=", record_sudo.id)
        )
        return found and found._for_visitor(self.env.context.get("lang"))

    # ----------------------------------------------------------- What he sees
    def _portal_labels(self):
        """Words of the stages for the customer."""
        return {
            "received": self.env._("Car received"),
            "assessed": self.env._("Damage assessed by the insurer"),
            "repairing": self.env._("Repair started"),
            "repaired": self.env._("Repair finished"),
            "released": self.env._("Car handed back"),
            "submitted": self.env._("Papers submitted to the insurer"),
            "paid": self.env._("Paid by the insurer"),
            "closed": self.env._("Closed"),
        }

    def _portal_skipped(self):
        """Stages that this claim never has."""
        self.ensure_one()
        skipped = set()
        if not self.needs_repair:
            skipped |= {"repairing", "repaired"}
        if not self.needs_gate:
            skipped.add("released")
        if not self.needs_file:
            skipped |= {"assessed", "submitted", "paid"}
        return skipped

    def _portal_timeline(self):
        """Stages with their days, for the customer.

        :return: list of dicts ``code``, ``label``, ``day`` (date or False), ``done``,
            ``current`` (the first one that is not done)
        """
        self.ensure_one()
        labels, skipped = self._portal_labels(), self._portal_skipped()
        rows = []
        for code, name in PORTAL_STAGES:
            value = self[name]
            if code in skipped and not value:
                continue
            day = value
            if value and self._fields[name].type == "datetime":
                day = self.company_id._dealer_local_day(value)
            rows.append(
                {"code": code, "label": labels[code], "day": day, "done": bool(value)}
            )
        # What came later is done even if nobody noted the day of what was before.
        last = max((i for i, row in enumerate(rows) if row["done"]), default=-1)
        for index, row in enumerate(rows):
            row["done"] = index <= last
            row["current"] = index == last + 1
        return rows

    def _portal_papers(self):
        """Names of papers that the customer still has to bring."""
        self.ensure_one()
        if self.handed_over_at or self.closed_at:
            return []
        missing = self.missing_document_ids.filtered(
            lambda document: not document.type_id.is_from_store
        )
        return missing.mapped("type_id.name")

    def _portal_own_part(self):
        """What the customer still has to pay, once the costs are locked."""
        self.ensure_one()
        if not self.costs_locked_at:
            return 0.0
        return self.self_paid_open

    def _portal_actor(self):
        """Who acts next: customer, insurer, workshop, store or nobody."""
        self.ensure_one()
        if self.closed_at:
            return "nobody"
        if self._portal_papers() or not self.currency_id.is_zero(
            self._portal_own_part()
        ):
            return "customer"
        return ACTORS.get(self.ball_holder, "store")

    def _portal_facts(self):
        """Everything that the page of the customer shows of the claim."""
        self.ensure_one()
        return {
            "timeline": self._portal_timeline(),
            "papers": self._portal_papers(),
            "own_part": self._portal_own_part(),
            "actor": self._portal_actor(),
            "costs_known": bool(self.costs_locked_at),
        }

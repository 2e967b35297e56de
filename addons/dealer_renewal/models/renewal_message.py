from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.dealer_base.models.guard_mixin import Violation

from .renewal_task import AGENTS, LEADERS, TALK_STATES

# Channels that ring the customer's phone.
PHONE_METHODS = ("call", "sms", "wechat")


class ResPartner(models.Model):
    """A customer who does not want to be called (R13)."""

    _inherit = "res.partner"

    dealer_do_not_call = fields.Boolean(
        string="Do Not Call",
        copy=False,
        tracking=True,
        help="The customer does not want calls and text messages about his renewal.",
    )
    dealer_do_not_call_reason = fields.Char(
        string="Does Not Want Calls Because", copy=False, tracking=True
    )
    dealer_do_not_call_on = fields.Date(
        string="Does Not Want Calls Since", copy=False, readonly=True
    )

    def write(self, vals):
        if vals.get("dealer_do_not_call") and "dealer_do_not_call_on" not in vals:
            today = self.env.company._dealer_today()
            vals = {**vals, "dealer_do_not_call_on": today}
        return super().write(vals)


class DealerRenewalTask(models.Model):
    """Messages of the nodes: text message, e-mail, letter; real Odoo mail and SMS."""

    _inherit = "dealer.renewal.task"

    contact_block = fields.Char(
        string="Do Not Call", compute="_compute_contact_block", exportable=False
    )
    quote_link = fields.Char(
        string="Link to the Quote", compute="_compute_quote_link", exportable=False
    )

    @api.depends("partner_id.dealer_do_not_call", "partner_id.phone")
    @api.depends_context("lang")
    def _compute_contact_block(self):
        reasons = self._sudo_blocks()
        for task in self:
            found = reasons[task]
            task.contact_block = self.env._("; ").join(dict.fromkeys(found.values()))

    def _sudo_blocks(self):
        """Why the customers are not reached by a channel: dict task -> dict method
        -> reason in words; sudo: the lists of the unwilling protect them from us all.
        """
        _ = self.env._
        blocks = {}
        for task in self:
            partner_sudo = task.partner_id.sudo()
            found = {}
            if partner_sudo.phone_blacklisted:
                found |= dict.fromkeys(
                    PHONE_METHODS, _("the number is on the list of the unwilling")
                )
            if partner_sudo.dealer_do_not_call:
                found |= dict.fromkeys(
                    PHONE_METHODS,
                    _(
                        "does not want to be called: %(reason)s",
                        reason=partner_sudo.dealer_do_not_call_reason or "-",
                    ),
                )
            if partner_sudo.is_blacklisted:
                found["mail"] = _("the e-mail is on the list of the unwilling")
            blocks[task] = found
        return blocks

    def _channel_violations(self, method):
        """G-N3: who does not want this channel is not reached by it."""
        blocks = self._sudo_blocks()
        return [
            Violation("G-N3", task, blocks[task][method])
            for task in self
            if method in blocks[task]
        ]

    @api.depends("quote_ids.state")
    def _compute_quote_link(self):
        for task in self:
            sent = task.quote_ids.filtered(lambda quote: quote.state == "sent")
            task.quote_link = sent.sorted("id")[-1:].portal_link

    def _mail_get_partner_fields(self, introspect_fields=False):
        # OVERRIDE mail: the customer is who is written to
        return ["partner_id"]

    # --------------------------------------------------------------- Buttons
    def _check_message(self, method, action):
        """What every message asks first.

        :param method: channel, for G-N3
        :param action: label of the button
        """
        self._check_holds(*AGENTS)
        self.check_access("write")
        self._check_state(TALK_STATES, action)
        self._refuse(self._channel_violations(method))

    def _node_template(self, name, xmlid):
        """Template of the current node for a channel, else the common one."""
        self.ensure_one()
        return self.current_node_id[name] or self.env.ref(xmlid)

    def action_send_sms(self):
        """Write the text message of the node; the text can be changed first."""
        self.ensure_one()
        self._check_message("sms", self.env._("Text Message"))
        if not self.partner_id.phone:
            raise UserError(
                self.env._(
                    "%(name)s has no phone number.", name=self.partner_id.display_name
                )
            )
        template = self._node_template(
            "sms_template_id", "dealer_renewal.sms_template_notice"
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Text Message"),
            "res_model": "sms.composer",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_composition_mode": "comment",
                "default_res_model": self._name,
                "default_res_id": self.id,
                "default_template_id": template.id,
            },
        }

    def _message_sms(
        self,
        body,
        subtype_id=False,
        partner_ids=False,
        number_field=False,
        sms_numbers=None,
        sms_pid_to_number=None,
        **kwargs,
    ):
        # EXTENDS sms: whoever writes, the list of the unwilling holds (G-N3), and the
        # message is a contact of the node
        self.ensure_one()
        self._refuse(self._channel_violations("sms"))
        message = super()._message_sms(
            body,
            subtype_id=subtype_id,
            partner_ids=partner_ids,
            number_field=number_field,
            sms_numbers=sms_numbers,
            sms_pid_to_number=sms_pid_to_number,
            **kwargs,
        )
        self._log_message("sms")
        return message

    def _log_message(self, method):
        """A message that went out is an attempt to reach the customer."""
        open_tasks = self.filtered(lambda task: task.state in TALK_STATES)
        if open_tasks:
            open_tasks._append_contacts({"method": method, "result": "sent"})

    def action_send_node_sms(self):
        """Send the text message of their node to many customers at once.

        Who does not want it, or has no number, is left out and named.
        """
        self._check_holds(*AGENTS)
        self.check_access("write")
        self._check_state(TALK_STATES, self.env._("Text Message"))
        blocks = self._sudo_blocks()
        ready = self.filtered(
            lambda task: task.partner_id.phone and "sms" not in blocks[task]
        )
        for task in ready:
            template = task._node_template(
                "sms_template_id", "dealer_renewal.sms_template_notice"
            )
            task._message_sms_with_template(
                template=template, partner_ids=task.partner_id.ids
            )
        left = self - ready
        text = self.env._("%(count)s text messages are on their way.", count=len(ready))
        if left:
            text += self.env._(
                " Left out: %(names)s.",
                names=", ".join(left.mapped("display_name")),
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if left else "success",
                "message": text,
                "sticky": bool(left),
            },
        }

    def action_send_mail(self):
        """Write the e-mail of the node; the text can be changed first."""
        self.ensure_one()
        self._check_message("mail", self.env._("E-mail"))
        if not self.partner_id.email:
            raise UserError(
                self.env._(
                    "%(name)s has no e-mail address.",
                    name=self.partner_id.display_name,
                )
            )
        template = self._node_template(
            "mail_template_id", "dealer_renewal.mail_template_notice"
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("E-mail"),
            "res_model": "mail.compose.message",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_model": self._name,
                "default_res_ids": self.ids,
                "default_composition_mode": "comment",
                "default_template_id": template.id,
                "default_email_layout_xmlid": "mail.mail_notification_light",
                "dealer_renewal_mail": True,
            },
        }

    def message_post(self, **kwargs):
        # EXTENDS mail: an e-mail from the calling screen is a contact of the node
        if not self.env.context.get("dealer_renewal_mail"):
            return super().message_post(**kwargs)
        self._refuse(self._channel_violations("mail"))
        tasks = self.with_context(dealer_renewal_mail=False)
        message = super(DealerRenewalTask, tasks).message_post(**kwargs)
        tasks._log_message("mail")
        return message

    def action_print_letter(self):
        """Print the letter of the node on A4; it is a contact of the node."""
        self._check_message("letter", self.env._("Letter"))
        self._log_message("letter")
        return self.env.ref("dealer_renewal.report_renewal_letter").report_action(self)

    def action_allow_calls(self):
        """The customer wants to be called again (leader)."""
        self._check_holds(*LEADERS)
        self.check_access("write")
        self._sudo_set_do_not_call(False, False)
        return True

    def _sudo_set_do_not_call(self, value, reason):
        # sudo: specialists do not write customers, but hear what they want
        self.partner_id.sudo().write(
            {
                "dealer_do_not_call": value,
                "dealer_do_not_call_reason": reason,
                "dealer_do_not_call_on": self.env.company._dealer_today()
                if value
                else False,
            }
        )

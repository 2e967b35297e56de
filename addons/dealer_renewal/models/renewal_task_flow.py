from markupsafe import Markup

from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.dealer_base.models.guard_mixin import GuardError, Violation
from odoo.addons.dealer_insurance.models.policy import claim_attachments

from .renewal_contact import SILENT_RESULTS
from .renewal_task import AGENTS, TALK_STATES


class DealerRenewalTask(models.Model):
    """The calling screen: results in two clicks (S70, §3.5)."""

    _inherit = "dealer.renewal.task"

    trouble_html = fields.Html(
        string="First of All",
        compute="_compute_trouble_html",
        sanitize=False,
        exportable=False,
    )
    talk_html = fields.Html(
        string="What to Say",
        compute="_compute_talk_html",
        sanitize=False,
        exportable=False,
    )
    last_cover_html = fields.Html(
        string="Covers Last Year",
        compute="_compute_last_cover_html",
        sanitize=False,
        exportable=False,
    )

    next_is_primary = fields.Boolean(
        compute="_compute_next_is_primary",
        export_string_translation=False,
        exportable=False,
    )

    @api.depends("last_contact_at", "is_open")
    def _compute_next_is_primary(self):
        """Called today, or decided: the next step is the next customer."""
        for task in self:
            company, moment = task.company_id, task.last_contact_at
            task.next_is_primary = not task.is_open or bool(
                moment and company._dealer_local_day(moment) == company._dealer_today()
            )

    def _compute_trouble_html(self):
        """Open claims and complaints, read now: they come before any sale."""
        troubles = self.vehicle_id._open_troubles()
        for task in self:
            task.trouble_html = self._trouble_list(troubles.get(task.vehicle_id, ()))

    @api.model
    def _trouble_list(self, lines):
        """Open claims and complaints as a list for a screen.

        :param lines: lines of ``dealer.vehicle._open_troubles``
        """
        items = [
            Markup("<li><b>%s</b> %s</li>") % (line["name"], line["text"])
            for line in lines
        ]
        return items and Markup('<ul class="mb-0 ps-3">%s</ul>') % Markup("").join(
            items
        )

    @api.depends("segment", "last_result", "is_price_sensitive", "trouble_count")
    @api.depends_context("lang")
    def _compute_talk_html(self):
        talks = self.env["dealer.renewal.talk"].search(Domain.TRUE)
        for task in self:
            items = [
                Markup("<p><b>%s</b><br/>%s</p>") % (talk.name, talk.hint)
                for talk in talks
                if talk._fits(task)
            ]
            task.talk_html = Markup("").join(items)

    @api.depends("policy_id")
    @api.depends_context("lang")
    def _compute_last_cover_html(self):
        """What the customer had: products, covers, sums and premiums."""
        row = Markup(
            '<tr><td>%s</td><td class="text-end">%s</td>'
            '<td class="text-end">%s</td></tr>'
        )
        products = dict(
            self.env["dealer.policy"]
            ._fields["product"]
            ._description_selection(self.env)
        )
        for task in self:
            policies = self.env["dealer.policy"]
            if policies.has_access("read"):
                policies = task.policy_id.underwriting_id.policy_ids
            money = task.currency_id.format
            rows = []
            for policy in policies:
                rows.append(
                    row
                    % (
                        Markup("<b>%s</b>") % products[policy.product],
                        policy.policy_no or "",
                        money(policy.premium_current),
                    )
                )
                rows += [
                    row
                    % (
                        line.cover_id.name,
                        money(line.sum_insured) if line.sum_insured else "",
                        money(line.premium) if line.premium else "",
                    )
                    for line in policy.current_line_ids
                ]
                if not policy.current_line_ids and policy.cover_text:
                    rows.append(row % (policy.cover_text, "", ""))
            task.last_cover_html = rows and Markup(
                '<table class="table table-sm mb-0">%s</table>'
            ) % Markup("").join(rows)

    # ---------------------------------------------------------------- Guards
    def _refuse(self, violations):
        """Raise one error with all violations of an act that needs words first.

        :raises GuardError: when there is any
        """
        if violations:
            lines = [self._guard_line(violation) for violation in violations]
            raise GuardError("\n".join(lines), violations)

    def _contact_violations(self, vals):
        """G-N2 words of a customer who answered; G-N3 he does not want to be called;
        G-N5 a promise has its day.

        :param vals: values of the contact
        """
        _ = self.env._
        violations = []
        result = vals.get("result")
        words = (vals.get("feedback") or "").strip()
        for task in self:
            if vals.get("answered") and not words:
                violations.append(
                    Violation("G-N2", task, _("the words of the customer are missing"))
                )
            if not vals.get("answered") and result not in SILENT_RESULTS:
                violations.append(
                    Violation(
                        "G-N2",
                        task,
                        _("a result of a talk, but nobody answered"),
                    )
                )
            if result == "promised" and not vals.get("next_date"):
                violations.append(
                    Violation("G-N5", task, _("the day of the promise is missing"))
                )
            violations += task._channel_violations(vals.get("method"))
        return violations

    # ----------------------------------------------------------- Contacts
    def _register_contact(self, vals):
        """Write a contact down, and what follows from it.

        :param vals: values of ``dealer.renewal.contact``
        :return: the contacts
        :raises GuardError: G-N2, G-N3, G-N5
        """
        self._check_holds(*AGENTS)
        self.check_access("write")
        self._check_state(TALK_STATES, self.env._("Contact"))
        self._refuse(self._contact_violations(vals))
        return self._append_contacts(vals)

    def _append_contacts(self, vals):
        user = self.env.user
        manager = user.has_group("dealer_base.group_insurance_manager")
        contacts = self.env["dealer.renewal.contact"]._sudo_append(
            [
                {
                    "user_id": user.id,
                    "by_manager": manager,
                    **vals,
                    "task_id": task.id,
                    "node_id": task.current_node_id.id,
                    "planned_date": task.current_node_id and task._node_date(),
                }
                for task in self
            ]
        )
        claim_attachments(contacts, "attachment_ids")
        self._schedule_calls(follow_up=True)
        self._rescore()
        return contacts

    def _contact_dialog(self, result, method=None):
        """The small dialog of a result, with the next day proposed.

        :param result: code of the result; empty lets the person choose
        """
        self.ensure_one()
        self._check_holds(*AGENTS)
        self.check_access("write")
        self._check_state(TALK_STATES, self.env._("Contact"))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Contact: %(name)s", name=self.display_name),
            "res_model": "dealer.renewal.contact.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_task_id": self.id,
                "default_result": result,
                "default_method": method or "call",
            },
        }

    def _propose_next_date(self, result):
        """When to call again: as the node says, not after the next node.

        :param result: result of this contact
        :return: date, or empty where no further call is due
        """
        self.ensure_one()
        if result in ("refused", "wrong_number"):
            return False
        today = self.company_id._dealer_today()
        nodes = self._sudo_nodes()
        offset = (today - self.expiry_date).days
        current, following = nodes._at(offset), nodes._after(offset)
        days = current.next_days or 7
        if result == "no_answer":
            days = 1
        elif result == "quote":
            days = min(days, 2)
        day = fields.Date.add(today, days=days)
        if following:
            node_day = fields.Date.add(self.expiry_date, days=following.offset_days)
            day = min(day, node_day)
        return max(day, fields.Date.add(today, days=1))

    def _sudo_nodes(self):
        # sudo: the nodes are the same for everybody
        return self.env["dealer.renewal.node"].sudo()._in_force(self.company_id)

    def action_contact(self):
        """Write down any contact."""
        return self._contact_dialog(False)

    def action_no_answer(self):
        """Nobody answered."""
        return self._contact_dialog("no_answer")

    def action_think(self):
        """The customer will think about it."""
        return self._contact_dialog("think")

    def action_wants_quote(self):
        """The customer wants a quote; the dialog opens it."""
        return self._contact_dialog("quote")

    def action_promised(self):
        """The customer promised to renew here."""
        return self._contact_dialog("promised")

    def action_refused(self):
        """The customer refuses; the dialog goes on to the loss."""
        return self._contact_dialog("refused")

    def action_wrong_number(self):
        """The number belongs to somebody else."""
        return self._contact_dialog("wrong_number")

    def _forget_all(self):
        """Nobody is asked any more: the task is decided."""
        self._forget_calls(
            "dealer_renewal.activity_renewal_call",
            "dealer_renewal.activity_renewal_follow",
            "dealer_renewal.activity_renewal_lane",
        )

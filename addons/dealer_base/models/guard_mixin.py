from typing import NamedTuple

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

# Only code that imports this module can hold the key: a caller over RPC sends
# JSON, which cannot carry this object.
PROTECTED_DOOR = object()
_DOOR_KEY = "dealer_protected_door"


class Violation(NamedTuple):
    """One guard that one record does not satisfy.

    ``reason`` is translated already. ``fact`` is optional: the state of affairs
    in short (for example the open amount); a waiver signed for one fact does not
    cover another.
    """

    code: str
    record: models.BaseModel
    reason: str
    fact: str = ""


class GuardError(UserError):
    """Refusal of a transition with every open guard of every record."""

    def __init__(self, message, violations=()):
        super().__init__(message)
        self.violations = list(violations)

    @property
    def codes(self):
        """Codes of the open guards, in order, without repetition."""
        return list(dict.fromkeys(violation.code for violation in self.violations))


class DealerGuardMixin(models.AbstractModel):
    """Guarded transitions, waivers and fields that only buttons may change.

    A transition is written as::

        def action_deliver(self):
            self.check_access("write")
            self._check_guards("deliver")
            self._do_deliver(self._prepare_deliver_vals())

    A model implements ``_guard_<transition>()``; it looks at all of ``self`` at
    once and returns the violations it finds.

    A form shows what is open before anybody clicks::

        <div class="alert alert-warning" role="alert" invisible="not open_guard_html">
            <field name="open_guard_html" />
            <button name="action_open_waiver" type="object" string="Waive…"
                    invisible="not can_waive_guard" />
        </div>

    Lists must not show ``open_guard_html``: it runs the guards.
    """

    _name = "dealer.guard.mixin"
    _inherit = ["dealer.store.mixin"]
    _description = "Guarded Transitions"

    _protected_fields = ("state",)
    _guard_transitions = ()

    open_guard_html = fields.Html(
        string="Open Guards",
        compute="_compute_open_guard_html",
        sanitize=False,
        export_string_translation=False,
        exportable=False,
    )
    can_waive_guard = fields.Boolean(
        compute="_compute_open_guard_html",
        export_string_translation=False,
        exportable=False,
    )

    # ------------------------------------------------------------------ Posts
    @api.model
    def _check_holds(self, *posts):
        """Refuse who holds none of the posts (domain.md §9.1).

        :param posts: names of posts without ``group_``
        :raises AccessError: with the names of the posts
        """
        xmlids = [f"dealer_base.group_{post}" for post in posts]
        if self.env.su or self.env.user.has_groups(",".join(xmlids)):
            return
        # sudo: the names of the posts are no secret, the groups are not for all to read
        groups_sudo = self.env["res.groups"].sudo()
        for xmlid in xmlids:
            groups_sudo |= self.env.ref(xmlid)
        raise AccessError(
            self.env._(
                "This step belongs to: %(posts)s.",
                posts=", ".join(groups_sudo.mapped("name")),
            )
        )

    @api.model
    def _state_label(self, state):
        return dict(self._fields["state"]._description_selection(self.env))[state]

    def _check_state(self, allowed, action):
        """Refuse a button that does not belong to the present state.

        :param allowed: states in which the button works
        :param action: its label, translated
        """
        wrong = self.filtered(lambda record: record.state not in allowed)
        if wrong:
            raise UserError(
                self.env._(
                    "%(names)s: “%(action)s” is not possible in state %(state)s.",
                    names=", ".join(wrong.mapped("display_name")),
                    action=action,
                    state=", ".join(map(self._state_label, set(wrong.mapped("state")))),
                )
            )

    # ------------------------------------------------------------- Violations
    def _open_violations(self, transition):
        """Guards that stop ``transition``, without those waived effectively.

        :param transition: name without ``action_``
        :return: list of :class:`Violation`
        """
        check = getattr(self, f"_guard_{transition}", None)
        violations = check() if check and self else []
        if not violations:
            return []
        signatures = self._guard_signatures(transition)
        return [
            violation
            for violation in violations
            if not self._waiver_progress(violation, signatures)[0]
        ]

    def _check_guards(self, transition):
        """Refuse ``transition`` when a guard is open.

        :raises GuardError: one error that lists every open guard of every record
        """
        violations = self._open_violations(transition)
        if violations:
            lines = [self._guard_line(violation) for violation in violations]
            raise GuardError("\n".join(lines), violations)

    def _guard_line(self, violation):
        """One line of a refusal: code, record, reason, next step, who may waive."""
        guard = self._sudo_guard(violation.code)
        name = violation.record.display_name
        line = self.env._(
            "[%(code)s] %(name)s: %(reason)s",
            code=violation.code,
            name=name,
            reason=violation.reason,
        )
        if not line.endswith((".", "。", "!", "！")):
            line += self.env._(".")
        if guard.next_step:
            line += self.env._(" Next: %(step)s", step=guard.next_step)
        allowed = guard._allowed_text()
        if allowed:
            line += self.env._(" May allow it: %(posts)s.", posts=allowed)
        return line

    def _sudo_guard(self, code):
        """The guard with its texts and posts, which are no secret to anybody."""
        return self.env["dealer.guard"]._by_code(code).sudo()

    # ---------------------------------------------------------------- Waivers
    def _guard_signatures(self, transition):
        return self.env["dealer.override"]._sudo_signatures(
            self._name, self.ids, transition
        )

    def _waiver_progress(self, violation, signatures):
        """How far the waiver of one violation has come.

        :param signatures: result of ``_guard_signatures``
        :return: tuple (complete, lines that count, groups still missing)
        """
        guard = self._sudo_guard(violation.code)
        groups = guard.waiver_group_ids
        lines = signatures.get((guard.id, violation.record.id))
        nobody_sudo = self.env["dealer.override"].sudo()
        if not guard or guard.waiver_mode == "none":
            return False, nobody_sudo, groups.browse()
        lines = (nobody_sudo if lines is None else lines).filtered(
            lambda line: (
                line.role_group_id in groups and (line.fact or "") == violation.fact
            )
        )
        if guard.waiver_mode == "one":
            return bool(lines), lines, groups if not lines else groups.browse()
        # Joint: every post by another person. A person signs once per case, so
        # the first line of each person and post is enough.
        signed, users = groups.browse(), self.env["res.users"]
        counted = nobody_sudo
        for line in lines:
            if line.role_group_id not in signed and line.user_id not in users:
                signed |= line.role_group_id
                users |= line.user_id
                counted |= line
        missing = groups - signed
        return not missing, counted, missing

    def _waive(self, code, transition, reason, reason_code=None):
        """Sign the waiver of an open guard as the current user.

        The user signs in a post of the guard that he holds. A joint waiver takes
        one signature of each post, all by different people.

        :param code: code of the guard, such as ``G-P4``
        :param transition: transition that the guard stops
        :param reason: why, in words; required
        :param reason_code: ``dealer.reason.code`` of category ``waiver``
        :return: lines of the override log
        :raises AccessError: the user holds none of the posts
        :raises UserError: nothing to waive, no reason, or signed already
        """
        self.check_access("read")
        guard = self._sudo_guard(code)
        if not guard or guard.waiver_mode == "none":
            raise UserError(self.env._("Guard %(code)s cannot be waived.", code=code))
        held = guard.waiver_group_ids & self.env.user.all_group_ids
        if not held:
            raise AccessError(
                self.env._(
                    "Guard %(code)s may be waived only by: %(posts)s.",
                    code=code,
                    posts=guard._allowed_text(),
                )
            )
        if not (reason or "").strip():
            raise UserError(
                self.env._("Write why guard %(code)s is waived.", code=code)
            )
        signatures = self._guard_signatures(transition)
        violations = {}
        for violation in self._open_violations(transition):
            if violation.code == code:
                facts = violations.setdefault(violation.record.id, {})
                facts.setdefault(violation.fact, violation)
        vals_list = []
        for record in self:
            facts = violations.get(record.id)
            if not facts:
                raise UserError(
                    self.env._(
                        "%(name)s: guard %(code)s is not open, there is nothing to "
                        "waive.",
                        name=record.display_name,
                        code=code,
                    )
                )
            signed_lines = []
            for violation in facts.values():
                _done, signed, missing = self._waiver_progress(violation, signatures)
                roles = held & missing
                if roles and self.env.user not in signed.user_id:
                    signed_lines.append(
                        record._prepare_override_vals(
                            guard, violation, transition, roles[:1], reason, reason_code
                        )
                    )
            if not signed_lines:
                raise UserError(
                    self.env._(
                        "%(name)s: you or your post have signed the waiver of "
                        "%(code)s already. Still missing: %(posts)s, by another "
                        "person.",
                        name=record.display_name,
                        code=code,
                        posts=guard._waiver_missing_text(missing),
                    )
                )
            vals_list += signed_lines
        lines = self.env["dealer.override"]._sudo_log(vals_list)
        self._sudo_post_waiver(guard, reason)
        return lines

    def _prepare_override_vals(
        self, guard, violation, transition, role, reason, reason_code
    ):
        self.ensure_one()
        company = self.company_id if "company_id" in self._fields else None
        return {
            "guard_id": guard.id,
            "res_model": self._name,
            "res_id": self.id,
            "record_name": self.display_name,
            "transition": transition,
            "fact": violation.fact,
            "role_group_id": role.id,
            "user_id": self.env.user.id,
            "signed_at": fields.Datetime.now(),
            "reason_id": reason_code.id if reason_code else False,
            "reason": reason.strip(),
            "company_id": (company or self.env.company).id,
        }

    def _sudo_post_waiver(self, guard, reason):
        """Leave a note of the waiver on documents that have a chatter."""
        if not hasattr(self, "_message_log_batch"):
            return
        body = Markup("<p>%s</p>") % self.env._(
            "Guard %(code)s waived: %(reason)s", code=guard.code, reason=reason
        )
        author = self.env.user.partner_id
        # Who may waive need not have write access to the document.
        self.sudo()._message_log_batch(
            bodies=dict.fromkeys(self.ids, body), author_id=author.id
        )

    def action_open_waiver(self):
        """Open the wizard in which the current user signs a waiver."""
        self.check_access("read")
        self.ensure_one()
        wizard = self.env["dealer.override.wizard"]._open_for(self)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Waive a Guard"),
            "res_model": wizard._name,
            "res_id": wizard.id,
            "view_mode": "form",
            "target": "new",
        }

    # ----------------------------------------------------------------- Screen
    def _guard_shown(self, transition):
        """Records on whose form the open guards of ``transition`` are shown.

        A model narrows it to the records that can do the transition next.
        """
        return self

    def _guard_transition_label(self, transition):
        """Translated name of a transition for the alert on the form."""
        return ""

    @api.depends_context("uid", "lang", "allowed_company_ids")
    def _compute_open_guard_html(self):
        saved = self.filtered(lambda record: isinstance(record.id, int))
        (self - saved).open_guard_html = False
        (self - saved).can_waive_guard = False
        items = {record.id: [] for record in saved}
        waivable = set()
        held = self.env.user.all_group_ids
        for transition in self._guard_transitions:
            shown = saved._guard_shown(transition)
            violations = shown._open_violations(transition)
            if not violations:
                continue
            signatures = shown._guard_signatures(transition)
            label = self._guard_transition_label(transition)
            by_guard = {}
            for violation in violations:
                key = (violation.record.id, violation.code)
                by_guard.setdefault(key, []).append(violation)
                progress = self._waiver_progress(violation, signatures)
                if progress[2] & held and self.env.user not in progress[1].user_id:
                    waivable.add(violation.record.id)
            for (record_id, _code), same in by_guard.items():
                progress = self._waiver_progress(same[0], signatures)
                items[record_id].append(self._guard_item(same, progress, label))
        for record in saved:
            rows = items[record.id]
            record.can_waive_guard = record.id in waivable
            record.open_guard_html = rows and Markup(
                '<ul class="o_dealer_guards mb-0 ps-3">%s</ul>'
            ) % Markup("").join(rows)

    def _guard_item(self, violations, progress, label):
        """One list item of the alert: like the refusal, with the signatures.

        :param violations: open violations of one guard on one record
        """
        violation = violations[0]
        guard = self._sudo_guard(violation.code)
        _done, signed, missing = progress
        parts = [
            Markup("<b>[%s]</b> ") % violation.code,
            Markup("%s") % self.env._("%(step)s: ", step=label) if label else "",
            "; ".join(violation.reason for violation in violations),
        ]
        if guard.next_step:
            parts.append(
                Markup("<br/>%s") % self.env._("Next: %(step)s", step=guard.next_step)
            )
        allowed = guard._allowed_text()
        if allowed:
            parts.append(
                Markup('<br/><span class="text-muted">%s</span>')
                % self.env._("May allow it: %(posts)s.", posts=allowed)
            )
        if signed:
            names = ", ".join(
                f"{line.user_id.name} ({line.role_group_id.name})" for line in signed
            )
            parts.append(
                Markup("<br/>%s")
                % self.env._(
                    "Signed: %(names)s. Still missing: %(posts)s.",
                    names=names,
                    posts=guard._waiver_missing_text(missing),
                )
            )
        return Markup("<li>%s</li>") % Markup("").join(parts)

    # ------------------------------------------------------- Protected fields
    def _protected_hint(self, field_name):
        """Which button changes a protected field; a model names it."""
        return self.env._("Use the buttons of the form.")

    def _protected_error(self, field_name):
        label = self._fields[field_name]._description_string(self.env)
        return UserError(
            self.env._(
                "“%(field)s” cannot be set directly. %(hint)s",
                field=label,
                hint=self._protected_hint(field_name),
            )
        )

    def _write_protected(self, vals):
        """Write protected fields: the one door that transitions use."""
        return self.with_context(**{_DOOR_KEY: PROTECTED_DOOR}).write(vals)

    @api.model
    def _create_protected(self, vals_list):
        """Create records in any state, for history that is taken over."""
        door = self.with_context(**{_DOOR_KEY: PROTECTED_DOOR})
        return door.create(vals_list).with_context(**{_DOOR_KEY: False})

    def _guarded_names(self):
        return [name for name in self._protected_fields if name in self._fields]

    @api.model_create_multi
    def create(self, vals_list):
        if self.env.context.get(_DOOR_KEY) is PROTECTED_DOOR:
            records = self.with_context(**{_DOOR_KEY: False})
            return super(DealerGuardMixin, records).create(vals_list)
        names = self._guarded_names()
        records = self
        # A default in the context, or one a user stored for himself, is a way to
        # set a field like any other: protected fields get the model's default.
        forged = {
            f"default_{name}" for name in names if f"default_{name}" in self.env.context
        }
        if forged:
            context = {k: v for k, v in self.env.context.items() if k not in forged}
            records = self.with_env(self.env(context=context))
        checked = []
        for vals in vals_list:
            vals = dict(vals)
            for name in names:
                field = self._fields[name]
                default = field.default(records) if field.default else False
                if isinstance(default, models.BaseModel):
                    default = field.convert_to_write(default, records)
                if name not in vals:
                    # Lines of other models have no default; naming them would
                    # also ask for the right to write them.
                    x2many = field.type in ("one2many", "many2many")
                    # A field of other groups, such as a key, is closed to the user
                    # already; naming it would refuse the whole record.
                    closed = not self._has_field_access(field, "write")
                    if not (field.compute or closed or (x2many and not default)):
                        vals[name] = default
                elif (vals[name] or False) != (default or False):
                    raise self._protected_error(name)
            checked.append(vals)
        return super(DealerGuardMixin, records).create(checked)

    def write(self, vals):
        if self.env.context.get(_DOOR_KEY) is PROTECTED_DOOR:
            records = self.with_context(**{_DOOR_KEY: False})
            return super(DealerGuardMixin, records).write(vals)
        for name in self._guarded_names():
            if name in vals:
                raise self._protected_error(name)
        return super().write(vals)

    def copy_data(self, default=None):
        """A copy starts at the beginning, whatever its model copies."""
        names = set(self._guarded_names()) - set(default or {})
        return [
            {name: value for name, value in vals.items() if name not in names}
            for vals in super().copy_data(default)
        ]

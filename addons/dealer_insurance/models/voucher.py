from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from odoo.addons.dealer_base.models.guard_mixin import GuardError, Violation

from ..const import PRODUCTS

VOUCHER_STATES = [
    ("stock", "In Stock"),
    ("held", "Held by a Clerk"),
    ("used", "Used"),
    ("void", "Void"),
    ("returned", "Returned to the Insurer"),
    ("lost", "Lost"),
]
MOVE_KINDS = [
    ("receive", "Received from the Insurer"),
    ("hand_out", "Handed to a Clerk"),
    ("take_back", "Taken Back"),
    ("use", "Used"),
    ("void", "Spoilt"),
    ("return", "Returned to the Insurer"),
    ("lost", "Lost"),
    ("found", "Found Again"),
]
# What the last movement makes of the paper.
STATE_AFTER = {
    "receive": "stock",
    "hand_out": "held",
    "take_back": "stock",
    "use": "used",
    "void": "void",
    "return": "returned",
    "lost": "lost",
    "found": "stock",
}
# From which states a movement starts; nothing comes back from use or the insurer.
STATES_BEFORE = {
    "hand_out": ("stock",),
    "take_back": ("held",),
    "use": ("stock", "held"),
    "void": ("stock", "held", "used"),
    "return": ("stock", "void"),
    "lost": ("stock", "held"),
    "found": ("lost",),
}
NEEDS_REASON = ("void", "lost", "found")


class DealerVoucherType(models.Model):
    """Kind of pre-numbered paper of an insurer: policy form, sticker, receipt."""

    _name = "dealer.voucher.type"
    _description = "Kind of Blank Form"
    _order = "sequence, code"
    _rec_names_search = ["code", "name"]

    code = fields.Char(required=True)
    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    product = fields.Selection(
        PRODUCTS, help="Used for policies of this product only; empty: for all."
    )
    low_stock = fields.Integer(
        string="Warn Below",
        default=20,
        help="Fewer papers of an insurer in a store remind the clerk to order.",
    )
    active = fields.Boolean(default=True)

    _code_uniq = models.UniqueIndex("(code)", "This kind exists already.")
    _low_stock_positive = models.Constraint(
        "CHECK (low_stock >= 0)", "The warning level cannot be negative."
    )


class DealerVoucher(models.Model):
    """One pre-numbered form or sticker of an insurer in the store's keeping (S77).

    Its state is what its last movement made of it; movements are a register that
    only grows.
    """

    _name = "dealer.voucher"
    _description = "Blank Form or Sticker"
    _inherit = ["dealer.derived.mixin"]
    _order = "type_id, insurer_id, name"
    _check_company_auto = True
    _protected_fields = (
        "name",
        "type_id",
        "insurer_id",
        "company_id",
        "move_ids",
        "state",
        "holder_id",
        "policy_id",
    )

    name = fields.Char(string="Serial", required=True, index="trigram")
    company_id = fields.Many2one(
        "res.company",
        string="Store",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    type_id = fields.Many2one(
        "dealer.voucher.type", string="Kind", required=True, index=True
    )
    insurer_id = fields.Many2one(
        "res.partner",
        required=True,
        index=True,
        domain=[("is_insurer", "=", True)],
    )
    place = fields.Char()
    state = fields.Selection(
        VOUCHER_STATES, compute="_compute_state", store=True, index=True
    )
    holder_id = fields.Many2one(
        "res.users", string="Held By", compute="_compute_state", store=True
    )
    policy_id = fields.Many2one(
        "dealer.policy",
        string="Used for Policy",
        compute="_compute_state",
        store=True,
        index="btree_not_null",
    )
    last_moved_at = fields.Datetime(compute="_compute_state", store=True)
    move_ids = fields.One2many("dealer.voucher.move", "voucher_id")

    _serial_uniq = models.UniqueIndex(
        "(insurer_id, type_id, name)",
        "A form of this insurer with this serial is registered already.",
    )

    @api.depends("move_ids.kind", "move_ids.holder_id", "move_ids.policy_id")
    def _compute_state(self):
        for voucher in self:
            moves = voucher.move_ids.sorted("id")
            last = moves[-1:]
            voucher.state = STATE_AFTER.get(last.kind, "stock")
            voucher.holder_id = last.holder_id if last.kind == "hand_out" else False
            used = moves.filtered("policy_id")[-1:]
            voucher.policy_id = used.policy_id
            voucher.last_moved_at = last.moved_at

    @api.model
    def _receive(self, company, insurer, kind, serials, place=None):
        """Take forms into stock, in one batch.

        :param company: the store
        :param insurer: whose forms they are
        :param kind: ``dealer.voucher.type``
        :param serials: list of serial numbers
        :return: the forms
        """
        self._check_holds("policy_clerk", "insurance_manager")
        known = self._sudo_known(insurer, kind, serials)
        if known:
            raise UserError(
                self.env._(
                    "%(serials)s: registered already for %(insurer)s. Check the range "
                    "of serials.",
                    serials=", ".join(known[:5]),
                    insurer=insurer.display_name,
                )
            )
        vouchers = self._sudo_create(
            [
                {
                    "company_id": company.id,
                    "insurer_id": insurer.id,
                    "type_id": kind.id,
                    "name": serial,
                    "place": place,
                }
                for serial in serials
            ]
        )
        vouchers._sudo_move("receive")
        return vouchers

    @api.model
    def _sudo_known(self, insurer, kind, serials):
        """Serials in use in any store: a number exists once in the world."""
        return (
            self.sudo()
            .search(
                Domain("insurer_id", "=", insurer.id)
                & Domain("type_id", "=", kind.id)
                & Domain("name", "in", serials)
            )
            .mapped("name")
        )

    @api.model
    def _sudo_create(self, vals_list):
        """Forms of a reception; the caller has checked the post."""
        return self.browse(self.sudo()._create_protected(vals_list).ids)

    def _move(self, kind, holder=None, policy=None, reason=None):
        """Move forms, all or none.

        :param kind: key of ``MOVE_KINDS``
        :param holder: user who takes them ("hand_out")
        :param policy: policy they were used for ("use")
        :param reason: why they are spoilt, lost or found
        :raises GuardError: G-Z3, every form that cannot be moved
        """
        posts = ("policy_clerk", "insurance_manager")
        if kind in ("lost", "found"):
            posts = ("insurance_manager", "uw_leader")
        self._check_holds(*posts)
        self.check_access("read")
        violations = self._move_violations(kind, holder, policy, reason)
        if violations:
            lines = [self._guard_line(violation) for violation in violations]
            raise GuardError("\n".join(lines), violations)
        return self._sudo_move(kind, holder, policy, reason)

    def _move_violations(self, kind, holder, policy, reason):
        """G-Z3: a form moves once, to one policy of its insurer and product."""
        states = dict(self._fields["state"]._description_selection(self.env))
        violations = [
            Violation(
                "G-Z3",
                voucher,
                self.env._("It is “%(state)s”.", state=states[voucher.state]),
            )
            for voucher in self
            if voucher.state not in STATES_BEFORE.get(kind, ())
        ]
        if kind in NEEDS_REASON and not (reason or "").strip():
            violations.append(
                Violation("G-Z3", self[:1], self.env._("Write down why."))
            )
        if kind == "hand_out" and not holder:
            violations.append(
                Violation("G-Z3", self[:1], self.env._("Say who takes it."))
            )
        if kind != "use":
            return violations
        if not policy:
            violations.append(
                Violation("G-Z3", self[:1], self.env._("Say for which policy."))
            )
            return violations
        for voucher in self:
            if voucher.insurer_id.commercial_partner_id != (
                policy.insurer_id.commercial_partner_id
            ):
                reason_text = self.env._(
                    "It is a form of %(insurer)s, the policy is of %(other)s.",
                    insurer=voucher.insurer_id.name,
                    other=policy.insurer_id.name,
                )
            elif voucher.type_id.product and voucher.type_id.product != policy.product:
                reason_text = self.env._(
                    "“%(kind)s” is not used for this product.",
                    kind=voucher.type_id.name,
                )
            elif voucher.company_id != policy.company_id:
                reason_text = self.env._("The policy is of another store.")
            elif policy.state not in ("issued", "cancelled"):
                reason_text = self.env._("The policy is not issued.")
            else:
                continue
            violations.append(Violation("G-Z3", voucher, reason_text))
        return violations

    def _sudo_move(self, kind, holder=None, policy=None, reason=None):
        """Add a movement to each form; the caller has checked post and guards."""
        now = fields.Datetime.now()
        return self.env["dealer.voucher.move"]._sudo_append(
            [
                {
                    "voucher_id": voucher.id,
                    "kind": kind,
                    "moved_at": now,
                    "user_id": self.env.uid,
                    "holder_id": holder.id if holder else False,
                    "policy_id": policy.id if policy else False,
                    "reason": reason,
                }
                for voucher in self
            ]
        )

    def action_open_act(self):
        """Open the dialog that moves the chosen forms."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Move Forms"),
            "res_model": "dealer.voucher.act",
            "view_mode": "form",
            "target": "new",
            "context": {
                **self.env.context,
                "default_voucher_ids": self.ids,
            },
        }

    @api.model
    def _cron_low_stock(self):
        """Daily: remind of forms that run out; one reminder per kind and insurer."""
        for company in self.env["res.company"]._dealer_stores():
            self.with_company(company)._remind_low_stock(company)

    @api.model
    def _remind_low_stock(self, company):
        """Activity on the newest form of each kind and insurer that runs low."""
        groups = self._read_group(
            [("company_id", "=", company.id)],
            ["type_id", "insurer_id"],
            ["id:recordset"],
        )
        user = company._dealer_alert_user()
        if not user:
            return
        today = fields.Date.context_today(self)
        reminder = self.env.ref("dealer_insurance.activity_low_stock")
        for kind, insurer, vouchers in groups:
            left = vouchers.filtered(lambda v: v.state in ("stock", "held"))
            agreement = self.env["dealer.agreement"]._find(insurer, company, today)
            if not kind.active or not agreement or len(left) >= kind.low_stock:
                continue
            # One reminder per kind until somebody has ticked it off.
            kind = kind.with_context(lang=user.lang)
            if agreement.activity_ids.filtered(
                lambda activity, name=kind.name: (
                    activity.activity_type_id == reminder
                    and name in (activity.summary or "")
                )
            ):
                continue
            agreement.activity_schedule(
                activity_type_id=reminder.id,
                user_id=user.id,
                summary=self.with_context(lang=user.lang).env._(
                    "%(kind)s of %(insurer)s: %(number)s left",
                    kind=kind.name,
                    insurer=insurer.name,
                    number=len(left),
                ),
            )


class DealerVoucherMove(models.Model):
    """Where a form went; the table only grows."""

    _name = "dealer.voucher.move"
    _description = "Form Movement"
    _inherit = ["dealer.append.mixin"]
    _order = "id desc"
    _check_company_auto = True

    voucher_id = fields.Many2one(
        "dealer.voucher", required=True, readonly=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(
        related="voucher_id.company_id", store=True, index=True, precompute=True
    )
    kind = fields.Selection(MOVE_KINDS, required=True, readonly=True)
    moved_at = fields.Datetime(required=True, readonly=True)
    user_id = fields.Many2one("res.users", required=True, readonly=True)
    holder_id = fields.Many2one("res.users", string="Taken By", readonly=True)
    policy_id = fields.Many2one("dealer.policy", readonly=True, index="btree_not_null")
    reason = fields.Char(readonly=True)

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.dealer_base.models.guard_mixin import _DOOR_KEY, PROTECTED_DOOR

# Who may make a transition (SM-2); the guards say when.
TRANSITION_POSTS = {
    "propose": ("policy_clerk", "insurance_manager"),
    "underwrite": ("policy_clerk", "insurance_manager"),
    "request_payment": ("policy_clerk", "insurance_manager"),
    "sign": ("cashier",),
    "issue": ("policy_clerk", "insurance_manager"),
    "take_custody": ("policy_clerk", "insurance_manager"),
    "deliver": ("policy_clerk", "insurance_manager"),
    "lend": ("policy_clerk", "insurance_manager"),
    "push_epolicy": ("policy_clerk", "insurance_manager"),
    "back_to_draft": ("policy_clerk", "insurance_manager"),
    "take_back": ("insurance_manager",),
    "void": ("insurance_manager",),
}
# What was proposed to the insurer; later only through the way back to draft.
LOCKED_FROM_PROPOSAL = frozenset(
    {
        "company_id",
        "insurer_id",
        "agreement_id",
        "vehicle_id",
        "applicant_id",
        "insured_id",
        "owner_id",
        "writer_id",
    }
)
# What reports count by; after the issue a manager corrects it (tracked).
LOCKED_FROM_ISSUE = frozenset({"business_type", "insured_date", "consultant_id"})


class DealerUnderwriting(models.Model):
    """Transitions of a ledger row and what they leave behind."""

    _inherit = "dealer.underwriting"

    _protected_fields = (
        "state",
        "name",
        "entry_type",
        "origin_id",
        "is_historical",
        "quote_option_id",
        "proposed_at",
        "proposed_by_id",
        "underwritten_at",
        "underwritten_by_id",
        "payment_requested_at",
        "payment_requested_by_id",
        "issued_at",
        "issued_by_id",
        "delivered_at",
        "delivered_by_id",
        "epolicy_pushed_at",
        "epolicy_pushed_by_id",
        "voided_at",
        "voided_by_id",
        "void_reason_id",
        "void_note",
        "ledger_year",
        "ledger_seq",
        "ledger_no",
        "receiver_name",
        "receiver_signature",
        "custody_id",
        "cashier_signed",
        "cashier_signed_by_id",
        "cashier_signed_name",
        "cashier_signed_at",
        "ctpl_premium",
        "vehicle_tax",
        "commercial_premium",
        "other_premium",
        "amount_due",
        "expected_fee",
        "ctpl_policy_id",
        "commercial_policy_id",
        "other_policy_id",
        "signature_ids",
        "custody_ids",
    )
    _guard_transitions = (
        "propose",
        "underwrite",
        "request_payment",
        "issue",
        "deliver",
    )

    # -- CRUD -------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        underwritings = super().create(vals_list)
        Sequence = self.env["ir.sequence"]
        for underwriting in underwritings:
            if not underwriting.name:
                number = Sequence.with_company(underwriting.company_id).next_by_code(
                    "dealer.underwriting"
                )
                underwriting._write_protected({"name": number})
        underwritings.filtered(lambda u: not u.is_historical)._sync_documents()
        return underwritings

    def write(self, vals):
        if self.env.context.get(_DOOR_KEY) is not PROTECTED_DOOR:
            self._check_locked(LOCKED_FROM_PROPOSAL & vals.keys())
            self._check_issued(LOCKED_FROM_ISSUE & vals.keys())
        result = super().write(vals)
        if {"business_type", "insurer_id"} & vals.keys():
            self.filtered(lambda u: u.state == "draft")._sync_documents()
        return result

    def _check_locked(self, names):
        """Refuse to change what the insurer was asked to underwrite."""
        if not names or not any(
            u.proposed_at or u.issued_at or u.voided_at for u in self
        ):
            return
        labels = [self._fields[n]._description_string(self.env) for n in sorted(names)]
        raise UserError(
            self.env._(
                "%(fields)s cannot change after the proposal. Take the entry back to "
                "draft, or enter an endorsement when the policy is issued.",
                fields=", ".join(labels),
            )
        )

    def _check_issued(self, names):
        """Leave to a manager what reports of issued business count by."""
        if not names or not any(u.issued_at for u in self) or self.env.su:
            return
        if self.env.user.has_group("dealer_base.group_insurance_manager"):
            return
        labels = [self._fields[n]._description_string(self.env) for n in sorted(names)]
        raise UserError(
            self.env._(
                "%(fields)s of an issued entry: an insurance manager corrects it.",
                fields=", ".join(labels),
            )
        )

    def _check_printed(self):
        """After the issue only a manager corrects a number, date or proof (tracked)."""
        manager = "dealer_base.group_insurance_manager"
        if self.env.su or self.env.user.has_group(manager):
            return
        for underwriting in self:
            if underwriting.issued_at or underwriting.voided_at:
                raise UserError(
                    self.env._(
                        "%(entry)s is issued: an insurance manager corrects numbers "
                        "and dates, everything else is an endorsement.",
                        entry=underwriting.display_name,
                    )
                )

    def copy_data(self, default=None):
        """A copy is a new draft for the same customer, with its policies."""
        vals_list = super().copy_data(default)
        for underwriting, vals in zip(self, vals_list, strict=True):
            if "policy_ids" not in vals:
                vals["policy_ids"] = [
                    (0, 0, data) for data in underwriting.policy_ids.copy_data()
                ]
        return vals_list

    # -- rights and screens -----------------------------------------------------

    def _check_post(self, transition):
        """Refuse who does not hold a post for this transition.

        :raises AccessError: with the names of the posts
        """
        self._check_holds(*TRANSITION_POSTS[transition])

    def _next_transition(self):
        """The one step that the form offers as its primary button."""
        self.ensure_one()
        return {
            "draft": "propose",
            "proposed": "underwrite",
            "underwritten": "request_payment",
            "awaiting_payment": "issue",
            "paid": "issue",
            "issued": "deliver",
            "in_custody": "deliver",
        }.get(self.state)

    def _guard_shown(self, transition):
        return self.filtered(lambda u: u._next_transition() == transition)

    def _guard_transition_label(self, transition):
        return {
            "propose": self.env._("Propose"),
            "underwrite": self.env._("Accepted by Insurer"),
            "request_payment": self.env._("Request Payment"),
            "issue": self.env._("Issue"),
            "deliver": self.env._("Hand Over"),
        }.get(transition, "")

    def _act_wizard(self, act):
        """Dialog that asks for what an act needs (reason, receiver, place)."""
        return {
            "type": "ir.actions.act_window",
            "name": dict(
                self.env["dealer.underwriting.act"]
                ._fields["act"]
                ._description_selection(self.env)
            )[act],
            "res_model": "dealer.underwriting.act",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_act": act,
                "default_underwriting_ids": self.ids,
            },
        }

    def _begin(self, transition):
        """What every transition of the back office checks first."""
        self._check_post(transition)
        self.check_access("write")
        self._check_guards(transition)

    def _stamp(self, prefix):
        """Fact of a transition: when, and by whom."""
        return {
            f"{prefix}_at": fields.Datetime.now(),
            f"{prefix}_by_id": self.env.uid,
        }

    # -- proposal to issue ------------------------------------------------------

    def action_propose(self):
        """Send the proposal to the insurer; the documents must be there (G-P1)."""
        self._begin("propose")
        self._write_protected(self._stamp("proposed"))
        return True

    def action_underwrite(self):
        """Record that the insurer has accepted the proposal."""
        self._begin("underwrite")
        self._write_protected(self._stamp("underwritten"))
        return True

    def action_request_payment(self):
        """Ask the customer for the premium; a collected one is booked (E1)."""
        self._begin("request_payment")
        self._write_protected(self._stamp("payment_requested"))
        self._create_premium_move()
        return True

    def action_back_to_draft(self):
        """Way back while no money has come: price or data must change."""
        self._begin("back_to_draft")
        self.filtered("payment_requested_at")._void_money()
        self._write_protected(
            dict.fromkeys(
                (
                    "proposed_at",
                    "proposed_by_id",
                    "underwritten_at",
                    "underwritten_by_id",
                    "payment_requested_at",
                    "payment_requested_by_id",
                ),
                False,
            )
        )
        self._reopen_signature(self.env._("Entry taken back to draft"))
        return True

    def action_issue(self):
        """Issue the policies: number them in the ledger and freeze the fee.

        The whole recordset is numbered in its order, gapless per ledger (S80).

        :raises GuardError: every open guard of every record at once
        """
        self._begin("issue")
        self._assign_ledger_numbers()
        # After the numbers: whoever waited for his number is also later in time.
        self._write_protected(self._stamp("issued"))
        self.policy_ids._freeze_fee()
        self.endorsement_ids._make_effective()
        self.env["dealer.archive"]._open_for_entries(self)
        return True

    # -- hand-over (S77, S81, S82) ----------------------------------------------

    def action_take_custody(self, place=None, box=None):
        """Keep the policies for the customer.

        :param place: where they lie; asked for in a dialog when missing
        :param box: number of the box
        """
        self._begin("take_custody")
        if not place:
            return self._act_wizard("take_custody")
        custodies = self.env["dealer.custody"]._sudo_open(self, place, box)
        for underwriting, custody in zip(self, custodies, strict=True):
            underwriting._write_protected({"custody_id": custody.id})
        return True

    def action_deliver(self, receiver_name=None, signature=None):
        """Hand the policies over to the customer (G-P4, G-P5).

        :param receiver_name: who took them; asked for in a dialog when missing
        :param signature: image of the receiver's signature, base64
        """
        self._begin("deliver")
        if not receiver_name:
            return self._act_wizard("deliver")
        kept = self.filtered(lambda u: u.state == "in_custody")
        kept.custody_id._sudo_move("out", receiver_name, signature)
        self._write_protected(
            {
                **self._stamp("delivered"),
                "receiver_name": receiver_name,
                "receiver_signature": signature or False,
            }
        )
        return True

    def action_lend(self, receiver_name=None, reason=None):
        """Lend papers out of custody, e.g. for a claim; they are expected back."""
        self._begin("lend")
        if not receiver_name or not reason:
            return self._act_wizard("lend")
        self.custody_id._sudo_move("lend", receiver_name, reason=reason)
        return True

    def action_return_custody(self):
        """Lent papers are back in the box."""
        self._check_post("take_custody")
        self.check_access("write")
        lent = self.custody_id.filtered(lambda c: c.state == "lent")
        if not lent:
            raise UserError(self.env._("Nothing is lent out."))
        lent._sudo_move("return")
        return True

    def action_withdraw_custody(self, reason=None):
        """Undo a custody that was entered by mistake."""
        self._check_post("take_custody")
        self.check_access("write")
        if any(u.state != "in_custody" for u in self):
            raise UserError(self.env._("The policies are not in custody."))
        if not reason:
            return self._act_wizard("withdraw_custody")
        self.custody_id._sudo_move("withdraw", reason=reason)
        return True

    def action_take_back(self, reason=None):
        """Undo a hand-over: the papers are back in the store."""
        self._check_post("take_back")
        self.check_access("write")
        if any(u.state != "delivered" for u in self):
            raise UserError(self.env._("The policies are not handed over."))
        if not reason:
            return self._act_wizard("take_back")
        for underwriting in self:
            underwriting._message_log(
                body=self.env._(
                    "Hand-over to %(receiver)s undone: %(reason)s",
                    receiver=underwriting.receiver_name,
                    reason=reason,
                )
            )
        self._write_protected(
            {
                "delivered_at": False,
                "delivered_by_id": False,
                "receiver_name": False,
                "receiver_signature": False,
            }
        )
        return True

    def action_push_epolicy(self):
        """Send the electronic policies to the applicant (G-P4, G-P5)."""
        self._begin("push_epolicy")
        template = self.env.ref("dealer_insurance.mail_template_epolicy")
        for underwriting in self:
            attachments = underwriting.policy_ids.document_attachment_ids
            template.send_mail(
                underwriting.id,
                email_values={"attachment_ids": [(6, 0, attachments.ids)]},
            )
        self._write_protected(self._stamp("epolicy_pushed"))
        return True

    # -- void -------------------------------------------------------------------

    def action_void(self, reason_id=None, note=None):
        """Make the row void: its number stays, its money is reversed (SM-2).

        :param reason_id: id of a reason code of category "void"; asked for in a
            dialog when missing
        :param note: explanation in words
        """
        self._begin("void")
        if not reason_id:
            return self._act_wizard("void")
        reason = self.env["dealer.reason.code"].browse(reason_id).exists()
        if reason.category != "void":
            raise UserError(self.env._("Choose a reason for the void."))
        if reason.needs_text and not (note or "").strip():
            raise UserError(self.env._("Explain the reason in a few words."))
        self.filtered("payment_requested_at")._void_money()
        self._write_protected(
            {
                **self._stamp("voided"),
                "void_reason_id": reason.id,
                "void_note": note or False,
            }
        )
        kept = self.custody_id.filtered(lambda c: c.state in ("in", "lent"))
        kept._sudo_move("withdraw", reason=reason.display_name)
        self._reopen_signature(self.env._("Entry void: %(why)s", why=reason.name))
        self.endorsement_ids._undo_effective()
        return True

    # -- hooks of the money part ------------------------------------------------

    def _create_premium_move(self):
        """Book what the payer owes and what is due to the insurer."""

    def _void_money(self):
        """Reverse what was booked for these records."""

    # -- history ----------------------------------------------------------------

    @api.model
    @api.private
    def _create_historical(self, vals_list):
        """Rows of the paper ledger, with the facts that it tells.

        No guard is asked: what happened has happened. Facts may be given by name
        (``issued_at``, ``ledger_year``, ``ledger_seq``, ``ledger_no``,
        ``delivered_at`` …); earlier facts that the paper does not know take the
        time of the issue.

        :param vals_list: list of value dicts; ``issued_at`` in UTC; ``policy_ids``
            as create commands only
        :return: underwritings in the order of the list
        """
        stamped, policy_vals = [], []
        Company = self.env["res.company"]
        for vals in vals_list:
            vals = {**vals, "is_historical": True}
            company = Company.browse(vals.get("company_id")) or self.env.company
            issued = vals.get("issued_at")
            if issued:
                for name in ("proposed_at", "underwritten_at", "payment_requested_at"):
                    vals.setdefault(name, issued)
                day = self.with_company(company)._store_date(issued)
                vals.setdefault("insured_date", day)
            policy_vals.append([data for _c, _i, data in vals.pop("policy_ids", [])])
            stamped.append(vals)
        underwritings = self._create_protected(stamped)
        policies = self.env["dealer.policy"]._create_protected(
            [
                {**data, "underwriting_id": underwriting.id}
                for underwriting, rows in zip(underwritings, policy_vals, strict=True)
                for data in rows
            ]
        )
        policies.filtered("issued_at")._freeze_fee()
        return underwritings

import secrets
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

LEADERS = ("claim_leader", "insurance_manager")
RECEPTION = ("claim_receptionist", "claim_leader", "insurance_manager")


class DealerClaim(models.Model):
    """Transitions of a claim from the reception to the gate (SM-10 rows 1-6).

    Each button has its way back: :meth:`action_step_back` undoes the last step of the
    car while the costs are open, :meth:`action_unlock_costs` opens them again while
    nothing is paid, :meth:`action_take_back_release` brings a car back that never left.
    """

    _inherit = "dealer.claim"

    released_with_iou = fields.Boolean(
        string="Released on a Promise",
        readonly=True,
        copy=False,
        help="Released although money was missing; manager and finance have signed.",
    )
    gate_token = fields.Char(readonly=True, copy=False, groups="base.group_system")
    gate_valid_until = fields.Datetime(compute="_compute_gate_valid_until")
    left_at = fields.Datetime(
        string="Left the Gate", readonly=True, copy=False, tracking=True
    )
    left_by_id = fields.Many2one(
        "res.users", string="Let Out By", readonly=True, copy=False
    )

    _gate_token_uniq = models.UniqueIndex(
        "(gate_token) WHERE gate_token IS NOT NULL",
        "This gate pass exists already.",
    )

    @api.depends("released_at", "company_id.dealer_claim_gate_hours")
    def _compute_gate_valid_until(self):
        for claim in self:
            hours = timedelta(hours=claim.company_id.dealer_claim_gate_hours)
            claim.gate_valid_until = claim.released_at and claim.released_at + hours

    def _check_car_state(self, allowed, action):
        """Refuse a button that does not belong to where the car stands.

        :param allowed: values of ``car_state``
        :param action: label of the button, translated
        """
        wrong = self.filtered(
            lambda claim: claim.car_state not in allowed or claim._is_over()
        )
        if wrong:
            labels = dict(self._fields["state"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "%(names)s: “%(action)s” is not possible in state %(state)s.",
                    names=", ".join(wrong.mapped("display_name")),
                    action=action,
                    state=", ".join(labels[state] for state in set(wrong._states())),
                )
            )

    def _states(self):
        return self.mapped("state")

    def _is_over(self):
        return bool(self.voided_at or self.closed_at)

    def _begin(self, action, states, *posts):
        self.check_access("write")
        self._check_holds(*(posts or RECEPTION))
        self._check_car_state(states, action)

    # ------------------------------------------------------------ Assessment
    def action_start_assessment(self):
        """The reception sheet is complete, the assessor is asked (row 1)."""
        self._begin(self.env._("Start Assessment"), ("received",))
        self._check_guards("start_assessment")
        self._write_protected({"assessing_at": fields.Datetime.now()})
        return True

    def action_confirm_assessment(self):
        """Amounts and payers are agreed with the insurer (row 2)."""
        self._begin(self.env._("Confirm Assessment"), ("assessing",))
        self._check_guards("confirm_assessment")
        now = fields.Datetime.now()
        for claim in self:
            vals = {"assessed_at": now}
            if claim.company_id.currency_id.is_zero(claim.quote_amount):
                vals["quote_amount"] = sum(claim.cost_ids.mapped("amount"))
            claim._write_protected(vals)
        return True

    # ---------------------------------------------------------------- Repair
    def action_start_repair(self):
        """The customer has signed the estimate (row 3)."""
        self._begin(self.env._("Start Repair"), ("assessed",))
        self._check_guards("start_repair")
        self._write_protected({"repair_started_at": fields.Datetime.now()})
        return True

    def action_supplement(self):
        """More damage was found: open a supplementary assessment (追加定损)."""
        self.ensure_one()
        self._begin(self.env._("Supplementary Assessment"), ("assessed", "repairing"))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Supplementary Assessment"),
            "res_model": "dealer.claim.supplement",
            "view_mode": "form",
            "target": "new",
            "context": {"default_claim_id": self.id},
        }

    def action_finish_repair(self):
        """The workshop is ready, the quality was checked (row 4)."""
        self._begin(self.env._("Finish Repair"), ("repairing",))
        self._check_guards("finish_repair")
        self._write_protected({"repaired_at": fields.Datetime.now()})
        return True

    # ----------------------------------------------------------------- Costs
    def action_propose_split(self):
        """Work the parts out again from lines and terms."""
        self._begin(
            self.env._("Propose Split"), ("received", "assessing", *self._lock_from())
        )
        for claim in self:
            claim.write(claim._split_vals())
        return True

    def _lock_from(self):
        return ("assessed", "repairing", "repaired")

    def action_lock_costs(self):
        """Costs are final: invoices by payer, the insurer's payment is expected."""
        action = self.env._("Lock Costs")
        self._begin(action, ("assessed", "repaired"))
        early = self.filtered(
            lambda claim: claim.car_state == "assessed" and claim.needs_repair
        )
        if early:
            early._check_car_state(("repaired",), action)
        self._check_guards("lock_costs")
        self._do_lock_costs()
        return True

    def _do_lock_costs(self):
        now = fields.Datetime.now()
        for claim in self:
            claim._write_protected(
                {
                    "costs_locked_at": now,
                    "costs_locked_by_id": self.env.uid,
                    "expected_insurer_payment": claim.insurer_payable,
                }
            )
        self._create_payer_invoices()

    def action_unlock_costs(self, reason=None):
        """Open locked costs again while nothing is paid.

        :param reason: why; without it a dialog asks
        """
        self._begin(self.env._("Unlock Costs"), ("settled",), *LEADERS[1:])
        if not (reason or "").strip():
            return self._ask_reason("unlock_costs")
        self._check_guards("unlock_costs")
        self._cancel_payer_invoices()
        self._write_protected(
            {
                "costs_locked_at": False,
                "costs_locked_by_id": False,
                "expected_insurer_payment": 0.0,
            }
        )
        self._note(self.env._("Costs unlocked: %(reason)s", reason=reason.strip()))
        return True

    # --------------------------------------------------------------- Release
    def action_release(self):
        """Let the car go (row 6, G-C1) and print the gate pass."""
        self._begin(self.env._("Release Car"), ("settled",))
        thefts = self.filtered(lambda claim: not claim.needs_gate)
        if thefts:
            raise UserError(
                self.env._(
                    "%(names)s: there is no car to release; hand the documents over.",
                    names=", ".join(thefts.mapped("name")),
                )
            )
        self._check_guards("release")
        self._do_release()
        if len(self) == 1:
            return self.env.ref(
                "dealer_claims.action_report_claim_gate_pass"
            ).report_action(self)
        return True

    def _do_release(self):
        now = fields.Datetime.now()
        for claim in self:
            claim._write_protected(
                {
                    "released_at": now,
                    "released_by_id": self.env.uid,
                    "released_with_iou": bool(claim._release_gaps()),
                }
            )
        self._sudo_renew_gate_pass()

    def _sudo_renew_gate_pass(self, valid=True):
        # sudo: the key of the gate pass is no field of the desk; the button was checked
        for claim_sudo in self.sudo():
            claim_sudo.gate_token = valid and secrets.token_urlsafe(24)

    def action_take_back_release(self, reason=None):
        """The car did not leave: the gate pass counts no more.

        :param reason: why; without it a dialog asks
        """
        self._begin(self.env._("Take Release Back"), ("released",), *LEADERS)
        gone = self.filtered("left_at")
        if gone:
            raise UserError(
                self.env._(
                    "%(names)s: the guard has let the car out already.",
                    names=", ".join(gone.mapped("display_name")),
                )
            )
        if not (reason or "").strip():
            return self._ask_reason("take_back_release")
        self._write_protected(
            {
                "released_at": False,
                "released_by_id": False,
                "released_with_iou": False,
            }
        )
        self._sudo_renew_gate_pass(valid=False)
        self._note(self.env._("Release taken back: %(reason)s", reason=reason.strip()))
        return True

    def action_print_gate_pass(self):
        self.check_access("read")
        return self.env.ref(
            "dealer_claims.action_report_claim_gate_pass"
        ).report_action(self)

    # ------------------------------------------------------------- Ways back
    def action_step_back(self, reason=None):
        """Take the last step of the car back while the costs are open.

        :param reason: why; without it a dialog asks
        """
        self._begin(
            self.env._("One Step Back"),
            ("assessing", "assessed", "repairing", "repaired"),
            *LEADERS,
        )
        if not (reason or "").strip():
            return self._ask_reason("step_back")
        facts = {
            "assessing": "assessing_at",
            "assessed": "assessed_at",
            "repairing": "repair_started_at",
            "repaired": "repaired_at",
        }
        for claim in self:
            claim._write_protected({facts[claim.car_state]: False})
        self._note(self.env._("One step back: %(reason)s", reason=reason.strip()))
        return True

    def action_void(self, reason=None):
        """The claim is withdrawn or was entered twice (注销).

        :param reason: why; without it a dialog asks
        """
        self.check_access("write")
        self._check_holds(*LEADERS)
        over = self.filtered(lambda claim: claim._is_over())
        if over:
            raise UserError(
                self.env._(
                    "%(names)s: closed or void already.",
                    names=", ".join(over.mapped("name")),
                )
            )
        self._check_guards("void")
        if not (reason or "").strip():
            return self._ask_reason("void")
        self._write_protected(
            {
                "voided_at": fields.Datetime.now(),
                "voided_by_id": self.env.uid,
                "void_reason": reason.strip(),
            }
        )
        return True

    def action_unvoid(self):
        """A void claim comes to life again."""
        self.check_access("write")
        self._check_holds(*LEADERS)
        self._check_state(("void",), self.env._("Restore"))
        self._write_protected(
            {"voided_at": False, "voided_by_id": False, "void_reason": False}
        )
        return True

    def _ask_reason(self, transition):
        action = self.env["dealer.return.wizard"]._open_for(self, transition)
        return {**action, "name": self.env._("Reason")}

    def _note(self, text):
        for claim in self:
            claim._message_log(body=text)

    def _iou_missing(self, claims):
        return UserError(
            self.env._(
                "%(names)s: write the promise to pay first: amount, day and who "
                "vouches for it.",
                names=", ".join(claims.mapped("name")),
            )
        )

    # ------------------------------------------------------------- Gate pass
    @api.model
    def _sudo_by_gate_token(self, token):
        """The claim of a gate pass; the token is the right.

        :param token: text of the link
        :return: claim in superuser mode, empty when the pass is unknown
        """
        claims_sudo = self.sudo()
        if not token or len(token) > 64:
            return claims_sudo.browse()
        return claims_sudo.search([("gate_token", "=", token)], limit=1)

    def _gate_url(self):
        """Link that the QR code of the gate pass holds."""
        self.ensure_one()
        # sudo: the token is printed on the pass, it is no field for screens
        claim_sudo = self.sudo()
        token = claim_sudo.gate_token
        return token and f"{self.get_base_url()}/claim/gate/{token}"

    def _gate_state(self):
        """Whether the pass opens the gate: valid | used | expired."""
        self.ensure_one()
        if self.left_at:
            return "used"
        expired = fields.Datetime.now() > self.gate_valid_until
        return "expired" if expired else "valid"

    def action_mark_left(self):
        """The car has passed the gate."""
        self.check_access("write")
        self._check_car_state(("released",), self.env._("Left the Gate"))
        self._do_mark_left()
        return True

    def _do_mark_left(self):
        fresh = self.filtered(lambda claim: not claim.left_at)
        fresh._write_protected(
            {"left_at": fields.Datetime.now(), "left_by_id": self.env.uid}
        )

from datetime import timedelta

from odoo import api, fields, models

from odoo.addons.dealer_base.models.guard_mixin import Violation

from ..tools import rating, rating_term

# The payer guard must be registered before it is extended.
from . import underwriting_payer  # noqa: F401
from .underwriting_money import FAMILY_RELATIONS, PAYER_RELATIONS

MONEY_STATES = [
    ("none", "No Money"),
    ("premium_due", "Extra Premium Due"),
    ("premium_paid", "Extra Premium Paid"),
    ("refund_due", "Refund Due from the Insurer"),
    ("refund_received", "Refund to Pay Out"),
    ("refund_advanced", "Paid Out, Insurer Owes"),
    ("refund_paid", "Refund Paid"),
]


class DealerEndorsement(models.Model):
    """Figures of an endorsement: formula, difference, payee, state of the money."""

    _inherit = "dealer.endorsement"

    has_formula = fields.Boolean(compute="_compute_formula", store=True)
    formula_premium = fields.Monetary(
        string="By Formula",
        compute="_compute_formula",
        store=True,
        help="What the clauses give: extra premium, or the refund as a negative "
        "amount. Fixed when the request goes to the insurer.",
    )
    formula_text = fields.Char(string="Formula", compute="_compute_formula", store=True)
    refund_rule_id = fields.Many2one(
        "dealer.refund.rule", compute="_compute_formula", store=True
    )
    formula_source = fields.Char(string="Clause", compute="_compute_formula_source")
    difference = fields.Monetary(
        compute="_compute_difference",
        help="Insurer's figure less the figure of the formula.",
    )
    must_explain = fields.Boolean(compute="_compute_difference")
    difference_note = fields.Char(
        string="Why It Differs", help="What the insurer says about the difference."
    )

    # to whom a refund goes (G-E2)
    payee_id = fields.Many2one(
        "res.partner",
        compute="_compute_payee_id",
        store=True,
        readonly=False,
        precompute=True,
        help="Who gets the refund: the one who paid the premium.",
    )
    payee_relation = fields.Selection(
        PAYER_RELATIONS, string="Payee Is", default="self"
    )
    payee_proof_ids = fields.Many2many(
        "ir.attachment",
        "dealer_endorsement_payee_proof_rel",
        string="Proof of Relation",
        copy=False,
    )
    money_state = fields.Selection(
        MONEY_STATES,
        string="Money",
        compute="_compute_money_state",
        store=True,
        index=True,
    )

    # -- formula ----------------------------------------------------------------

    @api.depends(
        "kind",
        "change_type",
        "cancel_kind",
        "effective_date",
        "lost_cover_id",
        "new_date_start",
        "new_date_end",
        "line_ids.action",
        "line_ids.policy_line_id",
        "line_ids.yearly_premium",
        "policy_id.premium_current",
        "policy_id.date_start",
        "policy_id.date_end",
    )
    def _compute_formula(self):
        """The figure of the clauses while it is a draft; later it stays."""
        drafts = self.filtered(lambda e: e.state == "draft")
        days = [e.effective_date for e in drafts if e.effective_date]
        find = self.env["dealer.refund.rule"]._in_force(days)
        for endorsement in self - drafts:
            for name in (
                "has_formula",
                "formula_premium",
                "formula_text",
                "refund_rule_id",
            ):
                endorsement[name] = endorsement[name]
        for endorsement in drafts:
            rated = endorsement._rated_figure(find)
            endorsement.has_formula = rated.amount is not None
            endorsement.formula_premium = float(rated.amount or 0)
            endorsement.formula_text = rated.formula
            endorsement.refund_rule_id = (
                endorsement._refund_rule(find) if endorsement.has_formula else False
            )

    @api.depends("has_formula", "refund_rule_id.clause", "change_type")
    @api.depends_context("lang")
    def _compute_formula_source(self):
        """Clause of the refund, else what rules the change, in the user's language."""
        for endorsement in self:
            if endorsement.refund_rule_id:
                endorsement.formula_source = endorsement.refund_rule_id.clause
            elif not endorsement.has_formula:
                endorsement.formula_source = False
            elif endorsement.change_type in ("plate", "person"):
                endorsement.formula_source = self.env._("Costs nothing at the insurer")
            else:
                endorsement.formula_source = self.env._("Per day")

    def _refund_rule(self, find):
        """Rule of a cancellation, empty for a change and where there is none."""
        self.ensure_one()
        start, _end = self.policy_id._cover_days()
        day = self.effective_date
        if self.kind != "cancel" or not start or not day:
            return self.env["dealer.refund.rule"]
        if self.cancel_kind == "total_loss":
            situation = "total_loss"
        else:
            situation = "before_start" if day <= start else "after_start"
        return find(self.policy_id.product, situation, day)

    def _rated_figure(self, find):
        """Extra premium or refund by the clauses, with formula and source.

        :param find: look-up of the refund rules, see ``_in_force``
        :return: :class:`Rated`; no amount when no clause gives one
        """
        self.ensure_one()
        nothing = rating.Rated(None, "", "")
        start, end = self.policy_id._cover_days()
        if not start or not end or not self.effective_date:
            return nothing
        if self.kind == "cancel":
            rated = self._rated_refund(self._refund_rule(find), end)
            if rated.amount is None:
                return nothing
            return rated._replace(amount=-rated.amount + 0)
        if self.change_type == "cover":
            lines = [line._rated() for line in self.line_ids]
            if not lines or any(line.amount is None for line in lines):
                return nothing
            total = rating.cents(sum(line.amount for line in lines))
            texts = [line.formula for line in lines]
            if len(texts) > 1:
                texts.append(f"Σ = {total}")
            return rating.Rated(total, "; ".join(texts), "")
        if self.change_type == "period":
            return self._rated_period(start, end)
        if self.change_type in ("plate", "person"):
            return rating.Rated(rating.cents(0), "0.00", "")
        return nothing

    def _rated_refund(self, rule, end):
        """Refund of a cancellation by a rule, as a positive amount."""
        day = self.effective_date
        parts = self.policy_id._term_parts()
        lost = self.cancel_kind == "total_loss"
        rated = rule._refund(parts, end, day)
        if rated.amount is None or not lost:
            return rated
        total = sum(amount for amount, _first in parts)
        gone = self._lost_premium(total)
        part = rating_term.refund_total_loss(total, gone, rated.amount, rated.source)
        if rated.formula and part.amount:
            part = part._replace(formula=f"{rated.formula}; {part.formula}")
        return part

    def _lost_premium(self, total):
        """Premium of the cover that paid the total loss and of its add-ons."""
        if not self.lost_cover_id or not self.policy_id.current_line_ids:
            return total
        cover = self.lost_cover_id
        lines = self.policy_id.current_line_ids.filtered(
            lambda line: (
                line.cover_id == cover
                # An add-on goes when every cover that it may rest on is gone.
                or (
                    cover in line.cover_id.needs_cover_ids
                    and not (
                        line.cover_id.needs_cover_ids
                        & (self.policy_id.current_line_ids.cover_id - cover)
                    )
                )
            )
        )
        return sum(lines.mapped("premium"))

    def _rated_period(self, start, end):
        """A shifted period costs nothing, a longer or shorter one its days."""
        row = self.policy_id.underwriting_id
        new_start = self.new_date_start and row._store_date(self.new_date_start)
        new_end = self.new_date_end and row._store_date(
            self.new_date_end + timedelta(seconds=1)
        )
        new_start, new_end = new_start or start, new_end or end
        return rating_term.period_change(
            self.policy_id.premium_current,
            (end - start).days,
            (new_end - new_start).days,
        )

    @api.depends("premium", "formula_premium", "has_formula", "company_id")
    def _compute_difference(self):
        for endorsement in self:
            if not endorsement.has_formula:
                endorsement.difference = 0.0
                endorsement.must_explain = False
                continue
            gap = endorsement.premium - endorsement.formula_premium
            endorsement.difference = endorsement.currency_id.round(gap)
            # sudo: the tolerance of the store is no secret
            company_sudo = endorsement.company_id.sudo()
            endorsement.must_explain = rating.differs(
                endorsement.premium,
                endorsement.formula_premium,
                company_sudo.dealer_refund_tolerance,
            )

    # -- payee ------------------------------------------------------------------

    @api.depends("policy_id")
    def _compute_payee_id(self):
        for endorsement in self:
            payers = endorsement._original_payers()
            if endorsement.payee_id not in payers:
                endorsement.payee_id = payers[-1:]

    def _original_payers(self):
        """Who paid for the policy: the payer, after a transfer its new applicant."""
        self.ensure_one()
        return (
            self.policy_id.underwriting_id.payer_id
            | self.policy_id._transfers().new_applicant_id
        )

    def _prepare_payer_vals(self, applicant):
        """Payer of the ledger row: the original one, or the payee of a refund."""
        self.ensure_one()
        origin = self.policy_id.underwriting_id
        if self._is_refund():
            return {
                "payer_id": self.payee_id.id,
                "payer_relation": self.payee_relation,
                "payer_proof_ids": [(6, 0, self.payee_proof_ids.ids)],
            }
        if applicant != origin.applicant_id:
            return {"payer_id": applicant.id, "payer_relation": "self"}
        return {
            "payer_id": origin.payer_id.id,
            "payer_relation": origin.payer_relation,
            "payer_proof_ids": [(6, 0, origin.payer_proof_ids.ids)],
        }

    def _payee_reasons(self, payee, relation, proofs):
        """Why a refund may not go to ``payee``, in words (G-E2).

        :param payee: ``res.partner`` who would be paid
        :param relation: his relation to the original payer
        :param proofs: attachments that prove it
        """
        self.ensure_one()
        payers = self._original_payers()
        if not payee:
            return [self.env._("Nobody is named who gets the refund.")]
        if payee in payers:
            return []
        # sudo: which partners are own stores is no secret, their settings are
        payee_sudo = payee.sudo()
        if payee.is_store_staff or payee_sudo.ref_company_ids:
            return [
                self.env._(
                    "%(payee)s belongs to the store and never gets a customer's "
                    "refund (R3).",
                    payee=payee.display_name,
                )
            ]
        if any(payers.mapped("is_company")) or payee.is_company:
            return [
                self.env._(
                    "The premium was paid by %(payers)s; %(payee)s did not pay it "
                    "(R2).",
                    payers=", ".join(payers.mapped("display_name")),
                    payee=payee.display_name,
                )
            ]
        if relation not in FAMILY_RELATIONS or not proofs:
            return [
                self.env._(
                    "The premium was paid by %(payers)s; %(payee)s gets it only as "
                    "spouse, parent or child, with proof (R2).",
                    payers=", ".join(payers.mapped("display_name")),
                    payee=payee.display_name,
                )
            ]
        return []

    # -- state of the money -----------------------------------------------------

    @api.depends(
        "premium",
        "state",
        "underwriting_id.channel",
        "underwriting_id.payment_state",
        "underwriting_id.amount_due",
        "underwriting_id.amount_remitted",
    )
    def _compute_money_state(self):
        """Read from the ledger row, which reads it from the books (no own copy)."""
        for endorsement in self:
            row = endorsement.underwriting_id
            state = row.payment_state
            if (
                not row
                or endorsement.state == "rejected"
                or endorsement.currency_id.is_zero(endorsement.premium)
            ):
                endorsement.money_state = "none"
                continue
            paid = state in ("paid", "overpaid")
            if endorsement.premium > 0:
                endorsement.money_state = "premium_paid" if paid else "premium_due"
                continue
            received = row.channel == "direct" or not endorsement._insurer_owes()
            if paid:
                endorsement.money_state = (
                    "refund_paid" if received else "refund_advanced"
                )
            else:
                endorsement.money_state = (
                    "refund_received"
                    if received and row.channel == "collected"
                    else "refund_due"
                )

    def _insurer_owes(self):
        """Whether the insurer has not paid the refund to the store yet."""
        self.ensure_one()
        row = self.underwriting_id
        return bool(
            self.currency_id.compare_amounts(row.amount_remitted, row.amount_due)
        )


class DealerUnderwriting(models.Model):
    """Refund rows: who is paid, and what is settled with premium not yet remitted."""

    _inherit = "dealer.underwriting"

    def _pays_back(self):
        """Whether the row is a refund (E5)."""
        self.ensure_one()
        return (
            self.entry_type != "issue"
            and self.currency_id.compare_amounts(self.amount_due, 0.0) < 0
        )

    def _payer_violations(self):
        # EXTENDS: nobody pays on a refund row; who gets it is guard G-E2
        refunds = self.filtered(lambda row: row._pays_back())
        return (
            super(DealerUnderwriting, self - refunds)._payer_violations()
            + refunds._payee_violations()
        )

    def _payee_violations(self):
        """Guard G-E2: refunds go to the original payer, whoever was paid in fact."""
        violations = []
        for row in self:
            reasons = []
            for endorsement in row.endorsement_ids[:1]:
                reasons += endorsement._payee_reasons(
                    row.payer_id, row.payer_relation, row.payer_proof_ids
                )
            strangers = row._sudo_other_payees()
            if strangers:
                reasons.append(
                    self.env._(
                        "The refund went to %(strangers)s, not to %(payee)s.",
                        strangers=", ".join(strangers.mapped("display_name")),
                        payee=row.payer_id.display_name,
                    )
                )
            violations += [Violation("G-E2", row, reason) for reason in reasons]
            if row.premium_entry_outdated:
                violations.append(
                    Violation(
                        "G-P2",
                        row,
                        self.env._(
                            "the premium entry does not agree with the row; update it"
                        ),
                    )
                )
        return violations

    def _sudo_other_payees(self):
        # sudo: the clerk's guard looks at payments that he may not read
        row = self.sudo()
        payments = row.money_line_ids.filtered(
            lambda line: line.dealer_money_kind == "refund"
        )._dealer_counterpart_lines()
        evidence = row.direct_payment_ids.filtered(
            lambda payment: payment._is_standing()
        )
        partners = payments.partner_id | evidence.payer_id
        return (partners - row.payer_id).with_env(self.env)

    def _sudo_netted_amount(self):
        """What refunds and premium of the same policy settle of each other.

        :return: amount in company currency, as part of ``amount_remitted``
        """
        # sudo: whoever voids a row holds no right on the books
        self.ensure_one()
        lines = self.sudo().money_line_ids.filtered(
            lambda line: line.dealer_money_kind == "premium"
        )
        amount = 0.0
        for line in lines:
            for partial in line.matched_credit_ids:
                if partial.credit_move_id.dealer_money_kind == "premium":
                    amount -= partial.amount
            for partial in line.matched_debit_ids:
                if partial.debit_move_id.dealer_money_kind == "premium":
                    amount += partial.amount
        return self.currency_id.round(amount)

    def _sudo_net_refunds(self):
        """Settle refunds with premium of the same policy that was not remitted yet.

        The store then remits what the insurer may keep, instead of the whole premium
        that it would get back in part. Premium of other policies is never touched
        (R8). Voiding the row takes this back.
        """
        # sudo: the clerk who issues holds no right on the books; only tagged lines of
        # one policy, account and insurer meet here
        rows = self.sudo().filtered(lambda row: row.channel == "collected")
        lines = rows.money_line_ids.filtered(
            lambda line: (
                line.dealer_money_kind == "premium"
                and line.parent_state == "posted"
                and line.company_currency_id.compare_amounts(line.amount_residual, 0.0)
                > 0
            )
        )
        if not lines:
            return
        others = self.env["account.move.line"].sudo()
        others = others.search(
            [
                ("dealer_policy_id", "in", lines.dealer_policy_id.ids),
                ("dealer_money_kind", "=", "premium"),
                ("parent_state", "=", "posted"),
                ("reconciled", "=", False),
                ("amount_residual", "<", 0),
            ],
            order="date, id",
        )
        for line in lines:
            same = others.filtered(
                lambda other, line=line: (
                    other.dealer_policy_id == line.dealer_policy_id
                    and other.account_id == line.account_id
                    and other.partner_id == line.partner_id
                    and other.company_id == line.company_id
                )
            )
            if same:
                (line | same).reconcile()

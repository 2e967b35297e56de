from odoo import Command, fields, models
from odoo.exceptions import UserError

from odoo.addons.dealer_base.models.guard_mixin import Violation
from odoo.addons.dealer_insurance.models.account_move_line import (
    TAG_DOOR,
    TAG_DOOR_KEY,
)

from .claim_difference import ALLOWED, CHASED, DECIDERS

# Decision -> kind of the line that takes the amount over.
NEXT_OWNER = {
    "customer_pays": "customer",
    "refund_customer": "refund",
    "owed_insurer": "credit",
}
# Decision -> expense account of the store.
EXPENSES = {
    "store_bears": "dealer_claim_difference_account_id",
    "bad_debt": "dealer_bad_debt_account_id",
}


class DealerClaimDifference(models.Model):
    """Decide, approve, book and take back (SM-10 rows 12 and 14)."""

    _inherit = "dealer.claim.difference"

    _guard_transitions = ("decide", "approve")

    def _guard_shown(self, transition):
        state = "draft" if transition == "decide" else "waiting"
        return self.filtered(lambda difference: difference.state == state)

    def _guard_decide(self):
        """G-W8: a decision that fits what happened, within what the books say."""
        violations = []
        for difference in self:
            currency, claim = difference.currency_id, difference.claim_id
            over = difference.kind == "over"
            reasons = []
            if not difference.decision or (
                difference.decision not in ALLOWED[difference.kind]
            ):
                reasons.append(self.env._("choose a decision that fits what happened"))
            if not (difference.note or "").strip():
                reasons.append(self.env._("write why"))
            if difference.decision in CHASED and not difference.owner_id:
                reasons.append(self.env._("name who pursues it"))
            if difference.kind == "rejected" and not claim.rejected_on:
                reasons.append(self.env._("the insurer has not rejected the claim"))
            if difference.party == "customer" and difference.decision in (
                "customer_pays",
                "owed_insurer",
            ):
                reasons.append(self.env._("the customer is the one it is about"))
            if currency.compare_amounts(difference.amount, 0.0) <= 0:
                reasons.append(self.env._("the amount is missing"))
            limit = difference._over_amount() if over else difference._open_amount()
            if currency.compare_amounts(difference.amount, limit) > 0:
                reasons.append(
                    self.env._(
                        "the books hold only %(limit)s of it",
                        limit=currency.format(max(limit, 0.0)),
                    )
                )
            violations += [Violation("G-W8", difference, reason) for reason in reasons]
        return violations

    def action_decide(self):
        """Decide these differences; what needs no approval is booked at once.

        :raises AccessError: the user holds none of the deciding posts
        :raises GuardError: G-W8
        """
        self._check_holds(*DECIDERS)
        self.check_access("write")
        wrong = self.filtered(lambda difference: difference.state != "draft")
        if wrong:
            self._check_state(("draft",), self.env._("Decide"))
        self._check_guards("decide")
        self._write_protected(
            {"decided_at": fields.Datetime.now(), "decided_by_id": self.env.uid}
        )
        self.filtered(
            lambda d: (
                d.decision not in CHASED and not d.needs_manager and not d.needs_finance
            )
        )._sudo_book()
        return True

    def _guard_approve(self):
        """G-W8: somebody else than who decided, and two people where two are needed."""
        violations = []
        for difference in self:
            reasons = []
            if self.env.user == difference.decided_by_id:
                reasons.append(self.env._("who decided does not approve"))
            signers = difference.approved_by_id | difference.finance_approved_by_id
            if self.env.user in signers:
                reasons.append(
                    self.env._("you have approved; the other post is missing")
                )
            limit = (
                difference._over_amount()
                if difference.kind == "over"
                else difference._open_amount()
            )
            if difference.currency_id.compare_amounts(difference.amount, limit) > 0:
                reasons.append(
                    self.env._(
                        "the books hold only %(limit)s of it",
                        limit=difference.currency_id.format(max(limit, 0.0)),
                    )
                )
            violations += [Violation("G-W8", difference, reason) for reason in reasons]
        return violations

    def action_approve(self):
        """Approve as manager or finance; the last signature books the entry.

        :raises AccessError: neither insurance manager nor finance, or not asked
        :raises GuardError: G-W8
        """
        self._check_holds("insurance_manager", "finance")
        self.check_access("write")
        self._check_state(("waiting",), self.env._("Approve"))
        self._check_guards("approve")
        is_manager = self.env.user.has_group("dealer_base.group_insurance_manager")
        is_finance = self.env.user.has_group("dealer_base.group_finance")
        now = fields.Datetime.now()
        for difference in self:
            if difference.needs_manager and not difference.approved_at and is_manager:
                vals = {"approved_at": now, "approved_by_id": self.env.uid}
            elif (
                difference.needs_finance
                and not difference.finance_approved_at
                and is_finance
            ):
                vals = {
                    "finance_approved_at": now,
                    "finance_approved_by_id": self.env.uid,
                }
            else:
                raise UserError(
                    self.env._(
                        "%(name)s waits for the other post.", name=difference.name
                    )
                )
            difference._write_protected(vals)
        self.filtered(
            lambda d: (
                (d.approved_at or not d.needs_manager)
                and (d.finance_approved_at or not d.needs_finance)
            )
        )._sudo_book()
        return True

    # -- entry ------------------------------------------------------------

    def _sudo_book(self):
        """Post the entries of decided differences and settle them (E10–E15)."""
        # sudo: who decides holds no right on the books; only entries that
        # _prepare_entry_vals builds pass here, after the guards
        for difference_sudo in self.sudo():
            company = difference_sudo.company_id
            journal = company._dealer_money_setting("dealer_claim_journal_id")
            company._dealer_check_open_period(company._dealer_today(), journal)
            owed = difference_sudo._lines_to_settle()
            move = (
                self.env["account.move"]
                .sudo()
                .with_company(company)
                .with_context(**{TAG_DOOR_KEY: TAG_DOOR})
                .create(difference_sudo._prepare_entry_vals(journal, owed))
            )
            move._post(soft=False)
            difference_sudo._write_protected({"move_id": move.id})
            side = move.line_ids.filtered(
                lambda line, d=difference_sudo: line.dealer_claim_kind == d.party
            )
            (owed | side[:1]).reconcile()
            if difference_sudo.decision == "refund_customer":
                difference_sudo.claim_id._sudo_propose_refund(self.env.user)

    def _lines_to_settle(self):
        """Lines of the party's account that the entry settles.

        Too little: what is open of the claim. Too much: the rest of the payments.
        """
        self.ensure_one()
        claim, party = self.claim_id, self.party
        own = claim._open_claim_lines(party).filtered(
            lambda line: line.amount_residual > 0
        )
        if self.kind != "over":
            return own
        tagged = claim.claim_money_line_ids.filtered(
            lambda line: line.dealer_claim_kind == party
        )
        payments = tagged.matched_credit_ids.credit_move_id
        payments |= claim._payments_by_kind(
            claim.claim_money_line_ids.filtered(
                lambda line: not line.dealer_claim_kind and line._dealer_claim_stands()
            )
        ).get(party, payments.browse())
        payments |= payments._dealer_claim_rests(claim)
        rests = payments.filtered(
            lambda line: (
                not line.dealer_claim_kind
                and not line.reconciled
                and line.amount_residual < 0
            )
        )
        # an entry settles one account; a rest on another one is decided next
        return rests.filtered(lambda line: line.account_id == rests[:1].account_id)

    def _prepare_entry_vals(self, journal, owed):
        """Values of the entry that moves the amount to who bears it.

        :param journal: claim settlement journal
        :param owed: lines that the entry settles
        """
        self.ensure_one()
        claim, company = self.claim_id, self.company_id
        sign = 1 if self.kind == "over" else -1
        account = owed.account_id[:1] or claim._receivable_of(self.party)
        partner = owed.partner_id[:1] or claim._payer_of(self.party)
        label = " ".join(filter(None, [self.name, claim.name, claim.report_no]))
        lines = [
            {
                "account_id": account.id,
                "partner_id": partner.id,
                "balance": sign * self.amount,
                "dealer_claim_kind": self.party,
            }
        ]
        if self.decision in EXPENSES:
            expense = company._dealer_money_setting(EXPENSES[self.decision])
            lines.append({"account_id": expense.id, "partner_id": partner.id})
        else:
            kind = NEXT_OWNER[self.decision]
            lines.append(
                {
                    "account_id": claim._receivable_of(kind).id,
                    "partner_id": claim._payer_of(kind).id,
                    "dealer_claim_kind": kind,
                }
            )
        lines[1]["balance"] = -sign * self.amount
        return {
            "move_type": "entry",
            "journal_id": journal.id,
            "company_id": company.id,
            "date": company._dealer_today(),
            "ref": label,
            "dealer_claim_id": claim.id,
            "line_ids": [
                Command.create({"name": label, "dealer_claim_id": claim.id, **vals})
                for vals in lines
            ],
        }

    # -- way back ------------------------------------------------------------

    def action_reverse(self, reason=None):
        """Take a decision back; its entry is cancelled or reversed.

        :param reason: why; without it a dialog asks
        :raises UserError: money came or went for what the entry made due
        """
        self._check_holds("insurance_manager", "finance")
        self.check_access("write")
        self._check_state(
            ("waiting", "chasing", "settled", "booked"), self.env._("Take Back")
        )
        if not (reason or "").strip():
            return self.env["dealer.return.wizard"]._open_for(self, "reverse")
        closed = self.claim_id.filtered("reconciled_at")
        if closed:
            raise UserError(
                self.env._(
                    "%(names)s: reconciled with finance. Take that back first.",
                    names=", ".join(closed.mapped("name")),
                )
            )
        self._sudo_take_back()
        self._write_protected(
            {
                "reversed_at": fields.Datetime.now(),
                "reversed_by_id": self.env.uid,
                "reverse_reason": reason.strip(),
            }
        )
        return True

    def _sudo_take_back(self):
        # sudo: who takes back holds no right on the books; the post was checked
        for difference_sudo in self.sudo().filtered("move_id"):
            move = difference_sudo.move_id
            if move.state != "posted":
                continue
            moved = move.line_ids.filtered(
                lambda line, d=difference_sudo: (
                    line.dealer_claim_kind and line.dealer_claim_kind != d.party
                )
            )
            paid = [
                other
                for _line, other, _amount in moved._dealer_claim_settlements()
                if other._dealer_is_claim_money()
            ]
            if paid:
                raise UserError(
                    self.env._(
                        "%(name)s: payment %(payment)s settles what it made due. Take "
                        "that payment back first.",
                        name=difference_sudo.name,
                        payment=paid[0].move_id.name,
                    )
                )
            move._dealer_take_back()

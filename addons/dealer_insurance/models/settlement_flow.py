from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.dealer_base.models.guard_mixin import Violation

from .settlement import READERS, SIGNERS

ACTIVITY_CHANGED = "dealer_insurance.mail_activity_settlement_changed"


class DealerSettlement(models.Model):
    """Print, sign, close and reopen a settlement list."""

    _inherit = "dealer.settlement"

    # -- guards -------------------------------------------------------------------

    def _step_violations(self, *states):
        """G-T0: the button does not fit the state."""
        labels = dict(self._fields["state"]._description_selection(self.env))
        return [
            Violation(
                "G-T0",
                settlement,
                self.env._("The list is “%(state)s”.", state=labels[settlement.state]),
            )
            for settlement in self
            if settlement.state not in states
        ]

    def _guard_sign(self):
        """A list is signed when it was printed and is not closed."""
        return self._step_violations("printed", "reconciled")

    def _guard_close(self):
        """G-S3 nothing unexplained, G-S4 both signatures, closer is a third person."""
        violations = self._step_violations("draft", "printed", "reconciled")
        for settlement in self:
            currency = settlement.currency_id
            if not currency.is_zero(settlement.unexplained):
                violations.append(
                    Violation(
                        "G-S3",
                        settlement,
                        self.env._(
                            "%(amount)s is not explained.",
                            amount=currency.format(settlement.unexplained),
                        ),
                    )
                )
            signers = settlement.clerk_signed_by_id | settlement.cashier_signed_by_id
            missing = []
            if not settlement.clerk_signed_by_id:
                missing.append(self.env._("issuing clerk"))
            if not settlement.cashier_signed_by_id:
                missing.append(self.env._("cashier"))
            if missing:
                reason = self.env._("Not signed: %(who)s.", who=", ".join(missing))
                violations.append(Violation("G-S4", settlement, reason))
            elif len(signers) < 2 or self.env.user in signers:
                reason = self.env._(
                    "Clerk, cashier and who closes the list are three people."
                )
                violations.append(Violation("G-S4", settlement, reason))
        return violations

    def _guard_reopen(self):
        """G-S5: manager and finance together, anew for every closing."""
        return self._step_violations("closed") + [
            Violation(
                "G-S5",
                settlement,
                self.env._("The list is closed."),
                fields.Datetime.to_string(settlement.closed_at),
            )
            for settlement in self
            if settlement.closed_at
        ]

    def _guard_shown(self, transition):
        closed = self.filtered("closed_at")
        if transition == "reopen":
            # asked for only when the books have moved
            return closed.filtered("late_amount")
        return self - closed

    def _guard_transition_label(self, transition):
        return {
            "close": self.env._("Close"),
            "reopen": self.env._("Reopen"),
        }.get(transition, "")

    # -- buttons ------------------------------------------------------------------

    def action_refresh(self):
        """Take the figures from ledger and books again."""
        self._check_holds(*READERS)
        self.check_access("read")
        self._refresh()
        return True

    def action_print(self):
        """Print the list; every print has a number, a name and a time (S83)."""
        self._check_holds(*READERS)
        self.check_access("read")
        self.filtered(lambda s: not s.closed_at)._refresh()
        prints = self._append_prints()
        report = self.env.ref("dealer_insurance.action_report_settlement")
        return report.report_action(self, data={"print_ids": prints.ids})

    def _append_prints(self):
        now = fields.Datetime.now()
        return self.env["dealer.settlement.print"]._sudo_append(
            [
                {
                    "settlement_id": settlement.id,
                    "number": settlement.print_count + 1,
                    "user_id": self.env.uid,
                    "printed_at": now,
                }
                for settlement in self
            ]
        )

    def action_export(self):
        """Export the list as a spreadsheet."""
        self._check_holds(*READERS)
        self.check_access("read")
        return self.env.ref("dealer_insurance.action_settlement_xlsx").report_action(
            self
        )

    def action_sign_clerk(self):
        """Sign as issuing clerk: the list agrees with the ledger."""
        return self._sign("clerk")

    def action_sign_cashier(self):
        """Sign as cashier: the list agrees with the money."""
        return self._sign("cashier")

    def _sign(self, post):
        self._check_holds(SIGNERS[post])
        self.check_access("read")
        self._refresh()
        self._check_guards("sign")
        other = "cashier" if post == "clerk" else "clerk"
        for settlement in self:
            if settlement[f"{other}_signed_by_id"] == self.env.user:
                raise UserError(
                    self.env._(
                        "[G-S4] You signed %(name)s for the other side already; "
                        "clerk and cashier are two people.",
                        name=settlement.display_name,
                    )
                )
        self.filtered(lambda s: not s[f"{post}_signed_by_id"])._append_signatures(
            post, "sign"
        )
        return True

    def _append_signatures(self, post, kind, reason=False):
        now = fields.Datetime.now()
        return self.env["dealer.settlement.signature"]._sudo_append(
            [
                {
                    "settlement_id": settlement.id,
                    "post": post,
                    "kind": kind,
                    "user_id": self.env.uid,
                    "signed_at": now,
                    "closing_held": settlement.closing_held,
                    "reason": reason,
                }
                for settlement in self
            ]
        )

    def _reopen_signatures(self, reason):
        """Undo signatures that stand for other figures or explanations."""
        for post in SIGNERS:
            signed = self.filtered(lambda s, p=post: s[f"{p}_signed_by_id"])
            signed._append_signatures(post, "reversal", reason)

    def action_close(self):
        """Close the month: the lines are frozen from here on."""
        self._check_holds("finance")
        self.check_access("write")
        self._refresh()
        self._check_guards("close")
        self._append_signatures("finance", "sign")
        self._write_protected(
            {
                "closed_at": fields.Datetime.now(),
                "closed_by_id": self.env.uid,
                "late_amount": 0.0,
            }
        )
        return True

    def action_reopen(self):
        """Open a closed list again; manager and finance have signed why (G-S5)."""
        self._check_holds("finance", "insurance_manager")
        self.check_access("read")
        self._check_guards("reopen")
        self._sudo_reopen()
        return True

    def _sudo_reopen(self):
        # sudo: the manager may only read lists; the joint signature was checked
        settlements = self.sudo()
        settlements._write_protected(
            {"closed_at": False, "closed_by_id": False, "late_amount": 0.0}
        )
        self._append_signatures("finance", "reversal", self.env._("Reopened"))
        self._reopen_signatures(self.env._("Reopened"))
        settlements.activity_unlink([ACTIVITY_CHANGED])

    # -- after the closing ----------------------------------------------------------

    def _sudo_check_late(self):
        """Compare closed lists with the books of today; tell finance of a change."""
        # sudo: whoever posts an entry may not write on settlement lists
        for settlement_sudo in self.sudo().filtered("closed_at"):
            [[balance]] = (
                self.env["account.move.line"]
                .sudo()
                ._read_group(settlement_sudo._book_domain(), [], ["balance:sum"])
            )
            late = settlement_sudo.currency_id.round(
                -(balance or 0.0) - settlement_sudo.book_balance
            )
            if not settlement_sudo.currency_id.compare_amounts(
                late, settlement_sudo.late_amount
            ):
                continue
            settlement_sudo._write_protected({"late_amount": late})
            settlement_sudo.activity_unlink([ACTIVITY_CHANGED])
            if not settlement_sudo.currency_id.is_zero(late):
                settlement_sudo.activity_schedule(
                    ACTIVITY_CHANGED,
                    user_id=settlement_sudo.closed_by_id.id,
                    summary=self.env._(
                        "%(amount)s was booked into the closed month",
                        amount=settlement_sudo.currency_id.format(late),
                    ),
                )

    def _closed_touched_by(self, moves):
        """Closed lists whose books these entries change."""
        # sudo: as _sudo_check_late
        closed_sudo = self.env["dealer.settlement"].sudo()
        lines_sudo = moves.sudo().line_ids.filtered(
            lambda line: line.account_type == "liability_payable" and line.partner_id
        )
        if not lines_sudo:
            return closed_sudo
        return closed_sudo.search(
            [
                ("closed_at", "!=", False),
                ("company_id", "in", lines_sudo.company_id.ids),
                (
                    "insurer_id",
                    "in",
                    (
                        lines_sudo.partner_id
                        | lines_sudo.partner_id.commercial_partner_id
                    ).ids,
                ),
                ("date_to", ">=", min(lines_sudo.mapped("date"))),
            ]
        )


class AccountMove(models.Model):
    _inherit = "account.move"

    def _post(self, soft=True):
        # EXTENDS account: a closed settlement list says that its month has changed
        posted = super()._post(soft=soft)
        self.env["dealer.settlement"]._closed_touched_by(posted)._sudo_check_late()
        return posted

    def button_draft(self):
        # EXTENDS account: as above
        res = super().button_draft()
        self.env["dealer.settlement"]._closed_touched_by(self)._sudo_check_late()
        return res

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from odoo.addons.dealer_base.models.guard_mixin import GuardError, Violation

# The flow and the guards hold empty hooks; they must be registered before ours.
from . import underwriting_flow, underwriting_guards  # noqa: F401
from .account_move_line import TAG_DOOR, TAG_DOOR_KEY
from .underwriting_money import INSURER_KINDS


class DealerUnderwriting(models.Model):
    """The premium entry of a ledger row: posted, corrected, reversed (E1, E5)."""

    _inherit = "dealer.underwriting"

    def _create_premium_move(self):
        """Post what the rows ask of their payers and owe to their insurers.

        One entry per collected row in the premium journal: the payer's receivable
        against premium and vehicle tax payable to the insurer, one line per policy
        (E1). A row that pays back posts the premium payable against the refund owed
        to the payer (E5), as red figures where the company books storno. What is
        posted already is not posted again. The entry is of the store's today.

        :return: the posted entries
        :raise UserError: a payer is missing or a draft entry is in the way
        """
        self.check_access("write")
        rows = self.filtered(lambda row: row.channel == "collected")
        missing = rows.filtered(lambda row: not row.payer_id)
        if missing:
            raise UserError(
                self.env._(
                    "Name the payer first: %(rows)s.",
                    rows=", ".join(missing.mapped("display_name")),
                )
            )
        dates = {row.id: row._store_date() for row in rows}
        for company, group in rows.grouped("company_id").items():
            company._dealer_check_open_period(dates[group[:1].id])
        return rows._sudo_post_premium(dates)

    def _sudo_post_premium(self, dates, **context):
        # sudo: the clerk who asks for the money holds no right on the books. Only
        # entries that _prepare_premium_move_vals builds pass here, and the callers
        # have checked the access to the rows.
        rows = self.sudo()
        vals_list = [
            vals
            for row in rows
            if (vals := row._prepare_premium_move_vals(dates[row.id]))
        ]
        context[TAG_DOOR_KEY] = TAG_DOOR
        moves = self.env["account.move"].sudo().with_context(**context)
        moves = moves.create(vals_list)
        moves._post(soft=False)
        return moves.with_env(self.env)

    def _premium_parts(self):
        """What the row owes the insurer, by kind of line and policy.

        :return: dict (kind, policy) -> amount in company currency; negative amounts
            are paid back by the insurer
        """
        self.ensure_one()
        parts = {}
        for policy in self.policy_ids:
            parts["premium", policy] = policy.premium
            parts["tax", policy] = policy.vehicle_tax
        for endorsement in self.endorsement_ids:
            if endorsement.state != "rejected":
                key = ("premium", endorsement.policy_id)
                parts[key] = parts.get(key, 0.0) + endorsement.premium
        return parts

    def _unposted_parts(self):
        """Parts of the row that its posted entries do not hold yet."""
        parts = self._premium_parts() if self.channel == "collected" else {}
        for line in self.money_line_ids:
            if line.parent_state == "draft":
                raise UserError(
                    self.env._(
                        "%(row)s: entry %(entry)s was set back to draft. Post or "
                        "cancel it first.",
                        row=self.display_name,
                        entry=line.move_id.display_name,
                    )
                )
            if line.parent_state == "posted" and (
                line.dealer_money_kind in INSURER_KINDS
            ):
                key = (line.dealer_money_kind, line.dealer_policy_id)
                parts[key] = parts.get(key, 0.0) + line.balance
        return {
            key: self.currency_id.round(amount)
            for key, amount in parts.items()
            if not self.currency_id.is_zero(amount)
        }

    def _prepare_premium_move_vals(self, date):
        """Values of the premium entry of one row, or nothing if all is posted.

        :param date: accounting date; the premium is due the company's number of
            days later
        """
        self.ensure_one()
        parts = self._unposted_parts()
        if not parts:
            return {}
        company = self.company_id
        lines = [
            self._prepare_insurer_line_vals(kind, policy, amount)
            for (kind, policy), amount in parts.items()
        ]
        due_date = fields.Date.add(date, days=company.dealer_premium_due_days)
        net = self.currency_id.round(sum(parts.values()))
        if not self.currency_id.is_zero(net):
            lines.append(self._prepare_payer_line_vals(net, due_date))
        return {
            "move_type": "entry",
            "journal_id": company._dealer_money_setting(
                "dealer_insurance_journal_id"
            ).id,
            "company_id": company.id,
            "date": date,
            "ref": " ".join(filter(None, [self.name, self.ledger_no, self.plate])),
            "line_ids": [Command.create(vals) for vals in lines],
        }

    def _prepare_insurer_line_vals(self, kind, policy, amount):
        setting = {
            "premium": "dealer_premium_payable_account_id",
            "tax": "dealer_tax_payable_account_id",
        }[kind]
        if kind == "tax":
            label = self.env._("Vehicle tax, %(row)s", row=self.name)
        else:
            number = policy.policy_no or policy.proposal_no or self.name
            label = self.env._("Premium, %(policy)s", policy=number)
        return self._prepare_money_line_vals(
            kind, setting, self.insurer_id, -amount, label, policy
        )

    def _prepare_payer_line_vals(self, net, due_date):
        """Payer's side of an entry: what he owes, or the refund owed to him (E5)."""
        if self.currency_id.compare_amounts(net, 0.0) < 0:
            return self._prepare_money_line_vals(
                "refund",
                "dealer_refund_payable_account_id",
                self.payer_id,
                net,
                self.env._("Refund, %(row)s", row=self.name),
            )
        vals = self._prepare_money_line_vals(
            "payer",
            None,
            self.payer_id,
            net,
            self.env._("Premium to pay, %(row)s", row=self.name),
        )
        vals["date_maturity"] = due_date
        return vals

    def _prepare_money_line_vals(
        self, kind, setting, partner, balance, label, policy=None
    ):
        """Values of one tagged line.

        :param setting: company field of the account; None: the partner's receivable
        :param balance: debit less credit, in company currency
        """
        company = self.company_id
        if setting:
            account = company._dealer_money_setting(setting)
        else:
            account = partner.with_company(company).property_account_receivable_id
            account = (
                account
                or partner.with_company(company.root_id).property_account_receivable_id
            )
        natural = 1 if kind == "payer" else -1
        against = self.currency_id.compare_amounts(balance * natural, 0.0) < 0
        return {
            "name": label,
            "account_id": account.id,
            "partner_id": partner.id,
            "balance": balance,
            # Not the store's own income or expense: no analysis, and no search for
            # a rule of it per line.
            "analytic_distribution": False,
            # A payable that shrinks: red figures. The refund itself is a fresh
            # debt, and an ordinary credit.
            "is_storno": bool(company.account_storno and against),
            "dealer_money_kind": kind,
            "dealer_underwriting_id": self.id,
            "dealer_policy_id": policy.id if policy else False,
        }

    def action_update_premium_entry(self):
        """Reverse an entry that no longer fits the row, and post it anew.

        For rows whose payer or channel changed after the request. Once money was
        received or remitted it has to go back first.

        :raise UserError: the store holds money of the row
        """
        self._check_post("request_payment")
        self.check_access("write")
        rows = self.filtered(
            lambda row: row.premium_entry_outdated and not row.voided_at
        )
        rows._check_no_money()
        rows._sudo_reverse_premium()
        rows._create_premium_move()
        return True

    # ------------------------------------------------------------------
    # Void
    # ------------------------------------------------------------------
    def _void_money_violations(self):
        """Guard G-M1: no row is void while the store holds or passed on its money."""
        violations = []
        for row in self.filtered(lambda row: row.channel == "collected"):
            currency = row.currency_id
            if not row.money_move_count:
                continue
            # Premium that a refund was settled with comes back with the reversal.
            remitted = row.amount_remitted - row._sudo_netted_amount()
            if not currency.is_zero(remitted):
                violations.append(
                    Violation(
                        "G-M1",
                        row,
                        self.env._(
                            "%(amount)s were remitted to the insurer and have not "
                            "come back",
                            amount=currency.format(remitted),
                        ),
                    )
                )
            elif not currency.is_zero(row.amount_received):
                violations.append(
                    Violation(
                        "G-M1",
                        row,
                        self.env._(
                            "%(amount)s were received and are not refunded",
                            amount=currency.format(row.amount_received),
                        ),
                    )
                )
        return violations

    def _guard_void(self):
        # EXTENDS
        return super()._guard_void() + self._void_money_violations()

    def _void_money(self):
        """Reverse the premium entries of rows that are voided.

        :return: the reversals
        :raise GuardError: G-M1, money was received or remitted and is not back
        """
        self.check_access("write")
        violations = self._void_money_violations()
        if violations:
            raise GuardError(
                "\n".join(self._guard_line(violation) for violation in violations),
                violations,
            )
        return self._sudo_reverse_premium()

    def _sudo_reverse_premium(self):
        # sudo: as _sudo_post_premium; only tagged entries of these rows are touched
        moves = self.sudo().money_line_ids.move_id
        moves.filtered(lambda move: move.state == "draft").button_cancel()
        moves = moves.filtered(
            lambda move: (
                move.state == "posted"
                and not move.reversed_entry_id
                and not move.reversal_move_ids.filtered(
                    lambda back: back.state == "posted"
                )
            )
        )
        for company in moves.company_id:
            company._dealer_check_open_period(company._dealer_today())
        reversals = moves._reverse_moves(
            [
                {
                    "date": max(
                        move.line_ids.dealer_underwriting_id._store_date(), move.date
                    ),
                    "ref": self.env._("Reversal of: %(entry)s", entry=move.name),
                }
                for move in moves
            ],
            cancel=True,
        )
        return reversals.with_env(self.env)

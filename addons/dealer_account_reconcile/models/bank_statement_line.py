import logging

from odoo import api, fields, models
from odoo.exceptions import AccessError, RedirectWarning, UserError, ValidationError

from odoo.addons.dealer_insurance.models.bank_rule import BANK_KINDS
from odoo.addons.dealer_insurance.tools import bank_types

_logger = logging.getLogger(__name__)

# Lines of one store that are matched together, and looked at again by the cron
MATCHED_AT_ONCE = 2000


class AccountBankStatementLine(models.Model):
    _inherit = "account.bank.statement.line"

    dealer_propose = fields.Boolean(related="journal_id.dealer_propose")
    dealer_proposal_ids = fields.One2many(
        "dealer.bank.proposal", "line_id", string="Proposals", readonly=True
    )
    dealer_proposal_kind = fields.Selection(
        BANK_KINDS,
        string="Proposed",
        compute="_compute_dealer_proposal",
        store=True,
    )
    dealer_proposal_refs = fields.Char(
        string="Settles", compute="_compute_dealer_proposal", store=True
    )
    dealer_proposal_reason = fields.Char(
        string="Why", compute="_compute_dealer_proposal_reason"
    )
    dealer_proposal_score = fields.Integer(
        string="Score", compute="_compute_dealer_proposal", store=True
    )
    dealer_proposal_certain = fields.Boolean(
        string="Certain", compute="_compute_dealer_proposal", store=True
    )

    @api.depends(
        "dealer_proposal_ids.sequence",
        "dealer_proposal_ids.kind",
        "dealer_proposal_ids.certain",
    )
    def _compute_dealer_proposal(self):
        """The best proposal, for lists."""
        for line in self:
            best = line.dealer_proposal_ids.sorted("sequence")[:1]
            line.dealer_proposal_kind = best.kind
            line.dealer_proposal_refs = best.refs
            line.dealer_proposal_score = best.score
            line.dealer_proposal_certain = best.certain

    @api.depends("dealer_proposal_ids.reasons", "dealer_proposal_ids.sequence")
    @api.depends_context("lang")
    def _compute_dealer_proposal_reason(self):
        """Why the best proposal is one, in the language of the reader."""
        for line in self:
            best = line.dealer_proposal_ids.sorted("sequence")[:1]
            line.dealer_proposal_reason = best.reason

    # ------------------------------------------------------------------
    # Matching
    # ------------------------------------------------------------------
    def _dealer_to_match(self):
        """Lines that still need a counterpart, on accounts that get proposals."""
        return self.filtered(
            lambda line: (
                not line.is_reconciled
                and line.state == "posted"
                and line.journal_id.dealer_propose
            )
        )

    def _dealer_open_lines(self):
        """All lines of the stores of these lines that wait, these included.

        They are matched together, so that no item is proposed twice.
        """
        domain = [
            ("company_id", "in", self.company_id.ids),
            ("is_reconciled", "=", False),
            ("journal_id.dealer_propose", "=", True),
            ("state", "=", "posted"),
        ]
        return self | self.search(domain, order="date desc, id", limit=MATCHED_AT_ONCE)

    def _dealer_find_proposals(self):
        """Search proposals for these lines again, and keep the new ones.

        :return: the lines that have a proposal now
        """
        self.check_access("read")
        vals_list = []
        for company in self.company_id:
            lines = self.filtered(lambda line, c=company: line.company_id == c)
            lines = lines._dealer_to_match()
            found = self.env["dealer.bank.candidates"]._bank_proposals(lines)
            for line, proposals in found.items():
                vals_list += [
                    self.env["dealer.bank.proposal"]._prepare_proposal_vals(
                        line, number, proposal
                    )
                    for number, proposal in enumerate(proposals, 1)
                ]
        self._sudo_keep_proposals(vals_list)
        return self.filtered("dealer_proposal_ids")

    def _sudo_keep_proposals(self, vals_list):
        # sudo: proposals are written by the matching only, for whoever may read the
        # bank lines (checked by the caller)
        proposals_sudo = self.env["dealer.bank.proposal"].sudo()
        proposals_sudo.search([("line_id", "in", self.ids)]).unlink()
        proposals_sudo.create(vals_list)

    def _dealer_after_import(self):
        """Proposals for new lines; certain ones are booked if the journal says so."""
        if not self:
            return
        lines = self._dealer_open_lines()
        lines._dealer_find_proposals()
        self.filtered(
            lambda line: line.journal_id.dealer_auto_reconcile
        )._dealer_reconcile_certain()

    def _dealer_reconcile_certain(self):
        """Reconcile every line whose proposal is certain.

        A line that cannot be booked stays open with its proposal; the others go on.

        :return: the lines that were reconciled
        """
        done, items = self.browse(), self.env["account.move.line"]
        for line in self.sorted(lambda item: (item.date, -item.sequence, item.id)):
            best = line.dealer_proposal_ids.sorted("sequence")[:1]
            if line.is_reconciled or not best.certain:
                continue
            wanted = best.item_ids
            try:
                with self.env.cr.savepoint():
                    line._dealer_apply(best, refresh=False)
            except (UserError, ValidationError, RedirectWarning) as error:
                _logger.info("Bank line %s stays open: %s", line.id, error)
                continue
            done |= line
            items |= wanted
        self._dealer_refresh_after(done, items)
        return done

    def _dealer_refresh_after(self, done, items):
        """Search again for lines that what was settled just now concerns.

        These are the lines that wanted one of the items, and those for which a new
        item may have come up: the other side of a transfer, money given back.

        :param done: lines that are reconciled now
        :param items: journal items that they settled
        """
        if not done:
            return
        self._sudo_forget(done)
        follow_up = (bank_types.TRANSFER, bank_types.OVERPAID)
        waiting = self.search(
            [
                ("company_id", "in", done.company_id.ids),
                ("is_reconciled", "=", False),
                "|",
                ("dealer_proposal_ids.item_ids", "in", items.ids),
                ("dealer_proposal_ids.kind", "in", follow_up),
            ],
            limit=MATCHED_AT_ONCE,
        )
        waiting._dealer_find_proposals()

    def _sudo_forget(self, lines):
        # sudo: as _sudo_keep_proposals
        lines.sudo().dealer_proposal_ids.unlink()

    @api.model
    def _cron_dealer_find_proposals(self):
        """Search again for all waiting lines: payments and invoices came since."""
        companies = self.search(
            [("is_reconciled", "=", False), ("journal_id.dealer_propose", "=", True)]
        ).company_id
        self.env["ir.cron"]._commit_progress(remaining=len(companies))
        for company in companies:
            lines = self.with_company(company).search(
                [("company_id", "=", company.id), ("is_reconciled", "=", False)],
                order="date desc, id",
                limit=MATCHED_AT_ONCE,
            )
            lines._dealer_find_proposals()
            if not self.env["ir.cron"]._commit_progress(1):
                break

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------
    def _dealer_check_finance(self):
        if not self.env.su and not self.env.user.has_group(
            "account.group_account_user"
        ):
            raise AccessError(
                self.env._("Only finance reconciles bank lines with proposals.")
            )

    def action_dealer_find(self):
        """Search proposals for these lines again."""
        self._dealer_check_finance()
        self._dealer_open_lines()._dealer_find_proposals()
        return True

    def action_dealer_open(self):
        """Open the reconcile screen on this line."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "account_reconcile_oca.action_bank_statement_line_reconcile"
        )
        action["domain"] = [("id", "=", self.id)]
        action["context"] = {
            "default_journal_id": self.journal_id.id,
            "view_ref": "account_reconcile_oca.bank_statement_line_form_reconcile_view",
        }
        return action

    def action_dealer_apply_best(self):
        """Reconcile each line with its best proposal."""
        self._dealer_check_finance()
        waiting = self.filtered(lambda line: not line.is_reconciled)
        without = waiting.filtered(lambda line: not line.dealer_proposal_ids)
        if without:
            raise UserError(
                self.env._(
                    "No proposal for: %(lines)s. Reconcile these by hand.",
                    lines=", ".join(
                        f"{line.date} {line.payment_ref}" for line in without[:10]
                    ),
                )
            )
        items = self.env["account.move.line"]
        for line in waiting.sorted(lambda item: (item.date, -item.sequence, item.id)):
            best = line.dealer_proposal_ids.sorted("sequence")[:1]
            items |= best.item_ids
            line._dealer_apply(best, refresh=False)
        self._dealer_refresh_after(waiting, items)
        return True

    def action_dealer_certain(self):
        """Reconcile the certain ones of these lines and say how many."""
        self._dealer_check_finance()
        done = self._dealer_reconcile_certain()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success" if done else "info",
                "message": self.env._(
                    "%(done)s of %(all)s lines reconciled.",
                    done=len(done),
                    all=len(self),
                ),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    # ------------------------------------------------------------------
    # Booking
    # ------------------------------------------------------------------
    def _dealer_apply(self, proposal, refresh=True):
        """Reconcile the line with the items of a proposal.

        :raise UserError: it does not add up any more
        """
        items = proposal.item_ids
        self._dealer_fill(proposal)
        if not self.reconcile_data_info.get("can_reconcile"):
            raise UserError(
                self.env._(
                    "%(line)s: the proposal does not add up to the bank line any "
                    "more. Search for proposals again.",
                    line=self.display_name,
                )
            )
        self.reconcile_bank_line()
        if refresh:
            self._dealer_refresh_after(self, items)

    def _dealer_can_apply(self, proposal):
        """Whether a proposal could be booked now: its items are open, accounts set."""
        try:
            proposal._items_to_settle()
            if not self.company_id.currency_id.is_zero(proposal.amount_rest):
                proposal._rest_account()
        except (UserError, RedirectWarning):
            return False
        return True

    def _dealer_fill(self, proposal):
        """Put the items of a proposal into the reconciliation of the line."""
        self._dealer_check_finance()
        self.ensure_one()
        self.check_access("write")
        if self.is_reconciled:
            raise UserError(
                self.env._(
                    "%(line)s is reconciled already. Unreconcile it first.",
                    line=self.display_name,
                )
            )
        liquidity, _suspense, _others = self._seek_for_lines()
        data, auxiliary = [], 1
        for line in liquidity:
            auxiliary, found = self._get_reconcile_line(
                line, "liquidity", reconcile_auxiliary_id=auxiliary, move=True
            )
            data += found
        for item, amount in proposal._items_to_settle():
            auxiliary, found = self._get_reconcile_line(
                item,
                "other",
                is_counterpart=True,
                max_amount=amount,
                reconcile_auxiliary_id=auxiliary,
                move=True,
            )
            data += found
        currency = self.company_id.currency_id
        if not currency.is_zero(proposal.amount_fee):
            account = self.company_id._dealer_money_setting(
                "dealer_merchant_fee_account_id"
            )
            label = self.env._("Merchant fee, %(text)s", text=self.payment_ref)
            data.append(
                self._dealer_own_line(
                    auxiliary, account, False, proposal.amount_fee, label
                )
            )
            auxiliary += 1
        if not currency.is_zero(proposal.amount_rest):
            account, partner = proposal._rest_account()
            data.append(
                self._dealer_own_line(
                    auxiliary,
                    account,
                    partner,
                    -proposal.amount_rest,
                    self.payment_ref or self.name,
                )
            )
            auxiliary += 1
        self.reconcile_data_info = self._recompute_suspense_line(
            data, auxiliary, self.manual_reference
        )
        self.can_reconcile = self.reconcile_data_info.get("can_reconcile", False)

    def _dealer_own_line(self, auxiliary, account, partner, amount, label):
        """A counterpart that settles no item, as the reconciliation of OCA keeps it.

        :param amount: balance in company currency, debit positive
        """
        currency = self.company_id.currency_id
        amount = currency.round(amount)
        return {
            "reference": f"reconcile_auxiliary;{auxiliary}",
            "id": False,
            "account_id": [account.id, account.display_name],
            "partner_id": [partner.id, partner.display_name] if partner else False,
            "date": fields.Date.to_string(self.date),
            "name": label,
            "amount": amount,
            "net_amount": amount,
            "debit": max(amount, 0.0),
            "credit": max(-amount, 0.0),
            "kind": "other",
            "currency_id": currency.id,
            "line_currency_id": currency.id,
            "currency_amount": amount,
            "analytic_distribution": False,
        }

    def reconcile_bank_line(self):
        # EXTENDS: a line that is done needs no proposal
        result = super().reconcile_bank_line()
        self._sudo_forget(self)
        return result

    def unreconcile_bank_line(self):
        # EXTENDS: everything is open again, and proposed again
        result = super().unreconcile_bank_line()
        if self.journal_id.dealer_propose:
            self._dealer_open_lines()._dealer_find_proposals()
        return result

    # ------------------------------------------------------------------
    # What OCA guesses by itself
    # ------------------------------------------------------------------
    def _do_auto_reconcile_invoices(self):
        # EXTENDS: the guess of OCA takes any open item whose number holds the text of
        # the bank line, whatever its amount. "Premium" in a memo must not settle
        # anything; our proposals take its place.
        ours = self.filtered("journal_id.dealer_propose")
        rest, done = super(
            AccountBankStatementLine, self - ours
        )._do_auto_reconcile_invoices()
        return rest | ours, done

    def _retrieve_partner(self):
        # EXTENDS: a partner whose name merely holds the payer's is not the payer, and
        # a partner on the line offers his default account as counterpart.
        others = self.filtered(lambda line: not line.journal_id.dealer_propose)
        return super(AccountBankStatementLine, others)._retrieve_partner()

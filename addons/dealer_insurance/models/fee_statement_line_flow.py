from odoo import fields, models
from odoo.exceptions import UserError

from ..tools.statement_classify import AGREED


class DealerFeeStatementLine(models.Model):
    """What people decide about the lines of a statement."""

    _inherit = "dealer.fee.statement.line"

    # -- decisions of people ----------------------------------------------------

    def _begin(self):
        """Rights and state in which lines may be decided."""
        self.check_access("write")
        locked = self.filtered(
            lambda line: line.statement_id.confirmed_at or line.statement_id.replaced_at
        )
        if locked:
            raise UserError(
                self.env._(
                    "%(statement)s is confirmed or replaced. Take the confirmation "
                    "back to decide its lines anew.",
                    statement=locked[0].statement_id.display_name,
                )
            )

    def _decision_vals(self, decision):
        now = fields.Datetime.now()
        return {
            "decision": decision,
            "decided_by_id": self.env.uid,
            "explained_by_id": self.env.uid,
            "explained_at": now,
            "held_by_row": False,
        }

    def _settle_rows(self):
        """Products that are right follow the others of their row.

        The insurer pays a row or does not; what waits for its row is agreed as soon as
        nothing of the row is open or withheld for its own sake.
        """
        statements = self.statement_id.filtered("company_id.dealer_fee_row_unit")
        rows = {}
        for line in statements.line_ids:
            rows.setdefault(
                (line.statement_id, line.sheet_name, line.row_no), []
            ).append(line)
        hold, release = self.browse(), self.browse()
        for lines in rows.values():
            if len(lines) < 2:
                continue
            blocked = any(
                line.decision != "agree" and not line.held_by_row for line in lines
            )
            for line in lines:
                if blocked and line.decision == "agree":
                    hold |= line
                elif not blocked and line.held_by_row:
                    release |= line
        hold._write_protected({"decision": "withhold", "held_by_row": True})
        release._write_protected({"decision": "agree", "held_by_row": False})

    def action_withhold(self):
        """Do not pay these lines as stated: the difference goes to the insurer."""
        self._begin()
        blank = self.filtered(
            lambda line: not line.result or not (line.explanation or "").strip()
        )
        if blank:
            raise UserError(
                self.env._(
                    "%(line)s: match the statement and write what is wrong first.",
                    line=blank[0].display_name,
                )
            )
        if any(line.match_state == "proposed" for line in self):
            raise UserError(
                self.env._(
                    "Choose or refuse the proposed policies of these lines first."
                )
            )
        self._write_protected(
            {**self._decision_vals("withhold"), "dispute_state": "open"}
        )
        self._settle_rows()
        return True

    def action_agree(self):
        """Accept these lines as stated, with the words that explain why."""
        self._begin()
        for line in self:
            if not line.result or line.match_state == "proposed":
                raise UserError(
                    self.env._(
                        "%(line)s has no policy yet; choose it first.",
                        line=line.display_name,
                    )
                )
            large = line._is_large()
            by_person = line.explained_by_id and (line.explanation or "").strip()
            if large and line.result not in AGREED and not by_person:
                raise UserError(
                    self.env._(
                        "%(line)s differs by %(amount)s. Write into its explanation "
                        "why it is paid as stated, then agree.",
                        line=line.display_name,
                        amount=line.currency_id.format(line.delta),
                    )
                )
        self._write_protected({**self._decision_vals("agree"), "dispute_state": "none"})
        self._settle_rows()
        return True

    def action_check_explanation(self):
        """The words of the matching are right: they may go to the insurer."""
        self._begin()
        found = self.filtered(lambda line: (line.explanation or "").strip())
        found.filtered(lambda line: line.result not in AGREED).action_withhold()
        return True

    def action_reopen(self):
        """Decide these lines again."""
        self._begin()
        self._write_protected(
            {
                "decision": "open",
                "decided_by_id": False,
                "dispute_state": "none",
                "held_by_row": False,
            }
        )
        self._settle_rows()
        return True

    def _is_large(self):
        """True when the difference needs words: above the share or the amount set."""
        self.ensure_one()
        company = self.company_id
        size = abs(self.delta)
        if self.currency_id.compare_amounts(size, company.dealer_fee_limit_amount) > 0:
            return True
        share = abs(self.expected_fee) * company.dealer_fee_limit_share
        return self.currency_id.compare_amounts(size, share) > 0

    def _choose(self, policies, endorsement, reason):
        """A person says what the line means; the result is worked out anew.

        :param policies: ``dealer.policy``; several when one line pays for a deal
        :param endorsement: ``dealer.endorsement``, may be empty
        :param reason: how he knows
        """
        self.ensure_one()
        self._begin()
        statement = self.statement_id
        family = statement.insurer_id.commercial_partner_id
        source = endorsement or policies
        foreign = any(
            policy.company_id != self.company_id
            or policy.insurer_id.commercial_partner_id != family
            or policy.state == "draft"
            for policy in policies
        )
        if (
            not policies
            or foreign
            or (endorsement and endorsement.policy_id != policies)
        ):
            raise UserError(
                self.env._(
                    "%(line)s can only mean an issued policy of this store and of "
                    "this insurer.",
                    line=self.display_name,
                )
            )
        words = (reason or "").strip()
        self._write_protected(
            {
                "match_state": "manual",
                "match_pass": "manual",
                "match_score": 100,
                "match_reason": self.env._(
                    "Chosen by %(name)s. %(reason)s",
                    name=self.env.user.name,
                    reason=words,
                ).strip(),
                "policy_id": policies[0].id,
                "policy_ids": [fields.Command.set(policies.ids)],
                "endorsement_id": endorsement.id if endorsement else False,
                "underwriting_id": source[0].underwriting_id.id,
                "explained_by_id": False,
            }
        )
        statement._match()

    def _refuse_candidates(self, reason):
        """A person says that no policy of ours is meant: withheld as unknown."""
        self.ensure_one()
        self._begin()
        words = (reason or "").strip()
        self._write_protected(
            {
                "match_state": "manual",
                "match_pass": "manual",
                "match_score": 0,
                "match_reason": self.env._(
                    "Not ours, says %(name)s. %(reason)s",
                    name=self.env.user.name,
                    reason=words,
                ).strip(),
                "policy_id": False,
                "policy_ids": [fields.Command.clear()],
                "endorsement_id": False,
                "underwriting_id": False,
                "explained_by_id": False,
            }
        )
        self.statement_id._match()
        self.action_withhold()

    def action_forget_match(self):
        """Let the matching decide again what a person has chosen."""
        self._begin()
        self._write_protected(
            {"match_state": "none", "explained_by_id": False, "decision": "open"}
        )
        for statement in self.statement_id:
            statement._match()
        return True

    def action_open_match(self):
        """Dialog in which a person says which policy the line means."""
        self.ensure_one()
        self._begin()
        wizard = self.env["dealer.fee.match"]._open_for(self)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Which Policy?"),
            "res_model": wizard._name,
            "res_id": wizard.id,
            "view_mode": "form",
            "target": "new",
        }

    def action_open_policy(self):
        """The policy, or the ledger entry of the endorsement."""
        self.ensure_one()
        record = self.underwriting_id if self.endorsement_id else self.policy_id
        if not record:
            raise UserError(self.env._("The line has no policy yet."))
        return record._get_records_action(name=record.display_name)

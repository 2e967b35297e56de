from odoo import fields, models


class DealerPolicy(models.Model):
    """What the policy knows of its claims: open ones stop a cancellation (G-E5)."""

    _inherit = "dealer.policy"

    claim_count = fields.Integer(
        string="Number of Claims", compute="_compute_claim_count"
    )

    def _sudo_claim_ids(self, domain):
        """Cases of these policies, commercial or compulsory: one query.

        :return: dict policy id -> list of (case id, number of the case)
        """
        # sudo: that a case is open stops a cancellation, whoever may read cases
        claims_sudo = self.env["dealer.claim"].sudo()
        found = claims_sudo.search_fetch(
            [
                "|",
                ("policy_id", "in", self.ids),
                ("ctpl_policy_id", "in", self.ids),
                ("voided_at", "=", False),
                *domain,
            ],
            ["name", "policy_id", "ctpl_policy_id"],
            order="id",
        )
        result = {}
        for claim in found:
            for policy in claim.policy_id | claim.ctpl_policy_id:
                result.setdefault(policy.id, []).append((claim.id, claim.name))
        return result

    def _open_claims(self):
        # EXTENDS dealer_insurance
        result = dict(super()._open_claims())
        found = self._sudo_claim_ids([("is_ball_open", "=", True)])
        for policy in self:
            names = [name for _id, name in found.get(policy.id, [])]
            if names:
                result[policy] = [*result.get(policy, []), *names]
        return result

    def _compute_claim_count(self):
        found = self._sudo_claim_ids([])
        for policy in self:
            policy.claim_count = len(found.get(policy._origin.id, []))

    def action_view_claims(self):
        """Open the cases of the policy."""
        self.check_access("read")
        found = self._sudo_claim_ids([])
        ids = [item[0] for policy in self for item in found.get(policy.id, [])]
        return (
            self.env["dealer.claim"]
            .browse(ids)
            ._get_records_action(name=self.env._("Claims"))
        )

from odoo import api, fields, models


class DealerClaimReturnWizard(models.TransientModel):
    """Why the insurer has sent cases back and what it wants (退案)."""

    _name = "dealer.claim.return.wizard"
    _description = "Return by the Insurer"

    claim_ids = fields.Many2many("dealer.claim", required=True, readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    returned_on = fields.Date(required=True)
    reason_id = fields.Many2one(
        "dealer.reason.code",
        domain=[("category", "=", "returned_case")],
    )
    note = fields.Text(string="What the Insurer Wants")
    type_ids = fields.Many2many("dealer.document.type", string="Documents Asked For")
    propose_ids = fields.Many2many(
        "dealer.document.type",
        "dealer_claim_return_wizard_propose_rel",
        string="Always Ask for These",
        help="Documents that this insurer should always get: the insurance manager "
        "decides whether its checklist asks for them from now on.",
    )

    @api.model
    def _open_for(self, claims):
        company = claims.company_id[:1]
        wizard = self.create(
            {
                "claim_ids": [(6, 0, claims.ids)],
                "company_id": company.id,
                "returned_on": company._dealer_today(),
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Returned by the Insurer"),
            "res_model": self._name,
            "res_id": wizard.id,
            "view_mode": "form",
            "target": "new",
        }

    def action_confirm(self):
        """Register the returns and the proposals they teach."""
        self.ensure_one()
        self.claim_ids.check_access("write")
        self.claim_ids._check_holds("claim_submitter", "insurance_manager")
        returns = self.claim_ids._do_insurer_return(
            self.returned_on,
            self.reason_id,
            self.note,
            self.type_ids | self.propose_ids,
        )
        returns._propose(self.propose_ids)
        return {"type": "ir.actions.act_window_close"}


class DealerClaimReturn(models.Model):
    _inherit = "dealer.claim.return"

    def _propose(self, types):
        """Ask the manager to put documents on the checklist of the insurer, once.

        :param types: ``dealer.document.type``
        :return: the new proposals
        """
        Proposal = self.env["dealer.claim.document.proposal"]
        known = {
            (item.company_id, item.insurer_id, item.usage, item.type_id)
            for item in Proposal.search(
                [
                    ("company_id", "in", self.company_id.ids),
                    ("insurer_id", "in", self.insurer_id.ids),
                    ("type_id", "in", types.ids),
                    ("state", "=", "proposed"),
                ]
            )
        }
        vals_list = []
        for item in self:
            claim = item.claim_id
            for kind in types:
                key = (item.company_id, item.insurer_id, claim.claim_type, kind)
                if key in known or not claim.claim_type:
                    continue
                known.add(key)
                vals_list.append(
                    {
                        "company_id": item.company_id.id,
                        "insurer_id": item.insurer_id.id,
                        "usage": claim.claim_type,
                        "type_id": kind.id,
                        "reason": item.reason_id.display_name,
                        "return_id": item.id,
                    }
                )
        return Proposal._create_protected(vals_list)

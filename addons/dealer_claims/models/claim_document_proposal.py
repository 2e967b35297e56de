from odoo import api, fields, models

from odoo.addons.dealer_base.models.document import (
    REQUIREMENT_SELECTION,
    USAGE_SELECTION,
)


class DealerClaimDocumentProposal(models.Model):
    """A return teaches what an insurer wants: a document for its checklist.

    The submitter proposes, the insurance manager accepts; the checklist of the insurer
    gets the row and open cases of this kind get it too.
    """

    _name = "dealer.claim.document.proposal"
    _description = "Proposed Document of an Insurer"
    _inherit = ["dealer.derived.mixin", "mail.thread"]
    _order = "id desc"
    _check_company_auto = True
    _protected_fields = (
        "company_id",
        "return_id",
        "accepted_at",
        "refused_at",
        "decided_by_id",
        "template_line_id",
    )

    company_id = fields.Many2one(
        "res.company",
        string="Store",
        required=True,
        index=True,
        readonly=True,
        default=lambda self: self.env.company,
    )
    insurer_id = fields.Many2one(
        "res.partner",
        required=True,
        index=True,
        domain=[("is_insurer", "=", True)],
        tracking=True,
    )
    usage = fields.Selection(
        [item for item in USAGE_SELECTION if item[0].startswith("claim_")],
        string="Kind of Claim",
        required=True,
        tracking=True,
    )
    type_id = fields.Many2one(
        "dealer.document.type",
        string="Document",
        required=True,
        index=True,
        ondelete="restrict",
        tracking=True,
    )
    requirement = fields.Selection(
        REQUIREMENT_SELECTION, required=True, default="must", tracking=True
    )
    reason = fields.Char(tracking=True)
    return_id = fields.Many2one(
        "dealer.claim.return",
        string="Because of the Return",
        index="btree_not_null",
        check_company=True,
        readonly=True,
    )
    accepted_at = fields.Datetime(readonly=True, copy=False)
    refused_at = fields.Datetime(readonly=True, copy=False)
    decided_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    template_line_id = fields.Many2one(
        "dealer.document.template.line",
        string="Row of the Checklist",
        readonly=True,
        copy=False,
        index="btree_not_null",
    )
    state = fields.Selection(
        [
            ("proposed", "Proposed"),
            ("accepted", "Accepted"),
            ("refused", "Refused"),
        ],
        compute="_compute_state",
        store=True,
    )

    @api.depends("accepted_at", "refused_at")
    def _compute_state(self):
        for proposal in self:
            proposal.state = (
                (proposal.accepted_at and "accepted")
                or (proposal.refused_at and "refused")
                or "proposed"
            )

    @api.depends("insurer_id", "type_id")
    def _compute_display_name(self):
        for proposal in self:
            proposal.display_name = (
                f"{proposal.insurer_id.name or ''}: {proposal.type_id.name or ''}"
            )

    def _protected_hint(self, field_name):
        return self.env._("The insurance manager accepts or refuses a proposal.")

    def action_accept(self):
        """The insurer's checklist gets the document; open cases of the kind too."""
        self.check_access("write")
        self._check_holds("insurance_manager")
        self._check_state(("proposed",), self.env._("Accept Proposal"))
        now = fields.Datetime.now()
        for proposal in self:
            line = proposal._insurer_template_line()
            proposal._write_protected(
                {
                    "accepted_at": now,
                    "decided_by_id": self.env.uid,
                    "template_line_id": line.id,
                }
            )
        self._sync_open_claims()
        return True

    def action_refuse(self):
        """The checklist stays as it is."""
        self.check_access("write")
        self._check_holds("insurance_manager")
        self._check_state(("proposed",), self.env._("Refuse Proposal"))
        self._write_protected(
            {"refused_at": fields.Datetime.now(), "decided_by_id": self.env.uid}
        )
        return True

    def _insurer_template_line(self):
        """The row of the store's checklist of this insurer, made when missing.

        The insurer's own checklist starts as a copy of the general one; it belongs to
        the store, so that other stores keep theirs.
        """
        self.ensure_one()
        Template = self.env["dealer.document.template"]
        template = Template._find(self.usage, self.insurer_id, self.company_id)
        if not template.insurer_id or template.company_id != self.company_id:
            labels = dict(self._fields["usage"]._description_selection(self.env))
            vals = {
                "name": f"{self.insurer_id.name}: {labels[self.usage]}",
                "usage": self.usage,
                "insurer_id": self.insurer_id.id,
                "company_id": self.company_id.id,
            }
            template = template.copy(vals) if template else Template.create(vals)
        line = template.line_ids.filtered(lambda row: row.type_id == self.type_id)
        if line:
            line.requirement = self.requirement
            return line
        return self.env["dealer.document.template.line"].create(
            {
                "template_id": template.id,
                "sequence": max(template.line_ids.mapped("sequence"), default=0) + 10,
                "type_id": self.type_id.id,
                "requirement": self.requirement,
            }
        )

    def _sync_open_claims(self):
        """Cases whose papers are not accepted yet get the new row."""
        for company, proposals in self.grouped("company_id").items():
            claims = self.env["dealer.claim"].search(
                [
                    ("company_id", "=", company.id),
                    ("insurer_id", "in", proposals.insurer_id.ids),
                    ("claim_type", "in", proposals.mapped("usage")),
                    ("audited_at", "=", False),
                    ("is_historical", "=", False),
                    ("closed_at", "=", False),
                ]
            )
            claims._sudo_sync_documents()

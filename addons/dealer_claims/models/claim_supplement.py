from odoo import api, fields, models
from odoo.exceptions import UserError


class DealerClaimSupplement(models.Model):
    """Extra damage found while the car is taken apart (追加定损, SM-10 row 4).

    ========  ======================================================
    refused   ``refused_at``: the insurer does not pay it
    merged    ``merged_at``: agreed, part of the assessment
    draft     otherwise; the repair cannot be finished before
    ========  ======================================================
    """

    _name = "dealer.claim.supplement"
    _description = "Supplementary Assessment"
    _inherit = ["dealer.derived.mixin", "mail.thread"]
    _order = "claim_id, id"
    _check_company_auto = True
    _protected_fields = ("name", "merged_at", "merged_by_id", "refused_at")

    name = fields.Char(
        string="Number", default="/", required=True, readonly=True, copy=False
    )
    claim_id = fields.Many2one(
        "dealer.claim",
        required=True,
        index=True,
        readonly=True,
        check_company=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        related="claim_id.company_id", store=True, index=True, precompute=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    reason = fields.Text(string="What Was Found", required=True)
    found_on = fields.Date(
        default=lambda self: self.env.company._dealer_today(), required=True
    )
    assessor = fields.Char(string="Assessor of the Insurer", tracking=True)
    cost_ids = fields.One2many("dealer.claim.cost", "supplement_id", string="Items")
    amount = fields.Monetary(compute="_compute_amounts", store=True)
    assessed_amount = fields.Monetary(compute="_compute_amounts", store=True)
    merged_at = fields.Datetime(readonly=True, copy=False)
    merged_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    refused_at = fields.Datetime(readonly=True, copy=False)
    refuse_reason = fields.Text(readonly=True, copy=False, tracking=True)
    state = fields.Selection(
        [("draft", "To Agree"), ("merged", "Merged"), ("refused", "Refused")],
        compute="_compute_state",
        store=True,
        index=True,
        tracking=True,
    )

    @api.depends("merged_at", "refused_at")
    def _compute_state(self):
        for supplement in self:
            if supplement.refused_at:
                supplement.state = "refused"
            else:
                supplement.state = "merged" if supplement.merged_at else "draft"

    @api.depends("cost_ids.amount", "cost_ids.assessed_amount")
    def _compute_amounts(self):
        for supplement in self:
            supplement.amount = sum(supplement.cost_ids.mapped("amount"))
            supplement.assessed_amount = sum(
                supplement.cost_ids.mapped("assessed_amount")
            )

    # ------------------------------------------------------------------ CRUD
    @api.model_create_multi
    def create(self, vals_list):
        # Lines typed in the same form belong to the claim of the document.
        supplements = super().create(
            [{k: v for k, v in vals.items() if k != "cost_ids"} for vals in vals_list]
        )
        supplements._check_repairing()
        for supplement, vals in zip(supplements, vals_list, strict=True):
            number = len(supplement.claim_id.supplement_ids)
            supplement._write_protected(
                {"name": f"{supplement.claim_id.name}-{number:02d}"}
            )
            if vals.get("cost_ids"):
                supplement.write({"cost_ids": vals["cost_ids"]})
        return supplements

    def write(self, vals):
        if not self.env.su and vals.keys() & {"reason", "cost_ids", "found_on"}:
            self._check_draft(self.env._("Change"))
        if "cost_ids" not in vals:
            return super().write(vals)
        commands = vals.pop("cost_ids")
        result = super().write(vals) if vals else True
        for supplement in self:
            supplement._write_lines(commands)
        return result

    def _write_lines(self, commands):
        """Apply commands of the form: new lines get claim and document at once."""
        lines = self.env["dealer.claim.cost"]
        created = []
        for command in commands:
            if command[0] == 0:
                created.append({**command[2], "claim_id": self.claim_id.id})
            elif command[0] in (1, 2, 3):
                line = lines.browse(command[1])
                if line.supplement_id != self:
                    continue
                if command[0] == 1:
                    line.write(command[2])
                else:
                    line.unlink()
        if created:
            # Checked as any line of the user, then bound to this document: while it
            # is open, lines may be added although the assessment is confirmed.
            lines.check_access("create")
            lines._create_protected(
                [{**vals, "supplement_id": self.id} for vals in created]
            )

    def _check_repairing(self):
        wrong = self.claim_id.filtered(
            lambda claim: claim.car_state not in ("assessed", "repairing", "repaired")
        )
        if wrong:
            raise UserError(
                self.env._(
                    "%(names)s: a supplementary assessment belongs to a car in "
                    "repair. Before, correct the assessment itself.",
                    names=", ".join(wrong.mapped("name")),
                )
            )

    def _check_draft(self, action):
        self._check_state(("draft",), action)

    # ----------------------------------------------------------- Transitions
    def action_merge(self):
        """The insurer has agreed: the lines become part of the assessment."""
        self.check_access("write")
        self._check_draft(self.env._("Merge"))
        empty = self.filtered(lambda supplement: not supplement.cost_ids)
        if empty:
            raise UserError(
                self.env._(
                    "%(names)s: enter the items that were found before you merge.",
                    names=", ".join(empty.mapped("name")),
                )
            )
        nobody = self.filtered(lambda supplement: not supplement.assessor)
        if nobody:
            raise UserError(
                self.env._(
                    "%(names)s: write which assessor of the insurer has agreed.",
                    names=", ".join(nobody.mapped("name")),
                )
            )
        self._write_protected(
            {"merged_at": fields.Datetime.now(), "merged_by_id": self.env.uid}
        )
        return True

    def action_refuse(self, reason=None):
        """The insurer does not pay it; its lines become the customer's.

        :param reason: what the insurer says; without it a dialog asks
        """
        self.check_access("write")
        self._check_draft(self.env._("Refuse"))
        if not (reason or "").strip():
            return self.env["dealer.return.wizard"]._open_for(self, "refuse")
        self.cost_ids.filtered(lambda line: line.payer != "store").write(
            {"payer": "customer"}
        )
        self._write_protected(
            {"refused_at": fields.Datetime.now(), "refuse_reason": reason.strip()}
        )
        return True

    def action_reopen(self):
        """Take the result back, while the car is in repair."""
        self.check_access("write")
        self._check_state(("merged", "refused"), self.env._("Reopen"))
        gone = self.claim_id.filtered(lambda claim: claim.car_state != "repairing")
        if gone:
            raise UserError(
                self.env._(
                    "%(names)s: only while the car is in repair. Take the end of the "
                    "repair back first.",
                    names=", ".join(gone.mapped("name")),
                )
            )
        self._write_protected(
            {
                "merged_at": False,
                "merged_by_id": False,
                "refused_at": False,
                "refuse_reason": False,
            }
        )
        return True

from decimal import Decimal

from odoo import api, fields, models
from odoo.fields import Domain

from ..tools.statement_classify import missing_reason, money
from .fee_statement_match import chunks

MISSING_REASONS = [
    ("omitted_by_insurer", "Left out by the Insurer"),
    ("cut_off_next_month", "Expected Next Month"),
    ("clawback_not_deducted", "Claw-back Not Deducted"),
]


class DealerFeeMissing(models.Model):
    """A policy or endorsement of a period that the insurer's statement lacks.

    Written by the matching only. A line of a later statement that pays for the policy
    closes the record; the note is the desk's.
    """

    _name = "dealer.fee.missing"
    _description = "Policy Missing on a Fee Statement"
    _inherit = ["dealer.derived.mixin"]
    _order = "issued_on, id"
    _rec_name = "policy_id"
    _check_company_auto = True
    _protected_fields = (
        "statement_id",
        "policy_id",
        "endorsement_id",
        "issued_on",
        "expected_fee",
        "expected_fee_incl",
        "expected_rate_id",
        "reason",
    )

    statement_id = fields.Many2one(
        "dealer.fee.statement", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="statement_id.company_id", store=True, index=True, precompute=True
    )
    insurer_id = fields.Many2one(
        related="statement_id.insurer_id", store=True, index=True, precompute=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    policy_id = fields.Many2one(
        "dealer.policy", required=True, index=True, check_company=True
    )
    endorsement_id = fields.Many2one(
        "dealer.endorsement", index="btree_not_null", check_company=True
    )
    underwriting_id = fields.Many2one(
        "dealer.underwriting",
        string="Ledger Entry",
        compute="_compute_underwriting_id",
        store=True,
        index="btree_not_null",
    )
    product = fields.Selection(related="policy_id.product", store=True)
    vehicle_id = fields.Many2one(related="policy_id.vehicle_id", store=True)
    issued_on = fields.Date(index=True)
    expected_fee = fields.Monetary(
        string="Fee at Risk", help="Without VAT; negative for a claw-back."
    )
    expected_fee_incl = fields.Monetary(string="Fee at Risk with VAT")
    expected_rate_id = fields.Many2one("dealer.agreement.rate", string="Agreed Rate")
    reason = fields.Selection(MISSING_REASONS, index=True)
    found_line_id = fields.Many2one(
        "dealer.fee.statement.line",
        string="Found on",
        compute="_compute_found_line_id",
        store=True,
        index="btree_not_null",
    )
    is_open = fields.Boolean(
        string="Still Missing", compute="_compute_found_line_id", store=True
    )
    note = fields.Char()

    @api.depends("policy_id.underwriting_id", "endorsement_id.underwriting_id")
    def _compute_underwriting_id(self):
        for missing in self:
            source = missing.endorsement_id or missing.policy_id
            missing.underwriting_id = source.underwriting_id

    @api.depends(
        "endorsement_id",
        "policy_id.fee_line_ids.statement_id.replaced_at",
        "policy_id.fee_line_ids.endorsement_id",
        "policy_id.fee_line_ids.match_state",
    )
    def _compute_found_line_id(self):
        """The line, on any living statement, that names the policy after all."""
        for missing in self:
            # sudo: that a statement names the policy, not what the statement says
            policy_sudo = missing.policy_id.sudo()
            lines = policy_sudo.fee_line_ids.filtered(
                lambda line, own=missing: (
                    line.endorsement_id == own.endorsement_id
                    and not line.statement_id.replaced_at
                    and line.match_state in ("auto", "manual")
                )
            )
            missing.found_line_id = lines[:1]
            missing.is_open = not lines

    @api.depends("policy_id.policy_no", "endorsement_id.name")
    def _compute_display_name(self):
        for missing in self:
            missing.display_name = (
                missing.endorsement_id.name or missing.policy_id.display_name
            )

    def action_open_ledger(self):
        """The ledger entry of the policy or endorsement."""
        self.ensure_one()
        return self.underwriting_id._get_records_action(
            name=self.underwriting_id.display_name
        )


class DealerPolicy(models.Model):
    _inherit = "dealer.policy"

    fee_line_ids = fields.Many2many(
        "dealer.fee.statement.line",
        "dealer_fee_line_policy_rel",
        string="Fee Statement Lines",
        readonly=True,
        copy=False,
        groups="dealer_base.group_policy_clerk,dealer_base.group_uw_leader,"
        "dealer_base.group_finance,dealer_base.group_store_manager,"
        "dealer_base.group_supervisor",
    )

    def _paid_fee_statements(self):
        # EXTENDS dealer_insurance: statements whose agreed line pays for the policy
        paid = super()._paid_fee_statements()
        # sudo: who endorses a policy learns that its fee was settled, nothing more
        lines_sudo = (
            self.env["dealer.fee.statement.line"]
            .sudo()
            .search(
                [
                    ("policy_ids", "in", self.ids),
                    ("endorsement_id", "=", False),
                    ("confirmed", "=", True),
                    ("statement_id.replaced_at", "=", False),
                ]
            )
        )
        for line_sudo in lines_sudo:
            for policy in line_sudo.policy_ids & self.sudo():
                paid[policy.with_env(self.env)] = self.env._(
                    "%(statement)s: %(amount)s",
                    statement=line_sudo.statement_id.display_name,
                    amount=line_sudo.currency_id.format(line_sudo.statement_fee_ex),
                )
        return paid


class DealerFeeStatement(models.Model):
    _inherit = "dealer.fee.statement"

    def _named_elsewhere(self, books):
        """Keys of what another statement names, paid or withheld."""
        lines = self.env["dealer.fee.statement.line"]
        base = (
            Domain("company_id", "=", self.company_id.id)
            & Domain("statement_id", "!=", self.id)
            & Domain("statement_id.replaced_at", "=", False)
            & Domain("match_state", "in", ("auto", "manual"))
        )
        for chunk in chunks(books.policies.ids):
            lines |= lines.search(base & Domain("policy_ids", "in", chunk))
        keys = set()
        for line in lines:
            if line.endorsement_id:
                keys.add(("endorsement", line.endorsement_id.id))
            else:
                keys.update(("policy", policy.id) for policy in line.policy_ids)
        return keys

    def _sudo_write_missing(self, books, vals_by_line):
        """List what was issued in the period and stands on no statement.

        Rights were checked by the matching.

        :param books: ``StatementBooks``
        :param vals_by_line: values that the matching has written to each line
        """
        self.ensure_one()
        named = set()
        for line in vals_by_line:
            named.update(books.chosen_keys(line))
        named.update(self._named_elsewhere(books))
        wanted = {}
        for key, target in list(books.targets.items()):
            record = books.records[key]
            outside = not target.issued or not (
                self.date_from <= target.issued <= self.date_to
            )
            if key in named or outside:
                continue
            if key[0] == "policy" and record.state == "void":
                continue
            fee = books.fee_ex((key,))
            if fee:
                wanted[key] = fee
        kept = {}
        for missing in self.sudo().missing_ids:
            source = missing.endorsement_id or missing.policy_id
            kind = "endorsement" if missing.endorsement_id else "policy"
            kept[kind, source.id] = missing
        gone = [missing.id for key, missing in kept.items() if key not in wanted]
        self.env["dealer.fee.missing"].sudo().browse(gone).unlink()
        days = self.company_id.dealer_fee_cutoff_days
        vals_list = []
        for key, fee in wanted.items():
            target = books.targets[key]
            rate = books.rate((key,))
            vals = {
                "issued_on": target.issued,
                "expected_fee": float(fee),
                "expected_fee_incl": float(
                    money(fee * (1 + Decimal(str(self.fee_vat_rate))))
                ),
                "expected_rate_id": rate.id if rate else False,
                "reason": missing_reason(fee, target.issued, self.date_to, days),
            }
            if key in kept:
                kept[key]._write_protected(vals)
                continue
            follows = key[0] == "endorsement"
            record = books.records[key]
            vals_list.append(
                {
                    **vals,
                    "statement_id": self.id,
                    "policy_id": record.policy_id.id if follows else record.id,
                    "endorsement_id": record.id if follows else False,
                }
            )
        self.env["dealer.fee.missing"].sudo()._create_protected(vals_list)

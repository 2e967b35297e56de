import re

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.dealer_base.models.guard_mixin import _DOOR_KEY, PROTECTED_DOOR
from odoo.addons.dealer_base.tools.identity import normalise_text

from ..const import FEE_GROUPS, PRODUCT_LINES, PRODUCTS
from ..tools.fee import agency_fee

POLICY_STATES = [
    ("draft", "Not Issued"),
    ("issued", "In Force"),
    ("cancelled", "Cancelled"),
    ("void", "Void"),
]


# What the premium rests on; fixed when money is asked for.
MONEY_FIELDS = frozenset(
    {
        "product",
        "product_line",
        "premium",
        "vehicle_tax",
        "vehicle_tax_arrears",
        "standard_premium",
        "ncd_factor",
        "pricing_factor",
        "float_factor",
        "line_ids",
    }
)
# What the insurer printed; fixed when issued, a manager may correct typing.
PRINTED_FIELDS = frozenset({"proposal_no", "policy_no", "date_start", "date_end"})


def normalise_number(text):
    """Number of a policy or endorsement: capitals, no blanks or dashes.

    :param text: what was typed; ``None`` and ``False`` give ``False``
    :return: the number, or ``False`` when nothing is left
    """
    return re.sub(r"[\s\-]", "", normalise_text(text)).upper() or False


def claim_attachments(records, name):
    """Let files uploaded into a relation belong to their record.

    A fresh upload is readable by its author only; who reads the record must read
    its files. The ORM has checked that the writer may read what he links.

    :param records: records with a many2many to ``ir.attachment``
    :param name: name of that field
    """
    for record in records:
        loose_sudo = record[name].sudo().filtered(lambda a: not a.res_id)
        if loose_sudo:
            loose_sudo.write({"res_model": record._name, "res_id": record.id})


class DealerPolicy(models.Model):
    """One policy number of an insurer.

    Its life follows the underwriting: issued and voided with it, and cancelled
    by an endorsement of kind "cancel".
    """

    _name = "dealer.policy"
    _description = "Insurance Policy"
    _inherit = ["dealer.derived.mixin", "mail.thread"]
    _order = "underwriting_id desc, id"
    _rec_name = "policy_no"
    _rec_names_search = ["policy_no", "proposal_no"]
    _check_company_auto = True
    _protected_fields = (
        "state",
        "is_live",
        "is_historical",
        "issued_at",
        "cancelled_at",
        "cover_ended_at",
        "fee_rate",
        "fee_rate_id",
        "fee_vat_rate",
        "expected_fee",
    )

    underwriting_id = fields.Many2one(
        "dealer.underwriting",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    company_id = fields.Many2one(
        related="underwriting_id.company_id", store=True, index=True, precompute=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    insurer_id = fields.Many2one(
        related="underwriting_id.insurer_id", store=True, index=True, precompute=True
    )
    vehicle_id = fields.Many2one(
        related="underwriting_id.vehicle_id", store=True, index=True, precompute=True
    )
    # Stored for the constraint below: the same car may be a record in each store.
    vin = fields.Char(
        related="vehicle_id.vin",
        store=True,
        precompute=True,
        index="btree_not_null",
        # The history of the car tells its corrections, not that of each policy.
        tracking=False,
    )
    is_historical = fields.Boolean(
        related="underwriting_id.is_historical", store=True, precompute=True
    )
    issued_at = fields.Datetime(
        related="underwriting_id.issued_at", store=True, index=True, precompute=True
    )
    product = fields.Selection(PRODUCTS, required=True, default="commercial")
    product_line = fields.Selection(
        PRODUCT_LINES,
        compute="_compute_product_line",
        store=True,
        readonly=False,
        precompute=True,
        help="Product wording of a commercial policy: new-energy cars have their own.",
    )
    proposal_no = fields.Char(copy=False)
    policy_no = fields.Char(copy=False, index="trigram", tracking=True)
    date_start = fields.Datetime(string="Cover Starts", tracking=True)
    date_end = fields.Datetime(string="Cover Ends", tracking=True)
    standard_premium = fields.Monetary()
    ncd_factor = fields.Float(
        string="NCD Factor", digits=(6, 4), default=1.0, aggregator=None
    )
    pricing_factor = fields.Float(digits=(6, 4), default=1.0, aggregator=None)
    float_factor = fields.Float(digits=(6, 4), default=1.0, aggregator=None)
    premium = fields.Monetary(tracking=True)
    vehicle_tax = fields.Monetary(
        help="Collected with the compulsory policy, current year and arrears together."
    )
    vehicle_tax_arrears = fields.Monetary(
        help="Part of the vehicle tax that belongs to earlier years, late fee included."
    )
    cover_text = fields.Text(
        string="Cover in Words",
        help="As the insurer printed it, when lines are missing.",
    )
    line_ids = fields.One2many(
        "dealer.policy.line",
        "policy_id",
        string="Covers as Issued",
        domain=[("added_by_id", "=", False)],
        copy=True,
    )
    endorsement_ids = fields.One2many("dealer.endorsement", "policy_id")
    state = fields.Selection(
        POLICY_STATES, compute="_compute_state", store=True, index=True
    )
    is_live = fields.Boolean(
        string="In Force",
        compute="_compute_state",
        store=True,
        help="Issued, neither cancelled nor void. The dates say whether it runs today.",
    )
    cancelled_at = fields.Datetime(readonly=True, copy=False)
    cover_ended_at = fields.Datetime(
        readonly=True,
        copy=False,
        help="Moment from which a cancelled policy covers nothing.",
    )
    cover_end = fields.Datetime(
        string="Cover Really Ends",
        compute="_compute_cover_end",
        store=True,
        help="Printed end of cover, or the earlier one of a cancellation.",
    )
    document_attachment_ids = fields.Many2many(
        "ir.attachment",
        string="Electronic Policy",
        help="Files of the insurer that are sent to the customer.",
    )

    # agency fee: an estimate before the issue, frozen at the issue
    fee_rate = fields.Float(
        digits=(6, 4), readonly=True, copy=False, aggregator=None, groups=FEE_GROUPS
    )
    fee_rate_id = fields.Many2one(
        "dealer.agreement.rate",
        string="Agreed Rate",
        readonly=True,
        copy=False,
        groups=FEE_GROUPS,
    )
    fee_vat_rate = fields.Float(
        string="VAT in Premium",
        digits=(6, 4),
        readonly=True,
        copy=False,
        aggregator=None,
        groups=FEE_GROUPS,
    )
    expected_fee = fields.Monetary(
        readonly=True,
        copy=False,
        groups=FEE_GROUPS,
        help="Agency fee without VAT, frozen when the policy is issued.",
    )

    _insurer_policy_no_uniq = models.UniqueIndex(
        "(insurer_id, policy_no) WHERE policy_no IS NOT NULL",
        "This policy number is already registered for the insurer.",
    )
    _dates_order = models.Constraint(
        "CHECK (date_end IS NULL OR date_start IS NULL OR date_end > date_start)",
        "Cover must end after it starts.",
    )
    # One CTPL policy per car and moment (G-D1), also when two clerks issue at the same
    # time, and across the stores of the database: the law knows the car, not the
    # store. A cancelled policy counts for the days that it covered. Ranges of one
    # number, that of the VIN, stand for equality, so that no database extension is
    # needed. Rows of the paper ledger are history, not decisions.
    _ctpl_overlap = models.Constraint(
        "EXCLUDE USING gist ("
        "int8range(hashtextextended(vin, 0), hashtextextended(vin, 0), '[]') WITH &&, "
        "tsrange(date_start, cover_end) WITH &&) "
        "WHERE (product = 'ctpl' AND state IN ('issued', 'cancelled') "
        "AND NOT is_historical)",
        "G-D1: the car already has a compulsory policy for these days.",
    )

    @api.depends("product", "vehicle_id.is_nev")
    def _compute_product_line(self):
        """Commercial wording that fits the car; the clerk may correct it."""
        for policy in self:
            if policy.product != "commercial":
                policy.product_line = False
            elif not policy.product_line:
                policy.product_line = "nev" if policy.vehicle_id.is_nev else "fuel"
            else:
                policy.product_line = policy.product_line

    @api.depends(
        "underwriting_id.issued_at", "underwriting_id.voided_at", "cancelled_at"
    )
    def _compute_state(self):
        """void > cancelled > issued > draft, from the facts of row and endorsement."""
        for policy in self:
            if policy.underwriting_id.voided_at:
                policy.state = "void"
            elif policy.cancelled_at:
                policy.state = "cancelled"
            elif policy.underwriting_id.issued_at:
                policy.state = "issued"
            else:
                policy.state = "draft"
            policy.is_live = policy.state == "issued"

    @api.depends("date_start", "date_end", "cancelled_at", "cover_ended_at")
    def _compute_cover_end(self):
        """End of cover: that of the cancellation, never before the start.

        A cancelled line of the paper ledger knows the moment of the act only.
        """
        for policy in self:
            end, start = policy.date_end, policy.date_start
            ended = policy.cancelled_at and (
                policy.cover_ended_at or policy.cancelled_at
            )
            if ended and end:
                end = min(end, ended)
            if end and start:
                end = max(end, start)
            policy.cover_end = end

    # -- CRUD -------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        through_door = self.env.context.get(_DOOR_KEY) is PROTECTED_DOOR
        vals_list = [self._normalise_vals(vals) for vals in vals_list]
        policies = super().create(vals_list)
        if not through_door:
            policies._check_open()
        claim_attachments(policies, "document_attachment_ids")
        return policies

    def write(self, vals):
        vals = self._normalise_vals(vals)
        if self.env.context.get(_DOOR_KEY) is not PROTECTED_DOOR:
            if "underwriting_id" in vals:
                raise UserError(self.env._("A policy stays in its ledger entry."))
            if MONEY_FIELDS & vals.keys():
                self._check_open()
            if PRINTED_FIELDS & vals.keys():
                self.underwriting_id._check_printed()
        result = super().write(vals)
        if "document_attachment_ids" in vals:
            claim_attachments(self, "document_attachment_ids")
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_requested(self):
        self._check_open()

    def _normalise_vals(self, vals):
        numbers = {
            name: normalise_number(vals[name])
            for name in ("policy_no", "proposal_no")
            if name in vals
        }
        return {**vals, **numbers} if numbers else vals

    def _check_open(self):
        """Refuse to touch the premium once it was asked for (or is history)."""
        for underwriting in self.underwriting_id:
            if underwriting.entry_type != "issue":
                raise UserError(
                    self.env._(
                        "%(entry)s belongs to an endorsement and has no policies.",
                        entry=underwriting.display_name,
                    )
                )
            if (
                underwriting.payment_requested_at
                or underwriting.issued_at
                or underwriting.voided_at
            ):
                raise UserError(
                    self.env._(
                        "%(entry)s: the premium was asked for. Take the entry back to "
                        "draft, or enter an endorsement when it is issued.",
                        entry=underwriting.display_name,
                    )
                )

    def _premium_after_endorsements(self):
        """Premium with its endorsements, those under way included, company currency."""
        self.ensure_one()
        changes = self.endorsement_ids.filtered(
            lambda e: e.state in ("submitted", "approved", "effective")
        )
        return self.premium + sum(changes.mapped("premium"))

    def action_endorse(self):
        """Enter a change or cancellation of this policy."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Change or Cancel"),
            "res_model": "dealer.endorsement",
            "view_mode": "form",
            "context": {"default_policy_id": self.id},
        }

    # -- agency fee (R6, R7) ----------------------------------------------------

    def _freeze_fee(self):
        """Keep the fee that the agreement promises on the day of issue.

        The rate, the agreement line and the VAT share are stored with the amount,
        so that a later change of the agreement does not touch it.
        """
        for policy in self:
            underwriting = policy.underwriting_id
            rate, line = 0.0, self.env["dealer.agreement.rate"]
            if underwriting.agreement_id:
                rate, line = underwriting.agreement_id._fee_rate(
                    policy.product,
                    business=underwriting.business_type,
                    energy=policy.vehicle_id.energy_type or "fuel",
                    date=underwriting._store_date(underwriting.issued_at),
                )
            vat = policy.company_id.dealer_premium_vat_rate
            policy._write_protected(
                {
                    "fee_rate": rate,
                    "fee_rate_id": line.id,
                    "fee_vat_rate": vat,
                    "expected_fee": agency_fee(
                        policy.premium, rate, vat, policy.currency_id
                    ),
                }
            )


class DealerPolicyLine(models.Model):
    """One cover of a policy; fixed together with its premium."""

    _name = "dealer.policy.line"
    _description = "Policy Cover"
    _inherit = ["dealer.derived.mixin"]
    _protected_fields = ("added_by_id", "ended_by_id")
    _order = "policy_id, id"
    _check_company_auto = True

    policy_id = fields.Many2one(
        "dealer.policy", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="policy_id.company_id", store=True, index=True, precompute=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    cover_id = fields.Many2one("dealer.cover", required=True)
    sum_insured = fields.Monetary(help="Sum insured or limit.")
    seats = fields.Integer(aggregator=None)
    deductible = fields.Float(
        digits=(6, 4), help="Share that the insured bears, as a fraction."
    )
    standard_premium = fields.Monetary()
    premium = fields.Monetary()
    # An endorsement ends a cover or adds one; what was issued stays as it was.
    added_by_id = fields.Many2one(
        "dealer.endorsement", readonly=True, copy=False, index="btree_not_null"
    )
    ended_by_id = fields.Many2one(
        "dealer.endorsement", readonly=True, copy=False, index="btree_not_null"
    )

    @api.model_create_multi
    def create(self, vals_list):
        through_door = self.env.context.get(_DOOR_KEY) is PROTECTED_DOOR
        lines = super().create(vals_list)
        if not through_door:
            lines.policy_id._check_open()
        return lines

    def write(self, vals):
        if self.env.context.get(_DOOR_KEY) is PROTECTED_DOOR:
            return super().write(vals)
        self.policy_id._check_open()
        result = super().write(vals)
        if "policy_id" in vals:
            self.policy_id._check_open()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_requested(self):
        if self.env.context.get(_DOOR_KEY) is not PROTECTED_DOOR:
            self.policy_id._check_open()

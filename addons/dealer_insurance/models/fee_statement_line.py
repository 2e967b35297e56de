from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.dealer_base.models.guard_mixin import _DOOR_KEY, PROTECTED_DOOR

from ..const import PRODUCTS
from ..tools.statement_classify import AGREED

RESULT_SELECTION = [
    ("matched", "Matched"),
    ("matched_rounding", "Matched, Rounding"),
    ("cut_off", "Other Period"),
    ("clawback_matched", "Claw-back Matched"),
    ("rate_difference", "Rate Difference"),
    ("base_difference", "Base Difference"),
    ("amount_difference", "Amount Difference"),
    ("duplicate", "Paid Twice"),
    ("unknown_policy", "Unknown Policy"),
    ("cancelled_but_paid", "Void but Paid"),
]
STEP_SELECTION = [
    ("endorsement", "Endorsement Number"),
    ("number", "Policy Number"),
    ("equivalent", "Policy Number Written Otherwise"),
    ("typo", "Policy Number with a Slip"),
    ("cut_number", "Part of the Policy Number"),
    ("vehicle", "VIN, Product and Date"),
    ("plate", "Plate and Amount"),
    ("insured", "Insured, Amount and Date"),
    ("deal", "Whole Deal on One Line"),
    ("manual", "Chosen by a Person"),
]
#: What a user may write; everything else comes from the file, the matching, a button.
USER_FIELDS = frozenset({"explanation", "note", "owner_id"})


class DealerFeeStatementLine(models.Model):
    """One product of one row of an insurer's statement.

    The file's words stay as they were written. What they mean, what our books expect
    and how the two differ is worked out by the matching and by nobody else.
    """

    _name = "dealer.fee.statement.line"
    _description = "Line of an Agency Fee Statement"
    _inherit = ["dealer.derived.mixin", "mail.thread"]
    _order = "statement_id, sequence, id"
    _rec_name = "policy_text"
    _rec_names_search = ["policy_text", "number", "insured_text", "plate_text"]
    _check_company_auto = True

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
    statement_state = fields.Selection(
        related="statement_id.state", string="State of the Statement"
    )
    sequence = fields.Integer(aggregator=None)
    # as it stands in the file
    sheet_name = fields.Char(string="Sheet")
    row_no = fields.Integer(string="Row", aggregator=None)
    column_group = fields.Char(help="Product group of the columns, if there are any.")
    policy_text = fields.Char(string="Policy No. in the File")
    endorsement_text = fields.Char(string="Endorsement No. in the File")
    product_text = fields.Char(string="Product in the File")
    insured_text = fields.Char(string="Insured in the File")
    plate_text = fields.Char(string="Plate in the File")
    vin_text = fields.Char(string="VIN in the File")
    business_text = fields.Char(string="Kind of Business in the File")
    remark_text = fields.Char(string="Remark in the File")
    # what it was read as
    number = fields.Char(
        string="Policy No. Read",
        index="trigram",
        help="Without blanks and marks; ? = a digit that the file has lost.",
    )
    endorsement_number = fields.Char(string="Endorsement No. Read")
    product = fields.Selection(PRODUCTS)
    issued_on = fields.Date()
    starts_on = fields.Date(string="Cover Starts")
    follows = fields.Boolean(
        string="Changes a Policy", help="The line says that it changes an earlier policy."
    )
    printed = fields.Json(help="Amounts as printed, by the kind of column.")
    stated_base = fields.Monetary(
        string="Premium Stated", help="On the basis of the statement."
    )
    stated_rate = fields.Float(string="Rate Stated", digits=(7, 5), aggregator=None)
    statement_fee = fields.Monetary(
        string="Fee Stated", help="On the basis of the statement."
    )
    statement_fee_ex = fields.Monetary(string="Fee Stated without VAT")
    statement_fee_incl = fields.Monetary(string="Fee Stated with VAT")
    # what it means
    policy_id = fields.Many2one(
        "dealer.policy", check_company=True, index="btree_not_null"
    )
    policy_ids = fields.Many2many(
        "dealer.policy",
        "dealer_fee_line_policy_rel",
        string="Policies",
        help="All policies of a line that pays for a whole deal.",
    )
    endorsement_id = fields.Many2one(
        "dealer.endorsement", check_company=True, index="btree_not_null"
    )
    underwriting_id = fields.Many2one(
        "dealer.underwriting",
        string="Ledger Entry",
        check_company=True,
        index="btree_not_null",
    )
    match_state = fields.Selection(
        [
            ("none", "Not Found"),
            ("auto", "Automatic"),
            ("proposed", "Proposed"),
            ("manual", "By Hand"),
        ],
        string="Match",
        required=True,
        default="none",
        index=True,
    )
    match_pass = fields.Selection(STEP_SELECTION, string="Found by")
    match_score = fields.Integer(string="Score", aggregator=None)
    match_reason = fields.Char(string="Why This Policy")
    candidates = fields.Json()
    # what our books expect, on the basis of the statement
    expected_premium = fields.Monetary(string="Premium Expected")
    expected_rate = fields.Float(string="Rate Agreed", digits=(7, 5), aggregator=None)
    expected_rate_id = fields.Many2one("dealer.agreement.rate", string="Agreed Rate")
    expected_clause = fields.Char(
        string="Clause", related="expected_rate_id.clause", store=False
    )
    expected_fee = fields.Monetary(string="Fee Expected")
    expected_fee_ex = fields.Monetary(string="Fee Expected without VAT")
    expected_fee_incl = fields.Monetary(string="Fee Expected with VAT")
    delta = fields.Monetary(
        string="Difference", help="Stated less expected: positive = paid too much."
    )
    result = fields.Selection(RESULT_SELECTION, index=True, tracking=True)
    cause = fields.Char(help="Detail of the result, for the words of the explanation.")
    duplicate_of_id = fields.Many2one(
        "dealer.fee.statement.line",
        string="Paid Before on",
        check_company=True,
        index="btree_not_null",
    )
    cap_exceeded = fields.Boolean(
        string="Above the Cap",
        help="The stated rate of compulsory cover is above the legal cap (R6).",
    )
    # what people make of it
    explanation = fields.Text(
        help="In words that can go to the insurer. Written by the matching; correct it "
        "where you know better.",
        tracking=True,
    )
    explained_by_id = fields.Many2one("res.users", string="Explanation Checked by")
    explained_at = fields.Datetime(string="Explanation Checked at")
    owner_id = fields.Many2one(
        "res.users", string="Owner", tracking=True, index="btree_not_null"
    )
    note = fields.Text()
    age_days = fields.Integer(
        string="Age (Days)",
        compute="_compute_age_days",
        help="Days since the end of the statement's period.",
    )
    decision = fields.Selection(
        [("open", "To Decide"), ("agree", "Agreed"), ("withhold", "Withheld")],
        required=True,
        default="open",
        index=True,
        tracking=True,
    )
    decided_by_id = fields.Many2one("res.users", string="Decided by")
    withheld = fields.Boolean(
        compute="_compute_amounts",
        store=True,
        help="The fee of this line is not invoiced until the difference is settled.",
    )
    agreed_amount_ex = fields.Monetary(
        string="Agreed without VAT", compute="_compute_amounts", store=True
    )
    agreed_amount_incl = fields.Monetary(
        string="Agreed with VAT", compute="_compute_amounts", store=True
    )
    confirmed = fields.Boolean(
        compute="_compute_confirmed",
        store=True,
        help="Its statement is confirmed, and this line is agreed.",
    )
    dispute_state = fields.Selection(
        [
            ("none", "No Dispute"),
            ("open", "To Claim"),
            ("sent", "Sent to the Insurer"),
            ("accepted", "Insurer Agrees"),
            ("rejected", "Insurer Refuses"),
            ("settled", "Settled"),
        ],
        string="Dispute",
        required=True,
        default="none",
        index=True,
        tracking=True,
    )
    invoice_line_id = fields.Many2one(
        "account.move.line", readonly=True, copy=False, index="btree_not_null"
    )

    # Which lines pay for a policy, over all statements
    _policy_decision_idx = models.Index(
        "(policy_id, decision) WHERE policy_id IS NOT NULL"
    )
    _work_idx = models.Index("(company_id, decision, result)")

    # -- computes ---------------------------------------------------------------

    @api.depends("decision", "statement_fee_ex", "statement_fee_incl")
    def _compute_amounts(self):
        """A line is paid as stated, or withheld as a whole until it is settled."""
        for line in self:
            agreed = line.decision == "agree"
            line.withheld = line.decision == "withhold"
            line.agreed_amount_ex = line.statement_fee_ex if agreed else 0.0
            line.agreed_amount_incl = line.statement_fee_incl if agreed else 0.0

    @api.depends("decision", "statement_id.confirmed_at")
    def _compute_confirmed(self):
        for line in self:
            line.confirmed = line.decision == "agree" and bool(
                line.statement_id.confirmed_at
            )

    @api.depends("statement_id.date_to")
    def _compute_age_days(self):
        today = fields.Date.context_today(self)
        for line in self:
            since = line.statement_id.date_to
            line.age_days = (today - since).days if since else 0

    @api.depends("policy_text", "number", "row_no")
    def _compute_display_name(self):
        for line in self:
            line.display_name = self.env._(
                "Row %(row)s: %(policy)s",
                row=line.row_no,
                policy=line.number or line.policy_text or self.env._("no number"),
            )

    # -- CRUD -------------------------------------------------------------------

    def _guarded_names(self):
        # EXTENDS dealer_insurance: a line is what the file and the matching say
        return [
            name
            for name, field in self._fields.items()
            if name not in USER_FIELDS
            and field.store
            and not field.automatic
            and not name.startswith(("message_", "activity_", "website_"))
        ]

    def write(self, vals):
        if self.env.context.get(_DOOR_KEY) is not PROTECTED_DOOR:
            if "explanation" in vals and not self.env.su:
                super().write(vals)
                # Whoever writes it has looked at it
                return self._write_protected(
                    {
                        "explained_by_id": self.env.uid
                        if (vals["explanation"] or "").strip()
                        else False,
                        "explained_at": fields.Datetime.now(),
                    }
                )
        return super().write(vals)

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
        }

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
            {"decision": "open", "decided_by_id": False, "dispute_state": "none"}
        )
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

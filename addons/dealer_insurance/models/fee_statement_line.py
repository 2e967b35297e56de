from textwrap import shorten

from odoo import api, fields, models

from odoo.addons.dealer_base.models.guard_mixin import _DOOR_KEY, PROTECTED_DOOR

from ..const import PRODUCTS

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
#: Characters of an explanation that a list shows.
SHORT = 80
#: What a user may write; everything else comes from the file, the matching, a button.
USER_FIELDS = frozenset({"explanation", "note", "owner_id", "answer_note"})


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
    row_no = fields.Integer(string="Row No.", aggregator=None)
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
        string="Changes a Policy",
        help="The line says that it changes an earlier policy.",
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
            ("proposed", "Proposed Match"),
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
    explanation_short = fields.Char(
        string="Explanation in Short", compute="_compute_explanation_short"
    )
    explained_by_id = fields.Many2one("res.users", string="Explanation Checked by")
    explained_at = fields.Datetime(string="Explanation Checked at")
    owner_id = fields.Many2one(
        "res.users", string="In Charge", tracking=True, index="btree_not_null"
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
    held_by_row = fields.Boolean(
        string="Waits for Its Row",
        help="Right in itself; withheld because another product of its row is.",
    )
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

    @api.depends("explanation")
    def _compute_explanation_short(self):
        """One line of the explanation, for lists."""
        for line in self:
            words = " ".join((line.explanation or "").split())
            line.explanation_short = shorten(words, SHORT) if words else False

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
            and name not in models.MAGIC_COLUMNS
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

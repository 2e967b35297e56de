from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.dealer_base.models.guard_mixin import _DOOR_KEY, PROTECTED_DOOR

from ..tools.statement_classify import AGREED, EX_VAT, RESULTS
from .import_kind_fee_statement import BASIS, DEFAULT_BASIS

STATEMENT_STATES = [
    ("draft", "Imported"),
    ("matched", "Lines Matched"),
    ("confirmed", "Confirmed"),
    ("invoiced", "Invoiced"),
    ("partially_paid", "Fee Partly Paid"),
    ("paid", "Fee Paid"),
    ("closed", "All Settled"),
    ("replaced", "Replaced"),
]
#: What the user may still correct before the statement is matched.
FACT_FIELDS = frozenset(
    {"insurer_id", "statement_no", "date_from", "date_to", "basis", "fee_vat_rate"}
)


class DealerFeeStatement(models.Model):
    """What an insurer says it owes for the policies of a period (domain.md §3.4).

    The state follows from facts; the first that holds wins (SM-4)::

        replaced        a corrected version came, or it was discarded
        closed          closed by finance
        paid, partially_paid, invoiced   payment of the posted fee invoice
        confirmed       somebody stands in for what is agreed and what is withheld
        matched         every line was held against our policies
        draft           imported
    """

    _name = "dealer.fee.statement"
    _description = "Agency Fee Statement"
    _inherit = ["dealer.derived.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "date_to desc, id desc"
    _check_company_auto = True
    _guard_transitions = ("confirm",)
    _protected_fields = (
        "state",
        "name",
        "company_id",
        "insurer_id",
        "import_id",
        "imported_by_id",
        "version",
        "previous_id",
        "digest",
        "matched_at",
        "confirmed_at",
        "confirmed_by_id",
        "closed_at",
        "replaced_at",
        "replaced_reason",
        "printed_totals",
        "difference_text",
        "line_ids",
        "missing_ids",
    )

    name = fields.Char(required=True, readonly=True, copy=False, default="/")
    company_id = fields.Many2one(
        "res.company",
        required=True,
        readonly=True,
        index=True,
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    insurer_id = fields.Many2one(
        "res.partner", required=True, readonly=True, index=True, tracking=True
    )
    statement_no = fields.Char(
        string="Insurer's Statement No.", index="trigram", tracking=True
    )
    date_from = fields.Date(string="Period from", required=True, tracking=True)
    date_to = fields.Date(string="Period to", required=True, index=True, tracking=True)
    basis = fields.Selection(
        BASIS,
        string="Fee Basis",
        tracking=True,
        help="Whether the fees of the lines are printed without or with VAT. Empty: "
        "decided by the lines when they are matched.",
    )
    fee_vat_rate = fields.Float(
        string="VAT on the Fee",
        digits=(6, 4),
        required=True,
        default=lambda self: self.env.company.dealer_fee_vat_rate,
        aggregator=None,
    )
    note = fields.Html()

    # where it came from
    import_id = fields.Many2one(
        "dealer.import",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    imported_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    digest = fields.Char(readonly=True, copy=False, index="btree_not_null")
    version = fields.Integer(default=1, readonly=True, copy=False, aggregator=None)
    previous_id = fields.Many2one(
        "dealer.fee.statement",
        string="Earlier Version",
        readonly=True,
        copy=False,
        index="btree_not_null",
        check_company=True,
    )
    difference_text = fields.Text(
        string="Changes since the Earlier Version", readonly=True, copy=False
    )
    printed_totals = fields.Json(
        string="Printed Totals (data)", readonly=True, copy=False
    )
    printed_totals_html = fields.Html(
        string="Printed Totals",
        compute="_compute_printed_totals_html",
        sanitize=False,
        exportable=False,
    )
    totals_state = fields.Selection(
        [
            ("none", "None Printed"),
            ("plain", "As the Lines"),
            ("rule", "By Another Rule"),
            ("wrong", "Do Not Fit"),
        ],
        string="Totals",
        compute="_compute_totals_state",
        store=True,
    )

    # facts of its life
    matched_at = fields.Datetime(readonly=True, copy=False)
    confirmed_at = fields.Datetime(readonly=True, copy=False)
    confirmed_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    closed_at = fields.Datetime(readonly=True, copy=False)
    replaced_at = fields.Datetime(readonly=True, copy=False)
    replaced_reason = fields.Char(readonly=True, copy=False)
    state = fields.Selection(
        STATEMENT_STATES,
        compute="_compute_state",
        store=True,
        index=True,
        tracking=True,
    )

    # lines and sums, CNY
    line_ids = fields.One2many("dealer.fee.statement.line", "statement_id")
    difference_line_ids = fields.One2many(
        "dealer.fee.statement.line",
        "statement_id",
        string="Differences",
        domain=[("result", "not in", [*AGREED, False])],
    )
    missing_ids = fields.One2many("dealer.fee.missing", "statement_id")
    line_count = fields.Integer(
        string="Lines", compute="_compute_totals", store=True, aggregator="sum"
    )
    open_count = fields.Integer(
        string="To Decide",
        compute="_compute_totals",
        store=True,
        help="Lines that nobody has agreed to or withheld yet.",
    )
    is_disputed = fields.Boolean(
        string="In Dispute",
        compute="_compute_totals",
        store=True,
        help="At least one line is withheld and its difference is not settled.",
    )
    stated_ex = fields.Monetary(
        string="Stated without VAT", compute="_compute_totals", store=True
    )
    stated_incl = fields.Monetary(
        string="Stated with VAT", compute="_compute_totals", store=True
    )
    expected_ex = fields.Monetary(
        string="Expected without VAT", compute="_compute_totals", store=True
    )
    expected_incl = fields.Monetary(
        string="Expected with VAT", compute="_compute_totals", store=True
    )
    agreed_ex = fields.Monetary(
        string="Agreed without VAT", compute="_compute_totals", store=True
    )
    agreed_incl = fields.Monetary(
        string="Agreed with VAT", compute="_compute_totals", store=True
    )
    disputed_ex = fields.Monetary(
        string="Withheld without VAT", compute="_compute_totals", store=True
    )
    disputed_incl = fields.Monetary(
        string="Withheld with VAT", compute="_compute_totals", store=True
    )
    missing_count = fields.Integer(compute="_compute_missing")
    missing_fee = fields.Monetary(
        string="Fee at Risk", compute="_compute_missing", help="Without VAT."
    )
    # lines by result, for the buttons of the form
    count_good = fields.Integer(string="Agreed", compute="_compute_counts")
    count_matched = fields.Integer(compute="_compute_counts")
    count_matched_rounding = fields.Integer(compute="_compute_counts")
    count_rate_difference = fields.Integer(compute="_compute_counts")
    count_base_difference = fields.Integer(compute="_compute_counts")
    count_amount_difference = fields.Integer(compute="_compute_counts")
    count_duplicate = fields.Integer(compute="_compute_counts")
    count_unknown_policy = fields.Integer(compute="_compute_counts")
    count_cut_off = fields.Integer(compute="_compute_counts")
    count_cancelled_but_paid = fields.Integer(compute="_compute_counts")
    count_clawback_matched = fields.Integer(compute="_compute_counts")
    count_proposed = fields.Integer(compute="_compute_counts")

    _dates_order = models.Constraint(
        "CHECK (date_to >= date_from)", "The period ends before it begins."
    )
    _import_uniq = models.UniqueIndex(
        "(import_id) WHERE import_id IS NOT NULL",
        "A file makes one statement.",
    )
    # One living statement of a number: two people who upload at once get one
    _number_uniq = models.UniqueIndex(
        "(company_id, insurer_id, statement_no) "
        "WHERE statement_no IS NOT NULL AND replaced_at IS NULL",
        "This statement of the insurer is imported already.",
    )

    # -- computes ---------------------------------------------------------------

    @api.depends("matched_at", "confirmed_at", "closed_at", "replaced_at")
    def _compute_state(self):
        for statement in self:
            statement.state = statement._state_from_facts()

    def _state_from_facts(self):
        """State of one statement; see the table of the class."""
        self.ensure_one()
        if self.replaced_at:
            return "replaced"
        if self.closed_at:
            return "closed"
        if self.confirmed_at:
            return "confirmed"
        return "matched" if self.matched_at else "draft"

    @api.depends(
        "basis",
        "fee_vat_rate",
        "line_ids.statement_fee_ex",
        "line_ids.statement_fee_incl",
        "line_ids.expected_fee_ex",
        "line_ids.expected_fee_incl",
        "line_ids.agreed_amount_ex",
        "line_ids.agreed_amount_incl",
        "line_ids.decision",
        "line_ids.dispute_state",
        "line_ids.withheld",
        "line_ids.held_by_row",
    )
    def _compute_totals(self):
        Line = self.env["dealer.fee.statement.line"]
        names = (
            "statement_fee_ex",
            "statement_fee_incl",
            "expected_fee_ex",
            "expected_fee_incl",
            "agreed_amount_ex",
            "agreed_amount_incl",
        )
        sums, opened, disputed = {}, {}, set()
        for statement, decision, dispute, count, *values in Line._read_group(
            [("statement_id", "in", self.ids)],
            ["statement_id", "decision", "dispute_state"],
            ["__count", *(f"{name}:sum" for name in names)],
        ):
            total = sums.setdefault(statement.id, [0] + [0.0] * len(names))
            total[0] += count
            for place, value in enumerate(values, 1):
                total[place] += value
            if decision == "open":
                opened[statement.id] = opened.get(statement.id, 0) + count
            if decision == "withhold" and dispute not in (
                "none",
                "settled",
                "rejected",
            ):
                disputed.add(statement.id)
        for statement in self:
            total = sums.get(statement.id, [0] + [0.0] * len(names))
            statement.line_count = total[0]
            for place, name in enumerate(("stated", "expected", "agreed")):
                net, gross = statement._both_sums(*total[2 * place + 1 :][:2])
                statement[f"{name}_ex"], statement[f"{name}_incl"] = net, gross
            statement.disputed_ex = statement.stated_ex - statement.agreed_ex
            statement.disputed_incl = statement.stated_incl - statement.agreed_incl
            statement.open_count = opened.get(statement.id, 0)
            statement.is_disputed = statement.id in disputed

    def _both_sums(self, net, gross):
        """Sum without and with VAT, like the one invoice of a statement has them.

        On the basis of the statement the lines are added up; VAT is worked out once,
        on the sum, so that cents of the lines do not add up to another amount.

        :param net: sum of the lines without VAT, company currency
        :param gross: sum of the lines with VAT
        """
        factor = 1.0 + self.fee_vat_rate
        if self._effective_basis() == EX_VAT:
            net = self.currency_id.round(net)
            return net, self.currency_id.round(net * factor)
        gross = self.currency_id.round(gross)
        return self.currency_id.round(gross / factor), gross

    @api.depends("missing_ids.expected_fee", "missing_ids.is_open")
    def _compute_missing(self):
        found = {
            statement.id: (count, fee)
            for statement, count, fee in self.env["dealer.fee.missing"]._read_group(
                [("statement_id", "in", self.ids), ("is_open", "=", True)],
                ["statement_id"],
                ["__count", "expected_fee:sum"],
            )
        }
        for statement in self:
            statement.missing_count, statement.missing_fee = found.get(
                statement.id, (0, 0.0)
            )

    @api.depends("line_ids.result", "line_ids.match_state")
    def _compute_counts(self):
        counts = {}
        for statement, result, match, count in self.env[
            "dealer.fee.statement.line"
        ]._read_group(
            [("statement_id", "in", self.ids)],
            ["statement_id", "result", "match_state"],
            ["__count"],
        ):
            key = (statement.id, result)
            counts[key] = counts.get(key, 0) + count
            if match == "proposed":
                key = (statement.id, "proposed")
                counts[key] = counts.get(key, 0) + count
        for statement in self:
            for result in (*RESULTS, "proposed"):
                statement[f"count_{result}"] = counts.get((statement.id, result), 0)
            statement.count_good = sum(
                counts.get((statement.id, result), 0) for result in AGREED
            )

    @api.depends(
        "name", "insurer_id.name", "statement_no", "date_from", "date_to", "version"
    )
    def _compute_display_name(self):
        for statement in self:
            parts = [
                statement.insurer_id.name or "",
                statement.statement_no or statement.name or "",
            ]
            if statement.date_from:
                parts.append(_period_text(statement.date_from, statement.date_to))
            if statement.version > 1:
                parts.append(f"v{statement.version}")
            statement.display_name = " ".join(filter(None, parts))

    # -- CRUD -------------------------------------------------------------------

    def write(self, vals):
        if self.env.context.get(_DOOR_KEY) is not PROTECTED_DOOR:
            changed = FACT_FIELDS & vals.keys()
            if changed and any(s.confirmed_at or s.replaced_at for s in self):
                raise UserError(
                    self.env._(
                        "The statement is confirmed; take the confirmation back before "
                        "you change it."
                    )
                )
            result = super().write(vals)
            if changed - {"statement_no"}:
                # What was compared was compared with something else
                self.filtered("matched_at")._write_protected({"matched_at": False})
            return result
        return super().write(vals)

    @api.model
    def _sudo_create_from_import(self, run):
        """The empty statement of a checked file; its lines follow batch by batch.

        :param run: ``dealer.import`` of kind ``fee_statement``; its rights were checked
        """
        previous = run._replaced_statement()
        if previous:
            previous._sudo_replace(
                self.env._("A corrected version was imported: %(run)s", run=run.name)
            )
        sequence = self.env["ir.sequence"].sudo().with_company(run.company_id)
        return (
            self.sudo()
            ._create_protected(
                [
                    {
                        "name": sequence.next_by_code("dealer.fee.statement") or "/",
                        "company_id": run.company_id.id,
                        "insurer_id": run.statement_insurer_id.id,
                        "statement_no": run.statement_number or False,
                        "date_from": run.statement_from,
                        "date_to": run.statement_to,
                        "basis": run.statement_basis,
                        "fee_vat_rate": run.company_id.dealer_fee_vat_rate,
                        "import_id": run.id,
                        "imported_by_id": run.user_id.id,
                        "digest": run.statement_digest,
                        "printed_totals": run.statement_totals,
                        "previous_id": previous.id,
                        "version": previous.version + 1 if previous else 1,
                    }
                ]
            )
            .with_env(self.env)
        )

    def _sudo_replace(self, reason):
        """Take the statement out of the accounts; it stays as the proof."""
        self.sudo()._write_protected(
            {"replaced_at": fields.Datetime.now(), "replaced_reason": reason}
        )
        self.sudo().missing_ids.unlink()
        # The number is free for the corrected version only when this is written
        self.flush_recordset(["replaced_at"])

    def _effective_basis(self):
        """Basis of the fees, also while nobody has decided it."""
        self.ensure_one()
        return self.basis or DEFAULT_BASIS


def _period_text(first, last):
    """Month of a period, or its first and last month."""
    if not last or (first.year, first.month) == (last.year, last.month):
        return f"{first:%Y-%m}"
    return f"{first:%Y-%m}~{last:%Y-%m}"

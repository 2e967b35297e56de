from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from .settlement_line import WRITTEN

STATES = [
    ("draft", "Draft"),
    ("printed", "Printed"),
    ("reconciled", "Reconciled"),
    ("closed", "Month Closed"),
]
SIGNERS = {"clerk": "policy_clerk", "cashier": "cashier"}
READERS = (
    "policy_clerk",
    "uw_leader",
    "cashier",
    "finance",
    "store_manager",
    "supervisor",
)


class DealerSettlement(models.Model):
    """Monthly settlement list with one insurer (S83, domain.md §3.3, SM-3).

    Every ledger row that was issued, or whose money moved, in the month, and every
    row that money was held for. Opening held + collected - refunded - remitted =
    closing held, and closing held + not collected = balance of the payables in the
    books, or the difference stands on a line of its own.

    ============  =============================================================
    closed        finance has closed it; the lines are frozen
    reconciled    clerk and cashier have both signed these very figures
    printed       it was printed once
    draft         anything else
    ============  =============================================================
    """

    _name = "dealer.settlement"
    _description = "Premium Settlement List"
    _inherit = ["mail.thread", "mail.activity.mixin", "dealer.derived.mixin"]
    _order = "date_from desc, insurer_id, id desc"
    _check_company_auto = True

    _protected_fields = (
        "state",
        "closed_at",
        "closed_by_id",
        "refreshed_at",
        "opening_held",
        "collected",
        "refunded",
        "remitted",
        "closing_held",
        "not_collected",
        "held_on_paper",
        "book_balance",
        "late_amount",
        "line_ids",
        "print_ids",
        "signature_ids",
    )
    _guard_transitions = ("close", "reopen")

    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    insurer_id = fields.Many2one(
        "res.partner",
        required=True,
        index=True,
        domain="[('is_insurer', '=', True)]",
    )
    date_from = fields.Date(
        string="Month",
        required=True,
        default=lambda self: fields.Date.start_of(
            fields.Date.subtract(fields.Date.context_today(self), months=1), "month"
        ),
        help="First day of the month.",
    )
    date_to = fields.Date(string="Until", compute="_compute_date_to", store=True)
    line_ids = fields.One2many("dealer.settlement.line", "settlement_id")
    print_ids = fields.One2many("dealer.settlement.print", "settlement_id")
    print_count = fields.Integer(string="Prints", compute="_compute_counts", store=True)
    signature_ids = fields.One2many("dealer.settlement.signature", "settlement_id")
    refreshed_at = fields.Datetime(readonly=True)
    closed_at = fields.Datetime(string="Month Closed At", readonly=True, tracking=True)
    closed_by_id = fields.Many2one("res.users", string="Month Closed By", readonly=True)

    # figures of the month, company currency; frozen when the list is closed
    opening_held = fields.Monetary(readonly=True)
    collected = fields.Monetary(readonly=True)
    refunded = fields.Monetary(readonly=True)
    remitted = fields.Monetary(readonly=True)
    closing_held = fields.Monetary(readonly=True)
    not_collected = fields.Monetary(
        readonly=True, help="Asked of customers and not received at the end."
    )
    held_on_paper = fields.Monetary(
        readonly=True,
        help="Held by rows of the paper ledger that have no entry in the books.",
    )
    book_balance = fields.Monetary(
        string="Payable in the Books",
        readonly=True,
        help="Premium and vehicle tax owed to the insurer in the accounts.",
    )

    # what follows from them
    row_count = fields.Integer(
        string="Number of Rows", compute="_compute_counts", store=True
    )
    book_difference = fields.Monetary(
        string="Books Less List",
        compute="_compute_unexplained",
        store=True,
        help="Payable in the books less closing held, not collected and paper.",
    )
    explained = fields.Monetary(
        string="Explained Items", compute="_compute_unexplained", store=True
    )
    unexplained = fields.Monetary(
        compute="_compute_unexplained",
        store=True,
        help="Book items and differences of rows without reason or explanation.",
    )
    agrees = fields.Boolean(
        string="Agrees with the Books", compute="_compute_unexplained", store=True
    )
    clerk_signed_by_id = fields.Many2one(
        "res.users", compute="_compute_signed", store=True
    )
    cashier_signed_by_id = fields.Many2one(
        "res.users", compute="_compute_signed", store=True
    )
    state = fields.Selection(
        STATES, compute="_compute_state", store=True, index=True, tracking=True
    )
    late_amount = fields.Monetary(
        string="Booked After Closing",
        readonly=True,
        help="By how much the books of the month changed after it was closed.",
    )

    _month_uniq = models.UniqueIndex(
        "(company_id, insurer_id, date_from)",
        "This month of the insurer has its settlement list already.",
    )

    # -- computes ---------------------------------------------------------------

    @api.depends("date_from")
    def _compute_date_to(self):
        for settlement in self:
            settlement.date_to = settlement.date_from and fields.Date.end_of(
                settlement.date_from, "month"
            )

    @api.depends("line_ids.underwriting_id", "print_ids")
    def _compute_counts(self):
        for settlement in self:
            settlement.row_count = len(settlement.line_ids.underwriting_id)
            settlement.print_count = len(settlement.print_ids)

    @api.depends(
        "book_balance",
        "closing_held",
        "not_collected",
        "held_on_paper",
        "line_ids.difference",
        "line_ids.is_explained",
        "line_ids.move_line_id",
    )
    def _compute_unexplained(self):
        for settlement in self:
            currency = settlement.currency_id
            listed = (
                settlement.closing_held
                + settlement.not_collected
                - settlement.held_on_paper
            )
            difference = currency.round(settlement.book_balance - listed)
            items = settlement.line_ids.filtered("move_line_id")
            known = sum(items.mapped("difference"))
            open_lines = settlement.line_ids.filtered(
                lambda line: not line.is_explained
            )
            unexplained = sum(abs(line.difference) for line in open_lines)
            # what no item of the books accounts for
            unexplained += abs(currency.round(difference - known))
            settlement.book_difference = difference
            settlement.explained = currency.round(
                sum((items - open_lines).mapped("difference"))
            )
            settlement.unexplained = currency.round(unexplained)
            settlement.agrees = currency.is_zero(difference)

    @api.depends("signature_ids.kind", "signature_ids.post", "signature_ids.user_id")
    def _compute_signed(self):
        for settlement in self:
            signed = settlement._signed_by()
            settlement.clerk_signed_by_id = signed.get("clerk", False)
            settlement.cashier_signed_by_id = signed.get("cashier", False)

    def _signed_by(self):
        """User of the standing signature of each post; the last line decides."""
        self.ensure_one()
        signed = {}
        for line in self.signature_ids.sorted("id"):
            if line.kind == "sign":
                signed[line.post] = line.user_id
            else:
                signed.pop(line.post, None)
        return signed

    @api.depends("closed_at", "clerk_signed_by_id", "cashier_signed_by_id", "print_ids")
    def _compute_state(self):
        """Apply the table of the class, top line first."""
        for settlement in self:
            if settlement.closed_at:
                state = "closed"
            elif settlement.clerk_signed_by_id and settlement.cashier_signed_by_id:
                state = "reconciled"
            else:
                state = "printed" if settlement.print_ids else "draft"
            settlement.state = state

    @api.depends("insurer_id", "date_from")
    def _compute_display_name(self):
        for settlement in self:
            month = settlement.date_from and format_date(
                self.env, settlement.date_from, date_format="yyyy-MM"
            )
            settlement.display_name = (
                f"{settlement.insurer_id.name or ''} {month or ''}"
            )

    # -- CRUD -------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("date_from"):
                day = fields.Date.to_date(vals["date_from"])
                vals["date_from"] = fields.Date.start_of(day, "month")
        settlements = super().create(vals_list)
        settlements._refresh()
        return settlements

    def write(self, vals):
        if {"company_id", "insurer_id", "date_from"} & vals.keys():
            raise UserError(
                self.env._("Store, insurer and month of a list do not change.")
            )
        vals = dict(vals)
        # The form saves what finance wrote into the rows together with the list.
        for line, written in self._explained_lines(vals.get("line_ids")):
            line.write(written)
            vals.pop("line_ids", None)
        return super().write(vals)

    def _explained_lines(self, commands):
        """Rows of these lists with the reason and explanation that a form sends.

        :param commands: commands of ``line_ids``
        :return: list of (row, values); empty when anything else is asked for
        """
        result = []
        own = {line.id: line for line in self.line_ids}
        for command in commands or []:
            if len(command) != 3 or command[0] != Command.UPDATE:
                return []
            line, written = own.get(command[1]), command[2]
            if not line or set(written) - WRITTEN:
                return []
            result.append((line, written))
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("A settlement list is never deleted."))

    def copy_data(self, default=None):
        raise UserError(self.env._("A month has one settlement list."))

    def _check_open(self):
        """Refuse changes of a closed list."""
        for settlement in self:
            if settlement.closed_at:
                raise UserError(
                    self.env._(
                        "%(name)s is closed. The manager and finance together may "
                        "reopen it.",
                        name=settlement.display_name,
                    )
                )

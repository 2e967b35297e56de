from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

EDITORS = ("policy_clerk", "uw_leader", "insurance_manager", "dealer_admin")


class DealerRateSheet(models.Model):
    """Rate sheet of a store: what insurance of each model costs with each insurer
    (S74, S75, SM-27).

    ==========  ====================================================================
    draft       typed in, imported or copied; figures are checked
    published   readable for renewal specialists and sales consultants, who sign that
                they read it; quotes of consultants use it while it is valid
    superseded  a later sheet took its place
    ==========  ====================================================================
    """

    _name = "dealer.rate.sheet"
    _description = "Rate Sheet"
    _inherit = ["dealer.derived.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "date_from desc, id desc"
    _check_company_auto = True
    _guard_transitions = ("publish",)
    _protected_fields = (
        "state",
        "published_at",
        "published_by_id",
        "superseded_at",
        "superseded_by_id",
        "checked_at",
    )

    name = fields.Char(
        string="Title",
        required=True,
        default=lambda self: self.env._("New-car Rate Sheet"),
        tracking=True,
    )
    company_id = fields.Many2one(
        "res.company",
        string="Store",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("published", "Published"),
            ("superseded", "Superseded"),
        ],
        required=True,
        default="draft",
        readonly=True,
        index=True,
        tracking=True,
    )
    version = fields.Char(required=True, default="V1", copy=False, tracking=True)
    date_from = fields.Date(string="Valid from", copy=False, tracking=True, index=True)
    date_to = fields.Date(string="Valid to", copy=False, tracking=True)
    is_current = fields.Boolean(
        string="Valid Today", compute="_compute_is_current", search="_search_is_current"
    )
    days_left = fields.Integer(
        compute="_compute_is_current", help="Days until the last day of validity."
    )
    user_id = fields.Many2one(
        "res.users",
        string="Responsible",
        default=lambda self: self.env.user,
        copy=False,
        tracking=True,
        help="Issuing clerk who is reminded when the sheet runs out.",
    )
    publisher = fields.Char(
        string="Publisher in the File",
        copy=False,
        help="As written in the imported file.",
    )
    published_at = fields.Datetime(readonly=True, copy=False)
    published_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    superseded_at = fields.Datetime(readonly=True, copy=False)
    superseded_by_id = fields.Many2one(
        "dealer.rate.sheet", readonly=True, copy=False, index="btree_not_null"
    )
    checked_at = fields.Datetime(string="Figures Checked on", readonly=True, copy=False)
    previous_id = fields.Many2one(
        "dealer.rate.sheet",
        string="Compared with",
        compute="_compute_previous_id",
        store=True,
        index="btree_not_null",
    )
    import_id = fields.Many2one(
        "dealer.import", readonly=True, copy=False, index="btree_not_null"
    )
    import_sheet = fields.Char(readonly=True, copy=False)
    note = fields.Text()

    line_ids = fields.One2many(
        "dealer.rate.sheet.line", "sheet_id", string="Models and Plans", copy=True
    )
    offer_ids = fields.One2many(
        "dealer.rate.sheet.offer", "sheet_id", string="Offers", copy=False
    )
    finding_ids = fields.One2many(
        "dealer.rate.sheet.finding", "sheet_id", string="Checks", copy=False
    )
    receipt_ids = fields.One2many(
        "dealer.rate.sheet.receipt", "sheet_id", string="Read Receipts", copy=False
    )
    line_count = fields.Integer(string="Lines", compute="_compute_counts")
    open_finding_count = fields.Integer(string="Unexplained", compute="_compute_counts")
    receipt_count = fields.Integer(string="Recipients", compute="_compute_counts")
    unread_count = fields.Integer(string="Unread", compute="_compute_counts")
    matrix_html = fields.Html(
        string="Prices",
        compute="_compute_matrix_html",
        sanitize=False,
        export_string_translation=False,
        exportable=False,
    )
    my_unread = fields.Boolean(compute="_compute_my_unread", search="_search_my_unread")

    _dates_order = models.Constraint(
        "CHECK (date_to IS NULL OR date_from IS NULL OR date_to >= date_from)",
        "The last valid day lies before the first one.",
    )
    _current_idx = models.Index(
        "(company_id, date_from, date_to) WHERE state = 'published'"
    )

    # -------------------------------------------------------------- Computes
    @api.depends("name", "version")
    def _compute_display_name(self):
        for sheet in self:
            names = (sheet.name, sheet.version)
            sheet.display_name = " ".join(filter(None, names))

    @api.depends("state", "date_from", "date_to")
    def _compute_is_current(self):
        today = fields.Date.context_today(self)
        for sheet in self:
            sheet.days_left = (sheet.date_to - today).days if sheet.date_to else 0
            sheet.is_current = sheet.state == "published" and sheet._covers(today)

    def _covers(self, day):
        self.ensure_one()
        return bool(
            self.date_from
            and self.date_from <= day
            and (not self.date_to or day <= self.date_to)
        )

    @api.model
    def _search_is_current(self, operator, value):
        if operator != "in":
            return NotImplemented
        return self._valid_domain(fields.Date.context_today(self))

    @api.model
    def _valid_domain(self, day):
        """Domain of the published sheets that hold on a day."""
        return (
            Domain("state", "=", "published")
            & Domain("date_from", "<=", day)
            & (Domain("date_to", "=", False) | Domain("date_to", ">=", day))
        )

    @api.depends("company_id", "date_from", "state")
    def _compute_previous_id(self):
        older = self.search(
            Domain("company_id", "in", self.company_id.ids)
            & Domain("state", "in", ("published", "superseded")),
            order="published_at desc, id desc",
        )
        for sheet in self:
            if sheet.state == "superseded" or (
                sheet.state == "published" and sheet.previous_id
            ):
                # What it was compared with when it was published.
                sheet.previous_id = sheet.previous_id
                continue
            sheet.previous_id = older.filtered(
                lambda other, sheet=sheet: (
                    other != sheet._origin and other.company_id == sheet.company_id
                )
            )[:1]

    @api.depends("line_ids", "finding_ids.is_explained", "receipt_ids.read_at")
    def _compute_counts(self):
        lines = self._count_by_sheet("dealer.rate.sheet.line")
        findings = self._count_by_sheet(
            "dealer.rate.sheet.finding", Domain("is_explained", "=", False)
        )
        receipts = self._count_by_sheet("dealer.rate.sheet.receipt")
        unread = self._count_by_sheet(
            "dealer.rate.sheet.receipt", Domain("read_at", "=", False)
        )
        for sheet in self:
            sheet.line_count = lines.get(sheet.id, 0)
            sheet.open_finding_count = findings.get(sheet.id, 0)
            sheet.receipt_count = receipts.get(sheet.id, 0)
            sheet.unread_count = unread.get(sheet.id, 0)

    def _count_by_sheet(self, model, domain=Domain.TRUE):
        groups = self.env[model]._read_group(
            Domain("sheet_id", "in", self.ids) & domain, ["sheet_id"], ["__count"]
        )
        return {sheet.id: count for sheet, count in groups}

    @api.depends("line_ids", "offer_ids.amount_total", "offer_ids.change")
    @api.depends_context("lang")
    def _compute_matrix_html(self):
        """Models and plans below, insurers side by side, as on the print."""
        report = self.env["report.dealer_insurance.report_rate_sheet"]
        for sheet in self:
            sheet.matrix_html = sheet.line_ids and self.env["ir.qweb"]._render(
                "dealer_insurance.rate_sheet_matrix",
                {"table": report._table_of(sheet), "sheet": sheet},
            )

    @api.depends("receipt_ids.read_at")
    @api.depends_context("uid")
    def _compute_my_unread(self):
        mine = self.env["dealer.rate.sheet.receipt"].search(
            Domain("sheet_id", "in", self.ids)
            & Domain("user_id", "=", self.env.uid)
            & Domain("read_at", "=", False)
        )
        for sheet in self:
            sheet.my_unread = sheet in mine.sheet_id

    @api.model
    def _search_my_unread(self, operator, value):
        if operator != "in":
            return NotImplemented
        return Domain(
            "receipt_ids",
            "any",
            Domain("user_id", "=", self.env.uid) & Domain("read_at", "=", False),
        )

    # --------------------------------------------------------------- Look-up
    @api.model
    def _find_current(self, companies, day):
        """The sheet whose figures hold in each store on a day.

        Where two overlap, the one published later holds.

        :return: dict company -> dealer.rate.sheet; a store without one is left out
        """
        found = {}
        for sheet in self.search(
            self._valid_domain(day) & Domain("company_id", "in", companies.ids),
            order="published_at desc, id desc",
        ):
            found.setdefault(sheet.company_id, sheet)
        return found

    # ------------------------------------------------------------------ CRUD
    @api.model
    def _frozen_fields(self):
        """What no longer changes once somebody may quote with the sheet."""
        return {"company_id", "version", "date_from", "date_to", "line_ids"}

    def write(self, vals):
        if vals.keys() & self._frozen_fields():
            self._check_draft()
        return super().write(vals)

    def _check_draft(self):
        """Refuse changes of what was published."""
        closed = self.filtered(lambda sheet: sheet.state != "draft")
        if closed:
            raise UserError(
                self.env._(
                    "%(names)s: published; quotes stand on these figures. Make a new "
                    "version to change them.",
                    names=", ".join(closed.mapped("display_name")),
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_published(self):
        self._check_draft()

    def copy_data(self, default=None):
        # EXTENDS base: the lines of a copy carry their offers
        return super().copy_data({"version": "V1", **(default or {})})

    # ---------------------------------------------------------------- Guards
    def _protected_hint(self, field_name):
        return self.env._("Use “Check Figures” and “Publish”.")

    def _guard_shown(self, transition):
        return self.filtered(lambda sheet: sheet.state == "draft" and sheet.line_ids)

    def _guard_transition_label(self, transition):
        return self.env._("Publish")

    # ----------------------------------------------------------- Transitions
    def action_check(self):
        """Compare every figure with the rating and list what is missing."""
        self._check_holds(*EDITORS)
        self.check_access("write")
        self._check_draft()
        self._sync_findings()
        self._write_protected({"checked_at": fields.Datetime.now()})
        return True

    def action_publish(self):
        """Hand the sheet to renewal specialists and sales consultants (S75)."""
        self._check_holds(*EDITORS)
        self.check_access("write")
        self._check_draft()
        self._sync_findings()
        self._check_guards("publish")
        self._do_publish()
        return True

    def _do_publish(self):
        now = fields.Datetime.now()
        self._write_protected(
            {
                "state": "published",
                "published_at": now,
                "published_by_id": self.env.uid,
                "checked_at": now,
            }
        )
        self._supersede_older()
        self._close_alarms()
        self._sudo_notify_readers()

    def _supersede_older(self):
        """Sheets that a later one of the store replaces from today on."""
        today = fields.Date.context_today(self)
        current = self._find_current(self.company_id, today)
        older = self.search(
            Domain("company_id", "in", self.company_id.ids)
            & Domain("state", "=", "published")
        )
        for company, sheet in current.items():
            replaced = older.filtered(
                lambda other, company=company, sheet=sheet: (
                    other.company_id == company
                    and other != sheet
                    and (other.published_at, other.id) < (sheet.published_at, sheet.id)
                    and other.date_from <= today
                )
            )
            if replaced:
                replaced._write_protected(
                    {
                        "state": "superseded",
                        "superseded_at": fields.Datetime.now(),
                        "superseded_by_id": sheet.id,
                    }
                )
                replaced._sudo_end_reading()

    def action_new_version(self):
        """A draft with the same lines, valid from today, to be changed.

        :return: window action on the new sheet
        """
        self._check_holds(*EDITORS)
        self.ensure_one()
        self.check_access("write")
        today = fields.Date.context_today(self)
        if self.date_to and self.date_to < today:
            # The next month: whole calendar month of today.
            first = today.replace(day=1)
            last = fields.Date.subtract(fields.Date.add(first, months=1), days=1)
            default = {"version": "V1", "date_from": first, "date_to": last}
        else:
            default = {
                "version": self._next_version(),
                "date_from": max(today, self.date_from or today),
                "date_to": self.date_to,
            }
        sheet = self.copy(default)
        sheet._refresh_tax(self)
        return sheet._get_records_action(name=self.env._("Rate Sheet"))

    def _next_version(self):
        """V1 -> V2; a name without number gets one."""
        head = (self.version or "V1").rstrip("0123456789")
        number = (self.version or "")[len(head) :] or "1"
        return f"{head}{int(number) + 1}"

    def action_open_findings(self):
        """List of checks of this sheet."""
        self.ensure_one()
        self.check_access("read")
        return self.finding_ids._get_records_action(
            name=self.env._("Checks"), domain=[("sheet_id", "=", self.id)]
        )

    def action_open_receipts(self):
        """Who has read the sheet and who has not."""
        self.ensure_one()
        self.check_access("read")
        return self.receipt_ids._get_records_action(
            name=self.env._("Read Receipts"), domain=[("sheet_id", "=", self.id)]
        )

    def action_open_offers(self):
        """Every offer with the change since the sheet before."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "dealer_insurance.dealer_rate_sheet_offer_action"
        )
        action["domain"] = [("sheet_id", "=", self.id)]
        return action

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from odoo.addons.dealer_base.models.guard_mixin import Violation

ARCHIVE_STATES = [
    ("draft", "To Enter"),
    ("entered", "Data Entered"),
    ("submitted", "Submitted"),
    ("returned", "Returned"),
    ("approved", "Approved"),
]
SECONDS_PER_HOUR = 3600.0
# A batch of the daily job.
BATCH = 500


class DealerArchive(models.Model):
    """Electronic archive of a new car (domain.md §3.2, S78, S79, SM-17).

    One record per car: insured here with its ledger entry, or not insured here with
    its lost case. It is opened by the system when the policy is issued or the car is
    delivered; the clerk completes and enters it within the hours of the store (K40),
    and submits a week's archives to the insurance manager together.

    draft → entered → submitted (in a submission) → approved, or returned → entered.
    """

    _name = "dealer.archive"
    _description = "New-car Archive"
    _inherit = [
        "dealer.overdue.mixin",
        "dealer.derived.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _overdue_depends = ("entered_at", "due_at")
    _order = "due_at desc, id desc"
    _check_company_auto = True
    _protected_fields = (
        "state",
        "name",
        "company_id",
        "vehicle_id",
        "underwriting_id",
        "entered_at",
        "entered_by_id",
        "submission_id",
        "submitted_at",
        "reviewed_at",
        "reviewed_by_id",
        "review_note",
    )
    _guard_transitions = ("enter",)

    name = fields.Char(string="Archive No.", readonly=True, copy=False, index="trigram")
    company_id = fields.Many2one(
        "res.company",
        string="Store",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    vehicle_id = fields.Many2one(
        "dealer.vehicle", required=True, index=True, check_company=True
    )
    vin = fields.Char(related="vehicle_id.vin", store=True, index="trigram")
    model_text = fields.Char(related="vehicle_id.model_text")
    delivery_id = fields.Many2one(
        "dealer.delivery",
        compute="_compute_delivery_id",
        store=True,
        index="btree_not_null",
        check_company=True,
    )
    underwriting_id = fields.Many2one(
        "dealer.underwriting",
        string="Ledger Entry",
        readonly=True,
        index="btree_not_null",
        check_company=True,
    )
    in_store = fields.Boolean(
        string="Insured Here", compute="_compute_in_store", store=True
    )
    partner_id = fields.Many2one(
        "res.partner", string="Customer", compute="_compute_people", store=True
    )
    consultant_id = fields.Many2one(
        "dealer.staff", compute="_compute_people", store=True, index=True
    )
    sales_order_no = fields.Char(related="delivery_id.sales_order_no")
    invoice_date = fields.Date(related="delivery_id.invoice_date")
    delivery_date = fields.Date(related="delivery_id.delivery_date")
    colour = fields.Char(related="delivery_id.colour")
    mortgage_text = fields.Char(related="delivery_id.mortgage_text")
    is_certified = fields.Boolean(related="delivery_id.is_certified")
    lost_reason_id = fields.Many2one(related="delivery_id.lost_reason_id")
    insurer_id = fields.Many2one(
        related="underwriting_id.insurer_id", store=True, index="btree_not_null"
    )
    policy_ids = fields.One2many(related="underwriting_id.policy_ids")
    ctpl_premium = fields.Monetary(related="underwriting_id.ctpl_premium")
    commercial_premium = fields.Monetary(related="underwriting_id.commercial_premium")
    document_ids = fields.One2many(
        related="underwriting_id.document_ids", string="Documents", readonly=False
    )
    document_count = fields.Char(related="underwriting_id.document_count")
    date_end = fields.Datetime(string="Cover Ends", compute="_compute_dates")
    renewal_reminder_date = fields.Date(
        string="First Renewal Reminder",
        compute="_compute_dates",
        help="Day on which the renewal window before the end of cover opens.",
    )

    # time
    started_at = fields.Datetime(
        string="Clock Starts",
        compute="_compute_due_at",
        store=True,
        help="Issue of the policy; for a car not insured here the end of the day of "
        "delivery.",
    )
    due_at = fields.Datetime(compute="_compute_due_at", store=True, index=True)
    entered_at = fields.Datetime(readonly=True, copy=False)
    entered_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    entry_lag_h = fields.Float(
        string="Entry Delay (h)",
        compute="_compute_entry_lag_h",
        store=True,
        aggregator="avg",
        digits=(12, 1),
    )
    is_entered_late = fields.Boolean(
        string="Entered Late", compute="_compute_entry_lag_h", store=True
    )

    # review
    state = fields.Selection(
        ARCHIVE_STATES,
        required=True,
        readonly=True,
        default="draft",
        index=True,
        tracking=True,
    )
    submission_id = fields.Many2one(
        "dealer.archive.submission",
        readonly=True,
        copy=False,
        index="btree_not_null",
        check_company=True,
    )
    submitted_at = fields.Datetime(readonly=True, copy=False)
    reviewed_at = fields.Datetime(readonly=True, copy=False)
    reviewed_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    review_note = fields.Char(readonly=True, copy=False, tracking=True)
    note = fields.Text()

    _company_vehicle_uniq = models.UniqueIndex(
        "(company_id, vehicle_id)", "The car has its archive in this store already."
    )

    # -- computes ---------------------------------------------------------------

    @api.depends("vehicle_id.delivery_ids.delivery_date")
    def _compute_delivery_id(self):
        for archive in self:
            deliveries = archive.vehicle_id.delivery_ids.filtered(
                lambda d, company=archive.company_id: d.company_id == company
            )
            archive.delivery_id = deliveries.sorted(
                lambda d: (d.delivery_date or d.company_id._dealer_today(), d.id)
            )[-1:]

    @api.depends("underwriting_id.voided_at")
    def _compute_in_store(self):
        for archive in self:
            entry = archive.underwriting_id
            archive.in_store = bool(entry) and not entry.voided_at

    @api.depends(
        "underwriting_id.applicant_id",
        "underwriting_id.consultant_id",
        "delivery_id.partner_id",
        "delivery_id.consultant_id",
    )
    def _compute_people(self):
        for archive in self:
            entry, delivery = archive.underwriting_id, archive.delivery_id
            archive.partner_id = delivery.partner_id or entry.applicant_id
            archive.consultant_id = delivery.consultant_id or entry.consultant_id

    @api.depends("underwriting_id.policy_ids.date_end")
    def _compute_dates(self):
        for archive in self:
            ends = [policy.date_end for policy in archive.policy_ids if policy.date_end]
            archive.date_end = min(ends, default=False)
            archive.renewal_reminder_date = archive.date_end and fields.Date.subtract(
                archive.date_end.date(),
                days=archive.company_id.dealer_renew_days_before,
            )

    @api.depends(
        "underwriting_id.issued_at",
        "delivery_id.delivery_date",
        "company_id.dealer_archive_entry_hours",
    )
    def _compute_due_at(self):
        for archive in self:
            start = archive.underwriting_id.issued_at
            day = archive.delivery_id.delivery_date
            if not start and day:
                start = archive.company_id._dealer_day_end(day)
            archive.started_at = start or archive.create_date
            archive.due_at = archive.started_at and fields.Datetime.add(
                archive.started_at, hours=archive.company_id.dealer_archive_entry_hours
            )

    @api.depends("entered_at", "started_at", "due_at")
    def _compute_entry_lag_h(self):
        for archive in self:
            lag = 0.0
            if archive.entered_at and archive.started_at:
                seconds = (archive.entered_at - archive.started_at).total_seconds()
                lag = max(seconds, 0.0) / SECONDS_PER_HOUR
            archive.entry_lag_h = lag
            archive.is_entered_late = bool(
                archive.entered_at
                and archive.due_at
                and archive.entered_at > archive.due_at
            )

    @api.model
    def _overdue_domain(self):
        return Domain("entered_at", "=", False) & Domain(
            "due_at", "<", fields.Datetime.now()
        )

    @api.depends("name", "vin")
    def _compute_display_name(self):
        for archive in self:
            archive.display_name = " ".join(filter(None, (archive.name, archive.vin)))

    # -- opening ----------------------------------------------------------------

    @api.model
    def _sudo_open(self, vals_list):
        """Open archives of cars; called by the system, nobody types one in."""
        archives = self.sudo()._create_protected(vals_list)
        return self.browse(archives.ids)

    @api.model
    def _open_for_entries(self, entries):
        """An archive per new car whose policy was just issued (S78).

        :param entries: issued ``dealer.underwriting`` of this moment
        """
        entries = entries.filtered(
            lambda u: (
                u.business_type == "new_car"
                and u.entry_type == "issue"
                and not u.is_historical
            )
        )
        if not entries:
            return self.browse()
        known = self._sudo_of_vehicles(entries.vehicle_id)
        by_key = {(a.company_id.id, a.vehicle_id.id): a for a in known}
        vals_by_key = {}
        for entry in entries:
            key = (entry.company_id.id, entry.vehicle_id.id)
            if key in by_key:
                # Insured here after all, or again after a void.
                archive = by_key[key]
                if not archive.in_store:
                    archive._write_protected({"underwriting_id": entry.id})
            else:
                vals_by_key[key] = {
                    "company_id": entry.company_id.id,
                    "vehicle_id": entry.vehicle_id.id,
                    "underwriting_id": entry.id,
                }
        return self._sudo_open(list(vals_by_key.values()))

    @api.model
    def _sudo_of_vehicles(self, vehicles):
        return self.sudo().search([("vehicle_id", "in", vehicles.ids)])

    @api.model
    def _cron_open_and_remind(self):
        """Daily: open archives of delivered cars not insured here; remind of late ones.

        Cars that an import brought are history and get none: only deliveries since
        the first archive of the store count.
        """
        for company in self.env["res.company"]._dealer_stores():
            self._open_for_deliveries(company)
            self._remind_overdue(company)

    @api.model
    def _open_for_deliveries(self, company):
        first = self.search([("company_id", "=", company.id)], order="id", limit=1)
        if not first:
            return
        Delivery = self.env["dealer.delivery"]
        domain = (
            Domain("company_id", "=", company.id)
            & Domain("delivery_date", ">=", first.create_date.date())
            & Domain("vehicle_id.archive_ids", "=", False)
        )
        remaining = Delivery.search_count(domain)
        while deliveries := Delivery.search(domain, limit=BATCH):
            self._sudo_open(
                [
                    {"company_id": company.id, "vehicle_id": vehicle.id}
                    for vehicle in deliveries.vehicle_id
                ]
            )
            remaining = max(0, remaining - len(deliveries))
            if not self.env["ir.cron"]._commit_progress(
                len(deliveries), remaining=remaining
            ):
                return

    @api.model
    def _remind_overdue(self, company):
        """One activity a day for the clerk: how many archives are late."""
        late = self.search(
            self._overdue_domain() & Domain("company_id", "=", company.id),
            order="due_at",
            limit=BATCH,
        )
        reminder = self.env.ref("dealer_insurance.activity_archive_late")
        fresh = late.filtered(
            lambda archive: reminder not in archive.activity_ids.activity_type_id
        )
        for archive in fresh:
            user = archive.underwriting_id.issued_by_id or company._dealer_alert_user()
            if user:
                archive.activity_schedule(
                    activity_type_id=reminder.id,
                    user_id=user.id,
                    date_deadline=fields.Date.context_today(archive),
                )

    # -- transitions ------------------------------------------------------------

    def _guard_shown(self, transition):
        return self.filtered(lambda archive: archive.state in ("draft", "returned"))

    def _guard_enter(self):
        """G-J1: insured here with every required paper, or with a lost reason."""
        violations = []
        for archive in self:
            if archive.in_store:
                missing = archive.underwriting_id.missing_document_ids
                if missing:
                    violations.append(
                        Violation(
                            "G-J1",
                            archive,
                            self.env._(
                                "Missing papers: %(names)s.",
                                names=", ".join(missing.mapped("display_name")),
                            ),
                        )
                    )
            elif not archive.lost_reason_id:
                violations.append(
                    Violation(
                        "G-J1",
                        archive,
                        self.env._(
                            "The car is not insured here and its lost case has no "
                            "reason."
                        ),
                    )
                )
        return violations

    def action_enter(self):
        """The archive is complete; from now on it waits for the weekly submission."""
        self._check_holds("policy_clerk", "insurance_manager")
        self.check_access("write")
        if any(archive.state not in ("draft", "returned") for archive in self):
            raise UserError(self.env._("The archive is entered already."))
        self._check_guards("enter")
        for archive in self:
            archive._write_protected(archive._prepare_enter_vals())
        reminder = self.env.ref("dealer_insurance.activity_archive_late")
        self.activity_ids.filtered(
            lambda activity: activity.activity_type_id == reminder
        ).action_done()
        return True

    def _prepare_enter_vals(self):
        """The first entry counts for the delay; a correction does not hide it.

        The number is given here: one by one, by whoever enters, not to a whole batch
        of policies that are issued together.
        """
        sequence = self.env["ir.sequence"].with_company(self.company_id)
        return {
            "name": self.name or sequence.next_by_code("dealer.archive"),
            "state": "entered",
            "entered_at": self.entered_at or fields.Datetime.now(),
            "entered_by_id": self.entered_by_id.id or self.env.uid,
        }

    def action_return(self, reason=None):
        """The manager sends one archive of a submission back."""
        self._check_holds("insurance_manager")
        self.check_access("write")
        if any(archive.state not in ("submitted", "approved") for archive in self):
            raise UserError(self.env._("Only a submitted archive can be sent back."))
        if not (reason or "").strip():
            return {
                "type": "ir.actions.act_window",
                "name": self.env._("Send Back"),
                "res_model": "dealer.archive.return",
                "view_mode": "form",
                "target": "new",
                "context": {"default_archive_ids": self.ids},
            }
        self._write_protected(
            {
                "state": "returned",
                "submission_id": False,
                "reviewed_at": fields.Datetime.now(),
                "reviewed_by_id": self.env.uid,
                "review_note": reason,
            }
        )
        for archive in self:
            user = archive.entered_by_id
            if user.active:
                archive.activity_schedule(
                    "mail.mail_activity_data_todo",
                    user_id=user.id,
                    summary=self.env._("Archive sent back: %(why)s", why=reason),
                )
        return True

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL


class DealerHotlineShift(models.Model):
    """Who answers the hotline when; at every moment one person (S86)."""

    _name = "dealer.hotline.shift"
    _description = "Hotline Shift"
    _inherit = ["dealer.store.mixin"]
    _order = "date_start, id"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company",
        string="Store",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    staff_id = fields.Many2one(
        "dealer.staff",
        string="Answers",
        required=True,
        index=True,
        check_company=True,
    )
    date_start = fields.Datetime(string="From", required=True, index=True)
    date_end = fields.Datetime(string="Until", required=True)
    phone = fields.Char(string="Forwarded To", help="Number that the line rings.")
    note = fields.Char()
    hours = fields.Float(compute="_compute_hours", store=True)
    call_count = fields.Integer(string="Calls", compute="_compute_call_count")

    _order_of_times = models.Constraint(
        "CHECK (date_end > date_start)", "A shift ends after it has begun."
    )
    # One person answers at a time, also when two planners save at once.
    _one_at_a_time = models.Constraint(
        "EXCLUDE USING gist (int4range(company_id, company_id, '[]') WITH &&, "
        "tsrange(date_start, date_end) WITH &&)",
        "Somebody else answers at this time already. Change that shift first.",
    )

    @api.depends("date_start", "date_end")
    def _compute_hours(self):
        for shift in self:
            spent = (
                shift.date_end
                and shift.date_start
                and (shift.date_end - shift.date_start)
            )
            shift.hours = spent.total_seconds() / 3600 if spent else 0.0

    @api.depends("date_start", "date_end")
    def _compute_call_count(self):
        counts = dict(
            self.env["dealer.accident.call"]._read_group(
                [("shift_id", "in", self.ids)], ["shift_id"], ["__count"]
            )
        )
        for shift in self:
            shift.call_count = counts.get(shift, 0)

    @api.depends("staff_id")
    def _compute_display_name(self):
        for shift in self:
            shift.display_name = shift.staff_id.name or ""

    # ------------------------------------------------------------------ CRUD
    @api.model_create_multi
    def create(self, vals_list):
        shifts = super().create(vals_list)
        shifts._recount(shifts._spans())
        return shifts

    def write(self, vals):
        before = self._spans()
        result = super().write(vals)
        if vals.keys() & {"staff_id", "date_start", "date_end", "company_id"}:
            self._recount(before + self._spans())
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        if self.filtered("call_count"):
            raise UserError(
                self.env._("Calls were answered in this shift; it stays as it was.")
            )

    def _spans(self):
        return [(s.company_id.id, s.date_start, s.date_end) for s in self]

    def _recount(self, spans):
        """Calls of these times belong to the shift that holds now."""
        calls = self._sudo_calls(spans)
        for name in ("shift_id", "is_off_shift"):
            self.env.add_to_compute(calls._fields[name], calls)

    def _sudo_calls(self, spans):
        # sudo: a planner need not see the calls that he moves to another shift
        Call = self.env["dealer.accident.call"].sudo()
        return Call.search(
            Domain.OR(
                Domain("company_id", "=", company_id)
                & Domain("call_at", ">=", start)
                & Domain("call_at", "<", end)
                for company_id, start, end in spans
            )
        )

    def action_copy_week(self):
        """Plan the next week like that of the first of these shifts.

        :return: the action of the roster
        """
        self.check_access("write")
        if not self:
            raise UserError(self.env._("Choose a shift of the week to copy."))
        first = min(self.mapped("date_start"))
        company = self[:1].company_id
        zone_day = company._dealer_local_day(first)
        monday = company._dealer_day_end(
            zone_day - timedelta(days=zone_day.weekday() + 1)
        )
        week = self.search(
            [
                ("company_id", "=", company.id),
                ("date_start", ">=", monday),
                ("date_start", "<", monday + timedelta(days=7)),
            ]
        )
        later = timedelta(days=7)
        taken = self.search(
            [
                ("company_id", "=", company.id),
                ("date_start", "<", max(week.mapped("date_end")) + later),
                ("date_end", ">", monday + later),
            ]
        )
        self.create(
            [
                {
                    "company_id": company.id,
                    "staff_id": shift.staff_id.id,
                    "date_start": shift.date_start + later,
                    "date_end": shift.date_end + later,
                    "phone": shift.phone,
                }
                for shift in week
                if not any(
                    other.date_start < shift.date_end + later
                    and other.date_end > shift.date_start + later
                    for other in taken
                )
            ]
        )
        return self.env["ir.actions.act_window"]._for_xml_id(
            "dealer_claims.dealer_hotline_shift_action"
        )

    # ------------------------------------------------------------------ Gaps
    @api.model
    def _gaps(self, company, start, end):
        """Times without anybody at the telephone.

        :param company: the store
        :param start, end: naive UTC
        :return: list of (start, end) of at least a minute
        """
        shifts = self.search(
            [
                ("company_id", "=", company.id),
                ("date_start", "<", end),
                ("date_end", ">", start),
            ]
        )
        gaps, free = [], start
        for shift in shifts:
            if shift.date_start - free >= timedelta(minutes=1):
                gaps.append((free, shift.date_start))
            free = max(free, shift.date_end)
        if end - free >= timedelta(minutes=1):
            gaps.append((free, end))
        return gaps

    @api.model
    def _cron_gaps(self):
        """Daily: the claims leader hears of hours that nobody covers."""
        now = fields.Datetime.now()
        cron = self.env["ir.cron"]
        stores = self.env["res.company"]._dealer_stores()
        kind = self.env.ref("dealer_claims.activity_hotline_gap")
        cron._commit_progress(remaining=len(stores))
        for company in stores:
            self._warn_gaps(company, now, kind)
            if not cron._commit_progress(1):
                break

    @api.model
    def _warn_gaps(self, company, now, kind):
        """Ask the leader to fill the roster, once while it has gaps.

        Only stores that keep a roster are asked.
        """
        Activity = self.env["mail.activity"]
        open_ones = Activity.search(
            [("activity_type_id", "=", kind.id), ("user_id", "!=", False)]
        ).filtered(lambda activity: activity.res_model == "res.partner")
        mine = open_ones.filtered(
            lambda activity: activity.res_id == company.partner_id.id
        )
        if not self.search_count([("company_id", "=", company.id)], limit=1):
            return
        end = now + timedelta(days=company.dealer_hotline_gap_days)
        gaps = self._gaps(company, now, end)
        if not gaps:
            mine.unlink()
            return
        user = company._dealer_post_user("claim_leader")
        if mine or not user:
            return
        record = company.partner_id.with_context(lang=user.lang or self.env.lang)
        record.activity_schedule(
            "dealer_claims.activity_hotline_gap",
            date_deadline=company._dealer_today(),
            user_id=user.id,
            summary=record.env._(
                "The roster of the hotline has %(count)s gaps", count=len(gaps)
            ),
        )


class DealerHotlineGap(models.Model):
    """Hours of the next days in which nobody answers the hotline."""

    _name = "dealer.hotline.gap"
    _description = "Gap in the Hotline Roster"
    _auto = False
    _order = "date_start, company_id"
    _depends = {"dealer.hotline.shift": ["company_id", "date_start", "date_end"]}

    company_id = fields.Many2one("res.company", string="Store", readonly=True)
    date_start = fields.Datetime(string="From", readonly=True)
    date_end = fields.Datetime(string="Until", readonly=True)
    hours = fields.Float(readonly=True)

    @property
    def _table_query(self):
        now = fields.Datetime.now()
        return SQL(
            """
            WITH store AS (
                SELECT company.id,
                       %(now)s::timestamp AS first,
                       %(now)s::timestamp
                           + company.dealer_hotline_gap_days * interval '1 day' AS last
                  FROM res_company AS company
                 WHERE EXISTS (SELECT 1 FROM dealer_hotline_shift AS shift
                                WHERE shift.company_id = company.id)
            ), edge AS (
                SELECT id AS company_id, first AS begins, first AS ends FROM store
                 UNION ALL
                SELECT shift.company_id,
                       GREATEST(shift.date_start, store.first), shift.date_end
                  FROM dealer_hotline_shift AS shift
                  JOIN store ON store.id = shift.company_id
                 WHERE shift.date_end > store.first AND shift.date_start < store.last
                 UNION ALL
                SELECT id, last, last FROM store
            ), gap AS (
                SELECT company_id, ends AS begins,
                       LEAD(begins) OVER (
                           PARTITION BY company_id ORDER BY begins, ends
                       ) AS ends
                  FROM edge
            )
            SELECT ROW_NUMBER() OVER (ORDER BY company_id, begins)::integer AS id,
                   company_id, begins AS date_start, ends AS date_end,
                   (EXTRACT(EPOCH FROM ends - begins) / 3600)::float AS hours
              FROM gap
             WHERE ends - begins >= interval '1 minute'
            """,
            now=now,
        )


class DealerAccidentCall(models.Model):
    """In whose shift the call came."""

    _inherit = "dealer.accident.call"

    shift_id = fields.Many2one(
        "dealer.hotline.shift",
        compute="_compute_shift_id",
        store=True,
        index="btree_not_null",
    )
    is_off_shift = fields.Boolean(
        string="Outside the Shift",
        compute="_compute_is_off_shift",
        store=True,
        help="Answered by somebody else than the roster says, or by nobody's shift.",
    )

    @api.depends("call_at", "company_id")
    def _compute_shift_id(self):
        moments = [call.call_at for call in self if call.call_at]
        shifts = self.env["dealer.hotline.shift"]
        if moments:
            shifts = shifts.search(
                [
                    ("company_id", "in", self.company_id.ids),
                    ("date_start", "<=", max(moments)),
                    ("date_end", ">", min(moments)),
                ]
            )
        by_store = shifts.grouped("company_id")
        for call in self:
            call.shift_id = next(
                (
                    shift
                    for shift in by_store.get(call.company_id, shifts.browse())
                    if call.call_at
                    and shift.date_start <= call.call_at < shift.date_end
                ),
                False,
            )

    @api.depends("shift_id.staff_id", "agent_id", "is_historical")
    def _compute_is_off_shift(self):
        for call in self:
            call.is_off_shift = not call.is_historical and (
                not call.shift_id or call.shift_id.staff_id != call.agent_id
            )

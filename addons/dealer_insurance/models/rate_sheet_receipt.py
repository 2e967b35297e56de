from datetime import timedelta

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

READERS = ("dealer_base.group_renewal_agent", "dealer_base.group_sales_consultant")
DUE_TYPE = "dealer_insurance.mail_activity_rate_sheet_due"
READ_TYPE = "dealer_insurance.mail_activity_rate_sheet_read"
# Days in which a recipient is expected to read a new sheet.
READ_DAYS = 1


class DealerRateSheetReceipt(models.Model):
    """Who got a rate sheet, and when he signed that he read it (S75)."""

    _name = "dealer.rate.sheet.receipt"
    _description = "Read Receipt of a Rate Sheet"
    _inherit = ["dealer.derived.mixin"]
    _protected_fields = ("sheet_id", "user_id", "notified_at", "read_at")
    _order = "sheet_id desc, read_at nulls first, id"
    _rec_name = "user_id"

    sheet_id = fields.Many2one(
        "dealer.rate.sheet", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(
        related="sheet_id.company_id", store=True, index=True, precompute=True
    )
    user_id = fields.Many2one(
        "res.users", string="Recipient", required=True, index=True
    )
    notified_at = fields.Datetime(string="Notified on", required=True)
    read_at = fields.Datetime(string="Read on")
    is_read = fields.Boolean(string="Read", compute="_compute_is_read")

    _user_uniq = models.UniqueIndex(
        "(sheet_id, user_id)", "This person has a receipt of the sheet already."
    )

    @api.depends("read_at")
    def _compute_is_read(self):
        for receipt in self:
            receipt.is_read = bool(receipt.read_at)


class DealerRateSheet(models.Model):
    """Publication to those who quote, read receipts, and the freshness alarm."""

    _inherit = "dealer.rate.sheet"

    # ------------------------------------------------------------ Publishing
    def _reader_users(self):
        """Renewal specialists and sales consultants of the stores: dict company ->
        res.users. Administrators hold every post and are not meant."""
        # sudo: who holds which post is not for every clerk to read
        Users_sudo = self.env["res.users"].sudo()
        groups = [self.env.ref(xmlid).id for xmlid in READERS]
        admins = self.env.ref("dealer_base.group_dealer_admin")
        users_sudo = Users_sudo.search(
            Domain("all_group_ids", "in", groups)
            & Domain("company_ids", "in", self.company_id.ids)
            & Domain("share", "=", False)
        ).filtered(lambda user: admins not in user.all_group_ids)
        return {
            company: users_sudo.filtered(
                lambda user, company=company: company in user.company_ids
            )
            for company in self.company_id
        }

    def _sudo_notify_readers(self):
        """Receipts, a message and an activity for each recipient.

        sudo: the publisher was checked; recipients and their activities are not his
        to write.
        """
        readers = self._reader_users()
        now = fields.Datetime.now()
        Receipt_sudo = self.env["dealer.rate.sheet.receipt"].sudo()
        Receipt_sudo._create_protected(
            [
                {"sheet_id": sheet.id, "user_id": user.id, "notified_at": now}
                for sheet in self
                for user in readers[sheet.company_id]
            ]
        )
        deadline = fields.Date.context_today(self) + timedelta(days=READ_DAYS)
        for sheet_sudo in self.sudo():
            users_sudo = readers[sheet_sudo.company_id]
            for lang, same_sudo in users_sudo.grouped("lang").items():
                sheet_sudo.with_context(lang=lang)._tell_readers(same_sudo, deadline)

    def _tell_readers(self, users, deadline):
        _ = self.env._
        summary = _("Read the new rate sheet %(name)s", name=self.display_name)
        period = _(
            "Valid from %(start)s to %(end)s. Open it and confirm that you have "
            "read it.",
            start=fields.Date.to_string(self.date_from),
            end=fields.Date.to_string(self.date_to),
        )
        self.message_notify(
            partner_ids=users.partner_id.ids,
            subject=summary,
            body=Markup("<p>%s</p><p>%s</p>") % (summary, period),
        )
        quiet = self.with_context(mail_activity_quick_update=True)
        for user in users:
            quiet.activity_schedule(
                READ_TYPE, date_deadline=deadline, user_id=user.id, summary=summary
            )

    def action_mark_read(self):
        """The recipient signs that he has read the sheet.

        :raise UserError: the sheet was not sent to the user
        """
        self.check_access("read")
        receipts = self.env["dealer.rate.sheet.receipt"].search(
            Domain("sheet_id", "in", self.ids) & Domain("user_id", "=", self.env.uid)
        )
        missing = self - receipts.sheet_id
        if missing:
            raise UserError(
                self.env._(
                    "%(names)s was not sent to you; there is nothing to confirm.",
                    names=", ".join(missing.mapped("display_name")),
                )
            )
        self._sudo_sign(receipts.filtered(lambda receipt: not receipt.read_at))
        return True

    def _sudo_sign(self, receipts):
        # sudo: his own receipt, which he may not write otherwise
        receipts.sudo()._write_protected({"read_at": fields.Datetime.now()})
        self.sudo().activity_feedback([READ_TYPE], user_id=self.env.uid)

    def action_remind_unread(self):
        """Tell once more those who have not read the sheet."""
        self.check_access("write")
        for sheet in self:
            users = sheet.receipt_ids.filtered(
                lambda receipt: not receipt.read_at
            ).user_id
            if sheet.state == "published" and users:
                sheet._sudo_remind(users)
        return True

    def _sudo_remind(self, users):
        # sudo: languages of colleagues, and messages to them
        for lang, same_sudo in users.sudo().grouped("lang").items():
            sheet_sudo = self.sudo().with_context(lang=lang)
            sheet_sudo.message_notify(
                partner_ids=same_sudo.partner_id.ids,
                subject=sheet_sudo.env._("Please read the rate sheet"),
                body=sheet_sudo.env._(
                    "You have not confirmed yet that you read %(name)s.",
                    name=sheet_sudo.display_name,
                ),
            )

    def _sudo_end_reading(self):
        # sudo: nobody has to read a sheet any more that another one replaced
        self.sudo().activity_unlink([READ_TYPE])

    # ------------------------------------------------------------- Freshness
    def _close_alarms(self):
        """A new sheet ends the alarms of its store."""
        sheets = self.search(Domain("company_id", "in", self.company_id.ids))
        sheets._sudo_end_alarms()

    def _sudo_end_alarms(self):
        # sudo: alarms of clerk and manager, whoever publishes
        self.sudo().activity_feedback([DUE_TYPE])

    @api.model
    def _cron_freshness(self):
        """Daily: replace what a later sheet replaces from today on; alarm where no
        sheet is valid or the present one runs out (clerk first, then manager)."""
        today = fields.Date.context_today(self)
        self.search(Domain("state", "=", "published"))._supersede_older()
        companies = self.search(Domain.TRUE).company_id
        companies |= (
            self.env["dealer.agreement"].search([("state", "=", "active")]).company_id
        )
        companies = companies.filtered("active")
        current = self._find_current(companies, today)
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(companies))
        for company in companies:
            self._alarm(company, current.get(company, self.browse()), today)
            if not cron._commit_progress(1):
                break

    def _alarm(self, company, sheet, today):
        """Alarm of one store; nothing while a sheet holds and its end is far."""
        horizon = fields.Date.add(today, days=company.dealer_rate_sheet_alert_days)
        if sheet and (not sheet.date_to or sheet.date_to > horizon):
            return
        after = horizon
        if sheet:
            after = fields.Date.add(sheet.date_to, days=1)
        published = self.search(
            Domain("company_id", "=", company.id)
            & Domain("state", "=", "published")
            & Domain("date_from", ">", today)
            & Domain("date_from", "<=", after),
            limit=1,
        )
        if sheet and published:
            return
        place = sheet or self.search(
            Domain("company_id", "=", company.id),
            order="date_to desc, id desc",
            limit=1,
        )
        if not place:
            place = self.with_company(company).create(
                {"company_id": company.id, "user_id": False}
            )
        place._raise_alarm(sheet, today)

    def _raise_alarm(self, sheet, today):
        """Clerk first; the manager when the clerk's alarm is some days old."""
        kind = self.env.ref(DUE_TYPE)
        alarms = self.activity_ids.filtered(
            lambda activity: activity.activity_type_id == kind
        )
        company = self.company_id
        clerk, manager = self._alarm_users()
        if not alarms:
            self._schedule_alarm(clerk or manager, sheet, today)
            return
        limit = fields.Datetime.now() - timedelta(
            days=company.dealer_rate_sheet_escalate_days
        )
        if (
            manager
            and manager not in alarms.user_id
            and min(alarms.mapped("create_date")) <= limit
        ):
            self._schedule_alarm(manager, sheet, today)

    def _alarm_users(self):
        """(responsible clerk, manager) of the store; either may be empty."""
        company = self.company_id
        clerk = self.user_id
        if not clerk.active or company not in clerk.company_ids:
            groups = self.env.ref("dealer_base.group_policy_clerk")
            admins = self.env.ref("dealer_base.group_dealer_admin")
            clerk = (
                self.env["res.users"]
                .search(
                    Domain("all_group_ids", "in", groups.ids)
                    & Domain("company_ids", "in", company.ids)
                    & Domain("share", "=", False),
                    order="id",
                )
                .filtered(lambda user: admins not in user.all_group_ids)[:1]
            )
        return clerk, company._dealer_alert_user()

    def _schedule_alarm(self, user, sheet, today):
        if not user:
            return
        record = self.with_context(
            lang=user.lang or self.env.lang, mail_activity_quick_update=True
        )
        _ = record.env._
        if sheet:
            summary = _(
                "The rate sheet runs out on %(day)s and no later one is published",
                day=fields.Date.to_string(sheet.date_to),
            )
        else:
            summary = _("No published rate sheet is valid today")
        record.activity_schedule(
            DUE_TYPE,
            date_deadline=max(sheet.date_to or today, today) if sheet else today,
            user_id=user.id,
            summary=summary,
        )

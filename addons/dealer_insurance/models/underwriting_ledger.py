import psycopg2.errors
from dateutil import tz

from odoo import api, fields, models
from odoo.tools import SQL, format_datetime

LEDGER_NO_DIGITS = 4


class DealerUnderwriting(models.Model):
    """Number in the ledger, time of the store, the cashier's signature (S80, S81)."""

    _inherit = "dealer.underwriting"

    remit_due_date = fields.Date(
        compute="_compute_remit_due_date",
        store=True,
        help="Working day by which the collected premium must be with the insurer, "
        "counted from the cashier's signature (R8).",
    )

    @api.depends("channel", "cashier_signed_at", "agreement_id.remit_days")
    def _compute_remit_due_date(self):
        known = {}
        for underwriting in self:
            signed_at = underwriting.cashier_signed_at
            if underwriting.channel != "collected" or not signed_at:
                underwriting.remit_due_date = False
                continue
            company, agreement = underwriting.company_id, underwriting.agreement_id
            days = agreement.remit_days if agreement else company.dealer_remit_days
            key = (company, underwriting._store_date(signed_at), days)
            if key not in known:
                known[key] = company._dealer_add_working_days(key[1], days)
            underwriting.remit_due_date = known[key]

    # -- time of the store ------------------------------------------------------

    def _store_timezone(self):
        """Time zone in which the store counts days and years."""
        return (self.company_id[:1] or self.env.company)._dealer_timezone()

    def _store_date(self, moment=None):
        """Calendar day in the store.

        :param moment: naive UTC datetime; default now
        :return: date
        """
        moment = moment or fields.Datetime.now()
        local = moment.replace(tzinfo=tz.UTC).astimezone(self._store_timezone())
        return local.date()

    def _local_text(self, moment):
        """Datetime of the database as the user reads it."""
        return format_datetime(self.env, moment, dt_format="short")

    # -- ledger number ----------------------------------------------------------

    def _assign_ledger_numbers(self):
        """Give every record the next number of its ledger, in the order of ``self``.

        There is one ledger per store, insurer and year of the store (§3.1). Whoever
        numbers a ledger holds its lock until the end of the transaction, so that a
        number n+1 is only given when n is committed: no gap, and a rollback frees the
        number for the next one. What others committed after our snapshot was taken is
        invisible to us, so the highest number is also read by a cursor of its own. The
        unique index decides in the end, also against rows that an import numbered
        without the lock: such a number is taken although we cannot see it, and the
        one after it is tried.
        """
        now = fields.Datetime.now()
        ledgers = self.grouped(
            lambda u: (u.company_id, u.insurer_id, u._store_date(now).year)
        )
        for key in sorted(ledgers, key=lambda k: (k[0].id, k[1].id, k[2])):
            ledgers[key]._assign_ledger_block(*key)

    def _assign_ledger_block(self, company, insurer, year):
        """Number ``self`` in one ledger, as ``_assign_ledger_numbers`` says."""
        self.env.execute_query(
            SQL(
                "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
                f"dealer.ledger/{company.id}/{insurer.id}/{year}",
            )
        )
        first = 1 + max(
            self._last_ledger_seq(company, insurer, year),
            self._committed_ledger_seq(company, insurer, year),
        )
        prefix = insurer.ledger_prefix or insurer.insurer_code or ""
        while True:
            try:
                with self.env.cr.savepoint():
                    for seq, underwriting in enumerate(self, start=first):
                        underwriting._write_protected(
                            {
                                "ledger_year": year,
                                "ledger_seq": seq,
                                "ledger_no": self._format_ledger_no(prefix, year, seq),
                            }
                        )
                    self.flush_recordset(["ledger_year", "ledger_seq", "ledger_no"])
            except psycopg2.errors.UniqueViolation as error:
                if error.diag.constraint_name != self._ledger_index_name():
                    raise
                first += 1
            else:
                return

    def _ledger_index_name(self):
        return f"{self._table}_ledger_seq_uniq"

    def _last_ledger_seq(self, company, insurer, year):
        """Highest number of one ledger that is visible now; 0 when it is empty."""
        [(last,)] = self.env["dealer.underwriting"]._read_group(
            [
                ("company_id", "=", company.id),
                ("insurer_id", "=", insurer.id),
                ("ledger_year", "=", year),
                ("ledger_seq", ">", 0),
            ],
            aggregates=["ledger_seq:max"],
        )
        return last or 0

    def _committed_ledger_seq(self, company, insurer, year):
        """Highest committed number of one ledger, newer than our own snapshot."""
        with self.env.registry.cursor() as cr:
            cr.execute(
                SQL(
                    "SELECT COALESCE(MAX(ledger_seq), 0) FROM %s WHERE company_id = %s"
                    " AND insurer_id = %s AND ledger_year = %s",
                    SQL.identifier(self._table),
                    company.id,
                    insurer.id,
                    year,
                )
            )
            return cr.fetchone()[0]

    def _format_ledger_no(self, prefix, year, seq):
        """Ledger number as printed: ``PICC2026-0001``."""
        return f"{prefix}{year}-{seq:0{LEDGER_NO_DIGITS}d}"

    # -- the cashier's signature ------------------------------------------------

    def action_sign(self):
        """Sign the ledger as cashier: the money of the row is there (S81, G-P4).

        :raises AccessError: the user is not a cashier
        :raises GuardError: own entry (G-S1), money owed (G-S2), wrong step (G-T0)
        """
        self._check_post("sign")
        self.check_access("read")
        self._check_guards("sign")
        self.filtered(lambda u: not u.cashier_signed)._append_signatures("sign")
        return True

    def action_reverse_signature(self, reason=None):
        """Take back a signature; the line stays, a reversal with reason follows it.

        :param reason: why; asked for in a dialog when missing
        """
        self._check_post("sign")
        self.check_access("read")
        if not reason:
            return self._act_wizard("reverse_signature")
        self._reopen_signature(reason)
        return True

    def _reopen_signature(self, reason):
        """Undo the signature of the signed records, e.g. after a bounced payment.

        The hand-over is blocked again by G-P4 until the cashier signs anew.

        :param reason: text for the reversal line and the history
        """
        signed = self.filtered("cashier_signed")
        if not signed:
            return
        signed._append_signatures("reversal", reason)
        for underwriting in signed:
            underwriting._sudo_log(
                self.env._(
                    "The cashier's signature is reopened: %(reason)s", reason=reason
                )
            )

    def _append_signatures(self, kind, reason=False):
        """Add one line per record to the append-only register of signatures."""
        now = fields.Datetime.now()
        return self.env["dealer.cashier.signature"]._sudo_append(
            [
                {
                    "underwriting_id": underwriting.id,
                    "kind": kind,
                    "user_id": self.env.uid,
                    "signer_name": self.env.user.name,
                    "signed_at": now,
                    "amount": underwriting.amount_due,
                    "reason": reason,
                }
                for underwriting in self
            ]
        )

    def _sudo_log(self, text):
        """Note in the history also when the user may only read the record."""
        self.sudo()._message_log(body=text)

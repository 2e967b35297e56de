from collections import Counter

from odoo import api, models
from odoo.fields import Domain

from odoo.addons.dealer_insurance.tools.import_columns import in_both_languages
from odoo.addons.dealer_insurance.tools.import_facts import day

from ..tools.tracker_checks import (
    TrackerRules,
    check_tracker,
    last_day,
    title_day,
    voted_day,
)
from ..tools.tracker_columns import tracker_columns


class ClaimTrackerImportKind(models.AbstractModel):
    """Claim tracker of a store (理赔电子动态表, S99): one line per case."""

    _name = "dealer.import.kind.claim_tracker"
    _inherit = ["dealer.import.kind", "dealer.import.loader"]
    _description = "Import of the Claim Tracker"
    _kind_label = "Claim tracker"
    _kind_sequence = 60
    _kind_groups = (
        "dealer_base.group_claim_submitter",
        "dealer_base.group_claim_leader",
        "dealer_base.group_insurance_manager",
        "dealer_base.group_dealer_admin",
    )

    @api.model
    def _kind_name(self):
        return self.env._("Claim tracker")

    @api.model
    def _import_fields(self):
        return in_both_languages(tracker_columns, self.env._)

    @api.model
    def _key_fields(self):
        return ["report_no", "case_no", "vin"]

    @api.model
    def _natural_key(self, values):
        """The store's case number, else the insurer's report number with the car."""
        if values.get("case_no"):
            return values["case_no"]
        if not values.get("vin"):
            return ""
        number = values.get("report_no") or day(values.get("accident_date")) or ""
        return f"{values.get('insurer') or ''}|{number}|{values['vin']}"

    @api.model
    def _prepare_rows(self, run, rows):
        """The insurer of each line under its one name."""
        Partner = self.env["res.partner"]
        index = Partner._insurer_index()
        lines = [row for row in rows if row.kind == "data" and row.get("insurer")]
        spellings = Counter(row.get("insurer") for row in lines)
        insurer_of = {text: Partner._find_insurer(text, index) for text in spellings}
        usual = {}
        for text, _count in spellings.most_common():
            usual.setdefault(insurer_of[text], text)
        for row in lines:
            text = row.get("insurer")
            insurer = insurer_of[text]
            if not insurer:
                row.add("unknown_insurer", "insurer", value=text)
                continue
            # The wording a file uses throughout is its name for the insurer.
            if text not in (insurer.name, usual[insurer]):
                row.add(
                    "insurer_alias", "insurer", suggestion=insurer.name
                ).applied = True
            row.values["insurer"] = insurer.name

    # -- checks -----------------------------------------------------------------

    @api.model
    def _check_rows(self, run, rows):
        lines = [row for row in rows if row.kind == "data" and not row.dropped]
        due_days = self._due_days_lookup(run)
        rules = TrackerRules(due_days, self._as_of(run, lines, due_days))
        self._report_issues(check_tracker(lines, rules), lines)

    @api.model
    def _as_of(self, run, lines, due_days):
        """Day on which the tracker was written.

        What the user says, else what the title says, else what the overdue days of its
        unpaid cases agree on, else the last day on which something happened in it.
        """
        if run.as_of_date:
            return run.as_of_date
        sheets = {id(row.sheet): row.sheet for row in lines}
        texts = [text for sheet in sheets.values() for text in sheet.texts]
        found = title_day(texts) or voted_day(lines, due_days) or last_day(lines)
        today = run.company_id._dealer_today()
        return min(found or today, today)

    @api.model
    def _due_days_lookup(self, run):
        """Function row to the days in which its insurer pays, by the agreement."""
        company = run.company_id
        default = company.dealer_insurer_due_days
        # sudo: the terms of payment of the agreements, not their fees
        agreements_sudo = (
            self.env["dealer.agreement"]
            .sudo()
            .search(
                Domain("company_id", "=", company.id) & Domain("state", "!=", "draft"),
                order="date_from desc, id desc",
            )
        )
        by_insurer = {}
        for agreement in agreements_sudo:
            by_insurer.setdefault(agreement.insurer_id.name, []).append(
                (agreement.date_from, agreement.date_to, agreement.settlement_days)
            )

        def due_days(row):
            submitted = day(row.get("submit_date"))
            for first, last, days in by_insurer.get(row.get("insurer"), ()):
                if submitted and first <= submitted and (not last or submitted <= last):
                    return days
            return default

        return due_days

    # -- load -------------------------------------------------------------------

    @api.model
    def _load_rows(self, run, rows):
        return self.env["dealer.import.loader.claim_tracker"]._load(
            run, rows, self._due_days_lookup(run)
        )

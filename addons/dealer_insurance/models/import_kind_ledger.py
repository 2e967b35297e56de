from collections import Counter, defaultdict
from datetime import datetime, time

from odoo import api, fields, models

from odoo.addons.dealer_base.tools import identity

from ..const import NEV_ENERGIES
from ..tools.import_columns import in_both_languages
from ..tools.import_columns_ledger import ledger_columns
from ..tools.import_facts import (
    EnergyTeacher,
    Issue,
    amount,
    day,
    energy_of,
    energy_samples,
)
from ..tools.import_words import NON_OPERATING
from ..tools.ledger_checks import (
    FOLLOWING,
    POLICY_FIELDS,
    LedgerRules,
    check_contents,
    check_ledger,
    latest_event,
    split_ledger_number,
)
from ..tools.ledger_lines import join_lines
from ..tools.ledger_totals import check_totals
from ..tools.rating import in_class, in_force
from .concession import DealFacts

#: Policy number and premium columns that an endorsement line may follow.
FOLLOWED = (
    ("ctpl_no", "ctpl_premium"),
    ("comm_no", "comm_premium"),
    ("other_no", "other_premium"),
)
PREMIUM_OF = {
    "ctpl": "ctpl_premium",
    "commercial": "comm_premium",
    "other": "other_premium",
}


class DealerImport(models.Model):
    _inherit = "dealer.import"

    as_of_date = fields.Date(
        string="Judged As Of",
        help="Day on which overdue remittance of an imported ledger is judged. Empty: "
        "the latest day found in the file, today at the latest.",
    )


class LedgerImportKind(models.AbstractModel):
    """Underwriting ledger of a store (承保台账): one sheet per insurer, or one sheet
    with a column for the insurer."""

    _name = "dealer.import.kind.ledger"
    _inherit = ["dealer.import.kind", "dealer.import.loader"]
    _description = "Import of the Underwriting Ledger"
    _kind_label = "Underwriting ledger"
    _kind_sequence = 20
    _kind_groups = (
        "dealer_base.group_policy_clerk",
        "dealer_base.group_insurance_manager",
        "dealer_base.group_dealer_admin",
    )

    @api.model
    def _kind_name(self):
        return self.env._("Underwriting ledger")

    @api.model
    def _import_fields(self):
        return in_both_languages(ledger_columns, self.env._)

    @api.model
    def _key_fields(self):
        return ["ledger_no", "vin"]

    @api.model
    def _natural_key(self, values):
        """Insurer, year and ledger number: numbers start anew every year."""
        number = values.get("ledger_no")
        if not number:
            return self._key_without_number(values)
        year, _seq = split_ledger_number(number, day(values.get("issued_at")))
        return f"{values.get('insurer') or ''}|{year or ''}|{number}"

    @api.model
    def _key_without_number(self, values):
        """Identity of a line of a ledger without numbers: its policies, else the car
        and the day of issue."""
        numbers = [values.get(field) or "" for field in POLICY_FIELDS]
        issued = day(values.get("issued_at"))
        if not any(numbers) and not (values.get("vin") and issued):
            return ""
        if any(numbers):
            numbers += [values.get("endorsement_no") or ""]
        else:
            numbers = [values.get("vin"), str(issued)]
        entry = values.get("status") if values.get("status") in FOLLOWING else ""
        return "|".join([values.get("insurer") or "", entry or "", *numbers])

    # -- what stands around the lines -------------------------------------------

    @api.model
    def _prepare_rows(self, run, rows):
        """The insurer of each line, from its column, the sheet's name or its title."""
        Partner = self.env["res.partner"]
        index = Partner._insurer_index()
        lines = [row for row in rows if row.kind == "data"]
        spellings = Counter(row.get("insurer") for row in lines if row.get("insurer"))
        insurer_of = {text: Partner._find_insurer(text, index) for text in spellings}
        usual = {}
        for text, _count in spellings.most_common():
            usual.setdefault(insurer_of[text], text)
        by_sheet = {}
        for row in lines:
            text = row.get("insurer")
            if text:
                insurer = insurer_of[text]
                # The wording a file uses throughout is its name for the insurer.
                if insurer and text not in (insurer.name, usual[insurer]):
                    finding = row.add(
                        "insurer_alias", "insurer", suggestion=insurer.name
                    )
                    finding.applied = True
            else:
                key = id(row.sheet)
                if key not in by_sheet:
                    by_sheet[key] = self._insurer_of_sheet(run, row.sheet, index)
                insurer = by_sheet[key]
            if insurer:
                row.values["insurer"] = insurer.name
            else:
                row.add("unknown_insurer", "insurer", value=text or row.sheet.name)
        for row in lines:
            if row.get("use_nature") == NON_OPERATING:
                self._settle_use_nature(row)
        self._join_lines(lines)

    @api.model
    def _settle_use_nature(self, row):
        """A car that earns no fares is private or a company's; its holder tells."""
        kind = row.get("id_type")
        if not kind and row.get("id_no"):
            check = identity.check_identity_or_uscc(row.get("id_no"))
            kind = check.clean and check.kind
        if not kind or kind == "other":
            row.values["use_nature"] = None
            row.add("unknown_choice", "use_nature", known="家庭自用, 企业非营业")
        elif kind in ("company", "uscc", "org_code"):
            row.values["use_nature"] = "business_own"
        else:
            row.values["use_nature"] = "private"

    @api.model
    def _join_lines(self, lines):
        """A ledger may have one line for each policy, or one pair of cover dates."""
        labels = {item.key: item.label for item in self._import_fields()}
        for row, key, leader in join_lines(lines):
            row.add(
                "joined_line_differs",
                key,
                first=leader.row_no,
                field=str(labels[key]),
                other=leader.get(key),
            )

    @api.model
    def _insurer_of_sheet(self, run, sheet, index):
        """The insurer that the name of the sheet, its title or the file tells."""
        Partner = self.env["res.partner"]
        for text in [sheet.name, *sheet.texts, run.file_name]:
            insurer = Partner._find_insurer(text, index)
            if insurer:
                return insurer
        return Partner

    # -- checks -----------------------------------------------------------------

    @api.model
    def _check_rows(self, run, rows):
        lines = [row for row in rows if row.kind == "data" and not row.dropped]
        issues = check_ledger(lines, self._ledger_rules(run, lines))
        by_sheet = defaultdict(list)
        for row in rows:
            by_sheet[id(row.sheet)].append(row)
        sums = {}
        for sheet_rows in by_sheet.values():
            issues += check_totals(sheet_rows, earlier=sums)
        issues += self._check_origins(run, lines)
        issues += check_contents(lines)
        for issue in issues:
            if "ledger_no" in issue.facts:
                issue.facts["reason"] = self.env._(
                    "This policy number already stands on ledger line %(number)s.",
                    number=issue.facts["ledger_no"],
                )
        self._report_issues(issues, lines)
        self._report_assumptions(lines)
        for row in lines:
            row.settle_places()

    @api.model
    def _report_assumptions(self, lines):
        """Say once for each sheet what is taken for granted without a column for it."""
        Underwriting = self.env["dealer.underwriting"]

        def label(field, value):
            selection = Underwriting._fields[field]._description_selection(self.env)
            return dict(selection)[value]

        assumed = (
            (("business_type",), label("business_type", "first_time")),
            (("channel",), label("channel", "collected")),
            (("amount_received", "balance"), self.env._("paid in full")),
        )
        labels = {item.key: str(item.label) for item in self._import_fields()}
        first_lines = {}
        for row in lines:
            first_lines.setdefault(id(row.sheet), row)
        for row in first_lines.values():
            for keys, value in assumed:
                if not any(key in row.sheet.columns for key in keys):
                    row.add("assumed_value", None, field=labels[keys[0]], assumed=value)

    @api.model
    def _ledger_rules(self, run, lines):
        """The data the pure checks need, read once for the whole file."""
        agreements = self._agreements_by_insurer(run)
        vehicles = self._known_energies(run, lines)
        teacher = EnergyTeacher([*energy_samples(lines), *vehicles])
        as_of = run.as_of_date or min(
            filter(None, (latest_event(lines), fields.Date.context_today(run)))
        )
        default_days = run.company_id.dealer_remit_days

        def remit_days(row):
            agreement = self._agreement_on(
                agreements, row.get("insurer"), day(row.get("cashier_date"))
            )
            return agreement.remit_days if agreement else default_days

        return LedgerRules(
            base_premium=self._base_premium_lookup(lines),
            float_factors=self._float_factor_lookup(run.company_id),
            concession_limit=self._concession_limit_lookup(run, teacher),
            cash_keywords=tuple(self.env["dealer.concession.type"]._cash_keywords()),
            remit_days=remit_days,
            is_working_day=self._working_day_lookup(run.company_id, lines, as_of),
            as_of=as_of,
            vehicles=vehicles,
            known_policies=self._known_policies(run, lines),
        )

    def _base_premium_lookup(self, lines):
        """Function (row, day) to the CTPL base premium of the table in force."""
        natures = {row.get("use_nature") for row in lines} - {None}
        by_nature = (
            self.env["dealer.ctpl.rate"]
            .search([("use_nature", "in", list(natures))])
            .grouped("use_nature")
        )
        cache = {}

        def base_premium(row, on):
            key = (row.get("use_nature"), row.get("seats"), on)
            if key not in cache:
                nature, seats, _on = key
                cache[key] = next(
                    (
                        rate._amount_or_none()
                        for rate in by_nature.get(nature, ())
                        if in_force(rate, on) and in_class(rate, seats, 0, 0)
                    ),
                    None,
                )
            return cache[key]

        return base_premium

    def _float_factor_lookup(self, company):
        """Function day to the legal float factors of the store's scheme."""
        scheme = company.dealer_float_scheme_id
        if not scheme:
            return None
        cache = {}

        def float_factors(on):
            if on not in cache:
                cache[on] = {
                    value.normalize() for value in scheme._factors(on).values()
                }
            return cache[on]

        return float_factors

    def _concession_limit_lookup(self, run, teacher):
        """Function row to the highest concession that the store's rules allow.

        Rules of one post are left out: nobody knows who granted what years ago.
        """
        company = run.company_id
        rules = self.env["dealer.concession.rule"]._sudo_find_all(company)
        if not rules:
            return None
        index = self.env["res.partner"]._insurer_index()
        insurers = {partner.name: partner for partner in index.values()}
        nobody = self.env["res.partner"]
        today = fields.Date.context_today(run)
        fitting = {}

        def concession_limit(row):
            facts = DealFacts(
                company=company,
                insurer=insurers.get(row.get("insurer"), nobody),
                business_type=row.get("business_type"),
                energy="nev" if energy_of(row, teacher) in NEV_ENERGIES else "fuel",
                date=day(row.get("issued_at")) or today,
                premiums={},
            )
            key = facts[1:5]
            if key not in fitting:
                fitting[key] = rules._fitting(facts, ())
            return sum(
                rule._limit(
                    max(float(amount(row, PREMIUM_OF[product])), 0.0),
                    company.currency_id,
                )
                for product, rule in fitting[key].items()
            )

        return concession_limit

    def _working_day_lookup(self, company, lines, as_of):
        """Function day to True on working days of the store, holidays left out."""
        calendar = company._dealer_working_calendar()
        signed = [
            day(row.get("cashier_date")) for row in lines if row.get("cashier_date")
        ]
        if not calendar or not signed:
            return lambda on: on.weekday() < 5
        zone = company._dealer_timezone()
        start = datetime.combine(min(signed), time()).replace(tzinfo=zone)
        stop = datetime.combine(max(as_of, min(signed)), time.max).replace(tzinfo=zone)
        intervals = calendar._work_intervals_batch(start, stop)[False]
        days = {begin.astimezone(zone).date() for begin, _end, _meta in intervals}
        return days.__contains__

    @api.model
    def _agreements_by_insurer(self, run):
        """Agreements that are or were in force: dict insurer name -> agreements."""
        agreements = self.env["dealer.agreement"].search(
            [("company_id", "=", run.company_id.id), ("state", "!=", "draft")],
            order="date_from desc, id desc",
        )
        return agreements.grouped(lambda agreement: agreement.insurer_id.name)

    @api.model
    def _agreement_on(self, agreements, insurer, on):
        """Agreement of an insurer that ruled on a day, empty when there was none."""
        nothing = self.env["dealer.agreement"]
        return next(
            (
                agreement
                for agreement in agreements.get(insurer, nothing)
                if on and in_force(agreement, on)
            ),
            nothing,
        )

    @api.model
    def _known_policies(self, run, lines):
        """(insurer name, policy number) -> name of the line that is in the system."""
        numbers = {row.get(field) for row in lines for field in POLICY_FIELDS} - {None}
        policies = self.env["dealer.policy"].search_fetch(
            [
                ("company_id", "=", run.company_id.id),
                ("policy_no", "in", list(numbers)),
            ],
            ["policy_no", "insurer_id", "underwriting_id"],
        )
        return {
            (policy.insurer_id.name, policy.policy_no): (
                policy.underwriting_id.ledger_no or policy.underwriting_id.name
            )
            for policy in policies
        }

    @api.model
    def _check_origins(self, run, lines):
        """Endorsement and cancellation lines whose policy nobody knows."""
        issued = {
            (row.get("insurer"), row.get(field))
            for row in lines
            if row.get("status") not in FOLLOWING
            for field in POLICY_FIELDS
        }
        known = self._known_policies(
            run, [row for row in lines if row.get("status") in FOLLOWING]
        )
        for row in lines:
            if row.get("status") not in FOLLOWING:
                continue
            for field, premium in FOLLOWED:
                key = (row.get("insurer"), row.get(field))
                if (
                    row.get(premium)
                    and not row.doubtful(field)
                    and key not in issued
                    and key not in known
                ):
                    yield Issue(row, "origin_unknown", field, {})

"""The columns of the underwriting ledger, once for screen, paper and spreadsheet.

The paper form (domain.md §3.1) is what the stores know by heart: the order, the
wording and the two-level header below are theirs. The list view keeps this order,
the print stacks a choice of the columns in two lines, the spreadsheet carries all of
them and can be read back by the ledger import.
"""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, NamedTuple

from babel.dates import format_skeleton

from odoo import fields
from odoo.tools import babel_locale_parse, format_date
from odoo.tools.translate import LazyTranslate

from ..models.underwriting_money import INSURER_KINDS

_lt = LazyTranslate(__name__)

PII_GROUP = "dealer_base.group_dealer_pii"

CTPL = _lt("Compulsory")
COMMERCIAL = _lt("Commercial")
ACCIDENT = _lt("Accident")

# What the form writes in its status column.
STATUS_LABELS = {
    "normal": _lt("Normal"),
    "void": _lt("Void"),
    "refunded": _lt("Cancelled Later"),
    "refund": _lt("Cancellation"),
    "endorsement": _lt("Endorsement"),
}


class LedgerColumn(NamedTuple):
    """One column of the paper form.

    :param key: name of the column, the same as in the ledger import
    :param label: wording of the (lower) header
    :param source: dotted path from the underwriting, or a function of it
    :param kind: text, integer, number, amount, factor, rate, date, datetime, end
        (datetime with seconds); amounts are in the currency of the store
    :param block: part of the form the column belongs to
    :param group: upper header when the form has two levels here
    :param width: characters in the spreadsheet
    :param total: the monthly lines add the column up
    :param reads: dotted paths that the source function reads
    """

    key: str
    label: Any
    source: str | Callable
    kind: str = "text"
    block: str = "identity"
    group: Any = None
    width: int = 12
    total: bool = False
    reads: tuple = ()

    @property
    def paths(self):
        """Dotted paths of everything the column reads."""
        if callable(self.source):
            return self.reads
        return (self.source,)

    def readable(self, model):
        """Whether the user may read every field behind the column."""
        return all(_path_readable(model, path) for path in self.paths)

    def value(self, record):
        """Raw value of the column for one underwriting, None when empty."""
        if callable(self.source):
            value = self.source(record)
        else:
            value = record
            for name in self.source.split("."):
                field = value._fields[name]
                value = value[name]
            if field.type == "selection" and value:
                value = selection_label(record.env, field, value)
            elif field.relational:
                value = ", ".join(value.mapped("display_name"))
        if value is False or value == "":
            return None
        return value


def _path_readable(model, path):
    for name in path.split("."):
        field = model._fields[name]
        if not model._has_field_access(field, "read"):
            return False
        if field.relational:
            model = model.env[field.comodel_name]
    return True


def selection_label(env, field, value):
    """Wording of a selection value in the language of the user."""
    return dict(field._description_selection(env)).get(value, value)


def own_choices(env, column):
    """Wordings that the form writes in a column of choices: wording -> value."""
    if column.key == "status":
        return {env._(label): code for code, label in STATUS_LABELS.items()}
    model = env["dealer.underwriting"]
    for name in column.source.split("."):
        field = model._fields[name]
        model = env[field.comodel_name] if field.relational else model
    return {label: value for value, label in field._description_selection(env)}


# Sources that are more than a path -------------------------------------------


def _identity(record):
    """Identity number of the applicant, masked for posts that need not see it (R13)."""
    applicant = record.applicant_id
    if record.env.user.has_group(PII_GROUP):
        return applicant.id_number
    return applicant.id_number_masked


def _model_text(record):
    vehicle = record.vehicle_id
    return vehicle.model_text or vehicle.model_id.display_name


def _concession_text(record):
    return "+".join(record.concession_ids.mapped("name"))


def _concession_amount(record):
    return sum(record.concession_ids.mapped("amount")) or None


def _ctpl_part(name):
    """Fact of the compulsory policy; empty, not zero, when there is no policy."""
    return lambda record: record.ctpl_policy_id[name] if record.ctpl_policy_id else None


def _commercial_part(name):
    return lambda record: (
        record.commercial_policy_id[name] if record.commercial_policy_id else None
    )


def _premium(name, product):
    """Premium of a product; empty when the entry has nothing of it."""

    def premium(record):
        amount = record[name]
        if amount or record[f"{product}_policy_id"]:
            return amount
        return None

    return premium


def _custody(record):
    return record.env._("Yes") if record.custody_id else None


def ledger_status(record):
    """Status code as the paper form knows it; a key of ``STATUS_LABELS``."""
    if record.state == "void":
        return "void"
    if record.entry_type == "cancellation":
        return "refund"
    if record.entry_type == "endorsement":
        return "endorsement"
    if any(policy.state == "cancelled" for policy in record.policy_ids):
        return "refunded"
    return "normal"


def _status(record):
    return record.env._(STATUS_LABELS[ledger_status(record)])


def _endorsement_no(record):
    return ", ".join(filter(None, record.endorsement_ids.mapped("name")))


def _note(record):
    """Remark of the line; a void line says why it is void, each thing once."""
    words = [record.note]
    if record.voided_at:
        words += [record.void_note]
        if not any(words):
            words = [record.void_reason_id.name]
    return " ".join(dict.fromkeys(filter(None, words)))


_POLICY_READS = ("ctpl_policy_id", "commercial_policy_id", "other_policy_id")

LEDGER_COLUMNS = (
    # identity
    LedgerColumn("seq", _lt("Running No."), lambda record: None, "integer", width=7),
    LedgerColumn("ledger_no", _lt("Ledger No."), "ledger_no", width=14),
    LedgerColumn("issued_at", _lt("Issued At"), "issued_at", "datetime", width=17),
    LedgerColumn("business_type", _lt("Business Type"), "business_type"),
    LedgerColumn(
        "customer_source", _lt("Customer Source"), "customer_source", width=13
    ),
    # people
    LedgerColumn(
        "consultant", _lt("Sales Consultant"), "consultant_id.name", block="people"
    ),
    LedgerColumn(
        "principal", _lt("Renewal Specialist"), "principal_id.name", block="people"
    ),
    LedgerColumn("writer", _lt("Issuing Clerk"), "writer_id.name", block="people"),
    LedgerColumn(
        "applicant", _lt("Applicant"), "applicant_id.name", block="people", width=17
    ),
    LedgerColumn(
        "insured", _lt("Insured"), "insured_id.name", block="people", width=17
    ),
    LedgerColumn("owner", _lt("Owner"), "owner_id.name", block="people", width=17),
    LedgerColumn(
        "id_type", _lt("Identity Document"), "applicant_id.id_type", block="people"
    ),
    LedgerColumn(
        "id_no",
        _lt("Identity Number"),
        _identity,
        block="people",
        width=21,
        reads=("applicant_id.id_number_masked",),
    ),
    LedgerColumn("mobile", _lt("Mobile"), "contact_phone", block="people", width=14),
    # vehicle
    LedgerColumn("vin", _lt("VIN"), "vin", block="vehicle", width=21),
    LedgerColumn("plate", _lt("Plate"), "plate", block="vehicle"),
    LedgerColumn(
        "engine_no",
        _lt("Engine No."),
        "vehicle_id.engine_no",
        block="vehicle",
        width=14,
    ),
    LedgerColumn(
        "model",
        _lt("Model"),
        _model_text,
        block="vehicle",
        width=25,
        reads=("vehicle_id.model_text", "vehicle_id.model_id.display_name"),
    ),
    LedgerColumn(
        "use_nature", _lt("Use Nature"), "vehicle_id.use_nature", block="vehicle"
    ),
    LedgerColumn(
        "energy", _lt("Energy Type"), "vehicle_id.energy_type", block="vehicle"
    ),
    LedgerColumn(
        "seats", _lt("Seats"), "vehicle_id.seats", "integer", block="vehicle", width=7
    ),
    LedgerColumn(
        "displacement",
        _lt("Displacement (L)"),
        "vehicle_id.displacement_l",
        "number",
        block="vehicle",
        width=9,
    ),
    LedgerColumn(
        "purchase_price",
        _lt("New Car Price"),
        "vehicle_id.purchase_price",
        "amount",
        block="vehicle",
        width=13,
    ),
    LedgerColumn(
        "reg_date",
        _lt("Registration Date"),
        "vehicle_id.registration_date",
        "date",
        block="vehicle",
    ),
    LedgerColumn(
        "beneficiary",
        _lt("First Beneficiary"),
        "vehicle_id.first_beneficiary_id.name",
        block="vehicle",
        width=16,
    ),
    # CTPL
    LedgerColumn(
        "ctpl_no",
        _lt("Policy No."),
        "ctpl_policy_no",
        block="ctpl",
        group=CTPL,
        width=25,
    ),
    LedgerColumn(
        "ctpl_start",
        _lt("Cover Starts"),
        "ctpl_start",
        "datetime",
        block="ctpl",
        group=CTPL,
        width=17,
    ),
    LedgerColumn(
        "ctpl_end",
        _lt("Cover Ends"),
        "ctpl_end",
        "end",
        block="ctpl",
        group=CTPL,
        width=20,
    ),
    LedgerColumn(
        "float_factor",
        _lt("Float Factor"),
        _ctpl_part("float_factor"),
        "factor",
        block="ctpl",
        group=CTPL,
        reads=("ctpl_policy_id.float_factor",),
    ),
    LedgerColumn(
        "ctpl_premium",
        _lt("Premium"),
        _premium("ctpl_premium", "ctpl"),
        "amount",
        block="ctpl",
        group=CTPL,
        total=True,
        reads=("ctpl_premium", "ctpl_policy_id"),
    ),
    LedgerColumn(
        "tax",
        _lt("Vehicle Tax"),
        _premium("vehicle_tax", "ctpl"),
        "amount",
        block="ctpl",
        group=CTPL,
        total=True,
        reads=("vehicle_tax", "ctpl_policy_id"),
    ),
    # commercial
    LedgerColumn(
        "comm_no",
        _lt("Policy No."),
        "commercial_policy_no",
        block="commercial",
        group=COMMERCIAL,
        width=25,
    ),
    LedgerColumn(
        "comm_start",
        _lt("Cover Starts"),
        "commercial_start",
        "datetime",
        block="commercial",
        group=COMMERCIAL,
        width=17,
    ),
    LedgerColumn(
        "comm_end",
        _lt("Cover Ends"),
        "commercial_end",
        "end",
        block="commercial",
        group=COMMERCIAL,
        width=20,
    ),
    LedgerColumn(
        "ncd",
        _lt("NCD Factor"),
        _commercial_part("ncd_factor"),
        "factor",
        block="commercial",
        group=COMMERCIAL,
        reads=("commercial_policy_id.ncd_factor",),
    ),
    LedgerColumn(
        "pricing",
        _lt("Pricing Factor"),
        _commercial_part("pricing_factor"),
        "factor",
        block="commercial",
        group=COMMERCIAL,
        reads=("commercial_policy_id.pricing_factor",),
    ),
    LedgerColumn(
        "standard",
        _lt("Standard Premium"),
        _commercial_part("standard_premium"),
        "amount",
        block="commercial",
        group=COMMERCIAL,
        total=True,
        reads=("commercial_policy_id.standard_premium",),
    ),
    LedgerColumn(
        "comm_premium",
        _lt("Commercial Premium"),
        _premium("commercial_premium", "commercial"),
        "amount",
        block="commercial",
        group=COMMERCIAL,
        total=True,
        reads=("commercial_premium", "commercial_policy_id"),
    ),
    LedgerColumn(
        "covers",
        _lt("Covers"),
        "cover_text",
        block="commercial",
        group=COMMERCIAL,
        width=31,
    ),
    # accident and other
    LedgerColumn(
        "other_no",
        _lt("Policy No."),
        "other_policy_no",
        block="accident",
        group=ACCIDENT,
        width=25,
    ),
    LedgerColumn(
        "other_premium",
        _lt("Premium"),
        _premium("other_premium", "other"),
        "amount",
        block="accident",
        group=ACCIDENT,
        total=True,
        reads=("other_premium", "other_policy_id"),
    ),
    # money
    LedgerColumn(
        "amount_due", _lt("Amount Due"), "amount_due", "amount", "money", total=True
    ),
    LedgerColumn(
        "concession_text",
        _lt("Concession"),
        _concession_text,
        block="money",
        width=18,
        reads=("concession_ids.name",),
    ),
    LedgerColumn(
        "concession_amt",
        _lt("Concession Amount"),
        _concession_amount,
        "amount",
        "money",
        total=True,
        reads=("concession_ids.amount",),
    ),
    LedgerColumn(
        "amount_received",
        _lt("Amount Received"),
        "amount_received",
        "amount",
        "money",
        total=True,
    ),
    LedgerColumn("balance", _lt("Balance"), "balance", "amount", "money", total=True),
    LedgerColumn("channel", _lt("Collection"), "channel", block="money", width=10),
    LedgerColumn(
        "pay_method", _lt("Payment Method"), "payment_method", block="money", width=10
    ),
    LedgerColumn("payer", _lt("Payer"), "payer_id.name", block="money", width=17),
    LedgerColumn(
        "payer_relation", _lt("Relation to Applicant"), "payer_relation", block="money"
    ),
    LedgerColumn(
        "cashier", _lt("Cashier's Signature"), "cashier_signed_name", block="money"
    ),
    LedgerColumn(
        "cashier_date", _lt("Signature Date"), "cashier_signed_at", "date", "money"
    ),
    # hand-over
    LedgerColumn(
        "deliver_date", _lt("Hand-over Date"), "delivered_at", "date", "handover"
    ),
    LedgerColumn("receiver", _lt("Receiver"), "receiver_name", block="handover"),
    LedgerColumn(
        "custody",
        _lt("Custody"),
        _custody,
        block="handover",
        width=7,
        reads=("custody_id",),
    ),
    # settlement
    # What was remitted since then is read back from the books: `_sudo_remitted_on`.
    LedgerColumn(
        "remit_date", _lt("Remittance Date"), "legacy_remitted_on", "date", "settlement"
    ),
    LedgerColumn(
        "ctpl_rate",
        _lt("CTPL Fee Rate"),
        _ctpl_part("fee_rate"),
        "rate",
        "settlement",
        reads=("ctpl_policy_id.fee_rate",),
    ),
    LedgerColumn(
        "comm_rate",
        _lt("Commercial Fee Rate"),
        _commercial_part("fee_rate"),
        "rate",
        "settlement",
        reads=("commercial_policy_id.fee_rate",),
    ),
    LedgerColumn(
        "fee_expected",
        _lt("Expected Fee"),
        "expected_fee",
        "amount",
        "settlement",
        width=18,
        total=True,
    ),
    # status
    LedgerColumn(
        "status",
        _lt("Status"),
        _status,
        block="status",
        width=10,
        reads=("state", "entry_type", "policy_ids.state"),
    ),
    LedgerColumn(
        "endorsement_no",
        _lt("Endorsement No."),
        _endorsement_no,
        block="status",
        width=25,
        reads=("endorsement_ids.name",),
    ),
    LedgerColumn(
        "note",
        _lt("Note"),
        _note,
        block="status",
        width=23,
        reads=("note", "void_note", "voided_at", "void_reason_id.name"),
    ),
)
COLUMN_BY_KEY = {column.key: column for column in LEDGER_COLUMNS}


class PrintCell(NamedTuple):
    """Two columns of the form stacked in one cell of the paper (A4 landscape).

    :param top: key of the upper line
    :param bottom: key of the lower line
    :param width: share of the page width in percent
    """

    top: str
    bottom: str
    width: float


# What a person looks up on paper; everything else stands in the spreadsheet.
PRINT_CELLS = (
    PrintCell("ledger_no", "issued_at", 7.4),
    PrintCell("business_type", "writer", 4.5),
    PrintCell("applicant", "insured", 8.0),
    PrintCell("id_no", "mobile", 9.5),
    PrintCell("vin", "plate", 9.3),
    PrintCell("ctpl_no", "comm_no", 11.5),
    PrintCell("ctpl_start", "comm_start", 7.4),
    PrintCell("ctpl_premium", "tax", 4.9),
    PrintCell("comm_premium", "other_premium", 5.1),
    PrintCell("amount_due", "amount_received", 5.3),
    PrintCell("concession_text", "concession_amt", 6.5),
    PrintCell("channel", "pay_method", 4.0),
    PrintCell("cashier", "cashier_date", 4.9),
    PrintCell("receiver", "deliver_date", 5.0),
    PrintCell("status", "note", 6.7),
)


class LedgerRow(NamedTuple):
    """One line of the ledger: raw values by column key."""

    record: Any
    values: dict
    is_void: bool
    month: date


class LedgerMonth(NamedTuple):
    """Lines issued in one month with their sums, void lines not counted."""

    month: date
    rows: list
    totals: dict
    count: int
    void_count: int


class LedgerSection(NamedTuple):
    """The ledger of one store with one insurer."""

    company: Any
    insurer: Any
    months: list
    totals: dict
    count: int
    void_count: int


def prefetch(records, columns=LEDGER_COLUMNS):
    """Read everything the columns need with one query per model, not per record."""
    tree = {}
    for column in columns:
        for path in column.paths:
            node = tree
            for name in path.split("."):
                node = node.setdefault(name, {})
    tree.update(
        {
            "company_id": {"currency_id": {}},
            "insurer_id": {"name": {}},
            "ledger_year": {},
            "ledger_seq": {},
            "amount_remitted": {},
            "amount_held": {},
        }
    )
    if records.env.user.has_group(PII_GROUP):
        tree.setdefault("applicant_id", {})["id_number"] = {}
    for name in _POLICY_READS:
        tree.setdefault(name, {})
    _prefetch_tree(records, tree)


def _prefetch_tree(records, tree):
    if not records:
        return
    records.fetch([name for name in tree if name in records._fields])
    for name, subtree in tree.items():
        if subtree:
            _prefetch_tree(records[name], subtree)


def ledger_sections(underwritings):
    """Sort underwritings into ledgers and months, as they are printed.

    :param underwritings: issued underwritings of any stores and insurers
    :return: list of `LedgerSection`, by store and insurer; amounts in the currency
        of the store, months in the time zone of the user
    """
    columns = [c for c in LEDGER_COLUMNS if c.readable(underwritings)]
    prefetch(underwritings, columns)
    ordered = underwritings.sorted(
        lambda u: (u.ledger_year, u.ledger_seq, u.issued_at or datetime.min, u.id)
    )
    remitted_on = _sudo_remitted_on(underwritings)
    ledgers = ordered.grouped(lambda u: (u.company_id, u.insurer_id))
    sections = []
    for company, insurer in sorted(
        ledgers, key=lambda key: (key[0].name or "", key[0].id, key[1].name or "")
    ):
        rows = [
            _ledger_row(record, seq, columns, remitted_on)
            for seq, record in enumerate(ledgers[company, insurer], start=1)
        ]
        sections.append(_ledger_section(company, insurer, rows))
    return sections


def _sudo_remitted_on(underwritings):
    """Day on which the premium of each fully remitted underwriting was paid on.

    The ledger says when, to everybody who may read the ledger; the entries behind it
    stay with the accountants.

    :return: dict of underwriting id to date
    """
    underwritings.check_access("read")
    remitted = underwritings.filtered(
        lambda u: u.amount_remitted and u.currency_id.is_zero(u.amount_held)
    )
    if not remitted:
        return {}
    # sudo: clerks have no right on journal items; only the day leaves this function
    partials = (
        remitted.env["account.partial.reconcile"]
        .sudo()
        .search_fetch(
            [
                ("credit_move_id.dealer_underwriting_id", "in", remitted.ids),
                ("credit_move_id.dealer_money_kind", "in", list(INSURER_KINDS)),
                ("debit_move_id.dealer_money_kind", "=", False),
            ],
            ["credit_move_id", "max_date"],
        )
    )
    partials.credit_move_id.fetch(["dealer_underwriting_id"])
    days = {}
    for partial in partials:
        row_id = partial.credit_move_id.dealer_underwriting_id.id
        days[row_id] = max(days.get(row_id, partial.max_date), partial.max_date)
    return days


def _ledger_row(record, seq, columns, remitted_on):
    values = {column.key: column.value(record) for column in columns}
    values["seq"] = seq
    values["remit_date"] = values.get("remit_date") or remitted_on.get(record.id)
    for column in columns:
        value = values[column.key]
        if isinstance(value, datetime):
            local = fields.Datetime.context_timestamp(record, value)
            values[column.key] = local.replace(tzinfo=None)
            if column.kind == "date":
                values[column.key] = local.date()
    issued = values.get("issued_at")
    month = issued.date().replace(day=1) if issued else None
    return LedgerRow(record, values, record.state == "void", month)


def _ledger_section(company, insurer, rows):
    months = {}
    for row in rows:
        months.setdefault(row.month, []).append(row)
    return LedgerSection(
        company,
        insurer,
        [
            LedgerMonth(month, month_rows, *_sums(company, month_rows))
            for month, month_rows in months.items()
        ],
        *_sums(company, rows),
    )


def _sums(company, rows):
    """Sums of the valid lines by column key, their number, number of void lines."""
    valid = [row.values for row in rows if not row.is_void]
    totals = {
        column.key: company.currency_id.round(
            sum(values.get(column.key) or 0.0 for values in valid)
        )
        for column in LEDGER_COLUMNS
        if column.total and any(column.key in row.values for row in rows)
    }
    return totals, len(valid), len(rows) - len(valid)


# Wording ---------------------------------------------------------------------


def month_text(env, month):
    """Month as people write it, e.g. "2026年1月"."""
    if not month:
        return env._("Without Date")
    return format_skeleton("yMMMM", month, locale=babel_locale_parse(env.lang))


def period_text(env, date_from, date_to):
    """Period of a title: whole months by name, anything else by days."""
    following = fields.Date.add(date_to, days=1)
    if date_from.day == 1 and following.day == 1:
        first, last = month_text(env, date_from), month_text(env, date_to)
    else:
        first = format_date(env, date_from, date_format="long")
        last = format_date(env, date_to, date_format="long")
    if first == last:
        return first
    return env._("%(first)s – %(last)s", first=first, last=last)


def section_title(env, section, date_from=None, date_to=None):
    """Title of a ledger; without dates the months of its lines are named."""
    if not (date_from and date_to):
        known = [month.month for month in section.months if month.month]
        if not known:
            return env._(
                "%(insurer)s Underwriting Ledger", insurer=section.insurer.name
            )
        date_from = min(known)
        date_to = fields.Date.end_of(max(known), "month")
    return env._(
        "%(insurer)s Underwriting Ledger (%(period)s)",
        insurer=section.insurer.name,
        period=period_text(env, date_from, date_to),
    )


def store_text(env, company):
    """Line below the title: whose ledger it is."""
    return env._("Store: %(store)s", store=company.name)


def unit_text(env, company):
    """Line below the title: what the amounts are and what the totals leave out."""
    currency = company.currency_id
    return env._(
        "Amounts in %(currency)s, void entries not counted in totals",
        currency=currency.currency_unit_label or currency.name,
    )


def cell_text(env, column, value, currency):
    """Value of a column as the paper shows it.

    Days are written as on the paper form (2026-01-31), in every language: the cells
    are narrow and the lines are compared with the old ledgers.
    """
    if value is None:
        return ""
    if column.kind == "amount":
        return env["ir.qweb.field.float"].value_to_html(
            value, {"precision": currency.decimal_places}
        )
    if column.kind in ("datetime", "end"):
        return value.strftime("%Y-%m-%d %H:%M")
    if column.kind == "date":
        return value.strftime("%Y-%m-%d")
    if column.kind == "rate":
        return f"{value * 100:.4g}%"
    if column.kind in ("factor", "number"):
        return f"{value:.4g}"
    return str(value)

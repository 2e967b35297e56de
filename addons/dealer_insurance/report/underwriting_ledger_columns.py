"""The columns of the underwriting ledger, once for screen, paper and spreadsheet.

The paper form (domain.md §3.1) is what the stores know by heart: the order, the
wording and the two-level header below are theirs. The list view keeps this order,
the print stacks a choice of the columns in two lines, the spreadsheet carries all of
them and can be read back by the ledger import.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from odoo.tools.translate import LazyTranslate

from . import underwriting_ledger_sources as sources

_lt = LazyTranslate(__name__)

CTPL = _lt("Compulsory")
COMMERCIAL = _lt("Commercial")
ACCIDENT = _lt("Accident")


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
        return {
            sources.wording(env, label): code
            for code, label in sources.STATUS_LABELS.items()
        }
    model = env["dealer.underwriting"]
    for name in column.source.split("."):
        field = model._fields[name]
        model = env[field.comodel_name] if field.relational else model
    return {label: value for value, label in field._description_selection(env)}


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
        sources.identity,
        block="people",
        width=21,
        reads=("applicant_id.id_number_masked",),
    ),
    LedgerColumn(
        "mobile", _lt("Contact Phone"), "contact_phone", block="people", width=14
    ),
    # vehicle
    LedgerColumn("vin", _lt("Frame No. (VIN)"), "vin", block="vehicle", width=21),
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
        sources.model_text,
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
        "seats",
        _lt("Seat Count"),
        "vehicle_id.seats",
        "integer",
        block="vehicle",
        width=7,
    ),
    LedgerColumn(
        "displacement",
        _lt("Engine Size (L)"),
        "vehicle_id.displacement_l",
        "number",
        block="vehicle",
        width=9,
    ),
    LedgerColumn(
        "purchase_price",
        _lt("Price of the New Car"),
        "vehicle_id.purchase_price",
        "amount",
        block="vehicle",
        width=13,
    ),
    LedgerColumn(
        "reg_date",
        _lt("First Registration"),
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
        sources.repeated("ctpl", "policy_no"),
        block="ctpl",
        group=CTPL,
        width=25,
        reads=sources.reads_of("ctpl", "policy_no"),
    ),
    LedgerColumn(
        "ctpl_start",
        _lt("Cover Starts"),
        sources.repeated("ctpl", "date_start"),
        "datetime",
        block="ctpl",
        group=CTPL,
        width=17,
        reads=sources.reads_of("ctpl", "date_start"),
    ),
    LedgerColumn(
        "ctpl_end",
        _lt("Cover Ends"),
        sources.repeated("ctpl", "date_end"),
        "end",
        block="ctpl",
        group=CTPL,
        width=20,
        reads=sources.reads_of("ctpl", "date_end"),
    ),
    LedgerColumn(
        "float_factor",
        _lt("Float Factor"),
        sources.own("ctpl", "float_factor"),
        "factor",
        block="ctpl",
        group=CTPL,
        reads=("ctpl_policy_id.float_factor",),
    ),
    LedgerColumn(
        "ctpl_premium",
        _lt("Premium"),
        sources.premium("ctpl_premium", "ctpl"),
        "amount",
        block="ctpl",
        group=CTPL,
        total=True,
        reads=("ctpl_premium", "ctpl_policy_id"),
    ),
    LedgerColumn(
        "tax",
        _lt("Vehicle Tax"),
        sources.premium("vehicle_tax", "ctpl"),
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
        sources.repeated("commercial", "policy_no"),
        block="commercial",
        group=COMMERCIAL,
        width=25,
        reads=sources.reads_of("commercial", "policy_no"),
    ),
    LedgerColumn(
        "comm_start",
        _lt("Cover Starts"),
        sources.repeated("commercial", "date_start"),
        "datetime",
        block="commercial",
        group=COMMERCIAL,
        width=17,
        reads=sources.reads_of("commercial", "date_start"),
    ),
    LedgerColumn(
        "comm_end",
        _lt("Cover Ends"),
        sources.repeated("commercial", "date_end"),
        "end",
        block="commercial",
        group=COMMERCIAL,
        width=20,
        reads=sources.reads_of("commercial", "date_end"),
    ),
    LedgerColumn(
        "ncd",
        _lt("NCD Factor"),
        sources.own("commercial", "ncd_factor"),
        "factor",
        block="commercial",
        group=COMMERCIAL,
        reads=("commercial_policy_id.ncd_factor",),
    ),
    LedgerColumn(
        "pricing",
        _lt("Pricing Factor"),
        sources.own("commercial", "pricing_factor"),
        "factor",
        block="commercial",
        group=COMMERCIAL,
        reads=("commercial_policy_id.pricing_factor",),
    ),
    LedgerColumn(
        "standard",
        _lt("Standard Premium"),
        sources.own("commercial", "standard_premium"),
        "amount",
        block="commercial",
        group=COMMERCIAL,
        total=True,
        reads=("commercial_policy_id.standard_premium",),
    ),
    LedgerColumn(
        "comm_premium",
        _lt("Premium after Discount"),
        sources.premium("commercial_premium", "commercial"),
        "amount",
        block="commercial",
        group=COMMERCIAL,
        total=True,
        reads=("commercial_premium", "commercial_policy_id"),
    ),
    LedgerColumn(
        "covers",
        _lt("Cover Combination"),
        sources.repeated("commercial", "cover_text"),
        block="commercial",
        group=COMMERCIAL,
        width=31,
        reads=sources.reads_of("commercial", "cover_text"),
    ),
    # accident and other
    LedgerColumn(
        "other_no",
        _lt("Policy No."),
        sources.repeated("other", "policy_no"),
        block="accident",
        group=ACCIDENT,
        width=25,
        reads=sources.reads_of("other", "policy_no"),
    ),
    LedgerColumn(
        "other_premium",
        _lt("Premium"),
        sources.premium("other_premium", "other"),
        "amount",
        block="accident",
        group=ACCIDENT,
        total=True,
        reads=("other_premium", "other_policy_id"),
    ),
    # money
    LedgerColumn(
        "amount_due", _lt("Total Due"), "amount_due", "amount", "money", total=True
    ),
    LedgerColumn(
        "concession_text",
        _lt("Concession in Words"),
        sources.concession_text,
        block="money",
        width=18,
        reads=("concession_ids.name",),
    ),
    LedgerColumn(
        "concession_amt",
        _lt("Concession Amount"),
        sources.concession_amount,
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
        sources.custody,
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
        _lt("Fee Rate Compulsory"),
        sources.repeated("ctpl", "fee_rate"),
        "rate",
        "settlement",
        reads=sources.reads_of("ctpl", "fee_rate"),
    ),
    LedgerColumn(
        "comm_rate",
        _lt("Fee Rate Commercial"),
        sources.repeated("commercial", "fee_rate"),
        "rate",
        "settlement",
        reads=sources.reads_of("commercial", "fee_rate"),
    ),
    LedgerColumn(
        "fee_expected",
        _lt("Fee Due (without VAT)"),
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
        sources.status,
        block="status",
        width=10,
        reads=("state", "entry_type", "policy_ids.state"),
    ),
    LedgerColumn(
        "endorsement_no",
        _lt("Endorsement No."),
        sources.endorsement_no,
        block="status",
        width=25,
        reads=("endorsement_ids.name",),
    ),
    LedgerColumn(
        "note",
        _lt("Note"),
        sources.note,
        block="status",
        width=23,
        reads=("note", "void_note", "voided_at", "void_reason_id.name"),
    ),
)
COLUMN_BY_KEY = {column.key: column for column in LEDGER_COLUMNS}

# Fields of the list view, where they are not the first step of the column's path.
LIST_FIELDS = {
    "id_type": "applicant_id_type",
    "id_no": "applicant_id_masked",
    "engine_no": "engine_no",
    "model": "model_id",
    "use_nature": "use_nature",
    "energy": "energy_type",
    "seats": "seats",
    "purchase_price": "purchase_price",
    "reg_date": "registration_date",
    "beneficiary": "first_beneficiary_id",
    "ctpl_no": "ctpl_policy_no",
    "ctpl_start": "ctpl_start",
    "ctpl_end": "ctpl_end",
    "float_factor": "ctpl_float_factor",
    "ctpl_premium": "ctpl_premium",
    "tax": "vehicle_tax",
    "comm_no": "commercial_policy_no",
    "comm_start": "commercial_start",
    "comm_end": "commercial_end",
    "ncd": "ncd_factor",
    "pricing": "pricing_factor",
    "standard": "commercial_standard_premium",
    "comm_premium": "commercial_premium",
    "covers": "cover_text",
    "other_no": "other_policy_no",
    "other_premium": "other_premium",
    "concession_text": "concession_text",
    "concession_amt": "concession_total",
    "custody": "custody_id",
    "status": "state",
}


def list_field(column):
    """Field that stands for the column in the list view, None when there is none."""
    if column.key in LIST_FIELDS:
        return LIST_FIELDS[column.key]
    return None if callable(column.source) else column.source.split(".")[0]


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
    PrintCell("applicant", "insured", 7.7),
    PrintCell("id_no", "mobile", 9.9),
    PrintCell("vin", "plate", 9.3),
    PrintCell("ctpl_no", "comm_no", 11.2),
    PrintCell("ctpl_start", "comm_start", 7.3),
    PrintCell("ctpl_premium", "tax", 4.9),
    PrintCell("comm_premium", "other_premium", 5.1),
    PrintCell("amount_due", "amount_received", 5.3),
    PrintCell("concession_text", "concession_amt", 6.5),
    PrintCell("channel", "pay_method", 4.0),
    PrintCell("cashier", "cashier_date", 5.3),
    PrintCell("receiver", "deliver_date", 5.2),
    PrintCell("status", "note", 6.4),
)

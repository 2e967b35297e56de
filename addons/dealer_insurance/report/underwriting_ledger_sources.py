"""Values of the paper form that are more than a path from the underwriting.

Each function takes one underwriting and gives the raw value of one column, None or
empty when the form stays blank.
"""

from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__)

PII_GROUP = "dealer_base.group_dealer_pii"

# What the form writes in its status column.
STATUS_LABELS = {
    "normal": _lt("Normal"),
    "void": _lt("Void"),
    "refunded": _lt("Later Cancelled"),
    "refund": _lt("Cancellation"),
    "endorsement": _lt("Endorsement"),
}


def identity(record):
    """Identity number of the applicant, masked for posts that need not see it (R13)."""
    applicant = record.applicant_id
    if record.env.user.has_group(PII_GROUP):
        return applicant.id_number
    return applicant.id_number_masked


def model_text(record):
    vehicle = record.vehicle_id
    return vehicle.model_text or vehicle.model_id.display_name


def concession_text(record):
    return "+".join(record.concession_ids.mapped("name"))


def concession_amount(record):
    return sum(record.concession_ids.mapped("amount")) or None


def policy_of(record, product):
    """Policy of a product: of the entry, else the one its endorsement changes."""
    policy = record[f"{product}_policy_id"]
    if policy or record.entry_type == "issue":
        return policy
    changed = record.endorsement_ids.policy_id
    return changed.filtered(lambda policy: policy.product == product)[:1]


def own(product, name):
    """Fact of the entry's own policy; empty, not zero, when there is none."""

    def value(record):
        policy = record[f"{product}_policy_id"]
        return policy[name] if policy else None

    return value


def repeated(product, name):
    """Fact that endorsement and cancellation lines repeat from the policy."""

    def value(record):
        policy = policy_of(record, product)
        return policy[name] if policy else None

    return value


def reads_of(product, name):
    return (f"{product}_policy_id.{name}", f"endorsement_ids.policy_id.{name}")


def premium(name, product):
    """Premium of a product; empty when the entry has nothing of it."""

    def value(record):
        amount = record[name]
        if amount or record[f"{product}_policy_id"]:
            return amount
        return None

    return value


def custody(record):
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


def wording(env, text):
    """A lazy text of this report in the language of an environment."""
    # Not env._(), which takes literals only: these are exported where they stand.
    return text._translate(env.lang or "en_US")


def status(record):
    return wording(record.env, STATUS_LABELS[ledger_status(record)])


def endorsement_no(record):
    return ", ".join(filter(None, record.endorsement_ids.mapped("name")))


def note(record):
    """Remark of the line; a void line says why it is void, each thing once."""
    words = [record.note]
    if record.voided_at:
        words += [record.void_note]
        if not any(words):
            words = [record.void_reason_id.name]
    return " ".join(dict.fromkeys(filter(None, words)))

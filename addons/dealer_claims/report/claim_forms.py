"""The columns of the manual claim ledger and of the claim tracker, once for paper and
spreadsheet (domain.md §3.11, §3.12)."""

from collections.abc import Callable
from typing import Any, NamedTuple

from odoo.tools.translate import LazyTranslate

from odoo.addons.dealer_base.tools.identity import mask_phone

_lt = LazyTranslate(__name__)


class FormColumn(NamedTuple):
    """One column of a form.

    :param label: wording of the heading
    :param source: dotted path from the claim, or a function of it
    :param kind: text, day, amount or count; amounts in the currency of the store
    :param width: characters in the spreadsheet
    """

    label: Any
    source: str | Callable
    kind: str = "text"
    width: int = 11

    def value(self, claim):
        """Raw value for one case: text, date, number or None."""
        if callable(self.source):
            value = self.source(claim)
        else:
            value = claim
            for name in self.source.split("."):
                field, value = value._fields[name], value[name]
            if field.type == "selection" and value:
                words = dict(field._description_selection(claim.env))
                value = words.get(value, value)
            elif field.relational:
                value = ", ".join(value.mapped("display_name"))
            elif field.type == "datetime" and value:
                value = claim.company_id._dealer_local_day(value)
        if self.kind == "amount":
            return value or None
        return value if value not in (False, "") else None


def _phone(claim):
    """Phone of the owner; masked for posts that need no whole number (§9.1)."""
    phone = claim.brought_by_phone or claim.owner_phone or ""
    if claim.env.user.has_group("dealer_base.group_dealer_pii"):
        return phone
    return mask_phone(phone) if phone else ""


def _papers(claim):
    """Papers at hand of those that are required, and the first one that is missing."""
    if not claim.document_ids:
        return ""
    missing = claim.missing_document_ids
    more = "…" if len(missing) > 1 else ""
    return f"{claim.document_count} {missing[:1].display_name or ''}{more}".strip()


def _refund_day(claim):
    """Day of the last refund, None while none is paid."""
    return max(filter(None, claim.refund_ids.mapped("paid_on")), default=None)


def _gate_pass(claim):
    return claim.name if claim.released_at and claim.needs_gate else ""


def _note(claim):
    return claim.ledger_problems or claim.closing_note or ""


LEDGER = (
    FormColumn(_lt("No."), "ledger_no", width=11),
    FormColumn(_lt("Received On"), "received_at", "day"),
    FormColumn(_lt("Report No."), "report_no", width=18),
    FormColumn(_lt("Insurer"), "insurer_id.name", width=12),
    FormColumn(_lt("Plate"), "plate", width=12),
    FormColumn(_lt("Owner"), "owner_name", width=12),
    FormColumn(_lt("Phone"), _phone, width=13),
    FormColumn(_lt("Accident Type"), "accident_type"),
    FormColumn(_lt("Assessor"), "assessor"),
    FormColumn(_lt("Assessed"), "assessed_amount", "amount", 15),
    FormColumn(_lt("Repair Bill"), "settlement_total", "amount", 15),
    FormColumn(_lt("Customer's Part"), "self_paid", "amount", 15),
    FormColumn(_lt("Received"), "self_paid_received", "amount", 15),
    FormColumn(_lt("Cashier Confirmed"), "cashier_confirmed_at", "day"),
    FormColumn(_lt("Settlement"), "settlement_mode", width=11),
    FormColumn(_lt("Papers Missing"), _papers, width=16),
    FormColumn(_lt("Papers Handed Over"), "handed_over_at", "day"),
    FormColumn(_lt("Received By"), "submitter_id.name"),
    FormColumn(_lt("Left On"), "released_at", "day"),
    FormColumn(_lt("Gate Pass"), _gate_pass),
    FormColumn(_lt("Refund Owed"), "refund_due", "amount", 15),
    FormColumn(_lt("Refunded"), "refund_paid", "amount", 15),
    FormColumn(_lt("Refunded On"), _refund_day, "day"),
    FormColumn(_lt("Remark"), _note, width=14),
)
TRACKER = (
    FormColumn(_lt("Case No."), "name"),
    FormColumn(_lt("Report No."), "report_no", width=18),
    FormColumn(_lt("Insurer's Claim No."), "insurer_claim_no", width=16),
    FormColumn(_lt("Insurer"), "insurer_id.name", width=12),
    FormColumn(_lt("Kind of Claim"), "claim_type", width=14),
    FormColumn(_lt("Plate"), "plate", width=12),
    FormColumn(_lt("VIN"), "vin", width=20),
    FormColumn(_lt("Customer"), "partner_id.name", width=12),
    FormColumn(_lt("Accident"), "accident_at", "day"),
    FormColumn(_lt("Reported"), "call_id.call_at", "day"),
    FormColumn(_lt("Received On"), "received_at", "day"),
    FormColumn(_lt("Assessed On"), "assessed_at", "day"),
    FormColumn(_lt("Reviewed On"), "reviewed_on", "day"),
    FormColumn(_lt("Repair Begun"), "repair_started_at", "day"),
    FormColumn(_lt("Repaired On"), "repaired_at", "day"),
    FormColumn(_lt("Left On"), "released_at", "day"),
    FormColumn(_lt("Papers Handed Over"), "handed_over_at", "day"),
    FormColumn(_lt("Papers Checked"), "audited_at", "day"),
    FormColumn(_lt("Submitted"), "submitted_on", "day"),
    FormColumn(_lt("Insurer Received"), "insurer_received_on", "day"),
    FormColumn(_lt("Adjusted"), "adjusted_on", "day"),
    FormColumn(_lt("Approved"), "approved_on", "day"),
    FormColumn(_lt("Payment Due"), "payment_due_on", "day"),
    FormColumn(_lt("Paid On"), "insurer_paid_on", "day"),
    FormColumn(_lt("Reconciled"), "reconciled_at", "day"),
    FormColumn(_lt("Closed"), "closed_at", "day"),
    FormColumn(_lt("Assessed"), "assessed_amount", "amount", 15),
    FormColumn(_lt("Repair Bill"), "settlement_total", "amount", 15),
    FormColumn(_lt("Expected"), "expected_insurer_payment", "amount", 15),
    FormColumn(_lt("Paid"), "insurer_received", "amount", 15),
    FormColumn(_lt("Difference"), "insurer_difference", "amount", 15),
    FormColumn(_lt("Why Different"), "closing_note", width=16),
    FormColumn(_lt("Refund Owed"), "refund_due", "amount", 15),
    FormColumn(_lt("Refunded"), "refund_paid", "amount", 15),
    FormColumn(_lt("Returns"), "return_count", "count", 7),
    FormColumn(_lt("Last Return"), "last_returned_on", "day"),
    FormColumn(_lt("Reason of Return"), "last_return_reason_id.name", width=14),
    FormColumn(_lt("Days Overdue"), "overdue_days", "count", 8),
    FormColumn(_lt("Reason of Delay"), "overdue_reason_id.name", width=14),
    FormColumn(_lt("State"), "state", width=13),
    FormColumn(_lt("Responsible"), "ball_staff_id.name"),
    FormColumn(_lt("Next Step"), "ball_next_action", width=20),
    FormColumn(_lt("Next Chase"), "next_chase_on", "day"),
    FormColumn(_lt("Days: Assessment"), "days_assess", "count", 8),
    FormColumn(_lt("Days: Repair"), "days_repair", "count", 8),
    FormColumn(_lt("Days: Papers"), "days_papers", "count", 8),
    FormColumn(_lt("Days: Submission"), "days_submit", "count", 8),
    FormColumn(_lt("Days: Insurer"), "days_insurer", "count", 8),
    FormColumn(_lt("Days: Closing"), "days_close", "count", 8),
    FormColumn(_lt("Tracker Updated"), "tracker_updated_at", "day"),
)
#: Posts that sign each form.
LEDGER_SIGNERS = (
    _lt("Claim Receptionist"),
    _lt("Claim Submitter"),
    _lt("Cashier"),
    _lt("Claims Leader"),
)
TRACKER_SIGNERS = (
    _lt("Claim Submitter"),
    _lt("Finance"),
    _lt("Claims Leader"),
    _lt("Insurance Manager"),
)

"""Lines, months and ledgers of the paper form, and how they are worded.

Used by the print and by the spreadsheet; nothing here knows about paper or cells.
"""

from datetime import date, datetime
from typing import Any, NamedTuple

from babel.dates import format_skeleton

from odoo import fields
from odoo.tools import babel_locale_parse, format_date

from ..models.underwriting_money import INSURER_KINDS
from . import underwriting_ledger_sources as sources
from .underwriting_ledger_columns import LEDGER_COLUMNS


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
    tree.setdefault("endorsement_ids", {}).setdefault("policy_id", {})["product"] = {}
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
    if records.env.user.has_group(sources.PII_GROUP):
        tree.setdefault("applicant_id", {})["id_number"] = {}
    for name in ("ctpl_policy_id", "commercial_policy_id", "other_policy_id"):
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

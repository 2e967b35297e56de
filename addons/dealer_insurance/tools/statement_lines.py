"""From a row of a statement file to its lines, one for each product (no ORM)."""

import re
from collections import Counter
from decimal import Decimal
from typing import NamedTuple

from .import_columns_statement import MONEY_KEYS, PRODUCT_GROUPS
from .import_facts import money
from .statement_classify import EX_VAT, INCL_VAT
from .statement_numbers import canonical as canonical_number
from .statement_numbers import numbers_in, split_numbers

#: A product in the words of an insurer; the first that fits.
_PRODUCTS = (
    ("ctpl", re.compile(r"交强|强制|交通事故责任|ctpl|compulsory", re.I)),
    ("other", re.compile(r"驾意|驾乘|意外|意健|人身|人意|非车|健康|accident", re.I)),
    (
        "commercial",
        re.compile(r"商业|车损|损失|三者|第三者|综合险|机动车|commercial", re.I),
    ),
)
_BOTH = re.compile(
    r"交强.{0,4}[+＋、,/和及].{0,4}商业|商业.{0,4}[+＋、,/和及].{0,4}交强"
)
_FOLLOWS = re.compile(
    r"批(?![量次])|退保|退费|冲减|冲销|冲回|扣回|扣减|减保|加保|endors|refund", re.I
)


class Part(NamedTuple):
    """One product of a row.

    :param group: product group of the columns, "" when the row has one product
    :param product: ctpl, commercial, other, or "" when the row does not say
    :param numbers: canonical policy numbers, lost places as "?"
    :param endorsements: numbers of endorsements, from the column or a remark
    :param premiums: {"premium", "premium_ex", "premium_incl"} -> amount
    :param fees: {"fee", "fee_ex", "fee_incl"} -> amount
    :param follows: the row says that it is an endorsement or a claw-back
    """

    group: str
    product: str
    text: str
    numbers: tuple
    endorsements: tuple
    premiums: dict
    rate: Decimal | None
    fees: dict
    follows: bool


def product_of(text):
    """Product that an insurer's wording means, "" when unknown or several."""
    text = str(text or "")
    if _BOTH.search(text):
        return ""
    return next((code for code, words in _PRODUCTS if words.search(text)), "")


def row_parts(values):
    """The lines of one row.

    :param values: column key -> coerced value; numbers as canonical or masked text
    :return: list of :class:`Part`; a row without any product gives one part
    """
    remarks = [values.get("business"), values.get("settlement"), values.get("note")]
    endorsement = canonical_number(values.get("endorsement_no"))
    endorsements = (endorsement,) if endorsement else numbers_in(values.get("note"))
    parts = []
    for prefix, product, _wordings in PRODUCT_GROUPS:
        part = _part(values, f"{prefix}_", prefix, product, endorsements, remarks)
        if part:
            parts.append(part)
    own = _part(
        values, "", "", product_of(values.get("product")), endorsements, remarks
    )
    if own and (own.numbers or own.fees or not parts):
        parts.append(own)
    fee = row_fee(values)
    if fee and parts and not any(part.fees for part in parts):
        return [_joined(parts, fee)]
    return parts or [
        Part(
            "",
            product_of(values.get("product")),
            "",
            (),
            endorsements,
            {},
            None,
            fee,
            any(value < 0 for value in fee.values()),
        )
    ]


def row_fee(values):
    """Fee of a whole row: {"fee", "fee_ex", "fee_incl"} -> amount."""
    return {
        name: money(values[key])
        for key, name in (
            ("sum", "fee"),
            ("sum_ex", "fee_ex"),
            ("sum_incl", "fee_incl"),
        )
        if values.get(key) is not None
    }


def _joined(parts, fee):
    """One line for all products of a row that prints one fee for them."""
    first = parts[0]
    if len(parts) == 1:
        return first._replace(fees=fee)
    premiums = Counter()
    for part in parts:
        premiums.update(part.premiums)
    return first._replace(
        group="",
        product="",
        text=" ".join(part.text for part in parts if part.text),
        numbers=tuple(number for part in parts for number in part.numbers),
        premiums=dict(premiums),
        rate=None,
        fees=fee,
        follows=any(part.follows for part in parts),
    )


def _part(values, prefix, group, product, endorsements, remarks):
    text = str(values.get(f"{prefix}no" if prefix else "policy_no") or "")
    amounts = {key: money(values.get(f"{prefix}{key}")) for key in MONEY_KEYS}
    premiums = {k: v for k, v in amounts.items() if v is not None and k[0] == "p"}
    fees = {k: v for k, v in amounts.items() if v is not None and k[0] == "f"}
    if not text and not any(premiums.values()) and not any(fees.values()):
        return None
    rate = values.get(f"{prefix}rate")
    negative = any(v < 0 for v in (*premiums.values(), *fees.values()))
    words = any(remark and _FOLLOWS.search(str(remark)) for remark in remarks)
    return Part(
        group,
        product,
        text,
        split_numbers(text),
        endorsements,
        premiums,
        None if rate is None else Decimal(str(rate)),
        fees,
        bool(values.get("endorsement_no")) or negative or words,
    )


def basis_of_columns(keys, title=""):
    """Basis that the headers of a file tell, "" when they do not.

    A printed fee without VAT rules over one with VAT, because the fee is worked out on
    it and the rest follows.

    :param keys: field keys of the mapped columns
    """
    plain = {re.sub(r"^(ctpl|comm|other)_", "", key) for key in keys}
    if plain & {"fee_ex", "sum_ex"}:
        return EX_VAT
    if plain & {"fee_incl", "sum_incl"} and "fee" not in plain:
        return INCL_VAT
    if "premium_ex" in plain and not plain & {"premium", "premium_incl"}:
        return EX_VAT
    if "premium_incl" in plain and not plain & {"premium", "premium_ex"}:
        return INCL_VAT
    return ""


def rate_scale(parts):
    """What the rates of a file are multiplied by: 1, or 0.01 for "15".

    Decided by the lines themselves: which reading makes fee = premium x rate.

    :param parts: iterable of :class:`Part` of one column group
    :return: Decimal
    """
    votes = Counter()
    for part in parts:
        if not part.rate:
            continue
        for base in part.premiums.values():
            for fee in part.fees.values():
                for scale in (Decimal(1), Decimal("0.01")):
                    if fee and abs(base * part.rate * scale - fee) <= Decimal("0.02"):
                        votes[scale] += 1
        if abs(part.rate) > 1:
            votes[Decimal("0.01")] += 1
    return votes.most_common(1)[0][0] if votes else Decimal(1)


def on_basis(amounts, kind, basis, vat):
    """Amount of a line on the basis of the statement; None when nothing is printed.

    :param amounts: ``Part.premiums`` or ``Part.fees``
    :param kind: "premium" or "fee"
    :param basis: ex_vat or incl_vat
    :param vat: VAT share, to turn an amount that is printed on the other basis only
    """
    wanted, other = ("ex", "incl") if basis == EX_VAT else ("incl", "ex")
    for key in (f"{kind}_{wanted}", kind):
        if amounts.get(key) is not None:
            return amounts[key]
    value = amounts.get(f"{kind}_{other}")
    if value is None:
        return None
    factor = 1 + Decimal(str(vat))
    return money(value / factor if basis == EX_VAT else value * factor)

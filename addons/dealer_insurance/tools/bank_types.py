"""What the matching of bank lines works with. No ORM: keys stand for records.

Amounts are whole numbers in minor units of one currency (fen), seen from the bank
account: money in is positive, money out negative.
"""

import datetime
from dataclasses import dataclass
from typing import NamedTuple

RECEIPT = "premium_receipt"
REMITTANCE = "premium_remittance"
REFUND_IN = "premium_refund_in"
REFUND_OUT = "premium_refund_out"
OVERPAID = "premium_overpay_refund"
TRANSFER = "internal_transfer"
FEE = "insurer_fee_payment"
CLAIM = "claim_payment"
CLAIM_REFUND = "claim_customer_refund"
SURVEY = "survey_fee"
CHARGE = "bank_charge"
INTEREST = "bank_interest"
NOISE = "noise"

KINDS = (
    RECEIPT,
    REMITTANCE,
    REFUND_IN,
    REFUND_OUT,
    OVERPAID,
    TRANSFER,
    FEE,
    CLAIM,
    CLAIM_REFUND,
    SURVEY,
    CHARGE,
    INTEREST,
)
# Money that goes back to a customer: looked for together
BACK_TO_CUSTOMER = (REFUND_OUT, OVERPAID, CLAIM_REFUND)
# Kinds that may be booked without an open item, on the account of their rule
WITHOUT_ITEM = (CHARGE, INTEREST, FEE, SURVEY, TRANSFER)

# Who is on the other side of a bank line
INSURER, OWN, OTHER, NOBODY = "insurer", "own", "other", "nobody"


@dataclass(frozen=True)
class BankLine:
    """A line of a bank statement.

    :param key: identity for the caller
    :param date: booking day
    :param amount: signed amount in minor units
    :param account: key of the own bank account
    :param payer: name of the other side, as the bank writes it
    :param party: `INSURER`, `OWN`, `OTHER` or `NOBODY` (the bank names nobody)
    :param partner: key of the insurer, None for others
    :param text: summary and memo, blank between them
    :param order: order inside a day
    """

    key: object
    date: datetime.date
    amount: int
    account: object = None
    payer: str = ""
    party: str = NOBODY
    partner: object = None
    text: str = ""
    order: tuple = ()


@dataclass(frozen=True)
class Candidate:
    """Something open that a bank line may settle.

    :param key: identity for the caller
    :param kind: one of `KINDS`
    :param amount: open amount in minor units, signed as the bank line would be
    :param date: day from which on the money is expected; of a card or cash receipt
        the day on which the customer paid
    :param due: day on which the other side was to pay, None when that is `date`
    :param partner: key of the insurer, None when none is concerned
    :param names: names of payer, customer, owner
    :param plates: plates concerned
    :param numbers: policy, endorsement, claim, car and phone numbers
    :param method: way the customer paid: card, qr, cash, transfer; "" unknown
    :param account: own bank account on which it is expected, None for any
    :param period: month concerned, "2026-09"
    :param parts: number of cases in it (a prepared payment of many rows)
    :param refs: what people call it: ledger number, case number
    :param prepared: booked with just the amount that the bank will show
    """

    key: object
    kind: str
    amount: int
    date: datetime.date
    due: datetime.date | None = None
    partner: object = None
    names: tuple = ()
    plates: tuple = ()
    numbers: tuple = ()
    method: str = ""
    account: object = None
    period: str = ""
    parts: int = 1
    refs: tuple = ()
    prepared: bool = False


@dataclass(frozen=True)
class Rule:
    """How lines of a kind are written.

    :param kind: one of `KINDS` or `NOISE`: lines that are none of our business
    :param direction: "in", "out" or "" for both
    :param party: the other side, "" for any
    :param words: normalised words of which the text holds one; none: any text
    :param payers: normalised words of which the other side's name holds one
    :param patterns: compiled expressions with named groups: count, day, fee; each is
        looked for anywhere in the text. Without words, one of them must be found
    :param method: way the customers paid whose money comes in one sum
    :param accounts: own bank accounts, empty for all
    :param certain: a line without open item may be booked without being asked
    :param key: identity for the caller
    """

    kind: str
    direction: str = ""
    party: str = ""
    words: tuple = ()
    payers: tuple = ()
    patterns: tuple = ()
    method: str = ""
    accounts: tuple = ()
    certain: bool = False
    key: object = None


@dataclass(frozen=True)
class Limits:
    """Bounds of the search; every one is a setting of the store.

    :param days_before: a bank line may come so many days before its item
    :param days_after: and so many days after it
    :param batch_days: days between the customers' payments and a sum of them
    :param max_items: items that one line may settle
    :param max_pool: open items among which a sum is searched
    :param max_sets: half sets that a search may build
    :param fee_share: most that a payment platform keeps, in hundredths of a percent
    :param over_share: most that a customer pays too much, in percent of what is open
    :param claim_share: most by which an insurer's payment differs, in percent
    """

    days_before: int = 10
    days_after: int = 90
    batch_days: int = 5
    max_items: int = 12
    max_pool: int = 40
    max_sets: int = 60_000
    fee_share: int = 100
    over_share: int = 20
    claim_share: int = 50


class Reason(NamedTuple):
    """Why something is proposed: a code and its facts, put into words by the caller."""

    code: str
    facts: dict


@dataclass(frozen=True)
class Proposal:
    """What a bank line may be.

    Always: sum of `items` - `fee` + `rest` = amount of the line.

    :param kind: one of `KINDS`
    :param items: ((candidate key, amount settled), …)
    :param fee: what a platform kept, positive
    :param rest: what no item explains: paid too much, or booked without item
    :param expected: sum of what was open of the items
    :param difference: amount of the line + fee - expected
    :param score: how sure, 0 to 100
    :param certain: unique, exact and with proof: may be reconciled unasked
    :param reasons: `Reason`s, the strongest first
    :param refs: what people call the items
    """

    kind: str
    items: tuple = ()
    fee: int = 0
    rest: int = 0
    expected: int = 0
    difference: int = 0
    score: int = 0
    certain: bool = False
    reasons: tuple = ()
    partner: object = None
    period: str = ""
    refs: tuple = ()
    rule: object = None


@dataclass
class Evidence:
    """What ties a candidate to the text of a line."""

    number: str = ""
    hint: str = ""
    plate: str = ""
    payer: str = ""
    name: str = ""

    @property
    def named(self):
        """Whether anything but the amount speaks for the candidate."""
        return bool(self.number or self.plate or self.payer or self.name)

"""Read the sheets of a bank statement: header by its words, totals and balance checked.

Pure functions over the cells of `dealer_base.tools.spreadsheet`. All problems of a
sheet are collected and named by row, column and value; a sheet with one problem gives
no lines that could be booked.
"""

import datetime
import hashlib
import re
import unicodedata
from dataclasses import dataclass, field
from decimal import Decimal

from odoo.addons.dealer_base.tools.coerce import coerce
from odoo.addons.dealer_base.tools.header import Vocabulary, find_header

from .bank_columns import DIRECTIONS, MONEY_OUT

_ACCOUNT = re.compile(r"(?:账|帐|卡)\s*号\s*[:：]?\s*(\d[\d\s-]{6,})", re.IGNORECASE)
_ACCOUNT_LATIN = re.compile(
    r"account\s*(?:no\.?|number)?\s*[:：]?\s*(\d[\d\s-]{6,})", re.I
)
_TOTALS = ("合计", "总计", "小计", "累计", "本页", "TOTAL", "借方笔数", "贷方笔数")
_TIME = re.compile(r"(\d{1,2}):?(\d{2})(?::?(\d{2}))?$")


@dataclass
class BankRow:
    """One line of the bank.

    :param row_no: number as the spreadsheet program shows it
    :param date: booking day
    :param moment: day and time, as far as known, for the order inside a day
    :param amount: signed, money in is positive
    """

    row_no: int
    date: datetime.date
    moment: datetime.datetime
    amount: Decimal
    balance: Decimal | None = None
    payer: str = ""
    payer_account: str = ""
    summary: str = ""
    memo: str = ""
    serial: str = ""
    serial_key: str = ""


@dataclass
class BankProblem:
    """Something that keeps a sheet out: a code and its facts for the message."""

    code: str
    facts: dict


@dataclass
class BankSheet:
    """What a sheet says; `rows` in the order of time, the oldest first."""

    name: str
    account: str = ""
    rows: list = field(default_factory=list)
    problems: list = field(default_factory=list)
    header_found: bool = False

    def add(self, code, **facts):
        """Note a problem of this sheet."""
        self.problems.append(BankProblem(code, {"sheet": self.name, **facts}))


def read_bank_book(book, fields):
    """Read all sheets that hold a statement.

    :param book: `spreadsheet.Book`
    :param fields: result of `bank_columns`
    :return: list of `BankSheet`; sheets without a header and without rows are left
        out, a sheet with rows but without header carries a problem
    """
    vocabulary = Vocabulary(fields)
    result = []
    for sheet in book.sheets:
        if not any(sheet.rows):
            continue
        found = _read_sheet(sheet, fields, vocabulary, book.is_text)
        if found.header_found or len(sheet.rows) > 3:
            result.append(found)
    if len(result) > 1:
        # a cover sheet or a list of codes beside real statements is no statement
        result = [sheet for sheet in result if sheet.header_found] or result
    return result


def _read_sheet(sheet, fields, vocabulary, is_text):
    found = BankSheet(sheet.name)
    header = find_header(sheet, fields, vocabulary)
    columns = header.mapping if header else {}
    if "date" not in columns and "time" in columns:
        # one column for day and time
        columns["date"] = columns.pop("time")
    if "date" not in columns:
        found.add("no_header")
        return found
    found.header_found = True
    if not ({"money_in", "money_out"} <= columns.keys() or "amount" in columns):
        found.add("no_amount")
        return found
    found.account = _account_above(sheet, header.first_row)
    reader = _RowReader(found, sheet, header, columns, fields, is_text)
    for index in range(header.last_row + 1, len(sheet.rows)):
        reader.read_row(index)
    reader.finish()
    return found


def _account_above(sheet, first_row):
    """The own account number in the title lines above the header."""
    for row in sheet.rows[:first_row]:
        texts = [cell.text for cell in row if cell is not None and cell.text.strip()]
        joined = unicodedata.normalize("NFKC", "  ".join(texts))
        for pattern in (_ACCOUNT, _ACCOUNT_LATIN):
            if match := pattern.search(joined):
                return re.sub(r"\D", "", match.group(1))
    return ""


class _RowReader:
    """Rows of one sheet, one after the other."""

    def __init__(self, found, sheet, header, columns, fields, is_text):
        self.found = found
        self.sheet = sheet
        self.columns = columns
        self.titles = {key: header.columns[col].title for key, col in columns.items()}
        self.fields = {item.key: item for item in fields}
        self.is_text = is_text
        self.totals = []
        self.accounts = set()

    def _cell(self, index, key):
        col = self.columns.get(key)
        return None if col is None else self.sheet.cell(index, col)

    def _text(self, index, key):
        cell = self._cell(index, key)
        text = cell.text if cell is not None else ""
        return " ".join(text.replace("\t", " ").split())

    def _value(self, index, key):
        """Value of a cell; what cannot be read becomes a problem of the sheet."""
        cell = self._cell(index, key)
        if cell is None or not cell.text.strip():
            return None
        value, _findings = coerce(cell, self.fields[key], is_text=self.is_text)
        if value is None:
            self.found.add(
                "bad_cell",
                row=index + 1,
                column=self.titles[key],
                value=cell.text.strip(),
            )
        return value

    def read_row(self, index):
        """Read one row: a line, a total, a note or nothing."""
        cells = [
            cell
            for cell in self.sheet.rows[index]
            if cell is not None and cell.text.strip()
        ]
        if not cells:
            return
        first = unicodedata.normalize("NFKC", cells[0].text).strip().upper()
        date_cell = self._cell(index, "date")
        dated = date_cell is not None and any(char.isdigit() for char in date_cell.text)
        if any(first.startswith(word) for word in _TOTALS):
            self._read_total(index)
            return
        money = any(
            self._cell(index, key) is not None
            for key in ("money_in", "money_out", "amount")
        )
        if not dated and not money:
            return
        before = len(self.found.problems)
        moment = self._value(index, "date")
        amount = self._amount(index)
        balance = self._value(index, "balance")
        if len(self.found.problems) > before:
            return
        if moment is None:
            self._complain(index, "no_date")
            return
        if not isinstance(moment, datetime.datetime):
            moment = datetime.datetime.combine(moment, datetime.time())
        if amount is None or amount == 0:
            self._complain(index, "no_money")
            return
        if own := re.sub(r"\D", "", self._text(index, "own_account")):
            self.accounts.add(own)
        self.found.rows.append(
            BankRow(
                row_no=index + 1,
                date=moment.date(),
                moment=self._moment(index, moment),
                amount=amount,
                balance=balance,
                payer=self._text(index, "payer"),
                payer_account=self._text(index, "payer_account"),
                summary=self._text(index, "summary"),
                memo=self._text(index, "memo"),
                serial=self._text(index, "serial"),
            )
        )

    def _complain(self, index, code):
        self.found.add(code, row=index + 1)

    def _moment(self, index, moment):
        match = _TIME.match(self._text(index, "time"))
        if not match or moment.time() != datetime.time():
            return moment
        hour, minute, second = (int(part or 0) for part in match.groups())
        if hour > 23 or minute > 59 or second > 59:
            return moment
        return moment.replace(hour=hour, minute=minute, second=second)

    def _amount(self, index):
        """Signed amount of two columns, or of one with a sign or a direction."""
        money_out = self._value(index, "money_out")
        money_in = self._value(index, "money_in")
        if money_out and money_in:
            self._complain(index, "both_sides")
            return None
        if money_out or money_in:
            # a bank writes a reversal as a negative amount in its own column
            return (money_in or Decimal(0)) - (money_out or Decimal(0))
        amount = self._value(index, "amount")
        if not amount:
            return None
        word = unicodedata.normalize("NFKC", self._text(index, "direction")).upper()
        if not word:
            if "direction" in self.columns:
                self._complain(index, "no_direction")
                return None
            return amount
        direction = DIRECTIONS.get(word) or DIRECTIONS.get(word[:1])
        if direction is None:
            self._complain(index, "no_direction")
            return None
        return -abs(amount) if direction == MONEY_OUT else abs(amount)

    def _read_total(self, index):
        total = {}
        for key in ("money_out", "money_in"):
            cell = self._cell(index, key)
            if cell is None or not cell.text.strip():
                continue
            value, _findings = coerce(cell, self.fields[key], is_text=True)
            if value is not None:
                total[key] = value
        if total:
            self.totals.append((index + 1, len(self.found.rows), total))

    def finish(self):
        """Order the rows and compare totals and running balance."""
        found = self.found
        if not found.account and len(self.accounts) == 1:
            found.account = self.accounts.pop()
        elif found.account and self.accounts - {found.account}:
            found.add("other_account", account=", ".join(sorted(self.accounts)))
        if found.problems:
            return
        self._check_totals()
        rows = found.rows
        if rows and rows[0].moment > rows[-1].moment:
            rows.reverse()
        elif not _follows(rows) and _follows(rows[::-1]):
            # the newest first, all on one day and without time
            rows.reverse()
        self._check_balance()
        _fill_serials(found)

    def _check_totals(self):
        """A total covers all rows above it, or those since the last total."""
        rows, start = self.found.rows, 0
        for row_no, end, total in self.totals:
            for key, sign in (("money_out", -1), ("money_in", 1)):
                if key not in total:
                    continue
                sums = {
                    sum(
                        (abs(row.amount) for row in part if row.amount * sign > 0),
                        Decimal(0),
                    )
                    for part in (rows[:end], rows[start:end])
                }
                if total[key] not in sums:
                    self.found.add(
                        "total",
                        row=row_no,
                        column=self.titles[key],
                        value=total[key],
                        sum=min(sums, key=lambda value: abs(value - total[key])),
                    )
            start = end

    def _check_balance(self):
        previous = None
        for row in self.found.rows:
            if row.balance is not None and previous is not None:
                expected = previous + row.amount
                if expected != row.balance:
                    self.found.add(
                        "balance", row=row.row_no, value=row.balance, sum=expected
                    )
            if row.balance is not None:
                previous = row.balance
            elif previous is not None:
                previous += row.amount


def _follows(rows):
    """Whether every balance follows from the one before."""
    known = [row for row in rows if row.balance is not None]
    return len(known) == len(rows) and all(
        one.balance + two.amount == two.balance
        for one, two in zip(rows, rows[1:], strict=False)
    )


def _fill_serials(found):
    """Give rows without a serial number one that stays the same at the next import.

    Banks that number nothing still write day, amount, balance and texts; the same line
    twice in one file is counted.
    """
    seen = {}
    for row in found.rows:
        if row.serial:
            base = f"{row.date:%Y%m%d}-{row.serial}"
        else:
            facts = (row.moment, row.amount, row.balance, row.payer, row.memo)
            text = "|".join(str(fact) for fact in facts)
            base = "x" + hashlib.sha256(text.encode()).hexdigest()[:24]
        count = seen[base] = seen.get(base, 0) + 1
        row.serial_key = base if count == 1 else f"{base}-{count}"

"""The matching of bank lines, without database: hand-made lines and random ones."""

import datetime
import re
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..tools import bank_text as text
from ..tools import bank_types as bank
from ..tools.bank_match import match_lines, rule_of
from ..tools.bank_subset import find_subsets
from ..tools.bank_types import BankLine, Candidate, Limits, Rule

DAY = datetime.date(2027, 3, 10)
INSURER_A, INSURER_B = 71, 72


def _words(line):
    return tuple(text.normalise(word) for word in line.split())


RULES = [
    Rule(bank.NOISE, "in", words=_words("车款 维修")),
    Rule(bank.INTEREST, "in", bank.NOBODY, words=_words("利息"), certain=True),
    Rule(bank.CHARGE, "out", words=_words("手续费"), certain=True),
    Rule(bank.TRANSFER, party=bank.OWN),
    Rule(
        bank.REMITTANCE,
        "out",
        bank.INSURER,
        words=_words("解付"),
        patterns=(re.compile(r"(?P<count>\d+)\s*笔"),),
    ),
    Rule(bank.REFUND_IN, "in", bank.INSURER, words=_words("退保")),
    Rule(
        bank.CLAIM,
        "in",
        bank.INSURER,
        words=_words("赔款"),
        patterns=(re.compile(r"(?P<count>\d+)\s*笔"),),
    ),
    Rule(bank.FEE, "in", bank.INSURER, words=_words("佣金")),
    Rule(
        bank.RECEIPT,
        "in",
        words=_words("刷卡清算"),
        patterns=(
            re.compile(r"(?P<day>\d{4})\D"),
            re.compile(r"(?P<count>\d+)笔"),
            re.compile(r"费(?P<fee>[\d.]+)"),
        ),
        method="card",
    ),
    Rule(bank.RECEIPT, "in", words=_words("现金"), method="cash"),
    Rule(bank.OVERPAID, "out", words=_words("多交")),
    Rule(bank.REFUND_OUT, "out", words=_words("退保")),
    Rule(bank.RECEIPT, "in", bank.OTHER, words=_words("保费 车险 尾款")),
]


def _line(amount, memo="", payer="", party=None, partner=None, days=0, key=1, **vals):
    if party is None:
        party = bank.INSURER if partner else bank.OTHER if payer else bank.NOBODY
    return BankLine(
        key=key,
        date=DAY + datetime.timedelta(days=days),
        amount=amount,
        account="premium",
        payer=payer,
        party=party,
        partner=partner,
        text=memo,
        **vals,
    )


def _open(key, kind, amount, days=0, **vals):
    return Candidate(
        key=key,
        kind=kind,
        amount=amount,
        date=DAY + datetime.timedelta(days=days),
        **vals,
    )


def _match(line, *candidates, limits=None):
    return match_lines([line], candidates, RULES, limits)[line.key]


class TestBankText(BaseCase):
    def test_numbers(self):
        """Ends of numbers, letters before digits, the part before a dash."""
        self.assertIn("138286", text.numbers_in("VIN138286 保费"))
        self.assertIn("PDAA20260001", text.numbers_in("赔款 PDAA20260001-01"))
        self.assertNotIn("粤A12345", text.numbers_in("粤A12345保费"))
        self.assertEqual(text.numbers_in("手续费9.78 3笔"), [])

    def test_names(self):
        """A name is a whole word between known words, not a part of a longer one."""
        words = _words("保费 车险 新车 保险")
        self.assertEqual(text.names_in("李明 新车 保险", words), ["李明"])
        self.assertEqual(text.names_in("李明华车险", words), ["李明华"])

    def test_periods(self):
        self.assertEqual(text.period_in("手续费202702", DAY), "2027-02")
        self.assertEqual(text.period_in("结算月2027-02", DAY), "2027-02")
        self.assertEqual(text.period_in("12月佣金", DAY), "2026-12")
        self.assertEqual(text.period_in("佣金", DAY), "")

    def test_days(self):
        """A day without year lies before the bank line, at the turn of the year too."""
        self.assertEqual(text.day_in("0309", DAY), datetime.date(2027, 3, 9))
        january = datetime.date(2027, 1, 1)
        self.assertEqual(text.day_in("1231", january), datetime.date(2026, 12, 31))
        self.assertIsNone(text.day_in("1399", DAY))


class TestBankSubset(BaseCase):
    def test_count(self):
        """2+3 and 5 both make 5; with a count of two only the first does."""
        self.assertEqual(find_subsets([2, 3, 5], 5, wanted=3).solutions, [(2,), (0, 1)])
        self.assertEqual(find_subsets([2, 3, 5], 5, count=2).solutions, [(0, 1)])

    def test_limits(self):
        """What is not searched is said to be incomplete."""
        found = find_subsets([1] * 30, 15, count=15, max_items=8)
        self.assertEqual(found.solutions, [])
        self.assertFalse(found.complete)

    @settings(max_examples=200, deadline=None)
    @given(
        st.lists(st.integers(1, 500), max_size=9),
        st.integers(1, 1500),
        st.one_of(st.none(), st.integers(1, 6)),
    )
    def test_against_all_sets(self, amounts, target, count):
        """The search finds a set exactly when one exists."""
        wanted = [
            chosen
            for chosen in range(1, 2 ** len(amounts))
            if sum(a for i, a in enumerate(amounts) if chosen >> i & 1) == target
            and count in (None, chosen.bit_count())
        ]
        found = find_subsets(amounts, target, count=count, max_items=9, wanted=1)
        self.assertEqual(bool(found.solutions), bool(wanted))
        for solution in found.solutions:
            self.assertEqual(sum(amounts[index] for index in solution), target)


@tagged("post_install", "-at_install")
class TestBankMatch(BaseCase):
    # -- customers ----------------------------------------------------------------

    def test_exact_by_payer(self):
        """Payer and amount: certain. The amount alone: nothing."""
        item = _open("a", bank.RECEIPT, 310050, names=("王芳",))
        [found] = _match(_line(310050, "转账", "王芳"), item)
        self.assertEqual(found.items, (("a", 310050),))
        self.assertTrue(found.certain)
        self.assertEqual(_match(_line(310050, "转账", "赵强"), item), [])
        self.assertEqual(_match(_line(310050, "保费", "赵强"), item), [])

    def test_name_of_another(self):
        """A name that only begins like the payer's is another person."""
        item = _open("a", bank.RECEIPT, 310050, names=("王芳菲",))
        self.assertEqual(_match(_line(310050, "保费", "王芳"), item), [])

    def test_paid_by_somebody_else(self):
        """The memo names the insured, the plate or the end of a number."""
        item = _open(
            "a",
            bank.RECEIPT,
            88000,
            names=("王芳",),
            plates=("粤A12345",),
            numbers=("PDAA2027000123456",),
        )
        for memo in ("王芳车险", "粤A12345保费", "保单123456"):
            [found] = _match(_line(88000, memo, "赵强"), item)
            self.assertTrue(found.certain, memo)

    def test_parts(self):
        """A deposit and the rest; the rest is exact once the deposit is taken."""
        item = _open("a", bank.RECEIPT, 200000, names=("王芳",))
        lines = [
            _line(120000, "保费", "王芳", key=1),
            _line(80000, "尾款", "王芳", key=2, days=1),
        ]
        found = match_lines(lines, [item], RULES)
        self.assertEqual(found[1][0].items, (("a", 120000),))
        self.assertEqual(found[1][0].difference, -80000)
        self.assertFalse(found[1][0].certain)
        self.assertEqual(found[2][0].items, (("a", 80000),))
        self.assertEqual(found[2][0].difference, 0)

    def test_overpaid_and_given_back(self):
        """100 yuan too much, and given back a week later."""
        item = _open("a", bank.RECEIPT, 100000, plates=("粤A12345",), names=("王芳",))
        lines = [
            _line(110000, "粤A12345保费", "王芳", key=1),
            _line(-10000, "退多交保费", "王芳", key=2, days=7),
        ]
        found = match_lines(lines, [item], RULES)
        self.assertEqual(found[1][0].rest, 10000)
        self.assertFalse(found[1][0].certain)
        self.assertEqual(found[2][0].kind, bank.OVERPAID)
        self.assertEqual(found[2][0].items, ((("rest", 1), -10000),))

    def test_far_too_much(self):
        """Three times the premium is not an overpayment."""
        item = _open("a", bank.RECEIPT, 100000, names=("王芳",))
        self.assertEqual(_match(_line(300000, "保费", "王芳"), item), [])

    def test_two_cars_of_one_payer(self):
        items = [
            _open("a", bank.RECEIPT, 100000, names=("远航公司",)),
            _open("b", bank.RECEIPT, 250000, names=("远航公司",)),
        ]
        [found] = _match(_line(350000, "保费", "远航公司"), *items)
        self.assertEqual({key for key, _amount in found.items}, {"a", "b"})

    def test_two_equal_items(self):
        """Two open premiums of the same amount and payer: never certain."""
        items = [
            _open("a", bank.RECEIPT, 95000, names=("王芳",)),
            _open("b", bank.RECEIPT, 95000, names=("王芳",)),
        ]
        found = _match(_line(95000, "保费", "王芳"), *items)
        self.assertEqual(len(found), 2)
        self.assertFalse(any(item.certain for item in found))

    def test_card_batch(self):
        """Two card payments of yesterday less the stated fee, a third one not."""
        items = [
            _open("a", bank.RECEIPT, 100000, -1, method="card"),
            _open("b", bank.RECEIPT, 200000, -1, method="card"),
            _open("c", bank.RECEIPT, 300000, -1, method="qr"),
            _open("d", bank.RECEIPT, 300000, -2, method="card"),
        ]
        line = _line(299000, "刷卡清算 0309商户2笔 费10.00", "银商")
        found = _match(line, *items)
        self.assertEqual({key for key, _amount in found[0].items}, {"a", "b"})
        self.assertEqual(found[0].fee, 1000)
        self.assertTrue(found[0].certain)

    def test_card_batch_unstated_fee(self):
        """Without a stated fee one percent is believed, and never certain."""
        item = _open("a", bank.RECEIPT, 100000, -1, method="card")
        [found] = _match(_line(99400, "刷卡清算", "银商"), item)
        self.assertEqual((found.fee, found.certain), (600, False))
        self.assertEqual(_match(_line(98000, "刷卡清算", "银商"), item), [])

    def test_prepared_settlement(self):
        """A settlement booked with its net amount comes before single payments."""
        items = [
            _open("a", bank.RECEIPT, 299000, -1, method="card"),
            _open("net", bank.RECEIPT, 299000, -1, method="card", prepared=True),
        ]
        [found] = _match(_line(299000, "刷卡清算 0309商户2笔", "银商"), *items)
        self.assertEqual((found.items, found.certain), ((("net", 299000),), True))

    def test_cash(self):
        """The amount and the day of a cash receipt."""
        item = _open("a", bank.RECEIPT, 100000, method="cash")
        [found] = _match(_line(100000, "现金 存入"), item)
        self.assertTrue(found.certain)
        later = _match(_line(100000, "现金 存入", days=3), item)
        self.assertFalse(later[0].certain)
        self.assertEqual(_match(_line(100000, "现金 存入", days=20), item), [])

    # -- insurers -------------------------------------------------------------------

    def _rows(self):
        return [
            _open("a", bank.REMITTANCE, -100010, -3, partner=INSURER_A),
            _open("b", bank.REMITTANCE, -200020, -2, partner=INSURER_A),
            _open("c", bank.REMITTANCE, -300030, -2, partner=INSURER_B),
            _open("d", bank.REMITTANCE, -50005, 2, partner=INSURER_A),
        ]

    def test_remittance(self):
        """Rows of this insurer only, received before, as many as stated."""
        [found] = _match(
            _line(-300030, "解付保费2笔", "保险公司", partner=INSURER_A), *self._rows()
        )
        self.assertEqual({key for key, _amount in found.items}, {"a", "b"})
        self.assertTrue(found.certain)
        wrong = _match(
            _line(-300030, "解付保费1笔", "保险公司", partner=INSURER_A), *self._rows()
        )
        self.assertEqual(wrong, [])

    def test_remittance_of_many(self):
        """Thirty rows in one payment are all but one of those that are held."""
        items = [
            _open(number, bank.REMITTANCE, -(1000 + number * 7), -1, partner=INSURER_A)
            for number in range(31)
        ]
        total = sum(item.amount for item in items) - items[4].amount
        [found] = _match(
            _line(total, "解付30笔", "保险公司", partner=INSURER_A), *items
        )
        self.assertEqual(len(found.items), 30)
        self.assertNotIn(4, {key for key, _amount in found.items})

    def test_prepared_payment(self):
        """A registered payment of three rows comes through as one line."""
        items = [
            *self._rows(),
            _open("pay", bank.REMITTANCE, -777, -1, partner=INSURER_A, parts=3),
        ]
        [found] = _match(_line(-777, "解付3笔", "保险公司", partner=INSURER_A), *items)
        self.assertEqual(found.items, (("pay", -777),))
        self.assertTrue(found.certain)

    def test_claims(self):
        """By report number with a deduction; by name; two named of three."""
        items = [
            _open("a", bank.CLAIM, 100000, partner=INSURER_A, numbers=("R2027123456",)),
            _open("b", bank.CLAIM, 200000, partner=INSURER_A, plates=("粤A12345",)),
            _open("c", bank.CLAIM, 70000, partner=INSURER_A, names=("王芳",)),
        ]
        [found] = _match(
            _line(80000, "赔款 123456", "保险公司", partner=INSURER_A), *items
        )
        self.assertEqual((found.refs, found.difference), ((), -20000))
        self.assertEqual(found.items, (("a", 80000),))
        self.assertFalse(found.certain)
        [found] = _match(
            _line(370000, "赔款3笔 粤A12345、123456", "保险公司", partner=INSURER_A),
            *items,
        )
        self.assertEqual(len(found.items), 3)
        self.assertEqual(
            _match(_line(80000, "赔款 123456", "保险公司", partner=INSURER_B), *items),
            [],
        )

    def test_fee_in_two_parts(self):
        item = _open("f", bank.FEE, 500000, partner=INSURER_A, period="2027-02")
        lines = [
            _line(200000, "2月交强佣金", "保险公司", partner=INSURER_A, key=1),
            _line(300000, "2月商业佣金", "保险公司", partner=INSURER_A, key=2, days=1),
        ]
        found = match_lines(lines, [item], RULES)
        self.assertEqual(found[1][0].items, (("f", 200000),))
        self.assertEqual(found[2][0].items, (("f", 300000),))
        self.assertTrue(found[2][0].certain)

    def test_fee_of_another_month(self):
        """January's fee is not taken for February's; it waits on the account."""
        item = _open("f", bank.FEE, 500000, partner=INSURER_A, period="2027-02")
        [found] = _match(_line(90000, "1月佣金", "保险公司", partner=INSURER_A), item)
        self.assertEqual((found.items, found.rest), ((), 90000))
        self.assertEqual(found.period, "2027-01")

    # -- others ---------------------------------------------------------------------

    def test_noise(self):
        """A customer of ours buys a car: no proposal, though the amount fits."""
        item = _open("a", bank.RECEIPT, 310050, names=("王芳",))
        self.assertEqual(_match(_line(310050, "车款", "王芳"), item), [])

    def test_charge_and_transfer(self):
        [charge] = _match(_line(-5000, "手续费"))
        self.assertEqual((charge.kind, charge.certain), (bank.CHARGE, True))
        mirror = _open("t", bank.TRANSFER, 5000, account="general")
        [moved] = _match(_line(5000, "划转", "本店", party=bank.OWN), mirror)
        self.assertEqual(moved.items, (("t", 5000),))
        same = replace(mirror, account="premium")
        [moved] = _match(_line(5000, "划转", "本店", party=bank.OWN), same)
        self.assertEqual(moved.items, ())

    def test_one_item_for_two_lines(self):
        """Two lines that both fit one item: one gets it, none is certain."""
        item = _open("a", bank.RECEIPT, 95000, names=("王芳",), plates=("粤A12345",))
        lines = [
            _line(95000, "保费", "王芳", key=1),
            _line(95000, "粤A12345保费", "赵强", key=2),
        ]
        found = match_lines(lines, [item], RULES)
        proposed = [key for key in (1, 2) if found[key]]
        self.assertEqual(len(proposed), 1)
        self.assertFalse(found[proposed[0]][0].certain)

    def test_rule_order(self):
        """The first rule that fits decides."""
        rule, details = rule_of(
            _line(-5, "解付12笔", "保险公司", partner=INSURER_A), RULES
        )
        self.assertEqual((rule.kind, details), (bank.REMITTANCE, {"count": "12"}))


# -- any lines and items -----------------------------------------------------------

MEMOS = st.sampled_from(
    [
        "保费",
        "尾款",
        "解付保费2笔",
        "赔款3笔 粤A12345",
        "佣金",
        "3月佣金",
        "退多交",
        "退保",
    ]
    + [
        "刷卡清算 0309商户2笔 费1.00",
        "现金",
        "粤A12345保费",
        "保单123456",
        "",
        "手续费",
    ]
)
PAYERS = st.sampled_from(["王芳", "赵强", "", "保险公司", "本店"])
AMOUNTS = st.integers(-40, 40).filter(bool).map(lambda amount: amount * 2500)


@st.composite
def _lines(draw):
    lines = []
    for key in range(draw(st.integers(1, 6))):
        payer = draw(PAYERS)
        partner = draw(st.sampled_from([INSURER_A, INSURER_B]))
        lines.append(
            _line(
                draw(AMOUNTS),
                draw(MEMOS),
                payer,
                party=bank.OWN if payer == "本店" else None,
                partner=partner if payer == "保险公司" else None,
                days=draw(st.integers(0, 5)),
                key=key,
            )
        )
    return lines


@st.composite
def _candidates(draw):
    result = []
    for key in range(draw(st.integers(0, 8))):
        kind = draw(st.sampled_from(bank.KINDS[:10]))
        out = kind in (bank.REMITTANCE, *bank.BACK_TO_CUSTOMER)
        amount = abs(draw(AMOUNTS))
        result.append(
            _open(
                ("items", key),
                kind,
                -amount if out else amount,
                draw(st.integers(-6, 3)),
                partner=draw(st.sampled_from([None, INSURER_A, INSURER_B])),
                names=draw(st.sampled_from([(), ("王芳",), ("赵强", "王芳")])),
                plates=draw(st.sampled_from([(), ("粤A12345",)])),
                numbers=draw(st.sampled_from([(), ("PD000123456",)])),
                method=draw(st.sampled_from(["", "card", "cash", "transfer"])),
                period=draw(st.sampled_from(["", "2027-02", "2027-03"])),
                parts=draw(st.integers(1, 3)),
            )
        )
    return result


class TestBankMatchAny(BaseCase):
    @settings(max_examples=300, deadline=None)
    @given(_lines(), _candidates())
    def test_sums_hold(self, lines, candidates):
        """Nothing is invented: items, fee and rest make the line; an item is never
        settled beyond what is open; what is certain is exact."""
        limits = Limits()
        found = match_lines(lines, candidates, RULES, limits)
        by_key = {item.key: item for item in candidates}
        rests = {}
        taken = {}
        for line in lines:
            for rank, proposal in enumerate(found[line.key]):
                settled = sum(amount for _key, amount in proposal.items)
                self.assertEqual(settled - proposal.fee + proposal.rest, line.amount)
                self.assertGreaterEqual(proposal.fee, 0)
                self.assertTrue(0 <= proposal.score <= 100)
                for key, amount in proposal.items:
                    self.assertEqual(amount > 0, line.amount > 0)
                    if rank == 0:
                        taken[key] = taken.get(key, 0) + amount
                if proposal.items:
                    expected = line.amount + proposal.fee - proposal.difference
                    self.assertEqual(expected, proposal.expected)
                if proposal.certain:
                    self.assertFalse(proposal.difference)
                    self.assertEqual(rank, 0)
                if proposal.kind == bank.RECEIPT and rank == 0 and proposal.rest:
                    rests["rest", line.key] = -proposal.rest
                    bound = abs(proposal.expected) * limits.over_share // 100 + 1
                    self.assertLessEqual(abs(proposal.rest), bound)
        for key, amount in taken.items():
            opened = by_key[key].amount if key in by_key else rests[key]
            self.assertLessEqual(abs(amount), abs(opened))

    @settings(max_examples=100, deadline=None)
    @given(_lines(), _candidates(), st.randoms(use_true_random=False))
    def test_order_does_not_matter(self, lines, candidates, random):
        """The same lines and items in another order give the same proposals."""
        first = match_lines(lines, candidates, RULES)
        random.shuffle(lines)
        random.shuffle(candidates)
        self.assertEqual(match_lines(lines, candidates, RULES), first)

    @settings(max_examples=200, deadline=None)
    @given(st.text(max_size=60), st.text(max_size=20))
    def test_any_text(self, memo, payer):
        """No text of a bank stops the matching."""
        item = _open("a", bank.RECEIPT, 5000, names=(payer,), numbers=(memo,))
        match_lines([_line(5000, memo, payer)], [item], RULES)

"""Any ledger, any corruption: properties of matching and results (hypothesis)."""

from datetime import timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..tools.statement_classify import (
    AGREED,
    RESULTS,
    Stated,
    Terms,
    classify,
    money,
)
from ..tools.statement_match import Matcher
from ..tools.statement_numbers import canonical
from ..tools.statement_target import AUTO, Line
from .test_statement_tools import DAY, target

D = Decimal

LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"


@st.composite
def ledgers(draw):
    """Policies of an invented insurer: a form of numbers, cars, people, days."""
    head = draw(st.text(LETTERS, min_size=2, max_size=6)) + str(
        draw(st.integers(10**4, 10**7))
    )
    # Two numbers of a store may differ in a single place
    serials = draw(
        st.lists(st.integers(0, 10**8 - 1), min_size=2, max_size=25, unique=True)
    )
    policies = []
    for key, serial in enumerate(serials):
        premium = money(draw(st.integers(30000, 900000)) / D(100))
        policies.append(
            target(
                key,
                f"{head}{serial:08d}",
                product=draw(st.sampled_from(("ctpl", "commercial", "other"))),
                issued=DAY + timedelta(days=draw(st.integers(0, 60))),
                premium=premium,
                net=money(premium / D("1.06")),
            )
        )
    return policies


def corrupted(draw, number):
    """A number as a tired clerk or a spreadsheet writes it."""
    kind = draw(
        st.sampled_from(("same", "blanks", "dash", "small", "o", "tag", "cut", "slip"))
    )
    place = draw(st.integers(2, len(number) - 2))
    return {
        "same": number,
        "blanks": f" {number[:place]} {number[place:]}\t",
        "dash": f"{number[:place]}-{number[place:]}",
        "small": number.lower(),
        "o": number.replace("0", "O", 1),
        "tag": f"{draw(st.text(LETTERS, min_size=2, max_size=4))}-{number}",
        "cut": number[place:] if len(number) - place >= 8 else number,
        "slip": number[:place]
        + draw(st.sampled_from("0123456789"))
        + number[place + 1 :],
    }[kind]


@tagged("post_install", "-at_install")
class TestStatementProperties(BaseCase):
    @given(ledgers(), st.data())
    @settings(max_examples=120, deadline=None)
    def test_never_matched_wrong(self, policies, data):
        """Whatever is mistyped: an automatic match is the policy that was meant, each
        line has one result, and what is agreed and withheld is what was stated."""
        draw = data.draw
        meant, lines = {}, []
        known = {canonical(policy.number) for policy in policies}
        for key in range(draw(st.integers(1, 12))):
            policy = draw(st.sampled_from(policies))
            text = corrupted(draw, policy.number)
            strange = draw(st.integers(0, 5)) == 0
            if strange:
                # A policy that the store has never seen, for a car it does not know
                text = f"{policy.number[:-8]}{draw(st.integers(0, 10**8 - 1)):08d}"
                policy = target(900 + key, text)
            number = canonical(text)
            if number in known and number != canonical(policy.number):
                continue  # another policy's number, and nothing to tell it by
            if strange and number in known:
                continue
            with_car = strange or draw(st.booleans())
            meant[key] = None if strange else policy.key
            lines.append(
                Line(
                    key=key,
                    numbers=(number,) if draw(st.integers(0, 9)) else (),
                    product=policy.product if draw(st.booleans()) else "",
                    vin=policy.vin if with_car else "",
                    plate=policy.plate if draw(st.booleans()) else "",
                    insured=policy.insured if draw(st.booleans()) else "",
                    issued=policy.issued if draw(st.booleans()) else None,
                    amounts=(policy.net,) if draw(st.booleans()) else (),
                )
            )
        outcomes = Matcher(policies).match(lines)
        self.assertEqual(len(outcomes), len(lines))
        agreed = disputed = stated = D(0)
        for outcome in outcomes:
            wanted = meant[outcome.line.key]
            if outcome.state == AUTO:
                self.assertEqual(outcome.chosen.keys, (wanted,), outcome)
            fee = money(draw(st.integers(-50000, 90000)) / D(100))
            terms = None
            if outcome.state == AUTO:
                found = outcome.chosen.targets[0]
                terms = Terms(
                    money(found.net * D("0.15")),
                    found.net,
                    D("0.15"),
                    issued=found.issued,
                )
                if draw(st.booleans()):
                    fee = terms.fee
            verdict = classify(Stated(fee), terms, (DAY, DAY + timedelta(days=30)))
            self.assertIn(verdict.result, RESULTS)
            self.assertEqual(verdict.delta, fee - verdict.expected)
            stated += fee
            if verdict.result in AGREED:
                agreed += fee
            else:
                disputed += fee
        self.assertEqual(agreed + disputed, stated)

    @given(st.data())
    @settings(max_examples=150, deadline=None)
    def test_one_result_for_any_figures(self, data):
        """Any base, rate and fee end in exactly one result that fits its words."""
        cents = st.integers(-200000, 200000).map(lambda cent: money(cent / D(100)))
        maybe = st.one_of(st.none(), cents)
        rates = st.one_of(
            st.none(), st.integers(1, 40).map(lambda share: D(share) / D(200))
        )
        base, rate = data.draw(cents), data.draw(rates)
        terms = Terms(
            money(base * (rate or D("0.1"))),
            base,
            rate,
            tax=abs(data.draw(cents)),
            issued=DAY,
            void=data.draw(st.booleans()),
            follows=data.draw(st.booleans()),
        )
        stated = Stated(
            data.draw(cents),
            data.draw(maybe),
            data.draw(rates),
            data.draw(st.booleans()),
        )
        duplicate = data.draw(st.booleans())
        verdict = classify(stated, terms, (DAY, DAY), duplicate)
        self.assertIn(verdict.result, RESULTS)
        if duplicate:
            self.assertEqual(verdict.result, "duplicate")
        if verdict.result in AGREED:
            self.assertLessEqual(abs(verdict.delta), D("0.02"))
        elif verdict.result not in ("duplicate", "cancelled_but_paid"):
            self.assertNotEqual(verdict.delta, 0)

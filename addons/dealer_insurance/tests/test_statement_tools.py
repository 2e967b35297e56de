"""The pure parts of fee statements: numbers, titles, totals, matching, results."""

from datetime import date
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..tools.statement_classify import (
    Stated,
    Terms,
    classify,
    missing_reason,
    settle_basis,
)
from ..tools.statement_lines import basis_of_columns, product_of, rate_scale, row_parts
from ..tools.statement_match import Matcher
from ..tools.statement_numbers import canonical, masked, near, one_edit, split_numbers
from ..tools.statement_target import AUTO, NONE, PROPOSED, Line, Target
from ..tools.statement_title import statement_number, statement_period
from ..tools.statement_totals import check_totals

D = Decimal
DAY = date(2025, 5, 10)


def target(serial, number, **vals):
    """A policy of 1,060.00 with VAT, 1,000.00 without."""
    return Target(
        **{
            "key": ("policy", serial),
            "number": number,
            "product": "commercial",
            "deal": serial,
            "vin": f"LTESTCAR{serial:09d}",
            "plate": f"粤A{serial:05d}",
            "insured": f"customer{serial}",
            "issued": DAY,
            "premium": D("1060.00"),
            "net": D("1000.00"),
            **vals,
        }
    )


def line(**vals):
    return Line(**{"key": 1, "issued": DAY, "amounts": (D("1000.00"),), **vals})


@tagged("post_install", "-at_install")
class TestStatementNumbers(BaseCase):
    def test_canonical(self):
        for text in ("ab-12 34\t", "ＡＢ１２３４", "'AB1234", " ab 1234 "):
            self.assertEqual(canonical(text), "AB1234")

    def test_numbers_that_lost_digits(self):
        # 14 digits are sure; the fifteenth may have been rounded.
        self.assertEqual(masked("1.25060000261011E+19"), "12506000026101??????")
        self.assertEqual(masked("12506000026101123000"), "12506000026101??????")
        self.assertEqual(masked("1.2506E+19"), "12506" + "?" * 15)
        # Rounded up by the digits that are lost
        self.assertTrue(masked("12506000026101999968").startswith("12506000026102"))
        for text in ("AB12", "123456", "12.5", ""):
            self.assertEqual(masked(text), "")

    def test_several_numbers_in_a_cell(self):
        self.assertEqual(
            split_numbers("PDAA20250001；PDZA 2025 0002"),
            ("PDAA20250001", "PDZA20250002"),
        )
        self.assertEqual(split_numbers("PDAA-2025/01"), ("PDAA202501",))

    @given(st.text("0123456789ABO", min_size=8, max_size=14), st.data())
    @settings(max_examples=60, deadline=None)
    def test_one_slip_is_near(self, number, data):
        slips = sorted(one_edit(number, "0123456789"))
        slip = data.draw(st.sampled_from(slips))
        self.assertTrue(near(number, slip, 1))
        self.assertNotIn(number, slips)


@tagged("post_install", "-at_install")
class TestStatementTitle(BaseCase):
    def test_period(self):
        march = (date(2025, 3, 1), date(2025, 3, 31))
        for texts in (
            ["打印日期：2025-04-09", "结算期间：2025-03-01 至 2025-03-31"],
            ["统计期间 20250301-20250331"],
            ["结算月份", "202503"],
            ["2025年3月代理费清单"],
            ["", "fees_2025-03.csv"],
            ["制表日期 2025-04-02", "账期：2025.03"],
        ):
            self.assertEqual(statement_period(texts), march, texts)
        self.assertEqual(statement_period(["打印时间：2025-04-09 10:21"]), (None, None))

    def test_number(self):
        self.assertEqual(statement_number(["结算单号：JS2025-0017"]), "JS2025-0017")
        self.assertEqual(statement_number(["批次号", "B20250099"]), "B20250099")
        self.assertEqual(statement_number(["佣金清单"]), "")


@tagged("post_install", "-at_install")
class TestStatementTotals(BaseCase):
    def _check(self, rows):
        return check_totals(rows, ("fee", "fee_incl"), (("fee", "fee_incl"),))

    def test_rules(self):
        lines = [
            (5, False, {"fee": D("100"), "fee_incl": D("106")}),
            (6, False, {"fee": D("-20"), "fee_incl": D("-21.2")}),
            (7, True, {"fee": D("80")}),
            (8, False, {"fee": D("50"), "fee_incl": D("53")}),
            (9, True, {"fee": D("50")}),
        ]
        checks = self._check([*lines, (10, True, {"fee": D("130")})])
        self.assertTrue(all(check.plain for check in checks))
        self.assertEqual([c.scope for c in checks], ["section", "section", "whole"])
        [without] = self._check([*lines, (10, True, {"fee": D("150")})])[2:]
        self.assertEqual((without.signs, without.left_out), ("positive", D("-20")))
        [other] = self._check([*lines, (10, True, {"fee": D("137.8")})])[2:]
        self.assertEqual(other.read_as, "fee_incl")
        self.assertFalse(other.plain)
        [wrong] = self._check([*lines, (10, True, {"fee": D("131")})])[2:]
        self.assertFalse(wrong.fits)
        self.assertEqual(wrong.expected, D("130"))


@tagged("post_install", "-at_install")
class TestStatementLines(BaseCase):
    def test_products_side_by_side(self):
        parts = row_parts(
            {
                "ctpl_no": "Z100000001",
                "ctpl_premium_ex": D("896.23"),
                "ctpl_fee": D("35.85"),
                "comm_no": "A100000002",
                "comm_fee": D("90"),
                "comm_rate": D("0.15"),
            }
        )
        self.assertEqual([part.product for part in parts], ["ctpl", "commercial"])
        self.assertEqual(parts[1].numbers, ("A100000002",))

    def test_one_fee_for_the_whole_row(self):
        [part] = row_parts(
            {
                "ctpl_no": "Z100000001",
                "ctpl_premium": D("950"),
                "comm_no": "A100000002",
                "comm_premium": D("2000"),
                "sum": D("300"),
            }
        )
        self.assertEqual(part.numbers, ("Z100000001", "A100000002"))
        self.assertEqual(part.premiums["premium"], D("2950"))
        self.assertEqual(part.fees, {"fee": D("300")})

    def test_what_a_line_says(self):
        self.assertEqual(product_of("0507交强"), "ctpl")
        self.assertEqual(product_of("新能源汽车商业保险"), "commercial")
        self.assertEqual(product_of("驾乘人员意外伤害保险"), "other")
        self.assertEqual(product_of("交强+商业"), "")
        [refund] = row_parts({"policy_no": "A100000002", "fee": D("-5")})
        self.assertTrue(refund.follows)
        [plain] = row_parts({"policy_no": "A100000002", "fee": D("5"), "note": "批量"})
        self.assertFalse(plain.follows)

    def test_rates_and_basis(self):
        parts = row_parts(
            {"policy_no": "A100000002", "premium": D("100"), "rate": 15, "fee": D("15")}
        )
        self.assertEqual(rate_scale(parts), D("0.01"))
        self.assertEqual(basis_of_columns({"fee_ex", "fee_incl"}), "ex_vat")
        self.assertEqual(basis_of_columns({"comm_premium_ex", "comm_fee"}), "ex_vat")
        self.assertEqual(basis_of_columns({"premium", "fee"}), "")
        gross = [(D("106"), D("106"), D("100"))] * 3
        self.assertEqual(settle_basis(gross), "incl_vat")
        self.assertEqual(settle_basis([]), "")


@tagged("post_install", "-at_install")
class TestStatementMatch(BaseCase):
    def setUp(self):
        super().setUp()
        self.policies = [target(i, f"QQAB2025000{i:07d}") for i in range(1, 40)]

    def _find(self, line, targets=None):
        return Matcher(targets or self.policies).match_line(line)

    def _auto(self, line, key, step, targets=None):
        outcome = self._find(line, targets)
        self.assertEqual(outcome.state, AUTO, outcome)
        self.assertEqual(outcome.chosen.keys, (("policy", key),))
        self.assertEqual(outcome.chosen.step, step)

    def test_passes(self):
        known = self.policies[6]
        self._auto(line(numbers=(known.number,)), 7, "number")
        self._auto(line(numbers=("QQAB2O25OOO0000007",)), 7, "equivalent")
        self._auto(line(numbers=("XQ" + known.number,)), 7, "equivalent")
        # The head is missing: only with the car
        cut = line(numbers=(known.number[4:],), vin=known.vin, product="commercial")
        self._auto(cut, 7, "equivalent")
        self.assertEqual(self._find(line(numbers=(known.number[4:],))).state, PROPOSED)
        slip = known.number[:-4] + "9" + known.number[-3:]
        self._auto(line(numbers=(slip,), vin=known.vin), 7, "typo")
        self.assertNotEqual(self._find(line(numbers=(slip,))).state, AUTO)
        self._auto(
            line(numbers=("QQAB2025000???????",), vin=known.vin), 7, "cut_number"
        )
        self._auto(line(vin=known.vin, product="commercial"), 7, "vehicle")
        plate = self._find(line(plate=known.plate, product="commercial"))
        self.assertEqual(plate.state, PROPOSED)
        self.assertEqual(plate.candidates[0].step, "plate")
        name = self._find(line(insured=known.insured, product="commercial"))
        self.assertEqual(name.candidates[0].step, "insured")
        self.assertEqual(self._find(line(numbers=("ZZ99887766554433",))).state, NONE)

    def test_number_of_another_car_is_only_proposed(self):
        known, other = self.policies[3], self.policies[4]
        outcome = self._find(
            line(numbers=(known.number,), vin=other.vin, insured=other.insured)
        )
        self.assertEqual(outcome.state, PROPOSED)

    def test_another_whole_number_speaks_against_the_car(self):
        """The car is ours, but the number is that of a policy nobody knows."""
        known = self.policies[3]
        outcome = self._find(
            line(numbers=("QQZZ2024999911111",), vin=known.vin, product="commercial")
        )
        self.assertEqual(outcome.state, PROPOSED)
        self.assertIn("-number", outcome.candidates[0].facts)

    def test_two_policies_of_one_car(self):
        """A void policy and its successor: the car does not decide between them."""
        void = target(50, "QQAB20250009999991", vin="LTWICE")
        live = target(51, "QQAB20250009998881", vin="LTWICE")
        outcome = self._find(line(vin="LTWICE", product="commercial"), [void, live])
        self.assertEqual(outcome.state, PROPOSED)
        self.assertEqual(len(outcome.candidates), 2)
        slip = line(numbers=("QQAB20250009998891",), vin="LTWICE", product="commercial")
        self.assertEqual(self._find(slip, [void, live]).state, PROPOSED)

    def test_endorsements_come_first(self):
        policy = self.policies[0]
        refund = target(
            90,
            policy.number,
            key=("endorsement", 90),
            vin=policy.vin,
            premium=D("-530"),
            net=D("-500"),
            endorsement="EQAB20250000000001",
            follows=True,
        )
        targets = [*self.policies, refund]
        by_amount = self._find(
            line(numbers=(policy.number,), amounts=(D("-500"),), follows=True), targets
        )
        self.assertEqual(by_amount.chosen.keys, (("endorsement", 90),))
        by_number = self._find(
            line(numbers=(policy.number,), endorsements=("EQAB2O25OOOO000001",)),
            targets,
        )
        self.assertEqual(by_number.chosen.keys, (("endorsement", 90),))
        # Without the words of an endorsement the policy is meant
        self._auto(line(numbers=(policy.number,)), 1, "number", targets)

    def test_one_line_for_a_deal(self):
        ctpl = target(
            60,
            "QQZZ20250000000060",
            product="ctpl",
            deal=60,
            premium=D("530"),
            net=D("500"),
        )
        commercial = target(61, "QQAB20250000000061", deal=60)
        whole = line(numbers=(commercial.number,), amounts=(D("1500.00"),))
        [outcome] = Matcher([ctpl, commercial]).match([whole])
        self.assertEqual(len(outcome.chosen.targets), 2)
        both = line(numbers=(commercial.number, ctpl.number), amounts=(D("1500.00"),))
        [outcome] = Matcher([ctpl, commercial]).match([both])
        self.assertEqual(outcome.chosen.step, "deal")
        # The compulsory policy has a line of its own: nothing is joined
        own = line(key=2, numbers=(ctpl.number,), amounts=(D("500"),))
        first, _second = Matcher([ctpl, commercial]).match([whole, own])
        self.assertEqual(len(first.chosen.targets), 1)

    def test_a_named_policy_is_not_taken_on_weaker_evidence(self):
        known = self.policies[2]
        named = line(numbers=(known.number,))
        nameless = line(key=2, vin=known.vin, product="commercial")
        first, second = Matcher(self.policies).match([named, nameless])
        self.assertEqual(first.state, AUTO)
        self.assertEqual(second.state, PROPOSED)
        self.assertIn("-taken", second.candidates[0].facts)


@tagged("post_install", "-at_install")
class TestStatementClassify(BaseCase):
    """A policy of 1,000.00 without VAT at 15 %, tax 300.00: 150.00 expected."""

    PERIOD = (date(2025, 5, 1), date(2025, 5, 31))

    def _verdict(self, fee, base=None, rate=None, duplicate=False, **vals):
        terms = Terms(
            **{
                "fee": D("150.00"),
                "base": D("1000.00"),
                "rate": D("0.15"),
                "tax": D("300.00"),
                "issued": DAY,
                **vals,
            }
        )
        stated = Stated(D(fee), base and D(base), rate and D(rate))
        return classify(stated, terms, self.PERIOD, duplicate)

    def _assert(self, verdict, result, cause="", delta=None):
        self.assertEqual((verdict.result, verdict.cause), (result, cause))
        if delta is not None:
            self.assertEqual(verdict.delta, D(delta))

    def test_results(self):
        check, verdict = self._assert, self._verdict
        check(verdict("150.00", "1000", "0.15"), "matched")
        check(verdict("150.02", "1000", "0.15"), "matched_rounding", "", "0.02")
        check(verdict("160.00", "1000", "0.16"), "rate_difference", "rate", "10.00")
        check(verdict("195.00", "1300", "0.15"), "base_difference", "tax", "45.00")
        check(verdict("192.45", "1283.02", "0.15"), "base_difference", "tax")
        check(verdict("159.00", "1060", "0.15"), "base_difference", "vat_in", "9.00")
        check(verdict("141.51", "943.40", "0.15"), "base_difference", "vat_out")
        check(verdict("120.00", "800", "0.15"), "base_difference", "other")
        check(verdict("180.00", "1000", "0.15"), "amount_difference", "product")
        check(verdict("150.00", duplicate=True), "duplicate", "", "150.00")
        check(verdict("150.00", void=True), "cancelled_but_paid", "void", "150.00")
        early = date(2025, 4, 30)
        check(verdict("150.00", issued=early), "cut_off", "before")
        check(
            verdict("160.00", "1000", "0.16", issued=early), "rate_difference", "rate"
        )
        check(classify(Stated(D("9")), None), "unknown_policy", "", "9")

    def test_what_is_not_printed(self):
        """Without a rate or a base the rest tells what went wrong."""
        check, verdict = self._assert, self._verdict
        check(verdict("160.00", "1000"), "rate_difference", "rate")
        check(verdict("173.21", "1000"), "amount_difference", "product")
        check(verdict("159.00", None, "0.15"), "base_difference", "vat_in")
        check(verdict("195.00", None, "0.15"), "base_difference", "tax")
        check(verdict("160.00"), "amount_difference", "product")

    def test_clawbacks(self):
        terms = Terms(D("-75.00"), D("-500.00"), D("0.15"), issued=DAY, follows=True)
        fits = classify(Stated(D("-75.00"), follows=True), terms, self.PERIOD)
        self._assert(fits, "clawback_matched")
        more = Stated(D("-80.00"), D("-500.00"), D("0.16"), True)
        self._assert(classify(more, terms, self.PERIOD), "rate_difference", "rate")
        unknown = classify(
            Stated(D("-75.00"), follows=True), Terms(D("150"), D("1000"), D("0.15"))
        )
        self._assert(unknown, "amount_difference", "no_endorsement", "-75.00")

    def test_missing(self):
        last = date(2025, 5, 31)
        self.assertEqual(
            missing_reason(D("5"), date(2025, 5, 29), last, 3), "cut_off_next_month"
        )
        self.assertEqual(
            missing_reason(D("5"), date(2025, 5, 28), last, 3), "omitted_by_insurer"
        )
        self.assertEqual(
            missing_reason(D("-5"), date(2025, 5, 31), last, 3), "clawback_not_deducted"
        )

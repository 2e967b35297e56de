import datetime
import string
from unittest import TestCase

from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.cn import uscc

from ..tools import identity
from ..tools.naming import company_key, text_key

VIN_CHARS = "".join(sorted(set(string.ascii_uppercase + string.digits) - set("IOQ")))
vins = st.text(VIN_CHARS, min_size=16, max_size=16).map(
    lambda rest: rest[:8] + "0" + rest[8:]
)


def with_check_digit(vin):
    return vin[:8] + identity.vin_check_digit(vin) + vin[9:]


@st.composite
def identity_numbers(draw, prefix=None):
    """Numbers with a real date and a right checksum, of any county code."""
    head = prefix or draw(st.integers(110000, 659999).map(str))
    head += draw(st.text(string.digits, min_size=6 - len(head), max_size=6 - len(head)))
    born = draw(
        st.dates(datetime.date(1900, 1, 1), datetime.date(2025, 12, 31))
    ).strftime("%Y%m%d")
    body = head + born + f"{draw(st.integers(0, 999)):03d}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(d) * w for d, w in zip(body, weights, strict=True))
    return body + "10X98765432"[total % 11]


class TestIdentity(TestCase):
    """Rules of domain.md §8; the check digits are computed here a second time."""

    def test_vin_known_examples(self):
        self.assertTrue(identity.check_vin("1M8GDM9AXKP042788").clean)
        self.assertTrue(identity.check_vin("LSVAA49J132047371").clean)
        self.assertEqual(
            identity.check_vin("ＬＳＶ AA49J-132047371").value, "LSVAA49J132047371"
        )

    def test_vin_problems(self):
        for text, problem in (
            ("", "vin_missing"),
            (False, "vin_missing"),
            ("LSVAA49J1320473", "vin_length"),
            ("LSVAA49J13204737O", "vin_letters"),
            ("LSVAA49J13204737京", "vin_chars"),
            ("LSVAA49J032047371", "vin_check_digit"),
        ):
            check = identity.check_vin(text)
            self.assertEqual(check.problem, problem, text)
            self.assertFalse(check.ok)

    def test_vin_of_an_imported_car_only_warns(self):
        check = identity.check_vin("WBA00000000000000")
        self.assertEqual(check.problem, "vin_check_digit")
        self.assertTrue(check.ok)
        self.assertFalse(check.clean)

    @given(vins)
    @settings(max_examples=200, deadline=None)
    def test_vin_round_trip(self, vin):
        right = with_check_digit(vin)
        self.assertTrue(identity.check_vin(right).clean)
        self.assertTrue(identity.check_vin(f" {right.lower()} ").clean)

    @given(vins, st.integers(9, 16), st.sampled_from(string.digits))
    @settings(max_examples=200, deadline=None)
    def test_vin_one_wrong_digit_is_found(self, vin, place, digit):
        right = with_check_digit(vin)
        wrong = right[:place] + digit + right[place + 1 :]
        same = not right[place].isdigit() or wrong == right
        if not same:
            check = identity.check_vin(wrong)
            self.assertEqual(check.problem, "vin_check_digit")

    def test_plates(self):
        for text, kind in (
            ("粤A12345", "fuel"),
            ("粤a·12345", "fuel"),
            ("粤AD12345", "nev_electric"),
            ("粤A12345D", "nev_electric"),
            ("京AAF0236", "nev_electric"),
            ("粤AF12345", "nev_hybrid"),
            ("粤B1234学", "fuel"),
            ("使012345", "other"),
            ("未上牌", "none"),
            ("", "none"),
        ):
            check = identity.check_plate(text)
            self.assertEqual((check.kind, check.problem), (kind, ""), text)
        for text in ("粤AI1234", "A12345", "粤A1234", "粤A1234567"):
            self.assertEqual(identity.check_plate(text).problem, "plate_format", text)

    @given(identity_numbers())
    @settings(max_examples=200, deadline=None)
    def test_identity_of_any_county_and_year(self, number):
        check = identity.check_identity(number)
        self.assertTrue(check.clean, number)
        self.assertEqual(check.birth_date.strftime("%Y%m%d"), number[6:14])
        self.assertEqual(check.gender == "male", int(number[16]) % 2 == 1)

    @given(identity_numbers(), st.integers(0, 5), st.integers(1, 8))
    @settings(max_examples=200, deadline=None)
    def test_identity_one_wrong_digit_is_found(self, number, place, shift):
        digit = str((int(number[place]) + shift) % 10)
        wrong = number[:place] + digit + number[place + 1 :]
        self.assertFalse(identity.check_identity(wrong).ok)

    @given(st.sampled_from(["81", "82", "83", "91"]).flatmap(identity_numbers))
    @settings(max_examples=50, deadline=None)
    def test_permits_and_foreigners(self, number):
        check = identity.check_identity(number)
        self.assertTrue(check.clean)
        self.assertEqual(check.kind, "foreigner" if number[0] == "9" else "permit")

    def test_identity_problems(self):
        for text, problem in (
            ("", "id_missing"),
            ("44010619900101", "id_length"),
            ("44010619900101A234", "id_format"),
            ("440106199013011234", "id_birth_date"),
            ("440106209901011234", "id_birth_date"),
            ("360426199101010072", "id_checksum"),
        ):
            self.assertEqual(identity.check_identity(text).problem, problem, text)
        self.assertTrue(identity.check_identity("CHN110198512345").clean)

    def test_company_code(self):
        self.assertTrue(identity.check_uscc("91110000600037341L").clean)
        self.assertEqual(
            identity.check_uscc("91110000600037341M").problem, "uscc_checksum"
        )
        self.assertEqual(
            identity.check_uscc("9111000060003734IL").problem, "uscc_format"
        )
        self.assertEqual(
            identity.check_identity_or_uscc("91110000600037341L").kind, "company"
        )
        self.assertEqual(uscc.validate("91110000600037341L"), "91110000600037341L")

    def test_phones(self):
        for text in ("13812345678", "+86 138-1234-5678", "138 1234 5678"):
            check = identity.check_mobile(text)
            self.assertEqual((check.value, check.problem), ("13812345678", ""))
        self.assertEqual(identity.check_mobile("0757-83123456").kind, "landline")
        self.assertFalse(identity.check_mobile("12812345678").ok)
        self.assertFalse(identity.check_mobile("95518").ok)
        self.assertTrue(identity.check_mobile("95518", hotline=True).clean)

    def test_masks(self):
        self.assertEqual(
            identity.mask_identity("440106199001011234"), "4401**********1234"
        )
        self.assertEqual(identity.mask_identity("E12345678"), "E*******8")
        self.assertEqual(identity.mask_identity(""), "")
        self.assertEqual(identity.mask_phone("13812345678"), "138****5678")

    def test_comparable_names(self):
        self.assertEqual(company_key("平安财险（股份）有限公司 "), "平安财险")
        self.assertEqual(company_key("人保财险股份有限公司"), "人保财险")
        self.assertEqual(text_key(" Ａ b，c。"), "abc")

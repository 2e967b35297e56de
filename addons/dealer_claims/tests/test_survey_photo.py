"""Photos tell time and place themselves; what does not fit is flagged (G-V9)."""

import base64
from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import BaseCase, tagged

from odoo.addons.dealer_base.models.guard_mixin import GuardError

from ..tools.photo_facts import PhotoFacts, distance_metres, read_facts
from .survey_common import SCENE, SurveyCommon, photo

NOON = datetime(2026, 3, 2, 12, 0, 0)


class TestPhotoFacts(BaseCase):
    def test_time_zone_and_place_of_the_camera(self):
        facts = read_facts(
            base64.b64decode(photo("red", NOON, (23.5, 113.25), "+08:00"))
        )
        self.assertEqual(facts.taken_at, NOON)
        self.assertEqual(facts.utc_offset, timedelta(hours=8))
        self.assertAlmostEqual(facts.latitude, 23.5, places=5)
        self.assertAlmostEqual(facts.longitude, 113.25, places=5)

    def test_what_is_missing_or_broken_tells_nothing(self):
        nothing = PhotoFacts()
        self.assertEqual(read_facts(base64.b64decode(photo())), nothing)
        for content in (b"", b"no picture", b"\xff\xd8\xff\xe1\x00"):
            self.assertEqual(read_facts(content), nothing)

    def test_distances_by_hand(self):
        # A degree of latitude is 111.2 km; of longitude at 60° north half of it.
        self.assertAlmostEqual(distance_metres((0, 0), (1, 0)), 111195, delta=1)
        self.assertAlmostEqual(distance_metres((60, 0), (60, 1)), 55597, delta=3)
        self.assertEqual(distance_metres((23, 113), (23, 113)), 0.0)


@tagged("post_install", "-at_install")
class TestSurveyPhoto(SurveyCommon):
    def setUp(self):
        super().setUp()
        self.company.partner_id.tz = "Asia/Shanghai"
        with freeze_time("2026-03-02 04:00:00"):
            self.survey = self._on_site()

    def _add(self, data, position=SCENE):
        with freeze_time("2026-03-02 04:10:00"):
            number = self.survey.action_add_photo(
                self.angles[0].id, data, "x.jpg", position
            )
        return self.survey.photo_ids.browse(number)

    def test_a_photo_of_now_and_here_is_fine(self):
        # 12:05 in the store is 04:05 UTC; the scene stands in the photo as well.
        picture = self._add(photo("red", datetime(2026, 3, 2, 12, 5), (23.02, 113.12)))
        self.assertEqual(picture.exif_taken_at, datetime(2026, 3, 2, 4, 5))
        self.assertEqual(picture.received_at, datetime(2026, 3, 2, 4, 10))
        self.assertEqual(picture.distance, 0)
        self.assertFalse(picture.is_flagged)

    def test_an_old_photo_is_flagged_and_must_be_explained(self):
        picture = self._add(photo("red", datetime(2026, 3, 1, 12, 5)))
        self.assertTrue(picture.is_time_off)
        self.assertIn("2026-03-01", picture.flag_text)
        self._take_photos(self.survey)
        self._fill_report(self.survey)
        with self.assertRaises(GuardError) as caught:
            self.survey.action_report()
        self.assertEqual(caught.exception.codes, ["G-V9"])
        self.survey.difference_note = "Clock of the camera was wrong"
        self.survey.action_report()

    def test_zone_of_the_camera_counts(self):
        picture = self._add(photo("red", datetime(2026, 3, 2, 13, 5), offset="+09:00"))
        self.assertEqual(picture.exif_taken_at, datetime(2026, 3, 2, 4, 5))
        self.assertFalse(picture.is_time_off)

    def test_place_of_the_camera_goes_before_that_of_the_phone(self):
        picture = self._add(photo("red", None, (23.12, 113.12)))
        self.assertTrue(picture.is_place_off)
        self.assertAlmostEqual(picture.distance, 11119, delta=5)

    def test_no_picture_is_refused(self):
        with self.assertRaises(UserError):
            self._add(base64.b64encode(b"<svg onload=alert(1)>").decode())

    def test_facts_of_a_photo_are_not_typed_in(self):
        picture = self._add(photo())
        for vals in ({"latitude": 1.0}, {"received_at": NOON}, {"image": photo()}):
            with self.assertRaises(UserError):
                picture.write(vals)
        with self.assertRaises(UserError):
            self.env["dealer.survey.photo"].with_user(self.surveyor).create(
                {
                    "survey_id": self.survey.id,
                    "angle_id": self.angles[0].id,
                    "image": photo(),
                    "latitude": 23.02,
                }
            )
        waiting = self._survey()
        with self.assertRaises(UserError):
            waiting.action_add_photo(self.angles[0].id, photo())

    def test_tiles_show_what_is_missing(self):
        self._add(photo())
        board = self.survey.photo_board
        self.assertTrue(board["open"])
        tile = next(t for t in board["angles"] if t["id"] == self.angles[0].id)
        self.assertEqual((tile["needed"], len(tile["photos"])), (1, 1))
        self.assertEqual(sum(t["needed"] for t in board["angles"]), 9)

    def test_the_report_prints(self):
        self._take_photos(self.survey)
        self._fill_report(self.survey)
        self.survey.action_report()
        report = self.env["ir.actions.report"].with_user(self.surveyor)
        html, _kind = report._render_qweb_html(
            "dealer_claims.report_survey", self.survey.ids
        )
        text = html.decode()
        self.assertIn(self.survey.name, text)
        self.assertIn("23.020000, 113.120000", text)
        self.assertEqual(text.count('alt="Photo"'), 9)

"""The surveyor's phone in the browser, in Chinese."""

from odoo.tests import HttpCase, tagged

from .survey_common import SurveyCommon


@tagged("post_install", "-at_install", "is_tour")
class TestTourSurvey(SurveyCommon, HttpCase):
    browser_size = "390x844"
    touch_enabled = True

    def test_surveyor_on_the_phone(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.surveyor.lang = "zh_CN"
        survey = self._survey()
        self.env.flush_all()
        self.start_tour(
            "/odoo/dealer-my-surveys", "dealer_survey_phone", login=self.surveyor.login
        )
        self.env.invalidate_all()
        self.assertEqual(survey.state, "on_site")
        self.assertEqual((survey.latitude, survey.accuracy), (23.02, 8.0))
        self.assertEqual(survey.photo_ids.angle_id.mapped("code"), ["damage"])
        self.assertEqual(survey.photo_count, 2)
        self.assertEqual(set(survey.photo_ids.mapped("latitude")), {23.02})
        self.assertFalse(survey.flagged_photo_count)

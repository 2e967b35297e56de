"""A store that surveys for an insurer: mandate, surveyors, surveys at each step."""

import base64
import io

from PIL import Image

from odoo import fields
from odoo.tests import new_test_user

from .claims_common import PNG, ClaimsCommon

# The scene, and a place about 1.1 km north of it.
SCENE = {"latitude": 23.02, "longitude": 113.12, "accuracy": 12.0}
ELSEWHERE = {"latitude": 23.03, "longitude": 113.12, "accuracy": 12.0}


def photo(color="blue", taken_at=None, place=None, offset=None):
    """A small JPEG as base64, with the facts that a camera writes.

    :param taken_at: wall-clock time of the camera, datetime
    :param place: (latitude, longitude), north and east
    :param offset: zone of the camera, like ``+08:00``
    """
    buffer = io.BytesIO()
    exif = Image.Exif()
    if taken_at or offset:
        main = exif.get_ifd(0x8769)
        if taken_at:
            main[0x9003] = taken_at.strftime("%Y:%m:%d %H:%M:%S")
        if offset:
            main[0x9011] = offset
    if place:
        gps = exif.get_ifd(0x8825)
        for key, reference, value in ((1, "N", place[0]), (3, "E", place[1])):
            degrees = int(value)
            minutes = int((value - degrees) * 60)
            seconds = (value - degrees - minutes / 60.0) * 3600
            gps[key] = reference
            gps[key + 1] = (float(degrees), float(minutes), round(seconds, 4))
    Image.new("RGB", (64, 48), color).save(buffer, "JPEG", exif=exif)
    return base64.b64encode(buffer.getvalue()).decode()


class SurveyCommon(ClaimsCommon):
    """Mandate of the first insurer for one district, two surveyors."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.surveyor_2 = cls._user("survey_agent", login="survey_second")
        cls.survey_staff = cls._staff(cls.surveyor, "survey_agent")
        cls.survey_staff_2 = cls._staff(cls.surveyor_2, "survey_agent")
        (cls.survey_staff | cls.survey_staff_2).write({"registration_no": "REG-1"})
        cls.mandate = cls.su_env["dealer.survey.mandate"].create(
            {
                "name": "WT-1",
                "company_id": cls.company.id,
                "insurer_id": cls.insurer.id,
                "regions": "Shunde, Chancheng",
                "amount_limit": 5000.0,
                "fee": 106.0,
                "date_from": "2020-01-01",
            }
        )
        cls.angles = cls.su_env["dealer.survey.angle"].search([])
        cls.reason = cls.su_env.ref("dealer_base.reason_nr_02")

    def _survey_vals(self, **vals):
        self.__class__.serial += 1
        return {
            "company_id": self.company.id,
            "insurer_id": self.insurer.id,
            "vehicle_id": self.vehicle.id,
            "partner_id": self.customer.id,
            "report_no": f"RN{self.serial:06d}",
            "accident_at": fields.Datetime.now(),
            "region": "Shunde",
            "address": "Ring Road 1",
            "surveyor_id": self.survey_staff.id,
            **vals,
        }

    def _survey(self, **vals):
        """An assigned survey, as its surveyor sees it."""
        Survey = self.env["dealer.survey"].with_user(self.hotline)
        return Survey.create(self._survey_vals(**vals)).with_user(self.surveyor)

    def _accepted(self, **vals):
        survey = self._survey(**vals)
        survey.action_accept()
        return survey

    def _on_site(self, position=SCENE, **vals):
        survey = self._accepted(**vals)
        survey.action_arrive(position)
        return survey

    def _take_photos(self, survey, position=SCENE):
        for angle, missing in survey._missing_photos()[survey]:
            for _index in range(missing):
                survey.action_add_photo(angle.id, photo(), "p.jpg", position)

    def _fill_report(self, survey):
        survey.write(
            {
                "accident_facts": "Rear-end collision at the lights.",
                "liability": "100",
                "estimated_loss": 3200.0,
                "sketch": PNG,
                "customer_signature": PNG,
                "signer_name": "Driver",
            }
        )

    def _reported(self, **vals):
        survey = self._on_site(**vals)
        self._take_photos(survey)
        self._fill_report(survey)
        survey.action_report()
        return survey

    def _uploaded(self, **vals):
        survey = self._reported(**vals)
        survey.upload_ref = "UP-1"
        survey.action_upload()
        return survey

    def _insurer_confirmed(self, **vals):
        survey = self._uploaded(**vals)
        survey.action_insurer_confirm()
        return survey

    @classmethod
    def _portal_user(cls, login, partner):
        return new_test_user(
            cls.su_env,
            login=login,
            groups="base.group_portal",
            partner_id=partner.id,
            company_id=cls.company.id,
            company_ids=[(6, 0, cls.company.ids)],
        )

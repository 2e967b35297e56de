import base64
import binascii
from datetime import timedelta

from dateutil import tz

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..const import ACCIDENT_TYPES
from ..tools.photo_facts import distance_metres, is_photo, read_facts
from .survey import FIELD_STATES

# A picture above this size is no photo of a phone (bytes).
MAX_PHOTO = 25 * 1024 * 1024


class DealerSurveyAngle(models.Model):
    """A view from which photos are needed, and how many (SM-9)."""

    _name = "dealer.survey.angle"
    _description = "Photo Angle of a Survey"
    _order = "sequence, id"

    code = fields.Char(required=True)
    name = fields.Char(required=True, translate=True)
    hint = fields.Char(translate=True, help="What must be seen on the photo.")
    sequence = fields.Integer(default=10)
    count = fields.Integer(
        string="Photos Needed", default=1, help="0: welcome, never asked for."
    )
    exception_ids = fields.One2many(
        "dealer.survey.angle.count", "angle_id", string="Other Numbers", copy=True
    )
    active = fields.Boolean(default=True)

    _code_uniq = models.UniqueIndex("(code)", "This angle exists already.")
    _count_positive = models.Constraint(
        "CHECK (count >= 0)", "The number of photos cannot be negative."
    )

    def _needed(self, accident_type):
        """How many photos of this angle an accident of a type needs."""
        self.ensure_one()
        if not self.active:
            return 0
        for line in self.exception_ids:
            if line.accident_type == accident_type:
                return line.count
        return self.count


class DealerSurveyAngleCount(models.Model):
    _name = "dealer.survey.angle.count"
    _description = "Photos Needed by Type of Accident"
    _order = "angle_id, id"

    angle_id = fields.Many2one(
        "dealer.survey.angle", required=True, index=True, ondelete="cascade"
    )
    accident_type = fields.Selection(ACCIDENT_TYPES, required=True)
    count = fields.Integer(string="Photos Needed", required=True, default=1)

    _type_uniq = models.UniqueIndex(
        "(angle_id, accident_type)", "This type of accident stands here already."
    )
    _count_positive = models.Constraint(
        "CHECK (count >= 0)", "The number of photos cannot be negative."
    )


class DealerSurveyPhoto(models.Model):
    """One photo of the scene, with what phone and camera say of time and place.

    The time of arrival in the system is the server's; a photo whose own time or place
    does not fit is flagged and must be explained (G-V9).
    """

    _name = "dealer.survey.photo"
    _description = "Photo of a Survey"
    _inherit = ["dealer.derived.mixin"]
    _order = "survey_id, id"
    _check_company_auto = True
    _protected_fields = (
        "received_at",
        "latitude",
        "longitude",
        "accuracy",
        "exif_taken_at",
        "exif_latitude",
        "exif_longitude",
    )

    survey_id = fields.Many2one(
        "dealer.survey",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    company_id = fields.Many2one(
        related="survey_id.company_id", store=True, index=True, precompute=True
    )
    angle_id = fields.Many2one("dealer.survey.angle", required=True, index=True)
    name = fields.Char(string="File")
    image = fields.Image(string="Photo", required=True, max_width=1920, max_height=1920)
    # Small copy for tiles and prints.
    image_512 = fields.Image(
        string="Small Photo", related="image", max_width=512, max_height=512, store=True
    )
    received_at = fields.Datetime(readonly=True)
    latitude = fields.Float(digits=(10, 6), readonly=True)
    longitude = fields.Float(digits=(10, 6), readonly=True)
    accuracy = fields.Float(string="Accuracy (m)", digits=(10, 1), readonly=True)
    exif_taken_at = fields.Datetime(string="Time of the Camera", readonly=True)
    exif_latitude = fields.Float(digits=(10, 6), readonly=True)
    exif_longitude = fields.Float(digits=(10, 6), readonly=True)
    is_time_off = fields.Boolean(compute="_compute_flags", store=True)
    is_place_off = fields.Boolean(compute="_compute_flags", store=True)
    is_flagged = fields.Boolean(
        string="Flagged", compute="_compute_flags", store=True, index=True
    )
    distance = fields.Integer(
        string="Distance (m)",
        compute="_compute_flags",
        store=True,
        aggregator="max",
        help="From the place of the arrival.",
    )
    flag_text = fields.Char(string="Difference", compute="_compute_flag_text")

    def _place(self):
        """Where the photo was taken: the camera's own word before the phone's."""
        self.ensure_one()
        for names in (("exif_latitude", "exif_longitude"), ("latitude", "longitude")):
            place = tuple(self[name] for name in names)
            if any(place):
                return place
        return ()

    @api.depends(
        "received_at",
        "latitude",
        "longitude",
        "exif_taken_at",
        "exif_latitude",
        "exif_longitude",
        "survey_id.latitude",
        "survey_id.longitude",
        "survey_id.located_at",
        "company_id.dealer_survey_photo_minutes",
        "company_id.dealer_survey_photo_metres",
    )
    def _compute_flags(self):
        for photo in self:
            company, survey = photo.company_id, photo.survey_id
            tolerance = timedelta(minutes=company.dealer_survey_photo_minutes)
            photo.is_time_off = bool(
                photo.exif_taken_at
                and photo.received_at
                and abs(photo.received_at - photo.exif_taken_at) > tolerance
            )
            metres, place = 0.0, photo._place()
            if place and survey.located_at:
                metres = distance_metres(place, (survey.latitude, survey.longitude))
            photo.distance = round(metres)
            photo.is_place_off = metres > company.dealer_survey_photo_metres
            photo.is_flagged = photo.is_time_off or photo.is_place_off

    @api.depends("is_time_off", "is_place_off", "distance", "exif_taken_at")
    @api.depends_context("lang", "tz")
    def _compute_flag_text(self):
        for photo in self:
            words = []
            if photo.is_time_off:
                words.append(
                    self.env._(
                        "taken on %(moment)s",
                        moment=fields.Datetime.to_string(
                            fields.Datetime.context_timestamp(
                                photo, photo.exif_taken_at
                            ).replace(tzinfo=None)
                        )[:16],
                    )
                )
            if photo.is_place_off:
                words.append(self.env._("%(metres)s m away", metres=photo.distance))
            photo.flag_text = self.env._(", ").join(words)

    # ------------------------------------------------------------------ CRUD
    @api.model_create_multi
    def create(self, vals_list):
        surveys = self.env["dealer.survey"].browse(
            [vals["survey_id"] for vals in vals_list if vals.get("survey_id")]
        )
        surveys._check_photos_open()
        facts = [self._prepare_fact_vals(vals) for vals in vals_list]
        photos = super().create(vals_list)
        for photo, vals in zip(photos, facts, strict=True):
            photo._write_protected(
                {name: vals[name] for name in vals if not photo[name]}
            )
        return photos

    @api.model
    def _prepare_fact_vals(self, vals):
        """Time of arrival, and what the picture itself tells, before it is scaled."""
        content = self._decode(vals.get("image"))
        if len(content) > MAX_PHOTO:
            raise UserError(
                self.env._("The photo is too large. Take it with the camera again.")
            )
        if not is_photo(content):
            raise UserError(
                self.env._("The file is no photo. Take it with the camera again.")
            )
        facts = read_facts(content)
        survey = self.env["dealer.survey"].browse(vals.get("survey_id"))
        found = {"received_at": fields.Datetime.now()}
        if facts.taken_at:
            # A camera that writes no zone shows the time of the store.
            offset = facts.utc_offset
            zone = survey.company_id._dealer_timezone()
            moment = (
                facts.taken_at - offset
                if offset is not None
                else facts.taken_at.replace(tzinfo=zone)
                .astimezone(tz.UTC)
                .replace(tzinfo=None)
            )
            found["exif_taken_at"] = moment
        if facts.latitude is not None and facts.longitude is not None:
            found["exif_latitude"] = facts.latitude
            found["exif_longitude"] = facts.longitude
        return found

    @staticmethod
    def _decode(data):
        if isinstance(data, str):
            data = data.encode()
        try:
            return base64.b64decode(data or b"", validate=False)
        except (binascii.Error, ValueError):
            return b""

    def write(self, vals):
        if {"image", "angle_id", "survey_id"} & vals.keys():
            self.survey_id._check_photos_open()
            if "image" in vals or "survey_id" in vals:
                raise UserError(
                    self.env._("A photo is not replaced: delete it and take a new one.")
                )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_only_before_report(self):
        self.survey_id._check_photos_open()


class DealerSurvey(models.Model):
    _inherit = "dealer.survey"

    photo_ids = fields.One2many("dealer.survey.photo", "survey_id", string="Photos")
    photo_count = fields.Integer(compute="_compute_photo_count")
    flagged_photo_count = fields.Integer(
        compute="_compute_photo_count", string="Flagged Photos"
    )
    photo_board = fields.Json(
        string="Photos by Angle", compute="_compute_photo_board", exportable=False
    )

    @api.depends("photo_ids.is_flagged")
    def _compute_photo_count(self):
        for survey in self:
            survey.photo_count = len(survey.photo_ids)
            survey.flagged_photo_count = len(survey.photo_ids.filtered("is_flagged"))

    @api.depends("photo_ids.angle_id", "photo_ids.is_flagged", "accident_type", "state")
    @api.depends_context("lang")
    def _compute_photo_board(self):
        """What the tiles of the phone show: angles, how many are needed and taken."""
        angles = self.env["dealer.survey.angle"].search(Domain.TRUE)
        for survey in self:
            photos = survey.photo_ids.grouped("angle_id")
            none = survey.photo_ids.browse()
            tiles = [
                {
                    "id": angle.id,
                    "code": angle.code,
                    "name": angle.name,
                    "hint": angle.hint or "",
                    "needed": angle._needed(survey.accident_type),
                    "photos": [
                        {"id": photo.id, "flag": photo.flag_text or ""}
                        for photo in photos.get(angle, none).sorted("id")
                        if isinstance(photo.id, int)
                    ],
                }
                for angle in angles | survey.photo_ids.angle_id
            ]
            survey.photo_board = {
                "open": survey.state in FIELD_STATES and isinstance(survey.id, int),
                "angles": [tile for tile in tiles if tile["needed"] or tile["photos"]]
                + [tile for tile in tiles if not tile["needed"] and not tile["photos"]],
            }

    def _missing_photos(self):
        """Angles of which photos are missing.

        :return: dict survey -> list of (angle, number still missing)
        """
        angles = self.env["dealer.survey.angle"].search(Domain.TRUE)
        result = {}
        for survey in self:
            taken = survey.photo_ids.grouped("angle_id")
            rows = []
            for angle in angles:
                photos = taken.get(angle)
                missing = angle._needed(survey.accident_type) - len(photos or ())
                if missing > 0:
                    rows.append((angle, missing))
            result[survey] = rows
        return result

    def _check_photos_open(self):
        """Photos belong to the scene: from the acceptance until the report.

        :raises UserError: the survey is not accepted yet, or reported already
        """
        closed = self.filtered(
            lambda s: s.state not in FIELD_STATES and not s.is_historical
        )
        if closed:
            raise UserError(
                self.env._(
                    "%(names)s: photos are taken between acceptance and report. After "
                    "the report a leader can take it back.",
                    names=", ".join(closed.mapped("name")),
                )
            )

    def action_add_photo(self, angle_id=None, data=None, filename="", position=None):
        """Keep a photo that the phone has just taken.

        :param angle_id: id of the angle that was tapped
        :param data: base64 of the picture as the camera wrote it
        :param filename: name of the file
        :param position: like ``action_arrive``
        :return: id of the photo
        """
        self.ensure_one()
        self.check_access("write")
        self._check_mine()
        self._check_photos_open()
        place = self._prepare_position_vals(position)
        place.pop("located_at", None)
        photo = self.env["dealer.survey.photo"]._create_protected(
            [
                {
                    "survey_id": self.id,
                    "angle_id": angle_id,
                    "name": (filename or "")[:128],
                    "image": data,
                    **place,
                }
            ]
        )
        return photo.id

    def action_remove_photo(self, photo_id=None):
        """Take back a photo that is blurred or of another angle."""
        self.ensure_one()
        self.check_access("write")
        self._check_mine()
        self.photo_ids.filtered(lambda photo: photo.id == photo_id).unlink()
        return True

"""What a photo tells of itself: time and place as the camera wrote them.

Pure functions over bytes and numbers; no ORM, no clock.
"""

import io
from datetime import datetime, timedelta
from math import asin, cos, radians, sin, sqrt
from typing import NamedTuple

from PIL import Image, UnidentifiedImageError

EXIF_IFD, GPS_IFD = 0x8769, 0x8825
TAKEN_ORIGINAL, TAKEN, OFFSET_ORIGINAL, OFFSET = 0x9003, 0x0132, 0x9011, 0x9010
LAT_REF, LAT, LNG_REF, LNG = 1, 2, 3, 4
EARTH_METRES = 6371000.0


class PhotoFacts(NamedTuple):
    """Facts of one photo; what is missing or unreadable is ``None``.

    ``taken_at`` is a wall-clock time without zone; ``utc_offset`` is the camera's
    zone where it wrote one.
    """

    taken_at: datetime | None = None
    utc_offset: timedelta | None = None
    latitude: float | None = None
    longitude: float | None = None


def is_photo(content):
    """Whether the bytes are a raster picture that a camera makes.

    :param content: bytes of the file
    """
    try:
        with Image.open(io.BytesIO(content)) as picture:
            return bool(picture.format)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        return False


def read_facts(content):
    """Time and place of a photo.

    :param content: bytes of the picture
    :return: :class:`PhotoFacts`; all ``None`` when the file tells nothing
    """
    try:
        with Image.open(io.BytesIO(content)) as picture:
            exif = picture.getexif()
            main, gps = exif.get_ifd(EXIF_IFD), exif.get_ifd(GPS_IFD)
            moment = main.get(TAKEN_ORIGINAL) or exif.get(TAKEN)
            offset = main.get(OFFSET_ORIGINAL) or main.get(OFFSET)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, KeyError):
        return PhotoFacts()
    return PhotoFacts(
        _moment(moment),
        _offset(offset),
        _degrees(gps.get(LAT), gps.get(LAT_REF), "S", 90.0),
        _degrees(gps.get(LNG), gps.get(LNG_REF), "W", 180.0),
    )


def _moment(text):
    try:
        return datetime.strptime(str(text).strip("\x00 "), "%Y:%m:%d %H:%M:%S")
    except ValueError:
        return None


def _offset(text):
    """``+08:00`` as a timedelta."""
    text = str(text or "").strip("\x00 ")
    if len(text) != 6 or text[0] not in "+-" or text[3] != ":":
        return None
    hours, minutes = text[1:3], text[4:6]
    if not (hours.isdecimal() and minutes.isdecimal()):
        return None
    span = timedelta(hours=int(hours), minutes=int(minutes))
    return -span if text[0] == "-" else span


def _degrees(parts, reference, negative, limit):
    """Degrees, minutes and seconds as signed degrees."""
    try:
        degrees, minutes, seconds = (float(part) for part in parts)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    value = degrees + minutes / 60.0 + seconds / 3600.0
    # An unset position is written as zeros, or as no number at all.
    if not 0.0 < value <= limit:
        return None
    sign = -1.0 if str(reference or "").strip("\x00 ").upper() == negative else 1.0
    return sign * value


def distance_metres(one, two):
    """Great-circle distance of two places.

    :param one, two: (latitude, longitude) in degrees
    :return: metres
    """
    lat_1, lng_1, lat_2, lng_2 = map(radians, (*one, *two))
    half = (
        sin((lat_2 - lat_1) / 2) ** 2
        + cos(lat_1) * cos(lat_2) * sin((lng_2 - lng_1) / 2) ** 2
    )
    return 2 * EARTH_METRES * asin(min(1.0, sqrt(half)))

import re
from urllib.parse import urlencode

from werkzeug.exceptions import Forbidden

from odoo import http
from odoo.http import request


class HotlineController(http.Controller):
    """Door for telephone systems: the number on the display opens a new call."""

    @http.route(
        "/dealer/hotline/call", type="http", auth="user", methods=["GET"], readonly=True
    )
    def hotline_call(self, phone="", **_kwargs):
        """Send the browser to the form of a new call with the caller recognised.

        Nothing is stored by this address: the agent saves the form.

        :param phone: number of the caller, in any writing
        """
        if not request.env["dealer.accident.call"].has_access("create"):
            raise Forbidden()
        digits = re.sub(r"[^0-9+]", "", phone)[:20]
        return request.redirect(f"/odoo/hotline-call?{urlencode({'phone': digits})}")

import base64
import binascii

from werkzeug.exceptions import NotFound

from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

from odoo.addons.dealer_base.tools.identity import mask_identity, mask_phone

# A drawn name is a small picture; anything larger is not a signature.
MAX_SIGNATURE = 300_000
PNG_HEAD = b"\x89PNG\r\n\x1a\n"


class PortalQuote(http.Controller):
    """The page that a customer opens by link: compare, read, accept or decline.

    The key in the link is the only right of the visitor. A wrong, missing or foreign
    key always gets the same answer as a quote that does not exist.
    """

    def _quote(self, quote_id, access_token):
        """The quote of a link, in superuser mode, language and time of the store.

        :raises NotFound: the key does not open this quote
        """
        quote_sudo = (
            request.env["dealer.quote"].browse(quote_id)._sudo_by_token(access_token)
        )
        if not quote_sudo:
            raise NotFound()
        request.update_context(
            lang=quote_sudo.env.lang, tz=quote_sudo.env.context.get("tz")
        )
        return quote_sudo

    def _page(self, quote_sudo, message=""):
        """Render the page in the state that the quote is in now."""
        report = quote_sudo.env["report.dealer_insurance.report_quote_comparison"]
        state = quote_sudo._portal_state()
        applicant_sudo = quote_sudo.applicant_id
        values = {
            "quote": quote_sudo,
            "page_state": state,
            "message": message,
            "token": quote_sudo.access_token,
            "company": quote_sudo.company_id,
            "no_header": True,
            "no_footer": True,
            "phone": mask_phone(applicant_sudo.phone) if applicant_sudo.phone else "",
            "identity": mask_identity(applicant_sudo.id_number)
            if applicant_sudo.id_number
            else "",
        }
        if state == "open":
            comparison = report._comparisons(quote_sudo)[quote_sudo.id]
            options = quote_sudo.option_ids
            priced = [o.amount_total for o in options if o.amount_total]
            values.update(
                comparison=comparison,
                columns=self._columns(comparison),
                cheapest=min(priced, default=0.0),
                fingerprint=quote_sudo._portal_fingerprint(),
                reasons=quote_sudo._portal_reasons(),
                code_pending=bool(
                    quote_sudo.env["dealer.verification"]._for_document(
                        quote_sudo, "accept"
                    )
                ),
            )
        elif state == "accepted":
            values.update(
                option=quote_sudo.chosen_option_id, **self._payment(quote_sudo)
            )
        response = request.render("dealer_insurance.portal_quote_page", values)
        # The page holds a customer's figures: no cache, no referrer to other sites.
        response.headers["Cache-Control"] = "no-store"
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["X-Robots-Tag"] = "noindex"
        return response

    def _columns(self, comparison):
        """Lines of the printed comparison, one list per offer, empty ones left out."""
        columns = []
        for index, option in enumerate(comparison["options"]):
            lines = []
            for line in comparison["lines"]:
                if line["kind"] == "section":
                    continue
                remark, amount = line["cells"][index]
                if amount == "—" and not remark:
                    continue
                lines.append(
                    {
                        "kind": line["kind"],
                        "label": line["label"],
                        "remark": remark,
                        "amount": amount,
                    }
                )
            columns.append({"option": option, "lines": lines})
        return columns

    def _payment(self, quote_sudo):
        """Code that the store has asked for before the payment, if one waits."""
        rows = quote_sudo.underwriting_ids
        pending = quote_sudo.env["dealer.verification"]._for_document(rows, "payment")
        return {"payment_code": pending[:1]}

    def _back(self, quote_sudo, message=""):
        url = f"{quote_sudo.access_url}?access_token={quote_sudo.access_token}"
        if message:
            url += f"&message={message}"
        return request.redirect(url)

    # ----------------------------------------------------------------- Routes
    @http.route(
        "/insurance/quote/<int:quote_id>",
        type="http",
        auth="public",
        methods=["GET"],
        sitemap=False,
    )
    def portal_quote(self, quote_id, access_token=None, message="", **kwargs):
        """Show the offers to the customer and count the view."""
        quote_sudo = self._quote(quote_id, access_token)
        if not request.env.user._is_internal():
            quote_sudo._sudo_count_view()
        return self._page(quote_sudo, message)

    @http.route(
        "/insurance/quote/<int:quote_id>/accept",
        type="http",
        auth="public",
        methods=["POST"],
        sitemap=False,
    )
    def portal_quote_accept(
        self,
        quote_id,
        access_token=None,
        option_id=None,
        fingerprint="",
        name="",
        signature="",
        code="",
        notice=None,
        exclusions=None,
        **kwargs,
    ):
        """The customer accepts one offer."""
        quote_sudo = self._quote(quote_id, access_token)
        if not notice or not exclusions:
            return self._back(quote_sudo, "notice")
        result = quote_sudo._sudo_portal_accept(
            int(option_id) if str(option_id or "").isdecimal() else 0,
            fingerprint,
            name,
            self._signature(signature),
            code,
        )
        return self._back(quote_sudo, result)

    @http.route(
        "/insurance/quote/<int:quote_id>/decline",
        type="http",
        auth="public",
        methods=["POST"],
        sitemap=False,
    )
    def portal_quote_decline(
        self, quote_id, access_token=None, reason_id=None, text="", **kwargs
    ):
        """The customer does not want the offers and says why."""
        quote_sudo = self._quote(quote_id, access_token)
        result = quote_sudo._sudo_portal_decline(
            int(reason_id) if str(reason_id or "").isdecimal() else 0, text
        )
        return self._back(quote_sudo, result)

    @http.route(
        "/insurance/quote/<int:quote_id>/code",
        type="http",
        auth="public",
        methods=["POST"],
        sitemap=False,
    )
    def portal_quote_code(self, quote_id, access_token=None, **kwargs):
        """Send a code to the applicant's phone, instead of a drawn signature."""
        quote_sudo = self._quote(quote_id, access_token)
        if quote_sudo._portal_state() != "open":
            return self._back(quote_sudo, "closed")
        try:
            request.env["dealer.verification"]._sudo_send(quote_sudo, "accept")
        except UserError:
            # Too often, or no mobile: the visitor need not know which.
            return self._back(quote_sudo, "nocode")
        return self._back(quote_sudo, "sent")

    @http.route(
        "/insurance/quote/<int:quote_id>/verify",
        type="http",
        auth="public",
        methods=["POST"],
        sitemap=False,
    )
    def portal_quote_verify(self, quote_id, access_token=None, code="", **kwargs):
        """The customer enters the code that the store needs before the payment (R4)."""
        quote_sudo = self._quote(quote_id, access_token)
        pending = self._payment(quote_sudo)["payment_code"]
        row_sudo = pending.underwriting_id
        done = row_sudo and request.env["dealer.verification"]._sudo_enter(
            row_sudo, "payment", code
        )
        return self._back(quote_sudo, "verified" if done else "wrong")

    @staticmethod
    def _signature(text):
        """Drawn signature from the form, checked.

        :param text: data URL of a PNG
        :return: base64 text; empty when it is no small PNG
        """
        head, _sep, data = (text or "").partition(",")
        if head != "data:image/png;base64" or len(data) > MAX_SIGNATURE:
            return ""
        try:
            picture = base64.b64decode(data, validate=True)
        except (binascii.Error, ValueError):
            return ""
        return data if picture.startswith(PNG_HEAD) else ""

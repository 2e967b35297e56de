from werkzeug.exceptions import NotFound

from odoo import http
from odoo.http import request


class GatePass(http.Controller):
    """The page behind the QR code of a gate pass (G-C1).

    The guard at the gate has a phone and no login; the key in the link is his right. A
    wrong key always gets the same answer.
    """

    def _claim(self, token):
        claim_sudo = request.env["dealer.claim"]._sudo_by_gate_token(token)
        if not claim_sudo or claim_sudo.state == "void":
            raise NotFound()
        company = claim_sudo.company_id
        lang = company.partner_id.lang or request.env.lang
        request.update_context(lang=lang, tz=company._dealer_timezone_name())
        return claim_sudo.with_context(**request.env.context)

    @http.route("/claim/gate/<string:token>", type="http", auth="public", sitemap=False)
    def gate_page(self, token):
        """Show whether the pass opens the gate: plate, who released it, when."""
        claim_sudo = self._claim(token)
        return self._render(claim_sudo, token)

    @http.route(
        "/claim/gate/<string:token>/left",
        type="http",
        auth="public",
        methods=["POST"],
        sitemap=False,
    )
    def gate_left(self, token):
        """The guard lets the car out; the pass counts once."""
        claim_sudo = self._claim(token)
        if claim_sudo._gate_state() == "valid":
            claim_sudo._do_mark_left()
        return request.redirect(f"/claim/gate/{token}")

    def _render(self, claim_sudo, token):
        response = request.render(
            "dealer_claims.gate_page",
            {
                "claim": claim_sudo,
                "token": token,
                "gate_state": claim_sudo._gate_state(),
                "company": claim_sudo.company_id,
                "no_header": True,
                "no_footer": True,
            },
        )
        # The answer holds a right: no proxy keeps it, no other site learns the link.
        response.headers["Cache-Control"] = "no-store"
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

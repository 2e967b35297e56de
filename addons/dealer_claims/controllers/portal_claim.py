from werkzeug.exceptions import NotFound

from odoo import http
from odoo.http import request

from odoo.addons.dealer_insurance.controllers.portal_quote import PortalQuote
from odoo.addons.portal.controllers.portal import CustomerPortal
from odoo.addons.portal.controllers.portal import pager as portal_pager


def _private(response):
    """The page holds a customer's facts: no cache, no referrer, no search engine."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


class PortalClaim(CustomerPortal):
    """The customer's claims: by login his own, by link the one that the key opens.

    A claim that is foreign, void, gone or of a wrong key always gets the same answer.
    """

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "dealer_claim_count" in counters:
            values["dealer_claim_count"] = request.env[
                "dealer.claim"
            ]._sudo_portal_count(request.env.user.partner_id)
        return values

    @http.route(
        ["/my/claims", "/my/claims/page/<int:page>"],
        type="http",
        auth="user",
        website=True,
        methods=["GET"],
    )
    def portal_my_claims(self, page=1, **kwargs):
        """The list of the customer's claims."""
        Claim, partner = request.env["dealer.claim"], request.env.user.partner_id
        pager = portal_pager(
            url="/my/claims",
            total=Claim._sudo_portal_count(partner),
            page=page,
            step=self._items_per_page,
        )
        claims_sudo = Claim._sudo_portal_claims(
            partner, pager["offset"], self._items_per_page
        )
        values = self._prepare_portal_layout_values()
        values.update(
            page_name="dealer_claim",
            default_url="/my/claims",
            pager=pager,
            rows=[
                {
                    "claim": claim_sudo,
                    "day": claim_sudo.received_at
                    and claim_sudo.company_id._dealer_local_day(claim_sudo.received_at),
                    "step": next(
                        (
                            row["label"]
                            for row in reversed(claim_sudo._portal_timeline())
                            if row["done"]
                        ),
                        "",
                    ),
                    "actor": claim_sudo._portal_actor(),
                }
                for claim_sudo in claims_sudo
            ],
        )
        return _private(request.render("dealer_claims.portal_claim_list", values))

    @http.route(
        "/my/claims/<int:claim_id>",
        type="http",
        auth="public",
        website=True,
        methods=["GET"],
        sitemap=False,
    )
    def portal_my_claim(self, claim_id, access_token=None, **kwargs):
        """The course of one claim."""
        claim = request.env["dealer.claim"].browse(claim_id)
        user = request.env.user
        claim_sudo = claim.browse()
        if access_token:
            claim_sudo = claim._sudo_by_token(access_token)
        elif not user._is_public():
            claim_sudo = claim._sudo_by_partner(user.partner_id)
        if not claim_sudo:
            raise NotFound()
        if user._is_public():
            request.update_context(lang=claim_sudo.env.lang)
        values = {
            **self._prepare_portal_layout_values(),
            **claim_sudo._portal_facts(),
            "page_name": "dealer_claim",
            "claim": claim_sudo,
            "company": claim_sudo.company_id,
            "by_link": user._is_public(),
            "no_header": user._is_public(),
            "no_footer": user._is_public(),
        }
        return _private(request.render("dealer_claims.portal_claim_page", values))


class PortalAdjuster(http.Controller):
    """The page on which an adjuster of the insurer answers about the amount."""

    def _claim(self, claim_id, access_token):
        claim_sudo = (
            request.env["dealer.claim"]
            .browse(claim_id)
            ._sudo_by_adjuster_token(access_token)
        )
        if not claim_sudo:
            raise NotFound()
        request.update_context(
            lang=claim_sudo.env.lang, tz=claim_sudo.env.context.get("tz")
        )
        return claim_sudo

    @http.route(
        "/claim/assessment/<int:claim_id>",
        type="http",
        auth="public",
        methods=["GET"],
        sitemap=False,
    )
    def adjuster_page(self, claim_id, access_token=None, message="", **kwargs):
        """Show the lines and ask for the answer."""
        claim_sudo = self._claim(claim_id, access_token)
        state = claim_sudo._adjuster_state()
        values = {
            "claim": claim_sudo,
            "company": claim_sudo.company_id,
            "token": access_token,
            "page_state": state,
            "message": message,
            "no_header": True,
            "no_footer": True,
            "currency": claim_sudo.currency_id,
        }
        if state == "open":
            values.update(
                rows=claim_sudo._adjuster_rows(),
                total=claim_sudo._adjuster_amount(),
                fingerprint=claim_sudo._adjuster_fingerprint(),
                expires_on=claim_sudo.adjuster_expires_on,
            )
        elif state == "answered":
            values["answer"] = claim_sudo.answer_ids[:1]
        return _private(request.render("dealer_claims.adjuster_page", values))

    @http.route(
        "/claim/assessment/<int:claim_id>/answer",
        type="http",
        auth="public",
        methods=["POST"],
        sitemap=False,
    )
    def adjuster_answer(
        self,
        claim_id,
        access_token=None,
        kind="",
        fingerprint="",
        name="",
        signature="",
        amount="",
        words="",
        **kwargs,
    ):
        """Keep the answer; staff of the store never answers for the insurer."""
        claim_sudo = self._claim(claim_id, access_token)
        if request.env.user._is_internal():
            result = "staff"
        elif kind not in ("confirmed", "other"):
            result = "kind"
        else:
            value = self._amount(amount)
            if kind == "other" and value is None:
                result = "amount"
            else:
                result = claim_sudo._sudo_adjuster_answer(
                    kind,
                    fingerprint,
                    name,
                    PortalQuote._signature(signature),
                    value or 0.0,
                    words,
                    request.httprequest.remote_addr or "",
                )
        return request.redirect(
            f"/claim/assessment/{claim_id}"
            f"?access_token={claim_sudo.adjuster_token}&message={result}"
        )

    @staticmethod
    def _amount(text):
        """An amount typed by a person; ``None`` when it is none."""
        cleaned = (text or "").strip().replace(",", "").replace("，", "")
        whole, _dot, cents = cleaned.partition(".")
        if not whole.isdecimal() or (cents and not cents.isdecimal()):
            return None
        if len(whole) > 9 or len(cents) > 2:
            return None
        return float(f"{int(whole)}.{cents or 0}")

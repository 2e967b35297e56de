import base64
import io
import re
import threading
from datetime import timedelta

from PIL import Image

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .quote_common import QuoteCommon


def signature():
    """A small picture as the canvas of the page sends it."""
    buffer = io.BytesIO()
    Image.new("RGB", (40, 20), "white").save(buffer, "PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


@tagged("post_install", "-at_install")
class TestPortalQuote(QuoteCommon, HttpCase):
    """The page behind the link, asked over HTTP by a visitor without login."""

    def setUp(self):
        super().setUp()
        self.applicant.write({"name": "Chen Jingyi", "lang": "en_US"})
        self.quote = self._offer()

    def _offer(self, **vals):
        quote = self._quote(
            options=[
                self._option_vals(),
                self._option_vals(
                    insurer_id=self.insurer_2.id,
                    pricing_factor=1.0,
                    commercial_premium=2807.71,
                ),
            ],
            **vals,
        )
        quote.action_calculate()
        quote.action_send()
        return quote

    def _url(self, quote=None, token=None, part=""):
        quote = quote or self.quote
        token = quote._portal_ensure_token() if token is None else token
        return f"/insurance/quote/{quote.id}{part}?access_token={token}"

    def _open(self, quote=None, **kwargs):
        self.env.cr.flush()
        return self.url_open(self._url(quote, **kwargs))

    def _form(self, quote=None):
        """Hidden values of the page that the visitor sees."""
        text = self._open(quote).text
        return {
            name: re.search(rf'name="{name}"[^>]*?value="([^"]*)"', text).group(1)
            for name in ("csrf_token", "access_token", "fingerprint")
        }

    def _accept(self, form=None, quote=None, **vals):
        quote = quote or self.quote
        vals = {
            "option_id": quote.option_ids[1].id,
            "name": "Chen Jingyi",
            "signature": signature(),
            "notice": "1",
            "exclusions": "1",
            **vals,
        }
        form = {**(form or self._form(quote)), **vals}
        form = {name: value for name, value in form.items() if value is not None}
        answer = self.url_open(f"/insurance/quote/{quote.id}/accept", data=form)
        self.env.invalidate_all()
        return answer

    # --------------------------------------------------------------- Opening
    def test_page_shows_both_offers_and_masks_the_person(self):
        answer = self._open()
        self.assertEqual(answer.status_code, 200)
        for text in ("Insurer One", "Insurer Two", "4,272.71", "3,907.71", "Cheapest"):
            self.assertIn(text, answer.text)
        self.assertIn("138****0000", answer.text)
        for secret in ("13800000000", "E12345678", self.quote.vehicle_id.vin):
            self.assertNotIn(secret, answer.text)
        self.assertEqual(answer.headers["Cache-Control"], "no-store")

    def test_every_view_is_counted(self):
        self._open()
        self._open()
        self.quote.invalidate_recordset()
        self.assertEqual(self.quote.open_count, 2)
        self.assertTrue(self.quote.opened_at)
        self.assertGreaterEqual(self.quote.last_opened_at, self.quote.opened_at)

    def test_without_the_key_nothing_leaks(self):
        other = self._offer()
        right = self.quote._portal_ensure_token()
        self.assertNotEqual(other._portal_ensure_token(), right)
        for url in (
            f"/insurance/quote/{self.quote.id}",
            self._url(token=""),
            self._url(token="0" * 36),
            # the key of one quote does not open another
            self._url(other, token=right),
            f"/insurance/quote/{self.quote.id + 10**6}?access_token={right}",
        ):
            with mute_logger("odoo.http"):
                answer = self.url_open(url)
            self.assertEqual(answer.status_code, 404, url)
            for secret in ("Insurer One", "Chen", self.quote.name, "4,272.71"):
                self.assertNotIn(secret, answer.text)
        self.quote.invalidate_recordset()
        self.assertFalse(self.quote.open_count)

    def test_posting_needs_the_key_too(self):
        other = self._offer()
        form = self._form()
        for part in ("accept", "decline", "code", "verify"):
            with mute_logger("odoo.http"):
                answer = self.url_open(
                    f"/insurance/quote/{other.id}/{part}",
                    data={
                        **form,
                        "option_id": other.option_ids[0].id,
                        "name": "Thief",
                        "signature": signature(),
                        "notice": "1",
                        "exclusions": "1",
                    },
                )
            self.assertEqual(answer.status_code, 404, part)
        other.invalidate_recordset()
        self.assertEqual(other.state, "sent")

    def test_readers_never_get_the_key(self):
        hotline = self.quote.with_user(self.users["hotline_agent"])
        self.assertFalse(hotline.portal_link)
        key = self.quote._portal_ensure_token()
        self.assertNotIn(key, hotline.get_portal_url())
        with self.assertRaises(AccessError):
            hotline.read(["access_token"])
        with self.assertRaises(AccessError):
            self.quote.read(["access_token"])
        self.assertIn("access_token=", self.quote.portal_link)

    # -------------------------------------------------------------- Accepting
    def test_accept(self):
        answer = self._accept()
        self.assertIn("You have accepted", answer.text)
        self.assertRecordValues(
            self.quote,
            [
                {
                    "state": "accepted",
                    "chosen_option_id": self.quote.option_ids[1].id,
                    "accept_channel": "portal",
                    "accept_name": "Chen Jingyi",
                    "notice_acknowledged": True,
                }
            ],
        )
        self.assertTrue(self.quote.accept_signature)
        users = self.quote.activity_ids.user_id
        self.assertEqual(users, self.clerk | self.users["sales_consultant"])
        self.assertIn("3,907.71", self.quote.message_ids[0].body)
        self.quote.with_user(self.clerk).action_create_underwriting()
        self.assertEqual(self.quote.underwriting_ids.insurer_id, self.insurer_2)

    def test_second_accept_changes_nothing(self):
        form = self._form()
        self._accept(form)
        first = self.quote.accepted_at
        answer = self._accept(form, option_id=self.quote.option_ids[0].id)
        self.assertIn("no longer open", answer.text)
        self.assertEqual(self.quote.accepted_at, first)
        self.assertEqual(self.quote.chosen_option_id, self.quote.option_ids[1])

    def test_what_is_missing_is_asked_for(self):
        for vals, text in (
            ({"notice": None}, "both notices"),
            ({"exclusions": None}, "both notices"),
            ({"name": "  "}, "enter your name"),
            ({"signature": "x"}, "sign in the box"),
            ({"signature": "data:image/png;base64,AAAA"}, "sign in the box"),
            ({"option_id": "0"}, "choose an insurer"),
            ({"option_id": "x; DROP"}, "choose an insurer"),
        ):
            with self.subTest(vals):
                self.assertIn(text, self._accept(**vals).text)
                self.assertEqual(self.quote.state, "sent")

    def test_option_of_another_quote(self):
        other = self._offer()
        answer = self._accept(option_id=other.option_ids[0].id)
        self.assertIn("choose an insurer", answer.text)
        self.assertEqual((self.quote | other).mapped("state"), ["sent", "sent"])

    def test_offer_changed_meanwhile(self):
        form = self._form()
        self.quote.option_ids[1].commercial_premium = 2807.72
        answer = self._accept(form)
        self.assertIn("has changed", answer.text)
        self.assertEqual(self.quote.state, "sent")
        self._accept()
        self.assertEqual(self.quote.state, "accepted")

    def test_guards_hold_and_the_clerk_is_told(self):
        """G-Q2: the customer is thanked, the clerk gets a task with the reason."""
        self.applicant.sudo().write({"id_type": False, "id_number": False})
        answer = self._accept()
        self.assertIn("noted your choice", answer.text)
        self.assertNotIn("G-Q2", answer.text)
        self.assertEqual(self.quote.state, "sent")
        self.assertFalse(self.quote.accept_signature)
        self.assertTrue(self.quote.option_ids[1].is_chosen)
        self.assertIn("G-Q2", self.quote.message_ids[0].body)
        self.assertTrue(self.quote.activity_ids)

    def test_cash_rebate_stops_the_page_like_the_button(self):
        self.env["dealer.concession"].with_user(self.clerk).create(
            {
                "option_id": self.quote.option_ids[1].id,
                "type_id": self.gift.id,
                "name": "返现100元",
                "amount": 100,
            }
        )
        self._accept()
        self.assertEqual(self.quote.state, "sent")
        self.assertIn("G-P6", self.quote.message_ids[0].body)

    def test_locked_quote_is_busy(self):
        """Another transaction holds the quote: no second acceptance beside it."""
        form = self._form()
        held, tried = threading.Event(), []

        def fake_lock(quotes):
            from odoo.exceptions import LockError

            held.set()
            tried.append(quotes.id)
            raise LockError("taken")

        self.patch(type(self.quote), "_portal_lock", fake_lock)
        answer = self._accept(form)
        self.assertTrue(held.is_set())
        self.assertIn("at this moment", answer.text)
        self.assertEqual(self.quote.state, "sent")

    # ---------------------------------------------------------------- Closed
    def test_expired(self):
        self.quote.valid_until = self.env.company._dealer_today() - timedelta(days=2)
        answer = self._open()
        self.assertIn("has expired", answer.text)
        self.assertNotIn("3,907.71", answer.text)
        self.quote.valid_until = self.env.company._dealer_today() + timedelta(days=2)
        form = self._form()
        self.quote.valid_until = self.env.company._dealer_today() - timedelta(days=2)
        self.assertIn("no longer open", self._accept(form).text)
        self.assertEqual(self.quote.state, "sent")
        self.quote._expire()
        self.quote.invalidate_recordset()
        self.assertEqual(self.quote.state, "expired")
        self.assertIn("has expired", self._open().text)

    def test_withdrawn_and_sent_again(self):
        self.quote.action_back_to_draft()
        answer = self._open()
        self.assertIn("being revised", answer.text)
        self.assertNotIn("3,907.71", answer.text)
        self.quote.action_calculate()
        self.quote.action_send()
        self.assertIn("3,907.71", self._open().text)

    def test_back_to_draft_forgets_the_acceptance(self):
        self._accept()
        self.quote.with_user(self.clerk).action_back_to_draft()
        self.assertFalse(self.quote.accept_name)
        self.assertFalse(self.quote.accept_signature)
        self.assertFalse(self.quote.accept_channel)

    # ------------------------------------------------------------- Declining
    def _decline(self, **vals):
        form = self._form()
        answer = self.url_open(
            f"/insurance/quote/{self.quote.id}/decline", data={**form, **vals}
        )
        self.env.invalidate_all()
        return answer

    def test_decline(self):
        reasons = self.quote._portal_reasons()
        plain = reasons.filtered(lambda reason: not reason.needs_text)[0]
        other = reasons.filtered("needs_text")[0]
        renewal = self.env["dealer.reason.code"].search(
            [("category", "=", "renewal_lost")], limit=1
        )
        self.assertIn("choose a reason", self._decline(reason_id="").text)
        self.assertIn("choose a reason", self._decline(reason_id=renewal.id).text)
        self.assertIn("choose a reason", self._decline(reason_id=other.id).text)
        self.assertEqual(self.quote.state, "sent")
        answer = self._decline(reason_id=plain.id, text="My cousin sells insurance")
        self.assertIn("offer is closed", answer.text)
        self.assertRecordValues(
            self.quote,
            [
                {
                    "state": "lost",
                    "lost_reason_id": plain.id,
                    "lost_text": "My cousin sells insurance",
                }
            ],
        )
        self.assertTrue(self.quote.activity_ids)

    # ------------------------------------------------------------------ Code
    def test_accept_by_code(self):
        form = self._form()
        answer = self.url_open(f"/insurance/quote/{self.quote.id}/code", data=form)
        self.assertIn("on its way", answer.text)
        line = self.env["dealer.verification"].search(
            [("quote_id", "=", self.quote.id)]
        )
        message = self.su_env["sms.sms"].search([("number", "=", "13800000000")])
        code = re.search(r"code (\d{6})", message.body).group(1)
        self.assertNotIn(code, answer.text)
        wrong = f"{(int(code) + 1) % 10**6:06d}"
        answer = self._accept(signature="", code=wrong)
        self.assertIn("code is wrong", answer.text)
        line.invalidate_recordset()
        self.assertEqual(line.tries_left, 4)
        self._accept(signature="", code=code)
        self.assertEqual(self.quote.state, "accepted")
        self.assertEqual(self.quote.accept_verification_id, line)
        self.assertEqual(line.state, "verified")
        # nothing in the history of the quote tells the code
        self.assertNotIn(code, "".join(self.quote.message_ids.mapped("body")))

    # ---------------------------------------------------------------- Sending
    def test_sending_the_link(self):
        action = self.quote.action_send_sms()
        composer = (
            self.env["sms.composer"]
            .with_user(self.clerk)
            .with_context(**action["context"])
            .create({})
        )
        self.assertIn("/insurance/quote/", composer.body)
        self.assertIn("access_token=", composer.body)
        action = self.quote.action_send_mail()
        self.assertEqual(action["res_model"], "mail.compose.message")
        template = self.env.ref("dealer_insurance.mail_template_quote")
        body = template._render_field("body_html", self.quote.ids)[self.quote.id]
        self.assertIn("access_token=", body)
        draft = self._quote()
        with self.assertRaises(UserError):
            draft.action_send_sms()
        self.applicant.sudo().phone = False
        with self.assertRaisesRegex(UserError, "no phone"):
            self.quote.action_send_sms()

    def test_facts_of_the_page_are_not_typed(self):
        for vals in (
            {"open_count": 5},
            {"accept_channel": "portal"},
            {"accept_name": "Me"},
            {"opened_at": fields.Datetime.now()},
        ):
            with self.subTest(vals), self.assertRaises(UserError):
                self.quote.write(vals)

"""The pages of the customer and of the adjuster, asked over HTTP (issue: Claims)."""

import base64
import io
import re
from datetime import timedelta

from PIL import Image

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .survey_common import SurveyCommon


def drawn():
    """A small picture as the canvas of the page sends it."""
    buffer = io.BytesIO()
    Image.new("RGB", (40, 20), "white").save(buffer, "PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


class PortalCase(SurveyCommon, HttpCase):
    def setUp(self):
        super().setUp()
        self.customer.write({"lang": "en_US", "id_number": "E12345678"})
        self.claim = self._claim()
        self.claim.partner_id = self.customer

    def _other_claim(self):
        """A claim of another car that is insured here as well."""
        vehicle = self._vehicle()
        self._insure(vehicle)
        return self._assessing(vehicle_id=vehicle.id)

    def _get(self, url):
        self.env.flush_all()
        self.env.cr.flush()
        with mute_logger("odoo.http"):
            return self.url_open(url)


@tagged("post_install", "-at_install")
class TestPortalClaim(PortalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["account.chart.template"].try_loading(
            "cn", company=cls.company, install_demo=False
        )
        cls.company.invalidate_recordset()

    def _url(self, claim=None, token=None):
        claim = claim or self.claim
        token = claim._portal_ensure_token() if token is None else token
        return f"/my/claims/{claim.id}?access_token={token}"

    def _steps(self, text):
        return dict(re.findall(r'data-step="(\w+)" data-done="(\d)"', text))

    # ------------------------------------------------------------- By link
    def test_the_link_shows_the_course_and_no_secret(self):
        self.claim.message_post(body="internal: difficult customer")
        answer = self._get(self._url())
        self.assertEqual(answer.status_code, 200)
        self.assertIn(self.claim.name, answer.text)
        self.assertEqual(
            self._steps(answer.text),
            {
                "received": "1",
                "assessed": "0",
                "repairing": "0",
                "repaired": "0",
                "released": "0",
                "submitted": "0",
                "paid": "0",
                "closed": "0",
            },
        )
        for secret in (
            "difficult customer",
            "E12345678",
            "13800138000",
            self.claim.vehicle_id.vin,
            "Brother",
        ):
            self.assertNotIn(secret, answer.text)
        self.assertEqual(answer.headers["Cache-Control"], "no-store")

    def test_without_the_key_nothing_leaks(self):
        other = self._claim(vehicle_id=self._vehicle().id)
        right = self.claim._portal_ensure_token()
        other._portal_ensure_token()
        for url in (
            f"/my/claims/{self.claim.id}",
            self._url(token="0" * 36),
            self._url(other, token=right),
            f"/my/claims/{self.claim.id + 10**6}?access_token={right}",
            f"/claim/assessment/{self.claim.id}?access_token={right}",
        ):
            answer = self._get(url)
            self.assertEqual(answer.status_code, 404, url)
            self.assertNotIn(self.claim.name, answer.text)

    def test_a_void_or_long_closed_claim_is_not_shown(self):
        url = self._url()
        self.claim.with_user(self.claim_leader).action_void("Entered twice")
        self.assertEqual(self._get(url).status_code, 404)
        claim = self._claim()
        url = self._url(claim)
        days = self.company.dealer_claim_link_days
        closed = fields.Datetime.now() - timedelta(days=days - 1)
        claim.sudo()._write_protected({"closed_at": closed})
        self.assertEqual(self._get(url).status_code, 200)
        claim.sudo()._write_protected({"closed_at": closed - timedelta(days=2)})
        self.assertEqual(self._get(url).status_code, 404)

    def test_own_part_open_is_the_customers_turn(self):
        claim = self._locked(self.claim)
        self.assertEqual(claim._portal_own_part(), 1000.0)
        text = self._get(self._url()).text
        self.assertIn('data-actor="customer"', text)
        self.assertIn("1,000.00", text)
        self.assertEqual(self._steps(text)["repaired"], "1")

    def test_papers_that_are_missing(self):
        from_store = self.su_env.ref("dealer_base.document_type_d09")
        from_store.is_from_store = True
        papers = self.claim._portal_papers()
        self.assertTrue(papers)
        self.assertNotIn(from_store.name, papers)
        self.assertEqual(self.claim._portal_actor(), "customer")
        text = self._get(self._url()).text
        for name in papers:
            self.assertIn(name, text)
        documents = self.claim.missing_document_ids
        documents.sudo().write({"state": "received"})
        self.assertFalse(self.claim._portal_papers())

    def test_words_of_others_are_shown_as_words(self):
        self.claim.report_no = "<script>alert(1)</script>"
        text = self._get(self._url()).text
        self.assertNotIn("<script>alert(1)", text)
        self.assertIn("&lt;script&gt;alert(1)", text)

    # ------------------------------------------------------------ By login
    def test_a_customer_sees_his_own_claims(self):
        self._portal_user("portal_one", self.customer)
        stranger = self.su_env["res.partner"].create({"name": "Stranger"})
        self._portal_user("portal_two", stranger)
        self.authenticate("portal_one", "portal_one")
        answer = self._get("/my/claims")
        self.assertIn(self.claim.name, answer.text)
        self.assertEqual(self._get(f"/my/claims/{self.claim.id}").status_code, 200)
        self.authenticate("portal_two", "portal_two")
        self.assertNotIn(self.claim.name, self._get("/my/claims").text)
        self.assertEqual(self._get(f"/my/claims/{self.claim.id}").status_code, 404)

    def test_the_card_counts(self):
        self._portal_user("portal_one", self.customer)
        self.authenticate("portal_one", "portal_one")
        answer = self.make_jsonrpc_request(
            "/my/counters", {"counters": ["dealer_claim_count"]}
        )
        self.assertEqual(answer["dealer_claim_count"], 1)
        self.assertIn("/my/claims", self._get("/my").text)

    # --------------------------------------------------------------- Sending
    def test_the_desk_sends_the_link(self):
        self.customer.phone = "13900139000"
        action = self.claim.action_send_link_sms()
        self.assertEqual(action["res_model"], "sms.composer")
        self.assertTrue(self.claim.portal_sent_at)
        self.assertIn("access_token=", self.claim.portal_link)
        action = self.claim.action_send_link_mail()
        self.assertEqual(action["res_model"], "mail.compose.message")
        self.customer.phone = False
        with self.assertRaises(UserError):
            self.claim.action_send_link_sms()
        # Who may not write the claim never gets its key.
        with self.assertRaises(AccessError):
            self.claim.with_user(self.hotline).action_send_link_sms()
        self.assertFalse(self.claim.with_user(self.surveyor).portal_link)
        with self.assertRaises(AccessError):
            self.claim.with_user(self.claim_leader).read(["access_token"])


@tagged("post_install", "-at_install")
class TestPortalAdjuster(PortalCase):
    def setUp(self):
        super().setUp()
        self._assessing(self.claim)
        self._costs(
            self.claim,
            {"name": "Door", "unit_price": 8000.0},
            {"name": "Paint", "unit_price": 3300.0, "assessed_amount": 2300.0},
            {"name": "Dash camera", "unit_price": 500.0, "payer": "customer"},
        )
        self.claim.action_ask_adjuster()
        # The page speaks the language of who asked.
        self.claim.adjuster_asked_by_id.lang = "en_US"

    def _url(self, claim=None, token=None):
        claim = claim or self.claim
        token = claim.sudo().adjuster_token if token is None else token
        return f"/claim/assessment/{claim.id}?access_token={token}"

    def _form(self):
        text = self._get(self._url()).text
        return {
            name: re.search(rf'name="{name}"[^>]*?value="([^"]*)"', text).group(1)
            for name in ("csrf_token", "access_token", "fingerprint")
        }

    def _answer(self, form=None, **vals):
        vals = {"kind": "confirmed", "name": "Li", "signature": drawn(), **vals}
        data = {**(form or self._form()), **vals}
        with mute_logger("odoo.http"):
            answer = self.url_open(
                f"/claim/assessment/{self.claim.id}/answer", data=data
            )
        self.env.invalidate_all()
        return answer

    def test_confirmed(self):
        page = self._get(self._url())
        self.assertEqual(page.status_code, 200)
        self.assertIn("10,300.00", page.text)
        # Neither the customer's own line nor his person is the adjuster's business.
        for secret in ("Dash camera", "E12345678", self.customer.name):
            self.assertNotIn(secret, page.text)
        self.assertIn("Your answer has reached us", self._answer().text)
        answer = self.claim.answer_ids
        self.assertEqual(
            (answer.kind, answer.asked_amount, answer.amount, answer.name),
            ("confirmed", 10300.0, 10300.0, "Li"),
        )
        self.assertEqual(len(answer.lines_json), 2)
        self.assertTrue(answer.signature)
        task = self.claim.activity_ids.filtered(
            lambda a: a.user_id == self.receptionist
        )
        self.assertIn("10,300.00", "".join(task.mapped("summary")))
        # One answer per question; the link is used up.
        self.assertIn("You have answered", self._get(self._url()).text)
        self.assertFalse(self.claim.adjuster_link)

    def test_another_amount_needs_words(self):
        self.assertIn("tell us why", self._answer(kind="other", amount="9000").text)
        for amount in ("", "-1", "abc", "10300", "1e5", "9" * 12):
            text = self._answer(kind="other", amount=amount, words="x").text
            self.assertIn("enter your amount", text, amount)
        self.assertFalse(self.claim.answer_ids)
        self._answer(
            kind="other", amount="9,000.50", words="<img src=x onerror=alert(1)>"
        )
        answer = self.claim.answer_ids
        self.assertEqual((answer.kind, answer.amount), ("other", 9000.5))
        self.assertEqual(answer.difference, -1299.5)
        body = "".join(self.claim.message_ids.mapped("body"))
        self.assertNotIn("<img src=x", body)
        self.assertIn("&lt;img src=x", body)

    def test_changed_lines_are_not_confirmed(self):
        form = self._form()
        self.claim.cost_ids[:1].assessed_amount = 7000.0
        self.assertIn("lines have changed", self._answer(form).text)
        self.assertFalse(self.claim.answer_ids)
        self._answer()
        self.assertEqual(self.claim.answer_ids.amount, 9300.0)

    def test_stranger_wrong_and_foreign_key(self):
        other = self._other_claim()
        self._costs(other, (100.0, "own_damage"))
        other.action_ask_adjuster()
        foreign = other.sudo().adjuster_token
        customer_key = self.claim._portal_ensure_token()
        adjuster_key = self.claim.sudo().adjuster_token
        for url in (
            f"/claim/assessment/{self.claim.id}",
            self._url(token="0" * 36),
            self._url(token=foreign),
            self._url(token=customer_key),
            f"/my/claims/{self.claim.id}?access_token={adjuster_key}",
        ):
            answer = self._get(url)
            self.assertEqual(answer.status_code, 404, url)
            self.assertNotIn(self.claim.name, answer.text)
        form = {**self._form(), "access_token": foreign}
        self.assertEqual(self._answer(form).status_code, 404)
        self.assertFalse(self.claim.answer_ids)

    def test_expired_asked_anew_and_locked(self):
        old = self._url()
        asked = fields.Datetime.now() - timedelta(
            days=self.company.dealer_adjuster_link_days, minutes=1
        )
        form = self._form()
        self.claim.sudo()._write_protected({"adjuster_asked_at": asked})
        self.assertIn("The link has expired", self._get(old).text)
        self.assertIn("no longer open", self._answer(form).text)
        self.claim.action_ask_adjuster()
        self.assertEqual(self._get(old).status_code, 404)
        self.assertEqual(self._get(self._url()).status_code, 200)
        self.claim.assessor = "Li"
        self.claim.action_confirm_assessment()
        self._locked_from_assessed()
        self.assertIn("costs of this case are settled", self._get(self._url()).text)
        with self.assertRaises(UserError):
            self.claim.action_ask_adjuster()

    def _locked_from_assessed(self):
        self.claim.sudo()._write_protected(
            {"costs_locked_at": fields.Datetime.now(), "repaired_at": "2026-01-01"}
        )

    def test_staff_does_not_answer_for_the_insurer(self):
        form = self._form()
        self.authenticate(self.receptionist.login, self.receptionist.login)
        form["csrf_token"] = self._form()["csrf_token"]
        self.assertIn("Staff of the store", self._answer(form).text)
        self.assertFalse(self.claim.answer_ids)

    def test_name_and_signature(self):
        self.assertIn("enter your name", self._answer(name=" ").text)
        for signature in ("", "data:text/html;base64,PHNjcmlwdD4=", "x"):
            self.assertIn("sign in the box", self._answer(signature=signature).text)
        self.assertIn("choose an answer", self._answer(kind="x").text)
        self.assertFalse(self.claim.answer_ids)

    def test_answers_are_a_register(self):
        self._answer()
        answer = self.claim.answer_ids
        for env in (self.env, self.su_env):
            record = answer.with_env(env)
            with self.assertRaises(UserError):
                record.write({"amount": 1.0})
            with self.assertRaises(UserError):
                record.unlink()
        with self.assertRaises(UserError):
            self.env["dealer.claim.assessment.answer"].with_user(
                self.claim_leader
            ).create({"claim_id": self.claim.id, "kind": "confirmed", "name": "x"})
        with self.assertRaises(UserError):
            self.claim.write({"adjuster_asked_at": False})

    def test_who_may_ask(self):
        for user in (self.surveyor, self.hotline, self.cashier):
            with self.assertRaises(AccessError):
                self.claim.with_user(user).action_ask_adjuster()
        empty = self._other_claim()
        with self.assertRaises(UserError):
            empty.action_ask_adjuster()

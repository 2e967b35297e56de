from odoo.tests import HttpCase, tagged

from .hotline_common import HotlineCommon


@tagged("post_install", "-at_install")
class TestHotlineHttp(HotlineCommon, HttpCase):
    def test_telephone_system_opens_the_form(self):
        self.authenticate(self.agent.login, self.agent.login)
        answer = self.url_open(
            "/dealer/hotline/call?phone=139-1234%205678", allow_redirects=False
        )
        self.assertEqual(answer.status_code, 303)
        self.assertTrue(
            answer.headers["Location"].endswith("/odoo/hotline-call?phone=13912345678")
        )
        # nothing is stored before the agent saves
        self.assertFalse(self.Call.search([("company_id", "=", self.company.id)]))
        answer = self.url_open(
            "/dealer/hotline/call?phone=%22%3E%3Cscript%3E1", allow_redirects=False
        )
        self.assertTrue(answer.headers["Location"].endswith("hotline-call?phone=1"))

    def test_wrong_post(self):
        self.authenticate(self.clerk.login, self.clerk.login)
        answer = self.url_open(
            "/dealer/hotline/call?phone=13912345678", allow_redirects=False
        )
        self.assertEqual(answer.status_code, 403)
        self.authenticate(None, None)
        answer = self.url_open("/dealer/hotline/call", allow_redirects=False)
        self.assertIn("/web/login", answer.headers["Location"])

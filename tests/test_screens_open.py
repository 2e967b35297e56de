"""The posts open their menus, views and filters in the browser.

Odoo's clickbot presses everything below our root menu; an error dialog or an error in
the console of the browser fails the test. Three posts are enough for the browser: the
administrator sees what clerk, manager and finance see; what each post may read is
asked in test_rights_matrix.
"""

from stores import ROOT_MENU, TwoStores

from odoo.tests import HttpCase, tagged

CLICK = (
    "odoo.loader.modules.get('@web/webclient/clickbot/clickbot_loader')"
    f".startClickEverywhere('{ROOT_MENU}');"
)
# Opens a form of the records that a list shows first.
OPEN_FORM = """
(async () => {
    const until = async (selector) => {
        for (let i = 0; i < 400; i++) {
            const error = document.querySelector(".o_error_dialog");
            if (error) {
                throw new Error(error.innerText);
            }
            const found = document.querySelector(selector);
            if (found) {
                return found;
            }
            await new Promise((done) => setTimeout(done, 50));
        }
        throw new Error("waited for " + selector);
    };
    await until(".o_form_view .o_form_sheet, .o_form_view .o_form_nosheet");
    for (const tab of document.querySelectorAll(".o_notebook .nav-link")) {
        tab.click();
        await new Promise((done) => setTimeout(done, 150));
    }
    await until(".o_form_view");
    console.log("form is open");
})();
"""


@tagged("post_install", "-at_install", "is_tour")
class TestScreensOpen(TwoStores, HttpCase):
    # The last view may be a form with a value that Odoo filled in.
    allow_end_on_form = True

    def _click(self, post):
        self.browser_js(
            "/odoo",
            CLICK,
            "odoo.isReady === true",
            login=self.stores[self.company][post].login,
            # All screens of all addons, each with its filters and views.
            timeout=900,
            success_signal="clickbot test succeeded",
        )

    def test_cashier(self):
        self._click("cashier")

    def test_consultant(self):
        self._click("sales_consultant")

    def test_administrator(self):
        """He holds every post: clerk, manager and finance among them."""
        self._click("dealer_admin")

    def test_forms(self):
        """The form of each kind of record, with all its pages."""
        paths = {
            "dealer.agreement": "dealer-agreements",
            "dealer.concession": "dealer-concessions",
            "dealer.delivery": "dealer-deliveries",
            "dealer.endorsement": "endorsements",
            "dealer.import": "dealer-imports",
            "dealer.policy": "policies",
            "dealer.quote": "dealer-quotes",
            "dealer.staff": "dealer-staff",
            "dealer.underwriting": "underwriting",
            "dealer.vehicle": "dealer-vehicles",
        }
        for model, path in paths.items():
            record = self.records[self.company][model][:1]
            with self.subTest(model):
                self.browser_js(
                    f"/odoo/{path}/{record.id}",
                    OPEN_FORM,
                    "odoo.isReady === true",
                    login=self.stores[self.company]["insurance_manager"].login,
                    timeout=60,
                    success_signal="form is open",
                )

"""Take the pictures of the manual from a running, freshly made demo store.

    scripts/screenshots.py BASE_URL FOLDER

The main path is played in the browser by its posts, so that the pictures show what
people see: the clerk is refused, the cashier pays and signs, the clerk hands over.
Needs playwright and a Chromium (`make screenshots` gives both).
"""

import pathlib
import shutil
import sys
import tempfile

import openpyxl
from playwright.sync_api import sync_playwright

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
VIEW = ".o_action_manager .o_view_controller"
FIRST_ROW = ".o_list_view .o_data_row:first-child .o_data_cell:nth-child(2)"


# A page of a paper ledger with what people mistype, below a title and two header rows.
LEDGER = [
    ["国寿财险承保台账（2025年）"],
    [*["台账号", "出单时间", "业务类型", "被保险人", "证件号码", "车架号", "车型"]]
    + ["交强险", None, None, None, "应收合计", "实收金额", "收款渠道", "状态"],
    [None] * 7 + ["保单号", "起保时间", "终保时间", "保费"],
]
LEDGER += [
    ["GS2025-0001", "2025-03-03", "新保", "陈子轩", "440604198501019970"]
    + ["LDEM12E07S2000137", "逸轩 1.6L", "PDZA2025440600000001", "2025-03-04"]
    + ["2026-03-03", 950, 950, 950, "直缴", "正常"],
    ["GS2025-0002", "2025.3.5", "新保", None, "440604199002029968"]
    + ["LDEM22E0XS2000274", "骏行 2.0L", "PDZA2O25440600000002", "2025-03-06"]
    + ["2026-03-05", "950.00元", 950, 950, "直缴", "正常"],
    ["GS2025-0003", "2025-03-08", "续转续", "黄雅婷", "440604199203039986"]
    + ["LDEM32E04S2000411 ", "途远 2.5L", "PDZA2025440600000003", "2025-03-09"]
    + ["2025-03-08", 1100, 1000, 1000, "直缴", "正常"],
]


def write_ledger(path):
    """Write the page of the paper ledger as a workbook."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "国寿财险"
    for row in LEDGER:
        sheet.append(row)
    sheet.merge_cells("A1:O1")
    sheet.merge_cells("H2:K2")
    book.save(path)


class Person:
    """One post of the demo store at his screen (password = login)."""

    def __init__(self, browser, base, folder, login):
        self.base, self.folder = base, folder
        context = browser.new_context(
            viewport={"width": 1600, "height": 900},
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
        )
        self.page = context.new_page()
        self.page.goto(f"{base}/web/login")
        self.page.fill("input[name=login]", login)
        self.page.fill("input[name=password]", login)
        self.page.click("button[type=submit]")
        self.page.wait_for_selector(VIEW, timeout=60000)

    def open(self, path):
        self.page.goto(self.base + path)
        self.page.wait_for_selector(VIEW, timeout=60000)
        return self

    def open_row(self, text):
        """Open the first row of the list that shows a text."""
        self.page.click(
            f".o_data_row:has-text('{text}') .o_data_cell[name=applicant_id]"
        )
        self.page.wait_for_selector(".o_form_view", timeout=30000)
        self.page.wait_for_timeout(800)
        return self

    def press(self, name, wait=None):
        """Press a button by its technical name, then wait for a selector."""
        self.page.click(f".o_form_view button[name={name}]:visible >> nth=0")
        if wait:
            self.page.wait_for_selector(wait, timeout=30000)
        self.page.wait_for_timeout(1200)
        return self

    def close_dialog(self):
        self.page.keyboard.press("Escape")
        self.page.wait_for_timeout(600)
        return self

    def shoot(self, name):
        self.page.wait_for_timeout(1000)
        self.page.screenshot(path=str(self.folder / f"{name}.png"))
        return self


def main(base, folder):
    """Play the story and keep a picture of each step."""
    folder.mkdir(parents=True, exist_ok=True)
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    dialog = ".o_dialog .modal-content"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        clerk = Person(browser, base, folder, "clerk").shoot("clerk_desk")
        clerk.open("/odoo/dealer-quotes").page.click(FIRST_ROW)
        clerk.page.wait_for_selector(".o_form_view")
        clerk.shoot("quote")
        # The premium is not paid: no policy.
        clerk.open("/odoo/underwriting").open_row("待缴费")
        url = clerk.page.url.removeprefix(base)
        clerk.press("action_issue", dialog).shoot("issue_refused").close_dialog()

        cashier = Person(browser, base, folder, "cashier").shoot("cashier_desk")
        cashier.open(url).press("action_register_payment", dialog)
        cashier.shoot("register_payment")
        cashier.page.click(f"{dialog} button[name=action_create_payments]")
        cashier.page.wait_for_selector(dialog, state="detached", timeout=30000)
        cashier.page.wait_for_timeout(1500)

        clerk.open(url).press("action_issue")
        # Not signed yet: the policy stays in the store.
        clerk.press("action_deliver", dialog).shoot("hand_over_refused").close_dialog()
        cashier.open(url).press("action_sign").shoot("signed")
        clerk.open(url).press("action_deliver", dialog).shoot("hand_over")
        clerk.page.click(f"{dialog} button[name=action_confirm]")
        clerk.page.wait_for_selector(dialog, state="detached", timeout=30000)
        clerk.shoot("delivered")
        clerk.open("/odoo/underwriting-ledger").shoot("ledger")

        with tempfile.TemporaryDirectory() as folder_of_ledger:
            path = pathlib.Path(folder_of_ledger) / "承保台账.xlsx"
            write_ledger(path)
            clerk.open("/odoo/dealer-imports/new")
            clerk.page.set_input_files(".o_field_widget[name=file] input", str(path))
            clerk.page.wait_for_timeout(1500)
        clerk.press("action_read", "button[name=action_check]:visible")
        clerk.press("action_check", "button[name=action_import]:visible")
        clerk.shoot("import_problems")

        manager = Person(browser, base, folder, "manager")
        manager.open("/odoo/dealer-penetration").shoot("penetration")
        manager.open("/odoo/dealer-overrides").shoot("override_log")
        Person(browser, base, folder, "finance").open("/odoo/collected-premium").shoot(
            "collected_premium"
        )
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/"), pathlib.Path(sys.argv[2]))

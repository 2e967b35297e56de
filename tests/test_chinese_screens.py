"""What a Chinese user reads holds no English word.

Codes of the trade and names of programs are no words; they stand in a list below.
"""

import ast
import pathlib
import re

import polib
from lxml import etree
from stores import POSTS, TwoStores, action_parts, rpc, visible_menus, window_actions

from odoo.tests import tagged

ADDONS = pathlib.Path(__file__).resolve().parent.parent / "addons"
LATIN = re.compile(r"[A-Za-z]{2,}")
# Markup, placeholders of messages, addresses and web addresses are no words.
NO_WORDS = re.compile(
    r"<[^<>]*>|&[a-z]+;|%\([a-z_]+\)[sdrf.0-9]*|\$\{[^}]*\}|\{\{.*?\}\}|https?://\S+"
)
CODES = frozenset(
    """
    CC CNY CSV Excel GB HTTP ID MB NCD PDF PICC POS UTF VIN XLS XLSX csv fa geo tasks
    xls xlsx
    """.split()
)
# What the browser shows of a view besides its text.
SHOWN = (
    "string",
    "help",
    "placeholder",
    "confirm",
    "confirm-title",
    "confirm-label",
    "cancel-label",
    "title",
    "aria-label",
    "add-label",
    "sum",
    "avg",
    "text",
)
# Only programs and administrators read these.
NOT_SHOWN = {
    "ir.attachment",
    "ir.model.access",
    "ir.model.fields",
    "ir.model.inherit",
    "ir.model.relation",
    "ir.rule",
    "ir.sequence",
}


def english(text):
    """English words of a text that a user reads."""
    if not text:
        return []
    return [w for w in LATIN.findall(NO_WORDS.sub(" ", str(text))) if w not in CODES]


def shown_texts(arch):
    """Texts of a view that the browser shows."""
    for node in arch.iter(etree.Element):
        if node.tag in ("script", "style"):
            continue
        # An inherited view sets attributes; most of them are no text.
        if node.tag == "attribute" and node.get("name") not in SHOWN:
            continue
        for name in SHOWN:
            # Numbers and expressions stand in some of them.
            if node.get(name):
                yield node.get(name)
        yield node.text
        yield node.tail


@tagged("post_install", "-at_install")
class TestChineseScreens(TwoStores):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("zh_CN")
        for users in cls.stores.values():
            for user in users.values():
                user.lang = "zh_CN"
        cls.zh_env = cls.su_env(context={"lang": "zh_CN"})

    def _assert_chinese(self, texts):
        """``texts`` are pairs (where, text)."""
        found = {
            (where, str(text).strip()): words
            for where, text in texts
            if (words := english(text))
        }
        lines = [f"{where}: {text!r} {words}" for (where, text), words in found.items()]
        self.assertFalse(lines, "\n".join(sorted(lines)))

    def _our_records(self):
        """(module name, record) of everything that our addons bring."""
        names = self.zh_env["ir.model.data"].search(
            [("module", "=like", "dealer\\_%"), ("model", "not in", list(NOT_SHOWN))]
        )
        for model, rows in names.grouped("model").items():
            if model not in self.zh_env:
                continue
            records = self.zh_env[model].browse(rows.mapped("res_id")).exists()
            yield model, records

    # -- from the database ------------------------------------------------------

    def test_views(self):
        """Each view of ours by itself, wherever it hangs."""
        texts = []
        for model, records in self._our_records():
            if model == "ir.ui.view":
                for view in records:
                    if view.type == "qweb" and not view.xml_id:
                        continue
                    for text in shown_texts(etree.fromstring(view.arch_db)):
                        texts.append((view.xml_id, text))
        self.assertGreater(len(texts), 1000)
        self._assert_chinese(texts)

    def test_records(self):
        """Names, helps and texts of data: groups, menus, guards, reason codes …"""
        texts = []
        for model, records in self._our_records():
            if model == "ir.ui.view":
                continue
            for name, field in records._fields.items():
                if field.translate and field.store and name != "print_report_name":
                    texts += [(f"{model}.{name}", record[name]) for record in records]
        self.assertGreater(len(texts), 1000)
        self._assert_chinese(texts)

    def test_fields(self):
        """Labels, helps and choices of our fields, also on models of others."""
        texts = []
        for name in self.zh_env.registry:
            model = self.zh_env[name]
            own = [f for f, field in model._fields.items() if self._is_shown(field)]
            if not own:
                continue
            described = model.fields_get(own, ["string", "help", "selection"])
            for fname, facts in described.items():
                where = f"{name}.{fname}"
                texts += [(where, facts.get("string")), (where, facts.get("help"))]
                texts += [(where, label) for _k, label in facts.get("selection", [])]
        self.assertGreater(len(texts), 1000)
        self._assert_chinese(texts)

    @staticmethod
    def _is_shown(field):
        """Whether it is ours and stands in a filter, an export or on a screen."""
        technical = not (field.export_string_translation or field.exportable)
        ours = (field._module or "").startswith("dealer_")
        return ours and (field.store or not technical)

    def test_books(self):
        """Accounts and journals that come with the chart."""
        company = self.zh_env["res.company"].search(
            [("dealer_insurance_journal_id", "!=", False)], limit=1
        )
        if not company:
            self.skipTest("no store with a chart of accounts")
        journals = company.dealer_insurance_journal_id
        journals |= company.dealer_premium_bank_journal_id
        accounts = company.dealer_premium_payable_account_id
        accounts |= company.dealer_tax_payable_account_id
        records = (journals, accounts)
        self._assert_chinese(
            (record._name, record.name) for found in records for record in found
        )

    # -- as the posts see it ----------------------------------------------------

    def test_screens_of_each_post(self):
        """Menus, actions and the labels in the views behind them."""
        texts = []
        for post in POSTS:
            env = self._as(post)
            texts += [("menu", menu.name) for menu in visible_menus(env)]
            for action in window_actions(env).values():
                where = f"{post} {action['name']}"
                texts += [(where, action["name"]), (where, action.get("help"))]
                texts += self._screen_texts(env, action)
        self._assert_chinese(set(texts))

    def _screen_texts(self, env, action):
        model, _domain, views = action_parts(env, action)
        if not model._original_module.startswith("dealer_"):
            return
        found = rpc(model, "get_views", views, options={"toolbar": True})
        for kind, view in found["views"].items():
            arch = etree.fromstring(view["arch"])
            where = f"{model._name} {kind}"
            if not view["id"]:
                # The name of a view that Odoo made up is not shown.
                arch.attrib.pop("string", None)
            yield from ((where, text) for text in shown_texts(arch))
            for entries in (view.get("toolbar") or {}).values():
                yield from (
                    (where, entry.get("display_name") or entry["name"])
                    for entry in entries
                )
            for node in arch.xpath(".//field[not(@string)][not(@nolabel)]"):
                embedded = node.xpath("ancestor::field")
                name = model._name
                for outer in embedded:
                    name = found["models"][name]["fields"][outer.get("name")][
                        "relation"
                    ]
                field = env[name]._fields[node.get("name")]
                if field.export_string_translation:
                    yield f"{where} {field}", field._description_string(env)

    # -- messages ---------------------------------------------------------------

    def test_catalogues(self):
        """Messages of the code and of the scripts, as translated."""
        texts = []
        for path in ADDONS.glob("*/i18n/zh_CN.po"):
            for entry in polib.pofile(str(path)):
                self.assertTrue(entry.msgstr, entry.msgid)
                # File names of printed papers are made by an expression.
                if "print_report_name" not in str(entry.occurrences):
                    texts.append((path.parents[1].name, entry.msgstr))
        self._assert_chinese(texts)

    def test_literal_texts(self):
        """No refusal is written in the code without a way to translate it."""
        found = []
        for path in ADDONS.glob("*/**/*.py"):
            if "tests" in path.parts:
                continue
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if not isinstance(node, ast.Call):
                    continue
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                if name.endswith("Error") and name != "ValueError":
                    first = node.args[0] if node.args else None
                    literal = isinstance(first, ast.Constant | ast.JoinedStr)
                    if literal and name in ("UserError", "ValidationError"):
                        found.append(f"{path.relative_to(ADDONS)}:{node.lineno}")
        self.assertFalse(found)

"""Every post, every model, every screen and every button of the addons at once.

What is allowed stands in tables below. A new model, button or access line that nobody
has decided on fails here.
"""

import rights_claims
import rights_renewal
from lxml import etree
from stores import (
    POSTS,
    TwoStores,
    action_parts,
    group_by_fields,
    our_models,
    read_specification,
    rpc,
    visible_menus,
    window_actions,
)

from odoo.exceptions import AccessError, UserError
from odoo.service.model import call_kw, get_public_method
from odoo.tests import tagged

# Lines come from business methods only; nobody holds a right to write them.
REGISTERS = {
    "dealer.board.snapshot",
    "dealer.board.snapshot.car",
    "dealer.board.snapshot.line",
    "dealer.board.update",
    "dealer.cashier.signature",
    "dealer.concession.approval",
    "dealer.concession.attempt",
    "dealer.concession.report",
    "dealer.custody",
    "dealer.custody.move",
    "dealer.direct.payment",
    "dealer.import.decision",
    "dealer.import.row",
    "dealer.import.target",
    "dealer.kpi.snapshot",
    "dealer.override",
    "dealer.rate.sheet.receipt",
    "dealer.review.figure",
    "dealer.settlement.print",
    "dealer.settlement.signature",
    "dealer.voucher",
    "dealer.voucher.move",
}
# The records of the business: void, lost or archived, never deleted.
NEVER_DELETED = REGISTERS | {
    "dealer.board.audit",
    "dealer.board.audit.line",
    "dealer.fee.missing",
    "dealer.fee.statement",
    "dealer.fee.statement.line",
    "dealer.kpi",
    "dealer.kpi.figure",
    "dealer.cashier.day",
    "dealer.cashier.day.count",
    "dealer.cashier.day.line",
    "dealer.remittance",
    "dealer.settlement",
    "dealer.settlement.line",
    "dealer.bank.proposal",
    "dealer.deal.assist",
    "dealer.issue.time",
    "dealer.verification",
    "dealer.archive",
    "dealer.archive.submission",
    "dealer.custody.count",
    "dealer.insurer.position",
    "dealer.endorsement",
    "dealer.guard",
    "dealer.import.column",
    "dealer.import.problem",
    "dealer.import.problem.type",
    "dealer.import.sheet",
    "dealer.quote",
    "dealer.rate.sheet.finding",
    "dealer.underwriting",
}
ADMIN = {"dealer_admin"}
MANAGERS = {"insurance_manager", "dealer_admin"}
QUOTING = {"policy_clerk", "renewal_agent", "sales_consultant", "uw_leader"} | MANAGERS
# Analyses and plans are written by those who lead or report.
REPORTING = {
    *("uw_leader", "claim_leader", "renewal_agent", "claim_submitter"),
    *("insurance_manager", "store_manager", "supervisor", "dealer_admin"),
}
LOSING = {"sales_consultant", "policy_clerk", "uw_leader"} | MANAGERS
# Who may delete what: parts of drafts, uploaded files and master data.
DELETING = {
    "dealer.acquirer.batch": {"finance"} | ADMIN,
    "dealer.cash.denomination": ADMIN,
    "dealer.remittance.line": {"cashier", "finance"} | ADMIN,
    "dealer.agreement": ADMIN,
    "dealer.agreement.tier": MANAGERS | {"legal_officer"},
    "dealer.agreement.rate": MANAGERS | {"legal_officer"},
    "dealer.board.target": MANAGERS,
    "dealer.bank.rule": ADMIN,
    "dealer.concession": QUOTING,
    "dealer.concession.authority": ADMIN,
    "dealer.concession.rule": ADMIN,
    "dealer.concession.type": ADMIN,
    "dealer.cover": ADMIN,
    "dealer.cover.plan": MANAGERS,
    "dealer.cover.plan.line": {"policy_clerk", "uw_leader"} | MANAGERS,
    "dealer.cover.rate": MANAGERS,
    "dealer.ctpl.rate": ADMIN,
    "dealer.custody.count.line": {"policy_clerk", "uw_leader"} | MANAGERS,
    "dealer.delivery": ADMIN,
    "dealer.depreciation.rate": ADMIN,
    "dealer.document": MANAGERS
    | {"policy_clerk", "renewal_agent", "claim_receptionist", "claim_submitter"},
    "dealer.document.template": MANAGERS,
    "dealer.document.template.line": MANAGERS,
    "dealer.document.type": ADMIN,
    "dealer.endorsement.line": MANAGERS | {"policy_clerk", "uw_leader"},
    "dealer.expense.loading": ADMIN,
    "dealer.fee.dispute": {"policy_clerk", "finance"} | MANAGERS,
    "dealer.float.scheme": ADMIN,
    "dealer.float.scheme.line": ADMIN,
    "dealer.import": set(POSTS),
    "dealer.improvement": REPORTING,
    "dealer.improvement.line": REPORTING,
    "dealer.kpi.threshold": MANAGERS,
    "dealer.lost.case": LOSING,
    "dealer.import.profile": MANAGERS,
    "dealer.insurer.contact": ADMIN,
    "dealer.insurer.issue": ADMIN,
    "dealer.ncd.factor": ADMIN,
    "dealer.policy": MANAGERS | {"policy_clerk", "uw_leader"},
    "dealer.policy.line": MANAGERS | {"policy_clerk", "uw_leader"},
    "dealer.pricing.range": ADMIN,
    "dealer.quote.line": QUOTING,
    "dealer.quote.option": QUOTING,
    "dealer.rate.sheet": {"policy_clerk", "uw_leader"} | MANAGERS,
    "dealer.rate.sheet.line": {"policy_clerk", "uw_leader"} | MANAGERS,
    "dealer.rate.sheet.offer": {"policy_clerk", "uw_leader"} | MANAGERS,
    "dealer.reason.code": ADMIN,
    "dealer.refund.rule": ADMIN,
    "dealer.review": REPORTING,
    "dealer.short.term.rate": ADMIN,
    "dealer.staff": ADMIN,
    "dealer.tax.band": ADMIN,
    "dealer.team": ADMIN,
    "dealer.vehicle": ADMIN,
    "dealer.violation.factor": ADMIN,
    "dealer.voucher.type": ADMIN,
}

# Who may press which button (domain.md §9.1). READERS: whoever may read the record.
# SCREEN: it only names a screen, which has rights of its own.
READERS, SCREEN = "readers", "screen"
DESK = {"policy_clerk"} | MANAGERS
CASHIERS = {"cashier", "dealer_admin"}
MONEY = {"cashier", "finance", "dealer_admin"}
# The underwriting leader decides small concessions (authority matrix).
DECIDERS = {"store_manager", "uw_leader"} | MANAGERS
LEADERS = {"uw_leader"} | MANAGERS
ACCEPTING = {"store_manager"} | MANAGERS
ASKING = {"sales_consultant", "policy_clerk"} | LEADERS
VEHICLE_LISTS = {"policy_clerk", "uw_leader"} | MANAGERS
KEEPERS = {"policy_clerk", "uw_leader"} | MANAGERS
TALKING = {"policy_clerk", "uw_leader", "claim_leader", "finance"} | MANAGERS
FEES = {"policy_clerk", "finance", "dealer_admin"}
FEE_LETTERS = FEES | {"insurance_manager"}
BUTTONS = {
    "dealer.fee.statement": {
        "action_match": FEES,
        "action_confirm": FEES,
        "action_unconfirm": FEES,
        "action_discard": FEES,
        "action_accept_rounding": FEES,
        "action_close": {"finance", "dealer_admin"},
        "action_reopen": {"finance", "dealer_admin"},
        "action_dispute": FEE_LETTERS,
        "action_create_invoice": {"finance", "dealer_admin"},
        "action_open_invoices": READERS,
        "action_open_lines": SCREEN,
        "action_open_missing": SCREEN,
        "action_open_import": SCREEN,
        "action_upload": SCREEN,
        "action_open_waiver": READERS,
    },
    "dealer.fee.statement.line": {
        "action_withhold": FEES,
        "action_agree": FEES,
        "action_check_explanation": FEES,
        "action_reopen": FEES,
        "action_forget_match": FEES,
        "action_open_match": FEES,
        "action_insurer_agrees": FEES,
        "action_insurer_refuses": FEES,
        "action_settle_as_stated": {"finance", "dealer_admin"},
        "action_settle_corrected": FEES,
        "action_open_policy": READERS,
        "action_open_waiver": READERS,
    },
    "dealer.board.audit": {
        "action_check": {"uw_leader"} | MANAGERS,
        "action_pass": {"uw_leader"} | MANAGERS,
        "action_fail": {"uw_leader"} | MANAGERS,
        "action_rectify": {"uw_leader"} | MANAGERS,
        "action_refresh": {"uw_leader"} | MANAGERS,
        "action_acknowledge": MANAGERS,
        "action_reopen": MANAGERS,
        "action_open_snapshots": READERS,
        "action_open_waiver": READERS,
    },
    "dealer.archive": {
        "action_enter": DESK,
        "action_return": MANAGERS,
        "action_open_waiver": READERS,
    },
    "dealer.archive.submission": {
        "action_submit": DESK,
        "action_approve": MANAGERS,
        "action_open_missing": READERS,
        "action_open_waiver": READERS,
    },
    "dealer.rate.sheet": {
        "action_fill_figures": KEEPERS,
        "action_check": KEEPERS,
        "action_publish": KEEPERS,
        "action_new_version": KEEPERS,
        "action_remind_unread": KEEPERS,
        "action_mark_read": READERS,
        "action_open_findings": READERS,
        "action_open_receipts": READERS,
        "action_open_offers": READERS,
        "action_open_waiver": READERS,
    },
    "dealer.custody.count": {
        "action_start": KEEPERS,
        "action_all_found": KEEPERS,
        "action_confirm": KEEPERS | {"finance"},
        "action_open_waiver": READERS,
    },
    "dealer.underwriting": {
        "action_fast_issue": DESK,
        "action_verify_phone": DESK,
        "action_print_sheet": READERS,
        "action_propose": DESK,
        "action_underwrite": DESK,
        "action_request_payment": DESK,
        "action_back_to_draft": DESK,
        "action_issue": DESK,
        "action_take_custody": DESK,
        "action_deliver": DESK,
        "action_lend": DESK,
        "action_return_custody": DESK,
        "action_withdraw_custody": DESK,
        "action_push_epolicy": DESK,
        "action_take_back": MANAGERS,
        "action_void": MANAGERS,
        "action_sign": CASHIERS,
        "action_reverse_signature": CASHIERS,
        "action_register_payment": MONEY,
        "action_register_remittance": MONEY,
        "action_pay_back": MONEY,
        "action_update_premium_entry": DESK,
        "action_confirm_direct_payment": SCREEN,
        "action_open_waiver": READERS,
        "action_view_entries": READERS,
        "action_view_money_moves": READERS,
        "action_view_money_payments": READERS,
    },
    "dealer.deal.assist": {
        "action_accept": LEADERS,
        "action_done": LEADERS,
        "action_decline": LEADERS,
        "action_cancel": ASKING,
        "action_open_waiver": READERS,
    },
    "dealer.remittance": {
        "action_propose": MONEY,
        "action_refresh": MONEY,
        "action_submit": MONEY,
        "action_back_to_draft": MONEY,
        "action_cancel": MONEY,
        "action_pay": {"finance", "dealer_admin"},
        "action_take_payment_back": {"finance", "dealer_admin"},
        "action_confirm_insurer": MONEY,
        "action_view_payment": READERS,
        "action_print": READERS,
        "action_export": READERS,
        "action_open_waiver": READERS,
    },
    "dealer.acquirer.batch": {
        "action_propose": MONEY,
        "action_post": {"finance", "dealer_admin"},
        "action_view_move": READERS,
        "action_open_waiver": READERS,
    },
    "dealer.settlement": {
        "action_refresh": READERS,
        "action_print": READERS,
        "action_export": READERS,
        "action_sign_clerk": {"policy_clerk", "dealer_admin"},
        "action_sign_cashier": CASHIERS,
        "action_close": {"finance", "dealer_admin"},
        "action_reopen": {"finance"} | MANAGERS,
        "action_open_waiver": READERS,
    },
    "dealer.cashier.day": {
        "action_count": CASHIERS,
        "action_count_again": MONEY,
        "action_confirm": {"finance", "dealer_admin"},
        "action_print": READERS,
        "action_open_waiver": READERS,
    },
    "dealer.quote": {
        "action_send_sms": QUOTING,
        "action_send_mail": QUOTING,
        "action_fast_issue": DESK,
        "action_ask_assist": READERS,
        "action_view_assists": SCREEN,
        "action_apply_rate_sheet": QUOTING,
        "action_propose_history": QUOTING,
        "action_calculate": QUOTING,
        "action_send": QUOTING,
        "action_request_approvals": QUOTING,
        "action_accept": QUOTING,
        "action_back_to_draft": QUOTING,
        "action_lose": QUOTING,
        "action_create_underwriting": QUOTING,
        "action_open_waiver": READERS,
        "action_view_underwritings": READERS,
    },
    "dealer.endorsement": {
        "action_submit": DESK,
        "action_take_formula": DESK,
        "action_approve": DESK,
        "action_reject": DESK,
        "action_request_money": DESK,
        "action_make_effective": DESK,
        "action_collect_originals": DESK,
        "action_receive_refund": {"finance", "dealer_admin"},
        "action_pay_refund": MONEY,
        "action_confirm_refund": SCREEN,
        "action_view_entry": READERS,
        "action_open_waiver": READERS,
    },
    "dealer.agreement": {
        "action_activate": {"legal_officer"} | MANAGERS,
        "action_end": {"legal_officer"} | MANAGERS,
        "action_new_version": {"legal_officer"} | MANAGERS,
        "action_view_versions": READERS,
        "action_open_waiver": READERS,
    },
    "dealer.insurer.issue": {
        "action_done": TALKING,
        "action_reopen": TALKING,
        "action_open_waiver": READERS,
    },
    "dealer.concession": {
        "action_request_approval": QUOTING,
        "action_approve": DECIDERS,
        "action_refuse": DECIDERS,
        "action_open_waiver": READERS,
    },
    "dealer.lost.case": {
        "action_inform_leader": LOSING,
        "action_submit": LOSING,
        "action_back_to_draft": LOSING,
        "action_verify": LEADERS,
        "action_reject": LEADERS,
        "action_close": LEADERS,
        "action_open_waiver": READERS,
    },
    # of the kind new_car_lost: the leader writes, the manager accepts
    "dealer.review": {
        "action_refresh": LEADERS,
        "action_submit": LEADERS,
        "action_accept": ACCEPTING,
        "action_return": ACCEPTING,
        "action_close": LEADERS | ACCEPTING,
        "action_view_improvements": READERS,
        "action_view_lost_cases": READERS,
        "action_view_lost_renewals": READERS,
        "action_view_calls": READERS,
        "action_forward": {"claim_leader", "insurance_manager", "dealer_admin"},
        "action_acknowledge": {"insurance_manager", "dealer_admin"},
        "action_open_waiver": READERS,
    },
    "dealer.improvement": {
        "action_submit": REPORTING,
        "action_approve": ACCEPTING,
        "action_return": ACCEPTING,
        "action_start": REPORTING,
        "action_check_effect": REPORTING,
        "action_close": ACCEPTING,
        "action_ineffective": ACCEPTING,
        "action_open_waiver": READERS,
    },
    "dealer.improvement.line": {
        # its owner, here a consultant, or who runs the plan
        "action_done": REPORTING | {"sales_consultant"},
        "action_open_waiver": READERS,
    },
    "dealer.import": {
        "action_read": VEHICLE_LISTS,
        "action_check": VEHICLE_LISTS,
        "action_import": VEHICLE_LISTS,
        "action_continue": VEHICLE_LISTS,
        "action_reset": VEHICLE_LISTS,
        "action_apply_suggestions": VEHICLE_LISTS,
        "action_accept_layout": VEHICLE_LISTS,
        "action_open_statement": SCREEN,
        "action_download_result": VEHICLE_LISTS,
        "action_open_problems": SCREEN,
        "action_open_rows": SCREEN,
        "action_refresh": SCREEN,
        "action_open_waiver": READERS,
    },
}
# The tables of the other addons.
for _tables in (rights_claims, rights_renewal):
    REGISTERS |= _tables.REGISTERS
    NEVER_DELETED |= _tables.REGISTERS | _tables.NEVER_DELETED
    DELETING |= _tables.DELETING
    for _model, _buttons in _tables.BUTTONS.items():
        BUTTONS[_model] = BUTTONS.get(_model, {}) | _buttons


@tagged("post_install", "-at_install")
class TestRightsMatrix(TwoStores):
    def _access(self, model):
        return self.su_env["ir.model.access"].search([("model_id.model", "=", model)])

    def _our_buttons(self, model):
        """Public methods that buttons of our addons call."""
        cls = type(self.env[model])
        return {
            name
            for name in dir(cls)
            if name.startswith("action_")
            and any(
                name in vars(base)
                and vars(base)[name].__module__.startswith("odoo.addons.dealer_")
                for base in cls.mro()
            )
        }

    # -- access lines and rules -------------------------------------------------

    def test_access_lines(self):
        """Each model has lines, and no line is for everybody."""
        models = our_models(self.su_env)
        self.assertGreater(len(models), 40)
        for model in models:
            lines = self._access(model)
            with self.subTest(model):
                self.assertTrue(lines, "no access line")
                self.assertFalse(
                    lines.filtered(lambda line: not line.group_id).mapped("name")
                )

    def test_registers_have_no_writer(self):
        mixed = {
            model
            for model in our_models(self.su_env)
            if "dealer.append.mixin" in self.env[model]._inherit
        }
        self.assertLessEqual(mixed, REGISTERS)
        for model in REGISTERS:
            lines = self._access(model)
            with self.subTest(model):
                self.assertFalse(
                    lines.filtered("perm_write")
                    | lines.filtered("perm_create")
                    | lines.filtered("perm_unlink")
                )

    def test_registers_hold_against_the_superuser(self):
        for model in (
            "dealer.override",
            "dealer.cashier.signature",
            "dealer.direct.payment",
            "dealer.concession.approval",
        ):
            lines = self.records[self.company][model].with_env(self.su_env)
            self.assertTrue(lines, model)
            with self.subTest(model):
                with self.assertRaises(UserError):
                    lines.write({"reason": "changed"})
                with self.assertRaises(UserError):
                    lines.unlink()
                with self.assertRaises(UserError):
                    lines.create(lines.copy_data())

    def test_who_may_delete(self):
        for model in our_models(self.su_env):
            if self.env[model]._transient:
                continue
            expected = set() if model in NEVER_DELETED else DELETING.get(model)
            found = {
                post for post in POSTS if self._as(post)[model].has_access("unlink")
            }
            with self.subTest(model):
                self.assertEqual(found, expected)

    def test_every_store_model_has_a_global_rule(self):
        """No rule of a post can widen what the rule of the stores narrows."""
        user_env = self._as("dealer_admin")
        for name in our_models(self.su_env):
            model = self.env[name]
            if "company_id" not in model._fields or name == "dealer.import.profile":
                continue
            for operation in ("read", "write", "create", "unlink"):
                with self.subTest(model=name, operation=operation):
                    self._assert_hidden(user_env, name, operation)

    def _assert_hidden(self, user_env, name, operation):
        """The global rules of a model refuse a record of the other store."""
        rules = (
            self.su_env["ir.rule"]
            .search([("model_id.model", "=", name), ("active", "=", True)])
            .filtered(lambda r: not r.groups and r[f"perm_{operation}"])
        )
        self.assertTrue(rules, "no global rule")
        if self.env[name]._transient:
            # What stands in a dialog is its user's own.
            self.assertTrue(
                any("create_uid" in rule.domain_force for rule in rules), "not own"
            )
            return
        foreign = self.records[self.company_2].get(name)
        if not foreign:
            self.assertTrue(
                any("company_id" in rule.domain_force for rule in rules),
                "the store is not in the rule",
            )
            return
        Model = user_env[name]
        domain = user_env["ir.rule"]._compute_domain(name, operation)
        self.assertFalse(
            Model.sudo().browse(foreign.ids).filtered_domain(domain),
            "records of the other store pass",
        )

    def test_other_store_is_invisible(self):
        """Each post of one store searches and reads the records of the other."""
        for post in POSTS:
            env = self._as(post)
            for name, foreign in self.records[self.company_2].items():
                if not env[name].has_access("read"):
                    continue
                with self.subTest(post=post, model=name):
                    self.assertTrue(foreign.exists(), "nothing to look for")
                    found = env[name].with_context(active_test=False).search([])
                    self.assertFalse(set(found.ids) & set(foreign.ids))
                    with self.assertRaises(AccessError):
                        call_kw(env[name], "read", [foreign.ids, ["display_name"]], {})

    def test_own_store_is_visible(self):
        """The rules do not hide everything: a manager sees what stands in his store."""
        env = self._as("insurance_manager")
        for name, own in self.records[self.company].items():
            with self.subTest(model=name):
                found = env[name].with_context(active_test=False).search([])
                self.assertLessEqual(set(own.ids), set(found.ids))

    # -- screens ----------------------------------------------------------------

    def test_every_menu_opens_for_its_posts(self):
        opened = 0
        for post in POSTS:
            env = self._as(post)
            for action in window_actions(env).values():
                with self.subTest(post=post, action=action["name"]):
                    self._open(env, action)
                    opened += 1
        self.assertGreater(opened, 16 * 10)

    def _open(self, env, action):
        """Ask for what the web client asks for when the action is opened."""
        model, domain, views = action_parts(env, action)
        found = rpc(model, "get_views", views)["views"]
        for kind, view in found.items():
            arch = etree.fromstring(view["arch"])
            if kind in ("list", "kanban"):
                specification = read_specification(model, arch)
                rpc(model, "web_search_read", domain, specification, limit=3)
            elif kind == "form":
                records = model.search(domain, limit=1)
                specification = read_specification(model, arch)
                if records:
                    rpc(model, "web_read", records.ids, specification)
                elif model.has_access("create"):
                    rpc(model, "onchange", [], {}, [], specification)
            elif kind in ("pivot", "graph"):
                rows = [n for n in arch.xpath("./field") if n.get("type") != "measure"]
                groups = [
                    f"{n.get('name')}:{n.get('interval')}"
                    if n.get("interval")
                    else n.get("name")
                    for n in rows
                ]
                rpc(model, "formatted_read_group", domain, groups, ["__count"])
            elif kind == "search":
                for group in group_by_fields(model, arch):
                    rpc(model, "formatted_read_group", domain, [group], ["__count"])

    def test_each_post_has_a_screen(self):
        for post in POSTS:
            menus = visible_menus(self._as(post))
            with self.subTest(post):
                self.assertTrue(menus.filtered("action"))
                # No heading without a screen below it.
                self.assertFalse(
                    menus.filtered(lambda m: not m.action and not m.child_id)
                )

    # -- buttons ----------------------------------------------------------------

    def test_every_button_is_decided_on(self):
        for model, table in BUTTONS.items():
            with self.subTest(model):
                self.assertEqual(self._our_buttons(model), set(table))
                for name in table:
                    get_public_method(self.env[model], name)

    def test_buttons_refuse_the_wrong_post(self):
        for model, table in BUTTONS.items():
            record = self.records[self.company][model]
            for post in POSTS:
                env = self._as(post)
                reads = env[model].has_access("read") and env[model].search(
                    [("id", "in", record.ids)]
                )
                for name, allowed in table.items():
                    if allowed == SCREEN or (
                        reads if allowed == READERS else post in allowed
                    ):
                        continue
                    with self.subTest(model=model, button=name, post=post):
                        with self.assertRaises(AccessError), self.env.cr.savepoint():
                            call_kw(env[model], name, [record.ids], {})

    def test_buttons_refuse_the_other_store(self):
        """The right post of the wrong store is the wrong post."""
        for model, table in BUTTONS.items():
            record = self.records[self.company_2][model]
            env = self._as("dealer_admin")
            for name, allowed in table.items():
                if allowed == SCREEN:
                    continue
                with self.subTest(model=model, button=name):
                    with self.assertRaises(AccessError), self.env.cr.savepoint():
                        call_kw(env[model], name, [record.ids], {})

"""Two stores with a login for each post and a record of every kind in both.

Shared by the tests that look at all screens and all rights at once.
"""

import base64
from ast import literal_eval

from stores_claims import fill_claims
from stores_renewal import fill_renewal

from odoo import Command, fields
from odoo.service.model import call_kw
from odoo.tests import new_test_user
from odoo.tools.safe_eval import safe_eval

from odoo.addons.dealer_base.tests.import_files import HEADER, vehicle_row, xlsx
from odoo.addons.dealer_insurance.tests.quote_common import QuoteCommon

POSTS = (
    "policy_clerk",
    "renewal_agent",
    "hotline_agent",
    "claim_receptionist",
    "claim_submitter",
    "survey_agent",
    "uw_leader",
    "claim_leader",
    "insurance_manager",
    "sales_consultant",
    "cashier",
    "finance",
    "store_manager",
    "supervisor",
    "legal_officer",
    "dealer_admin",
)
ROOT_MENU = "dealer_base.menu_dealer_root"


def our_models(env):
    """Registry names of the models that our addons bring, abstract ones left out."""
    names = env["ir.model.data"].search(
        [("model", "=", "ir.model"), ("module", "=like", "dealer\\_%")]
    )
    models = env["ir.model"].browse(names.mapped("res_id")).exists()
    # A model of another addon that ours extends carries an id of ours too.
    return sorted(
        name
        for name in models.mapped("model")
        if not env[name]._abstract and env[name]._original_module.startswith("dealer_")
    )


def rpc(model, method, *args, **kwargs):
    """Call a method as the web client does, in the context of ``model``."""
    return call_kw(model, method, list(args), {**kwargs, "context": model.env.context})


def visible_menus(env):
    """Menus below ours that the user of ``env`` sees, with an action."""
    Menu = env["ir.ui.menu"]
    root = env.ref(ROOT_MENU)
    visible = Menu.browse(Menu._visible_menu_ids())
    below = visible.filtered(lambda m: m.parent_path.startswith(root.parent_path))
    return below.sorted(lambda m: m.complete_name)


def window_actions(env):
    """Window actions behind the menus that the user sees, each once.

    A menu that runs code stands for the window action that the code gives.

    :return: {id: action as the web client loads it}
    """
    actions = {}
    for menu in visible_menus(env):
        if not menu.action:
            continue
        # sudo: the web client loads actions in the same way
        action = menu.sudo().action
        if action.type == "ir.actions.server":
            loaded = action.with_env(env).run()
        else:
            loaded = action._get_action_dict()
        if loaded and loaded["type"] == "ir.actions.act_window":
            actions.setdefault(loaded.get("id") or loaded["res_model"], loaded)
    return actions


def action_parts(env, action):
    """Model with the context of an action, its domain and its views.

    :return: (empty recordset, domain, [(view id, view type)])
    """
    names = {"uid": env.uid, "allowed_company_ids": env.companies.ids}
    names |= {"context_today": lambda: fields.Date.context_today(env.user)}
    context = action.get("context") or {}
    if isinstance(context, str):
        context = safe_eval(context, dict(names))
    domain = action.get("domain") or []
    if isinstance(domain, str):
        domain = safe_eval(domain, {**names, **context})
    views = [(view_id or False, kind) for view_id, kind in action["views"]]
    if action.get("search_view_id"):
        views.append((action["search_view_id"][0], "search"))
    else:
        views.append((False, "search"))
    return env[action["res_model"]].with_context(**context), domain, views


def field_nodes(arch):
    """Field nodes of a view, those of embedded views left out."""
    return arch.xpath(".//field[not(ancestor::field)]")


def read_specification(model, arch):
    """What the web client asks for to fill a view, lines of lists included."""
    specification = {}
    for node in field_nodes(arch):
        field = model._fields[node.get("name")]
        wanted = {}
        if field.type in ("one2many", "many2many"):
            comodel = model.env[field.comodel_name]
            inner = next(iter(node.xpath("./list|./kanban|./form")), None)
            if inner is not None:
                wanted["fields"] = read_specification(comodel, inner)
            else:
                wanted["fields"] = {"display_name": {}}
        elif field.type == "many2one":
            wanted["fields"] = {"display_name": {}}
        specification[field.name] = wanted
    return specification


def group_by_fields(model, arch):
    """Groups that the filters of a search view offer, as the client asks for them."""
    for node in arch.xpath(".//filter[@context]"):
        group = literal_eval(node.get("context")).get("group_by")
        field = model._fields.get((group or "").split(":")[0])
        # Groups by properties are unfolded from their definitions.
        if not field or field.type == "properties":
            continue
        if field.type in ("date", "datetime") and ":" not in group:
            group += ":month"
        yield group


class TwoStores(QuoteCommon):
    """``stores`` maps each company to its users, ``records`` to what stands in it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.stores, cls.records = {}, {}
        for company in cls.company | cls.company_2:
            cls.stores[company] = {
                post: cls._post_user(post, company) for post in POSTS
            }
            records = cls._fill(company)
            for fill in (fill_claims, fill_renewal):
                records |= fill(cls, company, records)
            cls.records[company] = records
        cls.env.flush_all()

    @classmethod
    def _post_user(cls, post, company, **vals):
        return new_test_user(
            cls.su_env,
            login=f"matrix_{post}_{company.id}",
            groups=f"dealer_base.group_{post}",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
            **vals,
        )

    @classmethod
    def _own_agreements(cls, company):
        return cls.su_env["dealer.agreement"].search([("company_id", "=", company.id)])

    @classmethod
    def _own_attempts(cls, company):
        return cls.su_env["dealer.concession.attempt"].search(
            [("company_id", "=", company.id)]
        )

    @classmethod
    def _as(cls, post, company=None):
        """Environment of a post, as the web client sends it."""
        company = company or cls.company
        user = cls.stores[company][post]
        return cls.env(
            user=user,
            su=False,
            context={"lang": user.lang, "allowed_company_ids": company.ids},
        )

    @classmethod
    def _fill(cls, company):
        """A year of business in one deal: a record of every kind of the store."""
        users = cls.stores[company]
        env = cls.su_env(
            context={"allowed_company_ids": company.ids, "tracking_disable": True}
        )
        clerk = cls._as("policy_clerk", company)(
            context={"allowed_company_ids": company.ids, "tracking_disable": True}
        )
        manager = cls._as("insurance_manager", company)
        team = env["dealer.team"].create({"name": "Team One", "company_id": company.id})
        staff = env["dealer.staff"].create(
            [
                {
                    "name": users[post].name,
                    "user_id": users[post].id,
                    "company_id": company.id,
                    "registration_no": f"M{users[post].id}",
                    "team_id": team.id,
                }
                for post in ("policy_clerk", "sales_consultant")
            ]
        )
        if company != cls.company:
            for insurer in cls.insurer | cls.insurer_2:
                cls._agreement(insurer, company)
        checklist = env["dealer.document.template"].create(
            {
                "name": "Own Checklist",
                "usage": "claim_single",
                "company_id": company.id,
                "line_ids": [Command.create({"type_id": cls.notices[:1].id})],
            }
        )

        # a delivered car, its quote and a gift above the rule
        vehicle = cls._vehicle(company, displacement_l=1.6, seats=5)
        vehicle.model_id = env["fleet.vehicle.model"].create(
            {
                "name": "Model One",
                "brand_id": env["fleet.vehicle.model.brand"]
                .create({"name": "Brand"})
                .id,
            }
        )
        delivery = env["dealer.delivery"].create(
            {
                "name": "D-1",
                "company_id": company.id,
                "vehicle_id": vehicle.id,
                "partner_id": cls.applicant.id,
                "consultant_id": staff[1].id,
                "delivery_date": company._dealer_today(),
            }
        )
        quote_vals = cls._quote_vals(
            vehicle=vehicle,
            company_id=company.id,
            delivery_id=delivery.id,
            consultant_id=staff[1].id,
        )
        quote = clerk["dealer.quote"].create(quote_vals)
        cover = env["dealer.cover"].search([("kind", "=", "main")], limit=1)
        quote.option_ids.line_ids = [
            Command.create({"cover_id": cover.id, "sum_insured": 1000000})
        ]
        quote.action_calculate()
        asked = clerk["dealer.concession"].create(
            {
                "option_id": quote.option_ids.id,
                "type_id": cls.gift.id,
                "name": "Car film",
                "amount": 400.0,
                "reason": "Loyal customer",
            }
        )
        asked.action_request_approval()
        cash = clerk["dealer.concession"].create(
            {
                "option_id": quote.option_ids.id,
                "type_id": cls.gift.id,
                "name": "返现",
                "amount": 1.0,
            }
        )
        cash.unlink()
        assist = cls._as("sales_consultant", company)["dealer.deal.assist"].create(
            {
                "company_id": company.id,
                "consultant_id": staff[1].id,
                "quote_id": quote.id,
            }
        )
        verification = env["dealer.verification"]._sudo_send(quote, "accept")
        # The applicant of the other store has the same phone: not twice a minute.
        verification.sent_at = fields.Datetime.subtract(
            fields.Datetime.now(), minutes=2
        )
        authority = env["dealer.concession.authority"].create(
            {
                "company_id": company.id,
                "group_id": env.ref("dealer_base.group_insurance_manager").id,
                "is_unlimited": True,
            }
        )

        # a deal to the end: paid, signed, kept and lent out
        row = clerk["dealer.underwriting"].create(
            cls._vals(
                vehicle=vehicle,
                company_id=company.id,
                writer_id=staff[0].id,
                consultant_id=staff[1].id,
                delivery_id=delivery.id,
            )
        )
        row.policy_ids[:1].line_ids = [Command.create({"cover_id": cover.id})]
        row.document_ids.filtered(lambda d: d.type_id in cls.notices).action_receive()
        gift = clerk["dealer.concession"].create(
            {
                "underwriting_id": row.id,
                "type_id": cls.gift.id,
                "name": "Dash cam",
                "amount": 400.0,
                "reason": "Loyal customer",
            }
        )
        gift.action_request_approval()
        row.action_propose()
        row.action_underwrite()
        row.action_request_payment()
        env["dealer.direct.payment"]._sudo_append(
            [
                {
                    "underwriting_id": row.id,
                    "receipt_no": "R-1",
                    "payment_date": company._dealer_today(),
                    "amount": row.balance,
                    "payer_id": cls.applicant.id,
                }
            ]
        )
        row.action_issue()
        gift.with_env(manager).action_approve()
        row.with_env(cls._as("cashier", company)).action_sign()
        row.action_take_custody("Safe", "1")
        row.action_lend("Applicant", "Claim")
        count = clerk["dealer.custody.count"].create({"company_id": company.id})
        count.action_start()
        line = clerk["dealer.custody.count.line"].create(
            {"count_id": count.id, "name": "Found without entry", "found": "found"}
        )
        vouchers = clerk["dealer.voucher"]._receive(
            company,
            cls.insurer,
            env.ref("dealer_insurance.voucher_type_sticker"),
            [f"S{company.id}-1"],
        )
        archive = row.vehicle_id.archive_ids
        submission = env["dealer.archive.submission"]._create_for_week(
            company, company._dealer_today()
        )
        change = clerk["dealer.endorsement"].create(
            {
                "policy_id": row.policy_ids[0].id,
                "kind": "change",
                "change_type": "cover",
                "premium": 100.0,
                "line_ids": [
                    Command.create(
                        {"action": "add", "cover_id": cover.id, "yearly_premium": 100}
                    )
                ],
            }
        )
        window = manager["dealer.insurer.contact"].create(
            {"insurer_id": cls.insurer.id, "staff_id": staff[0].id}
        )
        issue = clerk["dealer.insurer.issue"].create(
            {
                "name": "Fee of October",
                "insurer_id": cls.insurer.id,
                "due_date": company._dealer_today(),
            }
        )

        bank_rule = env["dealer.bank.rule"].create(
            {"name": "Rule of the store", "kind": "noise", "company_id": company.id}
        )

        # a waiver in the log
        override = env["dealer.override"]._sudo_log(
            [
                {
                    "guard_id": env["dealer.guard"]._by_code("G-P4").id,
                    "res_model": row._name,
                    "res_id": row.id,
                    "record_name": row.display_name,
                    "transition": "deliver",
                    "role_group_id": env.ref("dealer_base.group_finance").id,
                    "user_id": users["finance"].id,
                    "signed_at": fields.Datetime.now(),
                    "reason": "Key account",
                    "company_id": company.id,
                }
            ]
        )

        # money forms: a remittance, a settlement list, a day of the cashier
        cashier = cls._as("cashier", company)
        remittance = cashier["dealer.remittance"].create({"insurer_id": cls.insurer.id})
        settlement = cls._as("finance", company)["dealer.settlement"].create(
            {
                "insurer_id": cls.insurer.id,
                "date_from": fields.Date.start_of(company._dealer_today(), "month"),
            }
        )
        settlement._append_prints()
        settlement._append_signatures("clerk", "sign")
        cashier_day = cashier["dealer.cashier.day"].create({})
        batch = cashier["dealer.acquirer.batch"].create({"method": "card"})

        # a car that was lost, and the analysis of its month
        lost_car = env["dealer.delivery"].create(
            {
                "name": "D-LOST",
                "company_id": company.id,
                "vehicle_id": cls._vehicle(company).id,
                "partner_id": cls.applicant.id,
                "consultant_id": staff[1].id,
                "delivery_date": company._dealer_today(),
            }
        )
        lost = cls._as("sales_consultant", company)["dealer.lost.case"].create(
            {
                "delivery_id": lost_car.id,
                "reason_id": env.ref("dealer_base.reason_nl_01").id,
                "competitor_channel": "agent",
            }
        )
        lost.action_submit()
        review = cls._as("uw_leader", company)["dealer.review"].create(
            {
                "kind": "new_car_lost",
                "company_id": company.id,
                "date_from": company._dealer_today(),
                "improvement_ids": [
                    Command.create(
                        {
                            "title": "Better offers",
                            "company_id": company.id,
                            "line_ids": [
                                Command.create(
                                    {"name": "Compare", "owner_id": staff[1].id}
                                )
                            ],
                        }
                    )
                ],
            }
        )
        plan = review.improvement_ids

        # a published rate sheet with an explained difference, and rates behind it
        sheet = clerk["dealer.rate.sheet"].create(
            {
                "name": "Rates",
                "company_id": company.id,
                "date_from": company._dealer_today(),
                "date_to": fields.Date.add(company._dealer_today(), days=30),
                "line_ids": [
                    Command.create(
                        {
                            "model_text": "Model One 1.6L",
                            "plan_id": env.ref("dealer_insurance.cover_plan_basic").id,
                            "ctpl_premium": 960.0,
                            "standard_premium": 1000.0,
                            "offer_ids": [
                                Command.create(
                                    {
                                        "insurer_id": insurer.id,
                                        "commercial_premium": 1050.0,
                                    }
                                )
                                for insurer in cls.insurer | cls.insurer_2
                            ],
                        }
                    )
                ],
            }
        )
        sheet.action_check()
        sheet.finding_ids.write({"explanation": "As the insurer wrote"})
        sheet.action_publish()
        plan_one = clerk["dealer.cover.plan"].create(
            {
                "name": "Plan of the store",
                "company_id": company.id,
                "line_ids": [Command.create({"cover_id": cover.id})],
            }
        )
        cover_rate = clerk["dealer.cover.rate"].create(
            {
                "cover_id": cover.id,
                "company_id": company.id,
                "date_from": "2020-01-01",
                "fixed_amount": 500.0,
            }
        )

        # a fee statement with a line of another rate, and a policy that it lacks
        policy = row.policy_ids[0]
        fees = env["dealer.fee.statement"]._create_protected(
            [
                {
                    "name": f"FS-{company.id}",
                    "company_id": company.id,
                    "insurer_id": cls.insurer.id,
                    "date_from": company._dealer_today(),
                    "date_to": company._dealer_today(),
                }
            ]
        )
        fee_line = env["dealer.fee.statement.line"]._create_protected(
            [
                {
                    "statement_id": fees.id,
                    "row_no": 5,
                    "policy_text": policy.policy_no or "P1",
                    "policy_id": policy.id,
                    "policy_ids": [Command.set(policy.ids)],
                    "match_state": "auto",
                    "statement_fee": 50.0,
                    "statement_fee_ex": 50.0,
                    "statement_fee_incl": 53.0,
                    "result": "rate_difference",
                    "explanation": "Another rate than agreed",
                }
            ]
        )
        fee_missing = env["dealer.fee.missing"]._create_protected(
            [
                {
                    "statement_id": fees.id,
                    "policy_id": row.policy_ids[-1:].id,
                    "issued_on": company._dealer_today(),
                    "expected_fee": 30.0,
                    "reason": "omitted_by_insurer",
                }
            ]
        )

        # a spreadsheet with a wrong cell
        lines = [vehicle_row(1), vehicle_row(2, 车架号="LSVAA49J0320473")]
        run = clerk["dealer.import"].create(
            {
                "file": base64.b64encode(xlsx([HEADER, *lines])),
                "file_name": "list.xlsx",
                "kind": "vehicle",
                "company_id": company.id,
            }
        )
        run.action_check()
        # the board: a confirmed and frozen day, and a car that came too late for it
        today = company._dealer_today()
        target = env["dealer.board.target"].create(
            {"company_id": company.id, "date_from": today, "penetration": 0.7}
        )
        board_update = env["dealer.board.update"]._sudo_append(
            [
                {
                    "company_id": company.id,
                    "day": today,
                    "deadline": company._dealer_board_deadline(today),
                    "confirmed_at": fields.Datetime.now(),
                    "confirmed_by_id": users["policy_clerk"].id,
                }
            ]
        )
        board = env["dealer.board.snapshot"]._sudo_freeze(company, today)
        env["dealer.delivery"].create(
            {
                "name": "D-LATE",
                "company_id": company.id,
                "vehicle_id": cls._vehicle(company).id,
                "delivery_date": today,
            }
        )
        board_audit = env["dealer.board.audit"]._sudo_create(
            company, fields.Date.start_of(today, "month")
        )
        kpi = env["dealer.kpi"].search([], limit=1)
        threshold = env["dealer.kpi.threshold"].create(
            {"kpi_id": kpi.id, "company_id": company.id}
        )
        frozen = env["dealer.kpi.snapshot"]._sudo_freeze(company, "day", today, today)
        return {
            record._name: record
            for record in (
                *(team, staff, vehicle, delivery, quote, quote.option_ids),
                *(quote.option_ids.line_ids, row, row.policy_ids, asked, change),
                *(change.line_ids, window, issue),
                *(fees, fee_line, fee_missing),
                *(row.policy_ids.line_ids, row.document_ids, row.custody_id),
                *(row.custody_id.move_ids, row.signature_ids, override, run),
                *(assist, verification.sudo(False), authority),
                *(cls._own_attempts(company),),
                *(remittance, settlement, settlement.line_ids, cashier_day, batch),
                *(settlement.print_ids, settlement.signature_ids),
                *(gift.approval_ids, row.direct_payment_ids, run.sheet_ids),
                *(count, line, vouchers, vouchers.move_ids, archive, submission),
                *(run.target_ids, run.column_ids, run.row_ids, run.problem_ids),
                *(lost, review, review.figure_ids, plan, plan.line_ids),
                *(env["dealer.tax.band"].search([("company_id", "=", company.id)]),),
                *(cls._own_agreements(company), checklist, bank_rule),
                *(sheet, sheet.line_ids, sheet.offer_ids, sheet.finding_ids),
                *(sheet.receipt_ids, plan_one, plan_one.line_ids, cover_rate),
                *(target, board_update, board, board.line_ids, board.car_ids),
                *(board_audit, board_audit.line_ids, threshold, frozen),
            )
        }

"""What issuing policies and opening the ledger cost, against a floor of the same run.

Run in an Odoo shell on a throw-away database (`make bench`). Absolute times depend on
the machine; the ratios should not. A ratio above its limit makes the run fail.

- issue: N policies issued, against N bare journal entries created and posted
- list: first page of the ledger with 20,000 rows, against the same with 1,000
"""

import os
import statistics
import time
from datetime import timedelta

from lxml import etree

from odoo import Command, fields

from odoo.addons.dealer_base.tools.identity import vin_check_digit

N = int(os.environ.get("N") or 200)
SMALL, LARGE = 1_000, int(os.environ.get("LARGE") or 20_000)
PAGE = 80
# Issuing does more than an entry (guards, number, fee, history), yet of one order.
LIMITS = {
    "issue, in one batch": 2.0,
    "issue, one by one": 2.0,
    "first page of the ledger": 2.0,
}

env = env(context={**env.context, "tracking_disable": True})
company = env.ref("base.main_company")
results = []


def make_vin(serial):
    """VIN of a domestic car with its right check digit."""
    vin = f"LGBH52000R{serial:07d}"
    return vin[:8] + vin_check_digit(vin) + vin[9:]


def timed(function, *args):
    """Seconds and queries of one call, pending writes included."""
    env.flush_all()
    queries, start = env.cr.sql_log_count, time.perf_counter()
    function(*args)
    env.flush_all()
    return time.perf_counter() - start, env.cr.sql_log_count - queries


def report(name, work, floor, count):
    ratio = work[0] / floor[0]
    results.append((name, ratio))
    print(
        f"{name:28} {1000 * work[0] / count:9.2f} ms {work[1] / count:8.1f} q"
        f"   floor {1000 * floor[0] / count:9.2f} ms {floor[1] / count:8.1f} q"
        f"   ratio {ratio:5.2f} (limit {LIMITS[name]:.1f})"
    )


def analyze(*tables):
    """Fresh statistics: the planner takes a new table for an empty one."""
    for table in tables:
        env.cr.execute(f"ANALYZE {table}")


insurer = env["res.partner"].create(
    {"name": "Bench Insurer", "is_insurer": True, "insurer_code": "BENCH"}
)
env["dealer.agreement"]._create_protected(
    [
        {
            "name": "Bench Agreement",
            "insurer_id": insurer.id,
            "company_id": company.id,
            "date_from": "2020-01-01",
            "licence_no": "L1",
            "licence_valid_to": "2099-12-31",
            "collects_premium": False,
            "state": "active",
            "rate_ids": [
                Command.create(
                    {"product": "commercial", "rate": 0.15, "date_from": "2020-01-01"}
                )
            ],
        }
    ]
)
writer = env["dealer.staff"].create(
    {"name": "Bench Clerk", "company_id": company.id, "registration_no": "BENCH"}
)
applicant = env["res.partner"].create({"name": "Bench Applicant"})
start_of_cover = fields.Datetime.now() + timedelta(days=2)
serial = 0


def row_vals(**vals):
    global serial
    serial += 1
    vehicle = vehicles[serial % len(vehicles)]
    return {
        "insurer_id": insurer.id,
        "applicant_id": applicant.id,
        "vehicle_id": vehicle.id,
        "writer_id": writer.id,
        "policy_ids": [
            Command.create(
                {
                    "product": "commercial",
                    "premium": 4500.0,
                    "policy_no": f"BENCH{serial:07d}",
                    "date_start": start_of_cover,
                    "date_end": start_of_cover + timedelta(days=365),
                }
            )
        ],
        **vals,
    }


def ready_rows(count):
    """Rows that only wait for their issue."""
    rows = env["dealer.underwriting"].create([row_vals() for _n in range(count)])
    rows.document_ids.filtered("type_id.is_notice").action_receive()
    rows.action_propose()
    rows.action_underwrite()
    rows.action_request_payment()
    env["dealer.direct.payment"]._sudo_append(
        [
            {
                "underwriting_id": row.id,
                "receipt_no": f"B{row.id}",
                "payment_date": fields.Date.today(),
                "amount": row.balance,
                "payer_id": row.payer_id.id,
            }
            for row in rows
        ]
    )
    return rows


journal = env["account.journal"].search(
    [("company_id", "=", company.id), ("type", "=", "general")], limit=1
)
accounts = env["account.account"].search(
    [("company_ids", "in", company.id), ("account_type", "=", "asset_current")], limit=2
)


def entry_vals():
    amounts = ((accounts[0], 4500.0), (accounts[1], -4500.0))
    return {
        "move_type": "entry",
        "journal_id": journal.id,
        "line_ids": [
            Command.create({"account_id": account.id, "balance": balance, "name": "x"})
            for account, balance in amounts
        ],
    }


def post_batch():
    env["account.move"].create([entry_vals() for _n in range(N)]).action_post()


def post_one_by_one():
    for _n in range(N):
        env["account.move"].create(entry_vals()).action_post()
        env.flush_all()


def issue_one_by_one(rows):
    for row in rows:
        row.action_issue()
        env.flush_all()


def ledger_fields():
    """Fields that the list of the ledger shows, as the web client asks for them."""
    Underwriting = env["dealer.underwriting"]
    action = env.ref("dealer_insurance.dealer_underwriting_action_ledger")
    view = dict((kind, view_id) for view_id, kind in action.views)["list"]
    arch = etree.fromstring(Underwriting.get_view(view, "list")["arch"])
    names = {node.get("name") for node in arch.xpath("/list/field")}
    return {
        name: {"fields": {"display_name": {}}}
        if Underwriting._fields[name].type == "many2one"
        else {}
        for name in sorted(names)
    }


def open_list():
    """First page of the ledger, read from the database."""
    env.invalidate_all()
    env["dealer.underwriting"].web_search_read(
        [("issued_at", "!=", False)], specification, limit=PAGE, count_limit=10_001
    )


def median_of_opening():
    timed(open_list)
    runs = [timed(open_list) for _n in range(7)]
    return statistics.median(run[0] for run in runs), runs[-1][1]


def fill_to(count):
    """Issued rows of the paper ledger until there are `count`."""
    have = env["dealer.underwriting"].search_count([])
    while have < count:
        block = min(1_000, count - have)
        moment = fields.Datetime.now() - timedelta(days=30)
        env["dealer.underwriting"]._create_historical(
            [
                row_vals(
                    issued_at=moment,
                    ledger_year=2020,
                    ledger_seq=have + n + 1,
                    ledger_no=f"BENCH2020-{have + n + 1:06d}",
                )
                for n in range(block)
            ]
        )
        have += block
        env.flush_all()
        env.invalidate_all()
        env.cr.commit()
    analyze("dealer_underwriting", "dealer_policy")


vehicles = env["dealer.vehicle"].create(
    [
        {"vin": make_vin(n), "company_id": company.id, "owner_id": applicant.id}
        for n in range(500_000, 500_000 + N)
    ]
)
batch, single = ready_rows(N), ready_rows(N)
# What the database itself caches is paid for before the first measurement.
env["account.move"].create(entry_vals()).action_post()
env.cr.commit()
analyze("account_move", "account_move_line", "dealer_underwriting", "dealer_policy")

print(f"{N} policies; time and queries for each one")
report("issue, in one batch", timed(batch.action_issue), timed(post_batch), N)
report("issue, one by one", timed(issue_one_by_one, single), timed(post_one_by_one), N)
env.cr.commit()

specification = ledger_fields()
fill_to(SMALL)
small = median_of_opening()
seconds, _queries = timed(fill_to, LARGE)
print(f"{LARGE - SMALL} historical rows took {seconds:.0f} s to create")
print(f"first page ({PAGE} rows) of {LARGE} rows; floor: of {SMALL} rows")
report("first page of the ledger", median_of_opening(), small, 1)

slow = [name for name, ratio in results if ratio > LIMITS[name]]
if slow:
    raise SystemExit("above the limit: " + ", ".join(slow))

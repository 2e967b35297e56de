"""Write rows that wait for their next step, and keys of the clerks who will take it.

Run in an Odoo shell. Two insurers, COUNT rows in turn; every step by its own action, as
the post that does it. Rows of channel "direct" are paid to the insurer and wait for
their issue; rows of channel "collected" wait for the request of the premium. Prints one
line of JSON.
"""

import json
import os
from datetime import timedelta

from odoo import Command, fields

from odoo.addons.dealer_base.tools.identity import vin_check_digit

COUNT = int(os.environ.get("PARALLEL_COUNT", "400"))
CLIENTS = int(os.environ.get("PARALLEL_CLIENTS", "8"))
COLLECTED = os.environ.get("PARALLEL_CHANNEL") == "collected"

env = env(context={**env.context, "tracking_disable": True})
company = env.ref("base.main_company")


def make_vin(serial):
    """VIN of a domestic car with its right check digit."""
    vin = f"LGBH52000R{serial:07d}"
    return vin[:8] + vin_check_digit(vin) + vin[9:]


def user(login, post):
    return env["res.users"].create(
        {
            "name": login,
            "login": login,
            "company_id": company.id,
            "company_ids": [Command.set(company.ids)],
            "group_ids": [
                Command.set(
                    [
                        env.ref("base.group_user").id,
                        env.ref(f"dealer_base.group_{post}").id,
                    ]
                )
            ],
        }
    )


clerks = [user(f"parallel_clerk_{n}", "policy_clerk") for n in range(CLIENTS)]
writer = env["dealer.staff"].create(
    {
        "name": clerks[0].name,
        "user_id": clerks[0].id,
        "company_id": company.id,
        "registration_no": "PARALLEL",
    }
)
insurers = env["res.partner"].create(
    [
        {
            "name": f"Parallel Insurer {code}",
            "is_company": True,
            "is_insurer": True,
            "insurer_code": code,
        }
        for code in ("PARA", "PARB")
    ]
)
env["dealer.agreement"]._create_protected(
    [
        {
            "name": f"Agreement {insurer.name}",
            "insurer_id": insurer.id,
            "company_id": company.id,
            "date_from": "2020-01-01",
            "licence_no": "L1",
            "licence_valid_to": "2099-12-31",
            "collects_premium": COLLECTED,
            "state": "active",
            "rate_ids": [
                Command.create(
                    {"product": "commercial", "rate": 0.15, "date_from": "2020-01-01"}
                )
            ],
        }
        for insurer in insurers
    ]
)
applicant = env["res.partner"].create({"name": "Parallel Applicant"})
vehicles = env["dealer.vehicle"].create(
    [
        {"vin": make_vin(n), "company_id": company.id, "owner_id": applicant.id}
        for n in range(COUNT)
    ]
)
start = fields.Datetime.now() + timedelta(days=2)
rows = (
    env["dealer.underwriting"]
    .with_user(clerks[0])
    .create(
        [
            {
                "insurer_id": insurers[n % 2].id,
                "applicant_id": applicant.id,
                "vehicle_id": vehicle.id,
                "writer_id": writer.id,
                "policy_ids": [
                    Command.create(
                        {
                            "product": "commercial",
                            "premium": 4500.0,
                            "policy_no": f"PARALLEL{n:06d}",
                            "date_start": start,
                            "date_end": start + timedelta(days=365),
                        }
                    )
                ],
            }
            for n, vehicle in enumerate(vehicles)
        ]
    )
)
rows.document_ids.filtered("type_id.is_notice").action_receive()
rows.action_propose()
rows.action_underwrite()
if not COLLECTED:
    rows.action_request_payment()
    env["dealer.direct.payment"]._sudo_append(
        [
            {
                "underwriting_id": row.id,
                "receipt_no": f"R{row.id}",
                "payment_date": env.company._dealer_today(),
                "amount": row.balance,
                "payer_id": row.payer_id.id,
            }
            for row in rows
        ]
    )
tomorrow = fields.Datetime.now() + timedelta(days=1)
keys = [
    env["res.users.apikeys"].with_user(clerk).sudo()._generate("rpc", "test", tomorrow)
    for clerk in clerks
]
env.cr.commit()
print(json.dumps({"ids": rows.ids, "keys": keys, "insurers": insurers.ids}))

"""Money with the insurers: a remittance done and one proposed, the settlement lists
of last month and of this one, the day-end sheet of yesterday."""

# VINs of this part, also when it is added to a store that was filled before
serial = max(serial, 7000)


def card_terminal_day(count=3):
    """Yesterday's customers, paid by cash, card and QR code, and signed."""
    clerk, cashier = as_post("clerk"), as_post("cashier")
    yesterday = today - timedelta(days=1)
    people = make_people(count)
    cars = make_cars(people, [True] * count)
    journals = company._dealer_payment_journals()
    insurer = env.ref(INSURERS[0][0])
    rows = clerk["dealer.underwriting"]
    moment = datetime.combine(yesterday, time(3))
    for index, (person, car) in enumerate(zip(people, cars, strict=True)):
        ctpl, factor, tax, standard, ncd, pricing, commercial = amounts(
            car, False, yesterday.month
        )
        start = datetime.combine(today + timedelta(days=9), time()) - timedelta(hours=8)
        common = {
            "date_start": start,
            "date_end": start.replace(year=start.year + 1) - timedelta(seconds=1),
        }
        row = clerk["dealer.underwriting"].create(
            {
                "insurer_id": insurer.id,
                "applicant_id": person.id,
                "vehicle_id": car.id,
                "business_type": "new_to_renewal",
                "channel": "collected",
                "payment_method": ["cash", "card", "qr"][index % 3],
                "policy_ids": [
                    Command.create(
                        {
                            **common,
                            "product": "ctpl",
                            "policy_no": f"PDZC{today:%Y}4406{car.id:08d}",
                            "premium": ctpl,
                            "float_factor": factor,
                            "vehicle_tax": tax,
                        }
                    ),
                    Command.create(
                        {
                            **common,
                            "product": "commercial",
                            "policy_no": f"PDAC{today:%Y}4406{car.id:08d}",
                            "premium": commercial,
                            "standard_premium": standard,
                            "ncd_factor": ncd,
                            "pricing_factor": pricing,
                        }
                    ),
                ],
            }
        )
        row.document_ids.filtered("type_id.is_notice").action_receive()
        row.action_propose()
        row.action_underwrite()
        row.action_request_payment()
        method = ["cash", "card", "qr"][index % 3]
        action = row.with_env(cashier).action_register_payment()
        wizard = cashier[action["res_model"]].with_context(**action["context"])
        wizard.create(
            {
                "journal_id": journals[method].id,
                "payment_date": yesterday,
                "dealer_recording_no": "双录-0001" if method == "cash" else False,
            }
        )._create_payments()
        row.action_issue()
        row.with_env(cashier).action_sign()
        rows |= row
    # they were signed yesterday: today one of them is late
    rows._write_protected({"remit_due_date": yesterday, "payment_requested_at": moment})
    return rows


def cashier_sheet():
    """Yesterday, counted by the cashier and confirmed by finance."""
    cashier, finance = as_post("cashier"), as_post("finance")
    sheet = cashier["dealer.cashier.day"].create({"date": today - timedelta(days=1)})
    cash = sheet.line_ids.filtered(lambda line: line.method == "cash")
    left = cash.expected - 6
    for count in sheet.count_ids:
        count.quantity = int(left // count.value)
        left = round(left - count.quantity * count.value, 2)
    for line in sheet.line_ids - cash:
        line.counted_amount = line.expected
    if cash.difference:
        cash.explanation = "找零短款，出纳已补足"
    sheet.write(
        {
            "deposited": max(sheet.cash_counted - 500, 0),
            "deposit_ref": "中行缴款单 0912",
        }
    )
    sheet.action_count()
    sheet.with_env(finance).action_confirm()
    cashier["dealer.cashier.day"].create({"date": today})


def card_settlement():
    """What the card acquirer will pay for yesterday, entered and not booked yet."""
    cashier = as_post("cashier")
    batch = cashier["dealer.acquirer.batch"].create(
        {"method": "card", "date": today, "reference": f"POS{today:%m%d}01"}
    )
    batch.action_propose()
    batch.amount_net = round(batch.amount_gross * 0.995, 2)


def remittances(rows):
    cashier, finance = as_post("cashier"), as_post("finance")
    other = env.ref(INSURERS[1][0])
    signed = env["dealer.underwriting"].search(
        [
            ("company_id", "=", company.id),
            ("channel", "=", "collected"),
            ("cashier_signed", "=", True),
            ("amount_held", ">", 0),
            ("balance", "=", 0),
            ("amount_requested", "!=", 0),
            ("voided_at", "=", False),
        ]
    )
    done = signed.filtered(lambda row: row.insurer_id == other) or rows[1:]
    remittance = cashier["dealer.remittance"].create(
        {"insurer_id": done[:1].insurer_id.id}
    )
    remittance._add_rows(done.with_env(cashier))
    remittance.action_submit()
    remittance.with_env(finance).action_pay()
    remittance.insurer_receipt_no = "GS-RCP-20261"
    remittance.action_confirm_insurer()
    proposed = cashier["dealer.remittance"].create(
        {"insurer_id": rows[:1].insurer_id.id}
    )
    proposed.action_propose()


def settlements():
    clerk, cashier = as_post("clerk"), as_post("cashier")
    finance = as_post("finance")
    first = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
    for xmlid, _prefix, _share in INSURERS[:2]:
        last = finance["dealer.settlement"].create(
            {"insurer_id": env.ref(xmlid).id, "date_from": first}
        )
        for line in last.line_ids.filtered(lambda line: not line.is_explained):
            line.write({"reason": "cut_off", "explanation": "次月补收"})
        last.with_env(clerk).action_print()
        last.with_env(clerk).action_sign_clerk()
        last.with_env(cashier).action_sign_cashier()
        last.action_close()
    month = today.replace(day=1)
    current = finance["dealer.settlement"].create(
        [
            {"insurer_id": env.ref(xmlid).id, "date_from": month}
            for xmlid, _prefix, _share in INSURERS
        ]
    )
    open_lines = current.line_ids.filtered(lambda line: not line.is_explained)
    open_lines[:1].write({"reason": "short", "explanation": "客户约定周五补缴余款"})
    current[:1].with_env(clerk).action_print()


if not env["dealer.remittance"].search_count([], limit=1):
    day_rows = card_terminal_day()
    cashier_sheet()
    card_settlement()
    remittances(day_rows)
    settlements()
    env.cr.commit()

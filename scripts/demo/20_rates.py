"""Rate sheets of the demo store: one superseded, one published, some read receipts.

Also the rates that the insurers filed for the covers, so that the figures of the
sheets are calculated and not made up, and the history of one renewal quote.
"""


def cover_rates():
    """Filed rates: (cover, steps); a step is (sum up to, fixed amount, rate)."""
    fuel = {
        "od": [(0, 539, 0.0128)],
        "tpl": [(1000000, 906.31, 0), (2000000, 1108.4, 0), (3000000, 1232.9, 0)],
        "driver": [(0, 0, 0.0041)],
        "passenger": [(0, 0, 0.0026)],
        "medical": [(0, 66, 0)],
    }
    vals_list = []
    for name, steps in fuel.items():
        covers = [(env.ref(f"dealer_insurance.cover_{name}"), 1.0)]
        if name != "medical":
            # New energy cars cost a little more to insure.
            covers.append((env.ref(f"dealer_insurance.cover_nev_{name}"), 1.12))
        vals_list += [
            {
                "cover_id": cover.id,
                "company_id": company.id,
                "sum_up_to": up_to,
                "fixed_amount": round(fixed * more, 2),
                "rate": round(rate * more, 6),
                "date_from": f"{today.year - 1}-01-01",
            }
            for cover, more in covers
            for up_to, fixed, rate in steps
        ]
    as_post("manager")["dealer.cover.rate"].create(vals_list)


def rate_sheet_insurers():
    """Insurers with an agreement today and the factor that each asks."""
    Agreement = env["dealer.agreement"]
    insurers = Agreement.search(
        [
            ("company_id", "=", company.id),
            ("state", "=", "active"),
            ("date_from", "<=", today),
            "|",
            ("date_to", "=", False),
            ("date_to", ">=", today),
        ]
    ).insurer_id
    return {
        insurer: round(1.02 + 0.03 * place, 2)
        for place, insurer in enumerate(insurers.sorted("id"))
    }


def sold_models():
    """Models of the story and those delivered lately, like the rows of CARS."""
    found = {model[0]: model for model in CARS}
    since = fields.Date.subtract(today, months=company.dealer_rate_sheet_sold_months)
    for car in (
        env["dealer.delivery"]
        .search([("company_id", "=", company.id), ("delivery_date", ">=", since)])
        .vehicle_id
    ):
        if car.model_text and car.model_text not in found:
            found[car.model_text] = (
                car.model_text,
                car.displacement_l,
                car.energy_type,
                car.purchase_price or 129800,
                car.seats,
            )
    return sorted(found.values(), key=lambda model: model[0])


def rate_sheets():
    clerk = as_post("clerk")
    first = today.replace(day=1)
    last = fields.Date.subtract(fields.Date.add(first, months=1), days=1)
    if (last - today).days < 8:
        last = fields.Date.add(today, days=20)
    factors = rate_sheet_insurers()
    plans = [env.ref(f"dealer_insurance.cover_plan_{key}") for key in PLAN_KEYS]
    lines = []
    for model, litres, energy, price, seats in sold_models():
        for plan in plans:
            lines.append(
                Command.create(
                    {
                        "series": model.split(" ")[0],
                        "model_text": model,
                        "energy_type": energy,
                        "seats": seats,
                        "displacement_l": litres,
                        "list_price": round(price * 1.06, -2),
                        "price": price,
                        "plan_id": plan.id,
                    }
                )
            )
    sheet = clerk["dealer.rate.sheet"].create(
        {
            "name": f"{today:%Y年%m月}新车保费报价表",
            "company_id": company.id,
            "version": "V1",
            "date_from": first,
            "date_to": last,
            "line_ids": lines,
            "note": "新车上牌当日起保；全面方案赠送一年道路救援（保险公司增值服务）。",
        }
    )
    sheet.action_fill_figures()
    offer_factors(sheet, factors)
    explain(sheet)
    sheet.action_publish()
    action = sheet.action_new_version()
    newer = clerk["dealer.rate.sheet"].browse(action["res_id"])
    for place, insurer in enumerate(factors):
        factors[insurer] = round(factors[insurer] + (0.02, -0.01, 0)[place % 3], 2)
    offer_factors(newer, factors)
    explain(newer)
    newer.action_publish()
    as_post("consultant")["dealer.rate.sheet"].browse(newer.id).action_mark_read()


def offer_factors(sheet, factors):
    """The insurers' premiums of a draft by their factor."""
    for line in sheet.line_ids:
        line.offer_ids = [
            Command.clear(),
            *(
                Command.create(
                    {
                        "insurer_id": insurer.id,
                        "commercial_premium": company.currency_id.round(
                            line.standard_premium * factor
                        ),
                    }
                )
                for insurer, factor in factors.items()
            ),
        ]


def explain(sheet):
    sheet.action_check()
    for finding in sheet.finding_ids.filtered(lambda item: not item.is_explained):
        finding.explanation = "保险公司书面报价如此，已与主管核对"


def rate_sheet_quotes():
    """A consultant's quote from the sheet, and a renewal rated line by line."""
    person = make_people(1)
    car = make_cars(person, [False])
    consultant = as_post("consultant")
    quote = consultant["dealer.quote"].create(
        {
            "company_id": company.id,
            "applicant_id": person.id,
            "vehicle_id": car.id,
            "business_type": "new_car",
            "invoice_date": today,
            "consultant_id": staff("sales_consultant")[:1].id,
        }
    )
    quote.action_apply_rate_sheet()
    quote.action_calculate()
    person = make_people(1)
    car = make_cars(person, [True])
    car.write(
        {
            "registration_date": fields.Date.subtract(today, years=3, days=20),
            "energy_type": "fuel",
            "model_text": CARS[0][0],
            "displacement_l": CARS[0][1],
            "purchase_price": CARS[0][3],
            "seats": 5,
        }
    )
    damage = env.ref("dealer_insurance.cover_od")
    liability = env.ref("dealer_insurance.cover_tpl")
    renewal = as_post("renewal")["dealer.quote"].create(
        {
            "company_id": company.id,
            "applicant_id": person.id,
            "vehicle_id": car.id,
            "business_type": "renewal_to_renewal",
            "history_source": "insurer",
            "history_years": 3,
            "clear_years": 3,
            "option_ids": [
                Command.create(
                    {
                        "insurer_id": insurer.id,
                        "pricing_factor": factor,
                        "line_ids": [
                            Command.create({"cover_id": damage.id}),
                            Command.create(
                                {"cover_id": liability.id, "sum_insured": 2000000}
                            ),
                        ],
                    }
                )
                for insurer, factor in list(rate_sheet_insurers().items())[:2]
            ],
        }
    )
    renewal.option_ids.action_fill_estimates()
    first = renewal.option_ids[:1]
    first.commercial_premium = company.currency_id.round(first.commercial_premium + 88)
    first.difference_note = "保险公司平台含新增设备附加费 88 元"


PLAN_KEYS = ("basic", "comfort", "full")
if not env["dealer.rate.sheet"].search_count(
    [("company_id", "=", company.id)], limit=1
):
    cover_rates()
    rate_sheets()
    rate_sheet_quotes()
    env.cr.commit()

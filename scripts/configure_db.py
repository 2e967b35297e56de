"""Bring a database to what every installation here shares.

Company in China with yuan, the Chinese chart of accounts, Shanghai time, Chinese for
new people. Run in an Odoo shell, again after our addons have made their journals.
"""

company = env.ref("base.main_company")
china = env.ref("base.cn")
if company.country_id != china:
    company.write({"country_id": china.id, "currency_id": env.ref("base.CNY").id})

if "account.chart.template" in env and company.chart_template != "cn":
    # Another country's chart may only be replaced while nothing is booked: Odoo checks.
    env["account.chart.template"].try_loading("cn", company=company, install_demo=False)

env["ir.default"].set("res.partner", "tz", "Asia/Shanghai")
env["ir.default"].set("res.partner", "lang", "zh_CN")
people = (
    env["res.users"]
    .with_context(active_test=False)
    .search([("tz", "in", (False, "UTC"))])
)
people.write({"tz": "Asia/Shanghai"})
if "resource.calendar" in env:
    env["resource.calendar"].search([]).write({"tz": "Asia/Shanghai"})
# A store counts the days of its ledger in the zone of its own address card.
stores = company.search([("partner_id.country_id", "=", china.id)]).partner_id
stores.filtered(lambda card: card.tz in (False, "UTC")).write({"tz": "Asia/Shanghai"})
# Names that Odoo copies once, in the language of the installation, into plain fields.
if "account.payment.method.line" in env:
    for line in env["account.payment.method.line"].search([]):
        method = line.payment_method_id
        if line.name == method.with_context(lang="en_US").name:
            line.name = method.with_context(lang="zh_CN").name
env.cr.commit()

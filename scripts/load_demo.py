"""Load the demo data of our own addons, and of no other (run in an Odoo shell; ADDONS names them).

Odoo loads demo data for all modules or for none; the ledgers, leads and partners of its own modules would only
stand in the way here. So ours is loaded with Odoo's loader, addon by addon, and marked, so that an upgrade
knows of it.
"""

import os

from odoo.modules.loading import load_demo
from odoo.modules.module_graph import ModuleGraph

ours = os.environ["ADDONS"].split(",")
graph = ModuleGraph(env.cr, mode="load")
graph.extend(env["ir.module.module"].search([("state", "=", "installed")]).mapped("name"))
failed = []
for package in graph:
    if package.name not in ours:
        continue
    loaded = load_demo(env, package, {}, "init")
    if loaded:
        env["ir.module.module"].browse(package.id).demo = True
    elif package.manifest.get("demo"):
        failed.append(package.name)
if failed:
    raise SystemExit("the demo data did not load: " + ", ".join(failed))

# The people of the demo store work in Chinese; the administrator keeps the language he installed with.
people = env["ir.model.data"].search([("model", "=", "res.users"), ("module", "in", ours)])
env["res.users"].with_context(active_test=False).browse(people.mapped("res_id")).exists().write(
    {"lang": "zh_CN", "tz": "Asia/Shanghai"}
)
# A copied template must not share its identity and its secret with other databases.
env["ir.config_parameter"].init(force=True)
env.cr.commit()

"""Load the demo data of our own addons, and of no other.

Odoo loads demo data for all modules or for none; the invoices, vehicles and partners
of its own modules would only stand in the way here. So ours is loaded with Odoo's
loader, addon by addon, and marked, so that an upgrade knows of it.
Run in an Odoo shell; the environment variable ADDONS names the addons.
"""

import os

from odoo.modules.loading import load_demo
from odoo.modules.module_graph import ModuleGraph

ours = os.environ["ADDONS"].split(",")
Module = env["ir.module.module"]
graph = ModuleGraph(env.cr, mode="load")
graph.extend(Module.search([("state", "=", "installed")]).mapped("name"))
failed = []
for package in graph:
    if package.name not in ours:
        continue
    # The loader swallows an error, logs it and answers False.
    if load_demo(env, package, {}, "init"):
        Module.browse(package.id).demo = True
    elif package.manifest.get("demo"):
        failed.append(package.name)
if failed:
    raise SystemExit("the demo data did not load: " + ", ".join(failed))

# The people of the demo store work in Chinese; the administrator keeps his language.
people = env["ir.model.data"].search(
    [("model", "=", "res.users"), ("module", "in", ours)]
)
users = env["res.users"].with_context(active_test=False).browse(people.mapped("res_id"))
users.exists().write({"lang": "zh_CN", "tz": "Asia/Shanghai"})
# A copied template must not share its identity and its secret with other databases.
env["ir.config_parameter"].init(force=True)
env.cr.commit()

"""Write the source texts of each addon to EXPORT_TO/<addon>.pot (in an Odoo shell)."""

import os
import pathlib

from odoo.tools.translate import trans_export

for addon in os.environ["ADDONS"].split(","):
    path = pathlib.Path(os.environ["EXPORT_TO"], addon + ".pot")
    with path.open("wb") as stream:
        trans_export(None, [addon], stream, "po", env)

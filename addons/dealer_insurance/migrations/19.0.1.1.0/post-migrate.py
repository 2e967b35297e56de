"""Lost reasons of deliveries become lost cases, the record of a loss (SM-7)."""

from odoo import SUPERUSER_ID, api
from odoo.tools import SQL
from odoo.tools.sql import table_exists

BATCH = 1000


def migrate(cr, version):
    """Make one historical case of each delivery that carried a reason."""
    if not table_exists(cr, "dealer_delivery_lost_before"):
        return
    env = api.Environment(cr, SUPERUSER_ID, {})
    rows = env.execute_query(
        SQL(
            "SELECT before.id, before.reason_id, before.reason_text"
            " FROM dealer_delivery_lost_before before"
            " JOIN dealer_delivery ON dealer_delivery.id = before.id ORDER BY before.id"
        )
    )
    for start in range(0, len(rows), BATCH):
        env["dealer.lost.case"]._create_historical(
            [
                {
                    "delivery_id": delivery_id,
                    "reason_id": reason_id,
                    "reason_text": reason_text,
                }
                for delivery_id, reason_id, reason_text in rows[start : start + BATCH]
            ]
        )
    env.flush_all()
    cr.execute(SQL("DROP TABLE dealer_delivery_lost_before"))

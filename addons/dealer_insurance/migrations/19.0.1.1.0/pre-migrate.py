"""Lost reasons of deliveries are put aside before their columns become copies."""

from odoo.tools import SQL
from odoo.tools.sql import column_exists, table_exists


def migrate(cr, version):
    """Keep reason and text of each delivery; ``post-migrate`` makes cases of them."""
    if not column_exists(cr, "dealer_delivery", "lost_reason_id"):
        return
    if column_exists(cr, "dealer_delivery", "lost_case_id"):
        return
    if table_exists(cr, "dealer_delivery_lost_before"):
        return
    cr.execute(
        SQL(
            "CREATE TABLE dealer_delivery_lost_before AS"
            " SELECT id, lost_reason_id AS reason_id, lost_reason_text AS reason_text"
            " FROM dealer_delivery"
            " WHERE lost_reason_id IS NOT NULL OR COALESCE(lost_reason_text, '') <> ''"
        )
    )

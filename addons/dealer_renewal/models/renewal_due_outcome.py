from odoo import api, fields, models

#: Cars per statement of the settling.
BATCH = 2000


class DealerRenewalOutcome(models.Model):
    """What a car had become when its time to renew was over; the register only grows.

    The last line of a car counts. A renewal that was entered too late is added as a
    line of its own; a policy that is changed, voided or cancelled afterwards changes
    nothing here.
    """

    _name = "dealer.renewal.outcome"
    _description = "Settled Result of a Due Car"
    _inherit = ["dealer.append.mixin"]
    _order = "id desc"
    _rec_name = "due_id"

    due_id = fields.Many2one(
        "dealer.renewal.due",
        string="Due Car",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        "res.company", string="Store", required=True, readonly=True, index=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    renewal_id = fields.Many2one(
        "dealer.underwriting",
        string="New Ledger Entry",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    start = fields.Date(string="New Cover Starts", readonly=True)
    premium = fields.Monetary(string="Renewed Premium", readonly=True)
    settled_at = fields.Datetime(required=True, readonly=True)
    reason = fields.Selection(
        [("matured", "Time to Renew Over"), ("late_entry", "Renewal Entered Late")],
        required=True,
        readonly=True,
    )

    @api.model
    def _sudo_settle(self, company):
        """Write down the results of the cars whose time is over; called daily.

        Doing it again writes only what is new.

        :param company: the store
        :return: number of lines
        """
        register_sudo = self.sudo()
        live = register_sudo.env["dealer.renewal.result"].with_context(
            dealer_as_of=company._dealer_today()
        )
        matured = [("company_id", "=", company.id), ("is_matured", "=", True)]
        count = 0
        while lines := live.search(
            [*matured, ("due_id.outcome_ids", "=", False)], limit=BATCH
        ):
            count += len(lines)
            register_sudo._append_results(lines, "matured")
        settled_without = live.search(
            [
                *matured,
                ("renewal_id", "!=", False),
                ("due_id.outcome_ids", "!=", False),
                ("due_id.outcome_ids", "not any", [("renewal_id", "!=", False)]),
            ]
        )
        settled_at = dict(
            register_sudo._read_group(
                [("due_id", "in", settled_without.ids)],
                ["due_id"],
                ["settled_at:max"],
            )
        )
        late = settled_without.filtered(
            lambda line: line.renewal_id.create_date > settled_at[line.due_id]
        )
        register_sudo._append_results(late, "late_entry")
        return count + len(late)

    def _append_results(self, lines, reason):
        self._sudo_append(
            [
                {
                    "due_id": line.id,
                    "company_id": line.company_id.id,
                    "renewal_id": line.renewal_id.id,
                    "start": line.renewal_start,
                    "premium": line.premium_renewed,
                    "settled_at": fields.Datetime.now(),
                    "reason": reason,
                }
                for line in lines
            ]
        )
        self.env["dealer.renewal.result"].invalidate_model()


class DealerRenewalDue(models.Model):
    _inherit = "dealer.renewal.due"

    outcome_ids = fields.One2many("dealer.renewal.outcome", "due_id", readonly=True)

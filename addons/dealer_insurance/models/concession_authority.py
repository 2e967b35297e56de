from odoo import api, fields, models
from odoo.fields import Domain

from ..tools.rating import in_force


class DealerConcessionAuthority(models.Model):
    """Authority matrix: which post approves concessions up to which total (SM-1).

    The total is that of the whole deal. The most generous line that fits the store
    and a post of the user counts; a store with lines of its own uses only those. The
    limit of the concession rule for the insurance manager holds besides.
    """

    _name = "dealer.concession.authority"
    _description = "Concession Authority"
    _inherit = ["dealer.dated.mixin", "mail.thread"]
    _order = "company_id, max_amount, id"
    _rec_name = "group_id"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", string="Store", index=True, help="Empty: every store."
    )
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self.env.ref("base.CNY"),
    )
    group_id = fields.Many2one(
        "res.groups",
        string="Post",
        required=True,
        index=True,
        domain=lambda self: [
            ("privilege_id", "=", self.env.ref("dealer_base.privilege_dealer").id)
        ],
        tracking=True,
    )
    is_unlimited = fields.Boolean(string="Any Amount", tracking=True)
    max_amount = fields.Monetary(
        string="Approves up to",
        tracking=True,
        aggregator=None,
        help="Total of the deal's concessions.",
    )
    active = fields.Boolean(default=True, tracking=True)

    _amount_positive = models.Constraint(
        "CHECK (max_amount >= 0)", "An authority cannot be negative."
    )

    @api.model
    def _sudo_limits(self, companies, day):
        """Lines in force on a day.

        :param companies: stores that are asked for
        :param day: day of the decision
        :return: dict store -> lines in superuser mode
        """
        # sudo: who decides what is no secret, the groups behind it are.
        lines_sudo = self.sudo().search(
            Domain("company_id", "=", False) | Domain("company_id", "in", companies.ids)
        )
        lines_sudo = lines_sudo.filtered(lambda line: in_force(line, day))
        result = {}
        for company in companies:
            own_sudo = lines_sudo.filtered(
                lambda line, company=company: line.company_id == company
            )
            result[company] = own_sudo or lines_sudo.filtered(
                lambda line: not line.company_id
            )
        return result

    def _limit_of(self, user):
        """How much a user approves.

        :param user: ``res.users``
        :return: highest total of a deal; ``None`` for any amount, ``0.0`` for nothing
        """
        # sudo: the posts of a user are not for everybody to read.
        user_sudo = user.sudo()
        own = self.filtered(lambda line: line.group_id in user_sudo.all_group_ids)
        if own.filtered("is_unlimited"):
            return None
        return max(own.mapped("max_amount"), default=0.0)

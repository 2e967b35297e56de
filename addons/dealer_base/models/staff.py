from odoo import api, fields, models

from ..tools.identity import normalise_text

# The posts of the store; the value is the group's name without its prefix.
POST_SELECTION = [
    ("policy_clerk", "Issuing Clerk"),
    ("uw_leader", "Underwriting Leader"),
    ("claim_leader", "Claims Leader"),
    ("insurance_manager", "Insurance Manager"),
    ("renewal_agent", "Renewal Specialist"),
    ("hotline_agent", "24-hour Hotline Agent"),
    ("claim_receptionist", "Claims Receptionist"),
    ("claim_submitter", "Claims Submitter"),
    ("survey_agent", "Delegated Surveyor"),
    ("sales_consultant", "Sales Consultant"),
    ("cashier", "Cashier"),
    ("finance", "Finance"),
    ("store_manager", "Store Manager"),
    ("supervisor", "Head-office Supervisor"),
    ("legal_officer", "Legal Officer"),
    ("dealer_admin", "Insurance Administrator"),
    ("other", "Other"),
]


class DealerStaff(models.Model):
    """A person of the store, with or without a login.

    Ledgers of past years name consultants who left; they are kept here without
    a user, so that imported rows point to somebody.
    """

    _name = "dealer.staff"
    _description = "Staff Member"
    _inherit = [
        "dealer.store.mixin",
        "mail.thread",
        "mail.activity.mixin",
        "dealer.expiry.mixin",
    ]
    _order = "name, id"
    _check_company_auto = True

    name = fields.Char(
        string="Full Name", required=True, index="trigram", tracking=True
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    post = fields.Selection(
        POST_SELECTION,
        required=True,
        default="sales_consultant",
        tracking=True,
    )
    team_id = fields.Many2one(
        "dealer.team",
        index="btree_not_null",
        check_company=True,
        tracking=True,
    )
    user_id = fields.Many2one(
        "res.users",
        string="Login",
        index="btree_not_null",
        tracking=True,
        help="Empty for people who have no login, such as former consultants.",
    )
    partner_id = fields.Many2one(
        related="user_id.partner_id",
        string="Contact",
    )
    registration_no = fields.Char(
        string="Practitioner Registration",
        tracking=True,
        help="Registration of the person with the insurance association. Who sells "
        "or surveys without one may not propose a policy (G-A3).",
    )
    registration_valid_to = fields.Date(tracking=True)
    aliases = fields.Text(
        string="Other Spellings",
        help="Other spellings of the name found in ledgers, one per line.",
    )
    active = fields.Boolean(default=True, tracking=True)

    _user_company_uniq = models.UniqueIndex(
        "(company_id, user_id) WHERE active AND user_id IS NOT NULL",
        "This login belongs already to another staff member of the store.",
    )

    @api.depends("name", "team_id")
    @api.depends_context("formatted_display_name")
    def _compute_display_name(self):
        for staff in self:
            name = staff.name or ""
            if self.env.context.get("formatted_display_name") and staff.team_id:
                name = f"{name} --{staff.team_id.name}--"
            staff.display_name = name

    # ------------------------------------------------------------------ CRUD
    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._normalise_vals(vals) for vals in vals_list])

    def write(self, vals):
        return super().write(self._normalise_vals(vals))

    def _normalise_vals(self, vals):
        if vals.get("name"):
            vals = {**vals, "name": normalise_text(vals["name"])}
        if vals.get("registration_no"):
            number = normalise_text(vals["registration_no"])
            vals = {**vals, "registration_no": number}
        return vals

    # -------------------------------------------------------------- Business
    def _expiry_fields(self):
        return {
            "registration_valid_to": self.env._("Practitioner registration"),
        }

    def _spellings(self):
        """All names under which this person is found in files.

        :return: list of names without blanks around, the main name first
        """
        self.ensure_one()
        names = [self.name, *(self.aliases or "").splitlines()]
        return [name for name in map(normalise_text, names) if name]

    def _is_registered(self, date):
        """Whether the person may sell insurance on that day (G-A3).

        :param date: day of the act
        :return: True when a registration number stands and has not run out
        """
        self.ensure_one()
        valid_to = self.registration_valid_to
        return bool(self.registration_no) and (not valid_to or valid_to >= date)

    def _message_auto_subscribe_notify(self, partner_ids, template):
        # OVERRIDE mail: an entry in the list of staff gives nobody something to do
        return None

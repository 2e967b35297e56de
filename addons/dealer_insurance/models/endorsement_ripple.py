from typing import NamedTuple

from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import format_date

from ..const import FEE_GROUPS


class Ripple(NamedTuple):
    """One consequence of an endorsement.

    :ivar key: name of the consequence, for tests and other addons
    :ivar title: what is touched, translated
    :ivar text: what happens to it, translated
    :ivar level: ``info``; ``warning`` where somebody has to act
    """

    key: str
    title: str
    text: str
    level: str = "info"


class DealerEndorsement(models.Model):
    """The ripple: all that an endorsement will do, on one screen, before it is done.

    Nothing is decided here; the figures are those of the money part, the refusals
    those of the guards. Other addons add their lines in ``_ripple``.
    """

    _inherit = "dealer.endorsement"

    ripple_html = fields.Html(
        string="Consequences",
        compute="_compute_ripple_html",
        sanitize=False,
        export_string_translation=False,
        exportable=False,
    )
    fee_preview = fields.Monetary(
        string="Fee of the Change",
        compute="_compute_fee_preview",
        groups=FEE_GROUPS,
        help="Agency fee that is added or, negative, clawed back.",
    )

    @api.depends("premium", "policy_id")
    def _compute_fee_preview(self):
        for endorsement in self:
            endorsement.fee_preview = endorsement._fee() if endorsement.policy_id else 0

    @api.depends(
        "policy_id",
        "kind",
        "change_type",
        "cancel_kind",
        "effective_date",
        "premium",
        "formula_premium",
        "payee_id",
        "new_owner_id",
        "new_date_end",
        "originals_returned_at",
        "state",
    )
    @api.depends_context("uid", "lang", "allowed_company_ids")
    def _compute_ripple_html(self):
        row = Markup(
            '<tr class="%s"><td class="fw-bold text-nowrap pe-3">%s</td>'
            '<td data-ripple="%s">%s</td></tr>'
        )
        for endorsement in self:
            if not endorsement.policy_id or endorsement.state == "rejected":
                endorsement.ripple_html = False
                continue
            endorsement.ripple_html = Markup(
                '<table class="table table-sm mb-0 o_dealer_ripple">%s</table>'
            ) % Markup("").join(
                row
                % (
                    "table-warning" if item.level == "warning" else "",
                    item.title,
                    item.key,
                    item.text,
                )
                for item in endorsement._ripple()
            )

    def _ripple(self):
        """Consequences in the order of the screen; other addons extend the list.

        :return: list of :class:`Ripple`
        """
        self.ensure_one()
        items = [self._ripple_premium()]
        if self.env.user.has_groups(FEE_GROUPS):
            items += self._ripple_fee()
        items += self._ripple_tax() + self._ripple_cover()
        if self._is_refund():
            items += self._ripple_payee()
        items += self._ripple_policies() + self._ripple_claims()
        items += self._ripple_concession() + self._ripple_papers()
        return items

    def _money_text(self, amount):
        return self.currency_id.format(amount)

    def _ripple_premium(self):
        """Insurer's figure beside that of the formula."""
        title = self.env._("Premium")
        figure = self._money_text(self.premium)
        if not self.has_formula:
            text = self.env._(
                "Insurer's figure %(figure)s; no clause gives a formula.", figure=figure
            )
            return Ripple("premium", title, text)
        text = self.env._(
            "Insurer's figure %(figure)s; by formula %(formula)s = %(text)s "
            "(%(clause)s).",
            figure=figure,
            formula=self._money_text(self.formula_premium),
            text=self.formula_text,
            clause=self.formula_source,
        )
        if not self.must_explain:
            return Ripple("premium", title, text)
        text += " " + self.env._(
            "Difference %(gap)s: explain it.", gap=self._money_text(self.difference)
        )
        return Ripple("premium", title, text, "warning")

    def _ripple_fee(self):
        """Fee claw-back or extra fee at the frozen rate, and fees paid already."""
        policy = self.policy_id
        rate = policy.fee_rate_id
        text = self.env._(
            "%(fee)s without VAT, at %(rate)s %% as frozen at the issue%(clause)s; "
            "counts in the month of this act.",
            fee=self._money_text(self._fee()),
            rate=f"{policy.fee_rate * 100:g}",
            clause=f" ({rate.clause or rate.agreement_id.name})" if rate else "",
        )
        items = [Ripple("fee", self.env._("Agency Fee"), text)]
        paid = policy._paid_fee_statements().get(policy)
        if paid and self._is_refund():
            text = self.env._(
                "The insurer has paid the fee already (%(statement)s) and will claw "
                "it back.",
                statement=paid,
            )
            items.append(
                Ripple("statement", self.env._("Fee Statement"), text, "warning")
            )
        return items

    def _ripple_tax(self):
        """Vehicle tax is never refunded by store or insurer."""
        policy = self.policy_id
        if self.kind != "cancel" or policy.currency_id.is_zero(policy.vehicle_tax):
            return []
        day = self.effective_date
        start, _end = policy._cover_days()
        situation = "before_start" if day and start and day <= start else "after_start"
        rule = self.env["dealer.refund.rule"]._in_force([day] if day else [])(
            "tax", situation, day
        )
        text = self.env._(
            "%(tax)s is not refunded (%(clause)s).",
            tax=self._money_text(policy.vehicle_tax),
            clause=rule.clause or self.env._("no rule"),
        )
        return [Ripple("tax", self.env._("Vehicle Tax"), text)]

    def _ripple_cover(self):
        """New end of cover and what becomes of the renewal."""
        policy = self.policy_id
        start, end = policy._cover_days()
        title = self.env._("Cover and Renewal")
        day = self.effective_date
        if self.kind == "cancel" and day:
            end_text = format_date(self.env, max(day, start) if start else day)
            text = self.env._(
                "Cover ends on %(day)s at 00:00; no renewal of this policy is due. A "
                "new policy may start from then.",
                day=end_text,
            )
            return [Ripple("cover", title, text, "warning")]
        if self.change_type == "period" and self.new_date_end:
            text = self.env._(
                "Cover ends on %(end)s; the renewal follows.",
                end=policy.underwriting_id._local_text(self.new_date_end),
            )
            return [Ripple("cover", title, text)]
        if policy.renewal_date:
            text = self.env._(
                "Cover and renewal stay: %(day)s.",
                day=format_date(self.env, policy.renewal_date),
            )
            return [Ripple("cover", title, text)]
        return []

    def _ripple_payee(self):
        """Who gets the refund, by which way."""
        payee = self.payee_id.display_name or "?"
        if self.policy_id.underwriting_id.channel == "direct":
            text = self.env._(
                "The insurer pays %(payee)s directly; keep its evidence here.",
                payee=payee,
            )
        else:
            held = self.policy_id.underwriting_id.amount_held
            if self.currency_id.compare_amounts(held, 0.0) > 0:
                text = self.env._(
                    "%(payee)s gets it from the store. Premium of this policy that "
                    "was not remitted yet covers it first.",
                    payee=payee,
                )
            else:
                text = self.env._(
                    "The insurer pays the store, the store pays %(payee)s.", payee=payee
                )
        return [Ripple("payee", self.env._("Refund"), text)]

    def _ripple_policies(self):
        """Other policies of the car that a transfer or a loss of the car concerns."""
        concerned = self.change_type in ("transfer", "use_nature", "plate")
        if self.kind == "cancel":
            concerned = self.cancel_kind in ("legal", "total_loss")
        if not concerned:
            return []
        policy = self.policy_id
        others = (policy.underwriting_id.policy_ids - policy).filtered("is_live")
        others -= others.endorsement_ids.filtered(
            lambda e: (
                e.kind == self.kind
                and e.state in ("submitted", "approved", "effective")
                and (e.kind == "cancel" or e.change_type == self.change_type)
            )
        ).policy_id
        if not others:
            return []
        text = self.env._(
            "Also in force for this car: %(policies)s. Change or cancel them as well.",
            policies=", ".join(others.mapped("display_name")),
        )
        if self.change_type == "transfer" and "ctpl" in others.mapped("product"):
            text += " " + self.env._(
                "The compulsory policy must go with the car (CTPL ordinance §18)."
            )
        return [Ripple("policies", self.env._("Other Policies"), text, "warning")]

    def _ripple_claims(self):
        """Open claims on the policy."""
        names = self.policy_id._open_claims().get(self.policy_id)
        title = self.env._("Open Claims")
        if not names:
            return [Ripple("claims", title, self.env._("None."))]
        text = self.env._("%(claims)s: settle them first.", claims=", ".join(names))
        return [Ripple("claims", title, text, "warning")]

    def _ripple_concession(self):
        """Gifts and discounts granted for the business that now ends."""
        granted = self._granted_concessions()
        if self.kind != "cancel" or not granted:
            return []
        text = self.env._(
            "%(gifts)s, together %(amount)s, were granted for this business.",
            gifts=", ".join(granted.mapped("name")),
            amount=self._money_text(sum(granted.mapped("amount"))),
        )
        back = self._concession_to_return()
        if self.currency_id.is_zero(back):
            text += " " + self.env._("No rule asks for them back; the manager decides.")
        else:
            text += " " + self.env._(
                "%(amount)s must be returned.", amount=self._money_text(back)
            )
        return [Ripple("concession", self.env._("Concessions"), text, "warning")]

    def _granted_concessions(self):
        """Concessions of the original entry that the customer got."""
        return self.policy_id.underwriting_id.concession_ids.filtered(
            lambda c: c.state in ("compliant", "approved")
        )

    def _concession_to_return(self):
        """Hook: amount of the concessions that the customer gives back, by a rule."""
        self.ensure_one()
        return 0.0

    def _ripple_papers(self):
        """The cashier's signature, and papers in custody or in the customer's hands."""
        items = []
        origin = self.policy_id.underwriting_id
        if self._is_extra() and origin.cashier_signed and self.state != "effective":
            text = self.env._(
                "Reopened for %(entry)s: nothing is handed out before the extra "
                "premium is paid and signed.",
                entry=origin.display_name,
            )
            items.append(
                Ripple("signature", self.env._("Cashier's Signature"), text, "warning")
            )
        title = self.env._("Originals and Sticker")
        if self.originals_returned_at:
            items.append(Ripple("originals", title, self.env._("Returned.")))
        elif origin.state == "in_custody":
            text = self.env._(
                "In the store: %(place)s. Take them out of custody.",
                place=" ".join(
                    filter(None, [origin.custody_id.place, origin.custody_id.box])
                ),
            )
            items.append(Ripple("originals", title, text))
        elif origin.state == "delivered" and self.kind == "cancel":
            text = self.env._(
                "%(receiver)s has them: collect policy, sticker and invoice.",
                receiver=origin.receiver_name or origin.applicant_id.display_name,
            )
            level = "warning" if self._originals_wanted() else "info"
            items.append(Ripple("originals", title, text, level))
        return items

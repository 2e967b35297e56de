from odoo import api, models
from odoo.tools.misc import formatLang

from odoo.addons.dealer_base.models.kpi import NO_VALUE


class PenetrationBoardReport(models.AbstractModel):
    """The printed board: what the screen shows, by the same method."""

    _name = "report.dealer_insurance.report_penetration_board"
    _description = "Printed Penetration Board"

    @api.model
    def _get_report_values(self, docids, data=None):
        """Values of the template.

        :param docids: stores; one page each
        :param data: {"period": "day"|"month", "day": ISO text, "dimension": key}
        """
        data = data or {}
        store = data.get("store") or self.env.context.get("store")
        ids = [int(store)] if store else docids or self.env.company.ids
        companies = self.env["res.company"].browse(ids)
        boards = [
            self.env["dealer.penetration.board"].get_board(
                data.get("period") or "month",
                data.get("day") or None,
                data.get("dimension") or "consultant",
                company.id,
            )
            for company in companies
        ]
        return {
            "doc_ids": companies.ids,
            "doc_model": "res.company",
            "docs": companies,
            "company_of": dict(zip(companies.ids, companies, strict=True)),
            "boards": boards,
            "percent": self._percent,
            "points": self._points,
            "amount": self._amount,
            "arrow": {"up": "▲", "down": "▼", "level": "＝"}.get,
            "words": self._words(),
        }

    @api.model
    def _words(self):
        return {
            "day": self.env._("Penetration Board of the Day"),
            "month": self.env._("Penetration Board of the Month"),
            "on_time": self.env._("updated in time"),
            "late": self.env._("updated late"),
            "missing": self.env._("not updated"),
            "open": self.env._("not updated yet"),
            "none": "",
        }

    @api.model
    def _percent(self, value):
        if value is None:
            return NO_VALUE
        return f"{formatLang(self.env, value * 100, digits=1)}%"

    @api.model
    def _points(self, value):
        """Difference of two shares, with its sign."""
        if value is None:
            return NO_VALUE
        text = formatLang(self.env, value * 100, digits=1)
        return f"+{text}" if value > 0 else text

    @api.model
    def _amount(self, value):
        if value is None:
            return NO_VALUE
        return formatLang(self.env, value, digits=2)

from odoo import api, fields, models


class RateSheetReport(models.AbstractModel):
    """Rate sheet on A4 landscape: models and plans below, insurers side by side."""

    _name = "report.dealer_insurance.report_rate_sheet"
    _description = "Printed Rate Sheet"

    @api.model
    def _get_report_values(self, docids, data=None):
        """Values of the template, one table per sheet."""
        sheets = self.env["dealer.rate.sheet"].browse(docids)
        return {
            "doc_ids": sheets.ids,
            "doc_model": sheets._name,
            "docs": sheets,
            "tables": {sheet.id: self._table_of(sheet) for sheet in sheets},
        }

    @api.model
    def _table_of(self, sheet):
        """Table of a sheet: dict with ``period``, ``insurers``, ``has_other``,
        ``has_covers``, ``legend`` (covers of the plans) and ``lines`` (line, offer per
        insurer, ``first`` of its model and ``span``)."""
        offers = sheet.offer_ids
        order = {}
        for offer in offers.sorted(lambda offer: (offer.sequence, offer.id)):
            order.setdefault(offer.insurer_id, len(order))
        insurers = self.env["res.partner"].concat(*order)
        lines = []
        for line in sheet.line_ids:
            same = lines and lines[-1]["line"].model_key == line.model_key
            by_insurer = {offer.insurer_id: offer for offer in line.offer_ids}
            entry = {
                "line": line,
                "offers": [
                    by_insurer.get(insurer, offers.browse()) for insurer in insurers
                ],
                "covers": line.cover_text or line.plan_id.cover_text or "",
                "first": None if same else True,
                "span": 1,
            }
            if same:
                head = next(item for item in reversed(lines) if item["first"])
                head["span"] += 1
            lines.append(entry)
        return {
            "period": self._period(sheet),
            "insurers": insurers,
            "has_other": any(offers.mapped("other_premium")),
            "has_covers": any(sheet.line_ids.mapped("cover_text")),
            "legend": [
                (plan.name, plan.cover_text)
                for plan in sheet.line_ids.filtered(
                    lambda line: not line.cover_text
                ).plan_id
            ],
            "lines": lines,
        }

    @api.model
    def _period(self, sheet):
        """Line below the title, as the import reads it back."""
        _ = self.env._
        parts = []
        if sheet.date_from and sheet.date_to:
            parts.append(
                _(
                    "Valid: %(start)s to %(end)s",
                    start=fields.Date.to_string(sheet.date_from),
                    end=fields.Date.to_string(sheet.date_to),
                )
            )
        publisher = sheet.published_by_id.name or sheet.publisher
        if publisher:
            parts.append(_("Published by: %(name)s", name=publisher))
        parts.append(_("Version: %(version)s", version=sheet.version))
        return "    ".join(parts)
